package metadata

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// fieldOf is the field of that name of a document.
func fieldOf(t *testing.T, document, name string) Field {
	t.Helper()
	fields, err := ParseFields("p.toml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no %q in %+v", name, fields)
	return Field{}
}

// TestParseFields: what stands at the top of a document, in its order and with
// its lines.
func TestParseFields(t *testing.T) {
	fields, err := ParseFields("p.toml", []byte("version = 1\n\n[b]\nx = 1\n\n[[a]]\n'y.z' = 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		got = append(got, f.Name)
	}
	if want := []string{"version", "b", "a"}; !reflect.DeepEqual(got, want) || fields[1].Line != 3 || fields[2].Line != 6 {
		t.Errorf("%+v", fields)
	}
	items, err := fields[2].Items(1)
	if err != nil || len(items) != 1 || items[0].Name != "a[0]" || items[0].Line != 6 || items[0].Path() != "a[0]" {
		t.Fatalf("%+v, %v", items, err)
	}
	inner, err := items[0].Fields()
	if err != nil || len(inner) != 1 || inner[0].Line != 7 || inner[0].Path() != "a[0].'y.z'" {
		t.Fatalf("%+v, %v", inner, err)
	}
	if _, err := inner[0].Text(); err == nil || !strings.HasPrefix(err.Error(), `p.toml:7: a[0]: "y.z" must be a string`) {
		t.Error(err)
	}
	for document, want := range map[string]error{
		"x = 1\nx = 2":                      errSyntax,
		"x =":                               errSyntax,
		strings.Repeat("#", maxSize+1):      errTooLarge,
		"x = [" + strings.Repeat("1,", 2e4): errTooLarge,
	} {
		if _, err := ParseFields("p.toml", []byte(document)); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", document, err, want)
		}
	}
	if fields, err := ParseFields("p.toml", nil); err != nil || len(fields) != 0 {
		t.Errorf("an empty document: %v, %v", fields, err)
	}
}

