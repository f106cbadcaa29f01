package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/version"
)

// The reasons for which an artifact is refused that was seen before, or others of
// whose name were, though its signature is valid.
var (
	// ErrPinMismatch: the same version was seen with other bytes.
	ErrPinMismatch = errors.New("not the bytes that were pinned")

	// ErrRollback: a higher version was seen, or one that has no order with this
	// one, or another one had these bytes, and nothing signed says which of them it
	// is. [Config].AllowRollback lets it pass.
	ErrRollback = errors.New("older than what was seen")

	// ErrSignerChanged: others have signed what was seen before, or nobody has
	// signed this. Of several signers each has to be known, or at least two of them,
	// and then the others are a warning, and vouch for nobody later: of the next
	// several, two must be others than they. [Config].AllowNewSigner makes it a warning.
	ErrSignerChanged = errors.New("signed by another than before")
)

// A Pin is what was seen of a release for a target: which bytes, and who had
// signed them. Name, Version and Target say of what it is.
type Pin struct {
	// Name, Version and Target are the variables of these names, of
	// [Artifact].Variables. Target may be "".
	//
	// Names and targets count to the letter: for pins my-tool is not My_Tool, and
	// whoever may write a name in several ways has to choose one of them. Versions
	// are one where their order is: 1.2, v1.2.0, 01.2 and 1.2.0+build, whose build
	// doesn't count in Semantic Versioning (https://semver.org/#spec-item-10), are
	// spellings of one release, which has its bytes once. One that has no order
	// counts to the letter, but for the v before its first digit.
	Name    string `json:"name"`
	Version string `json:"version"`
	Target  string `json:"target,omitempty"`

	// Digest is the artifact's SHA-256, and File the name that it had, "" where
	// that wasn't known. A File of another name is no other artifact.
	Digest algorithm.Digest `json:"-"` // the report has it among its own
	File   string           `json:"file,omitempty"`

	// Signers are who had signed, each once, in the order of their bytes: the
	// family and the key's fingerprint, such as "minisign SHA256:…", or the family
	// and the certificate's identity, with the repository of a release and the SHA-256 of
	// a trusted root that the table brought; for SSH certificates the authority's fingerprint and the principal. Without any it was nobody: a digest in a table
	// is no signature.
	//
	// A tag at the end of an identity, as in …/release.yml@refs/tags/v1.2.3, is
	// left out, since each release has its own. A branch stays: who can push one
	// can have a workflow of one's own run there.
	Signers []string `json:"signers,omitempty"`

	// Bound is what of name and version something signed had bound to these bytes.
	// A pin can stand in for a signature only where no more is demanded.
	Bound Binding `json:"bound,omitzero"`

	// FirstSeen is when these bytes were seen first, in whole seconds of UTC.
	FirstSeen time.Time `json:"first_seen"`
}

// Pins hold what was seen before, such as pin.File of package verify/pin. They
// are safe for concurrent use.
//
// A pin is kept before the artifact is placed, so that nobody else comes between,
// and stays where that fails afterwards, as on a full disk: it says what was
// verified, and not what is there. The same bytes pass again.
type Pins interface {
	// Update shows judge the pins of that name, and keeps the one that it returns,
	// in the place of that of the same name, version and target if there is one,
	// which it then has to the letter; nil keeps nothing. From the last time that judge is asked to the end nobody
	// else comes between, in this process or in another one, and the pin is kept
	// when Update returns nil. Update returns judge's error as it is, and then has
	// kept nothing. It ends with ctx. judge may be asked more than once, and the
	// last time counts.
	Update(ctx context.Context, name string, judge func(seen []Pin) (*Pin, error)) error
}

// pinRules are what a program demands of what was seen before.
type pinRules struct {
	pins           Pins
	allowRollback  bool
	allowNewSigner bool
	trust          bool
	now            func() time.Time
}

// A pinVerdict is what comes of comparing an artifact with what was seen.
type pinVerdict struct {
	pin      Pin  // that the artifact has now
	keep     *Pin // what is to be kept; nil: nothing
	warnings []string
	err      error
}

// judge compares what is there now with what was seen before.
func (rules *pinRules) judge(seen []Pin, now Pin) *pinVerdict {
	v := &pinVerdict{pin: now}
	for _, p := range seen {
		if p.isOf(now) && p.Digest != now.Digest {
			v.err = p.mismatch(now.Version, now.Digest)
			return v
		}
	}
	same := samePin(seen, now)
	signed := judgeSigners(seen, same, now)
	replay := replays(seen, same, now)
	for _, check := range []struct {
		err     error
		allowed bool
	}{{rollback(seen, now), rules.allowRollback}, {replay.err, rules.allowRollback}, {signed.err, rules.allowNewSigner}} {
		switch {
		case check.err != nil && !check.allowed:
			v.err = check.err
			return v
		case check.err != nil:
			v.warnings = append(v.warnings, check.err.Error()+": the program allows it")
		}
	}
	v.warn(replay.warning, signed.warning)
	if same == nil {
		v.warn(unordered(now))
		v.keep = &v.pin
		return v
	}
	var news bool
	if v.pin, news = same.again(now, signed.err != nil); news {
		v.keep = &v.pin
	}
	return v
}

