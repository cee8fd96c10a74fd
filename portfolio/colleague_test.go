package portfolio_test

import (
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

// puppet makes a second account for the first administrator, who knows the
// password, and puts on its hat.
func (s *school) puppet(hats ...string) portfolio.Actor {
	s.t.Helper()
	p, err := s.lib.Welcome(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "marionet"}, Hats: hats}, "marionet", "hash")
	s.ok(err)
	return portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: hats[0]}
}

func TestOneAdministratorWithTwoAccountsIsNotTwo(t *testing.T) {
	for _, hat := range []string{portfolio.HatAdmin, portfolio.HatStaff, portfolio.HatFG} {
		s := newSchool(t)
		puppet := s.puppet(hat)
		custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
		_, err := s.lib.ConfirmFact(ctx, puppet, custody.ID)
		s.fails(err, portfolio.NotFound)
		// The other way round, and a puppet that lets a puppet in, or itself.
		_, err = s.lib.RecordFact(ctx, puppet, portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("joost"), From: 20160101, Verified: 20260101, Evidence: "x"})
		s.fails(err, portfolio.Forbidden)
		for _, a := range []portfolio.Actor{puppet, s.admin} {
			_, err = s.lib.Agree(ctx, a, puppet.Person)
			s.fails(err, portfolio.Forbidden)
			_, err = s.lib.Disagree(ctx, a, puppet.Person, "nee")
			s.fails(err, portfolio.Forbidden)
		}
		_, err = s.lib.AddPerson(ctx, puppet, portfolio.Person{Name: portfolio.Name{Given: "nog een"}, Hats: []string{portfolio.HatAdmin}})
		s.fails(err, portfolio.Forbidden)
		acc, err := s.lib.SignIn(ctx, "marionet", "10.0.0.1", func(string) bool { return true })
		s.ok(err)
		_, _, err = s.lib.StartSession(ctx, acc)
		s.fails(err, portfolio.Forbidden)
		if w := s.ward("joost", "sem"); w.Standing != portfolio.Route {
			t.Errorf("%s: one person gave inspection: %v", hat, w.Standing)
		}
		// And with somebody else's yes it is a colleague like any other.
		p, err := s.lib.Agree(ctx, s.other, puppet.Person)
		s.ok(err)
		if !p.Wears(hat) || len(p.Asked) > 0 {
			t.Errorf("%s: agreed with, and wears %v, asked %v", hat, p.Hats, p.Asked)
		}
		if _, _, err = s.lib.StartSession(ctx, acc); err != nil {
			t.Errorf("%s: agreed with, and cannot sign in: %v", hat, err)
		}
		_, err = s.lib.Agree(ctx, s.other, puppet.Person)
		s.fails(err, portfolio.Conflict)
	}
}

func TestTheFirstAdministratorOfANewSchoolSetsItUpAndGivesNothingAlone(t *testing.T) {
	s := newSchool(t)
	s.found("De Eik", "karin") // its second is vouched for
	karin, school := s.admin, s.admin.School
	o, err := s.lib.Overview(ctx, karin)
	s.ok(err)
	if o.Alone {
		t.Error("with a second administrator the first is called alone")
	}
	sch, admin, err := s.lib.FoundSchool(ctx, portfolio.School{Name: "De Beuk"}, portfolio.Person{Name: portfolio.Name{Given: "piet"}}, "piet", "hash")
	s.ok(err)
	piet := portfolio.Actor{School: sch.ID, Person: admin.ID, Hat: portfolio.HatAdmin}
	child, err := s.lib.AddPerson(ctx, piet, portfolio.Person{Name: portfolio.Name{Given: "kind"}, Hats: []string{portfolio.HatStudent}, Birth: portfolio.Birth{Earliest: 20160101, Latest: 20160101}})
	s.ok(err)
	class, err := s.lib.AddClass(ctx, piet, portfolio.Class{Name: "groep 1", From: 20260801, Until: 20270801})
	s.ok(err)
	enrolment, err := s.lib.RecordFact(ctx, piet, portfolio.Fact{Type: portfolio.FactEnrolment, About: child.ID, Party: class.ID, From: 20260801})
	s.ok(err)
	second, err := s.lib.Welcome(ctx, piet, portfolio.Person{Name: portfolio.Name{Given: "els"}, Hats: []string{portfolio.HatAdmin}}, "els", "hash")
	s.ok(err)
	if o, err = s.lib.Overview(ctx, piet); err != nil || !o.Alone {
		t.Errorf("alone: %v, %v, want it said", o.Alone, err)
	}
	els := portfolio.Actor{School: sch.ID, Person: second.ID, Hat: portfolio.HatAdmin}
	_, err = s.lib.ConfirmFact(ctx, els, enrolment.ID)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.Vouch(ctx, school, second.ID)
	s.fails(err, portfolio.NotFound) // of another school
	if _, err = s.lib.VouchFor(ctx, "niemand"); portfolio.KindOf(err) != portfolio.NotFound {
		t.Errorf("vouching for nobody: %v", err)
	}
	agreed, err := s.lib.VouchFor(ctx, " Els")
	s.ok(err)
	if len(agreed) != 1 || !agreed[0].Wears(portfolio.HatAdmin) {
		t.Fatalf("agreed with %+v", agreed)
	}
	_, err = s.lib.VouchFor(ctx, "els")
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.ConfirmFact(ctx, els, enrolment.ID)
	s.ok(err)
}

