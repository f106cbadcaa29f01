package roundtrip

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// newClient is one whose bodies are verified, as files of a version.
func newClient(t *testing.T, p *verifytest.Publisher, version string) *http.Client {
	t.Helper()
	v, err := verify.New(cases.Config(p))
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: Transport{p.Client().Transport, func(req *http.Request) (*verify.Plan, error) {
		return v.Plan(verify.Artifact{URL: req.URL.String(), Variables: map[string]string{"version": version}}, p.Table())
	}}}
}

// get is a library's: it knows nothing of signatures.
func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func TestTransport(t *testing.T) {
	p := cases.Publisher(t)
	reasons := cases.Reasons()
	delete(reasons, "missing artifact") // a status, below
	client := newClient(t, p, cases.Version)
	cases.Run(t, p, reasons, func(_ *testing.T, dst string) error {
		data, err := get(t.Context(), client, p.Artifact(cases.Version, cases.Name).URL)
		if err != nil {
			return err
		}
		return os.WriteFile(dst, data, 0o600)
	})
}

// TestExactly: a library that knows the length reads no more.
func TestExactly(t *testing.T) {
	p := cases.Publisher(t)
	p.Break("flipped artifact")
	resp, err := newClient(t, p, cases.Version).Get(p.Artifact(cases.Version, cases.Name).URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n := len(cases.Content(cases.Version)); resp.ContentLength != int64(n) {
		t.Errorf("%d bytes of %d", resp.ContentLength, n)
	}
	if _, err := io.ReadFull(resp.Body, make([]byte, resp.ContentLength)); verify.Reason(err) != "invalid" {
		t.Error(err)
	}
}

// A front answers for a host that misbehaves.
func newFront(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(serve)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// TestRedirect: what counts is what was asked for, and not where it was found.
func TestRedirect(t *testing.T) {
	p := cases.Publisher(t)
	good := p.Artifact(cases.Version, cases.Name).URL
	old := p.Artifact(cases.Old, cases.Name).URL
	to := good
	front := newFront(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sig") {
			http.Redirect(w, r, to+".sig", http.StatusFound)
			return
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, "evil")
	})
	client := newClient(t, p, cases.Version)
	for _, tt := range []struct{ to, want string }{{good, ""}, {old, "version-mismatch"}} {
		to = tt.to
		data, err := get(t.Context(), client, front+"/"+cases.Name)
		if verify.Reason(err) != tt.want || err == nil && !bytes.Equal(data, cases.Content(cases.Version)) {
			t.Errorf("%s: %v", tt.to, err)
		}
	}

	// Who doesn't follow a redirect gets nothing of it.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if data, err := get(t.Context(), client, front+"/"+cases.Name); len(data) != 0 || err != nil {
		t.Errorf("%q, %v", data, err)
	}

	// The plan is for the first address, and so is its signature.
	var planned []string
	transport := client.Transport.(Transport)
	plan := transport.Plan
	transport.Plan = func(req *http.Request) (*verify.Plan, error) {
		planned = append(planned, req.URL.String())
		return plan(req)
	}
	to = good
	if _, err := get(t.Context(), &http.Client{Transport: transport}, front+"/"+cases.Name); err != nil {
		t.Error(err)
	}
	if len(planned) != 2 || planned[0] != planned[1] || !strings.HasPrefix(planned[0], front) {
		t.Errorf("plans for %q", planned)
	}
}

// TestStatus: a body that nobody vouches for is left out, whatever its status.
func TestStatus(t *testing.T) {
	p := cases.Publisher(t)
	good := p.Artifact(cases.Version, cases.Name).URL
	for _, code := range []int{http.StatusNotFound, http.StatusCreated, http.StatusPartialContent, http.StatusInternalServerError, http.StatusMultipleChoices} {
		front := newFront(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sig") {
				http.Redirect(w, r, good+".sig", http.StatusFound)
				return
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "evil")
		})
		resp, err := newClient(t, p, cases.Version).Get(front + "/" + cases.Name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		if resp.StatusCode != code || len(data) != 0 || resp.ContentLength != 0 || err != nil {
			t.Errorf("%d: %q, %v", code, data, err)
		}
		_ = resp.Body.Close()
	}
}

// TestRequests: a part can't be verified, and what isn't for reading has no body.
func TestRequests(t *testing.T) {
	p := cases.Publisher(t)
	url := p.Artifact(cases.Version, cases.Name).URL
	client := newClient(t, p, cases.Version)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", "bytes=1-")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !bytes.Equal(data, cases.Content(cases.Version)) || req.Header.Get("Range") == "" {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	for _, ask := range []func() (*http.Response, error){
		func() (*http.Response, error) { return client.Head(url) },
		func() (*http.Response, error) { return client.Post(url, "text/plain", strings.NewReader("x")) },
	} {
		resp, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(resp.Body); len(data) != 0 || err != nil {
			t.Errorf("%q, %v", data, err)
		}
		_ = resp.Body.Close()
	}
	errPlan := errors.New("not to be asked for")
	client.Transport = Transport{p.Client().Transport, func(*http.Request) (*verify.Plan, error) { return nil, errPlan }}
	p.Asked()
	if _, err := get(t.Context(), client, url); !errors.Is(err, errPlan) || p.Asked() != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := get(ctx, newClient(t, p, cases.Version), url); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestEncoding: what a server packs on the way isn't what was signed.
func TestEncoding(t *testing.T) {
	p := cases.Publisher(t)
	good := p.Artifact(cases.Version, cases.Name).URL
	front := newFront(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, ".sig"):
			http.Redirect(w, r, good+".sig", http.StatusFound)
		case r.Header.Get("Accept-Encoding") == "identity":
			_, _ = w.Write(cases.Content(cases.Version))
		default:
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte("evil"))
			_ = z.Close()
		}
	})
	if _, err := get(t.Context(), newClient(t, p, cases.Version), front+"/"+cases.Name); err != nil {
		t.Error(err)
	}
}
