package progress

import (
	"bytes"
	"strings"
	"testing"

	"github.com/relseal/relseal/verify"
)

// TestBar: one bar per transfer worth it, which follows one that begins anew.
func TestBar(t *testing.T) {
	var drawn bytes.Buffer
	b := &bar{w: &drawn}
	b.tell(verify.Progress{Stage: "signature", Total: -1})
	b.tell(verify.Progress{Stage: "artifact", Bytes: 5, Total: minBar - 1})
	b.tell(verify.Progress{Stage: "verdict", Bytes: 5, Total: 5})
	if drawn.Len() != 0 {
		t.Errorf("drawn: %q", drawn.String())
	}
	for _, bytes := range []int64{0, minBar, 0, minBar} {
		b.tell(verify.Progress{Stage: "artifact", Of: "https://example.com/tool.tgz", Bytes: bytes, Total: 2 * minBar})
	}
	b.tell(verify.Progress{Stage: "verdict", Bytes: 2 * minBar, Total: 2 * minBar})
	if !strings.Contains(drawn.String(), "tool.tgz") || !strings.Contains(drawn.String(), "50%") || !strings.Contains(drawn.String(), "100%") {
		t.Errorf("drawn: %q", drawn.String())
	}
}
