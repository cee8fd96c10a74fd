package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"kaft/portfolio"
)

func TestAConversationWithoutJavaScript(t *testing.T) {
	s := newSchool(t)
	for _, lang := range Languages {
		t.Run(lang, func(t *testing.T) {
			noor := s.as("noor")
			noor.lang = lang
			r := noor.get("/gesprekken/nieuw")
			checkPage(t, r.body)
			if len(r.all("a", "href", "/gesprekken/nieuw?over="+s.ids["noor"])) != 1 || len(r.all("a", "class", "choice")) != 2 {
				t.Fatalf("a student chooses between school and the class: %d %s", r.status, r.text())
			}
			r = noor.get("/gesprekken/nieuw?over=" + s.ids["noor"])
			checkPage(t, r.body)
			key := attr(r.all("input", "name", "client_id")[0], "value")
			form := url.Values{"client_id": {key}, "over": {s.ids["noor"]}, "with": {s.ids["fatima"]}, "title": {"Spreekbeurt " + lang}, "message": {"Mag het over vlinders?"}}
			r = noor.post("/gesprekken", form)
			if r.status != 303 {
				t.Fatalf("starting: %d %s", r.status, r.text())
			}
			path := r.location
			if again := noor.post("/gesprekken", form); again.location != path {
				t.Errorf("the form sent twice made another conversation: %s and %s", path, again.location)
			}
			r = noor.get(path)
			checkPage(t, r.body)
			if got := len(r.all("li", "class", "bubble bubble-me")); got != 1 {
				t.Errorf("%d messages of Noor's, want 1: %s", got, r.text())
			}
			want := map[string]string{"nl": "Dit lezen: jij, Wim Hendriks en juf Fatima.", "en": "Read by: you, Wim Hendriks and juf Fatima."}[lang]
			if !strings.Contains(r.text(), want) {
				t.Errorf("who reads along is not there: %s", r.text())
			}

			fatima := s.as("fatima", portfolio.HatStaff)
			fatima.lang = lang
			list := fatima.get("/gesprekken")
			checkPage(t, list.body)
			if !strings.Contains(list.text(), "Spreekbeurt "+lang) || !strings.Contains(list.text(), "Noor de Vries: Mag het over vlinders?") {
				t.Errorf("Fatima's list: %s", list.text())
			}
			page := fatima.get(path)
			answer := url.Values{"client_id": {attr(page.all("input", "name", "client_id")[0], "value")}, "message": {"Leuk!\r\nNeem er een mee."}}
			for range 2 { // sent twice, said once
				if r := fatima.post(path, answer); r.status != 303 || r.location != path+"#m2" {
					t.Fatalf("answering: %d %s", r.status, r.location)
				}
			}
			if r := noor.get(path); strings.Count(r.text(), "Neem er een mee.") != 1 {
				t.Errorf("Noor reads %s", r.text())
			}
		})
	}
}

func TestAConversationThatIsNotMineIsNotThere(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	page, api := "/gesprekken/"+talk.ID, "/api/v1/conversations/"+talk.ID+"/messages"
	for login, want := range map[string]int{"anna": 200, "fatima": 200, "bas": 404, "sem": 404, "joris": 404, "samira": 404, "wim": 404, "petra": 404} {
		c := s.as(login)
		if got := c.get(page).status; got != want {
			t.Errorf("%s: page %d, want %d", login, got, want)
		}
		if got := c.get(api).status; got != want {
			t.Errorf("%s: API %d, want %d", login, got, want)
		}
		if want == 200 {
			continue
		}
		if got := c.post(page, url.Values{"client_id": {"k1"}, "message": {"ik ook"}}).status; got != 404 {
			t.Errorf("%s: form %d, want 404", login, got)
		}
		if got := c.do("POST", api, strings.NewReader(`{"client_id":"k1","text":"ik ook"}`), "application/json").status; got != 404 {
			t.Errorf("%s: API post %d, want 404", login, got)
		}
	}
	noor := s.as("noor")
	for _, path := range []string{"/gesprekken/x", "/gesprekken/" + talk.ID + "x", "/gesprekken/nieuw?over=x", "/gesprekken/nieuw?over=" + s.ids["sem"], "/api/v1/conversations/x/messages"} {
		if got := noor.get(path).status; got != 404 {
			t.Errorf("%s: %d, want 404", path, got)
		}
	}
	if got := s.visitor().get(page); got.status != 303 || got.location != "/aanmelden" {
		t.Errorf("a visitor: %d %s", got.status, got.location)
	}
}

