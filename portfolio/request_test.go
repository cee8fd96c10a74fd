package portfolio_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

const (
	because = "Wij hebben dit met de intern begeleider besproken."
	inWords = "Het gaat goed met lezen en met vriendjes in de klas."
)

// deciding is a school with who decides on requests about sem: a mentor of his
// class, care for the school, and management that is not family.
func deciding(t *testing.T) *school {
	t.Helper()
	s := newSchool(t)
	for name, kind := range map[string]string{"mentor": portfolio.DutyMentor, "ingrid": portfolio.DutyCare, "directeur": portfolio.DutyManagement} {
		s.person(name, portfolio.HatStaff, portfolio.Birth{})
		about := s.admin.School
		if name == "mentor" {
			about = s.class.ID
		}
		s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: kind, About: about, Party: s.id(name), From: 20260801})
	}
	return s
}

func (s *school) ask(who, student string, q portfolio.Question) *portfolio.Request {
	s.t.Helper()
	r, err := s.lib.Ask(ctx, s.who[who], s.id(student), q)
	s.ok(err)
	return r
}

func (s *school) request(who string, r *portfolio.Request) *portfolio.RequestCase {
	s.t.Helper()
	c, err := s.lib.RequestByID(ctx, s.who[who], r.ID)
	s.ok(err)
	return c
}

func (s *school) today() portfolio.Date { return portfolio.DateOf(s.now()) }

// heard lists what somebody has notices of.
func (s *school) heard(who string) string {
	s.t.Helper()
	all, err := s.lib.Notices(ctx, s.who[who], 100)
	s.ok(err)
	var out []string
	for _, n := range all {
		out = append(out, n.What)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// steps lists the acts about a request in a student's log, oldest first.
func (s *school) steps(reader, student string, r *portfolio.Request) (out []string) {
	s.t.Helper()
	all, err := s.lib.Log(ctx, s.who[reader], s.id(student), 1000)
	s.ok(err)
	for _, n := range all {
		if n.Item == r.ID {
			out = append(out, strings.Join([]string{n.Act, n.Kind, n.Outcome, n.Rule}, " "))
			for _, text := range []string{because, inWords} {
				if strings.Contains(n.Note, text) {
					s.t.Errorf("the log holds what was said: %q", n.Note)
				}
			}
		}
	}
	slices.Reverse(out)
	return out
}

func TestARequestIsAcknowledgedWithWhatItIsAboutAndByWhenItIsAnswered(t *testing.T) {
	s := deciding(t)
	secret := s.add("sem", portfolio.NewWork{Title: "geheim"})
	r := s.ask("samira", "sem", portfolio.Question{Period: "dit jaar"})
	if got, want := r.Kinds, []string{"care", "record", "work"}; !slices.Equal(got, want) {
		t.Errorf("without a choice it is about %v, want all that opens on request: %v", got, want)
	}
	one := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"record", "record"}, Items: []string{secret.ID}})
	if !slices.Equal(one.Kinds, []string{"record"}) || !slices.Equal(one.Items, []string{secret.ID}) {
		t.Errorf("asked for %v and %v", one.Kinds, one.Items)
	}
	if got := s.ask("joost", "sem", portfolio.Question{}).Kinds; !slices.Equal(got, []string{"assessment"}) {
		t.Errorf("joost asks about %v", got)
	}
	c := s.request("samira", r)
	if !c.Mine || c.Decides || c.Left != 29 || c.Due != 20261221 || !slices.Equal(c.Officers, []string{"petra"}) || len(c.Custody)+len(c.Scope) > 0 {
		t.Errorf("the receipt: %+v", c)
	}
	if got, want := s.steps("samira", "sem", r), []string{"ask view REQUEST 6.1"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q, want %q", got, want)
	}
	if got := s.heard("petra"); strings.Count(got, "request_new") != 3 {
		t.Errorf("the FG was told %q", got)
	}
}

