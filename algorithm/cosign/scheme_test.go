package cosign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"slices"
	"testing"

	"filippo.io/mldsa"

	"github.com/relseal/relseal/algorithm"
)

// A keyring has a key of each kind.
type keyring struct {
	p256, p384, p521, rsa, ed25519, mldsa crypto.Signer
}

func newKeyring(t *testing.T) *keyring {
	t.Helper()
	k := new(keyring)
	for curve, to := range map[elliptic.Curve]*crypto.Signer{elliptic.P256(): &k.p256, elliptic.P384(): &k.p384, elliptic.P521(): &k.p521} {
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		*to = private
	}
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if _, k.ed25519, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if k.mldsa, err = mldsa.GenerateKey(mldsa.MLDSA44()); err != nil {
		t.Fatal(err)
	}
	return k
}

func publicOf(t *testing.T, private crypto.Signer) *publicKey {
	t.Helper()
	pub := private.Public()
	if m, ok := pub.(*mldsa.PublicKey); ok {
		pub = mldsaKey{m}
	}
	k, err := newPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Each kind of key has its hashes, some of them by what the form says.
func TestSchemes(t *testing.T) {
	k := newKeyring(t)
	type hashes []crypto.Hash
	for name, test := range map[string]struct {
		by   crypto.Signer
		want map[crypto.Hash]hashes // by what is said
	}{
		"P-256":   {k.p256, map[crypto.Hash]hashes{0: {crypto.SHA256}, crypto.SHA256: {crypto.SHA256}, crypto.SHA384: {crypto.SHA256}}},
		"P-384":   {k.p384, map[crypto.Hash]hashes{0: {crypto.SHA384, crypto.SHA256}, crypto.SHA384: {crypto.SHA384}, crypto.SHA256: {crypto.SHA384, crypto.SHA256}}},
		"P-521":   {k.p521, map[crypto.Hash]hashes{0: {crypto.SHA512, crypto.SHA256}, crypto.SHA512: {crypto.SHA512}, crypto.SHA384: {crypto.SHA512, crypto.SHA256}}},
		"RSA":     {k.rsa, map[crypto.Hash]hashes{0: {crypto.SHA256}, crypto.SHA512: {crypto.SHA256}}},
		"Ed25519": {k.ed25519, map[crypto.Hash]hashes{0: {0}, crypto.SHA256: {0}, crypto.SHA384: {0}, crypto.SHA512: {crypto.SHA512}}},
		"ML-DSA":  {k.mldsa, map[crypto.Hash]hashes{0: {0}, crypto.SHA512: {0}}},
	} {
		for said, want := range test.want {
			var got hashes
			for _, s := range publicOf(t, test.by).schemes(said) {
				got = append(got, s.hash)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %v said: %v, want %v", name, said, got, want)
			}
		}
	}
}

// A signature fits its digest and its key, in its own way.
func TestSchemeFits(t *testing.T) {
	k := newKeyring(t)
	message := []byte("message")
	sum256, sum384, sum512 := sha256.Sum256(message), sha512.Sum384(message), sha512.Sum512(message)
	sign := func(by crypto.Signer, digest []byte, how crypto.SignerOpts) []byte {
		sig, err := by.Sign(rand.Reader, digest, how)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	r, s, err := ecdsa.Sign(rand.Reader, k.p256.(*ecdsa.PrivateKey), sum256[:])
	if err != nil {
		t.Fatal(err)
	}
	bare := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	der, own := sign(k.p256, sum256[:], crypto.SHA256), sign(k.p384, sum384[:], crypto.SHA384)
	ph := sign(k.ed25519, sum512[:], &ed25519.Options{Hash: crypto.SHA512})
	pure, whole := sign(k.ed25519, message, crypto.Hash(0)), sign(k.mldsa, message, crypto.Hash(0))
	byRSA := sign(k.rsa, sum256[:], crypto.SHA256)
	for name, test := range map[string]struct {
		by          crypto.Signer
		hash        crypto.Hash
		digest, sig []byte
		fits        bool
	}{
		"P-256":                     {k.p256, crypto.SHA256, sum256[:], der, true},
		"P-256, r ‖ s":              {k.p256, crypto.SHA256, sum256[:], bare, true},
		"P-256 of another's":        {k.p256, crypto.SHA256, sum256[:], own, false},
		"P-256, r ‖ s of another":   {k.p256, crypto.SHA256, make([]byte, 32), bare, false},
		"P-256 of another digest":   {k.p256, crypto.SHA256, make([]byte, 32), der, false},
		"P-256 of a longer digest":  {k.p256, crypto.SHA256, append(sum256[:], 0), der, false},
		"P-256 of no digest":        {k.p256, crypto.SHA256, nil, der, false},
		"P-384":                     {k.p384, crypto.SHA384, sum384[:], own, true},
		"P-384 of SHA-256":          {k.p384, crypto.SHA256, sum256[:], sign(k.p384, sum256[:], crypto.SHA256), true},
		"P-384 of another hash":     {k.p384, crypto.SHA256, sum256[:], own, false},
		"RSA":                       {k.rsa, crypto.SHA256, sum256[:], byRSA, true},
		"RSA of another digest":     {k.rsa, crypto.SHA256, make([]byte, 32), byRSA, false},
		"Ed25519ph":                 {k.ed25519, crypto.SHA512, sum512[:], ph, true},
		"Ed25519ph of another":      {k.ed25519, crypto.SHA512, make([]byte, 64), ph, false},
		"Ed25519 called Ed25519ph":  {k.ed25519, crypto.SHA512, sum512[:], pure, false},
		"Ed25519ph of no hash":      {k.ed25519, 0, sum512[:], ph, false},
		"Ed25519 of no digest":      {k.ed25519, 0, message, pure, false},
		"ML-DSA of what is its own": {k.mldsa, 0, message, whole, false},
	} {
		if got := (scheme{publicOf(t, test.by), test.hash}).fits(test.digest, test.sig); got != test.fits {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (scheme{&publicKey{PublicKey: struct{}{}}, crypto.SHA256}).fits(sum256[:], der) {
		t.Error("a key of no kind fits")
	}
	for name, test := range map[string]struct {
		by   crypto.Signer
		sig  []byte
		hash crypto.Hash // of the way that fits, 0 for the message itself
		fits bool
	}{
		"P-256":            {k.p256, der, crypto.SHA256, true},
		"P-384":            {k.p384, own, crypto.SHA384, true},
		"P-384 of SHA-256": {k.p384, sign(k.p384, sum256[:], crypto.SHA256), crypto.SHA256, true},
		"another's":        {k.p384, der, 0, false},
		"Ed25519":          {k.ed25519, pure, 0, true},
		"Ed25519ph":        {k.ed25519, ph, crypto.SHA512, true},
		"Ed25519, another": {k.ed25519, make([]byte, 64), 0, false},
		"ML-DSA":           {k.mldsa, whole, 0, true},
		"ML-DSA, another":  {k.mldsa, make([]byte, len(whole)), 0, false},
	} {
		way, ok := publicOf(t, test.by).fitsMessage(message, test.sig)
		if ok != test.fits || ok && way.hash != test.hash {
			t.Errorf("%s over a message: %v by %v", name, ok, way.hash)
		}
	}
}

// What has the shape of a signature is one by the keys that make such, else by
// those of another kind, or none.
func TestShapes(t *testing.T) {
	k := newKeyring(t)
	p256, p384, p521, byRSA, ed, ml := publicOf(t, k.p256), publicOf(t, k.p384), publicOf(t, k.p521), publicOf(t, k.rsa), publicOf(t, k.ed25519), publicOf(t, k.mldsa)
	all := []*publicKey{p256, p384, p521, byRSA, ed, ml}
	der := []byte{0x30, 6, 2, 1, 1, 2, 1, 1}
	length := func(n int) []byte { return make([]byte, n) }
	for name, test := range map[string]struct {
		sig    []byte
		shaped []*publicKey
		want   error // by a key of another kind
	}{
		"DER":                   {der, all[:3], algorithm.ErrWrongKey},
		"DER and more":          {append(slices.Clone(der), 0), nil, algorithm.ErrMalformed},
		"DER of one":            {[]byte{0x30, 3, 2, 1, 1}, nil, algorithm.ErrMalformed},
		"DER of three":          {[]byte{0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}, nil, algorithm.ErrMalformed},
		"DER, r negative":       {[]byte{0x30, 6, 2, 1, 0xff, 2, 1, 1}, nil, algorithm.ErrMalformed},
		"DER, s with a zero":    {[]byte{0x30, 7, 2, 1, 1, 2, 2, 0, 1}, nil, algorithm.ErrMalformed},
		"DER cut off":           {der[:7], nil, algorithm.ErrMalformed},
		"nothing":               {nil, nil, algorithm.ErrMalformed},
		"64 bytes":              {length(64), []*publicKey{p256, ed}, algorithm.ErrWrongKey},
		"63 bytes":              {length(63), nil, algorithm.ErrMalformed},
		"65 bytes":              {length(65), nil, algorithm.ErrMalformed},
		"96 bytes":              {length(96), []*publicKey{p384}, algorithm.ErrWrongKey},
		"132 bytes":             {length(132), []*publicKey{p521}, algorithm.ErrWrongKey},
		"256 bytes":             {length(256), []*publicKey{byRSA}, algorithm.ErrWrongKey},
		"257 bytes":             {length(257), nil, algorithm.ErrMalformed},
		"384 bytes, of RSA":     {length(384), nil, algorithm.ErrWrongKey},
		"512 bytes, of RSA":     {length(512), nil, algorithm.ErrWrongKey},
		"as many as of ML-DSA":  {length(mldsa.MLDSA44SignatureSize), []*publicKey{ml}, algorithm.ErrWrongKey},
		"as many as of another": {length(mldsa.MLDSA87SignatureSize), nil, algorithm.ErrWrongKey},
	} {
		got, err := withShape(all, test.sig)
		if !slices.Equal(got, test.shaped) || len(test.shaped) == 0 && !errors.Is(err, test.want) || len(test.shaped) > 0 && err != nil {
			t.Errorf("%s: %d keys, %v", name, len(got), err)
		}
		if _, err := withShape(nil, test.sig); !errors.Is(err, test.want) {
			t.Errorf("%s, of no key: got %v, want %v", name, err, test.want)
		}
	}
	if (&publicKey{PublicKey: struct{}{}}).hasShape(der) {
		t.Error("a key of no kind has a shape")
	}
}
