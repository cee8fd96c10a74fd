package app

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// PNG, GIF and WebP: as photo.go says, what makes the picture is kept and the
// rest is not.

// stripPNG keeps the chunks that make the picture, its colours and its
// movement, and of eXIf the orientation.
func stripPNG() func(*strip) error {
	p := &pngFile{}
	return p.next
}

type pngFile struct {
	chunks int
	pixels bool
}

// pngKept are the chunks that are kept. Those with names that begin with a
// capital are needed to show the picture.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true,
	"tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "cICP": true, "mDCV": true, "cLLI": true,
	"sBIT": true, "bKGD": true, "hIST": true, "pHYs": true,
	"acTL": true, "fcTL": true, "fdAT": true,
}

func (p *pngFile) next(s *strip) error {
	p.chunks++
	if p.chunks == 1 {
		s.pass = 8 // the signature
		return nil
	}
	b, err := s.in.Peek(8)
	if err != nil {
		return err
	}
	size, kind := int64(binary.BigEndian.Uint32(b)), string(b[4:8])
	if size > 1<<31-1 || (kind == "IHDR") != (p.chunks == 2) || kind == "IHDR" && size != 13 {
		return errBroken
	}
	switch {
	case kind == "IEND":
		if !p.pixels {
			return errBroken
		}
		s.out = pngChunk(kind, nil)
		return errEnd
	case pngKept[kind]:
		p.pixels = p.pixels || kind == "IDAT"
		s.pass = 12 + size
		return nil
	case kind == "eXIf" && size <= maxExif:
		content, err := s.take(int(12 + size))
		if err != nil {
			return err
		}
		if s.side = orientation(content[8 : 8+size]); s.side > 1 {
			s.out = pngChunk(kind, orientationTIFF(s.side))
		}
		return nil
	case kind[0] >= 'a' && kind[0] <= 'z':
		return s.skip(12 + size)
	}
	return errBroken
}

func pngChunk(kind string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// stripGIF keeps the frames and how often they repeat.
func stripGIF() func(*strip) error {
	g := &gifFile{}
	return g.next
}

type gifFile struct {
	begun, framed bool
	blocks        bool // in the data of a frame
}

func (g *gifFile) next(s *strip) error {
	if !g.begun {
		g.begun = true
		b, err := s.in.Peek(13)
		if err != nil {
			return err
		}
		s.pass = 13 + colorTable(b[10])
		return nil
	}
	if g.blocks {
		b, err := s.in.Peek(1)
		if err != nil {
			return err
		}
		s.pass, g.blocks = 1+int64(b[0]), b[0] != 0
		return nil
	}
	b, err := s.in.Peek(2)
	if err != nil && (len(b) == 0 || b[0] != 0x3b) {
		return err
	}
	switch b[0] {
	case 0x3b: // the end
		if !g.framed {
			return errBroken
		}
		s.out = []byte{0x3b}
		return errEnd
	case 0x2c: // a frame
		if b, err = s.in.Peek(10); err != nil {
			return err
		}
		s.pass = 10 + colorTable(b[9]) + 1
		g.framed, g.blocks = true, true
		return nil
	case 0x21:
		return g.extension(s, b[1])
	}
	return errBroken
}

// extension keeps how a frame is shown and how often all are.
func (g *gifFile) extension(s *strip, label byte) error {
	if err := s.skip(2); err != nil {
		return err
	}
	var blocks [][]byte // the first two
	for {
		size, err := s.in.ReadByte()
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		block, err := s.take(int(size))
		if err != nil {
			return err
		}
		if len(blocks) < 2 {
			blocks = append(blocks, block)
		}
	}
	switch {
	case label == 0xf9 && len(blocks) > 0 && len(blocks[0]) == 4:
		s.out = append(append([]byte{0x21, label, 4}, blocks[0]...), 0)
	case label == 0xff && len(blocks) == 2 && len(blocks[1]) >= 3 && blocks[1][0] == 1 &&
		(string(blocks[0]) == "NETSCAPE2.0" || string(blocks[0]) == "ANIMEXTS1.0"):
		s.out = append(append([]byte{0x21, label, 11}, blocks[0]...), 3, 1, blocks[1][1], blocks[1][2], 0)
	}
	return nil
}

// colorTable is the size of the colour table that a flag byte announces.
func colorTable(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// stripWebP keeps the chunks that make the picture. The file says its length
// first, so what is not kept is blanked where it stands and the length stays
// true without holding the file in memory.
func stripWebP() func(*strip) error {
	w := &webpFile{}
	return w.next
}

type webpFile struct {
	begun, pixels bool
	exif          bool  // announced
	left          int64 // of the file
}

func (w *webpFile) next(s *strip) error {
	if !w.begun {
		w.begun = true
		b, err := s.take(12)
		w.left = int64(binary.LittleEndian.Uint32(b[4:])) - 4
		s.out = b
		return err
	}
	if w.left == 0 {
		if !w.pixels {
			return errBroken
		}
		return errEnd
	}
	b, err := s.in.Peek(8)
	if err != nil {
		return err
	}
	kind, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
	size += size & 1
	if 8+size > w.left {
		return errBroken
	}
	w.left -= 8 + size
	switch kind {
	case "VP8 ", "VP8L":
		w.pixels = true
		s.pass = 8 + size
	case "ALPH", "ANIM", "ICCP":
		s.pass = 8 + size
	case "ANMF": // a frame: sixteen bytes, then chunks
		if size < 16 {
			return errBroken
		}
		s.pass = 8 + 16
		w.left += size - 16
	case "VP8X":
		if size < 10 {
			return errBroken
		}
		s.out, err = s.take(9)
		if err != nil {
			return err
		}
		w.exif = s.out[8]&0x08 != 0
		s.out[8] &^= 0x04 // there is no XMP
		s.pass = size - 1
	case "EXIF":
		if w.exif && size >= tiffSize {
			return w.exifChunk(s, size)
		}
		fallthrough
	default:
		s.out = append([]byte("JUNK"), b[4:8]...)
		s.zero = size
		return s.skip(8)
	}
	return nil
}

// exifChunk keeps the orientation and blanks the rest.
func (w *webpFile) exifChunk(s *strip, size int64) error {
	b, err := s.take(8 + int(min(size, maxExif)))
	if err != nil {
		return err
	}
	s.side = orientation(bytes.TrimPrefix(b[8:], exifMark))
	s.zero = 8 + size - int64(len(b))
	clear(b[8:])
	copy(b[8:], orientationTIFF(max(s.side, 1)))
	s.out = b
	return nil
}
