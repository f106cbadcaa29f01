package algorithm

import "time"

// Evidence is what a successful verification has proved: facts that the
// signature covers or that were checked against trusted keys, never what a
// file merely claims. A field that is empty was not proved or doesn't exist in
// the family. Strings hold valid UTF-8 without control characters, except for
// the tabs of a trusted comment.
type Evidence struct {
	// KeyID is the ID of the key that signed, as the family's tool prints it:
	// 16 upper-case hex digits for minisign and GPG; 16 lower-case ones, in the
	// order of the file, for signify, whose tool prints none.
	KeyID string `json:"key_id,omitempty"`

	// Fingerprint is that of the key that signed (for GPG the subkey), and
	// PrimaryFingerprint that of the key that vouches for it where there is one that
	// was declared: for GPG the certificate's primary key, for SSH the authority of
	// a certificate. By it a threshold counts signers: however many keys it vouches
	// for, they are one. GPG: upper-case hex; SSH: "SHA256:" and base64 without
	// padding; minisign and signify: the same, of the 32 bytes of the Ed25519 key,
	// since anyone can copy the number that is the key ID; cosign: lower-case hex of
	// the SHA-256 of the SubjectPublicKeyInfo.
	Fingerprint        string `json:"fingerprint,omitempty"`
	PrimaryFingerprint string `json:"primary_fingerprint,omitempty"`

	// KeyDigests are the SHA-256, in lower-case hex, of these keys without what else
	// their fingerprints are of, in families where that is something: the time of an
	// OpenPGP key, and the name of a composite SSH key. By them a threshold knows one
	// key under two fingerprints.
	KeyDigests []string `json:"-"`

	// UserIDs are the first 16 valid user IDs of a GPG certificate, each in at
	// most 256 bytes; for SSH the principal.
	UserIDs []string `json:"user_ids,omitempty"`

	// KeyAlgorithm and Hash name the algorithms that signed, such as "Ed25519",
	// "RSA 4096", "ECDSA P-256", and "SHA-256", "BLAKE2b-512".
	KeyAlgorithm string `json:"key_algorithm,omitempty"`
	Hash         string `json:"hash,omitempty"`

	// PrimaryKeyAlgorithm names that of the key of PrimaryFingerprint where it isn't
	// the one that signed: who breaks either of them can sign.
	PrimaryKeyAlgorithm string `json:"primary_key_algorithm,omitempty"`

	// Identity holds the certificate's verified fields (issuer, subject and the
	// Fulcio extensions), by their names in the signing table.
	Identity map[string]string `json:"identity,omitempty"`

	// Details are what else the signature proves, by names that the family's
	// package lists, such as the kind of an attestation and who built; no field of
	// Identity has one of these. Values have at most 1024 bytes; what is longer is
	// shortened in the middle.
	Details map[string]string `json:"details,omitempty"`

	// TrustedComment is minisign's signed comment. One with characters that
	// can't be seen, other than tabs, is in double quotes with these escaped as
	// in Go.
	TrustedComment string `json:"trusted_comment,omitempty"`

	// FileName is the artifact's name as the signer wrote it into what is
	// signed. It needn't be the name that the artifact has now, and is nothing to
	// make a path of: of an attestation's subject and a GPG notation it is any text,
	// such as "dist/tool" or "pkg:npm/tool@1.2.3".
	FileName string `json:"file_name,omitempty"`

	// Version is the artifact's version as the signer wrote it into what is
	// signed, or the tag that it was made from, such as "1.2.3" or "v1.2.3". It
	// needn't be the version that is wanted.
	Version string `json:"version,omitempty"`

	// SignedAt is when the signer says it signed. It is the signer's word, of
	// which Timestamps and LogEntries are an independent proof.
	SignedAt time.Time `json:"signed_at,omitzero"`

	// Timestamps are times that a trusted timestamp authority vouches for.
	Timestamps []time.Time `json:"timestamps,omitempty"`

	// LogEntries are the entries of transparency logs that were checked.
	LogEntries []LogEntry `json:"log_entries,omitempty"`

	// TrustedRoot is the sigstore trusted root that vouched for Identity,
	// Timestamps and LogEntries; nil where it vouched for none of them.
	TrustedRoot *TrustedRoot `json:"trusted_root,omitempty"`

	// Bundle is a sigstore bundle by which the same can be verified again
	// without network, and without what else came along: the very one that
	// counted, or one of version 0.3 that was made of the parts. nil where the
	// family or the form has none.
	Bundle []byte `json:"-"`

	// Notes say what a person should know although the signature is good, such
	// as "the key has expired since".
	Notes []string `json:"notes,omitempty"`

	// NotChecked says what was not checked and why that was allowed. Package
	// verify puts it into its report, beside what it has to say itself.
	NotChecked []string `json:"-"`
}

// A LogEntry is a verified entry of a transparency log.
type LogEntry struct {
	// LogID is the log's key ID, in lower-case hex.
	LogID string `json:"log_id"`

	// Index is the entry's index in its log.
	Index int64 `json:"index"`

	// Time is when the log says it integrated the entry; zero where the log
	// doesn't vouch for a time (Rekor v2).
	Time time.Time `json:"time,omitzero"`

	// Log is the log's address as the trusted root has it, such as
	// "https://rekor.sigstore.dev"; empty where it has none.
	Log string `json:"log,omitempty"`

	// URL is a page that shows the entry to a person; empty where none is known.
	URL string `json:"url,omitempty"`
}

// A TrustedRoot says which sigstore trusted root vouched.
type TrustedRoot struct {
	// SHA256 is that of its bytes, in lower-case hex.
	SHA256 string `json:"sha256"`

	// Name is "public-good" or "GitHub" where it is known to be theirs: fetched
	// from there, or with nobody in it whom they haven't had when the program
	// was built. Empty is any other.
	Name string `json:"name,omitempty"`

	// FromTable: the signing table brought it, so that the table's author, and
	// not the program, chose who vouches.
	FromTable bool `json:"from_table,omitempty"`
}
