package app

import (
	"bufio"
	"errors"
	"io"

	"kaft/portfolio"
)

// strip reads a file and gives what of it is kept, in bounded memory. The
// formats (photo.go, film.go) say part by part what that is, by an allow-list:
// what they do not know is not kept. Stripping what was stripped changes
// nothing.
type strip struct {
	name string
	in   *bufio.Reader
	next func(*strip) error // looks at the next part of in: fills out, pass and zero, or returns errEnd

	out  []byte // to give first
	pass int64  // then bytes of in as they are
	zero int64  // then as many zeros as bytes of in are skipped
	rest bool   // then all the rest of in
	err  error

	side byte // which side of a picture is up, as far as read: 1 to 8 as in Exif, or 0
}

var (
	errEnd    = errors.New("the end of what is kept")
	errBroken = errors.New("broken file")
)

func newStrip(name string, r io.Reader, next func(*strip) error) *strip {
	return &strip{name: name, in: bufio.NewReaderSize(r, 64<<10), next: next}
}

// Read gives what is kept. Error kind: Invalid when the file is broken or ends
// too early; an error of the file's reader is returned as it is.
func (s *strip) Read(p []byte) (int, error) {
	for len(p) > 0 {
		switch {
		case len(s.out) > 0:
			n := copy(p, s.out)
			s.out = s.out[n:]
			return n, nil
		case s.pass > 0 && s.err == nil:
			n, err := s.in.Read(p[:min(int64(len(p)), s.pass)])
			s.pass -= int64(n)
			s.err = s.explain(err)
			if n > 0 {
				return n, nil
			}
		case s.zero > 0 && s.err == nil:
			n, err := s.in.Discard(int(min(int64(len(p)), s.zero)))
			clear(p[:n])
			s.zero -= int64(n)
			s.err = s.explain(err)
			if n > 0 {
				return n, nil
			}
		case s.err != nil:
			return 0, s.err
		case s.rest:
			return s.in.Read(p)
		default:
			s.out = nil
			s.err = s.explain(s.next(s))
		}
	}
	return 0, nil
}

// explain turns what a format found into an error for the reader of s.
func (s *strip) explain(err error) error {
	switch err {
	case errEnd:
		return io.EOF
	case errBroken, io.EOF, io.ErrUnexpectedEOF:
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.file_broken", Args: map[string]any{"Name": s.name}, Err: err}
	}
	return err
}

// take reads the next n bytes, of which no more than 64 KiB can be asked.
func (s *strip) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(s.in, b)
	return b, err
}

// skip leaves out the next n bytes.
func (s *strip) skip(n int64) error {
	for n > 0 {
		k, err := s.in.Discard(int(min(n, 1<<30)))
		if err != nil {
			return err
		}
		n -= int64(k)
	}
	return nil
}
