package policy_test

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestHosts: nothing is asked for from another host, whatever it is.
func TestHosts(t *testing.T) {
	m := &memory{}
	c, err := parse(t, least+"hosts = ['a.example', '*.b.example', '*.d.example:8443', 'c.example:8443', '192.0.2.1', '2001:db8::1', '[2001:db8::2]:8443', 'xn--bcher-kva.example', 'i.example']\n").
		Config(verify.Config{Algorithms: families(), Fetcher: m})
	if err != nil {
		t.Fatal(err)
	}
	good := []string{
		"https://a.example", "https://a.example/x", "https://A.Example/x?y", "https://a.example:443/x", "https://x.b.example/", "https://x.y.b.example/",
		"https://c.example:8443/x", "https://x.d.example:8443/", "https://192.0.2.1/x", "https://[2001:db8::1]/x", "https://[2001:db8::2]:8443/", "https://xn--bcher-kva.example/",
	}
	bad := []string{
		"https://b.example/", "https://xb.example/", "https://xxb.example/", "https://.b.example/", "https://a.example.evil.example/", "https://evil.example/a.example", "https://evil.example?a.example",
		"https://evil.example#a.example", "https://a.example:8443/", "https://c.example/", "https://c.example:443/", "https://x.d.example/", "https://d.example:8443/", "https://c.example:08443/", "https://x.a.example/", "https://a.example./",
		"https://192.0.2.10/", "https://192.0.2.1.evil.example/", "https://[2001:db8::3]/", "https://[2001:db8::1]:8443/", "https://[2001:db8::2]/", "https://bücher.example/", "https://\u0130.example/", "https://%C4%B0.example/", "https://xn--bcher-\u212ava.example/",
		"http://a.example/x", "https://user@a.example/x", "https://a.example@evil.example/x", "ftp://a.example/", "a.example", "", "https://", "https:a.example", "//a.example/x", "https://a.example:x/",
	}
	for _, url := range good {
		if _, err := c.Fetcher.Fetch(t.Context(), verify.Request{URL: url}); !errors.Is(err, verify.ErrMissing) || m.asked[len(m.asked)-1] != url {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := c.Replace(verify.Artifact{URL: url}, nil); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	asked := len(m.asked)
	for _, url := range bad {
		if _, err := c.Fetcher.Fetch(t.Context(), verify.Request{URL: url}); !errors.Is(err, verify.ErrURL) {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := c.Fetcher.Fetch(t.Context(), verify.Request{URL: url, Role: "artifact"}); !errors.Is(err, verify.ErrURL) {
			t.Errorf("%s, the artifact: %v", url, err) // also of a program that skips the rules
		}
		if _, err := c.Replace(verify.Artifact{URL: url}, nil); url != "" && !errors.Is(err, verify.ErrURL) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if len(m.asked) != asked {
		t.Errorf("asked for %q", m.asked[asked:])
	}
	_, err = c.Fetcher.Fetch(t.Context(), verify.Request{URL: "https://evil.example/x?token=secret"})
	wantRefusal(t, err, verify.ErrURL, "policy.toml:3: hosts: ", `"evil.example" is none of them`)

	// Without hosts, the program's fetcher is its own.
	if c, err = parse(t, least).Config(verify.Config{Algorithms: families(), Fetcher: m}); err != nil || c.Fetcher != m {
		t.Errorf("%v, %v", c.Fetcher, err)
	}
}
