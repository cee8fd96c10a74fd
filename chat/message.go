package chat

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kaft/export/prose"
	"kaft/portfolio"
)

// MaxText is the longest message, in characters.
const MaxText = 4000

const (
	maxKey   = 64  // characters of a key made by a client
	maxPage  = 200 // messages in one answer
	maxWorks = 10  // works that a message names
)

// Message is something said, or what became of it. Its number is its place in
// the conversation; its time never runs back from one number to the next. It is
// stored once and never changed: an edit is a message of its own, of another
// one (edit.go).
type Message struct {
	portfolio.Head
	Conversation string           `json:"conversation"`
	Seq          int64            `json:"seq"`
	Key          string           `json:"key"` // made by the client, once for each message
	Person       string           `json:"person"`
	Hat          string           `json:"hat"`
	At           time.Time        `json:"at"`
	Text         string           `json:"text"`            // Markdown
	Reply        int64            `json:"reply,omitempty"` // the number of what it answers
	Works        []string         `json:"works,omitempty"` // in the text, that the sender could open
	Files        []portfolio.File `json:"files,omitempty"`
	Urgent       bool             `json:"urgent,omitempty"`

	Of        int64     `json:"of,omitempty"`  // the number of the message that this is an edit of
	Said      time.Time `json:"said,omitzero"` // when that was said
	Withdrawn bool      `json:"withdrawn,omitempty"`
}

// Said is a message as it is now, for one reader.
type Said struct {
	*Message
	Name   string            // that a screen shows
	Place  int64             // its number in the log: of an edit another than the message's
	Edited time.Time         // when it was last changed; zero: never
	Quote  *Quote            // what it answers, when the reader may read that
	Titles map[string]string // of those of its works that the reader may open
}

// Words are what somebody says.
type Words struct {
	Key     string   // made by the client, once for each message: sent again, it is said once
	Text    string   // Markdown; may be empty when there are files
	Reply   int64    // the number of what it answers, or 0
	Uploads []string // finished, of the actor's own
	Urgent  bool
}

// Page is a piece of a conversation, oldest first.
type Page struct {
	Messages []Said
	Last     int64 // where the next page begins: after it, or before it when reading back
	More     bool  // there is a next page
}

// Say is Send of a text alone.
func (t *Talks) Say(ctx context.Context, a portfolio.Actor, conversation, key, text string) (m Said, repeated bool, err error) {
	return t.Send(ctx, a, conversation, Words{Key: key, Text: text})
}

// Send stores a message and hands it to whoever is there, in that order. A key
// that the actor used before in this conversation gives the first message
// again, and repeated. What the actor was writing there is forgotten. Error
// kinds: NotFound, Invalid, TooMany; Forbidden, for who may not call it urgent;
// Conflict, for an upload that is not whole.
func (t *Talks) Send(ctx context.Context, a portfolio.Actor, conversation string, w Words) (m Said, repeated bool, err error) {
	if err := w.check(); err != nil {
		return Said{}, false, err
	}
	if err := t.charge(a); err != nil {
		return Said{}, false, err
	}
	if m, repeated, err = t.say(ctx, a, conversation, w); err != nil {
		return Said{}, false, err
	}
	return m, repeated, t.forgetDraft(ctx, a, conversation)
}

// check makes a text as it is kept, and refuses what cannot be said.
func (w *Words) check() error {
	w.Text = tidy(w.Text)
	if err := checkKey(w.Key); err != nil {
		return err
	}
	if len(w.Uploads) > MaxFiles {
		return portfolio.E(portfolio.Invalid, "error.too_many_files", "Field", "file", "Max", MaxFiles)
	}
	if w.Text == "" && len(w.Uploads) > 0 {
		return nil
	}
	return checkMessage(w.Text)
}

