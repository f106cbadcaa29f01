package aqua

// document is the URL of a document that belongs to the artifact, such as a
// signature. Without an owner or a name the repository is the package's.
func (p *platform) document(key string, d *download) (string, error) {
	switch d.Type {
	case typeHTTP:
		at, err := p.render(key+".url", d.URL, p.artifact())
		if err == nil {
			err = p.entry.at(d.URL.at, key+".url", checkURL(at))
		}
		return at, err
	case typeRelease:
		owner, repo := firstOf(d.RepoOwner, p.spec.RepoOwner), firstOf(d.RepoName, p.spec.RepoName)
		if !isName(owner) || !isName(repo) {
			return "", p.entry.at(d.Asset.at, key, refuse(ErrEntry, "%q and %q are no repository", owner, repo))
		}
		name, err := p.render(key+".asset", d.Asset, p.artifact())
		if err == nil {
			err = p.entry.at(d.Asset.at, key+".asset", checkAsset(name))
		}
		p.tellOtherRepo(key, d, owner, repo)
		return assetURL(owner, repo, p.query.Version, name), err
	}
	return "", refuse(ErrEntry, "%s.type is %q, and %s and %s are known", key, d.Type, typeRelease, typeHTTP)
}
