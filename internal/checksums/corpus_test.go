package checksums_test

import (
	"bytes"
	"crypto"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/testkeys/signer/minisignkey"
)

var update = flag.Bool("update", false, "write the cases of the corpus")

// A corpusCase is a question as other programs are asked it: with an artifact, and
// the manifest in a file that is signed.
type corpusCase struct {
	question
	artifact  string
	pass      bool
	why, rule string
}

// TestCorpus: the corpus has the questions of these tests, and nothing else. -update
// writes it.
func TestCorpus(t *testing.T) {
	folder := filepath.Join(testkeys.Root(t), "internal", "testkeys", "corpus", "checksums")
	cases := corpusCases(t)
	if len(cases) < 200 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		if got := c.accepts(); got != c.pass {
			t.Errorf("%s: accepted %v, want %v", name, got, c.pass)
		}
		dir := filepath.Join(folder, name)
		for file, want := range c.files() {
			checkFile(t, filepath.Join(dir, file), want)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := cases[e.Name()]; e.IsDir() && !ok {
			t.Errorf("%s has no question here", e.Name())
		}
	}
}

func checkFile(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s isn't what the question is (go test ./internal/checksums -run TestCorpus -update writes it): %v", name, err)
	}
}

// accepts reports whether the manifest has digests of the artifact, and all are its.
func (c *corpusCase) accepts() bool {
	manifestName, name := c.names()
	entries, err := checksums.Find([]byte(c.manifest), manifestName, name)
	if err != nil {
		return false
	}
	h := map[crypto.Hash]string{
		crypto.SHA256: digits(crypto.SHA256.New(), c.artifact), crypto.SHA384: digits(crypto.SHA384.New(), c.artifact),
		crypto.SHA512: digits(crypto.SHA512.New(), c.artifact), crypto.BLAKE2b_512: digits(blake2b512(), c.artifact),
	}
	return !slices.ContainsFunc(entries, func(e checksums.Entry) bool { return e.Digest.Hex() != h[e.Digest.Hash()] })
}

// files are those of the case's folder.
func (c *corpusCase) files() map[string][]byte {
	manifestName, name := c.names()
	key := minisignkey.New([32]byte{'c', 'o', 'r', 'p', 'u', 's'})
	verdict := "fail"
	if c.pass {
		verdict = "pass"
	}
	return map[string][]byte{
		"artifact":  []byte(c.artifact),
		"manifest":  []byte(c.manifest),
		"signature": key.SignBytes([]byte(c.manifest), "file:"+manifestName),
		"expected":  []byte(verdict + "\n" + c.why + "\n" + c.rule + "\n"),
		"table.toml": fmt.Appendf(nil, "[signing]\nalgorithm = \"minisign\"\npubkey = %q\nchecksums = %q\nchecksum-name = %q\n",
			key.PublicKey(), "https://example.com/"+manifestName, name),
	}
}

// corpusCases are the questions of the other tests that other programs can be asked,
// and those of which the digest decides.
func corpusCases(t *testing.T) map[string]corpusCase {
	t.Helper()
	cases := map[string]corpusCase{}
	add := func(name string, c corpusCase) {
		if _, ok := cases[name]; ok {
			t.Errorf("two cases %s", name)
		}
		c.rule = corpusRule(t, name)
		cases[name] = c
	}
	for what, q := range answered() {
		if q.isPlain() {
			add("good-"+slug(what), corpusCase{question: q, artifact: artifactA, pass: true, why: what})
		}
	}
	for what, q := range refusedQuestions() {
		if q.isPlain() {
			add("bad-"+slug(what), corpusCase{question: q, artifact: artifactA, why: what})
		}
	}
	for _, odd := range oddLines() {
		add("line-"+odd.name, corpusCase{
			question: question{manifest: odd.line + "\n" + sha256A + "  a\n"}, artifact: artifactA,
			why: "a bad line before the one of the artifact: " + strings.ReplaceAll(odd.name, "-", " "),
		})
	}
	for name, c := range digestCases() {
		add("digest-"+name, c)
	}
	return cases
}

// isPlain reports whether the artifact can lie beside the manifest under its name.
func (q question) isPlain() bool {
	manifestName, name := q.names()
	return name != manifestName && path.Base(manifestName) == manifestName && path.Base(name) == name && len(name) < 200 && len(manifestName) < 200
}

// slug is a text as the name of a folder.
func slug(text string) string {
	text = strings.NewReplacer("./", "dot slash").Replace(strings.ToLower(text))
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}

