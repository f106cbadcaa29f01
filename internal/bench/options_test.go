package main

import (
	"io"
	"strings"
	"testing"
)

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		args   string
		rounds int
		large  int64
	}{
		{"", fullRounds, 1 << 30},
		{"-short", shortRounds, 64 << 20},
		{"-short -rounds 9", 9, 64 << 20},
		{"-rows ^small -out x.md -dir y", fullRounds, 1 << 30},
	} {
		o, err := parseOptions(strings.Fields(tt.args), io.Discard)
		if err != nil || o.rounds != tt.rounds || o.sizes.large != tt.large {
			t.Errorf("%q: %+v, %v", tt.args, o, err)
		}
	}
	o, err := parseOptions(strings.Fields("-rows ^small -out x.md -dir y"), io.Discard)
	if err != nil || o.out != "x.md" || o.dir != "y" || o.rows.MatchString("large/small") || !o.rows.MatchString("small/ssh") {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestUsage(t *testing.T) {
	for args, want := range map[string]int{
		"-h":                      0,
		"-rounds -1":              exitUsage,
		"-rows (":                 exitUsage,
		"large":                   exitUsage,
		"-unknown":                exitUsage,
		jobFlag + " {":            1, // a job that is none
		jobFlag + ` {"kind":"x"}`: 1,
	} {
		var stdout, stderr strings.Builder
		if got := run(t.Context(), strings.Fields(args), &stdout, &stderr); got != want || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("%q: exit code %d, want %d; %q", args, got, want, stderr.String())
		}
	}
}
