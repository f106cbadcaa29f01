package lint_test

import (
	"fmt"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify/lint"
)

func ExampleManifest() {
	manifest, err := metadata.Parse("Cargo.toml", []byte(`[package]
name = "tool"
version = "1.2.0"
repository = "https://github.com/acme/tool"

[package.metadata.binstall]
pkg-url = "{ repo }/releases/download/v{ version }/{ name }-{ version }-{ target }.tgz"

[package.metadata.binstall.signing]
algorithm = "minisign"
keys = [{ key = "RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex", not-after = 2026-06-30 }]
checksums = "{ repo }/releases/download/v{ version }/SHA256SUMS"
file = "{ checksum }.minisig"
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := lint.Manifest(lint.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}},
		Time:       func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) },
	}, manifest, "x86_64-unknown-linux-gnu")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range found {
		fmt.Println(f.Line, f.Severity, f.Rule)
	}
	// Output:
	// 9 warning binstall-rejects
	// 11 warning key-expires
	// 13 error template-unknown-variable
}
