package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

func TestWhoSaidItMayChangeItForTenMinutes(t *testing.T) {
	for _, c := range []struct {
		name string
		who  string
		wait time.Duration
		want string
	}{
		{"at once", "noor", time.Second, "ok"},
		{"just in time", "noor", chat.EditTime - time.Second, "ok"},
		{"too late", "noor", chat.EditTime, "error.talk_late"},
		{"another member", "fatima", time.Second, "error.not_found"},
		{"who is no member", "bas", time.Second, "error.not_found"},
		{"who lost custody", "anna", time.Second, "error.not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSchool(t)
			talk := s.start("fatima", "noor", "noor", "anna")
			s.say("noor", talk.ID, "Om tien uur")
			if c.who == "anna" {
				s.say("anna", talk.ID, "ik ook")
				s.end("anna custody noor", s.today())
			}
			s.clock.advance(c.wait)
			seq := int64(2)
			if c.who == "anna" {
				seq = 3
			}
			_, err := s.talks.Edit(ctx, s.as(c.who), talk.ID, seq, "k9", "Om elf uur")
			if got := message(err); got != c.want {
				t.Errorf("editing: got %s, want %s", got, c.want)
			}
			want := "Om tien uur"
			if c.want == "ok" {
				want = "Om elf uur"
			}
			if got, err := s.talks.Message(ctx, s.as("fatima"), talk.ID, 2); err != nil || got.Text != want || got.Edited.IsZero() == (c.want == "ok") {
				t.Errorf("Fatima reads %q (%v), edited %v", got.Text, err, got.Edited)
			}
			_, err = s.talks.Withdraw(ctx, s.as(c.who), talk.ID, seq, "k10")
			if got := message(err); got != c.want {
				t.Errorf("withdrawing: got %s, want %s", got, c.want)
			}
		})
	}
}

// message is the key of the sentence of an error.
func message(err error) string {
	if e, ok := err.(*portfolio.Error); ok {
		return e.Msg
	}
	return fmt.Sprint(map[bool]any{true: "ok", false: err}[err == nil])
}

