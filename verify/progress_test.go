package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// stages are the stages of events, each once where it repeats.
func stages(events []verify.Progress) string {
	var all []string
	for _, e := range events {
		if len(all) == 0 || all[len(all)-1] != e.Stage {
			all = append(all, e.Stage)
		}
	}
	return strings.Join(all, " ")
}

// TestProgress: every way to carry out a plan tells its stages, and all of the
// bytes at the end.
func TestProgress(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(700 << 10)
	var events []verify.Progress
	f := &tape{artifact: data, signature: key.SignBytes(data, comment)}
	v := newVerifier(t, verify.Config{Fetcher: f, Progress: func(p verify.Progress) { events = append(events, p) }})
	plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	d := newDestination(t)
	file := filepath.Join(t.TempDir(), "tool.tgz")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	src := func() io.Reader { return struct{ io.Reader }{strings.NewReader(string(data))} }
	for name, tt := range map[string]struct {
		do    func() error
		want  string
		total int64 // before the end
	}{
		"Download": {func() error { _, err := plan.Download(t.Context(), d.name); return err }, "signature artifact verdict place", int64(len(data))},
		"Save":     {func() error { _, err := plan.Save(t.Context(), src(), d.name); return err }, "signature artifact verdict place", -1},
		"File":     {func() error { _, err := plan.File(t.Context(), file); return err }, "signature artifact verdict", int64(len(data))},
		"Open": {func() error {
			r, err := plan.Open(t.Context(), src())
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			return errors.Join(err, r.Close())
		}, "signature artifact verdict", -1},
	} {
		events = nil
		if err := tt.do(); err != nil {
			t.Fatal(err)
		}
		if got := stages(events); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
		var last verify.Progress
		for _, e := range events {
			want := "https://example.com/tool.tgz"
			if e.Stage == "signature" {
				want += ".sig"
			}
			if e.Of != want || e.Stage == last.Stage && e.Bytes < last.Bytes {
				t.Errorf("%s: %+v", name, e)
			}
			if e.Stage == "artifact" && e.Total != tt.total || e.Stage == "verdict" && (e.Bytes != int64(len(data)) || e.Total != e.Bytes) {
				t.Errorf("%s: %+v", name, e)
			}
			if e.Stage == "verdict" && last.Bytes != int64(len(data)) {
				t.Errorf("%s: the last of the bytes was %+v", name, last)
			}
			last = e
		}
	}
}

// TestProgressIsCheap: some ten events a second whatever the reads, and a rate
// that follows what is going on. Kept bytes are no speed.
func TestProgressIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := testkeys.NewMinisign(t)
		data := noise(20000)
		var events []verify.Progress
		v := newVerifier(t, verify.Config{Progress: func(p verify.Progress) { events = append(events, p) }})
		plan, err := v.Plan(verify.Artifact{Name: "tool.tgz", Signature: key.SignBytes(data, comment)}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		start := time.Now()
		_, err = plan.Save(t.Context(), readerFunc(func(p []byte) (int, error) {
			if at == len(data) {
				return 0, io.EOF
			}
			time.Sleep(time.Millisecond) // 1000 bytes a second, and then 100
			if at >= len(data)/2 {
				time.Sleep(9 * time.Millisecond)
			}
			at++
			return copy(p, data[at-1:at]), nil
		}), filepath.Join(t.TempDir(), "tool.tgz"))
		if err != nil {
			t.Fatal(err)
		}
		if most := int(time.Since(start)/(100*time.Millisecond)) + 4; len(events) > most || len(events) < most/2 {
			t.Errorf("%d events in %v", len(events), time.Since(start))
		}
		for _, e := range events {
			if e.Stage == "artifact" && (e.Bytes == 9000 && (e.Rate < 950 || e.Rate > 1050) || e.Bytes == 20000 && (e.Rate < 95 || e.Rate > 120)) {
				t.Errorf("%+v", e)
			}
		}
	})
}

