package app

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// leaves records that a student leaves, and has a second agree.
func (s *testSchool) leaves(login string, on portfolio.Date) *portfolio.Fact {
	s.t.Helper()
	f := s.record(portfolio.Fact{Type: portfolio.FactLeaving, About: s.ids[login], From: on})
	if _, err := s.lib.ConfirmFact(context.Background(), s.actor("ingrid", portfolio.HatAdmin), f.ID); err != nil {
		s.t.Fatal(err)
	}
	return f
}

// binned throws a work away and lets the days pass.
func (s *testSchool) binned(login, title string, days int) {
	s.t.Helper()
	w := s.workOf(login, title)
	if _, err := s.lib.BinWork(context.Background(), s.actor(login, portfolio.HatStudent), w.ID, w.Rev); err != nil {
		s.t.Fatal(err)
	}
	s.clock.advance(time.Duration(days) * 24 * time.Hour)
}

// seenOf is what a page says there is to erase.
func seenOf(t *testing.T, r *reply) string {
	t.Helper()
	at := r.all("input", "name", "seen")
	if len(at) != 1 || attr(at[0], "value") == "" {
		t.Fatalf("the page has %d things to erase", len(at))
	}
	return attr(at[0], "value")
}

func TestTheFGReadsWhatIsPastItsTimeErasesItAndFindsTheReceipt(t *testing.T) {
	s := newSchool(t)
	fatima := s.as("fatima", portfolio.HatStaff)
	petra := s.as("petra")
	petra.get("/bewaren").ok(t, "Er is niets te wissen", "Tot vijf jaar na de uitschrijving", "Bekostigingsbesluit WPO", "Tot de school alles van de leerling wist")
	petra.get("/bewaren/"+s.ids["sem"]).ok(t, "Van Sem is niets aan de beurt")
	work := s.workOf("sem", "Mijn vulkaan")
	s.leaves("sem", 20200801)
	list := petra.get("/bewaren")
	list.ok(t, "Sem Amrani", "Van school sinds 1 augustus 2020", "Portfolio · Tot twee jaar nadat de leerling van school gaat", "Bewaartijd voorbij op 1 augustus 2022", "stukken die je kunt wissen")
	list.hides(t, "Mijn vulkaan", "Noor")
	path := "/bewaren/" + s.ids["sem"]
	page := petra.get(path)
	page.ok(t, "Dit wis je", "Je kunt dit niet terugdraaien", "Dit blijft", "het logboek")
	page.hides(t, "Mijn vulkaan")
	seen := seenOf(t, page)
	if !regexp.MustCompile(`Wis \d+ stukken van Sem`).MatchString(page.text()) {
		t.Errorf("no button says how many: %s", page.text())
	}

	if r := petra.post(path+"/wis", url.Values{"seen": {seen}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: status %d, want 422", r.status)
	} else {
		r.shows(t, "Vink aan dat je gelezen hebt wat er weggaat")
	}
	if r := petra.post(path+"/wis", url.Values{"seen": {"anders"}, "sure": {"1"}}); r.status != http.StatusConflict {
		t.Errorf("another list: status %d, want 409", r.status)
	} else {
		r.shows(t, "De lijst is intussen veranderd", "Dit wis je")
	}
	if r := fatima.post(path+"/wis", url.Values{"seen": {seen}, "sure": {"1"}}); r.status != http.StatusNotFound {
		t.Errorf("staff: status %d, want 404", r.status)
	}
	ctx := context.Background()
	stored := func() error {
		_, err := s.store.Get(ctx, portfolio.Ref{School: s.admin.School, Kind: "work", ID: work.ID})
		return err
	}
	if err := stored(); err != nil {
		t.Fatalf("the work is gone already: %v", err)
	}

	two := s.as("petra")
	r := petra.post(path+"/wis", url.Values{"seen": {seen}, "sure": {"1"}})
	if r.status != http.StatusSeeOther || r.location != "/bewaren" {
		t.Fatalf("status %d to %q", r.status, r.location)
	}
	if r := two.post(path+"/wis", url.Values{"seen": {seen}, "sure": {"1"}}); r.status != http.StatusConflict {
		t.Errorf("who was second: status %d, want 409", r.status)
	}
	petra.get("/bewaren").ok(t, "Er is niets te wissen")
	receipts := petra.get("/bewaren/gewist")
	receipts.ok(t, "Sem Amrani", "Gewist door Petra", "beoordelingen")
	receipts.hides(t, "Mijn vulkaan")
	log := petra.get("/logboek?wat=erase&leerling=" + s.ids["sem"])
	log.ok(t, "waarvan de bewaartijd voorbij was", "Petra")
	if err := stored(); portfolio.KindOf(err) != portfolio.NotFound {
		t.Errorf("the work: %v, want it gone", err)
	}
	english := s.as("petra")
	english.lang = "en"
	english.get("/bewaren").ok(t, "How long things stay")
	english.get("/bewaren/gewist").ok(t, "Erased by")
}

func TestTheFGKeepsLongerWithAReasonAndADay(t *testing.T) {
	s := newSchool(t)
	s.binned("sem", "Mijn vulkaan", 30)
	petra := s.as("petra")
	path := "/bewaren/" + s.ids["sem"]
	petra.get(path).ok(t, "1 werk", "Prullenbak · Dertig dagen", "Zit nog op school", "Bewaar langer")
	day := portfolio.DateOf(s.lib.Now()).AddDays(60)
	good := url.Values{"what": {"work/bin"}, "reason": {"De moeder vroeg erom."}, "review": {day.String()}}
	for field, wrong := range map[string]string{"reason": "", "review": "gisteren"} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(field, wrong)
		r := petra.post(path+"/langer", form)
		if r.status != http.StatusUnprocessableEntity || len(r.all("p", "id", "langer-"+field+"-error")) != 1 {
			t.Errorf("%s %q: status %d", field, wrong, r.status)
		}
	}
	form := url.Values{"what": {"care/file"}, "reason": {"x"}, "review": {day.String()}}
	if r := petra.post(path+"/langer", form); r.status != http.StatusConflict {
		t.Errorf("what is not on the list: status %d, want 409", r.status)
	}
	if r := petra.post(path+"/langer", good); r.status != http.StatusSeeOther || r.location != path {
		t.Fatalf("status %d to %q", r.status, r.location)
	}
	kept := petra.get(path)
	kept.ok(t, "Blijft tot", "De moeder vroeg erom.", "Er is nu niets dat je kunt wissen")
	if len(kept.all("input", "name", "seen")) != 0 {
		t.Error("it can be erased all the same")
	}
	petra.get("/bewaren").ok(t, "Sem Amrani", "De moeder vroeg erom.")
	if r := s.as("samira").get("/bewaren"); r.status != http.StatusNotFound {
		t.Errorf("a parent: status %d, want 404", r.status)
	}
	s.clock.set(day.Start())
	again := s.as("petra").get(path)
	again.ok(t, "Wis 1 stuk van Sem")
	again.hides(t, "Blijft tot")
}

