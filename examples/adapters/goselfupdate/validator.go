package goselfupdate

import (
	"bytes"
	"context"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A Validator is a [selfupdate.Validator] for one signature beside each asset.
type Validator struct {
	Table  *metadata.Signing // of the program's own publisher
	Config verify.Config     // its Bind.Version is set
	Suffix string            // of the signature's asset, such as ".minisig"

	// Version is that of the release, as [selfupdate.Release.Version] has it, which
	// the framework doesn't tell: it is set between DetectLatest and UpdateTo. As long
	// as it is "", everything is refused.
	Version string
}

// GetValidationAssetName returns the name of the signature of an asset.
func (v *Validator) GetValidationAssetName(name string) string { return name + v.Suffix }

// Validate returns nil if the signature is the publisher's for these bytes under
// the version, and a [*verify.Error] otherwise.
func (v *Validator) Validate(name string, asset, signature []byte) error {
	c := v.Config
	c.Bind.Version = true
	verifier, err := verify.New(c)
	if err != nil {
		return err
	}
	plan, err := verifier.Plan(verify.Artifact{Name: name, Variables: map[string]string{"version": v.Version}, Signature: signature}, v.Table)
	if err != nil {
		return err
	}
	_, err = plan.Stream(context.Background(), bytes.NewReader(asset), nil)
	return err
}
