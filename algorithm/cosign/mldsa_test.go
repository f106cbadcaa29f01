package cosign_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"filippo.io/mldsa"
	mldsax509 "filippo.io/mldsa/x509"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// maxWhole is how much of an artifact counts for ML-DSA.
const maxWhole = 4 << 20

func newMLDSA(tb testing.TB, parameters mldsa.Parameters) (private *mldsa.PrivateKey, public string) {
	tb.Helper()
	private, err := mldsa.GenerateKey(parameters)
	if err != nil {
		tb.Fatal(err)
	}
	der, err := mldsax509.MarshalPKIXPublicKey(private.PublicKey())
	if err != nil {
		tb.Fatal(err)
	}
	return private, pemText("PUBLIC KEY", der)
}

func signMLDSA(tb testing.TB, private *mldsa.PrivateKey, message []byte, context string) []byte {
	tb.Helper()
	sig, err := private.Sign(nil, message, &mldsa.Options{Context: context})
	if err != nil {
		tb.Fatal(err)
	}
	return sig
}

// mldsaBundle is what cosign makes of a signature by a key; digest is its hint.
func mldsaBundle(digest string, sig []byte) []byte {
	return fmt.Appendf(nil, `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"k"}},`+
		`"messageSignature":{%s"signature":%q}}`, digest, base64.StdEncoding.EncodeToString(sig))
}

func hint(name string, sum []byte) string {
	return fmt.Sprintf(`"messageDigest":{"algorithm":%q,"digest":%q},`, name, base64.StdEncoding.EncodeToString(sum))
}

// TestMLDSA: an ML-DSA key signs the bytes themselves, without a context, in every
// form that a key signs in.
func TestMLDSA(t *testing.T) {
	artifact := []byte("artifact")
	sum, sum512, wrong := sha256.Sum256(artifact), sha512.Sum512(artifact), sha256.Sum256(nil)
	for _, parameters := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		private, public := newMLDSA(t, parameters)
		other, _ := newMLDSA(t, parameters)
		another, _ := newMLDSA(t, map[mldsa.Parameters]mldsa.Parameters{
			mldsa.MLDSA44(): mldsa.MLDSA65(), mldsa.MLDSA65(): mldsa.MLDSA87(), mldsa.MLDSA87(): mldsa.MLDSA44(),
		}[parameters])
		good := signMLDSA(t, private, artifact, "")
		flip := func(at int) []byte { b := bytes.Clone(good); b[at] ^= 1; return b }
		attested := func(sum []byte) []byte {
			payload := statement(subject("artifact", "sha256", sum))
			return envelopeJSON(t, inToto, payload, signMLDSA(t, private, dsse.PAE(inToto, []byte(payload)), ""))
		}
		unframed := statement(subject("artifact", "sha256", sum[:]))
		for name, c := range map[string]struct {
			signature []byte
			want      error
		}{
			"binary":                       {good, nil},
			"base64":                       {[]byte(base64.StdEncoding.EncodeToString(good) + "\n"), nil},
			"bundle":                       {mldsaBundle("", good), nil},
			"bundle with SHA-256":          {mldsaBundle(hint("SHA2_256", sum[:]), good), nil},
			"bundle with SHA-512":          {mldsaBundle(hint("SHA2_512", sum512[:]), good), nil},
			"bundle with another digest":   {mldsaBundle(hint("SHA2_256", wrong[:]), good), algorithm.ErrInvalid},
			"attestation":                  {attested(sum[:]), nil},
			"attestation of another":       {attested(wrong[:]), algorithm.ErrInvalid},
			"attestation, cut off":         {envelopeJSON(t, inToto, unframed, good[:len(good)-1]), algorithm.ErrMalformed},
			"attestation by another key":   {envelopeJSON(t, inToto, unframed, signMLDSA(t, other, dsse.PAE(inToto, []byte(unframed)), "")), algorithm.ErrInvalid},
			"attestation, the payload":     {envelopeJSON(t, inToto, unframed, signMLDSA(t, private, []byte(unframed), "")), algorithm.ErrInvalid},
			"attestation, another context": {envelopeJSON(t, inToto, unframed, signMLDSA(t, private, dsse.PAE(inToto, []byte(unframed)), "x")), algorithm.ErrInvalid},
			"first bit":                    {flip(0), algorithm.ErrInvalid},
			"middle":                       {flip(len(good) / 2), algorithm.ErrInvalid},
			"last bit":                     {flip(len(good) - 1), algorithm.ErrInvalid},
			"cut off":                      {good[:len(good)-1], algorithm.ErrMalformed},
			"another key":                  {signMLDSA(t, other, artifact, ""), algorithm.ErrInvalid},
			"other parameters":             {signMLDSA(t, another, artifact, ""), algorithm.ErrWrongKey},
			"ECDSA":                        {signDigest(t, newECDSA(t, elliptic.P256()), sum[:]), algorithm.ErrWrongKey},
			"a context":                    {signMLDSA(t, private, artifact, "sigstore"), algorithm.ErrInvalid},
			"the digest":                   {signMLDSA(t, private, sum[:], ""), algorithm.ErrInvalid},
			"another artifact":             {signMLDSA(t, private, []byte("another"), ""), algorithm.ErrInvalid},
		} {
			e, err := verifyAll(cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{public}}, c.signature, artifact)
			if !errors.Is(err, c.want) || (e == nil) != (c.want != nil) {
				t.Errorf("%s, %s: got %v, want %v", parameters, name, err, c.want)
			}
			if e != nil && (e.KeyAlgorithm != parameters.String() || e.Hash != "") {
				t.Errorf("%s, %s: evidence %+v", parameters, name, e)
			}
		}
	}
}

