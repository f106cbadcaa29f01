package main

import (
	"fmt"
	"io"
)

const help = `fromaqua: the signing table of a release, from an entry of aqua's registry

It says what an entry (registry.yaml) demands of one version for one platform, as a
table that relseal's programs read. Nothing is fetched. Start with the line that fits:

  what must have signed this release?
    fromaqua --entry registry.yaml --version v1.2.0
  for another platform than this one
    fromaqua --entry registry.yaml --version v1.2.0 --os darwin --arch arm64
  of a registry with many packages
    fromaqua --entry registry.yaml --package owner/name --version v1.2.0
  where does the entry trust too much?
    fromaqua --entry registry.yaml --version v1.2.0 --lint
  would an installer accept the release?
    fromaqua --entry registry.yaml --version v1.2.0 --format json |
      releasechecker --jobs - --trusted-root public-good
  is this file the release? (the table's first lines have this call)
    fromaqua --entry registry.yaml --version v1.2.0 > relseal.toml
    verifyfile --table relseal.toml --trusted-root public-good --var url=https://... FILE

aqua demands every signature that an entry declares, a table the first that a program
supports. Where there are several, choose:

  one of them
    fromaqua --entry registry.yaml --version v1.2.0 --only checksum.cosign
  all of them, for a program that checks every alternative
    fromaqua --entry registry.yaml --version v1.2.0 --all --format json |
      releasechecker --jobs - --trusted-root public-good --require-all

A key that the entry has as a URL is none until it is pinned: look at it, and say its
SHA-256 with --key-sha256.

Exit codes: 0; 41 nothing is published, or no signature is declared; 78 the entry
can't be followed, or --lint found an error; 2 a mistake in the call.

Flags:
`

func printHelp(w io.Writer) {
	fmt.Fprint(w, help)
	fs := new(options).flags()
	fs.SetOutput(w)
	fs.PrintDefaults()
}
