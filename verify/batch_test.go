package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// depot is a Fetcher of what is in memory, which counts.
type depot struct {
	mu    sync.Mutex
	files map[string][]byte
	asked map[string]int
	gate  func(ctx context.Context, url string) error // nil: none
}

const depotURL = "https://example.com/"

func newDepot() *depot { return &depot{files: map[string][]byte{}, asked: map[string]int{}} }

func (d *depot) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	name := strings.TrimPrefix(r.URL, depotURL)
	d.mu.Lock()
	d.asked[name]++
	text, ok := d.files[name]
	d.mu.Unlock()
	if d.gate != nil {
		if err := d.gate(ctx, name); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", verify.ErrMissing, name)
	}
	return &verify.Response{Body: io.NopCloser(bytes.NewReader(text)), Size: int64(len(text))}, nil
}

func (d *depot) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[name]
}

// release puts n artifacts under one signed manifest into the depot.
func (d *depot) release(key *testkeys.Minisign, n int) {
	var sums strings.Builder
	for i := range n {
		name := fmt.Sprintf("tool-%d.tgz", i)
		d.files[name] = fmt.Appendf(nil, "artifact %d", i)
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(d.files[name]), name)
	}
	d.files["SHA256SUMS"] = []byte(sums.String())
	d.files["SHA256SUMS.minisig"] = key.SignBytes([]byte(sums.String()), "the manifest")
}

// job is the one of such an artifact.
func job(table *metadata.Signing, i int) verify.Job {
	return verify.Job{Artifact: verify.Artifact{URL: fmt.Sprintf("%stool-%d.tgz", depotURL, i)}, Table: table}
}

func manifestTable(tb testing.TB, pubkey any, more ...string) *metadata.Signing {
	tb.Helper()
	keys := map[string]any{"algorithm": "minisign", "pubkey": pubkey, "checksums": depotURL + "SHA256SUMS", "file": depotURL + "SHA256SUMS.minisig"}
	for i := 0; i < len(more); i += 2 {
		keys[more[i]] = more[i+1]
	}
	return signing(tb, keys)
}

// tally is minisign, and counts what it is asked.
type tally struct {
	minisign.Algorithm
	keys, signatures *atomic.Int64
}

func newTally() tally { return tally{keys: new(atomic.Int64), signatures: new(atomic.Int64)} }

func (c tally) Key(t algorithm.Trust) (algorithm.Key, error) {
	c.keys.Add(1)
	key, err := c.Algorithm.Key(t)
	return tallyKey{key, c.signatures}, err
}

type tallyKey struct {
	algorithm.Key
	signatures *atomic.Int64
}

func (k tallyKey) Verifier(ctx context.Context, signature []byte) (algorithm.Verifier, error) {
	k.signatures.Add(1)
	return k.Key.Verifier(ctx, signature)
}

func counted(n int, make func(i int) verify.Job) iter.Seq[verify.Job] {
	return func(yield func(verify.Job) bool) {
		for i := range n {
			if !yield(make(i)) {
				return
			}
		}
	}
}

