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
// failure the destination is what it was before. What fails on the way, and may
// pass, is the [Fetcher]'s: it tries again and goes on with broken transfers, but
// never after a verdict.
//
// Bytes that a [Reader] hands out are tentative until [Reader.Finish] has
// returned a report, so prefer [Plan.Download] and [Plan.Save], which can't be
// misused.
package verify

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
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
	// means no network: a plan that needs one is refused with [ErrNoFetcher], by
	// [Verifier.Plan], or with TrustPins only when it is carried out and no pin
	// stands in.
	Fetcher Fetcher

	// Digests are the hashes whose digests the report is to have whatever the
	// verdict rests on: crypto.SHA256, crypto.SHA384, crypto.SHA512,
	// crypto.BLAKE2b_512. Each costs a pass over the artifact's bytes in the
	// processor, beside the family's.
	Digests []crypto.Hash

	// Bind demands of every table what a table can demand by signed-name and
	// signed-version.
	Bind Binding

	// RequireAll checks every one of a table's alternatives that this program
	// supports, in one pass, and not only the first.
	RequireAll bool

	// Replace gives the table that counts in the place of the declared one, nil
	// where none is declared: for rules that a program has about packages.
	// [Verifier.Plan] calls it first, whatever the policy but [InsecureSkip]; its
	// error refuses. nil means that the declared one counts.
	Replace func(artifact Artifact, declared *metadata.Signing) (*metadata.Signing, error)

	// Accept is asked after the verdict was yes and before anything is placed,
	// and refuses with its error, which then wraps [ErrNotAccepted]. The report
	// is the one that would be returned, and may be added warnings to. nil
	// accepts.
	Accept func(*Report) error

	// Pins remember which bytes a release had, and who signed them. After the
	// verdict was yes, and Accept too, and before anything is placed, the artifact
	// is compared with them: [ErrPinMismatch], [ErrRollback] and [ErrSignerChanged]
	// refuse; and it is pinned. The variables name and version have to be known.
	// An artifact that needs no signature by [IfDeclared] is compared and pinned as
	// one that nobody signed; under [InsecureSkip] pins are neither read nor
	// written, since nothing was checked. The pin is kept before the file is placed,
	// so that nobody else comes between: where placing fails afterwards, as on a full
	// disk, it stays, and the same bytes pass again, but a lower version is a rollback
	// from then on. nil remembers nothing.
	Pins Pins

	// AllowRollback lets a version pass that is lower than one that was seen, has no
	// order with it, or has the bytes of another one without a signature that says
	// which of them it is; AllowNewSigner another signer than before, or none: of
	// several signers each has to be known, or two of them, and then others are a
	// warning and stay new, as [ErrSignerChanged] says. The report then has a warning.
	// Without Pins they mean nothing.
	AllowRollback, AllowNewSigner bool

	// TrustPins has the pin of the same name, version and target stand in for the
	// signature, if somebody had signed then, by families that are all among
	// Algorithms, if what Bind and the table demand was bound then, and where Replace
	// leaves the declared table: the artifact must have its digest,
	// and neither keys nor signatures are fetched or judged, so that it takes no
	// network but for the artifact. That is trust on first use: a key that was
	// revoked since is not noticed. The report is [Verified] by the algorithm "pin",
	// and its NotChecked says that the signature wasn't, and what the pin didn't
	// bind. Without such a pin all is
	// checked as ever. Without Pins it means nothing.
	TrustPins bool

	// KeepDocuments has reports carry the documents that were fetched for the
	// verdict, so that it can be made again without network ([Report].Documents).
	// They stay in memory as long as the report.
	KeepDocuments bool

	// Time returns the current time, for keys that end and for what is pinned; nil
	// means [time.Now]. The families have a clock each.
	Time func() time.Time

	// Logger gets what is done, at debug level; nil discards it. A [log/slog.Logger]
	// is one. It is an interface so that programs without one don't link that package,
	// which brings all of encoding/json.
	Logger interface {
		DebugContext(ctx context.Context, msg string, args ...any)
	}

	// Progress is told how far a plan is; nil tells nobody. It is called by the
	// goroutine that carries the plan out or reads its Reader, at most some ten
	// times a second for an artifact, and has to return soon: the transfer waits for it. Plans
	// that are carried out concurrently call it concurrently.
	Progress func(Progress)

	// Resume has [Plan.Download] keep the bytes it has got when the artifact can't
	// be reached any more, the context ends, or the process does, and go on with
	// them the next time. It is for folders of the user's own.
	Resume bool

	// MaxArtifact and MaxDocument limit the bytes of an artifact, and of a
	// document beside it each; 0 means 8 GiB and 4 MiB.
	MaxArtifact, MaxDocument int64

	// MaxTransfer limits the time that an artifact takes, by whatever Fetcher,
	// from the request to its last byte, that which the bytes' reader takes
	// and tries to begin anew included; 0 means no limit.
	MaxTransfer time.Duration

	// MinBytesPerSecond is the speed that an artifact's transfer must keep up,
	// measured over 30 seconds of waiting for its bytes; 0 means that any will
	// do. What falls short of it is [ErrUnreachable], as over MaxTransfer.
	MinBytesPerSecond int64
}

