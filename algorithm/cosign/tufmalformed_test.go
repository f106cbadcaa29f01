package cosign_test

import (
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// Metadata that are signed and lack what they are for.
func TestTUFMalformed(t *testing.T) {
	edit := func(role string, change func(signed map[string]any)) func(*testing.T, *tufrepo.Repository) {
		return func(_ *testing.T, r *tufrepo.Repository) {
			r.Roles[role].Edit = change
			r.Publish(above(role)...)
		}
	}
	without := func(name string) func(map[string]any) { return func(signed map[string]any) { delete(signed, name) } }
	set := func(name string, value any) func(map[string]any) {
		return func(signed map[string]any) { signed[name] = value }
	}
	in := func(outer, name string, value any) func(map[string]any) {
		return func(signed map[string]any) { signed[outer].(map[string]any)[name] = value }
	}
	unsigned, malformed := &metadata.ErrUnsignedMetadata{}, algorithm.ErrMalformed
	cases := []mirrorCase{
		both("no JSON", func(_ *testing.T, r *tufrepo.Repository) { r.Files["/timestamp.json"] = []byte("<html>") }, text("invalid character")),
		both("null", func(_ *testing.T, r *tufrepo.Repository) { r.Files["/timestamp.json"] = []byte("null") }, &metadata.ErrValue{}),
		both("empty", func(_ *testing.T, r *tufrepo.Repository) { r.Files["/timestamp.json"] = nil }, text("unexpected end of JSON")),
		both("another type", edit(tufrepo.Timestamp, set("_type", "snapshot")), &metadata.ErrValue{}),
		both("root without keys", edit(tufrepo.Root, without("keys")), unsigned),
		both("root without roles", edit(tufrepo.Root, without("roles")), unsigned),
		both("root with a null role", edit(tufrepo.Root, in("roles", "timestamp", nil)), malformed),
		both("root without a role", edit(tufrepo.Root, func(signed map[string]any) { delete(signed["roles"].(map[string]any), "timestamp") }), &metadata.ErrValue{}),
		both("timestamp without meta", edit(tufrepo.Timestamp, without("meta")), unsigned),
		both("timestamp with empty meta", edit(tufrepo.Timestamp, set("meta", map[string]any{})), malformed),
		both("timestamp with null meta", edit(tufrepo.Timestamp, in("meta", "snapshot.json", nil)), malformed),
		both("snapshot without meta", edit(tufrepo.Snapshot, without("meta")), unsigned),
		both("snapshot with null meta", edit(tufrepo.Snapshot, in("meta", "targets.json", nil)), malformed),
		both("targets without targets", edit(tufrepo.Targets, without("targets")), unsigned),
		both("targets with a null target", edit(tufrepo.Targets, in("targets", "trusted_root.json", nil)), malformed),
		both("a target without a digest", edit(tufrepo.Targets, func(signed map[string]any) {
			signed["targets"].(map[string]any)["trusted_root.json"].(map[string]any)["hashes"] = map[string]any{}
		}), text("hashes must not be empty")),
		both("targets with a null delegation", edit(tufrepo.Targets, func(signed map[string]any) {
			signed["targets"] = map[string]any{}
			signed["delegations"] = map[string]any{"keys": map[string]any{"x": nil}, "roles": []any{
				map[string]any{"name": "a", "keyids": []any{"x"}, "threshold": 1, "terminating": true, "paths": []any{"*"}},
			}}
		}), text("role a not found in snapshot")),
		both("root with a null key", func(_ *testing.T, r *tufrepo.Repository) {
			id := r.Roles[tufrepo.Timestamp].Keys[0].ID
			edit(tufrepo.Root, in("keys", id, nil))(nil, r)
		}, malformed),
	}
	checkMirror(t, cases)
}
