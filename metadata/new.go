package metadata

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2/unstable"
)

// NewSigning makes a signing table for a program whose trust is compiled in. It
// takes what a document would say, by the same keys, and judges it the same:
//
//	metadata.NewSigning(map[string]any{
//		"algorithm": "minisign",
//		"pubkey":    "RWQ…",
//		"file":      "{ url }.minisig",
//	})
//
// A value is a string, a bool, an integer of any size, a [time.Time], a []string or
// a []any of values, or a map[string]any of values, in UTF-8; types made of these,
// such as a []map[string]any, aren't among them. The error is an [*Error] without
// name and line.
func NewSigning(keys map[string]any) (*Signing, error) {
	r := goReader{}
	root, err := r.table(table{}, keys, 0)
	if err != nil {
		return nil, err
	}
	return parseSigning("", "", root)
}

const maxDepth = 8 // of tables and arrays in each other

// A goReader turns Go values into those of a document.
type goReader struct{ values int }

// table reads a map, by the order of its keys.
func (r *goReader) table(t table, keys map[string]any, depth int) (*value, error) {
	v := newTable(0, 0)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !utf8.ValidString(key) {
			return nil, t.wrap(key, 0, because(errValue, "key %.100q is not UTF-8", key))
		}
		child, err := r.value(t, dotted(key), keys[key], depth+1)
		if err != nil {
			return nil, err
		}
		v.add(key, child)
	}
	return v, nil
}

// value reads what stands under a key of t, which is as [dotted] writes it.
func (r *goReader) value(t table, key string, v any, depth int) (*value, error) {
	if r.values++; r.values > maxValues {
		return nil, t.wrap(key, 0, because(errTooLarge, "more than %d values and keys", maxValues))
	}
	if depth > maxDepth {
		return nil, t.wrap(key, 0, because(errTooLarge, "%q is more than %d levels deep", key, maxDepth))
	}
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return nil, t.wrap(key, 0, because(errValue, "%q is not UTF-8", key))
		}
		return &value{kind: unstable.String, text: v}, nil
	case bool:
		return &value{kind: unstable.Bool, truth: v}, nil
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return &value{kind: unstable.Integer, text: fmt.Sprint(v)}, nil
	case time.Time:
		return &value{kind: unstable.DateTime, text: v.UTC().Format(time.RFC3339Nano)}, nil
	case []string:
		return goArray(r, t, key, v, depth)
	case []any:
		return goArray(r, t, key, v, depth)
	case map[string]any:
		return r.table(table{path: t.below(key)}, v, depth)
	default:
		return nil, t.wrap(key, 0, because(errType, "%q has a value of type %T, which stands for nothing in TOML: write %s", key, v, instead(v)))
	}
}

// instead says what to write in the place of a value that isn't taken.
func instead(v any) string {
	of := reflect.ValueOf(v)
	for of.Kind() == reflect.Pointer && !of.IsNil() {
		of = of.Elem()
	}
	switch of.Kind() { //nolint:exhaustive // all others are named together
	case reflect.Array, reflect.Slice:
		if of.Type().Elem().Kind() == reflect.Uint8 {
			return "a string"
		}
		return "[]any"
	case reflect.Map, reflect.Struct:
		return "map[string]any"
	}
	return "a string, a bool, an int, a time.Time, a []any or a map[string]any"
}

func goArray[T any](r *goReader, t table, key string, items []T, depth int) (*value, error) {
	array := &value{kind: unstable.Array}
	for i, item := range items {
		child, err := r.value(t, elementKey(key, i), item, depth+1)
		if err != nil {
			return nil, err
		}
		array.items = append(array.items, child)
	}
	return array, nil
}
