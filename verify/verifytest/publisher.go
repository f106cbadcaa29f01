package verifytest

import (
	"bytes"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/internal/testkeys/signer"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A Publisher serves signed releases over TLS on loopback, until the test is over.
// Each file of a release is at /vVERSION/NAME, and what belongs to it beside it.
// It is safe for concurrent use.
type Publisher struct {
	tb     testing.TB
	shape  string
	keys   []*Key
	server *httptest.Server

	mu       sync.Mutex
	stranger []*Key // of the keys' families, in no table
	retired  *Key
	until    string
	table    map[string]any // what Set says
	releases []release
	fault    string
	asked    []string
}

// NewPublisher starts a publisher. The shape says how its releases are signed,
// by the first key where it doesn't say another:
//
//   - "signature": each file, by a signature beside it, NAME.sig;
//   - "checksums": a manifest SHA256SUMS, by SHA256SUMS.sig;
//   - "clear-signed": a manifest SHA256SUMS.asc that holds its signature (gpg);
//   - "threshold": each file by every key, NAME.0.sig and so on, and all are
//     demanded;
//   - "late": each file, by a signature named by its digest, /signatures/SHA256.sig
//     (ssh and cosign can judge such a one);
//   - "digests": not at all, the table has the files' digests (no keys).
func NewPublisher(tb testing.TB, shape string, keys ...*Key) *Publisher {
	tb.Helper()
	p := &Publisher{tb: tb, shape: shape, keys: keys, table: map[string]any{}}
	for i, k := range keys {
		if k.algorithm() != keys[0].algorithm() {
			tb.Fatalf("verifytest: keys of %s and of %s; a table has one algorithm", keys[0].algorithm(), k.algorithm())
		}
		p.stranger = append(p.stranger, NewKey(tb, k.family, k.Public()+" stranger "+string(rune('a'+i))))
	}
	switch shape {
	case "signature", "checksums", "threshold", "late", "clear-signed":
		if len(keys) == 0 {
			tb.Fatalf("verifytest: no key to sign with")
		}
		if _, ok := keys[0].key.(signer.InlineKey); shape == "clear-signed" && !ok {
			tb.Fatalf("verifytest: a key of %s clear-signs nothing", keys[0].family)
		}
	case "digests":
		if len(keys) > 0 {
			tb.Fatalf("verifytest: a key signs nothing where the table has the digests")
		}
	default:
		tb.Fatalf("verifytest: no shape %q; see NewPublisher", shape)
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that are cut, handshakes that fail
	p.server.StartTLS()
	tb.Cleanup(p.server.Close)
	return p
}

// Publish serves a release: its files by their names, which must be of letters,
// digits and "-_.", as the version must, which has a dot, and not those of the
// signatures beside them. The last one published is
// the current one, which faults are about; those before it stay.
func (p *Publisher) Publish(version string, files map[string][]byte) {
	p.tb.Helper()
	for _, name := range append(slices.Collect(maps.Keys(files)), version) {
		if len(files) == 0 || strings.Trim(name, ".") == "" || strings.ContainsFunc(name, isForeign) || !strings.Contains(version, ".") {
			p.tb.Fatalf("verifytest: a release %q with a file %q of %d", version, name, len(files))
		}
	}
	files = maps.Clone(files)
	for name, data := range files {
		files[name] = bytes.Clone(data) // the caller's may change
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := release{version: version, good: p.documents(version, files, p.keys), strange: p.documents(version, files, p.stranger), files: files}
	if p.retired != nil {
		r.late = p.documents(version, files, []*Key{p.retired})
	}
	p.releases = append(p.releases, r)
}

// isForeign reports whether a character may be in no name.
func isForeign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
}

// Retire adds a key to the table that signs no more: it may have signed up to the
// version that was published last. What is published after it can then be signed
// by it, as a fault.
func (p *Publisher) Retire(key *Key) {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.releases) == 0 || len(p.keys) != 1 || key.algorithm() != p.keys[0].algorithm() {
		p.tb.Fatalf("verifytest: a key can be retired after a release, beside one other key of its family")
	}
	p.retired, p.until = key, p.current().version
}

// Set sets a key of the signing table, such as "signed-version" to true. The value
// is what [metadata.NewSigning] takes.
func (p *Publisher) Set(key string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table[key] = value
}

// TOML returns the publisher's signing table as a part of a document, at a dotted
// path such as "package.metadata.binstall.signing". Of the shape "digests" it is that of the
// current release.
func (p *Publisher) TOML(path string) string {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var text strings.Builder
	text.WriteString("[" + path + "]\n")
	if err := toml.NewEncoder(&text).SetTablesInline(true).Encode(p.signing()); err != nil {
		p.tb.Fatalf("verifytest: %v", err)
	}
	return text.String()
}

// Table returns the same table, read.
func (p *Publisher) Table() *metadata.Signing {
	p.tb.Helper()
	table, err := metadata.ParseAt("verifytest.toml", []byte(p.TOML("signing")), "signing")
	if err != nil {
		p.tb.Fatalf("verifytest: %v", err)
	}
	return table
}

// Artifact returns a file of a release, with the variable version.
func (p *Publisher) Artifact(version, name string) verify.Artifact {
	return verify.Artifact{URL: p.server.URL + fileAt(version, name), Variables: map[string]string{"version": version}}
}

// Client returns a client that trusts the publisher's certificate.
func (p *Publisher) Client() *http.Client { return p.server.Client() }

// Fetcher returns a fetcher with that client.
func (p *Publisher) Fetcher() verify.Fetcher { return https.Fetcher{Client: p.Client(), Retries: -1} }

// Asked returns the paths that were asked for since the last call, in order.
func (p *Publisher) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}
