package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// document is JSON.
type document = map[string]any

func material(bundle document) document { return bundle["verificationMaterial"].(document) }

func entries(bundle document) []any { return material(bundle)["tlogEntries"].([]any) }

func checkpoint(bundle document) document {
	return entries(bundle)[0].(document)["inclusionProof"].(document)["checkpoint"].(document)
}

// TestSuiteCases makes the cases of the official suite that no corpus has, out of
// bundles that pass, and named as they are there.
func TestSuiteCases(t *testing.T) {
	entryOf := func(name string) func(*testing.T, document) {
		return func(t *testing.T, bundle document) {
			t.Helper()
			other := parsed(t, testkeys.Find(t, "cosign", name).Signature)
			material(bundle)["tlogEntries"] = entries(other)
		}
	}
	without := func(key string) func(*testing.T, document) {
		return func(t *testing.T, bundle document) { t.Helper(); delete(material(bundle), key) }
	}
	unchanged := func(*testing.T, document) {}
	tests := []struct {
		name, of     string
		bundle, root func(*testing.T, document)
		want         error
	}{
		{"checkpoint-bad-keyhint", "ok-first-r1", badKeyHint, unchanged, algorithm.ErrInvalid},
		{"checkpoint-bad-keyhint", "ok-first-r2tsa", badKeyHint, unchanged, algorithm.ErrInvalid},
		{"checkpoint-wrong-name", "ok-first-r2tsa", wrongName, unchanged, algorithm.ErrInvalid},
		{"rekor2-no-timestamp", "ok-first-r2tsa", without("timestampVerificationData"), unchanged, algorithm.ErrInvalid},
		{"no-cert", "ok-first-r1", without("certificate"), unchanged, algorithm.ErrMalformed},
		{"no-log-entry", "ok-first-r1", without("tlogEntries"), unchanged, algorithm.ErrInvalid},
		{"wrong-hashedrekord-entry", "ok-first-r1", entryOf("ok-kl2-new-r1"), unchanged, algorithm.ErrInvalid},
		{"rekor2-wrong-entry", "ok-first-r2tsa", entryOf("ok-kl2-new-r2tsa"), unchanged, algorithm.ErrInvalid},
		{"rekor1-entry-in-rekor2-bundle", "ok-first-r2tsa", entryOf("ok-first-r1"), unchanged, algorithm.ErrInvalid},
		{"intoto-log-entry-mismatch", "ok-att-gha-r1", entryOf("ok-first-r1"), unchanged, algorithm.ErrInvalid},
		{"hashedrekord-with-dsse-entry", "ok-first-r1", entryOf("ok-att-gha-r1"), unchanged, algorithm.ErrInvalid},
		{"rekor2-timestamp-outside-trust-root", "ok-first-r2tsa", unchanged, authorityEnded, algorithm.ErrInvalid},
		{"message-digest-mismatch", "ok-first-r1", anotherDigest, unchanged, algorithm.ErrInvalid},
		{"rekor2-timestamp-wrong-tsa-validity-borrow", "ok-first-r2tsa", unchanged, func(t *testing.T, root document) {
			t.Helper()
			authorityEnded(t, root)
			root["timestampAuthorities"] = append(root["timestampAuthorities"].([]any), document{
				"uri": "https://unrelated.invalid", "certChain": document{"certificates": []any{}}, "validFor": document{"start": "2020-01-01T00:00:00Z"},
			})
		}, algorithm.ErrMalformed},
		{"trust-root-tlog-missing-validity-start", "ok-first-r1", unchanged, withoutStart("tlogs"), algorithm.ErrMalformed},
		{"trust-root-ctlog-missing-validity-start", "ok-first-r1", unchanged, withoutStart("ctlogs"), algorithm.ErrMalformed},
		{"trust-root-ca-missing-validity-start", "ok-first-r1", unchanged, withoutStart("certificateAuthorities"), algorithm.ErrMalformed},
		{"trust-root-tsa-missing-validity-start", "ok-first-r2tsa", unchanged, withoutStart("timestampAuthorities"), algorithm.ErrMalformed},
		{"sct-duplicate-intermediate-name", "ok-first-r1", unchanged, func(t *testing.T, root document) {
			t.Helper()
			root["certificateAuthorities"] = append([]any{namesake(t, root)}, root["certificateAuthorities"].([]any)...)
		}, nil},
		{"sct-duplicate-intermediate-name behind", "ok-first-r1", unchanged, func(t *testing.T, root document) {
			t.Helper()
			root["certificateAuthorities"] = append(root["certificateAuthorities"].([]any), namesake(t, root))
		}, nil},
		{"sct-duplicate-intermediate-name alone", "ok-first-r1", unchanged, func(t *testing.T, root document) {
			t.Helper()
			root["certificateAuthorities"] = []any{namesake(t, root)}
		}, algorithm.ErrInvalid},
		{"no-log-in-trust-root", "ok-first-r1", unchanged, func(t *testing.T, root document) {
			t.Helper()
			root["tlogs"] = root["tlogs"].([]any)[:0]
		}, algorithm.ErrInvalid},
	}
	for _, test := range tests {
		t.Run(test.name+"/"+test.of, func(t *testing.T) {
			c := testkeys.Find(t, "cosign", test.of)
			c.Trust = testkeys.Without(testkeys.Without(c.Trust, "transparency-log"), "sct") // as the suite has it
			args := arguments(c, filepath.Join(c.Dir, "artifact"))
			if err := run(context.Background(), args); err != nil {
				t.Fatalf("unchanged: %v", err)
			}
			dir := t.TempDir()
			for i, change := range map[int]func(*testing.T, document){2: test.bundle, 4: test.root} {
				text, err := os.ReadFile(args[i])
				if err != nil {
					t.Fatal(err)
				}
				doc := parsed(t, text)
				change(t, doc)
				if text, err = json.Marshal(doc); err != nil {
					t.Fatal(err)
				}
				args[i] = filepath.Join(dir, filepath.Base(args[i]))
				if err := os.WriteFile(args[i], text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(context.Background(), args); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func parsed(t *testing.T, text []byte) document {
	t.Helper()
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// badKeyHint changes the key ID before the checkpoint's signature.
func badKeyHint(t *testing.T, bundle document) {
	t.Helper()
	c := checkpoint(bundle)
	lines := strings.Split(c["envelope"].(string), "\n")
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "—" {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil {
			t.Fatal(err)
		}
		signature[0] ^= 1
		words[2] = base64.StdEncoding.EncodeToString(signature)
		lines[i] = strings.Join(words, " ")
		c["envelope"] = strings.Join(lines, "\n")
		return
	}
	t.Fatal("no signature in the checkpoint")
}

// wrongName changes the name in the checkpoint's signature line.
func wrongName(t *testing.T, bundle document) {
	t.Helper()
	c := checkpoint(bundle)
	c["envelope"] = strings.Replace(c["envelope"].(string), "— rekor", "— other", 1)
}

// anotherDigest changes the digest that a message names.
func anotherDigest(t *testing.T, bundle document) {
	t.Helper()
	digest := bundle["messageSignature"].(document)["messageDigest"].(document)
	if _, ok := digest["digest"]; !ok {
		t.Fatal("no digest in the bundle")
	}
	digest["digest"] = make([]byte, 32)
}

// withoutStart leaves the start out of all times of a list.
func withoutStart(list string) func(*testing.T, document) {
	return func(t *testing.T, root document) {
		t.Helper()
		for m := range slices.Values(root[list].([]any)) {
			of := m.(document)
			if key, ok := of["publicKey"].(document); ok {
				of = key
			}
			delete(of["validFor"].(document), "start")
		}
	}
}

// namesake is an authority whose certificate has the name of the one that issues
// in the root's first, and another key.
func namesake(t *testing.T, root document) document {
	t.Helper()
	first := root["certificateAuthorities"].([]any)[0].(document)["certChain"].(document)["certificates"].([]any)[0].(document)
	der, err := base64.StdEncoding.DecodeString(first["rawBytes"].(string))
	if err != nil {
		t.Fatal(err)
	}
	of, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), RawSubject: of.RawSubject, NotBefore: of.NotBefore, NotAfter: of.NotAfter,
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, template, private.Public(), private); err != nil {
		t.Fatal(err)
	}
	return document{
		"uri": "https://namesake.invalid", "certChain": document{"certificates": []any{document{"rawBytes": der}}},
		"validFor": document{"start": of.NotBefore},
	}
}

// TestSuiteEnds: both ends of a time in the trusted root are in it.
func TestSuiteEnds(t *testing.T) {
	for list, of := range map[string]string{"tlogs": "ok-first-r1", "timestampAuthorities": "ok-first-r2tsa"} {
		c := testkeys.Find(t, "cosign", of)
		c.Trust = testkeys.Without(testkeys.Without(c.Trust, "transparency-log"), "sct")
		args := arguments(c, filepath.Join(c.Dir, "artifact"))
		at := provenTime(t, c)
		dir := t.TempDir()
		for _, test := range []struct {
			name       string
			start, end time.Time
			want       error
		}{
			{"validity-end-inclusive", at.AddDate(-1, 0, 0), at, nil},
			{"a second too late", at.AddDate(-1, 0, 0), at.Add(-time.Second), algorithm.ErrInvalid},
			{"validity-start-inclusive", at, at.AddDate(1, 0, 0), nil},
			{"a second too soon", at.Add(time.Second), at.AddDate(1, 0, 0), algorithm.ErrInvalid},
		} {
			root := parsed(t, c.Trust.Values["trusted-root"].Content)
			for m := range slices.Values(root[list].([]any)) {
				of := m.(document)
				if key, ok := of["publicKey"].(document); ok {
					of = key
				}
				of["validFor"] = document{"start": test.start, "end": test.end}
			}
			text, err := json.Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			args[4] = filepath.Join(dir, "trusted_root.json")
			if err := os.WriteFile(args[4], text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := run(context.Background(), args); !errors.Is(err, test.want) {
				t.Errorf("%s, %s: got %v, want %v", list, test.name, err, test.want)
			}
		}
	}
}

// provenTime is when a log or a timestamp authority says that a case was signed.
func provenTime(t *testing.T, c testkeys.Case) time.Time {
	t.Helper()
	key, err := cosign.Algorithm{}.Key(c.Trust)
	if err != nil {
		t.Fatal(err)
	}
	v, err := key.Verifier(context.Background(), c.Signature)
	if err != nil {
		t.Fatal(err)
	}
	e, err := judge(v, filepath.Join(c.Dir, "artifact"))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Timestamps) > 0 {
		return e.Timestamps[0]
	}
	return e.LogEntries[0].Time
}

// authorityEnded ends all timestamp authorities before the timestamp.
func authorityEnded(t *testing.T, root document) {
	t.Helper()
	for a := range slices.Values(root["timestampAuthorities"].([]any)) {
		a.(document)["validFor"] = document{"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
	}
}
