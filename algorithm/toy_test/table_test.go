package toy_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

const secret, artifact = "secret", "the artifact"

func sign(greeting string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, greeting+artifact)
	return hex.EncodeToString(mac.Sum(nil))
}

// files is a fetcher of documents in memory.
type files map[string]string

func (f files) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	text, ok := f[string(r.Role)+" "+r.URL]
	if !ok {
		return nil, verify.ErrMissing
	}
	return &verify.Response{Body: io.NopCloser(strings.NewReader(text)), Size: int64(len(text))}, nil
}

// TestTable: the keys of a family that nobody else knows work from a table.
func TestTable(t *testing.T) {
	const (
		base = "[signing]\nalgorithm = 'toy'\npubkey = 'secret'\n"
		url  = "https://example.com/tool.tgz"
		sig  = "signature " + url + ".sig"
	)
	for _, tt := range []struct {
		name, table string
		signed      string // the greeting in the signature
		files       files
		want        error
		says        string
	}{
		{name: "no key of its own", table: base, signed: ""},
		{name: "template", table: base + "greeting = 'hello { name }'", signed: "hello tool"},
		{name: "template, other", table: base + "greeting = 'hello { name }'", signed: "hello you", want: algorithm.ErrInvalid},
		{name: "truth", table: base + "greeting = 'hello'\nloud = true", signed: "HELLO"},
		{name: "truth, no", table: base + "greeting = 'hello'\nloud = false", signed: "hello"},
		{name: "document", table: base + "charter = { file = 'charter' }"},
		{name: "document, bad", table: base + "charter = { file = 'other' }", want: algorithm.ErrMalformed, says: "signing.toml"},
		{name: "document, absent", table: base + "charter = { file = 'none' }", want: verify.ErrMissing},
		{name: "beside", table: base + "countersignature = '{ url }.by'", files: files{"countersignature " + url + ".by": "seen"}},
		{name: "beside, bad", table: base + "countersignature = '{ url }.by'", files: files{"countersignature " + url + ".by": "not seen"}, want: algorithm.ErrInvalid},
		{name: "beside, absent", table: base + "countersignature = '{ url }.by'", want: verify.ErrMissing},
		{name: "unknown", table: base + "greting = 'hello'", want: new(metadata.Error), says: `signing.toml:4: signing: unknown key "greting" (did you mean "greeting"?)`},
		{name: "unknown, common", table: base + "fil = 'hello'", want: new(metadata.Error), says: `signing.toml:4: signing: unknown key "fil" (did you mean "file"?)`},
		{name: "kind", table: base + "loud = 'yes'", want: new(metadata.Error), says: `signing.toml:4: signing: "loud" must be true or false, not a string`},
		{name: "empty", table: base + "greeting = ''", want: new(metadata.Error), says: `signing.toml:4: signing: "greeting" is empty`},
		{name: "variable", table: base + "greeting = '{ nam }'", want: new(metadata.Error), says: `signing.toml:4: signing: greeting: template: byte 0: no value for key "nam" (did you mean "name"?)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := judge(t, tt.table, tt.signed, tt.files, sig, url)
			var table *metadata.Error
			switch {
			case tt.want == nil:
				if err != nil {
					t.Fatal(err)
				}
			case errors.As(tt.want, &table):
				if !errors.As(err, &table) || table.Line == 0 {
					t.Fatalf("%v, want an error of the table", err)
				}
			case !errors.Is(err, tt.want):
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q in it", err, tt.says)
			}
		})
	}
}

func judge(t *testing.T, table, signed string, served files, sig, url string) error {
	t.Helper()
	signing, err := metadata.ParseAt("signing.toml", []byte(table), "signing")
	if err != nil {
		t.Fatal(err)
	}
	fetcher := files{sig: sign(signed)}
	for name, text := range served {
		fetcher[name] = text
	}
	v, err := verify.New(verify.Config{Algorithms: []algorithm.Algorithm{Toy{}}, Fetcher: fetcher})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{
		URL: url, Variables: map[string]string{"name": "tool"},
		ManifestFS: fstest.MapFS{"charter": {Data: []byte("charter of toys")}, "other": {Data: []byte("recipe")}},
	}, signing)
	if err != nil {
		return err
	}
	r, err := plan.Open(t.Context(), strings.NewReader(artifact))
	if err != nil {
		return err
	}
	report, err := r.Finish()
	if err == nil && (report.Status != verify.Verified || report.Algorithm != "toy") {
		t.Errorf("%+v", report)
	}
	return err
}
