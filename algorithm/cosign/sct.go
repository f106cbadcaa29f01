package cosign

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/relseal/relseal/algorithm"
)

// maxSCTs bounds the signed certificate timestamps of a certificate. Fulcio's
// have one.
const maxSCTs = 8

func isSCTs(id asn1.ObjectIdentifier) bool {
	return id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2})
}

// checkSCTs checks that a log of the trusted root promised to log the
// certificate. Each timestamp may be verified with each chain's issuer.
func (e *effort) checkSCTs(ctx context.Context, cert *x509.Certificate, chains [][]*x509.Certificate, material root.TrustedMaterial) error {
	list, ok := listSCTs(cert)
	if !ok {
		return fmt.Errorf("%w: the certificate's list of signed certificate timestamps is broken", algorithm.ErrInvalid)
	}
	if n := len(list); n > maxSCTs {
		return fmt.Errorf("%w: a certificate with %d signed certificate timestamps, and %d are the most", algorithm.ErrTooLarge, n, maxSCTs)
	}
	issuers := issuersOf(chains)
	if err := e.spend(ctx, len(list)*len(issuers)); err != nil {
		return err
	}
	if err := verifySCTs(cert, list, issuers, material); err != nil {
		return fmt.Errorf("%w: signed certificate timestamp: %w", algorithm.ErrInvalid, err)
	}
	return nil
}

// issuersOf are the certificates that issued the chains' first one, each once.
// What is above makes no difference to a signed certificate timestamp.
func issuersOf(chains [][]*x509.Certificate) []*x509.Certificate {
	var issuers []*x509.Certificate
	for _, chain := range chains {
		if len(chain) > 1 && !slices.ContainsFunc(issuers, chain[1].Equal) {
			issuers = append(issuers, chain[1])
		}
	}
	return issuers
}

// verifySCTs returns an error unless one of the timestamps is right, and all are
// in form, as verify.VerifySignedCertificateTimestamp of sigstore-go does it. That
// one has to judge a certificate of no common form.
func verifySCTs(cert *x509.Certificate, list [][]byte, issuers []*x509.Certificate, material root.TrustedMaterial) error {
	if len(list) == 0 {
		return errors.New("the certificate has none")
	}
	tbs, ok := withoutSCTs(cert)
	if !ok || isReadByLogs(cert) || slices.ContainsFunc(issuers, isReadByLogs) {
		var chains [][]*x509.Certificate
		for _, issuer := range issuers {
			chains = append(chains, []*x509.Certificate{cert, issuer})
		}
		return verify.VerifySignedCertificateTimestamp(chains, 1, material)
	}
	var stamps []*sct
	for _, text := range list {
		t, err := parseSCT(text)
		if err != nil {
			return err
		}
		stamps = append(stamps, t)
	}
	refused := errors.New("of a log that the trusted root doesn't have")
	for _, t := range stamps {
		log, known := material.CTLogs()[hex.EncodeToString(t.log)]
		if !known {
			continue
		}
		if refused = t.verify(tbs, issuers, log); refused == nil {
			return nil
		}
	}
	return refused
}

// An sct is a signed certificate timestamp (RFC 6962, section 3.2).
type sct struct {
	version    byte
	log        []byte
	timestamp  []byte // milliseconds
	extensions []byte
	hash, kind byte // of the signature
	signature  []byte
}

var errSCT = errors.New("not in form")

func parseSCT(text []byte) (*sct, error) {
	if len(text) < 1+sha256.Size+8 {
		return nil, errSCT
	}
	t := &sct{version: text[0], log: text[1:][:sha256.Size], timestamp: text[1+sha256.Size:][:8]}
	rest, ok := text[1+sha256.Size+8:], false
	if t.extensions, ok = cutVector(&rest); !ok || len(rest) < 2 {
		return nil, errSCT
	}
	t.hash, t.kind, rest = rest[0], rest[1], rest[2:]
	if t.signature, ok = cutVector(&rest); !ok || len(rest) > 0 {
		return nil, errSCT
	}
	return t, nil
}

