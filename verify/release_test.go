package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

// sayer is a family whose documents have a signature a line, which may say more
// than that it is one: "KEY of SHA256 name=N version=V at=TIME primary=P", in any
// order behind the digest. What it can say is told by its name: "sayer", and
// "mute" nothing.
type sayer struct{ name string }

func (f sayer) Name() string { return f.name }

func (sayer) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "comment", Kind: algorithm.Text, Signed: true},
		{Name: "remark", Kind: algorithm.Text},
		{Name: "paper", Kind: algorithm.Content},
		{Name: "who", Kind: algorithm.Table, Many: true, Patterns: true, Signed: true},
	}
}

func (f sayer) Key(t algorithm.Trust) (algorithm.Key, error) {
	for name, err := range map[string]error{"future": algorithm.ErrKeyType, "odd": algorithm.ErrUnsupported, "broken": algorithm.ErrMalformed} {
		if slices.Contains(t.PublicKeys, name) {
			return nil, fmt.Errorf("%w: a kind of key", err)
		}
	}
	k := sayerKey{keys: t.PublicKeys, bind: t.Bind}
	if f.name == "sayer" {
		return sayerInlineKey{k}, nil
	}
	return k, nil
}

type binder struct{ sayer }

func (binder) Binds(values map[string]algorithm.Value) (name, version bool) {
	return values["remark"].Text != "no name", values["remark"].Text == ""
}

type sayerKey struct {
	keys []string
	bind func(name, version string) error
}

func (k sayerKey) IDs() []string { return k.keys }

type said struct {
	sum string
	e   *algorithm.Evidence
}

func (k sayerKey) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	v := &sayerVerifier{bind: k.bind}
	for line := range strings.Lines(string(signature)) {
		by, rest, _ := strings.Cut(strings.TrimSpace(line), " of ")
		if !slices.Contains(k.keys, by) {
			continue
		}
		words := strings.Fields(rest)
		s := said{words[0], &algorithm.Evidence{KeyID: by, Fingerprint: by}}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "name":
				s.e.FileName = value
			case "version":
				s.e.Version = value
			case "primary":
				s.e.PrimaryFingerprint = value
			case "at":
				at, err := time.Parse(time.RFC3339, value)
				if err != nil {
					return nil, err
				}
				s.e.Timestamps = append(s.e.Timestamps, at)
			}
		}
		v.all = append(v.all, s)
	}
	if v.all == nil {
		return nil, fmt.Errorf("%w: by none of %q", algorithm.ErrWrongKey, k.keys)
	}
	return v, nil
}

// sayerInlineKey takes documents whose last line is the signature of the rest.
type sayerInlineKey struct{ sayerKey }

func (k sayerInlineKey) VerifyInline(ctx context.Context, document []byte) ([]byte, *algorithm.Evidence, error) {
	at := bytes.LastIndexByte(document, '\n') + 1
	v, err := k.Verifier(ctx, document[at:])
	if err != nil {
		return nil, nil, err
	}
	_, _ = v.Write(document[:at])
	e, err := v.Verify()
	return document[:at], e, err
}

type sayerVerifier struct {
	bytes.Buffer
	all  []said
	bind func(name, version string) error
}

func (v *sayerVerifier) Verify() (*algorithm.Evidence, error) {
	each, err := v.VerifyEach()
	if err != nil {
		return nil, err
	}
	return each[0], nil
}

func (v *sayerVerifier) VerifyEach(digests ...algorithm.Digest) (each []*algorithm.Evidence, err error) {
	if digests != nil {
		return nil, errors.New("asked for the verdict of digests, after the bytes")
	}
	sum := sha256.Sum256(v.Bytes())
	for _, s := range v.all {
		if hex.EncodeToString(sum[:]) != s.sum {
			err = fmt.Errorf("%w: other bytes", algorithm.ErrInvalid)
			continue
		}
		each = append(each, s.e)
	}
	if each == nil {
		return nil, err
	}
	return each, nil
}

// A release is a table and what is served under https://example.com/, and what
// the program demands.
type release struct {
	table   string // lines below algorithm and pubkey
	family  string // "sayer" unless said
	key     string // "A" unless said
	files   map[string]string
	config  Config
	values  map[string]string // version, tag … beside those of the release
	url     string            // of the artifact; tool-1.2.3.tgz unless said
	bytes   string            // data unless said
	fetcher Fetcher           // in the place of files
	given   string            // the signature, where the program has it
}

