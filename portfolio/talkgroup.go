package portfolio

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Who is in a conversation that is for a class, or for the whole school. Nobody
// is written down for it: it follows from the dated facts, for each person in
// each hat, at any instant. A student is in what the student's class is told
// while enrolled there; family while in touch with a student who is; staff by a
// duty for the class. For the whole school any class or duty will do. A class
// ends with its school year, and with it what is said there.
//
// Reading: from whom a court order keeps where the child is (13), is kept what
// is said to a whole class or school, and who reads there: nobody looks through
// each message for a place. Staff tell that person in words.

// TalkGroup is whom such a conversation is for.
type TalkGroup struct {
	Class     string `json:"class,omitempty"` // "": the whole school
	Students  bool   `json:"students,omitempty"`
	Guardians bool   `json:"guardians,omitempty"`
	Staff     bool   `json:"staff,omitempty"`
}

// takes tells whether the group is for people in a hat.
func (g TalkGroup) takes(h hat) bool {
	return g.Staff && h.duties || g.Students && h.classmate || g.Guardians && h.parents
}

// tie is a reason for somebody to be in a group, for some days.
type tie struct {
	place       string // the class; of a duty also a student or the school
	facts       *Facts // about the student through whom, as seen by who it is; nil for a duty
	from, until Date
}

func (x tie) holds(person string, at time.Time) bool {
	d := DateOf(at)
	return x.from <= d && (x.until == 0 || d < x.until) && (x.facts == nil || belongs(person, x.facts, at))
}

// belongs tells whether somebody is told what is told to a student's class: the
// student, and the family in touch from whom nothing is kept.
func belongs(person string, f *Facts, at time.Time) bool {
	st := Stand(person, f, at)
	return st == Self || st.family() && !apart(person, f, at)
}

// family tells whether a standing is that of family in touch.
func (s Standing) family() bool { return s == Follows || s == Progress }

// apart tells whether a court order keeps something from somebody: then nobody
// else of the family is in a conversation with that person.
func apart(person string, f *Facts, at time.Time) bool {
	return Inspect(person, f, &Item{Kind: ItemAssessment}, at).Redact != 0
}

// rollOf is what makes ties: the enrolments of students, with what is known of
// each, and duties.
type rollOf struct {
	classes map[string]*Class
	today   Date
}

// studying are the ties through one student, for somebody.
func (r *rollOf) studying(student *Person, about []*Fact, p *Person, hat string) (out []tie) {
	around := neighbours{facts: Facts{Student: Student{ID: student.ID, Birth: student.Birth, Deceased: student.Deceased, Left: student.Left, RetentionEnd: student.RetentionEnd}}}
	for _, x := range about {
		around.facts.add(x, r.today)
	}
	f := around.seenBy(p, hat)
	for _, x := range about {
		if x.Type == FactEnrolment {
			out = r.add(out, tie{x.Party, f, x.From, earliest(x.Until, student.Left)})
		}
	}
	return out
}

// working are the ties of a duty. Emergency access is for looking alone.
func (r *rollOf) working(x *Fact) []tie {
	if x.Type != FactDuty || x.emergency() {
		return nil
	}
	return r.add(nil, tie{x.About, nil, x.From, x.Until})
}

// add adds a tie, no longer than its class lasts.
func (r *rollOf) add(to []tie, x tie) []tie {
	if c := r.classes[x.place]; c != nil {
		x.from, x.until = max(x.from, c.From), earliest(x.until, c.Until)
	}
	if x.until != 0 && x.until <= x.from {
		return to
	}
	return append(to, x)
}

func (l *Library) roll(ctx context.Context, school string) (*rollOf, error) {
	all, err := list[Class](ctx, l, Query{School: school, Kind: "class"})
	r := &rollOf{map[string]*Class{}, DateOf(l.now())}
	for _, c := range all {
		r.classes[c.ID] = c
	}
	return r, err
}

// ties gathers all that puts somebody in a group, in a hat.
func (l *Library) ties(ctx context.Context, r *rollOf, p *Person, hat string) (out []tie, err error) {
	h := hats[hat]
	if h.classmate {
		about, err := l.factsAbout(ctx, p.School, p.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, r.studying(p, about, p, hat)...)
	}
	if !h.duties && !h.parents {
		return out, nil
	}
	own, err := l.factsOf(ctx, p.School, p.ID)
	if err != nil {
		return nil, err
	}
	met := map[string]bool{}
	for _, x := range own {
		if h.duties {
			out = append(out, r.working(x)...)
		}
		if !h.parents || x.Type != FactCustody && x.Type != FactRelation || met[x.About] {
			continue
		}
		met[x.About] = true
		student, err := l.person(ctx, p.School, x.About)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		about, err := l.factsAbout(ctx, p.School, x.About)
		if err != nil {
			return nil, err
		}
		out = append(out, r.studying(student, about, p, hat)...)
	}
	return out, nil
}

