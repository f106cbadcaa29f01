package verify_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/relseal/relseal/"

// deps are the packages that a package links, from the go command.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

// TestImportWalls keeps the arrows pointing one way, so that a program links
// only the families that it names.
func TestImportWalls(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to ask")
	}
	families := []string{"cosign", "gpg", "minisign", "signify", "ssh"}
	heavy := map[string][]string{ // library -> the families that may link it
		"github.com/jedisct1/go-minisign": {"minisign"},
		"github.com/ProtonMail/go-crypto": {"gpg"},
		"github.com/sigstore":             {"cosign"},
		"github.com/theupdateframework":   {"cosign"},
		"golang.org/x/crypto/ssh":         {"ssh", "cosign"}, // sigstore reads SSH keys
	}
	walls := map[string][]string{ // package -> what of this module it may link
		"template":  {"template", "internal/suggest", "internal/terminal"},
		"metadata":  {"metadata", "internal/suggest", "internal/terminal"},
		"algorithm": {"algorithm"},
		"verify":    {"verify", "metadata", "template", "algorithm", "internal/suggest", "internal/terminal"},
	}
	for _, f := range families {
		walls["algorithm/"+f] = []string{
			"algorithm", "algorithm/" + f, "internal/boundedregexp", "internal/ed25519stream",
			"internal/keytext", "internal/terminal", "internal/wrongkind",
		}
	}
	for pkg, allowed := range walls {
		for _, dep := range deps(t, pkg) {
			if own, ok := strings.CutPrefix(dep, module); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s links %s", pkg, dep)
			}
			for library, families := range heavy {
				if (dep == library || strings.HasPrefix(dep, library+"/")) && !slices.Contains(families, strings.TrimPrefix(pkg, "algorithm/")) {
					t.Errorf("%s links %s, which is for %q alone", pkg, dep, families)
				}
			}
			if third := strings.Contains(strings.SplitN(dep, "/", 2)[0], "."); third && !strings.HasPrefix(dep, module) && (pkg == "template" || pkg == "algorithm") {
				t.Errorf("%s links %s; it is for the standard library alone", pkg, dep)
			}
			if dep == "os/exec" && strings.HasPrefix(pkg, "verify") {
				t.Errorf("%s links os/exec: the library runs no program", pkg)
			}
		}
	}
}
