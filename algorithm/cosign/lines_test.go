package cosign

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestManyLines: a document of millions of lines costs no more than its own
// size, whatever is in them, since each signature is looked at so.
func TestManyLines(t *testing.T) {
	const size = 16 << 20
	object := []byte(`{"a":1}`)
	for name, test := range map[string]struct {
		text    []byte
		bundles int
		several bool
		want    error
	}{
		"objects":                {bytes.Repeat([]byte("{}\n"), size/3), 0, true, algorithm.ErrTooLarge},
		"blank lines in braces":  {[]byte("{" + strings.Repeat("\n", size-2) + "}"), 0, false, nil},
		"one in many lines":      {[]byte("{" + strings.Repeat("\"\":\n", size/4) + "}"), 0, false, nil},
		"blank lines behind one": {append(bytes.Clone(object), bytes.Repeat([]byte("\n"), size)...), 0, false, nil},
		"blank lines between":    {bytes.Join([][]byte{object, object}, bytes.Repeat([]byte(" \n"), size/2)), 2, true, nil},
		"32":                     {bytes.Repeat([]byte("{}\r\n\n"), 32), 32, true, nil},
		"33":                     {bytes.Repeat([]byte("{}\n"), 33), 0, true, algorithm.ErrTooLarge},
		"33, the second broken":  {[]byte("{}\n{\n" + strings.Repeat("{}\n", 31)), 0, true, algorithm.ErrTooLarge},
		"the second broken":      {[]byte("{}\n{\n{}\n"), 0, true, algorithm.ErrMalformed},
		"blanks of Unicode":      {[]byte("{}\n\u00a0{}\n"), 0, true, algorithm.ErrMalformed},
		"the last something":     {[]byte("{}\n\n1"), 0, true, algorithm.ErrMalformed},
		"no JSON":                {append([]byte{0xff}, bytes.Repeat([]byte("{}\n"), size/3)...), 0, false, nil},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		list, several, err := splitBundles(test.text)
		runtime.ReadMemStats(&after)
		if len(list) != test.bundles || several != test.several || !errors.Is(err, test.want) {
			t.Errorf("%s: %d bundles, %v, %v", name, len(list), several, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}
