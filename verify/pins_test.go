package verify_test

import (
	"context"
	"crypto"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/version"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// memoryPins are pins in memory.
type memoryPins struct {
	pins  []verify.Pin
	asked int
}

func (m *memoryPins) Update(_ context.Context, _ string, judge func([]verify.Pin) (*verify.Pin, error)) error {
	m.asked++
	p, err := judge(slices.Clone(m.pins)) // those of other names, too: they must not count
	if p == nil || err != nil {
		return err
	}
	m.pins = slices.DeleteFunc(m.pins, func(other verify.Pin) bool {
		return other.Name == p.Name && other.Version == p.Version && other.Target == p.Target
	})
	m.pins = append(m.pins, *p)
	return nil
}

var pinDay = time.Date(2026, 11, 26, 10, 0, 0, 5, time.UTC)

// A pinRelease is a release that is installed. key nil: nobody signed it.
type pinRelease struct {
	key                         *testkeys.Minisign
	name, version, target, data string
	day                         int
}

// plan joins the release with what the program demands.
func (r pinRelease) plan(t *testing.T, c verify.Config) *verify.Plan {
	t.Helper()
	c.Time = func() time.Time { return pinDay.AddDate(0, 0, r.day) }
	artifact := verify.Artifact{Name: "tool.tgz", Variables: map[string]string{"name": r.name, "version": r.version, "target": r.target}}
	var declared *metadata.Signing
	if r.key == nil {
		c.Policy = verify.IfDeclared
	} else {
		declared = table(r.key.PublicKey())
		artifact.Signature = r.key.SignBytes([]byte(r.data), comment)
	}
	if c.Fetcher == nil {
		c.Fetcher = noFetch{t}
	}
	plan, err := newVerifier(t, c).Plan(artifact, declared)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// install saves the release, and sees to it that what is refused is not placed,
// and nothing pinned.
func (r pinRelease) install(t *testing.T, c verify.Config) (*verify.Report, error) {
	t.Helper()
	d := newDestination(t)
	was := pinsOf(c)
	report, err := r.plan(t, c).Save(t.Context(), strings.NewReader(r.data), d.name)
	if err != nil {
		d.untouched(t)
		if !reflect.DeepEqual(was, pinsOf(c)) {
			t.Error("what was refused is pinned")
		}
		return nil, err
	}
	d.holds(t, r.data)
	return report, nil
}

func pinsOf(c verify.Config) []verify.Pin {
	if m, ok := c.Pins.(*memoryPins); ok {
		return slices.Clone(m.pins)
	}
	return nil
}

// TestPins: each rule from both sides. before is installed with everything
// allowed.
func TestPins(t *testing.T) {
	a, b := testkeys.NewMinisign(t), testkeys.NewMinisign(t)
	of := func(key *testkeys.Minisign, version, data string) pinRelease {
		return pinRelease{key, "tool", version, "linux", data, 0}
	}
	on := func(day int, r pinRelease) pinRelease { r.day = day; return r }
	target := func(target string, r pinRelease) pinRelease { r.target = target; return r }
	name := func(name string, r pinRelease) pinRelease { r.name = name; return r }
	const none, rollback, signer, both = 0, 1, 2, 3
	mismatch, older, changed := verify.ErrPinMismatch, verify.ErrRollback, verify.ErrSignerChanged
	for what, tt := range map[string]struct {
		before []pinRelease
		now    pinRelease
		allow  int
		want   error
		warned string // a part of each warning, by lines
		pins   int
	}{
		"first":                         {nil, of(a, "1.0", "x"), none, nil, "", 1},
		"first, of any version":         {nil, of(a, "nightly build", "x"), none, nil, "nightly build has no order with any other version", 1},
		"the same":                      {[]pinRelease{of(a, "1.0", "x")}, on(9, of(a, "1.0", "x")), none, nil, "", 1},
		"the same, of any version":      {[]pinRelease{of(a, "nightly", "x")}, of(a, "nightly", "x"), none, nil, "", 1},
		"other bytes":                   {[]pinRelease{of(a, "1.0", "x")}, of(a, "1.0", "y"), none, mismatch, "", 1},
		"other bytes, all allowed":      {[]pinRelease{of(a, "1.0", "x")}, of(a, "1.0", "y"), both, mismatch, "", 1},
		"other bytes, of another":       {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.0", "y"), none, mismatch, "", 1},
		"other bytes, a v before":       {[]pinRelease{of(a, "1.0", "x")}, of(a, "v1.0", "y"), none, mismatch, "", 1},
		"other bytes, unsigned":         {[]pinRelease{of(nil, "1.0", "x")}, of(nil, "1.0", "y"), none, mismatch, "", 1},
		"other bytes, target":           {[]pinRelease{of(a, "1.0", "x")}, target("mac", of(a, "1.0", "y")), none, nil, "", 2},
		"other bytes, no target":        {[]pinRelease{target("", of(a, "1.0", "x"))}, target("", of(a, "1.0", "y")), none, mismatch, "", 1},
		"other bytes, name":             {[]pinRelease{of(a, "1.0", "x")}, name("other", of(a, "1.0", "y")), none, nil, "", 2},
		"higher":                        {[]pinRelease{of(a, "1.9", "x")}, of(a, "1.10", "y"), none, nil, "", 2},
		"other bytes, a zero more":      {[]pinRelease{of(a, "1.2.0", "x")}, of(a, "1.2", "y"), none, mismatch, "", 1},
		"other bytes, a zero before":    {[]pinRelease{of(a, "1.2.0", "x")}, of(a, "01.2.0", "y"), none, mismatch, "", 1},
		"other bytes, another build":    {[]pinRelease{of(a, "1.2.0", "x")}, of(a, "v1.2.0+1", "y"), both, mismatch, "", 1},
		"another spelling":              {[]pinRelease{of(a, "1.2.0", "x")}, of(a, "v1.2+1", "x"), none, nil, "", 1},
		"another spelling, signer":      {[]pinRelease{of(a, "1.2.0", "x")}, of(b, "v1.2+1", "x"), none, changed, "", 1},
		"another spelling, v, no order": {[]pinRelease{of(a, "v1x", "x")}, of(a, "1x", "x"), none, nil, "", 1},
		"a prerelease's own bytes":      {[]pinRelease{of(a, "1.0-rc.1", "x")}, of(a, "1.0", "y"), none, nil, "", 2},
		"lower":                         {[]pinRelease{of(a, "1.10", "x")}, of(a, "1.9", "y"), none, older, "", 1},
		"lower, signer allowed":         {[]pinRelease{of(a, "1.10", "x")}, of(a, "1.9", "y"), signer, older, "", 1},
		"lower, allowed":                {[]pinRelease{of(a, "1.10", "x")}, of(a, "1.9", "y"), rollback, nil, "lower than 1.10, which was seen on 2026-11-26", 2},
		"lower than the highest":        {[]pinRelease{of(a, "1.1", "x"), of(a, "1.3", "y"), of(a, "1.0", "z")}, of(a, "1.2", "w"), none, older, "", 3},
		"lower, told of the highest":    {[]pinRelease{of(a, "1.1", "x"), of(a, "1.3", "y"), of(a, "1.2", "z")}, of(a, "1.0", "w"), rollback, nil, "lower than 1.3", 4},
		"lower, seen before":            {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "y")}, of(a, "1.0", "x"), none, older, "", 2},
		"lower, seen before, allowed":   {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "y")}, of(a, "1.0", "x"), rollback, nil, "lower than 1.1", 2},
		"a prerelease":                  {[]pinRelease{of(a, "1.0", "x")}, of(a, "1.0-rc.1", "y"), none, older, "", 1},
		"no order":                      {[]pinRelease{of(a, "1.0", "x")}, of(a, "two", "y"), none, older, "", 1},
		"no order with what was":        {[]pinRelease{of(a, "one", "x")}, of(a, "2.0", "y"), none, older, "", 1},
		"no order, allowed":             {[]pinRelease{of(a, "1.0", "x")}, of(a, "two", "y"), rollback, nil, "no order with 1.0\ntwo has no order with any other version", 2},
		"lower, of another target":      {[]pinRelease{of(a, "1.1", "x")}, target("mac", of(a, "1.0", "y")), none, nil, "", 2},
		"lower, of another name":        {[]pinRelease{of(a, "1.1", "x")}, name("other", of(a, "1.0", "y")), none, nil, "", 2},
		"another signer":                {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.1", "y"), none, changed, "", 1},
		"another signer, rollback all.": {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.1", "y"), rollback, changed, "", 1},
		"another signer, allowed":       {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.1", "y"), signer, nil, "signed by another", 2},
		"another signer, target":        {[]pinRelease{of(a, "1.0", "x")}, target("mac", of(b, "1.1", "y")), none, changed, "", 1},
		"another signer, name":          {[]pinRelease{of(a, "1.0", "x")}, name("other", of(b, "1.1", "y")), none, nil, "", 2},
		"another signer, same bytes":    {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.0", "x"), none, changed, "", 1},
		"the same, signer allowed":      {[]pinRelease{of(a, "1.0", "x")}, of(b, "1.0", "x"), signer, nil, "signed by another", 1},
		"nobody":                        {[]pinRelease{of(a, "1.0", "x")}, of(nil, "1.1", "y"), none, changed, "", 1},
		"nobody, allowed":               {[]pinRelease{of(a, "1.0", "x")}, of(nil, "1.1", "y"), signer, nil, "by nobody", 2},
		"nobody, same bytes":            {[]pinRelease{of(a, "1.0", "x")}, of(nil, "1.0", "x"), none, changed, "", 1},
		"nobody before":                 {[]pinRelease{of(nil, "1.0", "x")}, of(a, "1.1", "y"), none, nil, "", 2},
		"nobody before, same bytes":     {[]pinRelease{of(nil, "1.0", "x")}, of(a, "1.0", "x"), none, nil, "", 1},
		"nobody in between":             {[]pinRelease{of(a, "1.0", "x"), on(1, of(nil, "1.1", "y"))}, on(2, of(b, "1.2", "z")), none, changed, "", 2},
		"nobody ever":                   {[]pinRelease{of(nil, "1.0", "x")}, of(nil, "1.1", "y"), none, nil, "", 2},
		"after a change":                {[]pinRelease{of(a, "1.0", "x"), on(1, of(b, "1.1", "y"))}, on(2, of(b, "1.2", "z")), none, nil, "", 3},
		"after a change, back":          {[]pinRelease{of(a, "1.0", "x"), on(1, of(b, "1.1", "y"))}, on(2, of(a, "1.2", "z")), none, changed, "", 2},
		"after a change, in one second": {[]pinRelease{of(a, "1.0", "x"), of(b, "1.10", "y")}, of(b, "1.11", "z"), none, nil, "", 3},
		"back, in one second":           {[]pinRelease{of(b, "1.10", "y"), of(a, "1.9", "x")}, of(a, "1.11", "z"), none, changed, "", 2},
		"the old one's own release":     {[]pinRelease{of(a, "1.0", "x"), on(1, of(b, "1.1", "y"))}, of(a, "1.0", "x"), rollback, nil, "lower", 2},
		"old bytes as a new version":    {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "y")}, of(a, "1.2", "x"), none, older, "", 2},
		"old bytes, signer allowed":     {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "y")}, of(a, "1.2", "x"), signer, older, "", 2},
		"old bytes, allowed":            {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "y")}, of(a, "1.2", "x"), rollback, nil, "has the bytes of 1.0, which was seen on 2026-11-26, and nothing signed binds the version", 3},
		"old bytes, seen as new before": {[]pinRelease{of(a, "1.0", "x"), of(a, "1.1", "x")}, of(a, "1.1", "x"), none, nil, "", 2},
		"old bytes of another target":   {[]pinRelease{target("mac", of(a, "1.0", "x"))}, of(a, "1.1", "x"), none, older, "", 1},
		"old bytes of another name":     {[]pinRelease{name("other", of(a, "1.0", "x"))}, of(a, "1.1", "x"), none, nil, "", 2},
		"old bytes, unsigned":           {[]pinRelease{of(nil, "1.0", "x")}, of(nil, "1.1", "x"), none, older, "", 1},
		"one file for two targets":      {[]pinRelease{of(a, "1.0", "x")}, target("mac", of(a, "1.0", "x")), none, nil, "", 2},
	} {
		t.Run(what, func(t *testing.T) {
			store := &memoryPins{}
			for _, r := range tt.before {
				if _, err := r.install(t, verify.Config{Pins: store, AllowRollback: true, AllowNewSigner: true}); err != nil {
					t.Fatal(err)
				}
			}
			report, err := tt.now.install(t, verify.Config{Pins: store, AllowRollback: tt.allow&rollback != 0, AllowNewSigner: tt.allow&signer != 0})
			if len(store.pins) != tt.pins {
				t.Errorf("%d pins: %+v", len(store.pins), store.pins)
			}
			if tt.want != nil {
				wantError(t, err, "verdict", tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			warnings := slices.DeleteFunc(report.Warnings, func(w string) bool { return strings.HasPrefix(w, "no signature is declared") })
			if wanted := slices.DeleteFunc(strings.Split(tt.warned, "\n"), func(s string) bool { return s == "" }); !slices.EqualFunc(warnings, wanted, strings.Contains) {
				t.Errorf("warned: %q, want %q", warnings, wanted)
			}
			checkPin(t, report, tt.now, tt.before)
		})
	}
}

// checkPin checks the pin that the report has.
func checkPin(t *testing.T, report *verify.Report, now pinRelease, before []pinRelease) {
	t.Helper()
	p, day, spelled := report.Pin, now.day, now.version
	for _, r := range before {
		if r.name == now.name && version.Canonical(r.version) == version.Canonical(now.version) && r.target == now.target {
			day, spelled = r.day, r.version
		}
	}
	if p == nil || p.Name != now.name || p.Version != spelled || p.Target != now.target || p.File != "tool.tgz" ||
		p.Digest != digestOf(t, crypto.SHA256, []byte(now.data)) || !p.FirstSeen.Equal(pinDay.AddDate(0, 0, day).Truncate(time.Second)) {
		t.Errorf("pin %+v", p)
		return
	}
	if now.key != nil && (report.Evidence.Fingerprint == "" || !slices.Equal(p.Signers, []string{"minisign " + report.Evidence.Fingerprint})) || now.key == nil && len(p.Signers) != 0 {
		t.Errorf("signers %q", p.Signers)
	}
	if report.Digests["sha256"] != p.Digest.Hex() {
		t.Errorf("digests %v", report.Digests)
	}
}

// TestNotPinned: what wasn't let through is neither compared nor pinned, nor is
// what wasn't checked.
func TestNotPinned(t *testing.T) {
	key := testkeys.NewMinisign(t)
	good := pinRelease{key, "tool", "1.0", "", "x", 0}
	refusal := errors.New("not on a Thursday")
	t.Run("a bad signature", func(t *testing.T) {
		store, d := &memoryPins{}, newDestination(t)
		_, err := good.plan(t, verify.Config{Pins: store}).Save(t.Context(), strings.NewReader("y"), d.name)
		wantError(t, err, "verdict", algorithm.ErrInvalid)
		d.untouched(t)
		if store.asked != 0 {
			t.Error("pins were asked")
		}
	})
	t.Run("not accepted", func(t *testing.T) {
		store := &memoryPins{}
		_, err := good.install(t, verify.Config{Pins: store, Accept: func(*verify.Report) error { return refusal }})
		wantError(t, err, "verdict", verify.ErrNotAccepted)
		if !errors.Is(err, refusal) || verify.Reason(err) != "not-accepted" || store.asked != 0 {
			t.Errorf("%v, %d", err, store.asked)
		}
	})
	t.Run("skipped", func(t *testing.T) {
		store, d := &memoryPins{}, newDestination(t)
		plan, err := newVerifier(t, verify.Config{Pins: store, Policy: verify.InsecureSkip}).Plan(verify.Artifact{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.Save(t.Context(), strings.NewReader("x"), d.name)
		if err != nil || report.Pin != nil || store.asked != 0 {
			t.Error(report, err, store.asked)
		}
	})
}

// TestAccept: the program is asked once, after the verdict and before anything is
// placed, and may warn.
func TestAccept(t *testing.T) {
	key := testkeys.NewMinisign(t)
	release := pinRelease{key, "tool", "1.0", "", "x", 0}
	refusal := errors.New("no")
	for _, pins := range []verify.Pins{nil, &memoryPins{}} {
		asked := 0
		c := verify.Config{Pins: pins, Accept: func(r *verify.Report) error {
			asked++
			if r.Status != verify.Verified || r.Evidence.KeyID == "" || r.Size != 1 || r.Pin != nil {
				t.Errorf("asked with %+v", r)
			}
			r.Warnings = append(r.Warnings, "mind the gap")
			return nil
		}}
		report, err := release.install(t, c)
		if err != nil || asked != 1 || !slices.Equal(report.Warnings, []string{"mind the gap"}) {
			t.Errorf("%v, %v, asked %d times", report, err, asked)
		}
		_, err = pinRelease{key, "tool", "2.0", "", "x", 0}.install(t, verify.Config{Pins: pins, Accept: func(*verify.Report) error { return refusal }})
		wantError(t, err, "verdict", verify.ErrNotAccepted)
	}
	// by a Reader, and of what nobody signed
	r, err := pinRelease{nil, "tool", "1.0", "", "x", 0}.plan(t, verify.Config{Accept: func(*verify.Report) error { return refusal }}).Open(t.Context(), strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Finish()
	wantError(t, err, "verdict", verify.ErrNotAccepted)
	wantError(t, r.Close(), "verdict", verify.ErrNotAccepted)
}

// TestPinsNeedNames: without name and version there is nothing to pin.
func TestPinsNeedNames(t *testing.T) {
	key := testkeys.NewMinisign(t)
	v := newVerifier(t, verify.Config{Pins: &memoryPins{}})
	artifact := func(variables map[string]string) verify.Artifact {
		return verify.Artifact{Name: "tool.tgz", Signature: []byte("x"), Variables: variables}
	}
	for missing, variables := range map[string]map[string]string{
		"variable name":    {"version": "1"},
		"variable version": {"name": "x", "version": ""},
	} {
		_, err := v.Plan(artifact(variables), table(key.PublicKey()))
		wantError(t, err, "plan", algorithm.ErrMalformed)
		if !strings.Contains(err.Error(), missing) || verify.ExitCode(err) != 78 {
			t.Errorf("%v: %d", err, verify.ExitCode(err))
		}
	}
	plan, err := v.Plan(artifact(map[string]string{"name": "x", "version": "1"}), table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	if got := outlined(t, plan)["pinned-as"]; got != "x 1" {
		t.Errorf("the plan says %q", got)
	}
	if _, err := newVerifier(t, verify.Config{}).Plan(artifact(nil), table(key.PublicKey())); err != nil {
		t.Error(err)
	}
}

// storeFunc is a store of any behaviour.
type storeFunc func(judge func([]verify.Pin) (*verify.Pin, error)) error

func (f storeFunc) Update(_ context.Context, _ string, judge func([]verify.Pin) (*verify.Pin, error)) error {
	return f(judge)
}

// TestStores: no store makes a yes of a no, and its failure is told.
func TestStores(t *testing.T) {
	key := testkeys.NewMinisign(t)
	release := pinRelease{key, "tool", "1.0", "", "x", 0}
	other := verify.Pin{Name: "tool", Version: "1.0", Digest: digestOf(t, crypto.SHA256, []byte("y")), FirstSeen: pinDay}
	broken := &fs.PathError{Op: "open", Path: "pins", Err: fs.ErrPermission}
	for what, tt := range map[string]struct {
		store storeFunc
		want  error
	}{
		"asks nobody": {func(func([]verify.Pin) (*verify.Pin, error)) error { return nil }, verify.ErrUnverified},
		"is broken":   {func(func([]verify.Pin) (*verify.Pin, error)) error { return broken }, fs.ErrPermission},
		"can't write": {func(judge func([]verify.Pin) (*verify.Pin, error)) error { _, _ = judge(nil); return broken }, fs.ErrPermission},
		"forgets the refusal": {func(judge func([]verify.Pin) (*verify.Pin, error)) error {
			_, _ = judge([]verify.Pin{other})
			return nil
		}, verify.ErrPinMismatch},
		"the last time counts": {func(judge func([]verify.Pin) (*verify.Pin, error)) error {
			_, _ = judge(nil)
			_, err := judge([]verify.Pin{other})
			return err
		}, verify.ErrPinMismatch},
		"asks once more": {func(judge func([]verify.Pin) (*verify.Pin, error)) error {
			_, _ = judge([]verify.Pin{other})
			_, err := judge(nil)
			return err
		}, nil},
		"is told of the refusal": {func(judge func([]verify.Pin) (*verify.Pin, error)) error {
			if keep, err := judge([]verify.Pin{other}); keep != nil || !errors.Is(err, verify.ErrPinMismatch) {
				t.Errorf("%v, %v", keep, err)
			}
			return nil
		}, verify.ErrPinMismatch},
		"was cancelled": {func(func([]verify.Pin) (*verify.Pin, error)) error { return context.Canceled }, context.Canceled},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := release.install(t, verify.Config{Pins: tt.store})
			if tt.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, "verdict", tt.want)
		})
	}
}

// TestPinnedDigest: an artifact that is known by its digest is pinned by its
// SHA-256, or not judged at all.
func TestPinnedDigest(t *testing.T) {
	c := testkeys.Find(t, "sshsig", "valid-hash-sha256")
	d256, d512 := digestOf(t, crypto.SHA256, c.Artifact), digestOf(t, crypto.SHA512, c.Artifact)
	plan := func(store verify.Pins, version string, accept func(*verify.Report) error) *verify.Plan {
		t.Helper()
		v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Pins: store, Accept: accept})
		p, err := v.Plan(verify.Artifact{Signature: c.Signature, Variables: map[string]string{"name": "tool", "version": version}}, sshTable(t, c, "{ name }.sig"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	store := &memoryPins{}
	_, err := plan(store, "1.1", nil).Digest(t.Context(), d512)
	wantError(t, err, "artifact", algorithm.ErrUnsupported)
	_, err = plan(store, "1.1", func(*verify.Report) error { return errors.New("no") }).Digest(t.Context(), d256)
	wantError(t, err, "verdict", verify.ErrNotAccepted)
	if store.asked != 0 {
		t.Error("pins were asked")
	}
	report, err := plan(store, "1.1", nil).Digest(t.Context(), d256)
	if err != nil || report.Pin == nil || report.Pin.Digest != d256 || len(store.pins) != 1 {
		t.Fatal(report, err)
	}
	_, err = plan(store, "1.0", nil).Digest(t.Context(), d256)
	wantError(t, err, "verdict", verify.ErrRollback)
	_, err = plan(nil, "1.0", nil).Digest(t.Context(), d512, d256)
	if err != nil {
		t.Error(err)
	}
}

// TestTrustPins: a pin stands in for the signature, and for nothing else.
func TestTrustPins(t *testing.T) {
	key := testkeys.NewMinisign(t)
	pin := verify.Pin{
		Name: "tool", Version: "1.0", Digest: digestOf(t, crypto.SHA256, []byte("x")),
		File: "tool.tgz", Signers: []string{"minisign SHA256:abc"}, FirstSeen: pinDay.Truncate(time.Second),
	}
	with := func(signers ...string) verify.Pin { p := pin; p.Signers = signers; return p }
	respelled, higher, elsewhere := pin, pin, pin
	unsigned := with()
	respelled.Version = "v1.0.0"
	higher.Version = "1.1"
	elsewhere.Target = "mac"
	s := newSite(t)
	s.put("/tool.tgz", []byte("x"))
	for what, tt := range map[string]struct {
		pins    []verify.Pin
		data    string
		fetcher verify.Fetcher
		trust   bool
		stage   string
		want    error
	}{
		"the pin":              {[]verify.Pin{pin}, "x", noFetch{t}, true, "", nil},
		"no fetcher":           {[]verify.Pin{pin}, "x", nil, true, "", nil},
		"other bytes":          {[]verify.Pin{pin}, "y", noFetch{t}, true, "verdict", verify.ErrPinMismatch},
		"another spelling":     {[]verify.Pin{respelled}, "x", nil, true, "", nil},
		"another family":       {[]verify.Pin{with("gpg ABC")}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"also another family":  {[]verify.Pin{with("gpg ABC", "minisign SHA256:abc")}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"a family's prefix":    {[]verify.Pin{with("minisig SHA256:abc")}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"several of it":        {[]verify.Pin{with("minisign SHA256:abc", "minisign SHA256:def")}, "x", nil, true, "", nil},
		"other bytes, offline": {[]verify.Pin{with("gpg ABC")}, "y", nil, true, "signature", verify.ErrNoFetcher},
		"older":                {[]verify.Pin{pin, higher}, "x", noFetch{t}, true, "verdict", verify.ErrRollback},
		"unsigned":             {[]verify.Pin{unsigned}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"unsigned, online":     {[]verify.Pin{unsigned}, "x", s.fetcher(), true, "signature", verify.ErrMissing},
		"another target":       {[]verify.Pin{elsewhere}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"another version":      {[]verify.Pin{higher}, "x", nil, true, "signature", verify.ErrNoFetcher},
		"none":                 {nil, "x", nil, true, "signature", verify.ErrNoFetcher},
		"not trusted, online":  {[]verify.Pin{pin}, "x", s.fetcher(), false, "signature", verify.ErrMissing},
	} {
		t.Run(what, func(t *testing.T) {
			store := &memoryPins{pins: tt.pins}
			v := newVerifier(t, verify.Config{Pins: store, TrustPins: tt.trust, Fetcher: tt.fetcher, Accept: func(r *verify.Report) error {
				if tt.data != "x" {
					t.Errorf("asked to accept other bytes: %s", r)
				}
				return nil
			}})
			plan, err := v.Plan(verify.Artifact{URL: s.URL + "/tool.tgz", Variables: map[string]string{"name": "tool", "version": "1.0"}}, table(key.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			d := newDestination(t)
			report, err := plan.Save(t.Context(), strings.NewReader(tt.data), d.name)
			if tt.want != nil {
				wantError(t, err, tt.stage, tt.want)
				d.untouched(t)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if report.Status != verify.Verified || report.Algorithm != "pin" || !reflect.DeepEqual(*report.Pin, tt.pins[0]) || len(report.Warnings) != 0 ||
				!slices.Equal(report.NotChecked, []string{"signature: the pinned digest stands in for it", "name: nothing signed binds it", "version: nothing signed binds it"}) ||
				!slices.Equal(report.Evidence.Notes, []string{"pinned on 2026-11-26, signed then by " + strings.Join(tt.pins[0].Signers, ", ")}) || report.Evidence.Fingerprint != "" {
				t.Errorf("%s", report)
			}
			if _, err := plan.Digest(t.Context(), pin.Digest); err != nil {
				t.Error(err)
			}
		})
	}
	// without trust in pins the missing network is told before anything is done
	_, err := newVerifier(t, verify.Config{Pins: &memoryPins{}}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz", Variables: map[string]string{"name": "tool", "version": "1.0"}}, table(key.PublicKey()))
	wantError(t, err, "plan", verify.ErrNoFetcher)
	// pins that can't be read are no reason to go on without them
	v := newVerifier(t, verify.Config{TrustPins: true, Pins: storeFunc(func(func([]verify.Pin) (*verify.Pin, error)) error { return os.ErrPermission })})
	plan, err := v.Plan(verify.Artifact{URL: s.URL + "/tool.tgz", Variables: map[string]string{"name": "tool", "version": "1.0"}}, table(key.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = plan.Save(t.Context(), strings.NewReader("x"), newDestination(t).name)
	wantError(t, err, "signature", os.ErrPermission)
}

// TestTrustPinsOfName: a pin of another name, which a store should not show, stands in
// for nothing, whatever else it says.
func TestTrustPinsOfName(t *testing.T) {
	key := testkeys.NewMinisign(t)
	for name, want := range map[string]error{"tool": nil, "other": verify.ErrNoFetcher, "Tool": verify.ErrNoFetcher} {
		store := &memoryPins{pins: []verify.Pin{{
			Name: name, Version: "1.0", Digest: digestOf(t, crypto.SHA256, []byte("x")), Signers: []string{"minisign SHA256:abc"}, FirstSeen: pinDay.Truncate(time.Second),
		}}}
		plan, err := newVerifier(t, verify.Config{Pins: store, TrustPins: true}).
			Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Variables: map[string]string{"name": "tool", "version": "1.0"}}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		d := newDestination(t)
		if _, err = plan.Save(t.Context(), strings.NewReader("x"), d.name); want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if want != nil {
			wantError(t, err, "signature", want)
			d.untouched(t)
		}
	}
}
