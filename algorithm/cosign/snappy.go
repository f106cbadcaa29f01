package cosign

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/snappy"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxUnpacked = 4 << 20 // bytes of a bundle that lies at a URL

	// maxRatio bounds how many times as large as it came a bundle may be. In the
	// format itself three bytes stand for at most 64.
	maxRatio = 22
)

// unpack decodes a bundle that lies at a URL of GitHub's: snappy's block format
// (https://github.com/google/snappy/blob/main/format_description.txt). Its length
// is looked at before anything is decoded.
func unpack(packed []byte, shared *budget) ([]byte, error) {
	size, _ := binary.Uvarint(packed) // 0 where there is none, with which nothing is decoded
	if size > maxUnpacked {
		return nil, fmt.Errorf("%w: a bundle of %d bytes, and %d are the most", algorithm.ErrTooLarge, size, maxUnpacked)
	}
	if int(size) > maxRatio*len(packed) {
		return nil, fmt.Errorf("%w: %d bytes that say that they unpack to %d", algorithm.ErrTooLarge, len(packed), size)
	}
	if err := shared.spendFetched(int(size)); err != nil {
		return nil, err
	}
	text, err := snappy.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("%w: no snappy: %w", algorithm.ErrMalformed, err)
	}
	return text, nil
}
