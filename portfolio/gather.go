package portfolio

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// dossier is what is known about one student, before anybody looks: the facts
// about the student, about the classes the student is in, and about the school.
type dossier struct {
	student *Person
	classes []string
	about   []*Fact // what the facts were made of
	facts   Facts
}

// facts gathers what the rule must know to decide what the actor may see of a
// student. Error kind: NotFound.
func (l *Library) facts(ctx context.Context, a Actor, student string) (*Facts, *Person, error) {
	d, err := l.ownDossier(ctx, a.School, student)
	if err != nil {
		return nil, nil, err
	}
	if hats[a.Hat].duties { // in another hat they would be left out again
		if err := l.addDuties(ctx, a.School, d); err != nil {
			return nil, nil, err
		}
	}
	f, err := l.viewedBy(ctx, d, a)
	return f, d.student, err
}

func (l *Library) dossier(ctx context.Context, school, student string) (*dossier, error) {
	d, err := l.ownDossier(ctx, school, student)
	if err != nil {
		return nil, err
	}
	return d, l.addDuties(ctx, school, d)
}

// ownDossier is a dossier without what is known about the classes and the
// school: without the duties that are not for this student alone.
func (l *Library) ownDossier(ctx context.Context, school, student string) (*dossier, error) {
	p, err := l.person(ctx, school, student)
	if err != nil {
		return nil, err
	}
	if !p.Wears(HatStudent) {
		return nil, E(NotFound, "error.not_found")
	}
	d := &dossier{student: p}
	if d.about, err = l.factsAbout(ctx, school, student); err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	d.classes = classesIn(d.about, today)
	d.tell(d.about, today)
	p.Left = d.facts.Student.Left
	return d, nil
}

// addDuties adds what is known about the student's classes and the school.
func (l *Library) addDuties(ctx context.Context, school string, d *dossier) error {
	for _, id := range append(slices.Clone(d.classes), school) {
		duties, err := l.factsAbout(ctx, school, id)
		if err != nil {
			return err
		}
		d.about = append(d.about, duties...)
		for _, f := range duties {
			d.facts.add(f, DateOf(l.now()))
		}
	}
	return nil
}

// tell makes the facts that the rule reads of stored ones.
func (d *dossier) tell(about []*Fact, today Date) {
	p := d.student
	d.facts = Facts{Student: Student{ID: p.ID, Birth: p.Birth, Deceased: p.Deceased, RetentionEnd: p.RetentionEnd}}
	for _, f := range about {
		if d.facts.stillSays(f, about, today) {
			d.facts.add(f, today)
		}
	}
}

// stillSays tells whether a fact is not the yes or no of somebody who holds no
// custody any more: what the representative said is the representative's word.
// What the school wrote down for somebody (By is empty) stands until it is ended.
func (fs *Facts) stillSays(f *Fact, about []*Fact, today Date) bool {
	if !f.isAnswer() || f.By == "" {
		return true
	}
	says := false
	for _, c := range about {
		if c.Type == FactCustody && c.Party == f.By {
			fs.goodUntil(today, c)
			says = says || c.holds(today)
		}
	}
	return says
}

