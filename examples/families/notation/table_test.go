package notation_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/families/notation"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/pin"
)

// A publisher serves documents over TLS on loopback, by their paths.
type publisher struct {
	*httptest.Server
	documents map[string][]byte
	pins      verify.Pins // what the program has seen; nil: it doesn't look
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{documents: map[string][]byte{}}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if data, ok := p.documents[r.URL.Path]; ok {
			_, _ = w.Write(data)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// publish serves a file of a version, and its envelope.
func (p *publisher) publish(t *testing.T, r request, version, name string, data []byte) {
	t.Helper()
	r.artifact = data
	p.documents["/v"+version+"/"+name] = data
	p.documents["/v"+version+"/"+name+".sig.jws"] = r.envelope(t)
}

// download follows a table, as a program does that binds what it can.
func (p *publisher) download(t *testing.T, table, version, name string, bind verify.Binding, files fstest.MapFS) (*verify.Report, error) {
	t.Helper()
	signing, err := metadata.ParseAt("relseal.toml", []byte(table), "signing")
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}, notation.Algorithm{}},
		Fetcher:    https.Fetcher{Client: p.Client(), Retries: -1},
		Bind:       bind,
		Pins:       p.pins,
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{URL: p.URL + "/v" + version + "/" + name, Variables: map[string]string{"name": "tool", "version": version}, ManifestFS: files}, signing)
	if err != nil {
		return nil, err
	}
	dst := filepath.Join(t.TempDir(), "tool")
	report, err := plan.Download(t.Context(), dst)
	if _, missing := os.Stat(dst); (missing == nil) != (err == nil) {
		t.Errorf("the file with %v: %v", err, missing)
	}
	return report, err
}

// table is the signing table of a publisher, with more keys.
func table(w *world, more string) string {
	return "[signing]\nalgorithm = 'notation'\npubkey = '''" + w.root.pem() + "'''\nfile = '{ url }.sig.jws'\ntrusted-identities = '" + acme + "'\n" + more
}

// TestTable: the family's keys work from a table, with a publisher.
func TestTable(t *testing.T) {
	w := newWorld(t)
	both := verify.Binding{Name: true, Version: true}
	files := fstest.MapFS{"tsa.pem": {Data: []byte(w.tsaRoot.pem())}, "root.pem": {Data: []byte(w.root.pem())}}
	channel := map[string]string{"com.example.release": "v1.1.0"}
	for _, tt := range []struct {
		name   string
		table  string
		signed request
		bind   verify.Binding
		change func(p *publisher)
		want   string // the reason
	}{
		{name: "good", table: table(w, ""), signed: request{annotations: named("tool.tgz", "1.1.0")}, bind: both},
		{name: "good, an array", table: strings.Replace(table(w, ""), "'"+acme+"'", "['x509.subject: C=DE, ST=BE, O=other', '"+acme+"']", 1)},
		{name: "COSE", table: table(w, ""), signed: request{cose: true}},
		{name: "a key file", table: strings.Replace(table(w, ""), "pubkey = '''"+w.root.pem()+"'''", "pubkey = { file = 'root.pem' }", 1)},
		{name: "timestamp", table: table(w, "tsa = { file = 'tsa.pem' }\nverify-timestamp = 'always'"), signed: request{stamp: w.stamp(t, hours(0))}},
		{name: "no timestamp", table: table(w, "tsa = { file = 'tsa.pem' }"), want: "invalid"},
		{name: "annotation", table: table(w, "annotations = { 'com.example.release' = 'v{ version }' }"), signed: request{annotations: channel}, bind: verify.Binding{Version: true}},
		{name: "another annotation", table: table(w, "annotations = { 'com.example.release' = '{ version }' }"), signed: request{annotations: channel}, want: "name-mismatch"},
		{name: "signed-version", table: table(w, "signed-version = true"), signed: request{annotations: named("", "v1.1.0")}},
		{name: "signed-version, none", table: table(w, "signed-version = true"), want: "version-mismatch"},
		{name: "no name", table: table(w, ""), bind: both, want: "name-mismatch"},
		{name: "wrong root", table: table(newWorld(t), ""), want: "wrong-key"},
		{name: "wrong identity", table: strings.Replace(table(w, ""), "O=acme", "O=other", 1), want: "identity"},
		{name: "flipped artifact", table: table(w, ""), change: func(p *publisher) { p.documents["/v1.1.0/tool.tgz"] = []byte("new tooL") }, want: "invalid"},
		{name: "no artifact", table: table(w, ""), change: func(p *publisher) { delete(p.documents, "/v1.1.0/tool.tgz") }, want: "artifact-missing"},
		{name: "no envelope", table: table(w, ""), change: func(p *publisher) { delete(p.documents, "/v1.1.0/tool.tgz.sig.jws") }, want: "signature-missing"},
		{name: "another size", table: table(w, ""), signed: request{size: 7}, want: "invalid"},
		{name: "another file", table: table(w, ""), signed: request{annotations: named("tool.tgz", "1.1.0")}, bind: both, change: func(p *publisher) { p.rename("/v1.1.0/other.tgz", "/v1.1.0/tool.tgz") }, want: "name-mismatch"},
		{name: "another file, unbound", table: table(w, ""), change: func(p *publisher) { p.rename("/v1.1.0/other.tgz", "/v1.1.0/tool.tgz") }},
		{name: "an older release", table: table(w, ""), signed: request{annotations: named("tool.tgz", "1.1.0")}, bind: both, change: func(p *publisher) { p.rename("/v1.0.0/tool.tgz", "/v1.1.0/tool.tgz") }, want: "version-mismatch"},
		{name: "an older release, by annotation", table: table(w, "annotations = { 'org.opencontainers.image.version' = '{ version }' }"), signed: request{annotations: named("tool.tgz", "1.1.0")}, bind: verify.Binding{Version: true}, change: func(p *publisher) { p.rename("/v1.0.0/tool.tgz", "/v1.1.0/tool.tgz") }, want: "name-mismatch"},
		{name: "retired", table: strings.Replace(table(w, ""), "pubkey = '''"+w.root.pem()+"'''", "keys = [{ file = 'root.pem', until-version = '1.0.0' }]", 1), want: "key-retired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPublisher(t)
			tt.signed.by = w.leaf
			p.publish(t, tt.signed, "1.1.0", "tool.tgz", []byte("new tool"))
			p.publish(t, request{by: w.leaf, annotations: named("other.tgz", "1.1.0")}, "1.1.0", "other.tgz", []byte("other"))
			p.publish(t, request{by: w.leaf, annotations: named("tool.tgz", "1.0.0")}, "1.0.0", "tool.tgz", []byte("old tool"))
			if tt.change != nil {
				tt.change(p)
			}
			report, err := p.download(t, tt.table, "1.1.0", "tool.tgz", tt.bind, files)
			if got := verify.Reason(err); got != tt.want {
				t.Fatalf("%v (%s), want %q", err, got, tt.want)
			}
			if err == nil && (report.Status != verify.Verified || report.Algorithm != "notation" || !strings.Contains(strings.Join(report.NotChecked, "\n"), "revocation: ")) {
				t.Errorf("%+v", report)
			}
		})
	}
}

