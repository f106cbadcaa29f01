package gpg

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// armorCases are signatures by newCraftKey(1) over craftArtifact().
func armorCases() []craftCase {
	k := newCraftKey(1, keyMade())
	raw := k.sign(0, at(signedOn()), craftArtifact())
	data := base64.StdEncoding.EncodeToString(raw)
	wrap := func(width int) string {
		var lines []string
		for rest := data; rest != ""; rest = rest[min(width, len(rest)):] {
			lines = append(lines, rest[:min(width, len(rest))])
		}
		return strings.Join(lines, "\n")
	}
	block := func(label, body string) string {
		return "-----BEGIN PGP " + label + "-----\n" + body + "\n-----END PGP " + label + "-----\n"
	}
	good := block("SIGNATURE", "\n"+wrap(64)+"\n=AAAA")
	armored := func(sig []byte) string {
		return block("SIGNATURE", "\n"+base64.StdEncoding.EncodeToString(sig))
	}
	foreign := armored(newCraftKey(2, keyMade()).sign(0, at(signedOn()), craftArtifact()))
	bad := armored(k.sign(0, at(signedOn()), []byte("x")))
	var cases []craftCase
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"usual", good, nil},
		{"one line", block("SIGNATURE", "\n"+data), nil},
		{"one column", block("SIGNATURE", "\n"+wrap(1)), nil},
		{"five columns", block("SIGNATURE", "\n"+wrap(5)), nil},
		{"spaces inside", block("SIGNATURE", "\n"+data[:20]+" \t"+data[20:]), nil},
		{"empty header", block("SIGNATURE", "Version: \n\n"+wrap(64)), nil},
		{"blank line of a tab", block("SIGNATURE", "\t\n"+wrap(64)), nil},
		{"label of a message", block("MESSAGE", "\n"+wrap(64)), nil},
		{"label of a file", block("ARMORED FILE", "\n"+wrap(64)), nil},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), nil},
		{"text around", "hello\n" + good + "bye\n", nil},
		{"another block after", good + foreign, nil},
		{"two good blocks", good + good, nil},
		{"another block before", foreign + good, algorithm.ErrWrongKey},
		{"bad block before", bad + good, algorithm.ErrInvalid},
		{"empty block before", block("SIGNATURE", "\n") + good, algorithm.ErrUnsupported},
		{"block with a key after", good + block("PUBLIC KEY BLOCK", "\n"+base64.StdEncoding.EncodeToString(k.plain())), algorithm.ErrMalformed},
		{"block with a version 3 signature after", good + armored(version3(k, 1, 8)), nil},
		{"block with a version 3 signature before", armored(version3(k, 1, 8)) + good, algorithm.ErrUnsupported},
		{"broken block after", good + strings.Replace(good, "\n\n", "\n\n!", 1), algorithm.ErrMalformed},
		{"checksum that isn't base64", strings.Replace(good, "=AAAA", "=A!AA", 1), algorithm.ErrMalformed},
		{"clear-signed", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhi\n" + good, algorithm.ErrUnsupported},
		{"unknown label", block("FOO", "\n"+wrap(64)), algorithm.ErrMalformed},
		{"label and dashes alone", strings.Replace(good, "-----BEGIN PGP ", "", 1), algorithm.ErrMalformed},
		{"no dashes behind the label", strings.Replace(good, "SIGNATURE-----", "SIGNATURE", 1), algorithm.ErrMalformed},
		{"four dashes", strings.ReplaceAll(good, "-----", "----"), algorithm.ErrMalformed},
		{"text after BEGIN", strings.Replace(good, "SIGNATURE-----", "SIGNATURE----- x", 1), algorithm.ErrMalformed},
		{"no blank line", block("SIGNATURE", wrap(64)), algorithm.ErrMalformed},
		{"header without space", block("SIGNATURE", "Version:1\n\n"+wrap(64)), algorithm.ErrMalformed},
		{"text after the checksum", block("SIGNATURE", "\n"+wrap(64)+"\n=AAAA\nhello"), algorithm.ErrMalformed},
		{"two checksums", block("SIGNATURE", "\n"+wrap(64)+"\n=AAAA\n=AAAA"), algorithm.ErrMalformed},
		{"no END", strings.Split(good, "-----END")[0], algorithm.ErrMalformed},
		{"no END of another block after", good + strings.Split(good, "-----END")[0], algorithm.ErrMalformed},
		{"END of another block", strings.Replace(good, "END PGP SIGNATURE", "END PGP MESSAGE", 1), algorithm.ErrMalformed},
		{"blank lines before", "\n \t\r\n" + good, nil},
		{"vertical tab for a line end", strings.Replace(good, data[60:64]+"\n", data[60:64]+"\v", 1), algorithm.ErrMalformed},
		{"form feed inside", block("SIGNATURE", "\n"+data[:20]+"\f"+data[20:]), algorithm.ErrMalformed},
		{"next line inside", block("SIGNATURE", "\n"+data[:20]+"\u0085"+data[20:]), algorithm.ErrMalformed},
		{"no-break space inside", block("SIGNATURE", "\n"+data[:20]+"\u00a0"+data[20:]), algorithm.ErrMalformed},
		{"no-break space at the end of a line", block("SIGNATURE", "\n"+data+"\u00a0"), algorithm.ErrMalformed},
		{"form feed for the blank line", block("SIGNATURE", "\f\n"+wrap(64)), algorithm.ErrMalformed},
		{"vertical tab before BEGIN", "\v" + good, algorithm.ErrMalformed},
		{"byte order mark", byteOrderMark + good, algorithm.ErrMalformed},
		{"NUL inside", block("SIGNATURE", "\n\x00"+wrap(64)), algorithm.ErrMalformed},
		{"bare base64", data, algorithm.ErrMalformed},
		{"binary and armor", string(raw) + good, algorithm.ErrMalformed},
		{"empty block", block("SIGNATURE", "\n"), algorithm.ErrMalformed},
	} {
		cases = append(cases, craftCase{c.name, k.plain(), []byte(c.text), c.want})
	}
	return cases
}

