package pin

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/relseal/relseal/algorithm"
	"github.com/relseal/relseal/internal/checksums"
	"github.com/relseal/relseal/internal/version"
	"github.com/relseal/relseal/verify"
)

// Export writes the pins of a release in the form of SHA256SUMS, as sha256sum
// --check reads it, in the order of the file names. The error wraps
// [algorithm.ErrMalformed] where a pin has no file name, one that no such file can
// have, or that of another one of other bytes, and [verify.ErrMissing] where there
// is no pin of the release; nothing is written then.
func (f File) Export(w io.Writer, name, release string) error {
	pins, err := f.Pins()
	if err != nil {
		return err
	}
	sums := map[string]algorithm.Digest{}
	for _, p := range pins {
		if p.Name != name || version.Canonical(p.Version) != version.Canonical(release) {
			continue
		}
		if err := checksums.CheckName(p.File); err != nil {
			return fmt.Errorf("%w: the pin of %s %s %s: %w", algorithm.ErrMalformed, shown(name), shown(p.Version), shown(p.Target), err)
		}
		if other, ok := sums[p.File]; ok && other != p.Digest {
			return fmt.Errorf("%w: two pins of %s %s are of %s, and of different bytes", algorithm.ErrMalformed, shown(name), shown(p.Version), shown(p.File))
		}
		sums[p.File] = p.Digest
	}
	if len(sums) == 0 {
		return fmt.Errorf("%w: no pin of %s %s", verify.ErrMissing, shown(name), shown(release))
	}
	var text strings.Builder
	for _, file := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&text, "%s  %s\n", sums[file].Hex(), file)
	}
	_, err = io.WriteString(w, text.String())
	return err
}

// Import pins the files of a release by a checksum manifest such as SHA256SUMS,
// all of them or none. Of release, Name, Version, Signers, Bound and FirstSeen
// count: without Signers nobody is known to have signed the manifest, and a zero
// FirstSeen is now. targets are the targets by the names of their files; other
// files of the manifest are passed over.
//
// The manifest is read as strictly as a signed one is, and a file that isn't in it is
// an error that wraps [algorithm.ErrNameMismatch]; one that is there by MD5 or SHA-1
// alone [algorithm.ErrWeak], and by another hash but SHA-256
// [algorithm.ErrUnsupported]. Where other bytes are pinned already, it wraps
// [verify.ErrPinMismatch], however the version is spelled there; a pin of the same
// bytes stays as it is.
func (f File) Import(ctx context.Context, release verify.Pin, manifest []byte, targets map[string]string) error {
	if release.FirstSeen.IsZero() {
		release.FirstSeen = time.Now()
	}
	release.FirstSeen = release.FirstSeen.UTC().Truncate(time.Second)
	release.Signers = slices.Compact(slices.Sorted(slices.Values(release.Signers)))
	var pins []verify.Pin
	for _, file := range slices.Sorted(maps.Keys(targets)) {
		d, err := sumOf(manifest, file)
		if err != nil {
			return err
		}
		p := release
		p.Target, p.File, p.Digest = targets[file], file, d
		pins = append(pins, p)
	}
	return f.update(ctx, func(all []verify.Pin) (kept []verify.Pin, err error) {
		for _, p := range pins {
			same := slices.IndexFunc(all, func(other verify.Pin) bool { return key(other) == key(p) })
			switch {
			case same < 0:
				all, kept = append(all, p), append(kept, p)
			case all[same].Digest != p.Digest:
				return nil, fmt.Errorf("%w: %s %s for %s: %s in the manifest, and %s in %s", verify.ErrPinMismatch,
					shown(p.Name), shown(p.Version), shown(p.Target), p.Digest, all[same].Digest, shown(f.Path))
			}
		}
		return kept, nil
	})
}

// sumOf is a file's SHA-256.
func sumOf(manifest []byte, file string) (algorithm.Digest, error) {
	entries, err := checksums.Find(manifest, "SHA256SUMS", file)
	if err != nil {
		return algorithm.Digest{}, err
	}
	for _, e := range entries {
		if e.Digest.Hash() == crypto.SHA256 {
			return e.Digest, nil
		}
	}
	return algorithm.Digest{}, fmt.Errorf("%w: the manifest has no SHA-256 of %s", algorithm.ErrUnsupported, shown(file))
}
