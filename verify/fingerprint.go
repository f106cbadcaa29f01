package verify

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// Fingerprint returns the SHA-256, in lower-case hex, of everything by which the
// plan judges bytes: the policy and what the [Config] demands, the table as it is
// rendered for this artifact, with keys, lifetimes and demands, the settings of
// the families that judge ([algorithm.Fingerprinter]), what the program says of
// the artifact, and the versions of Go and of the modules that the program is built
// with. A runner that keeps verdicts by the artifact's digest and this text never
// takes one for that of another table or of a laxer program. It reads the table's
// key files, and nothing from the network, so take it before the verdict that is
// kept under it.
//
// Modules without a version, such as those replaced by a folder, are told apart by
// nothing, and the program's own code isn't told at all: a family of its own that
// judges otherwise than before has to say so as an [algorithm.Fingerprinter].
//
// It is the same at every call, in every process, as long as all of this is. Not
// in it are the time, and so what ends or is revoked with it: how long a verdict
// is kept is the program's to say; and what Accept says and Pins hold, which are
// asked after a verdict and have to be asked again of one that was kept. Of these
// it has only whether they are there, and what is allowed of Pins. A table that
// [Config].Replace gave counts as that one.
//
// The error is an [*Error] of stage "key" for a file that can't be read, and of
// stage "plan" that wraps [algorithm.ErrUnsupported] for a family whose settings
// can't be told.
func (p *Plan) Fingerprint(ctx context.Context) (string, error) {
	info, _ := debug.ReadBuildInfo()
	return p.fingerprint(ctx, info)
}

// fingerprint is Fingerprint of a program that is built so.
func (p *Plan) fingerprint(ctx context.Context, info *debug.BuildInfo) (string, error) {
	s := newSeal(ctx, p.session())
	s.texts("relseal plan 1", versions(info)...)
	s.config(p.v)
	s.artifact(p)
	if p.check != nil {
		p.check.seal(s)
	}
	for _, name := range slices.Sorted(maps.Keys(s.families)) {
		settings, err := settingsOf(s.families[name])
		if err != nil {
			return "", fail(stagePlan, p.source(), err)
		}
		s.texts("family", name, settings)
	}
	if s.err != nil {
		return "", s.err
	}
	return s.hex(), nil
}

// versions are those of the code that judges: of the modules that the program is
// built with, of this project where it is the program itself, and of Go's own
// library.
func versions(info *debug.BuildInfo) []string {
	const project = "github.com/relseal/relseal"
	if info == nil {
		return nil
	}
	versions := []string{info.GoVersion}
	if m := info.Main; m.Path == project || strings.HasPrefix(m.Path, project+"/") {
		versions = append(versions, versionOf(&m))
	}
	for _, m := range info.Deps {
		versions = append(versions, versionOf(m))
	}
	slices.Sort(versions)
	return versions
}

// versionOf tells a module, and what it is replaced by.
func versionOf(m *debug.Module) string {
	text := fmt.Sprintf("%q %q %q", m.Path, m.Version, m.Sum)
	if m.Replace != nil {
		text += " => " + versionOf(m.Replace)
	}
	return text
}

// A seal is the record of what decides a verdict.
type seal struct {
	imprint
	ctx      context.Context //nolint:containedctx // of the call that makes the seal
	session  *session
	families map[string]algorithm.Algorithm
	err      error // the first file that couldn't be read
}

func newSeal(ctx context.Context, s *session) *seal {
	return &seal{imprint: newImprint(), ctx: ctx, session: s, families: map[string]algorithm.Algorithm{}}
}

// config writes what the program demands.
func (s *seal) config(v *Verifier) {
	s.texts("policy", v.policy.String())
	s.numbers("limits", v.maxArtifact, v.maxDocument)
	s.flags("demands", v.bind.Name, v.bind.Version, v.all, v.accept != nil, v.keep)
	for _, h := range slices.Sorted(slices.Values(v.digests)) {
		s.texts("digest", h.String())
	}
	if rules := v.pins; rules != nil {
		s.flags("pins", rules.allowRollback, rules.allowNewSigner, rules.trust)
	}
}

