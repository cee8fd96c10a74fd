package portfolio

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Sizes in bytes.
const (
	MaxFile     = 2 << 30 // the largest file
	UploadChunk = 8 << 20 // a chunk of an upload that can be resumed
	MaxName     = 200     // of a file's name, in characters
)

const (
	maxOpen   = MaxFiles + 10 // uploads one person may have at a time
	maxChunks = 512           // of an upload: twice what the largest file needs

	uploadLife = 48 * time.Hour   // an upload waits for its work
	uploadHold = 10 * time.Minute // a work that is being saved keeps its uploads from being forgotten
)

// Upload is a file on its way in. It belongs to who began it. While it is
// open, its chunks are blobs of their own, each durable before it is
// acknowledged; when it is finished, File is set and the chunks are gone.
type Upload struct {
	Head
	Owner    string    `json:"owner"`
	Name     string    `json:"name"`
	Size     int64     `json:"size"` // as announced
	Received int64     `json:"received"`
	Chunks   []string  `json:"chunks,omitempty"` // their blobs
	Began    time.Time `json:"began"`
	Blobs    []string  `json:"blobs,omitempty"` // blobs begun for the whole file: named before they are written, so that none is ever lost
	File     *File     `json:"file,omitempty"`
	Held     time.Time `json:"held,omitzero"`  // when a work last began to take the file
	Gone     bool      `json:"gone,omitempty"` // being forgotten: its blobs may be gone already

	Evidence bool     `json:"evidence,omitempty"` // the document of a fact, not a file of a work
	Facts    []string `json:"facts,omitempty"`    // to which it was bound: named before they are stored

	Message  bool     `json:"message,omitempty"`  // for a message, not for a work
	Messages []string `json:"messages,omitempty"` // index keys of those it was bound to: named before they are stored
}

func (u *Upload) keys() map[string]string {
	return map[string]string{"about": u.Owner, "state": stamp(u.Began)}
}

// StartUpload begins an upload of a file of so many bytes. It refuses before
// the first byte what could not be kept. Error kinds: Forbidden, Invalid,
// TooLarge, TooMany.
func (l *Library) StartUpload(ctx context.Context, a Actor, name string, size int64) (*Upload, error) {
	if _, err := l.mayTo(ctx, a, ActAddWork, a.Person); err != nil {
		return nil, err
	}
	return l.startUpload(ctx, a, &Upload{Name: name, Size: size})
}

func (l *Library) startUpload(ctx context.Context, a Actor, u *Upload) (*Upload, error) {
	name, size := u.Name, u.Size
	if size <= 0 {
		return nil, E(Invalid, "error.empty_file", "Name", CleanName(name))
	}
	if size > MaxFile {
		return nil, tooLarge(name, size)
	}
	if err := l.roomFor(ctx, a); err != nil {
		return nil, err
	}
	u.School, u.Owner, u.Name, u.Began = a.School, a.Person, CleanName(name), l.now().UTC()
	return u, create(ctx, l, "upload", u, u.keys())
}

// roomFor refuses one upload more than a person may have at a time. Some that
// begin in the same instant may get past it together; it is no exact count.
// Error kind: TooMany.
func (l *Library) roomFor(ctx context.Context, a Actor) error {
	open, err := l.store.List(ctx, Query{School: a.School, Kind: "upload", Index: "about", From: a.Person, To: a.Person + "\x01", Limit: maxOpen})
	if err == nil && len(open) == maxOpen {
		err = E(TooMany, "error.uploads_open", "Max", maxOpen)
	}
	return err
}

func tooLarge(name string, size int64) error {
	return E(TooLarge, "error.too_large", "Name", CleanName(name), "Size", size, "Max", int64(MaxFile))
}

// UploadByID finds an upload of the actor's own, to see how far it is. Error
// kind: NotFound.
func (l *Library) UploadByID(ctx context.Context, a Actor, id string) (*Upload, error) {
	u, err := load[Upload](ctx, l, "upload", a.School, id)
	if err != nil {
		return nil, err
	}
	if u.Owner != a.Person || u.Gone {
		return nil, E(NotFound, "error.not_found")
	}
	return u, nil
}

