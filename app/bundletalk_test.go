package app

import (
	stdzip "archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kaft/chat"
	"kaft/portfolio"
)

// A parent's conversations go with an archive to another school. There they are
// nobody's until the administrator says whose, and then they are in that
// parent's next archive.
func TestAParentsConversationsMoveByThePages(t *testing.T) {
	linde, beuk := newSchool(t), newSchool(t) // with the same people: Noor is the student there, so nobody is known again
	_, err := linde.talks.Start(context.Background(), linde.actor("samira", portfolio.HatGuardian), chat.NewTalk{Key: portfolio.NewID(), Student: linde.ids["sem"],
		With: []string{linde.ids["fatima"]}, Text: "Onder ons gezegd"})
	if err != nil {
		t.Fatal(err)
	}
	archive := func(s *testSchool, parent, child string) []byte {
		t.Helper()
		c := s.as(parent, portfolio.HatGuardian)
		c.get("/pakket?leerling="+s.ids[child]).ok(t, "Ook met jouw gesprekken met school")
		r := c.post("/pakket", url.Values{"leerling": {s.ids[child]}, "soort": {portfolio.BundleArchive}})
		page := r.location
		r = c.until(page, "Het pakket is klaar")
		checkPage(t, r.body)
		r.shows(t, "de gesprekken met school")
		r.hides(t, "gesprekken: die zijn ook van anderen")
		return []byte(c.get(page + "/bestand").body)
	}
	raw := archive(linde, "samira", "sem")
	if !holds(t, raw, "Onder ons gezegd") {
		t.Fatal("the archive holds no conversation")
	}
	if holds(t, archive(beuk, "anna", "noor"), "Onder ons gezegd") {
		t.Fatal("it was at the other school already")
	}

	admin := beuk.as("wim", portfolio.HatAdmin)
	page := admin.send("/verhuizingen", "sem.portfolio.zip", raw).location
	admin.until(page, "Het pakket is heel")
	plan := admin.get(page + "?leerling=" + beuk.ids["noor"])
	checkPage(t, plan.body)
	plan.shows(t, "uit gesprekken bewaren we")
	admin.post(page+"/overnemen", url.Values{"leerling": {beuk.ids["noor"]}, "accept": {"1"}})
	r := admin.until(page, "Verslag")
	checkPage(t, r.body)
	r.shows(t, "uit gesprekken bewaren we", "Gesprekken van de vorige school", "Wie is Samira Amrani hier?")
	if holds(t, archive(beuk, "anna", "noor"), "Onder ons gezegd") {
		t.Error("they are in an archive before anybody said whose they are")
	}
	for _, who := range []string{beuk.ids["samira"], beuk.ids["noor"], beuk.ids["fatima"], "x"} { // no custody
		if r := admin.post(page+"/gesprekken", url.Values{"lezer": {who}}); r.status != http.StatusNotFound {
			t.Errorf("somebody without custody: status %d", r.status)
		}
	}
	if r := admin.post(page+"/gesprekken", url.Values{"lezer": {beuk.ids["anna"]}}); r.status != http.StatusSeeOther {
		t.Errorf("status %d", r.status)
	}
	again := admin.get(page)
	again.ok(t, "Bewaard van wie de gesprekken zijn")
	if !strings.Contains(again.body, `<option value="`+beuk.ids["anna"]+`" selected`) {
		t.Error("the page does not show who was chosen")
	}
	if !holds(t, archive(beuk, "anna", "noor"), "Onder ons gezegd") {
		t.Error("they are not in her archive")
	}
	if !testing.Short() {
		for _, l := range []look{phone.in("en").inDark(), desktop} {
			beuk.open(t, l).sounds("wim", portfolio.HatAdmin, map[string]string{"whose-talks": page})
		}
	}
}

// holds tells whether the stream of conversations in a bundle holds some text.
func holds(t *testing.T, raw []byte, text string) bool {
	t.Helper()
	z, err := stdzip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "/data/streams/chat.jsonl") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		all, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(all, []byte(text))
	}
	t.Fatal("the bundle has no stream of conversations")
	return false
}
