package portfolio

import (
	"context"
	"slices"
)

// RequestCase is a request as a screen shows it to somebody who has to do with
// it: who asked, who decides, or the FG.
type RequestCase struct {
	*Asked
	Decides bool // the actor may decide on it now
	Guards  bool // the actor looks after all requests of the school

	DeciderName, LongerName string
	Things                  []*Work  // the single works it is about that the reader may open
	Officers                []string // the names of the FG
	School                  *School

	// For who decides and for the FG.
	Ages    []string          // in which bands the student can be (rule 0)
	Custody []CustodyOnRecord // of the student, in force
	Ties    []string          // what else the asker is to the student: kinds of relations in force
	Holds   CustodyState      // what custody of the asker is on record
	Refused []Refusal         // of the asker, in force
	Hold    bool              // the rule wants a person to look first
	Earlier []*Asked          // of this asker about this student, newest first
	Scope   []string          // kinds of items that the asker has the right to request now
	MayTell bool              // the asker may still be answered in words
	Redact  Redact            // what to leave out of an answer
	Extends Date              // by when it must be answered if it takes longer; zero: it cannot
}

// CustodyState is what is on record of somebody's custody today.
type CustodyState string

const (
	CustodyVerified   CustodyState = "verified"
	CustodyUnverified CustodyState = "unverified" // nobody saw the proof yet
	CustodyEnded      CustodyState = "ended"
	CustodyNone       CustodyState = "none"
)

// CustodyOnRecord is one holder of custody in force.
type CustodyOnRecord struct {
	Name     string
	Asker    bool
	Verified Date // on which the proof was seen, or zero
	From     Date
}

// RequestByID opens a request, for who asked it in this hat, for who decides on
// requests about the student, and for the FG. Error kind: NotFound.
func (l *Library) RequestByID(ctx context.Context, a Actor, id string) (*RequestCase, error) {
	r, err := load[Request](ctx, l, "request", a.School, id)
	if err != nil {
		return nil, err
	}
	c := &RequestCase{}
	if c.Asked, err = l.asked(ctx, a, r); err != nil {
		return nil, err
	}
	if !c.Mine {
		c.Guards = l.may(ctx, a, ActReadLog) == nil
		if err := l.handles(ctx, a, r); err == nil {
			c.Handles = true
		} else if !c.Guards || !isKind(err, NotFound) {
			return nil, err
		}
	}
	c.Decides = c.Handles && r.State == RequestOpen && r.Asker != a.Person
	if c.School, err = l.SchoolByID(ctx, a.School); err != nil {
		return nil, err
	}
	if c.Officers, err = l.officers(ctx, a.School); err != nil {
		return nil, err
	}
	if r.Longer != nil {
		if c.LongerName, err = l.nameOf(ctx, a.School, r.Longer.By, nil); err != nil {
			return nil, err
		}
	}
	if r.Decided != nil {
		if c.DeciderName, err = l.nameOf(ctx, a.School, r.Decided.By, nil); err != nil {
			return nil, err
		}
	}
	if err := l.thingsOf(ctx, a, c); err != nil || c.Mine {
		return c, err
	}
	return c, l.weigh(ctx, c)
}

