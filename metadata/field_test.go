package metadata

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// said is what a field says.
type said struct {
	name  string
	line  int // 0 leaves the lines out
	value any // and so its kind
}

func wantFields(t *testing.T, fields []Field, want []said) {
	t.Helper()
	if len(fields) != len(want) {
		t.Errorf("%d fields, want %d", len(fields), len(want))
		return
	}
	for i, f := range fields {
		w := want[i]
		var got any
		var err error
		switch w.value.(type) {
		case string:
			got, err = f.Text()
		case []string:
			got, err = f.Texts()
		case bool:
			got, err = f.Truth()
		case Source:
			got, err = f.Source()
		case [][]Entry:
			var tables [][]Entry
			tables, err = f.Entries(nil, true, true)
			got = plain(tables, w.line == 0)
		}
		if err != nil || f.Name != w.name || w.line != 0 && f.Line != w.line || !reflect.DeepEqual(got, w.value) {
			t.Errorf("%d: %s of line %d says %+v, %v, want %+v", i, f.Name, f.Line, got, err, w)
		}
	}
}

// plain returns the entries without what isn't exported, and the lines.
func plain(tables [][]Entry, lines bool) (list [][]Entry) {
	for _, entries := range tables {
		var p []Entry
		for _, e := range entries {
			e.table = table{}
			if lines {
				e.Line = 0
			}
			p = append(p, e)
		}
		list = append(list, p)
	}
	return list
}

// The ways to read a field.
func asText(f Field) error   { _, err := f.Text(); return err }
func asTexts(f Field) error  { _, err := f.Texts(); return err }
func asTruth(f Field) error  { _, err := f.Truth(); return err }
func asSource(f Field) error { _, err := f.Source(); return err }

func asIdentity(f Field) error {
	_, err := f.Entries([]string{"issuer", "subject"}, true, false)
	return err
}

func asTables(f Field) error  { _, err := f.Entries(nil, true, true); return err }
func asPlain(f Field) error   { _, err := f.Entries([]string{"issuer"}, false, false); return err }
func asUnknown(f Field) error { return f.Unknown([]string{"identity", "trusted-comment", "sct"}) }

