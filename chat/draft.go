package chat

import (
	"context"
	"encoding/json"
	"time"

	"kaft/portfolio"
)

// Draft is what somebody is writing in a conversation and did not send. Nobody
// else reads it. It is kept here and not in a browser: on a shared computer the
// next one would find it there.
type Draft struct {
	Text  string    `json:"text"`
	Reply int64     `json:"reply,omitempty"`
	At    time.Time `json:"at"`
}

func draftRef(a portfolio.Actor, conversation string) portfolio.Ref {
	return portfolio.Ref{School: a.School, Kind: "draft", ID: memberID(conversation, a.Person, a.Hat)}
}

// Draft is what the actor was writing in a conversation, empty when nothing.
// Error kind: NotFound.
func (t *Talks) Draft(ctx context.Context, a portfolio.Actor, conversation string) (*Draft, error) {
	if _, err := t.enter(ctx, a, conversation); err != nil {
		return nil, err
	}
	d, err := t.get(ctx, draftRef(a, conversation))
	if portfolio.KindOf(err) == portfolio.NotFound && err != nil {
		return &Draft{}, nil
	}
	if err != nil {
		return nil, err
	}
	return decode[Draft](d)
}

// KeepDraft keeps what the actor is writing in a conversation; of several tabs
// the last one counts. No text is no draft. Error kinds: NotFound, Invalid.
func (t *Talks) KeepDraft(ctx context.Context, a portfolio.Actor, conversation, text string, reply int64) (*Draft, error) {
	if err := t.maySpeak(ctx, a, conversation); err != nil {
		return nil, err
	}
	if err := checkText(text, "message", MaxText); err != nil {
		return nil, err
	}
	d := &Draft{Text: text, Reply: max(reply, 0), At: t.now().UTC()}
	if tidy(text) == "" {
		return d, t.forgetDraft(ctx, a, conversation)
	}
	return d, t.put(ctx, draftRef(a, conversation), nil, d)
}

// forgetDraft forgets what the actor was writing. Error kinds: none of its own.
func (t *Talks) forgetDraft(ctx context.Context, a portfolio.Actor, conversation string) error {
	for {
		d, err := t.get(ctx, draftRef(a, conversation))
		if err == nil {
			err = t.store.Delete(ctx, d.Ref, d.Rev)
		}
		switch k := portfolio.KindOf(err); {
		case err == nil, k == portfolio.NotFound:
			return nil
		case k != portfolio.Conflict:
			return err
		}
	}
}

// put stores a document of which the last version counts.
func (t *Talks) put(ctx context.Context, ref portfolio.Ref, keys map[string]string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	for {
		old, err := t.get(ctx, ref)
		d := portfolio.Doc{Ref: ref, Keys: keys, Body: body}
		switch k := portfolio.KindOf(err); {
		case err == nil:
			d.Rev = old.Rev
			err = t.store.Replace(ctx, d)
		case k == portfolio.NotFound:
			err = t.store.Create(ctx, d)
		}
		if k := portfolio.KindOf(err); err == nil || k != portfolio.Conflict && k != portfolio.Exists && k != portfolio.NotFound {
			return err
		}
	}
}

// replace stores a document over a revision. Error kind: Conflict.
func (t *Talks) replace(ctx context.Context, ref portfolio.Ref, rev int64, keys map[string]string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	err = t.store.Replace(ctx, portfolio.Doc{Ref: ref, Rev: rev, Keys: keys, Body: body})
	if portfolio.KindOf(err) == portfolio.Conflict {
		return &portfolio.Error{Kind: portfolio.Conflict, Msg: "error.conflict", Err: err}
	}
	return err
}
