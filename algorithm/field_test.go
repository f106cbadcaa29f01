package algorithm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestOnly: a value is refused unless it is one of the fields, and of its kind.
func TestOnly(t *testing.T) {
	fields := []algorithm.Field{
		{Name: "text", Kind: algorithm.Text},
		{Name: "texts", Kind: algorithm.Text, Many: true},
		{Name: "url", Kind: algorithm.URL},
		{Name: "truth", Kind: algorithm.Truth},
		{Name: "content", Kind: algorithm.Content},
		{Name: "table", Kind: algorithm.Table},
		{Name: "tables", Kind: algorithm.Table, Many: true},
		{Name: "kind", Kind: 99},
	}
	claims := []algorithm.Claim{{Field: "a", Value: "b"}}
	values := map[string]algorithm.Value{
		"text":    {Text: "x"},
		"texts":   {Texts: []string{"x", "y"}},
		"truth":   {Truth: true},
		"content": {Content: []byte{}}, // a file may be empty
		"table":   {Tables: [][]algorithm.Claim{claims}},
		"tables":  {Tables: [][]algorithm.Claim{claims, claims}},
		"empty":   {},
	}
	fits := map[string]string{ // field -> the values that it takes
		"text": "text", "url": "text", "texts": "texts", "truth": "truth empty", "content": "content", "table": "table", "tables": "table tables", "kind": "",
	}
	for _, f := range fields {
		for name, v := range values {
			err := algorithm.Trust{Values: map[string]algorithm.Value{f.Name: v}}.Only(fields)
			if strings.Contains(" "+fits[f.Name]+" ", " "+name+" ") {
				if err != nil {
					t.Errorf("%s with %s: %v", f.Name, name, err)
				}
			} else if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), `"`+f.Name+`"`) {
				t.Errorf("%s with %s: %v", f.Name, name, err)
			}
		}
	}
	for name, v := range map[string]algorithm.Value{
		"two kinds":      {Text: "x", Truth: true},
		"an empty text":  {Texts: []string{"x", ""}},
		"an empty table": {Tables: [][]algorithm.Claim{claims, nil}},
	} {
		for _, f := range fields {
			if err := (algorithm.Trust{Values: map[string]algorithm.Value{f.Name: v}}).Only(fields); !errors.Is(err, algorithm.ErrMalformed) {
				t.Errorf("%s: %s: %v", f.Name, name, err)
			}
		}
	}
	for _, names := range [][]string{{"namespace"}, {"text", "texts2", "namespace"}} {
		trust := algorithm.Trust{PublicKeys: []string{"key"}, Values: map[string]algorithm.Value{}}
		for _, name := range names {
			trust.Values[name] = algorithm.Value{Text: "x"}
		}
		if err := trust.Only(fields); !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), `"namespace"`) {
			t.Errorf("%q: %v", names, err)
		}
	}
	if err := (algorithm.Trust{PublicKeys: []string{"key"}}).Only(nil); err != nil {
		t.Errorf("keys alone: %v", err)
	}
}
