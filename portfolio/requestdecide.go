package portfolio

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Decided is how a request ended: with a decision of a member of staff, or
// because the asker took it back. It is never changed afterwards.
type Decided struct {
	By  string    `json:"by"`
	At  time.Time `json:"at"`
	Hat string    `json:"hat"`

	// What the rule said of the asker then.
	Outcome Outcome `json:"outcome"`
	Rule    string  `json:"rule,omitempty"`

	// Of a release.
	Kinds []string `json:"kinds,omitempty"`
	Items []string `json:"items,omitempty"`
	From  Date     `json:"from,omitzero"`
	Until Date     `json:"until,omitzero"`  // the first day on which it is closed
	Quiet string   `json:"quiet,omitempty"` // why the student is not told; "": told

	// Of a refusal.
	Reason string `json:"reason,omitempty"` // one of Reasons
	Review Date   `json:"review,omitzero"`  // by when the school looks again, after harm

	Words  string `json:"words,omitempty"` // of a refusal or an answer, for the asker to read
	Hidden bool   `json:"-"`               // the asker may no longer read the answer
}

// Last is the last day on which what was released is open.
func (d *Decided) Last() Date { return d.Until.AddDays(-1) }

// stillTold tells whether an answer in words still shows to who asked: while
// the rule says no less than when it was given. A later court order, a refusal
// or the 18th birthday hides it.
func (d *Decided) stillTold(asker string, f *Facts, now time.Time) bool {
	say := Inspect(asker, f, &Item{Kind: ItemAssessment}, now)
	return say.Outcome >= d.Outcome && (say.Outcome > NO || say.Rule == d.Rule)
}

// Reasons of a refusal.
const (
	ReasonNoConsent = "no_consent" // the student of 16 or older did not agree
	ReasonNoCustody = "no_custody" // no custody on record
	ReasonHarm      = "harm"       // telling would harm the child (BW 1:377c, UAVG 41)
	ReasonOthers    = "others"     // data of other people (AVG 15(4))
	ReasonIdentity  = "identity"   // who asks could not be verified (AVG 12(6))
)

// Reasons are those a request can be refused for. A question in words only for
// harm (BW 1:377c(1)); the student's own for what is not about the student.
func (r *Request) Reasons() []string {
	switch {
	case r.Kind == AskToKnow:
		return []string{ReasonHarm}
	case r.Asker == r.Student:
		return []string{ReasonOthers, ReasonIdentity}
	}
	return []string{ReasonNoConsent, ReasonNoCustody, ReasonHarm, ReasonOthers, ReasonIdentity}
}

const (
	maxReleased = 90 // days
	maxReviewed = 1  // years until a refusal for harm is looked at again
)

// Releasing is what a decider lets the asker see, of what the asker has the right
// to request, and until which day.
type Releasing struct {
	Kinds, Items []string
	Last         Date
	Quiet        string // why the student is not told, or ""
}

// Refusing is why a decider refuses, in the words that the asker reads.
type Refusing struct {
	Reason, Words string
	Review        Date // for harm
}

// ReleaseRequest lets the asker see for a time what was asked for. It closes by
// itself. What was asked and is not released stays open, as a request of its own
// with the same deadline, so that every part of a request gets an answer (AVG
// 12(3) and (4)). Error kinds: NotFound (for who does not decide on it),
// Forbidden (who asked), Conflict (it was decided, or is not as the actor saw
// it), Invalid, also for what was not asked, what the asker has no right to, and
// what the actor may not open.
func (l *Library) ReleaseRequest(ctx context.Context, a Actor, id string, rev int64, what Releasing) (*Request, error) {
	c, _, err := l.releasable(ctx, a, id, rev, &what)
	if err != nil {
		return nil, err
	}
	c.State = RequestReleased
	return c.Request, l.decide(ctx, a, c.Request, c.asker, Decided{Kinds: what.Kinds, Items: what.Items, From: DateOf(l.now()), Until: what.Last.AddDays(1), Quiet: what.Quiet})
}

// PreviewRelease tells what of a request would stay open after a release that is
// not made yet. Error kinds as for ReleaseRequest.
func (l *Library) PreviewRelease(ctx context.Context, a Actor, id string, rev int64, what Releasing) (*Scope, error) {
	_, rest, err := l.releasable(ctx, a, id, rev, &what)
	return rest, err
}

