package chat_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kaft/app"
	"kaft/chat"
	"kaft/portfolio"
)

// begin starts a conversation of any kind and gives its id, or the error's key.
func (s *school) begin(who string, n chat.NewTalk) (id, wrong string) {
	s.clock.advance(time.Minute)
	if n.Key = portfolio.NewID(); n.Text == "" {
		n.Text = "Hallo"
	}
	talk, err := s.talks.Start(ctx, s.as(who), n)
	if err != nil {
		return "", err.(*portfolio.Error).Msg
	}
	return talk.ID, ""
}

// readers are who of the school's people can open a conversation.
func (s *school) readers(id string) (out []string) {
	for name := range s.hats {
		if _, err := s.talks.Open(ctx, s.as(name), id); err == nil {
			out = append(out, name)
		} else if kindOf(err) != "not_found" {
			s.t.Errorf("%s: %v", name, err)
		}
	}
	slices.Sort(out)
	return out
}

func TestWhoIsInEachKindOfConversationAndWhoCanStartIt(t *testing.T) {
	s := newSchool(t)
	s.decide(turn(chat.StudentsTalk, true))
	class := s.ids["groep 7"]
	for _, c := range []struct {
		name     string
		n        chat.NewTalk
		may, not []string // who can start it, and who cannot
		readers  []string
	}{
		{"class", chat.NewTalk{Kind: chat.ClassTalk, Class: class}, []string{"fatima", "noor", "sem"}, []string{"anna", "ingrid", "joost"},
			[]string{"fatima", "joris", "noor", "sem"}},
		{"guardians of a class", chat.NewTalk{Kind: chat.ClassGuardians, Class: class}, []string{"joris"}, []string{"anna", "noor", "ingrid", "joost"},
			[]string{"anna", "bas", "fatima", "joris", "samira"}},
		{"classmates", chat.NewTalk{Kind: chat.StudentsTalk, Class: class, With: s.persons("sem")}, []string{"noor"}, []string{"fatima", "anna", "ingrid"},
			[]string{"noor", "sem"}},
		{"colleagues", chat.NewTalk{Kind: chat.StaffTalk, With: s.persons("ingrid")}, []string{"fatima", "joris"}, []string{"noor", "anna"}, nil},
		{"announcement to a class", chat.NewTalk{Kind: chat.Announcement, Class: class, To: []string{chat.ToGuardians}, Title: "Uitje"}, []string{"fatima"}, []string{"noor", "anna", "ingrid"},
			[]string{"anna", "bas", "fatima", "joris", "samira"}},
		{"announcement to the school", chat.NewTalk{Kind: chat.Announcement, To: []string{chat.ToGuardians, chat.ToStudents}, Title: "Studiedag"}, nil, []string{"fatima", "noor", "anna", "ingrid"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, who := range c.not {
				if id, wrong := s.begin(who, c.n); wrong != "error.not_found" && wrong != "error.talk_reads" {
					t.Errorf("%s: got %q %q, want a refusal", who, id, wrong)
				}
			}
			for _, who := range c.may {
				id, wrong := s.begin(who, c.n)
				if wrong != "" {
					t.Fatalf("%s: %s", who, wrong)
				}
				if got := s.readers(id); c.readers != nil && !slices.Equal(got, c.readers) {
					t.Errorf("%s began it: read by %v, want %v", who, got, c.readers)
				}
				for _, who := range s.readers(id) {
					mine, err := s.talks.Mine(ctx, s.as(who))
					if err != nil || !slices.ContainsFunc(mine, func(x *chat.Talk) bool { return x.ID == id }) {
						t.Errorf("%s does not find it in the list: %v", who, err)
					}
				}
			}
		})
	}
}

func TestTwoWhoBeginTheConversationOfAClassSpeakInTheSame(t *testing.T) {
	s := newSchool(t)
	n := chat.NewTalk{Kind: chat.ClassTalk, Class: s.ids["groep 7"]}
	first, _ := s.begin("fatima", n)
	second, _ := s.begin("noor", n)
	if first == "" || first != second {
		t.Errorf("got %q and %q", first, second)
	}
	if got, _ := s.reads("sem", first); !slices.Equal(got, []string{"Hallo", "Hallo"}) {
		t.Errorf("Sem reads %q", got)
	}
}

