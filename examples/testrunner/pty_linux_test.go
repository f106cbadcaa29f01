package main

import (
	"crypto/rand"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/relseal/relseal/examples/internal/pty"
)

// TestProgress: on a terminal there is a bar while a release is fetched, on one line
// of it, and none for what is in the cache.
func TestProgress(t *testing.T) {
	f := newFixture(t)
	name := "tool-with-a-long-name-as-releases-have-it-for-x86_64-unknown-linux-gnu-1.2.0"
	f.Publish("2.0.0", map[string][]byte{name: []byte("#!/bin/sh\necho ran\nexit\n" + rand.Text() + strings.Repeat("x", 1<<20))})
	for _, cached := range []bool{false, true} {
		control, terminal, err := pty.Open(80)
		if err != nil {
			t.Skip(err)
		}
		shown := make(chan string)
		go func() {
			text, _ := io.ReadAll(control) // it ends with an error when the terminal is closed
			shown <- string(text)
		}()
		o, err := parse(f.args("2.0.0", name))
		if err != nil {
			t.Fatal(err)
		}
		o.transport = f.Client().Transport
		o.start = func(*ready, streams) (int, error) { return 0, nil }
		if code := o.run(t.Context(), streams{os.Stdin, io.Discard, terminal}); code != 0 {
			t.Error(code)
		}
		terminal.Close()
		text := <-shown
		control.Close()
		bar, line, ok := strings.Cut(text, "testrunner: verified ")
		if !ok || strings.Contains(line, "\r\n\r") || cached != (bar == "") {
			t.Errorf("%q", text)
		}
		for _, drawn := range strings.FieldsFunc(bar, func(r rune) bool { return r == '\r' || r == '\n' }) {
			if n := utf8.RuneCountInString(drawn); n > 80 {
				t.Errorf("%d columns: %q", n, drawn)
			}
		}
	}
}
