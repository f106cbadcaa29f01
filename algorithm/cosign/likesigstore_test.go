package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

// An entity shows a signature to sigstore-go, as signed by one signer and with
// one log entry.
type entity struct {
	verify.BaseSignedEntity

	signed *signed
	by     *signer
	entry  *tlog.Entry
}

func (e *entity) TlogEntries() ([]*tlog.Entry, error) { return []*tlog.Entry{e.entry}, nil }

func (e *entity) VerificationContent() (verify.VerificationContent, error) {
	if e.by.certificate != nil {
		return bundle.NewCertificate(e.by.certificate), nil
	}
	return declared{e.by}, nil
}

func (e *entity) SignatureContent() (verify.SignatureContent, error) {
	s := e.signed
	if s.envelope != nil {
		return &bundle.Envelope{Envelope: &dsse.Envelope{
			PayloadType: s.envelope.payloadType, Payload: b64(s.envelope.payload), Signatures: []dsse.Signature{{Sig: b64(s.signature)}},
		}}, nil
	}
	return bundle.NewMessageSignature(s.digest, strings.Replace(s.hash.String(), "SHA-", "SHA2_", 1), s.signature), nil
}

// A declared is a signer's key, whatever hint there is.
type declared struct{ *signer }

func (d declared) CompareKey(key any, _ root.TrustedMaterial) bool  { return d.is(key) }
func (d declared) ValidAtTime(time.Time, root.TrustedMaterial) bool { return true }
func (d declared) Certificate() *x509.Certificate                   { return nil }
func (d declared) Intermediates() []*x509.Certificate               { return nil }
func (d declared) PublicKey() verify.PublicKeyProvider              { return d }
func (d declared) Hint() string                                     { return "" }
func (m *keyedLog) RekorLogs() map[string]*root.TransparencyLog     { return m.logMaterial.RekorLogs() }

func (m *keyedLog) PublicKeyVerifier(string) (root.TimeConstrainedVerifier, error) {
	v, err := signature.LoadDefaultVerifier(m.by.key.PublicKey)
	return root.NewExpiringKey(v, time.Time{}, time.Time{}), err
}

// keyedLog trusts a log and a key.
type keyedLog struct {
	logMaterial

	by *signer
}

func b64(text []byte) string { return base64.StdEncoding.EncodeToString(text) }

// A case of a log entry: what signed what, the log that has the entry, and the
// entry itself, which a change may spoil before the log signs it or afterwards.
type loggedCase struct {
	log    *testCA
	signed *signed
	by     *signer
	life   [2]time.Time // of the log's key
	url    string

	body    string // of the entry
	inTree  string // what the tree has, the body where it is ""
	second  bool   // it is there behind the other one
	origin  string // of the checkpoint
	beneath string // further lines of it
	below   string // further lines of signatures
	size    uint64 // that the checkpoint says
	entry   *protorekor.TransparencyLogEntry
	promise bool // it gets a signed entry timestamp
	proof   bool // and an inclusion proof
	after   func(*protorekor.TransparencyLogEntry)
	without bool // there is nothing to be changed
}

