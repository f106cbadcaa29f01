package verify_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestBindsOfLoneDigest: a manifest that is named after the artifact may be a digest
// alone, which says neither name nor version; one of another name may not.
func TestBindsOfLoneDigest(t *testing.T) {
	key := verifytest.NewKey(t, "signify", "b")
	old := []byte("version 1.0.0")
	lone := fmt.Appendf(nil, "%x\n", sha256.Sum256(old))
	for _, tt := range []struct {
		checksums, name string
		passes          bool
		want            verify.Binding
	}{
		{"tool-1.2.3.tgz.sha256", "", true, verify.Binding{}},
		{"tool-1.2.3.tgz.sha256", "dist/{ asset }", true, verify.Binding{}},
		{"SHA256SUMS", "", false, verify.Binding{Name: true, Version: true}},
	} {
		depot := newDepot()
		depot.files["tool-1.2.3.tgz"], depot.files[tt.checksums] = old, lone
		depot.files[tt.checksums+".sig"] = key.Sign(lone, "", "")
		declared := map[string]any{"algorithm": "signify", "pubkey": key.Public(), "checksums": depotURL + tt.checksums}
		if tt.name != "" {
			declared["checksum-name"] = tt.name
		}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{signify.Algorithm{}}, Fetcher: depot})
		plan, err := v.Plan(verify.Artifact{URL: depotURL + "tool-1.2.3.tgz", Variables: map[string]string{"version": "1.2.3"}}, signing(t, declared))
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Binds(); got != tt.want {
			t.Errorf("%s, %q: it binds %+v, want %+v", tt.checksums, tt.name, got, tt.want)
		}
		if _, err := verified(t, plan); (err == nil) != tt.passes {
			t.Errorf("%s, %q: a digest alone: %v", tt.checksums, tt.name, err)
		}
	}
}

