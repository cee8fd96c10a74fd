package portfolio

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// The yes and the no of who holds custody. Under 16 the parents of the class and
// the school see work only with the yes of a representative, and with nobody's
// no (rule 8, UAVG 5). It is the representative's own statement: no second
// person has to agree. Each answer is a fact of its own, and so is the end of
// the one before it. The no of one holder stands until that holder says yes.

// Consents is what was said about one student, and what follows from it.
type Consents struct {
	Student   *Person
	Own       bool // the actor is the student
	Asked     bool // the rule asks for a yes; not from 16, then it is the student's own choice
	Audiences []Consent
	History   []Answer // newest first; for who holds custody
}

// Consent is about one audience that needs a yes.
type Consent struct {
	Audience string
	Agreed   bool          // somebody said yes and nobody no
	Works    []*Work       // finished ones with this audience that the actor may open: they wait, or are seen because of the yes
	Would    []CircleCount // who see them with the yes, and not without it
	Answers  []Answer      // of the holders of custody, and of what the school wrote down; for who holds custody
	Mine     FactType      // what the actor said: FactYes, FactNo or ""
	Seen     int           // how often the actor answered; a new answer names it
}

// CircleCount is how many people of a circle.
type CircleCount struct {
	Circle Circle
	Count  int
}

// Answer is what somebody said, or that it ended.
type Answer struct {
	Audience string
	Name     string   // of who said it; "" for the school
	Mine     bool     // the actor said it
	Said     FactType // FactYes, FactNo; "" nothing yet; FactEnd: the school ended it
	At       time.Time
}

// isAnswer tells whether a fact is a yes or a no.
func (f *Fact) isAnswer() bool { return f.Type == FactYes || f.Type == FactNo }

// answers lists all that was said about a student, oldest first, also what is
// over.
func (l *Library) answers(ctx context.Context, school, student string) ([]*Fact, error) {
	all, err := l.recordedAbout(ctx, school, student)
	return slices.DeleteFunc(all, func(f *Fact) bool { return !f.isAnswer() }), err
}

// said is what stands today of what somebody said about an audience: a no goes
// before a yes, as in the rule.
func said(answers []*Fact, by, audience string, today Date) *Fact {
	var stands *Fact
	for _, f := range answers {
		if f.By == by && f.Kind == audience && f.Counts && f.inForce(today) && (stands == nil || f.Type == FactNo) {
			stands = f
		}
	}
	return stands
}

// agreed tells whether nothing waits for a yes to an audience.
func agreed(f *Facts, audience string, today Date) bool {
	return len(awaitsYes(f, &Item{Kind: ItemWork, Audience: []string{audience}}, today)) == 0
}

