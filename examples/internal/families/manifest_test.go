package families_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// A release is an artifact with a signed manifest on a host.
type release struct {
	*host
	signer   signer
	folder   string // on the host
	name     string // of the artifact
	artifact []byte
	sums     string // the manifest's name
	manifest []byte
	inline   bool // the manifest holds its own signature
}

func newRelease(t *testing.T, s signer) *release {
	t.Helper()
	r := &release{
		host: newHost(t), signer: s, folder: "/acme/v1.2.0/",
		name: "tool-1.2.0.tgz", artifact: []byte(strings.Repeat("bytes of a release\r\n", 4000)),
		sums: "SHA256SUMS",
	}
	r.manifest = []byte(sha256Line(t, []byte("another file"), "other-1.2.0.tgz") + sha256Line(t, r.artifact, r.name))
	return r
}

func sha256Line(t *testing.T, content []byte, name string) string {
	t.Helper()
	return digestOf(t, content, crypto.SHA256).Hex() + "  " + name + "\n"
}

func digestOf(t *testing.T, content []byte, hash crypto.Hash) algorithm.Digest {
	t.Helper()
	return testkeys.Digests(t, content, hash)[0]
}

// publish signs the manifest as it is now, and serves all.
func (r *release) publish(t *testing.T) {
	t.Helper()
	r.put(r.folder+r.name, r.artifact)
	if r.inline {
		r.manifest = r.signer.clear(t, r.manifest)
	} else {
		r.put(r.folder+r.sums+r.signer.suffix, r.signer.sign(t, r.sums, r.manifest))
	}
	r.put(r.folder+r.sums, r.manifest)
}

// at is the URL of a file of the release.
func (r *release) at(name string) string { return r.URL + r.folder + name }

func (r *release) signatureURL() string {
	if r.inline {
		return r.at(r.sums)
	}
	return r.at(r.sums + r.signer.suffix)
}

// table declares the manifest.
func (r *release) table() map[string]any {
	table := r.signer.table()
	table["checksums"] = "{ base }" + r.sums
	table["file"] = "{ checksums }" + r.signer.suffix
	if r.inline {
		table["file"] = "{ checksums }"
	}
	return table
}

func (r *release) declared() verify.Artifact {
	return verify.Artifact{URL: r.at(r.name), Variables: map[string]string{"base": r.URL + r.folder, "version": "1.2.0", "empty": "", "lines": "a\nb"}}
}

func (r *release) plan(t *testing.T) *verify.Plan {
	t.Helper()
	return newPlan(t, newVerifier(t, r.fetcher()), r.declared(), r.table())
}

// documents are the targets of the requests for manifest and signature.
func (r *release) documents() []string {
	if r.inline {
		return []string{r.folder + r.sums}
	}
	return []string{r.folder + r.sums, r.folder + r.sums + r.signer.suffix}
}

// A form is one in which manifests come.
type form struct {
	name   string
	sums   string // the manifest's name
	inline bool
	write  func(t *testing.T, r *release) []byte

	line   int
	under  string // the name that stands there
	hash   crypto.Hash
	sha256 int // the line with the SHA-256; 0: there is none
}

