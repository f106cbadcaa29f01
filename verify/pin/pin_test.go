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
	if err := f.Update(t.Context(), "c", func(seen []verify.Pin) (*verify.Pin, error) {
		if len(seen) != 0 {
			t.Errorf("seen %+v", seen)
		}
		return none, nil
	}); err != nil {
		t.Error(err)
	}
	err = f.Update(t.Context(), "c", func([]verify.Pin) (*verify.Pin, error) { return &other, nil })
	if !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("a pin of another name: %v", err)
	}
	holds(t, f, string(before))
	alone(t, f)
}

// TestBadPins: what couldn't be read again isn't written.
func TestBadPins(t *testing.T) {
	sha512, err := algorithm.ParseDigest("sha512:" + strings.Repeat("ab", 64))
	if err != nil {
		t.Fatal(err)
	}
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
	for what, tt := range map[string]struct {
		text string
		want error // nil: it is read
		told string
	}{
		"a pin":               {header + line, nil, ""},
		"none":                {header, nil, ""},
		"another order":       {header + other + line, nil, ""},
		"CRLF":                {strings.ReplaceAll(header+line+other, "\n", "\r\n"), nil, ""},
		"empty":               {"", algorithm.ErrMalformed, ":1: "},
		"an empty line":       {"\n", algorithm.ErrMalformed, ":1: "},
		"no header":           {line, algorithm.ErrMalformed, ":1: "},
		"another header":      {"# pins\n" + line, algorithm.ErrMalformed, ":1: "},
		"a later format":      {"# relseal pins 2: name\n" + line, algorithm.ErrUnsupported, ":1: "},
		"a header cut off":    {strings.TrimSuffix(header, "\n"), algorithm.ErrMalformed, ":1: "},
		"a mark before":       {"\ufeff" + header, algorithm.ErrMalformed, ":1: "},
		"a comment":           {header + "# mine\n", algorithm.ErrMalformed, ":2: "},
		"a second header":     {header + line + header, algorithm.ErrMalformed, ":3: "},
		"an empty line amid":  {header + line + "\n" + other, algorithm.ErrMalformed, ":3: "},
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
		"no percent":          {header + strings.Replace(line, "1.0", "%2", 1), algorithm.ErrMalformed, ":2: "},
		"a percent alone":     {header + strings.Replace(line, "1.0", "%", 1), algorithm.ErrMalformed, ":2: "},
		"no hex":              {header + strings.Replace(line, "1.0", "%xx", 1), algorithm.ErrMalformed, ":2: "},
		"small hex":           {header + strings.Replace(line, "1.0", "%2f", 1), algorithm.ErrMalformed, ":2: "},
		"a needless escape":   {header + strings.Replace(line, "1.0", "%31", 1), algorithm.ErrMalformed, ":2: "},
		"a needed escape":     {header + strings.Replace(line, "1.0", "1%20", 1), nil, ""},
		"not ASCII":           {header + strings.Replace(line, "1.0", "ä", 1), algorithm.ErrMalformed, ":2: "},
		"large hex digest":    {header + strings.Replace(line, d, "sha256:"+strings.ToUpper(d[7:]), 1), algorithm.ErrMalformed, ":2: "},
		"a digest too short":  {header + strings.Replace(line, d, d[:70], 1), algorithm.ErrMalformed, ":2: "},
		"another digest":      {header + strings.Replace(line, d, "sha512:"+strings.Repeat("ab", 64), 1), algorithm.ErrMalformed, ":2: "},
		"no digest":           {header + strings.Replace(line, d, "-", 1), algorithm.ErrMalformed, ":2: "},
		"a day":               {header + strings.Replace(line, at, "2026-11-26", 1), algorithm.ErrMalformed, ":2: "},
		"a time elsewhere":    {header + strings.Replace(line, at, "2026-11-26T10:00:00+01:00", 1), algorithm.ErrMalformed, ":2: "},
		"half a second":       {header + strings.Replace(line, at, "2026-11-26T10:00:00.5Z", 1), algorithm.ErrMalformed, ":2: "},
		"a long line":         {header + strings.Replace(line, "abc", strings.Repeat("a", 16<<10), 1), algorithm.ErrMalformed, ":2: a line of over"},
		"many lines":          {header + strings.Repeat("x\n", 100_000), algorithm.ErrTooLarge, "over 100000 lines"},
		"many bytes":          {header + strings.Repeat(strings.Repeat("x", 1000)+"\n", 4200), algorithm.ErrTooLarge, "over 4194304 bytes"},
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

// TestFull: a file is never written that couldn't be read.
func TestFull(t *testing.T) {
	f := newFile(t)
	var text strings.Builder
	text.WriteString(header)
	p := some("a", "1", "")
	p.Signers = []string{strings.Repeat("s", 16_000)}
	mustAdd(t, f, p)
	raw, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimPrefix(string(raw), header)
	n := 0
	for ; text.Len()+len(line)+10 <= 4<<20; n++ {
		text.WriteString(strings.Replace(line, "a 1 ", fmt.Sprintf("a 1.%d ", n), 1))
	}
	if err := os.WriteFile(f.Path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if len(pinsOf(t, f)) != n {
		t.Fatal("not as many pins as were written")
	}
	big := p
	big.Version = "2"
	if err := add(t.Context(), f, big); !errors.Is(err, algorithm.ErrTooLarge) {
		t.Error(err)
	}
	holds(t, f, text.String())
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
	for _, f := range []pin.File{link, dangling, folder, {}, {Path: dir + "/"}, {Path: ".."}, {Path: filepath.Join(dir, "nowhere", "pins")}} {
		_, err := f.Pins()
		var pathErr *fs.PathError
		if !errors.As(err, &pathErr) {
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

// TestModes: the permissions stay, and a folder that can't be written to is
// enough for what is pinned.
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
	if os.Geteuid() == 0 {
		t.Skip("root can write to every folder")
	}
	dir := filepath.Dir(f.Path)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }()
	var none *verify.Pin
	if err := f.Update(t.Context(), "a", func([]verify.Pin) (*verify.Pin, error) { return none, nil }); err != nil {
		t.Error(err)
	}
	if err := add(t.Context(), f, some("a", "3", "")); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

// TestUnreadable is no empty file.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("everything can be read")
	}
	f := newFile(t)
	mustAdd(t, f, some("a", "1", ""))
	if err := os.Chmod(f.Path, 0); err != nil {
		t.Fatal(err)
	}
	if err := add(t.Context(), f, some("a", "2", "")); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
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
