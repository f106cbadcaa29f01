package shapes

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

func elasticPath(version, platform string) string {
	return "/downloads/beats/elastic-agent/elastic-agent-" + version + "-" + platform + ".tar.gz"
}

// elasticRelease puts archives with one folder each, with their digests and
// signatures.
func elasticRelease(t *testing.T, d documents, key pgpKey, version string) {
	t.Helper()
	for _, platform := range []string{"linux-x86_64", "darwin-x86_64"} {
		name := "elastic-agent-" + version + "-" + platform
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755}), w.Close(), z.Close()); err != nil {
			t.Fatal(err)
		}
		path := elasticPath(version, platform)
		d[path] = b.Bytes()
		d[path+".sha512"] = fmt.Appendf(nil, "%x  %s.tar.gz\n", sha512.Sum512(b.Bytes()), name)
		d[path+".asc"] = key.detach(t, b.Bytes())
	}
}

// unpackFolders is as much of an unpacker as the test's archives need.
func unpackFolders(archive *os.File, folder *os.Root) error {
	z, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := folder.MkdirAll(h.Name, 0o755); err != nil {
			return err
		}
	}
}

func TestElastic(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		before, after, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		install := func(version string) func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			return func(t *testing.T, s Site, dst string) (*verify.Report, error) {
				t.Helper()
				return Elastic(t.Context(), s, before.public, after.public, version, dst, unpackFolders)
			}
		}
		d := documents{}
		elasticRelease(t, d, before, "8.19.0")
		elasticRelease(t, d, after, "9.0.0")
		elasticRelease(t, d, after, "9.1.0")
		program{unbound: "name, version", install: install("8.19.0")}.try(t, d, map[string]fault{
			"by the key after it": {func(t *testing.T, d documents) { elasticRelease(t, d, after, "8.19.0") }, algorithm.ErrKeyRetired, "key-retired"},
		})
		artifact, other := elasticPath("9.1.0", "linux-x86_64"), elasticPath("9.1.0", "darwin-x86_64")
		instead := func(path string) change {
			return serveAt(path, artifact, path+".asc", artifact+".asc", path+".sha512", artifact+".sha512")
		}
		program{unbound: "name, version", install: install("9.1.0")}.try(t, d, map[string]fault{
			"by the key before it": {func(t *testing.T, d documents) { elasticRelease(t, d, before, "9.1.0") }, algorithm.ErrKeyRetired, "key-retired"},
			"by a stranger":        {func(t *testing.T, d documents) { elasticRelease(t, d, stranger, "9.1.0") }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":     {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped signature":    {flip(artifact + ".asc"), algorithm.ErrInvalid, "invalid"},
			"missing artifact":     {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing signature":    {remove(artifact + ".asc"), verify.ErrMissing, "signature-missing"},
			"replayed":             {instead(elasticPath("9.0.0", "linux-x86_64")), algorithm.ErrNameMismatch, "name-mismatch"},
			"replayed, of before":  {instead(elasticPath("8.19.0", "linux-x86_64")), algorithm.ErrKeyRetired, "key-retired"},
			"mixed up":             {instead(other), algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up, halfway":    {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
		})
	})
}
