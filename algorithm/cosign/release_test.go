package cosign_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// released demands a release on GitHub.
func released(repository, tag string) algorithm.Trust {
	return declare("release", []algorithm.Claim{{Field: "repository", Value: repository}, {Field: "tag", Value: tag}})
}

// TestRealRelease has one real attestation of a release, of five assets.
func TestRealRelease(t *testing.T) {
	c := findReal(t, "release-communique")
	gitHub := cosign.Algorithm{TrustedRoot: realRoot(t, "github.json")}
	right := released("jdx/communique", "v0.1.9")
	for n := range 3 {
		for _, a := range []cosign.Algorithm{gitHub, {TrustedRoot: realRoot(t, "both.jsonl")}} {
			for _, trust := range []algorithm.Trust{right, released("https://github.com/jdx/communique", "v0.1.9")} {
				e, err := c.verify(t, a, trust, n)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]string{
					"form": "attestation", "predicate-type": "https://in-toto.io/attestation/release/v0.2", "subjects": "6",
					"repository": "jdx/communique", "tag": "v0.1.9",
				}
				if !maps.Equal(e.Details, want) || e.TrustedRoot.Name != "GitHub" || len(e.Timestamps) != 1 || e.FileName == "" ||
					!slices.ContainsFunc(e.NotChecked, contains("who built the assets: GitHub vouches")) {
					t.Errorf("evidence %+v", e)
				}
			}
		}
	}
	identity := func(issuer string, regexp bool) algorithm.Trust {
		return declare("identity", []algorithm.Claim{
			{Field: "issuer", Value: issuer, Regexp: regexp}, {Field: "subject", Value: "https://dotcom.releases.github.com"},
		})
	}
	named := func(trust algorithm.Trust) algorithm.Trust {
		return testkeys.With(trust, "predicate-type", []string{c.PredicateType})
	}
	publicGood := cosign.Algorithm{TrustedRoot: realRoot(t, "public-good.json")}
	for name, test := range map[string]struct {
		algorithm cosign.Algorithm
		trust     algorithm.Trust
		want      error
	}{
		"another repository":        {gitHub, released("jdx/communiqu", "v0.1.9"), algorithm.ErrIdentity},
		"a longer one":              {gitHub, released("jdx/communique2", "v0.1.9"), algorithm.ErrIdentity},
		"another owner":             {gitHub, released("jdy/communique", "v0.1.9"), algorithm.ErrIdentity},
		"in capitals":               {gitHub, released("jdx/Communique", "v0.1.9"), algorithm.ErrIdentity},
		"another tag":               {gitHub, released("jdx/communique", "v0.1.90"), algorithm.ErrIdentity},
		"a tag in capitals":         {gitHub, released("jdx/communique", "V0.1.9"), algorithm.ErrIdentity},
		"a tag without v":           {gitHub, released("jdx/communique", "0.1.9"), algorithm.ErrIdentity},
		"the public-good root":      {publicGood, right, algorithm.ErrInvalid},
		"without root":              {cosign.Algorithm{}, right, algorithm.ErrUnsupported},
		"a log demanded":            {gitHub, testkeys.With(right, "transparency-log", true), algorithm.ErrInvalid},
		"an SCT demanded":           {gitHub, testkeys.With(right, "sct", true), algorithm.ErrInvalid},
		"waivers":                   {gitHub, testkeys.With(testkeys.With(right, "sct", false), "transparency-log", false), nil},
		"any predicate":             {cosign.Algorithm{TrustedRoot: gitHub.TrustedRoot, AllowAnyPredicate: true}, released("jdx/communique", "v2"), algorithm.ErrIdentity},
		"an identity, any issuer":   {gitHub, named(identity(".*", true)), algorithm.ErrMalformed},
		"an identity, some issuer":  {gitHub, named(identity("https://.*", true)), algorithm.ErrIdentity},
		"an identity, empty issuer": {gitHub, named(identity("x?", true)), algorithm.ErrIdentity},
		"an identity, no issuer":    {gitHub, named(declare("identity", identity("x", false).Values["identity"].Tables[0][1:])), algorithm.ErrMalformed},
	} {
		if _, err := c.verify(t, test.algorithm, test.trust, 0); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := verifyDigest(t, gitHub, right, c.signature, strings.Repeat("1", 64)); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another digest: got %v, want %v", err, algorithm.ErrInvalid)
	}
}

// TestReleaseTakesTimestamp: also a table that waives the log has to show when
// the release was signed, while its certificate is valid.
func TestReleaseTakesTimestamp(t *testing.T) {
	c := findReal(t, "release-communique")
	life := certificateOf(t, c.signature)
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "github.json"), Time: func() time.Time { return life.NotBefore.Add(time.Hour) }}
	c.signature = rootWith(t, c.signature, func(b map[string]any) {
		delete(b["verificationMaterial"].(map[string]any), "timestampVerificationData")
	})
	for _, trust := range []algorithm.Trust{
		released("jdx/communique", "v0.1.9"), testkeys.With(released("jdx/communique", "v0.1.9"), "transparency-log", false),
	} {
		if _, err := c.verify(t, a, trust, 0); !errors.Is(err, algorithm.ErrInvalid) || !strings.Contains(err.Error(), "proves when") {
			t.Errorf("got %v, want %v", err, algorithm.ErrInvalid)
		}
	}
}

