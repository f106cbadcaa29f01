package cosign

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// A statement is read as a whole or refused: nothing in it is left out because it has
// another form.
func TestStatementRead(t *testing.T) {
	const sum = `"sha256":"0000000000000000000000000000000000000000000000000000000000000000"`
	about := func(digests string) string { return `[{"name":"a","digest":` + digests + `}]` }
	subjects := func(count int) string {
		return "[" + strings.Repeat(`{},`, count-1) + `{"digest":{` + sum + `}}]`
	}
	for name, test := range map[string]struct {
		subject string
		want    error
	}{
		"one":                       {about("{" + sum + "}"), nil},
		"another digest beside":     {about("{" + sum + `,"other":"x"}`), nil},
		"a digest that is a number": {about("{" + sum + `,"other":1}`), algorithm.ErrMalformed},
		"a digest that is a list":   {about("{" + sum + `,"other":[]}`), algorithm.ErrMalformed},
		"digests that are a text":   {about(`"sha256"`), algorithm.ErrMalformed},
		"digests that are a list":   {about(`[]`), algorithm.ErrMalformed},
		"digests that are null":     {about("null"), algorithm.ErrUnsupported},
		"no digests":                {about("{}"), algorithm.ErrUnsupported},
		"a digest cut off":          {about(`{"sha256":"00"}`), algorithm.ErrUnsupported},
		"a digest that isn't hex":   {about(`{"sha256":"` + strings.Repeat("x", 64) + `"}`), algorithm.ErrUnsupported},
		"another digest alone":      {about(`{"sha1":"` + strings.Repeat("0", 40) + `"}`), algorithm.ErrUnsupported},
		"none":                      {"[]", algorithm.ErrUnsupported},
		"null":                      {"null", algorithm.ErrMalformed},
		"a text":                    {`"a"`, algorithm.ErrMalformed},
		"a number":                  {"1", algorithm.ErrMalformed},
		"an empty table":            {"{}", algorithm.ErrMalformed},
		"a table":                   {`{"digest":{` + sum + `}}`, algorithm.ErrMalformed},
		"as many as may be":         {subjects(maxSubjects), nil},
		"one more":                  {subjects(maxSubjects + 1), algorithm.ErrTooLarge},
	} {
		payload := []byte(`{"_type":"` + inTotoStatement1 + `","subject":` + test.subject + `}`)
		e, err := newEnvelope(inTotoPayload, payload, []byte{1}, new(counter))
		if !errors.Is(err, test.want) || (e == nil) != (err != nil) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		// What is too large isn't told as malformed, too.
		if test.want == algorithm.ErrTooLarge && errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: malformed, too: %v", name, err)
		}
		if err == nil && (len(e.subjects) != 1 || len(e.subjects[0].digest) != 32) {
			t.Errorf("%s: subjects %v", name, e.subjects)
		}
	}
}

// An envelope that stands alone is refused for whatever isn't of its form, before
// what it is of.
func TestEnvelopeRead(t *testing.T) {
	const right = `{"sig":"QUJD"}`
	statement := b64([]byte(`{"_type":"` + inTotoStatement1 + `","subject":[{"digest":{"sha256":"` + strings.Repeat("00", 32) + `"}}]}`))
	for name, test := range map[string]struct {
		kind, payload, signatures string
		want                      error
	}{
		"right":                            {inTotoPayload, statement, right, nil},
		"a key's ID that is a number":      {inTotoPayload, statement, `{"sig":"QUJD","keyid":1}`, algorithm.ErrMalformed},
		"a signature that isn't base64":    {inTotoPayload, statement, `{"sig":"QUJD*"}`, algorithm.ErrMalformed},
		"an empty signature":               {inTotoPayload, statement, `{"sig":""}`, algorithm.ErrMalformed},
		"no signature in it":               {inTotoPayload, statement, `{}`, algorithm.ErrMalformed},
		"no signature":                     {inTotoPayload, statement, "", algorithm.ErrMalformed},
		"two signatures":                   {inTotoPayload, statement, right + "," + right, algorithm.ErrMalformed},
		"a payload that isn't base64":      {inTotoPayload, "*", right, algorithm.ErrMalformed},
		"another type":                     {"text/plain", statement, right, algorithm.ErrUnsupported},
		"another type, and no base64":      {"text/plain", "*", right, algorithm.ErrMalformed},
		"another type, an empty signature": {"text/plain", statement, `{"sig":""}`, algorithm.ErrMalformed},
	} {
		text := `{"payloadType":"` + test.kind + `","payload":"` + test.payload + `","signatures":[` + test.signatures + `]}`
		e, err := parseEnvelope([]byte(text), new(counter))
		if !errors.Is(err, test.want) || (e == nil) != (err != nil) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err == nil && string(e.signature) != "ABC" {
			t.Errorf("%s: signature %q", name, e.signature)
		}
	}
}

// The type of an envelope's payload is the one of in-toto to the letter: what others
// mean by theirs nobody knows.
func TestPayloadType(t *testing.T) {
	const payload = `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"` +
		`0000000000000000000000000000000000000000000000000000000000000000"}}],"predicateType":"p"}`
	for kind, want := range map[string]error{
		inTotoPayload: nil, "application/vnd.in-toto": algorithm.ErrUnsupported, inTotoPayload + "; v=2": algorithm.ErrUnsupported, inTotoPayload + " ": algorithm.ErrUnsupported,
		"application/vnd.in-toto.provenance+json": algorithm.ErrUnsupported, "Application/vnd.in-toto+json": algorithm.ErrUnsupported, "application/json": algorithm.ErrUnsupported, "": algorithm.ErrUnsupported,
	} {
		if _, err := newEnvelope(kind, []byte(payload), []byte{1}, new(counter)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", kind, err, want)
		}
	}
}
