package families_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A stamp is how a family's signatures say of what they are.
type stamp struct {
	table map[string]any // what the table says beside the key
	sign  func(t *testing.T, name, version string, document []byte) []byte
}

// stamped makes a signer that stamps what it signs; sign is nil where the family
// has nothing to stamp with.
func stamped(t *testing.T, family string) (signer, stamp) {
	t.Helper()
	switch family {
	case "minisign":
		s := newMinisign(t)
		p := newProgram(t, "minisign")
		p.run(t, nil, "-G", "-W", "-p", "key.pub", "-s", "key.sec")
		s.key = string(p.read(t, "key.pub"))
		return s, stamp{sign: func(t *testing.T, name, version string, document []byte) []byte {
			t.Helper()
			return p.signFile("-S", "-s", "key.sec", "-m", "FILE", "-x", "SIGNATURE", "-t", "timestamp:1760000000\tfile:"+name+"\tversion:"+version)(t, "document", document)
		}}
	case "ssh":
		p := newProgram(t, "ssh-keygen")
		p.run(t, nil, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key")
		s := signer{family: "ssh", suffix: ".sig", key: string(p.read(t, "key.pub"))}
		return s, stamp{map[string]any{"namespace": "{ asset }/{ version }"}, func(t *testing.T, name, version string, document []byte) []byte {
			t.Helper()
			return p.signFile("-Y", "sign", "-q", "-n", name+"/"+version, "-f", "key", "FILE")(t, "document", document)
		}}
	case "gpg":
		p := newProgram(t, "gpg")
		s, gpg := newGPGIn(t, p)
		return s, stamp{map[string]any{"name-notation": "name@example.com", "version-notation": "version@example.com"}, func(t *testing.T, name, version string, document []byte) []byte {
			t.Helper()
			return gpg(t, document, "--sig-notation", "name@example.com="+name, "--sig-notation", "version@example.com="+version, "--armor", "--detach-sign")
		}}
	case "signify":
		return newSignify(t), stamp{}
	case "cosign":
		return newCosign(t), stamp{}
	}
	t.Fatalf("no stamp for %s", family)
	return signer{}, stamp{}
}

// A published is one file of a release, with its signature.
type published struct{ artifact, signature []byte }

// TestReplays: an old release, or another file of the publisher's, is served in
// the place of what is asked for. Its signature is good.
func TestReplays(t *testing.T) {
	for _, family := range []string{"minisign", "gpg", "ssh", "signify", "cosign"} {
		t.Run(family, func(t *testing.T) {
			t.Parallel()
			s, st := stamped(t, family)
			h := newHost(t)
			publish := func(name, version string) published {
				artifact := []byte("bytes of " + name + " " + version)
				if st.sign == nil {
					return published{artifact, s.sign(t, name, artifact)}
				}
				return published{artifact, st.sign(t, name, version, artifact)}
			}
			right, old, other := publish("tool.tgz", "1.2.0"), publish("tool.tgz", "1.1.0"), publish("other.tgz", "1.2.0")
			verifiers := map[bool]*verify.Verifier{false: newVerifier(t, h.fetcher()), true: binding(t, h, verify.Binding{Name: true, Version: true})}
			for _, tt := range []struct {
				name   string
				served published
				good   bool
			}{{"good", right, true}, {"replay", old, false}, {"mix-up", other, false}} {
				h.put("/v1.2.0/tool.tgz", tt.served.artifact)
				h.put("/v1.2.0/tool.tgz"+s.suffix, tt.served.signature)
				for demanded, v := range verifiers {
					table := s.table()
					table["file"] = "{ url }" + s.suffix
					maps.Copy(table, st.table)
					asked := verify.Artifact{URL: h.URL + "/v1.2.0/tool.tgz", Variables: map[string]string{"version": "1.2.0"}}
					dst := newTarget(t, true)
					report, err := download(t, v, asked, table, dst.dst)
					name := tt.name + map[bool]string{false: "", true: ", demanded"}[demanded]
					switch {
					case demanded && st.sign == nil: // nothing but bytes is signed
						if !errors.Is(err, algorithm.ErrUnsupported) {
							t.Errorf("%s: %v", name, err)
						}
						dst.untouched(t)
					case tt.good || !demanded && family != "ssh": // whose table always names it
						if err != nil {
							t.Errorf("%s: %v", name, err)
							continue
						}
						dst.placed(t, tt.served.artifact)
						saysSo(t, name, report, tt.good && st.sign != nil)
					default:
						if want := mismatch(family); !errors.Is(err, want) && !errors.Is(err, algorithm.ErrNameMismatch) {
							t.Errorf("%s: %v, %v", name, report, err)
						}
						dst.untouched(t)
					}
				}
			}
		})
	}
}

// mismatch is how a family refuses what is signed for another version: an SSHSIG
// is of another namespace.
func mismatch(family string) error {
	if family == "ssh" {
		return algorithm.ErrIdentity
	}
	return algorithm.ErrVersionMismatch
}

// saysSo: a report whose name or version nothing signed binds says so, by a
// warning where something signed says another.
func saysSo(t *testing.T, name string, report *verify.Report, bound bool) {
	t.Helper()
	unbound := slices.Contains(report.NotChecked, "name: nothing signed binds it") || slices.Contains(report.NotChecked, "version: nothing signed binds it")
	if unbound == bound || bound && len(report.Warnings) > 0 {
		t.Errorf("%s: not checked %q, warnings %q", name, report.NotChecked, report.Warnings)
	}
}

// TestManifestReplays: the same with a signed manifest. A name that has the
// version binds it, whatever the family.
func TestManifestReplays(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		for _, inline := range []bool{false, true} {
			if inline && s.clear == nil {
				continue
			}
			for _, name := range []string{"tool-1.2.0.tgz", "tool.tgz"} {
				old := newRelease(t, s)
				old.inline, old.folder = inline, "/acme/v1.1.0/"
				old.name, old.artifact = strings.Replace(name, "1.2.0", "1.1.0", 1), []byte("old bytes")
				old.manifest = []byte(sha256Line(t, old.artifact, old.name))
				old.publish(t)
				r := newRelease(t, s)
				r.inline, r.name = inline, name
				r.manifest = []byte(sha256Line(t, r.artifact, r.name))
				r.publish(t)
				replayManifest(t, r, old)
			}
		}
	})
}

