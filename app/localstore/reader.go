package localstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"runtime"

	"kaft/portfolio"
)

// reader is a pool of connections that only read; none waits for the writer.
type reader struct {
	db    *sql.DB
	get   *sql.Stmt
	lists map[order]*sql.Stmt
}

// order is one of the ways in which documents are listed.
type order struct {
	index string
	desc  bool
}

func openReader(file string) (*reader, error) {
	db, err := sql.Open("sqlite", source(file, "busy_timeout(5000)", "query_only(1)"))
	if err != nil {
		return nil, err
	}
	n := max(4, runtime.GOMAXPROCS(0))
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	r := &reader{db: db, lists: map[order]*sql.Stmt{}}
	if err := r.prepare(); err != nil {
		db.Close()
		return nil, err
	}
	return r, nil
}

func (r *reader) prepare() (err error) {
	what := "SELECT id, rev, body, " + keyColumns() + " FROM docs "
	if r.get, err = r.db.Prepare(what + "WHERE (school, kind, id) = (?, ?, ?)"); err != nil {
		return err
	}
	for _, index := range append([]string{""}, portfolio.Indexes...) {
		for _, desc := range []bool{false, true} {
			if r.lists[order{index, desc}], err = r.db.Prepare(what + listing(index, desc)); err != nil {
				return err
			}
		}
	}
	return nil
}

// listing is the rest of a SELECT for one order. INDEXED BY makes it an error
// at start, and not a slow page years later, when SQLite would not walk the
// index that was made for it. The limit is an expression because SQLite plans a
// statement anew each time a bare parameter there is bound.
func listing(index string, desc bool) string {
	by, place, direction := "docs_id", "(id, '')", "ASC"
	if index != "" {
		by, place = "docs_"+index, "("+column(index)+", id)"
	}
	if desc {
		direction = "DESC"
	}
	where := fmt.Sprintf("INDEXED BY %s WHERE school = ? AND kind = ? AND %s >= (?, ?) AND %[2]s < (?, ?)", by, place)
	if index == "" {
		return where + fmt.Sprintf(" ORDER BY id %s LIMIT ?+0", direction)
	}
	return where + fmt.Sprintf(" AND %s IS NOT NULL ORDER BY %[1]s %s, id %[2]s LIMIT ?+0", column(index), direction)
}

func (r *reader) one(ctx context.Context, ref portfolio.Ref) (portfolio.Doc, error) {
	docs, err := r.read(ctx, r.get, ref.School, ref.Kind, ref.ID)
	if err != nil {
		return portfolio.Doc{}, err
	}
	if len(docs) == 0 {
		return portfolio.Doc{}, notFound
	}
	return docs[0], nil
}

func (r *reader) page(ctx context.Context, q portfolio.Query) ([]portfolio.Doc, error) {
	from, to := span(q)
	return r.read(ctx, r.lists[order{q.Index, q.Desc}],
		q.School, q.Kind, from.Key, from.ID, to.Key, to.ID, q.Limit)
}

// span is where the rest of the query begins and ends: from <= (key, id) < to.
// It uses that text holds no NUL, so that nothing lies between "x" and "x\x00",
// and that no UTF-8 begins with 0xff.
func span(q portfolio.Query) (from, to portfolio.Cursor) {
	from, to = portfolio.Cursor{Key: q.From}, portfolio.Cursor{Key: cmp.Or(q.To, "\xff")}
	after := q.After
	if q.Index == "" {
		after = portfolio.Cursor{Key: q.After.ID} // the ID is the key
	}
	if after == (portfolio.Cursor{}) {
		return from, to
	}
	if q.Desc {
		return from, lower(to, after)
	}
	after.ID += "\x00"
	if lower(from, after) == from {
		from = after
	}
	return from, to
}

func lower(a, b portfolio.Cursor) portfolio.Cursor {
	if cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID)) <= 0 {
		return a
	}
	return b
}

// read runs a prepared SELECT. Its first two arguments are the school and kind.
func (r *reader) read(ctx context.Context, s *sql.Stmt, args ...any) ([]portfolio.Doc, error) {
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, unavailable(cmp.Or(ctx.Err(), err))
	}
	defer rows.Close()
	docs, err := scan(rows, args[0].(string), args[1].(string))
	if err != nil {
		return nil, unavailable(cmp.Or(ctx.Err(), err))
	}
	return docs, nil
}

func scan(rows *sql.Rows, school, kind string) (docs []portfolio.Doc, err error) {
	var (
		d    portfolio.Doc
		keys = make([]sql.NullString, len(portfolio.Indexes))
		into = []any{&d.ID, &d.Rev, &d.Body}
	)
	for i := range keys {
		into = append(into, &keys[i])
	}
	for rows.Next() {
		d = portfolio.Doc{Ref: portfolio.Ref{School: school, Kind: kind}}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, key := range keys {
			if key.Valid {
				if d.Keys == nil {
					d.Keys = map[string]string{}
				}
				d.Keys[portfolio.Indexes[i]] = key.String
			}
		}
		docs = append(docs, d)
	}
	return docs, rows.Err()
}

func (r *reader) close() error {
	if r == nil {
		return nil
	}
	return r.db.Close()
}