// TestArmor: what gpg and sqv both read is read, and what both refuse is
// refused.
func TestArmor(t *testing.T) {
	for _, c := range armorCases() {
		if _, err := verify(Algorithm{}, []string{string(c.key)}, c.sig, craftArtifact()); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// TestHeaders: the forms of a packet's header.
func TestHeaders(t *testing.T) {
	k := newCraftKey(1, keyMade())
	body := k.signBody(0, at(signedOn()), craftArtifact())
	long := k.signBody(0, at(signedOn(), sub(20, join([]byte{0x80, 0, 0, 0}, octets16(3), octets16(200), []byte("a@b"), make([]byte, 200))...)), craftArtifact())
	for _, test := range []struct {
		name   string
		packet []byte
		want   error
	}{
		{"one octet", join([]byte{0xc2, byte(len(body))}, body), nil},
		{"two octets", join([]byte{0xc2, 192 + byte((len(long)-192)>>8), byte(len(long) - 192)}, long), nil},
		{"five octets", pkt(tagSignature, body), nil},
		{"legacy, one octet", join([]byte{0x88, byte(len(body))}, body), nil},
		{"legacy, two octets", join([]byte{0x89}, octets16(len(body)), body), nil},
		{"legacy, four octets", join([]byte{0x8a}, octets32(len(body)), body), nil},
		{"octets behind the signature in its packet", pkt(tagSignature, append(body, 1, 2, 3)), nil},
		{"legacy, no length", join([]byte{0x8b}, body), algorithm.ErrUnsupported},
		{"partial length", join([]byte{0xc2, 0xe6}, body[:64], []byte{byte(len(body) - 64)}, body[64:]), algorithm.ErrUnsupported},
		{"partial length of one octet", join([]byte{0xc2, 224}, body[:1], []byte{byte(len(body) - 1)}, body[1:]), algorithm.ErrUnsupported},
		{"partial length of the last known type", []byte{0xc0 | tagPadding, 0xe1, 0, 0, 0}, algorithm.ErrUnsupported},
		{"partial length of an unknown type", []byte{0xc0 | (tagPadding + 1), 0xe1, 0, 0, 0}, algorithm.ErrMalformed},
		{"too long", join([]byte{0xc2, byte(len(body) + 1)}, body), algorithm.ErrMalformed},
		{"no octet", []byte{0xc2}, algorithm.ErrMalformed},
		{"one of two octets", []byte{0xc2, 200}, algorithm.ErrMalformed},
		{"two of five octets", []byte{0xc2, 255, 0}, algorithm.ErrMalformed},
		{"one of four octets", []byte{0x8a, 0}, algorithm.ErrMalformed},
	} {
		_, err := verify(Algorithm{}, []string{string(k.plain())}, test.packet, craftArtifact())
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// TestArmorSays: an error says what is wrong with a text.
func TestArmorSays(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := string(armored("SIGNATURE", k.sign(0, at(signedOn()), craftArtifact())))
	for want, text := range map[string]string{
		"neither a binary nor an armored OpenPGP signature":        "hello\n",
		"a byte order mark before the signature":                   byteOrderMark + good,
		`a header line without ": "`:                               strings.Replace(good, "\n\n", "\nVersion 1\n\n", 1),
		`armor: the line "-----END PGP SIGNATURE-----" is missing`: strings.Split(good, "-----END")[0],
		"armor: illegal base64":                                    strings.Replace(good, "\n\n", "\n\n!", 1),
	} {
		_, err := verify(Algorithm{}, []string{string(k.plain())}, []byte(text), craftArtifact())
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestMarkAsPacket: a byte order mark is refused also where its octets would make
// the head of a private packet, which counts for nothing.
func TestMarkAsPacket(t *testing.T) {
	k := newCraftKey(1, keyMade())
	good := k.sign(0, at(signedOn()), craftArtifact())
	private := append([]byte{0xef, 0xbb}, make([]byte, 0xbb)...)
	if _, err := verify(Algorithm{}, []string{string(k.plain())}, join(private, good), craftArtifact()); err != nil {
		t.Errorf("behind a private packet: %v", err)
	}
	private[2] = 0xbf
	if _, err := verify(Algorithm{}, []string{string(k.plain())}, join(private, good), craftArtifact()); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("behind a byte order mark: %v", err)
	}
}

// TestBeforeKeysAndSignatures: what may precede a key and a signature, armored
// or binary: blank lines, and a byte order mark before a key.
func TestBeforeKeysAndSignatures(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := k.sign(0, at(signedOn()), craftArtifact())
	armored := func(label string, data []byte) string {
		return "-----BEGIN PGP " + label + "-----\n\n" + base64.StdEncoding.EncodeToString(data) + "\n-----END PGP " + label + "-----\n"
	}
	keys := map[string]string{"armored": armored("PUBLIC KEY BLOCK", k.plain()), "binary": string(k.plain())}
	sigs := map[string]string{"armored": armored("SIGNATURE", sig), "binary": string(sig)}
	for form := range keys {
		for _, test := range []struct {
			before      string
			asKey, asIs error
		}{
			{"", nil, nil},
			{"\n", nil, nil},
			{"\r\n \t\n", nil, nil},
			{byteOrderMark, nil, algorithm.ErrMalformed},
			{byteOrderMark + "\n", nil, algorithm.ErrMalformed},
			{byteOrderMark + byteOrderMark, algorithm.ErrMalformed, algorithm.ErrMalformed},
		} {
			if _, err := verify(Algorithm{}, []string{test.before + keys[form]}, sig, craftArtifact()); !errors.Is(err, test.asKey) {
				t.Errorf("%s key behind %q: %v", form, test.before, err)
			}
			if _, err := verify(Algorithm{}, []string{string(k.plain())}, []byte(test.before+sigs[form]), craftArtifact()); !errors.Is(err, test.asIs) {
				t.Errorf("%s signature behind %q: %v", form, test.before, err)
			}
		}
	}
	for _, crlf := range []string{"armored"} {
		key, sig := strings.ReplaceAll(keys[crlf], "\n", "\r\n"), strings.ReplaceAll(sigs[crlf], "\n", "\r\n")
		if _, err := verify(Algorithm{}, []string{key}, []byte(sig), craftArtifact()); err != nil {
			t.Errorf("CRLF: %v", err)
		}
	}
}

// TestKeysAsSignatures: a key that is given for a signature is named, and a
// secret one gets a warning; so does one among the keys.
func TestKeysAsSignatures(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	secret := pkt(tagSecretKey, append(k.body(), 0, 1, 2, 3))
	secretSubkey := pkt(tagSecretSubkey, append(s.body(), 0, 1, 2, 3))
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"public key":    {k.plain(), "a public key, not a signature"},
		"public subkey": {s.packet(), "a public key, not a signature"},
		"secret key":    {secret, "a secret key, not a signature; whoever has seen it can sign with it, so revoke it"},
		"secret subkey": {secretSubkey, "so revoke it"},
		"armored":       {[]byte("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + base64.StdEncoding.EncodeToString(secret) + "\n-----END PGP PRIVATE KEY BLOCK-----\n"), "so revoke it"},
	} {
		_, err := verify(Algorithm{}, []string{string(k.plain())}, test.file, craftArtifact())
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s as signature: %v", name, err)
		}
	}
	for name, key := range map[string][]byte{
		"secret key":                         secret,
		"secret subkey behind a public key":  join(k.plain(), secretSubkey),
		"secret key behind another's public": join(newCraftKey(2, keyMade()).plain(), secret),
	} {
		_, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(key)}})
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "secret key") || !strings.Contains(err.Error(), "revoke it") {
			t.Errorf("%s as key: %v", name, err)
		}
	}
}
