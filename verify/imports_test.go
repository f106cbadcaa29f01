package verify_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

const module = "github.com/relseal/relseal/"

// goList asks the go command in a folder below the repository's, with its
// workspace.
func goList(t *testing.T, folder string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = filepath.Join(testkeys.Root(t), folder)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("in %q: go list %q: %v", folder, args, err)
	}
	return strings.Fields(string(out))
}

// isIn reports whether a package is that of the library, or below it.
func isIn(pkg, library string) bool { return pkg == library || strings.HasPrefix(pkg, library+"/") }

// isThird reports whether a package is of neither the standard library nor this
// module.
func isThird(pkg string) bool {
	host, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(host, ".") && !strings.HasPrefix(pkg, module)
}

// TestImportWalls keeps the arrows pointing one way, so that a program links
// only the families that it names, and the network only where it wants it.
func TestImportWalls(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to ask")
	}
	families := []string{"cosign", "digest", "gpg", "minisign", "signify", "ssh"}
	heavy := map[string][]string{ // library -> the packages that may link it
		"github.com/jedisct1/go-minisign":     {"algorithm/minisign"},
		"github.com/ProtonMail/go-crypto":     {"algorithm/gpg", "verify/verifytest"},
		"github.com/sigstore":                 {"algorithm/cosign"},
		"github.com/theupdateframework":       {"algorithm/cosign"},
		"golang.org/x/crypto/ssh":             {"algorithm/ssh", "algorithm/cosign", "verify/verifytest"}, // sigstore reads SSH keys
		"github.com/pelletier/go-toml/v2":     {"metadata", "verify", "verify/cache", "verify/https", "verify/lint", "verify/pin", "verify/policy", "verify/verifytest"},
		"net/http":                            {"verify/https", "algorithm/cosign", "verify/verifytest"}, // sigstore's TUF client
		"os/exec":                             {"algorithm/cosign"},                                      // sigstore links it, and nobody calls it
		"github.com/relseal/relseal/verify":   {"verify", "verify/cache", "verify/https", "verify/lint", "verify/pin", "verify/policy", "verify/verifytest"},
		"github.com/relseal/relseal/metadata": {"metadata", "verify", "verify/cache", "verify/https", "verify/lint", "verify/pin", "verify/policy", "verify/verifytest"},
	}
	ofVerify := []string{"verify", "metadata", "template", "algorithm", "internal/checksums", "internal/filelock", "internal/nonblock", "internal/suggest", "internal/swap", "internal/terminal", "internal/version"}
	walls := map[string][]string{ // package -> what of this module it may link
		"template":      {"template", "internal/suggest", "internal/terminal"},
		"metadata":      {"metadata", "template", "internal/suggest", "internal/terminal"},
		"algorithm":     {"algorithm"},
		"verify":        ofVerify,
		"verify/pin":    append([]string{"verify/pin"}, ofVerify...),
		"verify/policy": append([]string{"verify/policy", "verify/pin", "internal/hostname"}, ofVerify...),
		"verify/https":  append([]string{"verify/https", "internal/hostname"}, ofVerify...),
		"verify/lint":   append([]string{"verify/lint", "internal/sarif", "internal/triples"}, ofVerify...),
		"verify/cache":  append([]string{"verify/cache"}, ofVerify...),
		// for tests alone: it signs for every family, and links none
		"verify/verifytest": append([]string{"verify/verifytest", "verify/https", "internal/hostname", "internal/testkeys/signer", "internal/testkeys/signer/minisignkey"}, ofVerify...),
	}
	for _, f := range families {
		walls["algorithm/"+f] = []string{
			"algorithm", "algorithm/" + f, "internal/boundedregexp", "internal/ed25519stream",
			"internal/keytext", "internal/terminal", "internal/wrongkind",
		}
	}
	for pkg, allowed := range walls {
		folder := "."
		if pkg == "algorithm/cosign" {
			folder = pkg // a module of its own
		}
		for _, dep := range goList(t, folder, "-deps", module+pkg) {
			if own, ok := strings.CutPrefix(dep, module); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s links %s", pkg, dep)
			}
			for library, users := range heavy {
				if isIn(dep, library) && !slices.Contains(users, pkg) {
					t.Errorf("%s links %s, which is for %q alone", pkg, dep, users)
				}
			}
			if isThird(dep) && (pkg == "template" || pkg == "algorithm") {
				t.Errorf("%s links %s; it is for the standard library alone", pkg, dep)
			}
		}
	}
}

// TestOnlyHTTPSHasNetwork: of all packages of the root module, with those that
// nobody thought of here, one links net/http, and those for tests that serve
// releases or a TUF repository; and none links cosign.
func TestOnlyHTTPSHasNetwork(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to ask")
	}
	all := goList(t, ".", "./...")
	if !slices.Contains(all, module+"verify/https") || slices.Contains(all, module+"algorithm/cosign") {
		t.Fatalf("the root module has %q", all)
	}
	users := []string{module + "verify/https", module + "verify/verifytest", module + "internal/testkeys/tufrepo"}
	for _, pkg := range all {
		if slices.Contains(goList(t, ".", "-deps", pkg), "net/http") != slices.Contains(users, pkg) {
			t.Errorf("%s: net/http is for %q alone", pkg, users)
		}
	}
	for _, dep := range goList(t, ".", "-deps", "-test", "./...") {
		if isIn(dep, module+"algorithm/cosign") || isIn(dep, "github.com/sigstore") {
			t.Errorf("a test of the root module links %s", dep)
		}
	}
}

// TestModules: cosign, with all of sigstore behind it, is a module of its own, and
// so are the benchmarks, with all peers.
func TestModules(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to ask")
	}
	root := strings.TrimSuffix(module, "/")
	for folder, want := range map[string]string{"verify": root, "verify/https": root, "algorithm/ssh": root, "algorithm/cosign": root + "/algorithm/cosign", "examples/verifyfile": root + "/examples", "internal/bench": root + "/internal/bench"} {
		if got := goList(t, folder, "-f", "{{with .Module}}{{.Path}}{{end}}", "-e", "."); len(got) != 1 || got[0] != want {
			t.Errorf("%s is in module %q, want %q", folder, got, want)
		}
	}
}
