package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/relseal/relseal/internal/testkeys"
)

// A githubDefinition is one of GitHub's schemas of workflows and actions, which have a form
// of their own: a scalar is text, and where there is a context an expression will do.
type githubDefinition struct {
	Context []string
	Mapping *struct {
		Properties map[string]githubProperty
		Loose      string `json:"loose-value-type"`
	}
	Sequence *struct {
		Item string `json:"item-type"`
	}
	String *struct {
		Constant *string
		NonEmpty bool `json:"require-non-empty"`
	}
	Boolean, Number, Null *struct{}
	OneOf                 []string `json:"one-of"`
	Allowed               []string `json:"allowed-values"`
}

type githubProperty struct {
	Type     string
	Required bool
}

// UnmarshalJSON is json.Unmarshaler's: a property may be its type alone.
func (p *githubProperty) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &p.Type)
	}
	type plain githubProperty
	return json.Unmarshal(text, (*plain)(p))
}

type object = map[string]any

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// schema is the same as a JSON schema.
func (d githubDefinition) schema() object {
	switch {
	case d.Mapping != nil:
		return d.orExpression(d.mapping())
	case d.Sequence != nil:
		return d.orExpression(object{"type": "array", "items": ref(d.Sequence.Item)})
	case d.String != nil && d.String.Constant != nil:
		return object{"const": *d.String.Constant}
	case d.String != nil && d.String.NonEmpty:
		return object{"anyOf": []any{object{"type": "string", "minLength": 1}, object{"type": []any{"boolean", "number"}}}}
	case d.String != nil:
		return object{"type": []any{"string", "boolean", "number"}}
	case d.Boolean != nil:
		return d.orExpression(object{"type": "boolean"})
	case d.Number != nil:
		return d.orExpression(object{"type": "number"})
	case d.Null != nil:
		return object{"type": "null"}
	case d.Allowed != nil:
		return object{"enum": d.Allowed}
	case d.OneOf != nil:
		var all []any
		for _, name := range d.OneOf {
			all = append(all, ref(name))
		}
		return d.orExpression(object{"anyOf": all})
	}
	return object{}
}

func (d githubDefinition) orExpression(s object) object {
	if len(d.Context) == 0 {
		return s
	}
	return object{"anyOf": []any{s, object{"type": "string", "pattern": `\$\{\{`}}}
}

func (d githubDefinition) mapping() object {
	properties, required := object{}, []any{}
	for name, p := range d.Mapping.Properties {
		if properties[name] = ref(p.Type); p.Required {
			required = append(required, name)
		}
	}
	s := object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	if d.Mapping.Loose != "" {
		s["additionalProperties"] = ref(d.Mapping.Loose)
	}
	return s
}

// publishedSchema reads a schema of testdata/schema: of GitHub the definition that is named.
func publishedSchema(tb testing.TB, file, definitionOf string) *jsonschema.Schema {
	tb.Helper()
	text := testkeys.ReadFile(tb, "testdata/schema/"+file)
	if definitionOf != "" {
		var doc struct{ Definitions map[string]githubDefinition }
		if err := json.Unmarshal(text, &doc); err != nil {
			tb.Fatal(err)
		}
		defs := object{
			"any": object{}, "string": object{"type": []any{"string", "boolean", "number"}},
			"boolean": object{"type": "boolean"}, "number": object{"type": "number"}, "null": object{"type": "null"},
			"sequence": object{"type": "array"}, "mapping": object{"type": "object"},
		}
		for name, d := range doc.Definitions {
			defs[name] = d.schema()
		}
		var err error
		if text, err = json.Marshal(object{"$defs": defs, "$ref": "#/$defs/" + definitionOf}); err != nil {
			tb.Fatal(err)
		}
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://schema.invalid/"+file, doc); err != nil {
		tb.Fatal(err)
	}
	s, err := c.Compile("https://schema.invalid/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// The forms of files of CI services.
const (
	githubWorkflow = "a workflow of GitHub Actions"
	githubAction   = "an action of GitHub"
	gitlabPipeline = "a pipeline of GitLab CI"
	goreleaserFile = "a configuration of goreleaser"
)

func schemaOf(tb testing.TB, form string) *jsonschema.Schema {
	tb.Helper()
	switch form {
	case githubWorkflow:
		return publishedSchema(tb, "workflow-v1.0.min.json", "workflow-root-strict")
	case githubAction:
		return publishedSchema(tb, "action-v1.0.min.json", "action-root-strict")
	case gitlabPipeline:
		return publishedSchema(tb, "gitlab-ci.json", "")
	}
	return publishedSchema(tb, "goreleaser.json", "")
}

// judge says what is wrong with a file by its schema, and of GitHub's and GitLab's
// what must not be in it.
func judge(tb testing.TB, form, text string) error {
	tb.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	asJSON, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		return err
	}
	if err := schemaOf(tb, form).Validate(instance); err != nil {
		return err
	}
	switch form {
	case githubWorkflow:
		if err := rules(instance); err != nil {
			return err
		}
		return lintWorkflow(tb, text)
	case githubAction:
		return rules(instance)
	}
	return nil
}

// rules are what no schema says: scripts without expressions, which would become part
// of them; actions by their commit; permissions that are said, and not all.
func rules(value any) error {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			if err := rules(one); err != nil {
				return err
			}
		}
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, isText := v[name].(string)
			switch {
			case name == "run" && strings.Contains(text, "${{"):
				return fmt.Errorf("an expression in the script %q", text)
			case name == "uses" && !pinned(text):
				return fmt.Errorf("%q isn't pinned", text)
			case name == "permissions" && isText:
				return fmt.Errorf("permissions %q", text)
			}
			if err := rules(v[name]); err != nil {
				return err
			}
		}
		if v["jobs"] != nil && v["permissions"] == nil {
			return fmt.Errorf("no permissions of the workflow")
		}
	}
	return nil
}

