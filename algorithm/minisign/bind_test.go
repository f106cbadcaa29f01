package minisign

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// demand wants exactly this name and this version, each where it isn't empty.
func demand(name, version string) func(string, string) error {
	return func(gotName, gotVersion string) error {
		switch {
		case name != "" && gotName != name:
			return fmt.Errorf("%w: %q and not %q", algorithm.ErrNameMismatch, gotName, name)
		case version != "" && gotVersion != version:
			return fmt.Errorf("%w: %q and not %q", algorithm.ErrVersionMismatch, gotVersion, version)
		}
		return nil
	}
}

// TestBind: another file of the same key, and an older release of the same
// file, are refused before the artifact, by what the signer wrote.
func TestBind(t *testing.T) {
	s := newSigner(1)
	artifact := []byte("artifact")
	for _, tt := range []struct {
		comment, name, version string
		want                   error
	}{
		{"timestamp:1\tfile:foo-1.2.3.tgz", "foo-1.2.3.tgz", "", nil},
		{"timestamp:1\tfile:foo-1.2.3.tgz\thashed", "foo-1.2.3.tgz", "", nil},
		{"timestamp:1\tfile:foo-1.2.2.tgz", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},
		{"timestamp:1\tfile:x/foo-1.2.3.tgz", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},
		{"timestamp:1\tfile:foo-1.2.3.tgz ", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},
		{"timestamp:1\tfile:", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},
		{"foo-1.2.3.tgz", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},
		{"", "foo-1.2.3.tgz", "", algorithm.ErrNameMismatch},

		{"timestamp:1\tfile:app.msi\tversion:1.2.3", "app.msi", "1.2.3", nil}, // Tauri's
		{"timestamp:1\tfile:app.msi\tversion:1.2.2", "app.msi", "1.2.3", algorithm.ErrVersionMismatch},
		{"timestamp:1\tfile:app.dmg\tversion:1.2.3", "app.msi", "1.2.3", algorithm.ErrNameMismatch},
		{"timestamp:1\tfile:app.msi", "app.msi", "1.2.3", algorithm.ErrVersionMismatch},
		{"timestamp:1\tfile:app_1.2.3_x64.msi", "", "1.2.3", algorithm.ErrVersionMismatch}, // a guess
		{"timestamp:1\tfile:app version:1.2.3", "", "1.2.3", algorithm.ErrVersionMismatch}, // the file's name
		{"version:v1.2.3", "", "v1.2.3", nil},
		{"tag:v1.2.3", "", "v1.2.3", nil},
		{"tag:v1.2.2", "", "v1.2.3", algorithm.ErrVersionMismatch},
		{"version:1.2.3\tversion:1.2.2", "", "1.2.3", algorithm.ErrVersionMismatch},
		{"version:1.2.2\tversion:1.2.3", "", "1.2.3", algorithm.ErrVersionMismatch},
		{"version:5 file:list.toml timestamp:1705312200", "", "5", nil},
		{"this is not version:1.2.3", "", "1.2.3", algorithm.ErrVersionMismatch},
		{"anything", "", "", nil},
	} {
		trust := algorithm.Trust{PublicKeys: []string{s.public()}, Bind: demand(tt.name, tt.version)}
		signature := s.sign(tagPrehashed, artifact, tt.comment)
		stage, e, err := testkeys.Judge(t, Algorithm{}, trust, signature, artifact)
		switch {
		case !errors.Is(err, tt.want), err != nil && stage != "signature":
			t.Errorf("%q: %v at the %s, want %v", tt.comment, err, stage, tt.want)
		case err == nil && (tt.name != "" && e.FileName != tt.name || tt.version != "" && e.Version != tt.version):
			t.Errorf("%q: %+v", tt.comment, e)
		}
		// Nobody has asked.
		trust.Bind = nil
		if _, _, err := testkeys.Judge(t, Algorithm{}, trust, signature, artifact); err != nil {
			t.Errorf("%q, nothing demanded: %v", tt.comment, err)
		}
	}
}

// TestBindAfterGlobal: what nobody signed isn't asked about.
func TestBindAfterGlobal(t *testing.T) {
	s := newSigner(1)
	forged := strings.Replace(string(s.sign(tagPrehashed, []byte("x"), "version:1.2.2")), "version:1.2.2", "version:1.2.3", 1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}, Bind: func(_, version string) error {
		t.Errorf("asked about %q", version)
		return nil
	}}
	if _, _, err := testkeys.Judge(t, Algorithm{}, trust, []byte(forged), []byte("x")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Error(err)
	}
}

func TestBindErrorText(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}, Bind: func(string, string) error {
		return fmt.Errorf("%w: %s", algorithm.ErrVersionMismatch, strings.Repeat("x", 5000))
	}}
	_, _, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("x"), "c"), []byte("x"))
	if !errors.Is(err, algorithm.ErrVersionMismatch) || len(err.Error()) >= 500 {
		t.Errorf("%.600v", err)
	}
}

