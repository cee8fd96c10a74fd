package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kaft/chat"
	"kaft/export"
	"kaft/portfolio"
)

// talking is a school with conversations about its student: the mother with a
// teacher, the student with a teacher, and, when the father has custody, the
// father with a teacher.
type talking struct {
	*school
	talks *chat.Talks
}

func talk(t testing.TB, birth string) *talking {
	t.Helper()
	s := &talking{school: full(t, birth)}
	s.talks = chat.New(s.lib, s.store, s.clock.Now)
	p, err := s.lib.TalkPolicy(context.Background(), s.admin.School)
	ok(t, err)
	alone := *p // the fixture has one member of staff
	alone.OneToOne = true
	_, err = s.lib.SetTalkPolicy(context.Background(), s.admin, alone)
	ok(t, err)
	return s
}

func (s *talking) start(a portfolio.Actor, title, text string, with ...portfolio.Actor) string {
	s.t.Helper()
	n := chat.NewTalk{Key: portfolio.NewID(), Student: s.student.Person, Title: title, Text: text}
	for _, w := range with {
		n.With = append(n.With, w.Person)
	}
	made, err := s.talks.Start(context.Background(), a, n)
	ok(s.t, err)
	return made.ID
}

func (s *talking) say(a portfolio.Actor, talk, text string) {
	s.t.Helper()
	_, _, err := s.talks.Say(context.Background(), a, talk, portfolio.NewID(), text)
	ok(s.t, err)
}

// plant stores a message as another child would have said it, in a conversation
// of a kind that is not made yet.
func (s *talking) plant(talk string, number int64, a portfolio.Actor, text string) {
	s.t.Helper()
	at := s.clock.Now().UTC()
	body, err := json.Marshal(chat.Message{Conversation: talk, Seq: number, Key: portfolio.NewID(), Person: a.Person, Hat: a.Hat, At: at, Text: text})
	ok(s.t, err)
	ok(s.t, s.store.Create(context.Background(), portfolio.Doc{Ref: portfolio.Ref{School: a.School, Kind: "message", ID: fmt.Sprintf("%s.%012d", talk, number)},
		Keys: map[string]string{"party": talk + "/" + portfolio.NewID()}, Body: body}))
}

func (s *talking) maker() export.Maker {
	return export.Maker{Instance: "https://linde.example", Version: "test", Chat: s.talks}
}

// pack has a bundle of a kind made, with conversations.
func (s *talking) pack(a portfolio.Actor, wish portfolio.Wish) *portfolio.Bundle {
	s.t.Helper()
	ctx := context.Background()
	wish.Lang = "nl"
	b, err := s.lib.StartBundle(ctx, a, s.student.Person, wish)
	ok(s.t, err)
	ok(s.t, s.lib.PackBundle(ctx, b.School, b.ID, s.maker().Write))
	b, err = s.lib.BundleByID(ctx, a, b.ID)
	ok(s.t, err)
	return b
}

