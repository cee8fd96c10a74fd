package chat

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kaft/portfolio"
)

// Talks is the only door to conversations.
type Talks struct {
	Hub *Hub

	lib   *portfolio.Library
	store portfolio.Store
	now   func() time.Time
	pace  *Pace

	behind behind

	mu    sync.Mutex
	rooms map[string]*room
	turns map[string]*atomic.Uint64 // how often the facts of a school changed

	gatherings gatherings
}

// New opens the conversations of an installation.
func New(lib *portfolio.Library, store portfolio.Store, now func() time.Time) *Talks {
	t := &Talks{Hub: NewHub(), lib: lib, store: store, now: now, pace: NewPace(20, time.Second),
		rooms: map[string]*room{}, turns: map[string]*atomic.Uint64{}, gatherings: gatherings{all: map[string]*gathering{}}}
	lib.Watch(t.changed)
	return t
}

// charge holds one person to 20 messages at once and one a second after that.
// Error kind: TooMany.
func (t *Talks) charge(a portfolio.Actor) error {
	if w := t.pace.Take(a.Person, t.now()); w > 0 {
		return portfolio.E(portfolio.TooMany, "error.talk_pace", "Seconds", int(w/time.Second)+1)
	}
	return nil
}

// Talk is a conversation as one reader sees it.
type Talk struct {
	*Conversation
	StudentName string
	ClassName   string         // of the class it is for
	Sender      string         // of an announcement, the name
	Faces       []Face         // who reads along now, as far as the reader is told; the reader first
	Counts      map[string]int // for a whole class or school: how many read along, by hat
	All         bool           // Faces are everybody
	Closed      string         // why the reader cannot say anything (off, ended, reads), or ""
	Newest      *Said          // nil while nothing was said that the reader may read
	Over        bool           // nothing more is said: the student has left
	Last        int64          // the number of the newest entry of the log
	Read        int64          // the number up to which the reader has read
	Unread      int            // what others said after it, at most maxUnread
}

// Face is somebody in a conversation.
type Face struct {
	Person, Name, Hat string
	Works             bool // for the school
	Me                bool
}

// Open finds a conversation of the actor. Error kind: NotFound.
func (t *Talks) Open(ctx context.Context, a portfolio.Actor, id string) (*Talk, error) {
	s, err := t.enter(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return t.open(ctx, a, s)
}

func (t *Talks) open(ctx context.Context, a portfolio.Actor, s *seat) (*Talk, error) {
	talk := &Talk{Conversation: s.Conversation, Over: !s.ear.Speaks(t.now())}
	policy, err := t.lib.TalkPolicy(ctx, s.School)
	if err != nil {
		return nil, err
	}
	talk.Closed = s.closed(policy, t.now())
	if err := t.faces(ctx, a, s, policy, talk); err != nil {
		return nil, err
	}
	names := names{t: t, ctx: ctx, school: s.School}
	if s.Student != "" {
		p, err := t.lib.PersonByID(ctx, a, s.Student)
		if err != nil {
			return nil, err
		}
		talk.StudentName = p.Name.Short()
	}
	if s.Group != nil && s.Group.Class != "" {
		if talk.ClassName, err = t.lib.NameOfClass(ctx, s.School, s.Group.Class); err != nil {
			return nil, err
		}
	}
	if s.Kind == Announcement {
		if talk.Sender, err = names.of(s.By); err != nil {
			return nil, err
		}
	}
	p, err := t.back(ctx, s, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(p.Messages) > 0 {
		talk.Newest = &p.Messages[0]
	}
	last, err := t.newest(ctx, s.School, s.ID)
	if err != nil {
		return nil, err
	}
	talk.Last = last.Seq
	if talk.Read, err = t.readTo(ctx, a, s.ID); err != nil {
		return nil, err
	}
	talk.Unread, err = t.unread(ctx, s, talk.Read, maxUnread)
	return talk, err
}

// faces names who hears what is said now. Who reads an announcement is told to
// staff by name, to the others by number; so are parents to each other, where
// they do not talk with each other.
func (t *Talks) faces(ctx context.Context, a portfolio.Actor, s *seat, policy *portfolio.TalkPolicy, talk *Talk) error {
	r := t.room(s.Conversation)
	defer t.leave(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	crowd, err := t.crowdOf(ctx, r)
	if err != nil {
		return err
	}
	talk.All = !s.wide() || s.tells(policy)
	var me, others []Face
	if s.wide() {
		talk.Counts = map[string]int{}
	}
	for _, f := range crowd.faces {
		if s.wide() {
			talk.Counts[f.Hat]++
		}
		switch {
		case f.Person == a.Person && f.Hat == a.Hat:
			f.Me = true
			me = append(me, f)
		case talk.All, f.Works && s.Kind != Announcement, f.Works && f.Person == s.By:
			others = append(others, f)
		}
	}
	talk.Faces = append(me, others...)
	return nil
}

// Mine lists the actor's conversations, the one with the newest message first.
func (t *Talks) Mine(ctx context.Context, a portfolio.Actor) ([]*Talk, error) {
	var out []*Talk
	err := t.eachMembership(ctx, a, func(id string) error {
		talk, err := t.Open(ctx, a, id)
		if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
			return nil // no longer in touch, or never finished
		}
		if err == nil {
			out = append(out, talk)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	wide, err := t.myWide(ctx, a)
	if err != nil {
		return nil, err
	}
	out = append(out, wide...)
	slices.SortFunc(out, func(x, y *Talk) int { return cmp.Or(y.latest().Compare(x.latest()), cmp.Compare(x.ID, y.ID)) })
	return out, nil
}

func (t *Talk) latest() time.Time {
	if t.Newest != nil {
		return t.Newest.At
	}
	return t.CreatedAt
}
