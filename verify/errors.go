package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
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

	// ErrURL: a URL that is not an absolute https URL without user and
	// password, or a redirect to one.
	ErrURL = errors.New("URL not allowed")

	// ErrUnverified: a [Reader] was closed, or used, without a verdict.
	ErrUnverified = errors.New("not verified")
)

// A Stage says where on a package's way something failed.
type Stage string

// The stages, in the order in which a package passes them.
const (
	StagePlan      Stage = "plan"      // joining table and policy; no I/O was done
	StageKey       Stage = "key"       // fetching or parsing key files
	StageSignature Stage = "signature" // fetching the signature, and what can be judged without the artifact
	StageArtifact  Stage = "artifact"  // fetching or reading the artifact
	StageVerdict   Stage = "verdict"   // the signature over the artifact's bytes
	StagePlace     Stage = "place"     // writing the file and putting it into place
)

// An Error is what every failing call of this package returns, [New] and
// [HTTPS.Fetch] excepted.
type Error struct {
	// Stage is where it failed.
	Stage Stage

	// URL is the URL (without a password) or the file name that was dealt with,
	// for a table with its line; "" if there was none.
	URL string

	// Err is the cause. It wraps a sentinel of this package or of package
	// algorithm, or an error of package template, or is an I/O error.
	Err error
}

// Error returns stage, URL and cause in one line of less than 500 bytes. What
// can't be seen or would drive a terminal, such as an escape in a server's
// answer or in a file's name, is escaped. Of a URL or a cause that is too long
// the middle is left out; [Error.Unwrap] has the cause whole.
func (e *Error) Error() string {
	where := terminal.Limit(string(e.Stage), maxStageText)
	if e.URL != "" {
		where += ": " + terminal.Limit(e.URL, maxURLText)
	}
	return where + ": " + causeText(e.Err, maxErrorText-len(where)-len(": "))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// fail wraps err for a stage, and leaves alone what this package has wrapped
// already. An [*Error] that a caller's code has wrapped in its own is a cause
// like any other.
func fail(stage Stage, url string, err error) *Error {
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
	return &Error{Stage: err.Stage, URL: err.URL, Err: fmt.Errorf("%w; in cleaning up: %w", err.Err, cleanup)}
}

// The exit codes of [ExitCode]: cargo-binstall's where it has one for the case.
const (
	exitOther     = 1
	exitRefused   = 40 // SignatureInvalid
	exitMissing   = 41 // MissingSignature
	exitURL       = 65 // UrlParse
	exitTemplate  = 67 // TemplateParseError
	exitFetch     = 68 // fetch
	exitIO        = 74 // Io
	exitManifest  = 78 // CargoManifest
	exitCancelled = 130
)

// ExitCode returns the exit code that a program should end with for an error
// of this package, after cargo-binstall's documented codes where it has one:
//
//   - 0: nil;
//   - 40: a key (with what the table demands of it), a signature or an artifact
//     that was judged and refused, over a limit, or left without a verdict;
//   - 41: a missing signature or key file, or none declared;
//   - 65: a URL; 67: a template;
//   - 68: a fetch that failed, the artifact's included;
//   - 74: other I/O;
//   - 78: a manifest or a table that this program can't follow;
//   - 130: a cancelled context;
//   - 1: anything else.
func ExitCode(err error) int {
	var stage Stage
	var verifyErr *Error
	if errors.As(err, &verifyErr) {
		stage = verifyErr.Stage
	}
	var fileErr *fs.PathError
	local := errors.As(err, &fileErr)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrUnreachable), stage == StageArtifact && errors.Is(err, ErrMissing) && !local:
		return exitFetch
	case isCancelled(err):
		return exitCancelled
	case errors.Is(err, ErrMissing) && stage != StageArtifact, errors.Is(err, ErrNotDeclared):
		return exitMissing
	case errors.Is(err, ErrURL), errors.Is(err, template.ErrURL):
		return exitURL
	case isTemplate(err):
		return exitTemplate
	case isManifest(err), stage == StagePlan && isRefusal(err):
		return exitManifest
	case isRefusal(err), errors.Is(err, ErrUnverified):
		return exitRefused
	case stage == StageArtifact, stage == StagePlace, stage == StageKey, local:
		return exitIO
	default:
		return exitOther
	}
}

func isTemplate(err error) bool {
	var syntax *template.Error
	var missing *template.MissingKeyError
	return errors.As(err, &syntax) || errors.As(err, &missing)
}

func isManifest(err error) bool {
	var manifest *metadata.Error
	var target *metadata.TargetError
	return errors.As(err, &manifest) || errors.As(err, &target)
}

// isRefusal reports whether a key or signature was judged.
func isRefusal(err error) bool {
	return slices.ContainsFunc(refusals(), func(sentinel error) bool { return errors.Is(err, sentinel) })
}

func refusals() []error {
	return []error{
		algorithm.ErrUnsupported, algorithm.ErrMalformed, algorithm.ErrTooLarge,
		algorithm.ErrWrongKey, algorithm.ErrWeak, algorithm.ErrLegacy,
		algorithm.ErrKeyExpired, algorithm.ErrSignatureExpired, algorithm.ErrNotYetValid,
		algorithm.ErrRevoked, algorithm.ErrUserPresence, algorithm.ErrIdentity, algorithm.ErrNameMismatch,
		algorithm.ErrInvalid,
	}
}
