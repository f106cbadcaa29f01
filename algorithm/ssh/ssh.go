// Package ssh verifies SSHSIG signatures, which ssh-keygen -Y sign writes.
//
// The data's way:
//
//	public keys, allowed signers ──Algorithm.Key──▶ accepted signers
//	armored signature ──▶ SSHSIG blob ──▶ a signer that is accepted? its options and certificate hold?
//	artifact ──SHA-256 or SHA-512, as the signature says──▶ signed data ──▶ verdict
//
// The formats are those of OpenSSH: [PROTOCOL.sshsig] for the signature,
// ALLOWED SIGNERS in ssh-keygen(1) for the list of signers, [PROTOCOL.certkeys]
// for certificates and [PROTOCOL.u2f] for security keys.
//
// # Keys
//
// Each text of [algorithm.Trust].PublicKeys holds one or more lines, all of
// which are accepted signers: a public key as in a .pub file, or a line of an
// allowed signers file. Which of them hold depends on the declared principal:
//
//   - With a principal, only lines whose principals match it hold. A bare
//     public key names no principal and is refused.
//   - Without a principal, only bare public keys hold. A line that restricts
//     its key to principals is refused: it would mean that any of a list of
//     people may sign, which nobody has declared.
//
// The namespace defaults to "file" and must be the signature's and, where the
// line has the namespaces option, be listed there too. It is signed, and all of
// an SSHSIG that can say something of the artifact: one such as
// "foo@{ version }" binds the signature to a version. There is no name and no
// version besides.
//
// Like ssh-keygen, this package skips lines that it can't read or whose key is
// too weak, and says so in the evidence; a text none of whose lines can be read
// is an error. A line is never read in part: with one unknown option it is
// skipped.
//
// Ed25519, ECDSA P-256, P-384 and P-521, RSA from 2048 bits, ML-DSA-44 together
// with Ed25519, and the security keys sk-ssh-ed25519 and sk-ecdsa-sha2-nistp256
// (as well with the signatures of a web browser, webauthn) are accepted. DSA, RSA
// below 2048 bits, RSA signatures with SHA-1 and Ed25519 keys of small order, under
// which anyone can sign, are refused with [algorithm.ErrWeak].
//
// # Post-quantum
//
// Keys of ssh-keygen -t mldsa44-ed25519 are two in one, of ML-DSA-44 and of
// Ed25519, and so are their signatures: both halves have to be good. Each of the
// names that OpenSSH has had for them is a type of its own, as in OpenSSH:
// ssh-mldsa44-ed25519 since version 10.6, ssh-mldsa44-ed25519@openssh.com in 10.4
// and 10.5. The scheme is MLDSA44-Ed25519-SHA512 of
// draft-ietf-lamps-pq-composite-sigs-19, as draft-ietf-sshm-composite-sigs-00
// takes it for SSH. Neither is an RFC yet: keep an older signature beside one of
// these. The certificates of such keys and by such authorities, ssh-mldsa87-p384
// and ML-DSA alone are refused with [algorithm.ErrUnsupported].
//
// # Texts
//
// A byte order mark and blank lines may stand before keys and before a
// signature, and lines may end in CRLF, of which ssh-keygen takes none around a
// signature. What follows a signature isn't looked at, as in ssh-keygen. Keys of
// more than 1 MiB or 10,000 lines in all, signatures of more than 64 KiB, and
// certificates with more than 256 principals are refused with
// [algorithm.ErrTooLarge].
//
// # Security keys
//
// A security key signs whether the user was present, which is to say touched it.
// A signature without is refused with [algorithm.ErrUserPresence], as sshd(8)
// does by default, unless [Algorithm].AllowNoTouch is set. ssh-keygen -Y verify
// accepts it always: it doesn't look at presence, and allowed signers have no
// option for it (no-touch-required is one of authorized_keys, and an extension of
// certificates for sshd; in a line it is unknown here as there). Whether the user
// was verified, with a PIN or the like, is in the evidence; only a certificate
// with verify-required demands it.
//
// # Time
//
// An SSHSIG has no trusted time of signing, so valid-after, valid-before and
// the validity of a certificate are judged now, when [algorithm.Key].Verifier
// is called. A time of an allowed signers line without a final Z is taken as
// UTC, where ssh-keygen takes the local time zone: a verdict must not depend on
// the machine.
//
// # Certificates
//
// A signature by a certificate is judged by the line of its authority, which
// must have the option cert-authority. The certificate must be a user
// certificate, hold now, and list the principal to the letter. Of the critical
// options only verify-required is known; a certificate that is restricted to a
// command or to source addresses isn't one for files.
//
// # Stricter than ssh-keygen
//
// ssh-keygen -Y verify accepts these, and this package refuses them:
//
//   - the weak keys above: they prove nothing;
//   - a signature of a security key without user presence, unless it is allowed:
//     the no-touch-required extension of a certificate doesn't allow it;
//   - an Ed25519 signature whose S isn't smaller than the order of the group,
//     with [algorithm.ErrInvalid]: a second form of a good signature;
//   - a certificate with an unknown critical option, which PROTOCOL.certkeys
//     demands to refuse, or with verify-required and a signature without user
//     verification;
//   - a certificate in place of a key in a line, of which ssh-keygen checks
//     neither the authority nor the window;
//   - a certificate that ends 2^63 seconds after 1970 or later, unless it never
//     does;
//   - version 0 of SSHSIG, which doesn't exist;
//   - anything but base64 and line ends between the lines of the armor;
//   - keys and numbers that aren't in their canonical form, options of a
//     certificate that aren't in their order or form, and names that end in a
//     NUL, which OpenSSH drops;
//   - in a line: control characters, quotes around less than all of the
//     principals, base64 with anything else in it, and the name of a signature
//     algorithm, such as rsa-sha2-256, in place of the key's type;
//   - in options of a line: backslashes, times that don't exist (February 30),
//     and UTC or z in place of the Z of a time, which ssh-keygen(1) doesn't
//     document.
//
// # Evidence
//
// Of a certificate the authority is what was declared: the evidence's primary
// fingerprint and primary key algorithm are its own, so that all of an authority's
// certificates for the principal are one signer's, to a threshold, too. The
// evidence's details are namespace; of a certificate certificate-authority
// (a fingerprint), certificate-serial and certificate-key-id; and of a security
// key application, origin (of a browser), user-present (a touch) and
// user-verified, each "true" or "false". What isn't printable is quoted.
//
// # Errors
//
// Another key is [algorithm.ErrWrongKey]. The right key with another principal
// or namespace is [algorithm.ErrIdentity], as is a list of signers of which no
// line holds for the declared principal and namespace: that one is told by
// [Algorithm.Key] already. Beyond its window a key or certificate is
// [algorithm.ErrNotYetValid] or [algorithm.ErrKeyExpired]. All of these and
// every malformed signature are refused before the first byte of the artifact.
//
// [PROTOCOL.sshsig]: https://github.com/openssh/openssh-portable/blob/V_9_9_P1/PROTOCOL.sshsig
// [PROTOCOL.certkeys]: https://github.com/openssh/openssh-portable/blob/V_9_9_P1/PROTOCOL.certkeys
// [PROTOCOL.u2f]: https://github.com/openssh/openssh-portable/blob/V_9_9_P1/PROTOCOL.u2f
package ssh

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
	"github.com/relseal/relseal/internal/terminal"
	"github.com/relseal/relseal/internal/wrongkind"
)

