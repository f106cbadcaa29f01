//go:build unix

package main

import (
	"io"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/internal/testkeys"
)

// fdName closes a file, and names another descriptor of it, which is the program's to
// close: the file would close that number again, whatever has it by then.
func fdName(t *testing.T, f *os.File) string {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return "@FD:" + strconv.Itoa(fd)
}

// TestDescriptor: a file may be an open descriptor, whose text is there once.
func TestDescriptor(t *testing.T) {
	artifact, signature, key := good(t)
	entity, cert := newCert(t)
	message := signed(t, entity, "data", packet.CompressionNone)
	for _, tt := range []struct {
		stdin []byte
		file  string // that is the descriptor's
		args  func(fd string) []string
	}{
		{artifact, signature, func(fd string) []string { return []string{"verify", fd, key} }},
		{artifact, key, func(fd string) []string { return []string{"verify", signature, fd} }},
		{message, cert, func(fd string) []string { return []string{"inline-verify", fd} }},
		{clearSigned(t, entity, "data"), cert, func(fd string) []string { return []string{"inline-verify", fd} }},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		text := testkeys.ReadFile(t, tt.file)
		go func() {
			_, _ = w.Write(text)
			_ = w.Close()
		}()
		args := tt.args(fdName(t, r))
		if code, _, errs := sopv(t, tt.stdin, args...); code != 0 {
			t.Errorf("%q: %d %s", args, code, errs)
		}
	}
}

// TestVerificationsOut: they may go to a descriptor, and to no other special place.
func TestVerificationsOut(t *testing.T) {
	entity, cert := newCert(t)
	message := signed(t, entity, "data", packet.CompressionNone)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if code, got, errs := sopv(t, message, "inline-verify", "--verifications-out="+fdName(t, w), cert); code != 0 || got != "data" {
		t.Fatalf("%d %q %s", code, got, errs)
	}
	if text, err := io.ReadAll(r); err != nil || !line.Match(text) {
		t.Errorf("%q, %v", text, err)
	}
	for _, name := range []string{"@ENV:X", "@FD:x", "@FD:", "@X"} {
		if code, _, _ := sopv(t, message, "inline-verify", "--verifications-out="+name, cert); code != exitUnsupportedPrefix {
			t.Errorf("%s: %d", name, code)
		}
	}
}