func (c *loggedCase) sign(t *testing.T, text []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(text)
	sig, err := ecdsa.SignASN1(rand.Reader, c.log.private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// finish has the log sign the entry, which is the first of two unless it is to be
// the second.
func (c *loggedCase) finish(t *testing.T) {
	t.Helper()
	id := sha256.Sum256(spki(t, c.log.cert.PublicKey))
	e := c.entry
	e.LogId, e.CanonicalizedBody = &protocommon.LogId{KeyId: id[:]}, []byte(c.body)
	if c.proof {
		if c.inTree == "" {
			c.inTree = c.body
		}
		leaf, other := sha256.Sum256(append([]byte{0}, c.inTree...)), sha256.Sum256([]byte{0})
		first, last := leaf, other
		if c.second {
			first, last = other, leaf
		}
		top := sha256.Sum256(append(append([]byte{1}, first[:]...), last[:]...))
		note := fmt.Sprintf("%s\n%d\n%s\n%s", c.origin, c.size, b64(top[:]), c.beneath)
		name, _, _ := strings.Cut(c.origin, " ")
		note += "\n— " + name + " " + b64(append(id[:4:4], c.sign(t, []byte(note))...)) + "\n" + c.below
		e.InclusionProof = &protorekor.InclusionProof{
			TreeSize: 2, RootHash: top[:], Hashes: [][]byte{other[:]}, Checkpoint: &protorekor.Checkpoint{Envelope: note},
		}
	}
	if c.promise {
		text := (&logEntry{TransparencyLogEntry: e}).promised()
		e.InclusionPromise = &protorekor.InclusionPromise{SignedEntryTimestamp: c.sign(t, text)}
	}
	if c.after != nil {
		c.after(e)
	}
}

// trusted is the log as a trusted root has it.
func (c *loggedCase) trusted(t *testing.T) *root.TransparencyLog {
	t.Helper()
	id := sha256.Sum256(spki(t, c.log.cert.PublicKey))
	return &root.TransparencyLog{
		ID: id[:], PublicKey: c.log.cert.PublicKey, HashFunc: crypto.SHA256, SignatureHashFunc: crypto.SHA256, BaseURL: c.url,
		ValidityPeriodStart: c.life[0], ValidityPeriodEnd: c.life[1],
	}
}

// check returns what we say of the entry.
func (c *loggedCase) check(t *testing.T) (*proof, error) {
	t.Helper()
	s, p := *c.signed, new(proof)
	entry, err := parseEntry(c.entry, new(counter), &s)
	if err != nil {
		return p, err
	}
	s.addEntry(entry)
	in := &instance{TrustedMaterial: &logMaterial{log: c.trusted(t)}}
	return p, p.checkLog(t.Context(), &s, c.by, logs{instance: in}, demanded)
}

// judge returns what we say of the entry, and what sigstore-go says.
func (c *loggedCase) judge(t *testing.T) (ours, theirs error) {
	t.Helper()
	_, ours = c.check(t)
	in := &keyedLog{logMaterial{log: c.trusted(t)}, c.by}
	logged, theirs := tlog.ParseTransparencyLogEntry(c.entry) // without the lines of others than the log
	if theirs == nil {
		_, theirs = verify.VerifyTlogEntry(&entity{signed: c.signed, by: c.by, entry: logged}, in, 1, true)
	}
	return ours, theirs
}

// A loggedChange changes a case. ours says that only we refuse it, so that we
// refuse more than sigstore-go does.
type loggedChange struct {
	name   string
	change func(t *testing.T, c *loggedCase)
	ours   bool
	right  bool // it is accepted
	wrong  bool // it is refused
}

func after(change func(*protorekor.TransparencyLogEntry)) func(*testing.T, *loggedCase) {
	return func(_ *testing.T, c *loggedCase) { c.after = change }
}

func bodyWith(before, behind string) func(*testing.T, *loggedCase) {
	return func(_ *testing.T, c *loggedCase) {
		c.without = !strings.Contains(c.body, before)
		c.body = strings.Replace(c.body, before, behind, 1)
	}
}

// bodyAs changes the part of the body that the pattern matches.
func bodyAs(pattern string, change func(part string) string) func(*testing.T, *loggedCase) {
	return func(_ *testing.T, c *loggedCase) {
		part := regexp.MustCompile(pattern).FindString(c.body)
		c.without = part == ""
		c.body = strings.Replace(c.body, part, change(part), 1)
	}
}

func noteWith(change func(note string) string) func(*testing.T, *loggedCase) {
	return after(func(e *protorekor.TransparencyLogEntry) {
		if checkpoint := e.GetInclusionProof().GetCheckpoint(); checkpoint != nil {
			checkpoint.Envelope = change(checkpoint.GetEnvelope())
		}
	})
}

func loggedChanges() []loggedChange {
	type entry = protorekor.TransparencyLogEntry
	flip := func(text []byte) {
		if len(text) > 0 {
			text[len(text)-1] ^= 1
		}
	}
	return []loggedChange{
		{name: "as it is", change: func(*testing.T, *loggedCase) {}, right: true},
		{name: "logged later", change: func(_ *testing.T, c *loggedCase) { c.entry.IntegratedTime = day(50).Unix() }},
		{name: "logged never", change: func(_ *testing.T, c *loggedCase) { c.entry.IntegratedTime = 0 }},
		{name: "logged before 1970", change: func(_ *testing.T, c *loggedCase) { c.entry.IntegratedTime = -1 << 60 }},
		{name: "logged at the end", change: func(_ *testing.T, c *loggedCase) { c.entry.IntegratedTime = day(40).Unix() }},
		{name: "logged a second after the end", change: func(_ *testing.T, c *loggedCase) { c.entry.IntegratedTime = day(40).Unix() + 1 }},
		{name: "large index", change: func(_ *testing.T, c *loggedCase) { c.entry.LogIndex = 1<<60 + 1 }},
		{name: "index of 2^53 + 1", change: func(_ *testing.T, c *loggedCase) { c.entry.LogIndex = 1<<53 + 1 }},
		{name: "negative index", change: func(_ *testing.T, c *loggedCase) { c.entry.LogIndex = -1 }},
		{name: "no kind", change: func(_ *testing.T, c *loggedCase) { c.entry.KindVersion = nil }},
		{name: "another kind", change: func(_ *testing.T, c *loggedCase) { c.entry.KindVersion.Kind = "x" }},
		{name: "log's key ended", change: func(_ *testing.T, c *loggedCase) { c.life[1] = day(1) }},
		{name: "log's key not begun", change: func(_ *testing.T, c *loggedCase) { c.life[0] = day(20) }},
		{name: "log's key of no time", change: func(_ *testing.T, c *loggedCase) { c.life[0] = time.Time{} }},
		{name: "log without URL", change: func(_ *testing.T, c *loggedCase) { c.url = "" }},
		{name: "log at another URL", change: func(_ *testing.T, c *loggedCase) { c.url = "https://other.example.com" }},
		{name: "log at no URL", change: func(_ *testing.T, c *loggedCase) { c.url = "https://[" }},
		{name: "log at a port", change: func(_ *testing.T, c *loggedCase) { c.url += ":8443/x" }},
		{name: "origin of the other style", change: func(_ *testing.T, c *loggedCase) {
			if c.origin += " - 12"; strings.Count(c.origin, " - ") > 1 {
				c.origin = "log.example.com"
			}
		}},
		{name: "origin with no number", change: func(_ *testing.T, c *loggedCase) { c.origin = "log.example.com - 12a" }},
		{name: "origin with an empty number", change: func(_ *testing.T, c *loggedCase) { c.origin = "log.example.com - " }},
		{name: "origin with two", change: func(_ *testing.T, c *loggedCase) { c.origin = "log.example.com - 1 - 2" }},
		{name: "empty origin", change: func(_ *testing.T, c *loggedCase) { c.origin = "" }},
		{name: "more in the checkpoint", change: func(_ *testing.T, c *loggedCase) { c.beneath = "more\nlines\n" }},
		{name: "another size in the checkpoint", change: func(_ *testing.T, c *loggedCase) { c.size, c.without = 5, !c.proof }, ours: true, wrong: true},
		{name: "the index in a tree of another size", change: func(_ *testing.T, c *loggedCase) {
			c.without = !c.proof || !strings.Contains(c.origin, " - ")
			c.second = true
			c.after = func(e *entry) { e.InclusionProof.TreeSize, e.InclusionProof.LogIndex = 3, 2 }
		}, ours: true, wrong: true},
		{name: "another's tree", change: func(_ *testing.T, c *loggedCase) { c.inTree = "{}" }},
		{name: "another's line below", change: func(_ *testing.T, c *loggedCase) { c.below = "— log.example.com " + b64([]byte("12345678")) + "\n" }},
		{name: "a line with a tab", change: func(_ *testing.T, c *loggedCase) { c.below = "— log\texample.com " + b64([]byte("12345678")) + "\n" }},
		{name: "a line of no form", change: func(_ *testing.T, c *loggedCase) { c.below = "x\n" }},
		{name: "no line", change: noteWith(func(note string) string { return note[:strings.Index(note, "\n\n")+2] })},
		{name: "a line twice", change: noteWith(func(note string) string { return note + note[strings.Index(note, "\n\n")+2:] })},
		{name: "line ends of Windows", change: noteWith(func(note string) string { return strings.TrimSuffix(note, "\n") + "\r\n" }), ours: true},
		{name: "spaces in a line", change: noteWith(func(note string) string { return strings.Replace(note, "— log", "—  log", 1) }), ours: true},
		{name: "another hint in the log's line", change: noteWith(func(note string) string {
			at := strings.LastIndex(note, " ") + 1
			line, err := base64.StdEncoding.DecodeString(strings.TrimSpace(note[at:]))
			if err != nil {
				return ""
			}
			line[0] ^= 1
			return note[:at] + b64(line) + "\n"
		})},
		{name: "another text", change: noteWith(func(note string) string { return "x" + note })},
		{name: "no text", change: noteWith(func(string) string { return "" })},
		{name: "another root hash", change: after(func(e *entry) { flip(e.GetInclusionProof().GetRootHash()) })},
		{name: "another proof", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				flip(p.Hashes[0])
			}
		})},
		{name: "a longer proof", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.Hashes = append(p.Hashes, p.Hashes[0])
			}
		})},
		{name: "another index in the tree", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.LogIndex = 1
			}
		})},
		{name: "a negative index in the tree", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.LogIndex = -1
			}
		})},
		{name: "another size of the tree", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.TreeSize = 3
			}
		})},
		{name: "a negative size of the tree", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.TreeSize = -2
			}
		})},
		{name: "no checkpoint", change: after(func(e *entry) {
			if p := e.GetInclusionProof(); p != nil {
				p.Checkpoint = nil
			}
		})},
		{name: "another timestamp", change: after(func(e *entry) { flip(e.GetInclusionPromise().GetSignedEntryTimestamp()) })},
		{name: "a timestamp with more behind", change: after(func(e *entry) {
			if p := e.GetInclusionPromise(); p != nil {
				p.SignedEntryTimestamp = append(p.SignedEntryTimestamp, 0)
			}
		})},
		{name: "neither timestamp nor proof", change: after(func(e *entry) { e.InclusionPromise, e.InclusionProof = nil, nil })},
		{name: "spaces in the body afterwards", change: after(func(e *entry) {
			e.CanonicalizedBody = bytes.Replace(e.CanonicalizedBody, []byte(`{"apiVersion"`), []byte(`{ "apiVersion"`), 1)
		}), ours: true, wrong: true},
		{name: "an index of Rekor v2 that isn't in the tree, below a checkpoint of v1", change: func(_ *testing.T, c *loggedCase) {
			c.without = !strings.Contains(c.body, "hashedRekordV002")
			c.origin += " - 12"
			c.after = func(e *entry) { e.LogIndex = 1 }
		}, ours: true, wrong: true},
		{name: "another time", change: after(func(e *entry) { e.IntegratedTime++ })},
		{name: "another index", change: after(func(e *entry) { e.LogIndex++ })},
		{name: "no body", change: after(func(e *entry) { e.CanonicalizedBody = nil })},
		{name: "another body", change: after(func(e *entry) { flip(e.CanonicalizedBody) })},
		{name: "another signature", change: func(_ *testing.T, c *loggedCase) {
			c.signed.signature = append(bytes.Clone(c.signed.signature), 0)
		}},
		{name: "a signature that doesn't fit, logged", change: func(_ *testing.T, c *loggedCase) {
			right := b64(c.signed.signature)
			c.signed.signature = bytes.Clone(c.signed.signature)
			flip(c.signed.signature)
			wrong := b64(c.signed.signature)
			c.body = strings.Replace(strings.Replace(c.body, right, wrong, 1), b64([]byte(right)), b64([]byte(wrong)), 1)
		}},
		{name: "another digest", change: func(_ *testing.T, c *loggedCase) {
			c.signed.digest = bytes.Clone(c.signed.digest)
			flip(c.signed.digest)
			if c.signed.envelope != nil {
				c.signed.envelope.payload = []byte(`{"x":1}`)
			}
		}},
		{name: "no digest", change: func(_ *testing.T, c *loggedCase) {
			if c.signed.envelope == nil {
				c.signed.digest, c.signed.hash = nil, 0
			}
		}},
		{name: "another hash", change: func(_ *testing.T, c *loggedCase) { c.signed.hash = crypto.SHA512 }, ours: true}, // of Rekor v2 the key says it
		{name: "another signer", change: func(t *testing.T, c *loggedCase) {
			other := (*testCA)(nil).issue(t, "other", 0, 40, nil)
			k, err := newPublicKey(other.cert.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			if c.by = (&signer{key: k}); c.signed.certificate != nil {
				c.by.certificate, c.signed.certificate = other.cert, other.cert
			}
		}},
		{name: "message or envelope", change: func(_ *testing.T, c *loggedCase) {
			if c.signed.envelope == nil {
				c.signed.envelope = &envelope{payloadType: inTotoPayload, payload: []byte("{}")}
			} else {
				c.signed.envelope = nil
			}
		}},
		{name: "spaces in the body", change: bodyWith(`{"apiVersion"`, `{ "apiVersion"`)},
		{name: "a name twice in the body", change: bodyWith(`"kind"`, `"kind":"x","kind"`), ours: true},
		{name: "spec twice in the body", change: bodyWith(`"spec":{`, `"spec":{"x":"y"},"spec":{`), ours: true},
		{name: "half a spec first", change: bodyWith(`"spec":{"data":`, `"spec":{"signature":{"content":"AAAA"}},"spec":{"data":`), ours: true},
		{name: "upper case in the body", change: bodyWith(`"kind"`, `"KIND"`), ours: true},
		{name: "more in the body", change: bodyWith(`"kind"`, `"x":"y","kind"`), ours: true},
		{name: "another version", change: bodyWith(`"apiVersion":"0.0.`, `"apiVersion":"0.1.`)},
		{name: "another hash in the body", change: bodyWith(`"sha256"`, `"sha384"`)},
		{name: "no known hash in the body", change: bodyWith(`"sha256"`, `"sha1"`)},
		{name: "a hash in upper case", change: bodyWith(`"sha256"`, `"SHA256"`)},
		{name: "short digest in the body", change: bodyWith(`"value":"`, `"value":"00`)},
		{name: "no hex in the body", change: bodyWith(`"value":"`, `"value":"x`)},
		{name: "empty value in the body", change: bodyWith(`"payloadHash":{"algorithm":"sha256"`, `"payloadHash":{"algorithm":""`)},
		{name: "no base64 in the body", change: bodyWith(`"content":"`, `"content":"*`)},
		{name: "line ends in the base64", change: bodyWith(`"content":"`, `"content":"\n`)},
		{name: "line ends in the base64 of dsse", change: bodyWith(`"signature":"`, `"signature":"\n`)},
		{name: "no signature in the body", change: bodyWith(`"signature":"`, `"x":"`)},
		{name: "no verifier in the body", change: bodyWith(`"verifier"`, `"x"`)},
		{name: "a second, empty signature", change: bodyWith(`]`, `,{"signature":"AAAA"}]`)},
		{name: "a second signature without text", change: bodyAs(`"verifier":"[^"]*"}]`, func(end string) string {
			return strings.TrimSuffix(end, "]") + `,{"signature":"",` + end
		})},
		{name: "a second signature without key", change: bodyAs(`"sig":"[^"]*"}]`, func(end string) string {
			return strings.TrimSuffix(end, "]") + `,{"sig":"QQ=="}]`
		})},
		{name: "a hash without value", change: bodyAs(`"hash":{"algorithm":"sha256","value":"[^"]*"},"p`, func(string) string {
			return `"hash":{"algorithm":"sha256"},"p`
		})},
		{name: "more of a digest than it has", change: func(_ *testing.T, c *loggedCase) {
			value := hex.EncodeToString(c.signed.digest)
			c.without = c.signed.digest == nil || !strings.Contains(c.body, value)
			c.body = strings.Replace(c.body, value, value+"00", 1)
			c.signed.digest = append(bytes.Clone(c.signed.digest), 0)
		}},
		{name: "a second signature of no form", change: bodyWith(`]`, `,"x"]`), ours: true},
		{name: "another name of the key's kind", change: bodyWith(`PKIX_ECDSA_P256_SHA_256`, `PKIX_ECDSA_P384_SHA_384`)},
		{name: "an unknown name of the key's kind", change: bodyWith(`PKIX_ECDSA_P256_SHA_256`, `X`)},
		{name: "another name of the hash", change: bodyWith(`SHA2_256`, `SHA2_512`)},
	}
}

