package shapes

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A registered is a package of the registry.
type registered struct {
	table     string
	sign      func(t *testing.T, d documents, folder string, artifacts []string) // puts what is beside them
	signature string                                                             // below the release's folder; "" for one that is named by digest

	// What is refused for another reason in each: a flipped artifact; an old release;
	// another artifact with its signature; a stranger's signature.
	flipped, replayed, mixedUp, stranger fault
}

// signatureOf is where the signature is that counts for an artifact.
func (r registered) signatureOf(d documents, artifact string) string {
	if r.signature == "" {
		return fmt.Sprintf("/attestations/sha256:%x", sha256.Sum256(d[artifact]))
	}
	return path.Dir(artifact) + "/" + r.signature
}

func aquaFolder(name, version string) string { return "/" + name + "/v" + version + "/" }

func aquaArtifact(name, version, platform string) string {
	return aquaFolder(name, version) + name + "-" + version + "-" + platform + ".tar.gz"
}

func aquaWorkflow(name string) string {
	return "https://github.com/example/" + name + "/.github/workflows/release.yml@refs/tags/v"
}

// identity is the part of a table that says which workflow signs.
func identity(name string) string {
	return fmt.Sprintf("[%s.signing.identity]\nissuer = %q\nsubject = %q\n", name, githubIssuer, aquaWorkflow(name)+"{ version }")
}

func manifested(t *testing.T, d documents, folder string, artifacts []string) []byte {
	t.Helper()
	var names []string
	for _, a := range artifacts {
		names = append(names, path.Base(a))
	}
	d[folder+"checksums.txt"] = sums(d, folder, names...)
	return d[folder+"checksums.txt"]
}

// aquaPackages is one of each shape that such a registry has.
func aquaPackages(t *testing.T, m maker, s *sigstore) map[string]registered {
	t.Helper()
	mini, pgp := m.minisign(t), m.pgp(t, "ed25519")
	cosignKey, cosignSign := m.cosign(t)
	const checksums = "checksums = '{ site }/{ name }/v{ version }/checksums.txt'\n"
	wrongKey := fault{nil, algorithm.ErrWrongKey, "wrong-key"}
	invalid := fault{nil, algorithm.ErrInvalid, "invalid"}
	otherName := fault{nil, algorithm.ErrNameMismatch, "name-mismatch"}
	otherIdentity := fault{nil, algorithm.ErrIdentity, "identity"}
	version := func(folder string) string { return strings.TrimPrefix(path.Base(folder), "v") }
	return map[string]registered{
		"minisigned": {
			"algorithm = 'minisign'\nfile = '{ url }.minisig'\npubkey = '''" + mini.public + "'''\n",
			func(t *testing.T, d documents, _ string, artifacts []string) {
				t.Helper()
				for _, a := range artifacts {
					d[a+".minisig"] = mini.sign(t, d[a], path.Base(a))
				}
			}, path.Base(aquaArtifact("minisigned", "1.1.0", "linux")) + ".minisig", invalid, otherName, otherName, wrongKey,
		},
		"summed": {
			"algorithm = 'gpg'\n" + checksums + "file = '{ checksums }.asc'\npubkey = '''" + pgp.public + "'''\n",
			func(t *testing.T, d documents, folder string, artifacts []string) {
				t.Helper()
				d[folder+"checksums.txt.asc"] = pgp.detach(t, manifested(t, d, folder, artifacts))
			}, "checksums.txt.asc", invalid, otherName, invalid, wrongKey,
		},
		"keyed": {
			"algorithm = 'cosign'\n" + checksums + "file = '{ checksums }.sig'\npubkey = '''" + cosignKey + "'''\n",
			func(t *testing.T, d documents, folder string, artifacts []string) {
				t.Helper()
				d[folder+"checksums.txt.sig"] = cosignSign(t, manifested(t, d, folder, artifacts))
			}, "checksums.txt.sig", invalid, otherName, invalid, invalid,
		},
		"paired": {
			"algorithm = 'cosign'\n" + checksums + "file = '{ checksums }.sig'\ncertificate = '{ checksums }.pem'\n" + identity("paired"),
			func(t *testing.T, d documents, folder string, artifacts []string) {
				t.Helper()
				manifested(t, d, folder, artifacts)
				s.pair(t, d, folder+"checksums.txt", aquaWorkflow("paired")+version(folder))
			}, "checksums.txt.sig", invalid, otherIdentity, invalid, invalid,
		},
		"attested": {
			"algorithm = 'cosign'\nfile = '{ site }/attestations/sha256:{ sha256 }'\n" + identity("attested"),
			func(t *testing.T, d documents, folder string, artifacts []string) {
				t.Helper()
				for _, a := range artifacts {
					answer := map[string]any{"attestations": []any{map[string]any{"bundle": json.RawMessage(s.attest(t, d, aquaWorkflow("attested")+version(folder), a))}}}
					d[fmt.Sprintf("/attestations/sha256:%x", sha256.Sum256(d[a]))] = marshal(t, answer)
				}
			}, "",
			fault{nil, verify.ErrMissing, "signature-missing"},
			otherIdentity, otherName, invalid,
		},
		"proven": {
			"algorithm = 'cosign'\nfile = '{ site }/{ name }/v{ version }/multiple.intoto.jsonl'\n" + identity("proven"),
			func(t *testing.T, d documents, folder string, artifacts []string) {
				t.Helper()
				d[folder+"multiple.intoto.jsonl"] = s.attest(t, d, aquaWorkflow("proven")+version(folder), artifacts...)
			}, "multiple.intoto.jsonl", invalid, otherIdentity, otherName, invalid,
		},
	}
}

