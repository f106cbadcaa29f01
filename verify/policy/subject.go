package policy

import (
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/hostname"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// A subject is what the rules are asked for: a package by its name and its
// repository, each in the one spelling that its patterns are in. An error says
// why it isn't known, which matters to rules that ask for it.
type subject struct {
	name, repository       string
	nameErr, repositoryErr error
}

func newSubject(variables map[string]string) (s subject) {
	s.name, s.nameErr = variable(variables, "name")
	s.name = foldName(s.name)
	if s.repository, s.repositoryErr = variable(variables, "repo"); s.repositoryErr == nil {
		s.repository, s.repositoryErr = foldRepository(s.repository)
	}
	return s
}

func variable(variables map[string]string, name string) (string, error) {
	text := variables[name]
	switch {
	case text == "":
		return "", because(verify.ErrNotAccepted, "the artifact has no variable %q", name)
	case len(text) > maxSubject || strings.TrimSpace(text) != text || terminal.Text(text) != text:
		return "", because(verify.ErrNotAccepted, "the artifact's variable %q is too long, or has characters that can't be seen", name)
	}
	return text, nil
}

// foldName takes away in what two names of one package may differ.
func foldName(name string) string {
	return strings.ReplaceAll(small(name), "_", "-")
}

// small makes letters small. Those that would be ASCII then stay as they are:
// U+0130 is no i, and U+212A no k, to whoever looks the name up.
func small(text string) string {
	return strings.Map(func(r rune) rune {
		if s := unicode.ToLower(r); r < utf8.RuneSelf || s >= utf8.RuneSelf {
			return s
		}
		return r
	}, text)
}

// foldRepository takes away in what two URLs of one repository may differ, and
// refuses what it can't read: HOST/PATH is left, in small letters.
func foldRepository(raw string) (string, error) {
	refused := because(verify.ErrNotAccepted, "the artifact's variable %q is no URL of a repository: %s", "repo", shown(raw))
	text := strings.TrimPrefix(raw, "git+")
	if !strings.Contains(text, "://") {
		text = "ssh://" + withoutColon(text)
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\\' }) {
		return "", refused
	}
	switch u.Scheme {
	case "https", "http", "ssh", "git":
	default:
		return "", refused
	}
	host := foldHost(u.Hostname())
	if !strings.Contains(host, ".") || !isHostName(host) {
		return "", refused
	}
	if port := u.Port(); port != "" && !isUsual(port) {
		host += ":" + port
	}
	return host + foldPath(u.Path), nil
}

// withoutColon writes the form of git that isn't a URL, [USER@]HOST:PATH, with a
// slash.
func withoutColon(text string) string {
	host, rest, ok := strings.Cut(text, ":")
	if number, _, _ := strings.Cut(rest, "/"); !ok || strings.Contains(host, "/") || isNumber(number) {
		return text
	}
	return host + "/" + strings.TrimPrefix(rest, "/")
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// isUsual reports whether a port is that of one of the schemes.
func isUsual(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && (n == 443 || n == 80 || n == 22 || n == 9418)
}

func foldHost(host string) string {
	return strings.TrimPrefix(strings.TrimSuffix(hostname.Fold(host), "."), "www.")
}

// foldPath returns the path with one slash before each element, and without
// the ".git" that an element may end in.
func foldPath(raw string) string {
	var b strings.Builder
	for element := range strings.SplitSeq(path.Clean("/"+small(raw)), "/") {
		if element = strings.TrimSuffix(element, ".git"); element != "" {
			b.WriteString("/" + element)
		}
	}
	return b.String()
}

// readRepository reads a pattern for repositories: HOST/PATH, with https://
// before it or without.
func readRepository(f metadata.Field) (pattern, error) {
	text, err := readPattern(f)
	if err != nil {
		return "", err
	}
	bare := strings.TrimPrefix(small(text), "https://")
	host, rest, _ := strings.Cut(bare, "/")
	rest = strings.TrimSuffix(rest, "/")
	switch {
	case strings.ContainsAny(bare, "@#%"), strings.Contains(rest, "//"), strings.Contains(host, "://"), strings.Contains(bare, "://"):
		return "", f.Wrap(because(errValue, "%q is no pattern of an https URL without user, query and percent signs", text))
	case !strings.ContainsAny(host, ".*"):
		return "", f.Wrap(because(errValue, "%q doesn't begin with a host, as github.com/owner/* does", text))
	}
	return pattern(foldHost(host) + foldPath(rest)), nil
}
