package cosign

import "github.com/relseal/relseal/algorithm"

// The family's keys of a signing table.
const (
	fieldCertificate     = "certificate"
	fieldIdentity        = "identity"
	fieldPredicateType   = "predicate-type"
	fieldRelease         = "release"
	fieldTrustedRoot     = "trusted-root"
	fieldTransparencyLog = "transparency-log"
	fieldSCT             = "sct"
)

// Fields are identity, with the fields of a Fulcio certificate by these names
// (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md), or several of
// which any may have signed, release (repository and tag of one on GitHub),
// predicate-type, which names the types of the attestations that count,
// certificate, which says where that of a plain signature lies, trusted-root, and
// transparency-log and sct, which say whether a log entry and a signed
// certificate timestamp are demanded.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: fieldIdentity, Kind: algorithm.Table, Many: true, Keys: identityKeys(), Signed: true, Patterns: true},
		{Name: fieldPredicateType, Kind: algorithm.Text, Many: true},
		{Name: fieldRelease, Kind: algorithm.Table, Keys: []string{fieldRepository, fieldTag}, Signed: true},
		{Name: fieldCertificate, Kind: algorithm.URL},
		{Name: fieldTrustedRoot, Kind: algorithm.Content},
		{Name: fieldTransparencyLog, Kind: algorithm.Truth},
		{Name: fieldSCT, Kind: algorithm.Truth},
	}
}

// identityKeys are the names of all fields that an identity may have.
func identityKeys() []string {
	keys := []string{fieldIssuer, fieldSubject}
	for _, f := range extensionFields() {
		if f.name != fieldIssuer {
			keys = append(keys, f.name)
		}
	}
	return keys
}