// in makes somebody who listens in a group, by those of the ties that count
// there.
func (g TalkGroup) in(p *Person, hat string, all []tie) *Listener {
	r := &Listener{Person: p, Hat: hat, facts: &Facts{People: map[string]Party{p.ID: party(p, hat)}}, group: true}
	if g.takes(hats[hat]) {
		for _, x := range all {
			if g.Class == "" || g.Class == x.place {
				r.ties = append(r.ties, x)
			}
		}
	}
	return r
}

// GroupListeners gathers, afresh, what puts some people in a group. Each Actor is
// a person in a hat; they are of one school. Error kind: NotFound.
func (l *Library) GroupListeners(ctx context.Context, g TalkGroup, who ...Actor) ([]*Listener, error) {
	if len(who) == 0 {
		return nil, nil
	}
	r, err := l.roll(ctx, who[0].School)
	if err != nil {
		return nil, err
	}
	var out []*Listener
	for _, a := range who {
		p, err := l.person(ctx, a.School, a.Person)
		if err != nil {
			return nil, err
		}
		all, err := l.ties(ctx, r, p, a.Hat)
		if err != nil {
			return nil, err
		}
		out = append(out, g.in(p, a.Hat, all))
	}
	return out, nil
}

// Crowd gathers at once everybody who was, is or will be in a group, by name.
// For a class it reads what is known of its students, for the school each fact
// once.
func (l *Library) Crowd(ctx context.Context, school string, g TalkGroup) ([]*Listener, error) {
	r, err := l.roll(ctx, school)
	if err != nil {
		return nil, err
	}
	c := &crowding{Library: l, ctx: ctx, school: school, group: g, roll: r, people: map[string]*Person{}, all: map[string]*Listener{}}
	if g.Class == "" {
		err = c.wholeSchool()
	} else {
		err = c.oneClass()
	}
	if err != nil {
		return nil, err
	}
	var out []*Listener
	for _, x := range c.all {
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y *Listener) int { return cmp.Or(byName(x.Person, y.Person), cmp.Compare(x.Hat, y.Hat)) })
	return out, nil
}

// crowding is a crowd being gathered.
type crowding struct {
	*Library
	ctx    context.Context
	school string
	group  TalkGroup
	roll   *rollOf
	people map[string]*Person
	all    map[string]*Listener
}

func (c *crowding) oneClass() error {
	enrolled, err := c.factsOf(c.ctx, c.school, c.group.Class)
	if err != nil {
		return err
	}
	met := map[string]bool{}
	for _, x := range enrolled {
		if x.Type != FactEnrolment || met[x.About] {
			continue
		}
		met[x.About] = true
		about, err := c.factsAbout(c.ctx, c.school, x.About)
		if err == nil {
			err = c.around(x.About, about)
		}
		if err != nil {
			return err
		}
	}
	duties, err := c.factsAbout(c.ctx, c.school, c.group.Class)
	if err != nil {
		return err
	}
	return c.works(duties)
}

func (c *crowding) wholeSchool() error {
	everybody, err := c.Library.people(c.ctx, c.school)
	if err != nil {
		return err
	}
	for _, p := range everybody {
		c.people[p.ID] = p
	}
	facts, err := list[Fact](c.ctx, c.Library, Query{School: c.school, Kind: "fact"})
	if err != nil {
		return err
	}
	facts = slices.DeleteFunc(settled(facts), func(f *Fact) bool { return !f.Counts })
	about := map[string][]*Fact{}
	for _, x := range facts {
		about[x.About] = append(about[x.About], x)
	}
	for id, all := range about {
		if p := c.people[id]; p == nil || !p.Wears(HatStudent) {
			continue
		}
		if err := c.around(id, all); err != nil {
			return err
		}
	}
	return c.works(facts)
}

