package app

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kaft/portfolio"
)

// record records a fact of the demo school; confirmAll has it confirmed.
func (s *testSchool) record(f portfolio.Fact) *portfolio.Fact {
	s.t.Helper()
	if f.Evidence == "" {
		f.Evidence = "stuk 7"
	}
	made, err := s.lib.RecordFact(context.Background(), s.admin, f)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func TestQuestioningTheRule(t *testing.T) {
	play(t, []scene{
		{"who can see this names people and why", whoCanSeeThisNamesPeopleAndWhy},
		{"who can see this is absent for who stands further off", whoCanSeeThisIsAbsentForWhoStandsFurtherOff},
		{"the page that says not here is the same for absent and refused", thePageThatSaysNotHereIsTheSame},
		{"why do I not see something, kind by kind", whyDoINotSeeSomething},
		{"the time machine shows then and now, and no titles", theTimeMachineShowsThenAndNow},
		{"the cases of the time machine answer the same offline", theCasesOfTheTimeMachineAnswerTheSame},
		{"the API of the time machine is as described", theAPIOfTheTimeMachine},
		{"what was recorded too late", whatWasRecordedTooLate},
		{"a secret address and an order are not hinted at", aSecretAddressAndAnOrderAreNotHintedAt},
	})
}

func whoCanSeeThisNamesPeopleAndWhy(t *testing.T, s *testSchool) {
	w, a := s.workOf("sem", "Mijn vulkaan").ID, s.assessmentOf("sem", "Mijn vulkaan").ID
	for _, who := range []string{"sem", "samira", "fatima"} {
		for _, lang := range Languages {
			c := s.as(who)
			c.lang = lang
			c.get("/werk/"+w).ok(t, map[string]string{"nl": "Wie kan dit zien?", "en": "Who can see this?"}[lang])
			page := c.get("/werk/" + w + "/wie")
			if lang == "en" {
				page.ok(t, "Sem sees this too.", "Each of these 3 people works for Sem (rule 7) juf Fatima", "Samira Amrani has custody of Sem (rule 6.1)")
				continue
			}
			page.ok(t, "Mijn vulkaan", "Sem ziet dit zelf ook.", "Elk van deze 3 mensen werkt voor Sem (regel 7) juf Fatima", "Samira Amrani heeft gezag over Sem (regel 6.1)")
			page.hides(t, "Joost")
			c.get("/beoordeling/"+a).ok(t, "Wie kan dit zien?")
			c.get("/beoordeling/"+a+"/wie").ok(t, "Samira Amrani heeft gezag over Sem (regel 6.1)",
				"Joost", "mag de school vragen hoe het gaat en krijgt antwoord in woorden: is ouder van Sem, zonder gezag (regel 6.3)")
		}
	}
}

func whoCanSeeThisIsAbsentForWhoStandsFurtherOff(t *testing.T, s *testSchool) {
	// A classmate sees what is shared with the class, and learns no names.
	poster := s.sharedWithClass("noor")
	mate := s.classmateOf("noor")
	c := s.as(mate)
	if r := c.get("/werk/" + poster); r.status != http.StatusOK || strings.Contains(r.body, "/wie\"") {
		t.Errorf("the classmate's page: status %d, with a link: %v", r.status, strings.Contains(r.body, "/wie\""))
	}
	w, a := s.workOf("sem", "Mijn vulkaan").ID, s.assessmentOf("sem", "Mijn vulkaan").ID
	for who, paths := range map[string][]string{
		mate:     {"/werk/" + poster + "/wie"},
		"joost":  {"/werk/" + w + "/wie", "/beoordeling/" + a + "/wie"},
		"petra":  {"/werk/" + w + "/wie", "/beoordeling/" + a + "/wie"},
		"wim":    {"/werk/" + w + "/wie", "/tijdmachine", "/tijdmachine/zaken?leerling=" + s.ids["sem"] + "&dag=2026-01-01", "/laat"},
		"noor":   {"/werk/" + w + "/wie", "/leerling/" + s.ids["sem"] + "/waarom", "/tijdmachine", "/laat"},
		"anna":   {"/leerling/" + s.ids["sem"] + "/waarom", "/tijdmachine", "/laat"},
		"ingrid": {"/leerling/" + s.ids["lotte"] + "/waarom", "/tijdmachine?leerling=" + s.ids["sem"] + "&dag=2026-01-01"},
	} {
		c := s.as(who, cmp.Or(map[string]string{"wim": portfolio.HatAdmin}[who], portfolio.HatStaff))
		for _, path := range paths {
			if r := c.get(path); r.status != http.StatusNotFound {
				t.Errorf("%s gets %d at %s, want 404", who, r.status, path)
			}
		}
	}
}

// sharedWithClass gives the id of a work of a student that the class may see.
func (s *testSchool) sharedWithClass(login string) string {
	s.t.Helper()
	w, err := s.lib.AddWork(context.Background(), s.actor(login, portfolio.HatStudent), portfolio.NewWork{Title: "affiche", Text: "voor de klas",
		Audience: []string{portfolio.ToStaff, portfolio.ToGuardians, portfolio.ToClass}})
	if err != nil {
		s.t.Fatal(err)
	}
	return w.ID
}

// classmateOf is the login of somebody who is in a student's class.
func (s *testSchool) classmateOf(login string) string {
	s.t.Helper()
	work := s.sharedWithClass(login)
	for other, id := range s.ids {
		if id == s.ids[login] {
			continue
		}
		p, err := s.lib.PersonByID(context.Background(), s.admin, id)
		if err != nil || !p.Wears(portfolio.HatStudent) {
			continue
		}
		if _, err := s.lib.Work(context.Background(), s.actor(other, portfolio.HatStudent), work); err == nil {
			return other
		}
	}
	s.t.Fatalf("%s has no classmate who can sign in", login)
	return ""
}

func thePageThatSaysNotHereIsTheSame(t *testing.T, s *testSchool) {
	private, absent := s.workOf("sem", "Geheim verhaal").ID, portfolio.NewID()
	for who, linked := range map[string]bool{"samira": true, "joost": true, "noor": false, "petra": false} {
		c := s.as(who)
		refused, gone := c.get("/werk/"+private), c.get("/werk/"+absent)
		if refused.status != http.StatusNotFound || gone.status != http.StatusNotFound {
			t.Fatalf("%s gets %d and %d, want 404 twice", who, refused.status, gone.status)
		}
		if strings.ReplaceAll(refused.body, private, "ID") != strings.ReplaceAll(gone.body, absent, "ID") {
			t.Errorf("%s can tell refused from absent:\n%s\n%s", who, refused.body, gone.body)
		}
		if got := strings.Contains(refused.text(), "Waarom zie ik iets niet?"); got != linked {
			t.Errorf("%s finds the way to the rights: %v, want %v", who, got, linked)
		}
	}
	if r := s.visitor().get("/werk/" + private); strings.Contains(r.body, "/rechten") {
		t.Error("somebody who is not signed in finds the link")
	}
	if r := s.as("fatima").get("/werk/" + private); strings.Contains(r.text(), "Waarom zie ik iets niet?") {
		t.Error("a teacher with a child at school finds the link in the teacher's hat")
	}
}

func whyDoINotSeeSomething(t *testing.T, s *testSchool) {
	at := func(login, child string) *reply { return s.as(login).get("/leerling/" + s.ids[child] + "/waarom") }
	at("samira", "sem").ok(t, "Werk dat met ouders gedeeld is Dit zie je, als het er is.", "Ander werk Dit kun je opvragen bij de school.",
		"Je hebt gezag over Sem.", "Stukken uit het dossier Dit kun je opvragen", "Autoriteit Persoonsgegevens")
	at("samira", "lotte").ok(t, "Beoordelingen Dit zie je", "Ander werk Dit zie je hier niet. Lotte is 16 of ouder.")
	at("joost", "sem").ok(t, "Beoordelingen Je kunt ernaar vragen.", "Ander werk Dit zie je hier niet. Je hebt geen gezag over Sem.", "Vraag informatie")
	for _, lang := range Languages {
		c := s.as("joost")
		c.lang = lang
		checkPage(t, c.get("/leerling/"+s.ids["sem"]+"/waarom").body)
	}
	for login, child := range map[string]string{"sem": "sem", "fatima": "sem", "petra": "sem", "wim": "sem", "ruben": "sem"} {
		if r := at(login, child); r.status != http.StatusNotFound {
			t.Errorf("%s gets %d, want 404", login, r.status)
		}
	}
}

// A court order and a secret address: what the page says about them is what it
// says to somebody without them. A refusal is told to whom it names.
func aSecretAddressAndAnOrderAreNotHintedAt(t *testing.T, s *testSchool) {
	line := func(r *reply, what string) string {
		for _, li := range r.all("li", "class", "card stack-s") {
			if text := words(li); strings.HasPrefix(text, what) {
				return text
			}
		}
		return ""
	}
	page := func() *reply { return s.as("samira").get("/leerling/" + s.ids["sem"] + "/waarom") }
	closed := line(s.as("joost").get("/leerling/"+s.ids["sem"]+"/waarom"), "Adres")
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, About: s.ids["sem"], Party: s.ids["samira"]})
	secret := page()
	if got := line(secret, "Adres"); got == "" || got != closed {
		t.Errorf("with a secret address: %q, want what a parent without custody reads: %q", got, closed)
	}
	secret.hides(t, "rechter", "geheim", "besloten")
	s.record(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: s.ids["sem"], Party: s.ids["samira"]})
	banned := page()
	banned.ok(t, "Beoordelingen Dit zie je hier niet.")
	banned.hides(t, "rechter", "besloten", "regel 13")
	s.record(portfolio.Fact{Type: portfolio.FactRefusal, Kinds: []string{portfolio.ItemAssessment}, About: s.ids["sem"], Party: s.ids["samira"], From: 20260101, Review: 20990101})
	refused := page()
	if got := line(refused, "Beoordelingen"); !strings.Contains(got, "De school heeft besloten") {
		t.Errorf("a refusal is told as %q", got)
	}
	if got := line(refused, "Ander werk"); strings.Contains(got, "besloten") {
		t.Errorf("work was not refused, and is told as %q", got)
	}
}

