package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

const artifactSig = "tool-1.2.3.tgz.sig"

// lines are the lines of a document.
func lines(l ...string) string { return strings.Join(l, "\n") }

// signersOf are the key IDs in the report.
func signersOf(r *Report) string { return strings.Join(keyIDs(r), " ") }

// TestThresholds: so many distinct keys must have signed, in one document or in
// several, over the artifact or over its manifest.
func TestThresholds(t *testing.T) {
	const keys = "keys = ['A', 'B', 'C']\n"
	two := keys + "threshold = 2\n"
	files := two + "files = ['{ url }.a', '{ url }.b', '{ url }.c']\n"
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	for _, tt := range []struct {
		name    string
		release release
		want    error
		signers string
	}{
		{name: "one document", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, signers: "A B"},
		{name: "all of three", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""), signed("C", ""))}}, signers: "A B C"},
		{name: "strangers between", release: release{table: two, files: map[string]string{artifactSig: lines(signed("X", ""), signed("A", ""), signed("Y", ""), signed("B", ""))}}, signers: "A B"},
		{name: "a bad one between", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", "", "x"), signed("C", ""))}}, signers: "A C"},
		{name: "a bad one missing", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", "", "x"))}}, want: algorithm.ErrThreshold},
		{name: "one key twice", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("A", ""))}}, want: algorithm.ErrThreshold},
		{name: "two subkeys of one", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", "primary=P"), signed("B", "primary=P"))}}, want: algorithm.ErrThreshold},
		{name: "one alone", release: release{table: two, files: map[string]string{artifactSig: signed("A", "")}}, want: algorithm.ErrThreshold},
		{name: "a stranger and one", release: release{table: two, files: map[string]string{artifactSig: lines(signed("A", ""), signed("X", ""))}}, want: algorithm.ErrThreshold},
		{name: "strangers alone", release: release{table: two, files: map[string]string{artifactSig: lines(signed("X", ""), signed("Y", ""))}}, want: algorithm.ErrThreshold},
		{name: "three", release: release{table: keys + "threshold = 3\n", files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, want: algorithm.ErrThreshold},
		{name: "a digest that the program wants", release: release{table: two, config: Config{Digests: []crypto.Hash{crypto.SHA256}}, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, signers: "A B"},
		{name: "one is enough", release: release{table: keys + "threshold = 1\n", files: map[string]string{artifactSig: signed("B", "")}}, signers: "B"},
		{name: "one is enough, and counts once", release: release{table: keys + "threshold = 1\n", files: map[string]string{artifactSig: lines(signed("A", ""), signed("A", ""))}}, signers: "A"},
		{name: "no threshold: the first counts", release: release{table: keys, files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, signers: "A"},

		{name: "files", release: release{table: files, files: map[string]string{"tool-1.2.3.tgz.a": signed("A", ""), "tool-1.2.3.tgz.b": signed("B", "")}}, signers: "A B"},
		{name: "files, one bad", release: release{table: files, files: map[string]string{"tool-1.2.3.tgz.a": signed("A", ""), "tool-1.2.3.tgz.b": signed("B", "", "x"), "tool-1.2.3.tgz.c": signed("C", "")}}, signers: "A C"},
		{name: "files, one alone", release: release{table: files, files: map[string]string{"tool-1.2.3.tgz.a": signed("A", "")}}, want: algorithm.ErrThreshold},
		{name: "files of one key", release: release{table: files, files: map[string]string{"tool-1.2.3.tgz.a": signed("A", ""), "tool-1.2.3.tgz.b": signed("A", "")}}, want: algorithm.ErrThreshold},
		{name: "files with two each", release: release{table: files, files: map[string]string{"tool-1.2.3.tgz.a": lines(signed("A", ""), signed("B", ""))}}, signers: "A B"},

		{name: "manifest", release: release{table: two + "checksums = 'https://example.com/SHA256SUMS'\n", files: map[string]string{
			"SHA256SUMS": sums, "SHA256SUMS.sig": lines(signed("A", "", sums), signed("B", "", sums)),
		}}, signers: "A B"},
		{name: "manifest, one alone", release: release{table: two + "checksums = 'https://example.com/SHA256SUMS'\n", files: map[string]string{
			"SHA256SUMS": sums, "SHA256SUMS.sig": lines(signed("A", "", sums), signed("B", "", "x")),
		}}, want: algorithm.ErrThreshold},
		{name: "manifest with its own signature", release: release{table: two + "checksums = 'https://example.com/SHA256SUMS'\nfile = '{ checksums }'\n"}, want: algorithm.ErrUnsupported},
		{name: "manifest, files", release: release{table: two + "checksums = 'https://example.com/SHA256SUMS'\nfiles = ['{ checksums }.a', '{ checksums }.b']\n", files: map[string]string{
			"SHA256SUMS": sums, "SHA256SUMS.a": signed("A", "", sums), "SHA256SUMS.b": signed("B", "", sums),
		}}, signers: "A B"},

		// Each of them must say what is demanded, and one that doesn't isn't counted.
		{name: "version", release: release{table: two + "signed-version = true\n", files: map[string]string{artifactSig: lines(signed("A", "version=1.2.3"), signed("B", "version=1.2.3"))}}, signers: "A B"},
		{name: "version, one of another", release: release{table: two + "signed-version = true\n", files: map[string]string{artifactSig: lines(signed("A", "version=1.2.3"), signed("B", "version=1.2.2"))}}, want: algorithm.ErrThreshold},
		{name: "version, the first of another", release: release{table: keys + "threshold = 1\nsigned-version = true\n", files: map[string]string{artifactSig: lines(signed("A", "version=1.2.2"), signed("B", "version=1.2.3"))}}, signers: "B"},

		// A retired key is nobody.
		{name: "one retired", release: release{key: "none", table: "keys = ['A', { key = 'B', not-after = 2024-01-01 }]\nthreshold = 2\n", files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, want: algorithm.ErrThreshold},
		{name: "one of another time", release: release{key: "none", table: "keys = ['A', { key = 'B', not-after = 2026-01-01 }]\nthreshold = 2\n", files: map[string]string{artifactSig: lines(signed("A", ""), signed("B", ""))}}, signers: "A B"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Contains(tt.release.table, keys) {
				tt.release.key = "none"
			}
			report, err := tt.release.run(t)
			if !errors.Is(err, tt.want) || tt.want != nil && report != nil {
				t.Fatalf("%v, %v, want %v", report, err, tt.want)
			}
			if got := signersOf(report); tt.want == nil && got != tt.signers {
				t.Errorf("by %s, want %s", got, tt.signers)
			}
			if tt.want != nil {
				if reason := Reason(err); reason != map[error]string{algorithm.ErrThreshold: "threshold", algorithm.ErrUnsupported: "unsupported"}[tt.want] {
					t.Errorf("reason %q: %v", reason, err)
				}
			}
		})
	}
}

// TestBoundByAny: where several must hold, what any of them binds is bound.
func TestBoundByAny(t *testing.T) {
	const another = "[[signing.alternatives]]\nalgorithm = 'mute'\npubkey = 'A'\nfile = 'https://example.com/b.sig'\n"
	files := map[string]string{artifactSig: signed("A", "version=1.2.3 name=tool-1.2.3.tgz"), "b.sig": signed("A", "")}
	report, err := release{config: Config{RequireAll: true}, table: another, files: files}.run(t)
	if err != nil || report.bound != (Binding{Name: true, Version: true}) || slices.Contains(report.NotChecked, nameUnbound) || slices.Contains(report.NotChecked, versionUnbound) {
		t.Errorf("%+v, %v", report, err)
	}
	files[artifactSig], files["b.sig"] = files["b.sig"], files[artifactSig]
	report, err = release{config: Config{RequireAll: true}, table: another, files: files}.run(t)
	if err != nil || report.bound != (Binding{Name: true, Version: true}) || slices.Contains(report.NotChecked, nameUnbound) || slices.Contains(report.NotChecked, versionUnbound) {
		t.Errorf("by the second: %+v, %v", report, err)
	}
	files["b.sig"] = signed("A", "")
	report, err = release{config: Config{RequireAll: true}, table: another, files: files}.run(t)
	if err != nil || report.bound != (Binding{}) || !slices.Contains(report.NotChecked, nameUnbound) || !slices.Contains(report.NotChecked, versionUnbound) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestBoundAlike: what a threshold binds is what all of its signers say.
func TestBoundAlike(t *testing.T) {
	r := release{key: "none", table: "keys = ['A', 'B']\nthreshold = 2\n", files: map[string]string{artifactSig: lines(signed("A", "version=1.2.3"), signed("B", ""))}}
	report, err := r.run(t)
	if err != nil || !slices.Contains(report.NotChecked, versionUnbound) {
		t.Errorf("%v, %v", report, err)
	}
	r.files[artifactSig] = lines(signed("A", "version=1.2.3"), signed("B", "version=v1.2.3"))
	if report, err = r.run(t); err != nil || slices.Contains(report.NotChecked, versionUnbound) {
		t.Errorf("%v, %v", report, err)
	}
}

// TestRotation: a key counts for its time and its versions, and one that doesn't
// has a reason of its own.
func TestRotation(t *testing.T) {
	old := "keys = [{ key = 'A', not-after = 2025-01-01 }, { key = 'B', not-before = 2025-01-01 }]\n"
	epochs := "keys = [{ key = 'A', until-version = '1.9' }, { key = 'B', from-version = '2.0' }]\n"
	for _, tt := range []struct {
		name     string
		table    string
		sig      string
		version  string
		tampered bool
		want     error
	}{
		{name: "new key now", table: old, sig: signed("B", "")},
		{name: "old key now", table: old, sig: signed("A", ""), want: algorithm.ErrKeyRetired},
		{name: "old key, proved in its time", table: old, sig: signed("A", "at=2024-12-31T23:59:59Z")},
		{name: "old key, proved on its last day", table: old, sig: signed("A", "at=2025-01-01T23:59:59Z")},
		{name: "old key, proved a day later", table: old, sig: signed("A", "at=2025-01-02T00:00:00Z"), want: algorithm.ErrKeyRetired},
		{name: "old key, proved twice", table: old, sig: signed("A", "at=2025-03-01T00:00:00Z at=2024-12-01T00:00:00Z")},
		{name: "new key, proved before its time", table: old, sig: signed("B", "at=2024-12-31T23:59:59Z"), want: algorithm.ErrKeyRetired},
		{name: "new key, proved twice, once before its time", table: old, sig: signed("B", "at=2025-03-01T00:00:00Z at=2024-12-01T00:00:00Z"), want: algorithm.ErrKeyRetired},
		{name: "old key in a document with the new one", table: old, sig: lines(signed("A", ""), signed("B", ""))},
		{name: "nobody's key", table: old, sig: signed("X", ""), want: algorithm.ErrWrongKey},
		{name: "bad signature by the new key", table: old, sig: signed("B", "", "x"), want: algorithm.ErrInvalid},
		{name: "bad signature by the old key", table: old, sig: signed("A", "", "x"), want: algorithm.ErrInvalid},
		{name: "not yet", table: "keys = [{ key = 'A', not-before = 2025-06-02 }]\n", sig: signed("A", ""), want: algorithm.ErrKeyRetired},
		{name: "without bounds beside one with", table: "keys = ['B', { key = 'A', not-after = 2024-01-01 }]\n", sig: signed("B", "")},

		{name: "first epoch", table: epochs, sig: signed("A", "")},
		{name: "first epoch, last version", table: epochs, sig: signed("A", ""), version: "1.9.0"},
		{name: "second epoch", table: epochs, sig: signed("B", ""), version: "2.0.0"},
		{name: "old key for a new version", table: epochs, sig: signed("A", ""), version: "2.0.0", want: algorithm.ErrKeyRetired},
		{name: "new key for an old version", table: epochs, sig: signed("B", ""), want: algorithm.ErrKeyRetired},
		{name: "between the epochs", table: epochs, sig: signed("B", ""), version: "2.0.0-rc1", want: algorithm.ErrKeyRetired},
		{name: "no version", table: epochs, version: "none", want: algorithm.ErrMalformed},
		{name: "a version that can't be compared", table: epochs, version: "nightly", want: algorithm.ErrMalformed},
		{name: "an epoch that can't be compared", table: "keys = [{ key = 'A', from-version = 'nightly' }]\n", want: algorithm.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := release{key: "none", table: tt.table, url: "tool.tgz", files: map[string]string{"tool.tgz.sig": tt.sig}}
			switch tt.version {
			case "none":
				r.values = map[string]string{"version": ""}
			case "":
			default:
				r.values = map[string]string{"version": tt.version}
			}
			report, err := r.run(t)
			if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) || tt.want != nil && report != nil {
				t.Fatalf("%v, %v, want %v", report, err, tt.want)
			}
			want := map[error]string{nil: "", algorithm.ErrKeyRetired: "key-retired", algorithm.ErrWrongKey: "wrong-key", algorithm.ErrInvalid: "invalid", algorithm.ErrMalformed: "malformed"}[tt.want]
			if reason := Reason(err); reason != want {
				t.Errorf("reason %q, want %q: %v", reason, want, err)
			}
		})
	}
}

// TestLifetimeBounds: both bounds are inclusive, to the instant, and hold of the time
// that is proved; of now only where none is.
func TestLifetimeBounds(t *testing.T) {
	from, to := clock, clock.Add(time.Hour)
	within := from.Add(time.Minute)
	both := lifetime{notBefore: from, notAfter: to}
	for _, tt := range []struct {
		life    lifetime
		proved  []time.Time
		now     time.Time
		retired bool
	}{
		{both, nil, from, false},
		{both, nil, from.Add(-1), true},
		{both, nil, to, false},
		{both, nil, to.Add(1), true},
		{lifetime{notBefore: from}, nil, to.AddDate(99, 0, 0), false},
		{lifetime{notAfter: to}, nil, from.AddDate(-99, 0, 0), false},
		{lifetime{}, nil, time.Time{}, false},
		{both, []time.Time{from}, to.Add(1), false},
		{both, []time.Time{to}, to.Add(1), false},
		{both, []time.Time{from.Add(-1)}, within, true},
		{both, []time.Time{to.Add(1)}, within, true},
		{both, []time.Time{to.Add(1), to}, within, false}, // the earliest
		{both, []time.Time{within, from.Add(-1)}, within, true},
		{both, []time.Time{to.Add(time.Hour)}, within, true}, // also one after now
	} {
		for _, e := range []*algorithm.Evidence{{Timestamps: tt.proved}, logged(tt.proved)} {
			if err := tt.life.holds(e, tt.now); errors.Is(err, algorithm.ErrKeyRetired) != tt.retired || (err != nil) != tt.retired {
				t.Errorf("%+v, at %s, proved %s: %v", tt.life, tt.now, tt.proved, err)
			}
		}
	}
	// A signer's own word proves nothing.
	if err := both.holds(&algorithm.Evidence{SignedAt: within}, to.Add(1)); !errors.Is(err, algorithm.ErrKeyRetired) {
		t.Errorf("%v", err)
	}
}

// logged is evidence of entries at these times.
func logged(at []time.Time) *algorithm.Evidence {
	e := &algorithm.Evidence{LogEntries: []algorithm.LogEntry{{}}} // one without a time
	for _, t := range at {
		e.LogEntries = append(e.LogEntries, algorithm.LogEntry{Time: t})
	}
	return e
}

// TestRetiredBeforeTheBytes: that a key has no part in a version is known
// before the artifact is.
func TestRetiredBeforeTheBytes(t *testing.T) {
	p, err := release{key: "none", table: "keys = [{ key = 'A', until-version = '1.0' }]\n", files: map[string]string{artifactSig: signed("A", "")}}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(t.Context(), strings.NewReader(data)); !errors.Is(err, algorithm.ErrKeyRetired) {
		t.Errorf("%v", err)
	}
}

// TestNobodysBeforeTheBytes: so is that no group's keys have signed.
func TestNobodysBeforeTheBytes(t *testing.T) {
	p, err := release{key: "none", table: "keys = ['B', { key = 'A', until-version = '9.0' }]\n", files: map[string]string{artifactSig: signed("X", "")}}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(t.Context(), strings.NewReader(data)); !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("%v", err)
	}
}