func TestAnAccountForAColleagueWaitsForASecondToo(t *testing.T) {
	s := newSchool(t) // nobody in it has an account but the first administrator
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
	s.fails(s.lib.AddAccount(ctx, s.admin, s.other.Person, "wim", "hash"), portfolio.Exists)
	s.fails(s.lib.AddAccount(ctx, s.admin, s.other.Person, "met spatie", "hash"), portfolio.Invalid)
	if s.waiting() != 1 {
		t.Fatal("an account that could not be made took the hat")
	}
	s.ok(s.lib.AddAccount(ctx, s.admin, s.other.Person, "ada", "hash"))
	_, err := s.lib.ConfirmFact(ctx, s.other, custody.ID)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.Agree(ctx, s.who["petra"], s.other.Person) // the privacy officer
	s.ok(err)
	_, err = s.lib.ConfirmFact(ctx, s.other, custody.ID)
	s.ok(err)
	// Of a parent nothing waits: custody does that.
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("joost"), "joost", "hash"))
	if p, err := s.lib.PersonByID(ctx, s.admin, s.id("joost")); err != nil || !p.Wears(portfolio.HatGuardian) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWhoSeesWhoseHatsWaitAndWhoDecides(t *testing.T) {
	s := newSchool(t)
	puppet := s.puppet(portfolio.HatStaff, portfolio.HatGuardian)
	for who, want := range map[string]int{"petra": 1, "fatima": 0, "samira": 0, "sem": 0} {
		all, err := s.lib.Colleagues(ctx, s.who[who])
		s.ok(err)
		if len(all) != want {
			t.Errorf("%s sees %d", who, len(all))
		}
		if want == 0 {
			_, err = s.lib.Agree(ctx, s.who[who], puppet.Person)
			s.fails(err, portfolio.Forbidden)
		}
	}
	all, err := s.lib.Colleagues(ctx, s.admin)
	s.ok(err)
	if len(all) != 1 || !all[0].Own || all[0].AskedName != "wim" || !all[0].Wears(portfolio.HatGuardian) {
		t.Errorf("to who asked: %+v", all)
	}
	_, err = s.lib.Disagree(ctx, s.other, puppet.Person, " ")
	s.fails(err, portfolio.Invalid)
	p, err := s.lib.Disagree(ctx, s.other, puppet.Person, "Deze collega ken ik niet.")
	s.ok(err)
	if p.Wears(portfolio.HatStaff) || len(p.Asked) > 0 || !p.Wears(portfolio.HatGuardian) {
		t.Errorf("declined: wears %v, asked %v", p.Hats, p.Asked)
	}
	said := ""
	for _, n := range s.noticesOf(s.admin) {
		if n.What == "colleague_declined" {
			said = n.Said
		}
	}
	if said != "Deze collega ken ik niet." {
		t.Errorf("who asked is told %q", said)
	}
}

func (s *school) noticesOf(a portfolio.Actor) []*portfolio.Noticed {
	s.t.Helper()
	all, err := s.lib.Notices(ctx, a, 100)
	s.ok(err)
	return all
}

// rings counts the notices that say that something waits.
func (s *school) rings(a portfolio.Actor) (all, unread int) {
	s.t.Helper()
	for _, n := range s.noticesOf(a) {
		if n.What == "to_confirm" {
			all++
			if n.ReadAt.IsZero() {
				unread++
			}
		}
	}
	return all, unread
}

func TestWhoMayConfirmHearsOnceThatSomethingWaits(t *testing.T) {
	s := newSchool(t)
	s.person("mentor", portfolio.HatStaff, portfolio.Birth{})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: s.class.ID, Party: s.id("mentor"), From: 20260801})
	s.ok(s.lib.ReadNotices(ctx, s.other, s.noticesOf(s.other)))
	for _, child := range []string{"lotte", "milan"} {
		s.record(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id(child), Party: s.class.ID, From: 20260801})
	}
	if all, unread := s.rings(s.other); all != 1 || unread != 1 {
		t.Errorf("after two: %d notices, %d unread, want one", all, unread)
	}
	if all, _ := s.rings(s.who["mentor"]); all != 0 {
		t.Errorf("the mentor hears of class lists: %d", all)
	}
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderInform, About: s.id("sem"), Party: s.id("joost"), From: 20260101})
	for name, want := range map[string]int{"mentor": 1, "fatima": 0, "joris": 0, "samira": 0, "joost": 0, "petra": 0} {
		if name == "petra" {
			s.ok(s.lib.ReadNotices(ctx, s.who[name], s.noticesOf(s.who[name])))
		}
		if _, unread := s.rings(s.who[name]); unread != want {
			t.Errorf("%s hears %d times, want %d", name, unread, want)
		}
	}
	if all, _ := s.rings(s.admin); all != 0 {
		t.Errorf("who recorded all of it hears of it: %d", all)
	}
	s.ok(s.lib.ReadNotices(ctx, s.other, s.noticesOf(s.other)))
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderInform, About: s.id("lotte"), Party: s.id("joost"), From: 20260101})
	if all, unread := s.rings(s.other); all != 1 || unread != 1 {
		t.Errorf("after reading it and one more: %d notices, %d unread", all, unread)
	}
}

