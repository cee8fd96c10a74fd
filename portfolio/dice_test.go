package portfolio

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// dice throw cases in which facts often collide: few people, few items, dates
// on and around today and the birthdays.
type dice struct{ *rand.Rand }

func newDice(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))} }

func (d dice) oneIn(n int) bool          { return d.IntN(n) == 0 }
func (d dice) one(of ...string) string   { return of[d.IntN(len(of))] }
func (d dice) times(most int) []struct{} { return make([]struct{}, d.IntN(most+1)) }
func (d dice) some(of ...string) (s []string) {
	for range d.times(3) {
		s = append(s, d.one(of...))
	}
	return s
}

var (
	throwPersons  = []string{"anna", "bob", "off", "t1", "s2"}
	throwAnybody  = append([]string{"org", "s1", "link:L1"}, throwPersons...)
	throwItems    = []string{"work", "work", "work", "work", "work", "work", "work", "assessment", "assessment", "assessment", "record", "record", "care", "contact", "note", "message"}
	throwAudience = []string{"guardians", "staff", "class", "class_guardians", "school"}
)

// randomCase throws a case. The viewer is thrown last, and most facts are then
// about a person who could be the viewer: somebody in two of them is common.
func (d dice) randomCase() Case {
	today := Date(20230101).AddDays(d.IntN(4 * 365))
	if d.oneIn(6) {
		today = []Date{20240228, 20240229, 20240301, 20250228, 20250301, 20260228, 20260301, 20260329, 20261025, 20261231}[d.IntN(10)]
	}
	c := Case{ID: "thrown", At: d.instant(today), Viewer: d.one(slices.Concat(throwPersons, throwPersons, throwAnybody)...)}
	birth := d.birth(today)
	date := func() Date { return d.date(today, birth) }
	begin := func() Date { // mostly before today
		if d.oneIn(3) {
			return date()
		}
		return []Date{0, today.AddDays(-d.IntN(500)), today}[d.IntN(3)]
	}
	end := func() Date { // mostly after today
		if d.oneIn(3) {
			return date()
		}
		return []Date{0, 0, today.AddDays(1 + d.IntN(500))}[d.IntN(3)]
	}
	person := func() string {
		if d.oneIn(2) {
			return c.Viewer
		}
		return d.one(throwPersons...)
	}
	covers := func() (kinds, items []string) {
		switch d.IntN(4) {
		case 0:
			return []string{d.one(throwItems...)}, nil
		case 1:
			return d.some(throwItems...), []string{d.one("i1", "i2", "*")}
		}
		return nil, []string{d.one("i1", "i1", "i2", "*")}
	}

	c.Student = Student{ID: "s1", Birth: birth, Deceased: d.oneIn(60)}
	if d.oneIn(10) {
		c.Student.Left = date()
	}
	if d.oneIn(25) {
		c.Student.RetentionEnd = date()
	}
	c.People = map[string]Party{}
	for _, p := range throwAnybody {
		if !d.oneIn(4) {
			c.People[p] = Party{Kind: d.one("student", "guardian", "staff", "other"), Blocked: d.oneIn(40), School: d.oneIn(2)}
		}
	}
	c.Item = Item{
		ID: "i1", Kind: d.one(throwItems...), Author: d.one("s1", "t1", c.Viewer), Draft: d.oneIn(10), Deleted: d.oneIn(100),
		Restricted: d.oneIn(20), Participants: d.some(throwAnybody...), Audience: d.some(throwAudience...),
	}
	if d.oneIn(100) {
		c.Item.Kind = "diary"
	}
	if d.oneIn(100) {
		c.Item.ID = d.one("", "*")
	}
	for range d.times(2) {
		if d.oneIn(2) {
			c.Item.Depicted = append(c.Item.Depicted, Depicted{d.one("s1", "s3", c.Viewer), !d.oneIn(3)})
		}
	}

	// Not everybody is family: in a good third of the cases nobody is.
	if !d.oneIn(3) {
		for range d.times(2) {
			c.Custody = append(c.Custody, Custody{d.one("anna", "bob", "org", person()), begin(), end(), begin()})
			if d.oneIn(4) {
				c.Custody[len(c.Custody)-1].Verified = 0
			}
		}
		for range d.times(2) {
			c.Relations = append(c.Relations, Relation{person(), d.one("legal_parent", "carer", "supervisor", "curator", "officer"), "", begin(), end()})
		}
		if d.oneIn(4) {
			c.Relations = append(c.Relations, Relation{d.one("off", person()), "officer", d.one("org", "org", "anna", ""), begin(), end()})
		}
		if d.oneIn(60) {
			c.Relations = append(c.Relations, Relation{person(), "uncle", "", begin(), end()})
		}
	}
	for range d.times(2) {
		kind := d.one("teacher", "mentor", "care", "management", "emergency")
		duty := Duty{person(), kind, begin(), end()}
		if kind == "emergency" && d.oneIn(2) {
			duty.From = today.AddDays(d.IntN(3) - 1)
		}
		if d.oneIn(60) {
			duty.Kind = "janitor"
		}
		c.Duties = append(c.Duties, duty)
	}
	c.Classmates, c.ClassmateCustody = d.some(throwPersons...), d.some(throwPersons...)
	if d.oneIn(4) {
		for range 1 + d.IntN(2) {
			c.Orders = append(c.Orders, Order{person(), d.one("no_information", "no_contact", "no_contact", "inform", "inform", "secret_address"), begin(), end(), d.oneIn(2)})
		}
		if d.oneIn(40) {
			c.Orders[0].Kind = "no_visits"
		}
	}
	if d.oneIn(6) {
		for range 1 + d.IntN(2) {
			kinds, items := covers()
			c.Refusals = append(c.Refusals, Refusal{person(), kinds, items, begin(), date(), end()})
		}
	}
	if !d.oneIn(3) {
		for n := range 1 + d.IntN(2) {
			kinds, items := covers()
			c.Shares = append(c.Shares, Share{
				fmt.Sprint("h", n+1), d.one("s1", "s1", "anna", "bob", "org", person()), d.one(c.Viewer, d.one(throwAnybody...)),
				items, kinds, begin(), end(),
			})
		}
	}
	if d.oneIn(12) {
		kinds, items := covers()
		c.Restrictions = append(c.Restrictions, Restriction{kinds, items, begin(), end()})
	}
	if d.oneIn(3) {
		kinds, items := covers()
		c.Releases = append(c.Releases, Release{d.one(c.Viewer, d.one(throwAnybody...)), kinds, items, begin(), end()})
	}
	switch d.IntN(8) {
	case 0: // a wish of family that a share or a release opens
		c.Custody = append(c.Custody, Custody{Holder: c.Viewer, Verified: begin()})
		c.Item.Kind = d.one("work", "record", "care")
	case 1: // work for the viewer's kind of people
		c.Item.Kind = "work"
		c.Classmates, c.ClassmateCustody = append(c.Classmates, c.Viewer), append(c.ClassmateCustody, c.Viewer)
	case 2: // a share that may well count
		c.Shares = append(c.Shares, Share{"h3", d.one("s1", "anna"), c.Viewer, []string{"i1"}, nil, begin(), end()})
		c.Custody = append(c.Custody, Custody{Holder: "anna", From: begin(), Verified: begin()})
	case 3:
		if d.oneIn(20) { // a fact that nobody filled in, and perhaps a viewer who is nobody
			c.Viewer = d.one("", c.Viewer)
			c.Custody = append(c.Custody, Custody{Verified: today})
			c.Relations = append(c.Relations, Relation{Person: d.one("", c.Viewer), Kind: d.one("officer", "curator")})
			c.Shares = append(c.Shares, Share{"", "", c.Viewer, []string{"", "i1"}, nil, 0, 0})
			c.Classmates = append(c.Classmates, "")
			c.Student.ID = d.one("", "s1")
		}
	}
	c.Yes = d.some("class_guardians", "school", "*")
	if d.oneIn(3) {
		c.No = d.some("h1", "h2", "class", "class_guardians", "school", "*")
	}
	if d.oneIn(2) {
		c.Objects = []string{person()}
	}
	if d.oneIn(50) {
		c.Again = date()
	}
	return c
}

