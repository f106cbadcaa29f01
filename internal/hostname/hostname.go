// Package hostname compares the hosts of URLs.
package hostname

// Fold returns a host with its ASCII letters small. All others stay as they are:
// Unicode has letters, such as U+0130, that are small as an ASCII letter and yet
// name another host (by UTS 46, as net/http reads them).
func Fold(host string) string {
	folded := []byte(host)
	for i, c := range folded {
		if 'A' <= c && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}
