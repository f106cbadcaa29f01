package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/relseal/relseal/examples/internal/input"
)

// Limits of what is read whole, in bytes.
const (
	maxCerts      = 16 << 20
	maxSignatures = 4 << 20
	maxInline     = 64 << 20
)

// options are those of both subcommands, and what is left of the arguments.
type options struct {
	notBefore, notAfter time.Time // zero is no limit
	verifications       string    // the file for them; "" for none
	args                []string
}

// parseOptions reads options, which may stand between the arguments. out is whether
// --verifications-out is one.
func parseOptions(args []string, now time.Time, out bool) (o options, err error) {
	o.notAfter = now
	for i := 0; i < len(args); i++ {
		name, value, has := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			o.args = append(o.args, args[i+1:]...)
			return o, nil
		case !strings.HasPrefix(args[i], "--"):
			o.args = append(o.args, args[i])
			continue
		case name == "--debug":
			continue
		case !has && i+1 == len(args):
			return o, fail(exitMissingArg, "%s without a value", name)
		case !has:
			i++
			value = args[i]
		}
		switch {
		case name == "--not-before":
			o.notBefore, err = parseDate(value, now)
		case name == "--not-after":
			o.notAfter, err = parseDate(value, now)
		case name == "--verifications-out" && out:
			o.verifications = value
		default:
			return o, fail(exitUnsupportedOption, "the unknown option %q", name)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// parseDate reads a DATE: ISO 8601 in UTC if it says no other zone, "now", or "-" for no
// limit.
func parseDate(text string, now time.Time) (time.Time, error) {
	switch text {
	case "now":
		return now, nil
	case "-":
		return time.Time{}, nil
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02", "20060102T150405Z0700", "20060102T150405",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fail(exitUnsupportedOption, "%q is no date such as 2026-01-31T12:00:00Z", text)
}

// within tells whether a signature's time is one that counts.
func (o options) within(t time.Time) bool {
	return !t.Before(o.notBefore) && (o.notAfter.IsZero() || !t.After(o.notAfter))
}

// read reads a file, or what a special designator stands for.
func read(name string, limit int64) ([]byte, error) {
	kind, rest, special := strings.Cut(name, ":")
	switch {
	case !strings.HasPrefix(name, "@"):
		data, err := input.ReadFile(name, limit)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &failure{exitMissingInput, err}
		case err != nil:
			return nil, &failure{exitBadData, err}
		}
		return data, nil
	case special && kind == "@ENV":
		value, ok := os.LookupEnv(rest)
		if !ok {
			return nil, fail(exitMissingInput, "there is no variable %q", rest)
		}
		return []byte(value), nil
	case special && kind == "@FD":
		f, err := descriptor(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readLimited(f, limit)
	}
	return nil, fail(exitUnsupportedPrefix, "%q: of the special designators @ENV: and @FD: are known", name)
}

// descriptor returns what @FD:N stands for.
func descriptor(name string) (*os.File, error) {
	text, ok := strings.CutPrefix(name, "@FD:")
	n, err := strconv.ParseUint(text, 10, 16)
	if !ok || err != nil {
		return nil, fail(exitUnsupportedPrefix, "%q names no descriptor", name)
	}
	f := os.NewFile(uintptr(n), name)
	if f == nil {
		return nil, fail(exitMissingInput, "%q isn't open", name)
	}
	return f, nil
}

// readLimited reads all that a reader has.
func readLimited(r io.Reader, limit int64) ([]byte, error) {
	var all bytes.Buffer
	n, err := all.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, &failure{exitBadData, err}
	case n > limit:
		return nil, fail(exitBadData, "more than %d bytes", limit)
	}
	return all.Bytes(), nil
}
