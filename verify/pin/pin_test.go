package pin_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/pin"
)

const header = "# relseal pins 1: name version target digest first-seen bound file signers\n"

var day = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func sum(data string) algorithm.Digest {
	s := sha256.Sum256([]byte(data))
	d, err := algorithm.NewDigest(crypto.SHA256, s[:])
	if err != nil {
		panic(err)
	}
	return d
}

func some(name, version, target string) verify.Pin {
	return verify.Pin{Name: name, Version: version, Target: target, File: name + ".tgz", Digest: sum(name + version + target), Signers: []string{"minisign SHA256:abc"}, FirstSeen: day}
}

func newFile(tb testing.TB) pin.File {
	tb.Helper()
	return pin.File{Path: filepath.Join(tb.TempDir(), "relseal.pins")}
}

func equal(a, b []verify.Pin) bool {
	return slices.EqualFunc(a, b, func(a, b verify.Pin) bool { return reflect.DeepEqual(a, b) })
}

// add keeps a pin.
func add(ctx context.Context, f pin.File, p verify.Pin) error {
	return f.Update(ctx, p.Name, func([]verify.Pin) (*verify.Pin, error) { return &p, nil })
}

func mustAdd(tb testing.TB, f pin.File, pins ...verify.Pin) {
	tb.Helper()
	for _, p := range pins {
		if err := add(tb.Context(), f, p); err != nil {
			tb.Fatal(err)
		}
	}
}

func pinsOf(tb testing.TB, f pin.File) []verify.Pin {
	tb.Helper()
	pins, err := f.Pins()
	if err != nil {
		tb.Fatal(err)
	}
	return pins
}

// alone checks that there is nothing beside the file.
func alone(tb testing.TB, f pin.File) {
	tb.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(f.Path) {
			tb.Errorf("left over: %s", e.Name())
		}
	}
}

func holds(tb testing.TB, f pin.File, want string) {
	tb.Helper()
	got, err := os.ReadFile(f.Path)
	if err != nil || string(got) != want {
		tb.Errorf("%v:\n%.1000s\nwant\n%.1000s", err, got, want)
	}
}

// TestFile: what the file looks like, and that it is read as it was written.
func TestFile(t *testing.T) {
	f := newFile(t)
	if got := pinsOf(t, f); len(got) != 0 {
		t.Errorf("%v in no file", got)
	}
	b, a, unsigned := some("b", "1.0", "linux"), some("a", "2.0", ""), some("a", "1.0", "linux")
	unsigned.Signers, unsigned.File, unsigned.Bound = nil, "", verify.Binding{Name: true}
	mustAdd(t, f, b, a, unsigned)
	holds(t, f, header+
		"a 1.0 linux "+unsigned.Digest.String()+" 2026-11-26T10:00:00Z name - -\n"+
		"a 2.0 - "+a.Digest.String()+" 2026-11-26T10:00:00Z - a.tgz minisign SHA256:abc\n"+
		"b 1.0 linux "+b.Digest.String()+" 2026-11-26T10:00:00Z - b.tgz minisign SHA256:abc\n")
	alone(t, f)
	if got := pinsOf(t, f); !equal(got, []verify.Pin{unsigned, a, b}) {
		t.Errorf("%+v", got)
	}
	// one in the place of another
	unsigned.Signers, unsigned.Bound = []string{"minisign SHA256:def"}, verify.Binding{Name: true, Version: true}
	mustAdd(t, f, unsigned)
	if got := pinsOf(t, f); !equal(got, []verify.Pin{unsigned, a, b}) {
		t.Errorf("%+v", got)
	}
}

