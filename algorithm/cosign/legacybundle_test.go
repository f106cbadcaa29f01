package cosign_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestOlderBundleMalformed breaks the older JSON by hand.
func TestOlderBundleMalformed(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-old")
	const entry = `"SignedEntryTimestamp":%q,"Payload":{"body":%q,"integratedTime":1,"logIndex":%d,"logID":%q}`
	rekord := base64.StdEncoding.EncodeToString([]byte(`{"apiVersion":"0.0.1","kind":"rekord","spec":{}}`))
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"no string":         {`{"base64Signature":1}`, algorithm.ErrMalformed},
		"no signature":      {`{"base64Signature":""}`, algorithm.ErrMalformed},
		"no base64":         {`{"base64Signature":"*"}`, algorithm.ErrMalformed},
		"cert no PEM":       {`{"base64Signature":"MAYCAQECAQE=","cert":"AAAA"}`, algorithm.ErrMalformed},
		"cert no DER":       {`{"base64Signature":"MAYCAQECAQE=","cert":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}`, algorithm.ErrMalformed},
		"cert and more":     {fmt.Sprintf(`{"base64Signature":"MAYCAQECAQE=","cert":%q}`, c.Trust.PublicKeys[0]+c.Trust.PublicKeys[0]), algorithm.ErrMalformed},
		"empty entry":       {`{"base64Signature":"MAYCAQECAQE=","rekorBundle":{}}`, algorithm.ErrMalformed},
		"log ID no hex":     {`{"base64Signature":"MAYCAQECAQE=","rekorBundle":{` + fmt.Sprintf(entry, "AAAA", "AAAA", 0, "x") + `}}`, algorithm.ErrMalformed},
		"negative index":    {`{"base64Signature":"MAYCAQECAQE=","rekorBundle":{` + fmt.Sprintf(entry, "AAAA", "AAAA", -1, "00") + `}}`, algorithm.ErrMalformed},
		"body no entry":     {`{"base64Signature":"MAYCAQECAQE=","rekorBundle":{` + fmt.Sprintf(entry, "AAAA", "AAAA", 0, "00") + `}}`, algorithm.ErrInvalid},
		"body a rekord":     {`{"base64Signature":"MAYCAQECAQE=","rekorBundle":{` + fmt.Sprintf(entry, "AAAA", rekord, 0, "00") + `}}`, algorithm.ErrInvalid},
		"a second object":   {`{"base64Signature":"MAYCAQECAQE="}{}`, algorithm.ErrMalformed},
		"an unknown form":   {`{"signature":"MAYCAQECAQE="}`, algorithm.ErrMalformed},
		"a list":            {`["base64Signature"]`, algorithm.ErrMalformed},
		"a DSSE of nothing": {`{"base64Signature":"` + base64.StdEncoding.EncodeToString([]byte(`{}`)) + `"}`, algorithm.ErrMalformed},
	} {
		if _, err := verifier(cosign.Algorithm{}, c.Trust, []byte(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestOlderBundleBeside: a certificate that lies beside a signature by a declared key
// counts for nothing, whoever's it is.
func TestOlderBundleBeside(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-old")
	want, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact)
	if err != nil {
		t.Fatal(err)
	}
	beside := rootWith(t, c.Signature, func(doc map[string]any) { doc["cert"] = certPEM(newSignedPair(t).cert) })
	got, err := verifyAll(cosign.Algorithm{}, c.Trust, beside, c.Artifact)
	if err != nil || got.Fingerprint != want.Fingerprint || got.Identity != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := verifyAll(cosign.Algorithm{}, c.Trust, beside, []byte("another")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another artifact: %v", err)
	}
}
