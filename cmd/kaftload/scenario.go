package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// scenario is one thing to measure.
type scenario struct {
	name    string
	what    string
	sockets int // each of another person, all in one conversation
	do      func(context.Context, *room, scenario) error
	seconds int
	rate    int // messages a second
	burst   int // messages of each person, where that is how many there are
	window  int // at most so many have not come to everybody; 0: no bound
}

// scenarios are what issue 5 asks.
var scenarios = []scenario{
	{name: "room", what: "a conversation at a pace", sockets: 500, rate: 5, do: atPace},
	{name: "hall", what: "a large one at a pace", sockets: 5000, rate: 2, do: atPace},
	{name: "full", what: "messages as fast as everybody keeps up", sockets: 1000, window: 64, do: saturated},
	{name: "idle", what: "open pages on which nothing happens", sockets: 10_000, do: settle},
	{name: "back", what: "all but five come back at once, 50 messages behind", sockets: 1005, burst: 50, do: cutAndBack},
	{name: "order", what: "all say 10 at once", sockets: 200, burst: 10, do: allAtOnce},
}

const (
	maxSaturated = 20_000           // messages: the server lets each of 1,000 say 20 at once
	settleTime   = 40 * time.Second // the server gives memory back after 20 s without a handshake
)

func (x scenario) chosen(names []string) bool {
	return len(names) == 0 || slices.Contains(names, x.name)
}

func (x scenario) scaled(percent, seconds int) scenario {
	x.sockets = max(x.sockets*percent/100, 2)
	x.seconds = seconds
	return x
}

// messages is the most that can be said.
func (x scenario) messages() int {
	switch {
	case x.rate > 0:
		return x.rate * x.seconds
	case x.name == "order":
		return x.burst * x.sockets
	case x.burst > 0:
		return x.burst
	case x.window > 0:
		return min(maxSaturated, 20*x.sockets)
	}
	return 0
}

// result is what was measured.
type result struct {
	scenario
	said, stored            int
	delivered, expected     int64
	p50, p99                time.Duration
	cpu, system, took, back time.Duration
	before, after           int64 // memory without and with the sockets, in bytes
	dropped                 int64
	oneOrder                bool
}

// run starts a server, opens the sockets and does what the scenario says.
func (x scenario) run(ctx context.Context, c cli, s *school) (_ *result, err error) {
	srv, err := start(ctx, c.Kaft, s.dir, c.Addr)
	if err != nil {
		return nil, err
	}
	stop := sync.OnceValue(srv.stop)
	defer func() { err = errors.Join(err, stop()) }()
	r := newRoom(srv.host, s.rooms[x.name], s.people[:x.sockets], x.messages(), cmp.Or(x.window, x.messages()))
	defer r.close()
	before, err := srv.memory()
	if err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	cpu, system, err := srv.cpu()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := x.do(ctx, r, x); err != nil {
		return nil, err
	}
	if err := r.settled(ctx, r.said); err != nil {
		return nil, err
	}
	out := &result{scenario: x, said: r.said, took: time.Since(began), delivered: r.delivered.Load(), expected: int64(r.said * x.sockets),
		p50: r.late.share(0.50), p99: r.late.share(0.99), dropped: r.dropped.Load(), oneOrder: r.oneOrder(), back: r.back, before: before}
	if out.after, err = srv.memory(); err != nil {
		return nil, err
	}
	if out.cpu, out.system, err = srv.cpu(); err != nil {
		return nil, err
	}
	out.cpu, out.system = out.cpu-cpu, out.system-system
	r.close()
	if err := stop(); err != nil {
		return nil, err
	}
	out.stored, err = s.stored(ctx, x.name)
	return out, err
}

