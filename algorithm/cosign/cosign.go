// Package cosign verifies what cosign and the sigstore clients sign: by key
// and keyless, on top of sigstore-go.
//
// The data's way:
//
//	keys, identity ──Algorithm.Key──▶ key ──Verifier(signature)──▶ verifier ◀──Write── artifact
//	trusted root                       │                             │
//	                                   form: bundle, older JSON,     └──Verify──▶ Evidence
//	                                   DSSE envelope, plain signature
//	                                   proofs: log, time, chain, SCT, identity
//
// The form of a signature is told by its content, never by a file's name:
//
//   - a sigstore bundle v0.1, v0.2 or v0.3, with a message signature or a DSSE
//     envelope (https://docs.sigstore.dev/about/bundle/);
//   - the older JSON of cosign's --bundle (base64Signature, cert, rekorBundle);
//   - a DSSE envelope, as JSON or base64 of it, by key;
//   - a plain signature, as base64 or binary, by key; or with its certificate in
//     a file of its own, which certificate in the table names (see "Pairs");
//   - several sigstore bundles: as JSON Lines, or the answer of the attestations
//     API of GitHub or npm. A bundle of GitHub's may lie at a URL, packed.
//
// Of several bundles the first counts that satisfies all that is declared, in the
// order of the times that are proved for them, those without one last; nothing of one counts for another, and if none does, an
// [algorithm.RefusedError] says why for each. Those at URLs are wanted where the
// others don't do: before the artifact if they were refused already, after it
// if they are about something else. One that can't be had is refused for that,
// and spoils no other.
//
// Everything that needs no artifact is checked first, so that most of what is
// wrong costs no download: the log entries with their inclusion proofs and
// signed entry timestamps, the timestamps of RFC 3161, the certificate's chain
// at each of these times, its SCT, its identity, and a DSSE envelope's
// signature. While the artifact streams, only the digests that are needed are
// computed.
//
// # What is demanded
//
// With an identity: a certificate of the trusted root's authorities that was
// valid at every verified signing time (at least one), and, as far as the
// instance of sigstore that issued it has logs for them (of several with that
// authority, any of them), its signed certificate timestamp and a log entry: sct
// = false and transparency-log = false waive
// them, and true demands them of every instance. With transparency-log = false
// and no time at all, the certificate must be valid now. The identity needs an
// issuer and who at that issuer; it is literal, or a pattern of the whole text.
// Of several identities one must hold.
//
// With a release: GitHub's attestation of an immutable release, of exactly that
// repository and tag; a certificate for https://dotcom.releases.github.com that
// names no issuer, of an authority in GitHub's trusted root, and a timestamp. The
// root is GitHub's where it was fetched so ([GitHub]) or has nobody whom GitHub's
// didn't have when this version was made. A release excludes keys, identities and
// predicate-type. GitHub signs the releases of all repositories with one
// certificate, and doesn't say who built.
//
// With a key alone: the signature. A log entry that is there must be right,
// which takes a trusted root, unless transparency-log = false; with
// transparency-log = true there must be one.
//
// Beside a good one, a log entry of a log that the trusted root doesn't have, in
// none of its instances, is left out, and so is a timestamp that doesn't verify;
// the evidence says so. All others count: each must hold. P-384 and P-521 keys may
// have signed with the hash of their curve or with SHA-256: cosign signs with the
// one and verifies with the other.
//
// A signature by key without a log entry or an envelope doesn't say whose it
// is: that of another key is [algorithm.ErrInvalid], after the artifact.
//
// The key that decides is always one that was declared, or that of a
// certificate whose chain and identity hold: a public key that a bundle brings
// along is never used (compare GHSA-fx35-mq7g-6g98).
//
// # Post-quantum
//
// A declared key may be one of ML-DSA-44, ML-DSA-65 or ML-DSA-87, in PEM as RFC
// 9881 has it: openssl genpkey -algorithm ML-DSA-65 makes one. It signs as sigstore
// does with such a key from github.com/sigstore/sigstore v1.11 on, where that is
// experimental: pure ML-DSA (FIPS 204) without a context, over the artifact's bytes
// or the DSSE envelope's, and never over a digest. The libraries want a message as a
// whole. So an artifact of over 4 MiB whose own bytes are signed is
// [algorithm.ErrTooLarge]: sign a manifest of checksums, or an attestation, which
// may be about artifacts of any size. Such keys in certificates, in log entries and
// in a trusted root aren't known, nor are the pre-hashed HashML-DSA, composites,
// SLH-DSA and LMS: a declared key of these is [algorithm.ErrUnsupported].
//
// # Which attestations count
//
// Of the attestations, those of SLSA provenance v0.2 and v1 and of cosign's own
// sign type, or those that predicate-type names: then what signs the artifact
// alone doesn't count. All others are [algorithm.ErrPredicate], by key as by
// identity, since they say something else than that the publisher made the
// artifact. A predicate is read, up to 1 MiB, when its signature was found right.
//
// The evidence's details are form ("plain signature", "message" in a bundle, or
// "attestation"); of an attestation predicate-type and subjects, the number of
// artifacts that it is about; and of SLSA provenance, as far as it says so,
// builder-id, build-type, source and provenance-source-digest (its commit;
// source-digest is the certificate's field). Of a release they are repository and
// tag, and of several identities identity is the one that held.
//
// # What is signed of the artifact
//
// Its names are those of the attestation's subjects with its digest, of which
// one must be the name that is demanded; that tells two artifacts of one release
// apart. No other form has a name. Its version is the tag of a release
// attestation's predicate or else that of the ref in the certificate, source-ref
// or, where there is none, github-workflow-ref, if it is refs/tags/TAG; as it is,
// with the "v" and whatever else is before the number. A ref in the subject
// counts for nothing: it is that of the workflow, which may be another
// repository's. So a run for a branch has no version, nor has a signature by
// key, but for a release. What is demanded and isn't there is
// [algorithm.ErrNameMismatch] and [algorithm.ErrVersionMismatch], before the
// artifact as far as it shows.
//
// # Several signers
//
// For a threshold ([algorithm.SeveralVerifier]) every bundle of a document
// counts that holds, one for each key or, with identities, for each issuer and
// subject; bundles at URLs as far as they were wanted. A DSSE envelope has one
// signature, as sigstore_bundle.proto demands it: the rest of a bundle proves
// one. Of several envelopes each needs a bundle of its own.
//
// # Pairs
//
// A plain signature with the certificate beside it, PEM or base64 of PEM, says
// nothing of when it was made. Unless transparency-log = false, the entry of a
// Rekor v1 log is demanded that has both: its body is made anew of the artifact's
// SHA-256, the signature and the certificate, the body's leaf hash (RFC 6962)
// names it, and one GET by the URL that the trusted root has of the log brings
// it; there is no search, and nothing is sent. Certificate and entry are
// documents ([algorithm.DocumentVerifier]), the one before the artifact and the
// other after it. What was judged can be kept: [algorithm.Evidence].Bundle is a
// bundle of it that needs neither again.
//
// # Whose trusted root
//
// The trusted root is the program's ([Algorithm].TrustedRoot); one that a signing
// table brings is taken where the program has none, or allows it. The evidence
// names the root that vouched for an identity, an entry or a time.
//
// A trusted root can hold several instances of sigstore, such as the public-good
// one and GitHub's ([JoinTrustedRoots]). A signature is judged within one of
// them, never by the authority of one and the log of another.
//
// # Limits
//
// A signature has at most 16 MiB and, with what is in its base64, 16 384 JSON
// values, 32 log entries (each with a body of 16 KiB, a checkpoint of 64 KiB,
// and 100 signatures below that, two of the log), 8 timestamps, certificates of
// 64 KiB and 1024 subjects. There may be 32 bundles, with 131 072 values, 64 log
// entries, 64 timestamps and 256 keys tried in all; one at a URL has 4 MiB, all
// of them 16. A table has at most 64 public keys, 64 identities of 64 claims and
// 256 in all, with 4 KiB each and patterns of 2000 instructions together, and a
// trusted root 64 authorities and 64 logs. All that is checked under a trusted
// root takes at most some 512 signatures a bundle. What is over a limit is
// [algorithm.ErrTooLarge] or [algorithm.ErrMalformed]; a timestamp of over 64
// KiB, over 32 levels, ten certificates or one signer, or of indefinite length,
// is left out like one that doesn't verify. An RSA key that wasn't declared has
// at most 4096 bits and the exponent 65 537, or it is [algorithm.ErrUnsupported].
// The body of a log entry is in the form that a log gives it (hashedrekord, dsse
// 0.0.1, intoto 0.0.2).
//
// The context is looked at between all steps that take time, and its error is
// returned as it is.
package cosign

