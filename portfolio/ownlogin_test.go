package portfolio_test

import (
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// hashIs compares as a password would be: the stored hash is the password here.
func hashIs(want string) func(string) bool { return func(hash string) bool { return hash == want } }

// signedIn signs in and gives the session, its account and its token.
func (s *school) signedIn(login, password string) (*portfolio.Session, *portfolio.Account, string) {
	s.t.Helper()
	acc, err := s.lib.SignIn(ctx, login, "10.0.0.1", hashIs(password))
	s.ok(err)
	token, session, err := s.lib.StartSession(ctx, acc)
	s.ok(err)
	return session, acc, token
}

func (s *school) lockedOut(login, password string) {
	s.t.Helper()
	_, err := s.lib.SignIn(ctx, login, "10.0.0.1", hashIs(password))
	s.fails(err, portfolio.Unsigned)
}

func TestALoginIsMadeOnesOwnAndTheSchoolsNameAndPasswordAreGone(t *testing.T) {
	s := newSchool(t)
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "sem@delinde.nl", "van school"))
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("mees"), "mees", "van mees"))
	session, _, token := s.signedIn("sem@delinde.nl", "van school")
	_, _, elsewhere := s.signedIn("sem@delinde.nl", "van school")
	for _, c := range []struct {
		login, now string
		want       portfolio.ErrKind
	}{
		{"sem thuis", "van school", portfolio.Invalid},
		{"", "van school", portfolio.Invalid},
		{"sem@delinde.nl", "van school", portfolio.Invalid}, // the school's box
		{"s.jansen@DeLinde.nl", "van school", portfolio.Invalid},
		{"mees", "van school", portfolio.Exists},
		{"sem@thuis.nl", "geraden", portfolio.Unsigned},
	} {
		code, err := s.lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: c.login, PasswordHash: "eigen"}, hashIs(c.now))
		s.fails(err, c.want)
		if code != "" {
			t.Errorf("%q gave a code", c.login)
		}
	}
	s.signedIn("sem@delinde.nl", "van school")
	code, err := s.lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: " Sem@Thuis.nl ", PasswordHash: "eigen"}, hashIs("van school"))
	s.ok(err)
	if len(code) != 24 || strings.Count(code, "-") != 4 {
		t.Errorf("the code is %q", code)
	}
	s.lockedOut("sem@delinde.nl", "eigen")
	s.lockedOut("sem@delinde.nl", "van school")
	s.lockedOut("sem@thuis.nl", "van school")
	_, acc, _ := s.signedIn("sem@thuis.nl", "eigen")
	if !acc.MadeOwn() {
		t.Error("it does not say that it is the owner's")
	}
	_, _, err = s.lib.Session(ctx, token)
	s.ok(err) // the browser in which it was done stays
	_, _, err = s.lib.Session(ctx, elsewhere)
	s.fails(err, portfolio.Unsigned)
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("lotte"), "sem@thuis.nl", "x"), portfolio.Exists)
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("lotte"), "sem@delinde.nl", "x"), portfolio.Exists)
	s.fails(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "sem2", "x"), portfolio.Exists)

	// And once more, to a third name, and back to the first.
	for _, login := range []string{"vulkaan", "sem@delinde.nl"} {
		_, err = s.lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: login, PasswordHash: "eigen"}, hashIs("eigen"))
		s.ok(err)
		s.lockedOut("sem@thuis.nl", "eigen")
		s.signedIn(login, "eigen")
	}
	s.lockedOut("vulkaan", "eigen")
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("lotte"), "vulkaan", "x")) // it is free again
	lines, err := s.lib.Log(ctx, s.who["petra"], s.id("sem"), 100)
	s.ok(err)
	n := 0
	for _, x := range lines {
		if x.Act == "own-login" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d lines tell of it, want 3", n)
	}
}

