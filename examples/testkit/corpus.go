package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/relseal/relseal/examples/internal/input"
)

// corpusFolder is where the cases lie in the repository.
const corpusFolder = "internal/testkeys/corpus"

// aboutFile is the header of a family; a folder without one isn't of the kit.
const aboutFile = "about.toml"

// maxFile is the most that a file of a case may have, in bytes.
const maxFile = 16 << 20

// A family are all cases of one format.
type family struct {
	Name    string `json:"name"`
	Format  string `json:"format" toml:"format"`
	Origin  string `json:"origin" toml:"origin"`
	License string `json:"license" toml:"license"`
	Rules   string `json:"rules" toml:"rules"`
	Cases   []Case `json:"cases"`
}

// A Case is one question to a program.
type Case struct {
	Family string `json:"family"`
	Name   string `json:"name"`
	Want   string `json:"want"` // pass, fail or legacy
	Why    string `json:"why"`
	Kind   string `json:"kind"` // of the rule: spec, policy or optional
	Rule   string `json:"rule"`

	dir   string // its folder
	table signing
}

// signing is what the kit reads of a case's table.toml.
type signing struct {
	PublicKey    any    `toml:"pubkey"` // a text, or a table with "file"
	Principal    string `toml:"principal"`
	Namespace    string `toml:"namespace"`
	Checksums    string `toml:"checksums"`
	ChecksumName string `toml:"checksum-name"`
}

// id is how a case is named in lists.
func (c *Case) id() string { return c.Family + "/" + c.Name }

// findCorpus looks for the corpus in the current folder and those above it.
func findCorpus() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		corpus := filepath.Join(dir, filepath.FromSlash(corpusFolder))
		if _, err := os.Stat(corpus); err == nil {
			return corpus, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no %s in this folder or above it: --corpus says where it is", corpusFolder)
		}
		dir = parent
	}
}

// readCorpus reads the families of these names, or all.
func readCorpus(corpus string, names []string) ([]family, error) {
	found, err := filepath.Glob(filepath.Join(escapeGlob(corpus), "*", aboutFile))
	if err != nil {
		return nil, err
	}
	var families []family
	for _, about := range found {
		dir := filepath.Dir(about)
		if len(names) > 0 && !slices.Contains(names, filepath.Base(dir)) {
			continue
		}
		f, err := readFamily(dir)
		if err != nil {
			return nil, err
		}
		families = append(families, f)
	}
	for _, name := range names {
		if !slices.ContainsFunc(families, func(f family) bool { return f.Name == name }) {
			return nil, fmt.Errorf("no family %q in %s", name, corpus)
		}
	}
	if len(families) == 0 {
		return nil, fmt.Errorf("no folder of %s has an %s", corpus, aboutFile)
	}
	return families, nil
}

// escapeGlob makes a path one that filepath.Glob takes as it is.
func escapeGlob(path string) string {
	if os.PathSeparator == '\\' { // which can't be escaped there
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func readFamily(dir string) (family, error) {
	f := family{Name: filepath.Base(dir)}
	if err := readTOML(filepath.Join(dir, aboutFile), &f); err != nil {
		return family{}, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return family{}, err
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c, err := readCase(f.Name, filepath.Join(dir, e.Name()))
		if err != nil {
			return family{}, err
		}
		f.Cases = append(f.Cases, c)
	}
	return f, nil
}

func readCase(family, dir string) (Case, error) {
	text, err := readFile(filepath.Join(dir, "expected"))
	if err != nil {
		return Case{}, err
	}
	c := Case{Family: family, Name: filepath.Base(dir), dir: dir}
	if err := c.setExpected(string(text)); err != nil {
		return Case{}, fmt.Errorf("%s: %w", filepath.Join(dir, "expected"), err)
	}
	var document struct {
		Signing signing `toml:"signing"`
	}
	err = readTOML(filepath.Join(dir, "table.toml"), &document)
	c.table = document.Signing
	return c, err
}

// setExpected reads the verdict, why, and by which rule.
func (c *Case) setExpected(text string) error {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 3 {
		return fmt.Errorf("%d lines in the place of three: verdict, why, rule", len(lines))
	}
	c.Want, c.Why = lines[0], lines[1]
	kind, rule, ok := strings.Cut(lines[2], ": ")
	c.Kind, c.Rule = kind, rule
	switch {
	case !slices.Contains([]string{"pass", "fail", "legacy"}, c.Want):
		return fmt.Errorf("%q in the place of pass, fail or legacy", c.Want)
	case !ok || rule == "" || !slices.Contains(kinds(), kind):
		return fmt.Errorf(`the rule %q is not of the form "spec: ...", "policy: ..." or "optional: ..."`, lines[2])
	}
	return nil
}

// kinds are the kinds of rules.
func kinds() []string { return []string{"spec", "policy", "optional"} }

// keyFile is the name of the case's key file, "" where the key stands in the table.
func (s *signing) keyFile() string {
	if t, ok := s.PublicKey.(map[string]any); ok {
		name, _ := t["file"].(string)
		return name
	}
	return ""
}

// keyText is the key that stands in the table, "" where it is a file.
func (s *signing) keyText() string {
	text, _ := s.PublicKey.(string)
	return text
}

// manifestName is what the checksum manifest is called; "" where the case has none.
func (s *signing) manifestName() string {
	if s.Checksums == "" {
		return ""
	}
	return path.Base(s.Checksums)
}

func readTOML(name string, v any) error {
	data, err := readFile(name)
	if err != nil {
		return err
	}
	if err := toml.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readFile(name string) ([]byte, error) { return input.ReadFile(name, maxFile) }