// AppendUpload stores the next chunk, which begins at offset. It returns when
// the chunk is durable. Error kinds: NotFound; Conflict when offset is not what
// was received so far (ask UploadByID and go on from there); Invalid, TooLarge.
func (l *Library) AppendUpload(ctx context.Context, a Actor, id string, offset int64, r io.Reader) (*Upload, error) {
	u, err := l.UploadByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if u.File != nil || offset != u.Received {
		return nil, E(Conflict, "error.offset", "Received", u.Received)
	}
	if len(u.Chunks) == maxChunks {
		return nil, E(Invalid, "error.chunks")
	}
	most := min(UploadChunk, u.Size-u.Received)
	blob := fmt.Sprintf("upload/%s/%05d-%s", u.ID, len(u.Chunks), NewID())
	n, err := l.files.Put(ctx, blob, io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if n > most || n == 0 {
		return nil, l.drop(ctx, E(Invalid, "error.chunk", "Max", most), blob)
	}
	u.Received += n
	u.Chunks = append(u.Chunks, blob)
	if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
		return nil, l.dropUnsaid(ctx, err, blob)
	}
	return u, nil
}

// FinishUpload makes the chunks one file: its type is read from its content,
// what must not be kept is taken out, hashes are computed, a thumbnail is
// made. Asked again it gives the same file. A file that is not taken is
// forgotten with its upload. Error kinds: NotFound, Conflict (bytes are missing,
// or it is being finished already), Invalid (not a type that is taken).
func (l *Library) FinishUpload(ctx context.Context, a Actor, id string) (*Upload, error) {
	u, err := l.UploadByID(ctx, a, id)
	if err != nil || u.File != nil {
		return u, err
	}
	if u.Received != u.Size {
		return nil, E(Conflict, "error.offset", "Received", u.Received)
	}
	if _, busy := finishing.LoadOrStore(Ref{u.School, "upload", u.ID}, true); busy {
		return nil, E(Conflict, "error.finishing", "Name", u.Name)
	}
	defer finishing.Delete(Ref{u.School, "upload", u.ID})
	whole := &chunkReader{ctx: ctx, files: l.files, chunks: u.Chunks}
	defer whole.Close()
	if err := l.takeIn(ctx, u, whole); err != nil {
		if isKind(err, Invalid) {
			err = l.forgetFailed(ctx, u, err)
		}
		return nil, err
	}
	return u, l.drop(ctx, nil, whole.chunks...)
}

// finishing holds the uploads that are being finished in this process. Who asks
// again before a large file is whole must not begin anew: the second would undo
// the first, and an impatient browser would never get there. Between processes
// the revision decides, and the last one wins.
var finishing sync.Map

// TakeUpload takes a whole file in one go, for a form without JavaScript.
// Error kinds: Forbidden, Invalid, TooLarge, TooMany.
func (l *Library) TakeUpload(ctx context.Context, a Actor, name string, r io.Reader) (*Upload, error) {
	if _, err := l.mayTo(ctx, a, ActAddWork, a.Person); err != nil {
		return nil, err
	}
	return l.takeWhole(ctx, a, &Upload{Name: CleanName(name)}, r)
}

// takeWhole takes a whole file into an upload of the actor's own.
func (l *Library) takeWhole(ctx context.Context, a Actor, u *Upload, r io.Reader) (*Upload, error) {
	if err := l.roomFor(ctx, a); err != nil {
		return nil, err
	}
	u.School, u.Owner, u.Began = a.School, a.Person, l.now().UTC()
	if err := create(ctx, l, "upload", u, u.keys()); err != nil {
		return nil, err
	}
	if err := l.takeIn(ctx, u, r); err != nil {
		return nil, l.forgetFailed(ctx, u, err)
	}
	return u, nil
}

// forgetFailed forgets an upload that came to nothing, and gives back why. What
// cannot be removed now, the sweep finds.
func (l *Library) forgetFailed(ctx context.Context, u *Upload, why error) error {
	_ = l.forget(context.WithoutCancel(ctx), u)
	return why
}

