package portfolio_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"

	"pgregory.net/rapid"
)

func names(readers []portfolio.Reader) string {
	var out []string
	for _, r := range readers {
		out = append(out, fmt.Sprint(r.Name.Given, " ", r.Decision.Rule))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestWhoSeesAThingIsToldToTheStudentWhoFollowsAndWhoIsOnDuty(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: append(slices.Clone(inClass), portfolio.ToClassGuardians)})
	for _, who := range []string{"sem", "samira", "fatima"} {
		r, err := s.lib.WorkReaders(ctx, s.who[who], w.ID)
		s.ok(err)
		if got, want := names(r.Readers), "fatima 7, mees 8, samira 6.1"; got != want || !r.Self || r.Title != "vulkaan" {
			t.Errorf("%s reads %q (%v, %q), want %q", who, got, r.Self, r.Title, want)
		}
	}
	// Mees sees the work, as a classmate; joost is family; lotte, joris and petra
	// see nothing. None of them learns who does.
	for _, who := range []string{"mees", "mees-ma", "joost", "lotte", "joris", "petra"} {
		_, err := s.lib.WorkReaders(ctx, s.who[who], w.ID)
		s.fails(err, portfolio.NotFound)
	}
	_, err := s.lib.WorkReaders(ctx, s.who["samira"], s.add("sem", portfolio.NewWork{Title: "geheim"}).ID)
	s.fails(err, portfolio.NotFound)
	// Who was given a share opens it, and does not learn the names.
	s.fact(portfolio.Fact{Type: portfolio.FactShare, By: s.id("samira"), Party: s.id("mees-ma"), About: s.id("sem"), Items: []string{w.ID}, From: 20260101})
	_, err = s.lib.Work(ctx, s.who["mees-ma"], w.ID)
	s.ok(err)
	_, err = s.lib.WorkReaders(ctx, s.who["mees-ma"], w.ID)
	s.fails(err, portfolio.NotFound)
	r, err := s.lib.WorkReaders(ctx, s.who["sem"], w.ID)
	s.ok(err)
	if got, want := names(r.Readers), "fatima 7, mees 8, mees-ma 9, samira 6.1"; got != want {
		t.Errorf("with a share %q, want %q", got, want)
	}
}

func TestADraftAssessmentIsItsAuthorsAloneAlsoInWhoSeesIt(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	draft, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	r, err := s.lib.AssessmentReaders(ctx, s.who["fatima"], draft.ID)
	s.ok(err)
	if got := names(r.Readers); got != "fatima 3" || r.Self || len(r.Askers) > 0 {
		t.Errorf("of a draft: %q, the student %v, %d askers", got, r.Self, len(r.Askers))
	}
	for _, who := range []string{"sem", "samira"} {
		_, err := s.lib.AssessmentReaders(ctx, s.who[who], draft.ID)
		s.fails(err, portfolio.NotFound)
	}
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], draft.ID, draft.Rev)
	s.ok(err)
	r, err = s.lib.AssessmentReaders(ctx, s.who["samira"], draft.ID)
	s.ok(err)
	if got, ask := names(r.Readers), names(r.Askers); got != "fatima 7, samira 6.1" || ask != "joost 6.3" || !r.Self {
		t.Errorf("once published: %q, may ask %q, the student %v", got, ask, r.Self)
	}
}

func TestWhoSeesAThingSaysUntilWhenWhereItEnds(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: inClass})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "teacher", About: s.id("sem"), Party: s.id("joris"), From: 20261101, Until: 20261201})
	s.person("ada", portfolio.HatStaff, portfolio.Birth{})
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.id("sem"))
	s.ok(err)
	i := slices.IndexFunc(facts, func(f *portfolio.Fact) bool { return f.Type == portfolio.FactEnrolment })
	_, err = s.lib.EndFact(ctx, s.admin, facts[i].ID, 20270110, "naar klas 8")
	s.ok(err)
	// Samira's decision ends too, at Sem's 16th birthday, and the work stays open
	// to her: that is no end. The class, and who teaches it, ends with Sem's place.
	// That a court order about Ada is to come is not told.
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "mentor", About: s.id("sem"), Party: s.id("ada"), From: 20261101})
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("ada"), From: 20261205})
	r, err := s.lib.WorkReaders(ctx, s.who["sem"], w.ID)
	s.ok(err)
	want := map[string]portfolio.Date{"ada": 0, "joris": 20261201, "mees": 20270110, "samira": 0, "fatima": 20270110}
	got := map[string]portfolio.Date{}
	for _, x := range r.Readers {
		got[x.Name.Given] = 0
		if !x.Ends.IsZero() {
			got[x.Name.Given] = portfolio.DateOf(x.Ends)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("ends %v, want %v", got, want)
	}
}

