package gpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/testkeys"
)

// The notations of these tests.
const (
	nameOf    = "name@example.org"
	versionOf = "version@example.org"
)

// note is a subpacket with a notation; flags is the first of its octets.
func note(kind, flags byte, name, value string) []byte {
	return sub(kind, join([]byte{flags, 0, 0, 0}, octets16(len(name)), octets16(len(value)), []byte(name), []byte(value))...)
}

func say(name, value string) []byte         { return note(20, 0x80, name, value) }
func sayCritical(name, value string) []byte { return note(0x80|20, 0x80, name, value) }

// naming is a trust in keys that names the notations of these tests.
func naming(keys ...[]byte) algorithm.Trust {
	trust := algorithm.Trust{PublicKeys: []string{string(join(keys...))}}
	return testkeys.With(testkeys.With(trust, nameNotation, nameOf), versionNotation, versionOf)
}

// demand is what package verify demands of a name and a version.
func demand(name, version string) func(string, string) error {
	return func(gotName, gotVersion string) error {
		switch {
		case name != "" && gotName != name:
			return fmt.Errorf("%w: it says %q", algorithm.ErrNameMismatch, gotName)
		case version != "" && gotVersion != version:
			return fmt.Errorf("%w: it says %q", algorithm.ErrVersionMismatch, gotVersion)
		}
		return nil
	}
}

func judgeFor(t *testing.T, trust algorithm.Trust, sig []byte) (e *algorithm.Evidence, early bool, err error) {
	t.Helper()
	key, err := Algorithm{}.Key(trust)
	if err != nil {
		t.Fatal(err)
	}
	v, err := key.Verifier(t.Context(), sig)
	if err != nil {
		if v != nil {
			t.Error("a verifier beside an error")
		}
		return nil, true, err
	}
	_, _ = v.Write(craftArtifact())
	e, err = v.Verify()
	return e, false, err
}

