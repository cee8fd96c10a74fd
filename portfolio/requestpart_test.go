package portfolio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// rest is what is still open of a request of which a part was released.
func (s *school) rest(who string, r *portfolio.Request) *portfolio.RequestCase {
	s.t.Helper()
	c := s.request(who, r)
	if c.Rest == nil {
		s.t.Fatal("nothing of the request is open")
	}
	return s.request(who, c.Rest)
}

func (s *school) release(who string, r *portfolio.Request, what portfolio.Releasing) error {
	if what.Last == 0 {
		what.Last = s.today().AddDays(29)
	}
	_, err := s.lib.ReleaseRequest(ctx, s.who[who], r.ID, r.Rev, what)
	return err
}

func TestWhatIsLeftOutOfAReleaseStaysOpenWithTheSameDeadline(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{Period: "dit jaar", Why: "voor de huisarts"})
	left, err := s.lib.PreviewRelease(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
	s.ok(err)
	if !slices.Equal(left.Kinds, []string{"care", "record"}) || s.request("samira", r).State != portfolio.RequestOpen {
		t.Fatalf("the preview leaves %v", left)
	}
	s.later(24 * time.Hour)
	s.ok(s.release("ingrid", r, portfolio.Releasing{Kinds: []string{"work"}}))

	c := s.rest("samira", r)
	if !c.Mine || c.State != portfolio.RequestOpen || !slices.Equal(c.Kinds, []string{"care", "record"}) || c.Due != r.Due || !c.AskedAt.Equal(r.AskedAt) ||
		c.Period != r.Period || c.Why != r.Why || c.Whole == nil || c.Whole.ID != r.ID {
		t.Errorf("the rest: %+v", c.Request)
	}
	if got := s.heard("samira"); got != "request_released_part" {
		t.Errorf("samira was told %q", got)
	}
	mine, err := s.lib.MyRequests(ctx, s.who["samira"])
	s.ok(err)
	open, err := s.lib.OpenRequests(ctx, s.who["ingrid"])
	s.ok(err)
	if len(mine) != 2 || len(open) != 1 || open[0].ID != c.ID {
		t.Errorf("samira has %d requests, ingrid %d open", len(mine), len(open))
	}
	// It is refused with a reason and a letter, like any other.
	why := portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: because}
	letter, err := s.lib.PreviewRefusal(ctx, s.who["ingrid"], c.ID, c.Rev, why)
	s.ok(err)
	if !letter.Part || !slices.Equal(letter.Kinds, []string{"care", "record"}) || letter.AskedOn != 20261122 {
		t.Errorf("the letter: %+v", letter)
	}
	_, err = s.lib.RefuseRequest(ctx, s.who["ingrid"], c.ID, c.Rev, why)
	s.ok(err)
	if c := s.rest("samira", r); c.State != portfolio.RequestRefused || c.Letter() == nil || c.Letter().Words != because {
		t.Errorf("samira reads %+v", c.Request)
	}
	if c := s.request("samira", r); c.State != portfolio.RequestReleased || c.Letter() != nil || !slices.Equal(c.Decided.Kinds, []string{"work"}) {
		t.Errorf("the release: %+v", c.Decided)
	}
}

func TestAReleaseOfEverythingLeavesNothingOpen(t *testing.T) {
	s := deciding(t)
	one := s.add("sem", portfolio.NewWork{Title: "geheim"})
	gone := s.add("sem", portfolio.NewWork{Title: "weg"})
	whole := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work", "record"}, Items: []string{one.ID}})
	s.ok(s.release("ingrid", whole, portfolio.Releasing{Kinds: []string{"record", "work", "work"}}))
	if c := s.request("samira", whole); c.Rest != nil || !slices.Equal(c.Decided.Kinds, []string{"record", "work"}) {
		t.Errorf("a thing of a kind that was released is still open: %+v", c.Decided)
	}
	s.ok(second(s.lib.WithdrawRequest(ctx, s.who["samira"], s.ask("samira", "sem", portfolio.Question{}).ID, 1)))
	items := s.ask("samira", "sem", portfolio.Question{Items: []string{one.ID, gone.ID}})
	s.ok(s.release("ingrid", items, portfolio.Releasing{Items: []string{one.ID}}))
	if c := s.rest("ingrid", items); !slices.Equal(c.Items, []string{gone.ID}) || len(c.Single) != 1 || c.Single[0].Title != "" {
		t.Errorf("what is left: %v, can be released %+v (ingrid may not read a private work)", c.Items, c.Single)
	}
	if s.heard("samira") != "request_released request_released_part" {
		t.Errorf("samira was told %q", s.heard("samira"))
	}
}

