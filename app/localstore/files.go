package localstore

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"kaft/portfolio"
)

const (
	blobs    = "blobs"
	incoming = "incoming"
)

// Files is a portfolio.Files in a folder: the ID of a blob is its path.
//
// A page of List reads every name in the folders it passes through, so IDs
// that may become many should spread over folders, some thousands in each.
type Files struct {
	lock *os.File
	root *os.Root
	next atomic.Int64 // name in incoming

	// names is held while a name is looked at and then taken or given up. One
	// process owns the folder, so this is what makes the two one step, on every
	// file system and without links.
	names sync.Mutex
}

var _ portfolio.Files = (*Files)(nil)

// OpenFiles opens the blobs in the folder dir, makes the folder when there is
// none, and removes what an earlier process left half written. One process at a
// time can have them open. The error is for the person who runs Kaft.
func OpenFiles(dir string) (_ *Files, err error) {
	f := &Files{}
	defer func() {
		if err != nil {
			f.Close()
			err = fmt.Errorf("open files: %w", err)
		}
	}()
	if f.lock, err = lock(dir, "files.lock"); err != nil {
		return nil, err
	}
	if err = os.RemoveAll(filepath.Join(dir, incoming)); err != nil {
		return nil, err
	}
	for _, folder := range []string{blobs, incoming} {
		if err = makeFolder(filepath.Join(dir, folder)); err != nil {
			return nil, err
		}
	}
	f.root, err = os.OpenRoot(dir)
	return f, err
}

// Put is portfolio.Files'. A taken or bad ID is refused before r is read.
func (f *Files) Put(ctx context.Context, id string, r io.Reader) (int64, error) {
	if !blobID(id) {
		return 0, invalid
	}
	if err := f.refuse(id); err != nil {
		return 0, err
	}
	name := path.Join(incoming, strconv.FormatInt(f.next.Add(1), 10))
	defer f.root.Remove(name) // there only when something went wrong
	size, err := f.receive(ctx, name, r)
	if err != nil {
		return 0, err
	}
	if err := f.place(name, id); err != nil {
		return 0, err
	}
	if err := f.flush(id); err != nil {
		f.remove(id)
		return 0, unavailable(err)
	}
	return size, nil
}

// Open is portfolio.Files'.
func (f *Files) Open(ctx context.Context, id string) (portfolio.BlobReader, error) {
	if !blobID(id) {
		return nil, invalid
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	file, err := f.root.Open(path.Join(blobs, id))
	if absent(err) {
		return nil, notFound
	}
	if err != nil {
		return nil, unavailable(err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return &blob{file, info.Size()}, nil
	}
	file.Close()
	if err != nil {
		return nil, unavailable(err)
	}
	return nil, notFound // the folder of other blobs
}

// Delete is portfolio.Files'. Folders that become empty go with the blob.
func (f *Files) Delete(ctx context.Context, id string) error {
	if !blobID(id) {
		return invalid
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if err := f.remove(id); err != nil {
		return unavailable(err)
	}
	if err := f.flush(id); err != nil {
		return unavailable(err)
	}
	return nil
}

// Close lets go of the folder. Readers that are open stay so.
func (f *Files) Close() error {
	var err error
	if f.root != nil {
		err = f.root.Close()
	}
	if f.lock != nil {
		f.lock.Close()
	}
	return err
}

// blob is an open blob.
type blob struct {
	*os.File
	size int64
}

func (b *blob) Size() int64 { return b.size }

// receive writes r to the file name and flushes it. An error of r is returned
// as it is.
func (f *Files) receive(ctx context.Context, name string, r io.Reader) (int64, error) {
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, unavailable(err)
	}
	defer file.Close()
	from := &input{ctx: ctx, r: r}
	size, err := io.Copy(file, from)
	if from.err != nil {
		return 0, from.err
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return 0, unavailable(err)
	}
	return size, nil
}

// input reads for a Put, until the context ends, and remembers its own error.
type input struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (in *input) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		in.err = unavailable(err)
		return 0, in.err
	}
	n, err := in.r.Read(p)
	if err != nil && err != io.EOF {
		in.err = err
	}
	return n, err
}