// TestSays: what a signature says by its notations, and which are refused for
// them.
func TestSays(t *testing.T) {
	k := newCraftKey(1, keyMade())
	long := strings.Repeat("1", maxNotation)
	unsigned := craftSig{hashed: made(signedOn()), unhashed: join(say(nameOf, "a.tar.gz"), say(versionOf, "1.2.3"))}
	for _, test := range []struct {
		what          string
		sig           craftSig
		name, version string
		want          error
	}{
		{"nothing", at(signedOn()), "", "", nil},
		{"both", at(signedOn(), say(nameOf, "a.tar.gz"), say(versionOf, "1.2.3")), "a.tar.gz", "1.2.3", nil},
		{"the version", at(signedOn(), say(versionOf, "v1.2.3")), "", "v1.2.3", nil},
		{"the name, not in ASCII", at(signedOn(), say(nameOf, "жёлудь 1.zip")), "жёлудь 1.zip", "", nil},
		{"other notations", at(signedOn(), say("version@example.com", "1"), say("version", "2"), say("Version@example.org", "3"), say("", "4")), "", "", nil},
		{"in the area that isn't signed", unsigned, "", "", nil},
		{"twice the same", at(signedOn(), say(versionOf, "1"), say(versionOf, "1")), "", "1", nil},
		{"critical", at(signedOn(), sayCritical(nameOf, "a"), sayCritical(versionOf, "1")), "a", "1", nil},

		{"two versions", at(signedOn(), say(versionOf, "1"), say(versionOf, "2")), "", "", algorithm.ErrVersionMismatch},
		{"two versions, not side by side", at(signedOn(), say(versionOf, "1"), say(versionOf, "1"), say(nameOf, "a"), say(versionOf, "2")), "", "", algorithm.ErrVersionMismatch},
		{"two names", at(signedOn(), say(nameOf, "1"), say(nameOf, "2"), say(versionOf, "1")), "", "", algorithm.ErrNameMismatch},
		{"a version and an empty one", at(signedOn(), say(versionOf, "1"), say(versionOf, "")), "", "", algorithm.ErrVersionMismatch},
		{"a version as text and as octets", at(signedOn(), say(versionOf, "1"), note(20, 0, versionOf, "1")), "", "", algorithm.ErrVersionMismatch},

		{"an empty value", at(signedOn(), say(versionOf, ""), say(nameOf, "")), "", "", nil},
		{"not for people", at(signedOn(), note(20, 0, versionOf, "1"), note(20, 0x7f, nameOf, "a")), "", "", nil},
		{"no UTF-8", at(signedOn(), say(versionOf, "1\xff"), say(nameOf, "a\xc0\x80")), "", "", nil},
		{"control characters", at(signedOn(), say(versionOf, "1\n"), say(nameOf, "a\x1b[2J")), "", "", nil},
		{"NUL", at(signedOn(), say(versionOf, "1\x00"), say(nameOf, "a\x00")), "", "", nil},
		{"what can't be seen", at(signedOn(), say(versionOf, "1\u200b"), say(nameOf, "a\u202egz")), "", "", nil},
		{"as long as may be", at(signedOn(), say(versionOf, long), say(nameOf, long)), long, long, nil},
		{"too long", at(signedOn(), say(versionOf, long+"1"), say(nameOf, long+"1")), "", "", nil},
		{"paths", at(signedOn(), say(versionOf, "a/b"), say(nameOf, "a/b")), "", "a/b", nil},
		{"a path with backslashes", at(signedOn(), say(nameOf, `a\b`)), "", "", nil},
		{"this folder", at(signedOn(), say(nameOf, ".")), "", "", nil},
		{"the folder above", at(signedOn(), say(nameOf, "..")), "", "", nil},
		{"a hidden file", at(signedOn(), say(nameOf, "..a")), "..a", "", nil},

		{"critical, not known", at(signedOn(), say(versionOf, "1"), sayCritical("version@example.com", "1")), "", "", algorithm.ErrUnsupported},
		{"critical, without a name", at(signedOn(), sayCritical("", "1")), "", "", algorithm.ErrUnsupported},
		{"critical, and says nothing", at(signedOn(), sayCritical(versionOf, "1\n")), "", "", algorithm.ErrUnsupported},
		{"critical, and a path", at(signedOn(), sayCritical(nameOf, "../a")), "", "", algorithm.ErrUnsupported},
		{"critical, not for people", at(signedOn(), note(0x80|20, 0, versionOf, "1")), "", "", algorithm.ErrUnsupported},
	} {
		e, early, err := judgeFor(t, naming(k.plain()), k.sign(0, test.sig, craftArtifact()))
		if !errors.Is(err, test.want) || early != (test.want != nil) {
			t.Errorf("%s: %v, want %v", test.what, err, test.want)
		}
		if err == nil && (e.FileName != test.name || e.Version != test.version) {
			t.Errorf("%s: %q and %q, want %q and %q", test.what, e.FileName, e.Version, test.name, test.version)
		}
	}
}

