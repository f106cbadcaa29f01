package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestUsage: wrong use says what to do.
func TestUsage(t *testing.T) {
	const url = "https://example.com/tool"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "--manifest Cargo.toml, or --table"},
		{[]string{"--nonsense"}, "--help has all flags"},
		{[]string{"--manifest", "a", "--table", "b", url}, "goes without --table"},
		{[]string{"--manifest", "a", "--var", "a=b"}, "go with --table"},
		{[]string{"--manifest", "a", "--at", "b"}, "go with --table"},
		{[]string{"--manifest", "a", "--format", "tgz"}, "go with --table"},
		{[]string{"--manifest", "a", "run"}, `comes after "--"`},
		{[]string{"--table", "a"}, "needs the program's URL"},
		{[]string{"--table", "a", "--", url}, "needs the program's URL"},
		{[]string{"--table", "a", "tool"}, "is no URL"},
		{[]string{"--table", "a", url, "--policy", "p"}, `"--policy" stands behind all flags`},
		{[]string{"--table", "a", "--release", "1", url}, "--var version=VERSION"},
		{[]string{"--table", "a", "--format", "rar", url}, "is none of bin, tar"},
		{[]string{"--table", "a", "--var", "b", url}, "key=value"},
		{[]string{"--table", "a", "--cache-size", "0", url}, "from 1 MiB on"},
		{[]string{"--manifest", "a", "--no-run", "--", "b"}, "starts nothing"},
		{[]string{"--manifest", "a", "--trust-pins"}, "without --pin"},
		{[]string{"--manifest", "a", "--policy", ""}, "one file is wanted"},
		{[]string{"--manifest", "a", "--pin", ""}, "one file is wanted"},
		{[]string{"--manifest", "a", "--pin", "b", "--pin", "c"}, "one file is wanted"},
		{[]string{"--manifest", "a", "--pin", "--", "b"}, "needs an argument: -pin"},
		{[]string{"--manifest", "a", "--cache", "--", "--pin", "p", "--", "b"}, "needs an argument: -cache"},
		{[]string{"--table", "a", "--pin", "--", "--no-run", url}, "needs an argument: -pin"},
		{[]string{"--clean", "--manifest", "a"}, "with --cache alone"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), tt.args, streams{nil, &out, &errs}); code != exitUsage || !strings.Contains(errs.String(), tt.want) || out.Len() > 0 {
			t.Errorf("%q: %d, %s, want %q", tt.args, code, &errs, tt.want)
		}
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, streams{nil, &out, &errs}); code != 0 || errs.Len() > 0 || !strings.HasPrefix(out.String(), help) || !strings.Contains(out.String(), "-cache-size MiB") {
		t.Errorf("%d: %s%s", code, &out, &errs)
	}
}

// TestArguments: what stands behind -- is the program's, whatever it is.
func TestArguments(t *testing.T) {
	const url = "https://example.com/tool"
	for _, tt := range []struct {
		args string
		want string
	}{
		{"--manifest a", ""},
		{"--manifest a --", ""},
		{"--manifest a -- --help -- x", "--help -- x"},
		{"--table a " + url, ""},
		{"--table a " + url + " --", ""},
		{"--table a " + url + " -- --help -- x", "--help -- x"},
	} {
		o, err := parse(strings.Fields(tt.args))
		if err != nil || strings.Join(o.args, " ") != tt.want || o.table != "" && o.url != url {
			t.Errorf("%s: %+v, %v", tt.args, o, err)
		}
	}
}