// TestBatch: results come in the order of the jobs, whatever finishes first; each
// job fails for its own reason and alone; and what they share is had once.
func TestBatch(t *testing.T) {
	const n, concurrency = 200, 8
	key, d, family := testkeys.NewMinisign(t), newDepot(), newTally()
	d.release(key, n)
	d.files["tool-3.tgz"] = []byte("other bytes")
	delete(d.files, "tool-4.tgz")
	good := manifestTable(t, key.PublicKey())
	broken := signing(t, map[string]any{"algorithm": "unknown"})
	var under, most atomic.Int64
	jobs := counted(n, func(i int) verify.Job {
		j := job(good, i)
		j.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			time.Sleep(time.Duration((i*7)%11) * time.Millisecond)
			switch i {
			case 6:
				panic("on purpose")
			case 7:
				runtime.Goexit()
			case 8:
				return nil, nil //nolint:nilnil // what is tested
			case 9:
				return &verify.Report{}, errTest
			}
			r, err := p.Open(ctx, nil)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return r.Finish()
		}
		switch {
		case i == 5:
			j.Artifact.Name = "nobody.tgz"
		case i == 10:
			j.Table = broken
		case i%2 == 1 && i > 10:
			j.Run = nil
		}
		return j
	})
	want := map[int]error{
		3: algorithm.ErrInvalid, 4: verify.ErrMissing, 5: algorithm.ErrNameMismatch, 6: verify.ErrUnverified,
		7: verify.ErrUnverified, 8: verify.ErrUnverified, 9: errTest, 10: algorithm.ErrUnsupported,
	}
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{family}, Fetcher: d})
	i := 0
	for j, result := range v.Batch(t.Context(), jobs, concurrency) {
		if url := fmt.Sprintf("%stool-%d.tgz", depotURL, i); j.Artifact.URL != url {
			t.Fatalf("result %d is of %s", i, j.Artifact.URL)
		}
		switch {
		case (result.Report == nil) == (result.Err == nil):
			t.Errorf("job %d: %v, %v", i, result.Report, result.Err)
		case i == 6 && !strings.Contains(result.Err.Error(), "on purpose"):
			t.Errorf("job %d doesn't say what it panicked with: %v", i, result.Err)
		case i == 7 && !strings.Contains(result.Err.Error(), "ended its goroutine"):
			t.Errorf("job %d doesn't say what became of it: %v", i, result.Err)
		case !errors.Is(result.Err, want[i]):
			t.Errorf("job %d: %v, want %v", i, result.Err, want[i])
		case want[i] == nil && (result.Report.Status != verify.Verified || result.Report.Manifest.Line != i+1 || result.Report.Size == 0):
			t.Errorf("job %d: %+v", i, result.Report)
		}
		i++
	}
	if i != n {
		t.Errorf("%d results", i)
	}
	if got := most.Load(); got > concurrency || got < 2 {
		t.Errorf("%d at a time", got)
	}
	for name, most := range map[string]int{"SHA256SUMS": 1, "SHA256SUMS.minisig": 1, "tool-3.tgz": 1} {
		if got := d.count(name); got != most {
			t.Errorf("%s was asked for %d times", name, got)
		}
	}
	if keys, signatures := family.keys.Load(), family.signatures.Load(); keys != 1 || signatures != 1 {
		t.Errorf("%d keys were parsed, and %d signatures", keys, signatures)
	}
}

var errTest = errors.New("the program's own")

// TestBatchBounds: while the first job doesn't end, and while the loop doesn't go
// on, no more jobs are started than may wait.
func TestBatchBounds(t *testing.T) {
	for _, concurrency := range []int{-1, 1, 4} {
		most := max(concurrency, 1)
		var started atomic.Int64
		release := make(chan struct{})
		jobs := counted(100, func(i int) verify.Job {
			return verify.Job{Run: func(context.Context, *verify.Plan) (*verify.Report, error) {
				started.Add(1)
				if i == 0 {
					<-release
				}
				return &verify.Report{}, nil
			}}
		})
		v := newVerifier(t, verify.Config{Policy: verify.IfDeclared})
		go func() {
			defer close(release)
			for end := time.Now().Add(5 * time.Second); started.Load() < int64(most) && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond)
			if got := started.Load(); got < int64(most) || got > int64(most)+1 {
				t.Errorf("%d at a time: %d were started behind the first", most, got)
			}
		}()
		results := 0
		for _, result := range v.Batch(t.Context(), jobs, concurrency) {
			if result.Err != nil {
				t.Error(result.Err)
			}
			if results++; results == 10 {
				time.Sleep(20 * time.Millisecond)
			}
			if ahead := int(started.Load()) - results; ahead > most {
				t.Errorf("%d at a time: %d were started that nobody has seen", most, ahead)
			}
		}
		if results != 100 {
			t.Errorf("%d results", results)
		}
	}
}

