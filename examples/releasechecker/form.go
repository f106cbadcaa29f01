package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/output"
)

// A form is a way to tell what a run found: while it runs, and at its end.
type form interface {
	add(r *result) error
	end(t *tally) error
}

// formats are the names of the forms that --format and --save take.
func formats() []string {
	return []string{"table", "lines", "json", "ndjson", "junit", "sarif", "markdown", "codequality", "dotenv"}
}

// newForm makes a form that writes to w.
func (o *options) newForm(format string, w io.Writer) form {
	switch format {
	case "table":
		return &table{w: w, look: lookOf(w)}
	case "json":
		return &document{w: w}
	case "ndjson":
		return &records{w: w}
	case "junit":
		return &junit{w: w, suite: o.suite()}
	case "sarif":
		return &scan{w: w, write: writeSARIF}
	case "codequality":
		return &scan{w: w, write: writeCodeQuality}
	case "markdown":
		return &markdown{w: w, title: o.suite()}
	case "dotenv":
		return dotenv{w}
	}
	return lineByLine{w}
}

// suite is what is checked, for titles.
func (o *options) suite() string {
	switch {
	case o.jobs != "":
		return "jobs"
	case o.dir != "":
		return filepath.Base(filepath.Clean(o.dir))
	}
	return filepath.Base(o.file())
}

// defaultFormat is that of standard output.
func (o *options) defaultFormat(w io.Writer) string {
	switch {
	case o.format != "":
		return o.format
	case output.IsTerminal(w):
		return "table"
	case o.jobs != "":
		return "ndjson"
	}
	return "lines"
}

// several is a form that is all of its own, and the files that some go to.
type several struct {
	forms []form
	files []*saved
}

// forms are those of standard output, of --save, and of the CI that the program
// runs in.
func (o *options) forms(std streams) (*several, error) {
	format := o.defaultFormat(std.out)
	all := &several{forms: []form{o.newForm(format, logOf(std.out, format))}}
	for _, s := range o.saves {
		file, err := create(s.file)
		if err != nil {
			all.discard()
			return nil, err
		}
		all.files = append(all.files, file)
		all.forms = append(all.forms, o.newForm(s.format, file))
	}
	if inActions() {
		all.forms = append(all.forms, &annotations{w: std.err})
		if name := os.Getenv("GITHUB_STEP_SUMMARY"); name != "" {
			all.forms = append(all.forms, &stepSummary{name: name, markdown: markdown{title: o.suite()}})
		}
	}
	return all, nil
}

func (s *several) add(r result) error {
	for _, f := range s.forms {
		if err := f.add(&r); err != nil {
			return err
		}
	}
	return nil
}

func (s *several) end(t *tally) error {
	for _, f := range s.forms {
		if err := f.end(t); err != nil {
			return err
		}
	}
	for len(s.files) > 0 {
		file := s.files[0]
		s.files = s.files[1:]
		if err := file.keep(); err != nil {
			return err
		}
	}
	return nil
}

// discard removes the files of a run that didn't come to its end.
func (s *several) discard() {
	for _, f := range s.forms {
		if d, ok := f.(interface{ discard() }); ok {
			d.discard()
		}
	}
	for _, f := range s.files {
		f.discard()
	}
}

// A saved file gets its name when it is whole, so that nobody takes half of a
// report for one.
type saved struct {
	*os.File
	name string
}

func create(name string) (*saved, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, err
	}
	return &saved{f, name}, nil
}

func (s *saved) keep() error {
	err := errors.Join(s.Chmod(0o644), s.Close())
	if err == nil {
		err = os.Rename(s.Name(), s.name)
	}
	if err != nil {
		_ = os.Remove(s.Name())
	}
	return err
}

func (s *saved) discard() { _ = errors.Join(s.Close(), os.Remove(s.Name())) }

// A spool holds what can't be written before the end, on the disk, so that memory
// stays what it is.
type spool struct{ file *os.File }

func (s *spool) write(data []byte) (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", program+".*"); err != nil {
			return err
		}
	}
	_, err = s.file.Write(data)
	return err
}

// copyTo writes what was spooled.
func (s *spool) copyTo(w io.Writer) error {
	if s.file == nil {
		return nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(w, s.file)
	}
	return err
}

func (s *spool) discard() {
	if s.file != nil {
		_ = errors.Join(s.file.Close(), os.Remove(s.file.Name()))
		s.file = nil
	}
}
