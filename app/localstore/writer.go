package localstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
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
	err    error
	answer chan error // of one: err, once the commit is done
}

func openWriter(file string) (_ *writer, err error) {
	w := &writer{queue: make(chan *write, maxBatch), done: make(chan struct{})}
	w.db, err = sql.Open("sqlite", source(file,
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)",
		// Ids are random, so writes touch pages everywhere: a cache of 16 MB and a
		// log of 16 MB before it is folded in (4000 pages) cost a quarter less CPU.
		"cache_size(-16000)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"))
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
	one := &write{ctx: ctx, do: do, answer: make(chan error, 1)}
	if err := w.enqueue(one); err != nil {
		return unavailable(err)
	}
	return <-one.answer
}

func (w *writer) enqueue(one *write) error {
	if w == nil {
		return errors.New("the store is open for reading only")
	}
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

// apply commits a batch and answers it. A write on which the engine itself
// fails (it does not fit on the disk) is answered and left out, and the others
// are run again: SQLite may have rolled all of them back.
func (w *writer) apply(batch []*write) {
	for {
		failed := w.attempt(batch)
		if failed < 0 {
			break
		}
		batch[failed].answer <- batch[failed].err
		batch = slices.Delete(batch, failed, failed+1)
	}
	for _, one := range batch {
		one.answer <- one.err
	}
}

// attempt runs a batch in one transaction and fills in its answers. If the
// engine failed on one, nothing is done and that one is returned, otherwise -1.
// When the commit fails nobody knows what is on the disk, and a refusal may rest
// on a neighbour's lost write: everybody is told Unavailable.
func (w *writer) attempt(batch []*write) (failed int) {
	_, err := w.begin.Exec()
	for i, one := range batch {
		if err != nil {
			break
		}
		if over := one.ctx.Err(); over != nil {
			one.err = unavailable(over)
		} else if one.err = one.do(w); portfolio.KindOf(one.err) == portfolio.Unavailable {
			w.rollback.Exec() // an error says that SQLite did it by itself
			return i
		}
	}
	if err == nil {
		_, err = w.commit.Exec()
	}
	if err != nil {
		w.rollback.Exec()
		for _, one := range batch {
			one.err = unavailable(err)
		}
	}
	return -1
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
