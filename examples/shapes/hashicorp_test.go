package shapes

import (
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// hashicorpRelease puts a release of two products.
func hashicorpRelease(t *testing.T, d documents, key pgpKey, version string) {
	t.Helper()
	for _, product := range []string{"terraform", "vault"} {
		folder := "/" + product + "/" + version + "/"
		var names []string
		for _, os := range []string{runtime.GOOS, elsewhere} {
			name := product + "_" + version + "_" + os + "_" + runtime.GOARCH + ".zip"
			d[folder+name] = []byte(name)
			names = append(names, name)
		}
		manifest := folder + product + "_" + version + "_SHA256SUMS"
		d[manifest] = sums(d, folder, names...)
		d[manifest+".sig"] = binary(t, key.detach(t, d[manifest]))
	}
}

func TestHashiCorp(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		first, second, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		d := documents{}
		hashicorpRelease(t, d, first, old)
		hashicorpRelease(t, d, second, version)
		folder := "/terraform/" + version + "/"
		artifact := folder + "terraform_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip"
		other := strings.ReplaceAll(artifact, runtime.GOOS, elsewhere)
		manifest := folder + "terraform_" + version + "_SHA256SUMS"
		vault := strings.NewReplacer("terraform", "vault")
		program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return HashiCorp(t.Context(), s, first.public+second.public, "terraform", version, dst)
		}}.try(t, d, map[string]fault{
			"by the first block":       {func(t *testing.T, d documents) { hashicorpRelease(t, d, first, version) }, nil, ""},
			"by a stranger":            {func(t *testing.T, d documents) { hashicorpRelease(t, d, stranger, version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":         {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped manifest":         {flip(manifest), algorithm.ErrInvalid, "invalid"},
			"missing artifact":         {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing manifest":         {remove(manifest), verify.ErrMissing, "manifest-missing"},
			"missing signature":        {remove(manifest + ".sig"), verify.ErrMissing, "signature-missing"},
			"replayed":                 {replay, algorithm.ErrNameMismatch, "name-mismatch"},
			"mixed up":                 {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
			"mixed up with a product":  {serveAt(vault.Replace(artifact), artifact, vault.Replace(manifest), manifest, vault.Replace(manifest+".sig"), manifest+".sig"), algorithm.ErrNameMismatch, "name-mismatch"},
			"another manifest's lines": {serveAt(vault.Replace(manifest), manifest), algorithm.ErrInvalid, "invalid"},
		})
	})
}

// TestHashiCorpLifeExtended: of two blocks with one key, the first of which says that
// its life is over, the second one counts, wherever it stands; the first one alone is
// refused for that.
func TestHashiCorpLifeExtended(t *testing.T) {
	t.Parallel()
	gpg := gpgIn(t)
	gpg(t, nil, "--faked-system-time", "20240101T000000", "--quick-gen-key", "publisher <publisher@example.com>", "ed25519", "sign", "1y")
	over := string(gpg(t, nil, "--armor", "--export"))
	fingerprint := ""
	for line := range strings.Lines(string(gpg(t, nil, "--with-colons", "--list-keys"))) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			fingerprint = fields[9]
		}
	}
	gpg(t, nil, "--quick-set-expire", fingerprint, "0")
	extended := string(gpg(t, nil, "--armor", "--export"))
	key := pgpKey{detach: func(t *testing.T, data []byte) []byte { t.Helper(); return gpg(t, data, "--armor", "--detach-sign") }}
	d := documents{}
	hashicorpRelease(t, d, key, version)
	for name, tt := range map[string]struct{ blocks, want string }{
		"both":         {over + extended, ""},
		"in turn":      {extended + "\n" + over, ""},
		"what is over": {over, "key-expired"},
	} {
		_, err := HashiCorp(t.Context(), d.serve(t), tt.blocks, "terraform", version, t.TempDir()+"/terraform.zip")
		if verify.Reason(err) != tt.want {
			t.Errorf("%s: %v (%s), want %q", name, err, verify.Reason(err), tt.want)
		}
	}
}