// add puts one stored fact in the form the rule reads. Consents and objections
// have no dates there, and of enrolments only what follows from them is there:
// they are as they are today, and the facts good for no longer than that.
func (fs *Facts) add(f *Fact, today Date) {
	switch f.Type {
	case FactYes, FactNo, FactObjection, FactEnrolment:
		fs.goodUntil(today, f)
		if !f.inForce(today) {
			return
		}
	}
	switch f.Type {
	case FactLeaving:
		fs.leaves(f, today)
	case FactCustody:
		fs.Custody = append(fs.Custody, Custody{f.Party, f.From, f.Until, f.Verified})
	case FactRelation:
		fs.Relations = append(fs.Relations, Relation{f.Party, f.Kind, f.Institution, f.From, f.Until})
	case FactDuty:
		fs.Duties = append(fs.Duties, Duty{f.Party, f.Kind, f.From, f.Until})
	case FactOrder:
		fs.Orders = append(fs.Orders, Order{f.Party, f.Kind, f.From, f.Until, f.Cleared})
	case FactRefusal:
		fs.Refusals = append(fs.Refusals, Refusal{f.Party, f.Kinds, f.Items, f.From, f.Review, f.Until})
	case FactShare:
		fs.Shares = append(fs.Shares, Share{f.ID, f.By, f.Party, f.Items, f.Kinds, f.From, f.Until})
	case FactRestriction:
		fs.Restrictions = append(fs.Restrictions, Restriction{f.Kinds, f.Items, f.From, f.Until})
	case FactRelease:
		fs.Releases = append(fs.Releases, Release{f.Party, f.Kinds, f.Items, f.From, f.Until})
	case FactYes:
		fs.Yes = append(fs.Yes, f.Kind)
	case FactNo:
		fs.No = append(fs.No, f.Kind)
	case FactObjection:
		fs.Objects = append(fs.Objects, f.Party)
	}
}

// goodUntil notes when a fact begins or ends that is in these facts only by what
// follows from it today.
func (fs *Facts) goodUntil(today Date, f *Fact) {
	b := boundary{after: today, first: fs.Again}
	b.at(f.From, f.Until, f.Verified)
	fs.Again = b.first
}

