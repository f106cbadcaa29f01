package ssh_test

import (
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

// clock is an Algorithm whose now is t.
func clock(t time.Time) ssh.Algorithm {
	return ssh.Algorithm{Time: func() time.Time { return t }}
}

var certNow = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)

// certify makes a signer with a certificate of the authority that holds for
// alice at certNow; tweak changes it before the authority signs.
func certify(tb testing.TB, signer, authority cryptossh.Signer, tweak func(*cryptossh.Certificate)) *certSigner {
	tb.Helper()
	c := &cryptossh.Certificate{
		Key:             signer.PublicKey(),
		Serial:          7,
		CertType:        cryptossh.UserCert,
		KeyId:           "alice \x1b[31m",
		ValidPrincipals: []string{"bob", alice},
		ValidAfter:      uint64(certNow.Unix()) - 60,
		ValidBefore:     uint64(certNow.Unix()) + 60,
	}
	if tweak != nil {
		tweak(c)
	}
	if len(c.ValidPrincipals) == 0 || slices.Contains(c.ValidPrincipals, "") { // which SignCert refuses
		c.Nonce, c.SignatureKey = make([]byte, 32), authority.PublicKey()
		signAgain(tb, c, authority, "")
	} else if err := c.SignCert(rand.Reader, authority); err != nil {
		tb.Fatal(err)
	}
	return &certSigner{signer, c}
}

type certSigner struct {
	cryptossh.Signer
	cert *cryptossh.Certificate
}

func (c *certSigner) PublicKey() cryptossh.PublicKey { return c.cert }

