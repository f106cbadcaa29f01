package kits

import (
	"testing"
)

// TestKits runs every kit, one after the other, and then compares the scores
// with docs/kits.md.
func TestKits(t *testing.T) {
	if raced {
		t.Skip("the race detector takes minutes and has nothing to find here: go test ./internal/kits")
	}
	board, complete := &scoreboard{}, true
	for _, k := range []struct {
		name string
		run  func(t *testing.T, k *kit, board *scoreboard)
	}{
		{"wycheproof-ed25519", runVectors(wycheproofGroups)},
		{"cctv-ed25519", runVectors(cctvGroups)},
		{"cctv-ed25519-rebuilt", runRebuiltCCTV},
		{"wycheproof-ecdsa", runVectors(wycheproofGroups)},
		{"wycheproof-rsa", runVectors(wycheproofGroups)},
		{"wycheproof-pss", runVectors(wycheproofGroups)},
		{"wycheproof-mldsa", runVectors(wycheproofGroups)},
		{"x509-limbo", runLimbo},
	} {
		ran := false
		t.Run(k.name, func(t *testing.T) {
			kit := load(t, k.name)
			k.run(t, kit, board)
			for _, at := range kit.unmet() {
				t.Errorf("testdata/%s.toml lists %q of the path %q, and there is no such case", k.name, at.name, at.path)
			}
			ran = true
		})
		complete = complete && ran
	}
	board.check(t, complete)
}

// ways are all of them.
func ways() []way {
	return []way{
		signifyWay(), streamWay(), sshWay(), gpgWay(), gpgEd25519Way(), gpgMLDSAWay(),
		cosignPlainWay(), cosignBundleWay(), cosignCertificateWay(),
	}
}

// runVectors runs the vectors of a kit on every way that takes any.
func runVectors(read func(*testing.T, *kit) []group) func(*testing.T, *kit, *scoreboard) {
	return func(t *testing.T, k *kit, board *scoreboard) {
		t.Helper()
		groups := read(t, k)
		for _, w := range ways() {
			if cases := w.cases(t, groups); len(cases) > 0 {
				k.run(t, board, w.name, cases)
			}
		}
	}
}
