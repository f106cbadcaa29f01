package cosign

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"strings"
	"testing"

	protorekor "github.com/sigstore/protobuf-specs/gen/pb-go/rekor/v1"

	"github.com/relseal/relseal/algorithm"
)

// TestBundleContent: what a bundle has of a signature is taken over, or refused
// where it is none.
func TestBundleContent(t *testing.T) {
	cert := (*testCA)(nil).issue(t, "signer", 0, 1, nil).cert
	message := func(members ...[2]any) [2]any { return [2]any{"messageSignature", object(members)} }
	digest := func(name string, sum []byte) [2]any {
		return [2]any{"messageDigest", object{{"algorithm", name}, {"digest", sum}}}
	}
	signature := [2]any{"signature", []byte{1}}
	statement := []byte(`{"_type":"` + inTotoStatement1 + `","predicateType":"x","subject":[{"name":"a","digest":{"sha256":"` + strings.Repeat("00", 32) + `"}}]}`)
	attested := func(kind string, payload []byte, signatures ...any) [2]any {
		return [2]any{"dsseEnvelope", object{{"payloadType", kind}, {"payload", payload}, {"signatures", list(signatures)}}}
	}
	one, empty := object{{"sig", []byte{1}}}, object{{"sig", ""}}
	key, certificate := [2]any{"publicKey", object{{"hint", "x"}}}, [2]any{"certificate", object{{"rawBytes", cert.Raw}}}
	chain := func(certs ...any) [2]any {
		return [2]any{"x509CertificateChain", object{{"certificates", list(certs)}}}
	}
	for name, test := range map[string]struct {
		version  string
		material [2]any
		content  [2]any
		want     error
	}{
		"SHA-256":                       {"0.3", key, message(signature, digest("SHA2_256", make([]byte, 32))), nil},
		"SHA-384":                       {"0.3", key, message(signature, digest("SHA2_384", make([]byte, 48))), nil},
		"another hash":                  {"0.3", key, message(signature, digest("SHA3_256", make([]byte, 32))), algorithm.ErrUnsupported},
		"a hash that isn't named":       {"0.3", key, message(signature, digest("HASH_ALGORITHM_UNSPECIFIED", make([]byte, 32))), algorithm.ErrUnsupported},
		"another hash of nothing":       {"0.3", key, message(signature, digest("SHA3_256", nil)), nil},
		"no digest":                     {"0.3", key, message(signature), nil},
		"no signature":                  {"0.3", key, message(digest("SHA2_256", make([]byte, 32))), algorithm.ErrMalformed},
		"an empty signature":            {"0.3", key, message([2]any{"signature", ""}), algorithm.ErrMalformed},
		"envelope":                      {"0.3", key, attested(inTotoPayload, statement, one), nil},
		"envelope, no signature":        {"0.3", key, attested(inTotoPayload, statement), algorithm.ErrMalformed},
		"envelope, two signatures":      {"0.3", key, attested(inTotoPayload, statement, one, one), algorithm.ErrMalformed},
		"envelope, an empty signature":  {"0.3", key, attested(inTotoPayload, statement, empty), algorithm.ErrMalformed},
		"envelope of another type":      {"0.3", key, attested("text/plain", statement, one), algorithm.ErrUnsupported},
		"envelope of no statement":      {"0.3", key, attested(inTotoPayload, []byte("{}"), one), algorithm.ErrUnsupported},
		"certificate":                   {"0.3", certificate, message(signature), nil},
		"certificate of nothing":        {"0.3", [2]any{"certificate", object{}}, message(signature), algorithm.ErrMalformed},
		"certificate of no form":        {"0.3", [2]any{"certificate", object{{"rawBytes", []byte{1}}}}, message(signature), algorithm.ErrMalformed},
		"a chain":                       {"0.2", chain(certificate[1]), message(signature), nil},
		"a chain of nothing":            {"0.2", chain(), message(signature), algorithm.ErrMalformed},
		"a chain with no form above":    {"0.2", chain(certificate[1], object{{"rawBytes", []byte{1}}}), message(signature), algorithm.ErrMalformed},
		"a chain that begins with none": {"0.2", chain(object{}, certificate[1]), message(signature), algorithm.ErrMalformed},
		"a chain in a newer version":    {"0.3", chain(certificate[1]), message(signature), algorithm.ErrMalformed},
		"a version that isn't known":    {"0.4", key, message(signature), algorithm.ErrUnsupported},
	} {
		s, err := parseBundle([]byte(object{
			{"mediaType", "application/vnd.dev.sigstore.bundle+json;version=" + test.version}, {"verificationMaterial", object{test.material}}, test.content,
		}.String()), new(counter))
		if !errors.Is(err, test.want) || (s == nil) != (err != nil) {
			t.Errorf("%s: got %v, %v; want %v", name, s, err, test.want)
		}
		if err != nil {
			continue
		}
		certified, hash := test.material[0] != "publicKey", map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384}[name]
		if !bytes.Equal(s.signature, []byte{1}) || (s.certificate != nil) != certified || s.hash != hash || (s.digest == nil) != (hash == 0) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestEntriesOfBundle: the entries of a bundle are read once, each of them whole,
// with the kind of proof that the bundle's version demands.
func TestEntriesOfBundle(t *testing.T) {
	cases := loggedCases(t)
	of := func(kind string) *loggedCase {
		c := cases[kind]()
		c.finish(t)
		return c
	}
	both, proved, stamped, tiles := "hashedrekord by key", "hashedrekord, proof alone by key", "hashedrekord, timestamp alone by key", "Rekor v2 by key"
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	spoil := func(e *protorekor.TransparencyLogEntry) { e.CanonicalizedBody = []byte("{}") }
	for name, test := range map[string]struct {
		ctx    context.Context
		kind   string
		v01    bool
		values counter
		change func(*protorekor.TransparencyLogEntry)
		want   error
	}{
		"both":                       {t.Context(), both, false, counter{}, nil, nil},
		"both, v0.1":                 {t.Context(), both, true, counter{}, nil, nil},
		"a proof":                    {t.Context(), proved, false, counter{}, nil, nil},
		"a proof, v0.1":              {t.Context(), proved, true, counter{}, nil, algorithm.ErrInvalid},
		"a timestamp":                {t.Context(), stamped, false, counter{}, nil, algorithm.ErrInvalid},
		"a timestamp, v0.1":          {t.Context(), stamped, true, counter{}, nil, nil},
		"Rekor v2":                   {t.Context(), tiles, false, counter{}, nil, nil},
		"of no form":                 {t.Context(), both, false, counter{}, spoil, algorithm.ErrInvalid},
		"the last that counts":       {t.Context(), both, false, counter{shared: &budget{entries: maxAllEntries - 1}}, nil, nil},
		"one more":                   {t.Context(), both, false, counter{shared: &budget{entries: maxAllEntries}}, nil, algorithm.ErrTooLarge},
		"of too many values":         {t.Context(), both, false, counter{used: maxValues}, nil, algorithm.ErrTooLarge},
		"of too many, as it is made": {t.Context(), "hashedrekord by certificate", false, counter{used: maxValues}, nil, algorithm.ErrTooLarge},
		"after the end":              {ended, both, false, counter{}, nil, context.Canceled},
		"of no form, after the end":  {ended, both, false, counter{}, spoil, context.Canceled},
		"one more, after the end":    {ended, both, false, counter{shared: &budget{entries: maxAllEntries}}, nil, algorithm.ErrTooLarge},
	} {
		c := of(test.kind)
		if test.change != nil {
			test.change(c.entry)
		}
		s := *c.signed
		s.v01, s.values, s.logged = test.v01, &test.values, []*protorekor.TransparencyLogEntry{c.entry}
		err := s.parseEntries(test.ctx)
		if !errors.Is(err, test.want) || (len(s.entries) == 1) != (err == nil) {
			t.Errorf("%s: got %v with %d entries, want %v", name, err, len(s.entries), test.want)
		}
		test.values.shared = nil
		if again := s.parseEntries(test.ctx); again != nil || len(s.entries) > 1 {
			t.Errorf("%s, again: %v, %d entries", name, again, len(s.entries))
		}
	}
}
