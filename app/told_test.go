package app

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"kaft/portfolio"
)

// told waits, in each of some open pages, for the word that something changed,
// and says how long the last of them took.
func told(t *testing.T, tabs []*testTab, about string, since time.Time) time.Duration {
	t.Helper()
	var wg sync.WaitGroup
	for _, b := range tabs {
		wg.Go(func() {
			b.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
			for {
				var f wsFrame
				if err := b.ws.ReadJSON(&f); err != nil {
					t.Errorf("a page was not told: %v", err)
					return
				}
				if f.T == "changed" && f.About == about {
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(since)
}

func TestAFactIsToldToTheWholeCircleOfAStudentAndToNobodyElse(t *testing.T) {
	s := newSchool(t)
	concerned := map[string]*testTab{}
	for _, login := range []string{"noor", "anna", "bas", "daan", "eva"} { // herself, her parents, a classmate and his mother
		concerned[login] = s.as(login).tab().hello(nil)
		concerned[login].next("hello")
	}
	concerned["fatima"] = s.as("fatima", portfolio.HatStaff).tab().hello(nil)
	concerned["fatima"].next("hello")
	other := s.as("milan").tab().hello(nil) // of another class
	other.next("hello")
	if _, err := s.lib.EndFact(context.Background(), s.admin, s.custody("noor", "bas").ID, portfolio.DateOf(s.lib.Now()), "beschikking 3"); err != nil {
		t.Fatal(err)
	}
	for login, b := range concerned {
		if f := b.next("changed"); f.About != "fact" || f.Force != (login == "bas") {
			t.Errorf("%s is told %+v; only who may have lost something is told not to wait", login, f)
		}
	}
	other.send(map[string]any{"t": "hello", "v": 1})
	other.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	var f wsFrame
	if err := other.ws.ReadJSON(&f); err != nil || f.T != "hello" {
		t.Errorf("somebody of another class is told %+v, %v", f, err)
	}
}

// A thousand pages stand open when a fact changes that concerns the whole
// school. That all are told is the test; how fast is in the log (issue: within
// two seconds).
func TestAThousandOpenPagesAreToldOfAFact(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand sockets")
	}
	s := newSchool(t)
	logins := slices.Sorted(func(yield func(string) bool) {
		for login := range s.ids {
			if !slices.Contains([]string{"fatima", "wim", "ingrid"}, login) && !yield(login) { // these would be asked for a hat
				return
			}
		}
	})
	const people, each = 50, 20
	var tabs []*testTab
	for _, login := range logins[:people] {
		c := s.as(login)
		for range each {
			tabs = append(tabs, c.tab())
		}
	}
	for _, b := range tabs { // each is there, and awake
		b.hello(nil).next("hello")
	}
	began := time.Now()
	fact := portfolio.Fact{Type: portfolio.FactRestriction, About: s.ids["noor"], Kinds: []string{portfolio.ItemWork}, From: portfolio.DateOf(s.lib.Now()), Evidence: "brief"}
	if _, err := s.lib.RecordFact(context.Background(), s.admin, fact); err != nil {
		t.Fatal(err)
	}
	recorded := time.Since(began)
	t.Logf("%d pages told of a fact, the last %v after it began to be recorded, which took %v", len(tabs), told(t, tabs, "fact", began), recorded)
	began = time.Now()
	s.lib.Changed(portfolio.Change{What: portfolio.NewDay})
	t.Logf("of the new day, the last after %v", told(t, tabs, portfolio.NewDay, began))
}
