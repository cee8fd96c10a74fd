package chat

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"kaft/portfolio"
)

// Version of the protocol.
const Version = 1

const (
	maxSeen = 50  // conversations in one hello
	maxGap  = 200 // messages that are sent again over the line; a longer gap is fetched
)

// sent is any frame of a client.
type sent struct {
	T            string           `json:"t"`
	V            int              `json:"v"`
	Seen         map[string]int64 `json:"seen"`
	Conversation string           `json:"conversation"`
	After        int64            `json:"after"`
	ID           string           `json:"client_id"`
	Text         string           `json:"text"`
	Seq          int64            `json:"seq"`
	Reply        int64            `json:"reply"`
	Uploads      []string         `json:"uploads"`
	Urgent       bool             `json:"urgent"`
	At           time.Time        `json:"at"`
}

func (in sent) words() Words {
	return Words{Key: in.ID, Text: in.Text, Reply: in.Reply, Uploads: in.Uploads, Urgent: in.Urgent}
}

// maxEcho is the longest id, in bytes, that an answer repeats.
const maxEcho = 256

// Receive does what a frame of a client asks, and tells whether that was a
// person saying something, or taking it back. The answers are queued on the line; refuse is called
// for what could not be done, and answers in the reader's language.
func (t *Talks) Receive(ctx context.Context, l *Line, raw []byte, refuse func(*Refusal)) (said bool) {
	var in sent
	if err := json.Unmarshal(raw, &in); err != nil {
		refuse(&Refusal{Err: &portfolio.Error{Kind: portfolio.Invalid, Msg: "error.json", Err: err}})
		return false
	}
	if len(in.Conversation) > maxEcho || len(in.ID) > maxEcho { // both come back in the answer
		refuse(&Refusal{Err: portfolio.E(portfolio.Invalid, "error.talk_frame")})
		return false
	}
	if err := t.receive(ctx, l, in, refuse); err != nil {
		refuse(&Refusal{in.Conversation, in.ID, err})
	}
	return in.T == "say" || in.T == "later" || in.T == "revise" || in.T == "withdraw"
}

func (t *Talks) receive(ctx context.Context, l *Line, in sent, refuse func(*Refusal)) error {
	switch in.T {
	case "hello":
		return t.hello(ctx, l, in, refuse)
	case "resume":
		l.greet(map[string]int64{in.Conversation: in.After})
		return t.resume(ctx, l, in.Conversation, in.After)
	case "say":
		m, _, err := t.Send(ctx, l.Actor, in.Conversation, in.words())
		return acknowledge(l, m, err)
	case "revise":
		m, err := t.Edit(ctx, l.Actor, in.Conversation, in.Seq, in.ID, in.Text)
		return acknowledge(l, m, err)
	case "withdraw":
		m, err := t.Withdraw(ctx, l.Actor, in.Conversation, in.Seq, in.ID)
		return acknowledge(l, m, err)
	case "later":
		x, err := t.SendLater(ctx, l.Actor, in.Conversation, in.words(), in.At)
		if err == nil {
			l.Send(frame(laterOut{T: "later", Conversation: x.Conversation, ID: x.Key, Later: x.ID, At: x.At}))
		}
		return err
	case "draft":
		d, err := t.KeepDraft(ctx, l.Actor, in.Conversation, in.Text, in.Reply)
		if err == nil {
			l.Send(frame(draftOut{T: "draft", Conversation: in.Conversation, At: d.At}))
		}
		return err
	case "read":
		_, err := t.MarkRead(ctx, l.Actor, in.Conversation, in.Seq)
		return err
	}
	return portfolio.E(portfolio.Invalid, "error.talk_frame")
}

// acknowledge tells a client that what it sent is durable.
func acknowledge(l *Line, m Said, err error) error {
	if err != nil {
		return err
	}
	at := m.At
	if m.Place != m.Seq {
		at = m.Edited
	}
	l.Send(frame(ackOut{T: "ack", Conversation: m.Conversation, ID: m.Key, Seq: m.Place, At: at}))
	return nil
}

// hello makes the line hear what is said from now on in all conversations of
// its person, and brings it up to date in those it has seen.
func (t *Talks) hello(ctx context.Context, l *Line, in sent, refuse func(*Refusal)) error {
	if in.V != Version {
		return portfolio.E(portfolio.Invalid, "error.talk_version", "Version", Version)
	}
	if len(in.Seen) > maxSeen {
		return portfolio.E(portfolio.TooLarge, "error.talk_seen", "Max", maxSeen)
	}
	l.greet(in.Seen)
	l.Send(frame(helloOut{T: "hello", V: Version}))
	var ids []string
	for id := range in.Seen {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := t.resume(ctx, l, id, in.Seen[id]); err != nil {
			refuse(&Refusal{Conversation: id, Err: err})
		}
	}
	return nil
}

// resume sends what was said in a conversation after a number, and then what is
// said there from now on, in order and once. When that is long it only says so,
// and the client fetches it. The line was greeted: what is said from then on is
// either in the log that is read here, or noted.
func (t *Talks) resume(ctx context.Context, l *Line, conversation string, after int64) (err error) {
	l.catching.Lock()
	defer l.catching.Unlock()
	defer func() {
		if err != nil {
			l.lost(conversation)
		}
	}()
	last, err := t.lastOf(ctx, l.Actor, conversation)
	if err != nil {
		return err
	}
	after = min(max(after, 0), last)
	out := resumeOut{T: "resume", Conversation: conversation, After: after}
	for !l.Ended() {
		if out.Long = last-after > maxGap; out.Long {
			out.After, out.Seq = after, last
			if l.caughtUp(conversation, last, frame(out)) {
				return nil
			}
			if last, err = t.lastOf(ctx, l.Actor, conversation); err != nil {
				return err
			}
			continue
		}
		still := t.stillness(l.Actor.School)
		p, err := t.Since(ctx, l.Actor, conversation, after, maxPage)
		if err != nil {
			return err
		}
		all := true
		for _, m := range p.Messages {
			if all = l.offer(messageFrame(m), still); !all {
				break
			}
			after = m.Place
		}
		if !all {
			continue
		}
		after = p.Last
		out.Seq = after
		if !p.More && l.caughtUp(conversation, after, frame(out)) {
			return nil
		}
	}
	return nil
}

// lastOf is the highest number in one of the actor's conversations.
func (t *Talks) lastOf(ctx context.Context, a portfolio.Actor, conversation string) (int64, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return 0, err
	}
	m, err := t.newest(ctx, s.School, s.ID)
	return m.Seq, err
}
