package app

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v3"

	"kaft/portfolio"
)

// How files come in: in pieces that can be resumed (static/js/upload.js), or
// with the form when there is no JavaScript. Both are streamed: nothing holds
// more than a piece of a piece in memory.

const (
	quiet   = time.Minute               // without a byte coming in, before a body is given up
	maxBody = portfolio.MaxFile + 1<<20 // bytes of a form with files
	maxRest = portfolio.UploadChunk     // bytes of a refused body that are read, so that the answer arrives
	drainBy = 10 * time.Second

	fieldCost = 64 // bytes of maxForm that a field takes besides its text
)

// startUpload begins an upload: POST /uploads {name, size}.
func (v *visit) startUpload() error {
	return v.beginUpload(func(name string, size int64) (*portfolio.Upload, error) {
		return v.lib.StartUpload(v.ctx(), v.actor, name, size)
	})
}

// beginUpload reads what an upload will be, and says how it is to be sent.
func (v *visit) beginUpload(start func(name string, size int64) (*portfolio.Upload, error)) error {
	var in struct {
		Name string `json:"name"`
		Size int64  `json:"size"`
		Type string `json:"type"` // what the browser thinks; we look for ourselves
	}
	if err := v.readJSON(&in); err != nil {
		return err
	}
	u, err := start(in.Name, in.Size)
	if err != nil {
		return err
	}
	v.Status(fiber.StatusCreated)
	return v.JSON(fiber.Map{"id": u.ID, "chunk": portfolio.UploadChunk, "received": u.Received})
}

// putUpload stores the next piece: PUT /uploads/:id?offset=N with its bytes.
func (v *visit) putUpload() error {
	offset, err := strconv.ParseInt(v.Query("offset"), 10, 64)
	if err != nil {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.body", Err: err}
	}
	body, err := v.incoming()
	if err != nil {
		return err
	}
	if body.left > portfolio.UploadChunk {
		return portfolio.E(portfolio.Invalid, "error.chunk", "Max", int64(portfolio.UploadChunk))
	}
	u, err := v.lib.AppendUpload(v.ctx(), v.actor, v.Params("id"), offset, body)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"received": u.Received})
}

// showUpload says how far an upload is: GET /uploads/:id.
func (v *visit) showUpload() error {
	u, err := v.lib.UploadByID(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"received": u.Received})
}

// finishUpload makes the pieces a file: POST /uploads/:id/finish.
func (v *visit) finishUpload() error {
	u, err := v.lib.FinishUpload(v.ctx(), v.actor, v.Params("id"))
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"id": u.ID, "name": u.File.Name, "type": u.File.Type, "size": u.File.Size})
}

// dropUpload stops an upload: DELETE /uploads/:id.
func (v *visit) dropUpload() error {
	if err := v.lib.DropUpload(v.ctx(), v.actor, v.Params("id")); err != nil {
		return err
	}
	return v.SendStatus(fiber.StatusNoContent)
}

// formFiles reads a form, with or without files. Each file becomes a finished
// upload; their ids come with the fields. A file that is not taken does not keep
// the rest from being read: form has every word, uploads the other files, and
// err says what was wrong with the first. A form that could not be read is nil,
// and then no uploads are left of it. Error kinds: Invalid, TooLarge, and those
// of Library.TakeUpload.
func (v *visit) formFiles() (form url.Values, uploads []string, err error) {
	return v.formWith(v.lib.TakeUpload, portfolio.MaxFiles, portfolio.E(portfolio.Invalid, "error.too_many_files", "Max", portfolio.MaxFiles))
}

// takeFile takes one file of a form, as Library.TakeUpload does.
type takeFile func(ctx context.Context, a portfolio.Actor, name string, r io.Reader) (*portfolio.Upload, error)

// formWith is formFiles with another way to take a file, and another number of
// them: tooMany is what is wrong with one more.
func (v *visit) formWith(take takeFile, most int, tooMany error) (form url.Values, uploads []string, err error) {
	mediaType, params, err := mime.ParseMediaType(v.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		form, err = v.form()
		return form, nil, err
	}
	body, err := v.incoming()
	if err != nil {
		return nil, nil, err
	}
	if body.left > maxBody {
		return nil, nil, portfolio.E(portfolio.TooLarge, "error.form_too_large", "Max", int64(maxBody))
	}
	f := formReader{v: v, takeFile: take, most: most, tooMany: tooMany, body: body, parts: multipart.NewReader(body, params["boundary"]), room: maxForm, form: url.Values{}}
	if err := f.read(); err != nil {
		for _, id := range f.uploads {
			_ = v.lib.DropUpload(v.ctx(), v.actor, id) // the sweep finds what stays
		}
		return nil, nil, err
	}
	return f.form, f.uploads, f.fault
}

