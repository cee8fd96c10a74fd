package portfolio

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// Past is who could see what of a student at an instant: by the facts that were
// known then, and by the facts that are known now. Works, assessments and facts
// are those of that instant. What is written in a person's own entry (birth,
// death, the end of keeping, blocked, hats) has no dates: it is as it is now.
type Past struct {
	Student *Person
	At      time.Time
	Things  []Thing
	Views   []View
}

// Thing is something there was to see. It tells a kind, an id and a day; what
// is in it, and what it is called, is not the privacy officer's.
type Thing struct {
	Item   Item // without an ID: things of this kind as such
	On     Date // of a work the day it is about, of an assessment the day it was published or begun
	Unsure bool // how the work was shown was not yet kept at that instant
}

// View is what one person could see in one hat.
type View struct {
	*Person
	Hat    string
	Circle Circle
	Sights []Sight // one for each of the Things, in their order

	then, now *Facts
}

// Sight is what somebody got of a thing at the instant: by the facts that were
// known then, and by those that are known now.
type Sight struct {
	Then, Now Decision
}

// Differs tells whether the two differ in what somebody gets: above 0 is more
// than we now know to be right, below 0 is less.
func (s Sight) Differs() int { return cmp.Compare(reaches(s.Then), reaches(s.Now)) }

// Nothing tells whether nobody need be told of a sight: NO in both, and nothing
// for a person at the school to look at.
func (s Sight) Nothing() bool {
	return s.Then.Outcome == NO && s.Now.Outcome == NO && !s.Then.Hold && !s.Now.Hold
}

// kindsAsSuch are asked about as kinds: of a note the viewer's own.
var kindsAsSuch = []string{ItemRecord, ItemCare, ItemContact, ItemNote}

// askedBy is the item that a viewer is asked about.
func (t *Thing) askedBy(viewer string) *Item {
	it := t.Item
	if it.Kind == ItemNote {
		it.Author = viewer
	}
	return &it
}

// TimeMachine tells who could see what of a student at an instant. It leaves a
// line in the student's log. The actor may read the log. Error kinds:
// Forbidden, NotFound; Invalid for an instant that is still to come.
func (l *Library) TimeMachine(ctx context.Context, a Actor, student string, at time.Time) (*Past, error) {
	if err := l.may(ctx, a, ActReadLog); err != nil {
		return nil, err
	}
	if at.After(l.now()) {
		return nil, E(Invalid, "error.future")
	}
	p, err := l.past(ctx, a.School, student, at)
	if err != nil {
		return nil, err
	}
	return p, l.audit(ctx, a, student, Line{Act: "timemachine", Note: at.UTC().Format(time.RFC3339)})
}

func (l *Library) past(ctx context.Context, school, student string, at time.Time) (*Past, error) {
	then, now := l.asOf(at, at), l.asOf(at, time.Time{})
	known, err := then.dossier(ctx, school, student)
	if err != nil {
		return nil, err
	}
	knownNow, err := now.dossier(ctx, school, student)
	if err != nil {
		return nil, err
	}
	p := &Past{Student: known.student, At: at}
	if p.Things, err = l.thingsAt(ctx, school, student, at); err != nil {
		return nil, err
	}
	var audience []string
	for _, t := range p.Things {
		audience = append(audience, t.Item.Audience...)
	}
	were, err := then.neighbours(ctx, known, school, audience)
	if err != nil {
		return nil, err
	}
	are, err := now.neighbours(ctx, knownNow, school, audience)
	if err != nil {
		return nil, err
	}
	everybody := maps.Clone(were.people)
	maps.Copy(everybody, are.people)
	for _, x := range everybody {
		p.Views = append(p.Views, p.viewsOf(x, were, are)...)
	}
	slices.SortFunc(p.Views, func(x, y View) int {
		return cmp.Or(cmp.Compare(slices.Index(Circles, x.Circle), slices.Index(Circles, y.Circle)), byName(x.Person, y.Person),
			cmp.Compare(slices.Index(lookingHats, x.Hat), slices.Index(lookingHats, y.Hat)))
	})
	return p, nil
}

// viewsOf asks the rule about one person in every hat. A hat that brings
// nothing is left out; of somebody whom the facts name and who could see
// nothing at all, one stays, so that this can be read.
func (p *Past) viewsOf(x *Person, were, are *neighbours) (out []View) {
	var none []View
	for _, hat := range lookingHats {
		if !x.Wears(hat) {
			continue
		}
		v := View{Person: x, Hat: hat, then: were.seenBy(x, hat), now: are.seenBy(x, hat)}
		v.Circle = were.circle(x.ID, hat)
		if were.people[x.ID] == nil {
			v.Circle = are.circle(x.ID, hat)
		}
		some := false
		for i := range p.Things {
			it := p.Things[i].askedBy(x.ID)
			s := Sight{Inspect(x.ID, v.then, it, p.At), Inspect(x.ID, v.now, it, p.At)}
			some = some || !s.Nothing()
			v.Sights = append(v.Sights, s)
		}
		switch {
		case some:
			out = append(out, v)
		case v.Circle == CircleFamily || hats[hat].duties && (were.onDuty(x.ID) || are.onDuty(x.ID)):
			none = append(none, v)
		}
	}
	if len(out) == 0 && len(none) > 0 {
		// Family in the hat of family: in another hat it is nobody (rule 5).
		i := max(0, slices.IndexFunc(none, func(v View) bool { return hats[v.Hat].family }))
		out = none[i : i+1]
	}
	return out
}

