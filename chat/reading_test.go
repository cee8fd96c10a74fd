package chat_test

import (
	"slices"
	"testing"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

// work puts a work of Noor's in the school, for an audience.
func (s *school) work(title string, audience ...string) *portfolio.Work {
	s.t.Helper()
	w, err := s.lib.AddWork(ctx, s.as("noor"), portfolio.NewWork{Title: title, Text: "Kijk maar.", Audience: audience})
	if err != nil {
		s.t.Fatal(err)
	}
	return w
}

func TestALinkToAWorkHasItsTitleOnlyForWhoMayOpenIt(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	w := s.work("Mijn vlinder", "staff") // Fatima may open it, Anna not
	noor, anna, fatima := s.tab("noor"), s.tab("anna"), s.tab("fatima")
	for _, b := range []*tab{noor, anna, fatima} {
		b.seen[talk.ID] = 1
		b.join().look()
	}
	s.say("noor", talk.ID, "Kijk: https://school.example/werk/"+w.ID)
	for _, c := range []struct {
		who  *tab
		name string
		want string
	}{{noor, "noor", "Mijn vlinder"}, {fatima, "fatima", "Mijn vlinder"}, {anna, "anna", ""}} {
		f := only(c.who.look(), "message")
		if len(f) != 1 || f[0].Works[w.ID] != c.want {
			t.Errorf("%s is sent %+v, want title %q", c.name, f, c.want)
		}
		m, err := s.talks.Message(ctx, s.as(c.name), talk.ID, 2)
		if err != nil || m.Titles[w.ID] != c.want {
			t.Errorf("%s reads titles %v (%v), want %q", c.name, m.Titles, err, c.want)
		}
		if b := m.Body(); len(b) != 1 || b[0].In[1].El != "work" || b[0].In[1].ID != w.ID {
			t.Errorf("the address is not a piece of its own: %+v", b)
		}
	}
	// It is decided again each time.
	if _, err := s.lib.ShareWork(ctx, s.as("noor"), w.ID, w.Rev, nil); err != nil {
		t.Fatal(err)
	}
	if m, err := s.talks.Message(ctx, s.as("fatima"), talk.ID, 2); err != nil || len(m.Titles) != 0 {
		t.Errorf("Fatima still reads %v (%v)", m.Titles, err)
	}
	// Who cannot open a work does not make a link of its address.
	if m := s.say("anna", talk.ID, "/werk/"+w.ID); len(m.Works) != 0 {
		t.Errorf("Anna's message names %v", m.Works)
	}
	// Nor does a title that was found out by a later change wait in a queue.
	w2 := s.work("Geheim", "staff")
	s.say("noor", talk.ID, "/werk/"+w2.ID)
	if _, err := s.lib.ShareWork(ctx, s.as("noor"), w2.ID, w2.Rev, nil); err != nil {
		t.Fatal(err)
	}
	for _, x := range fatima.look() {
		if x.Works[w2.ID] != "" {
			t.Errorf("what waited still told %v", x.Works)
		}
	}
	if fatima.code != chat.TooSlow {
		t.Errorf("her line ended with %d, want: come back", fatima.code)
	}
}

func TestAnAnswerShowsWhatItAnswersOnlyToWhoMayReadThat(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	s.end("anna custody noor", s.today())
	s.say("noor", talk.ID, "alleen voor juf")
	s.clock.advance(24 * time.Hour)
	s.fact("anna", portfolio.FactCustody, "noor", portfolio.Fact{From: s.today(), Verified: s.today()})
	noor, anna := s.tab("noor"), s.tab("anna")
	for _, b := range []*tab{noor, anna} {
		b.join().look()
	}
	m, _, err := s.talks.Send(ctx, s.as("fatima"), talk.ID, chat.Words{Key: "k1", Text: "goed plan", Reply: 2})
	if err != nil || m.Quote == nil || m.Quote.Text != "alleen voor juf" {
		t.Fatalf("%+v %v", m.Quote, err)
	}
	if f := only(noor.look(), "message"); len(f) != 1 || f[0].Reply == nil || f[0].Reply.Text != "alleen voor juf" {
		t.Errorf("Noor is sent %+v", f)
	}
	if f := only(anna.look(), "message"); len(f) != 1 || f[0].Text != "goed plan" || f[0].Reply != nil {
		t.Errorf("Anna is sent %+v: she was not there", f)
	}
	if _, _, err := s.talks.Send(ctx, s.as("anna"), talk.ID, chat.Words{Key: "k2", Text: "wat?", Reply: 2}); kindOf(err) != "not_found" {
		t.Errorf("Anna answers what she cannot read: %v", err)
	}
	if _, _, err := s.talks.Send(ctx, s.as("anna"), talk.ID, chat.Words{Key: "k3", Text: "wat?", Reply: 99}); kindOf(err) != "not_found" {
		t.Errorf("Anna answers what is not there: %v", err)
	}
}

func TestOnlyStaffSayThatAMessageCannotWait(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	for who, want := range map[string]string{"fatima": "ok", "noor": "forbidden", "anna": "forbidden"} {
		m, _, err := s.talks.Send(ctx, s.as(who), talk.ID, chat.Words{Key: "k1", Text: "nu", Urgent: true})
		if got := kindOf(err); got != want || m.Message != nil && !m.Urgent {
			t.Errorf("%s: got %s, want %s", who, got, want)
		}
	}
	if m := s.say("fatima", talk.ID, "rustig"); m.Urgent {
		t.Error("a message is urgent by itself")
	}
}

func TestAnArchiveHasEachMessageOnceAsItIsNow(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	s.say("noor", talk.ID, "eerst dit")
	s.say("noor", talk.ID, "en dit niet")
	if _, err := s.talks.Edit(ctx, s.as("noor"), talk.ID, 2, "k1", "toen dat"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.talks.Withdraw(ctx, s.as("noor"), talk.ID, 3, "k2"); err != nil {
		t.Fatal(err)
	}
	up := s.upload("noor", talk.ID, "a.jpg", aPhoto(t))
	if _, _, err := s.talks.Send(ctx, s.as("noor"), talk.ID, chat.Words{Key: "k3", Uploads: []string{up}}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for m, err := range s.talks.Heard(ctx, s.as("fatima"), s.ids["noor"]) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Text)
	}
	if want := []string{"Hallo", "toen dat", "📎 a.jpg"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
