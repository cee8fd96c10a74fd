package portfolio_test

import (
	"slices"
	"strings"
	"testing"

	"kaft/portfolio"
)

// file is a school with a mentor, care and management for sem, and a piece of
// each kind about sem and lotte.
type file struct {
	*school
	pieces map[string]*portfolio.Record // "sem care"
}

func newFile(t *testing.T) *file {
	t.Helper()
	s := &file{newSchool(t), map[string]*portfolio.Record{}}
	for _, kind := range []string{portfolio.DutyMentor, portfolio.DutyCare, portfolio.DutyManagement} {
		s.person(kind, portfolio.HatStaff, portfolio.Birth{})
		for _, about := range []string{"sem", "lotte"} {
			s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: kind, About: s.id(about), Party: s.id(kind), From: 20260801})
		}
	}
	s.fact(portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyTeacher, About: s.id("lotte"), Party: s.id("fatima"), From: 20260801})
	s.who["admin"] = s.admin
	for _, about := range []string{"sem", "lotte"} {
		s.piece("mentor", about, portfolio.NewRecord{Kind: "record", Type: "talk", Title: "gesprek met " + about, Text: "het ging over lezen", Source: "school"})
		s.piece("care", about, portfolio.NewRecord{Kind: "care", Type: "health", Title: "astma van " + about, Text: "heeft een pufje", Source: "guardian"})
		s.piece("mentor", about, portfolio.NewRecord{Kind: "contact", Title: "moeder van " + about, Source: "guardian",
			Details: []portfolio.Detail{{Label: "telefoon", Value: "06 1234"}, {Label: "adres", Value: "Lindelaan 1"}}})
		s.piece("fatima", about, portfolio.NewRecord{Kind: "note", Title: "indruk van " + about, Text: "was stil", Source: "school"})
	}
	return s
}

func (s *file) piece(who, about string, n portfolio.NewRecord) *portfolio.Record {
	s.t.Helper()
	r, err := s.lib.AddRecord(ctx, s.who[who], s.id(about), n)
	s.ok(err)
	s.pieces[about+" "+n.Kind] = r
	return r
}

// of reads how a piece is stored, from the store itself.
func (s *file) stored(r *portfolio.Record) string {
	s.t.Helper()
	d, err := s.store.Get(ctx, portfolio.Ref{School: r.School, Kind: "record", ID: r.ID})
	s.ok(err)
	return string(d.Body)
}

// TestAPieceOpensExactlyWhenTheRuleSaysSo asks one by one and as a list, for
// every kind and every way to stand to a student of 10 and of 16.
func TestAPieceOpensExactlyWhenTheRuleSaysSo(t *testing.T) {
	s := newFile(t)
	for _, c := range []struct{ who, about, open, request string }{
		{"sem", "sem", "contact", ""},
		{"lotte", "lotte", "contact", "record care"},
		{"samira", "sem", "contact", "record care"},
		{"samira", "lotte", "absent", ""},
		{"joost", "sem", "absent", ""},
		{"joost", "lotte", "absent", ""},
		{"fatima", "sem", "note", ""},
		{"fatima", "lotte", "note", ""},
		{"mentor", "sem", "record contact", ""},
		{"mentor", "lotte", "record contact", ""},
		{"care", "sem", "record care", ""},
		{"care", "lotte", "record care", ""},
		{"management", "sem", "record contact", ""},
		{"management", "lotte", "record contact", ""},
		{"joris", "sem", "absent", ""}, // staff, without a duty
		{"admin", "sem", "absent", ""},
		{"petra", "sem", "absent", ""},
		{"mees", "sem", "absent", ""}, // a classmate
		{"mees-ma", "sem", "absent", ""},
		{"lotte", "sem", "absent", ""},
	} {
		a := s.who[c.who]
		var single, listed []string
		for _, kind := range portfolio.RecordKinds {
			r := s.pieces[c.about+" "+kind]
			got, err := s.lib.Record(ctx, a, r.ID)
			if err == nil && got.Title == r.Title && got.Text == r.Text && len(got.Details) == len(r.Details) {
				single = append(single, kind)
			} else {
				s.fails(err, portfolio.NotFound)
			}
			some, err := s.lib.Records(ctx, a, s.id(c.about), kind)
			if c.open == "absent" {
				s.fails(err, portfolio.NotFound)
				continue
			}
			s.ok(err)
			for _, x := range some {
				listed = append(listed, x.Kind)
				if x.Text != "" {
					t.Errorf("the list shows %s the text of a %s", c.who, x.Kind)
				}
			}
		}
		want := strings.TrimPrefix(c.open, "absent")
		if got := strings.Join(single, " "); got != want {
			t.Errorf("%s opens of %s %q, want %q", c.who, c.about, got, want)
		}
		if got := strings.Join(listed, " "); got != want {
			t.Errorf("%s is listed of %s %q, want %q", c.who, c.about, got, want)
		}
		d, err := s.lib.Papers(ctx, a, s.id(c.about))
		if c.open == "absent" {
			s.fails(err, portfolio.NotFound)
			continue
		}
		s.ok(err)
		if got := strings.Join(d.Request, " "); got != c.request {
			t.Errorf("%s may request of %s %q, want %q", c.who, c.about, got, c.request)
		}
	}
}

