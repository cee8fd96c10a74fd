package chat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kaft/portfolio"
)

const (
	maxRooms = 512              // kept while nothing happens in them
	maxCrowd = 10 * time.Second // how long what another process changed may go unseen
)

// room is a conversation in which something happens now. Everything in it can
// be read again from the store.
type room struct {
	*Conversation
	users int // guarded by Talks.mu

	mu        sync.Mutex // orders what is said, and what is handed out
	last      Message    // the newest, when lastKnown
	lastKnown bool
	handed    int64 // the number up to which all was handed out; -1: not known
	owed      *Said // up to here handing out is tried again
	crowd     *crowd
}

// crowd is who hears what is said in a room, between two instants: they are
// chosen so that the rule answers the same for each of them throughout.
type crowd struct {
	from, until time.Time // a zero until is never
	still       func() bool
	seats       []*seat
	faces       []Face
	alone       bool // one member of staff with the student
}

// room finds the room of a conversation, and keeps it until leave.
func (t *Talks) room(c *Conversation) *room {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.rooms[c.ID]
	if r == nil {
		r = &room{Conversation: c, handed: -1}
		t.rooms[c.ID] = r
	}
	r.users++
	return r
}

func (t *Talks) leave(r *room) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.users--
	if r.users == 0 && len(t.rooms) > maxRooms {
		delete(t.rooms, r.ID)
	}
}

// deliver hands out all that is stored up to a message, in order. The message
// is durable: when who hears it cannot be read now, it is tried again.
func (t *Talks) deliver(r *room, m Said) {
	if r.handed < 0 {
		r.handed = t.Hub.from(r.ID, m.Place-1)
	}
	if t.handOut(context.Background(), r, m) == nil || t.Hub.isClosed() {
		return
	}
	waiting := r.owed != nil
	r.owed = &m
	if waiting {
		return
	}
	t.room(r.Conversation) // stays until then
	time.AfterFunc(time.Second, func() {
		defer t.leave(r)
		r.mu.Lock()
		defer r.mu.Unlock()
		owed := *r.owed
		r.owed = nil
		t.deliver(r, owed)
	})
}

