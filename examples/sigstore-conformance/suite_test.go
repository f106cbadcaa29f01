package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// document is JSON.
type document = map[string]any

func material(bundle document) document { return bundle["verificationMaterial"].(document) }

func entries(bundle document) []any { return material(bundle)["tlogEntries"].([]any) }

func checkpoint(bundle document) document {
	return entries(bundle)[0].(document)["inclusionProof"].(document)["checkpoint"].(document)
}

// TestSuiteCases makes the failing cases of the official suite that no corpus
// has, out of bundles that pass, and named as they are there.
func TestSuiteCases(t *testing.T) {
	entryOf := func(name string) func(*testing.T, document) {
		return func(t *testing.T, bundle document) {
			t.Helper()
			other := parsed(t, testkeys.Find(t, "cosign", name).Signature)
			material(bundle)["tlogEntries"] = entries(other)
		}
	}
	without := func(key string) func(*testing.T, document) {
		return func(t *testing.T, bundle document) { t.Helper(); delete(material(bundle), key) }
	}
	unchanged := func(*testing.T, document) {}
	tests := []struct {
		name, of     string
		bundle, root func(*testing.T, document)
		want         error
	}{
		{"checkpoint-bad-keyhint", "ok-first-r1", badKeyHint, unchanged, algorithm.ErrInvalid},
		{"checkpoint-bad-keyhint", "ok-first-r2tsa", badKeyHint, unchanged, algorithm.ErrInvalid},
		{"checkpoint-wrong-name", "ok-first-r2tsa", wrongName, unchanged, algorithm.ErrInvalid},
		{"rekor2-no-timestamp", "ok-first-r2tsa", without("timestampVerificationData"), unchanged, algorithm.ErrInvalid},
		{"no-cert", "ok-first-r1", without("certificate"), unchanged, algorithm.ErrMalformed},
		{"no-log-entry", "ok-first-r1", without("tlogEntries"), unchanged, algorithm.ErrInvalid},
		{"wrong-hashedrekord-entry", "ok-first-r1", entryOf("ok-kl2-new-r1"), unchanged, algorithm.ErrInvalid},
		{"rekor2-wrong-entry", "ok-first-r2tsa", entryOf("ok-kl2-new-r2tsa"), unchanged, algorithm.ErrInvalid},
		{"rekor1-entry-in-rekor2-bundle", "ok-first-r2tsa", entryOf("ok-first-r1"), unchanged, algorithm.ErrInvalid},
		{"intoto-log-entry-mismatch", "ok-att-gha-r1", entryOf("ok-first-r1"), unchanged, algorithm.ErrInvalid},
		{"hashedrekord-with-dsse-entry", "ok-first-r1", entryOf("ok-att-gha-r1"), unchanged, algorithm.ErrInvalid},
		{"rekor2-timestamp-outside-trust-root", "ok-first-r2tsa", unchanged, authorityEnded, algorithm.ErrInvalid},
		{"no-log-in-trust-root", "ok-first-r1", unchanged, func(t *testing.T, root document) {
			t.Helper()
			root["tlogs"] = root["tlogs"].([]any)[:0]
		}, algorithm.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name+"/"+test.of, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", test.of)
			c.Trust = testkeys.Without(testkeys.Without(c.Trust, "transparency-log"), "sct") // as the suite has it
			args := arguments(c, filepath.Join(c.Dir, "artifact"))
			if err := run(context.Background(), args); err != nil {
				t.Fatalf("unchanged: %v", err)
			}
			dir := t.TempDir()
			for i, change := range map[int]func(*testing.T, document){2: test.bundle, 4: test.root} {
				text, err := os.ReadFile(args[i])
				if err != nil {
					t.Fatal(err)
				}
				doc := parsed(t, text)
				change(t, doc)
				if text, err = json.Marshal(doc); err != nil {
					t.Fatal(err)
				}
				args[i] = filepath.Join(dir, filepath.Base(args[i]))
				if err := os.WriteFile(args[i], text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(context.Background(), args); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func parsed(t *testing.T, text []byte) document {
	t.Helper()
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// badKeyHint changes the key ID before the checkpoint's signature.
func badKeyHint(t *testing.T, bundle document) {
	t.Helper()
	c := checkpoint(bundle)
	lines := strings.Split(c["envelope"].(string), "\n")
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "—" {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil {
			t.Fatal(err)
		}
		signature[0] ^= 1
		words[2] = base64.StdEncoding.EncodeToString(signature)
		lines[i] = strings.Join(words, " ")
		c["envelope"] = strings.Join(lines, "\n")
		return
	}
	t.Fatal("no signature in the checkpoint")
}

// wrongName changes the name in the checkpoint's signature line.
func wrongName(t *testing.T, bundle document) {
	t.Helper()
	c := checkpoint(bundle)
	c["envelope"] = strings.Replace(c["envelope"].(string), "— rekor", "— other", 1)
}

// authorityEnded ends all timestamp authorities before the timestamp.
func authorityEnded(t *testing.T, root document) {
	t.Helper()
	for a := range slices.Values(root["timestampAuthorities"].([]any)) {
		a.(document)["validFor"] = document{"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
	}
}
