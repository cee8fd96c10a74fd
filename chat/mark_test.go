package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

// unread is what somebody's list counts for a conversation, or -1.
func (s *school) unread(who, talk string) int {
	s.t.Helper()
	mine, err := s.talks.Mine(ctx, s.as(who))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range mine {
		if x.ID == talk {
			return x.Unread
		}
	}
	return -1
}

func TestUnreadIsWhatOthersSaidSinceIRead(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	check := func(when string, want map[string]int) {
		t.Helper()
		for who, n := range want {
			if got := s.unread(who, talk.ID); got != n {
				t.Errorf("%s: %s has %d unread, want %d", when, who, got, n)
			}
			waiting, err := s.talks.Waiting(ctx, s.as(who))
			if err != nil || waiting != min(max(n, 0), 1) {
				t.Errorf("%s: %s has %d conversations with news (%v)", when, who, waiting, err)
			}
		}
	}
	check("at first", map[string]int{"fatima": 0, "noor": 1, "anna": 1, "bas": -1})
	s.say("anna", talk.ID, "dag")
	check("Anna answered", map[string]int{"fatima": 1, "noor": 2, "anna": 1})
	mark := func(who string, seq int64, want string) {
		t.Helper()
		if _, err := s.talks.MarkRead(ctx, s.as(who), talk.ID, seq); kindOf(err) != want {
			t.Errorf("%s reads to %d: %v, want %s", who, seq, err, want)
		}
	}
	mark("noor", 2, "ok")
	mark("noor", 1, "ok") // never back
	mark("bas", 2, "not_found")
	check("Noor read", map[string]int{"fatima": 1, "noor": 0, "anna": 1})
	mark("anna", 1000, "ok") // no further than there is
	if _, err := s.talks.Edit(ctx, s.as("anna"), talk.ID, 2, "k9", "goedendag"); err != nil {
		t.Fatal(err)
	}
	s.say("fatima", talk.ID, "mooi")
	check("an edit is nothing new", map[string]int{"fatima": 1, "noor": 1, "anna": 1})
	s.end("anna custody noor", s.today())
	check("Anna lost custody", map[string]int{"anna": -1})
}

