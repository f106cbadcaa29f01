package main

import (
	"crypto"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/demands"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// options are what the command line says.
type options struct {
	table, at, signature, target string
	artifact                     string
	digest                       *algorithm.Digest // in the artifact's place
	plan, keyDigests, lint       bool
	targets                      []string // that the call names; those of lint
	format                       string   // of what lint finds
	saveBundle                   string   // where to; "": nowhere
	vars                         map[string]string
	hashes                       []crypto.Hash // whose digests the report has besides
	policy                       verify.Policy
	onlySigned                   bool // also where the policy's file doesn't ask for it
	demands                      demands.Flags
	json                         bool
}

// parse turns the command line into options, or prints the help.
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{vars: map[string]string{}}
	var onlySigned, ifDeclared, skip bool
	fs := flag.NewFlagSet("verifyfile", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells what is wrong
	fs.Usage = func() {}
	fs.StringVar(&o.table, "table", "", "the `file` with the signing table")
	fs.StringVar(&o.at, "at", "", "the dotted `path` of the signing table in that file")
	fs.StringVar(&o.signature, "signature", "", "a local signature `file`, instead of fetching it")
	fs.StringVar(&o.target, "target", metadata.HostTarget(), "the target `triple` whose table and variables count")
	fs.Func("var", "a template variable, as `key=value`; may be repeated", o.addVar)
	fs.BoolVar(&o.plan, "plan", false, "print what would be done, and verify nothing")
	fs.BoolVar(&o.keyDigests, "key-digests", false, "like --plan, and print the digest of what a URL without sha256 has now")
	fs.BoolVar(&o.lint, "lint", false, "print what is wrong with the tables for any target, or only for --target, without network")
	fs.StringVar(&o.format, "format", "text", "what --lint prints: `text`, json or sarif")
	fs.Func("sha256", "judge the artifact by this SHA-256, in `hex`", func(hex string) error { return o.addDigest("sha256", hex) })
	fs.Func("sha512", "judge the artifact by this SHA-512, in `hex`", func(hex string) error { return o.addDigest("sha512", hex) })
	fs.Func("digest", "the artifact's digest by this `hash` (sha256, sha384 or sha512) is to be in the report, whether or not the verdict needs it; may be repeated", o.addHash)
	fs.BoolVar(&onlySigned, "only-signed", false, "refuse what declares no signature: the default")
	fs.StringVar(&o.saveBundle, "save-bundle", "", "the `file` that gets a sigstore bundle of what was verified, which verifies again without network")
	fs.BoolVar(&ifDeclared, "if-declared", false, "let pass what declares no signature")
	fs.BoolVar(&skip, "skip-signatures", false, "check nothing")
	o.demands.Register(fs)
	fs.BoolVar(&o.json, "json", false, "print the report, the refusal or the plan as JSON")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stdout, help)
			fs.SetOutput(stdout)
			fs.PrintDefaults()
		}
		return nil, err
	}
	switch {
	case onlySigned && (ifDeclared || skip), ifDeclared && skip:
		return nil, errors.New("--only-signed, --if-declared and --skip-signatures exclude each other")
	case o.demands.Policy != "" && (ifDeclared || skip):
		return nil, errors.New("--policy says itself whether a signature is demanded, so --if-declared and --skip-signatures do not go with it")
	case o.saveBundle != "" && (skip || o.plan || o.keyDigests || o.lint):
		return nil, errors.New("--save-bundle wants something verified, which --skip-signatures, --plan, --key-digests and --lint do not do")
	case o.lint && (o.plan || o.keyDigests || o.json):
		return nil, errors.New("--lint goes without --plan and --key-digests, and with --format in the place of --json")
	case o.lint && (o.demands.Policy != "" || o.demands.Pins.File != ""):
		return nil, errors.New("--lint judges the table by itself, without --policy and --pin")
	case !slices.Contains([]string{"text", "json", "sarif"}, o.format) || !o.lint && o.format != "text":
		return nil, errors.New("--format is text, json or sarif, and goes with --lint")
	case o.demands.Pins.File != "" && skip:
		return nil, errors.New("--pin wants something checked, which --skip-signatures does not do")
	case o.demands.Check() != nil:
		return nil, o.demands.Check()
	case ifDeclared:
		o.policy = verify.IfDeclared
	case skip:
		o.policy = verify.InsecureSkip
	}
	o.onlySigned = onlySigned
	fs.Visit(func(f *flag.Flag) {
		if f.Name == "target" {
			o.targets = []string{o.target}
		}
	})
	return o, o.what(fs.Args())
}

// what says what is to be verified.
func (o *options) what(artifacts []string) error {
	wanted := 1
	if o.digest != nil || o.lint || (o.plan || o.keyDigests) && len(artifacts) == 0 {
		wanted = 0
	}
	switch {
	case o.table == "":
		return errors.New("--table is missing")
	case o.lint && (len(artifacts) > 0 || o.digest != nil || o.signature != ""):
		return errors.New("--lint looks at the table alone: an artifact, a digest or a signature is given")
	case len(artifacts) != wanted && o.digest != nil:
		return errors.New("an artifact and its digest are given: one of them is wanted")
	case len(artifacts) != wanted:
		return fmt.Errorf("one artifact is wanted, not %d (flags go before it)", len(artifacts))
	}
	if wanted == 1 {
		o.artifact = artifacts[0]
	}
	return nil
}

func (o *options) addVar(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return errors.New("not of the form key=value")
	}
	o.vars[key] = value
	return nil
}

// addHash has the artifact hashed by one more hash, which takes as long as half of
// a verification or more, and so isn't done unasked.
func (o *options) addHash(name string) error {
	hashes := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}
	h, ok := hashes[name]
	if !ok {
		return errors.New("not sha256, sha384 or sha512")
	}
	o.hashes = append(o.hashes, h)
	return nil
}

func (o *options) addDigest(name, hex string) error {
	if o.digest != nil {
		return errors.New("one digest is enough")
	}
	d, err := algorithm.ParseDigest(name + ":" + hex)
	o.digest = &d
	return err
}
