package gpg

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// each returns the evidence of every signature that counts.
func each(a Algorithm, trust algorithm.Trust, sig, artifact []byte) ([]*algorithm.Evidence, error) {
	key, err := a.Key(trust)
	if err != nil {
		return nil, err
	}
	v, err := key.Verifier(context.Background(), sig)
	if err != nil {
		return nil, err
	}
	_, _ = v.Write(artifact)
	return v.(algorithm.SeveralVerifier).VerifyEach()
}

func armored(label string, data []byte) []byte {
	return []byte("-----BEGIN PGP " + label + "-----\n\n" + base64.StdEncoding.EncodeToString(data) + "\n-----END PGP " + label + "-----\n")
}

// primaries are the fingerprints of the certificates that signed.
func primaries(evidence []*algorithm.Evidence) []string {
	var all []string
	for _, e := range evidence {
		all = append(all, e.PrimaryFingerprint)
	}
	return all
}

// TestSeveral: which signatures of a file count, whether they are packets of one
// block or blocks of one file, and what becomes of it where one is enough.
func TestSeveral(t *testing.T) {
	a, b, c, stranger := newCraftKey(1, keyMade()), newCraftKey(2, keyMade()), newCraftKey(5, keyMade()), newCraftKey(9, keyMade())
	s, s2 := newCraftSubkey(3, keyMade()), newCraftSubkey(4, keyMade())
	asPrimary := newCraftKey(3, keyMade()) // the same key as the subkey s
	withSubs := join(a.plain(), s.packet(), a.bind(s, at(keyMade(), flags(2)), true), s2.packet(), a.bind(s2, at(keyMade(), flags(2)), true))
	sharing := join(b.plain(), s.packet(), b.bind(s, at(keyMade(), flags(2)), true))
	keys := join(withSubs, b.plain(), c.plain())
	good := func(k *craftKey) []byte { return k.sign(0, at(signedOn()), craftArtifact()) }
	bad := func(k *craftKey) []byte { return k.sign(0, at(signedOn()), []byte("x")) }
	expired := b.sign(0, at(signedOn(), sigLife(1)), craftArtifact())
	weak := b.sign(0, craftSig{hashed: made(signedOn()), hash: crypto.SHA1}, craftArtifact())
	anonymous := c.sign(0, craftSig{hashed: made(signedOn()), noIssuer: true}, craftArtifact())
	type parts [][]byte
	for _, test := range []struct {
		name          string
		keys          []byte
		sigs          parts
		want          []*craftKey // who counts
		plain         error       // where one is enough, of packets
		blocks        error       // the same, of blocks: the first one counts
		asPackets     error       // what refuses the file of packets as a whole
		none, noneOne error       // why nothing counts
	}{
		{name: "one", keys: keys, sigs: parts{good(b)}, want: []*craftKey{b}},
		{name: "three, in the order of the file", keys: keys, sigs: parts{good(c), good(a), good(b)}, want: []*craftKey{c, a, b}},
		{name: "a stranger first", keys: keys, sigs: parts{good(stranger), good(b)}, want: []*craftKey{b}, blocks: algorithm.ErrWrongKey},
		{name: "a stranger between", keys: keys, sigs: parts{good(a), good(stranger), good(b)}, want: []*craftKey{a, b}},
		{name: "a bad one first", keys: keys, sigs: parts{bad(a), good(b)}, want: []*craftKey{b}, blocks: algorithm.ErrInvalid},
		{name: "a bad one, then the same key's good one", keys: keys, sigs: parts{bad(a), good(a), good(b)}, want: []*craftKey{a, b}, blocks: algorithm.ErrInvalid},
		{name: "an expired one first", keys: keys, sigs: parts{expired, good(a)}, want: []*craftKey{a}, blocks: algorithm.ErrSignatureExpired},
		{name: "a weak one first", keys: keys, sigs: parts{weak, good(a)}, want: []*craftKey{a}, blocks: algorithm.ErrWeak},
		{name: "one that names nobody between", keys: keys, sigs: parts{good(a), anonymous, good(b)}, want: []*craftKey{a, b}, asPackets: algorithm.ErrWrongKey},
		{name: "one that names nobody first", keys: keys, sigs: parts{anonymous, good(b)}, want: []*craftKey{b}, blocks: algorithm.ErrWrongKey, asPackets: algorithm.ErrWrongKey},
		{name: "twice the same", keys: keys, sigs: parts{good(a), good(a), good(b)}, want: []*craftKey{a, b}},
		{name: "twice by one key", keys: keys, sigs: parts{good(a), a.sign(0, at(signedOn(), sigLife(9999)), craftArtifact())}, want: []*craftKey{a}},
		{name: "by a key and its subkey", keys: keys, sigs: parts{good(a), good(s)}, want: []*craftKey{a}},
		{name: "by two subkeys of one certificate", keys: keys, sigs: parts{good(s), good(s2), good(b)}, want: []*craftKey{a, b}},
		{name: "by a subkey of two certificates", keys: join(withSubs, sharing), sigs: parts{good(s)}, want: []*craftKey{a}},
		{name: "by a subkey of two certificates, twice", keys: join(withSubs, sharing), sigs: parts{good(s), good(s)}, want: []*craftKey{a}},
		{name: "by a subkey that is another certificate's primary key", keys: join(withSubs, asPrimary.plain()), sigs: parts{good(s), good(asPrimary)}, want: []*craftKey{a}},
		{name: "only strangers", keys: keys, sigs: parts{good(stranger), good(stranger)}, none: algorithm.ErrWrongKey},
		{name: "only bad ones", keys: keys, sigs: parts{bad(a), bad(b)}, none: algorithm.ErrInvalid},
		{name: "only expired and strangers", keys: keys, sigs: parts{good(stranger), expired}, none: algorithm.ErrSignatureExpired},
	} {
		trust := algorithm.Trust{PublicKeys: []string{string(test.keys)}}
		var blocks []byte
		for _, sig := range test.sigs {
			blocks = append(blocks, armored("SIGNATURE", sig)...)
		}
		for form, file := range map[string]struct {
			text  []byte
			each  error
			plain error
		}{
			"packets":           {join(test.sigs...), test.asPackets, test.plain},
			"armored packets":   {armored("SIGNATURE", join(test.sigs...)), test.asPackets, test.plain},
			"blocks":            {blocks, nil, test.blocks},
			"blocks, text amid": {bytes.ReplaceAll(blocks, []byte("-----BEGIN"), []byte("by someone\n-----BEGIN")), nil, test.blocks},
		} {
			wantEach, wantPlain := file.each, file.plain
			if wantEach != nil {
				wantPlain = wantEach
			}
			if test.none != nil {
				wantEach, wantPlain = test.none, test.none
			}
			found, err := each(Algorithm{}, trust, file.text, craftArtifact())
			if !errors.Is(err, wantEach) || (err == nil) != (len(found) > 0) {
				t.Errorf("%s, %s: %d, %v, want %v", test.name, form, len(found), err, wantEach)
			}
			var want []string
			for _, k := range test.want {
				want = append(want, fmt.Sprintf("%X", k.fingerprint()))
			}
			if err == nil && !slices.Equal(primaries(found), want) {
				t.Errorf("%s, %s: got %q, want %q", test.name, form, primaries(found), want)
			}
			for _, e := range found {
				if strings.Contains(strings.Join(e.Notes, ";"), "no other was needed") {
					t.Errorf("%s, %s: %q", test.name, form, e.Notes)
				}
			}
			if e, err := verify(Algorithm{}, trust.PublicKeys, file.text, craftArtifact()); !errors.Is(err, wantPlain) || (err == nil) != (e != nil) {
				t.Errorf("%s, %s: where one is enough: %v, want %v", test.name, form, err, wantPlain)
			}
		}
	}
}

