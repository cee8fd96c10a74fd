package storetest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// noise is the contents of a blob of any size: every byte follows from its
// place, so nothing needs to be held to know what should be read.
type noise uint64

func (n noise) ReadAt(p []byte, off int64) (int, error) {
	var word [8]byte
	for i := 0; i < len(p); {
		at := off + int64(i)
		binary.LittleEndian.PutUint64(word[:], (uint64(n)+uint64(at/8)+1)*0x9e3779b97f4a7c15)
		i += copy(p[i:], word[at%8:])
	}
	return len(p), nil
}

// first reads the first size bytes of the noise.
func (n noise) first(size int64) *io.SectionReader { return io.NewSectionReader(n, 0, size) }

// bytes are the first size bytes of the noise.
func (n noise) bytes(size int64) []byte {
	b := make([]byte, size)
	n.ReadAt(b, 0)
	return b
}

// isNoise says in which way r does not hold the bytes of n between from and to.
func isNoise(r io.Reader, n noise, from, to int64) error {
	got, want := make([]byte, 64<<10), make([]byte, 64<<10)
	for from < to {
		size := min(to-from, int64(len(got)))
		if k, err := io.ReadFull(r, got[:size]); err != nil {
			return fmt.Errorf("at %d: %w", from+int64(k), err)
		}
		n.ReadAt(want[:size], from)
		if !bytes.Equal(got[:size], want[:size]) {
			return fmt.Errorf("other bytes between %d and %d", from, from+size)
		}
		from += size
	}
	if k, err := r.Read(got[:1]); k != 0 || err != io.EOF {
		return fmt.Errorf("at the end: got %d bytes and %v, want end of file", k, err)
	}
	return nil
}
