package app

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"path/filepath"
	"sync"
	"testing"

	"kaft/portfolio"
)

func TestAThumbnailIsSmallAndUpright(t *testing.T) {
	// Red is at the top left of the picture when it is held upright. Stored it is
	// where each orientation puts it.
	for side := byte(1); side <= 8; side++ {
		in := withSegments(quadrants(t, side), segment(0xe1, exifMark, orientationTIFF(side)))
		got := thumbOf(t, "image/jpeg", in)
		if want := image.Rect(0, 0, 480, 240); got.Bounds() != want {
			t.Errorf("side %d: got %v, want %v", side, got.Bounds(), want)
			continue
		}
		for at, want := range map[image.Point]color.RGBA{{60, 30}: red, {420, 30}: green, {60, 210}: blue, {420, 210}: white} {
			if r, g, b, _ := got.At(at.X, at.Y).RGBA(); far(r, want.R) || far(g, want.G) || far(b, want.B) {
				t.Errorf("side %d at %v: got %d %d %d, want %v", side, at, r>>8, g>>8, b>>8, want)
			}
		}
	}
}

func TestEveryKindOfPictureGetsAThumbnail(t *testing.T) {
	std := filepath.Join(goroot(), "src", "image", "testdata")
	x := filepath.Join(moduleDir(t, "golang.org/x/image"), "testdata")
	for _, path := range []string{
		filepath.Join(std, "video-001.jpeg"), filepath.Join(std, "video-001.progressive.jpeg"), filepath.Join(std, "video-001.cmyk.jpeg"),
		filepath.Join(std, "video-005.gray.jpeg"), filepath.Join(std, "video-001.png"), filepath.Join(std, "video-001.interlaced.gif"),
		filepath.Join(x, "blue-purple-pink.lossy.webp"), filepath.Join(x, "yellow_rose.lossy-with-alpha.webp"), filepath.Join(x, "tux.lossless.webp"),
	} {
		in := read(t, path)
		size, _, err := image.DecodeConfig(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		got := thumbOf(t, typeOf(in), in).Bounds()
		if long(got) > thumbSide || long(got) != min(thumbSide, max(size.Width, size.Height)) {
			t.Errorf("%s of %d by %d: got %v", path, size.Width, size.Height, got)
		}
	}
}

func TestWhatIsTransparentIsWhiteInAThumbnail(t *testing.T) {
	p := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	if r, g, b, _ := thumbOf(t, "image/png", pngOf(t, p)).At(50, 50).RGBA(); far(r, 255) || far(g, 255) || far(b, 255) {
		t.Errorf("got %d %d %d, want white", r>>8, g>>8, b>>8)
	}
}

func TestAPictureThatTakesTooMuchMemoryGetsNoThumbnail(t *testing.T) {
	// A few bytes can say that they are a picture of any size.
	says := func(in []byte, width, height uint32) []byte {
		head := bytes.Clone(in[16:29])
		binary.BigEndian.PutUint32(head, width)
		binary.BigEndian.PutUint32(head[4:], height)
		return bytes.Join([][]byte{in[:8], pngChunk("IHDR", head), in[33:]}, nil)
	}
	wide := says(pngOf(t, image.NewPaletted(image.Rect(0, 0, 1, 1), palette.Plan9)), 10_000, 5_001)
	deep := says(pngOf(t, image.NewNRGBA64(image.Rect(0, 0, 1, 1))), 6144, 6144)
	progressive := read(t, goroot(), "src/image/testdata/video-001.progressive.jpeg")
	sof := bytes.Index(progressive, []byte{0xff, 0xc2})
	copy(progressive[sof+5:], []byte{0x1a, 0, 0x1a, 0}) // says 6656 by 6656
	for name, c := range map[string]struct {
		mediaType string
		in        []byte
	}{"wide": {"image/png", wide}, "deep": {"image/png", deep}, "progressive": {"image/jpeg", progressive}} {
		if _, _, err := image.DecodeConfig(bytes.NewReader(c.in)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := (Intake{}).Thumb(c.mediaType, blobOf(c.in)); got != nil {
			t.Errorf("%s: got a thumbnail of %d bytes", name, len(got))
		}
	}
}

func TestWhatIsNoPictureOrBrokenGetsNoThumbnail(t *testing.T) {
	whole := testJPEG(t)
	var g bytes.Buffer
	if err := gif.Encode(&g, image.NewPaletted(image.Rect(0, 0, 9, 9), palette.WebSafe), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mediaType string
		in        []byte
	}{
		"a film": {"video/mp4", testFilm(true)}, "a PDF": {"application/pdf", []byte("%PDF-1.7")}, "text": {"text/plain; charset=utf-8", []byte("x")},
		"half a JPEG": {"image/jpeg", whole[:len(whole)/3]}, "nothing": {"image/png", nil}, "the wrong type": {"image/webp", whole},
		"half a GIF": {"image/gif", g.Bytes()[:g.Len()/2]}, "a JPEG of zeros": {"image/jpeg", append(bytes.Clone(whole[:4]), make([]byte, 99)...)},
	} {
		if got := (Intake{}).Thumb(c.mediaType, blobOf(c.in)); got != nil {
			t.Errorf("%s: got a thumbnail", name)
		}
	}
}

func TestADecoderThatPanicsGivesNoThumbnailAndLeavesTheDarkroomFree(t *testing.T) {
	was := pictureTypes["image/gif"]
	defer func() { pictureTypes["image/gif"] = was }()
	bad := was
	bad.decode = nil // calling it panics
	pictureTypes["image/gif"] = bad
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if got := (Intake{}).Thumb("image/gif", blobOf(testGIF(t))); got != nil {
				t.Error("got a thumbnail")
			}
		})
	}
	all.Wait()
	if got := (Intake{}).Thumb("image/png", blobOf(testPNG(t))); got == nil {
		t.Error("the next picture got no thumbnail")
	}
}

