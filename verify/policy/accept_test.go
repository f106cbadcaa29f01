package policy_test

import (
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

// signedBy is a signature by a key and a hash of those names.
func signedBy(key, hash string) verify.Signature {
	return verify.Signature{Algorithm: "gpg", Evidence: &algorithm.Evidence{KeyAlgorithm: key, Hash: hash}}
}

// vouchedBy is a signature by one key, for which another one vouches.
func vouchedBy(primary, key string) verify.Signature {
	s := signedBy(key, "SHA-256")
	s.Evidence.PrimaryKeyAlgorithm = primary
	return s
}

// verified is the report of these signatures.
func verified(first verify.Signature, others ...verify.Signature) *verify.Report {
	return &verify.Report{Status: verify.Verified, Signature: first, Others: others, Digests: map[string]string{"sha256": "00"}}
}

// TestStrength: what is too weak, and what isn't known, is refused by every
// spelling of the families.
func TestStrength(t *testing.T) {
	strong := []string{
		"Ed25519", "Ed25519ph", "Ed25519 (security key)", "Ed448", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521",
		"ECDSA P-256 (security key)", "ECDSA brainpoolP256r1", "ECDSA brainpoolP384r1", "ECDSA brainpoolP512r1",
		"ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "ML-DSA-44+Ed25519", "ML-DSA-65+Ed25519", "ML-DSA-87+Ed448",
		"SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-256s",
	}
	never := []string{
		"", "RSA", "RSA ", "RSA 0", "RSA -4096", "RSA 04096", "RSA 4096 ", "RSA  4096", "RSA 4096x", "rsa 4096", "RSA-4096", "RSA 99999999999999999999",
		"DSA", "ed25519", "Ed25519 ", "P-256", "ECDSA", "ECDSA ", "ECDSA p-256", "ElGamal", "algorithm 99", "X25519", "HMAC",
	}
	const rsa3072 = "[strength]\nrsa-bits = 3072\n"
	for policy, keys := range map[string]struct{ good, bad []string }{
		"": {append([]string{"RSA 1024", "DSA 1024", "ECDSA secp256k1", "whatever", ""}, strong...), nil},
		rsa3072: {
			append([]string{"RSA 3072", "RSA 3073", "RSA 4096", "RSA 16384"}, strong...),
			append([]string{"RSA 3071", "RSA 2048", "RSA 1024", "DSA 3072", "ECDSA secp256k1"}, never...),
		},
		"[strength]\nhashes = ['SHA-256']\n": {
			append([]string{"RSA 2048", "RSA 4096"}, strong...),
			append([]string{"RSA 2047", "RSA 1024", "DSA 3072", "ECDSA secp256k1"}, never...),
		},
		"[strength]\nkey-algorithms = ['Ed25519', 'ECDSA P-256']\n": {
			[]string{"Ed25519", "ECDSA P-256"},
			append([]string{"Ed25519ph", "Ed25519 (security key)", "Ed448", "ECDSA P-384", "ECDSA P-256 (security key)", "RSA 4096", "RSA 16384"}, never...),
		},
		"[strength]\nkey-algorithms = ['RSA']\n":                        {[]string{"RSA 2048", "RSA 4096"}, append([]string{"RSA 1024", "RSA 2047", "Ed25519", "DSA 2048"}, never...)},
		"[strength]\nkey-algorithms = ['RSA']\nrsa-bits = 4096\n":       {[]string{"RSA 4096"}, append([]string{"RSA 3072", "Ed25519"}, never...)},
		"[strength]\nkey-algorithms = ['RSA 4096']\n":                   {[]string{"RSA 4096"}, append([]string{"RSA 2048", "RSA 8192", "Ed25519"}, never...)},
		"[strength]\nkey-algorithms = ['RSA 2048']\n":                   {[]string{"RSA 2048"}, append([]string{"RSA 2049", "RSA 4096", "Ed25519"}, never...)},
		"[strength]\nkey-algorithms = ['DSA 1']\n":                      {[]string{"DSA 1"}, append([]string{"DSA 2", "Ed25519"}, never...)},
		"[strength]\nkey-algorithms = ['DSA', 'ECDSA secp256k1']\n":     {[]string{"DSA 1024", "DSA 3072", "ECDSA secp256k1"}, append([]string{"RSA 4096", "Ed25519"}, never...)},
		"[strength]\nkey-algorithms = ['DSA 3072', 'Ed25519', 'RSA']\n": {[]string{"DSA 3072", "Ed25519", "RSA 2048"}, append([]string{"DSA 1024", "RSA 1024"}, never...)},
	} {
		accept := configure(t, least+policy).Accept
		for _, name := range keys.good {
			for _, s := range []verify.Signature{signedBy(name, "SHA-256"), vouchedBy(name, keys.good[0])} {
				if err := accept(verified(s)); err != nil {
					t.Errorf("%s: %q: %v", policy, name, err)
				}
			}
		}
		for _, name := range keys.bad {
			wantRefusal(t, accept(verified(signedBy(name, "SHA-256"))), algorithm.ErrWeak, "policy.toml:3: strength: too weak: ", "a key of the algorithm")
			// so is that of a key that vouches for it
			if name != "" {
				wantRefusal(t, accept(verified(vouchedBy(name, keys.good[0]))), algorithm.ErrWeak, "policy.toml:3: strength: too weak: ", "which vouches for the one that signed")
			}
			// one of several is as bad as the first
			wantRefusal(t, accept(verified(signedBy(keys.good[0], "SHA-256"), signedBy(name, "SHA-256"))), algorithm.ErrWeak, "policy.toml:3: strength: ", "")
			if t.Failed() {
				t.Fatalf("%s: %q", policy, name)
			}
		}
	}
}

// TestHashes: those of the signature, of the manifest and of digests in a table.
func TestHashes(t *testing.T) {
	all := []string{"SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-512", "SHAKE256", "BLAKE2b-512"}
	never := []string{"", "MD5", "sha256", "SHA256", "SHA-512/256", "RIPEMD-160", "SHA-256 "}
	for policy, hashes := range map[string]struct{ good, bad []string }{
		"":                              {append(append([]string{"SHA-1"}, all...), never...), nil},
		"[strength]\nrsa-bits = 2048\n": {all, append([]string{"SHA-1"}, never...)},
		"[strength]\nhashes = ['SHA-512', 'BLAKE2b-512']\n": {[]string{"SHA-512", "BLAKE2b-512"}, append([]string{"SHA-256", "SHA-384", "SHA3-512", "SHA-1"}, never...)},
		"[strength]\nhashes = ['SHA-1']\n":                  {[]string{"SHA-1"}, append([]string{"SHA-256"}, never...)},
	} {
		accept := configure(t, least+policy).Accept
		for _, name := range hashes.good {
			if err := accept(verified(signedBy("RSA 4096", name))); err != nil {
				t.Errorf("%s: %q: %v", policy, name, err)
			}
		}
		for _, name := range hashes.bad {
			wantRefusal(t, accept(verified(signedBy("RSA 4096", name))), algorithm.ErrWeak, "policy.toml:3: strength: ", "the hash")
		}
	}
	// Ed25519 by itself is over SHA-512, and says so in one family only.
	const sha512 = "[strength]\nhashes = ['SHA-512']\n"
	if err := configure(t, least+sha512).Accept(verified(signedBy("Ed25519", ""))); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"Ed25519ph", "Ed448", "ECDSA P-256", "ML-DSA-65", "ML-DSA-65+Ed25519"} {
		wantRefusal(t, configure(t, least+sha512).Accept(verified(signedBy(name, ""))), algorithm.ErrWeak, "policy.toml:3: ", "the hash")
	}
	wantRefusal(t, configure(t, least+"[strength]\nhashes = ['SHA-256']\n").Accept(verified(signedBy("Ed25519", ""))), algorithm.ErrWeak, "policy.toml:3: ", "the hash")

	// And ML-DSA over SHAKE256.
	for _, policy := range []string{"[strength]\nhashes = ['SHAKE256']\n", "[strength]\nrsa-bits = 2048\n"} {
		for _, name := range []string{"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"} {
			if err := configure(t, least+policy).Accept(verified(signedBy(name, ""))); err != nil {
				t.Error(err)
			}
		}
		wantRefusal(t, configure(t, least+policy).Accept(verified(signedBy("ML-DSA-65+Ed25519", ""))), algorithm.ErrWeak, "policy.toml:3: ", "the hash")
	}

	ofManifest := func(digest string) *verify.Report {
		s := signedBy("Ed25519", "SHA-512")
		s.Manifest = &verify.Manifest{Digest: digest}
		return verified(s)
	}
	ofTable := func(names ...string) *verify.Report {
		r := &verify.Report{Status: verify.Verified, Digests: map[string]string{}, Signature: verify.Signature{Algorithm: "digest", Evidence: &algorithm.Evidence{}}}
		for _, name := range names {
			r.Digests[name] = "00"
		}
		return r
	}
	accept := configure(t, least+sha512).Accept
	for _, r := range []*verify.Report{ofManifest("sha512:00"), ofTable("sha512")} {
		if err := accept(r); err != nil {
			t.Error(err)
		}
	}
	for _, r := range []*verify.Report{ofManifest("sha256:00"), ofManifest(""), ofManifest("md5:00"), ofTable("sha256"), ofTable(), ofTable("")} {
		wantRefusal(t, accept(r), algorithm.ErrWeak, "policy.toml:3: strength: ", "digest")
	}
	// In whatever order the digests come.
	for range 20 {
		wantRefusal(t, accept(ofTable("sha512", "sha256")), algorithm.ErrWeak, "policy.toml:3: strength: ", "digest")
	}
	// SHA-224 is no digest's, and so isn't one without a name.
	for _, r := range []*verify.Report{ofManifest(""), ofTable("")} {
		wantRefusal(t, configure(t, least+"[strength]\nhashes = ['SHA-224', 'SHA-512']\n").Accept(r), algorithm.ErrWeak, "policy.toml:3: strength: ", "digest")
	}
	pinned := ofTable("sha512")
	pinned.Algorithm = "pin"
	wantRefusal(t, accept(pinned), algorithm.ErrUnsupported, "policy.toml: ", "none of the families")
	// Nothing but that family may have no key.
	r := ofTable("sha512")
	r.Algorithm = "minisign"
	wantRefusal(t, accept(r), algorithm.ErrWeak, "policy.toml:3: strength: ", "a key")
}

