package localstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

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
		f.Delete(ctx, id)
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

// refuse says why id cannot be taken now.
func (f *Files) refuse(id string) error {
	f.names.Lock()
	defer f.names.Unlock()
	return f.vacant(id)
}

// vacant says why id cannot be taken, to who holds names. Error kinds: Exists,
// Invalid (it is the folder of a blob, or a blob is its folder), Unavailable.
func (f *Files) vacant(id string) error {
	for at, more := range parts(id) {
		info, err := f.root.Lstat(path.Join(blobs, at))
		switch {
		case absent(err):
			return nil
		case err != nil:
			return unavailable(err)
		case info.IsDir() && !more:
			return f.hollow(path.Join(blobs, at))
		case !info.IsDir() && more:
			return invalid
		}
	}
	return exists
}

// hollow removes a folder without blobs, which a process leaves that ends
// between two steps. Error kinds: Invalid (there is a blob), Unavailable.
func (f *Files) hollow(folder string) error {
	dir, err := f.root.Open(folder)
	if err != nil {
		return unavailable(err)
	}
	entries, err := dir.ReadDir(-1)
	dir.Close()
	if err != nil {
		return unavailable(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			return invalid
		}
		if err := f.hollow(path.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	if err := f.root.Remove(folder); err != nil {
		return unavailable(err)
	}
	return nil
}

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

// place gives the blob its name, if that is still free.
func (f *Files) place(name, id string) error {
	f.names.Lock()
	defer f.names.Unlock()
	if err := f.vacant(id); err != nil {
		return err
	}
	to := path.Join(blobs, id)
	if err := f.root.MkdirAll(path.Dir(to), 0o700); err != nil {
		return unavailable(err)
	}
	if err := f.root.Rename(name, to); err != nil {
		return unavailable(err)
	}
	return nil
}

func (f *Files) remove(id string) error {
	f.names.Lock()
	defer f.names.Unlock()
	name := path.Join(blobs, id)
	info, err := f.root.Lstat(name)
	if absent(err) {
		return nil
	}
	if err != nil || info.IsDir() {
		return err
	}
	if err := f.root.Remove(name); err != nil {
		return err
	}
	for folder := path.Dir(name); folder != blobs; folder = path.Dir(folder) {
		if f.root.Remove(folder) != nil {
			break // not empty
		}
	}
	return nil
}

// flush makes the name of id durable, or its absence: every folder above it,
// as each may be new, made by a neighbour that has not flushed it yet.
func (f *Files) flush(id string) error {
	for folder := path.Dir(path.Join(blobs, id)); folder != "."; folder = path.Dir(folder) {
		dir, err := f.root.Open(folder)
		if absent(err) {
			continue // removed with its last blob; the folder above knows
		}
		if err != nil {
			return err
		}
		err = flushFolder(dir)
		dir.Close()
		if err != nil {
			return err
		}
	}
	return nil
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

// parts gives "a", "a/b" and "a/b/c" for "a/b/c", and whether more follows.
func parts(id string) func(func(string, bool) bool) {
	return func(yield func(string, bool) bool) {
		for i, c := range []byte(id) {
			if c == '/' && !yield(id[:i], true) {
				return
			}
		}
		yield(id, false)
	}
}

// absent says that an error means that there is no such file: one of the
// folders on the way may be a blob.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
