package chat_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kaft/chat"
	"kaft/portfolio"
)

// trouble is a store that fails when told to.
type trouble struct {
	portfolio.Store
	noMembers  atomic.Bool // lists no members
	noAnswer   atomic.Bool // stores a message, and the answer is lost
	notWritten atomic.Bool // stores nothing
}

func unavailable() error { return portfolio.E(portfolio.Unavailable, "error.unavailable") }

func (s *trouble) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if q.Kind == "member" && s.noMembers.Load() {
		return nil, unavailable()
	}
	return s.Store.List(ctx, q)
}

func (s *trouble) Create(ctx context.Context, d portfolio.Doc) error {
	if s.notWritten.Load() {
		return unavailable()
	}
	err := s.Store.Create(ctx, d)
	if err == nil && d.Kind == "message" && s.noAnswer.Load() {
		return unavailable()
	}
	return err
}

// troubled is a school whose conversations are on a store that can fail.
func troubled(t *testing.T) (*school, *trouble) {
	s := newSchool(t)
	bad := &trouble{Store: s.store}
	s.talks = chat.New(s.lib, bad, s.clock.now)
	return s, bad
}

func TestAMessageThatIsStoredIsHandedOutLaterWhenItCannotBeNow(t *testing.T) {
	s, bad := troubled(t)
	s.decide(func(p *portfolio.TalkPolicy) { p.OneToOne = true }) // else nobody could tell whether a second must join
	talk := s.start("fatima", "noor", "noor")
	noor := s.tab("noor")
	noor.seen[talk.ID] = 1
	noor.join().look()
	s.clock.advance(time.Minute) // who hears it is read again
	bad.noMembers.Store(true)
	s.say("fatima", talk.ID, "een") // acknowledged, for it is durable
	s.say("fatima", talk.ID, "twee")
	if got := noor.look(); len(got) != 0 {
		t.Fatalf("handed out to people nobody could look up: %+v", got)
	}
	bad.noMembers.Store(false)
	for end := time.Now().Add(20 * time.Second); len(noor.texts[talk.ID]) < 2 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		noor.look()
	}
	if got := noor.texts[talk.ID]; !slices.Equal(got, []string{"een", "twee"}) {
		t.Errorf("got %q", got)
	}
}

func TestAMessageOfWhichNobodyKnowsWhetherItWasStoredIsSaidOnce(t *testing.T) {
	s, bad := troubled(t)
	talk := s.start("fatima", "noor", "noor")
	noor := s.tab("noor")
	noor.seen[talk.ID] = 1
	noor.join().look()
	bad.noAnswer.Store(true)
	if _, _, err := s.talks.Say(ctx, s.as("fatima"), talk.ID, "k1", "een"); kindOf(err) != "unavailable" {
		t.Fatalf("got %v, want unavailable", err)
	}
	bad.noAnswer.Store(false)
	m, repeated, err := s.talks.Say(ctx, s.as("fatima"), talk.ID, "k1", "een")
	if err != nil || !repeated || m.Seq != 2 {
		t.Errorf("again: got %d, repeated %v, %v", m.Seq, repeated, err)
	}
	s.say("fatima", talk.ID, "twee")
	if noor.look(); !slices.Equal(noor.texts[talk.ID], []string{"een", "twee"}) {
		t.Errorf("live: got %q", noor.texts[talk.ID])
	}
	if got, _ := s.reads("noor", talk.ID); !slices.Equal(got, []string{"Hallo", "een", "twee"}) {
		t.Errorf("stored: got %q", got)
	}
}

func TestWhatIsNotStoredIsNotAcknowledgedNorHandedOut(t *testing.T) {
	s, bad := troubled(t)
	talk := s.start("fatima", "noor", "noor")
	noor := s.tab("noor").join()
	noor.look()
	bad.notWritten.Store(true)
	noor.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k1", "text": "een"})
	if got := noor.look(); len(got) != 0 || len(noor.refused) != 1 || kindOf(noor.refused[0].Err) != "unavailable" {
		t.Errorf("got %+v, refused %v", got, noor.refused)
	}
	_, err := s.talks.Start(ctx, s.as("fatima"), chat.NewTalk{Key: "k2", Student: s.ids["noor"], With: s.persons("noor"), Text: "Hallo"})
	if kindOf(err) != "unavailable" {
		t.Errorf("starting: got %v", err)
	}
	bad.notWritten.Store(false)
	if mine, err := s.talks.Mine(ctx, s.as("noor")); err != nil || len(mine) != 1 {
		t.Errorf("Noor has %d conversations, %v; want the one that was stored", len(mine), err)
	}
	noor.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k1", "text": "een"})
	if got := only(noor.look(), "ack"); len(got) != 1 || got[0].Seq != 2 {
		t.Errorf("again: got %+v", got)
	}
}
