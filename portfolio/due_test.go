package portfolio_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaft/portfolio"
)

// leaving is a school that iris leaves on 1 December 2026, with a thing of every
// class about her. Sem stays.
type leaving struct {
	*file
	iris  string
	work  *portfolio.Work
	blobs []string // of iris
}

const irisLeaves = portfolio.Date(20261201)

func newLeaving(t *testing.T) *leaving {
	t.Helper()
	s := &leaving{file: newFile(t)}
	s.lib = portfolio.NewLibrary(s.store, s.files, thumbs{}, s.now)
	p, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "iris"}, Hats: []string{portfolio.HatStudent},
		Birth: portfolio.Birth{Earliest: 20090101, Latest: 20090101}})
	s.ok(err)
	s.iris = p.ID
	s.leaves(p.ID, irisLeaves)
	s.who["iris"] = portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatStudent, Address: "127.0.0.1"}
	s.person("henk", portfolio.HatFG, portfolio.Birth{})
	for who, kind := range map[string]string{"mentor": portfolio.DutyMentor, "care": portfolio.DutyCare, "fatima": portfolio.DutyTeacher} {
		s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: kind, About: p.ID, Party: s.id(who), From: 20260801})
	}
	s.piece("mentor", "iris", portfolio.NewRecord{Kind: "record", Type: "talk", Title: "gesprek", Text: "het ging goed", Source: "school"})
	s.piece("mentor", "iris", portfolio.NewRecord{Kind: "record", Type: "absence", Title: "ziek", Source: "guardian"})
	s.piece("care", "iris", portfolio.NewRecord{Kind: "care", Type: "referral", Title: "verwijzing", Source: "school"})
	s.piece("care", "iris", portfolio.NewRecord{Kind: "care", Type: "health", Title: "allergie", Source: "guardian"})
	s.piece("mentor", "iris", portfolio.NewRecord{Kind: "contact", Title: "oma", Source: "guardian", Details: []portfolio.Detail{{Label: "telefoon", Value: "06"}}})
	s.piece("fatima", "iris", portfolio.NewRecord{Kind: "note", Title: "indruk", Source: "school"})
	s.work = s.filed("iris", "verhaal", shared)
	s.bin("iris", "kladje")
	draft, err := s.lib.Assess(ctx, s.who["fatima"], s.work.ID, portfolio.NewAssessment{Level: 3, Remark: "mooi"})
	s.ok(err)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], draft.ID, draft.Rev)
	s.ok(err)
	_, err = s.lib.Assess(ctx, s.who["fatima"], s.work.ID, portfolio.NewAssessment{Level: 2, Remark: "en nu verder"})
	s.ok(err)
	return s
}

// filed adds a work with a file of which there is an earlier version, with
// another file.
func (s *leaving) filed(who, title string, audience []string) *portfolio.Work {
	s.t.Helper()
	var ids []string
	for _, n := range []string{"eerst", "later"} {
		u, err := s.lib.TakeUpload(ctx, s.who[who], n+".txt", strings.NewReader(title+n))
		s.ok(err)
		ids = append(ids, u.ID)
		if who == "iris" {
			s.blobs = append(s.blobs, u.File.Blob, u.File.Thumb)
		}
	}
	w, err := s.lib.AddWork(ctx, s.who[who], portfolio.NewWork{Title: title, Uploads: ids[:1]})
	s.ok(err)
	w, err = s.lib.ChangeWork(ctx, s.who[who], w.ID, w.Rev, portfolio.NewWork{Title: title, Audience: audience, Uploads: ids[1:]}, nil)
	s.ok(err)
	return w
}

func (s *leaving) bin(who, title string) *portfolio.Work {
	s.t.Helper()
	w := s.filed(who, title, nil)
	w, err := s.lib.BinWork(ctx, s.who[who], w.ID, w.Rev)
	s.ok(err)
	return w
}

func (s *leaving) dueOf(who string) *portfolio.DueStudent {
	s.t.Helper()
	d, err := s.lib.DueOf(ctx, s.who["petra"], s.id(who))
	s.ok(err)
	return d
}

