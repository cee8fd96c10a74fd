package portfolio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// many adds works of sem with several audiences, and gives what a preview saw.
func many(s *school) (works []*portfolio.Work, seen map[string]int64) {
	seen = map[string]int64{}
	for i, audience := range [][]string{nil, {portfolio.ToStaff}, shared, inClass} {
		w := s.add("sem", portfolio.NewWork{Title: fmt.Sprint("werk ", i), Audience: audience})
		works, seen[w.ID] = append(works, w), w.Rev
		s.later(time.Minute)
	}
	return works, seen
}

// nowOf tells who sees each work now: titles and audiences.
func nowOf(s *school, works []*portfolio.Work) string {
	s.t.Helper()
	var out []string
	for _, w := range works {
		now, err := s.lib.OwnWork(ctx, s.who["sem"], w.ID)
		s.ok(err)
		out = append(out, strings.Join(now.Audience, "+"))
	}
	return strings.Join(out, " ")
}

// byName has a student share works with one person.
func (s *school) byName(student, with string, works ...*portfolio.Work) {
	s.t.Helper()
	s.fact(portfolio.Fact{Type: portfolio.FactShare, About: s.id(student), By: s.id(student), Party: s.id(with), Items: ids(works), From: 20261101})
}

func ids(works []*portfolio.Work) []string {
	var out []string
	for _, w := range works {
		out = append(out, w.ID)
	}
	return out
}

// The words before saving are true: for every audience, exactly those who are
// said to see a work open it once it is saved, and exactly those who are said
// to see it now open it before.
func TestWhatIsToldBeforeManyWorksAreSharedIsWhatTheDoorDoesAfter(t *testing.T) {
	for _, audience := range [][]string{nil, {portfolio.ToStaff}, shared, inClass, {portfolio.ToGuardians, portfolio.ToClassGuardians, portfolio.ToSchool}} {
		s := newSchool(t)
		works, seen := many(s)
		draft := s.add("sem", portfolio.NewWork{Title: "half", Audience: inClass, Draft: true})
		named := s.add("sem", portfolio.NewWork{Title: "voor oma"})
		limited := s.add("sem", portfolio.NewWork{Title: "beperkt", Audience: inClass})
		works = append(works, draft, named, limited)
		s.fact(portfolio.Fact{Type: portfolio.FactRestriction, About: s.id("sem"), Items: []string{limited.ID}, From: 20261101})
		s.byName("sem", "mees", named)
		for _, w := range works {
			seen[w.ID] = w.Rev
		}
		opens := func(who string, w *portfolio.Work) bool {
			_, err := s.lib.Work(ctx, s.who[who], w.ID)
			return err == nil
		}
		r, err := s.lib.PreviewShareWorks(ctx, s.who["sem"], ids(works), audience)
		s.ok(err)
		said := map[string]portfolio.ReaderChange{}
		for _, c := range r.Readers {
			said[c.ID] = c
		}
		others := []string{"samira", "joost", "mees", "mees-ma", "lotte", "milan", "fatima", "joris", "petra"}
		check := func(when string, told func(portfolio.ReaderChange) []*portfolio.Work) {
			for _, who := range others {
				for _, w := range works {
					want := slices.ContainsFunc(told(said[s.id(who)]), func(x *portfolio.Work) bool { return x.ID == w.ID })
					if got := opens(who, w); got != want {
						t.Errorf("to %v, %s: %q opens for %s: %v, told %v", audience, when, w.Title, who, got, want)
					}
				}
			}
		}
		check("before", func(c portfolio.ReaderChange) []*portfolio.Work { return slices.Concat(c.Keeps, c.Loses) })
		_, err = s.lib.ShareWorks(ctx, s.who["sem"], seen, audience)
		s.ok(err)
		check("after", func(c portfolio.ReaderChange) []*portfolio.Work { return slices.Concat(c.Keeps, c.Gains) })
		if again, err := s.lib.PreviewShareWorks(ctx, s.who["sem"], ids(works), audience); err != nil || again.Widens() {
			t.Errorf("to %v: what is done already widens (%v)", audience, err)
		}
	}
}

