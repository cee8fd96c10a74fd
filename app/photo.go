package app

import (
	"bytes"
	"encoding/binary"

	"github.com/bep/imagemeta"
)

// What is kept of a photo: the picture, its colours, its movement and which way
// is up. Not kept: where and when it was made and with what (Exif, XMP, IPTC),
// comments, hidden copies of the picture, and anything behind its end, such as
// the film of a motion photo.

// stripJPEG keeps the segments that make the picture, a colour profile, and of
// Exif the orientation.
func stripJPEG() func(*strip) error {
	j := &jpegFile{}
	return j.next
}

type jpegFile struct {
	begun, framed, scanned bool
	scanning               bool // in the data of a scan, up to the next marker
	turned                 bool // the first Exif was seen: only that one counts
}

func (j *jpegFile) next(s *strip) error {
	if !j.begun {
		j.begun = true
		soi, err := s.take(2)
		if err == nil && !bytes.Equal(soi, []byte{0xff, 0xd8}) {
			err = errBroken
		}
		s.out = soi
		return err
	}
	if j.scanning {
		return j.scan(s)
	}
	marker, err := nextMarker(s)
	if err != nil {
		return err
	}
	switch {
	case marker == 0xd9: // the end
		if !j.framed || !j.scanned {
			return errBroken
		}
		s.out = []byte{0xff, 0xd9}
		return errEnd
	case marker >= 0xd0 && marker <= 0xd7 || marker == 0x01: // without a length, and without a meaning here
		return nil
	}
	b, err := s.in.Peek(2)
	if err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint16(b)) // of the length itself and the content
	if size < 2 {
		return errBroken
	}
	switch {
	case marker >= 0xe0 && marker <= 0xef || marker == 0xfe:
		return j.aside(s, marker, size)
	case marker == 0xda:
		j.scanned, j.scanning = true, true
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
		j.framed = true
	case marker == 0xc4, marker == 0xcc, marker >= 0xdb && marker <= 0xdf: // tables and intervals
	default:
		return errBroken
	}
	s.out, s.pass = []byte{0xff, marker}, int64(size)
	return nil
}

// aside handles what stands beside the picture: application segments and
// comments.
func (j *jpegFile) aside(s *strip, marker byte, size int) error {
	content, err := s.take(size)
	if err != nil {
		return err
	}
	content = content[2:]
	switch {
	case marker == 0xe0 && len(content) >= 14 && bytes.HasPrefix(content, []byte("JFIF\x00")):
		s.out = segment(marker, content[:12], []byte{0, 0}) // without its small picture
	case marker == 0xe1 && !j.turned && bytes.HasPrefix(content, exifMark):
		j.turned = true
		if s.side = orientation(content[len(exifMark):]); s.side > 1 {
			s.out = segment(marker, exifMark, orientationTIFF(s.side))
		}
	case marker == 0xe2 && bytes.HasPrefix(content, []byte("ICC_PROFILE\x00")):
		s.out = segment(marker, content)
	case marker == 0xee && len(content) >= 12 && bytes.HasPrefix(content, []byte("Adobe")):
		s.out = segment(marker, content[:12]) // how the colours are stored
	}
	return nil
}

var exifMark = []byte("Exif\x00\x00")

func segment(marker byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
}

// nextMarker finds the next marker and skips what is in between, as decoders
// do.
func nextMarker(s *strip) (byte, error) {
	for {
		b, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != 0xff {
			continue
		}
		for b == 0xff {
			if b, err = s.in.ReadByte(); err != nil {
				return 0, err
			}
		}
		if b != 0 {
			return b, nil
		}
	}
}

// scan passes the data of a scan, as much as is there. In it 0xff is followed by
// 0, or by a restart marker; anything else ends it.
func (j *jpegFile) scan(s *strip) error {
	if _, err := s.in.Peek(2); err != nil {
		return err
	}
	b, _ := s.in.Peek(s.in.Buffered())
	for at := 0; ; at += 2 {
		i := bytes.IndexByte(b[at:], 0xff)
		if i < 0 {
			s.pass = int64(len(b))
			return nil
		}
		at += i
		s.pass = int64(at)
		if at+1 == len(b) {
			return nil
		}
		switch c := b[at+1]; {
		case c == 0, c >= 0xd0 && c <= 0xd7:
		case c == 0xff && at == 0: // a filler
			return s.skip(1)
		case c == 0xff:
			return nil
		default:
			j.scanning = false
			return nil
		}
	}
}

const (
	maxExif  = 60 << 10 // bytes of Exif that are looked at; a camera's has at most 64 KiB
	tiffSize = 26       // of what orientationTIFF makes
)

// orientationTIFF is the smallest Exif: one directory with the orientation.
func orientationTIFF(o byte) []byte {
	return []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, 0, 0, 0, 0}
}

// orientation reads in Exif which side of a picture is up: 1 to 8, or 0 when it
// does not say. The reader is bep/imagemeta, fuzzed, and asked for this one tag;
// it gets the Exif alone, because in a WebP it loses its way behind a chunk of
// odd length.
func orientation(exif []byte) (side byte) {
	_, _ = imagemeta.Decode(imagemeta.Options{ // what cannot be read has none
		R: bytes.NewReader(exif), ImageFormat: imagemeta.TIFF, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
				side = byte(v)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return side
}
