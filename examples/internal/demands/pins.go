package demands

import (
	"errors"
	"flag"

	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

// Pins are what the command line says of what was seen before.
type Pins struct {
	File string // "": no pins

	allowRollback, allowNewSigner, trust bool
}

func (o *Pins) register(fs *flag.FlagSet) {
	fs.Func("pin", "the `file` of pins: what the artifact is compared with, and pinned in", o.setFile)
	fs.BoolVar(&o.allowRollback, "allow-rollback", false, "let a version pass that is lower than one that is pinned")
	fs.BoolVar(&o.allowNewSigner, "allow-new-signer", false, "let pass what another has signed than before, or nobody")
	fs.BoolVar(&o.trust, "trust-pins", false, "have the pin of the same version stand in for the signature, if one was verified then")
}

// setFile refuses the empty name that a script's unset variable leaves: nothing would
// be compared.
func (o *Pins) setFile(name string) error {
	if name == "" || o.File != "" {
		return errors.New("one file is wanted")
	}
	o.File = name
	return nil
}

// any reports whether something is wanted of pins.
func (o *Pins) any() bool { return o.allowRollback || o.allowNewSigner || o.trust }

// add puts the pins into the configuration.
func (o *Pins) add(c *verify.Config) {
	if o.File == "" {
		return
	}
	c.Pins = pin.File{Path: o.File}
	c.AllowRollback, c.AllowNewSigner, c.TrustPins = o.allowRollback, o.allowNewSigner, o.trust
}
