package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestFirstSupported: the first check that this program supports is binding,
// whatever comes behind it; what is passed over is told, and what is broken is
// never passed over.
func TestFirstSupported(t *testing.T) {
	unsupported := func(name string) func() (check, error) {
		return func() (check, error) {
			return nil, &notSupportedError{fmt.Errorf("%w: %s", algorithm.ErrUnsupported, name)}
		}
	}
	demanded := func() (check, error) { return nil, fmt.Errorf("%w: a demand", algorithm.ErrUnsupported) }
	broken := func() (check, error) { return nil, fmt.Errorf("%w: a key", algorithm.ErrMalformed) }
	of := func(c check) func() (check, error) { return func() (check, error) { return c, nil } }
	good, bad := of(leaf(t, "digests", "a", "A")), of(leaf(t, "digests", "bad", "A"))
	for _, tt := range []struct {
		name   string
		checks []func() (check, error)
		want   error
		notes  int
	}{
		{"the first", []func() (check, error){good, unsupported("x"), bad}, nil, 0},
		{"the second", []func() (check, error){unsupported("x"), good, bad}, nil, 1},
		{"the third", []func() (check, error){unsupported("x"), unsupported("y"), good}, nil, 2},
		{"a bad one is binding", []func() (check, error){unsupported("x"), bad, good}, algorithm.ErrInvalid, 1},
		{"an absent one is binding", []func() (check, error){of(leaf(t, "digests", "none", "A")), good}, ErrMissing, 0},
		{"a broken one is final", []func() (check, error){broken, good}, algorithm.ErrMalformed, 0},
		{"one that can't do what is demanded is final", []func() (check, error){demanded, good}, algorithm.ErrUnsupported, 0},
		{"a broken one behind is never made", []func() (check, error){good, broken}, nil, 0},
		{"none", []func() (check, error){unsupported("x"), unsupported("y")}, algorithm.ErrUnsupported, 0},
		{"nothing", nil, algorithm.ErrUnsupported, 0},
	} {
		s := &served{files: map[string]string{"a": signedBy("A", data), "bad": signedBy("A", "else")}}
		c, err := firstSupported(tt.checks...)
		if err == nil {
			o := &outline{}
			c.outline(o)
			if len(o.notes) != tt.notes || tt.notes > 0 && !strings.Contains(o.notes[0], "passed over: unsupported: x") {
				t.Errorf("%s: notes %q", tt.name, o.notes)
			}
			_, err = judged(t, c, s)
		} else if len(s.asked) > 0 {
			t.Errorf("%s: asked for %q", tt.name, s.asked)
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if tt.name == "none" && (!strings.Contains(err.Error(), "x") || !strings.Contains(err.Error(), "y")) {
			t.Errorf("%v doesn't tell all", err)
		}
	}
}

// TestNotSupported: a mark changes nothing of an error that the program gets to see.
func TestNotSupported(t *testing.T) {
	unsupported, broken := fmt.Errorf("%w: x", algorithm.ErrUnsupported), fmt.Errorf("%w: x", algorithm.ErrMalformed)
	marked := error(&notSupportedError{unsupported})
	if !as[*notSupportedError](marked) || !errors.Is(marked, algorithm.ErrUnsupported) || marked.Error() != unsupported.Error() || unmarked(marked) != unsupported {
		t.Errorf("%#v", marked)
	}
	if err := unmarked(broken); err != broken {
		t.Errorf("%#v", err)
	}
	_, err := release{key: "future"}.plan(t)
	var typed *Error
	if !errors.Is(err, algorithm.ErrUnsupported) || !errors.As(err, &typed) || typed.Stage != stageKey {
		t.Errorf("%v", err)
	}
}

// saying is a judge with this verdict.
type saying struct {
	judge
	signatures []Signature
	err        error
}

func (j saying) verdict(context.Context, []algorithm.Digest) ([]Signature, error) {
	return j.signatures, j.err
}

// TestPassedJudge: what was passed over is told of a success alone, and makes none.
func TestPassedJudge(t *testing.T) {
	signatures := func() []Signature { return []Signature{{Evidence: &algorithm.Evidence{}}} }
	for _, tt := range []struct {
		judge saying
		notes int
	}{
		{saying{signatures: signatures()}, 2},
		{saying{err: algorithm.ErrInvalid}, 0},
		{saying{signatures: signatures(), err: algorithm.ErrInvalid}, 0},
		{saying{}, 0},
	} {
		got, err := passedJudge{tt.judge, []error{errors.New("x"), errors.New("y")}}.verdict(t.Context(), nil)
		switch {
		case !errors.Is(err, tt.judge.err) || (len(got) > 0) != (tt.notes > 0):
			t.Errorf("%+v: %v, %v", tt.judge, got, err)
		case tt.notes > 0 && strings.Join(got[0].Evidence.NotChecked, "; ") != "an alternative: x; an alternative: y":
			t.Errorf("not checked: %q", got[0].Evidence.NotChecked)
		}
	}
}
