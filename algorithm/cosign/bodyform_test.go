package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// object and list make JSON by hand, in which a name may stand twice.
type (
	object [][2]any
	list   []any
)

func (o object) String() string {
	var members []string
	for _, m := range o {
		members = append(members, fmt.Sprintf("%q:%s", m[0], jsonText(m[1])))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (l list) String() string {
	var texts []string
	for _, v := range l {
		texts = append(texts, jsonText(v))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func jsonText(v any) string {
	switch v := v.(type) {
	case object, list:
		return fmt.Sprint(v)
	case []byte:
		v = []byte(base64.StdEncoding.EncodeToString(v))
		return fmt.Sprintf("%q", v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func publicText(t *testing.T, pub crypto.PublicKey) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki(t, pub)})
}

func rsaOf(bits, exponent int) *rsa.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), bits-1, 1), E: exponent}
}

func hashedRekord(key any, more ...[2]any) object {
	return object{{"apiVersion", "0.0.1"}, {"kind", "hashedrekord"}, {"spec", append(object{
		{"data", object{{"hash", object{{"algorithm", "sha256"}, {"value", "00"}}}}},
		{"signature", object{{"content", "AAAA"}, {"publicKey", object{{"content", key}}}}},
	}, more...)}}
}

func hashedRekord2(verifier ...[2]any) object {
	return object{{"apiVersion", "0.0.2"}, {"kind", "hashedrekord"}, {"spec", object{{"hashedRekordV002", object{
		{"data", object{{"algorithm", "SHA2_256"}, {"digest", "AAAA"}}},
		{"signature", object{{"content", "AAAA"}, {"verifier", append(object{{"keyDetails", "PKIX_ECDSA_P256_SHA_256"}}, verifier...)}}},
	}}}}}
}

func dsseBody(signatures list, more ...[2]any) object {
	hash := object{{"algorithm", "sha256"}, {"value", "00"}}
	return object{{"apiVersion", "0.0.1"}, {"kind", "dsse"}, {"spec", append(object{
		{"envelopeHash", hash}, {"payloadHash", hash}, {"signatures", signatures},
	}, more...)}}
}

func intotoBody(envelope ...[2]any) object {
	hash := object{{"algorithm", "sha256"}, {"value", "00"}}
	return object{{"apiVersion", "0.0.2"}, {"kind", "intoto"}, {"spec", object{{"content", object{
		{"envelope", append(object{{"payloadType", "x"}}, envelope...)}, {"hash", hash}, {"payloadHash", hash},
	}}}}}
}

