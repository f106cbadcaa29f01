package cosign

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigstore/sigstore-go/pkg/fulcio/certificate"
	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/boundedregexp"
	"github.com/relseal/relseal/internal/terminal"
)

const (
	fieldIssuer  = "issuer"
	fieldSubject = "subject"

	maxIdentities = 64
	maxClaims     = 64      // of an identity: three for every field
	maxAllClaims  = 256     // of all identities
	maxField      = 4 << 10 // bytes of a claim, and of a field of a certificate; a pattern's time grows with both
)

// An extensionField is a field of the identity that stands in an extension of
// the certificate (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
type extensionField struct {
	name string
	oid  asn1.ObjectIdentifier
	raw  bool // the value is the text itself, as in the oldest extensions, not a DER string
	// tells: the field says who signed. Without one of these anyone at the
	// issuer would do.
	tells bool
}

// extensionFields returns the table of the fields beside the subject, which
// stands in the SAN. The issuer has a newer and an older extension; where a
// certificate has both they must say the same.
func extensionFields() []extensionField {
	return []extensionField{
		{name: fieldIssuer, oid: certificate.OIDIssuerV2},
		{name: fieldIssuer, oid: certificate.OIDIssuer, raw: true},                                                 //nolint:staticcheck // certificates have it
		{name: "github-workflow-trigger", oid: certificate.OIDGitHubWorkflowTrigger, raw: true},                    //nolint:staticcheck // as above
		{name: "github-workflow-sha", oid: certificate.OIDGitHubWorkflowSHA, raw: true},                            //nolint:staticcheck // as above
		{name: "github-workflow-name", oid: certificate.OIDGitHubWorkflowName, raw: true},                          //nolint:staticcheck // as above
		{name: "github-workflow-repository", oid: certificate.OIDGitHubWorkflowRepository, raw: true, tells: true}, //nolint:staticcheck // as above
		{name: "github-workflow-ref", oid: certificate.OIDGitHubWorkflowRef, raw: true},                            //nolint:staticcheck // as above
		{name: "build-signer", oid: certificate.OIDBuildSignerURI, tells: true},
		{name: "build-signer-digest", oid: certificate.OIDBuildSignerDigest},
		{name: "runner-environment", oid: certificate.OIDRunnerEnvironment},
		{name: "source-repository", oid: certificate.OIDSourceRepositoryURI, tells: true},
		{name: "source-digest", oid: certificate.OIDSourceRepositoryDigest},
		{name: "source-ref", oid: certificate.OIDSourceRepositoryRef},
		{name: "source-repository-id", oid: certificate.OIDSourceRepositoryIdentifier, tells: true},
		{name: "source-owner", oid: certificate.OIDSourceRepositoryOwnerURI, tells: true},
		{name: "source-owner-id", oid: certificate.OIDSourceRepositoryOwnerIdentifier, tells: true},
		{name: "workflow", oid: certificate.OIDBuildConfigURI, tells: true},
		{name: "workflow-digest", oid: certificate.OIDBuildConfigDigest},
		{name: "build-trigger", oid: certificate.OIDBuildTrigger},
		{name: "run-invocation", oid: certificate.OIDRunInvocationURI},
		{name: "source-visibility", oid: certificate.OIDSourceRepositoryVisibilityAtSigning},
	}
}

// An identity is who must have signed. All its claims must hold.
type identity []claim

type claim struct {
	algorithm.Claim
	pattern *regexp.Regexp // nil: Value is literal
}

// parseIdentities reads the identities that are declared, of which any may have
// signed; nil where none is.
func parseIdentities(t algorithm.Trust) ([]identity, error) {
	v := t.Values[fieldIdentity]
	all := len(slices.Concat(v.Tables...))
	if len(v.Tables) > maxIdentities || all > maxAllClaims {
		return nil, fmt.Errorf("%w: %d identities of %d claims, and %d of %d are the most", algorithm.ErrTooLarge, len(v.Tables), all, maxIdentities, maxAllClaims)
	}
	room := boundedregexp.MaxInstructions // of all patterns of the table together
	var identities []identity
	for n, claims := range v.Tables {
		id, err := parseIdentity(claims, &room)
		if err != nil && len(v.Tables) > 1 {
			err = fmt.Errorf("number %d: %w", n+1, err)
		}
		if err != nil {
			return nil, err
		}
		identities = append(identities, id)
	}
	return identities, nil
}

