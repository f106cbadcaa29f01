package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/relseal/relseal/examples/internal/unpack/unpacktest"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

const script = "#!/bin/sh\necho tool\n"

var good = []unpacktest.Entry{
	{Name: "tool-v1.0.0/", Kind: tar.TypeDir, Mode: 0o755},
	{Name: "tool-v1.0.0/tool", Content: script, Mode: 0o755},
	{Name: "tool-v1.0.0/README", Content: "read me", Mode: 0o644},
	{Name: "tool-v1.0.0/alias", Kind: tar.TypeSymlink, Link: "tool"},
}

func zst(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// release is a published package under test.
type release struct {
	job   job
	out   bytes.Buffer
	files map[string][]byte // by URL path
	asked []string
}

// newRelease signs and serves a package; the manifest has one %KEY%.
func newRelease(t *testing.T, file string, pkg []byte, manifest string) *release {
	t.Helper()
	key := testkeys.NewMinisign(t)
	r := &release{files: map[string][]byte{
		"/" + file:          pkg,
		"/" + file + ".sig": key.SignBytes(pkg, "file:"+file),
	}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked = append(r.asked, req.Method+" "+req.URL.Path)
		data, ok := r.files[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	r.job = job{
		manifest: filepath.Join(dir, "Cargo.toml"),
		target:   "x86_64-unknown-linux-gnu",
		dir:      filepath.Join(dir, "bin"),
		policy:   verify.Require,
		client:   server.Client(),
		stdout:   &r.out,
		stderr:   io.Discard,
	}
	text := strings.NewReplacer("%KEY%", key.PublicKey(), "%URL%", server.URL).Replace(manifest)
	if err := os.WriteFile(r.job.manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

const signing = "[package.metadata.binstall.signing]\nalgorithm = \"minisign\"\npubkey = \"%KEY%\"\n"

func manifest(format, rest string) string {
	return "[package]\nname = \"tool\"\nversion = \"1.0.0\"\nrepository = \"%URL%\"\n" +
		"[package.metadata.binstall]\npkg-url = \"{ repo }/{ name }-{ version }{ archive-suffix }\"\npkg-fmt = \"" + format + "\"\n" + rest + signing
}

// before is a binary of an older version.
func (r *release) before(t *testing.T) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(r.job.dir, 0o700), os.WriteFile(filepath.Join(r.job.dir, "tool"), []byte("older"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// holds checks that the folder has just the binary, of that content.
func (r *release) holds(t *testing.T, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(r.job.dir, "tool"))
	if err != nil || string(got) != want {
		t.Errorf("tool is %q, %v; want %q", got, err, want)
	}
	entries, err := os.ReadDir(r.job.dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

// TestFormats installs a package of every pkg-fmt, under every usual name.
func TestFormats(t *testing.T) {
	plain := unpacktest.Tar(t, good)
	for _, tt := range []struct {
		format, suffix string
		pkg            []byte
	}{
		{"tar", ".tar", plain},
		{"tgz", ".tgz", unpacktest.Gzip(t, plain)},
		{"tgz", ".tar.gz", unpacktest.Gzip(t, plain)},
		{"tzstd", ".tzstd", zst(t, plain)},
		{"tzstd", ".tar.zst", zst(t, plain)},
		{"txz", ".tar.xz", testdata(t, "t.tar.xz")},
		{"tbz2", ".tar.bz2", testdata(t, "t.tar.bz2")},
		{"zip", ".zip", unpacktest.Zip(t, good[1:])},
		{"bin", "", []byte(script)},
		{"bin", ".bin", []byte(script)},
	} {
		t.Run(tt.format+tt.suffix, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0"+tt.suffix, tt.pkg, manifest(tt.format, ""))
			r.before(t)
			if err := r.job.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.holds(t, script)
			info, err := os.Stat(filepath.Join(r.job.dir, "tool"))
			if err != nil || info.Mode().Perm()&0o100 == 0 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if out := r.out.String(); !strings.Contains(out, "verified") || !strings.Contains(out, "installed") {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// TestEvilArchives: even a signed archive can't write outside of its folder,
// bring devices, or shadow its own files; the older binary stays.
func TestEvilArchives(t *testing.T) {
	for name, evil := range map[string]unpacktest.Entry{
		"parent":            {Name: "../evil", Content: "x"},
		"parent inside":     {Name: "a/../../evil", Content: "x"},
		"absolute":          {Name: "/tmp/evil", Content: "x"},
		"backslash":         {Name: `..\evil`, Content: "x"},
		"link out":          {Name: "link", Kind: tar.TypeSymlink, Link: "../../evil"},
		"link up inside":    {Name: "tool-v1.0.0/link", Kind: tar.TypeSymlink, Link: "../tool-v1.0.0"},
		"link absolute":     {Name: "link", Kind: tar.TypeSymlink, Link: "/etc/passwd"},
		"hard link out":     {Name: "link", Kind: tar.TypeLink, Link: "../../evil"},
		"hard link to none": {Name: "link", Kind: tar.TypeLink, Link: "none"},
		"device":            {Name: "dev", Kind: tar.TypeChar},
		"fifo":              {Name: "fifo", Kind: tar.TypeFifo},
		"twice":             {Name: "tool-v1.0.0/tool", Content: "other"},
		"through a link":    {Name: "tool-v1.0.0/alias/x", Content: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0.tar", unpacktest.Tar(t, append(good[:len(good):len(good)], evil)), manifest("tar", ""))
			r.before(t)
			if err := r.job.run(t.Context()); err == nil {
				t.Error("installed")
			}
			r.holds(t, "older")
		})
	}
	for name, evil := range map[string]unpacktest.Entry{
		"zip parent":   {Name: "../evil", Content: "x"},
		"zip absolute": {Name: "/evil", Content: "x"},
		"zip link out": {Name: "link", Kind: tar.TypeSymlink, Link: "../evil"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0.zip", unpacktest.Zip(t, append(good[1:len(good):len(good)], evil)), manifest("zip", ""))
			r.before(t)
			if err := r.job.run(t.Context()); err == nil {
				t.Error("installed")
			}
			r.holds(t, "older")
		})
	}
}

// TestAllOrNone: where one of two binaries can't be placed, neither is.
func TestAllOrNone(t *testing.T) {
	pkg := unpacktest.Tar(t, []unpacktest.Entry{{Name: "tool", Content: script, Mode: 0o755}, {Name: "zool", Content: script, Mode: 0o755}})
	r := newRelease(t, "tool-1.0.0.tar", pkg, manifest("tar", "")+"[[bin]]\nname=\"tool\"\n[[bin]]\nname=\"zool\"\n")
	r.before(t)
	folder := filepath.Join(r.job.dir, "zool")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.job.run(t.Context()); err == nil {
		t.Error("installed")
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	r.holds(t, "older")
}

// TestBinaryNames: a manifest can't name a binary out of the folder.
func TestBinaryNames(t *testing.T) {
	for _, name := range []string{"../tool", "a/b", ".", "..", `a\b`, "c:x"} {
		r := newRelease(t, "tool-1.0.0", []byte(script), strings.ReplaceAll(manifest("bin", ""), "{ archive-suffix }", "")+"[[bin]]\nname = '"+name+"'\n")
		if err := r.job.run(t.Context()); err == nil || !strings.Contains(err.Error(), "no name for a binary") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestNothingAskedBeforePlan: what can't be followed costs no request.
func TestNothingAskedBeforePlan(t *testing.T) {
	for name, m := range map[string]string{
		"unsigned":  strings.ReplaceAll(manifest("tgz", ""), signing, ""),
		"bad key":   strings.ReplaceAll(manifest("tgz", ""), "%KEY%", "nonsense"),
		"no binary": "[metadata.binstall]\npkg-url = \"%URL%/tool.tgz\"\n" + strings.ReplaceAll(signing, "package.", ""),
	} {
		r := newRelease(t, "tool-1.0.0.tgz", nil, m)
		if err := r.job.run(t.Context()); err == nil || len(r.asked) > 0 {
			t.Errorf("%s: %v, asked %q", name, err, r.asked)
		}
	}
}

// TestProbeKeepsToHTTPS: asking for a file's being there follows the fetcher's
// rules.
func TestProbeKeepsToHTTPS(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked over http") }))
	defer plain.Close()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusFound)
	}))
	defer server.Close()
	r := newRelease(t, "tool-1.0.0.tgz", nil, strings.ReplaceAll(manifest("tgz", ""), "%URL%", server.URL))
	r.job.client = server.Client()
	if err := r.job.run(t.Context()); verify.ExitCode(err) != 65 {
		t.Errorf("error %v", err)
	}
}

func TestNoBinary(t *testing.T) {
	r := newRelease(t, "tool-1.0.0.tar", unpacktest.Tar(t, good[2:3]), manifest("tar", ""))
	r.before(t)
	if err := r.job.run(t.Context()); err == nil || !strings.Contains(err.Error(), `no binary "tool"`) {
		t.Errorf("error %v", err)
	}
	r.holds(t, "older")
}

func TestRefusals(t *testing.T) {
	pkg := unpacktest.Gzip(t, unpacktest.Tar(t, good))
	for _, tt := range []struct {
		name, manifest string
		change         func(*release)
		code           int
	}{
		{"tampered", manifest("tgz", ""), func(r *release) { r.files["/tool-1.0.0.tgz"] = append(bytes.Clone(pkg), 0) }, 40},
		{"no signature", manifest("tgz", ""), func(r *release) { delete(r.files, "/tool-1.0.0.tgz.sig") }, 41},
		{"no package", manifest("tgz", ""), func(r *release) { delete(r.files, "/tool-1.0.0.tgz") }, 68},
		{"unsigned", strings.ReplaceAll(manifest("tgz", ""), signing, ""), nil, 41},
		{"unknown variable", strings.ReplaceAll(manifest("tgz", ""), "{ name }", "{ nmae }"), nil, 67},
		{"no URL", strings.ReplaceAll(manifest("tgz", ""), "{ repo }", "/"), nil, 65},
		{"http", strings.ReplaceAll(manifest("tgz", ""), "{ repo }", "http://example.com"), nil, 65},
		{"no pkg-url", strings.ReplaceAll(manifest("tgz", ""), "pkg-url", "pkg-uri"), nil, 78},
		{"unknown key in the table", manifest("tgz", "") + "pubkeys = \"x\"\n", nil, 78},
		{"unknown format", manifest("rar", ""), nil, 78},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0.tgz", pkg, tt.manifest)
			r.before(t)
			if tt.change != nil {
				tt.change(r)
			}
			err := r.job.run(t.Context())
			if got := verify.ExitCode(err); got != tt.code {
				t.Errorf("exit code %d, want %d: %v", got, tt.code, err)
			}
			r.holds(t, "older")
			if r.out.Len() > 0 {
				t.Errorf("printed %q", r.out.String())
			}
		})
	}
}

// TestNothingUnpackedBeforeVerdict: a bad signature costs no download.
func TestNothingUnpackedBeforeVerdict(t *testing.T) {
	r := newRelease(t, "tool-1.0.0.tgz", unpacktest.Gzip(t, unpacktest.Tar(t, good)), manifest("tgz", ""))
	r.files["/tool-1.0.0.tgz.sig"] = []byte("none")
	if err := r.job.run(t.Context()); verify.ExitCode(err) != 40 {
		t.Fatal(err)
	}
	for _, asked := range r.asked {
		if asked == "GET /tool-1.0.0.tgz" {
			t.Errorf("the package was fetched: %q", r.asked)
		}
	}
	if _, err := os.Stat(r.job.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestJSON(t *testing.T) {
	r := newRelease(t, "tool-1.0.0.tgz", unpacktest.Gzip(t, unpacktest.Tar(t, good)), manifest("tgz", "bin-dir = \"tool-v{ version }/{ bin }\"\n"))
	r.job.json = true
	if err := r.job.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Status    string   `json:"status"`
		Installed []string `json:"installed"`
	}
	if err := json.Unmarshal(r.out.Bytes(), &got); err != nil || got.Status != "verified" || len(got.Installed) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]int{
		"--nonsense":                         2,
		"--dir x":                            2,
		"--manifest Cargo.toml extra":        2,
		"--manifest absent.toml":             74,
		"--only-signed --skip-signatures":    2,
		"--manifest Cargo.toml --target a-b": 74,
	} {
		var out, errOut bytes.Buffer
		if code := run(context.Background(), strings.Fields(args), &out, &errOut); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", args, code, want, &errOut)
		}
		if out.Len() > 0 || errOut.Len() == 0 {
			t.Errorf("%s: %q on standard output, %q on standard error", args, &out, &errOut)
		}
	}
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"--help"}, &out, &errOut); code != 0 || errOut.Len() > 0 || !strings.HasPrefix(out.String(), help) || !strings.Contains(out.String(), "-json-progress") {
		t.Errorf("--help: exit code %d, %s%s", code, &out, &errOut)
	}
	for line := range strings.Lines(help) {
		call, ok := strings.CutPrefix(line, "  installer ")
		if _, err := parse(strings.Fields(strings.Replace(call, "[flags]", "", 1)), &out, &errOut); ok && err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestTrustedRootHint: what a keyless signature lacks is said as a flag.
func TestTrustedRootHint(t *testing.T) {
	name := filepath.Join(t.TempDir(), "Cargo.toml")
	text := "[package]\nname = 'tool'\nversion = '1.2.0'\n[package.metadata.binstall]\npkg-url = 'https://release.invalid/tool.tgz'\n" +
		"[package.metadata.binstall.signing]\nalgorithm = 'cosign'\nidentity = { issuer = 'https://example.com', subject = 'x' }\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	code := run(t.Context(), []string{"--manifest", name, "--dir", t.TempDir()}, &out, &errOut)
	if want := "; --trusted-root public-good|github|FILE gives one\n"; code != 40 || !strings.HasSuffix(errOut.String(), want) {
		t.Errorf("%d: %s", code, &errOut)
	}
}
