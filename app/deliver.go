package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"kaft/export/handover"
	"kaft/portfolio"
)

// The door at which another school's Kaft fetches a bundle with a code. The code
// is all there is: no cookie is looked at, and a page of another site that sends
// somebody's browser here brings nothing that its maker does not have.

const (
	maxAsk      = 16 << 10        // bytes of what the other Kaft says
	sentAtOnce  = 1 << 20         // bytes that must go out within quiet
	standsEvery = 5 * time.Second // how often a code is looked at again while its bundle goes out
	afterSent   = 30 * time.Second
)

// deliver sends the bundle of a code, or the rest of it: POST /overdracht.
func (v *visit) deliver() error {
	v.Set(handover.Header, handover.Version)
	raw, err := v.body(maxAsk)
	if err != nil {
		return err
	}
	var ask handover.Ask
	if err := json.Unmarshal(raw, &ask); err != nil {
		return &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.json", Err: err}
	}
	if ask.Format != handover.Format || !strings.HasPrefix(ask.Version, "1.") {
		return portfolio.E(portfolio.Invalid, "error.handover.claim")
	}
	d, err := v.lib.Deliver(v.ctx(), portfolio.Claim{Code: ask.Code, Receipt: ask.Receipt, School: ask.School, Instance: ask.Instance, Address: v.IP()})
	if w := portfolio.WaitOf(err); w > 0 {
		v.Set("Retry-After", strconv.Itoa(int(w.Seconds())))
	}
	if err != nil {
		return err
	}
	tag := `"` + d.Bundle.Contents.SHA256 + `"`
	out := &going{d: d, conn: v.RequestCtx().Conn(), log: v.app.opt.Log}
	return v.sendPartBy(d.Blob, tag, func() {
		v.bundleHeaders(d.Bundle.Contents.Name)
		v.Set("Accept-Ranges", "bytes")
		v.Set("ETag", tag)
	}, func(r io.ReadCloser, part byteRange) io.ReadCloser {
		out.ReadCloser, out.left, out.last = r, part.size, part.from+part.size == d.Blob.Size()
		return out
	})
}

// going is a bundle on its way out. It is read when the handler has returned, so
// it holds nothing of the request.
type going struct {
	io.ReadCloser
	d    *portfolio.Delivery
	conn net.Conn
	log  *slog.Logger
	left int64
	last bool // the part ends where the bundle does
}

// WriteTo is how the server has it written. It breaks off when the code is
// revoked meanwhile, or when the other side takes nothing any more. The bundle
// counts as fetched when its last byte was given to the network, and not before.
func (g *going) WriteTo(w io.Writer) (sent int64, err error) {
	ctx := context.Background()
	looked := time.Now()
	for g.left > 0 {
		if err := g.conn.SetWriteDeadline(time.Now().Add(quiet)); err != nil {
			return sent, err
		}
		n, err := io.CopyN(w, g.ReadCloser, min(g.left, sentAtOnce))
		sent, g.left = sent+n, g.left-n
		if err != nil {
			return sent, err
		}
		if g.left > 0 && time.Since(looked) > standsEvery {
			if err := g.d.Stands(ctx); err != nil {
				return sent, err
			}
			looked = time.Now()
		}
	}
	if f, ok := w.(interface{ Flush() error }); ok {
		if err := f.Flush(); err != nil {
			return sent, err
		}
	}
	if g.last {
		ctx, cancel := context.WithTimeout(ctx, afterSent)
		defer cancel()
		if err := g.d.Sent(ctx); err != nil {
			g.log.Error("a bundle was fetched, and that could not be stored", "error", err)
		}
	}
	return sent, g.conn.SetWriteDeadline(time.Time{})
}
