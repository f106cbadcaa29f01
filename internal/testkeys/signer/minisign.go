package signer

import (
	"fmt"
	"strings"

	"github.com/relseal/relseal/internal/testkeys/signer/minisignkey"
)

// stamped is a key of minisign with the comment that the program writes, and the
// version behind it.
type stamped struct{ *minisignkey.Key }

func (m stamped) Public() string { return m.PublicKey() }

func (m stamped) Sign(artifact []byte, s Stamp) ([]byte, error) {
	fields := []string{fmt.Sprintf("timestamp:%d", signedAt().Unix())}
	if s.Name != "" {
		fields = append(fields, "file:"+s.Name)
	}
	if s.Version != "" {
		fields = append(fields, "version:"+s.Version)
	}
	return m.SignBytes(artifact, strings.Join(fields, "\t")), nil
}
