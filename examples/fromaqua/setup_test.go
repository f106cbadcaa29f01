package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/relseal/relseal/examples/internal/families"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// call runs the program.
func call(args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	code = run(args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// converted is what the program says of an entry, as a job.
func converted(t *testing.T, entry string, args ...string) job {
	t.Helper()
	name := testkeys.WriteFile(t, t.TempDir(), "registry.yaml", []byte(entry))
	code, out, errs := call(append([]string{"--format", "json", "--entry", name}, args...)...)
	var j job
	if code != 0 || json.Unmarshal([]byte(out), &j) != nil || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit code %d: %s%s\n%s", code, out, errs, entry)
	}
	return j
}

// plan plans a job as releasechecker would.
func (j job) plan(t *testing.T, fetcher verify.Fetcher, requireAll bool) (*verify.Plan, error) {
	t.Helper()
	all, err := families.Offline(t.Context(), families.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: all, Fetcher: fetcher, RequireAll: requireAll})
	if err != nil {
		t.Fatal(err)
	}
	table, err := signing(t, j)
	if err != nil {
		return nil, err
	}
	return v.Plan(verify.Artifact{URL: j.URL, Variables: j.Variables}, table)
}

// signing is the job's table, by its JSON.
func signing(t *testing.T, j job) (*metadata.Signing, error) {
	t.Helper()
	data, err := json.Marshal(j.Signing)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(data, &keys); err != nil {
		t.Fatal(err)
	}
	return metadata.NewSigning(keys)
}

// planned are the artifact and the signature that a plan names first.
func planned(t *testing.T, p *verify.Plan) (artifact, signature string) {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var outline struct{ Artifact, Signature string }
	if err := json.Unmarshal(data, &outline); err != nil {
		t.Fatal(err)
	}
	return outline.Artifact, outline.Signature
}

// nothing is a fetcher that plans are made with, and that fetches nothing.
func nothing() verify.Fetcher { return https.Fetcher{} }
