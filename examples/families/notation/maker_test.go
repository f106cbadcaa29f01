package notation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/tspclient-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const contentType = "application/vnd.cncf.notary.payload.v1+json"

// A holder has a certificate and its key.
type holder struct {
	cert  *x509.Certificate
	key   crypto.Signer
	above *holder // who issued it; nil: itself
}

// chain is the certificate and those above it.
func (h *holder) chain() []*x509.Certificate {
	var chain []*x509.Certificate
	for ; h != nil; h = h.above {
		chain = append(chain, h.cert)
	}
	return chain
}

// pem is the certificate as it stands in a table.
func (h *holder) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.cert.Raw}))
}

func ecKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate of acme, of an authority unless an option says
// otherwise. It is valid from yesterday to tomorrow.
func issue(t testing.TB, name string, key crypto.Signer, by *holder, options ...func(*x509.Certificate)) *holder {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Country: []string{"US"}, Province: []string{"WA"}, Organization: []string{"acme"}, CommonName: name},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	for _, o := range options {
		o(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{cert, key, by}
}

// signs makes a certificate one that signs code.
func signs(c *x509.Certificate) {
	c.KeyUsage, c.IsCA = x509.KeyUsageDigitalSignature, false
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
}

// stamping makes a certificate one of a timestamp authority.
func stamping(c *x509.Certificate) {
	eku, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	c.KeyUsage, c.IsCA = x509.KeyUsageDigitalSignature, false
	c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: eku}}
}

// during sets when a certificate is valid, in hours from now.
func during(from, to int) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = hours(from), hours(to) }
}

func hours(n int) time.Time { return time.Now().Add(time.Duration(n) * time.Hour) }

// A world is a publisher with its authority, and a timestamp authority.
type world struct{ root, middle, leaf, tsaRoot, tsa *holder }

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{root: issue(t, "root", ecKey(t, elliptic.P256()), nil)}
	w.middle = issue(t, "issuing", ecKey(t, elliptic.P256()), w.root)
	w.leaf = issue(t, "release", ecKey(t, elliptic.P256()), w.middle, signs)
	w.tsaRoot = issue(t, "time root", ecKey(t, elliptic.P256()), nil)
	w.tsa = issue(t, "time", ecKey(t, elliptic.P256()), w.tsaRoot, stamping)
	return w
}

// A request is for an envelope: of the artifact by the leaf, signed now, as JWS.
type request struct {
	by          *holder
	chain       []*x509.Certificate // in the place of the holder's
	cose        bool
	artifact    []byte
	hash        crypto.Hash // of the artifact; as the key has it
	size        int64       // in the place of the artifact's
	annotations map[string]string
	payload     []byte // in the place of the artifact's descriptor
	contentType string
	scheme      signature.SigningScheme
	at, expiry  time.Time
	attributes  []signature.Attribute
	stamp       signature.SignRequest // Timestamper and TSARootCAs
}

