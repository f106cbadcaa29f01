package keytext

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

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
		{"\na\n\n\r\n", []string{"", "a", "", ""}},
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

func TestBlank(t *testing.T) {
	if !Blank(nil) || !Blank([]string{"", ""}) || Blank([]string{"", " "}) || Blank([]string{"\r"}) {
		t.Error("blank is what has no bytes at all")
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
		{"a signature", encode("Ed", 72), algorithm.ErrMalformed, "a signature"},
		{"signify's secret key", encode("Ed", 102), algorithm.ErrMalformed, "secret key"},
		{"minisign's secret key", encode("Ed", 156), algorithm.ErrMalformed, "secret key"},
		{"a key alone", encode("Ed", 30), algorithm.ErrMalformed, "42 bytes, not 32"},
		{"empty", "", algorithm.ErrMalformed, "not 0"},
	} {
		got, err := PublicKey(tc.line)
		if !errors.Is(err, tc.want) || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err == nil && (got.Tag != "Ed" || len(got.Data) != 32) {
			t.Errorf("%s: %+v", tc.name, got)
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
