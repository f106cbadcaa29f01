package verify_test

import (
	"crypto"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

const (
	boundComment   = "timestamp:1700000000\tfile:tool.tgz\tversion:1.0"
	unboundComment = "timestamp:1700000000"
)

// toolPlan is the plan for tool.tgz of a version.
func toolPlan(t *testing.T, c verify.Config, version string, signature []byte, table *metadata.Signing) (*verify.Plan, error) {
	t.Helper()
	return newVerifier(t, c).Plan(verify.Artifact{
		URL: "https://a.example/tool.tgz", Signature: signature, Variables: map[string]string{"name": "tool", "version": version},
	}, table)
}

// saveTool installs it.
func saveTool(t *testing.T, c verify.Config, version string, signature []byte, table *metadata.Signing, data string) (*verify.Report, error) {
	t.Helper()
	c.Time = func() time.Time { return pinDay }
	plan, err := toolPlan(t, c, version, signature, table)
	if err != nil {
		return nil, err
	}
	return plan.Save(t.Context(), strings.NewReader(data), newDestination(t).name)
}

// TestPinBound: a pin has what was bound when it was made.
func TestPinBound(t *testing.T) {
	key := testkeys.NewMinisign(t)
	both := verify.Binding{Name: true, Version: true}
	for comment, want := range map[string]verify.Binding{
		unboundComment:                         {},
		unboundComment + "\tfile:tool.tgz":     {Name: true},
		unboundComment + "\tversion:v1.0":      {Version: true},
		boundComment:                           both,
		unboundComment + "\tfile:t\tversion:2": {},
	} {
		store := &memoryPins{}
		if _, err := saveTool(t, verify.Config{Pins: store}, "1.0", key.SignBytes([]byte("x"), comment), table(key.PublicKey()), "x"); err != nil {
			t.Fatal(err)
		}
		if got := store.pins[0].Bound; got != want {
			t.Errorf("%q: %+v", comment, got)
		}
		// more later counts, and less takes nothing away
		for range 2 {
			for _, again := range []string{boundComment, unboundComment} {
				if _, err := saveTool(t, verify.Config{Pins: store}, "1.0", key.SignBytes([]byte("x"), again), table(key.PublicKey()), "x"); err != nil {
					t.Fatal(err)
				}
				if len(store.pins) != 1 || store.pins[0].Bound != both {
					t.Errorf("%q, then %q: %+v", comment, again, store.pins)
				}
			}
		}
	}
}

// TestPinReplay: old bytes as a new release are a replay, unless something signed
// says that they are it.
func TestPinReplay(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for comment, refused := range map[string]bool{
		unboundComment:                         true,
		unboundComment + "\tfile:tool.tgz":     true,
		unboundComment + "\tversion:1.0":       true,
		unboundComment + "\tversion:2.0":       false,
		unboundComment + "\tfile:x\tversion:2": true,
	} {
		store := &memoryPins{}
		signature := func(comment string) []byte { return key.SignBytes([]byte("x"), comment) }
		if _, err := saveTool(t, verify.Config{Pins: store}, "1.0", signature(boundComment), table(key.PublicKey()), "x"); err != nil {
			t.Fatal(err)
		}
		report, err := saveTool(t, verify.Config{Pins: store}, "2.0", signature(comment), table(key.PublicKey()), "x")
		if refused {
			wantError(t, err, "verdict", verify.ErrRollback)
			if len(store.pins) != 1 || !strings.Contains(err.Error(), "tool 2.0 has the bytes of 1.0") {
				t.Errorf("%q: %v, %+v", comment, err, store.pins)
			}
			continue
		}
		if err != nil || !slices.ContainsFunc(report.Warnings, func(w string) bool { return strings.HasPrefix(w, "tool 2.0 has the bytes of 1.0") }) {
			t.Errorf("%q: %v, %v", comment, report, err)
		}
	}
	// a table's own digest is as good
	table, err := metadata.NewSigning(map[string]any{"algorithm": "digest", "digests": map[string]any{"tool.tgz": ofData}})
	if err != nil {
		t.Fatal(err)
	}
	store := &memoryPins{}
	for _, version := range []string{"1.0", "2.0"} {
		c := verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}, Pins: store}
		if _, err := saveTool(t, c, version, nil, table, "data"); err != nil {
			t.Error(err)
		}
	}
	if len(store.pins) != 2 || store.pins[1].Bound != (verify.Binding{Name: true, Version: true}) || store.pins[1].Signers != nil {
		t.Errorf("%+v", store.pins)
	}
}

