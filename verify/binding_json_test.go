package verify_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// TestBindingJSON: a list of what is bound, both ways.
func TestBindingJSON(t *testing.T) {
	for text, b := range map[string]verify.Binding{
		`[]`: {}, `["name"]`: {Name: true}, `["version"]`: {Version: true}, `["name","version"]`: {Name: true, Version: true},
	} {
		got, err := json.Marshal(b)
		if err != nil || string(got) != text {
			t.Errorf("%+v: %s, %v", b, got, err)
		}
		back := verify.Binding{Name: true, Version: true}
		if err := json.Unmarshal([]byte(text), &back); err != nil || back != b {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
	}
	for _, text := range []string{`["file"]`, `["name",""]`, `{"Name":true}`, `"name"`, `[1]`, `["Name"]`} {
		var b verify.Binding
		if err := b.UnmarshalJSON([]byte(text)); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: %v", text, err)
		}
	}
	got, err := json.Marshal(verify.Pin{Name: "a", Version: "1", Bound: verify.Binding{Version: true}, Signers: []string{"b"}})
	if want := `{"name":"a","version":"1","signers":["b"],"bound":["version"],"first_seen":"0001-01-01T00:00:00Z"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	got, err = json.Marshal(verify.Pin{})
	if want := `{"name":"","version":"","first_seen":"0001-01-01T00:00:00Z"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
