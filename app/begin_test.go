package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

func firstSchool() url.Values {
	return url.Values{"code": {"appel-peer-42"}, "school": {"De Eik"}, "city": {"Zwolle"}, "brin": {"12ab"}, "name": {"Karin"}, "family": {"Bos"},
		"login": {"karin@eik.nl"}, "password": {"een goede zin"}, "password2": {"een goede zin"}}
}

func TestTheFirstStartFoundsOneSchoolAndNoMore(t *testing.T) {
	s := newInstallation(t, Options{SetupCode: "appel-peer-42"})
	c := s.visitor()
	for _, c.lang = range Languages {
		c.get("/begin").ok(t)
	}
	c.lang = "nl"
	form := c.get("/begin")
	form.ok(t, "Begin met Kaft", "De code die Kaft liet zien")
	if got := len(form.all("input", "name", "code")); got != 1 {
		t.Fatalf("%d fields for the code, want 1", got)
	}
	for _, test := range []struct{ field, value, says string }{
		{"code", "appel-peer-43", "Deze code klopt niet."},
		{"code", "", "Deze code klopt niet."},
		{"school", " ", "Vul dit in: de naam van de school."},
		{"name", "", "Vul dit in: de naam."},
		{"brin", "abcd", "Een BRIN-nummer is vier tekens"},
		{"login", "", "Vul dit in: de inlognaam."},
		{"login", "met spatie", "Een inlognaam heeft alleen"},
		{"password2", "een andere zin", "De twee wachtwoorden zijn niet hetzelfde."},
		{"city", strings.Repeat("c", 201), "Dit is te lang: de plaats."},
	} {
		f := firstSchool()
		f.Set(test.field, test.value)
		r := c.post("/begin", f)
		if r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s=%.20q: status %d, want 422", test.field, test.value, r.status)
			continue
		}
		r.shows(t, test.says)
		if test.field != "school" && attr(r.all("input", "name", "school")[0], "value") != "De Eik" {
			t.Errorf("%s: what was typed is gone", test.field)
		}
	}
	short := firstSchool()
	short.Set("password", "kort")
	short.Set("password2", "kort")
	if r := c.post("/begin", short); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a short password: status %d, want 422", r.status)
	}
	if schools, err := s.lib.Schools(context.Background()); err != nil || len(schools) != 0 {
		t.Fatalf("%d schools of what was wrong: %v", len(schools), err)
	}

	r := c.post("/begin", firstSchool())
	if r.status != http.StatusSeeOther || r.location != "/overzicht" {
		t.Fatalf("status %d to %q: %s", r.status, r.location, r.text())
	}
	c.get("/overzicht").ok(t, "De school is open.", "Karin Bos", "beheerder", "0 leerlingen")
	c.get("/klassen").ok(t, "Nog geen groepen")
	for _, visitor := range []*testClient{s.visitor(), c} {
		if r := visitor.get("/begin"); r.status != http.StatusNotFound {
			t.Errorf("GET /begin: status %d, want 404", r.status)
		}
		if r := visitor.post("/begin", firstSchool()); r.status != http.StatusNotFound {
			t.Errorf("POST /begin: status %d, want 404", r.status)
		}
	}
	schools, err := s.lib.Schools(context.Background())
	if err != nil || len(schools) != 1 || schools[0].BRIN != "12AB" || schools[0].City != "Zwolle" {
		t.Errorf("schools %+v, %v", schools, err)
	}
	if r := s.visitor().post("/aanmelden", url.Values{"login": {"Karin@eik.nl"}, "password": {"een goede zin"}}); r.status != http.StatusSeeOther {
		t.Errorf("sign-in of the administrator: status %d", r.status)
	}
}

func TestWithoutACodeTheFormAsksForNone(t *testing.T) {
	s := newInstallation(t, Options{})
	form := s.visitor().get("/begin")
	form.ok(t)
	if got := len(form.all("input", "name", "code")); got != 0 {
		t.Errorf("%d fields for a code, want none", got)
	}
}

func TestTwoWhoFoundAtOnceFoundOneSchool(t *testing.T) {
	s := newInstallation(t, Options{})
	var wg sync.WaitGroup
	status := make([]int, 4)
	for i := range status {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f := firstSchool()
			f.Set("login", []string{"a", "b", "c", "c"}[i])
			status[i] = s.visitor().post("/begin", f).status
		}()
	}
	wg.Wait()
	made := 0
	for _, st := range status {
		if st == http.StatusSeeOther {
			made++
		} else if st != http.StatusNotFound {
			t.Errorf("status %d, want 303 or 404", st)
		}
	}
	schools, err := s.lib.Schools(context.Background())
	if made != 1 || err != nil || len(schools) != 1 {
		t.Errorf("%d founded, %d schools, %v; want 1 and 1", made, len(schools), err)
	}
}

func TestTheFirstStartIsSound(t *testing.T) {
	for _, l := range []look{phone, desktop.in("en").inDark()} {
		t.Run(l.String(), func(t *testing.T) {
			w := newInstallation(t, Options{SetupCode: "ABCD2345"}).open(t, l)
			w.to("/begin")
			w.sound("begin")
			w.run(chromedp.SendKeys(`#code`, "abcd2345"), chromedp.SendKeys(`#school`, "De Eik"), chromedp.SendKeys(`#name`, "Karin"), chromedp.SendKeys(`#login`, "karin"),
				chromedp.SendKeys(`#password`, "een goede zin"), chromedp.SendKeys(`#password2`, "een andere zin"))
			w.click(`main form button`)
			w.wait("the form to come back", `document.querySelector('#password2-error')`)
			w.expect("422")
			w.sound("begin-wrong")
			w.run(chromedp.SendKeys(`#password`, "een goede zin"), chromedp.SendKeys(`#password2`, "een goede zin"))
			w.click(`main form button`)
			w.wait("the overview", `location.pathname === '/overzicht' && document.readyState === 'complete'`)
			w.sound("founded")
		})
	}
}
