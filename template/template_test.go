package template

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// leonCase is a case of testdata/leon-cases.json, which was recorded from the
// Rust crate: its own tests, and what it answers for many more templates.
type leonCase struct {
	Name     string            `json:"name"`
	Template string            `json:"template"`
	Values   map[string]string `json:"values"`

	Output *string  `json:"output"`
	Keys   []string `json:"keys"`

	Error  string `json:"error"`
	Key    string `json:"key"`
	Offset int    `json:"offset"`
	Len    int    `json:"len"`
}

func leonCases(tb testing.TB) []leonCase {
	tb.Helper()
	data, err := os.ReadFile("testdata/leon-cases.json")
	if err != nil {
		tb.Fatal(err)
	}
	var doc struct {
		CrateTests []leonCase `json:"crate_tests"`
		Reference  []leonCase `json:"reference"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		tb.Fatal(err)
	}
	if len(doc.CrateTests) != 34 || len(doc.Reference) != 464 {
		tb.Fatalf("read %d and %d cases, want 34 and 464", len(doc.CrateTests), len(doc.Reference))
	}
	return append(doc.CrateTests, doc.Reference...)
}

func TestLeon(t *testing.T) {
	kinds := map[string]error{
		"unbalanced": errUnbalanced,
		"escape":     errEscape,
		"key_empty":  errKeyEmpty,
		"key_escape": errKeyEscape,
	}
	for _, c := range leonCases(t) {
		tmpl, err := Parse(c.Template)
		if kind := kinds[c.Error]; kind != nil {
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, kind) || e.Offset != c.Offset || e.Len != c.Len || e.Template != c.Template {
				t.Errorf("%s %q: got %#v, want %v at %d+%d", c.Name, c.Template, err, kind, c.Offset, c.Len)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", c.Name, c.Template, err)
			continue
		}
		if got := tmpl.Keys(); len(got)+len(c.Keys) > 0 && !reflect.DeepEqual(got, c.Keys) {
			t.Errorf("%s %q: keys %q, want %q", c.Name, c.Template, got, c.Keys)
		}
		if got := tmpl.String(); got != c.Template {
			t.Errorf("%s: String() = %q, want %q", c.Name, got, c.Template)
		}
		out, err := tmpl.Render(c.Values)
		if c.Error == "missing_key" {
			var missing *MissingKeyError
			if !errors.As(err, &missing) || missing.Key != c.Key || out != "" {
				t.Errorf("%s %q: got %q, %v, want missing key %q", c.Name, c.Template, out, err, c.Key)
			}
			continue
		}
		if c.Output == nil {
			t.Fatalf("%s %q: a case with neither output nor a known error: %q", c.Name, c.Template, c.Error)
		}
		if err != nil || out != *c.Output {
			t.Errorf("%s %q: got %q, %v, want %q", c.Name, c.Template, out, err, *c.Output)
		}
	}
}

func TestZeroTemplate(t *testing.T) {
	var tmpl Template
	if out, err := tmpl.Render(nil); out != "" || err != nil || tmpl.Keys() != nil || tmpl.String() != "" {
		t.Errorf("got %q, %v, %q, %q", out, err, tmpl.Keys(), tmpl.String())
	}
}

func TestValuesAreNotParsed(t *testing.T) {
	tmpl := mustParse(t, "{a}-{b}")
	const want = `{b}\{-}{ a`
	out, err := tmpl.Render(map[string]string{"a": `{b}\{`, "b": "}{ a"})
	if err != nil || out != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

func TestMissingKey(t *testing.T) {
	_, err := mustParse(t, "v{ verison }").Render(map[string]string{"version": "1", "name": "x"})
	var missing *MissingKeyError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
	want := &MissingKeyError{Key: "verison", Known: []string{"name", "version"}, Template: "v{ verison }", Offset: 1, Len: 11}
	if !reflect.DeepEqual(missing, want) {
		t.Errorf("got %#v, want %#v", missing, want)
	}
	const msg = `template: byte 1: no value for key "verison" (did you mean "version"?); known keys: ["name" "version"]`
	if err.Error() != msg {
		t.Errorf("got  %s\nwant %s", err, msg)
	}
	if got, want := missing.Caret(), "v{ verison }\n ^^^^^^^^^^^\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = mustParse(t, "{x}").Render(nil)
	if got, want := err.Error(), `template: byte 0: no value for key "x"; there are no values`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTooLong(t *testing.T) {
	long := strings.Repeat("x", maxLength)
	if out, err := mustParse(t, long).Render(nil); err != nil || out != long {
		t.Errorf("a template of %d bytes: %v", maxLength, err)
	}
	if _, err := Parse(long + "x"); !errors.Is(err, errTooLong) {
		t.Errorf("a template of %d bytes: %v", maxLength+1, err)
	}
	half := map[string]string{"half": long[:maxLength/2]}
	if out, err := mustParse(t, "{half}{half}").Render(half); err != nil || len(out) != maxLength {
		t.Errorf("%d bytes rendered: %v", len(out), err)
	}
	for _, text := range []string{"{half}{half}{half}", "{half}{half}x"} {
		if out, err := mustParse(t, text).Render(half); !errors.Is(err, errTooLong) || out != "" {
			t.Errorf("%s: %d bytes, %v", text, len(out), err)
		}
	}
}

func TestRenderURL(t *testing.T) {
	tests := []struct {
		url string
		ok  bool
	}{
		{"https://example.org/a.tgz.sig", true},
		{"http://example.org:8080/a?b=c", true},
		{"https://[::1]/a", true},
		{"https://example.org/é", true},
		{"ftp://example.org/a", true}, // the fetcher refuses
		{"", false},
		{"a.tgz.sig", false},
		{"/a.tgz.sig", false},
		{"//example.org/a", false},
		{"https:a", false},
		{"https:///a", false},
		{"https://:443/a", false},
		{"file:///etc/passwd", true}, // as above
		{"https://user@example.org/", false},
		{"https://example.org@evil.example/", false},
		{"https://example.org/#a", false},
		{"https://example.org/#", false},
		{"https://example.org/a b", false},
		{" https://example.org/", false},
		{"https://example.org/\n", false},
		{"https://example.org/\x00", false},
		{"https://example.org/\x1b[2J", false},
		{"https://example.org/\u202e", false},
		{"https://example.org/\u00a0", false},
		{"https://example.org/\xff", false},
		{"https://example.org/%zz", false},
		{"https://example.org:port/", false},
		{"https://exa mple.org/", false},
	}
	tmpl := mustParse(t, "{u}")
	for _, tt := range tests {
		got, err := tmpl.RenderURL(map[string]string{"u": tt.url})
		if tt.ok && (err != nil || got != tt.url) {
			t.Errorf("%q: got %q, %v", tt.url, got, err)
		}
		if !tt.ok && (!errors.Is(err, ErrURL) || got != "") {
			t.Errorf("%q: got %q, %v, want ErrURL", tt.url, got, err)
		}
	}
	_, err := tmpl.RenderURL(map[string]string{"u": "a\x1b"})
	if want := `template: not an absolute URL: "a\x1b" has white space or a character that can't be printed`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = tmpl.RenderURL(map[string]string{"u": "https://user:password@example.org/"})
	if want := `template: not an absolute URL: the result has a user`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	var missing *MissingKeyError
	if _, err := tmpl.RenderURL(nil); !errors.As(err, &missing) {
		t.Errorf("without a value: %v", err)
	}
}

func TestCaret(t *testing.T) {
	for _, tt := range []struct{ text, message, want string }{
		{"open }", "template: byte 5: unbalanced brace", "open }\n     ^\n"},
		{"{ open", "template: byte 0: unbalanced brace", "{ open\n^^^^^^^\n"},
		{"日本{}", "template: byte 6: empty key", "日本{}\n  ^^\n"},
		{"é\\é", "template: byte 2: a backslash escapes only \"{\", \"}\" and \"\\\"", "é\\é\n ^^\n"},
		{"a\nb }\nc", "template: byte 4: unbalanced brace", "b }\n  ^\n"},
		{"a\n{ b\nc", "template: byte 2: unbalanced brace", "{ b\n^^^\n"},
		{"\x1b[2J}", "template: byte 4: unbalanced brace", "\uFFFD[2J}\n    ^\n"},
		{"x\\", "template: byte 1: a backslash escapes only \"{\", \"}\" and \"\\\"", "x\\\n ^^\n"},
	} {
		_, err := Parse(tt.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%q: %v", tt.text, err)
		}
		if e.Error() != tt.message {
			t.Errorf("%q: message %q, want %q", tt.text, e, tt.message)
		}
		if got := e.Caret(); got != tt.want {
			t.Errorf("%q: caret\n%q, want\n%q", tt.text, got, tt.want)
		}
	}
	for _, tt := range []struct {
		offset, length int
		want           string
	}{{0, 0, ""}, {1, 1, "x\n ^\n"}, {2, 1, ""}, {-1, 1, ""}} {
		if got := (&Error{Err: ErrURL, Template: "x", Offset: tt.offset, Len: tt.length}).Caret(); got != tt.want {
			t.Errorf("caret at %d+%d: %q, want %q", tt.offset, tt.length, got, tt.want)
		}
	}
}

func mustParse(tb testing.TB, text string) *Template {
	tb.Helper()
	tmpl, err := Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return tmpl
}
