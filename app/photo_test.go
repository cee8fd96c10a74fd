package app

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"

	"kaft/portfolio"
)

// secret stands in every place of a test picture where a position can be.
const secret = "52.0907N-5.1214E-THUIS"

func TestAPhotoKeepsItsPictureAndItsUprightSideAndLosesEverythingElse(t *testing.T) {
	icc := segment(0xe2, []byte("ICC_PROFILE\x00\x01\x01een kleurprofiel"))
	for name, in := range map[string][]byte{
		"a phone's JPEG": withSegments(testJPEG(t),
			segment(0xe0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x02\x01"), []byte(secret[:6])), // a small picture of 2 by 1
			segment(0xe1, exifMark, exifWithPosition(6)),
			segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret)),
			segment(0xe1, []byte("http://ns.adobe.com/xmp/extension/\x00"+secret)),
			icc,
			segment(0xe2, []byte("MPF\x00"+secret)),
			segment(0xed, []byte("Photoshop 3.0\x008BIM"+secret)),
			segment(0xe5, []byte("maker "+secret)),
			segment(0xfe, []byte("comment "+secret)),
		),
		"a motion photo": append(withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6)), icc),
			"\x00\x00\x00\x18ftypmp42"+secret...),
		"a JPEG with a copy behind it": append(append(withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6)), icc),
			withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(3)))...), secret...),
		"a JPEG with rubbish between its parts": withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6)), icc, []byte(secret), []byte{0xff, 0xff, 0xff}),
	} {
		out := mustStrip(t, "image/jpeg", in)
		free(t, name, out)
		samePixels(t, name, in, out)
		if got := sideUp("image/jpeg", bytes.NewReader(out)); got != 6 {
			t.Errorf("%s: got orientation %d, want 6", name, got)
		}
		if !bytes.Contains(out, icc) {
			t.Errorf("%s: the colour profile is gone", name)
		}
		if !bytes.HasSuffix(out, []byte{0xff, 0xd9}) {
			t.Errorf("%s: there is something behind the end", name)
		}
	}
}

func TestEveryOrientationIsKeptAndTheOrdinaryOneNeedsNoExif(t *testing.T) {
	for o := byte(0); o <= 9; o++ {
		out := mustStrip(t, "image/jpeg", withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(o))))
		want := o
		if o < 2 || o > 8 {
			want = 0
		}
		if got := sideUp("image/jpeg", bytes.NewReader(out)); got != want {
			t.Errorf("of %d: got %d, want %d", o, got, want)
		}
		if got := bytes.Contains(out, exifMark); got != (want != 0) {
			t.Errorf("of %d: there is Exif: %v", o, got)
		}
	}
}