// TestSaysUnnamed: a notation that the table doesn't name says nothing, and is
// none that may be critical; nor is one of a self-signature.
func TestSaysUnnamed(t *testing.T) {
	k, s := newCraftKey(1, keyMade()), newCraftSubkey(3, keyMade())
	plain := algorithm.Trust{PublicKeys: []string{string(k.plain())}}
	both := k.sign(0, at(signedOn(), say(nameOf, "a"), say(versionOf, "1")), craftArtifact())
	contradiction := k.sign(0, at(signedOn(), say(versionOf, "1"), say(versionOf, "2")), craftArtifact())
	critical := k.sign(0, at(signedOn(), sayCritical(versionOf, "1")), craftArtifact())
	inSelf := join(k.packet(), k.selfSign("x", at(keyMade(), flags(3), sayCritical(versionOf, "1"))))
	inBack := join(k.plain(), s.packet(), k.bindWith(s, at(keyMade(), flags(2)), at(keyMade(), sayCritical(versionOf, "1"))))
	for name, test := range map[string]struct {
		trust         algorithm.Trust
		sig           []byte
		file, version string
		want          error
	}{
		"none named":                {plain, both, "", "", nil},
		"the name":                  {testkeys.With(plain, nameNotation, nameOf), both, "a", "", nil},
		"the version":               {testkeys.With(plain, versionNotation, versionOf), both, "", "1", nil},
		"the other way round":       {testkeys.With(testkeys.With(plain, nameNotation, versionOf), versionNotation, nameOf), both, "1", "a", nil},
		"contradiction, not named":  {testkeys.With(plain, nameNotation, nameOf), contradiction, "", "", nil},
		"critical, none named":      {plain, critical, "", "", algorithm.ErrUnsupported},
		"critical, another named":   {testkeys.With(plain, nameNotation, nameOf), critical, "", "", algorithm.ErrUnsupported},
		"without a name":            {plain, k.sign(0, at(signedOn(), say("", "a"), say("", "b")), craftArtifact()), "", "", nil},
		"one without a name":        {plain, k.sign(0, at(signedOn(), say("", "a")), craftArtifact()), "", "", nil},
		"critical, without a name":  {plain, k.sign(0, at(signedOn(), sayCritical("", "a")), craftArtifact()), "", "", algorithm.ErrUnsupported},
		"critical, named":           {testkeys.With(plain, versionNotation, versionOf), critical, "", "1", nil},
		"in a back signature, s":    {naming(inBack), s.sign(0, at(signedOn()), craftArtifact()), "", "", algorithm.ErrWrongKey},
		"in a back signature, both": {naming(inBack), both, "a", "1", nil},
	} {
		e, _, err := judgeFor(t, test.trust, test.sig)
		if !errors.Is(err, test.want) || err == nil && (e.FileName != test.file || e.Version != test.version) {
			t.Errorf("%s: %+v, %v, want %v", name, e, err, test.want)
		}
	}
	if _, err := (Algorithm{}).Key(naming(inSelf)); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("in a self-signature: %v", err)
	}
}

