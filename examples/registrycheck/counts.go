package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A verdict is what is counted of a result.
type verdict struct {
	Status, Reason string // the reason is a refusal's
	Shape, Host    string
}

// A count is how many results have a verdict.
type count struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	Shape  string `json:"shape"`
	Host   string `json:"host"`
	Count  int    `json:"count"`
}

// countOf is a verdict's count as one value.
func countOf(v verdict, n int) count { return count{v.Status, v.Reason, v.Shape, v.Host, n} }

func (c count) verdict() verdict { return verdict{c.Status, c.Reason, c.Shape, c.Host} }

// A tally counts verdicts.
type tally map[verdict]int

func (t tally) add(r *checking.Result, known func(string) bool) {
	v := verdict{Status: r.Status(), Shape: shapeOf(r.Job.Table, known), Host: hostOf(r.Job.Artifact.URL)}
	if r.Err != nil {
		v.Reason = verify.Reason(r.Err)
	}
	t[v]++
}

// list is the tally in an order that is always the same.
func (t tally) list() []count {
	all := []count{}
	for v, n := range t {
		all = append(all, countOf(v, n))
	}
	sortCounts(all)
	return all
}

func sortCounts(all []count) {
	slices.SortFunc(all, func(a, b count) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Shape, b.Shape), cmp.Compare(a.Host, b.Host))
	})
}

// hostOf is the host of a URL, as it may be shown.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return output.Label(strings.ToLower(u.Host))
}

// shapeOf is the way in which a table has the artifact signed, and by which family:
// names as in docs/shapes.md's tables.
func shapeOf(s *metadata.Signing, known func(string) bool) string {
	switch {
	case s == nil:
		return "none"
	case len(s.Alternatives) > 0:
		return "alternatives"
	case !known(s.Algorithm): // which could be any text
		return "unsupported"
	case s.Algorithm == "digest":
		return "digests"
	}
	return wayOf(s) + " " + s.Algorithm
}

func wayOf(s *metadata.Signing) string {
	closed := func(template string) string { return strings.ReplaceAll(template, " ", "") }
	switch file := closed(s.File); {
	case s.Checksums != "" && (file == "{checksums}" || file == closed(s.Checksums)):
		return "clear-signed"
	case s.Checksums != "":
		return "checksums"
	case s.Threshold > 0:
		return "threshold"
	case strings.Contains(file, "{sha256}"), strings.Contains(file, "{sha384}"), strings.Contains(file, "{sha512}"):
		return "late"
	}
	for _, f := range s.Fields {
		switch f.Name {
		case "identity", "release":
			return "keyless"
		}
	}
	return "signature"
}

// writeCountsFn writes all counts into one file.
type writeCountsFn struct{ Results string }

// ProcessElement is Beam's.
func (f *writeCountsFn) ProcessElement(ctx context.Context, _ int, next func(*count) bool) error {
	var all []count
	for one := (count{}); next(&one); {
		if one.Count > 0 {
			all = append(all, one)
		}
	}
	sortCounts(all)
	var text bytes.Buffer
	for _, c := range all {
		if err := output.JSONLine(&text, c); err != nil {
			return err
		}
	}
	to, err := openStore(ctx, f.Results)
	if err != nil {
		return err
	}
	defer to.close()
	return to.write(ctx, countsName, text.Bytes())
}

// readCounts reads what was written.
func (s *store) readCounts(ctx context.Context) ([]count, error) {
	data, err := filesystem.Read(ctx, s.fs, s.path(countsName))
	if err != nil {
		return nil, err
	}
	var all []count
	for line := range bytes.Lines(data) {
		var c count
		if err := json.Unmarshal(line, &c); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}
