package aqua

import (
	"strings"
)

// options are those of "cosign verify-blob" that an entry gives.
type options struct {
	values map[string]option
}

type option struct {
	value string
	line  int
}

// kinds are the options that a table can say, and whether each takes a value. Every
// other one is refused: it may demand something, or allow it.
func kinds() map[string]bool {
	return map[string]bool{
		"bundle": true, "certificate": true, "key": true, "signature": true,
		"certificate-identity": true, "certificate-identity-regexp": true,
		"certificate-oidc-issuer": true, "certificate-oidc-issuer-regexp": true,
		"certificate-github-workflow-name": true, "certificate-github-workflow-ref": true,
		"certificate-github-workflow-repository": true, "certificate-github-workflow-sha": true,
		"certificate-github-workflow-trigger": true,
		"insecure-ignore-tlog":                false, "insecure-ignore-sct": false, "new-bundle-format": false, "rekor-url": true,
	}
}

const maxOptions = 64

// publicRekor is the transparency log of sigstore's public-good instance.
const publicRekor = "https://rekor.sigstore.dev"

// options renders and reads them, as --name VALUE or --name=VALUE.
func (p *platform) options(key string, opts []text) (*options, error) {
	if len(opts) > maxOptions {
		return nil, refuse(ErrTooLarge, "%d options, and %d are the most", len(opts), maxOptions)
	}
	o := &options{values: map[string]option{}}
	for i := 0; i < len(opts); i++ {
		word, err := p.render(key+".opts", opts[i], p.artifact())
		if err != nil {
			return nil, err
		}
		at := func(err error) error { return p.entry.at(opts[i].at, key+".opts", err) }
		name, value, has := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		takes, known := kinds()[name]
		switch {
		case !strings.HasPrefix(word, "--"), !known:
			return nil, at(refuse(ErrUnsupported, "%q", word))
		case !takes && !has:
			value = "true"
		case !takes && value != "true" && value != "false":
			return nil, at(refuse(ErrEntry, "%q", word))
		case takes && !has && i+1 == len(opts):
			return nil, at(refuse(ErrEntry, "%s without a value", word))
		case takes && !has:
			i++
			if value, err = p.render(key+".opts", opts[i], p.artifact()); err != nil {
				return nil, err
			}
		}
		if _, twice := o.values[name]; twice {
			return nil, at(refuse(ErrEntry, "--%s twice", name))
		}
		o.values[name] = option{value, opts[i].at}
	}
	if url, ok := o.values["rekor-url"]; ok && strings.TrimSuffix(url.value, "/") != publicRekor {
		return nil, p.entry.at(url.line, key+".opts", refuse(ErrUnsupported, "--rekor-url %s: a log of its own is the program's trusted root to say", url.value))
	}
	return o, nil
}

// set reports whether an option that takes no value is on.
func (o *options) set(name string) bool { return o.values[name].value == "true" }

// url is where a document is that an option or a section of the entry names; "" where
// neither does.
func (p *platform) optionURL(key, name string, d *download, o *options) (string, error) {
	given, ok := o.values[name]
	switch {
	case ok && d != nil:
		return "", p.entry.at(given.line, key+".opts", refuse(ErrEntry, "--%s beside %s.%s", name, key, name))
	case d != nil:
		return p.document(key+"."+name, d)
	case ok && !strings.Contains(given.value, "://"):
		return "", p.entry.at(given.line, key+".opts", refuse(ErrUnsupported, "--%s %s is a file of the machine's", name, given.value))
	case ok:
		return given.value, p.entry.at(given.line, key+".opts", checkURL(given.value))
	}
	return "", nil
}
