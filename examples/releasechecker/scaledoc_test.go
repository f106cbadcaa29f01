package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/relseal/relseal/examples/internal/snippets"
	"github.com/relseal/relseal/internal/testkeys"
)

// page are the snippets of a document.
func page(tb testing.TB, name string) []snippets.Snippet {
	tb.Helper()
	all, err := snippets.ReadFile(filepath.Join(testkeys.Root(tb), "docs", name))
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// blocks are the pieces of docs/scale.md in a language.
func blocks(tb testing.TB, language string) []string {
	tb.Helper()
	var all []string
	for _, s := range snippets.In(page(tb, "scale.md"), language) {
		all = append(all, s.Text)
	}
	return all
}

// shell runs a piece of the document in a folder, with the program on its path.
func shell(tb testing.TB, m *crowd, folder, script string, env ...string) error {
	tb.Helper()
	bin := tb.TempDir()
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	wrapper := "#!/bin/sh\nRELEASECHECKER_MAIN=1 exec '" + program + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "releasechecker"), []byte(wrapper), 0o755); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), "sh", "-c", script)
	cmd.Dir = folder
	cmd.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "SSL_CERT_FILE="+m.PEM), env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err = cmd.Run(); output.Len() > 0 {
		tb.Logf("%s", &output)
	}
	return err
}

// spoilt is a market of some jobs of which one can't be reached and one is none.
func spoilt(t *testing.T) (m *crowd, folder string) {
	t.Helper()
	m = openCrowd(t, 100, 100)
	m.Lines[17] = `{"id": "17", "url": "https://127.0.0.1:1/x", "signing": {"algorithm": "minisign", "pubkey": "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex"}}`
	m.Lines[42] = `{"id": "42", "url": "https://example.com/x"}`
	folder = t.TempDir()
	testkeys.WriteFile(t, folder, "jobs.ndjson", []byte(strings.Join(m.Lines, "\n")+"\n"))
	return m, folder
}

// checkResults: each job has one result.
func checkResults(t *testing.T, text string, sorted bool) {
	t.Helper()
	all := verdicts(t, text)
	if !sorted {
		slices.SortFunc(all, func(a, b verdict) int {
			return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
		})
	}
	if len(all) != 100 {
		t.Fatalf("%d results", len(all))
	}
	for i, v := range all {
		want := map[int]string{17: "unreachable", 42: "not-declared"}[i]
		if v.ID != strconv.Itoa(i) || v.Reason != want || (want == "") != (v.Status == "verified") {
			t.Errorf("%d: %+v", i, v)
		}
	}
}

// TestScaleJob: the document's job is one, as its schema says.
func TestScaleJob(t *testing.T) {
	for _, text := range blocks(t, "json") {
		check(t, schema(t, "job.schema.json", ""), text)
		got := call(t, nil, text, "--jobs", "-")
		if all := verdicts(t, got.out); len(all) != 1 || all[0].ExitCode == 78 {
			t.Errorf("%+v", all)
		}
	}
}

// TestScaleParallel runs what the document says of one machine.
func TestScaleParallel(t *testing.T) {
	testkeys.Tool(t, "parallel")
	testkeys.Tool(t, "jq")
	pieces := blocks(t, "sh")
	if len(pieces) != 3 {
		t.Fatalf("%d pieces", len(pieces))
	}
	m, folder := spoilt(t)
	// Its exit code is how many of the shares have a refusal.
	if err := shell(t, m, folder, strings.Replace(pieces[0], "--block 1M", "--block 8k", 1)); err == nil {
		t.Error("no share has a refusal")
	}
	checkResults(t, string(testkeys.ReadFile(t, filepath.Join(folder, "results.ndjson"))), true)
	for _, piece := range pieces[1:] {
		if err := shell(t, m, folder, piece); err != nil {
			t.Error(err)
		}
	}
	if again := strings.TrimSpace(string(testkeys.ReadFile(t, filepath.Join(folder, "again.ndjson")))); strings.Count(again, "\n") != 0 || !strings.Contains(again, `"id":"17"`) {
		t.Errorf("again: %s", again)
	}
}