// replayManifest asks for r with the verifiers, as it is and then with all files
// of old in their places.
func replayManifest(t *testing.T, r, old *release) {
	t.Helper()
	versioned := strings.Contains(r.name, "1.2.0")
	for _, replayed := range []bool{false, true} {
		artifact := r.artifact
		if replayed {
			artifact = old.artifact
			r.put(r.folder+r.name, old.artifact)
			for _, file := range []string{r.sums, r.sums + r.signer.suffix} {
				if data, ok := old.files[old.folder+file]; ok {
					r.put(r.folder+file, data)
				}
			}
		}
		for _, bind := range []verify.Binding{{}, {Name: true}, {Name: true, Version: true}} {
			dst := newTarget(t, true)
			report, err := download(t, binding(t, r.host, bind), r.declared(), r.table(), dst.dst)
			what := r.name
			switch {
			case bind.Version && !versioned:
				// minisign could say it, and doesn't: the others can't.
				if !errors.Is(err, algorithm.ErrUnsupported) && !errors.Is(err, algorithm.ErrVersionMismatch) {
					t.Errorf("%s, %+v: %v", what, bind, err)
				}
				dst.untouched(t)
			case replayed && versioned:
				if !errors.Is(err, algorithm.ErrNameMismatch) {
					t.Errorf("%s replayed, %+v: %v", what, bind, err)
				}
				dst.untouched(t)
			case err != nil:
				t.Errorf("%s, replayed %v, %+v: %v", what, replayed, bind, err)
			default:
				dst.placed(t, artifact)
				if got := slices.Contains(report.NotChecked, "version: nothing signed binds it"); got == versioned {
					t.Errorf("%s, replayed %v, %+v: not checked %q", what, replayed, bind, report.NotChecked)
				}
				if slices.Contains(report.NotChecked, "name: nothing signed binds it") {
					t.Errorf("%s: not checked %q", what, report.NotChecked)
				}
			}
		}
	}
}

// binding is newVerifier with a demand.
func binding(t *testing.T, h *host, bind verify.Binding) *verify.Verifier {
	t.Helper()
	all, err := families.All(t.Context(), families.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: all, Fetcher: h.fetcher(), Bind: bind})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// download plans and downloads.
func download(t *testing.T, v *verify.Verifier, a verify.Artifact, table map[string]any, dst string) (*verify.Report, error) {
	t.Helper()
	signing, err := metadata.NewSigning(table)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(a, signing)
	if err != nil {
		return nil, err
	}
	return plan.Download(t.Context(), dst)
}
