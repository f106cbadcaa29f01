package checksums_test

import (
	"crypto"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
)

// Digests that nothing has, by their digits.
func digits(first string, n int) string { return first + strings.Repeat("0", n-len(first)) }

func digest(t *testing.T, h crypto.Hash, text string) algorithm.Digest {
	t.Helper()
	sum, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := algorithm.NewDigest(h, sum)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	md5A, sha1A      = digits("5a", 32), digits("1a", 40)
	sha224A          = digits("224a", 56)
	sha256A, sha256B = digits("256a", 64), digits("256b", 64)
	sha384A          = digits("384a", 96)
	sha512A, sha512B = digits("512a", 128), digits("512b", 128)
	blake2bA         = digits("b2a", 128)
)

// want is an entry without the digest's type.
type want struct {
	name   string
	line   int
	hash   crypto.Hash
	digits string
}

func TestFound(t *testing.T) {
	one := func(name string, line int) []want { return []want{{name, line, crypto.SHA256, sha256A}} }
	for what, c := range map[string]struct {
		manifest, manifestName, name string // default: SHA256SUMS, a
		want                         []want
	}{
		"GNU, text":                {manifest: sha256A + "  a\n", want: one("a", 1)},
		"GNU, binary":              {manifest: sha256A + " *a\n", want: one("a", 1)},
		"BSD":                      {manifest: "SHA256 (a) = " + sha256A + "\n", want: one("a", 1)},
		"no end of line":           {manifest: sha256A + "  a", want: one("a", 1)},
		"CRLF":                     {manifest: sha256B + "  b\r\n" + sha256A + "  a\r\n", want: one("a", 2)},
		"CRLF, BSD":                {manifest: "SHA256 (a) = " + sha256A + "\r\n", want: one("a", 1)},
		"mixed ends":               {manifest: sha256B + "  b\r\n" + sha256A + "  a\n", want: one("a", 2)},
		"upper case":               {manifest: strings.ToUpper(sha256A) + "  a\n", want: one("a", 1)},
		"upper case, BSD":          {manifest: "SHA256 (a) = " + strings.ToUpper(sha256A) + "\n", want: one("a", 1)},
		"comments and blank lines": {manifest: "# a: 12 bytes \\ é\n\nSHA256 (a) = " + sha256A + "\n\r\n#\n", want: one("a", 3)},
		"SHA-384 by length":        {manifest: sha384A + "  a\n", want: []want{{"a", 1, crypto.SHA384, sha384A}}},
		"SHA-512 by length":        {manifest: sha512A + "  a\n", want: []want{{"a", 1, crypto.SHA512, sha512A}}},
		"SHA-384 by label":         {manifest: "SHA384 (a) = " + sha384A + "\n", want: []want{{"a", 1, crypto.SHA384, sha384A}}},
		"SHA-512 by label":         {manifest: "SHA512 (a) = " + sha512A + "\n", want: []want{{"a", 1, crypto.SHA512, sha512A}}},
		"BLAKE2b":                  {manifest: "BLAKE2b (a) = " + blake2bA + "\n", want: []want{{"a", 1, crypto.BLAKE2b_512, blake2bA}}},
		"BLAKE2b-512":              {manifest: "BLAKE2b-512 (a) = " + blake2bA + "\n", want: []want{{"a", 1, crypto.BLAKE2b_512, blake2bA}}},
		"several algorithms, the longest first": {
			manifest: "MD5 (a) = " + md5A + "\n" + sha256A + "  a\nSHA512 (a) = " + sha512A + "\nSHA1 (a) = " + sha1A + "\nBLAKE2b (a) = " + blake2bA + "\n" + sha384A + " *./a\n",
			want:     []want{{"a", 3, crypto.SHA512, sha512A}, {"a", 5, crypto.BLAKE2b_512, blake2bA}, {"./a", 6, crypto.SHA384, sha384A}, {"a", 2, crypto.SHA256, sha256A}},
		},
		"passed over": {
			manifest: md5A + "  a\n" + sha1A + " *a\n" + sha224A + "  a\nMD5 (a) = " + md5A + "\nSHA1 (a) = " + sha1A + "\nRMD160 (a) = " + sha1A +
				"\nSHA224 (a) = " + sha224A + "\nSHA3-224 (a) = " + sha224A + "\nSHA3-256 (a) = " + sha256B + "\nSHA3-384 (a) = " + sha384A + "\nSHA3-512 (a) = " + sha512A +
				"\nSHA512t256 (a) = " + sha256B + "\nBLAKE2s (a) = " + sha256B + "\nBLAKE3 (a) = " + sha256B + "\nSM3 (a) = " + sha256B +
				"\nBLAKE2b-256 (a) = " + sha256B + "\nBLAKE2b-8 (a) = 00\nBLAKE2b-504 (a) = " + blake2bA[:126] + "\n" + sha256A + "  a\n",
			want: one("a", 19),
		},
		"the same weak digest twice":    {manifest: md5A + "  a\n" + md5A + "  a\n" + sha256A + "  a\n", want: one("a", 3)},
		"./":                            {manifest: sha256A + "  ./a\n", want: one("./a", 1)},
		"./ asked for":                  {manifest: sha256A + "  a\n", name: "./a", want: one("a", 1)},
		"a folder":                      {manifest: sha256A + "  dist/v1/a\n", want: one("dist/v1/a", 1)},
		"./ and a folder":               {manifest: sha256A + "  ./dist/a\n", want: one("./dist/a", 1)},
		"./ asked for, a folder":        {manifest: sha256A + "  x/a\n", name: "./a", want: one("x/a", 1)},
		"a folder asked for":            {manifest: sha256A + "  a\n", name: "dist/a", want: one("a", 1)},
		"the same folder":               {manifest: sha256A + "  x/a\n" + sha256B + "  y/a\n", name: "x/a", want: one("x/a", 1)},
		"the whole name goes first":     {manifest: sha256B + "  x/a\n" + sha256B + "  y/a\n" + sha256A + "  a\n", want: one("a", 3)},
		"two algorithms, one folder":    {manifest: sha512A + "  x/a\n" + sha256A + "  ./x/a\n", want: []want{{"x/a", 1, crypto.SHA512, sha512A}, {"./x/a", 2, crypto.SHA256, sha256A}}},
		"others with the same digest":   {manifest: sha256A + "  a\n" + sha256A + "  b\n", want: one("a", 1)},
		"others twice":                  {manifest: sha256B + "  b\n" + sha256A + "  a\n" + sha256A + "  b\n", want: one("a", 2)},
		"part of another name":          {manifest: sha256B + "  aa\n" + sha256B + "  a.sig\n" + sha256A + "  a\n" + sha256B + "  A\n" + sha256B + "  a \n" + sha256B + "   a\n", want: one("a", 3)},
		"spaces":                        {manifest: sha256A + "  a b  c\n", name: "a b  c", want: one("a b  c", 1)},
		"a space before":                {manifest: sha256A + "   a\n", name: " a", want: one(" a", 1)},
		"a star before":                 {manifest: sha256A + " **a\n", name: "*a", want: one("*a", 1)},
		"parentheses":                   {manifest: "SHA256 (a (1)) = " + sha256A + "\n", name: "a (1)", want: one("a (1)", 1)},
		"a line inside a line":          {manifest: "SHA256 (a) = " + sha256B + ") = " + sha256A + "\n", name: "a) = " + sha256B, want: one("a) = "+sha256B, 1)},
		"GNU that looks like BSD":       {manifest: sha256A + "  SHA256 (a) = " + sha256B + "\n", name: "SHA256 (a) = " + sha256B, want: one("SHA256 (a) = "+sha256B, 1)},
		"dots":                          {manifest: sha256A + "  ..a...b..\n", name: "..a...b..", want: one("..a...b..", 1)},
		"not ASCII":                     {manifest: sha256A + "  é-日本.tgz\n", name: "é-日本.tgz", want: one("é-日本.tgz", 1)},
		"a colon":                       {manifest: sha256A + "  1:2.deb\n", name: "1:2.deb", want: one("1:2.deb", 1)},
		"alone":                         {manifest: sha256A + "\n", manifestName: "a.sha256", want: one("", 1)},
		"alone, no end":                 {manifest: sha256A, manifestName: "a.sha256sum", want: one("", 1)},
		"alone, CRLF, upper case":       {manifest: strings.ToUpper(sha256A) + "\r\n", manifestName: "a.SHA-256.txt", want: one("", 1)},
		"alone, SHA-384":                {manifest: sha384A, manifestName: "a.sha384", want: []want{{"", 1, crypto.SHA384, sha384A}}},
		"alone, SHA-512":                {manifest: sha512A, manifestName: "a.sha512sums.asc", want: []want{{"", 1, crypto.SHA512, sha512A}}},
		"alone, no label":               {manifest: sha512A, manifestName: "a.sum", want: []want{{"", 1, crypto.SHA512, sha512A}}},
		"alone, folders":                {manifest: sha256A, manifestName: "v1/a.sha_256", name: "dist/a", want: one("", 1)},
		"not alone, under another name": {manifest: sha256A + "  b\n" + sha256B + "  a\n", manifestName: "b.sha256", name: "b", want: one("b", 1)},
	} {
		t.Run(what, func(t *testing.T) {
			manifestName, name := "SHA256SUMS", "a"
			if c.manifestName != "" {
				manifestName = c.manifestName
			}
			if c.name != "" {
				name = c.name
			}
			check(t, c.manifest, manifestName, name, c.want)
		})
	}
}

