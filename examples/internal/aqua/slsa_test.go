package aqua_test

import (
	"regexp"
	"testing"
)

// TestBuilders: whose provenance counts is what slsa-verifier trusts for artifacts
// where nobody names a builder, by a released version.
func TestBuilders(t *testing.T) {
	made, err := table(good+"    slsa_provenance: {type: github_release, asset: multiple.intoto.jsonl}\n", query())
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(`^(?:` + made.Identity["subject-regexp"] + `)$`)
	for subject, want := range map[string]bool{
		"slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0":           true,
		"slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml@refs/tags/v1.10.0":                 true,
		"slsa-framework/slsa-github-generator/.github/workflows/builder_container-based_slsa3.yml@refs/tags/v2.0.0":     true,
		"slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.1.0":         false,
		"slsa-framework/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml@refs/tags/v2.1.0":           false,
		"slsa-framework/slsa-github-generator/.github/workflows/delegator_lowperms-generic_slsa3.yml@refs/tags/v2.1.0":  false,
		"slsa-framework/slsa-github-generator/.github/workflows/release.yml@refs/tags/v2.1.0":                           false,
		"slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/heads/main":            false,
		"slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2":               false,
		"slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0-rc.1":      false,
		"someone-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0":        false,
		"slsa-framework/slsa-github-generator/.github/workflows/x/generator_generic_slsa3.yml@refs/tags/v2.1.0":         false,
		"slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0/../v2.1.0": false,
	} {
		if got := re.MatchString("https://github.com/" + subject); got != want {
			t.Errorf("%s: %t", subject, got)
		}
	}
}
