package chat

import (
	"context"

	"kaft/portfolio"
)

// Mark is how far somebody has read in a conversation. It is theirs alone: nobody
// is shown what another has read.
type Mark struct {
	Seq int64 `json:"seq"`
}

// maxUnread is as far as unread messages are counted.
const maxUnread = 100

func markRef(a portfolio.Actor, conversation string) portfolio.Ref {
	return portfolio.Ref{School: a.School, Kind: "mark", ID: memberID(conversation, a.Person, a.Hat)}
}

// MarkRead notes that the actor has read up to a number, and gives how far that
// is: it never goes back, nor further than there is. Error kind: NotFound.
func (t *Talks) MarkRead(ctx context.Context, a portfolio.Actor, conversation string, seq int64) (int64, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return 0, err
	}
	last, err := t.newest(ctx, s.School, s.ID)
	if err != nil {
		return 0, err
	}
	seq = min(seq, last.Seq)
	read, err := t.readTo(ctx, a, conversation)
	if err != nil || seq <= read {
		return read, err
	}
	return seq, t.put(ctx, markRef(a, conversation), nil, &Mark{seq})
}

// readTo is the number up to which the actor has read.
func (t *Talks) readTo(ctx context.Context, a portfolio.Actor, conversation string) (int64, error) {
	d, err := t.get(ctx, markRef(a, conversation))
	if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	m, err := decode[Mark](d)
	if err != nil {
		return 0, err
	}
	return m.Seq, nil
}

// unread counts what others said after a number and the one who sits there may
// read, up to most.
func (t *Talks) unread(ctx context.Context, s *seat, read int64, most int) (n int, err error) {
	q := portfolio.Query{School: s.School, Kind: "message", From: messageID(s.ID, read+1), To: s.ID + "/", Limit: maxPage}
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, d := range docs {
			m, err := decodeMessage(d)
			if err != nil {
				return 0, err
			}
			if m.Of == 0 && m.Person != s.ear.ID && s.mayRead(m, t.now()) {
				if n++; n == most {
					return n, nil
				}
			}
		}
		if len(docs) < q.Limit {
			return n, nil
		}
		q.After.ID = docs[len(docs)-1].ID
	}
}

// Waiting counts the actor's conversations in which something is new. Most have
// nothing, and those cost two small reads each.
func (t *Talks) Waiting(ctx context.Context, a portfolio.Actor) (n int, err error) {
	err = t.eachOf(ctx, a, func(id string) error {
		read, err := t.readTo(ctx, a, id)
		if err != nil {
			return err
		}
		last, err := t.newest(ctx, a.School, id)
		if err != nil || last.Seq <= read {
			return err
		}
		s, err := t.enter(ctx, a, id)
		if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
			return nil
		}
		if err != nil {
			return err
		}
		some, err := t.unread(ctx, s, read, 1)
		n += some
		return err
	})
	return n, err
}

// eachOf calls do with each conversation of which the actor is or was a member,
// and with those of a whole class or school in which the actor may be.
func (t *Talks) eachOf(ctx context.Context, a portfolio.Actor, do func(id string) error) error {
	if err := t.eachMembership(ctx, a, do); err != nil {
		return err
	}
	wide, err := t.wideOf(ctx, a)
	if err != nil {
		return err
	}
	for _, c := range wide {
		if err := do(c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (t *Talks) eachMembership(ctx context.Context, a portfolio.Actor, do func(id string) error) error {
	key := a.Person + "/" + a.Hat
	q := portfolio.Query{School: a.School, Kind: "member", Index: "party", From: key, To: key + "\x01", Limit: 200}
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if err := do(conversationOf(d.ID)); err != nil {
				return err
			}
		}
		if len(docs) < q.Limit {
			return nil
		}
		q.After = portfolio.Cursor{Key: key, ID: docs[len(docs)-1].ID}
	}
}
