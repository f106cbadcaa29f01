package gpg

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/relseal/relseal/algorithm"
)

// A selfVerifier verifies the signatures of one primary key over its own
// certificate. budget is the effort that is left for a whole keyring.
type selfVerifier struct {
	primary *packet.PublicKey
	budget  *int
}

// verified returns the signatures of some types that verify, the newest first;
// of two from the same second the one that grants the key the shorter life.
func (v selfVerifier) verified(c *component, verify func(*packet.Signature) error, types ...packet.SignatureType) ([]*packet.Signature, error) {
	made := v.primary.CreationTime
	if c.key != nil {
		made = c.key.CreationTime
	}
	var good []*packet.Signature
	for _, sig := range c.signatures {
		if !slices.Contains(types, sig.SigType) || sig.Version != v.primary.Version {
			continue
		}
		if sig.CreationTime.Before(made) && !isRevocation(sig.SigType) {
			continue // older than the key that it is about
		}
		if *v.budget -= effort(v.primary); *v.budget < 0 {
			return nil, fmt.Errorf("%w: the keys have too many self-signatures to verify them all", algorithm.ErrTooLarge)
		}
		if verify(sig.Signature) == nil {
			good = append(good, sig.Signature)
		}
	}
	slices.SortStableFunc(good, func(a, b *packet.Signature) int {
		return cmp.Or(b.CreationTime.Compare(a.CreationTime), cmp.Compare(life(a), life(b)))
	})
	return good, nil
}

// life is how long a self-signature lets its key live.
func life(sig *packet.Signature) time.Duration {
	if sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 {
		return 1<<63 - 1
	}
	return time.Duration(*sig.KeyLifetimeSecs) * time.Second
}

func (v selfVerifier) direct(c *component, t packet.SignatureType) ([]*packet.Signature, error) {
	return v.verified(c, v.primary.VerifyDirectKeySignature, t)
}

func (v selfVerifier) user(c *component, types ...packet.SignatureType) ([]*packet.Signature, error) {
	return v.verified(c, func(sig *packet.Signature) error {
		return v.primary.VerifyUserIdSignature(c.userID, v.primary, sig)
	}, types...)
}

func (v selfVerifier) revocation(c *component) ([]*packet.Signature, error) {
	return v.verified(c, func(sig *packet.Signature) error {
		return v.primary.VerifySubkeyRevocationSignature(sig, c.key)
	}, packet.SigTypeSubkeyRevocation)
}

// binding verifies what binds a subkey, and the signature back where the
// subkey may sign.
func (v selfVerifier) binding(c *component) ([]*packet.Signature, error) {
	return v.verified(c, func(sig *packet.Signature) error {
		if sig.FlagSign && sig.EmbeddedSignature != nil {
			*v.budget -= effort(c.key)
			if err := judgeBack(sig.EmbeddedSignature, c.key); err != nil {
				return err
			}
		}
		return v.primary.VerifyKeySignature(c.key, sig)
	}, packet.SigTypeSubkeyBinding)
}

// judgeBack refuses a back signature for what go-crypto doesn't look at.
func judgeBack(back *packet.Signature, by *packet.PublicKey) error {
	if back.Version != by.Version {
		return fmt.Errorf("back signature of version %d", back.Version)
	}
	if back.CreationTime.Before(by.CreationTime) {
		return errors.New("back signature older than its key")
	}
	for _, n := range back.Notations {
		if n.IsCritical {
			return fmt.Errorf("back signature with critical notation %q", n.Name)
		}
	}
	return nil
}

// inForce returns the newest of some verified self-signatures that had not
// itself run out at a time. One that is newer than the time counts: it is the
// key holder's last word. One from the future doesn't.
func inForce(sigs []*packet.Signature, at, now time.Time) *packet.Signature {
	for _, sig := range sigs {
		back := sig.EmbeddedSignature
		if sig.CreationTime.After(now) || expired(sig, at) || sig.FlagSign && back != nil && (back.CreationTime.After(now) || expired(back, at)) {
			continue
		}
		return sig
	}
	return nil
}

// unreadableRevocation returns the type of a signature packet that can't be
// read if it revokes a key or subkey in the name of its primary key, 0
// otherwise. An obsolete revocation (version 3, MD5) can't be verified; to
// ignore it would let the key live on.
func unreadableRevocation(body []byte, primary *packet.PublicKey) packet.SignatureType {
	var kind packet.SignatureType
	named := false
	switch {
	case len(body) >= 15 && body[0] == 3:
		kind, named = packet.SignatureType(body[2]), binary.BigEndian.Uint64(body[7:]) == primary.KeyId
	case len(body) >= 4 && (body[0] == 4 || body[0] == 6):
		var s signature
		kind, named = packet.SignatureType(body[1]), s.readIssuers(body) == nil && s.names(primary)
	}
	if !named || !isRevocation(kind) {
		return 0
	}
	return kind
}

// isRevocation tells whether a signature revokes a key or a subkey.
func isRevocation(t packet.SignatureType) bool {
	return t == packet.SigTypeKeyRevocation || t == packet.SigTypeSubkeyRevocation
}
