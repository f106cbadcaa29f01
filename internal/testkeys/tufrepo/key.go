package tufrepo

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
)

// A Key signs for roles. Its ID is what metadata call it by, and can be any text.
type Key struct {
	ID string

	private ed25519.PrivateKey
}

// NewKey makes a key.
func NewKey(tb testing.TB) *Key {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &Key{ID: fmt.Sprintf("%x", sha256.Sum256(public)), private: private}
}

// NewKeys makes so many keys.
func NewKeys(tb testing.TB, n int) []*Key {
	tb.Helper()
	keys := make([]*Key, n)
	for i := range keys {
		keys[i] = NewKey(tb)
	}
	return keys
}

// As is the same key by another ID.
func (k *Key) As(id string) *Key { return &Key{ID: id, private: k.private} }

func (k *Key) public() map[string]any {
	return map[string]any{
		"keytype": "ed25519", "scheme": "ed25519",
		"keyval": map[string]any{"public": hex.EncodeToString(k.private[ed25519.SeedSize:])},
	}
}

func (k *Key) sign(message []byte) map[string]any {
	return map[string]any{"keyid": k.ID, "sig": hex.EncodeToString(ed25519.Sign(k.private, message))}
}

// canonical is the form of JSON that is signed: sorted, and without white space.
func canonical(tb testing.TB, v any) []byte {
	tb.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		tb.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
