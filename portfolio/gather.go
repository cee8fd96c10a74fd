package portfolio

import (
	"context"
	"slices"
)

// dossier is what is known about one student, before anybody looks: the facts
// about the student, about the classes the student is in, and about the school.
type dossier struct {
	student *Person
	classes []string
	facts   Facts
}

// facts gathers what the rule must know to decide what the actor may see of a
// student. Error kind: NotFound.
func (l *Library) facts(ctx context.Context, a Actor, student string) (*Facts, *Person, error) {
	d, err := l.dossier(ctx, a.School, student)
	if err != nil {
		return nil, nil, err
	}
	f, err := l.viewedBy(ctx, d, a)
	return f, d.student, err
}

func (l *Library) dossier(ctx context.Context, school, student string) (*dossier, error) {
	p, err := l.person(ctx, school, student)
	if err != nil {
		return nil, err
	}
	if !p.Wears(HatStudent) {
		return nil, E(NotFound, "error.not_found")
	}
	d := &dossier{student: p, facts: Facts{Student: Student{
		ID: p.ID, Birth: p.Birth, Deceased: p.Deceased, Left: p.Left, RetentionEnd: p.RetentionEnd,
	}}}
	about, err := l.factsAbout(ctx, school, student)
	if err != nil {
		return nil, err
	}
	d.classes = classesIn(about, DateOf(l.now()))
	for _, id := range append(d.classes, school) {
		duties, err := l.factsAbout(ctx, school, id)
		if err != nil {
			return nil, err
		}
		about = append(about, duties...)
	}
	for _, f := range about {
		d.facts.add(f)
	}
	return d, nil
}

// add puts one stored fact in the form the rule reads.
func (fs *Facts) add(f *Fact) {
	switch f.Type {
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
	case FactYes:
		fs.Yes = append(fs.Yes, f.Kind)
	case FactNo:
		fs.No = append(fs.No, f.Kind)
	case FactObjection:
		fs.Objects = append(fs.Objects, f.Party)
	}
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
	if a.Hat != HatStaff {
		f.Duties = slices.DeleteFunc(slices.Clone(f.Duties), func(x Duty) bool { return x.Person == a.Person })
	}
	if len(d.classes) == 0 {
		return &f, nil
	}
	switch a.Hat {
	case HatStudent:
		in, err := l.classesOf(ctx, a.School, a.Person)
		if err != nil {
			return nil, err
		}
		if a.Person != d.student.ID && meet(in, d.classes) {
			f.Classmates = []string{a.Person}
		}
	case HatGuardian:
		in, err := l.wardClasses(ctx, a.School, a.Person, d.student.ID)
		if err != nil {
			return nil, err
		}
		if meet(in, d.classes) {
			f.ClassmateCustody = []string{a.Person}
		}
	}
	return &f, nil
}

// party is how the rule knows a person in a hat. An administrator or privacy
// officer is, in that hat, nobody to a portfolio.
func party(p *Person, hat string) Party {
	kind := KindOther
	if hat == HatStudent || hat == HatGuardian || hat == HatStaff {
		kind = hat
	}
	return Party{Kind: kind, Blocked: p.Blocked, School: true}
}

// wardClasses lists the classes of the other children in somebody's verified
// custody.
func (l *Library) wardClasses(ctx context.Context, school, person, except string) ([]string, error) {
	facts, err := l.factsOf(ctx, school, person)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var out []string
	for _, f := range facts {
		if f.About == except || !f.holds(today) {
			continue
		}
		in, err := l.classesOf(ctx, school, f.About)
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

// everyone gathers the facts for all who might see something of a student with
// this audience, to answer "who can see this?" by the rule itself. Each person
// looks in the hat that gives the audience its meaning.
func (l *Library) everyone(ctx context.Context, d *dossier, school string, audience []string) (*Facts, map[string]*Person, error) {
	f := d.facts
	f.People = map[string]Party{}
	known := map[string]*Person{}
	meetPerson := func(id, hat string) error {
		if id == "" || known[id] != nil {
			return nil
		}
		p, err := l.person(ctx, school, id)
		if isKind(err, NotFound) {
			return nil // an institution, a link
		}
		if err != nil {
			return err
		}
		known[id] = p
		f.People[id] = party(p, hat)
		return nil
	}
	for _, c := range f.Custody {
		if err := meetPerson(c.Holder, HatGuardian); err != nil {
			return nil, nil, err
		}
	}
	for _, r := range f.Relations {
		if err := meetPerson(r.Person, HatGuardian); err != nil {
			return nil, nil, err
		}
	}
	for _, x := range f.Duties {
		if err := meetPerson(x.Person, HatStaff); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range f.Shares {
		if err := meetPerson(s.To, HatGuardian); err != nil {
			return nil, nil, err
		}
	}
	if meet(audience, []string{ToClass, ToClassGuardians}) {
		for _, c := range d.classes {
			members, err := l.membersOf(ctx, school, c)
			if err != nil {
				return nil, nil, err
			}
			for _, m := range members {
				if m == d.student.ID {
					continue
				}
				f.Classmates = append(f.Classmates, m)
				if err := meetPerson(m, HatStudent); err != nil {
					return nil, nil, err
				}
				if !slices.Contains(audience, ToClassGuardians) {
					continue
				}
				facts, err := l.factsAbout(ctx, school, m)
				if err != nil {
					return nil, nil, err
				}
				for _, x := range facts {
					if x.holds(DateOf(l.now())) {
						f.ClassmateCustody = append(f.ClassmateCustody, x.Party)
						if err := meetPerson(x.Party, HatGuardian); err != nil {
							return nil, nil, err
						}
					}
				}
			}
		}
	}
	if slices.Contains(audience, ToSchool) {
		all, err := l.people(ctx, school)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range all {
			hat := HatStaff
			if p.Wears(HatStudent) {
				hat = HatStudent
			} else if !p.Wears(HatStaff) {
				continue
			}
			if p.ID != d.student.ID {
				if err := meetPerson(p.ID, hat); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return &f, known, nil
}
