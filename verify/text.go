package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

// Limits of texts for people, in bytes. The parts of an error leave more than
// half of it for the cause.
const (
	maxErrorText  = 499
	maxStageText  = 32
	maxURLText    = 160
	maxReportText = 500 // of a fact
)

// plain makes text safe for a terminal, and no longer than a person reads.
func plain(s string) string { return terminal.Limit(s, maxReportText) }

// quoted is text that could be mistaken for something else, in quotes; "" stays
// "".
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return terminal.Limit(terminal.Quoted(s), maxReportText)
}

// quotedName is a file's name in quotes, for a sentence.
func quotedName(s string) string { return terminal.Limit(terminal.Quoted(s), maxURLText) }

// shownJSON returns v as JSON that may be printed: what can't be seen or would
// drive a terminal is written as \uXXXX, which is the same value.
func shownJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // that is for whoever encodes the result
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return terminal.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// causeText is the text of err in at most limit bytes. Of what is longer the
// reasons stay: they are put in front where a cut could take them out.
func causeText(err error, limit int) string {
	whole := err.Error()
	text := terminal.Limit(whole, limit)
	if len(whole) <= limit && text == terminal.Text(whole) {
		return text
	}
	sure := terminal.Limit(whole, limit/2)
	var lost strings.Builder
	for _, r := range reasons() {
		if s := r.sentinel; s != nil && errors.Is(err, s) && !strings.Contains(sure, s.Error()) {
			lost.WriteString(s.Error() + ": ")
		}
	}
	return terminal.Limit(lost.String()+whole, limit)
}
