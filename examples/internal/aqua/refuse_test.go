package aqua_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/examples/internal/aqua"
	"github.com/relseal/relseal/verify"
)

// good is an entry that is followed; every case of this file changes one thing.
const good = `packages:
  - type: github_release
    repo_owner: acme
    repo_name: tool
    asset: tool_{{.OS}}_{{.Arch}}.tar.gz
`

const minisignature = `
    minisign:
      type: github_release
      asset: tool.minisig
      public_key: RWR+9B91GBZ0zOjh6Lr17+zKf5BoSuFvrx2xSeDE57uIYvnKBGmMjOex
`

const bundle = `
        bundle:
          type: github_release
          asset: checksums.txt.sigstore.json
`

func query() aqua.Query { return aqua.Query{Version: "v1.2.0", OS: "linux", Arch: "amd64"} }

func table(entry string, q aqua.Query) (*aqua.Table, error) {
	r, err := aqua.Parse("registry.yaml", []byte(entry))
	if err != nil {
		return nil, err
	}
	e, err := r.Package("")
	if err != nil {
		return nil, err
	}
	release, err := e.Release(q)
	if err != nil {
		return nil, err
	}
	return release.Choose("", false)
}

// sums is the good entry with checksums that are signed as the text says.
func sums(checksum, signed string) string {
	return good + "    checksum:\n      type: github_release\n      asset: checksums.txt\n      " + strings.ReplaceAll(checksum, "\n", "\n      ") + "\n      cosign:" + signed
}

// keyless is cosign with these options besides a bundle.
func keyless(opts ...string) string {
	var b strings.Builder
	b.WriteString("\n        opts:\n")
	for _, o := range opts {
		fmt.Fprintf(&b, "          - %q\n", o)
	}
	return b.String() + bundle[1:]
}

const (
	issuer  = "--certificate-oidc-issuer=https://token.actions.githubusercontent.com"
	subject = "--certificate-identity=https://github.com/acme/tool/.github/workflows/release.yml@refs/tags/{{.Version}}"
)

// TestGood: what the cases of TestRefused change is followed without the change.
func TestGood(t *testing.T) {
	for name, entry := range map[string]string{
		"minisign":  good + minisignature,
		"checksums": sums("algorithm: sha256", keyless(issuer, subject)),
	} {
		if _, err := table(entry, query()); err != nil {
			t.Errorf("%s: %v\n%s", name, err, entry)
		}
	}
}

