package cosign_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/swag/conv"
	"github.com/sigstore/rekor/pkg/generated/models"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// A pair is as good as the log's entry about it, in whatever form the two were
// written down, and what comes out is a bundle of both.
func TestPair(t *testing.T) {
	p := newSignedPair(t)
	text := base64.StdEncoding.EncodeToString
	pem := certPEM(p.cert)
	for name, cert := range map[string]string{
		"PEM":                  pem,
		"base64":               text([]byte(pem)),
		"base64, a line":       text([]byte(pem)) + "\n",
		"with its chain":       pem + certPEM(p.fulcio.cert),
		"with its chain, base": text([]byte(pem + certPEM(p.fulcio.cert))),
		"CRLF":                 "\r\n" + strings.ReplaceAll(pem, "\n", "\r\n"),
	} {
		for form, signature := range map[string][]byte{"binary": p.signature, "base64": []byte(text(p.signature)), "base64, a line": []byte(text(p.signature) + "\n")} {
			p.store[pairAt] = []byte(cert)
			e, err := p.store.judge(cosign.Algorithm{}, p.trust, signature, p.artifact)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, form, err)
			}
			if len(e.LogEntries) != 1 || !e.LogEntries[0].Time.Equal(pairTime.Add(time.Minute)) || e.LogEntries[0].Index != int64(1000+p.index) || e.Identity["subject"] != pairSubject {
				t.Errorf("%s, %s: %+v", name, form, e)
			}
		}
	}
	if key, err := (cosign.Algorithm{}).Key(p.trust); err != nil || len(key.(algorithm.DigestKey).Hashes()) == 0 {
		t.Errorf("%v", err)
	}
}

// What was judged is kept as a bundle that needs nothing else, and proves no
// more than it did.
func TestPairAsBundle(t *testing.T) {
	p := newSignedPair(t)
	e, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact)
	if err != nil {
		t.Fatal(err)
	}
	trust := testkeys.Without(p.trust, "certificate")
	again, err := verifyAll(cosign.Algorithm{}, trust, e.Bundle, p.artifact)
	if err != nil || !bytes.Equal(again.Bundle, e.Bundle) || !again.LogEntries[0].Time.Equal(e.LogEntries[0].Time) {
		t.Errorf("%v: %s", err, e.Bundle)
	}
	if _, err := verifyAll(cosign.Algorithm{}, trust, e.Bundle, []byte("another")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another artifact: %v", err)
	}
	other := testkeys.With(trust, "identity", signedBy(pairIssuer, pairSubject+"x"))
	if _, err := verifyAll(cosign.Algorithm{}, other, e.Bundle, p.artifact); !errors.Is(err, algorithm.ErrIdentity) {
		t.Errorf("another identity: %v", err)
	}
	// A bundle is a bundle, and no half of a pair.
	if _, err := verifier(cosign.Algorithm{}, p.trust, e.Bundle); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("a bundle beside a certificate: %v", err)
	}
}

