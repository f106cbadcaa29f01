package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// greedy is a family that wants many documents.
type greedy struct {
	fake
	before, after int // how many
	optional      bool
	role          string
	url           string // of each, with its number
	err           error  // of Documents
}

func (g greedy) Key(algorithm.Trust) (algorithm.Key, error) { return greedyKey{g}, nil }

type greedyKey struct{ greedy }

func (greedyKey) IDs() []string { return nil }

func (k greedyKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) {
	return &greedyVerifier{greedy: k.greedy}, nil
}

type greedyVerifier struct {
	greedy
	asked, took int
}

func (v *greedyVerifier) Documents(...algorithm.Digest) ([]algorithm.Document, error) {
	n := v.before
	if v.asked++; v.asked > 1 {
		n = v.after
	}
	var documents []algorithm.Document
	for i := range n {
		documents = append(documents, algorithm.Document{Role: v.role, URL: fmt.Sprintf(v.url, i), Optional: v.optional})
	}
	return documents, v.err
}

// Take wants one at least, as of optional ones there may be.
func (v *greedyVerifier) Take(_ context.Context, documents []algorithm.Fetched) error {
	refused := &algorithm.RefusedError{What: "documents"}
	for i, d := range documents {
		switch want := fmt.Sprint("document ", i); {
		case d.Err != nil && !v.optional:
			return errors.New("an error of what isn't optional")
		case d.Err != nil && len(documents) == 1:
			return d.Err
		case d.Err != nil:
			refused.Causes = append(refused.Causes, d.Err)
		case string(d.Text) != want:
			return fmt.Errorf("%w: %q, not %q", algorithm.ErrInvalid, d.Text, want)
		}
	}
	if len(documents) == len(refused.Causes) {
		return refused
	}
	v.took += len(documents)
	return nil
}

func (v *greedyVerifier) Write(p []byte) (int, error) { return len(p), nil }

func (v *greedyVerifier) Verify() (*algorithm.Evidence, error) {
	if v.took != v.before+v.after {
		return nil, fmt.Errorf("%w: %d documents", algorithm.ErrInvalid, v.took)
	}
	return &algorithm.Evidence{KeyID: "greedy"}, nil
}

