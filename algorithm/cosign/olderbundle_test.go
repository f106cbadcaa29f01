package cosign

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// What the older JSON has of a signature is taken over; the digest is that of the
// log's entry, since the form has none.
func TestOlderBundle(t *testing.T) {
	cases := loggedCases(t)
	finished := func(kind string) *loggedCase {
		c := cases[kind]()
		c.finish(t)
		return c
	}
	byKey, certified := finished("hashedrekord, timestamp alone by key"), finished("hashedrekord, timestamp alone by certificate")
	attested, tiles, long := finished("dsse by key"), finished("Rekor v2 by key"), finished("hashedrekord of SHA-384 by key")
	tilesAttested := finished("Rekor v2, envelope by key")
	cert := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.signed.certificate.Raw}))
	public := string(publicText(t, byKey.by.key.PublicKey))
	statement := []byte(`{"_type":"` + inTotoStatement1 + `","subject":[{"digest":{"sha256":"` + hex.EncodeToString(make([]byte, 32)) + `"}}]}`)
	envelope := []byte(object{{"payloadType", inTotoPayload}, {"payload", statement}, {"signatures", list{object{{"sig", attested.signed.signature}}}}}.String())
	bundle := func(c *loggedCase, change func(e map[string]any)) any {
		e := map[string]any{"body": []byte(c.body), "integratedTime": c.entry.GetIntegratedTime(), "logIndex": c.entry.GetLogIndex(), "logID": hex.EncodeToString(c.entry.GetLogId().GetKeyId())}
		stamp := c.entry.GetInclusionPromise().GetSignedEntryTimestamp()
		if change != nil {
			change(e)
		}
		if without, ok := e["without"]; ok {
			stamp = without.([]byte)
			delete(e, "without")
		}
		return object{{"SignedEntryTimestamp", stamp}, {"Payload", object{{"body", e["body"]}, {"integratedTime", e["integratedTime"]}, {"logIndex", e["logIndex"]}, {"logID", e["logID"]}}}}
	}
	with := func(name string, value any) func(map[string]any) { return func(e map[string]any) { e[name] = value } }
	for name, test := range map[string]struct {
		signature []byte
		cert      string
		entry     any
		of        *loggedCase // whose entry it is, nil where it has none
		want      error
	}{
		"alone":                       {byKey.signed.signature, "", nil, nil, nil},
		"by key":                      {byKey.signed.signature, "", bundle(byKey, nil), byKey, nil},
		"by key, which is there":      {byKey.signed.signature, public, bundle(byKey, nil), byKey, nil},
		"by key, in base64":           {byKey.signed.signature, b64([]byte(public)), bundle(byKey, nil), byKey, nil},
		"by certificate":              {certified.signed.signature, cert, bundle(certified, nil), certified, nil},
		"by certificate, in base64":   {certified.signed.signature, b64([]byte(cert)), bundle(certified, nil), certified, nil},
		"by certificate, with blanks": {certified.signed.signature, "\n" + cert + " \n", bundle(certified, nil), certified, nil},
		"with SHA-384":                {long.signed.signature, "", bundle(long, nil), long, nil},
		"envelope":                    {envelope, "", bundle(attested, nil), attested, nil},
		"index 0":                     {byKey.signed.signature, "", bundle(byKey, with("logIndex", 0)), byKey, nil},
		"two certificates":            {certified.signed.signature, cert + cert, bundle(certified, nil), nil, algorithm.ErrMalformed},
		"a certificate of no form":    {certified.signed.signature, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})), nil, nil, algorithm.ErrMalformed},
		"no PEM":                      {certified.signed.signature, "cert", nil, nil, algorithm.ErrMalformed},
		"negative index":              {byKey.signed.signature, "", bundle(byKey, with("logIndex", -1)), nil, algorithm.ErrMalformed},
		"log's ID no hex":             {byKey.signed.signature, "", bundle(byKey, with("logID", "x")), nil, algorithm.ErrMalformed},
		"no timestamp":                {byKey.signed.signature, "", bundle(byKey, with("without", []byte{})), nil, algorithm.ErrMalformed},
		"body of no form":             {byKey.signed.signature, "", bundle(byKey, with("body", []byte("{}"))), nil, algorithm.ErrInvalid},
		"of Rekor v2":                 {tiles.signed.signature, "", bundle(tiles, with("without", []byte{1})), nil, algorithm.ErrInvalid},
		"of an attestation":           {byKey.signed.signature, "", bundle(attested, nil), nil, algorithm.ErrInvalid},
		"certificate of blanks":       {certified.signed.signature, b64([]byte("\n")), nil, nil, algorithm.ErrMalformed},
		"envelope, of Rekor v2":       {envelope, "", bundle(tilesAttested, with("without", []byte{1})), nil, algorithm.ErrInvalid},
		"no signature":                {nil, "", bundle(byKey, nil), nil, algorithm.ErrMalformed},
	} {
		text := object{{"base64Signature", b64(test.signature)}, {"cert", test.cert}}
		if test.entry != nil {
			text = append(text, [2]any{"rekorBundle", test.entry})
		}
		s, err := parseLegacyBundle([]byte(text.String()), new(counter))
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err != nil {
			continue
		}
		if s.form != formLegacy || (s.certificate != nil) != (test.of == certified) || (s.envelope != nil) != (test.of == attested) || len(s.entries) == 1 != (test.of != nil) {
			t.Errorf("%s: %+v", name, s)
		}
		var hash crypto.Hash
		var digest []byte
		if test.of != nil && test.of != attested {
			hash, digest = test.of.signed.hash, test.of.signed.digest
		}
		if s.hash != hash || !bytes.Equal(s.digest, digest) {
			t.Errorf("%s: digest %x", name, s.digest)
		}
		if test.of != nil && (!s.entries[0].hasPromise() || !s.entries[0].time().Equal(day(10)) || !bytes.Equal(s.entries[0].GetLogId().GetKeyId(), test.of.entry.GetLogId().GetKeyId())) {
			t.Errorf("%s: entry %+v", name, s.entries[0])
		}
	}
	for _, text := range []string{`{"base64Signature":"QUJD","cert":1}`, `{"base64Signature":"QUJD","rekorBundle":"x"}`, `{"base64Signature":"QUJD"`} {
		if s, err := parseLegacyBundle([]byte(text), new(counter)); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
	}
}
