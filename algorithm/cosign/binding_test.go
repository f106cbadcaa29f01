package cosign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// The version is the tag of a release's predicate, or else that of the ref for
// which the certificate's run was started, where it can be shown.
func TestSignedVersion(t *testing.T) {
	release := func(kind, predicate string) *envelope {
		return &envelope{predicateType: kind, payload: []byte(`{"predicate":` + predicate + `}`)}
	}
	ref := func(field, ref string) map[string]string { return map[string]string{field: ref} }
	const long = maxVersion
	for name, test := range map[string]struct {
		envelope    *envelope
		certificate map[string]string
		want        string
	}{
		"nothing":                      {nil, nil, ""},
		"a tag":                        {nil, ref(fieldSourceRef, "refs/tags/v1.2"), "v1.2"},
		"a tag of a folder":            {nil, ref(fieldSourceRef, "refs/tags/tool/v1"), "tool/v1"},
		"a branch":                     {nil, ref(fieldSourceRef, "refs/heads/v1"), ""},
		"no ref":                       {nil, ref(fieldSourceRef, "v1"), ""},
		"an empty tag":                 {nil, ref(fieldSourceRef, "refs/tags/"), ""},
		"the workflow's":               {nil, ref(fieldWorkflowRef, "refs/tags/v1"), "v1"},
		"the source's first":           {nil, map[string]string{fieldSourceRef: "refs/tags/v1", fieldWorkflowRef: "refs/tags/v2"}, "v1"},
		"the source's, a branch":       {nil, map[string]string{fieldSourceRef: "refs/heads/main", fieldWorkflowRef: "refs/tags/v2"}, ""},
		"with a space":                 {nil, ref(fieldSourceRef, "refs/tags/v 1"), ""},
		"with an escape":               {nil, ref(fieldSourceRef, "refs/tags/v\x1b1"), ""},
		"as long as may be":            {nil, ref(fieldSourceRef, "refs/tags/"+strings.Repeat("1", long)), strings.Repeat("1", long)},
		"one byte longer":              {nil, ref(fieldSourceRef, "refs/tags/"+strings.Repeat("1", long+1)), ""},
		"a release":                    {release(release02, `{"tag":"v3"}`), ref(fieldSourceRef, "refs/tags/v1"), "v3"},
		"a release, older":             {release(release01, `{"tag":"v3"}`), nil, "v3"},
		"a release without tag":        {release(release02, `{}`), ref(fieldSourceRef, "refs/tags/v1"), "v1"},
		"a release of two tags":        {release(release02, `{"tag":"v3","tag":"v4"}`), ref(fieldSourceRef, "refs/tags/v1"), ""},
		"a release with a space in it": {release(release02, `{"tag":"v 3"}`), ref(fieldSourceRef, "refs/tags/v1"), ""},
		"another attestation":          {release(provenance1, `{"tag":"v3"}`), ref(fieldSourceRef, "refs/tags/v1"), "v1"},
	} {
		if got := signedVersion(test.envelope, test.certificate); got != test.want {
			t.Errorf("%s: %.40q, want %.40q", name, got, test.want)
		}
	}
}

// Of several names the first that is accepted counts. That of which the version is
// wrong came furthest, and its error is told.
func TestBinding(t *testing.T) {
	demand := func(name, version string) binding {
		return func(gotName, gotVersion string) error {
			switch {
			case name != "" && gotName != name:
				return fmt.Errorf("%w: %q", algorithm.ErrNameMismatch, gotName)
			case version != "" && gotVersion != version:
				return fmt.Errorf("%w: of %q", algorithm.ErrVersionMismatch, gotName)
			}
			return nil
		}
	}
	for _, test := range []struct {
		bind     binding
		names    []string
		any      string // of anyName
		name     string // of name, which says none where all would do
		want     error
		says     string
		bindless error // of a signature that has no names
	}{
		{nil, []string{"a"}, "a", "a", nil, "", nil},
		{nil, []string{"a", "b"}, "a", "", nil, "", nil},
		{demand("b", ""), []string{"a", "b"}, "b", "b", nil, "", algorithm.ErrNameMismatch},
		{demand("b", "1"), []string{"a", "b", "c"}, "b", "b", nil, "", algorithm.ErrNameMismatch},
		{demand("", "1"), []string{"a", "b"}, "a", "", nil, "", nil},
		{demand("d", ""), []string{"a", "b"}, "", "", algorithm.ErrNameMismatch, `"a"`, algorithm.ErrNameMismatch},
		{demand("b", "2"), []string{"a", "b", "c"}, "", "", algorithm.ErrVersionMismatch, `of "b"`, algorithm.ErrNameMismatch},
		{demand("a", "2"), []string{"a", "b"}, "", "", algorithm.ErrVersionMismatch, `of "a"`, algorithm.ErrNameMismatch},
		{demand("", "2"), []string{"a", "b"}, "", "", algorithm.ErrVersionMismatch, `of "a"`, algorithm.ErrVersionMismatch},
	} {
		what := fmt.Sprintf("%q, want %q of %v", test.names, test.any, test.want)
		if got, err := test.bind.anyName(test.names, "1"); got != test.any || !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: any %q, %v", what, got, err)
		}
		if got, err := test.bind.name(test.names, "1"); got != test.name || !errors.Is(err, test.want) {
			t.Errorf("%s: name %q, %v", what, got, err)
		}
		s := &signed{envelope: new(envelope)}
		for _, n := range slices.Backward(test.names) { // in any order
			s.envelope.subjects = append(s.envelope.subjects, subject{name: n})
		}
		if err := test.bind.early(s, "1"); !errors.Is(err, test.want) {
			t.Errorf("%s: early %v", what, err)
		}
		if err := test.bind.early(&signed{}, "1"); !errors.Is(err, test.bindless) {
			t.Errorf("%s: early, without names: %v", what, err)
		}
	}
}
