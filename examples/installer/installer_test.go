package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
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

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

const script = "#!/bin/sh\necho tool\n"

// entry is a file of an archive under test.
type entry struct {
	name, content, link string
	kind                byte // tar's; 0 is a regular file
	mode                int64
}

var good = []entry{
	{name: "tool-v1.0.0/", kind: tar.TypeDir, mode: 0o755},
	{name: "tool-v1.0.0/tool", content: script, mode: 0o755},
	{name: "tool-v1.0.0/README", content: "read me", mode: 0o644},
	{name: "tool-v1.0.0/alias", kind: tar.TypeSymlink, link: "tool"},
}

func tarOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.link, Mode: e.mode, Size: int64(len(e.content))}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		content := e.content
		mode := os.FileMode(e.mode)
		if e.kind == tar.TypeSymlink {
			mode, content = os.ModeSymlink|0o777, e.link
		}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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
	plain := tarOf(t, good)
	for _, tt := range []struct {
		format, suffix string
		pkg            []byte
	}{
		{"tar", ".tar", plain},
		{"tgz", ".tgz", gz(t, plain)},
		{"tgz", ".tar.gz", gz(t, plain)},
		{"tzstd", ".tzstd", zst(t, plain)},
		{"tzstd", ".tar.zst", zst(t, plain)},
		{"txz", ".tar.xz", testdata(t, "t.tar.xz")},
		{"tbz2", ".tar.bz2", testdata(t, "t.tar.bz2")},
		{"zip", ".zip", zipOf(t, good[1:])},
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
	for name, evil := range map[string]entry{
		"parent":            {name: "../evil", content: "x"},
		"parent inside":     {name: "a/../../evil", content: "x"},
		"absolute":          {name: "/tmp/evil", content: "x"},
		"backslash":         {name: `..\evil`, content: "x"},
		"link out":          {name: "link", kind: tar.TypeSymlink, link: "../../evil"},
		"link up inside":    {name: "tool-v1.0.0/link", kind: tar.TypeSymlink, link: "../tool-v1.0.0"},
		"link absolute":     {name: "link", kind: tar.TypeSymlink, link: "/etc/passwd"},
		"hard link out":     {name: "link", kind: tar.TypeLink, link: "../../evil"},
		"hard link to none": {name: "link", kind: tar.TypeLink, link: "none"},
		"device":            {name: "dev", kind: tar.TypeChar},
		"fifo":              {name: "fifo", kind: tar.TypeFifo},
		"twice":             {name: "tool-v1.0.0/tool", content: "other"},
		"through a link":    {name: "tool-v1.0.0/alias/x", content: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0.tar", tarOf(t, append(good[:len(good):len(good)], evil)), manifest("tar", ""))
			r.before(t)
			if err := r.job.run(t.Context()); err == nil {
				t.Error("installed")
			}
			r.holds(t, "older")
		})
	}
	for name, evil := range map[string]entry{
		"zip parent":   {name: "../evil", content: "x"},
		"zip absolute": {name: "/evil", content: "x"},
		"zip link out": {name: "link", kind: tar.TypeSymlink, link: "../evil"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, "tool-1.0.0.zip", zipOf(t, append(good[1:len(good):len(good)], evil)), manifest("zip", ""))
			r.before(t)
			if err := r.job.run(t.Context()); err == nil {
				t.Error("installed")
			}
			r.holds(t, "older")
		})
	}
}

// TestLimits: what an archive may become is limited.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		entries []entry
		files   int
		bytes   int64
		want    string
	}{
		{good, 5, int64(len(script)) + 7, ""}, // with the folder, which no entry names
		{good, 4, 1000, "over 4 files and folders"},
		{good, 5, int64(len(script)) + 6, "bytes unpacked"},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		u := &unpacker{ctxErr: t.Context().Err, root: root, folders: map[string]bool{}, maxFiles: tt.files, maxBytes: tt.bytes}
		err = u.tar(bytes.NewReader(tarOf(t, tt.entries)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d files, %d bytes: %v, want %q", tt.files, tt.bytes, err, tt.want)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHeadersAreCounted: entries that become no file are no way to spend time
// without end.
func TestHeadersAreCounted(t *testing.T) {
	var header bytes.Buffer
	w := tar.NewWriter(&header)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "g", PAXRecords: map[string]string{"comment": "x"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	u := &unpacker{ctxErr: t.Context().Err, maxFiles: 10}
	if err := u.tar(bytes.NewReader(bytes.Repeat(header.Bytes(), 11))); err == nil || !strings.Contains(err.Error(), "over 10 files and folders") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u = &unpacker{ctxErr: ctx.Err, maxFiles: 10}
	if err := u.tar(&contextReader{bytes.NewReader(header.Bytes()), ctx.Err}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestAllOrNone: where one of two binaries can't be placed, neither is.
func TestAllOrNone(t *testing.T) {
	pkg := tarOf(t, []entry{{name: "tool", content: script, mode: 0o755}, {name: "zool", content: script, mode: 0o755}})
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
	r := newRelease(t, "tool-1.0.0.tar", tarOf(t, good[2:3]), manifest("tar", ""))
	r.before(t)
	if err := r.job.run(t.Context()); err == nil || !strings.Contains(err.Error(), `no binary "tool"`) {
		t.Errorf("error %v", err)
	}
	r.holds(t, "older")
}

func TestRefusals(t *testing.T) {
	pkg := gz(t, tarOf(t, good))
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
	r := newRelease(t, "tool-1.0.0.tgz", gz(t, tarOf(t, good)), manifest("tgz", ""))
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
	r := newRelease(t, "tool-1.0.0.tgz", gz(t, tarOf(t, good)), manifest("tgz", "bin-dir = \"tool-v{ version }/{ bin }\"\n"))
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
		"--help":                             0,
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
}
