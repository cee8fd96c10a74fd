package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// clockwork runs a school's chores, each round when it is told to.
func (s *testSchool) clockwork() (round func()) {
	ctx, stop := context.WithCancel(context.Background())
	due, waits := make(chan time.Time), make(chan struct{})
	chores := portfolio.Chores{Lib: s.lib, Fault: func(chore string, err error) { s.t.Errorf("%s: %v", chore, err) },
		After: func(time.Duration) <-chan time.Time {
			select {
			case waits <- struct{}{}:
			case <-ctx.Done():
			}
			return due
		}}
	ended := make(chan struct{})
	go func() { defer close(ended); chores.Run(ctx) }()
	s.t.Cleanup(func() { stop(); <-ended })
	<-waits
	return func() {
		due <- s.lib.Now()
		<-waits // the round is done: it waits for the next
	}
}

// All that a decision hangs on begins and ends at midnight in Amsterdam. What
// was open a minute before is asked again after it: page, list, file,
// thumbnail, API, bundle; and every page that stands open is told.
func TestAtMidnightEverythingThatIsOpenIsDecidedAgain(t *testing.T) {
	for name, day := range map[string]portfolio.Date{
		"an ordinary night":                      2027_01_15,
		"the day on which the clock goes on":     2027_03_28,
		"the day after the clock went on":        2027_03_29,
		"the day on which the clock goes back":   2027_10_31,
		"the day after the clock went back":      2027_11_01,
		"29 February":                            2028_02_29,
		"1 March of a year without 29 February":  2027_03_01,
		"the first day of a year":                2028_01_01,
		"the day on which the daylight is still": 2027_06_21,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSchool(t)
			if _, err := s.lib.EndFact(context.Background(), s.admin, s.custody("sem", "samira").ID, day, "beschikking 12"); err != nil {
				t.Fatal(err)
			}
			w := s.workOf("sem", "Mijn vulkaan")
			s.clock.set(day.Start().Add(-5 * time.Minute))
			round := s.clockwork()
			samira := s.as("samira")
			bundle := samira.post("/pakket", url.Values{"leerling": {s.ids["sem"]}}).location
			samira.until(bundle, "Het pakket is klaar")
			at := "/werk/" + w.ID
			paths := []string{at, at + "/bestand/" + w.Files[0].FileID(), at + "/klein/" + w.Files[0].FileID(), at + "/wie",
				"/api/v1/works/" + w.ID, "/leerling/" + s.ids["sem"] + "/groei",
				"/leerling/" + s.ids["sem"] + "/logboek", bundle + "/bestand", bundle + "/mahara"}
			for _, path := range paths {
				if r := samira.get(path); r.status != http.StatusOK {
					t.Errorf("before midnight %s: status %d, want 200", path, r.status)
				}
			}
			front, list := "/leerling/"+s.ids["sem"], "/api/v1/students/"+s.ids["sem"]+"/works"
			for _, path := range []string{front, list} {
				if r := samira.get(path); !strings.Contains(r.body, "Mijn vulkaan") {
					t.Errorf("before midnight %s has no work", path)
				}
			}
			tab := samira.tab().hello(nil)
			tab.next("hello")

			s.clock.set(day.Start())
			for _, path := range paths { // before any chore was done
				if r := samira.get(path); r.status != http.StatusNotFound && !(strings.HasPrefix(path, bundle) && r.status == http.StatusForbidden) {
					t.Errorf("after midnight %s: status %d, want 404", path, r.status)
				}
			}
			samira.get(front).ok(t, "Je hebt nu geen inzage in het portfolio van Sem.")
			for _, path := range []string{front, list} {
				if r := samira.get(path); strings.Contains(r.body, "Mijn vulkaan") {
					t.Errorf("after midnight %s names the work", path)
				}
			}
			round()
			if f := tab.next("changed"); f.About != portfolio.NewDay {
				t.Errorf("the open page is told of %q, want the new day", f.About)
			}
			samira.get("/leerling/"+s.ids["lotte"]).ok(t, "Je ziet") // the other child is as before
		})
	}
}

// In a browser: a page that stands open at midnight shows no more than it may
// within two seconds; who is typing on a page that is still theirs keeps what
// was typed, and who is typing on one that is not does not stay there.
func TestAPageThatStandsOpenAtMidnightShowsNoMoreThanItMay(t *testing.T) {
	s := newSchool(t)
	day := portfolio.DateOf(s.lib.Now()).AddDays(40)
	if _, err := s.lib.EndFact(context.Background(), s.admin, s.custody("sem", "samira").ID, day, "beschikking 12"); err != nil {
		t.Fatal(err)
	}
	duties, err := s.lib.Statements(context.Background(), s.admin, s.ids["fatima"])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range duties {
		if f.Type == portfolio.FactDuty {
			if _, err := s.lib.EndFact(context.Background(), s.admin, f.ID, day, "rooster"); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.clock.set(day.Start().Add(-10 * time.Minute))
	round := s.clockwork()
	looking, typing, own := s.open(t, phone.in("nl")), s.open(t, desktop.in("nl")), s.open(t, phone.in("nl"))
	looking.signIn("samira")
	looking.to("/leerling/" + s.ids["sem"])
	looking.waitText("Mijn vulkaan")
	typing.signIn("fatima")
	typing.hat(portfolio.HatStaff)
	typing.to("/werk/" + s.workOf("sem", "Mijn vulkaan").ID)
	typing.run(chromedp.SendKeys(`#remark`, "Nog even dit"))
	own.signIn("noor")
	own.to("/werk/nieuw")
	own.run(chromedp.SendKeys(`#title`, "Midden in de nacht"))
	for _, w := range []*window{looking, typing, own} {
		w.live()
	}
	s.clock.set(day.Start())
	round()
	looking.waitText("geen inzage in het portfolio van Sem")
	if eval[bool](looking, `document.body.innerText.includes('Mijn vulkaan')`) {
		t.Error("the page still names the work")
	}
	own.wait("the note that the page is old", `!document.getElementById('stale').hidden`)
	if got := eval[string](own, `document.querySelector('#title').value`); got != "Midden in de nacht" {
		t.Errorf("what was typed is %q", got)
	}
	typing.waitText("Dit is er niet")
	typing.expect("404")
}