// TestDocumentCaps: a family gets the documents that it names, in their order,
// and at most 32 at a time, which are four times as large as one may be at most;
// of more none is fetched.
func TestDocumentCaps(t *testing.T) {
	boom := fmt.Errorf("%w: boom", algorithm.ErrMalformed)
	const url, limit = "https://example.com/d%d", 1 << 10
	for _, tt := range []struct {
		name  string
		g     greedy
		asked int // documents
		want  error
		says  string
	}{
		{"none", greedy{url: url}, 0, nil, ""},
		{"most", greedy{before: 32, after: 32, url: url, role: "paper"}, 64, nil, ""},
		{"too many before", greedy{before: 33, url: url}, 0, algorithm.ErrTooLarge, "more than 32"},
		{"too many after", greedy{before: 1, after: 33, url: url}, 1, algorithm.ErrTooLarge, "more than 32"},
		{"as large as may be", greedy{before: 4, url: "https://example.com/large%d"}, 4, algorithm.ErrInvalid, "document 0"},
		{"too large together", greedy{before: 6, url: "https://example.com/large%d"}, 5, algorithm.ErrTooLarge, "in all"},
		{"can't say", greedy{before: 1, url: url, err: boom}, 0, boom, "boom"},
		{"http", greedy{before: 1, url: "http://example.com/d%d", role: "paper"}, 0, ErrURL, "paper: "},
		{"no URL", greedy{after: 1, url: "d%d", role: "paper"}, 0, ErrURL, "paper: "},
		{"absent", greedy{before: 1, url: "https://example.com/none%d", role: "paper"}, 1, ErrMissing, "paper: "},
		{"absent of several", greedy{before: 2, url: "https://example.com/one%d", role: "paper"}, 1, ErrMissing, "paper: "},
		{"optional, one absent", greedy{before: 2, url: "https://example.com/one%d", role: "paper", optional: true}, 2, nil, ""},
		{"optional, one after another over the limit", greedy{before: 2, url: "https://example.com/over%d", role: "paper", optional: true}, 2, nil, ""},
		{"optional, absent alone", greedy{before: 1, url: "https://example.com/none%d", role: "paper", optional: true}, 1, ErrMissing, "/none0: paper: missing"},
		{"optional, all absent", greedy{before: 2, url: "https://example.com/none%d", role: "paper", optional: true}, 2, ErrMissing, "none of 2 documents counts: 1–2: paper: missing"},
		{"optional, over all room", greedy{before: 8, url: "https://example.com/huge%d", role: "paper", optional: true}, 5, algorithm.ErrTooLarge, "5–8: too large: documents of over"},
		{"optional, too many", greedy{before: 33, url: url, optional: true}, 0, algorithm.ErrTooLarge, "more than 32"},
		{"optional, http", greedy{before: 1, url: "http://example.com/d%d", role: "paper", optional: true}, 0, ErrURL, "paper: "},
	} {
		s := &served{files: map[string]string{"sig": "x"}}
		for i := range 6 {
			s.files[fmt.Sprint("large", i)] = strings.Repeat("x", limit)
		}
		for i := range 8 {
			s.files[fmt.Sprint("huge", i)] = strings.Repeat("x", limit+1)
		}
		s.files["one1"], s.files["over0"], s.files["over1"] = "document 1", s.files["huge0"], "document 1"
		for i := range 40 {
			s.files[fmt.Sprint("d", i)] = fmt.Sprint("document ", i)
		}
		at, err := newLocation("https://example.com/sig", nil)
		if err != nil {
			t.Fatal(err)
		}
		plan := planOf(t, &signatureCheck{family: tt.g, at: at, trust: &trust{parsed: greedyKey{tt.g}}}, s)
		plan.v.maxDocument = limit
		report, err := finished(t, plan)
		var typed *Error
		switch {
		case tt.want == nil && (err != nil || report.Evidence.KeyID != "greedy"):
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != nil && (!errors.Is(err, tt.want) || !errors.As(err, &typed) || typed.Stage != stageSignature || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		asked := s.asked[1:] // the signature is the first
		if len(asked) != tt.asked {
			t.Errorf("%s: asked for %q", tt.name, asked)
		}
		for i, name := range asked {
			if tt.name == "most" && name != fmt.Sprint("paper d", i%32) {
				t.Errorf("asked for %q", asked)
			}
		}
	}
}

// TestOptionalEnds: the caller's end is final whatever is optional, and that of
// the time for all documents is the reason of those that weren't had by then.
func TestOptionalEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		within time.Duration
		good   int // the document that doesn't hang
		after  int // are wanted after the bytes, which all of them are or none
		reason string
	}{
		{"good before one that hangs", time.Hour, 0, 0, ""},
		{"all hang", time.Hour, -1, 0, "unreachable"},
		{"the caller's end", time.Minute, 0, 0, "cancelled"},
		{"good before one that hangs, after the bytes", time.Hour, 0, 3, ""},
		{"all hang, after the bytes", time.Hour, -1, 3, "unreachable"},
		{"the caller's end, after the bytes", time.Minute, 0, 3, "cancelled"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int32 // a fetch that is given up goes on
			f := fetchFunc(func(ctx context.Context, url string) (io.ReadCloser, error) {
				asked.Add(1)
				if strings.HasSuffix(url, fmt.Sprint("/d", tt.good)) {
					time.Sleep(time.Second)
					return io.NopCloser(strings.NewReader(fmt.Sprint("document ", tt.good))), nil
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})
			g := greedy{fake: fake{"greedy"}, before: 3 - tt.after, after: tt.after, url: "https://example.com/d%d", role: "paper", optional: true}
			ctx, cancel := context.WithTimeout(t.Context(), tt.within)
			defer cancel()
			v, err := New(Config{Algorithms: []algorithm.Algorithm{g}, Fetcher: f})
			if err != nil {
				t.Fatal(err)
			}
			plan := &Plan{v: v, status: Verified, check: &signatureCheck{family: g, given: []byte("x"), trust: &trust{parsed: greedyKey{g}}}}
			r, err := plan.Open(ctx, strings.NewReader(data))
			if err == nil {
				_, err = r.Finish()
			}
			if Reason(err) != tt.reason || asked.Load() > 2 {
				t.Errorf("%s: %q after %d documents: %v", tt.name, Reason(err), asked.Load(), err)
			}
		})
	}
}

