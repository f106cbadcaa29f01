package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/verify"
)

// server is a Fetcher of texts by URL that counts.
type server struct {
	mu    sync.Mutex
	texts map[string]string
	asked int

	size      func(text string) int64 // nil: right
	validator string
	tail      error // what a body ends with; nil is io.EOF
	closing   error // what its Close says
}

func (s *server) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	text, ok := s.texts[r.URL]
	if !ok {
		return nil, verify.ErrMissing
	}
	size := int64(len(text))
	if s.size != nil {
		size = s.size(text)
	}
	body := io.Reader(strings.NewReader(text[r.Offset:]))
	if s.tail != nil {
		body = io.MultiReader(body, failing{s.tail})
	}
	return &verify.Response{Body: kept{body, closing{s.closing}}, Size: size, Offset: r.Offset, Validator: s.validator}, nil
}

// times returns how often it was asked since the last time.
func (s *server) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.asked
	s.asked = 0
	return n
}

type closing struct{ err error }

func (c closing) Close() error { return c.err }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

const (
	url  = "https://example.com/tool.tgz.sig?token=secret"
	text = "a signature"
)

func newServer() *server { return &server{texts: map[string]string{url: text}} }

func open(tb testing.TB, folder string, next verify.Fetcher, o Options) *Fetcher {
	tb.Helper()
	f, err := Open(folder, next, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

func get(ctx context.Context, f verify.Fetcher, role, url string) (string, error) {
	r, err := f.Fetch(ctx, verify.Request{Role: role, URL: url})
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(r.Body)
	if closeErr := r.Body.Close(); err == nil {
		err = closeErr
	}
	if err == nil && r.Size > 0 && r.Size != int64(len(data)) {
		err = errors.New("another size")
	}
	return string(data), err
}

// want gets a document and checks how often the server was asked for it.
func want(t *testing.T, f *Fetcher, s *server, role, url, text string, asked int) {
	t.Helper()
	got, err := get(t.Context(), f, role, url)
	if err != nil || got != text {
		t.Errorf("%s: %q, %v", role, got, err)
	}
	if n := s.times(); n != asked {
		t.Errorf("%s: the server was asked %d times, want %d", role, n, asked)
	}
}

// names are the files in a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestToTheLetter: a document is that of its role and URL to the letter, and of no
// other two that are the same text together.
func TestToTheLetter(t *testing.T) {
	asked := []verify.Request{
		{Role: "a", URL: "https://example.com/x"},
		{Role: "A", URL: "https://example.com/x"},
		{Role: "a", URL: "https://example.com/X"},
		{Role: "a", URL: "https://example.com/x?"},
		{Role: "a", URL: "https://example.com/https://example.com/x"},
		{Role: "ahttps://example.com/", URL: "https://example.com/x"},
	}
	s := newServer()
	f := open(t, t.TempDir(), s, Options{})
	for n, r := range asked {
		s.texts = map[string]string{r.URL: fmt.Sprint("text ", n)}
		want(t, f, s, r.Role, r.URL, fmt.Sprint("text ", n), 1)
	}
	for n, r := range asked {
		want(t, f, s, r.Role, r.URL, fmt.Sprint("text ", n), 0)
	}
}

// TestWrappedEOF: only the end itself is one, and not a failure that wraps it.
func TestWrappedEOF(t *testing.T) {
	s := newServer()
	s.size, s.tail = func(string) int64 { return -1 }, fmt.Errorf("reset: %w", io.EOF)
	f := open(t, t.TempDir(), s, Options{})
	for range 2 {
		if got, err := get(t.Context(), f, "signature", url); !errors.Is(err, s.tail) || s.times() != 1 {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestKept: by role and URL, whoever asks; artifacts only where asked for.
func TestKept(t *testing.T) {
	folder, s := filepath.Join(t.TempDir(), "a", "b"), newServer()
	s.texts["https://example.com/other"] = ""
	s.validator = `"v1"`
	f := open(t, folder, s, Options{})
	want(t, f, s, "signature", url, text, 1)
	want(t, f, s, "signature", url, text, 0)
	want(t, open(t, folder, s, Options{}), s, "signature", url, text, 0)
	want(t, f, s, "checksums", url, text, 1)
	want(t, f, s, "checksums", "https://example.com/other", "", 1)
	want(t, f, s, "checksums", "https://example.com/other", "", 0)
	for range 2 {
		want(t, f, s, "artifact", url, text, 1)
	}
	all := open(t, folder, s, Options{Artifacts: true})
	want(t, all, s, "artifact", url, text, 1)
	want(t, all, s, "artifact", url, text, 0)
	want(t, f, s, "artifact", url, text, 1)
	resumed, err := f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url, Offset: 2, Validator: s.validator})
	if err != nil || resumed.Offset != 2 || s.times() != 1 {
		t.Errorf("%+v, %v", resumed, err)
	}
	if resumed, err = f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url, Offset: 2}); err != nil || resumed.Offset != 2 || s.times() != 1 {
		t.Errorf("without a validator: %+v, %v", resumed, err)
	}
	r, err := f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url})
	if err != nil || r.Validator != s.validator || r.Size != int64(len(text)) || r.Offset != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range names(t, folder) {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || bytes.Contains(data, []byte("secret")) || strings.Contains(name, "secret") {
			t.Errorf("%s tells the URL, %v", name, err)
		}
	}
}

