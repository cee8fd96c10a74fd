package portfolio

import (
	"context"
	"slices"
)

// Papers are what one person finds of a student's file: the pieces, and what
// else the rule says to that person about the file.
type Papers struct {
	Student *Person
	Records []*SeenRecord // newest first, without their texts
	MayAdd  []string      // the kinds of which the reader may add a piece
	Opens   []string      // the kinds that open to the reader by themselves
	Request []string      // the kinds that open to the reader after a request
	Asks    string        // the kind of request the reader may make here, or ""
}

// Papers lists the pieces that the actor may see, and tells what else there is
// for the actor: what may be added, and which kinds open after a request. What
// waits for a request is not listed. A kind that is listed leaves a line in the
// log: titles and addresses tell something too. Who finds nothing at all, now
// or after a request, gets NotFound.
func (l *Library) Papers(ctx context.Context, a Actor, student string) (*Papers, error) {
	p, err := l.papers(ctx, a, student)
	if err != nil {
		return nil, err
	}
	return p, l.showPapers(ctx, a, p)
}

// showPapers makes of what the rule opened what the actor gets to see.
func (l *Library) showPapers(ctx context.Context, a Actor, p *Papers) (err error) {
	told := map[string]bool{}
	for i, s := range p.Records {
		if !told[s.Kind] {
			told[s.Kind] = true
			if err := l.auditDecision(ctx, a, s.chain(), &Item{Kind: s.Kind}, s.Decision); err != nil {
				return err
			}
		}
		s.Text = "" // reading a text is opening the piece
		if p.Records[i], err = l.seenRecord(ctx, a, s.Record, s.Decision); err != nil {
			return err
		}
	}
	return nil
}

// HasPapers tells whether the actor finds anything at Papers. Nothing is shown,
// so it leaves no line.
func (l *Library) HasPapers(ctx context.Context, a Actor, student string) (bool, error) {
	_, err := l.papers(ctx, a, student)
	if isKind(err, NotFound) {
		return false, nil
	}
	return err == nil, err
}

// papers asks the rule, about each kind and about each piece.
func (l *Library) papers(ctx context.Context, a Actor, student string) (*Papers, error) {
	f, person, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	p := &Papers{Student: person, MayAdd: mayRecord(a, f, l.now()), Asks: kindOfAsk(a.Person, f, l.now())}
	for _, kind := range RecordKinds {
		d := Inspect(a.Person, f, &Item{Kind: kind, Author: a.Person}, l.now())
		switch {
		case d.Open:
			p.Opens = append(p.Opens, kind)
		case d.Outcome == REQUEST:
			p.Request = append(p.Request, kind)
		}
	}
	all, err := list[Record](ctx, l, Query{School: a.School, Kind: "record", Index: "about", Desc: true}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if d := Inspect(a.Person, f, r.item(), l.now()); d.Open {
			p.Records = append(p.Records, &SeenRecord{Record: r, Decision: d})
		}
	}
	if len(p.Records)+len(p.Opens)+len(p.Request) == 0 {
		return nil, E(NotFound, "error.not_found")
	}
	return p, nil
}

// Records lists what the actor may see of a student's file, newest first and
// without the texts; of one kind when kind is not "". Error kinds: NotFound, as
// for Papers; Invalid, for a kind there is not.
func (l *Library) Records(ctx context.Context, a Actor, student, kind string) ([]*SeenRecord, error) {
	if kind != "" && !slices.Contains(RecordKinds, kind) {
		return nil, E(Invalid, "error.choice", "Field", "kind")
	}
	p, err := l.papers(ctx, a, student)
	if err != nil {
		return nil, err
	}
	p.Records = slices.DeleteFunc(p.Records, func(s *SeenRecord) bool { return kind != "" && s.Kind != kind })
	return p.Records, l.showPapers(ctx, a, p)
}
