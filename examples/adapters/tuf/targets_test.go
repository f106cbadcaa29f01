package tuf

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	tufmeta "github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// A repository has signed metadata, by roles whose keys are made for it.
type repository struct {
	t       *testing.T
	server  *httptest.Server
	files   map[string][]byte // by path
	keys    map[string]ed25519.PrivateKey
	root    *tufmeta.Metadata[tufmeta.RootType]
	first   []byte // the root that programs begin with
	expires time.Time
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t: t, files: map[string][]byte{}, keys: map[string]ed25519.PrivateKey{}, expires: time.Now().Add(24 * time.Hour).UTC()}
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		data, ok := r.files[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(data)
	}))
	r.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.server.StartTLS()
	t.Cleanup(r.server.Close)
	r.root = tufmeta.Root(r.expires)
	r.root.Signed.ConsistentSnapshot = true
	for _, role := range []string{"root", "timestamp", "snapshot", "targets"} {
		r.newKey(role)
	}
	r.first = r.publishRoot(1, r.keys["root"])
	return r
}

// newKey has a role sign by another key, from the next root on.
func (r *repository) newKey(role string) {
	r.t.Helper()
	for _, id := range r.root.Signed.Roles[role].KeyIDs {
		r.check(r.root.Signed.RevokeKey(id, role))
	}
	_, private, err := ed25519.GenerateKey(nil)
	r.check(err)
	key, err := tufmeta.KeyFromPublicKey(private.Public())
	r.check(err)
	r.check(r.root.Signed.AddKey(key, role))
	r.keys[role] = private
}

func (r *repository) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func sign[T tufmeta.Roles](r *repository, m *tufmeta.Metadata[T], keys ...ed25519.PrivateKey) []byte {
	r.t.Helper()
	m.ClearSignatures()
	for _, key := range keys {
		signer, err := signature.LoadSigner(key, crypto.Hash(0))
		r.check(err)
		_, err = m.Sign(signer)
		r.check(err)
	}
	data, err := m.ToBytes(false)
	r.check(err)
	return data
}

func (r *repository) publishRoot(version int64, keys ...ed25519.PrivateKey) []byte {
	r.t.Helper()
	r.root.Signed.Version = version
	data := sign(r, r.root, keys...)
	r.files[fmt.Sprintf("/%d.root.json", version)] = data
	return data
}

// publish has the roles sign a list of targets.
func (r *repository) publish(version int64, list map[string][]byte) {
	r.t.Helper()
	targets := tufmeta.Targets(r.expires)
	targets.Signed.Version = version
	for name, data := range list {
		info, err := tufmeta.TargetFile().FromBytes(name, data, "sha256")
		r.check(err)
		targets.Signed.Targets[name] = info
		r.files[fmt.Sprintf("/targets/%s/%x.%s", filepath.ToSlash(filepath.Dir(name)), sha256.Sum256(data), filepath.Base(name))] = data
	}
	r.files[fmt.Sprintf("/%d.targets.json", version)] = sign(r, targets, r.keys["targets"])
	snapshot := tufmeta.Snapshot(r.expires)
	snapshot.Signed.Version = version
	snapshot.Signed.Meta["targets.json"].Version = version
	r.files[fmt.Sprintf("/%d.snapshot.json", version)] = sign(r, snapshot, r.keys["snapshot"])
	timestamp := tufmeta.Timestamp(r.expires)
	timestamp.Signed.Version = version
	timestamp.Signed.Meta["snapshot.json"].Version = version
	r.files["/timestamp.json"] = sign(r, timestamp, r.keys["timestamp"])
}