func (v *pinVerdict) warn(warnings ...string) {
	for _, w := range warnings {
		if w != "" {
			v.warnings = append(v.warnings, w)
		}
	}
}

// A finding is what one of the rules has to say: an error that the program may
// allow, a warning, or nothing.
type finding struct {
	err     error
	warning string
}

// isOf reports whether two pins of one name are of the same release and target.
func (p Pin) isOf(other Pin) bool {
	return p.Target == other.Target && version.Canonical(p.Version) == version.Canonical(other.Version)
}

// samePin is the pin of the same release for the same target; nil: there is none.
func samePin(seen []Pin, now Pin) *Pin {
	for i, p := range seen {
		if p.isOf(now) {
			return &seen[i]
		}
	}
	return nil
}

// again is the pin of bytes that are seen once more, and whether that is news:
// somebody has signed them at last. changed: whoever had signed doesn't count any more.
// Who signs them besides is no news: those are known by their own releases, or new.
func (p Pin) again(now Pin, changed bool) (again Pin, news bool) {
	bound := p.Bound
	switch {
	case len(now.Signers) == 0: // who knows less doesn't take it away
		return p, false
	case changed || len(p.Signers) == 0:
		p.Signers, p.Bound = now.Signers, now.Bound
		return p, true
	case slices.Equal(p.Signers, now.Signers):
		p.Bound = bound.or(now.Bound)
		return p, p.Bound != bound
	}
	return p, false
}

// mismatch refuses other bytes than the pin's, under that spelling of the version.
func (p Pin) mismatch(spelling string, got algorithm.Digest) error {
	as := ""
	if spelling != p.Version {
		as = " as " + shortName(p.Version)
	}
	return fmt.Errorf("%w: %s %s has the %s %s, and on %s it had%s %s", ErrPinMismatch,
		shortName(p.Name), shortName(spelling), got.Name(), got.Hex(), p.day(), as, p.Digest.Hex())
}

// rollback compares the version with the others of the same target, and tells of
// the highest that is in its way.
func rollback(seen []Pin, now Pin) error {
	var highest *Pin
	for i, p := range seen {
		if p.Target != now.Target || p.isOf(now) {
			continue
		}
		order, ok := version.Compare(now.Version, p.Version)
		if !ok { // whatever a server announces must not be a way around the order
			return fmt.Errorf("%w: %s %s has no order with %s, which was seen on %s", ErrRollback,
				shortName(now.Name), shortName(now.Version), shortName(p.Version), p.day())
		}
		if order >= 0 {
			continue
		}
		if highest != nil {
			if order, _ := version.Compare(highest.Version, p.Version); order >= 0 {
				continue
			}
		}
		highest = &seen[i]
	}
	if highest == nil {
		return nil
	}
	return fmt.Errorf("%w: %s %s is lower than %s, which was seen on %s", ErrRollback,
		shortName(now.Name), shortName(now.Version), shortName(highest.Version), highest.day())
}

// unordered warns of a version that is pinned and stands in the way of all others.
func unordered(now Pin) string {
	if version.Ordered(now.Version) {
		return ""
	}
	return fmt.Sprintf("%s %s has no order with any other version: each will be refused as a rollback, unless that is allowed or this pin is deleted",
		shortName(now.Name), shortName(now.Version))
}

// replays finds a new release whose bytes are those of another one. Where nothing
// signed says which release they are, that is the older one under another name.
func replays(seen []Pin, same *Pin, now Pin) (f finding) {
	for _, p := range seen {
		if same != nil || p.Digest != now.Digest || version.Canonical(p.Version) == version.Canonical(now.Version) {
			continue
		}
		text := fmt.Sprintf("%s %s has the bytes of %s, which was seen on %s", shortName(now.Name), shortName(now.Version), shortName(p.Version), p.day())
		if now.Bound.Version {
			return finding{warning: text}
		}
		return finding{err: fmt.Errorf("%w: %s, and nothing signed binds the version", ErrRollback, text)}
	}
	return finding{}
}

func (p Pin) day() string { return p.FirstSeen.UTC().Format(time.DateOnly) }

func shortName(s string) string {
	const limit = 60
	return terminal.Limit(s, limit)
}