func TestOnlyWhatTheAskerHasTheRightToCanBeAskedFor(t *testing.T) {
	s := deciding(t)
	shown := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	other := s.add("mees", portfolio.NewWork{Title: "van mees"})
	for _, test := range []struct {
		who  string
		ask  portfolio.Question
		want portfolio.ErrKind
	}{
		{"samira", portfolio.Question{Kinds: []string{"assessment"}}, portfolio.Invalid}, // open already
		{"samira", portfolio.Question{Kinds: []string{"note"}}, portfolio.Invalid},
		{"samira", portfolio.Question{Kinds: []string{"*"}}, portfolio.Invalid},
		{"joost", portfolio.Question{Kinds: []string{"record"}}, portfolio.Invalid},
		{"samira", portfolio.Question{Items: []string{shown.ID}}, portfolio.NotFound}, // open already
		{"samira", portfolio.Question{Items: []string{other.ID}}, portfolio.NotFound},
		{"samira", portfolio.Question{Items: []string{"niets"}}, portfolio.NotFound},
		{"joost", portfolio.Question{Items: []string{shown.ID}}, portfolio.NotFound},
		{"sem", portfolio.Question{}, portfolio.Forbidden}, // under 16 the representative asks
		{"mees", portfolio.Question{}, portfolio.NotFound},
	} {
		_, err := s.lib.Ask(ctx, s.who[test.who], s.id("sem"), test.ask)
		s.fails(err, test.want)
	}
	if open, err := s.lib.OpenRequests(ctx, s.who["petra"]); err != nil || len(open) > 0 {
		t.Errorf("%d requests were made, %v", len(open), err)
	}
}

func TestAStudentOf16AsksForTheOwnFile(t *testing.T) {
	s := deciding(t)
	if w := s.ward("lotte", "lotte"); w.Asks != portfolio.AskToView {
		t.Errorf("lotte may ask %q", w.Asks)
	}
	r := s.ask("lotte", "lotte", portfolio.Question{})
	if !slices.Equal(r.Kinds, []string{"care", "record"}) {
		t.Errorf("lotte asks for %v", r.Kinds)
	}
	_, err := s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: s.today().AddDays(30)})
	s.fails(err, portfolio.Invalid) // nothing narrows the student's own right (rule 4)
	_, err = s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"record"}, Last: s.today()})
	s.ok(err)
	if got, want := s.steps("lotte", "lotte", r), []string{"ask view REQUEST 4", "release view REQUEST 4"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q, want %q", got, want)
	}
	if got := s.heard("lotte"); got != "request_released_part" { // care waits for an answer
		t.Errorf("lotte was told %q", got)
	}
	if f := s.factOf(portfolio.FactRelease, "lotte", "lotte"); f == nil || f.Until != s.today().AddDays(1) || f.Request != r.ID {
		t.Errorf("the fact: %+v", f)
	}
}

func TestWhoReadsTheFileByDutyDecidesAndNobodyElse(t *testing.T) {
	s := deciding(t)
	p := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "oom"}, Hats: []string{portfolio.HatStaff, portfolio.HatGuardian}})
	s.who["oom"] = portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatStaff}
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyManagement, About: s.admin.School, Party: p.ID, From: 20260801})
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("sem"), Party: p.ID, From: 20200101})
	r := s.ask("samira", "sem", portfolio.Question{})
	talk := s.ask("joost", "sem", portfolio.Question{})
	harm := portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: s.today().AddDays(30)}
	for _, who := range []string{"fatima", "joris", "oom", "petra", "samira", "joost", "sem", "mees-ma"} {
		for name, err := range map[string]error{
			"releases": second(s.lib.ReleaseRequest(ctx, s.who[who], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})),
			"refuses":  second(s.lib.RefuseRequest(ctx, s.who[who], r.ID, r.Rev, harm)),
			"extends":  second(s.lib.ExtendRequest(ctx, s.who[who], r.ID, r.Rev, because)),
			"answers":  second(s.lib.AnswerRequest(ctx, s.who[who], talk.ID, talk.Rev, inWords)),
		} {
			want := portfolio.NotFound
			if asked := map[string]string{"answers": "joost"}[name]; who == asked || asked == "" && who == "samira" {
				want = portfolio.Forbidden
			}
			if portfolio.KindOf(err) != want || err == nil {
				t.Errorf("%s %s: %v", who, name, err)
			}
		}
	}
	for who, want := range map[string]bool{"mentor": true, "ingrid": true, "directeur": true, "fatima": false, "oom": false} {
		open, err := s.lib.OpenRequests(ctx, s.who[who])
		s.ok(err)
		if got := len(open) == 2 && open[0].Handles; got != want {
			t.Errorf("%s decides on %d requests: %v, want %v", who, len(open), got, want)
		}
	}
	for who, want := range map[string]string{"mentor": "decides", "petra": "guards", "samira": "mine"} {
		c := s.request(who, r)
		if got := map[bool]string{c.Decides: "decides", c.Guards: "guards", c.Mine: "mine"}[true]; got != want {
			t.Errorf("%s: %s, want %s", who, got, want)
		}
	}
	for _, who := range []string{"fatima", "joost", "sem", "oom", "mees-ma"} {
		_, err := s.lib.RequestByID(ctx, s.who[who], r.ID)
		s.fails(err, portfolio.NotFound)
	}
	if c := s.request("mentor", talk); c.State != portfolio.RequestOpen {
		t.Errorf("something was decided: %s", c.State)
	}
	_, err := s.lib.AnswerRequest(ctx, s.who["mentor"], talk.ID, talk.Rev, inWords)
	s.ok(err)
}

