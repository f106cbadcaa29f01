package cosign_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestWeakCopy: what a trusted root demands, a copy of it without logs doesn't
// waive, whichever comes first and whichever a table chooses; and another
// sigstore's logs demand nothing of it.
func TestWeakCopy(t *testing.T) {
	for _, test := range []struct{ of, without, says string }{
		{"open-ed25519-cert-tsa", "tlogs", "log entry is demanded"},
		{"neg-no-sct", "ctlogs", "signed certificate timestamp"},
	} {
		c := testkeys.Find(t, "cosign", test.of)
		whole, weak := corpusRoot(t, c), corpusRoot(t, c, test.without)
		trust := declare("identity", c.Trust.Values["identity"].Tables[0])
		life := certificateOf(t, c.Signature)
		for name, roots := range map[string]struct {
			program [][]byte
			chosen  []byte // by the table
			refused bool
		}{
			"the whole":                   {[][]byte{whole}, nil, true},
			"the weak one":                {[][]byte{weak}, nil, false},
			"weak, and a stranger's":      {[][]byte{weak, publicGoodRoot(t)}, nil, false},
			"a stranger's, and weak":      {[][]byte{publicGoodRoot(t), weak}, nil, false},
			"whole first":                 {[][]byte{whole, weak}, nil, true},
			"weak first":                  {[][]byte{weak, whole}, nil, true},
			"the weak one chosen":         {[][]byte{whole, weak}, weak, true},
			"chosen, beside a stranger's": {[][]byte{publicGoodRoot(t), weak}, weak, false},
		} {
			var joined []*cosign.TrustedRoot
			for _, text := range roots.program {
				joined = append(joined, parseRoot(t, text))
			}
			root, err := cosign.JoinTrustedRoots(joined...)
			if err != nil {
				t.Fatal(err)
			}
			trust := trust
			if roots.chosen != nil {
				trust = testkeys.With(trust, "trusted-root", roots.chosen)
			}
			a := cosign.Algorithm{TrustedRoot: root, Time: func() time.Time { return life.NotBefore }}
			_, err = verifyAll(a, trust, c.Signature, c.Artifact)
			if roots.refused != (err != nil) || err != nil && (!errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%s, %s: %v", test.of, name, err)
			}
		}
	}
}

// logged is the entry of a log about a signature of the pair's signer, as it
// stands in a bundle.
func (p *signedPair) logged(t *testing.T, r *rekor, artifact []byte) any {
	t.Helper()
	digest := sha256.Sum256(artifact)
	signature := p.signature
	if !bytes.Equal(artifact, p.artifact) {
		signature = signDigest(t, p.private, digest[:])
	}
	index := r.add(t, r.body(t, artifact, signature, p.cert), pairTime.Add(2*time.Minute))
	s := store{pairAt: p.store[pairAt], r.find(index): r.reply(t, index)}
	e, err := s.judge(cosign.Algorithm{}, testkeys.With(p.trust, "trusted-root", trustedRoot(t, p.fulcio, r)), signature, artifact)
	if err != nil {
		t.Fatal(err)
	}
	return entriesOf(t, e.Bundle)[0]
}

func entriesOf(t *testing.T, bundle []byte) []any {
	t.Helper()
	var b struct {
		VerificationMaterial struct {
			TlogEntries []any `json:"tlogEntries"`
		} `json:"verificationMaterial"`
	}
	if err := json.Unmarshal(bundle, &b); err != nil {
		t.Fatal(err)
	}
	return b.VerificationMaterial.TlogEntries
}

