package metadata_test

import (
	"errors"
	"testing"

	"github.com/relseal/relseal/metadata"
)

const (
	pkg   = "[package]\nname = 'x'\nversion = '1.0.0'\n"
	lines = "algorithm = 'minisign'\npubkey = 'key'\n"
	both  = "algorithm='minisign', pubkey='key'"
)

// TestForms: what declares a signing table to a TOML reader is seen, in every
// spelling that TOML has for it.
func TestForms(t *testing.T) {
	for _, doc := range []string{
		pkg + "[package.metadata.binstall.signing]\n" + lines,
		pkg + "[\"package\".'metadata'.\"binstall\".\"si\\u0067ning\"]\n" + lines,
		pkg + "[ package . metadata . binstall . signing ]\n" + lines,
		"package.name='x'\npackage.metadata.binstall.signing.algorithm='minisign'\npackage.metadata.binstall.signing.pubkey='key'\n",
		pkg + "[package.metadata]\nbinstall={signing={" + both + "}}\n",
		pkg + "metadata={binstall={signing={" + both + "}}}\n",
		pkg + "metadata.binstall.signing={" + both + "}\n",
		"package={name='x', metadata.binstall.signing.algorithm='minisign', metadata.binstall.signing.pubkey='key'}\n",
		"\ufeff" + pkg + "[package.metadata.binstall.signing]\r\n" + lines,
		pkg + "[package.metadata.binstall]\nsigning.algorithm='minisign'\nsigning.pubkey='key'\n",
		pkg + "[package.metadata.binstall]\noverrides.'cfg(all())'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.'cfg(any(unix,))'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.'cfg( not ( windows ) )'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.\"x86_64-unknown-linux-gnu\"={signing={" + both + "}}\n",
	} {
		m, err := metadata.Parse("Cargo.toml", []byte(doc))
		if err != nil {
			t.Errorf("%s\n%v", doc, err)
			continue
		}
		b, err := m.For("x86_64-unknown-linux-gnu")
		if err != nil || b.Signing == nil || b.Signing.Algorithm != "minisign" || len(b.Signing.Keys) != 1 || b.Signing.Keys[0].Inline != "key" {
			t.Errorf("%s\n%+v, %v", doc, b, err)
		}
	}
}

// TestFormsRefused: what looks like a declaration and isn't one is an error,
// never "not declared".
func TestFormsRefused(t *testing.T) {
	for _, doc := range []string{
		pkg + "[package.metadata.binstall]\noverrides.'cfg(target_feature=\"sse2\")'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.linux.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.' x86_64-unknown-linux-gnu'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.'cfg (unix)'.signing={" + both + "}\n",
		pkg + "[package.metadata.binstall]\noverrides.'unix'.signing={" + both + "}\n",
		pkg + "[[package.metadata.binstall]]\n[package.metadata.binstall.signing]\n" + lines,
		pkg + "[[package.metadata]]\n[package.metadata.binstall.signing]\n" + lines,
		"[[package]]\nname='x'\n[package.metadata.binstall.signing]\n" + lines,
		pkg + "[[package.metadata.binstall.signing]]\n" + lines,
		pkg + "[package.metadata.binstall.signin]\n" + lines,
		pkg + "[package.metadata.binstall]\nsigning = false\n",
		"[project]\nname='x'\n[project.metadata.binstall.signing]\n" + lines,
	} {
		m, err := metadata.Parse("Cargo.toml", []byte(doc))
		var typed *metadata.Error
		if !errors.As(err, &typed) || m != nil {
			t.Errorf("%s\n%v, %v", doc, m, err)
		}
	}
}
