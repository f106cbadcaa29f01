// Cosign is the demo with one more family: it verifies the bundle of the package
// that is signed with cosign, offline, by the same policy.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/internal/demo"
)

func main() {
	err := demo.Run(context.Background(), os.Stdout,
		minisign.Algorithm{},
		gpg.Algorithm{},
		cosign.Algorithm{},
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
