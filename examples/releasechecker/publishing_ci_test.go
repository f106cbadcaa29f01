package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/relseal/relseal/internal/testkeys"
)

const (
	inGitHub     = "In GitHub Actions"
	inGitLab     = "In GitLab CI"
	byGoreleaser = "By goreleaser"

	workflowFile = ".github/workflows/release.yml"
	pipelineFile = ".gitlab-ci.yml"
)

// withJobs is a workflow or a pipeline with some jobs in the place of its own.
func withJobs(t *testing.T, whole, jobs string) string {
	t.Helper()
	var doc, own map[string]any
	decodeYAML(t, whole, &doc)
	decodeYAML(t, jobs, &own)
	if in, ok := doc["jobs"].(map[string]any); ok {
		maps.Copy(in, own)
	} else {
		maps.Copy(doc, own)
	}
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withSteps is a workflow whose publish job has some steps in the place of its own.
func withSteps(t *testing.T, workflow, steps string) string {
	t.Helper()
	var doc map[string]any
	decodeYAML(t, workflow, &doc)
	var own []any
	decodeYAML(t, steps, &own)
	publish := doc["jobs"].(map[string]any)["publish"].(map[string]any) //nolint:forcetypeassert // of the document
	publish["steps"] = own
	text, err := yaml.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestYAMLForms: each piece of YAML in the documents for publishers is of the form
// that its file has, actions are pinned to what a remark says, and permissions are few.
func TestYAMLForms(t *testing.T) {
	workflow, pipeline := piece(t, inGitHub, "yaml", workflowFile), piece(t, inGitLab, "yaml", pipelineFile)
	kinds := map[string]int{}
	for _, name := range []string{"publishing.md", "releasechecker.md"} {
		for _, s := range page(t, name) {
			if s.Language != "yaml" {
				continue
			}
			kinds[s.Info]++
			switch s.Info {
			case workflowFile:
				checkForm(t, githubWorkflow, s.Text, "runs-on", "run-on", "\npermissions:", "\npermission:")
			case "jobs of " + workflowFile:
				checkForm(t, githubWorkflow, withJobs(t, workflow, s.Text), "runs-on", "run-on")
			case "steps of " + workflowFile:
				checkForm(t, githubWorkflow, withSteps(t, workflow, s.Text), "with:", "wiht:")
			case pipelineFile:
				checkForm(t, gitlabPipeline, s.Text, "RELSEAL_COMMIT: COMMIT", "RELSEAL_COMMIT: [COMMIT]")
			case "jobs of " + pipelineFile:
				checkForm(t, gitlabPipeline, withJobs(t, pipeline, s.Text), "script:", "skript:")
			case ".goreleaser.yaml":
				checkForm(t, goreleaserFile, s.Text, "artifacts: checksum", "artifacts: sums")
			default:
				t.Errorf("%s:%d: a file %q", name, s.Line, s.Info)
			}
			for line := range strings.Lines(s.Text) {
				if strings.Contains(line, "uses: ") && !regexp.MustCompile(`uses: [^ ]+@([0-9a-f]{40} # v\d+\.\d+\.\d+|COMMIT # a release's)\n$`).MatchString(line) {
					t.Errorf("%s: %s", name, line)
				}
			}
		}
	}
	if len(kinds) != 6 || kinds[workflowFile] < 2 || kinds[pipelineFile] < 2 {
		t.Errorf("%v", kinds)
	}
}

// jobsOf are the jobs of a workflow.
func jobsOf(t *testing.T, workflow string) map[string]ciJob {
	t.Helper()
	var w struct{ Jobs map[string]ciJob }
	decodeYAML(t, workflow, &w)
	return w.Jobs
}

// pipeline runs the jobs of one, stage by stage, until one fails.
func (m *ciMachine) pipeline(t *testing.T, p pipeline) error {
	t.Helper()
	for _, stage := range p.Stages {
		for _, name := range slices.Sorted(maps.Keys(p.Jobs)) {
			if job := p.Jobs[name]; job.Stage == stage {
				if err := m.gitlabJob(t, p, job); err != nil {
					return fmt.Errorf("%w: %s: %w", errScript, name, err)
				}
			}
		}
	}
	return nil
}

// runWorkflow runs the three jobs of a workflow, and between the last two what a host might do.
func (p *documented) runWorkflow(t *testing.T, workflow string, between func()) error {
	t.Helper()
	jobs := jobsOf(t, workflow)
	for _, name := range []string{"build", "publish"} {
		if err := p.job(t, jobs[name]); err != nil {
			return err
		}
	}
	between()
	return p.job(t, jobs["check"])
}

func nobody() {}

// refusedIn reports whether a run failed in the step or job that checks.
func refusedIn(t *testing.T, p *documented, err error, step string) {
	t.Helper()
	if !errors.Is(err, errScript) || !strings.Contains(err.Error(), step) {
		t.Errorf("%s: %v: %s", step, err, p.output)
	}
}

// TestPublishingPermissions: no job has more than it needs, and the key is in the
// environment of the one that signs alone.
func TestPublishingPermissions(t *testing.T) {
	workflow := piece(t, inGitHub, "yaml", workflowFile)
	for text, publish := range map[string]string{
		workflow: "map[contents:write]",
		withJobs(t, workflow, piece(t, inGitHub, "yaml", "jobs of "+workflowFile)): "map[contents:write id-token:write]",
	} {
		for name, want := range map[string]string{"build": "map[contents:read]", "publish": publish, "check": "map[contents:read]"} {
			job := jobsOf(t, text)[name]
			if got := fmt.Sprint(job.Permissions); got != want || (name == "publish") != (job.Environment == "release") {
				t.Errorf("%s: %s in %q, want %s", name, got, job.Environment, want)
			}
			for _, step := range job.Steps {
				if name != "publish" && strings.Contains(fmt.Sprint(step.Env, step.With), "secrets.") {
					t.Errorf("%s reads a secret: %+v", name, step)
				}
			}
		}
	}
	for name, job := range pipelineOf(t, piece(t, inGitLab, "yaml", pipelineFile)).Jobs {
		if (name == "sign") != (job.Environment == "release") {
			t.Errorf("%s is in %q", name, job.Environment)
		}
	}
}

// TestPublishingOnGitHub runs the workflow with the sign.sh of each section: what it
// publishes is accepted at its URLs. With another's key nothing is published, and what
// the host changes is found.
func TestPublishingOnGitHub(t *testing.T) {
	testkeys.Tool(t, "bash")
	testkeys.Tool(t, "jq")
	workflow := piece(t, inGitHub, "yaml", workflowFile)
	for section := range keyFamilies() {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := newDocumented(t, w, section, nil)
			if err := p.runWorkflow(t, workflow, nobody); err != nil || strings.Count(p.output, "2 checked: 2 verified") != 2 {
				t.Errorf("%v: %s", err, p.output)
			}
			if names := filesOf(t, w); !strings.HasPrefix(names, "SHA256SUMS SHA256SUMS.") || strings.Count(names, " tool_1.2.0_") != 2 {
				t.Error(names)
			}
			err := p.runWorkflow(t, workflow, func() {
				testkeys.WriteFile(t, w.folder, filepath.Base(linuxFile), []byte("another"))
			})
			refusedIn(t, p, err, "Do installers accept it?")

			empty := newWorld(t)
			other, thief := newDocumented(t, newWorld(t), section, nil), newDocumented(t, empty, section, nil)
			thief.values["secrets.SIGNING_KEY"] = other.key
			refusedIn(t, thief, thief.runWorkflow(t, workflow, nobody), "Would installers accept it?")
			if names := filesOf(t, empty); names != "" {
				t.Errorf("%s are published", names)
			}
		})
	}
}