func TestAFormThatWasFilledInWronglyKeepsItsWords(t *testing.T) {
	s := newSchool(t)
	fatima := s.as("fatima", portfolio.HatStaff)
	long := strings.Repeat("é", 4001)
	for _, test := range []struct {
		name  string
		form  url.Values
		field string
		words string
	}{
		{"nobody chosen", url.Values{"message": {"Hallo"}}, "with", "Kies met wie je wilt praten."},
		{"both parents", url.Values{"message": {"Hallo"}, "with": {s.ids["anna"], s.ids["bas"]}}, "with", "Kies één ouder of verzorger."},
		{"only a colleague", url.Values{"message": {"Hallo"}, "with": {s.ids["ingrid"]}}, "with", "Kies ook de leerling of een ouder."},
		{"no message", url.Values{"with": {s.ids["noor"]}, "title": {"Iets"}}, "message", "Vul dit in: je bericht."},
		{"a long message", url.Values{"with": {s.ids["noor"]}, "message": {long}}, "message", "4.001"},
		{"a long title", url.Values{"with": {s.ids["noor"]}, "message": {"Hallo"}, "title": {strings.Repeat("x", 201)}}, "title", "201"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.form.Set("over", s.ids["noor"])
			test.form.Set("client_id", portfolio.NewID())
			r := fatima.post("/gesprekken", test.form)
			checkPage(t, r.body)
			if r.status != 422 || !strings.Contains(r.text(), test.words) {
				t.Errorf("status %d: %s", r.status, r.text())
			}
			if len(r.all("a", "href", "#"+test.field)) == 0 || len(r.all("p", "id", test.field+"-error")) == 0 {
				t.Errorf("the words do not lead to %q and stand there", test.field)
			}
			if got := r.all("input", "name", "client_id"); attr(got[0], "value") != test.form.Get("client_id") {
				t.Error("the form has another key")
			}
			for _, id := range test.form["with"] {
				chosen := slices.ContainsFunc(r.all("input", "checked", ""), func(n *html.Node) bool { return attr(n, "value") == id })
				if !chosen {
					t.Errorf("the choice is gone")
				}
			}
			if m := test.form.Get("message"); m != "" && !strings.Contains(r.body, m) {
				t.Error("the message is gone")
			}
		})
	}
	mine, err := s.talks.Mine(context.Background(), s.actor("fatima", portfolio.HatStaff))
	if err != nil || len(mine) != 2 {
		t.Errorf("Fatima has %d conversations, %v; want the 2 of the demo", len(mine), err)
	}

	talk := s.talk("noor", portfolio.HatStudent)
	noor := s.as("noor")
	r := noor.post("/gesprekken/"+talk.ID, url.Values{"client_id": {"k1"}, "message": {long}})
	checkPage(t, r.body)
	if r.status != 422 || !strings.Contains(r.body, long) {
		t.Errorf("in a conversation: status %d", r.status)
	}
	for i := range 21 {
		r = noor.post("/gesprekken/"+talk.ID, url.Values{"client_id": {fmt.Sprint("k", i)}, "message": {"en en en"}})
	}
	checkPage(t, r.body)
	if r.status != 429 || !strings.Contains(r.text(), "Dat gaat te snel.") || !strings.Contains(r.body, "en en en</textarea>") {
		t.Errorf("too fast: status %d: %s", r.status, r.text())
	}
}

func TestStartingAConversationOffersTheRightPeople(t *testing.T) {
	s := newSchool(t)
	offers := func(c *testClient, student string) (names []string) {
		r := c.get("/gesprekken/nieuw?over=" + s.ids[student])
		checkPage(t, r.body)
		for login, id := range s.ids {
			if len(r.all("input", "value", id)) > 0 && login != student || len(r.all("input", "value", id)) > 1 {
				names = append(names, login)
			}
		}
		slices.Sort(names)
		return names
	}
	for _, test := range []struct {
		who, hat, about string
		want            []string
	}{
		{"noor", "", "noor", []string{"fatima", "ingrid", "wim"}},
		{"anna", "", "noor", []string{"fatima", "ingrid", "wim"}},
		{"fatima", portfolio.HatStaff, "noor", []string{"anna", "bas", "ingrid", "noor", "wim"}},
		{"fatima", portfolio.HatStaff, "sem", []string{"ingrid", "samira", "sem", "wim"}},
		{"fatima", portfolio.HatGuardian, "yassin", []string{"ingrid", "joris", "wim"}},
		{"samira", "", "lotte", []string{"ingrid", "joris", "wim"}}, // 16: told about progress
	} {
		if got := offers(s.as(test.who, test.hat), test.about); !slices.Equal(got, test.want) {
			t.Errorf("%s about %s: got %v, want %v", test.who, test.about, got, test.want)
		}
	}
	r := s.as("samira").get("/gesprekken/nieuw")
	checkPage(t, r.body)
	if len(r.all("a", "href", "/gesprekken/nieuw?over="+s.ids["sem"])) != 1 || len(r.all("a", "href", "/gesprekken/nieuw?over="+s.ids["lotte"])) != 1 {
		t.Errorf("Samira is asked: %s", r.text())
	}
	for _, login := range []string{"joost", "petra"} { // no inspection; not a person of a class
		r := s.as(login).get("/gesprekken/nieuw")
		checkPage(t, r.body)
		if r.status != 200 || len(r.all("a", "class", "choice")) != 0 || !strings.Contains(r.text(), "niemand om mee te praten") {
			t.Errorf("%s: %d %s", login, r.status, r.text())
		}
	}
}

