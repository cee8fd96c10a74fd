package portfolio

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Name is a Dutch name in its parts.
type Name struct {
	Given     string `json:"given"`
	Preferred string `json:"preferred,omitempty"` // roepnaam
	Prefix    string `json:"prefix,omitempty"`    // voorvoegsel: "van de"
	Family    string `json:"family,omitempty"`
}

// Full is the whole name: "Daan van de Berg".
func (n Name) Full() string {
	return strings.Join(strings.Fields(n.Short()+" "+n.Prefix+" "+n.Family), " ")
}

// Short is what somebody is called: "Daan".
func (n Name) Short() string { return cmp.Or(n.Preferred, n.Given) }

// Person is somebody at one school. An account may wear the hats of several
// persons at several schools; a person belongs to one.
type Person struct {
	Head
	Name    Name     `json:"name"`
	Called  string   `json:"called,omitempty"` // how students say it: "juf Fatima"
	Hats    []string `json:"hats"`             // what the person is here: Hat constants
	Asked   []string `json:"asked,omitempty"`  // hats that wait until a second agrees (colleague.go)
	AskedBy string   `json:"asked_by,omitempty"`
	Blocked bool     `json:"blocked,omitempty"`

	// Of students only.
	Birth        Birth   `json:"birth,omitzero"`
	Deceased     bool    `json:"deceased,omitempty"`
	Left         Date    `json:"-"` // the leaving date, filled in from the facts where these are gathered (leaving.go)
	RetentionEnd Date    `json:"retention_end,omitzero"`
	Portfolio    string  `json:"portfolio,omitempty"` // the portfolio's id, kept for life in every bundle
	Origin       *Origin `json:"origin,omitempty"`
}

// Says is the name a screen shows for the person.
func (p *Person) Says() string { return cmp.Or(p.Called, p.Name.Full()) }

// Wears tells whether the person may put on a hat here.
func (p *Person) Wears(hat string) bool { return slices.Contains(p.Hats, hat) }

// AddPerson makes a person. The hats of who works for the school wait until a
// second agrees (Agree). The actor is an administrator. Error kinds: Forbidden,
// Invalid.
func (l *Library) AddPerson(ctx context.Context, a Actor, p Person) (*Person, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	if err := needText(p.Name.Given, "name", 200); err != nil {
		return nil, err
	}
	for _, s := range []string{p.Name.Family, p.Name.Prefix, p.Name.Preferred, p.Called} {
		if err := limitText(s, "name", 200); err != nil {
			return nil, err
		}
	}
	if len(p.Hats) == 0 {
		return nil, E(Invalid, "error.empty", "Field", "hats")
	}
	for _, h := range p.Hats {
		if !slices.Contains([]string{HatStudent, HatGuardian, HatStaff, HatAdmin, HatFG}, h) {
			return nil, E(Invalid, "error.choice", "Field", "hats")
		}
	}
	p.Head = Head{School: a.School, ID: p.ID}
	if p.Asked, p.Hats = byTwo(p.Hats); len(p.Asked) > 0 {
		p.AskedBy = a.Person
	}
	if p.Wears(HatStudent) {
		if p.Birth.after(DateOf(l.now())) {
			return nil, E(Invalid, "error.birth")
		}
		p.Portfolio = cmp.Or(p.Portfolio, NewID())
	}
	if err := create(ctx, l, "person", &p, nil); err != nil {
		return nil, err
	}
	return &p, l.tellOfColleague(ctx, &p)
}

// Welcome makes a person together with a way to sign in, or with neither when
// the login is taken. An empty login makes no account. The actor is an
// administrator. Error kinds as for AddPerson and AddAccount.
func (l *Library) Welcome(ctx context.Context, a Actor, p Person, login, passwordHash string) (*Person, error) {
	if login != "" {
		if err := checkLogin(login); err != nil {
			return nil, err
		}
	}
	made, err := l.AddPerson(ctx, a, p)
	if err != nil || login == "" {
		return made, err
	}
	if err := l.AddAccount(ctx, a, made.ID, login, passwordHash); err != nil {
		// A crash before this leaves somebody who cannot sign in yet; no harm.
		if p, _ := l.person(ctx, a.School, made.ID); p != nil {
			err = errors.Join(err, l.store.Delete(ctx, Ref{a.School, "person", p.ID}, p.Rev))
		}
		return nil, err
	}
	return l.person(ctx, a.School, made.ID)
}

// People lists everybody at the school, by name. The actor is an
// administrator. Error kind: Forbidden.
func (l *Library) People(ctx context.Context, a Actor) ([]*Person, error) {
	if err := l.may(ctx, a, ActKeepPeople); err != nil {
		return nil, err
	}
	return l.people(ctx, a.School)
}

