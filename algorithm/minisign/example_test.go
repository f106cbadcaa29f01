package minisign_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
)

const (
	publicKey = "RWQckg/j4E5HZyaj6+8XvNMppn6jsJNHLiJ+w5WJ0ZkwhsTr1Hp1jAr+"

	signature = `untrusted comment: signature from minisign secret key
RUQckg/j4E5HZ9SuNalP6c/Xad+50wXv5CAJ4d4QaSOZzdaqL20MBSgz7Pi/e/RPh115lxK9/bgwiYZC5+SbpQy090xp3m0eSwA=
trusted comment: timestamp:1700000000	file:hello.txt	hashed
GX7nDBnpQUZenOGPIsA4joZn/Em8PkF0Pm2Pyq6cZAtEVsi9WASyvr2TtB4opnbYrf9CD7ffK2RkofFK4OapBA==
`
)

func ExampleAlgorithm() {
	key, err := minisign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{publicKey}})
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
	fmt.Println(evidence.KeyID, evidence.FileName, evidence.SignedAt)
	// Output: 67474EE0E30F921C hello.txt 2023-11-14 22:13:20 +0000 UTC
}

// The trusted comment can bind a signature to one version.
func ExampleAlgorithm_trustedComment() {
	key, err := minisign.Algorithm{}.Key(algorithm.Trust{
		PublicKeys: []string{publicKey},
		Values:     map[string]algorithm.Value{"trusted-comment": {Text: "hello 1.2.3"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = key.Verifier(context.Background(), []byte(signature))
	fmt.Println(errors.Is(err, algorithm.ErrNameMismatch))
	// Output: true
}