// TestNoVersionForAnEpoch: what to do is said.
func TestNoVersionForAnEpoch(t *testing.T) {
	r := release{key: "none", table: "keys = [{ key = 'A', until-version = '9.0' }]\n", values: map[string]string{"version": ""}}
	if _, err := r.plan(t); err == nil || !strings.Contains(err.Error(), "set the variable version") || !strings.Contains(err.Error(), "t.toml:3") {
		t.Errorf("%v", err)
	}
}

// TestOneSignatureGiven: the one that a program has is no answer to a table that
// wants several.
func TestOneSignatureGiven(t *testing.T) {
	const alternative = "[[signing.alternatives]]\nalgorithm = 'mute'\npubkey = 'A'\n"
	for table, want := range map[string]map[bool]error{
		"":                                       {false: nil, true: nil},
		alternative:                              {false: nil, true: algorithm.ErrUnsupported},
		"threshold = 1\nfiles = ['{ url }.a']\n": {false: algorithm.ErrUnsupported, true: algorithm.ErrUnsupported},
	} {
		for all, want := range want {
			r := release{table: table, config: Config{RequireAll: all}, given: signed("A", "")}
			report, err := r.run(t)
			if !errors.Is(err, want) || (report != nil) != (want == nil) {
				t.Errorf("%q, all %v: %v, %v", table, all, report, err)
			}
		}
	}
}

