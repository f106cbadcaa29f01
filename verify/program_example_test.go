package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
)

// A program replaces itself, and goes back to what it was if the new one doesn't
// start.
func ExamplePlan_Update() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "tool")
	if err := os.WriteFile(path, []byte("version 1.1.0"), 0o755); err != nil {
		log.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}})
	if err != nil {
		log.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{Name: "tool.tgz", Signature: []byte(toolSignature)}, table(publisherKey))
	if err != nil {
		log.Fatal(err)
	}
	program := verify.Program{
		Path: path, // without it, the running program
		Check: func(_ context.Context, path string) error {
			info, err := os.Stat(path) // or exec.CommandContext(ctx, path, "--version").Run()
			if err == nil && info.Size() == 0 {
				err = fmt.Errorf("%s is empty", path)
			}
			return err
		},
	}
	if err := program.CleanUp(context.Background()); err != nil { // at the program's start
		log.Fatal(err)
	}
	report, err := plan.Update(context.Background(), bytes.NewReader([]byte(tool)), program)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status)
	// Output: verified
}