// noneLeft waits until there are no more goroutines than before.
func noneLeft(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, and %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// TestBatchLeft: who leaves the loop, by break or panic, leaves nothing behind.
func TestBatchLeft(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 10)
	table := manifestTable(t, key.PublicKey())
	v := newVerifier(t, verify.Config{Fetcher: d})
	for _, how := range []string{"break", "panic", "jobs", "stop"} {
		t.Run(how, func(t *testing.T) {
			before := runtime.NumGoroutine()
			var running, ended atomic.Int64
			stopped := false
			jobs := func(yield func(verify.Job) bool) {
				defer func() {
					if stopped = true; how == "stop" {
						panic("on purpose")
					}
				}()
				for i := range 1000 {
					j := job(table, i%10)
					if i > 0 {
						j.Run = func(ctx context.Context, _ *verify.Plan) (*verify.Report, error) {
							running.Add(1)
							<-ctx.Done()
							ended.Add(1)
							return nil, ctx.Err()
						}
					}
					if i == 0 {
						j.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
							for how != "jobs" && running.Load() < 1 && ctx.Err() == nil {
								time.Sleep(time.Millisecond)
							}
							r, err := p.Open(ctx, nil)
							if err != nil {
								return nil, err
							}
							return r.Finish()
						}
					}
					if i == 3 && how == "jobs" {
						panic("on purpose")
					}
					if !yield(j) {
						return
					}
				}
			}
			func() {
				defer func() {
					if r := recover(); (r != nil) == (how == "break") {
						t.Errorf("recovered %v", r)
					}
				}()
				for _, result := range v.Batch(t.Context(), jobs, 4) {
					if result.Err != nil {
						t.Error(result.Err)
					}
					switch how {
					case "panic":
						panic("on purpose")
					case "break", "stop":
						return
					}
				}
			}()
			if running.Load() != ended.Load() || !stopped {
				t.Errorf("%d jobs ran, %d have ended; the jobs were stopped: %t", running.Load(), ended.Load(), stopped)
			}
			noneLeft(t, before)
		})
	}
}

// TestBatchCancelled: the end of the context is told for all that had been started
// and for the next one, which is the last.
func TestBatchCancelled(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	asked := 0
	jobs := func(yield func(verify.Job) bool) {
		for ; ; asked++ {
			if !yield(verify.Job{Artifact: verify.Artifact{Name: fmt.Sprint(asked)}, Run: func(ctx context.Context, _ *verify.Plan) (*verify.Report, error) {
				if asked < 4 {
					return &verify.Report{}, nil
				}
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}}) {
				return
			}
		}
	}
	v := newVerifier(t, verify.Config{Policy: verify.IfDeclared})
	results, last := 0, verify.Result{}
	for j, result := range v.Batch(ctx, jobs, 1) {
		if j.Artifact.Name != fmt.Sprint(results) {
			t.Errorf("result %d is of %s", results, j.Artifact.Name)
		}
		if results++; results == 3 {
			cancel(errTest)
		}
		last = result
	}
	wantError(t, last.Err, "plan", errTest)
	if results > 5 || results < 4 || asked > 5 {
		t.Errorf("%d results of %d jobs", results, asked)
	}
	noneLeft(t, before)
}

