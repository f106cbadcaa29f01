package verify

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/metadata"
)

// declare turns a table, with its alternatives, into the check that it demands,
// without any I/O.
func (v *Verifier) declare(a *Artifact, table *metadata.Signing) (check, error) {
	if table.Alternatives == nil {
		c, err := v.declareOne(a, table, v.bind)
		return c, unmarked(err)
	}
	var ways []func() (check, error)
	for i := range len(table.Alternatives) + 1 {
		alternative := table
		if i > 0 {
			alternative = &table.Alternatives[i-1]
		}
		ways = append(ways, func() (check, error) {
			c, err := v.declareOne(a, alternative, v.bind)
			if v.all && as[*unsayableError](err) { // another may say it
				c, err = v.declareOne(a, alternative, Binding{})
			}
			return c, err
		})
	}
	if !v.all {
		return firstSupported(ways...)
	}
	return v.declareAll(a, table, ways)
}

// declareAll has every alternative checked. What the program wants bound, one of
// them at least must bind.
func (v *Verifier) declareAll(a *Artifact, table *metadata.Signing, ways []func() (check, error)) (check, error) {
	all, err := everySupported(ways...)
	if err != nil {
		return nil, err
	}
	switch b := all.binds(); {
	case v.bind.Name && !b.Name:
		err = fmt.Errorf("%w: the program demands that the name is signed, and none of the alternatives can say it", algorithm.ErrUnsupported)
	case v.bind.Version && !b.Version:
		err = fmt.Errorf("%w: the program demands that the version is signed, and none of the alternatives can say it", algorithm.ErrUnsupported)
	case a.Signature != nil && len(all.checks) > 1:
		err = fmt.Errorf("%w: one signature is given, and %d alternatives are to be checked", algorithm.ErrUnsupported, len(all.checks))
	case leaves(all) > maxLeaves:
		err = errLeaves(leaves(all))
	default:
		return all, nil
	}
	return nil, table.WrapKey("alternatives", table.Line, err)
}

// maxLeaves is how many signatures one plan may judge: each is fed the artifact's
// bytes, and those of the same document by several groups of keys are several.
const maxLeaves = 64

func errLeaves(n int) error {
	return fmt.Errorf("%w: %d signatures to judge, files times groups of keys that count at other times; %d are allowed", algorithm.ErrTooLarge, n, maxLeaves)
}

// leaves is how many signatures a check judges.
func leaves(c check) (n int) {
	var subs []check
	switch c := c.(type) {
	case anyOf:
		subs = c
	case allOf:
		subs = c
	case *thresholdCheck:
		subs = c.checks
	case everyOf:
		subs = c.checks
	case *manifestCheck:
		if cover, ok := c.cover.(detached); ok {
			return leaves(cover.check)
		}
		return 1
	default:
		return 1
	}
	for _, sub := range subs {
		n += leaves(sub)
	}
	return n
}

// declareOne does that for the table alone.
func (v *Verifier) declareOne(a *Artifact, table *metadata.Signing, bind Binding) (check, error) {
	family := v.algorithms[table.Algorithm]
	if family == nil {
		return nil, notSupported(table.WrapKey("algorithm", table.Line, fmt.Errorf("%w: %q: this program knows %s", algorithm.ErrUnsupported,
			table.Algorithm, strings.Join(slices.Sorted(maps.Keys(v.algorithms)), ", "))))
	}
	values := a.values()
	d := &declaration{v: v, artifact: a, table: table, family: family, values: values, of: a.wanted(values)}
	if err := d.demands(bind); err != nil {
		return nil, err
	}
	var manifest *manifestCheck
	if table.Checksums != "" {
		var err error
		if manifest, err = d.manifest(); err != nil {
			return nil, err
		}
	}
	if err := d.trust(); err != nil {
		return nil, err
	}
	switch pins, ok := d.trusts[0].parsed.(algorithm.PinKey); {
	case ok:
		return d.pins(pins)
	case manifest != nil:
		return manifest, d.cover(manifest)
	default:
		return d.signatures("{ url }.sig")
	}
}

// A declaration is a table with what is needed to make checks of it.
type declaration struct {
	v        *Verifier
	artifact *Artifact
	table    *metadata.Signing
	family   algorithm.Algorithm
	values   map[string]string // of the templates
	of       wanted            // what the signature is over: the artifact or its manifest
	demand   demand            // what the signature itself must say, by the table
	program  demand            // and by the program
	trusts   []*trust          // by groups of keys, each of one lifetime; at least one
}

