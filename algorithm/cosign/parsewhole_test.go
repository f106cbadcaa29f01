package cosign

import "context"

// parseText parses a signature.
func parseText(text []byte) (*signed, error) {
	trimmed, err := trimSignature(text)
	if err != nil {
		return nil, err
	}
	return parseSignature(text, trimmed)
}

// parseWhole parses a signature and its log entries, which otherwise wait until
// something is known of who signed.
func parseWhole(ctx context.Context, text []byte) (*signed, error) {
	s, err := parseText(text)
	if err != nil {
		return nil, err
	}
	return s, s.parseEntries(ctx)
}