// TestMLDSABeside: a key of ML-DSA spoils no other key's signature, nor the other
// way round.
func TestMLDSABeside(t *testing.T) {
	artifact := []byte("artifact")
	sum := sha256.Sum256(artifact)
	private, public := newMLDSA(t, mldsa.MLDSA65())
	old := newECDSA(t, elliptic.P256())
	_, more := newMLDSA(t, mldsa.MLDSA65())
	trust := algorithm.Trust{PublicKeys: []string{more + publicPEM(t, old), public}}
	for name, sig := range map[string][]byte{"ML-DSA-65": signMLDSA(t, private, artifact, ""), "ECDSA P-256": signDigest(t, old, sum[:])} {
		e, err := verifyAll(cosign.Algorithm{}, trust, sig, artifact)
		if err != nil || e.KeyAlgorithm != name {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

// TestMLDSALimit: an artifact is kept up to a limit, and a digest isn't enough.
func TestMLDSALimit(t *testing.T) {
	private, public := newMLDSA(t, mldsa.MLDSA44())
	trust := algorithm.Trust{PublicKeys: []string{public}}
	for size, want := range map[int]error{0: nil, maxWhole: nil, maxWhole + 1: algorithm.ErrTooLarge} {
		artifact := make([]byte, size)
		sig := signMLDSA(t, private, artifact, "")
		if _, err := verifyAll(cosign.Algorithm{}, trust, sig, artifact); !errors.Is(err, want) {
			t.Errorf("%d bytes: got %v, want %v", size, err, want)
		}
		v, err := verifier(cosign.Algorithm{}, trust, sig)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.(algorithm.DigestVerifier).VerifyDigests(testkeys.Digests(t, artifact, crypto.SHA256, crypto.SHA512)...); !errors.Is(err, algorithm.ErrUnsupported) {
			t.Errorf("by digests: %v", err)
		}
	}
	// neither nothing nor what follows is taken for an artifact that was too large
	for _, part := range []string{"", "tail"} {
		v, err := verifier(cosign.Algorithm{}, trust, signMLDSA(t, private, []byte(part), ""))
		if err != nil {
			t.Fatal(err)
		}
		chunk := make([]byte, maxWhole+1)
		if used := allocated(func() { _, _ = v.Write(chunk); _, _ = v.Write(chunk[:1<<20]) }); used > 1<<16 {
			t.Errorf("%d bytes allocated for what is over the limit", used)
		}
		_, _ = v.Write([]byte(part))
		if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("%q alone: %v, %v", part, e, err)
		}
	}
}

// TestMLDSALog: a log entry for such a key is none that is known, and demanded is
// demanded.
func TestMLDSALog(t *testing.T) {
	private, public := newMLDSA(t, mldsa.MLDSA65())
	sig := signMLDSA(t, private, []byte("artifact"), "")
	root := declare("transparency-log", true, public)
	root.Values["trusted-root"] = testkeys.Find(t, "cosign", "ok-key-p256-r1").Trust.Values["trusted-root"]
	if _, err := verifyAll(cosign.Algorithm{AllowTableRoot: true}, root, mldsaBundle("", sig), []byte("artifact")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("no entry: %v", err)
	}
}

// TestMLDSAKeys: what isn't a key as RFC 9881 has it, and other post-quantum keys.
func TestMLDSAKeys(t *testing.T) {
	private, _ := newMLDSA(t, mldsa.MLDSA65())
	spki := func(oid asn1.ObjectIdentifier, parameters asn1.RawValue, key []byte) string {
		type identifier struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		der, err := asn1.Marshal(struct {
			Algorithm identifier
			Key       asn1.BitString
		}{identifier{oid, parameters}, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})
		if err != nil {
			t.Fatal(err)
		}
		return pemText("PUBLIC KEY", der)
	}
	nist := func(last int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, last} }
	key := private.PublicKey().Bytes()
	for name, c := range map[string]struct {
		key  string
		want error
	}{
		"good":              {spki(nist(18), asn1.RawValue{}, key), nil},
		"parameters":        {spki(nist(18), asn1.NullRawValue, key), algorithm.ErrMalformed},
		"a byte less":       {spki(nist(18), asn1.RawValue{}, key[1:]), algorithm.ErrMalformed},
		"a byte more":       {spki(nist(18), asn1.RawValue{}, append(slices.Clone(key), 0)), algorithm.ErrMalformed},
		"of ML-DSA-87":      {spki(nist(19), asn1.RawValue{}, key), algorithm.ErrMalformed},
		"pre-hashed":        {spki(nist(33), asn1.RawValue{}, key), algorithm.ErrUnsupported},
		"SLH-DSA":           {spki(nist(20), asn1.RawValue{}, key[:32]), algorithm.ErrUnsupported},
		"HSS and LMS":       {spki(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 3, 17}, asn1.RawValue{}, key[:60]), algorithm.ErrUnsupported},
		"with Ed25519":      {spki(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 6, 48}, asn1.RawValue{}, append(slices.Clone(key), make([]byte, 32)...)), algorithm.ErrUnsupported},
		"of another, later": {spki(nist(20), asn1.RawValue{}, key[:32]) + "garbage", algorithm.ErrUnsupported},
		"not whole":         {strings.Replace(spki(nist(20), asn1.RawValue{}, key[:32]), "MD", "MC", 1), algorithm.ErrMalformed},
	} {
		k, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{c.key}})
		if !errors.Is(err, c.want) || (k == nil) != (c.want != nil) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if k == nil {
			continue
		}
		der, err := mldsax509.MarshalPKIXPublicKey(private.PublicKey())
		if sum := sha256.Sum256(der); err != nil || k.IDs()[0] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: ID %s, %v", name, k.IDs()[0], err)
		}
	}
}

