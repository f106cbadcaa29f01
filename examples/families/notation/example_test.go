package notation_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/examples/families/notation"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// families are those that this program supports: two of the library's own, and one
// more.
func families() []algorithm.Algorithm {
	return []algorithm.Algorithm{minisign.Algorithm{}, gpg.Algorithm{}, notation.Algorithm{}}
}

// A program adds a family by naming it beside the library's. From there on its tables
// are followed like any other: here for a file on disk with its envelope beside it.
func Example() {
	const name = "tool-1.2.0.tgz"
	table, err := os.ReadFile(filepath.Join("testdata", "relseal.toml"))
	if err != nil {
		log.Fatal(err)
	}
	signing, err := metadata.ParseAt("relseal.toml", table, "signing")
	if err != nil {
		log.Fatal(err)
	}
	envelope, err := os.ReadFile(filepath.Join("testdata", name+".sig.jws"))
	if err != nil {
		log.Fatal(err)
	}
	v, err := verify.New(verify.Config{Algorithms: families(), Bind: verify.Binding{Name: true, Version: true}})
	if err != nil {
		log.Fatal(err)
	}
	for _, version := range []string{"1.2.0", "1.3.0"} { // the second one isn't what was signed
		plan, err := v.Plan(verify.Artifact{
			Name: name, Signature: envelope, Variables: map[string]string{"version": version}, ManifestFS: os.DirFS("testdata"),
		}, signing)
		if err != nil {
			log.Fatal(err)
		}
		report, err := plan.File(context.Background(), filepath.Join("testdata", name))
		if err != nil {
			fmt.Println(verify.Reason(err))
			continue
		}
		e := report.Evidence
		fmt.Println(report.Status, "by", report.Algorithm, "of", e.FileName, e.Version)
		fmt.Println("signed by", e.Identity["subject"])
		fmt.Println("not checked:", report.NotChecked)
	}
	// Output:
	// verified by notation of tool-1.2.0.tgz 1.2.0
	// signed by CN=acme release,O=acme,ST=WA,C=US
	// not checked: [revocation: neither OCSP nor CRL was asked timestamp: none was demanded]
	// version-mismatch
}
