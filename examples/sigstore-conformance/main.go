// Command sigstore-conformance lets the test suite of the sigstore clients
// (https://github.com/sigstore/sigstore-conformance) run against relseal. It
// speaks the suite's command line, as far as that is about verifying:
//
//	sigstore-conformance verify-bundle --bundle FILE
//	    (--certificate-identity ID --certificate-oidc-issuer URL | --key FILE)
//	    [--trusted-root FILE] [--staging] FILE_OR_DIGEST
//
// The artifact is a file or, where there is none of that name, the digest of one
// as sha256:HEX. The exit status is 0 when the bundle verifies and 1 otherwise,
// with the reason on standard error. Without --trusted-root the public-good
// instance's root is fetched by TUF, or with --staging that of the staging
// instance.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sigstore/sigstore-go/pkg/tuf"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/examples/internal/output"
)

func main() {
	os.Exit(exit(os.Stderr, run(context.Background(), os.Args[1:])))
}

// exit tells err and returns the exit status.
func exit(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	output.Error(stderr, "sigstore-conformance", err)
	return 1
}

// options are the command line.
type options struct {
	bundle, identity, issuer, key, trustedRoot string
	staging                                    bool
	artifact                                   string
}

func parse(args []string) (*options, error) {
	if len(args) == 0 || args[0] != "verify-bundle" {
		return nil, errors.New("the one command is verify-bundle: relseal verifies and doesn't sign")
	}
	o := new(options)
	flags := flag.NewFlagSet("verify-bundle", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.bundle, "bundle", "", "")
	flags.StringVar(&o.identity, "certificate-identity", "", "")
	flags.StringVar(&o.issuer, "certificate-oidc-issuer", "", "")
	flags.StringVar(&o.key, "key", "", "")
	flags.StringVar(&o.trustedRoot, "trusted-root", "", "")
	flags.BoolVar(&o.staging, "staging", false, "")
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	if o.artifact = flags.Arg(0); flags.NArg() > 1 { // flags may follow it
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return nil, err
		}
		if flags.NArg() > 0 {
			o.artifact = ""
		}
	}
	if o.bundle == "" || o.artifact == "" {
		return nil, errors.New("usage: verify-bundle --bundle FILE ... FILE_OR_DIGEST")
	}
	if o.key != "" && (o.identity != "" || o.issuer != "") { // relseal would demand both
		return nil, errors.New("either a key or an identity")
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	trust, err := o.trust()
	if err != nil {
		return err
	}
	var trusted *cosign.TrustedRoot
	root := trust.Values["trusted-root"].Content
	if root == nil {
		// A key alone may do without, so then a failure counts only if the
		// bundle has something that takes a trusted root.
		if trusted, err = fetch(ctx, o.staging); err != nil && o.key == "" {
			return err
		}
	}
	key, err := cosign.Algorithm{TrustedRoot: trusted, AllowAnyPredicate: true}.Key(trust) // the suite asks who signed, not what
	if err != nil {
		return err
	}
	bundle, err := os.ReadFile(o.bundle)
	if err != nil {
		return err
	}
	v, err := key.Verifier(ctx, bundle)
	if err != nil {
		return err
	}
	evidence, err := judge(v, o.artifact)
	if err != nil {
		return err
	}
	return checkTimestamps(evidence, bundle, root)
}

// trust is what a signing table would declare.
func (o *options) trust() (algorithm.Trust, error) {
	t := algorithm.Trust{Values: map[string]algorithm.Value{}}
	if o.key != "" {
		text, err := os.ReadFile(o.key)
		if err != nil {
			return t, err
		}
		t.PublicKeys = []string{string(text)}
	}
	if o.identity != "" || o.issuer != "" {
		claims := []algorithm.Claim{{Field: "issuer", Value: o.issuer}, {Field: "subject", Value: o.identity}}
		t.Values["identity"] = algorithm.Value{Tables: [][]algorithm.Claim{claims}}
	}
	if o.trustedRoot != "" {
		text, err := os.ReadFile(o.trustedRoot)
		if err != nil {
			return t, err
		}
		t.Values["trusted-root"] = algorithm.Value{Content: text}
	}
	return t, nil
}

// authorities is the part of a trusted root that decides about timestamps.
type authorities struct {
	Timestamps []json.RawMessage `json:"timestampAuthorities"`
}

// checkTimestamps demands, as the suite expects, that one of the bundle's
// timestamps verifies if there are any and the trusted root (nil: that of an
// instance, which has one) has a timestamp authority. relseal by itself is
// content with the time that a log has signed.
func checkTimestamps(e *algorithm.Evidence, bundle, trustedRoot []byte) error {
	var b struct {
		VerificationMaterial struct {
			TimestampVerificationData struct {
				Timestamps []json.RawMessage `json:"rfc3161Timestamps"`
			} `json:"timestampVerificationData"`
		} `json:"verificationMaterial"`
	}
	if json.Unmarshal(bundle, &b) != nil || len(b.VerificationMaterial.TimestampVerificationData.Timestamps) == 0 || len(e.Timestamps) > 0 {
		return nil
	}
	var a authorities
	if trustedRoot != nil && json.Unmarshal(trustedRoot, &a) == nil && len(a.Timestamps) == 0 {
		return nil
	}
	return errors.New("none of the signed timestamps verifies")
}

func fetch(ctx context.Context, staging bool) (*cosign.TrustedRoot, error) {
	var o cosign.TUFOptions
	if staging {
		o.Mirror, o.Root = tuf.StagingMirror, tuf.StagingRoot()
	}
	if dir, err := os.UserCacheDir(); err == nil {
		o.CacheDir = filepath.Join(dir, "relseal", "sigstore")
	}
	return cosign.FetchTrustedRoot(ctx, o)
}

// judge hands the artifact, or its digest, to the verifier.
func judge(v algorithm.Verifier, artifact string) (*algorithm.Evidence, error) {
	file, err := os.Open(artifact)
	if err != nil && strings.HasPrefix(artifact, "sha256:") {
		digest, err := algorithm.ParseDigest(artifact)
		if err != nil {
			return nil, err
		}
		byDigest, ok := v.(algorithm.DigestVerifier)
		if !ok {
			return nil, errors.New("this verifier takes no digest")
		}
		return byDigest.VerifyDigests(digest)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := io.Copy(v, file); err != nil {
		return nil, err
	}
	return v.Verify()
}