// TestAPieceIsKeptByWhoWorksWithItsKind adds and changes a piece of each kind
// as everybody.
func TestAPieceIsKeptByWhoWorksWithItsKind(t *testing.T) {
	s := newFile(t)
	for who, may := range map[string]string{
		"mentor": "record contact note", "care": "record care note", "management": "record contact note", "fatima": "note",
		"sem": "", "samira": "", "joost": "", "joris": "", "admin": "", "petra": "", "mees": "",
	} {
		kinds, err := s.lib.MayRecord(ctx, s.who[who], s.id("sem"))
		s.ok(err)
		if got := strings.Join(kinds, " "); got != may {
			t.Errorf("%s may add %q, want %q", who, got, may)
		}
		for _, kind := range portfolio.RecordKinds {
			n := portfolio.NewRecord{Kind: kind, Title: "van " + who, Source: "school"}
			if types := portfolio.RecordTypes(kind); len(types) > 0 {
				n.Type = types[0]
			} else if kind == "contact" {
				n.Details = []portfolio.Detail{{Label: "telefoon", Value: "1"}}
			}
			made, err := s.lib.AddRecord(ctx, s.who[who], s.id("sem"), n)
			switch {
			case slices.Contains(strings.Fields(may), kind):
				s.ok(err)
				n.Title = "anders"
				made, err = s.lib.ChangeRecord(ctx, s.who[who], made.ID, made.Rev, n)
				s.ok(err)
				if made.Version != 2 || made.Author != s.id(who) {
					t.Errorf("%s changed a %s into %+v", who, kind, made)
				}
			case may != "":
				s.fails(err, portfolio.Forbidden)
			default:
				s.fails(err, portfolio.NotFound)
			}
		}
	}
	// Who sees a piece without working with it changes nothing.
	contact := s.pieces["sem contact"]
	before := s.stored(contact)
	for who, want := range map[string]portfolio.ErrKind{"sem": portfolio.Forbidden, "samira": portfolio.Forbidden, "care": portfolio.NotFound, "joost": portfolio.NotFound} {
		_, err := s.lib.ChangeRecord(ctx, s.who[who], contact.ID, contact.Rev, portfolio.NewRecord{Title: "x", Source: "school", Details: contact.Details})
		s.fails(err, want)
		_, err = s.lib.RecordVersions(ctx, s.who[who], contact.ID)
		s.fails(err, want)
	}
	if got := s.stored(contact); got != before {
		t.Errorf("contact data became %s", got)
	}
}

