package portfolio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// outage is a store that fails at one write: before it is stored, or after it
// was without saying so. Where it is for good nothing answers any more, as after
// a crash; else it goes on, as after a hiccup.
type outage struct {
	portfolio.Store
	at      int // which write fails, from 0
	stored  bool
	forGood bool
	broke   bool
}

func (o *outage) write(do func() error) error {
	if o.broke && o.forGood {
		return errPower
	}
	o.at--
	if o.at != -1 {
		return do()
	}
	o.broke = true
	if o.stored {
		if err := do(); err != nil {
			return err // it did not store it, and says so
		}
	}
	return errPower
}

func (o *outage) Create(ctx context.Context, d portfolio.Doc) error {
	return o.write(func() error { return o.Store.Create(ctx, d) })
}

func (o *outage) Replace(ctx context.Context, d portfolio.Doc) error {
	return o.write(func() error { return o.Store.Replace(ctx, d) })
}

func (o *outage) Delete(ctx context.Context, ref portfolio.Ref, rev int64) error {
	return o.write(func() error { return o.Store.Delete(ctx, ref, rev) })
}

func (o *outage) Get(ctx context.Context, ref portfolio.Ref) (portfolio.Doc, error) {
	if o.broke && o.forGood {
		return portfolio.Doc{}, errPower
	}
	return o.Store.Get(ctx, ref)
}

func (o *outage) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if o.broke && o.forGood {
		return nil, errPower
	}
	return o.Store.List(ctx, q)
}

// restart is what happens at the start of the program.
func (s *school) restart() {
	s.t.Helper()
	s.lib = portfolio.NewLibrary(s.store, s.files, paperIntake{}, s.now)
	chores := portfolio.Chores{Lib: s.lib, Fault: func(chore string, err error) { s.t.Errorf("%s: %v", chore, err) }}
	chores.Do(ctx)
}

// docs are all documents of a kind.
func (s *school) docs(kind string) (out []portfolio.Doc) {
	s.t.Helper()
	q := portfolio.Query{School: s.admin.School, Kind: kind, Limit: 1000}
	for {
		page, err := s.store.List(ctx, q)
		s.ok(err)
		if out = append(out, page...); len(page) < q.Limit {
			return out
		}
		q.After = portfolio.Cursor{ID: page[len(page)-1].ID}
	}
}

// owes is what the log must hold of what is stored: how many lines about each
// document. A fact, a piece of the file, a work, an assessment and what was said
// of a file have one for
// each time they were stored; a request, a bundle for what became of it.
func (s *school) owes() map[string]int {
	s.t.Helper()
	out := map[string]int{}
	for _, kind := range []string{"fact", "record", "work", "assessment", "inspection"} {
		for _, d := range s.docs(kind) {
			var f portfolio.Fact
			if kind == "fact" {
				s.ok(json.Unmarshal(d.Body, &f))
			}
			if f.Request != "" && (f.Type == portfolio.FactRelease || f.Type == portfolio.FactRefusal) {
				continue // the line of the request tells of it
			}
			for rev := range d.Rev {
				out[fmt.Sprintf("%s %d", d.ID, rev+1)] = 1
			}
		}
	}
	for _, d := range s.docs("request") {
		var r portfolio.Request
		s.ok(json.Unmarshal(d.Body, &r))
		out[d.ID+" ask"] = 1
		if r.Longer != nil {
			out[d.ID+" extend"] = 1
		}
		if r.Decided != nil {
			out[d.ID+" "+map[string]string{"released": "release", "refused": "refuse", "answered": "answer", "withdrawn": "withdraw"}[r.State]] = 1
		}
	}
	for _, d := range s.docs("bundle") {
		var b portfolio.Bundle
		s.ok(json.Unmarshal(d.Body, &b))
		if !b.MadeAt.IsZero() {
			out[d.ID+" export"] = 1
		}
	}
	for _, d := range s.docs("person") {
		var p portfolio.Person
		s.ok(json.Unmarshal(d.Body, &p))
		if (p.Wears(portfolio.HatStaff) || p.Wears(portfolio.HatAdmin) || p.Wears(portfolio.HatFG)) && d.Rev > 1 { // the first has it from the start
			out[d.ID+" agree"] = 1
		}
	}
	for _, d := range s.docs("choice") {
		var c portfolio.Choice
		s.ok(json.Unmarshal(d.Body, &c))
		out[d.ID+" choose"] = c.Times
	}
	accounts, err := s.store.List(ctx, portfolio.Query{School: portfolio.Installation, Kind: "account", Limit: 1000})
	s.ok(err)
	for _, d := range accounts {
		var a portfolio.Account
		s.ok(json.Unmarshal(d.Body, &a))
		if a.Wears[0].Person != s.admin.Person { // the first is there before anybody
			out[a.Wears[0].Person+" account"] = 1
		}
	}
	return out
}

