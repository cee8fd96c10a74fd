package app

import (
	"testing"
	"time"

	"kaft/portfolio"
)

// TestTheOtherPagesAreSound looks at the pages that no walk comes by, on a
// phone in the dark in English and on a desktop by day in Dutch.
func TestTheOtherPagesAreSound(t *testing.T) {
	s := newSchool(t)
	s.clock.advance(3 * 24 * time.Hour)
	day := s.lateCustody("lotte", "samira", 2)
	for _, l := range []look{phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.to("/aanmelden")
			w.sound("sign-in")
			w.to("/privacy")
			w.sound("privacy")
			for _, who := range []struct {
				login, hat string
				paths      map[string]string
			}{
				{"samira", "", map[string]string{"why-not": "/leerling/" + s.ids["sem"] + "/waarom", "who-sees": "/werk/" + s.workOf("sem", "Mijn vulkaan").ID + "/wie",
					"who-sees-assessment": "/beoordeling/" + s.assessmentOf("sem", "Mijn vulkaan").ID + "/wie"}},
				{"noor", "", map[string]string{"timeline": "/werk?weergave=tijdlijn", "growth": "/groei", "me": "/ik", "help": "/hulp", "new-talk": "/gesprekken/nieuw"}},
				{"anna", "", map[string]string{"log": "/leerling/" + s.ids["noor"] + "/logboek", "log-all": "/leerling/" + s.ids["noor"] + "/logboek?alles=1", "child-growth": "/leerling/" + s.ids["noor"] + "/groei"}},
				{"fatima", portfolio.HatGuardian, map[string]string{"hats": "/wie", "other-hat": "/thuis"}},
				{"wim", portfolio.HatAdmin, map[string]string{"overview": "/overzicht", "people": "/mensen", "person": "/mensen/" + s.ids["sem"], "newcomer": "/mensen/nieuw", "classes": "/klassen", "known-schools": "/verhuizingen/scholen"}},
				{"petra", "", map[string]string{"requests": "/verzoeken", "school-log": "/logboek?leerling=" + s.ids["sem"],
					"log": "/logboek", "log-of-person": "/logboek?wie=" + s.ids["fatima"], "log-empty": "/logboek?wat=emergency&wie=" + s.ids["fatima"],
					"emergencies":  "/logboek?wat=emergency",
					"time-machine": "/tijdmachine?leerling=" + s.ids["lotte"] + "&dag=" + day.String(), "late": "/laat"}},
			} {
				s.open(t, l).sounds(who.login, who.hat, who.paths)
			}
			for who, name := range map[string]string{"noor": "not-found", "samira": "not-found-family"} {
				w = s.open(t, l)
				w.signIn(who)
				w.to("/werk/nothing-here")
				w.expect("404")
				w.sound(name)
			}
		})
	}
}

// TestTheBarOfThePrivacyOfficerIsOneLine has room for four places, on a phone
// and on a desktop, in both languages.
func TestTheBarOfThePrivacyOfficerIsOneLine(t *testing.T) {
	s := newSchool(t)
	for _, l := range []look{phone, phone.in("en"), desktop, desktop.in("en")} {
		t.Run(l.String(), func(t *testing.T) {
			w := s.open(t, l)
			w.signIn("petra")
			w.to("/logboek")
			w.shot("fg-bar")
			lines := `(() => {
				const ul = document.querySelector('.nav ul');
				while (ul.children.length < 4) {
					const li = ul.lastElementChild.cloneNode(true);
					li.querySelector('a').removeAttribute('aria-current');
					li.querySelector('span').textContent = 'Bewaren';
					ul.append(li);
				}
				return new Set([...ul.children].map(li => Math.round(li.getBoundingClientRect().top))).size;
			})()`
			if got := eval[int](w, lines); got != 1 {
				t.Errorf("four places stand on %d lines", got)
			}
			if l.width < 1000 {
				return // on a phone the bar with places is at the bottom, by itself
			}
			if got := eval[int](w, `document.querySelector('.bar-in').offsetHeight`); got > 70 {
				t.Errorf("the bar is %d px high: it stands on two lines", got)
			}
		})
	}
}
