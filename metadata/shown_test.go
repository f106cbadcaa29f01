package metadata_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// TestErrorShown: a document can't say anything through an error that a
// terminal would act on, or that buries what is wrong.
func TestErrorShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, text := range []string{evil, strings.Repeat(evil, 2000)} {
			key := tomlQuoted(text)
			for where, document := range map[string]string{
				"unknown key":     "[signing]\nalgorithm = \"minisign\"\n" + key + " = 1",
				"in a table":      "[signing]\nalgorithm = \"minisign\"\nidentity = { " + key + " = \"x\" }",
				"file":            "[signing]\nalgorithm = \"minisign\"\npubkey = { file = " + tomlQuoted("../"+text) + " }",
				"URL":             "[signing]\nalgorithm = \"minisign\"\npubkey = { url = " + tomlQuoted("http://"+text) + " }",
				"syntax":          "[signing]\n" + text,
				"twice":           key + " = 1\n" + key + " = 2",
				"override":        "[package.metadata.binstall.overrides." + key + ".signing]\nalgorithm = 1",
				"cfg()":           "[package.metadata.binstall.overrides." + tomlQuoted("cfg("+text+")") + ".signing]\nalgorithm = \"x\"",
				"array of tables": "[[package.metadata.binstall.overrides." + key + "]]\nsigning = 1",
			} {
				for _, file := range []string{"Cargo.toml", text} {
					s, err := metadata.ParseAt(file, []byte(document), "signing")
					if err == nil {
						err = fieldError(s.Fields)
					}
					_, manifestErr := metadata.Parse(file, []byte(document))
					for _, err := range []error{err, manifestErr} {
						if err == nil {
							continue // the other place has it
						}
						shownError(t, name+": "+where, err)
					}
					if err == nil && manifestErr == nil {
						t.Errorf("%s: %s: accepted", name, where)
					}
				}
			}
			_, err := metadata.ParseAt("Cargo.toml", nil, "a."+key)
			shownError(t, name+": path", err)
			_, err = metadata.TargetVariables(text)
			shownError(t, name+": target", err)
		}
	}
	s, err := metadata.ParseAt("манифест.toml", []byte("[signing]\nalgorithm = \"x\"\n\"ключ\" = 1"), "signing")
	if err != nil {
		t.Fatal(err)
	}
	if err = fieldError(s.Fields); err == nil || err.Error() != `манифест.toml:3: signing: unknown key "ключ"` {
		t.Errorf("error %v", err)
	}
}

// TestErrorFits: name, table and cause, each longer than its part, leave room
// for each other.
func TestErrorFits(t *testing.T) {
	long := strings.Repeat("x", 500)
	e := &metadata.Error{Name: long, Line: 1 << 20, Table: long, Err: errors.New(strings.Repeat("y", 500))}
	shownError(t, "all of it", e)
	if n := strings.Count(e.Error(), "y"); n < 240 {
		t.Errorf("%d bytes of the cause: %v", n, e)
	}
}

// fieldError is what package verify says of the fields for a family that knows
// an identity.
func fieldError(fields []metadata.Field) error {
	for _, f := range fields {
		if f.Name != "identity" {
			return f.Unknown([]string{"identity"})
		}
		if _, err := f.Entries([]string{"issuer"}, true, false); err != nil {
			return err
		}
	}
	return nil
}

// TestMisplacedShown: the same for what is only told.
func TestMisplacedShown(t *testing.T) {
	for name, evil := range testkeys.Hostile() {
		for _, text := range []string{evil, strings.Repeat(evil, 200)} {
			m, err := metadata.Parse(text, []byte("["+tomlQuoted(text)+".x]\nalgorithm = 'x'\npubkey = 'k'"))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if len(m.Misplaced) != 1 && len(text) < 4096 {
				t.Errorf("%s: %d found", name, len(m.Misplaced))
			}
			for _, e := range m.Misplaced {
				shownError(t, name, e)
			}
		}
	}
}

func shownError(t *testing.T, name string, err error) {
	t.Helper()
	var typed *metadata.Error
	var target *metadata.TargetError
	if !errors.As(err, &typed) && !errors.As(err, &target) {
		t.Errorf("%s: %v", name, err)
		return
	}
	said := err.Error()
	testkeys.CheckShown(t, said)
	if len(said) >= 500 || strings.Contains(said, "\n") {
		t.Errorf("%s: %d bytes: %s", name, len(said), said)
	}
	if typed != nil {
		testkeys.CheckShown(t, typed.Table)
	}
}

// tomlQuoted is a TOML string; TOML can't escape bytes that aren't UTF-8.
func tomlQuoted(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "?") {
		if q := strconv.QuoteRuneToASCII(r); strings.HasPrefix(q, `'\x`) {
			b.WriteString(`\u00` + q[3:5])
		} else if r == '\a' || r == '\v' {
			b.WriteString(`\u000` + strconv.FormatInt(int64(r), 16))
		} else {
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return `"` + b.String() + `"`
}
