//go:build race

package kits

// raced tells whether the race detector is at work.
const raced = true