// TestLogTime: a log's word is a proof of the time as well, where it gives one.
func TestLogTime(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2025, 1, d, 0, 0, 0, 0, time.UTC) }
	life := lifetime{notAfter: day(10)}
	for _, tt := range []struct {
		e    algorithm.Evidence
		want error
	}{
		{algorithm.Evidence{LogEntries: []algorithm.LogEntry{{Time: day(9)}}}, nil},
		{algorithm.Evidence{LogEntries: []algorithm.LogEntry{{Time: day(11)}}}, algorithm.ErrKeyRetired},
		{algorithm.Evidence{LogEntries: []algorithm.LogEntry{{}}}, algorithm.ErrKeyRetired},
		{algorithm.Evidence{LogEntries: []algorithm.LogEntry{{Time: day(11)}}, Timestamps: []time.Time{day(9)}}, nil},
		{algorithm.Evidence{SignedAt: day(9)}, algorithm.ErrKeyRetired}, // the signer's own word
	} {
		if err := life.holds(&tt.e, day(20)); !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
			t.Errorf("%+v: %v", tt.e, err)
		}
	}
}

// TestAlternatives: the first that is supported is binding, and all of them
// where the program demands it.
func TestAlternatives(t *testing.T) {
	const second = "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nfile = '{ url }.b'\n"
	const third = "[[signing.alternatives]]\nalgorithm = 'mute'\npubkey = 'C'\nfile = '{ url }.c'\n"
	a, b, c := map[string]string{artifactSig: signed("A", "")}, map[string]string{"tool-1.2.3.tgz.b": signed("B", "")}, map[string]string{"tool-1.2.3.tgz.c": signed("C", "")}
	bad := map[string]string{artifactSig: signed("A", "", "x")}
	join := func(all ...map[string]string) map[string]string {
		files := map[string]string{}
		for _, m := range all {
			for k, v := range m {
				files[k] = v
			}
		}
		return files
	}
	for _, tt := range []struct {
		name   string
		family string
		key    string
		table  string
		files  map[string]string
		all    bool
		bind   Binding
		want   error
		by     string
	}{
		{name: "the first", table: second + third, files: join(a, b, c), by: "A"},
		{name: "the first alone is asked", table: second, files: a, by: "A"},
		{name: "the first isn't supported", family: "rot13", table: second + third, files: join(a, b, c), by: "B"},
		{name: "the first fails", table: second, files: join(bad, b), want: algorithm.ErrInvalid},
		{name: "the first is missing", table: second, files: b, want: ErrMissing},
		{name: "the first is broken", table: "comment = '{'\n" + second, files: join(a, b), want: errTable},
		{name: "the first can't say what is demanded", family: "mute", table: "signed-version = true\n" + second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "the first can't say what the program demands", family: "mute", bind: Binding{Version: true}, table: "file = '{ url }.x'\n" + second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "all, of which one says what the program demands", family: "mute", all: true, bind: Binding{Version: true}, table: "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nfile = '{ url }.b'\n", files: join(a, map[string]string{"tool-1.2.3.tgz.b": signed("B", "version=1.2.3")}), by: "A B"},
		{name: "all, of which the silent one is bad", family: "mute", all: true, bind: Binding{Version: true}, table: "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nfile = '{ url }.b'\n", files: join(bad, map[string]string{"tool-1.2.3.tgz.b": signed("B", "version=1.2.3")}), want: algorithm.ErrInvalid},
		{name: "all, of which one says another version", family: "mute", all: true, bind: Binding{Version: true}, table: "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nfile = '{ url }.b'\n", files: join(a, map[string]string{"tool-1.2.3.tgz.b": signed("B", "version=1.2.2")}), want: algorithm.ErrVersionMismatch},
		{name: "all, of which none can say what the program demands", family: "mute", all: true, bind: Binding{Version: true}, table: third, files: join(a, c), want: algorithm.ErrUnsupported},
		{name: "all, of which none can say the name that the program demands", family: "mute", all: true, bind: Binding{Name: true}, table: third, files: join(a, c), want: algorithm.ErrUnsupported},
		{name: "a key without a digest is final", key: "none", table: "keys = [{ url = 'https://example.com/key' }]\n" + second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "a key file without a folder is final", key: "none", table: "keys = [{ file = 'key' }]\n" + second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "a broken key is final", key: "broken", table: second, files: join(a, b), want: algorithm.ErrMalformed},
		{name: "a key of a kind that isn't supported", key: "future", table: second, files: join(a, b), by: "B"},
		{name: "a setting that isn't supported is final", key: "odd", table: second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "all, a setting that isn't supported", key: "odd", all: true, table: second, files: join(a, b), want: algorithm.ErrUnsupported},
		{name: "none is supported", family: "rot13", table: "[[signing.alternatives]]\nalgorithm = 'rot14'\n", files: a, want: algorithm.ErrUnsupported},
		{name: "all", all: true, table: second + third, files: join(a, b, c), by: "A B C"},
		{name: "all, the first not supported", family: "rot13", all: true, table: second + third, files: join(b, c), by: "B C"},
		{name: "all, one not supported", all: true, table: second + "[[signing.alternatives]]\nalgorithm = 'rot14'\n", files: join(a, b), by: "A B"},
		{name: "all, the last missing", all: true, table: second + third, files: join(a, b), want: ErrMissing},
		{name: "all, the last bad", all: true, table: second + third, files: join(a, b, map[string]string{"tool-1.2.3.tgz.c": signed("C", "", "x")}), want: algorithm.ErrInvalid},
		{name: "all, the first bad", all: true, table: second, files: join(bad, b), want: algorithm.ErrInvalid},
		{name: "all, none supported", family: "rot13", all: true, table: "[[signing.alternatives]]\nalgorithm = 'rot14'\n", files: a, want: algorithm.ErrUnsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := release{family: tt.family, key: tt.key, table: tt.table, files: tt.files, config: Config{RequireAll: tt.all, Bind: tt.bind}}
			report, err := r.run(t)
			if tt.want == errTable {
				if Reason(err) != "template" || report != nil {
					t.Errorf("%v, %v", report, err)
				}
				return
			}
			if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) || tt.want != nil && report != nil {
				t.Fatalf("%v, %v, want %v", report, err, tt.want)
			}
			if got := signersOf(report); got != tt.by {
				t.Errorf("by %s, want %s", got, tt.by)
			}
			if report == nil {
				return
			}
			if said := strings.Contains(strings.Join(report.NotChecked, "\n"), "an alternative: "); said != (strings.Contains(tt.table, "rot1") || tt.family == "rot13" || tt.key == "future") {
				t.Errorf("not checked: %q", report.NotChecked)
			}
		})
	}
}

