package demo

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"math"
	"math/rand"
	"strings"

	"golang.org/x/image/vector"
)

const width, height = 640, 480

// paintLandscape writes a JPEG of hills under a sky, other for each seed.
func paintLandscape(w io.Writer, seed int64) {
	r := rand.New(rand.NewSource(seed))
	skies := [][2]color.RGBA{
		{{0x8f, 0xc7, 0xf0, 255}, {0xfd, 0xf1, 0xd6, 255}},
		{{0x5a, 0x6f, 0xb0, 255}, {0xf7, 0xb3, 0x8a, 255}},
		{{0xb9, 0xd9, 0xe8, 255}, {0xf2, 0xee, 0xe2, 255}},
	}
	ground := []color.RGBA{{0x6f, 0x8f, 0x54, 255}, {0xb5, 0x86, 0x3c, 255}, {0x3f, 0x6b, 0x4f, 255}, {0xc9, 0x6d, 0x32, 255}}
	sky, first := skies[r.Intn(len(skies))], r.Intn(len(ground))
	c := newCanvas(sky[0], sky[1])
	c.blob(color.RGBA{0xff, 0xe2, 0x8a, 255}, float32(120+r.Intn(width-240)), float32(80+r.Intn(120)), float32(35+r.Intn(35)), 1)
	for k := range 3 {
		base, phase := height*(0.47+0.16*float64(k)), 6*r.Float64()
		c.shape(ground[(first+k)%len(ground)], func(to func(x, y float32)) {
			to(0, height)
			for x := 0; x <= width; x += 8 {
				to(float32(x), float32(base+40*math.Sin(float64(x)/(140-25*float64(k))+phase)))
			}
			to(width, height)
		})
	}
	c.write(w)
}

// paintButterfly writes a JPEG of a butterfly on paper, other for each seed.
func paintButterfly(w io.Writer, seed int64) {
	r := rand.New(rand.NewSource(seed))
	inks := []color.RGBA{{0x24, 0x48, 0x9c, 255}, {0xb4, 0x57, 0x1b, 255}, {0x7a, 0x3a, 0x9c, 255}, {0x1a, 0x66, 0x38, 255}}
	ink, coal, paper := inks[r.Intn(len(inks))], color.RGBA{0x2b, 0x2b, 0x2b, 255}, color.RGBA{0xf4, 0xed, 0xdf, 255}
	c := newCanvas(paper, mix(paper, coal, 0.08))
	upper, lower := float32(120+r.Intn(30)), float32(80+r.Intn(35))
	for _, side := range []float32{-1, 1} {
		for _, wing := range []struct{ x, y, size float32 }{{150, -75, upper}, {115, 95, lower}} {
			x, y := width/2+side*wing.x, height/2+wing.y
			for i, tint := range []color.RGBA{coal, ink, mix(ink, paper, 0.45), mix(ink, paper, 0.8)} {
				c.blob(tint, x, y, wing.size*(1-0.24*float32(i))+6*float32(max(0, 1-i)), 0.8+0.1*wing.size/upper)
			}
		}
	}
	c.blob(coal, width/2, height/2+10, 16, 9)
	c.write(w)
}

// canvas is a picture in the making.
type canvas struct {
	img *image.RGBA
	ras *vector.Rasterizer
}

// newCanvas begins with a wash from top to bottom.
func newCanvas(top, bottom color.RGBA) *canvas {
	c := &canvas{image.NewRGBA(image.Rect(0, 0, width, height)), vector.NewRasterizer(width, height)}
	for y := range height {
		draw.Draw(c.img, image.Rect(0, y, width, y+1), image.NewUniform(mix(top, bottom, float64(y)/height)), image.Point{}, draw.Src)
	}
	return c
}

// shape fills an outline, looking only at the part of the picture it covers.
func (c *canvas) shape(fill color.RGBA, outline func(to func(x, y float32))) {
	type point struct{ x, y float32 }
	var points []point
	box := image.Rectangle{Min: image.Pt(width, height)}
	outline(func(x, y float32) {
		points = append(points, point{x, y})
		box.Min = image.Pt(min(box.Min.X, int(x)), min(box.Min.Y, int(y)))
		box.Max = image.Pt(max(box.Max.X, int(x)+1), max(box.Max.Y, int(y)+1))
	})
	box = box.Intersect(c.img.Bounds())
	left, top := float32(box.Min.X), float32(box.Min.Y)
	c.ras.Reset(box.Dx(), box.Dy())
	c.ras.MoveTo(points[0].x-left, points[0].y-top)
	for _, p := range points[1:] {
		c.ras.LineTo(p.x-left, p.y-top)
	}
	c.ras.ClosePath()
	c.ras.Draw(c.img, box, image.NewUniform(fill), image.Point{})
}

// blob fills an ellipse of half width r and half height r*tall.
func (c *canvas) blob(fill color.RGBA, x, y, r, tall float32) {
	c.shape(fill, func(to func(x, y float32)) {
		for i := range 72 {
			sin, cos := math.Sincos(float64(i) / 72 * 2 * math.Pi)
			to(x+r*float32(cos), y+r*tall*float32(sin))
		}
	})
}

func (c *canvas) write(w io.Writer) {
	jpeg.Encode(w, c.img, &jpeg.Options{Quality: 80}) // a bytes.Buffer takes everything
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	f := func(x, y uint8) uint8 { return uint8(float64(x)*(1-t) + float64(y)*t) }
	return color.RGBA{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B), 255}
}

// writePDF writes a one-page PDF 1.4 with a title, an author and some text in
// Helvetica. The demo needs no more of PDF than this.
func writePDF(w io.Writer, title, author, text string) {
	var page strings.Builder
	line := func(size, y int, s string) {
		s = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "*", "").Replace(s)
		fmt.Fprintf(&page, "BT /F1 %d Tf 72 %d Td (%s) Tj ET\n", size, y, latin1(s))
	}
	line(24, 740, title)
	line(12, 710, author)
	y := 670
	words := strings.Fields(text)
	for len(words) > 0 {
		n := 0
		for size := 0; n < len(words) && size+len(words[n]) < 80; n++ {
			size += len(words[n]) + 1
		}
		line(12, y, strings.Join(words[:n], " "))
		words, y = words[n:], y-18
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	out := "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
	var at []int
	for i, o := range objects {
		at = append(at, len(out))
		out += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := len(out)
	out += fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		out += fmt.Sprintf("%010d 00000 n \n", n)
	}
	out += fmt.Sprintf("trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	io.WriteString(w, out)
}

// latin1 keeps what WinAnsi can show.
func latin1(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 256 {
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}