// TestFetchCap: what one verdict may fetch is bounded, whatever the checks are,
// and in manifests too.
func TestFetchCap(t *testing.T) {
	const manifests = 2 * 10 // each takes the manifest and its signature
	sums := sumOf(data) + "  tool\n"
	s := &served{files: map[string]string{"a": signedBy("A", data), "sums": sums, "sums.sig": signedBy("A", sums)}}
	for i := range 2 * maxFetches { // a signature is asked for once, whoever wants it
		s.files[fmt.Sprint("a", i)] = signedBy("A", data)
		s.files[fmt.Sprint("sums.sig", i)] = signedBy("A", sums)
	}
	checks := func(n int) check {
		var all allOf
		for i := range manifests / 2 {
			at, err := newLocation("https://example.com/sums", nil)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &manifestCheck{at: at, name: "tool", cover: detached{leaf(t, "bytes", fmt.Sprint("sums.sig", i), "A")}})
		}
		for len(all) < n-manifests/2 {
			all = append(all, leaf(t, "digests", fmt.Sprint("a", len(all)), "A"))
		}
		return all
	}
	if report, err := judged(t, checks(maxFetches), s); err != nil || len(report.Others) != maxFetches-manifests/2-1 {
		t.Errorf("%d documents: %v", maxFetches, err)
	}
	if len(s.asked) != maxFetches {
		t.Errorf("asked %d times", len(s.asked))
	}
	s.asked = nil
	_, err := judged(t, checks(maxFetches+1), s)
	var typed *Error
	if !errors.Is(err, algorithm.ErrTooLarge) || !errors.As(err, &typed) || typed.Stage != stageSignature || len(s.asked) != maxFetches {
		t.Errorf("%v after %d documents", err, len(s.asked))
	}
	// Each carrying-out has a budget of its own.
	s.asked = nil
	plan := planOf(t, leaf(t, "digests", "a", "A"), s)
	for range maxFetches + 1 {
		r, err := plan.Open(t.Context(), strings.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Finish(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPinnedTwice: what was read of a URL is had again, and not for another digest;
// nor is what has a digest had of another URL.
func TestPinnedTwice(t *testing.T) {
	const doc, other = "https://example.com/doc", "https://example.com/other"
	source := func(url, sum string) map[string]any { return map[string]any{"url": url, "sha256": sum} }
	for _, tt := range []struct {
		name         string
		key, charter map[string]any
		want         error
		asked        []string
		files        map[string]string
	}{
		{"the same", source(doc, sumOf("A")), source(doc, sumOf("A")), nil, []string{"key doc"}, nil},
		{"another digest", source(doc, sumOf("A")), source(doc, sumOf("B")), ErrChanged, []string{"key doc", "key doc"}, nil},
		{"another URL", source(doc, sumOf("A")), source(other, sumOf("A")), ErrMissing, []string{"key doc", "key other"}, nil},
		{"both are there", source(doc, sumOf("A")), source(other, sumOf("B")), nil, []string{"key doc", "key other"}, map[string]string{"other": "B"}},
	} {
		s := &served{files: map[string]string{"doc": "A"}}
		maps.Copy(s.files, tt.files)
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}, Fetcher: s})
		if err != nil {
			t.Fatal(err)
		}
		table, err := metadata.NewSigning(map[string]any{"algorithm": "content", "pubkey": tt.key, "charter": tt.charter})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(Artifact{Name: "tool", Signature: []byte(signedBy("A", data))}, table)
		if err != nil {
			t.Fatal(err)
		}
		var typed *Error
		if _, err = finished(t, plan); !errors.Is(err, tt.want) || err != nil && (!errors.As(err, &typed) || typed.Stage != stageKey) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if !slices.Equal(s.asked, tt.asked) {
			t.Errorf("%s: asked for %q", tt.name, s.asked)
		}
	}
}

// TestLargestDocument: four times the largest limit is no number, and no limit.
func TestLargestDocument(t *testing.T) {
	g := greedy{fake: fake{"greedy"}, before: 1, after: 1, url: "https://example.com/d%d"}
	plan := planOf(t, &signatureCheck{family: g, given: []byte("x"), trust: &trust{parsed: greedyKey{g}}}, &served{files: map[string]string{"d0": "document 0"}})
	for _, limit := range []int64{math.MaxInt64, math.MaxInt64 / 2, math.MaxInt64/4 + 1} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{g}, Fetcher: plan.v.fetcher, MaxDocument: limit})
		if err != nil {
			t.Fatal(err)
		}
		plan.v = v
		if _, err := finished(t, plan); err != nil {
			t.Errorf("a limit of %d: %v", limit, err)
		}
	}
}

