package policy

import (
	"path/filepath"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// Pins are what a policy demands of the pins: what was seen of a package before.
type Pins struct {
	// File is where they are recorded: as the policy says it, where it is
	// relative below the policy's own folder.
	File string

	// AllowRollback lets a lower version pass than the highest that was seen,
	// and AllowNewSigner another signer than before.
	AllowRollback, AllowNewSigner bool

	// Trust lets a pinned digest stand in the place of a signature.
	Trust bool
}

func readPins(f metadata.Field) (*Pins, error) {
	p := &Pins{}
	err := table(f, func(f metadata.Field) (err error) {
		switch f.Name {
		case "file":
			p.File, err = f.Text()
		case "allow-rollback":
			p.AllowRollback, err = f.Truth()
		case "allow-new-signer":
			p.AllowNewSigner, err = f.Truth()
		case "trust":
			p.Trust, err = f.Truth()
		default:
			err = unknown(f, "file", "allow-rollback", "allow-new-signer", "trust")
		}
		return err
	})
	if err == nil && p.File == "" {
		err = f.Wrap(because(errMissing, "%q is missing: it says where the pins are recorded", "file"))
	}
	return p, err
}

// below resolves the file against the policy's folder.
func (p *Pins) below(policy string) {
	if !filepath.IsAbs(p.File) {
		p.File = filepath.Join(filepath.Dir(policy), filepath.FromSlash(p.File))
	}
}

// apply has the configuration keep the pins. A program that has pins of its own
// keeps its store, and what both allow is allowed. That a pin stands in for a
// signature is the policy's alone to say, also where it has no pins: a family that
// it doesn't name would count again.
func (p *Pins) apply(c *verify.Config) {
	c.TrustPins = p != nil && p.Trust
	if p == nil {
		return
	}
	if c.Pins == nil {
		c.Pins, c.AllowRollback, c.AllowNewSigner = pin.File{Path: p.File}, true, true
	}
	c.AllowRollback = c.AllowRollback && p.AllowRollback
	c.AllowNewSigner = c.AllowNewSigner && p.AllowNewSigner
}
