package lint

import "testing"

func TestEndsURL(t *testing.T) {
	for text, want := range map[string]bool{
		"{ url }.sig": true, "{url}.sig": true, "{ url }/sig": true, "{ url }?sig": true, "x\n{ url }.sig": true, "{ repo }{ url }.sig": true,
		"{ url }": false, "{ url }&sig=1": false, "{ repo }/x.sig?raw": false, "{ url": false, "": false, "{ checksums }.sig": false,
	} {
		if endsURL(text, "url") != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestFolder(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"https://example.com/a/key", "https://EXAMPLE.com/a/tool.tgz", true},
		{"https://example.com/key", "https://example.com/a/tool.tgz", false},
		{"https://keys.example.com/a/key", "https://example.com/a/tool.tgz", false},
		{"https://github.com/a/b/releases/download/v1/key", "https://github.com/a/b/releases/download/v2/tool.tgz", true},
		{"https://github.com/a/c/releases/download/v1/key", "https://github.com/a/b/releases/download/v1/tool.tgz", false},
		{"https://example.com/releases/a/key", "https://example.com/releases/b/tool.tgz", false},
		{"https://example.com/%zz", "https://example.com/%zz", true},
		{"https://example.com/%zz", "https://example.com/%zy", false},
	} {
		if (folder(tt.a) == folder(tt.b)) != tt.same {
			t.Errorf("%s and %s: %t", tt.a, tt.b, !tt.same)
		}
	}
}
