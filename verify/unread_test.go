package verify_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// TestUnreadKey: a key that can't be read is named with the place in the table that
// names it, and with the reason that it has without.
func TestUnreadKey(t *testing.T) {
	v := newVerifier(t, verify.Config{Fetcher: noFetch{t}})
	files := fstest.MapFS{"folder": &fstest.MapFile{Mode: fs.ModeDir | 0o755}}
	for _, tt := range []struct{ table, reason, want string }{
		{"pubkey = { file = 'absent.pub' }", "key-missing", `key: absent.pub: Cargo.toml:3: signing: pubkey: missing: `},
		{"keys = [\n'RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe',\n{ file = 'absent.pub' } ]", "key-missing", `key: absent.pub: Cargo.toml:5: signing: keys[1]: missing: `},
		{"pubkey = { file = 'folder' }", "io", `key: folder: Cargo.toml:3: signing: pubkey: `},
	} {
		table, err := metadata.ParseAt("Cargo.toml", []byte("[signing]\nalgorithm = 'minisign'\n"+tt.table+"\n"), "signing")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(verify.Artifact{Signature: []byte("x"), ManifestFS: files}, table)
		if err != nil {
			t.Fatal(err)
		}
		_, open := plan.Open(t.Context(), strings.NewReader("data"))
		_, fingerprint := plan.Fingerprint(t.Context())
		for _, err := range []error{open, fingerprint} {
			var typed *verify.Error
			if !errors.As(err, &typed) || typed.Stage != "key" || verify.Reason(err) != tt.reason || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s: %v", verify.Reason(err), err)
			}
		}
	}
}
