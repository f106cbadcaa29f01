package verify_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// asked is a family with a field of every kind, which keeps what it is given.
type asked struct{ trust *algorithm.Trust }

func (asked) Name() string { return "asked" }

func (asked) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: "greeting", Kind: algorithm.Text},
		{Name: "people", Kind: algorithm.Text, Many: true},
		{Name: "beside", Kind: algorithm.URL},
		{Name: "loud", Kind: algorithm.Truth},
		{Name: "charter", Kind: algorithm.Content},
		{Name: "identity", Kind: algorithm.Table, Keys: []string{"issuer", "subject"}, Patterns: true},
		{Name: "labels", Kind: algorithm.Table, Many: true},
	}
}

func (a asked) Key(t algorithm.Trust) (algorithm.Key, error) {
	*a.trust = t
	return askedKey{}, t.Only(a.Fields())
}

type askedKey struct{}

func (askedKey) IDs() []string { return []string{"K"} }

func (askedKey) Verifier(context.Context, []byte) (algorithm.Verifier, error) {
	return nil, algorithm.ErrMalformed
}

// planAsked plans for a table, and returns what the family was given.
func planAsked(t *testing.T, s *metadata.Signing) (algorithm.Trust, error) {
	t.Helper()
	var trust algorithm.Trust
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{asked{&trust}}, Fetcher: noFetch{t}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Plan(verify.Artifact{
		Signature: []byte("given"), Variables: map[string]string{"name": "tool", "empty": "", "lines": "a\nb", "long": strings.Repeat("x", 2048)},
		ManifestFS: fstest.MapFS{},
	}, s)
	return trust, err
}

// TestPlanOffline: a document that a field names has to be fetched, although the
// signature is there.
func TestPlanOffline(t *testing.T) {
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{asked{new(algorithm.Trust)}}})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]error{"https://example.com/beside": verify.ErrNoFetcher, "": nil} {
		keys := map[string]any{"algorithm": "asked", "pubkey": "k"}
		if url != "" {
			keys["beside"] = url
		}
		s, err := metadata.NewSigning(keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Plan(verify.Artifact{Signature: []byte("given")}, s); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", url, err, want)
		}
	}
}

// TestPlanAsksTheFamily: which keys of a signing table there are, and what they
// hold, is the family's to say; the table alone knows only those of all.
func TestPlanAsksTheFamily(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for _, tt := range []struct {
		text string // behind an algorithm in line 2 and a key in line 3
		want error  // that is wrapped; nil for the table's own
		says string
	}{
		{"greting = 'x'", nil, `4: signing: unknown key "greting" (did you mean "greeting"?)`},
		{"Loud = true", nil, `4: signing: unknown key "Loud" (did you mean "loud"?)`},
		{"pubkeys = 'k'", nil, `4: signing: unknown key "pubkeys" (did you mean "pubkey"?)`},
		{"checksum = 'k'", nil, `4: signing: unknown key "checksum" (did you mean "checksums"?)`},
		{"sct = false", nil, `4: signing: unknown key "sct"`},
		{"trusted-comment = ''", nil, `4: signing: unknown key "trusted-comment"`},
		{"loud = true\n\"\\u001b\" = 1", nil, `5: signing: unknown key "\x1b"`},

		{"greeting = 1", nil, `4: signing: "greeting" must be a string, not a number`},
		{"greeting = ['x']", nil, `4: signing: "greeting" must be a string, not an array`},
		{"greeting = ' '", nil, `4: signing: "greeting" is empty`},
		{"greeting = \"a\\u0007\"", nil, `4: signing: "greeting" has control characters`},
		{"greeting = '" + long + "x'", nil, `4: signing: "greeting" has more than 1024 bytes`},
		{"greeting = '{ nam }'", nil, `4: signing: greeting: template: byte 0: no value for key "nam" (did you mean "name"?)`},
		{"greeting = '{ name'", nil, `4: signing: greeting: template: byte 0: unbalanced brace`},
		{"greeting = '{ empty }'", algorithm.ErrMalformed, `4: signing: greeting: malformed: "{ empty }" renders to the empty text`},
		{"greeting = '{ lines }'", algorithm.ErrMalformed, `4: signing: greeting: malformed: "{ lines }" renders to a text with control characters`},
		{"greeting = '{ long }{ long }{ name }'", algorithm.ErrTooLarge, `4: signing: greeting: too large: over 4096 bytes with its variables`},
		{"people = ['a', '{ empty }']", algorithm.ErrMalformed, `4: signing: people: malformed`},
		{"people = []", nil, `4: signing: "people" is empty`},
		{"people = [\n'a',\n1]", nil, `6: signing: "people[1]" must be a string, not a number`},
		{"people = ['a', '" + long + "x']", nil, `4: signing: "people[1]" has more than 1024 bytes`},
		{"people = [" + strings.Repeat("'a',", 65) + "]", nil, `4: signing: "people" has more than 64 elements`},
		{"beside = '{ name'", nil, `4: signing: beside: template: byte 0: unbalanced brace`},
		{"beside = true", nil, `4: signing: "beside" must be a string, not a boolean`},
		{"beside = 'http://example.com/x'", verify.ErrURL, `4: signing: beside: URL not allowed`},
		{"loud = 'yes'", nil, `4: signing: "loud" must be true or false, not a string`},
		{"charter = 'x'", nil, `4: signing: "charter" must be a table with file or url, not a string`},
		{"charter = { file = '/x' }", nil, `4: signing.charter: "file" must be a path below the document's folder`},
		{"charter = { url = 'https://example.com/x' }", algorithm.ErrUnsupported, `4: signing: charter: unsupported: a URL without sha256`},

		{"identity = 'x'", nil, `4: signing: "identity" must be a table, not a string`},
		{"identity = {}", nil, `4: signing: "identity" is empty`},
		{"identity = [{ issuer = 'x' }]", nil, `4: signing: "identity" must be a table, not an array`},
		{"identity = { invented = 'x' }", nil, `4: signing.identity: unknown key "invented"`},
		{"[signing.identity]\nisuer = 'x'", nil, `5: signing.identity: unknown key "isuer" (did you mean "issuer"?)`},
		{"[signing.identity]\nsubject-regex = 'x'", nil, `5: signing.identity: unknown key "subject-regex" (did you mean "subject-regexp"?)`},
		{"[signing.identity]\nissuer = ''", nil, `5: signing.identity: "issuer" is empty`},
		{"[signing.identity]\nissuer = 'x'\nissuer-regexp = 'x'", nil, `6: signing.identity: both "issuer" and "issuer-regexp"`},
		{"[signing.identity]\nissuer = '" + long + "x'", nil, `5: signing.identity: "issuer" has more than 1024 bytes`},
		{"[signing.identity]\nissuer-regexp = '" + long[:513] + "'", nil, `5: signing.identity: "issuer-regexp" has more than 512 bytes`},
		{"[signing.identity]\nissuer-regexp = '[{ name }]'", algorithm.ErrMalformed, `5: signing.identity: issuer-regexp: malformed`},
		{"[signing.identity]\nissuer-regexp = '{ empty }'", algorithm.ErrMalformed, `5: signing.identity: issuer-regexp: malformed`},
		{"[signing.identity]\nissuer-regexp = '{ long }{ long }{ long }'", algorithm.ErrTooLarge, `5: signing.identity: issuer-regexp: too large`},
		{"[signing.identity]\nissuer = '{ empty }'", algorithm.ErrMalformed, `5: signing.identity: issuer: malformed`},
		{"labels = [{ a = 'x' }, {}]", nil, `4: signing: "labels[1]" is empty`},
		{"labels = [{ a = 'x' }, { b = 1 }]", nil, `4: signing.labels[1]: "b" must be a string, not a number`},
		{"labels = [" + strings.Repeat("{ a = 'x' },", 65) + "]", nil, `4: signing: "labels" has more than 64 elements`},
	} {
		s, err := metadata.ParseAt("t.toml", []byte("[signing]\nalgorithm = 'asked'\npubkey = 'k'\n"+tt.text+"\n"), "signing")
		if err != nil {
			t.Errorf("%s\n%v", tt.text, err)
			continue
		}
		_, err = planAsked(t, s)
		var typed *verify.Error
		var table *metadata.Error
		if !errors.As(err, &typed) || typed.Stage != "plan" || typed.URL != "" || !errors.As(err, &table) || table.Line == 0 || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s\ngot %#v, want an error of the table around %v", tt.text, err, tt.want)
			continue
		}
		if !strings.HasPrefix(err.Error(), "plan: t.toml:"+tt.says) || len(err.Error()) >= 500 {
			t.Errorf("%s\ngot  %v\nwant plan: t.toml:%s", tt.text, err, tt.says)
		}
	}
}

