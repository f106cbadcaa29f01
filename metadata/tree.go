package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/terminal"
)

// Limits of a document. The largest manifests, those with a feature for each
// chip or an entry for each example, have some ten thousand values and some
// thousand keys.
const (
	maxSize   = 1 << 20 // bytes
	maxValues = 20_000  // elements of arrays and parts of keys

	// maxSteps is how many keys the decoder may look at while it searches for
	// duplicates, since it compares each part of a key with all keys that came
	// behind its table: some 3000 keys of one table.
	maxSteps = 6_000_000
)

// A value is a node of a document. It differs from what the decoder makes of
// the document in that it keeps the order of the keys and their lines.
type value struct {
	kind unstable.Kind // Table, Array or that of a scalar
	line int

	entry  int    // how many keys came before those of this Table
	tables bool   // of an Array: it is one of tables, written with headers
	text   string // of a String, an Integer or a date, as it stands there
	truth  bool   // of a Bool
	keys   []string
	fields map[string]*value // of a Table, by keys
	items  []*value          // of an Array
}

// read turns a document into the tree of its values. All ways to write a table
// (header, dotted keys, inline) give the same tree.
func read(name string, data []byte) (*value, error) {
	if len(data) > maxSize {
		return nil, &Error{Name: name, Err: because(errTooLarge, "larger than %d bytes", maxSize)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // Cargo skips a byte order mark, too
	if marks(data) > maxValues {
		return nil, &Error{Name: name, Err: because(errTooLarge, "more than %d values and keys", maxValues)}
	}
	root, treeErr := build(data)
	if errors.Is(treeErr, errTooLarge) {
		return nil, &Error{Name: name, Err: treeErr}
	}
	// The decoder judges the document, duplicates and redefined tables
	// included: the parser behind the tree doesn't look at what keys mean.
	var judged map[string]any
	if err := toml.Unmarshal(data, &judged); err != nil {
		return nil, syntaxError(name, err)
	}
	if treeErr != nil {
		return nil, syntaxError(name, treeErr)
	}
	return root, nil
}

func syntaxError(name string, err error) error {
	e := &Error{Name: name, Err: because(errors.Join(errSyntax, err), "not TOML: %s", strings.TrimPrefix(err.Error(), "toml: "))}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		e.Line, _ = decode.Position()
	}
	return e
}

// errRedefined is the tree's own word for what the decoder refuses in better
// ones.
var errRedefined = errors.New("key defined twice")

type builder struct {
	parser        unstable.Parser
	lineEnds      []uint32
	entries       int // keys so far
	steps         int // of the decoder's search for duplicates
	root, current *value
}

func build(data []byte) (*value, error) {
	b := newBuilder(data)
	err := b.build()
	return b.root, err
}

func newBuilder(data []byte) *builder {
	b := &builder{lineEnds: make([]uint32, 0, bytes.Count(data, []byte{'\n'}))}
	b.root = newTable(1, 0)
	b.current = b.root
	for i, c := range data {
		if c == '\n' {
			b.lineEnds = append(b.lineEnds, uint32(i))
		}
	}
	b.parser.Reset(data)
	return b
}

func (b *builder) build() error {
	for b.parser.NextExpression() {
		if err := b.expression(b.parser.Expression()); err != nil {
			return err
		}
	}
	return b.parser.Error()
}

func newTable(line, entry int) *value {
	return &value{kind: unstable.Table, line: line, entry: entry, fields: map[string]*value{}}
}

func (b *builder) line(n *unstable.Node, otherwise int) int {
	if n.Raw.Length == 0 {
		return otherwise
	}
	before, _ := slices.BinarySearch(b.lineEnds, n.Raw.Offset)
	return before + 1
}

func (b *builder) expression(n *unstable.Node) error {
	switch n.Kind {
	case unstable.KeyValue:
		return b.keyValue(b.current, n)
	case unstable.Table:
		parent, last, err := b.walk(b.root, n.Key())
		if err != nil {
			return err
		}
		b.current, err = b.step(parent, last)
		if err == nil {
			b.current.line = b.line(last, b.current.line)
		}
		return err
	case unstable.ArrayTable:
		parent, last, err := b.walk(b.root, n.Key())
		if err != nil {
			return err
		}
		array := parent.fields[string(last.Data)]
		if array == nil {
			array = &value{kind: unstable.Array, line: b.line(last, 0), tables: true}
			b.entries++
			array.entry = b.entries
			parent.add(string(last.Data), array)
		} else if !array.tables {
			return errRedefined
		} else {
			forgotten := array.remembered() // by the decoder: the keys of the last table
			b.steps += 2*b.entries + forgotten
			b.entries -= forgotten
		}
		b.current = newTable(b.line(last, array.line), array.entry)
		array.items = append(array.items, b.current)
		return nil
	default:
		return fmt.Errorf("unexpected %v", n.Kind)
	}
}

// walk goes down all parts of a dotted key but the last, which it returns.
func (b *builder) walk(v *value, key unstable.Iterator) (parent *value, last *unstable.Node, err error) {
	for key.Next() {
		if last != nil {
			if v, err = b.step(v, last); err != nil {
				return nil, nil, err
			}
		}
		last = key.Node()
		if b.steps += b.entries - v.entry; b.steps > maxSteps {
			return nil, nil, because(errTooLarge, "too many keys (at most some 3000 in one table)")
		}
	}
	if last == nil {
		return nil, nil, errors.New("empty key")
	}
	return v, last, nil
}

// step goes down to the table under one key, which is made where it is missing
// and is the last one where the key holds an array of tables.
func (b *builder) step(v *value, key *unstable.Node) (*value, error) {
	child := v.fields[string(key.Data)]
	if child == nil {
		b.entries++
		child = newTable(b.line(key, v.line), b.entries)
		v.add(string(key.Data), child)
	}
	if child.tables {
		child = child.items[len(child.items)-1]
	}
	if child.kind != unstable.Table {
		return nil, errRedefined
	}
	return child, nil
}

func (b *builder) keyValue(v *value, n *unstable.Node) error {
	parent, last, err := b.walk(v, n.Key())
	if err != nil {
		return err
	}
	if parent.fields[string(last.Data)] != nil {
		return errRedefined
	}
	b.entries++ // before those of the keys in the value
	child, err := b.value(n.Value(), b.line(last, parent.line))
	if err != nil {
		return err
	}
	parent.add(string(last.Data), child)
	return nil
}

func (b *builder) value(n *unstable.Node, line int) (*value, error) {
	v := &value{kind: n.Kind, line: line}
	switch n.Kind { //nolint:exhaustive // of other numbers and of times of day nobody asks the value
	case unstable.String, unstable.Integer, unstable.LocalDate, unstable.DateTime:
		v.text = string(n.Data)
	case unstable.Bool:
		v.truth = string(n.Data) == "true"
	case unstable.InlineTable:
		v = newTable(line, b.entries)
		for children := n.Children(); children.Next(); {
			if err := b.keyValue(v, children.Node()); err != nil {
				return nil, err
			}
		}
	case unstable.Array:
		for children := n.Children(); children.Next(); {
			if kind := children.Node().Kind; kind == unstable.Array || kind == unstable.InlineTable {
				b.entries++ // nameless, but the decoder looks at it as well
			}
			item, err := b.value(children.Node(), b.line(children.Node(), line))
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
	}
	return v, nil
}

func (v *value) add(key string, child *value) {
	v.keys = append(v.keys, key)
	v.fields[key] = child
}

// remembered is how many keys in v the decoder compares others with: of an array
// of tables those of the last one.
func (v *value) remembered() int {
	items, count := v.items, 0
	if v.tables {
		items = items[max(0, len(items)-1):]
	}
	for _, item := range items {
		if !v.tables && (item.kind == unstable.Array || item.kind == unstable.Table) {
			count++ // nameless
		}
		count += item.remembered()
	}
	for _, child := range v.fields {
		count += 1 + child.remembered()
	}
	return count
}

// is says whether there is a value, and of that kind.
func (v *value) is(kind unstable.Kind) bool { return v != nil && v.kind == kind }

// find returns the value at the path, or nil. Arrays of tables are looked
// through, so that a table which stands in one by mistake is found; inArray
// tells.
func (v *value) find(path ...string) (found *value, inArray bool) {
	for i, key := range path {
		if v.is(unstable.Array) {
			for _, item := range v.items {
				if found, _ := item.find(path[i:]...); found != nil {
					return found, true
				}
			}
			return nil, false
		}
		if !v.is(unstable.Table) {
			return nil, false
		}
		v = v.fields[key]
	}
	return v, false
}

// str returns the string at the path, or "" where there is none.
func (v *value) str(path ...string) string {
	if s, inArray := v.find(path...); s.is(unstable.String) && !inArray {
		return s.text
	}
	return ""
}

// what names the kind of v in messages.
func (v *value) what() string {
	switch v.kind {
	case unstable.Table:
		return "a table"
	case unstable.Array:
		return "an array"
	case unstable.String:
		return "a string"
	case unstable.Bool:
		return "a boolean"
	case unstable.Integer, unstable.Float:
		return "a number"
	default:
		return "a date or time"
	}
}

// dotted writes a path as TOML does, parts quoted where they have to be.
func dotted(path ...string) string {
	quoted := make([]string, len(path))
	for i, part := range path {
		switch {
		case part != "" && !strings.ContainsFunc(part, func(r rune) bool { return !isBare(r) }):
			quoted[i] = part
		case strings.ContainsFunc(part, func(r rune) bool { return r == '\'' || !terminal.IsPrint(r) }):
			quoted[i] = terminal.Quoted(part)
		default:
			quoted[i] = "'" + part + "'"
		}
	}
	return strings.Join(quoted, ".")
}

func isBare(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