func TestManyWorksChangeAsOneWouldAndOnceMoreChangesNothing(t *testing.T) {
	s := newSchool(t)
	works, seen := many(s)
	changed, err := s.lib.ChangeWork(ctx, s.who["sem"], works[0].ID, works[0].Rev, portfolio.NewWork{Title: "anders", Text: "x"}, nil)
	s.ok(err)
	_, err = s.lib.BinWork(ctx, s.who["sem"], works[1].ID, works[1].Rev)
	s.ok(err)
	var first string
	for i := range 2 {
		r, err := s.lib.ShareWorks(ctx, s.who["sem"], seen, shared)
		s.ok(err)
		if len(r.Done) != 2 || len(r.Left) != 2 || !slices.ContainsFunc(r.Left, func(w *portfolio.Work) bool { return w.ID == changed.ID && w.Title == "anders" }) {
			t.Errorf("time %d: %d done, %d left", i, len(r.Done), len(r.Left))
		}
		var revs []string
		for _, w := range []*portfolio.Work{works[0], works[2], works[3]} {
			now, err := s.lib.OwnWork(ctx, s.who["sem"], w.ID)
			s.ok(err)
			revs = append(revs, fmt.Sprint(now.Rev, now.Audience))
		}
		if got := fmt.Sprint(revs); i == 0 {
			first = got
		} else if got != first {
			t.Errorf("once more: %s, want %s", got, first)
		}
	}
	if want := "[2 [] 1 [guardians staff] 2 [guardians staff]]"; first != want {
		t.Errorf("got %s, want %s", first, want)
	}
	log, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 50)
	s.ok(err)
	lines := slices.DeleteFunc(log, func(x *portfolio.Logged) bool { return x.Act != "share" })
	if len(lines) != 1 || lines[0].Item != works[3].ID {
		t.Errorf("%d lines tell of a share, want one, of the work that changed", len(lines))
	}
}

func TestAfterThePowerWentEveryWorkIsOldOrNewAndTheNextTryFinishes(t *testing.T) {
	for _, kind := range []string{"showing", "work", "audit"} {
		for left := range 4 {
			s := newSchool(t)
			works, seen := many(s)
			broken := portfolio.NewLibrary(&breaking{s.store, kind, left}, s.files, plainIntake{}, s.now)
			if _, err := broken.ShareWorks(ctx, s.who["sem"], seen, []string{portfolio.ToGuardians}); kind == "audit" && err != nil || kind != "audit" && (err == nil || portfolio.KindOf(err) != portfolio.Unavailable) {
				t.Fatalf("%s %d: %v", kind, left, err) // a line that cannot be written is owed
			}
			old := strings.Fields("- staff guardians+staff class+guardians+staff")
			for i, now := range strings.Split(nowOf(s, works), " ") {
				if now != "guardians" && now != strings.Trim(old[i], "-") {
					t.Errorf("%s %d: work %d is %q, neither old nor new", kind, left, i, now)
				}
			}
			r, err := s.lib.ShareWorks(ctx, s.who["sem"], seen, []string{portfolio.ToGuardians})
			s.ok(err)
			if got := nowOf(s, works); got != "guardians guardians guardians guardians" || len(r.Done) != 4 || len(r.Left) != 0 {
				t.Errorf("%s %d: after the second try %q, %d done, %d left", kind, left, got, len(r.Done), len(r.Left))
			}
		}
	}
}

func TestAChangeOfManyWorksIsTakenBackWorkByWork(t *testing.T) {
	s := newSchool(t)
	works, seen := many(s)
	was := nowOf(s, works)
	r, err := s.lib.ShareWorks(ctx, s.who["sem"], seen, inClass)
	s.ok(err)
	s.later(time.Minute)
	later := s.add("sem", portfolio.NewWork{Title: "nieuw", Audience: inClass})
	now, err := s.lib.OwnWork(ctx, s.who["sem"], works[2].ID)
	s.ok(err)
	_, err = s.lib.ShareWork(ctx, s.who["sem"], now.ID, now.Rev, []string{portfolio.ToStaff}) // chosen anew since
	s.ok(err)
	back, err := s.lib.UnshareWorks(ctx, s.who["sem"], r.From, r.To)
	s.ok(err)
	if got, want := nowOf(s, append(works, later)), " staff staff class+guardians+staff class+guardians+staff"; got != want || len(back.Done) != 2 || was == got {
		t.Errorf("got %q (%d taken back), want %q", got, len(back.Done), want)
	}
	if back, err = s.lib.UnshareWorks(ctx, s.who["sem"], r.From, r.To); err != nil || len(back.Done) != 0 {
		t.Errorf("once more takes back %v (%v)", back, err)
	}
	s.later(time.Hour)
	_, err = s.lib.UnshareWorks(ctx, s.who["sem"], r.From, r.To)
	s.fails(err, portfolio.Conflict)
}