// TestUpdate: the judge sees the pins of the name, and has the last word.
func TestUpdate(t *testing.T) {
	f := newFile(t)
	one, two, other := some("a", "1.0", ""), some("a", "1.1", "x"), some("b", "1.0", "")
	mustAdd(t, f, one, two, other)
	before, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	err = f.Update(t.Context(), "a", func(seen []verify.Pin) (*verify.Pin, error) {
		if !equal(seen, []verify.Pin{one, two}) {
			t.Errorf("seen %+v", seen)
		}
		p := some("a", "9", "")
		return &p, no
	})
	if err != no {
		t.Errorf("%v", err)
	}
	var none *verify.Pin
	for _, name := range []string{"c", "A", "a ", ""} { // to the letter
		if err := f.Update(t.Context(), name, func(seen []verify.Pin) (*verify.Pin, error) {
			if len(seen) != 0 {
				t.Errorf("%q has seen %+v", name, seen)
			}
			return none, nil
		}); err != nil {
			t.Error(err)
		}
	}
	err = f.Update(t.Context(), "c", func([]verify.Pin) (*verify.Pin, error) { return &other, nil })
	if !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("a pin of another name: %v", err)
	}
	holds(t, f, string(before))
	alone(t, f)
}

// TestLastWord: what judge says with the lock counts, whatever it said before.
func TestLastWord(t *testing.T) {
	no := errors.New("no")
	p := some("a", "2", "")
	for what, tt := range map[string]struct {
		pin  *verify.Pin
		err  error
		want error
	}{
		"an error":      {nil, no, no},
		"a pin and one": {&p, no, no},
		"nothing":       {nil, nil, nil},
		"the same":      {&p, nil, nil},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFile(t)
			text := header + "b 1 - " + sum("b").String() + " 2026-11-26T10:00:00Z - - -\r\n" // which no write would leave
			write(t, f.Path, text)
			asked := 0
			err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) {
				if asked++; asked == 1 {
					return &p, nil
				}
				return tt.pin, tt.err
			})
			if err != tt.want || asked != 2 {
				t.Errorf("asked %d times: %v", asked, err)
			}
			if tt.pin == nil || tt.err != nil {
				holds(t, f, text)
			} else if got := pinsOf(t, f); len(got) != 2 {
				t.Errorf("%+v", got)
			}
			alone(t, f)
		})
	}
}

// TestSwapped: a link that takes the file's place while it is judged isn't replaced.
func TestSwapped(t *testing.T) {
	f := newFile(t)
	mustAdd(t, f, some("a", "1", ""))
	elsewhere := f.Path + ".elsewhere"
	asked := 0
	err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) {
		if asked++; asked == 2 {
			if err := os.Rename(f.Path, elsewhere); err != nil {
				t.Error(err)
			}
			if err := os.Symlink(filepath.Base(elsewhere), f.Path); err != nil {
				t.Skip(err)
			}
		}
		p := some("a", "2", "")
		return &p, nil
	})
	var pathErr *fs.PathError
	if !errors.As(err, &pathErr) || pathErr.Path != f.Path {
		t.Error(err)
	}
	if info, err := os.Lstat(f.Path); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link was replaced: %v", err)
	}
	if got := pinsOf(t, pin.File{Path: elsewhere}); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestEnded: who is asked after the end says so, and judges nothing.
func TestEnded(t *testing.T) {
	f := newFile(t)
	why := errors.New("enough")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	caused, cancelCause := context.WithCancelCause(t.Context())
	cancelCause(why)
	for text, ctx := range map[string]context.Context{"context canceled": cancelled, "context canceled: enough": caused} {
		err := f.Update(ctx, "a", func([]verify.Pin) (*verify.Pin, error) {
			t.Error("it was judged")
			return &verify.Pin{}, nil
		})
		if !errors.Is(err, context.Canceled) || err.Error() != text {
			t.Errorf("%v", err)
		}
		if errors.Is(err, why) != (ctx == caused) {
			t.Errorf("%v", err)
		}
	}
}