var errTable = errors.New("a broken table")

// TestBinds: a plan says what it demands to be signed.
func TestBinds(t *testing.T) {
	both, name, version := Binding{Name: true, Version: true}, Binding{Name: true}, Binding{Version: true}
	const sums = "checksums = 'https://example.com/SHA256SUMS'\n"
	for _, tt := range []struct {
		release release
		want    Binding
	}{
		{release{}, Binding{}},
		{release{table: "signed-name = true\n"}, name},
		{release{table: "signed-version = true\n"}, version},
		{release{config: Config{Bind: both}}, both},
		{release{table: "comment = '{ version }'\n"}, version},
		{release{table: "comment = '{ asset } { version }'\n"}, both},
		{release{table: sums}, both},
		{release{table: sums, url: "tool.tgz"}, name},
		{release{table: sums + "signed-version = true\n", url: "tool.tgz"}, both},
		{release{table: sums + "file = '{ checksums }'\n", url: "tool.tgz"}, name},
		{release{table: sums + "file = '{ checksums }'\nsigned-version = true\n", url: "tool.tgz"}, both},
		{release{table: "checksums = '{ url }.sha256'\n"}, Binding{}}, // it may be a digest alone
		{release{table: "checksums = '{ url }.sha256'\nsigned-name = true\n"}, both},
		{release{key: "none", table: "keys = ['A', 'B']\nthreshold = 2\nsigned-version = true\n"}, version},
		{release{key: "none", table: "keys = ['A', { key = 'B', not-after = 2024-01-01 }]\nsigned-version = true\n"}, version},
		{release{table: "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nsigned-name = true\n"}, Binding{}},
		{release{config: Config{RequireAll: true}, table: "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'B'\nsigned-name = true\n"}, name},
	} {
		p, err := tt.release.plan(t)
		if err != nil {
			t.Fatalf("%q: %v", tt.release.table, err)
		}
		if got := p.Binds(); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.release.table, got, tt.want)
		}
	}
	for _, policy := range []Policy{IfDeclared, InsecureSkip} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{sayer{"mute"}}, Policy: policy, Bind: both})
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Plan(Artifact{URL: "https://example.com/tool"}, nil)
		if err != nil || p.Binds() != (Binding{}) {
			t.Errorf("%v: %+v, %v", policy, p, err)
		}
	}
}

