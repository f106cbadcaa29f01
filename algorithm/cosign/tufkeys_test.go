package cosign_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/relseal/relseal/internal/testkeys/tufrepo"
)

// A keyring says by numbers which keys a role has, how many of them must sign, and
// which do.
type keyring struct {
	keys      []int
	threshold int
	signers   []int
}

func (k keyring) give(role *tufrepo.Role, all []*tufrepo.Key) {
	role.Keys, role.Signers, role.Threshold = nil, nil, k.threshold
	for _, n := range k.keys {
		role.Keys = append(role.Keys, all[n])
	}
	for _, n := range k.signers {
		role.Signers = append(role.Signers, all[n])
	}
}

// checkBothWays has the repository judged online, and offline from a cache into which
// somebody has put what it serves. It returns the cache of the former.
func checkBothWays(t *testing.T, r *tufrepo.Repository, want error) (cache string) {
	t.Helper()
	online := tufOptions(t, r)
	checkFetch(t, "online", online, want)
	offline := tufOptions(t, r)
	offline.Offline = true
	fillTUFCache(t, r, offline, time.Now())
	checkFetch(t, "offline", offline, want)
	return tufCache(online)
}

// TestTUFRootRotation: each root is signed by enough keys of the one before, and of
// its own.
func TestTUFRootRotation(t *testing.T) {
	unsigned := &metadata.ErrUnsignedMetadata{}
	all := tufrepo.NewKeys(t, 10)
	five, other := []int{0, 1, 2, 3, 4}, []int{5, 6, 7, 8, 9}
	for _, test := range []struct {
		name  string
		roots []keyring
		want  error // of the last
	}{
		{"1 of 1", []keyring{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{2, 1}}, {[]int{2}, 1, []int{2}}}, nil},
		{"1 of 1, and strangers", []keyring{{[]int{1}, 1, []int{3, 1, 4}}, {[]int{2}, 1, []int{3, 2, 1, 4}}, {[]int{2}, 1, []int{3, 2, 4}}}, nil},
		{"3 of 5, any of them", []keyring{{five, 3, []int{0, 2, 4}}, {five, 3, []int{0, 4, 1}}, {five, 3, []int{0, 1, 3}}}, nil},
		{"3 of 5, one is new", []keyring{{five, 3, []int{0, 2, 4}}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 1}}}, nil},
		{"3 of 5, one is new, both sign", []keyring{{five, 3, []int{0, 2, 4}}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 2, 4, 5}}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 5}}}, nil},
		{"3 of 5, all are new", []keyring{{five, 3, []int{0, 2, 4}}, {other, 3, []int{0, 2, 4, 5, 6, 7}}, {other, 3, []int{5, 6, 7}}}, nil},
		{"threshold grows", []keyring{{[]int{1, 2, 3}, 1, []int{1}}, {[]int{1, 2, 3}, 2, []int{1, 2}}}, nil},
		{"threshold shrinks", []keyring{{[]int{1, 2, 3}, 2, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1}}}, nil},
		{"threshold grows with the keys", []keyring{{[]int{1}, 1, []int{1}}, {[]int{1, 2}, 2, []int{1, 2}}}, nil},

		{"1 of 1, not by the old", []keyring{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{2, 3, 4}}}, unsigned},
		{"1 of 1, not by the new", []keyring{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{1, 3, 4}}}, unsigned},
		{"by the old, one root too late", []keyring{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{2, 1}}, {[]int{2}, 1, []int{1}}}, unsigned},
		{"3 of 5, not by three new ones", []keyring{{five, 3, []int{0, 2, 4}}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 2, 4}}}, unsigned},
		{"3 of 5, not by three old ones", []keyring{{five, 3, []int{0, 2, 4}}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 5}}}, unsigned},
		{"threshold grows, and isn't reached", []keyring{{[]int{1, 2, 3}, 1, []int{1}}, {[]int{1, 2, 3}, 2, []int{2}}}, unsigned},
		{"threshold shrinks, and the old isn't reached", []keyring{{[]int{1, 2, 3}, 2, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1}}}, unsigned},
		{"the first isn't signed", []keyring{{[]int{1}, 1, []int{2}}}, unsigned},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newTrustedRootRepository(t)
			root := r.Roles[tufrepo.Root]
			root.Version = 0
			for _, keys := range test.roots {
				keys.give(root, all)
				r.Publish(tufrepo.Root)
			}
			r.Initial = r.Files["/1.root.json"]
			cache := checkBothWays(t, r, test.want)
			if len(test.roots) == 1 {
				return // nothing was trusted
			}
			good := r.Files[r.Path(tufrepo.Root)]
			if test.want != nil {
				root.Version--
				good = r.Files[r.Path(tufrepo.Root)]
			}
			if got, err := os.ReadFile(filepath.Join(cache, "root.json")); err != nil || !bytes.Equal(got, good) {
				t.Errorf("the cache has %s (%v), want %s", got, err, good)
			}
		})
	}
}

