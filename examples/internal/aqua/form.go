package aqua

import (
	"go.yaml.in/yaml/v3"
)

// The form of an entry, as aqua's JSON schema has it. What has nothing to do with
// trust is a node that nobody reads; every other key that stands in an entry and not
// here is refused.

type packageInfo struct {
	versioned         `yaml:",inline"`
	Name              string             `yaml:"name"`
	Aliases           []alias            `yaml:"aliases"`
	SearchWords       yaml.Node          `yaml:"search_words"`
	Description       yaml.Node          `yaml:"description"`
	Link              yaml.Node          `yaml:"link"`
	Private           bool               `yaml:"private"`
	VersionConstraint text               `yaml:"version_constraint"`
	VersionOverrides  []*versionOverride `yaml:"version_overrides"`
}

type alias struct {
	Name string `yaml:"name"`
}

type versionOverride struct {
	versioned         `yaml:",inline"`
	VersionConstraint text `yaml:"version_constraint"`
}

// versioned is what versions can have of their own.
type versioned struct {
	platformed          `yaml:",inline"`
	RepoOwner           string           `yaml:"repo_owner"`
	RepoName            string           `yaml:"repo_name"`
	VersionFilter       *string          `yaml:"version_filter"`
	VersionPrefix       *string          `yaml:"version_prefix"`
	VersionSource       string           `yaml:"version_source"`
	ErrorMessage        *string          `yaml:"error_message"`
	Rosetta2            *bool            `yaml:"rosetta2"`
	WindowsARMEmulation *bool            `yaml:"windows_arm_emulation"`
	NoAsset             *bool            `yaml:"no_asset"`
	Build               yaml.Node        `yaml:"build"`
	ImmutableRelease    *truth           `yaml:"github_immutable_release"`
	FormatOverrides     []formatOverride `yaml:"format_overrides"`
	Overrides           []*override      `yaml:"overrides"`
	SupportedEnvs       []string         `yaml:"supported_envs"`
}

// platformed is what platforms can have of their own.
type platformed struct {
	Type               string            `yaml:"type"`
	Format             string            `yaml:"format"`
	Asset              text              `yaml:"asset"`
	Crate              string            `yaml:"crate"`
	URL                text              `yaml:"url"`
	Path               string            `yaml:"path"`
	GoVersionPath      yaml.Node         `yaml:"go_version_path"`
	CompleteWindowsExt *bool             `yaml:"complete_windows_ext"`
	WindowsExt         string            `yaml:"windows_ext"`
	AppendExt          *bool             `yaml:"append_ext"`
	Cargo              yaml.Node         `yaml:"cargo"`
	Files              yaml.Node         `yaml:"files"`
	Replacements       map[string]string `yaml:"replacements"`
	Vars               []variable        `yaml:"vars"`
	Checksum           *checksum         `yaml:"checksum"`
	Cosign             *cosign           `yaml:"cosign"`
	SLSA               *slsa             `yaml:"slsa_provenance"`
	Minisign           *minisign         `yaml:"minisign"`
	Attestations       *attestations     `yaml:"github_artifact_attestations"`
}

type override struct {
	platformed `yaml:",inline"`
	GOOS       string    `yaml:"goos"`
	GOArch     string    `yaml:"goarch"`
	Envs       []string  `yaml:"envs"`
	Variants   []variant `yaml:"variants"`
}

type variant struct {
	Key   string `yaml:"key"`
	Value string `yaml:"value"`
}

type formatOverride struct {
	GOOS   string `yaml:"goos"`
	Format string `yaml:"format"`
}

type variable struct {
	Name     string    `yaml:"name"`
	Required bool      `yaml:"required"`
	Default  yaml.Node `yaml:"default"`
}

// A download says where a document is: an asset of a release on GitHub, or a URL.
type download struct {
	Type      string `yaml:"type"`
	RepoOwner string `yaml:"repo_owner"`
	RepoName  string `yaml:"repo_name"`
	Asset     text   `yaml:"asset"`
	URL       text   `yaml:"url"`
}

type checksum struct {
	Type         string            `yaml:"type"`
	Asset        text              `yaml:"asset"`
	URL          text              `yaml:"url"`
	FileFormat   string            `yaml:"file_format"`
	Algorithm    text              `yaml:"algorithm"`
	Pattern      *checksumPattern  `yaml:"pattern"`
	Enabled      *bool             `yaml:"enabled"`
	Replacements map[string]string `yaml:"replacements"`
	Cosign       *cosign           `yaml:"cosign"`
	Minisign     *minisign         `yaml:"minisign"`
	Attestations *attestations     `yaml:"github_artifact_attestations"`
	at           int
}

type checksumPattern struct {
	Checksum string `yaml:"checksum"`
	File     string `yaml:"file"`
	at       int
}

type cosign struct {
	Enabled     *bool     `yaml:"enabled"`
	Opts        []text    `yaml:"opts"`
	Signature   *download `yaml:"signature"`
	Certificate *download `yaml:"certificate"`
	Key         *download `yaml:"key"`
	Bundle      *download `yaml:"bundle"`
	at          int
}

type slsa struct {
	download  `yaml:",inline"`
	Enabled   *bool   `yaml:"enabled"`
	SourceURI *string `yaml:"source_uri"`
	SourceTag string  `yaml:"source_tag"`
	at        int
}

type minisign struct {
	download  `yaml:",inline"`
	Enabled   *bool  `yaml:"enabled"`
	PublicKey string `yaml:"public_key"`
	at        int
}

type attestations struct {
	Enabled        *bool  `yaml:"enabled"`
	PredicateType  string `yaml:"predicate_type"`
	SignerWorkflow text   `yaml:"signer_workflow"`
	SignerOld      text   `yaml:"signer-workflow"`
	at             int
}

// A text is one with its line.
type text struct {
	value string
	at    int
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *text) UnmarshalYAML(n *yaml.Node) error {
	t.at = n.Line
	return n.Decode(&t.value)
}

// A truth is a bool with its line.
type truth struct {
	value bool
	at    int
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *truth) UnmarshalYAML(n *yaml.Node) error {
	t.at = n.Line
	return n.Decode(&t.value)
}

// The sections know where they begin.

// UnmarshalYAML implements yaml.Unmarshaler.
func (c *checksum) UnmarshalYAML(n *yaml.Node) error {
	type plain checksum
	c.at = n.Line
	return n.Decode((*plain)(c))
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (p *checksumPattern) UnmarshalYAML(n *yaml.Node) error {
	type plain checksumPattern
	p.at = n.Line
	return n.Decode((*plain)(p))
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (c *cosign) UnmarshalYAML(n *yaml.Node) error {
	type plain cosign
	c.at = n.Line
	return n.Decode((*plain)(c))
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *slsa) UnmarshalYAML(n *yaml.Node) error {
	type plain slsa
	s.at = n.Line
	return n.Decode((*plain)(s))
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (m *minisign) UnmarshalYAML(n *yaml.Node) error {
	type plain minisign
	m.at = n.Line
	return n.Decode((*plain)(m))
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (a *attestations) UnmarshalYAML(n *yaml.Node) error {
	type plain attestations
	a.at = n.Line
	return n.Decode((*plain)(a))
}
