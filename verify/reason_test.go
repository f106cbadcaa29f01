package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/template"
)

// TestReason: every sentinel has a word and an exit code, alone and under a
// stage.
func TestReason(t *testing.T) {
	at := func(stage string, err error) error {
		return fail(stage, "https://example.com/x", fmt.Errorf("around: %w", err))
	}
	for _, tt := range []struct {
		err    error
		reason string
		code   int
	}{
		{nil, "", 0},
		{errors.New("x"), "other", 1},
		{at(stagePlan, ErrNotDeclared), "not-declared", 41},
		{at(stageSignature, ErrMissing), "signature-missing", 41},
		{at(stageKey, ErrMissing), "key-missing", 41},
		{at(stageManifest, ErrMissing), "manifest-missing", 41},
		{at(stageArtifact, ErrMissing), "artifact-missing", 68},
		{at(stageArtifact, fmt.Errorf("%w: %w", ErrMissing, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist})), "artifact-missing", 74},
		{ErrMissing, "missing", 41},
		{at(stageArtifact, ErrUnreachable), "unreachable", 68},
		{at(stageArtifact, &StatusError{Code: 503, Err: ErrUnreachable}), "unreachable", 68},
		{at(stageSignature, &StatusError{Code: 404, Err: ErrMissing}), "signature-missing", 41},
		{at(stageSignature, &StatusError{Code: 401, Err: ErrUnreachable}), "unauthorized", 68},
		{at(stageSignature, &StatusError{Code: 403, Err: ErrUnreachable}), "unauthorized", 68},
		{at(stageSignature, &StatusError{Code: 403, RateLimited: true, Err: ErrUnreachable}), "rate-limited", 68},
		{at(stageSignature, algorithm.ErrNoSignature), "signature-missing", 41},
		{at(stageSignature, &documentError{"log entry", ErrMissing}), "log-entry-missing", 41},
		{at(stageSignature, &documentError{"log entry", ErrUnreachable}), "unreachable", 68},
		{at(stageVerdict, &algorithm.RefusedError{Causes: []error{algorithm.ErrUnsupported, algorithm.ErrIdentity}}), "identity", 40},
		{at(stageVerdict, &algorithm.RefusedError{Causes: []error{algorithm.ErrUnsupported, algorithm.ErrIdentity, algorithm.ErrInvalid}}), "invalid", 40},
		{at(stageVerdict, fmt.Errorf("%w: %w", algorithm.ErrThreshold, &algorithm.RefusedError{Causes: []error{algorithm.ErrIdentity}})), "threshold", 40},
		{at(stageVerdict, &algorithm.RefusedError{Causes: []error{ErrMissing, algorithm.ErrIdentity}}), "identity", 40},
		{at(stageVerdict, &algorithm.RefusedError{Causes: []error{ErrURL, algorithm.ErrInvalid}}), "invalid", 40},
		{at(stageVerdict, &algorithm.RefusedError{Causes: []error{algorithm.ErrInvalid, &StatusError{Code: 429, Err: ErrUnreachable}}}), "rate-limited", 68},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{ErrMissing, &StatusError{Code: 403, Err: ErrUnreachable}}}), "unauthorized", 68},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{&StatusError{Code: 404, Err: ErrMissing}, &StatusError{Code: 429, Err: ErrUnreachable}}}), "rate-limited", 68},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{&StatusError{Code: 503, Err: ErrUnreachable}, &StatusError{Code: 401, Err: ErrUnreachable}}}), "unauthorized", 68},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{algorithm.ErrMalformed, ErrNoFetcher}}), "no-network", 68},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{ErrMissing, ErrMissing}}), "signature-missing", 41},
		{at(stageSignature, &algorithm.RefusedError{Causes: []error{errors.New("x"), ErrMissing}}), "signature-missing", 41},
		{at(stageSignature, &StatusError{Code: 429, Err: ErrUnreachable}), "rate-limited", 68},
		{at(stageArtifact, ErrTLS), "tls", 68},
		{at(stagePlan, ErrNoFetcher), "no-network", 68},
		{at(stageSignature, ErrNotModified), "not-modified", 68},
		{at(stageArtifact, ErrRestart), "unreachable", 68},
		{at(stagePlan, ErrURL), "url", 65},
		{at(stagePlan, template.ErrURL), "url", 65},
		{at(stagePlan, &template.Error{Err: errors.New("x")}), "template", 67},
		{at(stagePlan, &metadata.Error{Err: &template.MissingKeyError{}}), "template", 67},
		{at(stageKey, ErrChanged), "changed", 40},
		{at(stageVerdict, ErrPinMismatch), "pin-mismatch", 40},
		{at(stageVerdict, ErrRollback), "rollback", 40},
		{at(stageVerdict, ErrSignerChanged), "signer-changed", 40},
		{at(stagePlan, &metadata.Error{Err: errors.New("x")}), "table", 78},
		{&metadata.Error{Err: metadata.ErrNotFound}, "table", 78},
		{&metadata.TargetError{}, "target", 78},
		{at(stagePlan, algorithm.ErrUnsupported), "unsupported", 78},
		{at(stageSignature, algorithm.ErrUnsupported), "unsupported", 40},
		{at(stageKey, &metadata.Error{Err: algorithm.ErrMalformed}), "malformed", 40},
		{at(stagePlan, &metadata.Error{Err: algorithm.ErrMalformed}), "malformed", 78},
		{at(stageSignature, algorithm.ErrTooLarge), "too-large", 40},
		{at(stageSignature, algorithm.ErrWrongKey), "wrong-key", 40},
		{at(stageKey, algorithm.ErrWeak), "weak", 40},
		{at(stageSignature, algorithm.ErrLegacy), "legacy", 40},
		{at(stageSignature, algorithm.ErrKeyExpired), "key-expired", 40},
		{at(stageSignature, algorithm.ErrSignatureExpired), "signature-expired", 40},
		{at(stageSignature, algorithm.ErrNotYetValid), "not-yet-valid", 40},
		{at(stageSignature, algorithm.ErrRevoked), "revoked", 40},
		{at(stageSignature, algorithm.ErrUserPresence), "no-user-presence", 40},
		{at(stageSignature, algorithm.ErrIdentity), "identity", 40},
		{at(stageSignature, algorithm.ErrPredicate), "predicate", 40},
		{at(stageSignature, algorithm.ErrNameMismatch), "name-mismatch", 40},
		{at(stageVerdict, algorithm.ErrInvalid), "invalid", 40},
		{at(stageVerdict, together(algorithm.ErrThreshold, algorithm.ErrInvalid, ErrMissing, ErrUnreachable)), "threshold", 40},
		{at(stageVerdict, ErrUnverified), "unverified", 40},
		{at(stagePlace, irreplaceable("follow", "x", fs.ErrNotExist)), "destination", 74},
		{at(stageArtifact, context.Canceled), "cancelled", 130},
		{at(stageArtifact, context.DeadlineExceeded), "cancelled", 130},
		{at(stageArtifact, fmt.Errorf("%w: %w", ErrUnreachable, context.DeadlineExceeded)), "unreachable", 68},
		{at(stagePlace, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}), "io", 74},
		{at(stagePlace, errors.New("disk full")), "io", 74},
		{at(stageArtifact, errors.New("a source broke")), "io", 74},
	} {
		if got := Reason(tt.err); got != tt.reason {
			t.Errorf("%v: reason %q, want %q", tt.err, got, tt.reason)
		}
		if got := ExitCode(tt.err); got != tt.code {
			t.Errorf("%v: exit code %d, want %d", tt.err, got, tt.code)
		}
	}
	for _, r := range reasons() {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.name) {
			t.Errorf("%q is not kebab-case", r.name)
		}
	}
}

// TestTogether: of no errors none is made.
func TestTogether(t *testing.T) {
	if err := together(); err != nil {
		t.Errorf("%v", err)
	}
	if err := together(ErrMissing, ErrURL); err.Error() != "missing; URL not allowed" || !errors.Is(err, ErrMissing) || !errors.Is(err, ErrURL) {
		t.Errorf("%v", err)
	}
}

// TestRefusalJSON: a refusal has the JSON that its documentation promises.
func TestRefusalJSON(t *testing.T) {
	err := fail(stageSignature, "https://user:secret@example.com/x.sig", fmt.Errorf("%w: KEY", algorithm.ErrWrongKey))
	err.Digests = map[string]string{"sha256": "00"}
	text, marshalErr := json.Marshal(error(err))
	if marshalErr != nil {
		t.Fatal(marshalErr)
	}
	const want = `{"status":"refused","stage":"signature","reason":"wrong-key",` +
		`"message":"signature: https://user:xxxxx@example.com/x.sig: signed by a key that is not accepted: KEY",` +
		`"exit_code":40,"url":"https://user:xxxxx@example.com/x.sig","digests":{"sha256":"00"}}`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}
