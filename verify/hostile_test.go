package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// This file tests against what others can do wrong on purpose: fetchers,
// readers, writers and algorithms that break their contract, and servers.

// planWith is a plan whose signature and artifact come from f.
func planWith(t *testing.T, c verify.Config, key *testkeys.Minisign) *verify.Plan {
	t.Helper()
	plan, err := newVerifier(t, c).Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestFetcherErrors: whatever a fetcher returns, an error of another call of
// this package included, it is told as a fetch that failed.
func TestFetcherErrors(t *testing.T) {
	key := testkeys.NewMinisign(t)
	other := &verify.Error{Stage: "plan", Err: errors.New("boom")}
	for _, err := range []error{errors.New("boom"), other, fmt.Errorf("mirror: %w", other)} {
		f := fetchFunc(func(context.Context, string) (io.ReadCloser, error) { return nil, err })
		_, got := planWith(t, verify.Config{Fetcher: f}, key).Open(t.Context(), nil)
		wantError(t, got, "signature", verify.ErrUnreachable)
		if verify.ExitCode(got) != 68 || !strings.Contains(got.Error(), "boom") {
			t.Errorf("exit code %d, %v", verify.ExitCode(got), got)
		}
	}
}

// countCloser counts, and fails to close.
type countCloser struct {
	io.Reader
	closed *int
}

func (c countCloser) Close() error {
	*c.closed++
	return errors.New("close failed\nbadly")
}

// TestBodiesAreClosed: each body once, whatever becomes of it; that it can't be
// closed spoils nothing that was read.
func TestBodiesAreClosed(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1000)
	good := key.SignBytes(data, comment)
	for _, tt := range []struct {
		signature []byte
		limit     int64
		opened    int
		want      error
	}{
		{good, 0, 2, nil},
		{key.SignBytes(nil, comment), 0, 2, algorithm.ErrInvalid},
		{[]byte("none"), 0, 1, algorithm.ErrMalformed},
		{good, 10, 1, algorithm.ErrTooLarge},
	} {
		opened, closed := 0, 0
		f := fetchFunc(func(_ context.Context, url string) (io.ReadCloser, error) {
			opened++
			if strings.HasSuffix(url, ".sig") {
				return countCloser{bytes.NewReader(tt.signature), &closed}, nil
			}
			return countCloser{bytes.NewReader(data), &closed}, nil
		})
		dst := newDestination(t)
		report, err := planWith(t, verify.Config{Fetcher: f, MaxDocument: tt.limit}, key).Download(t.Context(), dst.name)
		if !errors.Is(err, tt.want) || (err == nil) != (report != nil) {
			t.Errorf("%v, %v; want %v", report, err, tt.want)
		}
		if opened != tt.opened || closed != opened {
			t.Errorf("%v: %d bodies opened, %d closed, want %d", tt.want, opened, closed, tt.opened)
		}
	}
}

// TestGivenSignatureTooLarge: the limit is for what the program gives, too.
func TestGivenSignatureTooLarge(t *testing.T) {
	key := testkeys.NewMinisign(t)
	_, err := given(t, verify.Config{MaxDocument: 10}, key, key.SignBytes(nil, comment)).Open(t.Context(), strings.NewReader(""))
	wantError(t, err, "signature", algorithm.ErrTooLarge)
}

// TestLargestLimits: no limit overflows.
func TestLargestLimits(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(10)
	f := fetchFunc(func(context.Context, string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(key.SignBytes(data, comment))), nil
	})
	r, err := planWith(t, verify.Config{Fetcher: f, MaxDocument: math.MaxInt64, MaxArtifact: math.MaxInt64}, key).Open(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err != nil {
		t.Error(err)
	}
}

// TestBadSignatureReaders: a body that stands still, or counts wrong, ends.
func TestBadSignatureReaders(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, body := range []badReader{0, -1, 1 << 30} {
		f := fetchFunc(func(context.Context, string) (io.ReadCloser, error) { return io.NopCloser(body), nil })
		_, err := planWith(t, verify.Config{Fetcher: f}, key).Open(t.Context(), strings.NewReader(""))
		wantError(t, err, "signature", verify.ErrUnreachable)
	}
}

