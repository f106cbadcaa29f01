package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/relseal/relseal/internal/terminal"
)

// Limits of a report: whoever signs can have much to say. Real ones have some
// 600 bytes.
const (
	maxReport     = 4<<10 - 1  // bytes of the text
	maxReportJSON = 16<<10 - 1 // bytes
	maxAlike      = 8          // facts of one kind, one behind the other
)

// A fact is a line of a report. One that is vital isn't left out.
type fact struct {
	label, value string
	vital        bool
}

// brief writes facts, each as long as all of them fit; where there are too many
// for that the middle is left out but what is vital, since who signed stands at the
// beginning, and what wasn't checked and the warnings at the end.
func brief(facts []fact) string {
	facts = fewAlike(facts)
	lines := make([]string, len(facts))
	for _, limit := range []int{maxReportText, maxReportText / 2, 160} { // no digest is longer
		size := 0
		for i, f := range facts {
			lines[i] = fmt.Sprintf("%-16s %s\n", terminal.Limit(f.label, maxStageText), terminal.Limit(f.value, limit))
			size += len(lines[i])
		}
		if size <= maxReport {
			return strings.Join(lines, "")
		}
	}
	return middleOut(lines, facts)
}

// fewAlike leaves out what is more than maxAlike facts of one kind, and says so.
func fewAlike(facts []fact) []fact {
	var few []fact
	for i := 0; i < len(facts); {
		label, n := facts[i].label, 1
		for i+n < len(facts) && facts[i+n].label == label {
			n++
		}
		few = append(few, facts[i:i+min(n, maxAlike)]...)
		if n > maxAlike {
			few = append(few, fact{label: label, value: fmt.Sprintf("… and %d more", n-maxAlike)})
		}
		i += n
	}
	return few
}

// middleOut joins as many of the first and of the last lines as fit, in turn, and
// between them those of vital facts.
func middleOut(lines []string, facts []fact) string {
	vital := 0
	for i, f := range facts {
		if f.vital {
			vital += len(lines[i])
		}
	}
	keep := vital <= maxReport/2 // more than that nobody's signature has
	head, tail := 0, len(lines)
	room := maxReport - len(leftOut(len(lines)))
	if keep {
		room -= vital
	}
	takes := func(i int) bool {
		if !keep || !facts[i].vital { // the others have their room
			room -= len(lines[i])
		}
		return room >= 0
	}
	for takes(head) {
		head++
		if !takes(tail - 1) {
			break
		}
		tail--
	}
	var kept strings.Builder
	left := 0
	for i := head; i < tail; i++ {
		if keep && facts[i].vital {
			kept.WriteString(lines[i])
		} else {
			left++
		}
	}
	return strings.Join(lines[:head], "") + leftOut(left) + kept.String() + strings.Join(lines[tail:], "")
}

func leftOut(lines int) string { return fmt.Sprintf("… %d lines are left out\n", lines) }

// shorten cuts a JSON text to size, by texts and lists that are ever shorter, but
// no digest.
func shorten(data []byte) ([]byte, error) {
	for _, to := range []shortest{{1000, 32}, {500, 16}, {250, 8}, {160, 8}, {160, 1}} {
		if sizeOf(data) <= maxReportJSON {
			break
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		var err error
		if data, err = shownJSON(to.cut(v)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// sizeOf is how long JSON gets with the escapes that package encoding/json adds
// where it encodes what holds a report.
func sizeOf(data []byte) int {
	long := bytes.Count(data, []byte("<")) + bytes.Count(data, []byte(">")) + bytes.Count(data, []byte("&"))
	return len(data) + long*(len(`\u0000`)-1)
}

// shortest is what texts, in bytes, and lists are cut to.
type shortest struct{ text, items int }

func (to shortest) cut(v any) any {
	switch v := v.(type) {
	case string:
		return to.cutText(v)
	case []any:
		v = v[:min(len(v), to.items)]
		for i := range v {
			v[i] = to.cut(v[i])
		}
		return v
	case map[string]any:
		for key := range v {
			v[key] = to.cut(v[key])
		}
	}
	return v
}

func (to shortest) cutText(s string) string {
	short, limit := s, to.text
	for {
		if len(short) <= to.text {
			if data, err := shownJSON(short); err == nil && sizeOf(data) <= to.text+len(`""`) {
				return short
			}
		}
		short = terminal.Limit(s, limit)
		limit = limit * 2 / 3
	}
}
