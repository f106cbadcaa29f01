package families_test

import (
	"crypto"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A fault is something that is wrong with a release.
type fault struct {
	name  string
	makes func(t *testing.T, r *release) // signs and serves, but for what is wrong
	want  func(r *release) refusal

	fetch bool // only where the artifact is fetched
	late  bool // it shows in the artifact
}

// about is a refusal that names these.
func about(is error, reason, stage string, says ...string) refusal {
	return refusal{is, reason, stage, says}
}

// faults are from both sides: of the manifest, of what signs it, and of the
// artifact that it is about.
func faults() []fault {
	return []fault{
		{name: "artifact changed", late: true, makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.artifact = append([]byte("B"), r.artifact[1:]...)
			r.put(r.folder+r.name, r.artifact)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.name), r.at(r.sums), "line 2")
		}},
		{name: "artifact cut", late: true, makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.artifact = r.artifact[:len(r.artifact)-1]
			r.put(r.folder+r.name, r.artifact)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.name), r.at(r.sums), "line 2")
		}},
		{name: "artifact absent", late: true, fetch: true, makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.remove(r.folder + r.name)
		}, want: func(r *release) refusal {
			return about(verify.ErrMissing, "artifact-missing", "artifact", r.at(r.name))
		}},
		{name: "manifest changed after it was signed", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.artifact = []byte("a trojan horse")
			r.put(r.folder+r.name, r.artifact)
			r.put(r.folder+r.sums, []byte(sha256Line(t, r.artifact, r.name)))
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.sums))
		}},
		{name: "line added to the manifest", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.put(r.folder+r.sums, append(r.manifest, sha256Line(t, nil, "more")...))
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.sums))
		}},
		{name: "manifest of another release", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(strings.ReplaceAll(string(r.manifest), "1.2.0", "1.1.0"))
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrNameMismatch, "name-mismatch", "manifest", r.at(r.sums), r.name)
		}},
		{name: "another name alone", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(sha256Line(t, r.artifact, "x"+r.name) + sha256Line(t, r.artifact, r.name+".sig"))
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrNameMismatch, "name-mismatch", "manifest", r.at(r.sums), r.name)
		}},
		{name: "hash alone of another artifact", makes: func(t *testing.T, r *release) {
			r.sums, r.manifest = "other-1.2.0.tgz.sha256", []byte(digestOf(t, r.artifact, crypto.SHA256).Hex()+"\n")
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrNameMismatch, "name-mismatch", "manifest", r.at(r.sums), r.name)
		}},
		{name: "two candidates", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(sha256Line(t, r.artifact, "linux/"+r.name) + sha256Line(t, []byte("another"), "darwin/"+r.name))
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "manifest", r.at(r.sums), "line 2", "line 1")
		}},
		{name: "two digests of one kind", makes: func(t *testing.T, r *release) {
			r.manifest = append(r.manifest, sha256Line(t, r.artifact, r.name)...)
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "manifest", r.at(r.sums), "line 3", "line 2")
		}},
		{name: "traversal", makes: func(t *testing.T, r *release) {
			r.manifest = append(r.manifest, sha256Line(t, r.artifact, "../"+r.name)...)
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "manifest", r.at(r.sums), "line 3")
		}},
		{name: "MD5 alone", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(sha256Line(t, r.artifact, "other") + r.md5Line())
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrWeak, "weak", "manifest", r.at(r.sums), "line 2")
		}},
		{name: "no manifest but a page", makes: func(t *testing.T, r *release) {
			r.manifest = []byte("<html>\n")
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "manifest", r.at(r.sums), "line 1")
		}},
		{name: "empty manifest", makes: func(t *testing.T, r *release) {
			r.manifest = []byte("\n")
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrNameMismatch, "name-mismatch", "manifest", r.at(r.sums))
		}},
		{name: "signature absent", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.remove(r.folder + r.sums + r.signer.suffix)
		}, want: func(r *release) refusal {
			return about(verify.ErrMissing, "signature-missing", "signature", r.signatureURL())
		}},
		{name: "signature of the artifact in the manifest's place", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.put(r.folder+r.sums+r.signer.suffix, r.signer.sign(t, r.name, r.artifact))
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.sums))
		}},
		{name: "signature is none", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.put(r.folder+r.sums+r.signer.suffix, []byte("<html>\n"))
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "signature", r.signatureURL())
		}},
		{name: "manifest absent", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.remove(r.folder + r.sums)
		}, want: func(r *release) refusal {
			return about(verify.ErrMissing, "manifest-missing", "manifest", r.at(r.sums))
		}},
		{name: "manifest: not for everyone", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums, http.StatusForbidden)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "unauthorized", "manifest", r.at(r.sums), "403")
		}},
		{name: "manifest: too often", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums, http.StatusTooManyRequests)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "rate-limited", "manifest", r.at(r.sums), "try again in 1m0s")
		}},
		{name: "manifest: broken server", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums, http.StatusBadGateway)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "unreachable", "manifest", r.at(r.sums), "502")
		}},
		{name: "signature: not for everyone", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums+r.signer.suffix, http.StatusForbidden)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "unauthorized", "signature", r.signatureURL(), "403")
		}},
		{name: "signature: too often", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums+r.signer.suffix, http.StatusTooManyRequests)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "rate-limited", "signature", r.signatureURL(), "try again in 1m0s")
		}},
		{name: "signature: broken server", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.answer(r.folder+r.sums+r.signer.suffix, http.StatusBadGateway)
		}, want: func(r *release) refusal {
			return about(verify.ErrUnreachable, "unreachable", "signature", r.signatureURL(), "502")
		}},
		{name: "manifest too large", makes: func(t *testing.T, r *release) {
			r.manifest = append(r.manifest, strings.Repeat("#\n", 2<<20)...)
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrTooLarge, "too-large", "manifest", r.at(r.sums), "4194304 bytes")
		}},
		{name: "too many lines", makes: func(t *testing.T, r *release) {
			r.manifest = append(r.manifest, strings.Repeat("#\n", 100_000)...)
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrTooLarge, "too-large", "manifest", r.at(r.sums), "100000 lines")
		}},
	}
}

