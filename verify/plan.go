package verify

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

// An Artifact is what is to be verified, as far as the program knows it.
type Artifact struct {
	// URL is where the artifact is fetched from; "" where the program has the
	// bytes. It is the template variable url.
	URL string

	// Name is the artifact's file name; "" means the last element of the path
	// of URL, unless that is no name: with a separator or control characters in
	// it, or "..". It is only compared with the name that a signer may have signed:
	// a difference is a warning in the report, never a failure.
	Name string

	// Variables are the values of the templates, such as those of
	// [metadata.Manifest.Variables].
	Variables map[string]string

	// Signature is the signature where the program has it already: it is then
	// not fetched. nil means that it is fetched from the table's file.
	Signature []byte

	// Files is the folder of the manifest, for keys that the table gives as
	// { file = "…" }. Use the FS of an [os.Root], so that no link leaves the
	// folder. What is no regular file is refused. An FS that doesn't return is
	// given up when the context is done, and leaves a goroutine until it does.
	// nil means that such a table is refused.
	Files fs.FS
}

// A Plan is what will be done for one artifact. It is immutable and can be
// carried out any number of times, also concurrently.
type Plan struct {
	v        *Verifier
	artifact Artifact
	status   Status // of the report that a success gives

	// the rest is for Verified only
	algorithm    algorithm.Algorithm
	key          algorithm.Key // nil where a key file must be read first
	trust        algorithm.Trust
	keyFiles     []metadata.KeySource
	rootFile     *metadata.KeySource
	signatureURL string // "" where the program gave the signature
}

// Plan joins what the publisher declared with what the program demands, and
// does no I/O: it picks the algorithm, parses inline keys and renders every
// template. A nil table means that none is declared.
//
// The error is an [*Error] of [StagePlan] (or [StageKey] for an inline key)
// that wraps [ErrNotDeclared], [algorithm.ErrUnsupported] for an algorithm or a
// key of the table that this program doesn't know and for a key file without
// [Artifact].Files, [algorithm.ErrMalformed] for a constraint that renders to
// nothing and for a variable inside of a character class of a regular
// expression, [algorithm.ErrTooLarge] for a claim over [metadata.MaxClaim] or
// [metadata.MaxClaimRegexp] bytes, or over 4 KiB with its variables, an error of
// package template, [ErrURL], or what the algorithm says of the keys, and of a
// regular expression that isn't one. Under
// [InsecureSkip] the table isn't looked at, only the artifact's URL.
func (v *Verifier) Plan(artifact Artifact, table *metadata.Signing) (*Plan, error) {
	artifact.Variables = maps.Clone(artifact.Variables)
	artifact.Signature = slices.Clone(artifact.Signature)
	if artifact.Name == "" && artifact.URL != "" {
		artifact.Name = nameOf(artifact.URL)
	}
	p := &Plan{v: v, artifact: artifact, status: Verified}
	if artifact.URL != "" {
		if err := checkURL(artifact.URL); err != nil {
			return nil, fail(StagePlan, artifact.URL, err)
		}
	}
	switch {
	case v.policy == InsecureSkip:
		p.status = Skipped
		return p, nil
	case table == nil && v.policy == Require:
		return nil, fail(StagePlan, artifact.URL, fmt.Errorf("%w: the policy demands a signing table", ErrNotDeclared))
	case table == nil:
		p.status = Unsigned
		return p, nil
	}
	if err := p.declare(table); err != nil {
		return nil, fail(StagePlan, fmt.Sprintf("%s:%d", table.Name, table.Line), err)
	}
	return p, nil
}

// declare turns the table into the plan.
func (p *Plan) declare(table *metadata.Signing) error {
	if err := refuseLater(table); err != nil {
		return err
	}
	p.algorithm = p.v.algorithms[table.Algorithm]
	if p.algorithm == nil {
		return fmt.Errorf("%w: algorithm %.100q: this program knows %s", algorithm.ErrUnsupported,
			table.Algorithm, strings.Join(slices.Sorted(maps.Keys(p.v.algorithms)), ", "))
	}
	if err := p.render(table); err != nil {
		return err
	}
	p.sources(table)
	return p.planKey()
}