var clock = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

func (r release) plan(t *testing.T) (*Plan, error) {
	t.Helper()
	c := r.config
	c.Algorithms = append([]algorithm.Algorithm{binder{sayer{"sayer"}}, sayer{"mute"}}, c.Algorithms...)
	c.Fetcher = &served{files: r.files}
	if r.fetcher != nil {
		c.Fetcher = r.fetcher
	}
	c.Time = func() time.Time { return clock }
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	family, key, url := r.family, r.key, r.url
	if family == "" {
		family = "sayer"
	}
	text := "[signing]\nalgorithm = '" + family + "'\n"
	switch key {
	case "":
		text += "pubkey = 'A'\n"
	case "none":
	default:
		text += "pubkey = '" + key + "'\n"
	}
	if url == "" {
		url = "tool-1.2.3.tgz"
	}
	table, err := metadata.ParseAt("t.toml", []byte(text+r.table), "signing")
	if err != nil {
		t.Fatalf("%s: %v", r.table, err)
	}
	values := map[string]string{"name": "tool", "version": "1.2.3"}
	for k, v := range r.values {
		if values[k] = v; v == "" {
			delete(values, k)
		}
	}
	a := Artifact{URL: "https://example.com/" + url, Variables: values}
	if r.given != "" {
		a.Signature = []byte(r.given)
	}
	return v.Plan(a, table)
}

func (r release) run(t *testing.T) (*Report, error) {
	t.Helper()
	p, err := r.plan(t)
	if err != nil {
		return nil, err
	}
	artifact := r.bytes
	if artifact == "" {
		artifact = data
	}
	reader, err := p.Open(t.Context(), strings.NewReader(artifact))
	if err != nil {
		return nil, err
	}
	return reader.Finish()
}

// signed is a signature line over data, or over another text.
func signed(key, says string, over ...string) string {
	text := data
	if over != nil {
		text = over[0]
	}
	return strings.TrimSpace(signedBy(key, text) + " " + says)
}

