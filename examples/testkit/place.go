package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// errName is for a case whose artifact no file can be called as on this system.
var errName = errors.New("no file can have its name here")

// place copies a case to a folder of its own and returns what the placeholders
// stand for. What the case doesn't have has no entry. The error may be [errName].
func (c *Case) place(dir string) (map[string]string, error) {
	values := map[string]string{"dir": dir}
	if err := c.copyFiles(dir, values); err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"keytext":   strings.TrimSuffix(c.table.keyText(), "\n"),
		"identity":  c.table.Principal,
		"namespace": c.table.Namespace,
		"name":      c.table.ChecksumName,
	} {
		if value != "" {
			values[name] = value
		}
	}
	if signature, ok := values["signature"]; ok {
		text, err := readFile(signature)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(text, []byte("{")) { // JSON
			values["bundle"] = signature
		}
	}
	if key, ok := values["key"]; ok {
		ring := filepath.Join(dir, "keyring.gpg")
		values["keyring"] = ring
		return values, dearmor(ring, key)
	}
	return values, nil
}

// copyFiles copies the case's files, each under the name that it has to have.
func (c *Case) copyFiles(dir string, values map[string]string) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	placeholders := map[string]string{"artifact": "artifact", "signature": "signature", "table.toml": "table", "manifest": "manifest"}
	if key := c.table.keyFile(); key != "" {
		placeholders[key] = "key"
	}
	for _, e := range entries {
		name := e.Name()
		if name == "expected" {
			continue
		}
		placed := c.placedName(name)
		if runtime.GOOS == "windows" && strings.ContainsAny(placed, `<>:"|?*`) {
			return errName
		}
		if !filepath.IsLocal(placed) || filepath.Base(placed) != placed {
			return fmt.Errorf("%s would lie outside of its folder, at %.100q", name, placed)
		}
		to := filepath.Join(dir, placed)
		if err := copyFile(to, filepath.Join(c.dir, name)); err != nil {
			return err
		}
		if placeholder, ok := placeholders[name]; ok {
			values[placeholder] = to
		}
	}
	return nil
}

// placedName is what a file of the case is called where the program runs: with a
// manifest it matters.
func (c *Case) placedName(name string) string {
	manifest := c.table.manifestName()
	switch {
	case manifest == "":
		return name
	case name == "artifact":
		return c.table.ChecksumName
	case name == "manifest":
		return manifest
	case name == "signature":
		return manifest + ".sig"
	}
	return name
}

// copyFile makes a new file: two of one name are an error.
func copyFile(to, from string) error {
	data, err := readFile(from)
	if err != nil {
		return err
	}
	return writeNew(to, data)
}

func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// dearmor writes the OpenPGP keys of a file without their armor, for programs that
// read binary keyrings alone. What isn't armored is copied.
func dearmor(to, from string) error {
	data, err := readFile(from)
	if err != nil {
		return err
	}
	if binary := withoutArmor(data); len(binary) > 0 {
		data = binary
	}
	return writeNew(to, data)
}

// withoutArmor is what all armored blocks of a text hold, nothing where one is bad.
func withoutArmor(text []byte) []byte {
	var binary []byte
	for r := bytes.NewReader(text); ; {
		block, err := armor.Decode(r)
		if errors.Is(err, io.EOF) {
			return binary
		}
		if err != nil {
			return nil
		}
		packets, err := io.ReadAll(block.Body)
		if err != nil {
			return nil
		}
		binary = append(binary, packets...)
	}
}

// render replaces the placeholders of a command; missing is one that the case
// doesn't have.
func render(command []string, values map[string]string) (args []string, missing string) {
	for _, word := range command {
		arg, missing := renderWord(word, values)
		if missing != "" {
			return nil, missing
		}
		args = append(args, arg)
	}
	return args, ""
}

func renderWord(word string, values map[string]string) (arg, missing string) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(word, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), ""
		}
		name, after, closed := strings.Cut(rest, "}")
		value, ok := values[name]
		switch {
		case !closed:
			return "", name + " without its brace"
		case !ok:
			return "", name
		}
		b.WriteString(value)
		word = after
	}
}

// checkCommand refuses a placeholder that no case can have.
func checkCommand(command []string) error {
	values := map[string]string{}
	for _, name := range placeholders() {
		values[name] = name
	}
	if len(command) == 0 {
		return errors.New("an empty command")
	}
	if _, missing := render(command, values); missing != "" {
		return fmt.Errorf("{%s} is no placeholder; there are {%s}", missing, strings.Join(placeholders(), "}, {"))
	}
	return nil
}

// placeholders are the names that a command may have in braces.
func placeholders() []string {
	return []string{"artifact", "signature", "bundle", "key", "keytext", "keyring", "identity", "namespace", "manifest", "name", "table", "dir"}
}