// TestFieldKinds: what a document may hold that a signing table doesn't.
func TestFieldKinds(t *testing.T) {
	const document = "n = 1_000\nh = 0x10\nf = 1.0\ns = '1'\na = [1]\nz = []\nt = { x = 1 }\nneg = -1"
	for name, want := range map[string]int64{"n": 1000, "h": 16, "neg": -1} {
		if n, err := fieldOf(t, document, name).Number(-1, 1000); err != nil || n != want {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	for name, want := range map[string]error{"f": errType, "s": errType, "a": errType, "n": errValue, "neg": errValue} {
		if _, err := fieldOf(t, document, name).Number(0, 999); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	for name, want := range map[string]error{"s": errType, "t": errType, "z": errValue, "a": errTooLarge} {
		if _, err := fieldOf(t, document, name).Items(0); !errors.Is(err, want) {
			t.Errorf("items of %s: %v, want %v", name, err, want)
		}
	}
	if _, err := fieldOf(t, document, "s").Fields(); !errors.Is(err, errType) {
		t.Error(err)
	}
	if s, err := fieldOf(t, "[t]\nalgorithm = 'x'\npubkey = 'k'", "t").Signing(); err != nil || s.Algorithm != "x" || s.Line != 1 || s.Table != "t" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := fieldOf(t, "[t]\npubkey = 'k'", "t").Signing(); !errors.Is(err, errMissing) {
		t.Error(err)
	}
}

// TestWith: keys of another document take the place of a table's own, in all of
// its alternatives, and neither table is changed.
func TestWith(t *testing.T) {
	declared, err := ParseAt("pub.toml", []byte(`[signing]
algorithm = 'x'
pubkey = 'a'
keys = ['b']
file = 'f'
identity = { issuer = 'i' }
other = true
alternatives = [{ algorithm = 'y', pubkey = 'c', identity = { issuer = 'j' } }]
`), "signing")
	if err != nil {
		t.Fatal(err)
	}
	before := declared.clone()
	rule := "\n\n[r]\npubkey = 'k'\nkeys = ['l', { key = 'm', until-version = '2' }]\nidentity = { issuer = 'z' }\n"
	r := fieldOf(t, rule, "r")
	fields, err := r.Fields()
	if err != nil {
		t.Fatal(err)
	}
	s, err := declared.Without("release", "identity").With(fields[:2]...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Signing{s, &s.Alternatives[0]} {
		if len(s.Keys) != 3 || s.Keys[0].Inline != "k" || s.Keys[2].UntilVersion != "2" || s.Keys[2].Line != 5 {
			t.Errorf("%+v", s.Keys)
		}
		for _, f := range s.Fields {
			if f.Name != "other" {
				t.Errorf("%s is still there", f.Name)
			}
		}
		for key, want := range map[string]string{"pubkey": "p.toml:5: r: ", "keys[1]": "p.toml:5: r: ", "file": "pub.toml:5: signing"} {
			if err := s.WrapKey(key, 5, errValue); !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %v, want %q", key, err, want)
			}
		}
	}
	if s.File != "f" || len(s.Fields) != 1 {
		t.Errorf("%+v", s)
	}
	if s, err = declared.With(fields[2]); err != nil || len(s.Keys) != 2 || len(s.Fields) != 2 || len(s.Alternatives[0].Fields) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := s.WrapKey("pubkey", 3, errValue); !strings.HasPrefix(err.Error(), "pub.toml:3: signing: ") {
		t.Errorf("keys that are the table's own: %v", err)
	}
	for _, f := range []Field{s.Fields[1], s.Alternatives[0].Fields[0]} {
		if entries, err := f.Entries(nil, true, true); err != nil || entries[0][0].Text != "z" || f.Line != 6 {
			t.Errorf("%+v, %v", entries, err)
		}
	}
	if s, err = declared.With(fields[1]); err != nil || len(s.Keys) != 2 { // keys alone
		t.Fatalf("%+v, %v", s, err)
	}
	if err := s.WrapKey("keys[1]", 5, errValue); !strings.HasPrefix(err.Error(), "p.toml:5: r: ") {
		t.Errorf("keys that are another document's: %v", err)
	}
	if !reflect.DeepEqual(declared, before) {
		t.Errorf("the declared table was changed: %+v", declared)
	}
	if s := declared.Without("pubkey"); s.Keys != nil || s.Alternatives[0].Keys != nil || len(s.Fields) != 2 {
		t.Errorf("%+v", s)
	}
}

// TestWithRefuses: what a table couldn't say, it can't be made to say, nor can one
// of its alternatives.
func TestWithRefuses(t *testing.T) {
	s, err := signingOf("files = ['a']\nthreshold = 1\nalternatives = [{ algorithm = 'y' }]")
	if err != nil {
		t.Fatal(err)
	}
	alternative, err := signingOf("alternatives = [{ algorithm = 'y', files = ['a'], threshold = 1 }]")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alternative.With(fieldOf(t, "file = 'b'", "file")); !errors.Is(err, errConflict) {
		t.Errorf("an alternative with files and file: %v", err)
	}
	for document, want := range map[string]error{
		"pubkey = ''":                        errValue,
		"keys = 'k'":                         errType,
		"keys = []":                          errValue,
		"keys = [{ url = 'http://a' }]":      errValue,
		"file = 'b'":                         errConflict,
		"alternatives = []":                  errUnknownKey,
		"pubkey = { file = 'k', fiel = 'k'}": errUnknownKey,
	} {
		fields, err := ParseFields("p.toml", []byte(document))
		if err != nil {
			t.Fatal(err)
		}
		var at *Error
		if _, err := s.With(fields...); !errors.Is(err, want) || !errors.As(err, &at) {
			t.Errorf("%s: %v, want %v", document, err, want)
		}
	}
}