// TestBadPins: what couldn't be read again isn't written.
func TestBadPins(t *testing.T) {
	sha512, err := algorithm.ParseDigest("sha512:" + strings.Repeat("ab", 64))
	if err != nil {
		t.Fatal(err)
	}
	longest := 16<<10 - len("a 1 - "+sum("").String()+" 2026-11-26T10:00:00Z - a.tgz ")
	for what, tt := range map[string]struct {
		change func(p *verify.Pin)
		want   error
	}{
		"no version":       {func(p *verify.Pin) { p.Version = "" }, algorithm.ErrMalformed},
		"no digest":        {func(p *verify.Pin) { p.Digest = algorithm.Digest{} }, algorithm.ErrMalformed},
		"other digest":     {func(p *verify.Pin) { p.Digest = sha512 }, algorithm.ErrMalformed},
		"no time":          {func(p *verify.Pin) { p.FirstSeen = time.Time{} }, algorithm.ErrMalformed},
		"a year too far":   {func(p *verify.Pin) { p.FirstSeen = day.AddDate(10000, 0, 0) }, algorithm.ErrMalformed},
		"half a second":    {func(p *verify.Pin) { p.FirstSeen = day.Add(time.Second / 2) }, algorithm.ErrMalformed},
		"a long signer":    {func(p *verify.Pin) { p.Signers = []string{strings.Repeat("x", 16<<10)} }, algorithm.ErrTooLarge},
		"a nameless one":   {func(p *verify.Pin) { p.Signers = []string{""} }, algorithm.ErrMalformed},
		"signers unsorted": {func(p *verify.Pin) { p.Signers = []string{"b", "a"} }, algorithm.ErrMalformed},
		"a signer twice":   {func(p *verify.Pin) { p.Signers = []string{"a", "a"} }, algorithm.ErrMalformed},
		"a long version":   {func(p *verify.Pin) { p.Version = strings.Repeat("\n", 6<<10) }, algorithm.ErrTooLarge},
		"a long line":      {func(p *verify.Pin) { p.Signers = []string{strings.Repeat("x", longest+1)} }, algorithm.ErrTooLarge},
		"the longest line": {func(p *verify.Pin) { p.Signers = []string{strings.Repeat("x", longest)} }, nil},
		"the first year":   {func(p *verify.Pin) { p.FirstSeen = time.Time{}.Add(time.Second) }, nil},
		"the last year":    {func(p *verify.Pin) { p.FirstSeen = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) }, nil},
		"the year after":   {func(p *verify.Pin) { p.FirstSeen = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, algorithm.ErrMalformed},
		"another's place":  {func(*verify.Pin) {}, nil},
	} {
		f := newFile(t)
		p := some("a", "1", "")
		tt.change(&p)
		if err := add(t.Context(), f, p); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(f.Path); (tt.want == nil) != (err == nil) {
			t.Errorf("%s: %v", what, err)
		}
		if tt.want == nil && !equal(pinsOf(t, f), []verify.Pin{p}) {
			t.Errorf("%s: %+v", what, pinsOf(t, f))
		}
		alone(t, f)
	}
}

// TestEscapes: whatever is in a field comes back, and the file shows all of it.
func TestEscapes(t *testing.T) {
	for _, text := range []string{
		"-", "--", "%", "%2D", "a b", " a", "a ", "a  b", " ", "  ", "\n", "a\r\nb", "\x00", "\x1b[31m", "ä", "\xff", "\u202e", "#x", "<<<<<<< HEAD", "=======",
		">>>>>>> x", "||||||| x", "~", "\t", "- -", "a -", "minisign SHA256:x, gpg ABC", `cosign identity "i" "s"`, strings.Repeat("x", 1000),
	} {
		f := newFile(t)
		p := verify.Pin{Name: text, Version: text, Target: text, File: text, Signers: []string{text}, Digest: sum(text), FirstSeen: day}
		mustAdd(t, f, p)
		if got := pinsOf(t, f); !equal(got, []verify.Pin{p}) {
			t.Errorf("%q: %+v", text, got)
		}
		raw, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(raw), "\n") != 2 || strings.ContainsFunc(string(raw), func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) || strings.Contains(string(raw), " \n") {
			t.Errorf("%q: %q", text, raw)
		}
	}
}

// TestWritten: what is escaped is that which could be mistaken, and nothing else.
func TestWritten(t *testing.T) {
	for text, want := range map[string][3]string{ // as a name, a version, and a signer
		"#x":    {"%23x", "#x", "#x"},
		"<x":    {"%3Cx", "<x", "<x"},
		"=x":    {"%3Dx", "=x", "=x"},
		">x":    {"%3Ex", ">x", ">x"},
		"|x":    {"%7Cx", "|x", "|x"},
		"x#<":   {"x#<", "x#<", "x#<"},
		"!~":    {"!~", "!~", "!~"},
		"\x7f":  {"%7F", "%7F", "%7F"},
		"-":     {"%2D", "%2D", "%2D"},
		"--":    {"--", "--", "--"},
		"a - b": {"a%20-%20b", "a%20-%20b", "a - b"},
		"- #":   {"-%20#", "-%20#", "- #"},
		"a  b":  {"a%20%20b", "a%20%20b", "a%20%20b"},
		"a,":    {"a,", "a,", "a%2C"},
		"é%":    {"%C3%A9%25", "%C3%A9%25", "%C3%A9%25"},
	} {
		f := newFile(t)
		p := some(text, text, "")
		p.File, p.Signers = "", []string{text}
		mustAdd(t, f, p)
		holds(t, f, header+want[0]+" "+want[1]+" - "+p.Digest.String()+" 2026-11-26T10:00:00Z - - "+want[2]+"\n")
	}
}

