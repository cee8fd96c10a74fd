package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kaft/portfolio"
)

// answersLikeAMap runs random calls against the store and against a map, which
// must give the same answers. Each run has schools of its own, so one store
// serves all.
func answersLikeAMap(t *testing.T, s portfolio.Store) {
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		var (
			m       = plainMap{}
			ctx     = context.Background()
			school  = rapid.SampledFrom([]string{fmt.Sprintf("%d a", runs), fmt.Sprintf("%d b", runs)})
			kind    = rapid.SampledFrom([]string{"work", "note"})
			text    = rapid.SampledFrom(texts[:len(texts)-1])
			keys    = rapid.MapOfN(rapid.SampledFrom(portfolio.Indexes), rapid.OneOf(text, rapid.Just("")), 0, 3)
			body    = rapid.SliceOfN(rapid.Byte(), 0, 20)
			rev     = rapid.Int64Range(0, 3)
			bound   = rapid.OneOf(text, rapid.Just(""), rapid.Just("a\x01"))
			drawRef = func(t *rapid.T) portfolio.Ref {
				return portfolio.Ref{School: school.Draw(t, "school"), Kind: kind.Draw(t, "kind"), ID: text.Draw(t, "id")}
			}
			drawDoc = func(t *rapid.T) portfolio.Doc {
				return portfolio.Doc{Ref: drawRef(t), Keys: keys.Draw(t, "keys"), Body: body.Draw(t, "body")}
			}
			drawRev = func(t *rapid.T, r portfolio.Ref) int64 { // mostly the right one
				if d, ok := m[r]; ok && rapid.IntRange(0, 3).Draw(t, "stale") > 0 {
					return d.Rev
				}
				return rev.Draw(t, "rev")
			}
		)
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				d := drawDoc(t)
				agree(t, s.Create(ctx, d), m.create(d))
			},
			"replace": func(t *rapid.T) {
				d := drawDoc(t)
				d.Rev = drawRev(t, d.Ref)
				agree(t, s.Replace(ctx, d), m.replace(d))
			},
			"delete": func(t *rapid.T) {
				r := drawRef(t)
				rev := drawRev(t, r)
				agree(t, s.Delete(ctx, r, rev), m.delete(r, rev))
			},
			"get": func(t *rapid.T) {
				r := drawRef(t)
				got, err := s.Get(ctx, r)
				want, ok := m[r]
				if ok != (err == nil) || ok && !same(got, want) {
					t.Fatalf("get %q: got %s, %v, want %s, %v", r, brief(got), err, brief(want), ok)
				}
			},
			"list": func(t *rapid.T) {
				q := portfolio.Query{
					School: school.Draw(t, "school"), Kind: kind.Draw(t, "kind"),
					Index: rapid.SampledFrom(append([]string{""}, portfolio.Indexes...)).Draw(t, "index"),
					From:  bound.Draw(t, "from"), To: bound.Draw(t, "to"),
					Desc:  rapid.Bool().Draw(t, "desc"),
					Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
				}
				if rapid.Bool().Draw(t, "cursor") {
					q.After.ID = text.Draw(t, "after id")
					if q.Index != "" {
						q.After.Key = bound.Draw(t, "after key")
					}
				}
				got, err := s.List(ctx, q)
				if want := m.list(q); err != nil || !slices.EqualFunc(got, want, same) {
					t.Fatalf("list %+v: got %v, %v, want %v", q, got, err, want)
				}
			},
		})
	})
}

func agree(t *rapid.T, got error, want portfolio.ErrKind) {
	if kind := kindOf(got); kind != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// fine is the kind of no error.
const fine portfolio.ErrKind = -1

func kindOf(err error) portfolio.ErrKind {
	if err == nil {
		return fine
	}
	return portfolio.KindOf(err)
}

// plainMap is a store as short as it can be said.
type plainMap map[portfolio.Ref]portfolio.Doc

func (m plainMap) create(d portfolio.Doc) portfolio.ErrKind {
	if _, ok := m[d.Ref]; ok {
		return portfolio.Exists
	}
	d.Rev = 1
	m[d.Ref] = d
	return fine
}

func (m plainMap) check(r portfolio.Ref, rev int64) portfolio.ErrKind {
	switch d, ok := m[r]; {
	case !ok:
		return portfolio.NotFound
	case d.Rev != rev:
		return portfolio.Conflict
	}
	return fine
}

func (m plainMap) replace(d portfolio.Doc) portfolio.ErrKind {
	kind := m.check(d.Ref, d.Rev)
	if kind == fine {
		d.Rev++
		m[d.Ref] = d
	}
	return kind
}

func (m plainMap) delete(r portfolio.Ref, rev int64) portfolio.ErrKind {
	kind := m.check(r, rev)
	if kind == fine {
		delete(m, r)
	}
	return kind
}

func (m plainMap) list(q portfolio.Query) (docs []portfolio.Doc) {
	place := func(d portfolio.Doc) portfolio.Cursor {
		if q.Index == "" {
			return portfolio.Cursor{ID: d.ID}
		}
		return portfolio.Cursor{Key: d.Keys[q.Index], ID: d.ID}
	}
	order := func(a, b portfolio.Cursor) int {
		n := cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
		if q.Desc {
			return -n
		}
		return n
	}
	for _, d := range m {
		key, listed := d.Keys[q.Index]
		if q.Index == "" {
			key, listed = d.ID, true
		}
		listed = listed && d.School == q.School && d.Kind == q.Kind && key >= q.From && (q.To == "" || key < q.To)
		if listed && (q.After == portfolio.Cursor{} || order(place(d), q.After) > 0) {
			docs = append(docs, d)
		}
	}
	slices.SortFunc(docs, func(a, b portfolio.Doc) int { return order(place(a), place(b)) })
	return docs[:min(len(docs), q.Limit)]
}
