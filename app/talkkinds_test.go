package app

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"kaft/chat"
	"kaft/portfolio"
)

// classOf is the class in which somebody can talk.
func (s *testSchool) classOf(login, hat string) *portfolio.Class {
	s.t.Helper()
	places, err := s.lib.TalkPlaces(context.Background(), s.actor(login, hat))
	if err != nil || len(places.Classes) == 0 {
		s.t.Fatalf("%s is in no class: %v", login, err)
	}
	return places.Classes[0]
}

// announce has juf Fatima tell the parents of her class something.
func (s *testSchool) announce(to ...string) *chat.Talk {
	s.t.Helper()
	t, err := s.talks.Start(context.Background(), s.actor("fatima", portfolio.HatStaff), chat.NewTalk{Key: portfolio.NewID(), Kind: chat.Announcement,
		Class: s.classOf("fatima", portfolio.HatStaff).ID, To: to, Title: "Schoolreisje", Text: "We gaan op 3 juni naar het bos."})
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

func TestAnAnnouncementIsReadAndAQuestionGoesToItsSender(t *testing.T) {
	s := newSchool(t)
	fatima, samira := s.as("fatima", portfolio.HatStaff), s.as("samira")
	class := s.classOf("fatima", portfolio.HatStaff)
	r := fatima.get("/gesprekken/nieuw?soort=announcement&klas=" + class.ID)
	checkPage(t, r.body)
	form := url.Values{"client_id": {"mededeling"}, "kind": {"announcement"}, "class": {class.ID}, "title": {"Schoolreisje"}, "message": {"We gaan naar het bos."}}
	if r := fatima.post("/gesprekken", form); r.status != 422 || !strings.Contains(r.text(), "Kies met wie je wilt praten.") {
		t.Errorf("to nobody: %d %s", r.status, r.text())
	}
	form["to"] = []string{"guardians"}
	r = fatima.post("/gesprekken", form)
	if r.status != 303 {
		t.Fatalf("%d %s", r.status, r.text())
	}
	path := r.location
	r = samira.get(path)
	checkPage(t, r.body)
	if len(r.all("form", "class", "write")) != 0 || !strings.Contains(r.text(), "Dit kun je alleen lezen.") || !strings.Contains(r.text(), "Mededeling van juf Fatima") {
		t.Errorf("Samira reads: %s", r.text())
	}
	if strings.Contains(r.body, "?antwoord=") {
		t.Error("an answer is offered where none can be given")
	}
	if got := samira.post(path, url.Values{"client_id": {"k"}, "message": {"Hoe laat?"}}).status; got != 403 {
		t.Errorf("answering in it: %d", got)
	}
	for _, who := range []string{"noor", "joost", "joris"} { // not for pupils, not for who has no custody, not for another class
		if got := s.as(who).get(path).status; got != 404 {
			t.Errorf("%s: %d", who, got)
		}
	}
	// Who reads along: staff is told each by name, a parent is not.
	r = samira.get(path + "/wie")
	checkPage(t, r.body)
	if strings.Contains(r.text(), "Anna Kuipers") || !strings.Contains(r.text(), "juf Fatima") {
		t.Errorf("Samira is told: %s", r.text())
	}
	r = fatima.get(path + "/wie")
	checkPage(t, r.body)
	if !strings.Contains(r.text(), "Anna Kuipers") || !strings.Contains(r.text(), "Samira") {
		t.Errorf("Fatima is told: %s", r.text())
	}
	// The question.
	r = samira.get("/gesprekken/nieuw?bij=" + strings.TrimPrefix(path, "/gesprekken/"))
	checkPage(t, r.body)
	if r.status != 200 || len(r.all("input", "name", "asks")) != 1 || !strings.Contains(r.body, "Vraag over: Schoolreisje") {
		t.Fatalf("%d %s", r.status, r.text())
	}
	ask := url.Values{"client_id": {"vraag"}, "over": {s.ids["sem"]}, "asks": {strings.TrimPrefix(path, "/gesprekken/")}, "with": {s.ids["fatima"]}, "title": {"Vraag"}, "message": {"Hoe laat?"}}
	r = samira.post("/gesprekken", ask)
	if r.status != 303 || s.as("anna").get(r.location).status != 404 || fatima.get(r.location).status != 200 {
		t.Errorf("the question: %d %s", r.status, r.text())
	}
	// In the list it stands apart.
	r = samira.get("/gesprekken")
	checkPage(t, r.body)
	if !strings.Contains(r.text(), "Mededelingen") || !strings.Contains(r.text(), "Schoolreisje") {
		t.Errorf("the list: %s", r.text())
	}
}

func TestTheSchoolDecidesWhichConversationsThereAre(t *testing.T) {
	s := newSchool(t)
	wim := s.as("wim", portfolio.HatAdmin)
	const at = "/instellingen/gesprekken"
	r := wim.get(at)
	checkPage(t, r.body)
	now, err := s.lib.TalkPolicy(context.Background(), s.admin.School)
	if err != nil {
		t.Fatal(err)
	}
	form := policyForm(now)
	form.Set("n", "0")
	form["on"] = []string{"student_teacher", "students"}
	bad := url.Values{}
	for k, x := range form {
		bad[k] = x
	}
	bad.Set("until-class", "07:00")
	r = wim.post(at, bad)
	checkPage(t, r.body)
	if r.status != 422 || len(r.all("p", "id", "class-error")) != 1 {
		t.Errorf("an end before the beginning: %d %s", r.status, r.text())
	}
	noor := s.as("noor")
	offers := func() string { return noor.get("/api/v1/conversations/offers").body }
	if got := offers(); !strings.Contains(got, `"class"`) || strings.Contains(got, `"students"`) {
		t.Errorf("before: %s", got)
	}
	form.Set("until-class", "17:00")
	if r := wim.post(at, form); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.text())
	}
	if r := wim.post(at, form); r.status != 409 {
		t.Errorf("on what was decided meanwhile: %d", r.status)
	}
	if got := offers(); strings.Contains(got, `"kind":"class"`) || !strings.Contains(got, `"kind":"students"`) {
		t.Errorf("after: %s", got)
	}
	if r := wim.get(at); !strings.Contains(r.text(), "Eerdere besluiten") || !strings.Contains(r.text(), "door Wim Hendriks") {
		t.Errorf("what was decided: %s", r.text())
	}
	if h := s.policy(t).Hours(chat.ClassTalk); h.Until != 17*60 || h.From != 8*60 || len(h.Days) != 5 {
		t.Errorf("hours %+v", h)
	}
	for _, who := range []string{"noor", "anna", "petra", "joris"} {
		c := s.as(who)
		if got := c.get(at).status; got != 404 {
			t.Errorf("%s: %d", who, got)
		}
		if got := c.post(at, form).status; got != 404 {
			t.Errorf("%s decides: %d", who, got)
		}
	}
	_, router := description(t)
	described := apiClient{wim, router}
	if st, body := described.call("GET", "/api/v1/settings/conversations", nil); st != 200 {
		t.Errorf("%d %s", st, body)
	}
	if st, body := described.call("PUT", "/api/v1/settings/conversations", apiTalkPolicyOf(now)); st != 409 {
		t.Errorf("an old one: %d %s", st, body)
	}
	next := apiTalkPolicyOf(s.policy(t))
	next.OneToOne = true
	if st, body := described.call("PUT", "/api/v1/settings/conversations", next); st != 200 || !s.policy(t).OneToOne {
		t.Errorf("%d %s", st, body)
	}
	apiClient{noor, router}.call("GET", "/api/v1/conversations/offers", nil)
}

