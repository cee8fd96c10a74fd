package portfolio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Case is one question to the rule, in the case format of RULE.md. Marshalling
// a Case gives one line of that format.
type Case struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Viewer string    `json:"viewer"`
	Facts
	Item Item  `json:"item"`
	Want *Want `json:"want,omitempty"` // nil: the case only asks
}

// Want is the answer a case expects. An empty Rule and a nil Redact say
// nothing.
type Want struct {
	Outcome Outcome `json:"outcome"`
	Open    bool    `json:"open"`
	Hold    bool    `json:"hold"`
	Redact  *Redact `json:"redact,omitempty"`
	Rule    string  `json:"rule,omitempty"`
}

// Inspect asks the rule.
func (c *Case) Inspect() Decision { return Inspect(c.Viewer, &c.Facts, &c.Item, c.At) }

// LineError is a line that is not a case: which one, and what is wrong with it.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// maxLine is the longest line of a case file, in bytes.
const maxLine = 1 << 20

// ReadCases reads a case file: one JSON object a line; blank lines and lines
// that begin with # are skipped. A bad line yields a *LineError and reading
// goes on with the next; any other error is the reader's, and the end. It is
// strict: a key that is unknown, misspelt or there twice makes a line bad, and
// so does a kind, outcome, date or instant that is none. A key that is absent
// means empty, false or null. It holds one line at a time.
func ReadCases(r io.Reader) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		lines := lineReader{r: bufio.NewReader(r)}
		for n := 1; ; n++ {
			line, err := lines.next()
			if err == io.EOF {
				return
			}
			if err != nil && err != errLongLine {
				yield(Case{}, err)
				return
			}
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff")) // as Windows programs write
			}
			line = bytes.TrimSpace(line)
			if err == nil && (len(line) == 0 || line[0] == '#') {
				continue
			}
			var c Case
			if err == nil {
				c, err = parseCase(line)
			}
			if err != nil {
				c, err = Case{}, &LineError{n, err}
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// InspectCases answers a case file: for every case one line of JSON on w
// (id, outcome, open, hold, redact, rule, until), for every bad line its error
// on errw. bad counts those; err is a failure to read or write, and the end.
func InspectCases(r io.Reader, w, errw io.Writer) (bad int, err error) {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for c, err := range ReadCases(r) {
		var badLine *LineError
		if errors.As(err, &badLine) {
			bad++
			_, err = fmt.Fprintln(errw, badLine)
		} else if err == nil {
			d := c.Inspect()
			err = out.Encode(struct {
				ID      string     `json:"id"`
				Outcome Outcome    `json:"outcome"`
				Open    bool       `json:"open"`
				Hold    bool       `json:"hold"`
				Redact  Redact     `json:"redact"`
				Rule    string     `json:"rule"`
				Until   *time.Time `json:"until"`
			}{c.ID, d.Outcome, d.Open, d.Hold, d.Redact, d.Rule, d.until()})
		}
		if err != nil {
			return bad, err
		}
	}
	return bad, nil
}

var errLongLine = fmt.Errorf("longer than %d bytes", maxLine)

// lineReader reads lines of bounded length; of a longer one it skips the rest.
type lineReader struct {
	r    *bufio.Reader
	line []byte
}

// next is the next line, valid until the next call, or errLongLine, io.EOF or
// what the reader says.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	for size := 0; ; {
		part, err := l.r.ReadSlice('\n')
		size += len(bytes.TrimSuffix(part, []byte("\n")))
		if size <= maxLine {
			l.line = append(l.line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && size == 0, err != nil && err != io.EOF:
			return nil, err
		case size > maxLine:
			return nil, errLongLine
		}
		return l.line, nil
	}
}

// parseCase reads one line.
func parseCase(line []byte) (Case, error) {
	// Pointers tell what is absent from what is empty.
	var c struct {
		ID     string  `json:"id"`
		At     *string `json:"at"`
		Viewer string  `json:"viewer"`
		Facts
		Item *Item `json:"item"`
		Want *struct {
			Outcome *Outcome `json:"outcome"`
			Open    bool     `json:"open"`
			Hold    bool     `json:"hold"`
			Redact  *Redact  `json:"redact"`
			Rule    string   `json:"rule"`
		} `json:"want"`
	}
	if !utf8.Valid(line) {
		return Case{}, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Case{}, plain(err)
	}
	if err := checkKeys(line); err != nil {
		return Case{}, err
	}
	switch {
	case c.ID == "":
		return Case{}, errors.New("id is missing")
	case c.At == nil:
		return Case{}, errors.New("at is missing")
	case c.Viewer == "":
		return Case{}, errors.New("viewer is missing")
	case c.Item == nil:
		return Case{}, errors.New("item is missing")
	}
	out := Case{ID: c.ID, Viewer: c.Viewer, Facts: c.Facts, Item: *c.Item}
	if err := out.At.UnmarshalText([]byte(*c.At)); err != nil {
		return Case{}, fmt.Errorf("at: %q is no instant with a zone (RFC 3339)", *c.At)
	}
	if c.Want != nil {
		if c.Want.Outcome == nil {
			return Case{}, errors.New("want.outcome is missing")
		}
		out.Want = &Want{*c.Want.Outcome, c.Want.Open, c.Want.Hold, c.Want.Redact, c.Want.Rule}
	}
	return out, checkKinds(&out)
}

