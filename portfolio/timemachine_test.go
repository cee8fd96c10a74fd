package portfolio_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// past asks the time machine.
func (s *school) past(student string, at time.Time) *portfolio.Past {
	s.t.Helper()
	p, err := s.lib.TimeMachine(ctx, s.who["petra"], s.id(student), at)
	s.ok(err)
	return p
}

// sight is what somebody got of a thing, by its id or its kind.
func sight(p *portfolio.Past, person, hat, thing string) (out portfolio.Sight) {
	for _, v := range p.Views {
		if v.ID != person || v.Hat != hat {
			continue
		}
		for i, t := range p.Things {
			if t.Item.ID == thing || t.Item.ID == "" && t.Item.Kind == thing {
				return v.Sights[i]
			}
		}
	}
	return out
}

func (s *school) endCustody(about, party string, until portfolio.Date) *portfolio.Fact {
	s.t.Helper()
	f := s.factOf(portfolio.FactCustody, about, party)
	end, err := s.lib.EndFact(ctx, s.admin, f.ID, until, "beschikking 12")
	s.ok(err)
	return end
}

func TestWhatIsRecordedLateDiffersBetweenThenAndNow(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	s.later(10 * 24 * time.Hour)
	monday := s.at
	s.later(5 * 24 * time.Hour)
	s.endCustody("sem", "samira", portfolio.DateOf(monday))
	after := s.at
	s.later(time.Hour)

	samira := s.id("samira")
	got := sight(s.past("sem", monday), samira, portfolio.HatGuardian, w.ID)
	if got.Then.Outcome != portfolio.INSPECT || got.Then.Rule != "6.1" || got.Now.Open || got.Now.Rule != "6.3" || got.Differs() <= 0 {
		t.Errorf("on the day of the end: %+v, want seen then and not right as we know now", got)
	}
	got = sight(s.past("sem", monday.AddDate(0, 0, -1)), samira, portfolio.HatGuardian, w.ID)
	if !got.Then.Open || !got.Now.Open || got.Differs() != 0 {
		t.Errorf("the day before: %+v, want seen and right", got)
	}
	got = sight(s.past("sem", after), samira, portfolio.HatGuardian, w.ID)
	if got.Then.Open || got.Now.Open || got.Differs() != 0 {
		t.Errorf("once it was recorded: %+v, want closed in both", got)
	}
}

func TestAConfirmationCountsFromWhenItCameAndADeclinedFactNeverDid(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	custody := func(who string) *portfolio.Fact {
		s.person(who, portfolio.HatGuardian, portfolio.Birth{})
		f, err := s.lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id(who), From: 20160101, Verified: 20261101, Evidence: "stuk 9"})
		s.ok(err)
		return f
	}
	good, bad := custody("ruben"), custody("karel")
	s.later(24 * time.Hour)
	waiting := s.at
	s.later(6 * 24 * time.Hour)
	_, err := s.lib.ConfirmFact(ctx, s.other, good.ID)
	s.ok(err)
	_, err = s.lib.DeclineFact(ctx, s.other, bad.ID, "vervalst")
	s.ok(err)
	confirmed := s.at
	s.later(time.Hour)

	then := s.past("sem", waiting)
	if got := sight(then, s.id("ruben"), portfolio.HatGuardian, w.ID); got.Then.Open || got.Then.Rule != "5" || !got.Now.Open || got.Differs() >= 0 {
		t.Errorf("while it waited: %+v, want nothing then and custody as we know now", got)
	}
	if got := sight(then, s.id("karel"), portfolio.HatGuardian, w.ID); got.Then.Open || got.Now.Open {
		t.Errorf("declined: %+v, want nothing open in either", got)
	}
	if got := sight(s.past("sem", confirmed), s.id("ruben"), portfolio.HatGuardian, w.ID); !got.Then.Open || got.Differs() != 0 {
		t.Errorf("once confirmed: %+v, want open", got)
	}
}

func TestAProofThatWasSeenLaterCountsFromWhenItWasConfirmed(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	s.person("ruben", portfolio.HatGuardian, portfolio.Birth{})
	f := s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.id("ruben"), From: 20160101})
	s.later(24 * time.Hour)
	before := s.at
	s.later(24 * time.Hour)
	seen, err := s.lib.VerifyCustody(ctx, s.admin, f.ID, portfolio.DateOf(before), "uittreksel")
	s.ok(err)
	between := s.at
	s.later(24 * time.Hour)
	_, err = s.lib.ConfirmFact(ctx, s.other, seen.ID)
	s.ok(err)
	s.later(time.Hour)
	for name, at := range map[string]time.Time{"before": before, "between": between} {
		if got := sight(s.past("sem", at), s.id("ruben"), portfolio.HatGuardian, w.ID); got.Then.Open || !got.Now.Open {
			t.Errorf("%s: %+v, want closed then and, as we know now, open from the day of the proof", name, got)
		}
	}
	if got := sight(s.past("sem", s.at), s.id("ruben"), portfolio.HatGuardian, w.ID); !got.Then.Open {
		t.Errorf("after: %+v, want open", got)
	}
}

