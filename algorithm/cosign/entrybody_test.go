package cosign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// logMaterial trusts one log and nothing else.
type logMaterial struct {
	root.BaseTrustedMaterial

	log *root.TransparencyLog
}

func (m *logMaterial) RekorLogs() map[string]*root.TransparencyLog {
	return map[string]*root.TransparencyLog{hex.EncodeToString(m.log.ID): m.log}
}

func spki(t *testing.T, pub crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// loggedAlone is the entry of a log that holds nothing else, with a checkpoint
// in the style of Rekor v1.
func loggedAlone(t *testing.T, log *testCA, body string) *logEntry {
	t.Helper()
	key := spki(t, log.cert.PublicKey)
	id := sha256.Sum256(key)
	leaf := sha256.Sum256(append([]byte{0}, body...)) // RFC 6962, section 2.1
	note := fmt.Sprintf("log.example.com - 123\n1\n%s\n", base64.StdEncoding.EncodeToString(leaf[:]))
	digest := sha256.Sum256([]byte(note))
	sig, err := ecdsa.SignASN1(rand.Reader, log.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	note += "\n— log.example.com " + base64.StdEncoding.EncodeToString(append(id[:4:4], sig...)) + "\n"
	entry, err := parseEntry(&protorekor.TransparencyLogEntry{
		LogId: &protocommon.LogId{KeyId: id[:]}, KindVersion: &protorekor.KindVersion{Kind: "hashedrekord", Version: "0.0.2"},
		InclusionProof:    &protorekor.InclusionProof{RootHash: leaf[:], TreeSize: 1, Checkpoint: &protorekor.Checkpoint{Envelope: note}},
		CanonicalizedBody: []byte(body),
	}, new(counter), new(signed))
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// The body of a Rekor v2 entry is about this very signature, also where the
// checkpoint is in the style of Rekor v1, by which nothing else compares them.
func TestBodyUnderOlderCheckpoint(t *testing.T) {
	log, private, other := (*testCA)(nil).issue(t, "log", 0, 1, nil), (*testCA)(nil).issue(t, "key", 0, 1, nil), (*testCA)(nil).issue(t, "other", 0, 1, nil)
	artifact, another := sha256.Sum256([]byte("artifact")), sha256.Sum256([]byte("another"))
	sig, err := ecdsa.SignASN1(rand.Reader, private.private, artifact[:])
	if err != nil {
		t.Fatal(err)
	}
	body := func(hash string, digest, sig []byte, key crypto.PublicKey) string {
		text := base64.StdEncoding.EncodeToString
		return fmt.Sprintf(`{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":%q,"digest":%q},`+
			`"signature":{"content":%q,"verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":%q}}}}}}`,
			hash, text(digest), text(sig), text(spki(t, key)))
	}
	e := &envelope{payloadType: inTotoPayload, payload: []byte("{}")}
	enveloped := sha256.Sum256(e.signedBytes())
	by, err := newPublicKey(private.cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(spki(t, log.cert.PublicKey))
	trusted := rootOf(&logMaterial{log: &root.TransparencyLog{
		ID: id[:], PublicKey: log.cert.PublicKey, HashFunc: crypto.SHA256, SignatureHashFunc: crypto.SHA256, ValidityPeriodStart: time.Unix(1, 0),
	}})
	for name, test := range map[string]struct {
		body     string
		envelope *envelope
		want     error
	}{
		"right":                    {body("SHA2_256", artifact[:], sig, by.PublicKey), nil, nil},
		"another signature":        {body("SHA2_256", artifact[:], append([]byte{0}, sig...), by.PublicKey), nil, algorithm.ErrInvalid},
		"another key":              {body("SHA2_256", artifact[:], sig, other.cert.PublicKey), nil, algorithm.ErrInvalid},
		"another digest":           {body("SHA2_256", another[:], sig, by.PublicKey), nil, algorithm.ErrInvalid},
		"another hash":             {body("SHA2_512", artifact[:], sig, by.PublicKey), nil, algorithm.ErrInvalid},
		"unknown hash":             {body("HASH_ALGORITHM_UNSPECIFIED", artifact[:], sig, by.PublicKey), nil, algorithm.ErrInvalid},
		"envelope":                 {body("SHA2_256", enveloped[:], sig, by.PublicKey), e, nil},
		"envelope, unknown hash":   {body("SHA3_256", enveloped[:], sig, by.PublicKey), e, algorithm.ErrInvalid},
		"envelope, another digest": {body("SHA2_256", artifact[:], sig, by.PublicKey), e, algorithm.ErrInvalid},
	} {
		s := &signed{form: formBundle, signature: sig, digest: artifact[:], hash: crypto.SHA256, envelope: test.envelope, entries: []*logEntry{loggedAlone(t, log, test.body)}}
		k := &key{root: trusted, policy: policy{log: demanded, sct: waived}, now: time.Now, publicKeys: []*publicKey{by}}
		_, p, err := k.prove(t.Context(), s, k.publicKeys)
		if !errors.Is(err, test.want) || err == nil && len(p.entries) != 1 {
			t.Errorf("%s: got %v, %v; want %v", name, p, err, test.want)
		}
	}
}

// A log entry picks the declared key; one that names none is refused before it
// is verified with each.
func TestEntryPicksKey(t *testing.T) {
	log := (*testCA)(nil).issue(t, "log", 0, 1, nil)
	var keys []*publicKey
	for range 3 {
		k, err := newPublicKey((*testCA)(nil).issue(t, "key", 0, 1, nil).cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	entry := func(by *publicKey) *logEntry {
		return loggedAlone(t, log, fmt.Sprintf(`{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"AAAA"},`+
			`"signature":{"content":"AAAA","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":{"rawBytes":%q}}}}}}`, base64.StdEncoding.EncodeToString(spki(t, by.PublicKey))))
	}
	id := sha256.Sum256(spki(t, log.cert.PublicKey))
	known := &instance{TrustedMaterial: &logMaterial{log: &root.TransparencyLog{ID: id[:]}}}
	unknown := &instance{TrustedMaterial: &logMaterial{log: &root.TransparencyLog{ID: []byte{1}}}}
	for name, test := range map[string]struct {
		i       *instance
		entries []*logEntry
		want    int // keys
	}{
		"no entry":                  {known, nil, 2},
		"one":                       {known, []*logEntry{entry(keys[1])}, 1},
		"two of one key":            {known, []*logEntry{entry(keys[1]), entry(keys[1])}, 1},
		"of another key":            {known, []*logEntry{entry(keys[2])}, 0},
		"of two keys":               {known, []*logEntry{entry(keys[0]), entry(keys[1])}, 0},
		"of a log that isn't known": {unknown, []*logEntry{entry(keys[2])}, 2},
	} {
		named, err := test.i.named(keys[:2], &signed{entries: test.entries})
		if len(named) != test.want || (test.want == 0) != errors.Is(err, algorithm.ErrInvalid) || test.want == 1 && named[0] != keys[1] {
			t.Errorf("%s: %d keys, %v", name, len(named), err)
		}
	}
	without := &key{policy: policy{log: waived}}
	if named, _, err := without.prove(t.Context(), &signed{entries: []*logEntry{entry(keys[2])}}, keys[:2]); err != nil || len(named) != 2 {
		t.Errorf("without trusted root: %d keys, %v", len(named), err)
	}
}
