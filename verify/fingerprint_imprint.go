package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strconv"

	"github.com/relseal/relseal/algorithm"
)

// An imprint is a digest of texts: each has its length before it and every list its
// count, so that no two of them are written alike.
type imprint struct {
	to   hash.Hash
	room *[512]byte // on the way to it, so that no text has to be copied as a whole
}

func newImprint() imprint { return imprint{sha256.New(), new([512]byte)} }

func (r imprint) sum() [sha256.Size]byte { return [sha256.Size]byte(r.to.Sum(nil)) }

func (r imprint) hex() string { return hex.EncodeToString(r.to.Sum(nil)) }

func (r imprint) count(n int) { r.number(int64(n)) }

func (r imprint) number(n int64) {
	_, _ = r.to.Write(binary.BigEndian.AppendUint64(r.room[:0], uint64(n))) //nolint:gosec // all bits of it
}

func (r imprint) text(text string) {
	r.count(len(text))
	for len(text) > 0 {
		n := copy(r.room[:], text)
		_, _ = r.to.Write(r.room[:n])
		text = text[n:]
	}
}

// content writes what text writes of the same bytes.
func (r imprint) content(content []byte) {
	r.count(len(content))
	_, _ = r.to.Write(content)
}

// texts writes a list under a label.
func (r imprint) texts(label string, texts ...string) {
	r.text(label)
	r.count(len(texts))
	for _, text := range texts {
		r.text(text)
	}
}

func (r imprint) numbers(label string, numbers ...int64) {
	r.text(label)
	r.count(len(numbers))
	for _, n := range numbers {
		r.number(n)
	}
}

func (r imprint) flags(label string, flags ...bool) {
	r.text(label)
	r.count(len(flags))
	for _, flag := range flags {
		r.text(strconv.FormatBool(flag))
	}
}

func (r imprint) values(values map[string]algorithm.Value) {
	r.count(len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		v := values[name]
		r.texts("value", name, v.Text)
		r.content(v.Content)
		r.flags("truth", v.Truth, v.Texts != nil, v.Content != nil, v.Tables != nil)
		r.texts("texts", v.Texts...)
		r.count(len(v.Tables))
		for _, claims := range v.Tables {
			r.count(len(claims))
			for _, c := range claims {
				r.texts("claim", c.Field, c.Value)
				r.flags("regexp", c.Regexp)
			}
		}
	}
}

// key writes what decides a key of a family: two are the same if this is. What the
// family has to bind b says.
func (r imprint) key(family string, trusted algorithm.Trust, b mustSay) {
	r.texts("keys of "+family, trusted.PublicKeys...)
	r.values(trusted.Values)
	r.flags("bind", trusted.Bind != nil)
	if trusted.Bind != nil {
		b.demand.record(r)
		b.of.record(r)
	}
}

// trustSize is about how many bytes the trust has.
func trustSize(trusted algorithm.Trust) (size int64) {
	const perText = 64
	for _, text := range trusted.PublicKeys {
		size += int64(len(text))
	}
	for _, v := range trusted.Values {
		size += int64(len(v.Text) + len(v.Content))
		for _, text := range v.Texts {
			size += perText + int64(len(text))
		}
		for _, claims := range v.Tables {
			for _, c := range claims {
				size += perText + int64(len(c.Field)+len(c.Value))
			}
		}
	}
	return size
}