// list is what is on the list of somebody: "2 record file 2028-12-01", with what
// keeps it.
func (s *leaving) list(who string) string {
	s.t.Helper()
	var out []string
	for _, g := range s.dueOf(who).Groups {
		text := fmt.Sprintf("%d %s %s %s", g.Count, g.Kind, g.Class, g.Since)
		if g.Holds != "" {
			text += " " + string(g.Holds)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// on makes it noon of a date.
func (s *leaving) on(d portfolio.Date) { s.clock(d.Start().Add(12 * time.Hour)) }

func (s *leaving) same(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// documents counts the documents of a kind in the whole school.
func (s *leaving) documents(kind string) int {
	s.t.Helper()
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: kind, Limit: 1000})
	s.ok(err)
	return len(docs)
}

// TestEachClassIsPastItsTimeFromMidnightInAmsterdam looks a nanosecond before
// each end and at it.
func TestEachClassIsPastItsTimeFromMidnightInAmsterdam(t *testing.T) {
	s := newLeaving(t)
	var before []string
	for _, c := range []struct {
		on  portfolio.Date
		new string
	}{
		{20261201, "1 contact contact 2026-12-01, 1 note note 2026-12-01"}, // left: nobody works for her
		{20261222, "1 work bin 2026-12-22"},                                // thirty days after 22 November
		{20281201, "2 assessment portfolio 2028-12-01, 1 care file 2028-12-01, 1 record file 2028-12-01, 1 work portfolio 2028-12-01"},
		{20291201, "1 care referral 2029-12-01"},
		{20311201, "1 record administration 2031-12-01"},
	} {
		s.clock(c.on.Start().Add(-time.Nanosecond))
		s.same("just before "+c.on.String(), s.list("iris"), strings.Join(before, ", "))
		s.clock(c.on.Start())
		before = append(before, c.new)
		s.same("from "+c.on.String(), s.list("iris"), strings.Join(before, ", "))
	}
	for _, kept := range []string{"sem", "lotte"} {
		s.same("who is at school", s.list(kept), "")
	}
}

func TestTheDayThatTheFactsNameKeepsTheFileAndThePortfolio(t *testing.T) {
	s := newLeaving(t)
	p, err := s.lib.PersonByID(ctx, s.who["petra"], s.iris)
	s.ok(err)
	p.RetentionEnd = 20350101
	body, err := json.Marshal(p)
	s.ok(err)
	s.ok(s.store.Replace(ctx, portfolio.Doc{Ref: portfolio.Ref{School: p.School, Kind: "person", ID: p.ID}, Rev: p.Rev, Body: body}))
	s.clock(portfolio.Date(20350101).Start().Add(-time.Nanosecond))
	s.same("the day before", s.list("iris"), "1 contact contact 2026-12-01, 1 note note 2026-12-01, 1 work bin 2026-12-22")
	s.clock(portfolio.Date(20350101).Start())
	if d := s.dueOf("iris"); d.Count() != 10 || d.Stay() != 0 {
		t.Errorf("on the day itself %d can go and %d stay, want all 10", d.Count(), d.Stay())
	}
}

func TestANoteIsKeptWhileItsAuthorWorksForTheStudentOrWill(t *testing.T) {
	s := newLeaving(t)
	duties, err := s.lib.FactsAbout(ctx, s.admin, s.class.ID)
	s.ok(err)
	end := func(f *portfolio.Fact, on portfolio.Date) {
		e, err := s.lib.EndFact(ctx, s.admin, f.ID, on, "rooster")
		s.ok(err)
		if e.Waits {
			s.lib.ConfirmFact(ctx, s.other, e.ID)
		}
	}
	for _, f := range duties {
		if f.Type == portfolio.FactDuty {
			end(f, 20261125)
		}
	}
	s.clock(portfolio.Date(20261125).Start().Add(-time.Nanosecond))
	s.same("the last day of the duty", s.list("sem"), "")
	s.clock(portfolio.Date(20261125).Start())
	s.same("the day after", s.list("sem"), "1 note note 2026-11-25")
	back, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyTeacher, About: s.class.ID, Party: s.id("fatima"), From: 20270101})
	s.ok(err)
	s.same("a duty to come", s.list("sem"), "")
	end(back, 20270101)
	s.same("a duty that never was", s.list("sem"), "1 note note 2026-11-25")
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyTeacher, About: s.admin.School, Party: s.id("fatima"), From: 20261125})
	s.same("a duty for the whole school", s.list("sem"), "")
}

