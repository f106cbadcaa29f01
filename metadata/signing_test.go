package metadata

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

const host = "x86_64-unknown-linux-gnu"

// full has every key of a signing table.
const full = `
[signing]
algorithm = "cosign"
pubkey = { url = "https://example.org/key.pub", sha256 = "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789" }
file = "{ url }.sigstore.json"
keys = [
  "inline\nkey\t\r\n",
  { file = "keys/next.pub" },
]
trusted-root = { file = "root.json" }
transparency-log = true
sct = false
checksums = "{ repo }/SHA256SUMS"
trusted-comment = "{ name } { version }"
principal = "release@example.org"
namespace = "file"

[signing.identity]
issuer = "https://token.actions.githubusercontent.com"
subject-regexp = "https://github.com/o/r/.*@refs/tags/v{ version }"

[[signing.alternatives]]
algorithm = "minisign"
pubkey = "RWQ"

[[signing.alternatives]]
algorithm = "nobody-knows"
[signing.alternatives.identity]
issuer = "last"
`

func TestSigning(t *testing.T) {
	s, err := ParseAt("relseal.toml", []byte(full), "signing")
	if err != nil {
		t.Fatal(err)
	}
	want := &Signing{
		Name: "relseal.toml", Table: "signing", Line: 2,
		Algorithm: "cosign",
		Keys: []Source{
			{
				URL:    "https://example.org/key.pub",
				SHA256: "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
				Key:    "pubkey", Line: 4,
			},
			{Inline: "inline\nkey\t\r\n", Key: "keys[0]", Line: 7},
			{File: "keys/next.pub", Key: "keys[1]", Line: 8},
		},
		File:      "{ url }.sigstore.json",
		Checksums: "{ repo }/SHA256SUMS",
		Alternatives: []Signing{
			{
				Name: "relseal.toml", Table: "signing.alternatives[0]", Line: 22,
				Algorithm: "minisign", Keys: []Source{{Inline: "RWQ", Key: "pubkey", Line: 24}},
			},
			{Name: "relseal.toml", Table: "signing.alternatives[1]", Line: 26, Algorithm: "nobody-knows"},
		},
	}
	fields, last := s.Fields, s.Alternatives[1].Fields
	s.Fields, s.Alternatives[1].Fields = nil, nil
	s.lines, s.Alternatives[0].lines, s.Alternatives[1].lines = nil, nil, nil // TestWhere has them
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	wantFields(t, fields, []said{
		{"trusted-root", 10, Source{File: "root.json", Key: "trusted-root", Line: 10}},
		{"transparency-log", 11, true},
		{"sct", 12, false},
		{"trusted-comment", 14, "{ name } { version }"},
		{"principal", 15, "release@example.org"},
		{"namespace", 16, "file"},
		{"identity", 18, [][]Entry{{
			{Name: "issuer", Text: "https://token.actions.githubusercontent.com", Line: 19},
			{Name: "subject", Text: "https://github.com/o/r/.*@refs/tags/v{ version }", Regexp: true, Line: 20},
		}}},
	})
	wantFields(t, last, []said{{"identity", 28, [][]Entry{{{Name: "issuer", Text: "last", Line: 29}}}}})
}