// A podJob is what of a Kubernetes Job (batch/v1) the document uses.
type podJob struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Spec       struct {
		CompletionMode       string `yaml:"completionMode"`
		Completions          int    `yaml:"completions"`
		Parallelism          int    `yaml:"parallelism"`
		BackoffLimitPerIndex int    `yaml:"backoffLimitPerIndex"`
		Template             struct {
			Spec struct {
				RestartPolicy string           `yaml:"restartPolicy"`
				Containers    []podContainer   `yaml:"containers"`
				Volumes       []map[string]any `yaml:"volumes"`
			} `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

type podContainer struct {
	Name            string              `yaml:"name"`
	Image           string              `yaml:"image"`
	Env             []map[string]string `yaml:"env"`
	Command         []string            `yaml:"command"`
	Args            []string            `yaml:"args"`
	Resources       map[string]any      `yaml:"resources"`
	SecurityContext map[string]any      `yaml:"securityContext"`
	VolumeMounts    []map[string]any    `yaml:"volumeMounts"`
}

func readPodJob(t *testing.T) podJob {
	t.Helper()
	pieces := blocks(t, "yaml")
	if len(pieces) != 1 {
		t.Fatalf("%d pieces", len(pieces))
	}
	var job podJob
	d := yaml.NewDecoder(strings.NewReader(pieces[0]))
	d.KnownFields(true)
	if err := d.Decode(&job); err != nil {
		t.Fatal(err)
	}
	return job
}

// TestScaleKubernetes: the document's Job is one, and its container's script, run for
// every index, gives each job one result; a share that broke leaves nothing.
func TestScaleKubernetes(t *testing.T) {
	testkeys.Tool(t, "awk")
	job := readPodJob(t)
	spec, pod := job.Spec, job.Spec.Template.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || spec.CompletionMode != "Indexed" || pod.RestartPolicy != "Never" || // which backoffLimitPerIndex demands
		spec.BackoffLimitPerIndex < 1 || spec.Parallelism > spec.Completions || len(pod.Containers) != 1 {
		t.Fatalf("%+v", job)
	}
	c := pod.Containers[0]
	if c.Env[0]["name"] != "SHARES" || c.Env[0]["value"] != strconv.Itoa(spec.Completions) || !slices.Equal(c.Command, []string{"sh", "-c"}) {
		t.Errorf("%+v", c)
	}
	m, folder := spoilt(t)
	run := func(index int, env ...string) error {
		env = append([]string{"SHARES=" + c.Env[0]["value"], "DATA=" + folder, "JOB_COMPLETION_INDEX=" + strconv.Itoa(index)}, env...)
		return shell(t, m, folder, c.Args[0], env...)
	}
	var all strings.Builder
	for index := range spec.Completions {
		if err := run(index); err != nil {
			t.Errorf("%d: %v", index, err)
		}
		all.Write(testkeys.ReadFile(t, filepath.Join(folder, "results", strconv.Itoa(index)+".ndjson")))
	}
	checkResults(t, all.String(), false)

	if err := os.RemoveAll(filepath.Join(folder, "results")); err != nil {
		t.Fatal(err)
	}
	for what, env := range map[string]string{"without the program": "PATH=/usr/bin:/bin", "without the jobs": "DATA=" + t.TempDir()} {
		if err := run(1, env); err == nil {
			t.Errorf("a share %s is no failure", what)
		}
	}
	if left, err := filepath.Glob(filepath.Join(folder, "results", "*.ndjson")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestScaleImage: what the image is built by, builds.
func TestScaleImage(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a program")
	}
	pieces := blocks(t, "dockerfile")
	_, command, ok := strings.Cut(strings.Join(pieces, ""), "RUN CGO_ENABLED=0 ")
	command, _, _ = strings.Cut(command, "\n")
	if !ok || len(pieces) != 1 {
		t.Fatalf("%q", pieces)
	}
	built := filepath.Join(t.TempDir(), "releasechecker")
	words := strings.Fields(strings.NewReplacer("/src", testkeys.Root(t), "-o /releasechecker", "-o "+built).Replace(command))
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if output, ok := testkeys.Run(t, built, "--help"); !ok || !strings.HasPrefix(output, "releasechecker: ") {
		t.Error(output)
	}
}
