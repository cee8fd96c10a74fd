package portfolio

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds of requests.
const (
	AskToView = "view"        // by who has a right that opens on request
	AskToKnow = "information" // by a parent without inspection: answered in words (BW 1:377b/c)
)

// States of a request. All but the first are for good: whoever wants another
// answer asks again.
const (
	RequestOpen      = "open"
	RequestReleased  = "released"
	RequestRefused   = "refused"
	RequestAnswered  = "answered"
	RequestWithdrawn = "withdrawn"
)

const (
	maxAsked = 10  // open requests of one person about one student
	maxScope = 100 // kinds and things that are named in one request, and in one decision
)

// Request is a registered question to the school about a student.
type Request struct {
	Head
	Student string    `json:"student"`
	Asker   string    `json:"asker"`
	Hat     string    `json:"hat,omitempty"` // in which it was asked
	Kind    string    `json:"kind"`
	Kinds   []string  `json:"kinds,omitempty"`  // of items it is about
	Items   []string  `json:"items,omitempty"`  // and single ones
	Period  string    `json:"period,omitempty"` // which time it is about, in the asker's words
	Why     string    `json:"why,omitempty"`
	AskedAt time.Time `json:"asked_at"`
	Due     Date      `json:"due"`
	State   string    `json:"state"`
	Part    string    `json:"part,omitempty"` // the request of which this is what was not released
	Longer  *Longer   `json:"longer,omitempty"`
	Decided *Decided  `json:"decided,omitempty"`

	// Undone is a decision that stands, and of which not everything that follows
	// from it is stored yet.
	Undone bool `json:"undone,omitempty"`
}

// Longer is that the school took more time (AVG 12(3)).
type Longer struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Before Date      `json:"before"` // the deadline there was
	Reason string    `json:"reason"`
}

func (r *Request) keys() map[string]string {
	state := r.State + "/" + r.Due.String()
	switch {
	case r.Undone:
		state = "undone/" + r.ID
	case r.Decided != nil:
		state = r.State + "/" + stamp(r.Decided.At)
	}
	return map[string]string{"about": r.Student + "/" + stamp(r.AskedAt), "party": r.Asker + "/" + stamp(r.AskedAt), "state": state}
}

// asker is who asked, as the rule is to be asked about that person.
func (r *Request) asker() Actor {
	return Actor{School: r.School, Person: r.Asker, Hat: cmp.Or(r.Hat, HatGuardian)}
}

// ExtendBy is the last day on which the school can say that it needs longer.
func (r *Request) ExtendBy() Date { return ExtendBy(DateOf(r.AskedAt)) }

// Question is what somebody asks. Without kinds and items it is about all that
// the asker may ask for.
type Question struct {
	Kinds, Items []string
	Period, Why  string
}

