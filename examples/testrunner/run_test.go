package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify/verifytest"
)

// needShell skips a test whose programs are scripts.
func needShell(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no shell there")
	}
}

// TestForms: the program itself, or within an archive, whose other files are beside
// it.
func TestForms(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	for _, name := range []string{"tool", "tool.tar", "tool.tgz", "tool.zip"} {
		f.call(t, f.args(current, name)...).want(t, ran(current), "")
		f.call(t, f.args(old, name)...).want(t, ran(old), "")
	}
	f.call(t, f.args(current, "several.tar", "--bin", "toold")...).want(t, ran(current), "")
	f.call(t, f.args(current, "several.tar", "--bin", "tool-"+current+"/bin/tool")...).want(t, ran(current), "")
	for bin, want := range map[string]string{"": "several programs", "none": `no program "none"`} {
		got := f.call(t, f.args(current, "several.tar", "--bin", bin)...)
		if got.want(t, "", "io"); !strings.Contains(got.err, want) || !strings.Contains(got.err, "toold") || strings.Contains(got.err, "--refresh") {
			t.Error(got.err)
		}
	}
	f.call(t, f.args(current, "tool.tgz", "--format", "zip")...).want(t, "", "io")
	url := f.base() + "/v{ version }/tool.{ ext }"
	f.call(t, "--table", f.table, "--cache", f.cache, "--var", "version="+current, "--var", "ext=tgz", url, "--", "one", "two words").want(t, ran(current), "")
	got := f.call(t, "--table", f.table, "--cache", f.cache, "--var", "version="+current, url)
	if got.want(t, "", "template"); got.code != 67 || !strings.Contains(got.err, "--var ext=... gives it") {
		t.Error(got)
	}
	keyless := testkeys.WriteFile(t, f.folder, "keyless.toml", []byte("signing = { algorithm = 'cosign', identity = { issuer = 'https://example.com', subject = 'x' } }\n"))
	got = f.call(t, "--table", keyless, "--cache", f.cache, f.base()+"/tool.tgz")
	if got.want(t, "", "unsupported"); !strings.HasSuffix(got.err, "; --trusted-root public-good|github|FILE gives one\n") {
		t.Error(got)
	}
}