// Only what a log has is let through to the library, which verifies what it finds.
func TestCheckEntryBody(t *testing.T) {
	small := (*testCA)(nil).issue(t, "small", 0, 1, nil)
	key := publicText(t, small.cert.PublicKey)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: small.cert.Raw})
	large := issueFor(t, small, rsaOf(4097, 65537))
	one := object{{"signature", "AAAA"}, {"verifier", key}}
	sig := object{{"publicKey", key}, {"sig", "AAAA"}}
	raw := func(der []byte) object { return object{{"rawBytes", der}} }
	for name, test := range map[string]struct {
		body any
		want error
	}{
		"hashedrekord by key":           {hashedRekord(key), nil},
		"hashedrekord by certificate":   {hashedRekord(cert), nil},
		"hashedrekord 2 by key":         {hashedRekord2([2]any{"publicKey", raw(spki(t, small.cert.PublicKey))}), nil},
		"hashedrekord 2 by certificate": {hashedRekord2([2]any{"x509Certificate", raw(small.cert.Raw)}), nil},
		"dsse":                          {dsseBody(list{one}), nil},
		"dsse, two signatures":          {dsseBody(list{one, one}), nil},
		"intoto":                        {intotoBody([2]any{"signatures", list{sig}}), nil},
		"intoto with key ID":            {intotoBody([2]any{"signatures", list{append(object{{"keyid", ""}}, sig...)}}), nil},
		"RSA to the limit":              {hashedRekord(publicText(t, rsaOf(4096, 65537))), nil},

		"RSA beyond the limit":        {hashedRekord(publicText(t, rsaOf(4097, 65537))), algorithm.ErrUnsupported},
		"a large exponent":            {hashedRekord(publicText(t, rsaOf(2048, 65539))), algorithm.ErrUnsupported},
		"the same in hashedrekord 2":  {hashedRekord2([2]any{"publicKey", raw(spki(t, rsaOf(2048, 65539)))}), algorithm.ErrUnsupported},
		"in a certificate":            {hashedRekord2([2]any{"x509Certificate", raw(large)}), algorithm.ErrUnsupported},
		"in dsse":                     {dsseBody(list{object{{"signature", "AAAA"}, {"verifier", publicText(t, rsaOf(4097, 65537))}}}), algorithm.ErrUnsupported},
		"in dsse's second":            {dsseBody(list{one, object{{"signature", "AAAA"}, {"verifier", publicText(t, rsaOf(4097, 65537))}}}), algorithm.ErrUnsupported},
		"in intoto":                   {intotoBody([2]any{"signatures", list{object{{"publicKey", publicText(t, rsaOf(4097, 65537))}, {"sig", "AAAA"}}}}), algorithm.ErrUnsupported},
		"in dsse's first":             {dsseBody(list{object{{"signature", "AAAA"}, {"verifier", publicText(t, rsaOf(4097, 65537))}}, one}), algorithm.ErrUnsupported},
		"a proposal":                  {dsseBody(list{one}, [2]any{"proposedContent", object{{"envelope", "{}"}, {"verifiers", list{key}}}}), algorithm.ErrInvalid},
		"a proposal alone":            {object{{"apiVersion", "0.0.1"}, {"kind", "dsse"}, {"spec", object{{"proposedContent", object{{"envelope", "{}"}, {"verifiers", list{key}}}}}}}, algorithm.ErrInvalid},
		"a payload":                   {intotoBody([2]any{"payload", "e30="}, [2]any{"signatures", list{sig}}), algorithm.ErrInvalid},
		"three signatures":            {dsseBody(list{one, one, one}), algorithm.ErrInvalid},
		"three signatures of intoto":  {intotoBody([2]any{"signatures", list{sig, sig, sig}}), algorithm.ErrInvalid},
		"no signature":                {dsseBody(nil), algorithm.ErrInvalid},
		"another kind":                {object{{"apiVersion", "0.0.1"}, {"kind", "rekord"}, {"spec", object{{"signature", object{{"publicKey", object{{"content", key}}}}}}}}, algorithm.ErrInvalid},
		"no kind":                     {object{{"apiVersion", "0.0.1"}}, algorithm.ErrInvalid},
		"a name twice":                {append(hashedRekord(key), hashedRekord(publicText(t, rsaOf(4097, 65537)))[2]), algorithm.ErrInvalid},
		"kind twice":                  {append(hashedRekord(key), [2]any{"kind", "dsse"}), algorithm.ErrInvalid},
		"a name in another case":      {append(hashedRekord(key), [2]any{"KIND", "dsse"}), algorithm.ErrInvalid},
		"a name like a path":          {object{{"apiVersion", "0.0.1"}, {"kind", "hashedrekord"}, {"spec.signature.publicKey.content", key}}, algorithm.ErrInvalid},
		"a number":                    {append(hashedRekord(key), [2]any{"x", 1}), algorithm.ErrInvalid},
		"null":                        {append(hashedRekord(key), [2]any{"x", nil}), algorithm.ErrInvalid},
		"both verifiers":              {hashedRekord2([2]any{"publicKey", raw(spki(t, small.cert.PublicKey))}, [2]any{"x509Certificate", raw(large)}), algorithm.ErrInvalid},
		"no verifier":                 {hashedRekord2(), algorithm.ErrInvalid},
		"two PEM blocks":              {hashedRekord(append(bytes.Clone(key), publicText(t, rsaOf(4097, 65537))...)), algorithm.ErrInvalid},
		"a chain":                     {hashedRekord(append(bytes.Clone(cert), cert...)), algorithm.ErrInvalid},
		"no PEM":                      {hashedRekord(spki(t, small.cert.PublicKey)), algorithm.ErrInvalid},
		"no key":                      {hashedRekord(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte{1}})), algorithm.ErrInvalid},
		"no base64":                   {hashedRekord("*"), algorithm.ErrInvalid},
		"something behind the base64": {hashedRekord2([2]any{"x509Certificate", object{{"rawBytes", b64(small.cert.Raw) + "*"}}}), algorithm.ErrInvalid},
		"no certificate":              {hashedRekord(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})), algorithm.ErrInvalid},
		"neither of them":             {hashedRekord2([2]any{"x509Certificate", raw([]byte{1})}), algorithm.ErrInvalid},
		"a private key":               {hashedRekord(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: small.cert.Raw})), algorithm.ErrInvalid},
		"deep":                        {object{{"x", list{list{list{list{list{list{list{list{list{}}}}}}}}}}}, algorithm.ErrInvalid},
		"an empty object":             {append(hashedRekord(key), [2]any{"x", object{}}), algorithm.ErrInvalid},
		"an empty list":               {append(hashedRekord(key), [2]any{"x", list{}}), algorithm.ErrInvalid},
		"text":                        {"hashedrekord", algorithm.ErrInvalid},
		"a list":                      {list{}, algorithm.ErrInvalid},
	} {
		if _, err := openBody([]byte(jsonText(test.body)), new(counter), nil); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	body := jsonText(hashedRekord(key))
	if _, err := openBody([]byte(body), &counter{used: maxValues}, nil); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Error("the values of a body don't count")
	}
	for around, want := range map[string]error{
		"%s": nil, " %s\n": nil, "%s%[1]s": algorithm.ErrInvalid, "%s x": algorithm.ErrInvalid, "": algorithm.ErrInvalid, "x%s": algorithm.ErrInvalid,
		"%s" + strings.Repeat(" ", maxEntryBody-len(body)):   nil,
		"%s" + strings.Repeat(" ", maxEntryBody-len(body)+1): algorithm.ErrTooLarge,
	} {
		text := strings.ReplaceAll(strings.ReplaceAll(around, "%s", body), "%[1]s", body)
		if _, err := openBody([]byte(text), new(counter), nil); !errors.Is(err, want) {
			t.Errorf("%.20q: got %v, want %v", around, err, want)
		}
	}
}

