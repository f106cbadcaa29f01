package cosign_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// A realCase is a signature of a public project, with what is known of it.
type realCase struct {
	signature []byte
	artifact  []byte // nil where only the digests are known

	Issuer, Subject string
	PredicateType   string `json:"predicate_type"`
	Subjects        []realSubject
}

// A realSubject is an artifact's name and its digests.
type realSubject struct {
	name    string
	digests map[string]string
}

func (s *realSubject) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.name, &s.digests})
}

// realFile reads one of the files with real material, which are beside the
// repository only.
func realFile(t *testing.T, elem ...string) []byte {
	t.Helper()
	name, ok := testkeys.Shared(t, append([]string{"real"}, elem...)...)
	if !ok {
		t.Skipf("no %s beside the repository", filepath.Join(elem...))
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func findReal(t *testing.T, name string) *realCase {
	t.Helper()
	c := &realCase{signature: realFile(t, "cases", name, "bundle.json")}
	if err := json.Unmarshal(realFile(t, "cases", name, "facts.json"), c); err != nil {
		t.Fatal(err)
	}
	if file, ok := testkeys.Shared(t, "real", "cases", name, "artifact"); ok {
		c.artifact = read(t, file)
	}
	return c
}

func realRoot(t *testing.T, name string) *cosign.TrustedRoot {
	t.Helper()
	return parseRoot(t, realFile(t, "roots", name))
}

// trust demands the signer, and no more.
func (c *realCase) trust() algorithm.Trust {
	return declare("identity", signedBy(c.Issuer, c.Subject))
}

// verify judges the artifact, or its n-th SHA-256 where there is only that.
func (c *realCase) verify(t *testing.T, a cosign.Algorithm, trust algorithm.Trust, n int) (*algorithm.Evidence, error) {
	t.Helper()
	if c.artifact != nil {
		return verifyAll(a, trust, c.signature, c.artifact)
	}
	var sums []string
	for _, s := range c.Subjects {
		if sum, ok := s.digests["sha256"]; ok {
			sums = append(sums, sum)
		}
	}
	return verifyDigest(t, a, trust, c.signature, sums[n])
}

func verifyDigest(t *testing.T, a cosign.Algorithm, trust algorithm.Trust, signature []byte, sum string) (*algorithm.Evidence, error) {
	t.Helper()
	digest, err := algorithm.ParseDigest("sha256:" + sum)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier(a, trust, signature)
	if err != nil {
		return nil, err
	}
	return byDigests(v, digest)
}

// TestRealInstances: no table has to say which instance signed, and none
// vouches for what another issued.
func TestRealInstances(t *testing.T) {
	for name, test := range map[string]struct{ instance, builder, source string }{
		"provenance-wheel": {"GitHub", "https://github.com/actions/runner/github-hosted", "git+https://github.com/actions/attest-demo@refs/heads/main"},
		"github-instance": {
			"GitHub", "https://github.com/neverendingsupport/slsa-attestations/.github/workflows/attest.yml@9f6d9dc1bfc02986955721eb15f89ad618f1cedb",
			"git+https://github.com/neverendingsupport/nes-java-test-lib-a@refs/tags/nes-v1.0.12",
		},
		"provenance-npm": {"public-good", "https://github.com/actions/runner/github-hosted", "git+https://github.com/sigstore/sigstore-js@refs/heads/main"},
		"slsa-go-v2.1.0": {
			"public-good", "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v2.1.0",
			"git+https://github.com/slsa-framework/example-package@refs/tags/v14.2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := findReal(t, name)
			own, other := "github.json", "public-good.json"
			if test.instance != "GitHub" {
				own, other = other, own
			}
			joined, err := cosign.JoinTrustedRoots(realRoot(t, other), realRoot(t, own))
			if err != nil {
				t.Fatal(err)
			}
			for _, root := range []*cosign.TrustedRoot{realRoot(t, own), realRoot(t, "both.jsonl"), joined} {
				e, err := c.verify(t, cosign.Algorithm{TrustedRoot: root}, c.trust(), 0)
				if err != nil {
					t.Fatal(err)
				}
				if e.TrustedRoot.Name != test.instance || e.TrustedRoot.FromTable || len(e.Timestamps)+len(e.LogEntries) == 0 {
					t.Errorf("evidence %+v, %+v", e, e.TrustedRoot)
				}
				if e.Details["predicate-type"] != c.PredicateType || e.Details["builder-id"] != test.builder || e.Details["source"] != test.source {
					t.Errorf("details %q", e.Details)
				}
				for _, l := range e.LogEntries {
					if l.Log != "https://rekor.sigstore.dev" || !strings.HasPrefix(l.URL, "https://search.sigstore.dev/?logIndex=") {
						t.Errorf("log entry %+v", l)
					}
				}
			}
			if _, err := c.verify(t, cosign.Algorithm{TrustedRoot: realRoot(t, other)}, c.trust(), 0); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("by the other's root: got %v, want %v", err, algorithm.ErrInvalid)
			}
		})
	}
}

