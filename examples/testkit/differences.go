package main

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// The differences of the tools that can be named, each with its reason.
//
//go:embed differences
var knownDifferences embed.FS

// A difference is one that is expected of a tool.
type difference struct {
	verdict, reason string
	seen            bool
}

// knownFor are the differences that are known of a tool of ours.
func knownFor(name string) (map[string]*difference, error) {
	file := "differences/" + name + ".txt"
	data, err := knownDifferences.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]*difference{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseDifferences(file, data)
}

// parseDifferences reads lines of case, verdict and reason.
func parseDifferences(file string, data []byte) (map[string]*difference, error) {
	listed := map[string]*difference{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		verdict, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
		reason = strings.TrimSpace(reason)
		switch {
		case reason == "":
			return nil, fmt.Errorf("%s: line %d is not of the form FAMILY/CASE VERDICT REASON", file, n)
		case listed[id] != nil:
			return nil, fmt.Errorf("%s: line %d has %.100q again", file, n, id)
		}
		listed[id] = &difference{verdict: verdict, reason: reason}
	}
	return listed, lines.Err()
}

// A toolRun is what a tool said to its cases.
type toolRun struct {
	Tool    string   `json:"tool"`
	Version string   `json:"version,omitempty"`
	Results []Result `json:"results"`
	Gone    []string `json:"gone,omitempty"` // listed differences that aren't there any more
}

// compare marks what differs from the expected verdicts, and what of it is listed.
// whole is whether all cases were run that the list is about.
func (run *toolRun) compare(listed map[string]*difference, whole bool) {
	for i := range run.Results {
		r := &run.Results[i]
		d := listed[r.id()]
		if r.Verdict == "skipped" {
			if d != nil {
				d.seen = true
			}
			continue
		}
		r.Differs = differs(r.Expected, r.Verdict)
		r.Listed = r.Differs && d != nil && d.verdict == r.Verdict
		if r.Listed {
			r.Reason, d.seen = d.reason, true
		} else if d != nil {
			run.Gone, d.seen = append(run.Gone, r.id()), true
		}
	}
	if whole {
		run.Gone = append(run.Gone, run.absent(listed)...)
	}
}

// absent are the listed cases that there are none of, in the families that were run.
func (run *toolRun) absent(listed map[string]*difference) []string {
	ran := map[string]bool{}
	for i := range run.Results {
		ran[run.Results[i].Family] = true
	}
	var absent []string
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		if family, _, _ := strings.Cut(id, "/"); ran[family] && !listed[id].seen {
			absent = append(absent, id)
		}
	}
	return absent
}

// differs compares a wanted verdict with one.
func differs(want, verdict string) bool {
	if want == "either" {
		return verdict != "pass" && verdict != "fail"
	}
	return verdict != want
}

// count is how many results there are of which this holds.
func (run *toolRun) count(holds func(*Result) bool) int {
	n := 0
	for i := range run.Results {
		if holds(&run.Results[i]) {
			n++
		}
	}
	return n
}

func (run *toolRun) ran() int {
	return run.count(func(r *Result) bool { return r.Verdict != "skipped" })
}

func (run *toolRun) unexpected() int {
	return run.count(func(r *Result) bool { return r.Differs && !r.Listed })
}

// agrees reports whether nothing is unexpected.
func (run *toolRun) agrees() bool { return run.unexpected() == 0 && len(run.Gone) == 0 }

// writeDifferences writes what differs, with the reasons that are known; those to
// be written say by which rule it is a difference.
func writeDifferences(name string, run *toolRun) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Where %s differs, by testkit: FAMILY/CASE VERDICT REASON\n", run.Tool)
	for i := range run.Results {
		if r := &run.Results[i]; r.Differs {
			reason := r.Reason
			if reason == "" {
				reason = "TODO: " + r.Why + " (" + r.Kind + ": " + r.Rule + ")"
			}
			fmt.Fprintf(&b, "%s %s %s\n", r.id(), r.Verdict, reason)
		}
	}
	return os.WriteFile(name, []byte(b.String()), 0o600)
}
