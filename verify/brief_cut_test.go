package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBriefBound: facts that fit are told whole, and not a byte more.
func TestBriefBound(t *testing.T) {
	const n = 24
	for size, whole := range map[int]bool{maxReport: true, maxReport + 1: false} {
		var facts []fact
		left := size
		for i := range n {
			line := left / (n - i)
			left -= line
			facts = append(facts, fact{label: fmt.Sprint("label ", i), value: strings.Repeat("x", line-len("label            \n"))})
		}
		got := brief(facts)
		if len(got) > maxReport || strings.Contains(got, "…") == whole {
			t.Errorf("of %d bytes %d are told:\n%s", size, len(got), got)
		}
	}
}

// TestMiddleOut: the first and the last lines stay, as many as fit, and what is
// vital between them unless that is too much.
func TestMiddleOut(t *testing.T) {
	const n = 60
	room := maxReport - len(leftOut(n))
	span := func(from, to int) (all []int) {
		for i := from; i < to; i++ {
			all = append(all, i)
		}
		return all
	}
	for name, tt := range map[string]struct {
		sizes map[int]int // others are 100
		vital []int
		head  int   // lines
		kept  []int // and those between, of vital facts
		tail  int
	}{
		"as many of each":         {nil, nil, 20, nil, 20},
		"to the last byte":        {map[int]int{0: 100 + room - 4000}, nil, 20, nil, 20},
		"one byte less":           {map[int]int{0: 101 + room - 4000}, nil, 20, nil, 19},
		"a vital one":             {nil, []int{30}, 20, []int{30}, 19},
		"a vital one at the head": {nil, []int{0}, 20, nil, 20},
		"one on each side":        {nil, []int{2, 58}, 20, nil, 20},
		"vital to the half":       {map[int]int{25: maxReport / 2}, []int{25}, 10, []int{25}, 10},
		"vital beyond the half":   {map[int]int{25: maxReport/2 + 1}, []int{25}, 20, nil, 20},
	} {
		t.Run(name, func(t *testing.T) {
			facts, lines := make([]fact, n), make([]string, n)
			for i := range n {
				size := 100
				if other := tt.sizes[i]; other != 0 {
					size = other
				}
				lines[i] = fmt.Sprintf("%-*d\n", size-1, i)
				facts[i].vital = slices.Contains(tt.vital, i)
			}
			got := middleOut(lines, facts)
			if len(got) > maxReport {
				t.Errorf("%d bytes", len(got))
			}
			left := n - tt.head - len(tt.kept) - tt.tail
			var want, have []string
			for _, i := range span(0, tt.head) {
				want = append(want, strconv.Itoa(i))
			}
			want = append(want, strings.TrimSpace(leftOut(left)))
			for _, i := range append(tt.kept, span(n-tt.tail, n)...) {
				want = append(want, strconv.Itoa(i))
			}
			for line := range strings.Lines(got) {
				have = append(have, strings.TrimSpace(line))
			}
			if !slices.Equal(have, want) {
				t.Errorf("got  %q\nwant %q", have, want)
			}
		})
	}
}

// TestShorten: JSON that fits stays as it is to the byte, what is longer has its
// texts and lists cut, and numbers stay exact.
func TestShorten(t *testing.T) {
	whole := []byte(`"` + strings.Repeat("x", maxReportJSON-2) + `"`)
	if got, err := shorten(whole); err != nil || string(got) != string(whole) {
		t.Errorf("%d bytes of %d, %v", len(got), len(whole), err)
	}
	longer := []byte(`{"n":9007199254740993,"s":"` + strings.Repeat("x", maxReportJSON) + `"}`)
	if got, err := shorten(longer); err != nil || !strings.HasPrefix(string(got), `{"n":9007199254740993,"s":"xx`) || len(got) > 1100 {
		t.Errorf("%d bytes: %.100s, %v", len(got), got, err)
	}
	just := []byte(`"` + strings.Repeat("x", maxReportJSON-1) + `"`)
	if got, err := shorten(just); err != nil || len(got) != 1000+len(`""`) {
		t.Errorf("%d bytes: %.100s, %v", len(got), got, err)
	}
	if got, err := shorten(longer[:len(longer)-1]); err == nil || got != nil {
		t.Errorf("%.100s, %v", got, err)
	}
}

// TestSizeOf: it is the size that JSON has inside of other JSON.
func TestSizeOf(t *testing.T) {
	for _, text := range []string{`"a"`, `"<"`, `">>"`, `"&&&"`, `"<>>&&&a"`} {
		inside, err := json.Marshal(json.RawMessage(text))
		if err != nil || sizeOf([]byte(text)) != len(inside) {
			t.Errorf("%s: %d and not %d, %v", text, sizeOf([]byte(text)), len(inside), err)
		}
	}
}

// TestCutText: a text stays whole if it has as many bytes in JSON as are allowed, and
// not one more.
func TestCutText(t *testing.T) {
	to := shortest{text: 160}
	for name, tt := range map[string]struct {
		text  string
		whole bool
	}{
		"letters":            {strings.Repeat("x", 160), true},
		"one letter more":    {strings.Repeat("x", 161), false},
		"escaped":            {strings.Repeat(`"`, 80), true},
		"one escape more":    {strings.Repeat(`"`, 81), false},
		"escaped inside":     {strings.Repeat("<", 26) + "xxxx", true},
		"one byte more":      {strings.Repeat("<", 26) + "xxxxx", false},
		"many escapes":       {strings.Repeat("\u200b", 50), false},
		"no text":            {"", true},
		"what isn't in UTF8": {strings.Repeat("\xff", 160), false},
	} {
		got := to.cutText(tt.text)
		data, err := shownJSON(got)
		if err != nil || sizeOf(data) > 160+len(`""`) || (got == tt.text) != tt.whole || !tt.whole && !strings.Contains(got, "…") {
			t.Errorf("%s: %q has %d bytes, %v", name, got, sizeOf(data), err)
		}
	}
}
