package demo

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand"
	"strings"
)

const width, height = 960, 720

// paintLandscape writes a JPEG of hills under a sky, other for each seed.
func paintLandscape(w io.Writer, seed int64) {
	r := rand.New(rand.NewSource(seed))
	skies := [][2]color.RGBA{
		{{0x8f, 0xc7, 0xf0, 255}, {0xfd, 0xf1, 0xd6, 255}},
		{{0x5a, 0x6f, 0xb0, 255}, {0xf7, 0xb3, 0x8a, 255}},
		{{0xb9, 0xd9, 0xe8, 255}, {0xf2, 0xee, 0xe2, 255}},
	}
	sky := skies[r.Intn(len(skies))]
	ground := []color.RGBA{{0x6f, 0x8f, 0x54, 255}, {0xb5, 0x86, 0x3c, 255}, {0x3f, 0x6b, 0x4f, 255}, {0xc9, 0x6d, 0x32, 255}}
	base := r.Intn(len(ground))
	sunX, sunY, sunR := 120+r.Intn(width-240), 90+r.Intn(160), 40+r.Intn(40)
	phase := [3]float64{r.Float64() * 6, r.Float64() * 6, r.Float64() * 6}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := mix(sky[0], sky[1], float64(y)/height)
			if d := math.Hypot(float64(x-sunX), float64(y-sunY)); d < float64(sunR) {
				c = color.RGBA{0xff, 0xe2, 0x8a, 255}
			}
			for k := range 3 {
				top := 330 + 110*float64(k) + 60*math.Sin(float64(x)/(190-30*float64(k))+phase[k])
				if float64(y) > top {
					c = mix(ground[(base+k)%len(ground)], color.RGBA{0x22, 0x2c, 0x24, 255}, (float64(y)-top)/900)
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	jpeg.Encode(w, img, &jpeg.Options{Quality: 80})
}

// paintButterfly writes a JPEG of a butterfly in charcoal and one colour.
func paintButterfly(w io.Writer, seed int64) {
	r := rand.New(rand.NewSource(seed))
	inks := []color.RGBA{{0x24, 0x48, 0x9c, 255}, {0xb4, 0x57, 0x1b, 255}, {0x7a, 0x3a, 0x9c, 255}, {0x1a, 0x66, 0x38, 255}}
	ink := inks[r.Intn(len(inks))]
	paper, coal := color.RGBA{0xf4, 0xed, 0xdf, 255}, color.RGBA{0x2b, 0x2b, 0x2b, 255}
	bend, lobes := 0.6+r.Float64()*0.8, float64(2+r.Intn(3))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := math.Abs(float64(x-width/2)), float64(y-height/2)
			d, a := math.Hypot(dx, dy*1.1), math.Atan2(dy, dx+1)
			edge := 180 + 110*math.Cos(a*2*bend) + 60*math.Abs(math.Cos(a*lobes))
			grain := 0.06 * (r.Float64() - 0.5)
			c := mix(paper, coal, 0.03+grain)
			switch {
			case dx < 9 && math.Abs(dy) < 150:
				c = coal
			case d < edge-14:
				c = mix(ink, paper, 0.25+0.5*math.Abs(math.Sin(d/26))+grain)
			case d < edge:
				c = mix(coal, paper, 0.1+grain)
			}
			img.SetRGBA(x, y, c)
		}
	}
	jpeg.Encode(w, img, &jpeg.Options{Quality: 80})
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	t = max(0, min(1, t))
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
