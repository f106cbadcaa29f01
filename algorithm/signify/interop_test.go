package signify

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// tool is the program's name in Debian.
const tool = "signify-openbsd"

// TestInteropSigned: what the program signs is accepted, and both refuse it
// when it was tampered with.
func TestInteropSigned(t *testing.T) {
	testkeys.Tool(t, tool)
	dir := t.TempDir()
	pub, sec, sigFile := filepath.Join(dir, "key.pub"), filepath.Join(dir, "key.sec"), filepath.Join(dir, "artifact.sig")
	if out, ok := testkeys.Run(t, tool, "-G", "-n", "-p", pub, "-s", sec); !ok {
		t.Fatal(out)
	}
	artifact := []byte(strings.Repeat("bytes of an artifact\r\n", 5000))
	file := testkeys.WriteFile(t, dir, "artifact", artifact)
	if out, ok := testkeys.Run(t, tool, "-S", "-s", sec, "-m", file, "-x", sigFile); !ok {
		t.Fatal(out)
	}
	trust, signature := trusted(string(testkeys.ReadFile(t, pub))), testkeys.ReadFile(t, sigFile)
	if _, _, err := testkeys.Judge(t, Algorithm{}, trust, signature, artifact); err != nil {
		t.Fatal(err)
	}
	if out, ok := testkeys.Run(t, tool, "-V", "-p", pub, "-m", file, "-x", sigFile); !ok {
		t.Error(out)
	}
	secret := algorithm.Trust{PublicKeys: []string{string(testkeys.ReadFile(t, sec))}}
	if _, err := (Algorithm{}).Key(secret); err == nil || !strings.Contains(err.Error(), "secret key") {
		t.Errorf("the secret key: %v", err)
	}

	lines := strings.Split(string(signature), "\n")
	line2 := func(from int) []byte {
		return []byte(lines[0] + "\n" + lines[1][:from] + "AAAA" + lines[1][from+4:] + "\n")
	}
	for name, change := range map[string]struct{ signature, artifact []byte }{
		"a byte of the artifact": {signature, append([]byte("B"), artifact[1:]...)},
		"a byte more":            {signature, append(append([]byte(nil), artifact...), 0)},
		"a byte less":            {signature, artifact[:len(artifact)-1]},
		"nothing":                {signature, nil},
		"the algorithm":          {line2(0), artifact},
		"the key number":         {line2(4), artifact},
		"R":                      {line2(20), artifact},
		"S":                      {line2(80), artifact},
		"no comment":             {[]byte(lines[1] + "\n"), artifact},
		"empty":                  {nil, artifact},
	} {
		_, _, err := testkeys.Judge(t, Algorithm{}, trust, change.signature, change.artifact)
		_, ok := testkeys.Run(t, tool, "-V", "-p", pub,
			"-m", testkeys.WriteFile(t, dir, "changed", change.artifact), "-x", testkeys.WriteFile(t, dir, "changed.sig", change.signature))
		if err == nil || ok {
			t.Errorf("%s: ours says %v, the program %v", name, err, ok)
		}
	}
}

// TestInteropAccepted: the program verifies whatever is accepted here, of the
// corpus and of keys made here.
func TestInteropAccepted(t *testing.T) {
	testkeys.Tool(t, tool)
	s := newSigner(1)
	cases := append(testkeys.Cases(t, "signify"), testkeys.Case{
		Name: "signed here", Trust: trusted(s.public()), Signature: s.sign([]byte("x")), Artifact: []byte("x"),
	})
	accepted := 0
	for _, tc := range cases {
		if _, _, err := testkeys.Judge(t, Algorithm{}, tc.Trust, tc.Signature, tc.Artifact); err != nil {
			continue
		}
		accepted++
		dir := t.TempDir()
		out, ok := testkeys.Run(t, tool, "-V", "-p", testkeys.WriteFile(t, dir, "key", []byte(tc.Trust.PublicKeys[0])),
			"-m", testkeys.WriteFile(t, dir, "artifact", tc.Artifact), "-x", testkeys.WriteFile(t, dir, "signature", tc.Signature))
		if !ok {
			t.Errorf("%s: %s", tc.Name, out)
		}
	}
	if accepted < 4 {
		t.Errorf("only %d cases are accepted", accepted)
	}
}
