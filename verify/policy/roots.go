package policy

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// roots are the sigstore trusted roots that may vouch.
type roots struct {
	field     *metadata.Field // nil where the file says nothing
	names     []string        // in small letters
	sums      []string
	fromTable bool
}

func readRoots(f metadata.Field) (r roots, err error) {
	r.field = &f
	err = table(f, func(f metadata.Field) (err error) {
		switch f.Name {
		case "names":
			r.names, err = readRootNames(f)
		case "sha256":
			r.sums, err = readSums(f)
		case "from-table":
			r.fromTable, err = f.Truth()
		default:
			err = unknown(f, "names", "sha256", "from-table")
		}
		return err
	})
	return r, err
}

// readRootNames reads those of [algorithm.TrustedRoot], in any letters.
func readRootNames(f metadata.Field) ([]string, error) {
	list, err := words(f, maxRoots)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, w := range list {
		w.text = strings.ToLower(w.text)
		if err := w.oneOf("public-good", "github"); err != nil {
			return nil, err
		}
		names = append(names, w.text)
	}
	return names, nil
}

func readSums(f metadata.Field) ([]string, error) {
	list, err := words(f, maxRoots)
	if err != nil {
		return nil, err
	}
	var sums []string
	for _, w := range list {
		if sum, err := hex.DecodeString(w.text); err != nil || len(sum) != 32 {
			return nil, w.Wrap(because(errValue, "%q is not of 64 hex digits", w.text))
		}
		sums = append(sums, strings.ToLower(w.text))
	}
	return sums, nil
}

// judge refuses a signature for which another trusted root vouches.
func (r roots) judge(file string, root *algorithm.TrustedRoot) error {
	switch {
	case root == nil: // none vouches for anything
		return nil
	case root.FromTable && !r.fromTable:
		return r.refuse(file, "the signing table brings the trusted root %s, and from-table doesn't let it", root.SHA256)
	case r.names == nil && r.sums == nil:
		return nil
	case slices.Contains(r.sums, root.SHA256):
		return nil
	case slices.Contains(r.names, strings.ToLower(root.Name)):
		return nil
	}
	return r.refuse(file, "the trusted root %s is none of those that may vouch", root.SHA256)
}

func (r roots) refuse(file, format string, args ...any) error {
	err := because(verify.ErrNotAccepted, format, args...)
	if r.field == nil {
		return &metadata.Error{Name: file, Err: because(err, "roots: %v", err)}
	}
	return r.field.Wrap(err)
}