// refuseLater refuses what the table format has and this version gives no
// meaning yet: never ignored, since each is a constraint.
func refuseLater(table *metadata.Signing) error {
	unsupported := func(key string) error {
		return fmt.Errorf("%w: %q in a signing table is not supported yet", algorithm.ErrUnsupported, key)
	}
	switch {
	case table.Checksums != "":
		return unsupported("checksums")
	case table.Alternatives != nil:
		return unsupported("alternatives")
	case table.TrustedRoot != nil && table.TrustedRoot.URL != "":
		return unsupported("trusted-root = { url }")
	case table.PublicKey != nil && table.PublicKey.URL != "":
		return unsupported("pubkey = { url }")
	}
	for _, k := range table.Keys {
		if k.URL != "" {
			return unsupported("keys = [{ url }]")
		}
	}
	return nil
}

// render renders every template of the table.
func (p *Plan) render(table *metadata.Signing) error {
	values := p.artifact.Variables
	if p.artifact.URL != "" {
		values = maps.Clone(values)
		if values == nil {
			values = map[string]string{}
		}
		values["url"] = p.artifact.URL
	}
	file := table.File
	if file == "" {
		file = "{ url }.sig"
	}
	signature, err := template.Parse(file)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	if p.artifact.Signature == nil {
		if p.signatureURL, err = signature.RenderURL(values); err != nil {
			return fmt.Errorf("file: %w", err)
		}
		if err := checkURL(p.signatureURL); err != nil {
			return fmt.Errorf("file: %w", err)
		}
	}
	p.trust.TransparencyLog, p.trust.SCT = table.TransparencyLog, table.SCT
	p.trust.Principal, p.trust.Namespace = table.Principal, table.Namespace
	if table.TrustedComment != "" {
		if p.trust.TrustedComment, err = renderText(table.TrustedComment, values); err != nil {
			return fmt.Errorf("trusted-comment: %w", err)
		}
	}
	return p.renderIdentity(table.Identity, values)
}

func (p *Plan) renderIdentity(claims []metadata.Claim, values map[string]string) error {
	if claims != nil {
		p.trust.Identity = make([]algorithm.Claim, 0, len(claims)) // none is not "not declared"
	}
	for _, c := range claims {
		value, err := renderClaim(c, values)
		if err != nil {
			return fmt.Errorf("identity.%s: %w", c.Field, err)
		}
		p.trust.Identity = append(p.trust.Identity, algorithm.Claim{Field: c.Field, Value: value, Regexp: c.Regexp})
	}
	return nil
}

// maxRendered is how many bytes a claim may have with its variables put in.
const maxRendered = 4 << 10

func tooLong() error {
	return fmt.Errorf("%w: over %d bytes with its variables", algorithm.ErrTooLarge, maxRendered)
}

// renderClaim bounds a claim before and after: package metadata does the first
// as well, but not every table is from there.
func renderClaim(c metadata.Claim, values map[string]string) (string, error) {
	render, limit := renderText, metadata.MaxClaim
	if c.Regexp {
		render, limit = renderRegexp, metadata.MaxClaimRegexp
	}
	if len(c.Value) > limit {
		return "", fmt.Errorf("%w: over %d bytes", algorithm.ErrTooLarge, limit)
	}
	rendered, err := render(c.Value, values)
	if err == nil && len(rendered) > maxRendered {
		return "", tooLong()
	}
	return rendered, err
}

// renderText renders what must be said. The empty text would demand nothing,
// so it is refused.
func renderText(text string, values map[string]string) (string, error) {
	t, err := template.Parse(text)
	if err != nil {
		return "", err
	}
	rendered, err := t.Render(values)
	if err == nil && rendered == "" {
		err = fmt.Errorf("%w: %.100q renders to the empty text", algorithm.ErrMalformed, text)
	}
	return rendered, err
}

// sources notes where the keys and the trusted root come from.
func (p *Plan) sources(table *metadata.Signing) {
	keys := table.Keys
	if table.PublicKey != nil {
		keys = append([]metadata.KeySource{*table.PublicKey}, keys...)
	}
	for _, k := range keys {
		if k.File != "" {
			p.keyFiles = append(p.keyFiles, k)
		} else {
			p.trust.PublicKeys = append(p.trust.PublicKeys, k.Inline)
		}
	}
	p.rootFile = table.TrustedRoot
}

