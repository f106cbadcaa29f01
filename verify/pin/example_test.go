package pin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// A release that was seen somewhere else, by its SHA256SUMS, is pinned before
// anything of it is installed.
func ExampleFile_Import() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := pin.File{Path: filepath.Join(dir, "relseal.pins")}
	release := verify.Pin{Name: "tool", Version: "1.2.0", Signers: []string{"minisign C44F9D66C9B5A1F0"}}
	targets := map[string]string{"tool-linux.tgz": "x86_64-unknown-linux-gnu"}
	sums := func(digit string) []byte { return []byte(strings.Repeat(digit, 64) + "  tool-linux.tgz\n") }
	if err := file.Import(context.Background(), release, sums("1"), targets); err != nil {
		fmt.Println(err)
		return
	}
	if err := file.Export(os.Stdout, "tool", "1.2.0"); err != nil {
		fmt.Println(err)
	}
	err = file.Import(context.Background(), release, sums("2"), targets) // the release was replaced
	fmt.Println(errors.Is(err, verify.ErrPinMismatch))
	// Output:
	// 1111111111111111111111111111111111111111111111111111111111111111  tool-linux.tgz
	// true
}
