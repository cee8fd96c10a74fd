package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const accessLog = "access-log"

// stream is a list that stands in a file of its own, a JSON object a line; the
// first says what the others are. It waits in a spool until the document that
// names it is written.
type stream struct {
	Stream
	lines *spool
}

// streamHead is the first line of a stream.
type streamHead struct {
	Stream    string    `json:"stream"`
	Version   string    `json:"version"`
	Student   string    `json:"student"`
	CreatedAt time.Time `json:"createdAt"`
}

// look is a line of the access log: who did what to the portfolio, newest
// first, as the family reads it at the school. Another child has no name.
type look struct {
	At       time.Time `json:"at"`
	Who      string    `json:"who,omitzero"`
	Redacted bool      `json:"redacted,omitzero"`
	Hat      string    `json:"hat"`
	Did      string    `json:"did"`
	Kind     string    `json:"kind,omitzero"`
	Item     string    `json:"item,omitzero"` // where it goes along
	Outcome  string    `json:"outcome,omitzero"`
	Rule     string    `json:"rule,omitzero"`
}

// streams writes the member that names the streams: only an archive has any.
func (d *documentWriter) streams(ctx context.Context) error {
	looks, told := d.v.Looks(ctx)
	if !told {
		return nil
	}
	lines, err := newSpool()
	if err != nil {
		return err
	}
	d.log = &stream{Stream{Name: accessLog, Path: "streams/" + accessLog + ".jsonl"}, lines}
	sealed, err := lines.writer()
	if err != nil {
		return err
	}
	sum := sha256.New()
	enc := jsontext.NewEncoder(io.MultiWriter(sealed, sum)) // a value a line
	if err := json.MarshalEncode(enc, streamHead{accessLog, Version, d.self, d.at}); err != nil {
		return err
	}
	for n, err := range looks {
		if err != nil {
			return err
		}
		line := look{At: n.At.UTC(), Who: n.ActorName, Redacted: n.ActorName == "", Hat: n.Hat, Did: n.Act, Kind: n.Kind, Item: d.links[n.Item].ID, Outcome: n.Outcome, Rule: n.Rule}
		if err := json.MarshalEncode(enc, line); err != nil {
			return err
		}
		d.log.Records++
	}
	if err := sealed.Close(); err != nil {
		return err
	}
	d.log.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return d.list("streams", func(add func(any) error) error { return add(d.log.Stream) })
}

// copyStream writes the stream that the document names.
func (d *documentWriter) copyStream(ctx context.Context, a *archive) error {
	if d.log == nil {
		return nil
	}
	return a.document(d.log.Path, func(w io.Writer) error {
		r, err := d.log.lines.reader(ctx)
		if err == nil {
			_, err = io.Copy(w, r)
		}
		return err
	})
}

func (d *documentWriter) close() {
	if d.log != nil {
		d.log.lines.Close()
	}
}
