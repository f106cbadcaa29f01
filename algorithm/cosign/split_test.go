package cosign

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// Documents of several bundles are told from those of one, and taken apart.
func TestSplitBundles(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("{}\n", n) }
	answer := func(entries ...string) string { return `{"attestations":[` + strings.Join(entries, ",") + `]}` }
	values := func(n int) string { return `{"attestations":[{}],"x":[` + strings.Repeat(",", n-5) + `]}` } // which is no JSON
	for name, test := range map[string]struct {
		text    string
		several bool
		list    []string // texts and URLs, "!" for one that is none
		want    error
		says    string
	}{
		"one line":                     {"{}", false, nil, nil, ""},
		"one line among blank ones":    {"{}\n \n\r\n", false, nil, nil, ""},
		"two lines":                    {"{\"a\":1}\r\n\n{}", true, []string{"{\"a\":1}\r\n", "{}"}, nil, ""},
		"one object in lines":          {"{\n}\n", false, nil, nil, ""},
		"32 lines":                     {lines(32), true, slices.Repeat([]string{"{}\n"}, 32), nil, ""},
		"33 lines":                     {lines(33), true, nil, algorithm.ErrTooLarge, "more than 32 bundles"},
		"a line that is none":          {"{}\n{}\n[{}]\n", true, nil, algorithm.ErrMalformed, "line 3 is no JSON object"},
		"a line that is binary":        {"{}\n\xff", false, nil, nil, ""},
		"an answer":                    {answer(`{"bundle":{"a":1}}`, `{"bundle_url":"u"}`), true, []string{`{"a":1}`, "u"}, nil, ""},
		"with both":                    {answer(`{"bundle":{},"bundle_url":"u"}`, `{"bundle":null,"bundle_url":"u"}`), true, []string{"{}", "u"}, nil, ""},
		"with neither":                 {answer("{}", `{"bundle_url":""}`, `{"bundle":null}`, `{"bundle_url":1}`, `{"bundle":{},"bundle_url":1}`, "1"), true, slices.Repeat([]string{"!"}, 6), nil, ""},
		"32 of an answer":              {answer(slices.Repeat([]string{"{}"}, 32)...), true, slices.Repeat([]string{"!"}, 32), nil, ""},
		"33 of an answer":              {answer(slices.Repeat([]string{"{}"}, 33)...), true, nil, algorithm.ErrTooLarge, "more than 32 bundles"},
		"an answer with none":          {answer(), true, nil, algorithm.ErrNoSignature, "no attestation"},
		"an answer of null":            {`{"attestations":null}`, true, nil, algorithm.ErrNoSignature, "no attestation"},
		"an answer that is no list":    {`{"attestations":{}}`, true, nil, algorithm.ErrMalformed, "attestations"},
		"an answer in other letters":   {strings.ToUpper(answer("{}")), false, nil, nil, ""},
		"an answer in two lines":       {"{\"attestations\":\n[{}]}", true, []string{"!"}, nil, ""},
		"an answer cut short":          {answer("{}")[:18], false, nil, nil, ""},
		"a bundle with the name in it": {`{"mediaType":"x","attestations":[{}]}`, false, nil, nil, ""},
		"an older one":                 {`{"base64Signature":"x","attestations":[{}]}`, false, nil, nil, ""},
		"an envelope":                  {`{"payloadType":"x","attestations":[{}]}`, false, nil, nil, ""},
		"the name as a value":          {`{"x":"attestations"}`, false, nil, nil, ""},
		"no JSON":                      {"attestations", false, nil, nil, ""},
	} {
		list, several, err := splitBundles([]byte(test.text))
		var got []string
		for _, l := range list {
			switch {
			case l.err != nil && errors.Is(l.err, algorithm.ErrMalformed) && l.text == nil && l.url == "":
				got = append(got, "!")
			case l.err == nil && (l.text == nil) != (l.url == ""):
				got = append(got, string(l.text)+l.url)
			default:
				t.Errorf("%s: %+v", name, l)
			}
		}
		if several != test.several || !slices.Equal(got, test.list) {
			t.Errorf("%s: several %v, %q", name, several, got)
		}
		if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %v, %s", name, err, test.want, test.says)
		}
	}
	for n, want := range map[int]error{maxAllValues: algorithm.ErrMalformed, maxAllValues + 1: algorithm.ErrTooLarge} {
		if _, err := splitAnswer([]byte(values(n)), []byte("x")); !errors.Is(err, want) {
			t.Errorf("%d values: got %v, want %v", n, err, want)
		}
	}
	if got := len(firstLines([]byte(lines(1000)))); got != maxBundles+1 {
		t.Errorf("of 1000 lines %d are looked at", got)
	}
}
