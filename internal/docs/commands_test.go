package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// A command is a call of go that a page shows, for packages of this repository.
type command struct {
	verb     string   // build, install or run
	in       string   // the folder of -C, from the repository's root
	output   string   // that of -o; "": the current folder
	packages []string // as they are named from there
}

// commands are those of a page's text, whether in a line of a block or in a sentence.
func commands(text string) []command {
	var all []command
	for _, m := range regexp.MustCompile("(?m)(?:^(?:RUN |run: |- | )*(?:[A-Z0-9_]+=\\S+ )*(go (?:build|install|run) [^\n`]+)|`(go (?:build|install|run) [^`]+)`)").FindAllStringSubmatch(text, -1) {
		if c, ok := parseCommand(strings.Fields(m[1] + m[2])); ok {
			all = append(all, c)
		}
	}
	return all
}

// parseCommand reports as well whether it is for packages of this repository.
func parseCommand(words []string) (command, bool) {
	c := command{verb: words[1]}
	for i := 2; i < len(words); i++ {
		released, version, _ := strings.Cut(words[i], "@")
		released, ours := strings.CutPrefix(released, "github.com/relseal/relseal/")
		switch word := words[i]; {
		case ours && version != "": // of a release
			c.packages = append(c.packages, "./"+released)
		case (word == "-C" || word == "-o" || word == "-overlay") && i+1 < len(words):
			i++
			if word == "-C" {
				c.in = strings.TrimPrefix(words[i], "/src/") // that of an image
			}
			if word == "-o" {
				c.output = words[i]
			}
		case word == "#":
			return c, len(c.packages) > 0
		case word == "." || strings.HasPrefix(word, "./"):
			c.packages = append(c.packages, strings.ReplaceAll(word, "NAME", "verifyfile"))
			if c.verb == "run" { // the rest is the program's
				return c, true
			}
		}
	}
	return c, len(c.packages) > 0
}

// wrong says why a command fails; "" if it doesn't. It doesn't ask go, which may have
// to fetch what a module needs.
func (c command) wrong(root string) string {
	folder := path.Join(".", c.in)
	workspace := readUp(root, folder, "go.work")
	for _, name := range c.packages {
		dir := path.Join(folder, name)
		sources, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
		isMain := func(name string) bool {
			text, err := os.ReadFile(name)
			return err == nil && strings.Contains("\n"+string(text), "\npackage main\n")
		}
		module := up(root, dir, "go.mod")
		from, err := filepath.Rel(filepath.FromSlash(up(root, folder, "go.work")), filepath.FromSlash(module))
		use := filepath.ToSlash(from)
		if use != "." {
			use = "./" + use
		}
		switch {
		case !slices.ContainsFunc(sources, isMain):
			return dir + " is no program"
		case err != nil || !slices.Contains(strings.Fields(workspace), use):
			return dir + " is of a module that isn't in this workspace"
		case c.verb == "build" && c.output == "" && len(c.packages) == 1 && isDir(root, path.Join(folder, path.Base(dir))):
			return "a folder is where the program would be: " + path.Base(dir)
		case c.verb == "build" && c.output == "" && len(c.packages) > 1:
			return "several programs, and no folder for them"
		case c.output != "" && !strings.HasSuffix(c.output, "/") && !path.IsAbs(c.output) && isDir(root, path.Join(folder, c.output)):
			return "a folder is where the program would be: " + c.output
		}
	}
	return ""
}

func isDir(root, name string) bool {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && info.IsDir()
}

// up is the folder with a file of that name, at a folder or above it.
func up(root, folder, name string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(folder), name)); err == nil {
			return folder
		}
	}
	return "."
}

func readUp(root, folder, name string) string {
	text, _ := os.ReadFile(filepath.Join(root, filepath.FromSlash(up(root, folder, name)), name))
	return string(text)
}

// TestCommands: what the pages say of how a program is built works.
func TestCommands(t *testing.T) {
	root := testkeys.Root(t)
	n := 0
	for name := range pages(t, root) {
		text := string(testkeys.ReadFile(t, filepath.Join(root, filepath.FromSlash(name))))
		for _, c := range commands(text) {
			n++
			if why := c.wrong(root); why != "" {
				t.Errorf("%s: %+v: %s", name, c, why)
			}
		}
	}
	if n < 12 {
		t.Errorf("only %d commands", n)
	}
}

// TestCommandRuns: README's builds a program where it says.
func TestCommandRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	root := testkeys.Root(t)
	readme := string(testkeys.ReadFile(t, filepath.Join(root, "README.md")))
	of := slices.DeleteFunc(commands(readme), func(c command) bool { return c.verb != "build" || c.in != "" })
	if len(of) != 1 || of[0].output != "bin/" {
		t.Fatalf("%+v", of)
	}
	folder := t.TempDir()
	// None that links every family: whatever it is, the way is the same.
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", folder+"/bin/", "./examples/selfupdate")
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if built, _ := filepath.Glob(folder + "/bin/selfupdate*"); len(built) != 1 {
		t.Errorf("%q", built)
	}
}

// TestWrongCommands: a command that fails is found.
func TestWrongCommands(t *testing.T) {
	root := testkeys.Root(t)
	for line, want := range map[string]string{
		"`go build -C examples ./NAME`":                                      "a folder is where the program would be: verifyfile",
		"go build -C examples ./sopv":                                        "a folder is where the program would be: sopv",
		"go build -o docs ./examples/sopv":                                   "a folder is where the program would be: docs",
		"`go build -o bin/\n./examples/sopv`":                                "",
		"    CGO_ENABLED=0 go build -C examples -o bin/ ./sopv ./testkit":    "",
		"go build -C examples ./sopv ./testkit":                              "several programs, and no folder for them",
		"`go build -o bin/ ./examples/registrycheck`":                        "examples/registrycheck is of a module that isn't in this workspace",
		"`go build -C examples/registrycheck -o ../../bin/ .`":               "",
		"go run ./algorithm/minisign":                                        "algorithm/minisign is no program",
		"go run ./examples/none":                                             "examples/none is no program",
		"RUN CGO_ENABLED=0 go build -C /src/examples -o /program ./sopv":     "",
		"go install ./examples/sopv # which needs no folder of its own":      "",
		"  run: go install github.com/relseal/relseal/examples/sopv@VERSION": "",
		"- go install github.com/relseal/relseal/sopv@VERSION":               "sopv is no program",
		"`go install example.com/other/cmd/other@v1.2.0`, and nothing of us": "none",
	} {
		got := "none"
		if all := commands("text\n" + line + "\n"); len(all) == 1 {
			got = all[0].wrong(root)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", fmt.Sprintf("%q", line), got, want)
		}
	}
}
