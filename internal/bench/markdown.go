package main

import (
	"slices"
	"strings"
)

// markdown is a table. Columns of nothing but numbers are to the right; one in which
// every cell is a dash is left out.
func markdown(head []string, rows [][]string) string {
	columns := make([]int, 0, len(head))
	for i := range head {
		if len(rows) == 0 || !allDashes(rows, i) {
			columns = append(columns, i)
		}
	}
	var b strings.Builder
	line := func(cell func(column int) string) {
		for _, column := range columns {
			b.WriteString("| " + cell(column) + " ")
		}
		b.WriteString("|\n")
	}
	line(func(i int) string { return head[i] })
	line(func(i int) string {
		if slices.ContainsFunc(rows, func(cells []string) bool { return !isNumber(cells[i]) }) || len(rows) == 0 {
			return "---"
		}
		return "--:"
	})
	for _, cells := range rows {
		line(func(i int) string { return cells[i] })
	}
	return b.String()
}

const dash = "–"

func allDashes(rows [][]string, column int) bool {
	for _, cells := range rows {
		if strings.Trim(cells[column], dash+" /") != "" {
			return false
		}
	}
	return true
}

func isNumber(cell string) bool {
	return strings.HasPrefix(cell, dash) || cell != "" && cell[0] >= '0' && cell[0] <= '9'
}
