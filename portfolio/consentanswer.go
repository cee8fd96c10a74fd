package portfolio

import (
	"context"
	"slices"
	"strconv"
)

// How a yes or no is given, and who is told of it.

// AnswerConsent records what the actor says, FactYes or FactNo, about an
// audience, for the holder of custody that the actor is or acts for. seen is how
// often was answered before, as the actor saw it; to say again what stands is no
// error. A no closes at once. Error kinds: NotFound; Invalid; Conflict, when
// another answer was given meanwhile.
func (l *Library) AnswerConsent(ctx context.Context, a Actor, student, audience string, answer FactType, seen int) error {
	f, _, err := l.facts(ctx, a, student)
	switch {
	case err != nil:
		return err
	case !May(a, ActConsent, f, l.now()):
		return E(NotFound, "error.not_found")
	case !slices.Contains(factKinds[FactYes], audience):
		return E(Invalid, "error.choice", "Field", "audience")
	case !(&Fact{Type: answer}).isAnswer():
		return E(Invalid, "error.choice", "Field", "answer")
	case seen < 0:
		return E(Invalid, "error.rev")
	}
	answers, err := l.answers(ctx, a.School, student)
	if err != nil {
		return err
	}
	holder, today := speaksFor(a.Person, f, l.now()), DateOf(l.now())
	var now *Fact         // the answer, if it stands already
	var otherwise []*Fact // what stands and says something else
	for _, x := range answers {
		switch {
		case x.By != holder || x.Kind != audience || !x.Counts || !x.inForce(today):
		case x.Type == answer:
			now = x
		default:
			otherwise = append(otherwise, x)
		}
	}
	if now == nil {
		n := times(answers, holder, audience)
		if n != seen {
			return E(Conflict, "error.conflict")
		}
		if now, err = l.answerOnce(ctx, a, n, Fact{Type: answer, About: student, By: holder, Kind: audience, From: today}); err != nil {
			return err
		}
	}
	// The other answer ends last. While both are there the no stands, so what
	// stops half-way opens nothing, and a second try does the rest.
	for _, x := range otherwise {
		_, err := l.recordOf(ctx, a, x, Fact{Type: FactEnd, By: holder, Until: today})
		if err != nil && !isKind(err, Conflict) { // else another click ended it
			return err
		}
	}
	return l.tellConsent(ctx, a, f, now)
}

// answerOnce records the nth answer. Of two at once there is one, and who gave
// the other one is told.
func (l *Library) answerOnce(ctx context.Context, a Actor, n int, f Fact) (*Fact, error) {
	f.ID = DeriveID("consent", a.School, f.About, f.By, f.Kind, strconv.Itoa(n))
	made, err := l.record(ctx, a, f)
	if !isKind(err, Exists) {
		return made, err
	}
	made, err = load[Fact](ctx, l, "fact", a.School, f.ID)
	if err == nil && made.Type != f.Type {
		err = E(Conflict, "error.conflict")
	}
	return made, err
}

// tellConsent tells the others who are told about the student what was said,
// and by whom; and the student, where that changes something, only what holds
// now: which of the parents it was is not for the school's bell to tell a child.
func (l *Library) tellConsent(ctx context.Context, a Actor, before *Facts, f *Fact) error {
	what := consentNotices[f.Kind]
	n := Notice{What: what.no, Item: f.ID, Party: a.Person, On: f.From}
	if f.Type == FactYes {
		n.What = what.yes
	}
	if err := l.notifyGuardians(ctx, a.School, f.About, n, l.now()); err != nil {
		return err
	}
	after, _, err := l.facts(ctx, a, f.About)
	if err != nil {
		return err
	}
	now := agreed(after, f.Kind, DateOf(l.now()))
	if now == agreed(before, f.Kind, DateOf(l.now())) {
		return nil
	}
	n.What, n.Party = what.closed, ""
	if now {
		n.What = what.opened
	}
	n.Student, n.Person, n.Hat = f.About, f.About, HatStudent
	return l.notify(ctx, a.School, n)
}

// consentNotices are what is told of each audience: to the others what was said,
// to the student what holds now.
var consentNotices = map[string]struct{ yes, no, opened, closed string }{
	ToClassGuardians: {"yes_class_guardians", "no_class_guardians", "opened_class_guardians", "closed_class_guardians"},
	ToSchool:         {"yes_school", "no_school", "opened_school", "closed_school"},
}
