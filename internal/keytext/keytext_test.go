package keytext

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
)

func TestLines(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"a", []string{"a"}},
		{"a\n", []string{"a"}},
		{"a\r\nb\nc\r\n", []string{"a", "b", "c"}},
		{"\na\n\n\r\n", []string{"a"}},
		{"\ufeff\r\n \t\na\n\nb\n \r\n", []string{"a", "", "b"}},
		{"\ufeffa", []string{"a"}},
		{"\n\ufeffa", []string{"\ufeffa"}},
		{"\ufeff\ufeffa", []string{"\ufeffa"}},
		{"\r\n\n", nil},
		{" \t", nil},
		{" a \n", []string{" a "}},
		{"\r\ra\n", []string{"\r\ra"}},
		{"a\r\r\nb\rc\nd\r", []string{"a\r", "b\rc", "d\r"}},
	} {
		got, err := Lines(tc.text)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("Lines(%q) = %q, %v, want %q", tc.text, got, err, tc.want)
		}
	}
	if _, err := Lines(strings.Repeat("\n", MaxSize)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Lines(strings.Repeat("\n", MaxSize+1)); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("above the limit: %v", err)
	}
}

func TestCheckKeys(t *testing.T) {
	for n, want := range map[int]error{0: algorithm.ErrMalformed, 1: nil, MaxKeys: nil, MaxKeys + 1: algorithm.ErrTooLarge} {
		if err := CheckKeys(make([]string, n)); !errors.Is(err, want) {
			t.Errorf("%d keys: %v", n, err)
		}
	}
	for size, want := range map[int]error{MaxKeysSize - 1: nil, MaxKeysSize: algorithm.ErrTooLarge} {
		if err := CheckKeys([]string{"x", strings.Repeat("x", size)}); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", size+1, err)
		}
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"größe\t日本語 🙂":              "größe\t日本語 🙂",
		`a "quoted" \ text`:         `a "quoted" \ text`,
		"\x1b[2J":                   `"\x1b[2J"`,
		"größe\u200b\t\"\\":         `"größe\u200b\t\"\\"`,
		"tag \U000e0041":            `"tag \U000e0041"`,
		"filler \u3164":             `"filler \u3164"`,
		"null notehead \U0001d159":  `"null notehead \U0001d159"`,
		"bell\a \v":                 `"bell\a \v"`,
		"Latin-1 \xe4":              `"Latin-1 \xe4"`,
		"replaced \ufffd":           "replaced \ufffd",
		"replaced \ufffd, not \xff": `"replaced ` + "\ufffd" + `, not \xff"`,
		"line\nend":                 `"line\nend"`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSome(t *testing.T) {
	ids := []string{"a", "b", "c", "d", "e", "f", "g"}
	for n, want := range map[int]string{0: "", 1: "a", 5: "a, b, c, d, e", 6: "a, b, c, d, e and 1 more", 7: "a, b, c, d, e and 2 more"} {
		if got := Some(ids[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestBound(t *testing.T) {
	if Bound(nil) != nil || Bound(algorithm.ErrWeak) != algorithm.ErrWeak {
		t.Error("a short error is changed")
	}
	most := errors.New(strings.Repeat("x", maxErrorText))
	if err := Bound(most); err != most {
		t.Errorf("an error of %d bytes is changed", maxErrorText)
	}
	if err := Bound(errors.New(most.Error() + "x")); len(err.Error()) > maxErrorText {
		t.Errorf("%d bytes", len(err.Error()))
	}
	long := fmt.Errorf("%w: %s", algorithm.ErrWeak, strings.Repeat("é", 1<<20))
	err := Bound(long)
	if text := err.Error(); !errors.Is(err, algorithm.ErrWeak) || len(text) > maxErrorText || !utf8.ValidString(text) {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

func TestBase64(t *testing.T) {
	if got, err := Base64("+/8=", 2); err != nil || string(got) != "\xfb\xff" {
		t.Errorf("%x, %v", got, err)
	}
	for name, line := range map[string]string{
		"no padding":        "+/8",
		"padding twice":     "+/8==",
		"padding in excess": "+/8=====",
		"unused bits":       "+/9=",
		"URL-safe":          "-_8=",
		"leading space":     " +/8=",
		"trailing space":    "+/8= ",
		"space inside":      "+/ 8=",
		"trailing CR":       "+/8=\r",
		"CR inside":         "+/\r8=",
		"LF inside":         "+/\n8=",
		"tab":               "+/8=\t",
		"NUL":               "+/8=\x00",
		"two texts":         "+/8=+/8=",
		"too short":         "+w==",
		"too long":          "+/8A",
	} {
		if got, err := Base64(line, 2); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func TestCheckMark(t *testing.T) {
	for text, want := range map[string]error{
		"": nil, "x": nil, "x\ufeff": nil, "\n\ufeff": nil, "\xef\xbb": nil,
		"\ufeff": algorithm.ErrMalformed, "\ufeffx": algorithm.ErrMalformed,
	} {
		if err := CheckMark([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCheckComment(t *testing.T) {
	for line, want := range map[string]error{
		"untrusted comment: ":  nil,
		"untrusted comment: x": nil,
		"untrusted comment:":   algorithm.ErrMalformed,
		" untrusted comment: ": algorithm.ErrMalformed,
		"Untrusted comment: ":  algorithm.ErrMalformed,
		"":                     algorithm.ErrMalformed,
	} {
		if err := CheckComment(line); !errors.Is(err, want) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestPublicKey(t *testing.T) {
	encode := func(tag string, size int) string {
		raw := append([]byte(tag), make([]byte, size)...)
		if size >= 40 {
			raw[10] = 3 // y = 3 is on the curve
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	for _, tc := range []struct {
		name, line string
		want       error
		says       string
	}{
		{"right", encode("Ed", 40), nil, ""},
		{"another algorithm", encode("ED", 40), algorithm.ErrUnsupported, `"ED"`},
		{"small order", base64.StdEncoding.EncodeToString(append([]byte("Ed"), make([]byte, 40)...)), algorithm.ErrWeak, "small order"},
		{"a signature", encode("Ed", 72), algorithm.ErrMalformed, "42 bytes, not 74"},
		{"signify's secret key", encode("Ed", 102), algorithm.ErrMalformed, "42 bytes, not 104"},
		{"minisign's secret key", encode("Ed", 156), algorithm.ErrMalformed, "42 bytes, not 158"},
		{"a key alone", encode("Ed", 30), algorithm.ErrMalformed, "42 bytes, not 32"},
		{"empty", "", algorithm.ErrMalformed, "not 0"},
		{"no base64", encode("Ed", 40) + "!", algorithm.ErrMalformed, "illegal base64"},
	} {
		got, err := PublicKey(tc.line)
		if !errors.Is(err, tc.want) || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err == nil && (got.Ed25519 == nil || got.Ed25519.Bytes()[0] != 3) {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestSignature(t *testing.T) {
	raw := append([]byte("EDkey-----"), make([]byte, 64)...)
	raw[10], raw[73] = 1, 2
	line := base64.StdEncoding.EncodeToString(raw)
	got, err := Signature(line)
	if err != nil || got.Tag != "ED" || string(got.Number[:]) != "key-----" || len(got.Data) != 64 || got.Data[0] != 1 || got.Data[63] != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", line[:len(line)-4], line + "!", base64.StdEncoding.EncodeToString(append(raw, 0))} {
		if got, err := Signature(bad); !errors.Is(err, algorithm.ErrMalformed) || got.Data != nil {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
}

// FuzzBase64: what is accepted is the one encoding of what comes out.
func FuzzBase64(f *testing.F) {
	f.Add("+/8=")
	f.Add("+/9=")
	f.Add("+/8=\r\n")
	f.Fuzz(func(t *testing.T, line string) {
		data, err := decode(line)
		if err == nil && base64.StdEncoding.EncodeToString(data) != line {
			t.Errorf("%q is accepted, but isn't the encoding of %x", line, data)
		}
		if err != nil && !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%q: %v", line, err)
		}
	})
}
