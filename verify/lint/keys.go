package lint

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/version"
	"github.com/relseal/relseal/metadata"
)

// keys judges what the table trusts, key by key, and returns the table with
// stand-ins for those that nothing can be planned with.
func (l *linter) keys(s *metadata.Signing) *judged {
	work := *s
	work.Alternatives = nil
	work.Fields = l.contents(s)
	work.Keys = slices.Clone(s.Keys)
	j := &judged{table: &work, whole: true}
	counts := 0
	for i, src := range s.Keys {
		key, text := l.key(s, src)
		work.Keys[i].Inline, work.Keys[i].File = text, ""
		if text == "" {
			work.Keys[i].URL, work.Keys[i].SHA256 = standIn, strings.Repeat("0", 64)
		}
		if key == nil {
			j.whole = false
			counts++ // as far as can be seen
			continue
		}
		for _, id := range key.IDs() {
			j.ids = with(j.ids, id)
		}
		if l.alive(s, src, key) {
			counts++
		}
	}
	if len(s.Keys) > 0 && counts == 0 {
		l.found.at(s, s.Keys[0].Key, ruleKeyRetired, failure, "", "none of the table's keys counts for this release now: no signature of today can pass")
	}
	l.threshold(s, j)
	l.switches(s)
	return j
}

// contents tells documents that nothing holds to what they are, and leaves them
// out: they aren't read here.
func (l *linter) contents(s *metadata.Signing) (others []metadata.Field) {
	for _, f := range s.Fields {
		document := slices.ContainsFunc(l.family(s).Fields(), func(known algorithm.Field) bool {
			return known.Name == f.Name && known.Kind == algorithm.Content
		})
		src, err := f.Source()
		if !document || err != nil {
			others = append(others, f)
			continue
		}
		src.Key, src.Line = f.Name, f.Line
		l.pinned(s, src)
		if f.Name == "trusted-root" {
			l.found.atKey(s, src, ruleRootFromTable, note, "whoever writes the table decides who vouches for the identity, and an installer has to allow that by name")
		}
	}
	return others
}

// family is the table's, which is known.
func (l *linter) family(s *metadata.Signing) algorithm.Algorithm {
	return l.c.Algorithms[slices.IndexFunc(l.c.Algorithms, func(a algorithm.Algorithm) bool { return a.Name() == s.Algorithm })]
}

// pinned reports whether a document is held to what it is, and tells if not.
func (l *linter) pinned(s *metadata.Signing, src metadata.Source) bool {
	if src.URL == "" || src.SHA256 != "" {
		return true
	}
	l.found.atKey(s, src, ruleURLWithoutDigest, failure, "%s has a url without sha256: who can replace what is there could sign", src.Key)
	return false
}

// key judges one key, which is nil where that can't be done, and returns its text;
// "" where nothing can be planned with it.
func (l *linter) key(s *metadata.Signing, src metadata.Source) (algorithm.Key, string) {
	if !l.pinned(s, src) || src.URL != "" {
		return nil, ""
	}
	text := src.Inline
	if src.File != "" {
		if l.c.ManifestFS == nil {
			return nil, ""
		}
		var err error
		if text, err = readKey(l.c.ManifestFS, src.File); err != nil {
			l.found.atKey(s, src, ruleKeyMissing, failure, "%s: %v", src.Key, err)
			return nil, ""
		}
	}
	key, err := family{l.family(s), l.seen}.Key(algorithm.Trust{PublicKeys: []string{text}})
	switch why := placeholder(text, err != nil); {
	case secret(text):
		l.found.atKey(s, src, ruleKeySecret, failure, "%s is a secret key: who reads the table can sign; make a new pair, and never use this one again", src.Key)
	case why != "":
		l.found.atKey(s, src, ruleKeyPlaceholder, failure, "%s is no key of the publisher's: %s", src.Key, why)
	case errors.Is(err, algorithm.ErrIdentity): // with what else the table says it may be one
		return nil, text
	case errors.Is(err, algorithm.ErrWeak):
		l.found.atKey(s, src, ruleKeyWeak, failure, "%s: %v", src.Key, err)
	case err != nil:
		l.found.atKey(s, src, ruleKeyUnparsable, failure, "%s: %v", src.Key, err)
	default:
		return key, text
	}
	if err != nil {
		return nil, ""
	}
	return key, text
}

const maxKeyFile = 4 << 20 // as package verify's documents

