package verify

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestAnyRefuses: where all groups of keys fail for the same reason it is said once,
// as if there were one group; else each has its own.
func TestAnyRefuses(t *testing.T) {
	s := &served{files: map[string]string{"a": signedBy("A", data), "b": signedBy("B", data), "bad": signedBy("A", "else")}}
	for _, tt := range []struct {
		name  string
		check anyOf
		stage string
		url   string
		want  []error // that are wrapped
		each  bool    // said
	}{
		{"alike", anyOf{leaf(t, "bytes", "a", "B"), leaf(t, "bytes", "a", "C")}, stageSignature, "https://example.com/a", []error{algorithm.ErrWrongKey}, false},
		{"not alike", anyOf{leaf(t, "bytes", "a", "B"), leaf(t, "bytes", "none", "A")}, stageSignature, "tool", []error{algorithm.ErrWrongKey, ErrMissing}, true},
		{"two alike of three", anyOf{leaf(t, "bytes", "a", "B"), leaf(t, "bytes", "a", "C"), leaf(t, "bytes", "b", "A")}, stageSignature, "tool", []error{algorithm.ErrWrongKey}, true},
		{"alike in the end", anyOf{leaf(t, "bytes", "bad", "A"), leaf(t, "digests", "bad", "A")}, stageVerdict, "tool", []error{algorithm.ErrInvalid}, false},
		{"not alike in the end", anyOf{leaf(t, "bytes", "a", "B"), leaf(t, "digests", "bad", "A")}, stageVerdict, "tool", []error{algorithm.ErrWrongKey, algorithm.ErrInvalid}, true},
	} {
		report, err := judged(t, tt.check, s)
		var typed *Error
		if report != nil || !errors.As(err, &typed) || typed.Stage != tt.stage || typed.URL != tt.url {
			t.Errorf("%s: %v, %v", tt.name, report, err)
		}
		for _, want := range tt.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", tt.name, err, want)
			}
		}
		var refused *algorithm.RefusedError
		switch each := errors.As(err, &refused); {
		case each != tt.each:
			t.Errorf("%s: %v", tt.name, err)
		case each && (refused.What != "groups of keys" || len(refused.Causes) != len(tt.check)):
			t.Errorf("%s: %q of %v", tt.name, refused.What, refused.Causes)
		}
	}
}

// TestAnyBinds: what each of several groups of keys binds, and no more: any of them
// may be the one that holds.
func TestAnyBinds(t *testing.T) {
	leafOf := func(b Binding) check { return &signatureCheck{trust: &trust{signed: b}} }
	name, version, both := Binding{Name: true}, Binding{Version: true}, Binding{Name: true, Version: true}
	for _, tt := range []struct {
		checks []Binding
		want   Binding
	}{
		{[]Binding{both, both}, both},
		{[]Binding{both, name}, name},
		{[]Binding{version, both}, version},
		{[]Binding{name, version}, Binding{}},
		{[]Binding{both, {}}, Binding{}},
	} {
		var checks []check
		inline := &inlineCheck{}
		for _, b := range tt.checks {
			checks = append(checks, leafOf(b))
			inline.trusts = append(inline.trusts, &trust{signed: b})
		}
		for _, c := range []interface{ binds() Binding }{anyOf(checks), &thresholdCheck{1, checks}, inline} {
			if got := c.binds(); got != tt.want {
				t.Errorf("%T of %+v: %+v", c, tt.checks, got)
			}
		}
	}
}
