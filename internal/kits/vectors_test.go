package kits

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A scheme is a way to sign.
type scheme string

const (
	schemeEd25519 scheme = "Ed25519"
	schemeECDSA   scheme = "ECDSA"
	schemeP1363   scheme = "ECDSA, r ‖ s"
	schemeRSA     scheme = "RSA PKCS#1"
	schemePSS     scheme = "RSA-PSS"
	schemeMLDSA65 scheme = "ML-DSA-65"
	schemeMLDSA87 scheme = "ML-DSA-87"
)

// A group is the vectors of one key.
type group struct {
	scheme scheme
	hash   crypto.Hash
	der    []byte // the SubjectPublicKeyInfo
	raw    []byte // the key of Ed25519 and ML-DSA
	tests  []vector
}

// sameKey reports whether two groups are of one key. Wycheproof has several of
// one, each for another kind of flaw.
func (g group) sameKey(other group) bool {
	return g.scheme == other.scheme && g.hash == other.hash && bytes.Equal(g.der, other.der)
}

type vector struct {
	name     string
	msg, sig []byte
	result   string
	context  bool // ML-DSA: signed with a context
}

// valid tells whether the kit wants it accepted. Of what is acceptable to the
// kit, relseal accepts nothing unless a difference says so.
func (v vector) valid() bool { return v.result == "valid" }

// wycheproof is the form of Wycheproof's files, as far as it is read.
type wycheproof struct {
	Algorithm     string
	NumberOfTests int
	TestGroups    []struct {
		Type         string
		SHA          string
		PublicKey    json.RawMessage
		PublicKeyDER hexBytes
		Tests        []struct {
			TcID          int
			Msg, Sig, Ctx hexBytes
			Result        string
		}
	}
}

// wycheproofGroups reads all files of a kit.
func wycheproofGroups(t *testing.T, k *kit) []group {
	t.Helper()
	var groups []group
	for _, f := range k.Files {
		var file wycheproof
		if err := json.Unmarshal(k.read(t, f.Path), &file); err != nil {
			t.Fatalf("%s: %v", f.Path, err)
		}
		stem, n := strings.TrimSuffix(filepath.Base(f.Path), "_test.json"), 0
		for _, from := range file.TestGroups {
			g := group{scheme: schemeOf(t, from.Type, file.Algorithm), hash: hashOf(t, from.SHA), der: from.PublicKeyDER}
			at := slices.IndexFunc(groups, g.sameKey)
			if at < 0 {
				g.raw = rawKey(t, g.scheme, from.PublicKey)
				at = len(groups)
				groups = append(groups, g)
			}
			for _, test := range from.Tests {
				n++
				name := fmt.Sprintf("%s: %d", stem, test.TcID)
				groups[at].tests = append(groups[at].tests, vector{name, test.Msg, test.Sig, test.Result, len(test.Ctx) > 0})
			}
		}
		if n == 0 || n != file.NumberOfTests {
			t.Errorf("%s: %d of %d vectors", f.Path, n, file.NumberOfTests)
		}
	}
	return groups
}

func schemeOf(t *testing.T, kind, algorithm string) scheme {
	t.Helper()
	switch kind {
	case "EddsaVerify", "Ed25519Verify":
		return schemeEd25519
	case "EcdsaVerify":
		return schemeECDSA
	case "EcdsaP1363Verify":
		return schemeP1363
	case "RsassaPkcs1Verify":
		return schemeRSA
	case "RsassaPssVerify":
		return schemePSS
	case "MlDsaVerify":
		return scheme(algorithm)
	}
	t.Fatalf("vectors of the type %q", kind)
	return ""
}

func hashOf(t *testing.T, name string) crypto.Hash {
	t.Helper()
	switch name {
	case "":
		return 0
	case "SHA-256":
		return crypto.SHA256
	case "SHA-384":
		return crypto.SHA384
	case "SHA-512":
		return crypto.SHA512
	}
	t.Fatalf("the hash %q", name)
	return 0
}

// rawKey is a key that Wycheproof has as it is, beside its DER.
func rawKey(t *testing.T, s scheme, text json.RawMessage) []byte {
	t.Helper()
	var key hexBytes
	var err error
	switch s {
	case schemeEd25519:
		var inner struct{ PK hexBytes }
		err = json.Unmarshal(text, &inner)
		key = inner.PK
	case schemeMLDSA65, schemeMLDSA87:
		err = json.Unmarshal(text, &key)
	default: // the others are read from their DER
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A cctvVector is one of C2SP's ed25519vectors. Its flags say what is odd about
// it; which of them count is up to the verifier.
type cctvVector struct {
	Number   int
	Key, Sig hexBytes
	Msg      string
	Flags    []string
}

// valid is what RFC 8032 has by the equation without cofactor: R is encoded as it
// must be, what is hashed is what was written, and no residue of low order is
// left. So crypto/ed25519 verifies, but for some small keys that aren't encoded as
// they must be, with which every hash fits.
func (v cctvVector) valid(t *testing.T) bool {
	t.Helper()
	valid := true
	for _, flag := range v.Flags {
		switch flag {
		case "low_order_residue", "non_canonical_R", "reencoded_k":
			valid = false
		case "low_order_A", "low_order_R", "low_order_component_A", "low_order_component_R", "non_canonical_A":
		default:
			t.Fatalf("vector %d has the flag %q", v.Number, flag)
		}
	}
	return valid
}

// cctvGroups reads the vectors, by their keys.
func cctvGroups(t *testing.T, k *kit) []group {
	t.Helper()
	var vectors []cctvVector
	if err := json.Unmarshal(k.read(t, k.Files[0].Path), &vectors); err != nil {
		t.Fatal(err)
	}
	var groups []group
	for _, v := range vectors {
		g := group{scheme: schemeEd25519, raw: v.Key, der: ed25519DER(v.Key)}
		at := slices.IndexFunc(groups, g.sameKey)
		if at < 0 {
			at = len(groups)
			groups = append(groups, g)
		}
		result := "invalid"
		if v.valid(t) {
			result = "valid"
		}
		groups[at].tests = append(groups[at].tests, vector{fmt.Sprintf("ed25519vectors: %d", v.Number), []byte(v.Msg), v.Sig, result, false})
	}
	return groups
}

// ed25519DER is a key's SubjectPublicKeyInfo (RFC 8410).
func ed25519DER(key []byte) []byte {
	return append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), key...)
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}
