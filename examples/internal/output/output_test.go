package output_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/internal/testkeys"
)

func TestShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, text := range []string{evil, strings.Repeat(evil, 5000)} {
			var b strings.Builder
			output.Error(&b, "program", errors.Join(errors.New(text), errors.New("last")))
			if got := b.String(); len(got) > 4096 || strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "program: a") || !strings.HasSuffix(got, "last\n") {
				t.Errorf("%s: %d bytes: %s", name, len(got), got)
			}
			if n, l := output.Name(text), output.Label(text); len(n) > 500 || len(l) > 500 || strings.ContainsRune(n+l, '\n') {
				t.Errorf("%s: %s, %s", name, n, l)
			}
			b.WriteString(output.Name(text) + output.Label(text))
			if err := output.JSON(&b, map[string]string{text: text}); err != nil {
				t.Fatal(err)
			}
			testkeys.CheckShown(t, b.String())
		}
	}
	for _, s := range testkeys.Plain() {
		if got := output.Reason(errors.New(s)); got != s {
			t.Errorf("%q became %q", s, got)
		}
		if got := output.Name(s); got != `"`+s+`"` {
			t.Errorf("%q became %s", s, got)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, s := range []string{"\u202e\U000e0041\x7f\u009b\x1b", "<a&b>", "日本"} {
		var b strings.Builder
		if err := output.JSON(&b, []string{s}); err != nil {
			t.Fatal(err)
		}
		var back []string
		if err := json.Unmarshal([]byte(b.String()), &back); err != nil || len(back) != 1 || back[0] != s || !strings.HasSuffix(b.String(), "\n]\n") {
			t.Errorf("%q: %s is read as %q, %v", s, &b, back, err)
		}
	}
	_, broken := io.Pipe()
	if err := errors.Join(broken.Close(), output.JSON(broken, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
	if err := output.JSON(io.Discard, func() {}); err == nil {
		t.Error("a function was printed")
	}
}