// TestBatchApart: what was verified for one table counts for no other, in
// whatever order they come.
func TestBatchApart(t *testing.T) {
	key, other, d := testkeys.NewMinisign(t), testkeys.NewMinisign(t), newDepot()
	d.release(key, 3)
	d.files["signed.minisig"] = key.SignBytes(d.files["SHA256SUMS"], "timestamp:1\tfile:SHA256SUMS")
	good := job(manifestTable(t, key.PublicKey()), 0)
	folder := func(k *testkeys.Minisign) fstest.MapFS {
		return fstest.MapFS{"keys/a.pub": {Data: []byte(k.PublicKey())}}
	}
	byFile := func(k *testkeys.Minisign) verify.Job {
		j := job(manifestTable(t, map[string]any{"file": "keys/a.pub"}), 0)
		j.Artifact.ManifestFS = folder(k)
		return j
	}
	ofVersion := func(version string) verify.Job {
		j := good
		j.Table = manifestTable(t, key.PublicKey(), "trusted-comment", "release { version }")
		j.Artifact.Variables = map[string]string{"version": version}
		return j
	}
	d.files["release.minisig"] = key.SignBytes(d.files["SHA256SUMS"], "release 1.0.0")
	retired := good
	retired.Table = signing(t, map[string]any{
		"algorithm": "minisign", "keys": []any{map[string]any{"key": key.PublicKey(), "not-after": "2001-01-01T00:00:00Z"}},
		"checksums": depotURL + "SHA256SUMS", "file": depotURL + "SHA256SUMS.minisig",
	})
	commented := func(version string) verify.Job {
		j := ofVersion(version)
		j.Table = manifestTable(t, key.PublicKey(), "trusted-comment", "release { version }", "file", depotURL+"release.minisig")
		return j
	}
	noFile := byFile(key)
	noFile.Artifact.ManifestFS = fstest.MapFS{}
	given := good
	given.Artifact.Signature = other.SignBytes(d.files["SHA256SUMS"], "")
	named := good
	named.Table = manifestTable(t, key.PublicKey(), "checksum-name", "tool-1.tgz")
	elsewhere := good
	elsewhere.Table = manifestTable(t, key.PublicKey(), "checksums", depotURL+"old/SHA256SUMS")
	d.files["old/SHA256SUMS"] = append([]byte("# not what was signed\n"), d.files["SHA256SUMS"]...)
	both := func(threshold int, keys ...any) verify.Job {
		return job(signing(t, map[string]any{
			"algorithm": "minisign", "keys": keys, "threshold": threshold, "checksums": depotURL + "SHA256SUMS",
			"files": []any{depotURL + "SHA256SUMS.minisig", depotURL + "other.minisig"},
		}), 0)
	}
	d.files["other.minisig"] = other.SignBytes(d.files["SHA256SUMS"], "")
	signedName := func(name string) verify.Job {
		return job(manifestTable(t, key.PublicKey(), "signed-name", name, "file", depotURL+"signed.minisig"), 0)
	}
	expected := good
	expected.Artifact.Digests = testkeys.Digests(t, []byte("other bytes"), crypto.SHA256)
	before, after := job(manifestTable(t, key.PublicKey()), 0), job(manifestTable(t, key.PublicKey()), 0)
	before.Table.Keys, after.Table.Keys = slices.Clone(before.Table.Keys), slices.Clone(after.Table.Keys)
	before.Table.Keys[0].UntilVersion, after.Table.Keys[0].UntilVersion = "1.0.0", "1.0.0"
	before.Artifact.Variables, after.Artifact.Variables = map[string]string{"version": "1.0.0"}, map[string]string{"version": "1.0.1"}
	for name, c := range map[string]struct {
		good, bad verify.Job
		want      error
	}{
		"a threshold":           {both(1, key.PublicKey()), both(2, key.PublicKey()), algorithm.ErrThreshold},
		"another threshold":     {both(2, key.PublicKey(), other.PublicKey()), both(2, key.PublicKey(), testkeys.NewMinisign(t).PublicKey()), algorithm.ErrThreshold},
		"another signed name":   {signedName("SHA256SUMS"), signedName("SHA512SUMS"), algorithm.ErrNameMismatch},
		"expected digests":      {good, expected, algorithm.ErrInvalid},
		"a version of the key":  {before, after, algorithm.ErrKeyRetired},
		"another key":           {good, job(manifestTable(t, other.PublicKey()), 0), algorithm.ErrWrongKey},
		"another key file":      {byFile(key), byFile(other), algorithm.ErrWrongKey},
		"no key file":           {byFile(key), noFile, verify.ErrMissing},
		"key file and inline":   {good, byFile(other), algorithm.ErrWrongKey},
		"a retired key":         {good, retired, algorithm.ErrKeyRetired},
		"another version":       {commented("1.0.0"), commented("1.0.1"), algorithm.ErrNameMismatch},
		"another constraint":    {good, ofVersion("1.0.0"), algorithm.ErrNameMismatch},
		"another manifest":      {good, elsewhere, algorithm.ErrInvalid},
		"a given signature":     {good, given, algorithm.ErrWrongKey},
		"another name's digest": {good, named, algorithm.ErrInvalid},
	} {
		for _, concurrency := range []int{1, 4} {
			v := newVerifier(t, verify.Config{Fetcher: d})
			var results []error
			for _, result := range v.Batch(t.Context(), slices.Values([]verify.Job{c.good, c.bad, c.good, c.bad, c.bad, c.good}), concurrency) {
				results = append(results, result.Err)
			}
			for i, err := range results {
				if bad := i == 1 || i == 3 || i == 4; bad && !errors.Is(err, c.want) || !bad && err != nil {
					t.Errorf("%s, %d at a time, job %d: %v, want %v", name, concurrency, i, err, c.want)
				}
			}
			if got := len(results); got != 6 {
				t.Errorf("%s: %d results", name, got)
			}
		}
	}
}

