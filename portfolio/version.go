package portfolio

import (
	"context"
	"fmt"
	"slices"
)

// Version is an earlier state of a work.
type Version struct {
	Head
	Work  Work  `json:"work"`
	Saved int64 `json:"saved"`
}

// saveVersion keeps the state that is about to be replaced. A version that is
// there already is the same one, left by a crash between the two writes.
func (l *Library) saveVersion(ctx context.Context, w *Work) error {
	v := &Version{Head: Head{School: w.School, ID: fmt.Sprintf("%s.%06d", w.ID, w.Version)}, Work: *w}
	err := create(ctx, l, "version", v, map[string]string{"about": w.ID + "/" + fmt.Sprintf("%06d", w.Version)})
	if isKind(err, Exists) {
		return nil
	}
	return err
}

// Versions lists the earlier states of the actor's own work, newest first.
// Error kind: NotFound.
func (l *Library) Versions(ctx context.Context, a Actor, id string) ([]*Version, error) {
	w, err := l.ownWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	all, err := list[Version](ctx, l, Query{School: a.School, Kind: "version", Index: "about", Desc: true}.Prefix(w.ID+"/"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(v *Version) bool { return v.Work.Version >= w.Version }), nil
}

// RestoreVersion makes an earlier state the newest version. What it replaces is
// kept too. Who may see the work stays as it is now: going back to an old text
// must not open it to an old audience. Error kinds: NotFound, Conflict;
// Forbidden, after leaving.
func (l *Library) RestoreVersion(ctx context.Context, a Actor, id string, rev int64, version int) (*Work, error) {
	if _, err := l.changeable(ctx, a, id); err != nil {
		return nil, err
	}
	all, err := l.Versions(ctx, a, id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(v *Version) bool { return v.Work.Version == version })
	if i < 0 {
		return nil, E(NotFound, "error.not_found")
	}
	w, err := l.OwnWork(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if w.Rev != rev {
		return nil, E(Conflict, "error.conflict")
	}
	old := *w
	v := all[i].Work
	w.Title, w.Text, w.Subject, w.About, w.Files, w.Type, w.HappenedOn = v.Title, v.Text, v.Subject, v.About, v.Files, v.Type, v.HappenedOn
	w.Depicted, w.Missing = v.Depicted, v.Missing
	w.UpdatedAt = l.now().UTC()
	if err := l.saveVersion(ctx, &old); err != nil {
		return nil, err
	}
	w.Version++
	return w, l.saveWork(ctx, a, w, "change")
}