// Whatever is wrong with the log's answer has its reason.
func TestPairEntryRefused(t *testing.T) {
	flip := func(text string) string { return strings.Repeat("0", 4) + text[4:] }
	for name, test := range map[string]struct {
		change func(t *testing.T, p *signedPair, e *models.LogEntryAnon)
		want   error
	}{
		"nothing": {func(*testing.T, *signedPair, *models.LogEntryAnon) {}, nil},
		"signed entry timestamp": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.SignedEntryTimestamp[20] ^= 1
		}, algorithm.ErrInvalid},
		"no signed entry timestamp": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.SignedEntryTimestamp = nil
		}, algorithm.ErrInvalid},
		"timestamp by another key": {func(t *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			newRekor(t, rekorAt).stamp(t, e)
		}, algorithm.ErrInvalid},
		"proof": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.Hashes[0] = flip(e.Verification.InclusionProof.Hashes[0])
		}, algorithm.ErrInvalid},
		"proof cut short": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.Hashes = e.Verification.InclusionProof.Hashes[1:]
		}, algorithm.ErrInvalid},
		"no proof": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof = nil
		}, algorithm.ErrInvalid},
		"a hash of 31 bytes": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.Hashes[0] = e.Verification.InclusionProof.Hashes[0][2:]
		}, algorithm.ErrMalformed},
		"another leaf of the tree": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.LogIndex = conv.Pointer(int64(0))
		}, algorithm.ErrInvalid},
		"negative leaf": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.LogIndex = conv.Pointer(int64(-1))
		}, algorithm.ErrInvalid},
		"negative tree": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.TreeSize = conv.Pointer(int64(-1))
		}, algorithm.ErrInvalid},
		"negative index": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			e.LogIndex = conv.Pointer(int64(-1))
			p.rekor.stamp(t, e)
		}, algorithm.ErrInvalid},
		"no checkpoint": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.Checkpoint = conv.Pointer("")
		}, algorithm.ErrInvalid},
		"checkpoint by another key": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			root, err := tlog.TreeHash(int64(len(p.rekor.entries)), p.rekor.stored)
			if err != nil {
				t.Fatal(err)
			}
			e.Verification.InclusionProof.Checkpoint = conv.Pointer(checkpoint(t, newECDSA(t, elliptic.P256()), int64(len(p.rekor.entries)), root))
		}, algorithm.ErrInvalid},
		"checkpoint of another tree": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			e.Verification.InclusionProof.Checkpoint = conv.Pointer(checkpoint(t, p.rekor.private, int64(len(p.rekor.entries)), tlog.Hash{1}))
		}, algorithm.ErrInvalid},
		"a large checkpoint": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			*e.Verification.InclusionProof.Checkpoint += strings.Repeat("x", 64<<10)
		}, algorithm.ErrTooLarge},
		"another body": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			e.Body = base64.StdEncoding.EncodeToString(append(p.rekor.entries[p.index].body, ' '))
			p.rekor.stamp(t, e)
		}, algorithm.ErrInvalid},
		"another log": {func(t *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			other := newRekor(t, rekorAt)
			e.LogID = conv.Pointer(hex.EncodeToString(other.id(t)))
			other.stamp(t, e)
		}, algorithm.ErrInvalid},
		"no log": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) { e.LogID = conv.Pointer("") }, algorithm.ErrMalformed},
		"after the certificate": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			e.IntegratedTime = conv.Pointer(pairTime.Add(11 * time.Minute).Unix())
			p.rekor.stamp(t, e)
		}, algorithm.ErrKeyExpired},
		"before the certificate": {func(t *testing.T, p *signedPair, e *models.LogEntryAnon) {
			e.IntegratedTime = conv.Pointer(pairTime.Add(-time.Minute).Unix())
			p.rekor.stamp(t, e)
		}, algorithm.ErrNotYetValid},
		"another time": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			*e.IntegratedTime++
		}, algorithm.ErrInvalid},
		"an attestation": {func(_ *testing.T, _ *signedPair, e *models.LogEntryAnon) {
			e.Attestation = &models.LogEntryAnonAttestation{Data: []byte("x")}
		}, algorithm.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			p := newSignedPair(t)
			p.change(t, func(e *models.LogEntryAnon) { test.change(t, p, e) })
			_, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact)
			if !errors.Is(err, test.want) || err != nil && len(err.Error()) > 1200 {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// An answer that isn't the entry's.
func TestPairAnswerRefused(t *testing.T) {
	p := newSignedPair(t)
	at := p.rekor.find(p.index)
	good, other := string(p.store[at]), string(p.rekor.reply(t, 0))
	for name, test := range map[string]struct {
		answer string
		want   error
	}{
		"good":             {good + "\n", nil},
		"of another entry": {other, algorithm.ErrInvalid},
		"two entries":      {good[:len(good)-1] + "," + other[1:], algorithm.ErrMalformed},
		"two answers":      {good + other, algorithm.ErrMalformed},
		"none":             {"{}", algorithm.ErrMalformed},
		"null":             {"null", algorithm.ErrMalformed},
		"a list":           {"[" + good + "]", algorithm.ErrMalformed},
		"nothing":          {"", algorithm.ErrMalformed},
		"a message":        {`{"code":404,"message":"entry not found"}`, algorithm.ErrMalformed},
		"an unknown field": {strings.Replace(good, `"body"`, `"x":1,"body"`, 1), algorithm.ErrMalformed},
		"another ID":       {`{"` + strings.Repeat("0", 64) + good[strings.Index(good, `":`):], algorithm.ErrInvalid},
		"large":            {good + strings.Repeat(" ", 256<<10), algorithm.ErrTooLarge},
		"many values":      {strings.Replace(good, `"hashes":[`, `"hashes":[`+strings.Repeat(`"",`, 20000), 1), algorithm.ErrTooLarge},
	} {
		p.store[at] = []byte(test.answer)
		var err error
		used := allocated(func() { _, err = p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact) })
		if !errors.Is(err, test.want) || used > 16<<20 {
			t.Errorf("%s: got %v with %d bytes allocated, want %v", name, err, used, test.want)
		}
	}
	// The same written otherwise is another entry, though the log has it.
	index := p.rekor.add(t, append(bytes.Clone(p.rekor.entries[p.index].body), ' '), pairTime.Add(time.Minute))
	leaf, otherLeaf := tlog.RecordHash(p.rekor.entries[p.index].body), tlog.RecordHash(p.rekor.entries[index].body)
	p.store[at] = bytes.ReplaceAll(p.rekor.reply(t, index), []byte(hex.EncodeToString(otherLeaf[:])), []byte(hex.EncodeToString(leaf[:])))
	if _, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("written otherwise: %v", err)
	}
	delete(p.store, at)
	if _, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact); !errors.Is(err, errAbsent) {
		t.Errorf("absent: %v", err)
	}
}

