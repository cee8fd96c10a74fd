package storetest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
)

// noise is the contents of a blob of any size: every byte follows from its
// place, so nothing needs to be held to know what should be read. Each block is
// a piece of one table of random bytes, and where the piece begins depends on
// the noise and on the block.
type noise uint64

const block = 64 << 10

var table = func() []byte {
	b := make([]byte, 2*block)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}()

func (n noise) ReadAt(p []byte, off int64) (int, error) {
	for i := 0; i < len(p); {
		at := off + int64(i)
		begin := (uint64(n)*block + uint64(at/block) + 1) * 0x9e3779b97f4a7c15 >> 48
		i += copy(p[i:], table[begin : begin+block][at%block:])
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
	got, want := make([]byte, block), make([]byte, block)
	for from < to {
		size := min(to-from, block)
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