// TestOnlyThePrivacyOfficerSeesWhatIsPastItsTimeAndErases asks as everybody.
func TestOnlyThePrivacyOfficerSeesWhatIsPastItsTimeAndErases(t *testing.T) {
	s := newLeaving(t)
	s.on(20281201)
	seen := s.dueOf("iris").Seen
	others := map[string]portfolio.Actor{"the second administrator": s.other, "petra as staff": s.who["petra"], "fatima as FG": s.who["fatima"]}
	for name, hat := range map[string]string{"petra as staff": portfolio.HatStaff, "fatima as FG": portfolio.HatFG} {
		a := others[name]
		a.Hat = hat
		others[name] = a
	}
	for name, a := range s.who {
		if a.Hat != portfolio.HatFG {
			others[name] = a
		}
	}
	before := s.documents("work")
	for name, a := range others {
		for what, err := range map[string]error{
			"the list":    second(s.lib.DueToErase(ctx, a, "")),
			"the preview": second(s.lib.DueOf(ctx, a, s.iris)),
			"erasing":     second(s.lib.Erase(ctx, a, s.iris, seen)),
			"keeping":     second(s.lib.KeepLonger(ctx, a, s.iris, portfolio.Keep{Kind: "record", Class: portfolio.KeepFile, Reason: "klacht", Until: 20290101})),
		} {
			if portfolio.KindOf(err) != portfolio.Forbidden || err == nil {
				t.Errorf("%s at %s: %v, want forbidden", name, what, err)
			}
		}
		_, _, err := s.lib.Receipts(ctx, a, "", 10)
		s.fails(err, portfolio.Forbidden)
	}
	if got := s.documents("work"); got != before || s.documents("erasure") != 0 || s.documents("keep") != 0 {
		t.Errorf("%d works are left of %d", got, before)
	}
	for _, fg := range []string{"petra", "henk"} {
		page, err := s.lib.DueToErase(ctx, s.who[fg], "")
		s.ok(err)
		if len(page.Students) != 1 || page.Students[0].Student.ID != s.iris || page.Count != 8 || page.Next != "" {
			t.Errorf("%s sees %+v, want iris with 8", fg, page)
		}
	}
	_, err := s.lib.DueOf(ctx, s.who["petra"], s.id("fatima"))
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.Erase(ctx, s.who["petra"], s.iris, seen)
	s.ok(err)
}

func TestWhatSomethingKeepsStaysAndSaysWhy(t *testing.T) {
	all := "1 contact contact 2026-12-01, 1 note note 2026-12-01, 1 work bin 2026-12-22, 2 assessment portfolio 2028-12-01, 1 care file 2028-12-01, 1 record file 2028-12-01, 1 work portfolio 2028-12-01"
	for _, c := range []struct {
		name string
		keep func(s *leaving)
		want string // instead
		over string // once it is over
	}{
		{"a court order", func(s *leaving) {
			s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoContact, About: s.iris, Party: s.id("joost"), From: 20270101, Until: 20281202})
		}, strings.ReplaceAll(all, ",", " order,") + " order", all},
		{"a restriction of a kind", func(s *leaving) {
			s.fact(portfolio.Fact{Type: portfolio.FactRestriction, About: s.iris, Kinds: []string{"care"}, From: 20270101, Until: 20281202})
		}, strings.Replace(all, "2028-12-01, 1 record", "2028-12-01 restriction, 1 record", 1), all},
		{"a restriction of one thing that waits for a second", func(s *leaving) {
			_, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactRestriction, About: s.iris, Items: []string{s.work.ID}, From: 20270101, Until: 20281202, Evidence: "brief"})
			s.ok(err)
		}, all + " restriction", all},
		{"a refusal", func(s *leaving) {
			s.fact(portfolio.Fact{Type: portfolio.FactRefusal, About: s.iris, Party: s.id("joost"), Kinds: []string{"record"}, From: 20270101, Review: 20280101, Until: 20281202, Reason: "schade"})
		}, strings.Replace(all, "record file 2028-12-01", "record file 2028-12-01 refusal", 1), all},
		{"an open request", func(s *leaving) {
			s.clock(portfolio.Date(20281130).Start())
			_, err := s.lib.Ask(ctx, s.who["iris"], s.iris, portfolio.Question{Kinds: []string{"record"}})
			s.ok(err)
		}, strings.Replace(all, "record file 2028-12-01", "record file 2028-12-01 request", 1), ""},
		{"the privacy officer", func(s *leaving) {
			s.on(20261202)
			_, err := s.lib.KeepLonger(ctx, s.who["petra"], s.iris, portfolio.Keep{Kind: "contact", Class: portfolio.KeepContact, Reason: "de leerling komt terug", Until: 20281202})
			s.ok(err)
		}, strings.Replace(all, "contact contact 2026-12-01", "contact contact 2026-12-01 longer", 1), all},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newLeaving(t)
			c.keep(s)
			s.clock(portfolio.Date(20281202).Start().Add(-time.Nanosecond))
			s.same("kept", s.list("iris"), c.want)
			d := s.dueOf("iris")
			e, err := s.lib.Erase(ctx, s.who["petra"], s.iris, d.Seen)
			if d.Count() == 0 {
				s.fails(err, portfolio.Conflict)
			} else {
				s.ok(err)
				if len(e.Items) != d.Count() {
					t.Errorf("%d things were erased, want %d", len(e.Items), d.Count())
				}
			}
			var kept []string
			for _, g := range strings.Split(c.want, ", ") {
				if len(strings.Fields(g)) == 5 {
					kept = append(kept, g)
				}
			}
			s.same("after erasing", s.list("iris"), strings.Join(kept, ", "))
			if c.over == "" {
				return
			}
			s.clock(portfolio.Date(20281202).Start())
			for i, g := range kept {
				kept[i] = g[:strings.LastIndexByte(g, ' ')]
			}
			s.same("once it is over", s.list("iris"), strings.Join(kept, ", "))
		})
	}
}