const (
	// maxKeyText and maxLines limit all key texts together, in bytes and lines;
	// maxName limits the declared principal and namespace in bytes, since
	// matching takes up to its length times that of the patterns; maxSignature
	// limits the armored signature in bytes. The largest real signature, by an
	// RSA certificate of an RSA authority with 16384 bits each, has some 12 KiB.
	maxKeyText   = 1 << 20
	maxLines     = 10_000
	maxName      = 256
	maxSignature = 64 << 10

	// defaultNamespace is what ssh-keygen(1) recommends for signed files.
	defaultNamespace = "file"
)

const family = "ssh"

// Algorithm is the family named "ssh". The zero value is ready to use; it is
// safe for concurrent use as long as nobody changes its fields.
type Algorithm struct {
	// AllowNoTouch accepts signatures of security keys without user presence,
	// too, which keys from ssh-keygen -O no-touch-required make. Whoever controls
	// the signer's computer can make them as long as the security key is plugged
	// in. Without it they are refused with [algorithm.ErrUserPresence].
	AllowNoTouch bool

	// Time returns the current time; nil means [time.Now]. Lines of allowed
	// signers and certificates must be valid then: no clock skew is granted.
	Time func() time.Time
}

// Name returns "ssh".
func (Algorithm) Name() string { return family }

const (
	fieldPrincipal = "principal"
	fieldNamespace = "namespace"
)

// Fields are principal and namespace, what the signer's principal and the
// signature's namespace must be. Of these the signature has the namespace.
func (Algorithm) Fields() []algorithm.Field {
	return []algorithm.Field{
		{Name: fieldPrincipal, Kind: algorithm.Text},
		{Name: fieldNamespace, Kind: algorithm.Text, Signed: true},
	}
}

// Key parses public keys and lines of allowed signers files, at most 1 MiB and
// 10,000 lines in all. Besides the public keys it understands the principal and
// the namespace, of at most 256 bytes each.
//
// The error wraps [algorithm.ErrUnsupported] for another constraint,
// [algorithm.ErrTooLarge] beyond the limits, [algorithm.ErrIdentity] where no
// line holds for the principal and the namespace, and for a text without a
// usable line what is wrong with its first: [algorithm.ErrMalformed],
// [algorithm.ErrWeak] or [algorithm.ErrUnsupported].
func (a Algorithm) Key(trust algorithm.Trust) (algorithm.Key, error) {
	k, err := a.key(trust)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", err)
	}
	return k, nil
}

