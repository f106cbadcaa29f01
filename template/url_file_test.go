package template

import (
	"errors"
	"testing"
)

// TestFileURL: files need no host, but are absolute.
func TestFileURL(t *testing.T) {
	for text, ok := range map[string]bool{
		"file:///dir/x":          true,
		"file://localhost/dir/x": true,
		"file:/dir/x":            true,
		"file:dir/x":             false,
		"file:":                  false,
		"file://u@/x":            false,
		"file:///x#y":            false,
		"https:///x":             false,
		"ftp:///x":               false,
	} {
		parsed, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.RenderURL(nil); (err == nil) != ok || err != nil && !errors.Is(err, ErrURL) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
