package cosign

import "context"

// parseWhole parses a signature and its log entries, which otherwise wait until
// something is known of who signed.
func parseWhole(ctx context.Context, text []byte) (*signed, error) {
	s, err := parseSignature(text)
	if err != nil {
		return nil, err
	}
	return s, s.parseEntries(ctx)
}