func TestAqua(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		s := newSigstore(t)
		packages, strangers := aquaPackages(t, m, s), aquaPackages(t, m, newSigstore(t))
		families := []algorithm.Algorithm{minisign.Algorithm{}, gpg.Algorithm{}, cosign.Algorithm{TrustedRoot: s.trusted(t)}}
		mini := m.minisign(t)
		d := documents{"/nameless.tar.gz": []byte("which release?")}
		d["/nameless.tar.gz.minisig"] = mini.sign(t, d["/nameless.tar.gz"], "nameless.tar.gz")
		registry := "[unsigned]\nurl = '{ site }/nameless.tar.gz'\n[versionless]\nurl = '{ site }/nameless.tar.gz'\n" +
			"[versionless.signing]\nalgorithm = 'minisign'\nfile = '{ url }.minisig'\npubkey = '''" + mini.public + "'''\n"
		for name, p := range packages {
			registry += fmt.Sprintf("[%s]\nurl = '{ site }/{ name }/v{ version }/{ name }-{ version }-linux.tar.gz'\n[%s.signing]\n%s", name, name, p.table)
			for _, v := range []string{old, version} {
				var artifacts []string
				for _, platform := range []string{"linux", "darwin"} {
					a := aquaArtifact(name, v, platform)
					d[a] = []byte(a)
					artifacts = append(artifacts, a)
				}
				p.sign(t, d, aquaFolder(name, v), artifacts)
			}
		}
		for name, p := range packages {
			t.Run(name, func(t *testing.T) {
				artifact, other := aquaArtifact(name, version, "linux"), aquaArtifact(name, version, "darwin")
				instead := []string{other, artifact}
				if beside := strings.ReplaceAll(aquaFolder(name, version)+p.signature, "linux", "darwin"); strings.HasPrefix(beside, other) {
					instead = append(instead, beside, aquaFolder(name, version)+p.signature)
				}
				p.flipped.change, p.replayed.change, p.mixedUp.change = flip(artifact), replay, serveAt(instead...)
				p.stranger.change = func(t *testing.T, d documents) {
					t.Helper()
					strangers[name].sign(t, d, aquaFolder(name, version), []string{artifact, other})
				}
				faults := map[string]fault{
					"flipped artifact": p.flipped, "replayed": p.replayed, "mixed up": p.mixedUp, "by a stranger": p.stranger,
					"missing artifact":  {remove(artifact), verify.ErrMissing, "artifact-missing"},
					"missing signature": {remove(p.signatureOf(d, artifact)), verify.ErrMissing, "signature-missing"},
				}
				program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
					t.Helper()
					return Aqua(t.Context(), s, families, []byte(registry), name, version, dst)
				}}.try(t, d, faults)
			})
		}
		for name, tt := range map[string]struct {
			families []algorithm.Algorithm
			is       error
		}{
			"unsigned":    {families, metadata.ErrNotFound},
			"versionless": {families, algorithm.ErrVersionMismatch},
			"paired":      {families[:2], algorithm.ErrUnsupported}, // and never unsigned
			"unknown":     {families, metadata.ErrNotFound},
			"minisigned":  {families[1:], algorithm.ErrUnsupported},
		} {
			if report, err := Aqua(t.Context(), maps.Clone(d).serve(t), tt.families, []byte(registry), name, version, t.TempDir()+"/x"); report != nil || !errors.Is(err, tt.is) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
