package verify

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

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

// A reason is why something was refused, for programs.
type reason struct {
	sentinel error            // that it is told by; nil where there is none
	told     func(error) bool // else by this
	name     string
	exitCode int
}

// is reports whether an error has the reason. As a function for each sentinel it would
// weigh 15 KB more in every program.
func (r reason) is(err error) bool {
	if r.sentinel == nil {
		return r.told(err)
	}
	return errors.Is(err, r.sentinel)
}

func wraps(sentinel error, name string, exitCode int) reason {
	return reason{sentinel, nil, name, exitCode}
}

func told(is func(error) bool, name string, exitCode int) reason {
	return reason{nil, is, name, exitCode}
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// reasons has every sentinel of the module. Of an error that wraps several, the
// first that stands here counts.
func reasons() []reason {
	return []reason{
		wraps(algorithm.ErrThreshold, "threshold", exitRefused),
		told(hasStatus((*StatusError).limited), "rate-limited", exitFetch),
		told(hasStatus((*StatusError).unauthorized), "unauthorized", exitFetch),
		wraps(ErrTLS, "tls", exitFetch),
		wraps(ErrUnreachable, "unreachable", exitFetch),
		told(isCancelled, "cancelled", exitCancelled),
		wraps(ErrNotDeclared, "not-declared", exitMissing),
		wraps(ErrMissing, "missing", exitMissing), // with its stage before it
		wraps(algorithm.ErrNoSignature, "missing", exitMissing),
		wraps(ErrNoFetcher, "no-network", exitFetch),
		wraps(ErrNotModified, "not-modified", exitFetch),
		wraps(ErrURL, "url", exitURL),
		wraps(template.ErrURL, "url", exitURL),
		told(as[*template.Error], "template", exitTemplate),
		told(as[*template.MissingKeyError], "template", exitTemplate),
		wraps(ErrChanged, "changed", exitRefused),
		wraps(ErrPinMismatch, "pin-mismatch", exitRefused),
		wraps(ErrRollback, "rollback", exitRefused),
		wraps(ErrSignerChanged, "signer-changed", exitRefused),
		wraps(algorithm.ErrUnsupported, "unsupported", exitRefused),
		wraps(algorithm.ErrTooLarge, "too-large", exitRefused),
		wraps(algorithm.ErrWrongKey, "wrong-key", exitRefused),
		wraps(algorithm.ErrWeak, "weak", exitRefused),
		wraps(algorithm.ErrLegacy, "legacy", exitRefused),
		wraps(algorithm.ErrKeyRetired, "key-retired", exitRefused),
		wraps(algorithm.ErrVersionMismatch, "version-mismatch", exitRefused),
		wraps(algorithm.ErrRootStale, "root-stale", exitRefused),
		wraps(algorithm.ErrKeyExpired, "key-expired", exitRefused),
		wraps(algorithm.ErrSignatureExpired, "signature-expired", exitRefused),
		wraps(algorithm.ErrNotYetValid, "not-yet-valid", exitRefused),
		wraps(algorithm.ErrRevoked, "revoked", exitRefused),
		wraps(algorithm.ErrUserPresence, "no-user-presence", exitRefused),
		wraps(algorithm.ErrIdentity, "identity", exitRefused),
		wraps(algorithm.ErrPredicate, "predicate", exitRefused),
		wraps(algorithm.ErrNameMismatch, "name-mismatch", exitRefused),
		wraps(algorithm.ErrMalformed, "malformed", exitRefused),
		wraps(algorithm.ErrInvalid, "invalid", exitRefused),
		wraps(ErrNotAccepted, "not-accepted", exitRefused),
		wraps(ErrUnverified, "unverified", exitRefused),
		wraps(ErrDestination, "destination", exitIO),
		told(as[*metadata.Error], "table", exitManifest),
		told(as[*metadata.TargetError], "target", exitManifest),
		told(as[*fs.PathError], "io", exitIO),
	}
}

// Status codes of HTTP; the package that names them would come with all of its
// client.
const (
	http401 = 401 // Unauthorized
	http403 = 403 // Forbidden
	http429 = 429 // Too Many Requests
)

// hasStatus asks every status that an error wraps: errors.As stops at the first,
// and of several documents each may have another.
func hasStatus(is func(*StatusError) bool) func(error) bool {
	var has func(error) bool
	has = func(err error) bool {
		switch e := err.(type) { //nolint:errorlint // it goes through what is wrapped itself
		case *StatusError:
			return is(e)
		case interface{ Unwrap() error }:
			return has(e.Unwrap())
		case interface{ Unwrap() []error }:
			return slices.ContainsFunc(e.Unwrap(), has)
		}
		return false
	}
	return has
}

func (e *StatusError) limited() bool { return e.RateLimited || e.Code == http429 }

func (e *StatusError) unauthorized() bool {
	return !e.limited() && (e.Code == http401 || e.Code == http403)
}

func reasonOf(err error) (reason, string) {
	var stage string
	var verifyErr *Error
	if errors.As(err, &verifyErr) {
		stage = verifyErr.Stage
	}
	// Of several signatures one cause speaks for all: that of one that couldn't be
	// fetched, since it may well be good, and else the main one.
	var several *algorithm.RefusedError
	if r, ok := firstReason(err); ok {
		if r.exitCode != exitFetch && errors.As(err, &several) && r.is(several) {
			if main, ok := firstReason(several.Main()); ok {
				r = main
			}
		}
		return r, stage
	}
	if stage == stageArtifact || stage == stagePlace || stage == stageKey {
		return reason{name: "io", exitCode: exitIO}, stage
	}
	return reason{name: "other", exitCode: exitOther}, stage
}

// firstReason returns the first of [reasons] that an error wraps.
func firstReason(err error) (reason, bool) {
	for _, r := range reasons() {
		if r.is(err) {
			return r, true
		}
	}
	return reason{}, false
}

// Reason returns why something was refused, as a word for programs: that of the
// sentinel that the error of this package, of package metadata or of a family
// wraps, such as "wrong-key" for [algorithm.ErrWrongKey]; the one that decides
// where there are several, of an [algorithm.RefusedError] that of its main
// cause, unless another couldn't be fetched and may be good. [ErrMissing] and
// [algorithm.ErrNoSignature] have the stage before it ("signature-missing"), or the
// role of a document that a signature can't do without ("certificate-missing",
// "log-entry-missing"). Without a sentinel of theirs are "unauthorized" (HTTP 401,
// 403), "rate-limited" (429, or 403 to too many requests), "cancelled" (the
// context's end), "template", "table" ([metadata.Error]), "target"
// ([metadata.TargetError]) and "io" (the file system, or what the program gave to
// read or write). Any other error is "other", and nil is "". Words may be added,
// none is renamed or removed.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	r, stage := reasonOf(err)
	if r.name != "missing" {
		return r.name
	}
	var document *documentError
	switch {
	case errors.As(err, &document):
		return strings.ReplaceAll(document.role, " ", "-") + "-missing"
	case stage != "":
		return stage + "-missing"
	}
	return r.name
}

// ExitCode returns the exit code that a program should end with for an error
// of this package, after cargo-binstall's documented codes where it has one:
//
//   - 0: nil;
//   - 40: a key (with what the table demands of it), a signature or an artifact
//     that was judged and refused, over a limit, or left without a verdict;
//   - 41: a missing signature, key or manifest, or none declared;
//   - 65: a URL; 67: a template;
//   - 68: a fetch that failed, the artifact's included;
//   - 74: other I/O;
//   - 78: a manifest or a table that this program can't follow;
//   - 130: a cancelled context;
//   - 1: anything else.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	r, stage := reasonOf(err)
	switch local := as[*fs.PathError](err); {
	case r.name == "missing" && stage == stageArtifact && local:
		return exitIO
	case r.name == "missing" && stage == stageArtifact:
		return exitFetch
	case stage == stagePlan && r.exitCode == exitRefused:
		return exitManifest
	}
	return r.exitCode
}