// inlineFaults are of manifests that hold their own signature.
func inlineFaults() []fault {
	served := func(change func(signed string) string) func(*testing.T, *release) {
		return func(t *testing.T, r *release) {
			r.publish(t)
			r.put(r.folder+r.sums, []byte(change(string(r.manifest))))
		}
	}
	broken := func(r *release) refusal {
		return about(algorithm.ErrMalformed, "malformed", "signature", r.at(r.sums))
	}
	invalid := func(r *release) refusal {
		return about(algorithm.ErrInvalid, "invalid", "signature", r.at(r.sums))
	}
	horse := strings.Repeat("0", 64) + "  tool-1.2.0.tgz\n"
	return []fault{
		{name: "text before", makes: served(func(s string) string { return horse + s }), want: broken},
		{name: "text behind", makes: served(func(s string) string { return s + horse }), want: broken},
		{name: "text between headers and text", makes: served(func(s string) string { return strings.Replace(s, "\n\n", "\n"+horse+"\n", 1) }), want: broken},
		{name: "text before the signature's block", makes: served(func(s string) string {
			return strings.Replace(s, "-----BEGIN PGP SIGNATURE", horse+"-----BEGIN PGP SIGNATURE", 1)
		}), want: invalid},
		{name: "line changed", makes: served(func(s string) string { return strings.Replace(s, "tool-1.2.0", "tool-1.2.1", 1) }), want: invalid},
		{name: "escaped text before", makes: served(func(s string) string { return "- " + horse + s }), want: broken},
		{name: "twice", makes: served(func(s string) string { return s + s }), want: broken},
		{name: "not signed at all", makes: served(func(string) string { return horse }), want: broken},
		{name: "manifest absent", makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.remove(r.folder + r.sums)
		}, want: func(r *release) refusal {
			return about(verify.ErrMissing, "manifest-missing", "manifest", r.at(r.sums))
		}},
		{name: "too large", makes: served(func(s string) string { return s + strings.Repeat("\n", 4<<20) }), want: func(r *release) refusal {
			return about(algorithm.ErrTooLarge, "too-large", "manifest", r.at(r.sums))
		}},
		{name: "another name alone", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(sha256Line(t, r.artifact, "other"))
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrNameMismatch, "name-mismatch", "manifest", r.at(r.sums), r.name)
		}},
		{name: "a nested message", makes: func(t *testing.T, r *release) {
			r.manifest = append([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"), r.manifest...)
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrMalformed, "malformed", "manifest", r.at(r.sums), "line 1")
		}},
		{name: "MD5 alone", makes: func(t *testing.T, r *release) {
			r.manifest = []byte(sha256Line(t, r.artifact, "other") + r.md5Line())
			r.publish(t)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrWeak, "weak", "manifest", r.at(r.sums), "line 2")
		}},
		{name: "artifact changed", late: true, makes: func(t *testing.T, r *release) {
			r.publish(t)
			r.artifact = append([]byte("B"), r.artifact[1:]...)
			r.put(r.folder+r.name, r.artifact)
		}, want: func(r *release) refusal {
			return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.name), r.at(r.sums), "line 2 of the text signed in")
		}},
	}
}