// relsealAction is how the documents name the action of this folder.
const relsealAction = "relseal/relseal/examples/releasechecker@COMMIT"

func pinned(action string) bool {
	return action == relsealAction || regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`).MatchString(action)
}

// lintWorkflow has actionlint judge a workflow, with the action of this folder in the
// place of its name, so that its inputs are judged, too.
func lintWorkflow(tb testing.TB, text string) error {
	tb.Helper()
	root := testkeys.Root(tb)
	project, err := actionlint.NewProject(root)
	if err != nil {
		tb.Fatal(err)
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: root})
	if err != nil {
		tb.Fatal(err)
	}
	found, err := linter.Lint("workflow.yml", []byte(strings.ReplaceAll(text, relsealAction, "./examples/releasechecker")), project)
	if err != nil {
		tb.Fatal(err)
	}
	for _, one := range found {
		err = fmt.Errorf("line %d: %s [%s]", one.Line, one.Message, one.Kind)
	}
	return err
}

// checkForm judges a file, which has to be good, and then with each of the mistakes.
func checkForm(t *testing.T, form, text string, mistakes ...string) {
	t.Helper()
	if err := judge(t, form, text); err != nil {
		t.Errorf("no %s: %v in\n%s", form, err, text)
	}
	for i := 0; i+1 < len(mistakes); i += 2 {
		wrong := strings.Replace(text, mistakes[i], mistakes[i+1], 1)
		if wrong == text {
			t.Errorf("no %q in\n%s", mistakes[i], text)
		} else if judge(t, form, wrong) == nil {
			t.Errorf("%q in the place of %q is good", mistakes[i+1], mistakes[i])
		}
	}
}

// TestForms: each schema refuses what is none of its form.
func TestForms(t *testing.T) {
	checkForm(t, githubWorkflow, "on: push\npermissions: {}\njobs:\n  x:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo\n        env:\n          X: 1\n",
		"on: push", "on: pusch", "permissions: {}", "permissions: write-all", "permissions: {}\n", "", "runs-on", "run-on", "run: echo", "run: echo ${{ github.ref }}",
		"run: echo", "uses: actions/checkout@v6", "- run", "- rum", "env:", "if: github.event.x.y.z == matrix.x\n        env:", "X: 1", "X: [1]",
		"permissions: {}", "permissions:\n  contents: wirte", "- run: echo", "- uses: "+relsealAction+"\n        with:\n          tabel: x")
	checkForm(t, githubAction, "name: x\ndescription: x\ninputs:\n  a:\n    description: x\nruns:\n  using: composite\n  steps:\n    - run: echo\n      shell: bash\n",
		"description: x\n", "", "name: x", "nane: x", "using: composite", "using: composit", "run: echo", "run: echo ${{ inputs.a }}", "shell: bash", "shel: bash", "shell: bash", "name: x", "runs:", "run:")
	checkForm(t, gitlabPipeline, "x:\n  script:\n    - echo\n  id_tokens:\n    T:\n      aud: sigstore\n",
		"aud", "audience", "script", "scirpt", "- echo", "- {echo: 1}")
	checkForm(t, goreleaserFile, "version: 2\nchecksum:\n  name_template: SHA256SUMS\nsigns:\n  - artifacts: checksum\n    args: [x]\n",
		"artifacts: checksum", "artifacts: checksums", "args: [x]", "arg: [x]", "signs", "sign", "name_template", "name-template")
}