func (s *talking) fetch(a portfolio.Actor, b *portfolio.Bundle) ([]byte, error) {
	_, r, err := s.lib.OpenBundle(context.Background(), a, b.ID, true)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (s *talking) archive(a portfolio.Actor) []byte {
	s.t.Helper()
	raw, err := s.fetch(a, s.pack(a, portfolio.Wish{Kind: portfolio.BundleArchive}))
	ok(s.t, err)
	return raw
}

// lines are the messages of an archive: "who as number: text".
func lines(t testing.TB, raw []byte) (out []string) {
	t.Helper()
	text, there := entries(t, raw)["data/streams/chat.jsonl"]
	if !there {
		t.Fatal("no stream of conversations")
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var l export.TalkLine
		ok(t, json.Unmarshal([]byte(line), &l))
		if i == 0 {
			continue
		}
		said := "-"
		if l.Text != nil {
			said = l.Text.Value
		}
		out = append(out, fmt.Sprintf("%s %s %d: %s", l.Who, l.As, l.Number, said))
	}
	return out
}

// omitted is how many of each category stay out, and why.
func omitted(t testing.TB, raw []byte) map[string]int {
	t.Helper()
	var doc struct {
		Bundle struct{ Omitted []portfolio.Omission }
	}
	ok(t, json.Unmarshal(entries(t, raw)["data/portfolio.json"], &doc))
	out := map[string]int{}
	for _, o := range doc.Bundle.Omitted {
		out[o.Category+" "+o.Reason] += o.Count
	}
	return out
}

// Each parent's archive holds what that parent may read, and nothing of what the
// other, or the child, says to the school.
func TestAnArchiveHoldsTheConversationsThatItsMakerMayRead(t *testing.T) {
	s := talk(t, "2015-03-17")
	s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.student.Person, Party: s.father.Person, From: 20260101, Verified: 20260101})
	own := s.start(s.mother, "Rekenen", "Hoe gaat het?", s.teacher)
	s.say(s.teacher, own, "Goed.\nEcht waar.")
	s.start(s.father, "", "Ik ben het er niet mee eens", s.teacher)
	s.start(s.student, "", "Ik vind het stom", s.teacher)

	mothers := s.archive(s.mother)
	if got, want := lines(t, mothers), []string{"Samira Berg guardian 1: Hoe gaat het?", "juf Fatima teacher 2: Goed.\nEcht waar."}; !slices.Equal(got, want) {
		t.Errorf("the mother's has %q, want %q", got, want)
	}
	fathers := s.archive(s.father)
	if got, want := lines(t, fathers), []string{"Joost Berg guardian 1: Ik ben het er niet mee eens"}; !slices.Equal(got, want) {
		t.Errorf("the father's has %q, want %q", got, want)
	}
	for _, secret := range []string{"niet mee eens", "stom", "Joost"} {
		if bytes.Contains(everyByte(t, mothers), []byte(secret)) {
			t.Errorf("the mother's archive holds %q", secret)
		}
	}
	for _, secret := range []string{"Hoe gaat het", "stom"} {
		if bytes.Contains(everyByte(t, fathers), []byte(secret)) {
			t.Errorf("the father's archive holds %q", secret)
		}
	}
	var doc map[string]any
	ok(t, json.Unmarshal(entries(t, mothers)["data/portfolio.json"], &doc))
	streams, text := list(doc["streams"]), entries(t, mothers)["data/streams/chat.jsonl"]
	if len(streams) != 2 || streams[1]["name"] != "chat" || streams[1]["records"] != 2.0 || streams[1]["sha256"] != sum(string(text)) {
		t.Errorf("the document says of it: %v", streams)
	}
	for k := range omitted(t, mothers) {
		if strings.HasPrefix(k, "chat") {
			t.Errorf("an archive that holds them says that %s stays out", k)
		}
	}
}

// What was said while a parent had no custody is not in that parent's archive,
// also when custody came back.
func TestAnArchiveLeavesOutWhatWasSaidWithoutTheMaker(t *testing.T) {
	s := talk(t, "2015-03-17")
	today := portfolio.DateOf(s.clock.Now())
	s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.student.Person, Party: s.father.Person, From: 20260101, Until: today.AddDays(2), Verified: 20260101})
	s.record(portfolio.Fact{Type: portfolio.FactCustody, About: s.student.Person, Party: s.father.Person, From: today.AddDays(4), Verified: today})
	id := s.start(s.father, "", "een", s.teacher)
	s.clock.Set(today.AddDays(3).Start().Add(9 * time.Hour))
	s.say(s.teacher, id, "twee, buiten de vader om")
	s.clock.Set(today.AddDays(5).Start().Add(9 * time.Hour))
	s.say(s.teacher, id, "drie")
	b := s.pack(s.father, portfolio.Wish{Kind: portfolio.BundleArchive})
	raw, err := s.fetch(s.father, b)
	ok(t, err)
	if got, want := lines(t, raw), []string{"Joost Berg guardian 1: een", "juf Fatima teacher 3: drie"}; !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}

	// It is found that custody ended earlier: what is in it opens no more.
	facts, err := s.lib.FactsAbout(context.Background(), s.admin, s.student.Person)
	ok(t, err)
	for _, f := range facts {
		if f.Type == portfolio.FactCustody && f.Party == s.father.Person && f.Until != 0 {
			_, err := s.lib.EndFact(context.Background(), s.admin, f.ID, today, "C/13/1")
			ok(t, err)
		}
	}
	_, err = s.fetch(s.father, b)
	refused(t, err, portfolio.Conflict, "error.bundle.closed")
	raw = s.archive(s.father)
	if got, want := lines(t, raw), []string{"juf Fatima teacher 3: drie"}; !slices.Equal(got, want) {
		t.Errorf("made again it has %q, want %q", got, want)
	}
}