func second[T any](_ T, err error) error { return err }

func TestWhoAskedDoesNotDecideAlsoNotAsStaff(t *testing.T) {
	s := deciding(t)
	p := s.welcome(portfolio.Person{Name: portfolio.Name{Given: "els"}, Hats: []string{portfolio.HatStaff, portfolio.HatGuardian}})
	parent := portfolio.Actor{School: s.admin.School, Person: p.ID, Hat: portfolio.HatGuardian}
	staff := parent
	staff.Hat = portfolio.HatStaff
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: s.class.ID, Party: p.ID, From: 20260801})
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: p.ID, From: 20200101, Verified: 20260101})
	r, err := s.lib.Ask(ctx, parent, s.id("sem"), portfolio.Question{})
	s.ok(err)
	for _, a := range []portfolio.Actor{parent, staff} {
		_, err = s.lib.ReleaseRequest(ctx, a, r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
		s.fails(err, portfolio.Forbidden)
		_, err = s.lib.ExtendRequest(ctx, a, r.ID, r.Rev, because)
		s.fails(err, portfolio.Forbidden)
	}
	_, err = s.lib.RequestByID(ctx, staff, r.ID)
	s.fails(err, portfolio.NotFound)
	if c := s.request("petra", r); c.State != portfolio.RequestOpen {
		t.Errorf("it is %s", c.State)
	}
}

func TestWhatWasReleasedIsOpenForItsPeriodAndClosesByItself(t *testing.T) {
	s := deciding(t)
	secret := s.add("sem", portfolio.NewWork{Title: "geheim"})
	other := s.add("sem", portfolio.NewWork{Title: "ook geheim"})
	r := s.ask("samira", "sem", portfolio.Question{Items: []string{secret.ID}})
	opens := func(who string, w *portfolio.Work) bool {
		_, err := s.lib.Work(ctx, s.who[who], w.ID)
		return err == nil
	}
	if opens("samira", secret) {
		t.Fatal("it is open before anybody decided")
	}
	_, err := s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Items: []string{secret.ID}, Last: s.today().AddDays(29)})
	s.ok(err)
	if !opens("samira", secret) || opens("samira", other) || opens("joost", secret) || opens("ingrid", secret) {
		t.Error("a release opens what it names, for who asked, and nothing else")
	}
	if c := s.request("samira", r); c.State != portfolio.RequestReleased || len(c.Things) != 1 || c.DeciderName != "ingrid" {
		t.Errorf("samira reads %s, %d works, by %s", c.State, len(c.Things), c.DeciderName)
	}
	if got := s.heard("sem") + "; " + s.heard("samira"); got != "request_released_of_you; request_released" {
		t.Errorf("told: %s", got)
	}
	if got, want := s.steps("sem", "sem", r), []string{"ask view REQUEST 6.1", "release view REQUEST 6.1"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q, want %q", got, want)
	}
	s.later(29 * 24 * time.Hour)
	if !opens("samira", secret) {
		t.Error("closed on its last day")
	}
	s.later(24 * time.Hour)
	if opens("samira", secret) {
		t.Error("open after its last day")
	}
}

