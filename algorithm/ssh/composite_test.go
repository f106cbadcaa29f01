package ssh_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

const (
	compositeName    = "ssh-mldsa44-ed25519"
	compositeOldName = "ssh-mldsa44-ed25519@openssh.com"
	compositeLabel   = "COMPSIG-MLDSA44-Ed25519-SHA512"
)

// A compositeSigner signs as OpenSSH does with a key of both, or with whatever a
// test wants to be wrong.
type compositeSigner struct {
	compositeKey
	mldsa   *mldsa44.PrivateKey
	ed25519 ed25519.PrivateKey

	message func(message []byte) []byte // what both halves sign; nil: as the draft says
	context string                      // of ML-DSA
	format  string                      // of the signature
	tweak   func(blob []byte) []byte
}

// A compositeKey is a public key in its wire form.
type compositeKey struct {
	name    string
	encoded []byte
}

func (k compositeKey) Type() string { return k.name }

func (k compositeKey) Marshal() []byte {
	return cryptossh.Marshal(struct {
		Name string
		Key  []byte
	}{k.name, k.encoded})
}

func (compositeKey) Verify([]byte, *cryptossh.Signature) error { return io.ErrUnexpectedEOF } // nobody asks

func newComposite(tb testing.TB, name string) *compositeSigner {
	tb.Helper()
	public, mldsa, err := mldsa44.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	half, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return &compositeSigner{
		compositeKey: compositeKey{name, slices.Concat(public.Bytes(), half)},
		mldsa:        mldsa, ed25519: private, context: compositeLabel, format: name,
	}
}

func (s *compositeSigner) PublicKey() cryptossh.PublicKey { return s.compositeKey }

func (s *compositeSigner) Sign(_ io.Reader, message []byte) (*cryptossh.Signature, error) {
	signed := compositeMessage(compositeLabel, "")(message)
	if s.message != nil {
		signed = s.message(message)
	}
	blob := make([]byte, mldsa44.SignatureSize)
	if err := mldsa44.SignTo(s.mldsa, signed, []byte(s.context), true, blob); err != nil {
		return nil, err
	}
	blob = append(blob, ed25519.Sign(s.ed25519, signed)...)
	if s.tweak != nil {
		blob = s.tweak(blob)
	}
	return &cryptossh.Signature{Format: s.format, Blob: blob}, nil
}

// compositeMessage makes what both halves sign, for a label and a context.
func compositeMessage(label, context string) func([]byte) []byte {
	return func(message []byte) []byte {
		sum := sha512.Sum512(message)
		return slices.Concat([]byte("CompositeAlgorithmSignatures2025"+label), []byte{byte(len(context))}, []byte(context), sum[:])
	}
}

func TestComposite(t *testing.T) {
	for _, name := range []string{compositeName, compositeOldName} {
		for _, hash := range []string{"sha256", "sha512"} {
			signer := newComposite(t, name)
			e, stage, err := verify(signers(alice, alice+" "+line(signer)), sign(t, signer, artifact, hash, nil), artifact)
			verdict{}.check(t, e, stage, err)
			if e != nil && (e.KeyAlgorithm != "ML-DSA-44+Ed25519" || e.Fingerprint != cryptossh.FingerprintSHA256(signer.PublicKey())) {
				t.Errorf("evidence %+v", e)
			}
			_, stage, err = verify(signers("", line(signer)), sign(t, signer, artifact, hash, nil), []byte("x"))
			verdict{"artifact", algorithm.ErrInvalid}.check(t, nil, stage, err)
		}
	}
}

