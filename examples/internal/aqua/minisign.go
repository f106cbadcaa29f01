package aqua

// minisign is a signature by a key of the entry's, over the artifact or over its
// checksums.
func (p *platform) minisign(prefix, sums string, m *minisign) (*Table, error) {
	key := prefix + "minisign"
	if m.PublicKey == "" {
		return nil, refuse(ErrEntry, "public_key is missing")
	}
	at, err := p.document(key, &m.download)
	if err != nil {
		return nil, err
	}
	return &Table{Algorithm: "minisign", Pubkey: m.PublicKey, File: literal(at), Checksums: literal(sums)}, nil
}