func TestAPieceThatCannotBeIsRefusedAndChangesNothing(t *testing.T) {
	s := newFile(t)
	good := portfolio.NewRecord{Kind: "record", Type: "talk", Title: "gesprek", Source: "school"}
	for why, c := range map[string]struct {
		change func(*portfolio.NewRecord)
		msg    string
		want   portfolio.ErrKind
	}{
		"a kind there is not":     {func(n *portfolio.NewRecord) { n.Kind = "work" }, "error.choice", portfolio.Invalid},
		"no kind":                 {func(n *portfolio.NewRecord) { n.Kind = "" }, "error.choice", portfolio.Invalid},
		"a type of another kind":  {func(n *portfolio.NewRecord) { n.Type = "health" }, "error.choice", portfolio.Invalid},
		"no type":                 {func(n *portfolio.NewRecord) { n.Type = "" }, "error.choice", portfolio.Invalid},
		"a source there is not":   {func(n *portfolio.NewRecord) { n.Source = "gossip" }, "error.choice", portfolio.Invalid},
		"no title":                {func(n *portfolio.NewRecord) { n.Title = "  " }, "error.empty", portfolio.Invalid},
		"a title of 10,000 signs": {func(n *portfolio.NewRecord) { n.Title = strings.Repeat("é", 10_000) }, "error.too_long", portfolio.Invalid},
		"a text without an end":   {func(n *portfolio.NewRecord) { n.Text = strings.Repeat("a", portfolio.MaxRecordText+1) }, "error.too_long", portfolio.Invalid},
		"a NUL in the text":       {func(n *portfolio.NewRecord) { n.Text = "a\x00b" }, "error.text", portfolio.Invalid},
		"tomorrow":                {func(n *portfolio.NewRecord) { n.HappenedOn = 20261123 }, "error.not_yet", portfolio.Invalid},
		"before any student":      {func(n *portfolio.NewRecord) { n.HappenedOn = 10203 }, "error.not_yet", portfolio.Invalid},
		"addresses in a record":   {func(n *portfolio.NewRecord) { n.Details = []portfolio.Detail{{"adres", "x"}} }, "error.details_place", portfolio.Invalid},
		"contact data without":    {func(n *portfolio.NewRecord) { n.Kind, n.Type = "contact", "" }, "error.details", portfolio.Invalid},
		"contact data of a type":  {func(n *portfolio.NewRecord) { n.Kind = "contact" }, "error.choice", portfolio.Invalid},
		"half a telephone number": {func(n *portfolio.NewRecord) {
			n.Kind, n.Type, n.Details = "contact", "", []portfolio.Detail{{"telefoon", " "}}
		}, "error.empty", portfolio.Invalid},
		"too many": {func(n *portfolio.NewRecord) {
			n.Kind, n.Type, n.Details = "contact", "", slices.Repeat([]portfolio.Detail{{"telefoon", "1"}}, portfolio.MaxDetails+1)
		}, "error.details_many", portfolio.Invalid},
		"a kind one may not add": {func(n *portfolio.NewRecord) { n.Kind, n.Type = "care", "health" }, "error.record_kind", portfolio.Forbidden},
	} {
		n := good
		c.change(&n)
		_, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
		if err == nil || portfolio.KindOf(err) != c.want || !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: %v, want %s", why, err, c.msg)
		}
	}
	_, err := s.lib.AddRecord(ctx, s.who["mentor"], "nobody", good)
	s.fails(err, portfolio.NotFound)
	got, err := s.lib.Records(ctx, s.who["mentor"], s.id("sem"), "")
	s.ok(err)
	if len(got) != 2 {
		t.Errorf("the mentor has %d pieces, want the 2 that were there", len(got))
	}
	_, err = s.lib.Records(ctx, s.who["mentor"], s.id("sem"), "work")
	s.fails(err, portfolio.Invalid)

	talk := s.pieces["sem record"]
	before := s.stored(talk)
	for why, c := range map[string]struct {
		id   string
		rev  int64
		n    portfolio.NewRecord
		want portfolio.ErrKind
	}{
		"an unknown id":    {"nothing", 1, good, portfolio.NotFound},
		"a stale revision": {talk.ID, talk.Rev - 1, good, portfolio.Conflict},
		"another kind":     {talk.ID, talk.Rev, portfolio.NewRecord{Kind: "contact", Title: "x", Source: "school"}, portfolio.Invalid},
		"an empty title":   {talk.ID, talk.Rev, portfolio.NewRecord{Type: "talk", Source: "school"}, portfolio.Invalid},
	} {
		if _, err := s.lib.ChangeRecord(ctx, s.who["mentor"], c.id, c.rev, c.n); portfolio.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %v", why, err, c.want)
		}
	}
	if got := s.stored(talk); got != before {
		t.Errorf("the piece became %s", got)
	}
	old, err := s.lib.RecordVersions(ctx, s.who["mentor"], talk.ID)
	s.ok(err)
	if len(old) != 0 {
		t.Errorf("%d versions of what never changed", len(old))
	}
}