// TestMLDSAVectors gives Wycheproof's signatures without a context to the family.
func TestMLDSAVectors(t *testing.T) {
	for _, file := range []string{"mldsa_44_verify_test.json", "mldsa_65_verify_test.json"} {
		name, ok := testkeys.Shared(t, "kits", "wycheproof", file)
		if !ok {
			t.Skip("no vectors beside the repository")
		}
		verdicts := map[bool]int{}
		for _, v := range readMLDSAVectors(t, name) {
			if v.Ctx != "" {
				continue
			}
			der, err := hex.DecodeString(v.key)
			if err != nil {
				t.Fatal(err)
			}
			message, sig := unhex(t, v.Msg), unhex(t, v.Sig)
			_, err = verifyAll(cosign.Algorithm{}, algorithm.Trust{PublicKeys: []string{pemText("PUBLIC KEY", der)}}, sig, message)
			verdicts[err == nil]++
			if (err == nil) != (v.Result == "valid") || err != nil && !typed(err) {
				t.Errorf("%s, %d (%s): %v, want %s", file, v.TcID, v.Comment, err, v.Result)
			}
		}
		if verdicts[true] == 0 || verdicts[false] == 0 {
			t.Errorf("%s: %v", file, verdicts)
		}
	}
}

// A mldsaVector is one of Wycheproof's, with its key.
type mldsaVector struct {
	key                            string
	TcID                           int
	Comment, Msg, Ctx, Sig, Result string
}

func readMLDSAVectors(t *testing.T, name string) []mldsaVector {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			PublicKeyDER string `json:"publicKeyDer"`
			Tests        []mldsaVector
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var all []mldsaVector
	for _, group := range file.TestGroups {
		for _, v := range group.Tests {
			v.key = group.PublicKeyDER
			all = append(all, v)
		}
	}
	return all
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