func TestWhereTellingHarmsTheStudentIsNotToldOfARelease(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"care"}})
	_, err := s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"care"}, Last: s.today(), Quiet: "kort"})
	s.fails(err, portfolio.Invalid)
	_, err = s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"care"}, Last: s.today(), Quiet: because})
	s.ok(err)
	if got := s.heard("sem"); got != "" {
		t.Errorf("sem was told %q", got)
	}
	if got := s.steps("sem", "sem", r); len(got) != 1 {
		t.Errorf("sem reads %q, want that it was asked", got)
	}
	for _, who := range []string{"samira", "petra"} {
		if got := s.steps(who, "sem", r); len(got) != 2 {
			t.Errorf("%s reads %q", who, got)
		}
	}
}

func TestARefusalForHarmIsKnownToTheRuleUntilSomebodyLooksAgain(t *testing.T) {
	s := deciding(t)
	s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"care"}})
	why := portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: s.today().AddDays(60)}
	letter, err := s.lib.PreviewRefusal(ctx, s.who["ingrid"], r.ID, r.Rev, why)
	s.ok(err)
	if letter.Words != because || letter.AskerName != "samira" || letter.ByName != "ingrid" || letter.Review != why.Review || !slices.Equal(letter.Officers, []string{"petra"}) {
		t.Errorf("the letter: %+v", letter)
	}
	if c := s.request("ingrid", r); c.State != portfolio.RequestOpen {
		t.Fatal("a preview decided")
	}
	_, err = s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, why)
	s.ok(err)
	if got := s.request("samira", r).Letter(); got == nil || got.Words != because || got.Reason != portfolio.ReasonHarm {
		t.Errorf("samira reads %+v", got)
	}
	f := s.factOf(portfolio.FactRefusal, "sem", "samira")
	if f == nil || f.Review != why.Review || f.Waits || !slices.Equal(f.Kinds, []string{"care"}) || f.Request != r.ID {
		t.Fatalf("the fact: %+v", f)
	}
	// She can ask again, and a person looks at it again. While the refusal holds
	// the rule keeps care closed, and the rest stays hers.
	again := s.ask("samira", "sem", portfolio.Question{Why: "opnieuw"})
	if c := s.request("ingrid", again); !slices.Equal(c.Kinds, []string{"care", "record", "work"}) || !slices.Equal(c.Scope, []string{"work", "record"}) || len(c.Refused) != 1 {
		t.Errorf("asked %v, can be released %v, %d refusals", c.Kinds, c.Scope, len(c.Refused))
	}
	_, err = s.lib.ReleaseRequest(ctx, s.who["ingrid"], again.ID, again.Rev, portfolio.Releasing{Kinds: []string{"care"}, Last: s.today()})
	s.fails(err, portfolio.Invalid)
	if works, _, err := s.lib.Works(ctx, s.who["samira"], s.id("sem"), "", 9); err != nil || len(works) != 1 {
		t.Errorf("samira sees %d works, %v", len(works), err)
	}
	if all := s.refusals(); len(all) != 1 || all[0].Past || all[0].Reason != portfolio.ReasonHarm || all[0].AskerName != "samira" {
		t.Errorf("the FG sees %+v", all)
	}
	s.later(60 * 24 * time.Hour)
	if all := s.refusals(); len(all) != 1 || !all[0].Past {
		t.Errorf("the review is due, and the FG sees %+v", all[0])
	}
	_, err = s.lib.Refusals(ctx, s.who["ingrid"])
	s.fails(err, portfolio.Forbidden)
}

func (s *school) refusals() []*portfolio.Refused {
	s.t.Helper()
	all, err := s.lib.Refusals(ctx, s.who["petra"])
	s.ok(err)
	return all
}

func TestARefusalForAnotherReasonChangesNothingForTheRule(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{})
	_, err := s.lib.RefuseRequest(ctx, s.who["directeur"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: because, Review: s.today().AddDays(9)})
	s.ok(err)
	if n := s.facts(portfolio.FactRefusal, r); n != 0 {
		t.Errorf("%d facts", n)
	}
	if got := s.heard("samira"); got != "request_refused" {
		t.Errorf("samira was told %q", got)
	}
	next := s.ask("samira", "sem", portfolio.Question{}) // the same question again is a new request
	if next.ID == r.ID || next.State != portfolio.RequestOpen {
		t.Errorf("asked again: %+v", next)
	}
	if c := s.request("ingrid", next); len(c.Earlier) != 1 || c.Earlier[0].ID != r.ID {
		t.Errorf("%d earlier requests", len(c.Earlier))
	}
}

