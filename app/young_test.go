package app

import "testing"

// TestYoungModeIsSound walks a student's pages with larger letters, also on the
// smallest screen there is.
func TestYoungModeIsSound(t *testing.T) {
	smallest := look{width: 320, height: 568, lang: "nl"}
	for _, l := range []look{phone, smallest.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			s := newSchool(t) // what is chosen stays with the account
			work := "/werk/" + s.workOf("noor", "Vlinder op de muur").ID
			w := s.open(t, l)
			w.signIn("noor")
			w.to("/ik")
			w.click(`button[name=size][value=young]`)
			w.wait("larger letters", `document.readyState === 'complete' && document.documentElement.dataset.size === 'young'`)
			for name, path := range map[string]string{"works": "/werk", "timeline": "/werk?weergave=tijdlijn", "add": "/werk/nieuw", "work": work, "growth": "/groei", "talks": "/gesprekken", "me": "/ik", "style": "/stijl"} {
				w.to(path)
				w.sound("young-" + name)
				if got := eval[string](w, `getComputedStyle(document.body).fontSize`); got != "19px" {
					t.Errorf("%s: the letters are %s, want 19px", path, got)
				}
				if got := eval[[]string](w, `[...document.querySelectorAll('main .button, main button, .nav a')].filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 52).map(e => e.innerText + ' ' + e.getBoundingClientRect().height)`); len(got) > 0 {
					t.Errorf("%s: targets smaller than 52 px: %q", path, got)
				}
			}
		})
	}
}
