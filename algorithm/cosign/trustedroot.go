package cosign

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxTrustedRoot = 4 << 20 // bytes; GitHub's has 29 kB
	maxAuthorities = 64      // for certificates and for timestamps, in all
	maxLogs        = 64      // of both kinds, in all
	maxInstances   = 16
	maxChain       = 8 // certificates of an authority
)

// A TrustedRoot holds whom to trust: certificate authorities, transparency
// logs, certificate transparency logs and timestamp authorities, each with the
// time in which it is to be trusted; of one instance of sigstore, or of several.
// A signature is judged within one of them: that whose authority issued the
// certificate, with the logs and timestamp authorities of the same. Where several
// have that authority, what any of them demands is demanded: an entry in a log if
// one of them has transparency logs, and an SCT if one has logs of certificates.
//
// It is parsed once and safe for concurrent use by any number of verifications;
// to refresh it, make a new one.
type TrustedRoot struct {
	instances []*instance

	// The program's instances where the table chose one of them, nil otherwise.
	// Those that weren't chosen vouch for nothing, and can refuse.
	chosenFrom []*instance
}

// ParseTrustedRoot parses a trusted root of sigstore, as JSON: what cosign
// calls trusted_root.json
// (https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto),
// or several of them, one behind the other, as `gh attestation trusted-root`
// prints them. A validFor has a start, and an end where there is one.
//
// The error wraps [algorithm.ErrMalformed], [algorithm.ErrTooLarge] beyond 4
// MiB, 16 384 JSON values, 16 trusted roots, 64 authorities, 64 logs (each in
// all) or 8 certificates of one authority, and [algorithm.ErrUnsupported] for an
// RSA key of over 4096 bits or with an exponent over 65 537.
func ParseTrustedRoot(json []byte) (*TrustedRoot, error) {
	tr, err := parseTrustedRoot(json)
	if err != nil {
		return nil, forPeople(fmt.Errorf("trusted root: %w", err))
	}
	return tr, nil
}

