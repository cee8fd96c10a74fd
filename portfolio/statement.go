package portfolio

import (
	"cmp"
	"context"
	"slices"
)

// Statement is a fact with the names a screen shows.
type Statement struct {
	*Fact
	AboutName, PartyName string
	ByName               string // of who gave a mandate
	RecordedName         string
	ConfirmedName        string
	DeclinedName         string
	WholeSchool          bool // a duty for all students
	State                FactState
	Of                   *Statement // of a fact about a fact: the one it is about
	Later                []*Statement
	MayOpen              bool // there is a document, which the reader may open
}

// FactState says whether a fact holds today.
type FactState string

const (
	Holds  FactState = "now"
	Over   FactState = "over"
	Coming FactState = "coming"
)

// Verifiable tells whether the proof of this custody must still be seen.
func (s *Statement) Verifiable() bool {
	return s.Type == FactCustody && s.Verified == 0 && s.State != Over && s.Seen == 0 && !s.Waiting()
}

// Statements lists all facts that name somebody, as the student it is about or
// as the other party: those that hold first, then the newest. The actor is an
// administrator. Error kinds: Forbidden, NotFound.
func (l *Library) Statements(ctx context.Context, a Actor, person string) ([]*Statement, error) {
	if err := l.may(ctx, a, ActRecordFacts); err != nil {
		return nil, err
	}
	if _, err := l.person(ctx, a.School, person); err != nil {
		return nil, err
	}
	about, err := l.recordedAbout(ctx, a.School, person)
	if err != nil {
		return nil, err
	}
	party, err := l.recordedOf(ctx, a.School, person)
	if err != nil {
		return nil, err
	}
	all, err := l.statements(ctx, a.School, append(about, party...))
	for _, s := range all {
		if err == nil {
			err = l.tellLater(ctx, a, s)
		}
	}
	return all, err
}

// tellLater tells what was recorded about a fact later, and which of the
// documents the actor may open.
func (l *Library) tellLater(ctx context.Context, a Actor, s *Statement) error {
	if err := l.tellEvidence(ctx, a, s); err != nil {
		return err
	}
	for _, f := range s.Fact.Later {
		later, err := l.statement(ctx, a.School, f)
		if err == nil {
			err = l.tellEvidence(ctx, a, later)
		}
		if err != nil {
			return err
		}
		s.Later = append(s.Later, later)
	}
	return nil
}

// tellEvidence tells whether the actor may open the document of a fact.
func (l *Library) tellEvidence(ctx context.Context, a Actor, s *Statement) (err error) {
	s.MayOpen, err = l.opensEvidence(ctx, a, s.Fact)
	return err
}

func (l *Library) statements(ctx context.Context, school string, facts []*Fact) ([]*Statement, error) {
	names := map[string]string{}
	out := make([]*Statement, 0, len(facts))
	for _, f := range facts {
		s := &Statement{Fact: f, WholeSchool: f.About == school, State: f.stateOn(DateOf(l.now()))}
		var err error
		if s.AboutName, err = l.calledHere(ctx, school, f.About, names); err != nil {
			return nil, err
		}
		if s.PartyName, err = l.calledHere(ctx, school, f.Party, names); err != nil {
			return nil, err
		}
		if s.ByName, err = l.calledHere(ctx, school, f.By, names); err != nil {
			return nil, err
		}
		if s.RecordedName, err = l.calledHere(ctx, school, f.RecordedBy, names); err != nil {
			return nil, err
		}
		if s.ConfirmedName, err = l.calledHere(ctx, school, f.ConfirmedBy, names); err != nil {
			return nil, err
		}
		if s.DeclinedName, err = l.calledHere(ctx, school, f.DeclinedBy, names); err != nil {
			return nil, err
		}
		if f.Of != "" {
			of, err := l.fact(ctx, school, f.Of)
			if err != nil {
				return nil, err
			}
			about, err := l.statements(ctx, school, []*Fact{of})
			if err != nil {
				return nil, err
			}
			s.Of = about[0]
		}
		out = append(out, s)
	}
	order := []FactState{Holds, Coming, Over}
	slices.SortStableFunc(out, func(x, y *Statement) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.State), slices.Index(order, y.State)), -cmp.Compare(x.From, y.From))
	})
	return out, nil
}

func (f *Fact) stateOn(d Date) FactState {
	switch {
	case f.inForce(d):
		return Holds
	case d < f.From && (f.Until == 0 || f.From < f.Until):
		return Coming
	}
	return Over
}

// calledHere is the name of a person, class or school, or "".
func (l *Library) calledHere(ctx context.Context, school, id string, known map[string]string) (string, error) {
	if name, ok := known[id]; ok || id == "" {
		return name, nil
	}
	name := ""
	p, err := l.person(ctx, school, id)
	switch {
	case err == nil:
		name = p.Name.Full()
	case !isKind(err, NotFound):
		return "", err
	default:
		c, err := load[Class](ctx, l, "class", school, id)
		if err == nil {
			name = c.Name
		} else if !isKind(err, NotFound) {
			return "", err
		}
	}
	known[id] = name
	return name, nil
}
