package cosign_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	x509pkix "crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// demanding wants exactly this name and this version, each where it isn't empty.
func demanding(trust algorithm.Trust, name, version string) algorithm.Trust {
	trust.Bind = func(gotName, gotVersion string) error {
		switch {
		case name != "" && gotName != name:
			return fmt.Errorf("%w: %q and not %q", algorithm.ErrNameMismatch, gotName, name)
		case version != "" && gotVersion != version:
			return fmt.Errorf("%w: %q and not %q", algorithm.ErrVersionMismatch, gotVersion, version)
		}
		return nil
	}
	return trust
}

func TestBinds(t *testing.T) {
	all := testkeys.With(testkeys.With(testkeys.With(algorithm.Trust{}, "identity", signedBy("a", "b")), "certificate", "https://c"), "release", signedBy("a", "b")).Values
	for fields, want := range map[string][2]bool{
		"": {true, false}, "identity": {true, true}, "release": {true, true}, "identity certificate": {false, true}, "certificate": {false, false},
	} {
		values := map[string]algorithm.Value{}
		for _, name := range strings.Fields(fields) {
			values[name] = all[name]
		}
		if name, version := (cosign.Algorithm{}).Binds(values); name != want[0] || version != want[1] {
			t.Errorf("%q: name %v, version %v", fields, name, version)
		}
	}
}

// TestBindName: of the subjects the artifact is the one of that name, and what
// has no name doesn't do.
func TestBindName(t *testing.T) {
	a := newAttester(t)
	sum, other := sha256.Sum256(a.artifact), sha256.Sum256([]byte("other"))
	two := envelope(t, a.private, crypto.SHA256, inToto, statement(
		subject("tool-linux", "sha256", sum[:]), subject("tool-mac", "sha256", other[:]), subject("tool", "sha256", sum[:])))
	plain := testkeys.Find(t, "cosign", "ok-key-p256-none")
	for _, test := range []struct {
		named     string
		trust     algorithm.Trust
		signature []byte
		artifact  []byte
		want      error
	}{
		{"tool-linux", a.trust, two, a.artifact, nil},
		{"tool", a.trust, two, a.artifact, nil},
		{"tool-mac", a.trust, two, []byte("other"), nil},
		{"tool-mac", a.trust, two, a.artifact, algorithm.ErrNameMismatch},
		{"tool", a.trust, two, []byte("other"), algorithm.ErrNameMismatch},
		{"tool", a.trust, two, []byte("neither"), algorithm.ErrInvalid},
		{"Tool", a.trust, two, a.artifact, algorithm.ErrNameMismatch},
		{"linux", a.trust, two, a.artifact, algorithm.ErrNameMismatch},
		{"tool", plain.Trust, plain.Signature, plain.Artifact, algorithm.ErrNameMismatch},
	} {
		e, err := verifyAll(cosign.Algorithm{}, demanding(test.trust, test.named, ""), test.signature, test.artifact)
		if !errors.Is(err, test.want) || err == nil && (e.FileName != test.named || len(e.Notes) > 0) {
			t.Errorf("%.30q: %+v, %v, want %v", test.named, e, err, test.want)
		}
	}
	for name, signature := range map[string][]byte{"attestation": two, "plain": plain.Signature} {
		trust := map[string]algorithm.Trust{"attestation": a.trust, "plain": plain.Trust}[name]
		if _, err := verifier(cosign.Algorithm{}, demanding(trust, "x", ""), signature); !errors.Is(err, algorithm.ErrNameMismatch) {
			t.Errorf("%s, before the artifact: got %v, want %v", name, err, algorithm.ErrNameMismatch)
		}
		if _, err := verifier(cosign.Algorithm{}, demanding(trust, "", "1"), signature); !errors.Is(err, algorithm.ErrVersionMismatch) {
			t.Errorf("%s, by key alone: got %v, want %v", name, err, algorithm.ErrVersionMismatch)
		}
	}
	// What is demanded of the version alone says nothing of which name is meant.
	for _, trust := range []algorithm.Trust{a.trust, demanding(a.trust, "", "")} {
		e, err := verifyAll(cosign.Algorithm{}, trust, two, a.artifact)
		if err != nil || e.FileName != "" || !slices.ContainsFunc(e.Notes, contains("under 2 names")) {
			t.Errorf("%+v, %v", e, err)
		}
	}
}