// A Binding is what of an artifact must be signed beside its bytes. Without it
// an older release, or another file of the same publisher, that is served in
// the artifact's place may pass: it is signed, too.
type Binding struct {
	// Name demands the artifact's file name, as signed-name = true does.
	Name bool

	// Version demands the variable version, as signed-version = true does.
	Version bool
}

// A Verifier holds a program's checked [Config]. It is safe for concurrent use.
type Verifier struct {
	network
	algorithms  map[string]algorithm.Algorithm
	policy      Policy
	digests     []crypto.Hash
	maxArtifact int64
	limits      limits
	resume      bool

	bind    Binding
	all     bool
	replace func(Artifact, *metadata.Signing) (*metadata.Signing, error)
	accept  func(*Report) error
	pins    *pinRules // nil: none
	keys    *keyring  // of the batch; nil: each plan has its own
}

// New checks the configuration and copies it. It fails for a policy that
// doesn't exist, a negative limit, algorithms that are missing, nil, or of
// no name or the same, and for a hash in Digests that isn't one of those named
// there, by an error that wraps [algorithm.ErrUnsupported].
func New(c Config) (*Verifier, error) {
	if c.Policy < Require || c.Policy > InsecureSkip {
		return nil, fmt.Errorf("verify: unknown policy %d", int(c.Policy))
	}
	if c.MaxArtifact < 0 || c.MaxDocument < 0 || c.MaxTransfer < 0 || c.MinBytesPerSecond < 0 {
		return nil, errors.New("verify: negative limit")
	}
	v := &Verifier{
		network:     network{fetcher: c.Fetcher, log: listening(c.Logger), maxDocument: min(c.MaxDocument, math.MaxInt64-1), now: c.Time, progress: newTeller(c.Progress), keep: c.KeepDocuments},
		algorithms:  make(map[string]algorithm.Algorithm, len(c.Algorithms)),
		policy:      c.Policy,
		digests:     slices.Clip(slices.Clone(c.Digests)), // appended to by each plan
		maxArtifact: min(c.MaxArtifact, math.MaxInt64-1),  // one more byte is read
		limits:      limits{longest: c.MaxTransfer, slowest: c.MinBytesPerSecond},
		resume:      c.Resume,
		bind:        c.Bind,
		all:         c.RequireAll,
		replace:     c.Replace,
		accept:      c.Accept,
		pins:        newPinRules(c),
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
	if v.now == nil {
		v.now = time.Now
	}
	if v.fetcher == nil && v.pins != nil && c.TrustPins {
		v.fetcher = offline{}
	}
	if v.maxArtifact == 0 {
		v.maxArtifact = defaultMaxArtifact
	}
	if v.maxDocument == 0 {
		v.maxDocument = defaultMaxDocument
	}
	return v, nil
}
