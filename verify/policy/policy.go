// Package policy reads what a consumer demands of the software that it
// installs, from one TOML file that several installers may share:
//
//	version = 1
//	families = ["minisign", "cosign"]
//	hosts = ["github.com", "*.example.org"]
//
//	[[package]]
//	name = "tool"
//	keys = ["RWQ…"]
//
// The data's way:
//
//	file ──Parse──▶ Policy ──Config(what the program links)──▶ verify.Config ──▶ verify.New
//
// docs/policy.md lists every key. A file is read strictly: a key that has no
// meaning, a value of the wrong type, an empty list and what stands twice are
// errors with their line, since a demand that is ignored is a hole. A file that
// is empty, or can't be read, is an error as well, and never a policy that
// demands nothing.
//
// A policy only ever demands more than the program does. What it has to say
// about a package counts before what the package's publisher says: see
// [Policy.Config].
package policy

import (
	"errors"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Policy is a file that was read. The zero value is none: its Config fails.
// It is safe for concurrent use.
type Policy struct {
	// Pins are what the file says of the pins that were recorded; nil where it
	// says nothing.
	Pins *Pins

	name       string // of the file
	signatures verify.Policy
	families   []word
	bind       verify.Binding
	all        bool
	hosts      *hosts    // nil: any
	strength   *strength // nil: what the families demand
	roots      roots
	limits     limits
	rules      []rule
}

// version is that of the format.
const version = 1

// Limits of the lists in a file.
const (
	maxFamilies = 64
	maxHosts    = 256
	maxRoots    = 256
	maxRules    = 256
)

var (
	errMissing  = errors.New("missing")
	errUnknown  = errors.New("unknown key")
	errValue    = errors.New("bad value")
	errConflict = errors.New("conflict")
)

// Parse reads a policy. The name is for messages, and the errors of what the
// policy refuses have it, too. The error is a [*metadata.Error] with the line.
// The limits are those of [metadata.Parse], and 256 rules, hosts and roots
// each.
func Parse(name string, data []byte) (*Policy, error) {
	fields, err := metadata.ParseFields(name, data)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(name, fields); err != nil {
		return nil, err
	}
	p := &Policy{name: name}
	for _, f := range fields {
		if err := p.set(f); err != nil {
			return nil, err
		}
	}
	if p.families == nil {
		return nil, missing(name, 0, "", "families", "it names the families of signatures that count")
	}
	if err := p.checkRules(); err != nil {
		return nil, err
	}
	return p, nil
}

// checkVersion comes before everything else: what another version's keys mean
// isn't known.
func checkVersion(name string, fields []metadata.Field) error {
	for _, f := range fields {
		if f.Name != "version" {
			continue
		}
		if _, err := f.Number(version, version); err != nil {
			return f.Wrap(because(errors.Join(errValue, err), "it must be the number %d, which is the format that this program reads", version))
		}
		return nil
	}
	return missing(name, 0, "", "version", "a policy says version = 1 and what it demands")
}

// set reads one key of the file.
func (p *Policy) set(f metadata.Field) (err error) {
	switch f.Name {
	case "version": // was read first
	case "signatures":
		p.signatures, err = readSignatures(f)
	case "families":
		p.families, err = words(f, maxFamilies)
	case "bind":
		p.bind, err = readBinding(f)
	case "require-all":
		p.all, err = f.Truth()
	case "hosts":
		p.hosts, err = readHosts(f)
	case "strength":
		p.strength, err = readStrength(f)
	case "roots":
		p.roots, err = readRoots(f)
	case "limits":
		p.limits, err = readLimits(f)
	case "pins":
		p.Pins, err = readPins(f)
	case "package":
		p.rules, err = readRules(f)
	default:
		err = unknown(f, "version", "signatures", "families", "bind", "require-all", "hosts", "strength", "roots", "limits", "pins", "package")
	}
	return err
}

func readSignatures(f metadata.Field) (verify.Policy, error) {
	text, err := f.Text()
	if err != nil {
		return 0, err
	}
	for _, p := range []verify.Policy{verify.Require, verify.IfDeclared} {
		if text == p.String() {
			return p, nil
		}
	}
	return 0, f.Wrap(because(errValue, "it may be %q or %q, not %q", verify.Require, verify.IfDeclared, text))
}

func readBinding(f metadata.Field) (b verify.Binding, err error) {
	list, err := words(f, 2)
	for _, w := range list {
		switch w.text {
		case "name":
			b.Name = true
		case "version":
			b.Version = true
		default:
			return b, w.Wrap(because(errValue, `it may be "name" or "version", not %q`, w.text))
		}
	}
	return b, err
}
