package portfolio

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
)

// What parents see from the 16th birthday on is the student's choice. By itself
// the rule changes nothing about works that were shown to guardians: parents go
// on seeing those. A choice that takes something from one of them takes
// "guardians" out of the audience of those works and gives the others a share.
// It is one document, made before the birthday or after it, and carried out from
// the birthday on: shares first, then audiences, so that nobody loses sight who
// keeps it, and nobody gets sight who had none.

// What a parent goes on seeing.
const (
	SeeAll      = "keep"     // what is shared with parents
	SeeProgress = "progress" // no work; how it is going is the school's to tell
	SeeSome     = "some"     // the works that are chosen
)

// ParentChoice is what a student chose for one parent.
type ParentChoice struct {
	See   string   `json:"see"`
	Items []string `json:"items,omitempty"` // of SeeSome
}

// Choice is what a student of 16 chose, or will be when it counts. Its id is the
// student's.
type Choice struct {
	Head
	Parents map[string]ParentChoice `json:"parents"`
	Opens   []string                `json:"opens,omitempty"` // works that waited for a yes and may open
	From    Date                    `json:"from"`            // the first day on which it counts
	MadeAt  time.Time               `json:"made_at"`
	Times   int                     `json:"times"`          // how often was chosen
	Plan    *choicePlan             `json:"plan,omitempty"` // settled when it begins to be carried out
	DoneAt  time.Time               `json:"done_at,omitzero"`
	Shares  []string                `json:"shares,omitempty"` // facts that this choice, or one before it, made
}

// choicePlan is what has to be done.
type choicePlan struct {
	Share  map[string][]string `json:"share,omitempty"`  // works, by parent
	Narrow []string            `json:"narrow,omitempty"` // works no longer shown to guardians
	End    []string            `json:"end,omitempty"`    // shares of an earlier choice
}

func (c *Choice) opens(work string) bool { return slices.Contains(c.Opens, work) }

// WaitingWork is a work that waits for a representative's yes, and for which
// audiences.
type WaitingWork struct {
	*Work
	Waits []string
}

// Choosing is what a student can choose.
type Choosing struct {
	Student *Person
	Sixteen Date // the first day on which the student surely is 16
	From    Date // from which day the choice would count
	Parents []*Person
	Works   []*Work       // that parents see, or see once they are finished
	Waiting []WaitingWork // that would open by themselves
	Made    *Choice       // the choice that was made, or nil
}

// ParentSight is what a parent will see once a choice counts, as the rule says.
type ParentSight struct {
	*Person
	Progress bool
	Works    []*Work
}

// choice finds what a student chose, or nil.
func (l *Library) choice(ctx context.Context, school, student string) (*Choice, error) {
	c, err := load[Choice](ctx, l, "choice", school, student)
	if isKind(err, NotFound) {
		return nil, nil
	}
	return c, err
}

// Choosing tells what the actor can choose: from 60 days before the 16th
// birthday until the 18th. Error kind: NotFound, for everybody else.
func (l *Library) Choosing(ctx context.Context, a Actor) (*Choosing, error) {
	s, _, err := l.choosing(ctx, a)
	return s, err
}

// chosenFrom is what is known on the day from which a choice would count.
type chosenFrom struct {
	lib *Library
	*dossier
	works []*Work // all, also drafts and what is in the bin
}

func (l *Library) choosing(ctx context.Context, a Actor) (*Choosing, *chosenFrom, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, nil, E(NotFound, "error.not_found")
	}
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return nil, nil, err
	}
	today := DateOf(l.now())
	s := &Choosing{Student: p}
	may := false
	if s.From, may = choosing(p.Birth, today); !may {
		return nil, nil, E(NotFound, "error.not_found")
	}
	s.Sixteen = milestonesOf(p.Birth)[0].certain
	f, err := l.from(ctx, p, s.From)
	if err != nil {
		return nil, nil, err
	}
	if s.Parents, err = l.parentsOf(ctx, f); err != nil {
		return nil, nil, err
	}
	for _, w := range f.works {
		if w.BinnedAt.IsZero() && f.shownToAny(w, s.Parents) {
			s.Works = append(s.Works, w)
		}
	}
	if s.From > today {
		waiting, err := l.waiting(ctx, a.School, a.Person, s.Sixteen.AddDays(-1))
		if err != nil {
			return nil, nil, err
		}
		s.Waiting = slices.DeleteFunc(waiting, func(w WaitingWork) bool { return !w.BinnedAt.IsZero() })
	}
	s.Made, err = l.choice(ctx, a.School, a.Person)
	return s, f, err
}