// TestAsset: the variables that follow from the artifact.
func TestAsset(t *testing.T) {
	for _, tt := range []struct {
		artifact Artifact
		want     map[string]string
	}{
		{Artifact{}, map[string]string{}},
		{Artifact{Name: "tool.tgz"}, map[string]string{"asset": "tool.tgz", "asset-stem": "tool"}},
		{Artifact{Name: "tool-1.2"}, map[string]string{"asset": "tool-1.2", "asset-stem": "tool-1.2"}},
		{Artifact{Name: "tool.tar.gz"}, map[string]string{"asset": "tool.tar.gz", "asset-stem": "tool"}},
		{Artifact{Name: "Tool.tar.gz"}, map[string]string{"asset": "Tool.tar.gz", "asset-stem": "Tool"}},
		{Artifact{Name: "tool.TGZ"}, map[string]string{"asset": "tool.TGZ", "asset-stem": "tool.TGZ"}},
		{Artifact{Name: "tool.gz"}, map[string]string{"asset": "tool.gz", "asset-stem": "tool"}},
		{Artifact{Name: ".tgz"}, map[string]string{"asset": ".tgz", "asset-stem": ".tgz"}},
		{Artifact{Name: "tool.x.pkg", Variables: map[string]string{"archive-suffix": ".x.pkg"}}, map[string]string{"asset": "tool.x.pkg", "asset-stem": "tool", "archive-suffix": ".x.pkg"}},
		{Artifact{Variables: map[string]string{"version": "1.2"}}, map[string]string{"version": "1.2", "tag": "v1.2"}},
		{Artifact{Variables: map[string]string{"version": "1.2", "tag": "tool/1.2"}}, map[string]string{"version": "1.2", "tag": "tool/1.2"}},
	} {
		got := tt.artifact.values()
		if len(got) != len(tt.want) {
			t.Errorf("%+v: %v", tt.artifact, got)
		}
		for k, v := range tt.want {
			if got[k] != v {
				t.Errorf("%+v: %s = %q, want %q", tt.artifact, k, got[k], v)
			}
		}
	}
}

