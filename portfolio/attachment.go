package portfolio

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// The files of messages. They come in through the same doors as those of works:
// in pieces, told by what is in them, without what a photo says of its place. A
// file belongs to who sent it until a message has it, and then to the message:
// it opens for who may read that, and never after it was withdrawn.

// mayTalk refuses who is not here in the hat they act in.
func (l *Library) mayTalk(ctx context.Context, a Actor) error {
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return err
	}
	if p.Blocked || !p.Wears(a.Hat) {
		return E(Forbidden, "error.forbidden")
	}
	return nil
}

// MaySayUrgent tells whether the actor may say that a message cannot wait. Error
// kind: Forbidden.
func (l *Library) MaySayUrgent(ctx context.Context, a Actor) error { return l.may(ctx, a, ActUrgent) }

// StartAttachment is StartUpload of a file for a message. In which conversation
// it may be sent is decided when it is. Error kinds: Forbidden, Invalid,
// TooLarge, TooMany.
func (l *Library) StartAttachment(ctx context.Context, a Actor, name string, size int64) (*Upload, error) {
	if err := l.mayTalk(ctx, a); err != nil {
		return nil, err
	}
	return l.startUpload(ctx, a, &Upload{Name: name, Size: size, Message: true})
}

// TakeAttachment is TakeUpload of a file for a message. Error kinds: Forbidden,
// Invalid, TooLarge, TooMany.
func (l *Library) TakeAttachment(ctx context.Context, a Actor, name string, r io.Reader) (*Upload, error) {
	if err := l.mayTalk(ctx, a); err != nil {
		return nil, err
	}
	return l.takeWhole(ctx, a, &Upload{Name: CleanName(name), Message: true}, r)
}

// Attach gives the actor's uploads to a message that is about to be stored, with
// message as its key in the index "party". Each upload says so first: wherever it
// is cut off, a sweep finds out whether the message has the file. Error kinds:
// NotFound, Conflict (not whole yet, or being taken elsewhere).
func (l *Library) Attach(ctx context.Context, a Actor, message string, uploads []string) ([]File, error) {
	var files []File
	for _, id := range uploads {
		u, err := l.UploadByID(ctx, a, id)
		if isKind(err, NotFound) || err == nil && !u.Message {
			return nil, E(NotFound, "error.upload_gone")
		}
		if err != nil {
			return nil, err
		}
		if u.File == nil {
			return nil, E(Conflict, "error.upload_open", "Name", u.Name)
		}
		u.Held = l.now().UTC()
		if !slices.Contains(u.Messages, message) {
			u.Messages = append(u.Messages, message)
		}
		if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
			return nil, err
		}
		files = append(files, *u.File)
	}
	return files, nil
}

// Attached forgets uploads whose files a stored message has. What is cut off
// before this, the sweep does later.
func (l *Library) Attached(ctx context.Context, a Actor, uploads []string) error {
	return l.letGo(ctx, a, uploads)
}

// heldByMessage tells whether one of the messages that an upload was bound to was
// stored with its file.
func (l *Library) heldByMessage(ctx context.Context, u *Upload) (bool, error) {
	for _, key := range u.Messages {
		docs, err := l.store.List(ctx, Query{School: u.School, Kind: "message", Index: "party", From: key, To: key + "\x01", Limit: 1})
		if err != nil {
			return false, err
		}
		if len(docs) > 0 && bytes.Contains(docs[0].Body, []byte(u.File.Blob)) {
			return true, nil
		}
	}
	return false, nil
}

// OpenAttachment opens a file of a message, or its thumbnail, when the listener
// may read the message now. member and said are as for Listener.Inspect. Error
// kind: NotFound.
func (l *Library) OpenAttachment(ctx context.Context, r *Listener, message string, member bool, said time.Time, f File, thumb bool) (BlobReader, error) {
	if !r.Inspect(message, member, said, l.now()).Open || thumb && f.Thumb == "" {
		return nil, E(NotFound, "error.not_found")
	}
	if thumb {
		return l.files.Open(ctx, f.Thumb)
	}
	b, err := l.files.Open(ctx, f.Blob)
	if err != nil {
		return nil, err
	}
	if b.Size() != f.Size {
		b.Close()
		return nil, fmt.Errorf("blob %s has %d bytes, want %d", f.Blob, b.Size(), f.Size)
	}
	return b, nil
}

// WorkTitles are the titles of those works that the actor may open now, by id.
// Like a list of works it opens none, and leaves no line in the log.
func (l *Library) WorkTitles(ctx context.Context, a Actor, works []string) (map[string]string, error) {
	var out map[string]string
	for _, id := range works {
		w, _, err := l.openWork(ctx, a, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = map[string]string{}
		}
		out[id] = w.Title
	}
	return out, nil
}
