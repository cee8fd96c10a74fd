package export

import (
	"context"
	"io"
)

// projection writes what is in a bundle beside its document and is made of it
// alone, so that people and programs without Kaft can use it: the document is
// the truth, and nothing here holds more.
type projection struct {
	*documentWriter
	doc *spool
	to  *archive
}

// projections are the ways to show a document, each in a file of its own.
var projections = []func(*projection, context.Context) error{
	(*projection).leap2a,
	(*projection).crate, // after what it describes
	(*projection).viewer,
}

func (p *projection) write(ctx context.Context) error {
	for _, make := range projections {
		if err := make(p, ctx); err != nil {
			return err
		}
	}
	return nil
}

// each reads the document's elements, in its order.
func (p *projection) each(ctx context.Context, visit func(element) error) error {
	return p.doc.each(ctx, visit)
}

// writeTwice writes the document to w, and keeps it for the projections.
func (d *documentWriter) writeTwice(ctx context.Context, w io.Writer, doc *spool) error {
	kept, err := doc.writer()
	if err != nil {
		return err
	}
	if err := d.write(ctx, io.MultiWriter(w, kept)); err != nil {
		return err
	}
	return kept.Close()
}
