package cosign

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// Names and values are told from what is in strings, and what isn't JSON does no
// harm.
func TestValuesAndNames(t *testing.T) {
	for text, want := range map[string]struct {
		values int
		named  bool
	}{
		`{"mediaType":1}`:                        {1, true},
		`{"a":"x","mediaType" : 1}`:              {2, true},
		`{"a":"\"mediaType\":","b":[1,2]}`:       {4, false},
		`{"a":"\\","mediaType":1}`:               {2, true},
		`{"a":"\\\"","mediaType":1}`:             {2, true},
		`{"a":{"mediaType":1}}`:                  {2, false},
		`{"a":["mediaType"]}`:                    {2, false},
		`{"a":{"b":[]},"mediaType":1}`:           {4, true},
		`{"":1,"mediaType":[2]}`:                 {3, true},
		`{"a":"\"[{,","b":"{\\"}`:                {2, false},
		`{"a":"x\"[{,","b":[",\","]}`:            {3, false},
		`{"a":"mediaType"}`:                      {1, false},
		`{"a":"mediaType","b":1,"c":"[{,"}`:      {3, false},
		`{"MediaType":1}`:                        {1, false},
		`{"`:                                     {1, false},
		`{"a":"`:                                 {1, false},
		`{"mediaType`:                            {1, false},
		`{"mediaType"`:                           {1, false},
		`{"mediaType\`:                           {1, false},
		`{"mediaType\"`:                          {1, false},
		`{"a\`:                                   {1, false},
		`"mediaType":1`:                          {0, false},
		`{"x":"` + "\u00e9" + `","mediaType":2}`: {2, true},
		``:                                       {0, false},
	} {
		if got := countValues([]byte(text), maxValues); got != want.values {
			t.Errorf("%s: %d values, want %d", text, got, want.values)
		}
		if got := hasName([]byte(text), "mediaType"); got != want.named {
			t.Errorf("%s: named %v", text, got)
		}
		var fields struct {
			MediaType json.RawMessage `json:"mediaType"`
		}
		if err := json.Unmarshal([]byte(text), &fields); err == nil && want.named && fields.MediaType == nil {
			t.Errorf("%s: encoding/json has none", text)
		}
	}
	shared := new(budget)
	c := &counter{used: maxValues - 2, shared: shared}
	for n, want := range []error{nil, algorithm.ErrTooLarge} {
		if err := c.add([]byte("[0,1]")); !errors.Is(err, want) || shared.values != 2 {
			t.Errorf("time %d: %v, %d of all", n, err, shared.values)
		}
	}
	shared.values = maxAllValues - 1
	if err := (&counter{shared: shared}).add([]byte("[0,1]")); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("too many in all: %v", err)
	}
	if got := countValues([]byte("[,,,,,,,,,,"), 3); got != 4 {
		t.Errorf("%d values above three", got)
	}
	if _, err := parseText([]byte(`{"`)); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("a quote at the end: %v", err)
	}
	for n := range 40 { // no length of an escape at the end goes beyond it
		text := fmt.Sprintf(`{"%0*d\`, n, 0)
		_, _ = countValues([]byte(text), 9), hasName([]byte(text), "x")
	}
}

// TestEscapes: a text that is all escapes is read once, and not from each of them on
// to its end, which would take minutes.
func TestEscapes(t *testing.T) {
	text := []byte(`{"a":"` + strings.Repeat(`\n`, 2<<20) + `","b":"` + strings.Repeat(`\"`, 2<<20) + `"}`)
	start := time.Now()
	if got := countValues(text, maxValues); got != 2 {
		t.Errorf("%d values", got)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
