package export

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"kaft/portfolio"
)

// messagesOnPage is how many messages a page of conversations holds.
const messagesOnPage = 300

// viewTalk is where a conversation begins on a page.
type viewTalk struct {
	ID, Title, Day string
	Place          string // the school it comes from
	More           bool   // it began on the page before
}

// viewMessage is one message.
type viewMessage struct {
	Who, When string
	Text      string
	Silent    bool // another child's
}

// writeTalks writes the conversations of an archive, in their order. One message
// is held at a time.
func (v *viewer) writeTalks(ctx context.Context) error {
	s := v.streamOf(portfolio.CategoryChat)
	if s == nil || *s.Records == 0 {
		return nil
	}
	v.messages = *s.Records
	r, err := s.lines.reader(ctx)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	lines.Scan() // what it is
	parts := (v.messages + messagesOnPage - 1) / messagesOnPage
	title := v.words.word("talks")
	for i := range parts {
		name := title
		if parts > 1 {
			name = v.words.word("part", title, i+1, parts)
		}
		v.talks = append(v.talks, viewLink{talksFile(i), name})
	}
	talk := ""
	for i := range parts {
		h := v.begin(v.talks[i].Text, "")
		if i > 0 {
			h.Before = &v.talks[i-1]
		}
		if i < parts-1 {
			h.After = &v.talks[i+1]
		}
		err := v.to.document(viewerFolder+v.talks[i].Path, func(w io.Writer) error {
			if err := v.show(w, "top", h); err != nil {
				return err
			}
			if err := v.show(w, "talks", v.by()); err != nil {
				return err
			}
			if talk, err = v.writeMessages(w, lines, talk); err != nil {
				return err
			}
			return v.show(w, "bottom", h)
		})
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// writeMessages writes a page of messages, each conversation under its name; it
// goes on with the one that the page before ended with.
func (v *viewer) writeMessages(w io.Writer, lines *bufio.Scanner, talk string) (last string, err error) {
	for n := 0; n < messagesOnPage && lines.Scan(); n++ {
		l := new(TalkLine)
		if err := json.Unmarshal(lines.Bytes(), l); err != nil {
			return "", err
		}
		if l.Conversation != talk || n == 0 {
			if n > 0 {
				if err := v.show(w, "talk-end", nil); err != nil {
					return "", err
				}
			}
			if err := v.show(w, "talk", v.talkHead(l, fmt.Sprint("talk-", n), l.Conversation == talk)); err != nil {
				return "", err
			}
			talk = l.Conversation
		}
		if err := v.show(w, "message", v.message(l)); err != nil {
			return "", err
		}
	}
	return talk, v.show(w, "talk-end", nil)
}

func (v *viewer) talkHead(l *TalkLine, id string, more bool) viewTalk {
	t := viewTalk{ID: id, Title: l.Title, Day: v.words.day(portfolio.DateOf(l.At)), More: more}
	if t.Title == "" {
		t.Title = v.words.word("talk")
	}
	if l.Origin != nil {
		t.Place = l.Origin.School
	}
	return t
}

func (v *viewer) message(l *TalkLine) viewMessage {
	at := l.At.In(portfolio.Amsterdam)
	m := viewMessage{Who: l.Who, When: v.words.day(portfolio.DateOf(at)) + ", " + at.Format("15:04"), Silent: l.Text == nil}
	if l.Redacted {
		_, number, _ := strings.Cut(l.Who, " ")
		m.Who = strings.TrimSpace(v.words.word("peer", number))
	}
	if l.Text != nil {
		m.Text = l.Text.Value
		if l.Text.Format == "html" {
			m.Text = plainText(l.Text)
		}
	}
	return m
}

func talksFile(i int) string {
	if i == 0 {
		return "talks.html"
	}
	return fmt.Sprintf("talks-%d.html", i+1)
}
