package https

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/relseal/relseal/internal/hostname"
	"github.com/relseal/relseal/verify"
)

var errHops = errors.New("too many redirects")

// CheckRedirect is the rule for redirects, as the CheckRedirect of an
// [http.Client] in a Fetcher of one's own: at most ten of them, to absolute https
// URLs without user and password ([verify.CheckURL]) alone. To another host or port than the
// first request's go only the headers that say which bytes are wanted, so none
// with a token, which net/http itself would send on in many headers and to the
// hosts below; and nobody learns the URL before, which may hold one.
func CheckRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: %w: more than %d", verify.ErrUnreachable, errHops, maxRedirects)
	}
	if err := verify.CheckURL(req.URL.String()); err != nil {
		return err
	}
	req.Header.Del("Referer")
	if len(via) > 0 && authority(req.URL) != authority(via[0].URL) {
		for name := range req.Header {
			if !travels(name) {
				delete(req.Header, name)
			}
		}
	}
	return nil
}

// travels reports whether a header may go to another host.
func travels(name string) bool {
	return isOwn(name) || name == "Accept" || name == "User-Agent"
}

// isOwn reports whether a header is one that says which bytes are wanted.
func isOwn(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Accept-Encoding", "Range", "If-Range", "If-None-Match", "If-Modified-Since":
		return true
	}
	return false
}

// authority is the host and port of an https URL.
func authority(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return hostname.Fold(u.Hostname()) + ":" + port
}
