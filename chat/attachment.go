package chat

import (
	"context"
	"io"
	"slices"

	"kaft/portfolio"
)

// MaxFiles is how many files one message holds.
const MaxFiles = 10

// StartFile begins an upload of a file that the actor will send in a
// conversation. Error kinds: NotFound, and those of Library.StartAttachment.
func (t *Talks) StartFile(ctx context.Context, a portfolio.Actor, conversation, name string, size int64) (*portfolio.Upload, error) {
	if err := t.maySpeak(ctx, a, conversation); err != nil {
		return nil, err
	}
	return t.lib.StartAttachment(ctx, a, name, size)
}

// TakeFile takes a whole file that the actor will send in a conversation. Error
// kinds: NotFound, and those of Library.TakeAttachment.
func (t *Talks) TakeFile(ctx context.Context, a portfolio.Actor, conversation, name string, r io.Reader) (*portfolio.Upload, error) {
	if err := t.maySpeak(ctx, a, conversation); err != nil {
		return nil, err
	}
	return t.lib.TakeAttachment(ctx, a, name, r)
}

// maySpeak refuses who could say nothing in a conversation now. Error kinds:
// NotFound; Forbidden, when it is over.
func (t *Talks) maySpeak(ctx context.Context, a portfolio.Actor, conversation string) error {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return err
	}
	_, err = t.speaks(ctx, s)
	return err
}

// speaks refuses who sits in a conversation and can say nothing there now, and
// gives the policy by which others can.
func (t *Talks) speaks(ctx context.Context, s *seat) (*portfolio.TalkPolicy, error) {
	switch now := t.now(); {
	case s.member != nil && !s.member.in(now):
		return nil, absent()
	case !s.ear.Speaks(now):
		return nil, portfolio.E(portfolio.Forbidden, "error.talk_over")
	}
	policy, err := t.lib.TalkPolicy(ctx, s.School)
	if err != nil {
		return nil, err
	}
	return policy, closedError(s.closed(policy, t.now()))
}

// OpenFile opens a file of a message, or its thumbnail, for who may read the
// message now. Error kind: NotFound, also for what was taken back.
func (t *Talks) OpenFile(ctx context.Context, a portfolio.Actor, conversation string, seq int64, file string, thumb bool) (*portfolio.File, portfolio.BlobReader, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return nil, nil, err
	}
	m, err := t.message(ctx, s.Conversation, seq)
	if err != nil {
		return nil, nil, err
	}
	now, err := t.asNow(ctx, s.Conversation, m)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(now.Files, func(f portfolio.File) bool { return f.FileID() == file })
	if i < 0 {
		return nil, nil, absent()
	}
	r, err := t.lib.OpenAttachment(ctx, s.ear, m.ID, s.within(m.At), m.At, now.Files[i], thumb)
	return &now.Files[i], r, err
}

// Message finds one message that the actor may read, as it is now. Error kind:
// NotFound.
func (t *Talks) Message(ctx context.Context, a portfolio.Actor, conversation string, seq int64) (Said, error) {
	s, err := t.enter(ctx, a, conversation)
	if err != nil {
		return Said{}, err
	}
	m, err := t.message(ctx, s.Conversation, seq)
	if err != nil {
		return Said{}, err
	}
	if m.Of != 0 || !s.mayRead(m, t.now()) {
		return Said{}, absent()
	}
	now, err := t.asNow(ctx, s.Conversation, m)
	if err != nil {
		return Said{}, err
	}
	one := []Said{now}
	err = t.look(ctx, s, one)
	return one[0], err
}
