// Package notation verifies the Notary Project's signatures of blobs, as
// "notation blob sign" writes them, for package verify. It is a family that lives
// outside of the library: what it needs of relseal is package algorithm, and no
// other package knows its table keys.
//
//	pubkey, tsa, trusted-identities … ──Algorithm.Key──▶ key (trust store and trust policy)
//	key ──Verifier(envelope)──▶ verifier ◀──Write── artifact
//	          │                    │
//	          form, chain,         └──Verify──▶ Evidence
//	          notation-go, payload
//
// An envelope is JWS or COSE, which its first byte tells. Its payload is a
// descriptor of the artifact: media type, digest, size and annotations. All but
// digest and size is judged before the artifact is there. What is judged by
// notation-go: the envelope's signature, its certificate chain, the trust store,
// the trusted identities, the expiry, and the time of signing, which a timestamp
// (RFC 3161) may prove. What is judged here: the limits, keys of JSON that stand
// there twice, the strength of all keys of the chain, critical extensions of
// certificates and critical attributes of the signature that nobody understands,
// and the payload. The steps are those of the Notary Project's specification
// (signing-and-verification-workflow.md, "Arbitrary blob verification workflow";
// trust-store-trust-policy.md, "Signature Evaluation") at the level strict, but for
// revocation: a family does no I/O, so neither OCSP nor CRL is asked, and the
// evidence says so.
//
// # The table
//
//   - pubkey and keys: the trusted certificates, PEM, one in each: a root, an
//     authority below it, or a self-signed certificate of the signer itself;
//   - trusted-identities: who may have signed, as in a trust policy:
//     "x509.subject: C=US, ST=WA, O=acme", any of several; or "*" for anybody with a
//     certificate of these authorities. It has to be there;
//   - signing-scheme: notary.x509, which is the default, or
//     notary.x509.signingAuthority, whose certificates say the time of signing;
//   - tsa: a document with the roots of timestamp authorities, PEM. With it a
//     timestamp is demanded, and the certificates must have been valid at its time;
//     without it they must be valid now;
//   - verify-timestamp: always, which is the default, or afterCertExpiry: only where
//     a certificate has run out since;
//   - annotations: a table of what the signed annotations must say, word for word.
//
// # The evidence
//
// The name and the version of the artifact are the signed annotations
// org.opencontainers.image.title and org.opencontainers.image.version, where they
// are there. The identity is the signing certificate's subject, and as its issuer the
// trusted certificate's, with the fingerprint of its key. Fingerprints are the SHA-256
// of keys (SubjectPublicKeyInfo). The details are envelope (JWS or COSE),
// signing-scheme, media-type, size and, where the signature has one, expiry.
//
// # Limits
//
// An envelope has at most 256 KiB, 16 levels of JSON, 10 certificates, with RSA keys
// of at most 8192 bits and subjects of at most 1024 bytes that can be shown, and a
// timestamp of at most 64 KiB with ten certificates and one signer. What is over a
// limit is [algorithm.ErrTooLarge] or [algorithm.ErrUnsupported].
package notation

import (
	"fmt"
	"strings"

	"github.com/notaryproject/notation-core-go/signature"

	"github.com/relseal/relseal/algorithm"
)

// The table's keys.
const (
	fieldIdentities      = "trusted-identities"
	fieldScheme          = "signing-scheme"
	fieldTSA             = "tsa"
	fieldVerifyTimestamp = "verify-timestamp"
	fieldAnnotations     = "annotations"
)

// Algorithm verifies the Notary Project's signatures of blobs.
type Algorithm struct{}

var (
	_ algorithm.Algorithm = Algorithm{}
	_ algorithm.Binder    = Algorithm{}
)

// Name returns "notation".
func (Algorithm) Name() string { return "notation" }

// Fields returns the keys of the signing table that this family owns.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: fieldIdentities, Kind: algorithm.Text, Many: true},
		{Name: fieldScheme, Kind: algorithm.Text},
		{Name: fieldTSA, Kind: algorithm.Content},
		{Name: fieldVerifyTimestamp, Kind: algorithm.Text},
		{Name: fieldAnnotations, Kind: algorithm.Table, Signed: true},
	}
}