// TestBounds: what just fits is kept, and nothing is logged.
func TestBounds(t *testing.T) {
	for name, change := range map[string]func(*server){
		"the longest validator": func(s *server) { s.validator = strings.Repeat("v", maxValidator) },
		"size 0, not known":     func(s *server) { s.size = func(string) int64 { return 0 } },
	} {
		s := newServer()
		change(s)
		var log bytes.Buffer
		f := open(t, t.TempDir(), s, Options{Logger: logger(&log)})
		want(t, f, s, "signature", url, text, 1)
		r, err := f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url})
		if err != nil || r.Validator != s.validator || s.times() != 0 {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		if log.Len() > 0 {
			t.Errorf("%s: log: %s", name, &log)
		}
	}
}

// TestLargest: a document that is as large as all may be together, as one of more
// generous options is, is still taken, and one that is larger isn't read.
func TestLargest(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	s.validator = strings.Repeat("v", maxValidator)
	want(t, open(t, folder, s, Options{}), s, "signature", url, text, 1)
	want(t, open(t, folder, s, Options{MaxTotal: int64(len(text))}), s, "signature", url, text, 0)
	want(t, open(t, folder, s, Options{MaxTotal: int64(len(text)) - 1}), s, "signature", url, text, 1)
}

// TestClosed: nothing is kept any more, and what is asked for comes all the same.
func TestClosed(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	var log bytes.Buffer
	f := open(t, folder, s, Options{Logger: logger(&log)})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, f, s, "signature", url, text, 1)
	if left := names(t, folder); len(left) > 0 || !strings.Contains(log.String(), "not kept") {
		t.Errorf("left: %q; log: %s", left, &log)
	}
	log.Reset()
	f.evict(defaultMaxTotal) // as for a document whose last byte was read before
	if !strings.Contains(log.String(), "not kept") {
		t.Errorf("log: %s", &log)
	}
}

