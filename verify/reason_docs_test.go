package verify

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

// TestReasonDocs: docs/errors.md has a section for each reason, with the exit code
// and the name of a sentinel that it is told by, and none for others.
func TestReasonDocs(t *testing.T) {
	page := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "errors.md")))
	sections := map[string]string{}
	for _, text := range strings.Split(page, "\n### ")[1:] {
		name, rest, _ := strings.Cut(text, "\n")
		rest, _, _ = strings.Cut(rest, "\n## ")
		if sections[name] != "" {
			t.Errorf("two sections %q", name)
		}
		sections[name] = strings.TrimSpace(rest)
	}
	wanted := map[string]int{"other": exitOther}
	for _, r := range reasons() {
		if code, ok := wanted[r.name]; ok && code != r.exitCode {
			t.Errorf("%s has the exit codes %d and %d", r.name, code, r.exitCode)
		}
		wanted[r.name] = r.exitCode
	}
	for name, code := range wanted {
		if !strings.HasPrefix(sections[name], fmt.Sprintf("Exit code %d", code)) {
			t.Errorf("%s: the page has %.40q, want the exit code %d", name, sections[name], code)
		}
	}
	sentinels := documentedSentinels()
	for name, text := range sections {
		if _, ok := wanted[name]; !ok {
			t.Errorf("the page has %q, which is no reason", name)
		}
		first, _, _ := strings.Cut(text, ". ")
		m := regexp.MustCompile("`((?:verify|algorithm)\\.Err[A-Za-z]+)`").FindStringSubmatch(first)
		if m == nil {
			continue
		}
		err, known := sentinels[m[1]]
		if !known || reasonName(err) != name {
			t.Errorf("%s: the page names %s, whose reason is %q", name, m[1], reasonName(err))
		}
		delete(sentinels, m[1])
	}
	for name, err := range sentinels {
		t.Errorf("no section names %s (%s)", name, reasonName(err))
	}
	named := slices.Collect(maps.Values(documentedSentinels()))
	named = append(named, algorithm.ErrNoSignature, template.ErrURL) // of which others have the word
	for _, r := range reasons() {
		if r.sentinel != nil && !slices.Contains(named, r.sentinel) {
			t.Errorf("the sentinel of %s isn't in this test", r.name)
		}
	}
}

func reasonName(err error) string {
	r, _ := reasonOf(err)
	return r.name
}

// documentedSentinels are those that a section may name.
func documentedSentinels() map[string]error {
	return map[string]error{
		"verify.ErrNotDeclared": ErrNotDeclared, "verify.ErrMissing": ErrMissing, "verify.ErrUnreachable": ErrUnreachable,
		"verify.ErrNotModified": ErrNotModified, "verify.ErrURL": ErrURL, "verify.ErrTLS": ErrTLS, "verify.ErrNoFetcher": ErrNoFetcher,
		"verify.ErrChanged": ErrChanged, "verify.ErrNotAccepted": ErrNotAccepted, "verify.ErrDestination": ErrDestination,
		"verify.ErrUnverified": ErrUnverified, "verify.ErrPinMismatch": ErrPinMismatch, "verify.ErrRollback": ErrRollback,
		"verify.ErrSignerChanged": ErrSignerChanged,

		"algorithm.ErrUnsupported": algorithm.ErrUnsupported, "algorithm.ErrMalformed": algorithm.ErrMalformed,
		"algorithm.ErrTooLarge": algorithm.ErrTooLarge, "algorithm.ErrWrongKey": algorithm.ErrWrongKey, "algorithm.ErrWeak": algorithm.ErrWeak,
		"algorithm.ErrLegacy": algorithm.ErrLegacy, "algorithm.ErrKeyExpired": algorithm.ErrKeyExpired,
		"algorithm.ErrSignatureExpired": algorithm.ErrSignatureExpired, "algorithm.ErrNotYetValid": algorithm.ErrNotYetValid,
		"algorithm.ErrRevoked": algorithm.ErrRevoked, "algorithm.ErrUserPresence": algorithm.ErrUserPresence,
		"algorithm.ErrIdentity": algorithm.ErrIdentity, "algorithm.ErrPredicate": algorithm.ErrPredicate,
		"algorithm.ErrNameMismatch": algorithm.ErrNameMismatch, "algorithm.ErrVersionMismatch": algorithm.ErrVersionMismatch,
		"algorithm.ErrKeyRetired": algorithm.ErrKeyRetired, "algorithm.ErrRootStale": algorithm.ErrRootStale,
		"algorithm.ErrThreshold": algorithm.ErrThreshold, "algorithm.ErrInvalid": algorithm.ErrInvalid,
	}
}
