package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// window leaves out the signatures that say themselves that they are of another time:
// package gpg counts one for each certificate, and that has to be one of the window. What
// can't be read stays, since it is package gpg that refuses it, and so do all where none
// of the window is there.
func (o options) window(signatures []byte) []byte {
	w := window{options: o}
	var err error
	if trimmed := bytes.TrimLeft(signatures, " \t\r\n"); isBinary(trimmed) {
		err = w.takePackets(&w.left, trimmed)
	} else {
		err = w.takeArmored(trimmed)
	}
	if err != nil || !w.some {
		return signatures
	}
	return w.left.Bytes()
}

type window struct {
	options
	left bytes.Buffer
	some bool // of the signatures are of the window
}

// takeArmored keeps the blocks apart: what spoils one doesn't spoil another.
func (w *window) takeArmored(text []byte) error {
	blocks := bufio.NewReader(bytes.NewReader(text)) // which each call reads on
	for {
		block, err := armor.Decode(blocks)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		data, err := io.ReadAll(block.Body)
		if err != nil {
			return err
		}
		left, err := armor.Encode(&w.left, block.Type, nil)
		if err == nil {
			err = w.takePackets(left, data)
		}
		if err == nil {
			err = left.Close()
		}
		if err != nil {
			return err
		}
		w.left.WriteByte('\n')
	}
}

// takePackets keeps packets as they are written.
func (w *window) takePackets(left io.Writer, data []byte) error {
	in := bytes.NewReader(data)
	packets := packet.NewOpaqueReader(in)
	for range maxPackets {
		before := len(data) - in.Len()
		next, err := packets.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		raw := data[before : len(data)-in.Len()]
		if next.Tag == tagSignature {
			parsed, err := packet.Read(bytes.NewReader(raw))
			if s, ok := parsed.(*packet.Signature); err == nil && ok {
				if !w.within(s.CreationTime) {
					continue
				}
				w.some = true
			}
		}
		if _, err := left.Write(raw); err != nil {
			return err
		}
	}
	return fmt.Errorf("more than %d packets", maxPackets)
}
