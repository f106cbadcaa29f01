package shapes

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// given is what stands in docs/adopting.md for what the program is given, such as a key.
const given = "…"

// TestDocumentedTables: each program's section in docs/adopting.md has the table of its
// file, and a document can hold it.
func TestDocumentedTables(t *testing.T) {
	doc := string(testkeys.ReadFile(t, filepath.Join(testkeys.Root(t), "docs", "adopting.md")))
	rows := regexp.MustCompile(`(?m)^\| \[(.+)\]\(#.+\) \| \[(\w+\.go)\]`).FindAllStringSubmatch(doc, -1)
	if len(rows) != 10 {
		t.Fatalf("%d programs", len(rows))
	}
	for _, row := range rows {
		_, section, ok := strings.Cut(doc, "\n## "+row[1]+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		_, text, has := strings.Cut(section, "```toml\n")
		text, _, closed := strings.Cut(text, "```\n")
		if !ok || !has || !closed {
			t.Errorf("%s has no table", row[1])
			continue
		}
		if _, err := metadata.ParseAt("adopting.md", []byte(text), "signing"); err != nil {
			t.Errorf("%s: %v", row[1], err)
		}
		var documented struct{ Signing map[string]any }
		if err := toml.Unmarshal([]byte(text), &documented); err != nil {
			t.Errorf("%s: %v", row[1], err)
		}
		if row[2] == "aqua.go" {
			continue // it has none of its own
		}
		if table := firstTable(t, row[2]); !reflect.DeepEqual(documented.Signing, table) {
			t.Errorf("%s: documented is\n%v, and the file has\n%v", row[1], documented.Signing, table)
		}
	}
}

// firstTable is the first signing table that stands in a file.
func firstTable(t *testing.T, name string) map[string]any {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var table map[string]any
	ast.Inspect(file, func(n ast.Node) bool {
		if e, ok := n.(*ast.CompositeLit); ok && table == nil {
			if m, ok := literal(t, e).(map[string]any); ok && m["algorithm"] != nil {
				table = m
			}
		}
		return table == nil
	})
	return table
}

// literal is the value of an expression of literals; of any other it is [given].
func literal(t *testing.T, e ast.Expr) any {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatalf("%s: %v", e.Value, err)
		}
		return text
	case *ast.CompositeLit:
		if _, ok := e.Type.(*ast.ArrayType); ok {
			list := []any{}
			for _, element := range e.Elts {
				list = append(list, literal(t, element))
			}
			return list
		}
		if _, ok := e.Type.(*ast.MapType); !ok {
			return given
		}
		m := map[string]any{}
		for _, element := range e.Elts {
			pair := element.(*ast.KeyValueExpr)
			if key, ok := literal(t, pair.Key).(string); ok {
				m[key] = literal(t, pair.Value)
			}
		}
		return m
	}
	return given
}
