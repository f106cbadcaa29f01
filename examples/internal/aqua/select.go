package aqua

import (
	"maps"
	"slices"
	"strings"
)

// of is the entry for the version: what stands for all of them, with the first of
// the version_overrides that holds, as aqua has it.
func (e *Entry) of(q Query) (*versioned, error) {
	base := e.info.versioned
	constraint := e.info.VersionConstraint
	if constraint.value == "" {
		return &base, nil
	}
	if held, err := e.holds(constraint, value(base.VersionPrefix), q.Version); held || err != nil {
		return &base, err
	}
	for _, vo := range e.info.VersionOverrides {
		prefix := base.VersionPrefix
		if vo.VersionPrefix != nil {
			prefix = vo.VersionPrefix
		}
		held, err := e.holds(vo.VersionConstraint, value(prefix), q.Version)
		if err != nil {
			return nil, err
		}
		if held {
			base.overrideVersion(&vo.versioned)
			return &base, nil
		}
	}
	return &base, nil
}

// holds is false for a version without the prefix.
func (e *Entry) holds(constraint text, prefix, version string) (bool, error) {
	bare, ok := strings.CutPrefix(version, prefix)
	if !ok {
		return false, nil
	}
	held, err := holds(constraint.value, version, bare)
	return held, e.at(constraint.at, "version_constraint", err)
}

// set puts a value into the place of another where there is one.
func set[T comparable](dst *T, v T) {
	var none T
	if v != none {
		*dst = v
	}
}

func setText(dst *text, v text) {
	if v.value != "" {
		*dst = v
	}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (v *versioned) overrideVersion(by *versioned) {
	set(&v.RepoOwner, by.RepoOwner)
	set(&v.RepoName, by.RepoName)
	set(&v.VersionPrefix, by.VersionPrefix)
	set(&v.ErrorMessage, by.ErrorMessage)
	set(&v.Rosetta2, by.Rosetta2)
	set(&v.WindowsARMEmulation, by.WindowsARMEmulation)
	set(&v.NoAsset, by.NoAsset)
	set(&v.ImmutableRelease, by.ImmutableRelease)
	if by.FormatOverrides != nil {
		v.FormatOverrides = by.FormatOverrides
	}
	if by.Overrides != nil {
		v.Overrides = by.Overrides
	}
	if by.SupportedEnvs != nil {
		v.SupportedEnvs = by.SupportedEnvs
	}
	if by.Replacements != nil {
		v.Replacements = nil // whole, where a platform's are added
	}
	v.override(&by.platformed)
}

// override has what is said for a platform or a version count.
func (v *versioned) override(by *platformed) {
	if by.Type != "" {
		v.reset(by.Type)
	}
	set(&v.Type, by.Type)
	set(&v.Format, by.Format)
	setText(&v.Asset, by.Asset)
	setText(&v.URL, by.URL)
	set(&v.CompleteWindowsExt, by.CompleteWindowsExt)
	set(&v.WindowsExt, by.WindowsExt)
	set(&v.AppendExt, by.AppendExt)
	set(&v.Checksum, by.Checksum)
	set(&v.Cosign, by.Cosign)
	set(&v.SLSA, by.SLSA)
	set(&v.Minisign, by.Minisign)
	set(&v.Attestations, by.Attestations)
	if by.Vars != nil {
		v.Vars = by.Vars
	}
	if by.Replacements != nil {
		all := maps.Clone(v.Replacements)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, by.Replacements)
		v.Replacements = all
	}
}

// reset drops what has no meaning for another type.
func (v *versioned) reset(to string) {
	switch to {
	case typeRelease:
		v.URL = text{}
	case typeHTTP:
		v.Asset = text{}
	}
}

// forPlatform has the first override count that is for the platform.
func (e *Entry) forPlatform(v *versioned, q Query) error {
	for _, f := range v.FormatOverrides {
		if f.GOOS == q.OS {
			v.Format = f.Format
			break
		}
	}
	for _, o := range v.Overrides {
		if o == nil {
			return e.at(e.line, "overrides", refuse(ErrEntry, "an empty one"))
		}
		matches, err := o.matches(q)
		if err != nil {
			return e.at(e.line, "overrides", err)
		}
		if matches {
			v.override(&o.platformed)
			return nil
		}
	}
	return nil
}

func (o *override) matches(q Query) (bool, error) {
	switch {
	case o.GOOS != "" && o.GOOS != q.OS, o.GOArch != "" && o.GOArch != q.Arch:
		return false, nil
	case o.Envs != nil && !named(o.Envs, q.OS, q.Arch):
		return false, nil
	}
	for _, v := range o.Variants {
		switch {
		case v.Key != "libc":
			return false, nil // aqua, too, passes over what it doesn't know
		case q.OS == "linux" && q.Libc == "":
			return false, refuse(ErrUnsupported, "what is published depends on the C library: say which one")
		case v.Value != q.Libc:
			return false, nil
		}
	}
	return true, nil
}

// named reports whether a platform is in a list.
func named(list []string, goos, arch string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return s == goos || s == arch || s == goos+"/"+arch || s == "all" })
}

// supported reports whether something is published for the platform, which on two
// systems may be emulated.
func (v *versioned) supported(q Query) bool {
	list := v.SupportedEnvs
	return list == nil || named(list, q.OS, q.Arch) || v.emulated(q) && (slices.Contains(list, "amd64") || slices.Contains(list, q.OS+"/amd64"))
}

// emulated reports whether the platform runs what is built for amd64.
func (v *versioned) emulated(q Query) bool {
	return q.Arch == "arm64" && (q.OS == "darwin" && value(v.Rosetta2) || q.OS == "windows" && value(v.WindowsARMEmulation))
}