func FuzzThumb(f *testing.F) {
	f.Add(uint8(0), testJPEG(f))
	f.Add(uint8(0), read(f, goroot(), "src/image/testdata/video-005.gray.q50.progressive.jpeg"))
	f.Add(uint8(1), testPNG(f))
	f.Add(uint8(2), testGIF(f))
	f.Add(uint8(3), read(f, moduleDir(f, "golang.org/x/image"), "testdata/blue-purple-pink.lossless.webp"))
	types := []string{"image/jpeg", "image/png", "image/gif", "image/webp"}
	f.Fuzz(func(t *testing.T, which uint8, in []byte) {
		got := Intake{}.Thumb(types[int(which)%len(types)], blobOf(in))
		if got == nil {
			return
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(got))
		if err != nil || max(size.Width, size.Height) > thumbSide {
			t.Errorf("got %v, %v", size, err)
		}
	})
}

var (
	red   = color.RGBA{220, 30, 30, 255}
	green = color.RGBA{30, 180, 30, 255}
	blue  = color.RGBA{30, 30, 220, 255}
	white = color.RGBA{240, 240, 240, 255}
)

func far(got uint32, want uint8) bool {
	d := int(got>>8) - int(want)
	return d > 40 || d < -40
}

// quadrants is a JPEG that shows red, green, blue and white corners in a picture
// of 1000 by 500 when it is held as its orientation says.
func quadrants(t *testing.T, side byte) []byte {
	w, h := 1000, 500
	if side >= 5 {
		w, h = h, w
	}
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			// Where a stored pixel is seen. TIFF 6.0, tag 274, says at which sides of
			// what is seen the first row and the first column are stored.
			sx, sy := x, y
			switch side {
			case 2: // top, right
				sx = w - 1 - x
			case 3: // bottom, right
				sx, sy = w-1-x, h-1-y
			case 4: // bottom, left
				sy = h - 1 - y
			case 5: // left, top
				sx, sy = y, x
			case 6: // right, top
				sx, sy = h-1-y, x
			case 7: // right, bottom
				sx, sy = h-1-y, w-1-x
			case 8: // left, bottom
				sx, sy = y, w-1-x
			}
			c := [2][2]color.RGBA{{red, green}, {blue, white}}[sy*2/500][sx*2/1000]
			p.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func thumbOf(t *testing.T, mediaType string, in []byte) image.Image {
	t.Helper()
	thumb := Intake{}.Thumb(mediaType, blobOf(in))
	if thumb == nil {
		t.Fatalf("%s of %d bytes: no thumbnail", mediaType, len(in))
	}
	p, err := jpeg.Decode(bytes.NewReader(thumb))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pngOf(t *testing.T, p image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// memoryBlob is a blob in memory.
type memoryBlob struct{ *bytes.Reader }

func (memoryBlob) Close() error { return nil }

func blobOf(b []byte) portfolio.BlobReader { return memoryBlob{bytes.NewReader(b)} }