func check(t *testing.T, manifest, manifestName, name string, wants []want) {
	t.Helper()
	got, err := checksums.Find([]byte(manifest), manifestName, name)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(wants) {
		t.Fatalf("%v, want %v", got, wants)
	}
	for i, w := range wants {
		if want := (checksums.Entry{Name: w.name, Line: w.line, Digest: digest(t, w.hash, w.digits)}); got[i] != want {
			t.Errorf("%+v, want %+v", got[i], want)
		}
	}
}

// refused checks the sentinel, a part of the message, and that no other
// sentinel is wrapped.
func refused(t *testing.T, manifest, manifestName, name string, want error, text string) {
	t.Helper()
	got, err := checksums.Find([]byte(manifest), manifestName, name)
	if got != nil || !errors.Is(err, want) || !strings.Contains(err.Error(), text) || len(err.Error()) >= 500 {
		t.Fatalf("%v, %v, want %v and %q", got, err, want, text)
	}
	for _, other := range []error{algorithm.ErrMalformed, algorithm.ErrNameMismatch, algorithm.ErrWeak, algorithm.ErrUnsupported, algorithm.ErrTooLarge, algorithm.ErrInvalid} {
		if !errors.Is(want, other) && errors.Is(err, other) {
			t.Errorf("%v, which is %v too", err, other)
		}
	}
}

