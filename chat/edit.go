package chat

import (
	"context"
	"math"
	"strings"
	"time"

	"kaft/portfolio"
)

// EditTime is how long after it was said a message can be changed or taken back.
const EditTime = 10 * time.Minute

// What was said can be changed for a while. The change is an entry of the same
// log, with a number of its own: so it is durable before it is told, in the same
// order for everyone, and who was away gets it as anything else that was missed.
// Whatever entry brings a message, it brings it as it is now: what was taken back
// is told to nobody any more. The entries themselves stay: they are the school's
// record.

// first is the message that an entry is about, as far as the rule asks: who may
// read what was said may read what became of it, and nobody else may.
func (m *Message) first() *Message {
	if m.Of == 0 {
		return m
	}
	return &Message{Head: portfolio.Head{School: m.School, ID: messageID(m.Conversation, m.Of)}, At: m.Said}
}

func (m *Message) number() int64 {
	if m.Of != 0 {
		return m.Of
	}
	return m.Seq
}

// asNow is allAsNow of one entry.
func (t *Talks) asNow(ctx context.Context, c *Conversation, m *Message) (Said, error) {
	all, err := t.allAsNow(ctx, c, []*Message{m})
	if err != nil {
		return Said{}, err
	}
	return all[0], nil
}

// allAsNow gives entries of the log as the messages they are about are now.
func (t *Talks) allAsNow(ctx context.Context, c *Conversation, entries []*Message) ([]Said, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	whole := map[int64]*Said{}
	from, to := int64(math.MaxInt64), int64(0)
	for _, m := range entries {
		from, to = min(from, m.number()), max(to, m.number())
		if m.Of == 0 {
			x := *m
			whole[m.Seq] = &Said{Message: &x}
		}
	}
	for _, m := range entries {
		if whole[m.number()] == nil {
			x, err := t.message(ctx, c, m.number())
			if err != nil {
				return nil, err
			}
			whole[m.number()] = &Said{Message: x}
		}
	}
	if err := t.amend(ctx, c, whole, from, to); err != nil {
		return nil, err
	}
	out, names := make([]Said, len(entries)), names{t: t, ctx: ctx, school: c.School}
	for i, m := range entries {
		x := *whole[m.number()].Message
		x.Key = m.Key // by which its sender knows it again
		name, err := names.of(x.Person)
		if err != nil {
			return nil, err
		}
		out[i] = Said{Message: &x, Name: name, Place: m.Seq, Edited: whole[m.number()].Edited}
	}
	return out, nil
}

// amend brings messages with numbers from from to to up to what they are now.
func (t *Talks) amend(ctx context.Context, c *Conversation, whole map[int64]*Said, from, to int64) error {
	q := portfolio.Query{School: c.School, Kind: "message", Index: "about", From: messageID(c.ID, from), To: messageID(c.ID, to) + "\x01", Limit: maxPage}
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range docs {
			e, err := decodeMessage(d)
			if err != nil {
				return err
			}
			m := whole[e.Of]
			if m == nil || m.Withdrawn {
				continue // once taken back it stays so
			}
			m.Edited, m.Text, m.Works = e.At, e.Text, e.Works
			if e.Withdrawn {
				m.Withdrawn, m.Text, m.Works, m.Files, m.Reply = true, "", nil, nil, 0
			}
		}
		if len(docs) < q.Limit {
			return nil
		}
		last := docs[len(docs)-1]
		q.After = portfolio.Cursor{Key: last.Keys["about"], ID: last.ID}
	}
}

// MayEdit tells whether a message is one that the actor could still change.
func (t *Talks) MayEdit(a portfolio.Actor, m Said) bool {
	return m.Person == a.Person && m.Hat == a.Hat && !m.Withdrawn && t.now().Sub(m.At) < EditTime
}

// Edit changes the text of what the actor said. A key that was used before gives
// the same answer again. Error kinds: NotFound, also for what another said;
// Invalid, TooMany; Conflict, when it is too late or was taken back.
func (t *Talks) Edit(ctx context.Context, a portfolio.Actor, conversation string, seq int64, key, text string) (Said, error) {
	text = tidy(text)
	if text != "" { // only a message with files may have none
		if err := checkMessage(text); err != nil {
			return Said{}, err
		}
	}
	return t.revise(ctx, a, conversation, seq, &Message{Key: key, Text: text})
}

// Withdraw takes back what the actor said. The school's record keeps it. Error
// kinds as of Edit.
func (t *Talks) Withdraw(ctx context.Context, a portfolio.Actor, conversation string, seq int64, key string) (Said, error) {
	return t.revise(ctx, a, conversation, seq, &Message{Key: key, Withdrawn: true})
}

func (t *Talks) revise(ctx context.Context, a portfolio.Actor, conversation string, seq int64, e *Message) (Said, error) {
	if err := checkKey(e.Key); err != nil {
		return Said{}, err
	}
	c, err := t.conversation(ctx, a.School, conversation)
	if err != nil {
		return Said{}, err
	}
	r := t.room(c)
	defer t.leave(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := t.sit(ctx, a, c)
	if err != nil {
		return Said{}, err
	}
	if err := t.charge(a); err != nil {
		return Said{}, err
	}
	e.Head, e.Conversation, e.Person, e.Hat, e.Of = portfolio.Head{School: a.School}, conversation, a.Person, a.Hat, seq
	first, err := t.byKey(ctx, e)
	if err != nil {
		return Said{}, err
	}
	if first == nil {
		if err := t.mayRevise(ctx, a, s, e); err != nil {
			return Said{}, err
		}
		if first, err = t.append(ctx, r, e); err != nil {
			return Said{}, err
		}
	}
	if first != nil {
		e = first
	}
	if e.Of != seq { // the key of something else
		return Said{}, portfolio.E(portfolio.Invalid, "error.talk_key", "Max", maxKey)
	}
	said, err := t.asNow(ctx, c, e)
	if err != nil {
		return Said{}, err
	}
	if first == nil || r.handed >= 0 {
		t.deliver(r, said)
		t.tell(c)
	}
	one := []Said{said}
	err = t.look(ctx, s, one)
	return one[0], err
}

// mayRevise refuses what cannot be changed, and fills in the rest of an edit.
func (t *Talks) mayRevise(ctx context.Context, a portfolio.Actor, s *seat, e *Message) error {
	m, err := t.message(ctx, s.Conversation, e.Of)
	if err != nil {
		return err
	}
	if m.Of != 0 || m.Person != a.Person || m.Hat != a.Hat || !s.mayRead(m, t.now()) {
		return absent()
	}
	if _, err := t.speaks(ctx, s); err != nil {
		return err
	}
	now, err := t.asNow(ctx, s.Conversation, m)
	if err != nil {
		return err
	}
	switch {
	case now.Withdrawn:
		return portfolio.E(portfolio.Conflict, "error.talk_withdrawn")
	case !t.MayEdit(a, now):
		return portfolio.E(portfolio.Conflict, "error.talk_late", "Minutes", int(EditTime/time.Minute))
	case !e.Withdrawn && e.Text == "" && len(m.Files) == 0:
		return portfolio.E(portfolio.Invalid, "error.empty", "Field", "message")
	}
	e.Said = m.At
	if strings.Contains(e.Text, "/werk/") {
		e.Works, err = t.worksIn(ctx, a, e.Text)
	}
	return err
}
