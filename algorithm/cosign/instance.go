package cosign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
)

// An instance is one sigstore: authorities and logs that belong together. A
// signature is judged within one, never by the authority of one and the log of
// another.
type instance struct {
	root.TrustedMaterial

	sum     [sha256.Size]byte // of its JSON
	name    string            // whose it is, where that is known
	table   bool              // the signing table brought it
	fetched time.Time         // zero where it wasn't
}

// log returns the log of an entry.
func (i *instance) log(entry *logEntry) (log *root.TransparencyLog, known bool) {
	log, known = i.RekorLogs()[logID(entry)]
	return log, known
}

func logID(entry *logEntry) string { return hex.EncodeToString(entry.GetLogId().GetKeyId()) }

// evidence says which trusted root it is.
func (i *instance) evidence() *algorithm.TrustedRoot {
	return &algorithm.TrustedRoot{SHA256: hex.EncodeToString(i.sum[:]), Name: i.name, FromTable: i.table}
}

// logged is the evidence of an entry that was checked.
func (i *instance) logged(entry *logEntry, at time.Time) algorithm.LogEntry {
	l := algorithm.LogEntry{LogID: logID(entry), Index: provedIndex(entry), Time: at}
	if log, ok := i.log(entry); ok {
		l.Log = terminal.Limit(log.BaseURL, maxDetail)
	}
	// The page knows the entries of Rekor v1, by the index through all shards.
	if i.name == publicGood && !entry.isRekorV2() && entry.hasPromise() {
		l.URL = fmt.Sprintf("https://search.sigstore.dev/?logIndex=%d", l.Index)
	}
	return l
}

// candidates are the instances that can vouch for a signature: those that
// issued its certificate or, without one, that have the log of an entry. Where
// there is no entry either, they are all: one may know a timestamp.
func (r *TrustedRoot) candidates(ctx context.Context, s *signed) ([]*instance, error) {
	switch {
	case s.certificate != nil:
		return issuingInstances(ctx, s.issuance(), r.instances)
	case len(s.entries) > 0:
		loggers := slices.DeleteFunc(slices.Clone(r.instances), func(i *instance) bool {
			return !slices.ContainsFunc(s.entries, func(e *logEntry) bool { _, known := i.log(e); return known })
		})
		if len(loggers) == 0 {
			return nil, errUnknownLog
		}
		return loggers, nil
	}
	return r.instances, nil
}

// issuingInstances are the instances that issued a certificate, at least one.
func issuingInstances(ctx context.Context, cert *issued, among []*instance) ([]*instance, error) {
	var issuers []*instance
	for _, i := range among {
		err := checkIssued(ctx, cert, i)
		switch {
		case err == nil:
			issuers = append(issuers, i)
		case !errors.Is(err, errNotIssued):
			return nil, err
		}
	}
	if len(issuers) == 0 {
		return nil, errNotIssued
	}
	return issuers, nil
}

// demanding are the instances of which [policy.of] asks what they demand: the
// candidates and, where the table chose one of the program's, also those that it
// didn't choose and that issued the certificate, too.
func (r *TrustedRoot) demanding(ctx context.Context, s *signed, candidates []*instance) ([]*instance, error) {
	if s.certificate == nil || r.chosenFrom == nil {
		return candidates, nil
	}
	return issuingInstances(ctx, s.issuance(), r.chosenFrom)
}

// all are the instances that the program or else the table trusts, chosen or not.
func (r *TrustedRoot) all() []*instance {
	if r.chosenFrom != nil {
		return r.chosenFrom
	}
	return r.instances
}

var errUnknownLog = fmt.Errorf("%w: the log entry is of a log that the trusted root doesn't have", algorithm.ErrInvalid)

// prove checks what came along with a signature within the first instance that
// vouches for it, and returns which of the keys may have signed.
func (k *key) prove(ctx context.Context, s *signed, keys []*publicKey) ([]*publicKey, *proof, error) {
	// A certificate tells the instance, so that the entries of one that nobody
	// issued cost nothing.
	if s.certificate == nil || k.root == nil {
		if err := s.parseEntries(ctx); err != nil {
			return nil, nil, err
		}
	}
	if k.root == nil {
		p := new(proof)
		return keys, p, p.skip(s, k.policy)
	}
	candidates, err := k.root.candidates(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	if err := s.parseEntries(ctx); err != nil {
		return nil, nil, err
	}
	if err := s.budget().spendTimestamps(len(s.timestamps)); err != nil {
		return nil, nil, err
	}
	demanding, err := k.root.demanding(ctx, s, candidates)
	if err != nil {
		return nil, nil, err
	}
	demands := k.policy.of(demanding)
	var refused error
	var signers []*publicKey // and proof, where nothing was to be vouched for
	var unvouched *proof
	for _, i := range candidates {
		named, p, err := k.proveWithin(ctx, i, s, keys, demands)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case err == nil && p.root != nil:
			return named, p, nil
		case err == nil && unvouched == nil:
			signers, unvouched = named, p
		case err != nil && refused == nil:
			refused = err
		case err != nil:
			refused = fmt.Errorf("%w; and by another trusted root: %w", refused, err)
		}
	}
	if unvouched != nil {
		return signers, unvouched, nil
	}
	return nil, nil, refused
}
