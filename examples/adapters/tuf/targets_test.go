package tuf

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tufmeta "github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// newRepository serves a list of targets.
func newRepository(t *testing.T, list map[string][]byte) *tufrepo.Repository {
	t.Helper()
	r := tufrepo.New(t, list)
	r.Publish()
	r.Publish()
	return r
}

// newUpdater is a program's, which keeps what it has seen in a folder.
func newUpdater(t *testing.T, r *tufrepo.Repository, folder string) *updater.Updater {
	t.Helper()
	c, err := config.New(r.URL, r.Initial)
	if err != nil {
		t.Fatal(err)
	}
	c.LocalMetadataDir, c.LocalTargetsDir = filepath.Join(folder, "metadata"), filepath.Join(folder, "targets")
	u, err := updater.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// releases are two, by their targets.
func releases() map[string][]byte {
	list := map[string][]byte{}
	for _, version := range []string{cases.Old, cases.Version} {
		list["v"+version+"/"+cases.Name] = cases.Content(version)
	}
	return list
}

// TestDigest: the artifact is somebody else's to serve, and unsigned.
func TestDigest(t *testing.T) {
	r := newRepository(t, releases())
	p := verifytest.NewPublisher(t, "digests") // whose own table nobody reads
	for _, version := range []string{cases.Old, cases.Version} {
		p.Publish(version, map[string][]byte{cases.Name: cases.Content(version)})
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}, Fetcher: p.Fetcher()})
	if err != nil {
		t.Fatal(err)
	}
	cases.Run(t, p, map[string]string{
		"":                 "",
		"flipped artifact": "invalid",
		"missing artifact": "artifact-missing",
		"replayed":         "invalid",
	}, func(t *testing.T, dst string) error {
		table, err := Digest(newUpdater(t, r, t.TempDir()), "v"+cases.Version+"/"+cases.Name)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(p.Artifact(cases.Version, cases.Name), table)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Download(t.Context(), dst)
		if err == nil && report.Status != verify.Verified {
			t.Errorf("%s", report)
		}
		return err
	})
}

// TestKey: the key that signs is a target, and changes with it.
func TestKey(t *testing.T) {
	before, after := verifytest.NewKey(t, "minisign", "before"), verifytest.NewKey(t, "minisign", "after")
	r := newRepository(t, map[string][]byte{"keys/release.pub": []byte(before.Public())})
	content := cases.Content(cases.Version)
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Bind: verify.Binding{Version: true}})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	judge := func(signature []byte) string {
		t.Helper()
		table, err := Key(newUpdater(t, r, folder), "keys/release.pub", map[string]any{"algorithm": "minisign"})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := v.Plan(verify.Artifact{Signature: signature, Variables: map[string]string{"version": cases.Version}}, table)
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Stream(t.Context(), bytes.NewReader(content), nil)
		return verify.Reason(err)
	}
	signed := func(key *verifytest.Key, version string) []byte { return key.Sign(content, cases.Name, version) }
	if got := judge(signed(before, cases.Version)) + judge(signed(after, cases.Version)) + judge(signed(before, cases.Old)) + judge([]byte{}); got != "wrong-keyversion-mismatchmalformed" {
		t.Error(got)
	}
	r.List["keys/release.pub"] = []byte(after.Public())
	r.Publish()
	if got := judge(signed(after, cases.Version)) + judge(signed(before, cases.Version)); got != "wrong-key" {
		t.Error(got)
	}

	// The key's bytes are no longer those that were signed.
	path := r.TargetPath("keys/release.pub")
	r.Files[path] = append(bytes.Clone(r.Files[path][:len(r.Files[path])-1]), 'x')
	if _, err := Key(newUpdater(t, r, t.TempDir()), "keys/release.pub", map[string]any{"algorithm": "minisign"}); !errors.Is(err, &tufmeta.ErrLengthOrHashMismatch{}) {
		t.Error(err)
	}
}