func TestWhoHasADutyForTheSchoolAnnouncesAndAQuestionGoesToTheSenderAlone(t *testing.T) {
	s := newSchool(t)
	s.ids["school"] = s.admin.School
	s.fact("ingrid", portfolio.FactDuty, "school", portfolio.Fact{Kind: portfolio.DutyManagement, From: 2026_08_01})
	id, wrong := s.begin("ingrid", chat.NewTalk{Kind: chat.Announcement, To: []string{chat.ToGuardians}, Title: "Studiedag"})
	if wrong != "" {
		t.Fatal(wrong)
	}
	if got, want := s.readers(id), []string{"anna", "bas", "fatima", "ingrid", "joris", "samira"}; !slices.Equal(got, want) {
		t.Errorf("read by %v, want %v", got, want)
	}
	for _, who := range []string{"anna", "fatima"} {
		if _, _, err := s.talks.Say(ctx, s.as(who), id, portfolio.NewID(), "Hoe laat?"); kindOf(err) != "forbidden" {
			t.Errorf("%s answers in it: %v", who, err)
		}
	}
	s.say("ingrid", id, "Om tien uur.")
	question, wrong := s.begin("anna", chat.NewTalk{Student: s.ids["noor"], With: s.persons("ingrid"), Asks: id, Text: "Hoe laat?"})
	if wrong != "" {
		t.Fatal(wrong)
	}
	if got, want := s.readers(question), []string{"anna", "ingrid"}; !slices.Equal(got, want) {
		t.Errorf("the question is read by %v, want %v", got, want)
	}
	if _, wrong := s.begin("anna", chat.NewTalk{Student: s.ids["noor"], With: s.persons("fatima"), Asks: id}); wrong != "error.not_found" {
		t.Errorf("to who did not send it: %q", wrong)
	}
	if _, wrong := s.begin("joost", chat.NewTalk{Student: s.ids["sem"], With: s.persons("ingrid"), Asks: id}); wrong != "error.not_found" {
		t.Errorf("by who does not read it: %q", wrong)
	}
	// Who reads along is told by name to staff, and to the others by number.
	for who, want := range map[string]int{"joris": 6, "anna": 2} {
		talk, err := s.talks.Open(ctx, s.as(who), id)
		if err != nil || len(talk.Faces) != want || talk.Counts[portfolio.HatGuardian] != 3 {
			t.Errorf("%s is told %d faces and %v, want %d: %v", who, len(talk.Faces), talk.Counts, want, err)
		}
	}
}

func TestAKindThatTheSchoolTurnedOffIsHiddenAndRefused(t *testing.T) {
	s := newSchool(t)
	class := s.ids["groep 7"]
	for _, c := range []struct {
		who string
		n   chat.NewTalk
	}{
		{"fatima", chat.NewTalk{Kind: chat.ClassTalk, Class: class}},
		{"fatima", chat.NewTalk{Kind: chat.ClassGuardians, Class: class}},
		{"noor", chat.NewTalk{Kind: chat.StudentsTalk, Class: class, With: s.persons("sem")}},
		{"fatima", chat.NewTalk{Kind: chat.StaffTalk, With: s.persons("ingrid")}},
		{"fatima", chat.NewTalk{Kind: chat.Announcement, Class: class, To: []string{chat.ToGuardians}, Title: "Uitje"}},
		{"noor", chat.NewTalk{Kind: chat.StudentTeacher, Student: s.ids["noor"], With: s.persons("fatima")}},
		{"anna", chat.NewTalk{Kind: chat.GuardianTeacher, Student: s.ids["noor"], With: s.persons("fatima")}},
	} {
		t.Run(string(c.n.Kind), func(t *testing.T) {
			offered := func() bool {
				all, err := s.talks.Offers(ctx, s.as(c.who))
				if err != nil {
					t.Fatal(err)
				}
				return slices.ContainsFunc(all, func(o chat.Offer) bool { return o.Kind == c.n.Kind })
			}
			s.decide(turn(c.n.Kind, true))
			id, wrong := s.begin(c.who, c.n)
			if wrong != "" || !offered() {
				t.Fatalf("on: %q, offered %v", wrong, offered())
			}
			s.decide(turn(c.n.Kind, false))
			if _, wrong := s.begin(c.who, c.n); wrong != "error.talk_off" || offered() {
				t.Errorf("off: %q, offered %v", wrong, offered())
			}
			if _, _, err := s.talks.Say(ctx, s.as(c.who), id, portfolio.NewID(), "nog iets"); kindOf(err) != "forbidden" {
				t.Errorf("saying: %v", err)
			}
			if got, err := s.reads(c.who, id); err != nil || len(got) != 1 {
				t.Errorf("what was said: %q, %v", got, err)
			}
		})
	}
}