// TestSpellings writes one table in all ways that TOML has.
func TestSpellings(t *testing.T) {
	spellings := map[string]string{
		"headers": `
[package.metadata.binstall.signing]
algorithm = "x"
file = "f"
pubkey = { file = "k" }
[package.metadata.binstall.signing.identity]
issuer = "i"
[[package.metadata.binstall.signing.alternatives]]
algorithm = "y"
`,
		"dotted": `
[package]
metadata.binstall.signing.algorithm = "x"
metadata.binstall.signing.file = "f"
metadata.binstall.signing.pubkey.file = "k"
metadata.binstall.signing.identity.issuer = "i"
metadata.binstall.signing.alternatives = [{ algorithm = "y" }]
`,
		"inline": `
package = { metadata.binstall = { signing = { algorithm = "x", file = "f", pubkey.file = "k", identity = { issuer = "i" }, alternatives = [ { algorithm = "y" } ] } } }
`,
		"quoted": `
['package'."metadata".binstall."sign\u0069ng"]
"algorithm" = 'x'
'file' = """f"""
[package.metadata.binstall.signing.'pubkey']
"file" = '''k'''
[package.metadata.binstall.signing."identity"]
'issuer' = "i"
[["package".metadata.binstall.'signing'.alternatives]]
algorithm = "y"
`,
		"children first": `
[[package.metadata.binstall.signing.alternatives]]
algorithm = "y"
[package.metadata.binstall.signing.identity]
issuer = "i"
[package.metadata.binstall.signing]
pubkey = { file = "k" }
algorithm = "x"
file = "f"
[package]
name = "n"
`,
		"spaced": "\r\n[ package . metadata\t. binstall . signing ] # comment\r\nalgorithm = \"x\"\r\nfile = \"f\"\r\n" +
			"pubkey = { file = \"k\" }\r\nidentity . issuer = \"i\"\r\nalternatives = [ # comment\r\n { algorithm = \"y\" }, ]\r\n",
	}
	for name, text := range spellings {
		for _, prefix := range []string{"package.", ""} {
			if prefix == "" && name != "headers" && name != "children first" {
				continue
			}
			b, err := mustParse(t, strings.ReplaceAll(text, "package.", prefix)).For(host)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s := b.Signing
			if s == nil || s.Algorithm != "x" || s.File != "f" || len(s.Keys) != 1 || s.Keys[0].File != "k" ||
				len(s.Fields) != 1 || len(s.Alternatives) != 1 || s.Alternatives[0].Algorithm != "y" {
				t.Errorf("%s: got %+v", name, s)
				continue
			}
			wantFields(t, s.Fields, []said{{"identity", 0, [][]Entry{{{Name: "issuer", Text: "i"}}}}})
			if want := prefix + "metadata.binstall.signing"; s.Table != want {
				t.Errorf("%s: table %s, want %s", name, s.Table, want)
			}
		}
	}
}

