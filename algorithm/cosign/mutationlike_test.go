package cosign_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// comparable reports whether sigstore-go can be asked the same: of a bundle, a
// trusted root and one literal identity.
func comparable(c testkeys.Case) bool {
	tables := c.Trust.Values["identity"].Tables
	if len(tables) != 1 || c.Trust.Values["trusted-root"].Content == nil || len(c.Trust.Values) != 2 || len(c.Trust.PublicKeys) > 0 || len(tables[0]) != 2 {
		return false
	}
	for _, claim := range tables[0] {
		if claim.Regexp || claim.Field != "issuer" && claim.Field != "subject" {
			return false
		}
	}
	return json.Valid(c.Signature) && strings.Contains(string(c.Signature), "mediaType") // one bundle
}

// What sigstore-go refuses is refused: every case of the corpus with a bundle and
// an identity, and every value and many a bit of those that are right, changed.
func TestMutationsLikeSigstoreGo(t *testing.T) {
	asked, accepted, refused := 0, 0, 0
	for _, c := range testkeys.Cases(t, "cosign") {
		if !comparable(c) {
			continue
		}
		key, err := cosign.Algorithm{}.Key(c.Trust)
		if err != nil {
			t.Fatal(err)
		}
		plain := plainKeyless(t, c.Trust)
		ask := func(what string, text []byte) {
			asked++
			one := testkeys.Case{Signature: text, Artifact: c.Artifact}
			if relsealOnce(key, one) != nil {
				refused++
				return
			}
			accepted++
			policy := verify.NewPolicy(verify.WithArtifact(bytes.NewReader(c.Artifact)), plainIdentity(t, c))
			if err := plainOnce(plain, policy, one); err != nil {
				t.Errorf("%s, %s: accepted, and sigstore-go says %v", c.Name, what, err)
			}
		}
		ask("as it is", c.Signature)
		if !slices.Contains([]string{"ok-first-r1", "ok-first-r2tsa", "ok-att-gha-r1"}, c.Name) {
			continue
		}
		for m := range mutants(t, c.Signature) {
			ask(m.path, m.text)
		}
		for m := range flips(t, c.Signature) {
			ask(m.path, m.text)
		}
	}
	t.Logf("%d asked, %d accepted by both, %d refused", asked, accepted, refused)
	if accepted < 60 || refused < 1000 {
		t.Errorf("%d accepted, %d refused: hardly anything was compared", accepted, refused)
	}
}

// flips yields the document with a bit of what is in its base64 changed.
func flips(t *testing.T, text []byte) func(yield func(mutant) bool) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return func(yield func(mutant) bool) {
		flip("", doc, func(v any) { doc = v }, func(path string) bool {
			changed, err := json.Marshal(doc)
			return err == nil && yield(mutant{path, changed})
		})
	}
}

// flip changes every eleventh byte of each base64, and the last one.
func flip(path string, value any, set func(any), visit func(path string) bool) bool {
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			if !flip(path+"/"+k, v, func(v any) { value[k] = v }, visit) {
				return false
			}
		}
	case []any:
		for i, v := range value {
			if !flip(path+"/[]", v, func(v any) { value[i] = v }, visit) {
				return false
			}
		}
	case string:
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return true
		}
		for i := range raw {
			if i%11 != 0 && i != len(raw)-1 {
				continue
			}
			raw[i] ^= 1 << (i % 8)
			set(base64.StdEncoding.EncodeToString(raw))
			raw[i] ^= 1 << (i % 8)
			if !visit(path) {
				return false
			}
		}
		set(value)
	}
	return true
}