// TestRefused: what a table can't say, and what is no entry, is refused by name.
func TestRefused(t *testing.T) {
	add := func(lines ...string) string {
		return good + minisignature[1:] + "    " + strings.Join(lines, "\n    ") + "\n"
	}
	cosign := func(opts ...string) string { return sums("algorithm: sha256", keyless(opts...)) }
	attested := func(line string) string {
		return good + "    github_artifact_attestations:\n      " + line + "\n"
	}
	provenance := func(lines string) string { return good + "    slsa_provenance:\n      " + lines + "\n" }
	for name, test := range map[string]struct {
		entry string
		want  error
		says  string
	}{
		"no YAML":                 {"packages: [", aqua.ErrEntry, "registry.yaml: "},
		"nothing":                 {"", aqua.ErrEntry, ""},
		"a list":                  {"- a", aqua.ErrEntry, "a mapping"},
		"another document":        {good + "---\na: b\n", aqua.ErrEntry, "more than one"},
		"something beside":        {good + "other: 1\n", aqua.ErrEntry, "nothing else beside"},
		"no package":              {"packages: []", aqua.ErrEntry, "0 of 0"},
		"two":                     {good + strings.TrimPrefix(good, "packages:\n"), aqua.ErrEntry, "2 of 2"},
		"a text for a package":    {"packages: [a]", aqua.ErrEntry, "a mapping"},
		"pkg.yaml":                {"packages:\n  - name: acme/tool@v1.2.0\n", aqua.ErrEntry, "registry.yaml beside it"},
		"a directive":             {"%YAML 1.1\n---\n" + good, aqua.ErrEntry, "a directive"},
		"a directive behind":      {good + "...\r%TAG !a! b\r--- x", aqua.ErrEntry, "a directive"},
		"a directive in UTF-16":   {"\xff\xfe%\x00Y\x00A\x00M\x00L\x00 \x001\x00.\x001\x00\n\x00", aqua.ErrEntry, "no UTF-8"},
		"an alias":                {"packages:\n  - &a\n    type: x\n  - *a\n", aqua.ErrEntry, "an alias"},
		"an anchor":               {add("link: &x y"), aqua.ErrEntry, "an anchor"},
		"a tag":                   {add("link: !!binary y"), aqua.ErrEntry, "a tag"},
		"a merge":                 {add("<<: {a: b}"), aqua.ErrEntry, "a merge key"},
		"a key twice":             {add("asset: other"), aqua.ErrEntry, "already defined"},
		"a wrong type":            {add("rosetta2: perhaps"), aqua.ErrEntry, "perhaps"},
		"an unknown key":          {add("gpg: {}"), aqua.ErrUnsupported, ":10: gpg: unsupported: an unknown key"},
		"an unknown key inside":   {good + strings.Replace(minisignature[1:], "public_key", "key_id", 1), aqua.ErrUnsupported, "minisign.key_id"},
		"a key of versions":       {add("overrides: [{no_asset: true}]"), aqua.ErrUnsupported, "overrides.no_asset"},
		"of aqua 1":               {sums("algorithm: sha256", "\n        cosign_experimental: true"+keyless(issuer, subject)), aqua.ErrUnsupported, "checksum.cosign.cosign_experimental"},
		"an empty override":       {add("overrides: [null]"), aqua.ErrEntry, "an empty one"},
		"an empty version":        {add("version_overrides: [null]"), aqua.ErrEntry, "an empty one"},
		"no repository":           {strings.Replace(good, "acme", "a/b", 1) + minisignature, aqua.ErrEntry, "no repository"},
		"a strange name":          {add(`name: "a\u202eb"`), aqua.ErrEntry, `"a\u202eb" is no package's`},
		"built":                   {strings.Replace(add(), "github_release", "go_install", 1), aqua.ErrUnsupported, `type "go_install"`},
		"content":                 {strings.Replace(add(), "github_release", "github_content", 1), aqua.ErrUnsupported, "github_content"},
		"no asset":                {add("no_asset: true"), aqua.ErrNoArtifact, "no asset for v1.2.0"},
		"a message":               {add("error_message: gone"), aqua.ErrNoArtifact, "gone"},
		"another platform":        {add("supported_envs: [darwin, linux/arm64]"), aqua.ErrNoArtifact, "not for linux/amd64"},
		"a C library":             {add("overrides: [{goos: linux, variants: [{key: libc, value: musl}]}]"), aqua.ErrUnsupported, "say which one"},
		"a variable":              {add("vars: [{name: x, required: true}]"), aqua.ErrEntry, "vars.x"},
		"a long variable":         {strings.Replace(add("vars: [{name: x, default: "+strings.Repeat("x", 5000)+"}]"), "{{.OS}}", `{{if splitList "" .Vars.x}}x{{end}}`, 1), aqua.ErrTooLarge, "x has 5000 bytes"},
		"a long replacement":      {add("replacements: {linux: " + strings.Repeat("x", 5000) + "}"), aqua.ErrTooLarge, "OS has 5000 bytes"},
		"a variable of no name":   {add("vars: [{required: true}]"), aqua.ErrEntry, "without a name"},
		"a variable of a list":    {add("vars: [{name: x, default: [a]}]"), aqua.ErrUnsupported, "no text"},
		"nothing signed":          {good, aqua.ErrUnsigned, "says not who"},
		"checksums alone":         {good + "    checksum: {type: github_release, asset: a, algorithm: sha256}\n", aqua.ErrUnsigned, "a checksum alone"},
		"checksums switched off":  {strings.Replace(sums("algorithm: sha256", keyless(issuer, subject)), "algorithm:", "enabled: false\n      algorithm:", 1), aqua.ErrUnsigned, ""},
		"switched off":            {good + strings.Replace(minisignature[1:], "minisign:", "minisign:\n      enabled: false", 1), aqua.ErrUnsigned, ""},
		"several":                 {add("github_immutable_release: true"), aqua.ErrSeveral, "minisign, github_immutable_release"},
		"md5":                     {sums("algorithm: md5", keyless(issuer, subject)), aqua.ErrWeak, "checksum.algorithm"},
		"sha1":                    {sums("algorithm: sha1", keyless(issuer, subject)), aqua.ErrWeak, "sha1"},
		"another hash":            {sums("algorithm: blake3", keyless(issuer, subject)), aqua.ErrUnsupported, `"blake3"`},
		"no hash":                 {sums("file_format: ''", keyless(issuer, subject)), aqua.ErrUnsupported, `checksum.algorithm`},
		"another form":            {sums("algorithm: sha256\nfile_format: xml", keyless(issuer, subject)), aqua.ErrUnsupported, "file_format"},
		"a digest alone":          {sums("algorithm: sha256\nfile_format: raw", keyless(issuer, subject)), aqua.ErrUnsupported, "isn't called by"},
		"lines of another form":   {sums("algorithm: sha256\nfile_format: regexp\npattern: {checksum: '= (.{64})$', file: '^sum (\\S+)'}", keyless(issuer, subject)), aqua.ErrUnsupported, "checksum.pattern"},
		"a pattern for all":       {sums("algorithm: sha256\nfile_format: regexp\npattern: {checksum: '^(.{64})'}", keyless(issuer, subject)), aqua.ErrUnsupported, "checksum.pattern"},
		"a broken pattern":        {sums("algorithm: sha256\nfile_format: regexp\npattern: {checksum: '(', file: x}", keyless(issuer, subject)), algorithm.ErrMalformed, "checksum.pattern"},
		"checksums nowhere":       {strings.Replace(sums("algorithm: sha256", keyless(issuer, subject)), "      asset: checksums.txt\n", "", 1), aqua.ErrEntry, "checksum.asset: "},
		"checksums somewhere":     {strings.Replace(sums("algorithm: sha256", keyless(issuer, subject)), "type: github_release\n      asset: checksums", "type: ftp\n      asset: checksums", 1), aqua.ErrEntry, `"ftp"`},
		"no issuer":               {cosign(subject), aqua.ErrOpen, "--certificate-oidc-issuer"},
		"no identity":             {cosign(issuer), aqua.ErrOpen, "--certificate-identity"},
		"an open end":             {cosign(issuer, `--certificate-identity-regexp=^https://github.com/acme/tool/.github/workflows/re`), aqua.ErrOpen, "not where it ends"},
		"an open beginning":       {cosign(issuer, `--certificate-identity-regexp=acme/tool/.*`), aqua.ErrOpen, "not where it begins"},
		"a variable of a table":   {cosign(issuer, `--certificate-identity-regexp=^https://github.com/acme/tool/{ version }.*`), aqua.ErrUnsupported, "take for a variable"},
		"two identities":          {cosign(issuer, subject, `--certificate-identity-regexp=^https://github\.com/acme/x/a\.yml@b$`), aqua.ErrEntry, "two values"},
		"an unknown option":       {cosign(issuer, subject, "--certificate-chain=https://example.com/chain.pem"), aqua.ErrUnsupported, "--certificate-chain"},
		"offline":                 {cosign(issuer, subject, "--offline"), aqua.ErrUnsupported, "--offline"},
		"an argument":             {cosign(issuer, subject, "file"), aqua.ErrUnsupported, `"file"`},
		"another log":             {cosign(issuer, subject, "--rekor-url=https://rekor.example.com"), aqua.ErrUnsupported, "--rekor-url"},
		"an option twice":         {cosign(issuer, subject, issuer), aqua.ErrEntry, "twice"},
		"an option without value": {cosign(subject, "--certificate-oidc-issuer"), aqua.ErrEntry, "without a value"},
		"a switch of a value":     {cosign(issuer, subject, "--insecure-ignore-tlog=perhaps"), aqua.ErrEntry, "perhaps"},
		"a key of the machine":    {cosign("--key", "k8s/secret"), aqua.ErrUnsupported, "of the machine"},
		"a key by http":           {cosign("--key", "http://example.com/key"), aqua.ErrUnsupported, "https"},
		"a key, an identity":      {cosign("--key", "https://example.com/key", subject), aqua.ErrEntry, "about certificates"},
		"a bundle twice":          {cosign(issuer, subject, "--bundle=https://example.com/b"), aqua.ErrEntry, "--bundle beside"},
		"a bundle, a signature":   {cosign(issuer, subject, "--signature=https://example.com/b"), aqua.ErrEntry, "a bundle, and a signature"},
		"a key, a certificate":    {strings.Replace(cosign("--key", "https://example.com/key", "--signature=https://example.com/b", "--certificate=https://example.com/c"), bundle[1:], "", 1), aqua.ErrEntry, "a key, and a certificate"},
		"nothing of cosign's":     {sums("algorithm: sha256", "\n        enabled: true\n"), aqua.ErrEntry, "neither a bundle"},
		"no key":                  {good + strings.Replace(minisignature[1:], "public_key: RW", "public_key: ''#", 1), aqua.ErrEntry, "public_key is missing"},
		"a signature nowhere":     {good + strings.Replace(minisignature[1:], "type: github_release", "type: ''", 1), aqua.ErrEntry, `minisign.type is ""`},
		"another repository":      {good + strings.Replace(minisignature[1:], "type: github_release", "type: github_release\n      repo_owner: ..", 1), aqua.ErrEntry, "no repository"},
		"an asset with a path":    {good + strings.Replace(minisignature[1:], "tool.minisig", "../x", 1), aqua.ErrEntry, `"../x" is no asset`},
		"an asset with a query":   {good + strings.Replace(minisignature[1:], "tool.minisig", "x?y", 1), aqua.ErrEntry, `"x?y" is no asset`},
		"an artifact by http":     {"type: http\nurl: http://example.com/x\nname: acme/tool\n", aqua.ErrUnsupported, "https"},
		"an artifact of a user":   {"type: http\nurl: https://a:b@example.com/x\nname: acme/tool\n", aqua.ErrUnsupported, "a user"},
		"an artifact of a folder": {"type: http\nurl: https://example.com/\nname: acme/tool\n", aqua.ErrEntry, "no asset"},
		"no URL":                  {"type: http\nname: acme/tool\n", aqua.ErrEntry, "url: "},
		"attested of nothing":     {"type: http\nurl: https://example.com/x\nname: acme/tool\ngithub_artifact_attestations: {}\n", aqua.ErrEntry, "no repository"},
		"immutable of nothing":    {"type: http\nurl: https://example.com/x\nname: acme/tool\ngithub_immutable_release: true\n", aqua.ErrEntry, "no repository"},
		"an open workflow":        {attested("signer_workflow: acme/tool/.github/workflows/(a|b)"), aqua.ErrOpen, "github_artifact_attestations.signer_workflow"},
		"provenance of others":    {provenance("{type: http, url: 'https://example.com/x', source_uri: 'git+https://example.com/a/b'}"), aqua.ErrUnsupported, "source_uri"},
		"provenance nowhere":      {provenance("{type: github_release}"), aqua.ErrEntry, "slsa_provenance.asset"},
		"inputs of a build":       {provenance("{type: github_release, asset: x, inputs: {a: b}}"), aqua.ErrUnsupported, "slsa_provenance.inputs"},
		"a broken template":       {strings.Replace(add(), "{{.OS}}", "{{.OS", 1), aqua.ErrTemplate, "asset: "},
		"a template of nothing":   {strings.Replace(add(), "tool_{{.OS}}_{{.Arch}}.tar.gz", "'{{/* x */}}'", 1), aqua.ErrTemplate, ""},
		"no such value":           {strings.Replace(add(), "{{.OS}}", "{{.Os}}", 1), aqua.ErrTemplate, "Os"},
		"no such function":        {strings.Replace(add(), "{{.OS}}", `{{env "HOME"}}`, 1), aqua.ErrTemplate, "env"},
		"printf":                  {strings.Replace(add(), "{{.OS}}", `{{printf "%09999999d" 1}}`, 1), aqua.ErrUnsupported, "the template function printf"},
		"a loop":                  {strings.Replace(add(), "{{.OS}}", `{{range .OS}}x{{end}}`, 1), aqua.ErrUnsupported, "range"},
		"a template inside":       {strings.Replace(add(), "{{.OS}}", `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`, 1), aqua.ErrUnsupported, "template"},
		"a template of itself":    {strings.Replace(add(), "{{.OS}}", `{{template ""}}`, 1), aqua.ErrUnsupported, "template"},
		"a template that grows":   {strings.Replace(add(), "{{.OS}}", `{{.OS`+strings.Repeat(` | replace "x" "xxxxxxxxxxxxxxxx"`, 8)+`}}`, 1), aqua.ErrTooLarge, "4096"},
		"a long template":         {strings.Replace(add(), "{{.OS}}", strings.Repeat("x", 3000), 1), aqua.ErrTooLarge, "3022 bytes"},
		"a control character":     {strings.Replace(add(), "asset: tool_{{.OS}}_{{.Arch}}.tar.gz", `asset: "tool\u001b[2K"`, 1), aqua.ErrTemplate, "can't be shown"},
		"a constraint":            {add(`version_constraint: semver("<=")`), aqua.ErrConstraint, ":10: version_constraint"},
		"no constraint":           {add(`version_constraint: Version`), aqua.ErrConstraint, "bool"},
		"a constraint of nothing": {add(`version_constraint: semver(`), aqua.ErrConstraint, ""},
		"no operator":             {add(`version_constraint: semver("1.0")`), aqua.ErrConstraint, "begins with none"},
		"all of them":             {add(`version_constraint: all(1..1000000, true)`), aqua.ErrUnsupported, "version_constraint"},
		"a range":                 {add(`version_constraint: 1 in 1..1000000`), aqua.ErrUnsupported, "the operator .."},
		"repeated":                {add(`version_constraint: repeat("x", 100000000) == ""`), aqua.ErrUnsupported, "the function repeat"},
		"of the environment":      {add(`version_constraint: $env["x"] == ""`), aqua.ErrConstraint, ""},
		"a pattern that grows":    {add(`version_constraint: Version matches "(a{1000})(b{1000})(c{1000})"`), aqua.ErrTooLarge, "instructions"},
		"a pattern made up":       {add(`version_constraint: Version matches Version`), aqua.ErrUnsupported, "made up"},
		"a long constraint":       {add(`version_constraint: "` + strings.Repeat("x", 9000) + `"`), aqua.ErrTooLarge, "9000 bytes"},
		"options":                 {cosign(slices.Repeat([]string{issuer}, 100)...), aqua.ErrTooLarge, "100 options"},
		"overrides":               {add("version_overrides: [" + strings.Repeat("{},", 2000) + "{}]"), aqua.ErrTooLarge, "version_overrides: too large: 2001"},
		"deep":                    {"packages: " + strings.Repeat("[", 30) + strings.Repeat("]", 30), aqua.ErrTooLarge, "levels"},
		"deeper":                  {"packages: " + strings.Repeat("[", 20000), aqua.ErrEntry, ""},
		"large":                   {strings.Repeat("#\n", aqua.MaxBytes), aqua.ErrTooLarge, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := table(test.entry, query())
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || len(err.Error()) >= 500 {
				t.Fatalf("%v, want %v and %q", err, test.want, test.says)
			}
			var of *aqua.Error
			if !errors.As(err, &of) && !errors.Is(err, aqua.ErrSeveral) || of != nil && of.File != "registry.yaml" {
				t.Errorf("%v says not where", err)
			}
		})
	}
}