// TestManifestFaults: each has its own reason, names where it is, leaves
// nothing behind, and costs no download where it shows before.
func TestManifestFaults(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		for _, f := range faults() {
			t.Run(f.name, func(t *testing.T) { checkFault(t, newRelease(t, s), f) })
		}
	})
}

func TestInlineManifestFaults(t *testing.T) {
	s := newGPG(t)
	for _, f := range inlineFaults() {
		t.Run(f.name, func(t *testing.T) {
			r := newRelease(t, s)
			r.inline, r.sums = true, "SHA256SUMS.asc"
			checkFault(t, r, f)
		})
	}
}

func checkFault(t *testing.T, r *release, f fault) {
	f.makes(t, r)
	for _, w := range ways() {
		if f.fetch && !w.fetches {
			continue
		}
		for _, exists := range []bool{true, false} {
			if !exists && !w.places {
				continue
			}
			to := newTarget(t, exists)
			plan := r.plan(t)
			r.take()
			report, err := w.run(t.Context(), t, plan, r.artifact, to.dst)
			f.want(r).check(t, report, err)
			to.untouched(t)
			downloads := 0
			for _, asked := range r.take() {
				if asked == r.folder+r.name {
					downloads++
				}
			}
			if want := f.late && w.fetches; (downloads > 0) != want || downloads > 1 {
				t.Errorf("%s: %d requests for the artifact", w.name, downloads)
			}
		}
	}
}

// TestManifestByAnotherKey: who can replace manifest, signature and artifact
// has still no key that is declared.
func TestManifestByAnotherKey(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s, thief := newSigner(t), newSigner(t)
		makes := func(t *testing.T, r *release) {
			r.artifact = []byte("a trojan horse")
			r.manifest = []byte(sha256Line(t, r.artifact, r.name))
			r.signer = thief
			r.publish(t)
			r.signer = s
		}
		detached := fault{makes: makes, want: func(r *release) refusal {
			if s.family == "cosign" { // whose plain signatures don't say by whom they are
				return about(algorithm.ErrInvalid, "invalid", "verdict", r.at(r.sums))
			}
			return about(algorithm.ErrWrongKey, "wrong-key", "signature", r.signatureURL())
		}}
		checkFault(t, newRelease(t, s), detached)
		if s.clear == nil {
			return
		}
		r := newRelease(t, s)
		r.inline, r.sums = true, "SHA256SUMS.asc"
		checkFault(t, r, detached)
	})
}

