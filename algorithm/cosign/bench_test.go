package cosign_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// BenchmarkLargeArtifact verifies 1 GiB by key: relseal against the reader path
// of sigstore-go, one after the other in every round.
func BenchmarkLargeArtifact(b *testing.B) {
	const size = 1 << 30
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, zeros(size)); err != nil {
		b.Fatal(err)
	}
	signed := keyBundle(b, private, hash.Sum(nil))
	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{publicPEM(b, private)}})
	if err != nil {
		b.Fatal(err)
	}
	plain := plainByKey(b, private)
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		v, err := key.Verifier(context.Background(), signed)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(v, zeros(size)); err != nil {
			b.Fatal(err)
		}
		if _, err := v.Verify(); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)

		start = time.Now()
		entity := new(bundle.Bundle)
		if err := entity.UnmarshalJSON(signed); err != nil {
			b.Fatal(err)
		}
		if _, err := plain.Verify(entity, verify.NewPolicy(verify.WithArtifact(zeros(size)), verify.WithKey())); err != nil {
			b.Fatal(err)
		}
		theirs += time.Since(start)
	}
	b.SetBytes(2 * size)
	b.ReportMetric(float64(theirs)/float64(ours), "x_of_sigstore_go")
}

// BenchmarkKeyless verifies a small artifact with warm trust: relseal against
// sigstore-go with the same checks, in CPU time, side by side in every round. It
// prints the median of the ratios, and where relseal's time goes.
func BenchmarkKeyless(b *testing.B) {
	for _, name := range []string{"ok-first-r1", "ok-first-r2tsa", "ok-att-gha-r1"} {
		c := testkeys.Find(b, "cosign", name)
		b.Run(name, func(b *testing.B) {
			key, err := cosign.Algorithm{}.Key(c.Trust)
			if err != nil {
				b.Fatal(err)
			}
			plain := plainKeyless(b, c.Trust)
			policy := plainPolicy(b, c)
			paired(b, func() error { return relsealOnce(key, c) }, func() error { return plainOnce(plain, policy, c) })
			stages := map[string][]float64{}
			for range b.N {
				took, err := cosign.Stages(key, c.Signature, c.Artifact, cpuTime)
				if err != nil {
					b.Fatal(err)
				}
				for stage, d := range took {
					stages[stage] = append(stages[stage], d.Seconds()*1e6)
				}
			}
			for stage, took := range stages {
				b.ReportMetric(median(took), stage+"_µs")
			}
		})
	}
}

// BenchmarkKeyBundle is BenchmarkKeyless for a bundle that a declared key signed.
func BenchmarkKeyBundle(b *testing.B) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	artifact := make([]byte, 1<<10)
	sum := sha256.Sum256(artifact)
	c := testkeys.Case{Signature: keyBundle(b, private, sum[:]), Artifact: artifact}
	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{publicPEM(b, private)}})
	if err != nil {
		b.Fatal(err)
	}
	plain := plainByKey(b, private)
	paired(b, func() error { return relsealOnce(key, c) }, func() error {
		policy := verify.NewPolicy(verify.WithArtifact(bytes.NewReader(artifact)), verify.WithKey())
		return plainOnce(plain, policy, c)
	})
}

// perRound is how often each side of a round runs, so that its time is long
// enough to be measured.
const perRound = 8

