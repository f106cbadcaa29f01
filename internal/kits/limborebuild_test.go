package kits

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// A limboChain is a case's certificates with other keys: who signed whom, names,
// lives and extensions are as they were, but for TLS's usage of the key, which is
// that of code now, and the issuer of the signer's identity, which the peer's
// certificate has besides.
type limboChain struct {
	trusted, untrusted [][]byte
	peer               []byte
	peerKey            *ecdsa.PrivateKey
	sibling            []byte // a sound certificate for the same key by the peer's issuer
}

// rebuild makes the chain. What can't be taken apart isn't carried, nor what
// has its flaw in a key.
func rebuild(c limboCase) (*limboChain, error) {
	if strings.HasPrefix(c.ID, "webpki::forbidden-") {
		return nil, notCarried("its flaw is in a key")
	}
	keys := &limboKeys{}
	texts := append(append(slices.Clone(c.Trusted), c.Untrusted...), c.Peer)
	var parts []*limboCertificate
	for _, text := range texts {
		block, _ := pem.Decode([]byte(text))
		part, err := takeApart(block.Bytes)
		if err != nil {
			return nil, err
		}
		if err := keys.add(part.spki); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	usage := byte(1) // of TLS servers
	if c.Kind == "CLIENT" {
		usage = 2
	}
	chain := &limboChain{peerKey: keys.of(parts[len(parts)-1].spki)}
	for i, part := range parts {
		peer := i == len(parts)-1
		der, err := part.again(keys, usage, peer)
		if err != nil {
			return nil, err
		}
		switch {
		case peer:
			chain.peer = der
		case i < len(c.Trusted):
			chain.trusted = append(chain.trusted, der)
		default:
			chain.untrusted = append(chain.untrusted, der)
		}
	}
	var err error
	chain.sibling, err = parts[len(parts)-1].sibling(c, keys)
	return chain, err
}

// sibling makes a sound certificate by the same issuer.
func (c *limboCertificate) sibling(of limboCase, keys *limboKeys) ([]byte, error) {
	signer := keys.signer(c)
	if signer == nil {
		return nil, nil
	}
	subject, err := url.Parse(signerURL)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: of.time().Add(-time.Minute), NotAfter: of.time().Add(time.Minute),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, URIs: []*url.URL{subject},
		ExtraExtensions: []pkix.Extension{issuerExtension()},
	}
	parent := &x509.Certificate{RawSubject: c.between[0]}
	return x509.CreateCertificate(rand.Reader, template, parent, keys.of(c.spki).Public(), signer)
}

// limboKeys has a new key for each public key of a case.
type limboKeys struct {
	spkis []limboKey
}

type limboKey struct {
	spki    []byte
	public  crypto.PublicKey
	private *ecdsa.PrivateKey
}

func (k *limboKeys) add(spki []byte) error {
	if k.of(spki) != nil {
		return nil
	}
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return notCarried("a key of a kind that isn't rebuilt")
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	k.spkis = append(k.spkis, limboKey{spki, public, private})
	return nil
}

func (k *limboKeys) of(spki []byte) *ecdsa.PrivateKey {
	for _, key := range k.spkis {
		if bytes.Equal(key.spki, spki) {
			return key.private
		}
	}
	return nil
}

// signer is the key that signed a certificate; nil is somebody else.
func (k *limboKeys) signer(c *limboCertificate) *ecdsa.PrivateKey {
	algorithm := map[string]x509.SignatureAlgorithm{
		string(ecdsaSHA256()): x509.ECDSAWithSHA256, string(ecdsaSHA384()): x509.ECDSAWithSHA384,
		"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00": x509.SHA256WithRSA,
	}[string(c.outer)]
	for _, key := range k.spkis {
		parent := &x509.Certificate{PublicKey: key.public, PublicKeyAlgorithm: kindOf(key.public)}
		if parent.CheckSignature(algorithm, c.tbs, c.signature) == nil {
			return key.private
		}
	}
	return nil
}

func kindOf(public crypto.PublicKey) x509.PublicKeyAlgorithm {
	if _, ok := public.(*ecdsa.PublicKey); ok {
		return x509.ECDSA
	}
	return x509.RSA
}

// A limboCertificate is one in its parts (RFC 5280, section 4.1).
type limboCertificate struct {
	tbs       []byte
	signature []byte
	inner     []byte // the algorithm, in the signed part
	outer     []byte // and beside it

	before, between, after [][]byte // the fields around inner and spki, up to the extensions
	spki                   []byte
	extensions             [][]byte // nil where there are none
}

