package ssh_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	cryptossh "golang.org/x/crypto/ssh"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
)

const alice = "alice@example.org"

var artifact = []byte("the artifact\n")

// A verdict is what a test wants: stage "" is a good signature.
type verdict struct {
	stage  string
	reason error
}

func (want verdict) check(t *testing.T, e *algorithm.Evidence, stage string, err error) {
	t.Helper()
	switch {
	case want.stage == "" && (err != nil || e == nil):
		t.Errorf("refused at %s: %v", stage, err)
	case want.stage != "" && (stage != want.stage || !errors.Is(err, want.reason) || e != nil):
		t.Errorf("got %s: %v, want %s: %v", stage, err, want.stage, want.reason)
	}
}

func TestSigners(t *testing.T) {
	signer, other := newEd25519(t), newEd25519(t)
	key, otherKey := line(signer), line(other)
	signature := sign(t, signer, artifact, "sha512", nil)
	bare, listed := []string{key}, []string{alice + " " + key}

	good := verdict{}
	badKey := verdict{"key", algorithm.ErrMalformed}
	noneHolds := verdict{"key", algorithm.ErrIdentity}
	notThisOne := verdict{"signature", algorithm.ErrIdentity}
	wrongKey := verdict{"signature", algorithm.ErrWrongKey}
	for name, c := range map[string]struct {
		keys                 []string
		principal, namespace string
		want                 verdict
	}{
		"bare key, no principal":                     {keys: bare, want: good},
		"bare key with a comment":                    {keys: []string{strings.TrimSpace(key) + " alice's laptop"}, want: good},
		"bare key, tabs and CRLF":                    {keys: []string{"\t" + strings.TrimSpace(strings.ReplaceAll(key, " ", "\t ")) + "\r\n"}, want: good},
		"bare key, default namespace by name":        {keys: bare, namespace: "file", want: good},
		"bare key, other namespace":                  {keys: bare, namespace: "git", want: notThisOne},
		"bare key, principal declared":               {keys: bare, principal: alice, want: noneHolds},
		"listed, principal declared":                 {keys: listed, principal: alice, want: good},
		"listed, no principal":                       {keys: listed, want: noneHolds},
		"listed under any, no principal":             {keys: []string{"* " + key}, want: noneHolds},
		"authorized_keys with an option":             {keys: []string{"no-pty " + key}, want: noneHolds},
		"option in place of principals":              {keys: []string{`namespaces="git" ` + key}, want: badKey},
		"listed, other principal":                    {keys: listed, principal: "bob", want: noneHolds},
		"principal is a pattern, not matched as one": {keys: listed, principal: "*", want: noneHolds},
		"case of principals counts":                  {keys: listed, principal: "Alice@example.org", want: noneHolds},
		"quoted principals":                          {keys: []string{`"alice@example.org" ` + key}, principal: alice, want: good},
		"quoted principals with a space":             {keys: []string{`"bob,alice doe" ` + key}, principal: "alice doe", want: good},
		"open quote of principals":                   {keys: []string{`"alice@example.org ` + key}, principal: alice, want: badKey},
		"quoted principals alone":                    {keys: []string{`"alice@example.org"`}, principal: alice, want: badKey},
		"quote followed by an option":                {keys: []string{`"alice@example.org"namespaces="file" ` + key}, principal: alice, want: badKey},
		"quote not followed by a space":              {keys: []string{`"alice@example.org"x ` + key}, principal: alice, want: badKey},
		"quote within denied principals":             {keys: []string{`*,!"alice@example.org" ` + key}, principal: alice, want: badKey},
		"quote that ends within denied principals":   {keys: []string{`*,!"alice"@example.org ` + key}, principal: alice, want: badKey},
		"quote behind principals":                    {keys: []string{`alice@example.org" ` + key}, principal: alice, want: badKey},
		"CR behind denied principals":                {keys: []string{"*,!alice@example.org\r " + key}, principal: alice, want: badKey},
		"NUL behind denied principals":               {keys: []string{"*,!alice@example.org\x00 " + key}, principal: alice, want: badKey},
		"CR in front":                                {keys: []string{"\r" + listed[0]}, principal: alice, want: badKey},
		"ESC in the comment":                         {keys: []string{strings.TrimSpace(listed[0]) + " a\x1b[31m"}, principal: alice, want: badKey},
		"tab in the comment":                         {keys: []string{strings.TrimSpace(listed[0]) + " a\tb\xff"}, principal: alice, want: good},
		"CRLF":                                       {keys: []string{"# first\r\n\r\n" + strings.TrimSpace(listed[0]) + "\r\n"}, principal: alice, want: good},
		"longest principal":                          {keys: []string{"* " + key}, principal: strings.Repeat("a", ssh.MaxName), want: good},
		"principal too long":                         {keys: []string{"* " + key}, principal: strings.Repeat("a", ssh.MaxName+1), want: verdict{"key", algorithm.ErrTooLarge}},
		"namespace too long":                         {keys: bare, namespace: strings.Repeat("a", ssh.MaxName+1), want: verdict{"key", algorithm.ErrTooLarge}},
		"bare and listed: the listed one signs":      {keys: []string{otherKey, alice + " " + key}, principal: alice, want: good},
		"bare and listed: the bare one signs":        {keys: []string{key, alice + " " + otherKey}, principal: alice, want: notThisOne},
		"second text":                                {keys: []string{otherKey, key}, want: good},
		"second line":                                {keys: []string{otherKey + "# comment\n\n" + key}, want: good},
		"listed for another, other key for her":      {keys: []string{"bob " + key + alice + " " + otherKey}, principal: alice, want: notThisOne},
		"listed twice, once for her":                 {keys: []string{"bob " + key + alice + " " + key}, principal: alice, want: good},
		"other key":                                  {keys: []string{otherKey}, want: wrongKey},
		"other key, and a line that can't be read":   {keys: []string{otherKey + "garbage here\n"}, want: wrongKey},
		"garbage first":                              {keys: []string{"garbage here\n" + key}, want: good},
		"only garbage in one of the texts":           {keys: []string{key, "garbage here"}, want: badKey},
		"only comments in one of the texts":          {keys: []string{key, "# nothing\n"}, want: badKey},
		"no text":                                    {keys: nil, want: badKey},
		"empty text":                                 {keys: []string{""}, want: badKey},
		"type that isn't the blob's":                 {keys: []string{strings.Replace(key, "ssh-ed25519", "ssh-rsa", 1)}, want: badKey},
		"type that the blob's only begins with":      {keys: []string{strings.Replace(key, "ssh-ed25519", "ssh-ed", 1)}, want: badKey},
		"type of 2 GiB":                              {keys: []string{"ssh-ed25519 " + base64.StdEncoding.EncodeToString([]byte("\x80\x00\x00\x00ssh-ed25519"))}, want: badKey},
		"type of 4 GiB":                              {keys: []string{"ssh-ed25519 " + base64.StdEncoding.EncodeToString([]byte("\xff\xff\xff\xffssh-ed25519"))}, want: badKey},
		"type alone":                                 {keys: []string{"ssh-ed25519"}, want: badKey},
		"type that is cut off":                       {keys: []string{"ssh-ed25519 " + base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x0bssh-ed25"))}, want: badKey},
		"base64 without its padding":                 {keys: []string{alice + " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"}, principal: alice, want: badKey},
		"CR within the base64":                       {keys: []string{strings.Replace(key, "AAAA", "AA\rAA", 1)}, want: badKey},
		"unused bits of the base64":                  {keys: []string{unusedBits(t)}, want: badKey},
		"certificate in place of a key":              {keys: []string{line(certify(t, signer, other, nil))}, want: verdict{"key", algorithm.ErrUnsupported}},
		"private key":                                {keys: []string{"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"}, want: badKey},
		"control character in the principal":         {keys: listed, principal: "alice\x1b", want: badKey},
		"principal that isn't UTF-8":                 {keys: []string{"* " + key}, principal: "alice\xff", want: badKey},
		"control character in the namespace":         {keys: bare, namespace: "fi\nle", want: badKey},

		"namespaces, listed":              {keys: []string{alice + ` namespaces="git,file" ` + key}, principal: alice, want: good},
		"namespaces, another declared":    {keys: []string{alice + ` namespaces="git,file" ` + key}, principal: alice, namespace: "git", want: notThisOne},
		"namespaces, only the signed one": {keys: []string{alice + ` namespaces="file" ` + key}, principal: alice, namespace: "git", want: noneHolds},
		"case of namespaces counts":       {keys: bare, namespace: "File", want: notThisOne},
		"namespace that goes on":          {keys: bare, namespace: "fil", want: notThisOne},
		"namespaces, not listed":          {keys: []string{alice + ` namespaces="git" ` + key}, principal: alice, want: noneHolds},
		"namespaces, empty":               {keys: []string{alice + ` namespaces="" ` + key}, principal: alice, want: noneHolds},
		"namespaces, negated":             {keys: []string{alice + ` namespaces="!file,*" ` + key}, principal: alice, want: noneHolds},
		"namespaces, one line allows it":  {keys: []string{alice + ` namespaces="git" ` + key + alice + " " + key}, principal: alice, want: good},
		"option in upper case":            {keys: []string{alice + ` NAMESPACES="file" ` + key}, principal: alice, want: good},
		"option with U+0130 for an I":     {keys: []string{alice + " VAL\u0130D-AFTER=\"20200101\" " + key}, principal: alice, want: badKey},
		"namespaces without quotes":       {keys: []string{alice + ` namespaces=file ` + key}, principal: alice, want: badKey},
		"namespaces without value":        {keys: []string{alice + ` namespaces ` + key}, principal: alice, want: badKey},
		"namespaces twice":                {keys: []string{alice + ` namespaces="file",namespaces="file" ` + key}, principal: alice, want: badKey},
		"namespaces twice, first empty":   {keys: []string{alice + ` namespaces="",namespaces="file" ` + key}, principal: alice, want: badKey},
		"open quote of an option":         {keys: []string{alice + ` namespaces="file ` + key}, principal: alice, want: badKey},
		"quote within an option":          {keys: []string{alice + ` namespaces="fi"le" ` + key}, principal: alice, want: badKey},
		"backslash in an option":          {keys: []string{alice + ` namespaces="a\b,file" ` + key}, principal: alice, want: badKey},
		"quotes within an option":         {keys: []string{alice + ` namespaces="x"file"y" ` + key}, principal: alice, want: badKey},
		"escape in an option":             {keys: []string{alice + ` namespaces="fi\"le" ` + key}, principal: alice, want: badKey},
		"space in a quoted option":        {keys: []string{alice + ` namespaces="a b,file" ` + key}, principal: alice, want: good},
		"comma at the end of the options": {keys: []string{alice + ` namespaces="file", ` + key}, principal: alice, want: badKey},
		"valid-after twice":               {keys: []string{alice + ` valid-after="20200101",valid-after="20200101" ` + key}, principal: alice, want: badKey},
		"valid-before twice":              {keys: []string{alice + ` valid-before="22000101",valid-before="22000101" ` + key}, principal: alice, want: badKey},
		"valid-before without quotes":     {keys: []string{alice + ` valid-before=22000101 ` + key}, principal: alice, want: badKey},
		"unknown option with a time":      {keys: []string{alice + ` valid-til="22000101" ` + key}, principal: alice, want: badKey},
		"no option before a comma":        {keys: []string{alice + ` ,namespaces="file" ` + key}, principal: alice, want: badKey},
		"unknown option among known ones": {keys: []string{alice + ` namespaces="file",touch ` + key}, principal: alice, want: badKey},
		"cert-authority with a value":     {keys: []string{alice + ` cert-authority="x" ` + key}, principal: alice, want: badKey},
		"an authority signs by itself":    {keys: []string{alice + ` cert-authority ` + key}, principal: alice, want: wrongKey},
		"time that is none":               {keys: []string{alice + ` valid-after="20200230" ` + key}, principal: alice, want: badKey},
		"empty window":                    {keys: []string{alice + ` valid-after="20200101",valid-before="20200101Z" ` + key}, principal: alice, want: badKey},
	} {
		t.Run(name, func(t *testing.T) {
			trust := signers(c.principal, c.keys...)
			if c.namespace != "" {
				trust = testkeys.With(trust, "namespace", c.namespace)
			}
			e, stage, err := verify(trust, signature, artifact)
			c.want.check(t, e, stage, err)
			if c.want.stage == "" && c.principal == "" && e.UserIDs != nil {
				t.Errorf("a bare key proves the principal %q", e.UserIDs)
			}
		})
	}
}

// TestWhyNoLine: what is wrong with the first line is told, and that the others
// don't hold either.
func TestWhyNoLine(t *testing.T) {
	key := strings.TrimSpace(line(newEd25519(t)))
	for text, want := range map[string]string{
		`"alice ` + key:                 "principals with an open quote",
		`"alice"x ` + key:               "principals with an open quote",
		`ali"ce ` + key:                 "a quote within the principals",
		"alice x":                       "neither a public key nor a line of allowed signers",
		"alice touch " + key:            `option "touch" is unknown, not in quotes, or stands there twice`,
		"bob " + key:                    `line 1 of key 1 is for the principals "bob", not "alice"`,
		"bob " + key + "\ncarol " + key: `line 1 of key 1 is for the principals "bob", not "alice" (nor does another line hold)`,
	} {
		_, err := (ssh.Algorithm{}).Key(signers("alice", text))
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := (ssh.Algorithm{}).Key(signers("", key, "# nothing\n")); !errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "key 2 has no line") {
		t.Error(err)
	}
}

// unusedBits is a P-256 key whose base64 ends in "=" and has a bit set that
// stands for nothing. It is written with care: the same key without is good.
func unusedBits(t *testing.T) string {
	t.Helper()
	good := strings.TrimSpace(line(newECDSA(t, elliptic.P256())))
	if _, err := (ssh.Algorithm{}).Key(algorithm.Trust{PublicKeys: []string{good}}); err != nil || good[len(good)-2] == '=' || good[len(good)-1] != '=' {
		t.Fatal(good, err)
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := len(good) - 2
	return good[:last] + string(digits[strings.IndexByte(digits, good[last])|1]) + "="
}

func TestFields(t *testing.T) {
	testkeys.CheckFields(t, ssh.Algorithm{}, algorithm.Trust{PublicKeys: []string{line(newEd25519(t))}},
		algorithm.Field{Name: "principal", Kind: algorithm.Text}, algorithm.Field{Name: "namespace", Kind: algorithm.Text, Signed: true})
	if _, ok := algorithm.Algorithm(ssh.Algorithm{}).(algorithm.Binder); ok {
		t.Error("an SSHSIG has neither a name nor a version")
	}
}

// TestReplay: a namespace that says the version, or the name, is signed, so that
// an older release, or another file, of the same signer is refused before its
// bytes. One that says nothing lets both pass, and the evidence has neither.
func TestReplay(t *testing.T) {
	signer := newEd25519(t)
	now := signFor(t, signer, "foo@1.2.3", artifact, "sha512", nil)
	trust := algorithm.Trust{PublicKeys: []string{line(signer)}}
	for _, c := range []struct {
		namespace string
		signature []byte
		want      verdict
	}{
		{"foo@1.2.3", now, verdict{}},
		{"FOO@1.2.3", now, verdict{"signature", algorithm.ErrIdentity}},
		{"foo@1.2.3", signFor(t, signer, "foo@1.2.2", artifact, "sha512", nil), verdict{"signature", algorithm.ErrIdentity}},
		{"foo@1.2.3", signFor(t, signer, "bar@1.2.3", artifact, "sha512", nil), verdict{"signature", algorithm.ErrIdentity}},
		{"foo@1.2.3", signFor(t, signer, "foo@1.2.2", artifact, "sha512", func(e *envelope) { e.Namespace = "foo@1.2.3" }), verdict{"artifact", algorithm.ErrInvalid}},
		{"file", sign(t, signer, artifact, "sha512", nil), verdict{}},
	} {
		stage, e, err := testkeys.Judge(t, ssh.Algorithm{}, testkeys.With(trust, "namespace", c.namespace), c.signature, artifact)
		c.want.check(t, e, stage, err)
		if e != nil && (e.FileName != "" || e.Version != "" || e.Details["namespace"] != c.namespace) {
			t.Errorf("%+v", e)
		}
	}
}

// TestExpires: the keys end with the last of the lines that hold, and not at all
// where one of these doesn't.
func TestExpires(t *testing.T) {
	key, other := line(newEd25519(t)), line(newEd25519(t))
	for _, c := range []struct {
		principal, want string
		keys            []string
	}{
		{"", "", []string{key}},
		{alice, "", []string{alice + " " + key}},
		{alice, "2030-01-01", []string{alice + ` valid-before="20300101" ` + key}},
		{alice, "2031-01-01", []string{alice + ` valid-before="20300101" ` + key, alice + ` valid-before="20310101" ` + other}},
		{alice, "2031-01-01", []string{alice + ` valid-before="20310101" ` + key + alice + ` valid-before="20300101" ` + other}},
		{alice, "", []string{alice + ` valid-before="20300101" ` + key, alice + ` valid-after="20200101" ` + other}},
		{alice, "2030-01-01", []string{alice + ` valid-before="20300101" ` + key, "bob " + other}},
		{alice, "2030-01-01", []string{alice + ` valid-before="20300101" ` + key, `bob valid-before="20400101" ` + other}},
		{alice, "2030-01-01", []string{alice + ` cert-authority,valid-before="20300101" ` + key}},
	} {
		k, err := (ssh.Algorithm{}).Key(signers(c.principal, c.keys...))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if at := k.(algorithm.ExpiringKey).Expires(); !at.IsZero() {
			got = at.Format(time.DateOnly)
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.keys, got, c.want)
		}
	}
}

func TestWindow(t *testing.T) {
	signer := newEd25519(t)
	signature := sign(t, signer, artifact, "sha512", nil)
	at := func(s string) time.Time {
		tm, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	good, early, late := verdict{}, verdict{"signature", algorithm.ErrNotYetValid}, verdict{"signature", algorithm.ErrKeyExpired}
	for _, c := range []struct {
		options, now string
		want         verdict
	}{
		{`valid-after="20240229"`, "2024-02-29T00:00:00Z", good},
		{`valid-after="20240229"`, "2024-02-28T23:59:59Z", early},
		{`valid-after="20240229Z"`, "2024-02-28T23:59:59Z", early},
		{`valid-after="202402291530"`, "2024-02-29T15:29:59Z", early},
		{`valid-after="202402291530"`, "2024-02-29T15:30:00Z", good},
		{`valid-after="20240229153001Z"`, "2024-02-29T15:30:00Z", early},
		{`valid-after="20240229153001Z"`, "2024-02-29T15:30:01Z", good},
		{`valid-before="20240229"`, "2024-02-29T00:00:00Z", good}, // "at or before"
		{`valid-before="20240229"`, "2024-02-29T00:00:01Z", late},
		{`valid-before="20240229Z"`, "2024-02-29T01:00:00+01:00", good},
		{`valid-after="20240101",valid-before="20240201"`, "2024-01-15T00:00:00Z", good},
		{`valid-after="20240101",valid-before="20240201"`, "2023-12-31T00:00:00Z", early},
		{`valid-after="20240101",valid-before="20240201"`, "2024-02-02T00:00:00Z", late},
	} {
		trust := signers(alice, alice+" "+c.options+" "+line(signer))
		t.Run(c.options+" "+c.now, func(t *testing.T) {
			e, stage, err := verifyWith(clock(at(c.now)), trust, signature, artifact)
			c.want.check(t, e, stage, err)
		})
	}

	t.Run("any line of the key", func(t *testing.T) {
		keys := alice + ` valid-before="20200101" ` + line(signer) + alice + ` valid-after="20200101" ` + line(signer)
		e, stage, err := verify(signers(alice, keys), signature, artifact)
		good.check(t, e, stage, err)
	})
}

// TestFirstReason: of several lines with the key, none of which holds, the first
// says why.
func TestFirstReason(t *testing.T) {
	signer := newEd25519(t)
	signature := sign(t, signer, artifact, "sha512", nil)
	ended, begins := alice+` valid-before="20200101" `+line(signer), alice+` valid-after="22000101" `+line(signer)
	for keys, want := range map[string]error{ended + begins: algorithm.ErrKeyExpired, begins + ended: algorithm.ErrNotYetValid} {
		_, stage, err := verifyWith(clock(certNow), signers(alice, keys), signature, artifact)
		verdict{"signature", want}.check(t, nil, stage, err)
	}
}

func TestTimeFormats(t *testing.T) {
	key := line(newEd25519(t))
	for _, s := range []string{
		"", "Z", "2020", "2020-01-01", "202001", "20201301", "2020010125", "202001012460", "20200101000000.5",
		"20200101ZZ", "20200101z", "20200101UTC", "+2020101", " 20200101", "always", "0", "2020010100", "20200101000060",
		"00010101", "19700101", "197001010000Z",
	} {
		for _, option := range []string{"valid-after", "valid-before"} {
			if _, err := (ssh.Algorithm{}).Key(signers(alice, alice+" "+option+`="`+s+`" `+key)); !errors.Is(err, algorithm.ErrMalformed) {
				t.Errorf("%s=%q: %v", option, s, err)
			}
		}
	}
}

func TestName(t *testing.T) {
	if name := (ssh.Algorithm{}).Name(); name != "ssh" {
		t.Error(name)
	}
}

func TestIDs(t *testing.T) {
	a, b, c := newEd25519(t), newEd25519(t), newEd25519(t)
	key, err := ssh.Algorithm{}.Key(signers(alice, alice+" "+line(a)+"bob "+line(b), "*@example.org cert-authority "+line(c)+alice+" "+line(a)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{cryptossh.FingerprintSHA256(a.PublicKey()), cryptossh.FingerprintSHA256(c.PublicKey())}
	if got := key.IDs(); !slices.Equal(got, want) {
		t.Errorf("IDs %q, want %q", got, want)
	}
}

// A list of signers that outgrew its keys still serves the good ones, and says
// which lines were left out.
func TestSkippedLines(t *testing.T) {
	signer, weak := newEd25519(t), newWeakRSA(t)
	trust := algorithm.Trust{PublicKeys: []string{"garbage\x1b here\n" + line(weak) + line(signer)}}
	e, _, err := verify(trust, sign(t, signer, artifact, "sha512", nil), artifact)
	if err != nil {
		t.Fatal(err)
	}
	note := e.Notes[len(e.Notes)-1]
	if !strings.HasPrefix(note, "2 lines were skipped; the first: line 1 of key 1: malformed") || strings.Contains(note, "\x1b") {
		t.Errorf("note %q", note)
	}
	_, stage, err := verify(trust, sign(t, newEd25519(t), artifact, "sha512", nil), artifact)
	if stage != "signature" || !errors.Is(err, algorithm.ErrWrongKey) || errors.Is(err, algorithm.ErrMalformed) || !strings.Contains(err.Error(), "2 lines were skipped") {
		t.Errorf("%s: %v", stage, err)
	}
}

func TestLimits(t *testing.T) {
	signer := newEd25519(t)
	signature := sign(t, signer, artifact, "sha512", nil)
	key := line(signer)
	fill := func(s string, n int) string { return s + strings.Repeat("#", n-len(s)) }
	for name, c := range map[string]struct {
		keys      []string
		signature string
		want      verdict
	}{
		"longest key text":   {[]string{fill(key, ssh.MaxKeyText)}, string(signature), verdict{}},
		"key text too long":  {[]string{fill(key, ssh.MaxKeyText+1)}, string(signature), verdict{"key", algorithm.ErrTooLarge}},
		"longest texts":      {[]string{key, fill(key, ssh.MaxKeyText-len(key))}, string(signature), verdict{}},
		"texts too long":     {[]string{key, fill(key, ssh.MaxKeyText-len(key)+1)}, string(signature), verdict{"key", algorithm.ErrTooLarge}},
		"most lines":         {[]string{key + strings.Repeat("\n", ssh.MaxLines-2)}, string(signature), verdict{}},
		"too many lines":     {[]string{key + strings.Repeat("\n", ssh.MaxLines-1)}, string(signature), verdict{"key", algorithm.ErrTooLarge}},
		"too many texts":     {slices.Repeat([]string{strings.TrimSpace(key)}, ssh.MaxLines+1), string(signature), verdict{"key", algorithm.ErrTooLarge}},
		"longest signature":  {[]string{key}, fill(string(signature), ssh.MaxSignature), verdict{}},
		"signature too long": {[]string{key}, fill(string(signature), ssh.MaxSignature+1), verdict{"signature", algorithm.ErrTooLarge}},
	} {
		t.Run(name, func(t *testing.T) {
			e, stage, err := verify(algorithm.Trust{PublicKeys: c.keys}, []byte(c.signature), artifact)
			c.want.check(t, e, stage, err)
		})
	}
}