// TestBindTold: of several subjects that one's reason is told that has the name.
func TestBindTold(t *testing.T) {
	r := newRuns(t)
	sum := sha256.Sum256(r.artifact)
	for _, names := range [][]string{{"a", "tool"}, {"tool", "a"}} {
		text := statement(subject(names[0], "sha256", sum[:]), subject(names[1], "sha256", sum[:]))
		old := r.bundle(t, r.attested(t, text), sourceRef("refs/tags/v1"))
		if _, err := verifier(r.algorithm, demanding(r.trust, "tool", "v2"), old); !errors.Is(err, algorithm.ErrVersionMismatch) {
			t.Errorf("%q: %v", names, err)
		}
	}
	long := demanding(r.trust, "", "")
	long.Bind = func(string, string) error {
		return fmt.Errorf("%w: \x1b%s", algorithm.ErrVersionMismatch, strings.Repeat("x", 5000))
	}
	_, err := verifier(r.algorithm, long, r.bundle(t, r.message(t), sourceRef("refs/tags/v1")))
	if !errors.Is(err, algorithm.ErrVersionMismatch) || len(err.Error()) >= 500 {
		t.Fatalf("%.600v", err)
	}
	testkeys.CheckShown(t, err.Error())
}

// runs are those of a workflow, of which one signs keyless.
type runs struct {
	artifact  []byte
	private   *ecdsa.PrivateKey
	fulcio    *fulcio
	trust     algorithm.Trust
	algorithm cosign.Algorithm
}

func newRuns(t *testing.T) *runs {
	t.Helper()
	r := &runs{artifact: []byte("artifact"), private: newECDSA(t, elliptic.P256()), fulcio: newFulcio(t)}
	r.trust = testkeys.With(testkeys.With(declare("identity", signedBy(pairIssuer, pairSubject)), "sct", false), "transparency-log", false)
	r.trust = testkeys.With(r.trust, "trusted-root", trustedRoot(t, r.fulcio))
	r.algorithm.Time = func() time.Time { return pairTime.Add(time.Minute) }
	return r
}

// sourceRef is the extension for the ref that the run was started for; "" is none.
func sourceRef(ref string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		if ref == "" {
			return
		}
		der, err := asn1.MarshalWithParams(ref, "utf8")
		if err != nil {
			panic(err)
		}
		c.ExtraExtensions = append(c.ExtraExtensions, x509pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 14}, Value: der})
	}
}

// workflowRef is the older extension for the same.
func workflowRef(ref string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, x509pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 6}, Value: []byte(ref)})
	}
}

// bundle is a content with a certificate.
func (r *runs) bundle(t *testing.T, content map[string]any, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	return r.bundleBy(t, pairSubject, content, change...)
}

func (r *runs) bundleBy(t *testing.T, subject string, content map[string]any, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	cert := r.fulcio.issue(t, r.private.Public(), subject, change...)
	b := map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{"certificate": map[string]any{"rawBytes": cert.Raw}},
	}
	maps.Copy(b, content)
	return marshal(t, b)
}

func (r *runs) message(t *testing.T) map[string]any {
	t.Helper()
	digest := sha256.Sum256(r.artifact)
	return map[string]any{"messageSignature": map[string]any{
		"messageDigest": map[string]any{"algorithm": "SHA2_256", "digest": digest[:]}, "signature": signDigest(t, r.private, digest[:]),
	}}
}

func dssePAE(statement string) []byte { return dsse.PAE(inToto, []byte(statement)) }

