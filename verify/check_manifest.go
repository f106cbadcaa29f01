package verify

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/terminal"
)

// A manifestCheck is a document with the digests of several artifacts: cover
// must hold of it, and the artifact must have the digests that stand there under
// its name. What cover has authenticated is parsed, nothing else and not before.
type manifestCheck struct {
	at    location
	name  string // under which the artifact must stand there
	cover cover

	asset    string // the artifact's own name, and its version, which a name may
	version  string // tell; "" where they aren't known
	mustName bool   // a digest alone isn't enough: the line must have the name
	mustPath bool   // and with its folders
}

// A cover authenticates a document.
type cover interface {
	// authenticate judges the document at a URL and returns what of it is
	// signed. Errors are of type [*Error].
	authenticate(ctx context.Context, s *session, url string, document []byte) (text []byte, signatures []Signature, err error)

	binds() Binding // of the document
	outline(o *outline)
	seal(s *seal)
}

// detached is a cover whose signature is a document of its own.
type detached struct{ check }

func (c detached) authenticate(ctx context.Context, s *session, url string, document []byte) ([]byte, []Signature, error) {
	signatures, err := s.of(url).verify(ctx, c.check, document)
	if err != nil {
		return nil, nil, err
	}
	return document, signatures, nil
}

func (c *manifestCheck) open(ctx context.Context, s *session) (judge, error) {
	at, err := c.at.url(nil)
	if err != nil {
		return nil, fail(stageManifest, c.at.text(), err)
	}
	signed, err := s.signed(ctx, c.cover, at)
	if err != nil {
		return nil, err
	}
	signatures := signed.signatures
	entries, err := signed.find(c.name)
	if err != nil {
		return nil, fail(stageManifest, at, err)
	}
	if err := c.named(entries); err != nil {
		return nil, fail(stageManifest, at, err)
	}
	entries, passed := answerable(entries, s.known)
	j := &digestJudge{signatures: signatures, source: s.source}
	where := "line %d of %s"
	if _, ok := c.cover.(*inlineCheck); ok {
		where = "line %d of the text signed in %s"
	}
	for _, e := range entries {
		j.want = append(j.want, vouched{e.Digest, fmt.Sprintf(where, e.Line, terminal.Limit(redact(at), maxURLText))})
	}
	for i := range signatures {
		signatures[i].Manifest = manifestOf(at, entries)
		signatures[i].leave(passed)
		signatures[i].bound = c.bound(signatures[i])
	}
	return j, nil
}

// named refuses a digest alone where something is demanded that the name in the
// line says: it ends as the one that is looked for, which is what tells.
func (c *manifestCheck) named(entries []checksums.Entry) error {
	for _, e := range entries {
		if c.mustName && e.Name == "" {
			return fmt.Errorf("%w: the manifest has a digest alone, and the name %s must be signed", algorithm.ErrNameMismatch, quotedName(c.name))
		}
		if c.mustPath && path.Clean(e.Name) != path.Clean(c.name) {
			return fmt.Errorf("%w: the manifest has it as %s, and the name %s must be signed", algorithm.ErrNameMismatch, quotedName(e.Name), quotedName(c.name))
		}
	}
	return nil
}

// bound is what a manifest binds of the artifact: the name, where it stands there
// under its own, and the version by that name or by what its signature says.
func (c *manifestCheck) bound(s Signature) Binding {
	return Binding{Name: s.Manifest.Name != "" && c.ofArtifact(), Version: s.bound.Version || tells(s.Manifest.Name, c.version)}
}

// ofArtifact reports whether the name that is looked for is the artifact's.
func (c *manifestCheck) ofArtifact() bool { return c.asset != "" && path.Base(c.name) == c.asset }

// binds counts what the line says only where there must be one: a manifest that is
// named after the artifact may be a digest alone.
func (c *manifestCheck) binds() Binding {
	b := Binding{Version: c.cover.binds().Version}
	if c.mustName || !strings.HasPrefix(lastElement(c.at.text()), path.Base(c.name)) {
		b = b.or(Binding{Name: c.ofArtifact(), Version: tells(c.name, c.version)})
	}
	return b
}

// answerable are the entries by hashes of the known digests, where there are
// any, and the others: of an artifact that is known by a digest alone, a
// manifest with that digest vouches for it whatever else stands there.
func answerable(entries []checksums.Entry, known []algorithm.Digest) (answerable, passed []checksums.Entry) {
	for _, e := range entries {
		if _, ok := digestOf(known, e.Digest.Hash()); ok {
			answerable = append(answerable, e)
		} else {
			passed = append(passed, e)
		}
	}
	if len(answerable) == 0 {
		return entries, nil
	}
	return answerable, passed
}

// leave says that these entries weren't compared.
func (s *Signature) leave(passed []checksums.Entry) {
	if s.Manifest.Name == "" {
		s.notCheck("name: the manifest has a digest alone, under no name")
	}
	for _, e := range passed {
		s.notCheck(fmt.Sprintf("the %s in line %d of the manifest: the artifact's is not known", e.Digest.Name(), e.Line))
	}
}

// notCheck says in the evidence what wasn't checked.
func (s *Signature) notCheck(text string) {
	evidence := *s.Evidence
	evidence.NotChecked = append(slices.Clip(evidence.NotChecked), text)
	s.Evidence = &evidence
}

// manifestOf tells the entry with the longest digest.
func manifestOf(at string, entries []checksums.Entry) *Manifest {
	m := &Manifest{URL: at}
	if len(entries) > 0 {
		m.Name, m.Line, m.Digest = entries[0].Name, entries[0].Line, entries[0].Digest.String()
	}
	return m
}

// lastElement is that of a URL's path, which needn't be a file's name.
func lastElement(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

func (c *manifestCheck) outline(o *outline) {
	o.add("checksums", c.at.text())
	o.add("checksum-name", c.name)
	c.cover.outline(o)
}