// updater is a program's, which keeps what it has seen in a folder.
func (r *repository) updater(folder string) *updater.Updater {
	r.t.Helper()
	c, err := config.New(r.server.URL, r.first)
	r.check(err)
	c.LocalMetadataDir, c.LocalTargetsDir = filepath.Join(folder, "metadata"), filepath.Join(folder, "targets")
	r.check(c.EnsurePathsExist())
	r.check(c.SetDefaultFetcherHTTPClient(r.server.Client()))
	r.check(c.SetDefaultFetcherRetry(time.Millisecond, 1))
	u, err := updater.New(c)
	r.check(err)
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
	r := newRepository(t)
	r.publish(1, releases())
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
		table, err := Digest(r.updater(t.TempDir()), "v"+cases.Version+"/"+cases.Name)
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
	r := newRepository(t)
	before, after := verifytest.NewKey(t, "minisign", "before"), verifytest.NewKey(t, "minisign", "after")
	content := cases.Content(cases.Version)
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Bind: verify.Binding{Version: true}})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	judge := func(signature []byte) string {
		t.Helper()
		table, err := Key(r.updater(folder), "keys/release.pub", map[string]any{"algorithm": "minisign"})
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
	list := map[string][]byte{"keys/release.pub": []byte(before.Public())}
	r.publish(1, list)
	signed := func(key *verifytest.Key, version string) []byte { return key.Sign(content, cases.Name, version) }
	if got := judge(signed(before, cases.Version)) + judge(signed(after, cases.Version)) + judge(signed(before, cases.Old)) + judge([]byte{}); got != "wrong-keyversion-mismatchmalformed" {
		t.Error(got)
	}
	list["keys/release.pub"] = []byte(after.Public())
	r.publish(2, list)
	if got := judge(signed(after, cases.Version)) + judge(signed(before, cases.Version)); got != "wrong-key" {
		t.Error(got)
	}

	// The key's bytes are no longer those that were signed.
	for name, data := range r.files {
		if filepath.Dir(name) == "/targets/keys" {
			r.files[name] = append(bytes.Clone(data[:len(data)-1]), 'x')
		}
	}
	if _, err := Key(r.updater(t.TempDir()), "keys/release.pub", map[string]any{"algorithm": "minisign"}); !errors.Is(err, &tufmeta.ErrLengthOrHashMismatch{}) {
		t.Error(err)
	}
}

// TestRepository: what the framework guards against reaches no verdict.
func TestRepository(t *testing.T) {
	target := "v" + cases.Version + "/" + cases.Name
	table := map[string]any{"algorithm": "minisign"}
	for what, tt := range map[string]struct {
		change func(t *testing.T, r *repository)
		want   error // nil: it passes
	}{
		"unchanged": {func(*testing.T, *repository) {}, nil},
		"newer":     {func(_ *testing.T, r *repository) { r.publish(4, releases()) }, nil},
		"rollback":  {func(_ *testing.T, r *repository) { r.publish(2, releases()) }, &tufmeta.ErrBadVersionNumber{}},
		"expired": {func(_ *testing.T, r *repository) {
			r.expires = time.Now().Add(-time.Hour)
			r.publish(4, releases())
		}, &tufmeta.ErrExpiredMetadata{}},
		"rotated": {func(_ *testing.T, r *repository) {
			r.newKey("targets")
			r.publishRoot(2, r.keys["root"])
			r.publish(4, releases())
		}, nil},
		"root rotated": {func(_ *testing.T, r *repository) {
			old := r.keys["root"]
			r.newKey("root")
			r.publishRoot(2, old, r.keys["root"])
			r.publish(4, releases())
		}, nil},
		"root of another": {func(_ *testing.T, r *repository) {
			r.newKey("root")
			r.publishRoot(2, r.keys["root"])
		}, &tufmeta.ErrUnsignedMetadata{}},
		"signed by the key that was": {func(_ *testing.T, r *repository) {
			old := r.keys["targets"]
			r.newKey("targets")
			r.publishRoot(2, r.keys["root"])
			r.keys["targets"] = old
			r.publish(4, releases())
		}, &tufmeta.ErrUnsignedMetadata{}},
		"no such target": {func(_ *testing.T, r *repository) { r.publish(4, map[string][]byte{"v9/other": nil}) }, errAny},
		"nobody there":   {func(_ *testing.T, r *repository) { clear(r.files) }, errAny},
	} {
		t.Run(what, func(t *testing.T) {
			r, folder := newRepository(t), t.TempDir()
			r.publish(3, releases())
			if _, err := Digest(r.updater(folder), target); err != nil {
				t.Fatal(err)
			}
			tt.change(t, r)
			for way, ask := range map[string]func() error{
				"digest": func() error { _, err := Digest(r.updater(folder), target); return err },
				"key":    func() error { _, err := Key(r.updater(folder), target, table); return err },
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
	r := newRepository(t)
	r.publish(1, releases())
	targets, err := tufmeta.Targets().FromBytes(r.files["/1.targets.json"])
	r.check(err)
	for _, info := range targets.Signed.Targets {
		info.Hashes = tufmeta.Hashes{"md5": make([]byte, 16)}
	}
	r.files["/1.targets.json"] = sign(r, targets, r.keys["targets"])
	if _, err := Digest(r.updater(t.TempDir()), "v"+cases.Version+"/"+cases.Name); !errors.Is(err, algorithm.ErrWeak) {
		t.Error(err)
	}
}
