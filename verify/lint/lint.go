// Package lint reads a publisher's signing tables as an installer would, for
// all targets and without any network, and says what is wrong with them or soon
// will be: before the release that nobody can install.
//
// The data's way:
//
//	Manifest ──For, VariablesFor──▶ a release for each target and name's end
//	                                    │
//	table, alternatives ──verify.Plan──▶ plan ──▶ what it fetches, trusts and binds ──▶ Finding
//
// [Manifest] and [Signing] return findings, each with its [Rule], whose name is
// its heading in docs/lint.md, with cause and remedy. [Refusal] makes one of a
// document that package metadata refuses as a whole. [SARIF] is what code
// scanners read.
//
// The families are the program's: give those that the publisher's users have. A
// cosign.Algorithm needs some TrustedRoot, whichever, since without one it can't
// follow any keyless table; nothing is judged by it here.
package lint

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/triples"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Config is what a table is judged by.
type Config struct {
	// Algorithms are the families that users of the table have. At least one is
	// needed.
	Algorithms []algorithm.Algorithm

	// Time returns the current time, by which keys expire; nil means [time.Now].
	Time func() time.Time

	// Version is that of the release in question; "" means that of the manifest.
	Version string

	// Variables are the values of templates that the program has, which win over
	// those of the manifest and of the target. For [Signing] they are all there
	// are: url is where the artifact is; what a manifest would say is made up
	// where it is missing.
	Variables map[string]string

	// ManifestFS is the folder of the document, for keys that the table gives as
	// { file = "…" }; nil means that these aren't read. Use the FS of an [os.Root].
	ManifestFS fs.FS

	// ExpiresWithin is how long before its end a key is told to expire; 0 means
	// 90 days.
	ExpiresWithin time.Duration
}

const defaultExpiresWithin = 90 * 24 * time.Hour

// Limits of the work for one document; what is over them is told.
const (
	maxTargets  = 64
	maxPlans    = 512
	maxFindings = 1000
)

// Manifest judges what a manifest declares for the targets. With none it is for
// the usual ones (x86_64 and aarch64 of Linux with glibc and musl, of macOS and
// of Windows) and those that the overrides name, at most 64. The findings are in
// the order of the document, at most 1000.
//
// The error is that of [verify.New] for the Config, or a
// [*metadata.TargetError] for one of the targets.
func Manifest(c Config, m *metadata.Manifest, targets ...string) ([]Finding, error) {
	l, err := newLinter(c)
	if err != nil {
		return nil, err
	}
	for _, target := range targets {
		if _, err := metadata.TargetVariables(target); err != nil {
			return nil, err
		}
	}
	l.manifest, l.repository, l.file = m, repository(m), m.WrapKey("", "", nil).Name
	if len(targets) == 0 {
		targets = l.targets()
	}
	for _, misplaced := range m.Misplaced {
		l.found.of(misplaced, ruleMisplaced, warning, "")
	}
	for _, unmatched := range m.Unmatched(slices.Concat(triples.Known(), m.Targets(), targets)) {
		l.found.of(unmatched, ruleTargetUnknown, warning, "")
	}
	for _, target := range targets {
		for _, r := range l.releases(target) {
			l.release(r)
		}
	}
	l.together()
	return l.found.all(), nil
}

// Signing judges a table that stands elsewhere, for the release that the Config's
// Variables tell of. The error is that of [verify.New] for the Config.
func Signing(c Config, s *metadata.Signing) ([]Finding, error) {
	l, err := newLinter(c)
	if err != nil {
		return nil, err
	}
	values := madeUp()
	maps.Copy(values, c.Variables)
	l.repository, l.file = c.Variables["repo"], s.Name
	values["version"] = cmp.Or(c.Version, values["version"])
	url := cmp.Or(c.Variables["url"], madeUpOf(values["version"]))
	l.release(release{url: url, values: values, signing: s})
	return l.found.all(), nil
}

// Refusal makes findings of an error of package metadata, for a document that is
// refused as a whole; nil where it is no [*metadata.Error].
func Refusal(err error) []Finding {
	var broken *metadata.Error
	if !errors.As(err, &broken) {
		return nil
	}
	var f findings
	f.of(broken, ruleTableBroken, failure, "")
	return f.all()
}

// A linter collects what is found in one document.
type linter struct {
	c        Config
	v        *verify.Verifier
	seen     *recorder
	plans    int
	found    findings
	now      time.Time
	manifest *metadata.Manifest // nil for a table from elsewhere
	file     string             // the document's name

	repository string // https://host/owner/name; "" where it isn't known
	tables     map[tableID]*judged
	artifacts  places // by URL
	signatures map[tableID]places
	unsigned   []string // targets
	signed     []string
}

// A tableID tells tables of a document apart.
type tableID struct {
	path string
	line int
}

func idOf(s *metadata.Signing) tableID { return tableID{s.Table, s.Line} }

func newLinter(c Config) (*linter, error) {
	l := &linter{c: c, tables: map[tableID]*judged{}, artifacts: places{}, signatures: map[tableID]places{}}
	var families []algorithm.Algorithm
	families, l.seen = record(c.Algorithms)
	now := c.Time
	if now == nil {
		now = time.Now
	}
	l.now = now()
	if l.c.ExpiresWithin == 0 {
		l.c.ExpiresWithin = defaultExpiresWithin
	}
	var err error
	l.v, err = verify.New(verify.Config{Algorithms: families, Fetcher: offline{}, Time: c.Time})
	return l, err
}

// offline stands for a network: to plan takes that there is one, and nobody asks
// it.
type offline struct{}

// Fetch is verify.Fetcher's.
func (offline) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return nil, verify.ErrNoFetcher
}

// release judges the tables that count for a release.
func (l *linter) release(r release) {
	if r.url != "" && !r.madeUp {
		l.artifacts.add(r.url, r.target, r.url)
	}
	if r.signing == nil {
		l.unsigned = with(l.unsigned, r.target)
		return
	}
	l.signed = with(l.signed, r.target)
	tables := []*metadata.Signing{r.signing}
	for i := range r.signing.Alternatives {
		tables = append(tables, &r.signing.Alternatives[i])
	}
	l.shadowed(tables, r)
	if l.manifest != nil {
		l.binstall(r)
	}
	followed := slices.ContainsFunc(tables, func(s *metadata.Signing) bool { return l.knows(s.Algorithm) })
	for _, s := range tables {
		if !l.knows(s.Algorithm) {
			severity := failure
			if followed {
				severity = note
			}
			l.found.at(s, "algorithm", ruleUnsupported, severity, r.target,
				"%q is no algorithm of this program: an installer that knows no more refuses the table%s", s.Algorithm, onlyOrPasses(followed))
			continue
		}
		l.table(s, r)
	}
}

func onlyOrPasses(followed bool) string {
	if followed {
		return ", and goes by another of the alternatives"
	}
	return ""
}

func (l *linter) knows(name string) bool {
	return slices.ContainsFunc(l.c.Algorithms, func(a algorithm.Algorithm) bool { return a.Name() == name })
}

// with is a list with text in it, once.
func with(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}
