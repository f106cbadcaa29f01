package verify

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

// wantTableError checks that planning failed for a reason, and told it of a key.
func wantTableError(t *testing.T, what string, err, sentinel error, key string) {
	t.Helper()
	var typed *Error
	var table *metadata.Error
	if !errors.Is(err, sentinel) || !errors.As(err, &typed) || typed.Stage != stagePlan || !errors.As(err, &table) || table.Key != key {
		t.Errorf("%s: %v (of key %q), want %v of %q", what, err, keyOf(table), sentinel, key)
	}
}

func keyOf(e *metadata.Error) string {
	if e == nil {
		return ""
	}
	return e.Key
}

// digestFamily is a family of digests in the table, of any behaviour.
type digestFamily struct {
	fake
	pins     []algorithm.Digest
	evidence *algorithm.Evidence
}

func (f digestFamily) Key(algorithm.Trust) (algorithm.Key, error) { return digestFamilyKey{f: f}, nil }

type digestFamilyKey struct {
	fakeKey
	f digestFamily
}

func (k digestFamilyKey) Pins(string, string) ([]algorithm.Digest, *algorithm.Evidence, error) {
	return k.f.pins, k.f.evidence, nil
}

// TestDeclaredDigests: a table of digests has one for the artifact, or the plan is
// refused; and so is a family that says nothing.
func TestDeclaredDigests(t *testing.T) {
	pins := []algorithm.Digest{sha256Digest(t, data)}
	for what, tt := range map[string]struct {
		family algorithm.Algorithm
		name   string
		want   error
	}{
		"a digest":          {digest.Algorithm{}, "tool", nil},
		"of another":        {digest.Algorithm{}, "other", algorithm.ErrNameMismatch},
		"one that is found": {digestFamily{fake{"digest"}, pins, &algorithm.Evidence{}}, "tool", nil},
		"no digest":         {digestFamily{fake{"digest"}, nil, &algorithm.Evidence{}}, "tool", ErrUnverified},
		"no evidence":       {digestFamily{fake{"digest"}, pins, nil}, "tool", ErrUnverified},
		"neither":           {digestFamily{fake{"digest"}, nil, nil}, "tool", ErrUnverified},
	} {
		v, err := New(Config{Algorithms: []algorithm.Algorithm{tt.family}})
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]any{"algorithm": "digest"}
		if tt.family.Fields() != nil {
			keys["digests"] = map[string]any{"tool": pins[0].String()}
		}
		table, err := metadata.NewSigning(keys)
		if err != nil {
			t.Fatal(err)
		}
		p, err := v.Plan(Artifact{Name: tt.name}, table)
		if tt.want != nil {
			wantTableError(t, what, err, tt.want, "")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if report, err := p.Digest(t.Context(), pins...); err != nil || report.Status != Verified {
			t.Errorf("%s: %v, %v", what, report, err)
		}
	}
}

// TestDigestsByTarget: digests may stand under the target, and then it is the
// artifact's that counts; and with them no signature may be given, not even an empty
// one.
func TestDigestsByTarget(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "digest", "digests": map[string]any{
		"x86_64-unknown-linux-gnu": "sha256:" + sumOf(data), "aarch64-apple-darwin": "sha256:" + sumOf("else"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]error{"x86_64-unknown-linux-gnu": nil, "aarch64-apple-darwin": algorithm.ErrInvalid, "riscv64gc-unknown-linux-gnu": algorithm.ErrNameMismatch, "": algorithm.ErrNameMismatch} {
		p, err := v.Plan(Artifact{Name: "tool", Variables: map[string]string{"target": target}}, table)
		if err == nil {
			_, err = finished(t, p)
		}
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", target, err, want)
		}
	}
	for _, signature := range [][]byte{{}, []byte("x")} {
		_, err := v.Plan(Artifact{Name: "tool", Variables: map[string]string{"target": "x86_64-unknown-linux-gnu"}, Signature: signature}, table)
		wantTableError(t, "a signature", err, algorithm.ErrUnsupported, "")
	}
}

