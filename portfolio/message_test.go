package portfolio_test

import (
	"slices"
	"testing"
	"time"

	"kaft/portfolio"
)

// names turns ids back into the names of the test.
func (s *school) names(near []portfolio.Near) (out []string) {
	for _, n := range near {
		for name, a := range s.who {
			if a.Person == n.ID {
				out = append(out, name+" "+n.Hat+" "+n.Standing.String())
			}
		}
	}
	return out
}

func TestWhoIsInTouchWithAStudentIsKnownToThoseOnly(t *testing.T) {
	s := newSchool(t)
	for _, who := range []string{"sem", "samira", "fatima"} {
		near, err := s.lib.InTouch(ctx, s.who[who], s.id("sem"))
		s.ok(err)
		want := []string{"sem student self", "fatima staff on_duty", "samira guardian follows"}
		if got := s.names(near); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", who, got, want)
		}
	}
	for _, who := range []string{"joost", "joris", "mees", "mees-ma", "petra", "lotte"} {
		_, err := s.lib.InTouch(ctx, s.who[who], s.id("sem"))
		s.fails(err, portfolio.NotFound)
	}
	admin := s.who["fatima"]
	admin.Hat = portfolio.HatAdmin
	_, err := s.lib.InTouch(ctx, admin, s.id("sem"))
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.InTouch(ctx, s.who["fatima"], s.id("joris"))
	s.fails(err, portfolio.NotFound)
}

func day(d portfolio.Date) time.Time { return d.Start().Add(12 * time.Hour) }

func TestAMemberIsInTouchForAsLongAsTheFactsSay(t *testing.T) {
	s := newSchool(t)
	next, err := s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 8", Year: "2027/2028", From: 20270801, Until: 20280801})
	s.ok(err)
	lotte := s.id("lotte")
	s.fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: lotte, Party: s.class.ID, From: 20260801, Until: 20270801})
	s.fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: lotte, Party: next.ID, From: 20270801})
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: "teacher", About: next.ID, Party: s.id("joris"), From: 20260801})
	cases := []struct {
		who  string
		on   portfolio.Date
		want bool
	}{
		{"lotte", 20260901, true}, {"lotte", 20291001, true},
		{"samira", 20261012, true}, // follows
		{"samira", 20261014, true}, // 16: is told about progress
		{"samira", 20281012, true},
		{"samira", 20281013, false}, // 18
		{"joost", 20260901, false},  // a parent without custody is answered in words
		{"fatima", 20260731, false}, // before the class
		{"fatima", 20260801, true},
		{"fatima", 20270731, true},
		{"fatima", 20270801, false}, // her duty goes on, Lotte does not
		{"joris", 20270731, false},
		{"joris", 20270801, true},
	}
	for _, c := range cases {
		ears, err := s.lib.Listeners(ctx, lotte, s.who[c.who])
		s.ok(err)
		got, until := ears[0].InTouch(day(c.on))
		if got != c.want {
			t.Errorf("%s on %s: got %v, want %v", c.who, c.on, got, c.want)
		}
		// What was answered holds until the instant that was named.
		for _, later := range []time.Duration{time.Hour, 24 * time.Hour, 100 * 24 * time.Hour, 700 * 24 * time.Hour} {
			at := day(c.on).Add(later)
			if again, _ := ears[0].InTouch(at); again != got && (until.IsZero() || at.Before(until)) {
				t.Errorf("%s on %s: %v until %s, but %v at %s", c.who, c.on, got, until, again, at)
			}
		}
	}
}

func TestAMessageIsReadByMembersInTouchThenAndNow(t *testing.T) {
	s := newSchool(t)
	inOctober, inMarch := day(20261020), day(20270320)
	end := s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("joost"), From: 20260101, Verified: 20260101})
	_, err := s.lib.EndFact(ctx, s.admin, end.ID, 20270101, "beschikking 12")
	s.ok(err)
	cases := []struct {
		who       string
		about     string
		hat       string
		member    bool
		said, now time.Time
		want      bool
	}{
		{"samira", "sem", portfolio.HatGuardian, true, inOctober, inMarch, true},
		{"samira", "sem", portfolio.HatGuardian, false, inOctober, inMarch, false},
		{"joost", "sem", portfolio.HatGuardian, true, inOctober, inOctober, true},
		{"joost", "sem", portfolio.HatGuardian, true, inOctober, inMarch, false},          // custody is over
		{"fatima", "sem", portfolio.HatStaff, true, day(20260701), inMarch, false},        // before her duty
		{"fatima", "sem", portfolio.HatGuardian, true, inOctober, inMarch, false},         // not a hat of hers
		{"sem", "sem", portfolio.HatStudent, true, inOctober, inMarch, true},              //
		{"joost", "", portfolio.HatGuardian, true, inOctober, inMarch, true},              // about nobody
		{"joost", "", portfolio.HatGuardian, false, inOctober, inMarch, false},            //
		{"lotte", "sem", portfolio.HatStudent, true, inOctober, inMarch, false},           // not about her
		{"mees-ma", "sem", portfolio.HatGuardian, true, inOctober, inOctober, false},      //
		{"samira", "mees", portfolio.HatGuardian, true, inOctober, inOctober, false},      //
		{"mees-ma", "mees", portfolio.HatGuardian, true, inOctober, day(20340102), false}, // Mees is 18
	}
	for _, c := range cases {
		a := s.who[c.who]
		a.Hat = c.hat
		about := ""
		if c.about != "" {
			about = s.id(c.about)
		}
		ears, err := s.lib.Listeners(ctx, about, a)
		s.ok(err)
		d := ears[0].Inspect("m1", c.member, c.said, c.now)
		if d.Open != c.want {
			t.Errorf("%+v: got %+v", c, d)
		}
		if d.Open && (d.Outcome != portfolio.INSPECT || d.Rule != "3") {
			t.Errorf("%+v: not by rule 3: %+v", c, d)
		}
	}
	_, err = s.lib.Listeners(ctx, "nobody", s.who["sem"])
	s.fails(err, portfolio.NotFound)
}

func TestASessionIsLookedAtWithoutBeingUsed(t *testing.T) {
	s := newSchool(t)
	sem, err := s.lib.SignIn(ctx, "wim", "10.0.0.1", right)
	s.ok(err)
	token, session, err := s.lib.StartSession(ctx, sem)
	s.ok(err)
	for range 3 {
		s.ok(s.lib.Stands(ctx, session))
		s.later(portfolio.SessionIdle / 3)
	}
	s.ok(s.lib.Stands(ctx, session))
	s.later(time.Minute)
	s.fails(s.lib.Stands(ctx, session), portfolio.Unsigned)
	_, _, err = s.lib.Session(ctx, token)
	s.fails(err, portfolio.Unsigned)

	_, session, err = s.lib.StartSession(ctx, sem)
	s.ok(err)
	other := *session
	other.Hat = portfolio.HatStaff
	s.fails(s.lib.Stands(ctx, &other), portfolio.Forbidden)
	s.ok(s.lib.EndSession(ctx, session))
	s.fails(s.lib.Stands(ctx, session), portfolio.Unsigned)
}