// logged is how many lines of the log there are about each document.
func (s *school) logged() map[string]int {
	s.t.Helper()
	out := map[string]int{}
	for _, d := range s.docs("audit") {
		var n portfolio.Line
		s.ok(json.Unmarshal(d.Body, &n))
		switch n.Act {
		case "look", "fetch", "log-export", "timemachine":
		case "ask", "extend", "release", "refuse", "answer", "withdraw", "export":
			out[n.Item+" "+n.Act]++
		case "account", "agree":
			out[n.Student+" "+n.Act]++
		case "choose":
			out[n.Item+" choose"]++
		default:
			out[fmt.Sprintf("%s %d", n.Item, n.Revision)]++
		}
	}
	return out
}

// acts are the acts that store something of which the log tells. Each prepares
// and gives what is to be done through another library, so that everything that
// it stores can be cut off.
var acts = []struct {
	name    string
	prepare func(s *school) func(*portfolio.Library) error
}{
	{"a fact is recorded, with its document", func(s *school) func(*portfolio.Library) error {
		u, err := s.lib.TakeEvidence(ctx, s.admin, "beschikking.pdf", strings.NewReader("beschikking"))
		s.ok(err)
		f := portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("sem"), Party: s.somebody(), From: 20260101, Evidence: "stuk 7", Upload: u.ID}
		return func(l *portfolio.Library) error { _, err := l.RecordFact(ctx, s.admin, f); return err }
	}},
	{"a second confirms it", func(s *school) func(*portfolio.Library) error {
		f := s.record(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("sem"), Party: s.somebody(), From: 20260101})
		return func(l *portfolio.Library) error { _, err := l.ConfirmFact(ctx, s.other, f.ID); return err }
	}},
	{"it ends", func(s *school) func(*portfolio.Library) error {
		f := s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.id("sem"), Party: s.somebody(), From: 20260101})
		return func(l *portfolio.Library) error {
			_, err := l.EndFact(ctx, s.admin, f.ID, 20260901, "stuk 8")
			return err
		}
	}},
	{"custody is verified", func(s *school) func(*portfolio.Library) error {
		f := s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: s.somebody(), From: 20260101})
		return func(l *portfolio.Library) error {
			_, err := l.VerifyCustody(ctx, s.admin, f.ID, 20260901, "stuk 9")
			return err
		}
	}},
	{"a file is opened in an emergency", func(s *school) func(*portfolio.Library) error {
		s.later(24 * time.Hour)
		return func(l *portfolio.Library) error {
			_, err := l.OpenInEmergency(ctx, s.who["joris"], s.id("sem"), reason)
			return err
		}
	}},
	{"somebody asks", func(s *school) func(*portfolio.Library) error {
		who, q := s.parent(), s.question()
		return func(l *portfolio.Library) error { _, err := l.Ask(ctx, who, s.id("sem"), q); return err }
	}},
	{"a request is granted", func(s *school) func(*portfolio.Library) error {
		r, err := s.lib.Ask(ctx, s.parent(), s.id("sem"), s.question())
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
			return err
		}
	}},
	{"a request is refused because of harm", func(s *school) func(*portfolio.Library) error {
		r, err := s.lib.Ask(ctx, s.parent(), s.id("sem"), s.question())
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.RefuseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Refusing{Reason: portfolio.ReasonHarm, Words: "Dit zou het kind nu schade doen.", Review: s.today().AddDays(30)})
			return err
		}
	}},
	{"a question is answered", func(s *school) func(*portfolio.Library) error {
		r, err := s.lib.Ask(ctx, s.elder(), s.id("sem"), portfolio.Question{Why: s.question().Why})
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.AnswerRequest(ctx, s.who["ingrid"], r.ID, r.Rev, "Het gaat goed met Sem op school.")
			return err
		}
	}},
	{"a request takes longer", func(s *school) func(*portfolio.Library) error {
		r, err := s.lib.Ask(ctx, s.parent(), s.id("sem"), s.question())
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.ExtendRequest(ctx, s.who["ingrid"], r.ID, r.Rev, "Wij zoeken de stukken nog bij elkaar.")
			return err
		}
	}},
	{"a request is taken back", func(s *school) func(*portfolio.Library) error {
		r := s.ask("samira", "sem", s.question())
		return func(l *portfolio.Library) error {
			_, err := l.WithdrawRequest(ctx, s.who["samira"], r.ID, r.Rev)
			return err
		}
	}},
	{"a piece of the file is added", func(s *school) func(*portfolio.Library) error {
		n := portfolio.NewRecord{Kind: "record", Type: "talk", Title: s.question().Why, Text: "het ging over lezen", Source: "school"}
		return func(l *portfolio.Library) error {
			_, err := l.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
			return err
		}
	}},
	{"a piece of the file is added that is there", func(s *school) func(*portfolio.Library) error {
		n := portfolio.NewRecord{Kind: "record", Type: "talk", Title: s.question().Why, Text: "het ging over lezen", Source: "school"}
		_, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
		s.ok(err)
		s.later(time.Minute)
		return func(l *portfolio.Library) error {
			_, err := l.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
			return err
		}
	}},
	{"a piece of the file is changed", func(s *school) func(*portfolio.Library) error {
		n := portfolio.NewRecord{Kind: "record", Type: "talk", Title: s.question().Why, Text: "het ging over lezen", Source: "school"}
		r, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
		s.ok(err)
		n.Text = "en over rekenen"
		return func(l *portfolio.Library) error {
			_, err := l.ChangeRecord(ctx, s.who["mentor"], r.ID, r.Rev, n)
			return err
		}
	}},
	{"a note is shared", func(s *school) func(*portfolio.Library) error {
		r, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), portfolio.NewRecord{Kind: "note", Title: s.question().Why, Text: "was stil", Source: "school"})
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.ShareNote(ctx, s.who["mentor"], r.ID, r.Rev, portfolio.RecordTalk)
			return err
		}
	}},
	{"a work is added", func(s *school) func(*portfolio.Library) error {
		file := s.finish("sem", s.whole("sem", "vulkaan.txt", "een vulkaan"))
		return func(l *portfolio.Library) error {
			_, err := l.AddWork(ctx, s.who["sem"], portfolio.NewWork{Title: "vulkaan", Audience: shared, Uploads: []string{file}})
			return err
		}
	}},
	{"a work is changed", func(s *school) func(*portfolio.Library) error {
		w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
		return func(l *portfolio.Library) error {
			_, err := l.ChangeWork(ctx, s.who["sem"], w.ID, w.Rev, portfolio.NewWork{Title: "krater", Text: "x", Audience: shared}, nil)
			return err
		}
	}},
	{"a work is closed", func(s *school) func(*portfolio.Library) error {
		w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
		return func(l *portfolio.Library) error {
			_, err := l.ShareWork(ctx, s.who["sem"], w.ID, w.Rev, nil)
			return err
		}
	}},
	{"a work goes into the bin", func(s *school) func(*portfolio.Library) error {
		w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
		return func(l *portfolio.Library) error { _, err := l.BinWork(ctx, s.who["sem"], w.ID, w.Rev); return err }
	}},
	{"a work is assessed", func(s *school) func(*portfolio.Library) error {
		w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
		return func(l *portfolio.Library) error {
			_, err := l.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
			return err
		}
	}},
	{"an assessment is published", func(s *school) func(*portfolio.Library) error {
		w := s.add("sem", portfolio.NewWork{Title: "vulkaan", Audience: shared})
		a, err := s.lib.Assess(ctx, s.who["fatima"], w.ID, portfolio.NewAssessment{Level: 3})
		s.ok(err)
		return func(l *portfolio.Library) error {
			_, err := l.PublishAssessment(ctx, s.who["fatima"], a.ID, a.Rev)
			return err
		}
	}},
	{"somebody gets an account", func(s *school) func(*portfolio.Library) error {
		who := s.somebody()
		return func(l *portfolio.Library) error { return l.AddAccount(ctx, s.admin, who, "login-"+who, "hash") }
	}},
	{"a bundle is made", func(s *school) func(*portfolio.Library) error {
		b, err := s.lib.StartBundle(ctx, s.parent(), s.id("sem"), portfolio.Wish{Lang: "nl"})
		s.ok(err)
		return func(l *portfolio.Library) error { return l.PackBundle(ctx, b.School, b.ID, justTitles) }
	}},
	{"something is said of the file", func(s *school) func(*portfolio.Library) error {
		said := portfolio.Saying{Agrees: portfolio.SaysYes, Remarks: s.question().Why}
		f, err := s.lib.ShowFile(ctx, s.who["iris"], s.id("iris"))
		s.ok(err)
		said.Print = f.Print
		return func(l *portfolio.Library) error { return l.SayOfFile(ctx, s.who["iris"], s.id("iris"), said) }
	}},
	{"a student of 16 chooses again", func(s *school) func(*portfolio.Library) error {
		c, err := s.lib.Choosing(ctx, s.who["iris"])
		s.ok(err)
		rev := int64(0)
		if c.Made != nil {
			rev = c.Made.Rev
		}
		s.add("iris", portfolio.NewWork{Title: "gedicht", Audience: shared})
		return func(l *portfolio.Library) error {
			_, err := l.Choose(ctx, s.who["iris"], rev, s.choiceOf(progress, keep))
			return err
		}
	}},
}