// TestSecretsInErrors: passwords and tokens of URLs stay out of messages.
func TestSecretsInErrors(t *testing.T) {
	v := newVerifier(t, verify.Config{Fetcher: noFetch{t}})
	for _, url := range []string{"https://user:secret@example.com/x", "http://user:secret@example.com/x", "https://user:secret@exa mple.com/x"} {
		_, artifact := v.Plan(verify.Artifact{URL: url}, table("x"))
		s := table(testkeys.NewMinisign(t).PublicKey())
		s.File = url
		_, signature := v.Plan(verify.Artifact{URL: "https://example.com/x"}, s)
		wantError(t, artifact, "plan", verify.ErrURL)
		wantError(t, signature, "plan", template.ErrURL)
		for _, err := range []error{artifact, signature} {
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v", err)
			}
		}
	}
}

// TestSourcePanics: a panic of the caller's source passes, and leaves nothing.
func TestSourcePanics(t *testing.T) {
	key := testkeys.NewMinisign(t)
	dst := newDestination(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = given(t, verify.Config{}, key, key.SignBytes(nil, comment)).Save(t.Context(),
			readerFunc(func([]byte) (int, error) { panic("boom") }), dst.name)
	}()
	dst.untouched(t)
}

// TestConcurrentSaves: one plan, many at a time, one destination.
func TestConcurrentSaves(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(2 << 20)
	plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
	dst := newDestination(t)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			mine := bytes.Clone(data)
			if i%2 == 1 {
				mine[100] ^= 1
			}
			_, err := plan.Save(context.Background(), bytes.NewReader(mine), dst.name)
			if (err == nil) != (i%2 == 0) {
				t.Errorf("save %d: %v", i, err)
			}
		})
	}
	group.Wait()
	dst.holds(t, string(data))
}

// TestCancelledWithCause: the exit code is that of a cancelled context, and the
// cause is told, wherever it happens.
func TestCancelledWithCause(t *testing.T) {
	key := testkeys.NewMinisign(t)
	why := errors.New("the user pressed a key")
	for _, at := range []string{"", "/tool.tgz.sig", "/tool.tgz"} {
		s := newSite(t)
		s.put("/tool.tgz", []byte("data"))
		s.put("/tool.tgz.sig", key.SignBytes([]byte("data"), comment))
		ctx, cancel := context.WithCancelCause(t.Context())
		if at == "" {
			cancel(why)
		} else {
			s.files[at] = func(_ http.ResponseWriter, r *http.Request) {
				cancel(why)
				<-r.Context().Done()
			}
		}
		plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher()}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Download(ctx, newDestination(t).name)
		if verify.ExitCode(err) != 130 || !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Errorf("at %q: exit code %d, %v", at, verify.ExitCode(err), err)
		}
	}
}

// odd is an algorithm that does what it is told, right or wrong.
type odd struct {
	write  func(n int)
	verify func() (*algorithm.Evidence, error)
	sum    *[32]byte
}

func (*odd) Name() string                                                   { return "odd" }
func (*odd) Fields() []algorithm.Field                                      { return nil }
func (o *odd) Key(algorithm.Trust) (algorithm.Key, error)                   { return o, nil }
func (*odd) IDs() []string                                                  { return nil }
func (o *odd) Verifier(context.Context, []byte) (algorithm.Verifier, error) { return o, nil }
func (o *odd) Verify() (*algorithm.Evidence, error)                         { return o.verify() }

func (o *odd) SumSHA256() ([32]byte, bool) {
	if o.sum == nil {
		return [32]byte{}, false
	}
	return *o.sum, true
}

func (o *odd) Write(p []byte) (int, error) {
	if o.write != nil {
		o.write(len(p))
	}
	return len(p), nil
}

