package cosign

import (
	"cmp"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/relseal/relseal/algorithm"
)

// A proof is what was found right beside the signature itself, and what
// wasn't looked at.
type proof struct {
	entries    []algorithm.LogEntry
	stamps     []time.Time // by timestamp authorities
	identity   map[string]string
	details    map[string]string
	root       *algorithm.TrustedRoot // that vouches for some of these; nil where none did
	notes      []string
	notChecked []string
	effort     effort
}

// times are those that authorities or logs have vouched for.
func (p *proof) times() []time.Time {
	times := slices.Clone(p.stamps)
	for _, e := range p.entries {
		if !e.Time.IsZero() {
			times = append(times, e.Time)
		}
	}
	return times
}

// signingTimes are all verified times of the signature. Where there is none and
// no log is demanded, it is now: a certificate that is valid still was so when
// it signed, or the signature would not be here yet.
func (p *proof) signingTimes(logged demand, now time.Time) ([]time.Time, error) {
	times := p.times()
	switch {
	case len(times) > 0:
		return times, nil
	case logged == waived:
		p.notChecked = append(p.notChecked, "signing time: nothing proves it, but the certificate is valid now")
		return []time.Time{now}, nil
	}
	return nil, fmt.Errorf("%w: nothing proves when it was signed (a signed entry timestamp or an RFC 3161 timestamp), "+
		"so nothing proves that the certificate was valid", algorithm.ErrInvalid)
}

// proveWithin checks everything that came along with a signature by one of the
// keys and needs no artifact: log entries and timestamps and, where a
// certificate signed, its chain and SCT at these times.
func (k *key) proveWithin(ctx context.Context, i *instance, s *signed, keys []*publicKey, demands policy) ([]*publicKey, *proof, error) {
	if k.release != nil {
		if err := k.release.checkRoot(i); err != nil {
			return nil, nil, err
		}
	}
	keys, err := i.named(keys, s)
	if err != nil {
		return nil, nil, err
	}
	// Only an entry's proof depends on the key, and with an entry there is one.
	p, by := new(proof), &signer{certificate: s.certificate, key: keys[0]}
	if err := p.checkLog(ctx, s, by, logs{i, k.root.all()}, demands.log); err != nil {
		return nil, nil, err
	}
	if err := p.checkTimestamps(ctx, s, i.TimestampingAuthorities()); err != nil {
		return nil, nil, err
	}
	if err := p.checkLogLife(i); err != nil {
		return nil, nil, err
	}
	if s.certificate != nil {
		if err := p.checkCertificate(ctx, s.issuance(), i, demands, k.now()); err != nil {
			return nil, nil, err
		}
	}
	if k.release != nil {
		if len(p.stamps) == 0 {
			return nil, nil, errReleaseTime
		}
		p.notChecked = append(p.notChecked, uncheckedBuilder)
	}
	p.setRoot(i, s.certificate != nil)
	return keys, p, nil
}

// setRoot says which trusted root vouched, if it did for anything.
func (p *proof) setRoot(trusted *instance, certified bool) {
	if !certified && len(p.entries) == 0 && len(p.stamps) == 0 {
		return
	}
	p.root = trusted.evidence()
	if trusted.table {
		p.notes = append(p.notes, "vouched for by the signing table's own trusted root (SHA-256 "+p.root.SHA256+"), not by the program's")
	}
}

// skip says what can't be checked without a trusted root.
func (p *proof) skip(s *signed, demands policy) error {
	if len(s.entries) > 0 {
		if demands.log != waived {
			return fmt.Errorf("%w: the signature has a transparency log entry, and there is no trusted root to check it with: "+
				"set one in cosign.Algorithm or in the table, or transparency-log = false", algorithm.ErrUnsupported)
		}
		p.notChecked = append(p.notChecked, "transparency log entry: no trusted root (transparency-log = false)")
	} else {
		p.notChecked = append(p.notChecked, "transparency log: no entry, and none is demanded")
	}
	if len(s.timestamps) > 0 {
		p.notChecked = append(p.notChecked, "signed timestamps: no trusted root")
	}
	return nil
}

// logs are those of an instance.
type logs struct {
	*instance

	beside []*instance // all of the trusted root; the entries of their logs must hold, too
}

// checkLog checks every entry: its inclusion proof and signed entry timestamp,
// and that it is about this signature, this signer and this digest. At least
// one must be of a log in the trusted root.
func (p *proof) checkLog(ctx context.Context, s *signed, by *signer, in logs, d demand) error {
	if len(s.entries) == 0 {
		if d == demanded {
			return fmt.Errorf("%w: a transparency log entry is demanded, and this %s has none", algorithm.ErrInvalid, s.form)
		}
		p.notChecked = append(p.notChecked, "transparency log: no entry, and none is demanded")
		return nil
	}
	for i, entry := range s.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if slices.ContainsFunc(s.entries[:i], entry.sameAs) {
			return fmt.Errorf("%w: the same log entry twice", algorithm.ErrInvalid)
		}
		who := *by // of each entry, its time
		if err := p.checkEntry(s, &who, entry, in); err != nil {
			return err
		}
	}
	if len(p.entries) == 0 {
		return errUnknownLog
	}
	return nil
}

