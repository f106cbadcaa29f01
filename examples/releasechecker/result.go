package main

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// A result is what became of a task.
type result struct {
	task

	report *verify.Report
	err    error // nil where there is a report
	took   time.Duration
}

// The outcomes besides those of a report.
const (
	refused = "refused"
	absence = "absent"
)

// status is "verified", "unsigned", "skipped", "refused" or "absent".
func (r *result) status() string {
	switch {
	case r.err == nil:
		return string(r.report.Status)
	case r.optional && verify.Reason(r.err) == "artifact-missing":
		return absence
	}
	return refused
}

// why is the refusal's reason, or who signed: in a few words that may be shown.
func (r *result) why() string {
	switch {
	case r.err == nil:
		return signer(r.report)
	case r.status() == absence:
		return "nothing is released for it"
	}
	return verify.Reason(r.err)
}

func signer(r *verify.Report) string {
	if r.Evidence == nil {
		return "nobody signed"
	}
	e := r.Evidence
	return output.Label(r.Algorithm + " " + cmp.Or(e.Identity["subject"], e.KeyID, e.Fingerprint))
}

// message is the refusal whole, in one line that may be shown.
func (r *result) message() string { return output.Reason(r.err) }

// label names the artifact for people, in one line that may be shown.
func (r *result) label() string { return strings.TrimSpace(output.Label(r.target) + " " + r.name()) }

// name is the artifact's, as it may be shown; what is absent has none of its own.
func (r *result) name() string {
	if r.status() == absence {
		return ""
	}
	return r.task.name()
}

// head is what a result says in JSON beside the verdict.
type head struct {
	ID       string `json:"id,omitempty"`
	Target   string `json:"target,omitempty"`
	Artifact string `json:"artifact,omitempty"` // its URL
}

// json is the verdict's or the refusal's object with what the task was, on one line
// that may be printed: result.schema.json has its form.
func (r *result) json() ([]byte, error) {
	first, err := json.Marshal(head{r.id, r.target, r.job.Artifact.URL})
	if err != nil {
		return nil, err
	}
	verdict, err := r.verdict() // which may be printed already, and is most of it
	if err != nil || len(first) == len("{}") {
		return verdict, err
	}
	first = output.Shown(first)
	return slices.Concat(first[:len(first)-1], []byte(","), verdict[1:]), nil
}

// verdict is the report or the refusal as package verify has it.
func (r *result) verdict() ([]byte, error) {
	switch r.status() {
	case refused:
		return output.Refusal(r.err).MarshalJSON()
	case absence:
		return []byte(`{"status":"` + absence + `"}`), nil
	}
	return r.report.MarshalJSON()
}

// exitCode is that of the refusal.
func (r *result) exitCode() int {
	if r.status() != refused {
		return 0
	}
	return verify.ExitCode(r.err)
}

// judged reports whether a refusal is about what was there, so that it stays: what
// couldn't be fetched or read may come right by itself.
func (r *result) judged() bool {
	switch r.exitCode() {
	case 40, 41, 65, 67, 78:
		return true
	}
	return false
}

// remedy is what a publisher may do, "" where the message says all there is.
func (r *result) remedy() string { return remedies()[verify.Reason(r.err)] }

// remedies are what docs/releasechecker.md advises, by the reason.
func remedies() map[string]string {
	const (
		sign    = "sign, and put the signature where the message says"
		another = "what is signed is for another file or release: sign this one"
	)
	return map[string]string{
		"not-declared":      "add a signing table",
		"invalid":           "the file changed after it was signed, or the signature is another file's: sign it anew, and upload both",
		"signature-missing": sign,
		"manifest-missing":  sign,
		"artifact-missing":  "build and upload it; what isn't released for a target needs no --target and no override",
		"wrong-key":         "sign with the key of the table, or add the new key to the table's keys",
		"version-mismatch":  another,
		"name-mismatch":     another,
		"identity":          "another workflow signed than the table's identity names",
		"unreachable":       "try again",
		"rate-limited":      "try again",
		"unauthorized":      "installers send no credentials: make the release public",
	}
}
