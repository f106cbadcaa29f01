package lint

import (
	"encoding/base64"
	"strings"
)

// placeholder says why a key is none of the publisher's; "" where it may be one.
// Words are looked for only in what is no key: in one any word can stand by
// chance.
func placeholder(text string, unparsable bool) string {
	for example, where := range map[string]string{ //nolint:gosec // public keys
		"RWRnmBcLmQbXVcEPWo2OOKMI36kki4GiI7gcBgIaPLwvxe14Wtxm9acX": "it is the example of cargo-binstall's documentation",
		"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3": "it is the example of minisign's documentation",
	} {
		if strings.Contains(text, example) {
			return where
		}
	}
	switch {
	case repeats(text):
		return "most of it is one character"
	case !unparsable:
		return ""
	}
	upper := strings.ToUpper(text)
	for _, word := range []string{"PLACEHOLDER", "YOUR", "REPLACE", "CHANGEME", "CHANGE_ME", "CHANGE-ME", "EXAMPLE", "INSERT", "TODO", "FIXME", "PUBLIC_KEY", "PUBLIC-KEY", "PUBKEY", "…", "..."} {
		if strings.Contains(upper, word) && !strings.Contains(upper, "-----BEGIN ") {
			return "it says " + strings.ToLower(word)
		}
	}
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "<") && strings.HasSuffix(trimmed, ">") ||
		strings.Contains(trimmed, "${") || strings.HasPrefix(trimmed, "$") {
		return "it is a variable that nobody has put a key in for"
	}
	return ""
}

// repeated is how often no character of a real key's base64 stands in a row:
// the fixed parts of an RSA key have seven A.
const repeated = 20

func repeats(text string) bool {
	row, last := 0, rune(0)
	for _, c := range text {
		if c != last {
			row, last = 0, c
		}
		row++
		if row >= repeated && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return true
		}
	}
	return false
}

// secret reports whether a text is a secret key: one in PEM or armor, or one of
// minisign's, rsign's or signify's.
func secret(text string) bool {
	if strings.Contains(text, " PRIVATE KEY-----") || strings.Contains(text, "PRIVATE KEY BLOCK-----") {
		return true
	}
	for line := range strings.Lines(text) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		// Both begin with the algorithm, the derivation of the password's key
		// (signify: "BK"; minisign: "Sc" or none, then "B2"), and are over 100 bytes.
		if err == nil && len(raw) >= 104 && string(raw[:2]) == "Ed" &&
			(string(raw[2:4]) == "BK" || string(raw[4:6]) == "B2" && (string(raw[2:4]) == "Sc" || string(raw[2:4]) == "\x00\x00")) {
			return true
		}
	}
	return false
}
