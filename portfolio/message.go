package portfolio

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Near is somebody close enough to a student to be in a conversation about
// that student, in the hat that makes it so.
type Near struct {
	*Person
	Hat      string
	Standing Standing
	Apart    bool // an order keeps something from this person: no other of the family is in a conversation with him
}

// InTouch tells whether a standing carries conversations about the student:
// the student, the family who follow or are told, the staff on duty. Who is
// only shown the way to ask is answered in words, by staff.
func (s Standing) InTouch() bool { return s > Route }

// InTouch lists who is in touch with a student now: the student, then staff,
// then family, each by name. Only who is among them may see it. Error kind:
// NotFound.
func (l *Library) InTouch(ctx context.Context, a Actor, student string) ([]Near, error) {
	d, err := l.dossier(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	f, known, err := l.everyone(ctx, d, a.School, nil)
	if err != nil {
		return nil, err
	}
	f.People[student], known[student] = party(d.student, HatStudent), d.student
	var out []Near
	inside := false
	for id, p := range known {
		n := Near{p, f.People[id].Kind, Stand(id, f, l.now()), apart(id, f, l.now())}
		if n.Standing.InTouch() && p.Wears(n.Hat) {
			out = append(out, n)
			inside = inside || id == a.Person && n.Hat == a.Hat
		}
	}
	if !inside {
		return nil, E(NotFound, "error.not_found")
	}
	slices.SortFunc(out, func(x, y Near) int {
		return cmp.Or(-cmp.Compare(x.Standing, y.Standing), byName(x.Person, y.Person))
	})
	return out, nil
}

// Listener is one person in one hat, with what the rule must know to decide
// any message in conversations about one student, in a group, or about none. It was
// gathered once: it does not see a fact that is recorded later.
type Listener struct {
	*Person
	Hat   string
	facts *Facts
	about bool // about a student
	group bool // in a group (talkgroup.go), by its ties
	ties  []tie
}

// Works tells whether the listener is there for work.
func (r *Listener) Works() bool { return hats[r.Hat].duties }

// Apart tells whether an order keeps something from the listener at an instant:
// then no other of the family is in a conversation with him.
func (r *Listener) Apart(at time.Time) bool { return apart(r.ID, r.facts, at) }

// Listeners gathers the facts about a student once, for several people.
// Student is "" for a conversation that is about nobody. Each Actor is a
// person in a hat; they are of one school. Error kind: NotFound.
func (l *Library) Listeners(ctx context.Context, student string, who ...Actor) ([]*Listener, error) {
	if len(who) == 0 {
		return nil, nil
	}
	var around neighbours
	if student != "" {
		f, err := l.chronicle(ctx, who[0].School, student)
		if err != nil {
			return nil, err
		}
		around.facts = *f
	}
	out := make([]*Listener, len(who))
	for i, a := range who {
		p, err := l.person(ctx, a.School, a.Person)
		if err != nil {
			return nil, err
		}
		out[i] = &Listener{Person: p, Hat: a.Hat, facts: around.seenBy(p, a.Hat), about: student != ""}
	}
	return out, nil
}

// chronicle gathers the facts about a student for every instant, not for today
// alone: a duty for a class counts for as long as the student is in it. So the
// mentor who moves up with a class keeps last year's conversation.
func (l *Library) chronicle(ctx context.Context, school, student string) (*Facts, error) {
	p, err := l.person(ctx, school, student)
	if err != nil {
		return nil, err
	}
	f := &Facts{Student: Student{ID: p.ID, Birth: p.Birth, Deceased: p.Deceased, RetentionEnd: p.RetentionEnd}}
	about, err := l.factsAbout(ctx, school, student)
	if err != nil {
		return nil, err
	}
	places := []Fact{{Party: school}}
	for _, x := range about {
		f.add(x, DateOf(l.now()))
		if x.Type == FactEnrolment {
			places = append(places, *x)
		}
	}
	for _, place := range places {
		duties, err := l.factsAbout(ctx, school, place.Party)
		if err != nil {
			return nil, err
		}
		for _, x := range duties {
			x.From, x.Until = max(x.From, place.From), earliest(x.Until, place.Until)
			if x.Type == FactDuty && (x.Until == 0 || x.From < x.Until) {
				f.add(x, DateOf(l.now()))
			}
		}
	}
	return f, nil
}

// earliest of two ends; zero is no end.
func earliest(a, b Date) Date {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// InTouch tells whether the listener may be in the conversation at an instant,
// and the first instant after it at which that may be otherwise (zero: never).
func (r *Listener) InTouch(at time.Time) (bool, time.Time) {
	it := &Item{Kind: ItemAssessment} // what Stand asks about
	if r.ID == r.facts.Student.ID {
		it = &Item{Kind: ItemWork, Author: r.ID}
	}
	if !r.Wears(r.Hat) {
		return false, time.Time{}
	}
	if r.group {
		in := slices.ContainsFunc(r.ties, func(x tie) bool { return x.holds(r.ID, at) })
		return in && !r.Blocked, DateOf(at).AddDays(1).Start() // all that decides it begins and ends at midnight
	}
	if !r.about {
		return !r.Blocked, time.Time{}
	}
	return Stand(r.ID, r.facts, at).InTouch(), Inspect(r.ID, r.facts, it, at).Until
}

// Speaks tells whether the listener may say something at an instant, where the
// listener is in touch. About a student who has left nothing more is said.
func (r *Listener) Speaks(at time.Time) bool { return !r.about || !hasLeft(r.facts, at) }

// Inspect decides whether the listener may read a message now. member is
// whether the listener was in the conversation when it was said: the rule
// leaves membership to chat. In a conversation about a student, membership
// carries only who is in touch with the student, now and when it was said: what
// was said between losing custody and having it back stays unread.
func (r *Listener) Inspect(message string, member bool, said, now time.Time) Decision {
	it := &Item{ID: message, Kind: ItemMessage}
	touch, until := r.InTouch(now)
	if then, _ := r.InTouch(said); member && touch && then {
		it.Participants = []string{r.ID}
	}
	d := Inspect(r.ID, r.facts, it, now)
	if d.Until.IsZero() || !until.IsZero() && until.Before(d.Until) {
		d.Until = until
	}
	return d
}

// WornForWork tells whether a hat is that of somebody who works for students.
func WornForWork(hat string) bool { return hats[hat].duties }
