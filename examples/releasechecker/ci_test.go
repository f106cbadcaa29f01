package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// gitIs is a fake git whose fetch brings the repository's folder.
const gitIs = `#!/bin/sh
set -eu
echo "git $*" >> "$WORLD/git.log"
case $* in
"init --quiet "*) ;;
"-C "*" fetch --quiet --depth 1 "*) ln -s "$RELSEAL_ROOT/examples" "$2/examples" ;;
"-C "*" checkout --quiet --detach "*) ;;
*) exit 9 ;;
esac
`

const someCommit = "0123456789abcdef0123456789abcdef01234567"

// TestActionForm: action.yml is an action, and takes nothing into a script's text.
func TestActionForm(t *testing.T) {
	text := string(testkeys.ReadFile(t, "action.yml"))
	checkForm(t, githubAction, text, "using: composite", "using: compositee", "shell: bash", "shel: bash", "bash \"$GITHUB", "bash ${{ inputs.table }} \"$GITHUB", "description: accepted", "descripton: accepted")
	var a action
	decodeYAML(t, text, &a)
	for _, step := range a.Runs.Steps {
		for name, value := range step.Env {
			if of := expression.FindStringSubmatch(value); of == nil || "RELSEAL_"+strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(of[1], "inputs."), "-", "_")) != name {
				t.Errorf("%s: %s", name, value)
			}
			delete(a.Inputs, strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "RELSEAL_"), "_", "-")))
		}
	}
	if len(a.Inputs) > 0 {
		t.Errorf("nothing reads %v", a.Inputs)
	}
	if mod := string(testkeys.ReadFile(t, "../go.mod")); !strings.Contains(mod, "\ngo "+a.Runs.Steps[0].With["go-version"]+".") {
		t.Errorf("Go %s isn't that of go.mod", a.Runs.Steps[0].With["go-version"])
	}
}

// TestTemplateForm: gitlab.yml is a pipeline's part.
func TestTemplateForm(t *testing.T) {
	text := strings.Replace(string(testkeys.ReadFile(t, "gitlab.yml")), "\n.releasechecker:", "\nreleasechecker:", 1) // a hidden job may be anything
	checkForm(t, gitlabPipeline, text, "script:", "skript:", "junit:", "junti:", "when: always", "when: allways")
	for _, form := range []string{"junit", "codequality", "dotenv"} { // as GitLab and releasechecker both call them
		_, written, _ := strings.Cut(text, form+"=")
		if file, _, _ := strings.Cut(written, "\n"); file == "" || !strings.Contains(text, "\n      "+form+": "+file+"\n") {
			t.Errorf("%s is no report", form)
		}
	}
}

// TestActionTwice: in one job the verdict is always that of the last call.
func TestActionTwice(t *testing.T) {
	testkeys.Tool(t, "bash")
	m := newMachine(t, newWorld(t), nil)
	writeRelease(t, m.folder)
	for want, inputs := range map[string]map[string]string{
		"verdict=accepted\n": {"manifest": "Cargo.toml", "dir": "dist/", "targets": good},
		"verdict=refused\n":  {"manifest": "Cargo.toml", "table": "relseal.toml"},
	} {
		for range 2 {
			_ = m.action(t, inputs) // what it says is looked at
			outputs := string(testkeys.ReadFile(t, filepath.Join(m.values["runner.temp"], "output")))
			if !strings.HasSuffix(strings.TrimSuffix(outputs, "verified=1\n"), want) {
				t.Errorf("%s, want %s", outputs, want)
			}
		}
	}
}

