package ssh_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
)

func TestEnvelope(t *testing.T) {
	signer, ecdsaSigner, rsaSigner := newEd25519(t), newECDSA(t, elliptic.P256()), newRSA(t, 2048)
	keys := []string{line(signer), line(ecdsaSigner), line(rsaSigner)}
	malformed := verdict{"signature", algorithm.ErrMalformed}
	unsupported := verdict{"signature", algorithm.ErrUnsupported}
	invalid := verdict{"signature", algorithm.ErrInvalid}
	inner := func(change func(*cryptossh.Signature)) func(*envelope) {
		return func(e *envelope) {
			var s cryptossh.Signature
			if err := cryptossh.Unmarshal(e.Signature, &s); err != nil {
				t.Fatal(err)
			}
			change(&s)
			e.Signature = cryptossh.Marshal(s)
		}
	}
	for name, c := range map[string]struct {
		by    cryptossh.Signer
		tweak func(*envelope)
		want  verdict
	}{
		"good":                       {signer, nil, verdict{}},
		"magic":                      {signer, func(e *envelope) { e.Magic[5] = 'g' }, malformed},
		"version 0":                  {signer, func(e *envelope) { e.Version = 0 }, unsupported},
		"version 2":                  {signer, func(e *envelope) { e.Version = 2 }, unsupported},
		"reserved bytes":             {signer, func(e *envelope) { e.Reserved = "tag" }, verdict{}}, // PROTOCOL.sshsig: to be ignored
		"hash SHA512":                {signer, func(e *envelope) { e.Hash = "SHA512" }, unsupported},
		"hash sha1":                  {signer, func(e *envelope) { e.Hash = "sha1" }, unsupported},
		"no hash":                    {signer, func(e *envelope) { e.Hash = "" }, unsupported},
		"other hash than signed":     {signer, func(e *envelope) { e.Hash = "sha256" }, verdict{"artifact", algorithm.ErrInvalid}},
		"no namespace":               {signer, func(e *envelope) { e.Namespace = "" }, verdict{"signature", algorithm.ErrIdentity}},
		"no key":                     {signer, func(e *envelope) { e.PublicKey = nil }, unsupported},
		"unknown key type":           {signer, func(e *envelope) { e.PublicKey = append([]byte("\x00\x00\x00\x03x\x1by"), e.PublicKey...) }, unsupported},
		"bytes behind the key":       {signer, func(e *envelope) { e.PublicKey = append(e.PublicKey, 0) }, malformed},
		"key cut off":                {signer, func(e *envelope) { e.PublicKey = e.PublicKey[:40] }, malformed},
		"key is its type alone":      {signer, func(e *envelope) { e.PublicKey = e.PublicKey[:4+len("ssh-ed25519")] }, malformed},
		"no signature":               {signer, func(e *envelope) { e.Signature = nil }, malformed},
		"signature cut off":          {signer, func(e *envelope) { e.Signature = e.Signature[:len(e.Signature)-1] }, malformed},
		"bytes behind the signature": {signer, inner(func(s *cryptossh.Signature) { s.Rest = []byte{0} }), malformed},
		"signature of 63 bytes":      {signer, inner(func(s *cryptossh.Signature) { s.Blob = s.Blob[:63] }), invalid},
		"R of small order": {signer, inner(func(s *cryptossh.Signature) {
			copy(s.Blob, append([]byte{1}, make([]byte, 31)...))
		}), invalid},
		"S beyond the order":         {signer, inner(func(s *cryptossh.Signature) { s.Blob[63] |= 0xf0 }), invalid},
		"signature type of ECDSA":    {signer, inner(func(s *cryptossh.Signature) { s.Format = "ecdsa-sha2-nistp256" }), malformed},
		"ECDSA":                      {ecdsaSigner, nil, verdict{}},
		"ECDSA, bytes behind":        {ecdsaSigner, inner(func(s *cryptossh.Signature) { s.Rest = []byte{0} }), malformed},
		"ECDSA, other curve":         {ecdsaSigner, inner(func(s *cryptossh.Signature) { s.Format = "ecdsa-sha2-nistp384" }), malformed},
		"ECDSA, of a browser":        {ecdsaSigner, inner(func(s *cryptossh.Signature) { s.Format = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com" }), malformed},
		"ECDSA, no integers":         {ecdsaSigner, inner(func(s *cryptossh.Signature) { s.Blob = []byte("x") }), verdict{"artifact", algorithm.ErrInvalid}},
		"RSA":                        {rsaSigner, nil, verdict{}},
		"RSA with SHA-1":             {rsaSigner, inner(func(s *cryptossh.Signature) { s.Format = "ssh-rsa" }), verdict{"signature", algorithm.ErrWeak}},
		"RSA, other hash":            {rsaSigner, inner(func(s *cryptossh.Signature) { s.Format = "rsa-sha2-256" }), verdict{"artifact", algorithm.ErrInvalid}},
		"RSA, name of a certificate": {rsaSigner, inner(func(s *cryptossh.Signature) { s.Format = "rsa-sha2-512-cert-v01@openssh.com" }), malformed},
		"RSA, exponent in more bytes": {rsaSigner, func(e *envelope) {
			e.PublicKey = bytes.Replace(e.PublicKey, []byte("\x00\x00\x00\x03\x01\x00\x01"), []byte("\x00\x00\x00\x04\x00\x01\x00\x01"), 1)
		}, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			e, stage, err := verify(algorithm.Trust{PublicKeys: keys}, sign(t, c.by, artifact, "sha512", c.tweak), artifact)
			c.want.check(t, e, stage, err)
			if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("control character in %q", err)
			}
		})
	}
}

func TestArmor(t *testing.T) {
	signer := newEd25519(t)
	good := string(sign(t, signer, artifact, "sha512", nil))
	for !strings.ContainsAny(good, "+/") { // so that it spells differently in URLs
		signer = newEd25519(t)
		good = string(sign(t, signer, artifact, "sha512", nil))
	}
	body := strings.TrimSuffix(strings.TrimPrefix(good, "-----BEGIN SSH SIGNATURE-----\n"), "\n-----END SSH SIGNATURE-----\n")
	malformed := verdict{"signature", algorithm.ErrMalformed}
	for name, c := range map[string]struct {
		text string
		want verdict
	}{
		"good":                  {good, verdict{}},
		"empty line within":     {strings.Replace(good, "\n", "\n\n", 1), verdict{}},
		"second signature":      {good + good, verdict{}},
		"second begin":          {"-----BEGIN SSH SIGNATURE-----\n" + good, malformed},
		"no header":             {body + "\n-----END SSH SIGNATURE-----\n", malformed},
		"header alone":          {"-----BEGIN SSH SIGNATURE-----\n", malformed},
		"no footer":             {"-----BEGIN SSH SIGNATURE-----\n" + body + "\n", malformed},
		"footer on the line":    {"-----BEGIN SSH SIGNATURE-----\n" + body + "-----END SSH SIGNATURE-----\n", malformed},
		"footer of a key":       {strings.Replace(good, "\n-----END SSH SIGNATURE", "\n-----END OPENSSH PRIVATE KEY", 1), malformed},
		"nothing within":        {"-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n", malformed},
		"space within":          {strings.Replace(good, body[:9], body[:8]+" "+body[8:9], 1), malformed},
		"a letter more":         {strings.Replace(good, "\n-----END", "!\n-----END", 1), malformed},
		"CR within":             {strings.Replace(good, body[:9], body[:8]+"\r"+body[8:9], 1), malformed},
		"header of a key":       {strings.ReplaceAll(good, "SSH SIGNATURE", "OPENSSH PRIVATE KEY"), malformed},
		"URL base64":            {strings.ReplaceAll(strings.ReplaceAll(good, "+", "-"), "/", "_"), malformed},
		"byte order mark":       {"\ufeff" + good, malformed},
		"CRLF":                  {strings.ReplaceAll(good, "\n", "\r\n"), verdict{}},
		"blank lines before":    {"\r\n \t\n" + good, verdict{}},
		"all of it":             {"\r\n" + strings.ReplaceAll(good, "\n", "\r\n") + "\r\n", verdict{}},
		"text before":           {"x\n" + good, malformed},
		"space before":          {" " + good, malformed},
		"CR for LF":             {strings.ReplaceAll(good, "\n", "\r"), malformed},
		"CR CR LF":              {strings.ReplaceAll(good, "\n", "\r\r\n"), malformed},
		"CR at the end":         {strings.TrimSuffix(good, "\n") + "\r", verdict{}},
		"byte order mark below": {"\n\ufeff" + good, malformed},
		"NUL behind the end":    {good + "\x00", verdict{}},
	} {
		t.Run(name, func(t *testing.T) {
			e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(signer)}}, []byte(c.text), artifact)
			c.want.check(t, e, stage, err)
		})
	}
}