// TestSigners: several come back as they were, whatever is in their names.
func TestSigners(t *testing.T) {
	for _, signers := range [][]string{
		{"gpg A", "gpg B"},
		{"a", "a, b", "b"},
		{",", ", ", ",,", "a,b"},
		{"%2C", ","},
		{"-", "a -, -"},
		{" ", "  ", "a ", "b"},
		{`cosign identity "i" "s, gpg B"`, "gpg B"},
		{"a\n, b", "ä, b"},
		{"%", "%2C,%2C"},
	} {
		slices.Sort(signers)
		for _, bound := range []verify.Binding{{}, {Name: true}, {Version: true}, {Name: true, Version: true}} {
			f := newFile(t)
			p := some("a", "1", "")
			p.Signers, p.Bound = signers, bound
			mustAdd(t, f, p)
			if got := pinsOf(t, f); !equal(got, []verify.Pin{p}) {
				t.Errorf("%q: %+v", signers, got)
			}
		}
	}
	// one with a comma is no two
	f := newFile(t)
	p := some("a", "1", "")
	p.Signers = []string{"gpg A, gpg B"}
	mustAdd(t, f, p)
	if got := pinsOf(t, f); len(got) != 1 || len(got[0].Signers) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestSpellings: a release has one line, however its version is spelled.
func TestSpellings(t *testing.T) {
	f := newFile(t)
	first, again, other := some("a", "1.2.0", "x"), some("a", "v1.2+7", "x"), some("a", "1.2.0-1", "x")
	mustAdd(t, f, first, other, again)
	if got := pinsOf(t, f); !equal(got, []verify.Pin{other, again}) {
		t.Errorf("%+v", got)
	}
}

// TestParse: what a file may be, and the line that is told where it isn't.
func TestParse(t *testing.T) {
	d := sum("x").String()
	const at = "2026-11-26T10:00:00Z"
	line := "a 1.0 linux " + d + " " + at + " version a.tgz minisign SHA256:abc\n"
	other := "b 1.0 linux " + d + " " + at + " version a.tgz minisign SHA256:abc\n"
	long := strings.Replace(line, "abc", strings.Repeat("a", 16<<10-len(line)+len("abc\n")), 1)
	for what, tt := range map[string]struct {
		text string
		want error // nil: it is read
		told string
	}{
		"a pin":               {header + line, nil, ""},
		"none":                {header, nil, ""},
		"another order":       {header + other + line, nil, ""},
		"CRLF":                {strings.ReplaceAll(header+line+other, "\n", "\r\n"), nil, ""},
		"empty":               {"", algorithm.ErrMalformed, ":1: the first line of a file of pins is missing"},
		"an empty line":       {"\n", algorithm.ErrMalformed, ":1: the first line of a file of pins is missing"},
		"no header":           {line, algorithm.ErrMalformed, ":1: "},
		"another header":      {"# pins\n" + line, algorithm.ErrMalformed, `:1: the first line is "# pins", and not that of a file of pins`},
		"a later format":      {"# relseal pins 2: name\n" + line, algorithm.ErrUnsupported, ":1: "},
		"a header cut off":    {strings.TrimSuffix(header, "\n"), algorithm.ErrMalformed, ":1: "},
		"a mark before":       {"\ufeff" + header, algorithm.ErrMalformed, ":1: "},
		"a comment":           {header + "# mine\n", algorithm.ErrMalformed, ":2: "},
		"a second header":     {header + line + header, algorithm.ErrMalformed, ":3: "},
		"an empty line amid":  {header + line + "\n" + other, algorithm.ErrMalformed, ":3: 1 fields"},
		"a line cut off":      {header + strings.TrimSuffix(line, "\n"), algorithm.ErrMalformed, ":2: the line has no end"},
		"two CRs":             {header + strings.Replace(line, "\n", "\r\r\n", 1), algorithm.ErrMalformed, ":2: "},
		"a CR amid":           {header + strings.Replace(line, " ", "\r", 1), algorithm.ErrMalformed, ":2: "},
		"a conflict":          {header + "<<<<<<< HEAD\n" + line, algorithm.ErrMalformed, ":2: a conflict that a merge has left"},
		"a conflict's half":   {header + line + "=======\n" + other, algorithm.ErrMalformed, ":3: a conflict"},
		"a conflict's end":    {header + line + ">>>>>>> x\n", algorithm.ErrMalformed, ":3: a conflict"},
		"a conflict's base":   {header + line + "||||||| x\n", algorithm.ErrMalformed, ":3: a conflict"},
		"twice":               {header + line + other + line, algorithm.ErrMalformed, ":4: the same release and target as in line 2"},
		"two spellings":       {header + line + other + strings.Replace(line, "1.0", "v1.0.0", 1), algorithm.ErrMalformed, ":4: the same release and target as in line 2"},
		"another build":       {header + strings.Replace(line, "1.0", "1+2", 1) + line, algorithm.ErrMalformed, ":3: the same release and target as in line 2"},
		"no order":            {header + line + strings.Replace(line, "1.0", "nightly", 1) + strings.Replace(line, "1.0", "Nightly", 1), nil, ""},
		"several signers":     {header + strings.Replace(line, "\n", ", minisign SHA256:b, x\n", 1), nil, ""},
		"a signer twice":      {header + strings.Replace(line, "\n", ", minisign SHA256:abc\n", 1), algorithm.ErrMalformed, ":2: signers who aren't in the order"},
		"unsorted signers":    {header + strings.Replace(line, "\n", ", gpg A\n", 1), algorithm.ErrMalformed, ":2: signers who aren't in the order"},
		"a comma at the end":  {header + strings.Replace(line, "\n", ",\n", 1), algorithm.ErrMalformed, ":2: not as a pin is written"},
		"a comma alone":       {header + strings.Replace(line, "SHA256:abc", "a,b", 1), algorithm.ErrMalformed, ":2: not as a pin is written"},
		"nobody among them":   {header + strings.Replace(line, "\n", ", -\n", 1), algorithm.ErrMalformed, ":2: a signer without a name"},
		"bound to a file":     {header + strings.Replace(line, " version ", " file ", 1), algorithm.ErrMalformed, ":2: what is bound is"},
		"bound the wrong way": {header + strings.Replace(line, " version ", " version,name ", 1), algorithm.ErrMalformed, ":2: what is bound is"},
		"bound to nothing":    {header + strings.Replace(line, " version ", " - ", 1), nil, ""},
		"the old columns":     {"# relseal pins 1: name version target digest first-seen file signer\n", algorithm.ErrUnsupported, ":1: "},
		"twice, other bytes":  {header + line + strings.Replace(line, d, sum("y").String(), 1), algorithm.ErrMalformed, ":3: the same"},
		"seven fields":        {header + "a 1.0 linux " + d + " " + at + " version a.tgz\n", algorithm.ErrMalformed, ":2: 7 fields"},
		"an empty field":      {header + strings.Replace(line, "linux", "", 1), algorithm.ErrMalformed, ":2: "},
		"no signer":           {header + "a 1.0 linux " + d + " " + at + " - a.tgz \n", algorithm.ErrMalformed, ":2: "},
		"a space at the end":  {header + strings.Replace(line, "\n", " \n", 1), algorithm.ErrMalformed, ":2: "},
		"two spaces":          {header + strings.Replace(line, "minisign ", "minisign  ", 1), algorithm.ErrMalformed, ":2: "},
		"a tab":               {header + strings.Replace(line, " ", "\t", 1), algorithm.ErrMalformed, ":2: "},
		"no name":             {header + "-" + line[1:], algorithm.ErrMalformed, ":2: "},
		"no version":          {header + strings.Replace(line, "1.0", "-", 1), algorithm.ErrMalformed, ":2: "},
		"no percent":          {header + strings.Replace(line, "1.0", "%2", 1), algorithm.ErrMalformed, `:2: "%2" has no two hex digits after a %`},
		"a percent alone":     {header + strings.Replace(line, "1.0", "%", 1), algorithm.ErrMalformed, `:2: "%" has no two hex digits after a %`},
		"no hex":              {header + strings.Replace(line, "1.0", "%xx", 1), algorithm.ErrMalformed, `:2: "%xx" has no two hex digits after a %`},
		"a signer's percent":  {header + strings.Replace(line, "SHA256:abc", "%2", 1), algorithm.ErrMalformed, `:2: "minisign %2" has no two hex digits after a %`},
		"small hex":           {header + strings.Replace(line, "1.0", "%2f", 1), algorithm.ErrMalformed, ":2: "},
		"a needless escape":   {header + strings.Replace(line, "1.0", "%31", 1), algorithm.ErrMalformed, ":2: "},
		"a needed escape":     {header + strings.Replace(line, "1.0", "1%20", 1), nil, ""},
		"not ASCII":           {header + strings.Replace(line, "1.0", "ä", 1), algorithm.ErrMalformed, ":2: "},
		"large hex digest":    {header + strings.Replace(line, d, "sha256:"+strings.ToUpper(d[7:]), 1), algorithm.ErrMalformed, ":2: not as a pin is written"},
		"a digest too short":  {header + strings.Replace(line, d, d[:70], 1), algorithm.ErrMalformed, ":2: malformed: digest \"sha256:"},
		"another digest":      {header + strings.Replace(line, d, "sha512:"+strings.Repeat("ab", 64), 1), algorithm.ErrMalformed, ":2: "},
		"no digest":           {header + strings.Replace(line, d, "-", 1), algorithm.ErrMalformed, `:2: malformed: digest "-" is not of the form`},
		"a day":               {header + strings.Replace(line, at, "2026-11-26", 1), algorithm.ErrMalformed, `:2: the time "2026-11-26" is not of the form`},
		"a time elsewhere":    {header + strings.Replace(line, at, "2026-11-26T10:00:00+01:00", 1), algorithm.ErrMalformed, ":2: "},
		"half a second":       {header + strings.Replace(line, at, "2026-11-26T10:00:00.5Z", 1), algorithm.ErrMalformed, ":2: "},
		"a long line":         {header + strings.Replace(line, "abc", strings.Repeat("a", 16<<10), 1), algorithm.ErrMalformed, ":2: a line of over"},
		"the longest line":    {header + long, nil, ""},
		"and with CRLF":       {strings.ReplaceAll(header+long, "\n", "\r\n"), nil, ""},
		"a byte too long":     {header + "a" + long, algorithm.ErrMalformed, ":2: a line of over 16384 bytes"},
		"a CR too long":       {header + strings.Replace(long, "\n", "\r\r\n", 1), algorithm.ErrMalformed, ":2: a line of over 16384 bytes"},
		"many bad lines":      {header + strings.Repeat("x\n", 99_999), algorithm.ErrMalformed, ":2: 1 fields"},
		"many lines":          {header + strings.Repeat("x\n", 100_000), algorithm.ErrTooLarge, "over 100000 lines"},
		"as many as may be":   {header + strings.Repeat(strings.Repeat("x", 1023)+"\n", 4096)[len(header):], algorithm.ErrMalformed, ":2: 1 fields"},
		"many bytes":          {header + strings.Repeat(strings.Repeat("x", 1023)+"\n", 4096)[len(header)-1:], algorithm.ErrTooLarge, "over 4194304 bytes"},
	} {
		t.Run(what, func(t *testing.T) {
			f := newFile(t)
			if err := os.WriteFile(f.Path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := f.Pins()
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				mustAdd(t, f, some("z", "1", ""))
				return
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.told) || len(err.Error()) > 500 {
				t.Errorf("%v; want %v, %q", err, tt.want, tt.told)
			}
			if err := add(t.Context(), f, some("z", "1", "")); !errors.Is(err, tt.want) {
				t.Errorf("added: %v", err)
			}
			holds(t, f, tt.text)
			alone(t, f)
		})
	}
}

// fill writes a file of so many bytes in one step. Its pins are few and long, and have
// hardly anything to escape, since that is quickest.
func fill(t *testing.T, f pin.File, size int) error {
	t.Helper()
	const longest = 16 << 10
	release := verify.Pin{Name: "a", Version: "1", FirstSeen: day, Signers: []string{"s" + strings.Repeat(" -", 8000)}}
	line := len("a 1  " + sum("").String() + " 2026-11-26T10:00:00Z - f000 " + release.Signers[0] + "\n")
	var manifest strings.Builder
	targets := map[string]string{}
	for left := size - len(header); left > 0; {
		this := min(longest, left)
		file := fmt.Sprintf("f%03d", len(targets))
		fmt.Fprintf(&manifest, "%s  %s\n", sum("").Hex(), file)
		targets[file] = fmt.Sprintf("%03d%s", len(targets), strings.Repeat("t", this-line-3))
		left -= this
	}
	return f.Import(t.Context(), release, []byte(manifest.String()), targets)
}

// TestFull: a file is filled to its last byte.
func TestFull(t *testing.T) {
	f := newFile(t)
	if err := fill(t, f, 4<<20); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Path); err != nil || info.Size() != 4<<20 {
		t.Fatal(info.Size(), err)
	}
}

