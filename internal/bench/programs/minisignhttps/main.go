// Minisignhttps is program minisign with verify/https for its Fetcher. It asks
// nobody: the signature lies beside the artifact.
//
//	minisignhttps KEY ARTIFACT
package main

import (
	"os"

	"github.com/relseal/relseal/internal/bench/programs/check"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	signature, err := os.ReadFile(os.Args[2] + ".minisig")
	if err == nil {
		err = check.Program{Key: os.Args[1], Artifact: os.Args[2], Signature: signature}.File(https.Fetcher{})
	}
	os.Exit(verify.ExitCode(err))
}
