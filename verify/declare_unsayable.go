package verify

import (
	"fmt"
	"maps"
	"path"
	"strings"

	"github.com/relseal/relseal/algorithm"
)

// An unsayable is something that must be signed and may be what signatures can't say.
type unsayable struct {
	key, text string
	isVersion bool
	can       bool
	program   bool // it demands this, and the table doesn't
}

// cantSay tells what can't be said, and what would say it. Mostly the table is
// right and the release isn't: a file of another version was taken, or one that
// is called by none.
func (d *declaration) cantSay(want unsayable, t *trust) string {
	text := fmt.Sprintf("it must be %s, and ", quotedName(want.text))
	if want.program {
		text = "the program demands it (Config.Bind): " + text
	}
	if want.isVersion {
		text += d.nameTells(want.text)
	}
	text += fmt.Sprintf("signatures by %s with these keys of the table can't say it", d.family.Name())
	if ways := d.ways(want, t); len(ways) > 0 {
		text += "; what can: " + strings.Join(ways, ", ")
	}
	return text
}

// nameTells tells which version the artifact's name says in place of the wanted
// one. That it says none is told where it would count: in a manifest.
func (d *declaration) nameTells(version string) string {
	name := path.Base(d.nameOfLine())
	told, clear := toldVersion(name)
	switch {
	case name == "." || tells(name, version):
		return ""
	case clear:
		return fmt.Sprintf("the name %s tells %s, ", quotedName(name), quotedName(told))
	case d.table.Checksums == "":
		return ""
	case told != "":
		return fmt.Sprintf("the name %s may be that of another version, ", quotedName(name))
	}
	return fmt.Sprintf("the name %s tells no version, ", quotedName(name))
}

// nameOfLine is the artifact's name, of a manifest the one that is looked for in it.
func (d *declaration) nameOfLine() string {
	if d.line != "" {
		return d.line
	}
	return d.artifact.Name
}

// toldVersion is the first version that stands in a name; clear where that is all
// that the name can be taken for.
func toldVersion(name string) (version string, clear bool) {
	for i := 0; i < len(name); i++ {
		if !isDigit(name[i]) {
			continue
		}
		end := i
		for end < len(name) && (isDigit(name[end]) || name[end] == '.' && end+1 < len(name) && isDigit(name[end+1])) {
			end++
		}
		if version = name[i:end]; strings.Contains(version, ".") {
			return version, tells(name, version)
		}
		i = end
	}
	return "", false
}

// ways are what of the family's own keys would let it say what is wanted, and
// names in a manifest, which every family can sign.
func (d *declaration) ways(want unsayable, t *trust) (ways []string) {
	variable := "{ asset }"
	if want.isVersion {
		variable = "{ version }"
	}
	binder, _ := d.family.(algorithm.Binder)
	for _, f := range d.family.Fields() {
		if f.Kind != algorithm.Text {
			continue
		}
		if f.Signed {
			ways = append(ways, fmt.Sprintf("%s with %s in it", f.Name, variable))
		} else if binder != nil && binds(binder, t.values, f.Name, want.isVersion) {
			ways = append(ways, f.Name)
		}
	}
	switch {
	case d.table.Checksums == "":
		ways = append(ways, "a signed manifest (checksums) in which the file's name tells it")
	case want.isVersion:
		ways = append(ways, "a file name that tells it")
	}
	return ways
}

// binds reports whether a family could say it if the table had one key more.
func binds(family algorithm.Binder, values map[string]algorithm.Value, key string, isVersion bool) bool {
	more := maps.Clone(values)
	if more == nil {
		more = map[string]algorithm.Value{}
	}
	more[key] = algorithm.Value{Text: "x"}
	name, version := family.Binds(more)
	return isVersion && version || !isVersion && name
}
