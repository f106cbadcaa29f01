// Demo shows one policy over packages that are signed with minisign and gpg. A
// package that is signed with cosign is refused as unsupported: this program
// doesn't link that family. The one in the folder cosign does, and differs by
// one line.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/internal/demo"
)

func main() {
	err := demo.Run(context.Background(), os.Stdout,
		minisign.Algorithm{},
		gpg.Algorithm{},
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
