package cosign

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/relseal/relseal/algorithm"
)

// What a bundle unpacks to is bounded, and refused before it is unpacked: by itself, by
// what came, and with the others.
func TestUnpack(t *testing.T) {
	hello, zeros := snappy.Encode(nil, []byte("hello")), snappy.Encode(nil, make([]byte, maxUnpacked))
	long := snappy.Encode(nil, make([]byte, maxUnpacked+1))
	announced := func(size uint64, length int) []byte {
		head := binary.AppendUvarint(nil, size)
		return append(head, make([]byte, length-len(head))...)
	}
	for name, test := range map[string]struct {
		packed []byte
		spent  int
		want   error
		size   int
	}{
		"text":                   {hello, 0, nil, 5},
		"no text":                {[]byte{0}, 0, nil, 0},
		"the last there may be":  {hello, maxAllFetched - 5, nil, 5},
		"one more than that":     {hello, maxAllFetched - 4, algorithm.ErrTooLarge, 0},
		"4 MiB":                  {zeros, 0, nil, maxUnpacked},
		"a byte more":            {long, 0, algorithm.ErrTooLarge, 0},
		"22 times":               {announced(66, 3), 0, algorithm.ErrMalformed, 0},
		"more than 22 times":     {announced(67, 3), 0, algorithm.ErrTooLarge, 0},
		"4 GiB":                  {announced(1<<32-1, 9), 0, algorithm.ErrTooLarge, 0},
		"more than there can be": {announced(1<<62, 20), 0, algorithm.ErrTooLarge, 0},
		"no length":              {slices.Repeat([]byte{0xff}, 20), 0, algorithm.ErrMalformed, 0},
		"cut off in the length":  {[]byte{0xff}, 0, algorithm.ErrMalformed, 0},
		"nothing":                {nil, 0, algorithm.ErrMalformed, 0},
		"cut off":                {hello[:len(hello)-1], 0, algorithm.ErrMalformed, 0},
	} {
		text, err := unpack(test.packed, &budget{fetched: test.spent})
		if !errors.Is(err, test.want) || len(text) != test.size {
			t.Errorf("%s: %d bytes, %v, want %v", name, len(text), err, test.want)
		}
	}
}
