// Package verify answers one question for an installer: did the publisher of
// this package sign these bytes?
//
// The data's way:
//
//		Config ──New──▶ Verifier ──Plan(artifact, table)──▶ Plan ──Download, Save, File──▶ Report
//		                                                     │
//		                                                     └──Open──▶ Reader ──Finish──▶ Report
//
//	 1. [New] takes the signature families that the program links and its
//	    [Policy], and checks both.
//	 2. [Verifier.Plan] joins what the publisher declared (a [metadata.Signing])
//	    with what the program demands, without any I/O. A broken table, template
//	    or key is reported here.
//	 3. [Plan.Download], [Plan.Save], [Plan.File] and [Plan.Open] fetch the
//	    signature and refuse what can be refused without the artifact; then the
//	    artifact's bytes flow once, in constant memory, through the family's
//	    verifier.
//	 4. The verdict comes after the last byte: a [Report], or one [*Error].
//
// A declared signature that fails is final: there is no next source and no
// fall-back. A file appears under its name only after the verdict; on every
// failure the destination is what it was before.
//
// Bytes that a [Reader] hands out are tentative until [Reader.Finish] has
// returned a report, so prefer [Plan.Download] and [Plan.Save], which can't be
// misused.
package verify

import (
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
)

// The default limits of a [Config], in bytes.
const (
	defaultMaxArtifact = 8 << 30
	defaultMaxDocument = 4 << 20
)

// A Config is what a program demands. The zero value of every field but
// Algorithms is the strictest or the documented default.
type Config struct {
	// Algorithms are the families that this program links, such as
	// minisign.Algorithm{}. At least one is needed, unless Policy is
	// [InsecureSkip].
	Algorithms []algorithm.Algorithm

	// Policy is how strict the program is.
	Policy Policy

	// Fetcher opens URLs, such as https.Fetcher{} of package verify/https. nil
	// means no network: a plan that needs one is refused with [ErrNoFetcher].
	Fetcher Fetcher

	// Digests are the hashes whose digests the report is to have whatever the
	// verdict rests on: crypto.SHA256, crypto.SHA384, crypto.SHA512,
	// crypto.BLAKE2b_512. Each costs a pass over the artifact's bytes in the
	// processor, beside the family's.
	Digests []crypto.Hash

	// Logger gets what is done, at debug level; nil discards it.
	Logger *slog.Logger

	// MaxArtifact and MaxDocument limit the bytes of an artifact, and of a
	// document beside it each; 0 means 8 GiB and 4 MiB.
	MaxArtifact, MaxDocument int64

	// MaxTransfer limits the time that an artifact takes, by whatever Fetcher,
	// from the request to its last byte, that which the bytes' reader takes
	// included; 0 means no limit.
	MaxTransfer time.Duration

	// MinBytesPerSecond is the speed that an artifact's transfer must keep up,
	// measured over 30 seconds of waiting for its bytes; 0 means that any will
	// do. What falls short of it is [ErrUnreachable], as over MaxTransfer.
	MinBytesPerSecond int64
}

// A Verifier holds a program's checked [Config]. It is safe for concurrent use.
type Verifier struct {
	algorithms  map[string]algorithm.Algorithm
	policy      Policy
	fetcher     Fetcher // nil: no network
	digests     []crypto.Hash
	log         *slog.Logger
	maxArtifact int64
	maxDocument int64
	limits      limits
}

// New checks the configuration and copies it. It fails for a policy that
// doesn't exist, a negative limit, and algorithms that are missing, nil, or of
// no name or the same.
func New(c Config) (*Verifier, error) {
	if c.Policy < Require || c.Policy > InsecureSkip {
		return nil, fmt.Errorf("verify: unknown policy %d", int(c.Policy))
	}
	if c.MaxArtifact < 0 || c.MaxDocument < 0 || c.MaxTransfer < 0 || c.MinBytesPerSecond < 0 {
		return nil, errors.New("verify: negative limit")
	}
	v := &Verifier{
		algorithms:  make(map[string]algorithm.Algorithm, len(c.Algorithms)),
		policy:      c.Policy,
		fetcher:     c.Fetcher,
		digests:     slices.Clip(slices.Clone(c.Digests)), // appended to by each plan
		log:         c.Logger,
		maxArtifact: min(c.MaxArtifact, math.MaxInt64-1), // one more byte is read
		maxDocument: min(c.MaxDocument, math.MaxInt64-1),
		limits:      limits{longest: c.MaxTransfer, slowest: c.MinBytesPerSecond},
	}
	for i, a := range c.Algorithms {
		if a == nil {
			return nil, fmt.Errorf("verify: algorithm %d is nil", i)
		}
		name := a.Name()
		if name == "" || v.algorithms[name] != nil {
			return nil, fmt.Errorf("verify: algorithm %d: the name %q is empty or taken", i, name)
		}
		v.algorithms[name] = a
	}
	if len(v.algorithms) == 0 && c.Policy != InsecureSkip {
		return nil, errors.New("verify: no algorithms: name those the program links, such as minisign.Algorithm{}")
	}
	if _, err := newHashes(wants{hashes: v.digests}); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if v.log == nil {
		v.log = slog.New(slog.DiscardHandler)
	}
	if v.maxArtifact == 0 {
		v.maxArtifact = defaultMaxArtifact
	}
	if v.maxDocument == 0 {
		v.maxDocument = defaultMaxDocument
	}
	return v, nil
}
