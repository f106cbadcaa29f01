package main

import (
	"io"
	"net/http"
	"os"
	"path"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/relseal/relseal/examples/internal/output"
)

// progress shows a bar for what comes in, if w is a terminal.
type progress struct {
	http.RoundTripper
	w io.Writer
}

// minBar is the least size, in bytes, that is worth a bar.
const minBar = 64 << 10

// RoundTrip is http.RoundTripper's.
func (p progress) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.RoundTripper.RoundTrip(req)
	f, ok := p.w.(*os.File)
	if err != nil || !ok || !term.IsTerminal(int(f.Fd())) || req.Method != http.MethodGet ||
		resp.StatusCode != http.StatusOK || resp.ContentLength >= 0 && resp.ContentLength < minBar {
		return resp, err
	}
	bar := progressbar.NewOptions64(resp.ContentLength,
		progressbar.OptionSetWriter(f),
		progressbar.OptionSetDescription(output.Label(path.Base(req.URL.Path))),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetWidth(30),
		progressbar.OptionOnCompletion(func() { _, _ = io.WriteString(f, "\n") }),
	)
	resp.Body = &barBody{resp.Body, bar}
	return resp, nil
}

type barBody struct {
	io.ReadCloser
	bar *progressbar.ProgressBar
}

func (b *barBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	_ = b.bar.Add(n) // a bar that can't be drawn is no reason to stop
	if err == io.EOF {
		_ = b.bar.Finish()
	}
	return n, err
}
