package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
)

// A Status is the outcome that a [Report] tells. Only [Verified] is proof.
type Status string

// The outcomes.
const (
	// Verified: the declared signature fits the bytes and was made by a
	// declared key or identity; or, by [Config].TrustPins, one that was found to
	// be so when these bytes were pinned.
	Verified Status = "verified"

	// Unsigned: no signature is declared, and the policy allowed that.
	Unsigned Status = "unsigned"

	// Skipped: no signature was checked, because the policy is [InsecureSkip]; only
	// [Artifact].Digests were, where the program gave some.
	Skipped Status = "skipped"

	// refused is what an [*Error] has in JSON.
	refused Status = "refused"
)

// A Report tells what was checked of an artifact that was let through. Its
// JSON form is stable: fields may be added, none is renamed or removed; that of
// an [*Error] has the same names. A report that was read back from somewhere
// proves nothing.
//
// The fields hold what was said, with whatever a terminal takes for a command:
// show them by [Report.String] or [Report.MarshalJSON].
type Report struct {
	// Status is the outcome; only [Verified] is proof.
	Status Status `json:"status"`

	// Name and URL are the artifact's, as far as they are known: Name is "" where
	// the end of URL is no file name.
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`

	// Size is the artifact's in bytes; 0 where only a digest was judged.
	Size int64 `json:"size"`

	// Digests are the artifact's that the verdict rests on or [Config].Digests
	// asks for, or its Pins do, in lower-case hex by the hash's name, such as "sha256". They are
	// measured on the bytes that were handed on.
	Digests map[string]string `json:"digests,omitempty"`

	// Signature is the one that was verified, the first where there are
	// several; empty unless Status is [Verified]. Others are the further ones.
	Signature
	Others []Signature `json:"other_signatures,omitempty"`

	bound Binding // of the artifact, by all signatures

	// Pin is the pin that the artifact has now; nil without [Config].Pins.
	Pin *Pin `json:"pin,omitempty"`

	// Documents are those that were fetched for the verdict, where
	// [Config].KeepDocuments asks for them; the artifact isn't among them.
	Documents []Document `json:"documents,omitempty"`

	// NotChecked says what was not checked and why that was allowed.
	NotChecked []string `json:"not_checked,omitempty"`

	// Warnings are what a person should look at although the artifact was let
	// through.
	Warnings []string `json:"warnings,omitempty"`
}

// MarshalJSON returns the report as JSON that may be printed: what can't be seen
// or would drive a terminal is written as \uXXXX, so that the values are those
// of the fields. Only where that would be over 16 KiB have long texts their
// middle left out, and long lists their end. A struct that embeds a Report has this method too, and with it
// none of its own fields in its JSON; give it a field of type Report instead.
func (r Report) MarshalJSON() ([]byte, error) {
	type fields Report // without this method
	data, err := shownJSON(fields(r))
	if err != nil {
		return nil, err
	}
	return shorten(data)
}

// report is what can be said before the verdict.
func (p *Plan) report() Report {
	r := Report{Status: p.status, Name: p.artifact.Name, URL: p.artifact.URL}
	checked := "nothing about this artifact was checked"
	if len(p.artifact.Digests) > 0 {
		checked = "only the digest that the program knew was checked"
	}
	switch p.status {
	case Skipped:
		r.Warnings = []string{"signatures were skipped: " + checked}
	case Unsigned:
		r.Warnings = []string{"no signature is declared: " + checked}
	case Verified, refused:
	}
	return r
}

// judge asks for the verdict and tells what it rests on. The artifact's digests
// are compared with those that the program expects.
func (r *Report) judge(ctx context.Context, p *Plan, s *session, j judge, digests []algorithm.Digest) error {
	if err := compare(p.artifact.Digests, digests); err != nil {
		return err
	}
	if j != nil {
		signatures, err := j.verdict(ctx, digests)
		if err != nil {
			return err
		}
		if len(signatures) == 0 {
			return fmt.Errorf("%w: no signature was verified", ErrUnverified)
		}
		r.Signature, r.Others = signatures[0], signatures[1:]
		for _, s := range signatures {
			r.add(s, &p.artifact)
			r.bound = r.bound.or(s.bound)
		}
		r.sayUnbound(signatures)
	}
	r.Digests = byName(digests)
	r.Documents = s.kept.all
	return nil
}

// acceptedBy asks the program.
func (r *Report) acceptedBy(accept func(*Report) error) error {
	if accept == nil {
		return nil
	}
	if err := accept(r); err != nil {
		return fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	return nil
}

// byName are digests in hex by their hash's name; nil for none.
func byName(digests []algorithm.Digest) map[string]string {
	if len(digests) == 0 {
		return nil
	}
	names := make(map[string]string, len(digests))
	for _, d := range digests {
		names[d.Name()] = d.Hex()
	}
	return names
}

// add compares what was signed with what the program asked for.
func (r *Report) add(s Signature, a *Artifact) {
	e := s.Evidence
	for _, text := range e.NotChecked {
		if !slices.Contains(r.NotChecked, text) {
			r.NotChecked = append(r.NotChecked, text)
		}
	}
	name, named := r.Name, r.Name != "" || r.URL != "" // a URL that ends in no name has another one, too
	if s.Manifest != nil {                             // that is what was signed
		name, named = nameOf(s.Manifest.URL), true
	}
	if e.FileName != "" && named && e.FileName != name && (s.Manifest != nil || !s.bound.Name) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("signed under the name %s, not %s", quotedName(e.FileName), quotedName(name)))
	}
	if e.Version == "" || s.bound.Version {
		return
	}
	if w := a.wanted(a.values()); w.version != "" && !w.is(e.Version, w.version) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("signed as version %s, not %s", quotedName(e.Version), quotedName(w.version)))
	}
}
