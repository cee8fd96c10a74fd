package export

import (
	"context"
	"crypto/rand"
	"io"
	"os"

	"github.com/minio/sio"
)

// spool keeps a document while the bundle is made, so that what is made of it
// (leap2a.xml, the pages, the credentials) can read it as often as need be
// without holding it. It is a nameless file, sealed with a key that is nowhere
// else: what a stopped machine leaves on its disk is noise. Sealing is
// minio/sio's (DARE 2.0), which Kaft's files are sealed with as well.
type spool struct {
	file *os.File
	key  [32]byte
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "kaft-document-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // where a file that is open cannot be removed, Close does it
	s := &spool{file: f}
	rand.Read(s.key[:]) // never fails (crypto/rand)
	return s, nil
}

func (s *spool) config() sio.Config { return sio.Config{MinVersion: sio.Version20, Key: s.key[:]} }

// writer gives what writes the document, once.
func (s *spool) writer() (io.WriteCloser, error) {
	w, err := sio.EncryptWriter(noClose{s.file}, s.config())
	return w, err
}

// each reads the document's elements.
func (s *spool) each(ctx context.Context, visit func(element) error) error {
	r, err := s.reader(ctx)
	if err != nil {
		return err
	}
	return readDocument(r, true, visit)
}

// reader reads what was written, from its beginning.
func (s *spool) reader(ctx context.Context) (io.Reader, error) {
	size, err := s.file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	r, err := sio.DecryptReader(io.NewSectionReader(s.file, 0, size), s.config())
	return &ctxReader{ctx, r}, err
}

// spot is where an element stands in the document.
type spot struct {
	at   int64
	size int
}

// spots gives what reads single elements again.
func (s *spool) spots() (func(spot) ([]byte, error), error) {
	r, err := sio.DecryptReaderAt(s.file, s.config())
	if err != nil {
		return nil, err
	}
	return func(x spot) ([]byte, error) {
		raw := make([]byte, x.size)
		n, err := r.ReadAt(raw, x.at)
		if n == x.size {
			err = nil
		}
		return raw, err
	}, nil
}

// Close forgets the document.
func (s *spool) Close() error {
	err := s.file.Close()
	os.Remove(s.file.Name())
	return err
}

// noClose keeps a file open when what writes to it is closed.
type noClose struct{ io.Writer }

func (noClose) Close() error { return nil }
