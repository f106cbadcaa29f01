package cosign_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A site serves documents by their paths, and answers 404 for any other.
type site struct {
	*httptest.Server

	answers map[string]http.HandlerFunc
	asked   []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{answers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		if answer, ok := s.answers[r.URL.Path]; ok {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) serve(path string, text []byte) {
	s.answers[path] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }
}

// verify verifies a file as a table says, and its digest likewise: the verdicts
// must agree.
func (s *site) verify(t *testing.T, a cosign.Algorithm, table map[string]any, artifact []byte) (*verify.Report, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "artifact")
	if err := os.WriteFile(file, artifact, 0o600); err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(table)
	all["algorithm"] = "cosign"
	signing, err := metadata.NewSigning(all)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{a}, Fetcher: https.Fetcher{Client: s.Client(), Retries: -1}})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{Name: "artifact"}, signing)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(artifact)
	digest, err := algorithm.ParseDigest(fmt.Sprintf("sha256:%x", sum))
	if err != nil {
		t.Fatal(err)
	}
	_, byDigest := plan.Digest(t.Context(), digest)
	report, err := plan.File(t.Context(), file)
	if (err == nil) != (byDigest == nil) || verify.Reason(err) != verify.Reason(byDigest) {
		t.Errorf("by the file %v, by its digest %v", err, byDigest)
	}
	return report, err
}

// TestPairEndToEnd fetches signature, certificate and the log's entry over
// loopback, and nothing else.
func TestPairEndToEnd(t *testing.T) {
	p, s := newSignedPair(t), newSite(t)
	p.rekor.url = s.URL
	a := cosign.Algorithm{TrustedRoot: parseRoot(t, trustedRoot(t, p.fulcio, p.rekor))}
	entry := strings.TrimPrefix(p.rekor.find(p.index), s.URL)
	s.serve("/artifact.sig", p.signature)
	s.serve("/artifact.pem", []byte(certPEM(p.cert)))
	s.serve(entry, p.rekor.reply(t, p.index))
	table := map[string]any{
		"file": s.URL + "/artifact.sig", "certificate": s.URL + "/artifact.pem", "sct": false,
		"identity": map[string]any{"issuer": pairIssuer, "subject": pairSubject},
	}
	report, err := s.verify(t, a, table, p.artifact)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range s.asked {
		if request != "GET /artifact.sig" && request != "GET /artifact.pem" && request != "GET "+entry {
			t.Errorf("asked for %s", request)
		}
	}
	s.serve("/kept", report.Evidence.Bundle)
	kept := map[string]any{"file": s.URL + "/kept", "sct": false, "identity": table["identity"]}
	s.asked = nil
	if _, err := s.verify(t, a, kept, p.artifact); err != nil || len(s.asked) != 2 {
		t.Errorf("what was kept: %v, asked for %q", err, s.asked)
	}
	if _, err := s.verify(t, a, kept, []byte("another")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("what was kept, another artifact: %v", err)
	}
	for name, test := range map[string]struct {
		path   string
		status int
		reason string
	}{
		"no certificate":       {"/artifact.pem", 404, "certificate-missing"},
		"no entry":             {entry, 404, "log-entry-missing"},
		"log out of order":     {entry, 500, "unreachable"},
		"too many requests":    {entry, 429, "rate-limited"},
		"certificate withheld": {"/artifact.pem", 401, "unauthorized"},
	} {
		good := s.answers[test.path]
		s.answers[test.path] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(test.status) }
		if _, err := s.verify(t, a, table, p.artifact); verify.Reason(err) != test.reason || !strings.Contains(err.Error(), s.URL) {
			t.Errorf("%s: %s: %v", name, verify.Reason(err), err)
		}
		s.answers[test.path] = good
	}
	if _, err := s.verify(t, a, table, []byte("another")); verify.Reason(err) != "log-entry-missing" {
		t.Errorf("another artifact has no entry: %v", err)
	}
}

// TestAttestationsEndToEnd asks an attestations API by the artifact's digest.
// That there is none, and all that can come in the way, is told apart.
func TestAttestationsEndToEnd(t *testing.T) {
	a, s := newAttested(t), newSite(t)
	artifact := []byte("artifact")
	good, other, stranger := string(a.bundle(t, artifact)), string(a.bundle(t, []byte("other"))), string(newAttested(t).bundle(t, artifact))
	table := map[string]any{"file": s.URL + "/attestations/sha256:{ sha256 }", "pubkey": a.trust.PublicKeys[0]}
	path := "/attestations/sha256:" + sum(artifact)
	s.serve("/good", snappy.Encode(nil, []byte(good)))
	s.serve("/other", snappy.Encode(nil, []byte(other)))
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
			_, _ = w.Write(apiAnswer(t, good))
		}
	}
	answer := func(bundles ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(apiAnswer(t, bundles...)) }
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		reason string
	}{
		"one":                   {answer(good), ""},
		"three good":            {answer(good, good, good), ""},
		"good behind bad ones":  {answer(other, stranger, good), ""},
		"good at a URL":         {answer(s.URL + "/good"), ""},
		"good at a URL, beside": {answer(other, s.URL+"/other", s.URL+"/good"), ""},
		"three bad":             {answer(other, stranger, other), "invalid"},
		"other at a URL":        {answer(s.URL + "/other"), "invalid"},
		"none":                  {answer(), "signature-missing"},
		"not found":             {status(404), "signature-missing"},
		"used up":               {status(403, "X-RateLimit-Remaining", "0"), "rate-limited"},
		"slower":                {status(403, "Retry-After", "60"), "rate-limited"},
		"too many":              {status(429), "rate-limited"},
		"forbidden":             {status(403), "unauthorized"},
		"unauthorized":          {status(401), "unauthorized"},
		"out of order":          {status(502), "unreachable"},
		"absent at its URL":     {answer(s.URL + "/absent"), "signature-missing"},
		"without TLS":           {answer(strings.Replace(s.URL, "https", "http", 1) + "/good"), "url"},
		"a web page":            {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "malformed"},
	} {
		s.answers[path] = test.answer
		report, err := s.verify(t, cosign.Algorithm{}, table, artifact)
		if verify.Reason(err) != test.reason {
			t.Errorf("%s: %s, want %s: %v", name, verify.Reason(err), test.reason, err)
		}
		if err == nil && string(report.Evidence.Bundle) != good {
			t.Errorf("%s: another bundle counted", name)
		}
		if err != nil && len(err.Error()) >= 500 {
			t.Errorf("%s: %d bytes: %v", name, len(err.Error()), err)
		}
	}
}