var errLimboForm = notCarried("a certificate that can't be taken apart")

func takeApart(der []byte) (*limboCertificate, error) {
	input := cryptobyte.String(der)
	var whole, tbs, outer, fields cryptobyte.String
	var signature []byte
	if !input.ReadASN1(&whole, tag.SEQUENCE) || !whole.ReadASN1Element(&tbs, tag.SEQUENCE) ||
		!whole.ReadASN1Element(&outer, tag.SEQUENCE) || !whole.ReadASN1BitStringAsBytes(&signature) {
		return nil, errLimboForm
	}
	c := &limboCertificate{tbs: tbs, signature: signature, outer: outer}
	if !tbs.ReadASN1(&fields, tag.SEQUENCE) {
		return nil, errLimboForm
	}
	c.tbs = slices.Clone(c.tbs)
	var all [][]byte
	for !fields.Empty() {
		var element cryptobyte.String
		var kind tag.Tag
		if !fields.ReadAnyASN1Element(&element, &kind) {
			return nil, errLimboForm
		}
		all = append(all, element)
	}
	at := 0
	if len(all) > 0 && all[0][0] == 0xa0 { // the version
		at = 1
	}
	if len(all) < at+6 {
		return nil, errLimboForm
	}
	c.before, c.inner, c.between, c.spki, c.after = all[:at+1], all[at+1], all[at+2:at+5], all[at+5], all[at+6:]
	if n := len(c.after); n > 0 && c.after[n-1][0] == 0xa3 {
		list := cryptobyte.String(c.after[n-1])
		c.after = c.after[:n-1]
		var tagged, extensions cryptobyte.String
		if !list.ReadASN1(&tagged, 0xa3) || !tagged.ReadASN1(&extensions, tag.SEQUENCE) {
			return nil, errLimboForm
		}
		c.extensions = [][]byte{}
		for !extensions.Empty() {
			var extension cryptobyte.String
			if !extensions.ReadASN1Element(&extension, tag.SEQUENCE) {
				return nil, errLimboForm
			}
			c.extensions = append(c.extensions, extension)
		}
	}
	return c, nil
}

// ecdsaSHA256 is the algorithm of all signatures that are made anew, and
// ecdsaSHA384 stands where the signed part says another than the signature.
func ecdsaSHA256() []byte { return []byte("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02") }
func ecdsaSHA384() []byte { return []byte("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03") }

// usageOf is the identifier of an extended key usage, such as TLS servers' 1
// and code signing's 3 (RFC 5280, section 4.2.1.12).
func usageOf(n byte) []byte { return append([]byte("\x06\x08\x2b\x06\x01\x05\x05\x07\x03"), n) }

// again puts a certificate together, for the new keys.
func (c *limboCertificate) again(keys *limboKeys, usage byte, peer bool) ([]byte, error) {
	signer := keys.signer(c)
	if signer == nil { // a stranger
		var err error
		if signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	spki, err := x509.MarshalPKIXPublicKey(keys.of(c.spki).Public())
	if err != nil {
		return nil, err
	}
	inner := ecdsaSHA256()
	if !bytes.Equal(c.inner, c.outer) {
		inner = ecdsaSHA384()
	}
	extensions := c.extensions
	for i, e := range extensions {
		if bytes.Contains(e, []byte("\x06\x03\x55\x1d\x25")) {
			extensions[i] = bytes.ReplaceAll(e, usageOf(usage), usageOf(3))
		}
	}
	if peer {
		issuer, err := asn1.Marshal(issuerExtension())
		if err != nil {
			return nil, err
		}
		extensions = append(extensions, issuer)
	}
	var tbs cryptobyte.Builder
	tbs.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, element := range slices.Concat(c.before, [][]byte{inner}, c.between, [][]byte{spki}, c.after) {
			b.AddBytes(element)
		}
		if extensions != nil {
			b.AddASN1(0xa3, func(b *cryptobyte.Builder) {
				b.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(slices.Concat(extensions...)) })
			})
		}
	})
	signed, err := tbs.Bytes()
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(signed)
	signature, err := ecdsa.SignASN1(rand.Reader, signer, digest[:])
	if err != nil {
		return nil, err
	}
	var whole cryptobyte.Builder
	whole.AddASN1(tag.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(signed)
		b.AddBytes(ecdsaSHA256())
		b.AddASN1BitString(signature)
	})
	return whole.Bytes()
}
