package portfolio

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The 16th and the 18th birthday, on which the rule changes by itself. What is
// done here opens nothing and closes nothing that the rule does not: it tells
// people in time, carries out what the student chose (choice.go), and sees to it
// that nothing opens by itself that was closed the day before.

// soon are how many days before a birthday people are told, the latest first.
var soon = []int{14, 60}

// birthdayRound is when a school's birthdays were last seen to: what came up
// since then is still to be done.
type birthdayRound struct {
	Head
	Done   time.Time       `json:"done"`
	Behind map[string]Date `json:"behind,omitempty"` // students with whom it went wrong, and when it last went well
}

// Birthdays sees to the birthdays of all schools. It may be done at any time,
// as often as one likes, and again after it stopped half-way. It has to be done
// at start before anybody is served, in the last minutes of each day, and right
// after midnight (Chores).
func (l *Library) Birthdays(ctx context.Context) error {
	schools, err := l.Schools(ctx)
	if err != nil {
		return err
	}
	for _, s := range schools {
		if err := l.birthdaysAt(ctx, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func (l *Library) birthdaysAt(ctx context.Context, school string) error {
	now := l.now()
	round, err := load[birthdayRound](ctx, l, "birthdays", school, school)
	if isKind(err, NotFound) {
		// The first time ever: what was before today is past.
		round, err = &birthdayRound{Head: Head{School: school, ID: school}, Done: DateOf(now).Start()}, nil
	}
	if err != nil {
		return err
	}
	people, err := l.people(ctx, school)
	if err != nil {
		return err
	}
	left, err := l.leavings(ctx, school)
	if err != nil {
		return err
	}
	behind := map[string]Date{}
	var wrong []error
	unknown := false
	for _, p := range people {
		p.Left = left[p.ID]
		if !p.Wears(HatStudent) || p.Blocked || p.Deceased || l.over(KeepPortfolio.end(p)) {
			continue // who left has two years in which the birthdays change the rule too
		}
		last := DateOf(round.Done)
		if d, was := round.Behind[p.ID]; was {
			last = d
		}
		unknown = unknown || len(milestonesOf(p.Birth)) == 0
		if err := l.seeTo(ctx, p, last, people); err != nil {
			behind[p.ID] = last
			wrong = append(wrong, fmt.Errorf("birthdays of %s: %w", p.ID, err))
		}
	}
	if unknown {
		if err := l.notifyAdmins(ctx, school, people, Notice{What: "birth_missing"}); err != nil {
			return err
		}
	}
	round.Done, round.Behind = now.UTC(), behind
	if round.Rev == 0 {
		err = create(ctx, l, "birthdays", round, nil)
	} else {
		err = replace(ctx, l, "birthdays", round, nil)
	}
	if isKind(err, Exists) || isKind(err, Conflict) {
		err = nil // another process did the same
	}
	return errors.Join(append(wrong, err)...)
}

// seeTo sees to one student, for whom it was last done on a date.
func (l *Library) seeTo(ctx context.Context, p *Person, last Date, people []*Person) error {
	today := DateOf(l.now())
	ms := milestonesOf(p.Birth)
	if len(ms) == 0 {
		return nil // nobody knows when
	}
	for _, m := range ms {
		if err := l.tellBirthday(ctx, p, m, last, people); err != nil {
			return err
		}
	}
	sixteenth := ms[0].certain
	if eve := sixteenth.AddDays(-1); today == eve || today > eve && last < sixteenth {
		if err := l.keepClosed(ctx, p, sixteenth); err != nil {
			return err
		}
	}
	if sixteenth <= today {
		if err := l.carryOut(ctx, p); err != nil {
			return err
		}
		if last <= sixteenth {
			return l.passBundles(ctx, p)
		}
	}
	return nil
}

// tellBirthday leaves the notices that are due: of those before the birthday
// only the latest, and on the day one, also when nobody ran that day.
func (l *Library) tellBirthday(ctx context.Context, p *Person, m milestone, last Date, people []*Person) error {
	today := DateOf(l.now())
	eve := m.on.AddDays(-1).Start() // who is told of it is told before custody ends
	if today >= m.on {
		if m.on < last {
			return nil
		}
		return l.notifyFamily(ctx, p.School, p.ID, Notice{What: birthdayNotices[m.name].today, On: m.on}, eve)
	}
	for _, days := range soon {
		if today < m.on.AddDays(-days) {
			continue
		}
		if m.on != m.certain {
			// The day itself is not sure: somebody must find the birth date out.
			if err := l.notifyAdmins(ctx, p.School, people, Notice{What: "birth_unsure", Student: p.ID, On: m.on}); err != nil {
				return err
			}
		}
		return l.notifyFamily(ctx, p.School, p.ID, Notice{What: birthdayNotices[m.name].soon, On: m.on, Item: strconv.Itoa(days)}, eve)
	}
	return nil
}

// birthdayNotices are what is told of each birthday.
var birthdayNotices = map[string]struct{ soon, today string }{
	"sixteen":  {"sixteen_soon", "sixteen"},
	"eighteen": {"eighteen_soon", "eighteen"},
}

// notifyAdmins tells every administrator among people.
func (l *Library) notifyAdmins(ctx context.Context, school string, people []*Person, n Notice) error {
	for _, x := range people {
		if !x.Wears(HatAdmin) || x.Blocked {
			continue
		}
		n.Person, n.Hat = x.ID, HatAdmin
		if err := l.notify(ctx, school, n); err != nil {
			return err
		}
	}
	return nil
}

// keepClosed takes out of the audiences of works that waited for a
// representative's yes what they waited for, on the last day on which they wait:
// nobody sees less for it that day, and at the birthday nothing opens that was
// closed the day before. What the student chose to let open stays. On the day
// itself and after it this is done only for what was not done before, because
// nothing ran; then nobody has seen it either.
func (l *Library) keepClosed(ctx context.Context, p *Person, sixteenth Date) error {
	eve := sixteenth.AddDays(-1)
	c, err := l.choice(ctx, p.School, p.ID)
	if err != nil {
		return err
	}
	waiting, err := l.waiting(ctx, p.School, p.ID, eve)
	if err != nil {
		return err
	}
	closed := false
	for _, w := range waiting {
		if c != nil && c.opens(w.ID) {
			continue
		}
		if err := l.narrow(ctx, byItself(p), w.ID, w.Waits); err != nil {
			return err
		}
		closed = true
	}
	if !closed || c != nil {
		return nil // who chose knows
	}
	return l.notify(ctx, p.School, Notice{Person: p.ID, Hat: HatStudent, What: "kept_closed", Student: p.ID, On: sixteenth})
}

// byItself is who the log names when nobody did something: the school.
func byItself(p *Person) Actor { return Actor{School: p.School, Person: p.School, Hat: HatSystem} }

// passBundles tells the student of the bundles that somebody had made who may
// no longer have them, because the right to the file is the student's now.
func (l *Library) passBundles(ctx context.Context, p *Person) error {
	all, err := list[Bundle](ctx, l, Query{School: p.School, Kind: "bundle", Index: "about"}.Prefix(p.ID+"/"))
	if err != nil {
		return err
	}
	for _, b := range all {
		passed, err := l.passed(ctx, b)
		if err != nil {
			return err
		}
		if !passed || l.expired(b) {
			continue
		}
		if err := l.notify(ctx, b.School, Notice{Person: b.Student, Hat: HatStudent, What: "bundle_yours", Student: b.Student, Item: b.ID, Party: b.By}); err != nil {
			return err
		}
		if err := l.notify(ctx, b.School, Notice{Person: b.By, Hat: b.Hat, What: "bundle_passed", Student: b.Student, Item: b.ID}); err != nil {
			return err
		}
		l.bundleChanged(b)
	}
	return nil
}
