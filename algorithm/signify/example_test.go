package signify_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/signify"
)

const (
	publicKey = `untrusted comment: signify public key
RWS6fOVIkp4VwC88qIbbtddpxqXH2VgPkJ6MEtISz0VM71azmmm/ElJN
`

	signature = `untrusted comment: verify with s.pub
RWS6fOVIkp4VwG0s89aV0NtiJkYfMP9DFj40fmXpINs1Uor3tquuK7UzaPKig+V3fTFiBtI6BIT0KN9Y57wP5gYzDiNOY0TwDwI=
`
)

func ExampleAlgorithm() {
	key, err := signify.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{publicKey}})
	if err != nil {
		log.Fatal(err)
	}
	// Nothing of the artifact is needed for this: a signature by another key
	// is refused before the download.
	verifier, err := key.Verifier(context.Background(), []byte(signature))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(verifier, strings.NewReader("hello, world\n")); err != nil {
		log.Fatal(err)
	}
	evidence, err := verifier.Verify()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(evidence.KeyID, evidence.KeyAlgorithm)
	// Output: ba7ce548929e15c0 Ed25519
}