// TestBatchMissing: what isn't there is asked for once, and each is told so. A
// Fetcher that panics fails its jobs, and no others.
func TestBatchMissing(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 1)
	delete(d.files, "SHA256SUMS")
	table := manifestTable(t, key.PublicKey())
	plain := signing(t, map[string]any{"algorithm": "minisign", "pubkey": key.PublicKey(), "file": "{ url }.minisig"})
	d.files["tool-0.tgz.minisig"] = key.SignBytes(d.files["tool-0.tgz"], "")
	panics := false
	d.gate = func(_ context.Context, name string) error {
		if panics && name == "SHA256SUMS" {
			panic("on purpose")
		}
		return nil
	}
	v := newVerifier(t, verify.Config{Fetcher: d})
	for _, c := range []struct {
		panics bool
		want   error
	}{{false, verify.ErrMissing}, {true, verify.ErrUnverified}} {
		panics = c.panics
		asked, i := d.count("SHA256SUMS"), 0
		for _, result := range v.Batch(t.Context(), counted(500, func(i int) verify.Job {
			if i == 100 {
				return job(plain, 0)
			}
			return job(table, 0)
		}), 4) {
			switch {
			case i == 100 && result.Err != nil:
				t.Error(result.Err)
			case i != 100:
				wantError(t, result.Err, "manifest", c.want)
			}
			i++
		}
		if asked = d.count("SHA256SUMS") - asked; asked != 1 || i != 500 {
			t.Errorf("asked for %d times by %d jobs", asked, i)
		}
	}
}

// TestBatchRefused: a manifest that is refused is judged once, and each is told so.
func TestBatchRefused(t *testing.T) {
	key, d, family := testkeys.NewMinisign(t), newDepot(), newTally()
	d.release(key, 10)
	d.files["SHA256SUMS"] = append(d.files["SHA256SUMS"], "# changed\n"...)
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{family}, Fetcher: d})
	table := manifestTable(t, key.PublicKey())
	for _, result := range v.Batch(t.Context(), counted(10, func(i int) verify.Job { return job(table, i) }), 4) {
		wantError(t, result.Err, "verdict", algorithm.ErrInvalid)
	}
	if got := family.signatures.Load(); got != 1 {
		t.Errorf("the manifest was judged %d times", got)
	}
}

// TestBatchWaiting: who gives up waiting for a document doesn't take it from the
// others.
func TestBatchWaiting(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 2)
	gaveUp := make(chan struct{})
	d.gate = func(ctx context.Context, name string) error {
		if name != "SHA256SUMS" {
			return nil
		}
		select {
		case <-gaveUp:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	table := manifestTable(t, key.PublicKey())
	v := newVerifier(t, verify.Config{Fetcher: d})
	jobs := counted(2, func(i int) verify.Job {
		j := job(table, i)
		if i == 0 {
			j.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
				defer close(gaveUp)
				ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
				defer cancel()
				_, err := p.Open(ctx, nil)
				return nil, err
			}
		}
		return j
	})
	i := 0
	for _, result := range v.Batch(t.Context(), jobs, 2) {
		switch i {
		case 0:
			wantError(t, result.Err, "manifest", context.DeadlineExceeded)
		case 1:
			if result.Err != nil {
				t.Error(result.Err)
			}
		}
		i++
	}
	if got := d.count("SHA256SUMS"); got > 2 { // 2 where the first gives up before the other asks
		t.Errorf("asked for %d times", got)
	}
}

// TestBatchAbandoned: jobs that give up leave no transfers behind.
func TestBatchAbandoned(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	var under atomic.Int64
	d.gate = func(ctx context.Context, _ string) error {
		under.Add(1)
		defer under.Add(-1)
		<-ctx.Done()
		return ctx.Err()
	}
	table := signing(t, map[string]any{"algorithm": "minisign", "pubkey": key.PublicKey()})
	v := newVerifier(t, verify.Config{Fetcher: d})
	jobs := counted(20, func(i int) verify.Job {
		j := job(table, i)
		j.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, err := p.Open(ctx, nil)
			for end := time.Now().Add(5 * time.Second); under.Load() > 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if left := under.Load(); left > 0 {
				t.Errorf("job %d has given up, and %d transfers go on", i, left)
			}
			return nil, err
		}
		return j
	})
	for _, result := range v.Batch(t.Context(), jobs, 1) {
		if !errors.Is(result.Err, context.DeadlineExceeded) {
			t.Error(result.Err)
		}
		if t.Failed() {
			return
		}
	}
}

