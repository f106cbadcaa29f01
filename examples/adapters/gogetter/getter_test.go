package gogetter

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-getter"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// newClient is the framework's, for what the publisher has.
func newClient(t *testing.T, p *verifytest.Publisher, src, dst string, mode getter.ClientMode) *getter.Client {
	t.Helper()
	c := cases.Config(p)
	c.Bind = verify.Binding{} // the adapter's business
	getters, err := Getters(cases.Version, p.Table(), c)
	if err != nil {
		t.Fatal(err)
	}
	return &getter.Client{Ctx: t.Context(), Src: src, Dst: dst, Mode: mode, Getters: getters}
}

func TestGetFile(t *testing.T) {
	p := cases.Publisher(t)
	cases.Run(t, p, cases.Reasons(), func(t *testing.T, dst string) error {
		return newClient(t, p, p.Artifact(cases.Version, cases.Name).URL, dst, getter.ClientModeFile).Get()
	})
}

// archive is one of a single file.
func archive(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "bin/tool", Mode: 0o755, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Write(content)
	if err := errors.Join(err, w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestArchive: what isn't verified isn't unpacked.
func TestArchive(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	for _, version := range []string{cases.Old, cases.Version} {
		p.Publish(version, map[string][]byte{"tool.tar.gz": archive(t, cases.Content(version))})
	}
	for fault, want := range cases.Reasons() {
		for _, folder := range []string{"", "//bin"} {
			p.Break(fault)
			dst := filepath.Join(t.TempDir(), "new", "folder")
			err := newClient(t, p, p.Artifact(cases.Version, "tool.tar.gz").URL+folder, dst, getter.ClientModeDir).Get()
			if verify.Reason(err) != want {
				t.Errorf("%q: %v, want %q", fault, err, want)
			}
			name := filepath.Join(dst, "bin", "tool")
			if folder != "" {
				name = filepath.Join(dst, "tool")
			}
			data, err := os.ReadFile(name)
			if there := err == nil && bytes.Equal(data, cases.Content(cases.Version)); there != (want == "") {
				t.Errorf("%q: there: %v, %v", fault, there, err)
			}
		}
	}
}

// TestOtherWays to fetch are none, and a folder isn't fetched.
func TestOtherWays(t *testing.T) {
	p := cases.Publisher(t)
	url := p.Artifact(cases.Version, cases.Name).URL
	local := filepath.Join(t.TempDir(), "evil")
	if err := os.WriteFile(local, []byte("evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{"git::" + url, "hg::" + url, "s3::" + url, "http" + url[len("https"):], "file://" + local, local, "http::" + url} {
		dst := filepath.Join(t.TempDir(), "tool")
		if err := newClient(t, p, src, dst, getter.ClientModeFile).Get(); err == nil {
			t.Errorf("%s was fetched", src)
		}
		if _, err := os.Lstat(dst); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: it is there, %v", src, err)
		}
	}
	if err := newClient(t, p, url, t.TempDir(), getter.ClientModeDir).Get(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if asked := p.Asked(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
	if err := newClient(t, p, url, t.TempDir(), getter.ClientModeAny).Get(); err != nil {
		t.Error(err)
	}
}

// TestContext is the client's.
func TestContext(t *testing.T) {
	p := cases.Publisher(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client := newClient(t, p, p.Artifact(cases.Version, cases.Name).URL, filepath.Join(t.TempDir(), "tool"), getter.ClientModeFile)
	client.Ctx = ctx
	if err := client.Get(); verify.Reason(err) != "cancelled" {
		t.Error(err)
	}
	if _, err := Getters(cases.Version, p.Table(), verify.Config{}); err == nil {
		t.Error("made without a family")
	}
}
