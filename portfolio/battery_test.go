//go:build mutants

package portfolio

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestBattery tries the mutants of mutation_test.go, which builds this file
// together with a copy of the rule that can be mutated.
func TestBattery(t *testing.T) {
	dir := os.Getenv("KAFT_MUTANTS")
	b, err := os.ReadFile(filepath.Join(dir, "mutants.json"))
	if err != nil {
		t.Fatal(err)
	}
	var mutants []mutant
	if err := json.Unmarshal(b, &mutants); err != nil {
		t.Fatal(err)
	}
	questions := battery(t)
	if k := try(mutant{}, questions); k.By != "" {
		t.Fatalf("the copy is wrong without any mutation: %s", k.By)
	}
	var killings []killing
	for _, m := range mutants {
		killings = append(killings, try(m, questions))
	}
	write(t, filepath.Join(dir, "killings.json"), []byte(asJSON(killings)))
}

// asked is a question with its right answer.
type asked struct {
	name   string
	thrown bool
	right  func() bool
}

// battery is every worked example, with what it wants, and thrown cases; the
// second opinion says until when. Last what the rule says of a stored fact.
func battery(t *testing.T) (all []asked) {
	for _, c := range workedExamples(t) {
		want := secondOpinion(c.Viewer, &c.Facts, &c.Item, c.At)
		want.Outcome, want.Open, want.Hold = c.Want.Outcome, c.Want.Open, c.Want.Hold
		if c.Want.Redact != nil {
			want.Redact = *c.Want.Redact
		}
		if c.Want.Rule != "" {
			want.Rule = c.Want.Rule
		}
		all = append(all, asked{"the example " + c.ID, false, func() bool { return sameDecision(c.Inspect(), want) }})
	}
	dice := newDice(1233)
	for n := range 20_000 {
		c := dice.randomCase()
		want := secondOpinion(c.Viewer, &c.Facts, &c.Item, c.At)
		all = append(all, asked{fmt.Sprint("thrown case ", n), true, func() bool { return sameDecision(c.Inspect(), want) }})
	}
	for _, x := range saysOfStored {
		all = append(all, asked{x.name, false, func() bool { return x.got() == x.want }})
	}
	return all
}

// try asks everything until an answer is wrong. A mutant that panics or does
// not end is wrong too.
func try(m mutant, questions []asked) (k killing) {
	mutantNow.site, mutantNow.mutation = m.Site, m.Mutation
	defer func() { mutantNow.site = 0 }()
	for _, q := range questions {
		if !answersRight(q) {
			return killing{q.name, q.thrown}
		}
	}
	return killing{}
}

func answersRight(q asked) (right bool) {
	defer func() {
		if recover() != nil {
			right = false
		}
	}()
	mutantNow.steps = 0
	return q.right()
}