// TestLateByOtherDigest: who judges bytes can wait for no digest but one that the
// program knows, and not for another one.
func TestLateByOtherDigest(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: &served{}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "bytes", "pubkey": "A", "file": "https://example.com/{ sha256 }"})
	if err != nil {
		t.Fatal(err)
	}
	short, long := testkeys.Digests(t, []byte(data), crypto.SHA256)[0], testkeys.Digests(t, []byte(data), crypto.SHA512)[0]
	for _, known := range [][]algorithm.Digest{{short}, {long, short}} {
		if _, err := v.Plan(Artifact{Name: "tool", Digests: known}, table); err != nil {
			t.Errorf("%v: %v", known, err)
		}
	}
	for _, known := range [][]algorithm.Digest{nil, {long}} {
		_, err := v.Plan(Artifact{Name: "tool", Digests: known}, table)
		wantTableError(t, "unknown", err, algorithm.ErrUnsupported, "file")
	}
}

// TestDeclaredKeys: what is wrong with a table is told of its key.
func TestDeclaredKeys(t *testing.T) {
	const sums = "checksums = 'https://example.com/SHA256SUMS'\n"
	missing := &template.MissingKeyError{}
	for what, tt := range map[string]struct {
		release release
		want    error // nil: a [template.MissingKeyError]
		key     string
	}{
		"algorithm":                    {release{family: "rot13"}, algorithm.ErrUnsupported, "algorithm"},
		"a demand of all, a program's": {release{family: "mute", config: Config{RequireAll: true, Bind: Binding{Version: true}}}, algorithm.ErrUnsupported, "signed-version"},
		"file":                         {release{table: "file = 'https://example.com/{ nothing }'\n"}, nil, "file"},
		"files":                        {release{table: "threshold = 1\nfiles = ['{ url }.a', 'https://example.com/{ nothing }']\n"}, nil, "files[1]"},
		"http":                         {release{table: "file = 'http://example.com/x'\n"}, ErrURL, "file"},
		"checksums":                    {release{table: "checksums = 'https://example.com/{ nothing }'\n"}, nil, "checksums"},
		"checksums, http":              {release{table: "checksums = 'http://example.com/x'\n"}, ErrURL, "checksums"},
		"checksums, late":              {release{table: "checksums = 'https://example.com/{ sha256 }'\n"}, algorithm.ErrUnsupported, "checksums"},
		"checksum-name":                {release{table: sums + "checksum-name = '{ nothing }'\n"}, nil, "checksum-name"},
		"no inline signatures":         {release{family: "mute", table: sums + "file = '{ checksums }'\n"}, algorithm.ErrUnsupported, "file"},
		"threshold of an inline one":   {release{table: sums + "file = '{ checksums }'\nthreshold = 1\n"}, algorithm.ErrUnsupported, "threshold"},
		"signed-name of the table":     {release{table: "signed-name = '{ nothing }'\n"}, nil, "signed-name"},
		"signed-version of the table":  {release{table: "signed-version = '{ nothing }'\n"}, nil, "signed-version"},
		"signed-version, a program's":  {release{config: Config{Bind: Binding{Version: true}}, values: map[string]string{"version": ""}}, nil, "signed-version"},
		"the same key, another time":   {release{key: "none", table: "keys = ['B', 'A', { key = 'A', not-after = 2030-01-01 }]\n"}, algorithm.ErrMalformed, "keys[2]"},
		"the same URL, another time":   {release{key: "none", table: "keys = [{ url = 'https://example.com/k', sha256 = '" + strings.Repeat("0", 64) + "', until-version = '9' }, { url = 'https://example.com/k', sha256 = '" + strings.Repeat("0", 64) + "', not-after = 2030-01-01 }]\n"}, algorithm.ErrMalformed, "keys[1]"},
		"too many alternatives":        {release{config: Config{RequireAll: true}, key: "none", table: groups(33) + alternative(32)}, algorithm.ErrTooLarge, "alternatives"},
		"too many groups of one table": {release{key: "none", table: groups(8) + "threshold = 1\nfiles = [" + strings.Repeat("'{ url }.x', ", 9) + "]\n"}, algorithm.ErrTooLarge, "keys"},
	} {
		_, err := tt.release.plan(t)
		if tt.want == nil && errors.As(err, &missing) {
			tt.want = missing
		}
		wantTableError(t, what, err, tt.want, tt.key)
		if of := strings.Contains(err.Error(), "the program demands it"); of != strings.HasSuffix(what, "a program's") {
			t.Errorf("%s: %v", what, err)
		}
		if of := strings.Contains(err.Error(), "alternatives"); of && !strings.HasSuffix(what, "alternatives") {
			t.Errorf("%s, where there are none: %v", what, err)
		}
	}
	for what, r := range map[string]release{
		"as many alternatives as may be": {config: Config{RequireAll: true}, key: "none", table: groups(32) + alternative(32)},
		"a manifest and an alternative":  {config: Config{RequireAll: true}, key: "none", table: groups(63) + "[[signing.alternatives]]\nalgorithm = 'sayer'\npubkey = 'A'\n" + sums + "file = '{ checksums }'\n"},
	} {
		if _, err := r.plan(t); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestUnsayable: what can't be said is told with what the name says instead, with who
// demands it, and with what of this family would say it.
func TestUnsayable(t *testing.T) {
	const sums, version = "checksums = 'https://example.com/SHA256SUMS'\n", "signed-version = true\n"
	const can = "signatures by mute with these keys of the table can't say it; what can: "
	byVersion, byName := can+"comment with { version } in it, ", can+"comment with { asset } in it, "
	for what, tt := range map[string]struct {
		release release
		want    string
	}{
		"another version":             {release{url: "tool-1.2.2-linux.tgz", table: sums + version}, `it must be "1.2.3", and the name "tool-1.2.2-linux.tgz" tells "1.2.2", ` + byVersion + "a file name that tells it"},
		"of a folder":                 {release{url: "tool.tgz", table: sums + version + "checksum-name = 'v{ version }/tool-1.2.tgz'\n"}, `it must be "1.2.3", and the name "tool-1.2.tgz" tells "1.2", ` + byVersion + "a file name that tells it"},
		"no version":                  {release{url: "LICENSE", table: sums + version}, `it must be "1.2.3", and the name "LICENSE" tells no version, ` + byVersion + "a file name that tells it"},
		"perhaps another":             {release{url: "tool-1.2.3-rc1.tgz", table: sums + version}, `it must be "1.2.3", and the name "tool-1.2.3-rc1.tgz" may be that of another version, ` + byVersion + "a file name that tells it"},
		"another, without a manifest": {release{url: "tool-1.2.2.tgz", table: version}, `it must be "1.2.3", and the name "tool-1.2.2.tgz" tells "1.2.2", ` + byVersion + "a signed manifest (checksums) in which the file's name tells it"},
		"none, without a manifest":    {release{url: "LICENSE", table: version}, `it must be "1.2.3", and ` + byVersion + "a signed manifest (checksums) in which the file's name tells it"},
		"this one, but nobody signs":  {release{table: version}, `it must be "1.2.3", and ` + byVersion + "a signed manifest (checksums) in which the file's name tells it"},
		"a name":                      {release{table: "signed-name = 'other'\n" + sums}, `it must be "other", and ` + byName[:len(byName)-2]},
		"a name, without a manifest":  {release{table: "signed-name = true\n"}, `it must be "tool-1.2.3.tgz", and ` + byName + "a signed manifest (checksums) in which the file's name tells it"},
		"a program's version":         {release{url: "LICENSE", table: sums, config: Config{Bind: Binding{Version: true}}}, `the program demands it (Config.Bind): it must be "1.2.3", and the name "LICENSE" tells no version, ` + byVersion + "a file name that tells it"},
		"a program's name":            {release{config: Config{Bind: Binding{Name: true}}}, `the program demands it (Config.Bind): it must be "tool-1.2.3.tgz", and ` + byName + "a signed manifest (checksums) in which the file's name tells it"},
		"a program's and the table's": {release{url: "LICENSE", table: sums + version, config: Config{Bind: Binding{Version: true}}}, `unsupported: it must be "1.2.3", and the name "LICENSE" tells no version, ` + byVersion + "a file name that tells it"},
	} {
		tt.release.family = "mute"
		_, err := tt.release.plan(t)
		if Reason(err) != "unsupported" || ExitCode(err) != exitManifest || !strings.HasSuffix(err.Error(), tt.want) || strings.Contains(err.Error(), "program") != strings.Contains(tt.want, "program") {
			t.Errorf("%s: %v, want …%s", what, err, tt.want)
		}
	}
}

// groups are as many keys, each of another lifetime.
func groups(n int) string {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "{ key = '%d', until-version = '9.%d' }, ", i, i)
	}
	return "keys = [" + list.String() + "]\n"
}

