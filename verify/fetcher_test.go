package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/verify"
)

// TestFetchCancelled: a cancelled context ends a download at once, with its own
// error, whether the server is silent before or within its answer.
func TestFetchCancelled(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1 << 20)
	for _, silent := range []string{"/tool.tgz.sig", "/tool.tgz"} {
		for _, within := range []bool{false, true} {
			s := newSite(t)
			s.put("/tool.tgz", data)
			s.put("/tool.tgz.sig", key.SignBytes(data, comment))
			ctx, cancel := context.WithCancelCause(context.Background())
			why := errors.New("enough")
			s.files[silent] = func(w http.ResponseWriter, r *http.Request) {
				if within {
					w.WriteHeader(http.StatusOK)
					_, _ = w.Write(data[:1000])
					_ = http.NewResponseController(w).Flush()
				}
				cancel(why)
				<-r.Context().Done()
			}
			dst := newDestination(t)
			start := time.Now()
			plan, err := newVerifier(t, verify.Config{Fetcher: s.fetcher()}).Plan(verify.Artifact{URL: s.URL + "/tool.tgz"}, table(key.PublicKey()))
			if err != nil {
				t.Fatal(err)
			}
			_, err = plan.Download(ctx, dst.name)
			if !errors.Is(err, why) {
				t.Errorf("%s: %v", silent, err)
			}
			if waited := time.Since(start); waited > 10*time.Second {
				t.Errorf("%s: cancelling took %v", silent, waited)
			}
			dst.untouched(t)
		}
	}
}

// flaky is a fetcher whose artifact breaks off with an error of its own.
type flaky struct{ data []byte }

func (f flaky) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return &verify.Response{Body: io.NopCloser(io.MultiReader(bytes.NewReader(f.data), readerFunc(func([]byte) (int, error) {
		return 0, errors.New("the line dropped")
	})))}, nil
}

// nothing and bodiless are fetchers that break their contract.
type (
	nothing  struct{}
	bodiless struct{}
)

func (nothing) Fetch(context.Context, verify.Request) (*verify.Response, error) { return nil, nil } //nolint:nilnil // the mistake under test

func (bodiless) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return &verify.Response{Size: 10}, nil
}

// elsewhere is a fetcher that starts where nobody asked it to.
type elsewhere struct{ closed *int }

func (e elsewhere) Fetch(context.Context, verify.Request) (*verify.Response, error) {
	return &verify.Response{Body: countCloser{strings.NewReader("tail"), e.closed}, Size: 100, Offset: 96}, nil
}

func TestForeignFetchers(t *testing.T) {
	key := testkeys.NewMinisign(t)
	data := noise(1000)
	closed := 0
	for _, tt := range []struct {
		fetcher   verify.Fetcher
		signature []byte
		stage     string
	}{
		{flaky{}, nil, "signature"},
		{flaky{data}, key.SignBytes(data, comment), "artifact"},
		{nothing{}, nil, "signature"},
		{bodiless{}, nil, "signature"},
		{bodiless{}, key.SignBytes(data, comment), "artifact"},
		{elsewhere{&closed}, nil, "signature"},
		{elsewhere{&closed}, key.SignBytes([]byte("tail"), comment), "artifact"},
		{nothing{}, key.SignBytes(data, comment), "artifact"},
	} {
		v := newVerifier(t, verify.Config{Fetcher: tt.fetcher})
		plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Signature: tt.signature}, table(key.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		dst := newDestination(t)
		_, err = plan.Download(context.Background(), dst.name)
		wantError(t, err, tt.stage, verify.ErrUnreachable)
		dst.untouched(t)
	}
	if closed != 2 {
		t.Errorf("%d of 2 bodies closed", closed)
	}
}