func (a Algorithm) key(trust algorithm.Trust) (*key, error) {
	if err := trust.Only(a.Fields()); err != nil {
		return nil, err
	}
	k := &key{
		principal: trust.Values[fieldPrincipal].Text,
		namespace: cmp.Or(trust.Values[fieldNamespace].Text, defaultNamespace),
		noTouch:   a.AllowNoTouch,
		now:       a.Time,
	}
	if k.now == nil {
		k.now = time.Now
	}
	for _, s := range []string{k.principal, k.namespace} {
		if len(s) > maxName {
			return nil, fmt.Errorf("%w: a principal or namespace of %d bytes, the limit is %d", algorithm.ErrTooLarge, len(s), maxName)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
			return nil, fmt.Errorf("%w: the principal or namespace %s isn't printable text", algorithm.ErrMalformed, terminal.Limit(terminal.Quoted(s), 100))
		}
	}
	var err error
	if k.signers, k.skipped, err = parseSigners(trust.PublicKeys); err != nil {
		return nil, err
	}
	for i := range k.signers {
		k.signers[i].refusal = k.signers[i].refuse(k.principal, k.namespace)
	}
	if !slices.ContainsFunc(k.signers, func(s signer) bool { return s.refusal == nil }) {
		refusal := keytext.Bound(k.signers[0].refusal)
		if len(k.signers) > 1 {
			return nil, fmt.Errorf("%w (nor does another line hold)", refusal)
		}
		return nil, refusal
	}
	return k, nil
}

// A key is the list of signers, with what must hold for each.
type key struct {
	principal, namespace string
	signers              []signer // never empty
	skipped              []error  // the lines that can't be used, and why
	noTouch              bool
	now                  func() time.Time
}

// IDs are the SHA-256 fingerprints of the keys and certificate authorities
// that are accepted, as ssh-keygen -l prints them.
func (k *key) IDs() []string {
	var ids []string
	seen := map[string]bool{}
	for _, s := range k.signers {
		if id := s.key.fingerprint; s.refusal == nil && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

var _ algorithm.ExpiringKey = (*key)(nil)

// Expires returns the latest valid-before of the lines that hold; zero where one
// of these has none. A certificate may end before its authority's line.
func (k *key) Expires() time.Time {
	var last time.Time
	for _, s := range k.signers {
		switch {
		case s.refusal != nil:
		case s.validBefore.IsZero():
			return time.Time{}
		case s.validBefore.After(last):
			last = s.validBefore
		}
	}
	return last
}

func (k *key) Verifier(_ context.Context, text []byte) (algorithm.Verifier, error) {
	sig, err := parseSignature(text, k.publicKey)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", wrongkind.Explain(keytext.Bound(err), text, family, wrongkind.Signature))
	}
	v, err := k.verifier(sig)
	if err != nil {
		return nil, fmt.Errorf("ssh: %w", keytext.Bound(err))
	}
	return v, nil
}

// publicKey is parsePublicKey for the key of a signature. The one of a line is
// parsed already, and the same bytes are the same key.
func (k *key) publicKey(blob []byte) (publicKey, error) {
	for i := range k.signers {
		if bytes.Equal(k.signers[i].key.blob, blob) {
			return k.signers[i].key, nil
		}
	}
	return parsePublicKey(blob)
}

func (k *key) verifier(sig *signature) (*verifier, error) {
	by, err := k.signer(sig)
	if err != nil {
		return nil, err
	}
	if sig.namespace != k.namespace {
		return nil, fmt.Errorf("%w: signed for the namespace %.80q, not %q", algorithm.ErrIdentity, sig.namespace, k.namespace)
	}
	if sig.sk != nil && !sig.sk.has(flagUserPresent) && !k.noTouch {
		return nil, fmt.Errorf("%w: nobody touched the security key; it takes a signature by a key that demands a touch, "+
			"or a program that accepts this one with ssh.Algorithm{AllowNoTouch: true}", algorithm.ErrUserPresence)
	}
	return newVerifier(sig, k.evidence(sig, by)), nil
}

// signer returns the line by which the signature's key is accepted, now. The
// key in the signature is nothing but what the lines are compared with.
func (k *key) signer(sig *signature) (*signer, error) {
	var refusal error
	now := k.now()
	// once, however many lines list the authority
	certificate := sync.OnceValue(func() error { return checkCertificate(sig, k.principal, now) })
	for i := range k.signers {
		s := &k.signers[i]
		if !s.signs(sig.key) {
			continue
		}
		err := s.refusal
		if err == nil {
			err = s.holds(now)
		}
		if err == nil && sig.key.cert != nil {
			err = certificate()
		}
		if err == nil {
			return s, nil
		}
		if refusal == nil {
			refusal = err
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	err := fmt.Errorf("%w: %s", algorithm.ErrWrongKey, sig.key.describe())
	if len(k.skipped) > 0 {
		// text only: the sentinel of a skipped line isn't this failure's reason
		err = fmt.Errorf("%w (%s)", err, k.skippedNote())
	}
	return nil, err
}

func (k *key) skippedNote() string {
	return fmt.Sprintf("%d lines were skipped; the first: %v", len(k.skipped), keytext.Bound(k.skipped[0]))
}