func TestParentsOfAClassAnswerEachOtherOnlyWhereTheSchoolLetsThem(t *testing.T) {
	s := newSchool(t)
	id, wrong := s.begin("fatima", chat.NewTalk{Kind: chat.ClassGuardians, Class: s.ids["groep 7"]})
	if wrong != "" {
		t.Fatal(wrong)
	}
	names := func() (out []string) {
		talk, err := s.talks.Open(ctx, s.as("anna"), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range talk.Faces {
			out = append(out, f.Name)
		}
		slices.Sort(out)
		return out
	}
	if _, _, err := s.talks.Say(ctx, s.as("anna"), id, portfolio.NewID(), "Wie rijdt er mee?"); kindOf(err) != "forbidden" {
		t.Errorf("by default: %v", err)
	}
	if got, want := names(), []string{"anna", "fatima", "joris"}; !slices.Equal(got, want) {
		t.Errorf("by default Anna is told of %v, want %v", got, want)
	}
	s.decide(func(p *portfolio.TalkPolicy) { p.Parents = true })
	s.say("anna", id, "Wie rijdt er mee?")
	if got, want := names(), []string{"anna", "bas", "fatima", "joris", "samira"}; !slices.Equal(got, want) {
		t.Errorf("Anna is told of %v, want %v", got, want)
	}
}

func TestNoMemberOfStaffIsAloneWithAStudentUnlessTheSchoolAllowsIt(t *testing.T) {
	s := newSchool(t)
	talk := s.start("noor", "noor", "fatima")
	if got, want := s.readers(talk.ID), []string{"fatima", "joris", "noor"}; !slices.Equal(got, want) {
		t.Errorf("read by %v, want %v", got, want)
	}
	// The second loses the duty: another joins before anything is said, and there
	// is none, so nothing is.
	s.end("joris duty groep 7", s.today())
	if _, _, err := s.talks.Say(ctx, s.as("noor"), talk.ID, portfolio.NewID(), "hoi"); kindOf(err) != "forbidden" {
		t.Errorf("alone: %v", err)
	}
	if _, wrong := s.begin("noor", chat.NewTalk{Student: s.ids["noor"], With: s.persons("fatima")}); wrong != "error.talk_second" {
		t.Errorf("beginning alone: %q", wrong)
	}
	s.fact("ingrid", portfolio.FactDuty, "groep 7", portfolio.Fact{Kind: portfolio.DutyMentor, From: 2026_08_01})
	s.say("noor", talk.ID, "hoi juf")
	if got, _ := s.reads("ingrid", talk.ID); !slices.Equal(got, []string{"hoi juf"}) {
		t.Errorf("Ingrid, who joined, reads %q", got)
	}
	s.end("ingrid duty groep 7", s.today())
	s.decide(func(p *portfolio.TalkPolicy) { p.OneToOne = true })
	s.say("noor", talk.ID, "nu samen")
	if got, want := s.readers(talk.ID), []string{"fatima", "noor"}; !slices.Equal(got, want) {
		t.Errorf("one to one: read by %v, want %v", got, want)
	}
	// A parent in it is company enough.
	s.decide(func(p *portfolio.TalkPolicy) { p.OneToOne = false })
	with := s.start("fatima", "noor", "noor", "anna")
	if got, want := s.readers(with.ID), []string{"anna", "fatima", "noor"}; !slices.Equal(got, want) {
		t.Errorf("with a parent: read by %v, want %v", got, want)
	}
}

func TestParentsAreInOneConversationOnlyWhileBothSayYes(t *testing.T) {
	s := newSchool(t)
	both := chat.NewTalk{Student: s.ids["noor"], With: s.persons("anna", "bas")}
	refused := func(when string) {
		t.Helper()
		if _, wrong := s.begin("fatima", both); wrong != "error.talk_family" {
			t.Errorf("%s: got %q", when, wrong)
		}
	}
	refused("nobody said anything")
	if err := s.lib.SayTogether(ctx, s.as("anna"), s.ids["noor"], s.ids["bas"], true); err != nil {
		t.Fatal(err)
	}
	refused("Anna alone said yes")
	if all, err := s.lib.Companions(ctx, s.as("bas"), s.ids["noor"]); err != nil || len(all) != 1 || all[0].Both || all[0].Mine {
		t.Errorf("Bas is told %+v, %v: not what Anna said", all, err)
	}
	s.together("noor", "anna", "bas", true)
	id, wrong := s.begin("anna", chat.NewTalk{Student: s.ids["noor"], With: s.persons("bas", "fatima")})
	if wrong != "" {
		t.Fatal(wrong)
	}
	if _, wrong := s.begin("anna", chat.NewTalk{Student: s.ids["noor"], With: s.persons("bas")}); wrong != "error.talk_school" {
		t.Errorf("without school: %q", wrong)
	}
	bas, anna := s.tab("bas").join(), s.tab("anna").join()
	bas.look()
	anna.look()
	s.say("fatima", id, "samen")
	if got := only(bas.look(), "message"); len(got) != 1 {
		t.Fatalf("Bas got %+v", got)
	}
	anna.look()
	if err := s.lib.SayTogether(ctx, s.as("anna"), s.ids["noor"], s.ids["bas"], false); err != nil {
		t.Fatal(err)
	}
	s.say("fatima", id, "daarna")
	for who, x := range map[string]*tab{"anna": anna, "bas": bas} {
		if got := only(x.look(), "message"); len(got) != 0 {
			t.Errorf("%s got %+v after it was taken back", who, got)
		}
		if _, _, err := s.talks.Say(ctx, s.as(who), id, portfolio.NewID(), "en ik"); kindOf(err) != "forbidden" {
			t.Errorf("%s speaks after it was taken back: %v", who, err)
		}
		if got, _ := s.reads(who, id); !slices.Equal(got, []string{"Hallo", "samen"}) {
			t.Errorf("%s reads %q", who, got)
		}
	}
	refused("it was taken back")
	s.together("noor", "anna", "bas", true)
	s.say("fatima", id, "weer samen")
	if got, _ := s.reads("bas", id); !slices.Equal(got, []string{"Hallo", "samen", "weer samen"}) {
		t.Errorf("Bas reads %q", got)
	}
	// A court order that keeps something from Bas keeps the two apart, whatever
	// they said.
	s.fact("bas", portfolio.FactOrder, "noor", portfolio.Fact{Kind: portfolio.OrderSecretAddress, From: s.today()})
	refused("an order names Bas")
	if all, err := s.lib.Companions(ctx, s.as("anna"), s.ids["noor"]); err != nil || len(all) != 0 {
		t.Errorf("Anna is offered %+v, %v", all, err)
	}
	s.say("fatima", id, "zonder Bas")
	if got, _ := s.reads("bas", id); slices.Contains(got, "zonder Bas") {
		t.Errorf("Bas reads %q", got)
	}
}

func TestFromWhomAnOrderKeepsThePlaceIsInNothingOfTheClass(t *testing.T) {
	s := newSchool(t)
	id, _ := s.begin("fatima", chat.NewTalk{Kind: chat.Announcement, Class: s.ids["groep 7"], To: []string{chat.ToGuardians}, Title: "Uitje"})
	s.fact("bas", portfolio.FactOrder, "noor", portfolio.Fact{Kind: portfolio.OrderSecretAddress, From: s.today()})
	if got, want := s.readers(id), []string{"anna", "fatima", "joris", "samira"}; !slices.Equal(got, want) {
		t.Errorf("read by %v, want %v", got, want)
	}
}

func TestLosingCustodyDutyOrClassEndsTheConversationsOfTheClassLive(t *testing.T) {
	s := newSchool(t)
	talk, _ := s.begin("fatima", chat.NewTalk{Kind: chat.ClassTalk, Class: s.ids["groep 7"]})
	parents, _ := s.begin("fatima", chat.NewTalk{Kind: chat.ClassGuardians, Class: s.ids["groep 7"]})
	tabs := map[string]*tab{}
	for _, who := range []string{"noor", "joris", "anna", "bas", "sem"} {
		tabs[who] = s.tab(who).join()
		tabs[who].look()
	}
	got := func(text string) (out []string) {
		s.say("fatima", talk, text)
		s.say("fatima", parents, text)
		for who, x := range tabs {
			if x.code != 0 {
				x.leave()
				x.join()
			}
			if len(only(x.look(), "message")) > 0 {
				out = append(out, who)
			}
		}
		slices.Sort(out)
		return out
	}
	if got, want := got("een"), []string{"anna", "bas", "joris", "noor", "sem"}; !slices.Equal(got, want) {
		t.Errorf("heard by %v, want %v", got, want)
	}
	s.end("anna custody noor", s.today())
	s.end("joris duty groep 7", s.today())
	if got, want := got("twee"), []string{"bas", "noor", "sem"}; !slices.Equal(got, want) {
		t.Errorf("heard by %v, want %v", got, want)
	}
	s.end("groep 7 enrolment noor", s.today())
	if got, want := got("drie"), []string{"sem"}; !slices.Equal(got, want) {
		t.Errorf("heard by %v, want %v", got, want)
	}
	if _, err := s.talks.Open(ctx, s.as("noor"), talk); kindOf(err) != "not_found" {
		t.Errorf("Noor opens it: %v", err)
	}
}

func TestTheConversationOfAClassEndsWithTheClass(t *testing.T) {
	s := newSchool(t)
	id, _ := s.begin("noor", chat.NewTalk{Kind: chat.ClassTalk, Class: s.ids["groep 7"]})
	s.clock.advance(270 * 24 * time.Hour) // 31 July
	s.say("noor", id, "fijne vakantie")
	s.clock.advance(24 * time.Hour)
	if got := s.readers(id); len(got) != 0 {
		t.Errorf("on 1 August it is read by %v", got)
	}
}

// TestALargeClassIsGatheredOnceAndNotForEachMessage counts what is asked of the
// store while somebody talks to more people than a written-down conversation
// can have.
func TestALargeClassIsGatheredOnceAndNotForEachMessage(t *testing.T) {
	s := newSchool(t)
	for i := range 60 {
		name := fmt.Sprint("kind ", i)
		p, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: name}, Hats: []string{portfolio.HatStudent}, Birth: portfolio.Birth{Earliest: 2016_03_01, Latest: 2016_03_01}})
		if err != nil {
			t.Fatal(err)
		}
		s.ids[name] = p.ID
		s.fact("groep 7", portfolio.FactEnrolment, name, portfolio.Fact{From: 2026_08_01})
	}
	id, wrong := s.begin("fatima", chat.NewTalk{Kind: chat.ClassTalk, Class: s.ids["groep 7"]})
	if wrong != "" {
		t.Fatal(wrong)
	}
	counting := &asked{Store: s.store}
	s.talks = chat.New(portfolio.NewLibrary(counting, nil, app.Intake{}, s.clock.now), counting, s.clock.now)
	talk, err := s.talks.Open(ctx, s.as("fatima"), id)
	if err != nil || len(talk.Faces) != 64 || talk.Counts[portfolio.HatStudent] != 62 {
		t.Fatalf("%d faces, %v: %v", len(talk.Faces), talk.Counts, err)
	}
	s.say("fatima", id, "een")
	before := counting.n.Load()
	for range 5 {
		s.say("fatima", id, "meer")
	}
	if n := counting.n.Load() - before; n > 5*30 {
		t.Errorf("five messages to 64 people asked the store %d times", n)
	}
}

