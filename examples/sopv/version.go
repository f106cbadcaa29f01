package main

import (
	"fmt"
	"io"
	"runtime/debug"
)

// specification is the draft that this program was written by; the tilde says that it
// has a subset of it.
const (
	specification = "~draft-dkg-openpgp-stateless-cli-14"
	subset        = "1.0" // of sopv
	backend       = "github.com/ProtonMail/go-crypto"
)

// version is "sopv version".
func version(args []string, w io.Writer) error {
	if len(args) > 1 {
		return fail(exitUnsupportedOption, "version takes one option at most")
	}
	option := ""
	if len(args) == 1 {
		option = args[0]
	}
	program := "relseal-sopv " + own()
	var text string
	switch option {
	case "":
		text = program
	case "--backend":
		text = backend + " " + versionOf(backend)
	case "--extended":
		text = program + "\n" + backend + " " + versionOf(backend)
	case "--sop-spec":
		text = specification
	case "--sopv":
		text = subset
	default:
		return fail(exitUnsupportedOption, "the unknown option %q", option)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

func own() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "(unknown)"
}