// The portfolio becomes the student's, and what a parent said to the school does
// not: neither the archive, nor a bundle that says how many messages there are.
func TestAtSixteenAParentsConversationsDoNotPassToTheStudent(t *testing.T) {
	s := talk(t, "2010-11-25") // turns 16 in four days
	s.start(s.mother, "", "Onder ons gezegd", s.teacher)
	s.start(s.student, "", "Van mijzelf", s.teacher)
	archive := s.pack(s.mother, portfolio.Wish{Kind: portfolio.BundleArchive})
	transfer := s.pack(s.mother, portfolio.Wish{})
	raw, err := s.fetch(s.mother, transfer)
	ok(t, err)
	if got := omitted(t, raw)["chat not-in-transfer"]; got != 1 {
		t.Errorf("a transfer says that %d messages stay out, want 1", got)
	}
	waits, err := s.lib.StartBundle(context.Background(), s.mother, s.student.Person, portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"})
	ok(t, err)

	s.clock.Set(time.Date(2026, 11, 25, 0, 0, 0, 0, portfolio.Amsterdam))
	for what, b := range map[string]*portfolio.Bundle{"archive": archive, "transfer": transfer} {
		_, err := s.fetch(s.student, b)
		refused(t, err, portfolio.Conflict, "error.bundle.closed")
		seen, err := s.lib.BundleByID(context.Background(), s.student, b.ID)
		ok(t, err)
		for _, o := range seen.Contents.Omitted {
			if o.Category == portfolio.CategoryChat && o.Count > 0 {
				t.Errorf("the page of the %s says that there are %d messages", what, o.Count)
			}
		}
	}
	ok(t, s.lib.PackBundle(context.Background(), waits.School, waits.ID, s.maker().Write)) // for the student, by now
	raw, err = s.fetch(s.student, waits)
	ok(t, err)
	if got, want := lines(t, raw), []string{"Daan van de Berg student 1: Van mijzelf"}; !slices.Equal(got, want) {
		t.Errorf("the student's has %q, want %q", got, want)
	}
	if bytes.Contains(everyByte(t, raw), []byte("Onder ons")) {
		t.Error("the student's archive holds what the mother said")
	}
}

// Another child in a conversation has a number there, and no name and no words.
func TestAnotherChildInAConversationHasNoNameAndNoWords(t *testing.T) {
	s := talk(t, "2009-03-17")
	id := s.start(s.student, "", "Hoi", s.teacher)
	s.plant(id, 2, s.friend, "Van een ander kind")
	s.say(s.teacher, id, "Dag samen")
	s.plant(id, 4, s.friend, "Nog iets")
	raw := s.archive(s.student)
	if got, want := lines(t, raw), []string{"Daan van de Berg student 1: Hoi", "medeleerling 1 peer 2: -", "juf Fatima teacher 3: Dag samen", "medeleerling 1 peer 4: -"}; !slices.Equal(got, want) {
		t.Errorf("it has %q, want %q", got, want)
	}
	for _, secret := range []string{s.friendName, "Vogelzang", s.friend.Person, "ander kind", "Nog iets"} {
		if bytes.Contains(everyByte(t, raw), []byte(secret)) {
			t.Errorf("the archive holds %q of another child", secret)
		}
	}
	if got := omitted(t, raw); got["chat-of-peers redacted"] != 2 || got["chat not-in-transfer"] != 0 {
		t.Errorf("left out: %v", got)
	}
}

// Other kinds of bundles have none, and say how many there are.
func TestATransferAndASelectionSayHowManyMessagesStayOut(t *testing.T) {
	s := talk(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "x"})
	id := s.start(s.student, "Titel van het gesprek", "een", s.teacher)
	s.say(s.teacher, id, "twee")
	s.say(s.student, id, "drie")
	s.start(s.mother, "", "niet van de leerling", s.teacher)
	for kind, wish := range map[string]portfolio.Wish{"transfer": {}, "selection": {Kind: portfolio.BundleSelection, Works: []string{w.ID}}} {
		raw, err := s.fetch(s.student, s.pack(s.student, wish))
		ok(t, err)
		if got := omitted(t, raw)["chat not-in-transfer"]; got != 3 {
			t.Errorf("a %s says that %d stay out, want 3", kind, got)
		}
		for name, text := range entries(t, raw) {
			if strings.Contains(name, "streams/") || bytes.Contains(text, []byte("Titel van het gesprek")) {
				t.Errorf("a %s holds %s", kind, name)
			}
		}
	}
}