// matching returns the number of the first identity that holds of the
// certificate's fields. The error says why each doesn't.
func matching(ctx context.Context, identities []identity, fields map[string]string) (int, error) {
	var refused []error
	for n, id := range identities {
		err := id.check(ctx, fields)
		if err == nil {
			return n, nil
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		refused = append(refused, err)
	}
	if len(refused) == 1 {
		return 0, refused[0]
	}
	return 0, errNoIdentity(refused)
}

// maxTold bounds the identities of which an error says why.
const maxTold = 6

// errNoIdentity says of each identity why it doesn't hold. Each has its share
// of what an error may be long.
func errNoIdentity(refused []error) error {
	told := min(len(refused), maxTold)
	text := fmt.Sprintf("none of %d identities", len(refused))
	for n, err := range refused[:told] {
		why := strings.TrimPrefix(err.Error(), algorithm.ErrIdentity.Error()+": ")
		text += fmt.Sprintf("; %d: %s", n+1, terminal.Limit(why, 400/told))
	}
	if told < len(refused) {
		text += "; …"
	}
	return fmt.Errorf("%w: %s", algorithm.ErrIdentity, text)
}

// parseIdentity refuses an identity that doesn't say who: it takes an issuer,
// since without one any issuer that Fulcio trusts could vouch for the subject,
// and something that tells who at that issuer. room is what is left of the
// instructions that the patterns of a table may have together.
func parseIdentity(claims []algorithm.Claim, room *int) (identity, error) {
	if len(claims) > maxClaims {
		return nil, fmt.Errorf("%w: an identity of %d claims, and %d are the most", algorithm.ErrTooLarge, len(claims), maxClaims)
	}
	fields := extensionFields()
	id := make(identity, 0, len(claims))
	var issuer, who bool
	for _, c := range claims {
		at := slices.IndexFunc(fields, func(f extensionField) bool { return f.name == c.Field })
		if at < 0 && c.Field != fieldSubject {
			return nil, fmt.Errorf("%w: identity field %q", algorithm.ErrUnsupported, c.Field)
		}
		parsed, err := parseClaim(c, room)
		if err != nil {
			return nil, err
		}
		id = append(id, parsed)
		if c.Regexp && parsed.holds("anyone") { // like .* it tells nothing
			continue
		}
		issuer = issuer || c.Field == fieldIssuer
		who = who || c.Field == fieldSubject || fields[at].tells
	}
	switch {
	case !issuer:
		return nil, fmt.Errorf("%w: an identity needs an issuer (and not a pattern of anything), since else any issuer could vouch for it", algorithm.ErrMalformed)
	case !who:
		return nil, fmt.Errorf("%w: an identity needs a subject, source-repository or the like (and not a pattern of anything), since else anyone at the issuer could sign",
			algorithm.ErrMalformed)
	}
	return id, nil
}

func parseClaim(c algorithm.Claim, room *int) (claim, error) {
	if len(c.Value) > maxField {
		return claim{}, fmt.Errorf("%w: identity: the value of %s has %d bytes, and %d are the most", algorithm.ErrTooLarge, c.Field, len(c.Value), maxField)
	}
	if c.Value == "" || !printable(c.Value) {
		return claim{}, fmt.Errorf("%w: identity: the value of %s is empty or has control characters", algorithm.ErrMalformed, c.Field)
	}
	if !c.Regexp {
		return claim{Claim: c}, nil
	}
	pattern, err := boundedregexp.Compile(c.Value, room)
	if err != nil {
		return claim{}, fmt.Errorf("identity: %s-regexp: %w", c.Field, err)
	}
	return claim{c, pattern}, nil
}

// check returns an error that wraps [algorithm.ErrIdentity] unless every claim
// holds of the certificate's fields.
func (id identity) check(ctx context.Context, fields map[string]string) error {
	for _, c := range id {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, ok := fields[c.Field]
		switch {
		case !ok:
			return fmt.Errorf("%w: the certificate has no %s", algorithm.ErrIdentity, c.Field)
		case !c.holds(got):
			return fmt.Errorf("%w: %s is %q and must be %q", algorithm.ErrIdentity, c.Field, got, c.Value)
		}
	}
	return nil
}

func (c claim) holds(text string) bool {
	if c.pattern == nil {
		return text == c.Value
	}
	return boundedregexp.MatchWhole(c.pattern, text)
}

// String is the identity for people and for pins, among others: every value in
// quotes, so that no two identities read alike.
func (id identity) String() string {
	var texts []string
	for _, c := range id {
		name, value, _ := strings.Cut(c.String(), "=")
		texts = append(texts, name+"="+terminal.Quoted(value))
	}
	return strings.Join(texts, " ")
}

// String is the claim for people and for pins.
func (c claim) String() string {
	if c.Regexp {
		return c.Field + "-regexp=" + c.Value
	}
	return c.Field + "=" + c.Value
}

// certificateFields returns the identity in a certificate, by the names that
// the fields have in the signing table. The certificate must have exactly one
// subject alternative name, as Fulcio issues them, so that there's no doubt
// which one was meant.
func certificateFields(cert *x509.Certificate) (map[string]string, error) {
	names := cryptoutils.GetSubjectAlternateNames(cert)
	if n := countNames(cert); n != 1 || len(names) != 1 {
		return nil, fmt.Errorf("%w: the certificate has %d subject alternative names, of which %d are understood, and not one", algorithm.ErrIdentity, n, len(names))
	}
	known := extensionFields()
	fields := make(map[string]string, len(known))
	fields[fieldSubject] = names[0]
	for _, f := range known {
		text, ok, err := f.find(cert)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if other, ok := fields[f.name]; ok && other != text {
			return nil, fmt.Errorf("%w: the certificate says two things about %s: %q and %q", algorithm.ErrIdentity, f.name, other, text)
		}
		fields[f.name] = text
	}
	for name, text := range fields {
		if len(text) > maxField {
			return nil, fmt.Errorf("%w: the certificate's %s has %d bytes, and %d are the most", algorithm.ErrTooLarge, name, len(text), maxField)
		}
		if !printable(text) {
			return nil, fmt.Errorf("%w: the certificate's %s has control characters", algorithm.ErrMalformed, name)
		}
	}
	return fields, nil
}

// countNames counts the subject alternative names of every kind (GeneralNames,
// RFC 5280, section 4.2.1.6). Those that cryptoutils and x509 don't understand
// are left out by both. It returns 0 where there are none or not only names.
func countNames(cert *x509.Certificate) int {
	for _, e := range cert.Extensions { // x509 has refused two of one kind
		if !e.Id.Equal(cryptoutils.SANOID) {
			continue
		}
		sequence, rest, ok := cutElement(e.Value)
		names, whole := sequence.children()
		if !ok || !whole || len(rest) > 0 {
			return 0
		}
		return len(names)
	}
	return 0
}

func (f extensionField) find(cert *x509.Certificate) (text string, ok bool, err error) {
	for _, e := range cert.Extensions { // x509 has refused two of one kind
		if !e.Id.Equal(f.oid) {
			continue
		}
		if f.raw {
			return string(e.Value), true, nil
		}
		if err := certificate.ParseDERString(e.Value, &text); err != nil {
			return "", false, fmt.Errorf("%w: the certificate's %s: %w", algorithm.ErrMalformed, f.name, err)
		}
		return text, true, nil
	}
	return "", false, nil
}

// printable reports whether the text may be shown on a terminal.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
