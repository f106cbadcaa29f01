package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// The bits that an RSA key may be demanded to have. Fewer no family accepts
// unless the program says so, and more none does.
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// keyAlgorithms are the names that the families give to what signed, as
// [algorithm.Evidence] has them. RSA and DSA have their bits behind them there.
func keyAlgorithms() []string {
	return []string{
		"Ed25519", "Ed25519ph", "Ed25519 (security key)", "Ed448",
		"ECDSA P-256", "ECDSA P-384", "ECDSA P-521", "ECDSA P-256 (security key)",
		"ECDSA brainpoolP256r1", "ECDSA brainpoolP384r1", "ECDSA brainpoolP512r1", keySecp256k1,
		keyRSA, keyDSA,
		"ML-DSA-44", "ML-DSA-65", "ML-DSA-87",
		"ML-DSA-44+Ed25519", "ML-DSA-65+Ed25519", "ML-DSA-87+Ed448",
		"SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-256s",
	}
}

// Those that count only by their names.
const (
	keyRSA       = "RSA"
	keyDSA       = "DSA"
	keySecp256k1 = "ECDSA secp256k1"
	hashSHA1     = "SHA-1"
)

// hashSHAKE256 is the hash that is part of ML-DSA.
const hashSHAKE256 = "SHAKE256"

// hashNames are the names of hashes, by those of [algorithm.Digest.Name] where
// they have one.
func hashNames() map[string]string {
	return map[string]string{
		"SHA-224": "", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512",
		"SHA3-256": "", "SHA3-512": "", hashSHAKE256: "", "BLAKE2b-512": "blake2b-512", hashSHA1: "",
	}
}

// The algorithms of a report by which nobody signs: digests that a table has, and
// one that was pinned.
const (
	byDigests = "digest"
	byPin     = "pin"
)

// strength is what a key and a hash must be at least.
type strength struct {
	field   metadata.Field
	rsaBits int64
	keys    []string // nil: all that are known, but DSA and secp256k1
	hashes  []string // nil: all that are known, but SHA-1
}

func readStrength(f metadata.Field) (*strength, error) {
	s := &strength{field: f, rsaBits: minRSABits}
	var keys []word
	err := table(f, func(f metadata.Field) (err error) {
		switch f.Name {
		case "rsa-bits":
			s.rsaBits, err = f.Number(minRSABits, maxRSABits)
		case "key-algorithms":
			keys, err = words(f, len(keyAlgorithms()))
		case "hashes":
			s.hashes, err = readHashes(f)
		default:
			err = unknown(f, "rsa-bits", "key-algorithms", "hashes")
		}
		return err
	})
	for _, w := range keys {
		if err == nil {
			err = s.addKey(w)
		}
	}
	return s, err
}

// addKey adds an algorithm, by the name that families give it; that of RSA or
// DSA may have the bits behind it, and then has no others.
func (s *strength) addKey(w word) error {
	family, bits, sized := sized(w.text)
	switch {
	case family == keyRSA && bits < s.rsaBits:
		return w.Wrap(because(errConflict, "%q has fewer bits than the %d that are demanded", w.text, s.rsaBits))
	case !sized:
		if err := w.oneOf(keyAlgorithms()...); err != nil {
			return err
		}
	}
	s.keys = append(s.keys, w.text)
	return nil
}

func readHashes(f metadata.Field) ([]string, error) {
	known := make([]string, 0, len(hashNames()))
	for name := range hashNames() {
		known = append(known, name)
	}
	slices.Sort(known)
	list, err := words(f, len(known))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, w := range list {
		if err := w.oneOf(known...); err != nil {
			return nil, err
		}
		names = append(names, w.text)
	}
	return names, nil
}

// sized takes "RSA 4096" and "DSA 3072" apart.
func sized(name string) (family string, bits int64, ok bool) {
	family, text, _ := strings.Cut(name, " ")
	if family != keyRSA && family != keyDSA {
		return "", 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
		return "", 0, false
	}
	return family, n, true
}

// judge refuses what is too weak, and what it doesn't know. A nil strength
// demands nothing.
func (s *strength) judge(r *verify.Report, signed verify.Signature) error {
	if s == nil {
		return nil
	}
	err := s.judgeEvidence(r, signed)
	if err == nil && signed.Manifest != nil {
		name, _, _ := strings.Cut(signed.Manifest.Digest, ":")
		err = s.judgeDigest(name)
	}
	if err != nil {
		return s.field.Wrap(fmt.Errorf("%w: %w", algorithm.ErrWeak, err))
	}
	return nil
}

func (s *strength) judgeEvidence(r *verify.Report, signed verify.Signature) error {
	e := signed.Evidence
	if (signed.Algorithm == byDigests || signed.Algorithm == byPin) && e.KeyAlgorithm == "" && e.Hash == "" {
		return s.judgeDigests(r)
	}
	if !s.acceptsKey(e.KeyAlgorithm) {
		return fmt.Errorf("a key of the algorithm %s", shown(e.KeyAlgorithm))
	}
	if e.PrimaryKeyAlgorithm != "" && !s.acceptsKey(e.PrimaryKeyAlgorithm) {
		return fmt.Errorf("a key of the algorithm %s, which vouches for the one that signed", shown(e.PrimaryKeyAlgorithm))
	}
	hash := e.Hash
	switch {
	case hash == "" && e.KeyAlgorithm == "Ed25519":
		hash = "SHA-512" // which is part of it (RFC 8032, section 5.1)
	case hash == "" && slices.Contains([]string{"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}, e.KeyAlgorithm):
		hash = hashSHAKE256 // with 512 bits (FIPS 204, algorithm 8)
	}
	if !s.acceptsHash(hash) {
		return fmt.Errorf("the hash %s", shown(hash))
	}
	return nil
}

func (s *strength) acceptsKey(name string) bool {
	family, bits, sized := sized(name)
	switch {
	case family == keyRSA && bits < s.rsaBits:
		return false
	case s.keys != nil:
		return slices.Contains(s.keys, name) && (sized || name != keyRSA && name != keyDSA) || sized && slices.Contains(s.keys, family)
	case sized:
		return family == keyRSA
	}
	return slices.Contains(keyAlgorithms(), name) && !slices.Contains([]string{keyRSA, keyDSA, keySecp256k1}, name)
}

func (s *strength) acceptsHash(name string) bool {
	if s.hashes != nil {
		return slices.Contains(s.hashes, name)
	}
	_, known := hashNames()[name]
	return known && name != hashSHA1
}

// judgeDigests judges an artifact whose digest the table has. Which of the
// report's it is isn't said, so all of them have to be by a good hash.
func (s *strength) judgeDigests(r *verify.Report) error {
	if len(r.Digests) == 0 {
		return fmt.Errorf("the hash of a digest that isn't told")
	}
	for name := range r.Digests {
		if err := s.judgeDigest(name); err != nil {
			return err
		}
	}
	return nil
}

// judgeDigest judges a hash by the name that a digest has.
func (s *strength) judgeDigest(digest string) error {
	for name, of := range hashNames() {
		if of == digest && digest != "" && s.acceptsHash(name) {
			return nil
		}
	}
	return fmt.Errorf("the hash %s of a digest", shown(digest))
}

func shown(name string) string { return terminal.Quoted(terminal.Limit(name, 60)) }