// TestBind: a signature for another name or version doesn't count, and spoils no
// other. One is refused before the artifact only where no other may count.
func TestBind(t *testing.T) {
	k, other, stranger := newCraftKey(1, keyMade()), newCraftKey(2, keyMade()), newCraftKey(9, keyMade())
	trust := naming(k.plain(), other.plain())
	says := func(by *craftKey, name, version string) []byte {
		return by.sign(0, at(signedOn(), say(nameOf, name), say(versionOf, version)), craftArtifact())
	}
	silent := k.sign(0, at(signedOn()), craftArtifact())
	forged := other.sign(0, at(signedOn(), say(nameOf, "a"), say(versionOf, "1")), []byte("another"))
	forgedOld := other.sign(0, at(signedOn(), say(nameOf, "a"), say(versionOf, "0")), []byte("another"))
	contradiction := k.sign(0, at(signedOn(), say(nameOf, "a"), say(versionOf, "1"), say(versionOf, "0")), craftArtifact())
	expired := other.sign(0, at(signedOn(), sigLife(1), say(nameOf, "a"), say(versionOf, "1")), craftArtifact())
	unsigned := k.sign(0, craftSig{hashed: made(signedOn()), unhashed: join(say(nameOf, "a"), say(versionOf, "1"))}, craftArtifact())
	for _, test := range []struct {
		what  string
		sig   []byte
		want  error
		early bool
	}{
		{"for this name and version", says(k, "a", "1"), nil, false},
		{"another name", says(k, "b", "1"), algorithm.ErrNameMismatch, true},
		{"another version", says(k, "a", "0"), algorithm.ErrVersionMismatch, true},
		{"says nothing", silent, algorithm.ErrNameMismatch, true},
		{"says it unsigned", unsigned, algorithm.ErrNameMismatch, true},
		{"says both", contradiction, algorithm.ErrVersionMismatch, true},
		{"by a stranger", says(stranger, "a", "1"), algorithm.ErrWrongKey, true},
		{"both by a stranger", stranger.sign(0, at(signedOn(), say(versionOf, "1"), say(versionOf, "0")), craftArtifact()), algorithm.ErrWrongKey, true},
		{"another version, by a stranger", says(stranger, "a", "0"), algorithm.ErrWrongKey, true},
		{"another first", join(says(other, "a", "0"), says(k, "a", "1")), nil, false},
		{"another behind", join(says(k, "a", "1"), says(other, "a", "0")), nil, false},
		{"of the same key", join(says(k, "a", "0"), says(k, "a", "1")), nil, false},
		{"a contradiction first", join(contradiction, says(k, "a", "1")), nil, false},
		{"two others", join(says(k, "a", "0"), says(other, "b", "1")), algorithm.ErrVersionMismatch, true},
		{"two others, the other way round", join(says(other, "b", "1"), says(k, "a", "0")), algorithm.ErrNameMismatch, true},
		{"another, and an expired one", join(expired, says(k, "a", "0")), algorithm.ErrVersionMismatch, true},
		{"another, and a bad one", join(says(k, "a", "0"), forged), algorithm.ErrVersionMismatch, false},
		{"a bad one, and another", join(forged, says(k, "a", "0")), algorithm.ErrVersionMismatch, false},
		{"a bad one, and a bad one of another version", join(forged, forgedOld), algorithm.ErrInvalid, false},
		{"a bad one", forged, algorithm.ErrInvalid, false},
		{"two others, and a bad one", join(says(k, "a", "0"), says(other, "b", "1"), forged), algorithm.ErrVersionMismatch, false},
		{"two others, the other way round, and a bad one", join(says(other, "b", "1"), says(k, "a", "0"), forged), algorithm.ErrNameMismatch, false},
		{"too many", join(says(k, "a", "0"), bogus(k)), algorithm.ErrVersionMismatch, false},
	} {
		trust := trust
		trust.Bind = demand("a", "1")
		e, early, err := judgeFor(t, trust, test.sig)
		if !errors.Is(err, test.want) || early != test.early || (err == nil) != (e != nil) {
			t.Errorf("%s: %v, want %v; early: %v", test.what, err, test.want, early)
		}
		if err != nil && (len(matching(err)) != 1 || len(err.Error()) > 500) {
			t.Errorf("%s: %d reasons: %v", test.what, len(matching(err)), err)
		}
		if err == nil && (e.FileName != "a" || e.Version != "1") {
			t.Errorf("%s: evidence of %q, %q", test.what, e.FileName, e.Version)
		}
		found, err := each(Algorithm{}, trust, test.sig, craftArtifact())
		if !errors.Is(err, test.want) || test.want == nil && len(found) != 1 {
			t.Errorf("%s: of several, %d count: %v", test.what, len(found), err)
		}
	}
}

// TestBindCalls: where one is enough, what the signatures behind it say isn't
// asked, nor are they verified.
func TestBindCalls(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := k.sign(0, at(signedOn(), say(versionOf, "1")), craftArtifact())
	trust := naming(k.plain())
	calls := 0
	trust.Bind = func(string, string) error { calls++; return nil }
	if _, _, err := judgeFor(t, trust, bytes.Repeat(sig, 5)); err != nil || calls != 2 {
		t.Errorf("%d calls, early and for the verdict: %v", calls, err)
	}
}

// TestBindWithout: a demand holds whatever the table names.
func TestBindWithout(t *testing.T) {
	k := newCraftKey(1, keyMade())
	sig := k.sign(0, at(signedOn(), say(nameOf, "a"), say(versionOf, "1")), craftArtifact())
	trust := algorithm.Trust{PublicKeys: []string{string(k.plain())}, Bind: demand("", "1")}
	if _, _, err := judgeFor(t, trust, sig); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Errorf("no notation named: %v", err)
	}
	if _, _, err := judgeFor(t, testkeys.With(trust, nameNotation, versionOf), sig); !errors.Is(err, algorithm.ErrVersionMismatch) {
		t.Errorf("named as a name: %v", err)
	}
	if _, _, err := judgeFor(t, testkeys.With(trust, versionNotation, versionOf), sig); err != nil {
		t.Errorf("named: %v", err)
	}
}

