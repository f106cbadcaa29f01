package lint_test

import (
	"strings"
	"testing"

	"github.com/relseal/relseal/verify/lint"
)

const (
	sum  = "0000000000000000000000000000000000000000000000000000000000000000"
	mine = "algorithm = 'minisign'\npubkey = '" + keyA + "'\n" // lines 2 and 3 of a table
)

// TestBehindQuery: each template of a URL, behind the artifact's URL and the manifest's.
func TestBehindQuery(t *testing.T) {
	const tool, raw = "https://example.com/tool.tgz", "https://example.com/tool.tgz?raw=true"
	const told3, sums = "4 warning sig-behind-query ", "checksums = 'https://example.com/SUMS'\n"
	const rawSums = "checksums = 'https://example.com/SUMS?raw=true'\n"
	for _, tt := range []struct{ name, url, table, want string }{
		{"the default", raw, mine, "1 warning sig-behind-query file"},
		{"the default without a query", tool, mine, ""},
		{"a file", raw, mine + "file = '{ url }.minisig'", told3 + "file"},
		{"a file without a query", tool, mine + "file = '{ url }.minisig'", ""},
		{"a file elsewhere", raw, mine + "file = 'https://example.com/tool.minisig?raw=true'", ""},
		{"a further question", raw, mine + "file = '{ url }&signature=1'", ""},
		{"files", raw, mine + "files = ['https://example.com/a', '{ url }.b']\nthreshold = 1", told3 + "files"},
		{"files elsewhere", raw, mine + "files = ['https://example.com/a']\nthreshold = 1", ""},
		{"a manifest", raw, mine + "checksums = '{ url }.sha256'", told3 + "checksums"},
		{"a manifest elsewhere", raw, mine + sums, ""},
		{"a certificate", raw, "algorithm = 'cosign'\nfile = 'https://example.com/a.sig'\ncertificate = '{ url }.pem'\nidentity = { issuer = 'https://example.com', subject = 'me@acme.com' }", told3 + "certificate"},
		{"a certificate elsewhere", raw, "algorithm = 'cosign'\nfile = 'https://example.com/a.sig'\ncertificate = 'https://example.com/a.pem'\nidentity = { issuer = 'https://example.com', subject = 'me@acme.com' }", ""},
		{"a certificate that is none", raw, "algorithm = 'cosign'\nfile = 'https://example.com/a.sig'\ncertificate = 1\nidentity = { issuer = 'https://example.com', subject = 'me@acme.com' }", "4 error table-broken certificate"},
		{"what is no URL", raw, "algorithm = 'cosign'\nfile = 'https://example.com/a.sig'\npredicate-type = '{ url }.x'\nidentity = { issuer = 'https://example.com', subject = 'me@acme.com' }", ""},
		{"digests", raw, "algorithm = 'digest'\ndigests = { 'tool.tgz' = 'sha256:" + sum + "' }", ""},
		{"the manifest's default", tool, mine + rawSums, "1 warning sig-behind-query file"},
		{"a file behind the manifest", tool, mine + "file = '{ checksums }.minisig'\n" + rawSums, told3 + "file"},
		{"a file behind the manifest without a query", tool, mine + "file = '{ checksums }.minisig'\n" + sums, ""},
		{"a file elsewhere beside the manifest", tool, mine + "file = 'https://example.com/SUMS.minisig'\n" + rawSums, ""},
		{"a further question for the manifest's", tool, mine + "file = '{ checksums }&signature=1'\n" + rawSums, ""},
		{"files behind the manifest", tool, mine + "files = ['{ checksums }.a']\nthreshold = 1\n" + rawSums, told3 + "files"},
		{"files beside the manifest", tool, mine + "files = ['https://example.com/SUMS.a']\nthreshold = 1\n" + rawSums, ""},
	} {
		c := keylessConfig()
		c.Variables["url"] = tt.url
		if got := told(judge(t, c, tt.table)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestKeyBeside: a key lies beside the artifact where a digest holds it, and in the same
// folder.
func TestKeyBeside(t *testing.T) {
	for key, want := range map[string]string{
		"url = 'https://github.com/acme/tool/releases/download/v1/k', sha256 = '" + sum + "'": "3 note key-beside-artifact pubkey",
		"url = 'https://example.com/k', sha256 = '" + sum + "'":                               "",
		"url = 'https://github.com/acme/tool/releases/download/v1/k'":                         "3 error url-without-digest pubkey",
		"file = 'k'": "",
	} {
		if got := told(judge(t, keylessConfig(), "algorithm = 'minisign'\npubkey = { "+key+" }")); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	c := keylessConfig()
	c.Variables["url"] = "https://example.com/%zz"
	found := judge(t, c, "algorithm = 'minisign'\npubkey = { url = 'https://example.com/k', sha256 = '"+sum+"' }")
	if got := told(found); got != "1 error template-broken" || found[0].File != "t.toml" || found[0].Table != "signing" {
		t.Errorf("an artifact without a URL: %+v", found)
	}
}

// TestSameURL: several artifacts of several targets can't have one signature.
func TestSameURL(t *testing.T) {
	const each = "[package.metadata.binstall]\npkg-url = 'https://example.com/tool-{ target }{ archive-suffix }'\n[package.metadata.binstall.signing]\n"
	const one = "[package.metadata.binstall]\npkg-url = 'https://example.com/tool'\n[package.metadata.binstall.signing]\n"
	const identity = "identity = { issuer = 'https://example.com', subject = 'me@acme.com' }\n"
	for _, tt := range []struct{ name, manifest, want, says string }{
		{"one for all", each + mine + "file = 'https://example.com/sig'", "10 error same-url-for-targets file", "4 artifacts would have the one signature at https://example.com/sig,"},
		{"one of each", each + mine, "", ""},
		{"one of several", each + mine + "files = ['{ url }.a', 'https://example.com/b']\nthreshold = 1", "10 warning binstall-rejects files, 10 error same-url-for-targets files", "4 artifacts"},
		{"one artifact", one + mine + "file = 'https://example.com/sig'", "", ""},
		{"a manifest's", each + mine + "checksums = 'https://example.com/SUMS'\nfile = '{ checksums }.sig'", "10 warning binstall-rejects checksums", ""},
		{"nobody knows where", "[package.metadata.binstall.signing]\n" + mine + "file = 'https://example.com/sig'", "0 note no-pkg-url pkg-url", ""},
		{"a broken one", each + mine + "file = '{ nothing }'", "10 error template-unknown-variable file", ""},
		{"named by the digest", each + "algorithm = 'ssh'\npubkey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBM8gi6Aa5rPpcVYD5h9NC+tktNDRTiUaOJvOTKgyhwS'\nfile = 'https://example.com/{ sha256 }'", "8 warning binstall-rejects algorithm", ""},
		{"a bundle", each + "algorithm = 'cosign'\nfile = 'https://example.com/a.jsonl'\n" + identity, "8 warning binstall-rejects algorithm", ""},
		{"a plain signature", each + "algorithm = 'cosign'\nfile = 'https://example.com/a.sig'\n" + identity, "8 warning binstall-rejects algorithm, 9 error same-url-for-targets file", ""},
		{"a signature with a certificate", each + "algorithm = 'cosign'\nfile = 'https://example.com/a'\ncertificate = 'https://example.com/a.pem'\n" + identity, "8 warning binstall-rejects algorithm, 9 error same-url-for-targets file", ""},
	} {
		c := config()
		c.Algorithms = append(c.Algorithms, keyless{})
		found := manifest(t, c, tt.manifest, "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
		if got := told(found); got != tt.want || !strings.Contains(texts(found), tt.says) {
			t.Errorf("%s: %s, want %s\n%s", tt.name, got, tt.want, texts(found))
		}
		for _, f := range found {
			if f.Rule == "same-url-for-targets" && len(f.Targets) != 2 {
				t.Errorf("%s: for %q", tt.name, f.Targets)
			}
		}
		if got := told(manifest(t, c, tt.manifest, "x86_64-unknown-linux-gnu")); strings.Contains(got, "same-url") {
			t.Errorf("%s, for one target: %s", tt.name, got)
		}
	}
}

// texts are the messages of what is found.
func texts(found []lint.Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, f.Message)
	}
	return strings.Join(all, "\n")
}
