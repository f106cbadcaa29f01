package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// carried is a package, its manifests, and the signature that the minisign
// program made of it.
//
//go:embed demo
var carried embed.FS

// demoTarget is what the package is installed for. It is a shell script, so
// any target would do.
const demoTarget = "x86_64-unknown-linux-gnu"

// demo does the job three times: on the package as it is, on one with a
// flipped byte, and on one that nobody signed.
func demo(ctx context.Context, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "relseal-demo-")
	if err != nil {
		return err
	}
	return errors.Join(demoIn(ctx, stdout, dir), os.RemoveAll(dir))
}

func demoIn(ctx context.Context, stdout io.Writer, dir string) error {
	server := httptest.NewUnstartedServer(http.HandlerFunc(serveCarried))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	for _, m := range []string{"Cargo.toml", "unsigned.toml"} {
		data, err := carried.ReadFile(path.Join("demo", m))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, m), data, 0o600); err != nil {
			return err
		}
	}
	// The server's client takes example.com, the host in the manifest, to it.
	client := server.Client()
	flipped := &http.Client{Transport: flip{client.Transport}}
	for _, show := range []struct {
		title    string
		job      job
		sentinel error
	}{
		{"A package that its publisher signed", job{manifest: "Cargo.toml", client: client}, nil},
		{"The same package with one flipped byte", job{manifest: "Cargo.toml", client: flipped}, algorithm.ErrInvalid},
		{"A package that nobody signed, with --only-signed", job{manifest: "unsigned.toml", client: client}, verify.ErrNotDeclared},
	} {
		fmt.Fprintf(stdout, "== %s\n\n", show.title)
		j := show.job
		j.manifest = filepath.Join(dir, j.manifest)
		j.target, j.policy, j.stdout, j.stderr = demoTarget, verify.Require, stdout, io.Discard
		j.dir = filepath.Join(dir, "bin")
		err := j.run(ctx)
		if !errors.Is(err, show.sentinel) {
			return fmt.Errorf("%s: not what was expected: %w", show.title, err)
		}
		if err != nil {
			fmt.Fprintf(stdout, "refused, exit code %d: %s\n", verify.ExitCode(err), output.Reason(err))
		}
		if err := inventory(stdout, j.dir); err != nil {
			return err
		}
		if err := os.RemoveAll(j.dir); err != nil {
			return err
		}
	}
	return nil
}

// inventory shows what a job has left in its folder.
func inventory(stdout io.Writer, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, output.Name(e.Name()))
	}
	_, err = fmt.Fprintf(stdout, "%-16s %s\n\n", "folder holds", names)
	return err
}

// serveCarried answers requests below the manifest's download folder.
func serveCarried(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, "/acme/hello/releases/download/v1.2.0/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	data, err := carried.ReadFile(path.Join("demo", path.Base(name)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(data) //nolint:gosec // embedded data; the client sees it if this fails
}

// flip changes one byte of a package on its way.
type flip struct{ http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (f flip) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := f.RoundTripper.RoundTrip(req)
	if err != nil || path.Ext(req.URL.Path) != ".tgz" || req.Method != http.MethodGet {
		return resp, err
	}
	data, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	data[len(data)/2] ^= 1
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}