func (l *Library) from(ctx context.Context, p *Person, day Date) (*chosenFrom, error) {
	then, d, err := l.onDay(ctx, p.School, p.ID, day)
	if err != nil {
		return nil, err
	}
	works, err := l.allWorks(ctx, p.School, p.ID)
	return &chosenFrom{then, d, works}, err
}

// shows tells whether a parent sees a work, or will once it is finished.
func (f *chosenFrom) shows(w *Work, parent string) bool {
	it := w.item()
	it.Draft = false
	return Inspect(parent, &f.facts, it, f.lib.now()).Open
}

func (f *chosenFrom) shownToAny(w *Work, parents []*Person) bool {
	return slices.ContainsFunc(parents, func(p *Person) bool { return f.shows(w, p.ID) })
}

// parentsOf are those to whom work for guardians opens, by name.
func (l *Library) parentsOf(ctx context.Context, f *chosenFrom) ([]*Person, error) {
	return l.peopleOf(ctx, f.student.School, seesForGuardians(&f.facts, f.lib.now()))
}

// peopleOf are the people with some ids, by name. An institution, which has one too,
// is none of them.
func (l *Library) peopleOf(ctx context.Context, school string, ids []string) ([]*Person, error) {
	var out []*Person
	for _, id := range ids {
		p, err := l.person(ctx, school, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	slices.SortFunc(out, byName)
	return out, nil
}

// allWorks lists the works of a student, newest first, then those in the bin.
func (l *Library) allWorks(ctx context.Context, school, student string) ([]*Work, error) {
	q := Query{School: school, Kind: "work", Index: "about", Desc: true}
	works, err := list[Work](ctx, l, q.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	q.Index = "state"
	binned, err := list[Work](ctx, l, q.Prefix("bin/"+student+"/"))
	return append(works, binned...), err
}

// waiting lists the works that wait on a date for a representative's yes.
func (l *Library) waiting(ctx context.Context, school, student string, on Date) ([]WaitingWork, error) {
	d, err := l.asOf(on.Start(), time.Time{}).dossier(ctx, school, student)
	if err != nil {
		return nil, err
	}
	works, err := l.allWorks(ctx, school, student)
	if err != nil {
		return nil, err
	}
	var out []WaitingWork
	for _, w := range works {
		if waits := awaitsYes(&d.facts, w.item(), on); len(waits) > 0 {
			out = append(out, WaitingWork{w, waits})
		}
	}
	return out, nil
}

// check refuses a choice that is not whole, or names what there is not.
func (s *Choosing) check(c *Choice) error {
	for _, p := range s.Parents {
		if x := c.Parents[p.ID]; !slices.Contains([]string{SeeAll, SeeProgress, SeeSome}, x.See) {
			return E(Invalid, "error.choose_parent", "Field", "see-"+p.ID, "Name", p.Name.Short())
		}
	}
	for id, x := range c.Parents {
		known := slices.ContainsFunc(s.Parents, func(p *Person) bool { return p.ID == id })
		for _, item := range x.Items {
			known = known && slices.ContainsFunc(s.Works, func(w *Work) bool { return w.ID == item })
		}
		if !known {
			return E(Conflict, "error.conflict") // the page is not of now
		}
	}
	for _, item := range c.Opens {
		if !slices.ContainsFunc(s.Waiting, func(w WaitingWork) bool { return w.ID == item }) {
			return E(Conflict, "error.conflict")
		}
	}
	return nil
}

// plan works out what a choice needs. made are the shares of earlier choices.
func (f *chosenFrom) plan(parents []*Person, c *Choice) *choicePlan {
	plan := &choicePlan{Share: map[string][]string{}}
	for _, x := range f.about {
		if x.Type == FactShare && (slices.Contains(c.Shares, x.ID) || slices.Contains(c.Shares, x.Request)) {
			plan.End = append(plan.End, x.ID)
		}
	}
	if len(c.Shares) == 0 && !slices.ContainsFunc(parents, func(p *Person) bool { return c.Parents[p.ID].See != SeeAll }) {
		return plan // everybody keeps: nothing changes
	}
	for _, w := range f.works {
		if slices.Contains(w.Audience, ToGuardians) {
			plan.Narrow = append(plan.Narrow, w.ID)
		}
	}
	for _, p := range parents {
		var keeps []string
		switch x := c.Parents[p.ID]; x.See {
		case SeeAll:
			for _, w := range f.works {
				if f.shows(w, p.ID) {
					keeps = append(keeps, w.ID)
				}
			}
			keeps = append(keeps, plan.Narrow...) // also what is in the bin
		case SeeSome:
			for _, w := range f.works { // only what a parent still sees: the choice may be weeks old
				if slices.Contains(x.Items, w.ID) && f.shownToAny(w, parents) {
					keeps = append(keeps, w.ID)
				}
			}
		}
		slices.Sort(keeps)
		if keeps = slices.Compact(keeps); len(keeps) > 0 {
			plan.Share[p.ID] = keeps
		}
	}
	return plan
}

// PreviewChoice tells what each parent will see, by asking the rule about the
// facts and works as they would be. Error kinds as for Choose.
func (l *Library) PreviewChoice(ctx context.Context, a Actor, c Choice) ([]ParentSight, error) {
	s, f, err := l.choosing(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := s.check(&c); err != nil {
		return nil, err
	}
	if s.Made != nil {
		c.Shares = s.Made.Shares
	}
	plan := f.plan(s.Parents, &c)
	about := slices.DeleteFunc(slices.Clone(f.about), func(x *Fact) bool { return slices.Contains(plan.End, x.ID) })
	for _, parent := range slices.Sorted(maps.Keys(plan.Share)) {
		share := s.share(parent, plan.Share[parent])
		about = append(about, &share)
	}
	f.tell(about, DateOf(f.lib.now()))
	var out []ParentSight
	for _, p := range s.Parents {
		x := ParentSight{Person: p, Progress: Inspect(p.ID, &f.facts, &Item{Kind: ItemAssessment}, f.lib.now()).Open}
		for _, w := range f.works {
			it := w.item()
			if slices.Contains(plan.Narrow, w.ID) {
				it.Audience = without(it.Audience, ToGuardians)
			}
			if Inspect(p.ID, &f.facts, it, f.lib.now()).Open {
				x.Works = append(x.Works, w)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// share is the fact by which the student shares works with a parent, until 18:
// then it is asked of nobody any more to keep what was.
func (s *Choosing) share(parent string, items []string) Fact {
	return Fact{Type: FactShare, About: s.Student.ID, By: s.Student.ID, Party: parent, Items: items, From: s.From, Until: majority(s.Student.Birth)}
}

func without(all []string, gone ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(x string) bool { return slices.Contains(gone, x) })
}

// Choose keeps what the actor chose, over the revision rev that was seen (0 for
// none). From the birthday on it is carried out at once, before that on the
// birthday. Error kinds: NotFound, Invalid; Conflict, when something changed
// meanwhile.
func (l *Library) Choose(ctx context.Context, a Actor, rev int64, n Choice) (*Choice, error) {
	s, _, err := l.choosing(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := s.check(&n); err != nil {
		return nil, err
	}
	c := s.Made
	if c == nil {
		c = &Choice{Head: Head{School: a.School, ID: a.Person}}
	}
	if c.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	if c.Plan != nil && c.DoneAt.IsZero() { // one that stopped half-way
		if err := l.carry(ctx, a, s.Student, c); err != nil {
			return nil, err
		}
	}
	c.Parents, c.Opens, c.From, c.MadeAt = n.Parents, n.Opens, s.From, l.now().UTC()
	c.Plan, c.DoneAt, c.Times = nil, time.Time{}, c.Times+1
	if line := lineOf(a, a.Person, Line{Act: "choose", Item: c.ID}); c.Rev == 0 {
		err = createLogged(ctx, l, "choice", c, nil, line, nil)
		if isKind(err, Exists) {
			err = E(Conflict, "error.conflict")
		}
	} else {
		err = replaceLogged(ctx, l, "choice", c, nil, line, nil)
	}
	if err != nil {
		return nil, err
	}
	l.Changed(Change{School: a.School, What: "choice", ID: c.ID, Persons: []string{a.Person}})
	switch today := DateOf(l.now()); {
	case today >= s.Sixteen:
		err = l.carry(ctx, a, s.Student, c)
	case today == s.Sixteen.AddDays(-1):
		err = l.keepClosed(ctx, s.Student, s.Sixteen)
	}
	return c, err
}

// carryOut does what a student chose, once it counts. It may be begun again.
func (l *Library) carryOut(ctx context.Context, p *Person) error {
	c, err := l.choice(ctx, p.School, p.ID)
	if err != nil || c == nil || !c.DoneAt.IsZero() {
		return err
	}
	err = l.carry(ctx, Actor{School: p.School, Person: p.ID, Hat: HatStudent}, p, c)
	if isKind(err, Conflict) {
		return nil // it was changed just now, or another process does it; the next round looks again
	}
	return err
}

// carry does what a choice needs. What that is, is settled and stored first, so
// that a second try does the same.
func (l *Library) carry(ctx context.Context, a Actor, p *Person, c *Choice) error {
	if c.Plan == nil {
		c.From = max(c.From, DateOf(l.now()))
		f, err := l.from(ctx, p, c.From)
		if err != nil {
			return err
		}
		parents, err := l.parentsOf(ctx, f)
		if err != nil {
			return err
		}
		c.Plan = f.plan(parents, c)
		if err := replace(ctx, l, "choice", c, nil); err != nil {
			return err
		}
	}
	made := slices.Clone(c.Shares)
	for _, parent := range slices.Sorted(maps.Keys(c.Plan.Share)) {
		share := (&Choosing{Student: p, From: c.From}).share(parent, c.Plan.Share[parent])
		share.ID = DeriveID("share", a.School, p.ID, parent, strconv.Itoa(c.Times))
		if _, err := l.record(ctx, a, share); err != nil && !isKind(err, Exists) {
			return err
		}
		made = append(made, share.ID)
	}
	for _, id := range c.Plan.Narrow {
		if err := l.narrow(ctx, a, id, []string{ToGuardians}); err != nil {
			return err
		}
	}
	for _, id := range c.Plan.End {
		if err := l.endShare(ctx, a, id, c.From); err != nil {
			return err
		}
	}
	c.Shares = without(made, c.Plan.End...)
	c.DoneAt = l.now().UTC()
	if err := replace(ctx, l, "choice", c, nil); err != nil {
		return err
	}
	return l.tellChosen(ctx, p, c)
}

// endShare ends a share of an earlier choice.
func (l *Library) endShare(ctx context.Context, a Actor, id string, on Date) error {
	f, err := l.fact(ctx, a.School, id)
	if err != nil {
		return err
	}
	if f.Until != 0 && f.Until <= on {
		return nil
	}
	_, err = l.recordOf(ctx, a, f, Fact{Type: FactEnd, Until: on})
	return err
}

// tellChosen tells the parents that the student chose.
func (l *Library) tellChosen(ctx context.Context, p *Person, c *Choice) error {
	f, err := l.from(ctx, p, DateOf(l.now()))
	if err != nil {
		return err
	}
	parents, err := l.parentsOf(ctx, f)
	if err != nil {
		return err
	}
	for _, x := range parents {
		if err := l.notify(ctx, p.School, Notice{Person: x.ID, Hat: HatGuardian, What: "chosen", Student: p.ID, On: DateOf(c.MadeAt)}); err != nil {
			return err
		}
	}
	return nil
}

// narrow takes audiences from a work, and keeps the version that had them.
func (l *Library) narrow(ctx context.Context, a Actor, id string, audiences []string) error {
	for range 20 {
		w, err := load[Work](ctx, l, "work", a.School, id)
		if isKind(err, NotFound) {
			return nil // taken back with the import that brought it
		}
		if err != nil {
			return err
		}
		left := without(w.Audience, audiences...)
		if len(left) == len(w.Audience) {
			return nil
		}
		if err := l.saveVersion(ctx, w); err != nil {
			return err
		}
		w.Audience, w.Version = left, w.Version+1
		if err := l.saveWork(ctx, a, w, "share"); !isKind(err, Conflict) { // else it was changed just now
			return err
		}
	}
	return E(Conflict, "error.conflict")
}
