package unpack

import (
	"fmt"
	"os"

	"github.com/relseal/relseal/metadata"
)

// Find returns the path of a manifest's binary within an unpacked package.
func Find(from *os.Root, binary metadata.Binary) (string, error) {
	for _, name := range binary.Paths {
		if info, err := from.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", fmt.Errorf("the package has no binary %q where its manifest says", binary.Name)
}
