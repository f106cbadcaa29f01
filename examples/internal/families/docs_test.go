package families_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/examples/internal/snippets"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// An example is a signing table in the docs and what its comments say.
type example struct {
	where     string // for messages
	toml      string
	pkg       string // owner/name
	version   string
	url       string
	signature string // "" where there is none
	at        string // the path of the table; "" is the one of its document
}

// examples are all in TOML of a page.
func examples(t *testing.T, page string) []example {
	t.Helper()
	found, err := snippets.ReadFile(filepath.Join(testkeys.Root(t), page))
	if err != nil {
		t.Fatal(err)
	}
	about := regexp.MustCompile(`^# (\S+) (\S+): (https://\S+)\n(?:# signature: (.+)\n)?`)
	var all []example
	for _, s := range snippets.In(found, "toml") {
		e := example{where: page, toml: s.Text, pkg: "acme/tool", version: "1.2.0", url: "https://example.com/tool.tgz"}
		if m := about.FindStringSubmatch(s.Text); m != nil {
			e.pkg, e.version, e.url, e.signature = m[1], m[2], m[3], m[4]
			e.where += ", " + e.pkg
		}
		all = append(all, e)
	}
	return all
}

// plan reads and plans the example as a program would, but for a network.
func (e example) plan(t *testing.T) (*verify.Plan, error) {
	t.Helper()
	return e.planIn(t, fstest.MapFS{})
}

// planIn is plan beside the files of a folder.
func (e example) planIn(t *testing.T, folder fstest.MapFS) (*verify.Plan, error) {
	t.Helper()
	signing, err := e.signing()
	if err != nil {
		return nil, err
	}
	root, err := cosign.ParseTrustedRoot(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "internal/testkeys/corpus/cosign/ok-key-p256-r1/trusted_root.json")))
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{
			cosign.Algorithm{TrustedRoot: root}, digest.Algorithm{}, gpg.Algorithm{}, minisign.Algorithm{}, signify.Algorithm{}, ssh.Algorithm{},
		},
		Fetcher: https.Fetcher{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v.Plan(verify.Artifact{
		URL:        e.url,
		Variables:  map[string]string{"repo": "https://github.com/" + e.pkg, "version": e.version, "name": "tool", "target": "x86_64-unknown-linux-gnu"},
		ManifestFS: folder,
	}, signing)
}

func (e example) signing() (*metadata.Signing, error) {
	if e.at != "" {
		return metadata.ParseAt(e.where, []byte(e.toml), e.at)
	}
	if !strings.Contains(e.toml, "[package.metadata") {
		return metadata.ParseAt(e.where, []byte(e.toml), "signing")
	}
	m, err := metadata.Parse(e.where, []byte(e.toml))
	if err != nil {
		return nil, err
	}
	pkg, err := m.For("x86_64-unknown-linux-gnu")
	if err != nil {
		return nil, err
	}
	return pkg.Signing, nil
}

// TestDocs: every table in the docs can be followed, and says where the
// signature is.
func TestDocs(t *testing.T) {
	for page, atLeast := range map[string]int{"README.md": 2, "docs/shapes.md": 15, "docs/post-quantum.md": 1} {
		all := examples(t, page)
		if len(all) < atLeast {
			t.Errorf("%s: %d tables", page, len(all))
		}
		for _, e := range all {
			t.Run(e.where, func(t *testing.T) { e.check(t) })
		}
	}
}

func (e example) check(t *testing.T) {
	plan, err := e.plan(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	type signature struct{ Signature string }
	var planned struct {
		Artifact string
		signature
		Signatures, Any []signature // of several
	}
	err = json.Unmarshal(text, &planned)
	for _, s := range append(planned.Signatures, planned.Any...) {
		planned.Signature = s.Signature
	}
	if err != nil || planned.Artifact != e.url || e.signature != "" && planned.Signature != e.signature {
		t.Errorf("%v: %s, want the signature at %s", err, text, e.signature)
	}
}

// TestDocsPostQuantum: a program that doesn't know the kind of the first key of the
// page goes on to the next alternative where the key stands in the table, and only there.
func TestDocsPostQuantum(t *testing.T) {
	all := examples(t, "docs/post-quantum.md")
	if len(all) != 1 {
		t.Fatalf("%d tables", len(all))
	}
	e := all[0]
	key := regexp.MustCompile(`(?s)pubkey = """.*?"""`)
	if len(key.FindAllString(e.toml, -1)) != 1 {
		t.Fatal("the key doesn't stand in the table")
	}
	next := strings.TrimSuffix(e.signature, ".pq.sig") + ".minisig"
	if next == e.signature {
		t.Fatalf("the signature is at %s", e.signature)
	}
	unknown := "ssh-mldsa87-p384"
	blob := append(append(binary.BigEndian.AppendUint32(nil, uint32(len(unknown))), unknown...), 0, 0, 0, 1, 'x')
	unknown += " " + base64.StdEncoding.EncodeToString(blob)

	e.toml, e.signature = key.ReplaceAllString(e.toml, `pubkey = "`+unknown+`"`), next
	e.check(t)

	e.toml = strings.Replace(e.toml, `"`+unknown+`"`, `{ file = "release-pq.pub" }`, 1)
	plan, err := e.planIn(t, fstest.MapFS{"release-pq.pub": {Data: []byte(unknown + "\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.File(t.Context(), filepath.Join(testkeys.Root(t), "README.md")); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("a key of an unknown kind in a file: %v", err)
	}
}

// TestDocsDigest: the digest in the docs is that of the demo's package.
func TestDocsDigest(t *testing.T) {
	for _, e := range examples(t, "docs/shapes.md") {
		if e.pkg != "acme/hello" {
			continue
		}
		plan, err := e.plan(t)
		if err != nil {
			t.Fatal(err)
		}
		report, err := plan.File(t.Context(), filepath.Join(testkeys.Root(t), "examples/internal/demo/data/hello-v1.2.0.tgz"))
		if err != nil {
			t.Fatal(err)
		}
		checkPinned(t, report)
		return
	}
	t.Error("no such example")
}

// TestShapesFacts: the examples of packages that are in the collected facts
// have the URLs that are there.
func TestShapesFacts(t *testing.T) {
	name, ok := testkeys.Shared(t, "market", "market.jsonl")
	if !ok {
		t.Skip("the facts aren't beside the repository")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{} // what is where
	for line := range strings.Lines(string(data)) {
		var pkg struct {
			Package, Version string
			Ways             []struct{ Artifact, Signature map[string]string }
		}
		if err := json.Unmarshal([]byte(line), &pkg); err != nil {
			t.Fatal(err)
		}
		for _, way := range pkg.Ways {
			for target, artifact := range way.Artifact {
				known[pkg.Package] = true
				known[strings.Join([]string{pkg.Package, pkg.Version, artifact, way.Signature[target]}, " ")] = true
			}
		}
	}
	var checked []string
	for _, e := range examples(t, "docs/shapes.md") {
		if !known[e.pkg] {
			continue
		}
		checked = append(checked, e.pkg)
		if !known[strings.Join([]string{e.pkg, e.version, e.url, e.signature}, " ")] {
			t.Errorf("%s: not as collected", e.where)
		}
	}
	if !slices.Contains(checked, "jdx/mise") || len(checked) < 7 {
		t.Errorf("only %q are in the facts", checked)
	}
}
