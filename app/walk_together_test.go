package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"kaft/portfolio"
)

func TestWalk4AStudentATeacherAndAGuardianTalk(t *testing.T) {
	s := newSchool(t)
	for _, looks := range [][3]look{{desktop, phone, phone.in("en").inDark()}, {desktop.in("en").inDark(), phone.in("en"), phone}} {
		t.Run(looks[0].lang, func(t *testing.T) { talkTogether(t, s.in(t), looks, " "+looks[0].lang) })
	}
}

// talkTogether has a teacher, a student and a guardian talk in windows of their
// own. mark is in every message.
func talkTogether(t *testing.T, s *testSchool, looks [3]look, mark string) {
	teacher, student, parent := s.open(t, looks[0]), s.open(t, looks[1]), s.open(t, looks[2])
	teacher.signIn("fatima")
	teacher.hat(portfolio.HatStaff)
	teacher.to("/gesprekken")
	teacher.sound("talks")
	student.signIn("noor")
	parent.signIn("anna")
	for _, w := range []*window{teacher, student, parent} {
		w.to("/gesprekken")
		w.waitText("Vlinder op de muur")
		w.run(chromedp.Evaluate(`[...document.querySelectorAll('main a')].find(a => a.innerText.includes('Vlinder')).click()`, nil))
		w.wait("the conversation", `document.querySelector('[data-do=chat]')`)
		w.live()
	}
	parent.sound("talk")

	say := func(w *window, text string) {
		w.run(chromedp.SendKeys(`textarea[name=message]`, text))
		w.click(`form.write button.button-main`)
	}
	say(student, "Mag de vlinder in de gang?"+mark)
	for _, w := range []*window{student, teacher, parent} {
		w.waitText("Mag de vlinder in de gang?" + mark)
	}
	// The parent's connection is cut; what is said meanwhile is there after.
	parent.network(true, 0)
	say(teacher, "Ja, maandag hangt hij er."+mark)
	student.waitText("Ja, maandag hangt hij er." + mark)
	say(student, "Fijn."+mark)
	teacher.waitText("Fijn." + mark)
	parent.network(false, 0)
	parent.waitText("Fijn." + mark)
	order := eval[[]string](parent, `[...document.querySelectorAll('.bubble-text')].map(e => e.innerText.trim()).slice(-3)`)
	if want := []string{"Mag de vlinder in de gang?" + mark, "Ja, maandag hangt hij er." + mark, "Fijn." + mark}; !slices.Equal(order, want) {
		t.Errorf("the parent reads %q, want %q", order, want)
	}
	student.sound("talk")
	parent.mu.Lock()
	parent.problems = slices.DeleteFunc(parent.problems, func(p string) bool { return bytes.Contains([]byte(p), []byte("ERR_INTERNET_DISCONNECTED")) })
	parent.mu.Unlock()

	// Who is not in it does not find it.
	at := eval[string](student, `location.pathname`)
	stranger := s.as("joost")
	if r := stranger.get(at); r.status != http.StatusNotFound {
		t.Errorf("joost gets %d on noor's conversation, want 404", r.status)
	}
}

func TestWalk5APortfolioMovesToAnotherSchool(t *testing.T) {
	s := newSchool(t)
	for _, looks := range [][2]look{{phone, desktop}, {desktop.in("en").inDark(), phone.in("en")}} {
		t.Run(looks[0].lang, func(t *testing.T) { movePortfolio(t, s.in(t), looks[0], looks[1]) })
	}
}

