// Package metadata reads the TOML tables in which a publisher declares how a
// release is signed and where it is: [package.metadata.binstall] of a
// Cargo.toml, as cargo-binstall reads it
// (https://github.com/cargo-bins/cargo-binstall/blob/main/SUPPORT.md and
// SIGNING.md), or a signing table of any other TOML document. It turns them
// into plain data and knows nothing of cryptography: that an algorithm's name
// is unknown or a key is no key is found later.
//
// The data's way: [Parse] reads a Cargo.toml and judges every signing table in
// it, [Manifest.For] applies the overrides of a target, and
// [Manifest.Variables] gives the values for the templates. [Manifest.Candidates]
// does all of that, and says where a release may be. [ParseAt] reads a
// signing table from anywhere else, and [NewSigning] makes one from Go values.
//
// # Where a signing table may stand
//
// In [package.metadata.binstall.signing], and for some targets only in
// [package.metadata.binstall.overrides.TRIPLE.signing] or
// [package.metadata.binstall.overrides.'cfg(…)'.signing]. The bare
// [metadata.binstall] is the same place under another name: it is read where
// [package.metadata.binstall] has nothing, for the signing tables and for the
// rest each on its own. Signing tables in both are an error.
// [workspace.metadata] is never consulted.
//
// # Strict inside, indifferent outside
//
// A signing table says what must hold. A key that all families of signatures
// share, such as pubkey or file, is therefore an error with its line where it is
// of the wrong type, empty or contradicted by another, and so is a signing key
// that holds no table: what is declared but broken is never taken for "not
// declared". The same goes for a key that looks like a misspelt "signing" and
// holds a table, for an array of tables where one table belongs on the way to a
// signing table, and for an override whose key is neither a target triple nor a
// cfg() that can be evaluated. Everything else in the document may be as it
// likes, as long as it is TOML; what looks like a signing table that went astray
// is told in [Manifest.Misplaced].
//
// # Keys of one family
//
// Which other keys a signing table may have is its algorithm's to say, and this
// package knows none. It keeps them as [Field] values. Package verify asks the
// algorithm, reads them as the kinds that it says, and refuses, with the line,
// those of another kind and those that it doesn't know.
package metadata

import (
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A Manifest is what was read from a Cargo.toml. A field is empty where the
// manifest doesn't say it, or says it in an unexpected type.
type Manifest struct {
	Name       string
	Version    string
	Repository string // as it is written; [Manifest.Variables] has its root

	// VersionInherited says that the version is that of the workspace. Version
	// is then taken from [workspace.package] of the same document, and empty
	// where the workspace's manifest is another one.
	VersionInherited bool

	// RepositoryInherited says the same of the repository.
	RepositoryInherited bool

	// Bins are the names of the binaries: those of [[bin]], or Name where there
	// are none.
	Bins []string

	// Misplaced are tables that look like signing tables and that nothing
	// reads, such as [package.metadata.binstal.signing]: because of their path,
	// or because they have an algorithm and another key of a signing table. To
	// read past them is no error, since they may be somebody else's; a program
	// that finds no signature declared should name them. Each has its line and
	// table. There are at most 5, by their lines, and none deeper than 16 levels.
	Misplaced []*Error

	file           string
	plain, signing *place // where pkg-url and the like stand, where signing does
}

// Parse reads a Cargo.toml. The name is for messages. The error is an
// [*Error]. The limits are 1 MiB, 20 000 keys and elements of arrays, and some
// 3000 different keys in a document (more where they are in many tables), and
// 64 public keys and 16 alternatives in a signing table. Within them it takes
// milliseconds.
func Parse(name string, data []byte) (*Manifest, error) {
	root, err := read(name, data)
	if err != nil {
		return nil, err
	}
	m := &Manifest{
		Name: root.str("package", "name"),
		file: name,
	}
	m.Version, m.VersionInherited = inheritable(root, "version")
	m.Repository, m.RepositoryInherited = inheritable(root, "repository")
	m.Bins = bins(root, m.Name)

	if old, _ := root.find("project", "metadata", "binstall"); old != nil {
		return nil, &Error{
			Name: name, Line: old.line, Table: "project.metadata.binstall",
			Err: because(errValue, "[project] is an old name of [package] that isn't read; rename it"),
		}
	}
	cargo, err := readPlace(name, root, "package", "metadata", "binstall")
	if err != nil {
		return nil, err
	}
	bare, err := readPlace(name, root, "metadata", "binstall")
	if err != nil {
		return nil, err
	}
	if m.plain = cargo; cargo == nil {
		m.plain = bare
	}
	m.signing, err = choose(name, cargo, bare)
	if err != nil {
		return nil, err
	}
	m.Misplaced = misplaced(name, root, m.signing)
	return m, nil
}

// choose returns which of the two places declares signatures.
func choose(name string, cargo, bare *place) (*place, error) {
	inCargo, inBare := cargo.firstSigning(), bare.firstSigning()
	switch {
	case inBare == nil:
		return cargo, nil
	case inCargo == nil:
		return bare, nil
	}
	return nil, &Error{
		Name: name, Line: inBare.Line, Table: inBare.Table,
		Err: because(errConflict, "%s is declared as well (line %d); keep one of them", inCargo.Table, inCargo.Line),
	}
}

// inheritable returns a string of [package] that may be inherited from
// [workspace.package], and whether it is.
func inheritable(root *value, key string) (text string, inherited bool) {
	if w, inArray := root.find("package", key, "workspace"); w.is(unstable.Bool) && w.truth && !inArray {
		return root.str("workspace", "package", key), true
	}
	return root.str("package", key), false
}

func bins(root *value, name string) []string {
	var names []string
	if list, _ := root.find("bin"); list.is(unstable.Array) {
		for _, item := range list.items {
			if n := item.str("name"); n != "" {
				names = append(names, n)
			}
		}
	}
	if names == nil && name != "" {
		names = []string{name}
	}
	return names
}

// ParseAt reads the signing table at a dotted path, whose parts may be quoted
// as in TOML: "signing", "tool.relseal.signing", `tool."a.b".signing`. The name
// is for messages. The error is an [*Error]; it wraps [ErrNotFound] where there
// is nothing at the path. The limits are those of [Parse].
func ParseAt(name string, data []byte, path string) (*Signing, error) {
	root, err := read(name, data)
	if err != nil {
		return nil, err
	}
	parts, err := splitPath(path)
	if err != nil {
		return nil, &Error{Name: name, Err: err}
	}
	table := dotted(parts...)
	v, inArray := root.find(parts...)
	if v == nil {
		return nil, &Error{Name: name, Table: table, Err: ErrNotFound}
	}
	if inArray {
		return nil, inArrayError(name, table, v)
	}
	return parseSigning(name, table, v)
}

// splitPath takes a dotted TOML key apart.
func splitPath(path string) ([]string, error) {
	malformed := because(errValue, "path %.100q is not a dotted TOML key", path)
	var p unstable.Parser
	p.Reset([]byte("[" + path + "]"))
	if !p.NextExpression() || p.Expression().Kind != unstable.Table {
		return nil, malformed
	}
	var parts []string
	end := 0
	for key := p.Expression().Key(); key.Next(); {
		parts = append(parts, string(key.Node().Data))
		end = int(key.Node().Raw.Offset + key.Node().Raw.Length)
	}
	// The key has to be all of the path: no comment, no second line behind it.
	if strings.Trim(("[" + path)[end:], " \t") != "" {
		return nil, malformed
	}
	return parts, nil
}
