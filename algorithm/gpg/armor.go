package gpg

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/keytext"
)

// keyBlobs returns the binary contents of a text of keys. A byte order mark may
// precede it: editors put it into a table, and no tool is asked about that.
func keyBlobs(text []byte) ([][]byte, error) {
	found, err := blobs(bytes.TrimPrefix(text, []byte(byteOrderMark)))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: neither a binary nor an armored OpenPGP key", algorithm.ErrMalformed)
	}
	return found, err
}

// signatureBlobs returns the binary contents of a signature file. A byte order
// mark before it is refused, as by gpgv and sqv.
func signatureBlobs(data []byte) ([][]byte, error) {
	if err := keytext.CheckMark(data); err != nil {
		return nil, err
	}
	found, err := blobs(data)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: neither a binary nor an armored OpenPGP signature", algorithm.ErrMalformed)
	}
	return found, err
}

// byteOrderMark is what some editors put before text in UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// blobs returns the binary contents of a text: itself if it is binary, what
// its armored blocks hold otherwise, nothing if there are none. The first bit
// of a packet is always set, that of text never; blank lines may stand before
// either.
func blobs(data []byte) ([][]byte, error) {
	data = bytes.TrimLeft(data, space)
	if len(data) > 0 && data[0]&0x80 != 0 {
		return [][]byte{data}, nil
	}
	return dearmor(data)
}

// space is what counts as white space: no more than that, for gpg and sqv.
const space = " \t\r\n"

// dearmor decodes all armored blocks of a text (RFC 9580 section 6). Package
// armor of go-crypto is not used: it refuses lines of over 96 columns, which
// gpg and sqv read, and takes headers and lines after the checksum that both of
// them refuse. The checksum itself is not checked: section 6.1 forbids to
// refuse for its sake.
func dearmor(text []byte) ([][]byte, error) {
	var found [][]byte
	var block *armorBlock
	var body []byte // of one block after the other
	for line := range bytes.Lines(text) {
		line := bytes.Trim(line, space)
		if block == nil {
			label := beginLabel(line)
			if label == "SIGNED MESSAGE" {
				return nil, fmt.Errorf("%w: a clear-signed text, not a detached signature", algorithm.ErrUnsupported)
			}
			if knownLabel(label) {
				body = slices.Grow(body[:0], len(text))
				block = &armorBlock{label: label, body: body}
			}
			continue
		}
		done, err := block.add(line)
		if err != nil {
			return nil, err
		}
		if done {
			data, err := base64.StdEncoding.AppendDecode(nil, block.body)
			if err != nil {
				return nil, fmt.Errorf("%w: armor: %w", algorithm.ErrMalformed, err)
			}
			found = append(found, data)
			block = nil
		}
	}
	if block != nil {
		return nil, fmt.Errorf("%w: armor: the line %q is missing", algorithm.ErrMalformed, block.end())
	}
	return found, nil
}

// beginLabel returns what a block's first line says it is, "" for other lines.
func beginLabel(line []byte) string {
	label, begins := bytes.CutPrefix(line, []byte("-----BEGIN PGP "))
	label, ends := bytes.CutSuffix(label, []byte("-----"))
	if !begins || !ends {
		return ""
	}
	return string(label)
}

// knownLabel tells whether a block is read. The label claims what the packets
// are and proves nothing, so all that gpg knows are read alike.
func knownLabel(label string) bool {
	return slices.Contains([]string{
		"SIGNATURE", "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "MESSAGE", "ARMORED FILE",
	}, label)
}

// An armorBlock is the block that is being read.
type armorBlock struct {
	label    string
	inBody   bool // after the blank line that ends the headers
	checksum bool // after the checksum: nothing but the last line may follow
	body     []byte
}

func (b *armorBlock) end() string { return "-----END PGP " + b.label + "-----" }

// add takes the next line, without the space around it, and tells whether it
// was the last one.
func (b *armorBlock) add(line []byte) (done bool, err error) {
	switch {
	case !b.inBody && len(line) == 0:
		b.inBody = true
	case !b.inBody:
		if !bytes.Contains(line, []byte(": ")) && !bytes.HasSuffix(line, []byte(":")) {
			return false, fmt.Errorf("%w: armor: a header line without \": \"", algorithm.ErrMalformed)
		}
	case len(line) == 0:
	case line[0] == '-' && string(line) == b.end():
		return true, nil
	case b.checksum || line[0] == '-':
		return false, fmt.Errorf("%w: armor: the line %q is missing", algorithm.ErrMalformed, b.end())
	case len(line) == 5 && line[0] == '=':
		if _, err := base64.StdEncoding.AppendDecode(nil, line[1:]); err != nil {
			return false, fmt.Errorf("%w: armor: checksum: %w", algorithm.ErrMalformed, err)
		}
		b.checksum = true
	default:
		if bytes.ContainsAny(line, space) { // few have any
			isSpace := func(r rune) bool { return strings.ContainsRune(space, r) }
			line = bytes.Join(bytes.FieldsFunc(line, isSpace), nil)
		}
		b.body = append(b.body, line...)
	}
	return false, nil
}