func TestTheSamePieceOnOneDayIsOnePiece(t *testing.T) {
	s := newFile(t)
	n := portfolio.NewRecord{Kind: "record", Type: "absence", Title: "ziek", Source: "guardian", HappenedOn: 20261120}
	first, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
	s.ok(err)
	again, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
	s.ok(err)
	n.HappenedOn = 20261121
	next, err := s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
	s.ok(err)
	if again.ID != first.ID || next.ID == first.ID {
		t.Errorf("made %s, then %s, and on another day %s", first.ID, again.ID, next.ID)
	}
	_, err = s.lib.ChangeRecord(ctx, s.who["mentor"], next.ID, next.Rev, portfolio.NewRecord{Type: "absence", Title: "beter", Source: "guardian"})
	s.ok(err)
	_, err = s.lib.AddRecord(ctx, s.who["mentor"], s.id("sem"), n)
	s.fails(err, portfolio.Exists)
}

func TestEarlierVersionsOfAPieceAreKeptForWhoMayChangeIt(t *testing.T) {
	s := newFile(t)
	talk := s.pieces["sem record"]
	n := portfolio.NewRecord{Type: "transfer", Title: "rapport", Text: "nieuw", Source: "previous_school", SourceNote: "De Eik"}
	_, err := s.lib.ChangeRecord(ctx, s.who["management"], talk.ID, talk.Rev, n)
	s.ok(err)
	now, err := s.lib.Record(ctx, s.who["care"], talk.ID)
	s.ok(err)
	if now.Version != 2 || now.AuthorName != "mentor" || now.ChangerName != "management" || now.HappenedOn != talk.HappenedOn || now.SourceNote != "De Eik" {
		t.Errorf("the piece is %+v by %s, changed by %s", now.Record, now.AuthorName, now.ChangerName)
	}
	old, err := s.lib.RecordVersions(ctx, s.who["care"], talk.ID)
	s.ok(err)
	if len(old) != 1 || old[0].Title != talk.Title || old[0].Text != talk.Text || old[0].ChangerName != "mentor" {
		t.Errorf("the earlier versions are %+v", old)
	}
	_, err = s.lib.RecordVersions(ctx, s.who["fatima"], talk.ID)
	s.fails(err, portfolio.NotFound)
}

func TestANoteIsItsAuthorsWhileTheDutyLasts(t *testing.T) {
	s := newFile(t)
	note := s.pieces["sem note"]
	_, err := s.lib.Record(ctx, s.who["fatima"], note.ID)
	s.ok(err)
	for _, who := range []string{"mentor", "care", "management", "sem", "samira", "petra", "admin"} {
		_, err := s.lib.Record(ctx, s.who[who], note.ID)
		s.fails(err, portfolio.NotFound)
		_, err = s.lib.ShareNote(ctx, s.who[who], note.ID, note.Rev, "talk")
		s.fails(err, portfolio.NotFound)
	}
	for _, who := range []string{"sem", "samira"} {
		lines, err := s.lib.Log(ctx, s.who[who], s.id("sem"), 100)
		s.ok(err)
		for _, n := range lines {
			if n.Kind == portfolio.ItemNote || n.Item == note.ID {
				t.Errorf("the log tells %s of a note: %+v", who, n.Line)
			}
		}
	}
	facts, err := s.lib.FactsAbout(ctx, s.admin, s.class.ID)
	s.ok(err)
	_, err = s.lib.EndFact(ctx, s.admin, facts[0].ID, 20261122, "x")
	s.ok(err)
	_, err = s.lib.Record(ctx, s.who["fatima"], note.ID)
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.ChangeRecord(ctx, s.who["fatima"], note.ID, note.Rev, portfolio.NewRecord{Title: "x", Source: "school"})
	s.fails(err, portfolio.NotFound)
	_, err = s.lib.Papers(ctx, s.who["fatima"], s.id("sem"))
	s.fails(err, portfolio.NotFound)
}

