package kits

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm/cosign"
)

// A limboCase is a testcase of x509-limbo, as far as it is read.
type limboCase struct {
	ID        string     `json:"id"`
	Expected  string     `json:"expected_result"`
	Kind      string     `json:"validation_kind"`
	Trusted   []string   `json:"trusted_certs"`
	Untrusted []string   `json:"untrusted_intermediates"`
	Peer      string     `json:"peer_certificate"`
	PeerKey   string     `json:"peer_certificate_key"`
	At        *time.Time `json:"validation_time"`
	PeerName  *peerName  `json:"expected_peer_name"`
	PeerNames []peerName `json:"expected_peer_names"`
}

type peerName struct {
	Value string `json:"value"`
}

func (c limboCase) valid() bool { return c.Expected == "SUCCESS" }

// time is when the case is judged.
func (c limboCase) time() time.Time {
	if c.At != nil {
		return *c.At
	}
	return time.Now()
}

// subject is who must have signed: who the peer's certificate says, so that
// it's the chain that decides, or else, where it says nobody or several, the
// name that the case looks for.
func (c limboCase) subject(peer []byte) string {
	if cert, err := x509.ParseCertificate(peer); err == nil {
		names := slices.Concat(cert.DNSNames, cert.EmailAddresses)
		for _, ip := range cert.IPAddresses {
			names = append(names, ip.String())
		}
		if len(names) == 1 {
			return names[0]
		}
	}
	switch {
	case c.PeerName != nil:
		return c.PeerName.Value
	case len(c.PeerNames) > 0:
		return c.PeerNames[0].Value
	}
	return "nobody.invalid"
}

func readLimbo(t *testing.T, k *kit) []limboCase {
	t.Helper()
	var file struct {
		TestCases []limboCase `json:"testcases"`
	}
	if err := json.Unmarshal(k.read(t, k.Files[0].Path), &file); err != nil {
		t.Fatal(err)
	}
	return file.TestCases
}

// maxLimboTime is how long one case may take. Those that are made to take long
// take milliseconds.
const maxLimboTime = 5 * time.Second

// runLimbo judges every case twice: with its certificates as they are, and with
// the same chain rebuilt for signing code.
func runLimbo(t *testing.T, k *kit, board *scoreboard) {
	t.Helper()
	var whole, rebuilt []testCase
	siblings := 0 // sound certificates that were accepted
	for _, c := range readLimbo(t, k) {
		whole = append(whole, testCase{c.ID, c.valid(), func() error { return c.judgeWhole(t) }})
		rebuilt = append(rebuilt, testCase{c.ID, c.valid(), func() error { return c.judgeRebuilt(t, &siblings) }})
	}
	k.run(t, board, "cosign, certificates as they are", whole)
	k.run(t, board, "cosign, chain rebuilt for code signing", rebuilt)
	if siblings < len(rebuilt) {
		t.Errorf("only %d sound certificates by the issuers of %d were accepted", siblings, len(rebuilt))
	}
}

// judgeWhole takes the peer's certificate for the signer's.
func (c limboCase) judgeWhole(t *testing.T) error {
	t.Helper()
	sign := func([]byte) []byte { return []byte("no key signed this") }
	if key := parsePrivate(c.PeerKey); key != nil {
		sign = signWith(t, key)
	}
	return c.judge(t, decodePEM(t, c.Trusted...), decodePEM(t, c.Untrusted...), decodePEM(t, c.Peer)[0], sign, func(func([]byte, string) error) {})
}

// parsePrivate returns the key, nil where it is none that signs for sigstore.
func parsePrivate(text string) crypto.Signer {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer
		}
	}
	return nil
}

// judgeRebuilt makes the chain anew, for keys that are at hand. What crypto/x509
// refuses cosign must refuse, too.
func (c limboCase) judgeRebuilt(t *testing.T, siblings *int) error {
	t.Helper()
	chain, err := rebuild(c)
	if err != nil {
		return err
	}
	sound := func(verify func(certificate []byte, subject string) error) {
		if chain.sibling != nil && verify(chain.sibling, signerURL) == nil {
			*siblings++ // twice for each
		}
	}
	err = c.judge(t, chain.trusted, chain.untrusted, chain.peer, signWith(t, chain.peerKey), sound)
	if err == nil {
		if err := c.standard(chain); err != nil {
			t.Errorf("%s: accepted, and crypto/x509 says %v", c.ID, err)
		}
	}
	return err
}

func signWith(t *testing.T, key crypto.Signer) func(digest []byte) []byte {
	t.Helper()
	return func(digest []byte) []byte {
		sig, err := key.Sign(rand.Reader, digest, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
}

// standard is what crypto/x509 says of a chain.
func (c limboCase) standard(chain *limboChain) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for pool, certs := range map[*x509.CertPool][][]byte{roots: chain.trusted, between: chain.untrusted} {
		for _, der := range certs {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			pool.AddCert(cert)
		}
	}
	peer, err := x509.ParseCertificate(chain.peer)
	if err != nil {
		return err
	}
	_, err = peer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: c.time(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	})
	return err
}

// judge verifies a message that is signed with the peer's key, under a trusted
// root with an authority for each trusted certificate. What the root remembers
// of that, and of the sound certificate that is judged between, changes no verdict.
func (c limboCase) judge(t *testing.T, trusted, untrusted [][]byte, peer []byte, sign func(digest []byte) []byte, sound func(func(certificate []byte, subject string) error)) error {
	t.Helper()
	began := time.Now()
	defer func() {
		if took := time.Since(began); took > maxLimboTime {
			t.Errorf("%s: it took %s", c.ID, took)
		}
	}()
	var chains [][][]byte
	for _, root := range trusted {
		chains = append(chains, append(slices.Clone(untrusted), root))
	}
	root, err := parseRoot(t, chains)
	if err != nil {
		return err
	}
	msg := []byte(c.ID)
	digest := sha256.Sum256(msg)
	signature := sign(digest[:])
	verify := func(certificate []byte, subject string) error {
		material := map[string]any{"certificate": map[string]any{"rawBytes": certificate}}
		a := cosign.Algorithm{TrustedRoot: root, Time: c.time}
		return judge(t, a, keylessTrust(subject), bundle(t, material, crypto.SHA256, msg, signature), msg)
	}
	err = verify(peer, c.subject(peer))
	for _, before := range []string{"itself", "a sound certificate"} {
		if again := verify(peer, c.subject(peer)); (again == nil) != (err == nil) {
			t.Errorf("%s: first %v, after %s %v", c.ID, err, before, again)
		}
		sound(verify)
	}
	return err
}

func decodePEM(t *testing.T, texts ...string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, text := range texts {
		block, rest := pem.Decode([]byte(text))
		if block == nil || strings.TrimSpace(string(rest)) != "" {
			t.Fatalf("not one PEM block: %.80q", text)
		}
		all = append(all, block.Bytes)
	}
	return all
}
