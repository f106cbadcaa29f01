package verify

import (
	"context"
	"crypto"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// newPinRules are those of the configuration; nil where there are no pins.
func newPinRules(c Config) *pinRules {
	if c.Pins == nil {
		return nil
	}
	rules := &pinRules{c.Pins, c.AllowRollback, c.AllowNewSigner, c.TrustPins, c.Time}
	if rules.now == nil {
		rules.now = time.Now
	}
	return rules
}

// offline is the fetcher of a program that has none and trusts its pins: what a
// pin doesn't stand in for is missed only when it has to be fetched.
type offline struct{}

func (offline) Fetch(context.Context, Request) (*Response, error) {
	return nil, fmt.Errorf("%w: no pin stands in for the signature, and there is no Config.Fetcher", ErrNoFetcher)
}

// identify says as what the artifact is pinned.
func (rules *pinRules) identify(a Artifact) (Pin, error) {
	if rules == nil {
		return Pin{}, nil
	}
	pin := Pin{Name: a.Variables["name"], Version: a.Variables["version"], Target: a.Variables["target"]}
	for _, v := range []struct{ name, value string }{{"name", pin.Name}, {"version", pin.Version}} {
		if v.value == "" {
			return Pin{}, fmt.Errorf("%w: the variable %s is empty, and without it nothing can be pinned: set it in Artifact.Variables", algorithm.ErrMalformed, v.name)
		}
	}
	return pin, nil
}

// pins are the rules that count for the plan; nil: none.
func (p *Plan) pins() *pinRules {
	if p.pin.Name == "" {
		return nil
	}
	return p.v.pins
}

// wants are the hashes that the program or its pins want.
func (p *Plan) wants() wants {
	w := wants{hashes: slices.Clone(p.v.digests)}
	if p.pins() != nil {
		w = w.and(wants{hashes: []crypto.Hash{crypto.SHA256}})
	}
	return w
}

// answerable refuses digests that no pin can be compared with.
func (rules *pinRules) answerable(digests []algorithm.Digest) error {
	if _, ok := digestOf(digests, crypto.SHA256); rules != nil && !ok {
		return fmt.Errorf("%w: pins are of SHA-256, and the artifact's is not known", algorithm.ErrUnsupported)
	}
	return nil
}

// openCheck opens the plan's check, or has a pin stand in for it.
func (p *Plan) openCheck(ctx context.Context, s *session) (judge, error) {
	rules := p.pins()
	if rules == nil || !rules.trust {
		return p.check.open(ctx, s)
	}
	var trusted *Pin
	err := rules.pins.Update(ctx, p.pin.Name, func(seen []Pin) (keep *Pin, err error) {
		trusted = samePin(ofName(seen, p.pin.Name), p.pin)
		return keep, nil
	})
	switch {
	case err != nil:
		return nil, fail(stageSignature, p.source(), fmt.Errorf("the pins: %w", err))
	case trusted == nil || !p.letsStandIn(*trusted):
		return p.check.open(ctx, s)
	}
	return &pinnedJudge{pin: *trusted, source: p.source()}, nil
}

// letsStandIn reports whether a pin may stand in for the plan's check: by it
// somebody had signed, by families that the program still has, and what is demanded
// to be bound was bound. The publisher's keys may have changed since, which is what
// the program trusts its pins about; but where the program itself replaces what the
// publisher says, it has to be that.
func (p *Plan) letsStandIn(pin Pin) bool {
	for _, s := range pin.Signers {
		if family, _, _ := strings.Cut(s, " "); p.v.algorithms[family] == nil {
			return false
		}
	}
	demanded := p.check.binds().or(p.v.bind)
	return len(pin.Signers) > 0 && !p.replaced && pin.Bound.and(demanded) == demanded
}

// ofName are the pins of that name; a store should show no others.
func ofName(seen []Pin, name string) []Pin {
	return slices.DeleteFunc(slices.Clone(seen), func(p Pin) bool { return p.Name != name })
}

// pinnedAlgorithm is what a report says where a pin stood in for a signature: no
// family has judged anything.
const pinnedAlgorithm = "pin"

// A pinnedJudge holds if the artifact has the digest of a pin.
type pinnedJudge struct {
	pin    Pin
	source string
}

func (j *pinnedJudge) wants() wants { return wants{hashes: []crypto.Hash{crypto.SHA256}} }

func (j *pinnedJudge) verdict(_ context.Context, digests []algorithm.Digest) ([]Signature, error) {
	got, _ := digestOf(digests, crypto.SHA256) // without one it is none, which no pin has
	if got != j.pin.Digest {
		return nil, fail(stageVerdict, j.source, j.pin.mismatch(j.pin.Version, got))
	}
	return []Signature{{Algorithm: pinnedAlgorithm, bound: j.pin.Bound, Evidence: &algorithm.Evidence{
		Notes:      []string{fmt.Sprintf("pinned on %s, signed then by %s", j.pin.day(), shownSigners(j.pin.Signers))},
		NotChecked: []string{"signature: the pinned digest stands in for it"},
	}}}, nil
}

// settle is what comes between a verdict of yes and the placing of the file: the
// program is asked, and then the artifact is compared with what was seen before
// and pinned.
func (p *Plan) settle(ctx context.Context, r *Report, j judge, digests []algorithm.Digest) error {
	if err := r.acceptedBy(p.v.accept); err != nil {
		return err
	}
	rules := p.pins()
	if rules == nil {
		return nil
	}
	now := p.pin
	now.File, now.Signers, now.Bound, now.FirstSeen = r.Name, r.signers(), r.bound, rules.now().UTC().Truncate(time.Second)
	now.Digest, _ = digestOf(digests, crypto.SHA256) // it was wanted
	if stood, ok := j.(*pinnedJudge); ok {
		now.Signers = stood.pin.Signers
	}
	var v *pinVerdict
	err := rules.pins.Update(ctx, now.Name, func(seen []Pin) (*Pin, error) {
		v = rules.judge(ofName(seen, now.Name), now)
		return v.keep, v.err
	})
	switch {
	case v != nil && v.err != nil: // whatever the store makes of it
		return v.err
	case err != nil:
		return fmt.Errorf("the pins: %w", err)
	case v == nil:
		return fmt.Errorf("%w: the pins were not compared", ErrUnverified)
	}
	v.pin.Signers = slices.Clone(v.pin.Signers) // a report is its program's to change
	r.Pin = &v.pin
	r.Warnings = append(r.Warnings, v.warnings...)
	return nil
}

// signers are who signed, each once and in one order.
func (r *Report) signers() []string {
	signers := map[string]bool{}
	for _, s := range append([]Signature{r.Signature}, r.Others...) {
		if s.Evidence != nil {
			signers[pinnedSigner(s)] = true
		}
	}
	delete(signers, "")
	return slices.Sorted(maps.Keys(signers))
}

// pinnedSigner is [signer] without what each release has its own of, and with
// what tells apart those who have a workflow of somebody else's run, or for whom
// one authority makes certificates.
func pinnedSigner(s Signature) string {
	evidence := *s.Evidence
	evidence.Identity = maps.Clone(evidence.Identity)
	if subject, ok := evidence.Identity["subject"]; ok {
		evidence.Identity["subject"] = withoutTag(subject)
	}
	s.Evidence = &evidence
	name := signer(s)
	if source := evidence.Identity["source-repository"]; name != "" && source != "" {
		name += fmt.Sprintf(" source %q", source)
	}
	if repository := evidence.Details["repository"]; name != "" && repository != "" { // one certificate of GitHub's is for the releases of all
		name += fmt.Sprintf(" repository %q", repository)
	}
	// Whoever wrote the table chose who vouches for an identity; a key needs nobody.
	if root := evidence.TrustedRoot; len(evidence.Identity) > 0 && root != nil && root.FromTable && root.Name == "" {
		name += " by root " + root.SHA256
	}
	if evidence.Details["certificate-authority"] != "" {
		name += fmt.Sprintf(" principals %q", evidence.UserIDs)
	}
	return name
}

// signer tells signers apart: by issuer and subject of an identity, which has
// another key for each signature; else by the fingerprint of the certificate's
// primary key where there is one, since its subkeys are the same signer's.
func signer(s Signature) string {
	e := s.Evidence
	if len(e.Identity) > 0 {
		return fmt.Sprintf("%s identity %q %q", s.Algorithm, e.Identity["issuer"], e.Identity["subject"])
	}
	for _, id := range []string{e.PrimaryFingerprint, e.Fingerprint} {
		if id != "" {
			return s.Algorithm + " " + id
		}
	}
	return ""
}

// withoutTag leaves out the tag at the end of a workflow's URL. A repository's
// name has no "@", so what comes before the first is whose it is.
func withoutTag(subject string) string {
	const tag = "@refs/tags/"
	i := strings.Index(subject, "@")
	if i < 0 || !strings.HasPrefix(subject, "https://") || !strings.HasPrefix(subject[i:], tag) {
		return subject
	}
	return subject[:i+len(tag)]
}
