package cosign_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	x509pkix "crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/swag/conv"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	_ "github.com/sigstore/rekor/pkg/types/hashedrekord/v0.0.1" // the kind of entry
	"golang.org/x/mod/sumdb/tlog"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// A rekor is a double of a Rekor v1 log: its bodies and its answers are of the
// log's own types, its tree is that of Go's checksum database, and its key is
// its own.
type rekor struct {
	url     string
	since   time.Time // in the trusted root
	private *ecdsa.PrivateKey
	entries []loggedEntry
	stored  hashStore
}

type loggedEntry struct {
	body []byte
	at   time.Time
}

// hashStore are the stored hashes of a tree.
type hashStore []tlog.Hash

func (s hashStore) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		hashes = append(hashes, s[i])
	}
	return hashes, nil
}

// newRekor is a log that has some entries already, or its proofs would be
// empty.
func newRekor(t *testing.T, url string) *rekor {
	t.Helper()
	r := &rekor{url: url, since: pairTime.AddDate(-1, 0, 0), private: newECDSA(t, elliptic.P256())}
	for i := range 5 {
		r.add(t, fmt.Appendf(nil, "%d", i), time.Unix(int64(i), 0))
	}
	return r
}

func (r *rekor) id(t *testing.T) []byte {
	t.Helper()
	sum := sha256.Sum256(pkix(t, r.private.Public()))
	return sum[:]
}

// add logs a body.
func (r *rekor) add(t *testing.T, body []byte, at time.Time) int {
	t.Helper()
	hashes, err := tlog.StoredHashes(int64(len(r.entries)), body, r.stored)
	if err != nil {
		t.Fatal(err)
	}
	r.stored = append(r.stored, hashes...)
	r.entries = append(r.entries, loggedEntry{body, at})
	return len(r.entries) - 1
}