// TestManifest: the first place that is there counts, and is found again without
// network.
func TestManifest(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	args := []string{"--manifest", f.manifest, "--cache", f.cache, "--target", "x86_64-unknown-linux-gnu"}
	behind := []string{"--", "one", "two words"}
	f.call(t, append(args, behind...)...).want(t, ran(current), "")
	if f.Asked() == nil {
		t.Error("nothing was asked for")
	}
	f.call(t, append(args, behind...)...).want(t, ran(current), "")
	if asked := f.Asked(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
	f.call(t, append(append(args, "--release", old), behind...)...).want(t, ran(old), "")
	if got := f.call(t, append(args, "--bin", "toold")...); !strings.Contains(got.err, "programs are tool: --bin") {
		t.Error(got)
	}
}

// TestCache: fetched once, and verified again without network, each time.
func TestCache(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	first := f.call(t, f.args(current, "tool.tgz")...)
	first.want(t, ran(current), "")
	if asked := f.Asked(); len(asked) != 2 || !strings.Contains(first.err, " from=network ") {
		t.Errorf("asked for %q: %s", asked, first.err)
	}
	again := f.call(t, f.args(current, "tool.tgz")...)
	again.want(t, ran(current), "")
	sum := sha256.Sum256(files(t, current)["tool.tgz"])
	if asked := f.Asked(); asked != nil || !strings.Contains(again.err, " name=tool version=1.2.0 algorithm=minisign key=") ||
		!strings.Contains(again.err, " bound=version sha256="+hex.EncodeToString(sum[:])+" from=cache ") {
		t.Errorf("asked for %q: %s", asked, again.err)
	}
	f.call(t, append([]string{"--bind", "version"}, f.args(current, "tool.tgz")...)...).want(t, ran(current), "")
	if asked := f.Asked(); len(asked) != 2 { // by other demands it is another release
		t.Errorf("asked for %q", asked)
	}
	f.call(t, f.args(current, "tool.tgz", "--refresh")...).want(t, ran(current), "")
	if asked := f.Asked(); len(asked) != 2 {
		t.Errorf("asked for %q", asked)
	}
	if work := f.list(t, workPrefix); len(work) != 0 {
		t.Errorf("left: %q", work)
	}
}

// TestNoRun: it is fetched, and nothing is started.
func TestNoRun(t *testing.T) {
	f := newFixture(t)
	args := f.args(current, "tool", "--no-run")
	f.callWith(t, func(*ready) { t.Error("started") }, args[:len(args)-3]...).want(t, "", "")
	f.kept(t)
}

// TestFaults: what is refused is neither kept nor started.
func TestFaults(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	reasons := map[string]string{
		"flipped artifact": "invalid", "flipped signature": "invalid",
		"missing artifact": "artifact-missing", "missing signature": "signature-missing",
		"replayed": "version-mismatch", "wrong key": "wrong-key",
	}
	for fault, reason := range reasons {
		f.Break(fault)
		got := f.call(t, f.args(current, "tool.tgz")...)
		got.want(t, "", reason)
		if kept := f.list(t, releasePrefix); len(kept) != 0 || strings.Contains(got.err, "cache's copy") {
			t.Errorf("%s: %q is kept: %s", fault, kept, got.err)
		}
	}
	f.Break("")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, err := parse(f.args(current, "tool.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	if code := o.run(ctx, streams{nil, nil, &errs}); code != 130 || f.list(t, releasePrefix) != nil {
		t.Errorf("%d, %s", code, &errs)
	}
	f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
	f.Break("missing artifact") // a release in the cache is worth more than none
	f.call(t, f.args(current, "tool.tgz", "--refresh")...).want(t, "", "artifact-missing")
	f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
}

// TestTampered: who can write to the cache gets nothing started but what was
// verified; it isn't mended but where that is asked for.
func TestTampered(t *testing.T) {
	needShell(t)
	for what, tt := range map[string]struct {
		tamper func(f *fixture, artifact string) error
		reason string
	}{
		"a flipped bit": {func(f *fixture, artifact string) error {
			data := files(t, current)["tool.tgz"]
			data[len(data)/2] ^= 1
			return os.WriteFile(artifact, data, 0o600)
		}, "invalid"},
		"another program": {func(_ *fixture, artifact string) error {
			return os.WriteFile(artifact, []byte("#!/bin/sh\necho evil\n"), 0o600)
		}, "invalid"},
		"another name for it": {func(_ *fixture, artifact string) error {
			return os.Rename(artifact, filepath.Join(filepath.Dir(artifact), strings.Repeat("0", 64)))
		}, "invalid"},
		"an older release, signed": {func(f *fixture, artifact string) error {
			return os.WriteFile(artifact, files(t, old)["tool.tgz"], 0o600)
		}, "invalid"},
		"no artifact": {func(_ *fixture, artifact string) error { return os.Remove(artifact) }, "artifact-missing"},
		"a folder": {func(_ *fixture, artifact string) error {
			return errors.Join(os.Remove(artifact), os.Mkdir(artifact, 0o700))
		}, "io"},
		"no documents": {func(_ *fixture, artifact string) error {
			return os.Remove(filepath.Join(filepath.Dir(artifact), documentsFile))
		}, "io"},
		"fewer documents": {func(_ *fixture, artifact string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(artifact), documentsFile), []byte("[]"), 0o600)
		}, "no-network"},
		"broken documents": {func(_ *fixture, artifact string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(artifact), documentsFile), []byte("x"), 0o600)
		}, "malformed"},
		"large documents": {func(_ *fixture, artifact string) error {
			return os.Truncate(filepath.Join(filepath.Dir(artifact), documentsFile), maxDocuments+1)
		}, "too-large"},
		"another trusted comment": {func(_ *fixture, artifact string) error {
			return changeDocuments(artifact, "version:"+current, "version:"+old)
		}, "invalid"},
		"an older release, with all that is its": {func(f *fixture, artifact string) error {
			folder := filepath.Dir(artifact)
			err := errors.Join(os.RemoveAll(folder), os.Rename(folder+".old", folder))
			return errors.Join(err, changeDocuments(artifact, "/v"+old+"/", "/v"+current+"/")) // its name is its digest
		}, "version-mismatch"},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFixture(t)
			f.call(t, f.args(old, "tool.tgz")...).want(t, ran(old), "")
			older := filepath.Dir(f.kept(t))
			if err := os.Rename(older, filepath.Join(f.folder, "older")); err != nil {
				t.Fatal(err)
			}
			f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
			artifact := f.kept(t)
			if err := errors.Join(os.Rename(filepath.Join(f.folder, "older"), filepath.Dir(artifact)+".old"), tt.tamper(f, artifact)); err != nil {
				t.Fatal(err)
			}
			f.Asked()
			for range 2 {
				got := f.call(t, f.args(current, "tool.tgz")...)
				got.want(t, "", tt.reason)
				if f.Asked() != nil || !strings.Contains(got.err, "--refresh fetches it anew") {
					t.Error(got.err)
				}
			}
			f.call(t, f.args(current, "tool.tgz", "--refresh")...).want(t, ran(current), "")
			f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
		})
	}
}

