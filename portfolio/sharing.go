package portfolio

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Who sees what: all works of a student, and another audience for many of them
// at once. That is no act of its own: each work is changed just as ShareWork
// changes one, so a crash leaves every work as it was or as it was to be, and
// the same change once more goes on with what is left.

const (
	MaxAtOnce  = 48        // works whose audience changes in one go
	unshareFor = time.Hour // how long such a change can be taken back
)

// OwnWorks lists all works of the actor's own portfolio, newest first and
// without their texts, for a list of titles. Error kind: NotFound.
func (l *Library) OwnWorks(ctx context.Context, a Actor) ([]*Work, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	var out []*Work
	for after := ""; ; {
		page, next, err := l.Works(ctx, a, a.Person, after, pageOfEach)
		if err != nil {
			return nil, err
		}
		for _, w := range page {
			w.Text = ""
			out = append(out, w.Work)
		}
		if after = next; after == "" {
			return out, nil
		}
	}
}

// SharedWith tells, by work, to whom works of the actor's own open only because
// they were shared with that person by name. Error kind: NotFound.
func (l *Library) SharedWith(ctx context.Context, a Actor, works []*Work) (map[string][]Reader, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	d, err := l.dossier(ctx, a.School, a.Person)
	if err != nil || len(d.facts.Shares) == 0 {
		return nil, err
	}
	n, err := l.neighbours(ctx, d, a.School, nil)
	if err != nil {
		return nil, err
	}
	n.only(func(p *Person) bool {
		return slices.ContainsFunc(d.facts.Shares, func(s Share) bool { return s.To == p.ID })
	})
	out := map[string][]Reader{}
	for _, w := range works {
		if w.Student != a.Person {
			return nil, E(NotFound, "error.not_found")
		}
		for _, r := range l.among(n, w.item()) {
			if r.Decision.Open && r.Decision.Rule == "9" {
				out[w.ID] = append(out[w.ID], r)
			}
		}
	}
	return out, nil
}

func (n *neighbours) only(keep func(*Person) bool) {
	for id, p := range n.people {
		if !keep(p) {
			delete(n.people, id)
		}
	}
}

// Resharing is what another audience for works of one's own would change.
type Resharing struct {
	Works    []*Work // as they are stored, in the order in which they were named
	Audience []string
	Readers  []ReaderChange // everybody who sees one of them before or after, nearest first
}

// ReaderChange is what one person sees of those works: each is in one of the
// lists, or in none.
type ReaderChange struct {
	Reader
	Gains, Keeps, Loses []*Work
}

// Widens tells whether somebody would see a work who does not see it now.
func (r *Resharing) Widens() bool {
	return slices.ContainsFunc(r.Readers, func(c ReaderChange) bool { return len(c.Gains) > 0 })
}

