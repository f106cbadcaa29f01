package verify

import (
	"context"
	"errors"
	"fmt"

	"github.com/relseal/relseal/internal/terminal"
)

// The reasons for which nothing could be judged. Why a key or a signature was
// refused is told by the sentinels of package algorithm, such as
// [algorithm.ErrInvalid].
var (
	// ErrNotDeclared: there is no signing table, and the policy is [Require].
	ErrNotDeclared = errors.New("no signature declared")

	// ErrMissing: what is declared is not there (HTTP 404 or 410, no such file).
	ErrMissing = errors.New("missing")

	// ErrUnreachable: the server can't be reached, answers with an error, or
	// breaks off. Trying again may help.
	ErrUnreachable = errors.New("unreachable")

	// ErrRestart: a transfer broke off and can't be gone on with, so that it has
	// to begin anew, as [Plan.Download] has it do some times. It is an
	// ErrUnreachable, too.
	ErrRestart = fmt.Errorf("%w: the transfer can't be gone on with", ErrUnreachable)

	// ErrNotModified: the document is still the one that [Request].Validator
	// tells. Only who asks so gets it.
	ErrNotModified = errors.New("not modified")

	// ErrURL: a URL that the [Fetcher] doesn't take: by default, one that is not
	// an absolute https URL without user and password, or a redirect to one.
	ErrURL = errors.New("URL not allowed")

	// ErrTLS: the server isn't who it should be. Trying again doesn't help.
	ErrTLS = errors.New("the server can't be trusted")

	// ErrNoFetcher: something would have to be fetched, and the program has no
	// [Config].Fetcher.
	ErrNoFetcher = errors.New("no network")

	// ErrChanged: a document hasn't the digest that the table pins.
	ErrChanged = errors.New("not the document that the table names")

	// ErrNotAccepted: [Config].Accept, [Config].Replace or [Program].Check said no.
	ErrNotAccepted = errors.New("not accepted by the program")

	// ErrDestination: what is at the destination can't be replaced, since it is no
	// file (for [Plan.Unpack] no folder), or a link that can't be followed.
	ErrDestination = errors.New("the destination can't be replaced")

	// ErrUnverified: a [Reader] was closed, or used, without a verdict.
	ErrUnverified = errors.New("not verified")
)

// The stages of [Error].Stage, in the order in which a package passes them.
const (
	stagePlan      = "plan"      // joining table and policy; no I/O was done
	stageKey       = "key"       // fetching or parsing key files
	stageManifest  = "manifest"  // fetching and reading a signed manifest
	stageSignature = "signature" // fetching the signature, and what can be judged without the artifact
	stageArtifact  = "artifact"  // fetching or reading the artifact
	stageVerdict   = "verdict"   // the signature over the artifact's bytes
	stagePlace     = "place"     // writing the file and putting it into place
)

// An Error is what every failing call of this package returns, [New] and
// [CheckURL] excepted.
type Error struct {
	// Stage is where it failed: "plan" (no I/O was done), "key", "manifest",
	// "signature" (fetching it, and what can be judged without the artifact),
	// "artifact" (fetching or reading it), "verdict" or "place" (writing the
	// file).
	Stage string

	// URL is the URL (without a password) or the file name that was dealt with,
	// for a table with its line; "" if there was none.
	URL string

	// Digests are the artifact's, as [Report].Digests has them, where they were
	// known when it failed.
	Digests map[string]string

	// Err is the cause. It wraps a sentinel of this package or of package
	// algorithm, or an error of package template, or is an I/O error.
	Err error
}

// Error returns stage, URL and cause in one line of less than 500 bytes. What
// can't be seen or would drive a terminal, such as an escape in a server's
// answer or in a file's name, is escaped. Of a URL or a cause that is too long
// the middle is left out; [Error.Unwrap] has the cause whole.
func (e *Error) Error() string {
	where := terminal.Limit(e.Stage, maxStageText)
	if e.URL != "" {
		where += ": " + terminal.Limit(e.URL, maxURLText)
	}
	if where == "" {
		return causeText(e.Err, maxErrorText)
	}
	return where + ": " + causeText(e.Err, maxErrorText-len(where)-len(": "))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// MarshalJSON gives an object with the names of a [Report]'s: status
// ("refused"), stage, reason ([Reason]), message (that of Error), exit_code
// ([ExitCode]), url and digests. Fields may be added, none is renamed or
// removed. It may be printed, as that of [Report.MarshalJSON].
func (e *Error) MarshalJSON() ([]byte, error) {
	return shownJSON(struct {
		Status   Status            `json:"status"`
		Stage    string            `json:"stage"`
		Reason   string            `json:"reason"`
		Message  string            `json:"message"`
		ExitCode int               `json:"exit_code"`
		URL      string            `json:"url,omitempty"`
		Digests  map[string]string `json:"digests,omitempty"`
	}{refused, e.Stage, Reason(e), e.Error(), ExitCode(e), e.URL, e.Digests})
}

// fail wraps err for a stage, and leaves alone what this package has wrapped
// already. An [*Error] that a caller's code has wrapped in its own is a cause
// like any other.
func fail(stage string, url string, err error) *Error {
	if wrapped, ok := err.(*Error); ok { //nolint:errorlint // not one that is inside of another
		return wrapped
	}
	return &Error{Stage: stage, URL: redact(url), Err: err}
}

// cancelled returns nil as long as ctx isn't done, and then its error with its
// cause.
func cancelled(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// withCleanup adds what failed while err was being cleaned up after.
func withCleanup(err *Error, cleanup error) *Error {
	if cleanup == nil {
		return err
	}
	return &Error{Stage: err.Stage, URL: err.URL, Digests: err.Digests, Err: fmt.Errorf("%w; in cleaning up: %w", err.Err, cleanup)}
}