// TestReplace: the program has the first word about the table.
func TestReplace(t *testing.T) {
	no := errors.New("not today")
	r := release{files: map[string]string{artifactSig: signed("A", "")}}
	r.config.Replace = func(a Artifact, declared *metadata.Signing) (*metadata.Signing, error) {
		if a.Variables["name"] != "tool" || declared == nil {
			t.Errorf("%+v, %v", a, declared)
		}
		return nil, no
	}
	if _, err := r.plan(t); !errors.Is(err, no) || !errors.Is(err, ErrNotAccepted) || Reason(err) != "not-accepted" {
		t.Errorf("%v", err)
	}
	r.config.Replace = func(_ Artifact, declared *metadata.Signing) (*metadata.Signing, error) {
		other := *declared
		other.Keys = []metadata.Source{{Inline: "B"}}
		return &other, nil
	}
	if _, err := r.run(t); !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("%v", err)
	}
	r.config.Replace = func(Artifact, *metadata.Signing) (*metadata.Signing, error) { return nil, nil } //nolint:nilnil // none is declared
	if _, err := r.plan(t); !errors.Is(err, ErrNotDeclared) {
		t.Errorf("%v", err)
	}
}

// TestMultiplied: files times groups of keys are bounded, over all alternatives.
func TestMultiplied(t *testing.T) {
	keys := func(n int) string {
		var list strings.Builder
		for i := range n {
			fmt.Fprintf(&list, "{ key = '%d', until-version = '9.%d' }, ", i, i)
		}
		return "keys = [" + list.String() + "]\n"
	}
	files := func(n int) string { return "threshold = 1\nfiles = [" + strings.Repeat("'{ url }.x', ", n) + "]\n" }
	again, last := "[[signing.alternatives]]\nalgorithm = 'mute'\n"+keys(33), "[[signing.alternatives]]\nalgorithm = 'mute'\npubkey = 'A'\n"
	for name, tt := range map[string]struct {
		table string
		all   bool
		want  error
	}{
		"64 groups":          {keys(64), false, nil},
		"64 files":           {"pubkey = 'A'\n" + files(64), false, nil},
		"8 times 8":          {keys(8) + files(8), false, nil},
		"8 times 9":          {keys(8) + files(9), false, algorithm.ErrTooLarge},
		"64 times 64":        {keys(64) + files(64), false, algorithm.ErrTooLarge},
		"33 and 33":          {keys(33) + again, true, algorithm.ErrTooLarge},
		"33 and 33, first":   {keys(33) + again, false, algorithm.ErrTooLarge},
		"33 and 31, first":   {keys(33) + "[[signing.alternatives]]\nalgorithm = 'mute'\n" + keys(31), false, nil},
		"8 times 8, and one": {keys(8) + files(8) + last, true, algorithm.ErrTooLarge},
		"7 times 9, and one": {keys(7) + files(9) + last, true, nil},
		"the same, first":    {keys(8) + files(8) + last, false, nil},
		"a manifest's":       {"checksums = '{ url }.sums'\n" + keys(8) + files(8) + last, true, algorithm.ErrTooLarge},
		"in a manifest":      {"checksums = '{ url }.sums'\n" + keys(8) + files(9), false, algorithm.ErrTooLarge},
		"in manifests":       {"checksums = '{ url }.sums'\n" + keys(33) + again, true, algorithm.ErrTooLarge},
		"one key twice":      {"keys = ['A', { key = 'A', not-after = 2030-01-01 }]\n", false, algorithm.ErrMalformed},
		"one key twice over": {"keys = ['A', 'A']\n", false, nil},
	} {
		_, err := release{key: "none", table: tt.table, config: Config{RequireAll: tt.all}}.plan(t)
		if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestRetiredInline: a manifest that holds its own signature is signed by a key
// that counts, too.
func TestRetiredInline(t *testing.T) {
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	for bounds, want := range map[string]error{
		"until-version = '1.2.3'": nil, "until-version = '1.2.2'": algorithm.ErrKeyRetired,
		"not-after = 2025-06-01": nil, "not-after = 2025-05-31": algorithm.ErrKeyRetired,
	} {
		r := release{key: "none", table: "keys = [{ key = 'A', " + bounds + " }]\nchecksums = 'https://example.com/SHA256SUMS'\nfile = '{ checksums }'\n", files: map[string]string{
			"SHA256SUMS": sums + signed("A", "", sums),
		}}
		if report, err := r.run(t); !errors.Is(err, want) || (report != nil) != (want == nil) {
			t.Errorf("%s: %v, %v", bounds, report, err)
		}
	}
}

// TestSignerSet: who is counted once, whatever the names.
func TestSignerSet(t *testing.T) {
	key := func(fingerprint, primary string) Signature {
		return Signature{Algorithm: "gpg", Evidence: &algorithm.Evidence{Fingerprint: fingerprint, PrimaryFingerprint: primary}}
	}
	identity := func(issuer, subject, source string) Signature {
		return Signature{Algorithm: "cosign", Evidence: &algorithm.Evidence{Fingerprint: issuer + subject + source, PrimaryFingerprint: "authority", Identity: map[string]string{"issuer": issuer, "subject": subject, "source-repository": source}}}
	}
	by := func(key string, s Signature) Signature {
		s.Evidence.Fingerprint = key
		return s
	}
	numbers := func(s Signature, digests ...string) Signature {
		s.Evidence.KeyDigests = digests
		return s
	}
	const workflow = "https://github.com/acme/tool/.github/workflows/release.yml@refs/"
	for name, tt := range map[string]struct {
		one, other Signature
		distinct   bool
	}{
		"keys":                       {key("A", ""), key("B", ""), true},
		"one key":                    {key("A", ""), key("A", ""), false},
		"subkeys of one certificate": {key("A", "P"), key("B", "P"), false},
		"a subkey of two":            {key("A", "P"), key("A", "Q"), false},
		"primary and subkey":         {key("P", "P"), key("A", "P"), false},
		"certificates":               {key("A", "P"), key("B", "Q"), true},
		"nobody":                     {key("A", ""), key("", ""), false},
		"families":                   {key("A", ""), Signature{Algorithm: "ssh", Evidence: &algorithm.Evidence{Fingerprint: "A"}}, true},
		"branches of one workflow":   {identity("i", workflow+"heads/main", "s"), identity("i", workflow+"heads/x", "s"), false},
		"tag and branch":             {identity("i", workflow+"tags/v1", "s"), identity("i", workflow+"heads/x", "s"), false},
		"workflow for two":           {identity("i", workflow+"heads/main", "s"), identity("i", workflow+"heads/main", "t"), true},
		"a branch with a ref in it":  {identity("i", workflow+"heads/a@refs/heads/b", "s"), identity("i", workflow+"heads/b", "s"), false},
		"workflow by commits":        {identity("i", strings.TrimSuffix(workflow, "refs/")+strings.Repeat("a", 40), "s"), identity("i", strings.TrimSuffix(workflow, "refs/")+strings.Repeat("b", 40), "s"), false},
		"workflow by name, YAML":     {identity("i", "https://github.com/acme/tool/.github/workflows/release.YAML@main", "s"), identity("i", "https://github.com/acme/tool/.github/workflows/release.YAML@refs/heads/x", "s"), false},
		"branches at GitLab":         {identity("i", "https://gitlab.com/acme/tool//ci/release@refs/heads/a", ""), identity("i", "https://gitlab.com/acme/tool//ci/release@refs/tags/a", ""), false},
		"workflows":                  {identity("i", workflow+"heads/main", "s"), identity("i", strings.Replace(workflow, "release", "other", 1)+"heads/main", "s"), true},
		"users of one host":          {identity("i", "https://host.example/@alice", ""), identity("i", "https://host.example/@bob", ""), true},
		"one user of a host":         {identity("i", "https://host.example/@alice", ""), identity("i", "https://host.example/@alice", ""), false},
		"one name, of two domains":   {identity("i", "https://host.example/alice@a.example", ""), identity("i", "https://host.example/alice@b.example", ""), true},
		"mailboxes":                  {identity("i", "a@example.com", ""), identity("i", "a@example.org", ""), true},
		"one mailbox":                {identity("i", "a@example.com", ""), identity("i", "a@example.com", ""), false},
		"one key, other issuers":     {by("A", identity("i", "a", "")), by("A", identity("j", "a", "")), false},
		"one key, once certified":    {by("A", identity("i", "a", "")), Signature{Algorithm: "cosign", Evidence: &algorithm.Evidence{Fingerprint: "A"}}, false},
		"one key of two dates":       {numbers(key("A", "A"), "n"), numbers(key("B", "B"), "n"), false},
		"one primary of two dates":   {numbers(key("A", "P"), "a", "p"), numbers(key("B", "Q"), "b", "p"), false},
		"keys with their numbers":    {numbers(key("A", "P"), "a", "p"), numbers(key("B", "Q"), "b", "q"), true},
		"numbers of two families":    {numbers(key("A", ""), "n"), Signature{Algorithm: "ssh", Evidence: &algorithm.Evidence{Fingerprint: "B", KeyDigests: []string{"n"}}}, true},
		"one mailbox, other issuers": {identity("i", "a@example.com", ""), identity("j", "a@example.com", ""), true},
	} {
		set := signerNames{}
		if !set.add(tt.one) || set.add(tt.other) != tt.distinct {
			t.Errorf("%s: %v", name, set)
		}
	}
}

// TestPanickingTwice: a source that panics isn't asked again by whoever goes on.
func TestPanickingTwice(t *testing.T) {
	p, err := release{files: map[string]string{artifactSig: signed("A", "")}}.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Open(t.Context(), panicking{})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("panicked")
			}
		}()
		_, err = r.Read(make([]byte, 10))
		return err
	}
	first := read()
	for range 10 {
		if err := read(); err == nil || first == nil {
			t.Fatalf("%v, then %v", first, err)
		}
	}
	if err := r.Close(); err == nil {
		t.Error("closed without an error")
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("source") }

