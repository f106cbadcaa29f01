package metadata

import (
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/relseal/relseal/internal/suggest"
)

// Limits of the lists in a signing table.
const (
	maxKeys         = 64
	maxFiles        = 64
	maxAlternatives = 16
)

// Limits of what a family's own keys say, in bytes, as it is written in the
// table. A regular expression of a few bytes can stand for a machine of millions
// of steps, so it gets less.
const (
	maxText    = 1 << 10
	maxPattern = 512
)

// Signing is a signing table: what the publisher declares about a signature.
// Its templates are texts here; nothing is rendered or fetched. One comes from
// [Parse], [ParseAt] or [NewSigning], which check it.
type Signing struct {
	Name  string // of the document, for messages; "" where there is none
	Table string // dotted path of the table, as it stood
	Line  int    // of the table in the document; 0 where there is none

	// Algorithm is never empty. A name that nobody knows is kept: it means
	// "unsupported", never "unsigned".
	Algorithm string

	// Keys are the public keys of which any may have signed: pubkey first,
	// then keys.
	Keys []Source

	// File is the template of the signature's URL; "" means the default,
	// "{ url }.sig", with Checksums "{ checksums }.sig".
	File string

	// Checksums is the template of the URL of a signed checksum manifest, which
	// covers the artifact under ChecksumName, a template again. "" means not
	// declared.
	Checksums, ChecksumName string

	// SignedName and SignedVersion are templates of the name and of the version
	// that must stand in what is signed; "" means that nothing is demanded.
	// true in the table is "{ asset }" and "{ version }".
	SignedName, SignedVersion string

	// Threshold is how many distinct ones of Keys must have signed, at most 64;
	// 0 means not declared, so that one is enough. Files are the templates of the
	// signatures' URLs where each is a file of its own, at most 64; File is then
	// empty. Each of them has the same share of the time and of the number of
	// documents that a verdict may take.
	Threshold int
	Files     []string

	// Alternatives are such tables again, one level deep. Of this table and
	// these the first that a program supports is binding.
	Alternatives []Signing

	// Fields are all other keys, in the order of the document. Which of them
	// have a meaning is the algorithm's to say.
	Fields []Field

	keysFrom *table         // where Keys stand; nil: in this table
	lines    map[string]int // of the keys; never changed after parsing
}

// A Source says where a key or another document is, and when it counts; exactly
// one of Inline, File and URL is set.
type Source struct {
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

	// NotBefore and NotAfter bound the time at which a key may have signed, both
	// inclusive; zero means unbounded.
	NotBefore, NotAfter time.Time

	// FromVersion and UntilVersion bound the versions that a key may have
	// signed, both inclusive; "" means unbounded.
	FromVersion, UntilVersion string

	// Key is the key of the table that says it, such as "pubkey" or "keys[1]",
	// and Line its line in the document; 0 where there is none.
	Key  string
	Line int
}

// commonKeys are the keys of a signing table that all families share. Every
// other key is a [Field].
func commonKeys() []string {
	return []string{
		"algorithm", "pubkey", "keys", "file", "files", "threshold", "checksums", "checksum-name",
		"signed-name", "signed-version", "alternatives",
	}
}

// Wrap returns err as one of the table as a whole.
func (s *Signing) Wrap(err error) *Error {
	return table{file: s.Name, path: s.Table}.wrap("", s.Line, err)
}

// WrapKey returns err as one of the table's own key of that name, such as
// "file", or of a source's.
func (s *Signing) WrapKey(key string, line int, err error) *Error {
	if name, _, _ := strings.Cut(key, "["); isKeys(name) && s.keysFrom != nil {
		return s.keysFrom.about(key, line, err)
	}
	return table{file: s.Name, path: s.Table}.about(key, line, err)
}

// parseSigning reads the signing table v that stands at the path.
func parseSigning(file, path string, v *value) (*Signing, error) {
	return parseTable(file, path, v, true)
}

func parseTable(file, path string, v *value, outermost bool) (*Signing, error) {
	t := table{file: file, path: path}
	if v.kind != unstable.Table {
		return nil, t.wrap("", v.line, because(errType, "must be a table, not %s", v.what()))
	}
	s := &Signing{Name: file, Table: path, Line: v.line, lines: linesOf(v)}
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
	if err := t.whole(s); err != nil {
		return nil, err
	}
	return s, nil
}

// whole refuses keys of a table that contradict each other.
func (t table) whole(s *Signing) error {
	switch {
	case s.ChecksumName != "" && s.Checksums == "":
		return t.wrap("checksum-name", s.Line, because(errConflict, "%q without %q", "checksum-name", "checksums"))
	case s.Files != nil && s.File != "":
		return t.wrap("files", s.Line, because(errConflict, "%q and %q", "files", "file"))
	case s.Files != nil && s.Threshold == 0:
		return t.wrap("files", s.Line, because(errConflict, "%q without %q, which says how many of them must be good", "files", "threshold"))
	case s.Files != nil && s.Threshold > len(s.Files):
		return t.wrap("threshold", s.Line, because(errConflict, "a threshold of %d for %d files", s.Threshold, len(s.Files)))
	case s.Algorithm == "":
		for _, f := range s.Fields {
			if suggest.Nearest(f.Name, []string{"algorithm"}) != "" {
				return t.wrap("algorithm", f.Line, because(errMissing, "%q is missing: unknown key %.100q (did you mean %q?)", "algorithm", f.Name, "algorithm"))
			}
		}
		return t.wrap("algorithm", s.Line, because(errMissing, "%q is missing", "algorithm"))
	}
	return nil
}

// set reads one key of the table into s.
func (t table) set(s *Signing, key string, v *value) (err error) {
	switch key {
	case "algorithm":
		s.Algorithm, err = t.text(key, v)
	case "pubkey":
		var source Source
		source, err = t.source(key, v, aKey)
		s.Keys = slices.Insert(s.Keys, 0, source)
	case "keys":
		var keys []Source
		keys, err = t.keys(key, v)
		s.Keys = append(s.Keys, keys...)
	case "file":
		s.File, err = t.text(key, v)
	case "files":
		s.Files, err = t.texts(key, v, maxFiles)
	case "threshold":
		s.Threshold, err = t.count(key, v, maxKeys)
	case "signed-name":
		s.SignedName, err = t.signed(key, v, "{ asset }")
	case "signed-version":
		s.SignedVersion, err = t.signed(key, v, "{ version }")
	case "checksums":
		s.Checksums, err = t.text(key, v)
	case "checksum-name":
		s.ChecksumName, err = t.text(key, v)
	case "alternatives":
		err = t.wrap(key, v.line, because(errUnknownKey, "%q inside of alternatives", key))
	default:
		s.Fields = append(s.Fields, Field{Name: key, Line: v.line, value: v, table: t})
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

// clone returns a copy that shares nothing that can be changed with s.
func (s *Signing) clone() *Signing {
	c := *s
	c.Keys, c.Files, c.Fields = slices.Clone(s.Keys), slices.Clone(s.Files), slices.Clone(s.Fields)
	c.Alternatives = slices.Clone(s.Alternatives)
	for i := range c.Alternatives {
		c.Alternatives[i] = *s.Alternatives[i].clone()
	}
	return &c
}