// takeIn streams a file into a blob of its own and then says so in u.
func (l *Library) takeIn(ctx context.Context, u *Upload, r io.Reader) error {
	limit := &limitReader{r: r, left: MaxFile, err: tooLarge(u.Name, MaxFile+1)}
	if u.Evidence {
		limit.left, limit.err = MaxEvidence, E(TooLarge, "error.evidence_large", "Name", u.Name, "Max", int64(MaxEvidence))
	}
	mediaType, clean, err := l.admit(u, limit)
	if err != nil {
		return err
	}
	f := &File{Blob: u.School + "/" + u.Owner + "/" + NewID(), Name: u.Name, Type: mediaType}
	u.Blobs = append(u.Blobs, f.Blob, thumbOf(f))
	if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
		return err
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	f.Size, err = l.files.Put(ctx, f.Blob, io.TeeReader(clean, io.MultiWriter(sum, crc)))
	if err != nil {
		return err
	}
	if f.Size == 0 {
		return E(Invalid, "error.empty_file", "Name", u.Name)
	}
	f.SHA256, f.CRC32 = hex.EncodeToString(sum.Sum(nil)), crc.Sum32()
	if f.Thumb, err = l.makeThumb(ctx, f); err != nil {
		return err
	}
	u.File, u.Chunks = f, nil
	if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
		return l.dropUnsaid(ctx, err, f.Blob, f.Thumb)
	}
	return nil
}

func thumbOf(f *File) string { return f.Blob + "-thumb" }

// makeThumb stores the thumbnail of a stored file and gives its blob, or "".
func (l *Library) makeThumb(ctx context.Context, f *File) (string, error) {
	r, err := l.files.Open(ctx, f.Blob)
	if err != nil {
		return "", err
	}
	defer r.Close()
	jpeg := l.intake.Thumb(f.Type, r)
	if jpeg == nil {
		return "", nil
	}
	_, err = l.files.Put(ctx, thumbOf(f), bytes.NewReader(jpeg))
	return thumbOf(f), err
}

// drop removes blobs that nothing shows, and gives back why.
func (l *Library) drop(ctx context.Context, why error, blobs ...string) error {
	for _, b := range blobs {
		if b != "" {
			_ = l.files.Delete(context.WithoutCancel(ctx), b) // the sweep at start finds what stays
		}
	}
	return why
}

// dropUnsaid removes blobs that a document could not name after all, and gives
// back why. Only a Conflict is certain: after any other error the document may
// name them, and then they must stay. The sweep finds those it does not.
func (l *Library) dropUnsaid(ctx context.Context, why error, blobs ...string) error {
	if isKind(why, Conflict) {
		return l.drop(ctx, why, blobs...)
	}
	return why
}

// DropUpload stops an upload and forgets its bytes. One whose work is being saved
// stays. Error kinds: NotFound, Conflict.
func (l *Library) DropUpload(ctx context.Context, a Actor, id string) error {
	u, err := l.UploadByID(ctx, a, id)
	if err != nil {
		return err
	}
	return l.forget(ctx, u)
}

// forget removes an upload and the blobs it began, but for those a work or a fact took.
// First it says so in the document, by its revision: from then on no work can
// take the file, so none loses it. The document itself goes last: while it
// stands, a sweep finds the blobs. Error kind: Conflict when a work may be taking
// the file now.
func (l *Library) forget(ctx context.Context, u *Upload) error {
	if l.now().Sub(u.Held).Abs() < uploadHold {
		return E(Conflict, "error.conflict")
	}
	if !u.Gone {
		u.Gone = true
		if err := replace(ctx, l, "upload", u, u.keys()); err != nil {
			return err
		}
	}
	keep, err := l.taken(ctx, u)
	if err != nil {
		return err
	}
	return l.clear(ctx, u, keep)
}

// clear removes an upload's document, after its blobs: all of them, or all but
// its file.
func (l *Library) clear(ctx context.Context, u *Upload, keepFile bool) error {
	blobs := slices.Clone(u.Blobs)
	if keepFile {
		blobs = slices.DeleteFunc(blobs, func(b string) bool { return b == u.File.Blob || b == u.File.Thumb })
	}
	chunks, err := l.files.List(ctx, "upload/"+u.ID+"/", "", 1000)
	if err != nil {
		return err
	}
	for ; len(chunks) > 0; chunks, err = l.files.List(ctx, "upload/"+u.ID+"/", "", 1000) {
		for _, c := range chunks {
			if err := l.files.Delete(ctx, c.ID); err != nil {
				return err
			}
		}
	}
	if err != nil {
		return err
	}
	for _, b := range blobs {
		if err := l.files.Delete(ctx, b); err != nil {
			return err
		}
	}
	return l.store.Delete(ctx, Ref{u.School, "upload", u.ID}, u.Rev)
}

