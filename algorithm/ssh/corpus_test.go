package ssh_test

import (
	"context"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

// refusals says of each case that must fail at which call and why.
var refusals = map[string]struct {
	stage  string
	reason error
}{
	"allowed-empty":                {"key", algorithm.ErrMalformed},
	"allowed-public-key-file-only": {"key", algorithm.ErrIdentity},
	"allowed-unknown-option":       {"key", algorithm.ErrMalformed},
	"artifact-appended":            {"artifact", algorithm.ErrInvalid},
	"artifact-changed":             {"artifact", algorithm.ErrInvalid},
	"artifact-truncated":           {"artifact", algorithm.ErrInvalid},
	"cert-authority-not-marked":    {"signature", algorithm.ErrWrongKey},
	"cert-host":                    {"signature", algorithm.ErrIdentity},
	"cert-no-principals":           {"signature", algorithm.ErrIdentity},
	"cert-not-yet-valid":           {"signature", algorithm.ErrNotYetValid},
	"cert-subject-key-listed":      {"signature", algorithm.ErrWrongKey},
	"cert-ca-not-listed":           {"signature", algorithm.ErrWrongKey},
	"cert-expired":                 {"signature", algorithm.ErrKeyExpired},
	"cert-wrong-principal":         {"signature", algorithm.ErrIdentity},
	"craft-alg-mismatch":           {"signature", algorithm.ErrMalformed},
	"craft-blob-truncated":         {"signature", algorithm.ErrMalformed},
	"craft-hash-relabelled":        {"artifact", algorithm.ErrInvalid},
	"craft-hash-sha384":            {"signature", algorithm.ErrUnsupported},
	"craft-magic-changed":          {"signature", algorithm.ErrMalformed},
	"craft-namespace-empty":        {"signature", algorithm.ErrIdentity},
	"craft-namespace-not-signed":   {"artifact", algorithm.ErrInvalid},
	"craft-namespace-nul":          {"signature", algorithm.ErrIdentity},
	"craft-no-base64":              {"signature", algorithm.ErrMalformed},
	"craft-rsa-ssh-rsa":            {"signature", algorithm.ErrWeak},
	"craft-signature-empty":        {"signature", algorithm.ErrMalformed},
	"principals-negated":           {"key", algorithm.ErrIdentity},
	"sig-empty":                    {"signature", algorithm.ErrMalformed},
	"sig-flip":                     {"artifact", algorithm.ErrInvalid},
	"sig-is-pgp":                   {"signature", algorithm.ErrMalformed},
	"sig-leading-text":             {"signature", algorithm.ErrMalformed},
	"sig-trailing-bytes":           {"signature", algorithm.ErrMalformed},
	"sig-version-2":                {"signature", algorithm.ErrUnsupported},
	"valid-after-future":           {"signature", algorithm.ErrNotYetValid},
	"valid-before-past":            {"signature", algorithm.ErrKeyExpired},
	"window-reversed":              {"key", algorithm.ErrMalformed},
	"valid-dsa":                    {"key", algorithm.ErrWeak}, // ssh-keygen accepts it; OpenSSH itself dropped it in version 10
	"wrong-identity":               {"key", algorithm.ErrIdentity},
	"wrong-key":                    {"signature", algorithm.ErrWrongKey},
	"wrong-namespace":              {"signature", algorithm.ErrIdentity},
}

// deviates tells the cases that the real tool refuses and that are accepted
// here: all families take CRLF for LF.
func deviates(name string) bool { return name == "sig-crlf" }

func TestCorpus(t *testing.T) {
	cases := testkeys.Cases(t, "sshsig")
	if len(cases) < 71 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			evidence, stage, err := verify(c.Trust, c.Signature, c.Artifact)
			if c.Want == "pass" || deviates(c.Name) {
				if err != nil {
					t.Fatalf("%s: %v", c.Why, err)
				}
				checkEvidence(t, evidence)
				return
			}
			want, ok := refusals[c.Name]
			if !ok {
				t.Fatalf("a case that must fail, and no reason is listed for it; the error is %v", err)
			}
			if evidence != nil || stage != want.stage || !errors.Is(err, want.reason) {
				t.Errorf("got %s: %v, want %s: %v", stage, err, want.stage, want.reason)
			}
		})
	}
}

// checkEvidence asserts what holds for every good case of the corpus.
func checkEvidence(t *testing.T, e *algorithm.Evidence) {
	t.Helper()
	if len(e.Fingerprint) != len("SHA256:")+43 || e.KeyAlgorithm == "" || e.Hash == "" ||
		len(e.UserIDs) != 1 || e.UserIDs[0] != "alice@example.org" {
		t.Errorf("evidence %+v", e)
	}
}

// verify goes the whole way and says at which call it ended.
func verify(trust algorithm.Trust, signature, artifact []byte) (e *algorithm.Evidence, stage string, err error) {
	return verifyWith(ssh.Algorithm{}, trust, signature, artifact)
}

func verifyWith(a algorithm.Algorithm, trust algorithm.Trust, signature, artifact []byte) (e *algorithm.Evidence, stage string, err error) {
	key, err := a.Key(trust)
	if err != nil {
		return nil, "key", err
	}
	v, err := key.Verifier(context.Background(), signature)
	if err != nil {
		return nil, "signature", err
	}
	if n, err := v.Write(artifact); n != len(artifact) || err != nil {
		return nil, "write", err
	}
	e, err = v.Verify()
	return e, "artifact", err
}
