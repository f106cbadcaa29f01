package main

const help = `verifyfile: did the publisher of this file sign it, as the table says?

  verifyfile --table FILE.toml [flags] ARTIFACT
  verifyfile --table FILE.toml [flags] --sha256 HEX
  verifyfile --table FILE.toml [flags] --plan
  verifyfile --table FILE.toml [flags] --lint

Flags go before the artifact. Start with the line that fits:

  a file, its signature beside it, and a table that says who must have signed it
    verifyfile --table relseal.toml --signature tool.tgz.minisig tool.tgz
  a file that was downloaded: the signature is fetched from where the table says
    verifyfile --table relseal.toml --var url=https://example.com/v1.2.0/tool.tgz tool.tgz
  the same, and something signed must say that it is this file of this version
    verifyfile --table relseal.toml --bind name,version --var version=1.2.0 --var url=https://example.com/v1.2.0/tool.tgz tool.tgz
  a keyless signature of sigstore's, such as a workflow makes
    verifyfile --table relseal.toml --trusted-root public-good --var url=https://example.com/v1.2.0/tool.tgz tool.tgz
  what would be fetched, and from where; and what is wrong with the table
    verifyfile --table relseal.toml --plan --var url=https://example.com/v1.2.0/tool.tgz
    verifyfile --table relseal.toml --lint

No table yet? Its publisher tells the public key and how the signature is
named, and this goes to relseal.toml, here for minisign:

  [signing]
  algorithm = "minisign"        # or gpg, ssh, cosign, signify
  pubkey = "RW..."              # the publisher's, from where you trust it
  file = "{ url }.minisig"      # beside the file; { url }.sig if left out

The report goes to standard output, why something is refused to standard error.

Exit codes: 0 verified (or, by --if-declared and --skip-signatures, passed unverified:
the report says which); 40 refused; 41 a signature is missing, or none is declared; 78 a
table can't be followed, or an error of --lint; 65 a URL; 67 a template; 68 something
can't be fetched; 74 files; 130 interrupted; 2 a mistake in the call; 1 anything else.

Flags:
`