// taken tells whether a work holds the upload's file: in or out of the bin, now
// or in an earlier version; of a document, whether a fact does; of the file of a
// message, whether a message does.
func (l *Library) taken(ctx context.Context, u *Upload) (bool, error) {
	if u.File == nil {
		return false, nil
	}
	if u.Evidence {
		return l.heldByFact(ctx, u)
	}
	if u.Message {
		return l.heldByMessage(ctx, u)
	}
	for _, q := range []Query{
		Query{School: u.School, Kind: "work", Index: "about"}.Prefix(u.Owner + "/"),
		Query{School: u.School, Kind: "work", Index: "state"}.Prefix("bin/" + u.Owner + "/"),
	} {
		for d, err := range l.each(ctx, q) {
			if err != nil {
				return false, err
			}
			if bytes.Contains(d.Body, []byte(u.File.Blob)) {
				return true, nil
			}
			versions := Query{School: u.School, Kind: "version", Index: "about"}.Prefix(d.ID + "/")
			for v, err := range l.each(ctx, versions) {
				if err != nil {
					return false, err
				}
				if bytes.Contains(v.Body, []byte(u.File.Blob)) {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// finished gives a finished upload of the actor's own to a work that is about to
// be saved, and keeps it from being forgotten meanwhile. Error kinds: NotFound
// (also for the document of a fact, or the file of a message), Conflict.
func (l *Library) finished(ctx context.Context, a Actor, id string) (*Upload, error) {
	u, err := l.UploadByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if u.Evidence || u.Message {
		return nil, E(NotFound, "error.not_found")
	}
	if u.File == nil {
		return nil, E(Conflict, "error.upload_open", "Name", u.Name)
	}
	u.Held = l.now().UTC()
	return u, replace(ctx, l, "upload", u, u.keys())
}

// letGo forgets uploads whose files a work or a fact now holds, with what is left of their
// chunks and of earlier tries.
func (l *Library) letGo(ctx context.Context, a Actor, ids []string) error {
	for _, id := range ids {
		u, err := l.UploadByID(ctx, a, id)
		if err == nil && u.File != nil {
			err = l.clear(ctx, u, true)
		}
		if err != nil && !isKind(err, NotFound) && !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}

// Sweep forgets the uploads of all schools that nobody came back for. It runs
// at start and may run at any time. What cannot be forgotten now does not keep it
// from the others; the errors come together.
func (l *Library) Sweep(ctx context.Context) (swept int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		old, e := list[Upload](ctx, l, Query{School: s.ID, Kind: "upload", Index: "state", To: stamp(l.now().Add(-uploadLife))})
		err = errors.Join(err, e)
		for _, u := range old {
			switch e := l.forget(ctx, u); {
			case e == nil:
				swept++
			case !isKind(e, Conflict) && !isKind(e, NotFound):
				err = errors.Join(err, e)
			}
		}
	}
	return swept, err
}

// CleanName makes a file name fit to show: the last part of a path, without
// what a screen cannot show, and not too long. It is never used as a path.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if n := utf8.RuneCountInString(name); n > MaxName {
		ext := path.Ext(name)
		if utf8.RuneCountInString(ext) > 10 {
			ext = ""
		}
		name = string([]rune(name)[:MaxName-utf8.RuneCountInString(ext)]) + ext
	}
	if name == "" || name == "." || name == "/" || name == ".." {
		return "bestand"
	}
	return name
}

// limitReader gives err when there is more than left.
type limitReader struct {
	r    io.Reader
	left int64
	err  error
}

func (l *limitReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.err
	}
	return n, err
}

// chunkReader reads the chunks of an upload as one.
type chunkReader struct {
	ctx    context.Context
	files  Files
	chunks []string
	next   int
	cur    BlobReader
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for {
		if c.cur == nil {
			if c.next == len(c.chunks) {
				return 0, io.EOF
			}
			r, err := c.files.Open(c.ctx, c.chunks[c.next])
			if err != nil {
				return 0, err
			}
			c.cur = r
			c.next++
		}
		n, err := c.cur.Read(p)
		if err == io.EOF {
			c.cur.Close()
			c.cur, err = nil, nil
			if n == 0 {
				continue
			}
		}
		return n, err
	}
}

func (c *chunkReader) Close() error {
	if c.cur != nil {
		return c.cur.Close()
	}
	return nil
}