// checkEntry checks one entry. Beside others, one of a log that the trusted
// root doesn't have in any instance is left out, as sigstore-go does it.
func (p *proof) checkEntry(s *signed, by *signer, entry *logEntry, in logs) error {
	log, known := in.log(entry)
	if !known {
		return p.checkForeign(s, by, entry, in)
	}
	if err := keepLogLines(entry, log.PublicKey); err != nil {
		return err
	}
	if err := entry.verify(s, by, log); err != nil {
		return logError(err, by, entry)
	}
	var at time.Time
	if entry.hasPromise() { // an inclusion proof vouches for no time
		at = entry.time().UTC()
	}
	if !entry.hasProof() {
		p.notChecked = append(p.notChecked, "inclusion proof of the log entry: it came with a signed entry timestamp alone")
	}
	p.entries = append(p.entries, in.logged(entry, at))
	return nil
}

// checkForeign checks an entry of a log that the instance doesn't have. Where
// another one has it, it must hold there, though it proves nothing here: no time
// and no entry.
func (p *proof) checkForeign(s *signed, by *signer, entry *logEntry, in logs) error {
	var refused error
	for _, other := range in.beside {
		if _, known := other.log(entry); !known {
			continue
		}
		err := new(proof).checkEntry(s, by, entry, logs{instance: other})
		if err == nil {
			p.notes = append(p.notes, fmt.Sprintf("an entry of log %.64s, of another trusted root (SHA-256 %x), holds and counts for nothing", logID(entry), other.sum))
			return nil
		}
		refused = cmp.Or(refused, err)
	}
	if refused == nil {
		p.notChecked = append(p.notChecked, fmt.Sprintf("a log entry of log %.64s, which the trusted root doesn't have", logID(entry)))
	}
	return refused
}

// provedIndex is the index that was checked. That of a Rekor v1 entry itself
// counts through all shards of the log, and only a signed entry timestamp
// vouches for it; without one, the index in the shard is what is proved. Below a
// checkpoint of Rekor v2 there are no shards, whichever body came along.
func provedIndex(entry *logEntry) int64 {
	if entry.isRekorV2() || entry.hasPromise() || !hasTreeID(entry.checkpoint()) {
		return entry.GetLogIndex()
	}
	return entry.GetInclusionProof().GetLogIndex()
}

func logError(err error, by *signer, entry *logEntry) error {
	// Only a signed entry timestamp makes the entry's time more than a claim.
	if t := by.outside; !t.IsZero() && entry.hasPromise() {
		return lifeError(t, by.certificate)
	}
	return fmt.Errorf("%w: log entry: %w", algorithm.ErrInvalid, err)
}

// lifeError says that the certificate wasn't valid when it signed.
func lifeError(t time.Time, cert *x509.Certificate) error {
	if t.Before(cert.NotBefore) {
		return fmt.Errorf("%w: signed at %s, with a certificate valid from %s", algorithm.ErrNotYetValid, t.UTC(), cert.NotBefore.UTC())
	}
	return fmt.Errorf("%w: signed at %s, with a certificate valid until %s", algorithm.ErrKeyExpired, t.UTC(), cert.NotAfter.UTC())
}

// checkCertificate checks the chain at every verified time, and the SCT.
func (p *proof) checkCertificate(ctx context.Context, cert *issued, material root.TrustedMaterial, demands policy, now time.Time) error {
	times, err := p.signingTimes(demands.log, now)
	if err != nil {
		return err
	}
	allowOtherName(cert.Certificate)
	var chains [][]*x509.Certificate
	for _, t := range times {
		if !within(t, cert.NotBefore, cert.NotAfter) {
			return lifeError(t, cert.Certificate)
		}
		if chains, err = p.effort.chainsAt(ctx, t, cert, material); err != nil {
			return err
		}
	}
	switch {
	case demands.sct == waived:
		p.notChecked = append(p.notChecked, "signed certificate timestamp (sct = false)")
		return nil
	case demands.sct == ifThere && !hasSCT(cert.Certificate):
		p.notChecked = append(p.notChecked, "signed certificate timestamp: the authority has no log of its certificates")
		return nil
	}
	if err := p.effort.checkSCTs(ctx, cert.Certificate, chains, material); err != nil {
		return err
	}
	p.notes = append(p.notes, "the certificate's signed certificate timestamp was checked")
	return nil
}

// hasSCT reports whether a certificate has signed certificate timestamps
// (RFC 6962, section 3.3).
func hasSCT(cert *x509.Certificate) bool {
	return slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return isSCTs(e.Id) })
}

// allowOtherName takes the SAN from the critical extensions that crypto/x509
// can't handle. It can't where the SAN is an OtherName (Fulcio's user names),
// and the SAN is read elsewhere anyway.
func allowOtherName(cert *x509.Certificate) {
	cert.UnhandledCriticalExtensions = slices.DeleteFunc(cert.UnhandledCriticalExtensions, func(oid asn1.ObjectIdentifier) bool {
		return oid.Equal(cryptoutils.SANOID)
	})
}
