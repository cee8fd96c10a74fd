package app

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// TestTheBellRingsOnAnOpenPageAndThePageStays has somebody at home when a
// notice comes: the bell shows it, and nothing else on the page moves.
func TestTheBellRingsOnAnOpenPageAndThePageStays(t *testing.T) {
	s := newSchool(t)
	w := s.open(t, phone)
	w.signIn("samira")
	w.to("/leerling/" + s.ids["sem"] + "/vraag")
	w.live()
	w.run(chromedp.Evaluate(`window.same = true; null`, nil), chromedp.SendKeys(`#period`, "Alles"))
	const count = `document.querySelector('header a[href="/meldingen"] .count')?.innerText || ''`
	if got := eval[string](w, count); got != "" {
		t.Fatalf("the bell shows %q before anything happened", got)
	}
	if _, err := s.lib.OpenInEmergency(context.Background(), s.actor("joris", portfolio.HatStaff), s.ids["lotte"], "Lotte is niet op school gekomen."); err != nil {
		t.Fatal(err)
	}
	w.wait("the bell", `(`+count+`).startsWith('1')`)
	if !eval[bool](w, `window.same === true && document.querySelector('#period').value === 'Alles'`) {
		t.Error("the page was loaded again")
	}
	w.click(`header a[href="/meldingen"]`)
	w.waitText("kreeg meester Joris noodinzage")
	if got := eval[string](w, count); got != "" {
		t.Errorf("after reading the bell shows %q", got)
	}
}

// TestTheNoticesEmergencyAndChoicePagesAreSound looks at each of them.
func TestTheNoticesEmergencyAndChoicePagesAreSound(t *testing.T) {
	s := newSchool(t)
	ctx := context.Background()
	yassin := s.actor("yassin", portfolio.HatStudent)
	for title, audience := range map[string][]string{
		"Brief aan later": {"guardians", "staff"}, "Verslag van de excursie naar de waterzuivering": {"guardians"},
		"Affiche open dag": {"school"}, "Gedicht voor de ouderavond": {"class_guardians", "school"}} {
		if _, err := s.lib.AddWork(ctx, yassin, portfolio.NewWork{Title: title, Text: "x", Audience: audience}); err != nil {
			t.Fatal(err)
		}
	}
	s.sixteenthOf("yassin", -14, time.Hour)
	for _, student := range []string{"sem", "noor"} {
		if _, err := s.lib.OpenInEmergency(ctx, s.actor("joris", portfolio.HatStaff), s.ids[student], "De politie belt, er is een ongeluk met de fiets."); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []look{phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("yassin")
			w.to("/ik")
			w.sound("me")
			w.to("/meldingen")
			w.sound("notices")
			w.to("/zestien")
			w.sound("changes")
			w.click(`button[name=step][value="2"]`)
			w.wait("the second screen", `document.querySelector('input[type=radio][value=some]')`)
			w.sound("parents")
			w.click(`button[name=step][value="3"]`)
			w.wait("what is missing", `document.querySelector('.note-danger')`)
			w.expect("422")
			w.sound("parents-missing")
			w.click(`input[type=radio][value=some]`)
			w.click(`.of-some input[type=checkbox]`) // the list comes with the answer that needs it
			w.sound("parents-some")
			w.click(`input[type=radio][value=keep]`)
			w.wait("the list to go", `!document.querySelector('.of-some').checkVisibility()`)
			w.click(`input[type=radio][value=some]`)
			w.click(`button[name=step][value="3"]`)
			w.wait("the third screen", `document.querySelector('button[name=step][value="4"]')`)
			w.sound("sure")

			w = s.open(t, l)
			w.signIn("joris")
			w.to("/nood")
			w.sound("emergency-search")
			w.to("/leerling/" + s.ids["yassin"] + "/nood")
			w.sound("emergency")
			w.to("/groep")
			w.sound("group")
			w.to("/leerling/" + s.ids["yassin"])
			w.sound("pupil")
			w = s.open(t, l)
			w.signIn("petra")
			w.to("/meldingen")
			w.sound("fg-notices")
			w = s.open(t, l)
			w.signIn("samira")
			w.to("/thuis")
			w.sound("home")
			w.to("/leerling/" + s.ids["lotte"])
			w.sound("child")
			w.to("/meldingen")
			w.sound("parent-notices")
			w = s.open(t, l)
			w.signIn("wim")
			w.hat(portfolio.HatStaff)
			w.to("/meldingen")
			w.sound("no-notices")
		})
	}
}
