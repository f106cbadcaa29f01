package checking

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/examples/internal/output"
	"github.com/relseal/relseal/verify"
)

// A Result is what became of a task.
type Result struct {
	Task

	Report *verify.Report
	Err    error // nil where there is a report; else [Task.Err] or what verifying gave
	Took   time.Duration
}

// The outcomes besides those of a report.
const (
	Refused = "refused"
	Absent  = "absent"
)

// Status is "verified", "unsigned", "skipped", "refused" or "absent".
func (r *Result) Status() string {
	switch {
	case r.Err == nil:
		return string(r.Report.Status)
	case r.Optional && verify.Reason(r.Err) == "artifact-missing":
		return Absent
	}
	return Refused
}

// Why is the refusal's reason, or who signed: in a few words that may be shown.
func (r *Result) Why() string {
	switch {
	case r.Err == nil:
		return signer(r.Report)
	case r.Status() == Absent:
		return "nothing is released for it"
	}
	return verify.Reason(r.Err)
}

func signer(r *verify.Report) string {
	if r.Evidence == nil {
		return "nobody signed"
	}
	e := r.Evidence
	return output.Label(r.Algorithm + " " + cmp.Or(e.Identity["subject"], e.KeyID, e.Fingerprint))
}

// Message is the refusal whole, in one line that may be shown.
func (r *Result) Message() string { return output.Reason(r.Err) }

// Label names the artifact for people, in one line that may be shown.
func (r *Result) Label() string { return strings.TrimSpace(output.Label(r.Target) + " " + r.Name()) }

// Name is the artifact's, as it may be shown; what is absent has none of its own.
func (r *Result) Name() string {
	if r.Status() == Absent {
		return ""
	}
	return r.Task.Name()
}

// head is what a result says in JSON beside the verdict.
type head struct {
	ID       string `json:"id,omitempty"`
	Target   string `json:"target,omitempty"`
	Artifact string `json:"artifact,omitempty"` // its URL
}

// JSON is the verdict's or the refusal's object with what the task was, on one line
// that may be printed: result.schema.json has its form.
func (r *Result) JSON() ([]byte, error) {
	first, err := json.Marshal(head{r.ID, r.Target, r.Job.Artifact.URL})
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
func (r *Result) verdict() ([]byte, error) {
	switch r.Status() {
	case Refused:
		return output.Refusal(r.Err).MarshalJSON()
	case Absent:
		return []byte(`{"status":"` + Absent + `"}`), nil
	}
	return r.Report.MarshalJSON()
}

// ExitCode is that of the refusal.
func (r *Result) ExitCode() int {
	if r.Status() != Refused {
		return 0
	}
	return verify.ExitCode(r.Err)
}
