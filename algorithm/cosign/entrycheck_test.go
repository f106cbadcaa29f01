package cosign

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestEntryChecked: entries of every kind hold, and each check refuses what all
// the others let pass.
func TestEntryChecked(t *testing.T) {
	cases := loggedCases(t)
	for kind, make := range cases {
		c := make()
		c.finish(t)
		p, err := c.check(t)
		if err != nil || len(p.entries) != 1 {
			t.Errorf("%s: %v, %d entries", kind, err, len(p.entries))
			continue
		}
		e := p.entries[0]
		at, index := time.Time{}, c.entry.GetLogIndex()
		if c.promise {
			at = day(10)
		} else if !strings.Contains(kind, "v2") {
			index = c.entry.GetInclusionProof().GetLogIndex()
		}
		if !e.Time.Equal(at) || e.Index != index || (len(p.notChecked) == 0) != c.proof {
			t.Errorf("%s: %+v, not checked: %q", kind, e, p.notChecked)
		}
	}
	type entry = protorekor.TransparencyLogEntry
	const (
		rekord, stamped, proved = "hashedrekord by key", "hashedrekord, timestamp alone by key", "hashedrekord, proof alone by certificate"
		certified, long         = "hashedrekord by certificate", "hashedrekord of SHA-384 by key"
		attested, older         = "dsse by certificate", "intoto by key"
		tiles, tilesCertified   = "Rekor v2 by key", "Rekor v2 by certificate"
		tilesAttested           = "Rekor v2, envelope by certificate"
	)
	life := func(from, to time.Time) func(*loggedCase) {
		return func(c *loggedCase) { c.life = [2]time.Time{from, to} }
	}
	logged := func(at time.Time) func(*loggedCase) {
		return func(c *loggedCase) { c.entry.IntegratedTime = at.Unix() }
	}
	afterwards := func(change func(e *entry)) func(*loggedCase) { return func(c *loggedCase) { c.after = change } }
	url := func(url string) func(*loggedCase) { return func(c *loggedCase) { c.url = url } }
	origin := func(origin string) func(*loggedCase) { return func(c *loggedCase) { c.origin = origin } }
	otherSigner := func(c *loggedCase) {
		other := (*testCA)(nil).issue(t, "other", 0, 40, nil)
		k, err := newPublicKey(other.cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		if c.by = (&signer{key: k}); c.signed.certificate != nil {
			c.by.certificate, c.signed.certificate = other.cert, other.cert
		}
	}
	note := func(change func(note string) string) func(*loggedCase) {
		return afterwards(func(e *entry) {
			e.InclusionProof.Checkpoint.Envelope = change(e.GetInclusionProof().GetCheckpoint().GetEnvelope())
		})
	}
	for _, test := range []struct {
		kind, name string
		change     func(c *loggedCase)
		says       string // "" where it holds
	}{
		{rekord, "neither timestamp nor proof", afterwards(func(e *entry) { e.InclusionPromise, e.InclusionProof = nil, nil }), "neither inclusion proof"},
		{tiles, "no proof", func(c *loggedCase) { c.proof, c.promise = false, true }, "neither inclusion proof"},
		{tiles, "a timestamp, too", func(c *loggedCase) { c.promise = true }, "a signed entry timestamp of a Rekor v2 log"},

		{stamped, "at the begin of the log's key", life(day(10), time.Time{}), ""},
		{stamped, "a second before", life(day(10).Add(time.Second), time.Time{}), "log's key wasn't valid"},
		{stamped, "at its end", life(day(0), day(10)), ""},
		{stamped, "a second behind", life(day(0), day(10).Add(-time.Second)), "log's key wasn't valid"},
		{stamped, "a key of no time", life(time.Time{}, time.Time{}), "log's key wasn't valid"},
		{stamped, "a key that has but an end", life(time.Time{}, day(20)), "log's key wasn't valid"},
		{stamped, "another time", afterwards(func(e *entry) { e.IntegratedTime++ }), "signed entry timestamp isn't right"},
		{stamped, "another index", afterwards(func(e *entry) { e.LogIndex++ }), "signed entry timestamp isn't right"},
		{stamped, "a large index", func(c *loggedCase) { c.entry.LogIndex = 1<<53 + 1 }, ""},

		{certified, "at the certificate's begin", logged(day(0)), ""},
		{certified, "at its end", logged(day(40)), ""},
		{certified, "a second behind", logged(day(40).Add(time.Second)), algorithm.ErrKeyExpired.Error()},
		{certified, "a second before", func(c *loggedCase) { c.life[0] = day(-1); c.entry.IntegratedTime = day(0).Unix() - 1 }, algorithm.ErrNotYetValid.Error()},
		{proved, "claimed at its end", logged(day(40)), ""},
		{proved, "claimed a second behind", logged(day(40).Add(time.Second)), "logged when the certificate wasn't valid"},
		{proved, "claimed never", func(c *loggedCase) { c.entry.IntegratedTime = 0 }, ""},
		{rekord, "long after, by key", logged(day(4000)), ""},

		{rekord, "another root hash", afterwards(func(e *entry) { e.InclusionProof.RootHash[0] ^= 1 }), "the proof is about another tree"},
		{rekord, "another's tree", func(c *loggedCase) { c.inTree = "{}" }, "inclusion"},
		{rekord, "another index in the tree", afterwards(func(e *entry) { e.InclusionProof.LogIndex = 1 }), "inclusion"},
		{tiles, "another's tree", func(c *loggedCase) { c.inTree = "{}" }, "inclusion"},
		{tiles, "another index", afterwards(func(e *entry) { e.LogIndex = 1 }), "inclusion"},
		{tiles, "another size in the checkpoint", func(c *loggedCase) { c.size = 5 }, "inclusion"},
		{tiles, "below a checkpoint of v1", origin("log.example.com - 12"), ""},
		{tiles, "another index, below a checkpoint of v1", func(c *loggedCase) {
			c.origin += " - 12"
			c.after = func(e *entry) { e.LogIndex = 1 }
		}, "inclusion"},
		{long, "below a checkpoint of v2", origin("log.example.com"), "a log has no entry with that digest for that key"},
		{rekord, "below a checkpoint of v2", origin("log.example.com"), "inclusion"},
		{rekord, "below a checkpoint of v2, of the entry that v2 makes", func(c *loggedCase) {
			made, err := entryText(c.signed, c.by)
			if err != nil {
				t.Fatal(err)
			}
			c.origin, c.inTree, c.entry.LogIndex = "log.example.com", string(made), 0
		}, ""},
		{tiles, "a log without name", url(""), "invalid name"},
		{tiles, "a log at no URL", url("https://["), "missing ']'"},
		{tiles, "a log of another name", url("https://other.example.com"), "checkpoint"},
		{tiles, "a log at a port", url("https://log.example.com:8443/x"), ""},
		{tiles, "another text of the checkpoint", note(func(note string) string { return "x" + note }), "checkpoint"},
		{rekord, "another text of the checkpoint", note(func(note string) string { return "x" + note }), "checkpoint: "},
		{rekord, "no line", note(func(note string) string { return note[:strings.Index(note, "\n\n")+2] }), "the checkpoint isn't a signed note"},
		{rekord, "a line of no form", func(c *loggedCase) { c.below = "x\n" }, "the checkpoint isn't a signed note"},
		{rekord, "others' lines alone", note(func(note string) string {
			return note[:strings.Index(note, "\n\n")+2] + "— log.example.com " + b64([]byte("12345678")) + "\n"
		}), "a line of the checkpoint isn't the log's"},
		{rekord, "the log's line twice", note(func(note string) string { return note + note[strings.Index(note, "\n\n")+2:] }), ""},
		{rekord, "the log's line three times", note(func(note string) string {
			return note + strings.Repeat(note[strings.Index(note, "\n\n")+2:], 2)
		}), algorithm.ErrTooLarge.Error()},
		{rekord, "a signed text that is no checkpoint", func(c *loggedCase) { c.origin = "log.example.com - 12\nx\n - 12" }, "log entry"},

		{rekord, "another signature", func(c *loggedCase) { c.signed.signature = append(bytes.Clone(c.signed.signature), 0) }, "it is about another signature"},
		{tiles, "another signature", func(c *loggedCase) { c.signed.signature = append(bytes.Clone(c.signed.signature), 0) }, "it is about another signature"},
		{rekord, "another signer", otherSigner, "it is about another signer"},
		{attested, "another signer", otherSigner, "it is about another signer"},
		{older, "another signer", otherSigner, "it is about another signer"},
		{tiles, "another signer", otherSigner, "it is about another signature"},
		{tilesCertified, "another signer", otherSigner, "it is about another signature"},
		{rekord, "another digest", func(c *loggedCase) { c.signed.digest = make([]byte, 32) }, "it is about another digest"},
		{rekord, "another hash", func(c *loggedCase) { c.signed.hash = crypto.SHA512 }, "it is about another digest"},
		{rekord, "no digest", func(c *loggedCase) { c.signed.digest, c.signed.hash = nil, 0 }, "it is about another digest"},
		{attested, "a message", func(c *loggedCase) { c.signed.envelope = nil }, "it is about another digest"},
		{attested, "another payload", func(c *loggedCase) { c.signed.envelope.payload = []byte("[]") }, "it is about another payload"},
		{older, "another payload", func(c *loggedCase) { c.signed.envelope.payload = []byte("[]") }, "it is about another payload"},
		{tilesAttested, "another payload", func(c *loggedCase) { c.signed.envelope.payload = []byte("[]") }, "it is about another signature"},
		{rekord, "an envelope", func(c *loggedCase) { c.signed.envelope = &envelope{payloadType: inTotoPayload, payload: []byte("{}")} }, "or of a kind that goes with none"},
	} {
		c := cases[test.kind]()
		test.change(c)
		c.finish(t)
		p, err := c.check(t)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) || err == nil && len(p.entries) != 1 {
			t.Errorf("%s, %s: got %v, want %q", test.kind, test.name, err, test.says)
		}
		if err != nil && !testkeys.IsOneOf(err, algorithm.ErrInvalid, algorithm.ErrKeyExpired, algorithm.ErrNotYetValid, algorithm.ErrTooLarge) {
			t.Errorf("%s, %s: untyped: %v", test.kind, test.name, err)
		}
	}
}

