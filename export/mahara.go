package export

import (
	"archive/zip"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"kaft/portfolio"
)

// Leap2A is the stand-alone zip for Mahara and others, made of a bundle while it
// is fetched: leap2a.xml in its root, and the files it refers to. What it holds
// is copied as it lies in the bundle.
type Leap2A struct {
	Size   int64 // of the zip, to the byte
	bundle portfolio.BlobReader
	parts  []*zip.File
}

// OpenLeap2A looks at a bundle that was made here. It closes the bundle when it
// gives an error. Error kind: NotFound, of a bundle without leap2a.xml.
func OpenLeap2A(bundle portfolio.BlobReader) (_ *Leap2A, err error) {
	x := &Leap2A{bundle: bundle}
	defer func() {
		if err != nil {
			bundle.Close()
		}
	}()
	z, err := zip.NewReader(bundle, bundle.Size())
	if err != nil {
		return nil, err
	}
	found := false
	for _, f := range z.File {
		_, name, _ := strings.Cut(f.Name, "/data/")
		if name != leapPath && !strings.HasPrefix(name, "files/") {
			continue
		}
		part := *f
		part.Name, part.Extra = name, nil // what stood there is of its place in the bundle
		x.parts = append(x.parts, &part)
		if name == leapPath {
			found = true
			if err := intact(&part); err != nil {
				return nil, err
			}
		}
	}
	if !found {
		return nil, portfolio.E(portfolio.NotFound, "error.not_found")
	}
	var size counter
	err = x.write(&size, func(f *zip.File) (io.Reader, error) { return &zeros{int64(f.CompressedSize64)}, nil })
	x.Size = int64(size)
	return x, err
}

// Reader gives the zip, once. Whoever reads it to an error got no zip: its
// directory comes last. It closes the bundle in the end.
func (x *Leap2A) Reader() io.ReadCloser {
	pr, pw := io.Pipe()
	go func() {
		defer x.bundle.Close()
		pw.CloseWithError(x.copy(pw))
	}()
	return pr
}

func (x *Leap2A) copy(w io.Writer) (err error) {
	defer caught(&err)
	return x.write(w, func(f *zip.File) (io.Reader, error) {
		r, err := f.OpenRaw()
		if err != nil || f.Method != zip.Store {
			return r, err
		}
		return &summed{r: r, want: f.CRC32}, nil
	})
}

// write writes the zip; content gives what each part holds in it.
func (x *Leap2A) write(w io.Writer, content func(*zip.File) (io.Reader, error)) error {
	z := zip.NewWriter(w)
	for _, f := range x.parts {
		r, err := content(f)
		if err != nil {
			return err
		}
		h := f.FileHeader
		to, err := z.CreateRaw(&h)
		if err != nil {
			return err
		}
		n, err := io.Copy(to, r)
		if err != nil {
			return err
		}
		if n != int64(f.CompressedSize64) {
			return fmt.Errorf("%s in the bundle is %d bytes, not %d", f.Name, n, f.CompressedSize64)
		}
	}
	return z.Close()
}

// intact reads a part that was deflated and compares its CRC-32.
func intact(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, r)
	return err
}

var errSum = errors.New("a file in a bundle is not what it was")

// summed fails at the end of what has another CRC-32 than it should.
type summed struct {
	r         io.Reader
	sum, want uint32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.sum = crc32.Update(s.sum, crc32.IEEETable, p[:n])
	if err == io.EOF && s.sum != s.want {
		err = errSum
	}
	return n, err
}

// zeros is so many bytes of nothing: the size of a zip does not depend on what
// is in it.
type zeros struct{ n int64 }

var nothing [1 << 20]byte

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := copy(p, nothing[:min(int64(len(nothing)), z.n)])
	z.n -= int64(n)
	return n, nil
}

// WriteTo spares copying gigabytes of nothing.
func (z *zeros) WriteTo(w io.Writer) (done int64, err error) {
	for z.n > 0 && err == nil {
		var n int
		n, err = w.Write(nothing[:min(int64(len(nothing)), z.n)])
		z.n -= int64(n)
		done += int64(n)
	}
	return done, err
}
