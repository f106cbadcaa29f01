package verify_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

func fetch(ctx context.Context, f verify.Fetcher, url string) ([]byte, error) {
	r, err := f.Fetch(ctx, url)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestHTTPS(t *testing.T) {
	insecure := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("asked over http")
	}))
	t.Cleanup(insecure.Close)
	s := newSite(t)
	s.put("/file", []byte("content"))
	s.files["/moved"] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/file", http.StatusFound) }
	s.files["/downgrade"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, insecure.URL+"/file", http.StatusFound)
	}
	s.files["/userinfo"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://user:secret@"+r.Host+"/file", http.StatusFound)
	}
	for hops := range 12 {
		next := "/file"
		if hops > 0 {
			next = "/hops" + strconv.Itoa(hops-1)
		}
		s.files["/hops"+strconv.Itoa(hops)] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, next, http.StatusFound) }
	}
	s.files["/500"] = status(http.StatusInternalServerError)
	s.files["/429"] = status(http.StatusTooManyRequests)
	s.files["/403"] = status(http.StatusForbidden)
	s.files["/204"] = status(http.StatusNoContent)
	s.files["/gone"] = status(http.StatusGone)
	s.files["/cut"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("short"))
	}
	for _, tt := range []struct {
		url  string
		want error
	}{
		{s.URL + "/file", nil},
		{s.URL + "/moved", nil},
		{s.URL + "/hops9", nil},
		{s.URL + "/hops10", verify.ErrUnreachable},
		{s.URL + "/downgrade", verify.ErrURL},
		{s.URL + "/userinfo", verify.ErrURL},
		{s.URL + "/absent", verify.ErrMissing},
		{s.URL + "/gone", verify.ErrMissing},
		{s.URL + "/500", verify.ErrUnreachable},
		{s.URL + "/429", verify.ErrUnreachable},
		{s.URL + "/403", verify.ErrUnreachable},
		{s.URL + "/204", verify.ErrUnreachable},
		{s.URL + "/cut", verify.ErrUnreachable},
		{insecure.URL + "/file", verify.ErrURL},
		{"ftp://example.com/file", verify.ErrURL},
		{"https:///file", verify.ErrURL},
		{"https://user:secret@example.com/file", verify.ErrURL},
		{"file", verify.ErrURL},
		{"https://exa mple.com/", verify.ErrURL},
		{"", verify.ErrURL},
		{"https://127.0.0.1:1/file", verify.ErrUnreachable},
	} {
		data, err := fetch(context.Background(), s.fetcher(), tt.url)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.url, err, tt.want)
		}
		if tt.want == nil && string(data) != "content" {
			t.Errorf("%s: %q", tt.url, data)
		}
		if err != nil && bytes.Contains([]byte(err.Error()), []byte("secret")) {
			t.Errorf("%s: the error tells the password: %v", tt.url, err)
		}
	}
}

// TestHTTPSUnknownAuthority: without the server's certificate nothing is
// fetched.
func TestHTTPSUnknownAuthority(t *testing.T) {
	s := newSite(t)
	s.put("/file", []byte("content"))
	if _, err := fetch(context.Background(), verify.HTTPS{}, s.URL+"/file"); !errors.Is(err, verify.ErrUnreachable) {
		t.Errorf("error %v", err)
	}
}

// TestHTTPSKeepsEncoding: servers label a .tar.gz with a Content-Encoding;
// unpacking it would change the bytes that were signed.
func TestHTTPSKeepsEncoding(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("content"))
	_ = w.Close()
	s := newSite(t)
	s.files["/tool.tar.gz"] = func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("Accept-Encoding %q", got)
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}
	got, err := fetch(context.Background(), s.fetcher(), s.URL+"/tool.tar.gz")
	if err != nil || !bytes.Equal(got, packed.Bytes()) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestNoCookies: a client's jar is not used, and answers put nothing into it.
func TestNoCookies(t *testing.T) {
	s := newSite(t)
	client := s.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.Jar = jar
	home, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(home, []*http.Cookie{{Name: "session", Value: "secret"}})
	s.files["/file"] = func(w http.ResponseWriter, r *http.Request) {
		if c := r.Header["Cookie"]; c != nil {
			t.Errorf("cookies %q arrived", c)
		}
		http.SetCookie(w, &http.Cookie{Name: "tracker", Value: "1"})
	}
	if _, err := fetch(context.Background(), verify.HTTPS{Client: client}, s.URL+"/file"); err != nil {
		t.Fatal(err)
	}
	if got := jar.Cookies(home); len(got) != 1 {
		t.Errorf("the jar holds %v", got)
	}
}

