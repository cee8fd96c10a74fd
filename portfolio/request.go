package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Kinds of requests.
const (
	AskToView  = "view"        // by who has a right that opens on request
	AskToKnow  = "information" // by a parent without inspection: answered in words (BW 1:377b/c)
)

// maxAsked is how many open requests one person may have about one student.
const maxAsked = 10

// Request is a registered question to the school about a student.
type Request struct {
	Head
	Student string    `json:"student"`
	Asker   string    `json:"asker"`
	Kind    string    `json:"kind"`
	Period  string    `json:"period,omitempty"` // which time it is about, in the asker's words
	Why     string    `json:"why,omitempty"`
	AskedAt time.Time `json:"asked_at"`
	Due     Date      `json:"due"`
	State   string    `json:"state"` // open; later issues: released, refused, answered
}

func (r *Request) keys() map[string]string {
	return map[string]string{"about": r.Student + "/" + stamp(r.AskedAt), "party": r.Asker + "/" + stamp(r.AskedAt), "state": r.State + "/" + r.Due.String()}
}

// Asked is a request with the names a screen shows.
type Asked struct {
	*Request
	StudentName, AskerName string
}

// Ask registers a request of the actor about a student. What kind of request
// it is follows from how the actor stands: who has no inspection asks for
// information. The same question on one day is one request, however often the
// button is pressed. Error kinds: NotFound (a stranger), Forbidden, Invalid.
func (l *Library) Ask(ctx context.Context, a Actor, student, period, why string) (*Request, error) {
	f, err := l.mayTo(ctx, a, ActAsk, student)
	if err != nil {
		return nil, err
	}
	now := l.now()
	kind := kindOfAsk(a.Person, f, now)
	if kind == "" {
		return nil, E(Forbidden, "error.no_ask")
	}
	period, why = strings.TrimSpace(period), strings.TrimSpace(why)
	if err := limitText(period, "period", 2000); err != nil {
		return nil, err
	}
	if err := limitText(why, "why", 2000); err != nil {
		return nil, err
	}
	same, err := l.keyed(ctx, "request", strings.Join([]string{a.School, student, a.Person, kind, DateOf(now).String(), period, why}, "\x00"))
	if err != nil {
		return nil, err
	}
	r := &Request{Head: Head{School: a.School, ID: DeriveID("request", same)}, Student: student, Asker: a.Person, Kind: kind, State: "open",
		Period: period, Why: why, AskedAt: now.UTC(), Due: DateOf(now).AddDays(RequestDue)}
	mine, err := list[Request](ctx, l, Query{School: a.School, Kind: "request", Index: "party"}.Prefix(a.Person+"/"))
	if err != nil {
		return nil, err
	}
	mine = slices.DeleteFunc(mine, func(x *Request) bool { return x.Student != student || x.State != r.State || x.ID == r.ID })
	if len(mine) >= maxAsked {
		return nil, E(TooMany, "error.requests_open", "Max", maxAsked)
	}
	if err := create(ctx, l, "request", r, r.keys()); isKind(err, Exists) {
		return load[Request](ctx, l, "request", a.School, r.ID)
	} else if err != nil {
		return nil, err
	}
	if err := l.audit(ctx, a, student, Line{Act: "ask", Item: r.ID, Kind: r.Kind}); err != nil {
		return nil, err
	}
	l.Changed(Change{School: a.School, What: "request", ID: r.ID, Persons: []string{student, a.Person}})
	return r, nil
}

// kindOfAsk is what somebody may ask the school about a student, or "": to
// view, who follows; to be informed, who is told about progress, has the right
// to be answered in words, or waits for the school to look (a hold).
func kindOfAsk(person string, f *Facts, now time.Time) string {
	d := Inspect(person, f, &Item{Kind: ItemAssessment}, now)
	switch st := Stand(person, f, now); {
	case st == Follows:
		return AskToView
	case st == Progress, st == Route && (d.Outcome == ON_ASK || d.Hold):
		return AskToKnow
	}
	return ""
}

// MyRequests lists what the actor asked, newest first.
func (l *Library) MyRequests(ctx context.Context, a Actor) ([]*Asked, error) {
	q := Query{School: a.School, Kind: "request", Index: "party", Desc: true}.Prefix(a.Person + "/")
	return l.asked(ctx, q, func(*Request) (bool, error) { return true, nil })
}

// OpenRequests lists the open requests the actor has to do with, first due
// first: of the students of a duty for staff, all of the school for the FG.
func (l *Library) OpenRequests(ctx context.Context, a Actor) ([]*Asked, error) {
	all := l.may(ctx, a, ActReadLog) == nil
	q := Query{School: a.School, Kind: "request", Index: "state"}.Prefix("open/")
	return l.asked(ctx, q, func(r *Request) (bool, error) {
		if all {
			return true, nil
		}
		_, err := l.mayTo(ctx, a, ActSeeRequests, r.Student)
		if isKind(err, NotFound) || isKind(err, Forbidden) {
			return false, nil
		}
		return err == nil, err
	})
}

func (l *Library) asked(ctx context.Context, q Query, keep func(*Request) (bool, error)) ([]*Asked, error) {
	all, err := list[Request](ctx, l, q)
	if err != nil {
		return nil, err
	}
	var out []*Asked
	for _, r := range all {
		ok, err := keep(r)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		v := &Asked{Request: r}
		if v.StudentName, err = l.nameOf(ctx, q.School, r.Student, nil); err != nil {
			return nil, err
		}
		if v.AskerName, err = l.nameOf(ctx, q.School, r.Asker, nil); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
