package cosign

import (
	"fmt"

	"github.com/relseal/relseal/algorithm"
)

var _ algorithm.Fingerprinter = Algorithm{}

// Fingerprint implements [algorithm.Fingerprinter]: the trusted roots by their
// SHA-256 and names, and the other settings but for Time. When a root was fetched
// isn't in it: MaxRootAge judges that by the time.
func (a Algorithm) Fingerprint() string {
	text := fmt.Sprintf("AllowTableRoot=%t MaxRootAge=%d AllowAnyPredicate=%t", a.AllowTableRoot, a.MaxRootAge, a.AllowAnyPredicate)
	if a.TrustedRoot == nil {
		return text
	}
	for _, roots := range [][]*instance{a.TrustedRoot.instances, a.TrustedRoot.chosenFrom} {
		text += " roots"
		for _, i := range roots {
			text += fmt.Sprintf(" %x %q %t", i.sum, i.name, i.table)
		}
	}
	return text
}
