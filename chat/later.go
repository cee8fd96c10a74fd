package chat

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kaft/portfolio"
)

// Later is a message that will be sent at a time. It waits in a document of its
// own; then it is sent as any other, under the key it was given when it was
// written: whoever sends it, and however often, it is said once.
type Later struct {
	portfolio.Head
	Conversation string    `json:"conversation"`
	Person       string    `json:"person"`
	Hat          string    `json:"hat"`
	Key          string    `json:"key"`
	Text         string    `json:"text"`
	Reply        int64     `json:"reply,omitempty"`
	Urgent       bool      `json:"urgent,omitempty"`
	At           time.Time `json:"at"` // when
	State        string    `json:"state"`
	Seq          int64     `json:"seq,omitempty"` // of the message that it became
	Why          string    `json:"why,omitempty"` // it was not sent: the key of a sentence
}

// States of a message that is sent later.
const (
	LaterWaits    = "waits"
	LaterSends    = "sends" // somebody is sending it: it can no longer be stopped
	LaterSent     = "sent"
	LaterStopped  = "stopped" // by who wrote it
	LaterRefused  = "refused" // when it was time, its writer could not say it there any more
	maxLater      = 50        // that wait, of one person
	maxLaterAhead = 180 * 24 * time.Hour
)

func (x *Later) keys() map[string]string {
	keys := map[string]string{"party": x.Person + "/" + x.Hat}
	if x.State == LaterWaits || x.State == LaterSends {
		keys["state"] = "due/" + x.At.UTC().Format("20060102T150405Z")
	}
	return keys
}

func (x *Later) actor() portfolio.Actor {
	return portfolio.Actor{School: x.School, Person: x.Person, Hat: x.Hat}
}

// SendLater keeps a message until a time. A key that was used before gives the
// first again. Files cannot wait. Error kinds: NotFound, Invalid, TooMany;
// Forbidden, for who may not call it urgent.
func (t *Talks) SendLater(ctx context.Context, a portfolio.Actor, conversation string, w Words, at time.Time) (*Later, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	if len(w.Uploads) > 0 {
		return nil, portfolio.E(portfolio.Invalid, "error.later_files", "Field", "later")
	}
	id := fingerprint(conversation, a.Person, a.Hat, w.Key)
	if first, err := t.LaterByID(ctx, a, id); portfolio.KindOf(err) != portfolio.NotFound || err == nil {
		return first, err
	}
	if err := t.checkLater(at); err != nil {
		return nil, err
	}
	s, err := t.enter(ctx, a, conversation)
	if err == nil {
		_, err = t.speaks(ctx, s)
	}
	if err == nil {
		err = t.charge(a)
	}
	if err != nil {
		return nil, err
	}
	x := &Later{Head: portfolio.Head{School: a.School, ID: id}, Conversation: conversation,
		Person: a.Person, Hat: a.Hat, Key: w.Key, Text: w.Text, Reply: w.Reply, Urgent: w.Urgent, At: at.UTC(), State: LaterWaits}
	if _, err := t.furnish(ctx, a, s, &Message{Head: portfolio.Head{School: a.School}, Conversation: conversation, Key: w.Key, Person: a.Person, Hat: a.Hat, Text: w.Text,
		Reply: w.Reply, Urgent: w.Urgent}, nil); err != nil {
		return nil, err
	}
	mine, err := t.LaterOf(ctx, a)
	if err != nil {
		return nil, err
	}
	if len(mine) >= maxLater && !slices.ContainsFunc(mine, func(y *Later) bool { return y.ID == x.ID }) {
		return nil, portfolio.E(portfolio.TooMany, "error.later_many", "Max", maxLater)
	}
	err = t.create(ctx, portfolio.Ref{School: x.School, Kind: "later", ID: x.ID}, x.keys(), x)
	if portfolio.KindOf(err) == portfolio.Exists {
		return t.LaterByID(ctx, a, x.ID)
	}
	if err != nil {
		return nil, err
	}
	x.Rev = 1
	return x, t.forgetDraft(ctx, a, conversation)
}

func (t *Talks) checkLater(at time.Time) error {
	if d := at.Sub(t.now()); d <= 0 || d > maxLaterAhead {
		return portfolio.E(portfolio.Invalid, "error.later_when", "Field", "later", "Days", int(maxLaterAhead/(24*time.Hour)))
	}
	return nil
}

