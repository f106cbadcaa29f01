package metadata

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// signingOf reads a table of these lines below its algorithm.
func signingOf(lines string) (*Signing, error) {
	return ParseAt("t.toml", []byte("[signing]\nalgorithm = 'x'\n"+lines), "signing")
}

// TestKeysThatEnd: a key of the list may say when it counts.
func TestKeysThatEnd(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	const lastMoment = 24*time.Hour - time.Nanosecond
	for lines, want := range map[string]Source{
		`keys = [{ key = "k" }]`:                                                  {Inline: "k"},
		`keys = [{ file = "k", not-before = 2024-01-02 }]`:                        {File: "k", NotBefore: day(2024, 1, 2)},
		`keys = [{ key = "k", not-after = 2024-01-02 }]`:                          {Inline: "k", NotAfter: day(2024, 1, 2).Add(lastMoment)},
		`keys = [{ key = "k", not-after = "2024-01-02" }]`:                        {Inline: "k", NotAfter: day(2024, 1, 2).Add(lastMoment)},
		`keys = [{ key = "k", not-after = 2024-01-02T03:00:00+03:00 }]`:           {Inline: "k", NotAfter: day(2024, 1, 2)},
		`keys = [{ key = "k", not-before = 2024-01-02 00:00:00Z }]`:               {Inline: "k", NotBefore: day(2024, 1, 2)},
		`keys = [{ key = "k", not-before = "2024-01-02t00:00:00z" }]`:             {Inline: "k", NotBefore: day(2024, 1, 2)},
		`keys = [{ key = "k", not-before = 2024-01-02, not-after = 2024-01-02 }]`: {Inline: "k", NotBefore: day(2024, 1, 2), NotAfter: day(2024, 1, 2).Add(lastMoment)},
		`keys = [{ key = "k", from-version = "1.0", until-version = "2" }]`:       {Inline: "k", FromVersion: "1.0", UntilVersion: "2"},
	} {
		s, err := signingOf(lines)
		if err != nil {
			t.Errorf("%s: %v", lines, err)
			continue
		}
		want.Key, want.Line = "keys[0]", 3
		if !reflect.DeepEqual(s.Keys, []Source{want}) {
			t.Errorf("%s: %+v", lines, s.Keys)
		}
	}
	for lines, want := range map[string]error{
		`keys = [{ key = "k", file = "k" }]`:                                      errConflict,
		`keys = [{ key = "k", url = "https://example.com/k" }]`:                   errConflict,
		`keys = [{ not-after = 2024-01-02 }]`:                                     errMissing,
		`keys = [{ key = "k", not-before = 2024-01-03, not-after = 2024-01-02 }]`: errConflict,
		`keys = [{ key = "k", not-after = 2024-01-02T03:00:00 }]`:                 errType, // of which zone?
		`keys = [{ key = "k", not-after = 03:00:00 }]`:                            errType,
		`keys = [{ key = "k", not-after = 2024 }]`:                                errType,
		`keys = [{ key = "k", not-after = "tomorrow" }]`:                          errType,
		`keys = [{ key = "k", not-after = "2024-13-02" }]`:                        errType,
		`keys = [{ key = "k", from-version = 1.0 }]`:                              errType,
		`keys = [{ key = "k", until-version = "" }]`:                              errValue,
		`keys = [{ key = "k", not-befor = 2024-01-02 }]`:                          errUnknownKey,
		`pubkey = { key = "k" }`:                                                  errUnknownKey,
		`pubkey = { file = "k", not-after = 2024-01-02 }`:                         errUnknownKey,
	} {
		if s, err := signingOf(lines); !errors.Is(err, want) || s != nil {
			t.Errorf("%s: %+v, %v, want %v", lines, s, err, want)
		}
	}
}