// TestEntryOfAnotherInstance: an entry of a log that another instance has must
// hold as it must in one trusted root with both logs, and proves nothing; only
// one of a log that none has is left out.
func TestEntryOfAnotherInstance(t *testing.T) {
	p, second := newSignedPair(t), newRekor(t, "https://second.example")
	own, foreign := trustedRoot(t, p.fulcio, p.rekor), trustedRoot(t, newFulcio(t), second)
	joined := slices.Concat(own, []byte("\n"), foreign)
	reversed := slices.Concat(foreign, []byte("\n"), own)
	one := trustedRoot(t, p.fulcio, p.rekor, second)
	e, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact)
	if err != nil {
		t.Fatal(err)
	}
	first := entriesOf(t, e.Bundle)[0]
	good, about := p.logged(t, second, p.artifact), p.logged(t, second, []byte("another artifact"))
	forged := p.logged(t, second, p.artifact)
	forged.(map[string]any)["integratedTime"] = "1767323100"
	const absent, nothing = "doesn't have", "counts for nothing"
	for name, test := range map[string]struct {
		root    []byte
		chosen  []byte // by the table
		entries []any
		logged  int    // entries in the evidence, 0 for a refusal
		says    string // in notes or among what isn't checked
	}{
		"good, one root":          {one, nil, []any{first, good}, 2, ""},
		"good, joined":            {joined, nil, []any{first, good}, 1, nothing},
		"good, reversed":          {reversed, nil, []any{good, first}, 1, nothing},
		"good, own chosen":        {joined, own, []any{first, good}, 1, nothing},
		"good, unknown":           {own, nil, []any{first, good}, 1, absent},
		"another's, one root":     {one, nil, []any{first, about}, 0, ""},
		"another's, joined":       {joined, nil, []any{first, about}, 0, ""},
		"another's, reversed":     {reversed, nil, []any{about, first}, 0, ""},
		"another's, own chosen":   {joined, own, []any{first, about}, 0, ""},
		"another's, unknown":      {own, nil, []any{first, about}, 1, absent},
		"forged, one root":        {one, nil, []any{first, forged}, 0, ""},
		"forged, joined":          {joined, nil, []any{first, forged}, 0, ""},
		"good and forged, joined": {joined, nil, []any{first, good, forged}, 0, ""},
		"the other's alone":       {joined, nil, []any{good}, 0, ""},
		"an unknown one alone":    {own, nil, []any{good}, 0, ""},
	} {
		bundle := rootWith(t, e.Bundle, func(b map[string]any) { b["verificationMaterial"].(map[string]any)["tlogEntries"] = test.entries })
		trust := testkeys.Without(testkeys.Without(p.trust, "certificate"), "trusted-root")
		if test.chosen != nil {
			trust = testkeys.With(trust, "trusted-root", test.chosen)
		}
		got, err := verifyAll(cosign.Algorithm{TrustedRoot: parseRoot(t, test.root)}, trust, bundle, p.artifact)
		if test.logged == 0 {
			if !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrInvalid)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := slices.Concat(got.Notes, got.NotChecked)
		if len(got.LogEntries) != test.logged || test.says != "" && !slices.ContainsFunc(said, contains(test.says)) ||
			test.says != absent && slices.ContainsFunc(said, contains(absent)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestPairOfWeakCopy: a pair's entry is asked of the log that there is, and
// demanded where the table chose the copy without.
func TestPairOfWeakCopy(t *testing.T) {
	p := newSignedPair(t)
	own, weak := trustedRoot(t, p.fulcio, p.rekor), trustedRoot(t, p.fulcio)
	trust := testkeys.Without(p.trust, "trusted-root")
	for _, order := range [][][]byte{{own, weak}, {weak, own}} {
		a := cosign.Algorithm{TrustedRoot: parseRoot(t, bytes.Join(order, []byte("\n")))}
		if e, err := p.store.judge(a, trust, p.signature, p.artifact); err != nil || len(e.LogEntries) != 1 {
			t.Errorf("%v", err)
		}
		if _, err := p.store.judge(a, testkeys.With(trust, "trusted-root", weak), p.signature, p.artifact); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("the weak one chosen: got %v, want %v", err, algorithm.ErrUnsupported)
		}
	}
}