// TestHelmProvenanceFaults: of a provenance file only its list of files counts.
func TestHelmProvenanceFaults(t *testing.T) {
	s := newGPG(t)
	const chart = "name: tool\nversion: 1.2.0\n"
	for name, tt := range map[string]struct {
		text func(digest string) string
		want error
		says string
	}{
		"digest in the chart": {func(d string) string {
			return "files:\n  tool-1.2.0.tgz: sha256:" + d + "\n\n...\nfiles:\n  other-1.2.0.tgz: sha256:" + d + "\n"
		}, algorithm.ErrNameMismatch, "tool-1.2.0.tgz"},
		"no files":              {func(string) string { return chart + "\n...\n" }, algorithm.ErrMalformed, "files"},
		"GNU lines":             {func(d string) string { return d + "  tool-1.2.0.tgz\n" }, algorithm.ErrMalformed, "files"},
		"text behind the files": {func(d string) string { return chart + "\n...\nfiles:\n  tool-1.2.0.tgz: sha256:" + d + "\nmore:\n" }, algorithm.ErrMalformed, "line 7"},
		"two digests of the one": {func(d string) string {
			return chart + "\n...\nfiles:\n  tool-1.2.0.tgz: sha256:" + d + "\n  tool-1.2.0.tgz: sha256:" + d + "\n"
		}, algorithm.ErrMalformed, "line 7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelease(t, s)
			r.inline, r.sums = true, r.name+".prov"
			r.manifest = []byte(tt.text(digestOf(t, r.artifact, crypto.SHA256).Hex()))
			r.publish(t)
			to := newTarget(t, true)
			report, err := r.plan(t).Download(t.Context(), to.dst)
			reason := map[error]string{algorithm.ErrNameMismatch: "name-mismatch", algorithm.ErrMalformed: "malformed"}[tt.want]
			about(tt.want, reason, "manifest", r.at(r.sums), tt.says).check(t, report, err)
			to.untouched(t)
		})
	}
}

// refuseTable asserts that Plan refuses a table for what stands under a key, at
// its line.
func refuseTable(t *testing.T, r *release, table map[string]any, is error, reason, key string) {
	t.Helper()
	signing := parseTable(t, table)
	r.take()
	plan, err := newVerifier(t, r.fetcher()).Plan(r.declared(), signing)
	var where *metadata.Error
	if plan != nil || err == nil || is != nil && !errors.Is(err, is) || !errors.As(err, &where) {
		t.Fatalf("%v, %v; want %v", plan, err, is)
	}
	if where.Line != 2 || where.Key != key || !strings.Contains(err.Error(), "relseal.toml:2: signing") {
		t.Errorf("line %d, key %q: %v", where.Line, where.Key, err)
	}
	if got := verify.Reason(err); got != reason {
		t.Errorf("reason %q, want %q", got, reason)
	}
	if asked := r.take(); asked != nil {
		t.Errorf("asked for %q", asked)
	}
}

// parseTable reads a table that stands at line 2 of a document.
func parseTable(t *testing.T, table map[string]any) *metadata.Signing {
	t.Helper()
	text := "# a comment\n[signing]\n"
	for _, name := range slices.Sorted(maps.Keys(table)) {
		text += name + " = " + quote(table[name]) + "\n"
	}
	signing, err := metadata.ParseAt("relseal.toml", []byte(text), "signing")
	if err != nil {
		t.Fatal(err)
	}
	return signing
}

// quote writes a value in TOML.
func quote(value any) string {
	if table, ok := value.(map[string]any); ok {
		var entries []string
		for _, name := range slices.Sorted(maps.Keys(table)) {
			entries = append(entries, strconv.Quote(name)+" = "+quote(table[name]))
		}
		return "{ " + strings.Join(entries, ", ") + " }"
	}
	return strconv.Quote(value.(string))
}
