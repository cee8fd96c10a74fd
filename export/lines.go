package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// Limits of the streams of a bundle.
const (
	maxStreams = 100
	maxLine    = 1 << 20 // bytes of a line
)

// checkStreams checks the streams that the document names, line by line: those
// that this version knows. Of those, an archive's conversations are kept.
func (c *census) checkStreams(ctx context.Context) error {
	names := map[string]bool{}
	for _, s := range c.streams {
		in, there := c.Bundle.files["data/"+s.Path]
		switch sum := c.sums["data/"+s.Path]["sha256"]; {
		case names[s.Name] || names[s.Path]:
			return portfolio.E(portfolio.Invalid, "error.bundle.duplicate", "Name", shown(s.Path))
		case !there:
			return portfolio.E(portfolio.Invalid, "error.bundle.missing_file", "Name", shown(s.Path))
		case in.size > maxDocument:
			return portfolio.E(portfolio.TooLarge, "error.too_large", "Name", shown(s.Path), "Size", in.size, "Max", int64(maxDocument))
		case s.SHA256 != "" && sum != "" && s.SHA256 != sum:
			return portfolio.E(portfolio.Invalid, "error.bundle.damaged", "Name", shown(s.Path))
		}
		names[s.Name], names[s.Path] = true, true
		if lineDefinitions[s.Name] == "" {
			c.note("bundle.note.streams")
			continue
		}
		if err := c.checkStream(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *census) checkStream(ctx context.Context, s Stream) error {
	n := 0
	if c.sums == nil && s.Records != nil { // its lines were checked before
		n = *s.Records
	} else {
		err := c.eachLine(ctx, s, func(jsontext.Value) error {
			if n++; n > maxIDs {
				return errLong
			}
			return nil
		})
		if err != nil {
			return explain(err)
		}
		if s.Records != nil && *s.Records != n {
			return refuse(fmt.Errorf("%d lines", n), "error.bundle.schema", "Where", shown(s.Path))
		}
	}
	switch {
	case s.Name != portfolio.CategoryChat:
		c.note("bundle.note.streams")
	case c.head.Kind != portfolio.BundleArchive:
		c.note("bundle.note.talks")
	case n > 0:
		c.Verified.talks, c.messages = &s, n
	}
	return nil
}

// eachLine reads a stream that is known, strictly, and gives its lines after the
// first: a JSON object a line, no name twice, no more than a line may hold, and
// as the schema says.
func (v *Verified) eachLine(ctx context.Context, s Stream, visit func(raw jsontext.Value) error) error {
	r, err := v.Bundle.files["data/"+s.Path].open()
	if err != nil {
		return refuse(err, "error.bundle.damaged", "Name", shown(s.Path))
	}
	defer r.Close()
	lines := bufio.NewScanner(&ctxReader{ctx, r})
	lines.Buffer(nil, maxLine)
	n := 0
	for ; lines.Scan(); n++ {
		raw, err := oneValue(lines.Bytes())
		if err != nil {
			return err
		}
		if n == 0 {
			err = v.checkFirst(s, raw)
		} else if err = lineConforms(s, s.Name, raw, n); err == nil {
			err = visit(raw)
		}
		if err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return errLong
	case err != nil && ctx.Err() == nil:
		return refuse(err, "error.bundle.damaged", "Name", shown(s.Path))
	case err != nil:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (v *Verified) checkFirst(s Stream, raw jsontext.Value) error {
	if err := lineConforms(s, firstLine, raw, 0); err != nil {
		return err
	}
	var h streamHead
	if err := json.Unmarshal(raw, &h); err != nil {
		return err
	}
	if h.Stream != s.Name || h.Student != v.self {
		return &schemaError{at: s.Path + "/1", what: "not the stream of this portfolio"}
	}
	return nil
}

// lineConforms names the line in its error.
func lineConforms(s Stream, member string, raw jsontext.Value, n int) error {
	err := conforms(member, raw)
	var bad *schemaError
	if errors.As(err, &bad) {
		return &schemaError{at: fmt.Sprintf("%s/%d", s.Path, n+1), what: bad.at + ": " + bad.what}
	}
	return err
}

// oneValue reads a line that holds one JSON value and nothing else.
func oneValue(line []byte) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(line))
	raw, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	if nesting(raw) > maxNesting {
		return nil, errDeep
	}
	raw = raw.Clone()
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, errMore
	}
	return raw, nil
}
