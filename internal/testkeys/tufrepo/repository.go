// Package tufrepo is a repository of The Update Framework on loopback, for tests. It
// signs and serves whatever it is told to, right or wrong, and shares no code with the
// clients that are tried on it.
package tufrepo

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"
	"time"
)

// The names of the roles.
const (
	Root      = "root"
	Timestamp = "timestamp"
	Snapshot  = "snapshot"
	Targets   = "targets"
)

// A Role is what the next metadata of a role will say.
type Role struct {
	Version   int64
	Expires   time.Time
	Threshold int
	Keys      []*Key // that may sign, as the next root says
	Signers   []*Key // that do sign

	// Edit, unless nil, changes what will be signed.
	Edit func(signed map[string]any)
}

// A Repository is served while its test runs. Changes count once they are
// published, those of Files and Faults at once.
type Repository struct {
	URL     string
	Initial []byte // the first root, from which clients start

	Roles  map[string]*Role
	Hashes bool              // timestamp and snapshot have digests and lengths, beside versions
	List   map[string][]byte // the targets, by name
	Folder string            // where they are served: /targets, unless changed

	Files  map[string][]byte           // what is served, by path
	Faults map[string]http.HandlerFunc // what is served instead

	tb       testing.TB
	mutex    sync.Mutex
	requests []string
}

// New serves the first version of everything. All of it lasts for an hour, and each
// role has a key of its own.
func New(tb testing.TB, list map[string][]byte) *Repository {
	tb.Helper()
	r := &Repository{
		Roles: map[string]*Role{}, List: list, Folder: "/targets",
		Files: map[string][]byte{}, Faults: map[string]http.HandlerFunc{}, tb: tb,
	}
	server := httptest.NewServer(http.HandlerFunc(r.serve))
	tb.Cleanup(server.Close)
	r.URL = server.URL
	for _, name := range []string{Root, Timestamp, Snapshot, Targets} {
		keys := NewKeys(tb, 1)
		r.Roles[name] = &Role{Version: 1, Expires: time.Now().Add(time.Hour), Threshold: 1, Keys: keys, Signers: keys}
	}
	r.Serve(Root, Targets, Snapshot, Timestamp)
	r.Initial = r.Files["/1.root.json"]
	return r
}

func (r *Repository) serve(w http.ResponseWriter, req *http.Request) {
	r.mutex.Lock()
	r.requests = append(r.requests, req.URL.Path)
	r.mutex.Unlock()
	if fault, ok := r.Faults[req.URL.Path]; ok {
		fault(w, req)
		return
	}
	if data, ok := r.Files[req.URL.Path]; ok {
		_, _ = w.Write(data)
		return
	}
	http.NotFound(w, req)
}

// Requests returns the paths that were asked for since it was called last.
func (r *Repository) Requests() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	asked := r.requests
	r.requests = nil
	return asked
}

// Publish serves new versions of roles; without one, of targets, snapshot and
// timestamp.
func (r *Repository) Publish(roles ...string) {
	r.tb.Helper()
	if len(roles) == 0 {
		roles = []string{Targets, Snapshot, Timestamp}
	}
	for _, name := range roles {
		r.Roles[name].Version++
		r.Serve(name)
	}
}

// Rotate gives roles new keys, which the next root will say. A root is signed by the
// old ones as well.
func (r *Repository) Rotate(roles ...string) {
	r.tb.Helper()
	for _, name := range roles {
		role := r.Roles[name]
		old := role.Keys
		role.Keys = NewKeys(r.tb, 1)
		role.Signers = role.Keys
		if name == Root {
			role.Signers = append(role.Keys[:1:1], old...)
		}
	}
}

// Path is where the metadata of a role are served.
func (r *Repository) Path(name string) string {
	if name == Timestamp {
		return "/timestamp.json"
	}
	return fmt.Sprintf("/%d.%s.json", r.Roles[name].Version, name)
}

// TargetPath is where a target is served.
func (r *Repository) TargetPath(name string) string {
	digest := fmt.Sprintf("%x", sha256.Sum256(r.List[name]))
	return path.Join(r.Folder, path.Dir(name), digest+"."+path.Base(name))
}

// Serve signs roles again as they are, without a new version, and serves them.
func (r *Repository) Serve(roles ...string) {
	r.tb.Helper()
	for _, name := range roles {
		r.Files[r.Path(name)] = r.sign(r.Roles[name], r.signed(name))
	}
}

func (r *Repository) sign(role *Role, signed map[string]any) []byte {
	r.tb.Helper()
	if role.Edit != nil {
		role.Edit(signed)
	}
	signatures := make([]any, 0, len(role.Signers))
	message := canonical(r.tb, signed)
	for _, key := range role.Signers {
		signatures = append(signatures, key.sign(message))
	}
	return canonical(r.tb, map[string]any{"signed": signed, "signatures": signatures})
}

// signed is what a role says.
func (r *Repository) signed(name string) map[string]any {
	role := r.Roles[name]
	signed := map[string]any{
		"_type": name, "spec_version": "1.0.31", "version": role.Version,
		"expires": role.Expires.UTC().Format(time.RFC3339),
	}
	switch name {
	case Root:
		signed["consistent_snapshot"] = true
		signed["keys"], signed["roles"] = r.keys()
	case Timestamp:
		signed["meta"] = map[string]any{"snapshot.json": r.meta(Snapshot)}
	case Snapshot:
		signed["meta"] = map[string]any{"targets.json": r.meta(Targets)}
	case Targets:
		list := map[string]any{}
		for target, data := range r.List {
			r.Files[r.TargetPath(target)] = data
			list[target] = described(data)
		}
		signed["targets"] = list
	}
	return signed
}

func (r *Repository) keys() (keys, roles map[string]any) {
	keys, roles = map[string]any{}, map[string]any{}
	for name, role := range r.Roles {
		ids := make([]string, 0, len(role.Keys))
		for _, key := range role.Keys {
			ids = append(ids, key.ID)
			keys[key.ID] = key.public()
		}
		roles[name] = map[string]any{"keyids": ids, "threshold": role.Threshold}
	}
	return keys, roles
}

// meta is what timestamp or snapshot say of the next role.
func (r *Repository) meta(name string) map[string]any {
	meta := map[string]any{}
	if r.Hashes {
		meta = described(r.Files[r.Path(name)])
	}
	meta["version"] = r.Roles[name].Version
	return meta
}

func described(data []byte) map[string]any {
	return map[string]any{
		"length": len(data),
		"hashes": map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(data))},
	}
}