func TestARecoveryCodeWorksOnceForItsOwnerAndSlowlyForWhoGuesses(t *testing.T) {
	s := newSchool(t)
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "sem", "van school"))
	s.ok(s.lib.AddAccount(ctx, s.admin, s.id("mees"), "mees", "van mees"))
	session, _, token := s.signedIn("sem", "van school")
	code, err := s.lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: "sem", PasswordHash: "eigen"}, hashIs("van school"))
	s.ok(err)
	for login, tried := range map[string]string{"sem": "0000-0000-0000-0000-0000", "mees": code, "niemand": code, "mees ": ""} {
		_, _, err = s.lib.Recover(ctx, login, "10.0.0.7", tried, "gestolen")
		s.fails(err, portfolio.Unsigned)
	}
	typed := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(code, "-", " "), "0", "o"))
	acc, next, err := s.lib.Recover(ctx, "SEM", "10.0.0.7", typed, "nieuw")
	s.ok(err)
	if acc.Wears[0].Person != s.id("sem") || next == code || next == "" {
		t.Errorf("%v, and the next code is %q", acc.Wears, next)
	}
	_, _, err = s.lib.Session(ctx, token)
	s.fails(err, portfolio.Unsigned)
	s.lockedOut("sem", "eigen")
	s.signedIn("sem", "nieuw")
	_, _, err = s.lib.Recover(ctx, "sem", "10.0.0.7", code, "gestolen")
	s.fails(err, portfolio.Unsigned)
	_, _, err = s.lib.Recover(ctx, "sem", "10.0.0.7", next, "nieuwer")
	s.ok(err)
	for range 5 {
		_, _, err = s.lib.Recover(ctx, "sem", "10.0.0.7", "0000", "gestolen")
		s.fails(err, portfolio.Unsigned)
	}
	_, _, err = s.lib.Recover(ctx, "sem", "10.0.0.7", "0000", "gestolen")
	s.fails(err, portfolio.TooMany)
	s.later(time.Hour)
	s.signedIn("sem", "nieuwer")
}

// TestACrashWhileALoginIsMadeOnesOwnLeavesOneWayIn cuts the power after each
// write: the old way in works or the new one, never both and never none.
func TestACrashWhileALoginIsMadeOnesOwnLeavesOneWayIn(t *testing.T) {
	for left := 0; ; left++ {
		s := newSchool(t)
		s.ok(s.lib.AddAccount(ctx, s.admin, s.id("sem"), "sem", "van school"))
		session, _, _ := s.signedIn("sem", "van school")
		lib := portfolio.NewLibrary(&poweredStore{s.store, &power{left: left}}, s.files, plainIntake{}, s.now)
		_, err := lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: "vulkaan", PasswordHash: "eigen"}, hashIs("van school"))
		_, old := s.lib.SignIn(ctx, "sem", "10.0.0.1", hashIs("van school"))
		_, fresh := s.lib.SignIn(ctx, "vulkaan", "10.0.0.1", hashIs("eigen"))
		if (old == nil) == (fresh == nil) {
			t.Fatalf("after %d writes: old %v, new %v", left, old, fresh)
		}
		if err == nil {
			if left < 4 || fresh != nil {
				t.Errorf("only %d writes: is the test blind?", left)
			}
			return
		}
		if old == nil { // and it can be done after all
			_, err = s.lib.MakeOwn(ctx, s.who["sem"], session, portfolio.OwnLogin{Login: "vulkaan", PasswordHash: "eigen"}, hashIs("van school"))
			s.ok(err)
			s.signedIn("vulkaan", "eigen")
		}
	}
}

// Who is asked to make a login the own one: who may take the portfolio along.
func TestWhoMayTakeThePortfolioAlongIsAskedToSecureTheLogin(t *testing.T) {
	s := newSchool(t)
	s.child("iris", "2011-07-20")
	asked := func(who string) bool {
		w := s.ward(who, "iris")
		return w.Ends != 0 && w.Bundles
	}
	want := func(when string, iris, ma, weg bool) {
		t.Helper()
		if asked("iris") != iris || asked("iris-ma") != ma || asked("iris-weg") != weg {
			t.Errorf("%s: asked are the student %v, who has custody %v, who has not %v", when, asked("iris"), asked("iris-ma"), asked("iris-weg"))
		}
	}
	want("who stays", false, false, false)
	s.leaves(s.id("iris"), 20270801)
	want("at 15, before", false, true, false)
	s.clock(portfolio.Date(20270720).Start())
	want("at 16", true, false, false)
	s.clock(portfolio.Date(20270801).Start())
	want("after leaving", true, false, false)
	if w := s.ward("iris", "iris"); w.Adds || w.Ends != 20290801 || w.Left != 20270801 {
		t.Errorf("adds %v until %s, left on %s", w.Adds, w.Ends, w.Left)
	}
}