// somebody is a guardian who was not there yet.
func (s *school) somebody() string {
	s.t.Helper()
	p, err := s.lib.AddPerson(ctx, s.admin, portfolio.Person{Name: portfolio.Name{Given: "iemand"}, Hats: []string{portfolio.HatGuardian}})
	s.ok(err)
	return p.ID
}

// parent is somebody who holds custody of sem and was not there yet.
func (s *school) parent() portfolio.Actor {
	s.t.Helper()
	a := portfolio.Actor{School: s.admin.School, Person: s.somebody(), Hat: portfolio.HatGuardian, Address: "127.0.0.1"}
	s.fact(portfolio.Fact{Type: portfolio.FactCustody, About: s.id("sem"), Party: a.Person, From: 20160101, Verified: 20240820})
	return a
}

// elder is a parent of sem without custody, who was not there yet.
func (s *school) elder() portfolio.Actor {
	s.t.Helper()
	a := portfolio.Actor{School: s.admin.School, Person: s.somebody(), Hat: portfolio.HatGuardian, Address: "127.0.0.1"}
	s.fact(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationLegalParent, About: s.id("sem"), Party: a.Person, From: 20160101})
	return a
}

// question is one that nobody asked before: there are only so many a day.
func (s *school) question() portfolio.Question {
	s.later(25 * time.Hour)
	return portfolio.Question{Kinds: []string{"work"}, Why: "Om " + s.now().String()}
}

