package verify

import (
	"io"
	"math"
	"time"
)

// A Progress says how far a plan is.
type Progress struct {
	// Stage is what is being done: the [Request].Role of a document that is fetched,
	// such as "signature"; "artifact" while its bytes are read; "verdict" once
	// all of them are; "place" before the file gets its name. A transfer that
	// begins anew begins with Bytes 0 again.
	Stage string `json:"stage"`

	// Of is the URL, without a password, of what is dealt with, or the
	// artifact's name where it has none. Its host and path may come from a table.
	Of string `json:"of"`

	// Bytes are there by now, those that [Config].Resume has kept included, and
	// Total will be; -1 where that isn't known.
	Bytes int64 `json:"bytes"`
	Total int64 `json:"total"`

	// Rate is in bytes per second of late, for an artifact; 0 where it can't be
	// told yet.
	Rate float64 `json:"rate"`
}

// MarshalJSON gives an object with stage, of, bytes, total and rate, on one line.
// It may be printed, as that of [Report.MarshalJSON].
func (p Progress) MarshalJSON() ([]byte, error) {
	type fields Progress // without this method
	return shownJSON(fields(p))
}

// A teller hands what a [Progress] has to [Config].Progress; nil to nobody. It
// doesn't name that type: what is reachable from a check or a reader is linked by
// every program, with all of its methods.
type teller func(stage, of string, bytes, total int64, rate float64)

func newTeller(progress func(Progress)) teller {
	if progress == nil {
		return nil
	}
	return func(stage, of string, bytes, total int64, rate float64) {
		progress(Progress{Stage: stage, Of: of, Bytes: bytes, Total: total, Rate: rate})
	}
}

// fetching tells of a document.
func (tell teller) fetching(r Request, bytes, total int64) {
	if tell != nil {
		tell(r.Role, redact(r.URL), bytes, total, 0)
	}
}

// tell tells of the artifact.
func (p *Plan) tell(stage string, bytes, total int64, rate float64) {
	if p.v.progress != nil {
		p.v.progress(stage, redact(p.source()), bytes, total, rate)
	}
}

// tellEvery is the least time between two events about the same bytes, and
// rateWindow the time after which a speed counts for a third.
const (
	tellEvery  = 100 * time.Millisecond
	rateWindow = 3 * time.Second
)

// A meter measures the bytes of an artifact.
type meter struct {
	tell  func(stage string, bytes, total int64, rate float64)
	bytes int64
	total int64 // -1 where it isn't known
	rate  float64
	kept  int64 // bytes that come from the disk
	last  time.Time
	told  int64
}

// meter returns nil where nobody wants to know.
func (p *Plan) meter(total int64) *meter {
	if p.v.progress == nil {
		return nil
	}
	return &meter{tell: p.tell, total: total}
}

// expect takes what a response promises.
func (m *meter) expect(r *Response) {
	if m == nil {
		return
	}
	if r.Size > 0 {
		m.total = r.Size
	}
	m.kept = r.Offset
}

// add counts what a Read has returned, and tells.
func (m *meter) add(n int, err error) {
	if m == nil {
		return
	}
	now := time.Now()
	if m.last.IsZero() { // it starts with the first byte
		m.tell(roleArtifact, m.bytes, m.total, m.rate)
		m.last, m.told = now, m.kept
	}
	m.bytes += int64(n)
	end := err == io.EOF //nolint:errorlint // only io.EOF itself is the end
	if took := now.Sub(m.last); took >= tellEvery || end {
		m.measure(took)
		m.last, m.told = now, max(m.bytes, m.kept)
		m.tell(roleArtifact, m.bytes, m.total, m.rate)
	}
	if end {
		m.tell(stageVerdict, m.bytes, m.bytes, 0)
	}
}

// measure has the last piece count the more the longer it took.
func (m *meter) measure(took time.Duration) {
	if took < tellEvery || m.bytes <= m.told {
		return
	}
	rate := float64(m.bytes-m.told) / took.Seconds()
	if m.rate == 0 {
		m.rate = rate
		return
	}
	m.rate += (rate - m.rate) * (1 - math.Exp(-took.Seconds()/rateWindow.Seconds()))
}
