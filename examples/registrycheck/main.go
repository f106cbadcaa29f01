// Registrycheck verifies the artifacts of a whole registry: what
// releasechecker --jobs does on one machine, as an Apache Beam pipeline.
//
//	registrycheck --jobs jobs.ndjson --results results/
//	registrycheck --jobs 'gs://bucket/jobs/*.ndjson' --results gs://bucket/results \
//	    --runner dataflow --project PROJECT --region REGION --staging_location gs://bucket/staging
//	registrycheck --jobs '/data/jobs/*.ndjson' --results /data/results \
//	    --runner flink --endpoint HOST:8099
//
// The input is cut into shares, a share is checked as releasechecker checks its
// jobs, and the results are a file for each. What is done stays done: a run that
// broke is started again by the same call, and checks only the shares that have no
// record, or whose jobs or demands are others than before. docs/scale.md says more.
//
// The exit code is 0 where every job has its result, whatever they are; counts.ndjson
// and the summary say which. 41 is no job at all, 2 a mistake in the call or a pattern
// of which there is no file, 74 a file that isn't there, 1 a pipeline that broke, and
// others are those of [verify.ExitCode].
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/transforms/stats"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

const (
	program   = "registrycheck"
	exitUsage = 2
)

func main() {
	register()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process, but for Beam's flags, which are the process's.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printHelp(out, o.allFlags)
		return 0
	case err != nil:
		output.Error(errs, program, err)
		return exitUsage
	}
	if err := o.run(ctx, out); err != nil {
		output.Error(errs, program, err)
		if errors.As(err, new(mistake)) {
			return exitUsage
		}
		return verify.ExitCode(err)
	}
	return 0
}

// A mistake is one in the call, that couldn't be told before files were looked at.
type mistake struct{ error }

// run has the pipeline carried out, and says what it found.
func (o *options) run(ctx context.Context, out io.Writer) error {
	d, err := o.demands(ctx)
	if err != nil {
		return err
	}
	files, err := listInput(ctx, o.jobs, o.share)
	if err != nil {
		return err
	}
	to, err := openStore(ctx, o.results)
	if err != nil {
		return err
	}
	defer to.close()
	if err := to.prepare(ctx, files[0].Of); err != nil {
		return err
	}
	beamlog.SetupLogging(o.logLevel(), "text")
	result, err := beamx.RunWithMetrics(ctx, o.pipeline(files, d))
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: the same call goes on with what is left", ctx.Err())
	case err != nil:
		return fmt.Errorf("the pipeline: %w", err)
	case dryRun():
		fmt.Fprintln(out, "a dry run: nothing was started")
		return nil
	case *jobopts.Async:
		fmt.Fprintf(out, "started; %s will be there when all is done\n", output.Name(to.path(countsName)))
		return nil
	}
	counts, err := to.readCounts(ctx)
	if err != nil {
		return fmt.Errorf("the pipeline ended without its counts: %w", err)
	}
	summary{counts, o.results, keptOf(result), files[0].Of}.writeTo(out)
	if len(counts) == 0 {
		return fmt.Errorf("%w: no job is in %s", verify.ErrMissing, output.Name(o.jobs))
	}
	return nil
}

// dryRun reports whether Dataflow was only asked what it would do.
func dryRun() bool {
	f := flag.Lookup("dry_run")
	return f != nil && f.Value.String() == "true"
}

// pipeline cuts the files into shares, checks these, and adds up what they count.
func (o *options) pipeline(files []inputFile, d demands) *beam.Pipeline {
	p, s := beam.NewPipelineWithRoot()
	shares := beam.ParDo(s, cut, beam.CreateList(s, files))
	counted := beam.ParDo(s, &checkFn{Results: o.results, Demands: d, Concurrency: o.concurrency}, beam.Reshuffle(s, shares))
	sums := beam.ParDo(s, countOf, stats.SumPerKey(s, counted))
	beam.ParDo0(s, &writeCountsFn{Results: o.results}, beam.GroupByKey(s, beam.AddFixedKey(s, sums)))
	return p
}