// onDuty tells whether the facts name somebody for a duty.
func (n *neighbours) onDuty(id string) bool {
	return slices.ContainsFunc(n.facts.Duties, func(d Duty) bool { return d.Person == id })
}

// thingsAt lists the works and assessments that there were at an instant, as
// they were then, oldest first, and then the kinds that are asked about as such.
func (l *Library) thingsAt(ctx context.Context, school, student string, at time.Time) ([]Thing, error) {
	shown, err := l.showings(ctx, school, student)
	if err != nil {
		return nil, err
	}
	came := l.arrivals()
	var out []Thing
	for _, q := range []Query{
		Query{Kind: "work", Index: "about"}.Prefix(student + "/"),
		Query{Kind: "work", Index: "state"}.Prefix("bin/" + student + "/"),
	} {
		q.School = school
		works, err := list[Work](ctx, l, q)
		if err != nil {
			return nil, err
		}
		for _, w := range works {
			since, err := came(ctx, school, w.Origin, w.CreatedAt)
			if err != nil {
				return nil, err
			}
			s, sure := w.shownAt(at, since, shown[w.ID])
			if s == nil {
				continue
			}
			it := w.item()
			it.Audience, it.Depicted, it.Draft, it.Restricted, it.Deleted = s.Audience, s.Depicted, s.Draft, s.Restricted, s.Binned
			out = append(out, Thing{Item: *it, On: w.HappenedOn, Unsure: !sure})
		}
	}
	assessments, err := list[Assessment](ctx, l, Query{School: school, Kind: "assessment", Index: "about"}.Prefix(student+"/"))
	if err != nil {
		return nil, err
	}
	for _, s := range assessments {
		since, err := came(ctx, school, s.Origin, s.CreatedAt)
		if err != nil {
			return nil, err
		}
		if at.Before(since) {
			continue
		}
		t := Thing{Item: *s.item(), On: DateOf(s.CreatedAt)}
		// What an import brought is published, whenever that was.
		t.Item.Draft = s.Draft || s.Origin == nil && s.PublishedAt.After(at)
		if !t.Item.Draft && !s.PublishedAt.IsZero() {
			t.On = DateOf(s.PublishedAt)
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(x, y Thing) int {
		return cmp.Or(-cmp.Compare(x.Item.Kind, y.Item.Kind), cmp.Compare(x.On, y.On), cmp.Compare(x.Item.ID, y.Item.ID))
	})
	for _, kind := range kindsAsSuch {
		out = append(out, Thing{Item: Item{Kind: kind}})
	}
	return out, nil
}

// arrivals tells when something came to this school: when it was made, or when
// the import that brought it was done.
func (l *Library) arrivals() func(ctx context.Context, school string, o *Origin, made time.Time) (time.Time, error) {
	done := map[string]time.Time{}
	return func(ctx context.Context, school string, o *Origin, made time.Time) (time.Time, error) {
		if o == nil {
			return made, nil
		}
		if t, known := done[o.Import]; known {
			return t, nil
		}
		imp, err := load[Import](ctx, l, "import", school, o.Import)
		if isKind(err, NotFound) {
			return made, nil
		}
		if err != nil {
			return made, err
		}
		done[o.Import] = imp.DoneAt
		return imp.DoneAt, nil
	}
}

// Cases are the questions of which a Past is the answer, in the case format of
// RULE.md: for each view and each thing one by the facts as known then, and one
// as known now. They name nobody: there are ids in them only. Their answers are
// those of the Past; only the end of a decision can be sooner there, where facts
// had to be gathered again.
func (p *Past) Cases() iter.Seq[Case] {
	return func(yield func(Case) bool) {
		for _, v := range p.Views {
			then, now := v.then.ofViewer(v.ID), v.now.ofViewer(v.ID)
			for i := range p.Things {
				it := p.Things[i].askedBy(v.ID)
				about := cmp.Or(it.ID, it.Kind)
				for _, c := range []Case{{ID: "then", Facts: then}, {ID: "now", Facts: now}} {
					c.ID = strings.Join([]string{c.ID, v.ID, v.Hat, about}, "/")
					c.At, c.Viewer, c.Item = p.At, v.ID, *it
					if !yield(c) {
						return
					}
				}
			}
		}
	}
}

// ofViewer leaves out what the rule does not look at when this viewer looks:
// what names somebody else, except custody, on which shares rest.
func (fs *Facts) ofViewer(viewer string) Facts {
	f := *fs
	f.Relations = slices.DeleteFunc(slices.Clone(f.Relations), func(x Relation) bool { return x.Person != viewer })
	f.Duties = slices.DeleteFunc(slices.Clone(f.Duties), func(x Duty) bool { return x.Person != viewer })
	f.Orders = slices.DeleteFunc(slices.Clone(f.Orders), func(x Order) bool { return x.Person != viewer })
	f.Refusals = slices.DeleteFunc(slices.Clone(f.Refusals), func(x Refusal) bool { return x.Person != viewer })
	f.Releases = slices.DeleteFunc(slices.Clone(f.Releases), func(x Release) bool { return x.Person != viewer })
	f.Shares = slices.DeleteFunc(slices.Clone(f.Shares), func(x Share) bool { return x.To != viewer })
	f.Objects = slices.DeleteFunc(slices.Clone(f.Objects), func(x string) bool { return x != viewer })
	return f
}
