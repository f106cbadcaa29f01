package shapes

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/internal/testkeys/signer"
)

// A pgpKey signs as gpg does.
type pgpKey struct {
	public string // armored
	detach func(t *testing.T, data []byte) []byte
	clear  func(t *testing.T, text []byte) []byte
}

// binary is what is in an armor.
func binary(t *testing.T, text []byte) []byte {
	t.Helper()
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(block.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A minisignKey signs as minisign does, and says the file's name.
type minisignKey struct {
	public string
	sign   func(t *testing.T, data []byte, name string) []byte
}

// A maker makes a publisher's keys.
type maker struct {
	pgp      func(t *testing.T, kind string) pgpKey // "ed25519", "rsa4096"
	minisign func(t *testing.T) minisignKey
	cosign   func(t *testing.T) (public string, sign func(t *testing.T, data []byte) []byte)
}

// eachMaker runs a test with keys in memory, and with those of the real programs
// where they are installed.
func eachMaker(t *testing.T, test func(t *testing.T, m maker)) {
	t.Parallel()
	t.Run("in memory", func(t *testing.T) { test(t, maker{memoryPGP, memoryMinisign, memoryCosign}) })
	t.Run("real programs", func(t *testing.T) { test(t, maker{realPGP, realMinisign, realCosign}) })
}

func newKey(t *testing.T, family string) signer.Key {
	t.Helper()
	key, err := signer.New(family, signer.NewSeed(""))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, key signer.Key, data []byte, stamp signer.Stamp) []byte {
	t.Helper()
	signature, err := key.Sign(data, stamp)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// memoryPGP makes a key of Ed25519, whatever is wanted: one of RSA takes seconds.
func memoryPGP(t *testing.T, _ string) pgpKey {
	t.Helper()
	key := newKey(t, "gpg")
	return pgpKey{
		key.Public(),
		func(t *testing.T, data []byte) []byte { t.Helper(); return sign(t, key, data, signer.Stamp{}) },
		func(t *testing.T, text []byte) []byte {
			t.Helper()
			signed, err := key.(signer.InlineKey).SignInline(text, signer.Stamp{})
			if err != nil {
				t.Fatal(err)
			}
			return signed
		},
	}
}

func memoryMinisign(t *testing.T) minisignKey {
	t.Helper()
	key := newKey(t, "minisign")
	return minisignKey{key.Public(), func(t *testing.T, data []byte, name string) []byte {
		t.Helper()
		return sign(t, key, data, signer.Stamp{Name: name})
	}}
}

func memoryCosign(t *testing.T) (string, func(t *testing.T, data []byte) []byte) {
	t.Helper()
	key := newKey(t, "cosign")
	return key.Public(), func(t *testing.T, data []byte) []byte { t.Helper(); return sign(t, key, data, signer.Stamp{}) }
}

// run runs a real program in a folder.
func run(t *testing.T, dir string, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testkeys.Tool(t, name), args...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(stdin)
	cmd.Env = append(cmd.Environ(), "COSIGN_PASSWORD=")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// gpgIn runs gpg with the keys of a folder.
func gpgIn(t *testing.T) func(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	testkeys.Tool(t, "gpg")
	dir := t.TempDir()
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() })
	return func(t *testing.T, stdin []byte, args ...string) []byte {
		t.Helper()
		return run(t, dir, stdin, "gpg", append([]string{"--homedir", dir, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}, args...)...)
	}
}

func realPGP(t *testing.T, kind string) pgpKey {
	t.Helper()
	gpg := gpgIn(t)
	gpg(t, nil, "--quick-gen-key", "publisher <publisher@example.com>", kind, "sign", "never")
	return pgpKey{
		string(gpg(t, nil, "--armor", "--export")),
		func(t *testing.T, data []byte) []byte { t.Helper(); return gpg(t, data, "--armor", "--detach-sign") },
		func(t *testing.T, text []byte) []byte { t.Helper(); return gpg(t, text, "--clear-sign") },
	}
}

func realMinisign(t *testing.T) minisignKey {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, nil, "minisign", "-G", "-W", "-p", "key.pub", "-s", "key.sec")
	return minisignKey{string(testkeys.ReadFile(t, filepath.Join(dir, "key.pub"))), func(t *testing.T, data []byte, name string) []byte {
		t.Helper()
		file := testkeys.WriteFile(t, t.TempDir(), name, data) // its name is in the comment
		run(t, dir, nil, "minisign", "-S", "-s", "key.sec", "-m", file, "-x", "signature")
		return testkeys.ReadFile(t, filepath.Join(dir, "signature"))
	}}
}

func realCosign(t *testing.T) (string, func(t *testing.T, data []byte) []byte) {
	t.Helper()
	dir := t.TempDir()
	run(t, dir, nil, "cosign", "generate-key-pair")
	return string(testkeys.ReadFile(t, filepath.Join(dir, "cosign.pub"))), func(t *testing.T, data []byte) []byte {
		t.Helper()
		testkeys.WriteFile(t, dir, "file", data)
		run(t, dir, nil, "cosign", "sign-blob", "--yes", "--key", "cosign.key", "--use-signing-config=false", "--tlog-upload=false",
			"--new-bundle-format=false", "--output-signature", "signature", "file")
		return testkeys.ReadFile(t, filepath.Join(dir, "signature"))
	}
}

// sums is a manifest as sha256sum writes it, of the files in a folder.
func sums(d documents, folder string, names ...string) []byte {
	var b bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(d[folder+name]), name)
	}
	return b.Bytes()
}
