package main

import "github.com/relseal/relseal/verify"

// judged reports whether a refusal is about what was there, so that it stays: what
// couldn't be fetched or read may come right by itself.
func judged(r *result) bool {
	switch r.ExitCode() {
	case 40, 41, 65, 67, 78:
		return true
	}
	return false
}

// remedy is what a publisher may do, "" where the message says all there is.
func remedy(r *result) string { return remedies()[verify.Reason(r.Err)] }

// remedies are what docs/releasechecker.md advises, by the reason.
func remedies() map[string]string {
	const (
		sign    = "sign, and put the signature where the message says"
		another = "what is signed is for another file or release: sign this one"
	)
	return map[string]string{
		"not-declared":      "add a signing table",
		"invalid":           "the file changed after it was signed, or the signature is another file's: sign it anew, and upload both",
		"signature-missing": sign,
		"manifest-missing":  sign,
		"artifact-missing":  "build and upload it; what isn't released for a target needs no --target and no override",
		"wrong-key":         "sign with the key of the table, or add the new key to the table's keys",
		"version-mismatch":  another,
		"name-mismatch":     another,
		"identity":          "another workflow signed than the table's identity names",
		"unreachable":       "try again",
		"rate-limited":      "try again",
		"unauthorized":      "installers send no credentials: make the release public",
	}
}