func TestAPNGLosesItsTextsAndKeepsItsPixels(t *testing.T) {
	plain := testPNG(t)
	in := withChunks(plain,
		pngChunk("eXIf", exifWithPosition(8)),
		pngChunk("tEXt", []byte("Comment\x00"+secret)),
		pngChunk("zTXt", []byte("Raw profile type exif\x00\x00"+secret)),
		pngChunk("iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+secret)),
		pngChunk("tIME", []byte{7, 234, 11, 22, 10, 0, 0}),
		pngChunk("gAMA", []byte{0, 0, 0xb1, 0x8f}),
		pngChunk("prVt", []byte(secret)),
	)
	in = append(in, secret...)
	out := mustStrip(t, "image/png", in)
	free(t, "png", out)
	samePixels(t, "png", in, out)
	want := withChunks(plain, pngChunk("eXIf", orientationTIFF(8)), pngChunk("gAMA", []byte{0, 0, 0xb1, 0x8f}))
	if !bytes.Equal(out, want) {
		t.Errorf("got %q\nwant %q", out, want)
	}
}

func TestAGIFKeepsItsFramesItsPaceAndItsLoop(t *testing.T) {
	in := testGIF(t)
	with := append([]byte(nil), in[:13+768]...)
	with = append(with, "\x21\xfe\x16"+secret+"\x00"...)                                                      // a comment
	with = append(with, "\x21\xff\x0bXMP DataXMP\x16"+secret+"\x03abc\x00"...)                                // XMP
	with = append(with, "\x21\x01\x0c123456789012\x16"+secret+"\x00"...)                                      // text
	with = append(append(append(with, in[13+768:]...), "trailing "...), secret...)                            // behind the end
	with = bytes.Replace(with, []byte("\x03\x01\x07\x00\x00"), []byte("\x03\x01\x07\x00\x05\x02abcd\x00"), 1) // more in the loop block than belongs there
	out := mustStrip(t, "image/gif", with)
	free(t, "gif", out)
	if !bytes.Equal(out, in) {
		t.Errorf("got %d bytes, want the %d it was made from", len(out), len(in))
	}
	g, err := gif.DecodeAll(bytes.NewReader(out))
	if err != nil || len(g.Image) != 2 || g.LoopCount != 7 || g.Delay[1] != 30 {
		t.Errorf("got %+v, %v", g, err)
	}
}

func TestAWebPIsBlankedWhereItStands(t *testing.T) {
	for _, file := range []string{"blue-purple-pink.lossy.webp", "blue-purple-pink.lossless.webp", "yellow_rose.lossy-with-alpha.webp"} {
		plain := read(t, moduleDir(t, "golang.org/x/image"), "testdata", file)
		in := webpWith(t, plain, exifWithPosition(6))
		out := mustStrip(t, "image/webp", in)
		free(t, file, out)
		if len(out) != len(in)-len(secret) {
			t.Errorf("%s: got %d bytes, want %d", file, len(out), len(in)-len(secret))
		}
		samePixels(t, file, in, out)
		if got := sideUp("image/webp", bytes.NewReader(out)); got != 6 {
			t.Errorf("%s: got orientation %d, want 6", file, got)
		}
		if flags := out[20]; flags&0x04 != 0 || flags&0x08 == 0 {
			t.Errorf("%s: flags %#x: want Exif and no XMP", file, flags)
		}
	}
}

// Real pictures, of a hundred cameras, as others collected them.
func TestRealPhotosKeepTheirPixelsAndSideAndLoseTheirExif(t *testing.T) {
	formats := map[string]imagemeta.ImageFormat{".jpg": imagemeta.JPEG, ".png": imagemeta.PNG, ".webp": imagemeta.WebP}
	types := map[string]string{".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
	seen, positions := 0, 0
	root := filepath.Join(moduleDir(t, "github.com/bep/imagemeta"), "testdata", "images")
	for _, path := range filesIn(t, root) {
		ext := filepath.Ext(path)
		format, ok := formats[ext]
		in := read(t, path)
		if !ok || typeOf(in) != types[ext] {
			continue
		}
		if _, err := stripped(types[ext], in); err != nil && ext == ".jpg" {
			in = withPicture(t, in)
		}
		out, err := stripped(types[ext], in)
		if err != nil {
			if !strings.Contains(path, "corrupt") {
				t.Errorf("%s was refused: %v", path, err)
			}
			continue
		}
		seen++
		before, after := tagsOf(t, in, format), tagsOf(t, out, format)
		if before["GPSLatitude"] != nil {
			positions++
		}
		was, _ := before["Orientation"].(uint16)
		is, _ := after["Orientation"].(uint16)
		if was > 8 || was == 0 {
			was = 1
		}
		if max(is, 1) != was {
			t.Errorf("%s: got orientation %d, want %d", path, is, was)
		}
		delete(after, "Orientation")
		if len(after) > 0 {
			t.Errorf("%s still has %v", path, after)
		}
		if len(in) < 500_000 { // decoding the large ones takes ten seconds
			samePixels(t, path, in, out)
		}
	}
	t.Logf("%d pictures, %d with a position", seen, positions)
	if seen < 100 || positions < 50 {
		t.Errorf("saw %d pictures, %d with a position: too few to say anything", seen, positions)
	}
}

func TestEveryJPEGThatGoCanReadPasses(t *testing.T) {
	for _, path := range filesIn(t, filepath.Join(goroot(), "src", "image", "testdata")) {
		in := read(t, path)
		mediaType := typeOf(in)
		if strings.Contains(path, "truncated") || fileTypes[mediaType].strip == nil {
			continue
		}
		samePixels(t, path, in, mustStrip(t, mediaType, in))
	}
}

func TestABrokenPictureIsRefusedAtAnyCut(t *testing.T) {
	for mediaType, whole := range map[string][]byte{
		"image/jpeg": withSegments(testJPEG(t), segment(0xe1, exifMark, exifWithPosition(6))),
		"image/png":  withChunks(testPNG(t), pngChunk("eXIf", exifWithPosition(8))),
		"image/gif":  testGIF(t),
		"image/webp": webpWith(t, read(t, moduleDir(t, "golang.org/x/image"), "testdata", "blue-purple-pink.lossy.webp"), exifWithPosition(6)),
	} {
		end := len(mustStrip(t, mediaType, whole))
		for n := 16; n < min(end, len(whole)); n += 1 + n/7 {
			if _, err := stripped(mediaType, whole[:n]); portfolio.KindOf(err) != portfolio.Invalid {
				t.Errorf("%s cut at %d: got %v, want Invalid", mediaType, n, err)
			}
		}
	}
}

func TestAnErrorOfTheReaderIsNotTheFilesFault(t *testing.T) {
	cut := errors.New("the line was cut")
	in := testJPEG(t)
	r := newStrip("x.jpg", io.MultiReader(bytes.NewReader(in[:len(in)/2]), iotest.ErrReader(cut)), stripJPEG())
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, cut) {
		t.Errorf("got %v, want %v", err, cut)
	}
}

// FuzzStrip holds for any bytes: no panic, no loop, and what was stripped once
// is left alone the second time. What is planted in a place for metadata never
// comes out.
func FuzzStrip(f *testing.F) {
	f.Add(uint8(0), testJPEG(f))
	f.Add(uint8(0), withSegments(testJPEG(f), segment(0xe1, exifMark, exifWithPosition(6))))
	f.Add(uint8(0), read(f, goroot(), "src/image/testdata/video-001.progressive.jpeg"))
	f.Add(uint8(1), withChunks(testPNG(f), pngChunk("eXIf", exifWithPosition(8))))
	f.Add(uint8(2), testGIF(f))
	f.Add(uint8(3), webpWith(f, read(f, moduleDir(f, "golang.org/x/image"), "testdata/blue-purple-pink.lossy.webp"), exifWithPosition(6)))
	f.Add(uint8(4), testFilm(false))
	f.Add(uint8(4), testFilm(true))
	types := []string{"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"}
	f.Fuzz(func(t *testing.T, which uint8, in []byte) {
		mediaType := types[int(which)%len(types)]
		once, err := stripped(mediaType, in)
		if err != nil {
			if portfolio.KindOf(err) != portfolio.Invalid {
				t.Fatalf("got %v, want Invalid", err)
			}
			return
		}
		twice, err := stripped(mediaType, once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("stripping again changed it: %d and %d bytes, %v", len(once), len(twice), err)
		}
		if len(once) > len(in) {
			t.Fatalf("it grew from %d to %d bytes", len(in), len(once))
		}
	})
}

// FuzzPlanted puts any bytes where metadata goes.
func FuzzPlanted(f *testing.F) {
	f.Add([]byte("x"), []byte("y"))
	f.Add(exifWithPosition(6), []byte{0xff, 0xd9, 0xff, 0xd8})
	f.Fuzz(func(t *testing.T, inside, behind []byte) {
		if len(inside) > 1000 {
			inside = inside[:1000]
		}
		inside = append([]byte(secret), inside...)
		for mediaType, in := range map[string][]byte{
			"image/jpeg": append(withSegments(testJPEG(t), segment(0xe1, inside), segment(0xfe, inside), segment(0xe2, inside), segment(0xe1, exifMark, inside)), behind...),
			"image/png":  append(withChunks(testPNG(t), pngChunk("tEXt", inside), pngChunk("eXIf", inside), pngChunk("zzZz", inside)), behind...),
			"image/webp": append(riff(webpVP8X(0x0c), riffChunk("EXIF", inside), riffChunk("XMP ", inside), riffChunk("abcd", inside), riffChunk("VP8 ", []byte("picture"))), behind...),
			"video/mp4":  append(append(filmOf(inside), atom("uuid", inside)...), atom("free", inside)...),
		} {
			out := mustStrip(t, mediaType, in)
			if bytes.Contains(out, []byte(secret)) {
				t.Errorf("%s: it came out", mediaType)
			}
		}
	})
}

// withPicture gives a picture to the Exif of a camera of which no more was
// collected than the beginning of a file.
func withPicture(t *testing.T, in []byte) []byte {
	exif := bytes.Index(in, []byte("Exif\x00\x00"))
	if exif < 4 {
		return in
	}
	content := make([]byte, int(binary.BigEndian.Uint16(in[exif-2:]))-2)
	copy(content, in[exif:])
	return withSegments(testJPEG(t), segment(0xe1, content))
}

// stripped gives what is kept of a file of a type.
func stripped(mediaType string, in []byte) ([]byte, error) {
	return io.ReadAll(newStrip("foto", bytes.NewReader(in), fileTypes[mediaType].strip()))
}

// mustStrip is stripped, read byte by byte as well as in one go, and once more.
func mustStrip(t testing.TB, mediaType string, in []byte) []byte {
	t.Helper()
	out, err := stripped(mediaType, in)
	if err != nil {
		t.Fatalf("%s: %v: %v", mediaType, err, errors.Unwrap(err))
	}
	if len(in) < 100_000 {
		slow, err := io.ReadAll(iotest.OneByteReader(newStrip("foto", iotest.OneByteReader(bytes.NewReader(in)), fileTypes[mediaType].strip())))
		if err != nil || !bytes.Equal(slow, out) {
			t.Fatalf("%s: byte by byte gives something else: %v", mediaType, err)
		}
	}
	again, err := stripped(mediaType, out)
	if err != nil || !bytes.Equal(again, out) {
		t.Fatalf("%s: stripping again changes it: %v", mediaType, err)
	}
	return out
}

// free says that the secret is not there.
func free(t *testing.T, name string, out []byte) {
	t.Helper()
	for _, s := range []string{secret, secret[:6], "GEHEIM CAMERA"} {
		if bytes.Contains(out, []byte(s)) {
			t.Errorf("%s: %q is still there", name, s)
		}
	}
}

func samePixels(t *testing.T, name string, before, after []byte) {
	t.Helper()
	a, _, err := image.Decode(bytes.NewReader(before))
	if err != nil {
		return // not a picture that Go reads
	}
	b, _, err := image.Decode(bytes.NewReader(after))
	if err != nil {
		t.Errorf("%s: it opened before and not after: %v", name, err)
		return
	}
	if a.Bounds() != b.Bounds() {
		t.Errorf("%s: got %v, want %v", name, b.Bounds(), a.Bounds())
		return
	}
	step := 1 + a.Bounds().Dx()/200
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y += step {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x += step {
			if a.At(x, y) != b.At(x, y) {
				t.Errorf("%s: another pixel at %d,%d", name, x, y)
				return
			}
		}
	}
}

func tagsOf(t *testing.T, b []byte, format imagemeta.ImageFormat) map[string]any {
	tags := map[string]any{}
	_, err := imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(b), ImageFormat: format,
		Sources:         imagemeta.EXIF | imagemeta.XMP | imagemeta.IPTC,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return !strings.HasPrefix(tag.Namespace, "IFD1") }, // not of the small picture
		HandleTag:       func(tag imagemeta.TagInfo) error { tags[tag.Tag] = tag.Value; return nil }})
	if err != nil && !imagemeta.IsInvalidFormat(err) {
		t.Logf("tags: %v", err)
	}
	return tags
}

