package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify"
)

// base is where the files of a folder are, where nobody says where they will be.
const base = "https://release.invalid/"

// fromURLs is a task for each URL of the command line.
func (o *options) fromURLs(c *checker, t *tables.Table) release {
	var tasks []task
	for _, u := range o.artifacts {
		tasks = append(tasks, o.artifact(c, t, u))
	}
	return listed(tasks)
}

// artifact is the task of an artifact by a table.
func (o *options) artifact(c *checker, t *tables.Table, u string) task {
	one := task{Target: o.targetOf(), Where: place{File: o.table}, Job: verify.Job{
		Artifact: verify.Artifact{URL: u, Variables: t.Variables, ManifestFS: c.manifestFS()},
		Table:    t.Signing,
	}}
	if t.Signing != nil {
		one.Where.Line = t.Signing.Line
	}
	return one
}

// targetOf is the target that the call names.
func (o *options) targetOf() string {
	if len(o.targets) == 0 {
		return ""
	}
	return o.targets[0]
}

// fromList is a task for each line of a file. Blank lines and those that begin
// with # are passed over.
func (o *options) fromList(c *checker, t *tables.Table, stdin io.Reader) release {
	return release{total: -1, tasks: func(yield func(task) bool) {
		some := false
		for line, err := range lines(o.list, stdin) {
			text := urlOf(line.Text)
			if err == nil && text == "" {
				continue
			}
			some = true
			one := task{ID: o.list, Err: err}
			if err == nil {
				one = o.artifact(c, t, text)
			}
			if !yield(one) {
				return
			}
		}
		if !some {
			yield(task{ID: o.list, Err: fmt.Errorf("%w: no URL is in the list", verify.ErrMissing)})
		}
	}}
}

// urlOf is what a line of a list names; "" where it is blank or a remark.
func urlOf(line []byte) string {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "#") {
		return ""
	}
	return text
}

// lines are those of a file or of standard input; the error is the last.
func lines(name string, stdin io.Reader) iter.Seq2[checking.Line, error] {
	return func(yield func(checking.Line, error) bool) {
		in, err := input(name, stdin)
		if err != nil {
			yield(checking.Line{}, err)
			return
		}
		defer in.Close()
		checking.Lines(name, in)(yield)
	}
}

// fromFolder is a task for each file that is named, or for all of the folder that
// aren't the documents of another.
func (o *options) fromFolder(c *checker, t *tables.Table) release {
	names := o.artifacts
	if len(names) == 0 {
		all, err := c.dir.names()
		if err != nil {
			return broken(o.dir, err)
		}
		if names = o.withoutDocuments(c, t, all); len(names) == 0 {
			return broken(o.dir, fmt.Errorf("%w: no artifact is in the folder", verify.ErrMissing))
		}
	}
	var tasks []task
	for _, name := range names {
		tasks = append(tasks, o.artifact(c, t, base+url.PathEscape(name)))
	}
	return listed(tasks)
}

// withoutDocuments leaves out what the plan of another file would fetch, such as
// its signature.
func (o *options) withoutDocuments(c *checker, t *tables.Table, names []string) []string {
	documents := map[string]bool{}
	for _, name := range names {
		p, err := c.Verifier.Plan(o.artifact(c, t, base+url.PathEscape(name)).Job.Artifact, t.Signing)
		if err != nil {
			continue // the check will say so
		}
		data, err := json.Marshal(p)
		var plan any
		if err != nil || json.Unmarshal(data, &plan) != nil {
			continue
		}
		for document := range maps.Keys(urls(plan)) {
			if document != name {
				documents[document] = true
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return documents[name] })
}

// urls are the last elements of the URLs in a plan's JSON.
func urls(value any) map[string]bool {
	found := map[string]bool{}
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case string:
			if strings.HasPrefix(v, "https://") {
				found[lastOf(v)] = true
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(value)
	return found
}

// lastOf is the last element of a URL's path, unescaped.
func lastOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}