// lateCustody ends the custody of somebody as of some days ago.
func (s *testSchool) lateCustody(child, holder string, days int) portfolio.Date {
	s.t.Helper()
	day := portfolio.DateOf(s.lib.Now()).AddDays(-days)
	if _, err := s.lib.EndFact(context.Background(), s.admin, s.custody(child, holder).ID, day, "beschikking 12"); err != nil {
		s.t.Fatal(err)
	}
	return day
}

func theTimeMachineShowsThenAndNow(t *testing.T, s *testSchool) {
	s.clock.advance(10 * 24 * time.Hour)
	noor := s.ids["noor"]
	between := portfolio.DateOf(s.lib.Now()).AddDays(-2).String()
	petra := s.as("petra")
	petra.get("/tijdmachine").ok(t, "Tijdmachine", "Kies een leerling")
	before := petra.get("/tijdmachine?leerling=" + noor + "&dag=" + between)
	before.ok(t, "Anna", "heeft gezag over Noor (regel 6.1)", "beoordeling", "Wat de school toen wist en nu weet, geeft hetzelfde antwoord.", "hebben geen geschiedenis")
	s.lateCustody("noor", "anna", 5)
	for _, lang := range Languages {
		petra.lang = lang
		after := petra.get("/tijdmachine?leerling=" + noor + "&dag=" + between)
		if lang == "en" {
			after.ok(t, "Got more than was right", "As known then", "saw it: has custody of Noor (rule 6.1)")
			continue
		}
		after.ok(t, "Kreeg meer dan mocht", "zag het: heeft gezag over Noor (regel 6.1)")
		for _, w := range s.titlesOf("noor") {
			after.hides(t, w)
		}
	}
	petra.lang = "nl"
	for _, bad := range []string{"&dag=2999-01-01", "&dag=gisteren", "&dag=", "&dag=2026-10-10&tijd=later"} {
		r := petra.get("/tijdmachine?leerling=" + noor + bad)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d, want 422", bad, r.status)
		}
		checkPage(t, r.body)
	}
	if r := petra.get("/tijdmachine?leerling=" + portfolio.NewID() + "&dag=2026-01-01"); r.status != http.StatusNotFound {
		t.Errorf("of nobody: status %d, want 404", r.status)
	}
	s.as("noor").get("/leerling/"+noor+"/logboek?alles=1").ok(t, "zocht")
}

