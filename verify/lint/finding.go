package lint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
)

// A Finding is one thing that is wrong, or that a publisher should know.
type Finding struct {
	// Rule is the rule's name: a heading of docs/lint.md.
	Rule string `json:"rule"`

	// Severity is "error" for what an installer refuses or what lets anyone sign,
	// "warning" for what weakens the declaration or will break, and "note" for
	// what may well be meant.
	Severity string `json:"severity"`

	// File is the document's name as it was given, Line the line in it, from 1; ""
	// and 0 where there is none.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`

	// Table is the dotted path of the table, and Key the key in it that is meant;
	// "" for the whole document or table.
	Table string `json:"table,omitempty"`
	Key   string `json:"key,omitempty"`

	// Targets are the targets for which it was found; nil where that is whatever
	// the target.
	Targets []string `json:"targets,omitempty"`

	// Message says what is wrong, in one line of less than 500 bytes that may be
	// shown.
	Message string `json:"message"`
}

// The severities.
const (
	failure = "error"
	warning = "warning"
	note    = "note"
)

const (
	maxMessage = 480
	maxName    = 110
	shown      = 3 // targets in a text
)

// String returns one line that may be shown: FILE:LINE: severity: table: message
// [rule], and the first targets.
func (f Finding) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(terminal.Limit(f.File, maxName))
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Severity + ": ")
	if f.Table != "" {
		b.WriteString(terminal.Limit(f.Table, maxName) + ": ")
	}
	b.WriteString(terminal.Limit(f.Message, maxMessage) + " [" + f.Rule + "]")
	if n := len(f.Targets); n > 0 {
		text := strings.Join(f.Targets[:min(n, shown)], ", ")
		if n > shown {
			text += fmt.Sprintf(" and %d more", n-shown)
		}
		b.WriteString(" (" + terminal.Limit(text, 3*maxName) + ")")
	}
	return b.String()
}

// findings are those of one document, the same of several targets as one.
type findings struct {
	list  []Finding
	index map[findingID]int
	more  bool // than fit
}

type findingID struct {
	rule, severity, table, key string
	line                       int
}

// add adds a finding for a target, "" for whatever target. The first message
// stands for the others of its place.
func (f *findings) add(one Finding, target string) {
	id := findingID{one.Rule, one.Severity, one.Table, one.Key, one.Line}
	at, ok := f.index[id]
	switch {
	case ok:
	case len(f.list) == maxFindings:
		f.more = true
		return
	default:
		at = len(f.list)
		if f.index == nil {
			f.index = map[findingID]int{}
		}
		f.index[id] = at
		one.Message = terminal.Limit(one.Message, maxMessage)
		f.list = append(f.list, one)
	}
	if target != "" {
		f.list[at].Targets = with(f.list[at].Targets, target)
	}
}

// at adds what is found at a key of a signing table, or at all of it.
func (f *findings) at(s *metadata.Signing, key, rule, severity, target, format string, args ...any) {
	base, _, _ := strings.Cut(key, "[")
	f.add(Finding{
		Rule: rule, Severity: severity, File: s.Name, Line: s.LineOf(base), Table: s.Table, Key: key,
		Message: fmt.Sprintf(format, args...),
	}, target)
}

// atKey is at for a key of a family's own or a public key, which knows its line.
func (f *findings) atKey(s *metadata.Signing, src metadata.Source, rule, severity, format string, args ...any) {
	f.add(Finding{
		Rule: rule, Severity: severity, File: s.Name, Line: cmp.Or(src.Line, s.Line), Table: s.Table, Key: src.Key,
		Message: fmt.Sprintf(format, args...),
	}, "")
}

// of adds what an error of the table says.
func (f *findings) of(err *metadata.Error, rule, severity, target string) {
	f.add(Finding{
		Rule: rule, Severity: severity, File: err.Name, Line: err.Line, Table: err.Table, Key: err.Key,
		Message: err.Err.Error(),
	}, target)
}

// all returns them in the order of the document.
func (f *findings) all() []Finding {
	slices.SortStableFunc(f.list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Rule, b.Rule))
	})
	if f.more {
		f.list = append(f.list, Finding{
			Rule: ruleIncomplete, Severity: note, File: f.list[0].File, Message: fmt.Sprintf("there is more than the %d findings that are told", maxFindings),
		})
	}
	return f.list
}

// tableError is the error of a table that err wraps, with the line of its key.
func tableError(s *metadata.Signing, err error) *metadata.Error {
	var broken *metadata.Error
	if !errors.As(err, &broken) {
		return s.Wrap(err)
	}
	if broken.Table == s.Table && broken.Line == s.Line && broken.Key != "" {
		better := *broken
		base, _, _ := strings.Cut(broken.Key, "[")
		better.Line = s.LineOf(base)
		return &better
	}
	return broken
}
