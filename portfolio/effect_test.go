package portfolio_test

import (
	"fmt"
	"slices"
	"testing"

	"kaft/portfolio"
)

func (s *school) effects(all []portfolio.Effect) []string {
	var out []string
	for _, e := range all {
		out = append(out, fmt.Sprint(e.Name.Given, " sees ", e.Sees, " requests ", e.Requests, " asks ", e.Asks, " loses ", e.Loses))
	}
	return out
}

func TestThePreviewOfAFactNamesWhomItChangesAndHow(t *testing.T) {
	s := newSchool(t)
	sem, joost, samira := s.id("sem"), s.id("joost"), s.id("samira")
	s.person("ruben", portfolio.HatGuardian, portfolio.Birth{})
	for _, c := range []struct {
		f    portfolio.Fact
		want []string
	}{
		{portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20160101, Verified: 20260101},
			[]string{"joost sees [assessment work_guardians contact] requests [work_staff work_class work_class_guardians work_school work_private record care] asks [] loses []"}},
		{portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20160101}, nil}, // a hold, and no more
		{portfolio.Fact{Type: portfolio.FactRelation, Kind: portfolio.RelationCarer, About: sem, Party: s.id("ruben"), From: 20260101},
			[]string{"ruben sees [assessment work_guardians] requests [] asks [] loses []"}},
		{portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: sem, Party: samira, From: 20260101},
			[]string{"samira sees [] requests [] asks [] loses [assessment work_guardians work_staff work_class work_class_guardians work_school work_private record care contact]"}},
		{portfolio.Fact{Type: portfolio.FactRefusal, Kinds: []string{portfolio.ItemAssessment}, About: sem, Party: samira, From: 20260101, Review: 20270101},
			[]string{"samira sees [] requests [] asks [] loses [assessment]"}},
		{portfolio.Fact{Type: portfolio.FactRestriction, Kinds: []string{portfolio.ItemWork}, About: sem, From: 20260101},
			[]string{"fatima sees [] requests [] asks [] loses [work_staff work_class work_school]"}},
		{portfolio.Fact{Type: portfolio.FactDuty, Kind: portfolio.DutyMentor, About: sem, Party: s.id("joris"), From: 20260801},
			[]string{"joris sees [assessment work_staff work_class work_school record contact] requests [] asks [] loses []"}},
		{portfolio.Fact{Type: portfolio.FactOrder, Kind: portfolio.OrderNoInformation, About: sem, Party: samira, From: 20270101},
			[]string{"samira sees [] requests [] asks [] loses [assessment work_guardians work_staff work_class work_class_guardians work_school work_private record care contact]"}},
	} {
		c.f.Evidence = "stuk 7"
		r, err := s.lib.PreviewFact(ctx, s.admin, c.f)
		s.ok(err)
		if got := s.effects(r.Effects); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.f.Type, c.f.Kind, got, c.want)
		}
		if want := max(c.f.From, portfolio.DateOf(s.at)); r.When != want {
			t.Errorf("%s: from %v, want %v", c.f.Type, r.When, want)
		}
	}
	if all, err := s.lib.Statements(ctx, s.admin, sem); err != nil || len(all) != 4 {
		t.Errorf("a preview recorded something: %d facts, %v", len(all), err)
	}
	for _, who := range []string{"samira", "fatima", "petra", "sem"} {
		_, err := s.lib.PreviewFact(ctx, s.who[who], portfolio.Fact{Type: portfolio.FactCustody, About: sem, Party: joost, From: 20160101, Evidence: "x"})
		s.fails(err, portfolio.Forbidden)
	}
}

func TestThePreviewOfAnEndNamesWhomItChanges(t *testing.T) {
	s := newSchool(t)
	e, err := s.lib.PreviewEnd(ctx, s.admin, s.factOf(portfolio.FactCustody, "sem", "samira").ID, 20261122)
	s.ok(err)
	want := []string{"samira sees [] requests [] asks [assessment] loses [assessment work_guardians work_staff work_class work_class_guardians work_school work_private record care contact]"}
	if got := s.effects(e.Effects); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