// TestBroken holds what a signing table must not hold. The text stands in
// [signing] from line 2 on, after an algorithm in line 2.
func TestBroken(t *testing.T) {
	const sum = "0123456789012345678901234567890123456789012345678901234567890123"
	tests := []struct {
		text    string
		kind    error
		message string // after "t.toml:"
	}{
		{`pubkey = ""`, errValue, `3: signing: "pubkey" is empty`},
		{`pubkey = " \n"`, errValue, `3: signing: "pubkey" is empty`},
		{`pubkey = "a\u0000b"`, errValue, `3: signing: "pubkey" has control characters`},
		{`pubkey = "a\u001bb"`, errValue, `3: signing: "pubkey" has control characters`},
		{`pubkey = 1`, errType, `3: signing: "pubkey" must be a string or a table with file or url, not a number`},
		{`pubkey = ["k"]`, errType, `3: signing: "pubkey" must be a string or a table with file or url, not an array`},
		{`pubkey = {}`, errMissing, `3: signing.pubkey: "file" or "url" is missing`},
		{`pubkey = { sha256 = "` + sum + `" }`, errMissing, `3: signing.pubkey: "file" or "url" is missing`},
		{`pubkey = { file = "k", url = "https://example.org/k" }`, errConflict, `3: signing.pubkey: "file" goes without "url" and "sha256"`},
		{`pubkey = { file = "k", sha256 = "` + sum + `" }`, errConflict, `3: signing.pubkey: "file" goes without "url" and "sha256"`},
		{`pubkey = { path = "k" }`, errUnknownKey, `3: signing.pubkey: unknown key "path"`},
		{`pubkey = { uri = "k" }`, errUnknownKey, `3: signing.pubkey: unknown key "uri" (did you mean "url"?)`},
		{`pubkey = { file = "" }`, errValue, `3: signing.pubkey: "file" is empty`},
		{`pubkey = { file = 1 }`, errType, `3: signing.pubkey: "file" must be a string, not a number`},
		{`pubkey = { url = 1 }`, errType, `3: signing.pubkey: "url" must be a string, not a number`},
		{`pubkey = { url = "https://example.org/k", sha256 = "" }`, errValue, `3: signing.pubkey: "sha256" is empty`},
		{`pubkey = { url = "https://example.org/k", sha256 = "` + sum[1:] + `" }`, errValue, `3: signing.pubkey: "sha256" must be 64 hex digits`},
		{`pubkey = { url = "https://example.org/k", sha256 = "` + sum + `00" }`, errValue, `3: signing.pubkey: "sha256" must be 64 hex digits`},
		{`pubkey = { url = "https://example.org/k", sha256 = "x` + sum[1:] + `" }`, errValue, `3: signing.pubkey: "sha256" must be 64 hex digits`},
		{`keys = []`, errValue, `3: signing: "keys" is empty`},
		{`keys = "k"`, errType, `3: signing: "keys" must be an array, not a string`},
		{"keys = [\n\"k\",\n1]", errType, `5: signing: "keys[1]" must be a string or a table with file or url, not a number`},
		{"keys = [\n\"k\",\n\"\"]", errValue, `5: signing: "keys[1]" is empty`},
		{`keys = [{ key = "" }]`, errValue, `3: signing.keys[0]: "key" is empty`},
		{`keys = [{ key = "k", not-before = "x" }]`, errType, `3: signing.keys[0]: "not-before" must be a date, or a date with time and zone, such as 2026-01-31 or 2026-01-31T12:00:00Z`},
		{"keys = [\n{ file = \"k\" },\n{ fil = \"k\" }]", errUnknownKey, `5: signing.keys[1]: unknown key "fil" (did you mean "file"?)`},
		{`file = false`, errType, `3: signing: "file" must be a string, not a boolean`},
		{`file = "{ url }\n.sig"`, errValue, `3: signing: "file" has control characters`},
		{`file = "\u0085x"`, errValue, `3: signing: "file" has control characters`},
		{`signed-name = 1`, errType, `3: signing: "signed-name" must be a string or true, not a number`},
		{`checksum-name = "x"`, errConflict, `1: signing: "checksum-name" without "checksums"`},
		{`checksums = 1979-05-27`, errType, `3: signing: "checksums" must be a string, not a date or time`},
		{`alternatives = []`, errValue, `3: signing: "alternatives" is empty`},
		{`alternatives = { algorithm = "x" }`, errType, `3: signing: "alternatives" must be an array, not a table`},
		{`alternatives = ["x"]`, errType, `3: signing.alternatives[0]: must be a table, not a string`},
		{`alternatives = [{ pubkey = "k" }]`, errMissing, `3: signing.alternatives[0]: "algorithm" is missing`},
		{"alternatives = [{ pubkey = \"k\" }, {\nalgoritm = \"x\" }]", errMissing, `3: signing.alternatives[0]: "algorithm" is missing`},
		{"[[signing.alternatives]]\npubkey = \"k\"\nalgoritm = \"x\"", errMissing, `5: signing.alternatives[0]: "algorithm" is missing: unknown key "algoritm" (did you mean "algorithm"?)`},
		{"[[signing.alternatives]]\nalgorithm = \"x\"\n[[signing.alternatives.alternatives]]\nalgorithm = \"x\"", errUnknownKey, `5: signing.alternatives[0]: "alternatives" inside of alternatives`},
		{`algorithm = "x"`, errSyntax, ""},
		{"file = \"a\"\n\"file\" = \"b\"", errSyntax, ""},
		{"identity.issuer = \"a\"\nidentity = {}", errSyntax, ""},
		{"pubkey = { file = \"a\", file = \"b\" }", errSyntax, ""},
		{"pubkey = { file = \"a\" }\npubkey.url = \"b\"", errSyntax, ""},
		{"[signing]", errSyntax, ""},
	}
	for _, tt := range tests {
		doc := "[signing]\nalgorithm = \"minisign\"\n" + tt.text + "\n"
		s, err := ParseAt("t.toml", []byte(doc), "signing")
		wantError(t, doc, s, err, tt.kind, tt.message)

		// The same table in a Cargo.toml, and for one target only.
		for _, path := range []string{
			"package.metadata.binstall", "metadata.binstall",
			"package.metadata.binstall.overrides.x86_64-pc-windows-msvc", "package.metadata.binstall.overrides.'cfg(windows)'",
		} {
			cargo := strings.ReplaceAll(doc, "[signing", "["+path+".signing")
			m, err := Parse("t.toml", []byte(cargo))
			wantError(t, cargo, m, err, tt.kind, strings.Replace(tt.message, ": signing", ": "+path+".signing", 1))
		}
	}
}

