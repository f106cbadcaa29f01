package checksums_test

import (
	"crypto"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// chart is a Chart.yaml as Helm writes it, with lines that are of the other
// forms, and what a line reader must not take for its end.
var chart = "apiVersion: v2\ndescription: |\n  ...\n  files:\n    a-1.2.3.tgz: sha256:" + sha256B + "\nname: a\n" +
	sha256B + "  a-1.2.3.tgz\nfiles:\n  a-1.2.3.tgz: sha256:" + sha256B + "\n...x\nversion: 1.2.3\n"

func TestProvenance(t *testing.T) {
	const name = "a-1.2.3.tgz"
	line := "  " + name + ": sha256:" + sha256A
	other := "  b-1.0.0+build_1.tar.gz: sha256:" + sha256B
	for what, c := range map[string]struct {
		text string
		line int
	}{
		"Helm's":            {chart + "\n...\nfiles:\n" + line + "\n", 15},
		"no end of line":    {chart + "\n...\nfiles:\n" + line, 15},
		"CRLF":              {strings.ReplaceAll(chart+"\n...\nfiles:\n"+line+"\n", "\n", "\r\n"), 15},
		"no empty line":     {"name: a\n...\nfiles:\n" + line + "\n", 4},
		"more files":        {"name: a\n...\nfiles:\n" + other + "\n" + line + "\n" + other + "\n", 5},
		"odd bytes before":  {"name: \xff\x00\\\n\n...\nfiles:\n" + line + "\n", 5},
		"a space after ...": {"name: a\n... \n...\nfiles:\n" + line + "\n", 5},
	} {
		t.Run(what, func(t *testing.T) {
			check(t, c.text, name+".prov", name, []want{{name, c.line, crypto.SHA256, sha256A}})
			check(t, c.text, name+".prov", "charts/"+name, []want{{name, c.line, crypto.SHA256, sha256A}})
			refused(t, c.text, name+".prov", "c-1.2.3.tgz", algorithm.ErrNameMismatch, "no digest of")
			// the name of the manifest tells
			refused(t, c.text, "SHA256SUMS", name, algorithm.ErrMalformed, "line 1 ")
		})
	}
}

func TestBadProvenance(t *testing.T) {
	const name, head = "a-1.2.3.tgz", "name: a\n\n...\nfiles:\n"
	line := "  " + name + ": sha256:" + sha256A + "\n"
	check(t, head+line, name+".prov", name, []want{{name, 5, crypto.SHA256, sha256A}})
	letters := "AMZamz059+-._.tgz"
	check(t, head+strings.ReplaceAll(line, name, letters), letters+".prov", letters, []want{{letters, 5, crypto.SHA256, sha256A}})
	for what, c := range map[string]struct{ text, want string }{
		"empty":                  {"", "no files"},
		"Chart.yaml alone":       {chart, "no files"},
		"no files:":              {"name: a\n\n...\n", "no files"},
		"no file":                {head, "no files"},
		"no Chart.yaml":          {"...\nfiles:\n" + line, "no files"},
		"...\\r":                 {"name: a\n...\r\r\nfiles:\n" + line, "no files"},
		"a checksum manifest":    {sha256A + "  " + name + "\n", "no files"},
		"a hash alone":           {sha256A + "\n", "no files"},
		"something else first":   {"name: a\n\n...\n\nfiles:\n" + line, `line 4 `},
		"images first":           {"name: a\n\n...\nimages:\n" + line, `line 4 `},
		"files: and more":        {"name: a\n\n...\nfiles: {}\n" + line, `line 4 `},
		"files: after":           {"name: a\n\n...\n" + line + "files:\n", `line 4 `},
		"a far line":             {"name: a\n\n...\n" + strings.Repeat("\U000f0000", 999), `line 4 `},
		"a second ...":           {head + line + "...\nfiles:\n" + line, "line 6 "},
		"images after":           {head + line + "images:\n" + line, "line 6 "},
		"a blank line":           {head + line + "\n", "line 6 "},
		"a comment":              {head + "  # x\n" + line, "line 5 "},
		"one space":              {head + line[1:], "line 5 "},
		"not indented":           {head + line[2:], "line 5 "},
		"three spaces":           {head + " " + line, "line 5 "},
		"a tab":                  {head + "\t" + line[2:], "line 5 "},
		"no space":               {head + strings.Replace(line, ": ", ":", 1), "line 5 "},
		"two spaces after":       {head + strings.Replace(line, ": ", ":  ", 1), "line 5 "},
		"a quoted name":          {head + `  "a-1.2.3.tgz": sha256:` + sha256A + "\n", "line 5 "},
		"a quoted digest":        {head + `  a-1.2.3.tgz: "sha256:` + sha256A + "\"\n", "line 5 "},
		"a complex key":          {head + "  ? a-1.2.3.tgz\n  : sha256:" + sha256A + "\n", "line 5 "},
		"no name":                {head + "  : sha256:" + sha256A + "\n", "line 5 "},
		"a folder":               {head + "  x/" + line[2:], "line 5 "},
		"a traversal":            {head + "  ../" + line[2:], "line 5 "},
		"a space in the name":    {head + "  x " + line[2:], "line 5 "},
		"a dash before the name": {head + "  -" + line[2:], "line 5 "},
		"an anchor":              {head + "  &" + line[2:], "line 5 "},
		"a backslash":            {head + `  \` + line[2:], "line 5 "},
		"a control character":    {head + "  \x01" + line[2:], "line 5 "},
		"not UTF-8":              {head + "  \xff" + line[2:], "line 5 "},
		"a number":               {head + "  1.20: sha256:" + sha256A + "\n", "line 5 "},
		"SHA-512":                {head + "  " + name + ": sha512:" + sha512A + "\n", "line 5 "},
		"no hash's name":         {head + "  " + name + ": " + sha256A + "\n", "line 5 "},
		"upper case":             {head + "  " + name + ": sha256:" + strings.ToUpper(sha256A) + "\n", "lower-case"},
		"a short digest":         {head + "  " + name + ": sha256:" + sha256A[1:] + "\n", "lower-case"},
		"a long digest":          {head + "  " + name + ": sha256:" + sha256A + "0\n", "lower-case"},
		"no hex":                 {head + "  " + name + ": sha256:" + sha256A[1:] + "g\n", "lower-case"},
		"a space after":          {head + strings.TrimSuffix(line, "\n") + " \n", "lower-case"},
		"a comment after":        {head + strings.TrimSuffix(line, "\n") + " # x\n", "lower-case"},
		"two digests":            {head + line + "  " + name + ": sha256:" + sha256B + "\n", "a second sha256"},
		"the same digest twice":  {head + line + line, "a second sha256"},
		"an odd line after":      {head + line + "x\n", "line 6 "},
		"an odd file after":      {head + line + "  ../b.tgz: sha256:" + sha256B + "\n", "line 6 "},
	} {
		t.Run(what, func(t *testing.T) {
			refused(t, c.text, name+".prov", name, algorithm.ErrMalformed, c.want)
		})
	}
}
