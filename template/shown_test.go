package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/template"
)

// TestErrorShown: neither a template nor a value can say anything through an
// error that a terminal would act on.
func TestErrorShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, text := range []string{evil, strings.Repeat(evil, 1000)} {
			for _, source := range []string{"{ " + text + " }", "{" + text, text + "}", text + "\\x", "{ k" + text + "\\ }", text} {
				values := map[string]string{"k": text, text + "k": "x", "version": "1"}
				tmpl, err := template.Parse(source)
				if err == nil {
					_, err = tmpl.RenderURL(values)
				}
				said, caret := "", ""
				var broken *template.Error
				var missing *template.MissingKeyError
				switch {
				case errors.As(err, &broken):
					said, caret = err.Error(), broken.Caret()
				case errors.As(err, &missing):
					said, caret = err.Error(), missing.Caret()
				default:
					t.Errorf("%s: %q: %v", name, source, err)
				}
				testkeys.CheckShown(t, said+caret)
				if len(said) >= 500 || strings.Contains(said, "\n") {
					t.Errorf("%s: %d bytes: %s", name, len(said), said)
				}
			}
		}
	}
	tmpl, err := template.Parse("{ ключь }")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tmpl.Render(map[string]string{"ключ": "x"})
	if want := `template: byte 0: no value for key "ключь" (did you mean "ключ"?); known keys: ["ключ"]`; err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
}
