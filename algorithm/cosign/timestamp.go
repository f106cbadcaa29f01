package cosign

import (
	"context"
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// checkTimestamps checks the RFC 3161 timestamps. One that doesn't verify is
// left out, as sigstore-go does it: it may be of an authority that this trusted
// root doesn't know. All others count, several of one authority too: which of
// them stands first must not matter.
func (p *proof) checkTimestamps(ctx context.Context, s *signed, authorities []root.TimestampingAuthority) error {
	failed := 0
	for _, response := range s.timestamps {
		stamp, err := p.verifyTimestamp(ctx, response, s.signature, authorities)
		if err != nil {
			return err
		}
		if stamp == nil {
			failed++
			continue
		}
		p.stamps = append(p.stamps, stamp.Time.UTC())
	}
	if failed > 0 {
		p.notChecked = append(p.notChecked, fmt.Sprintf("%d of %d signed timestamps, which can't be verified with this trusted root",
			failed, len(s.timestamps)))
	}
	return nil
}

// verifyTimestamp returns nil where no authority vouches for the timestamp. The
// error is that of [effort.spend].
func (p *proof) verifyTimestamp(ctx context.Context, response, signature []byte, authorities []root.TimestampingAuthority) (*root.Timestamp, error) {
	if err := p.effort.spend(ctx, 1); err != nil {
		return nil, err
	}
	t, err := readToken(response)
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // left out like one that doesn't verify
	}
	for _, authority := range authorities {
		n := t.effortBy(authority)
		if n == 0 {
			continue
		}
		if err := p.effort.spend(ctx, n); err != nil {
			return nil, err
		}
		if stamp, err := authority.Verify(response, signature); err == nil {
			return stamp, nil
		}
	}
	return nil, nil //nolint:nilnil // as above
}

// checkLogLife checks the life of the log's key for entries to which the log
// itself gives no time, against the times that there are. sigstore-go has
// checked the others at the log's own time.
func (p *proof) checkLogLife(material root.TrustedMaterial) error {
	logs := material.RekorLogs()
	for _, e := range p.entries {
		if !e.Time.IsZero() {
			continue
		}
		if len(p.stamps) == 0 {
			p.notChecked = append(p.notChecked, "life of the log's key: nothing proves when the entry was logged")
		}
		for _, t := range p.stamps {
			if !within(t, logs[e.LogID].ValidityPeriodStart, logs[e.LogID].ValidityPeriodEnd) {
				return fmt.Errorf("%w: signed at %s, when the log's key wasn't valid", algorithm.ErrInvalid, t)
			}
		}
	}
	return nil
}
