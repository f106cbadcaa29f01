package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// What is in a release's folder besides the artifact.
const documentsFile = "documents.json"

// maxDocuments limits that file, in bytes: of what a verdict takes, each document has
// at most 4 MiB.
const maxDocuments = 64 << 20

// A document is one that a verdict took.
type document struct {
	Role    string `json:"role"`
	URL     string `json:"url"`
	Content []byte `json:"content"`
}

// documents are a [verify.Fetcher] of these and of nothing else. They are judged like
// a server's answers.
type documents []document

// Fetch is verify.Fetcher's.
func (d documents) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	for _, one := range d {
		if one.Role == r.Role && one.URL == r.URL {
			return &verify.Response{Body: io.NopCloser(bytes.NewReader(one.Content)), Size: int64(len(one.Content))}, nil
		}
	}
	return nil, fmt.Errorf("%w: the document isn't in the cache", verify.ErrNoFetcher)
}

// keep writes what a verdict took to a release's folder.
func keep(folder *os.Root, took []verify.Document) error {
	all := documents{}
	for _, d := range took {
		all = append(all, document{d.Role, d.URL, d.Content})
	}
	data, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return folder.WriteFile(documentsFile, data, 0o600)
}

// kept reads it.
func kept(folder *os.Root) (documents, error) {
	f, err := openRegular(folder, documentsFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxDocuments+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxDocuments {
		return nil, fmt.Errorf("%s: %w: over %d bytes", documentsFile, algorithm.ErrTooLarge, maxDocuments)
	}
	var all documents
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", documentsFile, algorithm.ErrMalformed, err)
	}
	return all, nil
}
