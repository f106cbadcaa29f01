package digest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/digest"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// Nobody signed this release: whoever wrote the table fixed its bytes.
func Example() {
	table, err := metadata.ParseAt("relseal.toml", []byte(`
[signing]
algorithm = "digest"

[signing.digests]
"tool.tgz" = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
`), "signing")
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{digest.Algorithm{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := v.Plan(verify.Artifact{Name: "tool.tgz"}, table)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, artifact := range []string{"hello", "hallo"} {
		_, err := plan.Stream(context.Background(), strings.NewReader(artifact), func(r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		fmt.Println(artifact, err == nil, errors.Is(err, algorithm.ErrInvalid))
	}
	// Output:
	// hello true false
	// hallo false true
}
