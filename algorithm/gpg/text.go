package gpg

import (
	"bytes"
	"io"
)

// A lineEnds turns every line end to CR LF before it hashes, as a text signature
// demands (RFC 9580 section 5.2.4): an LF without a CR before it gets one.
// go-crypto's own hands the hash two octets at a time, and takes CR CR LF and
// CR CR CR LF for the same.
type lineEnds struct {
	to     io.Writer
	buffer []byte // filled and emptied again in every Write
	cr     bool   // whether the last octet was a CR
}

// lineEndsSize is what fits in the buffer, in octets.
const lineEndsSize = 16 << 10

func newLineEnds(to io.Writer) *lineEnds {
	return &lineEnds{to: to, buffer: make([]byte, 0, lineEndsSize)}
}

// Write hashes the next part of the text.
func (l *lineEnds) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		part := rest[:min(lineEndsSize/2, len(rest))] // which at most doubles
		rest = rest[len(part):]
		if _, err := l.to.Write(l.turn(part)); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// turn returns a part with its line ends turned, good until the next call.
func (l *lineEnds) turn(part []byte) []byte {
	out := l.buffer[:0]
	for {
		n := bytes.IndexByte(part, '\n')
		if n < 0 {
			out = append(out, part...)
			break
		}
		if n > 0 {
			l.cr = part[n-1] == '\r'
		}
		out = append(out, part[:n]...)
		if !l.cr {
			out = append(out, '\r')
		}
		out = append(out, '\n')
		l.cr = false
		part = part[n+1:]
	}
	if len(part) > 0 {
		l.cr = part[len(part)-1] == '\r'
	}
	return out
}
