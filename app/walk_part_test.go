package app

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

// TestWalk6bAPartIsGivenTheRestIsHandedOverAndAnEmergencyIsEnded is flow 8 of
// UX.md with a part: management gives what it may open, care decides on the rest,
// and samira reads both. Then somebody opens a file in an emergency and ends it.
func TestWalk6bAPartIsGivenTheRestIsHandedOverAndAnEmergencyIsEnded(t *testing.T) {
	s := newSchool(t)
	for _, l := range []look{phone.in("nl"), desktop.in("en").inDark()} {
		samira, wim, care, joris := s.open(t, l), s.open(t, l), s.open(t, l), s.open(t, l)
		samira.signIn("samira")
		asked := s.asks("samira", "sem", "alles van dit jaar "+l.String())

		wim.signIn("wim")
		wim.hat(portfolio.HatStaff)
		wim.to(asked)
		wim.run(chromedp.Evaluate(`document.querySelector('details:has(form[action$="/inzage"]) > summary').click(); null`, nil))
		wim.sound("part-decide")
		wim.click(`form[action$="/inzage"] button.button-main`)
		wim.wait("the preview", `document.querySelector('button[name=final]')`)
		wim.sound("part-preview")
		wim.click(`button[name=final]`)
		wim.wait("the decision", `document.querySelector('#besluit')`)
		wim.sound("part-given")

		samira.to(asked)
		samira.sound("part-granted")
		rest := eval[string](samira, `document.querySelector('.note a[href^="/verzoek/"]').getAttribute('href')`)
		samira.to(rest)
		samira.sound("part-rest")
		samira.to("/leerling/" + s.ids["sem"] + "/waarom")
		samira.sound("part-why")
		wim.to(rest)
		wim.sound("part-handed")

		care.signIn("ingrid")
		care.hat(portfolio.HatStaff)
		care.to(rest)
		care.run(chromedp.Evaluate(`document.querySelector('details:has(form[action$="/weigeren"]) > summary').click(); null`, nil),
			chromedp.Evaluate(`document.querySelector('input[name=reason][value=others]').click(); null`, nil), chromedp.SendKeys(`#weiger-words`, refusedBecause))
		care.click(`form[action$="/weigeren"] button.button-main`)
		care.wait("the letter", `document.querySelector('button[name=final]')`)
		care.sound("part-letter")
		care.click(`button[name=final]`)
		care.wait("the refusal", `document.querySelector('#besluit')`)
		samira.to(rest)
		samira.sound("part-refused")

		if _, err := s.lib.OpenInEmergency(context.Background(), s.actor("joris", portfolio.HatStaff), s.ids["noor"], "Noor is gevallen op het plein."); err != nil {
			t.Fatal(err)
		}
		joris.signIn("joris")
		joris.to("/leerling/" + s.ids["noor"])
		joris.live()
		joris.sound("emergency-runs")
		joris.click(`form[action$="/einde"] button`)
		joris.wait("its end", `!document.querySelector('form[action$="/einde"]') && location.pathname === '/vandaag'`)
		joris.sound("emergency-ended")
	}
}
