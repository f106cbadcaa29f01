package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// newCert makes a key and writes its certificate to a file.
func newCert(t *testing.T) (entity *openpgp.Entity, file string) {
	t.Helper()
	entity, err := openpgp.NewEntity("release", "", "release@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var cert bytes.Buffer
	if err := entity.Serialize(&cert); err != nil {
		t.Fatal(err)
	}
	return entity, testkeys.WriteFile(t, t.TempDir(), "cert", cert.Bytes())
}

// signed makes a signed message.
func signed(t *testing.T, entity *openpgp.Entity, data string, compression packet.CompressionAlgo) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := openpgp.SignWithParams(&out, []*openpgp.Entity{entity}, &openpgp.SignParams{Config: &packet.Config{DefaultCompressionAlgo: compression}})
	if err == nil {
		_, err = io.WriteString(w, data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func armored(t *testing.T, kind string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func clearSigned(t *testing.T, entity *openpgp.Entity, text string) []byte {
	t.Helper()
	return clearSignedBy(t, text, entity)
}

func clearSignedBy(t *testing.T, text string, by ...*openpgp.Entity) []byte {
	t.Helper()
	var out bytes.Buffer
	var keys []*packet.PrivateKey
	for _, entity := range by {
		keys = append(keys, entity.PrivateKey)
	}
	w, err := clearsign.EncodeMulti(&out, keys, nil)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestInline: of a signed message or text what is signed is printed, and where it isn't
// all signed, or not by that certificate, nothing.
func TestInline(t *testing.T) {
	entity, cert := newCert(t)
	_, stranger := newCert(t)
	const data = "what is signed\n"
	message := signed(t, entity, data, packet.CompressionNone)
	for name, document := range map[string][]byte{
		"message":            message,
		"compressed message": signed(t, entity, data, packet.CompressionZLIB),
		"armored message":    armored(t, "PGP MESSAGE", message),
		"clear-signed":       clearSigned(t, entity, data),
		"unknown packet":     append([]byte{0xc0 | 40, 1, 'x'}, message...),
	} {
		out := filepath.Join(t.TempDir(), "verifications")
		code, got, errs := sopv(t, document, "inline-verify", "--verifications-out="+out, stranger, cert)
		if code != 0 || strings.TrimSuffix(got, "\n") != strings.TrimSuffix(data, "\n") {
			t.Errorf("%s: %d %q %s", name, code, got, errs)
			continue
		}
		if v := string(testkeys.ReadFile(t, out)); !line.MatchString(v) {
			t.Errorf("%s: %q", name, v)
		}
		if code, _, _ := sopv(t, document, "inline-verify", "--verifications-out="+out, cert); code != exitOutputExists {
			t.Errorf("%s: %d where the verifications are there", name, code)
		}
		if code, _, _ := sopv(t, document, "inline-verify", stranger); code != exitNoSignature {
			t.Errorf("%s by a stranger: %d", name, code)
		}
		if code, _, _ := sopv(t, document, "inline-verify", "--not-after=2001-01-01", cert); code != exitNoSignature {
			t.Errorf("%s, of another time: %d", name, code)
		}
	}
	changed := bytes.Replace(message, []byte("what is"), []byte("what's "), 1)
	second := append(bytes.Clone(message), literal(t, "more")...)
	unsigned := literal(t, data)
	for name, tt := range map[string]struct {
		document []byte
		code     int
	}{
		"changed":               {changed, exitNoSignature},
		"clear-signed, changed": {bytes.Replace(clearSigned(t, entity, data), []byte("what is"), []byte("what's "), 1), exitNoSignature},
		"text before":           {append([]byte("more\n"), clearSigned(t, entity, data)...), exitBadData},
		"a second literal":      {second, exitBadData},
		"no signature":          {unsigned, exitBadData},
		"a critical packet":     {append([]byte{0xc0 | 39, 1, 'x'}, message...), exitBadData},
		"cut off":               {message[:len(message)-9], exitBadData},
		"nothing":               {nil, exitBadData},
		"a certificate":         {testkeys.ReadFile(t, cert), exitBadData},
	} {
		if code, _, errs := sopv(t, tt.document, "inline-verify", cert); code != tt.code {
			t.Errorf("%s: %d %s, want %d", name, code, errs, tt.code)
		}
	}
}

func literal(t *testing.T, data string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := packet.SerializeLiteral(nopCloser{&out}, true, "", 0)
	if err == nil {
		_, err = io.WriteString(w, data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// TestSeveral: all signatures that count are told, of a message and of a text, and one
// of another time isn't.
func TestSeveral(t *testing.T) {
	first, cert := newCert(t)
	second, another := newCert(t)
	var message bytes.Buffer
	w, err := openpgp.Sign(&message, []*openpgp.Entity{first, second}, nil, nil)
	if err == nil {
		_, err = io.WriteString(w, "data")
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string][]byte{
		"message":      message.Bytes(),
		"clear-signed": clearSignedBy(t, "data", first, second),
	} {
		for certs, want := range map[string]int{cert: 1, another: 1, cert + " " + another: 2} {
			out := filepath.Join(t.TempDir(), "verifications")
			code, got, errs := sopv(t, document, append([]string{"inline-verify", "--verifications-out=" + out}, strings.Fields(certs)...)...)
			if code != 0 || got != "data" {
				t.Errorf("%s: %d %q %s", name, code, got, errs)
				continue
			}
			all := string(testkeys.ReadFile(t, out))
			if n := strings.Count(all, "\n"); n != want {
				t.Errorf("%s: %d of %d: %s", name, n, want, all)
			}
		}
	}
	code, _, errs := sopv(t, clearSigned(t, first, "data"), "inline-verify", "--not-after=2001-01-01", cert)
	if code != exitNoSignature || !strings.Contains(errs, "no signature of the time that counts") {
		t.Errorf("%d %s", code, errs)
	}
}

// TestMark: what a signed message is about makes it no clear-signed one.
func TestMark(t *testing.T) {
	entity, cert := newCert(t)
	text := "It looks like this:\n" + string(clearSigned(t, entity, "inner"))
	for name, document := range map[string][]byte{
		"message": signed(t, entity, text, packet.CompressionNone),
		"armored": armored(t, "PGP MESSAGE", signed(t, entity, text, packet.CompressionNone)),
	} {
		if code, got, errs := sopv(t, document, "inline-verify", cert); code != 0 || got != text {
			t.Errorf("%s: %d %q %s", name, code, got, errs)
		}
	}
}

// TestDeep: what compresses itself is refused within limits.
func TestDeep(t *testing.T) {
	entity, cert := newCert(t)
	document := signed(t, entity, "data", packet.CompressionNone)
	for range 4 {
		document = compressed(t, document)
	}
	if code, _, _ := sopv(t, document, "inline-verify", cert); code != exitBadData {
		t.Errorf("compressed four times: %d", code)
	}
	padding := func(size int) []byte {
		return compressed(t, append(binary.BigEndian.AppendUint32([]byte{0xc0 | tagPadding, 0xff}, uint32(size)), make([]byte, size)...))
	}
	code, _, errs := sopv(t, padding(maxInline+1), "inline-verify", cert)
	if code != exitBadData || !strings.Contains(errs, "more than 67108864 bytes") {
		t.Errorf("a bomb: %d %s", code, errs)
	}
	const limit = 1 << 20
	quarter := padding(limit / 4)
	message := signed(t, entity, "data", packet.CompressionZLIB)
	for name, tt := range map[string]struct {
		document []byte
		want     error
	}{
		"several":        {append(bytes.Repeat(quarter, 5), message...), algorithm.ErrTooLarge},
		"within another": {append(compressed(t, bytes.Repeat(quarter, 5)), message...), algorithm.ErrTooLarge},
		"not too many":   {append(bytes.Repeat(quarter, 3), message...), nil},
	} {
		p := parser{left: limit}
		if err := p.parse(bytes.NewReader(tt.document), 0); !errors.Is(err, tt.want) || p.literal != (tt.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func compressed(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := packet.SerializeCompressed(nopCloser{&out}, packet.CompressionZLIB, nil)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestGPG: what gpg signs inline is verified, and what is printed is what it was given.
func TestGPG(t *testing.T) {
	gpg := testkeys.Tool(t, "gpg")
	home := t.TempDir()
	t.Setenv("GNUPGHOME", home)
	call := func(args ...string) {
		t.Helper()
		if out, ok := testkeys.Run(t, gpg, append([]string{"--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...); !ok {
			t.Fatalf("gpg %q: %s", args, out)
		}
	}
	call("--quick-generate-key", "release@example.com", "ed25519", "sign", "never")
	cert := filepath.Join(home, "cert.asc")
	call("--armor", "--output", cert, "--export")
	data := testkeys.WriteFile(t, home, "data", []byte("first\n- second\n"))
	for _, way := range [][]string{{"--sign"}, {"--sign", "--armor"}, {"--clear-sign"}, {"--sign", "--compress-level", "0"}} {
		document := filepath.Join(home, "signed")
		call(append(way, "--output", document, data)...)
		code, out, errs := sopv(t, testkeys.ReadFile(t, document), "inline-verify", cert)
		if code != 0 || strings.TrimSuffix(out, "\n") != "first\n- second" {
			t.Errorf("%q: %d %q %s", way, code, out, errs)
		}
	}
}
