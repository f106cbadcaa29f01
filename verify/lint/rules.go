package lint

// A Rule is what a [Finding] goes by.
type Rule struct {
	Name    string // in kebab-case
	Summary string // one sentence, without a full stop
}

// The rules' names.
const (
	ruleTableBroken      = "table-broken"
	ruleMisplaced        = "table-misplaced"
	ruleRefused          = "plan-refused"
	ruleUnsupported      = "unsupported-algorithm"
	ruleNotDeclared      = "not-declared"
	ruleTargetUnsigned   = "target-unsigned"
	ruleTargetUnknown    = "target-unknown"
	ruleNoPkgURL         = "no-pkg-url"
	rulePkgFmt           = "pkg-fmt-unknown"
	ruleUnknownVariable  = "template-unknown-variable"
	ruleTemplateBroken   = "template-broken"
	ruleSameSignature    = "same-url-for-targets"
	ruleSameArtifact     = "same-artifact-for-targets"
	ruleBehindQuery      = "sig-behind-query"
	ruleBinstall         = "binstall-rejects"
	ruleKeyUnparsable    = "key-unparsable"
	ruleKeyWeak          = "key-weak"
	ruleKeyPlaceholder   = "key-placeholder"
	ruleKeySecret        = "key-secret"
	ruleKeyMissing       = "key-file-missing"
	ruleKeyExpires       = "key-expires"
	ruleKeyExpired       = "key-expired"
	ruleKeyRevoked       = "key-revoked"
	ruleKeyRetired       = "key-retired"
	ruleKeyNotYet        = "key-not-yet"
	ruleURLWithoutDigest = "url-without-digest"
	ruleKeyBeside        = "key-beside-artifact"
	ruleThreshold        = "threshold-too-high"
	ruleThresholdHands   = "threshold-one-repository"
	ruleIdentityBroken   = "identity-broken"
	ruleIdentityOpen     = "identity-open"
	ruleIdentityWide     = "identity-wide"
	ruleIdentityDot      = "identity-unescaped-dot"
	ruleIdentityReusable = "identity-reusable-workflow"
	ruleIdentityAnyRef   = "identity-any-ref"
	ruleVersionNotBound  = "version-not-bound"
	ruleNameNotBound     = "name-not-bound"
	ruleCantBind         = "binding-impossible"
	ruleShadowed         = "alternatives-shadowed"
	ruleNoTransparency   = "no-transparency"
	ruleRootFromTable    = "root-from-table"
	ruleIncomplete       = "incomplete"
)

// Rules returns all rules, by their groups in docs/lint.md.
func Rules() []Rule {
	return []Rule{
		{ruleTableBroken, "The document or a signing table can't be read"},
		{ruleMisplaced, "What looks like a signing table stands where nothing reads it"},
		{ruleRefused, "No installer can follow the table"},
		{ruleUnsupported, "The algorithm is unknown to the program"},
		{ruleShadowed, "An alternative is never reached"},
		{ruleNotDeclared, "No signature is declared"},
		{ruleTargetUnsigned, "Some targets have a signature declared and others have none"},
		{ruleTargetUnknown, "An override names a target that doesn't exist"},
		{ruleBinstall, "cargo-binstall rejects the manifest or looks for another signature"},

		{ruleNoPkgURL, "No pkg-url is declared, so that the artifact's URL is made up"},
		{rulePkgFmt, "pkg-fmt isn't a format that cargo-binstall knows"},
		{ruleUnknownVariable, "A template uses a variable that has no value"},
		{ruleTemplateBroken, "A template can't be read or renders to no URL"},
		{ruleSameSignature, "Different artifacts would have one signature file"},
		{ruleSameArtifact, "Different targets have one artifact"},
		{ruleBehindQuery, "An ending is put behind a URL's query"},

		{ruleKeyUnparsable, "A public key can't be read"},
		{ruleKeyWeak, "A public key is too weak to prove anything"},
		{ruleKeyPlaceholder, "A public key is a placeholder or an example"},
		{ruleKeySecret, "A secret key is published"},
		{ruleKeyMissing, "A key's file can't be read"},
		{ruleKeyExpires, "A public key expires soon"},
		{ruleKeyExpired, "A public key has expired"},
		{ruleKeyRevoked, "A public key was revoked"},
		{ruleKeyRetired, "The table has retired a public key"},
		{ruleKeyNotYet, "A public key doesn't count yet"},
		{ruleURLWithoutDigest, "A document that is trusted has a URL and no digest"},
		{ruleKeyBeside, "A public key lies beside the artifact"},
		{ruleThreshold, "More signatures are demanded than the keys can give"},

		{ruleIdentityBroken, "The identity can't be read or doesn't say who"},
		{ruleIdentityOpen, "Anyone can have the identity"},
		{ruleIdentityWide, "A whole organization or domain has the identity"},
		{ruleIdentityDot, "A dot in a host's name stands for any character"},
		{ruleIdentityReusable, "Anyone can call the workflow of another repository"},
		{ruleIdentityAnyRef, "A build of any branch has the identity"},
		{ruleThresholdHands, "One repository can be all signers of a threshold"},
		{ruleNoTransparency, "The transparency log or the certificate's timestamp is switched off"},
		{ruleRootFromTable, "The table brings a trusted root of its own"},

		{ruleVersionNotBound, "Nothing signed says the version"},
		{ruleNameNotBound, "Nothing signed says the file's name"},
		{ruleCantBind, "The table demands something signed that its signatures can't say"},
		{ruleIncomplete, "Not everything was looked at or told"},
	}
}
