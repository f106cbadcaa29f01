package verify

import (
	"context"
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

// Digest judges an artifact of which the program has digests and no bytes, such
// as a layer that a registry names by its digest. The signature is fetched and
// judged as ever; the report's Size is 0. Where the signature is over the bytes
// themselves, as minisign's and GPG's are, or over another digest, or where
// [Config].Pins are set and there is no SHA-256, the error wraps
// [algorithm.ErrUnsupported]. See [Plan.Open] for other errors.
//
// The verdict is about whatever bytes have these digests: to see to it that
// the bytes one uses do is the program's part.
func (p *Plan) Digest(ctx context.Context, digests ...algorithm.Digest) (*Report, error) {
	if len(digests) == 0 {
		return nil, fail(stageArtifact, p.source(), fmt.Errorf("%w: no digest given", ErrUnverified))
	}
	if err := checkDigests(digests); err != nil {
		return nil, fail(stageArtifact, p.source(), err)
	}
	if err := p.pins().answerable(digests); err != nil {
		return nil, fail(stageArtifact, p.source(), err)
	}
	report := p.report()
	var j judge
	s := p.session()
	if p.check != nil {
		s.known = digests
		var err error
		if j, err = p.openCheck(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := report.judge(ctx, p, s, j, digests); err != nil {
		return nil, fail(stageVerdict, p.source(), err)
	}
	if err := cancelled(ctx); err != nil {
		return nil, fail(stageVerdict, p.source(), err)
	}
	if err := p.settle(ctx, &report, j, digests); err != nil {
		return nil, fail(stageVerdict, p.source(), err)
	}
	return &report, nil
}

// compare refuses an artifact that hasn't the expected digests.
func compare(expected, digests []algorithm.Digest) error {
	for _, want := range expected {
		switch got, ok := digestOf(digests, want.Hash()); {
		case !ok:
			return fmt.Errorf("%w: the artifact is to have a %s, and only others of it are known", algorithm.ErrUnsupported, want.Name())
		case got != want:
			return fmt.Errorf("%w: the artifact's %s is %s, and the program expects %s", algorithm.ErrInvalid, want.Name(), got.Hex(), want.Hex())
		}
	}
	return nil
}

// checkDigests refuses digests that are none, or of which two contradict each
// other.
func checkDigests(digests []algorithm.Digest) error {
	for _, d := range digests {
		if d == (algorithm.Digest{}) {
			return fmt.Errorf("%w: a digest without a value", algorithm.ErrMalformed)
		}
		if other, _ := digestOf(digests, d.Hash()); other != d {
			return fmt.Errorf("%w: two %s digests of one artifact", algorithm.ErrMalformed, d.Name())
		}
	}
	return nil
}