// An archive goes to another school and out of it again with what was said at
// the first; what came in twice, or came home, is there once.
func TestConversationsComeThroughAnotherSchoolAndHome(t *testing.T) {
	s := talk(t, "2009-03-17")
	id := s.start(s.student, "Rekenen", "Hoi", s.teacher)
	s.plant(id, 2, s.friend, "Van een ander kind")
	s.say(s.teacher, id, "Dag")
	raw := s.archive(s.student)
	want := lines(t, raw)

	beuk := &talking{school: empty(t, "De Beuk")}
	beuk.talks = chat.New(beuk.lib, beuk.store, beuk.clock.Now)
	imp := beuk.take(raw, "")
	if imp.Report.Messages != 3 {
		t.Errorf("%d messages came in, want 3", imp.Report.Messages)
	}
	beuk.student = beuk.as(imp.Student, portfolio.HatStudent)
	if all, err := beuk.talks.Mine(context.Background(), beuk.student); err != nil || len(all) != 0 {
		t.Errorf("they are %d conversations there (%v), want none", len(all), err)
	}
	if again := beuk.take(raw, imp.Student); again.Report.Messages != 0 {
		t.Errorf("%d messages came in the second time", again.Report.Messages)
	}
	back := beuk.archive(beuk.student)
	if got := lines(t, back); !slices.Equal(got, want) {
		t.Errorf("out of the second school come %q, want %q", got, want)
	}
	if !bytes.Contains(entries(t, back)["data/streams/chat.jsonl"], []byte(`"school":"De Linde"`)) {
		t.Error("it does not say where they came from")
	}
	lost := func(after []byte) (out []string) {
		for _, d := range differences(t, raw, after) {
			if d.Lost() {
				out = append(out, d.Member+" "+d.Field)
			}
		}
		return out
	}
	if got := lost(back); len(got) > 0 {
		t.Errorf("by Kaft's own comparison, lost: %v", got)
	}
	text := string(entries(t, back)["data/streams/chat.jsonl"])
	if got := lost(forged(t, back, strings.Replace(text, "Dag", "Doei", 1), nil)); !slices.Equal(got, []string{"chat text"}) {
		t.Errorf("the control: a message was changed, and lost is %v", got)
	}
	transfer, err := beuk.fetch(beuk.student, beuk.pack(beuk.student, portfolio.Wish{}))
	ok(t, err)
	if got := omitted(t, transfer)["chat not-in-transfer"]; got != 3 {
		t.Errorf("a transfer of the second school says that %d stay out, want 3", got)
	}

	s.take(back, s.student.Person) // home
	if got := lines(t, s.archive(s.student)); !slices.Equal(got, want) {
		t.Errorf("at home there are %q, want %q", got, want)
	}

	undone := empty(t, "De Wilg")
	imp = undone.take(raw, "")
	_, err = undone.lib.UndoImport(context.Background(), undone.admin, imp.ID)
	ok(t, err)
	docs, err := undone.store.List(context.Background(), portfolio.Query{School: undone.admin.School, Kind: "kept", Limit: 100})
	ok(t, err)
	if len(docs) > 0 {
		t.Errorf("%d things of an import that was taken back are still kept", len(docs))
	}
}

