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
	Things                  []AskedThing // the single things it is about that the reader may open
	Whole                   *Request     // of which this is what was not released, or nil
	Rest                    *Request     // what was not released of it, or nil
	Officers                []string     // the names of the FG
	School                  *School

	// For who decides and for the FG.
	Ages    []string          // in which bands the student can be (rule 0)
	Custody []CustodyOnRecord // of the student, in force
	Ties    []string          // what else the asker is to the student: kinds of relations in force
	Holds   CustodyState      // what custody of the asker is on record
	Refused []Refusal         // of the asker, in force
	Hold    bool              // the rule wants a person to look first
	Earlier []*Asked          // of this asker about this student, newest first
	Scope   []string          // kinds that were asked, and that the reader may release now
	Single  []AskedThing      // single things of which that is so; a title where the reader may open it
	Others  []Releasers       // what was asked that only others may release
	MayTell bool              // the asker may still be answered in words
	Redact  Redact            // what to leave out of an answer
	Extends Date              // by when it must be answered if it takes longer; zero: it cannot
}

// AskedThing is a single thing that a request names.
type AskedThing struct{ ID, Kind, Title string }

// Releasers are who may release things of a kind: none, nobody at the school.
type Releasers struct {
	Kind   string
	People []*Person
}

func (r *Releasers) may(id string) bool {
	return slices.ContainsFunc(r.People, func(p *Person) bool { return p.ID == id })
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
		if _, err := l.handles(ctx, a, r); err == nil {
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
	if err := l.parts(ctx, c); err != nil {
		return nil, err
	}
	if c.Things, err = l.thingsOf(ctx, a, c); err != nil || c.Mine {
		return c, err
	}
	return c, l.weigh(ctx, a, c)
}

// parts finds the other part of a request of which a part was released.
func (l *Library) parts(ctx context.Context, c *RequestCase) (err error) {
	if c.Part != "" {
		if c.Whole, err = load[Request](ctx, l, "request", c.Request.School, c.Part); err != nil {
			return err
		}
	}
	if c.State != RequestReleased {
		return nil
	}
	c.Rest, err = load[Request](ctx, l, "request", c.Request.School, restOf(c.ID))
	if isKind(err, NotFound) {
		c.Rest, err = nil, nil
	}
	return err
}

// thingsOf finds the single things of a request that the actor can open now:
// after a release those that were released.
func (l *Library) thingsOf(ctx context.Context, a Actor, c *RequestCase) ([]AskedThing, error) {
	ids := c.Items
	if c.State == RequestReleased {
		ids = c.Decided.Items
	}
	f, _, err := l.facts(ctx, a, c.Student)
	if err != nil {
		return nil, err
	}
	all, err := l.askedThings(ctx, a, c.Request, f, ids)
	return slices.DeleteFunc(all, func(t AskedThing) bool { return t.Title == "" }), err
}

// askedThings are things by their ids, with a title where the actor may open them.
// Those that are there no more are left out.
func (l *Library) askedThings(ctx context.Context, a Actor, r *Request, f *Facts, ids []string) ([]AskedThing, error) {
	var out []AskedThing
	for _, id := range ids {
		it, title, err := l.thingOf(ctx, r.School, r.Student, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !Inspect(a.Person, f, it, l.now()).Open {
			title = ""
		}
		out = append(out, AskedThing{id, it.Kind, title})
	}
	return out, nil
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
func (l *Library) weigh(ctx context.Context, a Actor, c *RequestCase) error {
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
	if err := l.addScope(ctx, a, c, d, f); err != nil {
		return err
	}
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
		if r.ID == c.ID || r.Part == c.ID || r.AskedAt.After(c.AskedAt) {
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

// addScope tells of what was asked what the actor may release now, and who may
// release what the actor may not.
func (l *Library) addScope(ctx context.Context, a Actor, c *RequestCase, d *dossier, asker *Facts) error {
	if c.Kind != AskToView || c.State != RequestOpen {
		return nil
	}
	mine, err := l.viewedBy(ctx, d, a)
	if err != nil {
		return err
	}
	right := askable(AskToView, c.Asker, asker, l.now())
	for _, k := range right {
		if c.Decides && slices.Contains(c.Kinds, k) && mayRelease(a, k, mine, l.now()) {
			c.Scope = append(c.Scope, k)
		}
	}
	single, err := l.askedThings(ctx, a, c.Request, mine, c.Items)
	if err != nil {
		return err
	}
	for _, t := range single {
		if c.Decides && mayRelease(a, t.Kind, mine, l.now()) {
			c.Single = append(c.Single, t)
		}
	}
	parts, err := l.releasersOf(ctx, c.Request)
	for _, part := range parts {
		if !part.may(a.Person) {
			c.Others = append(c.Others, part)
		}
	}
	return err
}

// releasersOf tells of each kind of thing that a request is about who may
// release it, by name.
func (l *Library) releasersOf(ctx context.Context, r *Request) ([]Releasers, error) {
	d, err := l.dossier(ctx, r.School, r.Student)
	if err != nil {
		return nil, err
	}
	things, err := l.askedThings(ctx, Actor{}, r, &d.facts, r.Items)
	if err != nil {
		return nil, err
	}
	kinds := slices.Clone(r.Kinds)
	for _, t := range things {
		kinds = append(kinds, t.Kind)
	}
	var out []Releasers
	for _, k := range askKinds {
		if slices.Contains(kinds, k) {
			out = append(out, Releasers{Kind: k})
		}
	}
	met := map[string]bool{r.Asker: true}
	for _, duty := range d.facts.Duties {
		if met[duty.Person] {
			continue
		}
		met[duty.Person] = true
		p, err := l.person(ctx, r.School, duty.Person)
		if isKind(err, NotFound) || err == nil && !p.Wears(HatStaff) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a := Actor{School: r.School, Person: p.ID, Hat: HatStaff}
		f, err := l.viewedBy(ctx, d, a)
		if err != nil {
			return nil, err
		}
		for i := range out {
			if mayRelease(a, out[i].Kind, f, l.now()) {
				out[i].People = append(out[i].People, p)
			}
		}
	}
	for i := range out {
		slices.SortFunc(out[i].People, byName)
	}
	return out, nil
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
	Kinds                          []string // what it is about
	Items                          int      // and so many single things
	Part                           bool     // something else of the request was released
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
		ByName: by, Kind: c.Kind, Kinds: c.Kinds, Items: len(c.Items), Part: c.Part != "", Reason: why.Reason, Words: why.Words, Review: why.Review, Officers: c.Officers, Complaints: c.School.Complaints}
}

// PreviewRefusal gives the letter of a refusal that is not made yet, so that
// who decides reads it first. Error kinds as for RefuseRequest.
func (l *Library) PreviewRefusal(ctx context.Context, a Actor, id string, rev int64, why Refusing) (*Letter, error) {
	if _, err := l.refusable(ctx, a, id, rev, &why); err != nil {
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
