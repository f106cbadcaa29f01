package ociregistry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

// A registry is one with releases of a program.
type registry struct {
	t       *testing.T
	host    string
	options []remote.Option
}

func newRegistry(t *testing.T) registry {
	t.Helper()
	client := cases.Publisher(t).Client() // that trusts the certificate
	return registry{t, cases.Registry(t), []remote.Option{remote.WithTransport(client.Transport)}}
}

func (r registry) ref(version string) name.Tag {
	r.t.Helper()
	ref, err := name.NewTag(r.host + "/owner/tool:v" + version)
	if err != nil {
		r.t.Fatal(err)
	}
	return ref
}

// push pushes a manifest with these files, by title, to the tag; or without one, to
// refer to another.
func (r registry) push(version string, subject *v1.Descriptor, files map[string][]byte) *v1.Descriptor {
	r.t.Helper()
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	for file, data := range files {
		var err error
		image, err = mutate.Append(image, mutate.Addendum{
			Layer:       static.NewLayer(data, "application/octet-stream"),
			Annotations: map[string]string{title: file},
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	var ref name.Reference = r.ref(version)
	if subject != nil {
		image = mutate.Subject(image, *subject).(v1.Image)
		digest, err := image.Digest()
		if err != nil {
			r.t.Fatal(err)
		}
		ref = r.ref(version).Digest(digest.String())
	}
	if err := remote.Write(ref, image, r.options...); err != nil {
		r.t.Fatal(err)
	}
	desc, err := remote.Get(ref, r.options...)
	if err != nil {
		r.t.Fatal(err)
	}
	return &desc.Descriptor
}

func newPlan(t *testing.T, r registry, key *verifytest.Key, version string) *verify.Plan {
	t.Helper()
	table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	c := cases.Config(verifytest.NewPublisher(t, "digests"))
	c.Fetcher = Fetcher{r.options}
	v, err := verify.New(c)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := v.Plan(verify.Artifact{
		URL:       "oci://" + r.host + "/owner/tool:v" + version + "/" + cases.Name,
		Variables: map[string]string{"version": version},
	}, table)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestFetcher: artifact and signature out of one registry, in one manifest or in two.
func TestFetcher(t *testing.T) {
	key, other := verifytest.NewKey(t, "minisign", "a"), verifytest.NewKey(t, "minisign", "b")
	good, old := cases.Content(cases.Version), cases.Content(cases.Old)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	signature := key.Sign(good, cases.Name, cases.Version)
	const sig = cases.Name + ".sig"
	for what, tt := range map[string]struct {
		artifact, referring map[string][]byte
		want                string
	}{
		"in one":            {map[string][]byte{cases.Name: good, sig: signature}, nil, ""},
		"referring":         {map[string][]byte{cases.Name: good}, map[string][]byte{sig: signature}, ""},
		"referring, others": {map[string][]byte{cases.Name: good}, map[string][]byte{"sbom.json": []byte("{}"), sig: signature}, ""},
		"flipped":           {map[string][]byte{cases.Name: flipped}, map[string][]byte{sig: signature}, "invalid"},
		"no signature":      {map[string][]byte{cases.Name: good}, nil, "signature-missing"},
		"another's":         {map[string][]byte{cases.Name: good}, map[string][]byte{sig: other.Sign(good, cases.Name, cases.Version)}, "wrong-key"},
		"replayed":          {map[string][]byte{cases.Name: old}, map[string][]byte{sig: key.Sign(old, cases.Name, cases.Old)}, "version-mismatch"},
		"no artifact":       {map[string][]byte{sig: signature}, nil, "artifact-missing"},
		"malformed":         {map[string][]byte{cases.Name: good}, map[string][]byte{sig: []byte("x")}, "malformed"},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRegistry(t)
			subject := r.push(cases.Version, nil, tt.artifact)
			if tt.referring != nil {
				r.push(cases.Version, subject, tt.referring)
			}
			dst := filepath.Join(t.TempDir(), "tool")
			if err := os.WriteFile(dst, old, 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := newPlan(t, r, key, cases.Version).Download(t.Context(), dst)
			if verify.Reason(err) != tt.want {
				t.Errorf("%v (%s), want %q", err, verify.Reason(err), tt.want)
			}
			content := old
			if err == nil {
				content = good
				if report.Status != verify.Verified || report.Signature.URL != report.URL+".sig" || report.Name != cases.Name {
					t.Errorf("%s", report)
				}
			}
			cases.Has(t, dst, content)
		})
	}
}

// TestFetcherFails for its own reasons.
func TestFetcherFails(t *testing.T) {
	r := newRegistry(t)
	r.push(cases.Version, nil, map[string][]byte{cases.Name: []byte("x")})
	f := Fetcher{r.options}
	base := "oci://" + r.host + "/owner/"
	for url, want := range map[string]error{
		base + "tool:v1.1.0/" + cases.Name:              nil,
		base + "tool:v1.1.0/other":                      verify.ErrMissing,
		base + "tool:v9.9.9/" + cases.Name:              verify.ErrMissing,
		base + "other:v1.1.0/" + cases.Name:             verify.ErrMissing,
		base + "tool/" + cases.Name:                     verify.ErrURL,
		"https://" + r.host + "/owner/tool:v1.1.0/x":    verify.ErrURL,
		"oci://user@" + r.host + "/owner/tool:v1.1.0/x": verify.ErrURL,
		base + "tool:v1.1.0/" + cases.Name + "?x=y":     verify.ErrMissing,
		"oci://":            verify.ErrURL,
		"oci:///x":          verify.ErrURL,
		"oci://%zz/x:y/z":   verify.ErrURL,
		"oci://example.com": verify.ErrURL,
	} {
		response, err := f.Fetch(t.Context(), verify.Request{URL: url, Role: "artifact"})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", url, err)
		}
		if err := f.CheckURL(url); (err == nil) != strings.HasPrefix(url, "oci://") || err != nil && !errors.Is(err, verify.ErrURL) {
			t.Errorf("%s: checked: %v", url, err)
		}
		if err == nil {
			data, err := io.ReadAll(response.Body)
			if string(data) != "x" || response.Size != 1 || err != nil {
				t.Errorf("%q, %v", data, err)
			}
			_ = response.Body.Close()
		} else if response != nil {
			t.Errorf("%s: a response in spite of %v", url, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Fetch(ctx, verify.Request{URL: base + "tool:v1.1.0/" + cases.Name}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	denied := Fetcher{append(r.options, remote.WithTransport(status(http.StatusForbidden)))}
	if _, err := denied.Fetch(t.Context(), verify.Request{URL: base + "tool:v1.1.0/" + cases.Name}); err == nil || errors.Is(err, verify.ErrMissing) {
		t.Error(err)
	}
}

// status answers everything so.
type status int

func (s status) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: int(s), Body: http.NoBody, Request: req, Header: http.Header{}}, nil
}

// TestManyReferrers: who can push can't have a program look for ever.
func TestManyReferrers(t *testing.T) {
	r := newRegistry(t)
	subject := r.push(cases.Version, nil, map[string][]byte{cases.Name: []byte("x")})
	for i := range maxManifests + 2 {
		r.push(cases.Version, subject, map[string][]byte{"other": []byte(strconv.Itoa(i))})
	}
	asked := 0
	options := append(r.options, remote.WithTransport(counter{cases.Publisher(t).Client().Transport, &asked}))
	_, err := Fetcher{options}.Fetch(t.Context(), verify.Request{URL: "oci://" + r.host + "/owner/tool:v1.1.0/absent"})
	if !errors.Is(err, verify.ErrMissing) || asked > 3*maxManifests {
		t.Errorf("%v after %d requests", err, asked)
	}
}

type counter struct {
	http.RoundTripper
	n *int
}

func (c counter) RoundTrip(req *http.Request) (*http.Response, error) {
	*c.n++
	return c.RoundTripper.RoundTrip(req)
}

// TestLayer: a layer that the framework reads, packed and unpacked.
func TestLayer(t *testing.T) {
	key := verifytest.NewKey(t, "minisign", "")
	packed := func(text []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(text)
		_ = z.Close()
		return b.Bytes()
	}
	good, old, evil := packed(cases.Content(cases.Version)), packed(cases.Content(cases.Old)), packed([]byte("evil"))
	for what, tt := range map[string]struct {
		data      []byte
		signature []byte
		want      string
	}{
		"good":      {good, key.Sign(good, "", cases.Version), ""},
		"evil":      {evil, key.Sign(good, "", cases.Version), "invalid"},
		"replayed":  {old, key.Sign(old, "", cases.Old), "version-mismatch"},
		"malformed": {good, []byte{}, "malformed"},
		"another's": {good, verifytest.NewKey(t, "minisign", "").Sign(good, "", cases.Version), "wrong-key"},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRegistry(t)
			subject := r.push(cases.Version, nil, map[string][]byte{"layer.tar.gz": tt.data})
			image, err := remote.Image(r.ref(cases.Version).Digest(subject.Digest.String()), r.options...)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := image.Layers()
			if err != nil {
				t.Fatal(err)
			}
			table, err := metadata.NewSigning(map[string]any{"algorithm": "minisign", "pubkey": key.Public()})
			if err != nil {
				t.Fatal(err)
			}
			v, err := verify.New(cases.Config(verifytest.NewPublisher(t, "digests")))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := v.Plan(verify.Artifact{Variables: map[string]string{"version": cases.Version}, Signature: tt.signature}, table)
			if err != nil {
				t.Fatal(err)
			}
			layer, err := Layer(t.Context(), layers[0], plan)
			if err != nil {
				t.Fatal(err)
			}
			for way, open := range map[string]func() (io.ReadCloser, error){"compressed": layer.Compressed, "uncompressed": layer.Uncompressed} {
				want := tt.data
				if way == "uncompressed" {
					want = cases.Content(cases.Version)
				}
				data, err := readAll(open)
				if verify.Reason(err) != tt.want {
					t.Errorf("%s: %v (%s), want %q", way, err, verify.Reason(err), tt.want)
				}
				if err == nil && !bytes.Equal(data, want) {
					t.Errorf("%s: %d other bytes", way, len(data))
				}
				if err != nil && len(data) >= len(want) {
					t.Errorf("%s: all of %d bytes came", way, len(data))
				}
			}
			// What the framework makes of a layer by itself goes the same way.
			if _, err := layer.DiffID(); (err == nil) != (tt.want == "") {
				t.Errorf("DiffID: %v", err)
			}
			dst := filepath.Join(t.TempDir(), "image.tar")
			with, err := mutate.AppendLayers(empty.Image, layer)
			if err == nil {
				err = tarball.WriteToFile(dst, r.ref(cases.Version), with)
			}
			if (err == nil) != (tt.want == "") {
				t.Errorf("tarball: %v", err)
			}
		})
	}
}

func readAll(open func() (io.ReadCloser, error)) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return data, err
}

var _ verify.URLChecker = Fetcher{}