func TestAReleaseNeverGivesMoreThanWasAsked(t *testing.T) {
	s := deciding(t)
	one := s.add("sem", portfolio.NewWork{Title: "geheim"})
	other := s.add("sem", portfolio.NewWork{Title: "ook geheim"})
	later := s.add("sem", portfolio.NewWork{Title: "gedeeld na het verzoek"})
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"care"}, Items: []string{one.ID, later.ID}})
	for _, what := range []portfolio.Releasing{
		{Kinds: []string{"record"}}, {Kinds: []string{"care", "work"}}, {Items: []string{other.ID}}, {Kinds: []string{"care"}, Items: []string{other.ID}},
		{Items: []string{"*"}}, {Kinds: []string{"*"}},
	} {
		err := s.release("ingrid", r, what)
		s.fails(err, portfolio.Invalid)
		if messageOf(err) != "error.request_asked" {
			t.Errorf("%v: %v", what, err)
		}
	}
	_, err := s.lib.ShareWork(ctx, s.who["sem"], later.ID, later.Rev, shared)
	s.ok(err)
	s.ok(s.release("ingrid", r, portfolio.Releasing{Kinds: []string{"care"}, Items: []string{one.ID, later.ID}})) // shown since: that keeps nobody from answering
	for w, want := range map[string]bool{one.ID: true, other.ID: false} {
		if _, err := s.lib.Work(ctx, s.who["samira"], w); (err == nil) != want {
			t.Errorf("%s: %v", w, err)
		}
	}
}

func TestWhoReleasesMayOpenWhatIsReleased(t *testing.T) {
	s := newFile(t)
	s.who["directeur"] = s.who["management"]
	care := s.pieces["sem care"]
	r := s.ask("samira", "sem", portfolio.Question{})
	one := s.ask("samira", "sem", portfolio.Question{Items: []string{care.ID}})
	for who, want := range map[string]string{"mentor": "work record", "directeur": "work record", "care": "work record care"} {
		c := s.request(who, r)
		if got := strings.Join(c.Scope, " "); got != want {
			t.Errorf("%s may release %q, want %q", who, got, want)
		}
		single := s.request(who, one)
		if got := len(single.Single) == 1 && single.Single[0].Title == care.Title; got != (who == "care") {
			t.Errorf("%s releases the piece: %+v", who, single.Single)
		}
		if who == "care" {
			continue
		}
		if len(c.Others) != 1 || c.Others[0].Kind != "care" || len(c.Others[0].People) != 1 || c.Others[0].People[0].ID != s.id("care") {
			t.Errorf("%s reads that care is released by %+v", who, c.Others)
		}
		for _, err := range []error{s.release(who, r, portfolio.Releasing{Kinds: []string{"care"}}), s.release(who, one, portfolio.Releasing{Items: []string{care.ID}})} {
			s.fails(err, portfolio.Invalid)
			if messageOf(err) != "error.request_unread" {
				t.Errorf("%s: %v", who, err)
			}
		}
	}
	if c := s.request("petra", r); len(c.Scope) > 0 || len(c.Others) != 3 {
		t.Errorf("the FG releases %v, others %v", c.Scope, c.Others)
	}
	// The mentor gives what the mentor may; the rest is handed to care.
	s.ok(s.release("mentor", r, portfolio.Releasing{Kinds: []string{"record", "work"}}))
	rest := s.rest("care", r)
	if !slices.Equal(rest.Kinds, []string{"care"}) || s.heard("care") != "request_handed" || s.heard("directeur")+s.heard("mentor") != "" {
		t.Errorf("left %v; care heard %q, the others %q", rest.Kinds, s.heard("care"), s.heard("directeur")+s.heard("mentor"))
	}
	s.ok(s.release("care", rest.Request, portfolio.Releasing{Kinds: []string{"care"}}))
	if _, err := s.lib.Record(ctx, s.who["samira"], care.ID); err != nil {
		t.Errorf("samira opens care: %v", err)
	}
}

func TestARestrictionKeepsNobodyFromAnsweringARequest(t *testing.T) {
	s := newFile(t)
	record := s.pieces["sem record"]
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"record"}})
	s.fact(portfolio.Fact{Type: portfolio.FactRestriction, About: s.id("sem"), Kinds: []string{"record"}, From: 20261101})
	if _, err := s.lib.Record(ctx, s.who["mentor"], record.ID); err == nil {
		t.Error("the mentor opens what is restricted")
	}
	s.ok(s.release("mentor", r, portfolio.Releasing{Kinds: []string{"record"}}))
	if _, err := s.lib.Record(ctx, s.who["samira"], record.ID); err != nil {
		t.Errorf("samira: %v", err)
	}
}

func TestARequestNamesNoMoreThanAHundredThings(t *testing.T) {
	s := deciding(t)
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint("ding ", i)
	}
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}})
	for _, err := range []error{
		second(s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Items: many})),
		second(s.lib.Ask(ctx, s.who["samira"], s.id("sem"), portfolio.Question{Kinds: many})),
		s.release("ingrid", r, portfolio.Releasing{Items: many}),
		s.release("ingrid", r, portfolio.Releasing{Kinds: many}),
	} {
		if s.fails(err, portfolio.Invalid); messageOf(err) != "error.request_many" {
			t.Errorf("%v", err)
		}
	}
	_, err := s.lib.Ask(ctx, s.who["mees"], s.id("sem"), portfolio.Question{Items: many})
	s.fails(err, portfolio.NotFound) // a stranger learns no limit
}

