package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// A release is a program at a place where it may be.
type release struct {
	artifact verify.Artifact
	table    *metadata.Signing
	format   string            // "bin", or that of an archive
	binaries []metadata.Binary // what a manifest says of the archive
}

// A source is all that the call says of a program, read.
type source struct {
	releases   []release            // at least one
	candidates []metadata.Candidate // the same, of a manifest
	misplaced  []error              // tables that nobody reads
	beside     *os.Root             // the folder of the table's key files
}

func (s *source) close() {
	if s.beside != nil {
		_ = s.beside.Close()
	}
}

// source reads the manifest or the table.
func (o *options) source() (*source, error) {
	read, file := o.fromManifest, o.manifest
	if o.table != "" {
		read, file = o.fromTable, o.table
	}
	s, err := read()
	if err != nil {
		return nil, err
	}
	if s.beside, err = os.OpenRoot(filepath.Dir(file)); err != nil {
		return nil, err
	}
	for i := range s.releases {
		s.releases[i].artifact.ManifestFS = s.beside.FS()
	}
	return s, nil
}

func (o *options) fromManifest() (*source, error) {
	data, err := tables.ReadFile(o.manifest)
	if err != nil {
		return nil, err
	}
	m, err := metadata.Parse(o.manifest, data)
	if err != nil {
		return nil, err
	}
	version := o.version
	if version == "" {
		version = m.Version
	}
	s := &source{}
	for _, misplaced := range m.Misplaced {
		s.misplaced = append(s.misplaced, misplaced)
	}
	if s.candidates, err = m.Candidates(o.target, version); err != nil {
		return nil, err
	}
	for _, c := range s.candidates {
		binary, err := o.binary(c.Binaries, m.Name)
		if err != nil {
			return nil, err
		}
		s.releases = append(s.releases, release{
			artifact: verify.Artifact{URL: c.URL, Variables: c.Variables},
			table:    c.Signing,
			format:   c.Format,
			binaries: []metadata.Binary{binary},
		})
	}
	return s, nil
}

// binary is the one of a package that is to be run: that of --bin, or the only one,
// or the package's namesake.
func (o *options) binary(all []metadata.Binary, name string) (metadata.Binary, error) {
	if o.bin == "" && len(all) == 1 {
		return all[0], nil
	}
	wanted, names := o.bin, []string(nil)
	if wanted == "" {
		wanted = name
	}
	for _, b := range all {
		bare := strings.TrimSuffix(b.Name, ".exe")
		if wanted == b.Name || wanted == bare {
			return b, nil
		}
		names = append(names, bare)
	}
	return metadata.Binary{}, fmt.Errorf("the package's programs are %s: --bin says which is to be run", strings.Join(names, ", "))
}

func (o *options) fromTable() (*source, error) {
	t, err := tables.Read(o.table, o.at, o.target)
	if err != nil {
		return nil, err
	}
	for key, value := range o.vars { // those of the command line win
		t.Variables[key] = value
	}
	text, err := template.Parse(o.url)
	if err != nil {
		return nil, planned(err)
	}
	url, err := text.RenderURL(t.Variables)
	if err != nil {
		return nil, planned(err)
	}
	format := o.format
	if format == "" {
		format = formatOf(url)
	}
	s := &source{releases: []release{{
		artifact: verify.Artifact{URL: url, Variables: t.Variables},
		table:    t.Signing,
		format:   format,
	}}}
	if t.Manifest != nil {
		for _, misplaced := range t.Manifest.Misplaced {
			s.misplaced = append(s.misplaced, misplaced)
		}
	}
	return s, nil
}

// planned is an error of what comes before any I/O.
func planned(err error) error { return &verify.Error{Stage: "plan", Err: err} }

// notDeclared adds to a refusal which tables of the file nobody reads.
func (s *source) notDeclared(err error) error {
	if !errors.Is(err, verify.ErrNotDeclared) || len(s.misplaced) == 0 {
		return err
	}
	return planned(fmt.Errorf("%w: %w", errors.Unwrap(err), s.misplaced[0]))
}

// formats are those of a program: itself, or archives with it.
func formats() []string { return []string{"bin", "tar", "tbz2", "tgz", "txz", "tzstd", "zip"} }

// formatOf tells the format by the end of a URL's path.
func formatOf(url string) string {
	url, _, _ = strings.Cut(url, "?")
	name := strings.ToLower(path.Base(url))
	for suffix, format := range map[string]string{
		".tar": "tar", ".tar.gz": "tgz", ".tar.bz2": "tbz2", ".tar.xz": "txz", ".tar.zst": "tzstd",
		".tgz": "tgz", ".tbz2": "tbz2", ".txz": "txz", ".tzst": "tzstd", ".tzstd": "tzstd", ".zip": "zip",
	} {
		if strings.HasSuffix(name, suffix) {
			return format
		}
	}
	return "bin"
}