// asked counts what is asked of a store.
type asked struct {
	portfolio.Store
	n atomic.Int64
}

func (s *asked) Get(ctx context.Context, r portfolio.Ref) (portfolio.Doc, error) {
	s.n.Add(1)
	return s.Store.Get(ctx, r)
}

func (s *asked) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	s.n.Add(1)
	return s.Store.List(ctx, q)
}

// TestNobodyEverReadsWhatWasSaidWhileNotThere has custody, duty, class and the
// yes of parents come and go while people talk, and compares what everybody can
// read with what the facts said at each of those instants and say now.
func TestNobodyEverReadsWhatWasSaidWhileNotThere(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	for range 12 {
		s := newSchool(t)
		s.decide(func(p *portfolio.TalkPolicy) { p.Parents, p.OneToOne = true, true })
		class, _ := s.begin("fatima", chat.NewTalk{Kind: chat.ClassTalk, Class: s.ids["groep 7"]})
		parents, _ := s.begin("fatima", chat.NewTalk{Kind: chat.ClassGuardians, Class: s.ids["groep 7"]})
		s.together("noor", "anna", "bas", true)
		own, wrong := s.begin("fatima", chat.NewTalk{Student: s.ids["noor"], With: s.persons("anna", "bas", "noor", "joris")})
		if wrong != "" {
			t.Fatal(wrong)
		}
		on := map[string]bool{"anna": true, "bas": true, "joris": true, "noor": true, "yes": true}
		// touch is who may be there at all, in is who hears: in this test's own words.
		touch := func(who, talk string) bool {
			switch who {
			case "fatima":
				return talk != own || on["noor"]
			case "joris":
				return on["joris"] && (talk != own || on["noor"])
			case "noor":
				return talk == own || talk == class && on["noor"]
			}
			return talk == own && on[who] || talk == parents && on[who] && on["noor"]
		}
		in := func(who, talk string) bool {
			return touch(who, talk) && (talk != own || who != "anna" && who != "bas" || on["yes"])
		}
		cast := []string{"fatima", "joris", "noor", "anna", "bas"}
		speaker := map[string]string{class: "fatima", parents: "fatima", own: "noor"}
		type said struct {
			text string
			to   map[string]bool
		}
		all := map[string][]said{}
		for turn := range 4 + dice.IntN(6) {
			s.clock.advance(24 * time.Hour) // a fact holds for whole days
			which := []string{"anna", "bas", "joris", "noor", "yes"}[dice.IntN(5)]
			x, party := portfolio.FactCustody, which
			about, f := "noor", portfolio.Fact{From: s.today(), Verified: s.today()}
			switch which {
			case "joris":
				x, about, f = portfolio.FactDuty, "groep 7", portfolio.Fact{Kind: portfolio.DutyTeacher, From: s.today()}
			case "noor":
				x, party, f = portfolio.FactEnrolment, "groep 7", portfolio.Fact{From: s.today()}
			}
			switch {
			case which == "yes" && !(on["anna"] && on["bas"]):
				continue // who is not in touch is not asked
			case which == "yes":
				s.together("noor", "anna", "bas", !on["yes"])
			case on[which]:
				s.end(fmt.Sprint(party, " ", x, " ", about), s.today())
			default:
				s.fact(party, x, about, f)
			}
			on[which] = !on[which]
			for talk, who := range speaker {
				line := said{fmt.Sprint("beurt ", turn), map[string]bool{}}
				for _, who := range cast {
					line.to[who] = in(who, talk)
				}
				s.say(who, talk, line.text)
				all[talk] = append(all[talk], line)
			}
		}
		for talk, lines := range all {
			for _, who := range cast {
				got, err := s.reads(who, talk)
				if !touch(who, talk) {
					if kindOf(err) != "not_found" {
						t.Fatalf("%s opens it and reads %q, %v", who, got, err)
					}
					continue
				}
				for _, x := range lines {
					if slices.Contains(got, x.text) != x.to[who] {
						t.Fatalf("%s reads %q; of %q want %v", who, got, x.text, x.to[who])
					}
				}
			}
		}
	}
}
