package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/examples/internal/hint"
	"github.com/relseal/relseal/examples/internal/locate"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// A checker verifies artifacts as installers do.
type checker struct {
	checking.Checker

	dir    *folder  // nil without --dir
	file   string   // with the tables; "" for jobs
	beside *os.Root // its folder, for key files
}

// checker is what the call demands.
func (o *options) checker(ctx context.Context) (*checker, error) {
	c := &checker{file: o.file()}
	c.Concurrency, c.Say = o.concurrency, c.local
	c.Flags = hint.Flags{Var: o.table != "" && o.jobs == "", Job: o.jobs != ""}
	client := &http.Client{Transport: o.roundTripper()}
	var fetcher verify.Fetcher = https.Fetcher{Client: client}
	c.Probe = locate.Probe(client)
	if o.dir != "" {
		dir, err := openFolder(o.dir, fetcher)
		if err != nil {
			return nil, err
		}
		c.dir, fetcher, c.Probe = dir, dir, dir
	}
	if c.file != "" {
		c.beside, _ = os.OpenRoot(filepath.Dir(c.file)) // where there is none, the file will be missed
	}
	config, err := o.config(ctx, fetcher)
	if err == nil {
		c.Verifier, err = verify.New(config)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// config is what is demanded of every artifact.
func (o *options) config(ctx context.Context, fetcher verify.Fetcher) (verify.Config, error) {
	all, err := families.All(ctx, o.demands.Families)
	if err != nil {
		return verify.Config{}, err
	}
	return o.demands.Config(verify.Config{Algorithms: all, Fetcher: fetcher})
}

// roundTripper is the tests' own, or keeps connections.
func (o *options) roundTripper() http.RoundTripper {
	if o.transport != nil {
		return o.transport
	}
	return checking.Transport(o.concurrency)
}

func (c *checker) close() {
	if c.dir != nil {
		_ = c.dir.root.Close()
	}
	if c.beside != nil {
		_ = c.beside.Close()
	}
}