// TestBrokenReader: a body that says to have read what it can't is handed on as it is.
func TestBrokenReader(t *testing.T) {
	for _, n := range []int{-1, 11} {
		folder := t.TempDir()
		f := open(t, folder, fetchFunc(func(verify.Request) (*verify.Response, error) {
			return &verify.Response{Body: io.NopCloser(saying(n)), Size: -1}, nil
		}), Options{})
		r, err := f.Fetch(t.Context(), verify.Request{Role: "key", URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Body.Read(make([]byte, 10, 100)); got != n || err != io.ErrUnexpectedEOF {
			t.Errorf("%d, %v", got, err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		if left := names(t, folder); left != nil {
			t.Errorf("kept %q", left)
		}
	}
}

type saying int

func (n saying) Read([]byte) (int, error) { return int(n), io.ErrUnexpectedEOF }

// TestNotKept: failures, what broke off, and what is too large.
func TestNotKept(t *testing.T) {
	errTail := errors.New("broken off")
	for name, tt := range map[string]struct {
		change  func(*server)
		options Options
		request verify.Request
		read    func(io.Reader) error // nil: all of it
		want    error
		told    string // by the log
	}{
		"missing":            {change: func(s *server) { clear(s.texts) }, want: verify.ErrMissing},
		"broken off":         {change: func(s *server) { s.tail = errTail }, want: errTail},
		"not closed":         {change: func(s *server) { s.tail, s.closing = errors.New("any"), errTail }, want: errTail},
		"too short":          {change: func(s *server) { s.size = func(string) int64 { return 100 } }, told: "11 bytes of 100"},
		"too long":           {change: func(s *server) { s.size = func(string) int64 { return 3 } }, told: "11 bytes of 3"},
		"too large":          {options: Options{MaxDocument: int64(len(text)) - 1}},
		"too large, no size": {options: Options{MaxDocument: int64(len(text)) - 1}, change: func(s *server) { s.size = func(string) int64 { return -1 } }, told: "over 10 bytes"},
		"over half of all":   {options: Options{MaxTotal: 2*int64(len(text)) - 2}},
		"long validator":     {change: func(s *server) { s.validator = strings.Repeat("v", maxValidator+1) }},
		"gone on with":       {request: verify.Request{Offset: 2}},
		"asked for a change": {request: verify.Request{Validator: "v"}},
		"not read":           {read: func(io.Reader) error { return nil }},
		"not read, no size":  {change: func(s *server) { s.size = func(string) int64 { return 0 } }, read: func(io.Reader) error { return nil }},
		"half read": {read: func(r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, len(text)-1))
			return err
		}},
		"read, but to no end": {change: func(s *server) { s.size = func(string) int64 { return -1 } }, read: func(r io.Reader) error {
			_, err := io.ReadFull(r, make([]byte, len(text)))
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			folder, s := t.TempDir(), newServer()
			if tt.change != nil {
				tt.change(s)
			}
			var log bytes.Buffer
			tt.options.Logger = logger(&log)
			f := open(t, folder, s, tt.options)
			tt.request.Role, tt.request.URL = "signature", url
			for range 2 {
				err := readWith(f, tt.request, tt.read)
				if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			}
			if n := s.times(); n != 2 {
				t.Errorf("asked %d times", n)
			}
			if left := names(t, folder); len(left) > 0 {
				t.Errorf("left in the folder: %q", left)
			}
			if (log.Len() > 0) != (tt.told != "") || !strings.Contains(log.String(), tt.told) {
				t.Errorf("log: %s", &log)
			}
		})
	}
}

func readWith(f *Fetcher, r verify.Request, read func(io.Reader) error) error {
	response, err := f.Fetch(context.Background(), r)
	if err != nil {
		return err
	}
	if read == nil {
		read = func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		}
	}
	return errors.Join(read(response.Body), response.Body.Close())
}

type fetchFunc func(verify.Request) (*verify.Response, error)

func (f fetchFunc) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) { return f(r) }