// TestRoots: who may vouch.
func TestRoots(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	root := func(name, sum string, table bool) *algorithm.TrustedRoot {
		return &algorithm.TrustedRoot{Name: name, SHA256: sum, FromTable: table}
	}
	other := strings.Repeat("cd", 32)
	for _, tt := range []struct {
		policy    string
		good, bad []*algorithm.TrustedRoot
	}{
		{"", []*algorithm.TrustedRoot{nil, root("public-good", other, false), root("", other, false)}, []*algorithm.TrustedRoot{root("", other, true), root("public-good", other, true)}},
		{"[roots]\nfrom-table = false\n", []*algorithm.TrustedRoot{nil, root("", other, false)}, []*algorithm.TrustedRoot{root("GitHub", other, true)}},
		{"[roots]\nfrom-table = true\n", []*algorithm.TrustedRoot{nil, root("", other, false), root("", other, true)}, nil},
		{"[roots]\nnames = ['github']\n", []*algorithm.TrustedRoot{nil, root("GitHub", other, false)}, []*algorithm.TrustedRoot{root("public-good", other, false), root("", other, false), root("GitHub", other, true)}},
		{"[roots]\nnames = ['public-good', 'GitHub']\n", []*algorithm.TrustedRoot{root("GitHub", other, false), root("public-good", sum, false)}, []*algorithm.TrustedRoot{root("", sum, false)}},
		{"[roots]\nsha256 = ['" + strings.ToUpper(sum) + "']\n", []*algorithm.TrustedRoot{nil, root("", sum, false)}, []*algorithm.TrustedRoot{root("public-good", other, false), root("", sum, true), root("", "", false)}},
		{"[roots]\nsha256 = ['" + sum + "']\nnames = ['github']\nfrom-table = true\n", []*algorithm.TrustedRoot{root("", sum, true), root("GitHub", other, false), root("GitHub", other, true)}, []*algorithm.TrustedRoot{root("", other, true), root("public-good", other, false)}},
	} {
		accept := configure(t, least+tt.policy).Accept
		place := "policy.toml:3: roots: "
		if tt.policy == "" {
			place = "policy.toml: roots: "
		}
		with := func(root *algorithm.TrustedRoot) verify.Signature {
			s := signedBy("Ed25519", "SHA-256")
			s.Evidence.TrustedRoot = root
			return s
		}
		for _, root := range tt.good {
			if err := accept(verified(with(root))); err != nil {
				t.Errorf("%s: %+v: %v", tt.policy, root, err)
			}
		}
		for _, root := range tt.bad {
			wantRefusal(t, accept(verified(with(root))), verify.ErrNotAccepted, place, "the trusted root")
			wantRefusal(t, accept(verified(with(nil), with(nil), with(root))), verify.ErrNotAccepted, place, "the trusted root")
		}
	}
}