func TestKeepingLongerNeedsAReasonADayAndSomethingToKeep(t *testing.T) {
	s := newLeaving(t)
	s.on(20261202)
	good := portfolio.Keep{Kind: "note", Class: portfolio.KeepNote, Reason: "er loopt een klacht", Until: 20270301}
	for name, c := range map[string]struct {
		change func(*portfolio.Keep)
		want   portfolio.ErrKind
	}{
		"no reason":          {func(k *portfolio.Keep) { k.Reason = "  " }, portfolio.Invalid},
		"a reason for ever":  {func(k *portfolio.Keep) { k.Reason = strings.Repeat("a", 501) }, portfolio.Invalid},
		"no day":             {func(k *portfolio.Keep) { k.Until = 0 }, portfolio.Invalid},
		"today":              {func(k *portfolio.Keep) { k.Until = 20261202 }, portfolio.Invalid},
		"in more than years": {func(k *portfolio.Keep) { k.Until = 20281203 }, portfolio.Invalid},
		"what is not due":    {func(k *portfolio.Keep) { k.Kind, k.Class = "record", portfolio.KeepFile }, portfolio.Conflict},
	} {
		k := good
		c.change(&k)
		_, err := s.lib.KeepLonger(ctx, s.who["petra"], s.iris, k)
		if err == nil || portfolio.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %v", name, err, c.want)
		}
	}
	if n := s.documents("keep"); n != 0 {
		t.Errorf("%d were kept", n)
	}
	_, err := s.lib.KeepLonger(ctx, s.who["petra"], s.iris, good)
	s.ok(err)
	_, err = s.lib.KeepLonger(ctx, s.who["henk"], s.iris, good)
	s.fails(err, portfolio.Conflict)
	g := s.dueOf("iris").Groups[1]
	if g.Longer == nil || g.Longer.Reason != good.Reason || g.Longer.By != s.id("petra") || g.Longer.Until != good.Until {
		t.Errorf("the list shows %+v", g)
	}
}

func TestTheListHasPagesThatShowEveryStudentOnce(t *testing.T) {
	s := newLeaving(t)
	want := map[string]bool{}
	for i := range 60 {
		p, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: fmt.Sprintf("leerling %02d", i)}, Hats: []string{portfolio.HatStudent}})
		s.ok(err)
		s.leaves(p.ID, 20200101)
		want[p.ID] = true
		s.put("work", &portfolio.Work{Head: portfolio.Head{School: p.School, ID: portfolio.NewID()}, Student: p.ID, Title: "oud"}, p.ID+"/x")
	}
	after, pages, count := "", 0, 0
	for first := true; first || after != ""; first = false {
		page, err := s.lib.DueToErase(ctx, s.who["petra"], after)
		s.ok(err)
		for _, d := range page.Students {
			if !want[d.Student.ID] {
				t.Errorf("%s is there twice, or should not be", d.Student.Name.Given)
			}
			delete(want, d.Student.ID)
		}
		pages, count, after = pages+1, count+page.Count, page.Next
	}
	if len(want) != 0 || pages != 3 || count != 60 {
		t.Errorf("%d students are on no page; %d pages, %d things", len(want), pages, count)
	}
	_, err := s.lib.DueToErase(ctx, s.who["petra"], "nobody")
	s.fails(err, portfolio.Invalid)
}

