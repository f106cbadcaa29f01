package testrunner

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
	"github.com/relseal/relseal/verify/verifytest"
)

const child = "RELSEAL_ADAPTERS_CHILD"

// TestMain is also the program that the publisher publishes.
func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		fmt.Println("ran", strings.Join(os.Args[1:], " "))
		return
	}
	os.Exit(m.Run())
}

// publish publishes this program, in two versions.
func publish(t *testing.T) (p *verifytest.Publisher, content map[string][]byte) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	p = verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	content = map[string][]byte{}
	for _, version := range []string{cases.Old, cases.Version} {
		content[version] = append(bytes.Clone(data), version...) // what is behind a program's end is no part of it
		p.Publish(version, map[string][]byte{cases.Name: content[version]})
	}
	return p, content
}

// get has a runner get a version, and returns where it is.
func get(t *testing.T, r Runner, p *verifytest.Publisher, version string) (string, error) {
	t.Helper()
	a := p.Artifact(version, cases.Name)
	a.Variables["name"] = "tool"
	cmd, report, err := r.Command(t.Context(), a, p.Table(), "one", "two")
	if err != nil {
		if cmd != nil || report != nil {
			t.Error("a command in spite of", err)
		}
		return "", err
	}
	if report.Status != verify.Verified || report.Evidence.Version != version {
		t.Errorf("%s", report)
	}
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "ran one two" {
		t.Errorf("%q, %v", out, err)
	}
	return cmd.Path, nil
}

// newRunner is a runner of another folder.
func newRunner(t *testing.T, p *verifytest.Publisher) Runner {
	t.Helper()
	c := cases.Config(p)
	c.Bind = verify.Binding{} // the adapter's business
	return Runner{Folder: t.TempDir(), Config: c}
}

// offline is the same runner without a network.
func offline(r Runner) Runner {
	r.Config.Fetcher = nil
	return r
}

// TestCommand: fetched once, by its digest, and verified again each time.
func TestCommand(t *testing.T) {
	p, content := publish(t)
	r := newRunner(t, p)
	first, err := get(t, r, p, cases.Version)
	if err != nil {
		t.Fatal(err)
	}
	if asked := p.Asked(); len(asked) != 2 {
		t.Errorf("asked %q", asked)
	}
	if data, err := os.ReadFile(first); err != nil || !bytes.Equal(data, content[cases.Version]) {
		t.Error("other bytes", err)
	}
	for _, r := range []Runner{r, offline(r)} {
		again, err := get(t, r, p, cases.Version)
		if err != nil || again != first || p.Asked() != nil {
			t.Errorf("%s, %v", again, err)
		}
	}
	old, err := get(t, r, p, cases.Old) // another test's
	if err != nil || old == first {
		t.Errorf("%s, %v", old, err)
	}
	if _, err := get(t, offline(newRunner(t, p)), p, cases.Version); verify.Reason(err) != "no-network" {
		t.Error(err)
	}
	entries, err := filepath.Glob(filepath.Join(r.Folder, "new-*"))
	if err != nil || entries != nil {
		t.Errorf("left: %q, %v", entries, err)
	}
}

// TestFaults: what is refused isn't kept.
func TestFaults(t *testing.T) {
	p, _ := publish(t)
	for fault, want := range cases.Reasons() {
		p.Break(fault)
		r := newRunner(t, p)
		if _, err := get(t, r, p, cases.Version); verify.Reason(err) != want {
			t.Errorf("%q: %v, want %q", fault, err, want)
		}
		kept, err := filepath.Glob(filepath.Join(r.Folder, "*"+cases.Name))
		if err != nil || len(kept) != 0 && want != "" {
			t.Errorf("%q: %q is kept, %v", fault, kept, err)
		}
		p.Break("") // nothing of it stays in the cache
		if _, err := get(t, r, p, cases.Version); err != nil {
			t.Errorf("after %q: %v", fault, err)
		}
	}
}

