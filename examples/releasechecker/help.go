package main

import (
	"flag"
	"fmt"
	"io"
)

const help = `releasechecker: would my users' installers accept this release?

It fetches every artifact of a release, verifies it as its signing table declares,
and says what an installer would say. Start with the line that fits:

  a Rust package, before publishing: what is in dist/ will be uploaded
    releasechecker --manifest Cargo.toml --dir dist/
  the same, once it is published
    releasechecker --manifest Cargo.toml
  anything else, before publishing: every file of dist/, or those that are named
    releasechecker --table relseal.toml --dir dist/
  anything else, once it is published
    releasechecker --table relseal.toml https://example.com/v1.2.0/tool.tgz ...
  many packages: a line of JSON in, a line of JSON out (docs/scale.md)
    releasechecker --jobs jobs.ndjson

No table yet? Sign with minisign,

  minisign -G                                       # once: it makes minisign.pub
  minisign -Sm dist/tool.tgz -x dist/tool.tgz.sig

and write this to relseal.toml:

  [signing]
  algorithm = "minisign"
  pubkey = "RW..."              # the second line of minisign.pub

Forms (--format for standard output, --save FORMAT=FILE for a file besides):
  table     for people; what a terminal gets, with colour unless NO_COLOR is set
  lines     an artifact a line; what everything else gets
  json      one document; ndjson: a line for each artifact
  junit     for test reports; sarif: for code scanning
  markdown  for a comment; codequality, dotenv: for GitLab

In CI:
  GitHub  nothing to do: annotations and the step's summary are written by themselves;
          for code scanning add --save sarif=relseal.sarif and upload it
  GitLab  --save junit=junit.xml --save codequality=quality.json --save dotenv=verdict.env,
          and name them under artifacts:reports

Exit codes: 0 all verified; 40 something is refused; 41 a signature is missing;
78 a table can't be followed; 68 something can't be fetched, or isn't there; 2 a
mistake in the call. Of several the first of 40 41 78 67 65 1 74 68 130 counts.

Flags:
`

func printHelp(w io.Writer) {
	fmt.Fprint(w, help)
	fs := new(options).flags()
	fs.SetOutput(w)
	fs.PrintDefaults()
}

// newFlags are a set that prints nothing by itself.
func newFlags() *flag.FlagSet {
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	return fs
}
