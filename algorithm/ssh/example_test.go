package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
)

const (
	examplePublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIID0XtlklKTO9En+IeIH/1auOcKRx/TEMA+gEOSh2QBc release key"
	exampleSignature = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggPRe2WSUpM70Sf4h4gf/Vq45wp
HH9MQwD6AQ5KHZAFwAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
OQAAAEDQjZzw7l5VRbUMxcjwu4CCU1ZLH440rFXkotFOdRwW58ylQuuS4gVdrKsvDRcLqQ
Rt9BDROwvE6ArbtHfBOOgH
-----END SSH SIGNATURE-----
`
)

func Example() {
	key, err := ssh.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{examplePublicKey}})
	if err != nil {
		fmt.Println(err)
		return
	}
	// What can be refused without the artifact is refused here.
	v, err := key.Verifier(context.Background(), []byte(exampleSignature))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := io.Copy(v, strings.NewReader("the artifact\n")); err != nil {
		fmt.Println(err)
		return
	}
	evidence, err := v.Verify()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(evidence.KeyAlgorithm, evidence.Fingerprint, evidence.Hash)
	// Output:
	// Ed25519 SHA256:IYfQbGotFWKYWh+Mrg1OqbEx/YPo5c8OhIdxU+8QtYA SHA-512
}

// With a principal, the key has to be listed for it.
func ExampleAlgorithm_Key() {
	signers := "# who signs our releases\n" +
		`alice@example.org,*@release.example.org namespaces="file" ` + examplePublicKey + "\n"
	for _, principal := range []string{"alice@example.org", "ci@release.example.org", "mallory@example.org"} {
		key, err := ssh.Algorithm{}.Key(algorithm.Trust{
			PublicKeys: []string{signers},
			Values:     map[string]algorithm.Value{"principal": {Text: principal}},
		})
		if errors.Is(err, algorithm.ErrIdentity) {
			fmt.Println(principal, "isn't listed")
			continue
		}
		fmt.Println(principal, key.IDs())
	}
	// Output:
	// alice@example.org [SHA256:IYfQbGotFWKYWh+Mrg1OqbEx/YPo5c8OhIdxU+8QtYA]
	// ci@release.example.org [SHA256:IYfQbGotFWKYWh+Mrg1OqbEx/YPo5c8OhIdxU+8QtYA]
	// mallory@example.org isn't listed
}
