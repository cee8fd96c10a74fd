package app

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kaft/chat"
	"kaft/portfolio"
)

// sendWith posts the form of a conversation with files, as a browser without
// JavaScript does.
func (c *testClient) sendWith(path string, fields url.Values, files map[string][]byte) *reply {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, v := range values {
			w.WriteField(name, v)
		}
	}
	for name, content := range files {
		part, _ := w.CreateFormFile("file", name)
		part.Write(content)
	}
	w.Close()
	return c.do("POST", path, &b, w.FormDataContentType())
}

func TestAMessageWithEverythingWithoutJavaScript(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	path := "/gesprekken/" + talk.ID
	noor, anna, bas := s.as("noor"), s.as("anna"), s.as("bas")
	fatima := s.as("fatima", portfolio.HatStaff)
	ctx := context.Background()
	w, err := s.lib.AddWork(ctx, s.actor("noor", portfolio.HatStudent), portfolio.NewWork{Title: "Mijn geheime hut", Text: "x", Audience: []string{"staff"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := noor.get(path); r.header.Get("Permissions-Policy") != devices("(self)") {
		t.Errorf("the page of a conversation may not ask for a microphone: %s", r.header.Get("Permissions-Policy"))
	}
	if r := noor.get("/gesprekken"); r.header.Get("Permissions-Policy") != devices("()") {
		t.Errorf("another page may: %s", r.header.Get("Permissions-Policy"))
	}

	// A photo, bold, a work, in answer to the first.
	r := noor.get(path + "?antwoord=1")
	checkPage(t, r.body)
	if got := attr(r.all("input", "name", "reply")[0], "value"); got != "1" {
		t.Errorf("the form answers %q", got)
	}
	r = noor.sendWith(path, url.Values{"client_id": {"k1"}, "message": {"**Kijk** /werk/" + w.ID + "\n- een\n- <b>twee</b>"}, "reply": {"1"}}, map[string][]byte{"hut.jpg": testJPEG(t)})
	if r.status != 303 || r.location != path+"#m4" {
		t.Fatalf("sending: %d %s %s", r.status, r.location, r.text())
	}
	for name, c := range map[string]struct {
		who  *testClient
		link int
		text string
	}{"noor": {noor, 1, "Mijn geheime hut"}, "fatima": {fatima, 1, "Mijn geheime hut"}, "anna": {anna, 0, "een werkstuk"}} {
		r := c.who.get(path)
		checkPage(t, r.body)
		if got := len(r.all("a", "href", "/werk/"+w.ID)); got != c.link || !strings.Contains(r.text(), c.text) {
			t.Errorf("%s sees %d links to the work, want %d, and %q", name, got, c.link, c.text)
		}
		if c.link == 0 && strings.Contains(r.body, "geheime hut") {
			t.Errorf("%s reads its title", name)
		}
		if len(r.all("a", "href", "#m1")) != 1 || !strings.Contains(r.body, "<strong>Kijk</strong>") || !strings.Contains(r.body, "<li>&lt;b&gt;twee&lt;/b&gt;</li>") {
			t.Errorf("%s does not see it as it was written", name)
		}
	}
	m, err := s.talks.Message(ctx, s.actor("noor", portfolio.HatStudent), talk.ID, 4)
	if err != nil {
		t.Fatal(err)
	}
	file := path + "/bericht/4/bestand/" + m.Files[0].FileID()
	thumb := path + "/bericht/4/klein/" + m.Files[0].FileID()
	for name, c := range map[string]struct {
		who  *testClient
		want int
	}{"noor": {noor, 200}, "anna": {anna, 200}, "fatima": {fatima, 200}, "bas": {bas, 404}, "sem": {s.as("sem"), 404}, "a visitor": {s.visitor(), 303}} {
		for _, at := range []string{file, thumb, path + "/bericht/4"} {
			if got := c.who.get(at); got.status != c.want || c.want == 200 && !strings.Contains(got.header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s at %s: %d, want %d", name, at, got.status, c.want)
			}
		}
	}
	if got := anna.getPart(file, "Range", "bytes=0-9"); got.status != 206 || len(got.body) != 10 || got.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("a part: %d, %d bytes", got.status, len(got.body))
	}
	if got := bas.getPart(file, "Range", "bytes=0-9"); got.status != 404 {
		t.Errorf("a part for who is not in it: %d", got.status)
	}
	// What is wrong with a file is told, with the words still there.
	r = noor.sendWith(path, url.Values{"client_id": {"k2"}, "message": {"hier"}}, map[string][]byte{"x.png": []byte("<html><script>1</script>")})
	checkPage(t, r.body)
	if r.status != 422 || !strings.Contains(r.body, ">hier</textarea>") || len(r.all("p", "id", "file-error")) != 1 {
		t.Errorf("a file that is not taken: %d %s", r.status, r.text())
	}

	// Changed, and taken back.
	one := noor.get(path + "/bericht/4")
	checkPage(t, one.body)
	edit := url.Values{"client_id": {"k3"}, "message": {"Kijk niet"}}
	for name, c := range map[string]struct {
		who  *testClient
		want int
	}{"anna": {anna, 404}, "bas": {bas, 404}, "noor": {noor, 303}} {
		if got := c.who.post(path+"/bericht/4", edit); got.status != c.want {
			t.Errorf("%s changes it: %d, want %d", name, got.status, c.want)
		}
	}
	if got := anna.get(path); !strings.Contains(got.text(), "Kijk niet") || !strings.Contains(got.text(), "aangepast om") || strings.Contains(got.text(), "twee") {
		t.Errorf("Anna reads %s", got.text())
	}
	if got := noor.post(path+"/bericht/4/weg", url.Values{"client_id": {"k4"}}); got.status != 303 {
		t.Fatalf("taking it back: %d %s", got.status, got.text())
	}
	for name, c := range map[string]*testClient{"noor": noor, "anna": anna} {
		r := c.get(path)
		checkPage(t, r.body)
		if strings.Contains(r.text(), "Kijk niet") || !strings.Contains(r.text(), "ingetrokken; de school bewaart het origineel") {
			t.Errorf("%s reads %s", name, r.text())
		}
		for _, at := range []string{file, thumb} {
			if got := c.get(at).status; got != 404 {
				t.Errorf("%s still opens %s: %d", name, at, got)
			}
		}
	}
	r = noor.post(path+"/bericht/4", url.Values{"client_id": {"k5"}, "message": {"toch"}})
	checkPage(t, r.body)
	if r.status != 409 || !strings.Contains(r.text(), "Dit bericht is al ingetrokken.") {
		t.Errorf("changing it after that: %d %s", r.status, r.text())
	}
	s.clock.advance(chat.EditTime)
	r = fatima.get(path + "/bericht/1")
	checkPage(t, r.body)
	if strings.Contains(r.body, "<textarea") {
		t.Error("a message can be changed for ever")
	}

	// What is new is counted until it is read.
	if r := anna.get("/gesprekken"); strings.Contains(r.body, `class="count"`) {
		t.Errorf("Anna read all, and is told of news")
	}
	if _, _, err := s.talks.Say(ctx, s.actor("noor", portfolio.HatStudent), talk.ID, "k6", "mama?"); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"/gesprekken", "/thuis"} {
		if got := len(anna.get(at).all("span", "class", "count")); got == 0 {
			t.Errorf("%s does not tell Anna of news", at)
		}
	}
	anna.get(path)
	if r := anna.get("/thuis"); len(r.all("span", "class", "count")) != 0 {
		t.Error("the news stays after reading it")
	}

	// Searched for, and sent later.
	r = anna.get("/gesprekken/zoek?q=MAMA")
	checkPage(t, r.body)
	if !strings.Contains(r.text(), "mama?") || len(r.all("a", "href", path+"?voor=8#m7")) != 1 {
		t.Errorf("Anna finds %s", r.text())
	}
	for _, q := range []string{"/gesprekken/zoek", "/gesprekken/zoek?q=" + strings.Repeat("x", 101), "/gesprekken/zoek?q=niets&gesprek=" + talk.ID} {
		checkPage(t, anna.get(q).body)
	}
	if r := bas.get("/gesprekken/zoek?q=mama"); strings.Contains(r.text(), "mama?") {
		t.Error("Bas finds what is not his")
	}
	if r := bas.get("/gesprekken/zoek?q=mama&gesprek=" + talk.ID); r.status != 404 {
		t.Errorf("Bas searches a conversation that is not his: %d", r.status)
	}
	when := s.lib.Now().Add(2 * time.Hour).In(portfolio.Amsterdam).Format(wallClock)
	for _, c := range []struct { // in this order: once it is kept, its key gives the first answer again
		later string
		want  int
	}{{"gisteren", 422}, {"2020-01-01T10:00", 422}, {when, 303}} {
		r := anna.post(path, url.Values{"client_id": {"k7"}, "message": {"Tot straks"}, "later": {c.later}})
		if r.status != c.want {
			t.Errorf("for %s: %d, want %d", c.later, r.status, c.want)
		}
		if c.want == 422 {
			checkPage(t, r.body)
		}
	}
	for _, at := range []string{path, "/gesprekken"} {
		r = anna.get(at)
		checkPage(t, r.body)
		if !strings.Contains(r.text(), "Staat klaar") || !strings.Contains(r.text(), "Tot straks") {
			t.Errorf("%s does not show what waits", at)
		}
	}
	if r := noor.get(path); strings.Contains(r.text(), "Tot straks") {
		t.Error("Noor reads it before it is time")
	}
	mine, err := s.talks.LaterOf(ctx, s.actor("anna", portfolio.HatGuardian))
	if err != nil || len(mine) != 1 {
		t.Fatal(mine, err)
	}
	later := "/gesprekken/later/" + mine[0].ID
	r = anna.get(later)
	checkPage(t, r.body)
	for name, c := range map[string]*testClient{"noor": noor, "bas": bas} {
		if got := c.get(later).status; got != 404 {
			t.Errorf("%s opens what waits: %d", name, got)
		}
	}
	change := url.Values{"rev": {attr(r.all("input", "name", "rev")[0], "value")}, "message": {"Tot vanavond"}, "later": {when}}
	if got := anna.post(later, change); got.status != 303 {
		t.Errorf("changing it: %d %s", got.status, got.text())
	}
	s.clock.advance(3 * time.Hour)
	if n, err := s.talks.SendDue(ctx); n != 1 || err != nil {
		t.Errorf("sent %d, %v", n, err)
	}
	noor, anna = s.as("noor"), s.as("anna") // three hours is long for a session
	if r := noor.get(path); strings.Count(r.text(), "Tot vanavond") != 1 {
		t.Errorf("Noor reads %s", r.text())
	}
	r = anna.get(later)
	checkPage(t, r.body)
	if got := anna.post(later+"/weg", nil); got.status != 409 {
		t.Errorf("stopping what was sent: %d", got.status)
	}
}

func TestTheRestOfMessagesInTheAPI(t *testing.T) {
	s := newSchool(t)
	_, router := description(t)
	talk := s.talk("noor", portfolio.HatStudent)
	noor, bas := apiClient{s.as("noor"), router}, apiClient{s.as("bas"), router}
	base := "/api/v1/conversations/" + talk.ID
	call := func(c apiClient, method, path string, in any, want int) map[string]any {
		t.Helper()
		st, got := c.call(method, path, in)
		if st != want {
			t.Errorf("%s %s: %d %v, want %d", method, path, st, got, want)
		}
		return got
	}
	if m := call(noor, "POST", base+"/messages", map[string]any{"client_id": "k1", "text": "*zo* https://example.org", "reply": 1}, 201); m["body"] == nil || m["reply"].(map[string]any)["seq"] != 1.0 {
		t.Errorf("got %v", m)
	}
	call(noor, "POST", base+"/messages", map[string]any{"client_id": "k2", "text": "nu", "urgent": true}, 403)
	if m := call(noor, "PUT", base+"/messages/4", map[string]any{"client_id": "e1", "text": "anders"}, 200); m["seq"] != 5.0 || m["of"] != 4.0 || m["text"] != "anders" {
		t.Errorf("got %v", m)
	}
	call(bas, "PUT", base+"/messages/4", map[string]any{"client_id": "e1", "text": "van bas"}, 404)
	call(noor, "PUT", base+"/messages/1", map[string]any{"client_id": "e2", "text": "niet van mij"}, 404)
	if m := call(noor, "DELETE", base+"/messages/4?client_id=e3", nil, 200); m["withdrawn"] != true || m["text"] != "" {
		t.Errorf("got %v", m)
	}
	call(noor, "PUT", base+"/messages/4", map[string]any{"client_id": "e4", "text": "toch"}, 409)
	got := call(noor, "GET", base+"/messages?after=3", nil, 200)
	if list := got["messages"].([]any); len(list) != 3 || list[1].(map[string]any)["of"] != 4.0 || got["last"] != 6.0 {
		t.Errorf("got %v", got)
	}
	call(noor, "PUT", base+"/draft", map[string]any{"text": "ik schrijf"}, 200)
	call(bas, "PUT", base+"/draft", map[string]any{"text": "ik ook"}, 404)
	if d := call(noor, "GET", base+"/draft", nil, 200); d["text"] != "ik schrijf" {
		t.Errorf("got %v", d)
	}
	call(bas, "GET", base+"/draft", nil, 404)
	call(noor, "PUT", base+"/read", map[string]any{"seq": 3}, 200)
	call(bas, "PUT", base+"/read", map[string]any{"seq": 3}, 404)
	if c := call(noor, "GET", "/api/v1/conversations", nil, 200)["conversations"].([]any)[0].(map[string]any); c["read"] != 3.0 || c["unread"] != 0.0 {
		t.Errorf("got %v", c)
	}
	if f := call(noor, "GET", "/api/v1/messages?q=vlinder", nil, 200); len(f["messages"].([]any)) == 0 {
		t.Errorf("got %v", f)
	}
	call(noor, "GET", "/api/v1/messages?q=x&conversation=none", nil, 404)
	at := s.lib.Now().Add(time.Hour)
	x := call(noor, "POST", base+"/later", map[string]any{"client_id": "l1", "text": "straks", "at": at}, 201)
	call(bas, "POST", base+"/later", map[string]any{"client_id": "l1", "text": "straks", "at": at}, 404)
	id := fmt.Sprint(x["id"])
	call(noor, "PUT", "/api/v1/later/"+id, map[string]any{"rev": x["rev"], "text": "later", "at": at}, 200)
	call(noor, "PUT", "/api/v1/later/"+id, map[string]any{"rev": x["rev"], "text": "oud", "at": at}, 409)
	call(bas, "DELETE", "/api/v1/later/"+id, nil, 404)
	if l := call(noor, "GET", "/api/v1/later", nil, 200)["later"].([]any); len(l) != 1 {
		t.Errorf("got %v", l)
	}
	call(noor, "DELETE", "/api/v1/later/"+id, nil, 200)
	if l := call(noor, "GET", "/api/v1/later", nil, 200)["later"].([]any); len(l) != 0 {
		t.Errorf("got %v", l)
	}
}

func TestAVoiceIsSoundAndAFilmIsFilm(t *testing.T) {
	head := "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
	for tracks, want := range map[string]string{"A_OPUS": "audio/webm", "A_OPUS V_VP9": "video/webm", "V_VP8": "video/webm", "": "video/webm"} {
		if got := typeOf([]byte(head + tracks)); got != want {
			t.Errorf("%q is %s, want %s", tracks, got, want)
		}
	}
}

// TestMessagesInTheBrowser is a conversation of a teacher and a student in two
// windows: a photo, a voice, an answer, an edit, and what was being written.
func TestMessagesInTheBrowser(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	noor, fatima, anna := s.open(t, phone), s.open(t, desktop), s.open(t, desktop.in("en").inDark())
	noor.signIn("noor")
	fatima.signIn("fatima")
	fatima.hat(portfolio.HatStaff)
	anna.signIn("anna")
	path := "/gesprekken/" + talk.ID
	for _, w := range []*window{noor, fatima, anna} {
		w.to(path)
		w.live()
	}

	photo := filepath.Join(t.TempDir(), "hut.jpg")
	if err := os.WriteFile(photo, testJPEG(t), 0o600); err != nil {
		t.Fatal(err)
	}
	noor.run(chromedp.SetUploadFiles(`input[type=file][multiple]`, []string{photo}, chromedp.ByQuery))
	noor.wait("the photo to be in", `document.querySelector('input[type=hidden][name=upload]')`)
	noor.write("**Mijn hut**\n- van hout")
	for _, w := range []*window{noor, fatima, anna} {
		w.wait("the photo to show", `document.querySelector('#m4 .bubble-photo img')?.complete && document.querySelector('#m4 img').naturalWidth > 0`)
		w.wait("the list", `document.querySelector('#m4 .bubble-rich strong')?.innerText === 'Mijn hut' && document.querySelector('#m4 li li, #m4 .bubble-rich li').innerText === 'van hout'`)
	}
	if got := eval[int](noor, `document.querySelectorAll('.uploads li').length`); got != 0 {
		t.Errorf("%d files stay in the form", got)
	}
	live := eval[string](fatima, `document.querySelector('#m4 .bubble-text').innerHTML`)
	fatima.to(path)
	fatima.live()
	if page := eval[string](fatima, `document.querySelector('#m4 .bubble-text').innerHTML`); page != live {
		t.Errorf("live and page differ:\n%s\n%s", live, page)
	}

	// A voice, from the browser's own pretended microphone.
	noor.run(chromedp.Evaluate(`document.querySelector('form.write details').open = true`, nil))
	noor.click(`[data-do=voice]`)
	noor.wait("the recording", `document.querySelector('[data-recording]')`)
	noor.shot("recording")
	time.Sleep(700 * time.Millisecond) // of sound
	noor.click(`[data-do=voice]`)
	noor.wait("the voice to be in", `document.querySelector('input[type=hidden][name=upload]')`)
	noor.click(`form.write button.button-main`)
	fatima.wait("the message", `document.querySelector('#m5')`)
	m, err := s.talks.Message(context.Background(), s.actor("noor", portfolio.HatStudent), talk.ID, 5)
	if err != nil || m.Files[0].Type != "audio/webm" {
		_, r, _ := s.talks.OpenFile(context.Background(), s.actor("noor", portfolio.HatStudent), talk.ID, 5, m.Files[0].FileID(), false)
		b := make([]byte, 400)
		r.Read(b)
		t.Fatalf("the voice is %+v, %v: %q", m.Files, err, b)
	}
	fatima.wait("the voice", `document.querySelector('#m5 audio')`)
	if got := eval[float64](fatima, `new Promise(done => { const a = document.querySelector('#m5 audio'); a.addEventListener('loadeddata', () => done(1)); a.addEventListener('error', () => done(0)); a.preload = 'auto'; a.load(); })`, awaited); got != 1 {
		t.Error("the voice cannot be heard")
	}

	// An answer to it, and an edit that all see at once.
	fatima.run(chromedp.Evaluate(`[...document.querySelectorAll('#m4 .bubble-do a')][0].click()`, nil))
	fatima.wait("the answering", `!document.querySelector('[data-answering]').hidden && document.querySelector('[name=reply]').value === '4'`)
	fatima.sound("answering")
	fatima.write("Wat mooi gebouwd.")
	noor.wait("the answer", `document.querySelector('#m6 .bubble-quote a')?.hash === '#m4'`)
	anna.wait("the answer", `document.querySelector('#m6 .bubble-quote')`)
	fatima.run(chromedp.Evaluate(`[...document.querySelectorAll('#m6 .bubble-do a')][1].click()`, nil))
	fatima.waitText("Pas je bericht aan")
	fatima.sound("edit")
	fatima.run(chromedp.SetValue(`textarea[name=message]`, `Wat **knap** gebouwd.`))
	fatima.click(`main form button.button-main`)
	for _, w := range []*window{noor, anna} {
		w.wait("the edit", `document.querySelector('#m6 .bubble-text').innerText.includes('knap') && document.querySelector('#m6 .bubble-note')`)
	}
	fatima.wait("her page", `document.querySelector('#m4 img')?.complete`) // or it would ask for a photo that is gone
	if _, err := s.talks.Withdraw(context.Background(), s.actor("noor", portfolio.HatStudent), talk.ID, 4, "weg"); err != nil {
		t.Fatal(err)
	}
	anna.wait("the message to be gone", `!document.querySelector('#m4 img') && document.querySelector('#m4 .bubble-note') && document.querySelector('#m6 .bubble-quote span').innerText === 'message taken back'`)
	anna.sound("talk")
	noor.sound("talk")

	// What she is writing is kept, and is there again on another device.
	noor.run(chromedp.SetValue(`textarea[name=message]`, "ik wilde nog"), chromedp.Evaluate(`document.querySelector('textarea[name=message]').dispatchEvent(new Event('input', {bubbles: true}))`, nil))
	noor.waitText("Bewaard om")
	other := s.open(t, desktop)
	other.signIn("noor")
	other.to(path)
	if got := eval[string](other, `document.querySelector('textarea[name=message]').value`); got != "ik wilde nog" {
		t.Errorf("on another device there is %q", got)
	}
	if got := eval[int](noor, `localStorage.length + sessionStorage.length`); got != 0 {
		t.Errorf("%d things stay in the browser", got)
	}
	other.run(chromedp.Evaluate(`document.querySelectorAll('form.write details').forEach(d => d.open = true)`, nil))
	other.sound("form")
	fatima.to(path)
	fatima.run(chromedp.Evaluate(`document.querySelectorAll('form.write details').forEach(d => d.open = true)`, nil))
	fatima.sound("form")
	noor.to("/gesprekken/zoek?q=gebouwd")
	noor.sound("search")
	noor.to("/gesprekken")
	noor.sound("talks")
}

// TestALostEditComesWithTheConnection: who was cut off while a message was taken
// back does not go on reading it.
func TestALostEditComesWithTheConnection(t *testing.T) {
	s := newSchool(t)
	talk := s.talk("noor", portfolio.HatStudent)
	ctx, me := context.Background(), s.actor("noor", portfolio.HatStudent)
	if _, _, err := s.talks.Say(ctx, me, talk.ID, "k1", "dit was dom"); err != nil {
		t.Fatal(err)
	}
	anna := s.as("anna").tab()
	anna.hello(map[string]int64{talk.ID: 4})
	anna.next("resume")
	anna.ws.Close()
	if _, err := s.talks.Edit(ctx, me, talk.ID, 4, "k2", "dit was slim"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.Withdraw(ctx, me, talk.ID, 4, "k3"); err != nil {
		t.Fatal(err)
	}
	back := s.as("anna").tab()
	back.hello(map[string]int64{talk.ID: 4})
	var got []string
	for range 2 {
		m := back.next("edit")
		got = append(got, fmt.Sprint(m.Seq, m.Of, m.Withdrawn)+m.Text)
	}
	if want := []string{"5 4 true", "6 4 true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
