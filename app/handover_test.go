package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kaft/export/handover"
	"kaft/portfolio"
)

// another is a second Kaft, in a folder of its own, that may fetch from this
// machine.
func another(t *testing.T, name string) *testSchool {
	t.Helper()
	s := newInstallation(t, Options{})
	s.app.opt.Jobs.FetchLocally()
	school, wim, err := s.lib.FoundSchool(t.Context(), portfolio.School{Name: name}, portfolio.Person{Name: portfolio.Name{Given: "Wim"}}, "wim", testHash())
	if err != nil {
		t.Fatal(err)
	}
	s.admin = portfolio.Actor{School: school.ID, Person: wim.ID, Hat: portfolio.HatAdmin}
	return s
}

// packOf has a bundle made of somebody of the cast and gives its page.
func (c *testClient) packOf(login string) string {
	c.s.t.Helper()
	r := c.post("/pakket", url.Values{"leerling": {c.s.ids[login]}})
	c.until(r.location, "Het pakket is klaar")
	return r.location
}

var codeOnPage = regexp.MustCompile(`[2-9A-Z]{4}(-[2-9A-Z]{4}){4}`)

// codeOf makes a code by the pages and gives it.
func (c *testClient) codeOf(pack string) string {
	c.s.t.Helper()
	form := c.get(pack).all("input", "name", "once")
	if len(form) != 1 {
		c.s.t.Fatalf("%s has %d forms for a code", pack, len(form))
	}
	r := c.post(pack+"/code", url.Values{"once": {attr(form[0], "value")}})
	checkPage(c.s.t.(*testing.T), r.body)
	r.ok(c.s.t.(*testing.T), "Je ziet deze code maar één keer", c.s.url)
	code := codeOnPage.FindString(r.text())
	if code == "" {
		c.s.t.Fatalf("there is no code on %s", r.text())
	}
	return code
}

// states are the states of the codes of a student, newest first.
func (s *testSchool) states(login, student string) (out []string) {
	s.t.Helper()
	all, err := s.lib.Handovers(context.Background(), s.actor(login, portfolio.HatGuardian), s.ids[student])
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range all {
		out = append(out, h.State)
	}
	return out
}

