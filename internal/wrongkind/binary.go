package wrongkind

import "bytes"

// binaryKind knows what begins with octets that no key or signature in text
// begins with.
func binaryKind(data []byte) *kind {
	for _, k := range []struct {
		offset      int
		magic, what string
	}{
		{0, "\x1f\x8b", "an archive (gzip)"},
		{0, "PK\x03\x04", "an archive (zip)"},
		{0, "\xfd7zXZ\x00", "an archive (xz)"},
		{4, "1AY&SY", "an archive (bzip2)"},
		{0, "\x28\xb5\x2f\xfd", "an archive (zstd)"},
		{0, "7z\xbc\xaf\x27\x1c", "an archive (7z)"},
		{257, "ustar", "an archive (tar)"},
		{0, "\x7fELF", "a program"},
	} {
		if bytes.HasPrefix(data[min(k.offset, len(data)):], []byte(k.magic)) {
			return &kind{what: k.what}
		}
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return &kind{what: "a text in UTF-16", advice: "save it as UTF-8"}
	}
	if k := packetKind(data); k != nil {
		return k
	}
	return derKind(data)
}

// packetKind knows a series of OpenPGP packets by the first one's type and the
// version in it (RFC 9580, sections 4.2 and 5).
func packetKind(data []byte) *kind {
	for _, marker := range []string{"\xca\x03PGP", "\xa8\x03PGP"} { // section 5.8: to be ignored
		data = bytes.TrimPrefix(data, []byte(marker))
	}
	if len(data) < 4 || data[0]&0x80 == 0 {
		return nil
	}
	tag, version := data[0]&0x3f, packetStart(data)
	if data[0]&0x40 == 0 {
		tag = data[0] >> 2 & 0x0f
	}
	if version < 2 || version > 6 {
		return nil
	}
	k := &kind{families: []string{"gpg"}}
	switch tag {
	case 2:
		k.what, k.role = "an OpenPGP signature", Signature
	case 6, 14:
		k.what, k.role = "an OpenPGP public key", PublicKey
	case 5, 7:
		k.what, k.advice = "an OpenPGP secret key", adviceRevoke
	default:
		return nil
	}
	return k
}

// packetStart returns the first octet of the first packet's body, 0 where it
// has none.
func packetStart(data []byte) byte {
	header := 2
	switch {
	case data[0]&0x43 == 3: // the legacy format, of indeterminate length
		header = 1
	case data[0]&0x40 == 0: // the legacy format
		header = 1 + 1<<(data[0]&3)
	case data[1] >= 192 && data[1] < 224:
		header = 3
	case data[1] == 255:
		header = 6
	}
	if header >= len(data) {
		return 0
	}
	return data[header]
}

// derKind knows an ECDSA signature, two numbers in a sequence (RFC 3279,
// section 2.2.3), which is all that cosign writes for a plain signature.
func derKind(data []byte) *kind {
	const least, most = 64, 141 // P-256 to P-521
	if len(data) < least || len(data) > most || data[0] != 0x30 {
		return nil
	}
	body := data[2:]
	if data[1] == 0x81 {
		body = data[3:]
	}
	if int(data[len(data)-len(body)-1]) != len(body) || body[0] != 0x02 {
		return nil
	}
	return &kind{what: "a plain ECDSA signature", families: []string{"cosign"}, role: Signature}
}
