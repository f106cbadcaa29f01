package metadata

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/testkeys"
)

// seeds are documents for the fuzz targets.
func seeds(f *testing.F) []string {
	f.Helper()
	list := []string{
		full, overrides,
		"[package.metadata.binstall]\n" + strings.ReplaceAll(full, "[signing", "[package.metadata.binstall.signing"),
		"a.b.c = 1\n[a.b.d]\n[[a.e]]\n[a.e.f]\n[[a.e]]\n", "a = [[{ b.c = [1, 2.5, 1979-05-27T07:32:00Z, true] }], []]",
		"[[a]]\n[a.b]\n[[a.b.c]]\n", "[[a]]\n[[a]]\n[a.b]\nc = 1\n", "a = {}\n[a.b]", "[a]\n[a]", "a = 1\na = 2", "a.b = 1\n[a]", "\ufeffa = 1", "a = \"\xff\"", "[", "\x00",
		"a = '''''''\nb=1''''' # '\nb = \"\"\"\\\"\"\"\"\"\"\nc = \"\\\"[,,,\"\nd = '['", "a = '\n[,,,,,,,", "'''a=[1,2,3", "a = {b = {c.d = ''}}",
		"[metadata.binstall.overrides.'cfg(any(unix, windows))']\nsigning = { algorithm = 'x' }",
	}
	if dir, ok := testkeys.Shared(f, "manifests"); ok {
		files, err := filepath.Glob(filepath.Join(dir, "*", "Cargo.toml"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			list = append(list, string(data))
		}
	}
	return list
}

// FuzzParse: no panic, every error is typed, and a document that the decoder
// takes gives the same tree as it gives.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var decoded map[string]any
		decodeErr := toml.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &decoded)
		if nodes, marks := countNodes([]byte(text)), marks([]byte(text)); nodes > 2*marks {
			t.Fatalf("%d nodes for %d marks", nodes, marks)
		}
		root, err := read("f", []byte(text))
		if err == nil {
			compare(t, root, decoded)
		} else if decodeErr == nil && !errors.Is(err, errTooLarge) {
			t.Fatalf("the decoder takes it, the tree doesn't: %v", err)
		}
		m, err := Parse("f", []byte(text))
		if err != nil {
			checkError(t, err)
			return
		}
		if len(m.Misplaced) > maxMisplaced {
			t.Fatalf("%d misplaced tables", len(m.Misplaced))
		}
		for _, e := range m.Misplaced {
			checkError(t, e)
		}
		for _, triple := range []string{host, "x86_64-pc-windows-msvc", "aarch64-apple-darwin"} {
			b, err := m.For(triple)
			if err != nil {
				checkError(t, err)
			} else if b.Signing != nil {
				checkSigning(t, b.Signing)
			}
			if vars, err := m.Variables(triple); err != nil {
				checkError(t, err)
			} else if vars["target"] != triple {
				t.Fatal("no target")
			}
		}
		s, err := ParseAt("f", []byte(text), "signing")
		if err != nil {
			checkError(t, err)
		} else {
			checkSigning(t, s)
		}
	})
}

// countNodes counts the keys' parts and the values that the parser holds.
func countNodes(data []byte) (count int) {
	var walk func(*unstable.Node)
	walk = func(n *unstable.Node) {
		count++
		for children := n.Children(); children.Next(); {
			walk(children.Node())
		}
	}
	var p unstable.Parser
	for p.Reset(data); p.NextExpression(); {
		walk(p.Expression())
		count-- // the expression itself
	}
	return count
}

