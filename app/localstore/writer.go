package localstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"kaft/portfolio"
)

// maxBatch bounds one transaction, and with it the log and the wait.
const maxBatch = 256

// writer owns the only connection that writes. It commits waiting writes
// together: one flush of the disk answers them all.
type writer struct {
	db                           *sql.DB // of one connection
	begin, commit, rollback      *sql.Stmt
	insert, update, remove, find *sql.Stmt

	queue chan *write
	done  chan struct{} // closed when the last write is answered

	mu     sync.RWMutex // held for reading while a write is put in the queue
	closed bool
}

// write is one change that waits, and its answer.
type write struct {
	ctx    context.Context
	do     func(*writer) error
	answer chan error // of one
}

func openWriter(file string) (_ *writer, err error) {
	w := &writer{queue: make(chan *write, maxBatch), done: make(chan struct{})}
	w.db, err = sql.Open("sqlite", source(file,
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)",
		"journal_size_limit(67108864)")) // a log that once grew goes back to the disk
	if err != nil {
		return nil, err
	}
	w.db.SetMaxOpenConns(1)
	if err = migrate(w.db); err == nil {
		err = w.prepare()
	}
	if err != nil {
		w.db.Close()
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) prepare() (err error) {
	holes := strings.Repeat("?, ", len(portfolio.Indexes))
	for _, s := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.insert, fmt.Sprintf("INSERT INTO docs (rev, body, %s, school, kind, id) VALUES (1, ?, %s?, ?, ?) ON CONFLICT DO NOTHING",
			keyColumns(), holes)},
		{&w.update, fmt.Sprintf("UPDATE docs SET (rev, body, %s) = (rev + 1, ?, %s) WHERE (school, kind, id, rev) = (?, ?, ?, ?)",
			keyColumns(), strings.TrimSuffix(holes, ", "))},
		{&w.remove, "DELETE FROM docs WHERE (school, kind, id, rev) = (?, ?, ?, ?)"},
		{&w.find, "SELECT count(*) FROM docs WHERE (school, kind, id) = (?, ?, ?)"},
	} {
		if *s.to, err = w.db.Prepare(s.sql); err != nil {
			return err
		}
	}
	return nil
}

// values are a document's columns as the statements take them.
func values(d portfolio.Doc) []any {
	args := []any{d.Body}
	for _, index := range portfolio.Indexes {
		key, has := d.Keys[index]
		args = append(args, sql.NullString{String: key, Valid: has})
	}
	return append(args, d.School, d.Kind, d.ID)
}

// write has do run in the next transaction and returns when that is committed.
// A context that ends takes back a write that has not begun; one that has
// begun is waited for, so the answer is always the truth.
func (w *writer) write(ctx context.Context, do func(*writer) error) error {
	one := &write{ctx, do, make(chan error, 1)}
	if err := w.enqueue(one); err != nil {
		return unavailable(err)
	}
	return <-one.answer
}

func (w *writer) enqueue(one *write) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errors.New("the store is closed")
	}
	select {
	case w.queue <- one:
		return nil
	case <-one.ctx.Done():
		return one.ctx.Err()
	}
}

// close answers what waits and ends the writer.
func (w *writer) close() error {
	w.mu.Lock()
	first := !w.closed
	w.closed = true
	w.mu.Unlock()
	if !first {
		<-w.done
		return nil
	}
	close(w.queue)
	<-w.done
	return w.db.Close()
}

func (w *writer) run() {
	defer close(w.done)
	for first := range w.queue {
		w.apply(w.waiting(first))
	}
}

// waiting is first and the writes that wait behind it.
func (w *writer) waiting(first *write) []*write {
	runtime.Gosched() // those just answered may have their next one ready
	batch := []*write{first}
	for len(batch) < maxBatch {
		select {
		case next, ok := <-w.queue:
			if !ok {
				return batch
			}
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// apply runs a batch in one transaction and answers it. When the commit fails
// nobody knows what is on the disk, and a refusal may rest on a neighbour's
// lost write: everybody is told Unavailable.
func (w *writer) apply(batch []*write) {
	answers := make([]error, len(batch))
	_, failed := w.begin.Exec()
	if failed == nil {
		for i, one := range batch {
			if err := one.ctx.Err(); err != nil {
				answers[i] = unavailable(err)
			} else {
				answers[i] = one.do(w)
			}
		}
		if _, failed = w.commit.Exec(); failed != nil {
			w.rollback.Exec() // an error here says that there is nothing left to roll back
		}
	}
	for i, one := range batch {
		if failed != nil {
			answers[i] = unavailable(failed)
		}
		one.answer <- answers[i]
	}
}

// change runs a statement that changes one document, or none: then what says
// why.
func change(s *sql.Stmt, args []any, why func() error) error {
	res, err := s.Exec(args...)
	if err != nil {
		return unavailable(err)
	}
	if n, err := res.RowsAffected(); err != nil {
		return unavailable(err)
	} else if n == 0 {
		return why()
	}
	return nil
}

// missed tells why a change with a revision touched nothing.
func (w *writer) missed(r portfolio.Ref) error {
	var n int
	if err := w.find.QueryRow(r.School, r.Kind, r.ID).Scan(&n); err != nil {
		return unavailable(err)
	}
	if n == 0 {
		return notFound
	}
	return conflict
}
