// Launch runs one program and prints what it took, as JSON. It stands between
// the benchmark and what is measured because it is small: see package process.
//
//	launch '{"args": ["minisign", "-V", …], "stdin": "", "cpus": [1]}'
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/relseal/relseal/internal/bench/process"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = os.Stderr.WriteString("launch: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return os.ErrInvalid
	}
	var c process.Command
	if err := json.Unmarshal([]byte(args[0]), &c); err != nil {
		return err
	}
	outcome, err := process.Run(context.Background(), c)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(outcome)
}
