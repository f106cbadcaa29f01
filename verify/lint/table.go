package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
	"github.com/relseal/relseal/verify"
)

// standIn is a document that can be planned with, in the place of one that can't.
const standIn = "https://release.invalid/stand-in"

// maxRefusals is how many refusals of one table are told.
const maxRefusals = 16

// judged is what holds of a table whatever the target.
type judged struct {
	table *metadata.Signing // with stand-ins for what can't be planned with
	ids   []string          // of its keys
	whole bool              // all of its keys were read, so that ids are all
}

// table judges one table for a release.
func (l *linter) table(s *metadata.Signing, r release) {
	j := l.tables[idOf(s)]
	if j == nil {
		j = l.keys(s)
		l.tables[idOf(s)] = j
	}
	l.beside(s, r)
	l.behindQuery(s, r)
	plan := l.plan(j.table, s, r)
	if plan == nil {
		return
	}
	l.identities(s, r)
	l.binding(s, plan, r)
	l.place(s, plan, r)
}

// plan plans a table and takes out of it what spoils that, so that one mistake
// doesn't hide another; nil where too little is left.
func (l *linter) plan(work, s *metadata.Signing, r release) *verify.Plan {
	one := *work
	for range maxRefusals {
		plan, err := l.try(&one, r)
		if err == nil {
			return plan
		}
		if errors.Is(err, errTooManyPlans) {
			l.incomplete(fmt.Sprintf("more than %d tables and targets", maxPlans))
			return nil
		}
		broken := tableError(s, err)
		l.found.of(broken, ruleOf(err, s), failure, r.target)
		if !without(&one, broken) {
			return nil
		}
	}
	return nil
}

var errTooManyPlans = errors.New("too many plans")

// try plans, and has the recorder see it.
func (l *linter) try(s *metadata.Signing, r release) (*verify.Plan, error) {
	if l.plans++; l.plans > maxPlans {
		return nil, errTooManyPlans
	}
	l.seen.reset()
	return l.v.Plan(verify.Artifact{URL: r.url, Variables: r.values}, s)
}

// ruleOf names the rule that a refused plan offends.
func ruleOf(err error, s *metadata.Signing) string {
	var missing *template.MissingKeyError
	var broken *template.Error
	var refusal *verify.Error
	var table *metadata.Error
	_ = errors.As(err, &table)
	switch {
	case errors.As(err, &missing):
		return ruleUnknownVariable
	case errors.As(err, &broken), errors.Is(err, verify.ErrURL):
		return ruleTemplateBroken
	case errors.As(err, &refusal) && refusal.Stage == "key":
		if hasField(s, "identity") {
			return ruleIdentityBroken
		}
		return ruleRefused
	case table != nil && errors.Is(err, algorithm.ErrUnsupported) && (table.Key == "signed-name" || table.Key == "signed-version"):
		return ruleCantBind
	case verify.Reason(err) == "table":
		return ruleTableBroken
	}
	return ruleRefused
}

func hasField(s *metadata.Signing, name string) bool {
	return slices.ContainsFunc(s.Fields, func(f metadata.Field) bool { return f.Name == name })
}

// without takes out of a table what the error names; false where it then says
// nothing any more.
func without(s *metadata.Signing, broken *metadata.Error) bool {
	base, _, _ := strings.Cut(broken.Key, "[")
	switch base {
	case "file":
		s.File = standIn
	case "files":
		s.Files, s.File, s.Threshold = nil, standIn, 0
	case "checksums", "checksum-name":
		s.Checksums, s.ChecksumName, s.Files, s.File, s.Threshold = "", "", nil, standIn, 0
	case "signed-name":
		s.SignedName = ""
	case "signed-version":
		s.SignedVersion = ""
	case "threshold":
		s.Threshold = 0
	default:
		return withoutField(s, broken.Key)
	}
	return true
}

// withoutField takes a family's own key out, but for those that say who signs:
// nobody might be left.
func withoutField(s *metadata.Signing, name string) bool {
	says := func(f metadata.Field) bool {
		return slices.Contains([]string{"identity", "release", "digests"}, f.Name)
	}
	at := slices.IndexFunc(s.Fields, func(f metadata.Field) bool { return f.Name == name })
	if at < 0 || says(s.Fields[at]) || len(s.Keys) == 0 && !slices.ContainsFunc(s.Fields, says) {
		return false
	}
	s.Fields = slices.Delete(slices.Clone(s.Fields), at, at+1)
	return true
}

// shadowed tells alternatives by an algorithm that one before them has: the first
// that a program supports counts, and it supports both or neither.
func (l *linter) shadowed(tables []*metadata.Signing, r release) {
	for i, s := range tables {
		if before := slices.IndexFunc(tables[:i], func(other *metadata.Signing) bool { return other.Algorithm == s.Algorithm }); before >= 0 {
			l.found.at(s, "algorithm", ruleShadowed, warning, r.target,
				"never asked: %s before it is by the same algorithm, and the first that a program supports counts; several keys of one algorithm go into keys", tables[before].Table)
		}
	}
}

// binding tells what of the artifact nothing signed says.
func (l *linter) binding(s *metadata.Signing, plan *verify.Plan, r release) {
	b := plan.Binds()
	if !b.Version {
		l.found.at(s, "", ruleVersionNotBound, warning, r.target, "nothing demands that the version is signed: an older release, with its good signature, passes for this one")
	}
	if !b.Name {
		l.found.at(s, "", ruleNameNotBound, note, r.target, "nothing demands that the file's name is signed: another file by the same signer passes for this one")
	}
}
