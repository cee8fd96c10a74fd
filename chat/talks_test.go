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

func kindOf(err error) string {
	if err == nil {
		return "ok"
	}
	return portfolio.KindOf(err).String()
}

func TestWhoMayStartAConversationWithWhom(t *testing.T) {
	s := newSchool(t)
	cases := []struct {
		who, student string
		with         []string
		want         string // a kind of conversation, or of error
	}{
		{"fatima", "noor", []string{"noor"}, "student_teacher"},
		{"fatima", "noor", []string{"noor", "joris"}, "student_teacher"},
		{"fatima", "noor", []string{"anna"}, "guardian_teacher"},
		{"fatima", "noor", []string{"noor", "anna"}, "guardian_teacher"},
		{"noor", "noor", []string{"fatima"}, "student_teacher"},
		{"noor", "noor", []string{"fatima", "joris"}, "student_teacher"},
		{"anna", "noor", []string{"joris"}, "guardian_teacher"},
		{"samira", "sem", []string{"fatima"}, "guardian_teacher"},

		{"fatima", "noor", []string{"anna", "bas"}, "error.talk_family"}, // both agreed? not yet known
		{"fatima", "noor", []string{"joris"}, "error.talk_staff"},
		{"fatima", "noor", nil, "error.talk_nobody"},
		{"fatima", "noor", []string{"samira"}, "error.not_found"}, // another child's mother
		{"fatima", "noor", []string{"sem"}, "error.not_found"},
		{"fatima", "sem", []string{"joost"}, "error.not_found"}, // no custody: answered in words
		{"noor", "noor", []string{"anna"}, "error.not_found"},   // family talks at home
		{"noor", "sem", []string{"fatima"}, "error.not_found"},  // a classmate is nobody here
		{"anna", "noor", []string{"bas"}, "error.not_found"},
		{"anna", "noor", []string{"ingrid"}, "error.not_found"},
		{"anna", "sem", []string{"fatima"}, "error.not_found"},
		{"joost", "sem", []string{"fatima"}, "error.not_found"},
		{"ingrid", "noor", []string{"noor"}, "error.not_found"},
		{"fatima", "nobody", []string{"noor"}, "error.not_found"},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.who, " about ", c.student, " with ", c.with), func(t *testing.T) {
			s.clock.advance(time.Minute)
			talk, err := s.talks.Start(ctx, s.as(c.who), chat.NewTalk{Key: portfolio.NewID(), Student: s.ids[c.student], With: s.persons(c.with...), Text: "Hallo"})
			got := ""
			if err != nil {
				var e *portfolio.Error
				e, _ = err.(*portfolio.Error)
				got = e.Msg
			} else {
				got = string(talk.Kind)
			}
			if got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAHatThatIsNotInTheConversationFindsNothing(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	guardian := s.as("fatima")
	guardian.Hat = portfolio.HatGuardian
	if _, err := s.talks.Open(ctx, guardian, talk.ID); kindOf(err) != "not_found" {
		t.Errorf("in another hat: got %v, want not_found", err)
	}
	if mine, err := s.talks.Mine(ctx, guardian); err != nil || len(mine) != 0 {
		t.Errorf("in another hat: got %d conversations, %v; want none", len(mine), err)
	}
	if mine, err := s.talks.Mine(ctx, s.as("fatima")); err != nil || len(mine) != 1 {
		t.Errorf("in the right hat: got %d conversations, %v; want 1", len(mine), err)
	}
}

func TestOnlyMembersFindAConversation(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	for who, want := range map[string]string{
		"fatima": "ok", "noor": "ok", "anna": "ok",
		"joris": "not_found", "bas": "not_found", "sem": "not_found", "samira": "not_found", "ingrid": "not_found",
	} {
		_, err := s.talks.Open(ctx, s.as(who), talk.ID)
		if got := kindOf(err); got != want {
			t.Errorf("%s opens: got %s, want %s", who, got, want)
		}
		_, err = s.talks.Since(ctx, s.as(who), talk.ID, 0, 10)
		if got := kindOf(err); got != want {
			t.Errorf("%s reads: got %s, want %s", who, got, want)
		}
		_, _, err = s.talks.Say(ctx, s.as(who), talk.ID, portfolio.NewID(), "ik ook")
		if got := kindOf(err); got != want {
			t.Errorf("%s says: got %s, want %s", who, got, want)
		}
	}
	stranger := s.as("fatima")
	stranger.School = "another"
	if _, err := s.talks.Open(ctx, stranger, talk.ID); kindOf(err) != "not_found" {
		t.Errorf("from another school: got %v, want not_found", err)
	}
	for _, id := range []string{"", "x", talk.ID + "x", "../" + talk.ID, "\x00", strings.Repeat("y", 5000)} {
		if _, err := s.talks.Open(ctx, s.as("fatima"), id); kindOf(err) != "not_found" {
			t.Errorf("id %.20q: got %v, want not_found", id, err)
		}
	}
}

func TestFacesSayWhoReadsAlong(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna", "joris")
	names := func(who string) (out []string) {
		talk, err := s.talks.Open(ctx, s.as(who), talk.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range talk.Faces {
			out = append(out, f.Name)
		}
		return out
	}
	if got, want := names("joris"), []string{"joris", "noor", "fatima", "anna"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.end("anna custody noor", s.today())
	if got, want := names("joris"), []string{"joris", "noor", "fatima"}; !slices.Equal(got, want) {
		t.Errorf("after Anna lost custody: got %v, want %v", got, want)
	}
}

func TestARepeatedMessageGetsTheFirstAnswer(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	key := portfolio.NewID()
	first, repeated, err := s.talks.Say(ctx, s.as("noor"), talk.ID, key, "Met houtskool")
	if err != nil || repeated {
		t.Fatalf("first: repeated %v, %v", repeated, err)
	}
	again, repeated, err := s.talks.Say(ctx, s.as("noor"), talk.ID, key, "iets anders")
	if err != nil || !repeated {
		t.Fatalf("again: repeated %v, %v", repeated, err)
	}
	if again.Seq != first.Seq || again.Text != "Met houtskool" || !again.At.Equal(first.At) {
		t.Errorf("got %d %q, want %d %q", again.Seq, again.Text, first.Seq, first.Text)
	}
	// The key is the sender's own: another's message may have the same.
	other, repeated, err := s.talks.Say(ctx, s.as("fatima"), talk.ID, key, "Mooi")
	if err != nil || repeated || other.Seq != first.Seq+1 {
		t.Errorf("another's: got %d, repeated %v, %v; want %d", other.Seq, repeated, err, first.Seq+1)
	}
	if got, _ := s.reads("noor", talk.ID); !slices.Equal(got, []string{"Hallo", "Met houtskool", "Mooi"}) {
		t.Errorf("got %q", got)
	}
}

func TestARepeatedStartGivesTheSameConversation(t *testing.T) {
	s := newSchool(t)
	n := chat.NewTalk{Key: portfolio.NewID(), Student: s.ids["noor"], With: s.persons("noor", "joris"), Text: "Hallo"}
	first, err := s.talks.Start(ctx, s.as("fatima"), n)
	if err != nil {
		t.Fatal(err)
	}
	n.With = s.persons("joris", "noor", "noor")
	again, err := s.talks.Start(ctx, s.as("fatima"), n)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID != first.ID {
		t.Errorf("got another conversation")
	}
	if got, _ := s.reads("joris", first.ID); !slices.Equal(got, []string{"Hallo"}) {
		t.Errorf("got %q, want one message", got)
	}
	// With somebody else in it, it is another one: nobody slips into the first.
	n.With = s.persons("noor")
	other, err := s.talks.Start(ctx, s.as("fatima"), n)
	if err != nil {
		t.Fatal(err)
	}
	if other.ID == first.ID {
		t.Errorf("other company got the same conversation")
	}
}

func TestLosingCustodyEndsReadingAndHavingItBackDoesNotGiveTheTimeBetween(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	s.say("anna", talk.ID, "dag één")
	s.end("anna custody noor", s.today())
	if _, err := s.reads("anna", talk.ID); kindOf(err) != "not_found" {
		t.Errorf("after custody ended: got %v, want not_found", err)
	}
	if _, _, err := s.talks.Say(ctx, s.as("anna"), talk.ID, portfolio.NewID(), "nog iets"); kindOf(err) != "not_found" {
		t.Errorf("saying after custody ended: got %v, want not_found", err)
	}
	if mine, _ := s.talks.Mine(ctx, s.as("anna")); len(mine) != 0 {
		t.Errorf("after custody ended Anna has %d conversations", len(mine))
	}
	s.clock.advance(24 * time.Hour)
	s.say("fatima", talk.ID, "dag twee")
	s.clock.advance(24 * time.Hour)
	s.fact("anna", portfolio.FactCustody, "noor", portfolio.Fact{From: s.today(), Verified: s.today()})
	s.say("fatima", talk.ID, "dag drie")
	// Her custody ended at the start of day one, so day one is not hers either.
	if got, err := s.reads("anna", talk.ID); err != nil || !slices.Equal(got, []string{"dag drie"}) {
		t.Errorf("with custody back: got %q, %v", got, err)
	}
	if got, _ := s.reads("noor", talk.ID); !slices.Equal(got, []string{"Hallo", "dag één", "dag twee", "dag drie"}) {
		t.Errorf("Noor reads %q", got)
	}
}

func TestOnceTheStudentHasLeftTheFamilyReadsAndNobodySaysAnything(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	s.say("anna", talk.ID, "dag één")
	s.clock.advance(24 * time.Hour)
	s.fact("", portfolio.FactLeaving, "noor", portfolio.Fact{From: s.today()})
	for who, want := range map[string]string{"noor": "ok", "anna": "ok", "fatima": "not_found"} {
		got, err := s.reads(who, talk.ID)
		if kindOf(err) != want || err == nil && !slices.Equal(got, []string{"Hallo", "dag één"}) {
			t.Errorf("%s reads %q, %v", who, got, err)
		}
		if want == "ok" {
			want = "forbidden"
			if open, err := s.talks.Open(ctx, s.as(who), talk.ID); err != nil || !open.Over {
				t.Errorf("%s is not told that it is over, %v", who, err)
			}
		}
		if _, _, err := s.talks.Say(ctx, s.as(who), talk.ID, portfolio.NewID(), "nog iets"); kindOf(err) != want {
			t.Errorf("%s says something: %v, want %s", who, err, want)
		}
	}
	if others, err := s.talks.Partners(ctx, s.as("anna"), s.ids["noor"]); err != nil || len(others) != 0 {
		t.Errorf("a new conversation could be with %d people, %v", len(others), err)
	}
}

func TestATeacherWhoMovesUpWithTheClassKeepsLastYearsConversation(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "joris")
	next, err := s.lib.AddClass(ctx, s.admin, portfolio.Class{Name: "groep 8", From: 2027_08_01, Until: 2028_08_01})
	if err != nil {
		t.Fatal(err)
	}
	s.ids["groep 8"] = next.ID
	s.end("groep 7 enrolment noor", 2027_08_01)
	s.fact("groep 8", portfolio.FactEnrolment, "noor", portfolio.Fact{From: 2027_08_01})
	s.fact("fatima", portfolio.FactDuty, "groep 8", portfolio.Fact{Kind: portfolio.DutyTeacher, From: 2027_08_01})
	s.clock.advance(300 * 24 * time.Hour)
	if got, err := s.reads("fatima", talk.ID); err != nil || !slices.Equal(got, []string{"Hallo"}) {
		t.Errorf("Fatima: got %q, %v", got, err)
	}
	if _, err := s.reads("joris", talk.ID); kindOf(err) != "not_found" {
		t.Errorf("Joris, who stayed in groep 7: got %v, want not_found", err)
	}
}

func TestBadMessagesAreRefusedAndLeaveNothing(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	cases := []struct{ name, key, text, want string }{
		{"no text", "k1", "", "error.empty"},
		{"only spaces", "k1", " \r\n\t ", "error.empty"},
		{"too long", "k1", strings.Repeat("é", chat.MaxText+1), "error.too_long"},
		{"not UTF-8", "k1", "a\xffb", "error.text"},
		{"with NUL", "k1", "a\x00b", "error.text"},
		{"no key", "", "Hallo", "error.talk_key"},
		{"a key with a name in it", "Noor de Vries", "Hallo", "error.talk_key"},
		{"a long key", strings.Repeat("k", 65), "Hallo", "error.talk_key"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := s.talks.Say(ctx, s.as("noor"), talk.ID, c.key, c.text)
			e, ok := err.(*portfolio.Error)
			if !ok || e.Msg != c.want || e.Kind != portfolio.Invalid {
				t.Errorf("got %v, want invalid %s", err, c.want)
			}
		})
	}
	if _, _, err := s.talks.Say(ctx, s.as("noor"), talk.ID, "just-fits", strings.Repeat("é", chat.MaxText)); err != nil {
		t.Errorf("the longest message: %v", err)
	}
	if got, _ := s.reads("noor", talk.ID); len(got) != 2 {
		t.Errorf("got %d messages, want 2", len(got))
	}
}

func TestWhoTalksTooFastIsToldToWait(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor")
	var err error
	said := 0
	for ; err == nil && said < 100; said++ {
		_, _, err = s.talks.Say(ctx, s.as("noor"), talk.ID, portfolio.NewID(), "en")
	}
	e, ok := err.(*portfolio.Error)
	if !ok || e.Kind != portfolio.TooMany || e.Args["Seconds"] != 1 {
		t.Fatalf("after %d: got %v, want too_many with Seconds 1", said, err)
	}
	if said != 21 {
		t.Errorf("stopped after %d messages, want 20", said-1)
	}
	if _, _, err := s.talks.Say(ctx, s.as("fatima"), talk.ID, portfolio.NewID(), "rustig"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	s.clock.advance(time.Second)
	if _, _, err := s.talks.Say(ctx, s.as("noor"), talk.ID, portfolio.NewID(), "en"); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

func TestPagesOfAConversationJoinWithoutGap(t *testing.T) {
	s := newSchool(t)
	talk := s.start("fatima", "noor", "noor", "anna")
	want := []string{"Hallo"}
	for i := range 25 {
		text := fmt.Sprint(i)
		s.say([]string{"fatima", "noor"}[i%2], talk.ID, text)
		want = append(want, text)
	}
	var forward, back []string
	for after := int64(0); ; {
		p, err := s.talks.Since(ctx, s.as("anna"), talk.ID, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Messages {
			forward = append(forward, m.Text)
		}
		if after = p.Last; !p.More {
			break
		}
	}
	for before := int64(0); ; {
		p, err := s.talks.Before(ctx, s.as("anna"), talk.ID, before, 7)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, m := range p.Messages {
			texts = append(texts, m.Text)
		}
		back = append(texts, back...)
		if before = p.Last; !p.More {
			break
		}
	}
	if !slices.Equal(forward, want) {
		t.Errorf("forward: got %q", forward)
	}
	if !slices.Equal(back, want) {
		t.Errorf("back: got %q", back)
	}
}
