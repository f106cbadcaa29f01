package shapes

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/https"
)

// TestVersionOfAPath: a version that somebody else names may be more than one. With an
// old file's name and a ? behind it the URL is one of that file, and what was meant to be
// its name is a query. No line of a manifest can say such a version: it is refused
// before anything is fetched.
func TestVersionOfAPath(t *testing.T) {
	key := memoryPGP(t, "")
	here := runtime.GOOS + "_" + runtime.GOARCH
	for name, tt := range map[string]struct {
		file    string // the old release's
		install func(s Site, version, dst string) (*verify.Report, error)
	}{
		"gopass": {"gopass-1.0.0-linux-amd64.tar.gz", func(s Site, version, dst string) (*verify.Report, error) {
			return Gopass(t.Context(), s, key.public, key.public, version, dst)
		}},
		"restic": {"restic_1.0.0_linux_amd64.bz2", func(s Site, version, dst string) (*verify.Report, error) {
			return Restic(t.Context(), s, key.public, version, verify.Program{Path: dst})
		}},
		"hashicorp": {"terraform_1.0.0_" + here + ".zip", func(s Site, version, dst string) (*verify.Report, error) {
			return HashiCorp(t.Context(), s, key.public, "terraform", version, dst)
		}},
		"opentofu": {"tofu_1.0.0_" + here + ".zip", func(s Site, version, dst string) (*verify.Report, error) {
			return OpenTofu(t.Context(), s, nil, key.public, tofuBranch, version, dst)
		}},
		"helm": {"tool-1.0.0.tgz", func(s Site, version, dst string) (*verify.Report, error) {
			return Helm(t.Context(), s, key.public, "tool", version, dst)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := documents{tt.file: resticArchive(t, old)}
			manifest := sums(d, "", tt.file)
			signature, clearSigned := key.detach(t, manifest), key.clear(t, manifest)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := d[tt.file]
				for end, data := range map[string][]byte{"SHA256SUMS": manifest, "sig": signature, ".asc": signature, ".prov": clearSigned} {
					if strings.HasSuffix(r.RequestURI, end) {
						answer = data
					}
				}
				_, _ = w.Write(answer)
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.StartTLS()
			t.Cleanup(server.Close)
			dst := filepath.Join(t.TempDir(), "program")
			if name == "restic" {
				if err := os.WriteFile(dst, []byte("the running one"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			report, err := tt.install(Site{siteURL, https.Fetcher{Client: server.Client(), Retries: -1}}, "9.9.9/"+tt.file+"?", dst)
			if report != nil || !errors.Is(err, algorithm.ErrUnsupported) {
				t.Errorf("%v, %v", report, err)
			}
		})
	}
}