// thingsOf finds the single works of a request that the actor can open now.
func (l *Library) thingsOf(ctx context.Context, a Actor, c *RequestCase) error {
	ids := c.Items
	if c.Decided != nil && len(c.Decided.Items) > 0 {
		ids = c.Decided.Items
	}
	f, _, err := l.facts(ctx, a, c.Student)
	if err != nil {
		return err
	}
	for _, id := range ids {
		w, err := load[Work](ctx, l, "work", a.School, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if Inspect(a.Person, f, w.item(), l.now()).Open {
			c.Things = append(c.Things, w)
		}
	}
	return nil
}

// officers names the privacy officers of the school.
func (l *Library) officers(ctx context.Context, school string) ([]string, error) {
	people, err := l.people(ctx, school)
	var out []string
	for _, p := range people {
		if p.Wears(HatFG) && !p.Blocked {
			out = append(out, p.Says())
		}
	}
	return out, err
}

// weigh adds what somebody who decides must know.
func (l *Library) weigh(ctx context.Context, c *RequestCase) error {
	now, today, asker := l.now(), DateOf(l.now()), c.asker()
	d, err := l.dossier(ctx, c.School.ID, c.Student)
	if err != nil {
		return err
	}
	f, err := l.viewedBy(ctx, d, asker)
	if err != nil {
		return err
	}
	c.Ages = d.student.Birth.Ages(today)
	for _, k := range append([]string{ItemAssessment}, c.Kinds...) {
		say := Inspect(c.Asker, f, &Item{Kind: k}, now)
		c.Hold, c.Redact = c.Hold || say.Hold, c.Redact|say.Redact
	}
	c.Scope = askable(AskToView, c.Asker, f, now)
	c.MayTell = kindOfRight(c.Asker, f, now) != ""
	for _, x := range f.Refusals {
		if x.Person == c.Asker && x.From <= today && (x.Until == 0 || today < x.Until) {
			c.Refused = append(c.Refused, x)
		}
	}
	if c.Longer == nil && today <= c.ExtendBy() {
		c.Extends = ExtendedDeadline(DateOf(c.AskedAt))
	}
	if err := l.custodyOf(ctx, c, d.about, today); err != nil {
		return err
	}
	earlier, err := l.requestsOf(ctx, asker, c.Student)
	if err != nil {
		return err
	}
	for _, r := range earlier {
		if r.ID == c.ID || r.AskedAt.After(c.AskedAt) {
			continue
		}
		v, err := l.asked(ctx, Actor{School: c.School.ID}, r)
		if err != nil {
			return err
		}
		c.Earlier = append(c.Earlier, v)
	}
	return nil
}

// custodyOf tells what custody is on record, and what the asker is.
func (l *Library) custodyOf(ctx context.Context, c *RequestCase, about []*Fact, today Date) (err error) {
	c.Holds = CustodyNone
	for _, f := range about {
		mine, holds := f.Party == c.Asker, f.inForce(today)
		switch {
		case f.Type == FactRelation && mine && holds:
			c.Ties = append(c.Ties, f.Kind)
		case f.Type != FactCustody:
		case !holds:
			if mine && c.Holds == CustodyNone {
				c.Holds = CustodyEnded
			}
		default:
			if mine {
				c.Holds = CustodyUnverified
				if f.holds(today) {
					c.Holds = CustodyVerified
				}
			}
			v := CustodyOnRecord{Asker: mine, Verified: f.Verified, From: f.From}
			if v.Name, err = l.calledHere(ctx, c.School.ID, f.Party, map[string]string{}); err != nil {
				return err
			}
			c.Custody = append(c.Custody, v)
		}
	}
	slices.SortStableFunc(c.Custody, func(x, y CustodyOnRecord) int { return int(x.From) - int(y.From) })
	return nil
}

// Letter is a refusal as the asker reads it.
type Letter struct {
	On, AskedOn                    Date
	School, City                   string
	AskerName, StudentName, ByName string
	Kind, Reason, Words            string
	Review                         Date
	Officers                       []string
	Complaints                     string // where the school's complaints body is; "": as for every school
}

// Letter is the letter of a request that was refused, or nil.
func (c *RequestCase) Letter() *Letter {
	if c.State != RequestRefused {
		return nil
	}
	return c.letter(DateOf(c.Decided.At), c.DeciderName, Refusing{c.Decided.Reason, c.Decided.Words, c.Decided.Review})
}

func (c *RequestCase) letter(on Date, by string, why Refusing) *Letter {
	return &Letter{On: on, AskedOn: DateOf(c.AskedAt), School: c.School.Name, City: c.School.City, AskerName: c.AskerName, StudentName: c.StudentName,
		ByName: by, Kind: c.Kind, Reason: why.Reason, Words: why.Words, Review: why.Review, Officers: c.Officers, Complaints: c.School.Complaints}
}

// PreviewRefusal gives the letter of a refusal that is not made yet, so that
// who decides reads it first. Error kinds as for RefuseRequest.
func (l *Library) PreviewRefusal(ctx context.Context, a Actor, id string, rev int64, why Refusing) (*Letter, error) {
	if _, _, err := l.refusable(ctx, a, id, rev, &why); err != nil {
		return nil, err
	}
	c, err := l.RequestByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	by, err := l.nameOf(ctx, a.School, a.Person, nil)
	if err != nil {
		return nil, err
	}
	return c.letter(DateOf(l.now()), by, why), nil
}