// wrong tells what may never be, however slow the machine is.
func (r *result) wrong() error {
	switch {
	case r.delivered != r.expected:
		return fmt.Errorf("%d of %d deliveries came", r.delivered, r.expected)
	case r.stored != r.said:
		return fmt.Errorf("%d of %d messages are stored", r.stored, r.said)
	case !r.oneOrder:
		return errors.New("not everybody saw the same order")
	}
	return nil
}

func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "%-5s  %d sockets, %s\n", r.name, r.sockets, r.what)
	if r.said > 0 {
		fmt.Fprintf(w, "       %d messages in %.1f s, %d stored; delivered %d of %d, one order: %v; %d sockets dropped and back\n",
			r.said, r.took.Seconds(), r.stored, r.delivered, r.expected, r.oneOrder, r.dropped)
		fmt.Fprintf(w, "       p50 %.1f ms, p99 %.1f ms; server CPU %.2f µs a delivery, %.2f of it in the system (%.0f %% of a core)\n",
			ms(r.p50), ms(r.p99), r.each(r.cpu), r.each(r.system), 100*r.cpu.Seconds()/r.took.Seconds())
	}
	if r.back > 0 {
		fmt.Fprintf(w, "       all were back and caught up in %.2f s\n", r.back.Seconds())
	}
	fmt.Fprintf(w, "       %.1f KiB of server memory a socket (from %d to %d MiB)\n",
		float64(r.after-r.before)/1024/float64(r.sockets), r.before>>20, r.after>>20)
}

// each is the part of a time that each delivery took, in microseconds.
func (r *result) each(d time.Duration) float64 {
	return float64(d.Microseconds()) / float64(max(r.delivered, 1))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// atPace has people say things in turn, evenly.
func atPace(ctx context.Context, r *room, x scenario) error {
	next := time.NewTicker(time.Second / time.Duration(x.rate))
	defer next.Stop()
	for i := range x.messages() {
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := r.tell(ctx, r.tabs[i%len(r.tabs)]); err != nil {
			return err
		}
		r.said++
	}
	return nil
}

// saturated has people say things in turn, the next one as soon as a message
// has come to everybody and there is a slot.
func saturated(ctx context.Context, r *room, x scenario) error {
	end := time.Now().Add(time.Duration(x.seconds) * time.Second)
	for i := 0; i < x.messages() && time.Now().Before(end); i++ {
		if err := r.tell(ctx, r.tabs[i%len(r.tabs)]); err != nil {
			return err
		}
		r.said++
	}
	return nil
}

// settle does nothing, until the server's runtime has come to rest.
func settle(ctx context.Context, r *room, x scenario) error {
	select {
	case <-time.After(min(settleTime, time.Duration(2*x.seconds)*time.Second)):
		return nil
	case err := <-r.faults:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cutAndBack has all but a few lose their connection, and come back at once to
// what those said meanwhile.
func cutAndBack(ctx context.Context, r *room, x scenario) error {
	stay := min(5, x.sockets-1)
	gone := r.tabs[stay:]
	for _, t := range gone {
		t.close()
	}
	for i := range x.burst {
		if err := r.tell(ctx, r.tabs[i%stay]); err != nil {
			return err
		}
		r.said++
	}
	if err := r.acked(ctx, r.tabs[:stay]); err != nil {
		return err
	}
	began, errs := time.Now(), make(chan error)
	for _, t := range gone {
		go func() { errs <- t.open(ctx) }()
	}
	var err error
	for range gone {
		err = errors.Join(err, <-errs)
	}
	r.back = time.Since(began) // greeted is caught up
	return err
}

// allAtOnce has everybody say their messages at the same time.
func allAtOnce(ctx context.Context, r *room, x scenario) error {
	all := make(chan error)
	for _, t := range r.tabs {
		go func() {
			for range x.burst {
				if err := r.tell(ctx, t); err != nil {
					all <- err
					return
				}
			}
			all <- nil
		}()
	}
	var err error
	for range r.tabs {
		err = errors.Join(err, <-all)
	}
	r.said = x.messages()
	return err
}
