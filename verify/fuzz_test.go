package verify_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// A cutReader gives its bytes in pieces of these sizes, in turn, the last of them
// together with the end if told so.
type cutReader struct {
	data   []byte
	sizes  []byte
	turn   int
	atOnce bool // the end comes with the last bytes
}

func (r *cutReader) next() int {
	if len(r.sizes) == 0 {
		return 1 << 20
	}
	r.turn++
	return 1 + 37*int(r.sizes[r.turn%len(r.sizes)])
}

func (r *cutReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.next())], r.data)
	if r.data = r.data[n:]; len(r.data) == 0 && r.atOnce {
		return n, io.EOF
	}
	return n, nil
}

// FuzzReader: how bytes come and how they are read never changes the verdict. Good ones
// come out whole, and of others never all.
func FuzzReader(f *testing.F) {
	key := testkeys.NewMinisign(f)
	v := newVerifier(f, verify.Config{})
	f.Add([]byte("artifact"), uint16(0), []byte{0}, []byte{1, 2}, int32(-1), false)
	f.Add([]byte("artifact"), uint16(9000), []byte{255, 3}, []byte{0, 200}, int32(-1), true)
	f.Add([]byte("artifact"), uint16(30000), []byte{}, []byte{}, int32(200_000), true)
	f.Add([]byte{}, uint16(0), []byte{}, []byte{9}, int32(-1), false)
	f.Fuzz(func(t *testing.T, data []byte, times uint16, cuts, reads []byte, flip int32, atOnce bool) {
		artifact := bytes.Repeat(data, min(1+int(times), 1+(512<<10)/max(1, len(data))))
		plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Signature: minisigned(key, artifact)}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		served := bytes.Clone(artifact)
		good := flip < 0 || len(served) == 0
		if !good {
			served[int(flip)%len(served)] ^= 1
		}
		r, err := plan.Open(t.Context(), &cutReader{data: served, sizes: cuts, atOnce: atOnce})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var got []byte
		sizes := cutReader{sizes: reads}
		for err == nil {
			p := make([]byte, sizes.next())
			var n int
			n, err = r.Read(p)
			got = append(got, p[:n]...)
		}
		report, verdict := r.Finish()
		switch {
		case good && (!errors.Is(err, io.EOF) || verdict != nil || report == nil || !bytes.Equal(got, artifact)):
			t.Errorf("good: %v, %v, %d of %d bytes", err, verdict, len(got), len(artifact))
		case !good && (!errors.Is(err, algorithm.ErrInvalid) || verdict == nil || report != nil || len(got) >= len(artifact)):
			t.Errorf("flipped: %v, %v, %d of %d bytes", err, verdict, len(got), len(artifact))
		}
	})
}

func minisigned(key *testkeys.Minisign, data []byte) []byte {
	sum := blake2b.Sum512(data)
	return key.Sign(sum[:], comment)
}

// The states of a document.
const (
	docGood = iota
	docMissing
	docFlipped
	docStranger // signed by another key
	docStates
)

// FuzzPlans: a plan of composed checks holds where all that it needs is good, and not
// otherwise; and the artifact with one bit changed never passes.
func FuzzPlans(f *testing.F) {
	keys := []*testkeys.Minisign{testkeys.NewMinisign(f), testkeys.NewMinisign(f), testkeys.NewMinisign(f)}
	stranger := testkeys.NewMinisign(f)
	artifact := []byte("artifact")
	for shape := range uint8(3) {
		f.Add(shape, uint8(0), uint8(0), uint8(0), uint8(0), false, false)
		f.Add(shape, uint8(1), uint8(2), uint8(3), uint8(0), true, false)
		f.Add(shape, uint8(0), uint8(0), uint8(2), uint8(1), false, true)
	}
	f.Add(uint8(255), uint8(0), uint8(0), uint8(0), uint8(0), false, true)
	f.Fuzz(func(t *testing.T, shape, a, b, c, sums uint8, future, all bool) {
		docs := map[string]string{}
		put := func(name string, signed []byte, key *testkeys.Minisign, state uint8) bool {
			switch state % docStates {
			case docMissing:
				return false
			case docStranger:
				docs[name] = string(minisigned(stranger, signed))
			case docFlipped:
				docs[name] = string(minisigned(key, append(bytes.Clone(signed), 'x')))
			default:
				docs[name] = string(minisigned(key, signed))
			}
			return state%docStates == docGood
		}
		manifest := fmt.Appendf(nil, "%x  tool.tgz\n", sha256.Sum256(artifact))
		if sums%2 == 1 {
			manifest = fmt.Appendf(nil, "%x  tool.tgz\n", sha256.Sum256([]byte("another")))
		}
		const url = "https://example.com/"
		docs[url+"SHA256SUMS"] = string(manifest)
		one := map[string]any{"algorithm": "minisign", "pubkey": keys[0].PublicKey(), "file": "{ url }.0"}
		ofSums := map[string]any{"algorithm": "minisign", "pubkey": keys[1].PublicKey(), "checksums": url + "SHA256SUMS"}
		two := map[string]any{
			"algorithm": "minisign", "keys": []any{keys[0].PublicKey(), keys[1].PublicKey(), keys[2].PublicKey()},
			"threshold": 2, "files": []any{"{ url }.0", "{ url }.1", "{ url }.2"},
		}
		zero := put(url+"tool.tgz.0", artifact, keys[0], a)
		holds := []bool{zero, put(url+"SHA256SUMS.sig", manifest, keys[1], c) && sums%2 == 0, false}
		n := 0
		for _, good := range []bool{zero, put(url+"tool.tgz.1", artifact, keys[1], b), put(url+"tool.tgz.2", artifact, keys[2], c)} {
			if good {
				n++
			}
		}
		holds[2] = n >= 2
		tables := []map[string]any{one, ofSums, two}
		table, want := tables[shape%3], holds[shape%3]
		other := (shape%3 + 1) % 3 // another one, also where shape + 1 is 0
		switch {
		case future: // the first that is supported is binding
			table = map[string]any{"algorithm": "future", "alternatives": []any{table, tables[other]}}
		default:
			table["alternatives"] = []any{tables[other]}
		}
		if all {
			want = want && holds[other]
		}
		v := newVerifier(t, verify.Config{Fetcher: served(docs), RequireAll: all})
		plan, err := v.Plan(verify.Artifact{URL: url + "tool.tgz"}, signing(t, table))
		if err != nil {
			t.Fatal(err)
		}
		judge := func(artifact []byte) error {
			_, err := plan.Stream(t.Context(), bytes.NewReader(artifact), func(r io.Reader) error {
				_, err := io.Copy(io.Discard, r)
				return err
			})
			return err
		}
		if err := judge(artifact); (err == nil) != want {
			t.Errorf("%v: %v, want good: %t", table, err, want)
		}
		changed := bytes.Clone(artifact)
		changed[int(a)%len(changed)] ^= 1
		if judge(changed) == nil {
			t.Errorf("%v: a changed artifact passes", table)
		}
	})
}