// TestBrokenFields: what a field must not hold is an error of the one who reads
// it, and not of the one who reads the table.
func TestBrokenFields(t *testing.T) {
	const sum = "0123456789012345678901234567890123456789012345678901234567890123"
	for _, tt := range []struct {
		text    string
		read    func(Field) error
		kind    error
		message string // after "t.toml:"
	}{
		{`pubkeys = "k"`, asUnknown, errUnknownKey, `3: signing: unknown key "pubkeys" (did you mean "pubkey"?)`},
		{`public_key = "k"`, asUnknown, errUnknownKey, `3: signing: unknown key "public_key"`},
		{`Pubkey = "k"`, asUnknown, errUnknownKey, `3: signing: unknown key "Pubkey" (did you mean "pubkey"?)`},
		{`indentity = {}`, asUnknown, errUnknownKey, `3: signing: unknown key "indentity" (did you mean "identity"?)`},
		{`"" = "k"`, asUnknown, errUnknownKey, `3: signing: unknown key ""`},
		{`"\u001b[2J" = "k"`, asUnknown, errUnknownKey, `3: signing: unknown key "\x1b[2J"`},
		{"[[signing.alternatives]]\nalgorithm = \"x\"\npubkye = \"k\"", asUnknown, errUnknownKey, `5: signing.alternatives[0]: unknown key "pubkye" (did you mean "pubkey"?)`},

		{`trusted-comment = ""`, asText, errValue, `3: signing: "trusted-comment" is empty`},
		{`trusted-comment = "\t "`, asText, errValue, `3: signing: "trusted-comment" is empty`},
		{`trusted-comment = "a\nb"`, asText, errValue, `3: signing: "trusted-comment" has control characters`},
		{`principal = {}`, asText, errType, `3: signing: "principal" must be a string, not a table`},
		{`principal = ["p"]`, asText, errType, `3: signing: "principal" must be a string, not an array`},
		{`namespace = 1.5`, asText, errType, `3: signing: "namespace" must be a string, not a number`},
		{`namespace = 1979-05-27`, asText, errType, `3: signing: "namespace" must be a string, not a date or time`},
		{`namespace = true`, asText, errType, `3: signing: "namespace" must be a string, not a boolean`},

		{`principal = ""`, asTexts, errValue, `3: signing: "principal" is empty`},
		{`principal = []`, asTexts, errValue, `3: signing: "principal" is empty`},
		{`principal = 1`, asTexts, errType, `3: signing: "principal" must be a string, not a number`},
		{"principal = [\n\"p\",\n{}]", asTexts, errType, `5: signing: "principal[1]" must be a string, not a table`},
		{"principal = [\n\"p\",\n\"\"]", asTexts, errValue, `5: signing: "principal[1]" is empty`},
		{"principal = [\n\"p\",\n\"\\u0007\"]", asTexts, errValue, `5: signing: "principal[1]" has control characters`},

		{"principal = [\n[]]", asTexts, errType, `3: signing: "principal[0]" must be a string, not an array`},

		{`transparency-log = "true"`, asTruth, errType, `3: signing: "transparency-log" must be true or false, not a string`},
		{`sct = 1`, asTruth, errType, `3: signing: "sct" must be true or false, not a number`},
		{`sct = [true]`, asTruth, errType, `3: signing: "sct" must be true or false, not an array`},

		{`trusted-root = "{}"`, asSource, errType, `3: signing: "trusted-root" must be a table with file or url, not a string`},
		{`trusted-root = {}`, asSource, errMissing, `3: signing.trusted-root: "file" or "url" is missing`},
		{`trusted-root = { file = "../r" }`, asSource, errValue, `3: signing.trusted-root: "file" must be a path below the document's folder, with slashes and without "..", not "../r"`},
		{`trusted-root = { url = "http://example.org/" }`, asSource, errValue, `3: signing.trusted-root: "url" must be an https URL without user, fragment and spaces, not "http://example.org/"`},
		{`trusted-root = { file = "r", sha256 = "` + sum + `" }`, asSource, errConflict, `3: signing.trusted-root: "file" goes without "url" and "sha256"`},
		{`trusted-root = { path = "r" }`, asSource, errUnknownKey, `3: signing.trusted-root: unknown key "path"`},

		{`identity = {}`, asIdentity, errValue, `3: signing: "identity" is empty`},
		{`identity = "i"`, asIdentity, errType, `3: signing: "identity" must be a table, not a string`},
		{`identity = [{ issuer = "i" }]`, asIdentity, errType, `3: signing: "identity" must be a table, not an array`},
		{`identity.isuer = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "isuer" (did you mean "issuer"?)`},
		{`identity.Issuer = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "Issuer" (did you mean "issuer"?)`},
		{`identity.Issuer-regexp = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "Issuer-regexp" (did you mean "issuer-regexp"?)`},
		{`identity.subject-regex = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "subject-regex" (did you mean "subject-regexp"?)`},
		{`identity.subject-regexp-regexp = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "subject-regexp-regexp"`},
		{`identity.-regexp = "i"`, asIdentity, errUnknownKey, `3: signing.identity: unknown key "-regexp"`},
		{`identity.issuer = ""`, asIdentity, errValue, `3: signing.identity: "issuer" is empty`},
		{`identity.issuer = 1`, asIdentity, errType, `3: signing.identity: "issuer" must be a string, not a number`},
		{`identity.issuer = "\u0085"`, asIdentity, errValue, `3: signing.identity: "issuer" is empty`},
		{`identity.issuer = "a\u0085"`, asIdentity, errValue, `3: signing.identity: "issuer" has control characters`},
		{"identity.subject-regexp = \"a\"\nidentity.subject = \"a\"", asIdentity, errConflict, `3: signing.identity: both "subject" and "subject-regexp"`},
		{`identity.issuer-regexp = "a"`, asPlain, errUnknownKey, `3: signing.identity: unknown key "issuer-regexp"`},
		{`identity.issuer-regex = "a"`, asPlain, errUnknownKey, `3: signing.identity: unknown key "issuer-regex"`},

		{`identity = []`, asTables, errValue, `3: signing: "identity" is empty`},
		{"identity = [\n{ any = \"i\" },\n{}]", asTables, errValue, `5: signing: "identity[1]" is empty`},
		{"identity = [\n{ any = \"i\" },\n\"i\"]", asTables, errType, `5: signing: "identity[1]" must be a table, not a string`},
		{"identity = [\n{ any = \"i\" },\n{ any = 1 }]", asTables, errType, `5: signing.identity[1]: "any" must be a string, not a number`},
		{"[[signing.identity]]\nany-regexp = \"i\"\nany = \"j\"", asTables, errConflict, `4: signing.identity[0]: both "any" and "any-regexp"`},
	} {
		doc := "[signing]\nalgorithm = \"minisign\"\n" + tt.text + "\n"
		s, err := ParseAt("t.toml", []byte(doc), "signing")
		if err != nil {
			t.Errorf("%s\n%v", doc, err)
			continue
		}
		wantFieldError(t, doc, s, tt.read, tt.kind, tt.message)

		// The same table in a Cargo.toml, and for one target only.
		for _, path := range []string{
			"package.metadata.binstall", "metadata.binstall",
			"package.metadata.binstall.overrides." + host, "package.metadata.binstall.overrides.'cfg(unix)'",
		} {
			cargo := strings.ReplaceAll(doc, "[signing", "["+path+".signing")
			m, err := Parse("t.toml", []byte(cargo))
			if err != nil {
				t.Errorf("%s\n%v", cargo, err)
				continue
			}
			b, err := m.For(host)
			if err != nil || b.Signing == nil {
				t.Errorf("%s\n%v, %v", cargo, b, err)
				continue
			}
			wantFieldError(t, cargo, b.Signing, tt.read, tt.kind, strings.Replace(tt.message, ": signing", ": "+path+".signing", 1))
		}
	}
}

