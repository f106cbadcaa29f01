package template

import (
	"errors"
	"strings"
	"testing"
)

// escape writes text as a template that renders to it.
var escape = strings.NewReplacer(`\`, `\\`, "{", `\{`, "}", `\}`)

func FuzzParse(f *testing.F) {
	for _, c := range leonCases(f) {
		f.Add(c.Template)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		if tmpl.String() != text {
			t.Fatalf("String() = %q, want %q", tmpl, text)
		}

		// Written anew from its items, it is the same template.
		var anew strings.Builder
		values := map[string]string{}
		for _, i := range tmpl.items {
			if i.isKey() {
				anew.WriteString("{" + i.text + "}")
				values[i.text] = "{" + i.text + `}\`
			} else {
				anew.WriteString(escape.Replace(i.text))
			}
		}
		if len(anew.String()) > maxLength {
			return
		}
		again := mustParse(t, anew.String())
		out, err := tmpl.Render(values)
		out2, err2 := again.Render(values)
		if out != out2 || (err == nil) != (err2 == nil) {
			t.Fatalf("%q renders to %q, %v, but written anew to %q, %v", text, out, err, out2, err2)
		}
		if err != nil {
			if !errors.Is(err, errTooLong) {
				t.Fatalf("%q with all values: %v", text, err)
			}
			return
		}

		// What was rendered, escaped, renders to itself.
		if escaped := escape.Replace(out); len(escaped) <= maxLength {
			if got, err := mustParse(t, escaped).Render(nil); err != nil || got != out {
				t.Fatalf("%q escaped renders to %q, %v", out, got, err)
			}
		}

		// Each key is needed.
		for _, key := range tmpl.Keys() {
			delete(values, key)
			var missing *MissingKeyError
			if _, err := tmpl.Render(values); !errors.As(err, &missing) {
				t.Fatalf("%q without %q: %v", text, key, err)
			}
			_, _ = missing.Error(), missing.Caret()
		}
	})
}

func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %v is no *Error", text, err)
	}
	if e.Offset < 0 || e.Len < 0 || e.Offset > len(text) || e.Offset+e.Len > len(text)+1 {
		t.Fatalf("%q: range %d+%d", text, e.Offset, e.Len)
	}
	if c := e.Caret(); e.Len > 0 && !strings.Contains(c, "^") {
		t.Fatalf("%q: caret %q", text, c)
	}
	if strings.ContainsAny(e.Error(), "\n\x1b") {
		t.Fatalf("%q: message %q", text, e)
	}
}

func FuzzRenderURL(f *testing.F) {
	f.Add("https://example.org/", "a")
	f.Add("https://", "user@example.org#x")
	f.Fuzz(func(t *testing.T, prefix, value string) {
		tmpl := mustParse(t, escape.Replace(prefix[:min(len(prefix), maxLength/4)])+"{v}")
		got, err := tmpl.RenderURL(map[string]string{"v": value})
		if err == nil && strings.ContainsAny(got, " \t\r\n\x00#") {
			t.Fatalf("accepted %q", got)
		}
		if err != nil && !errors.Is(err, ErrURL) && !errors.Is(err, errTooLong) {
			t.Fatalf("%q%q: %v", prefix, value, err)
		}
	})
}
