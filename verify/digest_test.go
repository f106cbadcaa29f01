package verify_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

func digestOf(tb testing.TB, h crypto.Hash, data []byte) algorithm.Digest {
	tb.Helper()
	var sum []byte
	switch h {
	case crypto.SHA256:
		s := sha256.Sum256(data)
		sum = s[:]
	case crypto.SHA384:
		s := sha512.Sum384(data)
		sum = s[:]
	default:
		s := sha512.Sum512(data)
		sum = s[:]
	}
	d, err := algorithm.NewDigest(h, sum)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// TestDigest: an artifact of which only digests are known is judged like one of
// which there are bytes, and what can't be judged so is told.
func TestDigest(t *testing.T) {
	c512, c256 := testkeys.Find(t, "sshsig", "craft-good"), testkeys.Find(t, "sshsig", "valid-hash-sha256")
	other := testkeys.Find(t, "sshsig", "valid-p256")
	d512, d384, d256 := digestOf(t, crypto.SHA512, c512.Artifact), digestOf(t, crypto.SHA384, c512.Artifact), digestOf(t, crypto.SHA256, c512.Artifact)
	e256 := digestOf(t, crypto.SHA256, c256.Artifact)
	not512, not256 := digestOf(t, crypto.SHA512, []byte("x")), digestOf(t, crypto.SHA256, []byte("x"))
	of := func(d ...algorithm.Digest) []algorithm.Digest { return d }
	const plain, late = "https://example.com/tool.sig", "https://example.com/{ sha256 }.sig"
	for _, tt := range []struct {
		name      string
		c         testkeys.Case
		file      string
		signature []byte
		digests   []algorithm.Digest
		stage     string
		want      error
		asks      bool // whether anything may be fetched
	}{
		{"SHA-512", c512, plain, c512.Signature, of(d512), "", nil, true},
		{"SHA-256", c256, plain, c256.Signature, of(e256), "", nil, true},
		{"more than needed", c512, plain, c512.Signature, of(d256, d384, d512, d512), "", nil, true},
		{"named by a digest", c256, late, c256.Signature, of(e256), "", nil, true},
		{"named by another digest than the signed one", c512, late, c512.Signature, of(d512, d256), "", nil, true},
		{"other digest", c512, plain, c512.Signature, of(not512), "verdict", algorithm.ErrInvalid, true},
		{"other digest, SHA-256", c256, plain, c256.Signature, of(not256), "verdict", algorithm.ErrInvalid, true},
		{"a good one that doesn't count", c512, plain, c512.Signature, of(d256, not512), "verdict", algorithm.ErrInvalid, true},
		{"SHA-256 where SHA-512 is signed", c512, plain, c512.Signature, of(d256), "verdict", algorithm.ErrUnsupported, true},
		{"SHA-384 where SHA-512 is signed", c512, plain, c512.Signature, of(d384), "verdict", algorithm.ErrUnsupported, true},
		{"named by a digest that isn't known", c512, late, c512.Signature, of(d512), "signature", algorithm.ErrUnsupported, false},
		{"other key", c512, plain, other.Signature, of(d512), "signature", algorithm.ErrWrongKey, true},
		{"no signature", c512, plain, []byte("x"), of(d512), "signature", algorithm.ErrMalformed, true},
		{"absent", c512, "https://example.com/none.sig", nil, of(d512), "signature", verify.ErrMissing, true},
		{"none", c512, plain, c512.Signature, nil, "artifact", verify.ErrUnverified, false},
		{"zero", c512, plain, c512.Signature, of(algorithm.Digest{}), "artifact", algorithm.ErrMalformed, false},
		{"zero beside a good one", c512, plain, c512.Signature, of(d512, algorithm.Digest{}), "artifact", algorithm.ErrMalformed, false},
		{"contradicting", c512, plain, c512.Signature, of(d512, not512), "artifact", algorithm.ErrMalformed, false},
		{"contradicting, the other way", c512, plain, c512.Signature, of(not512, d256, d512), "artifact", algorithm.ErrMalformed, false},
		{"contradicting where it doesn't count", c512, plain, c512.Signature, of(d512, d256, not256), "artifact", algorithm.ErrMalformed, false},
	} {
		m := &memory{files: map[string][]byte{}}
		if tt.signature != nil {
			m.files["tool.sig"] = tt.signature
			m.files[d256.Hex()+".sig"], m.files[e256.Hex()+".sig"] = tt.signature, tt.signature
		}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: m})
		plan, err := v.Plan(verify.Artifact{Name: "tool"}, sshTable(t, tt.c, tt.file))
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Digest(t.Context(), tt.digests...)
		if !tt.asks && len(m.asked) > 0 {
			t.Errorf("%s: asked for %q", tt.name, m.asked)
		}
		if tt.want != nil {
			if report != nil {
				t.Errorf("%s: a report beside an error", tt.name)
			}
			t.Run(tt.name, func(t *testing.T) { wantError(t, err, tt.stage, tt.want) })
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if report.Status != verify.Verified || report.Size != 0 || report.Evidence == nil || report.Algorithm != "ssh" {
			t.Errorf("%s: %+v", tt.name, report)
		}
		for _, d := range tt.digests {
			if report.Digests[d.Name()] != d.Hex() {
				t.Errorf("%s: digests %v", tt.name, report.Digests)
			}
		}
	}
}

