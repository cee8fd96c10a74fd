package portfolio

import "context"

// Fates of a thing in a bundle.
const (
	FateNew     = "new"
	FateSame    = "same"    // it is here already
	FateBeside  = "beside"  // here is another version of it: both are kept
	FateGone    = "gone"    // thrown away here, and it stays away
	FateRefused = "refused" // an assessment that says something else than the one here
	FateAltered = "altered" // an assessment that is not what was signed: it is left out
)

// Place is where a thing of a bundle goes.
type Place struct {
	ID   string // its id here
	Fate string
}

// PlaceWork tells where a work of a bundle goes: id is its id there, hash that
// of what came. hashOf gives the hash of a work that was made here. A work that
// differs is kept beside the one here, which is never overwritten.
func (v *Arrival) PlaceWork(ctx context.Context, id, hash string, hashOf func(*Work) (string, error)) (Place, error) {
	return v.place(ctx, "work", id, hash, func(at string) (known string, gone bool, err error) {
		w, err := load[Work](ctx, v.lib, "work", v.actor.School, at)
		if err != nil {
			return "", false, err
		}
		if w.Student != v.owner() {
			return "", false, E(NotFound, "error.not_found")
		}
		if w.Origin != nil {
			known = w.Origin.Hash
		} else if known, err = hashOf(w); err != nil {
			return "", false, err
		}
		return known, !w.BinnedAt.IsZero(), nil
	})
}

// PlaceAssessment does the same for an assessment. One that differs from the
// one here is refused: a published assessment never changes.
func (v *Arrival) PlaceAssessment(ctx context.Context, id, hash string, hashOf func(*Assessment) (string, error)) (Place, error) {
	p, err := v.place(ctx, "assessment", id, hash, func(at string) (known string, gone bool, err error) {
		s, err := load[Assessment](ctx, v.lib, "assessment", v.actor.School, at)
		if err != nil {
			return "", false, err
		}
		if s.Student != v.owner() {
			return "", false, E(NotFound, "error.not_found")
		}
		if s.Origin != nil {
			known = s.Origin.Hash
		} else if known, err = hashOf(s); err != nil {
			return "", false, err
		}
		return known, false, nil
	})
	if p.Fate == FateBeside {
		p.Fate = FateRefused
	}
	return p, err
}

// place looks under the id there, for what was made here and comes back, and
// under the id that follows from it, for what came before. know gives the hash
// of what stands under an id here.
func (v *Arrival) place(ctx context.Context, kind, id, hash string, know func(at string) (known string, gone bool, err error)) (Place, error) {
	derived := DeriveID(kind, v.actor.School, v.owner(), id)
	if v.student == nil {
		return Place{derived, FateNew}, nil
	}
	for _, at := range []string{id, derived} {
		known, gone, err := know(at)
		switch {
		case isKind(err, NotFound):
			continue
		case err != nil:
			return Place{}, err
		case gone:
			return Place{at, FateGone}, nil
		case known == hash:
			return Place{at, FateSame}, nil
		}
		beside := DeriveID(kind, v.actor.School, v.owner(), id, hash)
		_, gone, err = know(beside)
		switch {
		case isKind(err, NotFound):
			return Place{beside, FateBeside}, nil
		case err != nil:
			return Place{}, err
		case gone:
			return Place{beside, FateGone}, nil
		}
		return Place{beside, FateSame}, nil
	}
	switch _, err := load[Kept](ctx, v.lib, "kept", v.actor.School, keptID(v.owner(), kind, derived)); {
	case err == nil: // its source is here and it is not
		return Place{derived, FateGone}, nil
	case !isKind(err, NotFound):
		return Place{}, err
	}
	return Place{derived, FateNew}, nil
}
