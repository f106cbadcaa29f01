package https_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

const token = "ghp_0123456789secret"

// tokenFor are the headers of a server.
func tokenFor(t *testing.T, s *site) map[string]http.Header {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]http.Header{u.Host: {
		"Authorization": {"Bearer " + token}, "PRIVATE-TOKEN": {token}, "Cookie": {"session=" + token},
		"Accept": {"application/octet-stream"}, "Range": {"bytes=1-"}, "accept-encoding": {"gzip"},
	}}
}

// hasToken reports whether a request has the token anywhere.
func hasToken(r *http.Request) bool {
	var b bytes.Buffer
	_ = r.Header.Write(&b)
	return strings.Contains(b.String()+r.URL.String(), token)
}

// TestToken: a token goes to its own host, and not along a redirect to another;
// a redirect back has it again. What the Fetcher says itself nobody replaces.
func TestToken(t *testing.T) {
	own, other := newSite(t), newSite(t)
	var asked []string
	note := func(name string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mark := ""
			if hasToken(r) {
				mark = "!"
			}
			asked = append(asked, name+mark)
			if r.Header.Get("Range") != "" || r.Header.Get("Accept-Encoding") != "identity" || r.Header.Get("Referer") != "" {
				t.Errorf("%s: %v", name, r.Header)
			}
			h(w, r)
		}
	}
	to := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
	}
	own.files["/asset"] = note("own", to(other.URL+"/blob"))
	other.files["/blob"] = note("other", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("blob")) })
	own.files["/round"] = note("own", to(other.URL+"/back"))
	other.files["/back"] = note("other", to(own.URL+"/end"))
	own.files["/end"] = note("own", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("end")) })
	own.files["/port"] = note("own", to(strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+"/blob"))
	f := https.Fetcher{Client: own.Client(), Retries: -1, Headers: tokenFor(t, own)}
	for path, want := range map[string]string{"/asset": "own! other", "/round": "own! other own!", "/end": "own!"} {
		asked = nil
		if _, err := fetch(t.Context(), f, own.URL+path); err != nil || strings.Join(asked, " ") != want {
			t.Errorf("%s: %q, %v; want %q", path, asked, err, want)
		}
	}
	asked = nil
	if _, err := fetch(t.Context(), f, other.URL+"/blob"); err != nil || strings.Join(asked, " ") != "other" {
		t.Errorf("%q, %v", asked, err)
	}
	for _, host := range []string{"127.0.0.1", "127.0.0.1:1", "localhost", "." + strings.TrimPrefix(own.URL, "https://")} {
		asked = nil
		f.Headers = map[string]http.Header{host: {"Authorization": {token}}}
		if _, err := fetch(t.Context(), f, own.URL+"/end"); err != nil || strings.Join(asked, " ") != "own" {
			t.Errorf("headers for %s: %q, %v", host, asked, err)
		}
	}
}

// TestTokenByName: letters of other scripts may look like the host's, and be small
// as its letters are, and yet net/http asks another host.
func TestTokenByName(t *testing.T) {
	for host, want := range map[string]bool{
		"gitlab.com": true, "GITLAB.com": true, "gitlab.com:443": true,
		"g\u0130tlab.com": false, "%C4%B0tlab.com": false, "www.gitlab.com": false, "gitlab.com.": false, "gitlab.com:444": false,
		"gitlab.com.evil.example": false, "evilgitlab.com": false, "[::1]": false,
	} {
		got := false
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = hasToken(r)
			return nil, io.EOF
		})}
		f := https.Fetcher{Client: client, Retries: -1, Headers: map[string]http.Header{"gitlab.com": {"Private-Token": {token}}, "itlab.com": {"Private-Token": {token}}}}
		if _, err := fetch(t.Context(), f, "https://"+host+"/"); !errors.Is(err, io.EOF) || got != want {
			t.Errorf("%s: token %v, %v", host, got, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestProxy: a proxy gets neither the host's headers nor anything of the request,
// and one that says no is told as unreachable.
func TestProxy(t *testing.T) {
	s := newSite(t)
	s.files["/tool"] = func(w http.ResponseWriter, r *http.Request) {
		if !hasToken(r) {
			t.Errorf("no token: %v", r.Header)
		}
		_, _ = w.Write([]byte("tool"))
	}
	var asked []string
	code := http.StatusOK
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method)
		if hasToken(r) || "https://"+r.Host != s.URL {
			t.Errorf("the proxy is told %s, %v", r.Host, r.Header)
		}
		if code != http.StatusOK {
			w.WriteHeader(code)
			return
		}
		up, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		defer up.Close()
		// Answered by hand: what the client sends at once would be read by the server still.
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer down.Close()
		if _, err := io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			t.Error(err)
			return
		}
		go func() { _, _ = io.Copy(up, down) }()
		_, _ = io.Copy(down, up)
	}))
	t.Cleanup(proxy.Close)
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.Proxy, transport.DisableKeepAlives = http.ProxyURL(u), true
	f := https.Fetcher{Client: &http.Client{Transport: transport}, Retries: -1, Headers: tokenFor(t, s)}
	if data, err := fetch(t.Context(), f, s.URL+"/tool"); err != nil || string(data) != "tool" || strings.Join(asked, " ") != "CONNECT" {
		t.Errorf("%q, %v; asked %q", data, err, asked)
	}
	code = http.StatusForbidden
	if _, err := fetch(t.Context(), f, s.URL+"/tool"); !errors.Is(err, verify.ErrUnreachable) || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
}

