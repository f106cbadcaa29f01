package ssh

import (
	"fmt"
	"maps"
	"slices"
	"time"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
)

// verifyRequired is the critical option that demands a PIN or the like of the
// user of a security key, and the only one that means anything for a file.
const verifyRequired = "verify-required"

// checkCertificate judges the certificate (PROTOCOL.certkeys) of a signature
// for a principal, now. That its authority is accepted is known already.
//
// The particular reasons are told here; the last word has x/crypto/ssh, which
// checks all of it once more, and the authority's signature.
func checkCertificate(sig *signature, principal string, now time.Time) error {
	cert := sig.key.cert
	switch unix := uint64(max(now.Unix(), 0)); {
	case cert.CertType != cryptossh.UserCert:
		return fmt.Errorf("%w: not a user certificate", algorithm.ErrIdentity)
	case !slices.Contains(cert.ValidPrincipals, principal):
		// none at all means any to sshd, but not to ssh-keygen -Y
		return fmt.Errorf("%w: certificate for the principals %.80q, not %q", algorithm.ErrIdentity, cert.ValidPrincipals, principal)
	case unix < cert.ValidAfter:
		return fmt.Errorf("%w: certificate valid after %s", algorithm.ErrNotYetValid, formatUnix(cert.ValidAfter))
	case unix >= cert.ValidBefore:
		return fmt.Errorf("%w: certificate was valid before %s", algorithm.ErrKeyExpired, formatUnix(cert.ValidBefore))
	case cert.Signature.Format == cryptossh.KeyAlgoRSA:
		return fmt.Errorf("%w: the authority signed the certificate with SHA-1", algorithm.ErrWeak)
	}
	for _, name := range slices.Sorted(maps.Keys(cert.CriticalOptions)) { // so that of several the same is told each time
		if name != verifyRequired {
			return fmt.Errorf("%w: critical option %.80q of the certificate", algorithm.ErrUnsupported, name)
		}
	}
	if _, required := cert.CriticalOptions[verifyRequired]; required && (sig.sk == nil || !sig.sk.has(flagUserVerified)) {
		return fmt.Errorf("%w: the certificate demands user verification, and the signature has none", algorithm.ErrInvalid)
	}
	checker := cryptossh.CertChecker{
		SupportedCriticalOptions: []string{verifyRequired},
		Clock:                    func() time.Time { return now },
	}
	if err := checker.CheckCert(principal, cert); err != nil {
		return fmt.Errorf("%w: certificate: %q", algorithm.ErrInvalid, err.Error())
	}
	return nil
}

// formatUnix prints a time of a certificate, of which the largest mean never.
func formatUnix(t uint64) string {
	const endOf9999 = 253402300799
	return time.Unix(int64(min(t, endOf9999)), 0).UTC().Format(time.RFC3339)
}
