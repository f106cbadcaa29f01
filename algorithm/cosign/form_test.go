package cosign

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// The form is told by the content, whatever stands around it as far as that is text, and
// what is none says what it is.
func TestForms(t *testing.T) {
	const (
		bundle   = `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"x"}},"messageSignature":{"signature":"QUJD"}}`
		older    = `{"base64Signature":"QUJD"}`
		payload  = `{"_type":"` + inTotoStatement1 + `","subject":[{"digest":{"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}}]}`
		notBlank = "AB \n" // what is binary may end so
	)
	envelope := `{"payloadType":"` + inTotoPayload + `","payload":"` + b64([]byte(payload)) + `","signatures":[{"sig":"QUJD"}]}`
	const most = maxValues - 12 // with those of the envelope and its payload
	many := func(n int) string { return `,"x":[` + strings.Repeat("0,", n) + `0]}` }
	for name, test := range map[string]struct {
		text      string
		form      form
		signature string
		want      error
		says      string
	}{
		"bundle":                      {bundle, formBundle, "ABC", nil, ""},
		"bundle, name with an escape": {strings.Replace(bundle, "media", `m\u0065dia`, 1), formBundle, "ABC", nil, ""},
		"bundle, name in capitals":    {strings.Replace(bundle, "mediaType", "MEDIATYPE", 1), 0, "", algorithm.ErrMalformed, "MEDIATYPE"},
		"older":                       {older, formLegacy, "ABC", nil, ""},
		"envelope":                    {envelope, formEnvelope, "ABC", nil, ""},
		"envelope in base64":          {b64([]byte(envelope)), formEnvelope, "ABC", nil, ""},
		"envelope of as many values":  {envelope[:len(envelope)-1] + many(most), formEnvelope, "ABC", nil, ""},
		"envelope of more":            {envelope[:len(envelope)-1] + many(most+1), 0, "", algorithm.ErrTooLarge, "values"},
		"envelope of more in base64":  {b64([]byte(envelope[:len(envelope)-1] + many(most+1))), 0, "", algorithm.ErrTooLarge, "values"},
		"what may be one, of more":    {b64([]byte(`{"payloadType":"x"` + many(maxValues) + "}")), 0, "", algorithm.ErrTooLarge, "values"},
		"envelope in older, of more":  {`{"base64Signature":"` + b64([]byte(envelope[:len(envelope)-1]+many(most))) + `"}`, 0, "", algorithm.ErrTooLarge, "values"},
		"plain, base64":               {"QUJD", formPlain, "ABC", nil, ""},
		"plain, base64 in lines":      {"\r\nQU\nJD\r\n", formPlain, "ABC", nil, ""},
		"plain, binary":               {notBlank, formPlain, notBlank, nil, ""},
		"plain, binary, with a brace": {"{\xff\n", formPlain, "{\xff\n", nil, ""},
		"blanks around JSON":          {" \n" + older + "\r\n\t", formLegacy, "ABC", nil, ""},
		"as long as may be":           {older + strings.Repeat("\n", maxSignature-len(older)), formLegacy, "ABC", nil, ""},
		"a byte longer":               {older + strings.Repeat("\n", maxSignature-len(older)+1), 0, "", algorithm.ErrTooLarge, "are the most"},
		"nothing":                     {"", 0, "", algorithm.ErrMalformed, "empty"},
		"blanks":                      {" \r\n", 0, "", algorithm.ErrMalformed, "empty"},
		"a byte order mark":           {"\ufeff" + older, 0, "", algorithm.ErrMalformed, "byte order mark"},
		"another JSON":                {`{"a":1}`, 0, "", algorithm.ErrMalformed, "no sigstore bundle, older cosign bundle or DSSE envelope"},
		"two values":                  {older + older, 0, "", algorithm.ErrMalformed, "after top-level value"},
		"cut short":                   {older[:len(older)-1], 0, "", algorithm.ErrMalformed, "unexpected end"},
	} {
		s, err := parseText([]byte(test.text))
		if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %v, %s", name, err, test.want, test.says)
		}
		if err == nil && (s.form != test.form || string(s.signature) != test.signature || s.bundle != nil && !bytes.Equal(s.bundle, []byte(test.text))) {
			t.Errorf("%s: %v, %q", name, s.form, s.signature)
		}
	}
}

// What was found of a certificate stays as long as it is that one.
func TestIssuance(t *testing.T) {
	one, other := &x509.Certificate{}, &x509.Certificate{}
	s := &signed{certificate: one}
	first := s.issuance()
	if first.Certificate != one || s.issuance() != first {
		t.Error("what was found of the certificate is gone")
	}
	s.certificate = other
	if s.issuance().Certificate != other {
		t.Error("what was found is that of another certificate")
	}
}
