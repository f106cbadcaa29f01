package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A tape serves an artifact of several versions and breaks where it is told.
type tape struct {
	artifact  []byte
	signature []byte
	validator string
	ranges    bool
	cuts      []int // where the transfers break, one after the other; then none does
	err       error // of a break
	hold      bool  // a break is a silence until the context ends
	held      chan struct{}
	atEnd     bool  // it goes on there, too
	refuse    error // of the next fetches of the artifact

	asked []int64 // offsets
	sigs  int
}

func (f *tape) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if r.Role != "artifact" {
		f.sigs++
		return &verify.Response{Body: io.NopCloser(bytes.NewReader(f.signature)), Size: -1}, nil
	}
	f.asked = append(f.asked, r.Offset)
	if f.refuse != nil {
		return nil, f.refuse
	}
	if r.Offset == 0 && r.Validator != "" && r.Validator == f.validator {
		return nil, verify.ErrNotModified // as who asks so is told
	}
	resp := &verify.Response{Size: int64(len(f.artifact)), Validator: f.validator}
	if f.ranges && r.Validator == f.validator && (r.Offset < int64(len(f.artifact)) || f.atEnd) {
		resp.Offset = r.Offset
	}
	rest := f.artifact[resp.Offset:]
	var src io.Reader = bytes.NewReader(rest)
	if len(f.cuts) > 0 {
		cut := f.cuts[0]
		f.cuts = f.cuts[1:]
		src = io.MultiReader(bytes.NewReader(f.artifact[resp.Offset:cut]), readerFunc(func([]byte) (int, error) {
			if f.hold {
				if f.held != nil {
					f.held <- struct{}{}
				}
				<-ctx.Done()
				return 0, ctx.Err()
			}
			return 0, f.err
		}))
	}
	resp.Body = io.NopCloser(src)
	return resp, nil
}

// hashCounting is a family that counts what it hashes, over all verifiers.
type hashCounting struct {
	minisign.Algorithm
	bytes *int64
}

func (c hashCounting) Key(t algorithm.Trust) (algorithm.Key, error) {
	k, err := c.Algorithm.Key(t)
	return countingKey{k, c.bytes}, err
}

type countingKey struct {
	algorithm.Key
	bytes *int64
}

func (k countingKey) Verifier(ctx context.Context, signature []byte) (algorithm.Verifier, error) {
	v, err := k.Key.Verifier(ctx, signature)
	return countingVerifier{v, k.bytes}, err
}

type countingVerifier struct {
	algorithm.Verifier
	bytes *int64
}

func (v countingVerifier) Write(p []byte) (int, error) {
	*v.bytes += int64(len(p))
	return v.Verifier.Write(p)
}

// taped is a plan to download from a tape.
func taped(t *testing.T, f *tape, c verify.Config) *verify.Plan {
	t.Helper()
	key := testkeys.NewMinisign(t)
	f.signature = key.SignBytes(f.artifact, comment)
	if c.Fetcher == nil {
		c.Fetcher = f
	}
	plan, err := newVerifier(t, c).Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// hidden are the names of unverified files.
func (d destination) hidden(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(d.name) {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestResumedTooLarge: an artifact that is over the limit as a whole is refused before
// a byte of it is read, also where only the rest of it would come.
func TestResumedTooLarge(t *testing.T) {
	keeps(t)
	data := noise(100 << 10)
	for limit, want := range map[int64]error{int64(len(data)): nil, int64(len(data)) - 1: algorithm.ErrTooLarge, 60 << 10: algorithm.ErrTooLarge} {
		d := newDestination(t)
		first := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{50 << 10}, err: io.ErrUnexpectedEOF}
		_, err := taped(t, first, verify.Config{Resume: true}).Download(t.Context(), d.name)
		wantError(t, err, "artifact", verify.ErrUnreachable)
		var hashed int64
		second := &tape{artifact: data, validator: `"v1"`, ranges: true}
		plan := taped(t, second, verify.Config{Algorithms: []algorithm.Algorithm{hashCounting{bytes: &hashed}}, Resume: true, MaxArtifact: limit})
		_, err = plan.Download(t.Context(), d.name)
		if len(second.asked) != 1 || second.asked[0] == 0 {
			t.Errorf("asked for %v", second.asked)
		}
		if want == nil {
			if err != nil || hashed != int64(len(data)) {
				t.Errorf("%v after %d bytes", err, hashed)
			}
			continue
		}
		wantError(t, err, "artifact", want)
		if hashed != 0 {
			t.Errorf("a limit of %d: refused after %d bytes", limit, hashed)
		}
	}
}

// TestDownloadRestarts: where a transfer can't be gone on with it begins anew, so
// many times, with nothing of before in the hash or in the file.
func TestDownloadRestarts(t *testing.T) {
	data := noise(300 << 10)
	for name, tt := range map[string]struct {
		breaks int
		err    error
		tries  int
		want   error
	}{
		"once":             {1, verify.ErrRestart, 2, nil},
		"three times":      {3, verify.ErrRestart, 4, nil},
		"too often":        {4, verify.ErrRestart, 4, verify.ErrUnreachable},
		"in another way":   {1, verify.ErrUnreachable, 1, verify.ErrUnreachable},
		"in a way unknown": {1, errors.New("x"), 1, verify.ErrUnreachable},
	} {
		for _, resume := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				var hashed int64
				f := &tape{artifact: data, err: tt.err, validator: `"v1"`}
				for i := range tt.breaks {
					f.cuts = append(f.cuts, 200<<10+i)
				}
				plan := taped(t, f, verify.Config{Algorithms: []algorithm.Algorithm{hashCounting{bytes: &hashed}}, Resume: resume})
				d := newDestination(t)
				_, err := plan.Download(t.Context(), d.name)
				if !errors.Is(err, tt.want) || len(f.asked) != tt.tries || f.sigs != tt.tries {
					t.Errorf("%s: %d tries, %v", name, len(f.asked), err)
				}
				if err == nil {
					d.holds(t, string(data))
				} else if kept := d.hidden(t); len(kept) != 0 && !resume {
					t.Errorf("%s: left over: %q", name, kept)
				}
				for _, offset := range f.asked {
					if offset != 0 {
						t.Errorf("%s: went on at %d", name, offset)
					}
				}
			})
		}
	}
}

