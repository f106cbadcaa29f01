package shapes

import (
	"encoding/base64"
	"runtime"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// resticArchive is "restic 1.0.0\n" or the like, as bzip2 compresses it: the
// standard library only reads such.
func resticArchive(t *testing.T, what string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(map[string]string{
		old:       "QlpoOTFBWSZTWcA6YuwAAAVZgAAQQAFgAAogHAAgACIBo00IBppooQAw0o8vF3JFOFCQwDpi7A==",
		version:   "QlpoOTFBWSZTWRxX+FsAAAVZgAAQQAFgAAogHAAgACIBo00IBppooBgw0o8vF3JFOFCQHFf4Ww==",
		elsewhere: "QlpoOTFBWSZTWT/dAJcAAAZRgAAQQAAKZByAIAAiBpoNCAaaaADhudS1uUmPF3JFOFCQP90Alw==",
	}[what])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func resticRelease(t *testing.T, d documents, key pgpKey, version string) {
	t.Helper()
	folder := "/releases/download/v" + version + "/"
	here, there := "restic_"+version+"_"+runtime.GOOS+"_"+runtime.GOARCH+".bz2", "restic_"+version+"_"+elsewhere+"_"+runtime.GOARCH+".bz2"
	d[folder+here], d[folder+there] = resticArchive(t, version), resticArchive(t, elsewhere)
	d[folder+"SHA256SUMS"] = sums(d, folder, here, there)
	d[folder+"SHA256SUMS.asc"] = key.detach(t, d[folder+"SHA256SUMS"])
}

func TestRestic(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		key, stranger := m.pgp(t, "rsa4096"), m.pgp(t, "ed25519")
		d := documents{}
		resticRelease(t, d, key, old)
		resticRelease(t, d, key, version)
		folder := "/releases/download/v" + version + "/"
		artifact := folder + "restic_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".bz2"
		other := folder + "restic_" + version + "_" + elsewhere + "_" + runtime.GOARCH + ".bz2"
		program{content: []byte("restic 1.1.0\n"), before: []byte("the running one"), install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return Restic(t.Context(), s, key.public, version, verify.Program{Path: dst})
		}}.try(t, d, map[string]fault{
			"by a stranger":     {func(t *testing.T, d documents) { resticRelease(t, d, stranger, version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":  {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped manifest":  {flip(folder + "SHA256SUMS"), algorithm.ErrInvalid, "invalid"},
			"flipped signature": {flip(folder + "SHA256SUMS.asc"), algorithm.ErrInvalid, "invalid"},
			"missing artifact":  {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing manifest":  {remove(folder + "SHA256SUMS"), verify.ErrMissing, "manifest-missing"},
			"missing signature": {remove(folder + "SHA256SUMS.asc"), verify.ErrMissing, "signature-missing"},
			"replayed":          {replay, algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up":          {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
		})
	})
}