// Ask registers a request of the actor about a student. What kind of request
// it is follows from how the actor stands: who has no inspection asks for
// information. The same question on one day is one request, however often the
// button is pressed. Error kinds: NotFound (a stranger, an item that the actor
// has no right to), Forbidden, Invalid, TooMany.
func (l *Library) Ask(ctx context.Context, a Actor, student string, ask Question) (*Request, error) {
	f, err := l.mayTo(ctx, a, ActAsk, student)
	if err != nil {
		return nil, err
	}
	if len(ask.Kinds) > maxScope || len(ask.Items) > maxScope {
		return nil, E(Invalid, "error.request_many", "Field", "kinds", "Max", maxScope)
	}
	now := l.now()
	r := &Request{Head: Head{School: a.School}, Student: student, Asker: a.Person, Hat: a.Hat, State: RequestOpen, Kind: kindOfAsk(a.Person, f, now),
		Period: strings.TrimSpace(ask.Period), Why: strings.TrimSpace(ask.Why), AskedAt: now.UTC(), Due: Deadline(DateOf(now))}
	if r.Kind == "" {
		return nil, E(Forbidden, "error.no_ask")
	}
	if err := limitText(r.Period, "period", 2000); err != nil {
		return nil, err
	}
	if err := limitText(r.Why, "why", 2000); err != nil {
		return nil, err
	}
	if err := l.about(ctx, r, f, ask); err != nil {
		return nil, err
	}
	mine, err := l.requestsOf(ctx, a, student)
	if err != nil {
		return nil, err
	}
	open, before, today := 0, 0, 0
	for _, x := range mine {
		if now.Sub(x.AskedAt) < 24*time.Hour && x.Part == "" {
			today++
		}
		switch {
		case x.State == r.State && x.same(r):
			return x, nil
		case x.State == r.State:
			open++
		case x.same(r):
			before++
		}
	}
	if today >= 2*maxAsked { // asking and taking back again and again buries what others ask
		return nil, E(TooMany, "error.requests_day", "Max", 2*maxAsked)
	}
	if open >= maxAsked {
		return nil, E(TooMany, "error.requests_open", "Max", maxAsked)
	}
	same, err := l.keyed(ctx, "request", strings.Join([]string{a.School, student, a.Person, a.Hat, r.Kind, DateOf(now).String(), r.Period, r.Why,
		strings.Join(r.Kinds, ","), strings.Join(r.Items, ","), strconv.Itoa(before)}, "\x00"))
	if err != nil {
		return nil, err
	}
	r.ID = DeriveID("request", same)
	d, err := l.said(ctx, r, f)
	if err != nil {
		return nil, err
	}
	if err := createLogged(ctx, l, "request", r, r.keys(), r.line(a, "ask", d), nil); isKind(err, Exists) {
		return load[Request](ctx, l, "request", a.School, r.ID)
	} else if err != nil {
		return nil, err
	}
	if err := l.notifyFG(ctx, a.School, Notice{What: "request_new", Student: student, Item: r.ID, On: r.Due}); err != nil {
		return nil, err
	}
	l.Changed(Change{School: a.School, What: "request", ID: r.ID, Persons: []string{student, a.Person}})
	return r, nil
}

// line tells what somebody did with a request, and what the rule says of who
// asked.
func (r *Request) line(a Actor, act string, d Decision) Line {
	return lineOf(a, r.Student, Line{Act: act, Item: r.ID, Kind: r.Kind, Outcome: d.Outcome.String(), Rule: d.Rule})
}

// same tells whether two requests ask the same on one day in one hat.
func (r *Request) same(x *Request) bool {
	return r.Hat == x.Hat && r.Kind == x.Kind && r.Period == x.Period && r.Why == x.Why && DateOf(r.AskedAt) == DateOf(x.AskedAt) &&
		slices.Equal(r.Kinds, x.Kinds) && slices.Equal(r.Items, x.Items)
}

// about settles what a request is about: what was named, where the asker has
// the right to ask for it.
func (l *Library) about(ctx context.Context, r *Request, f *Facts, ask Question) error {
	f = unrefused(f)
	may := askable(r.Kind, r.Asker, f, l.now())
	for _, k := range ask.Kinds {
		if !slices.Contains(may, k) {
			return E(Invalid, "error.choice", "Field", "kinds")
		}
		if !slices.Contains(r.Kinds, k) {
			r.Kinds = append(r.Kinds, k)
		}
	}
	for _, id := range ask.Items {
		it, err := l.itemOf(ctx, r.School, r.Student, id)
		if err != nil {
			return err
		}
		if r.Kind != AskToView || Inspect(r.Asker, f, it, l.now()).Outcome != REQUEST {
			return E(NotFound, "error.not_found")
		}
		if !slices.Contains(r.Items, id) {
			r.Items = append(r.Items, id)
		}
	}
	if len(r.Kinds)+len(r.Items) == 0 {
		r.Kinds = may
	}
	slices.Sort(r.Kinds)
	slices.Sort(r.Items)
	if len(r.Kinds)+len(r.Items) == 0 {
		return E(Forbidden, "error.no_ask")
	}
	return nil
}

