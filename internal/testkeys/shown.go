package testkeys

import (
	"errors"
	"fmt"
	"testing"
	"unicode"
	"unicode/utf8"
)

// unsafe are ranges of characters that must never reach a terminal, written
// down here a second time so that the code under test isn't its own judge.
var unsafe = [][2]rune{
	{0x00, 0x09},
	{0x0b, 0x1f},
	{0x7f, 0x9f}, // C0 without LF, DEL, C1
	{0x00ad, 0x00ad},
	{0x034f, 0x034f},
	{0x061c, 0x061c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x2800, 0x2800},
	{0x3164, 0x3164},
	{0xe000, 0xf8ff},
	{0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0x1bca0, 0x1bca3},
	{0x1d159, 0x1d159},
	{0x1d173, 0x1d17a},
	{0xe0000, 0x10ffff}, // tags, selectors of variants, private use
}

// Unsafe returns every character of the ranges that no output may hold.
func Unsafe() []rune {
	var all []rune
	for _, span := range unsafe {
		for r := span[0]; r <= span[1]; r++ {
			all = append(all, r)
		}
	}
	return all
}

// Hostile are texts that would do something to a terminal, or to the eyes of
// whoever reads it, by what they do.
func Hostile() map[string]string {
	return map[string]string{
		"escape sequence": "a\x1b[31mred\x1b]0;title\x07z",
		"C1":              "a\u009b31m\u0090z",
		"delete":          "a\x7f\bz",
		"line":            "a\nstatus           verified\rz",
		"separators":      "a\u2028b\u2029z",
		"bidi":            "a\u202egnp.\u2066\u200f\u061cz",
		"invisible":       "a\u200b\u00ad\u2060\ufeff\u3164\u115f\u034f\u17b4\uffa0z",
		"selectors":       "a\ufe0f\u180b\U000e0100z",
		"tags":            "a\U000e0001\U000e0068\U000e0069\U000e007fz",
		"private":         "a\ue000\U000f0000\U0010fffdz",
		"not UTF-8":       "a\x9b31m\xc2\xffz",
	}
}

// Plain are texts that must be shown as they are.
func Plain() []string {
	return []string{"tool-1.0.tar.gz", "Файл №1", "日本語の名前", "한글", "café", "cafe\u0301", "नमस्ते", "שלום", "مرحبا", "😀🚀", "a b"}
}

// CheckShown fails the test where a program's whole output, or a text for
// people, has a character that a terminal would act on or nobody could see.
func CheckShown(tb testing.TB, output string) {
	tb.Helper()
	if err := Shown(output); err != nil {
		tb.Errorf("%v in %.2000q", err, output)
	}
}

// Shown is [CheckShown] where there is no test: nil or what was found.
func Shown(output string) error {
	if !utf8.ValidString(output) {
		return errors.New("bytes that are not UTF-8")
	}
	for i, r := range output {
		for _, span := range unsafe {
			if span[0] <= r && r <= span[1] {
				return fmt.Errorf("byte %d: %U", i, r)
			}
		}
		if r != '\n' && !unicode.IsPrint(r) {
			return fmt.Errorf("byte %d: %U", i, r)
		}
	}
	return nil
}