// around puts in a student, and the family.
func (c *crowding) around(id string, about []*Fact) error {
	student, err := c.known(id)
	if err != nil || student == nil {
		return err
	}
	c.put(student, HatStudent, c.roll.studying(student, about, student, HatStudent))
	if !c.group.Guardians {
		return nil
	}
	met := map[string]bool{}
	for _, x := range about {
		if x.Type != FactCustody && x.Type != FactRelation || met[x.Party] {
			continue
		}
		met[x.Party] = true
		p, err := c.known(x.Party)
		if err != nil {
			return err
		}
		if p != nil { // not an institution
			c.put(p, HatGuardian, c.roll.studying(student, about, p, HatGuardian))
		}
	}
	return nil
}

func (c *crowding) works(facts []*Fact) error {
	for _, x := range facts {
		ties := c.roll.working(x)
		if len(ties) == 0 {
			continue
		}
		p, err := c.known(x.Party)
		if err != nil {
			return err
		}
		if p != nil {
			c.put(p, HatStaff, ties)
		}
	}
	return nil
}

// known is a person, or nil for who is none.
func (c *crowding) known(id string) (*Person, error) {
	if p, met := c.people[id]; met {
		return p, nil
	}
	p, err := c.person(c.ctx, c.school, id)
	if isKind(err, NotFound) {
		p, err = nil, nil
	}
	c.people[id] = p
	return p, err
}

func (c *crowding) put(p *Person, hat string, ties []tie) {
	r := c.group.in(p, hat, ties)
	if len(r.ties) == 0 || !p.Wears(hat) {
		return
	}
	key := p.ID + "/" + hat
	if was := c.all[key]; was != nil {
		was.ties = append(was.ties, r.ties...)
		return
	}
	c.all[key] = r
}

// TalkPlaces are the classes in whose conversations somebody is now in a hat, by
// name, and whether the hat is worn for the whole school.
type TalkPlaces struct {
	Classes []*Class
	School  bool
}

// TalkPlaces finds them. Error kind: NotFound.
func (l *Library) TalkPlaces(ctx context.Context, a Actor) (*TalkPlaces, error) {
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	out := &TalkPlaces{}
	if p.Blocked || !p.Wears(a.Hat) {
		return out, nil
	}
	r, err := l.roll(ctx, a.School)
	if err != nil {
		return nil, err
	}
	all, err := l.ties(ctx, r, p, a.Hat)
	for _, x := range all {
		c := r.classes[x.place]
		switch {
		case !x.holds(p.ID, l.now()):
		case x.place == a.School:
			out.School = true
		case c != nil && !slices.Contains(out.Classes, c):
			out.Classes = append(out.Classes, c)
		}
	}
	slices.SortFunc(out.Classes, func(x, y *Class) int { return cmp.Compare(x.Name, y.Name) })
	return out, err
}

// Coworkers lists the others who work for the school, by name, for who does.
// Error kind: NotFound.
func (l *Library) Coworkers(ctx context.Context, a Actor) ([]Near, error) {
	me, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	if !hats[a.Hat].duties || !me.Wears(a.Hat) || me.Blocked {
		return nil, E(NotFound, "error.not_found")
	}
	all, err := l.people(ctx, a.School)
	var out []Near
	for _, p := range all {
		if p.Wears(HatStaff) && !p.Blocked && p.ID != a.Person {
			out = append(out, Near{Person: p, Hat: HatStaff, Standing: OnDuty})
		}
	}
	return out, err
}

// Second is a member of staff who joins one that would be alone with a student:
// of those on duty who are not named, one who works for the student or the class
// before one who works for the whole school. Error kind: NotFound, when there is
// nobody.
func (l *Library) Second(ctx context.Context, school, student string, besides []string) (*Near, error) {
	d, err := l.dossier(ctx, school, student)
	if err != nil {
		return nil, err
	}
	f, known, err := l.everyone(ctx, d, school, nil)
	if err != nil {
		return nil, err
	}
	f = withoutEmergency(f)
	far := map[string]int{}
	for id := range known {
		far[id] = 1
	}
	for _, x := range d.about {
		if x.Type == FactDuty && x.About != school && x.inForce(DateOf(l.now())) {
			far[x.Party] = 0
		}
	}
	var best *Person
	for id, p := range known {
		if slices.Contains(besides, id) || Stand(id, f, l.now()) != OnDuty || !p.Wears(HatStaff) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(far[id], far[best.ID]), byName(p, best)) < 0 {
			best = p
		}
	}
	if best == nil {
		return nil, E(NotFound, "error.not_found")
	}
	return &Near{Person: best, Hat: HatStaff, Standing: OnDuty}, nil
}