func (r *runs) attested(t *testing.T, statement string) map[string]any {
	t.Helper()
	message := sha256.Sum256(dssePAE(statement))
	return map[string]any{"dsseEnvelope": map[string]any{
		"payloadType": inToto, "payload": []byte(statement), "signatures": []any{map[string]any{"sig": signDigest(t, r.private, message[:])}},
	}}
}

// older is the JSON of cosign's --bundle, with a certificate.
func (r *runs) older(t *testing.T, change ...func(*x509.Certificate)) []byte {
	t.Helper()
	digest := sha256.Sum256(r.artifact)
	return marshal(t, map[string]any{"base64Signature": signDigest(t, r.private, digest[:]), "cert": certPEM(r.fulcio.issue(t, r.private.Public(), pairSubject, change...))})
}

// TestBindVersion: a signature of a run for another tag, or for none, is refused
// before the artifact, in whatever form it is.
func TestBindVersion(t *testing.T) {
	r := newRuns(t)
	sum := sha256.Sum256(r.artifact)
	text := statement(subject("tool", "sha256", sum[:]))
	type change = []func(*x509.Certificate)
	for name, test := range map[string]struct {
		change  change
		version string
		want    error // where v1.2.3 is demanded
	}{
		"the tag":                  {change{sourceRef("refs/tags/v1.2.3")}, "v1.2.3", nil},
		"an older tag":             {change{sourceRef("refs/tags/v1.2.2")}, "v1.2.2", algorithm.ErrVersionMismatch},
		"a branch":                 {change{sourceRef("refs/heads/main")}, "", algorithm.ErrVersionMismatch},
		"a branch like it":         {change{sourceRef("refs/heads/v1.2.3")}, "", algorithm.ErrVersionMismatch},
		"no ref":                   {nil, "", algorithm.ErrVersionMismatch},
		"the tag alone":            {change{sourceRef("v1.2.3")}, "", algorithm.ErrVersionMismatch},
		"more before it":           {change{sourceRef("x/refs/tags/v1.2.3")}, "", algorithm.ErrVersionMismatch},
		"an empty tag":             {change{sourceRef("refs/tags/")}, "", algorithm.ErrVersionMismatch},
		"a tag with a space":       {change{sourceRef("refs/tags/v1.2.3 x")}, "", algorithm.ErrVersionMismatch},
		"a tag that can't be seen": {change{sourceRef("refs/tags/v1.2.3\u200b")}, "", algorithm.ErrVersionMismatch},
		"a long tag":               {change{sourceRef("refs/tags/" + strings.Repeat("v", 1025))}, "", algorithm.ErrVersionMismatch},
		"a tag of a project":       {change{sourceRef("refs/tags/tool/v1.2.3")}, "tool/v1.2.3", algorithm.ErrVersionMismatch},
		"the older field":          {change{workflowRef("refs/tags/v1.2.3")}, "v1.2.3", nil},
		"an older tag in that":     {change{workflowRef("refs/tags/v1.2.2")}, "v1.2.2", algorithm.ErrVersionMismatch},
		"both, which differ":       {change{sourceRef("refs/heads/main"), workflowRef("refs/tags/v1.2.3")}, "", algorithm.ErrVersionMismatch},
	} {
		for form, signature := range map[string][]byte{
			"message":     r.bundle(t, r.message(t), test.change...),
			"attestation": r.bundle(t, r.attested(t, text), test.change...),
			"older":       r.older(t, test.change...),
			"lines":       jsonLines(t, string(r.bundle(t, r.message(t), test.change...)), string(r.bundle(t, r.attested(t, text), test.change...))),
		} {
			e, err := verifyAll(r.algorithm, r.trust, signature, r.artifact)
			if err != nil || e.Version != test.version {
				t.Errorf("%s, %s: %+v, %v", name, form, e, err)
			}
			bound := demanding(r.trust, "", "v1.2.3")
			if e, err = verifyAll(r.algorithm, bound, signature, r.artifact); !errors.Is(err, test.want) || err == nil && e.Version != "v1.2.3" {
				t.Errorf("%s, %s: %+v, %v, want %v", name, form, e, err, test.want)
			}
			if _, err := verifier(r.algorithm, bound, signature); !errors.Is(err, test.want) {
				t.Errorf("%s, %s, before the artifact: %v, want %v", name, form, err, test.want)
			}
		}
	}
}

