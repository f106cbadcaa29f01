package cosign

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"
)

// withoutSCTs is what is signed of a certificate (TBSCertificate) as it was
// before the timestamps were put in: without their extension. Where it was alone,
// the list of extensions stays and is empty, as logs write it. It isn't ok unless
// there is one, and where the certificate isn't in the common form, as logs write
// certificates anew.
func withoutSCTs(cert *x509.Certificate) (before []byte, ok bool) {
	whole, _, _ := cutElement(cert.RawTBSCertificate)
	// version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions (RFC 5280, section 4.1)
	fields, ok := whole.fields(tagSequence, tagVersion, tagInteger, tagSequence, tagSequence, tagSequence, tagSequence, tagSequence, tagExtensions)
	if !ok || !isValidity(fields[4].whole, cert) {
		return nil, false
	}
	last := fields[len(fields)-1]
	list, _, _ := cutElement(last.content)
	extensions, ok := list.children()
	if !ok || len(extensions) != len(cert.Extensions) {
		return nil, false
	}
	found, kept := false, 0 // bytes of extensions
	for n, e := range extensions {
		switch {
		case !isExtension(e):
			return nil, false
		case isSCTs(cert.Extensions[n].Id):
			found = true
		default:
			kept += len(e.whole)
		}
	}
	above := whole.content[:len(whole.content)-len(last.whole)]
	sequence := headerSize(kept) + kept
	before = appendHeader(make([]byte, 0, len(whole.whole)), tagSequence, len(above)+headerSize(sequence)+sequence)
	before = append(before, above...)
	before = appendHeader(appendHeader(before, tagExtensions, sequence), tagSequence, kept)
	for n, e := range extensions {
		if !isSCTs(cert.Extensions[n].Id) {
			before = append(before, e.whole...)
		}
	}
	return before, found
}

// isValidity reports whether a certificate's times are written as RFC 5280,
// section 4.1.2.5, demands it.
func isValidity(text []byte, cert *x509.Certificate) bool {
	if bytes.Equal(text, usualValidity(cert)) {
		return true
	}
	demanded, err := asn1.Marshal(struct{ NotBefore, NotAfter time.Time }{cert.NotBefore, cert.NotAfter})
	return err == nil && bytes.Equal(text, demanded)
}

// usualValidity are a certificate's times as asn1.Marshal writes those between
// 1950 and 2050, only quicker. Others it writes in another form.
func usualValidity(cert *x509.Certificate) []byte {
	const utcTime = "\x17\x0d060102150405Z"
	times := make([]byte, 0, 2*len(utcTime))
	times = cert.NotBefore.UTC().AppendFormat(times, utcTime)
	times = cert.NotAfter.UTC().AppendFormat(times, utcTime)
	return appendElement(nil, tagSequence, times)
}

// isExtension reports whether an extension is in DER, where critical is written
// only if it is true, and has nothing else in it.
func isExtension(e element) bool {
	id, rest, ok := cutElement(e.content)
	if !ok || !e.constructed() {
		return false
	}
	rest = bytes.TrimPrefix(rest, []byte{tagBoolean, 1, 0xff})
	value, rest, ok := cutElement(rest)
	return ok && len(rest) == 0 && id.identifier == tagOID && value.identifier == tagOctets
}

// isReadByLogs tells certificates with extensions in which the logs' own parser
// finds faults that crypto/x509 doesn't look for: of distribution points (RFC
// 5280, section 4.2.1.13), access to information (4.2.2) and addresses (RFC 3779).
func isReadByLogs(cert *x509.Certificate) bool {
	points, access := asn1.ObjectIdentifier{2, 5, 29, 31}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1}
	return slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool {
		return e.Id.Equal(points) || len(e.Id) == len(access)+1 && e.Id[:len(access)].Equal(access)
	})
}