// wantFieldError reads the only field of the table, or of its alternative.
func wantFieldError(t *testing.T, doc string, s *Signing, read func(Field) error, kind error, message string) {
	t.Helper()
	fields := s.Fields
	if s.Alternatives != nil {
		fields = s.Alternatives[0].Fields
	}
	if len(fields) != 1 {
		t.Errorf("%s\n%d fields", doc, len(fields))
		return
	}
	wantError(t, doc, (*Signing)(nil), read(fields[0]), kind, message)
}

// TestFields: the good sides of what TestBrokenFields has.
func TestFields(t *testing.T) {
	s, err := ParseAt("t.toml", []byte(`
[signing]
algorithm = "x"
text = "{ name }"
one = "p"
many = ["p", "q"]
yes = true
root = { url = "https://example.org/r", sha256 = "0123456789012345678901234567890123456789012345678901234567890123" }
[[signing.tables]]
issuer = "i"
[[signing.tables]]
any-regexp = "j"
other = "k"
`), "signing")
	if err != nil {
		t.Fatal(err)
	}
	wantFields(t, s.Fields, []said{
		{"text", 4, "{ name }"},
		{"one", 5, []string{"p"}},
		{"many", 6, []string{"p", "q"}},
		{"yes", 7, true},
		{"root", 8, Source{
			URL: "https://example.org/r", SHA256: "0123456789012345678901234567890123456789012345678901234567890123",
			Key: "root", Line: 8,
		}},
		{"tables", 9, [][]Entry{
			{{Name: "issuer", Text: "i", Line: 10}},
			{{Name: "any", Text: "j", Regexp: true, Line: 12}, {Name: "other", Text: "k", Line: 13}},
		}},
	})
	if err := s.Fields[0].Wrap(errCfg); !errors.Is(err, errCfg) || err.Error() != "t.toml:4: signing: text: malformed cfg()" || err.Key != "text" {
		t.Errorf("wrapped: %v", err)
	}
	tables, err := s.Fields[5].Entries(nil, true, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := tables[1][0].Wrap(errCfg); !errors.Is(err, errCfg) || err.Error() != "t.toml:12: signing.tables[1]: any-regexp: malformed cfg()" {
		t.Errorf("wrapped: %v", err)
	}

	// Without patterns, an entry may be named so.
	tables, err = s.Fields[5].Entries([]string{"issuer", "any-regexp", "other"}, false, true)
	if err != nil || tables[1][0].Name != "any-regexp" || tables[1][0].Regexp {
		t.Errorf("got %+v, %v", tables, err)
	}
	// Who allows names gets them all, each also as a pattern.
	for _, name := range []string{"issuer", "subject"} {
		for suffix, isRegexp := range map[string]bool{"": false, "-regexp": true} {
			s, err := ParseAt("t.toml", []byte("[signing]\nalgorithm = 'x'\nidentity."+name+suffix+" = 'v'"), "signing")
			if err != nil {
				t.Fatal(err)
			}
			tables, err := s.Fields[0].Entries([]string{"issuer", "subject"}, true, false)
			if want := [][]Entry{{{Name: name, Text: "v", Regexp: isRegexp, Line: 3}}}; err != nil || !reflect.DeepEqual(plain(tables, false), want) {
				t.Errorf("got %+v, %v, want %+v", tables, err, want)
			}
		}
	}
}

// TestFieldLimits: at each limit, and one over it.
func TestFieldLimits(t *testing.T) {
	text := func(n int) string { return "f = '" + strings.Repeat("x", n) + "'" }
	entry := func(key string, n int) string { return "f." + key + " = '" + strings.Repeat("x", n) + "'" }
	list := func(item string, n int) string { return "f = [" + strings.Repeat(item+",", n) + "]" }
	entries := func(n int) string { return numbered(n, "f.a%d = 'x'\n") }
	for _, tt := range []struct {
		name string
		read func(Field) error
		doc  func(n int) string
		most int
		says string
	}{
		{"text", asText, text, 1024, `"f" has more than 1024 bytes`},
		{"text alone", asTexts, text, 1024, `"f" has more than 1024 bytes`},
		{"text of a list", asTexts, func(n int) string { return "f = ['a', '" + strings.Repeat("x", n) + "']" }, 1024, `"f[1]" has more than 1024 bytes`},
		{"bytes, not characters", asText, func(n int) string { return "f = '" + strings.Repeat("é", n/2) + strings.Repeat("x", n%2) + "'" }, 1024, `"f" has more than 1024 bytes`},
		{"list", asTexts, func(n int) string { return list("'x'", n) }, 64, `"f" has more than 64 elements`},
		{"claim", asIdentity, func(n int) string { return entry("subject", n) }, 1024, `"subject" has more than 1024 bytes`},
		{"expression", asIdentity, func(n int) string { return entry("subject-regexp", n) }, 512, `"subject-regexp" has more than 512 bytes`},
		{"no expression", func(f Field) error { _, err := f.Entries(nil, false, false); return err }, func(n int) string { return entry("subject-regexp", n) }, 1024, `"subject-regexp" has more than 1024 bytes`},
		{"entries", asTables, entries, 64, `"f" has more than 64 entries`},
		{"tables", asTables, func(n int) string { return list("{ a = 'x' }", n) }, 64, `"f" has more than 64 elements`},
		{"entry of a list", asTables, func(n int) string { return "f = [{ a-regexp = '" + strings.Repeat("x", n) + "' }]" }, 512, `"a-regexp" has more than 512 bytes`},
	} {
		for _, n := range []int{tt.most, tt.most + 1} {
			s, err := ParseAt("t.toml", []byte("[signing]\nalgorithm = 'x'\n"+tt.doc(n)), "signing")
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			err = tt.read(s.Fields[0])
			var e *Error
			switch {
			case n == tt.most && err != nil:
				t.Errorf("%s at the limit: %v", tt.name, err)
			case n > tt.most && (!errors.Is(err, errTooLarge) || !errors.As(err, &e) || e.Line != 3 || !strings.HasSuffix(err.Error(), ": "+tt.says)):
				t.Errorf("%s over the limit: %v, want %s", tt.name, err, tt.says)
			}
		}
	}
}

// TestKeysOfFamilies: no key but the common ones is judged with the table.
func TestKeysOfFamilies(t *testing.T) {
	var doc strings.Builder
	var want []string
	fmt.Fprint(&doc, "[signing]\nalgorithm = 'x'\n")
	for i, value := range []string{"1", "[]", "{}", "''", "1979-05-27", "{ a = { b = [1, {}] } }"} {
		fmt.Fprintf(&doc, "f%d = %s\n", i, value)
		want = append(want, fmt.Sprintf("f%d", i))
	}
	s, err := ParseAt("t.toml", []byte(doc.String()), "signing")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, f := range s.Fields {
		got = append(got, f.Name)
		if f.Line != i+3 {
			t.Errorf("%s in line %d", f.Name, f.Line)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, key := range commonKeys() {
		if _, err := ParseAt("t.toml", []byte("[signing]\nalgorithm = 'x'\n"+strings.Replace(key, "algorithm", "file", 1)+" = 1.5"), "signing"); !errors.Is(err, errType) {
			t.Errorf("%s: %v", key, err)
		}
	}
}
