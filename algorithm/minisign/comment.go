package minisign

import (
	"strconv"
	"strings"
	"time"

	"github.com/relseal/relseal/internal/terminal"
)

// maxTime is the last second that RFC 3339, and so JSON, can express.
const maxTime = 253402300799

// maxVersion limits a version, in bytes.
const maxVersion = 128

// commentFields reads the comment that minisign writes unless it is told
// another: "timestamp:SECONDS\tfile:NAME", and more fields behind another tab.
// What isn't there is zero, and so is a name that isn't one: with a path in it,
// or with characters that can't be seen.
func commentFields(comment string) (signedAt time.Time, fileName string) {
	fields := strings.Split(comment, "\t")
	seconds, ok := strings.CutPrefix(fields[0], "timestamp:")
	if !ok {
		return time.Time{}, ""
	}
	if n, err := strconv.ParseUint(seconds, 10, 64); err == nil && n <= maxTime {
		signedAt = time.Unix(int64(n), 0).UTC()
	}
	if len(fields) > 1 {
		if name, ok := strings.CutPrefix(fields[1], "file:"); ok && isFileName(name) {
			fileName = name
		}
	}
	return signedAt, fileName
}

func isFileName(name string) bool {
	return name != "." && name != ".." && !strings.ContainsAny(name, `/\`) && terminal.Text(name) == name
}

// commentVersion reads the version that a publisher stamped into the comment:
// the value of its fields version and tag, of which there may be several only
// where all say the same, a tag with a "v" before it. Of several that differ,
// and of one that can't be a version, nobody knows which is meant: then unclear
// is set and the version empty, as where there is none.
func commentVersion(comment string) (version string, unclear bool) {
	var tag string
	for _, field := range stamped(comment) {
		name, value, _ := cutStamp(field)
		into := &version
		switch name {
		case "version":
		case "tag":
			into = &tag
		default:
			continue
		}
		if !isVersion(value) || *into != "" && *into != value {
			return "", true
		}
		*into = value
	}
	switch {
	case version == "":
		return tag, false
	case tag != "" && bare(tag) != bare(version):
		return "", true
	}
	return version, false
}

func bare(version string) string { return strings.TrimPrefix(version, "v") }

// stamped returns the fields of a comment. Tabs are between those of minisign
// and of Tauri, whose file names may have spaces. In one without a tab they are
// words, all of which must be fields: a sentence that has "version:" in it says
// what it says to people.
func stamped(comment string) []string {
	if strings.Contains(comment, "\t") {
		return strings.Split(comment, "\t")
	}
	words := strings.Split(comment, " ")
	for _, word := range words {
		if _, _, ok := cutStamp(word); !ok {
			return nil
		}
	}
	return words
}

// cutStamp cuts "name:value" or "name=value", whose name is lower-case letters.
func cutStamp(field string) (name, value string, ok bool) {
	at := strings.IndexFunc(field, func(r rune) bool { return r < 'a' || r > 'z' })
	if at <= 0 || field[at] != ':' && field[at] != '=' {
		return "", "", false
	}
	return field[:at], field[at+1:], true
}

func isVersion(text string) bool {
	return text != "" && len(text) <= maxVersion && !strings.Contains(text, " ") && terminal.Text(text) == text
}
