package portfolio_test

import (
	"context"
	"testing"
	"time"

	"kaft/portfolio"
)

// breaking is a store that stops taking documents of one kind: after the first
// so many of them, as if the power went.
type breaking struct {
	portfolio.Store
	kind string
	left int
}

func (b *breaking) stops(kind string) bool {
	if kind != b.kind {
		return false
	}
	b.left--
	return b.left < 0
}

func (b *breaking) Create(ctx context.Context, d portfolio.Doc) error {
	if b.stops(d.Kind) {
		return portfolio.E(portfolio.Unavailable, "error.unavailable")
	}
	return b.Store.Create(ctx, d)
}

func (b *breaking) Replace(ctx context.Context, d portfolio.Doc) error {
	if b.stops(d.Kind) {
		return portfolio.E(portfolio.Unavailable, "error.unavailable")
	}
	return b.Store.Replace(ctx, d)
}

func TestADecisionAfterWhichThePowerWentIsFinishedOnce(t *testing.T) {
	for _, test := range []struct {
		at   string // the kind of document that was not stored
		left int
	}{{"request", 0}, {"fact", 0}, {"audit", 0}, {"notice", 0}, {"notice", 1}, {"notice", 2}, {"request", 1}} {
		s := deciding(t)
		r := s.ask("samira", "sem", portfolio.Question{Kinds: []string{"work"}})
		secret := s.add("sem", portfolio.NewWork{Title: "geheim"})
		broken := portfolio.NewLibrary(&breaking{s.store, test.at, test.left}, s.files, plainIntake{}, s.now)
		_, err := broken.ReleaseRequest(ctx, s.who["ingrid"], r.ID, r.Rev, portfolio.Releasing{Kinds: []string{"work"}, Last: s.today()})
		if test.at == "audit" {
			s.ok(err) // its line is owed
		} else {
			s.fails(err, portfolio.Unavailable)
		}

		s.later(time.Minute)
		want := portfolio.RequestReleased
		if test.at == "request" && test.left == 0 {
			want = portfolio.RequestOpen // the decision itself was not stored: nothing happened
		}
		for range 2 { // two starts in a row
			_, err = s.lib.FinishLog(ctx)
			s.ok(err)
			_, err = s.lib.FinishRequests(ctx)
			s.ok(err)
		}
		c := s.request("petra", r)
		_, err = s.lib.Work(ctx, s.who["samira"], secret.ID)
		lines, facts, told := len(s.steps("petra", "sem", r)), s.facts(portfolio.FactRelease, r), s.heard("sem")+s.heard("samira")
		if want == portfolio.RequestOpen {
			if c.State != want || err == nil || lines != 1 || facts != 0 || told != "" {
				t.Errorf("%v: %s, %v, %d lines, %d facts, told %q", test, c.State, err, lines, facts, told)
			}
			continue
		}
		if c.State != want || c.Undone || err != nil || lines != 2 || facts != 1 || told != "request_released_of_yourequest_released" {
			t.Errorf("%v: %s undone %v, %v, %d lines, %d facts, told %q", test, c.State, c.Undone, err, lines, facts, told)
		}
	}
}
