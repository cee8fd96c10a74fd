package portfolio

import (
	"context"
	"slices"
	"strings"
)

// Candidate is a student whose portfolio a bundle may be, with how much
// speaks for it. It is a suggestion: a person chooses.
type Candidate struct {
	*Person
	SamePortfolio, SameBirth, SameName bool
}

// Candidates lists the school's students, the likeliest for a bundle first.
// The actor is an administrator. Error kind: Forbidden.
func (l *Library) Candidates(ctx context.Context, a Actor, from Sender) ([]Candidate, error) {
	if err := l.may(ctx, a, ActImport); err != nil {
		return nil, err
	}
	all, err := l.people(ctx, a.School)
	if err != nil {
		return nil, err
	}
	var out []Candidate
	for _, p := range all {
		if !p.Wears(HatStudent) {
			continue
		}
		out = append(out, Candidate{p, p.Portfolio == from.Portfolio, p.Birth == from.Birth && p.Birth != Birth{},
			strings.EqualFold(p.Name.Family, from.Name.Family) && (strings.EqualFold(p.Name.Given, from.Name.Given) || strings.EqualFold(p.Name.Short(), from.Name.Short()))})
	}
	slices.SortStableFunc(out, func(x, y Candidate) int { return y.weight() - x.weight() })
	return out, nil
}

func (c Candidate) weight() (n int) {
	for i, yes := range []bool{c.SameBirth, c.SameName, c.SamePortfolio} {
		if yes {
			n += 1 << i
		}
	}
	return n
}