// testPicture is a picture without symmetry.
func testPicture() *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, 40, 24))
	for y := range 24 {
		for x := range 40 {
			p.Set(x, y, color.NRGBA{uint8(6 * x), uint8(10 * y), uint8(x * y), 255})
		}
	}
	return p
}

func testJPEG(t testing.TB) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, testPicture(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withSegments puts segments right behind the start.
func withSegments(jpeg []byte, segments ...[]byte) []byte {
	return append(append(append([]byte(nil), jpeg[:2]...), bytes.Join(segments, nil)...), jpeg[2:]...)
}

func testPNG(t testing.TB) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, testPicture()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withChunks puts chunks right behind IHDR.
func withChunks(png []byte, chunks ...[]byte) []byte {
	return append(append(append([]byte(nil), png[:33]...), bytes.Join(chunks, nil)...), png[33:]...)
}

func testGIF(t testing.TB) []byte {
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i), uint8(255 - i), uint8(i * 3), 255}
	}
	g := &gif.GIF{LoopCount: 7, Delay: []int{20, 30}, Config: image.Config{ColorModel: palette, Width: 40, Height: 24}}
	for shift := range 2 {
		p := image.NewPaletted(image.Rect(0, 0, 40, 24), palette)
		for i := range p.Pix {
			p.Pix[i] = uint8(i*7 + shift)
		}
		g.Image = append(g.Image, p)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webpWith gives a simple WebP the extended form, with Exif, XMP and a chunk
// that nobody knows, and something behind its end.
func webpWith(t testing.TB, plain, exif []byte) []byte {
	size, err := webp.DecodeConfig(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	head := webpVP8X(0x0c)
	put24(head[12:], size.Width-1)
	put24(head[15:], size.Height-1)
	chunks := plain[12:]
	if string(chunks[:4]) == "VP8X" {
		head[8] |= chunks[8]
		chunks = chunks[18:]
	}
	return append(riff(head, chunks, riffChunk("EXIF", exif), riffChunk("XMP ", []byte(secret)), riffChunk("oops", []byte(secret+"!"))), secret...)
}

func webpVP8X(flags byte) []byte {
	return riffChunk("VP8X", []byte{flags, 0, 0, 0, 0, 0, 0, 0, 0, 0})
}

func put24(b []byte, n int) { b[0], b[1], b[2] = byte(n), byte(n>>8), byte(n>>16) }

func riff(chunks ...[]byte) []byte {
	return riffChunk("RIFF", append([]byte("WEBP"), bytes.Join(chunks, nil)...))
}

func riffChunk(kind string, content []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(content))), content...)
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// exifWithPosition is Exif as a phone writes it: which side is up, the camera,
// the position, and a small picture behind it.
func exifWithPosition(o byte) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, count, value uint32) {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, tag), kind), count), value)
	}
	const gps, data = 8 + 2 + 3*12 + 4, 8 + 2 + 3*12 + 4 + 2 + 2*12 + 4
	b = le.AppendUint16(b, 3)
	entry(0x010f, 2, 14, data) // the maker
	entry(0x0112, 3, 1, uint32(o))
	entry(0x8825, 4, 1, gps)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, 2)
	entry(1, 2, 2, 'N')
	entry(2, 5, 3, data+14)
	b = le.AppendUint32(b, 0)
	b = append(b, "GEHEIM CAMERA\x00"...)
	for _, n := range []uint32{52, 1, 5, 1, 26, 1} {
		b = le.AppendUint32(b, n)
	}
	return append(b, secret...)
}

func read(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func filesIn(t *testing.T, root string) (paths []string) {
	t.Helper()
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// moduleDir is where the source of a module that we use is: its test data are
// real files that others made.
func moduleDir(t testing.TB, module string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

func TestAPNGChunkHasTheRightChecksum(t *testing.T) {
	b := pngChunk("IEND", nil)
	if got, want := binary.BigEndian.Uint32(b[8:]), crc32.ChecksumIEEE([]byte("IEND")); got != want || got != 0xae426082 {
		t.Errorf("got %#x, want %#x", got, want)
	}
}
