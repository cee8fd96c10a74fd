package portfolio

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Circle is where a reader stands to the student, as a sentence about readers
// names people: nearest first.
type Circle string

// The circles.
const (
	CircleStaff          Circle = "staff"
	CircleFamily         Circle = "family"
	CircleClass          Circle = "class"
	CircleClassGuardians Circle = "class_guardians"
	CircleSchool         Circle = "school" // students of other classes
	CircleShared         Circle = "shared" // somebody it was shared with by name
)

// Circles are all of them, nearest first.
var Circles = []Circle{CircleStaff, CircleFamily, CircleClass, CircleClassGuardians, CircleSchool, CircleShared}

// Reader is somebody who can see a thing, or may ask to, and why.
type Reader struct {
	*Person
	Kind     string // the hat in which the reader sees it, mostly student, guardian or staff
	Circle   Circle
	Decision Decision
	Ends     time.Time // from when it certainly no longer opens, as WorkReaders tells it
	Released bool      // it opens because staff released it on a request
}

// lookingHats are the hats in which somebody may look, the one to name first.
var lookingHats = []string{HatStaff, HatGuardian, HatStudent, HatAdmin, HatFG}

// Readers answers "who can see this?" for a work of the actor's own, saved or
// not: everybody for whom the rule opens it now, staff first, then family,
// then others, and never the student. work is "" for one that is not yet
// saved. Error kinds: NotFound, Invalid.
func (l *Library) Readers(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	all, err := l.reach(ctx, a, work, audience, draft)
	return slices.DeleteFunc(all, func(r Reader) bool { return !r.Decision.Open }), err
}

// Askers lists who may not see the work, but may ask the school to: those for
// whom the rule says REQUEST. Error kinds: NotFound, Invalid.
func (l *Library) Askers(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	all, err := l.reach(ctx, a, work, audience, draft)
	return slices.DeleteFunc(all, func(r Reader) bool { return r.Decision.Open || r.Decision.Outcome != REQUEST }), err
}

// reach asks the rule about everybody who might have to do with a work of the
// actor's own, with an audience that it may get.
func (l *Library) reach(ctx context.Context, a Actor, work string, audience []string, draft bool) ([]Reader, error) {
	if err := checkAudience(audience); err != nil {
		return nil, err
	}
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, err
	}
	it := &Item{Kind: ItemWork, Author: a.Person}
	if work != "" {
		w, err := l.ownWork(ctx, a, work)
		if err != nil {
			return nil, err
		}
		it = w.item()
	}
	it.Audience, it.Draft = audience, draft
	d, err := l.dossier(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	all, err := l.around(ctx, d, it)
	if err != nil {
		return nil, err
	}
	return all, l.hush(ctx, a, a.Person, all)
}

// hush takes from what a student reads that a request was granted quietly: those
// who asked may still only ask, as far as the student reads.
func (l *Library) hush(ctx context.Context, a Actor, student string, all []Reader) error {
	if a.Person != student {
		return nil
	}
	quiet, err := l.quietly(ctx, a.School, student)
	hushed(quiet, all)
	return err
}

func hushed(quiet map[string]bool, all []Reader) []Reader {
	for i := range all {
		if d := &all[i].Decision; d.Outcome == REQUEST && quiet[all[i].ID] {
			d.Open = false
		}
	}
	return all
}

// around asks the rule about everybody who might have to do with a thing. Who
// can wear several hats is asked in each, just as the rule will be asked when
// that person looks: what one hat opens, the person can see.
func (l *Library) around(ctx context.Context, d *dossier, it *Item) ([]Reader, error) {
	n, err := l.neighbours(ctx, d, d.student.School, it.Audience)
	if err != nil {
		return nil, err
	}
	return l.among(n, it), nil
}

// among asks the rule about each of the neighbours, nearest first.
func (l *Library) among(n *neighbours, it *Item) []Reader {
	var out []Reader
	for id, p := range n.people {
		best := Reader{Person: p}
		for _, hat := range lookingHats {
			if !p.Wears(hat) {
				continue
			}
			dec := Inspect(id, n.seenBy(p, hat), it, l.now())
			if best.Kind == "" || dec.Open && !best.Decision.Open || dec.Open == best.Decision.Open && dec.Outcome > best.Decision.Outcome {
				best.Kind, best.Decision, best.Released = hat, dec, releasedUntil(id, n.seenBy(p, hat), it, l.now()) != 0
			}
		}
		best.Circle = n.circle(id, best.Kind)
		out = append(out, best)
	}
	slices.SortFunc(out, func(x, y Reader) int {
		return cmp.Or(cmp.Compare(slices.Index(Circles, x.Circle), slices.Index(Circles, y.Circle)), byName(x.Person, y.Person))
	})
	return out
}

