package portfolio

import (
	"cmp"
	"context"
)

// Fates of a thing in a bundle.
const (
	FateNew     = "new"
	FateSame    = "same"    // it is here already
	FateNewer   = "newer"   // it came before and is still as it came: this is its next state
	FateBeside  = "beside"  // here is another version of it: both are kept
	FateGone    = "gone"    // thrown away here, and it stays away
	FateRefused = "refused" // an assessment that says something else than the one here
	FateAltered = "altered" // an assessment that is not what was signed: it is left out
)

// Place is where a thing of a bundle goes.
type Place struct {
	ID   string // where it is stored
	Fate string
	Onto string // of FateNewer: the work whose next state it is
}

// Here is the id by which it will be known here.
func (p Place) Here() string { return cmp.Or(p.Onto, p.ID) }

// standing is what there is already of a thing of a bundle.
type standing struct {
	hash  string // of it as it came, or as it was made here
	gone  bool   // thrown away here
	newer bool   // what comes is its next state
}

// PlaceWork tells where a work of a bundle goes: id and revision are what it
// has there, hash is that of what came. hashOf gives the hash of a work that was
// made here. One that came before, and that nobody touched since, gets a next
// state, also where only files that were missing come now (whole); any other work
// that differs is kept beside the one here, which is never overwritten.
func (v *Arrival) PlaceWork(ctx context.Context, id, hash string, revision int, whole bool, hashOf func(*Work) (string, error)) (Place, error) {
	return v.place(ctx, "work", id, hash, func(at string) (standing, error) {
		w, err := load[Work](ctx, v.lib, "work", v.actor.School, at)
		if err != nil {
			return standing{}, err
		}
		if w.Student != v.owner() {
			return standing{}, E(NotFound, "error.not_found")
		}
		is := standing{gone: !w.BinnedAt.IsZero()}
		if w.Origin == nil {
			is.hash, err = hashOf(w)
			return is, err
		}
		is.hash = w.Origin.Hash
		if is.hash == hash {
			is.newer = w.asItCame() && whole && len(w.Missing) > 0
			return is, nil
		}
		is.newer = w.asItCame() && revision > w.Version
		earlier, err := list[Version](ctx, v.lib, Query{School: w.School, Kind: "version", Index: "about"}.Prefix(w.ID+"/"))
		for _, x := range earlier {
			if x.Work.Origin != nil && x.Work.Origin.Hash == hash {
				is.hash, is.newer = hash, false // an older bundle
			}
		}
		return is, err
	})
}

// asItCame tells whether nobody did anything with a work since a bundle brought
// it: what is shared here must not change without its student.
func (w *Work) asItCame() bool {
	return w.Origin != nil && w.Version == w.Origin.Version && len(w.Audience) == 0 && w.BinnedAt.IsZero()
}

// PlaceAssessment does the same for an assessment. One that differs from the
// one here is refused: a published assessment never changes.
func (v *Arrival) PlaceAssessment(ctx context.Context, id, hash string, hashOf func(*Assessment) (string, error)) (Place, error) {
	p, err := v.place(ctx, "assessment", id, hash, func(at string) (standing, error) {
		s, err := load[Assessment](ctx, v.lib, "assessment", v.actor.School, at)
		if err != nil {
			return standing{}, err
		}
		if s.Student != v.owner() {
			return standing{}, E(NotFound, "error.not_found")
		}
		if s.Origin != nil {
			return standing{hash: s.Origin.Hash}, nil
		}
		is, err := hashOf(s)
		return standing{hash: is}, err
	})
	if p.Fate == FateBeside {
		p.Fate = FateRefused
	}
	return p, err
}

// place looks under the id there, for what was made here and comes back, and
// under the id that follows from it, for what came before. know tells what
// stands under an id here.
func (v *Arrival) place(ctx context.Context, kind, id, hash string, know func(at string) (standing, error)) (Place, error) {
	derived := DeriveID(kind, v.actor.School, v.owner(), id)
	if v.student == nil {
		return Place{ID: derived, Fate: FateNew}, nil
	}
	for _, at := range []string{id, derived} {
		is, err := know(at)
		switch {
		case isKind(err, NotFound):
			continue
		case err != nil:
			return Place{}, err
		case is.gone:
			return Place{ID: at, Fate: FateGone}, nil
		case is.hash == hash && !is.newer:
			return Place{ID: at, Fate: FateSame}, nil
		}
		beside := DeriveID(kind, v.actor.School, v.owner(), id, hash)
		there, err := know(beside)
		switch {
		case isKind(err, NotFound) && is.newer:
			return Place{ID: beside, Fate: FateNewer, Onto: at}, nil
		case isKind(err, NotFound):
			return Place{ID: beside, Fate: FateBeside}, nil
		case err != nil:
			return Place{}, err
		case there.gone:
			return Place{ID: beside, Fate: FateGone}, nil
		}
		return Place{ID: beside, Fate: FateSame}, nil
	}
	switch _, err := load[Kept](ctx, v.lib, "kept", v.actor.School, keptID(v.owner(), kind, derived)); {
	case err == nil: // its source is here and it is not
		return Place{ID: derived, Fate: FateGone}, nil
	case !isKind(err, NotFound):
		return Place{}, err
	}
	return Place{ID: derived, Fate: FateNew}, nil
}
