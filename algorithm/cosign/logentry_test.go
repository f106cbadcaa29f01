package cosign

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
)

// A log's answer is the one entry that was asked for, with all that proves it.
func TestLogAnswer(t *testing.T) {
	body, sum := []byte("{}"), strings.Repeat("ab", 32)
	type fields struct{ id, body, log, root, hash, more string }
	answer := func(change func(f *fields)) []byte {
		f := fields{"24296fb24b8ad77a" + leafHash(body), b64(body), sum, sum, sum, ""}
		if change != nil {
			change(&f)
		}
		proof := object{{"checkpoint", "note"}, {"hashes", list{f.hash}}, {"logIndex", 3}, {"rootHash", f.root}, {"treeSize", 9}}
		verification := object{{"inclusionProof", proof}, {"signedEntryTimestamp", []byte{7}}}
		if f.more == "no proof" {
			verification = verification[1:]
		}
		return []byte(object{{f.id, object{{"body", f.body}, {"integratedTime", 5}, {"logID", f.log}, {"logIndex", 4}, {"verification", verification}}}}.String())
	}
	good := answer(nil)
	padded := func(n int) []byte { return append(bytes.Clone(good), bytes.Repeat([]byte{' '}, n-len(good))...) }
	for name, test := range map[string]struct {
		text   []byte
		values counter
		want   error
	}{
		"good":                    {good, counter{}, nil},
		"as large as may be":      {padded(maxLogAnswer), counter{}, nil},
		"a byte larger":           {padded(maxLogAnswer + 1), counter{}, algorithm.ErrTooLarge},
		"too many values":         {good, counter{used: maxValues}, algorithm.ErrTooLarge},
		"of another entry":        {answer(func(f *fields) { f.id = leafHash([]byte("x")) }), counter{}, algorithm.ErrInvalid},
		"with another body":       {answer(func(f *fields) { f.body = b64([]byte("x")) }), counter{}, algorithm.ErrInvalid},
		"without proof":           {answer(func(f *fields) { f.more = "no proof" }), counter{}, algorithm.ErrInvalid},
		"log's ID no hex":         {answer(func(f *fields) { f.log = "x" + sum[1:] }), counter{}, algorithm.ErrMalformed},
		"log's ID too short":      {answer(func(f *fields) { f.log = sum[2:] }), counter{}, algorithm.ErrMalformed},
		"root too long":           {answer(func(f *fields) { f.root += "ab" }), counter{}, algorithm.ErrMalformed},
		"a hash of the proof, no": {answer(func(f *fields) { f.hash = "" }), counter{}, algorithm.ErrMalformed},
		"none":                    {[]byte("{}"), counter{}, algorithm.ErrMalformed},
		"twice":                   {append(bytes.Clone(good), good...), counter{}, algorithm.ErrMalformed},
	} {
		e, err := parseLogAnswer(test.text, body, &test.values)
		if !errors.Is(err, test.want) || (e == nil) != (err != nil) {
			t.Errorf("%s: %v, %v; want %v", name, e, err, test.want)
		}
		if err != nil {
			continue
		}
		p := e.GetInclusionProof()
		id := hex.EncodeToString(e.GetLogId().GetKeyId())
		if !bytes.Equal(e.GetCanonicalizedBody(), body) || e.GetIntegratedTime() != 5 || e.GetLogIndex() != 4 || id != sum || e.GetInclusionPromise().GetSignedEntryTimestamp()[0] != 7 ||
			p.GetLogIndex() != 3 || p.GetTreeSize() != 9 || len(p.GetHashes()) != 1 || p.GetCheckpoint().GetEnvelope() != "note" || hex.EncodeToString(p.GetRootHash()) != sum {
			t.Errorf("%s: %v", name, e)
		}
	}
}