// TestBrokenFetcher: what is no answer is handed on as it is, for who asked to
// refuse, and none of it is kept, nor a part as if it were the whole.
func TestBrokenFetcher(t *testing.T) {
	for name, response := range map[string]*verify.Response{
		"nothing": nil,
		"no body": {Size: 5},
		"a part":  {Body: io.NopCloser(strings.NewReader("rest")), Offset: 3},
	} {
		folder := t.TempDir()
		f := open(t, folder, fetchFunc(func(verify.Request) (*verify.Response, error) { return response, nil }), Options{})
		got, err := f.Fetch(t.Context(), verify.Request{Role: "key", URL: url})
		if err != nil || got != response {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if got != nil && got.Body != nil {
			if _, err := io.ReadAll(got.Body); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left := names(t, folder); left != nil {
			t.Errorf("%s: kept %q", name, left)
		}
	}
}

// TestLimits: what is too large isn't begun with, and costs no other document its
// place; an artifact may be larger than a document.
func TestLimits(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	s.texts["https://example.com/large"] = strings.Repeat("l", 9*block)
	f := open(t, folder, s, Options{MaxTotal: 16 * block, MaxDocument: 9 * block, Artifacts: true})
	want(t, f, s, "key", url, text, 1)
	f.create = func(string) (file, error) {
		t.Error("written")
		return nil, errors.New("no")
	}
	for _, role := range []string{"key", "artifact"} {
		want(t, f, s, role, "https://example.com/large", s.texts["https://example.com/large"], 1)
	}
	want(t, f, s, "key", url, text, 0)
	small := open(t, folder, s, Options{MaxTotal: 18 * block, MaxDocument: 1, Artifacts: true})
	want(t, small, s, "artifact", "https://example.com/large", s.texts["https://example.com/large"], 1)
	want(t, small, s, "artifact", "https://example.com/large", s.texts["https://example.com/large"], 0)
}

// TestReadToItsSize: a reader that knows the size needn't meet the end.
func TestReadToItsSize(t *testing.T) {
	s := newServer()
	f := open(t, t.TempDir(), s, Options{MaxDocument: int64(len(text))})
	err := readWith(f, verify.Request{Role: "signature", URL: url}, func(r io.Reader) error {
		_, err := io.ReadFull(r, make([]byte, len(text)))
		return err
	})
	if err != nil || s.times() != 1 {
		t.Error(err)
	}
	want(t, f, s, "signature", url, text, 0)
}

func TestAge(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	clock := func() time.Time { return now }
	folder, s := t.TempDir(), newServer()
	f := open(t, folder, s, Options{MaxAge: time.Minute, Time: clock})
	want(t, f, s, "key", url, text, 1)
	now = now.Add(time.Minute)
	want(t, f, s, "key", url, text, 0)
	now = now.Add(time.Second)
	s.texts[url] = "mended"
	want(t, f, s, "key", url, "mended", 1)
	want(t, f, s, "key", url, "mended", 0)
	now = now.Add(-time.Second) // a clock that was put right
	want(t, f, s, "key", url, "mended", 1)

	now = now.Add(59 * time.Minute)
	usual := open(t, folder, s, Options{Time: clock})
	want(t, usual, s, "key", url, "mended", 0)
	now = now.Add(2 * time.Minute)
	want(t, usual, s, "key", url, "mended", 1)

	always := open(t, folder, s, Options{MaxAge: -1, Time: clock})
	s.texts[url] = "newer"
	for range 2 {
		want(t, always, s, "key", url, "newer", 1)
	}
	now = now.Add(1000 * time.Hour)
	want(t, open(t, folder, nil, Options{Time: clock}), s, "key", url, "newer", 0)
}

func TestOffline(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	s.texts["https://example.com/2"] = "2"
	want(t, open(t, folder, s, Options{}), s, "signature", url, text, 1)
	for _, f := range []*Fetcher{open(t, folder, s, Options{Offline: true}), open(t, folder, nil, Options{})} {
		want(t, f, s, "signature", url, text, 0)
		for _, r := range []verify.Request{{Role: "signature", URL: "https://example.com/2"}, {Role: "key", URL: url}, {Role: "artifact", URL: url}} {
			if got, err := get(t.Context(), f, r.Role, r.URL); !errors.Is(err, verify.ErrNoFetcher) || verify.Reason(err) != "no-network" {
				t.Errorf("%+v: %q, %v", r, got, err)
			}
		}
		// What can't be resumed begins at 0.
		r, err := f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url, Offset: 3, Validator: "v"})
		if err != nil || r.Offset != 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		_ = r.Body.Close()
	}
	if n := s.times(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// TestCorrupt: whatever bit of a file is another one, and wherever it is cut, the
// document counts as not there.
func TestCorrupt(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	s.validator = "v"
	f := open(t, folder, s, Options{})
	want(t, f, s, "signature", url, text, 1)
	file := filepath.Join(folder, nameOf(verify.Request{Role: "signature", URL: url}))
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := get(t.Context(), open(t, folder, nil, Options{}), "signature", url); !errors.Is(err, verify.ErrNoFetcher) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 1 << (i % 8)
		spoil("flipped", changed)
		spoil("cut", whole[:i])
	}
	spoil("longer", append(bytes.Clone(whole), 0))
	spoil("empty", nil)
	want(t, f, s, "signature", url, text, 1) // which mends it
	want(t, f, s, "signature", url, text, 0)

	// Nor is it the document of another name.
	if err := os.Rename(file, filepath.Join(folder, nameOf(verify.Request{Role: "key", URL: url}))); err != nil {
		t.Fatal(err)
	}
	want(t, f, s, "key", url, text, 1)
}

// TestHuge: what no document can be isn't read, and gives way to one.
func TestHuge(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	f := open(t, folder, s, Options{})
	want(t, f, s, "key", url, text, 1)
	name := filepath.Join(folder, nameOf(verify.Request{Role: "key", URL: url}))
	if err := os.Truncate(name, 1<<40); err != nil {
		t.Skip(err) // no sparse files
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if got, err := get(ctx, f, "key", url); err != nil || got != text {
		t.Fatalf("%q, %v", got, err)
	}
	if n := s.times(); n != 1 {
		t.Errorf("the server was asked %d times", n)
	}
	want(t, f, s, "key", url, text, 0)
}

// TestFullDisk: what can't be written is handed on all the same.
func TestFullDisk(t *testing.T) {
	errFull := errors.New("no space left on device")
	for name, fails := range map[string]small{
		"nothing": {room: -1}, "header": {room: 0}, "content": {room: fixedSize + 2}, "digest": {room: 1 << 10},
		// and where there is room again afterwards
		"header, once": {room: 0, once: true}, "content, once": {room: fixedSize + 2, once: true}, "end": {room: 1 << 10, once: true, late: true},
	} {
		folder, s := t.TempDir(), newServer()
		var log bytes.Buffer
		f := open(t, folder, s, Options{Logger: logger(&log)})
		create := f.create
		f.create = func(name string) (file, error) {
			if fails.room < 0 {
				return nil, errFull
			}
			inner, err := create(name)
			s := fails
			s.file, s.err = inner, errFull
			return &s, err
		}
		for range 2 {
			want(t, f, s, "signature", url, text, 1)
		}
		if left := names(t, folder); len(left) > 0 || !strings.Contains(log.String(), errFull.Error()) {
			t.Errorf("%s: left in the folder: %q; log: %s", name, left, &log)
		}
	}
}

// small is a file with little room.
type small struct {
	file
	room int
	once bool // one Write fails, and all else is right,
	late bool // but for Close
	err  error
}

func (s *small) Write(p []byte) (int, error) {
	if s.room -= len(p); s.room < 0 {
		if s.once {
			s.room = 1 << 10
		}
		return 0, s.err
	}
	return s.file.Write(p)
}

func (s *small) WriteAt(p []byte, at int64) (int, error) {
	if s.once {
		return s.file.WriteAt(p, at)
	}
	return 0, s.err
}

func (s *small) Close() error {
	err := s.file.Close()
	if s.late {
		err = s.err
	}
	return err
}

// TestEvict: the folder stays within its limit, and what was used last stays.
func TestEvict(t *testing.T) {
	const total = 64 * block
	folder, s := t.TempDir(), &server{texts: map[string]string{}, validator: strings.Repeat("v", maxValidator)}
	now := time.Now()
	f := open(t, folder, s, Options{MaxTotal: total, MaxAge: 1000 * time.Hour, Time: func() time.Time { return now }})
	at := func(i int) string { return "https://example.com/" + strings.Repeat("x", i) }
	used := at(0)
	for i := range 300 {
		s.texts[at(i)] = strings.Repeat("d", i%3*block)
		now = now.Add(time.Second)
		if _, err := get(t.Context(), f, "key", at(i)); err != nil {
			t.Fatal(err)
		}
		// What a file's clock says is made to be what the test's says.
		name := filepath.Join(folder, nameOf(verify.Request{Role: "key", URL: at(i)}))
		if err := os.Chtimes(name, now, now); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		s.times()
		if got, err := get(t.Context(), f, "key", used); err != nil || got != s.texts[used] || s.times() != 0 {
			t.Fatalf("%d: what is used all the time: %v", i, err)
		}
		var sum int64
		for _, name := range names(t, folder) {
			info, err := os.Stat(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			sum += charge(info.Size())
		}
		if sum > total {
			t.Fatalf("%d: %d bytes in the folder, over %d", i, sum, total)
		}
	}
	want(t, f, s, "key", at(298), s.texts[at(298)], 0) // of the last the clock was put right too late
	want(t, f, s, "key", at(1), s.texts[at(1)], 1)
}

// TestEvictTogether: two processes that find the folder too full at the same time
// don't remove twice as much.
func TestEvictTogether(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	one, other := open(t, folder, s, Options{}), open(t, folder, s, Options{})
	for i := range 10 {
		s.texts[url+strings.Repeat("x", i)] = text
		want(t, one, s, "key", url+strings.Repeat("x", i), text, 1)
	}
	_, documents, err := one.measure()
	if err != nil || len(documents) != 10 {
		t.Fatal(len(documents), err)
	}
	for _, f := range []*Fetcher{one, other} { // both have measured before
		if err := f.shrink(4*block, documents); err != nil {
			t.Error(err)
		}
	}
	if left := len(names(t, folder)); left != 6 {
		t.Errorf("%d documents are left", left)
	}
}

// TestStuck: what can't be removed doesn't count as if it were, and is told.
func TestStuck(t *testing.T) {
	folder := t.TempDir()
	f := open(t, folder, nil, Options{})
	for _, name := range []string{"stuck", "stuck/below", "one", "two"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	err := f.shrink(block, []stored{{name: "stuck", size: block}, {name: "one", size: block}, {name: "two", size: block}})
	var pathErr *os.PathError
	if !errors.As(err, &pathErr) || pathErr.Path != "stuck" {
		t.Error(err)
	}
	if left := strings.Join(names(t, folder), " "); left != "stuck two" {
		t.Errorf("left: %s", left)
	}
}

// TestMany: all are looked at, how many there are.
func TestMany(t *testing.T) {
	folder := t.TempDir()
	for i := range 257 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%064x", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	total, documents, err := open(t, folder, nil, Options{}).measure()
	if err != nil || len(documents) != 257 || total != 257*block {
		t.Errorf("%d documents of %d bytes, %v", len(documents), total, err)
	}
}

// TestLeftOver: what a killed process left goes, and what isn't ours stays.
func TestLeftOver(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	now := time.Unix(1_800_000_000, 0)
	others := []string{"README", strings.Repeat("A", 64), strings.Repeat("a", 63), strings.Repeat("a", 62), strings.Repeat("z", 64)}
	for name, age := range map[string]time.Duration{"OLD": abandoned + time.Second, "YOUNG": abandoned, "FUTURE": -time.Hour} {
		if err := os.WriteFile(filepath.Join(folder, temporary+name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(folder, temporary+name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(folder, name), time.Unix(0, 0), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, strings.Repeat("0", 64)), 0o700); err != nil {
		t.Fatal(err)
	}
	f := open(t, folder, s, Options{MaxTotal: 1000, Time: func() time.Time { return now }})
	want(t, f, s, "key", url, text, 1) // which alone is over the limit by what it counts for
	others = append(others, temporary+"YOUNG", temporary+"FUTURE", strings.Repeat("0", 64))
	slices.Sort(others)
	if left := names(t, folder); !slices.Equal(left, others) {
		t.Errorf("left: %q", left)
	}
}

// TestContext: nothing is read for a context that is done, and a body ends with
// it.
func TestContext(t *testing.T) {
	folder, s := t.TempDir(), newServer()
	f := open(t, folder, s, Options{})
	want(t, f, s, "signature", url, text, 1)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := f.Fetch(ctx, verify.Request{Role: "signature", URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	cancel(cause)
	if n, err := r.Body.Read(make([]byte, 1)); n != 0 || !errors.Is(err, cause) {
		t.Errorf("%d, %v", n, err)
	}
	for _, f := range []*Fetcher{f, open(t, folder, nil, Options{})} {
		if _, err := get(ctx, f, "signature", url); !errors.Is(err, cause) {
			t.Error(err)
		}
	}
	if n := s.times(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// TestCloseDuringRead: a body whose Read hangs can be closed, and what comes of
// the Read then is not kept.
func TestCloseDuringRead(t *testing.T) {
	folder, hang := t.TempDir(), make(chan struct{})
	f := open(t, folder, hanging{hang}, Options{})
	r, err := f.Fetch(t.Context(), verify.Request{Role: "signature", URL: url})
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := r.Body.Read(make([]byte, 10))
		read <- err
	}()
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
	close(hang)
	if err := <-read; err != io.EOF {
		t.Error(err)
	}
	if left := names(t, folder); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

type hanging struct{ until chan struct{} }

func (h hanging) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return &verify.Response{Body: io.NopCloser(h), Size: -1}, nil
}

func (h hanging) Read([]byte) (int, error) {
	<-h.until
	return 0, io.EOF
}

// schemes is a Fetcher that takes other URLs.
type schemes struct{ *server }

var errScheme = errors.New("another scheme")

func (schemes) CheckURL(raw string) error {
	if strings.HasPrefix(raw, "file:") {
		return nil
	}
	return errScheme
}

// TestURLs: which are taken is the other Fetcher's to say.
func TestURLs(t *testing.T) {
	folder := t.TempDir()
	s := newServer()
	s.texts["file:///x"] = "x"
	files := open(t, folder, schemes{s}, Options{})
	want(t, files, s, "key", "file:///x", "x", 1)
	want(t, files, s, "key", "file:///x", "x", 0)
	if err := files.CheckURL(url); !errors.Is(err, errScheme) {
		t.Error(err)
	}
	if _, err := get(t.Context(), files, "key", url); !errors.Is(err, errScheme) {
		t.Error(err)
	}
	for _, f := range []*Fetcher{open(t, folder, s, Options{}), open(t, folder, nil, Options{})} {
		if _, err := get(t.Context(), f, "key", "file:///x"); !errors.Is(err, verify.ErrURL) || !errors.Is(f.CheckURL("file:///x"), verify.ErrURL) || f.CheckURL(url) != nil {
			t.Error(err)
		}
	}
	if n := s.times(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{MaxDocument: -1}, {MaxTotal: -1}} {
		if _, err := Open(t.TempDir(), nil, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	for _, folder := range []string{file, filepath.Join(file, "below"), ""} {
		if f, err := Open(folder, nil, Options{}); err == nil {
			t.Errorf("%q is a folder", folder)
			_ = f.Close()
		} else if !strings.HasPrefix(err.Error(), "cache: mkdir ") {
			t.Errorf("%q: %v", folder, err)
		}
	}
}

// entry is a file as it is written.
func entry(name, validator, text string) []byte {
	h := header{fetched: time.Unix(1_800_000_000, 0), validator: validator}
	return sealed(name, append(h.bytes(), text...))
}

// sealed gives a file its digest, whatever is in it.
func sealed(name string, data []byte) []byte {
	digest := newDigest(name)
	digest.Write(data[fetchedAt:])
	copy(data[digestAt:], digest.Sum(nil))
	return data
}

// part is a file whose bytes can't be read from one on.
type part []byte

func (p part) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, p[min(at, int64(len(p))):])
	if n < len(b) {
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

// TestCheck: what can't be read isn't judged by what can, and what comes to a file
// while it is read is no part of it.
func TestCheck(t *testing.T) {
	data := entry("name", "v", text)
	if _, _, err := check(t.Context(), part(data), int64(len(data))+1, "name"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	content, _, err := check(t.Context(), bytes.NewReader(append(data, "more"...)), int64(len(data)), "name")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); string(got) != text || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	short := header{validator: strings.Repeat("v", 10)}.bytes()
	short = sealed("name", short[:len(short)-1]) // ends within its validator
	if _, _, err := check(t.Context(), bytes.NewReader(short), int64(len(short)), "name"); err != errMiss {
		t.Error(err)
	}
}

// FuzzEntry: of any bytes only those that were written come back as a document.
func FuzzEntry(f *testing.F) {
	name := nameOf(verify.Request{Role: "key", URL: url})
	f.Add(entry(name, "", ""))
	f.Add(entry(name, "v", text))
	f.Add(entry(name, strings.Repeat("v", maxValidator), text))
	f.Add(entry(name, strings.Repeat("v", maxValidator+1), text))
	f.Add([]byte(magic))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		content, h, err := check(t.Context(), bytes.NewReader(data), int64(len(data)), name)
		if err != nil {
			if !errors.Is(err, errMiss) || content != nil {
				t.Errorf("%v", err)
			}
			return
		}
		document, err := io.ReadAll(content)
		if err != nil || len(h.validator) > maxValidator {
			t.Errorf("%v", err)
		}
		if again := append(h.bytes(), document...); !bytes.Equal(again, data) {
			t.Errorf("%x came of %x", again, data)
		}
	})
}