// TestSourcesOnce: what a table names is read once for a verdict, however many
// signatures are judged by it.
func TestSourcesOnce(t *testing.T) {
	sum := sumOf("A")
	files := map[string]string{"key": "A", "key2": "C"}
	table := "keys = [{ url = 'https://example.com/key', sha256 = '" + sum + "' }, { url = 'https://example.com/key2', sha256 = '" + sumOf("C") + "' }]\nthreshold = 1\nfiles = ["
	for i := range 20 {
		name := fmt.Sprint("sig", i)
		table += "'https://example.com/" + name + "', "
		files[name] = signed("A", "")
	}
	s := &served{files: files}
	r := release{key: "none", table: table + "]\n", fetcher: s}
	for range 2 { // each verdict asks anew
		s.asked = nil
		if report, err := r.run(t); err != nil || signersOf(report) != "A" {
			t.Fatalf("%v, %v", report, err)
		}
		if keys := slices.DeleteFunc(s.asked, func(asked string) bool { return !strings.HasPrefix(asked, "key ") }); !slices.Equal(keys, []string{"key key", "key key2"}) {
			t.Errorf("asked for %q", keys)
		}
	}
	// What several groups of keys need as well.
	s.asked = nil
	files["sig0"] = signed("B", "")
	r.table = "keys = [{ key = 'A', until-version = '1.0' }, 'B']\nfile = 'https://example.com/sig0'\npaper = { url = 'https://example.com/key', sha256 = '" + sum + "' }\n"
	if report, err := r.run(t); err != nil || signersOf(report) != "B" || len(s.asked) != 2 {
		t.Errorf("asked %q: %v, %v", s.asked, report, err)
	}
	files["key"] = "B"
	if _, err := r.run(t); !errors.Is(err, ErrChanged) {
		t.Errorf("%v", err)
	}
}