func (t *Talks) handOut(ctx context.Context, r *room, m Said) error {
	for r.handed < m.Place {
		if r.handed == m.Place-1 {
			return t.hand(ctx, r, m)
		}
		docs, err := t.store.List(ctx, portfolio.Query{School: r.School, Kind: "message", From: messageID(r.ID, r.handed+1), To: messageID(r.ID, m.Place), Limit: maxPage})
		if err != nil {
			return err
		}
		if len(docs) == 0 { // there is nothing to hand out; to look again would never end
			r.handed = m.Place - 1
			continue
		}
		var entries []*Message
		for _, d := range docs {
			x, err := decodeMessage(d)
			if err != nil {
				return err
			}
			entries = append(entries, x)
		}
		all, err := t.allAsNow(ctx, r.Conversation, entries)
		if err != nil {
			return err
		}
		for _, x := range all {
			if err := t.hand(ctx, r, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// hand gives one message to whoever is there and hears it.
func (t *Talks) hand(ctx context.Context, r *room, m Said) error {
	for {
		before := r.crowd
		c, err := t.crowdOf(ctx, r)
		if err != nil {
			return err
		}
		if before != nil && !slices.Equal(before.faces, c.faces) {
			for _, face := range c.faces { // who reads along is named on their screens
				t.Hub.Tell(face.Person, Changed("talk", false))
			}
		}
		given, err := t.give(ctx, r, c, m)
		if err != nil {
			return err
		}
		if given {
			r.handed = m.Place
			return nil
		}
	}
}

// crowdOf is the room's crowd, read again when anything may have changed it.
func (t *Talks) crowdOf(ctx context.Context, r *room) (*crowd, error) {
	now := t.now()
	c := r.crowd
	if c != nil && c.still() && !now.Before(c.from) && now.Sub(c.from) < maxCrowd && (c.until.IsZero() || now.Before(c.until)) {
		return c, nil
	}
	c = &crowd{from: now, still: t.stillness(r.School)}
	if err := t.seat(ctx, r, c); err != nil {
		return nil, err
	}
	staff, student, family := 0, false, false
	for _, s := range c.seats {
		d := s.ear.Inspect("", s.within(now), now, now)
		c.until = sooner(c.until, sooner(d.Until, s.after(now)))
		if !d.Open {
			continue
		}
		f := s.face()
		c.faces = append(c.faces, f)
		switch {
		case f.Works:
			staff++
		case f.Person == r.Student:
			student = true
		default:
			family = true
		}
	}
	c.alone = staff == 1 && student && !family
	r.crowd = c
	return c, nil
}

// seat reads the members and what decides for each of them.
func (t *Talks) seat(ctx context.Context, r *room, c *crowd) error {
	if r.wide() {
		ears, err := t.gathering(ctx, r.School, *r.Group)
		for _, ear := range ears {
			c.seats = append(c.seats, &seat{Conversation: r.Conversation, ear: ear, name: ear.Says()})
		}
		slices.SortStableFunc(c.seats, func(x, y *seat) int { return -cmp.Compare(x.ear.Hat, y.ear.Hat) })
		return err
	}
	all, err := t.members(ctx, r.Conversation)
	if err != nil {
		return err
	}
	var who []portfolio.Actor
	for _, m := range all {
		c.seats = append(c.seats, &seat{Conversation: r.Conversation, member: m})
		who = append(who, portfolio.Actor{School: r.School, Person: m.Person, Hat: m.Hat})
	}
	ears, err := t.ears(ctx, r.Conversation, who...)
	if err != nil {
		return err
	}
	for i, s := range c.seats {
		s.ear, s.name = ears[i], ears[i].Says()
	}
	if r.Family {
		if err := t.relate(ctx, r.Conversation, all, c.seats...); err != nil {
			return err
		}
	}
	// The student, then staff, then family: that is how hats are spelled.
	slices.SortFunc(c.seats, func(x, y *seat) int {
		return cmp.Or(-cmp.Compare(x.ear.Hat, y.ear.Hat), cmp.Compare(x.name, y.name), cmp.Compare(x.ear.ID, y.ear.ID))
	})
	return nil
}

// members reads who is written down as being in a conversation.
func (t *Talks) members(ctx context.Context, c *Conversation) (out []*Member, err error) {
	q := portfolio.Query{School: c.School, Kind: "member", Index: "about", From: c.ID, To: c.ID + "\x01", Limit: maxPage}
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			m, err := decode[Member](d)
			if err != nil {
				return nil, err
			}
			out = append(out, m)
		}
		if len(docs) < q.Limit {
			return out, nil
		}
		q.After = portfolio.Cursor{Key: c.ID, ID: docs[len(docs)-1].ID}
	}
}

func (s *seat) face() Face {
	return Face{Person: s.ear.ID, Name: s.name, Hat: s.ear.Hat, Works: s.ear.Works()}
}

// hears is who may read a message now. One that was said since the crowd was
// read needs no asking.
func (c *crowd) hears(m *Message, now time.Time) []Face {
	if !m.At.Before(c.from) && (c.until.IsZero() || m.At.Before(c.until)) {
		return c.faces
	}
	var out []Face
	for _, s := range c.seats {
		if s.mayRead(m, now) {
			out = append(out, s.face())
		}
	}
	return out
}

// stillness tells, cheaply and at any time, whether the facts of a school are
// as they are at this moment.
func (t *Talks) stillness(school string) func() bool {
	n := t.turnsOf(school)
	was := n.Load()
	return func() bool { return n.Load() == was }
}

func (t *Talks) turnsOf(school string) *atomic.Uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.turns[school] == nil {
		t.turns[school] = new(atomic.Uint64)
	}
	return t.turns[school]
}

// changed hears of facts that may change who hears what: from here on nothing
// that was decided before is queued, and what is queued is taken back. It hears
// too of what other processes stored.
func (t *Talks) changed(c portfolio.Change) {
	switch c.What {
	case "fact", "person", "member", "class", "together", "talk_policy", "work": // of a work the title, that some may read
		t.turnsOf(c.School).Add(1)
		t.Hub.recall(c.School)
	case portfolio.Said:
		t.heard(c.School, c.ID)
	}
	if c.What == "together" || c.What == "member" {
		for _, p := range c.Persons { // who reads along is named on their screens
			t.Hub.Tell(p, Changed("talk", false))
		}
	}
}

// conversationOf is the conversation in the id of a member or message.
func conversationOf(id string) string {
	c, _, _ := strings.Cut(id, ".")
	return c
}
