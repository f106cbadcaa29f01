package verify

import (
	"fmt"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/version"
	"github.com/relseal/relseal/metadata"
)

// A lifetime is when a key of the table counts; the zero value is always.
type lifetime struct {
	notBefore, notAfter time.Time
	from, until         string // versions
}

func lifetimeOf(src metadata.Source) lifetime {
	return lifetime{src.NotBefore.UTC(), src.NotAfter.UTC(), src.FromVersion, src.UntilVersion}
}

// epoch refuses a release that isn't of the key's versions. The second error is
// one of the table or the program: versions that can't be compared.
func (l lifetime) epoch(of string) (retired, broken error) {
	for _, bound := range []struct {
		key, version string
		wrong        int
	}{{"from-version", l.from, -1}, {"until-version", l.until, 1}} {
		if bound.version == "" {
			continue
		}
		order, ok := version.Compare(of, bound.version)
		switch {
		case of == "":
			return nil, fmt.Errorf("%w: %s = %s, and the version of the release isn't known: set the variable version", algorithm.ErrMalformed, bound.key, quotedName(bound.version))
		case !ok:
			return nil, fmt.Errorf("%w: %s = %s can't be compared with the version %s", algorithm.ErrMalformed, bound.key, quotedName(bound.version), quotedName(of))
		case order == bound.wrong:
			retired = fmt.Errorf("%w: %s = %s, and this is version %s", algorithm.ErrKeyRetired, bound.key, quotedName(bound.version), quotedName(of))
		}
	}
	return retired, nil
}

// holds refuses a signature that wasn't made while its key counted. The time is
// the earliest that somebody else than the signer vouches for, since the
// signature was there by then; where nobody does it is now, as whoever has the
// key can sign today with any date.
func (l lifetime) holds(e *algorithm.Evidence, now time.Time) error {
	if l.notBefore.IsZero() && l.notAfter.IsZero() {
		return nil
	}
	at, how := now, "and no proof tells that it was made at another time than now, %s"
	for _, proved := range proofs(e) {
		if how == "made by %s" && !proved.Before(at) {
			continue
		}
		at, how = proved, "made by %s"
	}
	text := fmt.Sprintf(how, at.UTC().Format(time.RFC3339))
	switch {
	case !l.notBefore.IsZero() && at.Before(l.notBefore):
		return fmt.Errorf("%w: not-before = %s, %s", algorithm.ErrKeyRetired, l.notBefore.Format(time.RFC3339), text)
	case !l.notAfter.IsZero() && at.After(l.notAfter):
		return fmt.Errorf("%w: not-after = %s, %s", algorithm.ErrKeyRetired, l.notAfter.Format(time.RFC3339), text)
	}
	return nil
}

// proofs are the times that a timestamp authority or a log vouches for.
func proofs(e *algorithm.Evidence) []time.Time {
	times := slices.Clone(e.Timestamps)
	for _, entry := range e.LogEntries {
		if !entry.Time.IsZero() {
			times = append(times, entry.Time)
		}
	}
	return times
}

// outline tells the bounds by their names in the table.
func (l lifetime) outline(o *outline) {
	for _, bound := range []struct {
		name string
		at   time.Time
	}{{"not-before", l.notBefore}, {"not-after", l.notAfter}} {
		if !bound.at.IsZero() {
			o.add(bound.name, bound.at.Format(time.RFC3339))
		}
	}
	o.add("from-version", l.from)
	o.add("until-version", l.until)
}