// TestRealPredicate: what a package index attests isn't what a publisher does.
func TestRealPredicate(t *testing.T) {
	c := findReal(t, "other-predicate-publish")
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "public-good.json")}
	if _, err := c.verify(t, a, c.trust(), 0); !errors.Is(err, algorithm.ErrPredicate) {
		t.Errorf("unnamed: got %v, want %v", err, algorithm.ErrPredicate)
	}
	for _, types := range [][]string{{c.PredicateType}, {"https://a.example", c.PredicateType}} {
		if _, err := c.verify(t, a, testkeys.With(c.trust(), "predicate-type", types), 0); err != nil {
			t.Error(err)
		}
	}
}

// corpusRoot is the changed trusted root of a case.
func corpusRoot(t *testing.T, c testkeys.Case, without ...string) []byte {
	t.Helper()
	return rootWith(t, c.Trust.Values["trusted-root"].Content, func(r map[string]any) {
		for _, list := range without {
			delete(r, list)
		}
	})
}

// TestDemandedAsIssued: an instance without logs needs no entry in them, but
// always a time; and what is there must be right.
func TestDemandedAsIssued(t *testing.T) {
	for _, test := range []struct {
		name    string
		without []string // of the trusted root
		field   string   // of the table, true
		of      string
		want    error
	}{
		{"a timestamp, and a log that is there", nil, "", "open-ed25519-cert-tsa", algorithm.ErrInvalid},
		{"a timestamp, and no log", []string{"tlogs"}, "", "open-ed25519-cert-tsa", nil},
		{"a timestamp, and a log demanded", []string{"tlogs"}, "transparency-log", "open-ed25519-cert-tsa", algorithm.ErrInvalid},
		{"no time", []string{"tlogs", "timestampAuthorities"}, "", "open-ed25519-cert-tsa", algorithm.ErrInvalid},
		{"an entry, and no log", []string{"tlogs"}, "", "ok-first-r1", algorithm.ErrInvalid},
		{"no SCT, and a log for it", nil, "", "neg-no-sct", algorithm.ErrInvalid},
		{"no SCT, and no log", []string{"ctlogs"}, "", "neg-no-sct", nil},
		{"no SCT, and one demanded", []string{"ctlogs"}, "sct", "neg-no-sct", algorithm.ErrInvalid},
		{"an SCT, and no log", []string{"ctlogs"}, "", "ok-first-r2tsa", algorithm.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", test.of)
			root := parseRoot(t, corpusRoot(t, c, test.without...))
			trust := declare("identity", c.Trust.Values["identity"].Tables[0])
			if test.field != "" {
				trust = testkeys.With(trust, test.field, true)
			}
			life := certificateOf(t, c.Signature)
			a := cosign.Algorithm{TrustedRoot: root, Time: func() time.Time { return life.NotBefore }}
			e, err := verifyAll(a, trust, c.Signature, c.Artifact)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err == nil && len(e.NotChecked) == 0 {
				t.Errorf("evidence %+v", e)
			}
		})
	}
}

// TestInstancesAreNotMixed: one instance's authority and another's log or
// timestamp authority vouch for nothing.
func TestInstancesAreNotMixed(t *testing.T) {
	for name, elsewhere := range map[string]string{
		"ok-first-r1": "tlogs", "ok-first-r2tsa": "timestampAuthorities", "ok-kl-gha-r2tsa-ecdsa-sha2-384-nistp384": "tlogs", "ok-kl2-old": "ctlogs",
	} {
		c := testkeys.Find(t, "cosign", name)
		one := corpusRoot(t, c, elsewhere)
		rest := corpusRoot(t, c, slices.DeleteFunc([]string{"certificateAuthorities", "tlogs", "timestampAuthorities", "ctlogs"}, func(s string) bool { return s == elsewhere })...)
		whole := corpusRoot(t, c)
		trust := declare("identity", c.Trust.Values["identity"].Tables[0])
		for _, order := range [][][]byte{{one, rest}, {rest, one}} {
			a := cosign.Algorithm{TrustedRoot: parseRoot(t, bytes.Join(order, []byte("\n")))}
			if _, err := verifyAll(a, trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s: got %v, want %v", name, err, algorithm.ErrInvalid)
			}
			// Beside one that has both, neither hurts.
			a.TrustedRoot = parseRoot(t, bytes.Join(append(order, whole), []byte("\n")))
			if e, err := verifyAll(a, trust, c.Signature, c.Artifact); err != nil || e.TrustedRoot.SHA256 != sum(whole) {
				t.Errorf("%s: beside the whole: %v", name, err)
			}
		}
	}
}