// TestAReasonToSeeIsNoReasonNotToSee asks the words of a yes and of a no by the
// same rule, and what stands for everything that somebody did not see.
func TestAReasonToSeeIsNoReasonNotToSee(t *testing.T) {
	v := &visit{app: &App{cat: newCatalogue(t)}, prefs: portfolio.Preferences{Lang: "nl"}}
	for _, rule := range []string{"3", "4", "6.1", "6.4", "6.6", "7"} {
		yes := v.whyText(portfolio.Decision{Outcome: portfolio.DUTY, Open: true, Rule: rule}, portfolio.CircleFamily, "Noor")
		no := v.whyText(portfolio.Decision{Rule: rule}, portfolio.CircleFamily, "Noor")
		if yes == no || !strings.HasSuffix(no, "(regel "+rule+")") {
			t.Errorf("rule %s: the words of a no are %q, of a yes %q", rule, no, yes)
		}
	}
	none, note := portfolio.Sight{Then: portfolio.Decision{Rule: "5"}}, portfolio.Sight{Then: portfolio.Decision{Rule: "3"}}
	past := &portfolio.Past{Student: &portfolio.Person{Name: portfolio.Name{Given: "Noor"}}}
	for _, c := range []struct {
		sights []portfolio.Sight
		want   string
	}{
		{[]portfolio.Sight{none, note}, "zag het niet: heeft geen rol die hier telt (regel 5)"},
		{[]portfolio.Sight{note, none}, "zag het niet: heeft geen rol die hier telt (regel 5)"},
		{[]portfolio.Sight{note}, "zag het niet: alleen wie dit maakt en voor Noor werkt, ziet het (regel 3)"},
	} {
		lines := v.pastLines(past, &portfolio.View{Sights: c.sights}, nil)
		if len(lines) != 1 || lines[0].Then != c.want {
			t.Errorf("got %+v, want %q", lines, c.want)
		}
	}
}