// Readership is who can see a work or assessment now, besides the student, and
// who may ask the school about it.
type Readership struct {
	Student *Person
	Title   string // of a work
	Self    bool   // the student sees it, too
	Readers []Reader
	Askers  []Reader // to whom it does not open, but who may request it (REQUEST) or ask about it (ON_ASK)
	Waits   []string // the audiences for which it waits for the representative's yes
	Says    bool     // the actor may say it
}

// KnowsReaders tells for which standing it is told who sees a thing. To a
// classmate, or somebody it was shared with, the names of a family are nobody's
// business.
func (s Standing) KnowsReaders() bool { return s == Self || s == Follows || s == OnDuty }

// WorkReaders answers "who can see this?" for a work that the actor may open.
// Error kind: NotFound, also for who does not stand near enough to the student.
func (l *Library) WorkReaders(ctx context.Context, a Actor, id string) (*Readership, error) {
	w, _, err := l.openWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return l.readership(ctx, a, w.Student, w.item(), w.Title)
}

// AssessmentReaders answers it for an assessment. Error kind: as WorkReaders.
func (l *Library) AssessmentReaders(ctx context.Context, a Actor, id string) (*Readership, error) {
	s, f, _, err := l.openAssessment(ctx, a, id)
	if err != nil {
		return nil, err
	}
	title := ""
	w, err := load[Work](ctx, l, "work", a.School, s.Work)
	if err == nil && Inspect(a.Person, f, w.item(), l.now()).Open {
		title = w.Title
	} else if err != nil && !isKind(err, NotFound) {
		return nil, err
	}
	return l.readership(ctx, a, s.Student, s.item(), title)
}

// readership tells who sees a thing that the actor has open.
func (l *Library) readership(ctx context.Context, a Actor, student string, it *Item, title string) (*Readership, error) {
	d, err := l.dossier(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	f, err := l.viewedBy(ctx, d, a)
	if err != nil {
		return nil, err
	}
	if !Stand(a.Person, f, l.now()).KnowsReaders() {
		return nil, E(NotFound, "error.not_found")
	}
	all, err := l.around(ctx, d, it)
	if err != nil {
		return nil, err
	}
	if err := l.hush(ctx, a, student, all); err != nil {
		return nil, err
	}
	r := &Readership{Student: d.student, Title: title, Waits: awaitsYes(f, it, DateOf(l.now())), Says: May(a, ActConsent, f, l.now())}
	own, err := l.viewedBy(ctx, d, Actor{School: a.School, Person: student, Hat: HatStudent})
	if err != nil {
		return nil, err
	}
	r.Self = Inspect(student, own, it, l.now()).Open
	for _, x := range all {
		switch {
		case x.Decision.Open:
			r.Readers = append(r.Readers, x)
		case x.Decision.Outcome == REQUEST || x.Decision.Outcome == ON_ASK:
			r.Askers = append(r.Askers, x)
		}
	}
	return r, l.findEnds(ctx, r, it)
}

// untold are the rules of which nobody reads on a page about somebody else.
var untold = []string{"11", "12", "13"}

// findEnds finds for which readers it closes when their decision ends. A
// decision also ends where only its reason changes, or where the facts must be
// gathered again: the rule is asked anew on that day. That a restriction, a
// refusal or a court order is to come is not told: whoever reads who sees a
// thing now must not read of a ruling about somebody else.
func (l *Library) findEnds(ctx context.Context, r *Readership, it *Item) error {
	later := map[time.Time]map[string]Decision{}
	for i := range r.Readers {
		x := &r.Readers[i]
		until := x.Decision.Until
		if until.IsZero() {
			continue
		}
		if later[until] == nil {
			later[until] = map[string]Decision{}
			then := l.asOf(until, time.Time{})
			d, err := then.dossier(ctx, r.Student.School, r.Student.ID)
			if err != nil {
				return err
			}
			all, err := then.around(ctx, d, it)
			if err != nil {
				return err
			}
			for _, y := range all {
				later[until][y.ID] = y.Decision
			}
		}
		if d := later[until][x.ID]; !d.Open && !slices.Contains(untold, d.Rule) {
			x.Ends = until
		}
	}
	return nil
}