// put stores a document as it is, under an index key of its student.
func (s *leaving) put(kind string, v any, about string) {
	s.t.Helper()
	body, err := json.Marshal(v)
	s.ok(err)
	var id string
	switch v := v.(type) {
	case *portfolio.Work:
		id = v.ID
	case *portfolio.Record:
		id = v.ID
	}
	s.ok(s.store.Create(ctx, portfolio.Doc{Ref: portfolio.Ref{School: s.admin.School, Kind: kind, ID: id}, Keys: map[string]string{"about": about}, Body: body}))
}

// TestNothingYoungerThanItsClassIsEverListedOrErased draws a student, what there
// is of the student, and a day, and reckons the ends anew in years and days.
func TestNothingYoungerThanItsClassIsEverListedOrErased(t *testing.T) {
	s := newLeaving(t)
	years := map[portfolio.Retention]int{portfolio.KeepFile: 2, portfolio.KeepReferral: 3, portfolio.KeepAdministration: 5, portfolio.KeepContact: 0, portfolio.KeepPortfolio: 2}
	classes := []portfolio.Retention{portfolio.KeepFile, portfolio.KeepReferral, portfolio.KeepAdministration, portfolio.KeepContact, portfolio.KeepPortfolio}
	s.clock(portfolio.Date(20270101).Start()) // the clock only goes forward
	rapid.Check(t, func(rt *rapid.T) {
		today := portfolio.DateOf(s.now())
		day := func(name string) portfolio.Date { return today.AddDays(-rapid.IntRange(-400, 2600).Draw(rt, name)) }
		p, left := portfolio.Person{Name: portfolio.Name{Given: "x"}, Hats: []string{portfolio.HatStudent}}, portfolio.Date(0)
		if rapid.Bool().Draw(rt, "left") {
			left = day("leaving")
		}
		if rapid.IntRange(0, 3).Draw(rt, "end") == 0 {
			p.RetentionEnd = day("retention end")
		}
		made, err := s.lib.AddPerson(ctx, s.admin, p)
		s.ok(err)
		if left != 0 {
			s.leaves(made.ID, left)
		}
		end := map[string]portfolio.Date{} // by id; 0 never
		for range rapid.IntRange(1, 6).Draw(rt, "things") {
			class := rapid.SampledFrom(classes).Draw(rt, "class")
			var e portfolio.Date
			if left != 0 {
				y, m, d := int(left)/10000, int(left)/100%100, int(left)%100
				e = portfolio.DateOf(time.Date(y+years[class], time.Month(m), d, 12, 0, 0, 0, portfolio.Amsterdam))
			}
			if class == portfolio.KeepFile || class == portfolio.KeepPortfolio {
				e = cmp.Or(p.RetentionEnd, e)
			} else if class != portfolio.KeepContact && e != 0 {
				e = max(e, p.RetentionEnd)
			}
			id := portfolio.NewID()
			end[id] = e
			if class == portfolio.KeepPortfolio {
				s.put("work", &portfolio.Work{Head: portfolio.Head{ID: id}, Student: made.ID}, made.ID+"/"+id)
			} else {
				s.put("record", &portfolio.Record{Head: portfolio.Head{ID: id}, Student: made.ID, Kind: "record", Retention: class}, made.ID+"/"+id)
			}
		}
		due := 0
		for _, e := range end {
			if e != 0 && e <= today {
				due++
			}
		}
		d, err := s.lib.DueOf(ctx, s.who["petra"], made.ID)
		s.ok(err)
		if d.Count() != due || d.Stay() != 0 {
			rt.Fatalf("%d are listed on %v of %v, want %d", d.Count(), today, end, due)
		}
		erased, err := s.lib.Erase(ctx, s.who["petra"], made.ID, d.Seen)
		if due == 0 {
			s.fails(err, portfolio.Conflict)
		} else {
			s.ok(err)
			for _, it := range erased.Items {
				if it.Since != end[it.ID] || end[it.ID] > today {
					rt.Fatalf("%+v was erased on %v, kept until %v", it, today, end[it.ID])
				}
			}
		}
		for id, e := range end {
			gone := true
			for _, kind := range []string{"work", "record"} {
				_, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: kind, ID: id})
				gone = gone && portfolio.KindOf(err) == portfolio.NotFound
			}
			if gone != (e != 0 && e <= today) {
				rt.Fatalf("gone %v on %v, kept until %v", gone, today, e)
			}
		}
	})
	if faults := s.faults(); faults != "" {
		t.Error(faults)
	}
	if n := s.documents("erasure"); n < 10 {
		t.Errorf("only %d times something was erased: is the test blind?", n)
	}
}
