package verify

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
)

// Download fetches the artifact from [Artifact].URL and puts it at dst, as
// [Plan.Save] does. The signature is fetched and judged as far as possible
// first, so a bad one costs no download. A transfer that breaks off begins anew up
// to three times where the Fetcher says that this may help ([ErrRestart]): with
// an empty file and nothing hashed, so that the bytes are of one transfer.
//
// With [Config].Resume the unverified file outlives a Download that ends
// because the artifact can't be reached or because its context or its process
// ends, and so does a record of it, .NAME.KEY.unverified. The next
// Download of that URL to the same dst goes on with it for a day, if the server
// still has the same version by the Fetcher's [Response].Validator: the bytes that are
// there are read, hashed and written again, not trusted. Of two Downloads at the
// same time one begins anew. Every other error, such as a refusal, removes
// both. Where files can't be locked nothing is kept.
func (p *Plan) Download(ctx context.Context, dst string) (*Report, error) {
	if p.artifact.URL == "" {
		return nil, fail(stageArtifact, "", fmt.Errorf("%w: the artifact has no URL", ErrURL))
	}
	return p.save(ctx, nil, dst)
}

// Save reads the artifact from src and puts it at dst once the verdict is yes.
// Until then the bytes are in a file .NAME.RANDOM.unverified beside dst that
// nobody else can read; it takes dst's place in one step and has dst's
// permissions, or 0644, whatever the umask, where dst is new. On any error dst
// is what it was before and nothing else is left; that the folder could not be
// synced is a warning in the report. A crash can leave the unverified file,
// which the next Save to the same dst removes once it is older than a day.
// dst's folder must exist. A symbolic link at dst is replaced, not followed;
// [Artifact].Place has it otherwise. A dst that is neither a file nor a link is
// [ErrDestination], as is a link that can't be followed. On Windows a running
// program can't be replaced so; [Plan.Update] can.
//
// As for [Plan.Open], src must keep to the contract of [io.Reader]: one that
// keeps the buffer it was given, and changes it after its Read has returned,
// changes what is placed after it was judged.
func (p *Plan) Save(ctx context.Context, src io.Reader, dst string) (*Report, error) {
	if src == nil {
		return nil, fail(stageArtifact, p.source(), fmt.Errorf("%w: no reader given", ErrUnverified))
	}
	return p.save(ctx, src, dst)
}

// File verifies a file where it lies, in one pass. The verdict is about the
// bytes read: who can write to the file can change it afterwards. What is no
// regular file, such as a pipe, is refused at once.
func (p *Plan) File(ctx context.Context, name string) (*Report, error) {
	if p.artifact.Name == "" {
		named := *p
		named.artifact.Name = filepath.Base(name)
		p = &named
	}
	f, err := openRegular(name)
	if err != nil {
		return nil, fail(stageArtifact, name, err)
	}
	defer f.Close()
	r, err := p.openFile(ctx, f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return r.Finish()
}

// save is Download (src is nil) and Save.
func (p *Plan) save(ctx context.Context, src io.Reader, dst string) (*Report, error) {
	place, err := newPlacement(dst, p.artifact.Place, fileKind())
	if err != nil {
		return nil, fail(stagePlace, dst, err)
	}
	defer place.close()
	return p.saveAt(ctx, src, dst, place)
}

// saveAt is save with what dst was found to be.
func (p *Plan) saveAt(ctx context.Context, src io.Reader, dst string, place *placement) (_ *Report, err error) {
	var report *Report
	if src == nil {
		report, err = p.transfer(ctx, place)
	} else {
		report, err = p.fill(ctx, src, place, nil)
	}
	if err == nil {
		p.tell(stagePlace, report.Size, report.Size, 0)
		err = place.commit()
	}
	if err != nil {
		return nil, withCleanup(fail(stagePlace, dst, err), place.discard())
	}
	if err := place.sync(); err != nil {
		report.Warnings = append(report.Warnings, "the folder could not be synced to disk: "+err.Error())
	}
	return report, nil
}

// fill brings the artifact, from src or else from its URL, into the temporary
// file, and returns the verdict.
func (p *Plan) fill(ctx context.Context, src io.Reader, place *placement, k resumable) (*Report, error) {
	r, err := p.open(ctx, steady{src: src, ctx: ctx, meter: p.meter(-1), bytes: bytesOf(src)}, k)
	if err != nil {
		return nil, err
	}
	defer r.Close() // also when src panics
	report, err := place.fill(ctx, r)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = cancelled(ctx)
	}
	return report, err
}
