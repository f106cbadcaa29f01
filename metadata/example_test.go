package metadata_test

import (
	"fmt"

	"github.com/relseal/relseal/metadata"
)

const cargoToml = `
[package]
name = "tool"
version = "1.2.3"
repository = "https://github.com/o/tool.git"

[package.metadata.binstall]
pkg-url = "{ repo }/releases/download/v{ version }/{ name }-{ target }.tgz"
pkg-fmt = "tgz"

[package.metadata.binstall.signing]
algorithm = "minisign"
pubkey = "RWQlAjJC23149WL2sEpT/l0QKy7hMIFhYdQOFy0Z7z7PbneUgvlsnYcV"

[package.metadata.binstall.overrides.'cfg(windows)']
pkg-fmt = "zip"
`

func ExampleParse() {
	m, err := metadata.Parse("Cargo.toml", []byte(cargoToml))
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := m.For("x86_64-pc-windows-msvc")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Name, m.Version, b.PkgFmt)
	fmt.Println(b.Signing.Algorithm, b.Signing.Keys[0].Inline)
	// Output:
	// tool 1.2.3 zip
	// minisign RWQlAjJC23149WL2sEpT/l0QKy7hMIFhYdQOFy0Z7z7PbneUgvlsnYcV
}

// What is declared but broken is an error with its line.
func ExampleParse_broken() {
	_, err := metadata.Parse("Cargo.toml", []byte(`
[package.metadata.binstall.signing]
algorithm = "minisign"
pubkey = { flie = "minisign.pub" }
`))
	fmt.Println(err)
	// Output: Cargo.toml:4: package.metadata.binstall.signing.pubkey: unknown key "flie" (did you mean "file"?)
}

// What went astray declares nothing, and is told.
func ExampleParse_misplaced() {
	m, err := metadata.Parse("Cargo.toml", []byte(`
[package.metadata.binstal.signing]
algorithm = "minisign"
pubkey = "RWQ"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, table := range m.Misplaced {
		fmt.Printf("line %d: is [%s] a signing table?\n", table.Line, table.Table)
	}
	// Output: line 2: is [package.metadata.binstal.signing] a signing table?
}

// A program's own trust needs no document.
func ExampleNewSigning() {
	s, err := metadata.NewSigning(map[string]any{
		"algorithm": "minisign",
		"pubkey":    "RWQlAjJC23149WL2sEpT/l0QKy7hMIFhYdQOFy0Z7z7PbneUgvlsnYcV",
		"file":      "{ url }.minisig",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Algorithm, s.File)
	// Output: minisign { url }.minisig
}

func ExampleParseAt() {
	s, err := metadata.ParseAt("relseal.toml", []byte(`
[signing]
algorithm = "cosign"
identity.issuer = "https://token.actions.githubusercontent.com"
identity.subject = "https://github.com/o/tool/.github/workflows/release.yml@refs/tags/v{ version }"
`), "signing")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, field := range s.Fields { // the algorithm's own, which package verify reads
		tables, err := field.Entries([]string{"issuer", "subject"}, true, false)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, entry := range tables[0] {
			fmt.Println(field.Name, entry.Name, entry.Text)
		}
	}
	// Output:
	// identity issuer https://token.actions.githubusercontent.com
	// identity subject https://github.com/o/tool/.github/workflows/release.yml@refs/tags/v{ version }
}

func ExampleManifest_Variables() {
	m, err := metadata.Parse("Cargo.toml", []byte(cargoToml))
	if err != nil {
		fmt.Println(err)
		return
	}
	vars, err := m.Variables("aarch64-apple-darwin")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"repo", "version", "target-family", "os-name", "arch"} {
		fmt.Println(name, vars[name])
	}
	// Output:
	// repo https://github.com/o/tool
	// version 1.2.3
	// target-family darwin
	// os-name macos
	// arch arm64
}

func ExampleTargetVariables() {
	_, err := metadata.TargetVariables("x86_64-unknown-linux-glibc")
	fmt.Println(err)
	// Output: target "x86_64-unknown-linux-glibc": unknown environment
}

// Where a release may be, and what is in it: the server says which is there.
func ExampleManifest_Candidates() {
	m, err := metadata.Parse("Cargo.toml", []byte(`
[package]
name = "tool"
version = "1.2.3"
repository = "https://github.com/o/tool"

[package.metadata.binstall]
pkg-url = "{ repo }/releases/download/v{ version }/{ name }-{ target }{ archive-suffix }"
pkg-fmt = "tgz"
bin-dir = "{ bin }{ binary-ext }"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	candidates, err := m.Candidates("aarch64-apple-darwin", "1.3.0")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range candidates {
		fmt.Println(c.Format, c.URL, c.Binaries[0].Paths)
	}
	// Output:
	// tgz https://github.com/o/tool/releases/download/v1.3.0/tool-aarch64-apple-darwin.tgz [tool]
	// tgz https://github.com/o/tool/releases/download/v1.3.0/tool-aarch64-apple-darwin.tar.gz [tool]
}
