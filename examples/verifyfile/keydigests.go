package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/tables"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// keyDigests adds to the refusal of a table what to write in it: the digests of
// documents that it names by a URL alone. They are fetched now and by nobody
// else's word, so a person has to know that they are the right ones.
func keyDigests(ctx context.Context, fetcher verify.Fetcher, t *tables.Table, refusal error) error {
	if refusal == nil || t.Signing == nil {
		return refusal
	}
	for _, src := range unpinned(t.Signing) {
		sum, err := digestOf(ctx, fetcher, src.URL)
		if err != nil {
			return &verify.Error{Stage: "plan", Err: fmt.Errorf("%w; what is at %s can't be had: %v", cause(refusal), src.URL, err)} //nolint:errorlint // the refusal is the table's}
		}
		refusal = &verify.Error{Stage: "plan", Err: fmt.Errorf("%w; what is there now has sha256 = %q", cause(refusal), sum)}
	}
	return refusal
}

// cause is a refusal without its stage, which it will get again.
func cause(err error) error {
	var refusal *verify.Error
	if errors.As(err, &refusal) {
		return refusal.Err
	}
	return err
}

// unpinned are the documents of the table by a URL without a digest.
func unpinned(s *metadata.Signing) []metadata.Source {
	sources := s.Keys
	for _, f := range s.Fields {
		if src, err := f.Source(); err == nil {
			sources = append(sources, src)
		}
	}
	var found []metadata.Source
	for _, src := range sources {
		if src.URL != "" && src.SHA256 == "" {
			found = append(found, src)
		}
	}
	return found
}

func digestOf(ctx context.Context, fetcher verify.Fetcher, url string) (string, error) {
	r, err := fetcher.Fetch(ctx, verify.Request{URL: url, Role: "key"})
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(r.Body, tables.MaxFile+1))
	if err == nil && n > tables.MaxFile {
		err = fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, tables.MaxFile)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}