// A log of a trusted root whose key isn't of a kind that logs have vouches for
// nothing.
func TestEntryByKeyOfNoLog(t *testing.T) {
	pub, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for kind, says := range map[string]string{
		"hashedrekord, timestamp alone by key": "a signed entry timestamp by a key of type", "hashedrekord, proof alone by key": "", "Rekor v2 by key": "",
	} {
		c := loggedCases(t)[kind]()
		c.finish(t)
		e, err := parseEntry(c.entry, new(counter), c.signed)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []crypto.PublicKey{pub, struct{}{}} {
			log := c.trusted(t)
			log.PublicKey = key
			if err := e.verify(c.signed, c.by, log); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s, %T: %v", kind, key, err)
			}
		}
	}
	// A checkpoint of Rekor v1 is over the text by Ed25519, and over its digest by others.
	id := sha256.Sum256(spki(t, pub))
	text := "log.example.com - 1\n2\n" + b64(id[:]) + "\n"
	signedNote := func(text string) string {
		return text + "\n— log.example.com " + b64(append(id[:4:4], ed25519.Sign(private, []byte(text))...)) + "\n"
	}
	note := signedNote(text)
	by, err := signature.LoadVerifier(pub, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if checkpoint, err := openCheckpoint(note, by, pub); err != nil || checkpoint.Size != 2 || !bytes.Equal(checkpoint.Hash, id[:]) {
		t.Errorf("%+v, %v", checkpoint, err)
	}
	log := (*testCA)(nil).issue(t, "log", 0, 1, nil)
	byLog, err := signature.LoadVerifier(log.cert.PublicKey, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	nothing := sha256.Sum256(nil) // the hint of a key that can't be written
	ofNothing := text + "\n— log.example.com " + b64(append(nothing[:4:4], (&loggedCase{log: log}).sign(t, []byte(text))...)) + "\n"
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		note string
		by   signature.Verifier
		key  crypto.PublicKey
	}{
		"another text":             {"x" + note, by, pub},
		"no line":                  {text + "\n", by, pub},
		"no note":                  {text, by, pub},
		"a key of no point":        {ofNothing, byLog, noPoint()},
		"a key that signs nothing": {note, by, exchange.PublicKey()},
		"a line of another key":    {note, by, log.cert.PublicKey},
		"a note of no size":        {signedNote("log.example.com - 1\nx\nAAAA\n"), by, pub},
		"a note of no tree":        {signedNote("log.example.com - 1\n2\n*\n"), by, pub},
	} {
		if checkpoint, err := openCheckpoint(test.note, test.by, test.key); err == nil {
			t.Errorf("%s: %+v", name, checkpoint)
		}
	}
}

