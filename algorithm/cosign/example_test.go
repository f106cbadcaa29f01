package cosign_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
)

const corpus = "../../internal/testkeys/corpus/cosign"

// By key: the bundle is what "cosign sign-blob --key cosign.key --bundle FILE"
// writes.
func ExampleAlgorithm_byKey() {
	publicKey, _ := os.ReadFile(filepath.Join(corpus, "ok-key-p256-none", "key.pub"))
	bundle, _ := os.ReadFile(filepath.Join(corpus, "ok-key-p256-none", "signature"))
	artifact, _ := os.ReadFile(filepath.Join(corpus, "ok-key-p256-none", "artifact"))

	key, err := cosign.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{string(publicKey)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := key.Verifier(context.Background(), bundle)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = verifier.Write(artifact) // as often as it takes
	evidence, err := verifier.Verify()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(evidence.KeyAlgorithm, "with", evidence.Hash)
	fmt.Println("not checked:", evidence.NotChecked[0])
	// Output:
	// ECDSA P-256 with SHA-256
	// not checked: transparency log: no entry, and none is demanded
}

// Keyless: who must have signed is data, and so is the trusted root. A program
// gets it from a file of its own or calls FetchTrustedRoot.
func ExampleAlgorithm_keyless() {
	trustedRoot, _ := os.ReadFile(filepath.Join(corpus, "ok-first-r2tsa", "trusted_root.json"))
	bundle, _ := os.ReadFile(filepath.Join(corpus, "ok-first-r2tsa", "signature"))
	artifact, _ := os.ReadFile(filepath.Join(corpus, "ok-first-r2tsa", "artifact"))

	trusted, err := cosign.ParseTrustedRoot(trustedRoot)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := cosign.Algorithm{TrustedRoot: trusted}.Key(algorithm.Trust{Values: map[string]algorithm.Value{"identity": {Tables: [][]algorithm.Claim{{
		{Field: "issuer", Value: "https://token.actions.githubusercontent.com"},
		{Field: "subject", Value: `https://github\.com/acme/tool/\.github/workflows/release\.yml@refs/tags/v.*`, Regexp: true},
	}}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := key.Verifier(context.Background(), bundle)
	if err != nil {
		fmt.Println(err) // a wrong identity costs no download
		return
	}
	_, _ = verifier.Write(artifact)
	evidence, err := verifier.Verify()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(evidence.Identity["source-repository"], evidence.Identity["source-ref"])
	// Output:
	// https://github.com/acme/tool refs/tags/v1.2.3
}
