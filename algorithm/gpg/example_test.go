package gpg_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
)

// files of a release: a key file, a signature and what it signs.
const files = "../../internal/testkeys/corpus/openpgp"

func verify(a gpg.Algorithm, folder string) (*algorithm.Evidence, error) {
	text, err := os.ReadFile(filepath.Join(files, folder, "key"))
	if err != nil {
		return nil, err
	}
	signature, err := os.ReadFile(filepath.Join(files, folder, "signature"))
	if err != nil {
		return nil, err
	}
	key, err := a.Key(algorithm.Trust{PublicKeys: []string{string(text)}})
	if err != nil {
		return nil, err
	}
	verifier, err := key.Verifier(context.Background(), signature)
	if err != nil {
		return nil, err // no need to fetch the artifact
	}
	artifact, err := os.Open(filepath.Join(files, folder, "artifact"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = artifact.Close() }()
	if _, err := io.Copy(verifier, artifact); err != nil {
		return nil, err
	}
	return verifier.Verify()
}

func Example() {
	evidence, err := verify(gpg.Algorithm{}, "gpg-subkey-expired-after-signing")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(evidence.KeyAlgorithm, "key", evidence.KeyID)
	fmt.Println("of", evidence.UserIDs[0])
	fmt.Println(evidence.Notes[0])
	// Output:
	// Ed25519 key B7011B93C8AD0F28
	// of sub3 <e@x>
	// the key has expired since: 872E0DC18B90D7883330BA1FB7011B93C8AD0F28, on 2021-01-01
}

// A program that wants more can demand that the key is valid today.
func ExampleAlgorithm_validNow() {
	_, err := verify(gpg.Algorithm{ValidNow: true}, "gpg-subkey-expired-after-signing")
	fmt.Println(errors.Is(err, algorithm.ErrKeyExpired))
	// Output: true
}

// What is weak is refused by name, and can be allowed by that name.
func ExampleAlgorithm_allowWeak() {
	_, err := verify(gpg.Algorithm{}, "gpg-dsa3072-sha256")
	fmt.Println(err)
	evidence, err := verify(gpg.Algorithm{AllowWeak: []string{"DSA"}, Time: fixed}, "gpg-dsa3072-sha256")
	fmt.Println(evidence.Notes, err)
	// Output:
	// key: too weak: DSA 3072 key 7A1F4B98F2CB756588C0D7D06BD8CEB95A862A4C ("DSA" in AllowWeak would accept it)
	// [weak, and allowed by this program: DSA] <nil>
}

func fixed() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
