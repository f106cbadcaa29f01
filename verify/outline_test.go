package verify

import (
	"slices"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
)

// TestOutline: a dry run tells all that is demanded, of every kind of check, and
// no name stands twice in one object of its JSON.
func TestOutline(t *testing.T) {
	const (
		groups = "keys = ['A', { key = 'B', until-version = '9.0' }]\n"
		sums   = "checksums = 'https://example.com/SHA256SUMS'\n"
		second = "[[signing.alternatives]]\nalgorithm = 'mute'\npubkey = 'B'\n"
	)
	for name, tt := range map[string]struct {
		release release
		want    string // below policy and artifact
	}{
		"signature": {release{table: "keys = ['B']\ncomment = '{ name }'\n"}, `
algorithm        sayer
signature        https://example.com/tool-1.2.3.tgz.sig
keys             A
keys             B
comment          tool
`},
		"given": {release{given: "x"}, `
algorithm        sayer
keys             A
note             the signature is given
`},
		"groups of keys": {release{key: "none", table: groups}, `
any
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             A
any
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             B
  until-version    9.0
`},
		"threshold": {release{table: "keys = ['B']\nthreshold = 2\nfiles = ['{ url }.a', '{ url }.b']\n"}, `
threshold        2
signatures
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.a
  keys             A
  keys             B
signatures
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.b
  keys             A
  keys             B
`},
		"manifest": {release{table: sums + "checksum-name = 'dist/{ asset }'\n"}, `
checksums        https://example.com/SHA256SUMS
checksum-name    dist/tool-1.2.3.tgz
algorithm        sayer
signature        https://example.com/SHA256SUMS.sig
keys             A
`},
		"manifest that holds its signature": {release{table: sums + "file = '{ checksums }'\n"}, `
checksums        https://example.com/SHA256SUMS
checksum-name    tool-1.2.3.tgz
algorithm        sayer
signature        https://example.com/SHA256SUMS
keys             A
`},
		"manifest that holds its signature, by groups of keys": {release{key: "none", table: groups + sums + "file = '{ checksums }'\n"}, `
checksums        https://example.com/SHA256SUMS
checksum-name    tool-1.2.3.tgz
algorithm        sayer
signature        https://example.com/SHA256SUMS
any
  keys             A
any
  keys             B
  until-version    9.0
`},
		"the first": {release{family: "rot13", table: second}, `
algorithm        mute
signature        https://example.com/tool-1.2.3.tgz.sig
keys             B
note             passed over: t.toml:1: signing: algorithm: unsupported: "rot13": this program knows digest, mute, sayer
`},
		"all": {release{config: Config{RequireAll: true}, table: second + "[[signing.alternatives]]\nalgorithm = 'rot13'\n"}, `
all
  algorithm        sayer
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             A
all
  algorithm        mute
  signature        https://example.com/tool-1.2.3.tgz.sig
  keys             B
note             passed over: t.toml:7: signing.alternatives[1]: algorithm: unsupported: "rot13": this program knows digest, mute, sayer
`},
		"digests": {release{family: "digest", key: "none", table: "digests = { 'tool-1.2.3.tgz' = 'sha256:" + sumOf(data) + "' }\n"}, `
algorithm        digest
keys             sha256:` + sumOf(data) + `
digests          tool-1.2.3.tgz = "sha256:` + sumOf(data) + `"
`},
	} {
		tt.release.config.Algorithms = []algorithm.Algorithm{digest.Algorithm{}}
		plan, err := tt.release.plan(t)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := "policy           require\nartifact         https://example.com/tool-1.2.3.tgz" + tt.want
		if got := plan.String(); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
		onceEach(t, name, plan.outline())
	}
}

// TestOutlineJSON: what there is none of isn't there.
func TestOutlineJSON(t *testing.T) {
	const before = `{"policy":"require","artifact":"https://example.com/tool-1.2.3.tgz","algorithm":"sayer",`
	for want, r := range map[string]release{
		before + `"signature":"https://example.com/tool-1.2.3.tgz.sig","keys":["A"]}`: {},
		before + `"signature":"https://example.com/tool-1.2.3.tgz.sig"}`:              {key: "none"},
		before + `"keys":["A"],"notes":["the signature is given"]}`:                   {given: "x"},
	} {
		plan, err := r.plan(t)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := plan.MarshalJSON(); err != nil || string(got) != want {
			t.Errorf("%s, %v, want\n%s", got, err, want)
		}
	}
}

// onceEach looks for names that stand twice in an object.
func onceEach(t *testing.T, what string, o *outline) {
	t.Helper()
	var names []string
	for _, l := range o.lines {
		if slices.Contains(names, l.name) {
			t.Errorf("%s: %s stands there twice", what, l.name)
		}
		names = append(names, l.name)
		if subs, ok := l.value.([]*outline); ok {
			for _, sub := range subs {
				onceEach(t, what, sub)
			}
		}
	}
}
