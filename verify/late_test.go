package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/algorithm/minisign"
	"github.com/relseal/relseal/algorithm/signify"
	"github.com/relseal/relseal/algorithm/ssh"
	"github.com/relseal/relseal/internal/testkeys"
	"github.com/relseal/relseal/metadata"
	"github.com/relseal/relseal/verify"
)

// memory is a fetcher of what is below https://example.com/. It says what was
// asked for.
type memory struct {
	files map[string][]byte
	asked []string
}

func (m *memory) Fetch(_ context.Context, r verify.Request) (*verify.Response, error) {
	name := strings.TrimPrefix(r.URL, "https://example.com/")
	m.asked = append(m.asked, r.Role+" "+name)
	data, ok := m.files[name]
	if !ok {
		return nil, verify.ErrMissing
	}
	return &verify.Response{Body: io.NopCloser(bytes.NewReader(data)), Size: int64(len(data))}, nil
}

// sshTable is the signing table of a case that ssh-keygen made.
func sshTable(tb testing.TB, c testkeys.Case, file string) *metadata.Signing {
	tb.Helper()
	return signing(tb, map[string]any{
		"algorithm": "ssh", "file": file, "pubkey": strings.TrimSpace(c.Trust.PublicKeys[0]),
		"principal": c.Trust.Values["principal"].Text, "namespace": c.Trust.Values["namespace"].Text,
	})
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// sshCases are one with SHA-512, which is the default, and one with SHA-256.
var sshCases = []string{"craft-good", "valid-hash-sha256"}

// lateWays are the ways in which a plan gets the artifact's bytes. Each puts
// what it was given at dst, if it says yes.
func lateWays() map[string]func(ctx context.Context, p *verify.Plan, data []byte, dst string) (*verify.Report, error) {
	place := func(dst string, data []byte, r *verify.Report, err error) (*verify.Report, error) {
		if err != nil {
			return nil, err
		}
		return r, os.WriteFile(dst, data, 0o600)
	}
	return map[string]func(context.Context, *verify.Plan, []byte, string) (*verify.Report, error){
		"Download": func(ctx context.Context, p *verify.Plan, _ []byte, dst string) (*verify.Report, error) {
			return p.Download(ctx, dst)
		},
		"Save": func(ctx context.Context, p *verify.Plan, data []byte, dst string) (*verify.Report, error) {
			return p.Save(ctx, bytes.NewReader(data), dst)
		},
		"File": func(ctx context.Context, p *verify.Plan, data []byte, dst string) (*verify.Report, error) {
			dir, err := os.MkdirTemp(filepath.Dir(filepath.Dir(dst)), "file")
			if err != nil {
				return nil, err
			}
			name := filepath.Join(dir, "tool.tgz")
			if err := os.WriteFile(name, data, 0o600); err != nil {
				return nil, err
			}
			r, err := p.File(ctx, name)
			return place(dst, data, r, err)
		},
		"Open": func(ctx context.Context, p *verify.Plan, data []byte, dst string) (*verify.Report, error) {
			r, err := p.Open(ctx, bytes.NewReader(data))
			if err != nil {
				return nil, err
			}
			defer r.Close()
			got, err := io.ReadAll(struct{ io.Reader }{r})
			if err != nil {
				return nil, err
			}
			report, err := r.Finish()
			return place(dst, got, report, err)
		},
	}
}

// TestLateSignature: a signature that is named by the artifact's digest is
// fetched after the bytes and judges them like any other; until then nothing is
// in place.
func TestLateSignature(t *testing.T) {
	for _, name := range sshCases {
		c := testkeys.Find(t, "sshsig", name)
		other := testkeys.Find(t, "sshsig", "valid-p256")
		changed := append(bytes.Clone(c.Artifact), 'x')
		late := sha256Of(c.Artifact) + ".sig"
		for _, tt := range []struct {
			name  string
			files map[string][]byte
			stage string
			want  error
		}{
			{"good", map[string][]byte{"tool.tgz": c.Artifact, late: c.Signature}, "", nil},
			{"absent", map[string][]byte{"tool.tgz": c.Artifact, "tool.tgz.sig": c.Signature}, "signature", verify.ErrMissing},
			{"changed artifact", map[string][]byte{"tool.tgz": changed, late: c.Signature}, "signature", verify.ErrMissing},
			{"signature of other bytes", map[string][]byte{"tool.tgz": changed, sha256Of(changed) + ".sig": c.Signature}, "verdict", algorithm.ErrInvalid},
			{"other key", map[string][]byte{"tool.tgz": c.Artifact, late: other.Signature}, "signature", algorithm.ErrWrongKey},
			{"no signature", map[string][]byte{"tool.tgz": c.Artifact, late: []byte("404")}, "signature", algorithm.ErrMalformed},
			{"too large", map[string][]byte{"tool.tgz": c.Artifact, late: make([]byte, 100<<10)}, "signature", algorithm.ErrTooLarge},
		} {
			for way, run := range lateWays() {
				t.Run(fmt.Sprint(name, " ", tt.name, " ", way), func(t *testing.T) {
					m := &memory{files: tt.files}
					v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: m, MaxDocument: 64 << 10})
					plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, sshTable(t, c, "https://example.com/{ sha256 }.sig"))
					if err != nil {
						t.Fatal(err)
					}
					if got := outlined(t, plan)["signature"]; got != "https://example.com/{ sha256 }.sig" {
						t.Errorf("signature %q in the dry run", got)
					}
					dst := newDestination(t)
					report, err := run(t.Context(), plan, tt.files["tool.tgz"], dst.name)
					if tt.want != nil {
						if report != nil {
							t.Errorf("a report beside an error: %v", report)
						}
						wantError(t, err, tt.stage, tt.want)
						dst.untouched(t)
						wantDigest(t, err, sha256Of(tt.files["tool.tgz"]))
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					dst.holds(t, string(c.Artifact))
					if report.Status != verify.Verified || report.Signature.URL != "https://example.com/"+late || report.Digests["sha256"] != sha256Of(c.Artifact) || report.Evidence == nil {
						t.Errorf("report %+v", report)
					}
					if last := m.asked[len(m.asked)-1]; last != "signature "+late {
						t.Errorf("asked for %q", m.asked)
					}
				})
			}
		}
	}
}

