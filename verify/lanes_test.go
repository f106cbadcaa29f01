package verify

import "testing"

// TestBlockSizes: blocks grow, and towards an end that the source has told they
// become small again, so that little is left to hash after the last byte.
func TestBlockSizes(t *testing.T) {
	for _, c := range []struct {
		told, size         int64 // what the source says, and what it has
		largest, last, all int   // bytes, bytes, blocks at most
	}{
		{16 << 20, 16 << 20, maxBlock, lastBlock, 80},
		{16 << 20, 64 << 20, maxBlock, maxBlock, 180}, // it has more than it said
		{64 << 20, 16 << 20, maxBlock, maxBlock, 80},
		{0, 16 << 20, maxBlock, maxBlock, 80},
		{-1, 16 << 20, maxBlock, maxBlock, 80},
		{1000, 1000, 1001, 1001, 1},
		{1, 1, leastBlock + 1, leastBlock + 1, 1},
		{100 << 10, 100 << 10, lastBlock, lastBlock, 30},
	} {
		l := newLanes()
		l.size = c.told
		largest, last, all := 0, 0, 0
		for ; l.seen < c.size; all++ {
			b := l.block()
			last = len(b.buf)
			largest = max(largest, last)
			l.seen += int64(last)
			l.free <- b
		}
		if largest > c.largest || last > c.last || all > c.all {
			t.Errorf("%d bytes, said to be %d: %d blocks of up to %d bytes, the last one of %d", c.size, c.told, all, largest, last)
		}
		if want := min(c.largest, int(c.size)/8); largest < want {
			t.Errorf("%d bytes, said to be %d: no block above %d bytes", c.size, c.told, largest)
		}
	}
}
