package shapes

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm/cosign"
)

const githubIssuer = "https://token.actions.githubusercontent.com"

// A sigstore is a double of a private instance: an authority that certifies whatever
// it is told, and a Rekor v1 log, each of whose trees has one entry.
type sigstore struct {
	authority, log *ecdsa.PrivateKey
	root           *x509.Certificate
	began          time.Time
}

func newSigstore(t *testing.T) *sigstore {
	t.Helper()
	s := &sigstore{newECDSA(t), newECDSA(t), nil, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.root = s.certify(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "root"}, NotBefore: s.began.AddDate(-1, 0, 0), NotAfter: s.began.AddDate(9, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}, s.authority.Public())
	return s
}

func newECDSA(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (s *sigstore) certify(t *testing.T, template *x509.Certificate, pub crypto.PublicKey) *x509.Certificate {
	t.Helper()
	parent := s.root
	if parent == nil {
		parent = template
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, s.authority)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func digestSigned(t *testing.T, by *ecdsa.PrivateKey, data []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(data)
	signature, err := by.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func (s *sigstore) logID(t *testing.T) (der, id []byte) {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(s.log.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return der, sum[:]
}

// issue certifies a new key for a workflow, which was started for a tag of its
// repository.
func (s *sigstore) issue(t *testing.T, workflow string) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	san, err := url.Parse(workflow)
	if err != nil {
		t.Fatal(err)
	}
	repository, _, _ := strings.Cut(workflow, "/.github/")
	_, ref, _ := strings.Cut(workflow, "@")
	var extensions []pkix.Extension
	for number, text := range map[int]string{8: githubIssuer, 12: repository, 14: ref} { // https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
		value, err := asn1.MarshalWithParams(text, "utf8")
		if err != nil {
			t.Fatal(err)
		}
		extensions = append(extensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, number}, Value: value})
	}
	key := newECDSA(t)
	return key, s.certify(t, &x509.Certificate{
		NotBefore: s.began, NotAfter: s.began.Add(10 * time.Minute), URIs: []*url.URL{san},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: extensions,
	}, key.Public())
}

// A logged is what the log says of an entry.
type logged struct {
	leaf, promise, body, id []byte
	checkpoint              string
	at                      int64
}

func (s *sigstore) enter(t *testing.T, body []byte) logged {
	t.Helper()
	_, id := s.logID(t)
	leaf := sha256.Sum256(append([]byte{0}, body...)) // RFC 6962, section 2.1
	at := s.began.Add(time.Minute).Unix()
	note := fmt.Sprintf("log.example - 1\n1\n%s\n", base64.StdEncoding.EncodeToString(leaf[:]))
	return logged{
		leaf: leaf[:], body: body, id: id, at: at,
		promise:    digestSigned(t, s.log, marshal(t, map[string]any{"body": body, "integratedTime": at, "logID": hex.EncodeToString(id), "logIndex": 0})),
		checkpoint: note + "\n— log.example " + base64.StdEncoding.EncodeToString(append(id[:4:4], digestSigned(t, s.log, []byte(note))...)) + "\n",
	}
}

// pair signs a document as a workflow, puts signature and certificate beside it, and
// the log's entry about them where the log is.
func (s *sigstore) pair(t *testing.T, d documents, path, workflow string) {
	t.Helper()
	key, cert := s.issue(t, workflow)
	signature := base64.StdEncoding.EncodeToString(digestSigned(t, key, d[path]))
	certificate := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	d[path+".sig"], d[path+".pem"] = []byte(signature), []byte(certificate)
	l := s.enter(t, fmt.Appendf(nil, `{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"data":{"hash":{"algorithm":"sha256","value":"%x"}},"signature":{"content":%q,"publicKey":{"content":%q}}}}`,
		sha256.Sum256(d[path]), signature, certificate))
	leaf := hex.EncodeToString(l.leaf)
	d["/rekor/api/v1/log/entries/"+leaf] = marshal(t, map[string]any{leaf: map[string]any{
		"body": l.body, "integratedTime": l.at, "logID": hex.EncodeToString(l.id), "logIndex": 0,
		"verification": map[string]any{
			"signedEntryTimestamp": l.promise,
			"inclusionProof":       map[string]any{"checkpoint": l.checkpoint, "hashes": []string{}, "logIndex": 0, "rootHash": leaf, "treeSize": 1},
		},
	}})
}

// attest is a bundle with a workflow's SLSA provenance of some files.
func (s *sigstore) attest(t *testing.T, d documents, workflow string, paths ...string) []byte {
	t.Helper()
	key, cert := s.issue(t, workflow)
	var subjects []any
	for _, p := range paths {
		subjects = append(subjects, map[string]any{"name": path.Base(p), "digest": map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(d[p]))}})
	}
	payload := marshal(t, map[string]any{"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v1", "predicate": map[string]any{}})
	const payloadType = "application/vnd.in-toto+json"
	signature := digestSigned(t, key, fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload))
	envelope := map[string]any{"payload": payload, "payloadType": payloadType, "signatures": []any{map[string]any{"sig": signature}}}
	l := s.enter(t, marshal(t, map[string]any{"apiVersion": "0.0.1", "kind": "dsse", "spec": map[string]any{
		"envelopeHash": map[string]any{"algorithm": "sha256", "value": fmt.Sprintf("%x", sha256.Sum256(marshal(t, envelope)))},
		"payloadHash":  map[string]any{"algorithm": "sha256", "value": fmt.Sprintf("%x", sha256.Sum256(payload))},
		"signatures":   []any{map[string]any{"signature": signature, "verifier": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})}},
	}}))
	return marshal(t, map[string]any{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope,
		"verificationMaterial": map[string]any{
			"certificate": map[string]any{"rawBytes": cert.Raw},
			"tlogEntries": []any{map[string]any{
				"logIndex": "0", "logId": map[string]any{"keyId": l.id}, "kindVersion": map[string]any{"kind": "dsse", "version": "0.0.1"},
				"integratedTime": fmt.Sprint(l.at), "inclusionPromise": map[string]any{"signedEntryTimestamp": l.promise}, "canonicalizedBody": l.body,
				"inclusionProof": map[string]any{"logIndex": "0", "rootHash": l.leaf, "treeSize": "1", "hashes": []string{}, "checkpoint": map[string]any{"envelope": l.checkpoint}},
			}},
		},
	})
}

// trusted is the instance's trusted root.
func (s *sigstore) trusted(t *testing.T) *cosign.TrustedRoot {
	t.Helper()
	der, id := s.logID(t)
	life := map[string]any{"start": s.began.AddDate(-1, 0, 0)}
	root, err := cosign.ParseTrustedRoot(marshal(t, map[string]any{
		"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"tlogs": []any{map[string]any{
			"baseUrl": siteURL + "/rekor", "hashAlgorithm": "SHA2_256", "logId": map[string]any{"keyId": id},
			"publicKey": map[string]any{"rawBytes": der, "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": life},
		}},
		"certificateAuthorities": []any{map[string]any{
			"subject": map[string]any{"organization": "example", "commonName": "root"}, "uri": "https://fulcio.example", "validFor": life,
			"certChain": map[string]any{"certificates": []any{map[string]any{"rawBytes": s.root.Raw}}},
		}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
