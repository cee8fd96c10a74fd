package app

import (
	"encoding/binary"
	"io"
)

// What is kept of an MP4 or QuickTime file: the picture, the sound, and what it
// takes to play them. Not kept: where it was made, titles, what the camera noted
// (udta, meta, uuid), left-overs (free), and tracks that are neither picture nor
// sound: action cameras and drones write their position in those, many times a
// second.
//
// A film's tables say where in the file its pictures are, and may stand behind
// them, so nothing may move: what is not kept is blanked where it stands. The
// samples of a track that is left out stay in the file as bytes that nothing
// points to; only with a second pass over the file could they be blanked too.

// maxMoov is the most that a film's tables may take: three times what a film of
// MaxFile with small pictures needs. They are held in memory.
const maxMoov = 32 << 20

// filmKept are the boxes that are kept; those with true are looked into. Below
// the others nothing is looked at.
var filmKept = map[string]bool{
	"ftyp": false, "styp": false, "pdin": false, "mdat": false, "wide": false, "sidx": false, "ssix": false, "mfra": false,
	"moov": true, "mvhd": false, "iods": false, "mvex": false, "pssh": false,
	"trak": true, "tkhd": false, "edts": false, "tref": false, "tapt": false, "clip": false, "matt": false, "load": false,
	"mdia": true, "mdhd": false, "hdlr": false, "elng": false, "minf": false,
	"moof": true, "mfhd": false, "traf": true, "tfhd": false, "tfdt": false, "trun": false, "sdtp": false,
	"sbgp": false, "sgpd": false, "subs": false, "saiz": false, "saio": false, "senc": false,
}

// tracksKept are the kinds of track that are kept: picture, sound, time code.
var tracksKept = map[string]bool{"vide": true, "soun": true, "tmcd": true}

// stripFilm keeps the boxes of filmKept.
func stripFilm() func(*strip) error {
	f := &film{}
	return f.next
}

type film struct {
	tables, samples bool // seen
}

func (f *film) next(s *strip) error {
	b, err := s.in.Peek(16)
	if err != nil && err != io.EOF {
		return err
	}
	h, ok := boxHeader(b)
	if !ok || !h.named() || h.size == 0 && !h.kept() {
		if f.tables && f.samples {
			return errEnd // nothing more, or what some cameras put behind a film
		}
		return errBroken
	}
	switch h.kind {
	case "moov", "moof":
		f.tables, f.samples = true, f.samples || h.kind == "moof"
		return h.holdIn(s)
	case "mdat":
		f.samples = true
	}
	if h.kept() {
		s.pass, s.rest = h.size, h.size == 0
		if s.rest && !f.tables {
			return errBroken
		}
		return nil
	}
	s.out = append([]byte(nil), b[:h.length]...)
	copy(s.out[4:], "free")
	s.zero = h.size - h.length
	return s.skip(h.length)
}

// box is the header of a box. A size of 0 means the rest of the file.
type box struct {
	kind         string
	size, length int64 // of the whole box; of the header
}

// boxHeader reads the header that b begins with.
func boxHeader(b []byte) (box, bool) {
	if len(b) < 8 {
		return box{}, false
	}
	h := box{string(b[4:8]), int64(binary.BigEndian.Uint32(b)), 8}
	if h.size == 1 && len(b) >= 16 {
		h.size, h.length = int64(binary.BigEndian.Uint64(b[8:])), 16
	}
	return h, h.size == 0 || h.size >= h.length
}

func (h box) kept() bool {
	_, ok := filmKept[h.kind]
	return ok
}

// named tells whether this can be a box at all.
func (h box) named() bool {
	for _, c := range []byte(h.kind) {
		if c < ' ' || c > '~' && c != 0xa9 {
			return false
		}
	}
	return true
}

// holdIn reads the box that comes and gives it without what is not kept.
func (h box) holdIn(s *strip) error {
	size := h.size
	if size == 0 {
		size = maxMoov + 1
	}
	b, err := io.ReadAll(io.LimitReader(s.in, min(size, maxMoov+1)))
	if err != nil {
		return err
	}
	if len(b) > maxMoov || h.size != 0 && int64(len(b)) != h.size || !keepBoxes(b, 0) {
		return errBroken
	}
	s.out = b
	return nil
}

// keepBoxes blanks the boxes in b that are not kept. It tells whether b makes
// sense.
func keepBoxes(b []byte, depth int) bool {
	for len(b) >= 8 {
		h, ok := boxHeader(b)
		if h.size == 0 {
			h.size = int64(len(b))
		}
		if !ok || h.size > int64(len(b)) || depth > 8 {
			return false
		}
		content := b[h.length:h.size]
		switch {
		case !h.kept(), h.kind == "trak" && !tracksKept[trackKind(content)]:
			copy(b[4:], "free")
			clear(content)
		case filmKept[h.kind] && !keepBoxes(content, depth+1):
			return false
		}
		b = b[h.size:]
	}
	clear(b) // four zeros end some lists
	return true
}

// trackKind is what kind of track it is, as its handler says.
func trackKind(trak []byte) string {
	hdlr := child(child(trak, "mdia"), "hdlr")
	if len(hdlr) < 12 {
		return ""
	}
	return string(hdlr[8:12])
}

// child is the content of the first box of a kind in b.
func child(b []byte, kind string) []byte {
	for {
		h, ok := boxHeader(b)
		if !ok || h.size == 0 || h.size > int64(len(b)) {
			return nil
		}
		if h.kind == kind {
			return b[h.length:h.size]
		}
		b = b[h.size:]
	}
}
