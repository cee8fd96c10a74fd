package chat

import (
	"context"
	"sync"
	"time"

	"kaft/portfolio"
)

// What another process stores. The log is the truth and being told of it only
// hurries: a process that hears nothing finds the gap with the next message.

// fetchers is how many conversations are caught up at a time.
const fetchers = 4

// behind are conversations in which another process stored something, each
// once, and who catches them up.
type behind struct {
	mu      sync.Mutex
	waiting map[portfolio.Ref]bool
	queue   []portfolio.Ref
	working int
}

// tell says to the other processes that something is in the log of a
// conversation.
func (t *Talks) tell(c *Conversation) {
	t.lib.Elsewhere(portfolio.Change{School: c.School, What: portfolio.Said, ID: c.ID})
}

// heard is told that another process stored something in a conversation; ""
// when nobody knows in which.
func (t *Talks) heard(school, conversation string) {
	if t.Hub.Lines() == 0 {
		return
	}
	ids := []string{conversation}
	if conversation == "" {
		ids = t.Hub.named(school)
	}
	b := &t.behind
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		ref := portfolio.Ref{School: school, Kind: "conversation", ID: id}
		if b.waiting[ref] {
			continue
		}
		if b.waiting == nil {
			b.waiting = map[portfolio.Ref]bool{}
		}
		b.waiting[ref] = true
		b.queue = append(b.queue, ref)
		if b.working < fetchers {
			b.working++
			go t.fetch()
		}
	}
}

// fetch catches up until nothing waits.
func (t *Talks) fetch() {
	for {
		ref, ok := t.behind.next()
		if !ok {
			return
		}
		if err := t.catchUp(context.Background(), ref); err != nil && !t.Hub.isClosed() {
			time.AfterFunc(time.Second, func() { t.heard(ref.School, ref.ID) })
		}
	}
}

func (b *behind) next() (ref portfolio.Ref, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.working--
		b.queue = nil
		return ref, false
	}
	ref, b.queue = b.queue[0], b.queue[1:]
	delete(b.waiting, ref) // what is told from here on is read again
	return ref, true
}

// catchUp hands out what is in the log of a conversation and was not handed out
// here.
func (t *Talks) catchUp(ctx context.Context, ref portfolio.Ref) error {
	c, err := t.conversation(ctx, ref.School, ref.ID)
	if portfolio.KindOf(err) == portfolio.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	r := t.room(c)
	defer t.leave(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	last, err := t.newest(ctx, c.School, c.ID)
	if err != nil || last.Seq == 0 || last.Seq <= r.handed {
		return err
	}
	r.last, r.lastKnown = last, true
	said, err := t.asNow(ctx, c, &last)
	if err != nil {
		return err
	}
	t.deliver(r, said)
	return nil
}

// named are the conversations of a school in which somebody who is here said
// what was seen.
func (h *Hub) named(school string) []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	met := map[string]bool{}
	var out []string
	for _, lines := range h.lines {
		for _, l := range lines {
			if l.Actor.School != school {
				continue
			}
			l.mu.Lock()
			for _, p := range l.places {
				if !met[p.conversation] {
					met[p.conversation] = true
					out = append(out, p.conversation)
				}
			}
			l.mu.Unlock()
		}
	}
	return out
}

// from is the number after which everybody here lacks what was said in a
// conversation, at most upTo. Whoever is too far behind comes back and catches
// up alone.
func (h *Hub) from(conversation string, upTo int64) int64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	from := upTo
	for _, lines := range h.lines {
		for _, l := range lines {
			l.mu.Lock()
			switch i, known := l.find(conversation); {
			case !known || l.places[i].catching:
			case l.places[i].seq < upTo-maxGap:
				l.endLocked(TooSlow, true)
			default:
				from = min(from, l.places[i].seq)
			}
			l.mu.Unlock()
		}
	}
	return from
}