// TestTrustPinsBound: a pin stands in where it was bound to what is demanded, by
// the program or the table, and says no more than it knows.
func TestTrustPinsBound(t *testing.T) {
	key := testkeys.NewMinisign(t)
	none, name, version := verify.Binding{}, verify.Binding{Name: true}, verify.Binding{Version: true}
	both := verify.Binding{Name: true, Version: true}
	by := func(name, version string) *metadata.Signing {
		s := table(key.PublicKey())
		s.SignedName, s.SignedVersion = name, version
		return s
	}
	for _, tt := range []struct {
		bound, demand verify.Binding
		table         *metadata.Signing
		standsIn      bool
	}{
		{none, none, by("", ""), true},
		{both, none, by("", ""), true},
		{both, both, by("", ""), true},
		{name, name, by("", ""), true},
		{version, version, by("", ""), true},
		{none, name, by("", ""), false},
		{none, version, by("", ""), false},
		{name, version, by("", ""), false},
		{version, name, by("", ""), false},
		{name, both, by("", ""), false},
		{version, both, by("", ""), false},
		{none, none, by("{ asset }", ""), false},
		{none, none, by("", "{ version }"), false},
		{name, none, by("", "{ version }"), false},
		{name, none, by("{ asset }", ""), true},
		{version, none, by("", "{ version }"), true},
		{version, name, by("", "{ version }"), false},
	} {
		pin := verify.Pin{
			Name: "tool", Version: "1.0", Digest: digestOf(t, crypto.SHA256, []byte("x")), Bound: tt.bound,
			Signers: []string{"minisign SHA256:abc"}, FirstSeen: pinDay.Truncate(time.Second),
		}
		store := &memoryPins{pins: []verify.Pin{pin}}
		report, err := saveTool(t, verify.Config{Pins: store, TrustPins: true, Bind: tt.demand}, "1.0", nil, tt.table, "x")
		if !tt.standsIn {
			if !errors.Is(err, verify.ErrNoFetcher) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil || report.Algorithm != "pin" || !reflect.DeepEqual(store.pins, []verify.Pin{pin}) {
			t.Errorf("%+v: %v, %v, %+v", tt, report, err, store.pins)
			continue
		}
		for what, bound := range map[string]bool{"name": tt.bound.Name, "version": tt.bound.Version} {
			if said := slices.Contains(report.NotChecked, what+": nothing signed binds it"); said == bound {
				t.Errorf("%+v: %q", tt, report.NotChecked)
			}
		}
	}
	// what is demanded and missing in the pin is asked of the signature, and then known
	store := &memoryPins{}
	c := verify.Config{Pins: store, TrustPins: true}
	if _, err := saveTool(t, c, "1.0", key.SignBytes([]byte("x"), unboundComment), table(key.PublicKey()), "x"); err != nil {
		t.Fatal(err)
	}
	c.Bind = both
	_, err := saveTool(t, c, "1.0", key.SignBytes([]byte("x"), unboundComment), table(key.PublicKey()), "x")
	wantError(t, err, "signature", algorithm.ErrNameMismatch)
	if _, err := saveTool(t, c, "1.0", key.SignBytes([]byte("x"), boundComment), table(key.PublicKey()), "x"); err != nil {
		t.Error(err)
	}
	if report, err := saveTool(t, c, "1.0", nil, table(key.PublicKey()), "x"); err != nil || report.Algorithm != "pin" {
		t.Error(report, err)
	}
}

// TestTrustPinsReplaced: where the program says who must have signed, no pin
// stands in.
func TestTrustPinsReplaced(t *testing.T) {
	old, young := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	store := &memoryPins{}
	declared := table(old.PublicKey())
	if _, err := saveTool(t, verify.Config{Pins: store}, "1.0", old.SignBytes([]byte("x"), boundComment), declared, "x"); err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		table *metadata.Signing // that counts
		want  error
	}{
		"the same table": {declared, nil},
		"another":        {table(young.PublicKey()), algorithm.ErrWrongKey},
		"one like it":    {table(old.PublicKey()), nil},
	} {
		c := verify.Config{Pins: store, TrustPins: true, Replace: func(verify.Artifact, *metadata.Signing) (*metadata.Signing, error) { return tt.table, nil }}
		report, err := saveTool(t, c, "1.0", old.SignBytes([]byte("x"), boundComment), declared, "x")
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v", what, err)
		} else if err == nil && (report.Algorithm == "pin") != (tt.table == declared) {
			t.Errorf("%s: by %s", what, report.Algorithm)
		}
	}
}

