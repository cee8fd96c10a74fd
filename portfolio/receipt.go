package portfolio

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Receipt is an erasure with the names a screen shows.
type Receipt struct {
	*Erasure
	StudentName, ByName string
	Kinds               []ErasedKind
	Stayed              int // that changed, or that something kept since
}

// ErasedKind is how many things of one kind were erased.
type ErasedKind struct {
	Kind  string
	Count int
}

// Receipts lists who erased what of whom, newest first: at most limit of them,
// and a cursor for the next page, "" at the end. One that is not finished yet
// stands on the first page. The actor is the FG. Error kinds: Forbidden,
// Invalid.
func (l *Library) Receipts(ctx context.Context, a Actor, after string, limit int) ([]*Receipt, string, error) {
	if err := l.may(ctx, a, ActRetain); err != nil {
		return nil, "", err
	}
	q := Query{School: a.School, Kind: "erasure", Index: "state", Desc: true, Limit: limit}
	var docs []Doc
	if after == "" {
		running, err := l.store.List(ctx, q.Prefix(ErasureRunning+"/"))
		if err != nil {
			return nil, "", err
		}
		docs = running
	}
	q = q.Prefix(ErasureDone + "/")
	if after != "" {
		key, id, ok := strings.Cut(after, "|")
		if !ok || key < q.From || key >= q.To {
			return nil, "", E(Invalid, "error.cursor")
		}
		q.After = Cursor{Key: key, ID: id}
	}
	done, err := l.store.List(ctx, q)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(done) == limit {
		last := done[limit-1]
		next = last.Keys[q.Index] + "|" + last.ID
	}
	names := l.namer(a.School)
	var out []*Receipt
	for _, d := range append(docs, done...) {
		e, err := decode[Erasure](d)
		if err != nil {
			return nil, "", err
		}
		r := e.receipt()
		if r.StudentName, err = names.name(ctx, e.Student); err != nil {
			return nil, "", err
		}
		if r.ByName, err = names.name(ctx, e.By); err != nil {
			return nil, "", err
		}
		out = append(out, r)
	}
	return out, next, nil
}

// receipt counts what an erasure erased.
func (e *Erasure) receipt() *Receipt {
	r := &Receipt{Erasure: e}
	for _, it := range e.Items {
		if it.Stayed {
			r.Stayed++
			continue
		}
		i := slices.IndexFunc(r.Kinds, func(k ErasedKind) bool { return k.Kind == it.Kind })
		if i < 0 {
			i = len(r.Kinds)
			r.Kinds = append(r.Kinds, ErasedKind{Kind: it.Kind})
		}
		r.Kinds[i].Count++
	}
	slices.SortFunc(r.Kinds, func(x, y ErasedKind) int { return cmp.Compare(x.Kind, y.Kind) })
	return r
}