import (
	"fmt"
	"time"

	"github.com/relseal/relseal/algorithm"
)

const family = "cosign"

// Algorithm verifies sigstore signatures. The zero value verifies by key; a
// keyless signature needs a trusted root.
type Algorithm struct {
	// TrustedRoot holds the certificate authorities, logs and timestamp
	// authorities to trust, of one instance of sigstore or of several
	// ([JoinTrustedRoots]); nil means that there is none but the signing
	// table's. It is never fetched behind the program's back: see
	// [FetchTrustedRoot].
	TrustedRoot *TrustedRoot

	// AllowTableRoot lets a trusted root in the signing table take precedence
	// over TrustedRoot. Whoever writes the table then decides who vouches for an
	// identity, and the evidence says so. Without TrustedRoot a table's is
	// taken anyway, as there is no other.
	AllowTableRoot bool

	// MaxRootAge is how long ago TrustedRoot may have been fetched when Key is
	// called, and whenever a signature is read; 0 sets no limit. An older one, one that was fetched over 5 minutes
	// after that time, and one that was parsed and not fetched, is
	// [algorithm.ErrRootStale]: who has joined an instance since isn't in it, and GitHub's
	// authorities are renewed every six months. A table's own trusted root has no
	// age.
	MaxRootAge time.Duration

	// AllowAnyPredicate lets attestations of every type count where the signing
	// table names none: then the publisher's word that a test of the artifact
	// failed passes as its signature. It is for programs that look at
	// [algorithm.Evidence].Details themselves; a table can't say so.
	AllowAnyPredicate bool

	// Time returns the current time, for a certificate whose signing time
	// nothing proves; nil means [time.Now].
	Time func() time.Time
}