// wantDigest checks that a refusal tells which bytes were refused.
func wantDigest(t *testing.T, err error, want string) {
	t.Helper()
	var typed *verify.Error
	if !errors.As(err, &typed) || typed.Digests["sha256"] != want {
		t.Errorf("digests %v in %v", typed.Digests, err)
	}
}

// TestLateByBytes: who judges the bytes themselves can't be asked when they are
// gone. That is told while planning, or as soon as the key is read.
func TestLateByBytes(t *testing.T) {
	key := testkeys.NewMinisign(t)
	signifyKey := testkeys.Find(t, "signify", "valid").Trust.PublicKeys[0]
	for name, keys := range map[string]map[string]any{
		"minisign": {"algorithm": "minisign", "pubkey": key.PublicKey()},
		"signify":  {"algorithm": "signify", "pubkey": signifyKey},
	} {
		for _, variable := range []string{"sha256", "sha384", "sha512"} {
			keys["file"] = "{ url }.{ " + variable + " }.sig"
			v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{minisign.Algorithm{}, signify.Algorithm{}}, Fetcher: noFetch{t}})
			_, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, signing(t, keys))
			wantError(t, err, "plan", algorithm.ErrUnsupported)
			var table *metadata.Error
			if !errors.As(err, &table) || table.Key != "file" || !strings.Contains(err.Error(), name+" judges the artifact's bytes") {
				t.Errorf("%s: %v", name, err)
			}
			// A variable of that name that the program has is known already.
			plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz", Variables: map[string]string{variable: "abc"}}, signing(t, keys))
			if err != nil {
				t.Fatal(err)
			}
			if got := outlined(t, plan)["signature"]; got != "https://example.com/tool.tgz.abc.sig" {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	m := &memory{files: map[string][]byte{"k.pub": []byte(key.PublicKey())}}
	table := signing(t, map[string]any{
		"algorithm": "minisign", "file": "https://example.com/{ sha256 }.sig",
		"pubkey": map[string]any{"url": "https://example.com/k.pub", "sha256": sha256Of([]byte(key.PublicKey()))},
	})
	plan, err := newVerifier(t, verify.Config{Fetcher: m}).Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, table)
	if err != nil {
		t.Fatal(err)
	}
	dst := newDestination(t)
	_, err = plan.Download(t.Context(), dst.name)
	wantError(t, err, "plan", algorithm.ErrUnsupported)
	dst.untouched(t)
	if len(m.asked) != 1 {
		t.Errorf("asked for %q", m.asked)
	}
}

// TestLateFetchEnds: a context that ends while the signature is fetched after
// the bytes ends that too, whatever the fetcher does, and nothing is in place.
func TestLateFetchEnds(t *testing.T) {
	c := testkeys.Find(t, "sshsig", "craft-good")
	for _, heeds := range []bool{true, false} {
		for way, run := range lateWays() {
			gated(t, func(t *testing.T, g *gate) {
				f := fetchFunc(func(ctx context.Context, url string) (io.ReadCloser, error) {
					if !strings.HasSuffix(url, ".sig") {
						return io.NopCloser(bytes.NewReader(c.Artifact)), nil
					}
					if heeds {
						g.waiting <- struct{}{}
						<-ctx.Done()
						return nil, ctx.Err()
					}
					g.wait()
					return io.NopCloser(bytes.NewReader(c.Signature)), nil
				})
				v := newVerifier(t, verify.Config{Algorithms: []algorithm.Algorithm{ssh.Algorithm{}}, Fetcher: f})
				plan, err := v.Plan(verify.Artifact{URL: "https://example.com/tool.tgz"}, sshTable(t, c, "https://example.com/{ sha256 }.sig"))
				if err != nil {
					t.Fatal(err)
				}
				dst := newDestination(t)
				hang(t, fmt.Sprint(way, " ", heeds), g, "signature", func(ctx context.Context) error {
					_, err := run(ctx, plan, c.Artifact, dst.name)
					if verify.Reason(err) != "cancelled" {
						t.Errorf("%s: reason %q", way, verify.Reason(err))
					}
					return err
				})
				dst.untouched(t)
			})
		}
	}
}