// TestSeveralOnce: a verifier judges once, whichever way, and not by digests.
func TestSeveralOnce(t *testing.T) {
	k := newCraftKey(1, keyMade())
	ask := map[string]func(v algorithm.Verifier) error{
		"one":  func(v algorithm.Verifier) error { _, err := v.Verify(); return err },
		"each": func(v algorithm.Verifier) error { _, err := v.(algorithm.SeveralVerifier).VerifyEach(); return err },
	}
	for first := range ask {
		for second := range ask {
			v := mustVerifier(t, Algorithm{}, k.plain(), k.sign(0, at(signedOn()), craftArtifact()))
			_, _ = v.Write(craftArtifact())
			if _, err := v.VerifyEach(algorithm.Digest{}); !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("by digests: %v", err)
			}
			if err := ask[first](v); err != nil {
				t.Errorf("%s: %v", first, err)
			}
			if err := ask[second](v); !errors.Is(err, algorithm.ErrInvalid) {
				t.Errorf("%s, then %s: %v", first, second, err)
			}
		}
	}
}

// TestSeveralTooLarge: of more signatures than are looked at, those count that
// were; where none of them does the file is too large.
func TestSeveralTooLarge(t *testing.T) {
	k := newCraftKey(1, keyMade())
	trust := algorithm.Trust{PublicKeys: []string{string(k.plain())}}
	found, err := each(Algorithm{}, trust, join(k.sign(0, at(signedOn()), craftArtifact()), bogus(k)), craftArtifact())
	if err != nil || len(found) != 1 {
		t.Errorf("good first: %d, %v", len(found), err)
	}
	if _, err := each(Algorithm{}, trust, bogus(k), craftArtifact()); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("nothing good: %v", err)
	}
	blocks := join(armored("SIGNATURE", k.sign(0, at(signedOn()), []byte("x"))), armored("SIGNATURE", bogus(k)))
	if _, err := each(Algorithm{}, trust, blocks, craftArtifact()); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("nothing good in two blocks: %v", err)
	}
	if _, err := verify(Algorithm{}, trust.PublicKeys, blocks, craftArtifact()); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("a bad one in the first block: %v", err)
	}
}