func TestAnAnswerInWordsShowsWhileTheAskerMayAsk(t *testing.T) {
	s := deciding(t)
	r := s.ask("joost", "sem", portfolio.Question{Period: "hoe gaat het?"})
	_, err := s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"assessment"}, Last: s.today()})
	s.fails(err, portfolio.Invalid) // never a page
	_, err = s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonNoCustody, Words: because})
	s.fails(err, portfolio.Invalid) // only for harm
	_, err = s.lib.AnswerRequest(ctx, s.who["ingrid"], r.ID, r.Rev, inWords)
	s.ok(err)
	reads := func() string {
		mine, err := s.lib.MyRequests(ctx, s.who["joost"])
		s.ok(err)
		c := s.request("joost", r)
		if c.Decided.Words != mine[0].Decided.Words {
			t.Error("the list and the page differ")
		}
		return c.Decided.Words
	}
	if got := reads(); got != inWords {
		t.Errorf("joost reads %q", got)
	}
	if got, want := s.steps("petra", "sem", r), []string{"ask information ON_ASK 6.3", "answer information ON_ASK 6.3"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q, want %q", got, want)
	}
	order := s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("joost"), From: 20261101})
	if got := reads(); got != "" {
		t.Errorf("after a court order joost reads %q", got)
	}
	if c := s.request("ingrid", r); c.Decided.Words != inWords {
		t.Errorf("the school keeps %q", c.Decided.Words)
	}
	end, err := s.lib.EndFact(ctx, s.admin, order.ID, s.today(), "beschikking")
	s.ok(err)
	s.confirm(end)
	if got := reads(); got != inWords {
		t.Errorf("after the order joost reads %q", got)
	}
}

func TestAQuestionThatWasRefusedForHarmCanBeAskedAgainAndIsNotAnsweredWhileThatHolds(t *testing.T) {
	s := deciding(t)
	r := s.ask("joost", "sem", portfolio.Question{})
	_, err := s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: s.today().AddDays(60)})
	s.ok(err)
	if w := s.ward("joost", "sem"); w.Told.Rule != "12" || w.Asks != portfolio.AskToKnow {
		t.Errorf("joost: by %s, may ask %q", w.Told.Rule, w.Asks)
	}
	again := s.ask("joost", "sem", portfolio.Question{})
	_, err = s.lib.AnswerRequest(ctx, s.who["ingrid"], again.ID, again.Rev, inWords)
	s.fails(err, portfolio.Conflict)
	end, err := s.lib.EndFact(ctx, s.admin, s.factOf(portfolio.FactRefusal, "sem", "joost").ID, s.today(), "besluit van het team")
	s.ok(err)
	s.confirm(end)
	_, err = s.lib.AnswerRequest(ctx, s.who["ingrid"], again.ID, again.Rev, inWords)
	s.ok(err)
	if c := s.request("joost", again); c.Decided.Words != inWords {
		t.Errorf("joost reads %q", c.Decided.Words)
	}
}

func TestAQuestionOfWhoMayNoLongerBeToldIsNotAnswered(t *testing.T) {
	s := deciding(t)
	r := s.ask("joost", "sem", portfolio.Question{})
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("joost"), From: 20261101})
	if c := s.request("ingrid", r); c.MayTell {
		t.Error("the page offers to answer")
	}
	_, err := s.lib.AnswerRequest(ctx, s.who["ingrid"], r.ID, r.Rev, inWords)
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: s.today().AddYears(1)})
	s.ok(err)
}

