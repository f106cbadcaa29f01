package lint

import (
	"cmp"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// A reach is who can have an identity, by what its text leaves open.
type reach int

const (
	one    reach = iota // a repository, an account
	many                // an owner's repositories, a domain's accounts
	anyone              // who gets an account at the issuer
)

// identities judges who must have signed, as the family was asked.
func (l *linter) identities(s *metadata.Signing, r release) {
	if len(l.seen.last) == 0 {
		return
	}
	tables := l.seen.last[0].Values["identity"].Tables // other groups of keys have the same
	if len(tables) == 0 {
		return
	}
	at := slices.IndexFunc(s.Fields, func(f metadata.Field) bool { return f.Name == "identity" })
	entries, err := s.Fields[at].Entries(nil, true, true)
	if err != nil {
		return // of a family without patterns, for which "-regexp" is part of a name
	}
	ids := make([]identity, len(tables))
	for i, claims := range tables {
		ids[i] = identity{claims: claims, entries: entries[i]}
		l.identity(s, ids[i], r)
	}
	l.sameHands(s, ids, r)
}

// An identity is what must hold together, with the lines where it stands.
type identity struct {
	claims  []algorithm.Claim
	entries []metadata.Entry
}

// texts are the samples of one of the claims; nil where it isn't there.
func (id identity) texts(name string) []string {
	for _, c := range id.claims {
		switch {
		case c.Field != name:
		case c.Regexp && strings.HasSuffix(name, "-id"):
			return samples(c.Value, digits)
		case c.Regexp:
			return samples(c.Value, letters)
		default:
			return []string{c.Value}
		}
	}
	return nil
}

// callers are the claims that say for whom a workflow ran, and owners those that
// say it of a whole owner.
func callers() []string {
	return []string{"source-repository", "source-repository-id", "github-workflow-repository", "workflow"}
}

func owners() []string { return []string{"source-owner", "source-owner-id"} }

func (l *linter) identity(s *metadata.Signing, id identity, r release) {
	l.issuer(s, id, r)
	caller := id.reach(callers(), one)
	caller = min(caller, id.reach(owners(), many))
	who := min(caller, id.reach([]string{"subject", "build-signer"}, one))
	key := id.widest()
	switch who {
	case anyone:
		l.found.entry(s, id, key, ruleIdentityOpen, failure, r.target, "whoever gets an account at the issuer can have this identity: name the owner and the repository, or the mailbox")
		return
	case one:
	case many:
		l.found.entry(s, id, key, ruleIdentityWide, warning, r.target, "every repository of the owner, or every account of the domain, has this identity")
	}
	if l.reusable(s, id, caller, r) {
		return
	}
	if id.ofWorkflow() && !l.refIsBound(id) {
		l.found.entry(s, id, key, ruleIdentityAnyRef, warning, r.target,
			"a build of any branch has this identity, so that who may push a branch can sign: end the subject in @refs/tags/v{ version }, or demand source-ref")
	}
}

// sameHands tells a threshold that fewer repositories reach than it has signers: the
// workflows of one are distinct signers, and whoever can push one can push the others.
func (l *linter) sameHands(s *metadata.Signing, ids []identity, r release) {
	if s.Threshold < 2 {
		return
	}
	for _, names := range [][]string{{"subject", "build-signer"}, callers()} {
		if n := repositories(ids, names); n > 0 && n < s.Threshold {
			l.found.at(s, "threshold", ruleThresholdHands, warning, r.target,
				"signatures by %d signers are demanded, and what is in %d may be all of them: whoever can push one workflow of a repository can push the others", s.Threshold, n)
			return
		}
	}
}

// repositories is of how many repositories identities are, by the first of the claims
// that each has; 0 where one of them leaves that open or is of something else.
func repositories(ids []identity, names []string) int {
	var found []string
	for _, id := range ids {
		at := slices.IndexFunc(names, func(name string) bool { return id.texts(name) != nil })
		if at < 0 {
			return 0
		}
		for _, text := range id.texts(names[at]) {
			repository := repositoryOf(names[at], text)
			if repository == "" {
				return 0
			}
			found = with(found, repository)
		}
	}
	return len(found)
}

// repositoryOf is the repository that a claim's text names, or whose workflow it is:
// two elements of a path at GitHub, and at GitLab, where groups have groups, what precedes
// "//"; "" where there is none, or more than one.
func repositoryOf(claim, text string) string {
	host, path := split(written(text))
	if claim == "github-workflow-repository" {
		host, path = "github.com", written(text)
	}
	repository, _, inside := strings.Cut(path, "//")
	switch {
	case host == "github.com":
		owner, rest, _ := strings.Cut(path, "/")
		name, _, _ := strings.Cut(rest, "/")
		if name == "" {
			return ""
		}
		repository = owner + "/" + name
	case !inside && !strings.HasPrefix(claim, "source-"):
		return ""
	}
	if host == "" || isOpen(host+repository) {
		return ""
	}
	return strings.ToLower(host + "/" + repository)
}

// issuer judges the issuer, and hosts.
func (l *linter) issuer(s *metadata.Signing, id identity, r release) {
	for _, c := range id.claims {
		if !c.Regexp {
			continue
		}
		for _, sample := range samples(c.Value, letters) {
			host, _ := split(sample)
			switch {
			case c.Field == "issuer" && strings.ContainsAny(cmp.Or(host, sample), wildName):
				l.found.entry(s, id, c.Field, ruleIdentityOpen, failure, r.target, "the pattern lets another issuer vouch for the identity: name it whole")
			case strings.ContainsRune(cmp.Or(host, mailHost(c.Field, sample)), dot):
				l.found.entry(s, id, c.Field, ruleIdentityDot, warning, r.target, `a dot in the host's name stands for any character: write \\. or take the key without -regexp`)
			}
		}
	}
}

// mailHost is the domain of a mailbox, which a subject can be; "" where there is none.
func mailHost(field, text string) string {
	_, domain, _ := cutLast(text, "@")
	if field != "subject" || strings.Contains(domain, "/") { // as a ref has
		return ""
	}
	return domain
}

// reach is the narrowest of several claims, that at least of each; anyone where
// none of them is there.
func (id identity) reach(names []string, least reach) reach {
	narrowest := anyone
	for _, name := range names {
		texts := id.texts(name)
		if texts == nil {
			continue
		}
		widest := least
		for _, text := range texts {
			widest = max(widest, reachOf(name, text))
		}
		narrowest = min(narrowest, widest)
	}
	return narrowest
}

// reachOf is who can have such a claim.
func reachOf(name, text string) reach {
	switch host, path := split(text); {
	case name == "github-workflow-repository":
		return reachOfPath(text)
	case host != "":
		if strings.ContainsAny(host, wildName) {
			return anyone
		}
		return reachOfPath(path)
	default:
		return reachOfMail(text)
	}
}

// reachOfPath is that of owner/repository/….
func reachOfPath(path string) reach {
	owner, rest, _ := strings.Cut(path, "/")
	repository, _, _ := strings.Cut(rest, "/")
	switch {
	case owner == "" || isOpen(owner):
		return anyone
	case repository == "" && rest == "" || isOpen(repository):
		return many
	}
	return one
}

// reachOfMail is that of a mailbox, or of a name that is neither that nor a URL.
func reachOfMail(text string) reach {
	account, domain, mail := cutLast(text, "@")
	switch {
	case !mail:
		return openOr(text, one)
	case strings.ContainsAny(domain, wildName):
		return anyone
	case isOpen(account):
		return many
	}
	return one
}

func openOr(text string, other reach) reach {
	if isOpen(text) {
		return anyone
	}
	return other
}

// written is a sample with the dots that somebody wrote without escaping them: it
// matches that text, whatever else it matches.
func written(text string) string { return strings.ReplaceAll(text, string(dot), ".") }

// split takes a URL apart into its host and what is behind it; "" where it is
// none.
func split(text string) (host, path string) {
	rest, ok := strings.CutPrefix(text, "https://")
	if !ok {
		return "", ""
	}
	host, path, _ = strings.Cut(rest, "/")
	return host, path
}

func cutLast(text, sep string) (before, after string, found bool) {
	at := strings.LastIndex(text, sep)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(sep):], true
}

