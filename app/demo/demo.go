// Package demo makes a school to try Kaft on: two classes, thirty students
// around the ages at which rights change, their families and their work. It
// goes through the Library like everybody else, so nothing in it is possible
// that a real school could not do.
package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"kaft/chat"
	"kaft/portfolio"
)

// Password is what everybody in the demo school signs in with.
const Password = "kaft-demo"

// number is the school's, and of no real one.
const number = "00YY00"

// SignIn is one line of the table that a demo prints.
type SignIn struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Name     string `json:"name"`
	ID       string `json:"id"` // of the person
	Hats     string `json:"hats"`
	Note     string `json:"note"`
}

// school is a demo school in the making.
type school struct {
	lib     *portfolio.Library
	talks   *chat.Talks
	hash    string
	admin   portfolio.Actor
	second  portfolio.Actor // the second administrator, who confirms what the first recorded
	today   portfolio.Date
	classes map[string]*portfolio.Class
	people  map[string]*portfolio.Person // by login

	mu      sync.Mutex
	signIns map[string]SignIn
	err     error
}

// Make fills an empty installation. passwordHash is the hash of Password. The
// sign-ins come in the order of the cast: staff, the families worth visiting,
// then everybody else.
func Make(ctx context.Context, lib *portfolio.Library, talks *chat.Talks, passwordHash string) ([]SignIn, error) {
	s := &school{lib: lib, talks: talks, hash: passwordHash, today: portfolio.DateOf(lib.Now()),
		classes: map[string]*portfolio.Class{}, people: map[string]*portfolio.Person{}, signIns: map[string]SignIn{}}
	if err := s.found(ctx); err != nil {
		return nil, err
	}
	cast := cast()
	s.each(len(cast), func(i int) error { return s.engage(ctx, cast[i]) })
	if s.err == nil {
		s.err = s.agree(ctx)
	}
	s.each(len(cast), func(i int) error { return s.relate(ctx, cast[i]) })
	s.each(len(cast), func(i int) error { return s.work(ctx, cast[i]) })
	if s.err == nil {
		s.err = s.file(ctx)
	}
	if s.err == nil {
		s.err = s.talk(ctx)
	}
	if s.err == nil {
		s.err = s.readUp(ctx)
	}
	if s.err != nil {
		return nil, s.err
	}
	out := make([]SignIn, 0, len(cast)+1)
	for _, r := range cast {
		out = append(out, s.signIns[r.login])
	}
	return out, lib.Birthdays(ctx)
}

