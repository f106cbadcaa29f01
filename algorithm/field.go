package algorithm

import (
	"fmt"
	"maps"
	"slices"
)

// A Kind says what a [Field] holds in the signing table, and so how package
// verify checks it, renders it and hands it over in a [Value].
type Kind int

// The kinds of fields. Templates are those of package template; what they
// render to is one line, holds no control characters and is never empty.
const (
	// Text is a template. Value.Text is what it renders to.
	Text Kind = iota + 1

	// URL is a template of the absolute URL of a document beside the signature,
	// which the family asks for as [DocumentVerifier] says: Value.Text.
	URL

	// Truth is true or false: Value.Truth.
	Truth

	// Content is the content of a document, { file = … } or
	// { url = …, sha256 = … }: Value.Content, of at most the program's
	// MaxDocument bytes.
	Content

	// Table is a table of templates, which isn't empty: Value.Tables has one
	// list.
	Table
)

// A Field is a key of the signing table that one family owns.
type Field struct {
	// Name is the key: lower-case words with hyphens, and none of the keys
	// that all families share, such as "algorithm" or "file".
	Name string

	Kind Kind

	// Many lets an array of at most 64 stand in the place of a Text, whose
	// Value then has Texts, or of a Table, whose Value then has a list for each.
	Many bool

	// Keys are the names that a Table may have; nil lets it have any.
	Keys []string

	// Signed says that what the value says must stand in what is signed, exactly,
	// unless it is a regular expression: one that says the version, say, so
	// binds the version.
	Signed bool

	// Patterns lets a Table have regular expressions (RE2 syntax), with
	// variables in them, under its names with "-regexp" behind them.
	Patterns bool
}

// A Value is what the table says under one key of the family, rendered. The
// field that belongs to its kind is set; see [Kind].
type Value struct {
	Text    string
	Texts   []string
	Truth   bool
	Content []byte
	Tables  [][]Claim
}

// A Claim is one entry of a [Table], such as the issuer or the subject of an
// identity, and what it must say.
type Claim struct {
	// Field is the entry's name, without "-regexp".
	Field string

	// Value is the exact text, or a regular expression that must match the
	// whole text where Regexp is set.
	Value  string
	Regexp bool
}

// Trust is what the publisher declared and what an [Algorithm] turns into a
// [Key]. Files and URLs are already resolved to bytes, templates are rendered.
type Trust struct {
	// PublicKeys are the keys of which any may have signed, each in the
	// family's native form: pubkey and keys of the table.
	PublicKeys []string

	// Values are the declared ones of the family's own fields, by their names.
	Values map[string]Value

	// Bind judges what a signature says of its artifact, as [Evidence].FileName
	// and Version have it, "" where it says nothing: the error wraps
	// [ErrNameMismatch] or [ErrVersionMismatch], and refuses the signature. nil
	// demands nothing; only a [Binder] gets another. A family calls it for each
	// signature that may count, as soon as it knows what the signature says and
	// that the signer said it. Package verify judges the evidence again.
	Bind func(name, version string) error
}

// Only returns an error where a value isn't one of the fields, which wraps
// [ErrUnsupported], or isn't of its field's kind or is empty, which wraps
// [ErrMalformed], and nil if all are: a constraint that is silently ignored is a
// hole. What the [Claim]s of a table say, such as their names, it leaves to the
// family. Every [Algorithm.Key] calls it first, since a program may make a Trust of
// its own.
func (t Trust) Only(fields []Field) error {
	for _, name := range slices.Sorted(maps.Keys(t.Values)) {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		switch {
		case at < 0:
			return fmt.Errorf("%w: %.80q has no meaning for this algorithm", ErrUnsupported, name)
		case !fields[at].holds(t.Values[name]):
			return fmt.Errorf("%w: %q is empty or of another kind than it has to be", ErrMalformed, name)
		}
	}
	return nil
}

// holds reports whether the value has what the field's kind says, and nothing
// else.
func (f Field) holds(v Value) bool {
	has := func(text, texts, truth, content, tables bool) bool {
		return (v.Text != "") == text && (len(v.Texts) > 0) == texts && (truth || !v.Truth) &&
			(v.Content != nil) == content && (len(v.Tables) > 0) == tables
	}
	switch f.Kind {
	case Text, URL:
		return has(!f.Many, f.Many, false, false, false) && !slices.Contains(v.Texts, "")
	case Truth:
		return has(false, false, true, false, false)
	case Content:
		return has(false, false, false, true, false)
	case Table:
		empty := func(claims []Claim) bool { return len(claims) == 0 }
		return has(false, false, false, false, true) && (f.Many || len(v.Tables) == 1) && !slices.ContainsFunc(v.Tables, empty)
	default:
		return false
	}
}
