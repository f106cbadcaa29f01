package verify_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

func noise(n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(data)
	return data
}

// sizes lie around everything that changes how bytes travel.
var sizes = []int{
	0, 1, 4095, 64 << 10, 128<<10 - 1, 128 << 10, 128<<10 + 1, 192 << 10, 1 << 20, 3<<20 + 17, 9<<20 + 1,
}

// TestReaderDelivers checks that all bytes arrive, once and in order, and that
// the verdict comes with them, whatever the sizes of reads on both sides are.
func TestReaderDelivers(t *testing.T) {
	key := testkeys.NewMinisign(t)
	sources := map[string]func(io.Reader) io.Reader{
		"plain":    func(r io.Reader) io.Reader { return r },
		"half":     iotest.HalfReader,
		"data+err": iotest.DataErrReader,
		"tls":      func(r io.Reader) io.Reader { return &pieces{r, 16 << 10} },
	}
	consumers := map[string]func(*verify.Reader) ([]byte, error){
		"ReadAll": func(r *verify.Reader) ([]byte, error) { return io.ReadAll(struct{ io.Reader }{r}) },
		"WriteTo": func(r *verify.Reader) ([]byte, error) {
			var b bytes.Buffer
			_, err := r.WriteTo(&b)
			return b.Bytes(), err
		},
		"odd": func(r *verify.Reader) ([]byte, error) {
			var b bytes.Buffer
			_, err := io.CopyBuffer(&b, struct{ io.Reader }{r}, make([]byte, 70001))
			return b.Bytes(), err
		},
		"mixed": func(r *verify.Reader) ([]byte, error) {
			var b bytes.Buffer
			if _, err := io.CopyN(&b, r, 200<<10); err != nil {
				return b.Bytes(), errEOFAsNil(err)
			}
			_, err := r.WriteTo(&b)
			return b.Bytes(), err
		},
	}
	for _, size := range sizes {
		data := noise(size)
		signature := key.SignBytes(data, comment)
		for sourceName, source := range sources {
			for consumerName, consume := range consumers {
				t.Run(sourceName+"/"+consumerName, func(t *testing.T) {
					r, err := given(t, verify.Config{}, key, signature).Open(context.Background(), source(bytes.NewReader(data)))
					if err != nil {
						t.Fatal(err)
					}
					got, err := consume(r)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got, data) {
						t.Fatalf("%d bytes arrived, and not those that were sent (%d)", len(got), len(data))
					}
					checkReport(t, r, data, io.EOF)
				})
			}
		}
	}
}

func errEOFAsNil(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// checkReport checks that the verdict is yes, and what Read returns after it.
func checkReport(t *testing.T, r *verify.Reader, data []byte, after error) {
	t.Helper()
	report, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if report.Status != verify.Verified || report.Size != int64(len(data)) || report.Digests["sha256"] != hex.EncodeToString(sum[:]) {
		t.Errorf("report %+v for %d bytes", report, len(data))
	}
	if err := r.Close(); err != nil {
		t.Errorf("close after the verdict: %v", err)
	}
	n, err := r.Read(make([]byte, 1))
	if n != 0 || !errors.Is(err, after) || errors.Is(err, io.EOF) && err != io.EOF {
		t.Errorf("read after the verdict: %d, %v; want %v", n, err, after)
	}
	again, err := r.Finish()
	if err != nil || again.Digests["sha256"] != report.Digests["sha256"] {
		t.Errorf("second Finish: %v, %v", again, err)
	}
}

// pieces hands out at most n bytes at a time.
type pieces struct {
	io.Reader
	n int
}

func (p *pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.n)]) }

