package export

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"kaft/export/handover"
	"kaft/portfolio"
)

// sweepEvery is how often what has expired is thrown away.
const sweepEvery = time.Hour

// Jobs makes and takes in bundles in the background, a few at a time. How far
// each is stands in its document, so any page can show it, and a start after a
// crash goes on from there.
type Jobs struct {
	lib   *portfolio.Library
	maker Maker
	log   *slog.Logger
	slots chan struct{}
	lines chan struct{} // fetches from other schools have slots of their own: they wait for others
	other *handover.Client
	ctx   context.Context
	stop  context.CancelFunc
	wg    sync.WaitGroup

	mu   sync.Mutex
	busy map[string]bool // what is being done, with the id of its document
}

// fetchesAtOnce is how many bundles come in from other schools at a time.
const fetchesAtOnce = 4

// NewJobs makes a place for jobs, atOnce of them at a time.
func NewJobs(lib *portfolio.Library, maker Maker, atOnce int, log *slog.Logger) *Jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &Jobs{lib: lib, maker: maker, log: log, slots: make(chan struct{}, atOnce), lines: make(chan struct{}, fetchesAtOnce), other: handover.New(false),
		ctx: ctx, stop: stop, busy: map[string]bool{}}
}

// FetchLocally lets bundles be fetched from this machine too, over http: for a
// demo or a test.
func (j *Jobs) FetchLocally() { j.other = handover.New(true) }

// Recover finishes or takes back the imports that the last run left in the
// middle, goes on with its other jobs, and begins to sweep. It is called once
// at start, before anybody is served.
func (j *Jobs) Recover(ctx context.Context) error {
	if _, err := j.lib.RecoverImports(ctx); err != nil {
		return err
	}
	bundles, err := j.lib.Unpacked(ctx)
	if err != nil {
		return err
	}
	imports, err := j.lib.Unchecked(ctx)
	if err != nil {
		return err
	}
	for _, b := range bundles {
		j.pack(b)
	}
	for _, imp := range imports {
		j.check(imp)
	}
	j.wg.Go(j.sweep)
	return nil
}

// Close stops what is running and waits for it. Bundles are made from the
// beginning at the next start; imports are taken back now.
func (j *Jobs) Close() {
	j.stop()
	j.wg.Wait()
}

// Make has a move bundle made of a student, with texts in a language. Error
// kinds: NotFound, Forbidden.
func (j *Jobs) Make(ctx context.Context, a portfolio.Actor, student string, wish portfolio.Wish) (*portfolio.Bundle, error) {
	b, err := j.lib.StartBundle(ctx, a, student, wish)
	if err == nil {
		j.pack(b)
	}
	return b, err
}

func (j *Jobs) pack(b *portfolio.Bundle) {
	j.run("bundle", b.ID, func(ctx context.Context) error {
		return j.lib.PackBundle(ctx, b.School, b.ID, j.write)
	})
}

// write is Maker.Write, where a panic is an error like any other.
func (j *Jobs) write(ctx context.Context, v *portfolio.Leaving, b *portfolio.Bundle, w io.Writer, tell func(portfolio.Headway) error) (c portfolio.Contents, err error) {
	defer caught(&err)
	return j.maker.Write(ctx, v, b, w, tell)
}

// Receive spools a bundle that comes in and has it checked. Error kinds:
// Forbidden, Invalid, TooLarge.
func (j *Jobs) Receive(ctx context.Context, a portfolio.Actor, name string, r io.Reader) (*portfolio.Import, error) {
	imp, err := j.lib.TakeBundle(ctx, a, name, r)
	if err == nil {
		j.check(imp)
	}
	return imp, err
}

func (j *Jobs) check(imp *portfolio.Import) {
	a := imp.Actor()
	j.run("check", imp.ID, func(ctx context.Context) error {
		v, close, err := j.open(ctx, a, imp.ID, func(imp *portfolio.Import, h portfolio.Headway) error { return j.lib.TellImport(ctx, imp, h) })
		if ctx.Err() != nil {
			return ctx.Err() // the next start checks it again
		}
		var from portfolio.Sender
		if err == nil {
			from = v.From
			close()
		}
		return j.lib.SettleImport(ctx, a, imp.ID, from, err)
	})
}

