package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
)

// Where the release of the documents is, and its attestations.
const (
	onGitHub       = "github.com/acme/tool/releases/download/v1.2.0/"
	onGitLab       = "gitlab.com/api/v4/projects/acme%2Ftool/packages/generic/tool/1.2.0/"
	onGitLabByID   = "gitlab.com/api/v4/projects/4242/packages/generic/tool/1.2.0/"
	inAttestations = "api.github.com/repos/acme/tool/attestations/"
)

// A world is all that a program finds in the network: the files of a folder, at the
// real URLs of the release, behind a proxy on loopback.
type world struct {
	folder string
	env    []string // for a program to be in this world
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{folder: t.TempDir()}
	server := httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that end
	certificate, text := worldCertificate(t)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(tunnel(server.Listener.Addr().String()))
	t.Cleanup(proxy.Close)
	w.env = []string{"HTTPS_PROXY=" + proxy.URL, "NO_PROXY=", "SSL_CERT_FILE=" + testkeys.WriteFile(t, t.TempDir(), "world.pem", text)}
	return w
}

func (w *world) serve(answer http.ResponseWriter, r *http.Request) {
	url := r.Host + r.URL.EscapedPath()
	for _, place := range []string{onGitHub, onGitLab, onGitLabByID, inAttestations} {
		if name, ok := strings.CutPrefix(url, place); ok && name == filepath.Base(name) {
			http.ServeFile(answer, r, filepath.Join(w.folder, name))
			return
		}
	}
	http.NotFound(answer, r)
}

// filesOf are the names of what is published in a world.
func filesOf(t *testing.T, w *world) string {
	t.Helper()
	entries, err := os.ReadDir(w.folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// tunnel is a proxy that leads to one server, whoever is asked for.
func tunnel(address string) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		to, err := net.Dial("tcp", address)
		if err != nil || r.Method != http.MethodConnect {
			http.Error(answer, "no tunnel", http.StatusBadGateway)
			return
		}
		defer to.Close()
		answer.WriteHeader(http.StatusOK)
		from, _, err := http.NewResponseController(answer).Hijack()
		if err != nil {
			return
		}
		defer from.Close()
		go io.Copy(to, from) //nolint:errcheck // it ends with the connection
		_, _ = io.Copy(from, to)
	})
}

// worldCertificate is one of the hosts of the world.
func worldCertificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		DNSNames:  []string{"github.com", "api.github.com", "gitlab.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// fakes are the programs that a CI job calls and that do something elsewhere. What
// gh and curl publish is in the folder $WORLD.
const (
	fakeMake = `#!/bin/sh
[ "$*" = dist ] || exit 9
mkdir -p dist
for os in linux darwin; do echo "the program for $os" > "dist/tool_1.2.0_${os}_amd64.tar.gz"; done
`
	fakeGH = `#!/bin/sh
set -eu
[ -n "$GH_TOKEN" ] && [ "$3" = v1.2.0 ] || exit 9
case "$1 $2" in
"release create")
  shift 3
  for file; do
    case $file in --verify-tag) ;; --*) exit 9 ;; *) cp "$file" "$WORLD/" ;; esac
  done ;;
"release edit") [ "$4" = --draft=false ] && cp "${DRAFT:?}"/* "$WORLD/" ;;
"release view")
  [ "$4 $5 $6" = "--json assets --jq" ]
  ls "$WORLD" | jq -R '{url: ("https://` + onGitHub + `" + .)}' | jq -s '{assets: .}' | jq -r "$7" ;;
*) exit 9 ;;
esac
`
	fakeCurl = `#!/bin/sh
set -eu
[ "$1 $2 $3 $4 $5 $6" = "--fail --silent --show-error --header JOB-TOKEN: token --upload-file" ]
[ "$8" = "https://` + onGitLabByID + `${7##*/}" ]
cp "$7" "$WORLD/"
`
	// fakeGo is go where it would build the program.
	fakeGo = `#!/bin/sh
set -eu
[ "$GOWORK $1 $2 $4" = "off build -C -o" ] || exit 9
case "$3 $6" in "$RELSEAL_ROOT/examples/releasechecker ." | */examples\ ./releasechecker) ;; *) exit 9 ;; esac
mkdir -p "$(dirname "$5")"
printf '#!/bin/sh\nRELEASECHECKER_MAIN=1 exec "%s" "$@"\n' "$RELSEAL_PROGRAM" > "$5"
chmod 755 "$5"
`
	nothing = "#!/bin/sh\n"
)

// fakeBin is a folder of programs.
func fakeBin(t *testing.T, programs map[string]string) string {
	t.Helper()
	bin := t.TempDir()
	for name, text := range programs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}
