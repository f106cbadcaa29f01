package ssh

import "strings"

// maxPattern is the longest pattern of a list in bytes. OpenSSH has no room for
// longer ones and then lets the list match nothing.
const maxPattern = 1022

// matchList reports whether s matches a pattern list (ssh_config(5), PATTERNS):
// comma-separated patterns in which * stands for any bytes and ? for one. A
// pattern behind ! that matches refuses, whatever else does; one such alone
// never accepts, and neither does a list with a pattern that is too long.
func matchList(list, s string) bool {
	matched := false
	for pattern := range strings.SplitSeq(list, ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if len(pattern) > maxPattern {
			return false
		}
		if !match(pattern, s) {
			continue
		}
		if negated {
			return false
		}
		matched = true
	}
	return matched
}

// match reports whether the whole of s matches one pattern, in at most
// len(pattern) * len(s) steps: after a mismatch only the last * has to give
// way.
func match(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0 // the last *, and where in s it ends for now
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
