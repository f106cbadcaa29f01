package cosign_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/cosign"
	"github.com/relseal/relseal/internal/testkeys"
)

// apiAnswer is what the attestations API of GitHub says; a text that begins like
// a URL is one.
func apiAnswer(t *testing.T, bundles ...string) []byte {
	t.Helper()
	list := []any{}
	for i, b := range bundles {
		entry := map[string]any{"bundle": json.RawMessage(b), "bundle_url": "https://store.example/unused", "repository_id": i}
		if strings.HasPrefix(b, "http") {
			entry["bundle"], entry["bundle_url"] = nil, b
		}
		list = append(list, entry)
	}
	return marshal(t, map[string]any{"attestations": list})
}

func npmAnswer(t *testing.T, bundles ...string) []byte {
	t.Helper()
	list := []any{}
	for _, b := range bundles {
		list = append(list, map[string]any{"predicateType": "https://slsa.dev/provenance/v1", "bundle": json.RawMessage(b)})
	}
	return marshal(t, map[string]any{"attestations": list})
}

func jsonLines(_ *testing.T, bundles ...string) []byte {
	return []byte(strings.Join(bundles, "\n") + "\n")
}

// compacted is the case's bundle in one line.
func compacted(t *testing.T, c testkeys.Case) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, c.Signature); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Of several bundles the first counts that satisfies the table; if none does,
// each says why.
func TestSeveralBundles(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-att-gha-r1")
	good := compacted(t, c)
	stranger := compacted(t, testkeys.Find(t, "cosign", "ok-kl-email-r2tsa"))
	byKey := compacted(t, testkeys.Find(t, "cosign", "ok-key-p256-r1"))
	// The letter is in the middle of the signed entry timestamp.
	at := strings.Index(good, `"signedEntryTimestamp":"`) + len(`"signedEntryTimestamp":"`) + 40
	flipped := good[:at] + string(good[at]^1) + good[at+1:]
	const broken = `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","x":1}`
	for name, test := range map[string]struct {
		bundles []string
		want    error
	}{
		"one":                        {[]string{good}, nil},
		"three":                      {[]string{good, good, good}, nil},
		"good first":                 {[]string{good, stranger, broken}, nil},
		"good between":               {[]string{byKey, good, stranger}, nil},
		"good last":                  {[]string{broken, flipped, stranger, "{}", good}, nil},
		"32":                         {append(slices.Repeat([]string{stranger}, 31), good), nil},
		"33":                         {append(slices.Repeat([]string{stranger}, 32), good), algorithm.ErrTooLarge},
		"a stranger's":               {[]string{stranger, stranger}, algorithm.ErrIdentity},
		"a stranger's and broken":    {[]string{broken, stranger, broken}, algorithm.ErrIdentity},
		"a stranger's and flipped":   {[]string{stranger, flipped, broken}, algorithm.ErrInvalid},
		"broken":                     {[]string{broken, broken}, algorithm.ErrMalformed},
		"by key, without one":        {[]string{byKey, byKey}, algorithm.ErrIdentity},
		"another form that is JSON":  {[]string{`{"base64Signature":"AAAA"}`, `{"payloadType":"x"}`}, algorithm.ErrMalformed},
		"too many values in each":    {slices.Repeat([]string{`{"x":[` + strings.Repeat("0,", 20000) + `0]}`}, 2), algorithm.ErrTooLarge},
		"too many values in all":     {slices.Repeat([]string{`{"x":[` + strings.Repeat("0,", 12000) + `0]}`}, 32), algorithm.ErrTooLarge},
		"good behind too many in it": {[]string{`{"x":[` + strings.Repeat("0,", 20000) + `0]}`, good}, nil},
	} {
		for form, list := range map[string]func(*testing.T, ...string) []byte{"GitHub": apiAnswer, "npm": npmAnswer, "lines": jsonLines} {
			if form == "lines" && len(test.bundles) == 1 {
				continue // that is a bundle
			}
			text := list(t, test.bundles...)
			e, err := verifyAll(cosign.Algorithm{}, c.Trust, text, c.Artifact)
			if !errors.Is(err, test.want) {
				t.Errorf("%s, %s: got %v, want %v", form, name, err, test.want)
				continue
			}
			if err != nil {
				checkRefused(t, err, len(test.bundles), test.want)
				continue
			}
			if string(e.Bundle) != good {
				t.Errorf("%s, %s: another bundle counted: %.80s", form, name, e.Bundle)
			}
			checkRefusals(t, testkeys.Case{Trust: c.Trust, Signature: text, Artifact: c.Artifact})
		}
	}
}

