package https

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxValidator = 1 << 10

	// settled is how much older than its answer a document has to be for its date
	// to tell its versions apart (RFC 9110, section 8.8.2.2: a second, where
	// both are of one clock).
	settled = time.Minute
)

// strongValidator is what tells this version of a document from every other, to
// the byte: a strong ETag, else the date of what has been as it is for a while (RFC
// 9110, section 13.1.5); "" where there is neither.
func strongValidator(h http.Header) string {
	if tag := h.Get("ETag"); isStrongTag(tag) {
		return tag
	}
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil {
		return ""
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || date.Sub(modified) < settled {
		return ""
	}
	return h.Get("Last-Modified")
}

// isStrongTag reports whether s is a strong entity tag (RFC 9110, section 8.8.3)
// that says something.
func isStrongTag(s string) bool {
	return len(s) > 2 && len(s) <= maxValidator && s[0] == '"' && s[len(s)-1] == '"' &&
		!strings.ContainsFunc(s[1:len(s)-1], func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f })
}

// isValidator reports whether s may be one of ours.
func isValidator(s string) bool {
	_, err := http.ParseTime(s)
	return isStrongTag(s) || len(s) <= maxValidator && err == nil
}

// condition asks for the bytes from offset on of the version that the validator
// tells, or for a document that is another one.
func condition(h http.Header, offset int64, validator string) {
	switch {
	case validator == "":
	case offset > 0:
		h.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		h.Set("If-Range", validator)
	case isStrongTag(validator):
		h.Set("If-None-Match", validator)
	default:
		h.Set("If-Modified-Since", validator)
	}
}

// errOther says that an answer isn't the rest of what was begun.
var errOther = errors.New("the server can't go on with the document, or has another one by now")

// partial checks that an answer of status 206 is the rest, from offset on, of the
// version that the validator tells, and returns the size of the whole. A server
// may not know If-Range, and yet do ranges.
func partial(resp *http.Response, offset, size int64, validator string) (int64, error) {
	r, ok := parseContentRange(resp.Header.Get("Content-Range"))
	tag, modified := resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	switch {
	case !ok || r.first != offset,
		resp.ContentLength >= 0 && resp.ContentLength != r.last-r.first+1,
		size >= 0 && r.size >= 0 && r.size != size,
		size < 0 && r.size < 0, // where would it end?
		size >= 0 && r.last >= size:
		return 0, errOther
	case isStrongTag(validator) && tag != validator,
		!isStrongTag(validator) && modified != "" && modified != validator:
		return 0, errOther
	}
	return max(size, r.size), nil
}

// contentRange is which bytes an answer has.
type contentRange struct {
	first, last int64
	size        int64 // of the whole; -1 where it isn't known
}

// parseContentRange reads "bytes 0-9/20" (RFC 9110, section 14.4).
func parseContentRange(s string) (r contentRange, ok bool) {
	unit, s, _ := strings.Cut(s, " ")
	span, size, _ := strings.Cut(s, "/")
	first, last, _ := strings.Cut(span, "-")
	var known [3]bool
	r.first, known[0] = number(first)
	r.last, known[1] = number(last)
	if r.size, known[2] = number(size); size == "*" {
		r.size, known[2] = -1, true
	}
	ok = strings.EqualFold(unit, "bytes") && known == [3]bool{true, true, true}
	return r, ok && r.first <= r.last && (r.size < 0 || r.last < r.size)
}

// number reads digits and nothing else.
func number(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}
