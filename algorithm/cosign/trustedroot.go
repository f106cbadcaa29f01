package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	prototrustroot "github.com/sigstore/protobuf-specs/gen/pb-go/trustroot/v1"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tlog"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxTrustedRoot = 4 << 20 // bytes; GitHub's has 29 kB
	maxAuthorities = 64      // for certificates and for timestamps, in all
	maxLogs        = 64      // of both kinds, in all
	maxChain       = 8       // certificates of an authority
)

// A TrustedRoot holds whom to trust: certificate authorities, transparency
// logs, certificate transparency logs and timestamp authorities, each with the
// time in which it is to be trusted. It is parsed once and safe for concurrent
// use by any number of verifications; to refresh it, make a new one.
type TrustedRoot struct {
	material root.TrustedMaterial
	fetched  time.Time

	sum   [sha256.Size]byte // of the JSON
	name  string            // whose it is, where that is known
	table bool              // the signing table brought it
}

// ParseTrustedRoot parses a trusted root of sigstore, as JSON: what cosign
// calls trusted_root.json
// (https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto).
//
// The error wraps [algorithm.ErrMalformed], [algorithm.ErrTooLarge] beyond 4
// MiB, 16 384 JSON values, 64 authorities, 64 logs or 8 certificates of one
// authority, and [algorithm.ErrUnsupported] for an RSA key of over 16 384 bits.
func ParseTrustedRoot(json []byte) (*TrustedRoot, error) {
	tr, err := parseTrustedRoot(json)
	if err != nil {
		return nil, forPeople(fmt.Errorf("trusted root: %w", err))
	}
	return tr, nil
}

func parseTrustedRoot(json []byte) (*TrustedRoot, error) {
	if len(json) > maxTrustedRoot {
		return nil, fmt.Errorf("%w: %d bytes, and %d are the most", algorithm.ErrTooLarge, len(json), maxTrustedRoot)
	}
	if err := new(counter).add(json); err != nil {
		return nil, err
	}
	pb, err := root.NewTrustedRootProtobuf(json)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	if err := checkRootSize(pb); err != nil {
		return nil, err
	}
	material, err := root.NewTrustedRootFromProtobuf(pb)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	if err := checkRootKeys(material); err != nil {
		return nil, err
	}
	return &TrustedRoot{material: newCached(material), sum: sha256.Sum256(json), name: rootName(pb)}, nil
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

func checkRootKeys(material root.TrustedMaterial) error {
	for _, ca := range material.FulcioCertificateAuthorities() {
		for _, cert := range certificatesOf(ca) {
			if err := checkRSASize(cert.PublicKey); err != nil {
				return err
			}
		}
	}
	for _, tsa := range material.TimestampingAuthorities() {
		for _, cert := range timestampCertificates(tsa) {
			if err := checkRSASize(cert.PublicKey); err != nil {
				return err
			}
		}
	}
	for _, logs := range []map[string]*root.TransparencyLog{material.RekorLogs(), material.CTLogs()} {
		for _, log := range logs {
			if err := checkRSASize(log.PublicKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// log returns the log of an entry.
func (r *TrustedRoot) log(entry *tlog.Entry) (log *root.TransparencyLog, known bool) {
	log, known = r.material.RekorLogs()[logID(entry)]
	return log, known
}

func logID(entry *tlog.Entry) string { return hex.EncodeToString([]byte(entry.LogKeyID())) }

// evidence says which trusted root it is.
func (r *TrustedRoot) evidence() *algorithm.TrustedRoot {
	return &algorithm.TrustedRoot{SHA256: hex.EncodeToString(r.sum[:]), Name: r.name, FromTable: r.table}
}

// chooseRoot returns the trusted root that decides: the program's, or the
// table's where the program allows that or has none. A root of the table lets
// the table's author vouch for any identity.
func (a Algorithm) chooseRoot(t algorithm.Trust) (*TrustedRoot, error) {
	v, declared := t.Values[fieldTrustedRoot]
	table := v.Content
	switch {
	case !declared, a.TrustedRoot != nil && sha256.Sum256(table) == a.TrustedRoot.sum:
		return a.TrustedRoot, nil
	case a.TrustedRoot != nil && !a.AllowTableRoot:
		return nil, fmt.Errorf("%w: the signing table brings a trusted root of its own, and this program has one already (cosign.Algorithm: AllowTableRoot)",
			algorithm.ErrUnsupported)
	}
	r, err := ParseTrustedRoot(table)
	if err != nil {
		return nil, err
	}
	r.table = true
	return r, nil
}
