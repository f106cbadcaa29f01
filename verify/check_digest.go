package verify

import (
	"context"
	"crypto"
	"fmt"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/metadata"
)

// A pinCheck is a leaf without a signature: the table itself has the artifact's
// digests.
type pinCheck struct {
	family   algorithm.Algorithm
	trust    *trust
	pins     []algorithm.Digest
	evidence *algorithm.Evidence
}

func (c *pinCheck) open(_ context.Context, s *session) (judge, error) {
	evidence := *c.evidence // a report is its program's to change
	evidence.Notes, evidence.NotChecked = slices.Clone(evidence.Notes), slices.Clone(evidence.NotChecked)
	j := &digestJudge{signatures: []Signature{{Algorithm: c.family.Name(), Evidence: &evidence, bound: c.binds()}}, source: s.source}
	for _, d := range c.pins {
		j.want = append(j.want, vouched{d, tableAt(c.trust.table)})
	}
	return j, nil
}

// tableAt says where a table is.
func tableAt(table *metadata.Signing) string {
	if table.Name == "" || table.Line == 0 {
		return "the table"
	}
	return fmt.Sprintf("the table at %s:%d", terminal.Limit(table.Name, maxURLText), table.Line)
}

// binds: no other bytes than these pass, of whatever name and version.
func (c *pinCheck) binds() Binding { return Binding{Name: true, Version: true} }

func (c *pinCheck) outline(o *outline) {
	o.add("algorithm", c.family.Name())
	c.trust.outline(o)
}

// A digestJudge compares the artifact's digests with those that are vouched for,
// of which all must hold.
type digestJudge struct {
	want       []vouched
	signatures []Signature // that vouch for them
	source     string      // of the bytes, for messages
}

// vouched is a digest and where it stands, for messages.
type vouched struct {
	algorithm.Digest
	at string
}

func (j *digestJudge) wants() wants {
	var hashes []crypto.Hash
	for _, d := range j.want {
		hashes = append(hashes, d.Hash())
	}
	return wants{hashes: hashes}
}

func (j *digestJudge) verdict(_ context.Context, digests []algorithm.Digest) ([]Signature, error) {
	if len(j.want) == 0 || len(j.signatures) == 0 {
		return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: nobody vouches for a digest", ErrUnverified))
	}
	for _, want := range j.want {
		got, ok := digestOf(digests, want.Hash())
		switch {
		case !ok:
			return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: %s has its %s, which is not known", algorithm.ErrUnsupported, want.at, want.Name()))
		case got != want.Digest: // what says most comes first: a long text loses its middle
			return nil, fail(stageVerdict, j.source, fmt.Errorf("%w: its %s is not that of %s: %s, want %s", algorithm.ErrInvalid, got.Name(), want.at, got.Hex(), want.Hex()))
		}
	}
	return j.signatures, nil
}