// open verifies a spooled bundle. What it gives is read until close is called.
func (j *Jobs) open(ctx context.Context, a portfolio.Actor, id string, tell func(*portfolio.Import, portfolio.Headway) error) (v *Verified, close func(), err error) {
	imp, r, err := j.lib.OpenImport(ctx, a, id)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	defer caught(&err)
	b, err := Open(r, r.Size())
	if err != nil {
		return nil, nil, err
	}
	v, err = b.Verify(ctx, func(h portfolio.Headway) error { return tell(imp, h) })
	if err != nil {
		b.Close()
	}
	return v, func() { b.Close(); r.Close() }, err
}

// Plan tells what taking in a checked bundle for a student ("" for a new one)
// would do. Error kinds: Forbidden, NotFound, Invalid.
func (j *Jobs) Plan(ctx context.Context, a portfolio.Actor, id, into string) (report portfolio.Report, err error) {
	defer caught(&err)
	imp, r, err := j.lib.OpenImport(ctx, a, id)
	if err != nil {
		return report, err
	}
	defer r.Close()
	b, err := Open(r, r.Size())
	if err != nil {
		return report, err
	}
	defer b.Close()
	v, err := b.reread(ctx, imp.From.Missing)
	if err != nil {
		return report, err
	}
	return v.Plan(ctx, j.lib, a, into)
}

// Adopt takes in a checked bundle for a student, or for a new one (""): a
// person chose. Error kinds: Forbidden, NotFound, Conflict.
func (j *Jobs) Adopt(ctx context.Context, a portfolio.Actor, id, into string) error {
	imp, err := j.lib.ImportByID(ctx, a, id)
	if err != nil {
		return err
	}
	arrival, err := j.lib.Adopt(ctx, a, imp, into)
	if err != nil {
		return err
	}
	j.run("import", id, func(ctx context.Context) error {
		v, close, err := j.open(ctx, a, id, func(_ *portfolio.Import, h portfolio.Headway) error { return arrival.Tell(ctx, h) })
		if err != nil {
			return arrival.Abort(ctx, err)
		}
		defer close()
		return v.takeIn(ctx, arrival, func(portfolio.Headway) error { return nil })
	})
	return nil
}

// Undo takes back an import that is done. Error kinds: Forbidden, NotFound,
// Conflict.
func (j *Jobs) Undo(ctx context.Context, a portfolio.Actor, id string) error {
	done := make(chan error, 1)
	j.run("undo", id, func(ctx context.Context) error {
		_, err := j.lib.UndoImport(ctx, a, id)
		done <- err
		return err
	})
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second): // the page shows how it goes on
		return nil
	}
}

// run does one piece of work when there is room, and not while the same is
// being done.
func (j *Jobs) run(what, id string, work func(ctx context.Context) error) {
	j.runIn(j.slots, what, id, work)
}

func (j *Jobs) runIn(slots chan struct{}, what, id string, work func(ctx context.Context) error) {
	key := what + " " + id
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy[key] {
		return
	}
	j.busy[key] = true
	j.wg.Go(func() {
		defer func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			delete(j.busy, key)
		}()
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-j.ctx.Done():
			return
		}
		if err := safely(j.ctx, work); err != nil && j.ctx.Err() == nil {
			level := slog.LevelInfo // the person reads why on the page
			if k := portfolio.KindOf(err); k == portfolio.Internal || k == portfolio.Unavailable {
				level = slog.LevelError
			}
			j.log.Log(j.ctx, level, "job failed", "what", what, "id", id, "error", err)
		}
	})
}

func safely(ctx context.Context, work func(context.Context) error) (err error) {
	defer caught(&err)
	return work(ctx)
}

// caught turns a panic into an error, with where it was for the log.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

func (j *Jobs) sweep() {
	for {
		if _, err := j.lib.SweepBundles(j.ctx); err != nil && j.ctx.Err() == nil {
			j.log.Error("sweep of bundles failed", "error", err)
		}
		if _, err := j.lib.SweepHandovers(j.ctx); err != nil && j.ctx.Err() == nil {
			j.log.Error("sweep of codes failed", "error", err)
		}
		if _, err := j.lib.SweepImports(j.ctx); err != nil && j.ctx.Err() == nil {
			j.log.Error("sweep of imports failed", "error", err)
		}
		select {
		case <-time.After(sweepEvery):
		case <-j.ctx.Done():
			return
		}
	}
}