func finishOdd(t *testing.T, o *odd, data []byte) (*verify.Report, error) {
	t.Helper()
	v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{o}})
	plan, err := v.Plan(verify.Artifact{Signature: []byte{1}}, &metadata.Signing{Algorithm: "odd"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Open(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.WriteTo(io.Discard); err != nil {
		report, again := r.Finish()
		if !errors.Is(again, err) || report != nil {
			t.Errorf("WriteTo: %v, Finish: %v, %v", err, report, again)
		}
		return nil, err
	}
	return r.Finish()
}

// TestOddAlgorithms: an algorithm that says neither yes nor no, or panics, has
// not said yes.
func TestOddAlgorithms(t *testing.T) {
	yes := func() (*algorithm.Evidence, error) { return &algorithm.Evidence{}, nil }
	for _, size := range sizes {
		data := noise(size)
		_, err := finishOdd(t, &odd{verify: func() (*algorithm.Evidence, error) { return nil, nil }}, data) //nolint:nilnil // the mistake under test
		wantError(t, err, "verdict", verify.ErrUnverified)

		seen := 0
		panics := &odd{verify: yes, write: func(n int) {
			if seen += n; seen == size {
				panic("boom")
			}
		}}
		if size > 0 {
			_, err = finishOdd(t, panics, data)
			wantError(t, err, "verdict", verify.ErrUnverified)
		}

		report, err := finishOdd(t, &odd{verify: yes}, data)
		if err != nil || report.Status != verify.Verified {
			t.Errorf("%d bytes: %v, %v", size, report, err)
		}
		sum := [32]byte{1, 2, 3}
		report, err = finishOdd(t, &odd{verify: yes, sum: &sum}, data)
		if err != nil || report.Digests["sha256"] != fmt.Sprintf("%x", sum) {
			t.Errorf("the verifier's own sum isn't taken: %v, %v", report, err)
		}
	}
}

// oddByDigest is judged by a digest.
type oddByDigest struct{ odd }

func (o *oddByDigest) Key(algorithm.Trust) (algorithm.Key, error) { return o, nil }

func (o *oddByDigest) Verifier(context.Context, []byte) (algorithm.Verifier, error) { return o, nil }

func (*oddByDigest) Hashes() []crypto.Hash { return []crypto.Hash{crypto.SHA256} }

func (o *oddByDigest) VerifyDigests(...algorithm.Digest) (*algorithm.Evidence, error) {
	return o.verify()
}

// TestVerdictPanics: a panic in a family's verdict is the caller's, whichever
// way it is asked, and leaves nothing; it never looks like a yes.
func TestVerdictPanics(t *testing.T) {
	verdict := func() (*algorithm.Evidence, error) { panic("boom") }
	for _, a := range []algorithm.Algorithm{&odd{verify: verdict}, &oddByDigest{odd{verify: verdict}}} {
		plan, err := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{a}}).Plan(verify.Artifact{Signature: []byte{1}}, &metadata.Signing{Algorithm: "odd"})
		if err != nil {
			t.Fatal(err)
		}
		dst := newDestination(t)
		for name, use := range map[string]func() (*verify.Report, error){
			"Save": func() (*verify.Report, error) {
				return plan.Save(t.Context(), strings.NewReader("data"), dst.name)
			},
			"File": func() (*verify.Report, error) { return plan.File(t.Context(), dst.name) },
			"Open": func() (*verify.Report, error) {
				r, err := plan.Open(t.Context(), strings.NewReader("data"))
				if err != nil {
					return nil, err
				}
				defer func() {
					if err := r.Close(); !errors.Is(err, verify.ErrUnverified) {
						t.Errorf("Close after a panic: %v", err)
					}
				}()
				return r.Finish()
			},
			"Digest": func() (*verify.Report, error) {
				if _, ok := a.(*odd); ok {
					panic("boom") // it can't be judged so
				}
				return plan.Digest(t.Context(), digestOf(t, crypto.SHA256, []byte("data")))
			},
		} {
			func() {
				defer func() {
					if v := recover(); v != "boom" {
						t.Errorf("%T: %s: recovered %v", a, name, v)
					}
				}()
				report, err := use()
				t.Errorf("%T: %s: no panic, but %v, %v", a, name, report, err)
			}()
			dst.untouched(t)
		}
	}
}

// oddWriter claims to have written so many more bytes.
type oddWriter int

func (o oddWriter) Write(p []byte) (int, error) { return len(p) + int(o), nil }

func TestOddWriters(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1000)
	for _, o := range []oddWriter{1, -1, -2000} {
		r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(t.Context(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		n, err := r.WriteTo(o)
		var typed *verify.Error
		if !errors.As(err, &typed) || typed.Stage != "place" || n > 1000 {
			t.Errorf("%+d: %d, %v", int(o), n, err)
		}
		if report, err := r.Finish(); err == nil || report != nil {
			t.Errorf("%+d: a report after a failed write", int(o))
		}
	}
}