// TestBatchReports: a report is its program's to change, and no other's.
func TestBatchReports(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 20)
	v := newVerifier(t, verify.Config{Fetcher: d, KeepDocuments: true, Accept: func(r *verify.Report) error {
		if r.Evidence.TrustedComment != "the manifest" || len(r.Documents) != 2 || r.Documents[0].Role != "checksums" || slices.Contains(append(r.NotChecked, r.Evidence.NotChecked...), "mine") {
			t.Errorf("%v\n%+v", r, r.Documents)
		}
		r.Evidence.TrustedComment = "mine"
		r.Evidence.NotChecked = append(r.Evidence.NotChecked, "mine", "mine")
		r.Documents[0] = verify.Document{}
		return nil
	}})
	table := manifestTable(t, key.PublicKey())
	for _, result := range v.Batch(t.Context(), counted(20, func(i int) verify.Job { return job(table, i) }), 1) {
		if result.Err != nil {
			t.Error(result.Err)
		}
	}
}

// TestBatchDocuments: a report of a batch has all documents of its verdict,
// whoever had them fetched, and an error is its program's to change.
func TestBatchDocuments(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 3)
	d.files["tool-0.tgz.sig"] = key.SignBytes(d.files["tool-0.tgz"], "")
	d.files["k.pub"] = []byte(key.PublicKey())
	pinned := map[string]any{"url": depotURL + "k.pub", "sha256": fmt.Sprintf("%x", sha256.Sum256(d.files["k.pub"]))}
	manifest := manifestTable(t, pinned)
	both := signing(t, map[string]any{"algorithm": "minisign", "pubkey": pinned, "alternatives": []any{map[string]any{
		"algorithm": "minisign", "pubkey": pinned, "checksums": manifest.Checksums, "file": manifest.File,
	}}})
	v := newVerifier(t, verify.Config{Fetcher: d, KeepDocuments: true, RequireAll: true})
	jobs := []verify.Job{job(both, 0), job(manifest, 1), job(manifest, 2)}
	for j, result := range v.Batch(t.Context(), slices.Values(jobs), 1) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		p, err := newVerifier(t, verify.Config{Fetcher: kept{*result.Report}, RequireAll: true}).Plan(j.Artifact, j.Table)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(j.Artifact.URL, depotURL)
		r, err := p.Open(t.Context(), bytes.NewReader(d.files[name]))
		if err == nil {
			_, err = r.Finish()
		}
		if err != nil {
			t.Errorf("%s, without network: %v", name, err)
		}
	}

	delete(d.files, "SHA256SUMS.minisig")
	for _, result := range v.Batch(t.Context(), slices.Values(jobs[1:]), 1) {
		wantError(t, result.Err, "signature", verify.ErrMissing)
		if typed, ok := errors.AsType[*verify.Error](result.Err); ok {
			typed.Stage, typed.URL = "mine", "mine"
		}
	}
}

// TestBatchKept: a plan that outlives its batch is one like any other.
func TestBatchKept(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 1)
	v := newVerifier(t, verify.Config{Fetcher: d})
	var kept *verify.Plan
	j := job(manifestTable(t, key.PublicKey()), 0)
	j.Run = func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
		kept = p
		r, err := p.Open(ctx, nil)
		if err != nil {
			return nil, err
		}
		return r.Finish()
	}
	for range v.Batch(t.Context(), slices.Values([]verify.Job{j}), 1) {
	}
	for range 2 {
		if r, err := kept.Open(t.Context(), bytes.NewReader(d.files["tool-0.tgz"])); err != nil {
			t.Error(err)
		} else if _, err := r.Finish(); err != nil {
			t.Error(err)
		}
	}
	if got := d.count("SHA256SUMS"); got != 3 {
		t.Errorf("asked for %d times", got)
	}
}

