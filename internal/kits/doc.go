// Package kits runs public suites of test vectors through the families of
// relseal: Wycheproof, C2SP's CCTV and x509-limbo. It holds nothing but tests;
// README.md says which vectors go which way, and docs/kits.md has the scores.
package kits
