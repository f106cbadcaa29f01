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
	b, err := m.Binstall("x86_64-pc-windows-msvc")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Name, m.Version, b.PkgFmt)
	fmt.Println(b.Signing.Algorithm, b.Signing.PublicKey.Inline)
	// Output:
	// tool 1.2.3 zip
	// minisign RWQlAjJC23149WL2sEpT/l0QKy7hMIFhYdQOFy0Z7z7PbneUgvlsnYcV
}

// What is declared but broken is an error with its line.
func ExampleParse_broken() {
	_, err := metadata.Parse("Cargo.toml", []byte(`
[package.metadata.binstall.signing]
algorithm = "minisign"
pubkeys = ["RWQ"]
`))
	fmt.Println(err)
	// Output: Cargo.toml:4: package.metadata.binstall.signing: unknown key "pubkeys" (did you mean "pubkey"?)
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
	for _, claim := range s.Identity {
		fmt.Println(claim.Field, claim.Value)
	}
	// Output:
	// issuer https://token.actions.githubusercontent.com
	// subject https://github.com/o/tool/.github/workflows/release.yml@refs/tags/v{ version }
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
