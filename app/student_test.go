package app

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The student's and the common pages as they stand in a browser: no violation
// that axe can see, nothing that scrolls sideways, no complaint of the policy.
func TestStudentPagesInABrowser(t *testing.T) {
	s := newSchool(t)
	picture, report := s.workOf("noor", "Vlinder op de muur"), s.workOf("noor", "Boekverslag: De Gorgels")
	for _, l := range []look{phone, phone.in("en").inDark(), desktop, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			for name, path := range map[string]string{"signin": "/aanmelden", "help": "/hulp", "privacy": "/privacy"} {
				w.to(path)
				w.sound(name)
			}
			w.signIn("noor")
			for name, path := range map[string]string{
				"timeline": "/werk?weergave=tijdlijn", "picked": "/werk?vak=natuur", "none": "/werk?vak=niets", "picture": "/werk/" + picture.ID,
				"report": "/werk/" + report.ID, "change": "/werk/" + picture.ID + "/wijzig", "growth": "/groei", "me": "/ik", "bin-empty": "/prullenbak",
			} {
				w.to(path)
				w.wait("every picture", `[...document.images].every(i => i.loading === 'lazy' || i.complete && i.naturalWidth > 0)`)
				w.sound(name)
			}

			w.to("/werk/" + report.ID)
			w.run(chromedp.Evaluate(`document.querySelector('.card details:has(form)').open = true`, nil))
			w.choose("school")
			w.wait("the question", `document.querySelector('input[name=sure]')`)
			w.sound("share")
			w.click(`.card form button.button-main`)
			w.wait("the problem", `document.querySelector('.note-danger a[href="#sure"]')`)
			w.expect("422")
			w.sound("not-sure")

			w.to("/werk/nergens")
			w.expect("404")
			w.sound("not-found")
		})
	}
}