// TestRestartHasItsTime: MaxTransfer is for all tries together.
func TestRestartHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &tape{artifact: noise(1000), cuts: []int{100, 100, 100, 100}, err: verify.ErrRestart}
		plan := slowed(t, &slowly{f, 40 * time.Second}, 100*time.Second)
		start := time.Now()
		_, err := plan.Download(t.Context(), newDestination(t).name)
		if took := time.Since(start); !errors.Is(err, verify.ErrUnreachable) || took < 99*time.Second || took > 105*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// slowly takes its time for each artifact.
type slowly struct {
	*tape
	pause time.Duration
}

func (s *slowly) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if r.Role == "artifact" {
		select {
		case <-time.After(s.pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.tape.Fetch(ctx, r)
}

func slowed(t *testing.T, f *slowly, longest time.Duration) *verify.Plan {
	t.Helper()
	key := testkeys.NewMinisign(t)
	f.signature = key.SignBytes(f.artifact, comment)
	plan, err := newVerifier(t, verify.Config{Fetcher: f, MaxTransfer: longest}).
		Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// keeps says whether this system can keep files.
func keeps(t *testing.T) {
	t.Helper()
	switch runtime.GOOS {
	case "darwin", "dragonfly", "freebsd", "linux", "netbsd", "openbsd", "windows":
	default:
		t.Skip("no file can be locked here")
	}
}

// TestDownloadResumes: what was kept is gone on with, and every byte of it is
// hashed.
func TestDownloadResumes(t *testing.T) {
	keeps(t)
	data := noise(1 << 20)
	for _, cut := range []int{1, 2, 4096, 500_000, len(data) - 1, len(data)} {
		var hashed int64
		f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{cut}, err: io.ErrUnexpectedEOF}
		plan := taped(t, f, verify.Config{Algorithms: []algorithm.Algorithm{hashCounting{bytes: &hashed}}, Resume: true})
		d := newDestination(t)
		_, err := plan.Download(t.Context(), d.name)
		if cut < len(data) {
			wantError(t, err, "artifact", verify.ErrUnreachable)
		}
		if kept := d.hidden(t); cut < len(data) && len(kept) != 2 {
			t.Fatalf("kept %q", kept)
		}
		if cut == len(data) { // all of it came, and only the end didn't
			continue
		}
		if got, err := os.ReadFile(d.name); err != nil || string(got) != before {
			t.Errorf("the destination is %.20q, %v", got, err)
		}
		hashed = 0
		report, err := plan.Download(t.Context(), d.name)
		if err != nil || report.Size != int64(len(data)) || hashed != int64(len(data)) {
			t.Fatalf("cut at %d: %v, hashed %d", cut, err, hashed)
		}
		if want := fmt.Sprint([]int{0, cut - 1}); fmt.Sprint(f.asked) != want {
			t.Errorf("asked for %v, want %s", f.asked, want)
		}
		d.holds(t, string(data))
	}
}

// TestDownloadKeeps: what says something against the bytes removes them, and
// what doesn't keeps them.
func TestDownloadKeeps(t *testing.T) {
	keeps(t)
	data := noise(200 << 10)
	for name, tt := range map[string]struct {
		second func(f *tape)
		want   error
		stays  bool
	}{
		"unreachable":     {func(f *tape) { f.refuse = verify.ErrUnreachable }, verify.ErrUnreachable, true},
		"TLS":             {func(f *tape) { f.refuse = verify.ErrTLS }, verify.ErrTLS, true},
		"missing":         {func(f *tape) { f.refuse = verify.ErrMissing }, verify.ErrMissing, false},
		"refused":         {func(f *tape) { f.signature = testkeys.NewMinisign(t).SignBytes(data, comment) }, algorithm.ErrWrongKey, false},
		"other bytes":     {func(f *tape) { f.artifact = append(bytes.Clone(data[:len(data)-1]), ^data[len(data)-1]) }, algorithm.ErrInvalid, false},
		"breaks again":    {func(f *tape) { f.cuts = []int{150 << 10} }, verify.ErrUnreachable, true},
		"another version": {func(f *tape) { f.validator = `"v2"` }, nil, false},
		"no validator":    {func(f *tape) { f.validator = ""; f.cuts = []int{150 << 10} }, verify.ErrUnreachable, false},
		"no ranges":       {func(f *tape) { f.ranges = false }, nil, false},
	} {
		f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{100 << 10}, err: verify.ErrUnreachable}
		plan := taped(t, f, verify.Config{Resume: true})
		d := newDestination(t)
		_, err := plan.Download(t.Context(), d.name)
		wantError(t, err, "artifact", verify.ErrUnreachable)
		tt.second(f)
		if _, err = plan.Download(t.Context(), d.name); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if kept := d.hidden(t); (len(kept) == 2) != tt.stays || !tt.stays && len(kept) > 0 {
			t.Errorf("%s: kept %q", name, kept)
		}
	}
}

// TestDownloadKeepsOnCancel: the end of the context says nothing against the
// bytes.
func TestDownloadKeepsOnCancel(t *testing.T) {
	keeps(t)
	data := noise(400 << 10)
	f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{300 << 10}, hold: true}
	plan := taped(t, f, verify.Config{Resume: true})
	d := newDestination(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := plan.Download(ctx, d.name)
	wantError(t, err, "artifact", context.DeadlineExceeded)
	if _, err := plan.Download(t.Context(), d.name); err != nil || f.asked[1] < 100<<10 {
		t.Errorf("asked for %v, %v", f.asked, err)
	}
	d.holds(t, string(data))
}

// TestDownloadKeepsNothing without being told to.
func TestDownloadKeepsNothing(t *testing.T) {
	f := &tape{artifact: noise(200 << 10), validator: `"v1"`, ranges: true, cuts: []int{100 << 10}, err: verify.ErrUnreachable}
	d := newDestination(t)
	_, err := taped(t, f, verify.Config{}).Download(t.Context(), d.name)
	wantError(t, err, "artifact", verify.ErrUnreachable)
	d.untouched(t)
}

// TestKeptIsNotTrusted: what somebody does to the kept file or to its record is
// refused by the verdict, or has the artifact come anew; never is it placed.
func TestKeptIsNotTrusted(t *testing.T) {
	keeps(t)
	data := noise(200 << 10)
	for name, tt := range map[string]struct {
		change func(t *testing.T, record, file string)
		want   error
		anew   bool
	}{
		"other bytes": {func(t *testing.T, _, file string) {
			overwrite(t, file, bytes.Repeat([]byte("x"), 100<<10))
		}, algorithm.ErrInvalid, false},
		"more bytes": {func(t *testing.T, _, file string) {
			overwrite(t, file, append(bytes.Clone(data[:150<<10]), "xx"...))
		}, algorithm.ErrInvalid, false},
		"larger than the artifact": {func(t *testing.T, _, file string) {
			overwrite(t, file, append(bytes.Clone(data), make([]byte, 1000)...))
		}, nil, true},
		"empty": {func(t *testing.T, _, file string) { overwrite(t, file, nil) }, nil, true},
		"gone": {func(t *testing.T, _, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}, nil, true},
		"an empty record": {func(t *testing.T, record, _ string) { overwrite(t, record, nil) }, nil, true},
		"a broken record": {func(t *testing.T, record, _ string) { overwrite(t, record, []byte("{")) }, nil, true},
		"a record of dst": {func(t *testing.T, record, _ string) {
			overwrite(t, record, []byte(`{"file":"tool.tgz","validator":"\"v1\""}`))
		}, nil, true},
		"a path": {func(t *testing.T, record, _ string) {
			overwrite(t, record, []byte(`{"file":"../x","validator":"\"v1\""}`))
		}, nil, true},
		"a record of no version": {func(t *testing.T, record, file string) {
			overwrite(t, record, []byte(`{"file":"`+filepath.Base(file)+`"}`))
		}, nil, true},
		"a record of self": {func(t *testing.T, record, _ string) {
			overwrite(t, record, []byte(`{"file":"`+filepath.Base(record)+`","validator":"\"v1\""}`))
		}, nil, true},
		"a second name": {func(t *testing.T, _, file string) {
			if err := os.Link(file, filepath.Join(t.TempDir(), "x")); err != nil {
				t.Skip(err)
			}
		}, nil, runtime.GOOS != "windows"},
		"open to others": {func(t *testing.T, _, file string) {
			if err := os.Chmod(file, 0o622); err != nil {
				t.Fatal(err)
			}
		}, nil, runtime.GOOS != "windows"},
		"somebody else's": {func(t *testing.T, _, file string) {
			if os.Geteuid() != 0 || os.Chown(file, 12345, 12345) != nil {
				overwrite(t, file, nil) // it can't be shown here
			}
		}, nil, true},
		"a link to the destination": {func(t *testing.T, _, file string) {
			if err := errors.Join(os.Remove(file), os.Symlink("tool.tgz", file)); err != nil {
				t.Skip(err)
			}
		}, nil, true},
	} {
		f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{100 << 10}, err: verify.ErrUnreachable}
		plan := taped(t, f, verify.Config{Resume: true})
		d := newDestination(t)
		_, err := plan.Download(t.Context(), d.name)
		wantError(t, err, "artifact", verify.ErrUnreachable)
		record, file := d.kept(t)
		if err := os.Chmod(d.name, 0o600); err != nil {
			t.Fatal(err)
		}
		tt.change(t, record, file)
		if _, err = plan.Download(t.Context(), d.name); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if anew := f.asked[len(f.asked)-1] == 0; anew != tt.anew && name != "larger than the artifact" {
			t.Errorf("%s: asked for %v", name, f.asked)
		}
		want := before
		if tt.want == nil {
			want = string(data)
		}
		if got, err := os.ReadFile(d.name); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes at the destination, %v", name, len(got), err)
		}
	}
}

