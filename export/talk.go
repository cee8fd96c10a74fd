package export

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kaft/portfolio"
)

// Conversations in a bundle: a stream in an archive, a number elsewhere.

// What somebody is in a line: asStudent is whose portfolio it is.
const (
	asStudent  = "student"
	asPeer     = "peer"
	asExternal = "external"
)

// asWhat is what somebody in a hat is called in a line.
var asWhat = map[string]string{portfolio.HatStudent: asStudent, portfolio.HatGuardian: "guardian", portfolio.HatStaff: "teacher"}

// talks writes the messages that who asks may read, those of earlier archives
// after them. What another child said is a line without words. In a bundle
// without conversations the messages are counted.
func (d *documentWriter) talks(ctx context.Context) error {
	switch {
	case d.maker.Chat == nil && d.v.TakesTalks():
		d.v.LeaveOut(portfolio.CategoryChat, portfolio.ReasonNotYet, 0)
		return nil
	case d.maker.Chat == nil:
		return nil
	case d.v.TakesTalks():
		return d.stream(portfolio.CategoryChat, func(add func(any) error) error {
			return d.eachTalkLine(ctx, func(l *TalkLine) error {
				if l.Redacted {
					d.v.LeaveOut(portfolio.CategoryPeers, portfolio.ReasonRedacted, 1)
				}
				return add(l)
			})
		})
	}
	return d.eachTalkLine(ctx, func(*TalkLine) error {
		d.v.LeaveOut(portfolio.CategoryChat, portfolio.ReasonTransfer, 1)
		return nil
	})
}

// eachTalkLine gives every message once: one of this school that came home in
// an archive is here already.
func (d *documentWriter) eachTalkLine(ctx context.Context, do func(*TalkLine) error) error {
	met := map[[16]byte]bool{}
	once := func(l *TalkLine) error {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", l.Conversation, l.Number))
		if key := [16]byte(sum[:]); !met[key] {
			met[key] = true
			return do(l)
		}
		return nil
	}
	var peers []string
	talk := ""
	for m, err := range d.v.Spoken(ctx, d.maker.Chat) {
		if err != nil {
			return err
		}
		if m.Conversation != talk {
			talk, peers = m.Conversation, nil
		}
		l := d.talkLine(m)
		if l.Redacted {
			if !slices.Contains(peers, m.Person) {
				peers = append(peers, m.Person)
			}
			l.Who = fmt.Sprintf("%s %d", peer, slices.Index(peers, m.Person)+1)
		}
		if err := once(l); err != nil {
			return err
		}
		if err := d.step(); err != nil {
			return err
		}
	}
	for k, err := range d.v.PastTalks(ctx, bare(d.pseudonym(d.v.Maker.ID))) {
		if err != nil {
			return err
		}
		var lines []*TalkLine
		if err := json.Unmarshal(k.Raw, &lines); err != nil {
			return err
		}
		for _, l := range lines {
			if l.As == asStudent {
				l.By = d.self
			}
			if err := once(l); err != nil {
				return err
			}
		}
	}
	return nil
}

const peer = "medeleerling"

// talkLine is a message of this school as a line.
func (d *documentWriter) talkLine(m *portfolio.Spoken) *TalkLine {
	l := &TalkLine{At: m.At.UTC(), Conversation: urn(portfolio.DeriveID("conversation", d.self, m.Conversation)), Kind: m.Kind, Title: m.Title, Number: m.Number}
	if m.Name == "" {
		l.As, l.Redacted = asPeer, true
		return l
	}
	l.By, l.Who, l.As, l.Text = d.pseudonym(m.Person), m.Name, asWhat[m.Hat], &Text{"plain", m.Text}
	switch {
	case m.Person == d.v.Student.ID:
		l.By, l.As = d.self, asStudent
	case l.As == "":
		l.As = asExternal
	}
	return l
}

// withoutTalks is what is said outside the bundle of what stays out: how much
// somebody talked with the school is for nobody else who sees that page.
func withoutTalks(all []portfolio.Omission) []portfolio.Omission {
	all = slices.Clone(all)
	for i := range all {
		if all[i].Category == portfolio.CategoryChat || all[i].Category == portfolio.CategoryPeers {
			all[i].Count = 0
		}
	}
	return all
}

// keepTalks keeps the messages of an archive, for who had it made. They are no
// conversation here, and go out again in an archive.
func (v *Verified) keepTalks(ctx context.Context, arrival *portfolio.Arrival) error {
	label := bare(v.requestedBy)
	switch v.requestedBy {
	case v.self:
		label = "" // the student
	case "":
		label = "nobody" // an archive that does not say whose it is
	}
	part, size := []jsontext.Value{}, 0
	n := 0
	flush := func() error {
		raw, err := json.Marshal(part)
		if err == nil && len(part) > 0 {
			err = arrival.KeepTalk(ctx, v.talksPart(n), label, raw)
		}
		part, size, n = part[:0], 0, n+1
		return err
	}
	err := v.eachLine(ctx, *v.talks, func(raw jsontext.Value) error {
		l, err := v.comeTalk(raw)
		if err != nil {
			return err
		}
		if raw, err = json.Marshal(l); err != nil {
			return err
		}
		part, size = append(part, raw), size+len(raw)
		if size < talkPart {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// talkPart is about how many bytes of messages are kept in one document.
const talkPart = 64 << 10

// talksPart is the name of a part of what is kept: the same for the same stream.
func (v *Verified) talksPart(n int) string {
	return fmt.Sprintf("%s/%d", cmp.Or(v.talks.SHA256, v.From.Bundle), n)
}

var numberedPeer = regexp.MustCompile(`^` + peer + ` [0-9]{1,6}$`)

// comeTalk is a line as it is kept: with where it came from, and of another
// child nothing, whatever the sender thought of it.
func (v *Verified) comeTalk(raw jsontext.Value) (*TalkLine, error) {
	l := new(TalkLine)
	if err := json.Unmarshal(raw, l); err != nil {
		return nil, err
	}
	if l.Redacted || l.As == asPeer || (l.As == asStudent) != (l.By == v.self) {
		l.As, l.Redacted, l.By, l.Text, l.Unknown = asPeer, true, "", nil, nil
		if !numberedPeer.MatchString(l.Who) {
			l.Who = peer
		}
	}
	if l.Origin == nil {
		l.Origin = &Origin{Instance: v.From.Instance, School: v.From.School}
	}
	return l, nil
}
