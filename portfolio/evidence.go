package portfolio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The document on which a fact rests: a court order, an extract of the custody
// register. It comes in as an upload of the administrator's own before the fact
// is recorded, and belongs to the fact from then on: a fact is never changed, so
// neither is its document.

// MaxEvidence is the largest document of a fact, in bytes.
const MaxEvidence = 20_000_000

// evidenceTypes are the media types of a document: what a scanner or a camera
// makes, and what nobody can change by accident.
var evidenceTypes = []string{"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"}

// kindEvidence is the Kind of a line of the log about the document of a fact.
const kindEvidence = "evidence"

// TakeEvidence takes a document in one go, for a fact that is to be recorded.
// The actor may record facts. Error kinds: Forbidden, Invalid (empty, or not a
// type that is taken), TooLarge, TooMany.
func (l *Library) TakeEvidence(ctx context.Context, a Actor, name string, r io.Reader) (*Upload, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	return l.takeWhole(ctx, a, &Upload{Name: CleanName(name), Evidence: true}, r)
}

// Evidence finds a document of the actor's own that came in and is not recorded
// yet. Error kind: NotFound.
func (l *Library) Evidence(ctx context.Context, a Actor, upload string) (*Upload, error) {
	u, err := l.UploadByID(ctx, a, upload)
	if isKind(err, NotFound) || err == nil && (!u.Evidence || u.File == nil) {
		return nil, E(NotFound, "error.evidence_gone")
	}
	return u, err
}

// checkEvidence refuses to go on with a document that cannot be recorded. No
// upload is no document. Error kind: NotFound.
func (l *Library) checkEvidence(ctx context.Context, a Actor, upload string) error {
	if upload == "" {
		return nil
	}
	_, err := l.Evidence(ctx, a, upload)
	return err
}

// bindEvidence gives a fact that is about to be stored its document. The upload
// says first which fact that is, so that a sweep finds out whether the file was
// taken, wherever it was cut off. Error kinds: NotFound; Conflict, when it is
// being bound elsewhere.
func (l *Library) bindEvidence(ctx context.Context, a Actor, f *Fact) error {
	f.EvidenceFile = nil
	if f.Upload == "" {
		return nil
	}
	u, err := l.Evidence(ctx, a, f.Upload)
	if err != nil {
		return err
	}
	u.Held = l.now().UTC()
	if !slices.Contains(u.Facts, f.ID) {
		u.Facts = append(u.Facts, f.ID)
	}
	if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
		return err
	}
	f.EvidenceFile = u.File
	return nil
}

// heldByFact tells whether one of the facts that an upload was bound to was
// stored with its file.
func (l *Library) heldByFact(ctx context.Context, u *Upload) (bool, error) {
	for _, id := range u.Facts {
		f, err := load[Fact](ctx, l, "fact", u.School, id)
		if err != nil && !isKind(err, NotFound) {
			return false, err
		}
		if err == nil && f.EvidenceFile != nil && f.EvidenceFile.Blob == u.File.Blob {
			return true, nil
		}
	}
	return false, nil
}

// admit asks the intake about a file; of a document it takes less.
func (l *Library) admit(u *Upload, r io.Reader) (mediaType string, clean io.Reader, err error) {
	mediaType, clean, err = l.intake.Admit(u.Name, r)
	var e *Error
	unknown := errors.As(err, &e) && e.Msg == "error.file_type"
	if u.Evidence && (unknown || err == nil && !slices.Contains(evidenceTypes, mediaType)) {
		return "", nil, E(Invalid, "error.evidence_type", "Name", u.Name)
	}
	return mediaType, clean, err
}

// OpenEvidence opens the document of a fact, and says so in the log of whom the
// fact is about. It opens for administrators, for the FG, and, as long as the
// fact waits, for the other staff who may confirm it; never for family. Error
// kind: NotFound, also when there is none.
func (l *Library) OpenEvidence(ctx context.Context, a Actor, fact string) (*File, BlobReader, error) {
	f, err := l.fact(ctx, a.School, fact)
	if err != nil {
		return nil, nil, err
	}
	may, err := l.opensEvidence(ctx, a, f)
	if err != nil {
		return nil, nil, err
	}
	if !may {
		return nil, nil, E(NotFound, "error.not_found")
	}
	if err := l.audit(ctx, a, f.About, Line{Act: "look", Item: f.ID, Kind: kindEvidence}); err != nil {
		return nil, nil, err
	}
	if err := l.noticeLook(ctx, a, f.About); err != nil {
		return nil, nil, err
	}
	r, err := l.files.Open(ctx, f.EvidenceFile.Blob)
	if err != nil {
		return nil, nil, err
	}
	if r.Size() != f.EvidenceFile.Size {
		r.Close()
		return nil, nil, fmt.Errorf("blob %s has %d bytes, want %d", f.EvidenceFile.Blob, r.Size(), f.EvidenceFile.Size)
	}
	return f.EvidenceFile, r, nil
}

// opensEvidence tells whether a fact has a document that the actor may open.
func (l *Library) opensEvidence(ctx context.Context, a Actor, f *Fact) (bool, error) {
	if f.EvidenceFile == nil {
		return false, nil
	}
	if l.may(ctx, a, ActReadLog) == nil {
		return true, nil
	}
	may, err := l.mayConfirm(ctx, a, f.About)
	if err != nil || !may {
		return false, err
	}
	return f.Waiting() || l.may(ctx, a, ActRecordFacts) == nil, nil
}
