package verify_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// files fetches file: URLs from a folder.
type files struct{ root *os.Root }

// CheckURL takes nothing but absolute file: URLs of this machine.
func (f files) CheckURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "file" || u.Host != "" || u.Path == "" {
		return fmt.Errorf("%w: not a file", verify.ErrURL)
	}
	return nil
}

// Fetch opens a regular file below the folder.
func (f files) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	if err := f.CheckURL(r.URL); err != nil {
		return nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Stat(strings.TrimPrefix(u.Path, "/"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %w", verify.ErrMissing, err)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	}
	file, err := f.root.Open(strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		return nil, err
	}
	return &verify.Response{Body: file, Size: info.Size()}, nil
}

// A Fetcher can take other URLs than those of https.
func ExampleURLChecker() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, content := range map[string]string{"tool.tgz": tool, "tool.tgz.sig": toolSignature} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: files{root}})
	if err != nil {
		log.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{
		"algorithm": "minisign",
		"pubkey":    "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe",
	})
	if err != nil {
		log.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{URL: "file:///tool.tgz"}, table)
	if err != nil {
		log.Fatal(err)
	}
	report, err := plan.Download(context.Background(), filepath.Join(dir, "tool"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status)
	_, err = v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table)
	fmt.Println(verify.Reason(err))
	// Output:
	// verified
	// url
}