// The property: on any facts of the school, the names are exactly those of the
// people for whom the door opens in a hat they wear.
func TestTheNamesAreExactlyThoseForWhomTheDoorOpens(t *testing.T) {
	s := newSchool(t)
	for _, who := range []string{"fatima", "petra"} { // more hats, also on who has no portfolio's hat
		p, err := s.lib.PersonByID(ctx, s.admin, s.id(who))
		s.ok(err)
		hats := append(p.Hats, portfolio.HatGuardian)
		other := s.welcome(portfolio.Person{Name: portfolio.Name{Given: who + " 2"}, Hats: hats})
		s.who[who+" 2"] = portfolio.Actor{School: s.admin.School, Person: other.ID, Hat: hats[0]}
	}
	var work, draft, published string
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: inClass})
	work = w.ID
	a, err := s.lib.Assess(ctx, s.who["fatima"], work, portfolio.NewAssessment{Level: 2})
	s.ok(err)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
	s.ok(err)
	published = a.ID
	a, err = s.lib.Assess(ctx, s.who["fatima"], work, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	draft = a.ID
	people, err := s.lib.People(ctx, s.admin)
	s.ok(err)
	adults := []string{"samira", "joost", "mees-ma", "fatima", "joris", "petra", "fatima 2", "petra 2", "mees", "lotte"}

	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom(adults).Draw(t, "who")
		f := portfolio.Fact{About: s.id("sem"), Party: s.id(who), Evidence: "stuk",
			From: rapid.SampledFrom([]portfolio.Date{0, 20260101, 20261122, 20270101}).Draw(t, "from")}
		f.Type = rapid.SampledFrom([]portfolio.FactType{portfolio.FactCustody, portfolio.FactRelation, portfolio.FactDuty, portfolio.FactOrder,
			portfolio.FactRefusal, portfolio.FactShare, portfolio.FactYes, portfolio.FactRestriction}).Draw(t, "type")
		switch f.Type {
		case portfolio.FactCustody:
			f.Verified = rapid.SampledFrom([]portfolio.Date{0, 20260101}).Draw(t, "verified")
		case portfolio.FactRelation:
			f.Kind = rapid.SampledFrom([]string{portfolio.RelationLegalParent, portfolio.RelationCarer, portfolio.RelationSupervisor}).Draw(t, "relation")
		case portfolio.FactDuty:
			f.Kind = rapid.SampledFrom([]string{portfolio.DutyTeacher, portfolio.DutyMentor, portfolio.DutyCare}).Draw(t, "duty")
		case portfolio.FactOrder:
			f.Kind = rapid.SampledFrom([]string{portfolio.OrderNoInformation, portfolio.OrderNoContact, portfolio.OrderInform, portfolio.OrderSecretAddress}).Draw(t, "order")
		case portfolio.FactRefusal:
			f.Kinds, f.Review = []string{rapid.SampledFrom([]string{portfolio.ItemWork, portfolio.ItemAssessment}).Draw(t, "refused")}, 20280101
		case portfolio.FactShare:
			f.By, f.Items, f.Kinds = s.id("samira"), []string{portfolio.All}, []string{portfolio.ItemWork, portfolio.ItemAssessment}
		case portfolio.FactYes:
			f.Party, f.Kind = "", rapid.SampledFrom([]string{portfolio.ToClassGuardians, portfolio.ToSchool}).Draw(t, "yes")
		case portfolio.FactRestriction:
			f.Party, f.Items = "", []string{published}
		}
		// Most facts are recorded and confirmed; some are refused (Exists, Invalid)
		// and some must wait. The world grows, and the property must always hold.
		if made, err := s.lib.RecordFact(ctx, s.admin, f); err == nil {
			if made.Waits && rapid.Bool().Draw(t, "confirmed") {
				if _, err := s.lib.ConfirmFact(ctx, s.other, made.ID); err != nil {
					t.Fatal(err)
				}
			}
			if rapid.IntRange(0, 2).Draw(t, "ended") == 0 {
				if _, err := s.lib.EndFact(ctx, s.admin, made.ID, 20261122, "einde"); err != nil && portfolio.KindOf(err) != portfolio.Conflict {
					t.Fatal(err)
				}
			}
		}
		audience := rapid.SliceOfDistinct(rapid.SampledFrom([]string{portfolio.ToGuardians, portfolio.ToStaff, portfolio.ToClass, portfolio.ToClassGuardians, portfolio.ToSchool}),
			func(x string) string { return x }).Draw(t, "audience")
		now, err := s.lib.OwnWork(ctx, s.who["sem"], work)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.lib.ShareWork(ctx, s.who["sem"], work, now.Rev, audience); err != nil {
			t.Fatal(err)
		}
		opens := func(id string, a portfolio.Actor) bool {
			var err error
			if id == work {
				_, err = s.lib.Work(ctx, a, id)
			} else {
				_, err = s.lib.Assessment(ctx, a, id)
			}
			if err != nil && portfolio.KindOf(err) != portfolio.NotFound {
				t.Fatal(err)
			}
			return err == nil
		}
		for _, id := range []string{work, draft, published} {
			var want, told []string
			var teller *portfolio.Readership
			for _, p := range people {
				sees := false
				for _, hat := range p.Hats {
					a := portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: hat}
					if !opens(id, a) {
						continue
					}
					sees = true
					read := s.lib.WorkReaders
					if id != work {
						read = s.lib.AssessmentReaders
					}
					if r, err := read(ctx, a, id); err == nil {
						teller = r
					} else if portfolio.KindOf(err) != portfolio.NotFound {
						t.Fatal(err)
					}
				}
				if sees {
					want = append(want, p.Name.Given)
				}
			}
			if teller == nil { // nobody may be told, such as of a draft whose author became family
				continue
			}
			if teller.Self {
				told = append(told, "sem")
			}
			for _, r := range teller.Readers {
				told = append(told, r.Name.Given)
			}
			slices.Sort(want)
			slices.Sort(told)
			if !slices.Equal(want, told) {
				t.Fatalf("it opens for %v, and the page names %v", want, told)
			}
		}
	})
}

