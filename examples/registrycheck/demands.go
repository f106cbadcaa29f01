package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/hint"
	"github.com/relseal/relseal/examples/internal/input"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/policy"
)

// maxPolicy limits the policy's file, in bytes, as package policy does.
const maxPolicy = 1 << 20

// demands are what is demanded of every artifact. They go to the workers, which
// don't have the files of who started the pipeline.
type demands struct {
	PolicyName string // "": none
	Policy     []byte
	Instances  []string // of sigstore, whose trusted roots the workers fetch
	Roots      [][]byte // trusted roots from files

	Program string // which made the verdicts
}

// demands reads the files that the flags name. What is wrong with them is told
// before a pipeline is started.
func (o *options) demands(ctx context.Context) (demands, error) {
	d := demands{PolicyName: o.policy, Program: built()}
	if o.policy != "" {
		data, err := input.ReadFile(o.policy, maxPolicy)
		if err != nil {
			return d, err
		}
		d.Policy = data
	}
	for _, name := range o.roots {
		if name == families.PublicGood || name == families.GitHub {
			d.Instances = append(d.Instances, name)
			continue
		}
		data, err := families.ReadRoot(name)
		if err != nil {
			return d, err
		}
		d.Roots = append(d.Roots, data)
	}
	_, err := d.checker(ctx, 1)
	return d, err
}

// built says which program this is, as far as it knows.
func built() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
			text += " " + s.Value
		}
	}
	return text
}

// digest tells other demands apart.
func (d *demands) digest() (string, error) {
	text, err := json.Marshal(d)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}

// A checker verifies the artifacts of a share.
type checker struct {
	checking.Checker

	families []string
	client   *http.Client
}

func (d *demands) checker(ctx context.Context, concurrency int) (*checker, error) {
	all, err := families.All(ctx, families.Options{TrustedRoots: d.Instances, RootData: d.Roots})
	if err != nil {
		return nil, err
	}
	c := &checker{client: &http.Client{Transport: checking.Transport(concurrency)}}
	for _, a := range all {
		c.families = append(c.families, a.Name())
	}
	config, err := d.config(all, https.Fetcher{Client: c.client})
	if err != nil {
		return nil, err
	}
	c.Verifier, err = verify.New(config)
	c.Probe, c.Concurrency, c.Flags = locate.Probe(c.client), concurrency, hint.Flags{Job: true}
	return c, err
}

func (d *demands) config(all []algorithm.Algorithm, fetcher verify.Fetcher) (verify.Config, error) {
	config := verify.Config{Algorithms: all, Fetcher: fetcher}
	if d.PolicyName == "" {
		return config, nil
	}
	p, err := policy.Parse(d.PolicyName, d.Policy)
	if err != nil {
		return config, err
	}
	if p.Pins != nil {
		return config, fmt.Errorf("%s: %w: pins are a file of one machine, and go without a pipeline", d.PolicyName, algorithm.ErrUnsupported)
	}
	return p.Config(config)
}

// knows reports whether a table's algorithm is one.
func (c *checker) knows(name string) bool { return slices.Contains(c.families, name) }