// forms are those of real tools, by these tools where they are at hand.
func forms() []form {
	const name = "tool-1.2.0.tgz"
	return []form{
		{name: "GNU text", sums: "SHA256SUMS", write: written("sha256sum other #"), line: 2, under: name, hash: crypto.SHA256, sha256: 2},
		{name: "GNU binary", sums: "SHA256SUMS", write: written("sha256sum -b other #"), line: 2, under: name, hash: crypto.SHA256, sha256: 2},
		{name: "GNU SHA-384", sums: "SHA384SUMS", write: written("sha384sum # other"), line: 1, under: name, hash: crypto.SHA384},
		{name: "BSD by cksum", sums: "checksums.txt", write: written("cksum -a sha256 --tag other #"), line: 2, under: name, hash: crypto.SHA256, sha256: 2},
		{name: "BSD SHA-512", sums: "checksums.txt", write: written("sha512sum --tag other #"), line: 2, under: name, hash: crypto.SHA512},
		{
			name: "several algorithms", sums: "CHECKSUMS", line: 7, under: name, hash: crypto.SHA512, sha256: 5,
			write: written("md5sum other #", "sha1sum --tag #", "sha256sum --tag other #", "sha512sum --tag other #", "b2sum --tag #"),
		},
		{name: "CRLF", sums: "SHA256SUMS", line: 2, under: name, hash: crypto.SHA256, sha256: 2, write: func(t *testing.T, r *release) []byte {
			return bytes.ReplaceAll(written("sha256sum other #")(t, r), []byte("\n"), []byte("\r\n"))
		}},
		{name: "here", sums: "SHASUMS512.txt", write: written("sha512sum ./other ./#"), line: 2, under: "./" + name, hash: crypto.SHA512},
		{name: "folder", sums: "SHA256SUMS", write: written("sha256sum dist/other dist/#"), line: 2, under: "dist/" + name, hash: crypto.SHA256, sha256: 2},
		{name: "comments", sums: "SHA256SUMS", line: 4, under: name, hash: crypto.SHA256, sha256: 4, write: func(t *testing.T, r *release) []byte {
			return append([]byte("# release 1.2.0\n\n"), written("sha256sum other #")(t, r)...)
		}},
		{name: "hash alone", sums: name + ".sha256", line: 1, hash: crypto.SHA256, sha256: 1, write: func(t *testing.T, r *release) []byte {
			return []byte(digestOf(t, r.artifact, crypto.SHA256).Hex() + "\n")
		}},
		{name: "clear-signed", sums: "SHA256SUMS.asc", inline: true, write: written("sha256sum other #"), line: 2, under: name, hash: crypto.SHA256, sha256: 2},
		{name: "clear-signed CRLF", sums: "SHA256SUMS.asc", inline: true, line: 2, under: name, hash: crypto.SHA256, sha256: 2, write: func(t *testing.T, r *release) []byte {
			return bytes.ReplaceAll(written("sha256sum other #")(t, r), []byte("\n"), []byte("\r\n"))
		}},
		{name: "Helm", sums: name + ".prov", inline: true, line: 10, under: name, hash: crypto.SHA256, sha256: 10, write: func(t *testing.T, r *release) []byte {
			return []byte("apiVersion: v2\nname: tool\nversion: 1.2.0\ndependencies:\n- name: other\n  version: 1.0.0\n" +
				"\n...\nfiles:\n  " + r.name + ": sha256:" + digestOf(t, r.artifact, crypto.SHA256).Hex() + "\n")
		}},
	}
}

// written has real tools write a manifest; "#" stands for the artifact.
func written(commands ...string) func(*testing.T, *release) []byte {
	return func(t *testing.T, r *release) []byte {
		t.Helper()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "dist"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, sub := range []string{".", "dist"} {
			testkeys.WriteFile(t, filepath.Join(dir, sub), r.name, r.artifact)
			testkeys.WriteFile(t, filepath.Join(dir, sub), "other", []byte("another file"))
		}
		var manifest []byte
		for _, command := range commands {
			words := strings.Fields(strings.ReplaceAll(command, "#", r.name))
			cmd := exec.CommandContext(t.Context(), testkeys.Tool(t, words[0]), words[1:]...)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			manifest = append(manifest, out...)
		}
		return manifest
	}
}

// TestManifests: every form, signed by every family's program, in every way.
func TestManifests(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		for _, f := range forms() {
			if f.inline && s.clear == nil {
				continue
			}
			t.Run(f.name, func(t *testing.T) {
				r := newRelease(t, s)
				r.sums, r.inline = f.sums, f.inline
				r.manifest = f.write(t, r)
				r.publish(t)
				for _, w := range ways() {
					t.Run(w.name, func(t *testing.T) { checkForm(t, r, f, w) })
				}
			})
		}
	})
}

func checkForm(t *testing.T, r *release, f form, w way) {
	to := newTarget(t, true)
	plan := r.plan(t)
	r.take()
	report, err := w.run(t.Context(), t, plan, r.artifact, to.dst)
	if w.byDigest != 0 && f.sha256 == 0 {
		refusal{algorithm.ErrUnsupported, "unsupported", "verdict", []string{r.at(r.name), r.at(r.sums), "line " + strconv.Itoa(f.line)}}.check(t, report, err)
		report, err = plan.Digest(t.Context(), digestOf(t, r.artifact, f.hash)) // the one that stands there
		r.take()
	} else if want := r.asks(w); !sameElements(r.take(), want) {
		t.Errorf("asked for something else than %q", want)
	}
	if err != nil {
		t.Fatal(err)
	}
	line, hash := f.line, f.hash
	if w.byDigest != 0 && f.sha256 != 0 {
		line, hash = f.sha256, crypto.SHA256
	}
	checkReport(t, r, report, verify.Manifest{URL: r.at(r.sums), Name: f.under, Line: line, Digest: digestOf(t, r.artifact, hash).String()})
	if w.places {
		to.placed(t, r.artifact)
	} else {
		to.untouched(t)
	}
}

// asks are the requests of a verdict that gets as far as the artifact.
func (r *release) asks(w way) []string {
	asks := r.documents()
	if w.fetches {
		asks = append(asks, r.folder+r.name)
	}
	return asks
}

