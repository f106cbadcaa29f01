package cosign_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// each judges with documents, by the bytes and by digests, which must agree on
// who signed.
func (s store) each(t *testing.T, a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte) ([]*algorithm.Evidence, error) {
	t.Helper()
	var results [2][]*algorithm.Evidence
	var errs [2]error
	for i, digests := range [][]algorithm.Digest{nil, testkeys.Digests(t, artifact)} {
		results[i], errs[i] = s.eachOnce(a, trust, signature, artifact, digests)
	}
	if (errs[0] == nil) != (errs[1] == nil) || !slices.Equal(whoSigned(results[0]), whoSigned(results[1])) {
		t.Fatalf("by bytes %q, %v, by digests %q, %v", whoSigned(results[0]), errs[0], whoSigned(results[1]), errs[1])
	}
	return results[0], errs[0]
}

func (s store) eachOnce(a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte, digests []algorithm.Digest) ([]*algorithm.Evidence, error) {
	v, err := verifier(a, trust, signature)
	if err != nil {
		return nil, err
	}
	if err := s.bring(context.Background(), v); err != nil {
		return nil, err
	}
	known := digests
	if digests == nil {
		_, _ = v.Write(artifact)
		for _, h := range v.(algorithm.DigestVerifier).Hashes() {
			running := h.New()
			running.Write(artifact)
			d, err := algorithm.NewDigest(h, running.Sum(nil))
			if err != nil {
				return nil, err
			}
			known = append(known, d)
		}
	}
	if err := s.bring(context.Background(), v, known...); err != nil {
		return nil, err
	}
	several := v.(algorithm.SeveralVerifier)
	evidence, err := several.VerifyEach(digests...)
	if again, err := several.VerifyEach(digests...); err == nil {
		return again, errors.New("a second verdict")
	}
	return evidence, err
}

// whoSigned are the keys or the subjects.
func whoSigned(evidence []*algorithm.Evidence) (who []string) {
	for _, e := range evidence {
		if e.Identity != nil {
			who = append(who, e.Identity["issuer"]+" "+e.Identity["subject"])
			continue
		}
		who = append(who, e.Fingerprint)
	}
	return who
}

// TestEachKey: of the bundles of one document those by distinct keys count, in
// its order, and no other spoils them.
func TestEachKey(t *testing.T) {
	artifact := []byte("artifact")
	a, b, stranger := newAttested(t), newAttested(t), newAttested(t)
	trust := algorithm.Trust{PublicKeys: []string{a.trust.PublicKeys[0], b.trust.PublicKeys[0]}}
	key, err := (cosign.Algorithm{}).Key(trust)
	if err != nil {
		t.Fatal(err)
	}
	ids := key.IDs()
	byA, byB, byOther := string(a.bundle(t, artifact)), string(b.bundle(t, artifact)), string(stranger.bundle(t, artifact))
	old := string(b.bundle(t, []byte("older")))
	for name, test := range map[string]struct {
		bundles []string
		want    []string // IDs
		reason  error
	}{
		"two":                      {[]string{byA, byB}, ids, nil},
		"two, the other way round": {[]string{byB, byA}, []string{ids[1], ids[0]}, nil},
		"one twice":                {[]string{byA, byA}, ids[:1], nil},
		"one twice, and another":   {[]string{byA, byA, byB}, ids, nil},
		"one, and a stranger's":    {[]string{byOther, byA, byOther}, ids[:1], nil},
		"one, and an older":        {[]string{byA, old}, ids[:1], nil},
		"one, and broken":          {[]string{"{}", byA, `{"mediaType":"x"}`}, ids[:1], nil},
		"two, among all":           {[]string{old, "{}", byB, byOther, byA}, []string{ids[1], ids[0]}, nil},
		"strangers'":               {[]string{byOther, byOther}, nil, algorithm.ErrInvalid},
		"an older twice":           {[]string{old, old}, nil, algorithm.ErrInvalid},
		"broken":                   {[]string{"{}", "{}"}, nil, algorithm.ErrUnsupported},
	} {
		for form, list := range map[string]func(*testing.T, ...string) []byte{"GitHub": apiAnswer, "lines": jsonLines} {
			got, err := store{}.each(t, cosign.Algorithm{}, trust, list(t, test.bundles...), artifact)
			if !errors.Is(err, test.reason) || !slices.Equal(whoSigned(got), test.want) {
				t.Errorf("%s, %s: %q, %v, want %q, %v", form, name, whoSigned(got), err, test.want, test.reason)
			}
		}
	}
	// Those at URLs count where they are fetched.
	s := store{"https://store.example/b": snappy.Encode(nil, []byte(byB)), "https://store.example/a": snappy.Encode(nil, []byte(byA))}
	text := apiAnswer(t, "https://store.example/a", "https://store.example/gone", "https://store.example/b")
	if got, err := s.each(t, cosign.Algorithm{}, trust, text, artifact); err != nil || !slices.Equal(whoSigned(got), ids) {
		t.Errorf("at URLs: %q, %v", whoSigned(got), err)
	}
}

