package ssh

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/wrongkind"
)

// A signer is one line of the key texts: a bare public key, or a line of an
// allowed signers file (ssh-keygen(1), ALLOWED SIGNERS).
type signer struct {
	where string // for people: which line

	principals string // pattern list
	bare       bool   // a bare public key, without principals and options
	options
	key publicKey

	refusal error // why the line doesn't hold for the declared principal and namespace
}

// refuse returns why the line doesn't hold for this principal and namespace,
// and nil if it does.
func (s *signer) refuse(principal, namespace string) error {
	switch {
	case s.bare && principal != "":
		return fmt.Errorf("%w: %s is a bare public key, not one of the principal %q: it takes an allowed signers line, the principal before the key",
			algorithm.ErrIdentity, s.where, principal)
	case !s.bare && principal == "":
		return fmt.Errorf("%w: %s restricts its key to the principals %.80q, but no principal is declared", algorithm.ErrIdentity, s.where, s.principals)
	case !s.bare && !matchList(s.principals, principal):
		return fmt.Errorf("%w: %s is for the principals %.80q, not %q", algorithm.ErrIdentity, s.where, s.principals, principal)
	case s.namespaces != nil && !matchList(*s.namespaces, namespace):
		return fmt.Errorf("%w: %s is for the namespaces %.80q, not %q", algorithm.ErrIdentity, s.where, *s.namespaces, namespace)
	}
	return nil
}

// signs reports whether the line is about this key: the same key, or the
// authority that a certificate names. As in OpenSSH, an authority doesn't sign
// by itself, and the bare key of a certificate isn't the certificate.
func (s *signer) signs(k publicKey) bool {
	if s.authority {
		return k.cert != nil && bytes.Equal(s.key.blob, k.cert.SignatureKey.Marshal())
	}
	return bytes.Equal(s.key.blob, k.blob)
}

// holds judges the line's window of validity.
func (s *signer) holds(now time.Time) error {
	switch {
	case !s.validAfter.IsZero() && now.Before(s.validAfter):
		return fmt.Errorf("%w: %s is valid after %s", algorithm.ErrNotYetValid, s.where, s.validAfter.Format(time.RFC3339))
	case !s.validBefore.IsZero() && now.After(s.validBefore):
		return fmt.Errorf("%w: %s was valid before %s", algorithm.ErrKeyExpired, s.where, s.validBefore.Format(time.RFC3339))
	}
	return nil
}

// parseSigners reads all lines of all texts; every text must have one that can
// be used.
func parseSigners(texts []string) (signers []signer, skipped []error, err error) {
	if len(texts) == 0 {
		return nil, nil, fmt.Errorf("%w: no public key is declared, and one is needed", algorithm.ErrMalformed)
	}
	size, lines := 0, 0
	for i, text := range texts {
		if size += len(text); size > maxKeyText {
			return nil, nil, fmt.Errorf("%w: the keys have more than %d bytes", algorithm.ErrTooLarge, maxKeyText)
		}
		if lines += 1 + strings.Count(text, "\n"); lines > maxLines {
			return nil, nil, fmt.Errorf("%w: the keys have more than %d lines", algorithm.ErrTooLarge, maxLines)
		}
		found, bad := parseText(text, i+1)
		if len(found) == 0 {
			if len(bad) == 0 {
				bad = []error{fmt.Errorf("%w: key %d has no line", algorithm.ErrMalformed, i+1)}
			}
			return nil, nil, wrongkind.Explain(keytext.Bound(bad[0]), text, family, wrongkind.PublicKey)
		}
		signers = append(signers, found...)
		skipped = append(skipped, bad...)
	}
	return signers, skipped, nil
}

func parseText(text string, number int) (signers []signer, bad []error) {
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimRight(strings.TrimLeft(line, " \t"), " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		where := fmt.Sprintf("line %d of key %d", i+1, number)
		s, err := parseLine(line)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", where, err))
			continue
		}
		s.where = where
		signers = append(signers, s)
	}
	return signers, bad
}

// parseLine reads "TYPE BASE64 [COMMENT]" or "PRINCIPALS [OPTIONS] TYPE BASE64
// [COMMENT]". The two can't be confused: the base64 says TYPE once more.
//
// To ssh-keygen a NUL ends the line and a CR a field, wherever they stand: with
// either, what is a denied principal there could be none here.
func parseLine(line string) (s signer, err error) {
	if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' }) {
		return signer{}, fmt.Errorf("%w: control character", algorithm.ErrMalformed)
	}
	blob, ok := cutKey(line)
	if ok {
		s.bare = true
	} else if blob, err = s.parseListed(line); err != nil {
		return signer{}, err
	}
	if s.key, err = parsePublicKey(blob); err != nil {
		return signer{}, err
	}
	if s.key.cert != nil {
		return signer{}, fmt.Errorf("%w: a certificate in place of a key; list its authority with the option cert-authority", algorithm.ErrUnsupported)
	}
	return s, nil
}

// parseListed reads principals and options, and returns the key's blob.
func (s *signer) parseListed(line string) (blob []byte, err error) {
	var rest string
	if s.principals, rest, err = cutPrincipals(line); err != nil {
		return nil, err
	}
	blob, ok := cutKey(rest)
	if ok {
		return blob, nil
	}
	text, rest := cutOptions(rest)
	if blob, ok = cutKey(rest); !ok {
		return nil, fmt.Errorf("%w: neither a public key nor a line of allowed signers", algorithm.ErrMalformed)
	}
	if s.options, err = parseOptions(text); err != nil {
		return nil, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	return blob, nil
}

// cutPrincipals cuts the first field off, which may stand in double quotes as
// a whole. Within it they are refused: ssh-keygen would take them out.
func cutPrincipals(line string) (principals, rest string, err error) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		principals, rest, ok = strings.Cut(quoted, `"`)
		if !ok || rest == "" || !strings.ContainsRune(" \t", rune(rest[0])) {
			return "", "", fmt.Errorf("%w: principals with an open quote", algorithm.ErrMalformed)
		}
	} else {
		principals, rest = cutField(line)
		if strings.Contains(principals, `"`) {
			return "", "", fmt.Errorf("%w: a quote within the principals", algorithm.ErrMalformed)
		}
	}
	return principals, strings.TrimLeft(rest, " \t"), nil
}

// cutKey returns the blob of the key at the start of s; ok is false where
// there is none. The type in front must be the one in the blob.
func cutKey(s string) (blob []byte, ok bool) {
	name, rest := cutField(s)
	text, _ := cutField(rest)
	blob, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, false
	}
	inner, ok := keyType(blob)
	return blob, ok && inner == name
}

// cutField cuts s at its first run of spaces and tabs.
func cutField(s string) (field, rest string) {
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimLeft(s[i:], " \t")
	}
	return s, ""
}
