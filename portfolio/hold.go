package portfolio

import (
	"context"
	"slices"
)

// Hold is why something that is past its time is not erased.
type Hold string

const (
	HoldOrder       Hold = "order"       // a court order about the student is in force
	HoldRestriction Hold = "restriction" // it is in dispute (AVG 18)
	HoldLeaving     Hold = "leaving"     // somebody must still agree that the student left, or came back
	HoldRequest     Hold = "request"     // somebody asked for it and waits for the answer
	HoldRelease     Hold = "release"     // somebody may look at it after a request
	HoldRefusal     Hold = "refusal"     // it was refused to somebody who can still contest that
	HoldLonger      Hold = "longer"      // the FG keeps it longer
)

// holds are all that can keep things of one student.
type holds struct {
	facts    []*Fact    // in force today
	requests []*Request // still to be answered
	keeps    []*Keep    // whose day has not come
}

func (l *Library) holdsOf(ctx context.Context, p *Person) (*holds, error) {
	h, today := &holds{}, DateOf(l.now())
	facts, err := l.recordedAbout(ctx, p.School, p.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		// What still waits for a second keeps as well: erasing cannot be undone.
		if f.standing() && f.inForce(today) {
			h.facts = append(h.facts, f)
		}
	}
	requests, err := list[Request](ctx, l, Query{School: p.School, Kind: "request", Index: "about"}.Prefix(p.ID+"/"))
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if r.State == RequestOpen || r.Undone {
			h.requests = append(h.requests, r)
		}
	}
	h.keeps, err = l.keepsOf(ctx, p.School, p.ID)
	h.keeps = slices.DeleteFunc(h.keeps, func(k *Keep) bool { return k.Until <= today })
	return h, err
}

// of tells what keeps a piece, the strongest first; "" when nothing does.
func (h *holds) of(x *piece) (Hold, *Keep) {
	for _, why := range []struct {
		t FactType
		h Hold
	}{{FactOrder, HoldOrder}, {FactRestriction, HoldRestriction}} {
		if h.fact(why.t, x) {
			return why.h, nil
		}
	}
	if x.restricted {
		return HoldRestriction, nil
	}
	if x.class != KeepBin && slices.ContainsFunc(h.facts, (*Fact).unsure) {
		return HoldLeaving, nil
	}
	for _, r := range h.requests {
		if r.Kind == AskToKnow || len(r.Kinds)+len(r.Items) == 0 || covers(r.Kinds, r.Items, x) {
			return HoldRequest, nil
		}
	}
	switch {
	case h.fact(FactRelease, x):
		return HoldRelease, nil
	case h.fact(FactRefusal, x):
		return HoldRefusal, nil
	}
	i := slices.IndexFunc(h.keeps, func(k *Keep) bool { return k.Kind == x.kind && k.Class == x.class })
	if i < 0 {
		return "", nil
	}
	return HoldLonger, h.keeps[i]
}

// fact tells whether a fact of a type keeps a piece. A court order names a
// person and no things: it keeps all.
func (h *holds) fact(t FactType, x *piece) bool {
	return slices.ContainsFunc(h.facts, func(f *Fact) bool { return f.Type == t && (t == FactOrder || covers(f.Kinds, f.Items, x)) })
}

func covers(kinds, items []string, x *piece) bool {
	return slices.Contains(kinds, x.kind) || slices.Contains(items, x.id) || slices.Contains(items, All)
}
