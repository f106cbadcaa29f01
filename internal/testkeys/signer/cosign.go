package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
)

// A cosign key is of ECDSA on P-256, as cosign generate-key-pair makes it. Its
// signature is base64, or a Sigstore bundle without log entries.
type cosign struct {
	private *ecdsa.PrivateKey
	public  string
	bundle  bool
}

func newCosign(seed Seed, bundle bool) (Key, error) {
	scalar := seed.bytes("cosign") // less than the order but for one in 2^32
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	return cosign{private, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), bundle}, nil
}

func (c cosign) Public() string { return c.public }

func (c cosign) Sign(artifact []byte, _ Stamp) ([]byte, error) {
	digest := sha256.Sum256(artifact)
	signature, err := c.private.Sign(nil, digest[:], crypto.SHA256) // by RFC 6979, the same each time
	if err != nil {
		return nil, err
	}
	if !c.bundle {
		return []byte(base64.StdEncoding.EncodeToString(signature)), nil
	}
	hint := sha256.Sum256([]byte(c.public))
	// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
	bundle := struct {
		MediaType string                       `json:"mediaType"`
		Material  map[string]map[string]string `json:"verificationMaterial"`
		Message   struct {
			Digest    map[string]any `json:"messageDigest"`
			Signature []byte         `json:"signature"`
		} `json:"messageSignature"`
	}{
		MediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
		Material:  map[string]map[string]string{"publicKey": {"hint": base64.StdEncoding.EncodeToString(hint[:])}},
	}
	bundle.Message.Digest = map[string]any{"algorithm": "SHA2_256", "digest": digest[:]}
	bundle.Message.Signature = signature
	return json.Marshal(bundle)
}
