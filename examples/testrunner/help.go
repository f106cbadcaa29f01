package main

import (
	"flag"
	"fmt"
	"io"
)

const help = `testrunner: run a prebuilt program, if its publisher signed it

It fetches the program once, keeps it in a cache, and verifies it before every
start. What stands behind "--" is the program's. Start with the line that fits:

  a Rust package, whose Cargo.toml says where its releases are
    testrunner --manifest Cargo.toml -- --version
  another release of it, and one of its several programs
    testrunner --manifest Cargo.toml --release 1.2.0 --bin toold -- serve
  anything else: its address, and a table that says who must have signed it
    testrunner --table relseal.toml https://example.com/v1.2.0/tool.tgz -- test
  the same on several systems
    testrunner --table relseal.toml --var version=1.2.0 "https://example.com/v{ version }/tool-{ os }-{ arch }.tgz" -- --version
  fetch and verify only, as for an image of a CI system
    testrunner --manifest Cargo.toml --no-run
  empty the cache
    testrunner --clean

No table yet? Its publisher tells the public key and how the signature is
named, and this goes to relseal.toml, here for minisign:

  [signing]
  algorithm = "minisign"        # or gpg, ssh, cosign, signify
  pubkey = "RW..."              # the publisher's, from where you trust it
  file = "{ url }.minisig"      # beside the program; { url }.sig if left out

In CI: keep the cache's folder between runs, and in your repository the table
and, for --pin, a file of what was seen. docs/testrunner.md has a GitHub step
and a GitLab job to copy.

One line on standard error says what came of it, for grep:
  testrunner: verified name=... version=... key=... sha256=... from=cache ...
  testrunner: refused name=... reason=... exit=...

Exit codes: the program's own. Where it wasn't started: 40 refused; 41 no
signature; 68 can't be fetched, or isn't there; 74 files; 78 a table can't be
followed; 126 it can't be started; 2 a mistake in the call.

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
