package verify

import (
	"crypto"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestAllHashes: every hash that a digest can have is linked.
func TestAllHashes(t *testing.T) {
	// of no bytes: FIPS 180-4, and RFC 7693 by b2sum
	want := []string{
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha384:38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
		"sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		"blake2b-512:786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
	}
	running, err := newHashes(wants{hashes: []crypto.Hash{crypto.BLAKE2b_512, crypto.SHA512, crypto.SHA384, crypto.SHA256}})
	if err != nil {
		t.Fatal(err)
	}
	digests := running.digests()
	for i, d := range digests {
		if d.String() != want[i] {
			t.Errorf("%s, want %s", d, want[i])
		}
	}
	if len(digests) != len(want) {
		t.Error(digests)
	}
}

// TestSchemaOfDigests: the schema has the names of all of them.
func TestSchemaOfDigests(t *testing.T) {
	text, err := os.ReadFile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs struct {
			Digests struct {
				PropertyNames struct{ Enum []string } `json:"propertyNames"`
			} `json:"digests"`
			Manifest struct {
				Properties struct {
					Digest struct{ Pattern string } `json:"digest"`
				} `json:"properties"`
			} `json:"manifest"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	running, err := newHashes(wants{hashes: []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.BLAKE2b_512}})
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(schema.Defs.Manifest.Properties.Digest.Pattern)
	for _, d := range running.digests() {
		if !slices.Contains(schema.Defs.Digests.PropertyNames.Enum, d.Name()) || !pattern.MatchString(d.String()) {
			t.Errorf("%s is not in the schema", d)
		}
	}
	if pattern.MatchString("blake2b:00") || pattern.MatchString("md5:00") {
		t.Error("the schema has hashes that no digest is by")
	}
}
