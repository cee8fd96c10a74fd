package export

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// Limits of a document that is read.
const (
	maxDocument = 1 << 30 // bytes of portfolio.json
	maxElement  = 8 << 20 // bytes of one element of a list
	maxNesting  = 64
	maxIDs      = 1_000_000
)

// element is one element of a member of the document.
type element struct {
	member string
	name   string // of the member that is no list: extensions only
	raw    jsontext.Value
	at     int64 // where raw stands in the document, for an element of a list
}

// readDocument reads portfolio.json strictly, one element at a time: no
// duplicate names, valid UTF-8, not deep, and each element as the schema says.
// Members that this version does not know come as extensions. A document that
// was checked is not held against the schema again. Error kind: Invalid; an
// error of visit is given back.
func readDocument(r io.Reader, checked bool, visit func(element) error) error {
	d := newReader(r)
	d.checked = checked
	frame := map[string]jsontext.Value{}
	err := d.object(func(name string) error {
		switch {
		case definitions[name] != "" && !single[name]:
			frame[name] = jsontext.Value("[]")
			return d.array(name, visit)
		case name == "extensions":
			frame[name] = jsontext.Value("{}")
			return d.object(func(inner string) error { return d.unknown(inner, visit) })
		case single[name] || slices.Contains([]string{"$schema", "format", "formatVersion"}, name):
			raw, err := d.value()
			if err != nil {
				return err
			}
			frame[name] = raw.Clone()
			if !single[name] {
				return nil
			}
			if err := d.conforms(name, raw); err != nil {
				return err
			}
			return visit(element{member: name, raw: raw})
		}
		return d.unknown(name, visit)
	})
	if err == nil {
		_, err = d.dec.ReadToken()
		if err == io.EOF {
			err = nil
		} else if err == nil {
			err = errMore
		}
	}
	if err == nil {
		var raw []byte
		if raw, err = json.Marshal(frame); err == nil {
			err = d.conforms("", raw)
		}
	}
	return explain(err)
}

var (
	errMore   = errors.New("more than one value")
	errDeep   = errors.New("nested too deep")
	errLong   = errors.New("an element is too long")
	errShape  = errors.New("not the kind of value that belongs there")
	errRefers = errors.New("refers to what is not there")
)

// explain makes a refusal of what went wrong with a document.
func explain(err error) error {
	var e *portfolio.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	var s *schemaError
	if errors.As(err, &s) {
		return refuse(err, "error.bundle.schema", "Where", shown(s.at))
	}
	return refuse(err, "error.bundle.json")
}

// reader is a decoder that holds no more than one element.
type reader struct {
	dec     *jsontext.Decoder
	budget  *budget
	checked bool // against the schema, before
}

func newReader(r io.Reader) *reader {
	b := &budget{r: io.LimitReader(r, maxDocument+1), left: maxElement}
	return &reader{dec: jsontext.NewDecoder(b), budget: b}
}

func (d *reader) conforms(member string, raw jsontext.Value) error {
	if d.checked {
		return nil
	}
	return conforms(member, raw)
}

// budget fails a reader that asks for more than an element may be long.
type budget struct {
	r    io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// object reads an object and calls member in front of each member's value.
func (d *reader) object(member func(name string) error) error {
	if d.dec.PeekKind() != jsontext.KindBeginObject {
		return d.wrong()
	}
	if _, err := d.token(); err != nil {
		return err
	}
	for d.dec.PeekKind() != jsontext.KindEndObject {
		name, err := d.token()
		if err != nil {
			return err
		}
		if err := member(name.String()); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// array reads a list, checks each element and gives it on.
func (d *reader) array(name string, visit func(element) error) error {
	if d.dec.PeekKind() != jsontext.KindBeginArray {
		return d.wrong()
	}
	if _, err := d.token(); err != nil {
		return err
	}
	for d.dec.PeekKind() != jsontext.KindEndArray {
		raw, err := d.value()
		if err != nil {
			return err
		}
		if err := d.conforms(name, raw); err != nil {
			return err
		}
		if err := visit(element{member: name, raw: raw, at: d.dec.InputOffset() - int64(len(raw))}); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// unknown gives on a member that this version does not know, unless it is
// longer than can be kept.
func (d *reader) unknown(name string, visit func(element) error) error {
	var kept bytes.Buffer
	enc := jsontext.NewEncoder(&kept)
	depth := d.dec.StackDepth()
	for {
		t, err := d.token()
		if err != nil {
			return err
		}
		if d.dec.StackDepth() > maxNesting {
			return errDeep
		}
		if kept.Len() <= maxElement {
			if err := enc.WriteToken(t); err != nil {
				return err
			}
		}
		if d.dec.StackDepth() == depth {
			break
		}
	}
	if kept.Len() > maxElement {
		return visit(element{member: "too long", name: name})
	}
	return visit(element{member: "extensions", name: name, raw: bytes.TrimSpace(kept.Bytes())})
}

func (d *reader) token() (jsontext.Token, error) {
	t, err := d.dec.ReadToken()
	d.budget.left = maxElement
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

// value reads one value, which is good until the next one is read.
func (d *reader) value() (jsontext.Value, error) {
	raw, err := d.dec.ReadValue()
	d.budget.left = maxElement
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && nesting(raw)+d.dec.StackDepth() > maxNesting {
		err = errDeep
	}
	return raw, err
}

// wrong says that something else stands where a list or object belongs, or
// what is wrong with it as JSON.
func (d *reader) wrong() error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	return errShape
}

// nesting is how deep a JSON value goes.
func nesting(v jsontext.Value) (deepest int) {
	depth, text := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// label reads only what a document says of itself, however new it is: its
// format and version, and who made it.
func label(r io.Reader) (format, version string, by Generator, err error) {
	d := newReader(r)
	text := func(into *string) error {
		raw, err := d.value()
		if err != nil {
			return err
		}
		if json.Unmarshal(raw, into) != nil {
			return errShape
		}
		return nil
	}
	err = d.object(func(name string) error {
		switch name {
		case "format":
			return text(&format)
		case "formatVersion":
			return text(&version)
		case "bundle":
			raw, err := d.value()
			if err != nil {
				return err
			}
			var head struct {
				Generator Generator `json:"generator"`
			}
			if json.Unmarshal(raw, &head) == nil {
				by = head.Generator
			}
			return nil
		}
		return d.skip()
	})
	return format, version, by, err
}

// skip passes over a value of any size.
func (d *reader) skip() error {
	depth := d.dec.StackDepth()
	for {
		if _, err := d.token(); err != nil {
			return err
		}
		if d.dec.StackDepth() > maxNesting {
			return errDeep
		}
		if d.dec.StackDepth() == depth {
			return nil
		}
	}
}

// checkVersion refuses what is no document of ours, or one of a later major
// version, with the name of the program that can read it.
func checkVersion(r io.Reader) (version string, err error) {
	format, version, by, err := label(r)
	switch {
	case err != nil:
		return "", explain(err)
	case format != Format:
		return "", portfolio.E(portfolio.Invalid, "error.bundle.format")
	case !strings.HasPrefix(version, major):
		name := strings.TrimSpace(by.Name + " " + by.Version)
		return "", portfolio.E(portfolio.Invalid, "error.bundle.version", "Version", shown(version), "Generator", shown(name))
	}
	return version, nil
}
