package algorithm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestRefuseOthers: each constraint is refused by name unless it is understood.
func TestRefuseOthers(t *testing.T) {
	yes := true
	constraints := map[string]algorithm.Trust{
		"identity":         {Identity: []algorithm.Claim{}},
		"trusted-root":     {TrustedRoot: []byte{}},
		"transparency-log": {TransparencyLog: &yes},
		"sct":              {SCT: new(bool)},
		"trusted-comment":  {TrustedComment: "x"},
		"principal":        {Principal: "x"},
		"namespace":        {Namespace: "x"},
	}
	for name, trust := range constraints {
		err := trust.RefuseOthers()
		if !errors.Is(err, algorithm.ErrUnsupported) || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%s: %v", name, err)
		}
		if err := trust.RefuseOthers("else", name); err != nil {
			t.Errorf("%s, understood: %v", name, err)
		}
		for other := range constraints {
			if err := trust.RefuseOthers(other); (err == nil) != (other == name) {
				t.Errorf("%s, %s understood: %v", name, other, err)
			}
		}
	}
	if err := (algorithm.Trust{PublicKeys: []string{"key"}}).RefuseOthers(); err != nil {
		t.Errorf("keys alone: %v", err)
	}
}
