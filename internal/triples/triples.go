// Package triples has the targets that a release is looked for when nobody says
// which it has.
package triples

// Usual are those that most publishers build for.
func Usual() []string {
	return []string{
		"x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl",
		"x86_64-apple-darwin", "aarch64-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc",
	}
}