// Every value of an answer counts.
func TestPairAnswerMutations(t *testing.T) {
	p := newSignedPair(t)
	at := p.rekor.find(p.index)
	for m := range mutants(t, p.store[at]) {
		_, err := store{pairAt: p.store[pairAt], at: m.text}.judgeOnce(cosign.Algorithm{}, p.trust, p.signature, p.artifact, true)
		// The checkpoint has the root that counts.
		if err == nil && !strings.HasSuffix(m.path, "/rootHash") || err != nil && !typed(err) {
			t.Errorf("%s: %v", m.path, err)
		}
	}
}

// What can be refused by the certificate costs no artifact.
func TestPairCertificateRefused(t *testing.T) {
	p := newSignedPair(t)
	rsaSized := bytes.Repeat([]byte{1}, 256)
	stranger, another := newFulcio(t), newECDSA(t, elliptic.P256())
	edPublic, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pem := certPEM(p.cert)
	for name, test := range map[string]struct {
		cert      string
		signature []byte
		want      error
	}{
		"good":                      {pem, p.signature, nil},
		"another identity":          {certPEM(p.fulcio.issue(t, p.private.Public(), pairSubject+"x")), p.signature, algorithm.ErrIdentity},
		"another authority":         {certPEM(stranger.issue(t, p.private.Public(), pairSubject)), p.signature, algorithm.ErrInvalid},
		"another kind of key":       {certPEM(p.fulcio.issue(t, edPublic, pairSubject)), p.signature, algorithm.ErrWrongKey},
		"Ed25519":                   {certPEM(p.fulcio.issue(t, edPublic, pairSubject)), make([]byte, 64), algorithm.ErrUnsupported},
		"a signature of no kind":    {pem, []byte("hello"), algorithm.ErrMalformed},
		"a signature of an RSA key": {pem, rsaSized, algorithm.ErrWrongKey},
		"the authority itself":      {certPEM(p.fulcio.cert), p.signature, algorithm.ErrIdentity},
		"chain in front":            {certPEM(p.fulcio.cert) + pem, p.signature, algorithm.ErrIdentity},
		"empty":                     {"", p.signature, algorithm.ErrMalformed},
		"DER":                       {string(p.cert.Raw), p.signature, algorithm.ErrMalformed},
		"a public key":              {publicPEM(t, p.private), p.signature, algorithm.ErrMalformed},
		"a public key behind":       {pem + publicPEM(t, p.private), p.signature, algorithm.ErrMalformed},
		"a private key":             {pemText("EC PRIVATE KEY", []byte{1}), p.signature, algorithm.ErrMalformed},
		"broken DER":                {pemText("CERTIFICATE", p.cert.Raw[1:]), p.signature, algorithm.ErrMalformed},
		"text before":               {"x\n" + pem, p.signature, algorithm.ErrMalformed},
		"text behind":               {pem + "x", p.signature, algorithm.ErrMalformed},
		"a broken block before":     {"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n" + pem, p.signature, algorithm.ErrMalformed},
		"a web page":                {"<html></html>", p.signature, algorithm.ErrMalformed},
		"16 of them":                {strings.Repeat(pem, 16), p.signature, nil},
		"17 of them":                {strings.Repeat(pem, 17), p.signature, algorithm.ErrTooLarge},
		"as long as may be":         {pem + strings.Repeat("\n", 64<<10-len(pem)), p.signature, nil},
		"a byte longer":             {pem + strings.Repeat("\n", 64<<10-len(pem)+1), p.signature, algorithm.ErrTooLarge},
	} {
		v, err := verifier(cosign.Algorithm{}, p.trust, test.signature)
		if err != nil {
			t.Fatal(err)
		}
		if err = (store{pairAt: []byte(test.cert)}).bring(t.Context(), v); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if test.want != nil {
			if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%s: judged without certificate: %v, %v", name, e, err)
			}
		}
	}
	// The certificate of another key with the same identity has no entry, nor
	// does it help if it had one.
	cert := p.fulcio.issue(t, another.Public(), pairSubject)
	p.store[pairAt] = []byte(certPEM(cert))
	if _, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact); !errors.Is(err, errAbsent) {
		t.Errorf("a certificate without entry: %v", err)
	}
	index := p.rekor.add(t, rawBody(p.artifact, p.signature, cert), pairTime.Add(time.Minute))
	p.store[p.rekor.find(index)] = p.rekor.reply(t, index)
	if _, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a certificate of another key, logged: %v", err)
	}
}

