package shapes

import (
	"runtime"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// gopassRelease puts a release that is signed by a key.
func gopassRelease(t *testing.T, d documents, key pgpKey, version string) {
	t.Helper()
	folder := "/releases/download/v" + version + "/"
	var names []string
	for _, os := range []string{runtime.GOOS, elsewhere} {
		name := "gopass-" + version + "-" + os + "-" + runtime.GOARCH + ".tar.gz"
		d[folder+name] = []byte("gopass " + version + " for " + os)
		names = append(names, name)
	}
	manifest := folder + "gopass_" + version + "_SHA256SUMS"
	d[manifest] = sums(d, folder, names...)
	d[manifest+".sig"] = key.detach(t, d[manifest])
}

func TestGopass(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		today, next, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		d := documents{}
		gopassRelease(t, d, today, old)
		gopassRelease(t, d, next, version)
		folder := "/releases/download/v" + version + "/"
		artifact := folder + "gopass-" + version + "-" + runtime.GOOS + "-" + runtime.GOARCH + ".tar.gz"
		other := folder + "gopass-" + version + "-" + elsewhere + "-" + runtime.GOARCH + ".tar.gz"
		manifest := folder + "gopass_" + version + "_SHA256SUMS"
		program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return Gopass(t.Context(), s, today.public, next.public, version, dst)
		}}.try(t, d, map[string]fault{
			"by the other key":  {func(t *testing.T, d documents) { gopassRelease(t, d, today, version) }, nil, ""},
			"by a stranger":     {func(t *testing.T, d documents) { gopassRelease(t, d, stranger, version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":  {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped manifest":  {flip(manifest), algorithm.ErrInvalid, "invalid"},
			"flipped signature": {flip(manifest + ".sig"), algorithm.ErrInvalid, "invalid"},
			"missing artifact":  {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing manifest":  {remove(manifest), verify.ErrMissing, "manifest-missing"},
			"missing signature": {remove(manifest + ".sig"), verify.ErrMissing, "signature-missing"},
			"replayed":          {replay, algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up":          {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
		})
	})
}