func TestCertificates(t *testing.T) {
	ca, signer := newEd25519(t), newEd25519(t)
	listed := alice + " cert-authority " + line(ca)
	unix := uint64(certNow.Unix())
	identity := verdict{"signature", algorithm.ErrIdentity}
	early, late := verdict{"signature", algorithm.ErrNotYetValid}, verdict{"signature", algorithm.ErrKeyExpired}
	wrongKey, unsupported := verdict{"signature", algorithm.ErrWrongKey}, verdict{"signature", algorithm.ErrUnsupported}
	invalid, malformed := verdict{"signature", algorithm.ErrInvalid}, verdict{"signature", algorithm.ErrMalformed}

	for name, c := range map[string]struct {
		keys      string
		principal string
		tweak     func(*cryptossh.Certificate)
		want      verdict
	}{
		"good":                           {want: verdict{}},
		"other principal of both":        {keys: "* cert-authority " + line(ca), principal: "bob", want: verdict{}},
		"principal of the list alone":    {keys: "* cert-authority " + line(ca), principal: "carol", want: identity},
		"principal of certificate alone": {principal: "bob", want: verdict{"key", algorithm.ErrIdentity}},
		"no principals": {want: identity, tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = nil
		}},
		"an empty principal": {want: identity, tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = []string{""}
		}},
		"principals aren't patterns": {want: identity, tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = []string{"*", "alice*"}
		}},
		"host certificate": {want: identity, tweak: func(c *cryptossh.Certificate) {
			c.CertType = cryptossh.HostCert
		}},
		"valid from this second": {tweak: func(c *cryptossh.Certificate) { c.ValidAfter = unix }},
		"valid from the next":    {want: early, tweak: func(c *cryptossh.Certificate) { c.ValidAfter = unix + 1 }},
		"valid from never":       {want: early, tweak: func(c *cryptossh.Certificate) { c.ValidAfter = math.MaxUint64 }},
		"expires next second":    {tweak: func(c *cryptossh.Certificate) { c.ValidBefore = unix + 1 }},
		"expires this second":    {want: late, tweak: func(c *cryptossh.Certificate) { c.ValidBefore = unix }},
		"valid forever": {tweak: func(c *cryptossh.Certificate) {
			c.ValidAfter, c.ValidBefore = 0, cryptossh.CertTimeInfinity
		}},
		"extensions": {tweak: func(c *cryptossh.Certificate) {
			c.Extensions = map[string]string{"permit-pty": "", "note@example.org": "x"}
		}},
		"force-command": {want: unsupported, tweak: func(c *cryptossh.Certificate) {
			c.CriticalOptions = map[string]string{"force-command": "true"}
		}},
		"source-address": {want: unsupported, tweak: func(c *cryptossh.Certificate) {
			c.CriticalOptions = map[string]string{"source-address": "0.0.0.0/0"}
		}},
		"unknown critical option": {want: unsupported, tweak: func(c *cryptossh.Certificate) {
			c.CriticalOptions = map[string]string{"x@example.org": ""}
		}},
		"unknown critical option beside a known one": {want: unsupported, tweak: func(c *cryptossh.Certificate) {
			c.CriticalOptions = map[string]string{"verify-required": "", "w@example.org": "", "x@example.org": ""}
		}},
		"most principals": {tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = append(slices.Repeat([]string{"bob"}, 255), alice)
		}},
		"too many principals": {want: verdict{"signature", algorithm.ErrTooLarge}, tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = append(slices.Repeat([]string{"bob"}, 256), alice)
		}},
		"NUL in a principal": {want: malformed, tweak: func(c *cryptossh.Certificate) {
			c.ValidPrincipals = []string{"bob\x00", alice}
		}},
		"NUL in the key ID": {want: malformed, tweak: func(c *cryptossh.Certificate) { c.KeyId = "a\x00b" }},
		"verify-required without a security key": {want: invalid, tweak: func(c *cryptossh.Certificate) {
			c.CriticalOptions = map[string]string{"verify-required": ""}
		}},
		"authority listed as a key":         {keys: alice + " " + line(ca), want: wrongKey},
		"authority as a bare key":           {keys: line(ca), want: wrongKey, principal: "-"},
		"subject listed as a key":           {keys: alice + " " + line(signer), want: wrongKey},
		"subject listed as an authority":    {keys: alice + " cert-authority " + line(signer), want: wrongKey},
		"other authority":                   {keys: alice + " cert-authority " + line(newEd25519(t)), want: wrongKey},
		"line of the authority has expired": {keys: alice + ` cert-authority,valid-before="20240101" ` + line(ca), want: late},
		"line is for another namespace":     {keys: alice + ` cert-authority,namespaces="git" ` + line(ca), want: verdict{"key", algorithm.ErrIdentity}},
	} {
		t.Run(name, func(t *testing.T) {
			trust := signers(alice, listed)
			if c.keys != "" {
				trust.PublicKeys = []string{c.keys}
			}
			if c.principal != "" {
				trust = signers(strings.TrimPrefix(c.principal, "-"), trust.PublicKeys...)
			}
			signature := sign(t, certify(t, signer, ca, c.tweak), artifact, "sha512", nil)
			e, stage, err := verifyWith(clock(certNow), trust, signature, artifact)
			c.want.check(t, e, stage, err)
		})
	}
}

