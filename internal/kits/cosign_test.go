package kits

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
)

func takesCosign() func(group) bool {
	return takes(schemeEd25519, schemeECDSA, schemeP1363, schemeRSA, schemePSS)
}

// cosignPlainWay: a key signs the artifact itself, and the signature is base64.
func cosignPlainWay() way {
	return way{"cosign, plain signature", takesCosign(), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		trust, err := cosignTrust(g)
		return func(v vector) error {
			return judge(t, cosign.Algorithm{}, trust, []byte(base64.StdEncoding.EncodeToString(v.sig)), v.msg)
		}, err
	}}
}

// cosignBundleWay: the same in a bundle, which names the hash; it is judged by
// the digest, where the other ways see the bytes.
func cosignBundleWay() way {
	return way{"cosign, bundle by key", takesCosign(), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		trust, err := cosignTrust(g)
		return func(v vector) error {
			material := map[string]any{"publicKey": map[string]any{"hint": "vector"}}
			return judgeDigest(t, cosign.Algorithm{}, trust, bundle(t, material, bundleHash(g), v.msg, v.sig), v.msg)
		}, err
	}}
}

// cosignCertificateWay: the same by the key of a certificate, which an authority
// of the trusted root issued for the vector's key.
func cosignCertificateWay() way {
	ca := newAuthority()
	return way{"cosign, bundle by certificate", takesCosign(), func(t *testing.T, g group) (carry, error) {
		t.Helper()
		key, err := x509.ParsePKIXPublicKey(g.der)
		if err != nil {
			return nil, notCarried("its key is read by nobody here")
		}
		certificate := ca.issue(t, key)
		a := cosign.Algorithm{TrustedRoot: trustedRoot(t, []*x509.Certificate{ca.certificate})}
		return func(v vector) error {
			material := map[string]any{"certificate": map[string]any{"rawBytes": certificate}}
			return judge(t, a, keylessTrust(signerURL), bundle(t, material, bundleHash(g), v.msg, v.sig), v.msg)
		}, nil
	}}
}

func cosignTrust(g group) (algorithm.Trust, error) {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: g.der}))
	return algorithm.Trust{PublicKeys: []string{text}}, nil
}

// bundleHash is the one that a bundle says: for Ed25519 SHA-256, as SHA-512
// would mean Ed25519ph.
func bundleHash(g group) crypto.Hash {
	if g.hash == 0 {
		return crypto.SHA256
	}
	return g.hash
}

// bundle is a sigstore bundle without entries and timestamps.
func bundle(t *testing.T, material map[string]any, hash crypto.Hash, msg, sig []byte) []byte {
	t.Helper()
	names := map[crypto.Hash]string{crypto.SHA256: "SHA2_256", crypto.SHA384: "SHA2_384", crypto.SHA512: "SHA2_512"}
	return marshal(t, map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": material,
		"messageSignature": map[string]any{
			"messageDigest": map[string]any{"algorithm": names[hash], "digest": realHash(hash, msg)},
			"signature":     sig,
		},
	})
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const (
	issuerURL = "https://issuer.example"
	signerURL = "https://signer.example/release"
)

// keylessTrust demands a certificate of that subject. Nothing is logged.
func keylessTrust(subject string) algorithm.Trust {
	return algorithm.Trust{Values: map[string]algorithm.Value{
		"identity": {Tables: [][]algorithm.Claim{{
			{Field: "issuer", Value: issuerURL}, {Field: "subject", Value: subject},
		}}},
		"transparency-log": {},
		"sct":              {},
	}}
}

// trustedRoot is one of sigstore with authorities alone, of a chain each: the
// issuing certificate first, the root last.
func trustedRoot(t *testing.T, chains ...[]*x509.Certificate) *cosign.TrustedRoot {
	t.Helper()
	var raw [][][]byte
	for _, chain := range chains {
		var certs [][]byte
		for _, cert := range chain {
			certs = append(certs, cert.Raw)
		}
		raw = append(raw, certs)
	}
	root, err := parseRoot(t, raw)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func parseRoot(t *testing.T, chains [][][]byte) (*cosign.TrustedRoot, error) {
	t.Helper()
	var authorities []any
	for _, chain := range chains {
		var certs []any
		for _, raw := range chain {
			certs = append(certs, map[string]any{"rawBytes": raw})
		}
		authorities = append(authorities, map[string]any{
			"subject":   map[string]any{"organization": "kits", "commonName": "kits"},
			"uri":       "https://fulcio.example",
			"certChain": map[string]any{"certificates": certs},
			"validFor":  map[string]any{"start": "1970-01-01T00:00:00Z"},
		})
	}
	return cosign.ParseTrustedRoot(marshal(t, map[string]any{
		"mediaType":              "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"certificateAuthorities": authorities,
	}))
}

// An authority issues certificates as Fulcio does.
type authority struct {
	certificate *x509.Certificate
	private     *ecdsa.PrivateKey
}

func newAuthority() authority {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return authority{cert, private}
}

// issue makes a certificate for a key.
func (a authority) issue(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	subject, err := url.Parse(signerURL)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Minute * 10),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		URIs: []*url.URL{subject}, ExtraExtensions: []pkix.Extension{issuerExtension()},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// issuerExtension says who knew the signer
// (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
func issuerExtension() pkix.Extension {
	text := append([]byte{asn1.TagUTF8String, byte(len(issuerURL))}, issuerURL...)
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: text}
}
