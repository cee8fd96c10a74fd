package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kaft/export"
	"kaft/portfolio"
)

// says looks at the file and says something of it.
func (s *school) says(a portfolio.Actor, student string, said portfolio.Saying) {
	s.t.Helper()
	f, err := s.lib.ShowFile(context.Background(), a, student)
	ok(s.t, err)
	said.Print = f.Print
	ok(s.t, s.lib.SayOfFile(context.Background(), a, student, said))
}

// block is the member inspection of a bundle.
func block(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var doc struct {
		Inspection map[string]any `json:"inspection"`
	}
	ok(t, json.Unmarshal(entries(t, raw)["data/portfolio.json"], &doc))
	return doc.Inspection
}

// separated is a primary school with a child of ten whose parents both hold
// custody and do not agree.
func separated(t *testing.T) *school {
	s := full(t, "2016-05-01")
	ok(t, s.lib.SetSchoolKind(context.Background(), s.admin, portfolio.SchoolPrimary))
	s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.student.Person, Party: s.father.Person, From: 20160501, Verified: 20260901})
	s.work(portfolio.NewWork{Title: "Vulkaan", Text: "Lava", Audience: []string{"guardians"}})
	s.says(s.mother, s.student.Person, portfolio.Saying{Agrees: portfolio.SaysYes, Remarks: "Daan leest graag voor."})
	s.says(s.father, s.student.Person, portfolio.Saying{Agrees: portfolio.SaysNo, Objection: "Er ontbreekt een rapport."})
	return s
}

func TestWhatTheFamilySaidGoesAlongAndStaysWithTheImport(t *testing.T) {
	s := separated(t)
	raw := s.bundle(s.mother, s.student.Person)
	out := block(t, raw)
	for name, want := range map[string]any{"seen": true, "provisional": true, "agrees": "nee", "objection": "Er ontbreekt een rapport.", "seenOn": "2026-11-21", "schoolKind": "primary"} {
		if out[name] != want {
			t.Errorf("%s is %v, want %v", name, out[name], want)
		}
	}
	if n := len(out["by"].([]any)); n != 2 {
		t.Errorf("%d are said to have seen it, want 2", n)
	}

	beuk := empty(t, "De Beuk")
	imp := beuk.take(raw, "")
	imp, err := beuk.lib.ImportByID(context.Background(), beuk.admin, imp.ID)
	ok(t, err)
	said := imp.From.Said
	if said == nil || said.Agrees != portfolio.SaysNo || imp.From.SaidKind != portfolio.SchoolPrimary || len(said.Answers) != 2 {
		t.Fatalf("the import keeps %+v", said)
	}
	names := said.Answers[0].Name + ", " + said.Answers[1].Name
	if !strings.Contains(names, "Samira Berg") || !strings.Contains(names, "Joost Berg") {
		t.Errorf("the import names %q", names)
	}
	if broken := said.Broken(false); broken != nil {
		t.Errorf("the block breaks %v of OSO's rules", broken)
	}

	parent := beuk.add(portfolio.Person{Name: portfolio.Name{Given: "Samira"}, Hats: []string{portfolio.HatGuardian}})
	beuk.record(portfolio.Fact{Type: portfolio.FactCustody, About: imp.Student, Party: parent.Person, From: 20160501, Verified: 20260901})

	// Nobody said anything at the second school: it goes out as it came.
	again := beuk.bundle(parent, imp.Student)
	if got, want := canonical(t, block(t, again)), canonical(t, out); got != want {
		t.Errorf("the block came back as %s, want %s", got, want)
	}

	// Where something is said, that comes first and the rest is kept behind it.
	ok(t, beuk.lib.SetSchoolKind(context.Background(), beuk.admin, portfolio.SchoolSecondary))
	beuk.says(parent, imp.Student, portfolio.Saying{Agrees: portfolio.SaysYes, Permission: portfolio.SaysYes})
	third := block(t, beuk.bundle(parent, imp.Student))
	if third["agrees"] != "ja" || third["transferPermission"] != "ja" || third["schoolKind"] != "secondary" {
		t.Errorf("the second school says %v", third)
	}
	earlier, _ := third["earlier"].([]any)
	if len(earlier) != 1 || canonical(t, earlier[0]) != canonical(t, out) {
		t.Errorf("of before it says %v, want %v", earlier, out)
	}
	empty(t, "De Eik").take(beuk.bundle(parent, imp.Student), "") // and that is a bundle
}