// checkReport asserts that the report names the manifest, its line and the
// digest there, for people and programs, and that nobody is told to worry.
func checkReport(t *testing.T, r *release, report *verify.Report, want verify.Manifest) {
	t.Helper()
	switch {
	case report.Status != verify.Verified || report.Algorithm != r.signer.family || report.Evidence == nil || len(report.Others) != 0:
		t.Fatalf("%+v", report)
	case report.Manifest == nil || *report.Manifest != want:
		t.Errorf("manifest %+v, want %+v", report.Manifest, want)
	case report.Signature.URL != r.signatureURL():
		t.Errorf("signature %q, want %q", report.Signature.URL, r.signatureURL())
	case report.Name != r.name || report.URL != r.at(r.name):
		t.Errorf("artifact %q, %q", report.Name, report.URL)
	}
	if len(report.Warnings) != 0 {
		t.Errorf("warnings %q", report.Warnings)
	}
	name, sum, _ := strings.Cut(want.Digest, ":")
	if report.Digests[name] != sum {
		t.Errorf("digests %q, want %s", report.Digests, want.Digest)
	}
	text := report.String()
	for _, says := range []string{want.URL, strconv.Itoa(want.Line) + ": " + want.Digest, want.Name, report.Signature.URL} {
		if !strings.Contains(text, says) {
			t.Errorf("the report doesn't say %q:\n%s", says, text)
		}
	}
	encoded, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	var decoded struct {
		Manifest  verify.Manifest `json:"manifest"`
		Signature string          `json:"signature_url"`
		Evidence  map[string]any  `json:"evidence"`
	}
	if err := json.Unmarshal(encoded, &decoded); err != nil || decoded.Manifest != want || decoded.Signature != report.Signature.URL || len(decoded.Evidence) == 0 {
		t.Errorf("%v: %s", err, encoded)
	}
}

// TestManifestSeveralDigests: of a manifest with several digests of the
// artifact all must hold, and one that contradicts is found whichever it is.
func TestManifestSeveralDigests(t *testing.T) {
	s := newMinisign(t)
	r := newRelease(t, s)
	line := func(label string, digest algorithm.Digest) string {
		return label + " (" + r.name + ") = " + digest.Hex() + "\n"
	}
	right, wrong := testkeys.Digests(t, r.artifact), testkeys.Digests(t, []byte("another"))
	labels := []string{"SHA256", "SHA384", "SHA512"}
	for bad := range labels {
		r.manifest = nil
		for i, label := range labels {
			d := right[i]
			if i == bad {
				d = wrong[i]
			}
			r.manifest = append(r.manifest, line(label, d)...)
		}
		r.publish(t)
		want := refusal{algorithm.ErrInvalid, "invalid", "verdict", []string{r.at(r.name), r.at(r.sums), "line " + strconv.Itoa(bad+1)}}
		for _, w := range ways() {
			if w.byDigest != 0 && bad != 0 {
				continue
			}
			to := newTarget(t, true)
			report, err := w.run(t.Context(), t, r.plan(t), r.artifact, to.dst)
			want.check(t, report, err)
			to.untouched(t)
		}
		// what isn't known isn't judged, and the rest counts
		report, err := r.plan(t).Digest(t.Context(), right...)
		want.check(t, report, err)
		report, err = r.plan(t).Digest(t.Context(), right[(bad+1)%3])
		if err != nil || report.Manifest.Line != (bad+1)%3+1 {
			t.Fatalf("%+v, %v", report, err)
		}
		said := strings.Join(report.NotChecked, "\n")
		for i, d := range right {
			if text := fmt.Sprintf("the %s in line %d of the manifest", d.Name(), i+1); strings.Contains(said, text) != (i != (bad+1)%3) {
				t.Errorf("not checked: %q", report.NotChecked)
			}
		}
	}
	blake, err := algorithm.NewDigest(crypto.BLAKE2b_512, bytes.Repeat([]byte{1}, 64))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.plan(t).Digest(t.Context(), blake); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("by a hash that doesn't stand there: %v", err)
	}
}

// TestManifestSignedName: the name that was signed is compared with the
// manifest's.
func TestManifestSignedName(t *testing.T) {
	s := newMinisign(t)
	for _, name := range []string{"SHA256SUMS", "tool-1.2.0.tgz"} {
		r := newRelease(t, s)
		r.publish(t)
		r.put(r.folder+r.sums+s.suffix, s.sign(t, name, r.manifest))
		report, err := r.plan(t).Download(t.Context(), newTarget(t, false).dst)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if name != r.sums {
			want = []string{`signed under the name "tool-1.2.0.tgz", not "SHA256SUMS"`}
		}
		if !slices.Equal(report.Warnings, want) {
			t.Errorf("signed as %s: %q", name, report.Warnings)
		}
	}
}