// A body is read as a whole or not at all, before anybody asks for its form.
func TestReadBody(t *testing.T) {
	nested := func(levels int) string { return strings.Repeat("[", levels) + `"x"` + strings.Repeat("]", levels) }
	names := func(n int) string {
		var o object
		for i := range n {
			o = append(o, [2]any{fmt.Sprint(i), "x"})
		}
		return o.String()
	}
	for text, want := range map[string]int{ // texts in it, 0 for a refusal
		`"x"`: 1, `{"a":"x","b":["y","z"]}`: 3, nested(maxBodyLevels): 1, names(maxBodyNames): maxBodyNames, ` {"a":"x"} `: 1,

		"": 0, " ": 0, `{`: 0, `{"a"`: 0, `{"a":"x"`: 0, `{"a":"x",`: 0, `{a:"x"}`: 0, `{"a":"x",b`: 0, `{"a":"x"}}`: 0, `{"a":"x"} x`: 0, `"x" "y"`: 0,
		nested(maxBodyLevels + 1): 0, names(maxBodyNames + 1): 0, `["x","y","z"]`: 0, `{"a":"x","a":"x"}`: 0, `{"a.b":"x"}`: 0, `{"a[0]":"x"}`: 0,
		`{}`: 0, `[]`: 0, `[[]]`: 0, `[{}]`: 0, `{"a":{}}`: 0, `{"a":{},"b":"x"}`: 0, `{"a":[],"b":"x"}`: 0, `1`: 0, `{"a":1}`: 0, `[1,"x"]`: 0, `null`: 0, `[true]`: 0,
	} {
		if texts, err := readBody([]byte(text)); (err != nil) != (want == 0) || len(texts) != want {
			t.Errorf("%s: %q, %v", text, texts, err)
		}
	}
}

