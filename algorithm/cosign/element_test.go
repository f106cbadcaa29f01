package cosign

import (
	"bytes"
	"testing"
)

// The first element ends where its length says, in whichever form that is written,
// and is none where it goes beyond the end.
func TestCutElement(t *testing.T) {
	for name, test := range map[string]struct {
		ber, content, rest []byte
		ok                 bool
	}{
		"nothing in it":              {[]byte{5, 0}, nil, nil, true},
		"a byte, and more behind":    {[]byte{4, 1, 9, 5, 0}, []byte{9}, []byte{5, 0}, true},
		"a length of a byte at last": {[]byte{4, 0x81, 0}, nil, nil, true},
		"a length of four at last":   {[]byte{4, 0x84, 0, 0, 0, 0}, nil, nil, true},
		"a length that is cut off":   {[]byte{4, 0x82, 0}, nil, nil, false},
		"a length that isn't there":  {[]byte{4, 0x81}, nil, nil, false},
		"a length of five bytes":     {[]byte{4, 0x85, 0, 0, 0, 0, 0}, nil, nil, false},
		"an open length":             {[]byte{0x30, 0x80, 0, 0}, nil, nil, false},
		"a byte too few":             {[]byte{4, 2, 9}, nil, nil, false},
		"a tag alone":                {[]byte{4}, nil, nil, false},
		"nothing":                    {nil, nil, nil, false},
	} {
		e, rest, ok := cutElement(test.ber)
		if ok != test.ok || !bytes.Equal(e.content, test.content) || !bytes.Equal(rest, test.rest) {
			t.Errorf("%s: content %x, rest %x, %v", name, e.content, rest, ok)
		}
		if ok && !bytes.Equal(e.whole, test.ber[:len(test.ber)-len(rest)]) {
			t.Errorf("%s: the whole is %x", name, e.whole)
		}
	}
}

// Only what is constructed has elements in it, and none where it isn't made of
// them to its end.
func TestChildren(t *testing.T) {
	for name, test := range map[string]struct {
		e    element
		n    int
		want bool
	}{
		"two":                    {element{identifier: 0x30, content: []byte{5, 0, 4, 1, 9}}, 2, true},
		"none":                   {element{identifier: 0x31}, 0, true},
		"in a primitive one":     {element{identifier: 4, content: []byte{5, 0}}, 0, false},
		"the first is cut off":   {element{identifier: 0x30, content: []byte{4, 2, 9}}, 0, false},
		"the second is cut off":  {element{identifier: 0x30, content: []byte{5, 0, 4, 2, 9}}, 0, false},
		"a byte behind the last": {element{identifier: 0xa0, content: []byte{5, 0, 5}}, 0, false},
	} {
		list, ok := test.e.children()
		if ok != test.want || len(list) != test.n {
			t.Errorf("%s: %d, %v", name, len(list), ok)
		}
		if fields, ok := test.e.fields(0x30, 5, 4); ok != (name == "two") {
			t.Errorf("%s: fields %v, %v", name, fields, ok)
		}
	}
}

// An extension is one in DER: a name, critical where it is true, and a value.
func TestIsExtension(t *testing.T) {
	id, critical, value := []byte{tagOID, 1, 0x2a}, []byte{tagBoolean, 1, 0xff}, []byte{tagOctets, 1, 9}
	for name, test := range map[string]struct {
		kind    byte
		content [][]byte
		want    bool
	}{
		"as it is":                 {tagSequence, [][]byte{id, value}, true},
		"critical":                 {tagSequence, [][]byte{id, critical, value}, true},
		"critical twice":           {tagSequence, [][]byte{id, critical, critical, value}, false},
		"critical, in another way": {tagSequence, [][]byte{id, {tagBoolean, 1, 1}, value}, false},
		"not critical, written":    {tagSequence, [][]byte{id, {tagBoolean, 1, 0}, value}, false},
		"primitive":                {tagOctets, [][]byte{id, value}, false},
		"empty":                    {tagSequence, nil, false},
		"empty and primitive":      {tagOctets, nil, false},
		"a name that is cut off":   {tagSequence, [][]byte{{tagOID, 9, 1}}, false},
		"without a name":           {tagSequence, [][]byte{value, value}, false},
		"without a value":          {tagSequence, [][]byte{id, critical}, false},
		"a name as a value":        {tagSequence, [][]byte{id, id}, false},
		"a value that is cut off":  {tagSequence, [][]byte{id, {tagOctets, 2, 9}}, false},
		"something behind":         {tagSequence, [][]byte{id, value, {5, 0}}, false},
	} {
		if got := isExtension(element{identifier: test.kind, content: bytes.Join(test.content, nil)}); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
