package app

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"kaft/portfolio"
)

const (
	thumbSide    = 480        // pixels of the long side
	thumbQuality = 80         // of JPEG, 1 to 100
	maxPixels    = 50_000_000 // of a picture that gets a thumbnail
	maxDecoded   = 256 << 20  // bytes that decoding may take
)

// darkroom bounds the memory that thumbnails take together: one at a time.
var darkroom = make(chan struct{}, 1)

// pictureType is how a type of picture is read.
type pictureType struct {
	size   func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var pictureTypes = map[string]pictureType{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// Thumb makes a small upright JPEG of a picture, or nil: of what is no picture,
// is too large to decode, or is broken. Of something that moves it is the first
// frame. PDF and films get none yet.
func (Intake) Thumb(mediaType string, r portfolio.BlobReader) (thumb []byte) {
	t, ok := pictureTypes[mediaType]
	if !ok {
		return nil
	}
	darkroom <- struct{}{}
	defer func() {
		<-darkroom
		if recover() != nil {
			thumb = nil // a decoder met a file it cannot stand
		}
	}()
	size, err := t.size(r)
	if err != nil || size.Width <= 0 || size.Height <= 0 || size.Width > maxPixels/size.Height || decodedSize(mediaType, size, r) > maxDecoded {
		return nil
	}
	side := sideUp(mediaType, r)
	if !rewind(r) {
		return nil
	}
	picture, err := t.decode(r)
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	if jpeg.Encode(&out, upright(smaller(picture), side), &jpeg.Options{Quality: thumbQuality}) != nil {
		return nil
	}
	return out.Bytes()
}

// sideUp finds which side of a picture is up: what comes in is read for it
// already.
func sideUp(mediaType string, r io.ReadSeeker) byte {
	if !rewind(r) {
		return 0
	}
	s := newStrip("", r, fileTypes[mediaType].strip())
	_, _ = io.Copy(io.Discard, s) // what is broken further on may still show
	return s.side
}

func rewind(r io.Seeker) bool {
	_, err := r.Seek(0, io.SeekStart)
	return err == nil
}

// decodedSize is about how many bytes decoding a picture takes.
func decodedSize(mediaType string, size image.Config, r io.ReadSeeker) int64 {
	perPixel := 4.0
	switch size.ColorModel {
	case color.GrayModel:
		perPixel = 1
	case color.Gray16Model:
		perPixel = 2
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	}
	if mediaType == "image/jpeg" && rewind(r) {
		perPixel = jpegBytes(r)
	}
	return int64(perPixel * float64(size.Width) * float64(size.Height))
}

// jpegBytes is how many bytes decoding a JPEG takes for each pixel: one for
// each sample, and when it is progressive four more for each.
func jpegBytes(r io.Reader) float64 {
	s := newStrip("", r, nil)
	if s.skip(2) != nil {
		return 0
	}
	for {
		marker, err := nextMarker(s)
		if err != nil {
			return 0
		}
		b, err := s.in.Peek(8)
		if err != nil {
			return 0
		}
		length := int(b[0])<<8 | int(b[1])
		if marker < 0xc0 || marker > 0xc2 {
			if s.skip(int64(length)) != nil {
				return 0
			}
			continue
		}
		samples, most := 0, 1
		frame, err := s.take(max(length, 8))
		if err != nil {
			return 0
		}
		for c := frame[8:]; len(c) >= 3; c = c[3:] {
			n := int(c[1]>>4) * int(c[1]&15)
			samples, most = samples+n, max(most, n)
		}
		perPixel := float64(samples) / float64(most)
		if marker == 0xc2 {
			perPixel *= 5
		}
		return perPixel
	}
}

// smaller makes a picture fit in a square of thumbSide, on white where it is
// transparent. A large one is first brought down roughly: the good way needs
// memory for every line of it.
func smaller(picture image.Image) *image.RGBA {
	if long(picture.Bounds()) > 4*thumbSide {
		picture = scaled(picture, 4*thumbSide, draw.ApproxBiLinear)
	}
	return scaled(picture, min(thumbSide, long(picture.Bounds())), draw.BiLinear)
}

func long(b image.Rectangle) int { return max(b.Dx(), b.Dy()) }

// scaled makes a picture with a long side of so many pixels.
func scaled(picture image.Image, side int, by draw.Scaler) *image.RGBA {
	b := picture.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*side/long(b)), max(1, b.Dy()*side/long(b))))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	by.Scale(out, out.Bounds(), picture, b, draw.Over, nil)
	return out
}

// upright turns and mirrors a picture of which a side (1 to 8) is up.
func upright(in *image.RGBA, side byte) *image.RGBA {
	if side < 2 || side > 8 {
		return in
	}
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if side >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			to := [...]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[side]
			out.SetRGBA(to.X, to.Y, in.RGBAAt(x, y))
		}
	}
	return out
}
