package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/internal/terminal"
)

// A job is one of releasechecker's (job.schema.json).
type job struct {
	ID        string            `json:"id"`
	URL       string            `json:"url"`
	Variables map[string]string `json:"variables"`
	Signing   *aqua.Table       `json:"signing"`
}

func printJob(w io.Writer, r *aqua.Release, t *aqua.Table) error {
	id := fmt.Sprintf("%s@%s %s/%s", r.Package, r.Tag, r.OS, r.Arch)
	return output.JSONLine(w, job{id, r.URL, r.Variables(), t})
}

// printTOML prints the table, with what uses it.
func printTOML(w io.Writer, r *aqua.Release, t *aqua.Table, all bool) error {
	text, err := t.TOML()
	if err != nil {
		return err
	}
	call := ""
	if all && len(t.Alternatives) > 0 {
		call = " --require-all"
	}
	for _, name := range []string{"name", "version", "tag", "repo"} {
		if value, ok := r.Variables()[name]; ok {
			call += " --var " + word(name+"="+value)
		}
	}
	_, err = fmt.Fprintf(w, "# %s %s for %s/%s\n# verifyfile --table FILE.toml%s --var %s ARTIFACT\n%s",
		output.Label(r.Package), r.Tag, r.OS, r.Arch, call, word("url="+r.URL), text)
	return err
}

// word is a word of a shell's: what is printed will be copied, and its parts are of
// the entry's author.
func word(s string) string {
	if regexp.MustCompile(`^[A-Za-z0-9._/:=@%+,~-]+$`).MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(terminal.Text(s), "'", `'\''`) + "'"
}