// TestBinding: what is bound to the bytes, that it is said where nothing is, and
// that what is demanded is demanded of everybody.
func TestBinding(t *testing.T) {
	both, names, versions := Binding{Name: true, Version: true}, Binding{Name: true}, Binding{Version: true}
	sums := func(name string) string { return sumOf(data) + "  " + name + "\n" }
	const sumsTable = "checksums = 'https://example.com/SHA256SUMS'\n"
	sumsFiles := func(text, says string) map[string]string {
		return map[string]string{"SHA256SUMS": text, "SHA256SUMS.sig": signed("A", says, text)}
	}
	for _, tt := range []struct {
		name    string
		release release
		bind    Binding // by the program
		want    error
		unbound []string
		warns   string // a word of the warning
	}{
		// Nothing is demanded.
		{name: "says nothing", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "says the name", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}},
		{name: "says a name without version", release: release{url: "tool.tgz", files: map[string]string{"tool.tgz.sig": signed("A", "name=tool.tgz")}}, unbound: []string{versionUnbound}},
		{name: "says another name", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.2.tgz")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "tool-1.2.2.tgz"},
		{name: "says the version", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "says the tag", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=v1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "says the program's tag", release: release{values: map[string]string{"tag": "tool/1.2.3"}, files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=tool/1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "says another version", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.2")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "1.2.2"},
		{name: "says a version that the name contradicts", release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz version=1.2.2")}}, unbound: []string{versionUnbound}, warns: "1.2.2"},
		{name: "no version is known", release: release{values: map[string]string{"version": ""}, files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3 name=tool-1.2.3.tgz")}}, unbound: []string{versionUnbound}},
		{name: "exact comment", release: release{table: "comment = '{ name } { version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound}},
		{name: "exact comment with the name", release: release{table: "comment = '{ asset } { tag }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}},
		{name: "exact comment of neither", release: release{table: "comment = '{ name }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "a text that isn't signed", release: release{table: "remark = '{ asset } { version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "exact identity", release: release{table: "who = { ref = 'refs/tags/{ tag }' }\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound}},
		{name: "one of two identities without", release: release{table: "who = [{ ref = 'refs/tags/{ tag }' }, { ref = 'main' }]\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "a pattern with the tag as a word", release: release{table: "who = { ref-regexp = 'refs/tags/({ tag }/|.*)' }\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "a pattern", release: release{table: "who = { ref-regexp = 'refs/tags/{ tag }|.*' }\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},

		// The table demands it.
		{name: "name: said", release: release{table: "signed-name = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}},
		{name: "name: none said", release: release{table: "signed-name = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrNameMismatch},
		{name: "name: another", release: release{table: "signed-name = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.2.tgz")}}, want: algorithm.ErrNameMismatch},
		{name: "name: a template", release: release{table: "signed-name = '{ name }.bin'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool.bin")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "tool.bin"},
		{name: "version: said", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=v1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "version: none said", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: replay", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.2")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: longer", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.33")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: by the name", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}},
		{name: "version: by the name of an older", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.2.tgz")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: by another name with it", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=other-1.2.3.tgz")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: by a name without", release: release{url: "tool.tgz", table: "signed-version = true\n", files: map[string]string{"tool.tgz.sig": signed("A", "name=tool.tgz")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: contradicts the name", release: release{table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz version=1.2.2")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: a template", release: release{table: "signed-version = '{ name }/{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=tool/1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "version: by the name that the table demands", release: release{table: "signed-name = '{ name }-{ version }.bin'\nsigned-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.bin")}}, unbound: []string{nameUnbound}, warns: "tool-1.2.3.bin"},
		{name: "version: the release's tag for another version", release: release{table: "signed-version = '2.0'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=v1.2.3")}}, want: algorithm.ErrVersionMismatch},
		{name: "version: the exact comment", release: release{family: "mute", table: "signed-version = true\ncomment = '{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound}},
		{name: "name: the exact comment", release: release{family: "mute", table: "signed-name = true\ncomment = '{ asset }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}},
		{name: "name: the exact comment, no version", release: release{family: "mute", url: "tool.tgz", table: "signed-name = true\ncomment = '{ asset }'\n", files: map[string]string{"tool.tgz.sig": signed("A", "")}}, unbound: []string{versionUnbound}},
		{name: "name: another than the comment says", release: release{table: "signed-name = 'other.tgz'\ncomment = '{ asset }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}, want: algorithm.ErrNameMismatch},
		{name: "version: another than the comment says", release: release{table: "signed-version = '2.0'\ncomment = '{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrVersionMismatch},
		{name: "name: can't be said", release: release{family: "mute", table: "signed-name = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}, want: algorithm.ErrUnsupported},
		{name: "version: can't be said", release: release{family: "mute", table: "signed-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrUnsupported},
		{name: "version: can't be said with these keys", release: release{url: "tool.tgz", table: "remark = 'no version'\nsigned-version = true\n", files: map[string]string{"tool.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrUnsupported},
		{name: "version: can be said by the name", release: release{table: "remark = 'no version'\nsigned-version = true\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz")}}},
		{name: "version: of no known version", release: release{values: map[string]string{"version": ""}, table: "signed-version = true\n"}, want: errTemplate},

		// The program demands it.
		{name: "both: said", bind: both, release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz version=1.2.3")}}},
		{name: "both: no version", bind: both, release: release{url: "tool.tgz", files: map[string]string{"tool.tgz.sig": signed("A", "name=tool.tgz")}}, want: algorithm.ErrVersionMismatch},
		{name: "both: no name", bind: both, release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrNameMismatch},
		{name: "names", bind: names, release: release{url: "tool.tgz", files: map[string]string{"tool.tgz.sig": signed("A", "name=tool.tgz")}}, unbound: []string{versionUnbound}},
		{name: "versions", bind: versions, release: release{files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "both: can't be said", bind: both, release: release{family: "mute", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, want: algorithm.ErrUnsupported},
		{name: "the table's template counts as well", bind: both, release: release{table: "signed-name = '{ name }-1.2.3.tgz'\nsigned-version = '{ tag }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool-1.2.3.tgz version=1.2.3")}}},
		{name: "another name in the table", bind: names, release: release{table: "signed-name = 'tool'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "name=tool")}}, want: algorithm.ErrUnsupported},
		{name: "another version in the table", bind: versions, release: release{table: "signed-version = '1.0.0'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.0.0")}}, want: algorithm.ErrUnsupported},
		{name: "another version in the table, nothing demanded", release: release{table: "signed-version = '1.0.0'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.0.0")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "1.0.0"},
		{name: "a version with a word in the table", bind: versions, release: release{table: "signed-version = '{ name }/{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=tool/1.2.3")}}, unbound: []string{nameUnbound}},
		{name: "a part of another version in the table", bind: versions, release: release{values: map[string]string{"version": "2.3", "tag": "v2.3"}, table: "signed-version = '1.{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3")}}, want: algorithm.ErrUnsupported},
		{name: "a part of another version in the table, nothing demanded", release: release{url: "tool.tgz", values: map[string]string{"version": "2.3", "tag": "v2.3"}, table: "signed-version = '1.{ version }'\n", files: map[string]string{"tool.tgz.sig": signed("A", "version=1.2.3")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "1.2.3"},
		{name: "what came before the version in the table", bind: versions, release: release{table: "signed-version = '{ version }-rc1'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=1.2.3-rc1")}}, want: algorithm.ErrUnsupported},
		{name: "a comment of another file and version", bind: both, release: release{family: "mute", values: map[string]string{"version": "2.3", "tag": "v2.3"}, table: "comment = 'un{ asset } 1.{ version }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, want: algorithm.ErrUnsupported},
		{name: "a rolling tag", release: release{values: map[string]string{"tag": "nightly"}, files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=nightly")}}, unbound: []string{nameUnbound, versionUnbound}, warns: "nightly"},
		{name: "a rolling tag, demanded", bind: versions, release: release{values: map[string]string{"tag": "nightly"}, files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "version=nightly")}}, want: algorithm.ErrVersionMismatch},
		{name: "a rolling tag in the comment", release: release{values: map[string]string{"tag": "nightly"}, table: "comment = '{ tag }'\n", files: map[string]string{"tool-1.2.3.tgz.sig": signed("A", "")}}, unbound: []string{nameUnbound, versionUnbound}},

		// A manifest's line has the name.
		{name: "manifest", release: release{family: "mute", table: sumsTable, files: sumsFiles(sums("tool-1.2.3.tgz"), "")}},
		{name: "manifest without version", release: release{family: "mute", url: "tool.tgz", table: sumsTable, files: sumsFiles(sums("tool.tgz"), "")}, unbound: []string{versionUnbound}},
		{name: "manifest: demanded", bind: both, release: release{family: "mute", table: sumsTable, files: sumsFiles(sums("tool-1.2.3.tgz"), "")}},
		{name: "manifest: by a folder", bind: both, release: release{family: "mute", url: "tool.tgz", table: sumsTable + "checksum-name = 'v{ version }/tool.tgz'\n", files: sumsFiles(sums("v1.2.3/tool.tgz"), "")}, want: algorithm.ErrUnsupported},
		{name: "manifest: by a folder, nothing demanded", release: release{family: "mute", url: "tool.tgz", table: sumsTable + "checksum-name = 'v{ version }/tool.tgz'\n", files: sumsFiles(sums("v1.2.3/tool.tgz"), "")}, unbound: []string{versionUnbound}},
		{name: "manifest: a folder that isn't there", bind: names, release: release{family: "mute", url: "tool.tgz", table: sumsTable + "checksum-name = 'dist/tool.tgz'\n", files: sumsFiles(sums("tool.tgz"), "")}, unbound: []string{versionUnbound}},
		{name: "manifest: under another name", release: release{family: "mute", table: sumsTable + "checksum-name = 'uninstall.sh'\n", files: sumsFiles(sums("uninstall.sh"), "")}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "manifest: under another name, demanded", bind: names, release: release{family: "mute", table: sumsTable + "checksum-name = 'uninstall.sh'\n", files: sumsFiles(sums("uninstall.sh"), "")}, want: algorithm.ErrUnsupported},
		{name: "manifest: under another name, and its own signature says the artifact's", bind: names, release: release{table: sumsTable + "checksum-name = 'uninstall.sh'\n", files: sumsFiles(sums("uninstall.sh"), "name=tool-1.2.3.tgz")}, want: algorithm.ErrUnsupported},
		{name: "manifest: under another name, demanded by the table", release: release{family: "mute", table: sumsTable + "signed-name = 'uninstall.sh'\nchecksum-name = 'uninstall.sh'\n", files: sumsFiles(sums("uninstall.sh"), "")}, unbound: []string{nameUnbound, versionUnbound}},
		{name: "manifest: replayed", bind: both, release: release{family: "mute", table: sumsTable, files: sumsFiles(sums("tool-1.2.2.tgz"), "")}, want: algorithm.ErrNameMismatch},
		{name: "manifest: version can't be said", bind: both, release: release{family: "mute", url: "tool.tgz", table: sumsTable, files: sumsFiles(sums("tool.tgz"), "")}, want: algorithm.ErrUnsupported},
		{name: "manifest: version said by the signature", bind: both, release: release{url: "tool.tgz", table: sumsTable, files: sumsFiles(sums("tool.tgz"), "version=1.2.3")}},
		{name: "manifest: another version said", bind: both, release: release{url: "tool.tgz", table: sumsTable, files: sumsFiles(sums("tool.tgz"), "version=1.2.2")}, want: algorithm.ErrVersionMismatch},
		{name: "manifest: no version said", bind: both, release: release{url: "tool.tgz", table: sumsTable, files: sumsFiles(sums("tool.tgz"), "name=SHA256SUMS")}, want: algorithm.ErrVersionMismatch},
		{name: "manifest: of a name with the version", bind: both, release: release{url: "tool.tgz", table: "checksums = 'https://example.com/tool_{ version }_SHA256SUMS'\n", files: map[string]string{
			"tool_1.2.3_SHA256SUMS": sums("tool.tgz"), "tool_1.2.3_SHA256SUMS.sig": signed("A", "name=tool_1.2.3_SHA256SUMS", sums("tool.tgz")),
		}}},
		{name: "manifest: of a name with an older version", bind: both, release: release{url: "tool.tgz", table: "checksums = 'https://example.com/tool_{ version }_SHA256SUMS'\n", files: map[string]string{
			"tool_1.2.3_SHA256SUMS": sums("tool.tgz"), "tool_1.2.3_SHA256SUMS.sig": signed("A", "name=tool_1.2.2_SHA256SUMS", sums("tool.tgz")),
		}}, want: algorithm.ErrVersionMismatch},
		{name: "manifest: name of its own", release: release{table: sumsTable + "signed-name = 'SHA256SUMS'\n", files: sumsFiles(sums("tool-1.2.3.tgz"), "name=SHA256SUMS")}},
		{name: "manifest: another name of its own", release: release{table: sumsTable + "signed-name = 'SHA256SUMS'\n", files: sumsFiles(sums("tool-1.2.3.tgz"), "name=MD5SUMS")}, want: algorithm.ErrNameMismatch},
		{name: "manifest: a digest alone", release: release{family: "mute", table: "checksums = '{ url }.sha256'\n", files: map[string]string{
			"tool-1.2.3.tgz.sha256": sumOf(data), "tool-1.2.3.tgz.sha256.sig": signed("A", "", sumOf(data)),
		}}, unbound: []string{"name: the manifest has a digest alone, under no name", versionUnbound}},
		{name: "manifest: a digest alone, demanded", bind: names, release: release{family: "mute", table: "checksums = '{ url }.sha256'\n", files: map[string]string{
			"tool-1.2.3.tgz.sha256": sumOf(data), "tool-1.2.3.tgz.sha256.sig": signed("A", "", sumOf(data)),
		}}, want: algorithm.ErrNameMismatch},
		{name: "manifest: a digest alone, version demanded", bind: versions, release: release{family: "mute", table: "checksums = '{ url }.sha256'\n", files: map[string]string{
			"tool-1.2.3.tgz.sha256": sumOf(data), "tool-1.2.3.tgz.sha256.sig": signed("A", "", sumOf(data)),
		}}, want: algorithm.ErrNameMismatch},
		{name: "manifest with its own signature", bind: both, release: release{table: sumsTable + "file = '{ checksums }'\n", files: map[string]string{
			"SHA256SUMS": sums("tool-1.2.3.tgz") + signed("A", "", sums("tool-1.2.3.tgz")),
		}}},
		{name: "manifest with its own signature: no version", bind: both, release: release{url: "tool.tgz", table: sumsTable + "file = '{ checksums }'\n", files: map[string]string{
			"SHA256SUMS": sums("tool.tgz") + signed("A", "", sums("tool.tgz")),
		}}, want: algorithm.ErrVersionMismatch},
		{name: "manifest with its own signature: version", bind: both, release: release{url: "tool.tgz", table: sumsTable + "file = '{ checksums }'\n", files: map[string]string{
			"SHA256SUMS": sums("tool.tgz") + signed("A", "version=1.2.3", sums("tool.tgz")),
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.release.config.Bind = tt.bind
			report, err := tt.release.run(t)
			if tt.want != nil {
				var missing *template.MissingKeyError
				right := errors.Is(err, tt.want) || tt.want == errTemplate && errors.As(err, &missing)
				if !right || report != nil {
					t.Errorf("%v, %v, want %v", report, err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			unbound := slices.DeleteFunc(report.NotChecked, func(text string) bool { return !strings.HasPrefix(text, "name") && !strings.HasPrefix(text, "version") })
			if !slices.Equal(unbound, tt.unbound) {
				t.Errorf("not checked: %q, want %q", unbound, tt.unbound)
			}
			if warnings := strings.Join(report.Warnings, " "); (warnings == "") != (tt.warns == "") || !strings.Contains(warnings, tt.warns) {
				t.Errorf("warnings: %q, want %q", warnings, tt.warns)
			}
		})
	}
}

var errTemplate = errors.New("a template without a value")

// TestTells: a name says a version where it stands whole, is the only one, and
// nothing behind it makes it another.
func TestTells(t *testing.T) {
	for version, names := range map[string][2][]string{
		"1.2.3": {
			{
				"tool-1.2.3.tgz", "tool-v1.2.3.tgz", "1.2.3", "tool_1.2.3", "tool-1.2.3-x86_64-unknown-linux-gnu.tar.gz", "tool_1.2.3_linux_amd64.zip",
				"tool-linux-x86_64-1.2.3.tar.xz", "app_1.2.3_x64-setup.exe", "app_1.2.3_x64.msi.zip", "tool1.2.3.linux-amd64.tar.gz", "tool_1.2.3_SHA256SUMS",
				"tool_1.2.3_checksums.txt", "tool-1.2.3-win64.zip", "tool-1.2.3-darwin-arm64", "dist/tool-1.2.3.tgz", "1.0.0/tool-1.2.3.tgz", "tool-1.2.3.crate",
				"tool-1.2.3-", "tool.5-1.2.3.tgz",
			},
			{
				"tool-11.2.3.tgz", "tool-1.2.33.tgz", "tool-1.2.3.4.tgz", "tool-0.1.2.3.tgz", "tool-1.2.tgz", "tool.tgz", "", "tool-1.2.31.2.3.tgz",
				"tool-1.2.3-rc1.tgz", "tool-1.2.3rc1.tgz", "tool-1.2.3-beta.2.tgz", "tool-1.2.3.dev4.tgz", "tool-1.2.3_pre.tgz", "tool-1.2.3-linux-rc1.tgz",
				"tool-1.2.3w.tgz", "tool-1.2.3linux.tgz", "tool-1.2.3+1.tgz", "tool-1.2.3~1.tgz", "tool-1.2.3-1.tgz", "tool-1.2.3_1.tgz", "tool-1.2.3.64.tgz",
				"tool-11.2.3-1.2.3.tgz", "tool-1.0.0-to-1.2.3.tgz", "tool-1.2.3-to-2.0.0.tgz", "tool-1.0.0-lib1.2.3-linux.tgz", "tool-nightly-1.2.3.tgz",
				"1.2.3/tool.tgz", "tool-1.2.3/tool.tgz", "1.2.3/1.0.0/tool.tgz", "tool-1.2.3-whatever.tgz", "tool-1.2.3-1.2.3.tgz", "tool.1.2.3.tgz",
				"tool-1.2.3-1.", "tool1.9-1.2.3.tgz", "tool~1.2.3.tgz", "tool+1.2.3.tgz", "tool-1.2.3-1",
			},
		},
		"v1.2.3":    {{"tool-1.2.3.tgz", "tool-v1.2.3.tgz"}, {"tool-1.2.4.tgz"}},
		"1.2.3-rc1": {{"tool-1.2.3-rc1.tgz", "tool-1.2.3-rc1-linux.tgz"}, {"tool-1.2.3.tgz", "tool-1.2.3-rc11.tgz", "tool-1.2.3-rc1.1.tgz"}},
		"1.22.1":    {{"go1.22.1.linux-amd64.tar.gz"}, {"tool-1.0.0-go1.22.1-linux.tgz"}},
		"64":        {nil, {"tool-x86_64.tgz", "tool-64.tgz"}},
		"x.linux":   {{"x.linux.tgz", "tool-x.linux-amd64"}, {"x.linux-x.linux.tgz"}},
		"":          {nil, {"tool.tgz", ""}},
	} {
		for i, want := range []bool{true, false} {
			for _, name := range names[i] {
				if got := tells(name, version); got != want {
					t.Errorf("%q, %q: %v", name, version, got)
				}
			}
		}
	}
}

// TestSaidIn: a text says the name and the version where they stand there as words, with
// nothing around them that makes them others.
func TestSaidIn(t *testing.T) {
	of := wanted{name: "tool.tgz", version: "2.0", tag: "tool/v2.0"}
	named, versioned, both := Binding{Name: true}, Binding{Version: true}, Binding{Name: true, Version: true}
	for _, tt := range []struct {
		of   wanted
		text string
		want Binding
	}{
		{of, "tool.tgz", named},
		{of, "file:tool.tgz\tversion:2.0", both},
		{of, "tool.tgz@example.com", named},
		{of, "tool.tgz, version=v2.0", both},
		{of, "'tool.tgz' (2.0)", both},
		{of, "tool.tgz/2.0", both},
		{of, "tool.tgz/v2.0@example.com", both},
		{of, "tool.tgz/1.2.0", Binding{}},
		{of, "tool.tgz/uninstall", Binding{}},
		{of, "un-tool.tgz", Binding{}},
		{of, "tool.tgz.asc", Binding{}},
		{of, "dist/tool.tgz", Binding{}},
		{of, "Tool.tgz", Binding{}},
		{of, "tool v2.0", versioned},
		{of, "2.0@example.com", versioned},
		{of, "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v2.0", versioned},
		{of, "https://github.com/acme/tool/.github/workflows/nightly.yml@refs/tags/tool/v2.0", versioned},
		{of, "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/tool-v2.0", versioned},
		{of, "https://example.com:8443/acme/tool//.ci.yml@refs/tags/v2.0", versioned},
		{of, "tool_2.0_linux_amd64.zip for 2.0", versioned},
		{of, "1.2.0", Binding{}},
		{of, "2.0.1", Binding{}},
		{of, "refs/tags/v1.2.0", Binding{}},
		{of, "go1.2.0", Binding{}},
		{of, "2.0-rc1", Binding{}},
		{of, "tool 2.0 beta", Binding{}},
		{of, "Nightly 2.0", Binding{}},
		{of, "tool 1.2.0 for 2.0", Binding{}},
		{of, "2.0 after 1.2.0", Binding{}},
		{of, "tool 1 2.0", versioned}, // the first can be a count
		{of, "tool", Binding{}},
		{of, "", Binding{}},
		{wanted{version: "20240101", tag: "tool-20240101"}, "refs/tags/tool-20240101", versioned},
		{wanted{version: "20240101"}, "refs/tags/v20240101", versioned},
		{wanted{version: "20240101"}, "refs/tags/tool-20240101", Binding{}}, // which may be anything
		{wanted{version: "2"}, "tool 1 build 2", Binding{}},
		{wanted{version: "2"}, "tool v1, build 2", Binding{}},
		{wanted{version: "2"}, "tool v2 for amd64", versioned},
		{wanted{version: "2"}, "tool 2 after 1.9", Binding{}},
		{wanted{}, "2.0", Binding{}},
		{wanted{tag: "v2.0"}, "v2.0", Binding{}},
		{wanted{version: "2.0"}, "/2.0", versioned},
	} {
		if got := tt.of.saidIn(tt.text); got != tt.want {
			t.Errorf("%q of %+v: %+v, want %+v", tt.text, tt.of, got, tt.want)
		}
	}
}

// TestTagOf: a tag is one version's where it ends in it.
func TestTagOf(t *testing.T) {
	for tag, want := range map[string]bool{
		"v1.2.3": true, "1.2.3": true, "tool-v1.2.3": true, "tool/1.2.3": true, "tool-1.2.3": true, "V1.2.3": true, "tool@1.2.3": true,
		"nightly": false, "11.2.3": false, "v1.2.33": false, "1.2.3-rc1": false, "x1.2.3": false, "": false, "0.1.2.3": false,
	} {
		if got := tagOf(tag, "1.2.3"); got != want {
			t.Errorf("%q: %v", tag, got)
		}
	}
	if tagOf("v", "") || tagOf("", "") {
		t.Error("a tag of no version")
	}
}