// Binds returns true for both: a signer may have said them in annotations.
func (Algorithm) Binds(map[string]algorithm.Value) (name, version bool) { return true, true }

// Key parses the trusted certificates, and makes a trust policy of the table. The
// error wraps [algorithm.ErrMalformed] for what can't be read or is missing,
// [algorithm.ErrWeak] for a weak key, [algorithm.ErrTooLarge] beyond a limit, and
// [algorithm.ErrUnsupported] for a kind of key, of identity or of scheme that isn't
// known.
func (a Algorithm) Key(t algorithm.Trust) (algorithm.Key, error) {
	if err := t.Only(a.Fields()); err != nil {
		return nil, err
	}
	s, err := parseStore(t)
	if err != nil {
		return nil, err
	}
	k := &key{store: s, scheme: signature.SigningSchemeX509, identities: t.Values[fieldIdentities].Texts, bind: t.Bind}
	if scheme := t.Values[fieldScheme].Text; scheme != "" {
		k.scheme = signature.SigningScheme(scheme)
	}
	if k.stamps, err = parseStamps(t, k.scheme); err != nil {
		return nil, err
	}
	if err := checkIdentities(k.identities); err != nil {
		return nil, err
	}
	if k.annotations, err = parseAnnotations(t); err != nil {
		return nil, err
	}
	if k.notation, err = k.newNotation(); err != nil {
		return nil, err
	}
	return k, nil
}

// checkIdentities refuses what notation-go would pass over: it leaves identities of
// another kind than a subject to plugins. It judges the subjects itself.
func checkIdentities(identities []string) error {
	if len(identities) == 0 {
		return fmt.Errorf(`%w: a notation table needs %s, such as "x509.subject: C=US, ST=WA, O=acme", or "*" for anybody whom the authority gave a certificate`,
			algorithm.ErrMalformed, fieldIdentities)
	}
	for _, id := range identities {
		if id != anybody && !strings.HasPrefix(id, subjectPrefix) {
			return fmt.Errorf("%w: trusted identity %.100q is neither %q nor begins with %q", algorithm.ErrUnsupported, id, anybody, subjectPrefix)
		}
	}
	return nil
}

const (
	anybody       = "*"
	subjectPrefix = "x509.subject:"
)

// parseStamps reads when a timestamp is verified: never where no authority is
// trusted to make one.
func parseStamps(t algorithm.Trust, scheme signature.SigningScheme) (stamps, error) {
	_, trusted := t.Values[fieldTSA]
	when := t.Values[fieldVerifyTimestamp].Text
	switch {
	case scheme != signature.SigningSchemeX509 && scheme != signature.SigningSchemeX509SigningAuthority:
		return "", fmt.Errorf("%w: %s %.60q is neither %s nor %s", algorithm.ErrUnsupported, fieldScheme, scheme,
			signature.SigningSchemeX509, signature.SigningSchemeX509SigningAuthority)
	case trusted && scheme != signature.SigningSchemeX509:
		return "", fmt.Errorf("%w: %s has no meaning with the scheme %s: its certificates say the time", algorithm.ErrMalformed, fieldTSA, scheme)
	case !trusted && when != "":
		return "", fmt.Errorf("%w: %s needs %s, whose timestamps would count", algorithm.ErrMalformed, fieldVerifyTimestamp, fieldTSA)
	case !trusted:
		return stampsNever, nil
	case when == "":
		return stampsAlways, nil
	case stamps(when) == stampsAlways || stamps(when) == stampsAfterExpiry:
		return stamps(when), nil
	}
	return "", fmt.Errorf("%w: %s %.60q is neither %s nor %s", algorithm.ErrUnsupported, fieldVerifyTimestamp, when, stampsAlways, stampsAfterExpiry)
}

func parseAnnotations(t algorithm.Trust) ([]algorithm.Claim, error) {
	v, ok := t.Values[fieldAnnotations]
	if !ok {
		return nil, nil
	}
	for _, c := range v.Tables[0] {
		if c.Regexp || c.Field == "" {
			return nil, fmt.Errorf("%w: an annotation is demanded word for word, by its name", algorithm.ErrUnsupported)
		}
	}
	return v.Tables[0], nil
}
