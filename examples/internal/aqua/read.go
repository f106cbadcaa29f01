package aqua

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a document. The whole standard registry of aqua is well within them.
const (
	MaxBytes = 4 << 20
	maxDepth = 24
	maxNodes = 1 << 20
	maxKeys  = 256 // of one mapping
)

// A Registry is a document with packages.
type Registry struct {
	file     string
	packages []*yaml.Node
}

// An Entry is a package of a registry.
type Entry struct {
	file string
	info packageInfo
	line int
}

// Parse reads a registry.yaml, of at most 4 MiB, or a document that is one package.
// The name is for messages. Anchors, aliases, tags and directives are refused: entries
// do without, an alias of aliases grows beyond any limit, and package yaml compares each
// %TAG with all before it. The error is an [*Error].
func Parse(name string, data []byte) (*Registry, error) {
	e := &Entry{file: name}
	if len(data) > MaxBytes {
		return nil, e.at(0, "", refuse(ErrTooLarge, "%d bytes, and %d are the most", len(data), MaxBytes))
	}
	if !utf8.Valid(data) || hasDirective(data) { // UTF-16 would hide one
		return nil, e.at(0, "", refuse(ErrEntry, "no UTF-8, or a directive, which is a line that begins with %%"))
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var root yaml.Node
	if err := d.Decode(&root); err != nil {
		return nil, e.at(0, "", refuse(ErrEntry, "%v", err))
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, e.at(0, "", refuse(ErrEntry, "more than one document"))
	}
	nodes := 0
	if err := e.plain(&root, 0, &nodes); err != nil {
		return nil, err
	}
	return e.registry(root.Content[0])
}

// hasDirective reports whether a line begins with what begins a directive.
func hasDirective(data []byte) bool {
	return regexp.MustCompile(`(?:^|[\r\n\x{85}\x{2028}\x{2029}])\x{feff}?%`).Match(data)
}

// plain refuses what makes a document more than it looks like.
func (e *Entry) plain(n *yaml.Node, depth int, nodes *int) error {
	*nodes++
	switch {
	case *nodes > maxNodes, depth > maxDepth:
		return e.at(n.Line, "", refuse(ErrTooLarge, "more than %d values, or %d levels", maxNodes, maxDepth))
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		return e.at(n.Line, "", refuse(ErrEntry, "an anchor or an alias"))
	case n.Style&yaml.TaggedStyle != 0, n.Tag == "!!merge":
		return e.at(n.Line, "", refuse(ErrEntry, "a tag or a merge key"))
	}
	if err := e.keys(n); err != nil {
		return err
	}
	for _, child := range n.Content {
		if err := e.plain(child, depth+1, nodes); err != nil {
			return err
		}
	}
	return nil
}

// keys refuses a mapping of too many keys, and one of a key that stands there twice:
// package yaml compares each with each, and has an error for every pair.
func (e *Entry) keys(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	if len(n.Content) > 2*maxKeys {
		return e.at(n.Line, "", refuse(ErrTooLarge, "a mapping of more than %d keys", maxKeys))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return e.at(key.Line, "", refuse(ErrEntry, "the key %q is no text, or already defined", key.Value))
		}
		seen[key.Value] = true
	}
	return nil
}

func (e *Entry) registry(root *yaml.Node) (*Registry, error) {
	if root.Kind != yaml.MappingNode {
		return nil, e.at(root.Line, "", refuse(ErrEntry, "a mapping is wanted"))
	}
	list := child(root, "packages")
	if list == nil && child(root, "type") != nil {
		return &Registry{e.file, []*yaml.Node{root}}, nil
	}
	if list == nil || list.Kind != yaml.SequenceNode || len(root.Content) != 2 {
		return nil, e.at(root.Line, "", refuse(ErrEntry, `"packages" is wanted, and nothing else beside it`))
	}
	r := &Registry{file: e.file}
	for _, n := range list.Content {
		switch {
		case n.Kind != yaml.MappingNode:
			return nil, e.at(n.Line, "packages", refuse(ErrEntry, "a mapping is wanted"))
		case child(n, "type") == nil && strings.Contains(scalar(n, "name"), "@"):
			return nil, e.at(n.Line, "packages", refuse(ErrEntry, "this is a pkg.yaml, which names versions to be tested: the entry is the registry.yaml beside it"))
		}
		r.packages = append(r.packages, n)
	}
	return r, nil
}

// Package returns the package of that name or alias, or the only one for "". The
// error is an [*Error].
func (r *Registry) Package(name string) (*Entry, error) {
	e := &Entry{file: r.file}
	var found []*yaml.Node
	for _, n := range r.packages {
		if name == "" || slices.Contains(names(n), name) {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		return nil, e.at(0, "packages", refuse(ErrEntry, "%d of %d packages are meant: say which one by its name", len(found), len(r.packages)))
	}
	n := found[0]
	if err := e.known(n, reflect.TypeOf(e.info), ""); err != nil {
		return nil, err
	}
	if err := n.Decode(&e.info); err != nil {
		return nil, e.at(n.Line, "", refuse(ErrEntry, "%v", err))
	}
	e.line = n.Line
	return e, e.whole()
}

// names are those by which a package is called.
func names(n *yaml.Node) []string {
	all := []string{scalar(n, "repo_owner") + "/" + scalar(n, "repo_name")}
	if name := scalar(n, "name"); name != "" {
		all[0] = name
	}
	if aliases := child(n, "aliases"); aliases != nil {
		for _, a := range aliases.Content {
			all = append(all, scalar(a, "name"))
		}
	}
	return all
}

// child is a mapping's value by its key; nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalar(n *yaml.Node, key string) string {
	if v := child(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// known refuses keys that a type has no field for: one of them may demand
// something. Package yaml can do that for whole documents only.
func (e *Entry) known(n *yaml.Node, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[yaml.Node](), t == reflect.TypeFor[text](), t == reflect.TypeFor[truth]():
		return nil
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for _, item := range n.Content {
			if err := e.known(item, t.Elem(), path); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		fields := map[string]reflect.Type{}
		fieldsOf(t, fields)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			where := strings.TrimPrefix(path+"."+key.Value, ".")
			field, ok := fields[key.Value]
			if !ok {
				return e.at(key.Line, where, refuse(ErrUnsupported, "an unknown key, which may demand something"))
			}
			if err := e.known(n.Content[i+1], field, where); err != nil {
				return err
			}
		}
	}
	return nil
}

// fieldsOf are the fields of a struct by their keys.
func fieldsOf(t reflect.Type, fields map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, inline := strings.CutSuffix(f.Tag.Get("yaml"), ",inline")
		switch {
		case inline:
			fieldsOf(f.Type, fields)
		case tag != "":
			fields[tag] = f.Type
		}
	}
}

// maxOverrides limits the version_overrides, each of which is evaluated.
const maxOverrides = 1000

// whole refuses an entry that is none.
func (e *Entry) whole() error {
	if n := len(e.info.VersionOverrides); n > maxOverrides {
		return e.at(e.line, "version_overrides", refuse(ErrTooLarge, "%d, and %d are the most", n, maxOverrides))
	}
	for _, vo := range e.info.VersionOverrides {
		if vo == nil {
			return e.at(e.line, "version_overrides", refuse(ErrEntry, "an empty one"))
		}
	}
	return nil
}
