package snippets

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const page = "# Page\n\n```sh\n# no heading\necho\n```\n\n## Part one\n\ntext ``` text\n\n```toml bad example\nx = 1\n```\n```\n```\n"

func TestParse(t *testing.T) {
	all, err := Parse(page)
	want := []Snippet{
		{Section: "Page", Language: "sh", Text: "# no heading\necho\n", Line: 4},
		{Section: "Part one", Language: "toml", Info: "bad example", Text: "x = 1\n", Line: 13},
		{Section: "Part one", Line: 16},
	}
	if err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%+v, %v", all, err)
	}
	if got := In(all, "toml"); len(got) != 1 || got[0].Line != 13 {
		t.Errorf("toml: %+v", got)
	}
	if got := Under(all, "Part one"); len(got) != 2 || len(all) != 3 || all[0].Language != "sh" {
		t.Errorf("part one: %+v of %+v", got, all)
	}
}

func TestWithoutEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(name, []byte(page+"\n```sh\necho\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := ReadFile(name); err == nil || !strings.Contains(err.Error(), "page.md: line 18: ") {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := ReadFile(name + ".none"); err == nil {
		t.Error("no error")
	}
}