// TestPublishingOnGitLab does the same with the pipeline.
func TestPublishingOnGitLab(t *testing.T) {
	testkeys.Tool(t, "bash")
	p := pipelineOf(t, strings.ReplaceAll(piece(t, inGitLab, "yaml", pipelineFile), "COMMIT\n", someCommit+"\n"))
	for section := range keyFamilies() {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			run := func(w *world, key string) (*documented, error) {
				d := newDocumented(t, w, section, map[string]string{"git": gitIs})
				d.edit(t, "relseal.toml", func(table []byte) []byte {
					return bytes.ReplaceAll(table, []byte("https://github.com/acme/tool/releases/download/v{ version }/"), []byte(gitLabPackages(t)))
				})
				if key != "" {
					d.gitlab["SIGNING_KEY"] = key
				}
				return d, d.pipeline(t, p)
			}
			w, empty := newWorld(t), newWorld(t)
			d, err := run(w, "")
			if names := filesOf(t, w); err != nil || strings.Count(d.output, "2 checked: 2 verified") != 2 || strings.Count(names, " tool_1.2.0_") != 2 {
				t.Errorf("%v: %s: %s", err, d.output, names)
			}
			thief, err := run(empty, newDocumented(t, newWorld(t), section, nil).key)
			refusedIn(t, thief, err, ": check: ")
			if names := filesOf(t, empty); strings.Contains(names, "tool_") {
				t.Errorf("%s are published", names)
			}
		})
	}
}