// TestDocumentsTime: all documents of a verdict have a time together.
func TestDocumentsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := "threshold = 1\nfiles = ["
		for i := range 64 {
			table += fmt.Sprintf("'{ url }.%d', ", i)
		}
		table += "]\n"
		r := release{table: table, fetcher: fetchFunc(func(ctx context.Context, _ string) (io.ReadCloser, error) {
			return &silent{ctx: ctx, bytes: 1, interval: time.Second}, nil
		})}
		start := time.Now()
		if _, err := r.run(t); !errors.Is(err, ErrUnreachable) || !errors.Is(err, errSlow) {
			t.Errorf("%v", err)
		}
		if took := time.Since(start); took != documentsTimeout {
			t.Errorf("after %v", took)
		}
	})
}

// TestKeyTwice: a key that has two lifetimes is refused wherever it stands, so that
// the laxer one doesn't count, and other keys beside it don't make up for it.
func TestKeyTwice(t *testing.T) {
	from := func(name, bounds string) string {
		return "{ url = 'https://example.com/" + name + "', sha256 = '" + sumOf("A") + "'" + bounds + " }"
	}
	const retired = ", not-after = 2024-01-01"
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	inline := "checksums = 'https://example.com/SHA256SUMS'\nfile = '{ checksums }'\n"
	files := map[string]string{
		"one": "A", "two": "A", artifactSig: lines(signed("A", ""), signed("B", "")),
		"SHA256SUMS": sums + signed("A", "", sums),
	}
	for what, tt := range map[string]struct {
		keys, table string
		want        error
	}{
		"a URL and inline":        {"'A', " + from("one", retired), "", algorithm.ErrMalformed},
		"the strict one first":    {"{ key = 'A'" + retired + " }, " + from("one", ""), "", algorithm.ErrMalformed},
		"two URLs":                {from("one", retired) + ", " + from("two", ""), "", algorithm.ErrMalformed},
		"beside a good one":       {"{ key = 'B', from-version = '1.0' }, " + from("one", retired) + ", " + from("two", ""), "", algorithm.ErrMalformed},
		"a threshold":             {"'B', " + from("one", retired) + ", " + from("two", ""), "threshold = 1\n", algorithm.ErrMalformed},
		"a manifest":              {from("one", retired) + ", " + from("two", ""), inline, algorithm.ErrMalformed},
		"a manifest, by the last": {"'A', { key = 'B'" + retired + " }, " + from("two", ", not-before = 2024-01-01"), inline, algorithm.ErrMalformed},
		"alike":                   {from("one", ", from-version = '1.0'") + ", " + from("two", ", from-version = '1.0'") + ", 'B'", "", nil},
		"alternatives":            {from("one", ", from-version = '1.0'") + ", 'B'", "[[signing.alternatives]]\nalgorithm = 'mute'\nkeys = [" + from("two", "") + ", { key = 'B', until-version = '2.0' }]\n", nil},
	} {
		r := release{key: "none", table: "keys = [" + tt.keys + "]\n" + tt.table, files: files, config: Config{RequireAll: true}}
		for range 2 { // a second time keys are remembered
			report, err := r.run(t)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || (report == nil) != (tt.want != nil) {
				t.Errorf("%s: %v, %v", what, report, err)
			}
			if tt.want != nil && !strings.Contains(err.Error(), "with other bounds as well") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

// TestWithoutRef: a workflow is cut at its ref or commit, and nothing else is.
func TestWithoutRef(t *testing.T) {
	for subject, want := range map[string]string{
		"https://github.com/o/r/.github/workflows/x.yml@refs/tags/v1":              "https://github.com/o/r/.github/workflows/x.yml",
		"https://github.com/o/r/.github/workflows/x.yml@0123abc":                   "https://github.com/o/r/.github/workflows/x.yml",
		"https://github.com/o/r/.github/workflows/x.YAML@0123abc":                  "https://github.com/o/r/.github/workflows/x.YAML",
		"https://github.com/o/r/.github/workflows/x.yml@refs/heads/a@refs/heads/b": "https://github.com/o/r/.github/workflows/x.yml",
		"https://host.example/x.yml2@refs/heads/b":                                 "https://host.example/x.yml2",
		"https://host.example/x.yml/y":                                             "https://host.example/x.yml/y",
		"https://host.example/@alice":                                              "https://host.example/@alice",
		"spiffe://host.example/x@refs/heads/b":                                     "spiffe://host.example/x@refs/heads/b",
		"alice@refs/example.com":                                                   "alice@refs/example.com",
	} {
		if got := withoutRef(subject); got != want {
			t.Errorf("%s: %s", subject, got)
		}
	}
}