func TestTheConversationsOfTheAPI(t *testing.T) {
	s := newSchool(t)
	noor := s.as("noor")
	_, router := description(t)
	described := apiClient{noor, router} // each answer is as openapi.yaml says
	var list struct {
		Conversations []struct {
			ID, Kind, Title string
			Members         []struct {
				Name, Hat string
				Me        bool
			}
			Newest struct {
				Seq  int64
				Text string
			}
		}
	}
	decodeJSON(t, noor.get("/api/v1/conversations"), 200, &list)
	if len(list.Conversations) != 1 {
		t.Fatalf("got %+v", list)
	}
	c := list.Conversations[0]
	if c.Kind != "guardian_teacher" || c.Title != "Vlinder op de muur" || len(c.Members) != 3 || !c.Members[0].Me || c.Newest.Seq != 3 {
		t.Errorf("got %+v", c)
	}
	path := "/api/v1/conversations/" + c.ID + "/messages"
	var m struct {
		Seq      int64
		ClientID string `json:"client_id"`
		Name     string
		Text     string
		At       time.Time
	}
	say := func(body string) *reply { return noor.do("POST", path, strings.NewReader(body), "application/json") }
	decodeJSON(t, say(`{"client_id":"k1","text":"dank u"}`), 201, &m)
	if m.Seq != 4 || m.ClientID != "k1" || m.Name != "Noor de Vries" || m.Text != "dank u" || m.At.IsZero() {
		t.Errorf("got %+v", m)
	}
	decodeJSON(t, say(`{"client_id":"k1","text":"iets anders"}`), 201, &m)
	if m.Seq != 4 || m.Text != "dank u" {
		t.Errorf("the repeat: got %+v", m)
	}
	described.call("GET", "/api/v1/conversations", nil)
	described.call("GET", path+"?after=1", nil)
	if st, _ := described.call("POST", path, map[string]any{"client_id": "k1", "text": "nog eens"}); st != 201 {
		t.Errorf("the repeat: status %d", st)
	}
	for _, bad := range []string{path + "?after=x", "/api/v1/conversations/x/messages"} {
		described.call("GET", bad, nil)
	}
	var page struct {
		Messages []struct {
			Seq  int64
			Text string
		}
		Last int64
		More bool
	}
	decodeJSON(t, noor.get(path+"?after=2"), 200, &page)
	if len(page.Messages) != 2 || page.Messages[0].Seq != 3 || page.Last != 4 || page.More {
		t.Errorf("got %+v", page)
	}
	if r := noor.get(path + "?after=4"); !strings.Contains(r.body, `"messages":[]`) {
		t.Errorf("nothing more: %s", r.body)
	}
	for body, want := range map[string]int{
		`{"client_id":"k2"}`: 422, `{"text":"zonder kenmerk"}`: 422, `{`: 422, `{"client_id":"k2","text":"a","seq":1}`: 422,
		`{"client_id":"k2","text":"` + strings.Repeat("a", 4001) + `"}`: 422,
	} {
		if r := say(body); r.status != want || !strings.Contains(r.body, `"message"`) {
			t.Errorf("%.60s: %d %s", body, r.status, r.body)
		}
	}
	for _, after := range []string{"x", "-1", "99999999999999999999"} {
		if r := noor.get(path + "?after=" + after); r.status != 422 {
			t.Errorf("after=%s: %d", after, r.status)
		}
	}
}

func decodeJSON(t *testing.T, r *reply, status int, into any) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), into); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
}