func TestTheSchoolKeepsWhatWasChangedAndTakenBack(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	s.say("noor", talk.ID, "eerste woorden")
	for i, text := range []string{"tweede woorden", ""} {
		var err error
		if text == "" {
			_, err = s.talks.Withdraw(ctx, s.as("noor"), talk.ID, 2, "k-weg")
		} else {
			_, err = s.talks.Edit(ctx, s.as("noor"), talk.ID, 2, fmt.Sprint("k", i), text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	docs, err := s.store.List(ctx, portfolio.Query{School: s.admin.School, Kind: "message", Limit: 100})
	if err != nil || len(docs) != 4 {
		t.Fatalf("%d documents (%v), want all 4", len(docs), err)
	}
	for i, want := range []string{"Hallo", "eerste woorden", "tweede woorden", `"withdrawn":true`} {
		if !strings.Contains(string(docs[i].Body), want) || docs[i].Rev != 1 {
			t.Errorf("document %d, revision %d: %s", i+1, docs[i].Rev, docs[i].Body)
		}
	}
	for _, who := range []string{"noor", "fatima"} {
		p, err := s.talks.Since(ctx, s.as(who), talk.ID, 0, 100)
		if err != nil || len(p.Messages) != 4 || p.Last != 4 {
			t.Fatalf("%s: %+v, %v", who, p, err)
		}
		for _, m := range p.Messages[1:] {
			if m.Text != "" || !m.Withdrawn || m.Seq != 2 {
				t.Errorf("%s gets entry %d as %q of %d, withdrawn %v: what was taken back is told to nobody", who, m.Place, m.Text, m.Seq, m.Withdrawn)
			}
		}
	}
	if _, err := s.talks.Edit(ctx, s.as("noor"), talk.ID, 2, "k7", "toch"); message(err) != "error.talk_withdrawn" {
		t.Errorf("editing what was taken back: %v", err)
	}
	if _, err := s.talks.Edit(ctx, s.as("noor"), talk.ID, 3, "k8", "een wijziging van een wijziging"); message(err) != "error.not_found" {
		t.Errorf("editing an edit: %v", err)
	}
	if p, err := s.talks.Before(ctx, s.as("fatima"), talk.ID, 0, 50); err != nil || len(p.Messages) != 2 {
		t.Errorf("a page shows %d messages (%v), want 2 and no edits", len(p.Messages), err)
	}
}

func TestAnEditIsToldOnceAndMadeUpForAfterACut(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	noor, anna, fatima := s.tab("noor"), s.tab("anna"), s.tab("fatima")
	for _, b := range []*tab{noor, anna, fatima} {
		b.seen[talk.ID] = 1
		b.join()
	}
	noor.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k1", "text": "geheim"})
	for _, b := range []*tab{noor, anna, fatima} {
		b.look()
	}
	anna.leave() // away, with "geheim" on her screen
	for range 2 {
		noor.send(map[string]any{"t": "revise", "conversation": talk.ID, "seq": 2, "client_id": "k2", "text": "beter"})
	}
	if f := fatima.look(); len(f) != 1 || f[0].T != "edit" || f[0].Seq != 3 || f[0].Of != 2 || f[0].Text != "beter" {
		t.Errorf("Fatima got %+v, want one edit", f)
	}
	if f := noor.look(); len(only(f, "ack")) != 2 || f[0].T != "edit" || f[1].T != "ack" || f[1].ID != "k2" || f[1].Seq != 3 || f[2].Seq != 3 {
		t.Errorf("Noor got %+v, want the edit and the same ack twice", f)
	}
	noor.send(map[string]any{"t": "withdraw", "conversation": talk.ID, "seq": 2, "client_id": "k3"})
	s.say("fatima", talk.ID, "verder")
	f := anna.join().look()
	for _, x := range f {
		if strings.Contains(x.Text, "beter") || strings.Contains(x.Text, "geheim") {
			t.Errorf("Anna is still told %+v", x)
		}
	}
	if e := only(f, "edit"); len(e) != 2 || !e[0].Withdrawn || !e[1].Withdrawn || e[1].Of != 2 {
		t.Errorf("Anna came back and got %+v", f)
	}
	if !slices.Equal(anna.texts[talk.ID], []string{"geheim", "verder"}) || anna.seen[talk.ID] != 5 {
		t.Errorf("Anna has %q up to %d", anna.texts[talk.ID], anna.seen[talk.ID])
	}
	if len(noor.refused)+len(anna.refused) > 0 {
		t.Error("something was refused")
	}
}

// TestAnEditOfWhichTheAnswerWasLostIsMadeOnce cuts it off after the write, and
// before it.
func TestAnEditOfWhichTheAnswerWasLostIsMadeOnce(t *testing.T) {
	s, bad := troubled(t)
	talk := s.start("fatima", "noor", "noor")
	fatima := s.tab("fatima")
	fatima.seen[talk.ID] = 1
	fatima.join().look()
	bad.noAnswer.Store(true)
	if _, err := s.talks.Edit(ctx, s.as("fatima"), talk.ID, 1, "k1", "Dag"); kindOf(err) != "unavailable" {
		t.Fatal(err)
	}
	bad.noAnswer.Store(false)
	bad.notWritten.Store(true)
	if _, err := s.talks.Withdraw(ctx, s.as("fatima"), talk.ID, 1, "k2"); kindOf(err) != "unavailable" {
		t.Fatal(err)
	}
	bad.notWritten.Store(false)
	s.clock.advance(chat.EditTime) // a repeat of what was done in time is not too late
	m, err := s.talks.Edit(ctx, s.as("fatima"), talk.ID, 1, "k1", "Dag")
	if err != nil || m.Text != "Dag" || m.Place != 2 {
		t.Errorf("the repeat: %+v %v", m, err)
	}
	if f := only(fatima.look(), "edit"); len(f) != 1 || f[0].Text != "Dag" {
		t.Errorf("told %+v, want one edit", f)
	}
	if _, err := s.talks.Withdraw(ctx, s.as("fatima"), talk.ID, 1, "k2"); message(err) != "error.talk_late" {
		t.Errorf("what was never stored is too late: %v", err)
	}
}

// TestWhoCameLaterReadsNoEditOfWhatWasSaidBefore: an edit is read by who may
// read what it is of, and nobody else.
func TestWhoCameLaterReadsNoEditOfWhatWasSaidBefore(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	s.end("anna custody noor", s.today())
	s.say("noor", talk.ID, "zonder mama")
	s.fact("anna", portfolio.FactCustody, "noor", portfolio.Fact{From: s.today(), Verified: s.today()})
	if _, err := s.talks.Edit(ctx, s.as("noor"), talk.ID, 2, "k1", "zonder mama erbij"); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]int{"fatima": 3, "noor": 3} {
		if got, err := s.reads(who, talk.ID); err != nil || len(got) != want {
			t.Errorf("%s reads %q (%v), want %d", who, got, err, want)
		}
	}
}

func TestNothingIsChangedOrAddedOnceTheStudentHasLeft(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	said := s.say("anna", talk.ID, "dag")
	up := s.upload("anna", talk.ID, "a.jpg", aPhoto(t))
	later, err := s.talks.SendLater(ctx, s.as("anna"), talk.ID, chat.Words{Key: "k1", Text: "later"}, s.clock.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	try := func() map[string]error {
		got := map[string]error{}
		_, got["edit"] = s.talks.Edit(ctx, s.as("anna"), talk.ID, said.Seq, "e1", "hallo")
		_, got["draft"] = s.talks.KeepDraft(ctx, s.as("anna"), talk.ID, "ik", 0)
		_, got["file"] = s.talks.StartFile(ctx, s.as("anna"), talk.ID, "b.jpg", 10)
		_, got["change later"] = s.talks.ChangeLater(ctx, s.as("anna"), later.ID, later.Rev, "anders", s.clock.now().Add(time.Hour))
		_, got["later"] = s.talks.SendLater(ctx, s.as("anna"), talk.ID, chat.Words{Key: "k2", Text: "nog"}, s.clock.now().Add(time.Hour))
		return got
	}
	s.fact("", portfolio.FactLeaving, "noor", portfolio.Fact{From: s.today()})
	for what, err := range try() {
		if kindOf(err) != "forbidden" {
			t.Errorf("%s: got %v, want forbidden", what, err)
		}
	}
	if _, _, err := s.talks.Send(ctx, s.as("anna"), talk.ID, chat.Words{Key: "k3", Uploads: []string{up}}); kindOf(err) != "forbidden" {
		t.Errorf("a photo: %v", err)
	}
	s.clock.advance(2 * time.Hour)
	if n, err := s.talks.SendDue(ctx); n != 0 || err != nil {
		t.Errorf("sent %d, %v", n, err)
	}
	if x, err := s.talks.LaterByID(ctx, s.as("anna"), later.ID); err != nil || x.State != chat.LaterRefused {
		t.Errorf("what waited: %+v %v", x, err)
	}
	if m, err := s.talks.Message(ctx, s.as("anna"), talk.ID, said.Seq); err != nil || m.Text != "dag" {
		t.Errorf("what was said: %q %v", m.Text, err)
	}
}