// TestDigestByBytes: a signature over the bytes themselves says nothing of a
// digest.
func TestDigestByBytes(t *testing.T) {
	key := testkeys.NewMinisign(t)
	plan := given(t, verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}}, key, key.SignBytes([]byte("data"), comment))
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA512} {
		report, err := plan.Digest(t.Context(), digestOf(t, h, []byte("data")))
		if report != nil {
			t.Errorf("report %v", report)
		}
		wantError(t, err, "verdict", algorithm.ErrUnsupported)
	}
}

// TestDigestsExpected: digests that the program knows beforehand have to be among
// those that are judged, each with its value.
func TestDigestsExpected(t *testing.T) {
	data := []byte("data")
	d256, d512 := digestOf(t, crypto.SHA256, data), digestOf(t, crypto.SHA512, data)
	for _, tt := range []struct {
		expected, judged []algorithm.Digest
		want             error
	}{
		{[]algorithm.Digest{d256}, []algorithm.Digest{d256}, nil},
		{[]algorithm.Digest{d256}, []algorithm.Digest{d512, d256}, nil},
		{[]algorithm.Digest{d256}, []algorithm.Digest{d512}, algorithm.ErrUnsupported},
		{[]algorithm.Digest{d256, d512}, []algorithm.Digest{d256}, algorithm.ErrUnsupported},
		{[]algorithm.Digest{d256, d512}, []algorithm.Digest{d256, digestOf(t, crypto.SHA512, nil)}, algorithm.ErrInvalid},
	} {
		plan, err := newVerifier(t, verify.Config{Policy: verify.IfDeclared}).Plan(verify.Artifact{Name: "tool", Digests: tt.expected}, nil)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Digest(t.Context(), tt.judged...)
		if tt.want == nil {
			if err != nil || report.Status != verify.Unsigned {
				t.Errorf("%v of %v: %v, %v", tt.judged, tt.expected, report, err)
			}
			continue
		}
		wantError(t, err, "verdict", tt.want)
	}
}

// TestDigestPolicies: without a table a digest is let through only where the
// policy says so, and as what it is.
func TestDigestPolicies(t *testing.T) {
	d := digestOf(t, crypto.SHA256, nil)
	for policy, want := range map[verify.Policy]verify.Status{verify.IfDeclared: verify.Unsigned, verify.InsecureSkip: verify.Skipped} {
		plan, err := newVerifier(t, verify.Config{Policy: policy}).Plan(verify.Artifact{Name: "tool"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Digest(t.Context(), d)
		if err != nil || report.Status != want || report.Evidence != nil || len(report.Warnings) != 1 || report.Digests["sha256"] != d.Hex() {
			t.Errorf("%v: %+v, %v", policy, report, err)
		}
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		_, err = plan.Digest(ctx, d)
		wantError(t, err, "verdict", why)
	}
}
