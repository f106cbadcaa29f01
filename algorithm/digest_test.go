package algorithm_test

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // to be refused
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

func TestDigest(t *testing.T) {
	for name, h := range map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512, "blake2b-512": crypto.BLAKE2b_512} {
		sum := bytes.Repeat([]byte{0xab}, h.Size())
		d, err := algorithm.NewDigest(h, sum)
		if err != nil {
			t.Fatal(err)
		}
		text := name + ":" + strings.Repeat("ab", h.Size())
		if d.String() != text || d.Name() != name || d.Hash() != h || !bytes.Equal(d.Sum(), sum) || name+":"+d.Hex() != text {
			t.Errorf("%s: %v", name, d)
		}
		for _, text := range []string{text, name + ":" + strings.Repeat("AB", h.Size())} {
			if parsed, err := algorithm.ParseDigest(text); err != nil || parsed != d {
				t.Errorf("%s: %v, %v", text, parsed, err)
			}
		}
	}
	if (algorithm.Digest{}).String() != "" || (algorithm.Digest{}).Sum() != nil {
		t.Error("the zero value is no digest")
	}
}

func TestBadDigest(t *testing.T) {
	for text, want := range map[string]error{
		"":                                        algorithm.ErrMalformed,
		strings.Repeat("ab", 32):                  algorithm.ErrMalformed,
		"sha256:":                                 algorithm.ErrMalformed,
		"sha256:" + strings.Repeat("ab", 31):      algorithm.ErrMalformed,
		"sha256:" + strings.Repeat("ab", 33):      algorithm.ErrMalformed,
		"sha256:" + strings.Repeat("xy", 32):      algorithm.ErrMalformed,
		"sha256:" + strings.Repeat("ab ", 32):     algorithm.ErrMalformed,
		"sha512:" + strings.Repeat("ab", 32):      algorithm.ErrMalformed,
		"blake2b-512:" + strings.Repeat("ab", 32): algorithm.ErrMalformed,
		"blake2b:" + strings.Repeat("ab", 64):     algorithm.ErrUnsupported,
		"blake2b-256:" + strings.Repeat("ab", 32): algorithm.ErrUnsupported,
		"SHA256:" + strings.Repeat("ab", 32):      algorithm.ErrUnsupported,
		"md5:" + strings.Repeat("ab", 16):         algorithm.ErrUnsupported,
		"sha1:" + strings.Repeat("ab", 20):        algorithm.ErrUnsupported,
		":" + strings.Repeat("ab", 32):            algorithm.ErrUnsupported,
	} {
		if d, err := algorithm.ParseDigest(text); !errors.Is(err, want) || d != (algorithm.Digest{}) {
			t.Errorf("%q: %v, %v, want %v", text, d, err, want)
		}
	}
	if _, err := algorithm.NewDigest(crypto.MD5, make([]byte, 16)); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := algorithm.NewDigest(crypto.BLAKE2b_256, make([]byte, 32)); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := algorithm.NewDigest(crypto.SHA256, make([]byte, 16)); !errors.Is(err, algorithm.ErrMalformed) {
		t.Error(err)
	}
}
