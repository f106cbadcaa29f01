package aqua

import "strings"

// cosign is a signature by a key or by an identity, over the artifact or over its
// checksums.
func (p *platform) cosign(prefix, sums string, c *cosign) (*Table, error) {
	key := prefix + "cosign"
	o, err := p.options(key, c.Opts)
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	for _, doc := range []struct {
		name string
		of   *download
	}{{"bundle", c.Bundle}, {"signature", c.Signature}, {"certificate", c.Certificate}, {"key", c.Key}} {
		if at[doc.name], err = p.optionURL(key, doc.name, doc.of, o); err != nil {
			return nil, err
		}
	}
	t := &Table{Algorithm: "cosign", Checksums: literal(sums)}
	switch {
	case at["bundle"] != "" && (at["signature"] != "" || at["certificate"] != ""):
		return nil, refuse(ErrEntry, "a bundle, and a signature or a certificate beside it")
	case at["bundle"] == "" && at["signature"] == "":
		return nil, refuse(ErrEntry, "neither a bundle nor a signature")
	}
	t.File, t.Certificate = literal(firstOf(at["bundle"], at["signature"])), literal(at["certificate"])
	p.switches(key, t, at["bundle"] != "" && at["key"] != "", o)
	if at["key"] != "" {
		return t, p.byKey(key, t, at["key"], o)
	}
	t.Identity, err = p.identity(key, o)
	return t, err
}

// switches are what the entry does without. cosign demands an entry of the log for
// signatures by a key as well, and asks the log for it where it isn't in a bundle;
// that, a table can't say.
func (p *platform) switches(key string, t *Table, bundleByKey bool, o *options) {
	yes, no := true, false
	switch {
	case o.set("insecure-ignore-tlog"):
		t.TransparencyLog = &no
		p.tell(o.values["insecure-ignore-tlog"].line, key+".opts", ruleNoLog, warning, "--insecure-ignore-tlog: a signature that nobody can have seen is as good, and one made with a stolen key or certificate at any time")
	case bundleByKey:
		t.TransparencyLog = &yes
	}
	if o.set("insecure-ignore-sct") {
		t.SCT = &no
		p.tell(o.values["insecure-ignore-sct"].line, key+".opts", ruleNoLog, warning, "--insecure-ignore-sct: a certificate that nobody can have seen is as good")
	}
}

// byKey has a key count that is fetched: it has to be pinned.
func (p *platform) byKey(key string, t *Table, url string, o *options) error {
	if t.Certificate != "" {
		return refuse(ErrEntry, "a key, and a certificate")
	}
	for name := range o.values {
		if strings.HasPrefix(name, "certificate-") {
			return refuse(ErrEntry, "a key, and options about certificates")
		}
	}
	t.Pubkey = &KeyURL{url, p.query.KeySHA256}
	if t.TransparencyLog == nil {
		p.tell(p.entry.line, key, ruleNoLookup, note, "cosign asks the transparency log for an entry of such a signature, and relseal doesn't: the key alone counts")
	}
	return nil
}

// identity is who must have signed, all of it.
func (p *platform) identity(key string, o *options) (map[string]string, error) {
	identity := map[string]string{}
	for option, field := range map[string]string{
		"certificate-identity":                   "subject",
		"certificate-oidc-issuer":                "issuer",
		"certificate-github-workflow-name":       "github-workflow-name",
		"certificate-github-workflow-ref":        "github-workflow-ref",
		"certificate-github-workflow-repository": "github-workflow-repository",
		"certificate-github-workflow-sha":        "github-workflow-sha",
		"certificate-github-workflow-trigger":    "github-workflow-trigger",
	} {
		if v := o.values[option]; v.value != "" {
			identity[field] = literal(v.value)
		}
	}
	for _, must := range []struct{ field, option string }{
		{"subject", "certificate-identity"}, {"issuer", "certificate-oidc-issuer"},
	} {
		v := o.values[must.option+"-regexp"]
		if v.value != "" {
			if err := p.pattern(key+".opts", v.line, must.field, v.value, identity); err != nil {
				return nil, p.entry.at(v.line, key+".opts", err)
			}
		}
		if identity[must.field] == "" && identity[must.field+"-regexp"] == "" {
			return nil, refuse(ErrOpen, "neither a key nor --%s is given", must.option)
		}
	}
	return identity, nil
}
