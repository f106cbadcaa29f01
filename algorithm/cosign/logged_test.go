package cosign

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// TestLogged: a page is named for entries of the log that it searches, by the
// index that it knows, and for no other.
func TestLogged(t *testing.T) {
	withPromise := func(text []byte, promise any) []byte {
		var bundle map[string]any
		if err := json.Unmarshal(text, &bundle); err != nil {
			t.Fatal(err)
		}
		entry := bundle["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)[0].(map[string]any)
		entry["inclusionPromise"] = promise
		text, err := json.Marshal(bundle)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	withoutPromise := func(text []byte) []byte { return withPromise(text, nil) }
	invented := func(text []byte) []byte {
		return withPromise(text, map[string]any{"signedEntryTimestamp": []byte("x")})
	}
	same := func(text []byte) []byte { return text }
	for _, test := range []struct {
		of, instance string
		change       func([]byte) []byte
		want         bool
	}{
		{"ok-first-r1", publicGood, same, true},
		{"ok-first-r1", gitHub, same, false},
		{"ok-first-r1", "", same, false},
		{"ok-first-r1", publicGood, withoutPromise, false},
		{"ok-first-r2tsa", publicGood, same, false},
		{"ok-first-r2tsa", publicGood, invented, false},
	} {
		c := testkeys.Find(t, "cosign", test.of)
		tr, err := ParseTrustedRoot(c.Trust.Values["trusted-root"].Content)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseText(test.change(c.Signature))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.parseEntries(t.Context()); err != nil {
			t.Fatal(err)
		}
		i := tr.instances[0]
		i.name = test.instance
		l := i.logged(s.entries[0], day(0))
		if (l.URL != "") != test.want || !strings.HasPrefix(l.Log, "http://") || !l.Time.Equal(day(0)) || len(l.LogID) != 64 {
			t.Errorf("%s of %q: %+v", test.of, test.instance, l)
		}
	}
}
