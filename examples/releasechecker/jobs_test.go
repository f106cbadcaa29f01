package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/examples/internal/checking"
	"github.com/relseal/relseal/examples/internal/market"
	"github.com/relseal/relseal/internal/testkeys"
)

// minisign is the shape of which most tests need no other.
func minisign() market.Shape { return market.Shape{Name: "signature", Family: "minisign"} }

// A verdict is a line of the output, as far as it is looked at here.
type verdict struct {
	ID, Status, Reason, Message string
	ExitCode                    int `json:"exit_code"`
}

func verdicts(tb testing.TB, text string) []verdict {
	tb.Helper()
	var all []verdict
	for line := range strings.Lines(text) {
		var v verdict
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			tb.Fatalf("%v in %s", err, line)
		}
		all = append(all, v)
	}
	return all
}

// TestJobsOfAllShapes: a line in is a line out, in the same order, for every shape;
// and every fault of a publisher is a refusal.
func TestJobsOfAllShapes(t *testing.T) {
	in, out := schema(t, "job.schema.json", ""), schema(t, "result.schema.json", "#/$defs/line")
	network := market.Hosts{}
	var lines, want []string
	for _, s := range market.Shapes() {
		for _, fault := range []string{"", "flipped artifact", "missing artifact"} {
			p := market.Serve(t, s, 2, 10)
			p.Break(fault)
			network[market.HostOf(p)] = p.Client().Transport
			id := strings.TrimSpace(s.Name + " " + s.Family + " " + fault)
			line := market.JobLine(t, p, id, market.FileName(1))
			check(t, in, line)
			lines, want = append(lines, line), append(want, id)
		}
	}
	got := call(t, &http.Client{Transport: network}, strings.Join(lines, "\n"), "--jobs", "-")
	if got.code != 40 {
		t.Errorf("exit code %d, %s", got.code, got.err)
	}
	for line := range strings.Lines(got.out) {
		check(t, out, line)
	}
	for i, v := range verdicts(t, got.out) {
		if v.ID != want[i] {
			t.Errorf("%q in the place of %q", v.ID, want[i])
		}
		switch {
		case strings.HasSuffix(v.ID, "flipped artifact"):
			if late := strings.HasPrefix(v.ID, "late"); v.Status != refused || v.ExitCode != 40 && !late || late && v.Reason != "signature-missing" {
				t.Errorf("%+v", v)
			}
		case strings.HasSuffix(v.ID, "missing artifact"):
			if v.Reason != "artifact-missing" || v.ExitCode != 68 {
				t.Errorf("%+v", v)
			}
		case v.Status != "verified":
			t.Errorf("%+v", v)
		}
	}
}

// TestBadJobs: a line that is none is one refusal, and those behind it are checked.
func TestBadJobs(t *testing.T) {
	p := market.Serve(t, minisign(), 1, 10)
	good := market.JobLine(t, p, "good", market.FileName(0))
	table := good[strings.Index(good, `"signing"`):strings.Index(good, `,"url"`)]
	for line, reason := range map[string]string{
		`x`:                                    "malformed",
		`{}`:                                   "malformed",
		`[]`:                                   "malformed",
		good[:len(good)-1] + `, "sining": {}}`: "malformed",
		good + good:                            "malformed",
		`{"url": "http://example.com/x", ` + table + `}`:                                                                                "url",
		`{"url": "https://example.com/x"}`:                                                                                              "not-declared",
		`{"url": "https://example.com/x", "signing": null}`:                                                                             "not-declared",
		`{"url": "https://example.com/x", "signing": {}}`:                                                                               "table",
		`{"url": "https://example.com/x", "signing": {"algorithm": "x"}}`:                                                               "unsupported",
		`{"url": "https://example.com/x", "target": "no-such", ` + table + `}`:                                                          "target",
		`{"url": "https://example.com/x", "digests": ["md5:00"], ` + table + `}`:                                                        "unsupported",
		`{"url": "https://example.com/x", "signing": {"algorithm": "minisign", "pubkey": {"file": "/etc/passwd"}}}`:                     "table",
		`{"url": "https://example.com/x", "signing": {"algorithm": "minisign", "pubkey": "RWQ", "threshold": 1.5}}`:                     "table",
		`{"url": "https://example.com/x", "signing": ` + strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat(`}`, 2000) + `}`:          "table",
		`{"id": "\u001b[31m\u202e", "url": "https://example.com/\u001b[31m", "signing": {"algorithm": "minisign", "pubkey": "\u0007"}}`: "table",
	} {
		got := call(t, p.Client(), line+"\n\n"+good+"\n", "--jobs", "-")
		all := verdicts(t, got.out)
		if len(all) != 2 || all[0].Status != refused || all[0].Reason != reason || all[1].Status != "verified" || got.code != all[0].ExitCode || got.code == 0 {
			t.Errorf("%.100s: exit code %d, want %s: %.500s", line, got.code, reason, got.out)
		}
		testkeys.CheckShown(t, got.out)
	}
}

