package checksums

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// An Index is a manifest that is read once and then asked for many artifacts. It
// says of each, to the letter, what [Find] says. It is safe for concurrent use.
type Index struct {
	manifestName string
	digits       []byte // of the hash that stands alone; nil where none does
	tooLarge     error  // comes before what is wrong with a name
	err          error  // and this after it

	whole map[string]*candidate // by names without a "./" at their start
	based map[string]*candidate // of names with folders, by the names without them
}

// NewIndex reads a manifest, which mustn't be changed after that. What is wrong with it, [Index.Find]
// returns. It takes time and memory in proportion to the manifest.
func NewIndex(manifest []byte, manifestName string) *Index {
	x := &Index{manifestName: manifestName, whole: map[string]*candidate{}, based: map[string]*candidate{}}
	if x.tooLarge = checkSize(manifest); x.tooLarge == nil {
		x.digits, x.err = read(manifest, manifestName, x)
		x.digits = bytes.Clone(x.digits)
	}
	return x
}

// see takes in what a line says.
func (x *Index) see(line int, said statement) {
	name := withoutDot(said.name)
	if len(name) == 0 {
		return
	}
	of(x.whole, name).see(line, said)
	if hasFolder(name) {
		of(x.based, base(name)).see(line, said)
	}
}

func of(candidates map[string]*candidate, name []byte) *candidate {
	c := candidates[string(name)]
	if c == nil {
		c = &candidate{}
		candidates[string(name)] = c
	}
	return c
}

// Find returns what [Find] does for this manifest.
func (x *Index) Find(name string) ([]Entry, error) {
	if x.tooLarge != nil {
		return nil, x.tooLarge
	}
	if err := checkAsked(name); err != nil {
		return nil, err
	}
	switch {
	case x.err != nil:
		return nil, x.err
	case x.digits != nil:
		return findLone(x.digits, x.manifestName, name)
	}
	short := withoutDot([]byte(name))
	c := x.whole[string(short)]
	switch {
	case c != nil:
	case hasFolder(short): // linux/app isn't darwin/app
		c = x.whole[string(base(short))]
	default:
		c = x.based[string(short)]
	}
	if c == nil {
		return nil, missing(short)
	}
	asked := *c // whose result is sorted in place
	asked.entries = slices.Clone(c.entries)
	return asked.result()
}

// Cost is about how many bytes of memory it takes, beside those of the manifest.
func (x *Index) Cost() int64 {
	const each = 400 // a name, its candidate and a digest
	return each * int64(len(x.whole)+len(x.based))
}

// checkSize refuses a manifest above the limits.
func checkSize(manifest []byte) error {
	if len(manifest) > MaxBytes {
		return fmt.Errorf("%w: a checksum manifest of more than %d bytes", algorithm.ErrTooLarge, MaxBytes)
	}
	if count(manifest) > MaxLines {
		return fmt.Errorf("%w: a checksum manifest of more than %d lines", algorithm.ErrTooLarge, MaxLines)
	}
	return nil
}

// checkAsked refuses a name that no manifest can have.
func checkAsked(name string) error {
	if err := checkName([]byte(name)); err != nil {
		return fmt.Errorf("%w: to look for in a checksum manifest: %w", algorithm.ErrMalformed, err)
	}
	return nil
}

// missing says that nothing stands under the name.
func missing(name []byte) error {
	return fmt.Errorf("%w: the checksum manifest has no digest of %.30q", algorithm.ErrNameMismatch, name)
}

// A seer is told what the lines of a manifest say.
type seer interface {
	see(line int, said statement)
}

// read tells what each line says, or returns the digits of a hash that stands
// alone.
func read(manifest []byte, manifestName string, to seer) (digits []byte, err error) {
	if strings.HasSuffix(manifestName, ".prov") {
		return nil, readProvenance(manifest, to)
	}
	if digits, ok := lone(manifest); ok {
		return digits, nil
	}
	other := isOther(manifestName)
	for n, line := range lines(manifest) {
		s, err := parse(line)
		if err != nil {
			return nil, malformed(n, err)
		}
		if other && !s.labelled {
			s.kind = unsupported(s.kind.digits)
		}
		to.see(n, s)
	}
	return nil, nil
}
