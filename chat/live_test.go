package chat_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaft/chat"
	"kaft/portfolio"
)

// tab is a browser tab: what came in, and how far it has seen each
// conversation. It reads its line only when told to.
type tab struct {
	t       testing.TB
	talks   *chat.Talks
	actor   portfolio.Actor
	line    *chat.Line
	seen    map[string]int64
	texts   map[string][]string
	frames  []in // everything since the last look
	refused []*chat.Refusal
	code    chat.Code
}

// in is any frame that comes in.
type in struct {
	T, Conversation, Text, About, Name string
	Seq, After, Of                     int64
	Withdrawn                          bool
	Works                              map[string]string
	Reply                              *chat.Quote
	ID                                 string `json:"client_id"`
	Long, Force                        bool
}

func (s *school) tab(who string) *tab {
	return &tab{t: s.t, talks: s.talks, actor: s.as(who), seen: map[string]int64{}, texts: map[string][]string{}}
}

// join connects, and says hello with what was seen.
func (b *tab) join() *tab {
	b.t.Helper()
	line, err := b.talks.Hub.Join(b.actor, func() {})
	if err != nil {
		b.t.Fatal(err)
	}
	b.line, b.code = line, 0
	b.send(map[string]any{"t": "hello", "v": 1, "seen": b.seen})
	return b
}

func (b *tab) send(frame any) {
	b.t.Helper()
	raw, err := json.Marshal(frame)
	if err != nil {
		b.t.Fatal(err)
	}
	b.talks.Receive(ctx, b.line, raw, func(r *chat.Refusal) { b.refused = append(b.refused, r) })
}

// look takes what waits. A message must be the one after the last.
func (b *tab) look() []in {
	b.t.Helper()
	b.frames = nil
	var some [16]*chat.Frame
	for b.code == 0 {
		var frames []*chat.Frame
		if frames, b.code = b.line.Take(some[:0]); len(frames) == 0 {
			break
		}
		for _, f := range frames {
			var x in
			if err := json.Unmarshal(f.Body, &x); err != nil {
				b.t.Fatalf("%s: %v", f.Body, err)
			}
			b.frames = append(b.frames, x)
			if x.T != "message" && x.T != "edit" {
				continue
			}
			if seen, ok := b.seen[x.Conversation]; ok && x.Seq != seen+1 {
				b.t.Fatalf("%s: message %d came after %d", b.actor.Person, x.Seq, seen)
			}
			b.seen[x.Conversation] = x.Seq
			if x.T == "message" {
				b.texts[x.Conversation] = append(b.texts[x.Conversation], x.Text)
			}
		}
	}
	return b.frames
}

func (b *tab) leave() {
	b.line.Leave()
	b.line = nil
}

// only is the frames of one kind.
func only(frames []in, t string) (out []in) {
	return slices.DeleteFunc(slices.Clone(frames), func(x in) bool { return x.T != t })
}

func TestAMessageIsStoredThenLiveThenAcknowledged(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	noor, anna, sem := s.tab("noor").join(), s.tab("anna").join(), s.tab("sem").join()
	noor.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k1", "text": "Met houtskool"})
	if got, _ := s.reads("fatima", talk.ID); !slices.Equal(got, []string{"Hallo", "Met houtskool"}) {
		t.Errorf("stored: got %q", got)
	}
	if f := anna.look(); len(only(f, "message")) != 1 || f[1].Text != "Met houtskool" || f[1].Name != "noor" || f[1].Seq != 2 {
		t.Errorf("Anna got %+v", f)
	}
	if f := noor.look(); len(f) != 3 || f[1].T != "message" || f[2].T != "ack" || f[2].ID != "k1" || f[2].Seq != 2 {
		t.Errorf("Noor got %+v, want hello, message, ack", f)
	}
	if f := sem.look(); len(f) != 1 || f[0].T != "hello" {
		t.Errorf("Sem got %+v, want hello alone", f)
	}
	noor.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k1", "text": "Met houtskool"})
	if f := noor.look(); len(f) != 1 || f[0].T != "ack" || f[0].Seq != 2 {
		t.Errorf("the repeat: got %+v, want the same ack", f)
	}
	if f := anna.look(); len(f) != 0 {
		t.Errorf("the repeat reached Anna: %+v", f)
	}
}

