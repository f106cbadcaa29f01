package verify

import (
	"context"
	"crypto"
	_ "crypto/md5"  // to be refused
	_ "crypto/sha1" // to be refused
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// TestDigestsOfConfig: the report has the digests that the program asks for,
// and else those that the verdict rests on.
func TestDigestsOfConfig(t *testing.T) {
	for _, tt := range []struct {
		family string
		asked  []crypto.Hash
		want   string
	}{
		{"bytes", nil, ""},
		{"bytes", []crypto.Hash{crypto.SHA256}, "sha256"},
		{"bytes", []crypto.Hash{crypto.SHA512, crypto.SHA384, crypto.SHA256}, "sha256 sha384 sha512"},
		{"bytes", []crypto.Hash{crypto.SHA256, crypto.SHA256, crypto.SHA256}, "sha256"},
		{"digests", nil, "sha256"},
		{"digests", []crypto.Hash{crypto.SHA256}, "sha256"},
		{"digests", []crypto.Hash{crypto.SHA512}, "sha256 sha512"},
	} {
		s := &served{files: map[string]string{"a": signedBy("A", data), "bad": signedBy("A", "else")}}
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: s, Digests: tt.asked})
		if err != nil {
			t.Fatal(err)
		}
		finish := func(file string) (*Report, error) {
			p := &Plan{v: v, status: Verified, check: leaf(t, tt.family, file, "A"), artifact: Artifact{Name: "tool"}}
			r, err := p.Open(t.Context(), strings.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			return r.Finish()
		}
		report, err := finish("a")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(report.Digests)), " "); got != tt.want {
			t.Errorf("%s, %v: %s, want %s", tt.family, tt.asked, got, tt.want)
		}
		for name, sum := range report.Digests {
			if name == "sha256" && sum != sumOf(data) {
				t.Errorf("SHA-256 %s", sum)
			}
			if _, err := algorithm.ParseDigest(name + ":" + sum); err != nil {
				t.Error(err)
			}
		}
		_, err = finish("bad")
		var typed *Error
		if !errors.Is(err, algorithm.ErrInvalid) || !errors.As(err, &typed) || !maps.Equal(typed.Digests, report.Digests) {
			t.Errorf("a refusal has %v, the report %v: %v", typed.Digests, report.Digests, err)
		}
	}
	for _, policy := range []Policy{IfDeclared, InsecureSkip} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Policy: policy, Digests: []crypto.Hash{crypto.SHA256}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Plan(Artifact{Name: "tool"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Open(t.Context(), strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := r.Finish(); err != nil || report.Digests["sha256"] != sumOf(data) {
			t.Errorf("%v: %v, %v", policy, report, err)
		}
	}
}

// TestUnknownHashes: a hash that no digest can be by is refused, by the program
// at once, and by a family when it asks.
func TestUnknownHashes(t *testing.T) {
	for _, h := range []crypto.Hash{0, crypto.MD5, crypto.SHA1, crypto.SHA224, crypto.SHA512_256, crypto.SHA3_256, 1000} {
		_, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Digests: []crypto.Hash{crypto.SHA256, h}})
		if !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("%d: %v", h, err)
		}
		s := &served{files: map[string]string{"a": signedBy("A", data)}}
		_, err = judged(t, hashing{leaf(t, "bytes", "a", "A"), h}, s)
		var typed *Error
		if !errors.Is(err, algorithm.ErrUnsupported) || !errors.As(err, &typed) {
			t.Errorf("%d, of a family: %v", h, err)
		}
		sums := sumOf(data) + "  tool\n"
		s = &served{files: map[string]string{"sums": sums, "sums.sig": signedBy("A", sums)}}
		at, err := newLocation("https://example.com/sums", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = judged(t, &manifestCheck{at: at, name: "tool", cover: detached{hashing{leaf(t, "bytes", "sums.sig", "A"), h}}}, s)
		if !errors.Is(err, algorithm.ErrUnsupported) || !errors.As(err, &typed) || typed.Stage != stageVerdict || typed.URL != "https://example.com/sums" {
			t.Errorf("%d, of a manifest: %v", h, err)
		}
	}
}

// hashing is a check that wants one more hash.
type hashing struct {
	check check
	hash  crypto.Hash
}