// TestTampered: who can write to the folder changes nothing but what is refused.
func TestTampered(t *testing.T) {
	p, content := publish(t)
	write := func(name string, data []byte) error { return os.WriteFile(name, data, 0o700) }
	for what, tt := range map[string]struct {
		tamper func(r Runner, program, old string) error
		want   string
	}{
		"flipped": {func(_ Runner, program, _ string) error {
			data := bytes.Clone(content[cases.Version])
			data[len(data)/2] ^= 1
			return write(program, data)
		}, "invalid"},
		"evil":  {func(_ Runner, program, _ string) error { return write(program, []byte("#!/bin/sh\necho evil\n")) }, "invalid"},
		"empty": {func(_ Runner, program, _ string) error { return write(program, nil) }, "invalid"},
		"another release, signed": {func(_ Runner, program, _ string) error {
			return write(program, content[cases.Old])
		}, "invalid"},
		"another release, its pin": {func(r Runner, _, old string) error {
			return swapPins(r, filepath.Base(old)[:64])
		}, "invalid"},
		"a folder":            {func(_ Runner, program, _ string) error { _ = os.Remove(program); return os.Mkdir(program, 0o700) }, "io"},
		"pins that are none":  {func(r Runner, _, _ string) error { return write(filepath.Join(r.Folder, "pins"), []byte("x\n")) }, "malformed"},
		"documents, broken":   {func(r Runner, _, _ string) error { return breakDocuments(r) }, "no-network"},
		"documents, removed":  {func(r Runner, _, _ string) error { return os.RemoveAll(filepath.Join(r.Folder, "documents")) }, "no-network"},
		"the program removed": {func(_ Runner, program, _ string) error { return os.Remove(program) }, "no-network"},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRunner(t, p)
			old, err := get(t, r, p, cases.Old)
			if err != nil {
				t.Fatal(err)
			}
			program, err := get(t, r, p, cases.Version)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.tamper(r, program, old); err != nil {
				t.Fatal(err)
			}
			for range 2 { // it isn't mended by the first
				if _, err := get(t, offline(r), p, cases.Version); verify.Reason(err) != tt.want {
					t.Errorf("%v (%s), want %q", err, verify.Reason(err), tt.want)
				}
			}
			want := tt.want // a network changes nothing, but where the program isn't there
			if what == "the program removed" {
				want = ""
			}
			if _, err := get(t, r, p, cases.Version); verify.Reason(err) != want {
				t.Errorf("with a network: %v (%s), want %q", err, verify.Reason(err), want)
			}
		})
	}
}

// swapPins has the pin of the version name the other program.
func swapPins(r Runner, digest string) error {
	f := pin.File{Path: filepath.Join(r.Folder, "pins")}
	all, err := f.Pins()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(f.Path)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Version == cases.Version {
			data = bytes.ReplaceAll(data, []byte(p.Digest.Hex()), []byte(digest))
		}
	}
	return os.WriteFile(f.Path, data, 0o600)
}

// breakDocuments flips a bit of every document that is kept.
func breakDocuments(r Runner) error {
	return filepath.WalkDir(filepath.Join(r.Folder, "documents"), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil && len(data) > 0 {
			data[len(data)/2] ^= 1
			err = os.WriteFile(name, data, 0o600)
		}
		return err
	})
}

// TestContext: a program ends with it, and one that isn't there isn't fetched.
func TestContext(t *testing.T) {
	p, _ := publish(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := p.Artifact(cases.Version, cases.Name)
	a.Variables["name"] = "tool"
	if _, _, err := newRunner(t, p).Command(ctx, a, p.Table()); verify.Reason(err) != "cancelled" {
		t.Error(err)
	}
	r := newRunner(t, p)
	r.Config.Algorithms = []algorithm.Algorithm{}
	if _, _, err := r.Command(t.Context(), a, p.Table()); err == nil {
		t.Error("no family is enough")
	}
}
