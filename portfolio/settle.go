package portfolio

import (
	"context"
	"time"
)

// How an import ends: shown, or, after a crash, finished or taken back.

// finishImport shows what an import brought. It may be begun again after a
// crash: everything in it can be done twice. A new student is made last, so
// that there is nothing to see before everything is there.
func (l *Library) finishImport(ctx context.Context, imp *Import) error {
	hidden := Query{School: imp.School, Index: "state", From: "import/" + imp.ID, To: "import/" + imp.ID + "\x01"}
	hidden.Kind = "work"
	works, err := list[Work](ctx, l, hidden)
	if err != nil {
		return err
	}
	for _, w := range works {
		if err := l.showWork(ctx, w); err != nil {
			return err
		}
	}
	hidden.Kind = "assessment"
	assessments, err := list[Assessment](ctx, l, hidden)
	if err != nil {
		return err
	}
	for _, s := range assessments {
		if err := replace(ctx, l, "assessment", s, s.keys()); err != nil {
			return err
		}
	}
	if err := l.settleStudent(ctx, imp); err != nil {
		return err
	}
	if err := l.unclaim(ctx, imp); err != nil {
		return err
	}
	if imp.Spool != "" {
		if err := l.files.Delete(ctx, imp.Spool); err != nil {
			return err
		}
	}
	n := Line{Act: "import", Item: imp.ID}
	if imp.Accepted != nil {
		n.Note = imp.Accepted.Signer
	}
	imp.State, imp.Spool, imp.DoneAt = ImportDone, "", l.now().UTC()
	if err := replaceLogged(ctx, l, "import", imp, imp.keys(), lineOf(imp.Actor(), imp.Student, n), nil); err != nil {
		return err
	}
	l.Changed(Change{School: imp.School, What: "import", ID: imp.ID, Persons: []string{imp.Student, imp.By}})
	return nil
}

// showWork shows a work that an import brought. The next state of one that came
// before takes its place, unless somebody touched that meanwhile.
func (l *Library) showWork(ctx context.Context, w *Work) error {
	for w.Replaces != "" {
		old, err := load[Work](ctx, l, "work", w.School, w.Replaces)
		switch {
		case isKind(err, NotFound) || err == nil && old.Source != w.ID && !old.asItCame():
			w.Replaces = ""
		case err != nil:
			return err
		case old.Source == w.ID: // before a crash
			return l.store.Delete(ctx, Ref{w.School, "work", w.ID}, w.Rev)
		default:
			if err := l.saveVersion(ctx, old); err != nil {
				return err
			}
			next := *w
			next.Head, next.Replaces, next.Source = old.Head, "", w.ID
			if next.Version <= old.Version { // the same, with the files that were missing
				next.Version = old.Version + 1
			}
			next.Origin = new(*w.Origin)
			next.Origin.Version = next.Version
			if err := replace(ctx, l, "work", &next, next.keys()); err != nil && !isKind(err, Conflict) {
				return err
			}
		}
	}
	return replace(ctx, l, "work", w, w.keys())
}

// settleStudent makes the student, or gives the student the portfolio's id.
func (l *Library) settleStudent(ctx context.Context, imp *Import) error {
	if imp.Creates {
		p := &Person{Head: Head{School: imp.School, ID: imp.Student}, Name: imp.From.Name, Hats: []string{HatStudent}, Birth: imp.From.Birth,
			Portfolio: imp.From.Portfolio, Origin: &Origin{Import: imp.ID, Source: imp.From.Instance, School: imp.From.School, ID: imp.From.Portfolio}}
		err := create(ctx, l, "person", p, nil)
		if isKind(err, Exists) {
			return nil
		}
		return err
	}
	return l.renamePortfolio(ctx, imp, imp.From.Portfolio)
}

// renamePortfolio gives the student's portfolio another id, if the import is
// one that does.
func (l *Library) renamePortfolio(ctx context.Context, imp *Import, id string) error {
	for imp.Takes {
		p, err := l.person(ctx, imp.School, imp.Student)
		if err != nil {
			return err
		}
		if p.Portfolio == id {
			return nil
		}
		p.Portfolio = id
		if err = replace(ctx, l, "person", p, nil); !isKind(err, Conflict) {
			return err
		}
	}
	return nil
}

func (l *Library) unclaim(ctx context.Context, imp *Import) error {
	c, err := load[claim](ctx, l, "claim", imp.School, imp.Student)
	if isKind(err, NotFound) {
		return nil
	}
	if err != nil || c.Import != imp.ID {
		return err
	}
	return l.store.Delete(ctx, Ref{c.School, "claim", c.ID}, c.Rev)
}

// RecoverImports finishes or takes back the imports that the last run left in
// the middle. It runs at start, before anybody is served.
func (l *Library) RecoverImports(ctx context.Context) (recovered int, err error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		for state, recover := range map[string]func(context.Context, *Import) error{
			ImportRunning:   l.interrupted,
			ImportStopping:  l.takeBack,
			ImportUndoing:   l.takeBack,
			ImportFinishing: l.finishImport,
			ImportReading:   l.recoverReading,
		} {
			left, err := list[Import](ctx, l, Query{School: s.ID, Kind: "import", Index: "state"}.Prefix(state+"/"))
			if err != nil {
				return recovered, err
			}
			for _, imp := range left {
				if err := recover(ctx, imp); err != nil {
					return recovered, err
				}
				recovered++
			}
		}
	}
	return recovered, nil
}

// interrupted takes back an import in the middle of which the program stopped.
func (l *Library) interrupted(ctx context.Context, imp *Import) error {
	imp.Fault = FaultOf(E(Unavailable, "error.import.interrupted"))
	return l.takeBack(ctx, imp)
}

// recoverReading forgets a bundle that never came in whole; who was fetching one
// is told to do so again. One that did come in waits for its check.
func (l *Library) recoverReading(ctx context.Context, imp *Import) error {
	switch {
	case imp.Size > 0:
		return nil
	case imp.Source == "":
		return l.removeImport(ctx, imp)
	}
	spool := imp.Spool
	imp.State, imp.Spool, imp.Headway, imp.Fault = ImportRefused, "", Headway{}, FaultOf(E(Unavailable, "error.fetch.interrupted"))
	if err := replace(ctx, l, "import", imp, imp.keys()); err != nil {
		return err
	}
	return l.files.Delete(ctx, spool)
}

// Unchecked lists the spooled bundles of all schools that wait for their check.
func (l *Library) Unchecked(ctx context.Context) ([]*Import, error) {
	return l.importsIn(ctx, ImportReading, stamp(l.now().Add(time.Hour)))
}

// SweepImports forgets the bundles that came in and that nobody took further.
func (l *Library) SweepImports(ctx context.Context) (swept int, err error) {
	for _, state := range []string{ImportReading, ImportRefused, ImportChecked} {
		old, err := l.importsIn(ctx, state, stamp(l.now().Add(-importLife)))
		if err != nil {
			return swept, err
		}
		for _, imp := range old {
			if err := l.removeImport(ctx, imp); err != nil && !isKind(err, Conflict) && !isKind(err, NotFound) {
				return swept, err
			}
			swept++
		}
	}
	return swept, nil
}

// importsIn lists the imports of all schools in a state that began before.
func (l *Library) importsIn(ctx context.Context, state, before string) ([]*Import, error) {
	schools, err := l.Schools(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Import
	for _, s := range schools {
		some, err := list[Import](ctx, l, Query{School: s.ID, Kind: "import", Index: "state", From: state + "/", To: state + "/" + before})
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}