// TestTheBinSaysHowLongWorkCanBePutBack holds the words to what happens.
func TestTheBinSaysHowLongWorkCanBePutBack(t *testing.T) {
	s := newSchool(t)
	s.binned("sem", "Mijn vulkaan", 29)
	s.as("sem").get("/prullenbak").ok(t, "Mijn vulkaan", "dertig dagen", "Daarna mag de school het wissen")
	s.as("petra").get("/bewaren").ok(t, "Er is niets te wissen")
	s.clock.advance(24 * time.Hour)
	s.as("petra").get("/bewaren").ok(t, "Sem Amrani", "Op deze bladzijde staat 1 stuk dat je kunt wissen")
}

// TestThePagesOfKeepingAreSound looks at each of them.
func TestThePagesOfKeepingAreSound(t *testing.T) {
	s := newSchool(t)
	s.leaves("noor", 20200801)
	s.leaves("lotte", 20230801)
	s.binned("sem", "Mijn vulkaan", 30)
	petra := s.actor("petra", portfolio.HatFG)
	ctx := context.Background()
	if _, err := s.lib.KeepLonger(ctx, petra, s.ids["sem"], portfolio.Keep{Kind: "work", Class: portfolio.KeepBin, Reason: "De moeder vroeg om dit werk.",
		Until: portfolio.DateOf(s.lib.Now()).AddDays(90)}); err != nil {
		t.Fatal(err)
	}
	d, err := s.lib.DueOf(ctx, petra, s.ids["lotte"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.lib.Erase(ctx, petra, s.ids["lotte"], d.Seen); err != nil {
		t.Fatal(err)
	}
	for _, l := range []look{phone, phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("petra")
			w.to("/bewaren")
			w.sound("retain")
			w.to("/bewaren/gewist")
			w.sound("erased")
			w.to("/bewaren/" + s.ids["sem"])
			w.sound("erase-kept")
			w.to("/bewaren/" + s.ids["milan"])
			w.sound("erase-nothing")
			w.to("/bewaren/" + s.ids["noor"])
			w.sound("erase")
			w.run(chromedp.Evaluate(`document.querySelectorAll('form').forEach(f => f.noValidate = true); null`, nil))
			w.click(`button.button-danger`)
			w.wait("what is missing", `document.querySelector('.note-danger')`)
			w.expect("422")
			w.sound("erase-missing")
		})
	}
}