func TestCommentVersion(t *testing.T) {
	for _, tt := range []struct {
		comment, want string
		unclear       bool
	}{
		{"timestamp:5\tfile:a b.tar\tversion:1.2.3", "1.2.3", false},
		{"timestamp:5\tfile:a\thashed\ttag:v1.2.3", "v1.2.3", false},
		{"version:1.2.3\ttimestamp:5\tfile:a", "1.2.3", false},
		{"any words\tversion:1.2.3", "1.2.3", false},
		{"version:1.2.3", "1.2.3", false},
		{"version=0.3.0", "0.3.0", false},
		{"tag:v1.2.3 artifact:foo.tar.xz", "v1.2.3", false},
		{"file:update.json version:1.2.3-rc.1+b", "1.2.3-rc.1+b", false},
		{"az:1 version:1.2.3", "1.2.3", false},
		{"version:" + strings.Repeat("1", 128), strings.Repeat("1", 128), false},
		{"version:größe", "größe", false},

		{"version:1.2.3\tversion:1.2.3", "1.2.3", false},
		{"version:1.2.3 tag:v1.2.3", "1.2.3", false},
		{"tag:1.2.3\tversion:v1.2.3", "v1.2.3", false},
		{"version:1.2.3\tversion:1.2.4", "", true},
		{"version:1.2.3 version:1.2.4", "", true},
		{"tag:v1\ttag:v2", "", true},
		{"version:1.2.3\ttag:v1.2.4", "", true},
		{"version:1.2.3\ttag:vv1.2.3", "", true},
		{"version:1.2\ttag:v1.2.3", "", true},
		{"version:1.2.3\ttag:v1.2", "", true},
		{"version:1.2.3\tversion:", "", true},
		{"version:\tversion:1.2.3", "", true},
		{"version:1.2.3\tversion=1.2.4", "", true},

		{"version:", "", true},
		{"version:1 2\tfile:a", "", true},
		{"version: 1.2.3\tfile:a", "", true},
		{"version:1.2.3 file:a\ttimestamp:5", "", true},
		{"version:1.2.3\u200b", "", true},
		{"version:1.2.3\u00a0", "", true},
		{"version:" + strings.Repeat("1", 129), "", true},

		{"", "", false},
		{"Version:1.2.3", "", false},
		{"my-version:1.2.3", "", false},
		{"version", "", false},
		{"version 1.2.3", "", false},
		{"version: 1.2.3", "", false},
		{"foo v1.2.3", "", false},
		{"signed version:1.2.3", "", false},
		{"version:1.2.3 of foo", "", false},
		{"version:1.2.3  file:a", "", false},
		{"file:my app version:1.2.3", "", false},
		{"timestamp:5\tfile:app version:1.2.3", "", false},
		{"timestamp:5\tfile:version:1.2.3", "", false},
		{"timestamp:5\t version:1.2.3", "", false},
		{"xversion:1.2.3", "", false},
		{":x version:1.2.3", "", false},
	} {
		if got, unclear := commentVersion(tt.comment); got != tt.want || unclear != tt.unclear {
			t.Errorf("%q: %q, %v, want %q, %v", tt.comment, got, unclear, tt.want, tt.unclear)
		}
	}
}

// TestUnclearVersion: the evidence has none, and says why.
func TestUnclearVersion(t *testing.T) {
	s := newSigner(1)
	trust := algorithm.Trust{PublicKeys: []string{s.public()}}
	for comment, notes := range map[string]int{"version:1\tversion:2": 1, "version:1": 0, "c": 0} {
		_, e, err := testkeys.Judge(t, Algorithm{}, trust, s.sign(tagPrehashed, []byte("x"), comment), []byte("x"))
		if err != nil || len(e.Notes) != notes || (notes > 0) != strings.Contains(strings.Join(e.Notes, ""), "versions that differ") {
			t.Errorf("%q: %+v, %v", comment, e, err)
		}
	}
}

// TestTauri: Tauri writes keys and signatures as base64 of minisign's texts, in
// one line.
func TestTauri(t *testing.T) {
	s := newSigner(1)
	wrap := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	key := "untrusted comment: minisign public key: 1\n" + s.public() + "\n"
	good := string(s.sign(tagPrehashed, []byte("x"), "timestamp:1\tfile:app.msi\tversion:1.2.3"))
	padded := good + strings.Repeat("\n", 3-(len(good)+2)%3) // ends in two equals signs, before which are unused bits
	loose := []byte(wrap(padded))
	loose[len(loose)-3]++
	for name, tt := range map[string]struct {
		key, signature string
		want           error
	}{
		"padded":          {key, wrap(padded), nil},
		"unused bits":     {key, string(loose), algorithm.ErrMalformed},
		"both":            {wrap(key), wrap(good), nil},
		"the key":         {wrap(key), good, nil},
		"the signature":   {key, wrap(good), nil},
		"with line ends":  {wrap(key) + "\n", wrap(good) + "\r\n", nil},
		"another's":       {wrap(key), wrap(string(newSigner(2).sign(tagPrehashed, []byte("x"), "version:1.2.3"))), algorithm.ErrWrongKey},
		"twice":           {key, wrap(wrap(good)), algorithm.ErrMalformed},
		"the key twice":   {wrap(wrap(key)), good, algorithm.ErrMalformed},
		"two lines of it": {key, wrap(good)[:40] + "\n" + wrap(good)[40:], algorithm.ErrMalformed},
		"a CR in it":      {key, wrap(good)[:40] + "\r" + wrap(good)[40:], algorithm.ErrMalformed},
		"a blank in it":   {key, wrap(good)[:40] + " " + wrap(good)[40:], algorithm.ErrMalformed},
		"a letter more":   {key, wrap(good) + "A", algorithm.ErrMalformed},
		"cut short":       {key, wrap(good[:len(good)-9]), algorithm.ErrMalformed},
		"another text":    {key, wrap("hello"), algorithm.ErrMalformed},
		"text behind it":  {key, wrap(good + "x"), algorithm.ErrMalformed},
	} {
		trust := algorithm.Trust{PublicKeys: []string{tt.key}, Bind: demand("app.msi", "1.2.3")}
		if _, _, err := testkeys.Judge(t, Algorithm{}, trust, []byte(tt.signature), []byte("x")); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
