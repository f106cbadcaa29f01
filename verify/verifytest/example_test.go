package verifytest_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
	"github.com/relseal/relseal/verify/verifytest"
)

// A test of install has the publisher misbehave in every way that there is: only what
// is good may be installed. Every test has a t; this one stands for it.
func ExamplePublisher_Break() {
	t := &exampleTest{}
	defer t.end()

	p := verifytest.NewPublisher(t, "signature", verifytest.NewKey(t, "minisign", ""))
	for _, version := range []string{"1.0.0", "1.1.0"} {
		p.Publish(version, map[string][]byte{
			"tool-" + version + ".tgz":  []byte("the tool, " + version),
			"other-" + version + ".tgz": []byte("another tool, " + version),
		})
	}
	for _, fault := range append(p.Faults(), "") {
		p.Break(fault)
		installed, err := install(context.Background(), p.Client(), p.Artifact("1.1.0", "tool-1.1.0.tgz"), p.Table())
		fmt.Printf("%s: %s\n", cmp.Or(fault, "good"), cmp.Or(verify.Reason(err), installed))
	}
	// Output:
	// missing artifact: artifact-missing
	// missing signature: signature-missing
	// unreachable artifact: unreachable
	// unreachable signature: unreachable
	// cut artifact: unreachable
	// cut signature: unreachable
	// flipped artifact: invalid
	// flipped signature: invalid
	// replayed: name-mismatch
	// mixed-up: name-mismatch
	// wrong key: wrong-key
	// good: the tool, 1.1.0
}

// install is what is tested. The client is a parameter of it, so that the publisher of
// the test can be reached.
func install(ctx context.Context, client *http.Client, artifact verify.Artifact, table *metadata.Signing) (string, error) {
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}},
		Fetcher:    https.Fetcher{Client: client, Retries: -1},
		Bind:       verify.Binding{Name: true, Version: true},
	})
	if err != nil {
		return "", err
	}
	plan, err := v.Plan(artifact, table)
	if err != nil {
		return "", err
	}
	r, err := plan.Open(ctx, nil)
	if err != nil {
		return "", err
	}
	defer r.Close()
	file, err := io.ReadAll(r)
	return string(file), err
}

// An exampleTest is as much of a test as a publisher needs.
type exampleTest struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTest) Helper()                           {}
func (t *exampleTest) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleTest) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *exampleTest) end() {
	for _, f := range t.cleanups {
		f()
	}
}
