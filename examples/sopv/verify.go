package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/gpg"
)

// A cert is one of CERTS, which may hold several certificates.
type cert struct {
	name string
	text []byte
}

// readCerts reads CERTS, each once: a descriptor has its text no second time.
func readCerts(names []string) ([]cert, error) {
	var all []cert
	for _, name := range names {
		text, err := read(name, maxCerts)
		if err != nil {
			return nil, err
		}
		all = append(all, cert{name, text})
	}
	return all, nil
}

// certificates parses CERTS. One that can't be used, as it is too weak or revoked,
// spoils no other: the error, of the first, is returned where none can.
func certificates(certs []cert, allowText bool) (algorithm.Key, error) {
	var texts []string
	var first error
	for _, c := range certs {
		if _, err := (gpg.Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{string(c.text)}}); err != nil {
			if errors.Is(err, algorithm.ErrMalformed) {
				return nil, &failure{exitBadData, fmt.Errorf("%s: %w", c.name, err)}
			}
			if first == nil {
				first = fmt.Errorf("%s: %w", c.name, err)
			}
			continue
		}
		texts = append(texts, string(c.text))
	}
	if len(texts) == 0 {
		return nil, judged(first)
	}
	return gpg.Algorithm{AllowText: allowText}.Key(algorithm.Trust{PublicKeys: texts})
}

// verifyDetached is "sopv verify". What is printed are only signatures that count.
func verifyDetached(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parseOptions(args, time.Now(), false)
	if err != nil {
		return err
	}
	if len(o.args) < 2 {
		return fail(exitMissingArg, "SIGNATURES and CERTS are needed: sopv verify SIGNATURES CERTS... <DATA")
	}
	signatures, err := read(o.args[0], maxSignatures)
	if err != nil {
		return err
	}
	certs, err := readCerts(o.args[1:])
	if err != nil {
		return err
	}
	found, err := o.judge(ctx, certs, signatures, stdin)
	if err != nil {
		return err
	}
	return printVerifications(stdout, found)
}

// A verification is a signature that counts.
type verification struct {
	*algorithm.Evidence
	mode string // "binary" or "text"
}

// judge verifies signatures of data, by the rules for signatures over the bytes and,
// besides, by those for texts: what the former count is a binary signature.
func (o options) judge(ctx context.Context, certs []cert, signatures []byte, data io.Reader) ([]verification, error) {
	type attempt struct {
		mode     string
		verifier algorithm.Verifier
	}
	signatures = o.window(signatures)
	var attempts []attempt
	var writers []io.Writer
	var failed error
	for _, mode := range []string{"binary", "text"} {
		key, err := certificates(certs, mode == "text")
		if err != nil {
			return nil, err
		}
		v, err := key.Verifier(ctx, signatures)
		if err != nil {
			failed = err
			continue
		}
		attempts, writers = append(attempts, attempt{mode, v}), append(writers, v)
	}
	if len(attempts) == 0 {
		return nil, judged(failed)
	}
	if _, err := io.Copy(io.MultiWriter(writers...), contextReader{ctx, data}); err != nil {
		return nil, err
	}
	var found []verification
	for _, a := range attempts {
		all, err := each(a.verifier)
		if err != nil {
			failed = err
		}
		for _, e := range all {
			same := func(v verification) bool { return v.Fingerprint == e.Fingerprint && v.SignedAt.Equal(e.SignedAt) }
			if o.within(e.SignedAt) && !slices.ContainsFunc(found, same) {
				found = append(found, verification{e, a.mode})
			}
		}
	}
	if len(found) == 0 {
		if failed == nil {
			failed = errors.New("no signature of the time that counts")
		}
		return nil, judged(failed)
	}
	return found, nil
}

// each returns the evidence of every signature that holds.
func each(v algorithm.Verifier) ([]*algorithm.Evidence, error) {
	if several, ok := v.(algorithm.SeveralVerifier); ok {
		return several.VerifyEach()
	}
	e, err := v.Verify()
	if err != nil {
		return nil, err
	}
	return []*algorithm.Evidence{e}, nil
}