// TestTUFRoleKeys: timestamp, snapshot and targets are signed as the newest root says.
func TestTUFRoleKeys(t *testing.T) {
	unsigned := &metadata.ErrUnsignedMetadata{}
	all := tufrepo.NewKeys(t, 6)
	five, oneNew := []int{0, 1, 2, 3, 4}, []int{0, 1, 3, 4, 5}
	for _, role := range []string{tufrepo.Timestamp, tufrepo.Snapshot, tufrepo.Targets} {
		for _, test := range []struct {
			name string
			keys keyring
			want error
		}{
			{"rotated", keyring{[]int{2}, 1, []int{2}}, nil},
			{"and strangers", keyring{[]int{1}, 1, []int{3, 1, 4}}, nil},
			{"3 of 5", keyring{five, 3, []int{0, 2, 4}}, nil},
			{"the others of 5", keyring{five, 3, []int{1, 2, 3}}, nil},
			{"not by the new key", keyring{[]int{2}, 1, []int{1, 3, 4}}, unsigned},
			{"one of three is the old one", keyring{oneNew, 3, []int{0, 2, 4}}, unsigned},
			{"one is missing", keyring{oneNew, 3, []int{0, 4}}, unsigned},
			{"one signs three times", keyring{five, 3, []int{0, 0, 0}}, &metadata.ErrValue{}},
			{"more than there are", keyring{[]int{1, 2}, 3, []int{1, 2, 3}}, unsigned},
			{"nobody", keyring{[]int{1}, 1, nil}, unsigned},
			{"no threshold", keyring{[]int{1}, 0, nil}, &metadata.ErrValue{}},
			{"a threshold below zero", keyring{[]int{1}, -1, nil}, &metadata.ErrValue{}},
			{"no key", keyring{nil, 1, []int{1}}, &metadata.ErrValue{}},
		} {
			t.Run(role+", "+test.name, func(t *testing.T) {
				r := newTrustedRootRepository(t)
				test.keys.give(r.Roles[role], all)
				r.Publish(tufrepo.Root)
				r.Publish(above(role)...)
				checkBothWays(t, r, test.want)
			})
		}
	}
}

// TestTUFKeyNames: a key is what it is, whatever it is called.
func TestTUFKeyNames(t *testing.T) {
	unsigned := &metadata.ErrUnsignedMetadata{}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, r *tufrepo.Repository, role *tufrepo.Role)
		want   error
	}{
		{"a name that isn't its digest", func(_ *testing.T, _ *tufrepo.Repository, role *tufrepo.Role) {
			role.Keys = []*tufrepo.Key{role.Keys[0].As("0123")}
			role.Signers = role.Keys
		}, nil},
		{"one key by three names", func(_ *testing.T, _ *tufrepo.Repository, role *tufrepo.Role) {
			role.Keys = append(role.Keys[:1:1], role.Keys[0].As("a"), role.Keys[0].As("b"))
			role.Signers, role.Threshold = role.Keys, 2
		}, unsigned},
		{"another key by its name", func(t *testing.T, _ *tufrepo.Repository, role *tufrepo.Role) {
			role.Signers = []*tufrepo.Key{tufrepo.NewKey(t).As(role.Keys[0].ID)}
		}, unsigned},
		{"its signature by another name", func(_ *testing.T, _ *tufrepo.Repository, role *tufrepo.Role) {
			role.Signers = []*tufrepo.Key{role.Keys[0].As("0123")}
		}, unsigned},
		{"the key of another role", func(_ *testing.T, r *tufrepo.Repository, role *tufrepo.Role) {
			role.Signers = slices.Concat(r.Roles[tufrepo.Root].Keys, r.Roles[tufrepo.Snapshot].Keys)
		}, unsigned},
		{"a name without a key", func(_ *testing.T, r *tufrepo.Repository, role *tufrepo.Role) {
			r.Roles[tufrepo.Root].Edit = func(signed map[string]any) { delete(signed["keys"].(map[string]any), role.Keys[0].ID) }
		}, &metadata.ErrValue{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newTrustedRootRepository(t)
			test.change(t, r, r.Roles[tufrepo.Timestamp])
			r.Publish(tufrepo.Root)
			r.Publish(tufrepo.Timestamp)
			checkBothWays(t, r, test.want)
		})
	}
}