// TestEndOfBody: an answer whose end can't be told from a broken line is
// refused, and one whose length is told in any way is not.
func TestEndOfBody(t *testing.T) {
	s := newSite(t)
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, text)
			_ = c.(*tls.Conn).NetConn().Close() // without a close_notify
		}
	}
	s.files["/endless"] = raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart")
	s.files["/endless10"] = raw("HTTP/1.0 200 OK\r\n\r\npart")
	s.files["/identity"] = raw("HTTP/1.0 200 OK\r\nTransfer-Encoding: identity\r\n\r\npart")
	s.files["/length10"] = raw("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nwhole")
	s.files["/length"] = raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole")
	s.files["/empty"] = raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	s.files["/chunked"] = raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n")
	s.files["/short"] = raw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwhole")
	s.files["/chunk"] = raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n")
	for path, ok := range map[string]bool{
		"/endless": false, "/endless10": false, "/identity": false, "/short": false, "/chunk": false,
		"/length10": true, "/length": true, "/empty": true, "/chunked": true,
	} {
		data, err := fetch(context.Background(), s.fetcher(), s.URL+path)
		switch {
		case ok && (err != nil || len(data) != 5 && path != "/empty"):
			t.Errorf("%s: %q, %v", path, data, err)
		case !ok && !errors.Is(err, verify.ErrUnreachable):
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}

	two := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		_ = http.NewResponseController(w).Flush() // so that no length is told
		_, _ = w.Write([]byte("whole"))
	}))
	two.EnableHTTP2 = true
	two.StartTLS()
	t.Cleanup(two.Close)
	data, err := fetch(context.Background(), verify.HTTPS{Client: two.Client()}, two.URL)
	if err != nil || string(data) != "whole" {
		t.Errorf("HTTP/2: %q, %v", data, err)
	}
}

// TestFetchCancelled: a cancelled context ends a download at once, with its own
// error, whether the server is silent before or within its answer.
func TestFetchCancelled(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1 << 20)
	for _, silent := range []string{"/tool.tgz.sig", "/tool.tgz"} {
		for _, within := range []bool{false, true} {
			s := newSite(t)
			s.put("/tool.tgz", data)
			s.put("/tool.tgz.sig", key.SignBytes(data, comment))
			ctx, cancel := context.WithCancelCause(context.Background())
			why := errors.New("enough")
			s.files[silent] = func(w http.ResponseWriter, r *http.Request) {
				if within {
					w.WriteHeader(http.StatusOK)
					_, _ = w.Write(data[:1000])
					_ = http.NewResponseController(w).Flush()
				}
				cancel(why)
				<-r.Context().Done()
			}
			dst := newDestination(t)
			start := time.Now()
			plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher()}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, table(key.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			_, err = plan.Download(ctx, dst.name)
			if !errors.Is(err, why) {
				t.Errorf("%s: %v", silent, err)
			}
			if waited := time.Since(start); waited > 10*time.Second {
				t.Errorf("%s: cancelling took %v", silent, waited)
			}
			dst.untouched(t)
		}
	}
}

// flaky is a fetcher whose artifact breaks off with an error of its own.
type flaky struct{ data []byte }

func (f flaky) Fetch(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(f.data), readerFunc(func([]byte) (int, error) {
		return 0, errors.New("the line dropped")
	}))), nil
}

// nothing is a fetcher that breaks its contract.
type nothing struct{}

func (nothing) Fetch(context.Context, string) (io.ReadCloser, error) { return nil, nil } //nolint:nilnil // the mistake under test

func TestForeignFetchers(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1000)
	for _, tt := range []struct {
		fetcher   verify.Fetcher
		signature []byte
		stage     verify.Stage
	}{
		{flaky{}, nil, verify.StageSignature},
		{flaky{data}, key.SignBytes(data, comment), verify.StageArtifact},
		{nothing{}, nil, verify.StageSignature},
		{nothing{}, key.SignBytes(data, comment), verify.StageArtifact},
	} {
		v := newVerifier(t, verify.Config{Fetcher: tt.fetcher})
		plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Signature: tt.signature}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		dst := newDestination(t)
		_, err = plan.Download(context.Background(), dst.name)
		wantError(t, err, tt.stage, verify.ErrUnreachable)
		dst.untouched(t)
	}
}
