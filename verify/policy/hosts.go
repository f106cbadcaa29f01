package policy

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/relseal/relseal/internal/hostname"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// hosts are those that something may be fetched from.
type hosts struct {
	field metadata.Field
	list  []host
}

// A host is a name, an address, or with below all names that end in a dot and
// that name.
type host struct {
	name, port string
	below      bool
}

const httpsPort = "443"

func readHosts(f metadata.Field) (*hosts, error) {
	list, err := words(f, maxHosts)
	if err != nil {
		return nil, err
	}
	h := &hosts{field: f}
	for _, w := range list {
		one, ok := parseHost(w.text)
		if !ok {
			return nil, w.Wrap(because(errValue, "%q is no host in small letters, such as example.org, *.example.org or example.org:8443", w.text))
		}
		h.list = append(h.list, one)
	}
	return h, nil
}

func parseHost(text string) (h host, ok bool) {
	h = host{name: text, port: httpsPort}
	if address, err := netip.ParseAddr(text); err == nil {
		return h, isPlain(address, text)
	}
	if name, port, found := cutPort(text); found {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return h, false
		}
		h.name, h.port = name, port
		if bare, ok := strings.CutPrefix(name, "["); ok {
			h.name, ok = strings.CutSuffix(bare, "]")
			address, err := netip.ParseAddr(h.name)
			return h, ok && err == nil && isPlain(address, h.name)
		}
	}
	h.name, h.below = strings.CutPrefix(h.name, "*.")
	return h, isHostName(h.name)
}

// isPlain reports whether an address is written as a URL is compared with it.
func isPlain(address netip.Addr, text string) bool {
	return address.Zone() == "" && address.String() == text
}

func cutPort(text string) (name, port string, ok bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+1:], true
}

// isHostName reports whether the text is a name of letters, digits and hyphens
// (RFC 952 and 1123, with the underscore that some names have); names in other
// scripts are written in punycode.
func isHostName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// check refuses a URL of another host. A nil list has all of them.
func (h *hosts) check(raw string) error {
	if h == nil {
		return nil
	}
	if err := verify.CheckURL(raw); err != nil {
		return err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return err // not after CheckURL
	}
	name, port := hostname.Fold(u.Hostname()), u.Port()
	if port == "" {
		port = httpsPort
	}
	for _, one := range h.list {
		if one.port == port && one.has(name) {
			return nil
		}
	}
	return h.field.Wrap(fmt.Errorf("%w: %s is none of them", verify.ErrURL, terminal.Quoted(terminal.Limit(u.Host, 100))))
}

func (h host) has(name string) bool {
	if h.below {
		return len(name) > len(h.name)+1 && strings.HasSuffix(name, "."+h.name)
	}
	return name == h.name
}

// A fetcher opens what is on one of the hosts.
type fetcher struct {
	verify.Fetcher
	hosts *hosts
}

// Fetch is [verify.Fetcher]'s.
func (f fetcher) Fetch(ctx context.Context, r verify.Request) (*verify.Response, error) {
	if err := f.hosts.check(r.URL); err != nil {
		return nil, err
	}
	return f.Fetcher.Fetch(ctx, r)
}
