package checksums_test

import (
	"cmp"
	"crypto"
	"crypto/md5"  // to be passed over
	"crypto/sha1" // to be passed over
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
)

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

// The digests of two artifacts, so that the manifests are good ones for programs
// that look at the files.
const artifactA, artifactB = "artifact a\n", "artifact b\n"

var (
	md5A, sha1A      = digits(md5.New(), artifactA), digits(sha1.New(), artifactA)
	sha224A          = digits(sha256.New224(), artifactA)
	sha256A, sha256B = digits(sha256.New(), artifactA), digits(sha256.New(), artifactB)
	sha384A          = digits(sha512.New384(), artifactA)
	sha512A, sha512B = digits(sha512.New(), artifactA), digits(sha512.New(), artifactB)
	blake2bA         = digits(blake2b512(), artifactA)
)

func digits(h hash.Hash, data string) string {
	_, _ = h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil))
}

func blake2b512() hash.Hash {
	h, err := blake2b.New512(nil)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	return h
}

// want is an entry without the digest's type.
type want struct {
	name   string
	line   int
	hash   crypto.Hash
	digits string
}

// A question is which digests a manifest has of an artifact.
type question struct {
	manifest, manifestName, name string // default: SHA256SUMS, a

	want []want

	// of one that is refused
	sentinel error
	text     string
}

func (q question) names() (manifestName, name string) {
	return cmp.Or(q.manifestName, "SHA256SUMS"), cmp.Or(q.name, "a")
}

func answered() map[string]question {
	one := func(name string, line int) []want { return []want{{name, line, crypto.SHA256, sha256A}} }
	return map[string]question{
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
	}
}