// movePortfolio has anna take noor's portfolio along, and the administrator of
// a second Kaft take it in.
func movePortfolio(t *testing.T, s *testSchool, family, office look) {
	w := s.open(t, family)
	w.signIn("anna")
	w.to("/pakket?leerling=" + s.ids["noor"])
	w.sound("bundle")
	w.click(`form[action="/pakket"] button`)
	w.wait("the bundle to be ready", `location.pathname.startsWith('/pakket/') && document.querySelector('a[download][href$="/bestand"]')`)
	w.sound("bundle-ready")
	path := eval[string](w, `document.querySelector('a[download][href$="/bestand"]').getAttribute('href')`)
	got := s.as("anna").get(path)
	if got.status != http.StatusOK {
		t.Fatalf("the download answers %d", got.status)
	}
	for _, other := range []string{"joost", "bas", "noor", "samira"} {
		if r := s.as(other).get(path); r.status != http.StatusNotFound {
			t.Errorf("%s gets %d on anna's bundle, want 404", other, r.status)
		}
	}
	file := saveFile(t, "pakket.portfolio.zip", []byte(got.body))
	works, _, err := s.lib.Works(context.Background(), s.actor("noor", portfolio.HatStudent), s.ids["noor"], "", 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range works {
		if x.Title == "Herfst in het park" {
			if _, err := s.lib.ShareWork(context.Background(), s.actor("noor", portfolio.HatStudent), x.ID, x.Rev, nil); err != nil {
				t.Fatal(err)
			}
			if r := s.as("anna").get(path); r.status != http.StatusConflict {
				t.Errorf("a bundle with a work that was closed since answers %d, want 409", r.status)
			}
			if _, err := s.lib.ShareWork(context.Background(), s.actor("noor", portfolio.HatStudent), x.ID, x.Rev+1, x.Audience); err != nil {
				t.Fatal(err)
			}
		}
	}

	next := newInstallation(t, Options{SetupCode: "K7"})
	admin := next.open(t, office)
	admin.to("/begin")
	admin.sound("begin")
	for name, value := range map[string]string{"code": "K7", "school": "De Eik", "name": "Karin", "login": "karin", "password": "een lang wachtwoord", "password2": "een lang wachtwoord"} {
		admin.run(chromedp.SendKeys(fmt.Sprintf(`input[name=%s]`, name), value))
	}
	admin.click(`main form button`)
	admin.waitGone(`input[name=code]`)
	admin.sound("overview")
	admin.to("/verhuizingen")
	admin.sound("moves")
	admin.run(chromedp.SetUploadFiles(`input[name=file]`, []string{file}, chromedp.ByQuery))
	admin.click(`form[enctype] button`)
	admin.wait("the check", `document.querySelector('input[name=leerling]')`)
	admin.sound("checked")
	if eval[bool](admin, `!document.querySelector('form[action$="/overnemen"]')`) {
		admin.run(chromedp.Evaluate(`document.querySelector('input[name=leerling][value=nieuw]').click()`, nil))
		admin.click(`form[method=get] button`)
	}
	admin.wait("the plan", `document.querySelector('input[name=accept]')`)
	admin.sound("from-an-unknown-school")
	plan := eval[string](admin, `location.pathname + location.search`)
	admin.click(`a[href*="scholen?pakket="]`)
	admin.wait("the keys", `document.querySelector('input[name=key]')`)
	admin.run(chromedp.Evaluate(`document.querySelectorAll('input[name=key]').forEach(box => box.click())`, nil))
	admin.sound("compared")
	admin.click(`form[action$="/bekend"] button`)
	admin.wait("the known school", `document.querySelector('form[action$="/weg"]')`)
	admin.sound("known")
	admin.to(plan)
	admin.wait("the plan without a question", `document.querySelector('form[action$="/overnemen"]') && !document.querySelector('input[name=accept]')`)
	admin.sound("from-a-known-school")
	admin.click(`form[action$="/overnemen"] button`)
	admin.wait("the report", `document.querySelector('form[action$="/terug"]')`)
	admin.sound("taken-in")

	ctx := context.Background()
	schools, err := next.lib.Schools(ctx)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := next.lib.Operator(ctx, schools[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	people, err := next.lib.People(ctx, operator)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(people, func(p *portfolio.Person) bool { return p.Name.Given == "Noor" })
	if i < 0 {
		t.Fatalf("noor is not at the second school: %+v", people)
	}
	there := portfolio.Actor{School: operator.School, Person: people[i].ID, Hat: portfolio.HatStudent}
	compareMoved(t, s, next, s.actor("anna", portfolio.HatGuardian), s.ids["noor"], there)
}

// compareMoved checks that what the guardian may see at the first school stands
// at the second: works, files by their hash, assessments.
func compareMoved(t *testing.T, from, to *testSchool, guardian portfolio.Actor, student string, there portfolio.Actor) {
	t.Helper()
	ctx := context.Background()
	read := func(lib *portfolio.Library, a portfolio.Actor, student string) (out []string) {
		works, _, err := lib.Works(ctx, a, student, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range works {
			line := fmt.Sprintf("%s|%s|%s|%s|%v", w.Type, w.Title, w.Text, w.Subject, w.HappenedOn)
			for _, f := range w.Files {
				_, r, err := lib.OpenFile(ctx, a, w.ID, f.FileID(), false)
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(r)
				r.Close()
				if err != nil || int64(len(b)) != f.Size {
					t.Fatalf("%s: %d bytes, %v", f.Name, len(b), err)
				}
				line += fmt.Sprintf("|%s %s %s", f.Name, f.Type, sha(b))
			}
			all, err := lib.Assessments(ctx, a, student, w.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				line += fmt.Sprintf("|%s %d %s by %s", s.Goal, s.Level, s.Remark, s.AuthorName)
			}
			out = append(out, line)
		}
		slices.Sort(out)
		return out
	}
	got, want := read(to.lib, there, there.Person), read(from.lib, guardian, student)
	if !slices.Equal(got, want) {
		t.Errorf("the second school has\n%q\nwant\n%q", got, want)
	}
	if len(want) < 4 {
		t.Errorf("only %d works compared", len(want))
	}
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
