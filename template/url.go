package template

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/terminal"
)

// maxURLText limits a URL in a message, in bytes.
const maxURLText = 200

// RenderURL is [Template.Render] for a template that must give an absolute URL
// with a scheme and a host (which "file" needs none of, RFC 8089), and without
// user, fragment, white space and characters that can't be printed. That keeps out what would be something else
// than it looks like; it doesn't keep a value from leading elsewhere, which one
// in the place of the host, or with "/..", "?" or "%2f" in it, can. Which
// schemes may be fetched is the fetcher's to say. The error is that of Render, or
// an [*Error] that wraps [ErrURL].
func (t *Template) RenderURL(values map[string]string) (string, error) {
	text, err := t.Render(values)
	if err != nil {
		return "", err
	}
	if reason := notURL(text); reason != "" {
		if strings.Contains(text, "@") {
			text = "the result" // there may be a password in it
		} else {
			text = terminal.Limit(terminal.Quoted(text), maxURLText)
		}
		return "", &Error{Err: fmt.Errorf("%w: %s %s", ErrURL, text, reason), Template: t.text}
	}
	return text, nil
}

// notURL says what keeps text from being a URL to fetch, or "".
func notURL(text string) string {
	if !utf8.ValidString(text) {
		return "is not UTF-8"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "has white space or a character that can't be printed"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "can't be parsed"
	case u.Scheme == "":
		return "has no scheme"
	case u.Hostname() == "" && (u.Scheme != "file" || !strings.HasPrefix(u.Path, "/")):
		return "has no host"
	case u.User != nil:
		return "has a user"
	case strings.Contains(text, "#"):
		return "has a fragment"
	}
	return ""
}
