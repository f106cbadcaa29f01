package cosign

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// For the tests that see the package from outside.

func RootName(r *TrustedRoot) string { return r.instances[0].name }

func rootOf(material root.TrustedMaterial) *TrustedRoot {
	return &TrustedRoot{instances: []*instance{{TrustedMaterial: material}}}
}

func LargeRSA(t testing.TB) []byte { return largeRSA(t) }

func LargeKey(testing.TB) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 19999, 1), E: 65537}
}

func InstanceName(o TUFOptions) string { return o.instance() }

func OddFile() error { return errOddFile }

func Instances(r *TrustedRoot) int { return len(r.instances) }

// Stages verifies as a [key] does, and returns how long each part took by that
// clock.
func Stages(k algorithm.Key, text, artifact []byte, clock func() time.Duration) (map[string]time.Duration, error) {
	took, ctx, last := map[string]time.Duration{}, context.Background(), clock()
	stage := func(name string) {
		now := clock()
		took[name], last = took[name]+now-last, now
	}
	key := k.(*key)
	s, err := parseText(text)
	if err != nil {
		return nil, err
	}
	if err := s.parseEntries(ctx); err != nil {
		return nil, err
	}
	stage("parse")
	signers, _, err := key.certified(ctx, s)
	if err != nil {
		return nil, err
	}
	in, p, by := key.root.instances[0], new(proof), &signer{certificate: s.certificate, key: signers[0]}
	stage("chain") // its signature, and the identity
	if err := p.checkLog(ctx, s, by, logs{in, key.root.all()}, demanded); err != nil {
		return nil, err
	}
	stage("log")
	if err := p.checkTimestamps(ctx, s, in.TimestampingAuthorities()); err != nil {
		return nil, err
	}
	stage("timestamp")
	times, err := p.signingTimes(demanded, time.Time{})
	if err != nil {
		return nil, err
	}
	var chains [][]*x509.Certificate
	for _, at := range times {
		if chains, err = p.effort.chainsAt(ctx, at, s.issuance(), in); err != nil {
			return nil, err
		}
	}
	stage("chain")
	if err := p.effort.checkSCTs(ctx, s.certificate, chains, in); err != nil {
		return nil, err
	}
	stage("sct")
	v, err := newVerifier(ctx, s, signers, p)
	if err != nil {
		return nil, err
	}
	_, _ = v.Write(artifact)
	_, err = v.Verify()
	stage("artifact")
	return took, err
}