func TestHelloBringsWhatWasMissedAndNothingTwice(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	b := s.tab("noor")
	b.seen[talk.ID] = 0
	b.join().look()
	b.leave()
	for i := range 5 {
		s.say("fatima", talk.ID, fmt.Sprint("gemist ", i))
	}
	b.join()
	s.say("fatima", talk.ID, "live")
	f := b.look()
	if got := b.seen[talk.ID]; got != 7 {
		t.Errorf("seen up to %d, want 7", got)
	}
	if r := only(f, "resume"); len(r) != 1 || r[0].After != 1 || r[0].Seq != 6 || r[0].Long {
		t.Errorf("got resume %+v, want from 1 to 6", r)
	}
	// Who claims to have seen more than there is, still hears what comes.
	b.leave()
	b.seen[talk.ID] = 9999
	b.join().look()
	b.seen[talk.ID] = 7
	s.say("fatima", talk.ID, "nog een")
	if got := only(b.look(), "message"); len(got) != 1 || got[0].Seq != 8 {
		t.Errorf("after a wrong number: got %+v", got)
	}
}

func TestCatchingUpOverTheLineOrByFetching(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	for i := range 210 {
		s.say("fatima", talk.ID, fmt.Sprint(i))
	}
	t.Run("a long gap is left to be fetched", func(t *testing.T) {
		b := s.tab("noor")
		b.seen[talk.ID] = 1
		f := b.join().look()
		if len(only(f, "message")) != 0 {
			t.Errorf("got %d messages over the line", len(only(f, "message")))
		}
		if r := only(f, "resume"); len(r) != 1 || !r[0].Long || r[0].After != 1 || r[0].Seq != 211 {
			t.Errorf("got %+v, want a long resume from 1 to 211", r)
		}
		b.seen[talk.ID] = 211
		s.say("fatima", talk.ID, "verder")
		if got := only(b.look(), "message"); len(got) != 1 || got[0].Seq != 212 {
			t.Errorf("live after it: got %+v", got)
		}
	})
	t.Run("catching up waits for a reader instead of ending the line", func(t *testing.T) {
		b := s.tab("noor")
		line, err := s.talks.Hub.Join(b.actor, func() {})
		if err != nil {
			t.Fatal(err)
		}
		b.line, b.seen[talk.ID] = line, 12
		done := make(chan bool)
		go func() {
			b.send(map[string]any{"t": "hello", "v": 1, "seen": map[string]int64{talk.ID: 12}})
			close(done)
		}()
		for b.seen[talk.ID] < 212 && b.code == 0 {
			b.look()
			time.Sleep(time.Millisecond)
		}
		<-done
		if b.code != 0 || b.seen[talk.ID] != 212 {
			t.Errorf("saw %d with code %d, want 212 and the line alive", b.seen[talk.ID], b.code)
		}
	})
	t.Run("a line that leaves lets go of whoever waits for it", func(t *testing.T) {
		b := s.tab("noor")
		line, err := s.talks.Hub.Join(b.actor, func() {})
		if err != nil {
			t.Fatal(err)
		}
		b.line = line
		done := make(chan bool)
		go func() {
			b.send(map[string]any{"t": "hello", "v": 1, "seen": map[string]int64{talk.ID: 12}})
			close(done)
		}()
		b.line.Leave()
		<-done
	})
}