// TestTooFull: a file is never written that couldn't be read.
func TestTooFull(t *testing.T) {
	f := newFile(t)
	if err := fill(t, f, 4<<20+1); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Error(err)
	}
	if _, err := os.Stat(f.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	alone(t, f)
}

// TestNoFile: what is no regular file is refused, and stays what it is.
func TestNoFile(t *testing.T) {
	f := newFile(t)
	mustAdd(t, f, some("a", "1", ""))
	dir := filepath.Dir(f.Path)
	link := pin.File{Path: filepath.Join(dir, "link")}
	if err := os.Symlink("relseal.pins", link.Path); err != nil {
		t.Skip(err)
	}
	dangling := pin.File{Path: filepath.Join(dir, "dangling")}
	if err := os.Symlink("nowhere", dangling.Path); err != nil {
		t.Fatal(err)
	}
	folder := pin.File{Path: filepath.Join(dir, "folder")}
	if err := os.Mkdir(folder.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	inNoFolder := pin.File{Path: filepath.Join(dir, "nowhere", "pins")}
	for _, f := range []pin.File{link, dangling, folder, {}, {Path: dir + "/"}, {Path: "."}, {Path: dir + "/."}, {Path: ".."}, {Path: dir + "/.."}, inNoFolder} {
		_, err := f.Pins()
		var pathErr *fs.PathError
		if !errors.As(err, &pathErr) || f != inNoFolder && err.Error() != "open "+f.Path+": no regular file" {
			t.Errorf("%q: %v", f.Path, err)
		}
		if err := add(t.Context(), f, some("b", "1", "")); !errors.As(err, &pathErr) {
			t.Errorf("%q: %v", f.Path, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a dangling link was followed")
	}
	if len(pinsOf(t, f)) != 1 {
		t.Error("a link was followed")
	}
	// the lock, too
	lock := filepath.Join(dir, ".relseal.pins.lock")
	for _, to := range []string{"relseal.pins", "nowhere", ".", filepath.Join(dir, "relseal.pins"), "/"} {
		if err := os.Symlink(to, lock); err != nil {
			t.Fatal(err)
		}
		var pathErr *fs.PathError
		if err := add(t.Context(), f, some("b", "1", "")); !errors.As(err, &pathErr) || pathErr.Op != "lock" || len(pinsOf(t, f)) != 1 {
			t.Errorf("%s: %v", to, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a lock that is a link was followed: %v", to, err)
		}
		if err := os.Remove(lock); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLockLink: a link in the lock's place, as it may come with a repository, makes
// no empty file of pins where there is none.
func TestLockLink(t *testing.T) {
	f := newFile(t)
	if err := os.Symlink("relseal.pins", filepath.Join(filepath.Dir(f.Path), ".relseal.pins.lock")); err != nil {
		t.Skip(err)
	}
	var pathErr *fs.PathError
	if err := add(t.Context(), f, some("a", "1", "")); !errors.As(err, &pathErr) || pathErr.Op != "lock" {
		t.Error(err)
	}
	if got := pinsOf(t, f); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := os.Lstat(f.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file was made: %v", err)
	}
}

// TestModes: the permissions stay.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such permissions")
	}
	f := newFile(t)
	mode := func() fs.FileMode {
		info, err := os.Stat(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	mustAdd(t, f, some("a", "1", ""))
	if mode() != 0o644 {
		t.Errorf("%v", mode())
	}
	if err := os.Chmod(f.Path, 0o640); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, f, some("a", "2", ""))
	if mode() != 0o640 {
		t.Errorf("%v", mode())
	}
	// nobody else may lock the lock
	var lock fs.FileInfo
	if err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) {
		lock, _ = os.Stat(filepath.Join(filepath.Dir(f.Path), ".relseal.pins.lock"))
		p := some("a", "3", "")
		return &p, nil
	}); err != nil {
		t.Fatal(err)
	}
	if lock == nil || lock.Mode() != 0o600 {
		t.Errorf("%v", lock)
	}
}

// TestReadOnlyFolder: a folder that can't be written to is enough for what is pinned.
func TestReadOnlyFolder(t *testing.T) {
	asUser(t, func() {
		f := pin.File{Path: "relseal.pins"}
		mustAdd(t, f, some("a", "1", ""))
		if err := os.Chmod(".", 0o500); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(".", 0o700) }()
		var none *verify.Pin
		if err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) { return none, nil }); err != nil {
			t.Error(err)
		}
		if err := add(t.Context(), f, some("a", "3", "")); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
	})
}

