package verify

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Document is one that was fetched for a verdict: a signature, a manifest of
// checksums, a key, or what a family wants beside these. A [Fetcher] that gives
// the documents of a report by role and URL lets the same plan judge again, to
// the same end, without network.
type Document struct {
	// Role and URL are those of the [Request].
	Role string `json:"role"`
	URL  string `json:"url"`

	// SHA256 is the content's, in lower-case hex, and Size its bytes.
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`

	// Content isn't in the report's JSON: it is the program's to keep, by its
	// digest. Reports of one batch may share it, so it must not be changed.
	Content []byte `json:"-"`
}

// keptDocuments are those of one session, each once and in the order in which they
// were wanted first.
type keptDocuments struct{ all []Document }

func (k *keptDocuments) add(d Document) {
	for _, had := range k.all {
		if had.Role == d.Role && had.URL == d.URL && had.SHA256 == d.SHA256 {
			return
		}
	}
	k.all = append(k.all, d)
}

// keep keeps what was fetched, where the program wants that.
func (s *session) keep(role, url string, content []byte) {
	if !s.net.keep {
		return
	}
	sum := sha256.Sum256(content)
	s.kept.add(Document{Role: role, URL: url, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)), Content: content})
}
