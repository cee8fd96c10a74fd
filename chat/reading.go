package chat

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kaft/export/prose"
	"kaft/portfolio"
)

// In a message is what not every reader of it may read: what it answers, which
// was perhaps said before they came, and what the works in it are called. That
// is decided for each of them, whenever it is shown or sent.

// Quote is what a message answers, as it is now.
type Quote struct {
	Seq       int64  `json:"seq"`
	From      string `json:"from"`
	Name      string `json:"name"`
	Text      string `json:"text"` // its beginning, in plain words
	Files     int    `json:"files,omitempty"`
	Withdrawn bool   `json:"withdrawn,omitempty"`
}

const maxQuote = 120 // characters

// quoted finds what some messages answer, by number.
func (t *Talks) quoted(ctx context.Context, c *Conversation, messages []Said) (map[int64]Said, error) {
	var entries []*Message
	for _, m := range messages {
		if m.Reply == 0 || slices.ContainsFunc(entries, func(x *Message) bool { return x.Seq == m.Reply }) {
			continue
		}
		x, err := t.message(ctx, c, m.Reply)
		if err != nil {
			return nil, err
		}
		entries = append(entries, x)
	}
	all, err := t.allAsNow(ctx, c, entries)
	if err != nil {
		return nil, err
	}
	out := map[int64]Said{}
	for _, m := range all {
		out[m.Seq] = m
	}
	return out, nil
}

func quoteOf(m Said) *Quote {
	text := m.Text
	if body := m.Body(); body != nil {
		text = prose.Words(body, func(string) string { return "…" })
	}
	short := []rune(strings.Join(strings.Fields(text), " "))
	if len(short) > maxQuote {
		short = append(short[:maxQuote-1], '…')
	}
	return &Quote{Seq: m.Seq, From: m.Person, Name: m.Name, Text: string(short), Files: len(m.Files), Withdrawn: m.Withdrawn}
}

// look fills in what the one who sits there may read of some messages.
func (t *Talks) look(ctx context.Context, s *seat, messages []Said) error {
	quoted, err := t.quoted(ctx, s.Conversation, messages)
	if err != nil {
		return err
	}
	for i := range messages {
		if err := t.lookAt(ctx, s, &messages[i], quoted); err != nil {
			return err
		}
	}
	return nil
}

func (t *Talks) lookAt(ctx context.Context, s *seat, m *Said, quoted map[int64]Said) (err error) {
	m.Quote, m.Titles = nil, nil
	if q, ok := quoted[m.Reply]; ok && s.mayRead(q.Message, t.now()) {
		m.Quote = quoteOf(q)
	}
	m.Titles, err = t.lib.WorkTitles(ctx, portfolio.Actor{School: s.School, Person: s.ear.ID, Hat: s.ear.Hat}, m.Works)
	return err
}

// version is a message as some of its hearers may read it.
type version struct {
	said Said
	to   []Face
}

// give hands a message to whoever hears it, each as they may read it. It is
// false when what decided that no longer holds.
func (t *Talks) give(ctx context.Context, r *room, c *crowd, m Said) (bool, error) {
	to := c.hears(m.first(), t.now())
	versions := []version{{m, to}}
	if m.Reply != 0 || len(m.Works) > 0 {
		var err error
		if versions, err = t.versions(ctx, c, m, to); err != nil {
			return false, err
		}
	}
	for _, v := range versions {
		if !t.Hub.say(r.ID, m.Place, v.to, messageFrame(v.said), c.still) {
			return false, nil
		}
	}
	return true, nil
}

// versions sorts those who are there by what they may read of a message.
func (t *Talks) versions(ctx context.Context, c *crowd, m Said, to []Face) (out []version, err error) {
	if len(c.seats) == 0 {
		return nil, nil
	}
	quoted, err := t.quoted(ctx, c.seats[0].Conversation, []Said{m})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, s := range c.seats {
		face := s.face()
		if !slices.Contains(to, face) || !t.Hub.has(face.Person) {
			continue
		}
		x := m
		if err := t.lookAt(ctx, s, &x, quoted); err != nil {
			return nil, err
		}
		key := fmt.Sprint(x.Quote != nil, slices.Sorted(maps.Keys(x.Titles)))
		i, ok := at[key]
		if !ok {
			i, at[key] = len(out), len(out)
			out = append(out, version{said: x})
		}
		out[i].to = append(out[i].to, face)
	}
	return out, nil
}

// has tells whether a person is there.
func (h *Hub) has(person string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.lines[person]) > 0
}
