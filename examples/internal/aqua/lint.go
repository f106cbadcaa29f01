package aqua

import (
	"fmt"
	"slices"

	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/verify/lint"
)

// The severities of findings.
const (
	failure = "error"
	warning = "warning"
	note    = "note"
)

// The rules of what is found in an entry itself. What its tables say is judged by
// package lint.
const (
	ruleRefused    = "aqua-refused"
	ruleSeveral    = "aqua-several"
	ruleDisabled   = "aqua-disabled"
	ruleUnsigned   = "aqua-checksum-unsigned"
	ruleUnanchored = "aqua-unanchored"
	ruleDot        = "aqua-dot"
	ruleNoWorkflow = "aqua-no-workflow"
	ruleNoTag      = "aqua-no-tag"
	ruleNoLog      = "aqua-no-log"
	ruleNoLookup   = "aqua-log-not-asked"
	ruleOtherRepo  = "aqua-other-repository"
)

// Rules are the names of all rules of this package, which docs/fromaqua.md explains.
func Rules() []string {
	return []string{
		ruleRefused, ruleSeveral, ruleDisabled, ruleUnsigned, ruleUnanchored, ruleDot,
		ruleNoWorkflow, ruleNoTag, ruleNoLog, ruleNoLookup, ruleOtherRepo,
	}
}

// A finding is one of a way, or of the entry.
type finding struct {
	line               int
	key, rule, as, say string
}

const maxSaid = 400 // bytes

func (p *platform) tell(line int, key, rule, severity, format string, args ...any) {
	f := finding{line, key, rule, severity, terminal.Limit(fmt.Sprintf(format, args...), maxSaid)}
	for _, other := range p.found {
		if other == f {
			return
		}
	}
	p.found = append(p.found, f)
}

// tellOtherRepo tells of a document that somebody else publishes.
func (p *platform) tellOtherRepo(key string, d *download, owner, repo string) {
	if p.spec.Type == typeRelease && (owner != p.spec.RepoOwner || repo != p.spec.RepoName) {
		p.tell(d.Asset.at, key, ruleOtherRepo, note, "it is a document of %s/%s, under the same tag", owner, repo)
	}
}

// tellChecksum tells of checksums that nobody has signed, and of several ways.
func (p *platform) tellChecksum(r *Release) {
	signed := false
	for _, w := range r.Ways {
		signed = signed || w.Table.Checksums != ""
	}
	if c := p.spec.Checksum; c != nil && enabled(c.Enabled) && !signed {
		p.tell(c.at, "checksum", ruleUnsigned, warning, "nobody has signed the checksums: who can replace the artifact can replace them as well, and they are left out")
		if c.Algorithm.value == "md5" || c.Algorithm.value == "sha1" {
			p.tell(c.Algorithm.at, "checksum.algorithm", ruleUnsigned, warning, "a checksum by %s proves nothing at all", c.Algorithm.value)
		}
	}
	if len(r.Ways) > 1 {
		p.tell(p.entry.line, "", ruleSeveral, note, "%s are demanded together, which takes a program that checks every alternative", r.mechanisms())
	}
	for _, w := range r.Ways {
		if w.Err != nil {
			p.tell(w.Line, w.Mechanism, ruleRefused, failure, "%v", withoutPlace(w.Err))
		}
	}
}

// withoutPlace is the cause of an error that says where.
func withoutPlace(err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // it is the outermost
		return e.Err
	}
	return err
}

// findings are those of the entry as package lint has them.
func (p *platform) findings() (all []lint.Finding) {
	for _, f := range p.found {
		all = append(all, lint.Finding{Rule: f.rule, Severity: f.as, File: p.entry.file, Line: f.line, Table: f.key, Message: f.say})
	}
	return all
}

// LeftOut are the findings that tell what of the entry no table has.
func (r *Release) LeftOut() (some []lint.Finding) {
	for _, f := range r.Findings {
		if slices.Contains([]string{ruleUnsigned, ruleNoLookup, ruleDisabled}, f.Rule) {
			some = append(some, f)
		}
	}
	return some
}

// Refusal is a finding of an entry that is refused as a whole.
func Refusal(err *Error) lint.Finding {
	return lint.Finding{Rule: ruleRefused, Severity: failure, File: err.File, Line: err.Line, Table: err.Key, Message: terminal.Limit(err.Err.Error(), maxSaid)}
}

// Lint returns the entry's findings, and those of each of its tables as package lint
// judges it; their lines are those of the entry. Variables are added to the Config's.
func (r *Release) Lint(c lint.Config) ([]lint.Finding, error) {
	all := r.Findings
	for key, value := range r.Variables() {
		if c.Variables == nil {
			c.Variables = map[string]string{}
		}
		c.Variables[key] = value
	}
	c.Variables["url"], c.Version = r.URL, r.Version
	for _, w := range r.Ways {
		if w.Err != nil {
			continue
		}
		table, err := w.Table.Signing()
		if err != nil {
			return nil, err
		}
		found, err := lint.Signing(c, table)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Rule == "version-not-bound" && w.Table.ofVersion(r.Version) {
				continue // package lint knows of signed-version alone
			}
			f.File, f.Line, f.Table = r.file, w.Line, w.Mechanism
			all = append(all, f)
		}
	}
	return all, nil
}

// Variables are the values of a program's templates.
func (r *Release) Variables() map[string]string {
	all := map[string]string{"name": r.Name, "version": r.Version, "tag": r.Tag}
	if r.Repo != "" {
		all["repo"] = r.Repo
	}
	return all
}