// A naming family wants a document that the artifact's digest names.
type naming struct{ fake }

func (naming) Key(algorithm.Trust) (algorithm.Key, error) { return namingKey{}, nil }

type namingKey struct{}

func (namingKey) IDs() []string { return nil }

func (namingKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) {
	return &namingVerifier{}, nil
}

type namingVerifier struct {
	greedyVerifier
	got string
}

func (*namingVerifier) Hashes() []crypto.Hash { return []crypto.Hash{crypto.SHA256} }

func (*namingVerifier) Documents(digests ...algorithm.Digest) (documents []algorithm.Document, err error) {
	for _, d := range digests {
		documents = append(documents, algorithm.Document{Role: "entry", URL: "https://example.com/" + d.Hex()})
	}
	return documents, nil
}

func (v *namingVerifier) Take(_ context.Context, documents []algorithm.Fetched) error {
	v.got = string(documents[0].Text)
	return documents[0].Err
}

func (v *namingVerifier) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	if v.got != "entry" {
		return nil, fmt.Errorf("%w: no entry", algorithm.ErrInvalid)
	}
	return &algorithm.Evidence{KeyID: "naming"}, nil
}

// TestDocumentsByDigest: after the bytes a family is told their digests, by which it
// names what it wants then, and before them none.
func TestDocumentsByDigest(t *testing.T) {
	for artifact, want := range map[string]error{data: nil, "else": ErrMissing} {
		s := &served{files: map[string]string{sumOf(artifact): "entry"}}
		plan := planOf(t, &signatureCheck{family: naming{}, given: []byte("x"), trust: &trust{parsed: namingKey{}}}, s)
		if _, err := finished(t, plan); !errors.Is(err, want) || !slices.Equal(s.asked, []string{"entry " + sumOf(data)}) {
			t.Errorf("%q: %v after %q", artifact, err, s.asked)
		}
	}
}

// TestPinnedContent: a key, or another document, that the table names by URL
// and digest is fetched when it is needed, and nothing else will do.
func TestPinnedContent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		sum   string
		want  error
	}{
		{"good", map[string]string{"doc": "A"}, sumOf("A"), nil},
		{"good, in capitals", map[string]string{"doc": "A"}, strings.ToUpper(sumOf("A")), nil},
		{"changed", map[string]string{"doc": "B"}, sumOf("A"), ErrChanged},
		{"another digit at the end", map[string]string{"doc": "A"}, sumOf("A")[:63] + "0", ErrChanged},
		{"another digit at the begin", map[string]string{"doc": "A"}, "0" + sumOf("A")[1:], ErrChanged},
		{"with something behind it", map[string]string{"doc": "A\n"}, sumOf("A"), ErrChanged},
		{"empty", map[string]string{"doc": ""}, sumOf("A"), ErrChanged},
		{"absent", nil, sumOf("A"), ErrMissing},
		{"too large", map[string]string{"doc": strings.Repeat("A", 101)}, sumOf(strings.Repeat("A", 101)), algorithm.ErrTooLarge},
	} {
		source := map[string]any{"url": "https://example.com/doc", "sha256": tt.sum}
		for key, where := range map[string]any{"pubkey": source, "keys": []any{"X", source}, "charter": source} {
			s := &served{files: tt.files}
			v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}, Fetcher: s, MaxDocument: 100})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(Artifact{Name: "tool", Signature: []byte(signedBy("A", data))}, charterTable(t, key, where))
			if err != nil {
				t.Fatalf("%s: %s: %v", tt.name, key, err)
			}
			if len(s.asked) > 0 {
				t.Errorf("planning asked for %q", s.asked)
			}
			if !strings.Contains(plan.String(), "https://example.com/doc\n") {
				t.Errorf("%s isn't told:\n%s", key, plan)
			}
			var report *Report
			r, err := plan.Open(t.Context(), strings.NewReader(data))
			if err == nil {
				report, err = r.Finish()
			}
			if len(s.asked) != 1 || s.asked[0] != "key doc" {
				t.Errorf("%s: %s: asked for %q", tt.name, key, s.asked)
			}
			var typed *Error
			switch {
			case tt.want == nil:
				if err != nil || report.Status != Verified {
					t.Errorf("%s: %s: %v", tt.name, key, err)
				}
			case !errors.Is(err, tt.want) || !errors.As(err, &typed) || typed.Stage != stageKey || typed.URL != "https://example.com/doc":
				t.Errorf("%s: %s: %v, want %v", tt.name, key, err, tt.want)
			}
		}
	}
}