func tidy(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

func (t *Talks) say(ctx context.Context, a portfolio.Actor, conversation string, w Words) (Said, bool, error) {
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
	policy, err := t.speaks(ctx, s)
	if err != nil {
		return Said{}, false, err
	}
	if err := t.accompany(ctx, r, policy); err != nil {
		return Said{}, false, err
	}
	m := &Message{Head: portfolio.Head{School: a.School}, Conversation: conversation, Key: w.Key, Person: a.Person, Hat: a.Hat,
		Text: w.Text, Reply: w.Reply, Urgent: w.Urgent}
	first, err := t.furnish(ctx, a, s, m, w.Uploads)
	if err == nil && first == nil {
		first, err = t.append(ctx, r, m)
	}
	if err != nil {
		return Said{}, false, err
	}
	said := Said{Message: m, Name: s.ear.Says(), Place: m.Seq}
	if first != nil {
		if said, err = t.asNow(ctx, c, first); err != nil {
			return Said{}, false, err
		}
		said.Name = s.ear.Says()
	}
	if first == nil || r.handed >= 0 { // nobody could tell the first time whether it was stored
		t.deliver(r, said)
		t.tell(c)
	}
	if err := t.lib.Attached(ctx, a, w.Uploads); err != nil {
		return Said{}, false, err
	}
	one := []Said{said}
	err = t.look(ctx, s, one)
	return one[0], first != nil, err
}

// furnish gives a message its works and files and sees whether it may be as it
// is. One that was said before is given as it was stored.
func (t *Talks) furnish(ctx context.Context, a portfolio.Actor, s *seat, m *Message, uploads []string) (first *Message, err error) {
	if m.Reply == 0 && !m.Urgent && len(uploads) == 0 && !strings.Contains(m.Text, "/werk/") {
		return nil, nil
	}
	if first, err = t.byKey(ctx, m); first != nil || err != nil {
		return first, err
	}
	if m.Urgent {
		if err := t.lib.MaySayUrgent(ctx, a); err != nil {
			return nil, err
		}
	}
	if m.Reply != 0 {
		q, err := t.message(ctx, s.Conversation, m.Reply)
		if err != nil {
			return nil, err
		}
		if q.Of != 0 || !s.mayRead(q, t.now()) {
			return nil, absent()
		}
	}
	if m.Works, err = t.worksIn(ctx, a, m.Text); err != nil {
		return nil, err
	}
	m.Files, err = t.lib.Attach(ctx, a, m.keyed(), uploads)
	return nil, err
}

// worksIn are the works that a text names and that the actor may open: for
// everybody else an address is only an address.
func (t *Talks) worksIn(ctx context.Context, a portfolio.Actor, text string) (ids []string, err error) {
	named := prose.Works(text)
	titles, err := t.lib.WorkTitles(ctx, a, named[:min(len(named), maxWorks)])
	for _, id := range named {
		if _, ok := titles[id]; ok {
			ids = append(ids, id)
		}
	}
	return ids, err
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
		err = t.create(ctx, portfolio.Ref{School: m.School, Kind: "message", ID: m.ID}, m.keys(), m)
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

// keys are the index keys of a message; of an edit also the message it is of.
func (m *Message) keys() map[string]string {
	keys := map[string]string{"party": m.keyed()}
	if m.Of != 0 {
		keys["about"] = messageID(m.Conversation, m.Of)
	}
	return keys
}

// message finds what has a number. Error kind: NotFound.
func (t *Talks) message(ctx context.Context, c *Conversation, seq int64) (*Message, error) {
	d, err := t.get(ctx, portfolio.Ref{School: c.School, Kind: "message", ID: messageID(c.ID, seq)})
	if err != nil {
		return nil, err
	}
	return decodeMessage(d)
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

// Since reads what was said after a number, oldest first, and what became of
// what was said before it. Error kind: NotFound.
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
	if err == nil {
		slices.Reverse(p.Messages)
	}
	return p, err
}

// page asks the rule about each message of a query until limit of them may be
// read, and shows them as they are now. Reading back passes over the edits.
func (t *Talks) page(ctx context.Context, s *seat, q portfolio.Query, from int64, limit int) (*Page, error) {
	limit = min(max(limit, 1), maxPage)
	q.School, q.Kind, q.Limit = s.School, "message", limit+1
	now, p := t.now(), &Page{Last: from}
	var read []*Message
	for !p.More {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			m, err := decodeMessage(d)
			if err != nil {
				return nil, err
			}
			may := s.mayRead(m.first(), now) && !(q.Desc && m.Of != 0)
			if p.More = may && len(read) == limit; p.More {
				break
			}
			p.Last = m.Seq
			if may {
				read = append(read, m)
			}
		}
		if len(docs) < q.Limit {
			break
		}
		q.After.ID = docs[len(docs)-1].ID
	}
	var err error
	if p.Messages, err = t.allAsNow(ctx, s.Conversation, read); err != nil {
		return nil, err
	}
	return p, t.look(ctx, s, p.Messages)
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
