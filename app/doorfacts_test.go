package app

import (
	"context"
	"slices"
	"time"

	"kaft/portfolio"
)

// What the test of the doors knows of who is who: the stored facts, read by an
// administrator, and put together here and not by the Library.

// seat is one person in one hat, with a browser. The zero hat is nobody.
type seat struct {
	login, hat string
	id         string
	client     *testClient
}

func (v *seat) String() string {
	if v.hat == "" {
		return "nobody"
	}
	return v.login + " (" + v.hat + ")"
}

// roll is everybody, and every fact that counts.
type roll struct {
	people map[string]*portfolio.Person
	about  map[string][]*portfolio.Fact
	school string
	today  portfolio.Date
	at     string // this instant, as an address has it
}

func (s *testSchool) roll() *roll {
	s.t.Helper()
	ctx := context.Background()
	r := &roll{people: map[string]*portfolio.Person{}, about: map[string][]*portfolio.Fact{}, school: s.admin.School, today: portfolio.DateOf(s.lib.Now()), at: s.lib.Now().UTC().Format(time.RFC3339)}
	people, err := s.lib.People(ctx, s.admin)
	if err != nil {
		s.t.Fatal(err)
	}
	classes, err := s.lib.Classes(ctx, s.admin)
	if err != nil {
		s.t.Fatal(err)
	}
	ids := []string{r.school}
	for _, p := range people {
		r.people[p.ID] = p
		ids = append(ids, p.ID)
	}
	for _, c := range classes {
		ids = append(ids, c.ID)
	}
	for _, id := range ids {
		if r.about[id], err = s.lib.FactsAbout(ctx, s.admin, id); err != nil {
			s.t.Fatal(err)
		}
	}
	return r
}

func (r *roll) holds(f *portfolio.Fact) bool {
	return f.From <= r.today && (f.Until == 0 || r.today < f.Until)
}

// classes are the classes a student is in today.
func (r *roll) classes(student string) (out []string) {
	for _, f := range r.about[student] {
		if f.Type == portfolio.FactEnrolment && r.holds(f) {
			out = append(out, f.Party)
		}
	}
	return out
}

// shareClass tells whether two students are in one class today.
func (r *roll) shareClass(a, b string) bool {
	theirs := r.classes(b)
	return a != b && slices.ContainsFunc(r.classes(a), func(c string) bool { return slices.Contains(theirs, c) })
}

// facts are what the rule must know when somebody looks at a student: RULE.md's
// words, filled in from the stored facts.
func (r *roll) facts(v *seat, student string) *portfolio.Facts {
	p := r.people[student]
	f := &portfolio.Facts{Student: portfolio.Student{ID: p.ID, Birth: p.Birth, Deceased: p.Deceased, RetentionEnd: p.RetentionEnd}}
	family := false
	stored := slices.Clone(r.about[student])
	for _, c := range append(r.classes(student), r.school) {
		stored = append(stored, r.about[c]...)
	}
	for _, x := range stored {
		switch x.Type {
		case portfolio.FactLeaving:
			if x.Until == 0 || r.today < x.Until {
				f.Student.Left = x.From
			}
		case portfolio.FactCustody:
			f.Custody = append(f.Custody, portfolio.Custody{Holder: x.Party, From: x.From, Until: x.Until, Verified: x.Verified})
			family = family || x.Party == v.id
		case portfolio.FactRelation:
			f.Relations = append(f.Relations, portfolio.Relation{Person: x.Party, Kind: x.Kind, Institution: x.Institution, From: x.From, Until: x.Until})
			family = family || x.Party == v.id
		case portfolio.FactDuty:
			if x.Party != v.id || v.hat == portfolio.HatStaff {
				f.Duties = append(f.Duties, portfolio.Duty{Person: x.Party, Kind: x.Kind, From: x.From, Until: x.Until})
			}
		case portfolio.FactOrder:
			f.Orders = append(f.Orders, portfolio.Order{Person: x.Party, Kind: x.Kind, From: x.From, Until: x.Until, Cleared: x.Cleared})
		case portfolio.FactRefusal:
			f.Refusals = append(f.Refusals, portfolio.Refusal{Person: x.Party, Kinds: x.Kinds, Items: x.Items, From: x.From, Review: x.Review, Until: x.Until})
		case portfolio.FactShare:
			f.Shares = append(f.Shares, portfolio.Share{ID: x.ID, By: x.By, To: x.Party, Items: x.Items, Kinds: x.Kinds, From: x.From, Until: x.Until})
		case portfolio.FactRestriction:
			f.Restrictions = append(f.Restrictions, portfolio.Restriction{Kinds: x.Kinds, Items: x.Items, From: x.From, Until: x.Until})
		case portfolio.FactRelease:
			f.Releases = append(f.Releases, portfolio.Release{Person: x.Party, Kinds: x.Kinds, Items: x.Items, From: x.From, Until: x.Until})
		case portfolio.FactYes:
			if r.holds(x) {
				f.Yes = append(f.Yes, x.Kind)
			}
		case portfolio.FactNo:
			if r.holds(x) {
				f.No = append(f.No, x.Kind)
			}
		case portfolio.FactObjection:
			if r.holds(x) {
				f.Objects = append(f.Objects, x.Party)
			}
		}
	}
	kind := v.hat
	if v.hat == portfolio.HatAdmin || v.hat == portfolio.HatFG {
		kind = portfolio.KindOther
	}
	// Rights never mix: family in a hat of the school's is nobody to the child.
	out := family && kind != portfolio.KindGuardian && kind != portfolio.KindStudent
	f.People = map[string]portfolio.Party{v.id: {Kind: kind, School: true, Blocked: out}}
	switch v.hat {
	case portfolio.HatStudent:
		if r.shareClass(v.id, student) {
			f.Classmates = []string{v.id}
		}
	case portfolio.HatGuardian:
		for child, about := range r.about {
			for _, x := range about {
				if x.Type == portfolio.FactCustody && x.Party == v.id && r.holds(x) && x.Verified != 0 && x.Verified <= r.today && r.shareClass(child, student) {
					f.ClassmateCustody = []string{v.id}
				}
			}
		}
	}
	return f
}