// viewedBy adds what depends on who looks: the hat, and whether the actor, or
// a child in the actor's custody, is a classmate. In another hat than staff a
// person's duties do not count: rights never mix.
func (l *Library) viewedBy(ctx context.Context, d *dossier, a Actor) (*Facts, error) {
	f := d.facts
	p, err := l.person(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	f.People = map[string]Party{a.Person: party(p, a.Hat)}
	f.wear(a.Person, hats[a.Hat])
	if len(d.classes) == 0 {
		return &f, nil
	}
	if hats[a.Hat].classmate && a.Person != d.student.ID {
		in, err := l.classesToday(ctx, a.School, a.Person, &f)
		if err != nil {
			return nil, err
		}
		if meet(in, d.classes) {
			f.Classmates = []string{a.Person}
		}
	}
	if hats[a.Hat].parents {
		in, err := l.wardClasses(ctx, a.School, a.Person, &f)
		if err != nil {
			return nil, err
		}
		if meet(in, d.classes) {
			f.ClassmateCustody = []string{a.Person}
		}
	}
	return &f, nil
}

// wear leaves out what somebody has in other hats than the one that is worn.
func (fs *Facts) wear(person string, h hat) {
	if !h.duties {
		fs.Duties = slices.DeleteFunc(slices.Clone(fs.Duties), func(x Duty) bool { return x.Person == person })
	}
	if !h.family && onlyFamilyHats(person, fs) {
		p := fs.People[person]
		p.Blocked = true
		fs.People[person] = p
	}
}

// party is how the rule knows a person in a hat.
func party(p *Person, hat string) Party {
	return Party{Kind: cmp.Or(hats[hat].kind, KindOther), Blocked: p.Blocked, School: true}
}

// classesToday lists the classes a student is in, for facts that hold as long as
// that does not change.
func (l *Library) classesToday(ctx context.Context, school, student string, about *Facts) ([]string, error) {
	facts, err := l.factsAbout(ctx, school, student)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	for _, f := range facts {
		if f.Type == FactEnrolment {
			about.goodUntil(today, f)
		}
	}
	return classesIn(facts, today), nil
}

// wardClasses lists the classes of the other children in somebody's verified
// custody, for facts about a student.
func (l *Library) wardClasses(ctx context.Context, school, person string, about *Facts) ([]string, error) {
	facts, err := l.factsOf(ctx, school, person)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var out []string
	for _, f := range facts {
		if f.Type != FactCustody || f.About == about.Student.ID {
			continue
		}
		about.goodUntil(today, f)
		if !f.holds(today) {
			continue
		}
		in, err := l.classesToday(ctx, school, f.About, about)
		if err != nil {
			return nil, err
		}
		out = append(out, in...)
	}
	return out, nil
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// everyone gathers who is named in the facts about a student, each in the hat
// that the facts name: family as family, the others as staff.
func (l *Library) everyone(ctx context.Context, d *dossier, school string, audience []string) (*Facts, map[string]*Person, error) {
	n, err := l.neighbours(ctx, d, school, audience)
	if err != nil {
		return nil, nil, err
	}
	f := n.facts
	f.People = map[string]Party{}
	for id, p := range n.people {
		f.People[id] = party(p, HatStaff)
		if onlyFamilyHats(id, &f) {
			f.People[id] = party(p, HatGuardian)
		}
	}
	return &f, n.people, nil
}

// neighbours are the people around a student, with what is needed to see the
// student as each of them does.
type neighbours struct {
	facts      Facts
	people     map[string]*Person
	classmates map[string]bool
	guardians  map[string]bool // holders of verified custody of a classmate
}

// seenBy is what the rule must know when one of them looks in a hat. It gives
// what viewedBy would.
func (n *neighbours) seenBy(p *Person, hat string) *Facts {
	f := n.facts
	f.People = map[string]Party{p.ID: party(p, hat)}
	f.wear(p.ID, hats[hat])
	if hats[hat].classmate && n.classmates[p.ID] {
		f.Classmates = []string{p.ID}
	}
	if hats[hat].parents && n.guardians[p.ID] {
		f.ClassmateCustody = []string{p.ID}
	}
	return &f
}

func (n *neighbours) circle(id, hat string) Circle {
	switch {
	case onlyFamilyHats(id, &n.facts):
		return CircleFamily
	case hats[hat].duties:
		return CircleStaff
	case n.classmates[id]:
		return CircleClass
	case n.guardians[id]:
		return CircleClassGuardians
	case hats[hat].classmate:
		return CircleSchool
	}
	return CircleShared
}

// neighbours gathers who might see something of a student with this audience:
// all who are named in the facts, and the class or school only when it is
// meant. Institutions and links have no person and are left out.
func (l *Library) neighbours(ctx context.Context, d *dossier, school string, audience []string) (*neighbours, error) {
	n := &neighbours{facts: d.facts, people: map[string]*Person{}, classmates: map[string]bool{}, guardians: map[string]bool{}}
	named := map[string]bool{}
	for _, c := range d.facts.Custody {
		named[c.Holder] = true
	}
	for _, r := range d.facts.Relations {
		named[r.Person] = true
	}
	for _, x := range d.facts.Duties {
		named[x.Person] = true
	}
	for _, s := range d.facts.Shares {
		named[s.To] = true
	}
	if meet(audience, []string{ToClass, ToClassGuardians, ToSchool}) || len(d.facts.Shares) > 0 {
		if err := l.classAround(ctx, n, d, school); err != nil {
			return nil, err
		}
		maps.Copy(named, n.classmates)
		maps.Copy(named, n.guardians)
	}
	if slices.Contains(audience, ToSchool) {
		all, err := l.people(ctx, school)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			n.people[p.ID] = p
		}
	}
	for id := range named {
		if n.people[id] != nil || id == "" {
			continue
		}
		p, err := l.person(ctx, school, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		n.people[id] = p
	}
	delete(n.people, d.student.ID)
	return n, nil
}

// classAround finds the classmates and who has verified custody of them.
func (l *Library) classAround(ctx context.Context, n *neighbours, d *dossier, school string) error {
	for _, c := range d.classes {
		members, err := l.membersOf(ctx, school, c)
		if err != nil {
			return err
		}
		for _, m := range members {
			if m == d.student.ID || n.classmates[m] {
				continue
			}
			n.classmates[m] = true
			facts, err := l.factsAbout(ctx, school, m)
			if err != nil {
				return err
			}
			for _, x := range facts {
				if x.holds(DateOf(l.now())) {
					n.guardians[x.Party] = true
				}
			}
		}
	}
	return nil
}