// Find gives the sign-ins of the demo school that Make left in an installation;
// nil when another school is there, or somebody of the cast is not.
func Find(ctx context.Context, lib *portfolio.Library) ([]SignIn, error) {
	operator, err := lib.Operator(ctx, "")
	if kind := portfolio.KindOf(err); kind == portfolio.NotFound || kind == portfolio.Invalid { // none whole, or several
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sch, err := lib.SchoolByID(ctx, operator.School)
	if err != nil || sch.BRIN != number {
		return nil, err
	}
	people, err := lib.People(ctx, operator)
	if err != nil {
		return nil, err
	}
	named := map[string]*portfolio.Person{}
	for _, p := range people {
		named[p.Name.Full()] = p
	}
	var out []SignIn
	for _, r := range cast() {
		p := named[r.name.Full()]
		if p == nil {
			return nil, nil
		}
		out = append(out, r.signIn(p))
	}
	return out, nil
}

// signIn is the line of somebody in the table.
func (r role) signIn(p *portfolio.Person) SignIn {
	hats := strings.Join(append(slices.Clone(p.Hats), p.Asked...), ", ")
	return SignIn{Login: r.login, Password: Password, Name: p.Name.Full(), ID: p.ID, Hats: hats, Note: r.note}
}

// each does n things a few at a time, so that their writes share commits.
func (s *school) each(n int, do func(int) error) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i := range n {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wg.Done() }()
			s.mu.Lock()
			failed := s.err != nil
			s.mu.Unlock()
			if failed {
				return
			}
			if err := do(i); err != nil {
				s.mu.Lock()
				s.err = err
				s.mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

// found makes the school, its first administrator and the classes of this
// school year.
func (s *school) found(ctx context.Context) error {
	sch, admin, err := s.lib.FoundSchool(ctx, portfolio.School{Name: "De Linde", City: "Utrecht", BRIN: number, Kind: portfolio.SchoolPrimary},
		portfolio.Person{Name: portfolio.Name{Given: "Wim", Family: "Hendriks"}, Called: "Wim Hendriks", Hats: []string{portfolio.HatStaff}},
		"wim", s.hash)
	if err != nil {
		return err
	}
	s.admin = portfolio.Actor{School: sch.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
	s.people["wim"] = admin
	first := int(s.today) / 10000
	if s.today%10000 < 801 {
		first--
	}
	for _, name := range []string{"groep 7", "klas 4"} {
		c, err := s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: name, Level: name, Year: fmt.Sprintf("%d/%d", first, first+1),
			From: portfolio.Date(first*10000 + 801), Until: portfolio.Date((first+1)*10000 + 801)})
		if err != nil {
			return err
		}
		s.classes[name] = c
	}
	return nil
}

// engage makes one person of the cast, with an account.
func (s *school) engage(ctx context.Context, r role) error {
	s.mu.Lock()
	p := s.people[r.login]
	s.mu.Unlock()
	if p == nil {
		var err error
		p, err = s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: r.name, Called: r.called, Hats: r.hats, Birth: s.born(r.age, r.days)})
		if err != nil {
			return fmt.Errorf("%s: %w", r.login, err)
		}
		if err := s.lib.AddAccount(ctx, s.admin, p.ID, r.login, s.hash); err != nil {
			return fmt.Errorf("%s: %w", r.login, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people[r.login] = p
	s.signIns[r.login] = r.signIn(p)
	return nil
}

// agree lets the second administrator in, who then lets in everybody else who
// works for the school.
func (s *school) agree(ctx context.Context) error {
	if _, err := s.lib.Vouch(ctx, s.admin.School, s.people["ingrid"].ID); err != nil {
		return err
	}
	s.second = s.as("ingrid", portfolio.HatAdmin)
	waiting, err := s.lib.Colleagues(ctx, s.second)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		if _, err := s.lib.Agree(ctx, s.second, p.ID); err != nil {
			return fmt.Errorf("%s: %w", p.Name.Full(), err)
		}
	}
	return nil
}

// readUp has the second administrator and the others who were asked to confirm
// read the notices of what is confirmed by now.
func (s *school) readUp(ctx context.Context) error {
	for _, login := range slices.Sorted(maps.Keys(s.people)) {
		p, err := s.lib.PersonByID(ctx, s.admin, s.people[login].ID)
		if err != nil {
			return err
		}
		for _, hat := range p.Hats {
			told, err := s.lib.Notices(ctx, s.as(login, hat), 300)
			if err == nil {
				err = s.lib.ReadNotices(ctx, s.as(login, hat), told)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// born is the birth date of somebody who is age years and some days old.
func (s *school) born(age, days int) portfolio.Birth {
	if age == 0 {
		return portfolio.Birth{}
	}
	d := s.today.AddDays(-days).AddYears(-age)
	return portfolio.Birth{Earliest: d, Latest: d}
}

// relate records the facts about one person of the cast.
func (s *school) relate(ctx context.Context, r role) error {
	for _, f := range r.facts {
		var about, party string
		switch {
		case f.class != "":
			about, party = s.people[r.login].ID, s.classes[f.class].ID
			if f.fact.Type == portfolio.FactDuty {
				about, party = party, about
			}
		case f.of != "":
			about, party = s.people[f.of].ID, s.people[r.login].ID
		default:
			about, party = s.admin.School, s.people[r.login].ID
		}
		fact := f.fact
		fact.About, fact.Party = about, party
		if fact.Until == majority {
			fact.Until = s.people[f.of].Birth.Latest.AddYears(18)
		}
		if fact.From == 0 {
			fact.From = s.today.AddYears(-1)
		}
		first, second := s.admin, s.second
		if party == second.Person {
			first, second = second, first
		}
		made, err := s.lib.RecordFact(ctx, first, fact)
		if err == nil && made.Waits {
			_, err = s.lib.ConfirmFact(ctx, second, made.ID)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.login, err)
		}
	}
	return nil
}

// as is somebody of the cast at work.
func (s *school) as(login, hat string) portfolio.Actor {
	return portfolio.Actor{School: s.admin.School, Person: s.people[login].ID, Hat: hat}
}

// ago is the date so many days before today.
func (s *school) ago(days int) portfolio.Date { return s.today.AddDays(-days) }