// TestSeveralHashes: signers may each use another hash, one more than there are
// certificates, and no file wants more of them than eight.
func TestSeveralHashes(t *testing.T) {
	for certs, want := range map[int]int{1: 2, 2: 3, 3: 4, 7: 8, 8: 8, 20: 8} {
		var keys []byte
		for n := range certs {
			keys = append(keys, newCraftKey(byte(n+1), keyMade()).plain()...)
		}
		key := mustKey(t, Algorithm{AllowText: true}, keys)
		v, err := key.Verifier(t.Context(), bogus(newCraftKey(1, keyMade())))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(v.(*verifier).digests); n != want {
			t.Errorf("%d certificates: %d hashes, want %d", certs, n, want)
		}
	}
}

// manifestSigners is the manifest that testdata/signers/make.sh describes.
type manifestSigners struct {
	manifest, blocks, packets []byte
	certs                     []string
}

func readSigners(t *testing.T) manifestSigners {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", "signers", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	m := manifestSigners{manifest: read("SHA256SUMS"), blocks: read("SHA256SUMS.asc"), packets: read("SHA256SUMS.sig")}
	const begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	for _, text := range strings.Split(string(read("signers.asc")), begin)[1:] {
		m.certs = append(m.certs, begin+text)
	}
	if len(m.certs) != 29 {
		t.Fatalf("%d certificates", len(m.certs))
	}
	return m
}

// TestManifestOf27: what the real gpg signed with 27 good keys of all kinds, as
// blocks and as packets.
func TestManifestOf27(t *testing.T) {
	m := readSigners(t)
	for form, sig := range map[string][]byte{"blocks": m.blocks, "packets": m.packets} {
		for _, test := range []struct {
			name  string
			certs []string
			want  []int // of the signers, from 1
		}{
			{"all", m.certs, upTo(27)},
			{"all in one text", []string{strings.Join(m.certs, "")}, upTo(27)},
			{"three, and the others unknown", []string{m.certs[26], m.certs[3], m.certs[11]}, []int{4, 12, 27}},
			{"the last one, a bad and an expired one", m.certs[26:], []int{27}},
		} {
			found, err := each(Algorithm{}, algorithm.Trust{PublicKeys: test.certs}, sig, m.manifest)
			if err != nil {
				t.Errorf("%s, %s: %v", form, test.name, err)
				continue
			}
			var got []string
			algorithms := map[string]int{}
			for _, e := range found {
				got = append(got, e.UserIDs[0])
				algorithms[e.KeyAlgorithm]++
				if bySubkey := e.Fingerprint != e.PrimaryFingerprint; bySubkey != (len(got) <= len(test.want) && test.want[len(got)-1]%4 == 0) {
					t.Errorf("%s, %s: %s by subkey: %v", form, test.name, e.UserIDs[0], bySubkey)
				}
			}
			var want []string
			for _, n := range test.want {
				want = append(want, fmt.Sprintf("signer%02d@example.org", n))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", form, test.name, got, want)
			}
			if len(want) == 27 && fmt.Sprint(algorithms) != "map[Ed25519:9 RSA 2048:9 RSA 4096:9]" {
				t.Errorf("%s: %v", form, algorithms)
			}
		}
		for name, test := range map[string]struct {
			certs []string
			want  error
		}{
			"the one who signed another manifest": {m.certs[27:28], algorithm.ErrInvalid},
			"the one whose signature has run out": {m.certs[28:29], algorithm.ErrSignatureExpired},
			"both":                                {m.certs[27:29], algorithm.ErrInvalid},
			"somebody else":                       {[]string{string(newCraftKey(1, keyMade()).plain())}, algorithm.ErrWrongKey},
		} {
			if found, err := each(Algorithm{}, algorithm.Trust{PublicKeys: test.certs}, sig, m.manifest); !errors.Is(err, test.want) || found != nil {
				t.Errorf("%s, %s: %d, %v", form, name, len(found), err)
			}
		}
		if found, err := each(Algorithm{}, algorithm.Trust{PublicKeys: m.certs}, sig, append(bytes.Clone(m.manifest), '\n')); !errors.Is(err, algorithm.ErrInvalid) {
			t.Errorf("%s, another manifest: %d, %v", form, len(found), err)
		}
	}
}