// TestInstancesByKey: a key's signature is judged by the instance that knows its
// log or its timestamp, and by no instance where it has neither.
func TestInstancesByKey(t *testing.T) {
	for name, want := range map[string]bool{"ok-key-p256-r1": true, "ok-key-p256-tsa": true, "ok-key-p256-none": false} {
		c := testkeys.Find(t, "cosign", name)
		own := testkeys.Find(t, "cosign", "ok-key-p256-r1").Trust.Values["trusted-root"].Content
		trust := algorithm.Trust{PublicKeys: c.Trust.PublicKeys}
		for _, texts := range [][][]byte{{own, publicGoodRoot(t)}, {publicGoodRoot(t), own}} {
			a := cosign.Algorithm{TrustedRoot: parseRoot(t, bytes.Join(texts, []byte("\n")))}
			e, err := verifyAll(a, trust, c.Signature, c.Artifact)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if (e.TrustedRoot != nil) != want || want && e.TrustedRoot.SHA256 != sum(bytes.TrimSpace(own)) {
				t.Errorf("%s: %+v", name, e.TrustedRoot)
			}
		}
	}
	c := testkeys.Find(t, "cosign", "ok-key-p256-r1")
	a := cosign.Algorithm{TrustedRoot: parseRoot(t, publicGoodRoot(t))}
	if _, err := verifyAll(a, algorithm.Trust{PublicKeys: c.Trust.PublicKeys}, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a strange log: got %v, want %v", err, algorithm.ErrInvalid)
	}
	other := testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust.PublicKeys
	if _, err := verifyAll(cosign.Algorithm{}, testkeys.With(c.Trust, "transparency-log", true), c.Signature, c.Artifact); err != nil {
		t.Error(err)
	}
	trust := testkeys.With(c.Trust, "transparency-log", true)
	trust.PublicKeys = other
	if _, err := verifyAll(cosign.Algorithm{}, trust, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another key than the entry's: got %v, want %v", err, algorithm.ErrInvalid)
	}
}

