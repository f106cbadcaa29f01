package cosign_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// withCheckpoint changes the checkpoint of a bundle's log entry.
func withCheckpoint(t *testing.T, bundle []byte, change func(note string) string) []byte {
	t.Helper()
	return rootWith(t, bundle, func(doc map[string]any) {
		entry := doc["verificationMaterial"].(map[string]any)["tlogEntries"].([]any)[0].(map[string]any)
		checkpoint := entry["inclusionProof"].(map[string]any)["checkpoint"].(map[string]any)
		checkpoint["envelope"] = change(checkpoint["envelope"].(string))
	})
}

// Who doesn't know a signer of a checkpoint ignores the line
// (https://c2sp.org/signed-note), in both generations of Rekor. The log's own
// line must be there and right.
func TestLinesOfCheckpoint(t *testing.T) {
	const unknown = "— witness.example.com AAECA6jB3q2+7w==\n"
	split := func(note string) (text, line string) {
		at := strings.LastIndex(note, "\n\n") + 2
		first, _, _ := strings.Cut(note[at:], "\n")
		return note[:at], first + "\n"
	}
	// The log's hint with another signature.
	forged := func(note string) string {
		_, line := split(note)
		name, encoded, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			t.Fatal(err)
		}
		sig[len(sig)-1] ^= 1
		return "— " + name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	}
	for _, test := range []struct {
		name   string
		change func(note string) string
		r1, r2 error
	}{
		{"as it is", func(note string) string { return note }, nil, nil},
		{"an unknown signer below", func(note string) string { return note + unknown }, nil, nil},
		{"an unknown signer above", func(note string) string { text, line := split(note); return text + unknown + line }, nil, nil},
		{"unknown signers alone", func(note string) string { text, _ := split(note); return text + unknown + unknown }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"a forged line beside", func(note string) string { return note + forged(note) }, algorithm.ErrInvalid, nil},
		{"a forged line alone", func(note string) string { text, _ := split(note); return text + forged(note) }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"the log's line twice", func(note string) string { _, line := split(note); return note + line }, nil, nil},
		{"the log's line three times", func(note string) string { _, line := split(note); return note + line + line }, algorithm.ErrTooLarge, nil}, // of Rekor v2 the library looks at the first
		{"99 unknown signers", func(note string) string { return note + strings.Repeat(unknown, 99) }, nil, nil},
		{"100 unknown signers", func(note string) string { return note + strings.Repeat(unknown, 100) }, algorithm.ErrTooLarge, algorithm.ErrTooLarge},
		{"no line's form", func(note string) string { return note + "witness\n" }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"no base64", func(note string) string { return note + "— witness.example.com !\n" }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"too short a signature", func(note string) string { return note + "— witness.example.com AAECAw==\n" }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"no name", func(note string) string { return note + "—  AAECA6jB3q2+7w==\n" }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"no end", func(note string) string { return note + strings.TrimSpace(unknown) }, algorithm.ErrInvalid, algorithm.ErrInvalid},
		{"many lines", func(note string) string { return strings.Repeat("\n", 64<<10) + note }, algorithm.ErrTooLarge, algorithm.ErrTooLarge},
		{"another text", func(note string) string { return "x" + note + unknown }, algorithm.ErrInvalid, algorithm.ErrInvalid},
	} {
		for name, want := range map[string]error{"ok-first-r1": test.r1, "ok-key-p256-r1": test.r1, "ok-first-r2tsa": test.r2} {
			c := testkeys.Find(t, "cosign", name)
			if _, err := verifyAll(cosign.Algorithm{}, c.Trust, withCheckpoint(t, c.Signature, test.change), c.Artifact); !errors.Is(err, want) {
				t.Errorf("%s, %s: got %v, want %v", name, test.name, err, want)
			}
		}
	}
}