func alternative(n int) string { return "[[signing.alternatives]]\nalgorithm = 'mute'\n" + groups(n) }

// TestNamelessArtifact: an artifact of which no name is known has none in a
// manifest, and none that could be demanded.
func TestNamelessArtifact(t *testing.T) {
	missing := &template.MissingKeyError{}
	plan := func(c Config, keys map[string]any, a Artifact) error {
		t.Helper()
		c.Algorithms, c.Fetcher = []algorithm.Algorithm{binder{sayer{"sayer"}}}, &served{}
		v, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		keys["algorithm"], keys["pubkey"], keys["file"] = "sayer", "A", "https://example.com/sig"
		table, err := metadata.NewSigning(keys)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Plan(a, table)
		return err
	}
	sums := map[string]any{"checksums": "https://example.com/sums"}
	wantTableError(t, "a manifest", plan(Config{}, sums, Artifact{}), algorithm.ErrMalformed, "checksum-name")
	if err := plan(Config{}, sums, Artifact{Name: "tool"}); err != nil {
		t.Error(err)
	}
	err := plan(Config{Bind: Binding{Name: true}}, map[string]any{}, Artifact{})
	if !errors.As(err, &missing) || missing.Key != "asset" {
		t.Fatal(err)
	}
	wantTableError(t, "a name", err, missing, "signed-name")
	if err := plan(Config{Bind: Binding{Name: true}}, map[string]any{}, Artifact{Name: "tool"}); err != nil {
		t.Error(err)
	}
}

