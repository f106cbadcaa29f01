package cosign

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// A listed is one of the bundles of a document, not parsed yet.
type listed struct {
	text []byte // nil where it lies at the URL
	url  string
	err  error // why it is none
}

// splitBundles takes apart a document of several bundles: the answer of the
// attestations API of GitHub or npm, or JSON Lines of bundles, as gh attestation
// download writes them. several is false for any other document.
func splitBundles(text []byte) (list []listed, several bool, err error) {
	if !isJSON(text) {
		return nil, false, nil
	}
	if lines := firstLines(text); len(lines) > 1 && isObject(lines[0]) {
		list, err = splitLines(lines)
		return list, true, err
	}
	raw, ok := attestations(text)
	if !ok {
		return nil, false, nil
	}
	list, err = splitAnswer(text, raw)
	return list, true, err
}

// firstLines are the lines that aren't blank, up to one more than there may be
// bundles: any signature comes by here, and a hostile one has millions.
func firstLines(text []byte) (lines [][]byte) {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if lines = append(lines, line); len(lines) > maxBundles {
			break
		}
	}
	return lines
}

func splitLines(lines [][]byte) (list []listed, err error) {
	if err := checkCount(len(lines)); err != nil {
		return nil, err
	}
	for n, line := range lines {
		if !isObject(line) {
			return nil, fmt.Errorf("%w: JSON Lines, of which line %d is no JSON object", algorithm.ErrMalformed, n+1)
		}
		list = append(list, listed{text: line})
	}
	return list, nil
}

func checkCount(n int) error {
	if n > maxBundles {
		return fmt.Errorf("%w: more than %d bundles in one document", algorithm.ErrTooLarge, maxBundles)
	}
	return nil
}

func isObject(text []byte) bool { return isJSON(bytes.TrimSpace(text)) && json.Valid(text) }

// attestations returns the list of an API's answer, as it stands there. Those of
// the other forms that are JSON have none.
func attestations(text []byte) (json.RawMessage, bool) {
	if !bytes.Contains(text, []byte(`"attestations"`)) {
		return nil, false
	}
	var answer struct {
		Attestations    json.RawMessage `json:"attestations"`
		MediaType       json.RawMessage `json:"mediaType"`
		Base64Signature json.RawMessage `json:"base64Signature"`
		PayloadType     json.RawMessage `json:"payloadType"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, false
	}
	other := answer.MediaType != nil || answer.Base64Signature != nil || answer.PayloadType != nil
	return answer.Attestations, answer.Attestations != nil && !other
}

// splitAnswer reads the list of an API's answer
// (https://docs.github.com/rest/repos/attestations,
// https://github.com/npm/provenance). What else is in it isn't signed and counts
// for nothing.
func splitAnswer(text, raw []byte) ([]listed, error) {
	if n := countValues(text, maxAllValues); n > maxAllValues {
		return nil, fmt.Errorf("%w: an answer of more than %d JSON values", algorithm.ErrTooLarge, maxAllValues)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, fmt.Errorf("%w: attestations: %w", algorithm.ErrMalformed, err)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w: the answer has no attestation for this artifact", algorithm.ErrNoSignature)
	}
	if err := checkCount(len(entries)); err != nil {
		return nil, err
	}
	var list []listed
	for _, e := range entries {
		list = append(list, readListed(e))
	}
	return list, nil
}

func readListed(text []byte) listed {
	var entry struct {
		Bundle json.RawMessage `json:"bundle"`
		URL    string          `json:"bundle_url"`
	}
	err := json.Unmarshal(text, &entry)
	inline := entry.Bundle != nil && string(entry.Bundle) != "null"
	switch {
	case err != nil:
		return listed{err: fmt.Errorf("%w: attestation: %w", algorithm.ErrMalformed, err)}
	case inline:
		return listed{text: entry.Bundle}
	case entry.URL == "":
		return listed{err: fmt.Errorf("%w: an attestation with neither bundle nor bundle_url", algorithm.ErrMalformed)}
	}
	return listed{url: entry.URL}
}