// TestThreshold: how many must have signed, and where.
func TestThreshold(t *testing.T) {
	for lines, want := range map[string]Signing{
		`threshold = 2`:  {Threshold: 2},
		`threshold = 64`: {Threshold: 64},

		// TOML's other notations.
		`threshold = 0x2`:                         {Threshold: 2},
		`threshold = 0x4_0`:                       {Threshold: 64},
		`threshold = 0b10`:                        {Threshold: 2},
		`threshold = 0o12`:                        {Threshold: 10},
		`threshold = 1_0`:                         {Threshold: 10},
		`threshold = +2`:                          {Threshold: 2},
		"threshold = 1\nfiles = ['a', '{ url }']": {Threshold: 1, Files: []string{"a", "{ url }"}},
	} {
		s, err := signingOf(lines)
		if err != nil || s.Threshold != want.Threshold || !reflect.DeepEqual(s.Files, want.Files) {
			t.Errorf("%s: %+v, %v", lines, s, err)
		}
	}
	many := "threshold = 1\nfiles = [" + strings.Repeat("'a',", 65) + "]"
	for lines, want := range map[string]error{
		`threshold = 0`:                   errValue,
		`threshold = -1`:                  errValue,
		`threshold = 65`:                  errValue,
		`threshold = 9223372036854775807`: errValue,
		`threshold = 0x41`:                errValue,
		`threshold = 0b0`:                 errValue,
		`threshold = 0o101`:               errValue,
		`threshold = 6_5`:                 errValue,
		`threshold = 010`:                 errSyntax, // of TOML's notations it is none
		`threshold = 0X2`:                 errSyntax,
		`threshold = 1__0`:                errSyntax,
		`threshold = "2"`:                 errType,
		`threshold = 2.0`:                 errType,
		`files = ['a']`:                   errConflict,
		"threshold = 2\nfiles = ['a']":    errConflict,
		"threshold = 2\nfiles = ['a']\nkeys = ['k', 'l']": errConflict,
		"threshold = 1\nfiles = ['a']\nfile = 'b'":        errConflict,
		"threshold = 1\nfiles = []":                       errValue,
		"threshold = 1\nfiles = 'a'":                      errType,
		"threshold = 1\nfiles = ['a', '']":                errValue,
		many:                                              errTooLarge,
	} {
		if s, err := signingOf(lines); !errors.Is(err, want) || s != nil {
			t.Errorf("%s: %+v, %v, want %v", lines, s, err, want)
		}
	}
}

