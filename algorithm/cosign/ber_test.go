package cosign

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// ber is an element of definite length, in the shortest form.
func ber(t testing.TB, identifier byte, content ...[]byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(asn1.RawValue{Class: int(identifier >> 6), Tag: int(identifier & 0x1f), IsCompound: identifier&0x20 != 0, Bytes: bytes.Join(content, nil)})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// response is an RFC 3161 response around what should be its token.
func response(t testing.TB, token []byte) []byte {
	return ber(t, 0x30, ber(t, 0x30, []byte{2, 1, 0}), token)
}

// nested are sequences in one another, so many. They are written from the end, as
// there may be thousands.
func nested(_ testing.TB, levels int) []byte {
	at := 6 * levels // bytes that headers may take
	der := append(make([]byte, at), 5, 0)
	for range levels - 1 {
		header := appendHeader(nil, 0x30, len(der)-at)
		at -= len(header)
		copy(der[at:], header)
	}
	return der[at:]
}

// genuine is a bundle's timestamp, and its signature.
func genuine(t testing.TB) (stamp []byte, s *signed, material root.TrustedMaterial) {
	t.Helper()
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	s, err := parseText(c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := ParseTrustedRoot(c.Trust.Values["trusted-root"].Content)
	if err != nil {
		t.Fatal(err)
	}
	return s.timestamps[0], s, tr.instances[0].TrustedMaterial
}

// rebuilt is a genuine timestamp with other fields of its SignedData.
func rebuilt(t testing.TB, stamp []byte, change func(fields [][]byte) [][]byte) []byte {
	t.Helper()
	elements, ok := signedDataOf(stamp)
	if !ok {
		t.Fatal("no signed data in a genuine timestamp")
	}
	var fields [][]byte
	for _, e := range elements {
		fields = append(fields, ber(t, e.identifier, e.content))
	}
	oid := []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}
	return response(t, ber(t, 0x30, oid, ber(t, 0xa0, ber(t, 0x30, change(fields)...))))
}

// A timestamp that is a burden is refused before a parser sees it: in one pass,
// without a call or a copy for each level of it.
func TestCheckTimestamp(t *testing.T) {
	stamp, _, _ := genuine(t)
	same := func(fields [][]byte) [][]byte { return fields }
	if !bytes.Equal(rebuilt(t, stamp, same), stamp) {
		t.Fatal("a timestamp isn't rebuilt as it was")
	}
	signers := func(n int) []byte {
		return rebuilt(t, stamp, func(fields [][]byte) [][]byte {
			one, _, _ := cutElement(fields[len(fields)-1])
			fields[len(fields)-1] = ber(t, 0x31, bytes.Repeat(one.content, n))
			return fields
		})
	}
	certified := func(cert []byte) []byte {
		return rebuilt(t, stamp, func(fields [][]byte) [][]byte {
			return [][]byte{fields[0], fields[1], fields[2], ber(t, 0xa0, cert), fields[len(fields)-1]}
		})
	}
	decoyed := func(change func(fields [][]byte) [][]byte) []byte { return rebuilt(t, stamp, change) }
	twice := func(signers []byte) []byte {
		e, _, _ := cutElement(signers)
		return ber(t, 0x31, e.content, e.content)
	}
	whole, _, _ := cutElement(stamp)
	parts, _ := whole.children()
	token := parts[1].whole
	appended := func(sequence []byte, more ...[]byte) []byte {
		e, _, _ := cutElement(sequence)
		return ber(t, e.identifier, append([][]byte{e.content}, more...)...)
	}
	contained := func(more ...[]byte) []byte { // what stands around the signed data
		tokens, _ := parts[1].children()
		content, _ := tokens[1].children()
		return response(t, ber(t, 0x30, tokens[0].whole, ber(t, 0xa0, append([][]byte{content[0].whole}, more...)...)))
	}
	small := (*testCA)(nil).issue(t, "small", 0, 1, nil).cert
	for _, test := range []struct {
		name  string
		stamp []byte
		want  error
	}{
		{"genuine", stamp, nil},
		{"open, 4 MiB", response(t, bytes.Repeat([]byte{0x30, 0x80}, 2<<20)), algorithm.ErrTooLarge},
		{"open", response(t, ber(t, 0x30, bytes.Repeat([]byte{0x30, 0x80}, 30000))), algorithm.ErrMalformed},
		{"open, once", response(t, []byte{0x30, 0x80, 5, 0, 0, 0}), algorithm.ErrMalformed},
		{"open and primitive", response(t, []byte{4, 0x80, 0, 0}), algorithm.ErrMalformed},
		{"as deep as may be, but nothing", nested(t, 32), algorithm.ErrMalformed},
		{"too deep", nested(t, 33), algorithm.ErrTooLarge},
		{"very deep", nested(t, 15000), algorithm.ErrTooLarge},
		{"too deep below a tag of two bytes", ber(t, 0x30, []byte{0x3f, 0x81, 0x01, byte(len(nested(t, 31)))}, nested(t, 31)), algorithm.ErrTooLarge},
		{"flat", response(t, ber(t, 0x30, bytes.Repeat([]byte{5, 0}, 30000))), algorithm.ErrMalformed},
		{"as long as may be, with something behind", append(bytes.Clone(stamp), make([]byte, maxTimestamp-len(stamp))...), algorithm.ErrMalformed},
		{"a byte longer", append(bytes.Clone(stamp), make([]byte, maxTimestamp-len(stamp)+1)...), algorithm.ErrTooLarge},
		{"too long", append(bytes.Clone(stamp), make([]byte, maxTimestamp)...), algorithm.ErrTooLarge},
		{"cut off", stamp[:len(stamp)-1], algorithm.ErrMalformed},
		{"empty", nil, algorithm.ErrMalformed},
		{"no signer", signers(0), algorithm.ErrMalformed},
		{"one signer", signers(1), nil},
		{"two signers before a decoy", decoyed(func(f [][]byte) [][]byte {
			return append(f[:len(f)-1:len(f)-1], twice(f[len(f)-1]), f[len(f)-1])
		}), algorithm.ErrMalformed},
		{"two signers before a decoy that is empty", decoyed(func(f [][]byte) [][]byte {
			return append(f[:len(f)-1:len(f)-1], twice(f[len(f)-1]), ber(t, 0x31))
		}), algorithm.ErrMalformed},
		{"something behind the signers", decoyed(func(f [][]byte) [][]byte { return append(f, []byte{5, 0}) }), algorithm.ErrMalformed},
		{"something before the signers", decoyed(func(f [][]byte) [][]byte { return slices.Insert(f, len(f)-1, []byte{5, 0}) }), algorithm.ErrMalformed},
		{"certificates twice", decoyed(func(f [][]byte) [][]byte { return slices.Insert(f, 3, ber(t, 0xa0)) }), algorithm.ErrMalformed},
		{"revocation lists behind certificates", decoyed(func(f [][]byte) [][]byte { return slices.Insert(f, len(f)-1, ber(t, 0xa1)) }), nil},
		{"revocation lists before certificates", decoyed(func(f [][]byte) [][]byte { return slices.Insert(f, 3, ber(t, 0xa1)) }), algorithm.ErrMalformed},
		{"no version", decoyed(func(f [][]byte) [][]byte { return f[1:] }), algorithm.ErrMalformed},
		{"signers of another kind", decoyed(func(f [][]byte) [][]byte { f[len(f)-1][0] = 0x30; return f }), algorithm.ErrMalformed},
		{"a signer without name", decoyed(func(f [][]byte) [][]byte {
			f[len(f)-1] = ber(t, 0x31, ber(t, 0x30, []byte{2, 1, 1}, ber(t, 0x80, []byte{1})))
			return f
		}), algorithm.ErrMalformed},
		{"a signer of nothing but a version", decoyed(func(f [][]byte) [][]byte {
			f[len(f)-1] = ber(t, 0x31, ber(t, 0x30, []byte{2, 1, 1}))
			return f
		}), algorithm.ErrMalformed},
		{"a signer of nothing", decoyed(func(f [][]byte) [][]byte { f[len(f)-1] = ber(t, 0x31, ber(t, 0x30)); return f }), algorithm.ErrMalformed},
		{"a signer of nothing but a name", decoyed(func(f [][]byte) [][]byte {
			f[len(f)-1] = ber(t, 0x31, ber(t, 0x30, []byte{2, 1, 1}, ber(t, 0x30, ber(t, 0x30), []byte{2, 1, 1})))
			return f
		}), nil},
		{"a signer's name and more", decoyed(func(f [][]byte) [][]byte {
			name := ber(t, 0x30, ber(t, 0x30), []byte{2, 1, 1}, []byte{2, 1, 2})
			f[len(f)-1] = ber(t, 0x31, ber(t, 0x30, []byte{2, 1, 1}, name))
			return f
		}), algorithm.ErrMalformed},
		{"a second token", ber(t, 0x30, ber(t, 0x30, []byte{2, 1, 0}), token, token), algorithm.ErrMalformed},
		{"a second content", response(t, appended(token, []byte{5, 0})), algorithm.ErrMalformed},
		{"signed data alone", contained(), nil},
		{"something behind the signed data", contained([]byte{5, 0}), algorithm.ErrMalformed},
		{"signed data twice", contained(ber(t, 0x30)), algorithm.ErrMalformed},
		{"no signed data", response(t, ber(t, 0x30, []byte{6, 1, 1}, ber(t, 0xa0))), algorithm.ErrMalformed},
		{"a set", append([]byte{0x31}, stamp[1:]...), algorithm.ErrMalformed},
		{"something behind", slices.Concat(stamp, []byte{5, 0}), algorithm.ErrMalformed},
		{"certificates to the limit", certified(bytes.Repeat(small.Raw, maxBroughtAlong)), nil},
		{"many certificates", certified(bytes.Repeat(small.Raw, maxBroughtAlong+1)), algorithm.ErrTooLarge},
		{"RSA to the limit", certified(certifiedRSA(t, 4096, 65537)), nil},
		{"RSA beyond the limit", certified(certifiedRSA(t, 4097, 65537)), algorithm.ErrUnsupported},
		{"a large exponent", certified(certifiedRSA(t, 4096, 65539)), algorithm.ErrUnsupported},
		{"two signers", signers(2), algorithm.ErrMalformed},
		{"large RSA key", certified(largeRSA(t)), algorithm.ErrUnsupported},
		{"no certificate in their place", certified([]byte{5, 0}), algorithm.ErrMalformed},
	} {
		if err := checkTimestamp(test.stamp); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
		if n := testing.AllocsPerRun(1, func() { _ = checkTimestamp(test.stamp) }); n > 2000 {
			t.Errorf("%s: %v allocations", test.name, n)
		}
	}
}

// An indefinite length isn't a length of nothing, wherever it stands.
func TestIndefiniteLength(t *testing.T) {
	for _, open := range [][]byte{{0x30, 0x80, 5, 0, 0, 0}, {4, 0x80, 0, 0}, ber(t, 0x30, []byte{0x30, 0x80, 0, 0})} {
		if err := checkNesting(open); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%x: %v", open, err)
		}
	}
	for _, closed := range [][]byte{{0x30, 2, 5, 0}, {0x30, 0x81, 2, 5, 0}, {0x30, 0x84, 0, 0, 0, 2, 5, 0}, {0x3f, 0x81, 1, 0}, nested(t, maxDepth)} {
		if err := checkNesting(closed); err != nil {
			t.Errorf("%x: %v", closed, err)
		}
	}
	for _, broken := range [][]byte{{0x30}, {0x30, 3, 5, 0}, {0x30, 0x85, 0, 0, 0, 0, 2, 5, 0}, {0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, {0x3f, 0x81}, {0x3f, 0x81, 1}, {0x30, 0x82, 0}} {
		if err := checkNesting(broken); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%x: %v", broken, err)
		}
	}
}