// compare compares a tree with what the decoder made of the same document.
func compare(t *testing.T, v *value, decoded any) {
	t.Helper()
	if v.line < 1 {
		t.Fatalf("%v without a line", v.kind)
	}
	switch d := decoded.(type) {
	case map[string]any:
		if v.kind != unstable.Table || len(v.keys) != len(d) || len(v.fields) != len(d) {
			t.Fatalf("got %v %q, want %v", v.kind, v.keys, d)
		}
		for _, key := range v.keys {
			child, ok := d[key]
			if !ok {
				t.Fatalf("key %q is not in %v", key, d)
			}
			compare(t, v.fields[key], child)
		}
	case []any:
		if v.kind != unstable.Array || len(v.items) != len(d) {
			t.Fatalf("got %v of %d, want %v", v.kind, len(v.items), d)
		}
		for i, item := range v.items {
			compare(t, item, d[i])
		}
	case string:
		if v.kind != unstable.String || v.text != d {
			t.Fatalf("got %v %q, want %q", v.kind, v.text, d)
		}
	case bool:
		if v.kind != unstable.Bool || v.truth != d {
			t.Fatalf("got %v %t, want %t", v.kind, v.truth, d)
		}
	default:
		if v.kind == unstable.Table || v.kind == unstable.Array || v.kind == unstable.String || v.kind == unstable.Bool {
			t.Fatalf("got %v, want %T", v.kind, decoded)
		}
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Name == "" || e.Err == nil || e.Line < 0 {
		t.Fatalf("%#v", err)
	}
	if strings.ContainsAny(err.Error(), "\x00\x1b\n") {
		t.Fatalf("message %q", err)
	}
}

func checkSigning(t *testing.T, s *Signing) {
	t.Helper()
	if s.Algorithm == "" || s.Line < 1 || s.Table == "" {
		t.Fatalf("%+v", s)
	}
	sources := slices.Clone(s.Keys)
	for _, f := range s.Fields {
		sources = append(sources, checkField(t, f)...)
	}
	for _, source := range sources {
		set := 0
		for _, text := range []string{source.Inline, source.File, source.URL} {
			if text != "" {
				set++
			}
		}
		if set != 1 || source.Key == "" || (source.SHA256 != "" && source.URL == "") {
			t.Fatalf("%+v", source)
		}
	}
	for i := range s.Alternatives {
		checkSigning(t, &s.Alternatives[i])
	}
	if !reflect.DeepEqual(s, s.clone()) {
		t.Fatal("the clone differs")
	}
}

// checkField reads a field as everything, and returns the sources that it is.
func checkField(t *testing.T, f Field) []Source {
	t.Helper()
	kinds := 0
	if texts, err := f.Texts(); err != nil {
		checkError(t, err)
	} else {
		kinds++
		for _, text := range texts {
			checkText(t, text, maxText)
		}
	}
	if text, err := f.Text(); err != nil {
		checkError(t, err)
	} else {
		checkText(t, text, maxText)
	}
	if _, err := f.Truth(); err != nil {
		checkError(t, err)
	} else {
		kinds++
	}
	if tables, err := f.Entries(nil, true, true); err != nil {
		checkError(t, err)
	} else {
		kinds++
		for _, entries := range tables {
			for _, e := range entries {
				limit := maxText
				if e.Regexp {
					limit = maxPattern
				}
				checkText(t, e.Text, limit)
				checkError(t, e.Wrap(errValue))
			}
		}
	}
	if kinds > 1 {
		t.Fatalf("%s is of %d kinds", f.Name, kinds)
	}
	checkError(t, f.Unknown(nil))
	source, err := f.Source()
	if err != nil {
		checkError(t, err)
		return nil
	}
	return []Source{source}
}

func checkText(t *testing.T, text string, limit int) {
	t.Helper()
	if strings.TrimSpace(text) == "" || len(text) > limit || strings.ContainsAny(text, "\x00\r\n\t\x1b") {
		t.Fatalf("text %q", text)
	}
}

// FuzzNewSigning: no panic, and the same verdict as on the same table in a
// document.
func FuzzNewSigning(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, parseErr := ParseAt("f", []byte(text), "signing")
		var decoded map[string]any
		if toml.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &decoded) != nil {
			return
		}
		keys, ok := decoded["signing"].(map[string]any)
		if !ok {
			return
		}
		made, err := NewSigning(keys)
		if err != nil {
			var e *Error
			if made != nil || !errors.As(err, &e) || e.Line != 0 || strings.Contains(err.Error(), ":0:") || strings.ContainsAny(err.Error(), "\x00\x1b\n") {
				t.Fatalf("%#v", err)
			}
			// A document may have numbers and depths in a family's own keys.
			if parseErr == nil && !errors.Is(err, errType) && !errors.Is(err, errTooLarge) {
				t.Fatalf("the document is taken, the keys are not: %v", err)
			}
			return
		}
		if parseErr != nil {
			if !errors.Is(parseErr, errTooLarge) {
				t.Fatalf("the keys are taken, the document is not: %v", parseErr)
			}
			return
		}
		if a, b := lineless(parsed), lineless(made); !reflect.DeepEqual(a, b) {
			t.Fatalf("the document says %+v, the keys %+v", a, b)
		}
	})
}

// lineless returns what both ways to a table have, by name.
func lineless(s *Signing) *Signing {
	c := s.clone()
	c.Name, c.Table, c.Line, c.lines = "", "", 0, nil
	for i := range c.Keys {
		c.Keys[i].Line = 0
	}
	slices.SortFunc(c.Fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	for i, f := range c.Fields {
		c.Fields[i] = Field{Name: f.Name}
	}
	for i := range c.Alternatives {
		c.Alternatives[i] = *lineless(&c.Alternatives[i])
	}
	return c
}

func FuzzCfg(f *testing.F) {
	for _, seed := range []string{
		"cfg(unix)", "cfg(all(unix, not(target_os = \"linux\"),))", "cfg(any(target_env=\"\", windows))", "cfg(", "cfg(all(", "cfg(true)", "cfg(unix) ", "x",
	} {
		f.Add(seed)
	}
	linux := mustTarget(f, host)
	f.Fuzz(func(t *testing.T, text string) {
		pred, err := parseCfg(text)
		if (err == nil) != (pred != nil) || err != nil && !errors.Is(err, errCfg) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		// An accepted expression can be put into another one.
		inside := text[len("cfg("):strings.LastIndexByte(text, ')')]
		not, err := parseCfg("cfg(not(" + inside + "))")
		if err != nil {
			if len(text) < maxCfg-5 && !strings.Contains(err.Error(), "levels deep") {
				t.Fatalf("%q, but not in not(): %v", text, err)
			}
			return
		}
		if not(linux.binstall()) == pred(linux.binstall()) {
			t.Fatalf("%q is what its opposite is", text)
		}
	})
}

func FuzzTarget(f *testing.F) {
	for _, seed := range []string{host, "aarch64-linux-android", "wasm32-wasip1", "universal-apple-darwin", "x86_64-fortanix-unknown-sgx", "--", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, triple string) {
		vars, err := TargetVariables(triple)
		if err != nil {
			var e *TargetError
			if !errors.As(err, &e) || e.Target != triple || vars != nil {
				t.Fatalf("%q: %v", triple, err)
			}
			return
		}
		for _, name := range []string{"target-arch", "target-vendor", "target-libc", "target-family"} {
			value := vars[name]
			if value == "" || value != "unknown" && !strings.Contains("-"+triple+"-", "-"+value+"-") {
				t.Fatalf("%q: %s is %q", triple, name, value)
			}
		}
		if strings.ContainsFunc(triple, func(r rune) bool { return !isBare(r) }) {
			t.Fatalf("accepted %q", triple)
		}
	})
}
