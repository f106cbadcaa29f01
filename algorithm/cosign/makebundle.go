package cosign

import (
	"bytes"
	"encoding/json"
	"fmt"

	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/relseal/relseal/algorithm"
)

const bundleV03 = "application/vnd.dev.sigstore.bundle.v0.3+json"

// makeBundle writes a signature over a SHA-256, its certificate and its log
// entries as a bundle v0.3, which has all that is needed to verify it again.
func makeBundle(s *signed) ([]byte, error) {
	var entries []*protorekor.TransparencyLogEntry
	for _, entry := range s.entries {
		entries = append(entries, entry.TransparencyLogEntry)
	}
	text, err := protojson.Marshal(&protobundle.Bundle{
		MediaType: bundleV03,
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content:     &protobundle.VerificationMaterial_Certificate{Certificate: &protocommon.X509Certificate{RawBytes: s.certificate.Raw}},
			TlogEntries: entries,
		},
		Content: &protobundle.Bundle_MessageSignature{MessageSignature: &protocommon.MessageSignature{
			MessageDigest: &protocommon.HashOutput{Algorithm: protocommon.HashAlgorithm_SHA2_256, Digest: s.digest},
			Signature:     s.signature,
		}},
	})
	// The library varies the spaces, lest anybody rely on them.
	var compact bytes.Buffer
	if err == nil {
		err = json.Compact(&compact, text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: as a bundle: %w", algorithm.ErrMalformed, err)
	}
	return compact.Bytes(), nil
}
