package notation

import (
	"fmt"
	"time"

	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/tspclient-go"

	"github.com/relseal/relseal/algorithm"
)

const (
	maxToken        = 64 << 10 // bytes
	maxTokenCerts   = 10
	maxTokenSigners = 1
)

// checkToken bounds what verifying a timestamp takes. It isn't signed by who signed
// the artifact, so that anybody can put another one there; each of its signers would
// be tried with every chain that its certificates make. One that can't be read is
// left to notation-go, which needn't look at it.
func checkToken(token []byte) error {
	if len(token) == 0 {
		return nil
	}
	if len(token) > maxToken {
		return fmt.Errorf("%w: a timestamp of over %d bytes", algorithm.ErrTooLarge, maxToken)
	}
	t, err := tspclient.ParseSignedToken(token)
	if err != nil {
		return nil
	}
	if len(t.Certificates) > maxTokenCerts || len(t.SignerInfos) > maxTokenSigners {
		return fmt.Errorf("%w: a timestamp of more than %d certificates or %d signer", algorithm.ErrTooLarge, maxTokenCerts, maxTokenSigners)
	}
	for _, cert := range t.Certificates {
		if _, err := keyName(cert); err != nil {
			return fmt.Errorf("timestamp: %w", err)
		}
	}
	return nil
}

// stampedAt is the time of a signature's timestamp, which notation-go has verified
// or refuses.
func stampedAt(info *signature.SignerInfo) (time.Time, error) {
	t, err := tspclient.ParseSignedToken(info.UnsignedAttributes.TimestampSignature)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: timestamp: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	tst, err := t.Info()
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: timestamp: %.200s", algorithm.ErrMalformed, shown(err.Error()))
	}
	return tst.GenTime.UTC(), nil
}
