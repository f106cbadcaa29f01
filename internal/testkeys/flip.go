package testkeys

import (
	"iter"
	"slices"
)

// A Flip is a copy of some bytes with one bit changed.
type Flip struct {
	Index int // of the byte
	Bit   int
	Data  []byte
}

// Flips yields every copy of data that differs in one bit. The copies are good
// until the next one.
func Flips(data []byte) iter.Seq[Flip] {
	return func(yield func(Flip) bool) {
		flipped := slices.Clone(data)
		for i := range flipped {
			for bit := range 8 {
				flipped[i] ^= 1 << bit
				if !yield(Flip{Index: i, Bit: bit, Data: flipped}) {
					return
				}
				flipped[i] ^= 1 << bit
			}
		}
	}
}