// demands renders what must be signed, by the table and by the program.
func (d *declaration) demands(bind Binding) (err error) {
	for _, want := range []struct {
		key, text string
		to        *string
	}{{"signed-name", d.table.SignedName, &d.demand.name}, {"signed-version", d.table.SignedVersion, &d.demand.version}} {
		if want.text == "" {
			continue
		}
		if *want.to, err = renderText(want.text, d.values); err != nil {
			return d.table.WrapKey(want.key, d.table.Line, err)
		}
	}
	d.demand.dynamic = d.table.SignedVersion != "" && saidByTexts([]string{d.table.SignedVersion}, d.of).Version
	for _, want := range []struct {
		key, usual string
		bind       bool
		to         *string
	}{{"signed-name", "{ asset }", bind.Name, &d.program.name}, {"signed-version", "{ version }", bind.Version, &d.program.version}} {
		if want.bind {
			if *want.to, err = renderText(want.usual, d.values); err != nil {
				return d.table.WrapKey(want.key, d.table.Line, fmt.Errorf("the program demands it: %w", err))
			}
		}
	}
	return nil
}

// trust makes the keys of them, by groups that count at the same time.
func (d *declaration) trust() error {
	all, err := newTrust(d.table, d.family, d.values, d.of)
	if err != nil {
		return err
	}
	if all.demand, err = d.demand.with(d.program, d.of); err != nil {
		return d.table.Wrap(err)
	}
	all.dropSaid()
	for _, src := range d.table.Keys {
		if err := all.checkSource(src); err != nil {
			return err
		}
	}
	groups := byLifetime(d.table.Keys)
	if err := d.listedTwice(groups); err != nil {
		return err
	}
	for _, group := range groups {
		t := all
		t.keys = group
		if len(group) > 0 {
			t.life = lifetimeOf(group[0])
			var broken error
			if t.retired, broken = t.life.epoch(d.values["version"]); broken != nil {
				return d.table.WrapKey(group[0].Key, group[0].Line, broken)
			}
		}
		if err := t.parse(d.family); err != nil {
			return notSupported(err)
		}
		d.trusts = append(d.trusts, &t)
	}
	return d.sayable(&all)
}

// byLifetime groups keys; there is one group at least, which is empty where there
// are no keys.
func byLifetime(keys []metadata.Source) [][]metadata.Source {
	if len(keys) == 0 {
		return [][]metadata.Source{nil}
	}
	var groups [][]metadata.Source
	for _, src := range keys {
		at := slices.IndexFunc(groups, func(g []metadata.Source) bool { return lifetimeOf(g[0]) == lifetimeOf(src) })
		if at < 0 {
			groups = append(groups, nil)
			at = len(groups) - 1
		}
		groups[at] = append(groups[at], src)
	}
	return groups
}

// listedTwice refuses a key of several lifetimes: which of them counts?
func (d *declaration) listedTwice(groups [][]metadata.Source) error {
	in := map[string]int{}
	for i, group := range groups {
		for _, src := range group {
			what := src.Inline + src.File + src.URL
			if other, ok := in[what]; ok && other != i {
				return d.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: the same key as above, with other bounds", algorithm.ErrMalformed))
			}
			in[what] = i
		}
	}
	return nil
}

// sayable refuses to demand what signatures of this family can't say.
func (d *declaration) sayable(t *trust) error {
	if _, ok := d.trusts[0].parsed.(algorithm.PinKey); ok {
		return d.unsayable() // and the program's demand holds: the bytes are fixed
	}
	var name, version bool
	if family, ok := d.family.(algorithm.Binder); ok {
		name, version = family.Binds(t.values)
	}
	version = version || name && (tells(t.of.name, t.demand.version) || tells(t.demand.name, t.demand.version))
	for _, want := range []struct {
		key, text string
		can       bool
	}{{"signed-name", t.demand.name, name}, {"signed-version", t.demand.version, version}} {
		if want.text != "" && !want.can {
			return d.table.WrapKey(want.key, d.table.Line, &unsayableError{fmt.Errorf("%w: it must be %s, and signatures by %s with these keys of the table can't say it",
				algorithm.ErrUnsupported, quotedName(want.text), d.family.Name())})
		}
	}
	return nil
}

// unsayable refuses a table of digests that itself demands something signed.
func (d *declaration) unsayable() error {
	for _, key := range []struct{ name, text string }{{"signed-name", d.table.SignedName}, {"signed-version", d.table.SignedVersion}} {
		if key.text != "" {
			return d.table.WrapKey(key.name, d.table.Line, fmt.Errorf("%w: nothing is signed where the table has the digests", algorithm.ErrUnsupported))
		}
	}
	return nil
}