// releasable finds a request of which the actor can release this, and what of it
// then stays open.
func (l *Library) releasable(ctx context.Context, a Actor, id string, rev int64, what *Releasing) (*deciding, *Scope, error) {
	c, err := l.decidable(ctx, a, id, rev)
	if err != nil {
		return nil, nil, err
	}
	today := DateOf(l.now())
	what.Quiet = strings.TrimSpace(what.Quiet)
	switch {
	case c.Kind != AskToView:
		return nil, nil, E(Invalid, "error.request_words")
	case len(what.Kinds)+len(what.Items) == 0:
		return nil, nil, E(Invalid, "error.empty", "Field", "kinds")
	case len(what.Kinds) > maxScope || len(what.Items) > maxScope:
		return nil, nil, E(Invalid, "error.request_many", "Field", "kinds", "Max", maxScope)
	case what.Last < today || what.Last >= today.AddDays(maxReleased):
		return nil, nil, E(Invalid, "error.request_last", "Max", maxReleased)
	}
	if what.Quiet != "" {
		if err := sentence(what.Quiet, "quiet"); err != nil {
			return nil, nil, err
		}
	}
	what.Kinds, what.Items = sorted(what.Kinds), sorted(what.Items)
	right := askable(AskToView, c.Asker, c.asker, l.now())
	for _, k := range what.Kinds {
		switch {
		case !slices.Contains(c.Kinds, k):
			return nil, nil, E(Invalid, "error.request_asked", "Field", "kinds")
		case !slices.Contains(right, k):
			return nil, nil, E(Invalid, "error.request_scope", "Field", "kinds")
		case !mayRelease(a, k, c.decider, l.now()):
			return nil, nil, E(Invalid, "error.request_unread", "Field", "kinds")
		}
	}
	for _, id := range what.Items {
		it, err := l.itemOf(ctx, c.School, c.Student, id)
		switch {
		case err != nil && !isKind(err, NotFound):
			return nil, nil, err
		case err != nil || !slices.Contains(c.Items, id) && !slices.Contains(c.Kinds, it.Kind):
			return nil, nil, E(Invalid, "error.request_asked", "Field", "kinds")
		}
		switch o := Inspect(c.Asker, c.asker, it, l.now()).Outcome; {
		case o != REQUEST && !(o == INSPECT && slices.Contains(c.Items, id)): // asked for, and shown to the asker since
			return nil, nil, E(Invalid, "error.request_scope", "Field", "kinds")
		case !mayRelease(a, it.Kind, c.decider, l.now()):
			return nil, nil, E(Invalid, "error.request_unread", "Field", "kinds")
		}
	}
	rest, err := l.leftOf(ctx, c.Request, what.Kinds, what.Items)
	return c, rest, err
}

// Scope is a part of what was asked.
type Scope struct{ Kinds, Items []string }

// Empty tells whether it is nothing.
func (s *Scope) Empty() bool { return len(s.Kinds)+len(s.Items) == 0 }

// leftOf is what of a request is not in a release. A thing that is there no more
// needs no answer.
func (l *Library) leftOf(ctx context.Context, r *Request, kinds, items []string) (*Scope, error) {
	rest := &Scope{}
	for _, k := range r.Kinds {
		if !slices.Contains(kinds, k) {
			rest.Kinds = append(rest.Kinds, k)
		}
	}
	for _, id := range r.Items {
		if slices.Contains(items, id) {
			continue
		}
		it, err := l.itemOf(ctx, r.School, r.Student, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(kinds, it.Kind) {
			rest.Items = append(rest.Items, id)
		}
	}
	return rest, nil
}

// sorted gives each of some names once.
func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}

// RefuseRequest refuses, for a reason and in words. For harm it is also a
// refusal that the rule knows (RULE.md 12), until a person looks again. Error
// kinds as for ReleaseRequest.
func (l *Library) RefuseRequest(ctx context.Context, a Actor, id string, rev int64, why Refusing) (*Request, error) {
	c, err := l.refusable(ctx, a, id, rev, &why)
	if err != nil {
		return nil, err
	}
	c.State = RequestRefused
	return c.Request, l.decide(ctx, a, c.Request, c.asker, Decided{Reason: why.Reason, Words: why.Words, Review: why.Review})
}

// refusable finds a request that the actor can refuse like this.
func (l *Library) refusable(ctx context.Context, a Actor, id string, rev int64, why *Refusing) (*deciding, error) {
	c, err := l.decidable(ctx, a, id, rev)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.Reasons(), why.Reason) {
		return nil, E(Invalid, "error.choice", "Field", "reason")
	}
	why.Words = strings.TrimSpace(why.Words)
	if err := sentence(why.Words, "words"); err != nil {
		return nil, err
	}
	if why.Reason != ReasonHarm {
		why.Review = 0
		return c, nil
	}
	today := DateOf(l.now())
	if why.Review <= today || why.Review > today.AddYears(maxReviewed) {
		return nil, E(Invalid, "error.request_review")
	}
	return c, nil
}

// AnswerRequest answers a question in words. They show to the asker while the
// rule lets the asker ask. Error kinds as for ReleaseRequest; Conflict also
// when the asker may no longer be answered.
func (l *Library) AnswerRequest(ctx context.Context, a Actor, id string, rev int64, words string) (*Request, error) {
	c, err := l.decidable(ctx, a, id, rev)
	if err != nil {
		return nil, err
	}
	words = strings.TrimSpace(words)
	switch {
	case c.Kind != AskToKnow:
		return nil, E(Invalid, "error.request_view")
	case kindOfRight(c.Asker, c.asker, l.now()) == "":
		return nil, E(Conflict, "error.request_right")
	}
	if err := sentence(words, "answer"); err != nil {
		return nil, err
	}
	c.State = RequestAnswered
	return c.Request, l.decide(ctx, a, c.Request, c.asker, Decided{Words: words})
}

