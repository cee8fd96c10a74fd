package portfolio

import "context"

// Overview is what an administrator wants to know of the school at a glance.
type Overview struct {
	People     map[string]int // by hat
	Classes    int            // of now
	Unverified []*Statement   // custody of which nobody saw the proof yet
	Classless  []*Person      // students who are in no class today
	Packed     []*Person      // students whose bundle for the next school was fetched: do they leave?
	Alone      bool           // nobody else can agree with what the actor gives
}

// Overview counts. The actor is an administrator. Error kind: Forbidden.
func (l *Library) Overview(ctx context.Context, a Actor) (*Overview, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	all, err := list[Fact](ctx, l, Query{School: a.School, Kind: "fact"})
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	inClass, gone, leaving := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var unverified []*Fact
	for _, f := range settled(all) {
		switch {
		case !f.Counts:
		case f.Type == FactEnrolment && f.inForce(today):
			inClass[f.About] = true
		case f.Type == FactLeaving && heldUntil(f) > today:
			leaving[f.About] = true
			gone[f.About] = gone[f.About] || f.inForce(today)
		case f.Type == FactCustody && f.Verified == 0 && f.stateOn(today) != Over:
			unverified = append(unverified, f)
		}
	}
	o := &Overview{People: map[string]int{}, Alone: true}
	if o.Unverified, err = l.statements(ctx, a.School, unverified); err != nil {
		return nil, err
	}
	if o.Packed, err = l.packed(ctx, a.School, leaving); err != nil {
		return nil, err
	}
	classes, err := l.Classes(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, c := range classes {
		if c.From <= today && today < c.Until {
			o.Classes++
		}
	}
	people, err := l.people(ctx, a.School)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		for _, h := range p.Hats {
			o.People[h]++
			o.Alone = o.Alone && (p.ID == a.Person || p.Blocked || !May(Actor{Hat: h}, ActAgree, nil, l.now()))
		}
		if p.Wears(HatStudent) && !inClass[p.ID] && !gone[p.ID] {
			o.Classless = append(o.Classless, p)
		}
	}
	return o, nil
}

// ClassRoll is a class with how many are in it and who works for it today.
type ClassRoll struct {
	*Class
	Students int
	Staff    []string // names
	Over     bool
}

// ClassRolls lists the classes, those of now first. The actor is an
// administrator. Error kind: Forbidden.
func (l *Library) ClassRolls(ctx context.Context, a Actor) ([]*ClassRoll, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	classes, err := l.Classes(ctx, a)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	var now, over []*ClassRoll
	for _, c := range classes {
		r := &ClassRoll{Class: c, Over: c.Until <= today}
		members, err := l.membersOf(ctx, a.School, c.ID)
		if err != nil {
			return nil, err
		}
		r.Students = len(members)
		about, err := l.factsAbout(ctx, a.School, c.ID)
		if err != nil {
			return nil, err
		}
		for _, f := range about {
			if f.Type != FactDuty || !f.inForce(today) {
				continue
			}
			name, err := l.nameOf(ctx, a.School, f.Party, nil)
			if err != nil {
				return nil, err
			}
			r.Staff = append(r.Staff, name)
		}
		if r.Over {
			over = append(over, r)
		} else {
			now = append(now, r)
		}
	}
	return append(now, over...), nil
}
