package main

import (
	"bytes"
	"io"
	"os"
	"strings"
)

// inActions reports whether a step of GitHub Actions runs the program.
func inActions() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// A quietLog keeps what the program repeats from being taken for a command by the
// runner, which looks for :: at the beginning of a line, and for ##[ anywhere in
// it. Every Write has to be whole lines.
type quietLog struct {
	w    io.Writer
	json bool // so that the values have to stay
}

func (q quietLog) Write(text []byte) (int, error) {
	if q.json { // there is none outside of a string
		_, err := q.w.Write(bytes.ReplaceAll(text, []byte("##["), []byte(`#\u0023[`)))
		return len(text), err
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		rest := strings.TrimLeft(line, " ")
		if strings.HasPrefix(rest, "::") {
			lines[i] = line[:len(line)-len(rest)] + ": :" + rest[2:]
		}
	}
	_, err := io.WriteString(q.w, strings.ReplaceAll(strings.Join(lines, ""), "##[", "## ["))
	return len(text), err
}

// logOf is standard output as a form should write to it.
func logOf(w io.Writer, format string) io.Writer {
	if !inActions() {
		return w
	}
	switch format {
	case "json", "ndjson", "sarif", "codequality":
		return quietLog{w, true}
	}
	return quietLog{w, false}
}

// errorsOf is standard error as what ends the program should be written to, which
// repeats what files say, too. Annotations, which are commands, are escaped already.
func errorsOf(w io.Writer) io.Writer { return logOf(w, "") }
