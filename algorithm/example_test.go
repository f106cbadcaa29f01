package algorithm_test

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A family refuses what its table says and it has no meaning for, instead of
// ignoring it.
func ExampleTrust_Only() {
	trust := algorithm.Trust{
		PublicKeys: []string{"RWQ…"},
		Values:     map[string]algorithm.Value{"trusted-coment": {Text: "version:1.2.0"}},
	}
	known := []algorithm.Field{{Name: "trusted-comment", Kind: algorithm.Text, Signed: true}}
	err := trust.Only(known)
	fmt.Println(errors.Is(err, algorithm.ErrUnsupported))
	// Output: true
}

func ExampleParseDigest() {
	d, err := algorithm.ParseDigest("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Hash())
	_, err = algorithm.ParseDigest("sha256:2cf24d")
	fmt.Println(errors.Is(err, algorithm.ErrMalformed))
	// Output:
	// SHA-256
	// true
}