// printVerifications prints VERIFICATIONS: time, the fingerprints of the key that signed
// and of its certificate, and the mode.
func printVerifications(w io.Writer, found []verification) error {
	b := bufio.NewWriter(w)
	for _, v := range found {
		primary := v.PrimaryFingerprint
		if primary == "" {
			primary = v.Fingerprint
		}
		fmt.Fprintf(b, "%s %s %s mode:%s\n", v.SignedAt.UTC().Format(time.RFC3339), v.Fingerprint, primary, v.mode)
	}
	return b.Flush()
}

// verifyInline is "sopv inline-verify". Nothing is printed unless it was verified.
func verifyInline(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parseOptions(args, time.Now(), true)
	if err != nil {
		return err
	}
	if len(o.args) < 1 {
		return fail(exitMissingArg, "CERTS are needed: sopv inline-verify CERTS... <INLINESIGNED")
	}
	document, err := readLimited(contextReader{ctx, stdin}, maxInline)
	if err != nil {
		return err
	}
	certs, err := readCerts(o.args)
	if err != nil {
		return err
	}
	data, found, err := o.inline(ctx, certs, document)
	if err != nil {
		return err
	}
	if o.verifications != "" {
		if err := o.write(found); err != nil {
			return err
		}
	}
	_, err = stdout.Write(data)
	return err
}

// inline verifies a clear-signed text or a signed message.
func (o options) inline(ctx context.Context, certs []cert, document []byte) ([]byte, []verification, error) {
	if isBinary(document) || !bytes.Contains(document, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		m, err := parseMessage(document)
		if err != nil {
			return nil, nil, judged(err)
		}
		found, err := o.judge(ctx, certs, m.signatures, bytes.NewReader(m.data))
		return m.data, found, err
	}
	text, found, err := o.clearSigned(ctx, certs, document)
	// What was hashed has CR LF; a text has the line ends of its system.
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), found, err
}

// clearSigned verifies a clear-signed text, and then finds all the signatures of it
// that count.
func (o options) clearSigned(ctx context.Context, certs []cert, document []byte) ([]byte, []verification, error) {
	key, err := certificates(certs, false)
	if err != nil {
		return nil, nil, err
	}
	text, _, err := key.(algorithm.InlineKey).VerifyInline(ctx, document)
	if err != nil {
		return nil, nil, judged(err)
	}
	block, _ := clearsign.Decode(bytes.TrimSpace(document))
	if block == nil || !bytes.Equal(block.Bytes, text) {
		return nil, nil, fail(exitBadData, "a clear-signed text that can't be read twice")
	}
	signatures, err := readLimited(block.ArmoredSignature.Body, maxSignatures)
	if err != nil {
		return nil, nil, err
	}
	found, err := o.judge(ctx, certs, signatures, bytes.NewReader(text))
	if ctx.Err() != nil {
		return nil, nil, err
	}
	found = slices.DeleteFunc(found, func(v verification) bool { return v.mode != "text" }) // as VerifyInline demands
	if len(found) == 0 {                                                                    // though there is one of some time
		return nil, nil, fail(exitNoSignature, "no signature of the time that counts")
	}
	return text, found, nil
}

// write writes VERIFICATIONS to a file that isn't there yet, or to a descriptor.
func (o options) write(found []verification) error {
	if strings.HasPrefix(o.verifications, "@") {
		f, err := descriptor(o.verifications)
		if err != nil {
			return err
		}
		return errors.Join(printVerifications(f, found), f.Close())
	}
	f, err := os.OpenFile(o.verifications, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // it is no secret
	switch {
	case errors.Is(err, os.ErrExist):
		return &failure{exitOutputExists, err}
	case err != nil:
		return err
	}
	return errors.Join(printVerifications(f, found), f.Close())
}

// A contextReader ends with its context, between reads.
type contextReader struct {
	ctx context.Context //nolint:containedctx // the reader's whole life is one call's
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
