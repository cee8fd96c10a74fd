package localstore

import (
	"errors"
	"io/fs"
	"path"
	"syscall"
)

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
