// Package suggest finds the word that somebody who mistyped probably meant,
// for error messages.
package suggest

// longest is the length, in bytes, of the longest word that is looked at. It
// bounds the work for hostile input.
const longest = 64

// Nearest returns the candidate that is fewest edits away from word, the first
// one of several, or "" where none is near: up to a quarter of the word's bytes
// may differ, but one always. Swapped neighbours count as one edit.
func Nearest(word string, candidates []string) string {
	if len(word) > longest {
		return ""
	}
	limit := max(1, len(word)/4)
	best, nearest := limit+1, ""
	for _, c := range candidates {
		if len(c) > longest || c == word {
			continue
		}
		if d := distance(word, c); d < best && d < len(c) {
			best, nearest = d, c
		}
	}
	return nearest
}

// distance is the optimal string alignment distance of a and b in bytes.
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
