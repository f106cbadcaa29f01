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
	if got, err := Base64("+/8="); err != nil || string(got) != "\xfb\xff" {
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
	} {
		if got, err := Base64(line); !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// FuzzBase64: what is accepted is the one encoding of what comes out.
func FuzzBase64(f *testing.F) {
	f.Add("+/8=")
	f.Add("+/9=")
	f.Add("+/8=\r\n")
	f.Fuzz(func(t *testing.T, line string) {
		data, err := Base64(line)
		if err == nil && base64.StdEncoding.EncodeToString(data) != line {
			t.Errorf("%q is accepted, but isn't the encoding of %x", line, data)
		}
		if err != nil && !errors.Is(err, algorithm.ErrMalformed) {
			t.Errorf("%q: %v", line, err)
		}
	})
}
