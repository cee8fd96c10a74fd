package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// made makes a bundle of a kind and gives it.
func (s *school) made(a portfolio.Actor, student string, wish portfolio.Wish) []byte {
	s.t.Helper()
	ctx := context.Background()
	wish.Lang = "nl"
	b, err := s.lib.StartBundle(ctx, a, student, wish)
	ok(s.t, err)
	ok(s.t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{Version: "test"}.Write))
	_, r, err := s.lib.OpenBundle(ctx, a, b.ID, false)
	ok(s.t, err)
	defer r.Close()
	var raw bytes.Buffer
	_, err = raw.ReadFrom(r)
	ok(s.t, err)
	ok(s.t, s.lib.DropBundle(ctx, a, b.ID))
	return raw.Bytes()
}

// omissions gives why each category stays out.
func omissions(t *testing.T, raw []byte) map[string]string {
	var doc struct {
		Bundle struct {
			Omitted []portfolio.Omission
		}
	}
	ok(t, json.Unmarshal(entries(t, raw)["data/portfolio.json"], &doc))
	out := map[string]string{}
	for _, o := range doc.Bundle.Omitted {
		out[o.Category] = o.Reason
	}
	return out
}

func TestASelectionHoldsThePickedWorksAndWhatIsAboutThem(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	in := s.work(portfolio.NewWork{Title: "Wel", Text: "x", Audience: []string{"staff"}, Uploads: []string{s.upload("wel.txt", []byte("wel"))}})
	out := s.work(portfolio.NewWork{Title: "Niet", Text: "x", Audience: []string{"staff"}, Uploads: []string{s.upload("niet.txt", []byte("niet"))}})
	s.assess(in.ID, portfolio.NewAssessment{Level: 3, Remark: "wel zo"})
	s.assess(out.ID, portfolio.NewAssessment{Level: 1, Remark: "niet zo"})
	raw := s.made(s.student, s.student.Person, portfolio.Wish{Kind: portfolio.BundleSelection, Works: []string{in.ID, in.ID}})
	doc := documentOf(t, raw)
	if items, judged := list(doc["items"]), list(doc["assessments"]); len(items) != 1 || items[0]["title"] != "Wel" || len(judged) != 1 {
		t.Errorf("it holds %v and %v", items, judged)
	}
	for name, text := range entries(t, raw) {
		if bytes.Contains(text, []byte("niet zo")) || bytes.Contains(text, []byte(`"Niet"`)) || strings.Contains(name, sum("niet")) {
			t.Errorf("%s tells of what was not picked", name)
		}
	}
	if got := omissions(t, raw); got["work"] != portfolio.ReasonSelection || got["assessment"] != portfolio.ReasonSelection || got["access-log"] != portfolio.ReasonTransfer {
		t.Errorf("left out: %v", got)
	}
	imp := empty(t, "De Beuk").take(raw, "")
	if got := imp.Report; imp.From.Kind != portfolio.BundleSelection || got.Works.New != 1 || got.Assessments.New != 1 || got.Files != 1 {
		t.Errorf("taken in as %s: %+v", imp.From.Kind, got)
	}
	for name, c := range map[string]struct {
		who  portfolio.Actor
		wish portfolio.Wish
		kind portfolio.ErrKind
	}{
		"nothing picked":        {s.student, portfolio.Wish{Kind: portfolio.BundleSelection}, portfolio.Invalid},
		"too many":              {s.student, portfolio.Wish{Kind: portfolio.BundleSelection, Works: make([]string, portfolio.MaxPicked+1)}, portfolio.Invalid},
		"no such kind":          {s.student, portfolio.Wish{Kind: "all"}, portfolio.Invalid},
		"a work that is not":    {s.student, portfolio.Wish{Kind: portfolio.BundleSelection, Works: []string{"nothing"}}, portfolio.NotFound},
		"somebody else's right": {s.mother, portfolio.Wish{Kind: portfolio.BundleSelection, Works: []string{in.ID}}, portfolio.Forbidden},
	} {
		if _, err := s.lib.StartBundle(ctx, c.who, s.student.Person, c.wish); portfolio.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The log in an archive is what the family reads at the school, line by line;
// another child who looked has no name in it, and a transfer has no log.
func TestAnArchiveHoldsTheLogAsTheFamilyReadsIt(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Voor de klas", Text: "x", Audience: []string{"staff", "class"}})
	for _, who := range []portfolio.Actor{s.teacher, s.friend} {
		_, err := s.lib.Work(ctx, who, w.ID)
		ok(t, err)
	}
	page, err := s.lib.Log(ctx, s.student, s.student.Person, 1000)
	ok(t, err)
	raw := s.made(s.student, s.student.Person, portfolio.Wish{Kind: portfolio.BundleArchive})
	in := entries(t, raw)
	lines := strings.Split(strings.TrimSpace(string(in["data/streams/access-log.jsonl"])), "\n")
	if len(lines) != len(page)+1 {
		t.Fatalf("%d lines after the first, the page has %d", len(lines)-1, len(page))
	}
	children := 0
	for i, n := range page {
		var got struct {
			Who, Did, Item, Rule string
			Redacted             bool
		}
		ok(t, json.Unmarshal([]byte(lines[i+1]), &got))
		child := n.Actor == s.friend.Person
		if child {
			children++
		}
		if got.Did != n.Act || got.Rule != n.Rule || child != got.Redacted || !child && got.Who != n.ActorName {
			t.Errorf("line %d says %+v, the page %+v", i+1, got, n)
		}
		if n.Item == w.ID && got.Item != "urn:uuid:"+w.ID {
			t.Errorf("line %d is about %q", i+1, got.Item)
		}
	}
	if children == 0 {
		t.Error("no line of another child: nothing was shown")
	}
	for name, text := range in {
		if bytes.Contains(text, []byte(s.friendName)) {
			t.Errorf("%s names another child", name)
		}
	}
	streams := list(documentOf(t, raw)["streams"])
	if len(streams) != 1 || streams[0]["records"] != float64(len(page)) || streams[0]["sha256"] != sum(string(in["data/streams/access-log.jsonl"])) {
		t.Errorf("the document says of it: %v", streams)
	}
	if got := omissions(t, raw); got["access-log"] != "" || got["chat"] != portfolio.ReasonNotYet {
		t.Errorf("left out: %v", got)
	}
	if imp := empty(t, "De Beuk").take(raw, ""); imp.From.Kind != portfolio.BundleArchive || imp.Report.Works.New != 1 {
		t.Errorf("taken in as %s: %+v", imp.From.Kind, imp.Report)
	}
	for name := range entries(t, s.made(s.student, s.student.Person, portfolio.Wish{})) {
		if strings.Contains(name, "streams/") {
			t.Errorf("a transfer holds %s", name)
		}
	}
}