// TestBindSubjectRef: the ref in the subject is that of the workflow, which may
// be another repository's.
func TestBindSubjectRef(t *testing.T) {
	r := newRuns(t)
	const workflow = "https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/v1.2.3"
	b := r.bundleBy(t, workflow, r.message(t))
	trust := testkeys.With(r.trust, "identity", signedBy(pairIssuer, workflow))
	if e, err := verifyAll(r.algorithm, trust, b, r.artifact); err != nil || e.Version != "" {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := verifier(r.algorithm, demanding(trust, "", "v1.2.3"), b); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Error(err)
	}
}

// TestBindUnvouched: by key, a certificate beside the signature counts for
// nothing, since nobody vouches for it; nor does its tag.
func TestBindUnvouched(t *testing.T) {
	r := newRuns(t)
	trust := algorithm.Trust{PublicKeys: []string{publicPEM(t, r.private)}}
	forged := r.older(t, sourceRef("refs/tags/v2"))
	if e, err := verifyAll(r.algorithm, trust, forged, r.artifact); err != nil || e.Version != "" || e.Identity != nil {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := verifier(r.algorithm, demanding(trust, "", "v2"), forged); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Error(err)
	}
	// Nor is anyone asked about what a stranger's authority certified.
	other := newRuns(t)
	asked := r.trust
	asked.Bind = func(_, version string) error {
		t.Errorf("asked about %q", version)
		return nil
	}
	if _, err := verifier(r.algorithm, asked, other.bundle(t, other.message(t), sourceRef("refs/tags/v2"))); err == nil {
		t.Error("a stranger's certificate")
	}
}

// TestBindBoth: another file of the same release, and the same file of another.
func TestBindBoth(t *testing.T) {
	r := newRuns(t)
	sum, other := sha256.Sum256(r.artifact), sha256.Sum256([]byte("other"))
	text := statement(subject("tool", "sha256", sum[:]), subject("other", "sha256", other[:]))
	now, old := r.bundle(t, r.attested(t, text), sourceRef("refs/tags/v2")), r.bundle(t, r.attested(t, text), sourceRef("refs/tags/v1"))
	plain := r.bundle(t, r.message(t), sourceRef("refs/tags/v2"))
	mixed := r.bundle(t, r.attested(t, statement(subject("other", "sha256", sum[:]))), sourceRef("refs/tags/v2"))
	trust := demanding(r.trust, "tool", "v2")
	for name, test := range map[string]struct {
		signature []byte
		artifact  string
		want      error
	}{
		"good":                  {now, "artifact", nil},
		"an older release":      {old, "artifact", algorithm.ErrVersionMismatch},
		"another file":          {now, "other", algorithm.ErrNameMismatch},
		"under another name":    {mixed, "artifact", algorithm.ErrNameMismatch},
		"of no name":            {plain, "artifact", algorithm.ErrNameMismatch},
		"neither":               {now, "neither", algorithm.ErrInvalid},
		"old, then good":        {jsonLines(t, string(old), string(now)), "artifact", nil},
		"mixed, then good":      {apiAnswer(t, string(mixed), string(plain), string(now)), "artifact", nil},
		"good, then old":        {npmAnswer(t, string(now), string(old)), "artifact", nil},
		"old twice":             {jsonLines(t, string(old), string(old)), "artifact", algorithm.ErrVersionMismatch},
		"old and of no name":    {jsonLines(t, string(plain), string(old)), "artifact", algorithm.ErrVersionMismatch},
		"several, another file": {jsonLines(t, string(now), string(now)), "other", algorithm.ErrNameMismatch},
	} {
		e, err := verifyAll(r.algorithm, trust, test.signature, []byte(test.artifact))
		if !errors.Is(err, test.want) || err == nil && (e.FileName != "tool" || e.Version != "v2") {
			t.Errorf("%s: %+v, %v, want %v", name, e, err, test.want)
		}
	}
}

