package cases

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Registry is an OCI registry over TLS on loopback; its host and port. The
// publisher's client trusts its certificate.
func Registry(tb testing.TB) string {
	tb.Helper()
	quiet := log.New(io.Discard, "", 0)
	server := httptest.NewUnstartedServer(registry.New(registry.Logger(quiet), registry.WithReferrersSupport(true)))
	server.Config.ErrorLog = quiet
	server.StartTLS()
	tb.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "https://")
}
