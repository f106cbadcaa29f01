package cosign_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestMutations replaces every value in a bundle, and in what its log entry
// has inside, with values of every type: no panic, and a typed error unless
// what was replaced is only a hint.
func TestMutations(t *testing.T) {
	for name, hints := range map[string][]string{
		"ok-v01-r1":           {"/keyId", "/kindVersion", "/rootHash", "/inclusionProof", "/x509CertificateChain/certificates/1", "/messageDigest", "/mediaType", "/integratedTime"},
		"ok-first-r2tsa":      {"/kindVersion", "/rootHash", "/treeSize", "/messageDigest", "/integratedTime", "/inclusionPromise"},
		"ok-att-gha-r1":       {"/kindVersion", "/rootHash", "/keyid", "/inclusionPromise"},
		"ok-key-p256-old":     {},
		"open-key-ed25519-r1": {"/hint", "/publicKey", "/kindVersion", "/rootHash", "/messageDigest", "/inclusionPromise", "/integratedTime"},
	} {
		t.Run(name, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", name)
			key, err := cosign.Algorithm{}.Key(c.Trust)
			if err != nil {
				t.Fatal(err)
			}
			for mutant := range mutants(t, c.Signature) {
				err := relsealOnce(key, testkeys.Case{Signature: mutant.text, Artifact: c.Artifact})
				switch {
				case err != nil && !typed(err):
					t.Errorf("%s: untyped: %v", mutant.path, err)
				case err == nil && !isHint(mutant.path, hints):
					t.Errorf("%s: accepted", mutant.path)
				case err != nil && errors.Is(err, algorithm.ErrWrongKey):
					t.Errorf("%s: %v", mutant.path, err)
				}
			}
		})
	}
}

func isHint(path string, hints []string) bool {
	for _, h := range hints {
		if strings.Contains(path, h) {
			return true
		}
	}
	return false
}

type mutant struct {
	path string
	text []byte
}

// mutants yields the document with each value replaced in turn.
func mutants(t *testing.T, text []byte) func(yield func(mutant) bool) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return func(yield func(mutant) bool) {
		walk("", doc, func(v any) { doc = v }, func(path string) bool {
			changed, err := json.Marshal(doc)
			return err == nil && yield(mutant{path, changed})
		})
	}
}

// walk replaces value and everything below it, and calls visit at each change.
func walk(path string, value any, set func(any), visit func(path string) bool) bool {
	for _, other := range []any{nil, "", "AAAA", 0, -1, 1e30, true, []any{}, []any{nil}, map[string]any{}} {
		set(other)
		if !visit(path) {
			return false
		}
	}
	set(value)
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			if !walk(path+"/"+k, v, func(v any) { value[k] = v }, visit) {
				return false
			}
		}
	case []any:
		for i, v := range value {
			if !walk(path+"/[]", v, func(v any) { value[i] = v }, visit) {
				return false
			}
		}
	case string: // the log entry's body is JSON in base64
		inner, err := base64.StdEncoding.DecodeString(value)
		var doc any
		if err != nil || len(inner) == 0 || inner[0] != '{' || json.Unmarshal(inner, &doc) != nil {
			return true
		}
		ok := walk(path+"=", doc, func(v any) { doc = v }, func(path string) bool {
			changed, err := json.Marshal(doc)
			set(base64.StdEncoding.EncodeToString(changed))
			return err == nil && visit(path)
		})
		set(value)
		return ok
	}
	return true
}
