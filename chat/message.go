package chat

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kaft/portfolio"
)

// MaxText is the longest message, in characters.
const MaxText = 4000

const (
	maxKey  = 64  // characters of a key made by a client
	maxPage = 200 // messages in one answer
)

// Message is something said. Its number is its place in the conversation; its
// time never runs back from one number to the next.
type Message struct {
	portfolio.Head
	Conversation string    `json:"conversation"`
	Seq          int64     `json:"seq"`
	Key          string    `json:"key"` // made by the client, once for each message
	Person       string    `json:"person"`
	Hat          string    `json:"hat"`
	At           time.Time `json:"at"`
	Text         string    `json:"text"`
}

// Said is a message with the name a screen shows.
type Said struct {
	*Message
	Name string `json:"name"`
}

// Page is a piece of a conversation, oldest first.
type Page struct {
	Messages []Said
	Last     int64 // where the next page begins: after it, or before it when reading back
	More     bool  // there is a next page
}

// Say stores a message and hands it to whoever is there, in that order. A key
// that the actor used before in this conversation gives the first message
// again, and repeated. Error kinds: NotFound, Forbidden (the actor only reads),
// Invalid, TooMany.
func (t *Talks) Say(ctx context.Context, a portfolio.Actor, conversation, key, text string) (m Said, repeated bool, err error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if err := checkKey(key); err != nil {
		return Said{}, false, err
	}
	if err := checkMessage(text); err != nil {
		return Said{}, false, err
	}
	if err := t.charge(a); err != nil {
		return Said{}, false, err
	}
	return t.say(ctx, a, conversation, key, text)
}

func (t *Talks) say(ctx context.Context, a portfolio.Actor, conversation, key, text string) (Said, bool, error) {
	c, err := t.conversation(ctx, a.School, conversation)
	if err != nil {
		return Said{}, false, err
	}
	r := t.room(c)
	defer t.leave(r)
	r.mu.Lock() // one message at a time: a race for a number costs a write
	defer r.mu.Unlock()
	s, err := t.sit(ctx, a, c)
	if err != nil {
		return Said{}, false, err
	}
	if !s.ear.Speaks(t.now()) {
		return Said{}, false, portfolio.E(portfolio.Forbidden, "error.talk_over")
	}
	if err := t.maySay(ctx, r, s); err != nil {
		return Said{}, false, err
	}
	m := &Message{Head: portfolio.Head{School: a.School}, Conversation: conversation, Key: key, Person: a.Person, Hat: a.Hat, Text: text}
	first, err := t.append(ctx, r, m)
	if err != nil {
		return Said{}, false, err
	}
	if first != nil {
		m = first
	}
	if first == nil || r.handed >= 0 { // nobody could tell the first time whether it was stored
		t.deliver(r, m, s.ear.Says())
		t.tell(c)
	}
	return Said{m, s.ear.Says()}, first != nil, nil
}

// append stores a message under the next number, or gives the one with the
// same key that was stored before. The order matters: the newest number is read
// before the key is looked for, so that when the number after it is won, no
// message up to it has the key.
func (t *Talks) append(ctx context.Context, r *room, m *Message) (first *Message, err error) {
	for {
		if !r.lastKnown {
			if r.last, err = t.newest(ctx, r.School, r.ID); err != nil {
				return nil, err
			}
			r.lastKnown = true
		}
		if first, err = t.byKey(ctx, m); first != nil || err != nil {
			return first, err
		}
		m.Seq, m.At = r.last.Seq+1, t.now().UTC()
		if m.At.Before(r.last.At) {
			m.At = r.last.At
		}
		m.ID = messageID(r.ID, m.Seq)
		err = t.create(ctx, portfolio.Ref{School: m.School, Kind: "message", ID: m.ID}, map[string]string{"party": m.keyed()}, m)
		if err == nil {
			m.Rev = 1
			r.last = *m
			return nil, nil
		}
		r.lastKnown = false
		if portfolio.KindOf(err) != portfolio.Exists {
			return nil, err
		}
	}
}

// newest is the message with the highest number, or a zero one.
func (t *Talks) newest(ctx context.Context, school, conversation string) (Message, error) {
	docs, err := t.store.List(ctx, portfolio.Query{School: school, Kind: "message", From: messageID(conversation, 1), To: conversation + "/", Desc: true, Limit: 1})
	if err != nil || len(docs) == 0 {
		return Message{}, err
	}
	m, err := decodeMessage(docs[0])
	if err != nil {
		return Message{}, err
	}
	return *m, nil
}