// birth throws a birth date of somebody between 12 and 20, around a birthday
// that matters more often than not: known, known in part, or unknown.
func (d dice) birth(today Date) Birth {
	day := today.AddYears(-12 - d.IntN(8)).AddDays(-d.IntN(365))
	switch d.IntN(8) {
	case 0, 1:
		day = today.AddYears(-16 - 2*d.IntN(2)).AddDays(d.IntN(5) - 2)
	case 2:
		day = []Date{20040229, 20080229, 20120229}[d.IntN(3)]
	}
	switch d.IntN(16) {
	case 0:
		return Birth{}
	case 1, 2:
		return monthOf(day)
	case 3, 4:
		return Birth{day/10000*10000 + 101, day/10000*10000 + 1231}
	case 5:
		return []Birth{{day, 0}, {0, day}, {day, day.AddDays(-1)}, {day, day.AddYears(3)}}[d.IntN(4)]
	}
	return Birth{day, day}
}

// date throws no date, or one on or around today, a birthday or another day
// that matters, or anywhere near.
func (d dice) date(today Date, b Birth) Date {
	near := []Date{today, today.AddYears(-2), 20240229, 20280229}
	for _, born := range []Date{b.Earliest, b.Latest} {
		if born != 0 {
			near = append(near, born, born.AddYears(16), born.AddYears(16), born.AddYears(18))
		}
	}
	switch d.IntN(4) {
	case 0:
		return 0
	case 1:
		return today.AddDays(d.IntN(2000) - 1000)
	}
	return near[d.IntN(len(near))].AddDays(d.IntN(3) - 1)
}

// instant throws an instant of a day in Amsterdam, often its first or last.
func (d dice) instant(day Date) time.Time {
	start, next := day.Start(), day.AddDays(1).Start()
	switch d.IntN(4) {
	case 0:
		return start
	case 1:
		return next.Add(-time.Nanosecond).UTC()
	}
	return start.Add(time.Duration(d.Int64N(int64(next.Sub(start)))))
}