func TestALineHearsNothingBeforeItSaysHello(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	line, err := s.talks.Hub.Join(s.as("noor"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	s.say("fatima", talk.ID, "iemand?")
	s.talks.Hub.Tell(s.ids["noor"], chat.Changed("work", false))
	frames, _ := line.Take(make([]*chat.Frame, 0, 9))
	if len(frames) != 1 || string(frames[0].Body) != `{"t":"changed","about":"work"}` {
		t.Errorf("got %d frames, %s", len(frames), frames[0].Body)
	}
}

func TestANewConversationReachesWhoIsThere(t *testing.T) {
	s := newSchool(t)
	anna := s.tab("anna").join()
	talk := s.start("fatima", "noor", "anna")
	if got := only(anna.look(), "message"); len(got) != 1 || got[0].Conversation != talk.ID || got[0].Seq != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestLosingCustodyEndsLiveDeliveryAtOnce(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	anna := s.tab("anna").join()
	anna.look()
	s.say("noor", talk.ID, "voor")
	if got := only(anna.look(), "message"); len(got) != 1 {
		t.Fatalf("before: got %+v", got)
	}
	s.end("anna custody noor", s.today())
	s.say("noor", talk.ID, "na")
	if got := anna.look(); len(got) != 0 {
		t.Errorf("after: got %+v", got)
	}
	anna.send(map[string]any{"t": "resume", "conversation": talk.ID, "after": 0})
	if got := anna.look(); len(got) != 0 || len(anna.refused) != 1 || kindOf(anna.refused[0].Err) != "not_found" {
		t.Errorf("resume: got %+v, refused %v", got, anna.refused)
	}
	anna.send(map[string]any{"t": "say", "conversation": talk.ID, "client_id": "k", "text": "hoor je mij"})
	if len(anna.refused) != 2 || kindOf(anna.refused[1].Err) != "not_found" {
		t.Errorf("say: refused %v", anna.refused)
	}
}

func TestWhatWaitsWhenFactsChangeIsDecidedAgain(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	anna, noor := s.tab("anna"), s.tab("noor")
	anna.seen[talk.ID], noor.seen[talk.ID] = 1, 1
	anna.join().look()
	noor.join().look()
	s.say("fatima", talk.ID, "wacht in de rij")
	s.end("anna custody noor", s.today())
	if got := anna.look(); len(got) != 0 || anna.code != chat.TooSlow {
		t.Errorf("Anna got %+v and code %d, want nothing and %d", got, anna.code, chat.TooSlow)
	}
	noor.look()
	noor.leave()
	if got := only(noor.join().look(), "message"); len(got) != 1 || got[0].Text != "wacht in de rij" {
		t.Errorf("Noor came back to %+v", got)
	}
}

func TestCustodyThatEndsAtMidnightEndsWithoutAnybodyDoingAnything(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	s.end("anna custody noor", s.today().AddDays(1))
	anna := s.tab("anna").join()
	s.clock.advance(14*time.Hour + 59*time.Minute) // 23:59
	s.say("noor", talk.ID, "welterusten")
	if got := only(anna.look(), "message"); len(got) != 1 {
		t.Errorf("at 23:59: got %+v", got)
	}
	s.clock.advance(time.Minute)
	s.say("noor", talk.ID, "ben je wakker")
	if got := anna.look(); len(got) != 0 {
		t.Errorf("at midnight: got %+v", got)
	}
}

func TestALineThatIsNotEmptiedEndsAndTheOthersGoOn(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	noor, anna := s.tab("noor"), s.tab("anna")
	noor.seen[talk.ID], anna.seen[talk.ID] = 1, 1
	noor.join().look()
	anna.join().look()
	s.say("fatima", talk.ID, "de eerste")
	for range 255 {
		s.talks.Hub.Tell(s.ids["noor"], chat.Changed("work", false))
	}
	s.say("fatima", talk.ID, "een te veel")
	if got := noor.look(); noor.code != chat.TooSlow || len(got) != 0 {
		t.Errorf("Noor: code %d with %d frames, want %d with none", noor.code, len(got), chat.TooSlow)
	}
	if anna.look(); anna.seen[talk.ID] != 3 {
		t.Errorf("Anna saw %d, want 3", anna.seen[talk.ID])
	}
	noor.leave()
	if noor.join().look(); noor.seen[talk.ID] != 3 {
		t.Errorf("Noor came back and saw %d, want 3", noor.seen[talk.ID])
	}
}

func TestAPersonHasABoundedNumberOfLines(t *testing.T) {
	s := newSchool(t)
	var lines []*chat.Line
	for range 20 {
		l, err := s.talks.Hub.Join(s.as("noor"), func() {})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	if _, err := s.talks.Hub.Join(s.as("noor"), func() {}); kindOf(err) != "too_many" {
		t.Errorf("one more: got %v, want too_many", err)
	}
	if _, err := s.talks.Hub.Join(s.as("sem"), func() {}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	lines[7].Leave()
	if _, err := s.talks.Hub.Join(s.as("noor"), func() {}); err != nil {
		t.Errorf("after one left: %v", err)
	}
}

func TestClosingTheHubEndsEveryLineAfterWhatWaits(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	noor := s.tab("noor")
	noor.seen[talk.ID] = 1
	noor.join()
	s.say("fatima", talk.ID, "tot straks")
	s.talks.Hub.Close(chat.GoingAway)
	if got := only(noor.look(), "message"); len(got) != 1 || noor.code != chat.GoingAway {
		t.Errorf("got %+v and code %d", got, noor.code)
	}
	if _, err := s.talks.Hub.Join(s.as("noor"), func() {}); kindOf(err) != "unavailable" {
		t.Errorf("joining after: got %v, want unavailable", err)
	}
}

func TestFramesThatMakeNoSenseAreRefused(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	for raw, want := range map[string]string{
		``:                      "error.json",
		`{`:                     "error.json",
		`[]`:                    "error.json",
		`{"t":5}`:               "error.json",
		`{"t":"hello","v":"1"}`: "error.json",
		`{"t":"hello","v":1,"seen":{"x":99999999999999999999}}`: "error.json",
		`null`:                               "error.talk_frame",
		`{}`:                                 "error.talk_frame",
		`{"t":"shout"}`:                      "error.talk_frame",
		`{"t":"hello"}`:                      "error.talk_version",
		`{"t":"hello","v":99}`:               "error.talk_version",
		`{"t":"hello","v":1,"seen":{"x":1}}`: "error.not_found",
		`{"t":"resume"}`:                     "error.not_found",
		`{"t":"resume","conversation":"` + talk.ID + `.x"}`:                              "error.not_found",
		`{"t":"say","conversation":"` + talk.ID + `"}`:                                   "error.talk_key",
		`{"t":"say","conversation":"` + talk.ID + `","client_id":"k"}`:                   "error.empty",
		`{"t":"say","conversation":"x","client_id":"k","text":"a"}`:                      "error.not_found",
		`{"t":"say","conversation":"` + talk.ID + `","client_id":"k","text":"a\u0000b"}`: "error.text",
		`{"t":"resume","conversation":"` + talk.ID + `","after":-9223372036854775808}`:   "",
	} {
		b := s.tab("noor").join()
		b.talks.Receive(ctx, b.line, []byte(raw), func(r *chat.Refusal) { b.refused = append(b.refused, r) })
		got := ""
		if len(b.refused) > 0 {
			got = b.refused[0].Err.(*portfolio.Error).Msg
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
		b.leave()
	}
}

// TestEveryoneEndsWithTheSameMessagesInTheSameOrder lets people talk, repeat
// themselves, fall away and come back in any order.
func TestEveryoneEndsWithTheSameMessagesInTheSameOrder(t *testing.T) {
	s := newSchool(t)
	rapid.Check(t, func(rt *rapid.T) {
		talks := []*chat.Talk{s.start("fatima", "noor", "noor", "anna"), s.start("noor", "noor", "fatima")}
		var tabs []*tab
		for _, who := range []string{"fatima", "fatima", "noor", "anna"} {
			b := s.tab(who)
			b.seen[talks[0].ID] = 0
			if who != "anna" {
				b.seen[talks[1].ID] = 0
			}
			tabs = append(tabs, b)
		}
		said := map[string][]string{talks[0].ID: {"Hallo"}, talks[1].ID: {"Hallo"}}
		var last map[string]any
		var lastBy *tab
		n := 0
		rt.Repeat(map[string]func(*rapid.T){
			"join": func(rt *rapid.T) {
				if b := rapid.SampledFrom(tabs).Draw(rt, "tab"); b.line == nil {
					b.join()
				}
			},
			"fall away": func(rt *rapid.T) {
				if b := rapid.SampledFrom(tabs).Draw(rt, "tab"); b.line != nil {
					b.leave() // what waited is gone
				}
			},
			"look": func(rt *rapid.T) {
				if b := rapid.SampledFrom(tabs).Draw(rt, "tab"); b.line != nil {
					b.look()
				}
			},
			"say": func(rt *rapid.T) {
				b := rapid.SampledFrom(tabs).Draw(rt, "tab")
				talk := rapid.SampledFrom(talks).Draw(rt, "talk").ID
				_, member := b.seen[talk]
				if b.line == nil {
					return
				}
				n++
				s.clock.advance(time.Second)
				lastBy, last = b, map[string]any{"t": "say", "conversation": talk, "client_id": fmt.Sprint("k", n), "text": fmt.Sprint(n)}
				b.refused = nil
				b.send(last)
				if member == (len(b.refused) > 0) {
					rt.Fatalf("member %v, refused %v", member, b.refused)
				}
				if member {
					said[talk] = append(said[talk], fmt.Sprint(n))
				}
			},
			"say it again": func(rt *rapid.T) {
				if lastBy != nil && lastBy.line != nil {
					s.clock.advance(time.Second)
					lastBy.send(last)
				}
			},
			"": func(*rapid.T) {},
		})
		for _, b := range tabs {
			if b.line == nil {
				b.join()
			}
			b.look()
			for id := range b.seen {
				if !slices.Equal(b.texts[id], said[id]) {
					rt.Fatalf("%s got %q, want %q", b.actor.Person, b.texts[id], said[id])
				}
			}
			b.leave()
		}
	})
}

// TestManySendersInTwoProcessesKeepOneOrder has two Kafts on one store, each
// with senders who repeat themselves, and tabs that come and go meanwhile.
func TestManySendersInTwoProcessesKeepOneOrder(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna", "joris")
	second := chat.New(s.lib, s.store, s.clock.now)
	const each = 12 // within the pace of a person
	var wg sync.WaitGroup
	for i, who := range []string{"fatima", "noor", "anna", "joris"} {
		a := s.as(who)
		talks := []*chat.Talks{s.talks, second}[i%2]
		wg.Go(func() {
			for n := range each {
				key := fmt.Sprint(who, n/2) // each key twice
				if _, _, err := talks.Say(ctx, a, talk.ID, key, key); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}
		})
	}
	tabs := make([]*tab, 4)
	for i, who := range []string{"fatima", "noor", "anna", "joris"} {
		b := s.tab(who)
		b.seen[talk.ID] = 0
		tabs[i] = b
		wg.Go(func() {
			for range 8 {
				b.join().look()
				b.leave()
			}
		})
	}
	wg.Wait()
	want, err := s.reads("noor", talk.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 1+4*each/2 {
		t.Errorf("%d messages, want %d: each key once", len(want), 1+4*each/2)
	}
	p, _ := s.talks.Since(ctx, s.as("noor"), talk.ID, 0, 200)
	for i, m := range p.Messages {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has number %d", i+1, m.Seq)
		}
		if i > 0 && m.At.Before(p.Messages[i-1].At) {
			t.Errorf("the time of message %d runs back", m.Seq)
		}
	}
	for _, b := range tabs {
		b.join().look()
		if !slices.Equal(b.texts[talk.ID], want) {
			t.Errorf("%s got %q, want %q", b.actor.Person, b.texts[talk.ID], want)
		}
	}
}

// TestAMessageFromAnotherProcessIsHandedOutWithTheNext shows the gap being
// found by its number, without anything that tells the processes of each other.
func TestAMessageFromAnotherProcessIsHandedOutWithTheNext(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	b := s.tab("noor")
	b.seen[talk.ID] = 1
	b.join().look()
	second := chat.New(s.lib, s.store, s.clock.now)
	for i := range 3 {
		if _, _, err := second.Say(ctx, s.as("fatima"), talk.ID, fmt.Sprint("k", i), fmt.Sprint("elders ", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.say("fatima", talk.ID, "hier")
	b.look()
	if got, want := b.texts[talk.ID], []string{"elders 0", "elders 1", "elders 2", "hier"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