// TestKeepCleans: what crashes have left goes also where bytes are kept.
func TestKeepCleans(t *testing.T) {
	keeps(t)
	d := newDestination(t)
	stale := filepath.Join(filepath.Dir(d.name), "."+filepath.Base(d.name)+".ABCDEFGHIJ27.unverified")
	old := time.Now().Add(-25 * time.Hour)
	if err := errors.Join(os.WriteFile(stale, nil, 0o600), os.Chtimes(stale, old, old)); err != nil {
		t.Fatal(err)
	}
	data := noise(100)
	if _, err := taped(t, &tape{artifact: data}, verify.Config{Resume: true}).Download(t.Context(), d.name); err != nil {
		t.Fatal(err)
	}
	d.holds(t, string(data))
	if left := d.hidden(t); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestKeptEndsWithTheArtifact: what lies beyond the judged bytes isn't placed,
// also where a Fetcher goes on at the very end.
func TestKeptEndsWithTheArtifact(t *testing.T) {
	keeps(t)
	data := noise(100 << 10)
	f := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{50 << 10}, err: verify.ErrUnreachable}
	plan := taped(t, f, verify.Config{Resume: true})
	d := newDestination(t)
	_, err := plan.Download(t.Context(), d.name)
	wantError(t, err, "artifact", verify.ErrUnreachable)
	_, file := d.kept(t)
	overwrite(t, file, append(bytes.Clone(data), 'x'))
	f.atEnd = true
	if _, err := plan.Download(t.Context(), d.name); err != nil || f.asked[1] != int64(len(data)) {
		t.Errorf("asked for %v, %v", f.asked, err)
	}
	d.holds(t, string(data))
}

