package aqua

import (
	"strings"
)

// A Way is one of the signatures that an entry demands.
type Way struct {
	Mechanism string // by its key in the entry, such as checksum.cosign
	Line      int
	Table     Table
	Err       error // why it can't be said by a table; an *Error
}

// Choose returns the table of the one way there is or that is named, or, with all,
// of all of them: the others are then alternatives of the first, and it takes a
// program that checks every alternative (verify.Config.RequireAll) to demand what aqua
// does. Without either, several are refused with [ErrSeveral]: a table by itself can
// only say which of them comes first.
func (r *Release) Choose(only string, all bool) (*Table, error) {
	var chosen []Way
	for _, w := range r.Ways {
		if only == "" || w.Mechanism == only {
			chosen = append(chosen, w)
		}
	}
	switch {
	case len(chosen) == 0:
		return nil, refuse(ErrEntry, "%q isn't declared; %s is", only, r.mechanisms())
	case len(chosen) > 1 && !all:
		return nil, refuse(ErrSeveral, "%s; a table says which one comes first: choose one, or take all of them for a program that checks every alternative", r.mechanisms())
	}
	for _, w := range chosen {
		if w.Err != nil {
			return nil, w.Err
		}
	}
	t := chosen[0].Table
	for _, w := range chosen[1:] {
		t.Alternatives = append(t.Alternatives, w.Table)
	}
	return &t, nil
}

func (r *Release) mechanisms() string {
	var names []string
	for _, w := range r.Ways {
		names = append(names, w.Mechanism)
	}
	return strings.Join(names, ", ")
}

// A maker makes the table of one way.
type maker struct {
	mechanism string
	line      int
	enabled   bool
	table     func() (*Table, error)
}

// release makes all ways.
func (p *platform) release() (*Release, error) {
	v, e := p.spec, p.entry
	r := &Release{
		Package: e.name(v), Name: e.program(v), Tag: p.query.Version, Version: v.bare(p.query.Version),
		URL: p.url, Asset: p.asset, OS: p.query.OS, Arch: p.query.Arch, file: e.file,
	}
	if isName(v.RepoOwner) && isName(v.RepoName) {
		r.Repo = gitHub + v.RepoOwner + "/" + v.RepoName
	}
	for _, m := range p.makers() {
		if !m.enabled {
			p.tell(m.line, m.mechanism, ruleDisabled, warning, "it is declared and switched off: nothing of it is checked")
			continue
		}
		w := Way{Mechanism: m.mechanism, Line: m.line}
		table, err := m.table()
		if err == nil {
			_, err = table.Signing()
		}
		if w.Err = e.at(m.line, m.mechanism, err); err == nil {
			w.Table = *table
		}
		r.Ways = append(r.Ways, w)
	}
	p.tellChecksum(r)
	r.Findings = p.findings()
	if len(r.Ways) == 0 {
		return r, e.at(e.line, "", refuse(ErrUnsigned, "a checksum alone, or nothing, says not who published it"))
	}
	return r, nil
}

// name is the package's.
func (e *Entry) name(v *versioned) string {
	if e.info.Name != "" {
		return e.info.Name
	}
	return v.RepoOwner + "/" + v.RepoName
}

// makers are the ways that are declared, those over the artifact first, and first
// what says most of where it is from.
func (p *platform) makers() (all []maker) {
	v := p.spec
	if s := v.SLSA; s != nil {
		all = append(all, maker{"slsa_provenance", s.at, s.enabled(), func() (*Table, error) { return p.slsa(s) }})
	}
	add := func(prefix, sums string, a *attestations, c *cosign, m *minisign) {
		if a != nil {
			all = append(all, maker{prefix + "github_artifact_attestations", a.at, enabled(a.Enabled), func() (*Table, error) { return p.attestation(prefix, sums, a) }})
		}
		if c != nil {
			all = append(all, maker{prefix + "cosign", c.at, c.enabled(), func() (*Table, error) { return p.cosign(prefix, sums, c) }})
		}
		if m != nil {
			all = append(all, maker{prefix + "minisign", m.at, enabled(m.Enabled), func() (*Table, error) { return p.minisign(prefix, sums, m) }})
		}
	}
	add("", "", v.Attestations, v.Cosign, v.Minisign)
	switch c := v.Checksum; {
	case c == nil:
	case !enabled(c.Enabled): // and with them what is over them
		before := len(all)
		add("checksum.", "", c.Attestations, c.Cosign, c.Minisign)
		for i := range all[before:] {
			all[before+i].enabled = false
		}
	default:
		sums, err := p.sums(c)
		before := len(all)
		add("checksum.", sums, c.Attestations, c.Cosign, c.Minisign)
		for i := range all[before:] {
			if err != nil {
				all[before+i].table = func() (*Table, error) { return nil, err }
			}
		}
	}
	if t := v.ImmutableRelease; t != nil && t.value {
		all = append(all, maker{"github_immutable_release", t.at, true, p.immutable})
	}
	return all
}

func enabled(said *bool) bool { return said == nil || *said }

// enabled is what aqua takes for it: a section in which nothing stands is off.
func (c *cosign) enabled() bool {
	return enabled(c.Enabled) && (c.Enabled != nil || len(c.Opts) > 0 || c.Signature != nil || c.Certificate != nil || c.Key != nil || c.Bundle != nil)
}

func (s *slsa) enabled() bool { return enabled(s.Enabled) && (s.Enabled != nil || s.Type != "") }
