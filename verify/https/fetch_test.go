package https_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// site is a loopback HTTPS server.
type site struct {
	*httptest.Server
	files map[string]http.HandlerFunc
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{files: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := s.files[r.URL.Path]; f != nil {
			f(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that must fail
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *site) put(path string, data []byte) {
	s.files[path] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

func (s *site) fetcher() verify.Fetcher { return https.Fetcher{Client: s.Client(), Retries: -1} }

// status answers with an HTTP status and nothing else.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func fetch(ctx context.Context, f verify.Fetcher, url string) ([]byte, error) {
	r, err := f.Fetch(ctx, verify.Request{URL: url, Role: "artifact"})
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

func TestFetch(t *testing.T) {
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

// TestKeepsEncoding: servers label a .tar.gz with a Content-Encoding;
// unpacking it would change the bytes that were signed.
func TestKeepsEncoding(t *testing.T) {
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
	if _, err := fetch(context.Background(), https.Fetcher{Client: client}, s.URL+"/file"); err != nil {
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
	data, err := fetch(context.Background(), https.Fetcher{Client: two.Client()}, two.URL)
	if err != nil || string(data) != "whole" {
		t.Errorf("HTTP/2: %q, %v", data, err)
	}
}

// TestSecrets: passwords and tokens of URLs stay out of messages, and out of
// what other servers are told.
func TestSecrets(t *testing.T) {
	s, elsewhere := newSite(t), newSite(t)
	var referer []string
	elsewhere.files["/b"] = func(_ http.ResponseWriter, r *http.Request) { referer = r.Header["Referer"] }
	s.files["/a"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://user:secret@"+r.Host+"/file?token=secret", http.StatusFound)
	}
	s.files["/c"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/b", http.StatusFound)
	}
	_, err := fetch(t.Context(), s.fetcher(), s.URL+"/a")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
	for _, location := range []string{"https://exa mple.com/?t=secret", "https://user:secret@[::1/", "https://x:y:z/?secret", "%zz?secret"} {
		hits := 0
		s.files["/bad"] = func(w http.ResponseWriter, _ *http.Request) {
			hits++
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}
		_, err := fetch(t.Context(), s.fetcher(), s.URL+"/bad")
		if !errors.Is(err, verify.ErrURL) || strings.Contains(err.Error(), "secret") || hits != 1 {
			t.Errorf("%s: %d requests, %v", location, hits, err)
		}
	}
	s.files["/named"] = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "%zz") } // no redirect
	if _, err := fetch(t.Context(), s.fetcher(), s.URL+"/named"); err != nil {
		t.Error(err)
	}
	if _, err := fetch(t.Context(), s.fetcher(), s.URL+"/c?token=secret"); err != nil || referer != nil {
		t.Errorf("%v; another server was told %q", err, referer)
	}
}