func readKey(folder fs.FS, name string) (string, error) {
	info, err := fs.Stat(folder, name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%w: no regular file", algorithm.ErrUnsupported) // a pipe never answers
	}
	f, err := folder.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(text) > maxKeyFile {
		err = fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, maxKeyFile)
	}
	return string(text), err
}

// alive tells when a key ends, and whether it counts for this release now.
func (l *linter) alive(s *metadata.Signing, src metadata.Source, key algorithm.Key) bool {
	alive := l.ofVersion(s, src)
	if src.NotBefore.After(l.now) {
		l.found.atKey(s, src, ruleKeyNotYet, note, "%s counts from %s on, in %s", src.Key, day(src.NotBefore), days(src.NotBefore.Sub(l.now)))
		alive = false
	}
	switch left := src.NotAfter.Sub(l.now); {
	case src.NotAfter.IsZero():
	case left < 0:
		l.found.atKey(s, src, ruleKeyRetired, note, "%s is retired since %s: what it signs from now on isn't accepted", src.Key, day(src.NotAfter))
		alive = false
	case left < l.c.ExpiresWithin:
		l.found.atKey(s, src, ruleKeyExpires, warning, "%s expires in %s, on %s, by the table's not-after", src.Key, days(left), day(src.NotAfter))
	}
	if revocable, ok := key.(algorithm.RevocableKey); ok {
		if err := revocable.Revoked(); err != nil { // which ends a key as well, and says more than its end
			l.found.atKey(s, src, ruleKeyRevoked, failure, "%s: %v", src.Key, err)
			return false
		}
	}
	expiring, ok := key.(algorithm.ExpiringKey)
	if !ok || expiring.Expires().IsZero() {
		return alive
	}
	switch end := expiring.Expires(); {
	case !end.After(l.now):
		l.found.atKey(s, src, ruleKeyExpired, failure, "%s has expired on %s: no signature that is made with it from then on is accepted", src.Key, day(end))
		return false
	case end.Sub(l.now) < l.c.ExpiresWithin:
		l.found.atKey(s, src, ruleKeyExpires, warning, "%s expires in %s, on %s: prolong it or add its successor", src.Key, days(end.Sub(l.now)), day(end))
	}
	return alive
}

// ofVersion reports whether a key is for the version of this release.
func (l *linter) ofVersion(s *metadata.Signing, src metadata.Source) bool {
	of := cmp.Or(l.c.Version, l.c.Variables["version"])
	if of == "" && l.manifest != nil {
		of = l.manifest.Version
	}
	// Nothing is before or behind a version that isn't there, or has no order.
	if order, _ := version.Compare(of, src.UntilVersion); order > 0 {
		l.found.atKey(s, src, ruleKeyRetired, note, "%s is retired since version %s: it isn't accepted for this one", src.Key, src.UntilVersion)
		return false
	}
	if order, _ := version.Compare(of, src.FromVersion); order < 0 {
		l.found.atKey(s, src, ruleKeyNotYet, note, "%s counts from version %s on", src.Key, src.FromVersion)
		return false
	}
	return true
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

// threshold tells one that the keys, or the files, can't reach. Of an identity
// nobody knows how many signers it has.
func (l *linter) threshold(s *metadata.Signing, j *judged) {
	single := slices.Contains([]string{"minisign", "signify"}, s.Algorithm) // a file of theirs holds one signature
	switch {
	case s.Threshold > len(j.ids) && j.whole && !hasField(s, "identity") && !hasField(s, "release") && len(s.Keys) > 0:
		l.found.at(s, "threshold", ruleThreshold, failure, "", "signatures by %d distinct keys are demanded, and the table has %d", s.Threshold, len(j.ids))
	case s.Threshold > 1 && s.Files == nil && single:
		l.found.at(s, "threshold", ruleThreshold, failure, "", "signatures by %d distinct keys are demanded, and a file by %s holds one: name them in files", s.Threshold, s.Algorithm)
	}
}

// switches tells what of a keyless signature's proofs the table does without.
func (l *linter) switches(s *metadata.Signing) {
	for _, f := range s.Fields {
		if f.Name != "transparency-log" && f.Name != "sct" {
			continue
		}
		if on, err := f.Truth(); err != nil || on {
			continue
		}
		severity, text := warning, "%s = false: nobody would see that somebody else got a certificate for the identity"
		if !hasField(s, "identity") {
			severity, text = note, "%s = false: nobody would see what else is signed with the key"
		}
		l.found.at(s, f.Name, ruleNoTransparency, severity, "", text, f.Name)
	}
}