// paired reports the median of the rounds' ratios of ours to theirs, and the
// median of ours.
func paired(b *testing.B, ours, theirs func() error) {
	b.Helper()
	var ratios, took []float64
	for b.Loop() {
		mine := timed(b, ours)
		ratios = append(ratios, float64(mine)/float64(timed(b, theirs)))
		took = append(took, mine.Seconds()*1e6/perRound)
	}
	b.ReportMetric(median(ratios), "of_sigstore_go")
	b.ReportMetric(median(took), "µs")
	b.ReportMetric(testing.AllocsPerRun(1, func() { _ = ours() }), "our_allocs")
	b.ReportMetric(testing.AllocsPerRun(1, func() { _ = theirs() }), "their_allocs")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkColdStart is BenchmarkKeyless with a trusted root that is parsed
// each time.
func BenchmarkColdStart(b *testing.B) {
	c := testkeys.Find(b, "cosign", "ok-first-r1")
	policy := plainPolicy(b, c)
	paired(b, func() error {
		key, err := cosign.Algorithm{}.Key(c.Trust)
		if err != nil {
			return err
		}
		return relsealOnce(key, c)
	}, func() error { return plainOnce(plainKeyless(b, c.Trust), policy, c) })
}

// BenchmarkKeylessAlone is relseal's part of BenchmarkKeyless, for profiles.
func BenchmarkKeylessAlone(b *testing.B) {
	for _, name := range []string{"ok-first-r1", "ok-first-r2tsa"} {
		c := testkeys.Find(b, "cosign", name)
		b.Run(name, func(b *testing.B) {
			key, err := cosign.Algorithm{}.Key(c.Trust)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := relsealOnce(key, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func relsealOnce(key algorithm.Key, c testkeys.Case) error {
	v, err := key.Verifier(context.Background(), c.Signature)
	if err != nil {
		return err
	}
	if _, err := v.Write(c.Artifact); err != nil {
		return err
	}
	_, err = v.Verify()
	return err
}

func plainOnce(plain *verify.Verifier, policy verify.PolicyBuilder, c testkeys.Case) error {
	entity := new(bundle.Bundle)
	if err := entity.UnmarshalJSON(c.Signature); err != nil {
		return err
	}
	_, err := plain.Verify(entity, policy)
	return err
}

func timed(b *testing.B, f func() error) time.Duration {
	b.Helper()
	start := cpuTime()
	for range perRound {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	return cpuTime() - start
}

func plainKeyless(tb testing.TB, trust algorithm.Trust) *verify.Verifier {
	tb.Helper()
	material, err := root.NewTrustedRootFromJSON(trust.Values["trusted-root"].Content)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := verify.NewVerifier(material, verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1), verify.WithSignedCertificateTimestamps(1))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func plainPolicy(tb testing.TB, c testkeys.Case) verify.PolicyBuilder {
	tb.Helper()
	sum := sha256.Sum256(c.Artifact)
	return verify.NewPolicy(verify.WithArtifactDigest("sha256", sum[:]), plainIdentity(tb, c))
}

func plainIdentity(tb testing.TB, c testkeys.Case) verify.PolicyOption {
	tb.Helper()
	want := map[string]string{}
	for _, claim := range c.Trust.Values["identity"].Tables[0] {
		want[claim.Field] = claim.Value
	}
	id, err := verify.NewShortCertificateIdentity(want["issuer"], "", want["subject"], "")
	if err != nil {
		tb.Fatal(err)
	}
	return verify.WithCertificateIdentity(id)
}

func plainByKey(tb testing.TB, private *ecdsa.PrivateKey) *verify.Verifier {
	tb.Helper()
	v, err := signature.LoadVerifier(private.Public(), crypto.SHA256)
	if err != nil {
		tb.Fatal(err)
	}
	material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(v, time.Time{}, time.Time{}), nil
	})
	plain, err := verify.NewVerifier(material, verify.WithNoObserverTimestamps())
	if err != nil {
		tb.Fatal(err)
	}
	return plain
}

func keyBundle(tb testing.TB, private *ecdsa.PrivateKey, digest []byte) []byte {
	tb.Helper()
	sig, err := ecdsa.SignASN1(rand.Reader, private, digest)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "any"}},
		"messageSignature": map[string]any{
			"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": digest},
			"signature":     sig,
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func publicPEM(tb testing.TB, private crypto.Signer) string {
	tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// zeros reads like a file of that size.
func zeros(size int64) io.Reader { return io.LimitReader(zeroReader{}, size) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
