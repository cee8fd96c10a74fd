package portfolio

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Two evaluators of one rule: Inspect and secondOpinion must agree.

func TestASecondOpinionAgreesOnEveryWorkedExample(t *testing.T) {
	for _, c := range workedExamples(t) {
		if got, want := c.Inspect(), secondOpinion(c.Viewer, &c.Facts, &c.Item, c.At); !sameDecision(got, want) {
			t.Errorf("%s: Inspect %s, the second opinion %s", c.ID, asJSON(got), asJSON(want))
		}
	}
}

// The seeds of a run: one that never changes and one that always does. A
// disagreement prints the case, so the seed need not be tried again.
func TestASecondOpinionAgreesOnRandomFacts(t *testing.T) {
	const (
		each     = 100_000 // cases for each seed
		dayByDay = 200     // for one in so many, `until` is looked for on every day
		least    = 300     // times that each number and each outcome must settle a case
	)
	rules, outcomes, other := map[string]int{}, map[Outcome]int{}, map[string]int{}
	for _, seed := range []uint64{20260310, rand.Uint64()} {
		t.Logf("seed %d", seed)
		dice := newDice(seed)
		for n := range each {
			c := dice.randomCase()
			got := c.Inspect()
			want := secondOpinion(c.Viewer, &c.Facts, &c.Item, c.At)
			if n%dayByDay == 0 {
				if d := untilDayByDay(&c, want); !d.Equal(want.Until) {
					t.Fatalf("the second opinion missed a day: it says until %v, and it is %v\n%s", want.Until, d, asJSON(c))
				}
				other["tried day by day"]++
			}
			if !sameDecision(got, want) {
				t.Errorf("seed %d, case %d: Inspect %s, the second opinion %s\n%s", seed, n, asJSON(got), asJSON(want), asJSON(c))
				if other["disagreement"]++; other["disagreement"] == 10 {
					t.FailNow()
				}
			}
			rules[want.Rule]++
			outcomes[want.Outcome]++
			count := func(name string, is bool) {
				if is {
					other[name]++
				}
			}
			count("hold", want.Hold)
			count("open", want.Open)
			count("REQUEST that is open", want.Outcome == REQUEST && want.Open)
			count("leaves out location only", want.Redact == RedactLocation)
			count("leaves out contact and location", want.Redact == RedactContact|RedactLocation)
			count("until", !want.Until.IsZero())
		}
	}
	for _, rule := range []string{"0", "1", "2", "3", "4", "5", "6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "7", "8", "9", "10", "11", "12", "13"} {
		if rules[rule] < least {
			t.Errorf("rule %s settled %d cases: the dice are blind to it", rule, rules[rule])
		}
	}
	for o := NO; o <= INSPECT; o++ {
		if outcomes[o] < least {
			t.Errorf("%v came out %d times: the dice are blind to it", o, outcomes[o])
		}
	}
	for _, name := range []string{"hold", "open", "REQUEST that is open", "leaves out location only", "leaves out contact and location", "until"} {
		if other[name] < least {
			t.Errorf("%s: %d times: the dice are blind to it", name, other[name])
		}
	}
	t.Logf("settled by rule: %s", tally(rules))
	t.Logf("outcomes: %s", tally(outcomes))
	t.Logf("and: %s", tally(other))
}

func sameDecision(a, b Decision) bool {
	same := a.Until.Equal(b.Until)
	a.Until, b.Until = time.Time{}, time.Time{}
	return same && a == b
}

// untilDayByDay is the end of a decision of the second opinion, found on all
// the days on which what the dice throw can change.
func untilDayByDay(c *Case, d Decision) time.Time {
	today := DateOf(c.At)
	d.Until = time.Time{}
	for day, end := today.AddDays(1), today.AddYears(12); day < end; day = day.AddDays(1) {
		if day == c.Again || opinionOn(c.Viewer, &c.Facts, &c.Item, day) != d {
			return day.Start()
		}
	}
	return time.Time{}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func tally[K ~string | ~uint8](m map[K]int) (s string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s += fmt.Sprintf("%v %d  ", k, m[k])
	}
	return s
}
