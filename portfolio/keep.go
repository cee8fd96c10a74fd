package portfolio

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keep says that things of a student of one kind and class, though past their
// time, are kept until a day. Like a fact it is stored once and never changed:
// when the day comes the things are on the list again.
type Keep struct {
	Head
	Student string    `json:"student"`
	Kind    string    `json:"kind"`
	Class   Retention `json:"class"`
	Reason  string    `json:"reason"`
	Until   Date      `json:"until"` // the day on which somebody looks again
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// maxKeep is for how many years something is kept longer in one go.
const maxKeep = 2

// KeepLonger keeps what is past its time until a day on which the FG looks
// again. Of k it reads Kind, Class, Reason and Until. The actor is the FG. Error
// kinds: Forbidden, NotFound (who is no student), Invalid (no reason, a day that
// is over or too far); Conflict, when nothing of that kind and class is on the
// list, or somebody else was first.
func (l *Library) KeepLonger(ctx context.Context, a Actor, student string, k Keep) (*Keep, error) {
	d, err := l.DueOf(ctx, a, student)
	if err != nil {
		return nil, err
	}
	k.Reason = strings.TrimSpace(k.Reason)
	today := DateOf(l.now())
	if err := needText(k.Reason, "reason", 500); err != nil {
		return nil, err
	}
	switch {
	case k.Until == 0:
		return nil, E(Invalid, "error.empty", "Field", "review")
	case k.Until <= today || k.Until > today.AddYears(maxKeep):
		return nil, E(Invalid, "error.keep_until", "Field", "review", "Max", maxKeep)
	case !slices.ContainsFunc(d.Groups, func(g Due) bool { return g.Kind == k.Kind && g.Class == k.Class && g.Holds != HoldLonger }):
		return nil, E(Conflict, "error.keep_gone")
	}
	before, err := l.keepsOf(ctx, a.School, student)
	if err != nil {
		return nil, err
	}
	// How many there were is in the id, so that of two at once one is told.
	k.Head = Head{School: a.School, ID: DeriveID("keep", a.School, student, k.Kind, string(k.Class), strconv.Itoa(len(before)))}
	k.Student, k.By, k.At = student, a.Person, l.now().UTC()
	if err := createLogged(ctx, l, "keep", &k, map[string]string{"about": student}, lineOf(a, student, Line{Act: "keep", Item: k.ID, Kind: k.Kind}), nil); isKind(err, Exists) {
		return nil, E(Conflict, "error.conflict")
	} else if err != nil {
		return nil, err
	}
	return &k, nil
}

// keepsOf lists all that was ever kept longer of a student, the latest day first.
func (l *Library) keepsOf(ctx context.Context, school, student string) ([]*Keep, error) {
	all, err := list[Keep](ctx, l, Query{School: school, Kind: "keep", Index: "about", From: student, To: student + "\x01"})
	slices.SortFunc(all, func(x, y *Keep) int { return cmp.Or(-cmp.Compare(x.Until, y.Until), cmp.Compare(x.ID, y.ID)) })
	return all, err
}
