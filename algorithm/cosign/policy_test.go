package cosign

import (
	"errors"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
)

// What a table demands beside the signature: with an identity all that there is,
// with a key nothing, unless it says so.
func TestPolicy(t *testing.T) {
	const log, sct = fieldTransparencyLog, fieldSCT
	with := func(fields map[string]bool) (trust algorithm.Trust) {
		for name, value := range fields {
			trust = testkeys.With(trust, name, value)
		}
		return trust
	}
	for _, test := range []struct {
		fields  map[string]bool
		keyless bool
		want    policy
		err     error
	}{
		{nil, true, policy{asIssued, asIssued}, nil},
		{map[string]bool{log: true}, true, policy{demanded, asIssued}, nil},
		{map[string]bool{log: false}, true, policy{waived, asIssued}, nil},
		{map[string]bool{sct: true}, true, policy{asIssued, demanded}, nil},
		{map[string]bool{sct: false}, true, policy{asIssued, waived}, nil},
		{map[string]bool{log: true, sct: false}, true, policy{demanded, waived}, nil},
		{nil, false, policy{ifThere, waived}, nil},
		{map[string]bool{log: true}, false, policy{demanded, waived}, nil},
		{map[string]bool{log: false}, false, policy{waived, waived}, nil},
		{map[string]bool{sct: false}, false, policy{ifThere, waived}, nil},
		{map[string]bool{sct: true}, false, policy{}, algorithm.ErrUnsupported},
		{map[string]bool{log: false, sct: true}, false, policy{}, algorithm.ErrUnsupported},
	} {
		got, err := newPolicy(with(test.fields), test.keyless)
		if !errors.Is(err, test.err) || err == nil && got != test.want {
			t.Errorf("%v, keyless %v: %+v, %v", test.fields, test.keyless, got, err)
		}
	}
	none := &instance{TrustedMaterial: &root.BaseTrustedMaterial{}}
	logs := &instance{TrustedMaterial: &logMaterial{log: &root.TransparencyLog{}}}
	ctLogs := &instance{TrustedMaterial: &ctMaterial{log: &root.TransparencyLog{}}}
	for name, test := range map[string]struct {
		issuers []*instance
		want    policy // of what is demanded as issued
	}{
		"none":    {nil, policy{ifThere, ifThere}},
		"neither": {[]*instance{none}, policy{ifThere, ifThere}},
		"logs":    {[]*instance{logs}, policy{demanded, ifThere}},
		"CT logs": {[]*instance{none, ctLogs}, policy{ifThere, demanded}},
		"both":    {[]*instance{ctLogs, logs, none}, policy{demanded, demanded}},
	} {
		if got := (policy{asIssued, asIssued}).of(test.issuers); got != test.want {
			t.Errorf("%s: %+v", name, got)
		}
		for _, set := range []demand{demanded, ifThere, waived} {
			if got := (policy{set, set}).of(test.issuers); got != (policy{set, set}) {
				t.Errorf("%s, %d: %+v", name, set, got)
			}
		}
	}
}

// Either end of a period may be open, and both are in it.
func TestWithin(t *testing.T) {
	for _, test := range []struct {
		at, start, end time.Time
		want           bool
	}{
		{day(5), day(4), day(6), true},
		{day(5), day(5), day(5), true},
		{day(5), day(6), day(7), false},
		{day(5), day(3), day(4), false},
		{day(5), time.Time{}, time.Time{}, true},
		{day(5), time.Time{}, day(4), false},
		{day(5), day(6), time.Time{}, false},
		{day(5), day(5), time.Time{}, true},
	} {
		if got := within(test.at, test.start, test.end); got != test.want {
			t.Errorf("%v in %v to %v: %v", test.at, test.start, test.end, got)
		}
	}
}
