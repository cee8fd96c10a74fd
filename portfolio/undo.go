package portfolio

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// UndoImport takes away what an import brought, as if it had never been; works
// that were changed or assessed here since stay. Error kinds: Forbidden,
// NotFound, Conflict (not one that is done).
func (l *Library) UndoImport(ctx context.Context, a Actor, id string) (*Import, error) {
	imp, err := l.ImportByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if imp.State != ImportDone && imp.State != ImportUndoing {
		return nil, E(Conflict, "error.import.state")
	}
	if imp.State == ImportDone { // stored before anything goes: whoever goes on with it did not begin it
		imp.UndoneBy, imp.UndoneFrom = a.Person, a.Address
	}
	return imp, l.takeBack(ctx, imp)
}

// takeBack removes what an import wrote, seen or unseen. It may be begun again
// after a crash.
func (l *Library) takeBack(ctx context.Context, imp *Import) error {
	if imp.State != ImportUndoing {
		imp.State = ImportUndoing
		if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
			return err
		}
	}
	stays := map[string]bool{} // works and blobs
	if err := l.takeBackWorks(ctx, imp, stays); err != nil {
		return err
	}
	if err := l.takeBackAssessments(ctx, imp); err != nil {
		return err
	}
	kept, err := list[Kept](ctx, l, Query{School: imp.School, Kind: "kept", Index: "state", From: imp.ID, To: imp.ID + "\x01"})
	if err != nil {
		return err
	}
	for _, k := range kept {
		if stays[k.Name] {
			continue
		}
		if err := l.store.Delete(ctx, Ref{k.School, "kept", k.ID}, k.Rev); err != nil {
			return err
		}
	}
	if err := l.takeBackFiles(ctx, imp, stays); err != nil {
		return err
	}
	if err := l.takeBackStudent(ctx, imp, len(stays) > 0); err != nil {
		return err
	}
	if err := l.unclaim(ctx, imp); err != nil {
		return err
	}
	undo := lineOf(imp.undoer(), imp.Student, Line{Act: "undo", Kind: "import", Item: imp.ID})
	imp.State = ImportUndone
	if imp.Spool != "" { // it never got in: it waits again for somebody to say whose it is
		imp.State, imp.Student, imp.Creates, imp.Takes, imp.Before = ImportChecked, "", false, false, ""
	}
	imp.Headway, imp.Report = Headway{}, Report{}
	if imp.DoneAt.IsZero() { // nobody saw it: there is nothing to undo
		err = replace(ctx, l, "import", imp, imp.keys())
	} else {
		err = replaceLogged(ctx, l, "import", imp, imp.keys(), undo, nil)
	}
	if err != nil {
		return err
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.Student, imp.By}})
	return nil
}

func (l *Library) takeBackWorks(ctx context.Context, imp *Import, stays map[string]bool) error {
	imp.Stayed = 0
	for _, q := range []Query{
		{Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"},
		Query{Index: "about"}.Prefix(imp.Student + "/"),
		Query{Index: "state"}.Prefix("bin/" + imp.Student + "/"),
	} {
		q.School, q.Kind = imp.School, "work"
		works, err := list[Work](ctx, l, q)
		if err != nil {
			return err
		}
		for _, w := range works {
			if w.Origin == nil || w.Source == "" && w.Origin.Import != imp.ID {
				continue
			}
			stayed, err := l.touched(ctx, imp, w)
			if err != nil {
				return err
			}
			if stayed != nil {
				for _, s := range stayed {
					stays[s] = true
				}
				imp.Stayed++
				continue
			}
			if w.Origin.Import != imp.ID {
				continue
			}
			if w.Source != "" {
				if err := l.takeBackState(ctx, w); err != nil {
					return err
				}
				continue
			}
			if err := l.store.Delete(ctx, Ref{w.School, "work", w.ID}, w.Rev); err != nil {
				return err
			}
			if err := l.forgetShowings(ctx, w); err != nil {
				return err
			}
			l.workChanged(ctx, w, w.shown())
		}
	}
	return nil
}

// takeBackState gives a work the state that it had before an import brought the
// next.
func (l *Library) takeBackState(ctx context.Context, w *Work) error {
	versions, err := list[Version](ctx, l, Query{School: w.School, Kind: "version", Index: "about", Desc: true, Limit: 1}.Prefix(w.ID+"/"))
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return errors.New("work " + w.ID + " got a next state and its first is not there")
	}
	before := versions[0].Work
	before.Head = w.Head
	if err := replace(ctx, l, "work", &before, before.keys()); err != nil {
		return err
	}
	l.workChanged(ctx, &before, before.shown())
	return l.store.Delete(ctx, Ref{w.School, "version", versions[0].ID}, versions[0].Rev)
}

