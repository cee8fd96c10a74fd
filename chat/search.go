package chat

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"kaft/export/prose"
	"kaft/portfolio"
)

// Found is an answer to a search, newest first.
type Found struct {
	Messages []Said
	Next     string    // where the next page begins; "" at the end
	Back     time.Time // with Next: all that was said after it was looked at
}

const (
	pageFound = 20   // hits in an answer
	maxLooked = 2000 // messages that one search looks at
	maxSearch = 100  // characters
)

// Search finds what was said in the actor's own conversations, or in one of
// them, with all the words of a text in it, or in the name of a file. There is no
// index of what people say: the messages are looked at from the newest back, as
// far as maxLooked goes, and the rule is asked about each. after is Next of the
// page before. Error kinds: Invalid; NotFound, for the one conversation.
func (t *Talks) Search(ctx context.Context, a portfolio.Actor, conversation, text, after string) (*Found, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return nil, portfolio.E(portfolio.Invalid, "error.empty", "Field", "q")
	}
	if err := checkText(text, "q", maxSearch); err != nil {
		return nil, err
	}
	from, err := readPlace(after)
	if err != nil {
		return nil, err
	}
	s := &search{t: t, ctx: ctx, actor: a}
	if err := s.open(conversation, from); err != nil {
		return nil, err
	}
	out := &Found{}
	for looked := 0; ; looked++ {
		m, strip, err := s.next()
		if err != nil || m == nil {
			return out, err
		}
		if looked == maxLooked || len(out.Messages) == pageFound {
			out.Next, out.Back = placeOf(m).String(), m.At
			return out, nil
		}
		strip.at++
		if m.Of != 0 || !strip.seat.mayRead(m, t.now()) {
			continue
		}
		now, err := t.asNow(ctx, strip.seat.Conversation, m)
		if err != nil {
			return nil, err
		}
		one := []Said{now}
		if err := t.look(ctx, strip.seat, one); err != nil {
			return nil, err
		}
		if one[0].says(words) {
			out.Messages = append(out.Messages, one[0])
		}
	}
}

// says tells whether all words are in what a reader sees of a message.
func (m Said) says(words []string) bool {
	var b strings.Builder
	b.WriteString(m.Text)
	if body := m.Body(); body != nil {
		b.Reset()
		b.WriteString(prose.Words(body, func(id string) string { return m.Titles[id] }))
	}
	for _, f := range m.Files {
		b.WriteString(" " + f.Name)
	}
	text := strings.ToLower(b.String())
	return !m.Withdrawn && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// search reads several conversations back as if they were one.
type search struct {
	t      *Talks
	ctx    context.Context
	actor  portfolio.Actor
	strips []*strip
}

// strip is a piece of one conversation, newest first.
type strip struct {
	seat  *seat
	to    string // the next piece ends before it
	docs  []*Message
	at    int
	ended bool
}

// spot is the place of a message among those of all conversations.
type spot struct {
	at           time.Time
	conversation string
	seq          int64
}

func placeOf(m *Message) spot { return spot{m.At, m.Conversation, m.Seq} }

// before orders spots: the newer is first.
func (p spot) before(o spot) bool {
	if c := p.at.Compare(o.at); c != 0 {
		return c > 0
	}
	if p.conversation != o.conversation {
		return p.conversation > o.conversation
	}
	return p.seq > o.seq
}

func (p spot) String() string {
	return strconv.FormatInt(p.at.UnixNano(), 36) + "." + p.conversation + "." + strconv.FormatInt(p.seq, 10)
}

func readPlace(s string) (spot, error) {
	if s == "" {
		return spot{}, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return spot{}, portfolio.E(portfolio.Invalid, "error.cursor")
	}
	at, err := strconv.ParseInt(parts[0], 36, 64)
	seq, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil {
		return spot{}, portfolio.E(portfolio.Invalid, "error.cursor")
	}
	return spot{time.Unix(0, at).UTC(), parts[1], seq}, nil
}

// open finds the conversations, each at the place where the search goes on.
func (s *search) open(conversation string, from spot) error {
	add := func(id string) error {
		seat, err := s.t.enter(s.ctx, s.actor, id)
		if err != nil {
			return err
		}
		x := &strip{seat: seat, to: id + "/"}
		if !from.at.IsZero() {
			seq, err := s.t.numberAt(s.ctx, seat.Conversation, from)
			if err != nil {
				return err
			}
			x.to = messageID(id, seq+1)
		}
		s.strips = append(s.strips, x)
		return nil
	}
	if conversation != "" {
		return add(conversation)
	}
	return s.t.eachOf(s.ctx, s.actor, func(id string) error {
		err := add(id)
		if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
			return nil
		}
		return err
	})
}

// next is the newest message that was not looked at, and where it is; nil at the
// end.
func (s *search) next() (*Message, *strip, error) {
	var best *strip
	for _, x := range s.strips {
		if x.at == len(x.docs) && !x.ended {
			if err := s.fill(x); err != nil {
				return nil, nil, err
			}
		}
		if x.at < len(x.docs) && (best == nil || placeOf(x.docs[x.at]).before(placeOf(best.docs[best.at]))) {
			best = x
		}
	}
	if best == nil {
		return nil, nil, nil
	}
	return best.docs[best.at], best, nil
}

func (s *search) fill(x *strip) error {
	const some = 50
	docs, err := s.t.store.List(s.ctx, portfolio.Query{School: x.seat.School, Kind: "message", From: messageID(x.seat.ID, 1), To: x.to, Desc: true, Limit: some})
	if err != nil {
		return err
	}
	x.docs, x.at, x.ended = x.docs[:0], 0, len(docs) < some
	for _, d := range docs {
		m, err := decodeMessage(d)
		if err != nil {
			return err
		}
		x.docs = append(x.docs, m)
		x.to = m.ID
	}
	return nil
}

// numberAt is the highest number in a conversation whose message comes at a spot
// or after it in a search. Numbers run with time, so it is found by halving.
func (t *Talks) numberAt(ctx context.Context, c *Conversation, at spot) (int64, error) {
	last, err := t.newest(ctx, c.School, c.ID)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), last.Seq // low is at or after the spot, or 0
	for low < high {
		middle := low + (high-low+1)/2
		m, err := t.message(ctx, c, middle)
		if err != nil {
			return 0, err
		}
		if placeOf(m).before(at) {
			high = middle - 1
		} else {
			low = middle
		}
	}
	return low, nil
}
