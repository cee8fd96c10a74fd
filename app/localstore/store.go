package localstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kaft/portfolio"
)

// Store is a portfolio.Store in one SQLite file: one connection that writes
// and a few that only read.
type Store struct {
	lock   *os.File // nil, as is the writer, of one that was opened to read
	writer *writer
	reader *reader
}

var _ portfolio.Store = (*Store)(nil)

// Open opens the documents in the folder dir, and makes the folder when there
// is none. One process at a time can have them open. The error is for the
// person who runs Kaft: the folder is in use, was written by a newer Kaft, or
// cannot be used.
func Open(dir string) (_ *Store, err error) {
	s := &Store{}
	defer func() {
		if err != nil {
			s.Close()
			err = fmt.Errorf("open documents: %w", err)
		}
	}()
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if s.lock, err = lock(dir, "store.lock"); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "store.db")
	if err = private(file); err != nil {
		return nil, err
	}
	if s.writer, err = openWriter(file); err != nil {
		return nil, err
	}
	if s.reader, err = openReader(file); err != nil {
		return nil, err
	}
	return s, flush(dir)
}

// OpenToRead opens the documents in the folder dir for reading only, also while
// another process has them open: SQLite's log lets one process write while
// others read, and what they read is whole commits. It makes nothing, and every
// write is Unavailable. The error is for the person who runs Kaft.
func OpenToRead(dir string) (*Store, error) {
	file, err := filepath.Abs(filepath.Join(dir, "store.db"))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("open documents to read: %w", err)
	}
	r, err := openReader(file)
	if err == nil {
		err = knownSchema(r.db)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open documents to read: %w", err), r.close())
	}
	return &Store{reader: r}, nil
}

// Get is portfolio.Store's.
func (s *Store) Get(ctx context.Context, ref portfolio.Ref) (portfolio.Doc, error) {
	if err := checkRef(ref); err != nil {
		return portfolio.Doc{}, err
	}
	return s.reader.one(ctx, ref)
}

// List is portfolio.Store's.
func (s *Store) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if err := checkQuery(q); err != nil {
		return nil, err
	}
	return s.reader.page(ctx, q)
}

// Create is portfolio.Store's.
func (s *Store) Create(ctx context.Context, d portfolio.Doc) error {
	if err := checkDoc(d); err != nil {
		return err
	}
	args := values(d)
	return s.writer.write(ctx, func(w *writer) error {
		return change(w.insert, args, func() error { return exists })
	})
}

// Replace is portfolio.Store's.
func (s *Store) Replace(ctx context.Context, d portfolio.Doc) error {
	if err := checkDoc(d); err != nil {
		return err
	}
	args := append(values(d), d.Rev)
	return s.writer.write(ctx, func(w *writer) error {
		return change(w.update, args, func() error { return w.missed(d.Ref) })
	})
}

// Delete is portfolio.Store's.
func (s *Store) Delete(ctx context.Context, ref portfolio.Ref, rev int64) error {
	if err := checkRef(ref); err != nil {
		return err
	}
	args := []any{ref.School, ref.Kind, ref.ID, rev}
	return s.writer.write(ctx, func(w *writer) error {
		return change(w.remove, args, func() error { return w.missed(ref) })
	})
}

// Close waits for the writes that were asked for, and lets go of the folder.
// Every call after it is Unavailable. It may be called twice.
func (s *Store) Close() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close()) // the last connection folds the log into the file
	}
	if s.lock != nil {
		s.lock.Close()
	}
	return errors.Join(errs...)
}

// private makes an empty file that only this user can read, unless it is
// there; SQLite gives its log the same mode.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
