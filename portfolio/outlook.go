package portfolio

import (
	"context"
	"slices"
)

// Outlook is what one member of a family gets of a student, kind by kind, and
// the rule by which, as far as the person is told.
type Outlook struct {
	*Ward
	Kinds    []KindOutlook
	Released []*Asked // requests of the actor by which something is open now
}

// KindOutlook is the answer about one kind of thing.
type KindOutlook struct {
	Kind string // a name out of the list below
	Gets string // "sees", "request", "ask" or "not"
	// Told is by which outcome and rule. No rule: the person is not told.
	Told Decision
	// Last is the last day on which it is seen, where staff released it on a
	// request; else 0.
	Last Date
}

// outlooks are the kinds a family asks about.
var outlooks = []struct {
	name string
	item Item
}{
	{"work_guardians", Item{Kind: ItemWork, Audience: []string{ToGuardians}}},
	{"work_other", Item{Kind: ItemWork}},
	{"assessment", Item{Kind: ItemAssessment}},
	{"record", Item{Kind: ItemRecord}},
	{"care", Item{Kind: ItemCare}},
	{"contact", Item{Kind: ItemContact}},
}

var reachNames = []string{outOfReach: "not", asksAbout: "ask", mayRequest: "request", sees: "sees"}

// Outlook answers "why do I not see this?" for who has a family standing. It is
// about kinds, never about one thing, so it tells of no thing that it exists.
// Error kind: NotFound, for everybody else.
func (l *Library) Outlook(ctx context.Context, a Actor, student string) (*Outlook, error) {
	f, p, err := l.facts(ctx, a, student)
	if err != nil {
		return nil, err
	}
	w, err := l.ward(ctx, a, f, p)
	if err != nil {
		return nil, err
	}
	if w.Standing == Self || !slices.Contains(stands[ActAsk], w.Standing) {
		return nil, E(NotFound, "error.not_found")
	}
	w.Told = l.tellable(a.Person, f, &Item{Kind: ItemAssessment})
	o := &Outlook{Ward: w}
	for _, x := range outlooks {
		it := x.item
		it.Author = student
		d := Inspect(a.Person, f, &it, l.now())
		k := KindOutlook{Kind: x.name, Gets: reachNames[reaches(d)], Told: l.tellable(a.Person, f, &it)}
		if until := releasedUntil(a.Person, f, &it, l.now()); until != 0 {
			k.Last = until.AddDays(-1)
		}
		o.Kinds = append(o.Kinds, k)
	}
	o.Released, err = l.releasedTo(ctx, a, f)
	return o, err
}

// releasedTo lists the requests of the actor about a student by which something
// is open now, newest first. Of what was closed again since it tells nothing:
// that could tell of a court order.
func (l *Library) releasedTo(ctx context.Context, a Actor, f *Facts) ([]*Asked, error) {
	mine, err := l.MyRequests(ctx, a)
	if err != nil {
		return nil, err
	}
	var out []*Asked
	for _, r := range mine {
		if r.Student != f.Student.ID || r.State != RequestReleased {
			continue
		}
		opens := slices.ContainsFunc(r.Decided.Kinds, func(k string) bool { return releasedUntil(a.Person, f, &Item{Kind: k}, l.now()) != 0 })
		for _, id := range r.Decided.Items {
			it, err := l.itemOf(ctx, r.School, r.Student, id)
			if err != nil && !isKind(err, NotFound) {
				return nil, err
			}
			opens = opens || err == nil && releasedUntil(a.Person, f, it, l.now()) != 0
		}
		if opens {
			out = append(out, r)
		}
	}
	return out, nil
}

// tellable is a decision with no more of its reason than the person may read
// on a page.
//
//   - A refusal (12) names the person and is answered to that person: it is told,
//     also where a court order lies over it.
//   - What a court order (13) closes is not told by this page. The court tells it
//     to who is concerned; here it would tell whoever looks over a shoulder, and a
//     person who reads "no" for one reason only cannot be told from one who reads
//     it for another. An order to inform opens something, and is told.
//   - A restriction (11) is somebody else's objection: not told.
//   - Contact that is not seen is never given a reason, by whatever rule: a secret
//     address must look like a school that shows no addresses to this person.
func (l *Library) tellable(person string, f *Facts, it *Item) Decision {
	d := Inspect(person, f, it, l.now())
	if d.Outcome == NO && d.Rule == "13" {
		without := *f
		without.Orders = nil
		under := Inspect(person, &without, it, l.now())
		d.Rule = ""
		if under.Rule == "12" {
			d.Rule = "12"
		}
	}
	if d.Outcome == NO && (d.Rule == "11" || it.Kind == ItemContact) {
		d.Rule = ""
	}
	return Decision{Outcome: d.Outcome, Open: d.Open, Rule: d.Rule}
}
