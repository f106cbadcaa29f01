package cosign_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// allocated measures what a call allocates, in bytes, freed or not.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A bundleBuilder makes bundles by key around what is hostile in them.
type bundleBuilder struct {
	public   string
	artifact []byte
	digest   [32]byte
	sig      []byte
}

func newBundleBuilder(t *testing.T) *bundleBuilder {
	b := &bundleBuilder{artifact: []byte("hello")}
	private := newECDSA(t, elliptic.P256())
	b.public, b.digest = publicPEM(t, private), sha256.Sum256(b.artifact)
	b.sig = signDigest(t, private, b.digest[:])
	return b
}

func (b *bundleBuilder) bundle(t *testing.T, stamps [][]byte, entries ...any) []byte {
	var list []any
	for _, stamp := range stamps {
		list = append(list, map[string]any{"signedTimestamp": stamp})
	}
	return marshal(t, map[string]any{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{
			"publicKey":                 map[string]any{"hint": "any"},
			"tlogEntries":               entries,
			"timestampVerificationData": map[string]any{"rfc3161Timestamps": list},
		},
		"messageSignature": map[string]any{
			"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": b.digest[:]},
			"signature":     b.sig,
		},
	})
}

// entry is a log entry with that body.
func (b *bundleBuilder) entry(body string) any {
	return map[string]any{
		"logIndex": "1", "logId": map[string]any{"keyId": b.digest[:]}, "kindVersion": map[string]any{"kind": "hashedrekord", "version": "0.0.1"},
		"integratedTime": "1", "inclusionPromise": map[string]any{"signedEntryTimestamp": []byte("x")},
		"inclusionProof":    map[string]any{"logIndex": "1", "rootHash": b.digest[:], "treeSize": "2", "hashes": []any{}, "checkpoint": map[string]any{"envelope": "x\n\n\n"}},
		"canonicalizedBody": []byte(body),
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A timestamp of sequences in one another takes neither stack nor time: it is
// left out, as one is that doesn't verify.
func TestDeepTimestamp(t *testing.T) {
	root, err := cosign.ParseTrustedRoot(testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust.Values["trusted-root"].Content)
	if err != nil {
		t.Fatal(err)
	}
	b := newBundleBuilder(t)
	for name, inner := range map[string][]byte{
		"open, 3 MiB":   bytes.Repeat([]byte{0x30, 0x80}, 3<<19),
		"open, 32 KiB":  bytes.Repeat([]byte{0x30, 0x80}, 1<<14),
		"closed, 3 MiB": append(bytes.Repeat([]byte{0x30, 0x80}, 3<<18), make([]byte, 3<<19)...),
		"closed, 54 kB": append(bytes.Repeat([]byte{0x30, 0x80}, 13500), make([]byte, 27000)...),
	} {
		n := len(inner)
		token := append([]byte{0x30, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, inner...)
		n = len(token) + 3
		stamp := append([]byte{0x30, 0x83, byte(n >> 16), byte(n >> 8), byte(n), 2, 1, 0}, token...)
		text := b.bundle(t, [][]byte{stamp})
		var evidence *algorithm.Evidence
		used := allocated(func() {
			evidence, err = verifyAll(cosign.Algorithm{TrustedRoot: root}, algorithm.Trust{PublicKeys: []string{b.public}}, text, b.artifact)
		})
		if err != nil || len(evidence.Timestamps) != 0 || len(evidence.NotChecked) != 2 || evidence.TrustedRoot != nil {
			t.Errorf("%s: %+v, %v", name, evidence, err)
		}
		if used > uint64(10*len(text)+4<<20) {
			t.Errorf("%s: %d bytes allocated for a bundle of %d", name, used, len(text))
		}
	}
}

// Values count wherever JSON is in base64, before they take room.
func TestValuesInBase64(t *testing.T) {
	b := newBundleBuilder(t)
	trust := algorithm.Trust{PublicKeys: []string{b.public}}
	spec := fmt.Sprintf(`"spec":{"data":{"hash":{"algorithm":"sha256","value":"%x"}},"signature":{"content":"AAAA","publicKey":{"content":"AAAA"}}`, b.digest)
	subject := fmt.Sprintf(`{"name":"a","digest":{"sha256":"%x"`, b.digest)
	statement := `{"_type":"https://in-toto.io/Statement/v1","predicateType":"x",`
	envelope := func(payload string) []byte {
		return marshal(t, map[string]any{"payloadType": "application/vnd.in-toto+json", "payload": []byte(payload), "signatures": []any{map[string]any{"sig": b.sig}}})
	}
	manySignatures := []byte(`{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[` + strings.Repeat("{},", 1<<20) + `{}]}`)
	for name, test := range map[string]struct {
		text []byte
		want string // part of the error
	}{
		"envelope":           {manySignatures, "values"},
		"envelope in base64": {[]byte(base64.StdEncoding.EncodeToString(manySignatures)), "values"},
		"envelope in the older bundle": {marshal(t, map[string]any{
			"base64Signature": base64.StdEncoding.EncodeToString(manySignatures),
		}), "values"},
		"predicate":        {envelope(statement + `"predicate":[` + strings.Repeat("0,", 1<<20) + `0],"subject":[` + subject + `}}]}`), "values"},
		"digest":           {envelope(statement + `"subject":[` + subject + `,"x":[` + strings.Repeat("[],", 1<<20) + `0]}}]}`), "values"},
		"entry's body":     {b.bundle(t, nil, b.entry(`{"apiVersion":"0.0.1","kind":"hashedrekord",`+spec+`,"x":[`+strings.Repeat("0,", 7000)+`0]}}`)), "no text"},
		"deep in a body":   {b.bundle(t, nil, b.entry(`{"apiVersion":"0.0.1","kind":"hashedrekord",`+spec+`,"x":`+strings.Repeat("[", 15000)+`}}`)), "no text"},
		"large body":       {b.bundle(t, nil, b.entry(`{"x":"`+strings.Repeat("x", 16<<10)+`"}`)), "16392 bytes"},
		"older bundle's":   {marshal(t, map[string]any{"base64Signature": b.sig, "rekorBundle": map[string]any{"SignedEntryTimestamp": []byte("x"), "Payload": map[string]any{"body": []byte(`{"x":[` + strings.Repeat("{},", 5000) + `0]}`), "logID": "00"}}}), "no text"},
		"large key in it":  {b.bundle(t, nil, b.entry(hugeKeyBody(t, b.digest, 65536*8))), "are the most"},
		"commas in a text": {envelope(statement + `"predicate":"` + strings.Repeat(`,[{\"`, 1<<15) + `","subject":[` + subject + `}}]}`), "isn't signed"},
	} {
		var err error
		used := allocated(func() { _, err = verifier(cosign.Algorithm{}, trust, test.text) })
		if !typed(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if test.want == "values" && !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if limit := 6*len(test.text) + 4<<20; used > uint64(limit) {
			t.Errorf("%s: %d bytes allocated for %d", name, used, len(test.text))
		}
	}
}

// hugeKeyBody is the body of an entry with an RSA key of so many bits.
func hugeKeyBody(t *testing.T, digest [32]byte, bits int) string {
	t.Helper()
	key := pemText("PUBLIC KEY", pkix(t, &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), bits-1, 1), E: 65537}))
	return fmt.Sprintf(`{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%x"}},"signature":{"content":"AAAA","publicKey":{"content":%q}}}}`,
		digest, base64.StdEncoding.EncodeToString([]byte(key)))
}

// TestLimitsOfTable: keys, claims and patterns are bounded.
func TestLimitsOfTable(t *testing.T) {
	b := newBundleBuilder(t)
	keys := func(n int) string { return strings.Repeat(b.public, n) }
	issuer := algorithm.Claim{Field: "issuer", Value: "https://issuer.example.com"}
	who := func(claims ...algorithm.Claim) algorithm.Trust {
		return testkeys.With(testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust, "identity", append(claims, issuer))
	}
	subject := func(value string, regexp bool) algorithm.Claim {
		return algorithm.Claim{Field: "subject", Value: value, Regexp: regexp}
	}
	many := make([]algorithm.Claim, 64)
	for i := range many {
		many[i] = subject("x", false)
	}
	for name, test := range map[string]struct {
		trust algorithm.Trust
		want  error
	}{
		"64 keys":                 {algorithm.Trust{PublicKeys: []string{keys(64)}}, nil},
		"65 keys":                 {algorithm.Trust{PublicKeys: []string{keys(65)}}, algorithm.ErrTooLarge},
		"65 keys in 2 texts":      {algorithm.Trust{PublicKeys: []string{keys(33), keys(32)}}, algorithm.ErrTooLarge},
		"20 000 keys":             {algorithm.Trust{PublicKeys: []string{keys(20000)}}, algorithm.ErrTooLarge},
		"a long text":             {algorithm.Trust{PublicKeys: []string{b.public + strings.Repeat("\n", 256<<10)}}, algorithm.ErrTooLarge},
		"64 claims":               {who(many[:63]...), nil},
		"65 claims":               {who(many...), algorithm.ErrTooLarge},
		"a claim of 4 KiB":        {who(subject(strings.Repeat("x", 4<<10), false)), nil},
		"a claim of over 4 KiB":   {who(subject(strings.Repeat("x", 4<<10+1), false)), algorithm.ErrTooLarge},
		"a pattern of over 4 KiB": {who(subject(strings.Repeat("x", 4<<10+1), true)), algorithm.ErrTooLarge},
		"patterns together":       {who(subject("x{999}", true), subject("y{999}", true)), nil},
		"patterns beyond that":    {who(subject("x{999}", true), subject("y{999}", true), subject("z{9}", true)), algorithm.ErrTooLarge},
		"counts in a pattern":     {who(subject(strings.Repeat("(a{1000})", 400), true)), algorithm.ErrTooLarge},
	} {
		var err error
		used := allocated(func() { _, err = cosign.Algorithm{}.Key(test.trust) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if used > 32<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{keys(2), b.public}})
	if err != nil || len(key.IDs()) != 1 {
		t.Errorf("one key three times: %v, %v", key.IDs(), err)
	}
}

// A countdown is a context that is cancelled once it was asked so many times.
type countdown struct {
	context.Context

	left *int
}

func (c countdown) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// The context is looked at between all steps that take time; whenever it ends,
// there is no verifier.
func TestContext(t *testing.T) {
	for name, looks := range map[string]int{ // entries twice, issuers, claims, timestamps and their authorities, chains, SCTs, keys
		"ok-first-r1":     9,
		"ok-first-r2tsa":  11,
		"ok-key-p256-r1":  3,
		"ok-key-p256-tsa": 3,
		"ok-att-gha-r1":   9,
	} {
		c := testkeys.Find(t, "cosign", name)
		key, err := cosign.Algorithm{}.Key(c.Trust)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			left := n
			v, err := key.Verifier(countdown{t.Context(), &left}, c.Signature)
			if err == nil {
				if n != looks {
					t.Errorf("%s: the context was looked at %d times, and not %d", name, n, looks)
				}
				break
			}
			if v != nil || !errors.Is(err, context.Canceled) || n > 100 {
				t.Fatalf("%s: cancelled at look %d: %v, %v", name, n, v, err)
			}
		}
	}
}

// Blank lines and CRLF around a key and a signature count for nothing; a byte
// order mark is for keys alone.
func TestTextAround(t *testing.T) {
	for _, name := range []string{"ok-key-p256-none", "ok-key-p256-raw-c2", "ok-att2-key-old", "ok-key-p256-old"} {
		c := testkeys.Find(t, "cosign", name)
		around := func(text string) map[string]string {
			return map[string]string{
				"blank lines": "\n \n" + text + "\n\n",
				"CRLF":        "\r\n\r\n" + strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n") + "\r\n\r\n",
			}
		}
		for what, key := range around(c.Trust.PublicKeys[0]) {
			trust := c.Trust
			trust.PublicKeys = []string{"\ufeff" + key}
			if _, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact); err != nil {
				t.Errorf("%s, key with %s: %v", name, what, err)
			}
		}
		for what, signature := range around(string(c.Signature)) {
			if _, err := verifyAll(cosign.Algorithm{}, c.Trust, []byte(signature), c.Artifact); err != nil {
				t.Errorf("%s, signature with %s: %v", name, what, err)
			}
			for _, before := range []string{"x", "\ufeff"} {
				if _, err := verifyAll(cosign.Algorithm{}, c.Trust, []byte(before+signature), c.Artifact); !typed(err) {
					t.Errorf("%s, signature with %s and %q before: %v", name, what, before, err)
				}
			}
		}
	}
}

func pkix(t *testing.T, pub any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