// ExtendRequest takes more time, once, and tells the asker why. Error kinds as
// for ReleaseRequest; Conflict also after the first month, or the second time.
func (l *Library) ExtendRequest(ctx context.Context, a Actor, id string, rev int64, reason string) (*Request, error) {
	c, err := l.decidable(ctx, a, id, rev)
	if err != nil {
		return nil, err
	}
	now, r := l.now(), c.Request
	reason = strings.TrimSpace(reason)
	switch {
	case r.Longer != nil:
		return nil, E(Conflict, "error.request_longer_once")
	case DateOf(now) > r.ExtendBy():
		return nil, E(Conflict, "error.request_longer_late", "Date", r.ExtendBy())
	}
	if err := sentence(reason, "longer"); err != nil {
		return nil, err
	}
	r.Longer = &Longer{By: a.Person, At: now.UTC(), Before: r.Due, Reason: reason}
	r.Due = ExtendedDeadline(DateOf(r.AskedAt))
	d, err := l.said(ctx, r, c.asker)
	if err != nil {
		return nil, err
	}
	if err := replaceLogged(ctx, l, "request", r, r.keys(), r.line(a, "extend", d), nil); err != nil {
		return nil, err
	}
	tell := Notice{Person: r.Asker, Hat: r.asker().Hat, What: "request_longer", Student: r.Student, Item: r.ID, On: r.Due}
	if err := l.notify(ctx, r.School, tell); err != nil {
		return nil, err
	}
	if err := l.notifyFG(ctx, r.School, tell); err != nil {
		return nil, err
	}
	l.Changed(Change{School: r.School, What: "request", ID: r.ID, Persons: []string{r.Student, r.Asker}})
	return r, nil
}

// WithdrawRequest takes a request back. The actor asked it. Error kinds:
// NotFound, Conflict.
func (l *Library) WithdrawRequest(ctx context.Context, a Actor, id string, rev int64) (*Request, error) {
	r, err := load[Request](ctx, l, "request", a.School, id)
	if err != nil {
		return nil, err
	}
	if r.Asker != a.Person || r.asker().Hat != a.Hat {
		return nil, E(NotFound, "error.not_found")
	}
	if err := r.undecided(rev); err != nil {
		return nil, err
	}
	f, _, err := l.facts(ctx, a, r.Student)
	if err != nil {
		return nil, err
	}
	r.State = RequestWithdrawn
	return r, l.decide(ctx, a, r, f, Decided{})
}

// deciding is an open request with what the rule must know of who asked, and of
// who decides.
type deciding struct {
	*Request
	asker, decider *Facts
}

// decidable finds an open request that the actor decides on.
func (l *Library) decidable(ctx context.Context, a Actor, id string, rev int64) (*deciding, error) {
	r, err := load[Request](ctx, l, "request", a.School, id)
	if err != nil {
		return nil, err
	}
	if r.Asker == a.Person { // in whatever hat
		return nil, E(Forbidden, "error.request_own")
	}
	c := &deciding{Request: r}
	if c.decider, err = l.handles(ctx, a, r); err != nil {
		return nil, err
	}
	if err := r.undecided(rev); err != nil {
		return nil, err
	}
	c.asker, _, err = l.facts(ctx, r.asker(), r.Student)
	return c, err
}

// handles refuses a request about a student on whose requests the actor does
// not decide, and gives what is known of the actor. Error kind: NotFound.
func (l *Library) handles(ctx context.Context, a Actor, r *Request) (*Facts, error) {
	f, err := l.mayTo(ctx, a, ActDecide, r.Student)
	if isKind(err, Forbidden) {
		return nil, E(NotFound, "error.not_found")
	}
	return f, err
}

// undecided refuses what was decided before, or is not as the actor saw it.
func (r *Request) undecided(rev int64) error {
	switch {
	case r.State != RequestOpen:
		return E(Conflict, "error.request_closed")
	case r.Rev != rev:
		return E(Conflict, "error.conflict")
	}
	return nil
}

// sentence refuses what is no sentence of one's own.
func sentence(s, field string) error {
	if err := needText(s, field, 4000); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(strings.Join(strings.Fields(s), " ")); n < minWords {
		return E(Invalid, "error.too_short", "Field", field, "Min", minWords, "Count", n)
	}
	return nil
}

// decide stores a decision; of two at once one is told. What follows from it
// comes after, so that nothing opens or closes by a decision that was not the
// one: a crash between the two is mended by FinishRequests.
func (l *Library) decide(ctx context.Context, a Actor, r *Request, f *Facts, d Decided) error {
	say, err := l.said(ctx, r, f)
	if err != nil {
		return err
	}
	d.By, d.Hat, d.At, d.Outcome, d.Rule = a.Person, a.Hat, l.now().UTC(), say.Outcome, say.Rule
	r.Decided, r.Undone = &d, true
	n := r.line(a, requestActs[r.State], say)
	if d.Quiet != "" {
		n.Note = quietNote
	}
	if err := replaceLogged(ctx, l, "request", r, r.keys(), n, nil); err != nil {
		return err
	}
	return l.finishRequest(ctx, r)
}
