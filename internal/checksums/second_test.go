package checksums_test

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/relseal/relseal/internal/checksums"
)

// A second reader of the GNU and BSD forms, which shares nothing with the
// package's: it splits, keeps all in memory, and decides by regular expressions.
var (
	gnuLine  = regexp.MustCompile(`^([0-9a-fA-F]+) [ *](.+)$`)
	bsdLine  = regexp.MustCompile(`^([A-Za-z0-9-]+) \((.+)\) = ([0-9a-fA-F]+)$`)
	unseen   = regexp.MustCompile("[\\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
	absolute = regexp.MustCompile(`^(/|[\x00-\x7f]:/)`)
	secondOf = withShortBLAKE2b(map[string]string{ // by label and digits
		" 32": "-", " 40": "-", " 56": "-", " 64": "sha256", " 96": "sha384", " 128": "sha512",
		"MD5 32": "-", "SHA1 40": "-", "RMD160 40": "-", "SHA224 56": "-", "SHA3-224 56": "-", "SHA512t256 64": "-", "SHA3-256 64": "-",
		"BLAKE2s 64": "-", "BLAKE3 64": "-", "SM3 64": "-", "SHA3-384 96": "-", "SHA3-512 128": "-",
		"SHA256 64": "sha256", "SHA384 96": "sha384", "SHA512 128": "sha512", "BLAKE2b 128": "blake2b-512", "BLAKE2b-512 128": "blake2b-512",
	})
)

func withShortBLAKE2b(kinds map[string]string) map[string]string {
	for bits := 8; bits < 512; bits += 8 {
		kinds[fmt.Sprintf("BLAKE2b-%d %d", bits, bits/4)] = "-"
	}
	return kinds
}

// second is a manifest as the second reader sees it: under each name, without a
// "./", the digests by hash, "-" for one that is passed over.
type second map[string]map[string][]string

// readSecond returns nil for a malformed manifest.
func readSecond(manifest string) second {
	if !utf8.ValidString(manifest) {
		return nil
	}
	all := second{}
	for _, line := range strings.Split(manifest, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if unseen.MatchString(line) {
			return nil
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, hash, sum := secondLine(line)
		name = strings.TrimPrefix(name, "./")
		if hash == "" || name == "" || path.Clean(name) != name || absolute.MatchString(name) || strings.Contains(name, `\`) ||
			name == "." || name == ".." || strings.HasPrefix(name, "../") {
			return nil
		}
		if all[name] == nil {
			all[name] = map[string][]string{}
		}
		all[name][hash] = append(all[name][hash], strings.ToLower(sum))
	}
	return all
}

// secondLine takes a line without its end apart; hash is "" where it is none.
func secondLine(line string) (name, hash, sum string) {
	var label string
	if m := gnuLine.FindStringSubmatch(line); m != nil {
		sum, name = m[1], m[2]
	} else if m := bsdLine.FindStringSubmatch(line); m != nil {
		label, name, sum = m[1], m[2], m[3]
	}
	return name, secondOf[fmt.Sprintf("%s %d", label, len(sum))], sum
}

// find returns the digests of a name in the order of the hashes, "" for a
// refusal.
func (all second) find(name string) string {
	name = strings.TrimPrefix(name, "./")
	digests, ok := all[name]
	if !ok {
		for other, d := range all {
			if path.Base(other) != path.Base(name) || strings.Contains(other, "/") == strings.Contains(name, "/") {
				continue
			}
			if digests != nil {
				return ""
			}
			digests = d
		}
	}
	var text strings.Builder
	for _, hash := range []string{"blake2b-512", "sha256", "sha384", "sha512"} {
		if len(digests[hash]) > 1 {
			return ""
		}
		for _, sum := range digests[hash] {
			text.WriteString(hash + ":" + sum + " ")
		}
	}
	return text.String()
}

// asSecond are entries in the form of find.
func asSecond(entries []checksums.Entry) string {
	var text strings.Builder
	for _, hash := range []string{"blake2b-512", "sha256", "sha384", "sha512"} {
		for _, e := range entries {
			if e.Digest.Name() == hash {
				text.WriteString(e.Digest.String() + " ")
			}
		}
	}
	return text.String()
}
