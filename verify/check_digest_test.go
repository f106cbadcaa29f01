package verify

import (
	"crypto"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
)

// near is a digest of which one bit is another: of the byte at that place, or of the
// last one.
func near(t *testing.T, d algorithm.Digest, at int) algorithm.Digest {
	t.Helper()
	sum := slices.Clone(d.Sum())
	sum[(at+len(sum))%len(sum)] ^= 1
	other, err := algorithm.NewDigest(d.Hash(), sum)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// TestCompare: the artifact has all of a digest that the program expects, and all
// of the digests.
func TestCompare(t *testing.T) {
	short, long := testkeys.Digests(t, []byte(data), crypto.SHA256)[0], testkeys.Digests(t, []byte(data), crypto.SHA512)[0]
	all := []algorithm.Digest{short, long}
	for name, tt := range map[string]struct {
		expected []algorithm.Digest
		want     error
	}{
		"none":                 {nil, nil},
		"both":                 {[]algorithm.Digest{long, short}, nil},
		"another last bit":     {[]algorithm.Digest{near(t, short, -1)}, algorithm.ErrInvalid},
		"another first bit":    {[]algorithm.Digest{near(t, short, 0)}, algorithm.ErrInvalid},
		"a good one before it": {[]algorithm.Digest{short, near(t, long, -1)}, algorithm.ErrInvalid},
		"a good one behind it": {[]algorithm.Digest{near(t, short, -1), long}, algorithm.ErrInvalid},
	} {
		if err := compare(tt.expected, all); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if err := checkDigests([]algorithm.Digest{short, near(t, short, -1)}); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("two that contradict each other in one bit: %v", err)
	}
}

// TestDigestJudge: all digests that somebody vouches for must hold, and where
// nobody does nothing holds.
func TestDigestJudge(t *testing.T) {
	of := func(text string, hashes ...crypto.Hash) (digests []algorithm.Digest) {
		for _, h := range hashes {
			digests = append(digests, testkeys.Digests(t, []byte(text), h)...)
		}
		return digests
	}
	const short, long = crypto.SHA256, crypto.SHA512
	somebody := []Signature{{Algorithm: "somebody"}}
	for _, tt := range []struct {
		name       string
		want       []algorithm.Digest
		signatures []Signature
		got        []algorithm.Digest
		err        error
		says       string
	}{
		{"both hold", of(data, short, long), somebody, of(data, long, short), nil, ""},
		{"one is enough", of(data, short), somebody, of(data, long, short), nil, ""},
		{"no digest", nil, somebody, of(data, short), ErrUnverified, "nobody vouches for a digest"},
		{"nobody", of(data, short), nil, of(data, short), ErrUnverified, "nobody vouches for a digest"},
		{"neither", nil, nil, of(data, short), ErrUnverified, "nobody vouches for a digest"},
		{"another", of("else", short), somebody, of(data, short), algorithm.ErrInvalid, "its sha256 is not that of there: " + sumOf(data) + ", want " + sumOf("else")},
		{"another in the last bit", []algorithm.Digest{near(t, of(data, short)[0], -1)}, somebody, of(data, short), algorithm.ErrInvalid, "its sha256 is not that of there"},
		{"another in the first bit", []algorithm.Digest{near(t, of(data, short)[0], 0)}, somebody, of(data, short), algorithm.ErrInvalid, "its sha256 is not that of there"},
		{"another behind", append(of(data, short), of("else", long)...), somebody, of(data, short, long), algorithm.ErrInvalid, "its sha512 is not that of there"},
		{"not known", of(data, long), somebody, of(data, short), algorithm.ErrUnsupported, "there has its sha512, which is not known"},
		{"not known behind", of(data, short, long), somebody, of(data, short), algorithm.ErrUnsupported, "there has its sha512, which is not known"},
		{"none known", of(data, short), somebody, nil, algorithm.ErrUnsupported, "there has its sha256, which is not known"},
	} {
		j := &digestJudge{signatures: tt.signatures, source: "tool"}
		for _, d := range tt.want {
			j.want = append(j.want, vouched{d, "there"})
		}
		signatures, err := j.verdict(t.Context(), tt.got)
		if tt.err == nil {
			if err != nil || len(signatures) != 1 || signatures[0].Algorithm != "somebody" {
				t.Errorf("%s: %v, %v", tt.name, signatures, err)
			}
			continue
		}
		var typed *Error
		if signatures != nil || !errors.Is(err, tt.err) || !errors.As(err, &typed) || typed.Stage != stageVerdict || typed.URL != "tool" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, %v, want %v", tt.name, signatures, err, tt.err)
		}
	}
}

// TestTableAt: a table is named by its place, where all of that is known.
func TestTableAt(t *testing.T) {
	for want, table := range map[string]metadata.Signing{
		"the table at Cargo.toml:7": {Name: "Cargo.toml", Line: 7},
		"the table":                 {},
	} {
		if got := tableAt(&table); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, table := range []metadata.Signing{{Name: "Cargo.toml"}, {Line: 7}} {
		if got := tableAt(&table); got != "the table" {
			t.Errorf("%+v: %q", table, got)
		}
	}
}
