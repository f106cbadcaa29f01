package ssh

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// options are those of an allowed signers line.
type options struct {
	authority               bool
	namespaces              *string // pattern list; nil: any
	validAfter, validBefore time.Time
}

// parseOptions reads a comma-separated list of options. Every option must be
// known and stand there once.
func parseOptions(text string) (o options, err error) {
	if strings.Contains(text, `\`) {
		return options{}, errors.New("backslash in the options")
	}
	for more := true; more; {
		var option string
		option, text, more = cutUnquoted(text, ",")
		if err := o.set(option); err != nil {
			return options{}, err
		}
	}
	if !o.validAfter.IsZero() && !o.validBefore.IsZero() && !o.validBefore.After(o.validAfter) {
		return options{}, errors.New("valid-before isn't after valid-after")
	}
	return o, nil
}

func (o *options) set(option string) (err error) {
	name, value, hasValue := strings.Cut(option, "=")
	name = strings.Map(small, name)
	text, quoted := unquote(value)
	switch {
	case name == "cert-authority" && !hasValue:
		o.authority = true
	case name == "namespaces" && quoted && o.namespaces == nil:
		o.namespaces = &text
	case name == "valid-after" && quoted && o.validAfter.IsZero():
		o.validAfter, err = parseTime(text)
	case name == "valid-before" && quoted && o.validBefore.IsZero():
		o.validBefore, err = parseTime(text)
	default:
		return fmt.Errorf("option %.80q is unknown, not in quotes, or stands there twice", option)
	}
	return err
}

// small makes the letters of ASCII small, as OpenSSH compares names: U+0130 is no
// i, as strings.ToLower has it.
func small(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// unquote takes off the quotes around an option's value; ok is false where they
// aren't around all of it.
func unquote(s string) (text string, ok bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	text = s[1 : len(s)-1]
	return text, !strings.Contains(text, `"`)
}

// parseTime reads YYYYMMDD, YYYYMMDDHHMM and YYYYMMDDHHMMSS with or without Z,
// all as UTC. As in OpenSSH a time must lie after 1970 began: the zero time of
// the year 1 would stand for no limit at all.
func parseTime(s string) (time.Time, error) {
	digits := strings.TrimSuffix(s, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.Parse(layout, digits); err == nil && len(digits) == len(layout) && t.Unix() > 0 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %.80q isn't YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z] after 1970", s)
}

// cutOptions cuts s at its first run of spaces and tabs outside of double quotes.
func cutOptions(s string) (options, rest string) {
	options, rest, _ = cutUnquoted(s, " \t")
	return options, strings.TrimLeft(rest, " \t")
}

// cutUnquoted cuts s around the first of these characters outside of double quotes.
func cutUnquoted(s, chars string) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(chars, s[i]) >= 0:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
