package notation_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/families/notation"
)

// FuzzEnvelope: whatever the envelope is, it is refused with a sentinel, or it is
// signed: then the artifact is the one that was, and no other is accepted. The keys
// are those of testdata, since each of the fuzzer's processes would make others.
func FuzzEnvelope(f *testing.F) {
	artifact := read(f, "tool-1.2.0.tgz")
	for _, name := range []string{"tool-1.2.0.tgz.sig.jws", "tool-1.2.0.tgz.sig.cose"} {
		f.Add(read(f, name))
	}
	root, tsa := string(read(f, "acme-root.pem")), algorithm.Value{Content: read(f, "time-root.pem")}
	var keys []algorithm.Key
	for _, table := range []algorithm.Trust{trust(), with(trust(), "tsa", tsa)} {
		table.PublicKeys = []string{root}
		key, err := notation.Algorithm{}.Key(table)
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, key)
	}
	f.Fuzz(func(t *testing.T, envelope []byte) {
		for _, key := range keys {
			v, err := key.Verifier(t.Context(), envelope)
			if err != nil {
				if v != nil || !isSentinel(err) {
					t.Errorf("%v, %v", v, err)
				}
				continue
			}
			if _, err := v.Write(append(bytes.Clone(artifact), 1)); err != nil {
				t.Fatal(err)
			}
			if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("other bytes: %+v, %v", e, err)
			}
			if v, err = key.Verifier(t.Context(), envelope); err != nil {
				t.Fatal(err)
			}
			_, _ = v.Write(artifact)
			if _, err := v.Verify(); err != nil {
				t.Errorf("signed, and not the artifact: %v", err)
			}
		}
	})
}

// FuzzKey: whatever the trusted certificates are, they are refused with a sentinel
// or there is a key.
func FuzzKey(f *testing.F) {
	f.Add(string(read(f, "acme-root.pem")), read(f, "time-root.pem"), acme)
	f.Add("x\n"+string(read(f, "time-root.pem")), append(read(f, "time-root.pem"), read(f, "acme-root.pem")...), "*")
	f.Fuzz(func(t *testing.T, public string, tsa []byte, identity string) {
		values := map[string]algorithm.Value{"tsa": {Content: append([]byte{}, tsa...)}, "trusted-identities": {Texts: []string{identity}}}
		key, err := notation.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{public}, Values: values})
		if err != nil {
			if key != nil || !isSentinel(err) {
				t.Errorf("%v, %v", key, err)
			}
			return
		}
		for _, id := range key.IDs() {
			if bytes.ContainsFunc([]byte(id), func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%q", id)
			}
		}
	})
}

func isSentinel(err error) bool {
	for _, sentinel := range []error{
		algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge, algorithm.ErrWrongKey, algorithm.ErrWeak, algorithm.ErrKeyExpired,
		algorithm.ErrSignatureExpired, algorithm.ErrNotYetValid, algorithm.ErrIdentity, algorithm.ErrInvalid, algorithm.ErrNameMismatch,
	} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}
