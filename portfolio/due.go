package portfolio

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// What is past the time for which it is kept. Nothing of a student is erased by
// itself: the privacy officer (FG) reads this list, and erases (erase.go) or
// keeps longer (keep.go). Titles and texts are not the FG's to read, so the list
// counts.

// Due is what of one student is past its time, of one kind and one class.
type Due struct {
	Kind  string // of item
	Class Retention
	Since Date // the first day on which the oldest was no longer kept
	Count int

	// Why it stays all the same, or "".
	Holds  Hold
	Longer *Keep // of HoldLonger
}

// DueStudent is what of one student is past its time.
type DueStudent struct {
	Student *Person
	Groups  []Due
	More    bool   // there is more than is erased in one go
	Seen    string // says what exactly there is to erase

	erase []*piece
}

// Count counts the pieces that can be erased, Stay those that stay.
func (d *DueStudent) Count() (n int) {
	for _, g := range d.Groups {
		if g.Holds == "" {
			n += g.Count
		}
	}
	return n
}

// Stay counts the pieces that stay.
func (d *DueStudent) Stay() (n int) {
	for _, g := range d.Groups {
		if g.Holds != "" {
			n += g.Count
		}
	}
	return n
}

// DuePage is a page of the list, by name of the student.
type DuePage struct {
	Students []*DueStudent
	Count    int    // of what can be erased, on this page
	Next     string // where the next page begins, "" at the end
}

// A page holds at most this many students, and looks at about this many
// documents: it can so be short, or empty, and have a next one.
const (
	duePerPage = 25
	dueScan    = 5000
)

// MaxErase is how many pieces of one student are erased in one go.
const MaxErase = 500

// DueToErase lists what is past its time, from the student on that after names.
// The actor is the FG. Error kinds: Forbidden; Invalid, for a page there is not.
func (l *Library) DueToErase(ctx context.Context, a Actor, after string) (*DuePage, error) {
	if err := l.may(ctx, a, ActRetain); err != nil {
		return nil, err
	}
	people, err := l.people(ctx, a.School)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p *Person) bool { return !p.Wears(HatStudent) })
	first := 0
	if after != "" {
		first = 1 + slices.IndexFunc(people, func(p *Person) bool { return p.ID == after })
		if first == 0 {
			return nil, E(Invalid, "error.cursor")
		}
	}
	out := &DuePage{}
	scanned := 0
	for i, p := range people[first:] {
		if i > 0 && (len(out.Students) == duePerPage || scanned >= dueScan) {
			out.Next = people[first+i-1].ID
			break
		}
		d, looked, err := l.dueOf(ctx, p)
		if err != nil {
			return nil, err
		}
		scanned += looked
		if len(d.Groups) > 0 {
			out.Students = append(out.Students, d)
			out.Count += d.Count()
		}
	}
	return out, nil
}

// DueOf tells what of one student is past its time, and what of it stays and
// why. The actor is the FG. Error kinds: Forbidden; NotFound, for who is no
// student.
func (l *Library) DueOf(ctx context.Context, a Actor, student string) (*DueStudent, error) {
	if err := l.may(ctx, a, ActRetain); err != nil {
		return nil, err
	}
	p, err := l.person(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	if !p.Wears(HatStudent) {
		return nil, E(NotFound, "error.not_found")
	}
	d, _, err := l.dueOf(ctx, p)
	return d, err
}

// dueOf looks at what there is of a student, and how many documents that took.
func (l *Library) dueOf(ctx context.Context, p *Person) (*DueStudent, int, error) {
	if err := l.departed(ctx, p); err != nil {
		return nil, 0, err
	}
	d := &DueStudent{Student: p}
	var h *holds
	sum := sha256.New()
	looked, err := l.pastTime(ctx, p, func(x *piece) (more bool, err error) {
		if h == nil {
			if h, err = l.holdsOf(ctx, p); err != nil {
				return false, err
			}
		}
		why, keep := h.of(x)
		if why == "" {
			if d.More = len(d.erase) == MaxErase; d.More {
				return false, nil
			}
			d.erase = append(d.erase, x)
			fmt.Fprintf(sum, "%s %s %d\n", x.doc, x.id, x.rev)
		}
		d.add(x, why, keep)
		return true, nil
	})
	if err != nil {
		return nil, looked, err
	}
	if len(d.erase) > 0 {
		d.Seen = hex.EncodeToString(sum.Sum(nil))
	}
	slices.SortStableFunc(d.Groups, func(x, y Due) int {
		return cmp.Or(cmp.Compare(x.Since, y.Since), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Class, y.Class))
	})
	return d, looked, nil
}

