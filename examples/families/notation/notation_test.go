package notation_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	gocose "github.com/veraison/go-cose"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/families/notation"
)

var artifact = []byte("the artifact\n")

const acme = "x509.subject: C=US, ST=WA, O=acme"

// trust is a table's: these certificates, and acme as the signer.
func trust(trusted ...*holder) algorithm.Trust {
	t := algorithm.Trust{Values: map[string]algorithm.Value{"trusted-identities": {Texts: []string{acme}}}}
	for _, h := range trusted {
		t.PublicKeys = append(t.PublicKeys, h.pem())
	}
	return t
}

// with sets a key of the table.
func with(t algorithm.Trust, name string, v algorithm.Value) algorithm.Trust {
	t.Values[name] = v
	return t
}

// stampedBy trusts a timestamp authority.
func stampedBy(t algorithm.Trust, root *holder, when string) algorithm.Trust {
	if when != "" {
		t = with(t, "verify-timestamp", algorithm.Value{Text: when})
	}
	return with(t, "tsa", algorithm.Value{Content: []byte(root.pem())})
}

// judge verifies as package verify does.
func judge(t testing.TB, table algorithm.Trust, envelope, artifact []byte) (*algorithm.Evidence, error) {
	t.Helper()
	key, err := notation.Algorithm{}.Key(table)
	if err != nil {
		t.Fatal(err)
	}
	v, err := key.Verifier(t.Context(), envelope)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(artifact, 5) {
		if n, err := v.Write(part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	e, err := v.Verify()
	if (e == nil) != (err != nil) {
		t.Errorf("%v with %v", e, err)
	}
	if again, err := v.Verify(); again != nil || err == nil {
		t.Error("it judges twice")
	}
	return e, err
}

// TestGood: of each kind of key, in both forms, and by each certificate of the chain
// as the trusted one.
func TestGood(t *testing.T) {
	w := newWorld(t)
	for name, key := range map[string]crypto.Signer{
		"ECDSA P-256": ecKey(t, elliptic.P256()), "ECDSA P-384": ecKey(t, elliptic.P384()), "ECDSA P-521": ecKey(t, elliptic.P521()),
		"RSA 2048": rsaKey(t, 2048), "RSA 3072": rsaKey(t, 3072),
	} {
		leaf := issue(t, "release", key, w.middle, signs)
		for _, trusted := range []*holder{w.root, w.middle} {
			for _, cose := range []bool{false, true} {
				envelope := request{by: leaf, cose: cose, artifact: artifact, annotations: named("tool.tgz", "1.2.0"), expiry: hours(1)}.envelope(t)
				e, err := judge(t, trust(trusted), envelope, artifact)
				if err != nil {
					t.Errorf("%s, cose %t: %v", name, cose, err)
					continue
				}
				form := map[bool]string{false: "JWS", true: "COSE"}[cose]
				if e.KeyAlgorithm != name || e.PrimaryKeyAlgorithm != "ECDSA P-256" || e.FileName != "tool.tgz" || e.Version != "1.2.0" ||
					e.Identity["subject"] != "CN=release,O=acme,ST=WA,C=US" || e.Identity["issuer"] != trusted.cert.Subject.String()+" sha256:"+e.PrimaryFingerprint ||
					len(e.Fingerprint) != 64 || len(e.PrimaryFingerprint) != 64 || e.Fingerprint == e.PrimaryFingerprint ||
					e.Details["envelope"] != form || e.Details["signing-scheme"] != "notary.x509" || e.Details["media-type"] != "application/octet-stream" ||
					e.Details["size"] != "13" || e.Details["expiry"] == "" || time.Since(e.SignedAt).Abs() > time.Minute || len(e.Timestamps) != 0 {
					t.Errorf("%s: %+v", name, e)
				}
				hash := map[string]string{"ECDSA P-256": "SHA-256", "RSA 2048": "SHA-256", "ECDSA P-384": "SHA-384", "RSA 3072": "SHA-384", "ECDSA P-521": "SHA-512"}[name]
				if e.Hash != hash {
					t.Errorf("%s: %s", name, e.Hash)
				}
				if want := []string{"revocation: neither OCSP nor CRL was asked", "timestamp: none was demanded"}; !slices.Equal(e.NotChecked, want) {
					t.Errorf("not checked: %q", e.NotChecked)
				}
			}
		}
	}
}

// TestSelfSigned: a certificate of the signer's own, without an authority.
func TestSelfSigned(t *testing.T) {
	own := issue(t, "own", ecKey(t, elliptic.P256()), nil, signs)
	table := with(trust(own), "trusted-identities", algorithm.Value{Texts: []string{"*"}})
	e, err := judge(t, table, request{by: own, artifact: artifact}.envelope(t), artifact)
	if err != nil {
		t.Fatal(err)
	}
	if e.PrimaryFingerprint != "" || e.PrimaryKeyAlgorithm != "" || !slices.Contains(e.NotChecked, "identity: anybody with a certificate of the trusted authority may sign") {
		t.Errorf("%+v", e)
	}
}

// TestRefused: each for its own reason.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t)
	ok := request{by: w.leaf, artifact: artifact}
	payload := string(ok.descriptor(t))
	p384 := issue(t, "release", ecKey(t, elliptic.P384()), w.middle, signs)
	old := issue(t, "old", ecKey(t, elliptic.P256()), w.middle, signs, during(-20, -10))
	weakRoot := issue(t, "weak", ecKey(t, elliptic.P224()), nil)
	underWeak := issue(t, "release", ecKey(t, elliptic.P256()), weakRoot, signs)
	weakLeaf := issue(t, "release", ecKey(t, elliptic.P224()), w.middle, signs)
	foreign := issue(t, "release", ecKey(t, elliptic.P256()), w.root, signs, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	})
	someone := issue(t, "release", ecKey(t, elliptic.P256()), w.middle, signs, func(c *x509.Certificate) { c.Subject.Organization = []string{"someone"} })
	for _, tt := range []struct {
		name     string
		table    algorithm.Trust
		envelope []byte
		want     error
		says     string
	}{
		{"wrong root", trust(other.root), ok.envelope(t), algorithm.ErrWrongKey, ""},
		{"wrong root, COSE", trust(other.root), request{by: w.leaf, cose: true, artifact: artifact}.envelope(t), algorithm.ErrWrongKey, ""},
		{"wrong identity", trust(w.root), request{by: someone, artifact: artifact}.envelope(t), algorithm.ErrIdentity, ""},
		{"expired signature", trust(w.root), request{by: w.leaf, artifact: artifact, at: hours(-3), expiry: hours(-2)}.envelope(t), algorithm.ErrSignatureExpired, ""},
		{"expired certificate", trust(w.root), request{by: old, artifact: artifact, at: hours(-15)}.envelope(t), algorithm.ErrKeyExpired, "old"},
		{"later certificate", trust(w.root), request{by: issue(t, "new", ecKey(t, elliptic.P256()), w.middle, signs, during(1, 2)), artifact: artifact, at: hours(1).Add(time.Minute)}.envelope(t), algorithm.ErrNotYetValid, "new"},
		{"another scheme", trust(w.root), request{by: w.leaf, artifact: artifact, scheme: signature.SigningSchemeX509SigningAuthority}.envelope(t), algorithm.ErrUnsupported, "signing scheme"},
		{"critical attribute", trust(w.root), request{by: w.leaf, artifact: artifact, attributes: []signature.Attribute{{Key: "com.example.must", Critical: true, Value: "x"}}}.envelope(t), algorithm.ErrUnsupported, "com.example.must"},
		{"critical attribute, COSE", trust(w.root), request{by: w.leaf, cose: true, artifact: artifact, attributes: []signature.Attribute{{Key: int64(99), Critical: true, Value: "x"}}}.envelope(t), algorithm.ErrUnsupported, `"99"`},
		{"plugin", trust(w.root), request{by: w.leaf, artifact: artifact, attributes: []signature.Attribute{{Key: "io.cncf.notary.verificationPlugin", Critical: true, Value: "x"}}}.envelope(t), algorithm.ErrUnsupported, "plugin"},
		{"content type", trust(w.root), request{by: w.leaf, artifact: artifact, contentType: "application/json"}.envelope(t), algorithm.ErrUnsupported, "content type"},
		{"other digest algorithm", trust(w.root), request{by: p384, artifact: artifact, hash: crypto.SHA256}.envelope(t), algorithm.ErrUnsupported, "sha256"},
		{"unknown digest algorithm", trust(w.root), request{by: w.leaf, payload: []byte(strings.Replace(payload, "sha256:", "sha1:", 1))}.envelope(t), algorithm.ErrUnsupported, "sha1"},
		{"short digest", trust(w.root), request{by: w.leaf, payload: []byte(`{"targetArtifact":{"mediaType":"a","digest":"sha256:00","size":1}}`)}.envelope(t), algorithm.ErrMalformed, ""},
		{"capital digest", trust(w.root), request{by: w.leaf, payload: []byte(`{"targetArtifact":{"mediaType":"a","digest":"sha256:` + strings.Repeat("A", 64) + `","size":1}}`)}.envelope(t), algorithm.ErrMalformed, "small"},
		{"no size", trust(w.root), request{by: w.leaf, payload: []byte(`{"targetArtifact":{"mediaType":"a","digest":"sha256:` + strings.Repeat("0", 64) + `"}}`)}.envelope(t), algorithm.ErrMalformed, "size"},
		{"no target", trust(w.root), request{by: w.leaf, payload: []byte(`{"target":{}}`)}.envelope(t), algorithm.ErrMalformed, "targetArtifact"},
		{"no object", trust(w.root), request{by: w.leaf, cose: true, payload: []byte(`[]`)}.envelope(t), algorithm.ErrMalformed, ""},

		{"chain order", trust(w.root), withChain(t, ok.envelope(t), w.leaf.cert, w.root.cert, w.middle.cert), algorithm.ErrMalformed, "chain"},
		{"chain upside down", trust(w.root), withChain(t, ok.envelope(t), w.root.cert, w.middle.cert, w.leaf.cert), algorithm.ErrInvalid, ""},
		{"no root", trust(w.root), withChain(t, ok.envelope(t), w.leaf.cert, w.middle.cert), algorithm.ErrMalformed, "root"},
		{"another's chain", trust(w.root), withChain(t, request{by: other.leaf, artifact: artifact}.envelope(t), w.leaf.chain()...), algorithm.ErrInvalid, ""},
		{"root beside the chain", trust(w.root), withChain(t, request{by: other.leaf, artifact: artifact}.envelope(t), append(other.leaf.chain(), w.root.cert)...), algorithm.ErrMalformed, "self-signed"},
		{"no chain", trust(w.root), withChain(t, ok.envelope(t)), algorithm.ErrMalformed, "no certificates"},
		{"long chain", trust(w.root), withChain(t, ok.envelope(t), slices.Repeat(w.leaf.chain(), 4)...), algorithm.ErrTooLarge, "certificates"},
		{"weak leaf", trust(w.root), withChain(t, ok.envelope(t), weakLeaf.chain()...), algorithm.ErrWeak, "P-224"},
		{"weak authority", trust(w.root), request{by: underWeak, artifact: artifact}.envelope(t), algorithm.ErrWeak, "P-224"},
		{"critical extension", trust(w.root), request{by: foreign, artifact: artifact}.envelope(t), algorithm.ErrUnsupported, "1.2.3"},
		{"two common names", trust(w.root), request{by: issue(t, "release", ecKey(t, elliptic.P256()), w.middle, signs, subjects(t, "CN", "someone", "release")), artifact: artifact}.envelope(t), algorithm.ErrUnsupported, "two names CN"},
		{"two serial numbers", trust(w.root), request{by: issue(t, "release", ecKey(t, elliptic.P256()), w.middle, signs, subjects(t, "SERIALNUMBER", "1", "2")), artifact: artifact}.envelope(t), algorithm.ErrUnsupported, "two names SERIALNUMBER"},
		{"signed by an authority's certificate", trust(w.root), withChain(t, ok.envelope(t), w.leaf.cert, w.middle.cert, w.middle.cert), algorithm.ErrMalformed, "chain"},

		{"two keys in the payload", trust(w.root), craft(t, w.leaf, protected(""), strings.Replace(payload, `"size"`, `"size":1,"size"`, 1)), algorithm.ErrMalformed, "twice"},
		{"two keys in other letters", trust(w.root), request{by: w.leaf, cose: true, payload: []byte(strings.Replace(payload, `{"targetArtifact"`, `{"TARGETartifact":{},"targetArtifact"`, 1))}.envelope(t), algorithm.ErrMalformed, "twice"},
		{"two keys, a sign that is an s", trust(w.root), request{by: w.leaf, cose: true, payload: []byte(strings.Replace(payload, `"size"`, `"ſize":1,"size"`, 1))}.envelope(t), algorithm.ErrMalformed, "twice"},
		{"two keys in the header", trust(w.root), craft(t, w.leaf, protected(`,"Cty":"`+contentType+`"`), payload), algorithm.ErrMalformed, "twice"},
		{"two keys in the envelope", trust(w.root), bytes.Replace(ok.envelope(t), []byte(`{"payload"`), []byte(`{"payload":"","payload"`), 1), algorithm.ErrMalformed, "twice"},
		{"several signatures", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { m["signatures"] = []any{} }), algorithm.ErrMalformed, "nothing else"},
		{"no signature", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { delete(m, "signature") }), algorithm.ErrMalformed, "nothing else"},
		{"another signature", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { m["signature"] = strings.Repeat("A", 86) }), algorithm.ErrInvalid, ""},
		{"no algorithm", trust(w.root), craft(t, w.leaf, strings.Replace(protected(""), "ES256", "none", 1), payload), algorithm.ErrInvalid, ""},
		{"another algorithm", trust(w.root), craft(t, w.leaf, strings.Replace(protected(""), "ES256", "PS256", 1), payload), algorithm.ErrInvalid, ""},
		{"scheme not critical", trust(w.root), craft(t, w.leaf, strings.Replace(protected(""), `"crit":["io.cncf.notary.signingScheme"],`, "", 1), payload), algorithm.ErrMalformed, "crit"},
		{"no base64", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { m["protected"] = "%" }), algorithm.ErrMalformed, "base64"},
		{"deep envelope", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { m["header"].(map[string]any)["x"] = deep(20) }), algorithm.ErrTooLarge, "levels"},
		{"deep payload", trust(w.root), request{by: w.leaf, cose: true, payload: []byte(`{"targetArtifact":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`)}.envelope(t), algorithm.ErrTooLarge, "levels"},
		{"deep COSE", trust(w.root), append([]byte{0xd2}, bytes.Repeat([]byte{0x81}, 1000)...), algorithm.ErrMalformed, ""},
		{"large", trust(w.root), edit(t, ok.envelope(t), func(m map[string]any) { m["header"].(map[string]any)["x"] = strings.Repeat("x", 256<<10) }), algorithm.ErrTooLarge, "bytes"},
		{"empty", trust(w.root), nil, algorithm.ErrMalformed, "neither"},
		{"text", trust(w.root), []byte("untrusted comment: x\n"), algorithm.ErrMalformed, "neither"},
		{"two envelopes", trust(w.root), bytes.Repeat(ok.envelope(t), 2), algorithm.ErrMalformed, ""},
		{"two COSE envelopes", trust(w.root), bytes.Repeat(request{by: w.leaf, cose: true, artifact: artifact}.envelope(t), 2), algorithm.ErrMalformed, ""},
		{"COSE without certificates", trust(w.root), editCOSE(t, request{by: w.leaf, cose: true, artifact: artifact}.envelope(t), func(m *gocose.Sign1Message) { delete(m.Headers.Unprotected, gocose.HeaderLabelX5Chain) }), algorithm.ErrMalformed, "no certificates"},
		{"COSE, another signature", trust(w.root), editCOSE(t, request{by: w.leaf, cose: true, artifact: artifact}.envelope(t), func(m *gocose.Sign1Message) { m.Signature[5] ^= 1 }), algorithm.ErrInvalid, ""},
		{"COSE, another payload", trust(w.root), editCOSE(t, request{by: w.leaf, cose: true, artifact: []byte("other")}.envelope(t), func(m *gocose.Sign1Message) { m.Payload = []byte(payload) }), algorithm.ErrInvalid, ""},

		{"annotation absent", with(trust(w.root), "annotations", algorithm.Value{Tables: [][]algorithm.Claim{{{Field: "a", Value: "b"}}}}), ok.envelope(t), algorithm.ErrNameMismatch, `"a"`},
		{"annotation, another", with(trust(w.root), "annotations", algorithm.Value{Tables: [][]algorithm.Claim{{{Field: "a", Value: "b"}}}}), request{by: w.leaf, artifact: artifact, annotations: map[string]string{"a": "c"}}.envelope(t), algorithm.ErrNameMismatch, `"c"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key, err := notation.Algorithm{}.Key(tt.table)
			if err != nil {
				t.Fatal(err)
			}
			v, err := key.Verifier(t.Context(), tt.envelope) // without the artifact
			if v != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %v with %q", err, tt.want, tt.says)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
		})
	}
}

// subjects gives a certificate of acme's an attribute several times.
func subjects(t *testing.T, name string, values ...string) func(*x509.Certificate) {
	t.Helper()
	oids := map[string]asn1.ObjectIdentifier{"C": {2, 5, 4, 6}, "ST": {2, 5, 4, 8}, "O": {2, 5, 4, 10}, "CN": {2, 5, 4, 3}, "SERIALNUMBER": {2, 5, 4, 5}}
	all := pkix.RDNSequence{{{Type: oids["C"], Value: "US"}}, {{Type: oids["ST"], Value: "WA"}}, {{Type: oids["O"], Value: "acme"}}}
	for _, v := range values {
		all = append(all, pkix.RelativeDistinguishedNameSET{{Type: oids[name], Value: v}})
	}
	der, err := asn1.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) { c.RawSubject = der }
}

func deep(n int) any {
	var v any = "x"
	for range n {
		v = []any{v}
	}
	return v
}

func editCOSE(t testing.TB, envelope []byte, change func(*gocose.Sign1Message)) []byte {
	t.Helper()
	var m gocose.Sign1Message
	if err := m.UnmarshalCBOR(envelope); err != nil {
		t.Fatal(err)
	}
	change(&m)
	m.Headers.RawUnprotected = nil // it would be written in the place of the other
	data, err := m.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestArtifact: other bytes than those that are signed.
func TestArtifact(t *testing.T) {
	w := newWorld(t)
	for _, cose := range []bool{false, true} {
		envelope := request{by: w.leaf, cose: cose, artifact: artifact}.envelope(t)
		for name, other := range map[string][]byte{
			"flipped": append([]byte("T"), artifact[1:]...), "longer": append(slices.Clone(artifact), 0), "shorter": artifact[1:], "empty": nil, "another file": []byte("another file\n"),
		} {
			if _, err := judge(t, trust(w.root), envelope, other); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	wrong := request{by: w.leaf, artifact: artifact, size: 14}.envelope(t)
	if _, err := judge(t, trust(w.root), wrong, artifact); !errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), "14") {
		t.Errorf("another size: %v", err)
	}
}

// TestAnnotations: what the table demands word for word, and what it must bind.
func TestAnnotations(t *testing.T) {
	w := newWorld(t)
	envelope := request{by: w.leaf, artifact: artifact, annotations: map[string]string{"com.example.channel": "stable", "org.opencontainers.image.title": "../tool", "org.opencontainers.image.version": "1\x1b[2J"}}.envelope(t)
	table := with(trust(w.root), "annotations", algorithm.Value{Tables: [][]algorithm.Claim{{{Field: "com.example.channel", Value: "stable"}}}})
	e, err := judge(t, table, envelope, artifact)
	if err != nil {
		t.Fatal(err)
	}
	if e.FileName != "" || e.Version != "" {
		t.Errorf("%q, %q", e.FileName, e.Version)
	}
	demand := errors.New("bound")
	table = trust(w.root)
	table.Bind = func(name, version string) error {
		if name != "tool.tgz" || version != "1.2.0" {
			t.Errorf("%q, %q", name, version)
		}
		return demand
	}
	if _, err := judge(t, table, request{by: w.leaf, artifact: artifact, annotations: named("tool.tgz", "1.2.0")}.envelope(t), artifact); !errors.Is(err, demand) {
		t.Error(err)
	}
}

// TestTime: with a timestamp authority, the certificates must have been valid when it
// stamped.
func TestTime(t *testing.T) {
	w := newWorld(t)
	old := issue(t, "old", ecKey(t, elliptic.P256()), w.middle, signs, during(-20, -10))
	stampedOld := func(cose bool, at int) []byte {
		return request{by: old, cose: cose, artifact: artifact, at: hours(-15), stamp: w.stamp(t, hours(at))}.envelope(t)
	}
	stampedNow := request{by: w.leaf, artifact: artifact, stamp: w.stamp(t, hours(0))}.envelope(t)
	plain := request{by: w.leaf, artifact: artifact}.envelope(t)
	token := func(envelope, token []byte) []byte {
		return edit(t, envelope, func(m map[string]any) {
			m["header"].(map[string]any)["io.cncf.notary.timestampSignature"] = token
		})
	}
	stranger := newWorld(t)
	for _, tt := range []struct {
		name     string
		table    algorithm.Trust
		envelope []byte
		want     error
		stamped  bool
	}{
		{"stamped in time", stampedBy(trust(w.root), w.tsaRoot, ""), stampedOld(false, -15), nil, true},
		{"stamped in time, COSE", stampedBy(trust(w.root), w.tsaRoot, ""), stampedOld(true, -15), nil, true},
		{"stamped in time, after expiry", stampedBy(trust(w.root), w.tsaRoot, "afterCertExpiry"), stampedOld(false, -15), nil, true},
		{"stamped too late", stampedBy(trust(w.root), w.tsaRoot, ""), stampedOld(false, -5), algorithm.ErrKeyExpired, false},
		{"stamped too early", stampedBy(trust(w.root), w.tsaRoot, ""), stampedOld(false, -23), algorithm.ErrNotYetValid, false},
		{"stamped, and nobody is trusted to", trust(w.root), stampedOld(false, -15), algorithm.ErrKeyExpired, false},
		{"stamped by another", stampedBy(trust(w.root), stranger.tsaRoot, ""), stampedOld(false, -15), algorithm.ErrInvalid, false},
		{"expired, without one", stampedBy(trust(w.root), w.tsaRoot, "afterCertExpiry"), request{by: old, artifact: artifact, at: hours(-15)}.envelope(t), algorithm.ErrKeyExpired, false},
		{"valid, stamped", stampedBy(trust(w.root), w.tsaRoot, "always"), stampedNow, nil, true},
		{"valid, without one", stampedBy(trust(w.root), w.tsaRoot, ""), plain, algorithm.ErrInvalid, false},
		{"valid, without one that is needed", stampedBy(trust(w.root), w.tsaRoot, "afterCertExpiry"), plain, nil, false},
		{"valid, by another that isn't needed", stampedBy(trust(w.root), stranger.tsaRoot, "afterCertExpiry"), stampedNow, nil, false},
		{"of another signature", stampedBy(trust(w.root), w.tsaRoot, ""), token(plain, headerToken(t, stampedNow)), algorithm.ErrInvalid, false},
		{"no token", stampedBy(trust(w.root), w.tsaRoot, ""), token(plain, []byte("token")), algorithm.ErrInvalid, false},
		{"large token", stampedBy(trust(w.root), w.tsaRoot, ""), token(plain, bytes.Repeat([]byte{0}, 65<<10)), algorithm.ErrTooLarge, false},
		{"large token that isn't needed", trust(w.root), token(plain, bytes.Repeat([]byte{0}, 65<<10)), algorithm.ErrTooLarge, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := judge(t, tt.table, tt.envelope, artifact)
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err == nil && (len(e.Timestamps) == 1) != tt.stamped {
				t.Errorf("timestamps %v", e.Timestamps)
			}
			if err == nil && strings.HasPrefix(tt.name, "stamped in time") && (len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "ran out")) {
				t.Errorf("notes %q", e.Notes)
			}
		})
	}
}

func headerToken(t testing.TB, envelope []byte) []byte {
	t.Helper()
	var members struct {
		Header struct {
			Token []byte `json:"io.cncf.notary.timestampSignature"`
		}
	}
	if err := json.Unmarshal(envelope, &members); err != nil || len(members.Header.Token) == 0 {
		t.Fatal(err)
	}
	return members.Header.Token
}

// TestSigningAuthority: its certificates must have been valid when it says it signed.
func TestSigningAuthority(t *testing.T) {
	w := newWorld(t)
	old := issue(t, "old", ecKey(t, elliptic.P256()), w.middle, signs, during(-20, -10))
	scheme := signature.SigningSchemeX509SigningAuthority
	table := with(trust(w.root), "signing-scheme", algorithm.Value{Text: string(scheme)})
	e, err := judge(t, table, request{by: old, artifact: artifact, scheme: scheme, at: hours(-15)}.envelope(t), artifact)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Timestamps) != 0 || len(e.Notes) != 1 || len(e.NotChecked) != 1 || e.Details["signing-scheme"] != string(scheme) {
		t.Errorf("%+v", e)
	}
	if _, err := judge(t, table, request{by: w.leaf, artifact: artifact}.envelope(t), artifact); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("another scheme: %v", err)
	}
}

// TestDigest: an artifact of which only digests are known.
func TestDigest(t *testing.T) {
	w := newWorld(t)
	key, err := notation.Algorithm{}.Key(trust(w.root))
	if err != nil {
		t.Fatal(err)
	}
	digest := func(h crypto.Hash, data []byte) algorithm.Digest { return digestOf(t, h, data) }
	envelope := request{by: w.leaf, artifact: artifact}.envelope(t)
	for name, tt := range map[string]struct {
		digests []algorithm.Digest
		want    error
	}{
		"it":              {[]algorithm.Digest{digest(crypto.SHA256, artifact)}, nil},
		"it among others": {[]algorithm.Digest{digest(crypto.SHA512, nil), digest(crypto.SHA256, artifact)}, nil},
		"another":         {[]algorithm.Digest{digest(crypto.SHA256, nil)}, algorithm.ErrInvalid},
		"by another hash": {[]algorithm.Digest{digest(crypto.SHA512, artifact)}, algorithm.ErrUnsupported},
		"none":            {nil, algorithm.ErrUnsupported},
	} {
		v, err := key.Verifier(t.Context(), envelope)
		if err != nil {
			t.Fatal(err)
		}
		e, err := v.(algorithm.DigestVerifier).VerifyDigests(tt.digests...)
		if !errors.Is(err, tt.want) || (e == nil) != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if e != nil && !slices.Contains(e.NotChecked, "size: only the artifact's digest is known") {
			t.Errorf("%s: %q", name, e.NotChecked)
		}
	}
	if hashes := key.(algorithm.DigestKey).Hashes(); len(hashes) != 3 {
		t.Error(hashes)
	}
}

// TestKey: what a table may declare.
func TestKey(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	w := newWorld(t)
	text := func(s string) algorithm.Value { return algorithm.Value{Text: s} }
	texts := func(s ...string) algorithm.Value { return algorithm.Value{Texts: s} }
	keys := func(s ...string) algorithm.Trust {
		table := trust()
		table.PublicKeys = s
		return table
	}
	for _, tt := range []struct {
		name  string
		table algorithm.Trust
		want  error
		says  string
	}{
		{"good", trust(w.root), nil, ""},
		{"several", trust(w.root, w.middle), nil, ""},
		{"text before", keys("subject=acme\n" + w.root.pem()), nil, ""},
		{"none", trust(), algorithm.ErrMalformed, "pubkey"},
		{"no PEM", keys("key"), algorithm.ErrMalformed, "BEGIN"},
		{"a key", keys(strings.ReplaceAll(w.root.pem(), "CERTIFICATE", "PUBLIC KEY")), algorithm.ErrMalformed, "PUBLIC KEY"},
		{"two in one", keys(w.root.pem() + w.middle.pem()), algorithm.ErrMalformed, "more than 1"},
		{"a cut one behind", keys(w.root.pem() + "-----BEGIN CERTIFICATE-----\n"), algorithm.ErrMalformed, "BEGIN"},
		{"no certificate", keys("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), algorithm.ErrMalformed, "certificate"},
		{"large", keys(strings.Repeat("x", 65<<10)), algorithm.ErrTooLarge, ""},
		{"many", keys(slices.Repeat([]string{w.root.pem()}, 65)...), algorithm.ErrTooLarge, ""},
		{"a signer's that an authority made", trust(w.leaf), algorithm.ErrMalformed, "CA"},
		{"weak", trust(issue(t, "weak", rsaKey(t, 1024), nil)), algorithm.ErrWeak, "1024"},
		{"no identities", algorithm.Trust{PublicKeys: []string{w.root.pem()}}, algorithm.ErrMalformed, "needs trusted-identities"},
		{"anybody and somebody", with(trust(w.root), "trusted-identities", texts("*", acme)), algorithm.ErrMalformed, "wildcard"},
		{"identity of another kind", with(trust(w.root), "trusted-identities", texts(acme, "email:a@example.com")), algorithm.ErrUnsupported, "email"},
		{"identity without organization", with(trust(w.root), "trusted-identities", texts("x509.subject: C=US, ST=WA")), algorithm.ErrMalformed, `"O"`},
		{"scheme", with(trust(w.root), "signing-scheme", text("notary.x509")), nil, ""},
		{"unknown scheme", with(trust(w.root), "signing-scheme", text("notary.x510")), algorithm.ErrUnsupported, "notary.x510"},
		{"tsa", stampedBy(trust(w.root), w.tsaRoot, "always"), nil, ""},
		{"tsa, no root", stampedBy(trust(w.root), w.middle, ""), algorithm.ErrMalformed, "tsa"},
		{"tsa, empty", with(trust(w.root), "tsa", algorithm.Value{Content: []byte{}}), algorithm.ErrMalformed, "tsa"},
		{"tsa, unknown time", stampedBy(trust(w.root), w.tsaRoot, "never"), algorithm.ErrUnsupported, "never"},
		{"tsa and signing authority", stampedBy(with(trust(w.root), "signing-scheme", text("notary.x509.signingAuthority")), w.tsaRoot, ""), algorithm.ErrMalformed, "tsa"},
		{"time without tsa", with(trust(w.root), "verify-timestamp", text("always")), algorithm.ErrMalformed, "tsa"},
		{"annotation by pattern", with(trust(w.root), "annotations", algorithm.Value{Tables: [][]algorithm.Claim{{{Field: "a", Value: ".*", Regexp: true}}}}), algorithm.ErrUnsupported, "word for word"},
		{"another family's key", with(trust(w.root), "principal", text("x")), algorithm.ErrUnsupported, "principal"},
	} {
		key, err := notation.Algorithm{}.Key(tt.table)
		if !errors.Is(err, tt.want) || (key == nil) != (err != nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v with %q", tt.name, err, tt.want, tt.says)
		}
	}
	early := issue(t, "early", ecKey(t, elliptic.P256()), nil, during(-2, 1))
	key, err := notation.Algorithm{}.Key(trust(early, w.root))
	if err != nil {
		t.Fatal(err)
	}
	if ends := key.(algorithm.ExpiringKey).Expires(); !ends.Equal(w.root.cert.NotAfter) {
		t.Error(ends)
	}
	if ids := key.IDs(); !slices.Equal(ids, []string{"CN=early,O=acme,ST=WA,C=US", "CN=root,O=acme,ST=WA,C=US"}) {
		t.Error(ids)
	}
}

func digestOf(t testing.TB, h crypto.Hash, data []byte) algorithm.Digest {
	t.Helper()
	sum := h.New()
	sum.Write(data)
	d, err := algorithm.NewDigest(h, sum.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sha256Of(t testing.TB, data []byte) algorithm.Digest {
	t.Helper()
	return digestOf(t, crypto.SHA256, data)
}
