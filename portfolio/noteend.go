package portfolio

import (
	"context"
	"slices"
)

// authors tell until when the authors of notes about a student work for that
// student. What it looked up is good for one walk over the student's file.
type authors struct {
	lib       *Library
	student   *Person
	enrolled  []*Fact // the student's times in classes
	looked    bool
	works     map[string]Date // by author: the first day without a duty, 0 when there was none
	unwatched map[string]bool // by author: the rule opens no note of theirs today
}

func (l *Library) authors(student *Person) *authors {
	return &authors{lib: l, student: student, works: map[string]Date{}, unwatched: map[string]bool{}}
}

// end is the first day on which the author of a note no longer works for the
// student; 0 while a duty is in force or to come, and for as long as the rule
// still opens the note for its author (rule 3).
func (m *authors) end(ctx context.Context, r *Record) (Date, error) {
	if _, known := m.works[r.Author]; !known {
		if err := m.look(ctx, r); err != nil {
			return 0, err
		}
	}
	// A note is not past its time before it was written.
	end := max(m.works[r.Author], DateOf(r.CreatedAt))
	if left := m.student.Left; left != 0 {
		end = min(end, max(left, DateOf(r.CreatedAt)))
	}
	if !m.unwatched[r.Author] {
		return 0, nil
	}
	return end, nil
}

func (m *authors) look(ctx context.Context, r *Record) (err error) {
	if !m.looked {
		all, err := m.lib.recordedAbout(ctx, m.student.School, m.student.ID)
		if err != nil {
			return err
		}
		m.enrolled = slices.DeleteFunc(all, func(f *Fact) bool { return f.Type != FactEnrolment || !f.standing() })
		m.looked = true
	}
	duties, err := m.lib.recordedOf(ctx, m.student.School, r.Author)
	if err != nil {
		return err
	}
	last := Date(0)
	for _, f := range duties {
		if f.Type == FactDuty && f.standing() {
			last = max(last, m.until(f))
		}
	}
	m.works[r.Author] = last
	m.unwatched[r.Author], err = m.closed(ctx, r)
	return err
}

// until is the first day on which a duty no longer is one for the student, 0
// when it never was.
func (m *authors) until(duty *Fact) (last Date) {
	end := dutyUntil(&Duty{duty.Party, duty.Kind, duty.From, duty.Until})
	if end == 0 {
		end = beyond
	}
	if duty.About == m.student.ID || duty.About == m.student.School {
		return end
	}
	for _, f := range m.enrolled {
		if both := min(end, heldUntil(f)); f.Party == duty.About && max(duty.From, f.From) < both {
			last = max(last, both)
		}
	}
	return last
}

// closed tells whether the rule no longer opens a note for its author. Who is
// blocked may come back, and who left the school's list has no duty.
func (m *authors) closed(ctx context.Context, r *Record) (bool, error) {
	f, _, err := m.lib.facts(ctx, Actor{School: r.School, Person: r.Author, Hat: HatStaff}, r.Student)
	if isKind(err, NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	who := f.People[r.Author]
	who.Blocked = false
	f.People[r.Author] = who
	return !Inspect(r.Author, f, r.item(), m.lib.now()).Open, nil
}

// standing tells whether a fact counts, or may after a second agrees.
func (f *Fact) standing() bool { return f.Counts || f.Waiting() }
