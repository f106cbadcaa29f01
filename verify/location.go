package verify

import (
	"crypto"
	"maps"
	"slices"
	"strings"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/template"
)

// A location is the template of a URL with its values, some of which may be
// known only after the bytes: the digests of what is signed, { sha256 },
// { sha384 } and { sha512 }. Its zero value is of no URL.
type location struct {
	template *template.Template
	values   map[string]string
}

// lateHashes are the variables that stand for a digest.
func lateHashes() map[string]crypto.Hash {
	return map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}
}

// location is newLocation for what is fetched.
func (v *Verifier) location(text string, values map[string]string) (location, error) {
	l, err := newLocation(text, values)
	if err != nil {
		return location{}, err
	}
	url, err := l.sample()
	if err != nil {
		return location{}, err
	}
	return l, v.checkURL(url)
}

// newLocation parses the template and checks that it will give a URL.
func newLocation(text string, values map[string]string) (location, error) {
	t, err := template.Parse(text)
	if err != nil {
		return location{}, err
	}
	l := location{template: t, values: values}
	if _, err := l.sample(); err != nil {
		return location{}, err
	}
	return l, nil
}

// sample is a URL as it will be, with zeros in the place of what is known later.
func (l location) sample() (string, error) {
	return l.template.RenderURL(l.with(func(h crypto.Hash) string { return strings.Repeat("0", 2*h.Size()) }))
}

// hashes are those whose digests the URL waits for.
func (l location) hashes() []crypto.Hash {
	if l.template == nil {
		return nil
	}
	var waits []crypto.Hash
	for _, key := range l.template.Keys() {
		h := lateHashes()[key]
		if _, ok := l.values[key]; !ok && h != 0 && !slices.Contains(waits, h) {
			waits = append(waits, h)
		}
	}
	return waits
}

func (l location) late() bool { return len(l.hashes()) > 0 }

// named reports whether these digests are enough to name it.
func (l location) named(digests []algorithm.Digest) bool {
	for _, h := range l.hashes() {
		if _, ok := digestOf(digests, h); !ok {
			return false
		}
	}
	return true
}

// url returns the URL. The error is a [*template.MissingKeyError] for a digest
// that isn't among those.
func (l location) url(digests []algorithm.Digest) (string, error) {
	values := maps.Clone(l.values)
	if values == nil {
		values = map[string]string{}
	}
	for _, d := range digests {
		if _, ok := values[d.Name()]; !ok {
			values[d.Name()] = d.Hex()
		}
	}
	return l.template.RenderURL(values)
}

// text is the URL for people: what isn't known yet stays as it stands in the
// template.
func (l location) text() string {
	if l.template == nil {
		return ""
	}
	text, err := l.template.Render(l.with(func(h crypto.Hash) string {
		for name, hash := range lateHashes() {
			if hash == h {
				return "{ " + name + " }"
			}
		}
		return ""
	}))
	if err != nil {
		return l.template.String() // not after newLocation
	}
	return text
}

// with returns the values with something in the place of every digest that is
// waited for.
func (l location) with(stand func(crypto.Hash) string) map[string]string {
	values := maps.Clone(l.values)
	if values == nil {
		values = map[string]string{}
	}
	for name, h := range lateHashes() {
		if _, ok := values[name]; !ok {
			values[name] = stand(h)
		}
	}
	return values
}