// TestManifestLongURLs: what is too long to be told whole leaves the line in.
func TestManifestLongURLs(t *testing.T) {
	r := newRelease(t, newSignify(t))
	r.folder = "/" + strings.Repeat("long-folder/", 40)
	r.manifest = written("sha512sum other #")(t, r)
	r.publish(t)
	r.artifact = []byte("a trojan horse")
	r.put(r.folder+r.name, r.artifact)
	report, err := r.plan(t).Download(t.Context(), newTarget(t, false).dst)
	refusal{algorithm.ErrInvalid, "invalid", "verdict", []string{"its sha512 is not that of line 2 of " + r.URL, "/" + r.sums + ":"}}.check(t, report, err)
}

// TestManifestDashEscapes: what a signer may escape in a clear-signed manifest
// reads the same, and what is signed is what was meant.
func TestManifestDashEscapes(t *testing.T) {
	r := newRelease(t, newGPG(t))
	r.inline, r.sums = true, "SHA256SUMS.asc"
	r.publish(t)
	head, rest, _ := strings.Cut(string(r.manifest), "\n\n")
	text, signature, _ := strings.Cut(rest, "-----BEGIN PGP SIGNATURE")
	escaped := "- " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n- ") + "\n"
	r.put(r.folder+r.sums, []byte(head+"\n\n"+escaped+"-----BEGIN PGP SIGNATURE"+signature))
	report, err := r.plan(t).Download(t.Context(), newTarget(t, false).dst)
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, r, report, verify.Manifest{URL: r.at(r.sums), Name: r.name, Line: 2, Digest: digestOf(t, r.artifact, crypto.SHA256).String()})
}

// TestManifestNamedByDigest: { sha256 } beside checksums is that of what is
// signed, the manifest.
func TestManifestNamedByDigest(t *testing.T) {
	eachFamily(t, func(t *testing.T, newSigner func(*testing.T) signer) {
		s := newSigner(t)
		r := newRelease(t, s)
		r.publish(t)
		table := r.table()
		table["file"] = "{ base }by-digest/{ sha256 }" + s.suffix
		if s.family != "ssh" && s.family != "cosign" {
			refuseTable(t, r, table, algorithm.ErrUnsupported, "unsupported", "file")
			return
		}
		of := digestOf(t, r.manifest, crypto.SHA256).Hex()
		signed := r.folder + "by-digest/" + of + s.suffix
		for _, w := range ways() {
			t.Run(w.name, func(t *testing.T) {
				plan := newPlan(t, newVerifier(t, r.fetcher()), r.declared(), table)
				to := newTarget(t, true)
				r.remove(signed)
				r.take()
				report, err := w.run(t.Context(), t, plan, r.artifact, to.dst)
				refusal{verify.ErrMissing, "signature-missing", "signature", []string{r.URL + signed}}.check(t, report, err)
				if want := []string{r.folder + r.sums, signed}; !sameElements(r.take(), want) {
					t.Errorf("asked for something else than %q", want)
				}
				to.untouched(t)

				r.put(signed, s.sign(t, r.sums, r.manifest))
				report, err = w.run(t.Context(), t, plan, r.artifact, to.dst)
				if err != nil {
					t.Fatal(err)
				}
				if report.Signature.URL != r.URL+signed || report.Manifest == nil || report.Manifest.Line != 2 {
					t.Errorf("%+v", report)
				}
			})
		}
	})
}

// A counter is a Fetcher that says what it was asked for.
type counter struct {
	verify.Fetcher
	roles map[string]int
}

func (c *counter) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	c.roles[r.Role]++
	return c.Fetcher.Fetch(ctx, r)
}

// TestManifestFetchedOnce: each document once and as what it is, whatever the
// verdict needs it for.
func TestManifestFetchedOnce(t *testing.T) {
	for _, inline := range []bool{false, true} {
		r := newRelease(t, newGPG(t))
		r.inline = inline
		r.publish(t)
		c := &counter{r.fetcher(), map[string]int{}}
		plan := newPlan(t, newVerifier(t, c), r.declared(), r.table())
		if len(c.roles) != 0 {
			t.Errorf("Plan fetches: %v", c.roles)
		}
		if _, err := plan.Download(t.Context(), newTarget(t, false).dst); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"checksums": 1, "signature": 1, "artifact": 1}
		if inline {
			delete(want, "signature")
		}
		if !maps.Equal(c.roles, want) {
			t.Errorf("fetched %v, want %v", c.roles, want)
		}
	}
}

// md5Line is of the artifact, and worth nothing.
func (r *release) md5Line() string {
	return hex.EncodeToString(make([]byte, 16)) + "  " + r.name + "\n"
}
