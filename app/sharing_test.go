package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"kaft/portfolio"
)

// hidden are the fields that a screen carries to the next.
func (r *reply) hidden(action string) url.Values {
	out := url.Values{}
	for _, in := range r.all("input", "type", "hidden") {
		if form := enclosingForm(in); form != nil && attr(form, "action") == action {
			out.Add(attr(in, "name"), attr(in, "value"))
		}
	}
	return out
}

func (r *reply) is(t *testing.T, status int) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d: %s", r.status, status, r.text())
	}
}

func enclosingForm(n *html.Node) *html.Node {
	for ; n != nil && n.Data != "form"; n = n.Parent {
	}
	return n
}

func TestAStudentChangesWhoSeesManyWorksWithoutAScript(t *testing.T) {
	s := newSchool(t)
	noor, anna := s.as("noor"), s.as("anna")
	park, pizza := s.workOf("noor", "Herfst in het park"), s.workOf("noor", "Breuken met pizza")

	list := noor.get(sharingPath)
	list.ok(t, "Wie ziet wat", "hoogstens 48 werkstukken tegelijk", "Herfst in het park", "Breuken met pizza")
	if len(list.all("input", "checked", "")) > len(list.all("input", "name", "lang")) {
		t.Error("something is ticked before anybody ticked it")
	}
	for what, test := range map[string]struct {
		form url.Values
		say  string
	}{
		"nothing":     {url.Values{}, "Kies wie het werk mag zien."},
		"no work":     {url.Values{"audience": {"class"}}, "Vink eerst werk aan."},
		"no audience": {url.Values{"work": {park.ID}}, "Kies wie het werk mag zien."},
		"not theirs":  {url.Values{"work": {s.workOf("sem", "Mijn vulkaan").ID}, "audience": {"class"}}, "Vink eerst werk aan."},
	} {
		r := noor.post(sharingPath, test.form)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", what, r.status)
		}
		checkPage(t, r.body)
		r.shows(t, test.say)
	}

	// Wider: who sees more is told, and asked once.
	anna.get("/werk/"+pizza.ID).is(t, http.StatusNotFound)
	look := noor.post(sharingPath, url.Values{"work": {park.ID, pizza.ID}, "audience": {"class"}})
	look.ok(t, "Klopt dit zo?", "kinderen uit je klas", "ook: “Herfst in het park” en “Breuken met pizza”", "Dit zien: jij, juf Fatima", "Goed zo?")
	checkPage(t, look.body)
	form := look.hidden(sharingPath)
	form.Set("step", "save")
	unsure := noor.post(sharingPath, form)
	unsure.is(t, http.StatusUnprocessableEntity)
	unsure.shows(t, "Er gaan meer mensen kijken.")
	if now := s.workOf("noor", "Breuken met pizza"); now.Rev != pizza.Rev {
		t.Error("it was saved without a yes")
	}
	form.Set("sure", attr(look.all("input", "name", "sure")[0], "value"))
	if r := noor.post(sharingPath, form); r.status != http.StatusSeeOther || r.location != sharingPath {
		t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	anna.get("/werk/"+pizza.ID).ok(t, "Breuken met pizza")
	back := noor.get(sharingPath)
	back.ok(t, "Dit is nu wie je werk kan zien.")
	undo := back.undo()
	if r := noor.post(undo, nil); r.status != http.StatusSeeOther {
		t.Fatalf("undo by %q: status %d", undo, r.status)
	}
	noor.get(sharingPath).ok(t, "Het is weer zoals het was.")
	anna.get("/werk/"+pizza.ID).is(t, http.StatusNotFound)
	if now := s.workOf("noor", "Herfst in het park"); !slices.Equal(now.Audience, park.Audience) {
		t.Errorf("taken back to %v, want %v", now.Audience, park.Audience)
	}
	s.clock.advance(2 * time.Hour)
	s.as("noor").post(undo, nil).is(t, http.StatusConflict)
}

