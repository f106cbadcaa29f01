package families_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
)

// A signer is a real program with a throw-away key of its own.
type signer struct {
	family string
	suffix string // of a signature's file
	key    string // the public key, as a table has it
	sign   func(t *testing.T, name string, document []byte) []byte

	// clear makes a document that holds its own signature; nil where the family
	// has no such form.
	clear func(t *testing.T, document []byte) []byte
}

// table is a signing table with the signer's key.
func (s signer) table() map[string]any {
	return map[string]any{"algorithm": s.family, "pubkey": s.key}
}

// eachFamily runs a test with a signer of every family that signs.
func eachFamily(t *testing.T, test func(t *testing.T, newSigner func(*testing.T) signer)) {
	for _, family := range []struct {
		name      string
		newSigner func(*testing.T) signer
	}{
		{"minisign", newMinisign}, {"gpg", newGPG}, {"ssh", newSSH}, {"signify", newSignify}, {"cosign", newCosign},
	} {
		t.Run(family.name, func(t *testing.T) {
			t.Parallel()
			test(t, family.newSigner)
		})
	}
}

// A program runs in a folder of its own, which is its home as well.
type program struct{ path, dir string }

func newProgram(t *testing.T, name string) program {
	t.Helper()
	dir, err := os.MkdirTemp("", "families") // short, for gpg-agent's socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return program{testkeys.Tool(t, name), dir}
}

func (p program) run(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Dir = p.dir
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "HOME=" + p.dir, "PATH=" + os.Getenv("PATH"), "COSIGN_PASSWORD="}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", p.path, args, err, stderr.Bytes())
	}
	return out
}

func (p program) write(t *testing.T, name string, data []byte) {
	t.Helper()
	testkeys.WriteFile(t, p.dir, name, data)
}

func (p program) read(t *testing.T, name string) []byte {
	t.Helper()
	return testkeys.ReadFile(t, filepath.Join(p.dir, name))
}

// signFile has the program sign a file of that name.
func (p program) signFile(args ...string) func(*testing.T, string, []byte) []byte {
	return func(t *testing.T, name string, document []byte) []byte {
		t.Helper()
		p.write(t, name, document)
		_ = os.Remove(filepath.Join(p.dir, name+".sig"))
		var all []string
		for _, arg := range args {
			switch arg {
			case "FILE":
				arg = name
			case "SIGNATURE":
				arg = name + ".sig"
			}
			all = append(all, arg)
		}
		p.run(t, nil, all...)
		return p.read(t, name+".sig")
	}
}

func newMinisign(t *testing.T) signer {
	t.Helper()
	p := newProgram(t, "minisign")
	p.run(t, nil, "-G", "-W", "-p", "key.pub", "-s", "key.sec")
	return signer{
		family: "minisign", suffix: ".minisig", key: string(p.read(t, "key.pub")),
		sign: p.signFile("-S", "-s", "key.sec", "-m", "FILE", "-x", "SIGNATURE"),
	}
}

func newSignify(t *testing.T) signer {
	t.Helper()
	p := newProgram(t, "signify-openbsd")
	p.run(t, nil, "-G", "-n", "-p", "key.pub", "-s", "key.sec")
	return signer{
		family: "signify", suffix: ".sig", key: string(p.read(t, "key.pub")),
		sign: p.signFile("-S", "-s", "key.sec", "-m", "FILE", "-x", "SIGNATURE"),
	}
}

func newSSH(t *testing.T) signer {
	t.Helper()
	p := newProgram(t, "ssh-keygen")
	p.run(t, nil, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key")
	return signer{
		family: "ssh", suffix: ".sig", key: string(p.read(t, "key.pub")),
		sign: p.signFile("-Y", "sign", "-q", "-n", "file", "-f", "key", "FILE"),
	}
}

func newGPG(t *testing.T) signer {
	t.Helper()
	s, _ := newGPGIn(t, newProgram(t, "gpg"))
	return s
}

// newGPGIn also returns what runs gpg with the signer's key.
func newGPGIn(t *testing.T, p program) (signer, func(t *testing.T, stdin []byte, args ...string) []byte) {
	t.Helper()
	options := []string{"--homedir", p.dir, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"}
	gpg := func(t *testing.T, stdin []byte, args ...string) []byte {
		t.Helper()
		return p.run(t, stdin, append(options, args...)...)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", p.dir, "--kill", "all").Run() })
	gpg(t, nil, "--quick-gen-key", "publisher <publisher@example.com>", "ed25519", "sign", "never")
	return signer{
		family: "gpg", suffix: ".asc", key: string(gpg(t, nil, "--armor", "--export")),
		sign: func(t *testing.T, _ string, document []byte) []byte {
			t.Helper()
			return gpg(t, document, "--armor", "--detach-sign")
		},
		clear: func(t *testing.T, document []byte) []byte {
			t.Helper()
			return gpg(t, document, "--clear-sign")
		},
	}, gpg
}

func newCosign(t *testing.T) signer {
	t.Helper()
	p := newProgram(t, cosignProgram())
	p.run(t, nil, "generate-key-pair")
	return signer{
		family: "cosign", suffix: ".sig", key: string(p.read(t, "cosign.pub")),
		sign: p.signFile("sign-blob", "--yes", "--key", "cosign.key", "--use-signing-config=false", "--tlog-upload=false",
			"--new-bundle-format=false", "--output-signature", "SIGNATURE", "FILE"),
	}
}

// cosignProgram is where the private sigstore stack beside the repository puts
// its cosign, or else the one in PATH.
func cosignProgram() string {
	home := os.Getenv("SIGSTACK_HOME")
	if home == "" {
		home = filepath.Join(os.TempDir(), fmt.Sprintf("relseal-sigstack-%d", os.Getuid()))
	}
	built := filepath.Join(home, "bin", "cosign")
	if _, err := os.Stat(built); err == nil {
		return built
	}
	return "cosign"
}
