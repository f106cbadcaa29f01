package verify

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// tells reports whether a file's name says that it is of a version, and of no
// other. What it doesn't know it takes for something that may say otherwise: a
// name that is wrongly taken for one of the version lets an older release pass,
// while one that tells nothing can be bound in other ways. So the version must
// stand there whole and be the only one, and what comes behind it must be the
// end, or words for systems and kinds of files alone: "1.2.0-rc1", "1.1.1w" and
// "1.0.0-glibc2.17" are other versions than 1.2.0, 1.1.1 and 2.17. A version
// without a dot may stand for something else, as 64 does. Of a path the last
// element counts.
func tells(name, version string) bool {
	name, version = path.Base(name), withoutV(version)
	before, after, ok := strings.Cut(name, version)
	if !ok || !strings.Contains(version, ".") {
		return false
	}
	if before != "" && strings.ContainsAny(before[len(before)-1:], "0123456789.+~") || hasVersion(before) || hasVersion(after) {
		return false
	}
	if after != "" && !strings.ContainsAny(after[:1], "-_.") || len(after) > 1 && isDigit(after[1]) {
		return false
	}
	known := knownWords()
	for word := range strings.FieldsFuncSeq(strings.ToLower(after), betweenWords) {
		if !slices.Contains(known, word) {
			return false
		}
	}
	return !slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(before), betweenWords), isStage)
}

// saidIn is what a text says of the bytes where all of it is signed: their name, where
// that is a word of it, and their version, where a word is it or tells it, and no other
// word is or has another one. The table's author, who may be another than the signer,
// writes what stands around a variable: of 2.0 "1.{ version }" is what was signed for
// 1.2.0, "1.2.0 for { version }" as well, "{ version } beta" and "{ version }-rc1" are what
// came before 2.0, and "un{ asset }" is another file.
func (w wanted) saidIn(text string) Binding {
	b := Binding{Version: !slices.ContainsFunc(strings.Fields(strings.ToLower(text)), isStage)}
	told := false
	for word := range strings.FieldsFuncSeq(text, betweenNames) {
		name, rest, _ := strings.Cut(word, "/")
		b.Name = b.Name || name != "" && name == w.name && (rest == "" || w.is(rest, w.version)) // NAME/VERSION, as a namespace
		for part := range strings.FieldsFuncSeq(word, inNames) {
			switch {
			case w.version != "" && (w.is(part, w.version) || tells(part, w.version)):
				told = true
			case hasVersion(part), isNumber(withoutV(part)) && !strings.Contains(w.version, "."):
				b.Version = false
			}
		}
	}
	b.Version = b.Version && told
	return b
}

// isNumber tells digits alone.
func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// betweenNames are what a text has around the name of a file, and inNames what such a
// word may have around a version besides: both are parts of refs and of namespaces.
func betweenNames(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`:=,;"'()@`, r) }

func inNames(r rune) bool { return strings.ContainsRune("/?#", r) }

func betweenWords(r rune) bool { return strings.ContainsRune("-_.", r) }

// hasVersion reports whether there are digits, a dot and digits again.
func hasVersion(s string) bool {
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '.' && isDigit(s[i-1]) && isDigit(s[i+1]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isStage knows the words for what comes before a release.
func isStage(word string) bool {
	word = strings.TrimRight(word, "0123456789")
	return slices.Contains([]string{
		"rc", "cr", "alpha", "beta", "pre", "prerelease", "preview", "dev", "devel", "nightly", "snapshot", "canary", "edge", "unstable", "testing", "ea", "milestone",
	}, word)
}

// knownWords are those that may follow a version in the name of a release's file.
func knownWords() []string {
	return []string{
		// systems
		"linux", "linux32", "linux64", "darwin", "macos", "mac", "osx", "apple", "ios", "windows", "win", "win32", "win64", "pc", "unknown",
		"freebsd", "netbsd", "openbsd", "dragonfly", "illumos", "solaris", "sun", "android", "linuxkit", "wasm", "wasi", "aix",
		"gnu", "gnueabi", "gnueabihf", "musl", "musleabi", "musleabihf", "msvc", "gnullvm", "mingw", "glibc", "static", "dynamic", "eabi", "eabihf",
		// processors
		"x86", "x64", "64", "32", "64bit", "32bit", "i386", "i486", "i586", "i686", "386", "amd64", "x86_64", "arm", "armhf", "armel", "armv5", "armv5te", "armv6", "armv6l",
		"armv6hf", "armv7", "armv7a", "armv7l", "armv7hf", "armv8", "arm32", "arm64", "arm64e", "aarch64", "riscv64", "riscv64gc", "ppc64", "ppc64le", "ppc64el", "powerpc64", "powerpc64le",
		"s390x", "mips", "mipsle", "mips64", "mips64le", "mipsel", "loong64", "loongarch64", "sparc64", "wasm32", "wasm64", "universal", "universal2", "fat",
		"all", "any", "noarch", "multi",
		// archives, packages and programs
		"tar", "gz", "xz", "bz2", "zst", "lz", "lz4", "lzma", "br", "tgz", "txz", "tbz", "tbz2", "tzst", "zip", "7z", "exe", "msi", "msix", "appimage", "deb", "rpm", "apk",
		"dmg", "pkg", "snap", "flatpak", "crate", "gem", "whl", "jar", "war", "nupkg", "vsix", "box", "iso", "img", "so", "dll", "dylib", "bin", "run", "sh", "ps1", "py", "js",
		"wheel", "src", "source", "setup", "installer", "portable", "release", "cli",
		// what lies beside them
		"txt", "json", "yaml", "yml", "toml", "jsonl", "asc", "sig", "minisig", "sigstore", "bundle", "pem", "crt", "prov", "sbom", "spdx", "cdx", "intoto", "provenance", "attestation",
		"manifest", "index", "checksum", "checksums", "sums", "sha256", "sha384", "sha512", "sha256sum", "sha512sum", "sha256sums", "sha384sums", "sha512sums", "shasums", "shasums256", "shasums512",
	}
}