// TestJobsWithTable: a job without a table has that of --table, and its own
// variables.
func TestJobsWithTable(t *testing.T) {
	p := market.Serve(t, minisign(), 1, 10)
	p.Set("signed-version", true)
	table := testkeys.WriteFile(t, t.TempDir(), "t.toml", []byte(p.TOML("signing")))
	a := p.Artifact("1.2.0", market.FileName(0))
	lines := fmt.Sprintf(`{"url": %q, "variables": {"version": "1.2.0"}}
{"url": %q, "variables": {"version": "1.3.0"}}
{"url": %q, "signing": null}
`, a.URL, a.URL, a.URL)
	got := call(t, p.Client(), lines, "--jobs", "-", "--table", table)
	all := verdicts(t, got.out)
	if len(all) != 3 || all[0].Status != "verified" || all[1].Reason != "version-mismatch" || all[2].Reason != "not-declared" || got.code != 40 {
		t.Errorf("exit code %d: %s", got.code, got.out)
	}
	if all[0].ID != "1" || all[2].ID != "3" {
		t.Errorf("%+v", all)
	}
}

// TestLongLine: what is too long ends the input, with a refusal that says so.
func TestLongLine(t *testing.T) {
	got := call(t, nil, strings.Repeat("x", checking.MaxLine+1)+"\n{}\n", "--jobs", "-")
	all := verdicts(t, got.out)
	if len(all) != 1 || all[0].Reason != "too-large" || !strings.Contains(all[0].Message, "wasn't looked at") || got.code == 0 {
		t.Errorf("exit code %d: %s", got.code, got.out)
	}
}

// TestNoJobs: nothing to check is no release that an installer accepts, unless it is a
// share that may have none.
func TestNoJobs(t *testing.T) {
	if got := call(t, nil, "", "--jobs", "-", "--allow-empty"); got != (outcome{}) {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "\n", " \n\t\n"} {
		got := call(t, nil, text, "--jobs", "-")
		all := verdicts(t, got.out)
		if len(all) != 1 || all[0].ID != "-" || all[0].Reason != "missing" || all[0].ExitCode != 41 || got.code != 41 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	got := call(t, nil, "no job\n", "--jobs", "-") // which isn't none
	if all := verdicts(t, got.out); len(all) != 1 || all[0].ID != "1" {
		t.Errorf("%+v", got)
	}
}

// TestCancelled: the end of the context ends the run, with the code that says so.
func TestCancelled(t *testing.T) {
	p := market.Serve(t, minisign(), 1, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	lines := strings.Repeat(market.JobLine(t, p, "x", market.FileName(0))+"\n", 100)
	code := run(ctx, []string{"--jobs", "-"}, streams{strings.NewReader(lines), &out, &errs})
	if all := verdicts(t, out.String()); code != 130 || len(all) != 1 || all[0].Reason != "cancelled" {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
}

// TestCancelledWhileIdle: nobody has to write another line for the run to end.
func TestCancelledWhileIdle(t *testing.T) {
	p := market.Serve(t, minisign(), 1, 10)
	in, feed := io.Pipe()
	defer feed.Close()
	out, told := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o, err := parse([]string{"--jobs", "-", "--concurrency", "1"})
	if err != nil {
		t.Fatal(err)
	}
	o.transport = p.Client().Transport
	ended := make(chan int)
	go func() {
		code, err := o.run(ctx, streams{in, told, io.Discard})
		if err != nil {
			t.Error(err)
		}
		told.Close()
		ended <- code
	}()
	line := market.JobLine(t, p, "x", market.FileName(0)) + "\n"
	go func() { _, _ = io.WriteString(feed, line+line) }()
	first, err := bufio.NewReader(out).ReadString('\n') // while the input is open
	if v := verdicts(t, first); err != nil || v[0].Status != "verified" {
		t.Fatalf("%v, %+v", err, v)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	cancel()
	select {
	case code := <-ended:
		if code != 130 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatal("it still waits")
	}
}

// TestBrokenWhileIdle: nor for a run to end whose results nobody reads any more.
func TestBrokenWhileIdle(t *testing.T) {
	in, feed := io.Pipe()
	defer feed.Close()
	out, told := io.Pipe()
	out.Close()
	o, err := parse([]string{"--jobs", "-"})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := o.run(t.Context(), streams{in, told, io.Discard})
		ended <- err
	}()
	go func() { _, _ = io.WriteString(feed, strings.Repeat("x\n", 100)) }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(time.Minute):
		t.Fatal("it still waits")
	}
}

// TestURLs: URLs of the call, and those of a list, are checked by one table.
func TestURLs(t *testing.T) {
	p := market.Serve(t, minisign(), 3, 10)
	table := testkeys.WriteFile(t, t.TempDir(), "t.toml", []byte(p.TOML("signing")))
	url := func(i int) string { return p.Artifact("1.2.0", market.FileName(i)).URL }
	if got := call(t, p.Client(), "", "--table", table, url(0), url(1), url(7)); got.code != 68 || !strings.Contains(got.out, "3 checked: 2 verified, 1 refused (artifact-missing)") {
		t.Errorf("exit code %d: %s", got.code, got.out)
	}
	list := "# a list\n" + url(0) + "\n\n  " + url(2) + "\r\n"
	if got := call(t, p.Client(), list, "--table", table, "--list", "-"); got.code != 0 || !strings.Contains(got.out, "2 checked: 2 verified") {
		t.Errorf("exit code %d: %s", got.code, got.out)
	}
}
