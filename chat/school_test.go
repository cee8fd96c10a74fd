package chat_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kaft/app"
	"kaft/app/localstore"
	"kaft/chat"
	"kaft/portfolio"
)

// school is a small school on the real store: groep 7 with juf Fatima, meester
// Joris who helps there, Noor whose parents Anna and Bas both have custody, Sem
// whose mother Samira has it alone and whose father Joost has not, and Ingrid
// who has no duty here.
type school struct {
	t      testing.TB
	lib    *portfolio.Library
	store  portfolio.Store
	talks  *chat.Talks
	clock  *clock
	admin  portfolio.Actor
	second portfolio.Actor // the other administrator, who confirms
	ids    map[string]string
	hats   map[string]string // in which somebody acts
	facts  map[string]string // "anna custody noor": the fact's id
}

// clock is a clock that a test moves. It never stands still: each look is a
// millisecond later.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var ctx = context.Background()

func newSchool(t testing.TB) *school {
	t.Helper()
	dir := t.TempDir()
	store, err := localstore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	files, err := localstore.OpenFiles(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := any(files).(io.Closer); ok {
		t.Cleanup(func() { c.Close() })
	}
	s := &school{t: t, store: store, clock: &clock{at: time.Date(2026, 11, 3, 9, 0, 0, 0, portfolio.Amsterdam)},
		ids: map[string]string{}, hats: map[string]string{}, facts: map[string]string{}}
	s.lib = portfolio.NewLibrary(store, files, app.Intake{}, s.clock.now)
	s.talks = chat.New(s.lib, store, s.clock.now)
	sch, admin, err := s.lib.FoundSchool(ctx, portfolio.School{Name: "De Linde"}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", "hash")
	if err != nil {
		t.Fatal(err)
	}
	s.admin = portfolio.Actor{School: sch.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
	other, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "Ada"}, Hats: []string{portfolio.HatAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.Vouch(ctx, sch.ID, other.ID); err != nil {
		t.Fatal(err)
	}
	s.second = portfolio.Actor{School: sch.ID, Person: other.ID, Hat: portfolio.HatAdmin}
	class, err := s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 7", From: 2026_08_01, Until: 2027_08_01})
	if err != nil {
		t.Fatal(err)
	}
	s.ids["groep 7"] = class.ID
	for name, hats := range map[string][]string{
		"fatima": {portfolio.HatStaff, portfolio.HatGuardian}, "joris": {portfolio.HatStaff}, "ingrid": {portfolio.HatStaff},
		"noor": {portfolio.HatStudent}, "anna": {portfolio.HatGuardian}, "bas": {portfolio.HatGuardian},
		"sem": {portfolio.HatStudent}, "samira": {portfolio.HatGuardian}, "joost": {portfolio.HatGuardian},
	} {
		p := portfolio.Person{Name: portfolio.Name{Given: name}, Hats: hats}
		if hats[0] == portfolio.HatStudent {
			p.Birth = portfolio.Birth{Earliest: 2016_03_01, Latest: 2016_03_01}
		}
		made, err := s.lib.AddPerson(ctx, s.admin, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(made.Asked) > 0 {
			if _, err := s.lib.Agree(ctx, s.second, made.ID); err != nil {
				t.Fatal(err)
			}
		}
		s.ids[name], s.hats[name] = made.ID, hats[0]
	}
	for _, name := range []string{"fatima", "joris"} {
		s.fact(name, portfolio.FactDuty, "groep 7", portfolio.Fact{Kind: portfolio.DutyTeacher, From: 2026_08_01})
	}
	for _, name := range []string{"noor", "sem"} {
		s.fact("groep 7", portfolio.FactEnrolment, name, portfolio.Fact{From: 2026_08_01})
	}
	for _, x := range [][2]string{{"anna", "noor"}, {"bas", "noor"}, {"samira", "sem"}} {
		s.fact(x[0], portfolio.FactCustody, x[1], portfolio.Fact{From: 2016_03_01, Verified: 2020_09_01})
	}
	s.fact("joost", portfolio.FactRelation, "sem", portfolio.Fact{Kind: portfolio.RelationLegalParent, From: 2016_03_01})
	return s
}

// fact records that party is something to about.
func (s *school) fact(party string, what portfolio.FactType, about string, f portfolio.Fact) {
	s.t.Helper()
	f.Type, f.Party, f.About = what, s.ids[party], s.ids[about]
	f.Evidence = "stuk 7"
	made, err := s.lib.RecordFact(ctx, s.admin, f)
	if err == nil && made.Waits {
		_, err = s.lib.ConfirmFact(ctx, s.second, made.ID)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.facts[fmt.Sprint(party, " ", what, " ", about)] = made.ID
}

// end records that a fact holds until a date.
func (s *school) end(name string, until portfolio.Date) {
	s.t.Helper()
	if s.facts[name] == "" {
		s.t.Fatalf("no fact %q", name)
	}
	if _, err := s.lib.EndFact(ctx, s.admin, s.facts[name], until, "beschikking 12"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *school) today() portfolio.Date { return portfolio.DateOf(s.clock.now()) }

// as is somebody in the hat they have here first.
func (s *school) as(name string) portfolio.Actor {
	return portfolio.Actor{School: s.admin.School, Person: s.ids[name], Hat: s.hats[name]}
}

// start begins a conversation about a student.
func (s *school) start(who, student string, with ...string) *chat.Talk {
	s.t.Helper()
	talk, err := s.talks.Start(ctx, s.as(who), chat.NewTalk{Key: portfolio.NewID(), Student: s.ids[student], With: s.persons(with...), Text: "Hallo"})
	if err != nil {
		s.t.Fatal(err)
	}
	return talk
}

func (s *school) persons(names ...string) (ids []string) {
	for _, n := range names {
		ids = append(ids, s.ids[n])
	}
	return ids
}

// say says something new, when the pace allows it.
func (s *school) say(who, talk, text string) chat.Said {
	s.t.Helper()
	s.clock.advance(time.Second)
	m, _, err := s.talks.Say(ctx, s.as(who), talk, portfolio.NewID(), text)
	if err != nil {
		s.t.Fatalf("%s says %q: %v", who, text, err)
	}
	return m
}

// reads is all that somebody can read of a conversation.
func (s *school) reads(who, talk string) (texts []string, err error) {
	p, err := s.talks.Since(ctx, s.as(who), talk, 0, 200)
	if err != nil {
		return nil, err
	}
	for _, m := range p.Messages {
		texts = append(texts, m.Text)
	}
	return texts, nil
}

// decide has the school decide something else about conversations.
func (s *school) decide(change func(*portfolio.TalkPolicy)) {
	s.t.Helper()
	p, err := s.lib.TalkPolicy(ctx, s.admin.School)
	if err != nil {
		s.t.Fatal(err)
	}
	change(p)
	if _, err := s.lib.SetTalkPolicy(ctx, s.admin, *p); err != nil {
		s.t.Fatal(err)
	}
}

// turn turns a kind of conversation on or off.
func turn(k chat.Kind, on bool) func(*portfolio.TalkPolicy) {
	return func(p *portfolio.TalkPolicy) {
		r := p.Kinds[k]
		r.On = on
		p.Kinds[k] = r
	}
}

// together has two of a family each say yes, or no, of the other.
func (s *school) together(student, x, y string, yes bool) {
	s.t.Helper()
	for _, pair := range [][2]string{{x, y}, {y, x}} {
		if err := s.lib.SayTogether(ctx, s.as(pair[0]), s.ids[student], s.ids[pair[1]], yes); err != nil {
			s.t.Fatal(err)
		}
	}
}