func TestABundleIsFetchedFromSchoolToSchoolWithACode(t *testing.T) {
	linde, beuk, eik := newSchool(t), another(t, "De Beuk"), another(t, "De Eik")
	samira := linde.as("samira")
	pack := samira.packOf("sem")
	r := samira.page(t, pack)
	r.shows(t, "Geef het aan de nieuwe school", "Maak een code")
	r.hides(t, "Codes die je gaf")
	code := samira.codeOf(pack)
	samira.page(t, pack).shows(t, "Codes die je gaf", "Wacht op een school", "Trek in")
	if r := samira.page(t, "/pakket?leerling="+linde.ids["sem"]); strings.Contains(r.text(), code) {
		t.Error("the code is shown again")
	}

	wim := beuk.as("wim")
	wim.page(t, "/verhuizingen").shows(t, "Haal een pakket op met een code")
	for _, c := range []struct {
		address, code string
		status        int
		says          string
	}{
		{"", "", 422, "Vul het adres in"},
		{linde.url, "", 422, "Vul de code in"},
		{linde.url, "2345", 422, "20 letters en cijfers"},
		{"ftp://x", code, 422, "Dit adres kan niet"},
		{"http://kaft.nl", code, 422, "Dit adres kan niet"},
		{"https://localhost:9443", code, 503, "We krijgen nu geen antwoord van localhost:9443"},
		{linde.url, "2345-6789-ABCD-EFGH-JKMN", 422, "met deze code geen pakket op te halen"},
	} {
		r := wim.post("/verhuizingen/ophalen", url.Values{"address": {c.address}, "code": {c.code}})
		checkPage(t, r.body)
		if r.status != c.status || !strings.Contains(r.text(), c.says) || c.code != "" && !strings.Contains(r.body, c.code) {
			t.Errorf("%s %s: status %d, want %d and %q: %s", c.address, c.code, r.status, c.status, c.says, r.text())
		}
	}
	wim.get("/verhuizingen").shows(t, "Er kwam nog niets binnen")
	if got := linde.states("samira", "sem"); !slices.Equal(got, []string{portfolio.HandoverOpen}) {
		t.Errorf("before anybody came the code is %v", got)
	}

	r = wim.post("/verhuizingen/ophalen", url.Values{"address": {linde.url + "/pakket"}, "code": {strings.ToLower(code)}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := r.location
	host := strings.TrimPrefix(linde.url, "http://")
	r = wim.until(page, "Het pakket is heel")
	checkPage(t, r.body)
	r.shows(t, "Opgehaald bij "+host, "Sem Amrani", "Getekend, maar je kent deze school nog niet", "Dezelfde sleutel staat op "+host, "bewijst nog niet van welke school", "Nieuwe leerling")

	// Who fetched it, as the family reads it.
	r = samira.page(t, "/pakket?leerling="+linde.ids["sem"])
	r.shows(t, "Opgehaald op", "noemt zich De Beuk", beuk.url, "vanaf internetadres 127.0.0.1")
	r.hides(t, "Trek in")
	samira.get("/leerling/"+linde.ids["sem"]+"/logboek?alles=1").shows(t, "gaf het pakket aan een school die de code had", "heeft het hele pakket verstuurd", "maakte een code")
	samira.get("/meldingen").shows(t, "haalt het pakket van Sem Amrani op met jouw code")

	// Another school comes too late, and reads what it would read of no code at all.
	ada := eik.as("wim")
	late := ada.post("/verhuizingen/ophalen", url.Values{"address": {linde.url}, "code": {code}})
	if late.status != 422 || !strings.Contains(late.text(), "met deze code geen pakket op te halen") {
		t.Errorf("the second school: status %d, %s", late.status, late.text())
	}
	// The first may once more, and has it twice.
	if r := wim.post("/verhuizingen/ophalen", url.Values{"address": {linde.url}, "code": {code}}); r.status != http.StatusSeeOther {
		t.Errorf("the first school once more: status %d: %s", r.status, r.text())
	} else {
		wim.until(r.location, "Het pakket is heel")
	}

	// A key from where the bundle is from counts when it was compared, and not before.
	r = wim.page(t, "/verhuizingen/scholen?adres="+strings.TrimPrefix(page, "/verhuizingen/"))
	r.shows(t, "Vergelijk de sleutels", "De Linde")
	if trust, err := beuk.lib.KnownSchools(t.Context(), beuk.admin); err != nil || len(trust) > 0 {
		t.Errorf("known before anybody compared: %v, %v", trust, err)
	}
	form := url.Values{"keys": {textOf(r, "textarea", "name", "keys")}}
	for _, n := range r.all("input", "name", "key") {
		form.Add("key", attr(n, "value"))
	}
	if r := wim.post("/verhuizingen/scholen/bekend", form); r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	known, err := beuk.lib.KnownSchools(t.Context(), beuk.admin)
	if err != nil || len(known) != 1 || known[0].Of.Instance != linde.url {
		t.Errorf("known is %+v, %v", known, err)
	}
	r = wim.get(page + "?leerling=nieuw")
	r.shows(t, "Getekend door De Linde", "We maken een nieuwe leerling: Sem Amrani")
	r.hides(t, "Dezelfde sleutel staat op")
	wim.post(page+"/overnemen", url.Values{"leerling": {"nieuw"}})
	wim.until(page, "Verslag").shows(t, "Overgenomen", "Opgehaald bij "+host)
}

// textOf is what stands in the first such element.
func textOf(r *reply, tag, key, value string) string {
	for _, n := range r.all(tag, key, value) {
		if n.FirstChild != nil {
			return n.FirstChild.Data
		}
	}
	return ""
}

// claims asks for a bundle as another Kaft does.
func (s *testSchool) claims(code, school string, headers ...string) *reply {
	s.t.Helper()
	raw, err := json.Marshal(handover.Ask{Format: handover.Format, Version: "1.3", Code: code, Receipt: "receipt of " + school + strings.Repeat("-", 32), School: school})
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", s.url+handover.Path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &reply{status: res.StatusCode, header: res.Header, body: string(b)}
}

func TestEveryRefusalOfACodeLooksTheSameFromOutside(t *testing.T) {
	s := newSchool(t)
	samira := s.as("samira")
	pack := samira.packOf("sem")
	codes := map[string]string{"unknown": "2345-6789-ABCD-EFGH-JKMN", "no code": "", "nonsense": "<script>"}
	for _, name := range []string{"used", "revoked", "right", "expired"} {
		codes[name] = samira.codeOf(pack)
	}
	all, err := s.lib.Handovers(t.Context(), s.actor("samira", portfolio.HatGuardian), s.ids["sem"])
	if err != nil {
		t.Fatal(err)
	}
	if r := samira.post("/pakket/code/"+all[2].ID+"/weg", nil); r.status != http.StatusSeeOther { // newest first
		t.Fatalf("status %d", r.status)
	}
	if r := s.claims(codes["used"], "De Beuk"); r.status != 200 {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	right := s.claims(codes["right"], "De Eik", "Sec-Fetch-Site", "none")
	if right.status != 200 || right.header.Get(handover.Header) != handover.Version || right.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("a right code: status %d, %v", right.status, right.header)
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.nl"}} {
		if r := s.claims(codes["right"], "De Eik", headers...); r.status != http.StatusForbidden {
			t.Errorf("%v: status %d", headers, r.status)
		}
	}
	// One that is over comes last: its time goes for the others too.
	looks := func(r *reply) string {
		r.header.Del("Date")
		return fmt.Sprint(r.status, r.header, r.body)
	}
	want := looks(s.claims(codes["unknown"], "De Eik"))
	for _, name := range []string{"no code", "nonsense", "used", "revoked"} {
		if got := looks(s.claims(codes[name], "De Eik")); got != want {
			t.Errorf("%s:\n%s\nunknown:\n%s", name, got, want)
		}
	}
	s.clock.advance(portfolio.HandoverLife)
	for name, code := range codes {
		if got := looks(s.claims(code, "De Eik")); got != want {
			t.Errorf("14 days later, %s:\n%s\nunknown:\n%s", name, got, want)
		}
	}
	for range 10 {
		s.claims(codes["unknown"], "De Eik")
	}
	if r := s.claims(codes["unknown"], "De Eik"); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") == "" {
		t.Errorf("after many: status %d, %v", r.status, r.header)
	}
}

// A cutter stands between two schools, and cuts the line when it is told to.
type cutter struct {
	url   string
	mu    sync.Mutex
	plans []func(to, from net.Conn) // a connection each; then they go through
	met   int
}

func newCutter(t *testing.T, target string) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{url: "http://" + ln.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", strings.TrimPrefix(target, "http://"))
			if err != nil {
				in.Close()
				continue
			}
			c.mu.Lock()
			plan := through
			if c.met < len(c.plans) && c.plans[c.met] != nil {
				plan = c.plans[c.met]
			}
			c.met++
			c.mu.Unlock()
			all.Go(func() {
				go io.Copy(out, in)
				plan(in, out)
				in.Close()
				out.Close()
			})
		}
	})
	t.Cleanup(func() { ln.Close(); all.Wait() })
	return c
}