// A log entry in the form of a proposal has the library try each key with each
// signature, and one with a large key takes a second to verify: neither is
// reached, in any form of a signature.
func TestEntryThatCosts(t *testing.T) {
	slow, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	slowKey := publicText(t, slow.Public())
	var keys, sigs, signed list
	for range 12 {
		keys = append(keys, slowKey)
	}
	for range 120 {
		sigs = append(sigs, object{{"sig", []byte{0x30, 6, 2, 1, 1, 2, 1, 2}}})
	}
	for range 20 {
		signed = append(signed, object{{"publicKey", slowKey}, {"sig", []byte("MAYCAQECAQI=")}})
	}
	envelope := object{{"payloadType", "t"}, {"payload", []byte("{}")}, {"signatures", sigs}}.String()
	huge := rsaOf(16384, 1<<31-1)
	for name, body := range map[string]object{
		"dsse":   {{"apiVersion", "0.0.1"}, {"kind", "dsse"}, {"spec", object{{"proposedContent", object{{"envelope", envelope}, {"verifiers", keys}}}}}},
		"intoto": intotoBody([2]any{"payload", []byte("{}")}, [2]any{"signatures", signed}),
		"RSA":    hashedRekord(publicText(t, huge)),
	} {
		text := []byte(body.String())
		if len(text) > maxEntryBody {
			t.Fatalf("%s: %d bytes", name, len(text))
		}
		for form, parse := range map[string]func() error{
			"bundle": func() error {
				kind := body[1][1].(string)
				_, err := parseWhole(t.Context(), []byte(object{
					{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"},
					{"verificationMaterial", object{{"publicKey", object{{"hint", ""}}}, {"tlogEntries", list{object{
						{"logIndex", "1"},
						{"logId", object{{"keyId", []byte{1}}}},
						{"kindVersion", object{{"kind", kind}, {"version", body[0][1]}}},
						{"inclusionProof", object{{"logIndex", "1"}, {"rootHash", []byte{1}}, {"treeSize", "2"}, {"checkpoint", object{{"envelope", "x"}}}}},
						{"canonicalizedBody", text},
					}}}}},
					{"messageSignature", object{{"signature", []byte{1}}}},
				}.String()))
				return err
			},
			"older bundle": func() error {
				_, err := parseWhole(t.Context(), []byte(object{
					{"base64Signature", []byte{1}},
					{"rekorBundle", object{{"SignedEntryTimestamp", []byte{1}}, {"Payload", object{{"body", text}, {"logID", "00"}}}}},
				}.String()))
				return err
			},
		} {
			var err error
			// One P-521 verification allocates thousands of bytes, and there would be hundreds.
			n := testing.AllocsPerRun(1, func() { err = parse() })
			if !testkeys.IsOneOf(err, algorithm.ErrInvalid, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), "log entry") || strings.Contains(err.Error(), "recognizable") || n > 5000 {
				t.Errorf("%s, %s: %v, %v allocations", name, form, err, n)
			}
		}
	}
}

// What real logs have is let through: every body in the corpora.
func TestRealBodies(t *testing.T) {
	roots := []string{filepath.Join(testkeys.Root(t), "internal", "testkeys", "corpus", "cosign")}
	atLeast := 40
	for _, more := range []string{"corpus", "real"} {
		if dir, ok := testkeys.Shared(t, more); ok {
			roots = append(roots, dir)
			atLeast += 4
		}
	}
	seen := 0
	for _, dir := range roots {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(path, "/neg-") || strings.Contains(path, "/open-") {
				return err
			}
			text, err := os.ReadFile(path)
			for decoder := json.NewDecoder(bytes.NewReader(text)); err == nil; {
				var document any
				if decoder.Decode(&document) != nil {
					break
				}
				for _, body := range bodiesIn(document) {
					seen++
					if _, err := parseBody(body, new(counter), new(signed)); err != nil {
						t.Errorf("%s: %v", path, err)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < atLeast {
		t.Errorf("%d bodies seen", seen)
	}
	t.Logf("%d bodies", seen)
}

func bodiesIn(v any) (bodies [][]byte) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			bodies = append(bodies, bodiesIn(e)...)
		}
	case map[string]any:
		for name, e := range v {
			text, ok := e.(string)
			body, err := base64.StdEncoding.DecodeString(text)
			if ok && err == nil && (name == "canonicalizedBody" || name == "body") {
				bodies = append(bodies, body)
			}
			bodies = append(bodies, bodiesIn(e)...)
		}
	}
	return bodies
}

// Beside a certificate that signed, another signer's key in a body is bounded all the
// same: who signed it is judged later.
func TestOthersKeyBesideCertificate(t *testing.T) {
	certificate := (*testCA)(nil).issue(t, "signer", 0, 1, nil).cert
	form := bodyForms()[0]
	for name, test := range map[string]struct {
		key  crypto.PublicKey
		want error
	}{
		"a small one":       {rsaOf(4096, 65537), nil},
		"a large one":       {rsaOf(8192, 65537), algorithm.ErrUnsupported},
		"a large exponent":  {rsaOf(4096, 1<<30+1), algorithm.ErrUnsupported},
		"the certificate's": {certificate.PublicKey, nil},
	} {
		text := b64(pem.EncodeToMemory(&pem.Block{Type: pemPublicKey, Bytes: spki(t, test.key)}))
		for _, beside := range []*x509.Certificate{nil, certificate} {
			if _, err := form.openVerifier(text, beside); !errors.Is(err, test.want) {
				t.Errorf("%s, with a certificate: %v: %v, want %v", name, beside != nil, err, test.want)
			}
		}
	}
	if got, err := form.openVerifier(form.certificateText(certificate), certificate); err != nil || got != any(certificate) {
		t.Errorf("itself: %v, %v", got, err)
	}
}
