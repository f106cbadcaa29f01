package shapes

import (
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/verify"
)

const (
	tofuWorkflow = "https://github.com/opentofu/opentofu/.github/workflows/release.yml@refs/heads/"
	tofuBranch   = "v1.1"
)

// tofuRelease puts a release that a workflow signs and a key too.
func tofuRelease(t *testing.T, d documents, s *sigstore, subject string, key pgpKey, version string) {
	t.Helper()
	folder := "/releases/download/v" + version + "/"
	var names []string
	for _, os := range []string{runtime.GOOS, elsewhere} {
		name := "tofu_" + version + "_" + os + "_" + runtime.GOARCH + ".zip"
		d[folder+name] = []byte(name)
		names = append(names, name)
	}
	manifest := folder + "tofu_" + version + "_SHA256SUMS"
	d[manifest] = sums(d, folder, names...)
	s.pair(t, d, manifest, subject)
	d[manifest+".gpgsig"] = binary(t, key.detach(t, d[manifest]))
}

func TestOpenTofu(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		s, stranger := newSigstore(t), newSigstore(t)
		key, strangersKey := m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		d := documents{}
		tofuRelease(t, d, s, tofuWorkflow+tofuBranch, key, old)
		tofuRelease(t, d, s, tofuWorkflow+tofuBranch, key, version)
		folder := "/releases/download/v" + version + "/"
		manifest := folder + "tofu_" + version + "_SHA256SUMS"
		artifact := folder + "tofu_" + version + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip"
		other := strings.ReplaceAll(artifact, runtime.GOOS, elsewhere)
		by := func(s *sigstore, subject string, key pgpKey) change {
			return func(t *testing.T, d documents) { tofuRelease(t, d, s, subject, key, version) }
		}
		install := func(root *cosign.TrustedRoot, algorithm string) program {
			return program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
				t.Helper()
				report, err := OpenTofu(t.Context(), s, root, key.public, tofuBranch, version, dst)
				if err == nil && report.Algorithm != algorithm {
					t.Errorf("by %s, and %s is binding", report.Algorithm, algorithm)
				}
				return report, err
			}}
		}
		common := func(signature string) map[string]fault {
			return map[string]fault{
				"flipped artifact":  {flip(artifact), algorithm.ErrInvalid, "invalid"},
				"missing artifact":  {remove(artifact), verify.ErrMissing, "artifact-missing"},
				"missing manifest":  {remove(manifest), verify.ErrMissing, "manifest-missing"},
				"missing signature": {remove(manifest + signature), verify.ErrMissing, "signature-missing"},
				"replayed":          {replay, algorithm.ErrNameMismatch, "name-mismatch"},
				"mixed up":          {serveAt(other, artifact), algorithm.ErrInvalid, "invalid"},
			}
		}
		t.Run("keyless", func(t *testing.T) {
			faults := common(".sig") // none is a reason to go by the key, which is as good as ever
			faults["missing certificate"] = fault{remove(manifest + ".pem"), verify.ErrMissing, "certificate-missing"}
			faults["flipped manifest"] = fault{flip(manifest), verify.ErrMissing, "log-entry-missing"} // nobody logged that one
			faults["flipped signature"] = fault{flip(manifest + ".sig"), verify.ErrMissing, "log-entry-missing"}
			faults["not logged"] = fault{func(_ *testing.T, d documents) {
				for path := range d {
					if strings.HasPrefix(path, "/rekor/") {
						delete(d, path)
					}
				}
			}, verify.ErrMissing, "log-entry-missing"}
			faults["another branch's"] = fault{by(s, tofuWorkflow+"main", key), algorithm.ErrIdentity, "identity"}
			faults["another repository's"] = fault{by(s, strings.ReplaceAll(tofuWorkflow, "opentofu/opentofu", "stranger/opentofu")+tofuBranch, key), algorithm.ErrIdentity, "identity"}
			faults["another authority's"] = fault{by(stranger, tofuWorkflow+tofuBranch, key), algorithm.ErrInvalid, "invalid"}
			faults["by a stranger's key"] = fault{by(s, tofuWorkflow+tofuBranch, strangersKey), nil, ""} // it isn't asked
			install(s.trusted(t), "cosign").try(t, d, faults)
		})
		t.Run("by key", func(t *testing.T) {
			faults := common(".gpgsig")
			faults["flipped manifest"] = fault{flip(manifest), algorithm.ErrInvalid, "invalid"}
			faults["by a stranger"] = fault{by(s, tofuWorkflow+tofuBranch, strangersKey), algorithm.ErrWrongKey, "wrong-key"}
			install(nil, "gpg").try(t, d, faults)
		})
	})
}