// What a parent had packed comes in with the portfolio, and opens to nobody else.
func TestAParentsConversationsThatCameInOpenToNobodyElse(t *testing.T) {
	s := talk(t, "2015-03-17")
	s.start(s.mother, "", "Onder ons gezegd", s.teacher)
	raw := s.archive(s.mother)
	for _, birth := range []string{"2009-03-17", "2015-03-17"} {
		beuk := talk(t, birth)
		if imp := beuk.take(raw, beuk.student.Person); imp.Report.Messages != 1 {
			t.Errorf("%d messages came in", imp.Report.Messages)
		}
		beuk.record(portfolio.Fact{Type: portfolio.FactCustody, About: beuk.student.Person, Party: beuk.father.Person, From: 20260101, Until: portfolio.Date(20270317), Verified: 20260101})
		who := []portfolio.Actor{beuk.student}
		if birth == "2015-03-17" {
			who = []portfolio.Actor{beuk.mother, beuk.father}
		}
		for _, a := range who {
			out := beuk.archive(a)
			if bytes.Contains(everyByte(t, out), []byte("Onder ons")) || len(lines(t, out)) > 0 {
				t.Errorf("%s reads what somebody at another school said", a.Hat)
			}
		}
	}
	s.take(raw, s.student.Person) // home, where it is known whose it is
	if got := lines(t, s.archive(s.mother)); len(got) != 1 {
		t.Errorf("at home the mother has %q", got)
	}
}

// The administrator says who made an archive: from then on what is in it is that
// parent's, and still nobody else's. Both parents read the student's log, so
// that says nothing of it.
func TestTheSchoolSaysWhoseConversationsCameIn(t *testing.T) {
	ctx := context.Background()
	s := talk(t, "2015-03-17")
	s.start(s.mother, "", "Onder ons gezegd", s.teacher)
	raw := s.archive(s.mother)
	beuk := talk(t, "2015-03-17")
	imp := beuk.take(raw, beuk.student.Person)
	if imp.From.TalksOf != "Samira Berg" || !imp.KeepsTalks() {
		t.Fatalf("they are of %q", imp.From.TalksOf)
	}
	name := func(a, of portfolio.Actor, want portfolio.ErrKind) {
		t.Helper()
		if err := beuk.lib.NameTalkReader(ctx, a, imp.ID, of.Person); err == nil || portfolio.KindOf(err) != want {
			t.Errorf("%s names %s: %v, want %v", a.Hat, of.Hat, err, want)
		}
	}
	name(beuk.admin, beuk.father, portfolio.NotFound) // without custody
	name(beuk.admin, beuk.student, portfolio.NotFound)
	name(beuk.admin, beuk.teacher, portfolio.NotFound)
	for _, a := range []portfolio.Actor{beuk.teacher, beuk.mother, beuk.student} {
		name(a, beuk.mother, portfolio.Forbidden)
	}
	beuk.record(portfolio.Fact{Type: portfolio.FactCustody, About: beuk.student.Person, Party: beuk.father.Person, From: 20260101, Verified: 20260101})
	readers, err := beuk.lib.TalkReaders(ctx, beuk.admin, imp.ID)
	ok(t, err)
	if len(readers) != 2 || readers[0].ID != beuk.father.Person || readers[1].ID != beuk.mother.Person {
		t.Fatalf("they can be of %v", readers)
	}
	before, err := beuk.lib.Log(ctx, beuk.mother, beuk.student.Person, 100)
	ok(t, err)
	ok(t, beuk.lib.NameTalkReader(ctx, beuk.admin, imp.ID, beuk.mother.Person))
	after, err := beuk.lib.Log(ctx, beuk.mother, beuk.student.Person, 100)
	ok(t, err)
	if len(after) != len(before) {
		t.Errorf("the student's log has %d lines, want %d", len(after), len(before))
	}
	for index, from := range map[string]string{"about": beuk.admin.Person + "/", "state": "entrust/"} { // the log of who said it, and what the FG finds
		docs, err := beuk.store.List(ctx, portfolio.Query{School: beuk.admin.School, Kind: "audit", Index: index, From: from, To: from[:len(from)-1] + "0", Limit: 100})
		ok(t, err)
		if n := len(docs); n == 0 || !bytes.Contains(docs[n-1].Body, []byte(`"act":"entrust"`)) {
			t.Errorf("by %s the log has %d lines, and not this", index, n)
		}
	}
	if got := lines(t, beuk.archive(beuk.mother)); !slices.Equal(got, []string{"Samira Berg guardian 1: Onder ons gezegd"}) {
		t.Errorf("the mother has %q", got)
	}
	if got := lines(t, beuk.archive(beuk.father)); len(got) != 0 {
		t.Errorf("the father has %q", got)
	}
	ok(t, beuk.lib.NameTalkReader(ctx, beuk.admin, imp.ID, ""))
	if got := lines(t, beuk.archive(beuk.mother)); len(got) != 0 {
		t.Errorf("taken back, the mother has %q", got)
	}
}