// TestStatus: what nobody signed is accepted only where the policy lets that.
func TestStatus(t *testing.T) {
	require, ifDeclared := configure(t, least).Accept, configure(t, least+"signatures = 'if-declared'\n").Accept
	if err := ifDeclared(&verify.Report{Status: verify.Unsigned}); err != nil {
		t.Error(err)
	}
	for _, status := range []verify.Status{verify.Unsigned, verify.Skipped, ""} {
		wantRefusal(t, require(&verify.Report{Status: status}), verify.ErrNotAccepted, "policy.toml: ", "demands a signature")
	}
	for _, status := range []verify.Status{verify.Skipped, ""} {
		wantRefusal(t, ifDeclared(&verify.Report{Status: status}), verify.ErrNotAccepted, "policy.toml: ", "demands a signature")
	}
	wantRefusal(t, require(&verify.Report{Status: verify.Verified}), verify.ErrNotAccepted, "policy.toml: ", "doesn't say")
	for _, family := range []string{"signify", "pin", "", "GPG"} {
		s := signedBy("Ed25519", "SHA-256")
		s.Algorithm = family
		wantRefusal(t, require(verified(signedBy("Ed25519", "SHA-256"), s)), algorithm.ErrUnsupported, "policy.toml: ", "none of the families")
	}
}
