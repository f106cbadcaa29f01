package verify

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// TestSchema: report.schema.json has every name that the code gives as JSON,
// and none besides.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type properties map[string]struct {
		Properties map[string]any `json:"properties"`
		Items      struct {
			Properties map[string]any `json:"properties"`
		} `json:"items"`
		Enum []any `json:"enum"`
	}
	var schema struct {
		Properties properties `json:"properties"`
		Defs       map[string]struct {
			Properties properties `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	refusal := marshalled(t, &Error{Stage: stagePlan, URL: "u", Err: ErrMissing, Digests: map[string]string{"sha256": "00"}})
	for what, pair := range map[string][2][]string{
		"verdict or refusal": {sorted(append(jsonNames(reflect.TypeFor[Report]()), refusal...)), keysOf(schema.Properties)},
		"signature":          {sorted(jsonNames(reflect.TypeFor[Signature]())), keysOf(schema.Defs["signature"].Properties)},
		"manifest":           {sorted(jsonNames(reflect.TypeFor[Manifest]())), keysOf(schema.Defs["manifest"].Properties)},
		"document":           {sorted(jsonNames(reflect.TypeFor[Document]())), keysOf(schema.Defs["document"].Properties)},
		"pin":                {sorted(jsonNames(reflect.TypeFor[Pin]())), keysOf(schema.Defs["pin"].Properties)},
		"evidence":           {sorted(jsonNames(reflect.TypeFor[algorithm.Evidence]())), keysOf(schema.Defs["evidence"].Properties)},
		"trusted root":       {sorted(jsonNames(reflect.TypeFor[algorithm.TrustedRoot]())), keysOf(schema.Defs["evidence"].Properties["trusted_root"].Properties)},
		"log entry":          {sorted(jsonNames(reflect.TypeFor[algorithm.LogEntry]())), keysOf(schema.Defs["evidence"].Properties["log_entries"].Items.Properties)},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: the code has %q, the schema %q", what, pair[0], pair[1])
		}
	}
	stages := []any{"", stagePlan, stageKey, stageManifest, stageSignature, stageArtifact, stageVerdict, stagePlace}
	if !reflect.DeepEqual(schema.Properties["stage"].Enum, stages) {
		t.Errorf("stages: %v", schema.Properties["stage"].Enum)
	}
	if statuses := []any{"verified", "unsigned", "skipped", "refused"}; !reflect.DeepEqual(schema.Properties["status"].Enum, statuses) {
		t.Errorf("statuses: %v", schema.Properties["status"].Enum)
	}
}

func keysOf[V any](m map[string]V) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	return sorted(keys)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// jsonNames are the names that a struct has in JSON, embedded ones included.
func jsonNames(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, jsonNames(f.Type)...)
		case name != "-" && name != "":
			names = append(names, name)
		}
	}
	return names
}

// marshalled are the names that a value has in JSON.
func marshalled(t *testing.T, v any) []string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return keysOf(m)
}
