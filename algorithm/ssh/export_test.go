package ssh

const (
	MaxKeyText   = maxKeyText
	MaxLines     = maxLines
	MaxName      = maxName
	MaxPattern   = maxPattern
	MaxSignature = maxSignature
)