// artifact writes what the program says of it.
func (s *seal) artifact(p *Plan) {
	a := p.artifact
	s.texts("artifact", string(p.status), a.URL, a.Name)
	for _, d := range a.Digests {
		s.texts("expected", d.String())
	}
	a.wanted(a.values()).record(s.imprint)
	if p.v.pins != nil {
		s.texts("pinned as", p.pin.Name, p.pin.Version, p.pin.Target)
		s.flags("by another table", p.replaced) // which no pin is trusted in place of
	}
}

// source writes where something is, and what is there.
func (s *seal) source(t *trust, src metadata.Source) {
	switch {
	case src.File != "":
		text, err := s.session.content(s.ctx, src)
		if err != nil && s.err == nil {
			s.err = t.unread(src, err)
		}
		s.texts("file", string(text))
	case src.URL != "":
		s.texts("at", src.URL, src.SHA256)
	default:
		s.texts("inline", src.Inline)
	}
}

func (t *trust) seal(s *seal, family algorithm.Algorithm) {
	s.families[family.Name()] = family
	s.texts("trust", family.Name())
	s.count(len(t.keys))
	for _, src := range t.keys {
		s.source(t, src)
	}
	s.values(t.values)
	s.count(len(t.contents))
	for _, name := range slices.Sorted(maps.Keys(t.contents)) {
		s.text(name)
		s.source(t, t.contents[name])
	}
	t.of.record(s.imprint)
	t.demand.record(s.imprint)
	s.flags("signed", t.signed.Name, t.signed.Version)
	t.life.record(s.imprint)
	s.flags("retired", t.retired != nil)
}

func (w wanted) record(r imprint) { r.texts("of", w.name, w.version, w.tag) }

func (d demand) record(r imprint) {
	r.texts("demand", d.name, d.version)
}

func (l lifetime) record(r imprint) {
	r.texts("life", l.notBefore.Format(time.RFC3339Nano), l.notAfter.Format(time.RFC3339Nano), l.from, l.until)
}

// record writes the template and the values that it has of its variables.
func (l location) record(r imprint) {
	if l.template == nil {
		r.texts("nowhere")
		return
	}
	r.texts("location", l.template.String())
	for _, key := range l.template.Keys() {
		value, ok := l.values[key]
		r.texts("variable", key, value)
		r.flags("known", ok)
	}
}

func (s *seal) checks(kind string, checks []check) {
	s.text(kind)
	s.count(len(checks))
	for _, c := range checks {
		c.seal(s)
	}
}

func (c allOf) seal(s *seal) { s.checks("all", c) }

func (c anyOf) seal(s *seal) { s.checks("any", c) }

func (c everyOf) seal(s *seal) { c.checks.seal(s) } // why others were passed over decides nothing

func (c firstOf) seal(s *seal) { c.check.seal(s) }

func (c *thresholdCheck) seal(s *seal) {
	s.numbers("threshold", int64(c.k))
	s.checks("of", c.checks)
}

func (c *signatureCheck) seal(s *seal) {
	s.texts("signature", string(c.given))
	s.flags("given", c.given != nil, c.each)
	c.at.record(s.imprint)
	c.trust.seal(s, c.family)
}

func (c *inlineCheck) seal(s *seal) {
	s.text("inline signature")
	c.at.record(s.imprint)
	s.count(len(c.trusts))
	for i := range c.trusts {
		c.trusts[i].seal(s, c.family)
	}
}

func (c *manifestCheck) seal(s *seal) {
	s.texts("manifest", c.name, c.asset, c.version)
	s.flags("must", c.mustName, c.mustPath)
	c.at.record(s.imprint)
	c.cover.seal(s)
}

func (c *pinCheck) seal(s *seal) {
	s.text("digests")
	s.count(len(c.pins))
	for _, d := range c.pins {
		s.text(d.String())
	}
	c.trust.seal(s, c.family)
}
