package shapes

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/verify"
)

const arduinoIndexPath = "/packages/package_index.json"

func arduinoPath(name, version, host string) string {
	return "/tools/" + name + "-" + version + "-" + host + ".tar.bz2"
}

// arduinoPublish puts the archives of these versions of two tools, and a signed index
// of all of them.
func arduinoPublish(t *testing.T, d documents, key pgpKey, versions ...string) {
	t.Helper()
	var tools []any
	for _, v := range versions {
		for _, name := range []string{"bossac", "avrdude"} {
			var systems []any
			for _, host := range []string{"i686-mingw32", "x86_64-linux-gnu"} {
				path := arduinoPath(name, v, host)
				d[path] = []byte(path)
				systems = append(systems, map[string]any{"host": host, "url": siteURL + path, "checksum": fmt.Sprintf("SHA-256:%X", sha256.Sum256(d[path])), "size": "1"})
			}
			tools = append(tools, map[string]any{"name": name, "version": v, "systems": systems})
		}
	}
	index, err := json.MarshalIndent(map[string]any{"packages": []any{map[string]any{"name": "arduino", "tools": tools}}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	d[arduinoIndexPath], d[arduinoIndexPath+".sig"] = index, binary(t, key.detach(t, index))
}

func TestArduino(t *testing.T) {
	eachMaker(t, func(t *testing.T, m maker) {
		key, second, stranger := m.pgp(t, "ed25519"), m.pgp(t, "ed25519"), m.pgp(t, "ed25519")
		keyring := append(binary(t, []byte(key.public)), binary(t, []byte(second.public))...)
		d := documents{}
		arduinoPublish(t, d, key, old, version)
		artifact := arduinoPath("avrdude", version, "x86_64-linux-gnu")
		instead := func(name, version, host string) change { return serveAt(arduinoPath(name, version, host), artifact) }
		program{content: d[artifact], install: func(t *testing.T, s Site, dst string) (*verify.Report, error) {
			t.Helper()
			return Arduino(t.Context(), s, fstest.MapFS{"arduino.gpg": {Data: keyring}}, "avrdude", version, "x86_64-linux-gnu", dst)
		}}.try(t, d, map[string]fault{
			"by the keyring's second":  {func(t *testing.T, d documents) { arduinoPublish(t, d, second, old, version) }, nil, ""},
			"by a stranger":            {func(t *testing.T, d documents) { arduinoPublish(t, d, stranger, old, version) }, algorithm.ErrWrongKey, "wrong-key"},
			"flipped artifact":         {flip(artifact), algorithm.ErrInvalid, "invalid"},
			"flipped index":            {flip(arduinoIndexPath), algorithm.ErrInvalid, "invalid"},
			"missing artifact":         {remove(artifact), verify.ErrMissing, "artifact-missing"},
			"missing index":            {remove(arduinoIndexPath), verify.ErrMissing, "artifact-missing"},
			"missing signature":        {remove(arduinoIndexPath + ".sig"), verify.ErrMissing, "signature-missing"},
			"replayed index":           {func(t *testing.T, d documents) { arduinoPublish(t, d, key, old) }, verify.ErrMissing, "missing"},
			"replayed":                 {instead("avrdude", old, "x86_64-linux-gnu"), algorithm.ErrInvalid, "invalid"},
			"mixed up":                 {instead("avrdude", version, "i686-mingw32"), algorithm.ErrInvalid, "invalid"},
			"mixed up with a tool":     {instead("bossac", version, "x86_64-linux-gnu"), algorithm.ErrInvalid, "invalid"},
			"an index that lists MD5s": {weakIndex(key), algorithm.ErrUnsupported, "unsupported"},
		})
	})
}

// weakIndex signs an index whose digests are none that count.
func weakIndex(key pgpKey) change {
	return func(t *testing.T, d documents) {
		t.Helper()
		index := bytes.ReplaceAll(d[arduinoIndexPath], []byte("SHA-256:"), []byte("MD5:"))
		d[arduinoIndexPath], d[arduinoIndexPath+".sig"] = index, binary(t, key.detach(t, index))
	}
}