// checkRefused checks that an error tells of so many bundles, and which reason
// is the main one.
func checkRefused(t *testing.T, err error, bundles int, want error) {
	t.Helper()
	if len(err.Error()) >= 500 || !strings.HasPrefix(err.Error(), want.Error()) {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
	testkeys.CheckShown(t, err.Error())
	var refused *algorithm.RefusedError
	if !errors.As(err, &refused) {
		if !errors.Is(err, algorithm.ErrTooLarge) {
			t.Errorf("no cause for each: %v", err)
		}
		return
	}
	if len(refused.Causes) != bundles || !errors.Is(refused.Main(), want) {
		t.Errorf("%d causes for %d bundles, the main one %v", len(refused.Causes), bundles, refused.Main())
	}
	for _, cause := range refused.Causes {
		if !typed(cause) || !errors.Is(err, cause) {
			t.Errorf("%v", cause)
		}
	}
}

// An answer that can't be read isn't one without attestations, and either is no
// signature.
func TestAnswers(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-att-gha-r1")
	good := compacted(t, c)
	entry := `{"bundle":` + good + `}`
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"empty":                {`{"attestations":[]}`, algorithm.ErrNoSignature},
		"empty, spread":        {"\n{\n \"attestations\" : [ \n] }\n", algorithm.ErrNoSignature},
		"null":                 {`{"attestations":null}`, algorithm.ErrNoSignature},
		"no list":              {`{"attestations":{}}`, algorithm.ErrMalformed},
		"text":                 {`{"attestations":"x"}`, algorithm.ErrMalformed},
		"none":                 {`{"message":"Not Found"}`, algorithm.ErrMalformed},
		"cut short":            {`{"attestations":[` + entry, algorithm.ErrMalformed},
		"two answers":          {`{"attestations":[` + entry + `]}{"attestations":[]}`, algorithm.ErrMalformed},
		"two on one line":      {good + good, algorithm.ErrMalformed},
		"a line that is none":  {good + "\nx\n", algorithm.ErrMalformed},
		"a list in a line":     {good + "\n[" + good + "]\n", algorithm.ErrMalformed},
		"a list alone":         {"[" + good + "]", algorithm.ErrMalformed},
		"entries that are not": {`{"attestations":[1,"x",null,[],{}]}`, algorithm.ErrMalformed},
		"bundles that are not": {`{"attestations":[{"bundle":1},{"bundle":"x"},{"bundle":[]},{"bundle":{}},{"bundle":null}]}`, algorithm.ErrMalformed},
		"URLs that are not":    {`{"attestations":[{"bundle_url":1},{"bundle_url":""},{"bundle_url":null},{"bundle_url":{}}]}`, algorithm.ErrMalformed},
		"more around":          {`{"total":1,"attestations":[1,` + entry + `],"next":[{"a":1}]}`, nil},
		"CRLF and empty lines": {"\r\n" + good + "\r\n\r\n" + good + "\r\n \r\n", nil},
		"a large number":       {`{"attestations":[` + strings.Repeat("{},", 1<<20) + `{}]}`, algorithm.ErrTooLarge},
		"a URL that is none":   {`{"attestations":[{"bundle_url":""}]}`, algorithm.ErrMalformed},
		"a form of its own":    {`{"attestations":[` + entry + `],"payloadType":"x"}`, algorithm.ErrMalformed},
	} {
		var err error
		used := allocated(func() { _, err = verifyAll(cosign.Algorithm{}, c.Trust, []byte(test.text), c.Artifact) })
		if !errors.Is(err, test.want) || errors.Is(err, algorithm.ErrNoSignature) != (test.want == algorithm.ErrNoSignature) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if used > uint64(40*len(test.text)+8<<20) {
			t.Errorf("%s: %d bytes allocated for %d", name, used, len(test.text))
		}
	}
}

// A store has documents by their URLs.
type store map[string][]byte

