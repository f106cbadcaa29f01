// Package verifytest is for the tests of programs that embed package verify, and
// for nothing else: it makes keys that are no secret, and a publisher who serves
// signed releases over TLS on loopback, and misbehaves on demand.
//
//	key := verifytest.NewKey(t, "minisign", "")
//	p := verifytest.NewPublisher(t, "signature", key)
//	p.Publish("1.0.0", map[string][]byte{"tool.tgz": …})
//	p.Publish("1.1.0", map[string][]byte{"tool.tgz": …})
//	for _, fault := range append(p.Faults(), "") {
//		p.Break(fault)
//		err := update(ctx, p.Client(), p.Table(), …) // what is under test
//		if (err == nil) != (fault == "") { … }
//	}
//
// Signatures of cosign by a certificate (keyless) are not made here: they need an
// authority and a log, and with them all of sigstore, which the module
// algorithm/cosign has.
package verifytest

import (
	"testing"

	"github.com/relseal/relseal/internal/testkeys/signer"
)

// A Key signs for a publisher.
type Key struct {
	tb     testing.TB
	family string // "cosign-bundle" is none in a table
	key    signer.Key
}

// NewKey makes a key of a family: "minisign", "signify", "ssh" or "gpg"
// (Ed25519), "cosign" (ECDSA on P-256), or "cosign-bundle" for cosign's with
// Sigstore bundles for signatures. The same seed gives the same key and the same
// signatures; "" gives another one each time.
func NewKey(tb testing.TB, family, seed string) *Key {
	tb.Helper()
	key, err := signer.New(family, signer.NewSeed(seed))
	if err != nil {
		tb.Fatalf("verifytest: %v", err)
	}
	return &Key{tb, family, key}
}

// Public returns the public key, as it stands in a signing table.
func (k *Key) Public() string { return k.key.Public() }

// Sign returns a signature file of an artifact. Where the family can say it, the
// signature says the artifact's name and version, unless they are "": minisign in
// its trusted comment, gpg in the notations name@verifytest.invalid and
// version@verifytest.invalid. All signatures are of the first hour of 2025.
func (k *Key) Sign(artifact []byte, name, version string) []byte {
	k.tb.Helper()
	signature, err := k.key.Sign(artifact, signer.Stamp{Name: name, Version: version})
	if err != nil {
		k.tb.Fatalf("verifytest: %v", err)
	}
	return signature
}

// signInline returns a text that holds its own signature.
func (k *Key) signInline(text []byte, version string) []byte {
	k.tb.Helper()
	signed, err := k.key.(signer.InlineKey).SignInline(text, signer.Stamp{Version: version})
	if err != nil {
		k.tb.Fatalf("verifytest: %v", err)
	}
	return signed
}

// algorithm is the name in a table.
func (k *Key) algorithm() string {
	if k.family == "cosign-bundle" {
		return "cosign"
	}
	return k.family
}