// TestOddLine: one line makes the whole manifest malformed, wherever it stands.
func TestOddLine(t *testing.T) {
	for line, text := range map[string]string{
		sha256A + " b":                                "not of the form", // one space
		sha256A + "\tb":                               "control character U+0009",
		sha256A + " \tb":                              "control character U+0009",
		sha256A + "b":                                 "not of the form",
		sha256A:                                       "not of the form", // alone, but for the others
		" " + sha256A + "  b":                         "not of the form",
		" ":                                           "not of the form",
		"\t":                                          "control character U+0009",
		" # comment":                                  "not of the form",
		"comment":                                     "not of the form",
		"-----BEGIN PGP SIGNED MESSAGE-----":          "not of the form",
		"Hash: SHA256":                                "not of the form",
		"- " + sha256A + "  b":                        "not of the form",
		"\ufeff" + sha256A + "  b":                    "not of the form",
		"0x" + sha256A + "  b":                        "not of the form",
		"sha256:" + sha256A + "  b":                   "not of the form",
		"..." + "":                                    "not of the form",
		sha256A[1:] + "  b":                           "63 hex digits",
		sha256A + "0  b":                              "65 hex digits",
		"0  b":                                        "1 hex digits",
		sha256A[1:] + "g  b":                          "not of the form",
		`\` + sha256A + `  b`:                         "escaped",
		`\` + sha256A + `  b\nc`:                      "escaped",
		`\SHA256 (b) = ` + sha256A:                    "escaped",
		sha256A + `  dist\b`:                          "backslash",
		`SHA256 (dist\b) = ` + sha256A:                "backslash",
		sha256A + "  ":                                "empty name",
		sha256A + " *":                                "empty name",
		"SHA256 () = " + sha256A:                      "empty name",
		sha256A + "  ./":                              `has "" as an element`,
		sha256A + "  .":                               `has "." as an element`,
		sha256A + "  ././b":                           `has "." as an element`,
		sha256A + "  x/./b":                           `has "." as an element`,
		sha256A + "  x/.":                             `has "." as an element`,
		sha256A + "  ..":                              `has ".." as an element`,
		sha256A + "  ../b":                            `has ".." as an element`,
		sha256A + "  ./../b":                          `has ".." as an element`,
		sha256A + "  x/../b":                          `has ".." as an element`,
		sha256A + "  x/..":                            `has ".." as an element`,
		"SHA256 (x/../b) = " + sha256A:                `has ".." as an element`,
		"MD5 (x/../b) = " + md5A:                      `has ".." as an element`,
		sha256A + "  x//b":                            `has "" as an element`,
		sha256A + "  x/":                              `has "" as an element`,
		sha256A + "  .//b":                            `has "" as an element`,
		sha256A + "  /b":                              "absolute",
		sha256A + "  C:/b":                            "absolute",
		sha256A + "  b\x00":                           "control character U+0000",
		sha256A + "  b\x00c":                          "control character U+0000",
		sha256A + "  b\x1b[2K":                        "control character U+001B",
		sha256A + "  b\rc":                            "control character U+000D",
		sha256A + "  b\r\r":                           "control character U+000D",
		sha256A + "  b\x7f":                           "control character U+007F",
		sha256A + "  b\u0085":                         "control character U+0085",
		sha256A + "  b\u2028":                         "control character U+2028",
		sha256A + "  b\u2029":                         "control character U+2029",
		sha256A + "  b\u202egz.exe":                   "control character U+202E",
		sha256A + "  b\u2066":                         "control character U+2066",
		sha256A + "  b\xff":                           "not UTF-8",
		sha256A + "  b\xc0\xaf":                       "not UTF-8",
		"# \x1b[2K":                                   "control character U+001B",
		"# \xff":                                      "not UTF-8",
		"SHA256 (b) = " + sha256A + " ":               "64 hex digits",
		"SHA256 (b) =  " + sha256A:                    "64 hex digits",
		"SHA256 (b) = " + sha256A[1:]:                 "64 hex digits",
		"SHA256 (b) = " + sha256A + "00":              "64 hex digits",
		"SHA256 (b) = " + sha512A:                     "64 hex digits",
		"SHA512 (b) = " + sha256A:                     "128 hex digits",
		"SHA384 (b) = " + sha256A:                     "96 hex digits",
		"BLAKE2b (b) = " + sha256A:                    "128 hex digits",
		"BLAKE2b-256 (b) = " + sha512A:                "64 hex digits",
		"SHA256 (b) = " + sha256A[1:] + "g":           "64 hex digits",
		"SHA256 (b) = ":                               "64 hex digits",
		"MD5 (b) = " + sha256A:                        "32 hex digits",
		"SHA1 (b) = " + md5A:                          "40 hex digits",
		"SHA256 (b) - " + sha256A:                     "not of the form",
		"SHA256 (b)= " + sha256A:                      "not of the form",
		"SHA256(b) = " + sha256A:                      "not of the form",
		"SHA256(b)= " + sha256A:                       "not of the form",
		"SHA256 b = " + sha256A:                       "not of the form",
		" SHA256 (b) = " + sha256A:                    `a digest by " SHA256"`,
		" (b) = " + sha256A:                           `a digest by ""`,
		"sha256 (b) = " + sha256A:                     `a digest by "sha256"`,
		"SHA-256 (b) = " + sha256A:                    `a digest by "SHA-256"`,
		"SHA2-256 (b) = " + sha256A:                   `a digest by "SHA2-256"`,
		"SIZE (b) = 1234":                             `a digest by "SIZE"`,
		"BLAKE2b-0 (b) = ":                            `a digest by "BLAKE2b-0"`,
		"BLAKE2b- (b) = " + sha512A:                   `a digest by "BLAKE2b-"`,
		"BLAKE2b-12 (b) = 000":                        `a digest by "BLAKE2b-12"`,
		"BLAKE2b-0512 (b) = " + sha512A:               `a digest by "BLAKE2b-0512"`,
		"BLAKE2b-+8 (b) = 00":                         `a digest by "BLAKE2b-+8"`,
		"BLAKE2b-520 (b) = " + sha512A + "00":         `a digest by "BLAKE2b-520"`,
		strings.Repeat("\U000f0000", 999):             "not of the form",
		strings.Repeat("\U000f0000", 999) + " (b) = ": "which is not known",
		sha256A + "  " + strings.Repeat("\U000f0000", 999) + "//": `has "" as an element`,
	} {
		good := sha256A + "  a\n"
		refused(t, line+"\n"+good, "SHA256SUMS", "a", algorithm.ErrMalformed, "line 1 of the checksum manifest: ")
		refused(t, good+"\n"+line, "SHA256SUMS", "a", algorithm.ErrMalformed, "line 3 of the checksum manifest: ")
		refused(t, good+"\n"+line+"\r\n", "SHA256SUMS", "a", algorithm.ErrMalformed, text)
		check(t, good+"\n#\n", "SHA256SUMS", "a", []want{{"a", 1, crypto.SHA256, sha256A}})
	}
}

func TestRefused(t *testing.T) {
	far := strings.Repeat("\U000f0000", 999) // ten bytes each in a message
	for what, c := range map[string]struct {
		manifest, manifestName, name string // default: SHA256SUMS, a
		want                         error
		text                         string
	}{
		"empty":                            {want: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"blank":                            {manifest: "\n\n", want: algorithm.ErrNameMismatch},
		"comments":                         {manifest: "# " + sha256A + "  a\n#" + sha256A + "  a\n", want: algorithm.ErrNameMismatch},
		"absent":                           {manifest: sha256A + "  b\n", want: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"another case":                     {manifest: sha256A + "  A\n", want: algorithm.ErrNameMismatch},
		"a longer name":                    {manifest: sha256A + "  aa\n" + sha256A + "  a.a\n" + sha256A + "  a/b\n", want: algorithm.ErrNameMismatch},
		"a space before it":                {manifest: sha256A + "   a\n", want: algorithm.ErrNameMismatch},
		"a star before it":                 {manifest: sha256A + " **a\n", want: algorithm.ErrNameMismatch},
		"another folder":                   {manifest: sha256A + "  darwin/a\n", name: "linux/a", want: algorithm.ErrNameMismatch, text: "linux/a"},
		"a deeper folder":                  {manifest: sha256A + "  x/linux/a\n", name: "linux/a", want: algorithm.ErrNameMismatch},
		"a line inside a line":             {manifest: "SHA256 (a) = " + sha256A + ") = " + sha256A + "\n", want: algorithm.ErrNameMismatch},
		"two digests":                      {manifest: sha256A + "  a\n" + sha256B + "  b\n" + sha256B + "  a\n", want: algorithm.ErrMalformed, text: `line 3 of the checksum manifest: a second sha256 of "a", after that of line 1`},
		"two digests, GNU and BSD":         {manifest: sha256A + "  a\nSHA256 (a) = " + sha256B + "\n", want: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, with and without ./": {manifest: sha256A + "  a\n" + sha256B + "  ./a\n", want: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, after others":        {manifest: sha512A + "  a\n" + sha256A + "  a\nSHA512 (a) = " + sha512B + "\n", want: algorithm.ErrMalformed, text: "a second sha512"},
		"two BLAKE2b":                      {manifest: "BLAKE2b (a) = " + blake2bA + "\nBLAKE2b-512 (a) = " + sha512B + "\n", want: algorithm.ErrMalformed, text: "a second blake2b-512"},
		"the same digest twice":            {manifest: sha256A + "  a\n" + sha256A + "  a\n", want: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, in a folder":         {manifest: sha256A + "  x/a\n" + sha256B + "  x/a\n", want: algorithm.ErrMalformed, text: "a second sha256"},
		"two folders":                      {manifest: sha256A + "  x/a\n" + sha256B + "  y/a\n", want: algorithm.ErrMalformed, text: `line 2 of the checksum manifest: "y/a" may be meant, or that of line 1`},
		"two folders, one digest":          {manifest: sha256A + "  x/a\n" + sha256A + "  y/a\n", want: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, two hashes":          {manifest: sha256A + "  x/a\n" + sha512A + "  y/a\n", want: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, one weak":            {manifest: md5A + "  x/a\n" + sha256A + "  y/a\n", want: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, one weak, after":     {manifest: sha256A + "  x/a\n" + md5A + "  y/a\n", want: algorithm.ErrMalformed, text: "may be meant"},
		"MD5":                              {manifest: md5A + "  a\n" + sha256A + "  b\n", want: algorithm.ErrWeak, text: "line 1"},
		"MD5 and SHA-1, labelled":          {manifest: "MD5 (a) = " + md5A + "\nSHA1 (a) = " + sha1A + "\nRMD160 (a) = " + sha1A + "\n", want: algorithm.ErrWeak},
		"SHA-1":                            {manifest: sha1A + " *a\n", want: algorithm.ErrWeak},
		"MD5, and better in a folder":      {manifest: md5A + "  a\n" + sha256A + "  x/a\n", want: algorithm.ErrWeak},
		"SHA-224":                          {manifest: sha224A + "  a\n", want: algorithm.ErrUnsupported, text: "line 1"},
		"SHA3-256":                         {manifest: "SHA3-256 (a) = " + sha256A + "\n", want: algorithm.ErrUnsupported},
		"BLAKE2b-256 after MD5":            {manifest: "MD5 (a) = " + md5A + "\nBLAKE2b-256 (a) = " + sha256A + "\n", want: algorithm.ErrUnsupported},
		"BLAKE2b-256 before MD5":           {manifest: "BLAKE2b-256 (a) = " + sha256A + "\nMD5 (a) = " + md5A + "\n", want: algorithm.ErrUnsupported},
		"alone, not its name":              {manifest: sha256A + "\n", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, of another":                {manifest: sha256A + "\n", manifestName: "b.sha256", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, of a longer name":          {manifest: sha256A + "\n", manifestName: "ab.sha256", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no suffix":                 {manifest: sha256A + "\n", manifestName: "a", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, a dot":                     {manifest: sha256A + "\n", manifestName: "a.", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no dot":                    {manifest: sha256A + "\n", manifestName: "a-sha256", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, hidden":                    {manifest: sha256A + "\n", manifestName: ".b.sha256", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no name":                   {manifest: sha256A + "\n", manifestName: "-", want: algorithm.ErrNameMismatch, text: "alone"},
		"alone, SHA-512 named SHA-256":     {manifest: sha512A, manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, SHA-256 named SHA-512":     {manifest: sha256A, manifestName: "a.Sha-512sum.txt", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, SHA-256 named SHA-384":     {manifest: sha256A, manifestName: "a.sha384", want: algorithm.ErrMalformed},
		"alone, SHA-256 named MD5":         {manifest: sha256A, manifestName: "a.md5", want: algorithm.ErrMalformed},
		"alone, two labels":                {manifest: sha256A, manifestName: "a.sha256.sha512", want: algorithm.ErrMalformed},
		"alone, BLAKE2b":                   {manifest: sha512A, manifestName: "a.blake2b", want: algorithm.ErrMalformed},
		"alone, BLAKE3":                    {manifest: sha256A, manifestName: "a.b3", want: algorithm.ErrMalformed},
		"alone, SHA3-512":                  {manifest: sha512A, manifestName: "a.sha3-512", want: algorithm.ErrMalformed},
		"alone, SHA3-384":                  {manifest: sha384A, manifestName: "a.sha3-384", want: algorithm.ErrMalformed},
		"alone, SHA-512/256":               {manifest: sha256A, manifestName: "a.sha512_256", want: algorithm.ErrMalformed},
		"alone, b2sum":                     {manifest: sha512A, manifestName: "a.b2sum", want: algorithm.ErrMalformed},
		"alone, RMD160":                    {manifest: sha1A, manifestName: "a.rmd160", want: algorithm.ErrMalformed},
		"alone, RIPEMD-160":                {manifest: sha1A, manifestName: "a.ripemd160", want: algorithm.ErrMalformed},
		"alone, SM3":                       {manifest: sha256A, manifestName: "a.sm3", want: algorithm.ErrMalformed},
		"alone, SHA-256 named SHA-224":     {manifest: sha256A, manifestName: "a.sha224", want: algorithm.ErrMalformed},
		"alone, SHA-256 named SHA-1":       {manifest: sha256A, manifestName: "a.sha1sum", want: algorithm.ErrMalformed},
		"alone, MD5":                       {manifest: md5A, manifestName: "a.md5", want: algorithm.ErrWeak},
		"alone, SHA-1":                     {manifest: sha1A, manifestName: "a.sum", want: algorithm.ErrWeak},
		"alone, SHA-224":                   {manifest: sha224A, manifestName: "a.sha224", want: algorithm.ErrUnsupported},
		"alone, another length":            {manifest: sha256A[2:], manifestName: "a.sum", want: algorithm.ErrMalformed, text: "62 hex digits"},
		"alone, two lines":                 {manifest: sha256A + "\n" + sha256A + "\n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, a blank line":              {manifest: sha256A + "\n\n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, a comment":                 {manifest: "#\n" + sha256A + "\n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 2"},
		"alone, a space after":             {manifest: sha256A + " \n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, a space before":            {manifest: " " + sha256A + "\n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"alone, escaped":                   {manifest: `\` + sha256A + "\n", manifestName: "a.sha256", want: algorithm.ErrMalformed, text: "line 1"},
		"another name in a.sha256":         {manifest: sha256A + "  b\n", manifestName: "a.sha256", want: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"a traversal asked for":            {manifest: sha256A + "  a\n", name: "../a", want: algorithm.ErrMalformed, text: "to look for"},
		"an absolute path asked for":       {manifest: sha256A + "  a\n", name: "/a", want: algorithm.ErrMalformed, text: "to look for"},
		"a long name asked for":            {manifest: sha256A + "  a\n", name: far, want: algorithm.ErrNameMismatch},
		"a long name, twice":               {manifest: sha256A + "  " + far + "\n" + sha256A + "  " + far, name: far, want: algorithm.ErrMalformed},
		"long names, two candidates":       {manifest: sha256A + "  x/" + far + "\n" + sha256A + "  " + far + "/" + far, name: far, want: algorithm.ErrMalformed},
		"a long name, weak":                {manifest: md5A + "  " + far, name: far, want: algorithm.ErrWeak},
		"a long name, alone":               {manifest: sha256A, name: far, want: algorithm.ErrNameMismatch},
		"a long suffix":                    {manifest: sha256A, manifestName: "a." + far + ".md5", want: algorithm.ErrMalformed},
		"a long bad name asked for":        {name: far + "//", want: algorithm.ErrMalformed, text: "to look for"},
	} {
		t.Run(what, func(t *testing.T) {
			manifestName, name := "SHA256SUMS", "a"
			if c.manifestName != "" {
				manifestName = c.manifestName
			}
			if c.name != "" {
				name = c.name
			}
			refused(t, c.manifest, manifestName, name, c.want, c.text)
		})
	}
	refused(t, sha256A+"  a\n", "SHA256SUMS", "", algorithm.ErrMalformed, "to look for")
	refused(t, sha256A, ".sha256", "", algorithm.ErrMalformed, "to look for")
}
