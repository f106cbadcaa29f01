package minisign

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// TestInteropSigned: what the program signs is accepted, and both refuse it
// when it was tampered with.
func TestInteropSigned(t *testing.T) {
	testkeys.Tool(t, "minisign")
	dir := t.TempDir()
	pub, sec := filepath.Join(dir, "key.pub"), filepath.Join(dir, "key.sec")
	if out, ok := testkeys.Run(t, "minisign", "-G", "-W", "-p", pub, "-s", sec); !ok {
		t.Fatal(out)
	}
	artifact := []byte(strings.Repeat("bytes of an artifact\r\n", 5000))
	file := testkeys.WriteFile(t, dir, "artifact", artifact)
	trust := algorithm.Trust{PublicKeys: []string{string(testkeys.ReadFile(t, pub))}}

	if _, err := (Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{string(testkeys.ReadFile(t, sec))}}); err == nil || !strings.Contains(err.Error(), "secret key") {
		t.Errorf("the secret key: %v", err)
	}
	for _, mode := range []struct {
		flags []string
		a     Algorithm
		hash  string
	}{
		{[]string{"-S", "-H"}, Algorithm{}, "BLAKE2b-512"},
		{[]string{"-S", "-l"}, Algorithm{AllowLegacy: true}, "SHA-512"},
	} {
		sigFile := filepath.Join(dir, "signature")
		if out, ok := testkeys.Run(t, "minisign", append(mode.flags, "-s", sec, "-m", file, "-x", sigFile)...); !ok {
			t.Fatal(out)
		}
		signature := testkeys.ReadFile(t, sigFile)
		_, evidence, err := testkeys.Judge(t, mode.a, trust, signature, artifact)
		if err != nil {
			t.Fatalf("%v: %v", mode.flags, err)
		}
		if evidence.Hash != mode.hash || evidence.FileName != "artifact" || evidence.SignedAt.IsZero() ||
			!strings.Contains(trust.PublicKeys[0], "minisign public key "+strings.TrimLeft(evidence.KeyID, "0")+"\n") {
			t.Errorf("%v: %+v", mode.flags, evidence)
		}
		out, ok := testkeys.Run(t, "minisign", "-V", "-p", pub, "-m", file, "-x", sigFile)
		if !ok || !strings.Contains(out, "Trusted comment: "+evidence.TrustedComment+"\n") {
			t.Errorf("%v: %s", mode.flags, out)
		}
		for name, change := range tamperings(signature, artifact) {
			_, _, err := testkeys.Judge(t, mode.a, trust, change.signature, change.artifact)
			_, ok := testkeys.Run(t, "minisign", "-V", "-p", pub, "-m", testkeys.WriteFile(t, dir, "changed", change.artifact), "-x", testkeys.WriteFile(t, dir, "changed.sig", change.signature))
			if err == nil || ok {
				t.Errorf("%v, %s: ours says %v, the program %v", mode.flags, name, err, ok)
			}
		}
	}
}

// TestInteropVersion: the version is the one that the program is told to sign,
// and not the one of an older signature.
func TestInteropVersion(t *testing.T) {
	testkeys.Tool(t, "minisign")
	dir := t.TempDir()
	pub, sec := filepath.Join(dir, "key.pub"), filepath.Join(dir, "key.sec")
	if out, ok := testkeys.Run(t, "minisign", "-G", "-W", "-p", pub, "-s", sec); !ok {
		t.Fatal(out)
	}
	artifact := []byte("artifact")
	file := testkeys.WriteFile(t, dir, "artifact", artifact)
	trust := algorithm.Trust{PublicKeys: []string{string(testkeys.ReadFile(t, pub))}, Bind: demand("", "1.2.3")}
	for comment, want := range map[string]error{
		"version:1.2.3": nil, "version:1.2.2": algorithm.ErrVersionMismatch, "timestamp:1\tfile:artifact": algorithm.ErrVersionMismatch,
	} {
		sigFile := filepath.Join(dir, "signature")
		if out, ok := testkeys.Run(t, "minisign", "-S", "-t", comment, "-s", sec, "-m", file, "-x", sigFile); !ok {
			t.Fatal(out)
		}
		if _, _, err := testkeys.Judge(t, Algorithm{}, trust, testkeys.ReadFile(t, sigFile), artifact); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", comment, err, want)
		}
	}
}

type signed struct{ signature, artifact []byte }

func tamperings(signature, artifact []byte) map[string]signed {
	lines := strings.Split(string(signature), "\n")
	edit := func(line int, old, replacement string) []byte {
		changed := append([]string(nil), lines...)
		changed[line] = strings.Replace(changed[line], old, replacement, 1)
		return []byte(strings.Join(changed, "\n"))
	}
	flipped := append([]byte(nil), artifact...)
	flipped[len(flipped)/2] ^= 1
	return map[string]signed{
		"a bit of the artifact":    {signature, flipped},
		"a byte more":              {signature, append(append([]byte(nil), artifact...), 0)},
		"a byte less":              {signature, artifact[:len(artifact)-1]},
		"the trusted comment":      {edit(2, "artifact", "artefact"), artifact},
		"the algorithm":            {edit(1, lines[1][:2], map[string]string{"RU": "RW", "RW": "RU"}[lines[1][:2]]), artifact},
		"the key ID":               {edit(1, lines[1][4:8], "AAAA"), artifact},
		"the signature":            {edit(1, lines[1][40:44], "AAAA"), artifact},
		"the global signature":     {edit(3, lines[3][40:44], "AAAA"), artifact},
		"no global signature":      {[]byte(strings.Join(lines[:3], "\n") + "\n"), artifact},
		"no trusted comment":       {[]byte(strings.Join(lines[:2], "\n") + "\n"), artifact},
		"no untrusted comment":     {[]byte(strings.Join(lines[1:], "\n")), artifact},
		"empty":                    {nil, artifact},
		"the signature of nothing": {signature, nil},
	}
}

// TestInteropAccepted: the program verifies whatever of the corpus is accepted.
func TestInteropAccepted(t *testing.T) {
	testkeys.Tool(t, "minisign")
	accepted := 0
	for _, tc := range testkeys.Cases(t, "minisign") {
		if _, _, err := testkeys.Judge(t, Algorithm{AllowLegacy: true}, tc.Trust, tc.Signature, tc.Artifact); err != nil {
			continue
		}
		if deviates(tc.Name) {
			continue
		}
		accepted++
		dir := t.TempDir()
		keyArgs := []string{"-P", strings.TrimSuffix(tc.Trust.PublicKeys[0], "\n")}
		if strings.Contains(keyArgs[1], "\n") {
			keyArgs = []string{"-p", testkeys.WriteFile(t, dir, "key", []byte(tc.Trust.PublicKeys[0]))}
		}
		args := append([]string{"-V", "-m", testkeys.WriteFile(t, dir, "artifact", tc.Artifact), "-x", testkeys.WriteFile(t, dir, "signature", tc.Signature)}, keyArgs...)
		if out, ok := testkeys.Run(t, "minisign", args...); !ok {
			t.Errorf("%s: %s", tc.Name, out)
		}
	}
	if accepted < 25 {
		t.Errorf("only %d cases are accepted", accepted)
	}
}
