package verify_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// TestStream: what reads the bytes gets the refusal in the place of their end, and
// its own success is none.
func TestStream(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	data := bytes.Repeat([]byte("artifact"), 1<<19) // more than is withheld
	p.Publish("1.0.0", map[string][]byte{"tool.tgz": data})
	errUse := errors.New("the disk is full")
	for name, tt := range map[string]struct {
		fault string
		src   []byte // nil: from the URL
		use   func(io.Reader) error
		want  string // reason
		is    error
		stage string
	}{
		"all":                       {use: all(len(data))},
		"exactly":                   {use: exactly(len(data))},
		"some":                      {use: exactly(3)},
		"none":                      {use: func(io.Reader) error { return nil }},
		"nil":                       {},
		"given":                     {src: data, use: all(len(data))},
		"given, nil":                {src: data},
		"given, flipped":            {src: []byte("other"), want: "invalid", stage: "verdict"},
		"flipped, all":              {fault: "flipped artifact", use: all(len(data)), want: "invalid", stage: "verdict"},
		"flipped, exactly":          {fault: "flipped artifact", use: exactly(len(data)), want: "invalid", stage: "verdict"},
		"flipped, some":             {fault: "flipped artifact", use: exactly(3), want: "invalid", stage: "verdict"},
		"flipped, nil":              {fault: "flipped artifact", want: "invalid", stage: "verdict"},
		"flipped, error left out":   {fault: "flipped artifact", use: func(r io.Reader) error { _, _ = io.ReadAll(r); return nil }, want: "invalid", stage: "verdict"},
		"flipped, error replaced":   {fault: "flipped artifact", use: func(r io.Reader) error { _, _ = io.ReadAll(r); return errUse }, want: "invalid", stage: "verdict"},
		"use fails":                 {use: func(io.Reader) error { return errUse }, want: "io", is: errUse, stage: "place"},
		"use fails before flipped":  {fault: "flipped artifact", use: func(io.Reader) error { return errUse }, want: "io", is: errUse, stage: "place"},
		"use fails after the bytes": {use: func(r io.Reader) error { _, _ = io.ReadAll(r); return errUse }, want: "io", is: errUse, stage: "place"},
		"not opened":                {fault: "missing signature", use: func(io.Reader) error { t.Error("opened"); return nil }, want: "signature-missing", is: verify.ErrMissing, stage: "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Break(tt.fault)
			v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: p.Fetcher()})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(p.Artifact("1.0.0", "tool.tgz"), p.Table())
			if err != nil {
				t.Fatal(err)
			}
			var src io.Reader
			if tt.src != nil {
				src = bytes.NewReader(tt.src)
			}
			report, err := plan.Stream(t.Context(), src, tt.use)
			if verify.Reason(err) != tt.want || (report == nil) == (tt.want == "") || !errors.Is(err, tt.is) && tt.is != nil {
				t.Fatalf("%v, %v", report, err)
			}
			var typed *verify.Error
			if errors.As(err, &typed) && typed.Stage != tt.stage {
				t.Errorf("stage %s: %v", typed.Stage, err)
			}
			if err == nil && (report.Status != verify.Verified || report.Size != int64(len(data))) {
				t.Errorf("%s", report)
			}
		})
	}
}

// all reads to the end.
func all(size int) func(io.Reader) error {
	return func(r io.Reader) error {
		n, err := io.Copy(io.Discard, r)
		if err == nil && n != int64(size) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
}

// exactly reads no more than that.
func exactly(size int) func(io.Reader) error {
	return func(r io.Reader) error {
		_, err := io.CopyN(io.Discard, r, int64(size))
		return err
	}
}

// TestStreamPanic: a connection isn't left open.
func TestStreamPanic(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	p.Publish("1.0.0", map[string][]byte{"tool.tgz": make([]byte, 8<<20)})
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: p.Fetcher()})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(p.Artifact("1.0.0", "tool.tgz"), p.Table())
	if err != nil {
		t.Fatal(err)
	}
	var reader io.Reader
	func() {
		defer func() { _ = recover() }()
		_, _ = plan.Stream(t.Context(), nil, func(r io.Reader) error {
			reader = r
			panic("use")
		})
	}()
	if _, err := io.ReadAll(reader); !errors.Is(err, verify.ErrUnverified) {
		t.Errorf("still open: %v", err)
	}
}

// A body counts how often it is closed.
type body struct {
	io.Reader
	closed int
	err    error
}

func (b *body) Close() error {
	b.closed++
	return b.err
}

// TestWrap: src is closed once, whatever happens, and what its Close says doesn't
// undo a verdict.
func TestWrap(t *testing.T) {
	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	data := []byte("artifact")
	p.Publish("1.0.0", map[string][]byte{"tool.tgz": data})
	errClose := errors.New("close")
	for name, tt := range map[string]struct {
		fault    string
		src      string
		read     bool
		closeErr error
		want     string
	}{
		"good":               {src: "artifact", read: true},
		"good, close fails":  {src: "artifact", read: true, closeErr: errClose},
		"flipped":            {src: "artifacT", read: true, want: "invalid"},
		"not read":           {src: "artifact", want: "unverified"},
		"no signature":       {fault: "missing signature", src: "artifact", read: true, want: "signature-missing"},
		"nil is the URL":     {read: true},
		"nil, flipped there": {fault: "flipped artifact", read: true, want: "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			p.Break(tt.fault)
			v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: p.Fetcher()})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(p.Artifact("1.0.0", "tool.tgz"), p.Table())
			if err != nil {
				t.Fatal(err)
			}
			src := &body{Reader: bytes.NewReader([]byte(tt.src)), err: tt.closeErr}
			var given io.ReadCloser
			if tt.src != "" {
				given = src
			}
			r, err := plan.Wrap(t.Context(), given)
			if err == nil {
				var got []byte
				if tt.read {
					got, err = io.ReadAll(r)
				}
				if closeErr := r.Close(); err == nil {
					err = closeErr
				}
				_ = r.Close()
				if err == nil && !bytes.Equal(got, data) {
					t.Errorf("got %q", got)
				}
			}
			if verify.Reason(err) != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if given != nil && src.closed != 1 {
				t.Errorf("closed %d times", src.closed)
			}
		})
	}
}
