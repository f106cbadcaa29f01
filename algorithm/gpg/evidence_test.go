package gpg

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/relseal/relseal/internal/terminal"
)

// TestLongUserIDs: the evidence holds few and short user IDs, whatever the
// certificate has.
func TestLongUserIDs(t *testing.T) {
	k := newCraftKey(1, keyMade())
	idsOf := func(n int, id func(i int) string) []string {
		key := k.packet()
		for i := range n {
			key = append(key, k.selfSign(id(i), at(keyMade(), flags(3)))...)
		}
		e, err := verify(Algorithm{}, []string{string(key)}, k.sign(0, at(signedOn()), craftArtifact()), craftArtifact())
		if err != nil {
			t.Fatal(err)
		}
		return e.UserIDs
	}
	for name, fill := range map[string]string{"letters": "x", "unseen": "\u200b", "commands": "\x1b", "no UTF-8": "\xff", "quotes": `"`, "wide": "世"} {
		long := func(i int) string {
			id := fmt.Sprintf("%02d", i) + strings.Repeat(fill, maxUserIDBytes)
			return id[:maxUserIDBytes/len(fill)*len(fill)]
		}
		ids := idsOf(maxUserIDs+1, long)
		if len(ids) != maxUserIDs {
			t.Errorf("%s: %d user IDs", name, len(ids))
		}
		for _, id := range ids {
			if len(id) > maxUserIDText || !strings.Contains(id, "…") || terminal.Text(id) != id {
				t.Errorf("%s: %d bytes: %q", name, len(id), id)
			}
		}
	}
	whole := func(i int) string { return fmt.Sprintf("%0*d", maxUserIDText, i) }
	ids := idsOf(maxUserIDs, whole)
	if len(ids) != maxUserIDs || !slices.Contains(ids, whole(1)) {
		t.Errorf("as many and as long as may be: %q", ids)
	}
}