// noPoint is an ECDSA key that is none, and can't be written.
func noPoint() *ecdsa.PublicKey {
	return &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // no other way makes one
}

// What a signed entry timestamp is over is canonical JSON, in which a large number
// loses its last digits.
func TestPromised(t *testing.T) {
	e := &logEntry{TransparencyLogEntry: &protorekor.TransparencyLogEntry{
		CanonicalizedBody: []byte("{}"), IntegratedTime: 7, LogId: &protocommon.LogId{KeyId: []byte{0xab}}, LogIndex: 1<<53 + 1,
	}}
	const want = `{"body":"e30=","integratedTime":7,"logID":"ab","logIndex":9007199254740992}`
	if got := string(e.promised()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A checkpoint of Rekor v1 is told by the number of a tree in its origin.
func TestHasTreeID(t *testing.T) {
	for origin, want := range map[string]bool{
		"log.example.com - 1": true, "log - 1 - 0123456789": true, " - 1": true, "log": false, "log - ": false, "log - 1a": false, "log - a1": false,
		"log -1": false, "log - 1 - x": false, "log - 1 ": false, "": false,
	} {
		if got := hasTreeID(origin + "\n2\nAAAA\n"); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
	for lines, want := range map[string]bool{"log - 1\n2\nAAAA": false, "log - 1\n2\nAAAA\n": true, "log - 1\n2\nAAAA\nmore\n": true, "log\n - 1\n\n": false} {
		if got := hasTreeID(lines); got != want {
			t.Errorf("%q: %v", lines, got)
		}
	}
}

// The entry that a Rekor v2 log makes is of the hash that goes with the key.
func TestEntryText(t *testing.T) {
	cert := (*testCA)(nil).issue(t, "signer", 0, 40, nil).cert
	k, err := newPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	payload := &envelope{payloadType: inTotoPayload, payload: []byte("{}")}
	sum := sha256.Sum256(payload.signedBytes())
	sig := bytes.Repeat([]byte("signature"), 500) // one in DER has any length
	for name, test := range map[string]struct {
		signed signed
		by     signer
		holds  bool
	}{
		"message":               {signed{digest: sum[:], hash: crypto.SHA256}, signer{key: k}, true},
		"envelope":              {signed{envelope: payload}, signer{key: k}, true},
		"by certificate":        {signed{digest: sum[:], hash: crypto.SHA256}, signer{certificate: cert}, true},
		"short digest":          {signed{digest: sum[1:], hash: crypto.SHA256}, signer{key: k}, false},
		"long digest":           {signed{digest: append(sum[:], 0), hash: crypto.SHA256}, signer{key: k}, false},
		"no digest":             {signed{}, signer{key: k}, false},
		"another hash":          {signed{digest: sum[:], hash: crypto.SHA512}, signer{key: k}, false},
		"another hash, of it":   {signed{digest: make([]byte, 64), hash: crypto.SHA512}, signer{key: k}, false},
		"a key of no kind":      {signed{digest: sum[:], hash: crypto.SHA256}, signer{key: &publicKey{PublicKey: struct{}{}}}, false},
		"envelope, of no kind":  {signed{envelope: payload}, signer{certificate: &x509.Certificate{PublicKey: struct{}{}}}, false},
		"a certified one":       {signed{digest: sum[:], hash: crypto.SHA256}, signer{certificate: &x509.Certificate{PublicKey: struct{}{}}}, false},
		"a key of no point":     {signed{digest: sum[:], hash: crypto.SHA256}, signer{key: &publicKey{PublicKey: noPoint()}}, false},
		"a key that no log has": {signed{digest: sum[:], hash: crypto.SHA256}, signer{key: &publicKey{PublicKey: rsaOf(1024, 65537)}}, false},
	} {
		test.signed.signature = sig
		text, err := entryText(&test.signed, &test.by)
		if (err == nil) != test.holds || (text == nil) == test.holds {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		if err != nil {
			continue
		}
		kind, der := "publicKey", spki(t, k.PublicKey)
		if test.by.certificate != nil {
			kind, der = "x509Certificate", cert.Raw
		}
		want := fmt.Sprintf(`{"apiVersion":"0.0.2","kind":"hashedrekord","spec":{"hashedRekordV002":{"data":{"algorithm":"SHA2_256","digest":"%s"},`+
			`"signature":{"content":"%s","verifier":{"keyDetails":"PKIX_ECDSA_P256_SHA_256","%s":{"rawBytes":"%s"}}}}}}`, b64(sum[:]), b64(sig), kind, b64(der))
		if string(text) != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
	}
}