func TestThingsAreAsTheyWereAtTheInstant(t *testing.T) {
	s := newSchool(t)
	start := s.at
	s.later(time.Hour)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan"})
	mark := map[string]time.Time{}
	step := func(name string, do func() (*portfolio.Work, error)) {
		s.later(time.Hour)
		var err error
		w, err = do()
		s.ok(err)
		mark[name] = s.at
		s.later(time.Hour)
	}
	sem := s.who["sem"]
	mark["private"] = s.at
	step("class", func() (*portfolio.Work, error) { return s.lib.ShareWork(ctx, sem, w.ID, w.Rev, inClass) })
	step("text", func() (*portfolio.Work, error) {
		return s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "vulkaan", Text: "nieuw", Audience: inClass}, nil)
	})
	step("draft", func() (*portfolio.Work, error) {
		return s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "vulkaan", Text: "nieuw", Audience: inClass, Draft: true}, nil)
	})
	step("shared", func() (*portfolio.Work, error) {
		return s.lib.ChangeWork(ctx, sem, w.ID, w.Rev, portfolio.NewWork{Title: "vulkaan", Text: "nieuw", Audience: shared}, nil)
	})
	step("binned", func() (*portfolio.Work, error) { return s.lib.BinWork(ctx, sem, w.ID, w.Rev) })
	step("back", func() (*portfolio.Work, error) { return s.lib.UnbinWork(ctx, sem, w.ID, w.Rev) })
	draft, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
	s.ok(err)
	mark["assessing"] = s.at
	s.later(time.Hour)
	_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], draft.ID, draft.Rev)
	s.ok(err)
	mark["assessed"] = s.at

	if p := s.past("sem", start); slices.ContainsFunc(p.Things, func(x portfolio.Thing) bool { return x.Item.ID != "" }) {
		t.Errorf("before there was anything: %+v", p.Things)
	}
	for _, c := range []struct{ at, who, hat, want string }{
		{"private", "fatima", portfolio.HatStaff, "NO"}, {"private", "mees", portfolio.HatStudent, "NO"}, {"private", "samira", portfolio.HatGuardian, "REQUEST"},
		{"class", "fatima", portfolio.HatStaff, "DUTY"}, {"class", "mees", portfolio.HatStudent, "SHARED"}, {"class", "samira", portfolio.HatGuardian, "INSPECT"},
		{"text", "mees", portfolio.HatStudent, "SHARED"},
		{"draft", "mees", portfolio.HatStudent, "NO"}, {"draft", "fatima", portfolio.HatStaff, "NO"},
		{"shared", "mees", portfolio.HatStudent, "NO"}, {"shared", "fatima", portfolio.HatStaff, "DUTY"},
		{"binned", "samira", portfolio.HatGuardian, "NO"}, {"back", "samira", portfolio.HatGuardian, "INSPECT"},
	} {
		p := s.past("sem", mark[c.at])
		if got := sight(p, s.id(c.who), c.hat, w.ID).Then.Outcome.String(); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.at, c.who, got, c.want)
		}
		for _, x := range p.Things {
			if x.Unsure {
				t.Errorf("%s: %s is unsure", c.at, x.Item.ID)
			}
		}
	}
	for at, want := range map[string]string{"assessing": "NO", "assessed": "INSPECT"} {
		p := s.past("sem", mark[at])
		if got := sight(p, s.id("samira"), portfolio.HatGuardian, draft.ID).Then.Outcome.String(); got != want {
			t.Errorf("%s: samira gets %s of the assessment, want %s", at, got, want)
		}
		if !sight(p, s.id("fatima"), portfolio.HatStaff, draft.ID).Then.Open {
			t.Errorf("%s: its author does not see it", at)
		}
	}
}

