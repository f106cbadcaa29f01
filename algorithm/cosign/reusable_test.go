package cosign_test

import (
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	x509pkix "crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// pairOf is a signed pair whose certificate has further fields.
func pairOf(t *testing.T, f *fulcio, r *rekor, artifact []byte, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	p := &signedPair{artifact: artifact, private: newECDSA(t, elliptic.P256()), fulcio: f, rekor: r}
	p.cert = f.issue(t, p.private.Public(), pairSubject, change...)
	digest := sha256.Sum256(p.artifact)
	p.signature = signDigest(t, p.private, digest[:])
	p.index = r.add(t, r.body(t, p.artifact, p.signature, p.cert), pairTime.Add(time.Minute))
	trust := testkeys.With(declare("identity", signedBy(pairIssuer, pairSubject)), "certificate", pairAt)
	trust = testkeys.With(testkeys.With(trust, "sct", false), "trusted-root", trustedRoot(t, f, r))
	s := store{pairAt: []byte(certPEM(p.cert)), r.find(p.index): r.reply(t, p.index)}
	e, err := s.judge(cosign.Algorithm{}, trust, p.signature, artifact)
	if err != nil {
		t.Fatal(err)
	}
	return e.Bundle
}

// TestSignersOfOneReusableWorkflow: two repositories that sign by one reusable
// workflow have one subject, and are two signers, as to a threshold of package verify.
func TestSignersOfOneReusableWorkflow(t *testing.T) {
	f, r, artifact := newFulcio(t), newRekor(t, rekorAt), []byte("artifact")
	repository := func(name string) func(*x509.Certificate) {
		value, err := asn1.MarshalWithParams(name, "utf8")
		if err != nil {
			t.Fatal(err)
		}
		return func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, x509pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 12}, Value: value})
		}
	}
	one, two := "https://github.example/one/one", "https://github.example/two/two"
	lines := jsonLines(t, string(pairOf(t, f, r, artifact, repository(one))), string(pairOf(t, f, r, artifact, repository(two))))
	trust := testkeys.With(algorithm.Trust{}, "identity", [][]algorithm.Claim{
		{{Field: "issuer", Value: pairIssuer}, {Field: "subject", Value: pairSubject}, {Field: "source-repository", Value: one}},
		{{Field: "issuer", Value: pairIssuer}, {Field: "subject", Value: pairSubject}, {Field: "source-repository", Value: two}},
	})
	trust = testkeys.With(testkeys.With(trust, "sct", false), "trusted-root", trustedRoot(t, f, r))
	k, err := cosign.Algorithm{}.Key(trust)
	if err != nil {
		t.Fatal(err)
	}
	v, err := k.Verifier(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Write(artifact); err != nil {
		t.Fatal(err)
	}
	good, err := v.(algorithm.SeveralVerifier).VerifyEach()
	if err != nil || len(good) != 2 {
		t.Errorf("%d signers of two repositories: %v", len(good), err)
	}
}