// BenchmarkBatch verifies 1000 artifacts under one manifest, as one batch and as
// so many plans of their own, and reports how many times the latter's speed the
// former has.
func BenchmarkBatch(b *testing.B) {
	const n = 1000
	key, d := testkeys.NewMinisign(b), newDepot()
	d.release(key, n)
	table := manifestTable(b, key.PublicKey())
	v := newVerifier(b, verify.Config{Fetcher: d})
	jobs := counted(n, func(i int) verify.Job { return job(table, i) })
	compare(b, n, "x_single_plans", func() {
		for _, result := range v.Batch(b.Context(), jobs, 1) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
		}
	}, func() {
		for j := range jobs {
			p, err := v.Plan(j.Artifact, j.Table)
			if err != nil {
				b.Fatal(err)
			}
			r, err := p.Open(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.Finish(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestBatchMessages: whatever is shared, an error names the table of its own job.
func TestBatchMessages(t *testing.T) {
	key, d := testkeys.NewMinisign(t), newDepot()
	d.release(key, 1)
	v := newVerifier(t, verify.Config{Fetcher: d})
	jobs := counted(4, func(i int) verify.Job {
		table, err := metadata.ParseAt(fmt.Sprintf("package%d.toml", i), []byte(strings.Repeat("\n", i)+"[signing]\nalgorithm = \"minisign\"\n"+
			"pubkey = { file = \"k\" }\nchecksums = \"https://example.com/SHA256SUMS\""), "signing")
		if err != nil {
			t.Fatal(err)
		}
		j := job(table, 0)
		j.Artifact.ManifestFS = fstest.MapFS{"k": {Data: []byte("no key")}}
		return j
	})
	i := 0
	for _, result := range v.Batch(t.Context(), jobs, 2) {
		wantError(t, result.Err, "key", algorithm.ErrMalformed)
		if want := fmt.Sprintf("package%d.toml:%d", i, i+3); !strings.Contains(result.Err.Error(), want) {
			t.Errorf("%v, which isn't of %s", result.Err, want)
		}
		i++
	}
}

// TestBatchMany: more jobs take no more memory.
func TestBatchMany(t *testing.T) {
	const n = 100_000
	v := newVerifier(t, verify.Config{Policy: verify.IfDeclared})
	jobs := counted(n, func(i int) verify.Job {
		return verify.Job{Artifact: verify.Artifact{Name: fmt.Sprint(i)}, Run: func(ctx context.Context, p *verify.Plan) (*verify.Report, error) {
			return p.Digest(ctx, testkeys.Digests(t, nil, crypto.SHA256)...)
		}}
	})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	i, early := 0, uint64(0)
	for _, result := range v.Batch(t.Context(), jobs, 4) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
		switch i++; i {
		case n / 100:
			early = heap()
		case n:
			if late := heap(); late > early+1<<20 {
				t.Errorf("%d bytes early, and %d late", early, late)
			}
		}
	}
}

// turning is a folder whose file has another content at every reading.
type turning struct{ contents *[]string }

func (f turning) Open(name string) (fs.File, error) {
	content := (*f.contents)[0]
	if len(*f.contents) > 1 {
		*f.contents = (*f.contents)[1:]
	}
	return fstest.MapFS{name: {Data: []byte(content)}}.Open(name)
}

// Stat is no reading.
func (f turning) Stat(name string) (fs.FileInfo, error) {
	return fstest.MapFS{name: {Data: []byte((*f.contents)[0])}}.Stat(name)
}

// TestBatchTurning: what is kept is kept under the keys that verified it, also where
// a folder doesn't stay what it was.
func TestBatchTurning(t *testing.T) {
	key, other, d := testkeys.NewMinisign(t), testkeys.NewMinisign(t), newDepot()
	d.release(key, 1)
	v := newVerifier(t, verify.Config{Fetcher: d})
	table := manifestTable(t, map[string]any{"file": "k"})
	turns := job(table, 0)
	turns.Artifact.ManifestFS = turning{&[]string{other.PublicKey(), key.PublicKey()}}
	bad := job(table, 0)
	bad.Artifact.ManifestFS = fstest.MapFS{"k": {Data: []byte(other.PublicKey())}}
	for _, result := range v.Batch(t.Context(), slices.Values([]verify.Job{turns, bad, bad}), 1) {
		wantError(t, result.Err, "signature", algorithm.ErrWrongKey)
	}
}
