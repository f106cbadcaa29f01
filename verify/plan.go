package verify

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
)

// An Artifact is what is to be verified, as far as the program knows it.
type Artifact struct {
	// URL is where the artifact is fetched from; "" where the program has the
	// bytes. It is the template variable url.
	URL string

	// Name is the artifact's file name; "" means the last element of the path
	// of URL, unless that is no name: with a separator or control characters in
	// it, or "..". Under it the artifact stands in a manifest of checksums, where
	// the table says no other, and in a table of digests. With the name that a
	// signer may have signed it is only compared: a difference is a warning in the
	// report, never a failure.
	Name string

	// Variables are the values of the templates, such as those of
	// [metadata.Manifest.Variables].
	Variables map[string]string

	// Signature is the signature where the program has it already: it is then
	// not fetched. nil means that it is fetched from the table's file.
	Signature []byte

	// Digests are those that the program knows beforehand, such as that of a lock
	// file, at most one by each hash. The artifact must have all of them whatever
	// the policy says, or the error wraps [algorithm.ErrInvalid]; and a signature
	// that is named by one of them is fetched and judged before the download.
	Digests []algorithm.Digest

	// Place says how the artifact lands at its destination, as by [Plan.Save].
	Place Place

	// ManifestFS is the folder of the manifest, for keys that the table gives
	// as { file = "…" }. Use the FS of an [os.Root], so that no link leaves the
	// folder. What is no regular file is refused. An FS that doesn't return is
	// given up when the context is done, and leaves a goroutine until it does.
	// nil means that such a table is refused.
	ManifestFS fs.FS
}

// A Plan is what will be done for one artifact: a tree of checks, all of which
// see the same bytes in one pass. It is immutable and can be carried out any
// number of times, also concurrently.
type Plan struct {
	v        *Verifier
	artifact Artifact
	status   Status // of the report that a success gives
	check    check  // nil unless status is Verified
	pin      Pin    // as what it is pinned; without a name where there are no pins
	replaced bool   // the table that counts is not the declared one
}

// Plan joins what the publisher declared with what the program demands, and
// does no I/O: it picks the algorithm, asks it which keys of the table it
// knows, parses inline keys and renders every template. A nil table means that
// none is declared.
//
// The error is an [*Error] of stage "plan" (or "key" for an inline key)
// that wraps [ErrNotDeclared], [ErrURL], [ErrNoFetcher] where something would
// have to be fetched (but not with [Config].TrustPins, since a pin may stand in: then
// it comes when the plan is carried out), or a [*metadata.Error] with the line in the table, around
// [algorithm.ErrUnsupported] for an algorithm that this program doesn't know
// and for a key file without [Artifact].ManifestFS, [algorithm.ErrMalformed]
// for a regular expression that isn't one and for a constraint that renders to
// nothing, an error of package template, or what the algorithm says of the
// keys; and [algorithm.ErrMalformed] where [Config].Pins are set and the variables
// name and version aren't. Under [InsecureSkip] the table isn't looked at, only the artifact's URL.
func (v *Verifier) Plan(artifact Artifact, table *metadata.Signing) (*Plan, error) {
	artifact.Variables = maps.Clone(artifact.Variables)
	artifact.Signature = slices.Clone(artifact.Signature)
	artifact.Digests = slices.Clone(artifact.Digests)
	if artifact.Name == "" && artifact.URL != "" {
		artifact.Name = nameOf(artifact.URL)
	}
	p := &Plan{v: v, artifact: artifact, status: Verified}
	if artifact.URL != "" {
		if err := v.checkURL(artifact.URL); err != nil {
			return nil, fail(stagePlan, artifact.URL, err)
		}
	}
	if err := checkDigests(artifact.Digests); err != nil {
		return nil, fail(stagePlan, artifact.URL, err)
	}
	if err := artifact.Place.check(); err != nil {
		return nil, fail(stagePlan, artifact.URL, err)
	}
	if v.policy == InsecureSkip {
		p.status = Skipped
		return p, nil
	}
	var err error
	if p.pin, err = v.pins.identify(artifact); err != nil {
		return nil, fail(stagePlan, artifact.URL, err)
	}
	if v.replace != nil {
		declared := table
		if table, err = v.replace(artifact, table); err != nil {
			return nil, fail(stagePlan, artifact.URL, fmt.Errorf("%w: %w", ErrNotAccepted, err))
		}
		p.replaced = table != declared
	}
	switch {
	case table == nil && v.policy == Require:
		return nil, fail(stagePlan, artifact.URL, fmt.Errorf("%w: the policy demands a signing table", ErrNotDeclared))
	case table == nil:
		p.status = Unsigned
		return p, nil
	}
	if p.check, err = v.declare(&artifact, table); err != nil {
		return nil, fail(stagePlan, "", err)
	}
	return p, nil
}

// Binds returns what of the artifact must be signed, beside its bytes, for the
// plan to succeed: by the table, by what the program demands, or by a manifest's
// line. What the plan of an unsigned or skipped artifact demands is nothing.
func (p *Plan) Binds() Binding {
	if p.check == nil {
		return Binding{}
	}
	return p.check.binds()
}

// source names the artifact in messages.
func (p *Plan) source() string {
	if p.artifact.URL != "" {
		return p.artifact.URL
	}
	return p.artifact.Name
}

func (p *Plan) outline() *outline {
	o := &outline{}
	o.add("policy", p.v.policy.String())
	o.add("artifact", p.artifact.URL)
	for _, d := range p.artifact.Digests {
		o.add(d.Name(), d.Hex())
	}
	o.add("pinned-as", strings.TrimRight(p.pin.Name+" "+p.pin.Version+" "+p.pin.Target, " "))
	switch p.status {
	case Unsigned:
		o.note("no signature is declared")
	case Skipped:
		o.note("signatures are skipped")
	default:
		p.check.outline(o)
	}
	return o
}

// String describes the plan for people, for a dry run: what will be fetched
// and what must hold.
func (p *Plan) String() string {
	var b strings.Builder
	p.outline().text(&b, "")
	return b.String()
}

// MarshalJSON describes the plan for programs, for a dry run: an object with
// policy, artifact and the keys of the signing table, rendered (algorithm,
// checksums, keys as their IDs or where they are, identity …), and signature,
// the URL of the signature. A digest that is known only after the bytes stands
// as it does in the template: { sha256 }. It may be printed, as that of
// [Report.MarshalJSON].
func (p *Plan) MarshalJSON() ([]byte, error) { return p.outline().MarshalJSON() }

// nameOf returns the last element of a URL's path, or "" where that is no
// file's name: after decoding it has a separator or a control character.
func nameOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	name, err := url.PathUnescape(path.Base(u.EscapedPath()))
	if err != nil || !utf8.ValidString(name) || name == "." || name == ".." ||
		strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
