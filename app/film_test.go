package app

import (
	"bytes"
	"encoding/binary"
	"testing"

	"kaft/portfolio"
)

func TestAFilmLosesItsPositionWhereItStands(t *testing.T) {
	for _, tablesLast := range []bool{false, true} {
		in := testFilm(tablesLast)
		out := mustStrip(t, "video/mp4", in)
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("tables last %v: the position is still there", tablesLast)
		}
		if len(out) != len(in) {
			t.Errorf("tables last %v: got %d bytes, want %d: the tables point to the wrong places", tablesLast, len(out), len(in))
		}
		if got, want := bytes.Index(out, []byte("the samples")), bytes.Index(in, []byte("the samples")); got != want {
			t.Errorf("tables last %v: the samples moved from %d to %d", tablesLast, want, got)
		}
		tracks := 0
		moov := child(out, "moov")
		for b := moov; len(b) > 0; {
			h, _ := boxHeader(b)
			if h.kind == "trak" {
				tracks++
				if k := trackKind(b[8:h.size]); k != "vide" && k != "soun" {
					t.Errorf("a track of kind %q was kept", k)
				}
			}
			b = b[h.size:]
		}
		if tracks != 2 || child(moov, "mvhd") == nil || child(moov, "udta") != nil || child(moov, "meta") != nil {
			t.Errorf("tables last %v: got %d tracks in %q", tablesLast, tracks, moov)
		}
		if minf := child(child(child(moov, "trak"), "mdia"), "minf"); !bytes.Equal(minf, []byte("sample tables")) {
			t.Errorf("the first track's tables are %q", minf)
		}
	}
}

func TestAFilmInFragmentsIsTaken(t *testing.T) {
	in := bytes.Join([][]byte{
		atom("ftyp", []byte("iso5\x00\x00\x02\x00")), atom("moov", atom("mvhd", make([]byte, 100)), atom("mvex", []byte("x"))),
		atom("moof", atom("mfhd", make([]byte, 8)), atom("meta", []byte(secret)), atom("traf", atom("tfhd", make([]byte, 8)), atom("uuid", []byte(secret)))),
		atom("mdat", []byte("one")),
		atom("moof", atom("mfhd", make([]byte, 8))), atom("mdat", []byte("two")),
	}, nil)
	out := mustStrip(t, "video/mp4", in)
	if bytes.Contains(out, []byte(secret)) || len(out) != len(in) {
		t.Errorf("got %q", out)
	}
}

func TestLongHeadersAndALastBoxWithoutALengthAreRead(t *testing.T) {
	long := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01mdat"), 16+11)
	in := append(append(atom("ftyp", []byte("qt  \x00\x00\x00\x00")), append(long, "the samples"...)...), testMoov()...)
	if out := mustStrip(t, "video/quicktime", in); !bytes.Contains(out, []byte("the samples")) || bytes.Contains(out, []byte(secret)) {
		t.Errorf("got %q", out)
	}
	in = append(append(atom("ftyp", []byte("isom\x00\x00\x00\x00")), testMoov()...), "\x00\x00\x00\x00mdatthe samples"...)
	if out := mustStrip(t, "video/mp4", in); !bytes.HasSuffix(out, []byte("mdatthe samples")) {
		t.Errorf("got %q", out)
	}
}

func TestWhatACameraPutsBehindAFilmIsLeftOut(t *testing.T) {
	film := mustStrip(t, "video/mp4", testFilm(true))
	for _, behind := range []string{"\x8d\xb4\x2d\x69" + "\xcc\xc4\x18\x79" + secret, "\x00\x00\x00\x00inst" + secret, "\x01\x02\x03", "\xff\xff\xff\xff\xff\xff\xff\xff" + secret} {
		out := mustStrip(t, "video/mp4", append(testFilm(true), behind...))
		if !bytes.Equal(out, film) {
			t.Errorf("behind it %q: got %d bytes, want %d", behind, len(out), len(film))
		}
	}
}

func TestABrokenFilmIsRefused(t *testing.T) {
	good := testFilm(false)
	deep := []byte{}
	for range 100 {
		deep = atom("moov", deep)
	}
	for name, in := range map[string][]byte{
		"no tables":                      append(atom("ftyp", []byte("isom")), atom("mdat", []byte("x"))...),
		"no samples":                     append(atom("ftyp", []byte("isom")), testMoov()...),
		"tables within tables":           append(atom("mdat", []byte("x")), deep...),
		"a box larger than its parent":   append(atom("mdat", []byte("x")), atom("moov", []byte("\x00\x00\x01\x00mvhd"))...),
		"a box smaller than its header":  append(atom("mdat", []byte("x")), atom("moov", []byte("\x00\x00\x00\x04mvhd"))...),
		"tables that say they are huge":  append(atom("mdat", []byte("x")), "\x7f\xff\xff\xffmoov"...),
		"samples to the end, no tables":  append(atom("ftyp", []byte("isom")), "\x00\x00\x00\x00mdatxyz"...),
		"cut in its tables":              good[:60],
		"cut in its samples":             good[:len(good)-3],
		"a box with a length below zero": append(atom("mdat", []byte("x")), "\x00\x00\x00\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"...),
	} {
		if out, err := stripped("video/mp4", in); portfolio.KindOf(err) != portfolio.Invalid {
			t.Errorf("%s: got %q, %v, want Invalid", name, out, err)
		}
	}
}

// testFilm is a film as phones and action cameras make them: the position in
// every place where it is found in the wild.
func testFilm(tablesLast bool) []byte {
	samples := atom("mdat", []byte("the samples"))
	parts := [][]byte{atom("ftyp", []byte("qt  \x00\x00\x00\x00qt  ")), atom("wide"), atom("free", []byte(secret)),
		atom("uuid", []byte("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac<x:xmpmeta>"+secret))}
	if tablesLast {
		parts = append(parts, samples, testMoov())
	} else {
		parts = append(parts, testMoov(), samples)
	}
	return bytes.Join(append(parts, atom("meta", []byte(secret)), atom("sefd", []byte(secret))), nil)
}

// filmOf is a film with something in each place for metadata in its tables.
func filmOf(inside []byte) []byte {
	return bytes.Join([][]byte{atom("ftyp", []byte("qt  \x00\x00\x00\x00")), atom("mdat", []byte("the samples")), moovOf(inside)}, nil)
}

func testMoov() []byte { return moovOf([]byte("+52.0907+005.1214/" + secret)) }

func moovOf(inside []byte) []byte {
	note := atom("\xa9xyz", inside)
	track := func(kind string) []byte {
		return atom("trak", atom("tkhd", make([]byte, 84)), atom("udta", note),
			atom("mdia", atom("mdhd", make([]byte, 24)), atom("hdlr", []byte("\x00\x00\x00\x00mhlr"+kind), make([]byte, 12)),
				atom("minf", []byte("sample tables")), atom("udta", note)),
			atom("meta", inside))
	}
	action := atom("trak", atom("tkhd", make([]byte, 84)), atom("mdia", atom("hdlr", []byte("\x00\x00\x00\x00mhlrmeta"), make([]byte, 12)), atom("minf", inside)))
	return atom("moov", atom("mvhd", make([]byte, 100)), track("vide"), track("soun"), action,
		atom("udta", note, []byte{0, 0, 0, 0}),
		atom("meta", atom("hdlr", make([]byte, 20)), atom("keys", []byte("mdtacom.apple.quicktime.location.ISO6709")), atom("ilst", inside)),
		atom("loci", inside), atom("skip", inside))
}

func atom(kind string, content ...[]byte) []byte {
	b := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(b))), kind...), b...)
}
