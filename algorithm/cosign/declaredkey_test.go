package cosign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// A key is refused for its kind or its strength, at the bounds of both.
func TestJudgedKey(t *testing.T) {
	even := new(big.Int).Lsh(big.NewInt(1), minRSABits-1)
	off := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // no parser makes such a key
	for name, test := range map[string]struct {
		key  crypto.PublicKey
		want error
	}{
		"RSA of the least bits":         {rsaOf(minRSABits, 65537), nil},
		"RSA of a bit less":             {rsaOf(minRSABits-1, 65537), algorithm.ErrWeak},
		"RSA of the most bits":          {rsaOf(maxRSABits, 65537), nil},
		"RSA of a bit more":             {rsaOf(maxRSABits+1, 65537), algorithm.ErrUnsupported},
		"RSA with exponent 3":           {rsaOf(minRSABits, 3), nil},
		"RSA with exponent 2":           {rsaOf(minRSABits, 2), algorithm.ErrWeak},
		"RSA with exponent 1":           {rsaOf(minRSABits, 1), algorithm.ErrWeak},
		"RSA with exponent -3":          {rsaOf(minRSABits, -3), algorithm.ErrWeak},
		"RSA with an even modulus":      {&rsa.PublicKey{N: even, E: 65537}, algorithm.ErrWeak},
		"ECDSA":                         {(*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey, nil},
		"a point that isn't on P-256":   {off, algorithm.ErrMalformed},
		"a curve that nobody signs on":  {&ecdsa.PublicKey{Curve: elliptic.P224()}, algorithm.ErrUnsupported},
		"a key of a kind without names": {struct{}{}, algorithm.ErrUnsupported},
		"no key":                        {nil, algorithm.ErrUnsupported},
	} {
		got, err := newPublicKey(test.key)
		if !errors.Is(err, test.want) || (got == nil) != (err != nil) || err == nil && len(got.fingerprint) != 64 {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}

// What is no key that is known here has its own reason, which says what it is.
func TestDeclaredTextRefused(t *testing.T) {
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	unknown, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}{pkix.AlgorithmIdentifier{Algorithm: oidOf(1, 3, 101, 111)}, asn1.BitString{Bytes: make([]byte, 56), BitLength: 448}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text, says string
		want, not  error
	}{
		"of an algorithm that isn't known": {block("PUBLIC KEY", unknown), "a public key of the algorithm 1.3.101.111", algorithm.ErrUnsupported, algorithm.ErrMalformed},
		"of one, and something behind":     {block("PUBLIC KEY", append(unknown[:len(unknown):len(unknown)], 0)), "public key: ", algorithm.ErrMalformed, algorithm.ErrUnsupported},
		"empty":                            {" \r\n", "the public key is empty", algorithm.ErrMalformed, algorithm.ErrUnsupported},
		"some text":                        {"some text", "is not (only) PEM", algorithm.ErrMalformed, algorithm.ErrUnsupported},
		"a private key":                    {block("EC PRIVATE KEY", []byte{5, 0}), "public key: a private key", algorithm.ErrMalformed, algorithm.ErrUnsupported},
		"something else":                   {block("PRIVATE KEYS", []byte{5, 0}), `PEM block of type "PRIVATE KEYS"`, algorithm.ErrMalformed, algorithm.ErrUnsupported},
	} {
		keys, err := parsePEM([]byte(test.text))
		if keys != nil || !errors.Is(err, test.want) || errors.Is(err, test.not) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, %v; want %v that says %q", name, keys, err, test.want, test.says)
		}
	}
}

// How long a text of keys may be, and how many blocks all texts may have.
func TestDeclaredTextBounds(t *testing.T) {
	der, err := x509.MarshalPKIXPublicKey((*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	one := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	padded := func(n int) string { return one + strings.Repeat("\n", n-len(one)) }
	for name, test := range map[string]struct {
		texts []string
		want  error
	}{
		"as long as may be":                     {[]string{padded(maxKeyText), padded(maxKeyText)}, nil},
		"a byte longer":                         {[]string{one, padded(maxKeyText + 1)}, algorithm.ErrTooLarge},
		"as many as may be":                     {[]string{strings.Repeat(one, maxPublicKeys)}, nil},
		"one more":                              {[]string{strings.Repeat(one, maxPublicKeys+1)}, algorithm.ErrTooLarge},
		"as many as may be, in several texts":   {[]string{one, strings.Repeat(one, maxPublicKeys-1)}, nil},
		"one more than that, in several of one": {[]string{one, strings.Repeat(one, maxPublicKeys)}, algorithm.ErrTooLarge},
	} {
		keys, err := parsePublicKeys(test.texts)
		if !errors.Is(err, test.want) || err == nil && len(keys) != 1 { // twice counts once
			t.Errorf("%s: %d keys, %v; want %v", name, len(keys), err, test.want)
		}
	}
}