// time is when the log promised.
func (t *sct) time() time.Time {
	ms := binary.BigEndian.Uint64(t.timestamp)
	return time.Unix(int64(ms/1000), int64(ms%1000)*1e6) //nolint:gosec // a thousandth of it is no overflow
}

// verify checks that the log promised it of the certificate, without the
// promise, by one of these issuers.
func (t *sct) verify(tbs []byte, issuers []*x509.Certificate, log *root.TransparencyLog) error {
	if t.version != 0 || !within(t.time(), log.ValidityPeriodStart, log.ValidityPeriodEnd) {
		return errors.New("of another version, or of a time when the log's key wasn't valid")
	}
	err := errors.New("no issuer")
	for _, issuer := range issuers {
		if err = t.verifySignature(t.signed(tbs, issuer), log.PublicKey); err == nil {
			return nil
		}
	}
	return err
}

// signed is what the signature is over: a precertificate (RFC 6962, section 3.2).
func (t *sct) signed(tbs []byte, issuer *x509.Certificate) []byte {
	const certificateTimestamp, precertificate = 0, 1
	key := sha256.Sum256(issuer.RawSubjectPublicKeyInfo)
	text := append(make([]byte, 0, len(tbs)+64), t.version, certificateTimestamp)
	text = append(text, t.timestamp...)
	text = append(text, 0, precertificate)
	text = append(text, key[:]...)
	text = append(text, byte(len(tbs)>>16), byte(len(tbs)>>8), byte(len(tbs))) //nolint:gosec // as RFC 8446, section 3.4, has it
	text = append(text, tbs...)
	return append(binary.BigEndian.AppendUint16(text, uint16(len(t.extensions))), t.extensions...) //nolint:gosec // cutVector read it from two bytes
}

// verifySignature takes the keys that a log may have: P-256, and RSA of at least
// 2048 bits (RFC 6962, section 2.1.4).
func (t *sct) verifySignature(text []byte, by crypto.PublicKey) error {
	const kindRSA, kindECDSA = 1, 3 // RFC 5246, section 7.4.1.4.1
	hash, ok := map[byte]crypto.Hash{4: crypto.SHA256, 5: crypto.SHA384, 6: crypto.SHA512}[t.hash]
	if !ok {
		return errors.New("with a hash that no log has")
	}
	h := hash.New()
	h.Write(text)
	switch key := by.(type) {
	case *ecdsa.PublicKey:
		if t.kind == kindECDSA && key.Curve == elliptic.P256() && ecdsa.VerifyASN1(key, h.Sum(nil), t.signature) {
			return nil
		}
	case *rsa.PublicKey:
		if t.kind == kindRSA && key.N.BitLen() >= minRSABits {
			return rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), t.signature)
		}
	}
	return errors.New("its signature isn't right")
}

// listSCTs are the signed certificate timestamps in a certificate (RFC 6962,
// section 3.3): a list with its length in two bytes, and that of each, too.
func listSCTs(cert *x509.Certificate) (stamps [][]byte, ok bool) {
	for _, e := range cert.Extensions { // x509 has refused two of one kind
		if !isSCTs(e.Id) {
			continue
		}
		octets, rest, ok := cutElement(e.Value)
		ok = ok && octets.isMinimal()
		list, ok2 := cutVector(&octets.content)
		if !ok || !ok2 || octets.identifier != tagOctets || len(rest) > 0 || len(octets.content) > 0 {
			return nil, false
		}
		for len(list) > 0 {
			stamp, ok := cutVector(&list)
			if !ok {
				return nil, false
			}
			stamps = append(stamps, stamp)
		}
	}
	return stamps, true
}

// cutVector cuts the first vector off, which has its length in two bytes before
// it (RFC 8446, section 3.4).
func cutVector(text *[]byte) ([]byte, bool) {
	if len(*text) < 2 {
		return nil, false
	}
	end := 2 + int(binary.BigEndian.Uint16(*text))
	if len(*text) < end {
		return nil, false
	}
	vector := (*text)[2:end]
	*text = (*text)[end:]
	return vector, true
}