// gitLabPackages is where the document says that GitLab has the files.
func gitLabPackages(t *testing.T) string {
	t.Helper()
	place := "https://gitlab.com/api/v4/projects/acme%2Ftool/packages/generic/tool/{ version }/"
	if text := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "publishing.md"))); !strings.Contains(text, "`"+place+"SHA256SUMS`") {
		t.Errorf("the document doesn't say %s", place)
	}
	return place
}

// TestPublishingByGoreleaser: what goreleaser would call for each entry of signs makes
// what the section's table accepts. The steps around it copy, check and publish.
func TestPublishingByGoreleaser(t *testing.T) {
	testkeys.Tool(t, "bash")
	steps := jobsOf(t, withSteps(t, piece(t, inGitHub, "yaml", workflowFile), piece(t, byGoreleaser, "yaml", "steps of "+workflowFile)))["publish"]
	for section := range keyFamilies() {
		sign := signsOf(t, section)
		if sign == nil {
			if section != "signify" {
				t.Errorf("no entry for %s", section)
			}
			continue
		}
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := newDocumented(t, w, section, nil)
			key := filepath.Join(p.values["runner.temp"], "signing.key")
			p.uses["goreleaser/goreleaser-action"] = func() error {
				p.must(t, "make dist\nmkdir dist/tool_linux_amd64_v1\ntouch dist/metadata.json\ncd dist\nsha256sum tool_*.tar.gz > SHA256SUMS")
				return p.script(t, sign.command(t, key, "dist/SHA256SUMS"), nil)
			}
			p.env = append(p.env, "DRAFT="+p.file("release"))
			if err := p.job(t, steps); err != nil || !strings.Contains(p.output, "2 checked: 2 verified") {
				t.Errorf("%v: %s", err, p.output)
			}
			if names := filesOf(t, w); strings.Count(names, " tool_1.2.0_") != 2 {
				t.Error(names)
			}
		})
	}
}

// A goreleaserSign is an entry of signs.
type goreleaserSign struct {
	ID, Cmd, Signature, Artifacts string
	Args                          []string
}

func signsOf(t *testing.T, id string) *goreleaserSign {
	t.Helper()
	var config struct {
		Checksum struct {
			Name string `yaml:"name_template"`
		}
		Signs []goreleaserSign
	}
	decodeYAML(t, piece(t, byGoreleaser, "yaml", ".goreleaser.yaml"), &config)
	for _, s := range config.Signs {
		if s.ID == id && s.Artifacts == "checksum" && config.Checksum.Name == "SHA256SUMS" {
			return &s
		}
	}
	return nil
}

// command is what goreleaser calls: templates first, then ${artifact} and ${signature}.
func (s *goreleaserSign) command(t *testing.T, key, artifact string) string {
	t.Helper()
	words := []string{"gpg"}
	if s.Cmd != "" {
		words[0] = s.Cmd
	}
	for _, arg := range s.Args {
		var text strings.Builder
		if err := template.Must(template.New("").Option("missingkey=error").Parse(arg)).Execute(&text, map[string]any{"Env": map[string]string{"SIGNING_KEY_FILE": key}}); err != nil {
			t.Fatal(err)
		}
		words = append(words, "'"+os.Expand(text.String(), func(name string) string {
			return map[string]string{"artifact": artifact, "signature": strings.ReplaceAll(s.Signature, "${artifact}", artifact)}[name]
		})+"'")
	}
	return strings.Join(words, " ")
}