func TestASearchFindsWhatISaidOrHeardAndNothingElse(t *testing.T) {
	s := newSchool(t)
	one, two := s.start("fatima", "noor", "noor", "anna"), s.start("fatima", "noor", "noor")
	s.say("anna", one.ID, "De **Vlinder** is mooi")
	s.say("noor", two.ID, "een vlinder voor juf")
	s.say("noor", two.ID, "een vlinder die weg moet")
	s.say("noor", two.ID, "een rups")
	if _, err := s.talks.Withdraw(ctx, s.as("noor"), two.ID, 3, "w"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.Edit(ctx, s.as("noor"), two.ID, 4, "e", "een rups wordt vlinder"); err != nil {
		t.Fatal(err)
	}
	up := s.upload("fatima", one.ID, "vlinder.jpg", aPhoto(t))
	if _, _, err := s.talks.Send(ctx, s.as("fatima"), one.ID, chat.Words{Key: "f", Text: "foto", Uploads: []string{up}}); err != nil {
		t.Fatal(err)
	}
	find := func(who, in, text string) string {
		f, err := s.talks.Search(ctx, s.as(who), in, text, "")
		if err != nil {
			return kindOf(err)
		}
		var got []string
		for _, m := range f.Messages {
			got = append(got, m.Text)
		}
		return strings.Join(got, "|")
	}
	for _, c := range []struct{ who, in, text, want string }{
		{"fatima", "", "vlinder", "foto|een rups wordt vlinder|een vlinder voor juf|De **Vlinder** is mooi"},
		{"fatima", "", "VLINDER mooi", "De **Vlinder** is mooi"},
		{"fatima", two.ID, "vlinder", "een rups wordt vlinder|een vlinder voor juf"},
		{"anna", "", "vlinder", "foto|De **Vlinder** is mooi"},
		{"anna", two.ID, "vlinder", "not_found"},
		{"bas", "", "vlinder", ""},
		{"bas", one.ID, "vlinder", "not_found"},
		{"fatima", "", "is **", ""}, // what is looked in is what is seen
		{"fatima", "", "  ", "invalid"},
		{"fatima", "", strings.Repeat("x", 101), "invalid"},
	} {
		if got := find(c.who, c.in, c.text); got != c.want {
			t.Errorf("%s finds for %q in %.4q: %s, want %s", c.who, c.text, c.in, got, c.want)
		}
	}
	s.end("anna custody noor", s.today())
	if got := find("anna", "", "vlinder"); got != "" {
		t.Errorf("who lost custody finds %s", got)
	}
	if _, err := s.talks.Search(ctx, s.as("fatima"), "", "vlinder", "x"); kindOf(err) != "invalid" {
		t.Errorf("a made-up cursor: %v", err)
	}
}

func TestASearchGoesOnWhereItStopped(t *testing.T) {
	s := newSchool(t)
	talks := []*chat.Talk{s.start("fatima", "noor", "noor"), s.start("fatima", "sem", "sem")}
	for i := range 60 {
		s.say("fatima", talks[i%2].ID, fmt.Sprint("appel nummer ", i))
	}
	var got []string
	next, pages := "", 0
	for {
		f, err := s.talks.Search(ctx, s.as("fatima"), "", "appel", next)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.Messages {
			got = append(got, m.Text)
		}
		pages++
		if next = f.Next; next == "" || pages > 10 {
			break
		}
		if f.Back.IsZero() {
			t.Error("it does not say how far it looked")
		}
	}
	if pages != 3 && pages != 4 || len(got) != 60 || got[0] != "appel nummer 59" || got[59] != "appel nummer 0" || got[30] != "appel nummer 29" {
		t.Errorf("%d pages, %d found: %q", pages, len(got), got)
	}
}

func TestWhatIsBeingWrittenIsKeptForItsWriterAlone(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	if _, err := s.talks.KeepDraft(ctx, s.as("noor"), talk.ID, "ik wilde nog", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.KeepDraft(ctx, s.as("bas"), talk.ID, "ik ook", 0); kindOf(err) != "not_found" {
		t.Errorf("who is no member: %v", err)
	}
	for who, want := range map[string]string{"noor": "ik wilde nog", "fatima": "", "anna": ""} {
		if d, err := s.talks.Draft(ctx, s.as(who), talk.ID); err != nil || d.Text != want {
			t.Errorf("%s has %+v (%v), want %q", who, d, err, want)
		}
	}
	if _, err := s.talks.Draft(ctx, s.as("bas"), talk.ID); kindOf(err) != "not_found" {
		t.Errorf("who is no member reads: %v", err)
	}
	if _, err := s.talks.KeepDraft(ctx, s.as("noor"), talk.ID, strings.Repeat("x", 4001), 0); kindOf(err) != "invalid" {
		t.Errorf("too long: %v", err)
	}
	s.say("noor", talk.ID, "ik wilde nog iets zeggen")
	if d, _ := s.talks.Draft(ctx, s.as("noor"), talk.ID); d.Text != "" {
		t.Errorf("what was sent is still being written: %+v", d)
	}
	for _, text := range []string{"x", "  "} {
		if _, err := s.talks.KeepDraft(ctx, s.as("noor"), talk.ID, text, 0); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "draft", Limit: 10})
	if err != nil || len(docs) != 0 {
		t.Errorf("%d drafts left (%v)", len(docs), err)
	}
}

func TestAMessageForLaterIsSaidOnceWhenItIsTime(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	noor := s.tab("noor")
	noor.seen[talk.ID] = 1
	noor.join().look()
	later := func(who, key string, in time.Duration) (*chat.Later, error) {
		return s.talks.SendLater(ctx, s.as(who), talk.ID, chat.Words{Key: key, Text: "later van " + who}, s.clock.now().Add(in))
	}
	x, err := later("fatima", "k1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := later("fatima", "k1", 2*time.Hour); err != nil || again.ID != x.ID || !again.At.Equal(x.At) {
		t.Errorf("sent twice: %+v %v", again, err)
	}
	for name, c := range map[string]struct {
		who  string
		in   time.Duration
		want string
	}{"no member": {"bas", time.Hour, "not_found"}, "in the past": {"fatima", -time.Hour, "invalid"}, "in a year": {"fatima", 9000 * time.Hour, "invalid"}} {
		if _, err := later(c.who, "k-"+strings.ReplaceAll(name, " ", ""), c.in); kindOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	due := func(want int) {
		t.Helper()
		if n, err := s.talks.SendDue(ctx); n != want || err != nil {
			t.Errorf("sent %d (%v), want %d", n, err, want)
		}
	}
	due(0)
	if got, _ := s.reads("noor", talk.ID); len(got) != 1 {
		t.Errorf("Noor reads %q before it is time", got)
	}
	if _, err := s.talks.LaterByID(ctx, s.as("anna"), x.ID); kindOf(err) != "not_found" {
		t.Errorf("another reads what waits: %v", err)
	}
	if _, err := s.talks.StopLater(ctx, s.as("anna"), x.ID); kindOf(err) != "not_found" {
		t.Errorf("another stops it: %v", err)
	}
	if x, err = s.talks.ChangeLater(ctx, s.as("fatima"), x.ID, x.Rev, "toch iets anders", s.clock.now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.ChangeLater(ctx, s.as("fatima"), x.ID, x.Rev-1, "oud", s.clock.now().Add(time.Hour)); kindOf(err) != "conflict" {
		t.Errorf("over what she did not see: %v", err)
	}
	stopped, err := later("fatima", "k2", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.StopLater(ctx, s.as("fatima"), stopped.ID); err != nil {
		t.Fatal(err)
	}
	lost, err := later("anna", "k3", 90*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	s.end("anna custody noor", s.today())
	s.clock.advance(time.Hour)
	due(0)
	s.clock.advance(time.Hour)
	due(1)
	due(0)
	if got, _ := s.reads("noor", talk.ID); len(got) != 2 || got[1] != "toch iets anders" {
		t.Errorf("Noor reads %q", got)
	}
	f := noor.look()
	if m := only(f, "message"); len(m) != 1 || m[0].Text != "toch iets anders" || m[0].Name != "fatima" {
		// Custody that ended closed what waited; then it comes with the next hello.
		if noor.code != chat.TooSlow {
			t.Errorf("Noor was told %+v", f)
		}
	}
	if y, err := s.talks.LaterByID(ctx, s.as("anna"), lost.ID); err != nil || y.State != chat.LaterRefused || y.Why == "" {
		t.Errorf("what Anna could no longer say: %+v %v", y, err)
	}
	if _, err := s.talks.StopLater(ctx, s.as("fatima"), x.ID); kindOf(err) != "conflict" {
		t.Errorf("stopping what was sent: %v", err)
	}
	if mine, err := s.talks.LaterOf(ctx, s.as("fatima")); err != nil || len(mine) != 0 {
		t.Errorf("Fatima still has %d waiting (%v)", len(mine), err)
	}
}

// TestAMessageForLaterThatWasCutOffIsSaidOnce cuts the sending off after the
// message was stored, and lets two processes send it.
func TestAMessageForLaterThatWasCutOffIsSaidOnce(t *testing.T) {
	s, bad := troubled(t)
	talk := s.start("fatima", "noor", "noor")
	x, err := s.talks.SendLater(ctx, s.as("fatima"), talk.ID, chat.Words{Key: "k1", Text: "om negen"}, s.clock.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	s.clock.advance(2 * time.Hour)
	bad.noAnswer.Store(true)
	if n, err := s.talks.SendDue(ctx); n != 0 || kindOf(err) == "ok" {
		t.Fatalf("sent %d, %v", n, err)
	}
	bad.noAnswer.Store(false)
	if _, err := s.talks.StopLater(ctx, s.as("fatima"), x.ID); kindOf(err) != "conflict" {
		t.Errorf("what is being sent can be stopped: %v", err)
	}
	other := chat.New(s.lib, s.store, s.clock.now)
	done := make(chan int, 2)
	for _, talks := range []*chat.Talks{s.talks, other} {
		go func() {
			n, _ := talks.SendDue(ctx)
			done <- n
		}()
	}
	<-done
	<-done
	if got, _ := s.reads("noor", talk.ID); len(got) != 2 || got[1] != "om negen" {
		t.Errorf("Noor reads %q", got)
	}
	if y, err := s.talks.LaterByID(ctx, s.as("fatima"), x.ID); err != nil || y.State != chat.LaterSent || y.Seq != 2 {
		t.Errorf("%+v %v", y, err)
	}
}