func TestOfAWorkFromBeforeShowingsWereKeptItIsSaidThatItIsUnsure(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "oud", Audience: shared})
	doc, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "work", ID: w.ID})
	s.ok(err)
	var body map[string]any
	s.ok(json.Unmarshal(doc.Body, &body))
	delete(body, "shown_since")
	doc.Body, err = json.Marshal(body)
	s.ok(err)
	s.ok(s.store.Replace(ctx, doc)) // as an earlier Kaft would leave it after a change
	s.later(time.Hour)
	before := s.at
	s.later(time.Hour)
	_, err = s.lib.ShareWork(ctx, s.who["sem"], w.ID, doc.Rev+1, nil)
	s.ok(err)
	unsure := func(at time.Time) bool { return s.past("sem", at).Things[0].Unsure }
	if !unsure(before) || unsure(s.at) {
		t.Errorf("unsure before %v and after %v, want true and false", unsure(before), unsure(s.at))
	}
}

func TestTheTimeMachineIsForThePrivacyOfficerAndLeavesALine(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	for _, who := range []string{"sem", "samira", "joost", "fatima", "joris", "lotte"} {
		_, err := s.lib.TimeMachine(ctx, s.who[who], s.id("sem"), s.at)
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.LateFacts(ctx, s.who[who])
		s.fails(err, portfolio.Forbidden)
	}
	_, err := s.lib.TimeMachine(ctx, s.admin, s.id("sem"), s.at)
	s.fails(err, portfolio.Forbidden)
	_, err = s.lib.TimeMachine(ctx, s.who["petra"], s.id("samira"), s.at)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.TimeMachine(ctx, s.who["petra"], s.id("sem"), s.at.Add(time.Second))
	s.fails(err, portfolio.Invalid)
	lines := func() (n int) {
		all, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 100)
		s.ok(err)
		for _, x := range all {
			if x.Act == "timemachine" && x.Actor == s.id("petra") {
				n++
			}
		}
		return n
	}
	if n := lines(); n != 0 {
		t.Errorf("%d lines before it was used", n)
	}
	s.past("sem", s.at)
	if n := lines(); n != 1 {
		t.Errorf("the family reads %d lines, want 1", n)
	}
}

func TestTheCasesOfTheTimeMachineAnswerOfflineWhatItSaid(t *testing.T) {
	s := newSchool(t)
	s.add("sem", portfolio.NewWork{Title: "Geheime titel", Audience: inClass})
	s.add("sem", portfolio.NewWork{Title: "Geheime titel", Text: "Geheime tekst"})
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, About: s.id("sem"), Party: s.id("joost"), From: 20260101})
	s.later(48 * time.Hour)
	at := s.at
	s.later(48 * time.Hour)
	s.endCustody("sem", "samira", portfolio.DateOf(at))
	s.later(time.Hour)
	p := s.past("sem", at)

	var file bytes.Buffer
	want := []portfolio.Decision{}
	for c := range p.Cases() {
		b, err := json.Marshal(&c)
		s.ok(err)
		file.Write(append(b, '\n'))
	}
	for _, v := range p.Views {
		for _, x := range v.Sights {
			want = append(want, x.Then, x.Now)
		}
	}
	for _, secret := range []string{"Geheime", "samira", "joost", "fatima", "sem\""} {
		if strings.Contains(file.String(), secret) {
			t.Errorf("the file says %q", secret)
		}
	}
	var out, bad bytes.Buffer
	n, err := portfolio.InspectCases(bytes.NewReader(file.Bytes()), &out, &bad)
	s.ok(err)
	if n > 0 {
		t.Fatalf("%d bad lines: %s", n, bad.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) || len(want) < 40 {
		t.Fatalf("%d answers, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		var got struct {
			Outcome    portfolio.Outcome
			Open, Hold bool
			Rule       string
			Redact     portfolio.Redact
		}
		s.ok(json.Unmarshal([]byte(line), &got))
		d := want[i]
		if got.Outcome != d.Outcome || got.Open != d.Open || got.Hold != d.Hold || got.Rule != d.Rule || got.Redact != d.Redact {
			t.Errorf("line %d says %s, the time machine said %+v", i+1, line, d)
		}
	}
}