func TestTheDeciderIsToldWhatToLeaveOutAndWhatIsOnRecord(t *testing.T) {
	s := deciding(t)
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, About: s.id("sem"), Party: s.id("joost"), From: 20261101})
	c := s.request("ingrid", s.ask("joost", "sem", portfolio.Question{}))
	if !c.Redact.Has(portfolio.RedactContact) || !c.Redact.Has(portfolio.RedactLocation) {
		t.Errorf("leave out %v", c.Redact)
	}
	if c.Holds != portfolio.CustodyNone || !slices.Equal(c.Ties, []string{"legal_parent"}) || !slices.Equal(c.Ages, []string{"under_16"}) || len(c.Custody) != 1 || c.Custody[0].Name != "samira" || c.Custody[0].Asker {
		t.Errorf("about joost: %+v", c)
	}
	c = s.request("ingrid", s.ask("samira", "sem", portfolio.Question{}))
	if c.Holds != portfolio.CustodyVerified || !c.Custody[0].Asker || !slices.Equal(c.Scope, []string{"work", "record", "care"}) || c.Redact != 0 {
		t.Errorf("about samira: %+v", c)
	}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("mees"), Party: s.id("joost"), From: 20200101})
	c = s.request("ingrid", s.ask("joost", "mees", portfolio.Question{}))
	if c.Holds != portfolio.CustodyUnverified || !c.Hold || len(c.Scope) > 0 || !c.MayTell {
		t.Errorf("custody of which nobody saw the proof: %+v", c)
	}
}

func TestTheSchoolTakesLongerOnceAndOnlyInTheFirstMonth(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{Period: "een"})
	late := s.ask("samira", "sem", portfolio.Question{Period: "twee"})
	_, err := s.lib.ExtendRequest(ctx, s.who["ingrid"], r.ID, r.Rev, "te kort")
	s.fails(err, portfolio.Invalid)
	longer, err := s.lib.ExtendRequest(ctx, s.who["ingrid"], r.ID, r.Rev, because)
	s.ok(err)
	if longer.Due != 20270222 || longer.Longer.Before != 20261221 {
		t.Errorf("due %v, before %v", longer.Due, longer.Longer.Before)
	}
	if c := s.request("samira", r); c.Longer.Reason != because || c.LongerName != "ingrid" || s.heard("samira") != "request_longer" {
		t.Errorf("samira reads %+v, told %q", c.Longer, s.heard("samira"))
	}
	_, err = s.lib.ExtendRequest(ctx, s.who["ingrid"], r.ID, longer.Rev, because)
	s.fails(err, portfolio.Conflict)
	if got, want := s.steps("sem", "sem", r), []string{"ask view REQUEST 6.1", "extend view REQUEST 6.1"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q", got)
	}
	s.later(30 * 24 * time.Hour) // 22 December: the last day of the month
	if c := s.request("ingrid", late); c.Extends == 0 || !c.Late() {
		t.Errorf("on the last day: %v, late %v", c.Extends, c.Late())
	}
	s.later(24 * time.Hour)
	if c := s.request("ingrid", late); c.Extends != 0 {
		t.Errorf("after the month the page offers %v", c.Extends)
	}
	_, err = s.lib.ExtendRequest(ctx, s.who["ingrid"], late.ID, late.Rev, because)
	s.fails(err, portfolio.Conflict)
}

func TestWhoAskedCanTakeItBack(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{})
	for _, who := range []string{"joost", "ingrid", "petra", "sem"} {
		_, err := s.lib.WithdrawRequest(ctx, s.who[who], r.ID, r.Rev)
		s.fails(err, portfolio.NotFound)
	}
	_, err := s.lib.WithdrawRequest(ctx, s.who["samira"], r.ID, r.Rev)
	s.ok(err)
	_, err = s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
	s.fails(err, portfolio.Conflict)
	if got, want := s.steps("sem", "sem", r), []string{"ask view REQUEST 6.1", "withdraw view REQUEST 6.1"}; !slices.Equal(got, want) {
		t.Errorf("the log: %q, want %q", got, want)
	}
	if again := s.ask("samira", "sem", portfolio.Question{}); again.ID == r.ID || again.State != portfolio.RequestOpen {
		t.Errorf("the same question after it was taken back: %+v", again)
	}
	closed, err := s.lib.ClosedRequests(ctx, s.who["petra"], 10)
	s.ok(err)
	if len(closed) != 1 || closed[0].State != portfolio.RequestWithdrawn {
		t.Errorf("the FG sees %d closed requests", len(closed))
	}
}

