package app

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// What a file may do in a browser: nothing but be seen. It has no scripts, no
// forms, no origin. Sound and film are played by a page that the browser makes
// around them, which must be allowed to fetch them (tried with Chromium, as is
// that a PDF shows).
const (
	filePolicy = "default-src 'none'; sandbox"
	playPolicy = "default-src 'none'; media-src 'self'; sandbox allow-same-origin"
)

// download sends a file of a work, or a part of it: GET /werk/:id/bestand/:file.
func (v *visit) download() error { return v.sendFile(false) }

// thumbnail sends the small picture of a file: GET /werk/:id/klein/:file.
func (v *visit) thumbnail() error { return v.sendFile(true) }

// sendFile streams a file. There is no ETag and nothing may keep the answer: the
// next one to use this browser may be one who may not see it. So no condition
// can hold either, and a range with If-Range gets the whole file.
//
// The length is said before the first byte. A file that cannot be read to its
// end breaks the connection, and what came is short of that length.
func (v *visit) sendFile(thumb bool) error {
	f, r, err := v.lib.OpenFile(v.ctx(), v.actor, v.Params("id"), v.Params("file"), thumb)
	if err != nil {
		return err
	}
	return v.sendOpened(f, r, thumb)
}

// sendOpened streams a file that was opened, or its thumbnail.
func (v *visit) sendOpened(f *portfolio.File, r portfolio.BlobReader, thumb bool) error {
	return v.sendPart(r, "", func() {
		if thumb {
			v.fileHeaders("image/jpeg", f.Name)
		} else {
			v.fileHeaders(f.Type, f.Name)
		}
	})
}

// sendPart streams a blob, or the part of it that the request asks for. tag is
// the ETag that a later part may name, or "" where there is none; headers sets
// what belongs to this file once it is sure to be sent.
func (v *visit) sendPart(r portfolio.BlobReader, tag string, headers func()) error {
	return v.sendPartBy(r, tag, headers, func(r io.ReadCloser, _ byteRange) io.ReadCloser { return r })
}

// sendPartBy is sendPart, where by stands between the part and who reads it.
func (v *visit) sendPartBy(r portfolio.BlobReader, tag string, headers func(), by func(io.ReadCloser, byteRange) io.ReadCloser) error {
	part := byteRange{0, r.Size()}
	var err error
	if h, of := v.Get("Range"), v.Get("If-Range"); h != "" && (of == "" || tag != "" && of == tag) {
		part, err = parseRange(h, r.Size())
	}
	if err == nil && part.size > 0 {
		_, err = r.Seek(part.from, io.SeekStart)
	}
	if err != nil {
		r.Close()
		return err
	}
	headers()
	size := r.Size()
	switch {
	case part.size == 0:
		r.Close()
		v.Set("Content-Range", "bytes */"+strconv.FormatInt(size, 10))
		v.Status(fiber.StatusRequestedRangeNotSatisfiable)
		return nil
	case part.size < size:
		v.Status(fiber.StatusPartialContent)
		v.Set("Content-Range", "bytes "+strconv.FormatInt(part.from, 10)+"-"+strconv.FormatInt(part.from+part.size-1, 10)+"/"+strconv.FormatInt(size, 10))
	}
	// The server reads a stream to its end, whatever the size it is told; it
	// closes it too, also for HEAD and when nobody listens any more.
	return v.SendStream(by(struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, part.size), r}, part), int(part.size))
}

// fileHeaders says what a file is, and how the browser must treat it.
func (v *visit) fileHeaders(mediaType, name string) {
	t, ok := typeFor(mediaType)
	if !ok {
		mediaType = "application/octet-stream"
	}
	how, policy := "attachment", filePolicy
	if t.opens {
		how = "inline"
	}
	if strings.HasPrefix(mediaType, "video/") || strings.HasPrefix(mediaType, "audio/") {
		policy = playPolicy
	}
	v.Set("Content-Type", mediaType)
	v.Set("Content-Disposition", disposition(how, t.nameFor(name)))
	v.Set("Content-Security-Policy", policy)
	v.Set("X-Content-Type-Options", "nosniff")
	v.Set("Cross-Origin-Resource-Policy", "same-origin")
	v.Set("Cache-Control", "private, no-store")
	v.Set("Vary", "Cookie")
	v.Set("Accept-Ranges", "bytes")
}

// disposition is a Content-Disposition: the name in ASCII for old programs, and
// as it is for all others (RFC 6266, RFC 8187).
func disposition(how, name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;/`, r) {
			return '_'
		}
		return r
	}, name)
	out := how + `; filename="` + ascii + `"`
	if ascii != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}

// byteRange is a part of a file.
type byteRange struct {
	from, size int64
}

// parseRange reads a Range header (RFC 9110, 14.2) for a file of so many bytes.
// Several ranges, and what cannot be read, give the whole file, as they may. A
// range that begins behind the end gives size 0.
func parseRange(h string, size int64) (byteRange, error) {
	whole := byteRange{0, size}
	unit, spec, ok := strings.Cut(h, "=")
	first, last, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !dash || !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return whole, nil
	}
	from, fromOK := position(first)
	to, toOK := position(last)
	switch {
	case first == "" && toOK: // the last so many
		n := min(to, size)
		return byteRange{size - n, n}, nil
	case fromOK && last == "":
		to = size - 1
	case !fromOK || !toOK || to < from:
		return whole, nil
	}
	if from >= size {
		return byteRange{}, nil
	}
	return byteRange{from, min(to, size-1) - from + 1}, nil
}

// position reads a number of at most 18 digits.
func position(s string) (int64, bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
