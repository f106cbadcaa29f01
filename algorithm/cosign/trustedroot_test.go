package cosign_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/testing/data"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// publicGoodRoot is a trusted root of the public-good instance.
func publicGoodRoot(t *testing.T) []byte {
	t.Helper()
	text, err := data.TrustedRoot(t, "public-good.json").MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parseRoot(t *testing.T, text []byte) *cosign.TrustedRoot {
	t.Helper()
	root, err := cosign.ParseTrustedRoot(text)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// A table's own trusted root makes anybody the issuer: a program that has one
// must ask for it, and the evidence says whose it was.
func TestTableRoot(t *testing.T) {
	for _, name := range []string{"ok-first-r2tsa", "ok-key-p256-r1", "ok-key-p256-tsa"} {
		c := testkeys.Find(t, "cosign", name)
		withoutRoot := testkeys.Without(c.Trust, "trusted-root")
		own, other := parseRoot(t, c.Trust.Values["trusted-root"].Content), parseRoot(t, publicGoodRoot(t))
		for _, test := range []struct {
			name      string
			algorithm cosign.Algorithm
			trust     algorithm.Trust
			want      error
			table     bool
		}{
			{"the program's alone", cosign.Algorithm{TrustedRoot: own}, withoutRoot, nil, false},
			{"the program's alone, others allowed", cosign.Algorithm{TrustedRoot: own, AllowTableRoot: true}, withoutRoot, nil, false},
			{"the table's alone", cosign.Algorithm{}, c.Trust, nil, true},
			{"both", cosign.Algorithm{TrustedRoot: other}, c.Trust, algorithm.ErrUnsupported, false},
			{"both, allowed", cosign.Algorithm{TrustedRoot: other, AllowTableRoot: true}, c.Trust, nil, true},
			{"both the same", cosign.Algorithm{TrustedRoot: own}, c.Trust, nil, false},
		} {
			e, err := verifyAll(test.algorithm, test.trust, c.Signature, c.Artifact)
			if !errors.Is(err, test.want) {
				t.Errorf("%s, %s: got %v, want %v", name, test.name, err, test.want)
				continue
			}
			if err != nil {
				if !strings.Contains(err.Error(), "AllowTableRoot") {
					t.Errorf("%s, %s: %v", name, test.name, err)
				}
				continue
			}
			want := algorithm.TrustedRoot{SHA256: sum(c.Trust.Values["trusted-root"].Content), FromTable: test.table}
			if e.TrustedRoot == nil || *e.TrustedRoot != want {
				t.Errorf("%s, %s: %+v, want %+v", name, test.name, e.TrustedRoot, want)
			}
			note := func(n string) bool { return strings.Contains(n, "table's own") && strings.Contains(n, want.SHA256) }
			if slices.ContainsFunc(e.Notes, note) != test.table {
				t.Errorf("%s, %s: notes %q", name, test.name, e.Notes)
			}
		}
	}
	// A root that vouched for nothing isn't named.
	c := testkeys.Find(t, "cosign", "ok-key-p256-none")
	c.Trust = testkeys.With(c.Trust, "trusted-root", publicGoodRoot(t))
	if e, err := verifyAll(cosign.Algorithm{}, c.Trust, c.Signature, c.Artifact); err != nil || e.TrustedRoot != nil || slices.ContainsFunc(e.Notes, contains("table")) {
		t.Errorf("%+v, %v", e, err)
	}
}

// A file of a trusted root with nothing in it is a broken one: it doesn't stand
// for the program's, or for none.
func TestEmptyTableRoot(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-key-p256-r1")
	own := parseRoot(t, c.Trust.Values["trusted-root"].Content)
	for _, empty := range [][]byte{{}, []byte("\n"), []byte("{}")} {
		trust := testkeys.With(c.Trust, "trusted-root", empty)
		for name, test := range map[string]struct {
			algorithm cosign.Algorithm
			want      error
		}{
			"alone":                  {cosign.Algorithm{}, algorithm.ErrMalformed},
			"beside the program's":   {cosign.Algorithm{TrustedRoot: own}, algorithm.ErrUnsupported},
			"instead of the program": {cosign.Algorithm{TrustedRoot: own, AllowTableRoot: true}, algorithm.ErrMalformed},
		} {
			if _, err := verifyAll(test.algorithm, trust, c.Signature, c.Artifact); !errors.Is(err, test.want) {
				t.Errorf("%q, %s: %v", empty, name, err)
			}
		}
	}
}

// rootWith returns a changed trusted root.
func rootWith(t *testing.T, text []byte, change func(root map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	return marshal(t, doc)
}

// A root is known by all who are in it: their certificates or keys, lifetimes
// and addresses.
func TestRootName(t *testing.T) {
	stranger := testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust.Values["trusted-root"].Content
	var strange map[string][]any
	if err := json.Unmarshal(rootWith(t, stranger, func(r map[string]any) { delete(r, "mediaType") }), &strange); err != nil {
		t.Fatal(err)
	}
	known := rootWith(t, publicGoodRoot(t), func(r map[string]any) { delete(r, "timestampAuthorities") })
	first := func(r map[string]any, list string) map[string]any { return r[list].([]any)[0].(map[string]any) }
	tests := map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"as it is":          {func(map[string]any) {}, "public-good"},
		"with a member out": {func(r map[string]any) { r["ctlogs"] = r["ctlogs"].([]any)[1:] }, "public-good"},
		"without authority": {func(r map[string]any) { delete(r, "certificateAuthorities") }, ""},
		"another address":   {func(r map[string]any) { first(r, "certificateAuthorities")["uri"] = "https://fulcio.example.com" }, ""},
		"a stranger's certificate at the address": {func(r map[string]any) {
			first(r, "certificateAuthorities")["certChain"] = strange["certificateAuthorities"][0].(map[string]any)["certChain"]
		}, ""},
		"a longer life": {func(r map[string]any) { delete(first(r, "certificateAuthorities")["validFor"].(map[string]any), "end") }, ""},
		"an earlier life": {func(r map[string]any) {
			first(r, "certificateAuthorities")["validFor"].(map[string]any)["start"] = "2020-01-01T00:00:00Z"
		}, ""},
	}
	for _, list := range []string{"certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"} {
		test := tests["without authority"]
		test.change = func(r map[string]any) {
			members, _ := r[list].([]any)
			r[list] = append(members, strange[list]...)
		}
		tests["with strange "+list] = test
	}
	for name, test := range tests {
		if got := cosign.RootName(parseRoot(t, rootWith(t, known, test.change))); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	for file, want := range map[string]string{"public-good.json": "public-good", "github.json": "GitHub"} {
		name, ok := testkeys.Shared(t, "real", "roots", file)
		if !ok {
			t.Logf("%s is not beside the repository", file)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := cosign.RootName(parseRoot(t, text)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// TestLimitsOfRoot: what a signature's checks multiply with is bounded.
func TestLimitsOfRoot(t *testing.T) {
	text := testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust.Values["trusted-root"].Content
	times := func(list string, n int) func(map[string]any) {
		return func(r map[string]any) {
			delete(r, "timestampAuthorities")
			delete(r, "ctlogs")
			members := r["certificateAuthorities"]
			switch list {
			case "ctlogs":
				members = r["tlogs"]
				n -= len(members.([]any))
			case "timestampAuthorities":
				n -= len(members.([]any))
			}
			r[list] = slices.Repeat(members.([]any)[:1], n)
		}
	}
	none := func(list string) func(map[string]any) { // nobody reads them
		return func(r map[string]any) {
			delete(r, "certificateAuthorities")
			delete(r, "ctlogs")
			r[list] = slices.Repeat([]any{map[string]any{}}, 65)
		}
	}
	chain := func(n int) func(map[string]any) {
		return func(r map[string]any) {
			certs := r["certificateAuthorities"].([]any)[0].(map[string]any)["certChain"].(map[string]any)
			certs["certificates"] = slices.Repeat(certs["certificates"].([]any)[:1], n)
		}
	}
	long := func(n int) func(map[string]any) {
		return func(r map[string]any) { r["tlogs"].([]any)[0].(map[string]any)["baseUrl"] = strings.Repeat("a", n) }
	}
	large := func(list, field string) func(map[string]any) {
		return func(r map[string]any) {
			member := r[list].([]any)[0].(map[string]any)
			if field == "publicKey" {
				member[field].(map[string]any)["rawBytes"] = base64.StdEncoding.EncodeToString(pkix(t, cosign.LargeKey(t)))
				member[field].(map[string]any)["keyDetails"] = "PKIX_RSA_PKCS1V15_4096_SHA256"
				return
			}
			member[field] = map[string]any{"certificates": []any{map[string]any{"rawBytes": cosign.LargeRSA(t)}}}
		}
	}
	for name, test := range map[string]struct {
		text []byte
		want error
	}{
		"64 authorities":                          {rootWith(t, text, times("certificateAuthorities", 64)), nil},
		"65 authorities":                          {rootWith(t, text, times("certificateAuthorities", 65)), algorithm.ErrTooLarge},
		"64 authorities of both kinds":            {rootWith(t, text, times("timestampAuthorities", 64)), nil},
		"65 authorities of both kinds":            {rootWith(t, text, times("timestampAuthorities", 65)), algorithm.ErrTooLarge},
		"65 authorities that are none":            {rootWith(t, text, none("timestampAuthorities")), algorithm.ErrTooLarge},
		"65 logs that are none":                   {rootWith(t, text, none("tlogs")), algorithm.ErrTooLarge},
		"64 logs of both kinds":                   {rootWith(t, text, times("ctlogs", 64)), nil},
		"65 logs of both kinds":                   {rootWith(t, text, times("ctlogs", 65)), algorithm.ErrTooLarge},
		"8 certificates":                          {rootWith(t, text, chain(8)), nil},
		"9 certificates":                          {rootWith(t, text, chain(9)), algorithm.ErrTooLarge},
		"4 MiB":                                   {append(bytes.Clone(text), bytes.Repeat([]byte{' '}, 4<<20-len(text))...), nil},
		"two and blanks between, 4 MiB":           {slices.Concat(text, bytes.Repeat([]byte{' '}, 4<<20-2*len(text)), text), nil},
		"a text of 4 MiB":                         {rootWith(t, text, long(4<<20-len(text))), nil},
		"a byte more":                             {append(bytes.Clone(text), bytes.Repeat([]byte{' '}, 4<<20-len(text)+1)...), algorithm.ErrTooLarge},
		"over 4 MiB":                              {append(bytes.Clone(text), bytes.Repeat([]byte{' '}, 4<<20)...), algorithm.ErrTooLarge},
		"many values":                             {[]byte(`{"tlogs":[` + strings.Repeat("{},", 1<<20) + `{}]}`), algorithm.ErrTooLarge},
		"a large key of a certificate authority":  {rootWith(t, text, large("certificateAuthorities", "certChain")), algorithm.ErrUnsupported},
		"a large key of a timestamp authority":    {rootWith(t, text, large("timestampAuthorities", "certChain")), algorithm.ErrUnsupported},
		"a large key of a log":                    {rootWith(t, text, large("tlogs", "publicKey")), algorithm.ErrUnsupported},
		"a large key of a certificate log":        {rootWith(t, text, large("ctlogs", "publicKey")), algorithm.ErrUnsupported},
		"something else where the list should be": {[]byte(`{"tlogs":{}}`), algorithm.ErrMalformed},
	} {
		var err error
		used := allocated(func() { _, err = cosign.ParseTrustedRoot(test.text) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if used > 16<<20 {
			t.Errorf("%s: %d bytes allocated", name, used)
		}
	}
}

// With no log and no time, what counts is the program's clock.
func TestTime(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	c.Trust = testkeys.With(testkeys.With(c.Trust, "transparency-log", false), "sct", false)
	text := rootWith(t, c.Signature, func(bundle map[string]any) {
		material := bundle["verificationMaterial"].(map[string]any)
		delete(material, "tlogEntries")
		delete(material, "timestampVerificationData")
	})
	within := certificateOf(t, c.Signature).NotBefore.Add(time.Minute)
	at := func(d time.Duration) func() time.Time { return func() time.Time { return within.Add(d) } }
	for name, test := range map[string]struct {
		time func() time.Time
		want error
	}{
		"in its life": {at(0), nil},
		"later":       {at(time.Hour), algorithm.ErrKeyExpired},
		"earlier":     {at(-time.Hour), algorithm.ErrNotYetValid},
		"now":         {nil, algorithm.ErrKeyExpired},
	} {
		e, err := verifyAll(cosign.Algorithm{Time: test.time}, c.Trust, text, c.Artifact)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err == nil && (e.TrustedRoot == nil || !slices.ContainsFunc(e.Notes, contains("table's own"))) { // for the certificate alone
			t.Errorf("%s: %+v", name, e)
		}
		// A proof of the time needs no clock.
		c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
		if _, err := verifyAll(cosign.Algorithm{Time: test.time}, c.Trust, c.Signature, c.Artifact); err != nil {
			t.Errorf("%s, with a timestamp: %v", name, err)
		}
	}
}

// What was fetched is an instance's only where trust starts there.
func TestFetchedName(t *testing.T) {
	for name, test := range map[string]struct {
		options cosign.TUFOptions
		want    string
	}{
		"public good":         {cosign.PublicGood(), "public-good"},
		"GitHub":              {cosign.GitHub(), "GitHub"},
		"another mirror":      {cosign.TUFOptions{Mirror: tuf.StagingMirror, Root: tuf.DefaultRoot()}, ""},
		"another root":        {cosign.TUFOptions{Mirror: tuf.DefaultMirror, Root: []byte("{}")}, ""},
		"GitHub's root alone": {cosign.TUFOptions{Mirror: tuf.DefaultMirror, Root: cosign.GitHub().Root}, ""},
	} {
		if got := cosign.InstanceName(test.options); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestInitialRoots: trust starts from roots that hold by themselves.
func TestInitialRoots(t *testing.T) {
	for name, o := range map[string]cosign.TUFOptions{"https://tuf-repo.github.com": cosign.GitHub(), tuf.DefaultMirror: cosign.PublicGood()} {
		if _, err := trustedmetadata.New(o.Root); err != nil || o.Mirror != name || o.CacheDir != "" || o.Offline {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLivesOfRoot: only the end of a time may be left open, and what is written
// as a bound is one.
func TestLivesOfRoot(t *testing.T) {
	text := testkeys.Find(t, "cosign", "ok-first-r2tsa").Trust.Values["trusted-root"].Content
	const from, until, zero = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00Z"
	for _, list := range []string{"tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"} {
		with := func(life any) []byte {
			return rootWith(t, text, func(r map[string]any) {
				of := r[list].([]any)[0].(map[string]any)
				if key, ok := of["publicKey"].(map[string]any); ok {
					of = key
				}
				if of["validFor"] = life; life == nil {
					delete(of, "validFor")
				}
			})
		}
		var unsaid error // that of an authority is its certificates'
		if strings.HasSuffix(list, "logs") {
			unsaid = algorithm.ErrMalformed
		}
		for name, test := range map[string]struct {
			life any
			want error
		}{
			"both bounds":       {map[string]any{"start": from, "end": until}, nil},
			"a start":           {map[string]any{"start": from}, nil},
			"a start at zero":   {map[string]any{"start": zero}, nil},
			"one moment":        {map[string]any{"start": from, "end": from}, nil},
			"an end":            {map[string]any{"end": until}, algorithm.ErrMalformed},
			"neither":           {map[string]any{}, algorithm.ErrMalformed},
			"an end at zero":    {map[string]any{"start": from, "end": zero}, algorithm.ErrMalformed},
			"both at zero":      {map[string]any{"start": zero, "end": zero}, algorithm.ErrMalformed},
			"a second after it": {map[string]any{"start": zero, "end": "0001-01-01T00:00:01Z"}, nil},
			"no time at all":    {nil, unsaid},
		} {
			if _, err := cosign.ParseTrustedRoot(with(test.life)); !errors.Is(err, test.want) {
				t.Errorf("%s, %s: got %v, want %v", list, name, err, test.want)
			}
		}
	}
}