// body is that of the entry which the log makes of a signature.
func (r *rekor) body(t *testing.T, artifact, signature []byte, cert *x509.Certificate) []byte {
	t.Helper()
	entry, err := types.UnmarshalEntry(&models.Hashedrekord{
		APIVersion: conv.Pointer("0.0.1"),
		Spec: models.HashedrekordV001Schema{
			Data: &models.HashedrekordV001SchemaData{Hash: &models.HashedrekordV001SchemaDataHash{
				Algorithm: conv.Pointer("sha256"), Value: conv.Pointer(sum(artifact)),
			}},
			Signature: &models.HashedrekordV001SchemaSignature{
				Content:   signature,
				PublicKey: &models.HashedrekordV001SchemaSignaturePublicKey{Content: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	body, err := types.CanonicalizeEntry(t.Context(), entry)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// rawBody is a body about a signature that doesn't hold, which the log itself
// would not take.
func rawBody(artifact, signature []byte, cert *x509.Certificate) []byte {
	text := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":%q}},"signature":{"content":%q,"publicKey":{"content":%q}}}}`,
		sum(artifact), text(signature), text([]byte(certPEM(cert))))
}

// find is the URL of an entry.
func (r *rekor) find(index int) string {
	leaf := tlog.RecordHash(r.entries[index].body)
	return r.url + "/api/v1/log/entries/" + hex.EncodeToString(leaf[:])
}

// answer is what the log says of an entry, by the key of the log.
func (r *rekor) answer(t *testing.T, index int) models.LogEntryAnon {
	t.Helper()
	n := int64(len(r.entries))
	root, err := tlog.TreeHash(n, r.stored)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveRecord(n, int64(index), r.stored)
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, h := range proof {
		hashes = append(hashes, hex.EncodeToString(h[:]))
	}
	e := models.LogEntryAnon{
		Body: base64.StdEncoding.EncodeToString(r.entries[index].body), IntegratedTime: conv.Pointer(r.entries[index].at.Unix()),
		LogID: conv.Pointer(hex.EncodeToString(r.id(t))), LogIndex: conv.Pointer(int64(1000 + index)), // of an older shard's entries, too
		Verification: &models.LogEntryAnonVerification{InclusionProof: &models.InclusionProof{
			Checkpoint: conv.Pointer(checkpoint(t, r.private, n, root)), Hashes: hashes, LogIndex: conv.Pointer(int64(index)),
			RootHash: conv.Pointer(hex.EncodeToString(root[:])), TreeSize: &n,
		}},
	}
	r.stamp(t, &e)
	return e
}

// stamp signs an entry's time and place.
func (r *rekor) stamp(t *testing.T, e *models.LogEntryAnon) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"body": e.Body, "integratedTime": e.IntegratedTime, "logID": e.LogID, "logIndex": e.LogIndex})
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(text)
	e.Verification.SignedEntryTimestamp = strfmt.Base64(signDigest(t, r.private, digest[:]))
}

// checkpoint is a signed note about a tree, in the style of Rekor v1.
func checkpoint(t *testing.T, by *ecdsa.PrivateKey, size int64, root tlog.Hash) string {
	t.Helper()
	text := fmt.Sprintf("log.example - 123\n%d\n%s\n", size, base64.StdEncoding.EncodeToString(root[:]))
	digest, id := sha256.Sum256([]byte(text)), sha256.Sum256(pkix(t, by.Public()))
	return text + "\n— log.example " + base64.StdEncoding.EncodeToString(append(id[:4:4], signDigest(t, by, digest[:])...)) + "\n"
}

// reply is the whole answer about an entry.
func (r *rekor) reply(t *testing.T, index int) []byte {
	t.Helper()
	leaf := tlog.RecordHash(r.entries[index].body)
	return marshal(t, models.LogEntry{"24296fb24b8ad77a" + hex.EncodeToString(leaf[:]): r.answer(t, index)})
}

// A fulcio is a certificate authority.
type fulcio struct {
	cert    *x509.Certificate
	private *ecdsa.PrivateKey
}

const (
	pairIssuer  = "https://issuer.example"
	pairSubject = "https://allowed.example/x"
)

var pairTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) // when the signers' certificates begin

func newFulcio(t *testing.T) *fulcio {
	t.Helper()
	private := newECDSA(t, elliptic.P256())
	return &fulcio{private: private, cert: certify(t, &x509.Certificate{
		Subject: x509pkix.Name{CommonName: "root"}, NotBefore: pairTime.AddDate(-1, 0, 0), NotAfter: pairTime.AddDate(9, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, private.Public(), private)}
}

func certify(t *testing.T, template, parent *x509.Certificate, pub crypto.PublicKey, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	if template.SerialNumber = big.NewInt(time.Now().UnixNano()); parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// issue certifies a key for ten minutes.
func (f *fulcio) issue(t *testing.T, pub crypto.PublicKey, subject string, change ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	san, err := url.Parse(subject)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := asn1.MarshalWithParams(pairIssuer, "utf8")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		NotBefore: pairTime, NotAfter: pairTime.Add(10 * time.Minute), URIs: []*url.URL{san},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []x509pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: issuer}},
	}
	for _, c := range change {
		c(template)
	}
	return certify(t, template, f.cert, pub, f.private)
}

// trustedRoot is a private sigstore's, of that authority and these logs.
func trustedRoot(t *testing.T, f *fulcio, logs ...*rekor) []byte {
	t.Helper()
	life := map[string]any{"start": pairTime.AddDate(-1, 0, 0)}
	list := []any{}
	for _, r := range logs {
		list = append(list, map[string]any{
			"baseUrl": r.url, "hashAlgorithm": "SHA2_256", "logId": map[string]any{"keyId": r.id(t)},
			"publicKey": map[string]any{"rawBytes": pkix(t, r.private.Public()), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": map[string]any{"start": r.since}},
		})
	}
	return marshal(t, map[string]any{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": list,
		"certificateAuthorities": []any{map[string]any{
			"subject": map[string]any{"organization": "example", "commonName": "root"}, "uri": "https://fulcio.example", "validFor": life,
			"certChain": map[string]any{"certificates": []any{map[string]any{"rawBytes": f.cert.Raw}}},
		}},
	})
}

func certPEM(cert *x509.Certificate) string { return pemText("CERTIFICATE", cert.Raw) }

// A signedPair is an artifact with its signature and certificate, an authority
// and a log that has an entry about them.
type signedPair struct {
	artifact, signature []byte
	private             *ecdsa.PrivateKey
	cert                *x509.Certificate
	fulcio              *fulcio
	rekor               *rekor
	index               int
	trust               algorithm.Trust
	store               store
}

const (
	pairAt  = "https://releases.example/artifact.pem"
	rekorAt = "https://rekor.example"
)

func newSignedPair(t *testing.T) *signedPair {
	t.Helper()
	p := &signedPair{artifact: []byte("artifact"), private: newECDSA(t, elliptic.P256()), fulcio: newFulcio(t), rekor: newRekor(t, rekorAt)}
	p.cert = p.fulcio.issue(t, p.private.Public(), pairSubject)
	digest := sha256.Sum256(p.artifact)
	p.signature = signDigest(t, p.private, digest[:])
	p.index = p.rekor.add(t, p.rekor.body(t, p.artifact, p.signature, p.cert), pairTime.Add(time.Minute))
	p.rekor.add(t, []byte("a later one"), pairTime.Add(time.Hour))
	p.trust = testkeys.With(declare("identity", signedBy(pairIssuer, pairSubject)), "certificate", pairAt)
	p.trust = testkeys.With(testkeys.With(p.trust, "sct", false), "trusted-root", trustedRoot(t, p.fulcio, p.rekor))
	p.store = store{pairAt: []byte(certPEM(p.cert)), p.rekor.find(p.index): p.rekor.reply(t, p.index)}
	return p
}

// change replaces the log's answer by one that is changed.
func (p *signedPair) change(t *testing.T, change func(e *models.LogEntryAnon)) {
	t.Helper()
	e := p.rekor.answer(t, p.index)
	change(&e)
	leaf := tlog.RecordHash(p.rekor.entries[p.index].body)
	p.store[p.rekor.find(p.index)] = marshal(t, models.LogEntry{hex.EncodeToString(leaf[:]): e})
}