func TestANoteThatIsSharedIsARecordAndWhatItWasStaysTheAuthors(t *testing.T) {
	s := newFile(t)
	for _, c := range []struct {
		author   string
		mine     bool
		versions string // that the author still reads
	}{{"fatima", false, ""}, {"mentor", true, "note note"}} {
		note := s.piece(c.author, "sem", portfolio.NewRecord{Kind: "note", Title: "concept", Text: "eerste woede", Source: "school"})
		note, err := s.lib.ChangeRecord(ctx, s.who[c.author], note.ID, note.Rev, portfolio.NewRecord{Title: "gesprek", Text: "nagedacht", Source: "school"})
		s.ok(err)

		readers, mine, err := s.lib.NoteReaders(ctx, s.who[c.author], note.ID)
		s.ok(err)
		told := map[string]string{}
		for _, r := range readers {
			told[r.Name.Given] = r.Decision.Outcome.String()
		}
		want := map[string]string{"mentor": "DUTY", "care": "DUTY", "management": "DUTY", "samira": "REQUEST"}
		delete(want, c.author)
		for who, outcome := range want {
			if told[who] != outcome {
				t.Errorf("%s is told that %s gets %q, want %q", c.author, who, told[who], outcome)
			}
		}
		if len(told) != len(want) || mine != c.mine {
			t.Errorf("%s is told of %v, mine %v; want %v, %v", c.author, told, mine, want, c.mine)
		}

		before := s.stored(note)
		_, err = s.lib.ShareNote(ctx, s.who[c.author], note.ID, note.Rev, "absence")
		s.fails(err, portfolio.Invalid)
		_, err = s.lib.ShareNote(ctx, s.who[c.author], note.ID, note.Rev-1, "talk")
		s.fails(err, portfolio.Conflict)
		if s.stored(note) != before {
			t.Error("a refused share changed the note")
		}
		made, err := s.lib.ShareNote(ctx, s.who[c.author], note.ID, note.Rev, "talk")
		s.ok(err)
		if made.Kind != "record" || made.Type != "talk" || made.Version != 3 || made.Author != s.id(c.author) || made.Retention != portfolio.KeepFile {
			t.Errorf("it became %+v", made)
		}
		for _, who := range []string{"mentor", "care", "management"} {
			seen, err := s.lib.Record(ctx, s.who[who], note.ID)
			s.ok(err)
			if seen.Text != "nagedacht" {
				t.Errorf("%s reads %q", who, seen.Text)
			}
			old, err := s.lib.RecordVersions(ctx, s.who[who], note.ID)
			s.ok(err)
			var kinds []string
			for _, v := range old {
				kinds = append(kinds, v.Kind)
			}
			want := ""
			if who == c.author {
				want = c.versions
			}
			if got := strings.Join(kinds, " "); got != want {
				t.Errorf("%s reads the versions %q of %s's note, want %q", who, got, c.author, want)
			}
		}
		_, err = s.lib.Record(ctx, s.who[c.author], note.ID)
		if (err == nil) != c.mine {
			t.Errorf("after sharing %s gets %v", c.author, err)
		}
		for _, who := range []string{"sem", "samira", "joost"} {
			_, err := s.lib.Record(ctx, s.who[who], note.ID)
			s.fails(err, portfolio.NotFound)
		}
		_, err = s.lib.ShareNote(ctx, s.who[c.author], note.ID, made.Rev, "talk")
		s.fails(err, portfolio.NotFound)
	}
}

