package portfolio_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kaft/portfolio"
)

func right(hash string) bool { return hash == "hash of wim" }
func wrong(string) bool      { return false }

func TestWrongPasswordsSlowDownTheAccountEvenManyAtOnce(t *testing.T) {
	s := newSchool(t)
	var looked atomic.Int32
	var wg sync.WaitGroup
	for range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, err := s.lib.SignIn(ctx, "wim", "10.0.0.1", func(string) bool { looked.Add(1); return false })
			if k := portfolio.KindOf(err); k != portfolio.Unsigned && k != portfolio.TooMany {
				t.Errorf("got %v", err)
			}
		}()
	}
	wg.Wait()
	if n := looked.Load(); n != 5 {
		t.Errorf("%d of 40 passwords were looked at, want 5", n)
	}
	_, err := s.lib.SignIn(ctx, "wim", "10.0.0.2", right)
	s.fails(err, portfolio.TooMany)
	s.later(15 * time.Minute)
	_, err = s.lib.SignIn(ctx, "wim", "10.0.0.2", right)
	s.ok(err)
	_, err = s.lib.SignIn(ctx, "wim", "10.0.0.2", right)
	s.ok(err)
}

func TestAnAddressThatTriesManyNamesIsSlowedDown(t *testing.T) {
	s := newSchool(t)
	refused := 0
	for range 150 {
		_, err := s.lib.SignIn(ctx, "nobody"+portfolio.NewID(), "10.0.0.9", wrong)
		if portfolio.KindOf(err) == portfolio.TooMany {
			refused++
		}
	}
	if refused != 50 {
		t.Errorf("%d of 150 refused, want 50", refused)
	}
	_, err := s.lib.SignIn(ctx, "WIM ", "10.0.0.10", right)
	s.ok(err)
}

func TestASessionEndsByTimeByHandAndEverywhere(t *testing.T) {
	s := newSchool(t)
	acc, err := s.lib.SignIn(ctx, "wim", "10.0.0.1", right)
	s.ok(err)
	start := func() string {
		token, _, err := s.lib.StartSession(ctx, acc)
		s.ok(err)
		return token
	}
	one, two := start(), start()
	got, _, err := s.lib.Session(ctx, one)
	s.ok(err)
	if got.Hat != portfolio.HatAdmin {
		t.Errorf("hat %q, want the only one put on", got.Hat)
	}
	s.ok(s.lib.EndSession(ctx, got))
	_, _, err = s.lib.Session(ctx, one)
	s.fails(err, portfolio.Unsigned)
	_, _, err = s.lib.Session(ctx, two)
	s.ok(err)
	s.later(portfolio.SessionIdle + time.Second)
	_, _, err = s.lib.Session(ctx, two)
	s.fails(err, portfolio.Unsigned)
	three, four := start(), start()
	s.ok(s.lib.EndSessions(ctx, acc.ID))
	for _, token := range []string{three, four, "", "made up"} {
		_, _, err = s.lib.Session(ctx, token)
		s.fails(err, portfolio.Unsigned)
	}
	five := start()
	for range 12 {
		s.later(time.Hour)
		_, _, err = s.lib.Session(ctx, five)
		s.ok(err)
	}
	s.later(time.Second)
	_, _, err = s.lib.Session(ctx, five)
	s.fails(err, portfolio.Unsigned)
}

func TestALoginIsTakenOnceWhateverItsLetters(t *testing.T) {
	s := newSchool(t)
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "Sem", "h"))
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("mees"), " sEM", "h"), portfolio.Exists)
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("mees"), "two words", "h"), portfolio.Invalid)
	s.fails(s.lib.AddAccount(ctx, s.who["fatima"], s.id("mees"), "mees", "h"), portfolio.Forbidden)
	s.fails(s.lib.AddAccount(ctx, s.admin, portfolio.NewID(), "mees", "h"), portfolio.NotFound)
}

func TestAnUnknownLoginIsSlowedDownLikeAKnownOne(t *testing.T) {
	s := newSchool(t)
	kinds := func(login string) (out []portfolio.ErrKind) {
		for range 8 {
			_, err := s.lib.SignIn(ctx, login, "10.0.0.1", wrong)
			out = append(out, portfolio.KindOf(err))
		}
		return out
	}
	known, unknown := kinds("wim"), kinds("nobody")
	if !slices.Equal(known, unknown) || known[7] != portfolio.TooMany {
		t.Errorf("a known login gets %v, an unknown one %v", known, unknown)
	}
}

func TestNobodyGetsASecondAccountWithWhichSomebodyElseCouldBeThem(t *testing.T) {
	s := newSchool(t)
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "sem", "h"))
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "spook", "h"), portfolio.Exists)
	lines, err := s.lib.Log(ctx, s.who["sem"], s.id("sem"), 10)
	s.ok(err)
	if !slices.ContainsFunc(lines, func(n *portfolio.Logged) bool { return n.Act == "account" && n.Actor == s.admin.Person }) {
		t.Error("sem's log does not say that an account was made")
	}
}