// What two bundles of two schools brought both goes on, the later one first.
func TestWhatWasSaidAtTwoSchoolsBothGoesOn(t *testing.T) {
	one := separated(t)
	first := one.bundle(one.mother, one.student.Person)
	eik := empty(t, "De Eik")
	imp := eik.take(first, "")
	parent := eik.add(portfolio.Person{Name: portfolio.Name{Given: "Samira"}, Hats: []string{portfolio.HatGuardian}})
	eik.record(portfolio.Fact{Type: portfolio.FactCustody, About: imp.Student, Party: parent.Person, From: 20160501, Verified: 20260901})
	ok(t, eik.lib.SetSchoolKind(context.Background(), eik.admin, portfolio.SchoolPrimary))
	eik.clock.Set(start.AddDate(0, 0, 7))
	eik.says(parent, imp.Student, portfolio.Saying{Agrees: portfolio.SaysUnknown})
	second := eik.bundle(parent, imp.Student)

	for _, order := range [][][]byte{{first, second}, {second, first}} {
		beuk := empty(t, "De Beuk")
		into := ""
		for _, raw := range order {
			into = beuk.take(raw, into).Student
		}
		own := beuk.add(portfolio.Person{Name: portfolio.Name{Given: "Samira"}, Hats: []string{portfolio.HatGuardian}})
		beuk.record(portfolio.Fact{Type: portfolio.FactCustody, About: into, Party: own.Person, From: 20160501, Verified: 20260901})
		out := block(t, beuk.bundle(own, into))
		earlier, _ := out["earlier"].([]any)
		if out["agrees"] != "onbekend" || len(earlier) != 1 || canonical(t, earlier[0]) != canonical(t, block(t, first)) {
			t.Errorf("it says %s", canonical(t, out))
		}
	}
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	ok(t, err)
	return string(raw)
}

func TestOnlyAnArchiveAndATransferTellWhatWasSaid(t *testing.T) {
	s := separated(t)
	work := s.work(portfolio.NewWork{Title: "Krater", Text: "Diep", Audience: []string{"guardians"}})
	for _, c := range []struct {
		wish portfolio.Wish
		want bool
	}{
		{portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"}, true},
		{portfolio.Wish{Kind: portfolio.BundleSelection, Lang: "nl", Works: []string{work.ID}}, false},
	} {
		ctx := context.Background()
		b, err := s.lib.StartBundle(ctx, s.mother, s.student.Person, c.wish)
		ok(t, err)
		ok(t, s.lib.PackBundle(ctx, b.School, b.ID, export.Maker{Version: "test"}.Write))
		_, r, err := s.lib.OpenBundle(ctx, s.mother, b.ID, false)
		ok(t, err)
		raw, err := io.ReadAll(r)
		ok(t, err)
		r.Close()
		got := block(t, raw)
		if (got != nil) != c.want {
			t.Errorf("a bundle of kind %s says %v", c.wish.Kind, got)
		}
		if answers, _ := got["answers"].([]any); c.want && answers[0].(map[string]any)["changedSince"] != true && answers[1].(map[string]any)["changedSince"] != true {
			t.Errorf("a work was added since, and it says %v", answers)
		}
	}
}

// The official examples of OSO keep the rules by which ours are held.
func TestTheExamplesOfOSOKeepTheRules(t *testing.T) {
	files, err := filepath.Glob("../../shared/fixtures/nl/oso-2019.1/examples/*.xml")
	ok(t, err)
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("the fixtures are not there")
		}
		t.Skip("../shared/fixtures is not there")
	}
	read := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		ok(t, err)
		var d struct {
			Step  string `xml:"metadata>overstap"`
			Block *struct {
				Seen       bool   `xml:"inzage"`
				On         string `xml:"inzagedatum"`
				Agrees     string `xml:"akkoord"`
				Objection  string `xml:"redennietakkoord"`
				Permission string `xml:"toestemming"`
			} `xml:"inzage"`
		}
		ok(t, xml.NewDecoder(bytes.NewReader(raw)).Decode(&d))
		if d.Block == nil {
			continue
		}
		read++
		on, err := portfolio.ParseDate(d.Block.On)
		ok(t, err)
		said := portfolio.Inspected{Seen: d.Block.Seen, SeenOn: on, Agrees: strings.ToLower(d.Block.Agrees), Objection: d.Block.Objection, Permission: strings.ToLower(d.Block.Permission)}
		if broken := said.Broken(d.Step == "VOVO"); broken != nil {
			t.Errorf("%s: %+v breaks %v", filepath.Base(name), said, broken)
		}
	}
	if read != 4 {
		t.Errorf("%d examples have the block, want 4", read)
	}
}

func TestTheFirstPageTellsWhatTheFamilySaid(t *testing.T) {
	s := separated(t)
	page := string(entries(t, s.bundle(s.mother, s.student.Person))["data/ro-crate-preview.html"])
	for _, want := range []string{"Joost Berg</b>: Keek ernaar op 21 november 2026. Is het niet eens met wat erin staat.", "Reden: Er ontbreekt een rapport.", "Opmerking: Daan leest graag voor."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
