package main

import (
	"fmt"
	"slices"
	"strings"
)

// A tool is a program and how it is called.
type tool struct {
	name     string
	families []string   // that it is for
	commands [][]string // templates; the first counts that the case has all for
	stdin    bool       // it gets the artifact on standard input
	legacy   string     // what it should say to legacy signatures: pass, fail, or either

	// The exit codes that are verdicts. Without fail, all are but 0, 126, 127 and
	// those from 129 to 159, which a shell has for signals.
	pass, fail []int

	version []string // a command that prints it, nil for none
}

// tools are those that can be named by --tool.
func tools() []tool {
	words := strings.Fields
	openpgp := []string{"openpgp", "openpgp-v6"}
	return []tool{
		{
			name: "minisign", families: []string{"minisign"}, legacy: "pass",
			commands: [][]string{
				words("minisign -V -p {key} -x {signature} -m {artifact}"),
				words("minisign -V -P {keytext} -x {signature} -m {artifact}"),
			},
			version: words("minisign -v"),
		},
		{
			name: "signify", families: []string{"signify"},
			commands: [][]string{words("signify-openbsd -V -p {key} -x {signature} -m {artifact}")},
		},
		{
			name: "ssh-keygen", families: []string{"sshsig"}, stdin: true,
			commands: [][]string{words("ssh-keygen -Y verify -f {key} -I {identity} -n {namespace} -s {signature}")},
			version:  words("ssh -V"),
		},
		{
			name: "gpgv", families: openpgp, legacy: "pass",
			commands: [][]string{words("gpgv --keyring {keyring} {signature} {artifact}")},
			version:  words("gpgv --version"),
		},
		{
			name: "sqv", families: openpgp, legacy: "pass",
			commands: [][]string{words("sqv --keyring {key} {signature} {artifact}")},
			version:  words("sqv --version"),
		},
		{
			name: "sha256sum", families: []string{"checksums"},
			commands: [][]string{words("sha256sum --check --strict --ignore-missing {manifest}")},
			version:  words("sha256sum --version"),
		},
		{
			name: "cosign", families: []string{"cosign-keysig"},
			commands: [][]string{
				words("cosign verify-blob --key {key} --bundle {bundle} --insecure-ignore-tlog=true {artifact}"),
				words("cosign verify-blob --key {key} --signature {signature} --insecure-ignore-tlog=true {artifact}"),
			},
			version: words("cosign version"),
		},
		{
			name: "relseal", legacy: "fail", pass: []int{0}, fail: []int{40},
			commands: [][]string{
				words("releasechecker --table {table} --dir {dir} {name}"),
				words("verifyfile --table {table} --at signing --signature {signature} {artifact}"),
			},
		},
	}
}

// findTool is the tool of that name.
func findTool(name string) (tool, error) {
	all := tools()
	if i := slices.IndexFunc(all, func(t tool) bool { return t.name == name }); i >= 0 {
		return all[i], nil
	}
	return tool{}, fmt.Errorf("no tool %q is known; there are %s, and any program by its command", name, strings.Join(toolNames(), ", "))
}

func toolNames() []string {
	var names []string
	for _, t := range tools() {
		names = append(names, t.name)
	}
	return names
}

// command is the first that the case has all for; nil and what is missing for none.
func (t *tool) command(values map[string]string) (args []string, missing string) {
	for _, command := range t.commands {
		var lacks string
		if args, lacks = render(command, values); args != nil {
			return args, ""
		}
		missing = lacks
	}
	return nil, missing
}

// verdict is what an exit code says.
func (t *tool) verdict(code int) string {
	pass, fail := t.pass, t.fail
	if pass == nil {
		pass = []int{0}
	}
	switch {
	case slices.Contains(pass, code):
		return "pass"
	case slices.Contains(fail, code):
		return "fail"
	case code < 0, code > 128 && code < 160, code > 255: // by a signal, or by an exception of Windows
		return "crash"
	case fail == nil && code != 126 && code != 127:
		return "fail"
	}
	return "odd"
}

// want is what the tool should say to a case: pass, fail or either.
func (t *tool) want(c *Case) string {
	switch {
	case c.Want != "legacy":
		return c.Want
	case t.legacy == "":
		return "either"
	}
	return t.legacy
}
