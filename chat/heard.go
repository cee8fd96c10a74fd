package chat

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"kaft/portfolio"
)

// Heard walks what the actor may read now of the conversations about a student,
// for an archive: the oldest conversation first, each from its beginning, with
// the names that a screen shows. It is decided as everything that is read here
// is, and holds a page of messages at a time. It is a portfolio.Conversations.
func (t *Talks) Heard(ctx context.Context, a portfolio.Actor, student string) iter.Seq2[*portfolio.Spoken, error] {
	return func(yield func(*portfolio.Spoken, error) bool) {
		talks, err := t.about(ctx, a, student)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, c := range talks {
			for after, more := int64(0), true; more; {
				p, err := t.Since(ctx, a, c.ID, after, maxPage)
				if portfolio.KindOf(err) == portfolio.NotFound {
					break // no longer in touch
				}
				if err != nil {
					yield(nil, err)
					return
				}
				for _, m := range p.Messages {
					if m.Place != m.Seq || m.Withdrawn {
						continue // each message once, as it is now
					}
					if !yield(spoken(c, m), nil) {
						return
					}
				}
				after, more = p.Last, p.More
			}
		}
	}
}

// spoken is a message in an archive. Of its files it says the names.
func spoken(c *Conversation, m Said) *portfolio.Spoken {
	text := m.Text
	for _, f := range m.Files {
		text += "\n📎 " + f.Name
	}
	text = strings.TrimPrefix(text, "\n")
	return &portfolio.Spoken{Conversation: c.ID, Kind: string(c.Kind), Title: c.Title, Number: m.Seq, At: m.At, Person: m.Person, Hat: m.Hat, Name: m.Name, Text: text}
}

// about lists the conversations about a student in which the actor is or was,
// whether or not anything there may be read now, the oldest first.
func (t *Talks) about(ctx context.Context, a portfolio.Actor, student string) ([]*Conversation, error) {
	key := a.Person + "/" + a.Hat
	q := portfolio.Query{School: a.School, Kind: "member", Index: "party", From: key, To: key + "\x01", Limit: maxPage}
	var out []*Conversation
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			c, err := t.conversation(ctx, a.School, conversationOf(d.ID))
			if portfolio.KindOf(err) == portfolio.NotFound {
				continue // it was never finished
			}
			if err != nil {
				return nil, err
			}
			if c.Student == student {
				out = append(out, c)
			}
		}
		if len(docs) < q.Limit {
			break
		}
		q.After = portfolio.Cursor{Key: key, ID: docs[len(docs)-1].ID}
	}
	slices.SortFunc(out, func(x, y *Conversation) int { return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID)) })
	return out, nil
}