func (s *testSchool) titlesOf(login string) (out []string) {
	s.t.Helper()
	works, _, err := s.lib.Works(context.Background(), s.actor(login, portfolio.HatStudent), s.ids[login], "", 100)
	if err != nil || len(works) == 0 {
		s.t.Fatalf("%d works, %v", len(works), err)
	}
	for _, w := range works {
		out = append(out, w.Title)
	}
	return out
}

// The file that the page offers, answered as "kaft inspect" does, says what the
// API says of the same instant.
func theCasesOfTheTimeMachineAnswerTheSame(t *testing.T, s *testSchool) {
	petra := s.as("petra")
	noor := s.ids["noor"]
	now := s.lib.Now().Add(-time.Minute).In(portfolio.Amsterdam)
	day, clock := portfolio.DateOf(now).String(), now.Format("15:04")
	page := petra.get("/tijdmachine?leerling=" + noor + "&dag=" + day + "&tijd=" + clock)
	page.ok(t, "Bewaar de vragen als bestand")
	link := ""
	for _, a := range page.all("a", "", "") {
		if href := attribute(a, "href"); strings.HasPrefix(href, "/tijdmachine/zaken") {
			link = href
		}
	}
	file := petra.get(link)
	if file.status != http.StatusOK || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("the file: %d %v", file.status, file.header)
	}
	for _, name := range []string{"Noor", "Anna", "Fatima", "Kuipers"} {
		if strings.Contains(file.body, name) {
			t.Errorf("the file names %s", name)
		}
	}
	var answers, bad strings.Builder
	if n, err := portfolio.InspectCases(strings.NewReader(file.body), &answers, &bad); n > 0 || err != nil {
		t.Fatalf("%d bad lines, %v: %s", n, err, bad.String())
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), 0, 0, portfolio.Amsterdam)
	var said struct {
		Things []struct{ ID, Kind string }
		Views  []struct {
			Person, Hat string
			Sights      []struct {
				Thing     int
				Then, Now struct {
					Outcome    string
					Open, Hold bool
					Rule       string
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(petra.get("/api/v1/students/"+noor+"/timemachine?at="+url.QueryEscape(at.Format(time.RFC3339))).body), &said); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	line := func(outcome string, open, hold bool, rule string) string {
		b, _ := json.Marshal([]any{outcome, open, hold, rule})
		return string(b)
	}
	for _, v := range said.Views {
		for _, x := range v.Sights {
			thing := said.Things[x.Thing]
			about := thing.ID
			if about == "" {
				about = thing.Kind
			}
			want["then/"+v.Person+"/"+v.Hat+"/"+about] = line(x.Then.Outcome, x.Then.Open, x.Then.Hold, x.Then.Rule)
			want["now/"+v.Person+"/"+v.Hat+"/"+about] = line(x.Now.Outcome, x.Now.Open, x.Now.Hold, x.Now.Rule)
		}
	}
	seen := 0
	for l := range strings.Lines(answers.String()) {
		var got struct {
			ID, Outcome string
			Open, Hold  bool
			Rule        string
		}
		if err := json.Unmarshal([]byte(l), &got); err != nil {
			t.Fatal(err)
		}
		w, told := want[got.ID]
		switch {
		case told:
			seen++
			if g := line(got.Outcome, got.Open, got.Hold, got.Rule); g != w {
				t.Errorf("%s: offline %s, the time machine %s", got.ID, g, w)
			}
		case got.Outcome != "NO" || got.Open || got.Hold:
			t.Errorf("%s: offline %s, and the time machine says nothing of it", got.ID, got.Outcome)
		}
	}
	if seen != len(want) || seen < 20 {
		t.Errorf("%d answers compared, want %d", seen, len(want))
	}
}

func theAPIOfTheTimeMachine(t *testing.T, s *testSchool) {
	_, router := description(t)
	path := "/api/v1/students/" + s.ids["sem"] + "/timemachine?at="
	at := url.QueryEscape(s.lib.Now().Add(-time.Minute).UTC().Format(time.RFC3339))
	if status, got := (apiClient{s.as("petra"), router}).call("GET", path+at, nil); status != http.StatusOK || got["student"] != s.ids["sem"] {
		t.Errorf("the FG gets %d %v", status, got)
	}
	if status, _ := (apiClient{s.as("petra"), router}).call("GET", path+"gisteren", nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a moment that is none: %d, want 422", status)
	}
	for _, who := range []string{"samira", "sem", "fatima", "wim"} {
		if status, _ := (apiClient{s.as(who), router}).call("GET", path+at, nil); status != http.StatusNotFound {
			t.Errorf("%s gets %d, want 404", who, status)
		}
	}
}

func whatWasRecordedTooLate(t *testing.T, s *testSchool) {
	works, _, err := s.lib.Works(context.Background(), s.actor("samira", portfolio.HatGuardian), s.ids["lotte"], "", 1)
	if err != nil || len(works) == 0 {
		t.Fatalf("%d works, %v", len(works), err)
	}
	s.clock.advance(24 * time.Hour)
	s.as("samira").get("/werk/" + works[0].ID).ok(t)
	s.clock.advance(2 * 24 * time.Hour)
	s.lateCustody("lotte", "samira", 3)
	petra := s.as("petra")
	for _, lang := range Languages {
		petra.lang = lang
		r := petra.get("/laat")
		if lang == "en" {
			r.ok(t, "Recorded too late", "Samira Amrani · Lotte Amrani", "Custody had ended earlier.")
			continue
		}
		r.ok(t, "Samira Amrani · Lotte Amrani", "Het gezag was al eerder afgelopen.", "opende een werk", "Lees het logboek")
	}
}