// largeRSA is a certificate for an RSA key of 20 000 bits.
func largeRSA(t testing.TB) []byte {
	t.Helper()
	by := (*testCA)(nil).issue(t, "root", 0, 40, nil)
	return issueFor(t, by, LargeKey(t))
}

func certifiedRSA(t testing.TB, bits, exponent int) []byte {
	t.Helper()
	n := new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
	return issueFor(t, (*testCA)(nil).issue(t, "issuer", 0, 1, nil), &rsa.PublicKey{N: n, E: exponent})
}

func issueFor(t testing.TB, by *testCA, key *rsa.PublicKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: day(0), NotAfter: day(1)}
	der, err := x509.CreateCertificate(nil, template, by.cert, key, by.private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// countedAuthority counts the timestamps that it is asked for.
type countedAuthority struct {
	calls *int
	then  func()
}

func (a countedAuthority) Verify([]byte, []byte) (*root.Timestamp, error) {
	*a.calls++
	a.then()
	return nil, errors.New("not by this one")
}

type stampMaterial struct {
	root.BaseTrustedMaterial

	authorities []root.TimestampingAuthority
}

func (m *stampMaterial) TimestampingAuthorities() []root.TimestampingAuthority { return m.authorities }

// However many keys are declared, each authority sees each timestamp once, and
// none any more once the context has ended. Those that are a burden it never sees.
func TestTimestampsOnce(t *testing.T) {
	stamp, _, _ := genuine(t)
	var keys []*publicKey
	for range maxPublicKeys {
		by, err := newPublicKey((*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, by)
	}
	deep := response(t, ber(t, 0x30, bytes.Repeat([]byte{0x30, 0x80}, 30000)))
	der, err := asn1.Marshal(struct{ R, S *big.Int }{big.NewInt(1), big.NewInt(1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name           string
		stamps         [][]byte
		stopAt, called int
		want           error
	}{
		{"genuine", [][]byte{stamp}, 0, 7, nil},
		{"as many as there is effort for", slices.Repeat([][]byte{stamp}, 2), 0, 14, nil},
		{"too many", slices.Repeat([][]byte{stamp}, maxTimestamps), 0, 15, algorithm.ErrTooLarge},
		{"deep", slices.Repeat([][]byte{deep}, maxTimestamps), 0, 0, nil},
		{"stopped", slices.Repeat([][]byte{stamp}, maxTimestamps), 3, 3, context.Canceled},
	} {
		calls := 0
		ctx, cancel := context.WithCancel(t.Context())
		authority := countedAuthority{&calls, func() {
			if calls == test.stopAt {
				cancel()
			}
		}}
		material := &stampMaterial{authorities: slices.Repeat([]root.TimestampingAuthority{authority}, 7)}
		k := &key{publicKeys: keys, root: rootOf(material), policy: policy{log: ifThere, sct: waived}}
		s := &signed{form: formBundle, signature: der, timestamps: test.stamps}
		named, p, err := k.byKey(ctx, s)
		if !errors.Is(err, test.want) || calls != test.called || err == nil && (len(named) != len(keys) || len(p.notChecked) != 2) {
			t.Errorf("%s: %d calls, %d keys, %v; want %d calls, %v", test.name, calls, len(named), err, test.called, test.want)
		}
		cancel()
	}
}

// A certificate of the wrong identity, or that no authority of the root issued,
// is refused before any timestamp is looked at.
func TestCertificateBeforeTimestamps(t *testing.T) {
	stamp, s, material := genuine(t)
	calls := 0
	authorities := []root.TimestampingAuthority{countedAuthority{&calls, func() {}}}
	s.timestamps = [][]byte{stamp}
	s.entries = nil
	other := identity{{Claim: algorithm.Claim{Field: fieldSubject, Value: "someone else"}}}
	for name, test := range map[string]struct {
		issuers  root.TrustedMaterial
		identity identity
		want     error
		calls    int
	}{
		"right":                 {material, nil, algorithm.ErrInvalid, 1}, // the timestamp isn't by that authority
		"of another identity":   {material, other, algorithm.ErrIdentity, 0},
		"of no known authority": {&stampMaterial{}, nil, algorithm.ErrInvalid, 0},
		"of neither":            {&stampMaterial{}, other, algorithm.ErrInvalid, 0}, // patterns never see what nobody issued
	} {
		calls = 0
		k := &key{identities: []identity{test.identity}, policy: policy{log: ifThere, sct: waived}, now: func() time.Time { return day(0) }}
		k.root = rootOf(&bothMaterial{test.issuers, authorities})
		if _, _, err := k.byCertificate(t.Context(), s); !errors.Is(err, test.want) || calls != test.calls {
			t.Errorf("%s: %v, the authority was asked %d times; want %v, %d times", name, err, calls, test.want, test.calls)
		}
	}
}

// bothMaterial has the certificate authorities of one root and others for
// timestamps.
type bothMaterial struct {
	root.TrustedMaterial

	authorities []root.TimestampingAuthority
}

func (m *bothMaterial) TimestampingAuthorities() []root.TimestampingAuthority { return m.authorities }
