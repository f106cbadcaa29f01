package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/relseal/relseal/internal/testkeys"
)

// A ciStep is one of a workflow's job, or of an action.
type ciStep struct {
	Name, ID, Uses, Run, Shell string
	With, Env                  map[string]string
}

// A ciJob is one of a workflow.
type ciJob struct {
	Needs       string
	Environment string
	Permissions map[string]string
	Steps       []ciStep
}

// An action is what the tests need of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []ciStep }
}

func decodeYAML(t *testing.T, text string, to any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

// A ciMachine runs the scripts of CI jobs in a folder, as a runner does.
type ciMachine struct {
	folder string
	env    []string
	github []string                // of GitHub's runner besides
	gitlab map[string]string       // of GitLab's besides
	values map[string]string       // of expressions, without ${{ and }}
	uses   map[string]func() error // further actions, by name
	roots  map[string]string       // files in the place of named trusted roots
	output string                  // all that was printed
}

// newMachine has the fakes and the program first on its path. The programs are
// further fakes.
func newMachine(t *testing.T, w *world, programs map[string]string) *ciMachine {
	t.Helper()
	folder, home := t.TempDir(), t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"make": fakeMake, "gh": fakeGH, "curl": fakeCurl, "go": fakeGo, "apt-get": nothing, "sudo": "#!/bin/sh\nexec \"$@\"\n", "sleep": "#!/bin/sh\necho slept \"$@\"\n"}
	maps.Copy(all, programs)
	m := &ciMachine{folder: folder, values: map[string]string{"github.ref_name": "v1.2.0", "github.token": "token", "runner.temp": home}, uses: map[string]func() error{}}
	m.env = append([]string{
		"PATH=" + fakeBin(t, all) + ":" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "WORLD=" + w.folder, "LC_ALL=C",
		"RELSEAL_PROGRAM=" + program, "RELSEAL_ROOT=" + testkeys.Root(t),
	}, w.env...)
	m.github = []string{
		"GITHUB_ACTIONS=true", "GITHUB_REF_NAME=v1.2.0", "RUNNER_TEMP=" + home,
		"GITHUB_OUTPUT=" + filepath.Join(home, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(home, "summary"),
	}
	m.gitlab = map[string]string{"CI_COMMIT_TAG": "v1.2.0", "CI_API_V4_URL": "https://gitlab.com/api/v4", "CI_PROJECT_ID": "4242", "CI_JOB_TOKEN": "token"}
	return m
}

// script runs one by bash, as GitHub and GitLab do.
func (m *ciMachine) script(t *testing.T, text string, env []string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.sh")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if ctx.Err() != nil {
		ctx = context.Background() // of a cleanup
	}
	cmd := exec.CommandContext(ctx, testkeys.Tool(t, "bash"), "--noprofile", "--norc", "-eo", "pipefail", file)
	cmd.Dir, cmd.Env = m.folder, append(slices.Clone(m.env), env...)
	output, err := cmd.CombinedOutput()
	m.output += string(output)
	return err
}

// errScript is of a step that failed.
var errScript = errors.New("a step failed")

// job runs the steps of a job in order, until one fails.
func (m *ciMachine) job(t *testing.T, job ciJob) error {
	t.Helper()
	for _, step := range job.Steps {
		if err := m.step(t, step); err != nil {
			return fmt.Errorf("%w: %s: %w", errScript, cmp.Or(step.Name, step.Uses, step.Run), err)
		}
	}
	return nil
}

func (m *ciMachine) step(t *testing.T, step ciStep) error {
	t.Helper()
	name, _, _ := strings.Cut(step.Uses, "@")
	switch use, ok := m.uses[name]; {
	case step.Uses == "":
		return m.script(t, step.Run, append(m.evaluate(t, step.Env), m.github...))
	case ok:
		return use()
	case step.Uses == relsealAction:
		inputs := map[string]string{}
		for _, one := range m.evaluate(t, step.With) {
			name, value, _ := strings.Cut(one, "=")
			inputs[name] = value
		}
		return m.action(t, inputs)
	case slices.Contains([]string{"actions/checkout", "actions/upload-artifact", "actions/download-artifact", "actions/setup-go", "sigstore/cosign-installer"}, name):
		return nil // the folder is the same, and the programs are there
	}
	t.Fatalf("no action %q", step.Uses)
	return nil
}

var expression = regexp.MustCompile(`\$\{\{ *([^ ]+) *\}\}`)

// evaluate puts values in the place of expressions; each has its name and = before it.
func (m *ciMachine) evaluate(t *testing.T, texts map[string]string) []string {
	t.Helper()
	var all []string
	for name, text := range texts {
		all = append(all, name+"="+expression.ReplaceAllStringFunc(text, func(e string) string {
			of := expression.FindStringSubmatch(e)[1]
			value, ok := m.values[of]
			if !ok {
				t.Fatalf("%s: no value of %s", name, of)
			}
			return value
		}))
	}
	return all
}

// action runs action.yml with these inputs.
func (m *ciMachine) action(t *testing.T, inputs map[string]string) error {
	t.Helper()
	var a action
	decodeYAML(t, string(testkeys.ReadFile(t, "action.yml")), &a)
	inner := *m
	inner.values = map[string]string{}
	for name, input := range a.Inputs {
		inner.values["inputs."+name] = input.Default
	}
	for name, value := range inputs {
		if _, ok := a.Inputs[name]; !ok {
			t.Fatalf("no input %q", name)
		}
		inner.values["inputs."+name] = cmp.Or(m.roots[value], value)
	}
	inner.github = append(slices.Clone(m.github), "GITHUB_ACTION_PATH="+filepath.Join(testkeys.Root(t), "examples", "releasechecker"))
	err := inner.job(t, ciJob{Steps: a.Runs.Steps})
	m.output = inner.output
	return err
}

// A pipeline is what the tests need of one of GitLab.
type pipeline struct {
	Stages    []string
	Variables map[string]string
	Jobs      map[string]gitlabJob `yaml:",inline"`
}

// A gitlabJob is one of a pipeline, of which other keys than jobs are read as one, too.
type gitlabJob struct {
	Stage, Extends, Environment string
	BeforeScript                []string `yaml:"before_script"`
	Script                      []string
	Variables                   map[string]string
	IDTokens                    map[string]map[string]string `yaml:"id_tokens"`
}

// pipelineOf reads a pipeline with what it includes.
func pipelineOf(t *testing.T, text string) pipeline {
	t.Helper()
	var whole map[string]yaml.Node
	decodeYAML(t, text, &whole)
	for _, name := range []string{"include", "workflow", "default", "image"} {
		delete(whole, name)
	}
	rest, err := yaml.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	var p pipeline
	decodeYAML(t, string(rest), &p)
	return p
}

func (m *ciMachine) gitlabJob(t *testing.T, p pipeline, job gitlabJob) error {
	t.Helper()
	if job.Extends != "" {
		base := pipelineOf(t, string(testkeys.ReadFile(t, "gitlab.yml"))).Jobs[job.Extends]
		if job.Script = base.Script; len(base.Variables) > 0 {
			t.Error("the template has variables, which count more than those of a pipeline")
		}
	}
	values := maps.Clone(m.gitlab)
	for _, variables := range []map[string]string{p.Variables, job.Variables} {
		for name, text := range variables {
			values[name] = os.Expand(text, func(of string) string { return m.gitlab[of] })
		}
	}
	var env []string
	for name, value := range values {
		env = append(env, name+"="+value)
	}
	return m.script(t, strings.Join(append(slices.Clone(job.BeforeScript), job.Script...), "\n"), env)
}