// TestCompositeNames: whoever has a signature can write it, and the key, under the
// other name; both are one key to a threshold.
func TestCompositeNames(t *testing.T) {
	signer := newComposite(t, compositeName)
	now, _, err := verify(signers("", line(signer)), sign(t, signer, artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	signer.name, signer.format = compositeOldName, compositeOldName
	old, _, err := verify(signers("", line(signer)), sign(t, signer, artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	other := newComposite(t, compositeName)
	half := newComposite(t, compositeName) // which has the other one's Ed25519
	half.ed25519 = other.ed25519
	copy(half.encoded[mldsa44.PublicKeySize:], other.encoded[mldsa44.PublicKeySize:])
	fourth, _, err := verify(signers("", line(half)), sign(t, half, artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	third, _, err := verify(signers("", line(other)), sign(t, other, artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	if now.Fingerprint == old.Fingerprint || len(now.KeyDigests) != 1 || !slices.Equal(now.KeyDigests, old.KeyDigests) || slices.Equal(now.KeyDigests, third.KeyDigests) {
		t.Errorf("the key is %v, under the old name %v, and another one %v", now.KeyDigests, old.KeyDigests, third.KeyDigests)
	}
	if len(fourth.KeyDigests) != 1 || slices.Equal(fourth.KeyDigests, third.KeyDigests) {
		t.Errorf("one half makes one key of two: %v", third.KeyDigests)
	}
}

// TestCompositeHalves: each half has to be good, by its own key, of what the draft
// says, and nothing may be more or less.
func TestCompositeHalves(t *testing.T) {
	other := newComposite(t, compositeName)
	invalid, malformed := verdict{"artifact", algorithm.ErrInvalid}, verdict{"signature", algorithm.ErrMalformed}
	early := verdict{"signature", algorithm.ErrInvalid} // R or S fits no message
	const size = mldsa44.SignatureSize
	blob := func(tweak func(b []byte) []byte) func(*compositeSigner) {
		return func(s *compositeSigner) { s.tweak = tweak }
	}
	flip := func(at int, bit byte) func(*compositeSigner) {
		return blob(func(b []byte) []byte { b[at] ^= bit; return b })
	}
	for name, c := range map[string]struct {
		tweak func(s *compositeSigner)
		want  verdict
	}{
		"good":                         {func(*compositeSigner) {}, verdict{}},
		"ML-DSA by another key":        {func(s *compositeSigner) { s.mldsa = other.mldsa }, invalid},
		"Ed25519 by another key":       {func(s *compositeSigner) { s.ed25519 = other.ed25519 }, invalid},
		"both by another key":          {func(s *compositeSigner) { s.mldsa, s.ed25519 = other.mldsa, other.ed25519 }, invalid},
		"ML-DSA alone":                 {blob(func(b []byte) []byte { clear(b[size:]); return b }), early},
		"ML-DSA alone, without a half": {blob(func(b []byte) []byte { return b[:size] }), malformed},
		"Ed25519 alone":                {blob(func(b []byte) []byte { clear(b[:size]); return b }), invalid},
		"Ed25519 alone, without":       {blob(func(b []byte) []byte { return b[size:] }), malformed},
		"halves changed about":         {blob(func(b []byte) []byte { return slices.Concat(b[size:], b[:size]) }), early},
		"first bit of ML-DSA":          {flip(0, 1), invalid},
		"last bit of ML-DSA":           {flip(size-1, 0x80), invalid},
		"a hint of ML-DSA":             {flip(size-84, 1), invalid},
		"first bit of S":               {flip(size+32, 1), invalid},
		"last bit of S":                {flip(size+63, 0x80), early},
		"one byte less":                {blob(func(b []byte) []byte { return b[:len(b)-1] }), malformed},
		"one byte more":                {blob(func(b []byte) []byte { return append(b, 0) }), malformed},
		"no signature":                 {blob(func([]byte) []byte { return nil }), malformed},
		"ML-DSA without context":       {func(s *compositeSigner) { s.context = "" }, invalid},
		"ML-DSA with another context":  {func(s *compositeSigner) { s.context = "COMPSIG-MLDSA65-Ed25519-SHA512" }, invalid},
		"the message itself":           {func(s *compositeSigner) { s.message = bytes.Clone }, invalid},
		"another label":                {func(s *compositeSigner) { s.message = compositeMessage("COMPSIG-MLDSA65-Ed25519-SHA512", "") }, invalid},
		"a context of the application": {func(s *compositeSigner) { s.message = compositeMessage(compositeLabel, "ssh") }, invalid},
		"the type of Ed25519":          {func(s *compositeSigner) { s.format = cryptossh.KeyAlgoED25519 }, malformed},
		"the type's other name":        {func(s *compositeSigner) { s.format = compositeOldName }, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			signer := newComposite(t, compositeName)
			c.tweak(signer)
			e, stage, err := verify(signers("", line(signer)), sign(t, signer, artifact, "sha512", nil), artifact)
			c.want.check(t, e, stage, err)
		})
	}
}

// TestCompositeHalfOfAKey: half a key is no key, nor does one half count without
// the other, or under another name.
func TestCompositeHalfOfAKey(t *testing.T) {
	signer, other := newComposite(t, compositeName), newComposite(t, compositeName)
	const size = mldsa44.PublicKeySize
	renamed := compositeKey{compositeOldName, signer.encoded}
	swapped := compositeKey{compositeName, slices.Concat(signer.encoded[:size], other.encoded[size:])}
	swappedToo := compositeKey{compositeName, slices.Concat(other.encoded[:size], signer.encoded[size:])}
	half, err := cryptossh.NewPublicKey(signer.ed25519.Public())
	if err != nil {
		t.Fatal(err)
	}
	text := func(k cryptossh.PublicKey) string { return string(cryptossh.MarshalAuthorizedKey(k)) }
	claims := func(k cryptossh.PublicKey) []byte {
		return sign(t, signer, artifact, "sha512", func(e *envelope) { e.PublicKey = k.Marshal() })
	}
	for name, c := range map[string]struct {
		key       string
		signature []byte
		want      verdict
	}{
		"another's Ed25519":           {text(swapped), claims(swapped), verdict{"artifact", algorithm.ErrInvalid}},
		"another's ML-DSA":            {text(swappedToo), claims(swappedToo), verdict{"artifact", algorithm.ErrInvalid}},
		"not the listed Ed25519":      {text(swapped), claims(signer.compositeKey), verdict{"signature", algorithm.ErrWrongKey}},
		"the other name":              {text(renamed), claims(signer.compositeKey), verdict{"signature", algorithm.ErrWrongKey}},
		"the other name in all":       {text(renamed), claims(renamed), verdict{"signature", algorithm.ErrMalformed}},
		"its Ed25519 half is listed":  {text(half), claims(signer.compositeKey), verdict{"signature", algorithm.ErrWrongKey}},
		"its Ed25519 half has signed": {line(signer), sign(t, newSigner(t, signer.ed25519, nil), artifact, "sha512", nil), verdict{"signature", algorithm.ErrWrongKey}},
	} {
		t.Run(name, func(t *testing.T) {
			e, stage, err := verify(signers("", c.key), c.signature, artifact)
			c.want.check(t, e, stage, err)
		})
	}
}

func TestCompositeKeys(t *testing.T) {
	good := newComposite(t, compositeName)
	const size = mldsa44.PublicKeySize
	point := func(text string) []byte {
		half, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(good.encoded[:size], half)
	}
	zeros := strings.Repeat("00", 31)
	for name, c := range map[string]struct {
		blob []byte
		want error
	}{
		"one byte less":        {compositeKey{compositeName, good.encoded[1:]}.Marshal(), algorithm.ErrMalformed},
		"one byte more":        {compositeKey{compositeName, append([]byte{0}, good.encoded...)}.Marshal(), algorithm.ErrMalformed},
		"one byte more behind": {compositeKey{compositeName, append(slices.Clone(good.encoded), 0)}.Marshal(), algorithm.ErrMalformed},
		"no key":               {compositeKey{compositeName, nil}.Marshal(), algorithm.ErrMalformed},
		"bytes behind it":      {append(good.Marshal(), 0), algorithm.ErrMalformed},
		"cut off":              {good.Marshal()[:1000], algorithm.ErrMalformed},
		"Ed25519 of order 4":   {compositeKey{compositeName, point("00" + zeros)}.Marshal(), algorithm.ErrWeak},
		"Ed25519's identity":   {compositeKey{compositeOldName, point("01" + zeros)}.Marshal(), algorithm.ErrWeak},
		"no point of Ed25519":  {compositeKey{compositeName, point("02" + zeros)}.Marshal(), algorithm.ErrMalformed},
		"its certificate":      {compositeKey{"ssh-mldsa44-ed25519-cert", good.encoded}.Marshal(), algorithm.ErrUnsupported},
		"its old certificate":  {compositeKey{"ssh-mldsa44-ed25519-cert-v01@openssh.com", good.encoded}.Marshal(), algorithm.ErrUnsupported},
		"ML-DSA-87 with P-384": {compositeKey{"ssh-mldsa87-p384", good.encoded}.Marshal(), algorithm.ErrUnsupported},
		"ML-DSA alone":         {compositeKey{cryptossh.KeyAlgoMLDSA44, good.encoded[:size]}.Marshal(), algorithm.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			e, stage, err := verify(signers("", blobLine(c.blob)), nil, nil)
			verdict{"key", c.want}.check(t, e, stage, err)
			signature := sign(t, good, artifact, "sha512", func(e *envelope) { e.PublicKey = c.blob })
			e, stage, err = verify(signers("", line(good)), signature, artifact)
			verdict{"signature", c.want}.check(t, e, stage, err)
		})
	}
}

// TestCompositeVerify: the key judges a whole signature by itself, also what was
// refused before anybody asked it.
func TestCompositeVerify(t *testing.T) {
	signer := newComposite(t, compositeName)
	key, err := ssh.ParsePublicKey(signer.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	for name, c := range map[string]struct {
		tweak func(b []byte) []byte
		want  error
	}{
		"good":               {bytes.Clone, nil},
		"no signature":       {func([]byte) []byte { return nil }, algorithm.ErrMalformed},
		"one byte less":      {func(b []byte) []byte { return b[:len(b)-1] }, algorithm.ErrMalformed},
		"one byte more":      {func(b []byte) []byte { return append(b, 0) }, algorithm.ErrMalformed},
		"S beyond the order": {func(b []byte) []byte { b[len(b)-1] |= 0xf0; return b }, algorithm.ErrInvalid},
	} {
		signer.tweak = c.tweak
		sig, err := signer.Sign(nil, message)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Verify(message, sig); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// blobLine is a public key as in a .pub file.
func blobLine(blob []byte) string {
	var wire struct {
		Name string
		Rest []byte `ssh:"rest"`
	}
	if err := cryptossh.Unmarshal(blob, &wire); err != nil {
		return err.Error()
	}
	return wire.Name + " " + base64.StdEncoding.EncodeToString(blob)
}

// TestCompositeAuthority: x/crypto/ssh reads no certificate by such a key. Its line
// is like that of any authority that has signed nothing.
func TestCompositeAuthority(t *testing.T) {
	ca, signer := newComposite(t, compositeName), newEd25519(t)
	keys := alice + " cert-authority " + line(ca)
	for name, s := range map[string]cryptossh.Signer{"a certificate": certify(t, signer, ca, nil), "the authority itself": ca} {
		want := map[string]error{"a certificate": algorithm.ErrUnsupported, "the authority itself": algorithm.ErrWrongKey}[name]
		_, stage, err := verifyWith(clock(certNow), signers(alice, keys), sign(t, s, artifact, "sha512", nil), artifact)
		verdict{"signature", want}.check(t, nil, stage, err)
	}
}

// TestMLDSA44Vectors runs Wycheproof's vectors, with their contexts, through the
// library's ML-DSA, which here is only ever asked about one kind of message.
func TestMLDSA44Vectors(t *testing.T) {
	name, ok := testkeys.Shared(t, "kits", "wycheproof", "mldsa_44_verify_test.json")
	if !ok {
		t.Skip("no vectors beside the repository")
	}
	var file struct {
		TestGroups []struct {
			PublicKey string
			Tests     []struct {
				TcID                           int
				Comment, Msg, Ctx, Sig, Result string
			}
		}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	unhex := func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	verdicts := map[bool]int{}
	for _, group := range file.TestGroups {
		for _, tc := range group.Tests {
			var key mldsa44.PublicKey
			good := key.UnmarshalBinary(unhex(group.PublicKey)) == nil && mldsa44.Verify(&key, unhex(tc.Msg), unhex(tc.Ctx), unhex(tc.Sig))
			verdicts[good]++
			if good != (tc.Result == "valid") {
				t.Errorf("%d (%s): %v, want %s", tc.TcID, tc.Comment, good, tc.Result)
			}
		}
	}
	if verdicts[true] == 0 || verdicts[false] == 0 {
		t.Errorf("%v", verdicts)
	}
}

// TestCompositeInterop: a key and a signature of the real program, where it is one
// that has them (OpenSSH 10.4).
func TestCompositeInterop(t *testing.T) {
	o := newOpenSSH(t)
	if out, err := o.run(t, nil, "-q", "-t", "mldsa44-ed25519", "-N", "", "-f", "key"); err != nil {
		t.Skipf("this ssh-keygen makes no such keys: %s", out)
	}
	trust := signers(alice, alice+" "+o.read(t, "key.pub"))
	for _, hash := range []string{"sha256", "sha512"} {
		signature := o.sign(t, "key", "file", hash, artifact)
		e, stage, err := verify(trust, signature, artifact)
		verdict{}.check(t, e, stage, err)
		_, stage, err = verify(trust, signature, []byte("x"))
		verdict{"artifact", algorithm.ErrInvalid}.check(t, nil, stage, err)
	}
	name, _, _ := strings.Cut(o.read(t, "key.pub"), " ")
	ours := newComposite(t, name)
	if err := o.verify(t, signers(alice, alice+" "+line(ours)), sign(t, ours, artifact, "sha512", nil), artifact); err != nil {
		t.Errorf("a signature of this test: %v", err)
	}
}
