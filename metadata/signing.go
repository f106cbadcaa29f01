package metadata

import (
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Limits of the lists in a signing table.
const (
	maxKeys         = 64
	maxAlternatives = 16
)

// Limits of a claim's value, in bytes, as it is written in the table. An
// expression of a few bytes can stand for a machine of millions of steps, so it
// gets less.
const (
	MaxClaim       = 1 << 10
	MaxClaimRegexp = 512
)

// Signing is a signing table: what the publisher declares about a signature.
// Its templates are texts here; nothing is rendered or fetched.
type Signing struct {
	Name  string // of the document, for messages
	Table string // dotted path of the table, as it stood
	Line  int    // of the table in the document

	// Algorithm is never empty. A name that nobody knows is kept: it means
	// "unsupported", never "unsigned".
	Algorithm string

	PublicKey *KeySource  // nil where not declared
	Keys      []KeySource // further keys that may have signed

	// File is the template of the signature's URL; "" means the default,
	// "{ url }.sig".
	File string

	// Identity is who must have signed, in the order of the file; nil where
	// not declared.
	Identity    []Claim
	TrustedRoot *KeySource // never inline; nil where not declared

	TransparencyLog, SCT *bool // nil where not declared

	// Checksums and TrustedComment are templates. "" means not declared, as
	// for the others here.
	Checksums, TrustedComment, Principal, Namespace string

	// Alternatives are such tables again, one level deep.
	Alternatives []Signing
}

// A KeySource says where a key is; exactly one of Inline, File and URL is set.
type KeySource struct {
	// Inline is the key itself; of control characters it has at most line ends
	// and tabs.
	Inline string

	// File is slash-separated, relative to the document's folder, and valid for
	// [io/fs.ValidPath]; it has no backslash and no colon.
	File string

	// URL is absolute and https, without user and fragment.
	URL string

	// SHA256 is what the URL's content must hash to, in lower-case hex; "" where
	// that is not declared.
	SHA256 string

	Line int // in the document
}

// A Claim is a field of an identity and what it must say.
type Claim struct {
	Field  string // one of [IdentityFields]
	Value  string // template of the text (at most [MaxClaim]), or of a regular expression ([MaxClaimRegexp])
	Regexp bool   // the key ended in "-regexp"
	Line   int    // in the document
}

// IdentityFields returns the names of the fields that an identity may have,
// each also with "-regexp" behind it. They are those of a Fulcio certificate:
// https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md.
func IdentityFields() []string {
	return []string{
		"issuer", "subject",
		"source-repository", "source-digest", "source-ref", "source-repository-id",
		"source-owner", "source-owner-id", "source-visibility",
		"workflow", "workflow-digest", "build-signer", "build-signer-digest",
		"runner-environment", "build-trigger", "run-invocation",
		"github-workflow-trigger", "github-workflow-sha", "github-workflow-name",
		"github-workflow-repository", "github-workflow-ref",
	}
}

// signingKeys are the keys of a signing table.
func signingKeys() []string {
	return []string{
		"algorithm", "pubkey", "file", "keys", "identity", "trusted-root", "transparency-log", "sct",
		"checksums", "trusted-comment", "principal", "namespace", "alternatives",
	}
}

// parseSigning reads the signing table v that stands at the path.
func parseSigning(file, path string, v *value) (*Signing, error) {
	return parseTable(file, path, v, true)
}

func parseTable(file, path string, v *value, outermost bool) (*Signing, error) {
	t := table{file: file, path: path}
	if v.kind != unstable.Table {
		return nil, t.fail("", v.line, because(errType, "must be a table, not %s", v.what()))
	}
	s := &Signing{Name: file, Table: path, Line: v.line}
	for _, key := range v.keys {
		child := v.fields[key]
		var err error
		if key == "alternatives" && outermost {
			s.Alternatives, err = t.alternatives(key, child)
		} else {
			err = t.set(s, key, child)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.Algorithm == "" {
		return nil, t.fail("algorithm", v.line, because(errMissing, "%q is missing", "algorithm"))
	}
	return s, nil
}

// set reads one key of the table into s.
func (t table) set(s *Signing, key string, v *value) (err error) {
	switch key {
	case "algorithm":
		s.Algorithm, err = t.text(key, v)
	case "pubkey":
		s.PublicKey, err = t.source(key, v, true)
	case "file":
		s.File, err = t.text(key, v)
	case "keys":
		s.Keys, err = t.keys(key, v)
	case "identity":
		s.Identity, err = t.identity(key, v)
	case "trusted-root":
		s.TrustedRoot, err = t.source(key, v, false)
	case "transparency-log":
		s.TransparencyLog, err = t.truth(key, v)
	case "sct":
		s.SCT, err = t.truth(key, v)
	case "checksums":
		s.Checksums, err = t.text(key, v)
	case "trusted-comment":
		s.TrustedComment, err = t.text(key, v)
	case "principal":
		s.Principal, err = t.text(key, v)
	case "namespace":
		s.Namespace, err = t.text(key, v)
	case "alternatives":
		err = t.fail(key, v.line, because(errUnknownKey, "%q inside of alternatives", key))
	default:
		err = t.unknown(key, v.line, signingKeys())
	}
	return err
}

func (t table) alternatives(key string, v *value) ([]Signing, error) {
	items, err := t.list(key, v, maxAlternatives)
	if err != nil {
		return nil, err
	}
	var list []Signing
	for i, item := range items {
		s, err := parseTable(t.file, t.element(key, i), item, false)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

// clone returns a copy that shares nothing with s.
func (s *Signing) clone() *Signing {
	c := *s
	c.PublicKey, c.TrustedRoot = clone(s.PublicKey), clone(s.TrustedRoot)
	c.TransparencyLog, c.SCT = clone(s.TransparencyLog), clone(s.SCT)
	c.Keys, c.Identity = slices.Clone(s.Keys), slices.Clone(s.Identity)
	c.Alternatives = slices.Clone(s.Alternatives)
	for i := range c.Alternatives {
		c.Alternatives[i] = *s.Alternatives[i].clone()
	}
	return &c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