// TestAQuietReleaseIsOnNoPageOfTheStudents grants samira a work of sem that she
// may request, once with and once without telling him.
func TestAQuietReleaseIsOnNoPageOfTheStudents(t *testing.T) {
	for _, quiet := range []string{"", "Dit zou Sem nu schaden, zegt de zorg."} {
		s := deciding(t)
		w := s.add("sem", portfolio.NewWork{Title: "geheim"})
		readers := func(who string) (see, ask []string) {
			t.Helper()
			all, err := s.lib.WorkReaders(ctx, s.who[who], w.ID)
			s.ok(err)
			for _, r := range all.Readers {
				see = append(see, r.Name.Given)
			}
			for _, r := range all.Askers {
				ask = append(ask, r.Name.Given)
			}
			return see, ask
		}
		r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}})
		_, err := s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today().AddDays(7), Quiet: quiet})
		s.ok(err)
		_, err = s.lib.Work(ctx, s.who["samira"], w.ID)
		s.ok(err)

		wantSee, wantAsk := []string{"samira"}, []string(nil)
		if quiet != "" {
			wantSee, wantAsk = wantAsk, wantSee
		}
		see, ask := readers("sem")
		if !slices.Equal(see, wantSee) || !slices.Equal(ask, wantAsk) {
			t.Errorf("quiet %q: sem reads that %v see it and %v may ask, want %v and %v", quiet, see, ask, wantSee, wantAsk)
		}
		open, err := s.lib.Readers(ctx, s.who["sem"], w.ID, nil, false)
		s.ok(err)
		may, err := s.lib.Askers(ctx, s.who["sem"], w.ID, nil, false)
		s.ok(err)
		if len(open) != len(wantSee) || len(may) != len(wantAsk) {
			t.Errorf("quiet %q: while he shares it: %d see it and %d may ask, want %d and %d", quiet, len(open), len(may), len(wantSee), len(wantAsk))
		}
		if see, ask := readers("samira"); !slices.Equal(see, []string{"samira"}) || len(ask) > 0 {
			t.Errorf("quiet %q: samira reads that %v see it and %v may ask", quiet, see, ask)
		}
	}
}
