// Package toy_test is a signature family that lives in one folder, as that of
// somebody else would: it names its own keys of a signing table, wants a
// document beside the signature, and nothing outside of this folder knows it.
package toy_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// Toy signs with HMAC, which no real family should: who can verify can sign.
// A signature is the hex of the MAC over the greeting and the artifact.
type Toy struct{}

func (Toy) Name() string { return "toy" }

// Fields are a template, a truth and a document.
func (Toy) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "greeting", Kind: algorithm.Text},
		{Name: "loud", Kind: algorithm.Truth},
		{Name: "charter", Kind: algorithm.Content},
		{Name: "countersignature", Kind: algorithm.URL},
	}
}

func (t Toy) Key(trust algorithm.Trust) (algorithm.Key, error) {
	if err := trust.Only(t.Fields()); err != nil {
		return nil, err
	}
	if len(trust.PublicKeys) != 1 {
		return nil, fmt.Errorf("%w: a toy table has one key", algorithm.ErrMalformed)
	}
	k := &key{
		secret:   trust.PublicKeys[0],
		greeting: trust.Values["greeting"].Text,
		second:   trust.Values["countersignature"].Text,
	}
	if trust.Values["loud"].Truth {
		k.greeting = strings.ToUpper(k.greeting)
	}
	if charter, ok := trust.Values["charter"]; ok && !strings.HasPrefix(string(charter.Content), "charter") {
		return nil, fmt.Errorf("%w: this is no charter", algorithm.ErrMalformed)
	}
	return k, nil
}

type key struct{ secret, greeting, second string }

func (k *key) IDs() []string { return []string{"toy"} }

func (k *key) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	mac, err := hex.DecodeString(strings.TrimSpace(string(signature)))
	if err != nil {
		return nil, fmt.Errorf("%w: a toy signature is hex: %w", algorithm.ErrMalformed, err)
	}
	v := &verifier{key: k, signature: mac, Hash: hmac.New(sha256.New, []byte(k.secret))}
	_, _ = v.Write([]byte(k.greeting))
	return v, nil
}

type verifier struct {
	hash.Hash
	key       *key
	signature []byte
	asked     bool
}

func (v *verifier) Documents(...algorithm.Digest) ([]algorithm.Document, error) {
	if v.key.second == "" || v.asked {
		return nil, nil
	}
	v.asked = true
	return []algorithm.Document{{Role: "countersignature", URL: v.key.second}}, nil
}

func (v *verifier) Take(_ context.Context, documents []algorithm.Fetched) error {
	if string(documents[0].Text) != "seen" {
		return fmt.Errorf("%w: not countersigned", algorithm.ErrInvalid)
	}
	return nil
}

func (v *verifier) Verify() (*algorithm.Evidence, error) {
	if !hmac.Equal(v.Sum(nil), v.signature) {
		return nil, fmt.Errorf("%w: another MAC", algorithm.ErrInvalid)
	}
	return &algorithm.Evidence{KeyID: "toy"}, nil
}