func TestFound(t *testing.T) {
	for what, q := range answered() {
		t.Run(what, func(t *testing.T) {
			manifestName, name := q.names()
			check(t, q.manifest, manifestName, name, q.want)
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

// An oddLine makes a whole manifest malformed.
type oddLine struct{ name, line, text string }

func oddLines() []oddLine {
	return []oddLine{
		{"one-space", sha256A + " b", "not of the form"}, // one space
		{"one-tab", sha256A + "\tb", "control character U+0009"},
		{"space-and-tab", sha256A + " \tb", "control character U+0009"},
		{"no-space", sha256A + "b", "not of the form"},
		{"hash-alone-among-others", sha256A, "not of the form"}, // alone, but for the others
		{"space-first", " " + sha256A + "  b", "not of the form"},
		{"only-a-space", " ", "not of the form"},
		{"only-a-tab", "\t", "control character U+0009"},
		{"space-before-comment", " # comment", "not of the form"},
		{"text", "comment", "not of the form"},
		{"pgp-header", "-----BEGIN PGP SIGNED MESSAGE-----", "not of the form"},
		{"pgp-hash-header", "Hash: SHA256", "not of the form"},
		{"dash-escaped", "- " + sha256A + "  b", "not of the form"},
		{"byte-order-mark", "\ufeff" + sha256A + "  b", "not of the form"},
		{"hex-prefix", "0x" + sha256A + "  b", "not of the form"},
		{"hash-name-prefix", "sha256:" + sha256A + "  b", "not of the form"},
		{"dots", "..." + "", "not of the form"},
		{"digit-missing", sha256A[1:] + "  b", "63 hex digits"},
		{"digit-too-many", sha256A + "0  b", "65 hex digits"},
		{"one-digit", "0  b", "1 hex digits"},
		{"bad-digit", sha256A[1:] + "g  b", "not of the form"},
		{"escaped", `\` + sha256A + `  b`, "escaped"},
		{"escaped-newline", `\` + sha256A + `  b\nc`, "escaped"},
		{"escaped-bsd", `\SHA256 (b) = ` + sha256A, "escaped"},
		{"backslash-in-name", sha256A + `  dist\b`, "backslash"},
		{"backslash-in-name-bsd", `SHA256 (dist\b) = ` + sha256A, "backslash"},
		{"empty-name", sha256A + "  ", "empty name"},
		{"empty-name-binary", sha256A + " *", "empty name"},
		{"empty-name-bsd", "SHA256 () = " + sha256A, "empty name"},
		{"dot-slash-alone", sha256A + "  ./", `has "" as an element`},
		{"dot", sha256A + "  .", `has "." as an element`},
		{"dot-slash-twice", sha256A + "  ././b", `has "." as an element`},
		{"dot-inside", sha256A + "  x/./b", `has "." as an element`},
		{"dot-last", sha256A + "  x/.", `has "." as an element`},
		{"dot-dot", sha256A + "  ..", `has ".." as an element`},
		{"parent", sha256A + "  ../b", `has ".." as an element`},
		{"parent-after-dot", sha256A + "  ./../b", `has ".." as an element`},
		{"parent-inside", sha256A + "  x/../b", `has ".." as an element`},
		{"parent-last", sha256A + "  x/..", `has ".." as an element`},
		{"parent-inside-bsd", "SHA256 (x/../b) = " + sha256A, `has ".." as an element`},
		{"parent-inside-md5", "MD5 (x/../b) = " + md5A, `has ".." as an element`},
		{"slash-twice", sha256A + "  x//b", `has "" as an element`},
		{"slash-last", sha256A + "  x/", `has "" as an element`},
		{"slash-after-dot", sha256A + "  .//b", `has "" as an element`},
		{"absolute", sha256A + "  /b", "absolute"},
		{"drive", sha256A + "  C:/b", "absolute"},
		{"nul-last", sha256A + "  b\x00", "control character U+0000"},
		{"nul-inside", sha256A + "  b\x00c", "control character U+0000"},
		{"escape-sequence", sha256A + "  b\x1b[2K", "control character U+001B"},
		{"cr-inside", sha256A + "  b\rc", "control character U+000D"},
		{"cr-twice", sha256A + "  b\r\r", "control character U+000D"},
		{"del", sha256A + "  b\x7f", "control character U+007F"},
		{"next-line", sha256A + "  b\u0085", "control character U+0085"},
		{"line-separator", sha256A + "  b\u2028", "control character U+2028"},
		{"paragraph-separator", sha256A + "  b\u2029", "control character U+2029"},
		{"bidi-override", sha256A + "  b\u202egz.exe", "control character U+202E"},
		{"bidi-isolate", sha256A + "  b\u2066", "control character U+2066"},
		{"not-utf8", sha256A + "  b\xff", "not UTF-8"},
		{"overlong-utf8", sha256A + "  b\xc0\xaf", "not UTF-8"},
		{"escape-in-comment", "# \x1b[2K", "control character U+001B"},
		{"not-utf8-in-comment", "# \xff", "not UTF-8"},
		{"bsd-space-after", "SHA256 (b) = " + sha256A + " ", "64 hex digits"},
		{"bsd-two-spaces", "SHA256 (b) =  " + sha256A, "64 hex digits"},
		{"bsd-digit-missing", "SHA256 (b) = " + sha256A[1:], "64 hex digits"},
		{"bsd-digits-too-many", "SHA256 (b) = " + sha256A + "00", "64 hex digits"},
		{"bsd-sha256-with-sha512", "SHA256 (b) = " + sha512A, "64 hex digits"},
		{"bsd-sha512-with-sha256", "SHA512 (b) = " + sha256A, "128 hex digits"},
		{"bsd-sha384-with-sha256", "SHA384 (b) = " + sha256A, "96 hex digits"},
		{"bsd-blake2b-with-sha256", "BLAKE2b (b) = " + sha256A, "128 hex digits"},
		{"bsd-blake2b-256-with-sha512", "BLAKE2b-256 (b) = " + sha512A, "64 hex digits"},
		{"bsd-bad-digit", "SHA256 (b) = " + sha256A[1:] + "g", "64 hex digits"},
		{"bsd-no-digits", "SHA256 (b) = ", "64 hex digits"},
		{"bsd-md5-with-sha256", "MD5 (b) = " + sha256A, "32 hex digits"},
		{"bsd-sha1-with-md5", "SHA1 (b) = " + md5A, "40 hex digits"},
		{"bsd-minus", "SHA256 (b) - " + sha256A, "not of the form"},
		{"bsd-no-space-before-equals", "SHA256 (b)= " + sha256A, "not of the form"},
		{"bsd-no-space-before-parenthesis", "SHA256(b) = " + sha256A, "not of the form"},
		{"openssl", "SHA256(b)= " + sha256A, "not of the form"},
		{"bsd-no-parentheses", "SHA256 b = " + sha256A, "not of the form"},
		{"bsd-space-first", " SHA256 (b) = " + sha256A, `a digest by " SHA256"`},
		{"bsd-no-label", " (b) = " + sha256A, `a digest by ""`},
		{"bsd-lower-case-label", "sha256 (b) = " + sha256A, `a digest by "sha256"`},
		{"bsd-label-with-dash", "SHA-256 (b) = " + sha256A, `a digest by "SHA-256"`},
		{"bsd-sha2-256-label", "SHA2-256 (b) = " + sha256A, `a digest by "SHA2-256"`},
		{"bsd-size", "SIZE (b) = 1234", `a digest by "SIZE"`},
		{"bsd-blake2b-0", "BLAKE2b-0 (b) = ", `a digest by "BLAKE2b-0"`},
		{"bsd-blake2b-no-length", "BLAKE2b- (b) = " + sha512A, `a digest by "BLAKE2b-"`},
		{"bsd-blake2b-12", "BLAKE2b-12 (b) = 000", `a digest by "BLAKE2b-12"`},
		{"bsd-blake2b-leading-zero", "BLAKE2b-0512 (b) = " + sha512A, `a digest by "BLAKE2b-0512"`},
		{"bsd-blake2b-plus", "BLAKE2b-+8 (b) = 00", `a digest by "BLAKE2b-+8"`},
		{"bsd-blake2b-520", "BLAKE2b-520 (b) = " + sha512A + "00", `a digest by "BLAKE2b-520"`},
		{"long-text", strings.Repeat("\U000f0000", 999), "not of the form"},
		{"long-label", strings.Repeat("\U000f0000", 999) + " (b) = ", "which is not known"},
		{"long-name", sha256A + "  " + strings.Repeat("\U000f0000", 999) + "//", `has "" as an element`},
	}
}

// TestOddLine: one line makes the whole manifest malformed, wherever it stands.
func TestOddLine(t *testing.T) {
	for _, odd := range oddLines() {
		line, text := odd.line, odd.text
		good := sha256A + "  a\n"
		refused(t, line+"\n"+good, "SHA256SUMS", "a", algorithm.ErrMalformed, "line 1 of the checksum manifest: ")
		refused(t, good+"\n"+line, "SHA256SUMS", "a", algorithm.ErrMalformed, "line 3 of the checksum manifest: ")
		refused(t, good+"\n"+line+"\r\n", "SHA256SUMS", "a", algorithm.ErrMalformed, text)
		check(t, good+"\n#\n", "SHA256SUMS", "a", []want{{"a", 1, crypto.SHA256, sha256A}})
	}
}

func refusedQuestions() map[string]question {
	far := strings.Repeat("\U000f0000", 999) // ten bytes each in a message
	return map[string]question{
		"empty":                            {sentinel: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"blank":                            {manifest: "\n\n", sentinel: algorithm.ErrNameMismatch},
		"comments":                         {manifest: "# " + sha256A + "  a\n#" + sha256A + "  a\n", sentinel: algorithm.ErrNameMismatch},
		"absent":                           {manifest: sha256A + "  b\n", sentinel: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"another case":                     {manifest: sha256A + "  A\n", sentinel: algorithm.ErrNameMismatch},
		"a longer name":                    {manifest: sha256A + "  aa\n" + sha256A + "  a.a\n" + sha256A + "  a/b\n", sentinel: algorithm.ErrNameMismatch},
		"a space before it":                {manifest: sha256A + "   a\n", sentinel: algorithm.ErrNameMismatch},
		"a star before it":                 {manifest: sha256A + " **a\n", sentinel: algorithm.ErrNameMismatch},
		"another folder":                   {manifest: sha256A + "  darwin/a\n", name: "linux/a", sentinel: algorithm.ErrNameMismatch, text: "linux/a"},
		"a deeper folder":                  {manifest: sha256A + "  x/linux/a\n", name: "linux/a", sentinel: algorithm.ErrNameMismatch},
		"a line inside a line":             {manifest: "SHA256 (a) = " + sha256A + ") = " + sha256A + "\n", sentinel: algorithm.ErrNameMismatch},
		"two digests":                      {manifest: sha256A + "  a\n" + sha256B + "  b\n" + sha256B + "  a\n", sentinel: algorithm.ErrMalformed, text: `line 3 of the checksum manifest: a second sha256 of "a", after that of line 1`},
		"two digests, GNU and BSD":         {manifest: sha256A + "  a\nSHA256 (a) = " + sha256B + "\n", sentinel: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, with and without ./": {manifest: sha256A + "  a\n" + sha256B + "  ./a\n", sentinel: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, after others":        {manifest: sha512A + "  a\n" + sha256A + "  a\nSHA512 (a) = " + sha512B + "\n", sentinel: algorithm.ErrMalformed, text: "a second sha512"},
		"two BLAKE2b":                      {manifest: "BLAKE2b (a) = " + blake2bA + "\nBLAKE2b-512 (a) = " + sha512B + "\n", sentinel: algorithm.ErrMalformed, text: "a second blake2b-512"},
		"the same digest twice":            {manifest: sha256A + "  a\n" + sha256A + "  a\n", sentinel: algorithm.ErrMalformed, text: "a second sha256"},
		"two digests, in a folder":         {manifest: sha256A + "  x/a\n" + sha256B + "  x/a\n", sentinel: algorithm.ErrMalformed, text: "a second sha256"},
		"two folders":                      {manifest: sha256A + "  x/a\n" + sha256B + "  y/a\n", sentinel: algorithm.ErrMalformed, text: `line 2 of the checksum manifest: "y/a" may be meant, or that of line 1`},
		"two folders, one digest":          {manifest: sha256A + "  x/a\n" + sha256A + "  y/a\n", sentinel: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, two hashes":          {manifest: sha256A + "  x/a\n" + sha512A + "  y/a\n", sentinel: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, one weak":            {manifest: md5A + "  x/a\n" + sha256A + "  y/a\n", sentinel: algorithm.ErrMalformed, text: "may be meant"},
		"two folders, one weak, after":     {manifest: sha256A + "  x/a\n" + md5A + "  y/a\n", sentinel: algorithm.ErrMalformed, text: "may be meant"},
		"MD5":                              {manifest: md5A + "  a\n" + sha256A + "  b\n", sentinel: algorithm.ErrWeak, text: "line 1"},
		"MD5 and SHA-1, labelled":          {manifest: "MD5 (a) = " + md5A + "\nSHA1 (a) = " + sha1A + "\nRMD160 (a) = " + sha1A + "\n", sentinel: algorithm.ErrWeak},
		"SHA-1":                            {manifest: sha1A + " *a\n", sentinel: algorithm.ErrWeak},
		"MD5, and better in a folder":      {manifest: md5A + "  a\n" + sha256A + "  x/a\n", sentinel: algorithm.ErrWeak},
		"SHA-224":                          {manifest: sha224A + "  a\n", sentinel: algorithm.ErrUnsupported, text: "line 1"},
		"SHA3-256":                         {manifest: "SHA3-256 (a) = " + sha256A + "\n", sentinel: algorithm.ErrUnsupported},
		"BLAKE2b-256 after MD5":            {manifest: "MD5 (a) = " + md5A + "\nBLAKE2b-256 (a) = " + sha256A + "\n", sentinel: algorithm.ErrUnsupported},
		"BLAKE2b-256 before MD5":           {manifest: "BLAKE2b-256 (a) = " + sha256A + "\nMD5 (a) = " + md5A + "\n", sentinel: algorithm.ErrUnsupported},
		"alone, not its name":              {manifest: sha256A + "\n", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, of another":                {manifest: sha256A + "\n", manifestName: "b.sha256", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, of a longer name":          {manifest: sha256A + "\n", manifestName: "ab.sha256", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no suffix":                 {manifest: sha256A + "\n", manifestName: "a", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, a dot":                     {manifest: sha256A + "\n", manifestName: "a.", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no dot":                    {manifest: sha256A + "\n", manifestName: "a-sha256", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, hidden":                    {manifest: sha256A + "\n", manifestName: ".b.sha256", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, no name":                   {manifest: sha256A + "\n", manifestName: "-", sentinel: algorithm.ErrNameMismatch, text: "alone"},
		"alone, SHA-512 named SHA-256":     {manifest: sha512A, manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, SHA-256 named SHA-512":     {manifest: sha256A, manifestName: "a.Sha-512sum.txt", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, SHA-256 named SHA-384":     {manifest: sha256A, manifestName: "a.sha384", sentinel: algorithm.ErrMalformed},
		"alone, SHA-256 named MD5":         {manifest: sha256A, manifestName: "a.md5", sentinel: algorithm.ErrMalformed},
		"alone, two labels":                {manifest: sha256A, manifestName: "a.sha256.sha512", sentinel: algorithm.ErrMalformed},
		"alone, BLAKE2b":                   {manifest: sha512A, manifestName: "a.blake2b", sentinel: algorithm.ErrMalformed},
		"alone, BLAKE3":                    {manifest: sha256A, manifestName: "a.b3", sentinel: algorithm.ErrMalformed},
		"alone, SHA3-512":                  {manifest: sha512A, manifestName: "a.sha3-512", sentinel: algorithm.ErrMalformed},
		"alone, SHA3-384":                  {manifest: sha384A, manifestName: "a.sha3-384", sentinel: algorithm.ErrMalformed},
		"alone, SHA-512/256":               {manifest: sha256A, manifestName: "a.sha512_256", sentinel: algorithm.ErrMalformed},
		"alone, b2sum":                     {manifest: sha512A, manifestName: "a.b2sum", sentinel: algorithm.ErrMalformed},
		"alone, RMD160":                    {manifest: sha1A, manifestName: "a.rmd160", sentinel: algorithm.ErrMalformed},
		"alone, RIPEMD-160":                {manifest: sha1A, manifestName: "a.ripemd160", sentinel: algorithm.ErrMalformed},
		"alone, SM3":                       {manifest: sha256A, manifestName: "a.sm3", sentinel: algorithm.ErrMalformed},
		"alone, SHA-256 named SHA-224":     {manifest: sha256A, manifestName: "a.sha224", sentinel: algorithm.ErrMalformed},
		"alone, SHA-256 named SHA-1":       {manifest: sha256A, manifestName: "a.sha1sum", sentinel: algorithm.ErrMalformed},
		"alone, MD5":                       {manifest: md5A, manifestName: "a.md5", sentinel: algorithm.ErrWeak},
		"alone, SHA-1":                     {manifest: sha1A, manifestName: "a.sum", sentinel: algorithm.ErrWeak},
		"alone, SHA-224":                   {manifest: sha224A, manifestName: "a.sha224", sentinel: algorithm.ErrUnsupported},
		"alone, another length":            {manifest: sha256A[2:], manifestName: "a.sum", sentinel: algorithm.ErrMalformed, text: "62 hex digits"},
		"alone, two lines":                 {manifest: sha256A + "\n" + sha256A + "\n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, a blank line":              {manifest: sha256A + "\n\n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, a comment":                 {manifest: "#\n" + sha256A + "\n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 2"},
		"alone, a space after":             {manifest: sha256A + " \n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, a space before":            {manifest: " " + sha256A + "\n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"alone, escaped":                   {manifest: `\` + sha256A + "\n", manifestName: "a.sha256", sentinel: algorithm.ErrMalformed, text: "line 1"},
		"another name in a.sha256":         {manifest: sha256A + "  b\n", manifestName: "a.sha256", sentinel: algorithm.ErrNameMismatch, text: `no digest of "a"`},
		"a traversal asked for":            {manifest: sha256A + "  a\n", name: "../a", sentinel: algorithm.ErrMalformed, text: "to look for"},
		"an absolute path asked for":       {manifest: sha256A + "  a\n", name: "/a", sentinel: algorithm.ErrMalformed, text: "to look for"},
		"a long name asked for":            {manifest: sha256A + "  a\n", name: far, sentinel: algorithm.ErrNameMismatch},
		"a long name, twice":               {manifest: sha256A + "  " + far + "\n" + sha256A + "  " + far, name: far, sentinel: algorithm.ErrMalformed},
		"long names, two candidates":       {manifest: sha256A + "  x/" + far + "\n" + sha256A + "  " + far + "/" + far, name: far, sentinel: algorithm.ErrMalformed},
		"a long name, weak":                {manifest: md5A + "  " + far, name: far, sentinel: algorithm.ErrWeak},
		"a long name, alone":               {manifest: sha256A, name: far, sentinel: algorithm.ErrNameMismatch},
		"a long suffix":                    {manifest: sha256A, manifestName: "a." + far + ".md5", sentinel: algorithm.ErrMalformed},
		"a long bad name asked for":        {name: far + "//", sentinel: algorithm.ErrMalformed, text: "to look for"},
	}
}

func TestRefused(t *testing.T) {
	for what, q := range refusedQuestions() {
		t.Run(what, func(t *testing.T) {
			manifestName, name := q.names()
			refused(t, q.manifest, manifestName, name, q.sentinel, q.text)
		})
	}
	refused(t, sha256A+"  a\n", "SHA256SUMS", "", algorithm.ErrMalformed, "to look for")
	refused(t, sha256A, ".sha256", "", algorithm.ErrMalformed, "to look for")
}

// TestGoodAfterBad: what is wrong with a name stays wrong, whatever its later lines
// say.
func TestGoodAfterBad(t *testing.T) {
	refused(t, sha256A+"  a\n"+sha256B+"  a\n"+sha512A+"  a\n", "SHA256SUMS", "a", algorithm.ErrMalformed, "line 2 of the checksum manifest: a second sha256")
	refused(t, sha256A+"  x/a\n"+sha256B+"  y/a\n"+sha512A+"  x/a\n", "SHA256SUMS", "a", algorithm.ErrMalformed, `line 2 of the checksum manifest: "y/a" may be meant`)
	refused(t, "  a\n", "SHA256SUMS", "a", algorithm.ErrMalformed, "not of the form")
	check(t, sha256A, "a.x", "a", []want{{"", 1, crypto.SHA256, sha256A}})
}

// TestCheckName: a name that no manifest can have is told before there is one.
func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "./a", "x/a", "1:", "1:2", "é", " a"} {
		if err := checksums.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"":        "an empty name",
		`\a`:      "has a backslash",
		`a\`:      "has a backslash",
		"/a":      "is an absolute path",
		"C:/":     "is an absolute path",
		"..":      `has ".." as an element`,
		"a//b":    `has "" as an element`,
		"a\x00":   `the name "a\x00": the control character U+0000`,
		"a\u0080": "the control character U+0080",
		"a\u202e": "the control character U+202E",
		"a\xff":   "not UTF-8",
	} {
		if err := checksums.CheckName(name); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v, want %q", name, err, text)
		}
	}
}
