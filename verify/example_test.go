package verify_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

const cargoToml = `
[package]
name = "tool"
version = "1.2.0"
repository = "https://example.com/acme/tool"

[package.metadata.binstall.signing]
algorithm = "minisign"
pubkey = "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe"
signed-version = true
`

const tool = "the bytes of tool 1.2.0\n"

const toolSignature = `untrusted comment: signature of tool 1.2.0
RUSzELI29V0FmBGv5caZGP+ax22dCHfTU29sUtDLEK79S1Jzv0WeXTXO6Z/o+YJwJGPT4mgwRl4sSJOUqY2bBIr+W5s4sqNkVQ4=
trusted comment: version:1.2.0
z8UUkb/vW8f7l1SZwtaPe9ZOVTC2TPbPz7rXfd+6DAN41SLvNKkK1C6g91PnTmD/NCMEXnIH+dzCfQ7M+VsEDg==
`

// install downloads a package to dst if its publisher signed it.
func install(ctx context.Context, fetcher verify.Fetcher, cargoToml []byte, target, url, dst string) (*verify.Report, error) {
	v, err := verify.New(verify.Config{
		Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, // the families that you link
		Policy:     verify.Require,                              // nothing unsigned passes
		Fetcher:    fetcher,                                     // such as https.Fetcher{}
	})
	if err != nil {
		return nil, err
	}
	manifest, err := metadata.Parse("Cargo.toml", cargoToml)
	if err != nil {
		return nil, err
	}
	pkg, err := manifest.For(target)
	if err != nil {
		return nil, err
	}
	variables, err := manifest.Variables(target)
	if err != nil {
		return nil, err
	}
	plan, err := v.Plan(verify.Artifact{URL: url, Variables: variables}, pkg.Signing)
	if err != nil {
		return nil, err
	}
	return plan.Download(ctx, dst)
}

func Example() {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content := tool
		if strings.HasSuffix(r.URL.Path, ".sig") {
			content = toolSignature
		}
		_, _ = io.WriteString(w, content)
	}))
	defer server.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	report, err := install(context.Background(), https.Fetcher{Client: server.Client()}, []byte(cargoToml),
		"x86_64-unknown-linux-gnu", server.URL+"/tool.tgz", filepath.Join(dir, "tool.tgz"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Status, report.Size, report.Evidence.KeyID, report.Evidence.TrustedComment)
	// Output: verified 24 98055DF536B210B3 version:1.2.0
}

// A program that has bytes and signature already reads the bytes through a
// Reader. The last of them, and of so few all, come after the verdict alone.
func ExamplePlan_Open() {
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}})
	if err != nil {
		log.Fatal(err)
	}
	table, err := metadata.ParseAt("relseal.toml", []byte(`
		[signing]
		algorithm = "minisign"
		pubkey = "RWSzELI29V0FmDJun4Du1+1tJRGEahk/f/Gb92UazGxqFRCTgBrCAUCe"`), "signing")
	if err != nil {
		log.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{Name: "tool.tgz", Signature: []byte(toolSignature)}, table)
	if err != nil {
		log.Fatal(err)
	}
	for _, content := range []string{tool, strings.ToUpper(tool)} {
		r, err := plan.Open(context.Background(), strings.NewReader(content))
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			fmt.Printf("%q: exit code %d\n", text, verify.ExitCode(err))
			continue
		}
		report, err := r.Finish()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q: %s\n", text, report.Status)
	}
	// Output:
	// "the bytes of tool 1.2.0\n": verified
	// "": exit code 40
}

// A plan can be shown before anything is fetched.
func ExamplePlan_String() {
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}}, Fetcher: https.Fetcher{}})
	if err != nil {
		log.Fatal(err)
	}
	manifest, err := metadata.Parse("Cargo.toml", []byte(cargoToml))
	if err != nil {
		log.Fatal(err)
	}
	pkg, err := manifest.For("x86_64-unknown-linux-gnu")
	if err != nil {
		log.Fatal(err)
	}
	variables := map[string]string{"name": "tool", "version": "1.2.0"}
	plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Variables: variables}, pkg.Signing)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(plan)
	// Output:
	// policy           require
	// artifact         https://example.com/tool.tgz
	// algorithm        minisign
	// signature        https://example.com/tool.tgz.sig
	// keys             98055DF536B210B3
	// signed-version   1.2.0
}
