package ssh

import "time"

// At returns an Algorithm whose now is t.
func At(t time.Time) Algorithm {
	return Algorithm{now: func() time.Time { return t }}
}

const (
	MaxKeyText   = maxKeyText
	MaxLines     = maxLines
	MaxName      = maxName
	MaxPattern   = maxPattern
	MaxSignature = maxSignature
)
