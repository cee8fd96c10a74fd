package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// room is a conversation with a tab open for each member, and the count of what
// came to them.
type room struct {
	id   string
	host string
	tabs []*tab

	waits []atomic.Int32 // of each number, how many tabs it has not come to
	slots chan struct{}  // taken by each message that has not come to everybody
	late  latencies

	said      int // by tell
	delivered atomic.Int64
	whole     atomic.Int64  // messages that came to everybody
	dropped   atomic.Int64  // sockets that the server closed, to come back
	back      time.Duration // how long coming back took
	faults    chan error    // what should not happen
}

// newRoom is a room for so many messages, of which a window at most is under
// way.
func newRoom(host, id string, people []person, messages, window int) *room {
	r := &room{id: id, host: host, waits: make([]atomic.Int32, messages), slots: make(chan struct{}, window), faults: make(chan error, 1)}
	for i := range r.waits {
		r.waits[i].Store(int32(len(people)))
	}
	for _, p := range people {
		r.tabs = append(r.tabs, &tab{room: r, person: p, unacked: map[string]string{}})
	}
	return r
}

// open opens every tab, and waits until each is greeted.
func (r *room) open(ctx context.Context) error {
	return each(len(r.tabs), func(i int) error { return r.tabs[i].open(ctx) })
}

// tell has one tab say something, once there is a slot.
func (r *room) tell(ctx context.Context, t *tab) error {
	select {
	case r.slots <- struct{}{}:
	case err := <-r.faults:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
	return t.say()
}

// came counts that a message came to one tab.
func (r *room) came(seq int64, took time.Duration) {
	if seq > int64(len(r.waits)) {
		r.fault(fmt.Errorf("message %d of %d came", seq, len(r.waits)))
		return
	}
	r.delivered.Add(1)
	r.late.add(took)
	if r.waits[seq-1].Add(-1) == 0 {
		r.whole.Add(1)
		<-r.slots
	}
}

func (r *room) fault(err error) {
	select {
	case r.faults <- err:
	default:
	}
}

// settled waits until all of n messages came to everybody.
func (r *room) settled(ctx context.Context, n int) error {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	for r.whole.Load() < int64(n) {
		select {
		case err := <-r.faults:
			return err
		case <-ctx.Done():
			return nil // the report tells that some are missing
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// acked waits until the server has acknowledged all that some tabs said.
func (r *room) acked(ctx context.Context, tabs []*tab) error {
	for _, t := range tabs {
		for t.waits() {
			select {
			case err := <-r.faults:
				return err
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
		}
	}
	return nil
}

// oneOrder tells whether every tab saw the same messages in the same order.
func (r *room) oneOrder() bool {
	for _, t := range r.tabs {
		if t.sum.Load() != r.tabs[0].sum.Load() {
			return false
		}
	}
	return true
}

func (r *room) close() {
	for _, t := range r.tabs {
		t.close()
	}
}

// latencies counts how long messages were under way, in steps.
type latencies struct {
	counts [40_000]atomic.Int32
}

const step = 50 * time.Microsecond

func (l *latencies) add(d time.Duration) {
	l.counts[min(max(int(d/step), 0), len(l.counts)-1)].Add(1)
}

// share is the time within which that share of the messages came.
func (l *latencies) share(part float64) time.Duration {
	total, n := int64(0), int64(0)
	for i := range l.counts {
		total += int64(l.counts[i].Load())
	}
	for i := range l.counts {
		if n += int64(l.counts[i].Load()); n > 0 && float64(n) >= part*float64(total) {
			return time.Duration(i+1) * step
		}
	}
	return 0
}