// envelope signs with the Notary Project's own signer.
func (r request) envelope(t testing.TB) []byte {
	t.Helper()
	if r.chain == nil {
		r.chain = r.by.chain()
	}
	signer, err := signature.NewLocalSigner(r.chain, r.by.key)
	if err != nil {
		t.Fatal(err)
	}
	if r.payload == nil {
		r.payload = r.descriptor(t)
	}
	form := jws.MediaTypeEnvelope
	if r.cose {
		form = cose.MediaTypeEnvelope
	}
	e, err := signature.NewEnvelope(form)
	if err != nil {
		t.Fatal(err)
	}
	sr := r.stamp
	sr.Payload = signature.Payload{ContentType: r.contentType, Content: r.payload}
	if r.contentType == "" {
		sr.Payload.ContentType = contentType
	}
	sr.Signer, sr.SigningScheme, sr.SigningTime, sr.Expiry, sr.ExtendedSignedAttributes = signer, r.scheme, r.at, r.expiry, r.attributes
	if r.scheme == "" {
		sr.SigningScheme = signature.SigningSchemeX509
	}
	if r.at.IsZero() {
		sr.SigningTime = time.Now()
	}
	sr.SigningAgent = "test"
	data, err := e.Sign(sr.WithContext(context.Background()))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// descriptor is the payload: {"targetArtifact": …}.
func (r request) descriptor(t testing.TB) []byte {
	t.Helper()
	if r.hash == 0 {
		spec, err := signature.ExtractKeySpec(r.by.cert)
		if err != nil {
			t.Fatal(err)
		}
		r.hash = spec.SignatureAlgorithm().Hash()
	}
	h := r.hash.New()
	h.Write(r.artifact)
	if r.size == 0 {
		r.size = int64(len(r.artifact))
	}
	name := map[crypto.Hash]string{crypto.SHA256: "sha256", crypto.SHA384: "sha384", crypto.SHA512: "sha512"}[r.hash]
	target := map[string]any{"mediaType": "application/octet-stream", "digest": fmt.Sprintf("%s:%x", name, h.Sum(nil)), "size": r.size}
	if r.annotations != nil {
		target["annotations"] = r.annotations
	}
	data, err := json.Marshal(map[string]any{"targetArtifact": target})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// named are the annotations of a release's file.
func named(name, version string) map[string]string {
	return map[string]string{ocispec.AnnotationTitle: name, ocispec.AnnotationVersion: version}
}

// edit changes members of a JWS envelope that nobody signs, or that are signed.
func edit(t testing.TB, envelope []byte, change func(map[string]any)) []byte {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(envelope, &members); err != nil {
		t.Fatal(err)
	}
	change(members)
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// withChain puts other certificates into a JWS envelope.
func withChain(t testing.TB, envelope []byte, chain ...*x509.Certificate) []byte {
	t.Helper()
	return edit(t, envelope, func(m map[string]any) {
		var der [][]byte
		for _, c := range chain {
			der = append(der, c.Raw)
		}
		m["header"].(map[string]any)["x5c"] = der
	})
}

// craft signs any texts as a JWS by a P-256 key: what a signer wouldn't write.
func craft(t testing.TB, by *holder, protected, payload string) []byte {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(protected)) + "." + encode([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, by.key.(*ecdsa.PrivateKey), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	head, tail, _ := bytes.Cut([]byte(text), []byte("."))
	data, err := json.Marshal(map[string]any{"protected": string(head), "payload": string(tail), "signature": encode(sig), "header": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return withChain(t, data, by.chain()...)
}

// protected is a header that passes, with more members.
func protected(more string) string {
	return `{"alg":"ES256","cty":"` + contentType + `","crit":["io.cncf.notary.signingScheme"],"io.cncf.notary.signingScheme":"notary.x509",` +
		`"io.cncf.notary.signingTime":"` + time.Now().UTC().Format(time.RFC3339) + `"` + more + `}`
}

// A clock is a timestamp authority with a time of its own.
type clock struct {
	t   testing.TB
	by  *holder
	at  time.Time
	not bool // it stamps something else
}

// stamp has the authority of the world stamp a signature at a time.
func (w *world) stamp(t testing.TB, at time.Time) signature.SignRequest {
	roots := x509.NewCertPool()
	roots.AddCert(w.tsaRoot.cert)
	return signature.SignRequest{Timestamper: clock{t: t, by: w.tsa, at: at}, TSARootCAs: roots}
}

// Timestamp implements [tspclient.Timestamper].
func (c clock) Timestamp(_ context.Context, r *tspclient.Request) (*tspclient.Response, error) {
	stamp := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: r.MessageImprint.HashedMessage, Time: c.at, Nonce: r.Nonce,
		Policy: asn1.ObjectIdentifier{1, 2, 3, 4}, SerialNumber: big.NewInt(1), AddTSACertificate: true,
	}
	if c.not {
		stamp.HashedMessage = make([]byte, 32)
	}
	if c.by.above != nil {
		stamp.Certificates = []*x509.Certificate{c.by.above.cert}
	}
	der, err := stamp.CreateResponseWithOpts(c.by.cert, c.by.key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	response := new(tspclient.Response)
	return response, response.UnmarshalBinary(der)
}
