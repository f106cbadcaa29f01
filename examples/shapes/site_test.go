package shapes

import (
	"bytes"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// What is published: the version that is asked for and the one before it, for this
// platform and another one.
const (
	version = "1.1.0"
	old     = "1.0.0"

	elsewhere = "plan9"

	// siteURL is where it is: its client takes a test's server for that host.
	siteURL = "https://example.com"
)

// documents are what a publisher serves, by path.
type documents map[string][]byte

// serve serves them over TLS on loopback.
func (d documents) serve(t *testing.T) Site {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := d[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return Site{siteURL, https.Fetcher{Client: server.Client(), Retries: -1}}
}

// A change is what somebody does who holds the host.
type change func(t *testing.T, d documents)

func remove(path string) change {
	return func(t *testing.T, d documents) {
		t.Helper()
		if d[path] == nil {
			t.Fatalf("no %s", path)
		}
		delete(d, path)
	}
}

// serveAt serves in the place of each second path what is at the first.
func serveAt(pairs ...string) change {
	return func(t *testing.T, d documents) {
		t.Helper()
		good := maps.Clone(d)
		for i := 0; i < len(pairs); i += 2 {
			if good[pairs[i]] == nil || good[pairs[i+1]] == nil {
				t.Fatalf("no %s, or no %s", pairs[i], pairs[i+1])
			}
			d[pairs[i+1]] = good[pairs[i]]
		}
	}
}

// flip changes a bit in the middle, or in text a character of what counts: of the
// longest line, that of the most base64 or of a digest.
func flip(path string) change {
	return func(t *testing.T, d documents) {
		t.Helper()
		data := bytes.Clone(d[path])
		line := slices.MaxFunc(bytes.Split(data, []byte("\n")), func(a, b []byte) int { return len(a) - len(b) })
		at := bytes.Index(data, line) + len(line)/3
		switch c := data[at]; {
		case len(line) == 0:
			t.Fatalf("nothing to flip in %s", path)
		case strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", c) < 0:
			data[at] ^= 1
		case c == '0':
			data[at] = '1'
		default:
			data[at] = '0'
		}
		d[path] = data
	}
}

// replay serves, wherever the version stands in a path, what is there under the old
// one.
func replay(t *testing.T, d documents) {
	t.Helper()
	n := 0
	for path := range d {
		if before, ok := d[strings.ReplaceAll(path, version, old)]; ok && strings.Contains(path, version) {
			d[path] = before
			n++
		}
	}
	if n == 0 {
		t.Fatal("nothing to replay")
	}
}

// A fault is a change, and why what is served then is refused; nil for what passes.
type fault struct {
	change change
	is     error
	reason string
}

// A program is what a shape installs.
type program struct {
	content []byte // of what is at dst then; nil for a folder
	before  []byte // what was there; nil for nothing
	unbound string // what the report says that nothing signed binds
	install func(t *testing.T, s Site, dst string) (*verify.Report, error)
}

// try has the program installed once for each fault. What is refused is refused for
// its own reason, and leaves what was there.
func (p program) try(t *testing.T, good documents, faults map[string]fault) {
	t.Helper()
	faults["nothing"] = fault{}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			d := maps.Clone(good)
			s := d.serve(t)
			if f.change != nil {
				f.change(t, d)
			}
			dst := filepath.Join(t.TempDir(), "program")
			if p.before != nil {
				if err := os.WriteFile(dst, p.before, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			report, err := p.install(t, s, dst)
			if f.is != nil {
				if report != nil || !errors.Is(err, f.is) || verify.Reason(err) != f.reason {
					t.Errorf("%v (%s), want %s", err, verify.Reason(err), f.reason)
				}
				has(t, dst, p.before, p.before != nil)
				return
			}
			if err != nil || report.Status != verify.Verified {
				t.Fatalf("%s, %v", report, err)
			}
			if open := unbound(report); open != p.unbound {
				t.Errorf("nothing signed binds %q", open)
			}
			has(t, dst, p.content, true)
		})
	}
}

// unbound is what the report says that nothing signed binds.
func unbound(r *verify.Report) string {
	var what []string
	for _, text := range r.NotChecked {
		if name, ok := strings.CutSuffix(text, ": nothing signed binds it"); ok {
			what = append(what, name)
		}
	}
	return strings.Join(what, ", ")
}

// has checks what is at dst, and that nothing is beside it.
func has(t *testing.T, dst string, content []byte, there bool) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dst))
	if err != nil || len(entries) > 1 || (len(entries) == 1) != there {
		t.Errorf("left there: %v, %v", entries, err)
	}
	if content == nil {
		return
	}
	if got, err := os.ReadFile(dst); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%q is there, %v", got, err)
	}
}