// itemOf finds the item that a request names. Error kind: NotFound, also for an
// item of another student.
func (l *Library) itemOf(ctx context.Context, school, student, id string) (*Item, error) {
	it, _, err := l.thingOf(ctx, school, student, id)
	return it, err
}

// thingOf finds it with its title.
func (l *Library) thingOf(ctx context.Context, school, student, id string) (*Item, string, error) {
	w, err := load[Work](ctx, l, "work", school, id)
	if err == nil && w.Student == student {
		return w.item(), w.Title, nil
	}
	if err != nil && !isKind(err, NotFound) {
		return nil, "", err
	}
	r, err := load[Record](ctx, l, "record", school, id)
	if err == nil && r.Student == student {
		return r.item(), r.Title, nil
	}
	return nil, "", cmp.Or(err, error(E(NotFound, "error.not_found")))
}

// askKinds are the kinds of items that a request can be about.
var askKinds = []string{ItemWork, ItemAssessment, ItemRecord, ItemCare, ItemContact}

// askable are the kinds of items that a request of a kind can be about: what
// opens on request, or what is answered in words. Who waits until the school
// has looked (a hold) asks how the student is doing.
func askable(kind, person string, f *Facts, now time.Time) []string {
	var out []string
	for _, k := range askKinds {
		switch o := Inspect(person, f, &Item{Kind: k}, now).Outcome; {
		case kind == AskToView && o == REQUEST, kind == AskToKnow && (o == ON_ASK || o == TOLD):
			out = append(out, k)
		}
	}
	if kind == AskToKnow && len(out) == 0 {
		return []string{ItemAssessment}
	}
	return out
}

// kindOfAsk is what somebody may ask the school about a student, or "". What
// the school refused before can be asked again: a person decides again, and as
// long as the refusal holds the rule keeps it closed.
func kindOfAsk(person string, f *Facts, now time.Time) string {
	return kindOfRight(person, unrefused(f), now)
}

// kindOfRight is what somebody can get on a request, or "": to view, who
// follows, and the student whose file opens on request; to be informed, who is
// told about progress, has the right to be answered in words, or waits for the
// school to look (a hold).
func kindOfRight(person string, f *Facts, now time.Time) string {
	d := Inspect(person, f, &Item{Kind: ItemAssessment}, now)
	switch st := Stand(person, f, now); {
	case st == Follows, st == Self && len(askable(AskToView, person, f, now)) > 0:
		return AskToView
	case st == Progress, st == Route && (d.Outcome == ON_ASK || d.Hold):
		return AskToKnow
	}
	return ""
}

// unrefused are the facts without the refusals.
func unrefused(f *Facts) *Facts {
	g := *f
	g.Refusals = nil
	return &g
}

// said is what the rule says of the asker now: of the first thing that was
// asked for, or for a question in words of an assessment.
func (l *Library) said(ctx context.Context, r *Request, f *Facts) (Decision, error) {
	it := &Item{Kind: ItemAssessment}
	switch {
	case r.Kind == AskToKnow:
	case len(r.Kinds) > 0:
		it.Kind = r.Kinds[0]
	default:
		x, err := l.itemOf(ctx, r.School, r.Student, r.Items[0])
		if isKind(err, NotFound) {
			return Decision{}, nil
		}
		if err != nil {
			return Decision{}, err
		}
		it = x
	}
	return Inspect(r.Asker, f, it, l.now()), nil
}

// requestsOf lists what somebody asked about a student, newest first; about
// all with student "".
func (l *Library) requestsOf(ctx context.Context, a Actor, student string) ([]*Request, error) {
	q := Query{School: a.School, Kind: "request", Index: "party", Desc: true}.Prefix(a.Person + "/")
	all, err := list[Request](ctx, l, q)
	return slices.DeleteFunc(all, func(r *Request) bool { return student != "" && r.Student != student }), err
}