// widest is the claim that a finding about who is told at: the first of them
// that is there.
func (id identity) widest() string {
	for _, name := range slices.Concat([]string{"subject", "build-signer"}, callers(), owners()) {
		if id.texts(name) != nil {
			return name
		}
	}
	return "issuer"
}

// ofWorkflow reports whether the identity is one of builds, which have a branch
// or a tag.
func (id identity) ofWorkflow() bool {
	for _, name := range slices.Concat([]string{"subject", "build-signer"}, callers(), owners()) {
		for _, text := range id.texts(name) {
			if host, _ := split(written(text)); host == "github.com" || host == "gitlab.com" || name == "github-workflow-repository" {
				return true
			}
		}
	}
	return false
}

// reusable tells a workflow of another repository that nothing says for whom it
// ran.
func (l *linter) reusable(s *metadata.Signing, id identity, caller reach, r release) bool {
	if caller != anyone || l.repository == "" {
		return false
	}
	for _, text := range id.texts("subject") {
		own, ok := l.isOwn(text)
		if ok && !own {
			l.found.entry(s, id, "subject", ruleIdentityReusable, failure, r.target,
				"the workflow is in another repository than %s, and whoever calls it from a repository of their own has this identity: add source-repository", l.repository)
			return true
		}
	}
	return false
}