func TestWhatIsNoDecisionIsRefusedAndChangesNothing(t *testing.T) {
	s := deciding(t)
	shown := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
	r := s.ask("samira", "sem", portfolio.Question{})
	release := func(what portfolio.Releasing) error {
		return second(s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, what))
	}
	refuse := func(why portfolio.Refusing) error {
		return second(s.lib.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, why))
	}
	today := s.today()
	work := []string{"work"}
	for i, err := range []error{
		release(portfolio.Releasing{Last: today}),
		release(portfolio.Releasing{Kinds: work}),
		release(portfolio.Releasing{Kinds: work, Last: today.AddDays(-1)}),
		release(portfolio.Releasing{Kinds: work, Last: today.AddDays(90)}),
		release(portfolio.Releasing{Kinds: []string{"work", "assessment"}, Last: today}),
		release(portfolio.Releasing{Kinds: []string{"note"}, Last: today}),
		release(portfolio.Releasing{Items: []string{"*"}, Last: today}),
		release(portfolio.Releasing{Items: []string{shown.ID}, Last: today}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonOthers}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: "te kort, dit hier"}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: strings.Repeat("x   ", 6)}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: strings.Repeat("x", 4001)}),
		refuse(portfolio.Refusing{Reason: "zomaar", Words: because}),
		refuse(portfolio.Refusing{Words: because}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: today}),
		refuse(portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: because, Review: today.AddYears(1).AddDays(1)}),
		second(s.lib.AnswerRequest(ctx, s.who["ingrid"], r.ID, r.Rev, inWords)),
	} {
		if err == nil || portfolio.KindOf(err) != portfolio.Invalid {
			t.Errorf("case %d: %v, want invalid", i, err)
		}
	}
	_, err := s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev+1, portfolio.Releasing{Kinds: work, Last: today})
	s.fails(err, portfolio.Conflict)
	_, err = s.lib.ReleaseRequest(ctx, s.who["ingrid"], "niets", r.Rev, portfolio.Releasing{Kinds: work, Last: today})
	s.fails(err, portfolio.NotFound)
	c := s.request("ingrid", r)
	if c.State != portfolio.RequestOpen || c.Rev != r.Rev || len(s.steps("petra", "sem", r)) != 1 || s.heard("samira") != "" {
		t.Errorf("something changed: %+v", c.Request)
	}
	if n := s.facts(portfolio.FactRelease, r) + s.facts(portfolio.FactRefusal, r); n != 0 {
		t.Errorf("%d facts", n)
	}
	s.ok(release(portfolio.Releasing{Kinds: work, Last: today.AddDays(89)}))
	err = refuse(portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: because})
	s.fails(err, portfolio.Conflict) // what was decided stays
}

func TestARequestOfAnotherSchoolIsNotThere(t *testing.T) {
	s := deciding(t)
	r := s.ask("samira", "sem", portfolio.Question{})
	far := s.who["ingrid"]
	far.School = "een-andere"
	_, err := s.lib.RequestByID(ctx, far, r.ID)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.ReleaseRequest(ctx, far, r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
	s.fails(err, portfolio.NotFound)
}

func TestOfTwoWhoDecideAtOnceOneIsTold(t *testing.T) {
	s := deciding(t)
	for round := range 5 {
		r := s.ask("samira", "sem", portfolio.Question{Period: fmt.Sprint(round)})
		errs := make([]error, 3)
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i, do := range []func() error{
			func() error {
				return second(s.lib.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()}))
			},
			func() error {
				return second(s.lib.RefuseRequest(ctx, s.who["mentor"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonOthers, Words: because}))
			},
			func() error { return second(s.lib.WithdrawRequest(ctx, s.who["samira"], r.ID, r.Rev)) },
		} {
			wg.Go(func() { <-start; errs[i] = do() })
		}
		close(start)
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				s.fails(err, portfolio.Conflict)
			}
		}
		released := s.facts(portfolio.FactRelease, r) == 1
		c := s.request("petra", r)
		if won != 1 || released != (c.State == portfolio.RequestReleased) || len(s.steps("petra", "sem", r)) != 2 || c.Undone {
			t.Errorf("%d decided, %s, released %v, lines %q", won, c.State, released, s.steps("petra", "sem", r))
		}
	}
}

// facts counts the facts of a type that were recorded on a request.
func (s *school) facts(typ portfolio.FactType, r *portfolio.Request) (n int) {
	s.t.Helper()
	all, err := s.lib.FactsAbout(ctx, s.admin, r.Student)
	s.ok(err)
	for _, f := range all {
		if f.Type == typ && f.Request == r.ID {
			n++
		}
	}
	return n
}