// loggedCases are entries of every kind that are right.
func loggedCases(t *testing.T) map[string]func() *loggedCase {
	t.Helper()
	log, top := (*testCA)(nil).issue(t, "log", 0, 1, nil), (*testCA)(nil).issue(t, "root", 0, 40, nil)
	ca := top.issue(t, "signer", 0, 40, signerCertificate(x509.ExtKeyUsageCodeSigning))
	k, err := newPublicKey(ca.cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	message, e := sha256.Sum256([]byte("artifact")), envelope{payloadType: inTotoPayload, payload: []byte("{}")}
	sign := func(digest []byte) []byte {
		sig, err := ecdsa.SignASN1(rand.Reader, ca.private, digest)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	pae := sha256.Sum256(e.signedBytes())
	byMessage, byEnvelope := sign(message[:]), sign(pae[:])
	long := sha512.Sum384([]byte("artifact"))
	certText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
	keyText := publicText(t, k.PublicKey)
	payload := sha256.Sum256(e.payload)
	sum := func(of []byte) object { return object{{"algorithm", "sha256"}, {"value", hex.EncodeToString(of)}} }

	makeCase := func(enveloped, certified, v2 bool, body func(s *signed, verifier []byte) string) *loggedCase {
		c := &loggedCase{
			log: log, by: &signer{key: k}, life: [2]time.Time{day(0)}, url: "https://log.example.com", origin: "log.example.com - 123", size: 2, proof: true, promise: !v2,
			entry: &protorekor.TransparencyLogEntry{LogIndex: 77, IntegratedTime: day(10).Unix(), KindVersion: &protorekor.KindVersion{Kind: "hashedrekord", Version: "0.0.1"}},
		}
		c.signed = &signed{form: formBundle, signature: byMessage, digest: message[:], hash: crypto.SHA256}
		if enveloped {
			again := e
			c.signed = &signed{form: formBundle, signature: byEnvelope, envelope: &again}
		}
		verifier := keyText
		if certified {
			verifier, c.signed.certificate, c.by.certificate = certText, ca.cert, ca.cert
		}
		if v2 {
			c.origin, c.entry.LogIndex = "log.example.com", 0
			c.entry.IntegratedTime = 0
		}
		if c.body = body(c.signed, verifier); v2 {
			text, err := entryText(c.signed, c.by)
			if err != nil {
				t.Fatal(err)
			}
			c.body = string(text)
		}
		return c
	}
	rekord := func(s *signed, verifier []byte) string {
		return object{{"apiVersion", "0.0.1"}, {"kind", "hashedrekord"}, {"spec", object{
			{"data", object{{"hash", sum(s.digest)}}}, {"signature", object{{"content", s.signature}, {"publicKey", object{{"content", verifier}}}}},
		}}}.String()
	}
	dsseText := func(s *signed, verifier []byte) string {
		return object{{"apiVersion", "0.0.1"}, {"kind", "dsse"}, {"spec", object{
			{"envelopeHash", sum(payload[:])}, {"payloadHash", sum(payload[:])}, {"signatures", list{object{{"signature", s.signature}, {"verifier", verifier}}}},
		}}}.String()
	}
	inToto := func(s *signed, verifier []byte) string {
		return object{{"apiVersion", "0.0.2"}, {"kind", "intoto"}, {"spec", object{{"content", object{
			{"envelope", object{{"payloadType", inTotoPayload}, {"signatures", list{object{{"publicKey", verifier}, {"sig", []byte(b64(s.signature))}}}}}},
			{"hash", sum(payload[:])},
			{"payloadHash", sum(payload[:])},
		}}}}}.String()
	}
	none := func(*signed, []byte) string { return "" }
	cases := map[string]func() *loggedCase{}
	for _, certified := range []bool{false, true} {
		who := map[bool]string{false: "by key", true: "by certificate"}[certified]
		cases["hashedrekord "+who] = func() *loggedCase { return makeCase(false, certified, false, rekord) }
		cases["dsse "+who] = func() *loggedCase { return makeCase(true, certified, false, dsseText) }
		cases["intoto "+who] = func() *loggedCase { return makeCase(true, certified, false, inToto) }
		cases["Rekor v2 "+who] = func() *loggedCase { return makeCase(false, certified, true, none) }
		cases["Rekor v2, envelope "+who] = func() *loggedCase { return makeCase(true, certified, true, none) }
		cases["hashedrekord, timestamp alone "+who] = func() *loggedCase {
			c := makeCase(false, certified, false, rekord)
			c.proof = false
			return c
		}
		cases["hashedrekord, proof alone "+who] = func() *loggedCase {
			c := makeCase(false, certified, false, rekord)
			c.promise = false
			return c
		}
		cases["hashedrekord of SHA-384 "+who] = func() *loggedCase {
			c := makeCase(false, certified, false, none)
			c.signed.hash, c.signed.digest, c.signed.signature = crypto.SHA384, long[:], sign(long[:])
			c.body = strings.Replace(rekord(c.signed, map[bool][]byte{false: keyText, true: certText}[certified]), "sha256", "sha384", 1)
			return c
		}
	}
	return cases
}

// TestEntryLikeSigstoreGo compares what we say of log entries of every kind with
// what sigstore-go says, as they are and changed in all ways, before the log
// signs them and afterwards: what it refuses is refused.
func TestEntryLikeSigstoreGo(t *testing.T) {
	accepted, refused := 0, 0
	for kind, make := range loggedCases(t) {
		for _, change := range loggedChanges() {
			t.Run(kind+"/"+change.name, func(t *testing.T) {
				c := make()
				change.change(t, c)
				if c.without {
					return
				}
				c.finish(t)
				ours, theirs := c.judge(t)
				switch {
				case ours == nil && theirs != nil:
					t.Errorf("accepted, and sigstore-go says: %v", theirs)
				case ours != nil && theirs == nil && !change.ours:
					t.Errorf("sigstore-go accepts it, and we say: %v", ours)
				case ours == nil && change.name == "another hash" && c.signed.envelope == nil:
					t.Error("accepted with another hash than the digest's")
				case change.wrong && ours == nil:
					t.Error("accepted")
				case change.right && ours != nil:
					t.Errorf("refused: %v; %v", ours, theirs)
				case ours == nil:
					accepted++
				default:
					refused++
				}
			})
		}
	}
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted < 50 || refused < 500 {
		t.Errorf("%d accepted, %d refused: hardly anything was compared", accepted, refused)
	}
}

// TestProvedIndex: the evidence has the index that was checked, of the two that an
// entry tells.
func TestProvedIndex(t *testing.T) {
	cases := loggedCases(t)
	for _, test := range []struct {
		kind, origin string
		index, inner int64 // of the entry, and in its proof
		want         int64
	}{
		{"hashedrekord by certificate", "log.example.com - 123", 77, 0, 77}, // with a timestamp
		{"hashedrekord, proof alone by certificate", "log.example.com - 123", 77, 0, 0},
		{"hashedrekord, proof alone by certificate", "log.example.com", 0, 77, 0},
		{"Rekor v2 by certificate", "log.example.com", 0, 77, 0},
		{"Rekor v2 by certificate", "log.example.com - 123", 0, 0, 0},
	} {
		c := cases[test.kind]()
		c.origin, c.entry.LogIndex = test.origin, test.index
		if !strings.Contains(c.origin, " - ") {
			text, err := entryText(c.signed, c.by)
			if err != nil {
				t.Fatal(err)
			}
			c.inTree = string(text)
		}
		c.after = func(e *protorekor.TransparencyLogEntry) { e.InclusionProof.LogIndex = test.inner }
		c.finish(t)
		p, err := c.check(t)
		if err != nil || len(p.entries) != 1 || p.entries[0].Index != test.want {
			t.Errorf("%s of %s, index %d and %d: %+v, %v, want %d", test.kind, test.origin, test.index, test.inner, p, err, test.want)
		}
	}
}
