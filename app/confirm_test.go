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

// What a second member of staff agrees with, in one demo school.
func TestASecondAgrees(t *testing.T) {
	play(t, []scene{
		{"a colleague works once a second agrees", aColleagueWorksOnceASecondAgrees},
		{"a colleague who is declined does not work, and who asked reads why", aColleagueWhoIsDeclined},
		{"who recorded it reads why another said no", whoRecordedItReadsWhy},
		{"the end of custody stands on the page with who, when and how far", theEndOfCustodyStandsOnThePage},
		{"what comes late tells of the time in between", whatComesLateTellsOfTheTimeBetween},
		{"the page of a guardian leads to the child", thePageOfAGuardianLeadsToTheChild},
		{"only what needs no reading is confirmed by a tick", onlyWhatNeedsNoReadingIsTicked},
	})
}

// newColleague has the administrator add somebody who signs in with a name.
func newColleague(t *testing.T, c *testClient, login string, hats ...string) (path string) {
	t.Helper()
	r := c.post("/mensen/nieuw", url.Values{"name": {"Nieuwe"}, "family": {login}, "hats": hats, "login": {login}, "password": {"een goede zin"}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	return r.location
}

func aColleagueWorksOnceASecondAgrees(t *testing.T, s *testSchool) {
	wim, ingrid := s.as("wim", portfolio.HatAdmin), s.as("ingrid", portfolio.HatAdmin)
	path := newColleague(t, wim, "kees", "admin")
	wim.get(path).ok(t, "Iemand anders moet nog ja zeggen", "Wordt pas beheerder als iemand anders ja zegt.")
	wim.get("/bevestigen").ok(t, "Nieuwe kees wordt beheerder", "Iemand anders zegt hier ja of nee op")
	in := url.Values{"login": {"kees"}, "password": {"een goede zin"}}
	if r := s.visitor().post("/aanmelden", in); r.status != http.StatusForbidden {
		t.Errorf("signing in before a second agreed: status %d, want 403", r.status)
	} else {
		r.shows(t, "Een tweede medewerker van je school moet nog ja zeggen.")
	}
	yes := url.Values{"answer": {"yes"}}
	if r := wim.post(path+"/akkoord", yes); r.status != http.StatusForbidden {
		t.Errorf("a yes to the own colleague: status %d, want 403", r.status)
	}
	ingrid.get("/meldingen").ok(t, "Er wacht iets op jouw ja of nee.")
	ingrid.get("/overzicht").ok(t, "wacht op jouw bevestiging")
	ingrid.get("/bevestigen").ok(t, "Nieuwe kees wordt beheerder", "Wim Hendriks voegde deze collega toe.")
	s.as("petra").get("/meldingen").ok(t, "wordt beheerder of privacyfunctionaris, als iemand anders ja zegt")
	s.as("petra").get("/bevestigen").ok(t, "Nieuwe kees wordt beheerder")
	if r := ingrid.post(path+"/akkoord", yes); r.status != http.StatusSeeOther {
		t.Fatalf("agreeing: status %d: %s", r.status, r.text())
	}
	if r := ingrid.post(path+"/akkoord", yes); r.status != http.StatusConflict {
		t.Errorf("agreeing twice: status %d, want 409", r.status)
	}
	kees := s.visitor()
	if r := kees.post("/aanmelden", in); r.status != http.StatusSeeOther {
		t.Fatalf("signing in: status %d", r.status)
	}
	kees.get("/overzicht").ok(t, "30 leerlingen")
	s.as("petra").get("/logboek?wie=" + strings.TrimPrefix(path, "/mensen/")).ok(t)
}

func aColleagueWhoIsDeclined(t *testing.T, s *testSchool) {
	wim, ingrid := s.as("wim", portfolio.HatAdmin), s.as("ingrid", portfolio.HatAdmin)
	path := newColleague(t, wim, "nepper", "staff")
	if r := ingrid.post(path+"/akkoord", url.Values{"answer": {"no"}, "reason": {" "}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a no without a reason: status %d, want 422", r.status)
	} else {
		r.shows(t, "Vul dit in: de reden.")
	}
	if r := ingrid.post(path+"/akkoord", url.Values{"answer": {"no"}, "reason": {"Deze collega ken ik niet."}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	ingrid.get("/bevestigen").hides(t, "nepper")
	wim.get("/meldingen").ok(t, "zei nee tegen een collega die jij toevoegde", "Deze collega ken ik niet.")
	if r := s.visitor().post("/aanmelden", url.Values{"login": {"nepper"}, "password": {"een goede zin"}}); r.status != http.StatusForbidden {
		t.Errorf("signing in: status %d, want 403", r.status)
	}
}

func whoRecordedItReadsWhy(t *testing.T, s *testSchool) {
	wim, ingrid := s.as("wim", portfolio.HatAdmin), s.as("ingrid", portfolio.HatAdmin)
	f := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["mila5"], Party: s.ids["ruben"], From: 20260101})
	page := wim.get("/mensen/" + s.ids["mila5"])
	if got := page.all("span", "class", "tag"); len(got) == 0 || !strings.Contains(page.text(), "wacht Geldt nog niet: wacht op bevestiging.") {
		t.Errorf("a fact that waits: %s", page.text())
	}
	const why = "Op het uittreksel staat een andere naam."
	if r := ingrid.post("/feit/"+f.ID, url.Values{"answer": {"no"}, "reason": {why}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	wim.get("/meldingen").ok(t, "Ingrid Visser zei nee tegen iets dat jij vastlegde.", why)
	for _, path := range []string{"/mensen/" + s.ids["mila5"], "/bevestigen"} {
		wim.get(path).ok(t, "Ingrid Visser zei op", why)
	}
	ingrid.get("/bevestigen").hides(t, why)
}

func theEndOfCustodyStandsOnThePage(t *testing.T, s *testSchool) {
	wim := s.as("wim", portfolio.HatAdmin)
	f, today := s.custody("sem", "samira"), portfolio.DateOf(s.lib.Now())
	path := "/feit/" + f.ID + "/einde"
	wim.get(path).ok(t, "Dit geldt meteen, omdat het inzage wegneemt.")
	if r := wim.post(path, url.Values{"until": {today.String()}, "seen": {today.String()}, "evidence": {"beschikking 12"}}); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := wim.get("/mensen/" + s.ids["sem"])
	page.ok(t, "Het einde is vastgelegd en geldt. Iemand anders moet dit nog nakijken.", "is dit niet meer zo. Geldt al, en wacht nog op bevestiging.", "Bewijs: beschikking 12.")
	page.hides(t, "Voorbij of afgewezen")
	s.confirmAll()
	again := wim.get("/mensen/" + s.ids["sem"])
	again.hides(t, "wacht nog op bevestiging")
	again.ok(t, "is dit niet meer zo. Bewijs: beschikking 12. Vastgelegd op", "Bevestigd op")
	s.clock.advance(40 * 24 * time.Hour)
	wim = s.as("wim", portfolio.HatAdmin)
	wim.get("/mensen/"+s.ids["sem"]).ok(t, "Voorbij of afgewezen: 1")
}

func whatComesLateTellsOfTheTimeBetween(t *testing.T, s *testSchool) {
	wim := s.as("wim", portfolio.HatAdmin)
	today := portfolio.DateOf(s.lib.Now())
	f := s.custody("noor", "anna")
	const says, officer = "tot nu kon Anna Kuipers dit bij Noor de Vries nog zien.", "De privacyfunctionaris krijgt een lijst"
	wim.get("/feit/"+f.ID+"/einde?until="+today.AddDays(-9).String()).ok(t, says, officer)
	wim.get("/feit/"+f.ID+"/einde").hides(t, officer)
	order := url.Values{"type": {"order"}, "person": {s.ids["anna"]}, "kind": {portfolio.OrderNoInformation}, "from": {today.AddDays(-9).String()}, "evidence": {"beschikking 5"}}
	wim.post("/mensen/"+s.ids["noor"]+"/feit", order).ok(t, says, officer)
	order.Set("from", today.String())
	wim.post("/mensen/"+s.ids["noor"]+"/feit", order).hides(t, officer)
}

func thePageOfAGuardianLeadsToTheChild(t *testing.T, s *testSchool) {
	wim := s.as("wim", portfolio.HatAdmin)
	r := wim.post("/mensen/nieuw", url.Values{"name": {"Oma"}, "hats": {"guardian"}})
	const says = "Gezag, relaties en beslissingen van de rechter leg je vast bij het kind."
	page := wim.get(r.location)
	page.ok(t, says, "Zoek het kind")
	if got := page.all("a", "href", "/mensen?rol=student"); len(got) != 1 {
		t.Errorf("%d links to the students", len(got))
	}
	child := wim.get("/mensen/" + s.ids["sem"])
	child.hides(t, says)
	child.ok(t, "uittreksel gezagsregister van", "beschikking C/16/", "ondertekende machtiging")
}

func onlyWhatNeedsNoReadingIsTicked(t *testing.T, s *testSchool) {
	f := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["daan"], Party: s.ids["ruben"], From: 20260101})
	ingrid := s.as("ingrid", portfolio.HatAdmin)
	if r := ingrid.post("/bevestigen", url.Values{"fact": {f.ID}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("custody confirmed unread: status %d, want 422", r.status)
	}
	many := url.Values{"fact": make([]string, portfolio.MostAtOnce+1)}
	if r := ingrid.post("/bevestigen", many); r.status != http.StatusUnprocessableEntity {
		t.Errorf("more than the most: status %d, want 422", r.status)
	}
	ingrid.get("/feit/"+f.ID).ok(t, "Klopt dit?")
}

// TestThePagesOfWhatWaitsAreSound looks at them in a browser, with all that can
// stand on them.
func TestThePagesOfWhatWaitsAreSound(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	wim, ingrid := s.as("wim", portfolio.HatAdmin), s.actor("ingrid", portfolio.HatAdmin)
	path := newColleague(t, wim, "kees", "staff", "admin")
	declined := s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.ids["sem"], Party: s.ids["ruben"], From: 20260101})
	if _, err := s.lib.DeclineFact(ctx, ingrid, declined.ID, "Op het uittreksel staat een andere naam."); err != nil {
		t.Fatal(err)
	}
	s.record(portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: s.ids["sem"], Party: s.ids["ruben"], From: 20260101})
	if _, err := s.lib.EndFact(ctx, s.admin, s.custody("sem", "samira").ID, portfolio.DateOf(s.lib.Now()).AddDays(-3), "beschikking C/16/44"); err != nil {
		t.Fatal(err)
	}
	late := "/feit/" + s.custody("lotte", "samira").ID + "/einde?until=" + portfolio.DateOf(s.lib.Now()).AddDays(-9).String()
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			s.open(t, l).sounds("wim", portfolio.HatAdmin, map[string]string{"colleague": path, "guardian": "/mensen/" + s.ids["samira"], "child": "/mensen/" + s.ids["sem"],
				"own-waiting": "/bevestigen", "late-ending": late, "people": "/mensen?rol=admin", "told": "/meldingen"})
			w := s.open(t, l)
			w.signIn("ingrid")
			w.hat(portfolio.HatAdmin)
			w.to("/bevestigen")
			w.run(chromedp.Evaluate(`document.querySelectorAll('main details').forEach(d => d.open = true)`, nil))
			w.sound("waiting")
			w.to("/overzicht")
			w.sound("overview")
		})
	}
}