// rename serves a file and its envelope under another's path.
func (p *publisher) rename(from, to string) {
	p.documents[to], p.documents[to+".sig.jws"] = p.documents[from], p.documents[from+".sig.jws"]
}

// TestTableRefused: what can't be followed is an error with its line.
func TestTableRefused(t *testing.T) {
	w := newWorld(t)
	p := newPublisher(t)
	for more, says := range map[string]string{
		"trusted-identity = '*'":         `(did you mean "trusted-identities"?)`,
		"signing-scheme = ['a']":         `"signing-scheme" must be`,
		"tsa = 'tsa.pem'":                `"tsa" must be`,
		"annotations = 'x'":              `"annotations" must be`,
		"annotations = { a-x = '' }":     `is empty`,
		"verify-timestamp = 'never'":     "verify-timestamp",
		"signing-scheme = '{ channel }'": `no value for key "channel"`,
	} {
		_, err := p.download(t, table(w, more), "1.1.0", "tool.tgz", verify.Binding{}, nil)
		var line *metadata.Error
		if !errors.As(err, &line) || line.Line == 0 || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", more, err, says)
		}
	}
}

// TestPlanDigest: a plan can judge a digest alone, and one that names the envelope.
func TestPlanDigest(t *testing.T) {
	w := newWorld(t)
	p := newPublisher(t)
	p.publish(t, request{by: w.leaf}, "1.1.0", "tool.tgz", []byte("new tool"))
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{notation.Algorithm{}}, Fetcher: https.Fetcher{Client: p.Client(), Retries: -1}})
	if err != nil {
		t.Fatal(err)
	}
	signing, err := metadata.ParseAt("relseal.toml", []byte(strings.Replace(table(w, ""), "{ url }.sig.jws", p.URL+"/{ sha256 }.sig", 1)), "signing")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256Of(t, []byte("new tool"))
	p.documents["/"+digest.Hex()+".sig"] = p.documents["/v1.1.0/tool.tgz.sig.jws"]
	plan, err := v.Plan(verify.Artifact{URL: p.URL + "/v1.1.0/tool.tgz"}, signing)
	if err != nil {
		t.Fatal(err)
	}
	report, err := plan.Digest(t.Context(), digest)
	if err != nil || !strings.Contains(strings.Join(report.NotChecked, "\n"), "size: ") {
		t.Errorf("%+v, %v", report, err)
	}
	p.documents["/"+sha256Of(t, nil).Hex()+".sig"] = p.documents["/v1.1.0/tool.tgz.sig.jws"]
	if _, err := plan.Digest(t.Context(), sha256Of(t, nil)); !errors.Is(err, algorithm.ErrInvalid) {
		t.Error(err)
	}
	if _, err := plan.Download(t.Context(), filepath.Join(t.TempDir(), "tool")); err != nil {
		t.Error(err)
	}
}