// TestUnreadable is no empty file.
func TestUnreadable(t *testing.T) {
	asUser(t, func() {
		f := pin.File{Path: "relseal.pins"}
		mustAdd(t, f, some("a", "1", ""))
		if err := os.Chmod(f.Path, 0); err != nil {
			t.Fatal(err)
		}
		if err := add(t.Context(), f, some("a", "2", "")); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
		var b strings.Builder
		if err := f.Export(&b, "a", "1"); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
		if err := os.Chmod(f.Path, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := pinsOf(t, f); len(got) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestOthersLock: a lock that somebody has made whom nobody else may read ends no wait,
// and isn't waited for.
func TestOthersLock(t *testing.T) {
	asUser(t, func() {
		f := pin.File{Path: "relseal.pins"}
		write(t, ".relseal.pins.lock", "")
		if err := os.Chmod(".relseal.pins.lock", 0); err != nil {
			t.Fatal(err)
		}
		if err := add(t.Context(), f, some("a", "1", "")); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
		if _, err := os.Lstat(f.Path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it was written: %v", err)
		}
	})
}

// TestRelative: a file is also that of the current folder.
func TestRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	f := pin.File{Path: "relseal.pins"}
	mustAdd(t, f, some("a", "1", ""))
	if got := pinsOf(t, f); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	alone(t, f)
}

// FuzzParse: what is read is written as the same file, but for the order and the
// ends of lines, and nothing else is read.
func FuzzParse(f *testing.F) {
	d := sum("x").String()
	for _, text := range []string{
		"", header, header + "a 1 - " + d + " 2026-11-26T10:00:00Z - - -\n", header + "%23a 1 %2D " + d + " 2026-11-26T10:00:00Z version %FF b, c %2C\r\n",
		header + "<<<<<<<\n", header + "b 1 - " + d + " 2026-11-26T10:00:00Z - - -\na 1 - " + d + " 0001-01-01T00:00:00Z - - -\n",
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := pin.File{Path: filepath.Join(dir, "pins")}
		if err := os.WriteFile(file.Path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		pins, err := file.Pins()
		if err != nil {
			if !errors.Is(err, algorithm.ErrMalformed) && !errors.Is(err, algorithm.ErrTooLarge) || len(err.Error()) > 1000 {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(pins) == 0 {
			return
		}
		mustAdd(t, file, pins[0])
		written, err := os.ReadFile(file.Path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
		slices.Sort(lines[1:])
		if string(written) != strings.Join(lines, "") {
			t.Fatalf("%q becomes %q", text, written)
		}
	})
}
