package portfolio

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Showing is how a work was shown before that changed: what the rule asked of
// it, and from when. The showings of a work and the work as it is now tell who
// could see it at any instant.
type Showing struct {
	Head
	Work       string     `json:"work"`
	Of         int64      `json:"of"` // the work's revision
	Since      time.Time  `json:"since,omitzero"`
	Audience   []string   `json:"audience,omitempty"`
	Depicted   []Depicted `json:"depicted,omitempty"`
	Draft      bool       `json:"draft,omitempty"`
	Restricted bool       `json:"restricted,omitempty"`
	Binned     bool       `json:"binned,omitempty"`
}

// shown is how a work is shown now.
func (w *Work) shown() *Showing {
	return &Showing{Work: w.ID, Of: w.Rev, Since: w.ShownSince, Audience: w.Audience, Depicted: w.Depicted,
		Draft: w.Draft, Restricted: w.Restricted, Binned: !w.BinnedAt.IsZero()}
}

func (s *Showing) like(x *Showing) bool {
	return slices.Equal(s.Audience, x.Audience) && slices.Equal(s.Depicted, x.Depicted) &&
		s.Draft == x.Draft && s.Restricted == x.Restricted && s.Binned == x.Binned
}

// keepShowing keeps how a work was shown that is about to be stored in another
// way. It is written before the work: after a crash between the two it is there
// once more as what the work still says, which changes no answer. It comes back
// where there is a change. Error kind: Conflict.
func (l *Library) keepShowing(ctx context.Context, w *Work) (*Showing, error) {
	stored, err := load[Work](ctx, l, "work", w.School, w.ID)
	if err != nil {
		return nil, err
	}
	if stored.Rev != w.Rev {
		return nil, E(Conflict, "error.conflict")
	}
	before := stored.shown()
	if before.like(w.shown()) {
		return nil, nil
	}
	w.ShownSince = l.now().UTC()
	before.Head = Head{School: w.School, ID: fmt.Sprintf("%s.%012d", w.ID, w.Rev)}
	err = create(ctx, l, "showing", before, map[string]string{"about": w.Student + "/" + before.ID})
	if isKind(err, Exists) {
		err = nil
	}
	return before, err
}

// showings lists how the works of a student were shown before, by work, oldest
// first.
func (l *Library) showings(ctx context.Context, school, student string) (map[string][]*Showing, error) {
	all, err := list[Showing](ctx, l, Query{School: school, Kind: "showing", Index: "about"}.Prefix(student+"/"))
	out := map[string][]*Showing{}
	for _, s := range all {
		out[s.Work] = append(out[s.Work], s)
	}
	return out, err
}

// forgetShowings removes what was kept of a work that is removed itself.
func (l *Library) forgetShowings(ctx context.Context, w *Work) error {
	all, err := list[Showing](ctx, l, Query{School: w.School, Kind: "showing", Index: "about"}.Prefix(w.Student+"/"+w.ID+"."))
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := l.store.Delete(ctx, Ref{s.School, "showing", s.ID}, s.Rev); err != nil {
			return err
		}
	}
	return nil
}

// shownAt is how a work that came in at an instant was shown at another; nil
// before it was there. sure is false where that was not yet kept: of a work
// that was changed before showings were.
func (w *Work) shownAt(at, came time.Time, before []*Showing) (s *Showing, sure bool) {
	if at.Before(came) {
		return nil, true
	}
	for _, x := range append(slices.Clone(before), w.shown()) {
		if !x.Since.After(at) {
			s = x
		}
	}
	first := int64(1)
	if w.Origin != nil {
		first = 2 // an import writes a work out of sight, and then shows it
	}
	return s, s != nil && (!s.Since.IsZero() || s.Of <= first)
}