// TestPlanHandsOver: what is good arrives, rendered, and of a table from Go as
// of one from a document.
func TestPlanHandsOver(t *testing.T) {
	long := strings.Repeat("x", 1024)
	parsed, err := metadata.ParseAt("t.toml", []byte(`
[signing]
algorithm = "asked"
pubkey = "k"
keys = ["l"]
greeting = "hello { name }"
people = ["`+long+`", "{ name }"]
beside = "https://example.com/{ name }"
loud = true
labels = [{ a = "x" }, { "any name" = "{ name }" }]
identity = { issuer = "`+long+`", subject-regexp = "`+long[:512]+`" }
`), "signing")
	if err != nil {
		t.Fatal(err)
	}
	made, err := metadata.NewSigning(map[string]any{
		"algorithm": "asked", "pubkey": "k", "keys": []string{"l"},
		"greeting": "hello { name }", "people": []any{long, "{ name }"}, "beside": "https://example.com/{ name }", "loud": true,
		"labels":   []any{map[string]any{"a": "x"}, map[string]any{"any name": "{ name }"}},
		"identity": map[string]any{"issuer": long, "subject-regexp": long[:512]},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := algorithm.Trust{
		PublicKeys: []string{"k", "l"},
		Values: map[string]algorithm.Value{
			"greeting": {Text: "hello tool"},
			"people":   {Texts: []string{long, "tool"}},
			"beside":   {Text: "https://example.com/tool"},
			"loud":     {Truth: true},
			"labels":   {Tables: [][]algorithm.Claim{{{Field: "a", Value: "x"}}, {{Field: "any name", Value: "tool"}}}},
			"identity": {Tables: [][]algorithm.Claim{{{Field: "issuer", Value: long}, {Field: "subject", Value: long[:512], Regexp: true}}}},
		},
	}
	for name, s := range map[string]*metadata.Signing{"document": parsed, "Go": made} {
		if got, err := planAsked(t, s); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}

	// What a family doesn't know is refused without a line, too.
	broken, err := metadata.NewSigning(map[string]any{"algorithm": "asked", "pubkey": "k", "greting": "x"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = planAsked(t, broken)
	if want := `plan: signing table: unknown key "greting" (did you mean "greeting"?)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