// signatures are those over the artifact, or over its manifest: one, whose URL is
// the table's file or the default, or a threshold of several.
func (d *declaration) signatures(file string) (check, error) {
	files := d.table.Files
	if files == nil {
		files = []string{cmp.Or(d.table.File, file)}
	} else if d.artifact.Signature != nil {
		return nil, d.table.WrapKey("files", d.table.Line, fmt.Errorf("%w: one signature is given, and the table has files of them", algorithm.ErrUnsupported))
	}
	if n := len(files) * len(d.trusts); n > maxLeaves {
		return nil, d.table.WrapKey("keys", d.table.Line, errLeaves(n))
	}
	var checks []check
	for i, text := range files {
		key := "file"
		if d.table.Files != nil {
			key = fmt.Sprintf("files[%d]", i)
		}
		for _, t := range d.trusts {
			c, err := d.signature(key, text, t)
			if err != nil {
				return nil, err
			}
			checks = append(checks, c)
		}
	}
	switch {
	case d.table.Threshold > 0:
		return &thresholdCheck{d.table.Threshold, checks}, nil
	case len(checks) > 1:
		return anyOf(checks), nil
	}
	return checks[0], nil
}

// signature is one signature, by one group of keys.
func (d *declaration) signature(key, file string, t *trust) (*signatureCheck, error) {
	c := &signatureCheck{family: d.family, trust: t, given: d.artifact.Signature, each: d.table.Threshold > 0}
	if c.given == nil {
		var err error
		if c.at, err = newLocation(file, d.values); err != nil {
			return nil, d.table.WrapKey(key, d.table.Line, err)
		}
	}
	return c, c.check(d.artifact, d.v.fetcher != nil)
}

// manifest is a checksum manifest that has no cover yet. What it says by the
// artifact's line its signature needn't say any more.
func (d *declaration) manifest() (*manifestCheck, error) {
	at, err := d.checksums()
	if err != nil {
		return nil, err
	}
	if d.v.fetcher == nil {
		return nil, d.table.WrapKey("checksums", d.table.Line, fmt.Errorf("%w: the manifest has to be fetched", ErrNoFetcher))
	}
	c := &manifestCheck{at: at, find: checksums.Find}
	if c.name, err = d.checksumName(); err != nil {
		return nil, d.table.WrapKey("checksum-name", d.table.Line, err)
	}
	if err := d.saidByLine(c); err != nil {
		return nil, err
	}
	c.asset, c.version = d.of.name, d.of.version
	d.of.name = nameOf(at.text())
	return c, nil
}

// saidByLine drops of what is demanded what the artifact's line says: the name
// under which it stands there, and the version if that name tells it.
func (d *declaration) saidByLine(c *manifestCheck) error {
	asset := d.of.name != "" && path.Base(c.name) == d.of.name
	for _, want := range []*demand{&d.demand, &d.program} {
		if want.name != "" && (want.name == c.name || want.name == d.of.name && asset) {
			want.name, c.mustName = "", true
		}
		if want.version != "" && tells(c.name, want.version) {
			want.version, c.mustName = "", true
		}
	}
	if d.program.name != "" { // the signature says the manifest's name
		return d.table.WrapKey("checksum-name", d.table.Line, contradicts("name", d.program.name, c.name))
	}
	return nil
}

// cover makes the manifest's signature, which is in the manifest itself if it is
// to be at the same URL.
func (d *declaration) cover(c *manifestCheck) error {
	signatures, err := d.signatures("{ checksums }.sig")
	if err != nil {
		return err
	}
	single, ok := first(signatures).(*signatureCheck)
	if !ok || single.given != nil || single.at.text() != c.at.text() {
		c.cover = detached{signatures}
		return nil
	}
	if d.table.Threshold > 0 {
		return d.table.WrapKey("threshold", d.table.Line, fmt.Errorf("%w: the manifest is to hold its own signature, of which one counts", algorithm.ErrUnsupported))
	}
	for _, t := range d.trusts {
		if _, ok := t.parsed.(algorithm.InlineKey); !ok && t.parsed != nil {
			return d.table.WrapKey("file", d.table.Line, errNotInline(d.family.Name()))
		}
	}
	c.cover = &inlineCheck{family: d.family, trusts: d.trusts, at: c.at}
	return nil
}

// first is the first leaf of signatures in one file.
func first(c check) check {
	switch c := c.(type) {
	case anyOf:
		return c[0]
	case *thresholdCheck:
		return c.checks[0]
	}
	return c
}