// TestNoFetcher: a program without a network is told while planning that one
// would be needed, where the table says so; and what needs none goes on.
func TestNoFetcher(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}})
	if err != nil {
		t.Fatal(err)
	}
	source := map[string]any{"url": "https://example.com/doc", "sha256": sumOf("A")}
	signature := []byte(signedBy("A", data))
	for _, tt := range []struct {
		name     string
		artifact Artifact
		key      string
		source   any
		at       string // the key that the error names; "" for no error
	}{
		{"signature", Artifact{URL: "https://example.com/tool"}, "pubkey", "A", "file"},
		{"signature elsewhere", Artifact{}, "file", "https://example.com/sig", "file"},
		{"key", Artifact{Signature: signature}, "pubkey", source, "pubkey"},
		{"second key", Artifact{Signature: signature}, "keys", []any{"B", source}, "keys[1]"},
		{"document", Artifact{Signature: signature}, "charter", source, "charter"},
		{"nothing", Artifact{Signature: signature}, "pubkey", "A", ""},
		{"nothing, with a URL", Artifact{Signature: signature, URL: "https://example.com/tool"}, "pubkey", "A", ""},
	} {
		plan, err := v.Plan(tt.artifact, charterTable(t, tt.key, tt.source))
		var typed *Error
		var table *metadata.Error
		switch {
		case tt.at == "":
			if err != nil {
				t.Fatal(err)
			}
			r, err := plan.Open(t.Context(), strings.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if report, err := r.Finish(); err != nil || report.Status != Verified {
				t.Errorf("%s: %v", tt.name, err)
			}
			if tt.artifact.URL == "" {
				continue
			}
			_, err = plan.Open(t.Context(), nil)
			if !errors.Is(err, ErrNoFetcher) || !errors.As(err, &typed) || typed.Stage != stageArtifact || Reason(err) != "no-network" {
				t.Errorf("%s, to be fetched: %v", tt.name, err)
			}
			_, err = plan.Download(t.Context(), t.TempDir()+"/tool")
			if !errors.Is(err, ErrNoFetcher) || !errors.As(err, &typed) || typed.Stage != stageArtifact || ExitCode(err) != exitFetch {
				t.Errorf("%s, to be downloaded: %v", tt.name, err)
			}
		case !errors.Is(err, ErrNoFetcher) || !errors.As(err, &typed) || typed.Stage != stagePlan || !errors.As(err, &table) || table.Key != tt.at || errors.Is(err, ErrUnreachable):
			t.Errorf("%s: %+v: %v", tt.name, table, err)
		}
	}
	// Nor is one needed where nothing is declared or checked.
	for _, policy := range []Policy{IfDeclared, InsecureSkip} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"content"}}, Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(Artifact{URL: "https://example.com/tool"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := plan.Open(t.Context(), strings.NewReader(data)); err != nil {
			t.Error(err)
		} else if _, err := r.Finish(); err != nil {
			t.Error(err)
		}
		if _, err := plan.Download(t.Context(), t.TempDir()+"/tool"); !errors.Is(err, ErrNoFetcher) {
			t.Errorf("%v: %v", policy, err)
		}
	}
}

// TestLateFetchIsNoTransfer: the time that a signature takes after the bytes
// isn't the artifact's.
func TestLateFetchIsNoTransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fetchFunc(func(_ context.Context, url string) (io.ReadCloser, error) {
			if strings.HasSuffix(url, ".sig") {
				time.Sleep(time.Minute)
				return io.NopCloser(strings.NewReader(signedBy("A", data))), nil
			}
			return io.NopCloser(strings.NewReader(data)), nil
		})
		v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"digests"}}, Fetcher: f, MaxTransfer: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		plan := &Plan{v: v, status: Verified, check: leaf(t, "digests", "{ sha256 }.sig", "A"), artifact: Artifact{URL: "https://example.com/tool"}}
		r, err := plan.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if report, err := r.Finish(); err != nil || report.Status != Verified {
			t.Errorf("%v", err)
		}
	})
}
