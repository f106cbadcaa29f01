package main

import (
	"crypto"
	"io"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// sigstorePeer is sigstore-go with what it needs to know of a signer, ready for
// any number of bundles.
type sigstorePeer struct {
	verifier *verify.Verifier
	signer   verify.PolicyOption
}

// sigstoreByKey trusts one key, and wants no log.
func sigstoreByKey(pem []byte) (sigstorePeer, error) {
	public, err := cryptoutils.UnmarshalPEMToPublicKey(pem)
	if err != nil {
		return sigstorePeer{}, err
	}
	key, err := signature.LoadVerifier(public, crypto.SHA256)
	if err != nil {
		return sigstorePeer{}, err
	}
	material := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return root.NewExpiringKey(key, time.Time{}, time.Time{}), nil
	})
	v, err := verify.NewVerifier(material, verify.WithNoObserverTimestamps())
	return sigstorePeer{v, verify.WithKey()}, err
}

// sigstoreKeyless trusts an identity by a trusted root, with the checks that
// relseal makes: a log, a time, and the certificate's own log.
func sigstoreKeyless(trustedRoot []byte, issuer, subject string) (sigstorePeer, error) {
	material, err := root.NewTrustedRootFromJSON(trustedRoot)
	if err != nil {
		return sigstorePeer{}, err
	}
	v, err := verify.NewVerifier(material, verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1), verify.WithSignedCertificateTimestamps(1))
	if err != nil {
		return sigstorePeer{}, err
	}
	identity, err := verify.NewShortCertificateIdentity(issuer, "", subject, "")
	return sigstorePeer{v, verify.WithCertificateIdentity(identity)}, err
}

func (p sigstorePeer) verify(signature []byte, artifact io.Reader) error {
	b := new(bundle.Bundle)
	if err := b.UnmarshalJSON(signature); err != nil {
		return err
	}
	_, err := p.verifier.Verify(b, verify.NewPolicy(verify.WithArtifact(artifact), p.signer))
	return err
}
