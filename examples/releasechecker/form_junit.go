package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/relseal/relseal/verify/lint"
)

// junit is a test report of one suite with a test case for each artifact: failed
// where it was refused, with an error where nothing could be judged, skipped where
// a usual target is absent. The numbers stand at its beginning, so it is written at
// the end.
type junit struct {
	w     io.Writer
	suite string
	cases spool

	failures, errors, skipped int
	took                      time.Duration
}

// The elements, as far as they are used here, of the form that Jenkins publishes
// (xunit-plugin, junit-10.xsd); GitLab and others read the same.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
	}
	junitSuite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     string   `xml:"time,attr"`
	}
	junitCase struct {
		XMLName   xml.Name     `xml:"testcase"`
		Name      string       `xml:"name,attr"`
		ClassName string       `xml:"classname,attr"`
		Time      string       `xml:"time,attr"`
		Failure   *junitReason `xml:"failure"`
		Error     *junitReason `xml:"error"`
		Skipped   *junitReason `xml:"skipped"`
		Out       string       `xml:"system-out,omitempty"`
	}
	junitReason struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (j *junit) add(r *result) error {
	c := junitCase{Name: r.Label(), ClassName: "relseal." + j.suite, Time: seconds(r.Took)}
	j.took += r.Took
	switch r.Status() {
	case absence:
		j.skipped++
		c.Skipped = &junitReason{Type: absence, Message: r.Why()}
	case refused:
		reason := &junitReason{Type: r.Why(), Message: r.Message(), Text: remedy(r)}
		if judged(r) {
			j.failures++
			c.Failure = reason
		} else {
			j.errors++
			c.Error = reason
		}
	default:
		c.Out = r.Report.String()
	}
	return j.write(c)
}

// finding is the test case of what lint found.
func (j *junit) finding(f lint.Finding) error {
	c := junitCase{Name: fmt.Sprintf("%s %s:%d", f.Rule, f.File, f.Line), ClassName: "relseal.lint", Time: seconds(0)}
	switch f.Severity {
	case "error":
		j.failures++
		c.Failure = &junitReason{Type: f.Rule, Message: f.String()}
	default:
		c.Out = f.String()
	}
	return j.write(c)
}

func (j *junit) write(c junitCase) error {
	data, err := xml.MarshalIndent(c, "    ", "  ")
	if err != nil {
		return err
	}
	return j.cases.write(append(data, '\n'))
}

func (j *junit) end(t *tally) error {
	defer j.discard()
	for _, f := range t.findings {
		if err := j.finding(f); err != nil {
			return err
		}
	}
	tests := t.Checked + len(t.findings)
	suites, err := opening(junitSuites{Name: program, Tests: tests, Failures: j.failures, Errors: j.errors})
	if err != nil {
		return err
	}
	suite, err := opening(junitSuite{Name: j.suite, Tests: tests, Failures: j.failures, Errors: j.errors, Skipped: j.skipped, Time: seconds(j.took)})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(j.w, "%s%s\n  %s\n", xml.Header, suites, suite); err != nil {
		return err
	}
	if err := j.cases.copyTo(j.w); err != nil {
		return err
	}
	_, err = io.WriteString(j.w, "  </testsuite>\n</testsuites>\n")
	return err
}

func (j *junit) discard() { j.cases.discard() }

// opening is the start tag of an element that has attributes only.
func opening(element any) (string, error) {
	data, err := xml.Marshal(element)
	if err != nil {
		return "", err
	}
	for i, b := range data { // in an attribute it is escaped
		if b == '>' {
			return string(data[:i+1]), nil
		}
	}
	return string(data), nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
