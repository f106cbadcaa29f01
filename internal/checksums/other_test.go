package checksums

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestOtherHashes: a manifest that says by its name that it is of another hash
// is not read as one of SHA-2, but for lines that have a label.
func TestOtherHashes(t *testing.T) {
	sha512 := strings.Repeat("a", 128)
	for _, tt := range []struct {
		manifest, name string
		want           error
	}{
		{sha512 + "  tool\n", "SHA512SUMS", nil},
		{sha512 + "  tool\n", "B2SUMS", algorithm.ErrUnsupported},
		{sha512 + "  tool\n", "tool-1.0_b2sums.txt", algorithm.ErrUnsupported},
		{sha512[:64] + "  tool\n", "B3SUMS", algorithm.ErrUnsupported},
		{sha512[:64] + "  tool\n", "b3sum-1.8_SHA256SUMS", nil},
		{sha512 + "  tool\n", "blake3-1.8.sha512", nil},
		{"BLAKE2b (tool) = " + sha512 + "\n", "B2SUMS", nil},
	} {
		entries, err := Find([]byte(tt.manifest), tt.name, "tool")
		if !errors.Is(err, tt.want) || (err == nil) != (len(entries) == 1) {
			t.Errorf("%s: %v, %v, want %v", tt.name, entries, err, tt.want)
		}
	}
}