// TestSentinels: what is refused has the reasons that relseal's programs tell.
func TestSentinels(t *testing.T) {
	for err, want := range map[error]string{
		aqua.ErrEntry: "malformed", aqua.ErrTemplate: "malformed", aqua.ErrConstraint: "malformed", aqua.ErrTooLarge: "too-large",
		aqua.ErrUnsupported: "unsupported", aqua.ErrSeveral: "unsupported", aqua.ErrWeak: "weak", aqua.ErrOpen: "identity",
		aqua.ErrNoArtifact: "missing", aqua.ErrUnsigned: "not-declared",
	} {
		if got := verify.Reason(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// TestQuery: what can't be a version or a platform is refused.
func TestQuery(t *testing.T) {
	for _, q := range []aqua.Query{
		{Version: "", OS: "linux", Arch: "amd64"},
		{Version: "v1 2", OS: "linux", Arch: "amd64"},
		{Version: "../v1", OS: "linux", Arch: "amd64"},
		{Version: "v1/../../x", OS: "linux", Arch: "amd64"},
		{Version: "v1?", OS: "linux", Arch: "amd64"},
		{Version: "v1$(id)", OS: "linux", Arch: "amd64"},
		{Version: strings.Repeat("1", 200), OS: "linux", Arch: "amd64"},
		{Version: "v1", OS: "Linux!", Arch: "amd64"},
		{Version: "v1", OS: "linux"},
	} {
		if _, err := table(good+minisignature, q); !errors.Is(err, aqua.ErrEntry) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestLarge: a large document takes about as long as reading it does.
func TestLarge(t *testing.T) {
	fill := func(head, item string) string {
		return head + strings.Repeat(item, (aqua.MaxBytes/4-len(head))/len(item))
	}
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, entry := range map[string]string{
		"replacements":     good + minisignature[1:] + "    replacements: {" + numbered("k%x,", 150_000) + "}\n",
		"equal keys":       good + minisignature[1:] + "    replacements: {" + strings.Repeat("a,", 300_000) + "}\n",
		"mappings of keys": good + minisignature[1:] + "    vars:\n" + strings.Repeat("      - {"+strings.Repeat("name,", 200)+"}\n", 900),
		"directives":       numbered("%%TAG !a%x! b\n", 60_000) + "---\n" + good,
		"packages":         fill("packages:\n", "  - {type: x, name: y}\n"),
		"comments":         fill(good, "#\n"),
		"platforms":        fill(good+minisignature[1:]+"    overrides:\n", "      - {goos: darwin, variants: [{key: libc, value: x}]}\n"),
		"environment":      fill(good+minisignature[1:]+"    supported_envs:\n", "      - darwin\n"),
		"constraint":       fill(good+minisignature[1:]+"    version_constraint: ", "(true)or"),
	} {
		began := time.Now()
		_, err := table(entry, query())
		if took := time.Since(began); took > 20*time.Second { // a fraction of a second where nothing else runs
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
}