// TestBindPair: the certificate says the version, before the artifact and the log.
func TestBindPair(t *testing.T) {
	for ref, want := range map[string]error{"refs/tags/v2": nil, "refs/tags/v1": algorithm.ErrVersionMismatch, "refs/heads/v2": algorithm.ErrVersionMismatch, "": algorithm.ErrVersionMismatch} {
		p := newSignedPair(t)
		p.cert = p.fulcio.issue(t, p.private.Public(), pairSubject, sourceRef(ref))
		index := p.rekor.add(t, p.rekor.body(t, p.artifact, p.signature, p.cert), pairTime.Add(time.Minute))
		p.store = store{pairAt: []byte(certPEM(p.cert)), p.rekor.find(index): p.rekor.reply(t, index)}
		if _, err := p.store.judge(cosign.Algorithm{}, p.trust, p.signature, p.artifact); err != nil {
			t.Fatal(err)
		}
		e, err := p.store.judge(cosign.Algorithm{}, demanding(p.trust, "", "v2"), p.signature, p.artifact)
		if !errors.Is(err, want) || err == nil && (e.Version != "v2" || e.FileName != "") {
			t.Errorf("%q: %+v, %v, want %v", ref, e, err, want)
		}
		if _, err := p.store.judge(cosign.Algorithm{}, demanding(p.trust, "tool", ""), p.signature, p.artifact); !errors.Is(err, algorithm.ErrNameMismatch) {
			t.Errorf("%q, a name: %v", ref, err)
		}
		v, err := verifier(cosign.Algorithm{}, demanding(p.trust, "", "v2"), p.signature)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.store.bring(t.Context(), v); !errors.Is(err, want) {
			t.Errorf("%q, with the certificate: %v, want %v", ref, err, want)
		}
	}
}

// TestBindRelease: the tag that the predicate of a release says goes before the
// ref of the run that signed it; what says it twice says nothing.
func TestBindRelease(t *testing.T) {
	r := newRuns(t)
	sum := sha256.Sum256(r.artifact)
	const type02 = "https://in-toto.io/attestation/release/v0.2"
	trust := testkeys.With(r.trust, "predicate-type", []string{type02, slsa1})
	for _, test := range []struct{ kind, predicate, ref, want string }{
		{type02, `{"tag":"v2"}`, "refs/heads/main", "v2"},
		{type02, `{"tag":"v2"}`, "refs/tags/v1", "v2"},
		{type02, `{}`, "refs/tags/v1", "v1"},
		{type02, `{"tag":"v2","tag":"v3"}`, "refs/tags/v1", ""},
		{type02, `{"tag":"v\u200b2"}`, "refs/tags/v1", ""},
		{slsa1, `{"tag":"v2"}`, "refs/heads/main", ""},
		{slsa1, `{"tag":"v2"}`, "refs/tags/v1", "v1"},
	} {
		text := strings.NewReplacer(slsa1, test.kind, `"predicate":{}`, `"predicate":`+test.predicate).Replace(statement(subject("tool", "sha256", sum[:])))
		e, err := verifyAll(r.algorithm, trust, r.bundle(t, r.attested(t, text), sourceRef(test.ref)), r.artifact)
		if err != nil || e.Version != test.want {
			t.Errorf("%s: %+v, %v", text, e, err)
		}
	}
}