func TestTheRestOfAPartialReleaseSurvivesACrash(t *testing.T) {
	for _, test := range []struct {
		at   string
		left int
	}{{"request", 0}, {"fact", 0}, {"audit", 0}, {"notice", 0}, {"notice", 3}, {"request", 1}} {
		s := deciding(t)
		r := s.ask("samira", "sem", portfolio.Question{})
		broken := portfolio.NewLibrary(&breaking{s.store, test.at, test.left}, s.files, plainIntake{}, s.now)
		_, err := broken.ReleaseRequest(ctx, s.who["mentor"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"record"}, Last: s.today()})
		if test.at == "audit" { // the line is owed, the rest is done
			s.ok(err)
		} else {
			s.fails(err, portfolio.Unavailable)
		}
		s.later(time.Minute)
		for range 2 {
			_, err = s.lib.FinishRequests(ctx)
			s.ok(err)
		}
		open, err := s.lib.OpenRequests(ctx, s.who["petra"])
		s.ok(err)
		if test.at == "request" && test.left == 0 {
			if len(open) != 1 || open[0].ID != r.ID {
				t.Errorf("nothing was decided, and %d are open", len(open))
			}
			continue
		}
		if c := s.rest("samira", r); len(open) != 1 || open[0].ID != c.ID || !slices.Equal(c.Kinds, []string{"care", "work"}) ||
			s.heard("samira") != "request_released_part" || s.heard("ingrid") != "request_handed" {
			t.Errorf("%v: %d open, %v, samira heard %q, care %q", test, len(open), c.Kinds, s.heard("samira"), s.heard("ingrid"))
		}
	}
}

func TestThePageThatSaysWhyTellsOfAReleaseAndOfNothingThatWasClosedAgain(t *testing.T) {
	s := deciding(t)
	one := s.add("sem", portfolio.NewWork{Title: "geheim"})
	s.ok(s.release("ingrid", s.ask("samira", "sem", portfolio.Question{Kinds: []string{"record"}}), portfolio.Releasing{Kinds: []string{"record"}}))
	s.ok(s.release("ingrid", s.ask("samira", "sem", portfolio.Question{Items: []string{one.ID}}), portfolio.Releasing{Items: []string{one.ID}, Last: s.today()}))
	tells := func(who string) string {
		o, err := s.lib.Outlook(ctx, s.who[who], s.id("sem"))
		s.ok(err)
		var out []string
		for _, r := range o.Released {
			out = append(out, fmt.Sprint(len(r.Decided.Kinds), " kinds ", len(r.Decided.Items), " items until ", r.Decided.Last()))
		}
		for _, k := range o.Kinds {
			if k.Last != 0 {
				out = append(out, k.Kind+" until "+k.Last.String())
			}
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	if got, want := tells("samira"), "0 kinds 1 items until 2026-11-22, 1 kinds 0 items until 2026-12-21, record until 2026-12-21"; got != want {
		t.Errorf("samira reads %q, want %q", got, want)
	}
	if got := tells("joost"); got != "" {
		t.Errorf("joost reads %q", got)
	}
	s.later(24 * time.Hour)
	if got, want := tells("samira"), "1 kinds 0 items until 2026-12-21, record until 2026-12-21"; got != want {
		t.Errorf("a day later samira reads %q, want %q", got, want)
	}
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("samira"), From: 20261101})
	if got := tells("samira"); got != "" {
		t.Errorf("after a court order samira reads %q", got)
	}
}

func TestAReleaseOfWhichTheStudentIsNotToldIsNotToldAsWhoSees(t *testing.T) {
	s := deciding(t)
	one := s.add("sem", portfolio.NewWork{Title: "geheim"})
	s.ok(s.release("ingrid", s.ask("samira", "sem", portfolio.Question{Items: []string{one.ID}}), portfolio.Releasing{Items: []string{one.ID}, Quiet: because}))
	r, err := s.lib.WorkReaders(ctx, s.who["samira"], one.ID)
	s.ok(err)
	if len(r.Readers) != 1 || r.Readers[0].ID != s.id("samira") || !r.Readers[0].Released {
		t.Errorf("samira reads %+v, want that it was released to her", r.Readers)
	}
	r, err = s.lib.WorkReaders(ctx, s.who["sem"], one.ID)
	s.ok(err)
	if len(r.Readers) != 0 || !slices.ContainsFunc(r.Askers, func(x portfolio.Reader) bool { return x.ID == s.id("samira") }) {
		t.Errorf("sem reads %+v and %+v, want that samira may ask", r.Readers, r.Askers)
	}
}