// bring does what package verify does about documents.
func (s store) bring(ctx context.Context, v algorithm.Verifier, digests ...algorithm.Digest) error {
	documents, ok := v.(algorithm.DocumentVerifier)
	if !ok {
		return nil
	}
	wanted, err := documents.Documents(digests...)
	if err != nil || len(wanted) == 0 {
		return err
	}
	if len(wanted) > 32 {
		return fmt.Errorf("%d documents are wanted", len(wanted))
	}
	var got []algorithm.Fetched
	for _, d := range wanted {
		f := algorithm.Fetched{Text: s[d.URL]}
		switch _, ok := s[d.URL]; {
		case ok:
		case strings.HasSuffix(d.URL, "/limited"):
			f.Err = fmt.Errorf("%s: %w", d.Role, errLimited)
		default:
			f.Err = fmt.Errorf("%w: %s %s", errAbsent, d.Role, d.URL)
		}
		if f.Err != nil && !d.Optional {
			return f.Err
		}
		got = append(got, f)
	}
	return documents.Take(ctx, got)
}

var (
	errAbsent  = errors.New("absent")
	errLimited = errors.New("too many requests")
)

// judge verifies with documents, by digests and by the bytes: the verdicts must
// agree.
func (s store) judge(a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte) (*algorithm.Evidence, error) {
	one, err := s.judgeOnce(a, trust, signature, artifact, false)
	other, otherErr := s.judgeOnce(a, trust, signature, artifact, true)
	switch {
	case (err == nil) != (otherErr == nil):
		return nil, fmt.Errorf("by bytes %v, by digests %v", err, otherErr) // no verdict, and neither is its reason
	case err != nil && err.Error() != otherErr.Error():
		return nil, fmt.Errorf("by bytes %w, by digests %w", err, otherErr)
	case err == nil && string(one.Bundle) != string(other.Bundle):
		return nil, errors.New("another bundle by digests")
	}
	return one, err
}