// TestArmorReasons: what is wrong with the text is told.
func TestArmorReasons(t *testing.T) {
	signer := newEd25519(t)
	good := string(sign(t, signer, artifact, "sha512", nil))
	for text, want := range map[string]string{
		"\ufeff" + good: "a byte order mark before the signature",
		"x" + good:      `the signature doesn't start with the line "-----BEGIN SSH SIGNATURE-----"`,
		strings.TrimSuffix(good, "\n-----END SSH SIGNATURE-----\n"): `the signature has no line "-----END SSH SIGNATURE-----"`,
		strings.Replace(good, "U1NI", "U1NI\r", 1):                  "carriage return in the signature",
		strings.Replace(good, "U1NI", "U1NI ", 1):                   "signature: illegal base64 data at input byte 4",
	} {
		_, _, err := verify(algorithm.Trust{PublicKeys: []string{line(signer)}}, []byte(text), artifact)
		if !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestEvidence(t *testing.T) {
	for name, c := range map[string]struct {
		signer    cryptossh.Signer
		hash      string
		wantAlgo  string
		wantHash  string
		principal string
	}{
		"Ed25519":     {newEd25519(t), "sha512", "Ed25519", "SHA-512", ""},
		"ECDSA P-256": {newECDSA(t, elliptic.P256()), "sha256", "ECDSA P-256", "SHA-256", alice},
		"ECDSA P-384": {newECDSA(t, elliptic.P384()), "sha512", "ECDSA P-384", "SHA-512", alice},
		"ECDSA P-521": {newECDSA(t, elliptic.P521()), "sha256", "ECDSA P-521", "SHA-256", ""},
		"RSA":         {newRSA(t, 3072), "sha512", "RSA 3072", "SHA-512", ""},
	} {
		t.Run(name, func(t *testing.T) {
			keys := line(c.signer)
			if c.principal != "" {
				keys = c.principal + " " + keys
			}
			key, err := ssh.Algorithm{}.Key(signers(c.principal, keys))
			if err != nil {
				t.Fatal(err)
			}
			v, err := key.Verifier(t.Context(), sign(t, c.signer, artifact, c.hash, nil))
			if err != nil {
				t.Fatal(err)
			}
			for i := range artifact {
				if n, err := v.Write(artifact[i : i+1]); n != 1 || err != nil {
					t.Fatal(n, err)
				}
			}
			e, err := v.Verify()
			if err != nil {
				t.Fatal(err)
			}
			if e.KeyAlgorithm != c.wantAlgo || e.Hash != c.wantHash || e.Fingerprint != cryptossh.FingerprintSHA256(c.signer.PublicKey()) ||
				strings.Join(e.UserIDs, ",") != c.principal || len(e.Notes) != 0 || e.Details["namespace"] != "file" {
				t.Errorf("%+v", e)
			}
			if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("a second verdict: %v, %v", e, err)
			}
		})
	}
}

// A verifier that has refused doesn't change its mind.
func TestRefusedOnce(t *testing.T) {
	signer := newEd25519(t)
	key, err := ssh.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{line(signer)}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := key.Verifier(t.Context(), sign(t, signer, artifact, "sha512", nil))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
		t.Fatalf("nothing written: %v, %v", e, err)
	}
	v.Write(artifact)
	if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("asked again with the artifact: %v, %v", e, err)
	}
}