// TestReleaseTakesGitHubRoot: another root with the same authority, or with a
// stranger beside GitHub's, could have anybody vouch for any repository.
func TestReleaseTakesGitHubRoot(t *testing.T) {
	c := findReal(t, "release-communique")
	own := realFile(t, "roots", "github.json")
	moved := rootWith(t, own, func(r map[string]any) {
		for _, ca := range r["certificateAuthorities"].([]any) {
			ca.(map[string]any)["uri"] = "https://ca.corp.example"
		}
	})
	right := released("jdx/communique", "v0.1.9")
	for name, test := range map[string]struct {
		root, table []byte
		want        error
	}{
		"GitHub's":               {own, nil, nil},
		"GitHub's of the table":  {nil, own, nil},
		"another's":              {moved, nil, algorithm.ErrIdentity},
		"another's of the table": {nil, moved, algorithm.ErrIdentity},
		"both":                   {slices.Concat(moved, []byte("\n"), own), nil, nil},
	} {
		var a cosign.Algorithm
		trust := right
		if test.root != nil {
			a.TrustedRoot = parseRoot(t, test.root)
		}
		if test.table != nil {
			trust = testkeys.With(trust, "trusted-root", test.table)
		}
		e, err := c.verify(t, a, trust, 0)
		if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), "GitHub's trusted root") {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err == nil && e.TrustedRoot.Name != "GitHub" {
			t.Errorf("%s: %+v", name, e.TrustedRoot)
		}
	}
}

// TestReleaseOfOthers: what somebody else signed is no release.
func TestReleaseOfOthers(t *testing.T) {
	wheel := findReal(t, "provenance-wheel")
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "both.jsonl")}
	if _, err := wheel.verify(t, a, released("actions/attest-demo", "v1"), 0); !errors.Is(err, algorithm.ErrIdentity) {
		t.Errorf("provenance: got %v, want %v", err, algorithm.ErrIdentity)
	}
	key := testkeys.Find(t, "cosign", "ok-key-p256-r1")
	if _, err := verifyAll(a, released("a/b", "v1"), key.Signature, key.Artifact); !errors.Is(err, algorithm.ErrIdentity) {
		t.Errorf("by key: got %v, want %v", err, algorithm.ErrIdentity)
	}
	plain := testkeys.Find(t, "cosign", "ok-key-p256-rawbin")
	if _, err := verifyAll(a, released("a/b", "v1"), plain.Signature, plain.Artifact); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("plain: got %v, want %v", err, algorithm.ErrMalformed)
	}
}

func TestReleaseDeclared(t *testing.T) {
	root := parseRoot(t, publicGoodRoot(t))
	good := released("a/b", "v1")
	claims := func(list ...algorithm.Claim) algorithm.Trust { return declare("release", list) }
	repository, tag := good.Values["release"].Tables[0][0], good.Values["release"].Tables[0][1]
	withKey := testkeys.With(good, "sct", false)
	withKey.PublicKeys = testkeys.Find(t, "cosign-keysig", "cosign2-ecdsa-p256").Trust.PublicKeys
	for name, test := range map[string]struct {
		trust algorithm.Trust
		want  error
	}{
		"right":                   {good, nil},
		"by URL":                  {released("https://github.com/A_b-c/d.e_f-1", "release/1.0"), nil},
		"with a key":              {withKey, algorithm.ErrMalformed},
		"with an identity":        {testkeys.With(good, "identity", signedBy("https://a", "b")), algorithm.ErrMalformed},
		"with a predicate type":   {testkeys.With(good, "predicate-type", []string{slsa1}), algorithm.ErrMalformed},
		"no tag":                  {claims(repository), algorithm.ErrMalformed},
		"no repository":           {claims(tag), algorithm.ErrMalformed},
		"nothing":                 {claims(), algorithm.ErrMalformed},
		"twice a tag":             {claims(repository, tag, tag), algorithm.ErrMalformed},
		"an unknown key":          {claims(repository, tag, algorithm.Claim{Field: "owner", Value: "a"}), algorithm.ErrUnsupported},
		"a pattern":               {claims(repository, algorithm.Claim{Field: "tag", Value: ".*", Regexp: true}), algorithm.ErrUnsupported},
		"an empty tag":            {released("a/b", ""), algorithm.ErrMalformed},
		"control characters":      {released("a/b", "v\x1b[2J"), algorithm.ErrMalformed},
		"a long tag":              {released("a/b", strings.Repeat("v", 4<<10+1)), algorithm.ErrTooLarge},
		"an owner alone":          {released("a", "v1"), algorithm.ErrMalformed},
		"a path":                  {released("a/b/c", "v1"), algorithm.ErrMalformed},
		"an empty name":           {released("a/", "v1"), algorithm.ErrMalformed},
		"a slash at the end":      {released("https://github.com/a/b/", "v1"), algorithm.ErrMalformed},
		"another host":            {released("https://gitlab.com/a/b", "v1"), algorithm.ErrMalformed},
		"a host that begins so":   {released("https://github.com.example/a/b", "v1"), algorithm.ErrMalformed},
		"another scheme":          {released("http://github.com/a/b", "v1"), algorithm.ErrMalformed},
		"a query":                 {released("https://github.com/a/b?c", "v1"), algorithm.ErrMalformed},
		"a line feed at the end":  {released("a/b\n", "v1"), algorithm.ErrMalformed},
		"the prefix twice":        {released("https://github.com/https://github.com/a/b", "v1"), algorithm.ErrMalformed},
		"characters of no GitHub": {released("a/bé", "v1"), algorithm.ErrMalformed},
	} {
		key, err := cosign.Algorithm{TrustedRoot: root}.Key(test.trust)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if name == "right" && !slices.Equal(key.IDs(), []string{"release=https://github.com/a/b@v1"}) {
			t.Errorf("%s: %q", name, key.IDs())
		}
	}
}
