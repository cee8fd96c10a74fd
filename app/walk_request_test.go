package app

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// TestWalk6ARequestIsAskedDecidedAndClosesByItself is flow 8 of UX.md: samira
// asks for the file, care releases it for 30 days, she opens it, and then it is
// closed; joost asks a question and reads the answer; a refusal is read.
func TestWalk6ARequestIsAskedDecidedAndClosesByItself(t *testing.T) {
	s := newSchool(t)
	samira, joost, care, fg := s.open(t, phone), s.open(t, phone.in("en").inDark()), s.open(t, desktop), s.open(t, desktop.in("en").inDark())
	samira.signIn("samira")
	joost.signIn("joost")
	care.signIn("ingrid")
	care.hat(portfolio.HatStaff)
	fg.signIn("petra")
	at := func(w *window) string {
		w.wait("the receipt", `location.pathname.startsWith('/verzoek/') && document.readyState === 'complete'`)
		return eval[string](w, `location.pathname`)
	}
	tick := func(w *window, sel string) {
		w.run(chromedp.Evaluate(`document.querySelector('`+sel+`').click()`, nil))
	}
	open := func(w *window, form string) { tick(w, `details:has(form[action$="/`+form+`"]) > summary`) }

	samira.to("/leerling/" + s.ids["sem"])
	samira.click(`a[href$="/vraag"]`)
	samira.waitText("Waar gaat het over?")
	samira.sound("ask")
	samira.run(chromedp.Evaluate(`document.querySelectorAll('input[name=kinds]').forEach(box => box.click())`, nil), chromedp.SendKeys(`#period`, "alles van dit schooljaar"))
	samira.click(`form[action$="/vraag"] button`)
	asked := at(samira)
	samira.waitText("Dit is gratis.")
	samira.sound("receipt")

	joost.to("/leerling/" + s.ids["sem"] + "/vraag")
	joost.sound("question")
	joost.run(chromedp.SendKeys(`#period`, "How is he getting on?"))
	joost.click(`form[action$="/vraag"] button`)
	question := at(joost)

	care.to("/verzoeken")
	care.sound("requests")
	care.click(`a[href="` + asked + `"]`)
	care.waitText("Samira Amrani vraagt")
	care.sound("decide")
	open(care, "inzage")
	open(care, "weigeren")
	open(care, "langer")
	care.sound("decide-open")
	care.click(`form[action$="/inzage"] button.button-main`)
	care.waitText("Inzage gegeven")
	care.sound("released")

	secret := "/werk/" + s.workOf("sem", "Geheim verhaal").ID
	samira.to(asked)
	samira.waitText("Open tot en met")
	samira.sound("granted")
	samira.to(secret)
	samira.waitText("Geheim verhaal")
	samira.to("/rechten")

	care.to(question)
	open(care, "antwoord")
	care.run(chromedp.SendKeys(`#antwoord-answer`, saidInWords))
	care.sound("answer")
	care.click(`form[action$="/antwoord"] button`)
	care.waitText("Beantwoord")
	joost.to(question)
	joost.waitText(saidInWords)
	joost.sound("answered")

	refused := s.as("samira").post("/leerling/"+s.ids["sem"]+"/vraag", url.Values{"kinds": {"care"}}).location
	care.to(refused)
	open(care, "weigeren")
	tick(care, `input[name=reason][value=harm]`)
	review := portfolio.DateOf(s.lib.Now()).AddDays(60)
	care.run(chromedp.SendKeys(`#weiger-words`, refusedBecause), chromedp.SetValue(`#weiger-review`, review.String()))
	care.click(`form[action$="/weigeren"] button.button-main`)
	care.waitText("Weiger en verstuur de brief")
	care.sound("letter")
	care.click(`button[name=final]`)
	care.waitText("Geweigerd")
	samira.to(refused)
	samira.waitText("Besluit over uw verzoek")
	samira.sound("refused")
	samira.to("/rechten")
	samira.sound("rights")

	fg.to("/verzoeken")
	fg.waitText("Decided or taken back")
	fg.sound("all-requests")
	fg.to("/weigeringen")
	fg.sound("refusals")
	fg.to(refused)
	fg.sound("refusal")

	s.clock.advance(31 * 24 * time.Hour)
	if r := s.as("samira").get(secret); r.status != http.StatusNotFound {
		t.Errorf("after 30 days the work answers %d, want 404", r.status)
	}
	s.clock.advance(30 * 24 * time.Hour) // and the review of the refusal is due
	s.as("petra").get("/weigeringen").ok(t, "Kijk opnieuw")

	// The same pages as others see them.
	for _, l := range []look{desktop.in("en").inDark(), phone} {
		w := s.open(t, l)
		w.signIn("lotte")
		w.to("/leerling/" + s.ids["lotte"] + "/vraag")
		w.sound("own-file")
		w = s.open(t, l)
		w.signIn("wim")
		w.hat(portfolio.HatStaff)
		w.to(refused)
		w.sound("staff-refusal")
		w.to(s.asks("samira", "sem", "laatste "+l.String()))
		open(w, "inzage")
		open(w, "weigeren")
		w.sound("staff-decide")
		w = s.open(t, l)
		w.signIn("wim")
		w.hat(portfolio.HatAdmin)
		w.to("/overzicht")
		w.sound("complaints")
		w = s.open(t, l)
		w.signIn("petra")
		w.to("/verzoeken")
		w.sound("fg-requests")
		w.to("/weigeringen")
		w.sound("fg-refusals")
	}
}