func through(to, from net.Conn) { io.Copy(to, from) }

func TestAFetchThatBreaksIsTakenUpAndCountsAsFetchedAtItsLastByteOnly(t *testing.T) {
	linde, beuk := newSchool(t), another(t, "De Beuk")
	large := make([]byte, 18<<20) // more than what is on its way between two sockets
	rand.NewChaCha8([32]byte{7}).Read(large)
	sem := linde.actor("sem", portfolio.HatStudent)
	up, err := linde.lib.TakeUpload(t.Context(), sem, "getallen.txt", strings.NewReader(base64.StdEncoding.EncodeToString(large)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := linde.lib.AddWork(t.Context(), sem, portfolio.NewWork{Title: "Getallen", Uploads: []string{up.ID}, Audience: []string{portfolio.ToStaff, portfolio.ToGuardians}}); err != nil {
		t.Fatal(err)
	}
	samira := linde.as("samira")
	code := samira.codeOf(samira.packOf("sem"))

	held, goOn := make(chan struct{}), make(chan struct{})
	cut := newCutter(t, linde.url)
	cut.mu.Lock()
	cut.plans = []func(net.Conn, net.Conn){
		func(to, from net.Conn) { io.CopyN(to, from, 3<<20) },
		nil, // the keys
		func(to, from net.Conn) {
			io.CopyN(to, from, 2<<20)
			close(held)
			<-goOn
			io.Copy(to, from)
		},
	}
	cut.mu.Unlock()
	wim := beuk.as("wim")
	r := wim.post("/verhuizingen/ophalen", url.Values{"address": {cut.url}, "code": {code}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	page := r.location
	select {
	case <-held:
	case <-time.After(time.Minute):
		t.Fatal("it is not taken up again")
	}
	wim.page(t, page).shows(t, "We halen het pakket op", "Ophalen bij de andere school")
	if got := linde.states("samira", "sem"); !slices.Equal(got, []string{portfolio.HandoverBegun}) {
		t.Errorf("in the middle the code is %v", got)
	}
	samira.page(t, "/pakket?leerling="+linde.ids["sem"]).shows(t, "begon een school met ophalen", "noemt zich De Beuk", "Trek in")
	close(goOn)
	wim.until(page, "Het pakket is heel")
	if got := linde.states("samira", "sem"); !slices.Equal(got, []string{portfolio.HandoverFetched}) {
		t.Errorf("at the end the code is %v", got)
	}
	lines, err := linde.lib.Log(t.Context(), linde.actor("samira", portfolio.HatGuardian), linde.ids["sem"], 10)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[string]int{}
	for _, n := range lines {
		acts[n.Act]++
	}
	if acts["fetch"] != 1 || acts["handed"] != 1 {
		t.Errorf("the log has %v, want one fetch and one handed", acts)
	}
}

// Without keys at the address a bundle comes in as well; and a Kaft that was
// stopped in the middle says so, and fetches again with the same code.
func TestAFetchIsRepeatedByTheSameSchoolAlsoAfterAStop(t *testing.T) {
	linde, beuk := newSchool(t), another(t, "De Beuk")
	samira := linde.as("samira")
	code := samira.codeOf(samira.packOf("sem"))
	wim := beuk.as("wim")
	cut := newCutter(t, linde.url)
	gone := func(to, from net.Conn) { io.CopyN(to, from, 2000) }
	cut.mu.Lock()
	cut.plans = []func(net.Conn, net.Conn){gone, func(net.Conn, net.Conn) {}}
	cut.mu.Unlock()
	r := wim.post("/verhuizingen/ophalen", url.Values{"address": {cut.url}, "code": {code}})
	if r.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", r.status, r.text())
	}
	all, err := linde.lib.Handovers(t.Context(), linde.actor("samira", portfolio.HatGuardian), linde.ids["sem"])
	if err != nil {
		t.Fatal(err)
	}
	if all[0].To == nil || all[0].To.School != "De Beuk" {
		t.Fatalf("the code is %+v", all[0])
	}
	page := r.location
	wim.until(page, "Het pakket is heel") // taken up by itself, without the keys
	wim.get(page).hides(t, "waar het pakket vandaan komt")

	// Stopped in the middle, the next start says so.
	imp, err := beuk.lib.FetchFound(t.Context(), beuk.admin, linde.url, "sem.zip", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := beuk.lib.RecoverImports(t.Context()); err != nil {
		t.Fatal(err)
	}
	wim.page(t, "/verhuizingen/"+imp.ID).shows(t, "Het ophalen lukte niet", "Kaft stopte midden in het ophalen", "met dezelfde code")
	again := wim.post("/verhuizingen/ophalen", url.Values{"address": {cut.url}, "code": {code}})
	if again.status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", again.status, again.text())
	}
	wim.until(again.location, "Het pakket is heel")
}

func TestTheAPIMakesRevokesAndUsesCodes(t *testing.T) {
	linde, beuk := newSchool(t), another(t, "De Beuk")
	_, router := description(t)
	samira, sem, wim := apiClient{linde.as("samira"), router}, apiClient{linde.as("sem"), router}, apiClient{beuk.as("wim"), router}
	pack := samira.packOf("sem")
	student := "/api/v1/students/" + linde.ids["sem"]
	st, got := samira.call("GET", student+"/bundles", nil)
	if bundles := got["bundles"].([]any); st != 200 || len(bundles) != 1 || bundles[0].(map[string]any)["id"] != strings.TrimPrefix(pack, "/pakket/") {
		t.Errorf("status %d, %v", st, got)
	}
	if st, _ := sem.call("GET", student+"/bundles", nil); st != 403 {
		t.Errorf("status %d, want 403", st)
	}
	at := "/api/v1/bundles/" + strings.TrimPrefix(pack, "/pakket/") + "/handovers"
	if st, _ := sem.call("POST", at, map[string]any{"once": "zestien tekens, of meer"}); st != 404 {
		t.Errorf("status %d, want 404", st)
	}
	st, made := samira.call("POST", at, map[string]any{"once": "zestien tekens, of meer"})
	if st != 201 || !codeOnPage.MatchString(made["code"].(string)) || made["state"] != "open" {
		t.Fatalf("status %d, %v", st, made)
	}
	st, other := samira.call("POST", at, map[string]any{"once": "een andere, die weer weg gaat"})
	if st, gone := samira.call("POST", "/api/v1/handovers/"+other["id"].(string)+"/revoke", nil); st != 200 || gone["state"] != "revoked" {
		t.Errorf("status %d, %v", st, gone)
	}
	if st != 201 {
		t.Errorf("status %d", st)
	}
	if st, _ := wim.call("POST", "/api/v1/imports", map[string]any{"address": linde.url, "code": other["code"]}); st != 422 {
		t.Errorf("a revoked code: status %d", st)
	}
	st, imp := wim.call("POST", "/api/v1/imports", map[string]any{"address": linde.url, "code": made["code"]})
	if st != 201 || imp["source"] != linde.url {
		t.Fatalf("status %d, %v", st, imp)
	}
	wim.until("/verhuizingen/"+imp["id"].(string), "Het pakket is heel")
	if st, now := wim.call("GET", "/api/v1/imports/"+imp["id"].(string), nil); st != 200 || now["state"] != "checked" || now["school"] == "" {
		t.Errorf("status %d, %v", st, now)
	}
	_, got = samira.call("GET", student+"/handovers", nil)
	all := got["handovers"].([]any)
	if last := all[1].(map[string]any); len(all) != 2 || last["state"] != "fetched" || last["receiver"].(map[string]any)["school"] != "De Beuk" || last["code"] != nil {
		t.Errorf("the codes are %v", all)
	}
}

// TestThePagesOfACodeAreSound looks at them on a phone in the dark in English and
// on a desktop by day in Dutch, and at the sheet on paper.
func TestThePagesOfACodeAreSound(t *testing.T) {
	linde, beuk := newSchool(t), another(t, "De Beuk")
	pack := linde.as("samira").packOf("sem")
	for _, l := range []look{phone.in("en").inDark(), desktop} {
		t.Run(l.String(), func(t *testing.T) {
			w := linde.in(t).open(t, l)
			w.signIn("samira")
			w.to(pack)
			w.sound("code-none")
			w.click(`form[action$="/code"] button`)
			w.wait("the code", `document.querySelector('.code-large')`)
			w.sound("code-shown")
			code := eval[string](w, `document.querySelector('.code-large').textContent`)
			scheme := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: map[bool]string{true: "dark", false: "light"}[l.dark]}}
			w.run(emulation.SetEmulatedMedia().WithMedia("print").WithFeatures(scheme))
			w.shot("code-paper")
			if !eval[bool](w, `document.querySelector('.code-large').checkVisibility() && !document.querySelector('.backlink').checkVisibility()`) {
				t.Error("on paper the code is not there, or the way back is")
			}
			w.run(emulation.SetEmulatedMedia().WithFeatures(scheme))

			admin := beuk.in(t).open(t, l)
			admin.signIn("wim")
			admin.to("/verhuizingen")
			admin.sound("code-form")
			admin.run(chromedp.SendKeys(`#address`, linde.url), chromedp.SendKeys(`#code`, "2345-6789-ABCD-EFGH-JKMN"))
			admin.click(`form[action="/verhuizingen/ophalen"] button`)
			admin.wait("the problem", `document.querySelector('#code-error')`)
			admin.expect("422")
			admin.sound("code-wrong")
			admin.run(chromedp.SetValue(`#code`, code))
			admin.click(`form[action="/verhuizingen/ophalen"] button`)
			admin.wait("the bundle", `document.querySelector('#held')`)
			admin.sound("code-fetched")

			w.waitText(map[string]string{"nl": "noemt zich De Beuk", "en": "goes by the name of De Beuk"}[l.lang]) // by itself, beside the code
			w.sound("code-shown-after")
			w.to("/pakket?leerling=" + linde.ids["sem"])
			w.sound("codes")
			w.to("/leerling/" + linde.ids["sem"] + "/logboek?alles=1")
			w.sound("code-log")
		})
	}
}