// TestBindUnread: where there are more signatures than are looked at, none of
// the others is refused early for what it says.
func TestBindUnread(t *testing.T) {
	k := newCraftKey(1, keyMade())
	trust := naming(k.plain())
	trust.Bind = demand("", "1")
	if _, early, err := judgeFor(t, trust, bogus(k)); early || !errors.Is(err, algorithm.ErrTooLarge) {
		t.Errorf("early: %v, %v", early, err)
	}
}

// TestBinds: a signature may say what the table names a notation for.
func TestBinds(t *testing.T) {
	k := algorithm.Trust{}
	for _, test := range []struct {
		trust         algorithm.Trust
		name, version bool
	}{
		{k, false, false},
		{testkeys.With(k, nameNotation, nameOf), true, false},
		{testkeys.With(k, versionNotation, versionOf), false, true},
		{naming(), true, true},
	} {
		if name, version := (Algorithm{}).Binds(test.trust.Values); name != test.name || version != test.version {
			t.Errorf("%v: %v, %v", test.trust.Values, name, version)
		}
	}
}

// TestNotationNames: what the table may name.
func TestNotationNames(t *testing.T) {
	k := newCraftKey(1, keyMade())
	trust := algorithm.Trust{PublicKeys: []string{string(k.plain())}}
	for name, ok := range map[string]bool{
		"version@example.org": true, "a@b": true, "rel.ver-1@x.example": true, "имя@example.org": true,
		strings.Repeat("a", 253) + "@b": true,
		strings.Repeat("a", 254) + "@b": false,
		"version":                       false, "@example.org": false, "version@": false, "a@b@c": false, "@": false,
		"!version@example.org": false, "-version@example.org": false, "version@example.org=1": false,
		"version @example.org": false, "version@example.org\n": false, "version\x00@example.org": false, "v\u200b@example.org": false, "v\xff@example.org": false,
	} {
		for _, key := range []string{nameNotation, versionNotation} {
			_, err := Algorithm{}.Key(testkeys.With(trust, key, name))
			if ok && err != nil || !ok && (!errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), key) || len(err.Error()) > 500) {
				t.Errorf("%s = %q: %v", key, name, err)
			}
		}
	}
	if _, err := (Algorithm{}).Key(testkeys.With(naming(k.plain()), nameNotation, versionOf)); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("one notation for both: %v", err)
	}
}

// TestInlineBind: a clear-signed message is bound as well.
func TestInlineBind(t *testing.T) {
	s := newClearSigner(t)
	for args, test := range map[string]struct {
		bind func(string, string) error
		want error
	}{
		versionOf + "=1":       {demand("", "1"), nil},
		versionOf + "=0":       {demand("", "1"), algorithm.ErrVersionMismatch},
		"!" + versionOf + "=1": {demand("", "1"), nil},
		"x@example.org=1":      {demand("", "1"), algorithm.ErrVersionMismatch},
		"!x@example.org=1":     {nil, algorithm.ErrUnsupported},
		nameOf + "=SHA256SUMS": {demand("SHA256SUMS", ""), nil},
		nameOf + "=SHA512SUMS": {demand("SHA256SUMS", ""), algorithm.ErrNameMismatch},
	} {
		trust := naming([]byte(s.key))
		trust.Bind = test.bind
		key, err := Algorithm{}.Key(trust)
		if err != nil {
			t.Fatal(err)
		}
		text, e, err := key.(algorithm.InlineKey).VerifyInline(t.Context(), []byte(s.run(t, "one\n", "--sig-notation", args, "--clear-sign")))
		if !errors.Is(err, test.want) || (err == nil) != (e != nil && string(text) == "one") {
			t.Errorf("%s: %q, %v, want %v", args, text, err, test.want)
		}
		if e != nil && e.FileName == "" && e.Version != "1" {
			t.Errorf("%s: %+v", args, e)
		}
	}
}

