package portfolio

import (
	"context"
	"time"
)

// Chores are what a school's program does by itself: throwing away uploads that
// were forgotten, finishing what was broken off, the birthdays, and telling who leaves. Each is done
// hourly, and again in the last minutes of a day and right after midnight in
// Amsterdam.
type Chores struct {
	Lib   *Library
	After func(time.Duration) <-chan time.Time // time.After
	Fault func(chore string, err error)        // for the log
}

// choreEvery is the longest between two rounds, beforeMidnight how long before
// the end of a day one begins: long enough for a school on a slow machine.
const (
	choreEvery     = time.Hour
	beforeMidnight = 5 * time.Minute
)

// Do does everything once.
func (c *Chores) Do(ctx context.Context) {
	if _, err := c.Lib.Sweep(ctx); err != nil {
		c.Fault("sweep of uploads", err)
	}
	if _, err := c.Lib.FinishLog(ctx); err != nil {
		c.Fault("finishing the log", err)
	}
	if _, err := c.Lib.FinishRequests(ctx); err != nil {
		c.Fault("finishing requests", err)
	}
	if _, err := c.Lib.FinishErasures(ctx); err != nil {
		c.Fault("finishing erasures", err)
	}
	if err := c.Lib.Birthdays(ctx); err != nil {
		c.Fault("birthdays", err)
	}
	if err := c.Lib.TellLeaving(ctx); err != nil {
		c.Fault("telling who leaves", err)
	}
}

// Run does everything whenever it is time, until ctx ends. It begins with
// waiting: Do is for the start, before anybody is served.
func (c *Chores) Run(ctx context.Context) {
	today := DateOf(c.Lib.now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.After(untilNextRound(c.Lib.now())):
		}
		if ctx.Err() != nil {
			return
		}
		if now := DateOf(c.Lib.now()); now != today {
			today = now
			c.Lib.Changed(Change{What: NewDay}) // before anything that takes time
		}
		c.Do(ctx)
	}
}

// untilNextRound is how long to wait at an instant. A round that is due now was
// just done.
func untilNextRound(now time.Time) time.Duration {
	midnight := DateOf(now).AddDays(1).Start()
	next := now.Add(choreEvery)
	for _, t := range []time.Time{midnight.Add(-beforeMidnight), midnight} {
		if t.After(now) && t.Before(next) {
			next = t
		}
	}
	return next.Sub(now)
}