func TestSeveralRoots(t *testing.T) {
	one := corpusRoot(t, testkeys.Find(t, "cosign", "ok-first-r2tsa"))
	two := publicGoodRoot(t)
	line := func(n int, text []byte) []byte { return bytes.Repeat(append(bytes.TrimSpace(text), '\n'), n) }
	many := func(list string) []byte {
		return rootWith(t, one, func(r map[string]any) { r[list] = slices.Repeat(r[list].([]any)[:1], 33) })
	}
	logs := rootWith(t, one, func(r map[string]any) { delete(r, "timestampAuthorities"); delete(r, "ctlogs") })
	manyLogs := func(many, ofCertificates int) []byte {
		return line(1, rootWith(t, one, func(r map[string]any) {
			var list []any
			for n := range many {
				log := maps.Clone(r["tlogs"].([]any)[0].(map[string]any))
				log["logId"] = map[string]any{"keyId": []byte{byte(n)}}
				list = append(list, log)
			}
			r["tlogs"], r["ctlogs"] = list, list[:ofCertificates]
		}))
	}
	named := func(name string) []byte {
		return rootWith(t, one, func(r map[string]any) {
			r["tlogs"].([]any)[0].(map[string]any)["baseUrl"] = "https://example.com/" + name
		})
	}
	for name, test := range map[string]struct {
		text []byte
		want error
	}{
		"two":                   {slices.Concat(line(1, one), line(1, two)), nil},
		"two in one line":       {slices.Concat(one, two), nil},
		"blank lines":           {slices.Concat(line(1, one), []byte("\r\n\n"), line(1, two)), nil},
		"written in lines":      {pretty(t, one), nil},
		"two written in lines":  {slices.Concat(pretty(t, one), pretty(t, two)), nil},
		"16":                    {line(16, logs), nil},
		"17":                    {line(17, logs), algorithm.ErrTooLarge},
		"66 authorities":        {line(2, many("certificateAuthorities")), algorithm.ErrTooLarge},
		"64 logs":               {slices.Concat(manyLogs(31, 0), manyLogs(32, 1)), nil},
		"65 logs":               {slices.Concat(manyLogs(32, 0), manyLogs(33, 0)), algorithm.ErrTooLarge},
		"65 logs of both kinds": {slices.Concat(manyLogs(32, 0), manyLogs(32, 1)), algorithm.ErrTooLarge},
		"nothing":               {nil, algorithm.ErrMalformed},
		"blanks":                {[]byte("\n\n"), algorithm.ErrMalformed},
		"the second broken":     {slices.Concat(line(1, one), []byte(`{"tlogs":{}}`)), algorithm.ErrMalformed},
		"the second cut":        {slices.Concat(line(1, one), two[:len(two)/2]), algorithm.ErrMalformed},
		"something behind":      {slices.Concat(line(1, one), []byte("]")), algorithm.ErrMalformed},
		"a list":                {slices.Concat([]byte("["), one, []byte("]")), algorithm.ErrMalformed},
		"blanks before":         {slices.Concat([]byte(" \t\r\n"), line(2, one)), nil},
		"brackets in a text":    {line(2, named(`]}"{[\`)), nil},
		"ends in a text":        {line(2, named("]}]}]}]}")), nil},
		"beginnings in a text":  {line(2, named("{{{{")), nil},
		"other blanks between":  {slices.Concat(line(1, one), []byte("\f\v"), line(1, two)), algorithm.ErrMalformed},
		"other blanks behind":   {slices.Concat(line(2, one), []byte("\u00a0")), algorithm.ErrMalformed},
		"a comma between":       {slices.Concat(one, []byte(","), two), algorithm.ErrMalformed},
		"nothing between":       {slices.Concat(one, []byte("null"), two), algorithm.ErrMalformed},
		"a text before":         {slices.Concat([]byte(`"{}"`), line(2, one)), algorithm.ErrMalformed},
		"other brackets":        {slices.Concat(line(1, one), []byte(`{"tlogs":[}]`)), algorithm.ErrMalformed},
		"nothing but ends":      {bytes.Repeat([]byte("]"), 17), algorithm.ErrMalformed},
		"a text that is cut":    {slices.Concat(line(1, one), []byte(`{"}\"`)), algorithm.ErrMalformed},
		"many values in all":    {slices.Repeat([]byte(`{"tlogs":[]}`), 10000), algorithm.ErrTooLarge},
		"the second of no type": {slices.Concat(line(1, one), []byte(`{}`)), algorithm.ErrMalformed},
	} {
		if _, err := cosign.ParseTrustedRoot(test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	broken := []byte(`{"tlogs":{}}`)
	for number, text := range map[string][]byte{"": broken, "number 1: ": slices.Concat(broken, one), "number 2: ": slices.Concat(one, broken)} {
		_, err := cosign.ParseTrustedRoot(text)
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.HasPrefix(err.Error(), "trusted root: "+number) || strings.Contains(err.Error(), "number ") != (number != "") {
			t.Errorf("%q: %v", number, err)
		}
	}
	// Of too many, the rest isn't parsed.
	tiny := []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
	var err error
	used := allocated(func() { _, err = cosign.ParseTrustedRoot(line(10000, tiny)) })
	if !errors.Is(err, algorithm.ErrTooLarge) || used > 8<<20 {
		t.Errorf("10000: %v, %d bytes allocated", err, used)
	}
}

func pretty(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJoinTrustedRoots(t *testing.T) {
	one, two := parseRoot(t, corpusRoot(t, testkeys.Find(t, "cosign", "ok-first-r2tsa"))), parseRoot(t, publicGoodRoot(t))
	if _, err := cosign.JoinTrustedRoots(); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("none: got %v, want %v", err, algorithm.ErrMalformed)
	}
	if _, err := cosign.JoinTrustedRoots(nil, nil); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("nil: got %v, want %v", err, algorithm.ErrMalformed)
	}
	if some, err := cosign.JoinTrustedRoots(nil, one, nil); err != nil || cosign.Instances(some) != 1 {
		t.Errorf("one beside nil: %v", err)
	}
	joined, err := cosign.JoinTrustedRoots(slices.Repeat([]*cosign.TrustedRoot{one, two}, 40)...)
	if err != nil || cosign.Instances(joined) != 2 {
		t.Errorf("the same again: %v", err)
	}
	many := []*cosign.TrustedRoot{}
	for n := range 17 {
		many = append(many, parseRoot(t, append([]byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`), bytes.Repeat([]byte(" "), n)...)))
	}
	if _, err := cosign.JoinTrustedRoots(many[:16]...); err != nil {
		t.Errorf("16: %v", err)
	}
	if _, err := cosign.JoinTrustedRoots(many...); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("17: got %v, want %v", err, algorithm.ErrTooLarge)
	}
	if c := testkeys.Find(t, "cosign", "ok-first-r2tsa"); true {
		for _, a := range []cosign.Algorithm{{TrustedRoot: &cosign.TrustedRoot{}}, {TrustedRoot: &cosign.TrustedRoot{}, MaxRootAge: 1}} {
			if _, err := a.Key(testkeys.Without(c.Trust, "trusted-root")); !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("one of nobody: got %v, want %v", err, algorithm.ErrUnsupported)
			}
		}
	}
}

// TestTableRootOfProgram: a table may choose among what the program trusts
// anyway, and so no other vouches for it.
func TestTableRootOfProgram(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	own := c.Trust.Values["trusted-root"].Content
	both, err := cosign.JoinTrustedRoots(parseRoot(t, own), parseRoot(t, publicGoodRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	a := cosign.Algorithm{TrustedRoot: both}
	if e, err := verifyAll(a, c.Trust, c.Signature, c.Artifact); err != nil || e.TrustedRoot.FromTable {
		t.Errorf("its own: %+v, %v", e, err)
	}
	other := testkeys.With(c.Trust, "trusted-root", publicGoodRoot(t))
	if _, err := verifyAll(a, other, c.Signature, c.Artifact); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another of them: got %v, want %v", err, algorithm.ErrInvalid)
	}
	a.AllowTableRoot = true
	lines := testkeys.With(c.Trust, "trusted-root", slices.Concat(publicGoodRoot(t), []byte("\n"), own))
	if e, err := verifyAll(a, lines, c.Signature, c.Artifact); err != nil || !e.TrustedRoot.FromTable {
		t.Errorf("several: %+v, %v", e, err)
	}
}

func TestMaxRootAge(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	text := c.Trust.Values["trusted-root"].Content
	repository := newTUFRepository(t, text)
	fetched, err := cosign.FetchTrustedRoot(context.Background(), cosign.TUFOptions{Mirror: repository.URL, Root: repository.Initial})
	if err != nil {
		t.Fatal(err)
	}
	both, err := cosign.JoinTrustedRoots(fetched, parseRoot(t, publicGoodRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := cosign.JoinTrustedRoots(parseRoot(t, text), fetched)
	if err != nil {
		t.Fatal(err)
	}
	trust := testkeys.Without(c.Trust, "trusted-root")
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		root       *cosign.TrustedRoot
		trust      algorithm.Trust
		limit, age time.Duration
		want       error
	}{
		"young enough":            {fetched, trust, day, day, nil},
		"too old":                 {fetched, trust, day, day + time.Second, algorithm.ErrRootStale},
		"no limit":                {fetched, trust, 0, 1000 * day, nil},
		"parsed, no limit":        {parseRoot(t, text), trust, 0, 0, nil},
		"parsed":                  {parseRoot(t, text), trust, 1000 * day, 0, algorithm.ErrRootStale},
		"parsed beside":           {both, trust, day, 0, algorithm.ErrRootStale},
		"parsed and fetched":      {again, trust, day, 0, nil},
		"the table's, of nobody":  {nil, c.Trust, day, 1000 * day, nil},
		"the table's, of ours":    {both, c.Trust, day, day, nil},
		"the table's, too old":    {both, c.Trust, day, 2 * day, algorithm.ErrRootStale},
		"just after now":          {fetched, trust, day, -5 * time.Minute, nil},
		"from the future (clock)": {fetched, trust, day, -5*time.Minute - time.Second, algorithm.ErrRootStale},
		"the future, no limit":    {fetched, trust, 0, -day, nil},
	} {
		a := cosign.Algorithm{TrustedRoot: test.root, MaxRootAge: test.limit, Time: func() time.Time { return fetched.Fetched().Add(test.age) }}
		_, err := verifyAll(a, test.trust, c.Signature, c.Artifact)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := (cosign.Algorithm{TrustedRoot: both, MaxRootAge: day}).Key(trust); err == nil || !strings.Contains(err.Error(), "wasn't fetched") {
		t.Errorf("parsed beside: %v", err)
	}
	now := fetched.Fetched()
	kept, err := (cosign.Algorithm{TrustedRoot: fetched, MaxRootAge: day, Time: func() time.Time { return now }}).Key(trust)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{nil, algorithm.ErrRootStale} { // at once, and much later
		if _, err := kept.Verifier(t.Context(), c.Signature); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("a kept key at %s: %v, want %v", now, err, want)
		}
		now = now.Add(day + time.Second)
	}
	if !both.Fetched().IsZero() || fetched.Fetched().IsZero() {
		t.Errorf("fetched at %s, and with another at %s", fetched.Fetched(), both.Fetched())
	}
}
