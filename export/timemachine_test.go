package export_test

import (
	"context"
	"testing"
	"time"

	"kaft/portfolio"
)

// What came in with a bundle was not here before, however old it is, and of
// what it brought and was not changed since it is certain how it was shown.
func TestTheTimeMachineKnowsWhenAnImportCame(t *testing.T) {
	ctx := context.Background()
	s := full(t, "2009-03-17")
	w := s.work(portfolio.NewWork{Title: "Werk", Text: "een", Audience: []string{portfolio.ToStaff}})
	s.assess(w.ID, portfolio.NewAssessment{Level: 3})
	raw := s.bundle(s.student, s.student.Person)

	beuk := empty(t, "De Beuk")
	fg := beuk.add(portfolio.Person{Name: portfolio.Name{Given: "Petra"}, Hats: []string{portfolio.HatFG}})
	beuk.clock.Set(start.Add(48 * time.Hour))
	imp := beuk.take(raw, "")
	came := beuk.clock.Now()
	beuk.clock.Set(came.Add(48 * time.Hour))
	there := func(at time.Time) (n int) {
		p, err := beuk.lib.TimeMachine(ctx, fg, imp.Student, at)
		ok(t, err)
		for _, x := range p.Things {
			if x.Item.ID == "" {
				continue
			}
			n++
			if x.Unsure || x.Item.Draft || len(x.Item.Audience) > 0 {
				t.Errorf("at %v: %+v, want it surely private and published", at, x)
			}
		}
		return n
	}
	if before, after := there(came.Add(-time.Hour)), there(came.Add(time.Hour)); before != 0 || after != 2 {
		t.Errorf("%d things before the import and %d after, want 0 and 2", before, after)
	}
}