// TestEachIdentity: a signer has a new key each time, and is one signer.
func TestEachIdentity(t *testing.T) {
	r := newRuns(t)
	const other = "https://other.example/x"
	who := []string{pairIssuer + " " + pairSubject, pairIssuer + " " + other}
	trust := testkeys.With(r.trust, "identity", [][]algorithm.Claim{signedBy(pairIssuer, pairSubject), signedBy(pairIssuer, other)})
	sum := sha256.Sum256(r.artifact)
	signed := func(by string, change ...func(*x509.Certificate)) string {
		r.private = newECDSA(t, r.private.Curve) // as a client does
		return string(r.bundleBy(t, by, r.attested(t, statement(subject("tool", "sha256", sum[:]))), append(change, sourceRef("refs/tags/v2"))...))
	}
	one, again, two := signed(pairSubject), signed(pairSubject), signed(other)
	stranger := signed("https://mallory.example/x")
	for name, test := range map[string]struct {
		bundles []string
		want    []string
	}{
		"two":                    {[]string{one, two}, who},
		"one with two keys":      {[]string{one, again}, who[:1]},
		"one twice, and another": {[]string{one, again, two}, who},
		"a stranger":             {[]string{stranger, two}, who[1:]},
	} {
		got, err := store{}.each(t, r.algorithm, trust, jsonLines(t, test.bundles...), r.artifact)
		if err != nil || !slices.Equal(whoSigned(got), test.want) {
			t.Errorf("%s: %q, %v, want %q", name, whoSigned(got), err, test.want)
		}
	}
	// The same subject of another issuer is somebody else.
	elsewhere := signed(pairSubject, func(c *x509.Certificate) {
		c.ExtraExtensions[0].Value = append([]byte{0x0c, byte(len("https://elsewhere"))}, "https://elsewhere"...)
	})
	both := testkeys.With(r.trust, "identity", [][]algorithm.Claim{signedBy(pairIssuer, pairSubject), signedBy("https://elsewhere", pairSubject)})
	if got, err := (store{}).each(t, r.algorithm, both, jsonLines(t, one, elsewhere), r.artifact); err != nil || len(got) != 2 {
		t.Errorf("of two issuers: %q, %v", whoSigned(got), err)
	}
	// What is bound is so for each.
	got, err := store{}.each(t, r.algorithm, demanding(trust, "tool", "v2"), jsonLines(t, one, two), r.artifact)
	if err != nil || len(got) != 2 {
		t.Errorf("%q, %v", whoSigned(got), err)
	}
	if _, err := (store{}).each(t, r.algorithm, demanding(trust, "tool", "v3"), jsonLines(t, one, two), r.artifact); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Error(err)
	}
}

// TestEachAlone: a document of one signature has one signer.
func TestEachAlone(t *testing.T) {
	for _, name := range []string{"ok-key-p256-none", "ok-key-p256-r1", "ok-att-gha-r1", "ok-kl2-old"} {
		c := testkeys.Find(t, "cosign", name)
		got, err := store{}.each(t, cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %q, %v", name, whoSigned(got), err)
		}
		if _, err := (store{}).each(t, cosign.Algorithm{}, c.Trust, c.Signature, append(slices.Clone(c.Artifact), 0)); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, another artifact: %v", name, err)
		}
	}
	p := newSignedPair(t)
	got, err := p.store.each(t, cosign.Algorithm{}, p.trust, p.signature, p.artifact)
	if err != nil || len(got) != 1 || !strings.HasSuffix(whoSigned(got)[0], pairSubject) {
		t.Errorf("pair: %q, %v", whoSigned(got), err)
	}
}

// TestEachEnvelopeSignatures: an envelope with several signatures is refused,
// since a bundle has the proofs of one.
func TestEachEnvelopeSignatures(t *testing.T) {
	a, b := newAttester(t), newAttester(t)
	trust := algorithm.Trust{PublicKeys: []string{a.trust.PublicKeys[0], b.trust.PublicKeys[0]}}
	sum := sha256.Sum256(a.artifact)
	text := statement(subject("a", "sha256", sum[:]))
	message := sha256.Sum256(dssePAE(text))
	one := envelopeJSON(t, inToto, text, signDigest(t, a.private, message[:]))
	if got, err := (store{}).each(t, cosign.Algorithm{}, trust, one, a.artifact); err != nil || len(got) != 1 {
		t.Errorf("one: %q, %v", whoSigned(got), err)
	}
	two := envelopeJSON(t, inToto, text, signDigest(t, a.private, message[:]), signDigest(t, b.private, message[:]))
	if _, err := verifier(cosign.Algorithm{}, trust, two); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("two: %v", err)
	}
}

// TestSeveralByTime: of several bundles by one key, one without a proved time counts
// only where there is no other, in whatever order they lie there: who serves them doesn't
// choose what a key's lifetime is held against.
func TestSeveralByTime(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-tsa")
	stamped := compacted(t, c)
	at, end := strings.Index(stamped, `"timestampVerificationData":{`), strings.Index(stamped, `]}`)
	if at < 0 || end < at {
		t.Fatal(stamped)
	}
	bare := stamped[:at] + `"timestampVerificationData":{` + stamped[end+1:]
	for name, test := range map[string]struct {
		bundles []string
		want    string
	}{
		"stamped first":  {[]string{stamped, bare}, stamped},
		"stamped last":   {[]string{bare, stamped}, stamped},
		"stamped nearly": {[]string{bare, "{}", stamped, bare}, stamped},
		"none stamped":   {[]string{"{}", bare, bare}, bare},
	} {
		text := jsonLines(t, test.bundles...)
		e, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact)
		if err != nil || string(e.Bundle) != test.want {
			t.Errorf("%s: %v, or another bundle counted", name, err)
		}
		each, err := store{}.each(t, cosign.Algorithm{}, c.Trust, text, c.Artifact)
		if err != nil || len(each) != 1 || string(each[0].Bundle) != test.want {
			t.Errorf("%s: %v, or another of the signer's counted", name, err)
		}
	}
}
