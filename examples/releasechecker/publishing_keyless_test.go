package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

const (
	keyless      = "cosign, keyless"
	attestations = "GitHub attestations"
)

// TestPublishingCosignFlags: cosign has the flags that the document's calls give.
func TestPublishingCosignFlags(t *testing.T) {
	output, _ := testkeys.Run(t, "cosign", "sign-blob", "--help")
	calls := piece(t, keyless, "sh", "sign.sh") + strings.Join(signsOf(t, "cosign").Args, " ")
	flags := regexp.MustCompile(`--[a-z-]+`).FindAllString(calls, -1)
	if len(flags) != 4 {
		t.Errorf("%q", flags)
	}
	for _, flag := range flags {
		if !regexp.MustCompile(regexp.QuoteMeta(flag) + `[ =]`).MatchString(output) {
			t.Errorf("no %s in %s", flag, output)
		}
	}
}

// TestPublishingCosignServes: cosign makes its bundle its owner's alone.
func TestPublishingCosignServes(t *testing.T) {
	testkeys.Tool(t, "bash")
	p := newDocumented(t, newWorld(t), keyless, map[string]string{"cosign": "#!/bin/sh\numask 077\necho {} >SHA256SUMS.sigstore.json\n"})
	p.release(t)
	p.mustServe(t)
}

// A stack is a private sigstore on loopback, as a fake of the public one.
type stack struct {
	cosign string // a fake that has the real one sign as the document's workflow
	root   string // the file of its trusted root
}

// startStack starts one of its own, since other packages' tests may have theirs.
func startStack(t *testing.T) stack {
	t.Helper()
	scripts, ok := testkeys.Shared(t, "sigstack")
	if !ok || os.Getenv("RELSEAL_SIGSTACK") != "1" {
		t.Skip("RELSEAL_SIGSTACK is not 1, or the stack is not beside the repository")
	}
	built := os.Getenv("SIGSTACK_HOME")
	if built == "" {
		built = filepath.Join(os.TempDir(), fmt.Sprintf("relseal-sigstack-%d", os.Getuid()))
	}
	home := filepath.Join(t.TempDir(), "stack")
	t.Setenv("SIGSTACK_HOME", home)
	t.Setenv("SIGSTACK_PORT_BASE", "21000")
	m := &ciMachine{folder: scripts, env: os.Environ()}
	t.Cleanup(func() {
		if err := m.script(t, "./down.sh", nil); err != nil {
			t.Errorf("%v: %s", err, m.output)
		}
	})
	if err := m.script(t, "mkdir -p \"$SIGSTACK_HOME\"\ncp -a '"+filepath.Join(built, "bin")+"' \"$SIGSTACK_HOME/bin\"\n./up.sh --no-build", nil); err != nil {
		t.Fatalf("%v: %s", err, m.output)
	}
	return stack{root: filepath.Join(home, "cfg", "trusted_root.json"), cosign: `#!/bin/sh
set -eu
export SIGSTACK_HOME='` + home + `' SIGSTACK_PORT_BASE=21000
unset SSL_CERT_FILE
exec '` + scripts + `/run.sh' sh -euc '
  token=$(command -p curl -fsSG --noproxy "*" http://127.0.0.1:21080/mint -d github=acme/tool -d workflow=release.yml -d ref=refs/tags/v${RELEASE:-1.2.0})
  exec cosign "$@" --identity-token "$token" --signing-config "$SIGSTACK_HOME/cfg/sc.r2.json" --trusted-root "$SIGSTACK_HOME/cfg/trusted_root.json"
' sh "$@"
`}
}

// TestPublishingKeyless runs the keyless workflow and what makes attestations against
// a private sigstore: what the workflow of this tag signs is accepted, and what one of
// another tag signs isn't.
func TestPublishingKeyless(t *testing.T) {
	s := startStack(t)
	testkeys.Tool(t, "bash")
	testkeys.Tool(t, "jq")
	workflow := withJobs(t, piece(t, inGitHub, "yaml", workflowFile), piece(t, inGitHub, "yaml", "jobs of "+workflowFile))
	newOne := func(t *testing.T, w *world, section string) *documented {
		p := newDocumented(t, w, section, map[string]string{"cosign": s.cosign})
		p.roots = map[string]string{"public-good": s.root}
		return p
	}
	t.Run("signatures", func(t *testing.T) {
		w := newWorld(t)
		p := newOne(t, w, keyless)
		if err := p.runWorkflow(t, workflow, nobody); err != nil || strings.Count(p.output, "2 checked: 2 verified") != 2 {
			t.Errorf("%v: %s", err, p.output)
		}
		p.mustAccept(t, beforePublishing, "--lint", "--lint --trusted-root "+s.root)
		p.mustServe(t)
		p.edit(t, linuxFile, func(text []byte) []byte { text[0] ^= 1; return text })
		p.mustRefuse(t, "a changed file", "(invalid)", "--lint", "--trusted-root "+s.root)

		p = newOne(t, newWorld(t), keyless)
		p.env = append(p.env, "RELEASE=1.1.0")
		refusedIn(t, p, p.runWorkflow(t, workflow, nobody), "Would installers accept it?")
		if !strings.Contains(p.output, "(2 identity)") {
			t.Error(p.output)
		}
	})
	t.Run("goreleaser", func(t *testing.T) {
		p := newOne(t, newWorld(t), keyless)
		p.must(t, "make dist\ncd dist\nsha256sum tool_* > SHA256SUMS\ncd ..\n"+signsOf(t, "cosign").command(t, "", "dist/SHA256SUMS"))
		p.mustAccept(t, beforePublishing, "--lint", "--lint --trusted-root "+s.root)
	})
	t.Run("attestations", func(t *testing.T) {
		w := newWorld(t)
		p := newOne(t, w, attestations)
		var steps []ciStep
		decodeYAML(t, piece(t, attestations, "yaml", "steps of "+workflowFile), &steps)
		p.uses["actions/attest"] = func() error { return p.attest(t, w, steps[0].With["subject-path"]) }
		p.must(t, "make dist")
		if err := p.job(t, ciJob{Steps: steps}); err != nil {
			t.Fatalf("%v: %s", err, p.output)
		}
		p.mustAccept(t, beforePublishing, "--lint", "--lint --trusted-root "+s.root)
		p.edit(t, linuxFile, func(text []byte) []byte { text[0] ^= 1; return text })
		p.mustRefuse(t, "a changed file", "(signature-missing)", "--lint", "--trusted-root "+s.root)
	})
}

// attest does what actions/attest does: provenance under each file's digest, in the
// form of GitHub's API.
func (p *documented) attest(t *testing.T, w *world, pattern string) error {
	t.Helper()
	files, err := filepath.Glob(p.file(pattern))
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v", files, err)
	}
	testkeys.WriteFile(t, p.folder, "predicate.json", []byte(`{"buildDefinition": {"buildType": "https://actions.github.io/buildtypes/workflow/v1", "externalParameters": {}}, "runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}}}`))
	for _, file := range files {
		if err := p.script(t, "cosign attest-blob --yes --type slsaprovenance1 --predicate \"$PWD/predicate.json\" --bundle \"$PWD/bundle.json\" '"+file+"'", nil); err != nil {
			return err
		}
		answer, err := json.Marshal(map[string]any{"attestations": []any{map[string]any{"bundle": json.RawMessage(testkeys.ReadFile(t, p.file("bundle.json")))}}})
		if err != nil {
			return err
		}
		testkeys.WriteFile(t, w.folder, fmt.Sprintf("sha256:%x", sha256.Sum256(testkeys.ReadFile(t, file))), answer)
	}
	return nil
}
