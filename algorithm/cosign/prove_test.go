package cosign

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// A signature is judged within the instances that issued its certificate or have
// the log of an entry; without either, within all.
func TestCandidates(t *testing.T) {
	c := loggedCases(t)["hashedrekord by certificate"]()
	c.finish(t)
	entry, err := parseEntry(c.entry, new(counter), c.signed)
	if err != nil {
		t.Fatal(err)
	}
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	namesake := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	cert := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	stranger := (*testCA)(nil).issue(t, "stranger", 0, 40, nil).cert
	of := func(material root.TrustedMaterial) *instance { return &instance{TrustedMaterial: material} }
	by := func(n int, ca *testCA) *instance {
		return of(&certMaterial{authorities: slices.Repeat([]root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: ca.cert}}, n)})
	}
	log, otherLog := of(&logMaterial{log: c.trusted(t)}), of(&logMaterial{log: &root.TransparencyLog{ID: []byte{1}}})
	issuer, other, crowd := by(1, top), by(1, namesake), by(maxEffort, namesake)
	all := []*instance{issuer, other, log, otherLog}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx       context.Context
		signed    *signed
		instances []*instance
		want      []*instance
		err       error
	}{
		"neither":                   {t.Context(), &signed{}, all, all, nil},
		"an entry":                  {t.Context(), &signed{entries: []*logEntry{entry}}, all, []*instance{log}, nil},
		"an entry of nobody's log":  {t.Context(), &signed{entries: []*logEntry{entry}}, all[:2], nil, errUnknownLog},
		"a certificate":             {t.Context(), &signed{certificate: cert}, all, []*instance{issuer}, nil},
		"a certificate, an entry":   {t.Context(), &signed{certificate: cert, entries: []*logEntry{entry}}, all, []*instance{issuer}, nil},
		"a certificate of nobody":   {t.Context(), &signed{certificate: stranger}, all, nil, errNotIssued},
		"a certificate, namesakes":  {t.Context(), &signed{certificate: cert}, []*instance{crowd, issuer}, nil, algorithm.ErrTooLarge},
		"a certificate, at the end": {ended, &signed{certificate: cert}, all, nil, context.Canceled},
	} {
		got, err := (&TrustedRoot{instances: test.instances}).candidates(test.ctx, test.signed)
		if !errors.Is(err, test.err) || !slices.Equal(got, test.want) {
			t.Errorf("%s: %d instances, %v", name, len(got), err)
		}
	}
	p256, err := newPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	prove := func(ctx context.Context, s *signed, r *TrustedRoot) error {
		if s.values == nil {
			s.values = new(counter)
		}
		k := &key{root: r, policy: policy{log: waived, sct: waived}, now: func() time.Time { return day(1) }}
		_, _, err := k.prove(ctx, s, []*publicKey{p256})
		return err
	}
	// The entries of a certificate that nobody issued are left alone.
	s := &signed{certificate: stranger, logged: []*protorekor.TransparencyLogEntry{c.entry}}
	if err := prove(t.Context(), s, &TrustedRoot{instances: all}); !errors.Is(err, errNotIssued) || s.logged == nil || len(s.entries) > 0 {
		t.Errorf("of nobody: %v, %d entries read", err, len(s.entries))
	}
	// Those that the table didn't choose may be too many, too.
	chosen := &TrustedRoot{instances: []*instance{issuer}, chosenFrom: []*instance{issuer, other}}
	if err := prove(t.Context(), &signed{certificate: cert}, chosen); err != nil {
		t.Errorf("the chosen one: %v", err)
	}
	chosen.chosenFrom[1] = crowd
	if err := prove(t.Context(), &signed{certificate: cert}, chosen); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("the chosen one of many: got %v, want %v", err, algorithm.ErrTooLarge)
	}
	// Nor is there a log to be asked for a pair's entry, then.
	pair := func(cert *x509.Certificate, r *TrustedRoot) error {
		_, err := (&key{root: r, policy: policy{log: asIssued}}).logOf(t.Context(), cert)
		return err
	}
	if err := pair(stranger, &TrustedRoot{instances: all}); !errors.Is(err, errNotIssued) {
		t.Errorf("a log for that of nobody: got %v, want %v", err, errNotIssued)
	}
	if err := pair(cert, chosen); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("a log for that of many: got %v, want %v", err, algorithm.ErrTooLarge)
	}
	chosen.chosenFrom[1] = of(&otherMaterial{certMaterial: *issuer.TrustedMaterial.(*certMaterial), log: &root.TransparencyLog{ID: []byte{1}}})
	if err := pair(cert, chosen); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("a log that only another instance has: got %v, want %v", err, algorithm.ErrUnsupported)
	}
	for used, want := range map[int]error{maxAllTimestamps - 1: nil, maxAllTimestamps: algorithm.ErrTooLarge} {
		s := &signed{timestamps: [][]byte{{5, 0}}, values: &counter{shared: &budget{timestamps: used}}}
		if err := prove(t.Context(), s, &TrustedRoot{instances: all}); !errors.Is(err, want) {
			t.Errorf("after %d timestamps: got %v, want %v", used, err, want)
		}
	}
	// The context's error is returned as it is, by however many instances.
	if err := prove(ended, &signed{timestamps: [][]byte{{5, 0}}}, &TrustedRoot{instances: all}); err != context.Canceled {
		t.Errorf("after the end: %v", err)
	}
	// Each instance says why it refuses.
	for n := 1; n <= 3; n++ {
		k := &key{root: &TrustedRoot{instances: all[:n]}, policy: policy{log: demanded, sct: waived}}
		_, _, err := k.prove(t.Context(), &signed{}, []*publicKey{p256})
		if !errors.Is(err, algorithm.ErrInvalid) || strings.Count(err.Error(), "entry is demanded") != n || strings.Count(err.Error(), "; and by another trusted root: ") != n-1 || strings.Contains(err.Error(), "%") {
			t.Errorf("by %d instances: %v", n, err)
		}
	}
	// A certificate's key is judged as a declared one is.
	weak, err := x509.ParseCertificate(issueFor(t, top, rsaOf(1024, 65537)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := new(key).certified(t.Context(), &signed{form: formBundle, certificate: weak}); !errors.Is(err, algorithm.ErrWeak) {
		t.Errorf("a certificate for a weak key: got %v, want %v", err, algorithm.ErrWeak)
	}
}

// The chain must hold at every time that is proved, whichever stands first, and not at
// the time of now.
func TestChainAtEveryTime(t *testing.T) {
	top := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	cert := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning)).cert
	material := &certMaterial{authorities: []root.CertificateAuthority{
		&root.FulcioCertificateAuthority{Root: top.cert, ValidityPeriodStart: day(0), ValidityPeriodEnd: day(10)},
	}}
	for name, test := range map[string]struct {
		times []time.Time
		now   time.Time
		want  error
	}{
		"within":                   {[]time.Time{day(1)}, day(30), nil},
		"both within":              {[]time.Time{day(1), day(10)}, day(30), nil},
		"the second isn't":         {[]time.Time{day(1), day(20)}, day(1), errNotIssued},
		"the first isn't":          {[]time.Time{day(20), day(1)}, day(1), errNotIssued},
		"beyond the certificate's": {[]time.Time{day(1), day(50)}, day(1), algorithm.ErrKeyExpired},
		"none, and now is":         {nil, day(1), nil},
		"none, and now isn't":      {nil, day(20), errNotIssued},
	} {
		p := &proof{stamps: test.times}
		if err := p.checkCertificate(t.Context(), &issued{Certificate: cert}, material, policy{log: waived, sct: waived}, test.now); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