// TestReaderNeverEOFWithoutVerdict: a tampered artifact can't be read to io.EOF,
// by no way of reading.
func TestReaderNeverEOFWithoutVerdict(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range sizes {
		data := noise(size)
		signature := key.SignBytes(append(data, 'x'), comment)
		open := func() *verify.Reader {
			r, err := given(t, verify.Config{}, key, signature).Open(context.Background(), bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for name, use := range map[string]func(*verify.Reader) error{
			"read":    func(r *verify.Reader) error { _, err := io.ReadAll(struct{ io.Reader }{r}); return err },
			"writeto": func(r *verify.Reader) error { _, err := r.WriteTo(io.Discard); return err },
			"finish":  func(r *verify.Reader) error { _, err := r.Finish(); return err },
			"copy":    func(r *verify.Reader) error { _, err := io.Copy(io.Discard, r); return err },
		} {
			t.Run(name, func(t *testing.T) {
				r := open()
				wantError(t, use(r), "verdict", algorithm.ErrInvalid)
				report, err := r.Finish()
				if report != nil {
					t.Error("a report for a tampered artifact")
				}
				wantError(t, err, "verdict", algorithm.ErrInvalid)
				wantError(t, r.Close(), "verdict", algorithm.ErrInvalid)
				_, err = r.Read(make([]byte, 1))
				wantError(t, err, "verdict", algorithm.ErrInvalid)
			})
		}
	}
}

// TestTarStopsBeforeVerdict: tar.NewReader is content with a tampered archive
// and never reads to its end; without Finish that can't look like success.
func TestTarStopsBeforeVerdict(t *testing.T) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	content := noise(300 << 10)
	if err := w.WriteHeader(&tar.Header{Name: "tool", Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive.Write(make([]byte, 4<<20)) // what tar doesn't look at, and more than is withheld
	key := testkeys.NewMinisign(t)
	signature := key.SignBytes(archive.Bytes(), comment)

	unpack := func(t *testing.T, data []byte) *verify.Reader {
		r, err := given(t, verify.Config{}, key, signature).Open(context.Background(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		tr := tar.NewReader(r)
		for {
			_, err := tr.Next()
			if err == io.EOF {
				return r
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	tampered := bytes.Clone(archive.Bytes())
	tampered[1000] ^= 1

	t.Run("tampered, closed without Finish", func(t *testing.T) {
		wantError(t, unpack(t, tampered).Close(), "verdict", verify.ErrUnverified)
	})
	t.Run("tampered, finished", func(t *testing.T) {
		_, err := unpack(t, tampered).Finish()
		wantError(t, err, "verdict", algorithm.ErrInvalid)
	})
	t.Run("good, closed without Finish", func(t *testing.T) {
		wantError(t, unpack(t, archive.Bytes()).Close(), "verdict", verify.ErrUnverified)
	})
	t.Run("good, finished", func(t *testing.T) {
		checkReport(t, unpack(t, archive.Bytes()), archive.Bytes(), verify.ErrUnverified)
	})
}

// TestReadAfterFinish: who judges first and reads then gets no bytes, and so no
// success; nor does who has got a part. Who has got all is told so.
func TestReadAfterFinish(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, size := range []int{0, 1, 1000, 600_000, 3 << 20} {
		data := noise(size)
		plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
		for _, read := range []int{0, 1, size / 2, size} {
			if read > size {
				continue
			}
			r, err := plan.Open(context.Background(), bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, int64(read)); err != nil {
				t.Fatal(err)
			}
			if report, err := r.Finish(); err != nil || report.Status != verify.Verified {
				t.Fatal(report, err)
			}
			got, err := io.ReadAll(struct{ io.Reader }{r})
			n, writeErr := r.WriteTo(io.Discard)
			if len(got) > 0 || n > 0 {
				t.Errorf("%d of %d: %d and %d bytes after Finish", read, size, len(got), n)
			}
			if read == size {
				if err != nil || writeErr != nil {
					t.Errorf("all of %d: %v, %v", size, err, writeErr)
				}
			} else {
				wantError(t, err, "verdict", verify.ErrUnverified)
				wantError(t, writeErr, "verdict", verify.ErrUnverified)
			}
			first, err := r.Finish()
			if err != nil {
				t.Fatalf("second Finish: %v", err)
			}
			first.Status, first.Warnings = verify.Skipped, []string{"mine"} // a report is its program's to change
			if again, err := r.Finish(); err != nil || again.Status != verify.Verified || again.Warnings != nil {
				t.Errorf("third Finish: %+v, %v", again, err)
			}
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	}
}

func TestReaderUseAfterClose(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(10)
	r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantError(t, r.Close(), "verdict", verify.ErrUnverified)
	}
	_, err = r.Finish()
	wantError(t, err, "verdict", verify.ErrUnverified)
	_, err = r.Read(make([]byte, 5))
	wantError(t, err, "verdict", verify.ErrUnverified)
	_, err = r.WriteTo(io.Discard)
	wantError(t, err, "verdict", verify.ErrUnverified)
}

// TestReadNothing: who asks for no bytes waits for no source, and is told of the
// end like everybody else.
func TestReadNothing(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(10)
	asked := 0
	source := bytes.NewReader(data)
	r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(t.Context(), readerFunc(func(p []byte) (int, error) {
		asked++
		return source.Read(p)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(nil); n != 0 || err != nil || asked != 0 {
		t.Errorf("before the first byte: %d, %v, after %d reads", n, err, asked)
	}
	if got, err := io.ReadAll(struct{ io.Reader }{r}); err != nil || !bytes.Equal(got, data) {
		t.Fatal(got, err)
	}
	if n, err := r.Read(nil); n != 0 || err != io.EOF {
		t.Errorf("after the last byte: %d, %v", n, err)
	}
	closed, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	_, err = closed.Read(nil)
	wantError(t, err, "verdict", verify.ErrUnverified)
}

// TestWriteToShort: a writer that takes less than it is given, or nothing, ends the
// Reader with its own error, and without one it is short.
func TestWriteToShort(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(10)
	boom := errors.New("boom")
	for _, tt := range []struct {
		n   int
		err error
		// want is nil for a count that no writer may return
		want error
	}{
		{0, boom, boom},
		{3, boom, boom},
		{10, boom, boom},
		{0, nil, io.ErrShortWrite},
		{9, nil, io.ErrShortWrite},
		{-1, boom, nil},
		{11, boom, nil},
	} {
		r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(t.Context(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		n, err := r.WriteTo(writerFunc(func([]byte) (int, error) { return tt.n, tt.err }))
		if tt.want == nil {
			if n != 0 || err == nil || errors.Is(err, boom) || !strings.Contains(err.Error(), "impossible count") {
				t.Errorf("%d, %v: %d, %v", tt.n, tt.err, n, err)
			}
			continue
		}
		wantError(t, err, "place", tt.want)
		if n != int64(tt.n) {
			t.Errorf("%d, %v: %d written", tt.n, tt.err, n)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestReaderSourceFails: what the source ends with is the error, after the
// bytes that came before it but for those that are withheld.
func TestReaderSourceFails(t *testing.T) {
	key := testkeys.NewMinisign(t)
	boom := errors.New("boom")
	for _, size := range sizes {
		data := noise(size)
		r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).
			Open(context.Background(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(boom)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(struct{ io.Reader }{r})
		wantError(t, err, "artifact", boom)
		if errors.Is(err, verify.ErrUnreachable) {
			t.Errorf("what the program itself gave to read is no server: %v", err)
		}
		if !bytes.HasPrefix(data, got) || size > 0 && len(got) == size || size-len(got) > mostWithheld {
			t.Errorf("%d of %d bytes before the error", len(got), len(data))
		}
		wantError(t, r.Close(), "artifact", boom)
	}
}

// badReader breaks the rules of io.Reader.
type badReader int

func (b badReader) Read(p []byte) (int, error) { return int(b), nil }

func TestReaderBadSources(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, n := range []badReader{0, -1, 1 << 30} {
		r, err := given(t, verify.Config{}, key, key.SignBytes(nil, comment)).Open(context.Background(), n)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Finish()
		var typed *verify.Error
		if !errors.As(err, &typed) || typed.Stage != "artifact" {
			t.Errorf("Read returning %d, nil: %v", n, err)
		}
		if n == 0 && !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("a source that stands still: %v", err)
		}
	}
}

// unclosed is an artifact whose connection can't be closed.
type unclosed struct {
	io.Reader
	err error
}

func (u unclosed) Close() error { return u.err }

// TestCloseFails: that a connection can't be closed is told as long as there is no
// verdict, and changes none.
func TestCloseFails(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data, boom := noise(11), errors.New("boom")
	for _, bytes := range []string{string(data), "other"} {
		for _, finished := range []bool{false, true} {
			plan, err := newVerifier(t, verify.Config{Fetcher: fetchFunc(func(context.Context, string) (io.ReadCloser, error) {
				return unclosed{strings.NewReader(bytes), boom}, nil
			})}).Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Signature: key.SignBytes(data, comment)}, table(key.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			r, err := plan.Open(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if finished {
				_, _ = r.Finish()
			}
			switch err := r.Close(); {
			case !finished:
				wantError(t, err, "artifact", boom)
			case bytes == "other":
				wantError(t, err, "verdict", algorithm.ErrInvalid)
			case err != nil:
				t.Error(err)
			}
		}
	}
}

// TestLimitOfABlock: an artifact may have as many bytes as are read at a time.
func TestLimitOfABlock(t *testing.T) {
	const block = 4 << 10 // the first one's, of a source that says nothing
	key := testkeys.NewMinisign(t)
	for over, want := range map[int]error{0: nil, 1: algorithm.ErrTooLarge} {
		data := noise(block + over)
		source := struct{ io.Reader }{bytes.NewReader(data)}
		r, err := given(t, verify.Config{MaxArtifact: block}, key, key.SignBytes(data, comment)).Open(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = r.Finish(); want != nil {
			wantError(t, err, "artifact", want)
		} else if err != nil {
			t.Error(err)
		}
	}
}

// TestFetchedTooLarge: an artifact over the limit was reached, and comes no smaller
// by being asked for again.
func TestFetchedTooLarge(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(11)
	files := map[string][]byte{"tool.tgz": data, "tool.tgz.sig": key.SignBytes(data, comment)}
	fetcher := fetchFunc(func(_ context.Context, url string) (io.ReadCloser, error) { // which tells no size
		return io.NopCloser(bytes.NewReader(files[strings.TrimPrefix(url, "https://example.com/")])), nil
	})
	for limit, want := range map[int64]error{11: nil, 10: algorithm.ErrTooLarge} {
		plan, err := newVerifier(t, verify.Config{Fetcher: fetcher, MaxArtifact: limit}).
			Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := plan.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Finish()
		if want == nil {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantError(t, err, "artifact", want)
		if reason := verify.Reason(err); reason != "too-large" || errors.Is(err, verify.ErrUnreachable) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestArtifactTooLarge(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for _, limit := range []int64{1, 1000, 128 << 10, 1 << 20, 3 << 20} {
		for _, over := range []int64{0, 1, 100 << 10} {
			data := noise(int(limit + over))
			plan := given(t, verify.Config{MaxArtifact: limit}, key, key.SignBytes(data, comment))
			for _, source := range []io.Reader{bytes.NewReader(data), &pieces{bytes.NewReader(data), 777}} {
				r, err := plan.Open(context.Background(), source)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(struct{ io.Reader }{r})
				if int64(len(got)) > limit {
					t.Errorf("limit %d, %d bytes handed out", limit, len(got))
				}
				if over == 0 {
					if err != nil {
						t.Errorf("exactly the limit of %d: %v", limit, err)
					}
					continue
				}
				wantError(t, err, "artifact", algorithm.ErrTooLarge)
			}
		}
	}
}

func TestReaderCancelled(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(4 << 20)
	why := errors.New("the user pressed a key")
	for _, read := range []int64{0, 1000, 200 << 10, 2 << 20} {
		ctx, cancel := context.WithCancelCause(context.Background())
		r, err := given(t, verify.Config{}, key, key.SignBytes(data, comment)).Open(ctx, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, read); err != nil {
			t.Fatal(err)
		}
		cancel(why)
		_, err = r.Finish()
		wantError(t, err, "artifact", why)
		wantError(t, r.Close(), "artifact", why)
	}
}

// TestNoGoroutineLeft: callers that stop reading, close early, or just forget
// the Reader leave no goroutine behind.
func TestNoGoroutineLeft(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(8 << 20)
	signature := key.SignBytes(data, comment)
	count := runtime.NumGoroutine()
	for i := range 60 {
		r, err := given(t, verify.Config{}, key, signature).Open(context.Background(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, struct{ io.Reader }{r}, int64(i)*100<<10); err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0: // forgotten
		case 1:
			wantError(t, r.Close(), "verdict", verify.ErrUnverified)
		case 2:
			checkReport(t, r, data, verify.ErrUnverified)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= count {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), count, buf[:runtime.Stack(buf, true)])
}

// TestConstantMemory: what a verification allocates doesn't grow with the
// artifact.
func TestConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes a gibibyte")
	}
	key := testkeys.NewMinisign(t)
	const size = 1 << 30
	h := key.Hash()
	if _, err := io.Copy(h, io.LimitReader(zeros{}, size)); err != nil {
		t.Fatal(err)
	}
	plan := given(t, verify.Config{}, key, key.Sign(h.Sum(nil), comment))
	var start, end runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&start)
	r, err := plan.Open(context.Background(), io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Finish()
	if err != nil || report.Size != size {
		t.Fatal(report, err)
	}
	runtime.ReadMemStats(&end)
	if grown := end.TotalAlloc - start.TotalAlloc; grown > 16<<20 {
		t.Errorf("%d bytes were allocated for 1 GiB", grown)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestSignedNameWarning(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(100)
	for _, tt := range []struct{ comment, warning string }{
		{"timestamp:1700000000\tfile:tool.tgz\thashed", ""},
		{"timestamp:1700000000\tfile:other.tgz\thashed", `"other.tgz"`},
		{"no name at all", ""},
	} {
		r, err := given(t, verify.Config{}, key, key.SignBytes(data, tt.comment)).Open(context.Background(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		report, err := r.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(report.Warnings, " "); (tt.warning == "") != (got == "") || !strings.Contains(got, tt.warning) {
			t.Errorf("comment %q: warnings %q", tt.comment, got)
		}
	}
}

// TestWrappedEOF: only io.EOF itself is the end of a source. A failure that
// wraps it is a failure, and never looks like success.
func TestWrappedEOF(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(300 << 10)
	broken := fmt.Errorf("the line dropped: %w", io.EOF)
	plan := given(t, verify.Config{}, key, key.SignBytes(data, comment))
	open := func() *verify.Reader {
		r, err := plan.Open(context.Background(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, use := range map[string]func(*verify.Reader) error{
		"read":    func(r *verify.Reader) error { _, err := io.ReadAll(struct{ io.Reader }{r}); return err },
		"writeto": func(r *verify.Reader) error { _, err := r.WriteTo(io.Discard); return err },
		"finish":  func(r *verify.Reader) error { _, err := r.Finish(); return err },
	} {
		r := open()
		if err := use(r); err == nil || err == io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		wantError(t, r.Close(), "artifact", broken)
	}
}

// TestProcessors: the verdict is the same however many goroutines hash.
func TestProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	key := testkeys.NewMinisign(t)
	data := noise(3<<20 + 17)
	signature := key.SignBytes(data, comment)
	for _, procs := range []int{1, 2, 3, 8} {
		runtime.GOMAXPROCS(procs)
		for _, tampered := range []bool{false, true} {
			mine := bytes.Clone(data)
			if tampered {
				mine[len(mine)-1] ^= 1
			}
			r, err := given(t, verify.Config{}, key, signature).Open(context.Background(), bytes.NewReader(mine))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(struct{ io.Reader }{r})
			if !bytes.HasPrefix(mine, got) || (len(got) == len(mine)) == tampered {
				t.Errorf("%d processors: %d bytes arrived", procs, len(got))
			}
			if tampered {
				wantError(t, err, "verdict", algorithm.ErrInvalid)
				continue
			}
			checkReport(t, r, data, io.EOF)
		}
	}
}
