package cosign

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"hash"
	"slices"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/wrongkind"
)

// pair judges a plain signature whose certificate lies beside it, as cosign
// sign-blob writes them with --output-signature and --output-certificate. The
// certificate is wanted before the artifact. That a log has an entry about the
// two, and so when they were made, can be asked for once the artifact's SHA-256
// is known: then there is all that a bundle has, and it is judged as one.
type pair struct {
	key         *key
	signature   []byte
	certificate *x509.Certificate // nil before it was taken
	running     hash.Hash         // of the artifact

	log      string    // URL of the one to ask, "" where no entry is demanded
	asked    []byte    // the SHA-256 whose entry was named last
	verifier *verifier // nil as long as something is wanted
	early    bool      // the verifier gets the bytes, as no entry is demanded
}

const (
	roleCertificate = "certificate"
	roleLogEntry    = "log entry"
)

var (
	_ interface {
		algorithm.DigestVerifier
		algorithm.DocumentVerifier
	} = (*pair)(nil)

	errNoDocuments = fmt.Errorf("%w: the signature can't be judged without its certificate and its log entry, which weren't given", algorithm.ErrUnsupported)
)

// certificateURL returns where the certificate of a pair lies, "" where the
// table doesn't say.
func certificateURL(t algorithm.Trust, keyless bool) (string, error) {
	v, declared := t.Values[fieldCertificate]
	switch {
	case !declared:
		return "", nil
	case !keyless:
		return "", fmt.Errorf("%w: a certificate needs an identity, since else anyone's would do", algorithm.ErrUnsupported)
	}
	return v.Text, nil
}

func (k *key) pair(text, trimmed []byte) (algorithm.Verifier, error) {
	s, err := parseSignature(text, trimmed)
	switch {
	case err != nil:
		return nil, err
	case s.form != formPlain:
		return nil, fmt.Errorf("%w: a certificate is declared beside the signature, which goes with a plain one, and this is a %s", algorithm.ErrUnsupported, s.form)
	}
	return &pair{key: k, signature: s.signature, running: sha256.New()}, nil
}

// Write takes artifact bytes.
func (p *pair) Write(b []byte) (int, error) {
	p.running.Write(b)
	if p.early {
		_, _ = p.verifier.Write(b) // it never fails
	}
	return len(b), nil
}

// Hashes is SHA-256, by which entries of the log are made; where none is
// demanded, what the signature itself needs.
func (p *pair) Hashes() []crypto.Hash {
	if p.early {
		return p.verifier.Hashes()
	}
	return []crypto.Hash{crypto.SHA256}
}

// Documents are the certificate and, with the artifact's digests, the entry of
// the log.
func (p *pair) Documents(digests ...algorithm.Digest) ([]algorithm.Document, error) {
	if p.certificate == nil {
		return []algorithm.Document{{Role: roleCertificate, URL: p.key.certificate}}, nil
	}
	at := slices.IndexFunc(digests, func(d algorithm.Digest) bool { return d.Hash() == crypto.SHA256 })
	if p.verifier != nil || at < 0 {
		return nil, nil
	}
	p.asked = digests[at].Sum()
	return []algorithm.Document{{Role: roleLogEntry, URL: entryURL(p.log, p.body())}}, nil
}

// Take gets what Documents named.
func (p *pair) Take(ctx context.Context, documents []algorithm.Fetched) error {
	if len(documents) != 1 {
		return fmt.Errorf("%w: %d documents, where one was named", algorithm.ErrMalformed, len(documents))
	}
	if err := documents[0].Err; err != nil { // neither is Optional
		return err
	}
	take := p.takeEntry
	if p.certificate == nil {
		take = p.takeCertificate
	}
	if err := take(ctx, documents[0].Text); err != nil {
		return forPeople(err)
	}
	return nil
}

// takeCertificate checks all of a certificate that needs no time: whose it is,
// and that one of the authorities issued it.
func (p *pair) takeCertificate(ctx context.Context, text []byte) error {
	cert, err := parseCertificateFile(text)
	if err != nil {
		return wrongkind.Explain(err, text, family, wrongkind.PublicKey)
	}
	s := p.signed(cert)
	signers, who, err := p.key.certified(ctx, s)
	if err != nil {
		return err
	}
	if err := p.key.bind.early(s, signedVersion(nil, who.identity)); err != nil {
		return err
	}
	if p.log, err = p.key.logOf(ctx, cert); err != nil {
		return err
	}
	if p.early = p.log == ""; p.early {
		p.verifier, err = p.key.verifierOf(ctx, s)
	} else {
		err = checkFindable(signers[0])
	}
	if err != nil {
		p.early = false
		return err
	}
	p.certificate = cert
	return nil
}

// takeEntry judges signature, certificate and entry together.
func (p *pair) takeEntry(ctx context.Context, answer []byte) error {
	values := new(counter)
	logged, err := parseLogAnswer(answer, p.body(), values)
	if err != nil {
		return err
	}
	s := p.signed(p.certificate)
	s.digest, s.hash = p.asked, crypto.SHA256
	s.logged, s.values = append(s.logged, logged), values
	v, err := p.key.verifierOf(ctx, s)
	if err != nil {
		return err
	}
	if s.bundle, err = makeBundle(s); err != nil {
		return err
	}
	p.verifier = v
	return nil
}

func (p *pair) signed(cert *x509.Certificate) *signed {
	return &signed{form: formPair, signature: p.signature, certificate: cert}
}

func (p *pair) body() []byte { return entryBody(p.asked, p.signature, p.certificate) }

// Verify judges.
func (p *pair) Verify() (*algorithm.Evidence, error) {
	if p.early {
		return p.verifier.Verify()
	}
	sum, err := algorithm.NewDigest(crypto.SHA256, p.running.Sum(nil))
	if err != nil {
		return nil, err
	}
	return p.VerifyDigests(sum)
}

// VerifyDigests judges an artifact of which only these digests are known.
func (p *pair) VerifyDigests(digests ...algorithm.Digest) (*algorithm.Evidence, error) {
	if p.verifier == nil {
		return nil, errNoDocuments
	}
	return p.verifier.VerifyDigests(digests...)
}