func TestChecksumName(t *testing.T) {
	s, err := signingOf("checksums = 'c'\nchecksum-name = 'n'")
	if err != nil || s.Checksums != "c" || s.ChecksumName != "n" {
		t.Errorf("%+v, %v", s, err)
	}
}

// wantError checks that there is no result and the error is an *Error of the
// kind with the message, where one is given.
func wantError(t *testing.T, doc string, result any, err, kind error, message string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, kind) || !reflect.ValueOf(result).IsNil() {
		t.Errorf("%s\ngot %+v, %v, want %v", doc, result, err, kind)
		return
	}
	if message != "" && err.Error() != "t.toml:"+message {
		t.Errorf("%s\ngot  %v\nwant t.toml:%s", doc, err, message)
	}
	if e.Line == 0 {
		t.Errorf("%s\nno line: %v", doc, err)
	}
}

// TestNoTable: what stands where a table belongs is never "not declared".
func TestNoTable(t *testing.T) {
	for _, tt := range []struct {
		value string
		kind  error
	}{
		{"false", errType},
		{`""`, errType},
		{`"minisign"`, errType},
		{"1", errType},
		{"[]", errType},
		{`[{ algorithm = "minisign" }]`, errType},
		{"{}", errMissing},
		{`{ algorithm = "" }`, errValue},
		{`{ algorithm = " " }`, errValue},
		{`{ algorithm = "mini\nsign" }`, errValue},
		{`{ algorithm = 1 }`, errType},
		{`{ algorithm = ["minisign"] }`, errType},
		{`{ pubkey = "k" }`, errMissing},
	} {
		doc := "signing = " + tt.value
		s, err := ParseAt("t.toml", []byte(doc), "signing")
		wantError(t, doc, s, err, tt.kind, "")
		for _, table := range []string{
			"package.metadata.binstall", "metadata.binstall",
			"package.metadata.binstall.overrides." + host, "metadata.binstall.overrides.'cfg(unix)'",
		} {
			cargo := "[" + table + "]\n" + doc
			m, err := Parse("t.toml", []byte(cargo))
			wantError(t, cargo, m, err, tt.kind, "")
		}
	}
}

func TestKeyFiles(t *testing.T) {
	for name, ok := range map[string]bool{
		"key.pub": true, "keys/key.pub": true, ".keys/k": true, "a..b": true, "é": true,
		"/key.pub": false, "../key.pub": false, "keys/../../k": false, "keys/../k": false, "./k": false,
		".": false, "..": false, "keys/": false, "a//b": false, `..\k`: false, `\\host\k`: false, "C:/k": false, "C:k": false, "k\x7f": false,
	} {
		s, err := ParseAt("t.toml", fmt.Appendf(nil, "signing = { algorithm = 'x', pubkey = { file = %q } }", name), "signing")
		if ok && (err != nil || s.Keys[0].File != name) {
			t.Errorf("%q: %+v, %v", name, s, err)
		}
		if !ok && !errors.Is(err, errValue) && !errors.Is(err, errSyntax) {
			t.Errorf("%q: %+v, %v", name, s, err)
		}
	}
}

