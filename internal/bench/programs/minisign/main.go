// Minisign is a program with one family and a Fetcher of its own, which takes
// documents from the artifact's folder.
//
//	minisign KEY ARTIFACT
package main

import (
	"context"
	"os"
	"path"
	"path/filepath"

	"github.com/relseal/relseal/internal/bench/programs/check"
	"github.com/relseal/relseal/verify"
)

func main() {
	if len(os.Args) != 3 {
		os.Exit(2)
	}
	err := check.Program{Key: os.Args[1], Artifact: os.Args[2]}.File(folder(filepath.Dir(os.Args[2])))
	os.Exit(verify.ExitCode(err))
}

// folder has what a URL ends with.
type folder string

func (f folder) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	file, err := os.Open(filepath.Join(string(f), path.Base(r.URL)))
	if err != nil {
		return nil, err
	}
	return &verify.Response{Body: file, Size: -1}, nil
}
