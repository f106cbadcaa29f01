package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// A line is what a log can be searched for: words of the form key=value.
type line struct{ strings.Builder }

// newLine begins with the verdict.
func newLine(verdict string) *line {
	l := &line{}
	fmt.Fprintf(l, "%s: %s", program, verdict)
	return l
}

// add adds a value, in quotes where it has more than what names, digests and
// addresses have, and without spaces even there, so that no value can look like
// another word; one that isn't there is left out.
func (l *line) add(key, value string) {
	if value == "" {
		return
	}
	if len(value) > 400 || strings.ContainsFunc(value, isForeign) {
		value = strings.ReplaceAll(output.Name(value), " ", `\x20`)
	}
	fmt.Fprintf(l, " %s=%s", key, value)
}

func isForeign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._:/@+~?&=%-", r)
}

// release adds which one was wanted.
func (l *line) release(r release) {
	v := r.artifact.Variables
	l.add("name", cmp.Or(v["name"], r.artifact.Name))
	l.add("version", v["version"])
}

// tell says what was verified, and by whom it was signed.
func tell(w io.Writer, r *ready) {
	l := newLine(string(r.report.Status))
	l.release(r.release)
	l.add("algorithm", r.report.Algorithm)
	if e := r.report.Evidence; e != nil {
		l.add("key", cmp.Or(e.KeyID, e.Fingerprint))
		l.add("identity", e.Identity["subject"])
	}
	l.add("bound", bound(r.binds))
	l.add("sha256", r.report.Digests["sha256"])
	l.add("from", r.from)
	l.add("url", r.release.artifact.URL)
	fmt.Fprintln(w, l)
}

// bound is what had to be signed beside the bytes.
func bound(b verify.Binding) string {
	switch {
	case b.Name && b.Version:
		return "name+version"
	case b.Name:
		return "name"
	case b.Version:
		return "version"
	}
	return "nothing"
}

// refuse says why nothing was started, and returns the exit code.
func refuse(w io.Writer, r *ready, err error) int {
	code, reason := verify.ExitCode(err), cmp.Or(verify.Reason(err), "other")
	l := newLine("refused")
	l.release(r.release)
	l.add("reason", reason)
	l.add("exit", strconv.Itoa(code))
	l.add("url", r.release.artifact.URL)
	fmt.Fprintf(l, " error=%s", output.Reason(err)) // text, up to the end of the line
	fmt.Fprintln(w, l)
	if r.cached && !slices.Contains([]string{"cancelled", "rollback", "signer-changed"}, reason) {
		fmt.Fprintln(w, program+": it is the cache's copy that is refused: find out who changed it; --refresh fetches it anew")
	}
	return code
}