func TestKeyURLs(t *testing.T) {
	for text, ok := range map[string]bool{
		"https://example.org/k": true, "HTTPS://example.org/k?x=y": true, "https://[::1]:8443/k": true,
		"http://example.org/k": false, "ftp://example.org/k": false, "file:///k": false, "k": false, "//example.org/k": false,
		"https:///k": false, "https://:443/k": false, "https:k": false, "https://u@example.org/k": false, "https://u:p@example.org/k": false,
		"https://example.org/k#f": false, "https://example.org/k#": false, "https://example.org/{ name }": false, " https://example.org/k": false,
		"https://example.org/%zz": false, "https://example.org:x/": false,
		"https://example.org/\u202e": false, "https://example.org/\u00a0": false,
	} {
		s, err := ParseAt("t.toml", fmt.Appendf(nil, "signing = { algorithm = 'x', pubkey = { url = %q } }", text), "signing")
		if ok && (err != nil || s.Keys[0].URL != text) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
		if !ok && !errors.Is(err, errValue) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
}

func TestLimits(t *testing.T) {
	table := func(key, item string, n int) []byte {
		return []byte("[signing]\nalgorithm = 'x'\n" + key + " = [" + strings.Repeat(item+",", n) + "]")
	}
	keysOf := func(n int) []byte {
		var doc []byte
		for i := range n {
			doc = fmt.Appendf(doc, "a%d = 1\n", i)
		}
		return doc
	}
	atLimit := "a = 1\n" + strings.Repeat("#", maxSize-len("a = 1\n"))
	for _, tt := range []struct {
		name string
		doc  []byte
		ok   bool
	}{
		{"keys", table("keys", "'k'", maxKeys), true},
		{"keys", table("keys", "'k'", maxKeys+1), false},
		{"alternatives", table("alternatives", "{ algorithm = 'x' }", maxAlternatives), true},
		{"alternatives", table("alternatives", "{ algorithm = 'x' }", maxAlternatives+1), false},
		{"size", []byte(atLimit), true},
		{"size", []byte(atLimit + "#"), false},
		{"elements", []byte("a = [" + strings.Repeat("1,", maxValues-2) + "]"), true},
		{"elements", []byte("a = [" + strings.Repeat("1,", maxValues-1) + "]"), false},
		{"keys of a table", keysOf(3400), true},
		{"keys of a table", keysOf(3500), false},
		{"keys of forgotten tables", []byte(strings.Repeat("[[a]]\nb = [[{ c = 1 }]]\n[[a.d]]\n", 1000)), true},
		{"headers", []byte(strings.Repeat("[[a]]\n", maxValues/2)), true},
		{"headers", []byte(strings.Repeat("[[a]]\n", maxValues/2+1)), false},
		{"dotted key", []byte(strings.Repeat("a.", maxValues) + "a = 1"), false},
	} {
		_, err := ParseAt("t.toml", tt.doc, "signing")
		if tt.ok && err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s at the limit: %v", tt.name, err)
		}
		if !tt.ok && (!errors.Is(err, errTooLarge) || errors.Is(err, errSyntax)) {
			t.Errorf("%s over the limit: %v", tt.name, err)
		}
	}
	if m, err := Parse("t.toml", []byte(atLimit+"#")); m != nil || !errors.Is(err, errTooLarge) {
		t.Errorf("Parse of a large document: %v", err)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct {
		text   string
		line   int
		column int
	}{
		{"a = 1\nb = ", 2, 4},
		{"a = 1\n  a = 2", 2, 3},
		{"[a]\n[b]\n[a]\n", 3, 2},
		{"\ufeffa = \n", 1, 5},
		{"a = \"\xff\"", 1, 6},
		{"\"\\u001b\" = 1\n\"\\u001b\" = 1", 2, 1},
	} {
		m, err := Parse("t.toml", []byte(tt.text))
		wantError(t, tt.text, m, err, errSyntax, "")
		var decode *toml.DecodeError
		var e *Error
		if !errors.As(err, &decode) || !errors.As(err, &e) || e.Line != tt.line {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if line, column := decode.Position(); line != tt.line || column != tt.column {
			t.Errorf("%q: at %d:%d, want %d:%d", tt.text, line, column, tt.line, tt.column)
		}
		if strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("%q: message %q", tt.text, err)
		}
	}
	if m := mustParse(t, "\ufeff[package]\nname = 'n'"); m.Name != "n" {
		t.Errorf("after a byte order mark: %+v", m)
	}
}

// TestSyntaxErrorElsewhere: an error that isn't the decoder's has no line.
func TestSyntaxErrorElsewhere(t *testing.T) {
	err := syntaxError("t.toml", errRedefined)
	if !errors.Is(err, errSyntax) || !errors.Is(err, errRedefined) || err.Error() != "t.toml: not TOML: key defined twice" {
		t.Error(err)
	}
}

func mustParse(tb testing.TB, text string) *Manifest {
	tb.Helper()
	m, err := Parse("Cargo.toml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
