package families_test

import (
	"crypto"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// digestTable has the artifact's digest under a name or a target.
func digestTable(entries map[string]any) map[string]any {
	return map[string]any{"algorithm": "digest", "digests": entries}
}

// TestDigestFamily: an artifact is what the table says, by its name or its
// target, and nothing but the artifact is fetched.
func TestDigestFamily(t *testing.T) {
	r := newRelease(t, signer{family: "digest"})
	r.put(r.folder+r.name, r.artifact)
	right256, right512 := digestOf(t, r.artifact, crypto.SHA256).String(), digestOf(t, r.artifact, crypto.SHA512).String()
	wrong := digestOf(t, []byte("another"), crypto.SHA256).String()
	const target, other = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin"
	for name, tt := range map[string]struct {
		entries map[string]any
		want    error // nil for a pass
		hash    crypto.Hash
	}{
		"by name":                   {map[string]any{r.name: right256, "other": wrong}, nil, crypto.SHA256},
		"by target":                 {map[string]any{target: right256, other: wrong}, nil, crypto.SHA256},
		"by name before the target": {map[string]any{r.name: right256, target: wrong}, nil, crypto.SHA256},
		"SHA-512":                   {map[string]any{r.name: right512}, nil, crypto.SHA512},
		"upper case":                {map[string]any{r.name: "sha256:" + strings.ToUpper(strings.TrimPrefix(right256, "sha256:"))}, nil, crypto.SHA256},
		"wrong, by name":            {map[string]any{r.name: wrong, target: right256}, algorithm.ErrInvalid, crypto.SHA256},
		"wrong, by target":          {map[string]any{target: wrong, other: right256}, algorithm.ErrInvalid, crypto.SHA256},
	} {
		for _, w := range ways() {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				a := r.declared()
				a.Variables["target"] = target
				signing := parseTable(t, digestTable(tt.entries))
				plan, err := newVerifier(t, r.fetcher()).Plan(a, signing)
				if err != nil {
					t.Fatal(err)
				}
				to := newTarget(t, true)
				r.take()
				report, err := w.run(t.Context(), t, plan, r.artifact, to.dst)
				var fetched []string
				if w.fetches {
					fetched = []string{r.folder + r.name}
				}
				if !sameElements(r.take(), fetched) {
					t.Errorf("asked for something else than %q", fetched)
				}
				switch {
				case tt.want != nil:
					about(tt.want, "invalid", "verdict", r.at(r.name), "relseal.toml:2").check(t, report, err)
					to.untouched(t)
				case w.byDigest != 0 && tt.hash != w.byDigest:
					about(algorithm.ErrUnsupported, "unsupported", "verdict", r.at(r.name), "relseal.toml:2").check(t, report, err)
				case err != nil:
					t.Fatal(err)
				default:
					checkPinned(t, report)
					if w.places {
						to.placed(t, r.artifact)
					}
				}
			})
		}
	}
}

// checkPinned: the report says that nobody signed.
func checkPinned(t *testing.T, report *verify.Report) {
	t.Helper()
	if report.Status != verify.Verified || report.Algorithm != "digest" || report.Manifest != nil || report.Signature.URL != "" || report.Evidence == nil {
		t.Errorf("%+v", report)
	}
	if !strings.Contains(strings.Join(report.NotChecked, "\n"), "nobody signed") || !strings.Contains(report.String(), "nobody signed") {
		t.Errorf("not checked: %q", report.NotChecked)
	}
}

// TestDigestFamilyTables: what can't be followed is refused at its line,
// before anything is fetched.
func TestDigestFamilyTables(t *testing.T) {
	r := newRelease(t, signer{family: "digest"})
	right := digestOf(t, r.artifact, crypto.SHA256).String()
	with := func(key string, value any) map[string]any {
		table := digestTable(map[string]any{r.name: right})
		table[key] = value
		return table
	}
	both := with("file", "{ url }.sig")
	both["checksums"] = "{ base }SUMS"
	for name, tt := range map[string]struct {
		table  map[string]any
		is     error
		reason string
		key    string
	}{
		"none for this artifact": {digestTable(map[string]any{"other": right}), algorithm.ErrNameMismatch, "name-mismatch", ""},
		"file":                   {with("file", "{ url }.sig"), algorithm.ErrUnsupported, "unsupported", "file"},
		"checksums":              {with("checksums", "{ base }SUMS"), algorithm.ErrUnsupported, "unsupported", "checksums"},
		"file and checksums":     {both, algorithm.ErrUnsupported, "unsupported", "file"},
		"no digests":             {map[string]any{"algorithm": "digest"}, algorithm.ErrMalformed, "malformed", ""},
		"another hash":           {digestTable(map[string]any{r.name: "md5:" + strings.Repeat("0", 32)}), algorithm.ErrUnsupported, "unsupported", ""},
		"no hash":                {digestTable(map[string]any{r.name: strings.Repeat("0", 64)}), algorithm.ErrMalformed, "malformed", ""},
		"one of them broken":     {digestTable(map[string]any{r.name: right, "other": "sha256:0"}), algorithm.ErrMalformed, "malformed", ""},
	} {
		t.Run(name, func(t *testing.T) { refuseTable(t, r, tt.table, tt.is, tt.reason, tt.key) })
	}
	if _, err := metadata.NewSigning(with("checksum-name", "x")); err == nil {
		t.Error("checksum-name without checksums")
	}
	key := with("pubkey", "RWT+75UivSbwIlPz++X9GfUdgu5rvZnn9lsgb2PlwtJR5OlNEGLUp3P6")
	if p, err := newVerifier(t, r.fetcher()).Plan(r.declared(), parseTable(t, key)); p != nil || !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), "relseal.toml:") {
		t.Errorf("a key: %v, %v", p, err)
	}
	minisign := map[string]any{"algorithm": "minisign", "pubkey": "RWT+75UivSbwIlPz++X9GfUdgu5rvZnn9lsgb2PlwtJR5OlNEGLUp3P6", "digests": map[string]any{r.name: right}}
	if p, err := newVerifier(t, r.fetcher()).Plan(r.declared(), parseTable(t, minisign)); p != nil || verify.Reason(err) != "table" || !strings.Contains(err.Error(), "relseal.toml:") {
		t.Errorf("digests with minisign: %v, %v", p, err)
	}
}