func TestAWorkThatChangedBeforeTheYesIsLeftAloneAndNamed(t *testing.T) {
	s := newSchool(t)
	noor := s.as("noor")
	park, pizza := s.workOf("noor", "Herfst in het park"), s.workOf("noor", "Breuken met pizza")
	look := noor.post(sharingPath, url.Values{"on-teacher": {pizza.ID}, "all": {"teacher"}, "work": {park.ID}, "audience": {"me"}})
	look.ok(t, "Straks zien", "niet meer: “Herfst in het park” en “Breuken met pizza”", "Dit zie alleen jij.")
	if len(look.all("input", "name", "sure")) > 0 {
		t.Error("narrower is asked about")
	}
	me := s.actor("noor", portfolio.HatStudent)
	if _, err := s.lib.ChangeWork(context.Background(), me, pizza.ID, pizza.Rev, portfolio.NewWork{Title: "Breuken met taart", Text: "x", Audience: pizza.Audience}, nil); err != nil {
		t.Fatal(err)
	}
	form := look.hidden(sharingPath)
	form.Set("step", "save")
	r := noor.post(sharingPath, form)
	r.is(t, http.StatusConflict)
	checkPage(t, r.body)
	r.shows(t, "1 werkstuk is bewaard.", "“Breuken met taart”")
	if now := s.workOf("noor", "Breuken met taart"); !slices.Equal(now.Audience, pizza.Audience) {
		t.Errorf("what was changed meanwhile is shown to %v", now.Audience)
	}
	if now := s.workOf("noor", "Herfst in het park"); len(now.Audience) > 0 {
		t.Errorf("the other one is shown to %v", now.Audience)
	}
	form = r.hidden(sharingPath) // as it is now
	form.Set("step", "save")
	if again := noor.post(sharingPath, form); again.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", again.status, again.text())
	}
	if now := s.workOf("noor", "Breuken met taart"); len(now.Audience) > 0 {
		t.Errorf("saved anew, it is shown to %v", now.Audience)
	}
	if again := noor.post(sharingPath, form); again.status != http.StatusSeeOther {
		t.Errorf("the same once more: status %d", again.status)
	}
	back := r.hidden(sharingPath)
	back.Set("step", "back")
	if ticked := noor.post(sharingPath, back).all("input", "value", pizza.ID); len(ticked) == 0 {
		t.Error("the way back forgets what was chosen")
	}
}

func TestAYesIsForThePeopleWhoWereNamed(t *testing.T) {
	s := newSchool(t)
	noor := s.as("noor")
	pizza := s.workOf("noor", "Breuken met pizza")
	look := noor.post(sharingPath, url.Values{"work": {pizza.ID}, "audience": {"parents"}})
	form := look.hidden(sharingPath)
	form.Set("step", "save")
	form.Set("sure", attr(look.all("input", "name", "sure")[0], "value"))
	form.Set("audience", "class") // another choice than the one that was read
	r := noor.post(sharingPath, form)
	r.is(t, http.StatusUnprocessableEntity)
	r.shows(t, "Er is net iets veranderd.", "kinderen uit je klas")
}

func TestShelvesAreShownAPageAtATime(t *testing.T) {
	s := newSchool(t)
	noor := s.as("noor")
	me := s.actor("noor", portfolio.HatStudent)
	for i := range 60 {
		if _, err := s.lib.AddWork(context.Background(), me, portfolio.NewWork{Title: fmt.Sprint("Blad ", i), Text: "x", Audience: []string{"staff", "guardians", "class", "class_guardians"}}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(r *reply) int { return strings.Count(r.body, `name="on-class-class_guardians"`) }
	all := noor.get(sharingPath)
	all.ok(t, "en de ouders van je klas", "60 werkstukken", "Bekijk ze alle 60")
	one := noor.get(sharingPath + "?groep=class-class_guardians")
	two := noor.get(sharingPath + "?groep=class-class_guardians&vanaf=48")
	one.hides(t, "Breuken met pizza")
	for what, got := range map[string][2]int{"all shelves": {count(all), 12}, "the first page": {count(one), 48}, "the second": {count(two), 12}} {
		if got[0] != got[1] {
			t.Errorf("%s: %d works, want %d", what, got[0], got[1])
		}
	}
	form := url.Values{"work": append(one.hidden(sharingPath)["on-class-class_guardians"], s.workOf("noor", "Breuken met pizza").ID), "audience": {"me"}}
	r := noor.post(sharingPath, form)
	r.is(t, http.StatusUnprocessableEntity)
	r.shows(t, "Je koos 49 werkstukken. Kies er hoogstens 48 tegelijk.")
}

func TestManyWorksInABrowser(t *testing.T) {
	s := newSchool(t)
	for _, l := range []look{phone, phone.in("en").inDark(), desktop, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("noor")
			w.to("/ik")
			w.sound("me")
			w.to(sharingPath)
			w.sound("sharing")
			w.click(`[aria-labelledby=sees-class] input[name=all]`)
			w.wait("all of the shelf", `[...document.querySelectorAll('[aria-labelledby=sees-class] input[name=work]')].every(i => i.checked)`)
			w.click(`[aria-labelledby=sees-class] input[name=work]`)
			w.wait("not all of it any more", `!document.querySelector('[aria-labelledby=sees-class] input[name=all]').checked`)
			w.click(`[aria-labelledby=sees-teacher] input[name=work]`)
			w.click(`[aria-labelledby=sees-me] input[name=work]`)
			w.click(`input[name=audience][value=class]`)
			w.click(`#kies button.button-main`)
			w.wait("what changes", `document.querySelector('input[name=sure]')`)
			w.sound("resharing")
			w.click(`button[value=save]`)
			w.wait("the question", `document.querySelector('.note-danger a[href="#sure"]')`)
			w.expect("422")
			w.sound("resharing-not-sure")
			w.click(`button[value=back]`)
			w.wait("what was ticked", `document.querySelector('[aria-labelledby=sees-teacher] input[name=work]:checked')`)
		})
	}
}