func TestWhoRecordedItIsToldWhyAnotherSaidNo(t *testing.T) {
	s := newSchool(t)
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
	const why = "Het stuk is niet ondertekend."
	_, err := s.lib.DeclineFact(ctx, s.other, custody.ID, why)
	s.ok(err)
	i := slices.IndexFunc(s.noticesOf(s.admin), func(n *portfolio.Noticed) bool { return n.What == "yours_declined" })
	if i < 0 {
		t.Fatal("who recorded it is not told")
	}
	if n := s.noticesOf(s.admin)[i]; n.Said != why || n.PartyName != "ada" || n.Student != s.id("sem") {
		t.Errorf("told %+v", n)
	}
	said, err := s.lib.Statements(ctx, s.admin, s.id("sem"))
	s.ok(err)
	i = slices.IndexFunc(said, func(x *portfolio.Statement) bool { return x.ID == custody.ID })
	if x := said[i]; !x.Declined || x.DeclinedWhy != why || x.DeclinedName != "ada" || x.DeclinedAt.IsZero() {
		t.Errorf("on the page: %+v", x.Fact)
	}
	mine, err := s.lib.DeclinedLately(ctx, s.admin)
	s.ok(err)
	if len(mine) != 1 || mine[0].DeclinedWhy != why {
		t.Errorf("of the first administrator %d were declined", len(mine))
	}
	for _, a := range []portfolio.Actor{s.other, s.who["fatima"]} {
		if theirs, err := s.lib.DeclinedLately(ctx, a); err != nil || len(theirs) != 0 {
			t.Errorf("of %s: %d, %v", a.Hat, len(theirs), err)
		}
	}
	s.later(31 * 24 * time.Hour)
	if mine, err = s.lib.DeclinedLately(ctx, s.admin); err != nil || len(mine) != 0 {
		t.Errorf("a month later: %d, %v", len(mine), err)
	}
}

func TestOnlyClassesAndDutiesAreConfirmedTogetherAndNotTooMany(t *testing.T) {
	s := newSchool(t)
	custody := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20160101, Verified: 20260101})
	var ids []string
	for _, child := range []string{"lotte", "milan"} {
		ids = append(ids, s.record(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id(child), Party: s.class.ID, From: 20260801}).ID)
	}
	s.fails(s.lib.ConfirmRoster(ctx, s.other, append(slices.Clone(ids), custody.ID)), portfolio.Invalid)
	s.fails(s.lib.ConfirmRoster(ctx, s.other, make([]string, portfolio.MostAtOnce+1)), portfolio.Invalid)
	s.fails(s.lib.ConfirmRoster(ctx, s.admin, ids), portfolio.Forbidden)
	if got := s.waiting(); got != 3 {
		t.Fatalf("%d wait, want all three still", got)
	}
	s.confirm(&portfolio.Fact{Head: portfolio.Head{ID: ids[0]}})
	s.ok(s.lib.ConfirmRoster(ctx, s.other, append(ids, ids[0], ids[1]))) // one was decided, and each is there twice
	if got := s.waiting(); got != 1 {
		t.Errorf("%d wait, want the custody", got)
	}
}

func TestThePreviewTellsSinceWhenItCouldStillBeSeen(t *testing.T) {
	s := newSchool(t)
	custody := s.factOf(portfolio.FactCustody, "sem", "samira")
	for day, want := range map[portfolio.Date]portfolio.Date{20261101: 20261101, 20261122: 0, 20261201: 0, 20150101: 20160101} {
		e, err := s.lib.PreviewEnd(ctx, s.admin, custody.ID, day)
		s.ok(err)
		if e.Since != want || !e.Takes {
			t.Errorf("ended on %s: since %v, takes %v", day, e.Since, e.Takes)
		}
		order := portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("joost"), From: day, Evidence: "x"}
		r, err := s.lib.PreviewFact(ctx, s.admin, order)
		s.ok(err)
		if late := r.Since != 0; late != (day < 20261122) {
			t.Errorf("an order from %s: since %v", day, r.Since)
		}
	}
}