// planKey judges the inline keys. Where files have to be read as well, that is
// done again with all of them.
func (p *Plan) planKey() error {
	if (len(p.keyFiles) > 0 || p.rootFile != nil) && p.artifact.Files == nil {
		return fmt.Errorf("%w: the table gives a key as a file, and the manifest's folder is not known", algorithm.ErrUnsupported)
	}
	if p.rootFile != nil || len(p.keyFiles) > 0 && p.trust.PublicKeys == nil {
		return nil
	}
	key, err := p.algorithm.Key(p.trust)
	switch {
	case err != nil:
		return fail(StageKey, "", err)
	case len(p.keyFiles) == 0:
		p.key = key
	}
	return nil
}

// resolve returns the key, for which it reads the key files if there are any.
func (p *Plan) resolve(ctx context.Context) (algorithm.Key, error) {
	if p.key != nil {
		return p.key, nil
	}
	trust := p.trust
	trust.PublicKeys = slices.Clone(trust.PublicKeys)
	for _, k := range p.keyFiles {
		text, err := p.keyFile(ctx, k.File)
		if err != nil {
			return nil, err
		}
		trust.PublicKeys = append(trust.PublicKeys, string(text))
	}
	if p.rootFile != nil {
		text, err := p.keyFile(ctx, p.rootFile.File)
		if err != nil {
			return nil, err
		}
		trust.TrustedRoot = text
	}
	key, err := p.algorithm.Key(trust)
	if err != nil {
		return nil, fail(StageKey, "", err)
	}
	return key, nil
}

func (p *Plan) keyFile(ctx context.Context, name string) ([]byte, error) {
	if err := cancelled(ctx); err != nil {
		return nil, fail(StageKey, name, err)
	}
	text, err := readFile(ctx, p.artifact.Files, name, p.v.maxDocument)
	if err != nil {
		return nil, fail(StageKey, name, err)
	}
	return text, nil
}

// SignatureURL returns where the signature will be fetched from; "" where
// none will be.
func (p *Plan) SignatureURL() string { return p.signatureURL }

// String describes the plan for people, for a dry run: what will be fetched
// and what must hold.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy     %s\n", p.v.policy)
	if p.artifact.URL != "" {
		fmt.Fprintf(&b, "artifact   %s\n", plain(p.artifact.URL))
	}
	switch p.status {
	case Unsigned:
		b.WriteString("signature  none declared\n")
	case Skipped:
		b.WriteString("signature  skipped\n")
	case Verified:
		p.describe(&b)
	}
	return b.String()
}

func (p *Plan) describe(b *strings.Builder) {
	fmt.Fprintf(b, "algorithm  %s\n", p.algorithm.Name())
	if p.signatureURL != "" {
		fmt.Fprintf(b, "signature  %s\n", plain(p.signatureURL))
	} else {
		b.WriteString("signature  given\n")
	}
	if p.key != nil {
		for _, id := range p.key.IDs() {
			fmt.Fprintf(b, "key        %s\n", plain(id))
		}
	}
	for _, k := range p.keyFiles {
		fmt.Fprintf(b, "key file   %s\n", plain(k.File))
	}
	for _, c := range p.trust.Identity {
		form := ""
		if c.Regexp {
			form = "-regexp"
		}
		fmt.Fprintf(b, "identity   %s%s = %s\n", c.Field, form, quoted(c.Value))
	}
	if p.rootFile != nil {
		fmt.Fprintf(b, "root file  %s\n", plain(p.rootFile.File))
	}
	for _, d := range []struct{ label, value string }{
		{"comment", p.trust.TrustedComment}, {"principal", p.trust.Principal}, {"namespace", p.trust.Namespace},
	} {
		if d.value != "" {
			fmt.Fprintf(b, "%-10s %s\n", d.label, quoted(d.value))
		}
	}
	if l := p.trust.TransparencyLog; l != nil {
		fmt.Fprintf(b, "log entry  demanded: %t\n", *l)
	}
	if s := p.trust.SCT; s != nil {
		fmt.Fprintf(b, "SCT        demanded: %t\n", *s)
	}
}

// nameOf returns the last element of a URL's path, or "" where that is no
// file's name: after decoding it has a separator or a control character.
func nameOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	name, err := url.PathUnescape(path.Base(u.EscapedPath()))
	if err != nil || !utf8.ValidString(name) || name == "." || name == ".." ||
		strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
