// Package consumer builds a program that embeds this module, as somebody else's
// module, and measures what that costs it.
package consumer

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// A program of minisign, a key that is compiled in, and a local file.
const program = `package main

import (
	"context"
	"fmt"
	"os"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

func main() {
	err := check(os.Args[1], os.Args[2])
	fmt.Println(err)
	os.Exit(verify.ExitCode(err))
}

func check(file, signatureFile string) error {
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "minisign",
		"pubkey":    "RWQaLYwhncgeBcAN36C4clcGBuAaYWAt5WNxOMhqYzjfIMqcyrG5yUTk",
	})
	if err != nil {
		return err
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}})
	if err != nil {
		return err
	}
	signature, err := os.ReadFile(signatureFile)
	if err != nil {
		return err
	}
	plan, err := v.Plan(verify.Artifact{Signature: signature}, table)
	if err != nil {
		return err
	}
	_, err = plan.File(context.Background(), file)
	return err
}
`

// peers are what a consumer may have of its own: versions that relseal must not
// move.
const peers = `
require (
	github.com/go-logr/logr v1.4.3
	go.opentelemetry.io/otel v1.37.0
	google.golang.org/grpc v1.75.0
	google.golang.org/protobuf v1.36.6
)
`

const peersProgram = `package main

import (
	_ "go.opentelemetry.io/otel"
	_ "google.golang.org/grpc"
	_ "google.golang.org/protobuf/proto"
)
`

// consumer makes the module in a folder of its own.
func consumer(t *testing.T, more string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command to build with")
	}
	root := testkeys.Root(t)
	dir := t.TempDir()
	write(t, dir, "main.go", program)
	write(t, dir, "go.mod", "module example.com/consumer\n\ngo 1.26.0\n\nrequire github.com/relseal/relseal v0.0.0\n\nreplace github.com/relseal/relseal => "+root+"\n"+more)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "go.sum", string(sums))
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs the go command in the folder, in no workspace.
func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return stderr.String(), err
	}
	return string(out), nil
}

func mustRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := run(t, dir, args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// TestModules: the modules that a consumer of minisign gets.
func TestModules(t *testing.T) {
	dir := consumer(t, "")
	mustRun(t, dir, "mod", "tidy")
	modules := strings.Fields(mustRun(t, dir, "list", "-m", "-f", "{{.Path}}", "all"))
	const most = 12
	if len(modules) > most {
		t.Errorf("%d modules, and %d are the limit: %q", len(modules), most, modules)
	}
	for _, pkg := range strings.Fields(mustRun(t, dir, "list", "-deps", ".")) {
		if pkg == "net/http" || pkg == "os/exec" || pkg == "log/slog" {
			t.Errorf("the program links %s", pkg)
		}
	}
}

// TestSize: the program, stripped.
func TestSize(t *testing.T) {
	dir := consumer(t, "")
	mustRun(t, dir, "build", "-trimpath", "-ldflags=-s -w", "-o", "program", ".")
	info, err := os.Stat(filepath.Join(dir, "program"))
	if err != nil {
		t.Fatal(err)
	}
	const most = 3_600_000
	t.Logf("%d bytes", info.Size())
	if info.Size() > most {
		t.Errorf("%d bytes, and %d are the limit", info.Size(), most)
	}
	// it does its job
	data := filepath.Join(testkeys.Root(t), "examples", "internal", "demo", "data")
	for artifact, want := range map[string]int{"hello-v1.2.0.tgz": 0, "minisign.toml": 40} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "program"), filepath.Join(data, artifact), filepath.Join(data, "hello-v1.2.0.tgz.minisig"))
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit code %d, want %d: %s", artifact, got, want, out)
		}
	}
}

// TestVersionsStay: to add relseal moves no version of gRPC, protobuf and
// OpenTelemetry that the consumer has chosen.
func TestVersionsStay(t *testing.T) {
	dir := consumer(t, peers)
	write(t, dir, "peers.go", peersProgram)
	if out, err := run(t, dir, "mod", "tidy"); err != nil {
		if os.Getenv("RELSEAL_INTEROP") == "require" {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Skipf("the consumer's own modules can't be had: %v", err)
	}
	with := versions(t, dir)
	write(t, dir, "main.go", "package main\n\nfunc main() {}\n")
	mustRun(t, dir, "mod", "edit", "-droprequire=github.com/relseal/relseal")
	mustRun(t, dir, "mod", "tidy")
	without := versions(t, dir)
	for _, path := range []string{"google.golang.org/grpc", "google.golang.org/protobuf", "go.opentelemetry.io/otel", "github.com/go-logr/logr"} {
		if without[path] == "" || with[path] != without[path] {
			t.Errorf("%s: %q becomes %q", path, without[path], with[path])
		}
	}
	var moved []string
	for path, version := range without {
		if with[path] != version {
			moved = append(moved, path+" "+version+" -> "+with[path])
		}
	}
	slices.Sort(moved)
	t.Logf("%d of %d modules move: %q", len(moved), len(without), moved)
	for _, m := range moved {
		if !strings.HasPrefix(m, "golang.org/x/") {
			t.Errorf("moved: %s", m)
		}
	}
}

func versions(t *testing.T, dir string) map[string]string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(mustRun(t, dir, "list", "-m", "-json", "all")))
	all := map[string]string{}
	for decoder.More() {
		var m struct{ Path, Version string }
		if err := decoder.Decode(&m); err != nil {
			t.Fatal(err)
		}
		all[m.Path] = m.Version
	}
	return all
}