// TestAConversationThroughACutAndTheEndOfCustody is a conversation in three
// browsers.
func TestAConversationThroughACutAndTheEndOfCustody(t *testing.T) {
	s := newSchool(t)
	noor, anna := s.open(t, phone), s.open(t, desktop.in("en").inDark())
	fatima := s.open(t, desktop)
	noor.signIn("noor")
	anna.signIn("anna")
	fatima.signIn("fatima")
	fatima.hat(portfolio.HatStaff)

	fatima.to("/gesprekken/nieuw?over=" + s.ids["noor"])
	fatima.sound("new-talk")
	for _, login := range []string{"noor", "anna"} {
		fatima.click(`input[name=with][value="` + s.ids[login] + `"]`)
	}
	fatima.run(chromedp.SendKeys(`input[name=title]`, "Muziekles"), chromedp.SendKeys(`textarea[name=message]`, "Noor mag woensdag viool proberen."))
	noor.to("/gesprekken")
	noor.live()
	fatima.click(`main form button.button-main`)
	fatima.waitText("Dit lezen: jij, Noor de Vries en Anna Kuipers.")
	noor.waitText("Muziekles") // the list learns of it by itself
	noor.sound("talks")
	noor.run(chromedp.Evaluate(`[...document.querySelectorAll('main a')].find(a => a.innerText === 'Muziekles').click()`, nil))
	noor.waitText("viool proberen")
	path := eval[string](noor, `location.pathname`)
	anna.to(path)
	anna.waitText("Read by: you, Noor de Vries and juf Fatima.")
	for _, w := range []*window{noor, anna, fatima} {
		w.live()
	}

	noor.write("Hoera 🎻")
	for _, w := range []*window{anna, fatima} {
		w.waitText("Hoera 🎻")
	}
	noor.wait("the message to be stored", `document.querySelector('#m2') && !document.querySelector('.bubble-wait')`)
	anna.write("Fine!\n<b>I will</b> bring her.")
	noor.waitText("<b>I will</b> bring her.")
	noor.sound("talk")
	anna.sound("talk")

	// The connection is cut on the side of the school; the others go on.
	cut(s, s.ids["noor"])
	fatima.write("Om half drie.")
	anna.waitText("Om half drie.")
	noor.waitText("Om half drie.")
	for _, w := range []*window{noor, anna, fatima} {
		if got := eval[string](w, `[...document.querySelectorAll('.bubble')].map(b => b.id).join()`); got != "m1,m2,m3,m4" {
			t.Errorf("%s has %s", w.label, got)
		}
	}
	// What is written while nobody listens goes out later, once.
	noor.wait("the connection", `document.querySelector('[data-live-state][data-state=on]')`)
	noor.run(chromedp.Evaluate(`window.realSend = WebSocket.prototype.send; WebSocket.prototype.send = function () {}`, nil))
	noor.write("Ik neem mijn fluit ook mee.")
	noor.wait("the waiting bubble", `document.querySelector('.bubble-wait')`)
	noor.sound("waiting")
	noor.run(chromedp.Evaluate(`WebSocket.prototype.send = window.realSend`, nil))
	cut(s, s.ids["noor"])
	fatima.waitText("fluit ook mee")
	noor.wait("the bubble to wait no longer", `document.querySelector('#m5') && !document.querySelector('.bubble-wait')`)
	if got := eval[int](fatima, `document.querySelectorAll('.bubble').length`); got != 5 {
		t.Errorf("Fatima has %d messages, want 5", got)
	}

	// Custody ends: the open page closes, the top line says who is left.
	ctx := context.Background()
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.ids["noor"])
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Type == portfolio.FactCustody && f.Party == s.ids["anna"] {
			if _, err := s.lib.EndFact(ctx, s.admin, f.ID, portfolio.DateOf(s.lib.Now()), "beschikking C/16/2"); err != nil {
				t.Fatal(err)
			}
		}
	}
	anna.wait("the page to close", `!document.querySelector('.bubble') && document.readyState === 'complete'`)
	anna.expect("404")
	fatima.write("Tot woensdag.")
	noor.waitText("Tot woensdag.")
	fatima.waitText("Dit lezen: jij, Noor de Vries en Wim Hendriks.") // nobody is alone with a student
	noor.waitText("Dit lezen: jij, Wim Hendriks en juf Fatima.")
	if eval[bool](anna, `document.documentElement.innerText.includes('woensdag')`) {
		t.Error("Anna's page holds the conversation")
	}
}

// write writes a message and sends it.
func (w *window) write(text string) {
	w.t.Helper()
	w.run(chromedp.SetValue(`textarea[name=message]`, text), chromedp.Evaluate(`document.querySelector('textarea[name=message]').dispatchEvent(new Event('input', {bubbles: true}))`, nil))
	w.click(`form.write button.button-main`)
}

// cut breaks the connections of a person without a goodbye.
func cut(s *testSchool, person string) {
	s.app.live.mu.Lock()
	defer s.app.live.mu.Unlock()
	for x := range s.app.live.open {
		if x.line.Actor.Person == person {
			x.wire.Close()
		}
	}
}