// touched gives what must stay of what an import brought, because the work was
// changed or assessed here since it came, or a later import went on with it: the
// names of what is kept of it, and its blobs, in all its versions. nil if
// nothing must.
func (l *Library) touched(ctx context.Context, imp *Import, w *Work) ([]string, error) {
	versions, err := list[Version](ctx, l, Query{School: w.School, Kind: "version", Index: "about"}.Prefix(w.ID+"/"))
	if err != nil {
		return nil, err
	}
	about, err := list[Assessment](ctx, l, Query{School: w.School, Kind: "assessment", Index: "party", From: w.ID, To: w.ID + "\x01"})
	if err != nil {
		return nil, err
	}
	here := w.Version != w.Origin.Version || slices.ContainsFunc(about, func(s *Assessment) bool { return s.Origin == nil })
	if w.Origin.Import != imp.ID {
		here = slices.ContainsFunc(versions, func(v *Version) bool { return v.Work.Origin.Import == imp.ID })
	}
	if !here {
		return nil, nil
	}
	var stay []string
	for _, v := range append(versions, &Version{Work: *w}) {
		stay = append(stay, cmp.Or(v.Work.Source, w.ID))
		for _, f := range v.Work.Files {
			stay = append(stay, f.Blob, f.Thumb)
		}
	}
	return stay, nil
}

func (l *Library) takeBackAssessments(ctx context.Context, imp *Import) error {
	for _, q := range []Query{
		{Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"},
		Query{Index: "about"}.Prefix(imp.Student + "/"),
	} {
		q.School, q.Kind = imp.School, "assessment"
		all, err := list[Assessment](ctx, l, q)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.Origin == nil || s.Origin.Import != imp.ID {
				continue
			}
			if err := l.store.Delete(ctx, Ref{s.School, "assessment", s.ID}, s.Rev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Library) takeBackFiles(ctx context.Context, imp *Import, stays map[string]bool) error {
	prefix, after := imp.School+"/"+imp.Student+"/"+imp.ID+"-", ""
	for {
		page, err := l.files.List(ctx, prefix, after, 500)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, b := range page {
			after = b.ID
			if stays[b.ID] {
				continue
			}
			if err := l.files.Delete(ctx, b.ID); err != nil {
				return err
			}
		}
	}
}

// takeBackStudent removes a student whom the import made and about whom
// nothing was recorded since, or gives the portfolio its old id.
func (l *Library) takeBackStudent(ctx context.Context, imp *Import, stays bool) error {
	p, err := l.person(ctx, imp.School, imp.Student)
	if isKind(err, NotFound) || stays {
		return nil
	}
	if err != nil {
		return err
	}
	if !imp.Creates {
		if p.Portfolio == imp.From.Portfolio && !imp.DoneAt.IsZero() {
			return l.renamePortfolio(ctx, imp, imp.Before)
		}
		return nil
	}
	facts, err := l.recordedAbout(ctx, imp.School, imp.Student)
	if err != nil || len(facts) > 0 {
		return err
	}
	if bare, err := (&Arrival{lib: l, actor: imp.Actor(), student: p}).bare(ctx); err != nil || !bare {
		return err
	}
	return l.store.Delete(ctx, Ref{p.School, "person", p.ID}, p.Rev)
}
