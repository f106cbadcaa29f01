package kits

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/internal/ed25519stream"
)

// signifyWay: signify signs the artifact itself, and nothing else.
func signifyWay() way {
	return way{"signify", takes(schemeEd25519), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		file := func(packet []byte) string {
			return "untrusted comment: vector\n" + base64.StdEncoding.EncodeToString(append([]byte("Ed-number-"), packet...)) + "\n"
		}
		trust := algorithm.Trust{PublicKeys: []string{file(g.raw)}}
		return func(v vector) error { return judge(t, signify.Algorithm{}, trust, []byte(file(v.sig)), v.msg) }, nil
	}}
}

// streamWay is the check that minisign, signify and SSHSIG hand their messages
// to, by itself: with these messages minisign would want a second signature, of
// the trusted comment, and SSHSIG signs another form. Every byte by itself and
// all at once are the same.
func streamWay() way {
	return way{"Ed25519 of minisign and ssh, without their form", takes(schemeEd25519), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		key, err := ed25519stream.ParsePublicKey(g.raw)
		if err != nil {
			return nil, err
		}
		return func(v vector) error {
			at := ed25519stream.Verify(g.raw, v.msg, v.sig)
			stream, err := key.Verifier(v.sig)
			if err == nil {
				for i := range v.msg {
					_, _ = stream.Write(v.msg[i : i+1])
				}
				if !stream.Verify() {
					err = fmt.Errorf("%w: it doesn't fit", algorithm.ErrInvalid)
				}
			}
			if at != (err == nil) {
				t.Errorf("%s: at once %v, byte for byte %v", v.name, at, err)
			}
			return err
		}, nil
	}}
}