// forged is an archive of which the stream of conversations is another.
func forged(t testing.TB, raw []byte, text string, change func(doc, stream map[string]any)) []byte {
	t.Helper()
	files := payload(t, raw)
	var doc map[string]any
	ok(t, json.Unmarshal(files["data/portfolio.json"], &doc))
	for _, s := range list(doc["streams"]) {
		if s["name"] == "chat" {
			s["sha256"], s["records"] = sum(text), max(0, len(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))-1)
			if change != nil {
				change(doc, s)
			}
		}
	}
	var err error
	files["data/portfolio.json"], err = json.Marshal(doc)
	ok(t, err)
	files["data/streams/chat.jsonl"] = []byte(text)
	return sealed(t, files)
}

func TestAStreamOfConversationsIsReadStrictly(t *testing.T) {
	s := talk(t, "2009-03-17")
	s.start(s.student, "", "Hoi", s.teacher)
	raw := s.archive(s.student)
	text := string(entries(t, raw)["data/streams/chat.jsonl"])
	first, line, _ := strings.Cut(text, "\n")
	with := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, text)
		}
		return strings.Replace(text, old, new, 1)
	}
	beuk := empty(t, "De Beuk")
	for what, c := range map[string]struct {
		text   string
		change func(doc, stream map[string]any)
		want   string
	}{
		"a member that is missing":      {with(`"number":1,`, ""), nil, "error.bundle.schema"},
		"a number that is none":         {with(`"number":1`, `"number":"1"`), nil, "error.bundle.schema"},
		"a name twice":                  {with(`"number":1`, `"number":1,"number":2`), nil, "error.bundle.json"},
		"no JSON":                       {text + "Dag\n", nil, "error.bundle.json"},
		"two values on a line":          {first + "\n" + strings.TrimSpace(line) + " {}\n", nil, "error.bundle.json"},
		"a line that is empty":          {first + "\n\n" + line, nil, "error.bundle.json"},
		"text that is no UTF-8":         {with("Hoi", "H\xffi"), nil, "error.bundle.json"},
		"deep":                          {with(`"number":1`, `"number":1,"x":`+strings.Repeat("[", 65)+strings.Repeat("]", 65)), nil, "error.bundle.json"},
		"a line without end":            {with("Hoi", noise(1<<20)), nil, "error.bundle.json"},
		"a text that is too long":       {with("Hoi", strings.Repeat("x", 100_001)), nil, "error.bundle.schema"},
		"another child with words":      {with(`"as":"student"`, `"as":"peer","redacted":true`), nil, "error.bundle.schema"},
		"no first line":                 {line, nil, "error.bundle.schema"},
		"nothing":                       {"", nil, "error.bundle.json"},
		"the stream of another student": {regexp.MustCompile(`"student":"[^"]*"`).ReplaceAllString(text, `"student":"urn:uuid:`+portfolio.NewID()+`"`), nil, "error.bundle.schema"},
		"another stream":                {with(`"stream":"chat"`, `"stream":"gossip"`), nil, "error.bundle.schema"},
		"another number of lines":       {text, func(_, x map[string]any) { x["records"] = 2 }, "error.bundle.schema"},
		"another hash":                  {text, func(_, x map[string]any) { x["sha256"] = sum("x") }, "error.bundle.damaged"},
		"a file that is not there":      {text, func(_, x map[string]any) { x["path"] = "streams/gone.jsonl" }, "error.bundle.missing_file"},
		"twice": {text, func(doc, x map[string]any) { doc["streams"] = append(doc["streams"].([]any), x) },
			"error.bundle.duplicate"},
	} {
		t.Run(what, func(t *testing.T) { beuk.refuses(t, forged(t, raw, c.text, c.change), c.want) })
	}
	if imp := beuk.take(forged(t, raw, text, nil), ""); imp.Report.Messages != 1 {
		t.Errorf("the control: %+v", imp.Report)
	}
	if imp := beuk.take(forged(t, raw, text, func(doc, _ map[string]any) { doc["bundle"].(map[string]any)["kind"] = "transfer" }), ""); imp.Report.Messages != 0 || !slices.Contains(imp.From.Notes, "bundle.note.talks") {
		t.Errorf("of a transfer: %+v, %v", imp.Report, imp.From.Notes)
	}
}