// isOwn reports whether a workflow is in the manifest's repository; ok is false
// where that can't be told.
func (l *linter) isOwn(workflow string) (own, ok bool) {
	host, path := split(written(workflow))
	ownHost, ownPath := split(l.repository)
	if host != "github.com" || ownHost == "" {
		return false, false
	}
	parts, ownParts := strings.SplitN(path, "/", 3), strings.SplitN(ownPath, "/", 3)
	if len(parts) < 2 || len(ownParts) < 2 || isOpen(parts[0]+parts[1]) {
		return false, false
	}
	return host == ownHost && strings.EqualFold(parts[0], ownParts[0]) && strings.EqualFold(parts[1], ownParts[1]), true
}

// refIsBound reports whether it takes a certain branch or a tag to have the
// identity: by the source, or by a subject, which says that of the repository
// where the workflow is.
func (l *linter) refIsBound(id identity) bool {
	for _, name := range []string{"source-ref", "source-digest", "github-workflow-ref", "github-workflow-sha"} {
		if texts := id.texts(name); texts != nil && !slices.ContainsFunc(texts, isAnyRef) {
			return true
		}
	}
	for _, name := range []string{"subject", "workflow"} {
		texts := id.texts(name)
		bound := texts != nil
		for _, text := range texts {
			own, known := l.isOwn(text)
			_, ref, has := cutLast(text, "@")
			bound = bound && has && !isAnyRef(ref) && (own || !known || name == "workflow")
		}
		if bound {
			return true
		}
	}
	return false
}

// isAnyRef reports whether a ref can be a branch that somebody pushes.
func isAnyRef(ref string) bool { return isOpen(ref) && !strings.HasPrefix(ref, "refs/tags/") }

// entry adds what is found at a claim.
func (f *findings) entry(s *metadata.Signing, id identity, claim, rule, severity, target, format string, args ...any) {
	for _, e := range id.entries {
		if e.Name == claim {
			e := e.Wrap(nil)
			f.at(&metadata.Signing{Name: e.Name, Table: e.Table, Line: e.Line}, e.Key, rule, severity, target, format, args...)
			return
		}
	}
	f.at(s, "identity", rule, severity, target, format, args...)
}