// inputs of the action are the variables of the template.
func variables(inputs map[string]string) map[string]string {
	all := map[string]string{"RELSEAL_COMMIT": someCommit}
	for name, value := range inputs {
		all["RELSEAL_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = value
	}
	return all
}

// checkInBoth checks a release by the action and by the template: what is printed,
// what steps behind the action are told, and whether it was content.
func checkInBoth(t *testing.T, prepare func(m *ciMachine), inputs map[string]string, check func(t *testing.T, printed, outputs string, ok bool)) {
	t.Helper()
	t.Run("GitHub", func(t *testing.T) {
		m := newMachine(t, newWorld(t), nil)
		prepare(m)
		err := m.action(t, inputs)
		outputs, _ := os.ReadFile(filepath.Join(m.values["runner.temp"], "output")) // absent where nothing was told
		check(t, m.output, string(outputs), err == nil)
	})
	t.Run("GitLab", func(t *testing.T) {
		m := newMachine(t, newWorld(t), map[string]string{"git": gitIs})
		prepare(m)
		err := m.gitlabJob(t, pipeline{}, gitlabJob{Extends: ".releasechecker", Variables: variables(inputs)})
		outputs := ""
		if told, err := os.ReadFile(filepath.Join(m.folder, "relseal.env")); err == nil {
			_, code, _ := strings.Cut(string(told), "RELSEAL_EXIT_CODE=")
			outputs = "exit-code=" + code + string(told)
			outputs = strings.NewReplacer("RELSEAL_VERDICT", "verdict", "RELSEAL_VERIFIED", "verified").Replace(outputs)
		}
		check(t, m.output, outputs, err == nil)
	})
}

// TestActionAndTemplate: both say what releasechecker says.
func TestActionAndTemplate(t *testing.T) {
	testkeys.Tool(t, "bash")
	folder := func(m *ciMachine) { writeRelease(t, m.folder) }
	all := strings.Join(sixTargets(), "\r\n") + "\n\n"
	for name, c := range map[string]struct {
		inputs map[string]string
		ok     bool
		says   string
		told   []string
	}{
		"good":      {map[string]string{"manifest": "Cargo.toml", "dir": "dist/", "targets": good, "bind": "version"}, true, "1 checked: 1 verified", []string{"exit-code=0\n", "verdict=accepted\n", "verified=1\n"}},
		"a version": {map[string]string{"manifest": "Cargo.toml", "dir": "dist/", "targets": good, "version": "v1.3.0"}, false, "version-mismatch", []string{"exit-code=40\n", "verdict=refused\n"}},
		"tampered":  {map[string]string{"manifest": "Cargo.toml", "dir": "dist/", "targets": all}, false, "6 checked: 3 verified", []string{"exit-code=40\n", "verdict=refused\n", "verified=3\n"}},
		"table":     {map[string]string{"table": "relseal.toml", "dir": "dist/", "artifacts": "tool-" + good + ".tgz\n", "version": "v1.2.0"}, true, "1 checked: 1 verified", []string{"exit-code=0\n"}},
		"no call":   {map[string]string{"table": "relseal.toml", "manifest": "Cargo.toml"}, false, "--manifest goes without", nil},
	} {
		t.Run(name, func(t *testing.T) {
			checkInBoth(t, folder, c.inputs, func(t *testing.T, printed, outputs string, ok bool) {
				t.Helper()
				if ok != c.ok || !strings.Contains(printed, c.says) {
					t.Errorf("%v: %s", ok, printed)
				}
				for _, one := range c.told {
					if !strings.Contains(outputs, one) {
						t.Errorf("no %q in %q", one, outputs)
					}
				}
			})
		})
	}
}

// TestActionNoInjection: nothing that an input has in it is carried out, and no line
// of it becomes another output.
func TestActionNoInjection(t *testing.T) {
	testkeys.Tool(t, "bash")
	evil := "x\"; touch evil; echo \"$(touch evil)`touch evil`\nverdict=accepted\n--help"
	inputs := map[string]string{}
	var a action
	decodeYAML(t, string(testkeys.ReadFile(t, "action.yml")), &a)
	for name := range a.Inputs {
		if name != "attempts" && name != "manifest" {
			inputs[name] = evil
		}
	}
	for _, inputs := range []map[string]string{inputs, {"table": evil, "dir": evil}, {"table": "relseal.toml", "attempts": "a[$(touch evil)]"}, {"manifest": evil, "targets": evil}} {
		var folder string
		checkInBoth(t, func(m *ciMachine) { folder = m.folder }, inputs, func(t *testing.T, printed, outputs string, ok bool) {
			t.Helper()
			if _, err := os.Stat(filepath.Join(folder, "evil")); err == nil {
				t.Errorf("an input was carried out: %q", inputs)
			}
			if ok || strings.Contains(outputs, "accepted") {
				t.Errorf("%q: %s", outputs, printed)
			}
		})
	}
}

// TestActionTriesAgain: what can't be fetched is tried again, so often and no more,
// and what is refused isn't.
func TestActionTriesAgain(t *testing.T) {
	testkeys.Tool(t, "bash")
	program := filepath.Join(t.TempDir(), "program")
	script := testkeys.WriteFile(t, t.TempDir(), "count", nil)
	for _, c := range []struct{ codes, attempts, want string }{
		{"68 68 0", "3", "0 after 3"},
		{"68 68 68 0", "3", "68 after 3"},
		{"68 40 0", "3", "40 after 2"},
		{"40 0", "3", "40 after 1"},
		{"68 0", "1", "68 after 1"},
		{"0", "3", "0 after 1"},
		{"68 68 68 0", "", "68 after 3"},
		{"68 0", "a[$(touch evil)]", "2 after 0"},
		{"68 0", "1000", "2 after 0"},
		{"68 0", "010", "0 after 2"},
		{"68 0", "0", "68 after 1"},
	} {
		text := fmt.Sprintf("#!/bin/sh\necho x >> '%[1]s'\nset -- %[2]s\nshift $(($(wc -l < '%[1]s') - 1))\nexit $1\n", script, c.codes)
		if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		testkeys.WriteFile(t, filepath.Dir(script), "count", nil)
		cmd := exec.CommandContext(t.Context(), "bash", "ci.sh", program)
		cmd.Env = append(os.Environ(), "RELSEAL_ATTEMPTS="+c.attempts, "PATH="+fakeBin(t, map[string]string{"sleep": nothing})+":"+os.Getenv("PATH"))
		_ = cmd.Run() // its code is looked at
		if got := fmt.Sprintf("%d after %d", cmd.ProcessState.ExitCode(), strings.Count(string(testkeys.ReadFile(t, script)), "x")); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// TestTemplateCommit: the template builds a commit and nothing that can be moved.
func TestTemplateCommit(t *testing.T) {
	testkeys.Tool(t, "bash")
	for _, commit := range []string{"", "main", "v1.0.0", someCommit[:39], someCommit + "0", "--upload-pack=touch evil;" + someCommit, someCommit + "\n"} {
		w := newWorld(t)
		m := newMachine(t, w, map[string]string{"git": gitIs})
		if err := m.gitlabJob(t, pipeline{}, gitlabJob{Extends: ".releasechecker", Variables: map[string]string{"RELSEAL_COMMIT": commit}}); err == nil || !strings.Contains(m.output, "a commit of relseal, in full") {
			t.Errorf("%q: %v, %s", commit, err, m.output)
		}
		if left := filesOf(t, w); left != "" {
			t.Errorf("%q: git is called", commit)
		}
	}
}

// TestActionBuilds: the action and the template build the program from what they have
// of this repository, without its workspace.
func TestActionBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	testkeys.Tool(t, "bash")
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	cached := map[string]string{}
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY"} {
		value, err := exec.CommandContext(t.Context(), goTool, "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		cached[name] = strings.TrimSpace(string(value))
	}
	checkInBoth(t, func(m *ciMachine) {
		writeRelease(t, m.folder)
		for name, value := range cached {
			m.env = append(m.env, name+"="+value)
		}
		m.env[0] = strings.Replace(m.env[0], "PATH=", "PATH="+fakeBin(t, map[string]string{"go": "#!/bin/sh\nexec '" + goTool + "' \"$@\"\n"})+":", 1)
	}, map[string]string{"manifest": "Cargo.toml", "dir": "dist/", "targets": good}, func(t *testing.T, printed, _ string, ok bool) {
		t.Helper()
		if !ok || !strings.Contains(printed, "1 checked: 1 verified") {
			t.Error(printed)
		}
	})
}

// TestActionArguments: ci.sh makes of each variable the flag that it stands for, of
// lines one each, and a call that releasechecker takes.
func TestActionArguments(t *testing.T) {
	testkeys.Tool(t, "bash")
	program := filepath.Join(fakeBin(t, map[string]string{"program": "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"}), "program")
	for _, c := range []struct{ env, want []string }{
		{nil, []string{"--"}},
		{
			[]string{"MANIFEST=Cargo.toml", "VERSION=v1.2.0", "DIR=my dist", "TARGETS=\nx86_64-unknown-linux-gnu\r\n\naarch64-apple-darwin", "POLICY=policy.toml", "TRUSTED_ROOT=github\npublic-good", "BIND=name,version", "LINT=false", "SAVE=sarif=a b.sarif\njunit=c"},
			[]string{"--manifest=Cargo.toml", "--release=1.2.0", "--dir=my dist", "--target=x86_64-unknown-linux-gnu", "--target=aarch64-apple-darwin", "--policy=policy.toml", "--trusted-root=github", "--trusted-root=public-good", "--bind=name,version", "--lint=false", "--save=sarif=a b.sarif", "--save=junit=c", "--"},
		},
		{[]string{"TABLE=relseal.toml", "VERSION=1.2.0", "LIST=urls.txt"}, []string{"--table=relseal.toml", "--var=version=1.2.0", "--list=urls.txt", "--"}},
		{[]string{"TABLE=relseal.toml", "DIR=dist", "ARTIFACTS=a b\r\nc\n"}, []string{"--table=relseal.toml", "--dir=dist", "--", "a b", "c"}},
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "ci.sh", program)
		for _, one := range c.env {
			cmd.Env = append(cmd.Env, "RELSEAL_"+one)
		}
		output, err := cmd.Output()
		if got := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n"); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q becomes %q, %v, want %q", c.env, got, err, c.want)
		}
		if len(c.env) == 0 {
			continue
		}
		if _, err := parse(c.want); err != nil {
			t.Errorf("%q: %v", c.want, err)
		}
	}
}