// TestReleasedName: an asset of the release isn't another one of it.
func TestReleasedName(t *testing.T) {
	c := findReal(t, "release-communique")
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "github.json")}
	trust := released("jdx/communique", "v0.1.9")
	e, err := c.verify(t, a, trust, 0)
	if err != nil || e.Version != "v0.1.9" {
		t.Fatalf("%+v, %v", e, err)
	}
	trust = demanding(trust, e.FileName, "v0.1.9")
	for n, want := range []error{nil, algorithm.ErrNameMismatch} {
		if _, err := c.verify(t, a, trust, n); !errors.Is(err, want) {
			t.Errorf("asset %d as %s: got %v, want %v", n, e.FileName, err, want)
		}
	}
	if _, err := c.verify(t, a, demanding(trust, "", "v0.1.8"), 0); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Errorf("another version: %v", err)
	}
}

// TestRealVersion: that of what was built, and not of the workflow that built it.
func TestRealVersion(t *testing.T) {
	a := cosign.Algorithm{TrustedRoot: realRoot(t, "both.jsonl")}
	for name, want := range map[string]string{
		"slsa-go-v2.1.0": "v14.2", "github-instance": "nes-v1.0.12", "provenance-npm": "", "provenance-wheel": "",
	} {
		c := findReal(t, name)
		e, err := c.verify(t, a, c.trust(), 0)
		if err != nil || e.Version != want {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		if _, err := c.verify(t, a, demanding(c.trust(), "", "v14.2"), 0); errors.Is(err, algorithm.ErrVersionMismatch) != (want != "v14.2") || (err == nil) != (want == "v14.2") {
			t.Errorf("%s, demanded: %v", name, err)
		}
	}
}

// TestTagBranchMailbox: the same table takes a run for a tag, one for a branch
// of releases and a person, and nobody who is like them.
func TestTagBranchMailbox(t *testing.T) {
	r := newRuns(t)
	const workflow = "https://github.com/acme/tool/.github/workflows/release.yml@"
	mailbox := func(address string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.URIs, c.EmailAddresses = nil, []string{address} }
	}
	run := func(ref string) algorithm.Claim {
		return algorithm.Claim{Field: "source-ref", Value: ref, Regexp: strings.Contains(ref, "+")}
	}
	trust := testkeys.With(r.trust, "identity", [][]algorithm.Claim{
		append(signedBy(pairIssuer, workflow+"refs/tags/v1.2.3"), run("refs/tags/v1.2.3")),
		append(signedBy(pairIssuer, workflow+"refs/heads/main"), run(`refs/heads/release/[0-9]+`)),
		signedBy(pairIssuer, "dev@example.org"),
	})
	for name, test := range map[string]struct {
		subject string
		change  func(*x509.Certificate)
		held    string
	}{
		"the tag":                 {workflow + "refs/tags/v1.2.3", sourceRef("refs/tags/v1.2.3"), "1 of 3"},
		"the branch":              {workflow + "refs/heads/main", sourceRef("refs/heads/release/7"), "2 of 3"},
		"the mailbox":             {"https://x", mailbox("dev@example.org"), "3 of 3"},
		"another tag":             {workflow + "refs/tags/v1.2.2", sourceRef("refs/tags/v1.2.2"), ""},
		"the tag's, for a branch": {workflow + "refs/tags/v1.2.3", sourceRef("refs/heads/release/7"), ""},
		"the branch's, for a tag": {workflow + "refs/heads/main", sourceRef("refs/tags/v1.2.3"), ""},
		"another branch":          {workflow + "refs/heads/main", sourceRef("refs/heads/release/x"), ""},
		"another mailbox":         {"https://x", mailbox("dev@example.com"), ""},
		"the mailbox as a URL":    {"https://dev@example.org", func(*x509.Certificate) {}, ""},
		"nothing of a run":        {workflow + "refs/tags/v1.2.3", func(*x509.Certificate) {}, ""},
	} {
		e, err := verifyAll(r.algorithm, trust, r.bundleBy(t, test.subject, r.message(t), test.change), r.artifact)
		switch {
		case test.held == "" && !errors.Is(err, algorithm.ErrIdentity):
			t.Errorf("%s: %v", name, err)
		case test.held != "" && (err != nil || !strings.HasPrefix(e.Details["identity"], test.held)):
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}