// checksums is where the manifest is, which becomes a value of the templates.
func (d *declaration) checksums() (location, error) {
	at, err := newLocation(d.table.Checksums, d.values)
	if err == nil && at.late() {
		err = fmt.Errorf("%w: a manifest that is named by a digest", algorithm.ErrUnsupported)
	}
	if err != nil {
		return location{}, d.table.WrapKey("checksums", d.table.Line, err)
	}
	d.values = maps.Clone(d.values) // at has the old ones
	d.values["checksums"] = at.text()
	return at, nil
}

// checksumName is the artifact's name in the manifest.
func (d *declaration) checksumName() (string, error) {
	if d.table.ChecksumName != "" {
		return renderText(d.table.ChecksumName, d.values)
	}
	if d.artifact.Name == "" {
		return "", fmt.Errorf("%w: the artifact's name isn't known: set Artifact.URL or Artifact.Name", algorithm.ErrMalformed)
	}
	return d.artifact.Name, nil
}

// pins are digests in the table itself.
func (d *declaration) pins(key algorithm.PinKey) (check, error) {
	for _, key := range []struct{ name, text string }{{"file", d.table.File}, {"checksums", d.table.Checksums}, {"threshold", strings.Repeat("x", d.table.Threshold)}} {
		if key.text != "" {
			return nil, d.table.WrapKey(key.name, d.table.Line, fmt.Errorf("%w: it has no meaning where the table has the digests", algorithm.ErrUnsupported))
		}
	}
	if d.artifact.Signature != nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: a signature is given, and the table has digests", algorithm.ErrUnsupported))
	}
	c := &pinCheck{family: d.family, trust: d.trusts[0]}
	var err error
	if c.pins, c.evidence, err = key.Pins(d.artifact.Name, d.values["target"]); err != nil {
		return nil, d.table.Wrap(err)
	}
	if len(c.pins) == 0 || c.evidence == nil {
		return nil, d.table.Wrap(fmt.Errorf("%w: the algorithm returned no digest", ErrUnverified))
	}
	return c, nil
}

// check refuses a plan that could never be carried out.
func (c *signatureCheck) check(a *Artifact, online bool) error {
	if key := c.trust.parsed; key != nil && c.at.late() && !c.at.named(a.Digests) {
		if _, ok := key.(algorithm.DigestKey); !ok {
			return c.trust.table.WrapKey("file", c.trust.table.Line, errByBytes(c.family.Name()))
		}
	}
	if c.given == nil && !online {
		return c.trust.table.WrapKey("file", c.trust.table.Line, fmt.Errorf("%w: the signature has to be fetched", ErrNoFetcher))
	}
	for _, f := range c.family.Fields() {
		if f.Kind == algorithm.URL && c.trust.values[f.Name].Text != "" && !online {
			return c.trust.table.WrapKey(f.Name, c.trust.table.Line, fmt.Errorf("%w: it has to be fetched", ErrNoFetcher))
		}
	}
	for _, src := range append(slices.Collect(maps.Values(c.trust.contents)), c.trust.keys...) {
		switch {
		case src.File != "" && a.ManifestFS == nil:
			return c.trust.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: it is a file, and the manifest's folder is not known: set Artifact.ManifestFS", algorithm.ErrUnsupported))
		case src.URL != "" && !online:
			return c.trust.table.WrapKey(src.Key, src.Line, fmt.Errorf("%w: it has to be fetched", ErrNoFetcher))
		}
	}
	return nil
}

func errByBytes(family string) error {
	return fmt.Errorf("%w: the signature is named by the artifact's digest, and %s judges the artifact's bytes, which are gone by then", algorithm.ErrUnsupported, family)
}

// values are those of the templates: the program's, and what follows from the
// artifact.
func (a *Artifact) values() map[string]string {
	values := maps.Clone(a.Variables)
	if values == nil {
		values = map[string]string{}
	}
	if a.URL != "" {
		values["url"] = a.URL
	}
	if a.Name != "" {
		values["asset"] = a.Name
		values["asset-stem"] = stem(a.Name, values["archive-suffix"])
	}
	if version := values["version"]; version != "" && values["tag"] == "" {
		values["tag"] = "v" + version
	}
	return values
}

// stem is a file's name without the suffix of an archive, of which the program
// may know one.
func stem(name, suffix string) string {
	suffixes := []string{
		suffix, ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar.lz4", ".tgz", ".txz", ".tbz2", ".tbz", ".tzst",
		".tar", ".zip", ".7z", ".gz", ".xz", ".bz2", ".zst", ".exe",
	}
	for _, s := range suffixes {
		if stem, ok := strings.CutSuffix(name, s); ok && s != "" && stem != "" {
			return stem
		}
	}
	return name
}
