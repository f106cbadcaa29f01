package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestBodyRead: the texts of a body of each kind are taken over, and each that is
// missing or of no form is refused for that.
func TestBodyRead(t *testing.T) {
	type texts map[string]string
	const (
		gone    = "\x00"
		missing = "something is missing in it"
		hash    = "no hash that a log has"
		base64  = "illegal base64"

		digest, sig     = "spec.data.hash.", "spec.signature.content"
		v2              = "spec.hashedRekordV002."
		whole, payload  = "spec.envelopeHash.", "spec.payloadHash."
		first, second   = "spec.signatures[0].signature", "spec.signatures[1].signature"
		secondBy        = "spec.signatures[1].verifier"
		content         = "spec.content."
		envelope        = "spec.content.envelope.signatures[0].sig"
		envelope2       = "spec.content.envelope.signatures[1].sig"
		envelope2By     = "spec.content.envelope.signatures[1].publicKey"
		rekord, tiles   = "hashedrekord by key", "Rekor v2 by certificate"
		attested, older = "dsse by certificate", "intoto by key"
	)
	cases := loggedCases(t)
	other := string(publicText(t, (*testCA)(nil).issue(t, "other", 0, 1, nil).cert.PublicKey))
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("00", 32)
	for _, test := range []struct {
		kind   string
		change texts
		says   string // "" where it is read
	}{
		{rekord, nil, ""},
		{rekord, texts{digest + "algorithm": gone}, missing},
		{rekord, texts{digest + "value": gone}, missing},
		{rekord, texts{sig: gone}, missing},
		{rekord, texts{sig: "*"}, base64},
		{rekord, texts{sig: ""}, "no signature"},
		{rekord, texts{sig: b64([]byte{0x30, 6, 2, 1, 1, 2, 1, 1})}, "invalid signature"},
		{rekord, texts{digest + "algorithm": "sha1"}, hash},
		{rekord, texts{digest + "algorithm": "SHA2_256"}, hash},
		{rekord, texts{digest + "algorithm": "sha384"}, hash},
		{rekord, texts{digest + "value": zeros + "00"}, hash},
		{rekord, texts{digest + "value": zeros[2:]}, hash},
		{rekord, texts{digest + "value": "x" + zeros[1:]}, "invalid byte"},
		{rekord, texts{digest + "value": zeros}, "invalid signature"},
		{rekord, texts{"spec.signature.publicKey.content": b64([]byte(other))}, "invalid signature"},
		{rekord, texts{"spec.signature.publicKey.content": b64(publicText(t, exchange.PublicKey()))}, "unsupported"},

		{tiles, nil, ""},
		{tiles, texts{v2 + "signature.content": gone}, missing},
		{tiles, texts{v2 + "signature.content": ""}, missing},
		{tiles, texts{v2 + "signature.content": "*"}, base64},
		{tiles, texts{v2 + "data.digest": "*"}, base64},
		{tiles, texts{v2 + "data.digest": gone}, ""}, // what it says is compared as a whole
		{tiles, texts{v2 + "data.algorithm": gone}, ""},
		{tiles, texts{v2 + "data.algorithm": gone, v2 + "data.digest": gone}, missing},
		{tiles, texts{v2 + "data.algorithm": "SHA3_256"}, ""},
		{tiles, texts{v2 + "data.algorithm": "sha256"}, "a hash that isn't known"},
		{tiles, texts{v2 + "signature.verifier.keyDetails": gone}, ""},
		{tiles, texts{v2 + "signature.verifier.keyDetails": "P-256"}, "a kind of key that isn't known"},

		{attested, nil, ""},
		{attested, texts{whole + "algorithm": gone}, missing},
		{attested, texts{whole + "value": gone}, missing},
		{attested, texts{payload + "algorithm": gone}, missing},
		{attested, texts{payload + "value": gone}, missing},
		{attested, texts{first: gone}, missing},
		{attested, texts{whole + "algorithm": "sha512"}, missing},
		{attested, texts{payload + "algorithm": "sha512"}, missing},
		{attested, texts{first: ""}, missing},
		{attested, texts{first: "*"}, base64},
		{attested, texts{first: "QU\nJD"}, missing},
		{attested, texts{first: "QUJD\r"}, missing},
		{attested, texts{second: "QUJD", secondBy: b64([]byte(other))}, ""},
		{attested, texts{second: "QUJD"}, missing},
		{attested, texts{secondBy: b64([]byte(other))}, missing},
		{attested, texts{second: "", secondBy: b64([]byte(other))}, missing},
		{attested, texts{second: "*", secondBy: b64([]byte(other))}, base64},

		{older, nil, ""},
		{older, texts{content + "envelope.payloadType": gone}, missing},
		{older, texts{envelope: gone}, missing},
		{older, texts{envelope: "*"}, base64},
		{older, texts{content + "hash.algorithm": gone}, missing},
		{older, texts{content + "hash.value": gone}, missing},
		{older, texts{content + "hash.algorithm": "sha512"}, missing},
		{older, texts{content + "hash.algorithm": gone, content + "hash.value": gone}, ""},
		{older, texts{content + "payloadHash.algorithm": gone}, missing},
		{older, texts{content + "payloadHash.value": gone}, missing},
		{older, texts{content + "payloadHash.algorithm": "sha512"}, missing},
		{older, texts{envelope2: "QUJD", envelope2By: b64([]byte(other))}, ""},
		{older, texts{envelope2: "QUJD"}, missing},
		{older, texts{envelope2By: b64([]byte(other))}, missing},
		{older, texts{envelope2: "*", envelope2By: b64([]byte(other))}, base64},
	} {
		c := cases[test.kind]()
		read, err := readBody([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(read, test.change)
		maps.DeleteFunc(read, func(_, text string) bool { return text == gone })
		b := &body{form: formOf(t, read), texts: read}
		if err := b.openVerifiers(nil); err != nil {
			t.Fatal(err)
		}
		err = b.form.read(b)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s, %q: got %v, want %q", test.kind, test.change, err, test.says)
		}
		var sum []byte // of the payload
		if c.signed.envelope != nil {
			sum = digestOf(crypto.SHA256, c.signed.envelope.payload)
		}
		if err == nil && (!bytes.Equal(b.signature, c.signed.signature) || b.rekorV2 != (test.kind == tiles) || !bytes.Equal(b.payload, sum)) {
			t.Errorf("%s, %q: %+v", test.kind, test.change, b)
		}
	}
}

func formOf(t *testing.T, texts map[string]string) bodyForm {
	t.Helper()
	forms := bodyForms()
	at := slices.IndexFunc(forms, func(f bodyForm) bool { return f.has(texts) })
	if at < 0 {
		t.Fatalf("of no form: %q", texts)
	}
	return forms[at]
}

// A payload's hash that isn't hex, and a signature that isn't base64 in its base64,
// are those of nothing.
func TestBodyOfNothing(t *testing.T) {
	cases := loggedCases(t)
	for kind, path := range map[string]string{"dsse by key": "spec.payloadHash.value", "intoto by key": "spec.content.payloadHash.value"} {
		for text, want := range map[string]bool{"": true, "x": false, "abc": false} {
			c := cases[kind]()
			read, err := readBody([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if text != "" {
				read[path] = text
			}
			b := &body{form: formOf(t, read), texts: read}
			sum := digestOf(crypto.SHA256, c.signed.envelope.payload)
			if err := b.form.read(b); err != nil || bytes.Equal(b.payload, sum) != want || !want && b.payload != nil {
				t.Errorf("%s, %q: %x, %v", kind, text, b.payload, err)
			}
		}
	}
	c := cases["intoto by key"]()
	read, err := readBody([]byte(c.body))
	if err != nil {
		t.Fatal(err)
	}
	read["spec.content.envelope.signatures[0].sig"] = b64([]byte("QUJD*"))
	b := &body{texts: read}
	if err := b.readInToto(); err != nil || b.signature != nil {
		t.Errorf("%x, %v", b.signature, err)
	}
}

// A body that is what a log makes of a signature by a certificate isn't parsed; any
// other is, and says the same.
func TestBodyMade(t *testing.T) {
	for kind, make := range loggedCases(t) {
		made := slices.Contains([]string{
			"hashedrekord by certificate", "hashedrekord, timestamp alone by certificate", "hashedrekord, proof alone by certificate",
			"Rekor v2 by certificate", "Rekor v2, envelope by certificate",
		}, kind)
		for name, change := range map[string]func(s *signed){
			"as it is":          func(*signed) {},
			"without digest":    func(s *signed) { s.digest = nil },
			"a digest too long": func(s *signed) { s.digest = append(bytes.Clone(s.digest), 0) },
		} {
			c := make()
			c.finish(t)
			s := *c.signed
			change(&s)
			b, err := parseBody([]byte(c.body), new(counter), &s)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, name, err)
				continue
			}
			if want := made && (name == "as it is" || s.envelope != nil); b.made != want || (b.texts == nil) != want {
				t.Errorf("%s, %s: made: %v", kind, name, b.made)
			}
			if !bytes.Equal(b.signature, c.signed.signature) || !c.by.is(b.verifier) {
				t.Errorf("%s, %s: %+v", kind, name, b)
			}
		}
	}
}
