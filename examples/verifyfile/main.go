// Verifyfile verifies one file as a signing table declares it. It is the
// smallest useful program on relseal, and the one for scripts to call.
//
//	verifyfile --table FILE.toml [flags] ARTIFACT
//	verifyfile --table FILE.toml [flags] --sha256 HEX
//	verifyfile --table FILE.toml [flags] --plan
//	verifyfile --table FILE.toml [flags] --lint
//
// The table is that of a Cargo.toml (package.metadata.binstall.signing, or the
// override for the target), the one at "signing", or the one at the dotted path
// given with --at. Key files in it are relative to the table's folder. The
// signature is fetched from the URL that the table's file template gives, for
// which --var url=… tells where the artifact came from, or is the local file
// given with --signature.
//
// In place of the artifact --sha256 or --sha512 give its digest, for signatures
// that can be judged by it (those of cosign, of ssh by the hash that it signed,
// over a manifest of checksums, and the digest family). With --plan nothing is
// fetched or verified but the trusted root that --trusted-root names, and that only
// where none was fetched before: the plan is printed, every URL of it rendered, and
// a table that can't be followed is refused, as far as the table itself tells. With
// --key-digests the refusal of a key by URL says which digest the table lacks, for
// which the key is fetched.
//
// With --lint nothing is fetched at all: it prints what is wrong with the tables for
// any target, or soon will be (docs/lint.md), as --format says, and ends with 78 if
// there is an error among it.
//
// With --save-bundle the sigstore bundle that counted is kept, or one that is
// made of a signature, its certificate and its log entry; it verifies again
// without network. Where there is none, that is an error (1), and nothing is
// written. A folder that isn't there is told before anything is verified (74).
//
// With --bind name,version something signed must say which file and which version
// the artifact is, or the table is refused that can't have it said. With
// --require-all every one of a table's alternatives must hold that this program
// supports.
//
// With --pin the artifact is compared with what was seen before and pinned in a
// file, for which its name and version have to be known: from the manifest, or as
// --var name=… and --var version=…. The same version with other bytes is refused
// (40), and so are a lower version, unless --allow-rollback is given, and another
// signer, unless --allow-new-signer is. With --trust-pins what is pinned needs no
// signature, and so no network.
//
// With --policy a file says what is demanded of every package, and which keys
// count in the place of a table's (docs/policy.md). Its rules ask for the name and
// the repository of the Cargo.toml, or those of --var name=… and --var repo=….
//
// A table that isn't there is a refusal, unless --if-declared is given. The
// report goes to standard output, and with --json that of a refusal as well
// (verify/report.schema.json has the form); the reason of a refusal goes to
// standard error. The exit code is that of [verify.ExitCode]: 0 says that the
// file was verified (or, with --if-declared, that no signature is declared, or,
// with --skip-signatures, that nothing was asked; the report says which); 2 is a
// mistake in the call.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/hint"
	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const exitUsage = 2

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		output.Error(stderr, "verifyfile", err)
		return exitUsage
	}
	if o.lint {
		return o.runLint(ctx, stdout, stderr)
	}
	result, err := o.run(ctx, stderr)
	if err != nil {
		return refuse(stdout, stderr, hint.Add(err, hint.Flags{Var: true, Signature: true}), o.json)
	}
	err = o.print(stdout, result)
	if report, ok := result.(*verify.Report); ok && o.saveBundle != "" && err == nil {
		err = saveBundle(o.saveBundle, report)
	}
	if err != nil {
		output.Error(stderr, "verifyfile", err)
	}
	return verify.ExitCode(err)
}

// refuse tells why, for people and, where asked for, for programs.
func refuse(stdout, stderr io.Writer, err error, asJSON bool) int {
	output.Error(stderr, "verifyfile", err)
	if asJSON {
		if err := output.JSON(stdout, output.Refusal(err)); err != nil {
			output.Error(stderr, "verifyfile", err)
		}
	}
	return verify.ExitCode(err)
}

// run is the job: read the table, plan, and verify if that is wanted. It
// returns the plan or the report.
func (o *options) run(ctx context.Context, stderr io.Writer) (fmt.Stringer, error) {
	if o.saveBundle != "" {
		if err := checkSaved(o.saveBundle); err != nil {
			return nil, err
		}
	}
	o.demands.Families.Cached = o.plan || o.keyDigests
	if o.policy == verify.InsecureSkip {
		o.demands.Families.TrustedRoots = nil // nothing is to be fetched
	}
	all, err := families.All(ctx, o.demands.Families)
	if err != nil {
		return nil, err
	}
	config, err := o.config(all)
	if err != nil {
		return nil, err
	}
	v, err := verify.New(config)
	if err != nil {
		return nil, err
	}
	t, err := o.readTable()
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(o.table))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	artifact := verify.Artifact{
		URL:        t.Variables["url"],
		Name:       o.name(t.Variables["url"]),
		Variables:  t.Variables,
		ManifestFS: folder.FS(),
	}
	if o.signature != "" {
		if artifact.Signature, err = readSignature(o.signature); err != nil {
			return nil, err
		}
	}
	plan, err := v.Plan(artifact, t.Signing)
	if o.policy == verify.IfDeclared {
		tellMisplaced(stderr, t)
	}
	switch {
	case errors.Is(err, verify.ErrNotDeclared):
		return nil, notDeclared(t, err)
	case t.Signing == nil && o.signature != "" && o.policy == verify.IfDeclared:
		return nil, &verify.Error{Stage: "plan", Err: fmt.Errorf("%w: a signature is given, and no table says by whom", verify.ErrNotDeclared)}
	case o.keyDigests:
		return plan, keyDigests(ctx, config.Fetcher, t, err)
	case err != nil || o.plan:
		return plan, err
	case o.digest != nil:
		return plan.Digest(ctx, *o.digest)
	}
	return plan.File(ctx, o.artifact)
}

// readSignature reads a signature. Where it isn't there, the path was mistyped: that
// isn't the publisher's missing signature.
func readSignature(name string) ([]byte, error) {
	data, err := tables.ReadFile(name)
	if err != nil {
		return nil, &verify.Error{Stage: "signature", URL: name, Err: err}
	}
	return data, nil
}

// config is what the call demands, and the policy's file.
func (o *options) config(all []algorithm.Algorithm) (verify.Config, error) {
	config, err := o.demands.Config(verify.Config{
		Algorithms: all,
		Policy:     o.policy,
		Fetcher:    https.Fetcher{},
		Digests:    o.hashes,
	})
	if o.onlySigned {
		config.Policy = verify.Require
	}
	o.policy = config.Policy
	return config, err
}

// name is the artifact's, as far as the call says it. With a URL that is where
// the name is: the file may have been saved under any.
func (o *options) name(url string) string {
	if o.artifact == "" || url != "" {
		return ""
	}
	return filepath.Base(o.artifact)
}

func (o *options) print(w io.Writer, result fmt.Stringer) error {
	if o.json {
		return output.JSON(w, result)
	}
	_, err := fmt.Fprint(w, result)
	return err
}
