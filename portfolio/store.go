package portfolio

import (
	"context"
	"io"
	"time"
)

// Ref names one document: the school it belongs to, what it is, and which.
// School is never empty; documents of the installation itself (accounts,
// sessions) carry the school Installation.
type Ref struct {
	School, Kind, ID string
}

// Installation is the School of what belongs to no single school.
const Installation = "-"

// Doc is a document as its store sees it: bytes with a revision.
//
// Keys are the document's index keys: index name to key. A document is listed
// under an index exactly when it has a key for it. Names are those declared in
// Indexes; keys hold ids, dates, enums and keyed hashes only, never a name, a
// text or an address, because they are not sealed. Body is JSON to the Library
// and nothing but bytes to the store, at most 8 MiB (MongoDB's limit for a whole
// document is 16).
//
// School, Kind and ID are not empty. They and the keys are UTF-8 without NUL; a
// key may be empty. All are ordered by their bytes.
type Doc struct {
	Ref
	Rev  int64 // 1 when created (Create does not look at it), one more for each Replace
	Keys map[string]string
	Body []byte
}

// Indexes are the index names a document may have keys for. They are general
// so that a store declares them once for all kinds.
var Indexes = []string{"about", "party", "state"}

// Query lists documents of one kind in one school in the order of one index,
// then of ID. The zero Index lists by ID: the ID is then the key that From and
// To bound, and After.Key is not looked at.
type Query struct {
	School, Kind string
	Index        string // "" lists by ID
	From, To     string // From <= key < To; an empty To means no upper bound
	Desc         bool   // highest first, keys and IDs
	After        Cursor // from the previous page; zero starts at the beginning
	Limit        int    // 1 to 1000
}

// Cursor is the place of the last document of a page. Zero is the beginning.
type Cursor struct {
	Key, ID string
}

// Prefix fills From and To so that the query lists the keys that begin with p.
func (q Query) Prefix(p string) Query {
	q.From, q.To = p, p+"\U0010FFFF"
	return q
}

// Store keeps documents. Every engine gives the same answers: app/storetest is
// the contract. Nothing here spans two documents: there are no joins and no
// transactions, so a sharded MongoDB and one SQLite file keep one promise.
//
// A call that returned nil is durable: it survives a power cut. A call that
// returned an error other than Unavailable changed nothing; after Unavailable
// the caller cannot know, and may repeat the call.
//
// Error kinds: NotFound (Get, Replace, Delete), Exists (Create), Conflict
// (Replace, Delete: the revision is not the stored one), Invalid (a Query or
// Doc that breaks the rules above), TooLarge (a body), Unavailable. A context
// that ends is Unavailable with the context's own error in the chain.
type Store interface {
	Get(ctx context.Context, ref Ref) (Doc, error)
	// Create stores d with revision 1; the ID is the only uniqueness there is.
	Create(ctx context.Context, d Doc) error
	// Replace stores d with revision d.Rev+1 if the stored revision is d.Rev.
	Replace(ctx context.Context, d Doc) error
	Delete(ctx context.Context, ref Ref, rev int64) error
	// List returns at most q.Limit documents. A full page may have more after
	// it: ask again with After set to the last document's key and ID.
	List(ctx context.Context, q Query) ([]Doc, error)
	Close() error
}

// Blob is what a Files knows of one blob.
type Blob struct {
	ID   string
	Size int64
	At   time.Time // when it was stored, by the engine's clock
}

// Files keeps blobs: bytes that are written once and never changed. An ID is
// lower-case letters, digits, '-' and '/', at most 200 bytes, no part of it
// empty and none the folder of another blob.
//
// Error kinds: NotFound (Open), Exists (Put), Invalid (a bad ID or limit),
// Unavailable, also for a context that ends, as in Store; an error of r is
// returned as it is, and then nothing is stored.
type Files interface {
	// Put streams r into a new blob in bounded memory. When it returns nil the
	// blob is durable; before that nobody can open it.
	Put(ctx context.Context, id string, r io.Reader) (size int64, err error)
	// Open reads a blob, at any offset. Ranged reads cost no more than what they
	// read.
	Open(ctx context.Context, id string) (BlobReader, error)
	// Delete removes a blob; a blob that is not there is no error. A reader that
	// is open goes on or fails, as the engine has it, but never reads other bytes.
	Delete(ctx context.Context, id string) error
	// List returns at most limit blobs whose ID begins with prefix and is
	// greater than after, by the bytes of their IDs; limit is 1 to 1000.
	List(ctx context.Context, prefix, after string, limit int) ([]Blob, error)
}

// BlobReader reads an open blob. One goroutine uses it at a time, except for
// ReadAt.
type BlobReader interface {
	io.ReadSeekCloser
	io.ReaderAt
	Size() int64
}