// TestManifest: what package verify does for its own families it does for this one.
// Here one envelope is over a manifest of checksums, and two keys are demanded.
func TestManifest(t *testing.T) {
	w := newWorld(t)
	second := issue(t, "second", ecKey(t, elliptic.P256()), w.root, signs) // of the same authority: who they are is what counts
	p := newPublisher(t)
	tool := []byte("new tool")
	p.documents["/v1.1.0/tool.tgz"] = tool
	sums := []byte(sha256Of(t, tool).Hex() + "  tool.tgz\n")
	p.publish(t, request{by: w.leaf}, "1.1.0", "SHA256SUMS", sums)
	p.documents["/v1.1.0/SHA256SUMS.sig.cose"] = request{by: second, cose: true, artifact: sums}.envelope(t)
	checksums := "checksums = '" + p.URL + "/v{ version }/SHA256SUMS'\n"
	one := strings.Replace(table(w, checksums), "{ url }", "{ checksums }", 1)
	two := strings.NewReplacer(
		"pubkey = '''"+w.root.pem()+"'''", "keys = ['''"+w.root.pem()+"''']\nthreshold = 2",
		"file = '{ url }.sig.jws'", "files = ['{ checksums }.sig.jws', '{ checksums }.sig.cose']",
	).Replace(table(w, checksums))
	for name, signing := range map[string]string{"one": one, "two": two} {
		if _, err := p.download(t, signing, "1.1.0", "tool.tgz", verify.Binding{Name: true}, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.documents["/v1.1.0/SHA256SUMS.sig.cose"] = request{by: w.leaf, cose: true, artifact: sums}.envelope(t)
	if _, err := p.download(t, two, "1.1.0", "tool.tgz", verify.Binding{}, nil); !errors.Is(err, algorithm.ErrThreshold) {
		t.Errorf("two signatures of one: %v", err)
	}
	// The same key and the same signature: nobody signs which chain stands beside it.
	other := issue(t, "root of another", ecKey(t, elliptic.P256()), nil)
	cross := issue(t, "issuing", w.middle.key, other, func(c *x509.Certificate) { c.SubjectKeyId = w.middle.cert.SubjectKeyId })
	p.documents["/v1.1.0/SHA256SUMS.sig.cose"] = withChain(t, p.documents["/v1.1.0/SHA256SUMS.sig.jws"], w.leaf.cert, cross.cert, other.cert)
	bothRoots := strings.Replace(two, "keys = [", "keys = ['''"+other.pem()+"''', ", 1)
	if _, err := p.download(t, bothRoots, "1.1.0", "tool.tgz", verify.Binding{}, nil); !errors.Is(err, algorithm.ErrThreshold) {
		t.Errorf("one signature through two chains: %v", err)
	}
	p.documents["/v1.1.0/tool.tgz"] = []byte("new tooL")
	if _, err := p.download(t, one, "1.1.0", "tool.tgz", verify.Binding{}, nil); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("flipped: %v", err)
	}
}

// TestPins: another authority of the same name is another signer, also where the table
// names it.
func TestPins(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	renewed := issue(t, "release", ecKey(t, elliptic.P256()), w.root, signs)
	pins := pin.File{Path: filepath.Join(t.TempDir(), "relseal.pins")}
	for i, tt := range []struct {
		by   *holder
		root *world
		want string
	}{
		{w.leaf, w, ""},
		{renewed, w, ""},
		{other.leaf, other, "signer-changed"},
	} {
		p := newPublisher(t)
		version := fmt.Sprintf("1.%d.0", i)
		p.publish(t, request{by: tt.by}, version, "tool.tgz", []byte(version))
		p.pins = pins
		if _, err := p.download(t, table(tt.root, ""), version, "tool.tgz", verify.Binding{}, nil); verify.Reason(err) != tt.want {
			t.Errorf("%s: %v, want %q", version, err, tt.want)
		}
	}
}