// TestSigned: what must be signed is a template, or true for the usual one.
func TestSigned(t *testing.T) {
	s, err := signingOf("signed-name = true\nsigned-version = true")
	if err != nil || s.SignedName != "{ asset }" || s.SignedVersion != "{ version }" {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = signingOf("signed-name = 'a'\nsigned-version = '{ tag }'")
	if err != nil || s.SignedName != "a" || s.SignedVersion != "{ tag }" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, key := range []string{"signed-name", "signed-version"} {
		for value, want := range map[string]error{`false`: errValue, `""`: errValue, `1`: errType, `["a"]`: errType, `"` + strings.Repeat("a", 1025) + `"`: errTooLarge} {
			if s, err := signingOf(key + " = " + value); !errors.Is(err, want) || s != nil {
				t.Errorf("%s = %s: %+v, %v, want %v", key, value, s, err, want)
			}
		}
	}
}

// TestNewSigningTimes: Go has a type of its own for a time, and for a number.
func TestNewSigningTimes(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	s, err := NewSigning(map[string]any{"algorithm": "x", "threshold": 1, "keys": []any{map[string]any{"key": "k", "not-after": at}}})
	if err != nil || s.Threshold != 1 || len(s.Keys) != 1 || !s.Keys[0].NotAfter.Equal(at) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestZeroTime: the zero time would be no bound at all, and is refused.
func TestZeroTime(t *testing.T) {
	for _, value := range []string{
		"0001-01-01T00:00:00Z", "0001-01-01T01:00:00+01:00", "0001-01-01 00:00:00.000Z", `"0001-01-01T00:00:00Z"`, `"0001-01-01t02:00:00+02:00"`, "0000-12-31T23:00:00-01:00", "0001-01-01T00:00:00+01:00", "0000-06-01T00:00:00Z",
	} {
		for _, key := range []string{"not-before", "not-after"} {
			s, err := signingOf("keys = [\n\"k\",\n{ key = \"k\", " + key + " = " + value + " }]")
			var e *Error
			if s != nil || !errors.Is(err, errValue) || !errors.As(err, &e) || e.Key != key || e.Line != 5 || !strings.Contains(err.Error(), "zero time") {
				t.Errorf("%s = %s: %+v, %v", key, value, s, err)
			}
		}
	}
	for _, value := range []string{"0001-01-01", `"0001-01-01"`} {
		if _, err := signingOf(`keys = [{ key = "k", not-before = ` + value + ` }]`); !errors.Is(err, errValue) {
			t.Errorf("not-before = %s: %v", value, err)
		}
		// The end of that day is a bound.
		if s, err := signingOf(`keys = [{ key = "k", not-after = ` + value + ` }]`); err != nil || s.Keys[0].NotAfter.IsZero() {
			t.Errorf("not-after = %s: %v", value, err)
		}
	}
	for _, value := range []string{"0001-01-01T00:00:00.000000001Z", "0001-01-01T00:00:00-01:00"} {
		if s, err := signingOf(`keys = [{ key = "k", not-after = ` + value + ` }]`); err != nil || s.Keys[0].NotAfter.IsZero() {
			t.Errorf("%s, which isn't the zero time: %v", value, err)
		}
	}
	for _, zero := range []time.Time{{}, time.Time{}.In(time.FixedZone("", 3600)), time.Time{}.Local()} {
		_, err := NewSigning(map[string]any{"algorithm": "x", "keys": []any{map[string]any{"key": "k", "not-after": zero}}})
		var e *Error
		if !errors.Is(err, errValue) || !errors.As(err, &e) || e.Key != "not-after" {
			t.Errorf("%v: %v", zero, err)
		}
	}
}

// TestNewSigningIntegers: a count may be of any of Go's integer types.
func TestNewSigningIntegers(t *testing.T) {
	for _, n := range []any{2, int8(2), int16(2), int32(2), int64(2), uint(2), uint8(2), uint16(2), uint32(2), uint64(2)} {
		s, err := NewSigning(map[string]any{"algorithm": "x", "threshold": n})
		if err != nil || s.Threshold != 2 {
			t.Errorf("%T: %+v, %v", n, s, err)
		}
	}
	for _, n := range []any{0, int64(-1), int64(65), uint64(1<<63 + 2), uint64(1<<64 - 1)} {
		if _, err := NewSigning(map[string]any{"algorithm": "x", "threshold": n}); !errors.Is(err, errValue) {
			t.Errorf("%v: %v", n, err)
		}
	}
	if _, err := NewSigning(map[string]any{"algorithm": "x", "threshold": 2 * time.Nanosecond}); !errors.Is(err, errType) {
		t.Errorf("a duration: %v", err)
	}
}

// TestVariablesFor: a self-updater wants those of another version than its
// manifest's. One v in front is no part of it.
func TestVariablesFor(t *testing.T) {
	m, err := Parse("Cargo.toml", []byte("[package]\nname = 'tool'\nversion = '1.0.0'\n"))
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{"1.1.0": "1.1.0", "v1.1.0": "1.1.0", "vv1": "v1", "": ""} {
		vars, err := m.VariablesFor(host, version)
		if err != nil || vars["version"] != want || vars["name"] != "tool" {
			t.Errorf("%q: %v, %v", version, vars, err)
		}
		if _, ok := vars["version"]; ok != (want != "") {
			t.Errorf("%q: %v", version, vars)
		}
	}
	if vars, err := m.Variables(host); err != nil || vars["version"] != "1.0.0" {
		t.Errorf("%v, %v", vars, err)
	}
	if _, err := m.VariablesFor(host, "1\n2"); !errors.Is(err, errValue) {
		t.Errorf("control characters: %v", err)
	}
}
