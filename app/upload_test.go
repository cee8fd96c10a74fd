package app

import (
	archive "archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"kaft/portfolio"
)

func TestATypeIsToldFromTheContentAndNotFromTheName(t *testing.T) {
	office := filepath.Join(moduleDir(t, "github.com/gabriel-vasile/mimetype"), "testdata")
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"foto.txt", testJPEG(t), "image/jpeg"},
		{"virus.exe", testPNG(t), "image/png"},
		{"index.html", testGIF(t), "image/gif"},
		{"x", read(t, moduleDir(t, "golang.org/x/image"), "testdata", "blue-purple-pink.lossy.webp"), "image/webp"},
		{"film.jpg", testFilm(false), "video/quicktime"},
		{"film.mp4", append(atom("ftyp", []byte("isom\x00\x00\x02\x00isomiso2mp41")), testFilm(true)[20:]...), "video/mp4"},
		{"film.m4v", append(atom("ftyp", []byte("M4V \x00\x00\x02\x00")), testFilm(true)[20:]...), "video/mp4"},
		{"memo.m4a", append(atom("ftyp", []byte("M4A \x00\x00\x02\x00")), testFilm(true)[20:]...), "audio/mp4"},
		{"opname.webm", []byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04"), "video/webm"},
		{"lied.mp3", []byte("ID3\x03\x00\x00\x00\x00\x00\x0aTIT2\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00"), "audio/mpeg"},
		{"memo.ogg", append([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x00\x00\x00\x00\x05\x06\x07\x08\x01\x13OpusHead\x01\x01"), make([]byte, 20)...), "audio/ogg"},
		{"memo.wav", []byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"), "audio/wav"},
		{"verslag.pdf", []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"), "application/pdf"},
		{"verslag.doc", read(t, office, "doc.doc"), "application/msword"},
		{"praatje.ppt", read(t, office, "ppt.ppt"), "application/vnd.ms-powerpoint"},
		{"cijfers.xls", oleOf("Workbook"), "application/vnd.ms-excel"},
		{"verslag.docx", read(t, office, "docx.docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"cijfers.xlsx", zipOf(t, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"praatje.zip", zipOf(t, "[Content_Types].xml", "ppt/presentation.xml"), "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
		{"a.odt", zipOf(t, "mimetype=application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"},
		{"a.ods", zipOf(t, "mimetype=application/vnd.oasis.opendocument.spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"},
		{"a.odp", zipOf(t, "mimetype=application/vnd.oasis.opendocument.presentation"), "application/vnd.oasis.opendocument.presentation"},
		{"gedicht.md", []byte("# Zee\n\nDe golven, ze rollen,\nde meeuwen, ze gillen\n"), "text/plain; charset=utf-8"},
		{"één.txt", []byte("één caf\u00e9"), "text/plain; charset=utf-8"},
		{"oud.txt", []byte("een caf\xe9, en nog wat"), "text/plain; charset=windows-1252"},
		{"kladblok.txt", utf16Of("één"), "text/plain; charset=utf-16le"},
		{"cijfers.csv", []byte("naam,cijfer\nsem,8\nlotte,9\n"), "text/plain; charset=utf-8"},
		{"cut.txt", append(bytes.Repeat([]byte("a"), headSize-1), "é en verder"...), "text/plain; charset=utf-8"},
		{"een byte", []byte("x"), "text/plain; charset=utf-8"},
	} {
		got, clean, err := Intake{}.Admit(c.name, bytes.NewReader(c.in))
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
			continue
		}
		if _, known := typeFor(got); !known {
			t.Errorf("%s: %q would not be served", c.name, got)
		}
		out, err := io.ReadAll(clean)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if ft, _ := typeFor(got); ft.strip == nil && !bytes.Equal(out, c.in) {
			t.Errorf("%s: got %d bytes, want the %d that came", c.name, len(out), len(c.in))
		}
	}
}

func TestWhatIsNotTakenIsRefusedWithASentenceThatSaysWhatToDo(t *testing.T) {
	gif := testGIF(t)
	for _, c := range []struct {
		name, key string
		in        []byte
	}{
		{"leeg.jpg", "error.empty_file", nil},
		{"niets.jpg", "error.file_type", []byte{0}},
		{"pagina.txt", "error.file_type", []byte("<!DOCTYPE html><p>hoi")},
		{"script.txt", "error.file_type", []byte("  <script>alert(1)</script>")},
		{"plaatje.svg", "error.file_type", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)},
		{"plaatje.xml", "error.file_type", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`)},
		{"route.gpx", "error.file_type", []byte(`<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"></gpx>`)},
		{"foto.jpg", "error.file_type", append([]byte("MZ\x90\x00\x03\x00\x00\x00"), make([]byte, 200)...)},
		{"foto.png", "error.file_type", append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 200)...)},
		{"run", "error.file_type", []byte("#!/bin/sh\nrm -rf /\n")},
		{"x.php", "error.file_type", []byte("<?php system('id');")},
		{"x.swf", "error.file_type", []byte("CWS\x0a\x00\x00\x00\x00")},
		{"setup.doc", "error.file_type", oleOf("\u4840\u3b3f\u43f2\u4438\u45b1")}, // a table of a Windows installer
		{"raadsel.doc", "error.file_type", oleOf("Raadsel")},
		{"app.docx", "error.file_type", zipOf(t, "META-INF/MANIFEST.MF", "word/document.xml")},
		{"app.apk", "error.file_type", zipOf(t, "AndroidManifest.xml")},
		{"map.zip", "error.file_zip", zipOf(t, "foto.jpg", "word/document.xml")},
		{"map.7z", "error.file_zip", []byte("7z\xbc\xaf\x27\x1c\x00\x04")},
		{"IMG_1.HEIC", "error.file_heic", atom("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))},
		{"IMG_2.jpg", "error.file_heic", atom("ftyp", []byte("mif1\x00\x00\x00\x00mif1heic"))},
		{"a.tiff", "error.file_type", []byte("II*\x00\x08\x00\x00\x00")},
		{"a.avif", "error.file_type", atom("ftyp", []byte("avif\x00\x00\x00\x00"))},
		{"a.mkv", "error.file_type", []byte("\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska\x42\x87\x81\x01")},
		// Two things at once.
		{"pagina.pdf", "error.file_type", []byte("<html><script>alert(1)</script></html>\n%PDF-1.7\n")},
		{"gif.html", "error.file_broken", append([]byte("GIF89a/*"), "<script>*/=1;alert(1)</script>"...)},
		{"gif.js", "error.file_broken", append([]byte("GIF89a=1;alert(1);//"), gif[20:]...)},
		{"half.jpg", "error.file_broken", testJPEG(t)[:200]},
		{"kop.jpg", "error.file_broken", []byte("\xff\xd8\xff\xe0 en dan <html>")},
	} {
		_, clean, err := Intake{}.Admit(c.name, bytes.NewReader(c.in))
		if err == nil {
			_, err = io.Copy(io.Discard, clean)
		}
		var e *portfolio.Error
		if !errors.As(err, &e) || e.Kind != portfolio.Invalid || e.Msg != c.key {
			t.Errorf("%s: got %v, want %s", c.name, err, c.key)
			continue
		}
		cat, err := NewCatalogue()
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range Languages {
			if said := cat.SayError(lang, e); !strings.Contains(said, c.name) || strings.Contains(said, "⟦") {
				t.Errorf("%s in %s: %q", c.name, lang, said)
			}
		}
	}
}

func TestAZipBehindAPictureDoesNotComeAlong(t *testing.T) {
	for mediaType, in := range map[string][]byte{"image/jpeg": testJPEG(t), "image/png": testPNG(t), "image/gif": testGIF(t)} {
		got, clean, err := Intake{}.Admit("x", bytes.NewReader(append(in, zipOf(t, "virus.exe")...)))
		if err != nil || got != mediaType {
			t.Fatalf("got %q, %v", got, err)
		}
		out, err := io.ReadAll(clean)
		if err != nil || !bytes.Equal(out, in) {
			t.Errorf("%s: got %d bytes, %v, want %d", mediaType, len(out), err, len(in))
		}
	}
}

func TestAnOldOfficeDocumentIsToldEvenWhenItSaysSoFarInside(t *testing.T) {
	in := oleAt("WordDocument", 1_500_000)
	got, clean, err := Intake{}.Admit("lang verslag.doc", bytes.NewReader(in))
	if err != nil || got != "application/msword" {
		t.Fatalf("got %q, %v", got, err)
	}
	if out, err := io.ReadAll(clean); err != nil || !bytes.Equal(out, in) {
		t.Errorf("got %d bytes, %v, want %d", len(out), err, len(in))
	}
}

func TestANameGetsAnEndingThatFitsItsType(t *testing.T) {
	for _, c := range []struct{ mediaType, name, want string }{
		{"image/jpeg", "foto.JPG", "foto.JPG"},
		{"image/jpeg", "foto.html", "foto.html.jpg"},
		{"image/jpeg", "foto", "foto.jpg"},
		{"text/plain; charset=utf-8", "gedicht.md", "gedicht.md"},
		{"text/plain; charset=utf-8", "spel.exe", "spel.exe.txt"},
		{"text/plain; charset=utf-8", "x.js", "x.js.txt"},
		{"application/pdf", "verslag.pdf", "verslag.pdf"},
		{"application/pdf", "verslag.pdf.bat", "verslag.pdf.bat.pdf"},
	} {
		ft, _ := typeFor(c.mediaType)
		if got := ft.nameFor(c.name); got != c.want {
			t.Errorf("%s as %s: got %q, want %q", c.name, c.mediaType, got, c.want)
		}
	}
}

// zipOf makes a zip with files of these names; "name=content" is stored as it
// is.
func zipOf(t *testing.T, names ...string) []byte {
	var b bytes.Buffer
	w := archive.NewWriter(&b)
	for _, name := range names {
		name, content, _ := strings.Cut(name, "=")
		f, err := w.CreateRaw(&archive.FileHeader{Name: name, Method: archive.Store, CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content))})
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// oleOf is an OLE file with one stream of a name.
func oleOf(stream string) []byte { return oleAt(stream, 1024) }

// oleAt is oleOf with its directory at an offset, a multiple of 512 and more.
func oleAt(stream string, at int) []byte {
	at = (at + 511) / 512 * 512
	le := binary.LittleEndian
	b := make([]byte, at+512)
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(b[24:], 0x3e)
	le.PutUint16(b[26:], 3)
	le.PutUint16(b[28:], 0xfffe)
	le.PutUint16(b[30:], 9)
	le.PutUint16(b[32:], 6)
	tables := at/512/128 + 1 // sectors of the allocation table, right behind the head
	le.PutUint32(b[44:], uint32(tables))
	le.PutUint32(b[48:], uint32(at/512-1))
	le.PutUint32(b[56:], 4096)
	le.PutUint32(b[60:], 0xfffffffe)
	le.PutUint32(b[68:], 0xfffffffe)
	for i := 76; i < 512; i += 4 {
		le.PutUint32(b[i:], 0xffffffff)
	}
	for i := range tables {
		le.PutUint32(b[76+4*i:], uint32(i))
	}
	for i := 512; i < 512*(1+tables); i += 4 {
		le.PutUint32(b[i:], 0xfffffffe)
	}
	entry := func(e []byte, name string, kind byte) {
		n := 0
		for _, u := range utf16.Encode([]rune(name)) {
			le.PutUint16(e[n:], u)
			n += 2
		}
		le.PutUint16(e[64:], uint16(n+2))
		e[66] = kind
		le.PutUint32(e[68:], 0xffffffff)
		le.PutUint32(e[72:], 0xffffffff)
		le.PutUint32(e[76:], 0xffffffff)
	}
	entry(b[at:], "Root Entry", 5)
	le.PutUint32(b[at+76:], 1)
	entry(b[at+128:], stream, 2)
	return b
}

func utf16Of(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
