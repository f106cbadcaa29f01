package verify

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// fake is a family whose signatures say what they are: "KEY of SHA256". What
// else it can do is told by its name.
type fake struct{ name string }

func (f fake) Name() string { return f.name }

func (f fake) Fields() []algorithm.Field {
	if f.name != "content" {
		return nil
	}
	return []algorithm.Field{{Name: "charter", Kind: algorithm.Content}}
}

// charterTable is a table of the family "content" in which one key says where a
// document is. Nobody signs with its other key.
func charterTable(t *testing.T, key string, source any) *metadata.Signing {
	t.Helper()
	keys := map[string]any{"algorithm": "content", "pubkey": "other"}
	keys[key] = source
	s, err := metadata.NewSigning(keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f fake) Key(t algorithm.Trust) (algorithm.Key, error) {
	k := fakeKey{f.name, t.PublicKeys}
	switch f.name {
	case "digests":
		return fakeDigestKey{k}, nil
	case "content":
		k.keys = append(k.keys, string(t.Values["charter"].Content))
	}
	return k, nil
}

type fakeKey struct {
	family string
	keys   []string
}

func (k fakeKey) IDs() []string { return k.keys }

func (k fakeKey) Verifier(_ context.Context, signature []byte) (algorithm.Verifier, error) {
	by, sum, ok := strings.Cut(string(signature), " of ")
	if !ok {
		return nil, fmt.Errorf("%w: no signature", algorithm.ErrMalformed)
	}
	for _, key := range k.keys {
		if key == by {
			v := &fakeVerifier{by: by, sum: sum}
			switch k.family {
			case "digests":
				return fakeDigestVerifier{v}, nil
			case "documents":
				return &fakeDocumentVerifier{fakeVerifier: v}, nil
			}
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", algorithm.ErrWrongKey, by)
}

type fakeDigestKey struct{ fakeKey }

func (fakeDigestKey) Hashes() []crypto.Hash { return []crypto.Hash{crypto.SHA256} }

type fakeVerifier struct {
	bytes.Buffer
	by, sum string
}

func (v *fakeVerifier) Verify() (*algorithm.Evidence, error) {
	return v.judge(sha256.Sum256(v.Bytes()))
}

func (v *fakeVerifier) judge(sum [32]byte) (*algorithm.Evidence, error) {
	if hex.EncodeToString(sum[:]) != v.sum {
		return nil, fmt.Errorf("%w: other bytes", algorithm.ErrInvalid)
	}
	return &algorithm.Evidence{KeyID: v.by, Fingerprint: "fingerprint of " + v.by, NotChecked: []string{"revocation"}}, nil
}

type fakeDigestVerifier struct{ *fakeVerifier }

func (fakeDigestVerifier) Hashes() []crypto.Hash { return []crypto.Hash{crypto.SHA256} }

func (v fakeDigestVerifier) Verify() (*algorithm.Evidence, error) {
	return nil, errors.New("asked for bytes")
}

func (v fakeDigestVerifier) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	d, ok := digestOf(digests, crypto.SHA256)
	if !ok {
		return nil, fmt.Errorf("%w: no SHA-256", algorithm.ErrUnsupported)
	}
	return v.judge([32]byte(d.Sum()))
}

// fakeDocumentVerifier wants "before" and "after".
type fakeDocumentVerifier struct {
	*fakeVerifier
	asked, took int
}

func (v *fakeDocumentVerifier) Documents(...algorithm.Digest) ([]algorithm.Document, error) {
	v.asked++
	return []algorithm.Document{{Role: "paper", URL: fmt.Sprintf("https://example.com/paper%d", v.asked)}}, nil
}

func (v *fakeDocumentVerifier) Take(_ context.Context, documents []algorithm.Fetched) error {
	v.took++
	if want := fmt.Sprintf("paper %d", v.took); string(documents[0].Text) != want {
		return fmt.Errorf("%w: %q, not %q", algorithm.ErrInvalid, documents[0].Text, want)
	}
	return nil
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func signedBy(key, text string) string { return key + " of " + sumOf(text) }

// served is a fetcher that counts.
type served struct {
	files map[string]string
	asked []string
}

func (s *served) Fetch(_ context.Context, r Request) (*Response, error) {
	s.asked = append(s.asked, r.Role+" "+strings.TrimPrefix(r.URL, "https://example.com/"))
	text, ok := s.files[strings.TrimPrefix(r.URL, "https://example.com/")]
	if !ok {
		return nil, ErrMissing
	}
	return &Response{Body: io.NopCloser(strings.NewReader(text)), Size: -1}, nil
}

// leaf is a check of one signature.
func leaf(t *testing.T, family, file string, keys ...string) *signatureCheck {
	t.Helper()
	at, err := newLocation("https://example.com/"+file, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &signatureCheck{family: fake{family}, at: at}
	table := &metadata.Signing{}
	for _, key := range keys {
		table.Keys = append(table.Keys, metadata.Source{Inline: key})
	}
	made, err := newTrust(table, c.family, nil, wanted{})
	if err != nil {
		t.Fatal(err)
	}
	c.trust = &made
	c.trust.keys = table.Keys
	if err := c.trust.parse(c.family); err != nil {
		t.Fatal(err)
	}
	return c
}

func planOf(t *testing.T, c check, s *served) *Plan {
	t.Helper()
	v, err := New(Config{Algorithms: []algorithm.Algorithm{fake{"bytes"}}, Fetcher: s})
	if err != nil {
		t.Fatal(err)
	}
	return &Plan{v: v, status: Verified, check: c, artifact: Artifact{Name: "tool"}}
}

const data = "the artifact"

// judged runs a plan over the bytes.
func judged(t *testing.T, c check, s *served) (*Report, error) {
	t.Helper()
	return finished(t, planOf(t, c, s))
}

func finished(t *testing.T, p *Plan) (*Report, error) {
	t.Helper()
	r, err := p.Open(t.Context(), strings.NewReader(data))
	if err != nil {
		return nil, err
	}
	return r.Finish()
}

// judgedByDigest runs a plan without bytes.
func judgedByDigest(t *testing.T, c check, s *served) (*Report, error) {
	t.Helper()
	d, err := algorithm.ParseDigest("sha256:" + sumOf(data))
	if err != nil {
		t.Fatal(err)
	}
	return planOf(t, c, s).Digest(t.Context(), d)
}

func keyIDs(r *Report) (ids []string) {
	if r == nil || r.Evidence == nil {
		return nil
	}
	ids = append(ids, r.Evidence.KeyID)
	for _, s := range r.Others {
		ids = append(ids, s.Evidence.KeyID)
	}
	return ids
}

// TestChecks: every kind of check, and their compositions, from both sides.
func TestChecks(t *testing.T) {
	good := sumOf(data) + "  tool\n" + sumOf("else") + "  other\n"
	manifest := func(t *testing.T, c check) check {
		t.Helper()
		at, err := newLocation("https://example.com/sums", nil)
		if err != nil {
			t.Fatal(err)
		}
		return &manifestCheck{at: at, name: "tool", asset: "tool", cover: detached{c}}
	}
	files := map[string]string{
		"a": signedBy("A", data), "b": signedBy("B", data), "a2": signedBy("A", data),
		"bad": signedBy("A", "else"), "junk": "junk", sumOf(data) + ".sig": signedBy("A", data),
		"sums": good, "sums.sig": signedBy("A", good), "sums.bad": signedBy("A", "else"),
		"paper1": "paper 1", "paper2": "paper 2",
	}
	for _, tt := range []struct {
		name     string
		check    func(t *testing.T) check
		files    map[string]string // beside those above; "" removes
		ids      string
		want     error // of judging the bytes
		digest   error // of judging the digest; errSame: the same
		notAsked string
	}{
		{name: "leaf", check: func(t *testing.T) check { return leaf(t, "bytes", "a", "A") }, ids: "A", digest: algorithm.ErrUnsupported},
		{name: "leaf, bad", check: func(t *testing.T) check { return leaf(t, "bytes", "bad", "A") }, want: algorithm.ErrInvalid, digest: algorithm.ErrUnsupported},
		{name: "leaf, other key", check: func(t *testing.T) check { return leaf(t, "bytes", "a", "B") }, want: algorithm.ErrWrongKey, digest: algorithm.ErrWrongKey},
		{name: "leaf, absent", check: func(t *testing.T) check { return leaf(t, "bytes", "none", "A") }, want: ErrMissing, digest: ErrMissing},
		{name: "digests", check: func(t *testing.T) check { return leaf(t, "digests", "a", "A") }, ids: "A"},
		{name: "digests, bad", check: func(t *testing.T) check { return leaf(t, "digests", "bad", "A") }, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "late", check: func(t *testing.T) check { return leaf(t, "digests", "{ sha256 }.sig", "A") }, ids: "A"},
		{name: "late, other key", check: func(t *testing.T) check { return leaf(t, "digests", "{ sha256 }.sig", "B") }, want: algorithm.ErrWrongKey, digest: algorithm.ErrWrongKey},
		{name: "late, absent", check: func(t *testing.T) check { return leaf(t, "digests", "{ sha512 }.sig", "A") }, want: ErrMissing, digest: algorithm.ErrUnsupported},
		{name: "late, by bytes", check: func(t *testing.T) check { return leaf(t, "bytes", "{ sha256 }.sig", "A") }, want: algorithm.ErrUnsupported, digest: algorithm.ErrUnsupported},
		{name: "documents", check: func(t *testing.T) check { return leaf(t, "documents", "a", "A") }, ids: "A", digest: algorithm.ErrUnsupported},
		{name: "documents, first bad", check: func(t *testing.T) check { return leaf(t, "documents", "a", "A") }, files: map[string]string{"paper1": "x"}, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "documents, second absent", check: func(t *testing.T) check { return leaf(t, "documents", "a", "A") }, files: map[string]string{"paper2": ""}, want: ErrMissing, digest: ErrMissing},
		{name: "manifest", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.sig", "A")) }, ids: "A"},
		{name: "manifest, bad signature", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.bad", "A")) }, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "manifest, changed", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.sig", "A")) }, files: map[string]string{"sums": good + "\n"}, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "manifest, other artifact", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.sig", "A")) }, files: map[string]string{"sums": sumOf("x") + "  tool", "sums.sig": signedBy("A", sumOf("x")+"  tool")}, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "manifest, no line", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.sig", "A")) }, files: map[string]string{"sums": "# none", "sums.sig": signedBy("A", "# none")}, want: algorithm.ErrNameMismatch, digest: algorithm.ErrNameMismatch},
		{name: "manifest, absent", check: func(t *testing.T) check { return manifest(t, leaf(t, "bytes", "sums.sig", "A")) }, files: map[string]string{"sums": ""}, want: ErrMissing, digest: ErrMissing, notAsked: "sums.sig"},
		{name: "manifest of all", check: func(t *testing.T) check {
			return manifest(t, allOf{leaf(t, "bytes", "sums.sig", "A"), leaf(t, "digests", "sums.sig", "A")})
		}, ids: "A A"},
		{name: "manifest, late signature", check: func(t *testing.T) check { return manifest(t, leaf(t, "digests", "{ sha256 }.sig", "A")) }, files: map[string]string{sumOf(good) + ".sig": signedBy("A", good)}, ids: "A"},
		{name: "all", check: func(t *testing.T) check { return allOf{leaf(t, "bytes", "a", "A"), leaf(t, "digests", "b", "B")} }, ids: "A B", digest: algorithm.ErrUnsupported},
		{name: "all, one bad", check: func(t *testing.T) check { return allOf{leaf(t, "digests", "b", "B"), leaf(t, "digests", "bad", "A")} }, want: algorithm.ErrInvalid, digest: algorithm.ErrInvalid},
		{name: "all, one absent", check: func(t *testing.T) check { return allOf{leaf(t, "digests", "none", "B"), leaf(t, "digests", "a", "A")} }, want: ErrMissing, digest: ErrMissing, notAsked: "a"},
		{name: "2 of 3", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{leaf(t, "bytes", "bad", "A"), leaf(t, "digests", "a", "A"), leaf(t, "digests", "b", "B")}}
		}, ids: "A B"},
		{name: "2 of 3, one family", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{leaf(t, "digests", "bad", "A"), leaf(t, "digests", "a", "A"), leaf(t, "digests", "b", "B")}}
		}, ids: "A B"},
		{name: "2 of 3, the same key twice", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{leaf(t, "digests", "a", "A"), leaf(t, "digests", "a2", "A"), leaf(t, "digests", "bad", "A")}}
		}, want: algorithm.ErrThreshold, digest: algorithm.ErrThreshold},
		{name: "2 of 3, two absent", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{leaf(t, "digests", "none", "A"), leaf(t, "digests", "none2", "B"), leaf(t, "digests", "a", "A")}}
		}, want: algorithm.ErrThreshold, digest: algorithm.ErrThreshold},
		{name: "2 of 3, one absent", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{leaf(t, "digests", "none", "A"), leaf(t, "digests", "b", "B"), leaf(t, "digests", "a", "A")}}
		}, ids: "B A"},
		{name: "2 of 2 that aren't leaves", check: func(t *testing.T) check {
			return &thresholdCheck{2, []check{allOf{leaf(t, "digests", "b", "B")}, allOf{leaf(t, "digests", "a", "A")}}}
		}, ids: "B A"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, way := range map[string]struct {
				run  func(*testing.T, check, *served) (*Report, error)
				want error
			}{"bytes": {judged, tt.want}, "digest": {judgedByDigest, tt.digest}} {
				s := &served{files: map[string]string{}}
				for _, m := range []map[string]string{files, tt.files} {
					for file, text := range m {
						if s.files[file] = text; text == "" {
							delete(s.files, file)
						}
					}
				}
				report, err := way.run(t, tt.check(t), s)
				notChecked := []string{"revocation", nameUnbound, versionUnbound}
				if strings.HasPrefix(tt.name, "manifest") {
					notChecked = []string{"revocation", versionUnbound}
				}
				var typed *Error
				switch {
				case way.want == nil && err != nil:
					t.Errorf("%s: %v", name, err)
				case way.want == nil && strings.Join(keyIDs(report), " ") != tt.ids:
					t.Errorf("%s: by %v, want %q", name, keyIDs(report), tt.ids)
				case way.want == nil && !slices.Equal(report.NotChecked, notChecked):
					t.Errorf("%s: not checked: %q", name, report.NotChecked)
				case way.want == nil && strings.HasPrefix(tt.name, "manifest"):
					want := Manifest{"https://example.com/sums", "tool", 1, "sha256:" + sumOf(data)}
					for _, s := range append([]Signature{report.Signature}, report.Others...) {
						if s.Manifest == nil || *s.Manifest != want {
							t.Errorf("%s: manifest %+v", name, s.Manifest)
						}
					}
				case way.want == nil && report.Manifest != nil:
					t.Errorf("%s: manifest %+v", name, report.Manifest)
				case way.want != nil && (!errors.Is(err, way.want) || !errors.As(err, &typed) || report != nil):
					t.Errorf("%s: %v, %v, want %v", name, report, err, way.want)
				}
				for _, asked := range s.asked {
					if _, file, _ := strings.Cut(asked, " "); tt.notAsked != "" && file == tt.notAsked {
						t.Errorf("%s: fetched %s", name, asked)
					}
				}
			}
		})
	}
}
