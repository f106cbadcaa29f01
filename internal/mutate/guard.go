package main

import "strconv"

// The variables by which a rewritten package is told what to do.
const (
	madeVariable    = "RELSEAL_MUTATE"         // the number of the mutant that is made
	reachedVariable = "RELSEAL_MUTATE_REACHED" // a file for the numbers of those that were reached
)

// guard is the file that a rewritten package has besides its own.
func guard(name string, mutants int) string {
	return "package " + name + guardImports + "\nconst mutate_count = " + strconv.Itoa(mutants) + "\n" + guardCode
}

const guardImports = `

import (
	mutate_cmp "cmp"
	mutate_os "os"
	mutate_strconv "strconv"
	mutate_atomic "sync/atomic"
)
`

const guardCode = `
var mutate_number, mutate_file, mutate_seen = mutate_setup()

func mutate_setup() (int, *mutate_os.File, []mutate_atomic.Bool) {
	number, err := mutate_strconv.Atoi(mutate_os.Getenv("` + madeVariable + `"))
	if err != nil {
		number = -1
	}
	name := mutate_os.Getenv("` + reachedVariable + `")
	if name == "" {
		return number, nil, nil
	}
	f, err := mutate_os.OpenFile(name, mutate_os.O_APPEND|mutate_os.O_CREATE|mutate_os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return number, f, make([]mutate_atomic.Bool, mutate_count)
}

func mutate_made(n int) bool {
	if mutate_seen != nil {
		mutate_reach(n)
	}
	return n == mutate_number
}

func mutate_reach(n int) {
	if !mutate_seen[n].Swap(true) {
		mutate_file.WriteString(mutate_strconv.Itoa(n) + "\n")
	}
}

func mutate_less[T mutate_cmp.Ordered](atMost, atLeast bool, x, y T) bool {
	return atMost && x <= y || !atMost && (x < y) != atLeast
}

func mutate_atMost[T mutate_cmp.Ordered](less, more bool, x, y T) bool {
	return less && x < y || !less && (x <= y) != more
}

func mutate_more[T mutate_cmp.Ordered](atLeast, atMost bool, x, y T) bool {
	return atLeast && x >= y || !atLeast && (x > y) != atMost
}

func mutate_atLeast[T mutate_cmp.Ordered](more, less bool, x, y T) bool {
	return more && x > y || !more && (x >= y) != less
}

func mutate_and(or, x bool, y func() bool) bool {
	if or {
		return x || y()
	}
	return x && y()
}

func mutate_or(and, x bool, y func() bool) bool {
	if and {
		return x && y()
	}
	return x || y()
}

type mutate_integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type mutate_numeric interface {
	mutate_integer | ~float32 | ~float64 | ~complex64 | ~complex128
}

func mutate_plus[T mutate_numeric](minus bool, x, y T) T {
	if minus {
		return x - y
	}
	return x + y
}

func mutate_minus[T mutate_numeric](plus bool, x, y T) T {
	if plus {
		return x + y
	}
	return x - y
}

func mutate_bitAnd[T mutate_integer](or bool, x, y T) T {
	if or {
		return x | y
	}
	return x & y
}

func mutate_bitOr[T mutate_integer](and bool, x, y T) T {
	if and {
		return x & y
	}
	return x | y
}
`