// add counts a piece in its group.
func (d *DueStudent) add(x *piece, why Hold, keep *Keep) {
	i := slices.IndexFunc(d.Groups, func(g Due) bool {
		return g.Kind == x.kind && g.Class == x.class && g.Holds == why && g.Longer == keep
	})
	if i < 0 {
		i = len(d.Groups)
		d.Groups = append(d.Groups, Due{Kind: x.kind, Class: x.class, Since: x.since, Holds: why, Longer: keep})
	}
	g := &d.Groups[i]
	g.Count, g.Since = g.Count+1, min(g.Since, x.since)
}

// piece is one stored thing about a student that has a class.
type piece struct {
	doc        string // the kind of document
	id         string
	rev        int64
	kind       string // of item
	class      Retention
	since      Date   // the first day on which it is no longer kept
	chain      string // whose log tells of it
	restricted bool
	draft      bool
}

func (r *Record) piece(since Date) *piece {
	return &piece{doc: "record", id: r.ID, rev: r.Rev, kind: r.Kind, class: r.Retention, since: since, chain: r.chain()}
}

func (w *Work) piece(c Retention, since Date) *piece {
	return &piece{doc: "work", id: w.ID, rev: w.Rev, kind: ItemWork, class: c, since: since, chain: w.Student, restricted: w.Restricted}
}

func (s *Assessment) piece(since Date) *piece {
	return &piece{doc: "assessment", id: s.ID, rev: s.Rev, kind: ItemAssessment, class: KeepPortfolio, since: since, chain: s.Student, draft: s.Draft}
}

// pastTime gives what of a student is past its time, until take wants no more,
// and tells how many documents it looked at.
func (l *Library) pastTime(ctx context.Context, p *Person, take func(*piece) (more bool, err error)) (looked int, err error) {
	notes := l.authors(p)
	for _, q := range []Query{
		Query{Kind: "record", Index: "about"}.Prefix(p.ID + "/"),
		Query{Kind: "work", Index: "state"}.Prefix("bin/" + p.ID + "/"),
		Query{Kind: "work", Index: "about"}.Prefix(p.ID + "/"),
		Query{Kind: "assessment", Index: "about"}.Prefix(p.ID + "/"),
	} {
		if q.Kind != "record" && q.Index == "about" && !l.over(KeepPortfolio.end(p)) {
			continue // all of these end on the same day
		}
		q.School = p.School
		looked++
		for d, err := range l.each(ctx, q) {
			if err != nil {
				return looked, err
			}
			looked++
			x, err := l.due(ctx, p, d, notes)
			if err != nil {
				return looked, err
			}
			if x == nil {
				continue
			}
			if more, err := take(x); err != nil || !more {
				return looked, err
			}
		}
	}
	return looked, nil
}

// due gives what a document holds of a student if it is past its time, or nil.
func (l *Library) due(ctx context.Context, p *Person, d Doc, notes *authors) (*piece, error) {
	switch d.Kind {
	case "record":
		return l.dueRecord(ctx, p, d, notes)
	case "work":
		return l.dueWork(p, d)
	}
	return l.dueAssessment(p, d)
}

// over tells whether a day on which something is no longer kept has begun.
func (l *Library) over(end Date) bool { return end != 0 && end <= DateOf(l.now()) }

// dueRecord gives a piece of the file that is past its time, or nil.
func (l *Library) dueRecord(ctx context.Context, p *Person, d Doc, notes *authors) (*piece, error) {
	r, err := decode[Record](d)
	if err != nil {
		return nil, err
	}
	end := r.Retention.end(p)
	if r.Retention == KeepNote {
		if end, err = notes.end(ctx, r); err != nil {
			return nil, err
		}
	}
	if !l.over(end) {
		return nil, nil
	}
	return r.piece(end), nil
}

// dueWork gives a work that is past its time, or nil: in the bin that comes
// sooner.
func (l *Library) dueWork(p *Person, d Doc) (*piece, error) {
	w, err := decode[Work](d)
	if err != nil {
		return nil, err
	}
	end, bin := KeepPortfolio.end(p), Date(0)
	if !w.BinnedAt.IsZero() {
		bin = w.binEnd()
	}
	switch {
	case l.over(end) && (bin == 0 || end <= bin):
		return w.piece(KeepPortfolio, end), nil
	case l.over(bin):
		return w.piece(KeepBin, bin), nil
	}
	return nil, nil
}

// dueAssessment gives an assessment that is past its time, or nil.
func (l *Library) dueAssessment(p *Person, d Doc) (*piece, error) {
	s, err := decode[Assessment](d)
	if err != nil {
		return nil, err
	}
	end := KeepPortfolio.end(p)
	if !l.over(end) {
		return nil, nil
	}
	return s.piece(end), nil
}