// formReader reads a form with files.
type formReader struct {
	v        *visit
	takeFile takeFile
	most     int   // files
	tooMany  error // of one more
	body     *incoming
	parts    *multipart.Reader
	room     int // bytes left for fields
	form     url.Values
	uploads  []string
	fault    error // of the first file that was not taken
}

// read reads all parts. Its error means that the form as a whole failed.
func (f *formReader) read() error {
	for {
		part, err := f.parts.NextPart()
		if err == io.EOF {
			return f.body.cut // in the head of a part it would pass for the end
		}
		if err != nil {
			return badForm(err)
		}
		_, about, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if name, file := about["filename"]; file {
			err = f.take(name, part)
		} else {
			err = f.field(about["name"], part)
		}
		if err != nil {
			return err
		}
	}
}

func (f *formReader) field(name string, r io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(r, int64(f.room)+1))
	if err != nil {
		return badForm(err)
	}
	if f.room -= len(name) + len(value) + fieldCost; f.room < 0 {
		return portfolio.E(portfolio.TooLarge, "error.form_too_large", "Max", int64(maxForm))
	}
	f.form.Add(name, string(value))
	return nil
}

func (f *formReader) take(name string, r io.Reader) error {
	if name == "" {
		return nil // a file field that was left empty
	}
	var u *portfolio.Upload
	err := f.tooMany
	if len(f.uploads) < f.most {
		u, err = f.takeFile(f.v.ctx(), f.v.actor, name, r)
	}
	switch k := portfolio.KindOf(err); {
	case err == nil:
		f.uploads = append(f.uploads, u.ID)
	case f.body.cut != nil:
		return f.body.cut
	case errors.Is(err, io.ErrUnexpectedEOF): // the form ends inside the file
		return badForm(err)
	case k == portfolio.Internal, k == portfolio.Unavailable:
		return err
	case f.fault == nil:
		f.fault = err
	}
	return nil
}

// badForm makes an Error of what was wrong with the form itself; Errors stay.
func badForm(err error) error {
	if e := (*portfolio.Error)(nil); errors.As(err, &e) {
		return err
	}
	return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.body", Err: err}
}

// incoming is a body that comes in. Under it the connection gives up when
// nothing comes for a while, however long the whole takes, and a body that is
// cut off ends with an error: the server itself shows it as an ordinary end.
type incoming struct {
	conn net.Conn
	r    io.Reader
	left int64 // bytes still to come
	cut  error // why no more can come
}

// incoming gives the request's body. One that does not say its length is
// refused: Invalid.
func (v *visit) incoming() (*incoming, error) {
	length := v.Request().Header.ContentLength()
	if length < 0 {
		return nil, portfolio.E(portfolio.Invalid, "error.length")
	}
	return &incoming{conn: v.RequestCtx().Conn(), r: v.bodyStream(), left: int64(length)}, nil
}

// Read reads on. Error kind: Invalid when the body was cut off.
func (in *incoming) Read(p []byte) (int, error) {
	switch {
	case in.cut != nil:
		return 0, in.cut
	case in.left == 0:
		return 0, io.EOF
	}
	if err := in.conn.SetReadDeadline(time.Now().Add(quiet)); err != nil {
		return 0, err
	}
	n, err := in.r.Read(p)
	in.left -= int64(n)
	if err == io.EOF && in.left == 0 {
		return n, io.EOF
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		in.cut = &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.body", Err: err}
		return n, in.cut
	}
	return n, nil
}

// ReadOut goes before every other handler. It sees to it that nothing of a body
// is left when the answer goes out: fasthttp, when it streams bodies, would take
// what a handler left unread for the next request, and anybody could send one
// within another. A little is read, so that the sender gets to see the answer;
// with more the connection is closed.
func ReadOut(c fiber.Ctx) error {
	err := c.Next()
	body := c.Request().BodyStream()
	if body == nil || c.RequestCtx().Hijacked() {
		return err
	}
	if e := c.RequestCtx().Conn().SetReadDeadline(time.Now().Add(drainBy)); e != nil {
		c.RequestCtx().SetConnectionClose()
		return err
	}
	if n, e := io.Copy(io.Discard, io.LimitReader(body, maxRest+1)); e != nil || n > maxRest {
		c.RequestCtx().SetConnectionClose()
	}
	return err
}