func parseTrustedRoot(text []byte) (*TrustedRoot, error) {
	if len(text) > maxTrustedRoot {
		return nil, fmt.Errorf("%w: %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxTrustedRoot)
	}
	if err := new(counter).add(text); err != nil {
		return nil, err
	}
	documents, err := splitRoots(text)
	if err != nil {
		return nil, err
	}
	tr := new(TrustedRoot)
	for n, document := range documents {
		i, err := parseInstance(document)
		if err != nil && len(documents) > 1 {
			err = fmt.Errorf("number %d: %w", n+1, err)
		}
		if err != nil {
			return nil, err
		}
		tr.instances = append(tr.instances, i)
	}
	return tr, tr.checkSize()
}

// space is what may stand around a JSON value.
const space = " \t\r\n"

// splitRoots splits the trusted roots. One alone may be written in lines and is
// taken as it is, so that its digest is the file's. It copies nothing, as a
// [json.Decoder] does several times over.
func splitRoots(text []byte) ([][]byte, error) {
	var documents [][]byte
	for rest := bytes.Trim(text, space); len(rest) > 0 || len(documents) == 0; {
		document := rest[:lenDocument(rest)]
		if err := json.Unmarshal(document, new(unread)); err != nil {
			return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
		}
		if len(documents) == maxInstances {
			return nil, errManyInstances
		}
		documents = append(documents, document)
		rest = bytes.TrimLeft(rest[len(document):], space)
	}
	if len(documents) == 1 {
		return [][]byte{text}, nil
	}
	return documents, nil
}

// unread is any JSON value.
type unread struct{}

func (*unread) UnmarshalJSON([]byte) error { return nil }

func parseInstance(text []byte) (*instance, error) {
	pb, err := root.NewTrustedRootProtobuf(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	if err := checkRootSize(pb); err != nil {
		return nil, err
	}
	if err := checkLives(pb); err != nil {
		return nil, err
	}
	material, err := root.NewTrustedRootFromProtobuf(pb)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	if err := checkRootKeys(material); err != nil {
		return nil, err
	}
	return &instance{TrustedMaterial: newCached(material), sum: sha256.Sum256(text), name: rootName(pb)}, nil
}

// JoinTrustedRoots makes one trusted root of several, so that an [Algorithm]
// takes what an authority of any of them issued. One that is there twice counts
// once, as it was fetched last, and nil is none. The error wraps [algorithm.ErrTooLarge] beyond
// the limits of [ParseTrustedRoot], and [algorithm.ErrMalformed] where there is
// none.
func JoinTrustedRoots(roots ...*TrustedRoot) (*TrustedRoot, error) {
	all := new(TrustedRoot)
	for _, r := range roots {
		if r == nil {
			continue
		}
		for _, i := range r.instances {
			at := slices.IndexFunc(all.instances, func(have *instance) bool { return have.sum == i.sum })
			switch {
			case at < 0:
				all.instances = append(all.instances, i)
			case i.fetched.After(all.instances[at].fetched):
				all.instances[at] = i
			}
		}
	}
	if len(all.instances) == 0 {
		return nil, fmt.Errorf("%w: no trusted root", algorithm.ErrMalformed)
	}
	if err := all.checkSize(); err != nil {
		return nil, fmt.Errorf("trusted root: %w", err)
	}
	return all, nil
}

var errManyInstances = fmt.Errorf("%w: more than %d trusted roots", algorithm.ErrTooLarge, maxInstances)

// checkSize bounds all instances together, as a signature may be tried with
// each.
func (r *TrustedRoot) checkSize() error {
	authorities, logs := 0, 0
	for _, i := range r.instances {
		authorities += len(i.FulcioCertificateAuthorities()) + len(i.TimestampingAuthorities())
		logs += len(i.RekorLogs()) + len(i.CTLogs())
	}
	switch {
	case len(r.instances) > maxInstances:
		return errManyInstances
	case authorities > maxAuthorities:
		return fmt.Errorf("%w: %d authorities, and %d are the most", algorithm.ErrTooLarge, authorities, maxAuthorities)
	case logs > maxLogs:
		return fmt.Errorf("%w: %d logs, and %d are the most", algorithm.ErrTooLarge, logs, maxLogs)
	}
	return nil
}

// checkRootSize bounds what a signature's checks multiply with.
func checkRootSize(pb *prototrustroot.TrustedRoot) error {
	authorities := append(pb.GetCertificateAuthorities(), pb.GetTimestampAuthorities()...)
	if n := len(authorities); n > maxAuthorities {
		return fmt.Errorf("%w: %d authorities, and %d are the most", algorithm.ErrTooLarge, n, maxAuthorities)
	}
	for _, a := range authorities {
		if n := len(a.GetCertChain().GetCertificates()); n > maxChain {
			return fmt.Errorf("%w: an authority of %d certificates, and %d are the most", algorithm.ErrTooLarge, n, maxChain)
		}
	}
	if n := len(pb.GetTlogs()) + len(pb.GetCtlogs()); n > maxLogs {
		return fmt.Errorf("%w: %d logs, and %d are the most", algorithm.ErrTooLarge, n, maxLogs)
	}
	return nil
}

// checkLives refuses the times that would count as no bound, and aren't meant so:
// one without a begin, which sigstore_common.proto doesn't know, and an end at
// the zero time. An authority may have none at all, and lives as its certificates
// do; of a log sigstore-go demands one.
func checkLives(pb *prototrustroot.TrustedRoot) error {
	for _, a := range slices.Concat(pb.GetCertificateAuthorities(), pb.GetTimestampAuthorities()) {
		if err := checkLife(a.GetValidFor(), a.GetUri()); err != nil {
			return err
		}
	}
	for _, l := range slices.Concat(pb.GetTlogs(), pb.GetCtlogs()) {
		if err := checkLife(l.GetPublicKey().GetValidFor(), l.GetBaseUrl()); err != nil {
			return err
		}
	}
	return nil
}

func checkLife(life *protocommon.TimeRange, of string) error {
	switch {
	case life == nil:
	case life.GetStart() == nil:
		return fmt.Errorf("%w: validFor of %.200q has no start", algorithm.ErrMalformed, of)
	case life.GetEnd() != nil && life.GetEnd().AsTime().IsZero():
		return fmt.Errorf("%w: validFor of %.200q ends in the year 1", algorithm.ErrMalformed, of)
	}
	return nil
}

func checkRootKeys(material root.TrustedMaterial) error {
	for _, ca := range material.FulcioCertificateAuthorities() {
		for _, cert := range certificatesOf(ca) {
			if err := checkOthersKey(cert.PublicKey); err != nil {
				return err
			}
		}
	}
	for _, tsa := range material.TimestampingAuthorities() {
		for _, cert := range timestampCertificates(tsa) {
			if err := checkOthersKey(cert.PublicKey); err != nil {
				return err
			}
		}
	}
	for _, logs := range []map[string]*root.TransparencyLog{material.RekorLogs(), material.CTLogs()} {
		for _, log := range logs {
			if err := checkOthersKey(log.PublicKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// chooseRoot returns the trusted root that decides: the program's, or the
// table's where the program allows that or has none. A root of the table lets
// the table's author vouch for any identity; one that is among the program's
// lets none else of them vouch.
func (a Algorithm) chooseRoot(t algorithm.Trust) (r *TrustedRoot, maxAge time.Duration, err error) {
	v, declared := t.Values[fieldTrustedRoot]
	if a.TrustedRoot != nil && len(a.TrustedRoot.instances) == 0 { // a zero value trusts nobody
		a.TrustedRoot = nil
	}
	if !declared {
		return a.TrustedRoot, a.MaxRootAge, nil
	}
	if own := a.TrustedRoot.only(sha256.Sum256(v.Content)); own != nil {
		return own, a.MaxRootAge, nil
	}
	if a.TrustedRoot != nil && !a.AllowTableRoot {
		return nil, 0, fmt.Errorf("%w: the signing table brings a trusted root of its own, and this program has one already (cosign.Algorithm: AllowTableRoot)",
			algorithm.ErrUnsupported)
	}
	if r, err = ParseTrustedRoot(v.Content); err != nil {
		return nil, 0, err
	}
	for _, i := range r.instances {
		i.table = true
	}
	return r, 0, nil
}

// only returns the instance with that digest, nil where there is none.
func (r *TrustedRoot) only(sum [sha256.Size]byte) *TrustedRoot {
	if r == nil {
		return nil
	}
	at := slices.IndexFunc(r.instances, func(i *instance) bool { return i.sum == sum })
	if at < 0 {
		return nil
	}
	return &TrustedRoot{instances: r.instances[at : at+1], chosenFrom: r.instances}
}

// maxSkew is by how much the clock may be behind that of the fetch.
const maxSkew = 5 * time.Minute

// checkAge refuses instances that were fetched longer ago than limit, if that
// isn't 0, and those of which a clock that was set back doesn't tell.
func (r *TrustedRoot) checkAge(limit time.Duration, now time.Time) error {
	if r == nil || limit == 0 {
		return nil
	}
	for _, i := range r.instances {
		switch age := now.Sub(i.fetched); {
		case i.fetched.IsZero():
			return fmt.Errorf("%w: the one with SHA-256 %x wasn't fetched, and one of at most %s is wanted (cosign.Algorithm: MaxRootAge)", algorithm.ErrRootStale, i.sum, limit)
		case age < -maxSkew:
			return fmt.Errorf("%w: that of %s (SHA-256 %x) was fetched %s after now, so nobody knows its age (cosign.Algorithm: MaxRootAge)",
				algorithm.ErrRootStale, cmp.Or(i.name, "a private sigstore"), i.sum, -age.Round(time.Second))
		case age > limit:
			return fmt.Errorf("%w: that of %s (SHA-256 %x) was fetched %s ago, and one of at most %s is wanted (cosign.Algorithm: MaxRootAge)",
				algorithm.ErrRootStale, cmp.Or(i.name, "a private sigstore"), i.sum, age.Round(time.Second), limit)
		}
	}
	return nil
}
