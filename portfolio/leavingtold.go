package portfolio

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Who leaves is told in time: 30 days before, on the day, two months before the
// two years are over, and when they are. So is whoever may take the portfolio
// along for a student under 16 (or for an adult under a curator).

// leavingSoon is how many days before the leaving date people are told.
const leavingSoon = 30

// leavingStep is one time at which people are told of a leaving.
type leavingStep struct {
	Notice      // what they are told, and the date that belongs to it
	day    Date // on which they are told
	by     Date // the day by which it is decided who is told; zero: today
}

// stepsOf are the times at which people are told that a student leaves, in order.
func stepsOf(p *Person) []leavingStep {
	end := KeepPortfolio.end(p)
	ending := end.AddMonths(-2)
	if p.RetentionEnd == 0 {
		ending = p.Left.AddMonths(22)
	}
	return []leavingStep{
		{Notice: Notice{What: "leaving_soon", On: p.Left}, day: p.Left.AddDays(-leavingSoon)},
		{Notice: Notice{What: "leaving", On: end}, day: p.Left},
		{Notice: Notice{What: "leaving_ending", On: end}, day: ending},
		{Notice: Notice{What: "leaving_ended", On: end}, day: end, by: end.AddDays(-1)}, // who could still look the day before
	}
}

// leavingEnded is what is told when nothing is to be seen any more.
const leavingEnded = "leaving_ended"

// TellLeaving tells who leaves, and for whom the two years end, at all schools.
// Like Birthdays it may be done at any time, as often as one likes, and again
// after it stopped half-way: of what is due only the latest is told, once. The
// student is told last, so that a student who was told says that all were.
func (l *Library) TellLeaving(ctx context.Context) error {
	schools, err := l.Schools(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, s := range schools {
		left, err := l.leavings(ctx, s.ID)
		if err != nil {
			return err
		}
		for student, on := range left {
			if on == 0 {
				continue // stays, or is back
			}
			if err := l.tellLeaving(ctx, s.ID, student); err != nil {
				wrong = append(wrong, fmt.Errorf("leaving of %s: %w", student, err))
			}
		}
	}
	return errors.Join(wrong...)
}

func (l *Library) tellLeaving(ctx context.Context, school, student string) error {
	p, err := l.person(ctx, school, student)
	if isKind(err, NotFound) {
		return nil // erased
	}
	if err != nil || p.Blocked || p.Deceased {
		return err
	}
	if err := l.departed(ctx, p); err != nil {
		return err
	}
	var due *leavingStep
	steps := stepsOf(p)
	for i := range steps {
		if l.over(steps[i].day) {
			due = &steps[i]
		}
	}
	if due == nil {
		return nil
	}
	// The leaving date tells one leaving from another.
	n := due.Notice
	n.Person, n.Hat, n.Student, n.Item = p.ID, HatStudent, p.ID, p.Left.String()
	if _, err := load[Notice](ctx, l, "notice", school, n.id(school)); !isKind(err, NotFound) {
		return err
	}
	if l.now().Before(p.Left.Start()) {
		// Nobody is told to pack on one person's word.
		if sure, err := l.leavesForSure(ctx, p); err != nil || !sure {
			return err
		}
	}
	at := l.now()
	if due.by != 0 {
		at = due.by.Start()
	}
	if err := l.notifyKeepers(ctx, p, n, at); err != nil {
		return err
	}
	return l.notify(ctx, school, n)
}

// leavesForSure tells whether a second agreed with the leaving that counts.
func (l *Library) leavesForSure(ctx context.Context, p *Person) (bool, error) {
	about, err := l.factsAbout(ctx, p.School, p.ID)
	if err != nil {
		return false, err
	}
	for _, f := range about {
		if f.Type == FactLeaving && f.From == p.Left && !f.unsure() {
			return true, nil
		}
	}
	return false, nil
}

// notifyKeepers tells everybody but the student who may take the portfolio along
// at an instant.
func (l *Library) notifyKeepers(ctx context.Context, p *Person, n Notice, at time.Time) error {
	d, err := l.asOf(at, time.Time{}).dossier(ctx, p.School, p.ID)
	if err != nil {
		return err
	}
	for _, id := range keepersOf(&d.facts, at) {
		keeper, err := l.person(ctx, p.School, id)
		if isKind(err, NotFound) || err == nil && !keeper.Wears(HatGuardian) {
			continue // an institution, or who cannot look as family
		}
		if err != nil {
			return err
		}
		n.Person, n.Hat = id, HatGuardian
		if err := l.notify(ctx, p.School, n); err != nil {
			return err
		}
	}
	return nil
}