// A foreign bundle in which another child has a name and words loses them on the
// way in, whatever it calls that child; members nobody knows go out again.
func TestAForeignStreamLosesOtherChildrenAndKeepsTheRest(t *testing.T) {
	s := talk(t, "2009-03-17")
	s.start(s.student, "", "Hoi", s.teacher)
	raw := s.archive(s.student)
	text := string(entries(t, raw)["data/streams/chat.jsonl"])
	add := func(n int, who, as, text string) string {
		return fmt.Sprintf(`{"at":"2026-11-21T10:00:00Z","conversation":"urn:uuid:00000000-0000-4000-8000-000000000001","number":%d,"by":"urn:uuid:00000000-0000-4000-8000-00000000000%d","who":%q,"as":%q,"text":{"format":"plain","value":%q},"mood":"blij"}`+"\n", n, n, who, as, text)
	}
	text += add(1, "Zwaluw", "peer", "geheim een") + add(2, "Mus", "student", "geheim twee") + add(3, "meester Jan", "teacher", "Dag")
	beuk := &talking{school: empty(t, "De Beuk")}
	beuk.talks = chat.New(beuk.lib, beuk.store, beuk.clock.Now)
	imp := beuk.take(forged(t, raw, text, nil), "")
	beuk.student = beuk.as(imp.Student, portfolio.HatStudent)
	out := beuk.archive(beuk.student)
	if got, want := lines(t, out), []string{"Daan van de Berg student 1: Hoi", "medeleerling peer 1: -", "medeleerling peer 2: -", "meester Jan teacher 3: Dag"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := bytes.Count(entries(t, out)["data/streams/chat.jsonl"], []byte(`"mood":"blij"`)); n != 1 {
		t.Errorf("a member nobody knows is there %d times, want 1", n)
	}
	if got := omitted(t, out)["chat-of-peers redacted"]; got != 2 {
		t.Errorf("%d messages of other children stay out, want 2", got)
	}
}

// many fills a conversation with messages, without the chat's own doors.
func (s *talking) many(n int) {
	id := s.start(s.student, "Veel", "Hoi", s.teacher)
	text := strings.Repeat("Een zin van een bericht. ", 40) // 1 kB
	var together sync.WaitGroup                             // the store then writes many at once
	for part := range 50 {
		together.Go(func() {
			for i := 2 + part; i <= n; i += 50 {
				s.plant(id, int64(i), s.teacher, text)
			}
		})
	}
	together.Wait()
}

func TestTenThousandMessagesTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it stores 10,000 messages")
	}
	s := talk(t, "2009-03-17")
	s.many(10_000)
	s.clock.Set(s.clock.Now().Add(time.Hour - time.Since(began)))
	s.clock.real = true // progress is stored as often as it would be
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, told := before.HeapAlloc, 0
	watch := func() {
		if told++; told%500 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	ctx := context.Background()
	b, err := s.lib.StartBundle(ctx, s.student, s.student.Person, portfolio.Wish{Kind: portfolio.BundleArchive, Lang: "nl"})
	ok(t, err)
	since := time.Now()
	ok(t, s.lib.PackBundle(ctx, b.School, b.ID, func(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (portfolio.Contents, error) {
		return s.maker().Write(ctx, v, b, w, func(h portfolio.Headway) error { watch(); return tell(h) })
	}))
	packed := time.Since(since)
	since = time.Now()
	raw, err := s.fetch(s.student, b)
	ok(t, err)
	fetched := time.Since(since)
	beuk := empty(t, "De Beuk")
	since = time.Now()
	imp := beuk.take(raw, "")
	t.Logf("packed in %v with %d looks at memory, fetched in %v, taken in in %v; %.1f MB of heap more", packed, told/500, fetched, time.Since(since), float64(peak-before.HeapAlloc)/1e6)
	if imp.Report.Messages != 10_000 || told < 10_000 {
		t.Errorf("%d messages came in, and %d steps were told", imp.Report.Messages, told)
	}
	if grew := peak - before.HeapAlloc; grew > 6<<20 {
		t.Errorf("the heap grew by %.1f MB: the messages are 10 MB, and are in memory", float64(grew)/1e6)
	}
}

// Ajv, which knows nothing of Kaft, finds every line as the schema that travels
// along says, and sees what is wrong with those that are not.
func TestTheLinesOfStreamsAreAsTheSchemaSays(t *testing.T) {
	s := talk(t, "2009-03-17")
	id := s.start(s.student, "Rekenen", "Hoi", s.teacher)
	s.plant(id, 2, s.friend, "x")
	in := entries(t, s.archive(s.student))
	dir := t.TempDir()
	args := []string{filepath.Join(dir, "schema.json")}
	ok(t, os.WriteFile(args[0], in["data/schema/portfolio-1.0.schema.json"], 0o600))
	want := 0
	put := func(definition, text string) {
		file := filepath.Join(dir, fmt.Sprint(len(args)))
		ok(t, os.WriteFile(file, []byte(text), 0o600))
		args = append(args, definition, file)
	}
	for name, definition := range map[string]string{"chat": "talkLine", "access-log": "lookLine"} {
		first, lines, _ := strings.Cut(string(in["data/streams/"+name+".jsonl"]), "\n")
		put("firstLine", first)
		put(definition, lines)
		want += 1 + strings.Count(lines, "\n")
	}
	if got := strings.Count(node(t, "lines.mjs", args...), " valid\n"); got != want || want < 5 {
		t.Errorf("%d of %d lines are valid", got, want)
	}
	_, good, _ := strings.Cut(string(in["data/streams/chat.jsonl"]), "\n")
	for what, bad := range map[string]string{"a peer with words": strings.Replace(good, `"as":"student"`, `"as":"peer","redacted":true`, 1), "no number": strings.Replace(good, `"number":1,`, "", 1)} {
		put("talkLine", bad)
		if out := node(t, "lines.mjs", args[0], "talkLine", args[len(args)-1]); bad == good || strings.Count(out, " valid\n") != 1 {
			t.Errorf("%s: %s", what, out)
		}
	}
}
