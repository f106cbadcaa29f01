// Package shapes has what ten well-known Go programs verify of what they install or
// update to, each as a function that does it with relseal. One file is one program's
// check, to be read in a minute and to be copied; docs/adopting.md has what the
// program does today, and what is refused in addition.
//
// In a program of your own the site, the keys and the table are constants. Here the
// tests bring them, since nobody has these publishers' private keys.
package shapes

import "github.com/relseal/relseal/verify"

// A Site is where a publisher's releases are.
type Site struct {
	URL     string         // that all of its URLs begin with
	Fetcher verify.Fetcher // such as https.Fetcher{}
}
