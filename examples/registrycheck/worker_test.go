package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestWorkers: by --runner flink the pipeline goes to a job server, and is carried out
// by other processes, which have nothing but what the pipeline brings them. Prism
// speaks the protocol that Flink's job server speaks.
func TestWorkers(t *testing.T) {
	t.Parallel()
	testkeys.Tool(t, "sh")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	if _, err := prism.CreateJobServer(t.Context(), prism.Options{Port: port}); err != nil {
		t.Fatal(err)
	}
	reg := openRegistry(t, 39, 10)
	policy := testkeys.WriteFile(t, t.TempDir(), "policy.toml", []byte("version = 1\nfamilies = [\"minisign\", \"gpg\"]\n"))
	// What Beam's container does: it is told where the provisions are, and starts the
	// program as a worker. By then the files of the call are gone.
	boot := testkeys.WriteFile(t, t.TempDir(), "boot", fmt.Appendf(nil, `#!/bin/sh
id=$(echo "$1" | tr -d "'")
at=${2#--provision_endpoint=}
rm -f '%s' '%s'
export REGISTRYCHECK_MAIN=1 %s
exec '%s' --worker "$id" "--logging_endpoint=$at" "--control_endpoint=$at"
`, policy, reg.root, strings.Join(reg.env, " "), self))
	if err := os.Chmod(boot, 0o700); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "results")
	out := good(t, reg.env, "--jobs", reg.file, "--results", folder, "--share", "5000", "--policy", policy, "--trusted-root", reg.root,
		"--runner", "flink", "--endpoint", fmt.Sprintf("localhost:%d", port),
		"--worker_binary", boot, "--environment_type", "PROCESS", "--environment_config", fmt.Sprintf(`{"command": %q}`, boot))
	if _, err := os.Stat(policy); err == nil {
		t.Error("no worker was started")
	}
	for _, c := range countsIn(t, folder) {
		family := strings.HasSuffix(c.Shape, " minisign") || strings.HasSuffix(c.Shape, " gpg")
		if c.Status == "verified" && !family || c.Reason == "unsupported" && family {
			t.Errorf("%+v", c)
		}
	}
	if !strings.Contains(out, "\nverified ") {
		t.Error(out)
	}
	checkEach(t, reg, contents(t, folder, "results-*"))
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestDataflow: the pipeline is one that Dataflow can be given.
func TestDataflow(t *testing.T) {
	file := testkeys.WriteFile(t, t.TempDir(), "jobs.ndjson", []byte("{}\n"))
	folder := filepath.Join(t.TempDir(), "results")
	got := call(t, nil, "--jobs", file, "--results", folder, "--runner", "dataflow", "--dry_run", "--verbose",
		"--project", "p", "--region", "r", "--staging_location", "gs://bucket/staging")
	if got.code != 0 || !strings.Contains(got.out, "nothing was started") || !strings.Contains(got.err, "checkFn") {
		t.Errorf("exit code %d: %s%.2000s", got.code, got.out, got.err)
	}
	if left := names(t, folder, "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
