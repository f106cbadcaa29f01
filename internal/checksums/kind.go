package checksums

import (
	"bytes"
	"crypto"
	"strconv"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// A kind of digest. Without a hash it is one that is passed over.
type kind struct {
	hash   crypto.Hash
	digits int   // in hex
	why    error // it is passed over: [algorithm.ErrWeak], [algorithm.ErrUnsupported]
}

func used(h crypto.Hash) kind     { return kind{hash: h, digits: 2 * h.Size()} }
func weak(digits int) kind        { return kind{digits: digits, why: algorithm.ErrWeak} }
func unsupported(digits int) kind { return kind{digits: digits, why: algorithm.ErrUnsupported} }

// ofLength is the kind of a digest without a label.
func ofLength(digits int) (kind, bool) {
	switch digits {
	case 32, 40:
		return weak(digits), true
	case 56:
		return unsupported(digits), true
	case 64:
		return used(crypto.SHA256), true
	case 96:
		return used(crypto.SHA384), true
	case 128:
		return used(crypto.SHA512), true
	default:
		return kind{}, false
	}
}

// ofLabel is the kind of a digest in the BSD form. The list of those to pass
// over is closed: "sha256" or "SHA-256", which the tools don't know either, must
// not make a line say nothing.
func ofLabel(label []byte) (kind, bool) {
	switch string(label) {
	case "SHA256":
		return used(crypto.SHA256), true
	case "SHA384":
		return used(crypto.SHA384), true
	case "SHA512":
		return used(crypto.SHA512), true
	case "BLAKE2b", "BLAKE2b-512":
		return used(crypto.BLAKE2b_512), true
	case "MD5":
		return weak(32), true
	case "SHA1", "RMD160":
		return weak(40), true
	case "SHA224", "SHA3-224":
		return unsupported(56), true
	case "SHA512t256", "SHA3-256", "BLAKE2s", "BLAKE3", "SM3":
		return unsupported(64), true
	case "SHA3-384":
		return unsupported(96), true
	case "SHA3-512":
		return unsupported(128), true
	default:
		return shortBLAKE2b(label)
	}
}

// shortBLAKE2b is the kind of "BLAKE2b-256" and other lengths in bits, as b2sum
// has them.
func shortBLAKE2b(label []byte) (kind, bool) {
	text, ok := bytes.CutPrefix(label, []byte("BLAKE2b-"))
	if !ok || len(text) == 0 || text[0] == '0' {
		return kind{}, false
	}
	bits, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || bits >= 512 || bits%8 != 0 {
		return kind{}, false
	}
	return unsupported(int(bits) / 4), true
}

// inSuffix is how many digits the hash has that an element of a file name's
// suffix starts with the name of, 0 for one that no hash alone may be by; false
// for an element that names none.
func inSuffix(element string) (int, bool) {
	element = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(element))
	for _, known := range []struct {
		name   string
		digits int
	}{
		{"md5", 32},
		{"sha1", 40},
		{"sha224", 56},
		{"sha256", 64},
		{"sha384", 96},
		{"sha512", 128},
		{"sha3", 0},
		{"b2", 0},
		{"b3", 0},
		{"blake", 0},
		{"rmd", 0},
		{"ripemd", 0},
		{"sm3", 0},
	} {
		if strings.HasPrefix(element, known.name) {
			return known.digits, true
		}
	}
	return 0, false
}