func (c hashing) open(ctx context.Context, s *session) (judge, error) {
	j, err := c.check.open(ctx, s)
	return hashingJudge{j, c.hash}, err
}

func (c hashing) binds() Binding { return c.check.binds() }

func (c hashing) outline(o *outline) { c.check.outline(o) }

func (c hashing) seal(s *seal) { c.check.seal(s) }

type hashingJudge struct {
	judge
	hash crypto.Hash
}

func (j hashingJudge) wants() wants { return j.judge.wants().and(wants{hashes: []crypto.Hash{j.hash}}) }

// TestNoHashTwice: what a verifier hashes anyway is taken from there.
func TestNoHashTwice(t *testing.T) {
	summer := &fakeSummer{sum: [32]byte{1, 2, 3}}
	for _, ok := range []bool{true, false} {
		summer.ok = ok
		h, err := newHashes(wants{sinks: []io.Writer{summer}, hashes: []crypto.Hash{crypto.SHA256, crypto.SHA512}})
		if err != nil {
			t.Fatal(err)
		}
		if running := slices.ContainsFunc(h.running, func(r running) bool { return r.of == crypto.SHA256 }); running == ok || len(h.sinks()) != map[bool]int{true: 1, false: 2}[ok] {
			t.Errorf("%t: running %v", ok, h.running)
		}
		d, found := digestOf(h.digests(), crypto.SHA256)
		if !found || (d.Hex()[:6] == "010203") != ok {
			t.Errorf("%t: %v", ok, d)
		}
	}
	// One that has none in the end has no other's either.
	summer.ok = true
	h, err := newHashes(wants{sinks: []io.Writer{summer}, hashes: []crypto.Hash{crypto.SHA256}})
	summer.ok = false
	if d := h.digests(); err != nil || len(d) > 0 {
		t.Errorf("%v, %v", d, err)
	}
	for name, want := range map[string]int{"gpg-rsa3072-sha256": 1, "gpg-rsa3072-sha512": 2} {
		c := testkeys.Find(t, "openpgp", name)
		v, err := New(Config{Algorithms: []algorithm.Algorithm{gpg.Algorithm{}}, Digests: []crypto.Hash{crypto.SHA256}})
		if err != nil {
			t.Fatal(err)
		}
		table := &metadata.Signing{Algorithm: "gpg", Keys: []metadata.Source{{Inline: c.Trust.PublicKeys[0]}}}
		p, err := v.Plan(Artifact{Name: "tool", Signature: c.Signature}, table)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Open(t.Context(), strings.NewReader(string(c.Artifact)))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(r.lanes.sinks); got != want {
			t.Errorf("%s: %d hashes run", name, got)
		}
		if report, err := r.Finish(); err != nil || report.Digests["sha256"] != sumOf(string(c.Artifact)) {
			t.Errorf("%s: %v, %v", name, report, err)
		}
	}
}

type fakeSummer struct {
	fakeVerifier
	sum [32]byte
	ok  bool
}

func (s *fakeSummer) SumSHA256() ([32]byte, bool) { return s.sum, s.ok }

// TestDigestsAreNotShared: plans that run at the same time don't write into the
// configuration.
func TestDigestsAreNotShared(t *testing.T) {
	asked := make([]crypto.Hash, 0, 10)
	asked = append(asked, crypto.SHA384, crypto.SHA384, crypto.SHA384, crypto.SHA384, crypto.SHA384)
	s := map[string]string{"a": signedBy("A", data)}
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: &served{files: s}, Digests: asked})
	if err != nil {
		t.Fatal(err)
	}
	if n := cap(v.digests); n != len(asked) {
		t.Errorf("room for %d hashes more", n-len(asked))
	}
	clear(asked)
	var group sync.WaitGroup
	for range 8 {
		own := *v
		own.fetcher = &served{files: s} // which counts
		p := &Plan{v: &own, status: Verified, check: leaf(t, "digests", "a", "A"), artifact: Artifact{Name: "tool"}}
		group.Go(func() {
			r, err := p.Open(t.Context(), strings.NewReader(data))
			if err != nil {
				t.Error(err)
				return
			}
			if report, err := r.Finish(); err != nil || len(report.Digests) != 2 || report.Digests["sha384"] == "" {
				t.Errorf("%v, %v", report, err)
			}
		})
	}
	group.Wait()
}