// digestCases are those of which the digest decides.
func digestCases() map[string]corpusCase {
	manifest := func(text string) question { return question{manifest: text} }
	one := sha256A + "  a\n"
	return map[string]corpusCase{
		"of-another-file":       {question: manifest(sha256B + "  a\n"), artifact: artifactA, why: "the digest is another file's"},
		"half-of-another":       {question: manifest(sha256A[:32] + sha256B[32:] + "  a\n"), artifact: artifactA, why: "the second half of the digest is another file's"},
		"artifact-changed":      {question: manifest(one), artifact: "artifact A\n", why: "a byte of the artifact is changed"},
		"artifact-appended":     {question: manifest(one), artifact: artifactA + "\n", why: "a line feed is appended to the artifact"},
		"artifact-truncated":    {question: manifest(one), artifact: strings.TrimSuffix(artifactA, "\n"), why: "the artifact's last byte is missing"},
		"artifact-crlf":         {question: manifest(one), artifact: "artifact a\r\n", why: "the artifact's line ends with CR LF: it is no text, whatever the line says"},
		"artifact-empty":        {question: manifest(one), why: "the artifact is empty"},
		"of-empty":              {question: manifest(digits(crypto.SHA256.New(), "") + "  a\n"), pass: true, why: "the artifact is empty, and so says the digest"},
		"second-hash-wrong":     {question: manifest("SHA256 (a) = " + sha256A + "\nSHA512 (a) = " + sha512B + "\n"), artifact: artifactA, why: "of two digests by two hashes the second is another file's"},
		"first-hash-wrong":      {question: manifest("SHA256 (a) = " + sha256B + "\nSHA512 (a) = " + sha512A + "\n"), artifact: artifactA, why: "of two digests by two hashes the first is another file's"},
		"sha512-wrong":          {question: manifest(sha512B + "  a\n"), artifact: artifactA, why: "the SHA-512 is another file's"},
		"sha512-half":           {question: manifest(sha256A + sha256A + "  a\n"), artifact: artifactA, why: "128 digits that are twice the SHA-256"},
		"under-another-name":    {question: manifest(sha256A + "  b\n" + sha256B + "  a\n"), artifact: artifactA, why: "the artifact's digest stands under another name"},
		"commented-out":         {question: manifest("#" + sha256A + "  a\n" + sha256B + "  a\n"), artifact: artifactA, why: "the artifact's digest stands in a comment"},
		"behind-another-digest": {question: manifest(sha256B + "  a\n" + sha256A + "  a.orig\n"), artifact: artifactA, why: "the artifact's digest stands under a name that begins like its"},
	}
}

// corpusRule is the rule of a case, by its name: the first pattern counts.
func corpusRule(t *testing.T, name string) string {
	t.Helper()
	const (
		gnu   = "spec: GNU coreutils, sha256sum --check --strict: "
		names = "policy: a name that leads elsewhere, is escaped, or shows as another one is none"
		space = "policy: sha256sum takes less or more space, and names that are empty; what it doesn't write itself isn't taken"
	)
	for _, r := range [][2]string{
		{"digest-*-hash-wrong", "policy: of several digests all must be the artifact's"},
		{"digest-*", gnu + "a file passes if it has the digest that stands under its name"},
		{"bad-two-folders*", "policy: a name counts without its folder only if it fits one line"},
		{"bad-two-*", "policy: a name has one digest by each hash"},
		{"bad-the-same-*", "policy: a name has one digest by each hash"},
		{"bad-md5*", "policy: MD5 and SHA-1 prove nothing"},
		{"bad-sha-1", "policy: MD5 and SHA-1 prove nothing"},
		{"bad-sha*", "policy: a digest by a hash that isn't known proves nothing"},
		{"bad-blake2b*", "policy: a digest by a hash that isn't known proves nothing"},
		{"bad-alone-*", "policy: a digest alone counts if its file is called as the artifact, a dot, and the name of that hash"},
		{"bad-*", gnu + "a file is found by its whole name, of lines that aren't comments"},
		{"good-alone*", "optional: a digest alone, in a file that is called as the artifact, a dot, and the name of the hash"},
		{"good-*folder", "optional: names without their folders"},
		{"good-sha-*", "optional: SHA-384 and SHA-512"},
		{"good-blake2b*", "optional: BLAKE2b"},
		{"good-passed-over", "optional: digests by several hashes in one manifest"},
		{"good-several-*", "optional: digests by several hashes in one manifest"},
		{"good-the-same-weak-*", "optional: digests by several hashes in one manifest"},
		{"good-*crlf*", "optional: lines that end with CR LF"},
		{"good-mixed-ends", "optional: lines that end with CR LF"},
		{"good-*", gnu + "digest, space, space or asterisk, name; or what --tag writes"},
		{"line-absolute", names},
		{"line-backslash-*", names},
		{"line-bidi-*", names},
		{"line-cr-*", names},
		{"line-del", names},
		{"line-dot-*", names},
		{"line-drive", names},
		{"line-escape*", names},
		{"line-*-separator", names},
		{"line-next-line", names},
		{"line-*utf8*", names},
		{"line-nul-*", names},
		{"line-parent*", names},
		{"line-slash-*", names},
		{"line-bsd-no-space-*", space},
		{"line-bsd-space-first", space},
		{"line-bsd-two-spaces", space},
		{"line-empty-name-bsd", space},
		{"line-openssl", space},
		{"line-space-first", space},
		{"line-*", gnu + "a line that is improperly formatted is an error"},
	} {
		if ok, _ := path.Match(r[0], name); ok {
			return r[1]
		}
	}
	t.Errorf("no rule for %s", name)
	return ""
}