// TestPinnedThreshold: of several signers some may be missing, and one alone, or
// others, are a change.
func TestPinnedThreshold(t *testing.T) {
	keys := map[rune]*testkeys.Minisign{}
	var all []any
	for _, name := range "abcde" {
		keys[name] = testkeys.NewMinisign(t)
		all = append(all, keys[name].PublicKey())
	}
	store := &memoryPins{}
	install := func(version, by string, threshold int) (*verify.Report, error) {
		data := "bytes of " + version
		s := newSite(t)
		var files []any
		for i, name := range by {
			files = append(files, fmt.Sprintf("{ url }.%d", i))
			s.put(fmt.Sprintf("/tool.tgz.%d", i), keys[name].SignBytes([]byte(data), unboundComment))
		}
		table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "keys": all, "threshold": threshold, "files": files})
		if err != nil {
			t.Fatal(err)
		}
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Pins: store, Fetcher: s.fetcher()})
		plan, err := v.Plan(verify.Artifact{URL: s.URL + "/tool.tgz", Variables: map[string]string{"name": "tool", "version": version}}, table)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Save(t.Context(), strings.NewReader(data), newDestination(t).name)
	}
	for _, tt := range []struct {
		version, by string
		threshold   int
		want        error
		warnings    int
		signers     int // of the pin
	}{
		{"1.0", "abc", 2, nil, 0, 3},
		{"1.0", "ab", 2, nil, 0, 3},
		{"1.0", "c", 1, nil, 0, 3},
		{"1.1", "ac", 2, nil, 0, 2},
		{"1.2", "cb", 2, nil, 0, 2},
		{"1.3", "ad", 2, verify.ErrSignerChanged, 0, 0},
		{"1.3", "de", 2, verify.ErrSignerChanged, 0, 0},
		{"1.3", "a", 1, verify.ErrSignerChanged, 0, 0},
		{"1.3", "abd", 2, nil, 1, 3},
		{"1.3", "abe", 2, nil, 1, 3}, // the same bytes, and e isn't pinned
		{"1.4", "ad", 2, verify.ErrSignerChanged, 0, 0},
		{"1.4", "de", 2, verify.ErrSignerChanged, 0, 0},
		{"1.4", "ac", 2, nil, 0, 2},
		{"1.4", "bcd", 2, nil, 0, 2},
		{"1.5", "bcd", 2, nil, 0, 3},
	} {
		report, err := install(tt.version, tt.by, tt.threshold)
		if tt.want != nil {
			wantError(t, err, "verdict", tt.want)
			continue
		}
		if err != nil || len(report.Warnings) != tt.warnings || len(report.Pin.Signers) != tt.signers {
			t.Errorf("%s by %s: %v, %v", tt.version, tt.by, report, err)
		}
	}
}
