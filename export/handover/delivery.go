package handover

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"kaft/portfolio"
)

// Delivery is a bundle as it comes in. Where the line breaks it goes on from
// there by itself; what comes out is the whole bundle, or an error.
type Delivery struct {
	Size int64
	Name string // of the file, as the other side calls it

	ctx     context.Context
	client  *Client
	address string
	ask     []byte
	tag     string // ETag: the SHA-256 of the whole, in quotes
	at      int64  // bytes that came
	body    io.ReadCloser
	sum     hash.Hash
	tries   int   // in a row that brought little
	brought int64 // by this connection
}

// enough is how many bytes a connection must bring to be worth taking up again
// without counting.
const enough = 1 << 20

// Read reads on. Error kinds: Unavailable when it broke off for good, Invalid
// when the code is of no use any more, or when what came is not what was
// announced.
func (d *Delivery) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if d.sum == nil {
		d.sum = sha256.New()
	}
	for d.at < d.Size {
		if d.body == nil {
			if err := d.again(); err != nil {
				return 0, err
			}
		}
		n, err := d.body.Read(p[:min(int64(len(p)), d.Size-d.at)])
		d.sum.Write(p[:n])
		d.at += int64(n)
		if d.brought += int64(n); d.brought >= enough {
			d.tries = 0
		}
		if err != nil {
			d.drop()
		}
		if n > 0 {
			return n, nil
		}
	}
	d.drop()
	if `"`+hex.EncodeToString(d.sum.Sum(nil))+`"` != d.tag {
		return 0, portfolio.E(portfolio.Invalid, "error.fetch.other", "Host", host(d.address))
	}
	return 0, io.EOF
}

// again takes up a fetch that broke.
func (d *Delivery) again() error {
	var cause error
	for d.tries < maxTries {
		pause := time.Second << d.tries
		d.tries++
		pause = max(pause, portfolio.WaitOf(cause))
		if err := d.client.pause(d.ctx, pause); err != nil {
			return err
		}
		d.brought = 0
		if cause = d.connect(); cause == nil {
			return nil
		}
		if portfolio.KindOf(cause) == portfolio.Invalid { // trying again changes nothing
			return cause
		}
	}
	return &portfolio.Error{Kind: portfolio.Unavailable, Msg: "error.fetch.broken", Args: map[string]any{"Host": host(d.address)}, Err: cause}
}

func (d *Delivery) drop() {
	if d.body != nil {
		d.body.Close()
		d.body = nil
	}
}

// Close gives up what has not come yet.
func (d *Delivery) Close() error {
	d.drop()
	return nil
}