// PreviewShareWorks asks the rule who would see works of the actor's own with
// an audience, and who sees them now. Works that are not there (any more), or
// lie in the bin, are left out. Error kinds: NotFound; Invalid, also for no work
// at all and for too many.
func (l *Library) PreviewShareWorks(ctx context.Context, a Actor, ids, audience []string) (*Resharing, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	if err := checkAtOnce(len(ids), audience); err != nil {
		return nil, err
	}
	out := &Resharing{Audience: slices.Compact(slices.Sorted(slices.Values(audience)))}
	reach := out.Audience
	for _, id := range ids {
		w, err := l.OwnWork(ctx, a, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out.Works = append(out.Works, w)
		reach = append(slices.Clone(reach), w.Audience...)
	}
	if len(out.Works) == 0 {
		return nil, E(Invalid, "error.choose_works", "Field", "work")
	}
	d, err := l.dossier(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	before, err := l.neighbours(ctx, d, a.School, reach)
	if err != nil {
		return nil, err
	}
	after := *before
	if len(out.Audience) == 0 {
		after.facts.Shares = unshared(before.facts.Shares, a.Person, out.Works)
	}
	quiet, err := l.quietly(ctx, a.School, a.Person)
	if err != nil {
		return nil, err
	}
	out.Readers = l.readerChanges(before, &after, quiet, out)
	return out, nil
}

func checkAtOnce(works int, audience []string) error {
	switch {
	case works == 0:
		return E(Invalid, "error.choose_works", "Field", "work")
	case works > MaxAtOnce:
		return E(Invalid, "error.too_many_works", "Field", "work", "Max", MaxAtOnce, "Count", works)
	}
	return checkAudience(audience)
}

// unshared are the shares as unshare leaves them for works.
func unshared(shares []Share, by string, works []*Work) []Share {
	var out []Share
	for _, s := range shares {
		if s.By == by {
			rest := slices.DeleteFunc(slices.Clone(s.Items), func(id string) bool {
				return slices.ContainsFunc(works, func(w *Work) bool { return w.ID == id })
			})
			if len(rest) < len(s.Items) && len(rest) == 0 {
				continue
			}
			s.Items = rest
		}
		out = append(out, s)
	}
	return out
}

// readerChanges asks the rule about each of the people around the student, for
// each work as it is and as it would be, as far as the student reads who sees it.
func (l *Library) readerChanges(before, after *neighbours, quiet map[string]bool, r *Resharing) []ReaderChange {
	at := map[string]int{}
	var out []ReaderChange
	of := func(x Reader) *ReaderChange {
		i, ok := at[x.ID]
		if !ok {
			i = len(out)
			at[x.ID], out = i, append(out, ReaderChange{Reader: x})
		}
		return &out[i]
	}
	for _, w := range r.Works {
		was, is := w.item(), w.item()
		is.Audience = r.Audience
		saw := map[string]bool{}
		for _, x := range hushed(quiet, l.among(before, was)) {
			saw[x.ID] = x.Decision.Open
		}
		for _, x := range hushed(quiet, l.among(after, is)) {
			switch {
			case x.Decision.Open && saw[x.ID]:
				of(x).Keeps = append(of(x).Keeps, w)
			case x.Decision.Open:
				of(x).Gains = append(of(x).Gains, w)
			case saw[x.ID]:
				of(x).Loses = append(of(x).Loses, w)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y ReaderChange) int {
		return cmp.Or(cmp.Compare(slices.Index(Circles, x.Circle), slices.Index(Circles, y.Circle)), byName(x.Person, y.Person))
	})
	return out
}

// Reshared is what became of a change of many works.
type Reshared struct {
	Done     []*Work // now as they were to be
	Left     []*Work // changed meanwhile, or in the bin: left as they are
	From, To time.Time
	Ended    bool // shares by name ended with it, which nothing brings back
}

// ShareWorks gives works of the actor's own another audience: seen are the
// revisions that were previewed, by work. A work that was changed meanwhile is
// left alone, and so is one that is gone. What has the audience already is
// done: the same call once more changes nothing. Error kinds: NotFound, Invalid.
func (l *Library) ShareWorks(ctx context.Context, a Actor, seen map[string]int64, audience []string) (*Reshared, error) {
	if _, err := l.mayTo(ctx, a, ActOwnWork, a.Person); err != nil {
		return nil, E(NotFound, "error.not_found")
	}
	if err := checkAtOnce(len(seen), audience); err != nil {
		return nil, err
	}
	audience = slices.Compact(slices.Sorted(slices.Values(audience)))
	out := &Reshared{From: l.now()}
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		w, err := l.ownWork(ctx, a, id)
		if isKind(err, NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var ended bool
		switch {
		case !w.BinnedAt.IsZero():
			err = E(Conflict, "error.conflict")
		case slices.Equal(w.Audience, audience):
			if len(audience) == 0 {
				ended, err = l.unshare(ctx, a, w.ID)
			}
		case w.Rev == seen[id]:
			ended, err = l.share(ctx, a, w, audience)
		default:
			err = E(Conflict, "error.conflict")
		}
		out.Ended = out.Ended || ended
		switch {
		case isKind(err, Conflict):
			out.Left = append(out.Left, w)
		case err != nil:
			return nil, err
		default:
			out.Done = append(out.Done, w)
		}
	}
	out.To = l.now()
	for _, works := range [][]*Work{out.Done, out.Left} {
		slices.SortFunc(works, newestFirst)
	}
	return out, nil
}

func newestFirst(x, y *Work) int {
	return cmp.Or(cmp.Compare(y.HappenedOn, x.HappenedOn), y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(x.ID, y.ID))
}

// share stores a work that was just read with another audience, and tells
// whether shares by name ended with it.
func (l *Library) share(ctx context.Context, a Actor, w *Work, audience []string) (ended bool, err error) {
	if len(audience) == 0 { // "only me" means me
		if ended, err = l.unshare(ctx, a, w.ID); err != nil {
			return ended, err
		}
	}
	w.Audience = audience
	return ended, l.saveWork(ctx, a, w, "share")
}

// UnshareWorks takes back a change of many works that began and ended at two
// instants: those of them that are still shown as it left them are shown again
// as they were. Error kinds: NotFound; Conflict, when that is too long ago.
func (l *Library) UnshareWorks(ctx context.Context, a Actor, from, to time.Time) (*Reshared, error) {
	works, err := l.OwnWorks(ctx, a)
	if err != nil {
		return nil, err
	}
	if l.now().Sub(from) > unshareFor {
		return nil, E(Conflict, "error.undo_late")
	}
	out := &Reshared{}
	for _, w := range works {
		if w.ShownSince.Before(from) || w.ShownSince.After(to) {
			continue
		}
		before, err := l.lastShowing(ctx, w)
		if err != nil {
			return nil, err
		}
		if before == nil || slices.Equal(before.Audience, w.Audience) {
			continue // it was made then, or something else about it changed
		}
		since := w.ShownSince
		w, err = l.OwnWork(ctx, a, w.ID) // the list has no texts
		if err == nil && w.ShownSince.Equal(since) {
			if _, err = l.share(ctx, a, w, before.Audience); err == nil {
				out.Done = append(out.Done, w)
			}
		}
		if err != nil && !isKind(err, Conflict) && !isKind(err, NotFound) { // else it was changed or binned just now
			return nil, err
		}
	}
	return out, nil
}

// lastShowing is how a work was shown before it was shown as it is now, or nil.
func (l *Library) lastShowing(ctx context.Context, w *Work) (*Showing, error) {
	q := Query{School: w.School, Kind: "showing", Index: "about", Desc: true, Limit: 1}.Prefix(w.Student + "/" + w.ID + ".")
	for doc, err := range l.each(ctx, q) {
		if err != nil {
			return nil, err
		}
		return decode[Showing](doc)
	}
	return nil, nil
}