// LaterOf lists the actor's messages that wait, and those that could not be
// sent, the first to be sent first.
func (t *Talks) LaterOf(ctx context.Context, a portfolio.Actor) ([]*Later, error) {
	key := a.Person + "/" + a.Hat
	var out []*Later
	err := t.eachLater(ctx, portfolio.Query{School: a.School, Index: "party", From: key, To: key + "\x01"}, func(x *Later) error {
		if x.State != LaterSent && x.State != LaterStopped {
			out = append(out, x)
		}
		return nil
	})
	slices.SortFunc(out, func(x, y *Later) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
	return out, err
}

// LaterByID finds one of the actor's own. Error kind: NotFound.
func (t *Talks) LaterByID(ctx context.Context, a portfolio.Actor, id string) (*Later, error) {
	d, err := t.get(ctx, portfolio.Ref{School: a.School, Kind: "later", ID: id})
	if err != nil {
		return nil, err
	}
	x, err := decodeLater(d)
	if err == nil && (x.Person != a.Person || x.Hat != a.Hat) {
		return nil, absent()
	}
	return x, err
}

// ChangeLater changes a message that waits, over the revision that its writer
// saw. Error kinds: NotFound, Invalid; Conflict, when it was changed or is no
// longer waiting.
func (t *Talks) ChangeLater(ctx context.Context, a portfolio.Actor, id string, rev int64, text string, at time.Time) (*Later, error) {
	text = tidy(text)
	if err := checkMessage(text); err != nil {
		return nil, err
	}
	if err := t.checkLater(at); err != nil {
		return nil, err
	}
	x, err := t.LaterByID(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if x.Rev != rev || x.State != LaterWaits {
		return nil, portfolio.E(portfolio.Conflict, "error.conflict")
	}
	if err := t.maySpeak(ctx, a, x.Conversation); err != nil {
		return nil, err
	}
	x.Text, x.At = text, at.UTC()
	return x, t.replaceLater(ctx, x)
}

// StopLater keeps a message from being sent. Stopped twice it is stopped. Error
// kinds: NotFound; Conflict, when it was sent or is being sent.
func (t *Talks) StopLater(ctx context.Context, a portfolio.Actor, id string) (*Later, error) {
	x, err := t.LaterByID(ctx, a, id)
	if err != nil || x.State == LaterStopped {
		return x, err
	}
	if x.State != LaterWaits && x.State != LaterRefused {
		return nil, portfolio.E(portfolio.Conflict, "error.conflict")
	}
	x.State = LaterStopped
	return x, t.replaceLater(ctx, x)
}

// SendDue sends what is due, in all schools, and counts it. Whether it may be
// said is decided now. What fails does not keep it from the others; the errors
// come together.
func (t *Talks) SendDue(ctx context.Context) (sent int, err error) {
	schools, err := t.lib.Schools(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range schools {
		var due []*Later
		e := t.eachLater(ctx, portfolio.Query{School: s.ID, Index: "state", From: "due/", To: "due/" + t.now().UTC().Format("20060102T150405Z") + "\x01"}, func(x *Later) error {
			due = append(due, x)
			return nil
		})
		err = errors.Join(err, e)
		for _, x := range due {
			e := t.sendNow(ctx, x)
			if k := portfolio.KindOf(e); e != nil && k != portfolio.Conflict { // another process has it
				err = errors.Join(err, e)
				continue
			}
			if x.State == LaterSent {
				sent++
			}
		}
	}
	return sent, err
}

// sendNow claims a message first, so that its writer cannot stop what is said
// already, then says it, and then notes that. Cut off in between, it is done
// again: by its key it is said once.
func (t *Talks) sendNow(ctx context.Context, x *Later) error {
	if x.State == LaterWaits {
		x.State = LaterSends
		if err := t.replaceLater(ctx, x); err != nil {
			return err
		}
	}
	m, _, err := t.say(ctx, x.actor(), x.Conversation, Words{Key: x.Key, Text: x.Text, Reply: x.Reply, Urgent: x.Urgent})
	switch k := portfolio.KindOf(err); {
	case err == nil:
		x.State, x.Seq = LaterSent, m.Seq
	case k == portfolio.NotFound || k == portfolio.Forbidden || k == portfolio.Invalid:
		x.State, x.Why = LaterRefused, "later.refused"
	default:
		return err
	}
	if err := t.replaceLater(ctx, x); err != nil {
		return err
	}
	return nil
}

func (t *Talks) replaceLater(ctx context.Context, x *Later) error {
	err := t.replace(ctx, portfolio.Ref{School: x.School, Kind: "later", ID: x.ID}, x.Rev, x.keys(), x)
	if err == nil {
		x.Rev++
	}
	return err
}

func (t *Talks) eachLater(ctx context.Context, q portfolio.Query, do func(*Later) error) error {
	q.Kind, q.Limit = "later", maxPage
	for {
		docs, err := t.store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range docs {
			x, err := decodeLater(d)
			if err == nil {
				err = do(x)
			}
			if err != nil {
				return err
			}
		}
		if len(docs) < q.Limit {
			return nil
		}
		last := docs[len(docs)-1]
		q.After = portfolio.Cursor{Key: last.Keys[q.Index], ID: last.ID}
	}
}

func decodeLater(d portfolio.Doc) (*Later, error) {
	x, err := decode[Later](d)
	if err == nil {
		x.Head = portfolio.Head{School: d.School, ID: d.ID, Rev: d.Rev}
	}
	return x, err
}

// Post sends what is due each time it looks, until it is stopped.
type Post struct {
	Talks *Talks
	After func(time.Duration) <-chan time.Time // time.After
	Fault func(error)                          // for the log
}

// postEvery is the longest that a message is late.
const postEvery = 20 * time.Second

// Run looks at once, and again and again until ctx ends.
func (p Post) Run(ctx context.Context) {
	for {
		if _, err := p.Talks.SendDue(ctx); err != nil && ctx.Err() == nil {
			p.Fault(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.After(postEvery):
		}
	}
}