func TestCertificateEvidence(t *testing.T) {
	ca, signer := newECDSA(t, elliptic.P384()), newEd25519(t)
	e, _, err := verifyWith(clock(certNow), signers(alice, alice+" cert-authority "+line(ca)),
		sign(t, certify(t, signer, ca, nil), artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	if e.Fingerprint != cryptossh.FingerprintSHA256(signer.PublicKey()) || e.UserIDs[0] != alice || len(e.NotChecked) != 2 ||
		e.Details["certificate-authority"] != cryptossh.FingerprintSHA256(ca.PublicKey()) || e.Details["certificate-serial"] != "7" || e.Details["certificate-key-id"] != `"alice \x1b[31m"` {
		t.Errorf("%+v", e)
	}
	// the authority is what was declared
	if e.PrimaryFingerprint != cryptossh.FingerprintSHA256(ca.PublicKey()) || e.PrimaryKeyAlgorithm != "ECDSA P-384" || e.KeyAlgorithm != "Ed25519" {
		t.Errorf("%+v", e)
	}
	e, _, err = verifyWith(clock(certNow), signers(alice, alice+" "+line(signer)), sign(t, signer, artifact, "sha512", nil), artifact)
	if err != nil || e.PrimaryFingerprint != "" || e.PrimaryKeyAlgorithm != "" {
		t.Errorf("no certificate: %+v, %v", e, err)
	}
}

// TestNoKeyID: what a certificate doesn't say isn't in the evidence.
func TestNoKeyID(t *testing.T) {
	ca, signer := newEd25519(t), newEd25519(t)
	signature := sign(t, certify(t, signer, ca, func(c *cryptossh.Certificate) { c.KeyId = "" }), artifact, "sha512", nil)
	e, _, err := verifyWith(clock(certNow), signers(alice, alice+" cert-authority "+line(ca)), signature, artifact)
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := e.Details["certificate-key-id"]; ok {
		t.Errorf("key ID %q", id)
	}
}

// However long and odd what a file or a table says, an error is short and can
// be shown.
func TestErrorText(t *testing.T) {
	const most = 500
	ca, signer := newEd25519(t), newEd25519(t)
	odd := strings.Repeat("\x1b\U000e0041", 500)
	check := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", name)
			return
		}
		checkError(t, err)
		if len(err.Error()) >= most {
			t.Errorf("%s: %d bytes: %v", name, len(err.Error()), err)
		}
	}
	listed := signers("x", "x cert-authority "+line(ca)+strings.Repeat("x", 1000)+" odd "+line(ca))
	_, _, err := verifyWith(clock(certNow), listed, sign(t, certify(t, signer, ca, func(c *cryptossh.Certificate) {
		c.ValidPrincipals = slices.Repeat([]string{odd}, 20)
	}), artifact, "sha512", nil), artifact)
	check("principals of a certificate", err)
	_, _, err = verifyWith(clock(certNow), listed, sign(t, certify(t, signer, ca, func(c *cryptossh.Certificate) {
		c.ValidPrincipals, c.CriticalOptions = []string{"x"}, map[string]string{odd: ""}
	}), artifact, "sha512", nil), artifact)
	check("critical option", err)
	_, _, err = verify(algorithm.Trust{PublicKeys: []string{line(signer)}}, sign(t, signer, artifact, "sha512", func(e *envelope) { e.Namespace = odd }), artifact)
	check("namespace", err)
	_, _, err = verify(algorithm.Trust{PublicKeys: []string{line(signer)}}, sign(t, signer, artifact, "sha512", func(e *envelope) { e.Hash = odd }), artifact)
	check("hash", err)
	for _, text := range []string{
		alice + " " + strings.Repeat("\U000e0041", 1000) + " " + line(signer),
		strings.Repeat("\U000e0041", 1000) + " " + line(signer),
		odd,
	} {
		_, err := ssh.Algorithm{}.Key(signers(alice, text+"\n"+text))
		check("key", err)
	}
	_, err = ssh.Algorithm{}.Key(signers(odd[:200], line(signer)))
	check("declared principal", err)
}