// TestRepository: what the framework guards against reaches no verdict.
func TestRepository(t *testing.T) {
	target := "v" + cases.Version + "/" + cases.Name
	table := map[string]any{"algorithm": "minisign"}
	for what, tt := range map[string]struct {
		change func(t *testing.T, r *tufrepo.Repository)
		want   error // nil: it passes
	}{
		"unchanged": {func(*testing.T, *tufrepo.Repository) {}, nil},
		"newer":     {func(_ *testing.T, r *tufrepo.Repository) { r.Publish() }, nil},
		"rollback": {func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Timestamp].Version = 2
			r.Serve(tufrepo.Timestamp)
		}, &tufmeta.ErrBadVersionNumber{}},
		"expired": {func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[tufrepo.Timestamp].Expires = time.Now().Add(-time.Hour)
			r.Publish()
		}, &tufmeta.ErrExpiredMetadata{}},
		"rotated": {func(_ *testing.T, r *tufrepo.Repository) {
			r.Rotate(tufrepo.Targets)
			r.Publish(tufrepo.Root)
			r.Publish()
		}, nil},
		"root rotated": {func(_ *testing.T, r *tufrepo.Repository) {
			r.Rotate(tufrepo.Root)
			r.Publish(tufrepo.Root)
			r.Publish()
		}, nil},
		"root of another": {func(_ *testing.T, r *tufrepo.Repository) {
			r.Rotate(tufrepo.Root)
			r.Roles[tufrepo.Root].Signers = r.Roles[tufrepo.Root].Keys
			r.Publish(tufrepo.Root)
		}, &tufmeta.ErrUnsignedMetadata{}},
		"signed by the key that was": {func(_ *testing.T, r *tufrepo.Repository) {
			old := r.Roles[tufrepo.Targets].Signers
			r.Rotate(tufrepo.Targets)
			r.Publish(tufrepo.Root)
			r.Roles[tufrepo.Targets].Signers = old
			r.Publish()
		}, &tufmeta.ErrUnsignedMetadata{}},
		"no such target": {func(_ *testing.T, r *tufrepo.Repository) {
			r.List = map[string][]byte{"v9/other": nil}
			r.Publish()
		}, errAny},
		"nobody there": {func(_ *testing.T, r *tufrepo.Repository) { clear(r.Files) }, errAny},
	} {
		t.Run(what, func(t *testing.T) {
			r, folder := newRepository(t, releases()), t.TempDir()
			if _, err := Digest(newUpdater(t, r, folder), target); err != nil {
				t.Fatal(err)
			}
			tt.change(t, r)
			for way, ask := range map[string]func() error{
				"digest": func() error { _, err := Digest(newUpdater(t, r, folder), target); return err },
				"key":    func() error { _, err := Key(newUpdater(t, r, folder), target, table); return err },
			} {
				err := ask()
				switch {
				case tt.want == nil && way == "digest" && err != nil,
					tt.want != nil && err == nil,
					tt.want != nil && !errors.Is(tt.want, errAny) && !errors.Is(err, tt.want):
					t.Errorf("%s: %v, want %v", way, err, tt.want)
				}
			}
		})
	}
	if len(table) != 1 {
		t.Error("the program's table was changed")
	}
}

var errAny = errors.New("any")

// TestWeak: a digest that nobody may trust is none.
func TestWeak(t *testing.T) {
	r := newRepository(t, releases())
	r.Roles[tufrepo.Targets].Edit = func(signed map[string]any) {
		for _, info := range signed["targets"].(map[string]any) {
			info.(map[string]any)["hashes"] = map[string]any{"md5": strings.Repeat("00", 16)}
		}
	}
	r.Publish()
	if _, err := Digest(newUpdater(t, r, t.TempDir()), "v"+cases.Version+"/"+cases.Name); !errors.Is(err, algorithm.ErrWeak) {
		t.Error(err)
	}
}