// The signature of the artifact itself, or of its hash without the preamble, is
// no SSHSIG, although both are signatures by the right key.
func TestOtherMessages(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := newSigner(t, private, nil)
	sum := sha256.Sum256(artifact)
	for _, message := range [][]byte{artifact, sum[:]} {
		signature := sign(t, signer, artifact, "sha256", func(e *envelope) {
			e.Signature = cryptossh.Marshal(cryptossh.Signature{Format: "ssh-ed25519", Blob: ed25519.Sign(private, message)})
		})
		e, stage, err := verify(algorithm.Trust{PublicKeys: []string{line(signer)}}, signature, artifact)
		verdict{"artifact", algorithm.ErrInvalid}.check(t, e, stage, err)
	}
}

func TestConcurrency(t *testing.T) {
	signer := newEd25519(t)
	key, err := ssh.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{line(signer)}})
	if err != nil {
		t.Fatal(err)
	}
	signature := sign(t, signer, artifact, "sha512", nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := bytes.Clone(signature)
			v, err := key.Verifier(t.Context(), text)
			if err != nil {
				t.Error(err)
				return
			}
			clear(text) // it isn't kept
			key.IDs()
			v.Write(artifact[:len(artifact)-i%2])
			if _, err := v.Verify(); (err == nil) != (i%2 == 0) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// However long the artifact, writing it allocates nothing.
func TestConstantMemory(t *testing.T) {
	signer := newEd25519(t)
	key, err := ssh.Algorithm{}.Key(algorithm.Trust{PublicKeys: []string{line(signer)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{"sha256", "sha512"} {
		v, err := key.Verifier(t.Context(), sign(t, signer, artifact, hash, nil))
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64<<10)
		if n := testing.AllocsPerRun(100, func() { v.Write(buf) }); n != 0 {
			t.Errorf("%s: %v allocations a write", hash, n)
		}
	}
}
