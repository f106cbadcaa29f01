package cosign

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// The kind of entry that is made of a signature and its certificate
// (https://github.com/sigstore/rekor/blob/main/pkg/types/hashedrekord/v0.0.1/hashedrekord_v0_0_1_schema.json).
const (
	entryKind     = "hashedrekord"
	entryVersion  = "0.0.1"
	entryVersion2 = "0.0.2" // of Rekor v2

	maxLogAnswer = 256 << 10 // bytes; real ones have some 10 KiB
)

// entryBody makes the body of a Rekor v1 log's entry, byte for byte as the log
// has it: canonical JSON (RFC 8785) of nothing but hex and base64.
func entryBody(sum, signature []byte, cert *x509.Certificate) []byte {
	text := base64.StdEncoding.EncodeToString
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	return fmt.Appendf(nil, `{"apiVersion":"`+entryVersion+`","kind":"`+entryKind+`","spec":{"data":{"hash":{"algorithm":"sha256","value":"%x"}},`+
		`"signature":{"content":"%s","publicKey":{"content":"%s"}}}}`, sum, text(signature), text(certificate))
}

// leafHash is that of RFC 6962, section 2.1, by which the log knows the entry.
func leafHash(body []byte) string {
	sum := sha256.Sum256(append([]byte{0}, body...))
	return hex.EncodeToString(sum[:])
}

// entryURL is where a log has the entry with that body: no search, and nothing
// is sent.
func entryURL(log string, body []byte) string {
	return strings.TrimRight(log, "/") + "/api/v1/log/entries/" + leafHash(body)
}

// A logAnswer is what a Rekor v1 log says of an entry
// (https://github.com/sigstore/rekor/blob/main/openapi.yaml, LogEntry).
type logAnswer struct {
	Body           []byte `json:"body"`
	IntegratedTime int64  `json:"integratedTime"`
	LogID          string `json:"logID"`
	LogIndex       int64  `json:"logIndex"`
	Verification   struct {
		InclusionProof *struct {
			Checkpoint string   `json:"checkpoint"`
			Hashes     []string `json:"hashes"`
			LogIndex   int64    `json:"logIndex"`
			RootHash   string   `json:"rootHash"`
			TreeSize   int64    `json:"treeSize"`
		} `json:"inclusionProof"`
		SignedEntryTimestamp []byte `json:"signedEntryTimestamp"`
	} `json:"verification"`
}

// parseLogAnswer reads the one entry of an answer, which must have that very
// body, into the form that bundles have. Nothing of it is checked yet.
func parseLogAnswer(text, body []byte, values *counter) (*protorekor.TransparencyLogEntry, error) {
	if len(text) > maxLogAnswer {
		return nil, fmt.Errorf("%w: a log entry of %d bytes, and %d are the most", algorithm.ErrTooLarge, len(text), maxLogAnswer)
	}
	if err := values.add(text); err != nil {
		return nil, err
	}
	var answer map[string]logAnswer
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&answer)
	if err == nil && decoder.Decode(new(json.RawMessage)) != io.EOF {
		err = errors.New("more than one value")
	}
	if err == nil && len(answer) != 1 {
		err = fmt.Errorf("%d entries, where one was asked for", len(answer))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the log's answer: %w", algorithm.ErrMalformed, err)
	}
	for id, entry := range answer {
		// The ID is the leaf hash, with that of the tree before it.
		if !strings.HasSuffix(id, leafHash(body)) || !bytes.Equal(entry.Body, body) {
			return nil, fmt.Errorf("%w: the log's answer is about another signature", algorithm.ErrInvalid)
		}
		return entry.proto()
	}
	return nil, algorithm.ErrMalformed // there is one
}

func (a *logAnswer) proto() (*protorekor.TransparencyLogEntry, error) {
	proof := a.Verification.InclusionProof
	if proof == nil {
		return nil, fmt.Errorf("%w: the log's answer has no inclusion proof", algorithm.ErrInvalid)
	}
	var hashes [][]byte
	for _, text := range append([]string{a.LogID, proof.RootHash}, proof.Hashes...) {
		sum, err := hex.DecodeString(text)
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("%w: the log's answer: %.80q is no SHA-256", algorithm.ErrMalformed, text)
		}
		hashes = append(hashes, sum)
	}
	return &protorekor.TransparencyLogEntry{
		LogIndex:         a.LogIndex,
		LogId:            &protocommon.LogId{KeyId: hashes[0]},
		KindVersion:      &protorekor.KindVersion{Kind: entryKind, Version: entryVersion},
		IntegratedTime:   a.IntegratedTime,
		InclusionPromise: &protorekor.InclusionPromise{SignedEntryTimestamp: a.Verification.SignedEntryTimestamp},
		InclusionProof: &protorekor.InclusionProof{
			LogIndex: proof.LogIndex, RootHash: hashes[1], TreeSize: proof.TreeSize, Hashes: hashes[2:],
			Checkpoint: &protorekor.Checkpoint{Envelope: proof.Checkpoint},
		},
		CanonicalizedBody: a.Body,
	}, nil
}

// askableLog returns the URL of the log that has an entry about a certificate's
// signature: the one of Rekor v1 that was in use when the certificate was issued
// and, of several, the newest. "" is none.
func askableLog(logs map[string]*root.TransparencyLog, cert *x509.Certificate) string {
	var newest *root.TransparencyLog
	for _, id := range slices.Sorted(maps.Keys(logs)) {
		log := logs[id]
		if log.BaseURL == "" || !isRekorV1(log) || !within(cert.NotBefore, log.ValidityPeriodStart, log.ValidityPeriodEnd) {
			continue
		}
		if newest == nil || log.ValidityPeriodStart.After(newest.ValidityPeriodStart) {
			newest = log
		}
	}
	return cmp.Or(newest, &root.TransparencyLog{}).BaseURL
}

// isRekorV1 tells the logs that can be asked by leaf hash, whose ID is the
// SHA-256 of their key alone. Those of Rekor v2 have their name in it.
func isRekorV1(log *root.TransparencyLog) bool {
	spki, err := x509.MarshalPKIXPublicKey(log.PublicKey)
	sum := sha256.Sum256(spki)
	return err == nil && bytes.Equal(sum[:], log.ID)
}

// checkFindable checks before the artifact comes that an entry for a signature
// by that key can be made.
func checkFindable(by *publicKey) error {
	if !slices.ContainsFunc(by.schemes(0), func(way scheme) bool { return way.hash == crypto.SHA256 }) {
		return fmt.Errorf("%w: signatures by %s have no log entry that can be found by the artifact's SHA-256: a bundle has it", algorithm.ErrUnsupported, by.name)
	}
	return nil
}

// logOf returns the URL of the log to ask about the signature of a certificate:
// that of an instance that issued it. It is "" where an entry isn't demanded.
func (k *key) logOf(ctx context.Context, cert *x509.Certificate) (string, error) {
	s := &signed{certificate: cert}
	issuers, err := issuingInstances(ctx, s.issuance(), k.root.instances)
	if err != nil {
		return "", err
	}
	demanding, err := k.root.demanding(ctx, s, issuers)
	if err != nil {
		return "", err
	}
	if k.policy.of(demanding).log != demanded {
		return "", nil
	}
	for _, i := range issuers {
		url := askableLog(i.RekorLogs(), cert)
		if url != "" {
			return url, nil
		}
		err = fmt.Errorf("%w: the trusted root has no log of the time of the certificate that can be asked for the entry", algorithm.ErrUnsupported)
	}
	return "", err
}
