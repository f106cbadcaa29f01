package main

import (
	"flag"
	"fmt"
	"io"

	"github.com/relseal/relseal/examples/internal/families"
)

const rootUsage = families.TrustedRootUsage

const help = `registrycheck: what did the publishers of a whole registry sign?

It is releasechecker --jobs as an Apache Beam pipeline: a line of JSON is a job, and
each gets a line of JSON as its result (docs/scale.md). Start with the line that fits:

  on this machine
    registrycheck --jobs jobs.ndjson --results results/
  on Flink, with a folder that all workers have
    registrycheck --jobs '/data/jobs/*.ndjson' --results /data/results --runner flink --endpoint HOST:8099
  on Dataflow
    registrycheck --jobs 'gs://bucket/jobs/*.ndjson' --results gs://bucket/results --runner dataflow --project PROJECT --region REGION --staging_location gs://bucket/staging

A job, with its own signing table:

  {"id": "tool 1.2.0", "url": "https://example.com/v1.2.0/tool.tgz", "variables": {"version": "1.2.0"}, "signing": {"algorithm": "minisign", "pubkey": "RW..."}}

The folder gets, for each share of the input:
  results-*.ndjson      a result for each job, in their order
  unreachable-*.ndjson  the jobs of which something couldn't be fetched: jobs again
  unreadable-*.ndjson   the lines that are no jobs
  done-*.json           the record that the share is done
and at the end counts.ndjson: how many by verdict, reason, shape and host.

A run that broke is started again by the same call: what is done isn't done again.
For verdicts of today take another folder.

Exit codes: 0 every job has its result, whatever that is; 41 there is no job at all; 2 a
mistake in the call; 74 a file isn't there; 1 the pipeline broke; 130 cancelled; others, as everywhere, a file that can't be followed.

Flags:
`

// printHelp prints the help, with the flags of Beam if all are wanted.
func printHelp(w io.Writer, all bool) {
	fmt.Fprint(w, help)
	own := flag.NewFlagSet(program, flag.ContinueOnError)
	new(options).flags(own)
	if all {
		own = flag.CommandLine
	}
	own.SetOutput(w)
	own.PrintDefaults()
	if !all {
		fmt.Fprintln(w, "\nBeam has many more: --all-flags --help")
	}
}