// TestGPGNotations: what the real gpg writes, by either of its options, and that
// gpgv and sqv accept the same files. A critical notation they don't know; gpg
// does if it is told to.
func TestGPGNotations(t *testing.T) {
	h := newGPGHome(t)
	sqv := testkeys.Tool(t, "sqv")
	h.do(keyMade(), "--quick-generate-key", "n@example.org", "ed25519", "sign", "never")
	key := h.export()
	for _, test := range []struct {
		args          []string
		name, version string
		critical      bool
	}{
		{args: []string{"--sig-notation", versionOf + "=1.2.3"}, version: "1.2.3"},
		{args: []string{"--set-notation", versionOf + "=1.2.3", "--sig-notation", nameOf + "=a-1.2.3.tar.gz"}, name: "a-1.2.3.tar.gz", version: "1.2.3"},
		{args: []string{"--sig-notation", nameOf + "=жёлудь.zip"}, name: "жёлудь.zip"},
		{args: []string{"--sig-notation", "!" + versionOf + "=1.2.3"}, version: "1.2.3", critical: true},
		{args: []string{"--sig-notation", "other@example.org=1"}},
	} {
		sig := h.sign(signedOn(), append([]string{"--display-charset", "utf-8"}, test.args...)...)
		trust := naming([]byte(key))
		trust.Bind = demand(test.name, test.version)
		e, _, err := judgeFor(t, trust, sig)
		if err != nil || e.FileName != test.name || e.Version != test.version {
			t.Errorf("%q: %+v, %v", test.args, e, err)
		}
		trust.Bind = demand("", "1.2.4")
		if _, _, err := judgeFor(t, trust, sig); !errors.Is(err, algorithm.ErrVersionMismatch) {
			t.Errorf("%q: another version: %v", test.args, err)
		}
		gpgvErr, sqvErr := h.gpgvAccepts(key), run(t, sqv, "--keyring", h.file("ring.gpg"), h.file("sig"), h.file("artifact"))
		if test.critical != (gpgvErr != nil) || test.critical != (sqvErr != nil) {
			t.Errorf("%q: gpgv says %v, sqv %v", test.args, gpgvErr, sqvErr)
		}
		if test.critical {
			if _, err := verify(Algorithm{}, []string{key}, sig, craftArtifact()); !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%q, not named: %v", test.args, err)
			}
			h.do(signedOn(), "--known-notation", versionOf, "--verify", h.file("sig"), h.file("artifact"))
		}
	}
}

// FuzzNotations: whatever a signer puts into notations, what comes out of it can
// be shown, is of bounded length, and was the value of the notation that is
// named.
func FuzzNotations(f *testing.F) {
	k := newCraftKey(1, keyMade())
	key, err := Algorithm{}.Key(naming(k.plain()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(join(say(nameOf, "a"), say(versionOf, "1")))
	f.Add(join(sayCritical(nameOf, "a/b"), note(20, 0, versionOf, "1")))
	f.Add(join(say(versionOf, "1"), say(versionOf, "\x1b")))
	f.Add([]byte{8, 20, 0x80, 0, 0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, area []byte) {
		if len(area) > 60_000 {
			return
		}
		v, err := key.Verifier(context.Background(), k.sign(0, at(signedOn(), area), craftArtifact()))
		if err == nil {
			var e *algorithm.Evidence
			_, _ = v.Write(craftArtifact())
			if e, err = v.Verify(); err == nil {
				for kind, s := range map[string]string{nameOf: e.FileName, versionOf: e.Version} {
					if len(s) > maxNotation || !utf8.ValidString(s) || terminal.Text(s) != s || s != "" && !bytes.Contains(area, []byte(kind+s)) {
						t.Fatalf("%s: %q", kind, s)
					}
				}
				if strings.ContainsAny(e.FileName, `/\`) || e.FileName == ".." || e.FileName == "." {
					t.Fatalf("a name %q", e.FileName)
				}
				return
			}
		}
		if len(matching(err)) != 1 {
			t.Fatalf("%v", err)
		}
	})
}
