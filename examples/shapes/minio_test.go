package shapes

import (
	"runtime"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// The releases of MinIO are named by their time.
const (
	minioRelease = "RELEASE.2025-02-01T00-00-00Z"
	minioOld     = "RELEASE.2025-01-01T00-00-00Z"
)

func minioPath(product, os, release string) string {
	return "/client/" + product + "/release/" + os + "-" + runtime.GOARCH + "/archive/" + product + "." + release
}

func minioPublish(t *testing.T, d documents, key minisignKey, release string) {
	t.Helper()
	for _, product := range []string{"mc", "minio"} {
		for _, os := range []string{runtime.GOOS, elsewhere} {
			path := minioPath(product, os, release)
			d[path] = []byte(path)
			d[path+".minisig"] = key.sign(t, d[path], product+"."+release)
		}
	}
}

func TestMinIO(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		key, stranger := m.minisign(t), m.minisign(t)
		d := documents{}
		minioPublish(t, d, key, minioOld)
		minioPublish(t, d, key, minioRelease)
		artifact, before := minioPath("mc", runtime.GOOS, minioRelease), minioPath("mc", runtime.GOOS, minioOld)
		product, platform := minioPath("minio", runtime.GOOS, minioRelease), minioPath("mc", elsewhere, minioRelease)
		mc := program{content: d[artifact], unbound: "version", before: []byte("the running one"), install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return MinIO(t.Context(), s, key.public, "mc", minioRelease, verify.Program{Path: dst})
		}}
		mc.try(t, d, map[string]fault{
			"by a stranger":           {func(t *testing.T, d documents) { minioPublish(t, d, stranger, minioRelease) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":        {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped signature":       {flip(artifact + ".minisig"), algorithm.ErrInvalid, "invalid"},
			"missing artifact":        {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing signature":       {remove(artifact + ".minisig"), verify.ErrMissing, "signature-missing"},
			"replayed":                {serveAt(before, artifact, before+".minisig", artifact+".minisig"), algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up with a product": {serveAt(product, artifact, product+".minisig", artifact+".minisig"), algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up, halfway":       {serveAt(platform, artifact), algorithm.ErrInvalid, "invalid"},
		})
		// What docs/adopting.md says is open: one name for all platforms.
		mc.content = d[platform]
		d[artifact], d[artifact+".minisig"] = d[platform], d[platform+".minisig"]
		mc.try(t, d, map[string]fault{})
	})
}