// What a table may declare, and which log is asked.
func TestPairDeclared(t *testing.T) {
	p := newSignedPair(t)
	v2, silent, older := newRekor(t, "https://two.example"), newRekor(t, ""), newRekor(t, "https://older.example")
	with := func(logs ...*rekor) algorithm.Trust {
		return testkeys.With(p.trust, "trusted-root", trustedRoot(t, p.fulcio, logs...))
	}
	replace := func(trust algorithm.Trust, old, text string) algorithm.Trust {
		root := strings.ReplaceAll(string(trust.Values["trusted-root"].Content), old, text)
		return testkeys.With(trust, "trusted-root", []byte(root))
	}
	since := func(days int, r *rekor) *rekor {
		other := *r
		other.since = pairTime.AddDate(0, 0, days)
		return &other
	}
	byKey := testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust
	for name, test := range map[string]struct {
		trust algorithm.Trust
		want  error
		log   string
	}{
		"one log":           {p.trust, nil, rekorAt},
		"a slash behind":    {replace(p.trust, rekorAt, rekorAt+"/"), nil, rekorAt},
		"one of Rekor v2":   {replace(with(p.rekor, v2), base64.StdEncoding.EncodeToString(v2.id(t)), base64.StdEncoding.EncodeToString(make([]byte, 32))), nil, rekorAt},
		"none, so no time":  {with(), algorithm.ErrInvalid, ""},
		"none, demanded":    {testkeys.With(with(), "transparency-log", true), algorithm.ErrUnsupported, ""},
		"none with a URL":   {with(silent), algorithm.ErrUnsupported, ""},
		"none of that time": {testkeys.With(with(since(1, p.rekor)), "transparency-log", true), algorithm.ErrUnsupported, ""},
		"a later one, too":  {with(p.rekor, since(1, older)), nil, rekorAt},
		"the newer":         {with(p.rekor, since(-9, older)), nil, "https://older.example"},
		"the newer, turned": {with(since(-9, p.rekor), older), nil, rekorAt},
		"a silent one, too": {with(p.rekor, since(-9, silent)), nil, rekorAt},
		"by key":            {testkeys.With(byKey, "certificate", pairAt), algorithm.ErrUnsupported, ""},
		"empty":             {testkeys.With(p.trust, "certificate", ""), algorithm.ErrMalformed, ""},
		"with the key":      {withKey(p.trust, publicPEM(t, p.private)), nil, rekorAt},
		"with another key":  {withKey(p.trust, publicPEM(t, newECDSA(t, elliptic.P256()))), algorithm.ErrWrongKey, ""},
	} {
		v, err := verifier(cosign.Algorithm{}, test.trust, p.signature)
		if err == nil {
			err = store{pairAt: []byte(certPEM(p.cert))}.bring(t.Context(), v)
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err != nil {
			continue
		}
		documents, err := v.(algorithm.DocumentVerifier).Documents(testkeys.Digests(t, p.artifact)...)
		if err != nil || len(documents) != 1 || documents[0].Role != "log entry" || !strings.HasPrefix(documents[0].URL, test.log+"/api/v1/log/entries/") {
			t.Errorf("%s: %v, %v", name, documents, err)
		}
		if none, err := v.(algorithm.DocumentVerifier).Documents(); none != nil || err != nil {
			t.Errorf("%s: without digests %v, %v", name, none, err)
		}
	}
}

func withKey(trust algorithm.Trust, key string) algorithm.Trust {
	trust.PublicKeys = []string{key}
	return trust
}

// Without a demand for an entry nothing proves the time: the certificate must be
// valid now.
func TestPairWithoutLog(t *testing.T) {
	p := newSignedPair(t)
	trust := testkeys.With(p.trust, "transparency-log", false)
	for name, test := range map[string]struct {
		now  time.Time
		want error
	}{
		"valid":   {pairTime.Add(time.Minute), nil},
		"expired": {pairTime.Add(time.Hour), algorithm.ErrKeyExpired},
		"not yet": {pairTime.Add(-time.Hour), algorithm.ErrNotYetValid},
	} {
		a := cosign.Algorithm{Time: func() time.Time { return test.now }}
		e, err := store{pairAt: p.store[pairAt]}.judge(a, trust, p.signature, p.artifact)
		if !errors.Is(err, test.want) || err == nil && (e.Bundle != nil || len(e.NotChecked) == 0) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err == nil {
			_, err := store{pairAt: p.store[pairAt]}.judge(a, trust, p.signature, []byte("another"))
			if !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s: another artifact: %v", name, err)
			}
		}
	}
}