func (l *Library) people(ctx context.Context, school string) ([]*Person, error) {
	out, err := list[Person](ctx, l, Query{School: school, Kind: "person"})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, byName)
	return out, nil
}

func byName(a, b *Person) int {
	return cmp.Or(cmp.Compare(a.Name.Family, b.Name.Family), cmp.Compare(a.Name.Given, b.Name.Given), cmp.Compare(a.ID, b.ID))
}

// PersonByID finds somebody at the actor's own school. It gives a name, which
// a caller may show to an actor who meets the person in a class, a
// conversation, an assessment or a list of readers. Error kind: NotFound.
func (l *Library) PersonByID(ctx context.Context, a Actor, id string) (*Person, error) {
	return l.person(ctx, a.School, id)
}

func (l *Library) person(ctx context.Context, school, id string) (*Person, error) {
	return load[Person](ctx, l, "person", school, id)
}

// Student opens a student's front page: who it is, and what the actor is to
// the student. A person with nothing to find there gets NotFound.
func (l *Library) Student(ctx context.Context, a Actor, id string) (*Person, Standing, error) {
	f, p, err := l.facts(ctx, a, id)
	if err != nil {
		return nil, Stranger, err
	}
	st := Stand(a.Person, f, l.now())
	if st == Stranger {
		return nil, Stranger, E(NotFound, "error.not_found")
	}
	return p, st, nil
}

// className is the name of the class the student is in today, or "".
func (l *Library) className(ctx context.Context, school, student string) (string, error) {
	classes, err := l.classesOf(ctx, school, student)
	if err != nil || len(classes) == 0 {
		return "", err
	}
	c, err := load[Class](ctx, l, "class", school, classes[0])
	if err != nil {
		return "", err
	}
	return c.Name, nil
}

// NameOfClass is the name of a class, which everybody with an account at the
// school may know. Error kind: NotFound.
func (l *Library) NameOfClass(ctx context.Context, school, class string) (string, error) {
	c, err := load[Class](ctx, l, "class", school, class)
	if err != nil {
		return "", err
	}
	return c.Name, nil
}

// ClassName is the name of the actor's own class today, or "".
func (l *Library) ClassName(ctx context.Context, a Actor) (string, error) {
	return l.className(ctx, a.School, a.Person)
}

// Group is a class with the students in it today.
type Group struct {
	*Class
	Students []*Person
	Own      bool // the duty is for this class or these students, not for the whole school
}

// Groups lists the classes of now for which the actor has a duty today, with
// their students, and last, in a class without a name, the students for whom
// the actor has a duty of their own.
func (l *Library) Groups(ctx context.Context, a Actor) ([]Group, error) {
	if !hats[a.Hat].duties {
		return nil, nil
	}
	facts, err := l.factsOf(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	today := DateOf(l.now())
	duties := map[string]bool{} // for whom
	for _, f := range facts {
		if f.Type == FactDuty && f.inForce(today) {
			duties[f.About] = true
		}
	}
	classes, err := l.Classes(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []Group
	met := map[string]bool{}
	for _, c := range classes {
		if !duties[c.ID] && !duties[a.School] || c.Until <= today {
			continue
		}
		members, err := l.membersOf(ctx, a.School, c.ID)
		if err != nil {
			return nil, err
		}
		g := Group{Class: c, Own: duties[c.ID]}
		if g.Students, err = l.named(ctx, a.School, members, met); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	for id := range duties {
		away, err := l.away(ctx, a.School, id)
		if err != nil {
			return nil, err
		}
		if away {
			delete(duties, id)
		}
	}
	own := Group{Class: &Class{}, Own: true}
	if own.Students, err = l.named(ctx, a.School, slices.Collect(maps.Keys(duties)), met); err != nil {
		return nil, err
	}
	if len(own.Students) > 0 {
		out = append(out, own)
	}
	return out, nil
}

// named finds the students among ids, by name, and adds them to met; who was
// met before, in another class, is left out.
func (l *Library) named(ctx context.Context, school string, ids []string, met map[string]bool) ([]*Person, error) {
	var out []*Person
	for _, id := range ids {
		p, err := l.person(ctx, school, id)
		if isKind(err, NotFound) {
			continue // a class, or the school
		}
		if err != nil {
			return nil, err
		}
		if p.Wears(HatStudent) && !met[id] {
			met[id] = true
			out = append(out, p)
		}
	}
	slices.SortFunc(out, byName)
	return out, nil
}
