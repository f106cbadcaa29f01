package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A message is a signed message (RFC 9580, section 10.3) taken apart: what is signed,
// and its signatures as a detached one. Which of them counts is package gpg's to say.
type message struct {
	data, signatures []byte
}

// The types of packets that a signed message has (RFC 9580, section 5).
const (
	tagSignature  = 2
	tagOnePass    = 4
	tagCompressed = 8
	tagMarker     = 10
	tagLiteral    = 11
	tagPadding    = 21

	minNonCritical = 40 // unknown packets from here on are ignored (section 4.3)
)

// maxPackets limits those of a message, and maxDepth compression within compression.
const (
	maxPackets = 1000
	maxDepth   = 2
)

// isBinary reports whether a document begins as a packet does, whose first bit is
// set, and no text.
func isBinary(document []byte) bool { return len(document) > 0 && document[0]&0x80 != 0 }

// parseMessage reads a message, armored or binary. The error wraps
// [algorithm.ErrMalformed] where it is none, or has anything else in it, such as a
// second literal packet, of which a reader couldn't tell whether it is signed.
func parseMessage(document []byte) (message, error) {
	trimmed := bytes.TrimLeft(document, " \t\r\n")
	if len(trimmed) > 0 && !isBinary(trimmed) {
		block, err := armor.Decode(bytes.NewReader(trimmed))
		if err != nil {
			return message{}, fmt.Errorf("%w: armor: %w", algorithm.ErrMalformed, err)
		}
		if trimmed, err = io.ReadAll(io.LimitReader(block.Body, maxInline+1)); err != nil {
			return message{}, fmt.Errorf("%w: armor: %w", algorithm.ErrMalformed, err)
		}
	}
	p := parser{left: maxInline}
	if err := p.parse(bytes.NewReader(trimmed), 0); err != nil {
		return message{}, fmt.Errorf("%w: %w", algorithm.ErrMalformed, err)
	}
	if !p.literal || len(p.signatures) == 0 {
		return message{}, fmt.Errorf("%w: no signed message", algorithm.ErrMalformed)
	}
	return p.message, nil
}

type parser struct {
	message
	literal bool // was there
	packets int
	left    int64 // of what compressed packets may become together, in bytes
}

func (p *parser) parse(r io.Reader, depth int) error {
	packets := packet.NewOpaqueReader(r)
	for {
		next, err := packets.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if p.packets++; p.packets > maxPackets {
			return fmt.Errorf("more than %d packets", maxPackets)
		}
		if err := p.take(next, depth); err != nil {
			return err
		}
	}
}

func (p *parser) take(next *packet.OpaquePacket, depth int) error {
	switch next.Tag {
	case tagOnePass, tagMarker, tagPadding: // a one-pass signature only announces
		return nil
	case tagSignature:
		var b bytes.Buffer
		err := next.Serialize(&b)
		p.signatures = append(p.signatures, b.Bytes()...)
		return err
	case tagLiteral:
		return p.takeLiteral(next.Contents)
	case tagCompressed:
		return p.decompress(next, depth)
	}
	if next.Tag >= minNonCritical {
		return nil
	}
	return fmt.Errorf("a packet of type %d in a signed message", next.Tag)
}

// takeLiteral takes what is signed: behind the format, the file's name and a date, none
// of which is signed (RFC 9580, section 5.9).
func (p *parser) takeLiteral(contents []byte) error {
	if p.literal {
		return errors.New("a second literal packet")
	}
	p.literal = true
	if len(contents) < 2 || len(contents) < 2+int(contents[1])+4 {
		return errors.New("a literal packet that is cut off")
	}
	p.data = contents[2+int(contents[1])+4:]
	return nil
}

func (p *parser) decompress(next *packet.OpaquePacket, depth int) error {
	if depth == maxDepth {
		return fmt.Errorf("compressed more than %d times", maxDepth)
	}
	var b bytes.Buffer
	if err := next.Serialize(&b); err != nil {
		return err
	}
	parsed, err := packet.Read(&b)
	if err != nil {
		return err
	}
	c, ok := parsed.(*packet.Compressed)
	if !ok {
		return errors.New("a compressed packet that can't be read")
	}
	err = p.parse(&inflated{c.Body, p}, depth+1)
	if p.left < 0 {
		return fmt.Errorf("%w: more than %d bytes", algorithm.ErrTooLarge, int64(maxInline))
	}
	return err
}

// An inflated is what a compressed packet becomes. All of a message's have one limit:
// a few bytes can be many packets, and each of these be large.
type inflated struct {
	io.Reader
	of *parser
}

func (i *inflated) Read(p []byte) (int, error) {
	if i.of.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := i.Reader.Read(p[:min(int64(len(p)), i.of.left+1)])
	i.of.left -= int64(n)
	return n, err
}
