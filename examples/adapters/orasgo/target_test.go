package orasgo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/file"
	"oras.land/oras-go/v2/content/memory"
	"oras.land/oras-go/v2/content/oci"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"

	"github.com/relseal/relseal/examples/adapters/internal/cases"
	"github.com/relseal/relseal/verify"
	"github.com/relseal/relseal/verify/verifytest"
)

var errUnwanted = errors.New("not a file of the release")

const mediaType = "application/octet-stream"

// newTarget pushes an artifact with these layers to a registry, and is what a
// program reads it by.
func newTarget(t *testing.T, p *verifytest.Publisher, title string, layers ...[]byte) (Target, []ocispec.Descriptor) {
	t.Helper()
	repository, err := remote.NewRepository(cases.Registry(t) + "/owner/tool")
	if err != nil {
		t.Fatal(err)
	}
	repository.Client = p.Client()
	var blobs []ocispec.Descriptor
	for _, data := range layers {
		blob := content.NewDescriptorFromBytes(mediaType, data)
		blob.Annotations = map[string]string{ocispec.AnnotationTitle: title}
		blobs = append(blobs, blob)
		if err := repository.Push(t.Context(), blob, bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	manifest, err := oras.PackManifest(t.Context(), repository, oras.PackManifestVersion1_1, "application/vnd.example", oras.PackManifestOptions{Layers: blobs})
	if err != nil {
		t.Fatal(err)
	}
	if err := repository.Tag(t.Context(), manifest, "v"+cases.Version); err != nil {
		t.Fatal(err)
	}
	v, err := verify.New(cases.Config(p))
	if err != nil {
		t.Fatal(err)
	}
	return Target{repository, manifest.Digest, func(blob ocispec.Descriptor) (*verify.Plan, error) {
		if title := blob.Annotations[ocispec.AnnotationTitle]; title != cases.Name {
			return nil, fmt.Errorf("%w: %q", errUnwanted, title)
		}
		return v.Plan(p.Artifact(cases.Version, cases.Name), p.Table())
	}}, blobs
}

// served is what a registry has that misbehaves as the publisher does.
func served(fault string) []byte {
	data := cases.Content(cases.Version)
	switch fault {
	case "flipped artifact":
		data[len(data)/2] ^= 1
	case "replayed":
		data = cases.Content(cases.Old)
	}
	return data
}

// reasons are those of the faults that aren't about the publisher's own artifact,
// which nobody asks for.
func reasons() map[string]string {
	all := cases.Reasons()
	delete(all, "missing artifact")
	delete(all, "cut artifact")
	return all
}

// TestFetchAll: the framework's way to read a layer, which reads exactly its size.
func TestFetchAll(t *testing.T) {
	p := cases.Publisher(t)
	for fault, want := range reasons() {
		cases.Run(t, p, map[string]string{fault: want}, func(t *testing.T, dst string) error {
			target, layers := newTarget(t, p, cases.Name, served(fault))
			data, err := content.FetchAll(t.Context(), target, layers[0])
			if err != nil {
				if data != nil {
					t.Errorf("%d bytes were returned", len(data))
				}
				return err
			}
			return os.WriteFile(dst, data, 0o600)
		})
	}
}

// TestCopy to each of the framework's stores: a layer that is refused isn't there
// afterwards, and neither is the artifact.
func TestCopy(t *testing.T) {
	p := cases.Publisher(t)
	for name, open := range map[string]func(folder string) (oras.Target, error){
		"memory": func(string) (oras.Target, error) { return memory.New(), nil },
		"oci":    func(folder string) (oras.Target, error) { return oci.New(folder) },
		"file":   func(folder string) (oras.Target, error) { return file.New(folder) },
	} {
		for fault, want := range reasons() {
			t.Run(name+"/"+fault, func(t *testing.T) {
				p.Break(fault)
				target, layers := newTarget(t, p, cases.Name, served(fault))
				folder := t.TempDir()
				dst, err := open(folder)
				if err != nil {
					t.Fatal(err)
				}
				if c, ok := dst.(io.Closer); ok {
					defer c.Close()
				}
				_, err = oras.Copy(t.Context(), target, "v"+cases.Version, dst, "", oras.DefaultCopyOptions)
				if verify.Reason(err) != want {
					t.Errorf("%v, want %q", err, want)
				}
				there, err := dst.Exists(t.Context(), layers[0])
				if err != nil || there != (want == "") {
					t.Errorf("the layer is there: %v, %v", there, err)
				}
				if _, err := dst.Resolve(t.Context(), "v"+cases.Version); (err == nil) != (want == "") {
					t.Errorf("the artifact is there: %v", err)
				}
				if _, err := os.Stat(folder + "/" + cases.Name); name == "file" && (err == nil) != (want == "") {
					t.Errorf("the file is there: %v", err)
				}
			})
		}
	}
}

// TestUnwanted: what the program has no plan for doesn't pass, whatever the
// registry calls it, and isn't asked for.
func TestUnwanted(t *testing.T) {
	p := cases.Publisher(t)
	good := cases.Content(cases.Version)
	for title, layers := range map[string][][]byte{
		"other":    {good},
		"":         {good},
		cases.Name: {good, []byte("evil")},
	} {
		target, _ := newTarget(t, p, title, layers...)
		want := errUnwanted
		_, err := oras.Copy(t.Context(), target, "v"+cases.Version, memory.New(), "", oras.DefaultCopyOptions)
		if title == cases.Name {
			if verify.Reason(err) != "invalid" {
				t.Errorf("%q: %v", title, err)
			}
		} else if !errors.Is(err, want) {
			t.Errorf("%q: %v", title, err)
		}
	}

	// A layer that calls itself an empty config, or a manifest, is none.
	target, layers := newTarget(t, p, "evil", []byte("evil"))
	for _, called := range []string{ocispec.MediaTypeEmptyJSON, ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex} {
		layers[0].MediaType = called
		if _, err := target.Fetch(t.Context(), layers[0]); !errors.Is(err, errUnwanted) {
			t.Errorf("%s: %v", called, err)
		}
	}
}

// TestMissing: what the registry hasn't got is its own error.
func TestMissing(t *testing.T) {
	p := cases.Publisher(t)
	target, _ := newTarget(t, p, cases.Name)
	blob := content.NewDescriptorFromBytes(mediaType, cases.Content(cases.Version))
	blob.Annotations = map[string]string{ocispec.AnnotationTitle: cases.Name}
	if _, err := target.Fetch(t.Context(), blob); !errors.Is(err, errdef.ErrNotFound) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := content.FetchAll(ctx, target, blob); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