// verified is what comes out of a plan that fetches the artifact.
func verified(t *testing.T, plan *verify.Plan) (*verify.Report, error) {
	t.Helper()
	r, err := plan.Open(t.Context(), nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}

// TestAllBindLine: where all alternatives are checked, one that can't say all that the
// program demands has to say what it can: a manifest's line the name, or the version
// by it. A digest alone doesn't.
func TestAllBindLine(t *testing.T) {
	by, sums := verifytest.NewKey(t, "gpg", "a"), verifytest.NewKey(t, "signify", "b")
	data := []byte("another file, or version 1.0.0")
	digest := fmt.Sprintf("%x", sha256.Sum256(data))
	for what, tt := range map[string]struct {
		first        map[string]any // of the table, which says the other half
		signed       [2]string      // the name and version that its signature says
		manifest     string
		checksumName string
	}{
		"the version": {map[string]any{"signed-name": true, "name-notation": "name@verifytest.invalid"}, [2]string{"tool.tgz", "1.0.0"}, "tool-1.2.3.tgz.sha256", "tool-{ version }.tgz"},
		"the name":    {map[string]any{"signed-version": true, "version-notation": "version@verifytest.invalid"}, [2]string{"tool-debug.tgz", "1.2.3"}, "tool.tgz.sha256", "dist/{ asset }"},
	} {
		tt.first["algorithm"], tt.first["pubkey"] = "gpg", by.Public()
		tt.first["alternatives"] = []any{map[string]any{
			"algorithm": "signify", "pubkey": sums.Public(), "checksums": depotURL + tt.manifest, "checksum-name": tt.checksumName,
		}}
		for manifest, want := range map[string]error{
			digest + "\n": algorithm.ErrNameMismatch,
			digest + "  " + map[string]string{"the version": "tool-1.2.3.tgz", "the name": "dist/tool.tgz"}[what] + "\n": nil,
		} {
			depot := newDepot()
			depot.files["tool.tgz"], depot.files["tool.tgz.sig"] = data, by.Sign(data, tt.signed[0], tt.signed[1])
			depot.files[tt.manifest], depot.files[tt.manifest+".sig"] = []byte(manifest), sums.Sign([]byte(manifest), "", "")
			v := newVerifier(t, verify.Config{
				Algorithms: []algorithm.Algorithm{gpg.Algorithm{}, signify.Algorithm{}}, Fetcher: depot,
				RequireAll: true, Bind: verify.Binding{Name: true, Version: true},
			})
			plan, err := v.Plan(verify.Artifact{URL: depotURL + "tool.tgz", Variables: map[string]string{"version": "1.2.3"}}, signing(t, tt.first))
			if err != nil {
				t.Fatal(err)
			}
			if plan.Binds() != (verify.Binding{Name: true, Version: true}) {
				t.Errorf("%s: it binds %+v", what, plan.Binds())
			}
			if _, err := verified(t, plan); !errors.Is(err, want) {
				t.Errorf("%s, %q: %v, want %v", what, manifest, err, want)
			}
		}
	}
}

// TestSignedNameOfManifest: signed-name demands the name of the manifest that is
// signed, which a comment with the artifact's name doesn't say.
func TestSignedNameOfManifest(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := []byte("the artifact")
	sums := fmt.Appendf(nil, "%x  tool.tgz\n", sha256.Sum256(data))
	for _, tt := range []struct {
		comment, signed string
		want            error
	}{
		{"", "for tool.tgz", algorithm.ErrNameMismatch},
		{"trusted-comment = 'for { asset }'\n", "for tool.tgz", algorithm.ErrNameMismatch},
		{"trusted-comment = 'file:{ asset }'\n", "file:tool.tgz", algorithm.ErrNameMismatch},
		{"", "timestamp:1\tfile:SHA256SUMS", nil},
	} {
		depot := newDepot()
		depot.files["tool.tgz"], depot.files["SHA256SUMS"] = data, sums
		depot.files["SHA256SUMS.sig"] = key.SignBytes(sums, tt.signed)
		table := declared(t, "algorithm = 'minisign'\npubkey = '''"+key.PublicKey()+"'''\nchecksums = '"+depotURL+"SHA256SUMS'\nsigned-name = 'SHA256SUMS'\n"+tt.comment)
		plan, err := newVerifier(t, verify.Config{Fetcher: depot}).Plan(verify.Artifact{URL: depotURL + "tool.tgz"}, table)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verified(t, plan); !errors.Is(err, tt.want) {
			t.Errorf("%q, signed as %q: %v, want %v", tt.comment, tt.signed, err, tt.want)
		}
	}
}

// TestSignedNameWithFolder: a name with folders that must be signed isn't said by a
// line without them, as another platform's manifest has it; one that need only be
// found is.
func TestSignedNameWithFolder(t *testing.T) {
	key := verifytest.NewKey(t, "signify", "b")
	data := []byte("the program")
	for _, tt := range []struct {
		line, name string // of the manifest, and signed-name
		want       error
	}{
		{"app", "linux/app", algorithm.ErrNameMismatch},
		{"linux/app", "linux/app", nil},
		{"./linux/app", "linux/app", nil},
		{"app", "app", nil},
		{"linux/app", "app", nil},
		{"app", "", nil},
	} {
		sums := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(data), tt.line)
		depot := newDepot()
		depot.files["linux/app"], depot.files["linux/SHA256SUMS"], depot.files["linux/SHA256SUMS.sig"] = data, sums, key.Sign(sums, "", "")
		declared := map[string]any{"algorithm": "signify", "pubkey": key.Public(), "checksums": depotURL + "linux/SHA256SUMS", "checksum-name": "linux/app"}
		if tt.name != "" {
			declared["signed-name"] = tt.name
		}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{signify.Algorithm{}}, Fetcher: depot})
		plan, err := v.Plan(verify.Artifact{URL: depotURL + "linux/app"}, signing(t, declared))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verified(t, plan); !errors.Is(err, tt.want) {
			t.Errorf("%q, which must be signed as %q: %v, want %v", tt.line, tt.name, err, tt.want)
		}
	}
}