// TestWhereverTheProgramStopsTheLogTellsOnceOfWhatWasStoredAndOfNothingElse cuts
// every act off at each of its writes: before it or just after it, by a crash or
// by a store that does not answer for a moment.
func TestWhereverTheProgramStopsTheLogTellsOnceOfWhatWasStoredAndOfNothingElse(t *testing.T) {
	for _, act := range acts {
		t.Run(act.name, func(t *testing.T) {
			t.Parallel()
			s := deciding(t)
			s.restart()
			s.clock(time.Date(2026, 11, 22, 10, 0, 0, 0, portfolio.Amsterdam))
			s.child("iris", "2010-06-15")
			whole := 0
			for n := 0; whole < 4; n++ {
				if n > 60 {
					t.Fatal("it stores without end")
				}
				whole = 0
				for _, how := range []outage{{forGood: true}, {forGood: true, stored: true}, {}, {stored: true}} {
					do := act.prepare(s)
					o := how
					o.Store, o.at = s.store, n
					lib := portfolio.NewLibrary(&o, s.files, paperIntake{}, s.now)
					err := do(lib)
					if !o.broke {
						s.ok(err)
						whole++
					}
					if !o.forGood { // it goes on, and does its chores
						_, err := lib.FinishLog(ctx)
						s.ok(err)
						_, err = lib.FinishRequests(ctx)
						s.ok(err)
					}
					s.restart()
					s.restart()
					want, got := s.owes(), s.logged()
					for what, n := range want {
						if got[what] != n {
							t.Errorf("write %d, %+v: %d lines of %s, want %d", n, how, got[what], what, n)
						}
					}
					for what, n := range got {
						if want[what] == 0 {
							t.Errorf("write %d, %+v: %d lines of %s, which never happened", n, how, n, what)
						}
					}
					if left := s.docs("owed"); len(left) > 0 {
						t.Errorf("write %d, %+v: %d lines are still owed", n, how, len(left))
					}
					if f := s.faults(); f != "" {
						t.Errorf("write %d, %+v: %s", n, how, f)
					}
					if t.Failed() {
						return
					}
				}
			}
		})
	}
}

func TestWhatIsClosedIsClosedBeforeItsLineAndWithoutALog(t *testing.T) {
	s := newSchool(t)
	lib := portfolio.NewLibrary(&breaking{s.store, "audit", 0}, s.files, plainIntake{}, s.now)
	told := false
	lib.Watch(func(c portfolio.Change) {
		told = true
		if w := s.ward("samira", "sem"); w.Standing == portfolio.Follows {
			t.Error("samira still follows when the pages are told")
		}
		if len(s.docs("owed")) != 1 {
			t.Error("no line is owed when the pages are told")
		}
	})
	f, err := lib.RecordFact(ctx, s.admin, portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.id("sem"), Party: s.id("samira"), From: 20260101, Evidence: "stuk 7"})
	s.ok(err)
	if !told {
		t.Error("nobody was told")
	}
	s.later(time.Hour)
	n, err := s.lib.FinishLog(ctx)
	s.ok(err)
	lines, err := s.lib.Log(ctx, s.who["petra"], s.id("sem"), 1)
	s.ok(err)
	if n != 1 || len(lines) != 1 || lines[0].Item != f.ID || !lines[0].At.Equal(f.RecordedAt) {
		t.Errorf("%d lines were owed, the last is %+v; want the one of the order, at the time of the order", n, lines[0].Line)
	}
}