func TestOnlyMeEndsTheSharesOfManyWorksAndSaysSo(t *testing.T) {
	s := newSchool(t)
	a, b := s.add("sem", portfolio.NewWork{Title: "a"}), s.add("sem", portfolio.NewWork{Title: "b", Audience: shared})
	s.byName("sem", "mees", a, b)
	with, err := s.lib.SharedWith(ctx, s.who["sem"], []*portfolio.Work{a, b})
	s.ok(err)
	if names(with[a.ID]) != "mees 9" || names(with[b.ID]) != "mees 9" {
		t.Errorf("shared by name: %q and %q", names(with[a.ID]), names(with[b.ID]))
	}
	r, err := s.lib.PreviewShareWorks(ctx, s.who["sem"], ids([]*portfolio.Work{a, b}), nil)
	s.ok(err)
	if r.Widens() || len(r.Readers) != 3 {
		t.Errorf("only me: %d people lose sight, widens %v", len(r.Readers), r.Widens())
	}
	done, err := s.lib.ShareWorks(ctx, s.who["sem"], map[string]int64{a.ID: a.Rev, b.ID: b.Rev}, nil)
	s.ok(err)
	with, err = s.lib.SharedWith(ctx, s.who["sem"], []*portfolio.Work{a, b})
	s.ok(err)
	if !done.Ended || len(with) != 0 {
		t.Errorf("shares ended: %v, still shared with %v", done.Ended, with)
	}
}

func TestOnlyTheirStudentChangesManyWorksAndNotTooManyAtOnce(t *testing.T) {
	s := newSchool(t)
	works, seen := many(s)
	for _, who := range []string{"samira", "fatima", "petra", "joost"} {
		_, err := s.lib.OwnWorks(ctx, s.who[who])
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.PreviewShareWorks(ctx, s.who[who], ids(works), nil)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.ShareWorks(ctx, s.who[who], seen, nil)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.UnshareWorks(ctx, s.who[who], s.now(), s.now())
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.SharedWith(ctx, s.who[who], works)
		s.fails(err, portfolio.NotFound)
	}
	r, err := s.lib.ShareWorks(ctx, s.who["mees"], seen, inClass) // of somebody else: absent
	s.ok(err)
	_, err = s.lib.PreviewShareWorks(ctx, s.who["mees"], ids(works), inClass)
	s.fails(err, portfolio.Invalid)
	if got := nowOf(s, works); got != " staff guardians+staff class+guardians+staff" || len(r.Done)+len(r.Left) > 0 {
		t.Errorf("a classmate left %q, %d done, %d left", got, len(r.Done), len(r.Left))
	}
	for n := range portfolio.MaxAtOnce {
		seen[fmt.Sprint(n)] = 1
	}
	_, err = s.lib.ShareWorks(ctx, s.who["sem"], seen, nil)
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.ShareWorks(ctx, s.who["sem"], nil, nil)
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.PreviewShareWorks(ctx, s.who["sem"], ids(works), []string{"everybody"})
	s.fails(err, portfolio.Invalid)
	own, err := s.lib.OwnWorks(ctx, s.who["sem"])
	s.ok(err)
	if len(own) != 4 || own[0].ID != works[3].ID && own[0].HappenedOn == works[3].HappenedOn || own[0].Text != "" {
		t.Errorf("the list holds %d works, the first with text %q", len(own), own[0].Text)
	}
}
