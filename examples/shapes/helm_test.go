package shapes

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// helmChart puts a chart and its provenance, as helm package --sign writes it.
func helmChart(t *testing.T, d documents, key pgpKey, chart, version string) {
	t.Helper()
	name := chart + "-" + version + ".tgz"
	d["/"+name] = []byte("the chart " + name)
	d["/"+name+".prov"] = key.clear(t, fmt.Appendf(nil, "apiVersion: v2\nname: %s\nversion: %s\n\n...\nfiles:\n  %s: sha256:%x\n", chart, version, name, sha256.Sum256(d["/"+name])))
}

func TestHelm(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		key, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		d := documents{}
		helmChart(t, d, key, "tool", old)
		helmChart(t, d, key, "tool", version)
		helmChart(t, d, key, "other", version)
		artifact, other := "/tool-"+version+".tgz", "/other-"+version+".tgz"
		before := func(t *testing.T, d documents) {
			t.Helper()
			d[artifact+".prov"] = append([]byte("files:\n  tool-1.1.0.tgz: sha256:0\n"), d[artifact+".prov"]...)
		}
		program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return Helm(t.Context(), s, key.public, "tool", version, dst)
		}}.try(t, d, map[string]fault{
			"by a stranger":      {func(t *testing.T, d documents) { helmChart(t, d, stranger, "tool", version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":   {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped provenance": {flip(artifact + ".prov"), algorithm.ErrInvalid, "invalid"},
			"text before it":     {before, algorithm.ErrMalformed, "malformed"},
			"missing artifact":   {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing provenance": {remove(artifact + ".prov"), verify.ErrMissing, "manifest-missing"},
			"replayed":           {replay, algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up":           {serveAt(other, artifact, other+".prov", artifact+".prov"), algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up, halfway":  {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
		})
	})
}
