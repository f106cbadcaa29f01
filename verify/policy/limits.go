package policy

import (
	"math"
	"time"

	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// limits are those of a [verify.Config]; 0 says nothing.
type limits struct {
	artifact, document, speed int64
	transfer                  time.Duration
}

func readLimits(f metadata.Field) (l limits, err error) {
	err = table(f, func(f metadata.Field) (err error) {
		switch f.Name {
		case "max-artifact":
			l.artifact, err = f.Number(1, math.MaxInt64)
		case "max-document":
			l.document, err = f.Number(1, math.MaxInt64)
		case "min-bytes-per-second":
			l.speed, err = f.Number(1, math.MaxInt64)
		case "max-transfer":
			l.transfer, err = duration(f)
		default:
			err = unknown(f, "max-artifact", "max-document", "max-transfer", "min-bytes-per-second")
		}
		return err
	})
	return l, err
}

func duration(f metadata.Field) (time.Duration, error) {
	text, err := f.Text()
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, f.Wrap(because(errValue, "%q is no time such as 90s, 30m or 1h30m", text))
	}
	return d, nil
}

// apply sets the stricter ones.
func (l limits) apply(c *verify.Config) {
	c.MaxArtifact = smaller(c.MaxArtifact, l.artifact)
	c.MaxDocument = smaller(c.MaxDocument, l.document)
	c.MaxTransfer = smaller(c.MaxTransfer, l.transfer)
	c.MinBytesPerSecond = max(c.MinBytesPerSecond, l.speed)
}

// smaller is the smaller one of the program's limit and the file's, of which 0
// is none.
func smaller[T int64 | time.Duration](program, file T) T {
	switch {
	case file == 0:
		return program
	case program == 0:
		return file
	}
	return min(program, file)
}
