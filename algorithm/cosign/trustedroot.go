package cosign

import (
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
)

// A TrustedRoot holds whom to trust: certificate authorities, transparency
// logs, certificate transparency logs and timestamp authorities, each with the
// time in which it is to be trusted. It is parsed once and safe for concurrent
// use by any number of verifications; to refresh it, make a new one.
type TrustedRoot struct {
	material root.TrustedMaterial
	fetched  time.Time
}

// ParseTrustedRoot parses a trusted root of sigstore, as JSON: what cosign
// calls trusted_root.json
// (https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto).
// The error wraps [algorithm.ErrMalformed].
func ParseTrustedRoot(json []byte) (*TrustedRoot, error) {
	tr, err := root.NewTrustedRootFromJSON(json)
	if err != nil {
		return nil, fmt.Errorf("%w: trusted root: %w", algorithm.ErrMalformed, err)
	}
	return &TrustedRoot{material: newCached(tr)}, nil
}