// TestManifestOffline: a manifest has to be fetched, although its signature is there.
func TestManifestOffline(t *testing.T) {
	v, err := New(Config{Algorithms: []algorithm.Algorithm{sayer{"sayer"}}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := metadata.NewSigning(map[string]any{"algorithm": "sayer", "pubkey": "A", "checksums": "https://example.com/sums"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Plan(Artifact{Name: "tool", Signature: []byte("x")}, table)
	wantTableError(t, "offline", err, ErrNoFetcher, "checksums")
}

// TestInlineByFetchedKey: a manifest that holds its own signature may be signed by a
// key that has to be fetched.
func TestInlineByFetchedKey(t *testing.T) {
	sums := sumOf(data) + "  tool-1.2.3.tgz\n"
	report, err := release{
		key: "none", table: "pubkey = { url = 'https://example.com/key', sha256 = '" + sumOf("A") + "' }\nchecksums = 'https://example.com/SHA256SUMS'\nfile = '{ checksums }'\n",
		files: map[string]string{"key": "A", "SHA256SUMS": sums + signed("A", "", sums)},
	}.run(t)
	if err != nil || signersOf(report) != "A" {
		t.Errorf("%v, %v", report, err)
	}
}

// TestSignatureForOneAlternative: a signature that is given is for the one alternative
// that this program supports.
func TestSignatureForOneAlternative(t *testing.T) {
	report, err := release{
		config: Config{RequireAll: true}, given: signed("A", ""),
		table: "[[signing.alternatives]]\nalgorithm = 'rot14'\n",
	}.run(t)
	if err != nil || signersOf(report) != "A" {
		t.Errorf("%v, %v", report, err)
	}
}