// A certificate is only as good as its authority's signature, and both keys.
func TestForgedCertificates(t *testing.T) {
	ca, signer := newEd25519(t), newEd25519(t)
	rsaCA := newRSA(t, 2048)
	weak := weakSigner{ca, rsaKey(t, 1024)}
	_, listedDSA, _ := strings.Cut(testkeys.Find(t, "sshsig", "valid-dsa").Trust.PublicKeys[0], " ")
	dsa, err := base64.StdEncoding.DecodeString(strings.Fields(listedDSA)[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		authority cryptossh.Signer
		change    func(*cryptossh.Certificate)
		want      error
	}{
		"as it was signed": {ca, func(*cryptossh.Certificate) {}, nil},
		"other principal":  {ca, func(c *cryptossh.Certificate) { c.ValidPrincipals = []string{alice, "mallory"} }, algorithm.ErrInvalid},
		"longer validity":  {ca, func(c *cryptossh.Certificate) { c.ValidBefore++ }, algorithm.ErrInvalid},
		"other serial":     {ca, func(c *cryptossh.Certificate) { c.Serial++ }, algorithm.ErrInvalid},
		"other nonce":      {ca, func(c *cryptossh.Certificate) { c.Nonce[0] ^= 1 }, algorithm.ErrInvalid},
		"flipped bit":      {ca, func(c *cryptossh.Certificate) { c.Signature.Blob[5] ^= 1 }, algorithm.ErrInvalid},
		"authority is the victim's, signature another's": {newEd25519(t), func(c *cryptossh.Certificate) { c.SignatureKey = ca.PublicKey() }, algorithm.ErrInvalid},
		"RSA authority": {rsaCA, func(*cryptossh.Certificate) {}, nil},
		"RSA authority with SHA-1": {rsaCA, func(c *cryptossh.Certificate) {
			signAgain(t, c, rsaCA, cryptossh.KeyAlgoRSA)
		}, algorithm.ErrWeak},
		"RSA authority of 1024 bits": {ca, func(c *cryptossh.Certificate) { c.SignatureKey = weak.public }, algorithm.ErrWeak},
		"DSA authority":              {ca, func(c *cryptossh.Certificate) { c.SignatureKey = unreadKey(dsa) }, algorithm.ErrWeak},
		"authority is a certificate": {ca, func(c *cryptossh.Certificate) { c.SignatureKey = certify(t, ca, rsaCA, nil).cert }, algorithm.ErrMalformed},
		"RSA subject of 1024 bits":   {ca, func(c *cryptossh.Certificate) { c.Key = weak.public }, algorithm.ErrWeak},
	} {
		t.Run(name, func(t *testing.T) {
			s := certify(t, signer, c.authority, nil)
			c.change(s.cert)
			keys := alice + " cert-authority " + line(ca) + alice + " cert-authority " + line(rsaCA)
			e, stage, err := verifyWith(clock(certNow), signers(alice, keys),
				sign(t, s, artifact, "sha512", nil), artifact)
			want := verdict{"signature", c.want}
			if c.want == nil {
				want = verdict{}
			}
			want.check(t, e, stage, err)
		})
	}
}

// TestStrangersCertificate: the refusal names whose it is, and the authority that
// would have to be listed.
func TestStrangersCertificate(t *testing.T) {
	ca, signer := newEd25519(t), newEd25519(t)
	signature := sign(t, certify(t, signer, ca, nil), artifact, "sha512", nil)
	_, stage, err := verifyWith(clock(certNow), signers(alice, alice+" "+line(signer)), signature, artifact)
	verdict{"signature", algorithm.ErrWrongKey}.check(t, nil, stage, err)
	want := "the certificate of " + cryptossh.FingerprintSHA256(signer.PublicKey()) + " by the authority " + cryptossh.FingerprintSHA256(ca.PublicKey())
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// An unreadKey is the wire form of one that x/crypto/ssh may not know.
type unreadKey []byte

func (unreadKey) Type() string                              { return "ssh-dss" }
func (k unreadKey) Marshal() []byte                         { return k }
func (unreadKey) Verify([]byte, *cryptossh.Signature) error { return errors.ErrUnsupported }

// signAgain signs a certificate as it is, by that algorithm; "" is the key's own.
func signAgain(tb testing.TB, c *cryptossh.Certificate, ca cryptossh.Signer, name string) {
	tb.Helper()
	unsigned := *c
	unsigned.Signature = nil
	blob := unsigned.Marshal()
	var err error
	c.Signature, err = ca.(cryptossh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, blob[:len(blob)-4], name)
	if err != nil {
		tb.Fatal(err)
	}
}

// TestUnreadAuthority: a certificate by an authority of a type that x/crypto/ssh doesn't
// know, as newer ones DSA, is told from what nobody can read.
func TestUnreadAuthority(t *testing.T) {
	boom := errors.New("boom")
	blob := func(names ...string) (b []byte) {
		for _, name := range names {
			b = append(b, cryptossh.Marshal(struct{ Name string }{name})...)
		}
		return b
	}
	const cert = cryptossh.CertAlgoED25519v01
	for what, c := range map[string]struct {
		name string
		blob []byte
		want error
	}{
		"DSA":                  {cert, blob(cert, "ssh-dss"), algorithm.ErrWeak},
		"DSA, of no authority": {cryptossh.KeyAlgoED25519, blob(cryptossh.KeyAlgoED25519, "ssh-dss"), algorithm.ErrMalformed},
		"a longer name":        {cert, blob(cert, "ssh-dss2"), algorithm.ErrMalformed},
		"nothing known":        {cert, blob(cert), algorithm.ErrMalformed},
	} {
		err := ssh.Unread(c.name, c.blob, boom)
		if !errors.Is(err, c.want) || errors.Is(err, algorithm.ErrWeak) != (c.want == algorithm.ErrWeak) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}
