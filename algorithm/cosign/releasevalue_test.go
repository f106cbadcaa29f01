package cosign

import (
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// A release that the table says is demanded as it stands there, or refused: none that
// is declared is the same as none.
func TestReleaseValue(t *testing.T) {
	field := func(name, value string) algorithm.Claim { return algorithm.Claim{Field: name, Value: value} }
	pattern := func(name, value string) algorithm.Claim {
		return algorithm.Claim{Field: name, Value: value, Regexp: true}
	}
	repository, tag := field(fieldRepository, "owner/name"), field(fieldTag, "v1")
	long := func(prefix string, size int) string { return prefix + strings.Repeat("a", size-len(prefix)) }
	for name, test := range map[string]struct {
		claims []algorithm.Claim
		want   error
	}{
		"right":                         {[]algorithm.Claim{repository, tag}, nil},
		"the repository's URL":          {[]algorithm.Claim{field(fieldRepository, gitHubURL+"owner/name"), tag}, nil},
		"repository twice":              {[]algorithm.Claim{repository, tag, repository}, algorithm.ErrMalformed},
		"tag twice":                     {[]algorithm.Claim{repository, tag, field(fieldTag, "v2")}, algorithm.ErrMalformed},
		"without repository":            {[]algorithm.Claim{tag}, algorithm.ErrMalformed},
		"without tag":                   {[]algorithm.Claim{repository}, algorithm.ErrMalformed},
		"a pattern":                     {[]algorithm.Claim{repository, pattern(fieldTag, "v.")}, algorithm.ErrUnsupported},
		"another field":                 {[]algorithm.Claim{repository, tag, field("commit", "1")}, algorithm.ErrUnsupported},
		"no repository of GitHub":       {[]algorithm.Claim{field(fieldRepository, "https://example.org/owner/name"), tag}, algorithm.ErrMalformed},
		"a repository with line end":    {[]algorithm.Claim{field(fieldRepository, "owner/name\n"), tag}, algorithm.ErrMalformed},
		"a tag with line end":           {[]algorithm.Claim{repository, field(fieldTag, "v1\n")}, algorithm.ErrMalformed},
		"the longest repository":        {[]algorithm.Claim{field(fieldRepository, long("owner/", maxField)), tag}, nil},
		"a repository one byte longer":  {[]algorithm.Claim{field(fieldRepository, long("owner/", maxField+1)), tag}, algorithm.ErrTooLarge},
		"the longest tag":               {[]algorithm.Claim{repository, field(fieldTag, long("v", maxField))}, nil},
		"a tag that is one byte longer": {[]algorithm.Claim{repository, field(fieldTag, long("v", maxField+1))}, algorithm.ErrTooLarge},
	} {
		r, err := parseRelease(algorithm.Trust{Values: map[string]algorithm.Value{fieldRelease: {Tables: [][]algorithm.Claim{test.claims}}}})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err == nil && (r == nil || !strings.HasPrefix(r.repository, "owner/") || !strings.HasPrefix(r.tag, "v")) {
			t.Errorf("%s: %v", name, r)
		}
	}
}
