package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// repeated is a list of one text.
func repeated(n int, text string) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint(i) + text
	}
	return texts
}

// chattyReport is one in which everything that comes from outside is a text.
func chattyReport(n int, text string) *Report {
	identity := map[string]string{}
	for i := range min(n, 26) {
		identity[fmt.Sprintf("field-of-certificate-%02d", i)] = text
	}
	e := &algorithm.Evidence{
		KeyID: "0123456789ABCDEF", Fingerprint: strings.Repeat("F", 64), PrimaryFingerprint: strings.Repeat("P", 64), UserIDs: repeated(n, text),
		KeyAlgorithm: "Ed25519", Hash: "SHA-256", Identity: identity, TrustedComment: text, FileName: text, SignedAt: time.Unix(1, 0),
		Timestamps: make([]time.Time, n), LogEntries: make([]algorithm.LogEntry, n), Notes: repeated(n, text),
	}
	return &Report{
		Status: Verified, Name: text, URL: text, Size: 1, Digests: map[string]string{"sha512": strings.Repeat("0", 128)},
		Signature:  Signature{Algorithm: "gpg", URL: text, Manifest: &Manifest{URL: text, Name: text, Digest: "sha512:" + strings.Repeat("0", 128)}, Evidence: e},
		NotChecked: append(repeated(n, text), "the last thing that wasn't checked"), Warnings: append(repeated(n, text), "the last warning"),
	}
}

// TestLongReports: a report is short, whatever a signer says, and what a person
// must see stays.
func TestLongReports(t *testing.T) {
	for _, n := range []int{1, 8, 32, 100} {
		for name, text := range map[string]string{
			"short":          "x",
			"letters":        strings.Repeat("x", 4096),
			"unseen":         strings.Repeat("\u200b", 700),
			"commands":       strings.Repeat("\x1b[31m", 700),
			"HTML":           strings.Repeat("<&>", 1500),
			"quotes":         strings.Repeat("\"\\", 2000),
			"no UTF-8":       strings.Repeat("\xff", 4096),
			"of other kinds": strings.Repeat("é世😀", 400),
		} {
			r := chattyReport(n, text)
			got := r.String()
			if len(got) >= 4<<10 {
				t.Errorf("%d %s: %d bytes", n, name, len(got))
			}
			for _, want := range []string{"verified", strings.Repeat("0", 128), "0123456789ABCDEF"} {
				if !strings.Contains(got, want) {
					t.Errorf("%d %s: %q is missing", n, name, want)
				}
			}
			if n < maxAlike && !strings.Contains(got, "the last warning") {
				t.Errorf("%d %s: the warning is missing", n, name)
			}
			checkJSON(t, fmt.Sprint(n, " ", name), r)
		}
	}
}

// checkJSON checks the size of a report's JSON, alone and inside of something,
// and that it is a report still.
func checkJSON(t *testing.T, name string, r *Report) {
	t.Helper()
	alone, err := r.MarshalJSON()
	inside, insideErr := json.Marshal(struct{ Report Report }{*r})
	if err := errors.Join(err, insideErr); err != nil {
		t.Fatal(err)
	}
	if len(alone) >= 16<<10 || len(inside) >= 16<<10+100 {
		t.Errorf("%s: %d bytes of JSON, %d inside", name, len(alone), len(inside))
	}
	var back Report
	if err := json.Unmarshal(alone, &back); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if back.Status != Verified || back.Digests["sha512"] != r.Digests["sha512"] || back.Evidence.PrimaryFingerprint != r.Evidence.PrimaryFingerprint {
		t.Errorf("%s: %+v", name, back)
	}
}

// TestManyDigests: what is vital doesn't push all else out.
func TestManyDigests(t *testing.T) {
	r := chattyReport(1, "x")
	for i := range 100 {
		r.Digests[fmt.Sprint("hash ", i)] = strings.Repeat("0", 128)
	}
	got := r.String()
	if len(got) >= 4<<10 || !strings.HasPrefix(got, "status           verified\n") || !strings.HasSuffix(got, "the last warning\n") || !strings.Contains(got, "lines are left out") {
		t.Errorf("%d bytes:\n%s", len(got), got)
	}
}

// TestShortReports: one that isn't long is told whole.
func TestShortReports(t *testing.T) {
	r := chattyReport(maxAlike, "x")
	r.NotChecked, r.Warnings = []string{"the SCT"}, []string{strings.Repeat("w", 400)}
	got := r.String()
	if strings.Contains(got, "…") || strings.Count(got, "user ID") != maxAlike || !strings.Contains(got, r.Warnings[0]) {
		t.Errorf("%s", got)
	}
	r.Evidence.UserIDs = repeated(maxAlike+3, "x")
	got = r.String()
	if strings.Count(got, "user ID") != maxAlike+1 || !strings.Contains(got, "user ID          … and 3 more\n") {
		t.Errorf("%s", got)
	}
	data, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || len(back.Evidence.UserIDs) != maxAlike+3 || back.Warnings[0] != r.Warnings[0] {
		t.Errorf("%s, %v", data, err)
	}
}

// TestLongTextInJSON: the texts of a JSON that isn't too long stay as they are.
func TestLongTextInJSON(t *testing.T) {
	text := strings.Repeat("x\u200b", 700)
	r := &Report{Status: Verified, Name: text, Size: 1}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || back.Name != text {
		t.Errorf("%.100q, %v", back.Name, err)
	}
}