// The entry that was asked for is that of the digest that is judged.
func TestPairOfAnotherDigest(t *testing.T) {
	p := newSignedPair(t)
	v, err := verifier(cosign.Algorithm{}, p.trust, p.signature)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.store.bring(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	other := sha256.Sum256([]byte("another"))
	digest, err := algorithm.NewDigest(5, other[:])
	if err != nil {
		t.Fatal(err)
	}
	named := func(digests ...algorithm.Digest) string {
		documents, err := v.(algorithm.DocumentVerifier).Documents(digests...)
		if err != nil || len(documents) != 1 {
			t.Fatalf("%v, %v", documents, err)
		}
		return documents[0].URL
	}
	if first := named(digest); first == named(testkeys.Digests(t, p.artifact)...) || first != named(digest) {
		t.Errorf("the entry of either digest is %s", first)
	}
	if err := p.store.bring(t.Context(), v, testkeys.Digests(t, p.artifact)...); err != nil {
		t.Fatal(err)
	}
	if e, err := byDigests(v, digest); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("%v, %v", e, err)
	}
	if e, err := byDigests(v, testkeys.Digests(t, p.artifact)...); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a second verdict: %v, %v", e, err)
	}
	if err := v.(algorithm.DocumentVerifier).Take(t.Context(), nil); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("no document: %v", err)
	}
}
