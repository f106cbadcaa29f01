package families

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestTrustedRoots: of several files each counts, in any order, and one that
// can't be read is named.
func TestTrustedRoots(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	text := c.Trust.Values["trusted-root"].Content
	own := write("own.json", text)
	nobody := write("nobody.json", []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
	lines := write("lines.json", bytes.Join([][]byte{[]byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`), text}, []byte("\n")))
	broken := write("broken.json", []byte("{"))
	trust := testkeys.Without(c.Trust, "trusted-root")
	for _, test := range []struct {
		roots []string
		want  error
	}{
		{[]string{own}, nil},
		{[]string{own, nobody}, nil},
		{[]string{nobody, own}, nil},
		{[]string{"", own}, nil},
		{[]string{lines}, nil},
		{[]string{own, own, lines}, nil},
		{[]string{nobody}, algorithm.ErrInvalid},
		{nil, algorithm.ErrUnsupported},
		{[]string{""}, algorithm.ErrUnsupported},
		{[]string{own, broken}, algorithm.ErrMalformed},
		{[]string{own, filepath.Join(dir, "absent.json")}, os.ErrNotExist},
	} {
		var o Options
		for _, name := range test.roots {
			if err := o.AddTrustedRoot(name); err != nil {
				t.Fatal(err)
			}
		}
		err := accepts(t, o, trust, c.Signature, c.Artifact)
		if !errors.Is(err, test.want) {
			t.Errorf("%q: got %v, want %v", test.roots, err, test.want)
		}
		if len(test.roots) > 1 && err != nil && !strings.Contains(err.Error(), test.roots[1]) {
			t.Errorf("%q: %v doesn't name the file", test.roots, err)
		}
	}
	for want, data := range map[error][]byte{nil: text, algorithm.ErrMalformed: []byte("{")} {
		if err := accepts(t, Options{RootData: [][]byte{data}}, trust, c.Signature, c.Artifact); !errors.Is(err, want) {
			t.Errorf("as data: got %v, want %v", err, want)
		}
	}
}

// accepts has the options' cosign judge an artifact.
func accepts(t *testing.T, o Options, trust algorithm.Trust, signature, artifact []byte) error {
	t.Helper()
	all, err := All(t.Context(), o)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(a algorithm.Algorithm) bool { return a.Name() == "cosign" })
	key, err := all[at].Key(trust)
	if err != nil {
		return err
	}
	v, err := key.Verifier(t.Context(), signature)
	if err != nil {
		return err
	}
	_, _ = v.Write(artifact)
	_, err = v.Verify()
	return err
}