// Consents tells who holds custody of a student under 16, or the student, what
// was said and what follows from it. Error kind: NotFound, for everybody else.
func (l *Library) Consents(ctx context.Context, a Actor, student string) (*Consents, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	c := &Consents{Student: p, Own: Stand(a.Person, f, l.now()) == Self}
	if !c.Own && !May(a, ActConsent, f, l.now()) {
		return nil, E(NotFound, "error.not_found")
	}
	silent := *f
	silent.Yes = nil
	today := DateOf(l.now())
	if c.Asked = len(awaitsYes(&silent, &Item{Kind: ItemWork, Audience: factKinds[FactYes]}, today)) > 0; !c.Asked {
		return c, nil
	}
	answers, err := l.answers(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	d, err := l.dossier(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	holder := speaksFor(a.Person, f, l.now())
	for _, audience := range factKinds[FactYes] {
		x := Consent{Audience: audience, Agreed: agreed(f, audience, today)}
		if err := l.addReach(ctx, a, f, d, &x); err != nil {
			return nil, err
		}
		if !c.Own {
			if err := l.addAnswers(ctx, a.School, d, holder, answers, &x); err != nil {
				return nil, err
			}
		}
		c.Audiences = append(c.Audiences, x)
	}
	if !c.Own {
		c.History, err = l.consentHistory(ctx, a.School, holder, answers)
	}
	return c, err
}

// addReach adds who see what with a yes to an audience, by asking the rule with
// it and about nothing but that audience. Rule 8 is what needs a yes: who works
// for the student sees it anyway.
func (l *Library) addReach(ctx context.Context, a Actor, f *Facts, d *dossier, x *Consent) error {
	only := []string{x.Audience}
	with := *d
	with.facts.Yes, with.facts.No = only, nil
	n, err := l.neighbours(ctx, &with, a.School, only)
	if err != nil {
		return err
	}
	var one *Reader
	for _, r := range l.among(n, &Item{Kind: ItemWork, Author: d.student.ID, Audience: only}) {
		if !r.Decision.Open || r.Decision.Rule != "8" {
			continue
		}
		one = cmp.Or(one, &r)
		if last := len(x.Would) - 1; last >= 0 && x.Would[last].Circle == r.Circle {
			x.Would[last].Count++
		} else {
			x.Would = append(x.Would, CircleCount{r.Circle, 1})
		}
	}
	works, err := l.allWorks(ctx, a.School, d.student.ID)
	for _, w := range works {
		it := w.item()
		if !slices.Contains(it.Audience, x.Audience) || it.Draft || !Inspect(a.Person, f, it, l.now()).Open {
			continue
		}
		it.Audience = only
		if one == nil || Inspect(one.ID, n.seenBy(one.Person, one.Kind), it, l.now()).Open { // else a yes is not all it lacks
			x.Works = append(x.Works, w)
		}
	}
	return err
}

// addAnswers adds what each holder of custody said, the actor's own first.
func (l *Library) addAnswers(ctx context.Context, school string, d *dossier, holder string, answers []*Fact, x *Consent) error {
	today := DateOf(l.now())
	holders := []string{holder}
	for _, f := range d.about {
		if f.holds(today) && !slices.Contains(holders, f.Party) {
			holders = append(holders, f.Party)
		}
	}
	names := map[string]string{}
	for _, id := range append(holders, "") {
		f := said(answers, id, x.Audience, today)
		if f == nil && id == "" {
			continue // the school wrote nothing down
		}
		y := Answer{Audience: x.Audience, Mine: id == holder}
		if f != nil {
			y.Said, y.At = f.Type, f.RecordedAt
		}
		var err error
		if y.Name, err = l.calledHere(ctx, school, id, names); err != nil {
			return err
		}
		if y.Mine {
			x.Mine = y.Said
		}
		x.Answers = append(x.Answers, y)
	}
	x.Seen = times(answers, holder, x.Audience)
	return nil
}

func times(answers []*Fact, by, audience string) (n int) {
	for _, f := range answers {
		if f.By == by && f.Kind == audience {
			n++
		}
	}
	return n
}

// consentHistory is who said what when. An end by which a holder only took back
// what that holder said is told by the new answer.
func (l *Library) consentHistory(ctx context.Context, school, holder string, answers []*Fact) ([]Answer, error) {
	var out []Answer
	names := map[string]string{}
	for _, f := range answers {
		if f.By == "" && !f.Counts || !slices.Contains(factKinds[FactYes], f.Kind) {
			continue
		}
		name, err := l.calledHere(ctx, school, f.By, names)
		if err != nil {
			return nil, err
		}
		out = append(out, Answer{f.Kind, name, f.By == holder, f.Type, f.RecordedAt})
		for _, end := range f.Later {
			if end.By == "" && end.Counts && !end.Declined {
				out = append(out, Answer{f.Kind, name, f.By == holder, FactEnd, end.RecordedAt})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Answer) int { return y.At.Compare(x.At) })
	return out, nil
}

// AwaitsYes are the audiences out of some for which the actor's own work would
// wait for a representative's yes. Error kinds: NotFound, Forbidden.
func (l *Library) AwaitsYes(ctx context.Context, a Actor, audience []string) ([]string, error) {
	f, err := l.mayTo(ctx, a, ActOwnWork, a.Person)
	if err != nil {
		return nil, err
	}
	return awaitsYes(f, &Item{Kind: ItemWork, Audience: audience}, DateOf(l.now())), nil
}