func TestWhatIsDoneWithTheFileIsInTheLog(t *testing.T) {
	s := newFile(t)
	note := s.pieces["sem note"]
	_, err := s.lib.Record(ctx, s.who["care"], s.pieces["sem care"].ID)
	s.ok(err)
	_, err = s.lib.Papers(ctx, s.who["mentor"], s.id("sem"))
	s.ok(err)
	_, err = s.lib.ShareNote(ctx, s.who["fatima"], note.ID, note.Rev, "other")
	s.ok(err)
	lines, err := s.lib.Log(ctx, s.who["samira"], s.id("sem"), 100)
	s.ok(err)
	var got []string
	for _, n := range lines {
		if n.Act != "fact" && n.Act != "confirm" {
			got = append(got, strings.TrimSpace(n.ActorName+" "+n.Act+" "+n.Kind+" "+n.Outcome))
		}
	}
	want := []string{"fatima record record", "mentor look record DUTY", "mentor look contact DUTY", "care look care DUTY",
		"mentor record contact", "care record care", "mentor record record"}
	slices.Sort(want[1:3])
	slices.Sort(got[1:3])
	if !slices.Equal(got, want) {
		t.Errorf("the log says %q, want %q", got, want)
	}
}

func TestAnOpenPageIsToldOnlyOfWhatItCanShow(t *testing.T) {
	s := newFile(t)
	var told []string
	s.lib.Watch(func(c portfolio.Change) {
		if c.What == "record" {
			told = append(told, strings.Join(c.Persons, " ")+" "+c.ID)
		}
	})
	for _, kind := range portfolio.RecordKinds {
		r := s.pieces["sem "+kind]
		who := map[string]string{"record": "mentor", "care": "care", "contact": "management", "note": "fatima"}[kind]
		_, err := s.lib.ChangeRecord(ctx, s.who[who], r.ID, r.Rev, portfolio.NewRecord{Type: r.Type, Title: "anders", Details: r.Details, Source: "school"})
		s.ok(err)
	}
	if want := s.id("sem") + " " + s.pieces["sem contact"].ID; len(told) != 1 || told[0] != want {
		t.Errorf("told %q, want %q alone", told, want)
	}
}

// TestARequestThatSomethingElseOpensIsListed: a right that waits for a request
// is not in the list, and a share brings it there.
func TestARequestThatSomethingElseOpensIsListed(t *testing.T) {
	s := newFile(t)
	talk := s.pieces["sem record"]
	listed := func(who string) (out []string) {
		some, err := s.lib.Records(ctx, s.who[who], s.id("sem"), "")
		s.ok(err)
		for _, r := range some {
			out = append(out, r.Kind+" "+r.Decision.Outcome.String())
		}
		slices.Sort(out)
		return out
	}
	if got, want := listed("samira"), []string{"contact INSPECT"}; !slices.Equal(got, want) {
		t.Errorf("samira is listed %v, want %v", got, want)
	}
	for by, to := range map[string]string{"sem": "samira", "samira": "joost"} {
		s.fact(portfolio.Fact{Type: portfolio.FactShare, About: s.id("sem"), By: s.id(by), Party: s.id(to), Items: []string{talk.ID}, From: 20261101})
	}
	if got, want := listed("samira"), []string{"contact INSPECT", "record REQUEST"}; !slices.Equal(got, want) {
		t.Errorf("samira is listed %v, want %v", got, want)
	}
	if got, want := listed("joost"), []string{"record SHARED"}; !slices.Equal(got, want) {
		t.Errorf("joost, without custody, is listed %v, want %v", got, want)
	}
	_, err := s.lib.ChangeRecord(ctx, s.who["joost"], talk.ID, talk.Rev, portfolio.NewRecord{Type: "talk", Title: "x", Source: "school"})
	s.fails(err, portfolio.Forbidden)
}

