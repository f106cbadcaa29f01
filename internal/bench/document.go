package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/relseal/relseal/internal/bench/process"
)

// A section is a part of the document: a table of its races, and what else
// belongs to it.
type section struct {
	title string
	text  string
	races []race
	times int // of options.rounds
	more  func(results []result) (string, error)
}

// measure makes the document and prints it, and what is going on to stderr. The
// document is complete where allocations are over their limits, too.
func measure(ctx context.Context, o options, limits map[string]allocations, stdout, stderr io.Writer) (err error) {
	begin := startBusyness()
	h, err := newHost(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	machine := machineTable(ctx, h.root, runtime.NumCPU())
	s, stop, err := h.startServer(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	d := &document{host: h, modes: modes(process.CPUs(), runtime.NumCPU()), limits: limits, progress: stderr}
	for _, section := range d.sections(ctx, s) {
		if err := d.measure(ctx, section); err != nil {
			return err
		}
	}
	text := textHead + "\n" + machine + d.conditions(begin) + d.body.String()
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if o.out != "" {
		if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if len(d.over) > 0 {
		return fmt.Errorf("%w: %s", errAllocations, strings.Join(d.over, "; "))
	}
	return nil
}

// A document grows section by section.
type document struct {
	host     *host
	modes    []mode
	limits   map[string]allocations
	progress io.Writer
	body     strings.Builder
	over     []string // limits of allocations
}

func (d *document) sections(ctx context.Context, s site) []section {
	programs, missing := d.host.programRaces()
	programText := textPrograms
	for _, name := range missing {
		programText += fmt.Sprintf("\n\n%s is not installed: its row is left out.", name)
	}
	size := d.host.options.sizes
	return []section{
		{title: fmt.Sprintf("Large: %d MiB from the page cache", size.large>>20), text: textLarge, races: d.host.largeRaces(), times: 1},
		{title: fmt.Sprintf("Programs: the same %d MiB", size.large>>20), text: programText, races: programs, times: 1},
		{title: fmt.Sprintf("Save: %d MiB to a file", size.medium>>20), text: textSave, races: d.host.saveRaces(), times: 1},
		{title: "Small: 1 KiB, everything warm", text: textSmall, races: d.host.smallRaces(), times: 3, more: func([]result) (string, error) {
			table, over, err := d.host.allocationTable(ctx, d.limits)
			d.over = append(d.over, over...)
			return textAllocations + "\n\n" + table, err
		}},
		{title: "Start: whole processes with 1 KiB", text: textStart, races: d.host.startRaces(), times: 6, more: func([]result) (string, error) {
			return d.host.sizeTable()
		}},
		{title: fmt.Sprintf("Download: %d MiB over TLS on loopback", size.medium>>20), text: textDownload, races: d.host.downloadRaces(s), times: 1, more: func(results []result) (string, error) {
			return markTable(results), nil
		}},
	}
}

// measure adds a section, or nothing where none of its rows is asked for.
func (d *document) measure(ctx context.Context, s section) error {
	var results []result
	for _, r := range s.races {
		sides := r.chosen(d.host.options)
		if sides == nil {
			continue
		}
		for _, m := range d.modes {
			fmt.Fprintf(d.progress, "%s, cores: %d\n", r.name, m.cores)
			measured, err := r.measured(ctx, m, sides, s.times*d.host.options.rounds)
			if err != nil {
				return err
			}
			results = append(results, measured)
		}
	}
	if results == nil {
		return nil
	}
	var rows [][]string
	for _, r := range results {
		rows = append(rows, r.rows()...)
	}
	fmt.Fprintf(&d.body, "\n## %s\n\n%s\n\n%s", s.title, s.text, markdown(head(), rows))
	if s.more == nil {
		return nil
	}
	more, err := s.more(results)
	if err != nil {
		return err
	}
	fmt.Fprintf(&d.body, "\n%s", more)
	return nil
}

// tooBusy is the share of the machine that others may use before the document
// says what that means.
const tooBusy = 0.15

// conditions are what else there is to know of the machine.
func (d *document) conditions(begin busyness) string {
	var b strings.Builder
	if share, ok := begin.others(runtime.NumCPU()); ok {
		fmt.Fprintf(&b, "\nOther programs used %.0f %% of the machine meanwhile", 100*share)
		if share > tooBusy {
			b.WriteString(": **the times below are not to be relied on**, those of wall least of all. " +
				"Allocations and sizes are")
		}
		b.WriteString(".\n")
	}
	if len(d.modes) == 1 {
		b.WriteString("\nThis machine has one core: rows with two are left out.\n")
	}
	return b.String()
}
