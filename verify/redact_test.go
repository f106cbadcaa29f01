package verify

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestRedact: a password is left out of a URL, and whatever has none stays as it is.
func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		"https://user:secret@example.com/a": "https://user:xxxxx@example.com/a",
		"https://user:secret@example.com/%": "(a URL that can't be parsed)",
		"https://example.com/a b@c":         "https://example.com/a b@c",
		"https://example.com/%":             "https://example.com/%",
		"me@home/100%":                      "me@home/100%",
		"a%":                                "a%",
	} {
		if got := redact(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestCheckURLCause: why a URL can't be parsed is told without the URL, as is why a
// Fetcher doesn't take it.
func TestCheckURLCause(t *testing.T) {
	err := CheckURL("https://user:secret@example.com/%zz")
	var escape url.EscapeError
	if !errors.Is(err, ErrURL) || !errors.As(err, &escape) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
	boom := errors.New("boom")
	for _, cause := range []error{boom, &url.Error{Op: "check", URL: "https://secret@example.com", Err: boom}} {
		err := (&network{fetcher: choosy{err: cause}}).checkURL("https://example.com")
		if !errors.Is(err, ErrURL) || !errors.Is(err, boom) || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
}

// choosy is a fetcher that takes no URL.
type choosy struct {
	Fetcher
	err error
}

func (c choosy) CheckURL(string) error { return c.err }

// TestCancelledText: a context's end is told once, with its cause where that is
// another.
func TestCancelledText(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := cancelled(ctx); err != nil {
		t.Error(err)
	}
	boom := errors.New("boom")
	cancel(boom)
	if err := cancelled(ctx); !errors.Is(err, boom) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	plain, end := context.WithCancel(t.Context())
	end()
	if err := cancelled(plain); err == nil || err.Error() != "context canceled" {
		t.Errorf("error %v", err)
	}
}

// TestWithCleanup: what failed in cleaning up is told beside what was cleaned up
// after.
func TestWithCleanup(t *testing.T) {
	first := &Error{Stage: stageVerdict, URL: "u", Digests: map[string]string{"sha256": "00"}, Err: ErrUnverified}
	if err := withCleanup(first, nil); err != first { // the very same
		t.Errorf("error %v", err)
	}
	boom := errors.New("boom")
	err := withCleanup(first, boom)
	if !errors.Is(err, ErrUnverified) || !errors.Is(err, boom) || err.Stage != stageVerdict || err.URL != "u" || err.Digests["sha256"] != "00" {
		t.Errorf("error %+v", err)
	}
}

// TestErrorWithoutPlace: an error that says neither stage nor URL is its cause alone.
func TestErrorWithoutPlace(t *testing.T) {
	if got := (&Error{Err: errors.New("boom")}).Error(); got != "boom" {
		t.Errorf("%q", got)
	}
}

// TestStatusErrorText: a hint where a code has more than one meaning, and when to
// try again where the server says so.
func TestStatusErrorText(t *testing.T) {
	for want, e := range map[string]*StatusError{
		"unreachable: the server answered 500":                                                      {Code: 500, Err: ErrUnreachable},
		"unreachable: the server answered 429 (too many requests)":                                  {Code: 429, Err: ErrUnreachable},
		"unreachable: the server answered 403 (too many requests), try again in 1m0s":               {Code: 403, RateLimited: true, RetryAfter: time.Minute, Err: ErrUnreachable},
		"unreachable: the server answered 401 (not authorized)":                                     {Code: 401, Err: ErrUnreachable},
		"missing: the server answered 404 (not found; some servers say so of what one may not see)": {Code: 404, Err: ErrMissing},
		"missing: the server answered 410":                                                          {Code: 410, Err: ErrMissing},
		"unreachable: the server answered 503, try again in 1s":                                     {Code: 503, RetryAfter: time.Second, Err: ErrUnreachable},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestCauseText: a cause that fits stays as it is, and of a longer one the reason
// comes first where it would be cut out.
func TestCauseText(t *testing.T) {
	const limit, behind = 100, "missing and more behind it"
	room := limit - len(behind)
	letters := strings.Repeat("x", room)
	for before, want := range map[string]string{
		"":                             behind,
		"\x1b":                         `\x1b` + behind,
		letters:                        letters + behind,
		strings.Repeat("\x1b", room/4): strings.Repeat(`\x1b`, room/4) + behind,
		letters + "x":                  "missing: x",
		strings.Repeat("\x1b", room):   `missing: \x1b`,
	} {
		got := causeText(&causing{before + behind}, limit)
		if len(got) > limit || !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " behind it") {
			t.Errorf("%q: %s", before, got)
		}
	}
}

// causing is an ErrMissing with a text of its own.
type causing struct{ text string }

func (c *causing) Error() string { return c.text }
func (c *causing) Unwrap() error { return ErrMissing }