// TestHeaderHosts: what can't be a host is told, and without what it would have
// sent.
func TestHeaderHosts(t *testing.T) {
	for _, host := range []string{"", "https://example.com", "example.com/path", "user@example.com", "example.com:x", "exa mple.com", ":443", "a?b", "*", "*.example.com", "EXAMPLE.org", "example.org:443"} {
		f := https.Fetcher{Headers: map[string]http.Header{host: {"Authorization": {token}}, "example.org": {"Authorization": {token}}}}
		_, err := fetch(t.Context(), f, "https://127.0.0.1:1/")
		if !errors.Is(err, verify.ErrURL) || strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// TestTokenIsNotTold by errors, logs, plans and progress, whatever goes wrong.
func TestTokenIsNotTold(t *testing.T) {
	own, other := newSite(t), newSite(t)
	own.files["/500"] = status(http.StatusInternalServerError)
	own.files["/cut"] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("short"))
	}
	own.files["/http"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.com/?t="+r.Header.Get("Private-Token"), http.StatusFound)
	}
	own.files["/user"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://x:"+r.Header.Get("Private-Token")+"@example.com/", http.StatusFound)
	}
	own.files["/gone"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/gone?t="+r.Header.Get("Private-Token"), http.StatusFound)
	}
	good := tokenFor(t, own)
	bad := map[string]http.Header{}
	for host := range good {
		bad[host] = http.Header{"Authorization": {token + "\r\nX: y"}}
	}
	for path, headers := range map[string]map[string]http.Header{"/500": good, "/cut": good, "/http": good, "/user": good, "/gone": good, "/absent": good, "/end": bad} {
		var said bytes.Buffer
		v, err := verify.New(verify.Config{
			Policy: verify.InsecureSkip, Fetcher: https.Fetcher{Client: own.Client(), Retries: -1, Headers: headers},
			Logger:   slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Progress: func(p verify.Progress) { _, _ = io.WriteString(&said, p.Stage+p.Of) },
		})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(verify.Artifact{URL: own.URL + path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Download(t.Context(), filepath.Join(t.TempDir(), "tool"))
		if err == nil || strings.Contains(err.Error()+plan.String()+said.String(), token) || said.Len() == 0 {
			t.Errorf("%s: %v\n%s", path, err, said.String())
		}
	}
}

// TestCheckRedirect is the rule by itself, for who has a client of their own.
func TestCheckRedirect(t *testing.T) {
	request := func(raw string) *http.Request {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: u, Header: http.Header{
			"Authorization": {token}, "X-Token": {token}, "Accept": {"x"}, "Range": {"bytes=1-"}, "If-Range": {`"v"`},
			"User-Agent": {"x"}, "Cookie": {token}, "Referer": {"https://example.com/?t=" + token},
		}}
	}
	first := []*http.Request{request("https://example.com/a")}
	for raw, tt := range map[string]struct {
		want error
		kept bool
	}{
		"https://example.com/b":     {nil, true},
		"https://EXAMPLE.com:443/b": {nil, true},
		"https://example.com:444/b": {nil, false},
		"https://sub.example.com/b": {nil, false},
		"https://other.test/b":      {nil, false},
		"http://example.com/b":      {verify.ErrURL, true},
		"https://u:p@example.com/b": {verify.ErrURL, true},
		"file:///etc/passwd":        {verify.ErrURL, true},
	} {
		req := request(raw)
		err := https.CheckRedirect(req, first)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", raw, err)
		}
		if err == nil && (hasToken(req) != tt.kept || req.Header.Get("Range") == "" || req.Header.Get("If-Range") == "" || req.Header.Get("Accept") == "") {
			t.Errorf("%s: %v", raw, req.Header)
		}
	}
	strange := request("https://g\u0130tlab.com/b") // another host, although its letters are small the same
	if err := https.CheckRedirect(strange, []*http.Request{request("https://gitlab.com/a")}); err != nil || hasToken(strange) {
		t.Errorf("%v, %v", strange.Header, err)
	}
	// net/http copies the first request's headers for each redirect anew
	again := request("https://other.test/c")
	if err := https.CheckRedirect(again, append(first, request("https://other.test/b"))); err != nil || hasToken(again) {
		t.Errorf("the second redirect to another host: %v, %v", again.Header, err)
	}
	if own := request("https://example.com/a"); https.CheckRedirect(own, nil) != nil || !hasToken(own) {
		t.Error("the first request of all loses its token")
	}
	if err := https.CheckRedirect(request("https://example.com/b"), make([]*http.Request, 11)); !errors.Is(err, verify.ErrUnreachable) {
		t.Errorf("the eleventh: %v", err)
	}
}

// TestCircle: redirects that lead nowhere end, and are asked for once.
func TestCircle(t *testing.T) {
	s := newSite(t)
	hits := 0
	s.files["/a"] = func(w http.ResponseWriter, r *http.Request) { hits++; http.Redirect(w, r, "/b", http.StatusFound) }
	s.files["/b"] = func(w http.ResponseWriter, r *http.Request) { hits++; http.Redirect(w, r, "/a", http.StatusFound) }
	_, err := fetch(t.Context(), https.Fetcher{Client: s.Client()}, s.URL+"/a")
	if !errors.Is(err, verify.ErrUnreachable) || hits != 11 {
		t.Errorf("%d requests, %v", hits, err)
	}
}