// TestWhatACourtOrderLeavesOutIsNotInAPiece: with a secret address, contact
// data are absent, and a text, which can name the address, is left out.
func TestWhatACourtOrderLeavesOutIsNotInAPiece(t *testing.T) {
	s := newFile(t)
	talk := s.pieces["sem record"]
	s.fact(portfolio.Fact{Type: portfolio.FactShare, About: s.id("sem"), By: s.id("sem"), Party: s.id("samira"), Items: []string{talk.ID}, From: 20261101})
	seen, err := s.lib.Record(ctx, s.who["samira"], talk.ID)
	s.ok(err)
	if seen.Withheld || seen.Text == "" {
		t.Errorf("without an order samira reads %q", seen.Text)
	}
	s.fact(portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderSecretAddress, About: s.id("sem"), Party: s.id("samira"), From: 20261101, Evidence: "C/16/2"})
	seen, err = s.lib.Record(ctx, s.who["samira"], talk.ID)
	s.ok(err)
	if !seen.Withheld || seen.Text != "" || seen.SourceNote != "" || seen.Title != talk.Title {
		t.Errorf("with a secret address samira reads %+v", seen.Record)
	}
	_, err = s.lib.Record(ctx, s.who["samira"], s.pieces["sem contact"].ID)
	s.fails(err, portfolio.NotFound)
	all, err := s.lib.Records(ctx, s.who["samira"], s.id("sem"), "")
	s.ok(err)
	if len(all) != 1 || all[0].ID != talk.ID {
		t.Errorf("samira is listed %d pieces, want the talk alone", len(all))
	}
}

func TestHowLongAPieceIsKeptFollowsFromWhatItIs(t *testing.T) {
	s := newFile(t)
	for _, c := range []struct {
		who       string
		kind, typ string
		class     portfolio.Retention
		until     portfolio.Date
	}{
		{"mentor", "record", "enrolment", portfolio.KeepAdministration, 20310301},
		{"mentor", "record", "absence", portfolio.KeepAdministration, 20310301},
		{"mentor", "record", "talk", portfolio.KeepFile, 20280301},
		{"care", "care", "referral", portfolio.KeepReferral, 20290301},
		{"care", "care", "psychology", portfolio.KeepFile, 20280301},
		{"mentor", "contact", "", portfolio.KeepContact, 20260301},
		{"fatima", "note", "", portfolio.KeepNote, 0},
	} {
		n := portfolio.NewRecord{Kind: c.kind, Type: c.typ, Title: "bewaren", Source: "school"}
		if c.kind == "contact" {
			n.Details = []portfolio.Detail{{Label: "telefoon", Value: "1"}}
		}
		r := s.piece(c.who, "sem", n)
		if got := r.KeepUntil(&portfolio.Person{Left: 20260301}); r.Retention != c.class || got != c.until || r.KeepUntil(&portfolio.Person{}) != 0 {
			t.Errorf("%s %s is kept as %s until %v, want %s until %v", c.kind, c.typ, r.Retention, got, c.class, c.until)
		}
	}
}

// TestACrashBetweenVersionAndChangeShowsNothingHalf leaves the version there
// and the change not.
func TestACrashBetweenVersionAndChangeShowsNothingHalf(t *testing.T) {
	s := newFile(t)
	talk := s.pieces["sem record"]
	cut := &poweredStore{s.store, &power{left: 1}}
	lib := portfolio.NewLibrary(cut, s.files, plainIntake{}, s.now)
	n := portfolio.NewRecord{Type: "talk", Title: "tweede", Source: "school"}
	if _, err := lib.ChangeRecord(ctx, s.who["mentor"], talk.ID, talk.Rev, n); err == nil {
		t.Fatal("the change went on after the power was cut")
	}
	now, err := s.lib.Record(ctx, s.who["mentor"], talk.ID)
	s.ok(err)
	old, err := s.lib.RecordVersions(ctx, s.who["mentor"], talk.ID)
	s.ok(err)
	if now.Version != 1 || now.Title != talk.Title || len(old) != 0 {
		t.Errorf("after the crash it is %+v with %d versions", now.Record, len(old))
	}
	_, err = s.lib.ChangeRecord(ctx, s.who["mentor"], talk.ID, talk.Rev, n)
	s.ok(err)
	old, err = s.lib.RecordVersions(ctx, s.who["mentor"], talk.ID)
	s.ok(err)
	if len(old) != 1 || old[0].Title != talk.Title {
		t.Errorf("after trying again there are %d versions", len(old))
	}
}
