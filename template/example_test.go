package template_test

import (
	"errors"
	"fmt"

	"github.com/relseal/relseal/template"
)

func Example() {
	t, err := template.Parse("{ repo }/releases/download/v{ version }/{ name }.tgz.sig")
	if err != nil {
		fmt.Println(err)
		return
	}
	url, err := t.RenderURL(map[string]string{
		"repo":    "https://github.com/o/tool",
		"version": "1.2.3",
		"name":    "tool",
	})
	fmt.Println(url, err)
	// Output: https://github.com/o/tool/releases/download/v1.2.3/tool.tgz.sig <nil>
}

func ExampleError_Caret() {
	_, err := template.Parse("{ repo }/v{ version }}/tool.tgz")
	var e *template.Error
	if errors.As(err, &e) {
		fmt.Println(e)
		fmt.Print(e.Caret())
	}
	// Output:
	// template: byte 21: unbalanced brace
	// { repo }/v{ version }}/tool.tgz
	//                      ^
}

func ExampleMissingKeyError() {
	t, err := template.Parse("{ name }-{ verison }")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = t.Render(map[string]string{"name": "tool", "version": "1.2.3"})
	fmt.Println(err)
	// Output: template: byte 9: no value for key "verison" (did you mean "version"?); known keys: ["name" "version"]
}
