package verify

import (
	"context"
	"crypto"
	"io"

	"github.com/relseal/relseal/algorithm"
)

// A check is a node of a plan: what must hold of the bytes it is given, which
// are the artifact's or those of a document that covers the artifact. It is
// immutable, and a plan can open it any number of times.
//
// The kinds of checks, a file each: one signature by one family; a manifest
// that is checked itself and then tells the artifact's digest; k of n; all of
// several; the first of several that this program supports. None of them knows
// a family's name.
type check interface {
	// open fetches the documents that can be named without the bytes, and
	// refuses what can be refused by them. Errors are of type [*Error].
	open(ctx context.Context, s *session) (judge, error)

	// binds is what of the artifact must be signed for the check to hold.
	binds() Binding

	// outline says what the check will do, for a dry run.
	outline(o *outline)

	// seal writes everything by which the check judges.
	seal(s *seal)
}

// A judge is an opened check: all of the bytes go to what it wants, and then
// it is asked for its verdict, once.
type judge interface {
	wants() wants

	// verdict fetches the documents that only the digests can name, and judges.
	// The digests are those of the hashes that were wanted, and maybe more. On
	// success there is at least one signature.
	verdict(ctx context.Context, digests []algorithm.Digest) ([]Signature, error)
}

// wants is what a judge needs of the bytes.
type wants struct {
	sinks  []io.Writer   // get every byte
	hashes []crypto.Hash // whose digests verdict gets; one may stand there twice
}

func (w wants) and(other wants) wants {
	w.sinks = append(w.sinks, other.sinks...)
	w.hashes = append(w.hashes, other.hashes...)
	return w
}

// A Signature is one that was verified.
type Signature struct {
	// Algorithm is the family that verified it; "pin" is none, but a pin that stood
	// in for it.
	Algorithm string `json:"algorithm,omitempty"`

	// URL is where it was fetched from; "" where the program gave it.
	URL string `json:"signature_url,omitempty"`

	// Manifest is the document that the signature covers, where that isn't the
	// artifact itself.
	Manifest *Manifest `json:"manifest,omitempty"`

	// Evidence is what it proves; never nil.
	Evidence *algorithm.Evidence `json:"evidence,omitempty"`

	bound Binding // of the artifact
}

// A Manifest is a signed document that has the artifact's digest.
type Manifest struct {
	URL    string `json:"url"`
	Name   string `json:"name"`   // under which the artifact stands there; "" for a digest alone
	Line   int    `json:"line"`   // of the document, or of what is signed in it where it holds its own signature
	Digest string `json:"digest"` // as [algorithm.Digest.String] has it
}

// digestOf returns that of the hash.
func digestOf(digests []algorithm.Digest, h crypto.Hash) (algorithm.Digest, bool) {
	for _, d := range digests {
		if d.Hash() == h {
			return d, true
		}
	}
	return algorithm.Digest{}, false
}
