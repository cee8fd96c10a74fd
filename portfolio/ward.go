package portfolio

import (
	"context"
	"slices"
	"time"
)

// Ward is a student as one person finds him or her: how that person stands to
// the student, why, and what follows from it.
type Ward struct {
	*Person
	Standing Standing
	Told     Decision // about a published assessment: its Outcome and Rule are the reason of the standing
	Class    string   // the name of the class, where the actor may know it
	Asks     string   // the kind of request the actor may make, or ""
	AskKinds []string // the kinds of items that it can be about
	Bundles  bool     // may make the move bundle
	ReadsLog bool     // may see who looked
	Consents bool     // may say yes or no for the student
	Together bool     // may say to talk with school together with another of the family
	// Who has custody reads in the log that the actor asked something. It is told
	// of custody as such: whether there is anybody who has it is not.
	HoldersRead bool
	// For who is told at 16 and 17 for custody: when the student chose what is to
	// be seen, or that nobody has chosen yet.
	Chosen   Date
	Unchosen bool

	Adds bool // may add to the portfolio: the student, until the leaving date
	Ends Date // of who leaves or left: the first day on which nothing is to be seen any more, else 0
}

// Ward opens a student's front page. A person with nothing to find there gets
// NotFound, and so does everybody once the student's file is past keeping.
func (l *Library) Ward(ctx context.Context, a Actor, student string) (*Ward, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	w, err := l.ward(ctx, a, f, p)
	if err == nil && w.Standing == Stranger {
		return nil, E(NotFound, "error.not_found")
	}
	return w, err
}

// Wards lists the students for whom the actor has, or had, custody or another
// family relation, by name. Each says how the actor stands today.
func (l *Library) Wards(ctx context.Context, a Actor) ([]Ward, error) {
	facts, err := l.factsOf(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	var out []Ward
	met := map[string]bool{}
	for _, f := range facts {
		if !f.makesFamily() || met[f.About] {
			continue
		}
		met[f.About] = true
		fs, p, err := l.facts(ctx, a, f.About)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		w, err := l.ward(ctx, a, fs, p)
		if err != nil {
			return nil, err
		}
		if w.Standing != Stranger {
			out = append(out, *w)
		}
	}
	slices.SortFunc(out, func(x, y Ward) int { return byName(x.Person, y.Person) })
	return out, nil
}

func (l *Library) ward(ctx context.Context, a Actor, f *Facts, p *Person) (*Ward, error) {
	now := l.now()
	w := &Ward{Person: p, Standing: Stand(a.Person, f, now), Told: Inspect(a.Person, f, &Item{Kind: ItemAssessment}, now),
		Asks: kindOfAsk(a.Person, f, now), Bundles: May(a, ActBundle, f, now), Consents: May(a, ActConsent, f, now), Adds: May(a, ActAddWork, f, now)}
	if p.Left != 0 && w.Standing.InTouch() {
		w.Ends = KeepPortfolio.end(p)
	}
	w.Together = w.Standing.family() && !apart(a.Person, f, now)
	if w.Told.Rule == "1" && w.Standing != Self {
		w.Standing = Stranger // blocked, or the time for keeping is over
	}
	if w.Asks != "" {
		w.AskKinds = askable(w.Asks, a.Person, unrefused(f), now)
		w.HoldersRead = holdersRead(f, now)
	}
	w.ReadsLog = readsLog(w.Standing)
	if w.Standing <= Route {
		return w, nil
	}
	var err error
	if w.Standing == Progress && w.Told.Rule == "6.1" {
		c, err := l.choice(ctx, a.School, p.ID)
		if err != nil {
			return nil, err
		}
		if w.Unchosen = c == nil || c.DoneAt.IsZero(); !w.Unchosen {
			w.Chosen = DateOf(c.MadeAt)
		}
	}
	w.Class, err = l.className(ctx, a.School, p.ID)
	return w, err
}

// holdersRead tells whether the log of a student is open to who has custody, by
// asking the rule about somebody of whom nothing else is known.
func holdersRead(f *Facts, now time.Time) bool {
	const somebody = "somebody"
	g := Facts{Student: f.Student, People: map[string]Party{somebody: {Kind: KindGuardian}}, Custody: []Custody{{Holder: somebody, Verified: DateOf(now)}}}
	return readsLog(Stand(somebody, &g, now))
}

// readsLog tells for which standing the log of a student is open (UX.md: every
// look is visible to the family).
func readsLog(st Standing) bool { return st == Self || st == Follows }