func (s store) judgeOnce(a cosign.Algorithm, trust algorithm.Trust, signature, artifact []byte, byDigest bool) (*algorithm.Evidence, error) {
	v, err := verifier(a, trust, signature)
	if err != nil {
		return nil, err
	}
	if err := s.bring(context.Background(), v); err != nil {
		return nil, err
	}
	var digests []algorithm.Digest
	for _, h := range v.(algorithm.DigestVerifier).Hashes() {
		running := h.New()
		running.Write(artifact)
		d, err := algorithm.NewDigest(h, running.Sum(nil))
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	if !byDigest || digests == nil {
		for chunk := range slices.Chunk(artifact, 100) {
			_, _ = v.Write(chunk)
		}
	}
	if err := s.bring(context.Background(), v, digests...); err != nil {
		return nil, err
	}
	if !byDigest || digests == nil {
		return v.Verify()
	}
	return byDigests(v, digests...)
}

// A bundle may lie at a URL, packed. It is fetched where the others don't do.
func TestBundlesByURL(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-att-gha-r1")
	good := compacted(t, c)
	stranger := compacted(t, testkeys.Find(t, "cosign", "ok-kl-email-r2tsa"))
	const at, there, nowhere, limited = "https://store.example/good", "https://store.example/stranger", "https://store.example/nowhere", "https://store.example/limited"
	s := store{at: snappy.Encode(nil, []byte(good)), there: snappy.Encode(nil, []byte(stranger)), "https://store.example/plain": []byte(good)}
	for name, test := range map[string]struct {
		bundles []string
		want    error
	}{
		"alone":                      {[]string{at}, nil},
		"twice":                      {[]string{at, at}, nil},
		"32":                         {append(slices.Repeat([]string{there}, 31), at), nil},
		"after others":               {[]string{stranger, there, at}, nil},
		"beside a good one":          {[]string{nowhere, good}, nil},
		"absent":                     {[]string{nowhere}, errAbsent},
		"absent, beside a bad one":   {[]string{stranger, nowhere}, algorithm.ErrIdentity},
		"absent, beside bad at URL":  {[]string{nowhere, there}, errAbsent},
		"one absent of two":          {[]string{at, nowhere}, nil},
		"good after absent":          {[]string{nowhere, limited, at}, nil},
		"good after bad and absent":  {[]string{stranger, nowhere, there, at}, nil},
		"all absent":                 {[]string{nowhere, nowhere}, errAbsent},
		"rate-limited":               {[]string{limited}, errLimited},
		"rate-limited and absent":    {[]string{nowhere, limited}, errLimited},
		"rate-limited and bad":       {[]string{limited, there}, errLimited},
		"bad and rate-limited":       {[]string{there, limited}, algorithm.ErrIdentity},
		"a stranger's":               {[]string{there, there}, algorithm.ErrIdentity},
		"a stranger's and no snappy": {[]string{"https://store.example/plain", there}, algorithm.ErrIdentity},
		"no snappy":                  {[]string{"https://store.example/plain"}, algorithm.ErrMalformed},
	} {
		e, err := s.judge(cosign.Algorithm{}, c.Trust, apiAnswer(t, test.bundles...), c.Artifact)
		if !errors.Is(err, test.want) || err == nil && string(e.Bundle) != good {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if test.want != nil {
			var refused *algorithm.RefusedError
			if several := len(test.bundles) > 1; several && (!errors.As(err, &refused) || len(refused.Causes) != len(test.bundles)) {
				t.Errorf("%s: not each is told: %v", name, err)
			} else if absent := errors.Is(err, errAbsent) || errors.Is(err, errLimited); !several && absent && errors.As(err, &refused) {
				t.Errorf("%s: the one that couldn't be had isn't told as it is: %v", name, err)
			}
			continue
		}
		_, err = s.judge(cosign.Algorithm{}, c.Trust, apiAnswer(t, test.bundles...), []byte("another"))
		if !errors.Is(err, algorithm.ErrInvalid) && !errors.Is(err, errAbsent) {
			t.Errorf("%s: another artifact: %v", name, err)
		}
	}
}

// Where the bundle that came along is about something else, the one at the URL
// counts, wanted after the bytes only.
func TestBundleByURLAfterBytes(t *testing.T) {
	a, s := newAttested(t), store{}
	first, second := a.bundle(t, []byte("first")), a.bundle(t, []byte("second"))
	s["https://store.example/second"] = snappy.Encode(nil, second)
	answer := apiAnswer(t, string(first), "https://store.example/second")
	for artifact, bundle := range map[string][]byte{"first": first, "second": second} {
		e, err := s.judge(cosign.Algorithm{}, a.trust, answer, []byte(artifact))
		if err != nil || !bytes.Equal(e.Bundle, bundle) {
			t.Errorf("%s: %v", artifact, err)
		}
	}
	if _, err := (store{}).judge(cosign.Algorithm{}, a.trust, answer, []byte("first")); err != nil {
		t.Errorf("a bundle was wanted without need: %v", err)
	}
	if _, err := s.judge(cosign.Algorithm{}, a.trust, answer, []byte("third")); !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("another artifact: %v", err)
	}
	// One that can't be had spoils none that can, and says why it doesn't count.
	absent := apiAnswer(t, string(first), "https://store.example/nowhere", "https://store.example/second")
	if e, err := s.judge(cosign.Algorithm{}, a.trust, absent, []byte("second")); err != nil || !bytes.Equal(e.Bundle, second) {
		t.Errorf("beside an absent one: %v", err)
	}
	if _, err := s.judge(cosign.Algorithm{}, a.trust, absent, []byte("third")); !errors.Is(err, algorithm.ErrInvalid) || !errors.Is(err, errAbsent) {
		t.Errorf("another artifact, beside an absent one: %v", err)
	}
	// One over the bytes themselves comes too late for them: that it is right
	// about none at all says nothing.
	s["https://store.example/second"] = snappy.Encode(nil, a.plain(t, nil))
	if _, err := s.judge(cosign.Algorithm{}, a.trust, answer, []byte("second")); !errors.Is(err, algorithm.ErrUnsupported) {
		t.Errorf("over no bytes: %v", err)
	}
	// Whoever knows nothing of documents gets no verdict by them.
	v, err := verifier(cosign.Algorithm{}, a.trust, answer)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = v.Write([]byte("second"))
	if e, err := v.Verify(); e != nil || !errors.Is(err, algorithm.ErrUnsupported) || !errors.Is(err, algorithm.ErrInvalid) {
		t.Errorf("without documents: %v, %v", e, err)
	}
	if v, err = verifier(cosign.Algorithm{}, a.trust, answer); err != nil {
		t.Fatal(err)
	}
	if err := v.(algorithm.DocumentVerifier).Take(t.Context(), nil); !errors.Is(err, algorithm.ErrMalformed) {
		t.Errorf("no documents: %v", err)
	}
}

// A bundle over the bytes themselves that came along and is right is enough, and
// so is any beside one over bytes; what lies at a URL is wanted only where neither
// is.
func TestNoNeedlessDocuments(t *testing.T) {
	a := newAttested(t)
	const nowhere = "https://store.example/nowhere"
	for _, artifact := range [][]byte{[]byte("artifact"), nil} {
		right, other := string(a.plain(t, artifact)), string(a.plain(t, []byte("other")))
		attested := string(a.bundle(t, artifact))
		for name, test := range map[string]struct {
			bundles []string
			want    error
		}{
			"over the bytes":           {[]string{nowhere, right}, nil},
			"over others, and right":   {[]string{other, right, nowhere}, nil},
			"attested beside other":    {[]string{other, nowhere, attested}, nil},
			"over others":              {[]string{nowhere, other}, errAbsent},
			"attested and over others": {[]string{other, string(a.bundle(t, []byte("other"))), nowhere}, errAbsent},
		} {
			text := apiAnswer(t, test.bundles...)
			e, err := store{}.judge(cosign.Algorithm{}, a.trust, text, artifact)
			if !errors.Is(err, test.want) || (e == nil) != (err != nil) {
				t.Errorf("%q, %s: got %v, want %v", artifact, name, err, test.want)
			}
			v, err := verifier(cosign.Algorithm{}, a.trust, text)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = v.Write(artifact)
			wanted, err := v.(algorithm.DocumentVerifier).Documents(testkeys.Digests(t, artifact)...)
			if needless := artifact != nil && test.want == nil && len(wanted) > 0; needless || err != nil {
				t.Errorf("%q, %s: %d documents, %v", artifact, name, len(wanted), err)
			}
		}
		// By digests alone nothing is known of the bytes.
		v, err := verifier(cosign.Algorithm{}, a.trust, apiAnswer(t, right, nowhere))
		if err != nil {
			t.Fatal(err)
		}
		documents := v.(algorithm.DocumentVerifier)
		for n, digests := range [][]algorithm.Digest{nil, testkeys.Digests(t, []byte("artifact"))} {
			if wanted, err := documents.Documents(digests...); err != nil || len(wanted) != n {
				t.Errorf("by digests: %d documents, %v", len(wanted), err)
			}
		}
	}
}

// The digests that are computed are those that the bundles are over; while one lies at a
// URL, all that it may need.
func TestSeveralHashes(t *testing.T) {
	a, artifact := newAttested(t), []byte("artifact")
	one, other, long := string(a.bundle(t, artifact)), string(a.bundle(t, []byte("other"))), string(a.about(t, artifact, crypto.SHA512))
	const at, longAt, nowhere = "https://store.example/one", "https://store.example/long", "https://store.example/nowhere"
	s := store{at: snappy.Encode(nil, []byte(one)), longAt: snappy.Encode(nil, []byte(long))}
	all := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	for name, test := range map[string]struct {
		bundles       []string
		before, after []crypto.Hash // what is wanted before the artifact was taken
	}{
		"of one kind":         {[]string{other, one}, all[:1], all[:1]},
		"of two":              {[]string{one, long}, []crypto.Hash{crypto.SHA256, crypto.SHA512}, []crypto.Hash{crypto.SHA256, crypto.SHA512}},
		"one refused":         {[]string{"{}", long}, all[2:], all[2:]},
		"at a URL":            {[]string{at}, all, all[:1]},
		"at two":              {[]string{nowhere, at, longAt}, all, []crypto.Hash{crypto.SHA256, crypto.SHA512}},
		"at a URL, not taken": {[]string{other, longAt}, all, all},
	} {
		text := apiAnswer(t, test.bundles...)
		v, err := verifier(cosign.Algorithm{}, a.trust, text)
		if err != nil {
			t.Fatal(err)
		}
		before := v.(algorithm.DigestVerifier).Hashes()
		if err := s.bring(t.Context(), v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if after := v.(algorithm.DigestVerifier).Hashes(); !slices.Equal(before, test.before) || !slices.Equal(after, test.after) {
			t.Errorf("%s: %v, then %v, want %v, then %v", name, before, after, test.before, test.after)
		}
		if _, err := s.judge(cosign.Algorithm{}, a.trust, text, artifact); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Where none can count any more it is said before the artifact comes: of one alone just
// why, of several for each.
func TestSeveralTaken(t *testing.T) {
	a := newAttested(t)
	const nowhere, large, stranger = "https://store.example/nowhere", "https://store.example/large", "https://store.example/stranger"
	s := store{large: snappy.Encode(nil, make([]byte, 4<<20+1)), stranger: snappy.Encode(nil, newAttested(t).bundle(t, nil))}
	for name, test := range map[string]struct {
		bundles []string
		want    []error
	}{
		"absent":             {[]string{nowhere}, []error{errAbsent}},
		"too large":          {[]string{large}, []error{algorithm.ErrTooLarge}},
		"all":                {[]string{stranger, nowhere, large}, []error{algorithm.ErrInvalid, errAbsent, algorithm.ErrTooLarge}},
		"the last is absent": {[]string{stranger, nowhere}, []error{algorithm.ErrInvalid, errAbsent}},
	} {
		v, err := verifier(cosign.Algorithm{}, a.trust, apiAnswer(t, test.bundles...))
		if err != nil {
			t.Fatal(err)
		}
		err = s.bring(t.Context(), v)
		var refused *algorithm.RefusedError
		if alone := name == "absent"; errors.As(err, &refused) == alone {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range test.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
	}
}

// Whoever waits no longer is told just that, and no bundle is refused for it.
func TestSeveralEnded(t *testing.T) {
	a := newAttested(t)
	const at = "https://store.example/x"
	key, err := (cosign.Algorithm{}).Key(a.trust)
	if err != nil {
		t.Fatal(err)
	}
	bundle := string(a.bundle(t, []byte("artifact")))
	v, err := key.Verifier(t.Context(), apiAnswer(t, at, at))
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, opened := key.Verifier(ended, apiAnswer(t, bundle, at))
	taken := store{at: snappy.Encode(nil, []byte(bundle))}.bring(ended, v)
	for what, err := range map[string]error{"opened": opened, "taken": taken} {
		var refused *algorithm.RefusedError
		if !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A bundle of too many values is refused for that before it is parsed, and counts
// against no other's limit.
func TestSeveralValues(t *testing.T) {
	a, artifact := newAttested(t), []byte("artifact")
	many := func(n int) string { return `{"x":[` + strings.Repeat("0,", n) + `0]}` }
	good := string(a.bundle(t, artifact))
	for name, test := range map[string]struct {
		bundles []string
		causes  []error
	}{
		"in each": {[]string{many(20000), many(20000)}, []error{algorithm.ErrTooLarge, algorithm.ErrTooLarge}},
		"in one":  {[]string{many(12000), many(20000)}, []error{algorithm.ErrMalformed, algorithm.ErrTooLarge}},
		"in it":   {[]string{many(20000), good}, nil},
	} {
		text := jsonLines(t, test.bundles...)
		_, err := verifier(cosign.Algorithm{}, a.trust, text)
		if test.causes == nil {
			_, err = store{}.judge(cosign.Algorithm{}, a.trust, text, artifact)
		}
		var refused *algorithm.RefusedError
		if errors.As(err, &refused) != (test.causes != nil) || err != nil && refused == nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range test.causes {
			if !errors.Is(refused.Causes[i], want) {
				t.Errorf("%s: bundle %d: %v", name, i, refused.Causes[i])
			}
		}
	}
}

// All bundles of a document share limits: what they cost doesn't grow with
// their number.
func TestSeveralCost(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-first-r2tsa")
	first := testkeys.Find(t, "cosign", "ok-first-r1")
	change := func(c testkeys.Case, change func(material map[string]any)) string {
		var doc map[string]any
		if err := json.Unmarshal(c.Signature, &doc); err != nil {
			t.Fatal(err)
		}
		change(doc["verificationMaterial"].(map[string]any))
		return string(marshal(t, doc))
	}
	entries := change(first, func(m map[string]any) {
		one := m["tlogEntries"].([]any)[0].(map[string]any)
		list := []any{}
		for i := range 31 {
			other := map[string]any{}
			for k, v := range one {
				other[k] = v
			}
			other["logIndex"] = fmt.Sprint(1000 + i)
			list = append(list, other)
		}
		m["tlogEntries"] = append(list, one)
	})
	stamps := change(c, func(m map[string]any) {
		data := m["timestampVerificationData"].(map[string]any)
		one := data["rfc3161Timestamps"].([]any)[0]
		data["rfc3161Timestamps"] = slices.Repeat([]any{one}, 8)
	})
	keys, b := "", newBundleBuilder(t)
	for range 64 {
		keys += publicPEM(t, newECDSA(t, elliptic.P521()))
	}
	for name, test := range map[string]struct {
		trust    algorithm.Trust
		bundle   string
		artifact []byte
		tooBig   int // the first bundle that is over the limit
	}{
		"log entries": {first.Trust, entries, []byte("x"), 2},
		"timestamps":  {c.Trust, stamps, []byte("x"), 8},
		"keys":        {algorithm.Trust{PublicKeys: []string{keys}}, string(b.bundle(t, nil)), b.artifact, 1},
		"good ones":   {c.Trust, compacted(t, c), []byte("x"), 32},
	} {
		var err error
		start := time.Now()
		used := allocated(func() {
			_, err = store{}.judgeOnce(cosign.Algorithm{}, test.trust, jsonLines(t, slices.Repeat([]string{test.bundle}, 32)...), test.artifact, true)
		})
		t.Logf("%s: %v, %d bytes", name, time.Since(start), used)
		var refused *algorithm.RefusedError
		if !errors.As(err, &refused) || time.Since(start) > 10*time.Second || used > 256<<20 {
			t.Fatalf("%s: %v, %d bytes: %v", name, time.Since(start), used, err)
		}
		for i, cause := range refused.Causes {
			if over := errors.Is(cause, algorithm.ErrTooLarge) && strings.Contains(cause.Error(), "in all"); over != (i >= test.tooBig) {
				t.Errorf("%s: bundle %d: %v", name, i, cause)
			}
		}
	}
}

// attested makes bundles by a key, about artifacts that it is given.
type attested struct {
	private ed25519.PrivateKey
	trust   algorithm.Trust
}

func newAttested(t *testing.T) *attested {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return &attested{private, algorithm.Trust{PublicKeys: []string{pemText("PUBLIC KEY", der)}}}
}

func (a *attested) bundle(t *testing.T, artifact []byte) []byte {
	t.Helper()
	return a.about(t, artifact, crypto.SHA256)
}

// about is a bundle that has the artifact's digest by that hash.
func (a *attested) about(t *testing.T, artifact []byte, h crypto.Hash) []byte {
	t.Helper()
	digest := testkeys.Digests(t, artifact, h)[0]
	statement := fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1",`+
		`"subject":[{"name":"a","digest":{%q:%q}}],"predicate":{}}`, digest.Name(), digest.Hex())
	const kind = "application/vnd.in-toto+json"
	pae := fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(statement), statement)
	return marshal(t, map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "any"}},
		"dsseEnvelope": map[string]any{
			"payloadType": kind, "payload": []byte(statement), "signatures": []any{map[string]any{"sig": ed25519.Sign(a.private, []byte(pae))}},
		},
	})
}

// plain is a bundle over the bytes themselves.
func (a *attested) plain(t *testing.T, artifact []byte) []byte {
	t.Helper()
	return marshal(t, map[string]any{
		"mediaType":            "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{"publicKey": map[string]any{"hint": "any"}},
		"messageSignature":     map[string]any{"signature": ed25519.Sign(a.private, artifact)},
	})
}

// Bundles over digests and over the bytes themselves may stand side by side.
func TestSeveralOverBytes(t *testing.T) {
	a, artifact := newAttested(t), []byte("artifact")
	other := string(a.plain(t, []byte("other")))
	for name, test := range map[string]struct {
		bundles []string
		want    error
	}{
		"bytes first":       {[]string{string(a.plain(t, artifact)), string(a.bundle(t, []byte("other")))}, nil},
		"bytes last":        {[]string{string(a.bundle(t, []byte("other"))), string(a.plain(t, artifact))}, nil},
		"digest last":       {[]string{other, string(a.bundle(t, artifact))}, nil},
		"four over bytes":   {[]string{other, other, other, string(a.plain(t, artifact))}, nil},
		"five over bytes":   {[]string{other, other, other, other, string(a.plain(t, artifact))}, algorithm.ErrTooLarge},
		"others over bytes": {[]string{other, other}, algorithm.ErrInvalid},
	} {
		text := jsonLines(t, test.bundles...)
		_, err := store{}.judge(cosign.Algorithm{}, a.trust, text, artifact)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		v, err := verifier(cosign.Algorithm{}, a.trust, text)
		if err != nil {
			t.Fatal(err)
		}
		if hashes := v.(algorithm.DigestVerifier).Hashes(); len(hashes) != 0 {
			t.Errorf("%s: the bytes are needed, and %v are said to be enough", name, hashes)
		}
		// By digest alone those count that can be judged so.
		if _, err := byDigests(v, testkeys.Digests(t, artifact)...); (err == nil) != (name == "digest last") || err != nil && !typed(err) {
			t.Errorf("%s, by digest: %v", name, err)
		}
	}
}

// A bundle that unpacks to much is refused before it does.
func TestSnappyBombs(t *testing.T) {
	c := testkeys.Find(t, "cosign", "ok-att-gha-r1")
	zeros := snappy.Encode(nil, make([]byte, 4<<20))
	framed := new(bytes.Buffer)
	w := snappy.NewBufferedWriter(framed)
	_, _ = w.Write(c.Signature)
	_ = w.Close()
	for name, test := range map[string]struct {
		packed []byte
		want   error
		most   uint64 // bytes
	}{
		"over 4 MiB":             {snappy.Encode(nil, make([]byte, 4<<20+1)), algorithm.ErrTooLarge, 1 << 20},
		"4 GiB":                  {append([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, make([]byte, 1<<16)...), algorithm.ErrTooLarge, 1 << 20},
		"a length alone":         {[]byte{0x80, 0x80, 0x80, 0x02}, algorithm.ErrTooLarge, 1 << 20},
		"a repeat of 2^24":       {[]byte{0x80, 0x80, 0x80, 0x02, 0x00, 'x', 0x1d, 0x00, 0xff, 0xff, 0x3f}, algorithm.ErrTooLarge, 1 << 20},
		"more than it says":      {append([]byte{10}, zeros[4:]...), algorithm.ErrMalformed, 1 << 20},
		"less than it says":      {append([]byte{0xff, 0x7f}, make([]byte, 1<<12)...), algorithm.ErrMalformed, 1 << 20},
		"no length":              {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, algorithm.ErrMalformed, 1 << 20},
		"nothing":                {nil, algorithm.ErrMalformed, 1 << 20},
		"framed":                 {framed.Bytes(), algorithm.ErrMalformed, 1 << 20},
		"zeros, as many as may":  {zeros, algorithm.ErrMalformed, 16 << 20},
		"text that is no bundle": {snappy.Encode(nil, []byte("hello")), algorithm.ErrMalformed, 1 << 20},
	} {
		v, err := verifier(cosign.Algorithm{}, c.Trust, apiAnswer(t, "https://store.example/x"))
		if err != nil {
			t.Fatal(err)
		}
		used := allocated(func() { err = store{"https://store.example/x": test.packed}.bring(t.Context(), v) })
		if !errors.Is(err, test.want) || used > test.most {
			t.Errorf("%s: got %v with %d bytes allocated, want %v", name, err, used, test.want)
		}
	}
	// In all they unpack to 16 MiB at most.
	v, err := verifier(cosign.Algorithm{}, c.Trust, apiAnswer(t, slices.Repeat([]string{"https://store.example/x"}, 32)...))
	if err != nil {
		t.Fatal(err)
	}
	used := allocated(func() { err = store{"https://store.example/x": zeros}.bring(t.Context(), v) })
	var refused *algorithm.RefusedError
	if !errors.As(err, &refused) || !errors.Is(refused.Causes[0], algorithm.ErrMalformed) || !errors.Is(refused.Causes[4], algorithm.ErrTooLarge) || used > 64<<20 {
		t.Errorf("%d bytes allocated: %v", used, err)
	}
}
