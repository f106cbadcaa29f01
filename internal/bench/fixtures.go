package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"github.com/relseal/relseal/internal/testkeys/signer"
	"github.com/relseal/relseal/internal/testkeys/signer/minisignkey"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// fixtures is a folder with artifacts, and keys and signatures of all families.
type fixtures string

// The artifacts.
const (
	large  = "large.bin"
	medium = "medium.bin"
	small  = "small.bin"
)

func (x fixtures) path(name string) string { return filepath.Join(string(x), name) }

func (x fixtures) keyFile(f family) string { return x.path(f.name + ".key") }

func (x fixtures) tableFile(f family) string { return x.path(f.name + ".toml") }

func (x fixtures) signatureFile(f family, artifact string) string {
	return x.path(artifact + "." + f.name + ".sig")
}

// publicFile is a key as program minisign takes it, keyring gpg's as gpgv does,
// and allowedSigners ssh's.
func (x fixtures) publicFile(f family) string { return x.path(f.name + ".pub") }
func (x fixtures) keyring() string            { return x.path("gpg.pgp") }
func (x fixtures) allowedSigners() string     { return x.path("allowed_signers") }

// make fills the folder. It holds an artifact in memory, and so has a process
// of its own.
func (x fixtures) make(s sizes) error {
	for name, size := range map[string]int64{large: s.large, medium: s.medium, small: s.small} {
		artifact := make([]byte, size)
		if _, err := io.ReadFull(rand.NewChaCha8([32]byte([]byte("the artifacts of the benchmarks."))), artifact); err != nil {
			return err
		}
		if err := x.write(x.path(name), artifact); err != nil {
			return err
		}
		for _, f := range families() {
			if err := x.sign(f, name, artifact); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	return nil
}

// write has the file on the disk when it returns, so that nobody writes it while
// something is measured.
func (x fixtures) write(name string, data []byte) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// sign writes key, table and signature of a family.
func (x fixtures) sign(f family, name string, artifact []byte) error {
	key, err := newKey(f)
	if err != nil {
		return err
	}
	signature, err := key.Sign(artifact, signer.Stamp{})
	if err != nil {
		return err
	}
	files := map[string][]byte{
		x.keyFile(f):             []byte(key.Public()),
		x.publicFile(f):          []byte("untrusted comment: made for a benchmark\n" + key.Public() + "\n"),
		x.tableFile(f):           fmt.Appendf(nil, "[signing]\nalgorithm = %q\npubkey = '''\n%s'''\n", f.algorithm.Name(), key.Public()),
		x.signatureFile(f, name): signature,
	}
	switch f.name {
	case "minisign":
		files[x.path(name+".minisig")] = signature
	case "gpg":
		block, err := armor.Decode(bytes.NewReader([]byte(key.Public())))
		if err != nil {
			return err
		}
		if files[x.keyring()], err = io.ReadAll(block.Body); err != nil {
			return err
		}
	case "ssh":
		files[x.allowedSigners()] = []byte(principal + " " + key.Public() + "\n")
	}
	for name, data := range files {
		if err := x.write(name, data); err != nil {
			return err
		}
	}
	return nil
}

// principal is who signs by ssh.
const principal = "bench@relseal.invalid"

// newKey is the same each time.
func newKey(f family) (signer.Key, error) {
	if f.name == legacy {
		return legacyKey{minisignkey.New([32]byte(signer.NewSeed("bench")))}, nil
	}
	return signer.New(f.signer, signer.NewSeed("bench"))
}

// legacyKey signs as minisign -l.
type legacyKey struct{ *minisignkey.Key }

func (k legacyKey) Public() string { return k.PublicKey() }

func (k legacyKey) Sign(artifact []byte, _ signer.Stamp) ([]byte, error) {
	return k.SignLegacy(artifact, "legacy"), nil
}

// signed is what a verification needs beside the artifact.
type signed struct {
	family         family
	key, signature []byte
}

func (x fixtures) signed(f family, artifact string) (signed, error) {
	key, err := os.ReadFile(x.keyFile(f))
	if err != nil {
		return signed{}, err
	}
	signature, err := os.ReadFile(x.signatureFile(f, artifact))
	return signed{f, key, signature}, err
}

// plan is relseal's, with the key in the table.
func (s signed) plan(c verify.Config, artifact verify.Artifact) (*verify.Plan, error) {
	table, err := metadata.NewSigning(map[string]any{"algorithm": s.family.algorithm.Name(), "pubkey": string(s.key)})
	if err != nil {
		return nil, err
	}
	c.Algorithms = append(c.Algorithms, s.family.algorithm)
	v, err := verify.New(c)
	if err != nil {
		return nil, err
	}
	artifact.Signature = s.signature
	return v.Plan(artifact, table)
}
