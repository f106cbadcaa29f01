package notation

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/relseal/relseal/algorithm"
)

// A target is what is signed of the artifact.
type target struct {
	mediaType     string
	digest        algorithm.Digest
	size          int64
	annotations   map[string]string
	name, version string // of the annotations; "" where they don't say
}

// parsePayload reads the descriptor, of JSON that [checkJSON] has passed.
func parsePayload(data []byte) (*target, error) {
	var payload struct {
		TargetArtifact *struct {
			MediaType   string
			Digest      string
			Size        *int64
			Annotations map[string]string
		}
	}
	if err := json.Unmarshal(data, &payload); err != nil {
		return nil, fmt.Errorf("%w: payload: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	p := payload.TargetArtifact
	if p == nil || p.MediaType == "" || p.Size == nil || *p.Size < 0 {
		return nil, fmt.Errorf("%w: the payload needs a targetArtifact with mediaType, digest and size", algorithm.ErrMalformed)
	}
	d, err := algorithm.ParseDigest(p.Digest)
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if d.String() != p.Digest {
		return nil, fmt.Errorf("%w: payload: a digest is written in small letters", algorithm.ErrMalformed)
	}
	return &target{
		mediaType: p.MediaType, digest: d, size: *p.Size, annotations: p.Annotations,
		name: fileName(p.Annotations[ocispec.AnnotationTitle]), version: plain(p.Annotations[ocispec.AnnotationVersion]),
	}, nil
}

// descriptor is the target as notation-go compares it.
func (t *target) descriptor() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: t.mediaType, Digest: digest.Digest(t.digest.String()), Size: t.size}
}

// checkHash demands of the digest the hash that signed: a verifier of the Notary
// Project computes no other.
func (t *target) checkHash(by signature.Algorithm) error {
	if t.digest.Hash() != by.Hash() {
		return fmt.Errorf("%w: the payload has a %s digest, and a signature of this key is over one by %s", algorithm.ErrUnsupported, t.digest.Name(), by.Hash())
	}
	return nil
}

// says compares the annotations with what the table demands.
func (t *target) says(demanded []algorithm.Claim) error {
	for _, c := range demanded {
		if got, ok := t.annotations[c.Field]; !ok || got != c.Value {
			return fmt.Errorf("%w: the signed annotation %.100q says %.100q, and must say %.100q", algorithm.ErrNameMismatch, c.Field, got, c.Value)
		}
	}
	return nil
}

// fileName is a text that is one element of a path, "" for any other.
func fileName(text string) string {
	if text == "." || text == ".." || strings.ContainsAny(text, `/\`) {
		return ""
	}
	return plain(text)
}

const maxText = 1024 // bytes of a text in the evidence

// plain is a text that can be shown as it is, "" for any other.
func plain(text string) string {
	if len(text) > maxText || !utf8.ValidString(text) || strings.ContainsFunc(text, isHidden) {
		return ""
	}
	return text
}

func isHidden(r rune) bool { return !unicode.IsPrint(r) }

// shown is a text from outside for people: one with what can't be seen is quoted,
// and of a long one the middle is left out.
func shown(text string) string {
	if len(text) > maxText {
		const half = maxText/2 - len("…")
		text = strings.ToValidUTF8(text[:half], "") + "…" + strings.ToValidUTF8(text[len(text)-half:], "")
	}
	if plain(text) == text {
		return text
	}
	quoted := fmt.Sprintf("%+q", text)
	return quoted[:min(len(quoted), maxText)]
}