// kept are the record and the file.
func (d destination) kept(t *testing.T) (record, file string) {
	t.Helper()
	names := d.hidden(t)
	if len(names) != 2 {
		t.Fatalf("kept %q", names)
	}
	record, file = filepath.Join(d.dir, names[0]), filepath.Join(d.dir, names[1])
	if text, err := os.ReadFile(record); err != nil || !strings.HasPrefix(string(text), "{") {
		record, file = file, record
	}
	return record, file
}

func overwrite(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestKeptHasOneOwner: of two at once, one has the kept file and the other begins
// anew, and both are right.
func TestKeptHasOneOwner(t *testing.T) {
	keeps(t)
	data := noise(300 << 10)
	d := newDestination(t)
	first := &tape{artifact: data, validator: `"v1"`, ranges: true, cuts: []int{200 << 10}, err: verify.ErrUnreachable}
	plan := taped(t, first, verify.Config{Resume: true})
	_, err := plan.Download(t.Context(), d.name)
	wantError(t, err, "artifact", verify.ErrUnreachable)
	first.cuts, first.hold, first.held = []int{250 << 10}, true, make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := plan.Download(ctx, d.name)
		done <- err
	}()
	<-first.held // it is at work
	second := &tape{artifact: data, validator: `"v1"`, ranges: true}
	if _, err := taped(t, second, verify.Config{Resume: true}).Download(t.Context(), d.name); err != nil || second.asked[0] != 0 {
		t.Errorf("the second: asked for %v, %v", second.asked, err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	first.hold = false
	if _, err := plan.Download(t.Context(), d.name); err != nil || first.asked[2] == 0 {
		t.Errorf("after it: asked for %v, %v", first.asked, err)
	}
	d.holds(t, string(data))
}

// TestPromisedSize: what ends early or late is a broken transfer, not a bad
// signature, and what would be too large isn't transferred.
func TestPromisedSize(t *testing.T) {
	data := noise(1000)
	for name, tt := range map[string]struct {
		size int64
		max  int64
		want error
	}{
		"right":     {1000, 0, nil},
		"unknown":   {-1, 0, nil},
		"not said":  {0, 0, nil},
		"short":     {1001, 0, verify.ErrUnreachable},
		"long":      {999, 0, verify.ErrUnreachable},
		"too large": {1000, 999, algorithm.ErrTooLarge},
		"just fits": {1000, 1000, nil},
	} {
		key := testkeys.NewMinisign(t)
		read := 0
		f := sized(func(r verify.Request) *verify.Response {
			if r.Role != "artifact" {
				return &verify.Response{Body: io.NopCloser(bytes.NewReader(key.SignBytes(data, comment))), Size: -1}
			}
			src := bytes.NewReader(data)
			return &verify.Response{Size: tt.size, Body: io.NopCloser(readerFunc(func(p []byte) (int, error) { read++; return src.Read(p) }))}
		})
		plan, err := newVerifier(t, verify.Config{Fetcher: f, MaxArtifact: tt.max}).Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		d := newDestination(t)
		if _, err := plan.Download(t.Context(), d.name); !errors.Is(err, tt.want) || name == "too large" && read > 0 {
			t.Errorf("%s: %v, %d reads", name, err, read)
		}
	}
}

type sized func(verify.Request) *verify.Response

func (f sized) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) { return f(r), nil }

// TestDownloadOverBrokenHTTPS: a real server that breaks connections, and
// changes the file once, over TLS.
func TestDownloadOverBrokenHTTPS(t *testing.T) {
	data := noise(1 << 20)
	var hashed int64
	key := testkeys.NewMinisign(t)
	s := newSite(t)
	s.put("/tool.tgz.sig", key.SignBytes(data, comment))
	hits := 0
	s.files["/tool.tgz"] = func(w http.ResponseWriter, r *http.Request) {
		hits++
		tag, serve := `"v2"`, data
		if hits == 1 {
			tag, serve = `"v1"`, bytes.ToUpper(data)
		}
		w.Header().Set("ETag", tag)
		if hits < 5 {
			w = &breaking{w, 200 << 10}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(serve))
	}
	plan, err := newVerifier(t, verify.Config{
		Algorithms: []algorithm.Algorithm{hashCounting{bytes: &hashed}},
		Fetcher:    https.Fetcher{Client: s.Client()},
	}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, &metadata.Signing{Algorithm: "minisign", Keys: []metadata.Source{{Inline: key.PublicKey()}}})
	if err != nil {
		t.Fatal(err)
	}
	d := newDestination(t)
	if _, err := plan.Download(t.Context(), d.name); err != nil {
		t.Fatal(err)
	}
	d.holds(t, string(data))
	if hashed > int64(len(data)+200<<10) || hits < 5 {
		t.Errorf("%d bytes hashed, %d requests", hashed, hits)
	}
}

// breaking breaks a connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) > b.left {
		_, _ = b.ResponseWriter.Write(p[:b.left])
		_ = http.NewResponseController(b.ResponseWriter).Flush()
		panic(http.ErrAbortHandler) // net/http's own way to break a connection
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}