func TestALateEndListsWhatWasSeenInBetweenAndTellsThePrivacyOfficer(t *testing.T) {
	s := newSchool(t)
	w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	look := func(who string) {
		s.t.Helper()
		_, err := s.lib.Work(ctx, s.who[who], w.ID)
		s.ok(err)
	}
	look("samira") // before the day from which it ended
	s.later(24 * time.Hour)
	ended := portfolio.DateOf(s.at)
	look("samira")
	look("samira")
	look("fatima")
	s.later(3 * 24 * time.Hour)
	look("samira")
	s.later(time.Minute)
	end := s.endCustody("sem", "samira", ended)

	late, err := s.lib.LateFacts(ctx, s.who["petra"])
	s.ok(err)
	if len(late) != 1 || late[0].ID != end.ID || late[0].From != ended || !late[0].To.Equal(s.at) || late[0].PartyName != "samira" || late[0].Ended.Type != portfolio.FactCustody {
		t.Fatalf("late: %+v", late)
	}
	if len(late[0].Looks) != 1 || late[0].Looks[0].Count != 3 || late[0].Looks[0].Newest.Kind != portfolio.ItemWork {
		t.Errorf("looks in between: %+v, want 3 at work", late[0].Looks)
	}
	told, err := s.lib.Notices(ctx, s.who["petra"], 10)
	s.ok(err)
	if len(told) != 1 || told[0].What != "late_end" || told[0].Item != end.ID || told[0].On != ended || told[0].StudentName != "sem" {
		t.Errorf("told %+v, want one notice of the late end", told)
	}
	for _, who := range []string{"samira", "sem", "fatima"} {
		if told, err := s.lib.Notices(ctx, s.who[who], 10); err != nil || len(told) > 0 {
			t.Errorf("%s was told %d things, %v", who, len(told), err)
		}
	}

	// A court order and a refusal that hold from an earlier day are late too.
	s.later(time.Hour)
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("lotte"), Party: s.id("samira"), From: ended})
	s.later(time.Hour)
	s.fact(portfolio.Fact{Type: portfolio.FactRefusal, Kinds: []string{portfolio.ItemAssessment}, About: s.id("lotte"), Party: s.id("samira"), From: ended, Review: 20270601})
	late, err = s.lib.LateFacts(ctx, s.who["petra"])
	s.ok(err)
	got := []string{}
	for _, x := range late {
		got = append(got, fmt.Sprint(x.Type, " ", x.AboutName, " ", x.Count()))
	}
	if want := []string{"refusal lotte 0", "order lotte 0", "end sem 3"}; !slices.Equal(got, want) {
		t.Errorf("late: %v, want %v", got, want)
	}
}

func TestWhatIsInTimeOrGivesAccessOrWasTakenBackIsNotLate(t *testing.T) {
	s := newSchool(t)
	today := portfolio.DateOf(s.at)
	s.endCustody("lotte", "samira", today)
	order := s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderInform, About: s.id("sem"), Party: s.id("joost"), From: 20260101})
	_, err := s.lib.EndFact(ctx, s.admin, order.ID, today.AddDays(-3), "herzien")
	s.ok(err)
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoContact, About: s.id("sem"), Party: s.id("joost"), From: today})
	wrong := s.endCustody("sem", "samira", today.AddDays(-3))
	_, err = s.lib.DeclineFact(ctx, s.other, wrong.ID, "verkeerde leerling")
	s.ok(err)
	late, err := s.lib.LateFacts(ctx, s.who["petra"])
	s.ok(err)
	got := []string{}
	for _, x := range late {
		got = append(got, fmt.Sprint(x.Type, " ", x.Fact.Of == order.ID))
	}
	if want := []string{"end true"}; !slices.Equal(got, want) { // the end of what gave access is late
		t.Errorf("late: %v, want %v", got, want)
	}
}

// BenchmarkTimeMachine is a student with 200 works, half of them for the class,
// an assessment of each, and a class of 30 with two guardians each.
func BenchmarkTimeMachine(b *testing.B) {
	s := newSchool(b)
	for i := range 28 {
		child := fmt.Sprint("kind", i)
		s.person(child, portfolio.HatStudent, portfolio.Birth{})
		s.fact(portfolio.Fact{Type: portfolio.FactEnrolment, About: s.id(child), Party: s.class.ID, From: 20260801})
		for _, parent := range []string{child + "-ma", child + "-pa"} {
			s.person(parent, portfolio.HatGuardian, portfolio.Birth{})
			s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id(child), Party: s.id(parent), From: 20160101, Verified: 20240820})
		}
	}
	for i := range 200 {
		audience := shared
		if i%2 == 0 {
			audience = append(slices.Clone(inClass), portfolio.ToClassGuardians)
		}
		w := s.add("sem", portfolio.NewWork{Title: fmt.Sprint("werk ", i), Audience: audience})
		a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 2})
		s.ok(err)
		_, err = s.lib.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
		s.ok(err)
	}
	for b.Loop() {
		if p := s.past("sem", s.at); len(p.Things) != 404 || len(p.Views) < 30 {
			b.Fatalf("%d things, %d views", len(p.Things), len(p.Views))
		}
	}
}