// plain says what encoding/json found in words for the person with the file.
func plain(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return fmt.Errorf("%q is no date", e.Args["Date"])
	}
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		field := strings.TrimPrefix(t.Field, "Facts.")
		if field == "" {
			return fmt.Errorf("a value of the wrong type (%s): a case is an object", t.Value)
		}
		return fmt.Errorf("%s: a value of the wrong type (%s)", field, t.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the line ends too early")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// checkKeys refuses what encoding/json lets pass: a key that is there twice,
// one in other letters than the format's, text that is no Unicode, and more
// after the object.
func checkKeys(line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	if err := checkValue(d, ""); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one object on the line")
	}
	return nil
}

// checkValue checks the next value of d, which is at path.
func checkValue(d *json.Decoder, path string) error {
	t, err := d.Token()
	if err != nil {
		return plain(err)
	}
	switch t := t.(type) {
	case string:
		if strings.ContainsRune(t, utf8.RuneError) {
			return fmt.Errorf("%s holds text that is no Unicode", path)
		}
	case json.Delim: // an object or a list begins
		seen := map[string]bool{}
		for i := 0; d.More(); i++ {
			at := fmt.Sprintf("%s[%d]", path, i)
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					return plain(err)
				}
				name := key.(string)
				at = strings.TrimPrefix(path+"."+name, ".")
				if path == "people" {
					at = fmt.Sprintf("people[%q]", name) // an id: anything may be in it
				}
				switch {
				case seen[name]:
					return fmt.Errorf("%s is there twice", at)
				case strings.ContainsRune(name, utf8.RuneError):
					return fmt.Errorf("%s is no Unicode", at)
				case path != "people" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
					return fmt.Errorf("unknown field %q", name) // json takes "Birth" for "birth"
				}
				seen[name] = true
			}
			if err := checkValue(d, at); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return plain(err)
		}
	}
	return nil
}

// The kinds a case may name.
var (
	partyKinds    = []string{"", KindStudent, KindGuardian, KindStaff, KindOther, KindLink}
	relationKinds = []string{RelationLegalParent, RelationCarer, RelationSupervisor, RelationCurator, RelationOfficer}
	orderKinds    = []string{OrderNoInformation, OrderNoContact, OrderInform, OrderSecretAddress}
	itemKinds     = []string{ItemWork, ItemAssessment, ItemRecord, ItemCare, ItemNote, ItemMessage, ItemContact}
	audiences     = []string{ToGuardians, ToStaff, ToClass, ToClassGuardians, ToSchool}
)

// checkKinds refuses a word the rule does not know: a misspelt order would
// otherwise be no order.
func checkKinds(c *Case) (err error) {
	check := func(known []string, got, format string, args ...any) {
		if err == nil && !slices.Contains(known, got) {
			err = fmt.Errorf("%s: %q is none of %s", fmt.Sprintf(format, args...), got, strings.TrimPrefix(strings.Join(known, ", "), ", "))
		}
	}
	check(itemKinds, c.Item.Kind, "item.kind")
	for i, a := range c.Item.Audience {
		check(audiences, a, "item.audience[%d]", i)
	}
	for _, id := range slices.Sorted(maps.Keys(c.People)) {
		check(partyKinds, c.People[id].Kind, "people[%q].kind", id)
	}
	for i, r := range c.Relations {
		check(relationKinds, r.Kind, "relations[%d].kind", i)
	}
	for i, d := range c.Duties {
		check(duties, d.Kind, "duties[%d].kind", i)
	}
	for i, o := range c.Orders {
		check(orderKinds, o.Kind, "orders[%d].kind", i)
	}
	for i, r := range c.Refusals {
		for j, k := range r.Kinds {
			check(itemKinds, k, "refusals[%d].kinds[%d]", i, j)
		}
	}
	for i, r := range c.Restrictions {
		for j, k := range r.Kinds {
			check(itemKinds, k, "restrictions[%d].kinds[%d]", i, j)
		}
	}
	for i, r := range c.Releases {
		for j, k := range r.Kinds {
			check(itemKinds, k, "releases[%d].kinds[%d]", i, j)
		}
	}
	for i, s := range c.Shares {
		for j, k := range s.Kinds {
			check(itemKinds, k, "shares[%d].kinds[%d]", i, j)
		}
	}
	return err
}