func upTo(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

// TestManifestOf27AgainstTools: gpgv finds the same good signatures in either
// form, and sqv as many, though in the form that it reads. Where one is enough
// and the first block is by a stranger, neither accepts the blocks.
func TestManifestOf27AgainstTools(t *testing.T) {
	gpgv, sqv := testkeys.Tool(t, "gpgv"), testkeys.Tool(t, "sqv")
	m := readSigners(t)
	dir := t.TempDir()
	ring := func(name string, certs ...string) string {
		found, err := blobs([]byte(strings.Join(certs, "")))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		writeFile(t, file, join(found...))
		return file
	}
	all, last := ring("all", m.certs...), ring("last", m.certs[26])
	signers := filepath.Join("testdata", "signers")
	manifest, packets, blocks := filepath.Join(signers, "SHA256SUMS"), filepath.Join(signers, "SHA256SUMS.sig"), filepath.Join(signers, "SHA256SUMS.asc")
	found, err := each(Algorithm{}, algorithm.Trust{PublicKeys: m.certs}, m.blocks, m.manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []string{packets, blocks} {
		out, _ := exec.CommandContext(t.Context(), gpgv, "--status-fd", "1", "--keyring", all, sig, manifest).Output() // it fails for the other two
		var valid []string
		for line := range strings.Lines(string(out)) {
			if fields := strings.Fields(line); len(fields) > 11 && fields[1] == "VALIDSIG" {
				valid = append(valid, fields[11]) // of the primary key
			}
		}
		if !slices.Equal(valid, primaries(found)) {
			t.Errorf("%s: gpgv says %q", sig, valid)
		}
	}
	for n, ok := range map[string]bool{"27": true, "28": false} {
		if err := run(t, sqv, "-n", n, "--keyring", all, packets, manifest); (err == nil) != ok {
			t.Errorf("%s signatures: sqv says %v", n, err)
		}
	}
	_, err = verify(Algorithm{}, m.certs[26:27], m.blocks, m.manifest)
	if run(t, sqv, "--keyring", last, blocks, manifest) == nil || run(t, gpgv, "--keyring", last, blocks, manifest) == nil || !errors.Is(err, algorithm.ErrWrongKey) {
		t.Errorf("the last signer alone, where one is enough: %v, and a tool accepts", err)
	}
}

// TestSixtyFourSigners: as many keys as a table may have, each RSA 4096 with a
// subkey of that size that signs, fit what keys and a file may cost.
func TestSixtyFourSigners(t *testing.T) {
	const signers = 64
	primes := make([]*big.Int, 2)
	for i := range primes {
		var err error
		if primes[i], err = rand.Prime(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	var texts []string
	var blocks []byte
	for n := range signers {
		made := keyMade().Add(time.Duration(n) * time.Hour) // other times make other keys of the same numbers
		config := func() *packet.Config {
			made = made.Add(time.Minute)
			return &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 4096, RSAPrimes: slices.Repeat(primes, 2), Time: func() time.Time { return made }}
		}
		e, err := openpgp.NewEntity(fmt.Sprint("signer ", n), "", "s@example.org", config())
		if err != nil {
			t.Fatal(err)
		}
		e.Subkeys = nil // to encrypt with
		if err := e.AddSigningSubkey(config()); err != nil {
			t.Fatal(err)
		}
		var cert, sig bytes.Buffer
		if err := errors.Join(e.Serialize(&cert), openpgp.DetachSign(&sig, []*openpgp.Entity{e}, bytes.NewReader(craftArtifact()), config())); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(armored("PUBLIC KEY BLOCK", cert.Bytes())))
		blocks = append(blocks, armored("SIGNATURE", sig.Bytes())...)
	}
	start := time.Now()
	key, err := Algorithm{}.Key(algorithm.Trust{PublicKeys: texts})
	if err != nil {
		t.Fatal(err)
	}
	read := time.Since(start)
	v, err := key.Verifier(t.Context(), blocks)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = v.Write(craftArtifact())
	found, err := v.(*verifier).VerifyEach()
	if err != nil || len(found) != signers {
		t.Errorf("%d of %d, %v", len(found), signers, err)
	}
	for _, e := range found {
		if e.Fingerprint == e.PrimaryFingerprint || e.KeyAlgorithm != "RSA 4096" {
			t.Errorf("by %s, %s", e.Fingerprint, e.KeyAlgorithm)
		}
	}
	t.Logf("keys in %v, the file in %v, of which %d of %d is spent", read, time.Since(start)-read, maxFileEffort-v.(*verifier).budget.left, maxFileEffort)
}