// changeDocuments replaces a text in the documents beside an artifact.
func changeDocuments(artifact, before, after string) error {
	name := filepath.Join(filepath.Dir(artifact), documentsFile)
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var all documents
	if err := json.Unmarshal(data, &all); err != nil || len(all) != 1 {
		return fmt.Errorf("%d documents: %w", len(all), err)
	}
	all[0].URL = strings.Replace(all[0].URL, before, after, 1)
	all[0].Content = bytes.Replace(all[0].Content, []byte(before), []byte(after), 1)
	data, err = json.Marshal(all)
	return errors.Join(err, os.WriteFile(name, data, 0o600))
}

// TestShapes: however a release is signed, the cache has what the verdict takes.
func TestShapes(t *testing.T) {
	needShell(t)
	for _, tt := range []struct{ shape, family string }{
		{"signature", "gpg"},
		{"signature", "signify"},
		{"signature", "cosign-bundle"},
		{"checksums", "minisign"},
		{"clear-signed", "gpg"},
		{"threshold", "ssh"},
		{"late", "ssh"},
		{"late", "cosign"},
		{"digests", ""},
	} {
		t.Run(tt.shape+"/"+tt.family, func(t *testing.T) {
			var keys []*verifytest.Key
			if tt.family != "" {
				keys = append(keys, verifytest.NewKey(t, tt.family, ""))
			}
			f := newFixtureOf(t, verifytest.NewPublisher(t, tt.shape, keys...))
			for range 2 {
				f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
			}
			asked := strings.Join(f.Asked(), " ")
			if strings.Count(asked, "/tool.tgz") > 2 || asked == "" { // with its signature
				t.Errorf("asked for %q", asked)
			}
			f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
			if asked := f.Asked(); asked != nil {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

// TestRace: what becomes of the cache after the verdict makes no difference to what
// is started, and nobody else can look at that, or change it.
func TestRace(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	for _, name := range []string{"tool", "tool.tgz"} {
		for range 2 {
			f.callWith(t, func(r *ready) {
				for _, folder := range f.list(t, releasePrefix) {
					entries, err := os.ReadDir(folder)
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range entries {
						if isSHA256(e.Name()) {
							testkeys.WriteFile(t, folder, e.Name(), []byte("#!/bin/sh\necho evil\n"))
						}
					}
				}
				info, err := os.Stat(r.work.path)
				if err != nil || info.Mode().Perm() != 0o700 || !strings.HasPrefix(r.program, r.work.path+"/") {
					t.Errorf("%s in %v, %v", r.program, info.Mode(), err)
				}
			}, f.args(current, name, "--refresh")...).want(t, ran(current), "")
		}
	}
}

// TestTogether: of several first runs one fetches, and all start it.
func TestTogether(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			got := f.call(t, f.args(current, "tool.tgz")...)
			got.err = strings.TrimPrefix(got.err, "testrunner: waiting for another run, which fetches it\n")
			got.want(t, ran(current), "")
		})
	}
	all.Wait()
	if asked := f.Asked(); len(asked) != 2 {
		t.Errorf("asked for %q", asked)
	}
}

// TestCleanedMeanwhile: what somebody removes while it is being verified is fetched
// anew.
func TestCleanedMeanwhile(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	s, err := openStore(f.cache)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	there := func() bool {
		entries, err := fs.ReadDir(s.root.FS(), ".")
		return err == nil && slices.ContainsFunc(entries, func(d fs.DirEntry) bool { return isRelease(d.Name()) })
	}
	for range 30 {
		done := make(chan struct{})
		var cleaner sync.WaitGroup
		cleaner.Go(func() {
			for removed := 0; removed < 2; { // of three tries
				select {
				case <-done:
					return
				case <-time.After(100 * time.Microsecond):
				}
				if !there() {
					continue
				}
				removed++
				if err := s.clean(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		f.call(t, f.args(current, "tool.tgz")...).want(t, ran(current), "")
		close(done)
		cleaner.Wait()
	}
}

// TestForeignCache: a folder that others can write to is no cache.
func TestForeignCache(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	if err := os.Mkdir(f.cache, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o777, 0o720, 0o702} {
		if err := os.Chmod(f.cache, mode); err != nil {
			t.Fatal(err)
		}
		got := f.call(t, f.args(current, "tool")...)
		if got.want(t, "", "other"); !strings.Contains(got.err, "others can write to it") || f.Asked() != nil {
			t.Error(got.err)
		}
	}
	if err := os.Chmod(f.cache, 0o755); err != nil {
		t.Fatal(err)
	}
	f.call(t, f.args(current, "tool")...).want(t, ran(current), "")
}

// TestCacheLinks: a cache that came from elsewhere leads to no other folder.
func TestCacheLinks(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	outside := t.TempDir()
	testkeys.WriteFile(t, outside, "file", []byte("mine"))
	f.call(t, f.args(current, "tool")...).want(t, ran(current), "")
	folder := filepath.Dir(f.kept(t))
	if err := errors.Join(os.RemoveAll(folder), os.Symlink(outside, folder), os.Symlink(outside, filepath.Join(f.cache, workPrefix+"1-x"))); err != nil {
		t.Fatal(err)
	}
	f.call(t, f.args(current, "tool")...).want(t, "", "io")
	if got := f.call(t, "--clean", "--cache", f.cache); got.code != 0 {
		t.Error(got)
	}
	if _, err := os.Stat(filepath.Join(outside, "file")); err != nil {
		t.Error(err)
	}
	f.call(t, f.args(current, "tool")...).want(t, ran(current), "")
}

// TestPolicyAndPins: a consumer's files are demanded, also of what is in the cache.
func TestPolicyAndPins(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	pins := filepath.Join(f.folder, "pins")
	f.call(t, f.args(current, "tool", "--pin", pins)...).want(t, ran(current), "")
	f.call(t, f.args(old, "tool", "--pin", pins)...).want(t, "", "rollback")
	f.call(t, f.args(old, "tool", "--pin", pins, "--allow-rollback")...).want(t, ran(old), "")
	f.Publish(current, map[string][]byte{"tool": []byte(script("other"))})
	f.call(t, f.args(current, "tool", "--pin", pins)...).want(t, ran(current), "")
	f.call(t, f.args(current, "tool", "--pin", pins, "--refresh")...).want(t, "", "pin-mismatch")
	got := f.call(t, "--table", f.table, "--cache", f.cache, "--pin", pins, "--var", "version="+current, f.Artifact(current, "tool").URL)
	if got.want(t, "", "malformed"); got.code != 78 || !strings.Contains(got.err, "give --var name=VALUE") {
		t.Error(got)
	}
	policy := testkeys.WriteFile(t, f.folder, "policy.toml", []byte("version = 1\nfamilies = [\"gpg\"]\n"))
	f.call(t, f.args(current, "tool", "--policy", policy)...).want(t, "", "unsupported")
	policy = testkeys.WriteFile(t, f.folder, "policy.toml", []byte("version = 1\nfamilies = [\"minisign\"]\nhosts = [\"example.com\"]\n"))
	f.call(t, f.args(current, "tool", "--policy", policy)...).want(t, "", "url")
}

// TestUnsigned: a policy can let pass what declares no signature, and the line says so.
func TestUnsigned(t *testing.T) {
	needShell(t)
	f := newFixture(t)
	text := strings.Split(string(testkeys.ReadFile(t, f.manifest)), "[package.metadata.binstall.signing]")[0]
	manifest := testkeys.WriteFile(t, f.folder, "unsigned.toml", []byte(text))
	args := []string{"--manifest", manifest, "--cache", f.cache, "--target", "x86_64-unknown-linux-gnu"}
	f.call(t, args...).want(t, "", "not-declared")
	policy := testkeys.WriteFile(t, f.folder, "policy.toml", []byte("version = 1\nfamilies = [\"minisign\"]\nsignatures = \"if-declared\"\n"))
	for range 2 {
		got := f.call(t, append(args, "--policy", policy)...)
		if got.code != 0 || !strings.HasPrefix(got.err, "testrunner: unsigned ") {
			t.Error(got)
		}
	}
}