// byKey is the message with the same key by the same person, or nil.
func (t *Talks) byKey(ctx context.Context, m *Message) (*Message, error) {
	key := m.keyed()
	docs, err := t.store.List(ctx, portfolio.Query{School: m.School, Kind: "message", Index: "party", From: key, To: key + "\x01", Limit: 1})
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	return decodeMessage(docs[0])
}

// keyed is the index key of a message: what a client made up is hashed, for an
// index key is not sealed.
func (m *Message) keyed() string {
	return m.Conversation + "/" + fingerprint(m.Person, m.Hat, m.Key)
}

func messageID(conversation string, seq int64) string {
	return fmt.Sprintf("%s.%012d", conversation, seq)
}

func decodeMessage(d portfolio.Doc) (*Message, error) {
	m, err := decode[Message](d)
	if err == nil {
		m.Head = portfolio.Head{School: d.School, ID: d.ID, Rev: d.Rev}
	}
	return m, err
}

// Since reads what was said after a number, oldest first. Error kind: NotFound.
func (t *Talks) Since(ctx context.Context, a portfolio.Actor, conversation string, after int64, limit int) (*Page, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return nil, err
	}
	after = max(after, 0)
	return t.page(ctx, s, portfolio.Query{From: messageID(conversation, after+1), To: conversation + "/"}, after, limit)
}

// Before reads what was said just before a number, or the newest messages when
// it is 0, oldest first. Error kind: NotFound.
func (t *Talks) Before(ctx context.Context, a portfolio.Actor, conversation string, before int64, limit int) (*Page, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return nil, err
	}
	return t.back(ctx, s, before, limit)
}

func (t *Talks) back(ctx context.Context, s *seat, before int64, limit int) (*Page, error) {
	q := portfolio.Query{From: messageID(s.ID, 1), To: s.ID + "/", Desc: true}
	if before > 0 {
		q.To = messageID(s.ID, before)
	}
	p, err := t.page(ctx, s, q, before, limit)
	if err != nil {
		return nil, err
	}
	for i, j := 0, len(p.Messages)-1; i < j; i, j = i+1, j-1 {
		p.Messages[i], p.Messages[j] = p.Messages[j], p.Messages[i]
	}
	return p, nil
}

// page asks the rule about each message of a query until limit of them may be
// read.
func (t *Talks) page(ctx context.Context, s *seat, q portfolio.Query, from int64, limit int) (*Page, error) {
	limit = min(max(limit, 1), maxPage)
	q.School, q.Kind, q.Limit = s.School, "message", limit+1
	now, p, names := t.now(), &Page{Last: from}, names{t: t, ctx: ctx, school: s.School}
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			m, err := decodeMessage(d)
			if err != nil {
				return nil, err
			}
			may := s.mayRead(m, now)
			if may && len(p.Messages) == limit {
				p.More = true
				return p, nil
			}
			p.Last = m.Seq
			if !may {
				continue
			}
			name, err := names.of(m.Person)
			if err != nil {
				return nil, err
			}
			p.Messages = append(p.Messages, Said{m, name})
		}
		if len(docs) < q.Limit {
			return p, nil
		}
		q.After.ID = docs[len(docs)-1].ID
	}
}

// names remembers how people are called, for as long as one answer takes.
type names struct {
	t      *Talks
	ctx    context.Context
	school string
	known  map[string]string
}

func (n *names) of(person string) (string, error) {
	if name, ok := n.known[person]; ok {
		return name, nil
	}
	p, err := n.t.lib.PersonByID(n.ctx, portfolio.Actor{School: n.school}, person)
	if err != nil {
		return "", err
	}
	if n.known == nil {
		n.known = map[string]string{}
	}
	n.known[person] = p.Says()
	return p.Says(), nil
}

// checkKey refuses what cannot be a client's key. Error kind: Invalid.
func checkKey(key string) error {
	ok := len(key) > 0 && len(key) <= maxKey
	for _, c := range []byte(key) {
		ok = ok && (c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z')
	}
	if !ok {
		return portfolio.E(portfolio.Invalid, "error.talk_key", "Max", maxKey)
	}
	return nil
}

func checkMessage(text string) error {
	if text == "" {
		return portfolio.E(portfolio.Invalid, "error.empty", "Field", "message")
	}
	return checkText(text, "message", MaxText)
}

func checkText(s, field string, max int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return portfolio.E(portfolio.Invalid, "error.text", "Field", field)
	}
	if n := utf8.RuneCountInString(s); n > max {
		return portfolio.E(portfolio.Invalid, "error.too_long", "Field", field, "Max", max, "Count", n)
	}
	return nil
}