func (s *testSchool) policy(t *testing.T) *portfolio.TalkPolicy {
	t.Helper()
	p, err := s.lib.TalkPolicy(context.Background(), s.admin.School)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTwoParentsSayThatTheyTalkWithSchoolTogether(t *testing.T) {
	s := newSchool(t)
	at := "/leerling/" + s.ids["noor"] + "/samen"
	anna, bas := s.as("anna"), s.as("bas")
	r := anna.get("/rechten")
	if len(r.all("a", "href", at)) != 1 {
		t.Errorf("no way there: %s", r.text())
	}
	say := func(c *testClient, with, answer string) *reply {
		return c.post(at, url.Values{"with": {s.ids[with]}, "answer": {answer}})
	}
	if r := say(anna, "bas", "yes"); r.status != 303 {
		t.Fatalf("%d %s", r.status, r.text())
	}
	r = bas.get(at)
	checkPage(t, r.body)
	if !strings.Contains(r.text(), "Jullie zitten niet samen in een gesprek.") || strings.Contains(r.text(), "zeggen allebei ja") {
		t.Errorf("Bas is told what Anna said: %s", r.text())
	}
	say(bas, "anna", "yes")
	if r := anna.get(at); !strings.Contains(r.text(), "Jij en Bas zeggen allebei ja.") {
		t.Errorf("Anna reads %s", r.text())
	}
	if r := anna.get("/gesprekken/nieuw?over=" + s.ids["noor"]); len(r.all("input", "value", s.ids["bas"])) != 1 {
		t.Errorf("Anna cannot choose Bas")
	}
	say(anna, "bas", "no")
	if r := bas.get("/gesprekken/nieuw?over=" + s.ids["noor"]); len(r.all("input", "value", s.ids["anna"])) != 0 {
		t.Errorf("Bas can still choose Anna")
	}
	if r := say(anna, "bas", "maybe"); r.status != 422 {
		t.Errorf("another answer: %d", r.status)
	}
	if r := say(anna, "samira", "yes"); r.status != 404 {
		t.Errorf("with somebody else: %d", r.status)
	}
	for _, who := range []string{"noor", "samira", "joost", "wim"} {
		if got := s.as(who).get(at).status; got != 404 {
			t.Errorf("%s: %d", who, got)
		}
	}
	_, router := description(t)
	described := apiClient{anna, router}
	path := "/api/v1/students/" + s.ids["noor"] + "/together"
	described.call("GET", path, nil)
	if st, body := described.call("POST", path, map[string]any{"with": s.ids["bas"], "answer": "yes"}); st != 200 {
		t.Errorf("%d %s", st, body)
	}
	if st, body := described.call("POST", "/api/v1/conversations", map[string]any{"client_id": "k9", "student": s.ids["noor"], "with": []string{s.ids["fatima"], s.ids["bas"]}, "text": "Hallo"}); st != 201 {
		t.Errorf("%d %s", st, body)
	}
}

// TestThePagesOfTheKindsOfConversationAreSound looks at them on a phone and a
// desktop.
func TestThePagesOfTheKindsOfConversationAreSound(t *testing.T) {
	s := newSchool(t)
	talk := s.announce(chat.ToGuardians, chat.ToStudents)
	class := s.classOf("fatima", portfolio.HatStaff)
	class2 := "/gesprekken/nieuw?soort=class&klas=" + class.ID
	for _, l := range []look{phone.in("en").inDark(), phone, desktop} {
		t.Run(l.String(), func(t *testing.T) {
			for _, who := range []struct {
				login, hat string
				paths      map[string]string
			}{
				{"fatima", portfolio.HatStaff, map[string]string{"kinds-staff": "/gesprekken/nieuw", "kind-announcement": "/gesprekken/nieuw?soort=announcement&klas=" + class.ID,
					"kind-class": class2, "kind-colleagues": "/gesprekken/nieuw?soort=staff", "kind-about": "/gesprekken/nieuw?over=" + s.ids["noor"],
					"announcement-sender": "/gesprekken/" + talk.ID, "announcement-readers": "/gesprekken/" + talk.ID + "/wie", "talks-grouped": "/gesprekken"}},
				{"samira", "", map[string]string{"kinds-parent": "/gesprekken/nieuw", "announcement": "/gesprekken/" + talk.ID, "announcement-who": "/gesprekken/" + talk.ID + "/wie",
					"announcement-ask": "/gesprekken/nieuw?bij=" + talk.ID}},
				{"anna", "", map[string]string{"together": "/leerling/" + s.ids["noor"] + "/samen"}},
				{"wim", portfolio.HatAdmin, map[string]string{"talk-policy": "/instellingen/gesprekken"}},
			} {
				s.open(t, l).sounds(who.login, who.hat, who.paths)
			}
		})
	}
}