// Name returns "cosign".
func (Algorithm) Name() string { return family }

// Key parses the declared public keys (PEM: ECDSA P-256, P-384, P-521, RSA of
// at least 2048 bits, Ed25519, ML-DSA-44, -65 and -87), the identity and the trusted root. With keys
// and an identity both must hold: a certificate with the identity, for one of
// the keys.
//
// The error wraps [algorithm.ErrMalformed] for what can't be read and for a
// declaration that would trust anyone (neither a key, an identity nor a release;
// an issuer without a subject or the like; a subject without an issuer) or two
// things that exclude each other, [algorithm.ErrWeak] for a weak key, [algorithm.ErrTooLarge] beyond a limit, [algorithm.ErrUnsupported]
// for another kind of key, for a constraint that has no meaning here, where a
// trusted root is missing, and for one that the table may not bring, and
// [algorithm.ErrRootStale] for a trusted root older than MaxRootAge.
func (a Algorithm) Key(t algorithm.Trust) (algorithm.Key, error) {
	k, err := a.parse(t)
	if err != nil {
		return nil, forPeople(err)
	}
	return k, nil
}

func (a Algorithm) parse(t algorithm.Trust) (*key, error) {
	err := t.Only(a.Fields())
	if err != nil {
		return nil, err
	}
	k := &key{now: a.Time, bind: t.Bind}
	if k.now == nil {
		k.now = time.Now
	}
	if k.publicKeys, err = parsePublicKeys(t.PublicKeys); err != nil {
		return nil, err
	}
	if k.identities, err = parseIdentities(t); err != nil {
		return nil, err
	}
	if k.release, err = parseRelease(t); err != nil {
		return nil, err
	}
	if len(k.publicKeys) == 0 && !k.keyless() {
		return nil, fmt.Errorf("%w: a cosign table needs a pubkey, an identity or a release, since else anyone could sign", algorithm.ErrMalformed)
	}
	if k.root, k.maxRootAge, err = a.chooseRoot(t); err != nil {
		return nil, err
	}
	if err := k.root.checkAge(k.maxRootAge, k.now()); err != nil {
		return nil, err
	}
	if k.predicates, err = a.newPredicates(t); err != nil {
		return nil, err
	}
	if k.certificate, err = certificateURL(t, len(k.identities) > 0); err != nil {
		return nil, err
	}
	if k.policy, err = newPolicy(t, k.keyless()); err != nil {
		return nil, err
	}
	if k.root == nil && (k.keyless() || k.policy.log == demanded) {
		return nil, fmt.Errorf("%w: an identity or a transparency log is checked against a trusted root, and there is none: "+
			"set TrustedRoot in cosign.Algorithm (ParseTrustedRoot, FetchTrustedRoot), or trusted-root in the table", algorithm.ErrUnsupported)
	}
	return k, nil
}
