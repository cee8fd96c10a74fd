package storetest_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"kaft/portfolio"
)

// store is a Store of which some calls are wrong.
type store struct {
	portfolio.Store
	get     func(context.Context, portfolio.Ref) (portfolio.Doc, error)
	create  func(context.Context, portfolio.Doc) error
	replace func(context.Context, portfolio.Doc) error
	delete  func(context.Context, portfolio.Ref, int64) error
	list    func(context.Context, portfolio.Query) ([]portfolio.Doc, error)
}

func (s store) Get(ctx context.Context, r portfolio.Ref) (portfolio.Doc, error) {
	if s.get != nil {
		return s.get(ctx, r)
	}
	return s.Store.Get(ctx, r)
}

func (s store) Create(ctx context.Context, d portfolio.Doc) error {
	if s.create != nil {
		return s.create(ctx, d)
	}
	return s.Store.Create(ctx, d)
}

func (s store) Replace(ctx context.Context, d portfolio.Doc) error {
	if s.replace != nil {
		return s.replace(ctx, d)
	}
	return s.Store.Replace(ctx, d)
}

func (s store) Delete(ctx context.Context, r portfolio.Ref, rev int64) error {
	if s.delete != nil {
		return s.delete(ctx, r, rev)
	}
	return s.Store.Delete(ctx, r, rev)
}

func (s store) List(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	if s.list != nil {
		return s.list(ctx, q)
	}
	return s.Store.List(ctx, q)
}

// lists is a Store whose queries are changed on the way.
func lists(s portfolio.Store, change func(*portfolio.Query)) portfolio.Store {
	return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
		change(&q)
		return s.List(ctx, q)
	}}
}

var storeFaults = map[string]func(portfolio.Store) portfolio.Store{
	"create overwrites": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			if old, err := s.Get(ctx, d.Ref); err == nil {
				d.Rev = old.Rev
				return s.Replace(ctx, d)
			}
			return s.Create(ctx, d)
		}}
	},
	"create is answered before it is done": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			go s.Create(context.WithoutCancel(ctx), d)
			return nil
		}}
	},
	"replace looks at the revision first and then writes": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			old, err := s.Get(ctx, d.Ref)
			if err != nil || old.Rev != d.Rev {
				return s.Replace(ctx, d) // its own errors
			}
			for {
				if err := s.Replace(ctx, d); portfolio.KindOf(err) != portfolio.Conflict {
					return err
				}
				if old, err = s.Get(ctx, d.Ref); err != nil {
					return err
				}
				d.Rev = old.Rev
			}
		}}
	},
	"replace keeps old keys": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			if old, err := s.Get(ctx, d.Ref); err == nil && old.Keys != nil {
				maps.Copy(old.Keys, d.Keys)
				d.Keys = old.Keys
			}
			return s.Replace(ctx, d)
		}}
	},
	"replace makes what is not there": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			err := s.Replace(ctx, d)
			if portfolio.KindOf(err) == portfolio.NotFound {
				return s.Create(ctx, d)
			}
			return err
		}}
	},
	"delete does not look at the revision": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, delete: func(ctx context.Context, r portfolio.Ref, rev int64) error {
			if d, err := s.Get(ctx, r); err == nil {
				rev = d.Rev
			}
			return s.Delete(ctx, r, rev)
		}}
	},
	"bodies are text": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Body = bytes.ToValidUTF8(d.Body, []byte("?"))
			return s.Create(ctx, d)
		}}
	},
	"large bodies are cut": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Body = d.Body[:min(len(d.Body), 1<<20)]
			return s.Create(ctx, d)
		}}
	},
	"schools are told apart without case": func(s portfolio.Store) portfolio.Store {
		return store{Store: s,
			get: func(ctx context.Context, r portfolio.Ref) (portfolio.Doc, error) {
				r.School = strings.ToLower(r.School)
				return s.Get(ctx, r)
			},
			create: func(ctx context.Context, d portfolio.Doc) error {
				d.School = strings.ToLower(d.School)
				return s.Create(ctx, d)
			}}
	},
	"a list leaks another kind": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if q.Kind == "note" && q.Index == "party" && err == nil {
				q.Kind = "work"
				more, _ := s.List(ctx, q)
				docs = append(docs, more...)
			}
			return docs, err
		}}
	},
	"a list is in the order of UTF-16": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if n := len(docs); n > 1 && docs[n-2].ID == "\uffee" {
				docs[n-1], docs[n-2] = docs[n-2], docs[n-1]
			}
			return docs, err
		}}
	},
	"the cursor forgets the ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.Index != "" && q.After.ID != "" {
				q.After.ID = "\xff"
			}
		})
	},
	"the cursor repeats its document": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.After.ID != "" && !q.Desc {
				q.After.ID = q.After.ID[:len(q.After.ID)-1] + string(q.After.ID[len(q.After.ID)-1]-1) + "~"
			}
		})
	},
	"from is exclusive": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.From != "" {
				q.From += "\x00"
			}
		})
	},
	"to is inclusive": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.To != "" {
				q.To += "\x00"
			}
		})
	},
	"to is ignored by ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if q.Index == "" {
				q.To = ""
			}
		})
	},
	"equal keys keep their order when descending": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, list: func(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
			docs, err := s.List(ctx, q)
			if q.Desc {
				slices.SortStableFunc(docs, func(a, b portfolio.Doc) int {
					if a.Keys[q.Index] != b.Keys[q.Index] {
						return 0
					}
					return strings.Compare(a.ID, b.ID)
				})
			}
			return docs, err
		}}
	},
	"an empty key is no key": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, create: func(ctx context.Context, d portfolio.Doc) error {
			d.Keys = maps.Clone(d.Keys)
			maps.DeleteFunc(d.Keys, func(_, key string) bool { return key == "" })
			return s.Create(ctx, d)
		}}
	},
	"any limit will do": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) { q.Limit = max(1, min(q.Limit, 1000)) })
	},
	"an unknown index lists by ID": func(s portfolio.Store) portfolio.Store {
		return lists(s, func(q *portfolio.Query) {
			if !slices.Contains(portfolio.Indexes, q.Index) {
				q.Index = ""
			}
		})
	},
	"contexts are not heeded": func(s portfolio.Store) portfolio.Store {
		return store{Store: s, replace: func(ctx context.Context, d portfolio.Doc) error {
			return s.Replace(context.WithoutCancel(ctx), d)
		}}
	},
}
