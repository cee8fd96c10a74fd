package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"time"

	"github.com/go-json-experiment/json"
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

// streams writes what stands in files of its own, and the member that names
// these: only an archive has any.
func (d *documentWriter) streams(ctx context.Context) error {
	for _, part := range []func(context.Context) error{d.looks, d.talks} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	if len(d.lists) == 0 {
		return nil
	}
	return d.list("streams", func(add func(any) error) error {
		for _, s := range d.lists {
			if err := add(s.Stream); err != nil {
				return err
			}
		}
		return nil
	})
}

// looks is the log, where it goes along.
func (d *documentWriter) looks(ctx context.Context) error {
	all, told := d.v.Looks(ctx)
	if !told {
		return nil
	}
	return d.stream(accessLog, func(add func(any) error) error {
		for n, err := range all {
			if err != nil {
				return err
			}
			line := look{At: n.At.UTC(), Who: n.ActorName, Redacted: n.ActorName == "", Hat: n.Hat, Did: n.Act, Kind: n.Kind, Item: d.links[n.Item].ID, Outcome: n.Outcome, Rule: n.Rule}
			if err := add(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// stream spools a stream; fill gives its lines to add, after the first.
func (d *documentWriter) stream(name string, fill func(add func(any) error) error) error {
	lines, err := newSpool()
	if err != nil {
		return err
	}
	records := 0
	s := &stream{Stream{Name: name, Path: "streams/" + name + ".jsonl", Records: &records}, lines}
	d.lists = append(d.lists, s)
	sealed, err := lines.writer()
	if err != nil {
		return err
	}
	sum := sha256.New()
	to := io.MultiWriter(sealed, sum)
	write := func(member string, v any) error {
		raw, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if err := conforms(member, raw); err != nil {
			return err
		}
		_, err = to.Write(append(raw, '\n'))
		return err
	}
	if err := write(firstLine, streamHead{name, Version, d.self, d.at}); err != nil {
		return err
	}
	err = fill(func(v any) error {
		records++
		return write(name, v)
	})
	if err != nil {
		return err
	}
	if err := sealed.Close(); err != nil {
		return err
	}
	s.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// streamOf is a stream by its name, or nil.
func (d *documentWriter) streamOf(name string) *stream {
	for _, s := range d.lists {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// copyStreams writes the streams that the document names.
func (d *documentWriter) copyStreams(ctx context.Context, a *archive) error {
	for _, s := range d.lists {
		err := a.document(s.Path, func(w io.Writer) error {
			r, err := s.lines.reader(ctx)
			if err == nil {
				_, err = io.Copy(w, r)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *documentWriter) close() {
	for _, s := range d.lists {
		s.lines.Close()
	}
}