// TestProgressFromItsGoroutine: the callback is called by who called, and not
// after that has ended, also where a Read was given up.
func TestProgressFromItsGoroutine(t *testing.T) {
	key := testkeys.NewMinisign(t)
	var calls int // no lock: the race detector looks
	v := newVerifier(t, verify.Config{Progress: func(verify.Progress) { calls++ }})
	plan, err := v.Plan(verify.Artifact{Name: "tool.tgz", Signature: key.SignBytes([]byte("x"), comment)}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	_, err = plan.Save(ctx, readerFunc(func([]byte) (int, error) {
		cancel()
		<-release
		return 1, nil
	}), filepath.Join(t.TempDir(), "tool.tgz"))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	told := calls
	close(release)
	time.Sleep(10 * time.Millisecond)
	if calls != told {
		t.Error("called after the end")
	}
}

// TestProgressOfKept: kept bytes count as there, and not as speed.
func TestProgressOfKept(t *testing.T) {
	keeps(t)
	data := noise(1 << 20)
	var events []verify.Progress
	f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{1 << 19}, err: verify.ErrUnreachable}
	plan := taped(t, f, verify.Config{Resume: true, Progress: func(p verify.Progress) { events = append(events, p) }})
	d := newDestination(t)
	if _, err := plan.Download(t.Context(), d.name); err == nil {
		t.Fatal("no error")
	}
	events = nil
	if _, err := plan.Download(t.Context(), d.name); err != nil {
		t.Fatal(err)
	}
	if end := events[len(events)-1]; end.Stage != "place" || end.Bytes != 1<<20 {
		t.Errorf("%+v", events)
	}
}

// TestProgressJSON: one line, whatever a table says.
func TestProgressJSON(t *testing.T) {
	text, err := json.Marshal(verify.Progress{Stage: "artifact", Of: "a\x1b[2J\u202e\u009b\nb", Bytes: 1, Total: -1, Rate: 2.5})
	if err != nil || strings.ContainsAny(string(text), "\x1b\u202e\u009b\n") {
		t.Errorf("%q, %v", text, err)
	}
	var back struct {
		Stage, Of    string
		Bytes, Total int64
		Rate         float64
	}
	if err := json.Unmarshal(text, &back); err != nil || back.Of != "a\x1b[2J\u202e\u009b\nb" || back.Total != -1 || back.Rate != 2.5 {
		t.Errorf("%+v, %v", back, err)
	}
}

// local is a fetcher for file: URLs.
type local struct{ verify.Fetcher }

func (local) CheckURL(raw string) error {
	if strings.HasPrefix(raw, "file:///") || strings.HasPrefix(raw, "https://") {
		return nil
	}
	return errors.New("neither a file nor https")
}

// TestURLChecker: a Fetcher says which URLs it takes, of the artifact, the
// signature, the manifest and the keys; without its word https alone is taken.
func TestURLChecker(t *testing.T) {
	for name, tt := range map[string]struct {
		url, table string
		fetcher    verify.Fetcher
		want       error
	}{
		"artifact":              {"file:///x/tool.tgz", "", local{}, nil},
		"artifact, no":          {"ftp://x/tool.tgz", "", local{}, verify.ErrURL},
		"artifact, https alone": {"file:///x/tool.tgz", "", noFetch{t}, verify.ErrURL},
		"signature":             {"https://x/tool.tgz", "file = \"file:///y.sig\"", local{}, nil},
		"signature, no":         {"https://x/tool.tgz", "file = \"ftp://y/y.sig\"", local{}, verify.ErrURL},
		"signature, https":      {"https://x/tool.tgz", "file = \"file:///y.sig\"", noFetch{t}, verify.ErrURL},
		"manifest":              {"https://x/tool.tgz", "checksums = \"file:///SUMS\"", local{}, nil},
		"manifest, no":          {"https://x/tool.tgz", "checksums = \"ftp://y/SUMS\"", local{}, verify.ErrURL},
		"manifest, https":       {"https://x/tool.tgz", "checksums = \"file:///SUMS\"", noFetch{t}, verify.ErrURL},
	} {
		v := newVerifier(t, verify.Config{Fetcher: tt.fetcher})
		_, err := v.Plan(verify.Artifact{URL: tt.url}, declared(t, "algorithm = \"minisign\"\npubkey = \""+testkeys.NewMinisign(t).PublicKey()+"\"\n"+tt.table+"\n"))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestURLCheckerOfFamilies: a URL that a family names is asked about, too.
func TestURLCheckerOfFamilies(t *testing.T) {
	for scheme, want := range map[string]error{"file:///log": nil, "ftp://x/log": verify.ErrURL} {
		v := newVerifier(t, verify.Config{Fetcher: local{}, Algorithms: []algorithm.Algorithm{withURL{}}})
		_, err := v.Plan(verify.Artifact{URL: "https://x/tool.tgz"}, declared(t, "algorithm = \"withurl\"\npubkey = \"x\"\nlog = \""+scheme+"\"\n"))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

// withURL is a family with a URL in its table.
type withURL struct{}

func (withURL) Name() string { return "withurl" }

func (withURL) Fields() []algorithm.Field {
	return []algorithm.Field{{Name: "log", Kind: algorithm.URL}}
}

func (withURL) Key(algorithm.Trust) (algorithm.Key, error) { return urlKey{}, nil }

type urlKey struct{ algorithm.Key }

func (urlKey) IDs() []string { return nil }
