package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/relseal/relseal/internal/bench/process"
)

// startRaces set whole processes that verify 1 KiB beside one that does nothing.
func (h *host) startRaces() []race {
	var all []race
	for _, p := range [][2]string{{"own-fetcher", progMinisign}, {"https", progMinisignHTTPS}} {
		all = append(all, race{name: "start/" + p[0], sides: []string{relseal, "empty program"}, run: func(ctx context.Context, m mode, chosen []int, rounds int) ([][]process.Cost, error) {
			return inTurn(chosen, rounds, func(side int) (process.Cost, error) {
				args := []string{h.built[progEmpty]}
				if side == 0 {
					key, err := os.ReadFile(h.fixtures.keyFile(families()[0]))
					if err != nil {
						return process.Cost{}, err
					}
					args = []string{h.built[p[1]], strings.TrimSpace(string(key)), h.fixtures.path(small)}
				}
				o, err := h.launch(ctx, m, "", args...)
				return o.Cost, err
			})
		}})
	}
	return all
}

// sizeTable has the sizes of the programs, stripped.
func (h *host) sizeTable() (string, error) {
	var rows [][]string
	for _, p := range [][2]string{
		{progEmpty, "an empty program"},
		{progMinisign, "minisign, with a Fetcher of its own"},
		{progMinisignHTTPS, "minisign, with verify/https"},
		{progVerifyfile, "examples/verifyfile, with all families"},
	} {
		info, err := os.Stat(h.built[p[0]])
		if err != nil {
			return "", err
		}
		rows = append(rows, []string{p[1], fmt.Sprint(info.Size())})
	}
	return markdown([]string{"program (-trimpath -ldflags='-s -w')", "bytes"}, rows), nil
}
